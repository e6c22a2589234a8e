/* PostgreSQL killed in the middle of submissions: every answer is OK or UNAVAILABLE, asking again under the
 * same operation id ends in exactly one row each, the server lives on. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/bad.h"

enum { SENDERS = 4, EACH = 60, KILLS = 3, TRIES_MAX = 400, RECEIPT_SIZE = 32, STEP_MS = 20 };

typedef struct Sender {
    pthread_t thread;
    const char *school, *login;
    Rand rand;
    size_t ok, unavailable;
    char fault[160]; /* an answer of any other kind, or a receipt that changed */
    char receipts[EACH][RECEIPT_SIZE];
} Sender;

static Bad bad;
static size_t done; /* atomic: submissions answered OK so far */

static int start(void **state)
{
    (void)state;
    bad_start(&bad);
    bad_begin(&bad);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bad_end(&bad);
    bad_stop(&bad);
    return 0;
}

static Rpc *client_of(Sender *sender)
{
    const RpcOptions options = {
        .address = bad.world.address,
        .token = world_person(&bad.world, sender->login)->token,
        .deadline_ms = 10000,
        .clock = &clock_system,
        .rand = &sender->rand,
    };
    Rpc *rpc = NULL;
    Err err = {0};

    if (rpc_open(&options, &rpc, &err) != ERR_OK)
        snprintf(sender->fault, sizeof sender->fault, "client: %s", err.reason);
    return rpc;
}

/* Asks under one operation id until it is stored, then once more: the same receipt must come. */
static void send_one(Sender *sender, Rpc *rpc, size_t number, const uint8_t *operation, Arena *arena)
{
    char period[8];
    ProtobufCMessage *reply;

    snprintf(period, sizeof period, "20%02zu", 30 + number);
    const Shans__V1__SubmitRequest *request =
        world_results(sender->school, period, SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL,
                      20 + (int64_t)number, bad.world.service.options.catalog, arena);
    for (size_t again = 0, tries = 0; again < 2 && tries < TRIES_MAX; tries++) {
        Err err = {0};
        ErrCode code = rpc_call(rpc, &shans__v1__collection_service__descriptor, "Submit", operation,
                                &request->base, arena, &reply, &err);
        if (code == ERR_UNAVAILABLE) {
            sender->unavailable++;
            clock_system.sleep_ms(&clock_system, STEP_MS);
            continue;
        }
        if (code != ERR_OK) {
            snprintf(sender->fault, sizeof sender->fault, "%s: %s", err_code_name(code), err.reason);
            return;
        }
        const char *receipt = ((const Shans__V1__SubmitReply *)reply)->receipt->number;
        if (again > 0 && !text_equal(receipt, sender->receipts[number]))
            snprintf(sender->fault, sizeof sender->fault, "receipt %s became %s", sender->receipts[number],
                     receipt);
        text_copy(sender->receipts[number], RECEIPT_SIZE, receipt);
        again++;
    }
    sender->ok += *sender->receipts[number] != '\0';
    __atomic_add_fetch(&done, 1, __ATOMIC_ACQ_REL);
}

static void *run_sender(void *context)
{
    Sender *sender = context;
    Rpc *rpc = client_of(sender);
    IdMaker maker = id_maker(&clock_system, &sender->rand);

    for (size_t i = 0; rpc != NULL && i < EACH && *sender->fault == '\0'; i++) {
        Arena *arena = arena_new(4 << 20, NULL);
        uint8_t operation[ID_SIZE];
        id_make(&maker, operation);
        send_one(sender, rpc, i, operation, arena);
        arena_free(arena);
    }
    rpc_close(rpc);
    return NULL;
}

