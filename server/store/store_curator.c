/* Owns assignments of curators. Invariant: what must never be (two at a time, one's own school, a person who
 * is no curator) is refused by constraints; here only questions are asked. Must not decide who may assign. */
#include "server/store/store_curator.h"

#include "server/store/store_rows.h"

enum { FACTS = 4, IDS = 5 };

ErrCode curator_store_check(Db *db, const CuratorAssign *assign, CuratorFacts *ret, Err *err)
{
    int64_t facts[FACTS] = {0};
    bool found = false;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, assign->principal_id);
    db_param_int64(&params, assign->org_id);
    db_param_int64(&params, assign->school_id);
    db_param_text(&params, assign->first_day);
    db_param_text(&params, assign->last_day);
    db_param_text(&params, assign->year_from);
    ErrCode code = rows_load_numbers(db, "curator__check", &params, facts, FACTS, &found, err);
    if (code == ERR_OK)
        *ret = (CuratorFacts){facts[0], facts[1] != 0, facts[2] != 0, facts[3] != 0};
    return code;
}

ErrCode curator_store_assign(Db *db, const CuratorAssign *assign, int64_t *ret_id, Err *err)
{
    bool found = false;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, assign->principal_id);
    db_param_int64(&params, assign->org_id);
    db_param_int64(&params, assign->school_id);
    db_param_int64(&params, assign->district_id);
    db_param_text(&params, assign->first_day);
    db_param_text(&params, assign->last_day);
    db_param_text(&params, assign->document);
    db_param_int64(&params, assign->by);
    db_param_time(&params, assign->now_ms);
    return rows_load_numbers(db, "curator__assign", &params, ret_id, 1, &found, err);
}

static ErrCode curator_refuse(ErrCode code, const char *reason, int64_t id, Err *err)
{
    err_set(err, code, reason);
    return err_arg(err, "id", "%lld", (long long)id);
}

ErrCode curator_store_get(Db *db, int64_t id, CuratorRow *ret, bool *ret_ended, Err *err)
{
    int64_t ids[IDS] = {0};
    bool found = false;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, id);
    ErrCode code = rows_load_numbers(db, "curator__get", &params, ids, IDS, &found, err);
    if (code != ERR_OK)
        return code;
    if (!found)
        return curator_refuse(ERR_NOT_FOUND, "CURATOR_UNKNOWN", id, err);
    *ret = (CuratorRow){.id = ids[0], .principal_id = ids[1], .school_id = ids[2], .district_id = ids[3]};
    *ret_ended = ids[4] != 0;
    return ERR_OK;
}

ErrCode curator_store_end(Db *db, int64_t id, int64_t by, int64_t now_ms, const char *why, Err *err)
{
    int64_t ended = 0;
    bool found = false;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, id);
    db_param_int64(&params, by);
    db_param_time(&params, now_ms);
    db_param_text(&params, text_or_empty(why));
    ErrCode code = rows_load_numbers(db, "curator__end", &params, &ended, 1, &found, err);
    if (code == ERR_OK && !found)
        code = curator_refuse(ERR_FAILED_PRECONDITION, "CURATOR_ENDED", id, err);
    return code;
}

static void curator_read(RowCursor *cursor, void *item)
{
    CuratorRow *row = item;
    row->id = row_int64(cursor);
    row->principal_id = row_int64(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->login = row_text(cursor);
    row->display_name = row_text(cursor);
    row->org_code = row_text(cursor);
    row->school_code = row_text(cursor);
    row->school_name = row_text(cursor);
    row->first_day = row_text(cursor);
    row->last_day = row_text(cursor);
    row->document = row_text(cursor);
    row->ended_ms = row_time(cursor);
    row->ended_why = row_text(cursor);
}

ErrCode curator_store_list(Db *db, int64_t under_id, const char *day, int64_t after_id, uint32_t limit,
                           Arena *arena, CuratorRow **ret_rows, size_t *ret_count, Err *err)
{
    void *rows = NULL;
    DbParams params;

    db_params_init(&params);
    db_param_int64(&params, under_id);
    db_param_text(&params, text_or_empty(day));
    db_param_int64(&params, after_id);
    db_param_int64(&params, limit);
    ErrCode code = rows_load(db, "curator__list", &params, arena, sizeof(CuratorRow), curator_read, &rows,
                             ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}
