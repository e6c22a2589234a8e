/* Owns accounts and tokens as AdminService has them. Invariant: every change is of an account that the
 * caller's office keeps (office.h), and never of the caller's own but for giving up its tokens. Must not see
 * a token: the client makes it and sends its hash. */
#include <string.h>

#include "common/core/text.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/office.h"
#include "server/service/service.h"
#include "server/store/store_account.h"
#include "server/store/store_org.h"
#include "shans/v1/admin.pb-c.h"

enum {
    ACCOUNT_PAGE = 200,
    ACCOUNT_PAGE_MAX = 2000,
    TOKENS_SHOWN = 100,   /* the newest of an account */
    TOKENS_LIVE_MAX = 10, /* of an account: a workplace has one, and an old one while the new one is set up */
    TOKEN_DAYS_MAX = 400,
    TEXT_MAX = 200, /* bytes of a note, a ground or a name */
};
#define DAY_MS 86400000LL

/* ---- the first wall ---- */

/* Beside the policies of the roles of accounts: as call_may_see, switched off by the same test only. */
static bool may_see(const Call *call, const AccountRow *row)
{
    const Principal *principal = call->principal;

    if (call_service(call)->options.filters_off || row->principal.id == principal->id ||
        role_is_region(principal->role) || principal->role == SHANS__V1__ROLE__ROLE_AUDITOR)
        return true;
    return principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR && row->district_id != 0 &&
           row->district_id == principal->district_id;
}

static ErrCode login_unknown(const char *login, Err *err)
{
    err_set(err, ERR_NOT_FOUND, "LOGIN_UNKNOWN");
    return err_arg(err, "login", "%s", login);
}

/* An account of another office is there for nobody else. */
static ErrCode find(Call *call, const char *login, AccountRow *ret, Err *err)
{
    ErrCode code = account_store_get(call_db(call), login, call->arena, ret, err);

    if (code == ERR_OK && !may_see(call, ret))
        code = login_unknown(login, err);
    return code;
}

static ErrCode forbidden(const AccountRow *row, Err *err)
{
    err_set(err, ERR_PERMISSION_DENIED, "OFFICE_FORBIDDEN");
    return err_arg(err, "login", "%s", row->principal.login);
}

/* An account the caller's office may block and take tokens from; nobody acts on itself this way. */
static ErrCode find_kept(Call *call, const char *login, AccountRow *ret, Err *err)
{
    ErrCode code = find(call, login, ret, err);

    if (code != ERR_OK)
        return code;
    if (ret->principal.id == call->principal->id)
        return err_set(err, ERR_PERMISSION_DENIED, "SELF_FORBIDDEN");
    return office_keeps(call->principal, ret->principal.role, ret->district_id) ? ERR_OK
                                                                                : forbidden(ret, err);
}

static ErrCode name_object(Call *call, const char *login, Err *err)
{
    char *object = arena_printf(call->arena, "login:%s", login);

    if (object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    return ERR_OK;
}

static ErrCode text_check(const char *text, const char *what, Err *err)
{
    if (strlen(text) <= TEXT_MAX)
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "TEXT_TOO_LONG");
    err_arg(err, "field", "%s", what);
    return err_arg(err, "limit", "%d", TEXT_MAX);
}

/* ---- accounts ---- */

static void fill_account(const AccountRow *row, Shans__V1__Account *to)
{
    to->login = (char *)row->principal.login;
    to->display_name = (char *)row->principal.display_name;
    to->role = (Shans__V1__Role)row->principal.role;
    to->org_code = (char *)row->principal.org_code;
    to->blocked = !row->principal.active;
    to->blocked_why = (char *)row->blocked_why;
    to->live_tokens = row->principal.live_tokens;
    to->last_used_ms = row->last_used_ms;
}

