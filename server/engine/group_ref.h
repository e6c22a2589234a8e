/* A group named in a document, bound to one dated meaning (methods.md 10.4, T-77: one name, several sizes).
 */
#ifndef SERVER_ENGINE_GROUP_REF_H
#define SERVER_ENGINE_GROUP_REF_H

#include <stdbool.h>

#include "common/core/arena.h"
#include "common/core/err.h"

/* A meaning that is valid on the day asked about. */
typedef struct GroupMeaning {
    const char *code, *meaning;
    const char *title_ru, *title_en; /* the name as documents write it */
    uint32_t schools;                /* on that day */
} GroupMeaning;

/* True when the text is "code:meaning", or a code or title of it, alike is enough; "" names every one. */
bool group_ref_named(const GroupMeaning *meaning, const char *text);

/* Finds the one meaning `text` stands for: "shans:risk", or a code or title (alike is enough) that has only
 * one. NOT_FOUND / GROUP_UNKNOWN (value, near: the names there are); FAILED_PRECONDITION / GROUP_AMBIGUOUS
 * (value, meanings: "shans:programme (15), shans:risk (4)", proposal: the one of `size` schools, "" when none
 * or several are; size 0: not known). */
ErrCode group_ref_find(const GroupMeaning *meanings, size_t count, const char *text, uint32_t size,
                       Arena *arena, size_t *ret_index, Err *err) MUST_CHECK;

#endif
