/* Owns the hooks between dispatch and store. Invariant: a handler runs inside exactly one transaction whose
 * role and scope come from the caller's principal, and a mutating call leaves its reply, its operation row
 * and its audit row in that same transaction. Must not know any single method. */
#include "server/service/service.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/failpoint.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/service/submit.h"
#include "server/store/store_access.h"
#include "shans/v1/system.pb-c.h"

/* A look-up of a token has no caller's deadline: it gets its own, so that a database that hangs frees the
 * worker. */
enum { SIGN_IN_MEMORY = 1 << 20, SIGN_IN_MS = 3000 };

/* Connections are opened by the thread that first needs one. */
void service_init(Service *service, const ServiceOptions *options)
{
    *service = (Service){.options = *options};
}

/* Called when no worker and no committer runs any more: nobody else may close a connection in use. */
void service_done(Service *service)
{
    for (size_t i = 0; i < SERVICE_WORKERS_MAX; i++)
        db_close(service->workers[i]);
    for (size_t i = 0; i < COMMITTER_THREADS_MAX; i++) {
        db_close(service->committers[i]);
        free(service->batches[i]);
    }
}

/* A lost connection is mended by the database layer; here it is only opened. */
ErrCode service_open_db(Service *service, Db **db, Err *err)
{
    if (*db != NULL)
        return ERR_OK;
    return db_open(service->options.conninfo, service->options.clock, db, err);
}

/* The hooks put a session into every call that has begun a transaction. */
Session *call_session(const Call *call)
{
    return call->session;
}

/* The worker's connection, inside the call's transaction. */
Db *call_db(const Call *call)
{
    return call_session(call)->db;
}

/* The server's context, there also before sign-in. */
Service *call_service(const Call *call)
{
    return call->service;
}

/* The injected clock: one call may ask more than once and get different times. */
int64_t call_now_ms(const Call *call)
{
    return call->clock->now_ms(call->clock);
}

/* A school's own people: data entry and head. */
bool role_is_school(int role)
{
    return role == SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR || role == SHANS__V1__ROLE__ROLE_SCHOOL_HEAD;
}

/* Who works on the whole region; the auditor reads it, but is not one of them. */
bool role_is_region(int role)
{
    return role == SHANS__V1__ROLE__ROLE_MINISTRY_ANALYST || role == SHANS__V1__ROLE__ROLE_METHODOLOGIST ||
           role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR;
}

/* The application's own wall. The database has the second one; `filters_off` is for the test that shows
 * it holds alone. */
bool call_sees(const Call *call, int64_t school_id, int64_t district_id)
{
    const Principal *principal = call->principal;

    if (call_service(call)->options.filters_off || role_is_region(principal->role) ||
        principal->role == SHANS__V1__ROLE__ROLE_AUDITOR)
        return true;
    if (principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR)
        return district_id != 0 && district_id == principal->district_id;
    for (size_t i = 0; i < principal->school_count; i++) {
        if (principal->school_ids[i] == school_id)
            return role_is_school(principal->role);
    }
    return false;
}

/* What the row-level policies are told about the caller; the filters of the statements come on top. Ids are
 * borrowed from the principal, which lives as long as the call. One database role for each kind of scope
 * keeps every policy an equality on a leading column of an index. */
DbScope service_scope(const Principal *principal, DbMode mode, int64_t deadline_ms)
{
    DbScope scope = {
        .mode = mode,
        .principal_id = principal->id,
        .above_ids = principal->above_ids,
        .above_count = principal->above_count,
        .deadline_ms = deadline_ms,
    };

    if (role_is_school(principal->role)) {
        scope.role = DB_ROLE_SCHOOL;
        scope.school_ids = principal->school_ids;
        scope.school_count = principal->school_count;
    } else if (principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR) {
        scope.role = DB_ROLE_DISTRICT;
        scope.district_id = principal->district_id;
    } else if (principal->role == SHANS__V1__ROLE__ROLE_AUDITOR) {
        scope.role = DB_ROLE_AUDITOR;
        scope.region = true;
    } else if (role_is_region(principal->role)) {
        scope.role = DB_ROLE_REGION;
        scope.region = true;
    } else {
        scope.role = DB_ROLE_SCHOOL; /* an unknown role has an empty scope: nothing is visible */
    }
    return scope;
}

