/* The same thing asked at the same moment by many: one operation id takes effect once and every caller gets
 * the same reply; different operations about one thing leave one winner. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/net/wire.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/bad.h"

#define COLLECTION "shans.v1.CollectionService/"
#define METHODS    "shans.v1.MethodService/"

enum { RACERS = 6, ROUNDS = 8, REPLY_MAX = 4096, TRIES_MAX = 50 };

typedef struct Racer {
    pthread_t thread;
    Rand rand;
    pthread_barrier_t *line;
    const char *login, *method;
    const Buf *payload;
    uint8_t operation[ID_SIZE];
    bool insists; /* asks again after ABORTED */
    ErrCode code;
    char reason[48];
    uint8_t reply[REPLY_MAX];
    size_t size;
} Racer;

static Bad bad;
static Racer racers[RACERS];

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

static void keep_reply(Racer *racer, const void *reply, size_t size)
{
    racer->size = size < REPLY_MAX ? size : REPLY_MAX;
    memcpy(racer->reply, reply, racer->size);
}

static void *race(void *context)
{
    Racer *racer = context;
    const RpcOptions options = {
        .address = bad.world.address,
        .token = world_person(&bad.world, racer->login)->token,
        .clock = &clock_system,
        .rand = &racer->rand,
    };
    Arena *arena = arena_new(4 << 20, NULL);
    Rpc *rpc = NULL;
    const void *reply;
    size_t size;
    Err err = {0};

    racer->code = rpc_open(&options, &rpc, &err);
    pthread_barrier_wait(racer->line);
    for (int i = 0; i < TRIES_MAX && rpc != NULL; i++) {
        racer->code = rpc_call_packed(rpc, racer->method, racer->operation, racer->payload->data,
                                      racer->payload->length, arena, &reply, &size, &err);
        if (racer->code != ERR_ABORTED || !racer->insists)
            break;
    }
    if (racer->code == ERR_OK)
        keep_reply(racer, reply, size);
    text_copy(racer->reason, sizeof racer->reason, racer->code == ERR_OK ? "" : err.reason);
    rpc_close(rpc);
    arena_free(arena);
    return NULL;
}

/* All at once; same: under one operation id. */
static void run_race(const char *const *logins, size_t login_count, const char *method,
                     const ProtobufCMessage *request, bool same)
{
    static uint64_t seed = 1;
    pthread_barrier_t line;
    uint8_t operation[ID_SIZE];
    Buf payload;

    buf_init(&payload, TRANSPORT_MESSAGE_MAX);
    wire_pack(request, &payload);
    pthread_barrier_init(&line, NULL, RACERS);
    world_operation(&bad.world, operation);
    for (size_t i = 0; i < RACERS; i++) {
        racers[i] = (Racer){.line = &line, .method = method, .payload = &payload, .insists = same};
        racers[i].login = logins[i % login_count];
        racers[i].rand = rand_seeded(seed++);
        if (!same)
            world_operation(&bad.world, operation);
        memcpy(racers[i].operation, operation, ID_SIZE);
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < RACERS; i++)
        pthread_join(racers[i].thread, NULL);
    pthread_barrier_destroy(&line);
    buf_done(&payload);
    bad.cases++;
}

static void expect_one_reply(const char *what)
{
    for (size_t i = 0; i < RACERS; i++) {
        if (racers[i].code != ERR_OK)
            fail_msg("%s: %s %s", what, err_code_name(racers[i].code), racers[i].reason);
        assert_int_equal(racers[i].size, racers[0].size);
        assert_memory_equal(racers[i].reply, racers[0].reply, racers[0].size);
    }
}

/* Exactly one OK; every other is refused with one of the codes. */
static void expect_one_winner(const char *what, ErrCode one, ErrCode other)
{
    size_t won = 0;

    for (size_t i = 0; i < RACERS; i++) {
        won += racers[i].code == ERR_OK;
        if (racers[i].code != ERR_OK && racers[i].code != one && racers[i].code != other)
            fail_msg("%s: %s %s", what, err_code_name(racers[i].code), racers[i].reason);
    }
    assert_int_equal(won, 1);
}

static const Shans__V1__SubmitRequest *figures(const char *school, int year)
{
    return world_results(school, arena_printf(bad.arena, "%d", year),
                         SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL, 40,
                         bad.world.service.options.catalog, bad.arena);
}

static int64_t count(const char *table)
{
    return sql_number(bad.owner, "select count(*) from shans.%s", table);
}

