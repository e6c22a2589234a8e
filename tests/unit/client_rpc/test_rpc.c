/* Calls as the client makes them, against a server that answers whatever the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/rpc/rpc.h"
#include "common/net/envelope.h"
#include "common/net/transport_fake.h"
#include "common/net/wire.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

#define TOKEN "00000000000000000000000000000000000000000000000000000000000000aa"

/* What the server saw, and how it answers. */
typedef struct Script {
    uint8_t request_ids[8][16];
    char methods[8][128], tokens[8][128], traces[8][64];
    uint8_t operation_id[16];
    size_t operation_size, payload_size;
    uint32_t deadline_ms, protocol;
    int calls;
    Shans__V1__CallReply reply; /* sent with the request's id */
    bool other_id, no_id, silent;
    const uint8_t *raw; /* sent instead, as it is */
    size_t raw_size;
    TransportCall *kept;
} Script;

static void answer(void *context, TransportCall *call)
{
    Script *script = context;
    size_t size;
    const uint8_t *bytes = transport_call_bytes(call, &size);
    Envelope envelope;
    Err err = {0};
    Buf buf;
    int n = script->calls++;

    assert_int_equal(envelope_read(bytes, size, &envelope, &err), ERR_OK);
    assert_int_equal(envelope.request_id.size, 16);
    memcpy(script->request_ids[n], envelope.request_id.data, 16);
    assert_true(envelope_text(envelope.method, script->methods[n], 128));
    assert_true(envelope_text(envelope.token, script->tokens[n], 128));
    assert_true(envelope_text(envelope.trace_id, script->traces[n], 64));
    script->operation_size = envelope.operation_id.size;
    if (envelope.operation_id.size == 16)
        memcpy(script->operation_id, envelope.operation_id.data, 16);
    script->payload_size = envelope.payload.size;
    script->deadline_ms = envelope.deadline_ms;
    script->protocol = envelope.protocol;
    if (script->silent) {
        script->kept = call;
        return;
    }
    if (script->raw != NULL) {
        transport_reply(call, script->raw, script->raw_size);
        return;
    }
    uint8_t id[16];
    memcpy(id, envelope.request_id.data, 16);
    id[15] ^= script->other_id;
    script->reply.request_id = (ProtobufCBinaryData){.len = script->no_id ? 0 : 16, .data = id};
    buf_init(&buf, 1 << 20);
    wire_pack(&script->reply.base, &buf);
    transport_reply(call, buf.data, buf.length);
    buf_done(&buf);
}

typedef struct Setup {
    Script script;
    Rand rand;
    Rpc *rpc;
    Arena *arena;
    Err err;
} Setup;

static int set_up_with(void **state, const char *token, uint32_t deadline_ms)
{
    Setup *setup = calloc(1, sizeof *setup);

    shans__v1__call_reply__init(&setup->script.reply);
    setup->rand = rand_seeded(3);
    const RpcOptions options = {
        .token = token, .deadline_ms = deadline_ms, .clock = &clock_system, .rand = &setup->rand};
    assert_int_equal(
        rpc_open_over(&options, transport_fake_open(answer, &setup->script), &setup->rpc, &setup->err),
        ERR_OK);
    setup->arena = arena_new(8 << 20, NULL);
    *state = setup;
    return 0;
}

static int set_up(void **state)
{
    return set_up_with(state, TOKEN, 0);
}

static int set_up_hasty(void **state)
{
    return set_up_with(state, NULL, 50);
}

static int tear_down(void **state)
{
    Setup *setup = *state;

    rpc_close(setup->rpc);
    arena_free(setup->arena);
    free(setup);
    return 0;
}

static ErrCode call(Setup *setup, ProtobufCMessage **ret_reply)
{
    Shans__V1__GetOrgRequest request = SHANS__V1__GET_ORG_REQUEST__INIT;

    request.code = (char *)"66-pervouralsk-1";
    return rpc_call(setup->rpc, &shans__v1__org_service__descriptor, "GetOrg", NULL, &request.base,
                    setup->arena, ret_reply, &setup->err);
}

