/* Tables in partitions: a filled database of the release before is converted without losing a row, a right or
 * a rule; partitions for the years to come are made; rows of unexpected years have a place; an old partition
 * goes without touching the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "server/store/migrate.h"
#include "tests/support/pg.h"

enum { PREVIOUS = 5, FILES_MAX = 1024 };

static TestPg pg;
static Db *owner;

static Db *open_as(const char *user, const char *database)
{
    char conninfo[TEST_CONNINFO_SIZE];
    Db *db = NULL;
    Err err = {0};

    test_pg_conninfo(&pg, user, database, conninfo);
    assert_int_equal(db_open(conninfo, &clock_system, &db, &err), ERR_OK);
    return db;
}

/* Applies the migrations numbered up to `last`. */
static void migrate_to(int last)
{
    static EmbedFile files[FILES_MAX];
    size_t count = 0, applied = 0;
    Err err = {0};

    for (size_t i = 0; i < sql_files_count; i++) {
        int number = 0;
        if (sscanf(sql_files[i].name, "migrations/%4d_", &number) == 1 && number <= last)
            files[count++] = sql_files[i];
    }
    if (migrate_apply(owner, files, count, &clock_system, 0, &applied, &err))
        fail_msg("%s %s: %s", err.reason, err.args[0].value, db_last_message(owner));
}

/* Two districts, 40 schools, ten years of forms in two revisions each, their facts, and ten years of audit.
 */
static const char fill[] =
    "insert into shans.org (id, code, kind, parent_id, district_id) overriding system value values"
    " (1, 'r', 1, null, null), (2, 'a', 2, 1, 2), (3, 'b', 2, 1, 3);"
    "insert into shans.org (id, code, kind, parent_id, district_id) overriding system value"
    " select 100 + n, 's' || n, 3, 2 + n % 2, 2 + n % 2 from generate_series(1, 40) n;"
    "insert into shans.principal (id, login, role, org_id) overriding system value values (1, 'p', 4, 1);"
    "insert into shans.submission (school_id, district_id, form_code, form_version, period, source, state, "
    "revision,"
    " content_hash, changed_at, changed_by, submitted_at, submitted_by)"
    " select id, district_id, 'f', 1, year::text, 1, 5, 2, decode(repeat('00', 32), 'hex'), now(), 1, now(), "
    "1"
    " from shans.org, generate_series(2014, 2023) year where kind = 3;"
    "update shans.submission set accepted_revision = 2, accepted_at = now(), accepted_by = 1;"
    "insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id, "
    "district_id, kind,"
    " number, author_id, at) select id, revision.n, 'main', 'r' || cell.n, 'f', school_id, district_id, 1,"
    " id * cell.n, 1, now() from shans.submission, generate_series(1, 2) revision (n), generate_series(1, "
    "12) cell (n);"
    "insert into shans.fact_result select school_id, district_id, period::integer, 'ege.' || n, 1, true, 10, "
    "3, id, 2"
    " from shans.submission, generate_series(1, 5) n;"
    "insert into shans.audit_log (at, login, role, method)"
    " select make_timestamptz(year, 5, 5, 5, 5, 5), 'p', 4, 'm' from generate_series(2015, 2026) year,"
    " generate_series(1, 20);"
    "insert into shans.methodology (code, version, hash, compiled, title_ru, title_en, stored_at)"
    " values ('M', 1, '\\x01', '\\x02', 'М', 'M', now());"
    "insert into shans.run (methodology_code, methodology_version, year, state, started_by, created_at)"
    " select 'M', 1, 2023, 2, 1, now() from generate_series(1, 250);"
    "insert into shans.run_class (run_id, school_id, district_id, status, branches, flags, reliable)"
    " select run.id, org.id, district_id, 1, 0, 0, true from shans.run, shans.org where kind = 3 and run.id "
    "% 50 = 0;"
    "insert into shans.run_procedure (run_id, school_id, district_id, procedure, year, participants, below, "
    "low, risk,"
    " reliable, wilson_low_ppm, wilson_high_ppm, source, submission_id, revision, origin_school_id)"
    " select run_id, school_id, district_id, 'ege', 2023, 10, 3, true, false, true, 0, 0, 1, 1, 1, school_id"
    " from shans.run_class;";

/* What must be the same before and after, a line each: rows (without what the conversion adds), columns,
 * checks, foreign keys, triggers, policies and grants of the tables that are converted. */
