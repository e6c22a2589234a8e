/* Methodologies as stored bytes.
 * A version, once stored, keeps its bytes; the first run only notes that it was used.
 * Does not read the bytes: whoever stores them has linted them. */
#include "server/store/store_method.h"

#include <string.h>

#include "common/core/text.h"
#include "server/store/store_rows.h"

enum { METHOD_HASH_SIZE = 32, METHOD_BYTES_MAX = 4 << 20 };

/* Columns of methodology__get and methodology__list (which leaves the bytes out). */
static void methodology_read(RowCursor *cursor, void *item)
{
    MethodologyRow *row = item;
    row->code = row_text(cursor);
    row->version = row_uint32(cursor);
    row->hash = row_bytes(cursor, NULL);
    row->compiled = row_bytes(cursor, &row->compiled_size);
    row->title_ru = row_text(cursor);
    row->title_en = row_text(cursor);
    row->stored_ms = row_time(cursor);
    row->stored_by = row_int64(cursor);
    row->used = row_bool(cursor);
}

static ErrCode methodology_error(ErrCode code, const char *reason, const char *name, uint32_t version,
                                 Err *err)
{
    err_set(err, code, reason);
    err_arg(err, "code", "%s", name);
    return err_arg(err, "version", "%u", (unsigned)version);
}

/* True when exactly these bytes stand under that code and version. */
static ErrCode methodology_stands(Db *db, const MethodologyRow *row, bool *ret_stands, Err *err)
{
    Arena *arena = arena_new(METHOD_BYTES_MAX, NULL);
    if (arena == NULL)
        return err_memory(err);
    MethodologyRow stored;
    ErrCode code = methodology_store_get(db, row->code, row->version, arena, &stored, err);
    if (code == ERR_OK)
        *ret_stands = memcmp(stored.hash, row->hash, METHOD_HASH_SIZE) == 0;
    else if (code == ERR_NOT_FOUND)
        *ret_stands = false;
    arena_free(arena);
    return code == ERR_NOT_FOUND ? ERR_OK : code;
}

ErrCode methodology_store_put(Db *db, const MethodologyRow *row, bool *ret_added, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, row->code);
    db_param_int64(&params, row->version);
    db_param_bytes(&params, row->hash, METHOD_HASH_SIZE);
    db_param_bytes(&params, row->compiled, row->compiled_size);
    db_param_text(&params, text_or_empty(row->title_ru));
    db_param_text(&params, text_or_empty(row->title_en));
    db_param_time(&params, row->stored_ms);
    db_param_int64(&params, row->stored_by);
    int64_t touched = 0;
    ErrCode code = rows_exec(db, "methodology__insert", &params, &touched, err);
    if (code != ERR_OK)
        return code;
    /* Nothing inserted: the same thing again, or a clash of version or bytes. */
    bool stands = true;
    if (touched == 0 && (code = methodology_stands(db, row, &stands, err)) != ERR_OK)
        return code;
    if (!stands)
        return methodology_error(ERR_ALREADY_EXISTS, "METHODOLOGY_DIFFERS", row->code, row->version, err);
    *ret_added = touched > 0;
    return ERR_OK;
}

ErrCode methodology_store_get(Db *db, const char *code, uint32_t version, Arena *arena, MethodologyRow *ret,
                              Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, code);
    db_param_int64(&params, version);
    bool found = false;
    ErrCode failed =
        rows_load_one(db, "methodology__get", &params, arena, methodology_read, ret, &found, err);
    if (failed != ERR_OK || found)
        return failed;
    return methodology_error(ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN", code, version, err);
}

ErrCode methodology_store_list(Db *db, Arena *arena, MethodologyRow **ret_rows, size_t *ret_count, Err *err)
{
    void *rows = NULL;
    ErrCode code = rows_load(db, "methodology__list", NULL, arena, sizeof(MethodologyRow), methodology_read,
                             &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode methodology_store_mark_used(Db *db, const char *code, uint32_t version, int64_t now_ms, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, code);
    db_param_int64(&params, version);
    db_param_time(&params, now_ms);
    return rows_exec(db, "methodology__mark_used", &params, NULL, err);
}
