/* The sender against a server of this file: policy, pauses, order, kills, and random failures of one seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/outbox/outbox.h"
#include "client/rpc/rpc.h"
#include "client/sync/sender.h"
#include "common/base/failpoint.h"
#include "shans/v1/collection.pb-c.h"

enum { KNOWN_MAX = 64 };

/* A server that stores each operation id once and answers as it is told. */
typedef struct Server {
    ErrCode code; /* OK: store and confirm */
    const char *reason;
    uint32_t retry_delay_ms;
    bool lose_reply;    /* stores, but the answer never arrives */
    bool other_content; /* confirms a wrong hash */
    bool garbage;
    int calls;
    uint8_t known[KNOWN_MAX];
    size_t known_count;
    const char *log; /* file that survives the process; NULL: none */
} Server;

static char dir[64];
static Arena *arena;
static Clock now;
static Rand rng;
static Server server;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/client-sync-XXXXXX");
    arena = arena_new(16 << 20, NULL);
    now = clock_fixed(1700000000000);
    rng = rand_seeded(7);
    server = (Server){.code = ERR_OK, .reason = ""};
    return mkdtemp(dir) == NULL || arena == NULL;
}

static int teardown(void **state)
{
    static const char *const files[] = {"outbox.sqlite", "outbox.sqlite-journal", "sender.lock", "log"};
    char path[128];

    (void)state;
    failpoint_init("");
    arena_free(arena);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static void remember(Server *to, uint8_t id)
{
    if (memchr(to->known, id, to->known_count) != NULL)
        return;
    assert_true(to->known_count < KNOWN_MAX);
    to->known[to->known_count++] = id;
    if (to->log == NULL)
        return;
    FILE *file = fopen(to->log, "a");
    fputc(id, file);
    fclose(file);
}

static ErrCode call(void *context, const char *method, const uint8_t *id, const void *payload, size_t size,
                    Arena *to, const void **ret_reply, size_t *ret_size, Err *err)
{
    Server *fake = context;
    Shans__V1__Receipt receipt = SHANS__V1__RECEIPT__INIT;
    Shans__V1__SubmitReply reply = SHANS__V1__SUBMIT_REPLY__INIT;
    uint8_t hash[32];
    char number[16];

    fake->calls++;
    assert_string_equal(method, "shans.v1.CollectionService/Submit");
    assert_int_equal(size, 3);
    assert_int_equal(((const uint8_t *)payload)[1], id[0]);
    if (fake->code != ERR_OK) {
        err_set(err, fake->code, fake->reason);
        err->retry_delay_ms = fake->retry_delay_ms;
        return fake->code;
    }
    remember(fake, id[0]);
    if (fake->lose_reply)
        return err_set(err, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
    if (fake->garbage) {
        *ret_reply = "\xFF\xFF\xFF";
        *ret_size = 3;
        return ERR_OK;
    }
    memset(hash, fake->other_content ? 0xEE : id[0], sizeof hash);
    snprintf(number, sizeof number, "N-%u", id[0]);
    receipt.number = number;
    receipt.content_hash = (ProtobufCBinaryData){sizeof hash, hash};
    receipt.revision = 1;
    receipt.submission_id = id[0];
    reply.receipt = &receipt;
    uint8_t *bytes = arena_alloc(to, shans__v1__submit_reply__get_packed_size(&reply));
    assert_non_null(bytes);
    *ret_size = shans__v1__submit_reply__pack(&reply, bytes);
    *ret_reply = bytes;
    return ERR_OK;
}

static Outbox *open_ok(void)
{
    OutboxOptions options = {.dir = dir, .clock = &now, .busy_ms = 50};
    Outbox *outbox = NULL;
    Err err = {0};

    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_OK);
    return outbox;
}

static void queue(Outbox *outbox, uint8_t n, const char *school)
{
    uint8_t payload[3] = {0, n, 0};
    Operation operation = {.method = "shans.v1.CollectionService/Submit",
                           .payload = payload,
                           .size = 3,
                           .key = {school, "f", "2021"},
                           .source = 1};
    Err err = {0};

    memset(operation.id, n, sizeof operation.id);
    memset(operation.content_hash, n, sizeof operation.content_hash);
    assert_int_equal(outbox_queue(outbox, &operation, 1, &err), ERR_OK);
}

static Sender sender_of(Outbox *outbox)
{
    Err err = {0};

    assert_int_equal(outbox_begin_sending(outbox, &err), ERR_OK);
    return (Sender){.outbox = outbox, .call = call, .context = &server, .clock = &now, .rand = &rng};
}

static SenderStep step_ok(Sender *sender)
{
    SenderStep step = {0};
    Err err = {0};

    assert_int_equal(sender_step(sender, &step, &err), ERR_OK);
    return step;
}

static Operation *get(Outbox *outbox, uint8_t n)
{
    uint8_t id[16];
    Operation *operation = NULL;
    Err err = {0};

    memset(id, n, sizeof id);
    assert_int_equal(outbox_get(outbox, id, arena, &operation, &err), ERR_OK);
    return operation;
}

static void test_plan(void **state)
{
    static const struct {
        ErrCode code;
        SenderMove move;
    } rows[] = {
        {ERR_OK, SENDER_DONE},
        {ERR_UNAVAILABLE, SENDER_LATER},
        {ERR_DEADLINE_EXCEEDED, SENDER_LATER},
        {ERR_RESOURCE_EXHAUSTED, SENDER_LATER},
        {ERR_ABORTED, SENDER_PARK},
        {ERR_INVALID_ARGUMENT, SENDER_PARK},
        {ERR_FAILED_PRECONDITION, SENDER_PARK},
        {ERR_NOT_FOUND, SENDER_PARK},
        {ERR_PERMISSION_DENIED, SENDER_PARK},
        {ERR_ALREADY_EXISTS, SENDER_PARK},
        {ERR_UNAUTHENTICATED, SENDER_PAUSE},
        {ERR_UNIMPLEMENTED, SENDER_PAUSE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Err answer = {.code = rows[i].code};
        SenderStep step = sender_plan(&answer, 1, 5000, &rng);
        assert_int_equal(step.move, rows[i].move);
        assert_int_equal(step.why.code, rows[i].code);
    }
}

static void test_plan_delays(void **state)
{
    Err answer = {.code = ERR_UNAVAILABLE};

    (void)state;
    for (int failures = 1; failures < 30; failures++) {
        int64_t full = failures > 9 ? SENDER_MOST_MS : (int64_t)SENDER_LEAST_MS << (failures - 1);
        if (full > SENDER_MOST_MS)
            full = SENDER_MOST_MS;
        for (int i = 0; i < 50; i++) {
            int64_t delay = sender_plan(&answer, failures, 1000000, &rng).next_due_ms - 1000000;
            assert_true(delay >= full / 2 && delay <= full);
        }
    }
    answer.retry_delay_ms = 90000;
    assert_int_equal(sender_plan(&answer, 1, 0, &rng).next_due_ms, 90000);
}

static void test_done_and_idle(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);

    (void)state;
    assert_int_equal(step_ok(&sender).move, SENDER_IDLE);
    queue(outbox, 1, "a");
    queue(outbox, 2, "b");
    SenderStep step = step_ok(&sender);
    assert_int_equal(step.move, SENDER_DONE);
    assert_int_equal(step.id[0], 1);
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    assert_int_equal(step_ok(&sender).move, SENDER_IDLE);
    assert_string_equal(get(outbox, 2)->receipt.number, "N-2");
    assert_int_equal(server.calls, 2);
    outbox_close(outbox);
}

static void test_backs_off_as_a_whole(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);

    (void)state;
    queue(outbox, 1, "a");
    queue(outbox, 2, "b");
    server.code = ERR_RESOURCE_EXHAUSTED;
    server.reason = "QUEUE_FULL";
    server.retry_delay_ms = 4000;
    SenderStep step = step_ok(&sender);
    assert_int_equal(step.move, SENDER_LATER);
    assert_int_equal(step.next_due_ms, now.fixed_ms + 4000);
    /* the other operation does not knock either */
    step = step_ok(&sender);
    assert_int_equal(step.move, SENDER_WAIT);
    assert_int_equal(step.next_due_ms, now.fixed_ms + 4000);
    assert_int_equal(server.calls, 1);
    assert_string_equal(get(outbox, 1)->last.reason, "QUEUE_FULL");
    server.code = ERR_OK;
    now.fixed_ms += 4000;
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    assert_int_equal(sender.failures, 0);
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    outbox_close(outbox);
}