static const char picture[] =
    "create table %s as"
    " select 'cell ' || (to_jsonb(c) - 'year')::text as line from shans.cell_revision c"
    " union all select 'fact ' || to_jsonb(f)::text from shans.fact_result f"
    " union all select 'audit ' || to_jsonb(a)::text from shans.audit_log a"
    " union all select 'reason ' || to_jsonb(r)::text from shans.run_procedure r"
    " union all select 'policy ' || concat_ws(' ', tablename, policyname, roles, cmd, qual, with_check) from "
    "pg_policies"
    "  where tablename in ('cell_revision', 'fact_result', 'audit_log', 'run_procedure')"
    " union all select 'column ' || concat_ws(' ', relname, attname, format_type(atttypid, atttypmod), "
    "attnotnull,"
    "  attidentity, attacl, (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and "
    "adnum = attnum))"
    "  from pg_attribute join pg_class on pg_class.oid = attrelid where attnum > 0 and attname <> 'year' and"
    "  relnamespace = 'shans'::regnamespace and relname in ('cell_revision', 'fact_result', 'audit_log', "
    "'run_procedure')"
    " union all select 'constraint ' || concat_ws(' ', relname, conname, "
    "pg_get_constraintdef(pg_constraint.oid))"
    "  from pg_constraint join pg_class on pg_class.oid = conrelid where contype in ('c', 'f') and conname "
    "<> 'cell_of_school'"
    "  and relnamespace = 'shans'::regnamespace and relname in ('cell_revision', 'fact_result', 'audit_log', "
    "'run_procedure')"
    " union all select 'trigger ' || pg_get_triggerdef(pg_trigger.oid) from pg_trigger join pg_class on "
    "pg_class.oid = tgrelid"
    "  where not tgisinternal and"
    "  relnamespace = 'shans'::regnamespace and relname in ('cell_revision', 'fact_result', 'audit_log', "
    "'run_procedure')"
    " union all select 'grant ' || concat_ws(' ', relname, grantee::regrole, privilege_type) from pg_class,"
    "  aclexplode(relacl) where relnamespace = 'shans'::regnamespace and"
    "  relname in ('cell_revision', 'fact_result', 'audit_log', 'run_procedure')"
    " union all select 'index ' || regexp_replace(pg_get_indexdef(indexrelid), 'ON (ONLY )?', '') from "
    "pg_index"
    "  join pg_class on pg_class.oid = indrelid where not indisprimary and relnamespace = "
    "'shans'::regnamespace and"
    "  relname in ('cell_revision', 'fact_result', 'audit_log', 'run_procedure')"
    " union all select 'security ' || concat_ws(' ', relname, relrowsecurity, relforcerowsecurity, "
    "relowner::regrole)"
    "  from pg_class where relnamespace = 'shans'::regnamespace and"
    "  relname in ('cell_revision', 'fact_result', 'audit_log', 'run_procedure')";

static void take_picture(const char *table)
{
    char text[sizeof picture + 64];
    size_t before = (size_t)(strstr(picture, "%s") - picture);

    snprintf(text, sizeof text, "%.*s%s%s", (int)before, picture, table, picture + before + 2);
    test_pg_sql(owner, text);
}

/* Fails with the message of the assertion. */
static void check(const char *sql)
{
    char text[2048];

    snprintf(text, sizeof text, "do $$ begin %s end $$", sql);
    test_pg_sql(owner, text);
}

static int start_all(void **state)
{
    (void)state;
    test_pg_start(&pg);
    test_pg_database(&pg, "previous");
    owner = open_as("postgres", "previous");
    migrate_to(PREVIOUS);
    test_pg_sql(owner, fill);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    db_close(owner);
    test_pg_stop(&pg);
    return 0;
}

static void test_conversion(void **state)
{
    (void)state;
    migrate_to(9);
    take_picture("before_it");
    migrate_to(MIGRATE_MAX);
    take_picture("after_it");
    check("assert (select count(*) from before_it where line like 'cell %') = 9600;"
          "assert (select count(*) from before_it where line like 'policy %') > 10;"
          "assert (select count(*) from before_it where line like 'reason %') = 200;");
    check("assert not exists (select line from before_it except all select line from after_it),"
          " (select line from before_it except all select line from after_it limit 1);");
    check(
        "assert not exists (select line from after_it where line ~ '^(cell|fact|audit|reason|grant|column) '"
        " except all select line from before_it);");
    /* in their places */
    check("assert (select count(*) from shans.cell_revision_2023) = 960;"
          "assert (select count(*) from shans.cell_revision_rest) = (select count(*) from "
          "shans.cell_revision where"
          " year < extract(year from now()) - 6);"
          "assert (select bool_and(year = left(period, 4)::integer) from shans.cell_revision join "
          "shans.submission s"
          " on s.id = submission_id);"
          "assert (select count(*) from shans.fact_result_2023) = 200;"
          "assert (select count(*) from shans.run_procedure_1) = 80;");
    /* the next audit row gets the next number */
    check("insert into shans.audit_log (login, role, method) values ('x', 1, 'm');"
          "assert (select max(id) filter (where login = 'x') > max(id) filter (where login = 'p') from "
          "shans.audit_log);");
    /* a school still takes its figures along */
    check("update shans.org set parent_id = 3, district_id = 3 where id = 102;"
          "assert (select bool_and(district_id = 3) and count(*) = 240 from shans.cell_revision where "
          "school_id = 102);"
          "assert (select bool_and(district_id = 3) and count(*) = 50 from shans.fact_result where school_id "
          "= 102);");
}

