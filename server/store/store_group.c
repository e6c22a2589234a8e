/* Documents, groups and memberships.
 * A membership is never deleted: it ends on a day, by a document.
 * Does not decide who belongs to what: lists do, and the caller checks them. */
#include "server/store/store_group.h"

#include "common/core/text.h"
#include "server/store/store_rows.h"

static void document_read(RowCursor *cursor, DocumentRow *document)
{
    document->kind = row_text(cursor);
    document->number = row_text(cursor);
    document->on_date = row_text(cursor);
    document->issuer = row_text(cursor);
}

/* Before the constraints would, and with the value named. */
static ErrCode document_check(const DocumentRow *document, Err *err)
{
    static const char *const kinds[] = {"order",     "directive", "decree", "letter",
                                        "programme", "report",    "other"};
    bool known = false;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        known = known || text_equal(kinds[i], document->kind);
    if (!known) {
        err_set(err, ERR_INVALID_ARGUMENT, "DOCUMENT_KIND");
        return err_arg(err, "value", "%s", document->kind);
    }
    if (document->issuer[0] == '\0')
        return err_set(err, ERR_INVALID_ARGUMENT, "DOCUMENT_ISSUER");
    return iso_date_check(document->on_date, err);
}

ErrCode document_store_put(Db *db, const DocumentRow *document, int64_t *ret_id, bool *ret_approves, Err *err)
{
    int64_t values[2] = {0, 0};
    bool found = false;
    DbParams params;
    ErrCode code = document_check(document, err);

    if (code != ERR_OK)
        return code;
    db_params_init(&params);
    db_param_text(&params, document->kind);
    db_param_text(&params, document->number);
    db_param_text(&params, document->on_date);
    db_param_text(&params, document->issuer);
    code = rows_load_numbers(db, "document__put", &params, values, 2, &found, err);
    if (code == ERR_OK && !found) /* another transaction stored it and is not seen yet */
        code = err_set(err, ERR_ABORTED, "DATABASE_CONFLICT");
    if (code != ERR_OK)
        return code;
    *ret_id = values[0];
    *ret_approves = values[1] != 0;
    return ERR_OK;
}

ErrCode document_store_bind(Db *db, const DocumentBinding *binding, Err *err)
{
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, binding->submission_id);
    db_param_int64(&params, binding->revision);
    db_param_int64(&params, binding->school_id);
    db_param_int64(&params, binding->district_id);
    db_param_int64(&params, binding->document_id);
    db_param_text(&params, binding->profile);
    return rows_exec(db, "submission_document__insert", &params, NULL, err);
}

/* Columns of group__list. */
static void group_read(RowCursor *cursor, void *item)
{
    GroupRow *row = item;
    row->id = row_int64(cursor);
    row->code = row_text(cursor);
    row->meaning = row_text(cursor);
    row->title_ru = row_text(cursor);
    row->title_en = row_text(cursor);
    row->note_ru = row_text(cursor);
    row->note_en = row_text(cursor);
    row->valid_from = row_text(cursor);
    row->valid_to = row_text(cursor);
    document_read(cursor, &row->document);
    row->schools = row_uint32(cursor);
}

