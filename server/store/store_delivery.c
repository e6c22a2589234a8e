/* Confirmations, disputes and documents of delivered figures.
 * A figure is never changed from here: only its source delivers another one.
 * Does not decide who may say what: server/lifecycle/dispute.h does. */
#include "server/store/store_delivery.h"

#include "server/store/store_rows.h"

/* Columns of delivery__list. */
static void delivery_read(RowCursor *cursor, void *item)
{
    DeliveryRow *row = item;
    row->submission_id = row_int64(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->school_code = row_text(cursor);
    row->school_name = row_text(cursor);
    row->district_code = row_text(cursor);
    row->form_code = row_text(cursor);
    row->period = row_text(cursor);
    row->revision = row_uint32(cursor);
    row->state = row_int(cursor);
    row->delivered_ms = row_time(cursor);
    row->delivered_by = row_text(cursor);
    row->confirmed_ms = row_time(cursor);
    row->confirmed_by = row_text(cursor);
    row->live_disputes = row_uint32(cursor);
}

ErrCode delivery_store_list(Db *db, const DeliveryFilter *filter, Arena *arena, DeliveryRow **ret_rows,
                            size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;

    db_params_init(&params);
    db_param_int64(&params, filter->under_id);
    db_param_text_array(&params, filter->forms, filter->form_count);
    db_param_text(&params, text_or_empty(filter->period));
    db_param_int64(&params, filter->state);
    db_param_int64(&params, filter->after_id);
    db_param_int64(&params, filter->limit);
    db_param_int64(&params, filter->submission_id);
    ErrCode code = rows_load(db, "delivery__list", &params, arena, sizeof(DeliveryRow), delivery_read, &rows,
                             ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

static void place_params(DbParams *params, const DeliveryRow *row)
{
    db_params_init(params);
    db_param_int64(params, row->submission_id);
    db_param_int64(params, row->revision);
    db_param_int64(params, row->school_id);
    db_param_int64(params, row->district_id);
}

ErrCode delivery_store_confirm(Db *db, const DeliveryRow *row, int64_t principal_id, int64_t now_ms,
                               bool *ret_added, Err *err)
{
    int64_t touched = 0;
    DbParams params;

    place_params(&params, row);
    db_param_int64(&params, principal_id);
    db_param_time(&params, now_ms);
    ErrCode code = rows_exec(db, "confirmation__insert", &params, &touched, err);
    if (code == ERR_OK)
        *ret_added = touched > 0;
    return code;
}

/* Columns of dispute__cell. */
static void cell_read(RowCursor *cursor, void *item)
{
    DisputedCell *cell = item;
    cell->value.kind = (ValueKind)row_int(cursor);
    cell->value.number = row_int64(cursor);
    cell->revision = row_uint32(cursor);
    cell->state = row_int(cursor);
}

ErrCode dispute_store_get_cell(Db *db, int64_t submission_id, const FormCell *cell, Arena *arena,
                               DisputedCell *ret, Err *err)
{
    bool found = false;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, submission_id);
    db_param_text(&params, cell->section);
    db_param_text(&params, cell->row);
    db_param_text(&params, cell->field);
    ErrCode code = rows_load_one(db, "dispute__cell", &params, arena, cell_read, ret, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "DISPUTE_CELL");
    return err_arg(err, "cell", "%s/%s/%s", cell->section, cell->row, cell->field);
}

ErrCode dispute_store_insert(Db *db, const DisputeRow *row, int64_t principal_id, int64_t now_ms,
                             int64_t *ret_id, Err *err)
{
    bool found = false;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, row->submission_id);
    db_param_int64(&params, row->revision);
    db_param_int64(&params, row->school_id);
    db_param_int64(&params, row->district_id);
    db_param_text(&params, row->claimed.section);
    db_param_text(&params, row->claimed.row);
    db_param_text(&params, row->claimed.field);
    db_param_int64(&params, (int64_t)row->delivered.value.kind);
    db_param_int64(&params, row->delivered.value.number);
    db_param_int64(&params, (int64_t)row->claimed.value.kind);
    db_param_int64(&params, row->claimed.value.number);
    db_param_text(&params, row->reason);
    db_param_int64(&params, row->state);
    db_param_int64(&params, principal_id);
    db_param_time(&params, now_ms);
    return rows_load_numbers(db, "dispute__insert", &params, ret_id, 1, &found, err);
}

/* Columns of dispute__list. */
static void dispute_read(RowCursor *cursor, void *item)
{
    DisputeRow *row = item;
    row->id = row_int64(cursor);
    row->submission_id = row_int64(cursor);
    row->revision = row_uint32(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->school_code = row_text(cursor);
    row->school_name = row_text(cursor);
    row->form_code = row_text(cursor);
    row->period = row_text(cursor);
    row->present_revision = row_uint32(cursor);
    row->delivered.section = row->claimed.section = row_text(cursor);
    row->delivered.row = row->claimed.row = row_text(cursor);
    row->delivered.field = row->claimed.field = row_text(cursor);
    row->delivered.value.kind = (ValueKind)row_int(cursor);
    row->delivered.value.number = row_int64(cursor);
    row->claimed.value.kind = (ValueKind)row_int(cursor);
    row->claimed.value.number = row_int64(cursor);
    row->reason = row_text(cursor);
    row->state = row_int(cursor);
    row->made_ms = row_time(cursor);
    row->made_by = row_text(cursor);
    row->decided_ms = row_time(cursor);
    row->decided_by = row_text(cursor);
    row->answer = row_text(cursor);
}

ErrCode dispute_store_list(Db *db, const DisputeFilter *filter, Arena *arena, DisputeRow **ret_rows,
                           size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;

    db_params_init(&params);
    db_param_int64(&params, filter->under_id);
    db_param_int64(&params, filter->state);
    db_param_int64(&params, filter->after_id);
    db_param_int64(&params, filter->limit);
    db_param_int64(&params, filter->id);
    ErrCode code = rows_load(db, "dispute__list", &params, arena, sizeof(DisputeRow), dispute_read, &rows,
                             ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode dispute_store_decide(Db *db, int64_t id, int state, const char *answer, int64_t principal_id,
                             int64_t now_ms, Err *err)
{
    int64_t touched = 0;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, id);
    db_param_int64(&params, state);
    db_param_int64(&params, principal_id);
    db_param_time(&params, now_ms);
    db_param_text(&params, answer);
    ErrCode code = rows_exec(db, "dispute__decide", &params, &touched, err);
    if (code != ERR_OK || touched > 0)
        return code;
    err_set(err, ERR_ABORTED, "DISPUTE_DECIDED");
    return err_arg(err, "id", "%lld", (long long)id);
}

static void live_read(RowCursor *cursor, void *item)
{
    LiveDispute *row = item;
    row->submission_id = row_int64(cursor);
    row->row_code = row_text(cursor);
}

ErrCode dispute_store_list_live(Db *db, const int64_t *submission_ids, size_t id_count, Arena *arena,
                                LiveDispute **ret_rows, size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;

    db_params_init(&params);
    db_param_int64_array(&params, submission_ids, NULL, id_count);
    ErrCode code = rows_load(db, "dispute__list_live", &params, arena, sizeof(LiveDispute), live_read, &rows,
                             ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}
