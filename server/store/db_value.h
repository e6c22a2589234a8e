/* PostgreSQL's binary forms of values: big-endian, times counted from 2000-01-01. Pure. */
#ifndef SERVER_STORE_DB_VALUE_H
#define SERVER_STORE_DB_VALUE_H

#include <stddef.h>
#include <stdint.h>

int64_t db_value_int(const char *bytes, size_t size); /* of 2, 4 or 8 bytes, signed; of 0 bytes: 0 */
double db_value_double(const char *bytes);            /* 8 bytes */
int64_t db_value_time(const char *bytes);             /* timestamptz, 8 bytes: Unix ms, rounded to the past */
int64_t db_value_day(const char *bytes);              /* date, 4 bytes: days since 1970-01-01 */

/* A one-dimensional array of integers: copies at most room items (0 for a null) into to, returns how many it
 * has. */
size_t db_value_int_array(const char *bytes, int64_t *to, size_t room);

#endif
