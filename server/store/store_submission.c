/* The submission row: key, state, revision, who changed it.
 * A change happens only to the row it was decided on: revision and state are part of its condition.
 * Knows no lifecycle: the new state is the caller's. */
#include "server/store/store_submission.h"

#include "server/store/store_rows.h"
#include "server/store/store_submission_params.h"

/* Columns that the three statements showing submissions share. */
static void submission_read(RowCursor *cursor, void *item)
{
    SubmissionRow *row = item;
    row->id = row_int64(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->school_code = row_text(cursor);
    row->school_name = row_text(cursor);
    row->form_code = row_text(cursor);
    row->form_version = row_uint32(cursor);
    row->period = row_text(cursor);
    row->source = row_int(cursor);
    row->state = row_int(cursor);
    row->revision = row_uint32(cursor);
    row->accepted_revision = row_uint32(cursor);
    row->content_hash = row_bytes(cursor, NULL);
    row->origin = row_text(cursor);
    row->changed_ms = row_time(cursor);
    row->submitted_ms = row_time(cursor);
    row->accepted_ms = row_time(cursor);
    row->changed_by_id = row_int64(cursor);
    row->changed_by = row_text(cursor);
    row->submitted_by = row_text(cursor);
    row->accepted_by = row_text(cursor);
    row->open_marks = row_uint32(cursor);
}

ErrCode submission_store_find_live(Db *db, int64_t school_id, const char *form_code, const char *period,
                                   int source, Arena *arena, SubmissionRow *ret, bool *ret_found, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, school_id);
    db_param_text(&params, form_code);
    db_param_text(&params, period);
    db_param_int64(&params, source);
    return rows_load_one(db, "submission__find_live", &params, arena, submission_read, ret, ret_found, err);
}

ErrCode submission_store_get(Db *db, int64_t id, Arena *arena, SubmissionRow *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, id);
    bool found = false;
    ErrCode code = rows_load_one(db, "submission__get", &params, arena, submission_read, ret, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "SUBMISSION_UNKNOWN");
    return err_arg(err, "id", "%lld", (long long)id);
}

ErrCode submission_store_list(Db *db, const SubmissionFilter *filter, Arena *arena, SubmissionRow **ret_rows,
                              size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, filter->under_id);
    db_param_text(&params, text_or_empty(filter->form_code));
    db_param_text(&params, text_or_empty(filter->period));
    db_param_int64(&params, filter->state);
    db_param_int64(&params, filter->after_id);
    db_param_int64(&params, filter->limit);
    void *rows = NULL;
    ErrCode code = rows_load(db, "submission__list", &params, arena, sizeof(SubmissionRow), submission_read,
                             &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

void submission_insert_params(const SubmissionWrite *write, DbParams *params)
{
    db_params_init(params);
    db_param_int64(params, write->id);
    db_param_int64(params, write->school_id);
    db_param_int64(params, write->district_id);
    db_param_text(params, write->form_code);
    db_param_int64(params, write->form_version);
    db_param_text(params, write->period);
    db_param_int64(params, write->source);
    db_param_int64(params, write->state);
    db_param_int64(params, write->revision);
    db_param_bytes(params, write->content_hash, CONTENT_HASH_SIZE);
    db_param_text(params, text_or_empty(write->origin));
    db_param_time(params, write->at_ms);
    db_param_int64(params, write->principal_id);
    db_param_bool(params, write->accepts);
}

void submission_advance_params(const SubmissionWrite *write, DbParams *params)
{
    db_params_init(params);
    db_param_int64(params, write->id);
    db_param_int64(params, write->state);
    db_param_int64(params, write->revision);
    db_param_int64(params, write->form_version);
    db_param_bytes(params, write->content_hash, write->content_hash == NULL ? 0 : CONTENT_HASH_SIZE);
    db_param_text(params, text_or_empty(write->origin));
    db_param_time(params, write->at_ms);
    db_param_int64(params, write->principal_id);
    db_param_bool(params, write->submits);
    db_param_bool(params, write->accepts);
    db_param_int64(params, write->expected_state);
    db_param_int64(params, write->expected_revision);
}

ErrCode submission_stale(int64_t id, uint32_t revision, Err *err)
{
    err_set(err, ERR_ABORTED, "REVISION_STALE");
    err_arg(err, "id", "%lld", (long long)id);
    return err_arg(err, "revision", "%u", (unsigned)revision);
}

ErrCode submission_store_insert(Db *db, const SubmissionWrite *write, int64_t *ret_id, Err *err)
{
    DbParams params;
    submission_insert_params(write, &params);
    bool found = false;
    return rows_load_numbers(db, "submission__insert", &params, ret_id, 1, &found, err);
}

ErrCode submission_store_advance(Db *db, const SubmissionWrite *write, Err *err)
{
    DbParams params;
    submission_advance_params(write, &params);
    int64_t touched = 0;
    ErrCode code = rows_exec(db, "submission__advance", &params, &touched, err);
    if (code != ERR_OK || touched == 1)
        return code;
    return submission_stale(write->id, write->expected_revision, err);
}
