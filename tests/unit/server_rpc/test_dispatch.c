/* One call at a time: every check in its order, the hooks around the handler, what the reply carries. */
#include "tests/unit/server_rpc/rig.h"

#include "common/base/failpoint.h"

#define ECHO   "shans.v1.SystemService/Echo"
#define INFO   "shans.v1.SystemService/GetServerInfo"
#define GET    "shans.v1.OrgService/GetOrg"
#define LIST   "shans.v1.OrgService/ListOrgs"
#define IMPORT "shans.v1.OrgService/ImportOrgs"

typedef struct Setup {
    Rig *rig;
    Arena *arena;
} Setup;

static int set_up(void **state)
{
    Setup *setup = calloc(1, sizeof *setup);

    setup->rig = rig_open(NULL);
    setup->arena = arena_new(32 << 20, NULL);
    *state = setup;
    return 0;
}

static int tear_down(void **state)
{
    Setup *setup = *state;

    failpoint_init("");
    rig_close(setup->rig);
    arena_free(setup->arena);
    free(setup);
    return 0;
}

static const Shans__V1__CallReply *expect(Setup *setup, const Shans__V1__CallRequest *request, ErrCode code,
                                          const char *reason)
{
    const Shans__V1__CallReply *reply = rig_ask(setup->rig, request, setup->arena);

    assert_string_equal(reply->reason, reason);
    assert_int_equal(reply->code, code);
    assert_string_equal(reply->domain, code == ERR_OK ? "" : "shans");
    if (request->request_id.len == 16)
        assert_memory_equal(reply->request_id.data, request->request_id.data, 16);
    else
        assert_int_equal(reply->request_id.len, 0);
    return reply;
}

static void test_open_method_needs_no_token(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(INFO, "");

    expect(setup, &request, ERR_OK, "");
    assert_int_equal(setup->rig->authenticated, 0);
    assert_int_equal(setup->rig->begun, 0);
    assert_int_equal(setup->rig->handled, 1);
}

static void test_echo(void **state)
{
    static const size_t sizes[] = {0, 1, 200, 65537, 3900000};
    Setup *setup = *state;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);
        Shans__V1__EchoRequest echo = SHANS__V1__ECHO_REQUEST__INIT;
        ProtobufCMessage *message;
        Err err = {0};
        Arena *arena = arena_new(32 << 20, NULL);

        echo.payload.len = sizes[i];
        echo.payload.data = arena_alloc(arena, sizes[i]);
        memset(echo.payload.data, 'e', sizes[i]);
        rig_payload(&request, &echo.base, arena);
        const Shans__V1__CallReply *reply = expect(setup, &request, ERR_OK, "");
        assert_int_equal(wire_unpack(&shans__v1__echo_reply__descriptor, reply->payload.data,
                                     reply->payload.len, arena, &message, &err),
                         ERR_OK);
        const Shans__V1__EchoReply *got = (const Shans__V1__EchoReply *)message;
        assert_int_equal(got->payload.len, sizes[i]);
        assert_true(sizes[i] == 0 || memcmp(got->payload.data, echo.payload.data, sizes[i]) == 0);
        arena_free(arena);
    }
}

static void test_tokens(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(ECHO, "");

    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_MISSING");
    request.token = (char *)"abc";
    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_MALFORMED");
    request.token = (char *)GOOD_TOKEN "0";
    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_MALFORMED");
    request.token = (char *)"000000000000000000000000000000000000000000000000000000000000000g";
    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_MALFORMED");
    assert_int_equal(setup->rig->authenticated, 0);
    request.token = (char *)"0000000000000000000000000000000000000000000000000000000000000009";
    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_UNKNOWN");
    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_UNKNOWN");
    assert_int_equal(setup->rig->authenticated, 2); /* refusals are not remembered */
    assert_int_equal(setup->rig->handled, 0);
}

static void test_roles(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(IMPORT, GOOD_TOKEN);

    rig_operation(&request);
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_PERMISSION_DENIED, "ROLE_FORBIDDEN");
    assert_int_equal(reply->n_args, 1);
    assert_string_equal(reply->args[0]->key, "method");
    assert_string_equal(reply->args[0]->value, IMPORT);
    request.token = (char *)ANALYST_TOKEN;
    expect(setup, &request, ERR_OK, "");
}

