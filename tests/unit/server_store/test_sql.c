/* Runs tests/sql: constraints and policies of the migrated schema, each script in a transaction that is
 * rolled back. Then what SQL cannot say: every named constraint exists, and scopes hold over prepared
 * statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/store/db_error.h"
#include "server/store/sql_text.h"
#include "tests/support/pg.h"

static TestPg pg;

static char *read_script(const char *name)
{
    enum { ROOM = 1 << 17 };
    char path[128];
    char *text = calloc(1, ROOM);
    FILE *file;

    snprintf(path, sizeof path, "tests/sql/%s.sql", name);
    file = fopen(path, "r");
    assert_true(file && text);
    assert_in_range(fread(text, 1, ROOM - 1, file), 1, ROOM - 2);
    fclose(file);
    return text;
}

static int start_all(void **state)
{
    char *fixture;
    Db *db;

    (void)state;
    test_pg_start(&pg);
    test_pg_migrate(&pg);
    db = test_pg_owner(&pg);
    fixture = read_script("fixture");
    test_pg_sql(db, fixture);
    free(fixture);
    db_close(db);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    test_pg_stop(&pg);
    return 0;
}

static void test_script(void **state)
{
    const char *name = *state;
    DbScope scope = {.role = DB_ROLE_NONE};
    Db *db = test_pg_owner(&pg);
    char *script = read_script(name);
    Err err = {0};
    ErrCode code;

    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    code = db_script(db, script, &err);
    if (code)
        print_error("%s: %s\n", name, db_last_message(db));
    db_rollback(db);
    db_close(db);
    free(script);
    assert_int_equal(code, ERR_OK);
}

/* A name in constraints.c that no longer exists would silently lose its sentence. */
static void test_named_constraints_exist(void **state)
{
    Db *db = test_pg_owner(&pg);

    (void)state;
    for (size_t i = 0; i < db_constraints_count; i++) {
        char sql[512];

        snprintf(sql, sizeof sql,
                 "do $$ begin assert exists (select from pg_constraint where conname = '%s')"
                 " or exists (select from pg_class where relname = '%s')"
                 " or exists (select from pg_trigger where tgname = '%s'), '%s'; end $$",
                 db_constraints[i].name, db_constraints[i].name, db_constraints[i].name,
                 db_constraints[i].name);
        test_pg_sql(db, sql);
    }
    db_close(db);
}

/* Utility statements cannot be prepared by PREPARE; they have no tables to get wrong. */
static bool is_query(const char *sql)
{
    static const char *const words[] = {"select", "insert", "update", "delete", "with", "merge", "values"};

    while (strncmp(sql, "--", 2) == 0)
        sql = strchr(sql, '\n') + 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(sql, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

/* Each embedded statement is found by its name and fits the migrated schema. */
static void test_every_statement_prepares(void **state)
{
    Db *db = test_pg_owner(&pg);
    size_t prepared = 0;

    (void)state;
    for (size_t i = 0; i < sql_files_count; i++) {
        const char *name = sql_files[i].name + strlen("queries/"), *text = (const char *)sql_files[i].data;
        char key[96], *sql;
        size_t index = 0;

        if (strncmp(sql_files[i].name, "queries/", 8) != 0)
            continue;
        snprintf(key, sizeof key, "%.*s", (int)(strlen(name) - strlen(".sql")), name);
        assert_ptr_equal(sql_text_get(key, &index), text);
        assert_int_equal(index, i);
        if (!is_query(text))
            continue;
        sql = calloc(1, sql_files[i].size + 32);
        assert_non_null(sql);
        snprintf(sql, sql_files[i].size + 32, "prepare p%zu as\n%s", i, text);
        test_pg_sql(db, sql);
        free(sql);
        prepared++;
    }
    assert_true(prepared > 50);
    db_close(db);
}

static size_t count_orgs(Db *db, const DbScope *scope)
{
    DbResult *result = NULL;
    DbParams params;
    Err err = {0};
    size_t rows;

    db_params_init(&params);
    db_param_int64(&params, 0);
    db_param_int64(&params, 0);
    db_param_text(&params, "2023-09-01");
    db_param_text(&params, "");
    db_param_int64(&params, 100);
    assert_int_equal(db_begin(db, scope, &err), ERR_OK);
    assert_int_equal(db_query(db, "org__list", &params, &result, &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    db_params_done(&params);
    rows = db_rows(result);
    db_result_free(result);
    return rows;
}

/* One connection, one prepared statement, a thousand changes of role. */
static void test_prepared_statements_keep_scopes_apart(void **state)
{
    static const int64_t eleven[] = {11}, above[] = {1, 2};
    static const struct {
        DbScope scope;
        size_t rows;
    } cases[] = {
        {{.role = DB_ROLE_SCHOOL, .school_ids = eleven, .school_count = 1}, 1},
        {{.role = DB_ROLE_REGION, .region = true}, 7},
        {{.role = DB_ROLE_SCHOOL,
          .school_ids = eleven,
          .school_count = 1,
          .above_ids = above,
          .above_count = 2},
         3},
        {{.role = DB_ROLE_DISTRICT, .district_id = 3}, 3},
        {{.role = DB_ROLE_SCHOOL}, 0},
        {{.role = DB_ROLE_AUDITOR, .region = true, .mode = DB_MODE_SNAPSHOT}, 7},
        {{.role = DB_ROLE_DISTRICT}, 0},
        {{.role = DB_ROLE_WRITER, .district_id = 2}, 3},
        {{.role = DB_ROLE_REGION}, 0},
    };
    Db *db = test_pg_app(&pg);

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(count_orgs(db, &cases[i % 9].scope), cases[i % 9].rows);
    db_close(db);
}

#define SCRIPT(name)                                                                                         \
    {                                                                                                        \
        name, test_script, NULL, NULL, (void *)name                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRIPT("structure"),
        SCRIPT("visibility"),
        SCRIPT("writes"),
        SCRIPT("probes"),
        SCRIPT("alternation"),
        SCRIPT("constraints"),
        SCRIPT("insert_only"),
        cmocka_unit_test(test_named_constraints_exist),
        cmocka_unit_test(test_every_statement_prepares),
        cmocka_unit_test(test_prepared_statements_keep_scopes_apart),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
