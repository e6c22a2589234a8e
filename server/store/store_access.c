/* Principals, tokens, remembered operations, the audit log.
 * A token is known by its hash alone; an operation, once remembered, is never changed.
 * Makes no tokens and keeps none: randomness and hashing are the caller's. */
#include "server/store/store_access.h"

#include <string.h>

#include "common/core/text.h"
#include "server/store/store_rows.h"
#include "server/store/store_submission_params.h"

enum { LOGIN_MAX = 63, ROLE_MAX = 8, OPERATION_HASH_SIZE = 32 };

static ErrCode login_refuse(ErrCode code, const char *reason, const char *login, Err *err)
{
    err_set(err, code, reason);
    return err_arg(err, "login", "%s", login);
}

/* The same form as the constraint principal_login_form, so that the answer can name the login. */
static bool login_valid(const char *login)
{
    size_t length = strlen(login);
    if (length == 0 || length > LOGIN_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = login[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && strchr("._@-", c) == NULL)
            return false;
    }
    return true;
}

ErrCode access_store_add_principal(Db *db, const char *login, const char *display_name, int role,
                                   const char *org_code, int64_t *ret_id, Err *err)
{
    if (!login_valid(login))
        return login_refuse(ERR_INVALID_ARGUMENT, "LOGIN_FORM", login, err);
    if (role < 1 || role > ROLE_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "ROLE_UNKNOWN");
        return err_arg(err, "role", "%d", role);
    }
    int64_t org[3] = {0, 0, 0};
    bool found = false;
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, org_code);
    ErrCode code = rows_load_numbers(db, "org__get_kind", &params, org, 3, &found, err);
    if (code != ERR_OK)
        return code;
    if (!found) {
        err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
        return err_arg(err, "code", "%s", org_code);
    }
    db_params_init(&params);
    db_param_text(&params, login);
    db_param_text(&params, text_or_empty(display_name));
    db_param_int64(&params, role);
    db_param_int64(&params, org[0]);
    code = rows_load_numbers(db, "principal__insert", &params, ret_id, 1, &found, err);
    if (code != ERR_OK)
        return code;
    return found ? ERR_OK : login_refuse(ERR_ALREADY_EXISTS, "LOGIN_TAKEN", login, err);
}

/* Columns of principal__list and principal__find. */
static void principal_read(RowCursor *cursor, void *item)
{
    PrincipalRow *row = item;
    row->id = row_int64(cursor);
    row->login = row_text(cursor);
    row->display_name = row_text(cursor);
    row->role = row_int(cursor);
    row->org_id = row_int64(cursor);
    row->org_code = row_text(cursor);
    row->active = row_bool(cursor);
    row->live_tokens = row_uint32(cursor);
}

ErrCode access_store_list_principals(Db *db, int64_t now_ms, Arena *arena, PrincipalRow **ret_rows,
                                     size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_time(&params, now_ms);
    void *rows = NULL;
    ErrCode code = rows_load(db, "principal__list", &params, arena, sizeof(PrincipalRow), principal_read,
                             &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode access_store_find_principal(Db *db, const char *login, Arena *arena, PrincipalRow *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, login);
    bool found = false;
    ErrCode code = rows_load_one(db, "principal__find", &params, arena, principal_read, ret, &found, err);
    if (code != ERR_OK)
        return code;
    return found ? ERR_OK : login_refuse(ERR_NOT_FOUND, "LOGIN_UNKNOWN", login, err);
}

ErrCode access_store_set_active(Db *db, const char *login, bool active, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, login);
    db_param_bool(&params, active);
    int64_t id = 0;
    bool found = false;
    ErrCode code = rows_load_numbers(db, "principal__set_active", &params, &id, 1, &found, err);
    if (code != ERR_OK)
        return code;
    return found ? ERR_OK : login_refuse(ERR_NOT_FOUND, "LOGIN_UNKNOWN", login, err);
}

ErrCode access_store_issue_token(Db *db, const uint8_t *hash, int64_t principal_id, int64_t issued_ms,
                                 int64_t expires_ms, const char *note, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_bytes(&params, hash, TOKEN_HASH_SIZE);
    db_param_int64(&params, principal_id);
    db_param_time(&params, issued_ms);
    db_param_time(&params, expires_ms);
    db_param_text(&params, text_or_empty(note));
    return rows_exec(db, "token__insert", &params, NULL, err);
}

ErrCode access_store_revoke(Db *db, const uint8_t *hash, int64_t principal_id, int64_t now_ms,
                            int64_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_bytes(&params, hash, hash == NULL ? 0 : TOKEN_HASH_SIZE);
    db_param_int64(&params, principal_id);
    db_param_time(&params, now_ms);
    DbResult *result = NULL;
    ErrCode code = db_query(db, "token__revoke", &params, &result, err);
    db_params_done(&params);
    if (code != ERR_OK)
        return code;
    *ret_count = (int64_t)db_rows(result);
    db_result_free(result);
    return ERR_OK;
}

/* A token as found, before it is judged. */
typedef struct TokenRow {
    AccessPrincipal principal;
    bool revoked, active;
} TokenRow;

/* Asked twice: how many there are, then for them. */
static const int64_t *ids_read(RowCursor *cursor, size_t *ret_count)
{
    size_t col = cursor->col++;
    size_t count = db_get_int64_array(cursor->result, cursor->row, col, NULL, 0);
    int64_t *ids = ARENA_NEW(cursor->arena, int64_t, count);
    if (ids == NULL) {
        cursor->failed = true;
        return NULL;
    }
    *ret_count = count == 0 ? 0 : db_get_int64_array(cursor->result, cursor->row, col, ids, count);
    return ids;
}