/* Copies a scope's ids; RESOURCE_EXHAUSTED / SCOPE_TOO_WIDE rather than a scope cut short. */
static ErrCode copy_ids(const int64_t *from, size_t count, size_t room, int64_t *to, size_t *ret_count,
                        Err *err)
{
    if (count > room)
        return err_set(err, ERR_RESOURCE_EXHAUSTED, "SCOPE_TOO_WIDE");
    if (count > 0)
        memcpy(to, from, count * sizeof *to);
    *ret_count = count;
    return ERR_OK;
}

/* The person as dispatch keeps it: fixed size, so that the token cache owns no memory. */
static ErrCode principal_from(const AccessPrincipal *access, Principal *ret, Err *err)
{
    *ret = (Principal){
        .id = access->id,
        .role = access->role,
        .org_id = access->org_id,
        .district_id = access->district_id,
        .expires_ms = access->expires_ms,
    };
    text_copy(ret->login, sizeof ret->login, access->login);
    text_copy(ret->org_code, sizeof ret->org_code, access->org_code);
    text_copy(ret->display_name, sizeof ret->display_name, access->display_name);
    text_copy(ret->org_name, sizeof ret->org_name, access->org_name);
    ErrCode code = copy_ids(access->school_ids, access->school_count, PRINCIPAL_SCHOOLS_MAX, ret->school_ids,
                            &ret->school_count, err);
    if (code == ERR_OK)
        code = copy_ids(access->above_ids, access->above_count, PRINCIPAL_ABOVE_MAX, ret->above_ids,
                        &ret->above_count, err);
    return code;
}

/* Looks up the token's hash with the one role that may read tokens. A text that is no token and a token
 * nobody was given look the same from outside: UNAUTHENTICATED / TOKEN_UNKNOWN. Who holds a real one may know
 * what is wrong with it: TOKEN_EXPIRED, TOKEN_REVOKED, ACCOUNT_DISABLED. The connection is the worker's own:
 * the call's transaction begins on it right after. */
static ErrCode hook_authenticate(void *context, int worker, const char *token, int64_t now_ms,
                                 Principal *ret_principal, Err *err)
{
    Service *service = context;
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    const Clock *clock = service->options.clock;
    DbScope scope = {.role = DB_ROLE_AUTH, .mode = DB_MODE_READ};
    AccessPrincipal access;

    if (!crypto_hex_parse(token, raw, sizeof raw))
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_UNKNOWN");
    crypto_hash(raw, sizeof raw, hash);
    crypto_wipe(raw, sizeof raw);
    ErrCode code = service_open_db(service, &service->workers[worker], err);
    if (code != ERR_OK)
        return code;
    Arena *arena = arena_new(SIGN_IN_MEMORY, NULL);
    if (arena == NULL)
        return err_memory(err);
    Db *db = service->workers[worker];
    scope.deadline_ms = clock->monotonic_ms(clock) + SIGN_IN_MS;
    code = db_begin(db, &scope, err);
    if (code == ERR_OK)
        code = access_store_authenticate(db, hash, now_ms, arena, &access, err);
    if (code == ERR_OK)
        code = principal_from(&access, ret_principal, err);
    db_rollback(db);
    arena_free(arena);
    return code;
}

/* A known operation of the same caller and content answers with its stored reply; anything else is refused.
 * A repetition that overtakes its first attempt waits for it: else it would be told of a conflict with
 * itself. */
