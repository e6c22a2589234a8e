/* The connection when PostgreSQL dies, hangs, or cannot say what became of a commit. */
#include "tests/unit/server_store/statements.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/store/db.h"
#include "tests/support/pg.h"

static TestPg pg;
static Db *db, *other;

static int64_t now_ms(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

static int start_all(void **state)
{
    Db *owner;

    (void)state;
    load_statements();
    test_pg_start(&pg);
    owner = test_pg_owner(&pg);
    test_pg_sql(owner, "create table item (id bigint primary key, name text not null)");
    /* A row named 'suicide' takes its own session away while the transaction commits. */
    test_pg_sql(owner,
                "create function end_session() returns trigger language plpgsql as $$ begin"
                " perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return null; end $$;"
                "create constraint trigger at_commit after insert on item deferrable initially deferred"
                " for each row when (new.name = 'suicide') execute function end_session()");
    test_pg_sql(owner,
                "create function clash() returns trigger language plpgsql as $$ begin"
                " raise exception 'clash' using errcode = '40001'; end $$;"
                "create constraint trigger clash_at_commit after insert on item deferrable initially deferred"
                " for each row when (new.name = 'clash') execute function clash()");
    db_close(owner);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    test_pg_stop(&pg);
    return 0;
}

static int open_both(void **state)
{
    (void)state;
    other = test_pg_owner(&pg);
    /* A test that failed in the middle must not leave the next one waiting for a standby for ever. */
    test_pg_sql(other, "set synchronous_commit = local");
    test_pg_sql(other, "alter system reset synchronous_standby_names");
    test_pg_sql(other, "select pg_reload_conf()");
    test_pg_sql(other, "truncate item");
    db = test_pg_owner(&pg);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    db_close(db);
    db_close(other);
    return 0;
}

static ErrCode begin(int64_t limit_ms, Err *err)
{
    DbScope scope = {.role = DB_ROLE_NONE, .deadline_ms = limit_ms ? now_ms() + limit_ms : 0};

    return db_begin(db, &scope, err);
}

static ErrCode insert(int64_t id, const char *name, Err *err)
{
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    db_param_int64(&params, id);
    db_param_text(&params, name);
    code = db_exec(db, "test__insert", &params, NULL, err);
    db_params_done(&params);
    return code;
}

static ErrCode try_ask(Db *whom, const char *name, int64_t *ret)
{
    DbResult *result = NULL;
    Err err = {0};
    ErrCode code = db_query(whom, name, NULL, &result, &err);

    if (!code)
        *ret = db_get_int64(result, 0, 0);
    db_result_free(result);
    assert_true(code == ERR_OK || code == ERR_UNAVAILABLE);
    return code;
}

static int64_t ask(Db *whom, const char *name)
{
    int64_t number = 0;

    assert_int_equal(try_ask(whom, name, &number), ERR_OK);
    return number;
}

/* While PostgreSQL comes back: sessions of the one that was killed still answer for a moment, then break. */
static int64_t ask_until_answered(Db *whom, const char *name)
{
    int64_t number = 0, until_ms = now_ms() + 20000;

    while (try_ask(whom, name, &number)) {
        db_rollback(whom);
        assert_true(now_ms() < until_ms);
        clock_system.sleep_ms(&clock_system, 10);
    }
    return number;
}

/* Ends the session of db, from outside. */
static void end_session(pid_t pid)
{
    char sql[100];

    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d, 5000)", (int)pid);
    test_pg_sql(other, sql);
}

