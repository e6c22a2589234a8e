/* Owns the hooks between dispatch and store. Invariant: a handler runs inside exactly one transaction whose
 * role and scope come from the caller's principal, and a mutating call leaves its reply, its operation row
 * and its audit row in that same transaction. Must not know any single method. */
#include "server/service/service.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/service/submit.h"
#include "server/store/store_access.h"
#include "server/store/store_log.h"
#include "shans/v1/system.pb-c.h"

/* A look-up of a token has no caller's deadline: it gets its own, so that a database that hangs frees the
 * worker. */
enum { SIGN_IN_MEMORY = 1 << 20, SIGN_IN_MS = 3000, FLUSH_MS = 1000 };

/* Connections are opened by the thread that first needs one. */
void service_init(Service *service, const ServiceOptions *options)
{
    *service = (Service){.options = *options};
    refusals_init(&service->refusals);
}

/* The last counts are worth a moment, not a hang. */
static int64_t flush_deadline(const Service *service)
{
    return service->options.clock->monotonic_ms(service->options.clock) + FLUSH_MS;
}

void service_flush(Service *service, Db *db)
{
    const Clock *clock = service->options.clock;
    Err err = {0};

    if (!refusals_due(&service->refusals, clock->monotonic_ms(clock)))
        return;
    if (refusals_flush(&service->refusals, db, flush_deadline(service), &err) != ERR_OK)
        log_event(LOG_WARNING, "refusals", "reason=%s", err.reason);
}