static void test_token_cache(void **state)
{
    Setup *setup = *state;
    Rig *rig = setup->rig;
    Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);

    for (int i = 0; i < 5; i++)
        expect(setup, &request, ERR_OK, "");
    assert_int_equal(rig->authenticated, 1);
    __atomic_add_fetch(&rig_time, RPC_TOKEN_TTL_MS, __ATOMIC_RELAXED);
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(rig->authenticated, 2);
    rpc_server_evict(rig->server, 999); /* somebody else */
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(rig->authenticated, 2);
    rpc_server_evict(rig->server, 101);
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(rig->authenticated, 3);
    rpc_server_evict(rig->server, 0);
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(rig->authenticated, 4);
}

/* A look-up that a sign-out overtakes is good for its own call and no other. */
static void test_eviction_during_lookup(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);

    setup->rig->evict_during_lookup = 101;
    expect(setup, &request, ERR_OK, "");
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(setup->rig->authenticated, 2);
}

static void test_expired_principal_is_looked_up_again(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);

    setup->rig->expires_ms = __atomic_load_n(&rig_time, __ATOMIC_RELAXED) + 10;
    expect(setup, &request, ERR_OK, "");
    __atomic_add_fetch(&rig_time, 10, __ATOMIC_RELAXED);
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(setup->rig->authenticated, 2);
}

static void test_envelope_faults(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);

    request.protocol = 2;
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_UNIMPLEMENTED, "PROTOCOL_UNKNOWN");
    assert_string_equal(reply->args[0]->value, "2");
    assert_string_equal(reply->args[1]->value, "1");
    request.protocol = 0;
    expect(setup, &request, ERR_UNIMPLEMENTED, "PROTOCOL_UNKNOWN");
    request = rig_request(ECHO, GOOD_TOKEN);
    request.request_id.len = 15;
    expect(setup, &request, ERR_INVALID_ARGUMENT, "REQUEST_ID_SIZE");
    request.request_id.len = 0;
    expect(setup, &request, ERR_INVALID_ARGUMENT, "REQUEST_ID_SIZE");
    request = rig_request(ECHO, GOOD_TOKEN);
    request.deadline_ms = 0;
    expect(setup, &request, ERR_INVALID_ARGUMENT, "DEADLINE_MISSING");
    request = rig_request("shans.v1.SystemService/Ech", GOOD_TOKEN);
    expect(setup, &request, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    request.method = (char *)"";
    expect(setup, &request, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    char long_name[300];
    memset(long_name, 'm', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    request.method = long_name;
    expect(setup, &request, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    assert_int_equal(setup->rig->authenticated, 0);
}

static void test_malformed_bytes(void **state)
{
    static const uint8_t bad[][4] = {{0xff, 0xff, 0xff, 0xff}, {0x22, 0x02, 0xff, 0xfe}, {0x0b, 0, 0, 0}};
    static const char *const reasons[] = {"WIRE_TRUNCATED", "WIRE_UTF8", "WIRE_TYPE"};
    Setup *setup = *state;

    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes;
        size_t size;
        ProtobufCMessage *message;
        Err err = {0};

        assert_int_equal(transport_client_call(setup->rig->client, bad[i], 4, 5000, &bytes, &size, &err),
                         ERR_OK);
        assert_int_equal(
            wire_unpack(&shans__v1__call_reply__descriptor, bytes, size, setup->arena, &message, &err),
            ERR_OK);
        const Shans__V1__CallReply *reply = (const Shans__V1__CallReply *)message;
        assert_int_equal(reply->code, ERR_INVALID_ARGUMENT);
        assert_string_equal(reply->reason, reasons[i]);
        assert_int_equal(reply->request_id.len, 0);
        free(bytes);
    }
}

static void test_payload_limits(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(INFO, "");

    request.payload.len = METHOD_OPEN_MAX + 1;
    request.payload.data = arena_alloc(setup->arena, request.payload.len);
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    assert_string_equal(reply->args[0]->value, "65537");
    assert_string_equal(reply->args[1]->value, "65536");
    /* Without a good token its size is not even looked at. */
    request = rig_request(ECHO, "");
    request.payload.len = 3000000;
    request.payload.data = arena_alloc(setup->arena, request.payload.len);
    expect(setup, &request, ERR_UNAUTHENTICATED, "TOKEN_MISSING");
    request.token = (char *)GOOD_TOKEN;
    expect(setup, &request, ERR_INVALID_ARGUMENT, "WIRE_TYPE");
    request = rig_request(LIST, GOOD_TOKEN);
    request.payload = (ProtobufCBinaryData){.len = 3, .data = (uint8_t *)"\x0a\x01\xff"};
    reply = expect(setup, &request, ERR_INVALID_ARGUMENT, "WIRE_UTF8");
    assert_string_equal(reply->args[0]->value, "under");
    assert_int_equal(setup->rig->handled, 0);
}

/* A small message that would unpack to more than a call may hold. */
static void test_memory_of_a_call(void **state)
{
    enum { ROWS = 190000 };
    Setup *setup = *state;
    Shans__V1__CallRequest request =
        rig_request("shans.v1.CollectionService/ImportRiskTables", ANALYST_TOKEN);

    rig_operation(&request);
    request.payload.len = 2 * ROWS;
    request.payload.data = arena_alloc(setup->arena, 2 * ROWS);
    for (size_t i = 0; i < 2 * ROWS; i += 2)
        request.payload.data[i] = 3 << 3 | 2; /* empty rows */
    expect(setup, &request, ERR_RESOURCE_EXHAUSTED, "MEMORY_LIMIT");
    request.payload.len = 2 * 1000;
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(setup->rig->handled, 1);
}

static void test_operation_id(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(IMPORT, ANALYST_TOKEN);

    expect(setup, &request, ERR_INVALID_ARGUMENT, "OPERATION_ID_SIZE");
    rig_operation(&request);
    request.operation_id.len = 15;
    expect(setup, &request, ERR_INVALID_ARGUMENT, "OPERATION_ID_SIZE");
    assert_int_equal(setup->rig->begun, 0);
    request.operation_id.len = 16;
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(setup->rig->begun, 1);
    assert_int_equal(setup->rig->finished, 1);
}

static void test_hooks_around_handler(void **state)
{
    Setup *setup = *state;
    Rig *rig = setup->rig;
    Shans__V1__CallRequest request = rig_request(IMPORT, ANALYST_TOKEN);

    rig_operation(&request);
    rig->begin_fault = ERR_UNAVAILABLE;
    expect(setup, &request, ERR_UNAVAILABLE, "BEGIN_FAULT");
    assert_int_equal(rig->handled, 0);
    assert_int_equal(rig->finished, 0); /* what was not begun is not finished */
    rig->begin_fault = ERR_OK;
    rig->finish_fault = ERR_ABORTED;
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_ABORTED, "FINISH_FAULT");
    assert_int_equal(reply->payload.len, 0);
    assert_int_equal(rig->handled, 1);
    assert_int_equal(rig->finished, 1);
    assert_int_equal(rig->finish_code, ERR_OK);
}

static void test_stored_reply(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(IMPORT, ANALYST_TOKEN);

    rig_operation(&request);
    setup->rig->store_reply = true;
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_OK, "");
    assert_int_equal(reply->payload.len, 2);
    assert_memory_equal(reply->payload.data, "\x08\x07", 2);
    assert_int_equal(setup->rig->handled, 0);
    assert_int_equal(setup->rig->finished, 1);
}

