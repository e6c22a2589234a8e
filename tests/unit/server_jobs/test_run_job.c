/* Classification runs over a real cluster: the same figures give the same bytes, a run that fails says why,
 * and one that is interrupted stays queued. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/failpoint.h"
#include "common/crypto/crypto.h"
#include "server/jobs/classify.h"
#include "server/jobs/run_job.h"
#include "server/store/store_access.h"
#include "server/store/store_class.h"
#include "server/store/store_method.h"
#include "server/store/store_org.h"
#include "tests/integration/world.h"

static World world;
static Arena *arena;
static Db *db;
static int64_t analyst;
static Err err;

static void ok(ErrCode code)
{
    if (code != ERR_OK)
        fail_msg("%s %s: %s", err_code_name(code), err.reason, db_last_message(db));
}

/* A filled region whose job thread is stopped: the tests step by themselves. */
static int start(void **state)
{
    (void)state;
    world_start(&world, false);
    world_fill(&world);
    run_job_stop(world.job);
    world.job = NULL;
    db = test_pg_app(&world.pg);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    db_close(db);
    world_stop(&world);
    return 0;
}

static int setup(void **state)
{
    Db *owner = test_pg_owner(&world.pg);
    PrincipalRow row;

    (void)state;
    arena = arena_new(64 << 20, NULL);
    assert_int_equal(access_store_find_principal(owner, "analyst", arena, &row, &err), ERR_OK);
    analyst = row.id;
    db_close(owner);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    failpoint_init("");
    arena_free(arena);
    return 0;
}

static void begin(DbMode mode)
{
    const DbScope scope = {.role = DB_ROLE_REGION, .region = true, .mode = mode};

    ok(db_begin(db, &scope, &err));
}

static int64_t queue(const char *methodology)
{
    RunRow run = {
        .methodology_code = methodology,
        .methodology_version = 1,
        .year = 2022,
        .started_by_id = analyst,
        .created_ms = clock_system.now_ms(&clock_system),
    };
    int64_t id = 0;
    MethodologyRow stored;

    begin(DB_MODE_WRITE);
    ok(methodology_store_get(db, methodology, 0, arena, &stored, &err));
    run.methodology_version = stored.version;
    ok(run_store_queue(db, &run, &id, &err));
    ok(db_commit(db, &err));
    return id;
}

static RunRow get(int64_t id)
{
    RunRow run;

    begin(DB_MODE_READ);
    ok(run_store_get(db, id, arena, &run, &err));
    db_rollback(db);
    return run;
}

static size_t count_classes(int64_t id)
{
    ClassFilter filter = {.set = {.run_id = id}, .after_code = "", .limit = 100};
    ClassRow *rows;
    size_t count;

    begin(DB_MODE_READ);
    ok(class_store_list(db, &filter, arena, &rows, &count, &err));
    db_rollback(db);
    return count;
}

static bool step(void)
{
    bool found = false;

    ok(run_job_step(db, &clock_system, &found, &err));
    return found;
}

static void the_same_figures_give_the_same_bytes(void **state)
{
    int64_t first = queue("PERV-2023"), second = queue("PERV-2023");
    uint8_t hash[CRYPTO_HASH_SIZE];

    (void)state;
    assert_true(step());
    assert_true(step());
    assert_false(step());
    RunRow one = get(first), two = get(second);
    assert_int_equal(one.state, RUN_DONE);
    assert_int_equal(two.state, RUN_DONE);
    assert_memory_equal(one.input_hash, two.input_hash, CRYPTO_HASH_SIZE);
    assert_memory_equal(one.output_hash, two.output_hash, CRYPTO_HASH_SIZE);
    assert_memory_not_equal(one.input_hash, one.output_hash, CRYPTO_HASH_SIZE);
    assert_int_equal(one.school_count, WORLD_SCHOOLS);
    assert_string_equal(one.program_version, SHANS_VERSION);
    assert_int_equal(count_classes(first), WORLD_SCHOOLS);
    begin(DB_MODE_READ);
    ok(classify_repeat(db, &one, arena, hash, &err));
    db_rollback(db);
    assert_memory_equal(hash, one.output_hash, sizeof hash);
}

/* Another profile reads the same figures otherwise: its own hash, and the profile is used from now on. */
static void another_profile_is_another_passport(void **state)
{
    int64_t id = queue("NVKZ-2021");
    MethodologyRow stored;

    (void)state;
    assert_true(step());
    RunRow run = get(id), known = get((int64_t)world.run);
    assert_int_equal(run.state, RUN_DONE);
    assert_memory_not_equal(run.output_hash, known.output_hash, CRYPTO_HASH_SIZE);
    begin(DB_MODE_READ);
    ok(methodology_store_get(db, "NVKZ-2021", 0, arena, &stored, &err));
    db_rollback(db);
    assert_true(stored.used);
}

static void a_run_that_cannot_be_done_says_why(void **state)
{
    static const uint8_t junk[] = "no methodology at all";
    uint8_t hash[CRYPTO_HASH_SIZE];
    bool added;

    (void)state;
    crypto_hash(junk, sizeof junk, hash);
    MethodologyRow row = {
        .code = "JUNK",
        .version = 1,
        .hash = hash,
        .compiled = junk,
        .compiled_size = sizeof junk,
        .title_ru = "",
        .title_en = "",
        .stored_ms = clock_system.now_ms(&clock_system),
    };
    begin(DB_MODE_WRITE);
    ok(methodology_store_put(db, &row, &added, &err));
    ok(db_commit(db, &err));
    int64_t bad = queue("JUNK"), good = queue("PERV-2023");
    assert_true(step()); /* found and dealt with */
    RunRow run = get(bad);
    assert_int_equal(run.state, RUN_FAILED);
    assert_string_equal(run.failure_reason, "CATALOG_MALFORMED");
    assert_true(run.finished_ms > 0);
    assert_null(run.output_hash);
    assert_int_equal(count_classes(bad), 0);
    assert_true(step()); /* the next one is not held up */
    assert_int_equal(get(good).state, RUN_DONE);
    assert_false(step());
}