static ErrCode find_operation(Call *call, Db *db, Err *err)
{
    OperationRow known;
    ErrCode code = ERR_OK;

    if (call->row->lane == LANE_WRITE)
        code = operation_store_lock(db, call->operation_id, err);
    if (code == ERR_OK)
        code = operation_store_get(db, call->operation_id, call->arena, &known, err);
    if (code != ERR_OK || !known.found)
        return code;
    code = operation_check(&known, call->principal->id, call->method, call->content_hash, err);
    if (code == ERR_OK) {
        call->stored_reply = known.reply;
        call->stored_size = known.reply_size;
    }
    return code;
}

/* Begins the call's transaction in the caller's scope and looks for a stored reply of its operation id. Reads
 * and the checks of a Submit run read-only, so that a handler cannot write by mistake: the committer has a
 * transaction of its own. After an error no transaction is open, since `finish` is not called then. */
static ErrCode hook_begin(void *context, int worker, Call *call, Err *err)
{
    Service *service = context;
    DbMode mode = call->row->lane == LANE_WRITE ? DB_MODE_WRITE : DB_MODE_READ;
    DbScope scope = service_scope(call->principal, mode, call->deadline);
    Session *session = ARENA_NEW(call->arena, Session, 1);
    ErrCode code = session == NULL ? err_memory(err) : failpoint("rpc.before_begin", err);

    if (code == ERR_OK)
        code = service_open_db(service, &service->workers[worker], err);
    if (code == ERR_OK)
        code = db_begin(service->workers[worker], &scope, err);
    if (code != ERR_OK)
        return code;
    *session = (Session){.service = service, .db = service->workers[worker], .object = ""};
    call->session = session;
    if (call->row->mutating)
        code = find_operation(call, session->db, err);
    if (code != ERR_OK)
        db_rollback(session->db);
    return code;
}

/* Stores the operation with its reply in the same transaction as its effect: both are there or neither. A
 * client that never saw the answer asks again with the same id and gets these bytes, however much has changed
 * since. An operation whose audit row cannot be written does not happen. */
static ErrCode remember(Call *call, Db *db, const void *reply, size_t size, Err *err)
{
    const Principal *principal = call->principal;
    int64_t now_ms = call_now_ms(call);
    OperationRow operation = {
        .principal_id = principal->id,
        .method = call->method,
        .content_hash = call->content_hash,
        .reply = reply,
        .reply_size = size,
    };
    AuditEntry audit = {
        .at_ms = now_ms,
        .principal_id = principal->id,
        .login = principal->login,
        .role = principal->role,
        .method = call->method,
        .request_id = call->request_id,
        .operation_id = call->operation_id,
        .object = call_session(call)->object,
    };
    ErrCode code = operation_store_add(db, call->operation_id, &operation, now_ms, err);

    if (code == ERR_OK)
        code = audit_store_add(db, &audit, err);
    return code;
}

/* Commits what succeeded and rolls back everything else; reads and tried operations leave nothing to commit.
 * A repeated one is answered once what it repeats is safe on the standbys. The id of a tried operation
 * (dry_run) is not remembered either: the real one may use it. When the outcome of the commit is unknown the
 * error says so, and the caller sends the same operation again. */
static ErrCode hook_finish(void *context, int worker, Call *call, ErrCode code, const void *reply,
                           size_t size, Err *err)
{
    Db *db = call_db(call);

    (void)context;
    (void)worker;
    if (code == ERR_OK && call->stored_reply != NULL) {
        code = db_confirm(db, err);
        if (code != ERR_OK)
            db_rollback(db);
        return code;
    }
    if (code != ERR_OK || !call->row->mutating || call->deferred != NULL || call_session(call)->dry_run) {
        db_rollback(db);
        return code;
    }
    code = remember(call, db, reply, size, err);
    if (code == ERR_OK)
        code = failpoint("rpc.before_commit", err);
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK)
        db_rollback(db);
    else
        code = failpoint("rpc.after_commit", err);
    return code;
}

/* What dispatch calls around every handler, in this order. */
RpcHooks service_hooks(Service *service)
{
    return (RpcHooks){
        .context = service,
        .authenticate = hook_authenticate,
        .begin = hook_begin,
        .finish = hook_finish,
        .commit = submit_commit_batch,
    };
}