static void test_no_server(void **state)
{
    Db *none = NULL;
    Err err = {0};

    (void)state;
    assert_int_equal(db_open("host=/nowhere user=postgres", &clock_system, &none, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "DATABASE_GONE");
    assert_true(err.retry_delay_ms > 0);
    assert_int_equal(db_open("host=127.0.0.1 port=1 user=postgres", &clock_system, &none, &err),
                     ERR_UNAVAILABLE);
    assert_int_equal(db_open("this is not a connection string", &clock_system, &none, &err), ERR_UNAVAILABLE);
    assert_null(none);
}

/* Ended while idle: the next begin opens a new connection and prepares anew; nobody notices. */
static void test_ended_while_idle(void **state)
{
    Err err = {0};
    pid_t pid = (pid_t)ask(db, "test__backend");

    (void)state;
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(1, "before", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    end_session(pid);
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(2, "after", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    end_session((pid_t)ask(db, "test__backend"));
    assert_int_equal(ask(db, "test__count"), 2);
    end_session((pid_t)ask(db, "test__backend"));
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    assert_int_equal(db_send(db, "test__count", NULL, &err), ERR_OK);
    assert_int_equal(db_pipeline_end(db, NULL, 0, NULL, &err), ERR_OK);
}

/* Ended inside a transaction: UNAVAILABLE until db_rollback, nothing stored, then well again. */
static void test_ended_in_transaction(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(1, "lost", &err), ERR_OK);
    end_session((pid_t)ask(db, "test__backend"));
    assert_int_equal(insert(2, "lost", &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "DATABASE_GONE");
    assert_int_equal(insert(3, "lost", &err), ERR_UNAVAILABLE);
    assert_int_equal(db_pipeline_begin(db, &err), ERR_UNAVAILABLE);
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "DATABASE_GONE"); /* COMMIT was never sent: certainly not stored */
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(4, "kept", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    assert_int_equal(ask(db, "test__count"), 1);
}

static void test_ended_in_pipeline(void **state)
{
    DbScope scope = {.role = DB_ROLE_NONE};
    DbResult *results[3];
    DbParams params;
    size_t failed = 77;
    pid_t pid = embedded_pid(pg.embedded);
    Err err = {0};

    (void)state;
    assert_true(pid > 0);
    db_params_init(&params);
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    db_param_int64(&params, 1);
    db_param_text(&params, "x");
    assert_int_equal(db_send(db, "test__insert", &params, &err), ERR_OK);
    assert_int_equal(kill(pid, SIGINT), 0); /* fast shutdown; it is started again */
    while (embedded_pid(pg.embedded) == pid)
        clock_system.sleep_ms(&clock_system, 10);
    if (db_send(db, "test__count", NULL, &err) == ERR_OK)
        assert_int_equal(db_pipeline_end(db, results, 3, &failed, &err), ERR_UNAVAILABLE);
    db_rollback(db);
    db_params_done(&params);
    assert_int_equal(ask_until_answered(db, "test__count"), 0);
}

/* The connection breaks after COMMIT was sent: nobody can say, so nobody may say OK or failed. */
static void test_ended_at_commit(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(1, "suicide", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTCOME_UNKNOWN");
    assert_true(err.retry_delay_ms > 0);
    assert_false(db_in_transaction(db));
    assert_int_equal(ask(db, "test__count"), 0);
}

static void test_refused_at_commit(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(1, "clash", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_ABORTED);
    assert_string_equal(err.reason, "DATABASE_CONFLICT");
    assert_int_equal(ask(db, "test__count"), 0);
}

/* ---- deadlines ---- */

static ErrCode sleep_in_database(double seconds, Err *err)
{
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    db_param_double(&params, seconds);
    code = db_exec(db, "test__sleep", &params, NULL, err);
    db_params_done(&params);
    return code;
}

/* The server's own timeout ends the statement, and the connection lives on. */
static void test_deadline(void **state)
{
    pid_t pid = (pid_t)ask(db, "test__backend");
    int64_t from_ms = now_ms();
    Err err = {0};

    (void)state;
    assert_int_equal(begin(150, &err), ERR_OK);
    assert_int_equal(insert(1, "never", &err), ERR_OK);
    assert_int_equal(sleep_in_database(20, &err), ERR_DEADLINE_EXCEEDED);
    assert_string_equal(err.reason, "DATABASE_DEADLINE");
    assert_in_range(now_ms() - from_ms, 100, 1150);
    db_rollback(db);
    assert_int_equal(ask(db, "test__backend"), pid);
    assert_int_equal(ask(db, "test__count"), 0);
    assert_int_equal(begin(-5, &err), ERR_DEADLINE_EXCEEDED);
    assert_false(db_in_transaction(db));
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(sleep_in_database(0.2, &err), ERR_OK);
    db_rollback(db);
}

/* A server that hangs does not hold the caller: the connection is given up. */
static void test_hanging_server(void **state)
{
    pid_t pid = (pid_t)ask(db, "test__backend");
    int64_t from_ms = now_ms();
    Err err = {0};

    (void)state;
    assert_int_equal(begin(150, &err), ERR_OK);
    assert_int_equal(insert(1, "never", &err), ERR_OK);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(insert(2, "never", &err), ERR_DEADLINE_EXCEEDED);
    assert_in_range(now_ms() - from_ms, 150, 1150);
    db_rollback(db);
    assert_int_equal(ask(db, "test__count"), 0);
    assert_int_equal(kill(pid, SIGCONT), 0);
}

static void test_hanging_commit(void **state)
{
    pid_t pid = (pid_t)ask(db, "test__backend");
    int64_t from_ms = now_ms();
    Err err = {0};

    (void)state;
    assert_int_equal(begin(150, &err), ERR_OK);
    assert_int_equal(insert(1, "who knows", &err), ERR_OK);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTCOME_UNKNOWN");
    assert_in_range(now_ms() - from_ms, 150, 1150);
    assert_int_equal(kill(pid, SIGCONT), 0);
    while (ask(other, "test__count") == 0)
        clock_system.sleep_ms(&clock_system, 10); /* it did commit */
}

/* ---- a synchronous standby that does not answer ---- */

/* Whether a commit waits for a standby now. */
static bool waits(Db *probe)
{
    DbScope scope = {.role = DB_ROLE_NONE, .deadline_ms = now_ms() + 200};
    Err err = {0};

    return db_begin(probe, &scope, &err) || db_confirm(probe, &err);
}

/* The checkpointer is the last to hear of the setting, and the one that counts. */
static void wait_for_standby(bool on)
{
    char sql[100];
    Db *probe = test_pg_owner(&pg);

    snprintf(sql, sizeof sql, "alter system set synchronous_standby_names = '%s'", on ? "nobody" : "");
    test_pg_sql(other, "set synchronous_commit = local");
    test_pg_sql(other, sql);
    test_pg_sql(other, "select pg_reload_conf()");
    for (int i = 0; waits(probe) != on; i++) {
        assert_true(i < 500);
        db_rollback(probe);
        clock_system.sleep_ms(&clock_system, 10);
    }
    db_close(probe);
}

/* Cancelled while it waits, COMMIT comes back as success with a warning. That is not a success. */
static void test_cancelled_wait_for_standby(void **state)
{
    char sql[200];
    Err err = {0};
    pid_t pid = (pid_t)ask(db, "test__backend"), helper;
    int status = -1;

    (void)state;
    wait_for_standby(true);
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(1, "on one machine only", &err), ERR_OK);
    test_pg_sql(other,
                "create or replace function cancel_waiter(pid integer) returns void language plpgsql as $$"
                " begin for i in 1..500 loop"
                " exit when exists (select from pg_stat_activity a where a.pid = cancel_waiter.pid and"
                " wait_event = 'SyncRep'); perform pg_sleep(0.01); perform pg_stat_clear_snapshot();"
                " end loop; perform pg_cancel_backend(pid); end $$");
    helper = fork();
    if (helper == 0) {
        char conninfo[TEST_CONNINFO_SIZE];
        Db *mine = NULL;

        test_pg_conninfo(&pg, "postgres", "shans", conninfo);
        snprintf(sql, sizeof sql, "select cancel_waiter(%d)", (int)pid);
        _exit(db_open(conninfo, &clock_system, &mine, &err) || db_script(mine, sql, &err));
    }
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTCOME_UNKNOWN");
    assert_int_equal(waitpid(helper, &status, 0), helper);
    assert_int_equal(status, 0);
    assert_int_equal(ask(other, "test__count"), 1);
    wait_for_standby(false);
    assert_int_equal(begin(0, &err), ERR_OK);
    assert_int_equal(insert(2, "sure", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK); /* the doubt was about the other one */
}

/* What somebody committed is safe to tell once the standby has it; to read it is not enough. */
static void test_confirm(void **state)
{
    int64_t from_ms = 0;
    ErrCode code = ERR_OK;
    Err err = {0};

    (void)state;
    wait_for_standby(true);
    for (int i = 0; i < 200 && code == ERR_OK;
         i++) { /* the checkpointer is the last to hear of the setting */
        from_ms = now_ms();
        assert_int_equal(begin(10000, &err), ERR_OK);
        code = db_confirm(db, &err);
    }
    assert_int_equal(code, ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTCOME_UNKNOWN");
    assert_in_range(now_ms() - from_ms, 900, 2500);
    assert_false(db_in_transaction(db));
    wait_for_standby(false);
    assert_int_equal(begin(10000, &err), ERR_OK);
    assert_int_equal(db_confirm(db, &err), ERR_OK);
    DbScope scope = {.role = DB_ROLE_NONE, .mode = DB_MODE_READ};
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_int_equal(db_confirm(db, &err), ERR_OK);
}

/* Given up, a session that waits for the standby goes away by itself: it is asked to. */
static void test_abandoned_session_ends(void **state)
{
    pid_t pid = (pid_t)ask(db, "test__backend");
    char sql[320];
    Err err = {0};

    (void)state;
    wait_for_standby(true);
    assert_int_equal(begin(150, &err), ERR_OK);
    assert_int_equal(insert(1, "x", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    snprintf(
        sql, sizeof sql,
        "do $$ begin for i in 1..500 loop exit when not exists (select from pg_stat_activity where pid = %d);"
        " perform pg_sleep(0.01); perform pg_stat_clear_snapshot(); end loop;"
        " assert not exists (select from pg_stat_activity where pid = %d); end $$",
        (int)pid, (int)pid);
    test_pg_sql(other, sql);
    wait_for_standby(false);
}

/* statement_timeout does not fire in that wait: the deadline must hold all the same. */
static void test_deadline_while_waiting_for_standby(void **state)
{
    int64_t from_ms;
    Err err = {0};

    (void)state;
    wait_for_standby(true);
    assert_int_equal(begin(200, &err), ERR_OK);
    assert_int_equal(insert(1, "x", &err), ERR_OK);
    from_ms = now_ms();
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTCOME_UNKNOWN");
    assert_true(now_ms() - from_ms < 1200);
    wait_for_standby(false);
}

/* ---- 20 restarts under a writer: only UNAVAILABLE, and what was acknowledged is there once ---- */

/* Numbers *number+1 .. +5, each in a transaction of its own. */
static void write_five(int64_t *number, int64_t *acknowledged, int64_t *unknown)
{
    for (int i = 0; i < 5; i++) {
        Err err = {0};

        ++*number;
        if (begin(10000, &err) || insert(*number, "load", &err) || db_commit(db, &err)) {
            assert_int_equal(err.code, ERR_UNAVAILABLE);
            *unknown += strcmp(err.reason, "OUTCOME_UNKNOWN") == 0;
            db_rollback(db);
            clock_system.sleep_ms(&clock_system, 10);
        } else {
            ++*acknowledged;
        }
    }
}

/* In turn: the whole server at once (immediate or by kill -9), or one session, upon which all end and it
 * recovers. */
static bool kill_something(int round)
{
    int64_t backend = 0;
    pid_t pid = embedded_pid(pg.embedded);

    if (pid && round % 4 == 3)
        return kill(pid, round % 8 == 3 ? SIGKILL : SIGQUIT) == 0;
    return try_ask(db, "test__backend", &backend) == ERR_OK && kill((pid_t)backend, SIGKILL) == 0;
}

static void test_kills_under_load(void **state)
{
    int64_t acknowledged = 0, unknown = 0, number = 0, kills = 0, stored;

    (void)state;
    for (int round = 0; round < 20; round++) {
        write_five(&number, &acknowledged, &unknown);
        kills += kill_something(round);
        ask_until_answered(db, "test__count");
    }
    assert_true(acknowledged >= 50);
    assert_true(kills >= 10);
    stored = ask_until_answered(db, "test__count");
    assert_in_range(stored, acknowledged, acknowledged + unknown);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_server),
        CASE(test_ended_while_idle),
        CASE(test_ended_in_transaction),
        CASE(test_ended_at_commit),
        CASE(test_refused_at_commit),
        CASE(test_deadline),
        CASE(test_hanging_server),
        CASE(test_hanging_commit),
        CASE(test_cancelled_wait_for_standby),
        CASE(test_confirm),
        CASE(test_abandoned_session_ends),
        CASE(test_deadline_while_waiting_for_standby),
        CASE(test_ended_in_pipeline),
        CASE(test_kills_under_load),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