/* The accounts of the caller's office and below, by login. */
ErrCode account_list_accounts(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                              Err *err)
{
    const Shans__V1__ListAccountsRequest *request = (const Shans__V1__ListAccountsRequest *)message;
    Shans__V1__ListAccountsReply *reply = (Shans__V1__ListAccountsReply *)reply_message;
    uint32_t limit = page_limit(request->page_size, ACCOUNT_PAGE, ACCOUNT_PAGE_MAX);
    int64_t under_id;
    AccountRow *rows;
    size_t count;
    ErrCode code = under_find(call, request->under, &under_id, err);

    if (code == ERR_OK)
        code = account_store_list(call_db(call), under_id, request->page_token, limit, call_now_ms(call),
                                  call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->accounts = MESSAGE_ARRAY(call->arena, count, Shans__V1__Account, shans__v1__account__init);
    if (reply->accounts == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (may_see(call, &rows[i]))
            fill_account(&rows[i], reply->accounts[reply->n_accounts++]);
    }
    if (count == limit)
        reply->next_page_token = (char *)rows[count - 1].principal.login;
    return ERR_OK;
}

/* The organisation of a new account: one the caller sees, of the right kind, and within reach of the office.
 */
static ErrCode place_check(Call *call, const Shans__V1__AddAccountRequest *request, Err *err)
{
    const Principal *principal = call->principal;
    int role = (int)request->role;
    OrgRow org;
    int64_t under_id;
    ErrCode code = under_find(call, request->org_code, &under_id, err);

    if (code == ERR_OK)
        code = org_store_find(call_db(call), request->org_code, call->arena, &org, err);
    if (code != ERR_OK)
        return code;
    if (!office_fits(role, (int)org.kind, org.district_id)) {
        err_set(err, ERR_INVALID_ARGUMENT, "ROLE_MISPLACED");
        return err_arg(err, "org", "%s", request->org_code);
    }
    if (office_makes(principal, role, org.district_id))
        return ERR_OK;
    err_set(err, ERR_PERMISSION_DENIED, "OFFICE_FORBIDDEN");
    return err_arg(err, "login", "%s", request->login);
}

/* A new account has no token yet and can do nothing until one is issued. */
ErrCode account_add_account(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply, Err *err)
{
    const Shans__V1__AddAccountRequest *request = (const Shans__V1__AddAccountRequest *)message;
    int64_t id;
    ErrCode code = text_check(request->display_name, "display_name", err);

    (void)reply;
    if (code == ERR_OK)
        code = place_check(call, request, err);
    if (code == ERR_OK)
        code = access_store_add_principal(call_db(call), request->login, request->display_name,
                                          (int)request->role, request->org_code, &id, err);
    return code == ERR_OK ? name_object(call, request->login, err) : code;
}

/* Blocking ends every session within seconds, unblocking gives the old tokens back. What the ministry blocked
 * stays blocked for a district. */
ErrCode account_set_account_blocked(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply,
                                    Err *err)
{
    const Shans__V1__SetAccountBlockedRequest *request = (const Shans__V1__SetAccountBlockedRequest *)message;
    AccountRow row;
    ErrCode code = find_kept(call, request->login, &row, err);

    (void)reply;
    if (code == ERR_OK)
        code = text_check(request->why, "why", err);
    if (code != ERR_OK)
        return code;
    if (request->blocked && *request->why == '\0')
        return err_set(err, ERR_INVALID_ARGUMENT, "WHY_MISSING");
    if (!request->blocked && row.blocked_by_role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR &&
        call->principal->role != SHANS__V1__ROLE__ROLE_ADMINISTRATOR) {
        err_set(err, ERR_PERMISSION_DENIED, "BLOCKED_ABOVE");
        return err_arg(err, "login", "%s", request->login);
    }
    code = account_store_set_active(call_db(call), row.principal.id, !request->blocked, call->principal->id,
                                    request->why, err);
    return code == ERR_OK ? name_object(call, request->login, err) : code;
}

/* ---- tokens ---- */

static ErrCode issue_check(const Shans__V1__IssueTokenRequest *request, Err *err)
{
    if (request->token_hash.len != TOKEN_HASH_SIZE)
        return err_set(err, ERR_INVALID_ARGUMENT, "TOKEN_HASH_SIZE");
    if (request->days < 1 || request->days > TOKEN_DAYS_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "TOKEN_LIFE");
        return err_arg(err, "limit", "%d", TOKEN_DAYS_MAX);
    }
    return text_check(request->note, "note", err);
}