static void refused(const char *sql, const char *state)
{
    char text[1024];

    snprintf(text, sizeof text,
             "begin %s; assert false, 'went through'; exception when others then assert sqlstate = '%s', "
             "sqlerrm; end;",
             sql, state);
    check(text);
}

static void test_cells_need_their_submission(void **state)
{
    static const char *const wrong[] = {
        "select 999999, 9, 's', 'r', 'f', 101, 3, 1, 1, 1, now(), 2023",
        "select id, 9, 's', 'r', 'f', school_id + 1, district_id, 1, 1, 1, now(), 2023 from shans.submission"
        " where period = '2023' and school_id = 101",
        "select id, 9, 's', 'r', 'f', school_id, 2, 1, 1, 1, now(), 2023 from shans.submission"
        " where period = '2023' and school_id = 101",
        "select id, 9, 's', 'r', 'f', school_id, district_id, 1, 1, 1, now(), 2022 from shans.submission"
        " where period = '2023' and school_id = 101",
    };
    char sql[512];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(sql, sizeof sql, "insert into shans.cell_revision %s", wrong[i]);
        refused(sql, "23503");
    }
    /* one bad row among good ones spoils the statement */
    refused("insert into shans.cell_revision select id, 9, 's', 'r', 'f', school_id, case when school_id = "
            "120 then 3"
            " else district_id end, 1, 1, 1, now(), 2023 from shans.submission where period = '2023'",
            "23503");
    check("insert into shans.cell_revision select id, 9, 's', 'r', 'f', school_id, district_id, 1, 1, 1, "
          "now(), 2023"
          " from shans.submission where period = '2023';");
    refused("delete from shans.submission where period = '2020'", "23001");
    refused("truncate shans.audit_log", "23001");
    refused("truncate shans.cell_revision_2023", "23001");
}

static int64_t make(int year)
{
    Db *app = open_as("shans_app", "previous");
    int64_t made = -1;
    Err err = {0};

    if (migrate_make_partitions(app, year, &made, &err))
        fail_msg("%s: %s", err.reason, db_last_message(app));
    db_close(app);
    return made;
}

static void test_ahead(void **state)
{
    (void)state;
    assert_true(make(2040) > 0);
    assert_int_equal(make(2040), 0);
    check("insert into shans.audit_log (at, login, role, method) values ('2041-06-01', 'x', 1, 'm'),"
          " ('2099-06-01', 'x', 1, 'm'), ('1999-06-01', 'x', 1, 'm');"
          "assert (select count(*) from shans.audit_log_2041) = 1;"
          "assert (select count(*) from shans.audit_log_rest where login = 'x') = 2;");
    /* rows that came before their partition stay where they are */
    check("insert into shans.audit_log (at, login, role, method) values ('2045-06-01', 'y', 1, 'm');");
    assert_true(make(2044) > 0);
    check("assert to_regclass('shans.audit_log_2044') is not null and to_regclass('shans.audit_log_2045') is "
          "null;"
          "assert (select count(*) from shans.audit_log where login = 'y') = 1;");
    /* runs: by hundreds, two ahead of the last number */
    check("perform setval('shans.run_id_seq', 12345);");
    assert_true(make(2044) > 0);
    check("assert to_regclass('shans.run_procedure_125') is not null and "
          "to_regclass('shans.run_procedure_126') is null;");
}

/* As the administrator's guide tells it. */
static void test_old_partition_goes(void **state)
{
    (void)state;
    check("create temp table kept as select count(*) as n from shans.fact_result where year <> 2022;"
          "alter table shans.fact_result detach partition shans.fact_result_2022; drop table "
          "shans.fact_result_2022;"
          "assert (select count(*) from shans.fact_result) = (select n from kept);");
    assert_true(make(2026) >= 1);
    check("insert into shans.fact_result select school_id, district_id, 2022, 'ege.9', 1, true, 10, 3, id, 2 "
          "from"
          " shans.submission where period = '2022'; assert (select count(*) from shans.fact_result_2022) = "
          "40;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversion),
        cmocka_unit_test(test_cells_need_their_submission),
        cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_old_partition_goes),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
