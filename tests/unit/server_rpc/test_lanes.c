/* Many calls at once: full queues, deadlines that pass while waiting, lanes that do not starve each other,
 * group commit end to end, stopping. Runs under ThreadSanitizer. */
#include "tests/unit/server_rpc/rig.h"

#define ECHO   "shans.v1.SystemService/Echo"
#define LIST   "shans.v1.OrgService/ListOrgs"
#define REVIEW "shans.v1.CollectionService/Review"
#define SUBMIT "shans.v1.CollectionService/Submit"

static void narrow(RpcServerOptions *options)
{
    options->read_workers = 1;
    options->queue_size = 2;
}

static void drop_all(RigThread *threads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rig_join(&threads[i]);
        rig_drop(&threads[i]);
    }
}

static void test_full_queue(void **state)
{
    Rig *rig = rig_open(narrow);
    RigThread waiting[3];
    Arena *arena = arena_new(1 << 20, NULL);
    Shans__V1__CallRequest request = rig_request(LIST, GOOD_TOKEN);
    uint32_t first_delay = 0;
    bool jitter = false;

    (void)state;
    rig_gate(rig, true);
    rig_start(&waiting[0], rig, request);
    rig_wait_inside(rig, 1);
    for (size_t i = 1; i < 3; i++) {
        rig_start(&waiting[i], rig, request);
        rig_wait_waiting(rig, i + 1);
    }
    for (int i = 0; i < 20; i++) {
        const Shans__V1__CallReply *reply = rig_ask(rig, &request, arena);

        assert_int_equal(reply->code, ERR_RESOURCE_EXHAUSTED);
        assert_string_equal(reply->reason, "SERVER_BUSY");
        assert_memory_equal(reply->request_id.data, request.request_id.data, 16);
        assert_in_range(reply->retry_delay_ms, 500, 2000);
        jitter = jitter || (i > 0 && reply->retry_delay_ms != first_delay);
        first_delay = reply->retry_delay_ms;
    }
    assert_true(jitter);
    rig_gate(rig, false);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rig_join(&waiting[i])->code, ERR_OK);
    for (size_t i = 0; i < 3; i++)
        rig_drop(&waiting[i]);
    arena_free(arena);
    rig_close(rig);
}

static void few_calls(RpcServerOptions *options)
{
    options->read_workers = 1;
    options->calls_max = 2;
}

static void few_bytes(RpcServerOptions *options)
{
    options->read_workers = 1;
    options->bytes_max = 100000;
}

/* What is held back counts, in calls and in bytes, and is given back with the answer. */
static void test_limits_at_the_door(void **state)
{
    (void)state;
    for (int by_bytes = 0; by_bytes < 2; by_bytes++) {
        Rig *rig = rig_open(by_bytes ? few_bytes : few_calls);
        RigThread waiting[2];
        Arena *arena = arena_new(1 << 20, NULL);
        Shans__V1__CallRequest request = rig_request(LIST, GOOD_TOKEN), large = rig_request(ECHO, GOOD_TOKEN);
        Shans__V1__EchoRequest echo = SHANS__V1__ECHO_REQUEST__INIT;

        echo.payload = (ProtobufCBinaryData){.len = 60000, .data = arena_alloc(arena, 60000)};
        rig_payload(&large, &echo.base, arena);
        rig_gate(rig, true);
        rig_start(&waiting[0], rig, request);
        rig_wait_inside(rig, 1);
        rig_start(&waiting[1], rig, large);
        rig_wait_waiting(rig, 2);
        for (int i = 0; i < 3; i++) {
            const Shans__V1__CallReply *refused = rig_ask(rig, &large, arena);
            assert_int_equal(refused->code, ERR_RESOURCE_EXHAUSTED);
            assert_string_equal(refused->reason, "SERVER_BUSY");
        }
        rig_gate(rig, false);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(rig_join(&waiting[i])->code, ERR_OK);
            rig_drop(&waiting[i]);
        }
        rig_wait_waiting(rig, 0);
        assert_int_equal(rig_ask(rig, &large, arena)->code, ERR_OK);
        arena_free(arena);
        rig_close(rig);
    }
}

