/* Owns the log of reading and of refusals. Invariant: rows are added and read, never changed; a refusal only
 * counts up. Must not hold figures or secrets: nothing here could carry one. */
#include "server/store/store_log.h"

#include <assert.h>

#include "server/store/store_rows.h"

/* Begins, runs the one statement and commits, in two round trips. Takes the parameters. */
static ErrCode log_write(Db *db, const char *name, DbParams *params, int64_t deadline_ms, Err *err)
{
    const DbScope scope = {.role = DB_ROLE_LOG, .deadline_ms = deadline_ms};
    DbResult *result = NULL;
    ErrCode code = db_pipeline_begin(db, err);

    if (code == ERR_OK)
        code = db_begin(db, &scope, err);
    if (code == ERR_OK)
        code = db_send(db, name, params, err);
    if (code == ERR_OK)
        code = db_pipeline_end(db, &result, 1, NULL, err);
    db_params_done(params);
    db_result_free(result);
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK)
        db_rollback(db);
    return code;
}

ErrCode access_log_store_add(Db *db, const AccessWrite *write, int64_t deadline_ms, Err *err)
{
    DbParams params;

    db_params_init(&params);
    db_param_time(&params, write->at_ms);
    db_param_int64(&params, write->principal_id);
    db_param_text(&params, write->login);
    db_param_int64(&params, write->role);
    db_param_int64(&params, write->office_id);
    db_param_int64(&params, write->office_district_id);
    db_param_text(&params, write->method);
    db_param_text(&params, text_or_empty(write->object));
    db_param_uuid(&params, write->request_id);
    db_param_int64_array(&params, write->org_ids, NULL, write->count);
    db_param_int64_array(&params, write->district_ids, NULL, write->count);
    db_param_int64_array(&params, write->row_counts, NULL, write->count);
    return log_write(db, "access__insert", &params, deadline_ms, err);
}

static void access_read(RowCursor *cursor, void *item)
{
    AccessRow *row = item;
    row->at_ms = row_time(cursor);
    row->login = row_text(cursor);
    row->role = row_int(cursor);
    row->office_code = row_text(cursor);
    row->method = row_text(cursor);
    row->object = row_text(cursor);
    row->org_code = row_text(cursor);
    row->row_count = row_uint32(cursor);
    const uint8_t *id = db_get_uuid(cursor->result, cursor->row, cursor->col++);
    row->request_id = id == NULL ? NULL : (const uint8_t *)arena_bytes(cursor->arena, id, 16);
    row->org_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->office_district_id = row_int64(cursor);
}

ErrCode access_log_store_list(Db *db, const AccessFilter *filter, Arena *arena, AccessRow **ret_rows,
                              size_t *ret_count, Err *err)
{
    void *rows = NULL;
    DbParams params;
    ErrCode code = db_exec(db, "access__plan_each", NULL, NULL, err);

    if (code != ERR_OK)
        return code;
    db_params_init(&params);
    db_param_text(&params, text_or_empty(filter->person));
    db_param_int64(&params, filter->org_id);
    db_param_text(&params, filter->first_day);
    db_param_text(&params, filter->last_day);
    db_param_int64(&params, filter->skip);
    db_param_int64(&params, filter->limit);
    db_param_time(&params, filter->before_ms);
    code = rows_load(db, filter->changes ? "audit__list" : "access__list", &params, arena, sizeof(AccessRow),
                     access_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode refusal_store_add(Db *db, const RefusalRow *rows, size_t count, int64_t deadline_ms, Err *err)
{
    int64_t minutes[REFUSALS_MAX], counts[REFUSALS_MAX], lasts[REFUSALS_MAX];
    const char *reasons[REFUSALS_MAX], *sources[REFUSALS_MAX];
    DbParams params;

    assert(count <= REFUSALS_MAX);
    for (size_t i = 0; i < count; i++) {
        minutes[i] = rows[i].minute_ms;
        reasons[i] = rows[i].reason;
        sources[i] = rows[i].source;
        counts[i] = rows[i].count;
        lasts[i] = rows[i].last_ms;
    }
    db_params_init(&params);
    db_param_time_array(&params, minutes, NULL, count);
    db_param_text_array(&params, reasons, count);
    db_param_text_array(&params, sources, count);
    db_param_int64_array(&params, counts, NULL, count);
    db_param_time_array(&params, lasts, NULL, count);
    return log_write(db, "refusal__add", &params, deadline_ms, err);
}

static void refusal_read(RowCursor *cursor, void *item)
{
    RefusalRow *row = item;
    row->minute_ms = row_time(cursor);
    row->reason = row_text(cursor);
    row->source = row_text(cursor);
    row->count = row_int64(cursor);
    row->last_ms = row_time(cursor);
}

ErrCode refusal_store_list(Db *db, const char *first_day, const char *last_day, uint32_t limit, Arena *arena,
                           RefusalRow **ret_rows, size_t *ret_count, Err *err)
{
    void *rows = NULL;
    DbParams params;

    db_params_init(&params);
    db_param_text(&params, first_day);
    db_param_text(&params, last_day);
    db_param_int64(&params, limit);
    ErrCode code = rows_load(db, "refusal__list", &params, arena, sizeof(RefusalRow), refusal_read, &rows,
                             ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}