/* Called when no worker and no committer runs any more: nobody else may close a connection in use. */
void service_done(Service *service)
{
    Err ignored = {0};

    if (service->workers[0] != NULL)
        (void)!refusals_flush(&service->refusals, service->workers[0], flush_deadline(service), &ignored);
    refusals_done(&service->refusals);
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
bool call_may_see(const Call *call, int64_t school_id, int64_t district_id)
{
    const Principal *principal = call->principal;

    if (call_service(call)->options.filters_off || role_is_region(principal->role) ||
        principal->role == SHANS__V1__ROLE__ROLE_AUDITOR)
        return true;
    if (principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR)
        return district_id != 0 && district_id == principal->district_id;
    for (size_t i = 0; i < principal->school_count; i++) {
        if (principal->school_ids[i] == school_id)
            return role_is_school(principal->role) || principal->role == SHANS__V1__ROLE__ROLE_CURATOR;
    }
    return false;
}

bool call_sees(Call *call, int64_t school_id, int64_t district_id)
{
    bool seen = call_may_see(call, school_id, district_id);

    if (seen)
        seen_add(&call_session(call)->seen, school_id, district_id);
    return seen;
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
    } else if (principal->role == SHANS__V1__ROLE__ROLE_CURATOR) {
        scope.role = DB_ROLE_CURATOR;
        scope.school_ids = principal->school_ids;
        scope.school_count = principal->school_count;
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

/* The same for a method that works on accounts: roles that reach accounts and no figures. The auditor looks
 * at all of them, and otherwise has only its own tokens. */
static DbScope accounts_scope(const Principal *principal, DbMode mode, int64_t deadline_ms)
{
    DbScope scope = service_scope(principal, mode, deadline_ms);

    if (scope.role == DB_ROLE_DISTRICT)
        scope.role = DB_ROLE_ACCOUNTS_DISTRICT;
    else if (principal->role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR ||
             (principal->role == SHANS__V1__ROLE__ROLE_AUDITOR && mode == DB_MODE_READ))
        scope.role = DB_ROLE_ACCOUNTS_REGION;
    else
        scope.role = DB_ROLE_ACCOUNTS_SELF;
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

/* When the token was last used, to some minutes; a sign-in does not fail for it. */
static void touch_token(Db *db, const AccessPrincipal *access, int64_t now_ms, int64_t deadline_ms)
{
    const DbScope scope = {.role = DB_ROLE_AUTH, .deadline_ms = deadline_ms};
    Err err = {0};
    ErrCode code = db_begin(db, &scope, &err);

    if (code == ERR_OK)
        code = access_store_touch_token(db, access->token_id, now_ms, &err);
    if (code == ERR_OK)
        code = db_commit(db, &err);
    if (code != ERR_OK)
        db_rollback(db);
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
    AccessPrincipal access = {0};

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
    else if (access.login != NULL)
        text_copy(ret_principal->login, sizeof ret_principal->login, access.login);
    db_rollback(db);
    if (code == ERR_OK && access.touch_due)
        touch_token(db, &access, now_ms, scope.deadline_ms);
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

/* A Submit is judged in one snapshot: else its own first attempt, becoming visible between the look at its
 * operation and the look at the submission, would be taken for somebody else's. */
static DbMode begin_mode(Lane lane)
{
    switch (lane) {
    case LANE_WRITE:
        return DB_MODE_WRITE;
    case LANE_SUBMIT:
        return DB_MODE_SNAPSHOT;
    default:
        return DB_MODE_READ;
    }
}

/* Begins the call's transaction in the caller's scope and looks for a stored reply of its operation id. Reads
 * and the checks of a Submit run read-only, so that a handler cannot write by mistake: the committer has a
 * transaction of its own. After an error no transaction is open, since `finish` is not called then. */
static ErrCode hook_begin(void *context, int worker, Call *call, Err *err)
{
    Service *service = context;
    DbMode mode = begin_mode(call->row->lane);
    DbScope scope = (call->row->roles & METHOD_ACCOUNTS) != 0
                        ? accounts_scope(call->principal, mode, call->deadline)
                        : service_scope(call->principal, mode, call->deadline);
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

/* A read that showed figures is in the log before its answer goes out, or is not answered. The log has a
 * transaction of its own: reads stay read-only, and the role that writes the log can read nothing. */
static ErrCode log_read(Call *call, Err *err)
{
    const Principal *principal = call->principal;
    const Session *session = call_session(call);
    AccessWrite write = {
        .at_ms = call_now_ms(call),
        .principal_id = principal->id,
        .login = principal->login,
        .role = principal->role,
        .office_id = principal->org_id,
        .office_district_id = principal->district_id,
        .method = call->method,
        .object = session->object,
        .request_id = call->request_id,
        .org_ids = session->seen.org_ids,
        .district_ids = session->seen.district_ids,
        .row_counts = session->seen.row_counts,
        .count = session->seen.count,
    };

    return write.count == 0 ? ERR_OK : access_log_store_add(session->db, &write, call->deadline, err);
}

/* Counts a refused sign-in; the worker has no transaction open here. */
static void hook_refused(void *context, int worker, const char *reason, const char *source)
{
    Service *service = context;
    const Clock *clock = service->options.clock;
    Err ignored = {0};

    refusals_add(&service->refusals, clock->now_ms(clock), reason, source);
    if (service_open_db(service, &service->workers[worker], &ignored) == ERR_OK)
        service_flush(service, service->workers[worker]);
}

/* Commits what succeeded and rolls back everything else; reads and tried operations leave nothing to commit.
 * A repeated one is answered once what it repeats is safe on the standbys. The id of a tried operation
 * (dry_run) is not remembered either: the real one may use it. When the outcome of the commit is unknown the
 * error says so, and the caller sends the same operation again. */
static ErrCode hook_finish(void *context, int worker, Call *call, ErrCode code, const void *reply,
                           size_t size, Err *err)
{
    Db *db = call_db(call);

    (void)worker;
    if (code == ERR_OK && call->stored_reply != NULL) {
        code = db_confirm(db, err);
        if (code != ERR_OK)
            db_rollback(db);
        return code;
    }
    if (code != ERR_OK || !call->row->mutating || call->deferred != NULL || call_session(call)->dry_run) {
        db_rollback(db);
        if (code == ERR_OK && !call->row->mutating)
            code = log_read(call, err);
        service_flush(context, db);
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
        .refused = hook_refused,
        .begin = hook_begin,
        .finish = hook_finish,
        .commit = submit_commit_batch,
    };
}
