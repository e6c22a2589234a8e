/* Two servers over one database, as a balancer would use them: whichever answers, an operation happens once,
 * a revoked key ends on both, a run is computed once, and one server does the other's work when it dies. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/ids.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/pair.h"
#include "tests/integration/sql.h"

enum {
    CALL_MS = 10000,
    MEMORY = 8 << 20,
    RACES = 20,
    RUNS = 6,
    TRIES = 400,
    STEP_MS = 25,
    REVOKED_MS = 5000
};

static Pair pair;

static int start(void **state)
{
    (void)state;
    pair_start(&pair, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pair_stop(&pair);
    return 0;
}

static ErrCode list_orgs(Rpc *rpc, Err *err)
{
    Shans__V1__ListOrgsRequest request = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    Arena *arena = arena_new(MEMORY, NULL);
    ProtobufCMessage *reply;

    request.page_size = 1;
    ErrCode code = rpc_call(rpc, &shans__v1__org_service__descriptor, "ListOrgs", NULL, &request.base, arena,
                            &reply, err);
    arena_free(arena);
    return code;
}

/* One attempt of an operation through one of the servers. */
typedef struct Attempt {
    size_t server;
    int race;
    uint8_t id[ID_SIZE];
    ErrCode code;
    char receipt[32], reason[64];
} Attempt;

static void *attempt(void *context)
{
    Attempt *self = context;
    Rpc *rpc = pair_client(&pair, self->server, "client0", CALL_MS);
    Arena *arena = arena_new(MEMORY, NULL);
    const Shans__V1__SubmitRequest *request =
        world_results(arena_printf(arena, "s-%d", self->race), "2031",
                      SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT, 40, pair.catalog, arena);
    ProtobufCMessage *reply;
    Err err = {0};

    self->code = rpc_call(rpc, &shans__v1__collection_service__descriptor, "Submit", self->id, &request->base,
                          arena, &reply, &err);
    snprintf(self->reason, sizeof self->reason, "%s", err.reason);
    if (self->code == ERR_OK)
        snprintf(self->receipt, sizeof self->receipt, "%s",
                 ((const Shans__V1__SubmitReply *)reply)->receipt->number);
    arena_free(arena);
    rpc_close(rpc);
    return NULL;
}

/* The same operation sent to both at once, as by a client whose first answer was lost. */
static void an_operation_happens_once(void **state)
{
    IdMaker maker = id_maker(&clock_system, &pair.rand);

    (void)state;
    for (int race = 0; race < RACES; race++) {
        Attempt attempts[PAIR_SERVERS] = {{.server = 0, .race = race}, {.server = 1, .race = race}};
        pthread_t thread;
        id_make(&maker, attempts[0].id);
        memcpy(attempts[1].id, attempts[0].id, ID_SIZE);
        assert_int_equal(pthread_create(&thread, NULL, attempt, &attempts[0]), 0);
        attempt(&attempts[1]);
        pthread_join(thread, NULL);
        for (size_t i = 0; i < PAIR_SERVERS; i++) { /* asked again, both say the same */
            if (attempts[i].code != ERR_OK)
                attempt(&attempts[i]);
            if (attempts[i].code != ERR_OK)
                fail_msg("%s %s", err_code_name(attempts[i].code), attempts[i].reason);
        }
        assert_string_equal(attempts[0].receipt, attempts[1].receipt);
    }
    Sql *sql = sql_open(&pair.nodes[0].pg, "postgres");
    assert_int_equal(sql_number(sql, "select count(*) from shans.submission where period = '2031'"), RACES);
    assert_int_equal(sql_number(sql, "select max(revision) from shans.submission where period = '2031'"), 1);
    sql_close(sql);
}

/* Both have looked the key up and believe it; the revocation reaches both caches. */
static void a_revoked_key_ends_on_both(void **state)
{
    static const char *const revoke[] = {"revoke", "--login", "client0", NULL};
    Rpc *clients[PAIR_SERVERS];
    Err err = {0};

    (void)state;
    for (size_t i = 0; i < PAIR_SERVERS; i++) {
        clients[i] = pair_client(&pair, i, "client0", CALL_MS);
        assert_int_equal(list_orgs(clients[i], &err), ERR_OK);
    }
    assert_int_equal(pair_command(&pair, revoke), 0);
    int64_t began = clock_system.monotonic_ms(&clock_system);
    for (size_t i = 0; i < PAIR_SERVERS; i++) {
        while (list_orgs(clients[i], &err) == ERR_OK) {
            assert_true(clock_system.monotonic_ms(&clock_system) - began < REVOKED_MS);
            clock_system.sleep_ms(&clock_system, STEP_MS);
        }
        assert_string_equal(err.reason, "TOKEN_REVOKED");
        rpc_close(clients[i]);
    }
}

static void start_run(Rpc *rpc, int year)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;
    IdMaker maker = id_maker(&clock_system, &pair.rand);
    Arena *arena = arena_new(MEMORY, NULL);
    ProtobufCMessage *reply;
    uint8_t id[ID_SIZE];
    Err err = {0};

    request.methodology_code = (char *)"PERV-2023";
    request.year = (uint32_t)year;
    id_make(&maker, id);
    if (rpc_call(rpc, &shans__v1__method_service__descriptor, "StartRun", id, &request.base, arena, &reply,
                 &err) != ERR_OK)
        fail_msg("StartRun: %s", err.reason);
    arena_free(arena);
}

static int64_t runs(Sql *sql, const char *where)
{
    return sql_number(sql, "select count(*) from shans.run where %s", where);
}

static void wait_for_runs(Sql *sql)
{
    for (int i = 0; runs(sql, "state = 1") > 0; i++) {
        assert_true(i < TRIES);
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
}

/* Queued through both, with both servers' jobs awake: each is computed once, and one server alone finishes
 * what the other left when it was killed. */
static void runs_are_computed_once(void **state)
{
    Sql *sql = sql_open(&pair.nodes[0].pg, "postgres");
    Rpc *first = pair_client(&pair, 0, "analyst", CALL_MS),
        *second = pair_client(&pair, 1, "analyst", CALL_MS);

    (void)state;
    for (int i = 0; i < RUNS; i++)
        start_run(i % 2 == 0 ? first : second, 2022);
    wait_for_runs(sql);
    assert_int_equal(runs(sql, "state = 2 and failure_reason = ''"), RUNS);
    assert_int_equal(sql_number(sql,
                                "select count(*) from (select from shans.run_class group by run_id having "
                                "count(*) = (select count(*) from shans.org where kind = 3)) as whole"),
                     RUNS);
    for (int i = 0; i < RUNS; i++)
        start_run(second, 2022);
    assert_int_equal(kill(pair.servers[0], SIGKILL), 0);
    wait_for_runs(sql);
    assert_int_equal(runs(sql, "state = 2 and failure_reason = ''"), 2 * RUNS);
    assert_int_equal(
        runs(sql, "output_hash is distinct from (select max(output_hash::text)::bytea from shans.run)"), 0);
    rpc_close(first);
    rpc_close(second);
    sql_close(sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_happens_once),
        cmocka_unit_test(a_revoked_key_ends_on_both),
        cmocka_unit_test(runs_are_computed_once),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