/* More tokens than a person has workplaces would be somebody else's. */
static ErrCode live_check(Call *call, const AccountRow *row, Err *err)
{
    int64_t now_ms = call_now_ms(call);
    TokenListRow *tokens;
    size_t count, live = 0;
    ErrCode code =
        token_store_list(call_db(call), row->principal.id, TOKENS_SHOWN, call->arena, &tokens, &count, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        live += tokens[i].revoked_ms == 0 && tokens[i].expires_ms > now_ms;
    if (live < TOKENS_LIVE_MAX)
        return ERR_OK;
    err_set(err, ERR_FAILED_PRECONDITION, "TOKENS_TOO_MANY");
    err_arg(err, "login", "%s", row->principal.login);
    return err_arg(err, "limit", "%d", TOKENS_LIVE_MAX);
}

/* By the office that makes such accounts, never by a person for itself: a stolen token could live for ever.
 */
ErrCode account_issue_token(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                            Err *err)
{
    const Shans__V1__IssueTokenRequest *request = (const Shans__V1__IssueTokenRequest *)message;
    Shans__V1__IssueTokenReply *reply = (Shans__V1__IssueTokenReply *)reply_message;
    int64_t now_ms = call_now_ms(call), id = 0;
    AccountRow row;
    ErrCode code = find_kept(call, request->login, &row, err);

    if (code == ERR_OK && !office_makes(call->principal, row.principal.role, row.district_id))
        code = forbidden(&row, err);
    if (code == ERR_OK)
        code = issue_check(request, err);
    if (code != ERR_OK)
        return code;
    if (!row.principal.active) {
        err_set(err, ERR_FAILED_PRECONDITION, "ACCOUNT_BLOCKED");
        return err_arg(err, "login", "%s", request->login);
    }
    reply->expires_ms = now_ms + (int64_t)request->days * DAY_MS;
    code = live_check(call, &row, err);
    if (code == ERR_OK)
        code = token_store_issue(call_db(call), request->token_hash.data, row.principal.id, now_ms,
                                 reply->expires_ms, request->note, call->principal->id, &id, err);
    reply->id = (uint64_t)id;
    return code == ERR_OK ? name_object(call, request->login, err) : code;
}

/* Whether a request is about the caller's own tokens. */
static bool is_self(const Call *call, const char *login)
{
    return *login == '\0' || text_equal(login, call->principal->login);
}

/* One's own tokens, or those of an account the office keeps; the auditor looks at anybody's. */
ErrCode account_list_tokens(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                            Err *err)
{
    const Shans__V1__ListTokensRequest *request = (const Shans__V1__ListTokensRequest *)message;
    Shans__V1__ListTokensReply *reply = (Shans__V1__ListTokensReply *)reply_message;
    int64_t id = call->principal->id;
    TokenListRow *rows;
    size_t count;
    AccountRow row;
    ErrCode code = ERR_OK;

    if (!is_self(call, request->login)) {
        code = find(call, request->login, &row, err);
        if (code == ERR_OK && call->principal->role != SHANS__V1__ROLE__ROLE_AUDITOR &&
            !office_keeps(call->principal, row.principal.role, row.district_id))
            code = forbidden(&row, err);
        id = row.principal.id;
    }
    if (code == ERR_OK)
        code = token_store_list(call_db(call), id, TOKENS_SHOWN, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->tokens = MESSAGE_ARRAY(call->arena, count, Shans__V1__Token, shans__v1__token__init);
    if (reply->tokens == NULL)
        return err_memory(err);
    reply->n_tokens = count;
    for (size_t i = 0; i < count; i++) {
        reply->tokens[i]->id = (uint64_t)rows[i].id;
        reply->tokens[i]->issued_ms = rows[i].issued_ms;
        reply->tokens[i]->expires_ms = rows[i].expires_ms;
        reply->tokens[i]->revoked_ms = rows[i].revoked_ms;
        reply->tokens[i]->last_used_ms = rows[i].last_used_ms;
        reply->tokens[i]->note = (char *)rows[i].note;
    }
    return ERR_OK;
}

/* Anybody gives up the own ones; an office takes those of the accounts it keeps. Servers refuse them within
 * seconds. */
ErrCode account_revoke_token(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                             Err *err)
{
    const Shans__V1__RevokeTokenRequest *request = (const Shans__V1__RevokeTokenRequest *)message;
    Shans__V1__RevokeTokenReply *reply = (Shans__V1__RevokeTokenReply *)reply_message;
    const char *login = is_self(call, request->login) ? call->principal->login : request->login;
    int64_t id = call->principal->id, count = 0;
    AccountRow row;
    ErrCode code = ERR_OK;

    if (!is_self(call, request->login)) {
        code = find_kept(call, request->login, &row, err);
        id = row.principal.id;
    }
    if (code == ERR_OK)
        code = token_store_withdraw(call_db(call), id, (int64_t)request->id, call_now_ms(call),
                                    call->principal->id, &count, err);
    if (code != ERR_OK)
        return code;
    if (count == 0 && request->id != 0) {
        err_set(err, ERR_NOT_FOUND, "TOKEN_ID_UNKNOWN");
        return err_arg(err, "id", "%llu", (unsigned long long)request->id);
    }
    reply->revoked = (uint32_t)count;
    return name_object(call, login, err);
}