static void test_deadline_passes_while_waiting(void **state)
{
    Rig *rig = rig_open(narrow);
    RigThread first, late, patient;
    Shans__V1__CallRequest request = rig_request(LIST, GOOD_TOKEN);

    (void)state;
    rig_gate(rig, true);
    rig_start(&first, rig, request);
    rig_wait_inside(rig, 1);
    request.deadline_ms = 100;
    rig_start(&late, rig, request);
    rig_wait_waiting(rig, 2);
    request.deadline_ms = 60000;
    rig_start(&patient, rig, request);
    rig_wait_waiting(rig, 3);
    __atomic_add_fetch(&rig_time, 100, __ATOMIC_RELAXED);
    rig_gate(rig, false);
    assert_int_equal(rig_join(&late)->code, ERR_DEADLINE_EXCEEDED);
    assert_string_equal(late.reply->reason, "DEADLINE_PASSED");
    assert_int_equal(rig_join(&first)->code, ERR_OK);
    assert_int_equal(rig_join(&patient)->code, ERR_OK);
    assert_int_equal(rig->handled, 2);
    rig_drop(&first);
    rig_drop(&late);
    rig_drop(&patient);
    rig_close(rig);
}

/* The only write worker is stuck: reads go on, further writes are refused once their queue is full. */
static void test_writes_do_not_starve_reads(void **state)
{
    Rig *rig = rig_open(narrow);
    RigThread writes[3];
    Arena *arena = arena_new(1 << 20, NULL);
    Shans__V1__CallRequest write = rig_request(REVIEW, GOOD_TOKEN), read = rig_request(ECHO, GOOD_TOKEN);

    (void)state;
    rig_operation(&write);
    rig_gate(rig, true);
    rig_start(&writes[0], rig, write);
    rig_wait_inside(rig, 1);
    rig_start(&writes[1], rig, write);
    rig_wait_waiting(rig, 2);
    rig_start(&writes[2], rig, write);
    rig_wait_waiting(rig, 3);
    assert_int_equal(rig_ask(rig, &read, arena)->code, ERR_OK);
    const Shans__V1__CallReply *refused = rig_ask(rig, &write, arena);
    assert_string_equal(refused->reason, "SERVER_BUSY");
    assert_int_equal(rig_ask(rig, &read, arena)->code, ERR_OK);
    rig_gate(rig, false);
    drop_all(writes, 3);
    arena_free(arena);
    rig_close(rig);
}

static Shans__V1__CallRequest submission(const char *school, Arena *arena)
{
    Shans__V1__CallRequest request = rig_request(SUBMIT, GOOD_TOKEN);
    Shans__V1__SubmitRequest submit = SHANS__V1__SUBMIT_REQUEST__INIT;

    submit.school_code = (char *)school;
    rig_operation(&request);
    rig_payload(&request, &submit.base, arena);
    return request;
}

static void expect_receipt(const Shans__V1__CallReply *reply, const char *school, Arena *arena)
{
    ProtobufCMessage *message = NULL;
    Err err = {0};

    assert_int_equal(reply->code, ERR_OK);
    assert_int_equal(wire_unpack(&shans__v1__submit_reply__descriptor, reply->payload.data,
                                 reply->payload.len, arena, &message, &err),
                     ERR_OK);
    assert_string_equal(((Shans__V1__SubmitReply *)message)->receipt->number, school);
}

