/* Rows of one statement, in binary form. Everything got is borrowed until db_result_free. Asking for a column
 * as a type it is not is a bug and asserts; SQL null reads as 0, "", false, or size 0. */
#ifndef SERVER_STORE_DB_RESULT_H
#define SERVER_STORE_DB_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct DbResult DbResult;

void db_result_free(DbResult *result); /* NULL is fine */
size_t db_rows(const DbResult *result);
/* Rows an insert, update or delete touched; of a select, its rows. */
int64_t db_touched(const DbResult *result);

/* row < db_rows, col counts from 0 in the order of the select list. */
bool db_is_null(const DbResult *result, size_t row, size_t col);
int64_t db_get_int64(const DbResult *result, size_t row, size_t col); /* int2, int4, int8, xid8 */
bool db_get_bool(const DbResult *result, size_t row, size_t col);
double db_get_double(const DbResult *result, size_t row, size_t col);    /* float8 */
const char *db_get_text(const DbResult *result, size_t row, size_t col); /* text, varchar, name, enum, json */
const uint8_t *db_get_bytes(const DbResult *result, size_t row, size_t col, size_t *ret_size); /* bytea */
const uint8_t *db_get_uuid(const DbResult *result, size_t row, size_t col); /* 16 bytes; NULL for null */
int64_t db_get_time(const DbResult *result, size_t row, size_t col);        /* timestamptz: Unix ms */
int64_t db_get_day(const DbResult *result, size_t row, size_t col);         /* date: days since 1970-01-01 */

/* int8[] or int4[]: copies at most room items without nulls into to, returns how many there are. */
size_t db_get_int64_array(const DbResult *result, size_t row, size_t col, int64_t *to, size_t room);

#endif
