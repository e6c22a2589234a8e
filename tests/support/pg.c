/* Owns the private cluster of a test program. Invariant: nothing is left in /tmp after test_pg_stop.
 * Must not be used by two threads at once. */
#include "tests/support/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypto/crypto.h"
#include "server/store/embedded_place.h"
#include "server/store/migrate.h"

static void check(ErrCode code, const Err *err, const char *what)
{
    if (code)
        fail_msg("%s: %s %s (%s)", what, err_code_name(code), err->reason,
                 err->arg_count ? err->args[0].value : "");
}

void test_pg_start(TestPg *pg)
{
    Err err = {0};

    assert_true(crypto_init());
    snprintf(pg->dir, sizeof pg->dir, "/tmp/shans-test-XXXXXX");
    assert_non_null(mkdtemp(pg->dir));
    check(embedded_drop_root(pg->dir, &err), &err, "drop root");
    prctl(PR_SET_DUMPABLE, 1); /* sanitizers look at their own process */
    check(embedded_start(pg->dir, &clock_system, &pg->embedded, &err), &err, "start");
}

void test_pg_stop(TestPg *pg)
{
    embedded_stop(pg->embedded);
    pg->embedded = NULL;
    embedded_place_remove(pg->dir);
}

void test_pg_conninfo(const TestPg *pg, const char *user, const char *database, char *to)
{
    snprintf(to, TEST_CONNINFO_SIZE, "host=%s/socket port=5432 user=%s dbname=%s", pg->dir, user, database);
}

static Db *open_as(TestPg *pg, const char *user)
{
    char conninfo[TEST_CONNINFO_SIZE];
    Err err = {0};
    Db *db = NULL;

    test_pg_conninfo(pg, user, "shans", conninfo);
    check(db_open(conninfo, &clock_system, &db, &err), &err, user);
    return db;
}

Db *test_pg_owner(TestPg *pg)
{
    return open_as(pg, "postgres");
}

Db *test_pg_app(TestPg *pg)
{
    return open_as(pg, "shans_app");
}

void test_pg_sql(Db *db, const char *sql)
{
    Err err = {0};

    if (db_script(db, sql, &err))
        fail_msg("%.60s: %s", sql, db_last_message(db));
}

void test_pg_database(TestPg *pg, const char *name)
{
    char sql[128];
    Db *db = test_pg_owner(pg);

    snprintf(sql, sizeof sql, "create database %s", name);
    test_pg_sql(db, sql);
    db_close(db);
}

void test_pg_migrate(TestPg *pg)
{
    Err err = {0};
    size_t applied = 0;
    Db *db = test_pg_owner(pg);

    check(migrate_apply(db, sql_files, sql_files_count, &clock_system, 0, &applied, &err), &err, "migrate");
    db_close(db);
}
