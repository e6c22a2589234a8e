/* Documents as people write them: "Приказ № 486-Д от 21.04.2023, Министерство образования". */
#ifndef CLIENT_CLI_DOCUMENT_TEXT_H
#define CLIENT_CLI_DOCUMENT_TEXT_H

#include <stdbool.h>

#include "client/render/render.h"
#include "common/core/arena.h"
#include "common/core/err.h"
#include "shans/v1/lists.pb-c.h"

/* Kind, number, date, issuer; kind as a Russian or English word, the number may be missing, the date
 * as 21.04.2023 or 2023-04-21. INVALID_ARGUMENT / DOCUMENT_TEXT ("value"). Texts in arena. */
ErrCode document_parse(const char *text, Arena *arena, Shans__V1__Document *ret, Err *err) MUST_CHECK;

/* The same way round; "" for NULL or a document without a kind, NULL: no memory. */
const char *document_text(const Shans__V1__Document *document, bool russian, Arena *arena);

/* For a cell: in words for people, with the code of the kind and an ISO date for programs. */
const char *document_cell(const Shans__V1__Document *document, const RenderStyle *style, Arena *arena);

#endif
