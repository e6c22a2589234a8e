/* The statements of sql/queries by name: "submission__insert" is sql/queries/submission__insert.sql. */
#ifndef SERVER_STORE_SQL_TEXT_H
#define SERVER_STORE_SQL_TEXT_H

#include <stddef.h>

#include "common/core/embed.h"

/* The embedded text, NUL-terminated, or NULL when there is none of that name. *ret_index is its place in
 * sql_files. */
const char *sql_text_get(const char *name, size_t *ret_index);

#endif