/* Columns of token__authenticate. */
static void token_read(RowCursor *cursor, void *item)
{
    TokenRow *row = item;
    AccessPrincipal *principal = &row->principal;
    principal->id = row_int64(cursor);
    principal->login = row_text(cursor);
    principal->display_name = row_text(cursor);
    principal->role = row_int(cursor);
    principal->org_id = row_int64(cursor);
    principal->org_code = row_text(cursor);
    principal->org_name = row_text(cursor);
    principal->org_kind = row_int(cursor);
    principal->district_id = row_int64(cursor);
    principal->expires_ms = row_time(cursor);
    row->revoked = row_bool(cursor);
    row->active = row_bool(cursor);
    principal->school_ids = ids_read(cursor, &principal->school_count);
    principal->above_ids = ids_read(cursor, &principal->above_count);
    principal->token_id = row_int64(cursor);
    principal->touch_due = row_bool(cursor);
}

ErrCode access_store_authenticate(Db *db, const uint8_t *hash, int64_t now_ms, Arena *arena,
                                  AccessPrincipal *ret, Err *err)
{
    TokenRow row = {0};
    bool found = false;
    DbParams params;
    db_params_init(&params);
    db_param_bytes(&params, hash, TOKEN_HASH_SIZE);
    db_param_time(&params, now_ms);
    ErrCode code = rows_load_one(db, "token__authenticate", &params, arena, token_read, &row, &found, err);
    if (code != ERR_OK)
        return code;
    ret->login = found ? row.principal.login : "";
    if (!found)
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_UNKNOWN");
    /* A revoked token stays revoked when it would have expired anyway: the person is told the stronger
     * reason. */
    if (row.revoked)
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_REVOKED");
    if (now_ms >= row.principal.expires_ms)
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_EXPIRED");
    if (!row.active)
        return err_set(err, ERR_UNAUTHENTICATED, "ACCOUNT_DISABLED");
    *ret = row.principal;
    return ERR_OK;
}

ErrCode access_store_touch_token(Db *db, int64_t token_id, int64_t now_ms, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, token_id);
    db_param_time(&params, now_ms);
    return rows_exec(db, "token__touch", &params, NULL, err);
}

static void operation_read(RowCursor *cursor, void *item)
{
    OperationRow *row = item;
    row->principal_id = row_int64(cursor);
    row->method = row_text(cursor);
    row->content_hash = row_bytes(cursor, NULL);
    row->reply = row_bytes(cursor, &row->reply_size);
}

ErrCode operation_store_lock(Db *db, const uint8_t *id, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_uuid(&params, id);
    return rows_exec(db, "operation__lock", &params, NULL, err);
}

ErrCode operation_store_get(Db *db, const uint8_t *id, Arena *arena, OperationRow *ret, Err *err)
{
    OperationRow row = {0};
    DbParams params;
    db_params_init(&params);
    db_param_uuid(&params, id);
    ErrCode code = rows_load_one(db, "operation__get", &params, arena, operation_read, &row, &row.found, err);
    if (code == ERR_OK)
        *ret = row;
    return code;
}

ErrCode operation_check(const OperationRow *row, int64_t principal_id, const char *method,
                        const uint8_t *content_hash, Err *err)
{
    if (row->principal_id != principal_id)
        return err_set(err, ERR_PERMISSION_DENIED, "OPERATION_FOREIGN");
    if (!text_equal(row->method, method) || memcmp(row->content_hash, content_hash, OPERATION_HASH_SIZE) != 0)
        return err_set(err, ERR_FAILED_PRECONDITION, "OPERATION_MISMATCH");
    return ERR_OK;
}

void operation_insert_params(const uint8_t *id, const OperationRow *row, int64_t now_ms, DbParams *params)
{
    db_params_init(params);
    db_param_uuid(params, id);
    db_param_int64(params, row->principal_id);
    db_param_text(params, row->method);
    db_param_bytes(params, row->content_hash, OPERATION_HASH_SIZE);
    db_param_bytes(params, row->reply_size == 0 ? "" : (const void *)row->reply, row->reply_size);
    db_param_time(params, now_ms);
}

ErrCode operation_store_add(Db *db, const uint8_t *id, const OperationRow *row, int64_t now_ms, Err *err)
{
    DbParams params;
    operation_insert_params(id, row, now_ms, &params);
    int64_t touched = 0;
    ErrCode code = rows_exec(db, "operation__insert", &params, &touched, err);
    if (code == ERR_OK && touched == 0)
        return err_set(err, ERR_ABORTED, "OPERATION_RACED");
    return code;
}

void audit_insert_params(const AuditEntry *entry, DbParams *params)
{
    db_params_init(params);
    db_param_time(params, entry->at_ms);
    db_param_int64(params, entry->principal_id);
    db_param_text(params, text_or_empty(entry->login));
    db_param_int64(params, entry->role);
    db_param_text(params, entry->method);
    db_param_uuid(params, entry->request_id);
    db_param_uuid(params, entry->operation_id);
    db_param_text(params, text_or_empty(entry->object));
    db_param_text(params, text_or_empty(entry->detail));
}

ErrCode audit_store_add(Db *db, const AuditEntry *entry, Err *err)
{
    DbParams params;
    audit_insert_params(entry, &params);
    return rows_exec(db, "audit__insert", &params, NULL, err);
}
