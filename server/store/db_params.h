/* Parameters of one SQL statement. Values are copied in, so the caller's memory may go at once. Integers,
 * booleans, texts, times and arrays travel as text with the type the statement gives them; bytes and ids
 * travel as they are. */
#ifndef SERVER_STORE_DB_PARAMS_H
#define SERVER_STORE_DB_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/buf.h"

enum { DB_PARAMS_MAX = 32, DB_PARAMS_BYTES_MAX = 64 << 20 };

typedef struct DbParams {
    size_t count;
    Buf data;
    struct DbParam {
        size_t offset, size;
        bool binary, null;
    } items[DB_PARAMS_MAX + 1]; /* the last one takes what is too many */
    bool failed; /* too many or too large; the call that uses them answers RESOURCE_EXHAUSTED */
} DbParams;

void db_params_init(DbParams *params);
void db_params_clear(DbParams *params); /* keeps the memory for the next statement */
void db_params_done(DbParams *params);

/* Each adds the next parameter: $1, $2, ... */
void db_param_null(DbParams *params);
void db_param_int64(DbParams *params, int64_t value);
void db_param_bool(DbParams *params, bool value);
void db_param_text(DbParams *params, const char *text);                /* NULL is SQL null */
void db_param_bytes(DbParams *params, const void *bytes, size_t size); /* bytea; NULL is SQL null */
void db_param_uuid(DbParams *params, const uint8_t *id);               /* 16 bytes; NULL is SQL null */
void db_param_time(DbParams *params, int64_t unix_ms);                 /* timestamptz */
void db_param_double(DbParams *params, double value);                  /* float8, exact */
void db_param_int64_or_null(DbParams *params, const int64_t *value);

/* One-dimensional arrays. nulls may be NULL (none is null), else nulls[i] makes item i null. A NULL text is
 * null as well. */
void db_param_int64_array(DbParams *params, const int64_t *values, const bool *nulls, size_t count);
void db_param_bool_array(DbParams *params, const bool *values, size_t count);
void db_param_text_array(DbParams *params, const char *const *values, size_t count);
void db_param_bytes_array(DbParams *params, const void *const *values, const size_t *sizes, size_t count);
void db_param_uuid_array(DbParams *params, const uint8_t (*ids)[16], size_t count);
void db_param_time_array(DbParams *params, const int64_t *unix_ms, const bool *nulls, size_t count);

#endif
