/* One organisation brought in line with what an import says about it: identity, versions, closing day.
 * Versions never overlap, and only the newest one's parent is the parent of today.
 * Does not judge whether the change is wanted: the import's caller does. */
#include <string.h>

#include "common/core/text.h"
#include "server/store/store_org.h"
#include "server/store/store_rows.h"

enum { ORG_VERSIONS_BYTES_MAX = 1 << 20 };

/* The identity row as it stands. */
typedef struct OrgHead {
    int64_t id, parent_id, district_id;
    OrgKind kind;
    bool training;
    const char *opened_on, *closed_on;
} OrgHead;

static void head_read(RowCursor *cursor, void *item)
{
    OrgHead *head = item;
    head->id = row_int64(cursor);
    head->kind = (OrgKind)row_int(cursor);
    head->parent_id = row_int64(cursor);
    head->district_id = row_int64(cursor);
    head->training = row_bool(cursor);
    head->opened_on = row_text(cursor);
    head->closed_on = row_text(cursor);
}

/* What the import says, with every text present and the parent looked up. */
typedef struct OrgWanted {
    OrgRow row;
    int64_t parent_id, district_id; /* 0: none */
} OrgWanted;

static ErrCode invalid(const char *reason, const OrgRow *row, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    return err_arg(err, "code", "%s", row->code);
}

/* Each of 1, 2, 3 at most once and in this order. */
static bool levels_valid(const char *levels)
{
    const char *from = "123";
    for (; *levels != 0; levels++) {
        from = strchr(from, *levels);
        if (from == NULL)
            return false;
        from++;
    }
    return true;
}

/* What the constraints of the schema would refuse as well, but with the organisation named. */
static ErrCode wanted_check(const OrgRow *row, Err *err)
{
    const char *dates[] = {row->valid_from, row->valid_to, row->opened_on, row->closed_on};
    for (size_t i = 0; i < 4; i++)
        if (*dates[i] != 0 && iso_date_check(dates[i], err) != ERR_OK)
            return err_arg(err, "code", "%s", row->code);
    if (!text_is_code(row->code))
        return invalid("ORG_CODE_FORM", row, err);
    if (row->kind < ORG_REGION || row->kind > ORG_CENTRE)
        return invalid("ORG_KIND_UNKNOWN", row, err);
    if (*row->name == 0)
        return invalid("ORG_NAME_MISSING", row, err);
    if (!levels_valid(row->levels))
        return invalid("ORG_LEVELS_FORM", row, err);
    if (row->settlement < 0 || row->settlement > 2)
        return invalid("ORG_SETTLEMENT_UNKNOWN", row, err);
    if ((*row->valid_to != 0 && strcmp(row->valid_from, row->valid_to) >= 0) ||
        (*row->closed_on != 0 && strcmp(row->opened_on, row->closed_on) > 0))
        return invalid("DATES_REVERSED", row, err);
    return ERR_OK;
}

/* Looks the parent up: a region has none, a district stands below the region, a school below a district, a
 * centre below either. */
static ErrCode wanted_place(Db *db, OrgWanted *wanted, Err *err)
{
    const OrgRow *row = &wanted->row;
    if (row->kind == ORG_REGION)
        return *row->parent_code == 0 ? ERR_OK : invalid("ORG_PARENT_KIND", row, err);
    int64_t values[3] = {0, 0, 0};
    bool found = false;
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, row->parent_code);
    ErrCode code = rows_load_numbers(db, "org__get_kind", &params, values, 3, &found, err);
    if (code != ERR_OK)
        return code;
    if (!found) {
        err_set(err, ERR_NOT_FOUND, "ORG_PARENT_UNKNOWN");
        err_arg(err, "parent", "%s", row->parent_code);
        return err_arg(err, "code", "%s", row->code);
    }
    int64_t kind = values[1];
    bool fits = row->kind == ORG_DISTRICT ? kind == ORG_REGION
                : row->kind == ORG_SCHOOL ? kind == ORG_DISTRICT
                                          : kind == ORG_REGION || kind == ORG_DISTRICT;
    if (!fits)
        return invalid("ORG_PARENT_KIND", row, err);
    wanted->parent_id = values[0];
    wanted->district_id = row->kind == ORG_DISTRICT ? 0 : values[2];
    return ERR_OK;
}