static void expect_fault(Setup *setup, ErrCode code, const char *reason)
{
    ProtobufCMessage *reply = NULL;

    assert_int_equal(call(setup, &reply), code);
    assert_string_equal(setup->err.reason, reason);
    assert_null(reply);
}

static void test_good_call(void **state)
{
    Setup *setup = *state;
    Shans__V1__GetOrgReply answer_message = SHANS__V1__GET_ORG_REPLY__INIT;
    Shans__V1__Org org = SHANS__V1__ORG__INIT, *orgs[1] = {&org};
    ProtobufCMessage *reply = NULL;
    uint8_t packed[256];

    org.name = (char *)"Школа № 1";
    answer_message.n_versions = 1;
    answer_message.versions = orgs;
    setup->script.reply.payload.len = protobuf_c_message_pack(&answer_message.base, packed);
    setup->script.reply.payload.data = packed;
    assert_int_equal(call(setup, &reply), ERR_OK);
    const Shans__V1__GetOrgReply *got = (const Shans__V1__GetOrgReply *)reply;
    assert_int_equal(got->n_versions, 1);
    assert_string_equal(got->versions[0]->name, "Школа № 1");
    assert_string_equal(setup->script.methods[0], "shans.v1.OrgService/GetOrg");
    assert_string_equal(setup->script.tokens[0], TOKEN);
    assert_int_equal(setup->script.protocol, 1);
    assert_int_equal(setup->script.deadline_ms, 10000);
    assert_int_equal(setup->script.operation_size, 0);
    assert_int_equal(setup->script.payload_size, 18);
}

static void test_empty_answer(void **state)
{
    Setup *setup = *state;
    ProtobufCMessage *reply = NULL;

    assert_int_equal(call(setup, &reply), ERR_OK);
    assert_ptr_equal(reply->descriptor, &shans__v1__get_org_reply__descriptor);
}

static void test_ids_and_traces_differ(void **state)
{
    Setup *setup = *state;
    ProtobufCMessage *reply;

    for (int i = 0; i < 3; i++)
        assert_int_equal(call(setup, &reply), ERR_OK);
    for (int i = 0; i < 3; i++) {
        const char *trace = setup->script.traces[i];

        assert_int_equal(strlen(trace), 55);
        assert_int_equal(strspn(trace, "0123456789abcdef-"), 55);
        assert_memory_equal(trace, "00-", 3);
        assert_string_equal(trace + 52, "-01");
        assert_true(memcmp(setup->script.request_ids[i], setup->script.request_ids[(i + 1) % 3], 16) != 0);
        assert_string_not_equal(trace, setup->script.traces[(i + 1) % 3]);
    }
}

static void test_operation_id(void **state)
{
    Setup *setup = *state;
    const uint8_t operation[16] = "operation-00007";
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;

    assert_int_equal(rpc_call(setup->rpc, &shans__v1__org_service__descriptor, "ImportOrgs", operation,
                              &request.base, setup->arena, &reply, &setup->err),
                     ERR_OK);
    assert_int_equal(setup->script.operation_size, 16);
    assert_memory_equal(setup->script.operation_id, operation, 16);
}

