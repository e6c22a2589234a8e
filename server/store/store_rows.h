/* Helpers of the stores: rows of a result into structures of an arena, and the few checks several share. */
#ifndef SERVER_STORE_STORE_ROWS_H
#define SERVER_STORE_STORE_ROWS_H

#include "common/core/arena.h"
#include "server/store/db.h"

/* Walks the columns of one row from the left: each call takes the next column. Texts and bytes are copied
 * into the arena; when it is full the cursor is `failed` and texts are "". */
typedef struct RowCursor {
    const DbResult *result;
    size_t row, col;
    Arena *arena;
    bool failed;
} RowCursor;

int64_t row_int64(RowCursor *cursor);
int row_int(RowCursor *cursor);
uint32_t row_uint32(RowCursor *cursor);
bool row_bool(RowCursor *cursor);
int64_t row_time(RowCursor *cursor);     /* Unix ms; SQL null is 0 */
const char *row_text(RowCursor *cursor); /* SQL null is "" */
/* NULL for SQL null; ret_size may be NULL. */
const uint8_t *row_bytes(RowCursor *cursor, size_t *ret_size);

/* Fills one zeroed item from the cursor's row. */
typedef void (*RowRead)(RowCursor *cursor, void *item);

/* Runs the statement and reads every row: *ret_items is an array of *ret_count items of `size` bytes. Takes
 * the parameters: they are done with in any case. */
ErrCode rows_load(Db *db, const char *name, DbParams *params, Arena *arena, size_t size, RowRead read,
                  void **ret_items, size_t *ret_count, Err *err) MUST_CHECK;

/* The first row only; *ret_found false (item untouched) when there is none. */
ErrCode rows_load_one(Db *db, const char *name, DbParams *params, Arena *arena, RowRead read, void *item,
                      bool *ret_found, Err *err) MUST_CHECK;

/* Runs a statement that returns at most one row of whole numbers: fills values[0..count-1]. */
ErrCode rows_load_numbers(Db *db, const char *name, DbParams *params, int64_t *values, size_t count,
                          bool *ret_found, Err *err) MUST_CHECK;

/* db_exec that takes the parameters; ret_touched may be NULL. */
ErrCode rows_exec(Db *db, const char *name, DbParams *params, int64_t *ret_touched, Err *err) MUST_CHECK;

/* INVALID_ARGUMENT / DATE_MALFORMED ("value") unless it is a day of the calendar between 1800 and 2200,
 * written "YYYY-MM-DD". */
ErrCode iso_date_check(const char *text, Err *err) MUST_CHECK;

/* The text, or "" for NULL. */
const char *text_or_empty(const char *text);

#endif
