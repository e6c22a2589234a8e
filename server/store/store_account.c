/* Owns the statements on accounts and tokens that people run, as against the administrator's commands.
 * Invariant: nothing here reads or gives a token's hash. Must not decide who may: services and policies do.
 */
#include "server/store/store_account.h"

#include "server/store/store_rows.h"

/* Columns of account__list and account__get. */
static void account_read(RowCursor *cursor, void *item)
{
    AccountRow *row = item;
    row->principal.id = row_int64(cursor);
    row->principal.login = row_text(cursor);
    row->principal.display_name = row_text(cursor);
    row->principal.role = row_int(cursor);
    row->principal.org_id = row_int64(cursor);
    row->principal.org_code = row_text(cursor);
    row->principal.active = row_bool(cursor);
    row->principal.live_tokens = row_uint32(cursor);
    row->district_id = row_int64(cursor);
    row->org_kind = row_int(cursor);
    row->blocked_why = row_text(cursor);
    row->blocked_by_role = row_int(cursor);
    row->last_used_ms = row_time(cursor);
}

ErrCode account_store_list(Db *db, int64_t under_id, const char *after_login, uint32_t limit, int64_t now_ms,
                           Arena *arena, AccountRow **ret_rows, size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;

    db_params_init(&params);
    db_param_int64(&params, under_id);
    db_param_text(&params, text_or_empty(after_login));
    db_param_int64(&params, limit);
    db_param_time(&params, now_ms);
    ErrCode code = rows_load(db, "account__list", &params, arena, sizeof(AccountRow), account_read, &rows,
                             ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode account_store_get(Db *db, const char *login, Arena *arena, AccountRow *ret, Err *err)
{
    DbParams params;
    bool found = false;

    db_params_init(&params);
    db_param_text(&params, login);
    ErrCode code = rows_load_one(db, "account__get", &params, arena, account_read, ret, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "LOGIN_UNKNOWN");
    return err_arg(err, "login", "%s", login);
}

ErrCode account_store_set_active(Db *db, int64_t id, bool active, int64_t by, const char *why, Err *err)
{
    DbParams params;
    int64_t changed = 0;
    bool found = false;

    db_params_init(&params);
    db_param_int64(&params, id);
    db_param_bool(&params, active);
    db_param_int64(&params, by);
    db_param_text(&params, text_or_empty(why));
    ErrCode code = rows_load_numbers(db, "account__block", &params, &changed, 1, &found, err);
    if (code == ERR_OK && !found)
        code = err_set(err, ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    return code;
}

ErrCode token_store_issue(Db *db, const uint8_t *hash, int64_t principal_id, int64_t issued_ms,
                          int64_t expires_ms, const char *note, int64_t by, int64_t *ret_id, Err *err)
{
    DbParams params;
    bool found = false;

    db_params_init(&params);
    db_param_bytes(&params, hash, TOKEN_HASH_SIZE);
    db_param_int64(&params, principal_id);
    db_param_time(&params, issued_ms);
    db_param_time(&params, expires_ms);
    db_param_text(&params, text_or_empty(note));
    db_param_int64(&params, by);
    return rows_load_numbers(db, "token__issue", &params, ret_id, 1, &found, err);
}

static void token_read(RowCursor *cursor, void *item)
{
    TokenListRow *row = item;
    row->id = row_int64(cursor);
    row->issued_ms = row_time(cursor);
    row->expires_ms = row_time(cursor);
    row->revoked_ms = row_time(cursor);
    row->last_used_ms = row_time(cursor);
    row->note = row_text(cursor);
}

ErrCode token_store_list(Db *db, int64_t principal_id, uint32_t limit, Arena *arena, TokenListRow **ret_rows,
                         size_t *ret_count, Err *err)
{
    DbParams params;
    void *rows = NULL;

    db_params_init(&params);
    db_param_int64(&params, principal_id);
    db_param_int64(&params, limit);
    ErrCode code =
        rows_load(db, "token__list", &params, arena, sizeof(TokenListRow), token_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode token_store_withdraw(Db *db, int64_t principal_id, int64_t token_id, int64_t now_ms, int64_t by,
                             int64_t *ret_count, Err *err)
{
    DbParams params;
    DbResult *result = NULL;

    db_params_init(&params);
    db_param_int64(&params, principal_id);
    db_param_int64(&params, token_id);
    db_param_time(&params, now_ms);
    db_param_int64(&params, by);
    ErrCode code = db_query(db, "token__withdraw", &params, &result, err);
    db_params_done(&params);
    if (code != ERR_OK)
        return code;
    *ret_count = (int64_t)db_rows(result);
    db_result_free(result);
    return ERR_OK;
}
