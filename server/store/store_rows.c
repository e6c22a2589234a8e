/* Rows of a result into structures: the one way the stores read what a statement gave.
 * A result never outlives the call that ran the statement: everything kept is in the arena.
 * Knows no table and no statement. */
#include "server/store/store_rows.h"

#include <string.h>

int64_t row_int64(RowCursor *cursor)
{
    return db_get_int64(cursor->result, cursor->row, cursor->col++);
}

int row_int(RowCursor *cursor)
{
    return (int)row_int64(cursor);
}

uint32_t row_uint32(RowCursor *cursor)
{
    return (uint32_t)row_int64(cursor);
}

bool row_bool(RowCursor *cursor)
{
    return db_get_bool(cursor->result, cursor->row, cursor->col++);
}

int64_t row_time(RowCursor *cursor)
{
    size_t col = cursor->col++;
    return db_is_null(cursor->result, cursor->row, col) ? 0 : db_get_time(cursor->result, cursor->row, col);
}

const char *row_text(RowCursor *cursor)
{
    const char *text = arena_text(cursor->arena, db_get_text(cursor->result, cursor->row, cursor->col++));
    if (text == NULL) {
        cursor->failed = true;
        return "";
    }
    return text;
}

const uint8_t *row_bytes(RowCursor *cursor, size_t *ret_size)
{
    size_t col = cursor->col++, size = 0;
    if (ret_size != NULL)
        *ret_size = 0;
    if (db_is_null(cursor->result, cursor->row, col))
        return NULL;
    const uint8_t *bytes = db_get_bytes(cursor->result, cursor->row, col, &size);
    const char *copy = arena_bytes(cursor->arena, bytes, size);
    if (copy == NULL) {
        cursor->failed = true;
        return NULL;
    }
    if (ret_size != NULL)
        *ret_size = size;
    return (const uint8_t *)copy;
}

/* Every loader ends here: the parameters are done with whether or not the statement worked. */
static ErrCode rows_query(Db *db, const char *name, DbParams *params, DbResult **ret, Err *err)
{
    ErrCode code = db_query(db, name, params, ret, err);
    if (params != NULL)
        db_params_done(params);
    return code;
}

ErrCode rows_load(Db *db, const char *name, DbParams *params, Arena *arena, size_t size, RowRead read,
                  void **ret_items, size_t *ret_count, Err *err)
{
    DbResult *result = NULL;
    ErrCode code = rows_query(db, name, params, &result, err);
    if (code != ERR_OK)
        return code;
    size_t count = db_rows(result);
    char *items = arena_array(arena, count, size);
    RowCursor cursor = {.result = result, .arena = arena, .failed = items == NULL};
    for (size_t i = 0; i < count && !cursor.failed; i++) {
        cursor.row = i;
        cursor.col = 0;
        read(&cursor, items + i * size);
    }
    db_result_free(result);
    if (cursor.failed)
        return err_memory(err);
    *ret_items = items;
    *ret_count = count;
    return ERR_OK;
}

ErrCode rows_load_one(Db *db, const char *name, DbParams *params, Arena *arena, RowRead read, void *item,
                      bool *ret_found, Err *err)
{
    DbResult *result = NULL;
    ErrCode code = rows_query(db, name, params, &result, err);
    if (code != ERR_OK)
        return code;
    RowCursor cursor = {.result = result, .arena = arena};
    bool found = db_rows(result) > 0;
    if (found)
        read(&cursor, item);
    db_result_free(result);
    if (cursor.failed)
        return err_memory(err);
    *ret_found = found;
    return ERR_OK;
}

ErrCode rows_load_numbers(Db *db, const char *name, DbParams *params, int64_t *values, size_t count,
                          bool *ret_found, Err *err)
{
    DbResult *result = NULL;
    ErrCode code = rows_query(db, name, params, &result, err);
    if (code != ERR_OK)
        return code;
    bool found = db_rows(result) > 0;
    for (size_t i = 0; found && i < count; i++)
        values[i] = db_get_int64(result, 0, i);
    db_result_free(result);
    *ret_found = found;
    return ERR_OK;
}

ErrCode rows_exec(Db *db, const char *name, DbParams *params, int64_t *ret_touched, Err *err)
{
    ErrCode code = db_exec(db, name, params, ret_touched, err);
    if (params != NULL)
        db_params_done(params);
    return code;
}

/* Reads `count` digits; -1 when one is none. */
static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* The calendar is checked here so that a wrong day is the caller's mistake, never a failed statement. */
static bool date_valid(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
    if (year < 1800 || year > 2200 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

ErrCode iso_date_check(const char *text, Err *err)
{
    if (text != NULL && date_valid(text))
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
    return err_arg(err, "value", "%s", text == NULL ? "" : text);
}

const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}
