/* Organisations: reading them as of a day, and bringing their history in line with what an import says.
 * The newest version's parent is the organisation's parent and district of today.
 * Decides nothing about who may ask: role and scope of the transaction do. */
#include "server/store/store_org.h"

#include <string.h>

#include "common/core/text.h"
#include "server/store/store_rows.h"

/* Columns that org__list, org__get_versions and org__find share. */
static void org_read(RowCursor *cursor, void *item)
{
    OrgRow *row = item;
    row->id = row_int64(cursor);
    row->parent_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->code = row_text(cursor);
    row->kind = (OrgKind)row_int(cursor);
    row->parent_code = row_text(cursor);
    row->number = row_text(cursor);
    row->name = row_text(cursor);
    row->short_name = row_text(cursor);
    row->school_kind = row_text(cursor);
    row->settlement = row_int(cursor);
    row->levels = row_text(cursor);
    row->valid_from = row_text(cursor);
    row->valid_to = row_text(cursor);
    row->training = row_bool(cursor);
    row->opened_on = row_text(cursor);
    row->closed_on = row_text(cursor);
}

static ErrCode org_unknown(const char *code, Err *err)
{
    err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
    return err_arg(err, "code", "%s", code);
}

/* Id, kind and district (0: none) of a code. */
static ErrCode org_kind_get(Db *db, const char *code, int64_t *values, bool *ret_found, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, code);
    return rows_load_numbers(db, "org__get_kind", &params, values, 3, ret_found, err);
}

ErrCode org_store_list(Db *db, const OrgFilter *filter, Arena *arena, OrgRow **ret_rows, size_t *ret_count,
                       Err *err)
{
    ErrCode code = iso_date_check(filter->on_date, err);
    if (code != ERR_OK)
        return code;
    int64_t under = filter->under_id;
    if (under == 0 && *text_or_empty(filter->under_code) != 0) {
        int64_t values[3];
        bool found = false;
        if ((code = org_kind_get(db, filter->under_code, values, &found, err)) != ERR_OK)
            return code;
        if (!found)
            return org_unknown(filter->under_code, err);
        under = values[0];
    }
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, under);
    db_param_int64(&params, filter->kind);
    db_param_text(&params, filter->on_date);
    db_param_text(&params, text_or_empty(filter->after_code));
    db_param_int64(&params, filter->limit);
    void *rows = NULL;
    code = rows_load(db, "org__list", &params, arena, sizeof(OrgRow), org_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode org_store_get_versions(Db *db, const char *code, Arena *arena, OrgRow **ret_rows, size_t *ret_count,
                               Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, code);
    void *rows = NULL;
    size_t count = 0;
    ErrCode failed =
        rows_load(db, "org__get_versions", &params, arena, sizeof(OrgRow), org_read, &rows, &count, err);
    if (failed != ERR_OK)
        return failed;
    if (count == 0)
        return org_unknown(code, err);
    *ret_rows = rows;
    *ret_count = count;
    return ERR_OK;
}

ErrCode org_store_find(Db *db, const char *code, Arena *arena, OrgRow *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, code);
    bool found = false;
    ErrCode failed = rows_load_one(db, "org__find", &params, arena, org_read, ret, &found, err);
    if (failed != ERR_OK)
        return failed;
    return found ? ERR_OK : org_unknown(code, err);
}

static void link_read(RowCursor *cursor, void *item)
{
    OrgLinkRow *row = item;
    row->predecessor = row_text(cursor);
    row->successor = row_text(cursor);
    row->on_date = row_text(cursor);
    row->kind = row_text(cursor);
    row->document = row_text(cursor);
}

ErrCode org_store_get_links(Db *db, const char *code, Arena *arena, OrgLinkRow **ret_rows, size_t *ret_count,
                            Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, code);
    void *rows = NULL;
    ErrCode failed =
        rows_load(db, "org_link__list", &params, arena, sizeof(OrgLinkRow), link_read, &rows, ret_count, err);
    if (failed == ERR_OK)
        *ret_rows = rows;
    return failed;
}

static void id_read(RowCursor *cursor, void *item)
{
    *(int64_t *)item = row_int64(cursor);
}

ErrCode org_store_predecessors(Db *db, int64_t org_id, Arena *arena, int64_t **ret_ids, size_t *ret_count,
                               Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, org_id);
    void *ids = NULL;
    ErrCode code = rows_load(db, "org_link__list_predecessors", &params, arena, sizeof(int64_t), id_read,
                             &ids, ret_count, err);
    if (code == ERR_OK)
        *ret_ids = ids;
    return code;
}

/* One side of a link, which must be visible: a link to the unknown is no link. */
static ErrCode link_end_get(Db *db, const char *code, int64_t *ret_id, Err *err)
{
    int64_t values[3] = {0, 0, 0};
    bool found = false;
    ErrCode failed = org_kind_get(db, code, values, &found, err);
    if (failed != ERR_OK)
        return failed;
    *ret_id = values[0];
    return found ? ERR_OK : org_unknown(code, err);
}

static bool link_kind_known(const char *kind)
{
    return text_equal(kind, "absorbed") || text_equal(kind, "merged") || text_equal(kind, "split") ||
           text_equal(kind, "renamed");
}

ErrCode org_store_link(Db *db, const OrgLinkRow *link, OrgChange *ret_change, Err *err)
{
    int64_t predecessor = 0, successor = 0;
    ErrCode code = iso_date_check(link->on_date, err);
    if (code != ERR_OK)
        return code;
    if (!link_kind_known(text_or_empty(link->kind))) {
        err_set(err, ERR_INVALID_ARGUMENT, "ORG_LINK_KIND");
        return err_arg(err, "value", "%s", text_or_empty(link->kind));
    }
    if ((code = link_end_get(db, link->predecessor, &predecessor, err)) != ERR_OK ||
        (code = link_end_get(db, link->successor, &successor, err)) != ERR_OK)
        return code;
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, predecessor);
    db_param_int64(&params, successor);
    db_param_text(&params, link->on_date);
    db_param_text(&params, link->kind);
    db_param_text(&params, text_or_empty(link->document));
    DbResult *result = NULL;
    code = db_query(db, "org_link__put", &params, &result, err);
    db_params_done(&params);
    if (code != ERR_OK)
        return code;
    /* The statement returns a row only when it wrote one, and then whether the row is new. */
    if (db_rows(result) == 0)
        *ret_change = ORG_UNCHANGED;
    else
        *ret_change = db_get_bool(result, 0, 0) ? ORG_CREATED : ORG_CHANGED;
    db_result_free(result);
    return ERR_OK;
}
