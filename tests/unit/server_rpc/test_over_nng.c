/* The whole road: client/rpc, NNG, dispatch and back, on one machine. */
#include "tests/unit/server_rpc/rig.h"

#include <stdio.h>
#include <unistd.h>

#include "client/rpc/rpc.h"

#define ORG        &shans__v1__org_service__descriptor
#define COLLECTION &shans__v1__collection_service__descriptor
#define SYSTEM     &shans__v1__system_service__descriptor

enum { CLIENTS = 6, EACH = 60, CONTEXTS = 16 };

static char path[64], address[80];

static int set_up(void **state)
{
    (void)state;
    static int turn; /* sockets are never closed: each test has an address of its own */

    snprintf(path, sizeof path, "/tmp/net-rpc-%d-%d.sock", (int)getpid(), turn++);
    snprintf(address, sizeof address, "ipc://%s", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static TransportServer *listen_for(Rig *rig)
{
    const char *list[1] = {address};
    TransportServer *server = NULL;
    Err err = {0};

    assert_int_equal(
        transport_server_open(list, 1, NULL, CONTEXTS, rpc_server_receive, rig->server, &server, &err),
        ERR_OK);
    return server;
}

static Rpc *open_client(Rand *rand, const char *token, uint32_t deadline_ms)
{
    const RpcOptions options = {
        .address = address, .token = token, .deadline_ms = deadline_ms, .clock = &clock_system, .rand = rand};
    Rpc *rpc = NULL;
    Err err = {0};

    assert_int_equal(rpc_open(&options, &rpc, &err), ERR_OK);
    return rpc;
}

typedef struct Member {
    pthread_t thread;
    int number, good;
} Member;

/* Submits and echoes in turn, each with its own content. */
static void *take_part(void *argument)
{
    Member *member = argument;
    Rand rand = rand_seeded((uint64_t)member->number + 1);
    Rpc *rpc = open_client(&rand, GOOD_TOKEN, 20000);

    for (int i = 0; i < EACH; i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        char *text = arena_printf(arena, "school-%d-%d", member->number, i);
        Shans__V1__SubmitRequest submit = SHANS__V1__SUBMIT_REQUEST__INIT;
        Shans__V1__EchoRequest echo = SHANS__V1__ECHO_REQUEST__INIT;
        const uint8_t operation[16] = {(uint8_t)member->number, (uint8_t)i};
        ProtobufCMessage *reply = NULL;
        Err err = {0};

        submit.school_code = text;
        echo.payload = (ProtobufCBinaryData){.len = strlen(text), .data = (uint8_t *)text};
        if (i % 2 == 0 &&
            rpc_call(rpc, COLLECTION, "Submit", operation, &submit.base, arena, &reply, &err) == ERR_OK)
            member->good += strcmp(((Shans__V1__SubmitReply *)reply)->receipt->number, text) == 0;
        if (i % 2 == 1 && rpc_call(rpc, SYSTEM, "Echo", NULL, &echo.base, arena, &reply, &err) == ERR_OK)
            member->good += memcmp(((Shans__V1__EchoReply *)reply)->payload.data, text, strlen(text)) == 0;
        arena_free(arena);
    }
    rpc_close(rpc);
    return NULL;
}

static void expect_refusal(Rpc *rpc, const char *code, ErrCode expected, const char *reason)
{
    Shans__V1__GetOrgRequest request = SHANS__V1__GET_ORG_REQUEST__INIT;
    Arena *arena = arena_new(1 << 20, NULL);
    ProtobufCMessage *reply = NULL;
    Err err = {0};

    request.code = (char *)code;
    assert_int_equal(rpc_call(rpc, ORG, "GetOrg", NULL, &request.base, arena, &reply, &err), expected);
    assert_string_equal(err.reason, reason);
    arena_free(arena);
}

static void test_refusals_reach_the_client(void **state)
{
    Rig *rig = rig_open(NULL);
    Rand rand = rand_seeded(1);
    size_t count = 0;

    (void)state;
    listen_for(rig);
    Rpc *rpc = open_client(&rand, GOOD_TOKEN, 20000);
    expect_refusal(rpc, "x-1", ERR_NOT_FOUND, "ORG_UNKNOWN");
    const Shans__V1__FieldIssue *const *issues = rpc_get_issues(rpc, &count);
    assert_int_equal(count, 1);
    assert_string_equal(issues[0]->reason, "CODE_BAD");
    assert_string_equal(issues[0]->args[0]->value, "x-1");
    rpc_close(rpc);
    rpc = open_client(&rand, "", 20000);
    expect_refusal(rpc, "x-1", ERR_UNAUTHENTICATED, "TOKEN_MISSING");
    rpc_close(rpc);
    rig_close(rig);
}

static void narrow(RpcServerOptions *options)
{
    options->read_workers = 1;
    options->calls_max = 1;
}

static void test_busy_late_and_stopping(void **state)
{
    Rig *rig = rig_open(narrow);
    Rand rand = rand_seeded(2);
    Arena *arena = arena_new(1 << 20, NULL);
    RigThread inside;
    Shans__V1__ListOrgsRequest request = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    Err err = {0};

    (void)state;
    TransportServer *transport = listen_for(rig);
    Rpc *rpc = open_client(&rand, GOOD_TOKEN, 200);
    rig_gate(rig, true);
    /* The handler stands at the gate: the caller gives up at its own deadline. */
    assert_int_equal(rpc_call(rpc, ORG, "ListOrgs", NULL, &request.base, arena, &reply, &err),
                     ERR_DEADLINE_EXCEEDED);
    assert_string_equal(err.reason, "NO_REPLY");
    assert_int_equal(rpc_policy(err.code), RPC_RETRY);
    /* The call it gave up still counts. */
    assert_int_equal(rpc_call(rpc, ORG, "ListOrgs", NULL, &request.base, arena, &reply, &err),
                     ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "SERVER_BUSY");
    assert_in_range(err.retry_delay_ms, 500, 2000);
    rig_gate(rig, false);
    rig_wait_waiting(rig, 0);
    assert_int_equal(rpc_call(rpc, ORG, "ListOrgs", NULL, &request.base, arena, &reply, &err), ERR_OK);
    rig_wait_waiting(rig, 0); /* the reply may be here before the server has put the call away */
    rig_gate(rig, true);
    rig_start(&inside, rig, rig_request("shans.v1.OrgService/ListOrgs", GOOD_TOKEN));
    rig_wait_inside(rig, 1);
    transport_server_stop(transport);
    assert_false(rpc_server_stop(rig->server, 0));
    assert_int_equal(rpc_call(rpc, ORG, "ListOrgs", NULL, &request.base, arena, &reply, &err),
                     ERR_RESOURCE_EXHAUSTED); /* full comes before stopping; both say: again, later */
    rig_gate(rig, false);
    rig_join(&inside);
    rig_drop(&inside);
    rig_wait_waiting(rig, 0);
    assert_int_equal(rpc_call(rpc, ORG, "ListOrgs", NULL, &request.base, arena, &reply, &err),
                     ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "SERVER_STOPPING");
    rpc_close(rpc);
    arena_free(arena);
    rig_close(rig);
}

static void test_many_clients(void **state)
{
    Rig *rig = rig_open(NULL);
    Member members[CLIENTS];

    (void)state;
    listen_for(rig);
    for (int i = 0; i < CLIENTS; i++) {
        members[i] = (Member){.number = i};
        assert_int_equal(pthread_create(&members[i].thread, NULL, take_part, &members[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(members[i].thread, NULL);
        assert_int_equal(members[i].good, EACH);
    }
    rig_close(rig);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refusals_reach_the_client),
        TEST(test_busy_late_and_stopping),
        TEST(test_many_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