static void test_submit(void **state)
{
    Rig *rig = rig_open(NULL);
    Arena *arena = arena_new(1 << 20, NULL);
    Shans__V1__CallRequest request = submission("school-1", arena);

    (void)state;
    expect_receipt(rig_ask(rig, &request, arena), "school-1", arena);
    assert_int_equal(rig->batches, 1);
    assert_int_equal(rig->begun, 1);
    assert_int_equal(rig->finished, 1);
    assert_int_equal(rig->finish_size, 0); /* finish sees no reply: the committer makes it */
    rig->batch_fault = ERR_UNAVAILABLE;
    const Shans__V1__CallReply *reply = rig_ask(rig, &request, arena);
    assert_int_equal(reply->code, ERR_UNAVAILABLE);
    assert_string_equal(reply->reason, "BATCH_FAULT");
    rig->batch_fault = ERR_OK;
    rig->bad_school = "school-1";
    assert_string_equal(rig_ask(rig, &request, arena)->reason, "BAD_SCHOOL");
    rig->finish_fault = ERR_ABORTED; /* a deferred call whose finish fails never reaches the committer */
    int batches = rig->batches;
    assert_string_equal(rig_ask(rig, &request, arena)->reason, "FINISH_FAULT");
    assert_int_equal(rig->batches, batches);
    rig->finish_fault = ERR_OK;
    rig->store_reply = true;
    assert_int_equal(rig_ask(rig, &request, arena)->code, ERR_OK);
    assert_int_equal(rig->batches, batches);
    arena_free(arena);
    rig_close(rig);
}

/* ---- a crowd ---- */

enum { CROWD = 6, EACH = 150 };

typedef struct Member {
    pthread_t thread;
    Rig *rig;
    int number, good, busy;
} Member;

static void ask_echo(Member *member, int i)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Shans__V1__CallRequest request = rig_request(ECHO, i % 2 == 0 ? GOOD_TOKEN : ANALYST_TOKEN);
    Shans__V1__EchoRequest echo = SHANS__V1__ECHO_REQUEST__INIT;
    uint32_t words[20];

    for (uint32_t w = 0; w < 20; w++)
        words[w] = (uint32_t)(member->number * 100000 + i * 100) + w;
    echo.payload = (ProtobufCBinaryData){.len = sizeof words, .data = (uint8_t *)words};
    rig_payload(&request, &echo.base, arena);
    const Shans__V1__CallReply *reply = rig_ask(member->rig, &request, arena);
    member->busy += reply->code == ERR_RESOURCE_EXHAUSTED;
    member->good += reply->code == ERR_OK && reply->payload.len == request.payload.len &&
                    memcmp(reply->payload.data, request.payload.data, reply->payload.len) == 0;
    arena_free(arena);
}

static void ask_submit(Member *member, int i)
{
    Arena *arena = arena_new(1 << 20, NULL);
    char *school = arena_printf(arena, "school-%d-%d", member->number, i);
    Shans__V1__CallRequest request = submission(school, arena);
    const Shans__V1__CallReply *reply = rig_ask(member->rig, &request, arena);

    member->busy += reply->code == ERR_RESOURCE_EXHAUSTED;
    if (reply->code == ERR_OK) {
        expect_receipt(reply, school, arena);
        member->good++;
    }
    arena_free(arena);
}

static void *take_part(void *argument)
{
    Member *member = argument;

    for (int i = 0; i < EACH; i++) {
        if (i % 3 == 0)
            ask_submit(member, i);
        else
            ask_echo(member, i);
        if (i % 50 == 49)
            rpc_server_evict(member->rig->server, 101);
    }
    return NULL;
}

static void two_committers(RpcServerOptions *options)
{
    options->read_workers = 4;
    options->write_workers = 2;
    options->committers = 2;
}