/* `from` and `to` are ISO days, "" for open; both statements take the same parameters. */
static ErrCode version_write(Db *db, const char *statement, int64_t org_id, const OrgWanted *wanted,
                             const char *from, const char *to, Err *err)
{
    const OrgRow *row = &wanted->row;
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, org_id);
    db_param_int64(&params, wanted->parent_id);
    db_param_text(&params, from);
    db_param_text(&params, to);
    db_param_text(&params, row->number);
    db_param_text(&params, row->name);
    db_param_text(&params, row->short_name);
    db_param_text(&params, row->school_kind);
    db_param_int64(&params, row->settlement);
    db_param_text(&params, row->levels);
    return rows_exec(db, statement, &params, NULL, err);
}

/* Sets *ret_changed when the newest version was cut; leaves it otherwise. */
static ErrCode version_end(Db *db, int64_t org_id, const char *day, bool *ret_changed, Err *err)
{
    int64_t touched = 0;
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, org_id);
    db_param_text(&params, day);
    ErrCode code = rows_exec(db, "org_version__end", &params, &touched, err);
    if (code == ERR_OK && touched > 0)
        *ret_changed = true;
    return code;
}

/* A district is its own district, which its id is needed for: hence the second statement. */
static ErrCode org_create(Db *db, const OrgWanted *wanted, Err *err)
{
    const OrgRow *row = &wanted->row;
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, row->code);
    db_param_int64(&params, row->kind);
    db_param_int64(&params, wanted->parent_id);
    db_param_int64(&params, wanted->district_id);
    db_param_bool(&params, row->training);
    db_param_text(&params, row->opened_on);
    db_param_text(&params, row->closed_on);
    int64_t id = 0;
    bool found = false, changed = false;
    ErrCode code = rows_load_numbers(db, "org__insert", &params, &id, 1, &found, err);
    if (code != ERR_OK)
        return code;
    if (row->kind == ORG_DISTRICT) {
        db_params_init(&params);
        db_param_int64(&params, id);
        if ((code = rows_exec(db, "org__set_own_district", &params, NULL, err)) != ERR_OK)
            return code;
    }
    code = version_write(db, "org_version__insert", id, wanted, row->valid_from, row->valid_to, err);
    if (code == ERR_OK && *row->closed_on != 0)
        code = version_end(db, id, row->closed_on, &changed, err);
    return code;
}

/* Word for word; the span is compared by the caller. */
static bool version_same(const OrgRow *version, const OrgRow *row)
{
    return text_equal(version->parent_code, row->parent_code) && text_equal(version->number, row->number) &&
           text_equal(version->name, row->name) && text_equal(version->short_name, row->short_name) &&
           text_equal(version->school_kind, row->school_kind) && version->settlement == row->settlement &&
           text_equal(version->levels, row->levels);
}

/* ISO texts compare as dates; "" as a beginning is before all of them. */
static bool version_covers(const OrgRow *version, const char *day)
{
    return strcmp(version->valid_from, day) <= 0 &&
           (*version->valid_to == 0 || strcmp(day, version->valid_to) < 0);
}

/* Versions are oldest first, at least one. */
static ErrCode versions_align(Db *db, const OrgHead *head, const OrgWanted *wanted, const OrgRow *versions,
                              size_t count, bool *ret_changed, Err *err)
{
    const OrgRow *row = &wanted->row, *newest = &versions[count - 1];
    for (size_t i = 0; i < count; i++) {
        const OrgRow *version = &versions[i];
        bool same = version_same(version, row);
        bool begins = text_equal(version->valid_from, row->valid_from);
        if (!begins && !(same && version_covers(version, row->valid_from)))
            continue;
        const char *to = *row->valid_to != 0 ? row->valid_to : version->valid_to;
        if (same && text_equal(to, version->valid_to))
            return ERR_OK;
        *ret_changed = true;
        return version_write(db, "org_version__correct", head->id, wanted, version->valid_from, to, err);
    }
    *ret_changed = true;
    bool ended = false;
    ErrCode code = ERR_OK;
    if (strcmp(newest->valid_from, row->valid_from) < 0)
        code = version_end(db, head->id, row->valid_from, &ended, err);
    if (code != ERR_OK)
        return code;
    return version_write(db, "org_version__insert", head->id, wanted, row->valid_from, row->valid_to, err);
}

