/* Migrations: from empty, twice, changed, newer, locked, and killed behind every statement. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/failpoint.h"
#include "common/core/text.h"
#include "server/store/migrate.h"
#include "tests/support/pg.h"

#define TEXT(sql) ((const unsigned char *)(sql)), sizeof(sql) - 1

static TestPg pg;
static Db *db;
static char conninfo[TEST_CONNINFO_SIZE];
static int database_number;

static int start_all(void **state)
{
    (void)state;
    test_pg_start(&pg);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    test_pg_stop(&pg);
    return 0;
}

static Db *open_again(void)
{
    Db *fresh = NULL;
    Err err = {0};

    assert_int_equal(db_open(conninfo, &clock_system, &fresh, &err), ERR_OK);
    return fresh;
}

/* Each test has a database of its own. */
static int open_empty(void **state)
{
    char name[32];

    (void)state;
    snprintf(name, sizeof name, "test_%d", ++database_number);
    test_pg_database(&pg, name);
    test_pg_conninfo(&pg, "postgres", name, conninfo);
    db = open_again();
    return 0;
}

static int close_empty(void **state)
{
    (void)state;
    failpoint_init(NULL);
    db_close(db);
    return 0;
}

static const EmbedFile small[] = {
    {"migrations/0001_first.sql", TEXT("create table one (n int); insert into one values (1)")},
    {"migrations/0002_second.sql", TEXT("create table two (n int); insert into two values (2)")},
    {"migrations/0003_third.sql", TEXT("create table three (n int)")},
    {"queries/0004_not_a_migration.sql", TEXT("select 1")},
};

static ErrCode apply_within(const EmbedFile *files, size_t count, int64_t limit_ms, size_t *ret, Err *err)
{
    return migrate_apply(db, files, count, &clock_system, clock_system.monotonic_ms(&clock_system) + limit_ms,
                         ret, err);
}

static ErrCode apply(const EmbedFile *files, size_t count, size_t *ret, Err *err)
{
    return apply_within(files, count, 20000, ret, err);
}

static void check(const char *condition)
{
    char sql[512];

    snprintf(sql, sizeof sql, "do $$ begin assert (%s); end $$", condition);
    test_pg_sql(db, sql);
}

