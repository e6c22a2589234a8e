/* The private cluster: starting, surviving kills, refusing what it must. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/store/embedded_place.h"
#include "server/store/migrate.h"
#include "tests/support/pg.h"

static TestPg pg;

static int start_all(void **state)
{
    (void)state;
    test_pg_start(&pg);
    test_pg_migrate(&pg);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    test_pg_stop(&pg);
    return 0;
}

/* Rows of schema_migration, read in a transaction of its own; every failure must be UNAVAILABLE. */
static ErrCode count_rows(Db *db, size_t *ret)
{
    DbScope scope = {.role = DB_ROLE_NONE};
    DbResult *result = NULL;
    Err err = {0};
    ErrCode code = db_begin(db, &scope, &err);

    if (!code)
        code = db_query(db, "migration__list", NULL, &result, &err);
    if (!code) {
        *ret = db_rows(result);
        db_result_free(result);
        code = db_commit(db, &err);
    }
    db_rollback(db);
    assert_true(code == ERR_OK || code == ERR_UNAVAILABLE);
    return code;
}

static void test_settings(void **state)
{
    Db *db = test_pg_owner(&pg);

    (void)state;
    assert_int_not_equal(geteuid(), 0);
    test_pg_sql(db, "do $$ begin"
                    " assert current_setting('data_checksums') = 'on';"
                    " assert current_setting('listen_addresses') = '';"
                    " assert current_setting('fsync') = 'on';"
                    " assert current_setting('synchronous_commit') = 'on';"
                    " assert current_setting('server_encoding') = 'UTF8';"
                    " assert exists (select from pg_collation where collname = 'ru-x-icu');"
                    " end $$");
    db_close(db);
}