static const char *const analyst[] = {"analyst"}, *const head[] = {"head1"},
                         *const both[] = {"head1", "editor1"}, *const coordinator[] = {"coordinator1"};

static void one_submission_of_one_operation(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t before = count("submission"), events = count("submission_event");
        run_race(head, 1, COLLECTION "Submit", &figures("a-1", 2030 + i)->base, true);
        expect_one_reply("Submit");
        assert_int_equal(count("submission"), before + 1);
        assert_int_equal(count("submission_event"), events + 1);
    }
}

static void one_submission_of_many_operations(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t before = count("submission"), events = count("submission_event");
        run_race(both, 2, COLLECTION "Submit", &figures("a-1", 2050 + i)->base, false);
        expect_one_winner("Submit", ERR_ABORTED, ERR_ABORTED);
        assert_int_equal(count("submission"), before + 1);
        assert_int_equal(count("submission_event"), events + 1);
    }
}

static void one_run_of_one_operation(void **state)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;

    (void)state;
    request.methodology_code = (char *)"PERV-2023";
    request.year = 2022;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t before = count("run");
        run_race(analyst, 1, METHODS "StartRun", &request.base, true);
        expect_one_reply("StartRun");
        assert_int_equal(count("run"), before + 1);
    }
    bad_note(&bad);
}

static void one_edition_of_many_operations(void **state)
{
    Shans__V1__PublishEditionRequest request = SHANS__V1__PUBLISH_EDITION_REQUEST__INIT;

    (void)state;
    request.title = (char *)"Список";
    request.document = (char *)"Приказ";
    for (int i = 0; i < 2; i++) {
        int64_t before = count("edition");
        request.run_id =
            (uint64_t)sql_number(bad.owner, "select min(id) from shans.run where state = 2 and id "
                                            "not in (select run_id from shans.edition)");
        run_race(analyst, 1, METHODS "PublishEdition", &request.base, i == 0);
        if (i == 0)
            expect_one_reply("PublishEdition");
        else
            expect_one_winner("PublishEdition", ERR_ALREADY_EXISTS, ERR_ABORTED);
        assert_int_equal(count("edition"), before + 1);
    }
}

static void one_review_of_many(void **state)
{
    Shans__V1__ReviewRequest request = SHANS__V1__REVIEW_REQUEST__INIT;

    (void)state;
    request.revision = 1;
    request.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t events = count("submission_event"), facts = count("fact_result");
        request.submission_id = (uint64_t)sql_number(
            bad.owner, "select min(id) from shans.submission where state = 3 and school_id = (select id from "
                       "shans.org where code = 'a-1')");
        run_race(coordinator, 1, COLLECTION "Review", &request.base, i % 2 == 0);
        if (i % 2 == 0)
            expect_one_reply("Review");
        else
            expect_one_winner("Review", ERR_ABORTED, ERR_FAILED_PRECONDITION);
        assert_int_equal(count("submission_event"), events + 1);
        assert_int_equal(count("fact_result"), facts + 3);
    }
}

/* An organisation made by many at once is made once. */
static void one_organisation_of_many(void **state)
{
    Shans__V1__Org org = SHANS__V1__ORG__INIT, *orgs[] = {&org};
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;

    (void)state;
    org.kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
    org.parent_code = (char *)"a";
    org.name = (char *)"Новая школа";
    org.valid_from = (char *)"2020-09-01";
    request.orgs = orgs;
    request.n_orgs = 1;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t before = count("org"), versions = count("org_version");
        org.code = org.number = arena_printf(bad.arena, "a-%d", 100 + i);
        run_race(analyst, 1, "shans.v1.OrgService/ImportOrgs", &request.base, i % 2 == 0);
        if (i % 2 == 0)
            expect_one_reply("ImportOrgs");
        for (size_t r = 0; r < RACERS; r++) {
            if (racers[r].code != ERR_OK && racers[r].code != ERR_ABORTED &&
                racers[r].code != ERR_ALREADY_EXISTS)
                fail_msg("ImportOrgs: %s %s", err_code_name(racers[r].code), racers[r].reason);
        }
        assert_int_equal(count("org"), before + 1);
        assert_int_equal(count("org_version"), versions + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_submission_of_one_operation),
        cmocka_unit_test(one_submission_of_many_operations),
        cmocka_unit_test(one_run_of_one_operation),
        cmocka_unit_test(one_edition_of_many_operations),
        cmocka_unit_test(one_review_of_many),
        cmocka_unit_test(one_organisation_of_many),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