static void test_refusal(void **state)
{
    Setup *setup = *state;
    Shans__V1__ErrorArg args[2] = {SHANS__V1__ERROR_ARG__INIT, SHANS__V1__ERROR_ARG__INIT};
    Shans__V1__ErrorArg *list[2] = {&args[0], &args[1]};
    Shans__V1__FieldIssue issue = SHANS__V1__FIELD_ISSUE__INIT, *issues[1] = {&issue};
    size_t count = 7;

    args[0].key = (char *)"cell";
    args[0].value = (char *)"математика/9/below";
    args[1].key = (char *)"limit";
    args[1].value = (char *)"40";
    issue.field = (char *)"cells/1";
    issue.reason = (char *)"MORE_THAN_ENROLLED";
    issue.severity = SHANS__V1__SEVERITY__SEVERITY_ERROR;
    issue.args = list;
    issue.n_args = 2;
    setup->script.reply.code = ERR_FAILED_PRECONDITION;
    setup->script.reply.reason = (char *)"FORM_FAULTS";
    setup->script.reply.args = list;
    setup->script.reply.n_args = 2;
    setup->script.reply.issues = issues;
    setup->script.reply.n_issues = 1;
    setup->script.reply.retry_delay_ms = 750;
    expect_fault(setup, ERR_FAILED_PRECONDITION, "FORM_FAULTS");
    assert_string_equal(err_arg_get(&setup->err, "cell"), "математика/9/below");
    assert_string_equal(err_arg_get(&setup->err, "limit"), "40");
    assert_int_equal(setup->err.retry_delay_ms, 750);
    const Shans__V1__FieldIssue *const *kept = rpc_get_issues(setup->rpc, &count);
    assert_int_equal(count, 1);
    assert_string_equal(kept[0]->field, "cells/1");
    assert_string_equal(kept[0]->args[1]->value, "40");
    /* The next call, good or bad, forgets them. */
    shans__v1__call_reply__init(&setup->script.reply);
    ProtobufCMessage *reply;
    assert_int_equal(call(setup, &reply), ERR_OK);
    assert_null(rpc_get_issues(setup->rpc, &count));
    assert_int_equal(count, 0);
}

static void test_unknown_code_and_reason(void **state)
{
    Setup *setup = *state;

    setup->script.reply.code = 77;
    setup->script.reply.reason = (char *)"FROM_THE_FUTURE";
    expect_fault(setup, ERR_UNKNOWN, "FROM_THE_FUTURE");
    setup->script.reply.code = ERR_ABORTED;
    setup->script.reply.reason = (char *)"";
    expect_fault(setup, ERR_ABORTED, "UNSPECIFIED");
}

static void test_wrong_request_id(void **state)
{
    Setup *setup = *state;

    setup->script.other_id = true;
    expect_fault(setup, ERR_INTERNAL, "REPLY_MALFORMED");
    setup->script.reply.code = ERR_NOT_FOUND; /* not even a refusal is believed */
    expect_fault(setup, ERR_INTERNAL, "REPLY_MALFORMED");
    setup->script.other_id = false;
    setup->script.no_id = true; /* a server that could not read the request refuses without an id */
    expect_fault(setup, ERR_NOT_FOUND, "UNSPECIFIED");
    setup->script.reply.code = ERR_OK;
    expect_fault(setup, ERR_INTERNAL, "REPLY_MALFORMED");
}

static void test_malformed_replies(void **state)
{
    static const char *const raw[] = {"\xff\xff", "\x1a\x02\xff\xfe", "\x0b\x0b\x0b\x0b", "\x42\x7f"};
    static const size_t sizes[] = {2, 4, 4, 2};
    Setup *setup = *state;

    for (size_t i = 0; i < 4; i++) {
        setup->script.raw = (const uint8_t *)raw[i];
        setup->script.raw_size = sizes[i];
        expect_fault(setup, ERR_INTERNAL, "REPLY_MALFORMED");
    }
    setup->script.raw = (const uint8_t *)"";
    setup->script.raw_size = 0;
    expect_fault(setup, ERR_INTERNAL, "REPLY_MALFORMED");
    setup->script.raw = NULL;
    setup->script.reply.payload = (ProtobufCBinaryData){.len = 2, .data = (uint8_t *)"\x0a\x05"};
    expect_fault(setup, ERR_INTERNAL, "REPLY_MALFORMED");
}