static void test_refusal_with_issues(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(GET, GOOD_TOKEN);
    Shans__V1__GetOrgRequest get = SHANS__V1__GET_ORG_REQUEST__INIT;

    get.code = (char *)"школа";
    rig_payload(&request, &get.base, setup->arena);
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_NOT_FOUND, "ORG_UNKNOWN");
    assert_int_equal(reply->n_args, 1);
    assert_string_equal(reply->args[0]->value, "школа");
    assert_int_equal(reply->n_issues, 1);
    const Shans__V1__FieldIssue *issue = reply->issues[0];
    assert_string_equal(issue->field, "code");
    assert_string_equal(issue->reason, "CODE_BAD");
    assert_int_equal(issue->severity, SHANS__V1__SEVERITY__SEVERITY_WARNING);
    assert_int_equal(issue->n_args, 2);
    assert_string_equal(issue->args[0]->value, "школа");
    assert_string_equal(issue->args[1]->key, "limit");
    assert_string_equal(issue->args[1]->value, "63");
    assert_int_equal(setup->rig->finish_code, ERR_NOT_FOUND);
}

static void test_many_issues_are_capped(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(GET, GOOD_TOKEN);
    Shans__V1__GetOrgRequest get = SHANS__V1__GET_ORG_REQUEST__INIT;

    get.code = (char *)"many";
    rig_payload(&request, &get.base, setup->arena);
    const Shans__V1__CallReply *reply = expect(setup, &request, ERR_NOT_FOUND, "ORG_UNKNOWN");
    assert_int_equal(reply->n_issues, CALL_ISSUES_MAX);
    assert_string_equal(reply->issues[999]->args[0]->value, "999");
}

