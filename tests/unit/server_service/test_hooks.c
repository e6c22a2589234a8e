/* The hooks between dispatch and store, called as the dispatcher calls them: sign-in, one transaction for
 * each call, operations that come twice. */
#include "tests/unit/server_service/ask.h"

#include <pthread.h>
#include <string.h>

#include "common/crypto/crypto.h"
#include "server/methods.h"
#include "server/store/store_access.h"

enum { WAIT_MS = 300 };

static Service service;
static RpcHooks hooks;

static int setup(void **state)
{
    service_init(&service, &world.service.options);
    hooks = service_hooks(&service);
    return ask_setup(state);
}

static int teardown(void **state)
{
    service_done(&service);
    return ask_teardown(state);
}

static int64_t now_ms(void)
{
    return clock_system.now_ms(&clock_system);
}

static Principal *sign_in(const char *login)
{
    Principal *principal = ARENA_NEW(arena, Principal, 1);

    assert_int_equal(
        hooks.authenticate(hooks.context, 0, world_person(&world, login)->token, now_ms(), principal, &err),
        ERR_OK);
    return principal;
}

static const MethodRow *row_of(const char *method)
{
    for (size_t i = 0; i < server_method_count; i++) {
        if (strcmp(server_methods[i].method, method) == 0)
            return &server_methods[i];
    }
    return NULL;
}

static Call *call_new(const char *login, const char *method, uint8_t operation, uint8_t content)
{
    Call *call = ARENA_NEW(arena, Call, 1);

    call->arena = arena_new(1 << 20, NULL);
    call->principal = sign_in(login);
    call->row = row_of(method);
    call->method = method;
    call->clock = &clock_system;
    call->service = hooks.context;
    call->deadline = clock_system.monotonic_ms(&clock_system) + 10000;
    call->has_operation = true;
    memset(call->operation_id, operation, sizeof call->operation_id);
    memset(call->content_hash, content, sizeof call->content_hash);
    return call;
}

static void call_done(Call *call)
{
    arena_free(call->arena);
}

static void the_session_has_the_scope_of_the_person(void **state)
{
    Call *call = call_new("head1", "GetSubmission", 1, 1);

    (void)state;
    assert_int_equal(hooks.begin(hooks.context, 0, call, &err), ERR_OK);
    assert_true(db_in_transaction(call_db(call)));
    assert_ptr_equal(call_service(call), &service);
    assert_true(call_sees(call, call->principal->school_ids[0], call->principal->district_id));
    assert_false(call_sees(call, call->principal->school_ids[0] + 1, call->principal->district_id));
    assert_int_equal(hooks.finish(hooks.context, 0, call, ERR_OK, "", 0, &err), ERR_OK);
    assert_false(db_in_transaction(service.workers[0]));
    call_done(call);
}