/* Everybody gets their own answer, and only that. */
static void test_crowd(void **state)
{
    Rig *rig = rig_open(two_committers);
    Member members[CROWD];
    Buf buf;

    (void)state;
    for (int i = 0; i < CROWD; i++) {
        members[i] = (Member){.rig = rig, .number = i};
        assert_int_equal(pthread_create(&members[i].thread, NULL, take_part, &members[i]), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        buf_init(&buf, 1 << 20);
        rpc_metrics_dump(rig->server, &buf); /* looking on does not disturb */
        assert_false(buf.failed);
        buf_done(&buf);
        pthread_join(members[i].thread, NULL);
        assert_int_equal(members[i].good, EACH);
    }
    assert_int_equal(rig->offered, CROWD * EACH / 3);
    rig_close(rig);
}

/* ---- stopping ---- */

static void *stop_at_once(void *argument)
{
    Rig *rig = argument;

    return rpc_server_stop(rig->server, 0) ? rig : NULL;
}

static void test_stop_answers_the_rest(void **state)
{
    Rig *rig = rig_open(narrow);
    RigThread inside, queued;
    Shans__V1__CallRequest request = rig_request(LIST, GOOD_TOKEN);
    Arena *arena = arena_new(1 << 20, NULL);

    (void)state;
    rig_gate(rig, true);
    rig_start(&inside, rig, request);
    rig_wait_inside(rig, 1);
    rig_start(&queued, rig, request);
    rig_wait_waiting(rig, 2);
    RigThread opener;
    rig_start(&opener, rig, rig_request("shans.v1.SystemService/CheckHealth", ""));
    rig_wait_waiting(rig, 3);
    pthread_t helper;
    assert_int_equal(pthread_create(&helper, NULL, stop_at_once, rig), 0);
    assert_int_equal(rig_join(&queued)->code, ERR_UNAVAILABLE);
    assert_string_equal(queued.reply->reason, "SERVER_STOPPING");
    assert_string_equal(rig_join(&opener)->reason, "SERVER_STOPPING");
    const Shans__V1__CallReply *reply = rig_ask(rig, &request, arena);
    assert_int_equal(reply->code, ERR_UNAVAILABLE);
    assert_string_equal(reply->reason, "SERVER_STOPPING");
    rig_gate(rig, false);
    assert_int_equal(rig_join(&inside)->code, ERR_OK); /* what had begun is finished */
    void *stopped = NULL;
    pthread_join(helper, &stopped);
    assert_non_null(stopped);
    rig_drop(&inside);
    rig_drop(&queued);
    rig_drop(&opener);
    arena_free(arena);
    rig_close(rig);
}

static void *stop_with_grace(void *argument)
{
    Rig *rig = argument;

    return rpc_server_stop(rig->server, 60000) ? rig : NULL;
}

static void test_stop_with_grace_finishes_all(void **state)
{
    Rig *rig = rig_open(narrow);
    RigThread calls[3];
    Arena *arena = arena_new(1 << 20, NULL);
    pthread_t helper;

    (void)state;
    rig_gate(rig, true);
    rig_start(&calls[0], rig, rig_request(LIST, GOOD_TOKEN));
    rig_wait_inside(rig, 1);
    rig_start(&calls[1], rig, rig_request(LIST, GOOD_TOKEN));
    rig_wait_waiting(rig, 2);
    rig_start(&calls[2], rig, submission("school-9", arena));
    rig_wait_waiting(rig, 3);
    assert_int_equal(pthread_create(&helper, NULL, stop_with_grace, rig), 0);
    rig_gate(rig, false);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rig_join(&calls[i])->code, ERR_OK);
        rig_drop(&calls[i]);
    }
    void *stopped = NULL;
    pthread_join(helper, &stopped);
    assert_non_null(stopped);
    arena_free(arena);
    rig_close(rig);
}

/* A handler that never returns: the stop says so instead of hanging. */
static void test_stop_reports_a_stuck_handler(void **state)
{
    Rig *rig = rig_open(narrow);
    RigThread stuck;

    (void)state;
    rig_gate(rig, true);
    rig_start(&stuck, rig, rig_request(LIST, GOOD_TOKEN));
    rig_wait_inside(rig, 1);
    assert_false(rpc_server_stop(rig->server, 10));
    rig_gate(rig, false);
    assert_int_equal(rig_join(&stuck)->code, ERR_OK);
    rig_drop(&stuck);
    rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_limits_at_the_door),
        cmocka_unit_test(test_deadline_passes_while_waiting),
        cmocka_unit_test(test_writes_do_not_starve_reads),
        cmocka_unit_test(test_submit),
        cmocka_unit_test(test_crowd),
        cmocka_unit_test(test_stop_answers_the_rest),
        cmocka_unit_test(test_stop_with_grace_finishes_all),
        cmocka_unit_test(test_stop_reports_a_stuck_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