/* Parent, district, dates and the training mark; ends the newest version on the closing day. */
static ErrCode head_align(Db *db, const OrgHead *head, const OrgWanted *wanted, bool newest,
                          bool *ret_changed, Err *err)
{
    const OrgRow *row = &wanted->row;
    bool reopened =
        *row->closed_on == 0 && *head->closed_on != 0 && strcmp(head->closed_on, row->valid_from) <= 0;
    const char *closed = *row->closed_on != 0 ? row->closed_on : reopened ? "" : head->closed_on;
    const char *opened = *row->opened_on != 0 ? row->opened_on : head->opened_on;
    int64_t parent = newest ? wanted->parent_id : head->parent_id;
    int64_t district = row->kind == ORG_DISTRICT || !newest ? head->district_id : wanted->district_id;
    ErrCode code = ERR_OK;
    if (parent != head->parent_id || district != head->district_id || row->training != head->training ||
        !text_equal(closed, head->closed_on) || !text_equal(opened, head->opened_on)) {
        DbParams params;
        db_params_init(&params);
        db_param_int64(&params, head->id);
        db_param_int64(&params, parent);
        db_param_int64(&params, district);
        db_param_bool(&params, row->training);
        db_param_text(&params, opened);
        db_param_text(&params, closed);
        *ret_changed = true;
        code = rows_exec(db, "org__update", &params, NULL, err);
    }
    if (code == ERR_OK && *closed != 0)
        code = version_end(db, head->id, closed, ret_changed, err);
    return code;
}

/* An organisation that exists: versions first, since the newest one decides where it stands today. */
static ErrCode org_align(Db *db, const OrgHead *head, const OrgWanted *wanted, Arena *arena,
                         bool *ret_changed, Err *err)
{
    const OrgRow *row = &wanted->row;
    if (head->kind != row->kind) {
        err_set(err, ERR_FAILED_PRECONDITION, "ORG_KIND_FIXED");
        return err_arg(err, "code", "%s", row->code);
    }
    OrgRow *versions = NULL;
    size_t count = 0;
    ErrCode code = org_store_get_versions(db, row->code, arena, &versions, &count, err);
    if (code != ERR_OK)
        return code;
    bool newest = true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(versions[i].valid_from, row->valid_from) > 0)
            newest = false;
    code = versions_align(db, head, wanted, versions, count, ret_changed, err);
    if (code != ERR_OK)
        return code;
    return head_align(db, head, wanted, newest, ret_changed, err);
}

/* NULL texts of the caller become "". */
static OrgWanted wanted_make(const OrgRow *row)
{
    OrgWanted wanted = {.row = *row};
    const char **texts[] = {&wanted.row.code,      &wanted.row.parent_code, &wanted.row.number,
                            &wanted.row.name,      &wanted.row.short_name,  &wanted.row.school_kind,
                            &wanted.row.levels,    &wanted.row.valid_from,  &wanted.row.valid_to,
                            &wanted.row.opened_on, &wanted.row.closed_on};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = text_or_empty(*texts[i]);
    return wanted;
}

ErrCode org_store_upsert(Db *db, const OrgRow *row, OrgChange *ret_change, Err *err)
{
    OrgWanted wanted = wanted_make(row);
    ErrCode code = wanted_check(&wanted.row, err);
    if (code == ERR_OK)
        code = wanted_place(db, &wanted, err);
    if (code != ERR_OK)
        return code;
    Arena *arena = arena_new(ORG_VERSIONS_BYTES_MAX, NULL);
    if (arena == NULL)
        return err_memory(err);
    OrgHead head = {0};
    bool found = false, changed = false;
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, wanted.row.code);
    code = rows_load_one(db, "org__lock", &params, arena, head_read, &head, &found, err);
    if (code == ERR_OK)
        code = found ? org_align(db, &head, &wanted, arena, &changed, err) : org_create(db, &wanted, err);
    if (code == ERR_OK)
        *ret_change = !found ? ORG_CREATED : changed ? ORG_CHANGED : ORG_UNCHANGED;
    arena_free(arena);
    return code;
}