static void test_unknown_method(void **state)
{
    Setup *setup = *state;
    Shans__V1__GetOrgRequest request = SHANS__V1__GET_ORG_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;

    assert_int_equal(rpc_call(setup->rpc, &shans__v1__org_service__descriptor, "NoSuch", NULL, &request.base,
                              setup->arena, &reply, &setup->err),
                     ERR_UNIMPLEMENTED);
    assert_string_equal(setup->err.reason, "METHOD_UNKNOWN");
    assert_int_equal(setup->script.calls, 0);
}

static void test_too_large(void **state)
{
    Setup *setup = *state;
    Shans__V1__EchoRequest request = SHANS__V1__ECHO_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    const void *bytes;
    size_t size;

    request.payload.len = TRANSPORT_MESSAGE_MAX;
    request.payload.data = calloc(1, request.payload.len);
    assert_int_equal(rpc_call(setup->rpc, &shans__v1__system_service__descriptor, "Echo", NULL, &request.base,
                              setup->arena, &reply, &setup->err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(setup->err.reason, "MESSAGE_TOO_LARGE");
    /* The payload fits, but not with its envelope. */
    assert_int_equal(rpc_call_packed(setup->rpc, "shans.v1.SystemService/Echo", NULL, request.payload.data,
                                     request.payload.len, setup->arena, &bytes, &size, &setup->err),
                     ERR_INVALID_ARGUMENT);
    assert_int_equal(setup->script.calls, 0);
    free(request.payload.data);
}

static void test_packed_call(void **state)
{
    Setup *setup = *state;
    const void *bytes = NULL;
    size_t size = 0;

    setup->script.reply.payload = (ProtobufCBinaryData){.len = 3, .data = (uint8_t *)"abc"};
    assert_int_equal(rpc_call_packed(setup->rpc, "shans.v1.SystemService/Echo", NULL, "xy", 2, setup->arena,
                                     &bytes, &size, &setup->err),
                     ERR_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_string_equal(setup->script.methods[0], "shans.v1.SystemService/Echo");
    assert_int_equal(setup->script.payload_size, 2);
}

static void test_deadline(void **state)
{
    Setup *setup = *state;

    setup->script.silent = true;
    expect_fault(setup, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
    assert_int_equal(setup->script.deadline_ms, 50);
    assert_string_equal(setup->script.tokens[0], "");
    transport_reply(setup->script.kept, "late", 4); /* freed by whoever comes last */
    setup->script.silent = false;
    ProtobufCMessage *reply;
    assert_int_equal(call(setup, &reply), ERR_OK);
}

static void test_allocation_failures(void **state)
{
    Setup *setup = *state;
    Shans__V1__ErrorArg arg = SHANS__V1__ERROR_ARG__INIT, *args[1] = {&arg};
    ErrCode code;

    arg.key = (char *)"k";
    arg.value = (char *)"v";
    setup->script.reply.code = ERR_NOT_FOUND;
    setup->script.reply.reason = (char *)"ORG_UNKNOWN";
    setup->script.reply.n_args = 1;
    setup->script.reply.args = args;
    size_t n = 1;
    do {
        ProtobufCMessage *reply = NULL;

        setup->script.calls = 0;
        arena_fail_nth(setup->arena, n);
        code = call(setup, &reply);
        assert_true(code == ERR_NOT_FOUND || code == ERR_RESOURCE_EXHAUSTED);
    } while (code != ERR_NOT_FOUND && n++ < 1000);
    assert_in_range(n, 3, 100);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_call),
        TEST(test_empty_answer),
        TEST(test_ids_and_traces_differ),
        TEST(test_operation_id),
        TEST(test_refusal),
        TEST(test_unknown_code_and_reason),
        TEST(test_wrong_request_id),
        TEST(test_malformed_replies),
        TEST(test_unknown_method),
        TEST(test_too_large),
        TEST(test_packed_call),
        cmocka_unit_test_setup_teardown(test_deadline, set_up_hasty, tear_down),
        TEST(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
