/* Runs: the queue and the passport.
 * A run leaves the queue once, done or failed, and is not changed afterwards.
 * Computes nothing: the job does. */
#include "server/store/store_run.h"

#include "server/store/store_run_read.h"

enum { RUN_HASH_SIZE = 32 };

void run_row_read(RowCursor *cursor, RunRow *row)
{
    row->id = row_int64(cursor);
    row->methodology_code = row_text(cursor);
    row->methodology_version = row_uint32(cursor);
    row->year = row_int(cursor);
    row->under_id = row_int64(cursor);
    row->under_code = row_text(cursor);
    row->state = (RunState)row_int(cursor);
    row->input_hash = row_bytes(cursor, NULL);
    row->output_hash = row_bytes(cursor, NULL);
    row->program_version = row_text(cursor);
    row->school_count = row_uint32(cursor);
    row->failure_reason = row_text(cursor);
    row->started_by_id = row_int64(cursor);
    row->started_by = row_text(cursor);
    row->created_ms = row_time(cursor);
    row->finished_ms = row_time(cursor);
}

static void run_read(RowCursor *cursor, void *item)
{
    run_row_read(cursor, item);
}

static ErrCode run_error(ErrCode code, const char *reason, int64_t id, Err *err)
{
    err_set(err, code, reason);
    return err_arg(err, "id", "%lld", (long long)id);
}

ErrCode run_unknown(int64_t id, Err *err)
{
    return run_error(ERR_NOT_FOUND, "RUN_UNKNOWN", id, err);
}

ErrCode run_store_queue(Db *db, const RunRow *run, int64_t *ret_id, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, run->methodology_code);
    db_param_int64(&params, run->methodology_version);
    db_param_int64(&params, run->year);
    db_param_int64(&params, run->under_id);
    db_param_int64(&params, run->started_by_id);
    db_param_time(&params, run->created_ms);
    bool found = false;
    ErrCode code = rows_load_numbers(db, "run__insert", &params, ret_id, 1, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN");
    err_arg(err, "code", "%s", run->methodology_code);
    return err_arg(err, "version", "%u", (unsigned)run->methodology_version);
}

ErrCode run_store_take_next(Db *db, Arena *arena, RunRow *ret, bool *ret_found, Err *err)
{
    return rows_load_one(db, "run__take_next", NULL, arena, run_read, ret, ret_found, err);
}

ErrCode run_store_get(Db *db, int64_t id, Arena *arena, RunRow *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, id);
    bool found = false;
    ErrCode code = rows_load_one(db, "run__get", &params, arena, run_read, ret, &found, err);
    return code != ERR_OK || found ? code : run_unknown(id, err);
}

ErrCode run_store_list(Db *db, int64_t before_id, uint32_t limit, Arena *arena, RunRow **ret_rows,
                       size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, before_id);
    db_param_int64(&params, limit);
    void *rows = NULL;
    ErrCode code =
        rows_load(db, "run__list", &params, arena, sizeof(RunRow), run_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

/* A run leaves the queue once: the statement touches it only while it is queued. */
static ErrCode run_close(Db *db, const char *name, DbParams *params, int64_t id, Err *err)
{
    int64_t touched = 0;
    ErrCode code = rows_exec(db, name, params, &touched, err);
    if (code != ERR_OK || touched == 1)
        return code;
    return run_error(ERR_FAILED_PRECONDITION, "RUN_NOT_QUEUED", id, err);
}

ErrCode run_store_finish(Db *db, const RunRow *run, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, run->id);
    db_param_bytes(&params, run->input_hash, RUN_HASH_SIZE);
    db_param_bytes(&params, run->output_hash, RUN_HASH_SIZE);
    db_param_text(&params, text_or_empty(run->program_version));
    db_param_int64(&params, run->school_count);
    db_param_time(&params, run->finished_ms);
    return run_close(db, "run__finish", &params, run->id, err);
}

ErrCode run_store_fail(Db *db, int64_t id, const char *reason, int64_t now_ms, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, id);
    db_param_text(&params, reason);
    db_param_time(&params, now_ms);
    return run_close(db, "run__fail", &params, id, err);
}

ErrCode run_store_put_input(Db *db, const uint8_t *hash, const void *bytes, size_t size, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_bytes(&params, hash, RUN_HASH_SIZE);
    db_param_bytes(&params, bytes, size);
    return rows_exec(db, "run_input__insert", &params, NULL, err);
}

/* Bytes of one row. */
typedef struct InputRow {
    const uint8_t *bytes;
    size_t size;
} InputRow;

static void input_read(RowCursor *cursor, void *item)
{
    InputRow *row = item;
    row->bytes = row_bytes(cursor, &row->size);
}

ErrCode run_store_get_input(Db *db, const uint8_t *hash, Arena *arena, const uint8_t **ret_bytes,
                            size_t *ret_size, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_bytes(&params, hash, RUN_HASH_SIZE);
    InputRow row = {0};
    bool found = false;
    ErrCode code = rows_load_one(db, "run_input__get", &params, arena, input_read, &row, &found, err);
    if (code != ERR_OK)
        return code;
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "RUN_INPUT_UNKNOWN");
    *ret_bytes = row.bytes;
    *ret_size = row.size;
    return ERR_OK;
}
