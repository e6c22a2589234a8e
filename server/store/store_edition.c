/* Editions: numbering, copying and fingerprinting what a run found.
 * Numbers follow one another without gaps; an edition's rows and hash never change.
 * Does not decide who may publish. */
#include "server/store/store_edition.h"

#include "common/crypto/crypto.h"
#include "server/store/store_run_read.h"

enum { EDITION_TEXT_MAX = 64 << 20 };

/* Columns of edition__get and edition__list: the edition, then its run. */
static void edition_read(RowCursor *cursor, void *item)
{
    EditionRow *row = item;
    row->number = row_uint32(cursor);
    row->title = row_text(cursor);
    row->document = row_text(cursor);
    row->published_by = row_text(cursor);
    row->published_ms = row_time(cursor);
    row->content_hash = row_bytes(cursor, NULL);
    run_row_read(cursor, &row->run);
}

ErrCode edition_store_get(Db *db, uint32_t number, Arena *arena, EditionRow *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, number);
    bool found = false;
    ErrCode code = rows_load_one(db, "edition__get", &params, arena, edition_read, ret, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "EDITION_UNKNOWN");
    return err_arg(err, "number", "%u", (unsigned)number);
}

ErrCode edition_store_list(Db *db, Arena *arena, EditionRow **ret_rows, size_t *ret_count, Err *err)
{
    void *rows = NULL;
    ErrCode code =
        rows_load(db, "edition__list", NULL, arena, sizeof(EditionRow), edition_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

static ErrCode line_add(void *context, const DbResult *row, Err *err)
{
    Buf *text = context;
    buf_text(text, db_get_text(row, 0, 0));
    buf_char(text, '\n');
    return text->failed ? err_memory(err) : ERR_OK;
}

static ErrCode lines_add(Db *db, const char *name, int64_t run_id, Buf *text, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, run_id);
    ErrCode code = db_each(db, name, &params, line_add, text, err);
    db_params_done(&params);
    return code;
}

/* BLAKE2b-256 over one line per class, an empty line, and one line per reason. */
static ErrCode content_hash(Db *db, int64_t run_id, uint8_t *ret_hash, Err *err)
{
    Buf text;
    buf_init(&text, EDITION_TEXT_MAX);
    ErrCode code = lines_add(db, "edition__dump_classes", run_id, &text, err);
    buf_char(&text, '\n');
    if (code == ERR_OK)
        code = lines_add(db, "edition__dump_reasons", run_id, &text, err);
    if (code == ERR_OK && text.failed)
        code = err_memory(err);
    if (code == ERR_OK)
        crypto_hash(text.data, text.length, ret_hash);
    buf_done(&text);
    return code;
}

/* The number to take, after waiting for any other publication. */
static ErrCode number_take(Db *db, int64_t run_id, uint32_t *ret_number, Err *err)
{
    ErrCode code = rows_exec(db, "edition__lock", NULL, NULL, err);
    if (code != ERR_OK)
        return code;
    int64_t values[2] = {0, 0}; /* the next number; the number this run already has, or 0 */
    bool found = false;
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, run_id);
    code = rows_load_numbers(db, "edition__next", &params, values, 2, &found, err);
    if (code != ERR_OK)
        return code;
    if (values[1] != 0) {
        err_set(err, ERR_ALREADY_EXISTS, "RUN_PUBLISHED");
        return err_arg(err, "number", "%lld", (long long)values[1]);
    }
    *ret_number = (uint32_t)values[0];
    return ERR_OK;
}

/* Copied inside the database: nothing of it passes through this process. */
static ErrCode edition_copy(Db *db, const char *name, uint32_t number, int64_t run_id, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, number);
    db_param_int64(&params, run_id);
    return rows_exec(db, name, &params, NULL, err);
}

static ErrCode edition_insert(Db *db, const EditionWrite *write, uint32_t number, const uint8_t *hash,
                              Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, number);
    db_param_int64(&params, write->run_id);
    db_param_text(&params, write->title);
    db_param_text(&params, write->document);
    db_param_int64(&params, write->principal_id);
    db_param_time(&params, write->now_ms);
    db_param_bytes(&params, hash, CRYPTO_HASH_SIZE);
    return rows_exec(db, "edition__insert", &params, NULL, err);
}

ErrCode edition_store_publish(Db *db, const EditionWrite *write, Arena *arena, EditionRow *ret, Err *err)
{
    if (*text_or_empty(write->title) == 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "TITLE_MISSING");
    if (*text_or_empty(write->document) == 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "DOCUMENT_MISSING");
    RunRow run;
    ErrCode code = run_store_get(db, write->run_id, arena, &run, err);
    if (code != ERR_OK)
        return code;
    if (run.state != RUN_DONE) {
        err_set(err, ERR_FAILED_PRECONDITION, "RUN_NOT_DONE");
        return err_arg(err, "id", "%lld", (long long)write->run_id);
    }
    uint32_t number = 0;
    uint8_t hash[CRYPTO_HASH_SIZE];
    if ((code = number_take(db, write->run_id, &number, err)) != ERR_OK ||
        (code = content_hash(db, write->run_id, hash, err)) != ERR_OK ||
        (code = edition_insert(db, write, number, hash, err)) != ERR_OK ||
        (code = edition_copy(db, "edition__copy_classes", number, write->run_id, err)) != ERR_OK ||
        (code = edition_copy(db, "edition__copy_reasons", number, write->run_id, err)) != ERR_OK)
        return code;
    return edition_store_get(db, number, arena, ret, err);
}