static void test_from_empty_and_again(void **state)
{
    MigrateStatus status = {0};
    size_t applied = 99;
    Err err = {0};

    (void)state;
    assert_int_equal(migrate_check(db, small, 4, &status, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_MISSING");
    assert_string_equal(err_arg_get(&err, "migration"), "0001_first");
    assert_int_equal(status.known, 3);
    assert_int_equal(status.applied, 0);
    assert_int_equal(apply(small, 2, &applied, &err), ERR_OK);
    assert_int_equal(applied, 2);
    check("(select count(*) from one) = 1 and (select count(*) from two) = 1");
    assert_int_equal(migrate_check(db, small, 4, &status, &err), ERR_FAILED_PRECONDITION);
    assert_int_equal(status.applied, 2);
    assert_int_equal(apply(small, 4, &applied, &err), ERR_OK);
    assert_int_equal(applied, 1);
    assert_int_equal(apply(small, 4, &applied, &err), ERR_OK);
    assert_int_equal(applied, 0);
    assert_int_equal(migrate_check(db, small, 4, &status, &err), ERR_OK);
    assert_int_equal(status.newest, 3);
    check("(select string_agg(number || ' ' || name, ',' order by number) from shans.schema_migration)"
          " = '1 0001_first,2 0002_second,3 0003_third'");
}

static void test_changed_text(void **state)
{
    static const EmbedFile changed[] = {
        {"migrations/0001_first.sql", TEXT("create table one (n int); insert into one values (2)")},
        {"migrations/0002_second.sql", TEXT("create table two (n int); insert into two values (2)")},
    };
    MigrateStatus status = {0};
    size_t applied = 99;
    Err err = {0};

    (void)state;
    assert_int_equal(apply(small, 1, &applied, &err), ERR_OK);
    assert_int_equal(apply(changed, 2, &applied, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_CHANGED");
    assert_string_equal(err_arg_get(&err, "migration"), "0001_first");
    assert_int_equal(applied, 0);
    assert_int_equal(migrate_check(db, changed, 2, &status, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_CHANGED");
    check("to_regclass('two') is null");
}

static void test_newer_database(void **state)
{
    size_t applied = 99;
    Err err = {0};

    (void)state;
    assert_int_equal(apply(small, 3, &applied, &err), ERR_OK);
    assert_int_equal(apply(small, 2, &applied, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_NEWER");
    assert_string_equal(err_arg_get(&err, "migration"), "0003_third");
}

static void test_gaps(void **state)
{
    static const EmbedFile from_two[] = {{"migrations/0002_second.sql", TEXT("select 1")}};
    size_t applied = 99;
    Err err = {0};

    (void)state;
    assert_int_equal(apply(from_two, 1, &applied, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_GAP");
    assert_int_equal(apply(small, 3, &applied, &err), ERR_OK);
    test_pg_sql(db, "delete from shans.schema_migration where number = 2");
    assert_int_equal(apply(small, 3, &applied, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_GAP");
}

/* A statement that fails takes its whole migration back, and not the ones before. */
static void test_failing_migration(void **state)
{
    static const EmbedFile broken[] = {
        {"migrations/0001_first.sql", TEXT("create table one (n int); insert into one values (1)")},
        {"migrations/0002_second.sql",
         TEXT("create table two (n int); select nonsense; create table four ()")},
    };
    size_t applied = 99;
    Err err = {0};

    (void)state;
    assert_int_equal(apply(broken, 2, &applied, &err), ERR_INTERNAL);
    assert_string_equal(err.reason, "MIGRATION_FAILED");
    assert_string_equal(err_arg_get(&err, "migration"), "0002_second");
    assert_int_equal(err.arg_count, 1);
    assert_int_equal(applied, 1);
    check("to_regclass('one') is not null and to_regclass('two') is null");
    assert_int_equal(apply(small, 3, &applied, &err), ERR_OK);
    assert_int_equal(applied, 2);
}

/* ---- locks ---- */

static void test_another_runner(void **state)
{
    Db *other = open_again();
    size_t applied = 99;
    Err err = {0};

    (void)state;
    test_pg_sql(other, "select pg_advisory_lock(495672454771)");
    assert_int_equal(apply_within(small, 3, 500, &applied, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "MIGRATION_LOCKED");
    assert_int_equal(applied, 0);
    db_close(other);
    assert_int_equal(apply(small, 3, &applied, &err), ERR_OK);
    assert_int_equal(applied, 3);
}

/* Waits until someone waits for a lock on table "one", holds on for longer than a lock_timeout, lets go. */
static void *let_go_later(void *context)
{
    Db *holder = context;
    Err err = {0};

    while (db_script(
        holder,
        "do $$ begin assert exists (select from pg_locks where relation = 'one'::regclass and not granted);"
        " exception when assert_failure then raise exception using errcode = '40001'; end $$",
        &err)) {
        if (err.code != ERR_ABORTED)
            return NULL;
        test_pg_sql(holder, "rollback to before_look");
        clock_system.sleep_ms(&clock_system, 20);
    }
    clock_system.sleep_ms(&clock_system, 3300);
    test_pg_sql(holder, "commit");
    return NULL;
}

/* lock_timeout ends the wait, nothing stays half done; the next tries go on until the lock is free. */
static void test_locked_table(void **state)
{
    static const EmbedFile altering[] = {
        {"migrations/0001_first.sql", TEXT("create table one (n int); insert into one values (1)")},
        {"migrations/0002_second.sql", TEXT("create table two (n int); alter table one add m int")},
    };
    Db *holder = open_again();
    pthread_t thread;
    size_t applied = 99;
    int64_t from_ms;
    Err err = {0};

    (void)state;
    assert_int_equal(apply(altering, 1, &applied, &err), ERR_OK);
    test_pg_sql(holder, "begin");
    test_pg_sql(holder, "lock table one in share mode; savepoint before_look");
    assert_int_equal(apply_within(altering, 2, 1000, &applied, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "MIGRATION_LOCKED");
    assert_string_equal(err_arg_get(&err, "migration"), "0002_second");
    check("to_regclass('two') is null");
    from_ms = clock_system.monotonic_ms(&clock_system);
    assert_int_equal(pthread_create(&thread, NULL, let_go_later, holder), 0);
    assert_int_equal(apply(altering, 2, &applied, &err), ERR_OK);
    assert_int_equal(applied, 1);
    assert_true(clock_system.monotonic_ms(&clock_system) - from_ms >= 3000);
    pthread_join(thread, NULL);
    db_close(holder);
    check("to_regclass('two') is not null");
}

/* ---- interrupted anywhere ---- */

/* Everything the catalogue says about the schema, as one hash. */
static const char *schema_hash(char *to)
{
    static const char sql[] =
        "create or replace function pg_temp.schema_hash() returns text language sql as $$ select md5("
        "coalesce((select string_agg(format('%s %s %s %s', n.nspname, c.relname, c.relkind, c.relacl), ';' "
        "order by"
        " n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = "
        "'shans'"
        " or nspname = 'public'), '') ||"
        "coalesce((select string_agg(format('%s %s %s %s %s', attrelid::regclass, attname, "
        "format_type(atttypid, atttypmod), "
        "attnotnull, attacl),"
        " ';' order by attrelid::regclass::text, attnum) from pg_attribute join pg_class c on c.oid = "
        "attrelid join"
        " pg_namespace n on n.oid = relnamespace where nspname = 'shans'), '') ||"
        "coalesce((select string_agg(conrelid::regclass || conname || pg_get_constraintdef(oid), ';' order by"
        " conrelid::regclass::text, conname) from pg_constraint), '') ||"
        "coalesce((select string_agg(tablename || policyname || roles::text || cmd || coalesce(qual, '') ||"
        " coalesce(with_check, ''), ';' order by tablename, policyname) from pg_policies), '') ||"
        "coalesce((select string_agg(proname || prosrc, ';' order by proname) from pg_proc join pg_namespace "
        "n on n.oid"
        " = pronamespace where nspname = 'shans'), '') ||"
        "coalesce((select string_agg(tgname || tgrelid::regclass, ';' order by tgname, "
        "tgrelid::regclass::text) from"
        " pg_trigger where not tgisinternal), '') ||"
        "(select count(*) from pg_index where not indisvalid)) $$";
    Db *fresh = open_again();
    DbNotice notice;
    bool got = false;
    Err err = {0};

    test_pg_sql(fresh, sql);
    test_pg_sql(fresh, "listen hash; do $$ begin perform pg_notify('hash', pg_temp.schema_hash()); end $$");
    assert_int_equal(db_notice_wait(fresh, 5000, &notice, &got, &err), ERR_OK);
    assert_true(got);
    text_copy(to, 64, notice.payload);
    db_close(fresh);
    return to;
}

/* The offset behind each top-level statement: ; outside quotes, dollar quotes and comments. */
static size_t statement_end(const char *sql, size_t from)
{
    for (size_t i = from; sql[i]; i++) {
        if (sql[i] == ';')
            return i + 1;
        if (sql[i] == '\'' && strchr(sql + i + 1, '\''))
            i = (size_t)(strchr(sql + i + 1, '\'') - sql);
        else if (strncmp(sql + i, "--", 2) == 0 && strchr(sql + i, '\n'))
            i = (size_t)(strchr(sql + i, '\n') - sql);
        else if (strncmp(sql + i, "$$", 2) == 0 && strstr(sql + i + 2, "$$"))
            i = (size_t)(strstr(sql + i + 2, "$$") - sql) + 1;
    }
    return 0;
}

/* The session dies behind the statement that ends at `end`, as if its process was killed there. */
static void interrupt_at(const EmbedFile *files, size_t count, size_t which, size_t end)
{
    static const char death[] = " select pg_terminate_backend(pg_backend_pid());";
    EmbedFile *cut = calloc(count, sizeof *cut);
    char *text = calloc(1, end + sizeof death);
    size_t applied = 99;
    Err err = {0};

    assert_true(cut && text);
    memcpy(cut, files, count * sizeof *cut);
    memcpy(text, files[which].data, end);
    memcpy(text + end, death, sizeof death);
    cut[which].data = (const unsigned char *)text;
    cut[which].size = strlen(text);
    assert_int_equal(apply(cut, count, &applied, &err), ERR_UNAVAILABLE);
    assert_int_equal(applied, 0);
    free(text);
    free(cut);
}

static size_t count_migrations(void)
{
    size_t count = 0;

    while (count < sql_files_count && text_starts(sql_files[count].name, "migrations/"))
        count++;
    return count;
}

static void test_killed_behind_every_statement(void **state)
{
    size_t count = count_migrations(), interrupted = 0, applied = 0;
    char clean[64], before[64], after[64];
    Err err = {0};

    (void)state;
    assert_true(count > 0);
    assert_int_equal(apply(sql_files, count, &applied, &err), ERR_OK);
    schema_hash(clean);
    close_empty(NULL);
    open_empty(NULL);
    test_pg_sql(db, "select 1");
    for (size_t which = 0; which < count; which++) {
        const char *sql = (const char *)sql_files[which].data;

        if (which == 0) /* the record's own table is there from the first run on, whatever happens then */
            assert_int_equal(apply(sql_files, 0, &applied, &err), ERR_OK);
        schema_hash(before);
        for (size_t end = statement_end(sql, 0); end; end = statement_end(sql, end)) {
            interrupt_at(sql_files, which + 1, which, end);
            interrupted++;
        }
        assert_string_equal(schema_hash(after), before);
        assert_int_equal(apply(sql_files, which + 1, &applied, &err), ERR_OK);
        assert_int_equal(applied, 1);
    }
    assert_true(interrupted > 50);
    assert_string_equal(schema_hash(after), clean);
}

/* A failpoint in each step, as an error and as the end of the process. */
static void test_failpoints(void **state)
{
    static const char *const points[] = {"migrate.before_script", "migrate.before_record",
                                         "migrate.before_commit", "migrate.after_commit"};
    size_t applied = 0;
    Err err = {0};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char spec[64];
        int status = 0;
        pid_t pid;

        snprintf(spec, sizeof spec, "%s=error", points[i]);
        failpoint_init(spec);
        assert_int_equal(apply(small, 3, &applied, &err), ERR_UNAVAILABLE);
        assert_string_equal(err.reason, "FAILPOINT");
        failpoint_init(NULL);
        pid = fork();
        if (pid == 0) {
            snprintf(spec, sizeof spec, "%s=exit", points[i]);
            failpoint_init(spec);
            db = open_again();
            _exit(apply(small, 3, &applied, &err) == ERR_OK ? 0 : 1);
        }
        waitpid(pid, &status, 0);
        assert_int_equal(WEXITSTATUS(status), 42);
    }
    assert_int_equal(apply(small, 3, &applied, &err), ERR_OK);
    check("(select count(*) from one) = 1 and (select count(*) from two) = 1 and"
          " (select count(*) from shans.schema_migration) = 3");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_empty, close_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_from_empty_and_again),
        CASE(test_changed_text),
        CASE(test_newer_database),
        CASE(test_gaps),
        CASE(test_failing_migration),
        CASE(test_another_runner),
        CASE(test_locked_table),
        CASE(test_failpoints),
        CASE(test_killed_behind_every_statement),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