static void test_handler_without_reason(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(GET, GOOD_TOKEN);
    Shans__V1__GetOrgRequest get = SHANS__V1__GET_ORG_REQUEST__INIT;

    get.code = (char *)"silent";
    rig_payload(&request, &get.base, setup->arena);
    expect(setup, &request, ERR_ABORTED, "UNSPECIFIED");
    get.code = (char *)"recovered"; /* what it tried first and left in err does not count */
    rig_payload(&request, &get.base, setup->arena);
    expect(setup, &request, ERR_OK, "");
    assert_int_equal(setup->rig->finish_code, ERR_OK);
}

static void test_reply_too_large(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(GET, GOOD_TOKEN);
    Shans__V1__GetOrgRequest get = SHANS__V1__GET_ORG_REQUEST__INIT;

    get.code = (char *)"huge";
    rig_payload(&request, &get.base, setup->arena);
    expect(setup, &request, ERR_RESOURCE_EXHAUSTED, "REPLY_TOO_LARGE");
}

static void test_failpoints(void **state)
{
    static const char *const points[] = {"rpc.received=error", "rpc.authenticated=error",
                                         "rpc.before_reply=error"};
    Setup *setup = *state;
    Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);

    for (size_t i = 0; i < 3; i++) {
        failpoint_init(points[i]);
        expect(setup, &request, ERR_UNAVAILABLE, "FAILPOINT");
    }
    assert_int_equal(setup->rig->handled, 1); /* the last one fails after the work is done */
    failpoint_init("");
    expect(setup, &request, ERR_OK, "");
}

/* What a caller writes into trace_id reaches the log only as hexadecimal digits and dashes. */
static void test_trace_is_harmless(void **state)
{
    static const char *const traces[] = {
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "evil\nline=1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-much-too-long-for-a-traceparent",
    };
    Setup *setup = *state;

    for (size_t i = 0; i < 3; i++) {
        Shans__V1__CallRequest request = rig_request(ECHO, GOOD_TOKEN);

        request.trace_id = (char *)traces[i];
        expect(setup, &request, ERR_OK, "");
    }
}

static void test_metrics(void **state)
{
    Setup *setup = *state;
    Shans__V1__CallRequest good = rig_request(ECHO, GOOD_TOKEN), bad = rig_request("no.Such/Method", "");
    Buf buf;

    expect(setup, &good, ERR_OK, "");
    expect(setup, &good, ERR_OK, "");
    good.token = (char *)"";
    expect(setup, &good, ERR_UNAUTHENTICATED, "TOKEN_MISSING");
    expect(setup, &bad, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    rig_wait_waiting(setup->rig, 0);
    buf_init(&buf, 1 << 20);
    rpc_metrics_dump(setup->rig->server, &buf);
    assert_non_null(strstr(buf.data, "shans_rpc_calls_total{method=\"" ECHO "\",code=\"OK\"} 2\n"));
    assert_non_null(
        strstr(buf.data, "shans_rpc_calls_total{method=\"" ECHO "\",code=\"UNAUTHENTICATED\"} 1\n"));
    assert_non_null(strstr(buf.data, "shans_rpc_calls_total{method=\"unknown\",code=\"UNIMPLEMENTED\"} 1\n"));
    assert_non_null(strstr(buf.data, "shans_rpc_seconds_bucket{method=\"" ECHO "\",le=\"0.005\"} 3\n"));
    assert_non_null(strstr(buf.data, "shans_rpc_seconds_bucket{method=\"" ECHO "\",le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(buf.data, "shans_rpc_seconds_count{method=\"" ECHO "\"} 3\n"));
    assert_non_null(strstr(buf.data, "shans_rpc_waiting{queue=\"read\"} 0\n"));
    assert_non_null(strstr(buf.data, "shans_rpc_in_flight 0\n"));
    assert_null(strstr(buf.data, "GetIdentity"));
    buf_done(&buf);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_open_method_needs_no_token),
        TEST(test_echo),
        TEST(test_tokens),
        TEST(test_roles),
        TEST(test_token_cache),
        TEST(test_eviction_during_lookup),
        TEST(test_expired_principal_is_looked_up_again),
        TEST(test_envelope_faults),
        TEST(test_malformed_bytes),
        TEST(test_payload_limits),
        TEST(test_memory_of_a_call),
        TEST(test_operation_id),
        TEST(test_hooks_around_handler),
        TEST(test_stored_reply),
        TEST(test_refusal_with_issues),
        TEST(test_many_issues_are_capped),
        TEST(test_handler_without_reason),
        TEST(test_reply_too_large),
        TEST(test_failpoints),
        TEST(test_trace_is_harmless),
        TEST(test_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