static void a_mutating_call_leaves_reply_and_audit_together(void **state)
{
    Call *call = call_new("analyst", "Review", 2, 7);

    (void)state;
    assert_int_equal(hooks.begin(hooks.context, 0, call, &err), ERR_OK);
    call_session(call)->object = "test:2";
    assert_int_equal(hooks.finish(hooks.context, 0, call, ERR_OK, "first", 5, &err), ERR_OK);
    call_done(call);
    assert_int_equal(ask_number("select count(*) from shans.audit_log where object = 'test:2'"), 1);

    call = call_new("analyst", "Review", 2, 7);
    assert_int_equal(hooks.begin(hooks.context, 1, call, &err), ERR_OK);
    assert_int_equal(call->stored_size, 5);
    assert_memory_equal(call->stored_reply, "first", 5);
    assert_int_equal(hooks.finish(hooks.context, 1, call, ERR_OK, NULL, 0, &err), ERR_OK);
    call_done(call);
    assert_int_equal(ask_number("select count(*) from shans.audit_log where object = 'test:2'"), 1);

    call = call_new("analyst", "Review", 2, 8);
    assert_int_equal(hooks.begin(hooks.context, 0, call, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OPERATION_MISMATCH");
    assert_false(db_in_transaction(service.workers[0]));
    call_done(call);
    call = call_new("coordinator1", "Review", 2, 7);
    assert_int_equal(hooks.begin(hooks.context, 0, call, &err), ERR_PERMISSION_DENIED);
    assert_string_equal(err.reason, "OPERATION_FOREIGN");
    call_done(call);
}

static void a_refused_or_tried_call_leaves_nothing(void **state)
{
    Call *call = call_new("analyst", "Review", 3, 3);

    (void)state;
    assert_int_equal(hooks.begin(hooks.context, 0, call, &err), ERR_OK);
    assert_int_equal(hooks.finish(hooks.context, 0, call, ERR_ABORTED, NULL, 0, &err), ERR_ABORTED);
    call_done(call);
    call = call_new("analyst", "ImportOrgs", 3, 3);
    assert_int_equal(hooks.begin(hooks.context, 0, call, &err), ERR_OK);
    assert_null(call->stored_reply);
    call_session(call)->dry_run = true;
    assert_int_equal(hooks.finish(hooks.context, 0, call, ERR_OK, "x", 1, &err), ERR_OK);
    call_done(call);
    assert_int_equal(ask_number("select count(*) from shans.operation where id = "
                                "'03030303-0303-0303-0303-030303030303'"),
                     0);
}

typedef struct Second {
    Call *call;
    int begun; /* atomic */
    ErrCode code;
    Err err;
} Second;

static void *begin_second(void *argument)
{
    Second *second = argument;

    second->code = hooks.begin(hooks.context, 1, second->call, &second->err);
    __atomic_store_n(&second->begun, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* A client that came back sends again while the first attempt is still at work: it waits and gets the same
 * reply, instead of a conflict with itself. */
static void a_repetition_waits_for_its_first_attempt(void **state)
{
    Call *first = call_new("analyst", "Review", 4, 4);
    Second second = {.call = call_new("analyst", "Review", 4, 4)};
    pthread_t thread;

    (void)state;
    assert_int_equal(hooks.begin(hooks.context, 0, first, &err), ERR_OK);
    assert_int_equal(pthread_create(&thread, NULL, begin_second, &second), 0);
    clock_system.sleep_ms(&clock_system, WAIT_MS);
    assert_int_equal(__atomic_load_n(&second.begun, __ATOMIC_ACQUIRE), 0);
    assert_int_equal(hooks.finish(hooks.context, 0, first, ERR_OK, "once", 4, &err), ERR_OK);
    pthread_join(thread, NULL);
    assert_int_equal(second.code, ERR_OK);
    assert_int_equal(second.call->stored_size, 4);
    assert_memory_equal(second.call->stored_reply, "once", 4);
    assert_int_equal(hooks.finish(hooks.context, 1, second.call, ERR_OK, NULL, 0, &err), ERR_OK);
    call_done(first);
    call_done(second.call);
}

static void refused_token(const char *token, int64_t at_ms, const char *reason)
{
    Principal principal;

    assert_int_equal(hooks.authenticate(hooks.context, 0, token, at_ms, &principal, &err),
                     ERR_UNAUTHENTICATED);
    assert_string_equal(err.reason, reason);
}

static void only_live_tokens_sign_in(void **state)
{
    const char *good = world_person(&world, "head1")->token;
    char flipped[WORLD_TOKEN_SIZE];
    const int64_t day_ms = 86400000;
    Db *owner = test_pg_owner(&world.pg);

    (void)state;
    memcpy(flipped, good, sizeof flipped);
    flipped[63] = flipped[63] == '0' ? '1' : '0';
    refused_token(flipped, now_ms(), "TOKEN_UNKNOWN");
    refused_token("", now_ms(), "TOKEN_UNKNOWN");
    refused_token("zz", now_ms(), "TOKEN_UNKNOWN");
    refused_token(good, now_ms() + day_ms + 1000, "TOKEN_EXPIRED");
    sign_in("head1");
    test_pg_sql(owner, "update shans.principal set active = false where login = 'head1'");
    refused_token(good, now_ms(), "ACCOUNT_DISABLED");
    test_pg_sql(owner, "update shans.principal set active = true where login = 'head1'");
    test_pg_sql(owner, "update shans.token set revoked_at = now() where principal_id = "
                       "(select id from shans.principal where login = 'head1')");
    refused_token(good, now_ms(), "TOKEN_REVOKED");
    test_pg_sql(owner, "update shans.token set revoked_at = null");
    db_close(owner);
}

/* A look-up that hangs gives the worker back. */
static void a_hanging_sign_in_ends(void **state)
{
    Db *owner = test_pg_owner(&world.pg);
    const DbScope scope = {0};
    Principal principal;

    (void)state;
    assert_int_equal(db_begin(owner, &scope, &err), ERR_OK);
    test_pg_sql(owner, "lock table shans.token in access exclusive mode");
    int64_t began = clock_system.monotonic_ms(&clock_system);
    ErrCode code = hooks.authenticate(hooks.context, 0, world_person(&world, "analyst")->token, now_ms(),
                                      &principal, &err);
    assert_true(code == ERR_DEADLINE_EXCEEDED || code == ERR_UNAVAILABLE);
    assert_true(clock_system.monotonic_ms(&clock_system) - began < 8000);
    db_rollback(owner);
    db_close(owner);
    sign_in("analyst");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_session_has_the_scope_of_the_person, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mutating_call_leaves_reply_and_audit_together, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_or_tried_call_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_repetition_waits_for_its_first_attempt, setup, teardown),
        cmocka_unit_test_setup_teardown(only_live_tokens_sign_in, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hanging_sign_in_ends, setup, teardown),
    };

    return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