/* Kills the postmaster and waits until another has taken its place. */
static void kill_database(void)
{
    pid_t pid = embedded_pid(bad.world.pg.embedded), now = pid;

    assert_true(pid > 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    for (int i = 0; now == pid || now == 0; i++) {
        assert_true(i < 1000);
        clock_system.sleep_ms(&clock_system, STEP_MS);
        now = embedded_pid(bad.world.pg.embedded);
    }
}

static void wait_for(size_t count)
{
    for (int i = 0; __atomic_load_n(&done, __ATOMIC_ACQUIRE) < count; i++) {
        assert_true(i < 2000);
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
}

/* What is stored: each key once, in its first revision, with one event and one operation. */
static void check_rows(const Sender *senders)
{
    bad.owner = sql_open(&bad.world.pg, "postgres");
    for (size_t i = 0; i < SENDERS; i++) {
        for (size_t j = 0; j < EACH; j++)
            assert_true(*senders[i].receipts[j] != '\0');
    }
    assert_int_equal(sql_number(bad.owner, "select count(*) from shans.submission where period >= '2030'"),
                     SENDERS * EACH);
    assert_int_equal(sql_number(bad.owner, "select count(*) from shans.submission_event event join "
                                           "shans.submission s on s.id = event.submission_id where period "
                                           ">= '2030'"),
                     SENDERS * EACH);
    assert_int_equal(sql_number(bad.owner, "select coalesce(max(revision), 0) from shans.submission where "
                                           "period >= '2030'"),
                     1);
    assert_int_equal(sql_number(bad.owner, "select count(*) from (select submission_id from "
                                           "shans.cell_revision join shans.submission s on s.id = "
                                           "submission_id where period >= '2030' group by "
                                           "submission_id having count(*) <> 30) as wrong"),
                     0);
}

static void submissions_survive_a_killed_database(void **state)
{
    static const char *const logins[SENDERS] = {"head1", "head2", "head3", "head4"};
    static Sender senders[SENDERS];
    size_t unavailable = 0;

    (void)state;
    sql_close(bad.owner);
    for (size_t i = 0; i < SENDERS; i++) {
        senders[i] = (Sender){.school = bad.world.schools[i].code, .login = logins[i]};
        senders[i].rand = rand_seeded(100 + i);
        assert_int_equal(pthread_create(&senders[i].thread, NULL, run_sender, &senders[i]), 0);
    }
    for (size_t i = 1; i <= KILLS; i++) {
        wait_for(i * SENDERS * EACH / (KILLS + 2));
        kill_database();
    }
    for (size_t i = 0; i < SENDERS; i++)
        pthread_join(senders[i].thread, NULL);
    for (size_t i = 0; i < SENDERS; i++) {
        if (*senders[i].fault != '\0')
            fail_msg("%s: %s", senders[i].login, senders[i].fault);
        unavailable += senders[i].unavailable;
    }
    check_rows(senders);
    print_message("%d submissions, %d kills, %zu times UNAVAILABLE\n", SENDERS * EACH, KILLS, unavailable);
    assert_true(unavailable > 0);
    bad_note(&bad);
    bad_unharmed(&bad, "a killed database");
}

/* While the database is away each lane says so, with a sentence; afterwards each works again. */
static void every_lane_says_the_database_is_gone(void **state)
{
    Shans__V1__ListOrgsRequest list = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    Shans__V1__ImportOrgsRequest import = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    size_t refused = 0;

    (void)state;
    sql_close(bad.owner);
    assert_int_equal(kill(embedded_pid(bad.world.pg.embedded), SIGKILL), 0);
    for (int i = 0; i < 1000; i++) {
        RawReply replies[] = {
            bad_call(&bad, "head1", &shans__v1__org_service__descriptor, "ListOrgs", NULL, &list.base),
            bad_change(&bad, "analyst", &shans__v1__org_service__descriptor, "ImportOrgs", &import.base),
        };
        for (size_t j = 0; j < 2; j++) {
            if (replies[j].code == ERR_OK)
                continue;
            assert_int_equal(replies[j].code, ERR_UNAVAILABLE);
            raw_check_sentences(&replies[j], "database gone");
            refused++;
        }
        if (refused > 0 && replies[0].code == ERR_OK && replies[1].code == ERR_OK)
            break;
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    assert_true(refused > 0);
    bad.owner = sql_open(&bad.world.pg, "postgres");
    bad_note(&bad);
    bad_unharmed(&bad, "a database that came back");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(submissions_survive_a_killed_database),
        cmocka_unit_test(every_lane_says_the_database_is_gone),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