static void test_folders_are_closed(void **state)
{
    char path[128];
    struct stat info;

    (void)state;
    snprintf(path, sizeof path, "%s/socket", pg.dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/data", pg.dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
}

static void test_second_start_is_refused(void **state)
{
    Embedded *second = NULL;
    Err err = {0};

    (void)state;
    assert_int_equal(embedded_start(pg.dir, &clock_system, &second, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "EMBEDDED_IN_USE");
    assert_null(second);
}

/* kill -9 of the postmaster: it is started again, and what was committed is there. Its backends live on for a
 * moment, so the old connection may still answer. */
static void test_killed_postgres_comes_back(void **state)
{
    Db *db = test_pg_owner(&pg);
    int64_t from_ms = clock_system.monotonic_ms(&clock_system);
    pid_t pid = embedded_pid(pg.embedded);
    size_t before = 0, after = 0;

    (void)state;
    assert_true(pid > 0);
    assert_int_equal(count_rows(db, &before), ERR_OK);
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (count_rows(db, &after) || embedded_pid(pg.embedded) == pid) {
        assert_true(clock_system.monotonic_ms(&clock_system) - from_ms < 20000);
        clock_system.sleep_ms(&clock_system, 20);
    }
    assert_int_equal(after, before);
    assert_true(before > 0);
    db_close(db);
}

/* A process that uses a cluster of its own and is killed with it running: this program once more, started
 * with
 * "--child DIR". Says "r" on standard output when ready. */
static void child_main(const char *dir)
{
    Embedded *embedded = NULL;
    Db *db = NULL;
    Err err = {0};
    size_t applied;

    if (embedded_start(dir, &clock_system, &embedded, &err) ||
        db_open(embedded_owner_conninfo(embedded), &clock_system, &db, &err) ||
        migrate_apply(db, sql_files, sql_files_count, &clock_system, 0, &applied, &err) ||
        db_script(db, "create table if not exists kept (n int); insert into kept values (1)", &err) ||
        db_script(db, "begin; insert into kept values (1000)", &err))
        _exit(1);
    if (write(STDOUT_FILENO, "r", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void run_and_kill(const char *dir)
{
    int pipes[2], status;
    char byte = 0;
    pid_t pid;

    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(pipes[1], STDOUT_FILENO);
        execl("/proc/self/exe", "test_embedded", "--child", dir, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    close(pipes[0]);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

/* kill -9 of the process, three times: PostgreSQL goes with it, the next start needs no help and lost
 * nothing. */
static void test_killed_parent(void **state)
{
    char dir[] = "/tmp/shans-test-XXXXXX", data[64];
    Embedded *embedded = NULL;
    Db *db = NULL;
    Err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    for (int round = 0; round < 3; round++)
        run_and_kill(dir);
    assert_int_equal(embedded_start(dir, &clock_system, &embedded, &err), ERR_OK);
    assert_int_equal(db_open(embedded_owner_conninfo(embedded), &clock_system, &db, &err), ERR_OK);
    test_pg_sql(db, "do $$ begin assert (select sum(n) from kept) = 3; end $$");
    db_close(db);
    snprintf(data, sizeof data, "%s/data", dir);
    assert_int_equal(embedded_place_running(data), embedded_pid(embedded));
    embedded_stop(embedded);
    assert_int_equal(embedded_place_running(data), 0);
    assert_true(embedded_place_remove(dir));
}

/* initdb interrupted half way leaves data.new: it is thrown away and made again. */
static void test_half_made_cluster(void **state)
{
    char dir[] = "/tmp/shans-test-XXXXXX", path[96];
    Embedded *embedded = NULL;
    Err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/data.new", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/data.new/rubbish", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(embedded_start(dir, &clock_system, &embedded, &err), ERR_OK);
    embedded_stop(embedded);
    assert_int_equal(access(path, F_OK), -1);
    assert_true(embedded_place_remove(dir));
}

/* A stale postmaster.pid that names a live process of someone else is no obstacle. */
static void test_stale_pid_file(void **state)
{
    char dir[] = "/tmp/shans-test-XXXXXX", path[64];
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(embedded_place_running(dir), 0);
    snprintf(path, sizeof path, "%s/postmaster.pid", dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%d\n%s\n", (int)getpid(), dir);
    fclose(file);
    assert_int_equal(embedded_place_running(dir), 0);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("rubbish\n", file);
    fclose(file);
    assert_int_equal(embedded_place_running(dir), 0);
    assert_true(embedded_place_remove(dir));
}

/* Only the eighth line of the pid file of this very server says that it is ready. */
static void test_ready_line(void **state)
{
    static const struct {
        const char *text;
        bool ready;
    } cases[] = {
        {"42\n/d\n1\n5432\n/s\n\n 1 2\nready   \n", true},
        {"42\n/d\n1\n5432\n/s\n\n 1 2\nstarting\n", false},
        {"41\n/d\n1\n5432\n/s\n\n 1 2\nready   \n", false},
        {"42\n/d\n1\n5432\nready\n", false},
        {"42\nready\nready\nready\nready\nready\nready\n", false},
        {"", false},
    };
    char dir[] = "/tmp/shans-test-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_false(embedded_place_ready(dir, 42));
    snprintf(path, sizeof path, "%s/postmaster.pid", dir);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(cases[i].text, file);
        fclose(file);
        assert_int_equal(embedded_place_ready(dir, 42), cases[i].ready);
    }
    assert_true(embedded_place_remove(dir));
}

static void test_closed_parent(void **state)
{
    char dir[] = "/tmp/shans-test-XXXXXX", path[64];
    Embedded *embedded = NULL;
    Err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/below", dir);
    assert_int_equal(chmod(dir, 0600), 0);
    assert_int_equal(embedded_start(path, &clock_system, &embedded, &err), ERR_PERMISSION_DENIED);
    assert_string_equal(err.reason, "EMBEDDED_FOLDER");
    assert_string_equal(err_arg_get(&err, "folder"), dir);
    assert_int_equal(chmod(dir, 0700), 0);
    assert_true(embedded_place_remove(dir));
}

static void test_long_path(void **state)
{
    char dir[160], socket[PLACE_PATH_SIZE], again[PLACE_PATH_SIZE];
    Embedded *embedded = NULL;
    Db *db = NULL;
    Err err = {0};

    (void)state;
    snprintf(dir, sizeof dir, "/tmp/shans-test-long-%d-%0100d", (int)getpid(), 7);
    assert_int_equal(embedded_start(dir, &clock_system, &embedded, &err), ERR_OK);
    assert_int_equal(db_open(embedded_owner_conninfo(embedded), &clock_system, &db, &err), ERR_OK);
    db_close(db);
    embedded_stop(embedded);
    assert_int_equal(embedded_place_socket(dir, socket, sizeof socket, &err), ERR_OK);
    assert_int_equal(strncmp(socket, "/tmp/shans-", 11), 0);
    assert_true(strlen(socket) < 60);
    /* Someone else's way in: a link, or a folder open to others. */
    assert_int_equal(embedded_place_socket(dir, again, sizeof again, &err), ERR_OK);
    assert_string_equal(socket, again);
    assert_int_equal(chmod(socket, 0755), 0);
    assert_int_equal(embedded_place_socket(dir, again, sizeof again, &err), ERR_PERMISSION_DENIED);
    assert_true(embedded_place_remove(socket));
    assert_int_equal(symlink(dir, socket), 0);
    assert_int_equal(embedded_place_socket(dir, again, sizeof again, &err), ERR_PERMISSION_DENIED);
    assert_int_equal(unlink(socket), 0);
    assert_true(embedded_place_remove(dir));
}

/* Named through a link, it is the same cluster: found running, and reached by an administrator's command. */
static void test_reached_through_a_link(void **state)
{
    char dir[] = "/tmp/shans-test-XXXXXX", link[96], data[96], conninfo[PLACE_CONNINFO_SIZE];
    Embedded *embedded = NULL;
    Db *db = NULL;
    Err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(link, sizeof link, "%s/link", pg.dir);
    snprintf(data, sizeof data, "%s/data", dir);
    assert_int_equal(symlink(dir, link), 0);
    assert_int_not_equal(embedded_place_attach(link, "postgres", conninfo, &err), ERR_OK);
    assert_int_equal(embedded_start(link, &clock_system, &embedded, &err), ERR_OK);
    assert_int_equal(embedded_place_running(data), embedded_pid(embedded));
    assert_int_equal(embedded_place_attach(link, "postgres", conninfo, &err), ERR_OK);
    assert_int_equal(db_open(conninfo, &clock_system, &db, &err), ERR_OK);
    db_close(db);
    embedded_stop(embedded);
    assert_int_equal(unlink(link), 0);
    assert_true(embedded_place_remove(dir));
}

static void test_path_that_fits_nowhere(void **state)
{
    char dir[PLACE_PATH_SIZE + 64];
    Embedded *embedded = NULL;
    Err err = {0};

    (void)state;
    memset(dir, 'x', sizeof dir - 1);
    dir[0] = '/';
    dir[sizeof dir - 1] = '\0';
    assert_int_equal(embedded_start(dir, &clock_system, &embedded, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "EMBEDDED_PATH_LONG");
}

static void test_version_text(void **state)
{
    (void)state;
    assert_int_equal(embedded_place_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"),
                     150020);
    assert_int_equal(embedded_place_version("postgres (PostgreSQL) 18.0\n"), 180000);
    assert_int_equal(embedded_place_version("postgres (PostgreSQL) 19devel\n"), 0);
    assert_int_equal(embedded_place_version(""), 0);
    assert_int_equal(embedded_place_version("mysqld 8.0"), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_folders_are_closed),
        cmocka_unit_test(test_second_start_is_refused),
        cmocka_unit_test(test_killed_postgres_comes_back),
        cmocka_unit_test(test_killed_parent),
        cmocka_unit_test(test_half_made_cluster),
        cmocka_unit_test(test_stale_pid_file),
        cmocka_unit_test(test_ready_line),
        cmocka_unit_test(test_closed_parent),
        cmocka_unit_test(test_long_path),
        cmocka_unit_test(test_reached_through_a_link),
        cmocka_unit_test(test_path_that_fits_nowhere),
        cmocka_unit_test(test_version_text),
    };

    if (argc == 3 && strcmp(argv[1], "--child") == 0)
        child_main(argv[2]);
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
