/* A synchronous standby that is suspended: no answer is OK before the row is on both machines, the answer
 * comes in time and says "unknown, ask again", nobody else is held up, and asking again ends in exactly one
 * row. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/ids.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/pair.h"
#include "tests/integration/sql.h"

enum { DEADLINE_MS = 2000, LATE_MS = 1000, MEMORY = 8 << 20, TRIES = 200, STEP_MS = 20, OTHERS = 3 };

static Pair pair;
static pid_t suspended;
static int number; /* of the next school */

static int start(void **state)
{
    (void)state;
    pair_start(&pair, 2);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pair_stop(&pair);
    return 0;
}

static int suspend(void **state)
{
    (void)state;
    suspended = cluster_wal_receiver(&pair.nodes[1]);
    assert_int_equal(kill(suspended, SIGSTOP), 0);
    return 0;
}

static void resume(void)
{
    if (suspended > 0)
        kill(suspended, SIGCONT);
    suspended = 0;
}

static int resume_after(void **state)
{
    (void)state;
    resume();
    return 0;
}

static int64_t now(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

/* One form of a school, to be sent under one operation id as often as it takes. */
typedef struct Form {
    Arena *arena;
    const char *school;
    uint8_t id[ID_SIZE];
    const Shans__V1__SubmitRequest *request;
    char receipt[32], reason[64];
    int64_t took_ms;
} Form;

static void form_init(Form *form)
{
    IdMaker maker = id_maker(&clock_system, &pair.rand);

    *form = (Form){.arena = arena_new(MEMORY, NULL)};
    form->school = arena_printf(form->arena, "s-%d", number++);
    form->request = world_results(form->school, "2030", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT, 40,
                                  pair.catalog, form->arena);
    id_make(&maker, form->id);
}

static ErrCode form_send(Form *form, Rpc *rpc)
{
    ProtobufCMessage *reply;
    Err err = {0};
    int64_t began = now();
    ErrCode code = rpc_call(rpc, &shans__v1__collection_service__descriptor, "Submit", form->id,
                            &form->request->base, form->arena, &reply, &err);

    form->took_ms = now() - began;
    snprintf(form->reason, sizeof form->reason, "%s", err.reason);
    if (code == ERR_OK)
        snprintf(form->receipt, sizeof form->receipt, "%s",
                 ((const Shans__V1__SubmitReply *)reply)->receipt->number);
    return code;
}

/* Until it is stored; only answers that say "again" may come before. */
static void form_send_on(Form *form, Rpc *rpc)
{
    ErrCode code = form_send(form, rpc);

    for (int i = 0; i < TRIES && code != ERR_OK; i++) {
        assert_int_equal(rpc_policy(code), RPC_RETRY);
        clock_system.sleep_ms(&clock_system, STEP_MS);
        code = form_send(form, rpc);
    }
    assert_int_equal(code, ERR_OK);
}

static int64_t count_on(size_t node, const Form *form, const char *what)
{
    Sql *sql = sql_open(&pair.nodes[node].pg, "postgres");
    int64_t count = sql_number(sql,
                               "select %s from shans.submission s join shans.org o on o.id = s.school_id "
                               "where o.code = '%s' and period = '2030'",
                               what, form->school);

    sql_close(sql);
    return count;
}

/* The waiter's session, as pg_cancel_backend wants it; waits until there is one. */
static void cancel_waiter(void)
{
    Sql *sql = sql_open(&pair.nodes[0].pg, "postgres");
    int64_t cancelled = 0;

    for (int i = 0; i < TRIES && cancelled == 0; i++) {
        cancelled = sql_number(sql, "select count(*) filter (where pg_cancel_backend(pid)) from "
                                    "pg_stat_activity where wait_event = 'SyncRep'");
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    sql_close(sql);
    assert_true(cancelled > 0);
}

static void check_stored_once(const Form *form)
{
    assert_int_equal(count_on(0, form, "count(*)"), 1);
    assert_int_equal(count_on(0, form, "max(revision)"), 1);
    for (int i = 0; i < TRIES && count_on(1, form, "count(*)") == 0; i++)
        clock_system.sleep_ms(&clock_system, STEP_MS); /* received and flushed: replayed a moment later */
    assert_int_equal(count_on(1, form, "count(*)"), 1);
    assert_true(*form->receipt != '\0');
}

/* The deadline passes while COMMIT waits. */
static void a_write_without_its_standby_is_unknown(void **state)
{
    Rpc *rpc = pair_client(&pair, 0, "client0", DEADLINE_MS);
    Form form;

    (void)state;
    form_init(&form);
    assert_int_equal(form_send(&form, rpc), ERR_UNAVAILABLE);
    assert_string_equal(form.reason, "OUTCOME_UNKNOWN");
    assert_in_range(form.took_ms, DEADLINE_MS - 50, DEADLINE_MS + LATE_MS);
    /* the row is on the primary by now, and nowhere else: remembered, but nothing to rely on */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(form_send(&form, rpc), ERR_UNAVAILABLE);
        assert_string_equal(form.reason, "OUTCOME_UNKNOWN");
        assert_in_range(form.took_ms, 0, DEADLINE_MS + LATE_MS);
    }
    assert_int_equal(count_on(0, &form, "count(*)"), 1);
    assert_int_equal(count_on(1, &form, "count(*)"), 0);
    resume();
    form_send_on(&form, rpc);
    check_stored_once(&form);
    rpc_close(rpc);
    arena_free(form.arena);
}

static void *send_in_background(void *context)
{
    Form *form = context;
    Rpc *rpc = pair_client(&pair, 1, "client0", DEADLINE_MS);

    form->took_ms = form_send(form, rpc); /* the code, for the thread that joins */
    rpc_close(rpc);
    return NULL;
}

/* An administrator cancels the wait: PostgreSQL calls it success, and so does nobody else. */
static void a_cancelled_wait_is_unknown(void **state)
{
    Rpc *rpc = pair_client(&pair, 0, "client0", DEADLINE_MS);
    pthread_t thread;
    Form form;

    (void)state;
    form_init(&form);
    assert_int_equal(pthread_create(&thread, NULL, send_in_background, &form), 0);
    cancel_waiter();
    pthread_join(thread, NULL);
    assert_int_equal(form.took_ms, ERR_UNAVAILABLE);
    assert_string_equal(form.reason, "OUTCOME_UNKNOWN");
    /* visible now, also through the other server: still not told as stored */
    assert_int_equal(count_on(0, &form, "count(*)"), 1);
    assert_int_equal(form_send(&form, rpc), ERR_UNAVAILABLE);
    assert_string_equal(form.reason, "OUTCOME_UNKNOWN");
    resume();
    form_send_on(&form, rpc);
    check_stored_once(&form);
    rpc_close(rpc);
    arena_free(form.arena);
}

/* Many at once, each with a deadline of its own: every one is answered in time, reads go on, and the sessions
 * that wait do not pile up in the database. */
static void nobody_is_held_up(void **state)
{
    Shans__V1__ListOrgsRequest list = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    pthread_t threads[OTHERS];
    Form forms[OTHERS];

    (void)state;
    list.page_size = 1;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < OTHERS; i++) {
            form_init(&forms[i]);
            assert_int_equal(pthread_create(&threads[i], NULL, send_in_background, &forms[i]), 0);
        }
        Rpc *rpc = pair_client(&pair, 1, "analyst", DEADLINE_MS);
        int64_t began = now();
        for (int i = 0; i < 20; i++) {
            Arena *arena = arena_new(MEMORY, NULL);
            ProtobufCMessage *reply;
            Err err = {0};
            assert_int_equal(rpc_call(rpc, &shans__v1__org_service__descriptor, "ListOrgs", NULL, &list.base,
                                      arena, &reply, &err),
                             ERR_OK);
            arena_free(arena);
        }
        assert_true(now() - began < DEADLINE_MS);
        rpc_close(rpc);
        for (int i = 0; i < OTHERS; i++) {
            pthread_join(threads[i], NULL);
            assert_true(forms[i].took_ms == ERR_UNAVAILABLE || forms[i].took_ms == ERR_DEADLINE_EXCEEDED);
            assert_true(now() - began < DEADLINE_MS + LATE_MS);
            arena_free(forms[i].arena);
        }
    }
    Sql *sql = sql_open(&pair.nodes[0].pg, "postgres");
    assert_in_range(sql_number(sql, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'"), 0,
                    2);
    sql_close(sql);
    resume();
    Rpc *rpc = pair_client(&pair, 0, "client0", DEADLINE_MS);
    Form form;
    form_init(&form);
    form_send_on(&form, rpc);
    check_stored_once(&form);
    rpc_close(rpc);
    arena_free(form.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_write_without_its_standby_is_unknown, suspend, resume_after),
        cmocka_unit_test_setup_teardown(a_cancelled_wait_is_unknown, suspend, resume_after),
        cmocka_unit_test_setup_teardown(nobody_is_held_up, suspend, resume_after),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