static void test_parks_and_goes_on(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);

    (void)state;
    queue(outbox, 1, "a");
    queue(outbox, 2, "a");
    server.code = ERR_INVALID_ARGUMENT;
    server.reason = "FORM_INVALID";
    assert_int_equal(step_ok(&sender).move, SENDER_PARK);
    server.code = ERR_OK;
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    assert_int_equal(step_ok(&sender).move, SENDER_IDLE);
    assert_int_equal(get(outbox, 1)->state, OPERATION_PARKED);
    assert_string_equal(get(outbox, 1)->last.reason, "FORM_INVALID");
    outbox_close(outbox);
}

static void test_pauses(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);

    (void)state;
    queue(outbox, 1, "a");
    server.code = ERR_UNAUTHENTICATED;
    server.reason = "TOKEN_EXPIRED";
    SenderStep step = step_ok(&sender);
    assert_int_equal(step.move, SENDER_PAUSE);
    assert_string_equal(step.why.reason, "TOKEN_EXPIRED");
    assert_int_equal(get(outbox, 1)->state, OPERATION_QUEUED);
    server.code = ERR_OK; /* signed in again */
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    outbox_close(outbox);
}

static void test_bad_receipts(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);

    (void)state;
    queue(outbox, 1, "a");
    server.other_content = true;
    SenderStep step = step_ok(&sender);
    assert_int_equal(step.move, SENDER_PARK);
    assert_string_equal(step.why.reason, "RECEIPT_OF_OTHER_CONTENT");
    assert_null(get(outbox, 1)->receipt.number);
    queue(outbox, 2, "b");
    server.other_content = false;
    server.garbage = true;
    step = step_ok(&sender);
    assert_int_equal(step.move, SENDER_PARK);
    assert_string_equal(step.why.reason, "RECEIPT_MALFORMED");
    outbox_close(outbox);
}