static void a_passing_fault_leaves_it_queued(void **state)
{
    int64_t id = queue("PERV-2023");
    bool found = true;

    (void)state;
    assert_true(failpoint_init("run.before_commit=error"));
    assert_int_equal(run_job_step(db, &clock_system, &found, &err), ERR_UNAVAILABLE);
    assert_int_equal(get(id).state, RUN_QUEUED);
    assert_int_equal(count_classes(id), 0);
    assert_true(failpoint_init(""));
    assert_true(step());
    assert_int_equal(get(id).state, RUN_DONE);
}

/* The process dies with everything computed and nothing committed. */
static void a_killed_run_is_done_by_the_next_process(void **state)
{
    int64_t id = queue("PERV-2023");
    int status = 0;

    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        Db *mine = NULL;
        bool found;
        failpoint_init("run.before_commit=exit");
        if (db_open(world.conninfo, &clock_system, &mine, &err) == ERR_OK)
            (void)!run_job_step(mine, &clock_system, &found, &err);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FAILPOINT_EXIT_CODE);
    assert_int_equal(get(id).state, RUN_QUEUED);
    for (int i = 0; i < 100 && get(id).state == RUN_QUEUED; i++) {
        step(); /* the dead one's lock goes with its connection */
        clock_system.sleep_ms(&clock_system, 20);
    }
    assert_int_equal(get(id).state, RUN_DONE);
    assert_int_equal(count_classes(id), WORLD_SCHOOLS);
}

/* A run that hangs does not hold up a stop; when it is let go it ends whole. */
static void a_stop_does_not_wait_for_a_hanging_run(void **state)
{
    const DbScope scope = {0};
    Db *owner = test_pg_owner(&world.pg);
    RunJob *job = NULL;

    (void)state;
    assert_true(run_job_wait(NULL, 0));
    run_job_ask_stop(NULL);
    run_job_stop(NULL);
    ok(db_begin(owner, &scope, &err));
    test_pg_sql(owner, "lock table shans.run_class in exclusive mode");
    int64_t id = queue("PERV-2023");
    ok(run_job_start(world.conninfo, &clock_system, &job, &err));
    test_pg_sql(owner, "do $$ begin for i in 1..1000 loop"
                       " perform from pg_locks where not granted and relation = 'shans.run_class'::regclass;"
                       " if found then return; end if; perform pg_sleep(0.02); end loop;"
                       " raise exception 'the job never came to the lock'; end $$");
    run_job_ask_stop(job);
    assert_false(run_job_wait(job, 200));
    assert_int_equal(get(id).state, RUN_QUEUED);
    db_rollback(owner);
    db_close(owner);
    assert_true(run_job_wait(job, 10000));
    run_job_stop(job);
    assert_int_equal(get(id).state, RUN_DONE);
}

/* Queued while the job sleeps: a notice wakes it. */
static void a_notice_wakes_the_job(void **state)
{
    RunJob *job = NULL;

    (void)state;
    ok(run_job_start(world.conninfo, &clock_system, &job, &err));
    int64_t id = queue("PERV-2023");
    for (int i = 0; i < 400 && get(id).state == RUN_QUEUED; i++)
        clock_system.sleep_ms(&clock_system, 25);
    run_job_stop(job);
    assert_int_equal(get(id).state, RUN_DONE);
}

/* Figures of an absorbed school are added, and still each is found where it was submitted. */
static void a_sum_is_explained_by_its_parts(void **state)
{
    const OrgLinkRow link = {"b-2", "b-1", "2022-09-01", "absorbed", "Учебный приказ"};
    int64_t schools[2], participants = 0;
    ReasonRow *rows;
    OrgChange change;
    OrgRow org;
    size_t count, parts = 0;

    (void)state;
    begin(DB_MODE_WRITE);
    for (int i = 0; i < 2; i++) {
        ok(org_store_find(db, world.schools[2 + i].code, arena, &org, &err));
        schools[i] = org.id;
    }
    ok(org_store_link(db, &link, &change, &err));
    ok(db_commit(db, &err));
    int64_t id = queue("PERV-2023");
    assert_true(step());
    assert_int_equal(get(id).state, RUN_DONE);
    begin(DB_MODE_READ);
    ok(class_store_list_reasons(db, (ClassSet){.run_id = id}, schools[0], arena, &rows, &count, &err));
    db_rollback(db);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].procedure, "VPR.RUS.5") != 0)
            continue;
        int from = rows[i].origin_school_id == schools[0] ? 0 : 1;
        assert_int_equal(rows[i].origin_school_id, schools[from]);
        assert_int_equal(rows[i].submission_id, world.schools[2 + from].submission);
        assert_int_equal(rows[i].participants, world.schools[2 + from].figure);
        participants += rows[i].participants;
        parts++;
    }
    assert_int_equal(parts, 2);
    assert_int_equal(participants, world.schools[2].figure + world.schools[3].figure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_figures_give_the_same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(another_profile_is_another_passport, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_cannot_be_done_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(a_passing_fault_leaves_it_queued, setup, teardown),
        cmocka_unit_test_setup_teardown(a_killed_run_is_done_by_the_next_process, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_does_not_wait_for_a_hanging_run, setup, teardown),
        cmocka_unit_test_setup_teardown(a_notice_wakes_the_job, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sum_is_explained_by_its_parts, setup, teardown),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
