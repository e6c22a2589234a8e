/* Events and marks of submissions.
 * An event is written once; a mark changes once, when a later revision changes its cell.
 * Does not change the submission itself. */
#include "server/store/store_review.h"

#include "server/store/store_rows.h"
#include "server/store/store_submission_params.h"

enum { MARK_COLUMNS_BYTES_MAX = 1 << 20 };

void event_insert_params(const EventRow *event, DbParams *params)
{
    db_params_init(params);
    db_param_int64(params, event->id);
    db_param_int64(params, event->submission_id);
    db_param_int64(params, event->school_id);
    db_param_int64(params, event->district_id);
    db_param_int64(params, event->revision);
    db_param_text(params, event->event);
    db_param_int64(params, event->from_state);
    db_param_int64(params, event->to_state);
    db_param_int64(params, event->principal_id);
    db_param_text(params, text_or_empty(event->comment));
    db_param_time(params, event->at_ms);
}

ErrCode event_store_add(Db *db, const EventRow *event, int64_t *ret_id, Err *err)
{
    DbParams params;
    event_insert_params(event, &params);
    int64_t id = 0;
    bool found = false;
    ErrCode code = rows_load_numbers(db, "event__insert", &params, &id, 1, &found, err);
    if (code == ERR_OK && ret_id != NULL)
        *ret_id = id;
    return code;
}

static void event_read(RowCursor *cursor, void *item)
{
    EventRow *row = item;
    row->id = row_int64(cursor);
    row->submission_id = row_int64(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->revision = row_uint32(cursor);
    row->event = row_text(cursor);
    row->from_state = row_int(cursor);
    row->to_state = row_int(cursor);
    row->principal_id = row_int64(cursor);
    row->login = row_text(cursor);
    row->comment = row_text(cursor);
    row->at_ms = row_time(cursor);
}

ErrCode event_store_list(Db *db, int64_t submission_id, Arena *arena, EventRow **ret_rows, size_t *ret_count,
                         Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, submission_id);
    void *rows = NULL;
    ErrCode code =
        rows_load(db, "event__list", &params, arena, sizeof(EventRow), event_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode mark_store_add(Db *db, const MarkWrite *write, const MarkRow *marks, size_t count, Err *err)
{
    Arena *arena = arena_new(MARK_COLUMNS_BYTES_MAX, NULL);
    const char **columns = arena == NULL ? NULL : ARENA_NEW(arena, const char *, 4 * count);
    if (columns == NULL) {
        arena_free(arena);
        return err_memory(err);
    }
    /* Four columns one after another in a single allocation. */
    for (size_t i = 0; i < count; i++) {
        columns[i] = marks[i].section;
        columns[count + i] = text_or_empty(marks[i].row);
        columns[2 * count + i] = text_or_empty(marks[i].field);
        columns[3 * count + i] = text_or_empty(marks[i].comment);
    }
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, write->submission_id);
    db_param_int64(&params, write->school_id);
    db_param_int64(&params, write->district_id);
    db_param_int64(&params, write->revision);
    db_param_int64(&params, write->principal_id);
    db_param_time(&params, write->at_ms);
    for (size_t i = 0; i < 4; i++)
        db_param_text_array(&params, columns + i * count, count);
    ErrCode code = rows_exec(db, "mark__insert", &params, NULL, err);
    arena_free(arena);
    return code;
}

static void mark_read(RowCursor *cursor, void *item)
{
    MarkRow *row = item;
    row->section = row_text(cursor);
    row->row = row_text(cursor);
    row->field = row_text(cursor);
    row->comment = row_text(cursor);
    row->revision = row_uint32(cursor);
    row->resolved_revision = row_uint32(cursor);
    row->made_by = row_text(cursor);
    row->made_ms = row_time(cursor);
}

ErrCode mark_store_list(Db *db, int64_t submission_id, Arena *arena, MarkRow **ret_rows, size_t *ret_count,
                        Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, submission_id);
    void *rows = NULL;
    ErrCode code =
        rows_load(db, "mark__list", &params, arena, sizeof(MarkRow), mark_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

void mark_resolve_params(int64_t submission_id, uint32_t revision, DbParams *params)
{
    db_params_init(params);
    db_param_int64(params, submission_id);
    db_param_int64(params, revision);
}

ErrCode mark_store_resolve(Db *db, int64_t submission_id, uint32_t revision, int64_t *ret_count, Err *err)
{
    DbParams params;
    mark_resolve_params(submission_id, revision, &params);
    return rows_exec(db, "mark__resolve", &params, ret_count, err);
}