ErrCode group_store_list(Db *db, const char *on_date, bool all, Arena *arena, GroupRow **ret_rows,
                         size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;
    ErrCode code = iso_date_check(on_date, err);

    if (code != ERR_OK)
        return code;
    db_params_init(&params);
    db_param_text(&params, on_date);
    db_param_bool(&params, all);
    code = rows_load(db, "group__list", &params, arena, sizeof(GroupRow), group_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode group_store_insert(Db *db, const GroupRow *row, int64_t document_id, Err *err)
{
    DbParams params;

    db_params_init(&params);
    db_param_text(&params, row->code);
    db_param_text(&params, row->meaning);
    db_param_text(&params, row->title_ru);
    db_param_text(&params, row->title_en);
    db_param_text(&params, row->note_ru);
    db_param_text(&params, row->note_en);
    db_param_text(&params, row->valid_from);
    db_param_text(&params, row->valid_to);
    db_param_int64(&params, document_id);
    return rows_exec(db, "group__insert", &params, NULL, err);
}

ErrCode group_store_update(Db *db, const GroupRow *row, Err *err)
{
    DbParams params;
    int64_t touched = 0;

    db_params_init(&params);
    db_param_int64(&params, row->id);
    db_param_text(&params, row->title_ru);
    db_param_text(&params, row->title_en);
    db_param_text(&params, row->note_ru);
    db_param_text(&params, row->note_en);
    db_param_text(&params, row->valid_to);
    ErrCode code = rows_exec(db, "group__update", &params, &touched, err);
    if (code != ERR_OK || touched > 0)
        return code;
    err_set(err, ERR_FAILED_PRECONDITION, "GROUP_HAS_MEMBERS");
    return err_arg(err, "group", "%s:%s", row->code, row->meaning);
}

ErrCode group_store_lock(Db *db, int64_t group_id, Err *err)
{
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, group_id);
    return rows_exec(db, "group__lock", &params, NULL, err);
}

/* Columns of member__list. */
static void member_read(RowCursor *cursor, void *item)
{
    MemberRow *row = item;
    row->id = row_int64(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->school_code = row_text(cursor);
    row->school_name = row_text(cursor);
    row->group = row_text(cursor);
    row->title_ru = row_text(cursor);
    row->title_en = row_text(cursor);
    row->valid_from = row_text(cursor);
    row->valid_to = row_text(cursor);
    document_read(cursor, &row->document_in);
    document_read(cursor, &row->document_out);
    row->closed = row_bool(cursor);
    row->training = row_bool(cursor);
    row->approved = row_bool(cursor);
}

ErrCode member_store_list(Db *db, const MemberFilter *filter, Arena *arena, MemberRow **ret_rows,
                          size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;
    ErrCode code = iso_date_check(filter->on_date, err);

    if (code != ERR_OK)
        return code;
    db_params_init(&params);
    db_param_int64(&params, filter->group_id);
    db_param_text(&params, filter->on_date);
    db_param_int64(&params, filter->under_id);
    db_param_int64(&params, filter->after_id);
    db_param_int64(&params, filter->limit);
    db_param_int64(&params, filter->days_before);
    code =
        rows_load(db, "member__list", &params, arena, sizeof(MemberRow), member_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode member_store_add(Db *db, const MemberWrite *write, const int64_t *school_ids,
                         const int64_t *district_ids, size_t count, Err *err)
{
    DbParams params;

    if (count == 0)
        return ERR_OK;
    db_params_init(&params);
    db_param_int64(&params, write->group_id);
    db_param_text(&params, write->valid_from);
    db_param_text(&params, write->valid_to);
    db_param_int64(&params, write->document_id);
    db_param_bool(&params, write->approved);
    db_param_time(&params, write->now_ms);
    db_param_int64(&params, write->principal_id);
    db_param_int64_array(&params, school_ids, NULL, count);
    db_param_int64_array(&params, district_ids, NULL, count);
    return rows_exec(db, "member__insert", &params, NULL, err);
}

ErrCode member_store_end(Db *db, const MemberWrite *write, const int64_t *member_ids, size_t count, Err *err)
{
    DbParams params;

    if (count == 0)
        return ERR_OK;
    db_params_init(&params);
    db_param_text(&params, write->valid_from);
    db_param_int64(&params, write->document_id);
    db_param_time(&params, write->now_ms);
    db_param_int64(&params, write->principal_id);
    db_param_int64_array(&params, member_ids, NULL, count);
    return rows_exec(db, "member__end", &params, NULL, err);
}

/* Columns of list__schools. */
static void school_read(RowCursor *cursor, void *item)
{
    ListSchoolRow *row = item;
    row->id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->code = row_text(cursor);
    row->name = row_text(cursor);
    row->short_name = row_text(cursor);
    row->opened_on = row_text(cursor);
    row->closed_on = row_text(cursor);
    row->successor = row_text(cursor);
    row->training = row_bool(cursor);
}

ErrCode list_store_schools(Db *db, Arena *arena, ListSchoolRow **ret_rows, size_t *ret_count, Err *err)
{
    void *rows = NULL;
    ErrCode code = rows_load(db, "list__schools", NULL, arena, sizeof(ListSchoolRow), school_read, &rows,
                             ret_count, err);

    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}