static void test_lost_reply_is_one_submission(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);

    (void)state;
    queue(outbox, 1, "a");
    server.lose_reply = true;
    assert_int_equal(step_ok(&sender).move, SENDER_LATER);
    server.lose_reply = false;
    now.fixed_ms += SENDER_MOST_MS;
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    assert_int_equal(server.known_count, 1);
    assert_int_equal(server.calls, 2);
    outbox_close(outbox);
}

/* Killed at each durable step of a sending, the next process finishes it: once on the server, one receipt. */
static void test_killed(void **state)
{
    static const char *const points[] = {"outbox.take",       "outbox.taken", "sender.before_call",
                                         "sender.after_call", "outbox.mark",  "outbox.marked"};

    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        char spec[64], log[96];
        int status;
        snprintf(spec, sizeof spec, "%s=exit", points[i]);
        snprintf(log, sizeof log, "%s/log", dir);
        Outbox *outbox = open_ok();
        queue(outbox, 5, "a");
        outbox_close(outbox);
        server.log = log;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            SenderStep step;
            Err err = {0};
            outbox = open_ok();
            Sender sender = sender_of(outbox);
            failpoint_init(spec);
            ErrCode code = sender_step(&sender, &step, &err);
            _exit(code == ERR_OK ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
        FILE *file = fopen(log, "r"); /* what the server knows survives our kill */
        if (file != NULL) {
            server.known_count = fread(server.known, 1, KNOWN_MAX, file);
            fclose(file);
        }
        outbox = open_ok();
        Sender sender = sender_of(outbox);
        SenderMove move = step_ok(&sender).move;
        assert_true(move == SENDER_DONE || (move == SENDER_IDLE && i == 5));
        assert_int_equal(server.known_count, 1);
        assert_string_equal(get(outbox, 5)->receipt.number, "N-5");
        outbox_close(outbox);
        teardown(state);
        setup(state);
    }
}

/* A failing outbox is an error, the operation stays. */
static void test_outbox_fails(void **state)
{
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);
    SenderStep step;
    Err err = {0};

    (void)state;
    queue(outbox, 1, "a");
    failpoint_init("outbox.mark=error@1");
    assert_int_equal(sender_step(&sender, &step, &err), ERR_UNAVAILABLE);
    failpoint_init("");
    assert_int_equal(get(outbox, 1)->state, OPERATION_SENDING);
    sender = sender_of(outbox);
    assert_int_equal(step_ok(&sender).move, SENDER_DONE);
    assert_int_equal(server.known_count, 1);
    outbox_close(outbox);
}

/* Thirty operations of ten schools through random failures: each once on the server, in order per school. */
static void test_random_failures(void **state)
{
    static const ErrCode codes[] = {
        ERR_UNAVAILABLE, ERR_DEADLINE_EXCEEDED, ERR_RESOURCE_EXHAUSTED, ERR_UNAUTHENTICATED, ERR_OK, ERR_OK};
    Outbox *outbox = open_ok();
    Sender sender = sender_of(outbox);
    char school[4] = "s0";

    (void)state;
    for (uint8_t n = 1; n <= 30; n++) {
        school[1] = (char)('0' + n % 10);
        queue(outbox, n, school);
    }
    for (int round = 0; round < 5000; round++) {
        server.code = codes[rand_below(&rng, 6)];
        server.lose_reply = rand_below(&rng, 3) == 0;
        SenderStep step = step_ok(&sender);
        if (step.move == SENDER_IDLE)
            break;
        if (step.move == SENDER_WAIT || step.move == SENDER_LATER)
            now.fixed_ms = step.next_due_ms;
        if (rand_below(&rng, 20) == 0) { /* the client starts anew */
            outbox_close(outbox);
            outbox = open_ok();
            sender = sender_of(outbox);
        }
    }
    OutboxCounts counts;
    Err err = {0};
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.done, 30);
    assert_int_equal(server.known_count, 30);
    uint8_t last[10] = {0};
    for (size_t i = 0; i < 30; i++) {
        uint8_t id = server.known[i];
        assert_true(last[id % 10] < id);
        last[id % 10] = id;
    }
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plan_delays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_done_and_idle, setup, teardown),
        cmocka_unit_test_setup_teardown(test_backs_off_as_a_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parks_and_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pauses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_receipts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_reply_is_one_submission, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outbox_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_failures, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
