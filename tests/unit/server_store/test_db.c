/* The connection when all is well, and when statements are wrong: values, scopes, streams, pipelines, the
 * pool. */
#include "tests/unit/server_store/statements.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/core/text.h"
#include "server/store/db.h"
#include "server/store/db_pool.h"
#include "server/store/sql_text.h"
#include "tests/support/pg.h"

static TestPg pg;
static Db *db;

static int start_all(void **state)
{
    Db *owner;

    (void)state;
    load_statements();
    test_pg_start(&pg);
    owner = test_pg_owner(&pg);
    test_pg_sql(owner,
                "create role shans_writer; create role shans_school;"
                "create role shans_app login noinherit in role shans_writer, shans_school;"
                "create table item (id bigint constraint item_key primary key, name text not null);"
                "grant select, insert, update on item to shans_writer; grant select on item to shans_app");
    db_close(owner);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    test_pg_stop(&pg);
    return 0;
}

static int open_db(void **state)
{
    Db *owner = test_pg_owner(&pg);

    (void)state;
    test_pg_sql(owner, "truncate item");
    db_close(owner);
    db = test_pg_app(&pg);
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static void begin_as(DbRole role)
{
    DbScope scope = {.role = role};
    Err err = {0};

    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
}

static void add_item(DbParams *params, int64_t id, const char *name)
{
    db_params_clear(params);
    db_param_int64(params, id);
    db_param_text(params, name);
}

static ErrCode insert(int64_t id, const char *name, Err *err)
{
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    add_item(&params, id, name);
    code = db_exec(db, "test__insert", &params, NULL, err);
    db_params_done(&params);
    return code;
}

static int64_t count_items(void)
{
    DbResult *result = NULL;
    Err err = {0};
    int64_t count;

    assert_int_equal(db_query(db, "test__count", NULL, &result, &err), ERR_OK);
    count = db_get_int64(result, 0, 0);
    db_result_free(result);
    return count;
}

/* ---- values ---- */

static DbResult *echo(const int64_t *number, bool flag, const char *text, const char *bytes, size_t size,
                      const uint8_t *id, int64_t time_ms, double real, const char *day)
{
    DbParams params;
    DbResult *result = NULL;
    Err err = {0};

    db_params_init(&params);
    db_param_int64_or_null(&params, number);
    db_param_bool(&params, flag);
    db_param_text(&params, text);
    db_param_bytes(&params, bytes, size);
    db_param_uuid(&params, id);
    db_param_time(&params, time_ms);
    db_param_double(&params, real);
    db_param_text(&params, day);
    assert_int_equal(db_query(db, "test__echo", &params, &result, &err), ERR_OK);
    db_params_done(&params);
    assert_int_equal(db_rows(result), 1);
    return result;
}

static void test_values_come_back(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, INT64_MAX, INT64_MIN, 4294967296};
    static const int64_t times[] = {
        0, 1, -1, 946684800000, 946684799999, 1763764800123, -2208988800000, 951782400000};
    static const uint8_t id[16] = {1, 0, 2, 255, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0};
    static const char bytes[] = {0, 'a', '\\', 0, (char)0xff};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        DbResult *result = echo(&numbers[i], i % 2 == 0, "Школа «Луч», 'x' \\ \"", bytes, sizeof bytes, id,
                                times[i], 0.1, "2026-02-28");
        char text[32];
        size_t size;

        assert_true(db_get_int64(result, 0, 0) == numbers[i]);
        assert_int_equal(db_get_bool(result, 0, 1), i % 2 == 0);
        assert_string_equal(db_get_text(result, 0, 2), "Школа «Луч», 'x' \\ \"");
        assert_memory_equal(db_get_bytes(result, 0, 3, &size), bytes, sizeof bytes);
        assert_int_equal(size, sizeof bytes);
        assert_memory_equal(db_get_uuid(result, 0, 4), id, 16);
        assert_true(db_get_time(result, 0, 5) == times[i]);
        assert_true(db_get_double(result, 0, 6) == 0.1);
        assert_int_equal(db_get_day(result, 0, 7), 20512);
        snprintf(text, sizeof text, "%lld", (long long)numbers[i]);
        assert_string_equal(db_get_text(result, 0, 8), text);
        assert_int_equal(db_get_int64(result, 0, 10), 7);
        assert_int_equal(db_get_int64(result, 0, 11), -7);
        db_result_free(result);
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        DbResult *result = echo(NULL, false, "", bytes, 0, id, times[i], -1e300, "1969-12-31");

        assert_true(db_get_time(result, 0, 5) == times[i]);
        assert_true(db_get_double(result, 0, 6) == -1e300);
        assert_int_equal(db_get_day(result, 0, 7), -1);
        db_result_free(result);
    }
}

static void test_time_text(void **state)
{
    DbResult *result = echo(NULL, false, "", "", 0, NULL, 951827696789, 0, "2000-01-01");

    (void)state;
    assert_string_equal(db_get_text(result, 0, 9), "2000-02-29 12:34:56.789+00");
    db_result_free(result);
}

static void test_nulls(void **state)
{
    DbResult *result = echo(NULL, false, NULL, NULL, 0, NULL, 0, 0, NULL);
    size_t size = 1;

    (void)state;
    assert_true(db_is_null(result, 0, 0));
    assert_false(db_is_null(result, 0, 1));
    assert_int_equal(db_get_int64(result, 0, 0), 0);
    assert_string_equal(db_get_text(result, 0, 2), "");
    assert_non_null(db_get_bytes(result, 0, 3, &size));
    assert_int_equal(size, 0);
    assert_null(db_get_uuid(result, 0, 4));
    assert_int_equal(db_get_day(result, 0, 7), 0);
    db_result_free(result);
}

static void test_arrays(void **state)
{
    static const int64_t numbers[] = {INT64_MIN, 5, 0};
    static const bool nulls[] = {false, true, false}, flags[] = {true, false};
    static const char *const texts[] = {"a,b", NULL, "", "q\"q", "b\\s", "NULL", "{}", "да\n"};
    static const char one[] = {0, 1, (char)0xab};
    static const void *const blobs[] = {one, NULL, ""};
    static const size_t sizes[] = {3, 0, 0};
    static const uint8_t ids[1][16] = {{0xaa, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
    DbResult *result = NULL;
    DbParams params;
    Err err = {0};
    int64_t got[4] = {9, 9, 9, 9};

    (void)state;
    db_params_init(&params);
    db_param_int64_array(&params, numbers, nulls, 3);
    db_param_text_array(&params, texts, 8);
    db_param_bytes_array(&params, blobs, sizes, 3);
    db_param_uuid_array(&params, ids, 1);
    db_param_bool_array(&params, flags, 2);
    db_param_time_array(&params, numbers, (const bool[]){true, false, false}, 3);
    assert_int_equal(db_query(db, "test__arrays", &params, &result, &err), ERR_OK);
    assert_string_equal(db_get_text(result, 0, 0), "-9223372036854775808,-,0");
    assert_string_equal(db_get_text(result, 0, 1), "a,b|-||q\"q|b\\s|NULL|{}|да\n");
    assert_string_equal(db_get_text(result, 0, 2), "\\x0001ab,\\x");
    assert_string_equal(db_get_text(result, 0, 3), "aa010203-0405-0607-0809-0a0b0c0d0e0f");
    assert_string_equal(db_get_text(result, 0, 4), "t,f");
    assert_string_equal(db_get_text(result, 0, 5), "-,1970-01-01 00:00:00.005+00,1970-01-01 00:00:00+00");
    assert_int_equal(db_get_int64_array(result, 0, 6, got, 4), 3);
    assert_true(got[0] == INT64_MIN && got[1] == 0 && got[2] == 0 && got[3] == 9);
    assert_int_equal(db_get_int64_array(result, 0, 7, got, 2), 3);
    assert_true(got[0] == 7 && got[1] == 0 && got[2] == 0);
    assert_int_equal(db_get_int64_array(result, 0, 8, got, 4), 0);
    assert_int_equal(db_get_int64_array(result, 0, 9, got, 4), 0);
    db_result_free(result);
    db_params_clear(&params);
    db_param_int64_array(&params, NULL, NULL, 0);
    db_param_text_array(&params, NULL, 0);
    db_param_bytes_array(&params, NULL, NULL, 0);
    db_param_uuid_array(&params, NULL, 0);
    db_param_bool_array(&params, NULL, 0);
    db_param_time_array(&params, NULL, NULL, 0);
    assert_int_equal(db_query(db, "test__arrays", &params, &result, &err), ERR_OK);
    assert_string_equal(db_get_text(result, 0, 1), "");
    db_result_free(result);
    db_params_done(&params);
}

static void test_too_many_parameters(void **state)
{
    DbParams params;
    Err err = {0};

    (void)state;
    db_params_init(&params);
    for (int i = 0; i < DB_PARAMS_MAX + 3; i++)
        db_param_int64(&params, i);
    assert_true(params.failed);
    assert_int_equal(db_exec(db, "test__insert", &params, NULL, &err), ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "MEMORY_LIMIT");
    db_params_clear(&params);
    assert_false(params.failed);
    db_params_done(&params);
    assert_int_equal(count_items(), 0);
}

static void test_names(void **state)
{
    size_t index = 99;

    (void)state;
    assert_non_null(sql_text_get("db__begin", &index));
    assert_int_equal(index, 0);
    assert_non_null(sql_text_get("test__wrong", &index));
    assert_int_equal(index, sql_files_count - 1);
    assert_null(sql_text_get("db__begi", &index));
    assert_null(sql_text_get("", &index));
    for (size_t i = 1; i < sql_files_count; i++)
        assert_true(strcmp(sql_files[i - 1].name, sql_files[i].name) < 0);
}

/* ---- transactions ---- */

static void check_context(const char *const *expected)
{
    DbResult *result = NULL;
    Err err = {0};

    assert_int_equal(db_query(db, "test__context", NULL, &result, &err), ERR_OK);
    for (size_t i = 0; expected[i]; i++)
        assert_string_equal(db_get_text(result, 0, i), expected[i]);
    db_result_free(result);
}

static void test_scope(void **state)
{
    static const int64_t schools[] = {11, 12}, above[] = {1, 2};
    DbScope scope = {.role = DB_ROLE_WRITER,
                     .principal_id = 7,
                     .district_id = 3,
                     .school_ids = schools,
                     .school_count = 2,
                     .above_ids = above,
                     .above_count = 2};
    Err err = {0};

    (void)state;
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_true(db_in_transaction(db));
    check_context((const char *const[]){"shans_writer", "7", "3", "", "{11,12}", "{1,2}", "off",
                                        "read committed", "0", NULL});
    scope = (DbScope){.role = DB_ROLE_WRITER, .region = true, .principal_id = 8};
    assert_int_equal(db_set_scope(db, &scope, &err), ERR_OK);
    check_context((const char *const[]){"shans_writer", "8", "", "on", "{}", "{}", "off", NULL});
    assert_int_equal(db_commit(db, &err), ERR_OK);
    assert_false(db_in_transaction(db));
    check_context((const char *const[]){"shans_app", "", "", "", "", "", "off", NULL});
    scope = (DbScope){.role = DB_ROLE_SCHOOL, .mode = DB_MODE_SNAPSHOT};
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    check_context(
        (const char *const[]){"shans_school", "", "", "", "{}", "{}", "on", "repeatable read", "0", NULL});
    db_rollback(db);
    scope = (DbScope){.role = DB_ROLE_WRITER, .mode = DB_MODE_SNAPSHOT_WRITE};
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    check_context(
        (const char *const[]){"shans_writer", "", "", "", "{}", "{}", "off", "repeatable read", "0", NULL});
    db_rollback(db);
    scope = (DbScope){.role = DB_ROLE_NONE,
                      .mode = DB_MODE_READ,
                      .deadline_ms = clock_system.monotonic_ms(&clock_system) + 60000};
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    check_context((const char *const[]){"shans_app", "", "", "", "{}", "{}", "on", "read committed", NULL});
    db_rollback(db);
    db_rollback(db);
}

static void test_role_not_granted(void **state)
{
    DbScope scope = {.role = DB_ROLE_JOBS}; /* does not exist in this cluster */
    Err err = {0};

    (void)state;
    assert_int_not_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_false(db_in_transaction(db));
    assert_string_equal(db_role_name(DB_ROLE_JOBS), "shans_jobs");
    assert_string_equal(db_role_name(DB_ROLE_NONE), "");
    assert_string_equal(db_role_name((DbRole)99), "");
    for (int i = 1; i < DB_ROLE_COUNT; i++)
        assert_true(text_starts(db_role_name((DbRole)i), "shans_"));
    begin_as(DB_ROLE_WRITER);
    db_rollback(db);
}

static void test_commit_and_rollback(void **state)
{
    Err err = {0};

    (void)state;
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(1, "one", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(2, "two", &err), ERR_OK);
    db_rollback(db);
    assert_int_equal(count_items(), 1);
}

static void test_touched_rows(void **state)
{
    DbParams params;
    int64_t rows = -1;
    Err err = {0};

    (void)state;
    begin_as(DB_ROLE_WRITER);
    for (int64_t i = 1; i <= 5; i++)
        assert_int_equal(insert(i, "x", &err), ERR_OK);
    db_params_init(&params);
    add_item(&params, 3, "y");
    assert_int_equal(db_exec(db, "test__update", &params, &rows, &err), ERR_OK);
    assert_int_equal(rows, 3);
    add_item(&params, 30, "y");
    assert_int_equal(db_exec(db, "test__update", &params, &rows, &err), ERR_OK);
    assert_int_equal(rows, 0);
    db_params_done(&params);
    assert_int_equal(db_commit(db, &err), ERR_OK);
}

/* The error says what kind it is; the server's words stay with db_last_message. */
static void test_failed_statement(void **state)
{
    Err err = {0};

    (void)state;
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(1, "secret name", &err), ERR_OK);
    assert_int_equal(insert(1, "secret name", &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "DATABASE_CONSTRAINT");
    assert_int_equal(err.arg_count, 0);
    assert_non_null(strstr(db_last_message(db), "item_key"));
    assert_int_equal(insert(2, "after", &err), ERR_INTERNAL);
    db_rollback(db);
    assert_int_equal(count_items(), 0);
    begin_as(DB_ROLE_SCHOOL);
    assert_int_equal(insert(3, "forbidden", &err), ERR_PERMISSION_DENIED);
    assert_string_equal(err.reason, "ROW_FORBIDDEN");
    db_rollback(db);
    assert_int_equal(insert(INT64_MAX, NULL, &err), ERR_PERMISSION_DENIED);
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(db_exec(db, "test__wrong", NULL, NULL, &err), ERR_INTERNAL);
    assert_string_equal(err.reason, "DATABASE_STATEMENT");
    db_rollback(db);
    assert_int_equal(db_exec(db, "test__wrong", NULL, NULL, &err), ERR_INTERNAL);
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(4, "\xff", &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "DATABASE_VALUE");
    db_rollback(db);
}

static void test_commit_after_failure(void **state)
{
    Err err = {0};

    (void)state;
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(1, "kept?", &err), ERR_OK);
    assert_int_not_equal(insert(1, "twice", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_INTERNAL);
    assert_false(db_in_transaction(db));
    assert_int_equal(count_items(), 0);
}

static void test_read_only(void **state)
{
    DbScope scope = {.role = DB_ROLE_WRITER, .mode = DB_MODE_READ};
    Err err = {0};

    (void)state;
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_int_equal(insert(1, "x", &err), ERR_UNAVAILABLE);
    db_rollback(db);
    assert_int_equal(count_items(), 0);
}

/* ---- streams ---- */

typedef struct Sum {
    int64_t rows, sum, stop_at;
} Sum;

static ErrCode add_row(void *context, const DbResult *row, Err *err)
{
    Sum *sum = context;

    assert_int_equal(db_rows(row), 1);
    sum->rows++;
    sum->sum += db_get_int64(row, 0, 0);
    return sum->rows == sum->stop_at ? err_set(err, ERR_OUT_OF_RANGE, "ENOUGH") : ERR_OK;
}

static ErrCode stream(const char *name, int64_t rows, Sum *sum, Err *err)
{
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    db_param_int64(&params, rows);
    code = db_each(db, name, &params, add_row, sum, err);
    db_params_done(&params);
    return code;
}

static void test_each(void **state)
{
    Sum sum = {0};
    Err err = {0};

    (void)state;
    assert_int_equal(stream("test__series", 100000, &sum, &err), ERR_OK);
    assert_int_equal(sum.rows, 100000);
    assert_true(sum.sum == 5000050000);
    sum = (Sum){0};
    assert_int_equal(stream("test__series", 0, &sum, &err), ERR_OK);
    assert_int_equal(sum.rows, 0);
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(stream("test__series", 10, &sum, &err), ERR_OK);
    assert_int_equal(insert(1, "beside a stream", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    assert_int_equal(count_items(), 1);
}

static void test_each_stopped(void **state)
{
    Sum sum = {.stop_at = 5};
    Err err = {0};

    (void)state;
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(stream("test__series", 1000000, &sum, &err), ERR_OUT_OF_RANGE);
    assert_string_equal(err.reason, "ENOUGH");
    assert_int_equal(sum.rows, 5);
    assert_int_equal(insert(1, "x", &err), ERR_UNAVAILABLE);
    assert_int_equal(db_commit(db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "DATABASE_GONE");
    assert_int_equal(count_items(), 0);
}

static void test_each_fails_half_way(void **state)
{
    Sum sum = {0};
    Err err = {0};

    (void)state;
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(stream("test__series_fails", 2000, &sum, &err), ERR_INVALID_ARGUMENT);
    assert_true(sum.rows < 1000);
    db_rollback(db);
    assert_int_equal(stream("test__wrong", 1, &sum, &err), ERR_INTERNAL);
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(1, "x", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
}

/* ---- pipelines ---- */

/* Inserts 1..count in one pipeline with its own begin; bad (if not 0) is given the key 1 again. */
static ErrCode pipeline(int64_t count, int64_t bad, DbResult **results, size_t room, size_t *ret_failed,
                        Err *err)
{
    DbScope scope = {.role = DB_ROLE_WRITER, .principal_id = 1};
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    assert_int_equal(db_pipeline_begin(db, err), ERR_OK);
    assert_int_equal(db_begin(db, &scope, err), ERR_OK);
    for (int64_t i = 1; i <= count; i++) {
        scope.principal_id = i;
        assert_int_equal(db_set_scope(db, &scope, err), ERR_OK);
        add_item(&params, i == bad ? 1 : i, "item");
        assert_int_equal(db_send(db, "test__insert_returning", &params, err), ERR_OK);
    }
    db_params_done(&params);
    code = db_pipeline_end(db, results, room, ret_failed, err);
    return code;
}

static void test_pipeline(void **state)
{
    DbResult *results[64];
    size_t failed = 77;
    Err err = {0};

    (void)state;
    assert_int_equal(pipeline(64, 0, results, 64, &failed, &err), ERR_OK);
    assert_int_equal(failed, 77);
    check_context((const char *const[]){"shans_writer", "64", NULL});
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(db_get_int64(results[i], 0, 0), i + 1);
        db_result_free(results[i]);
    }
    assert_int_equal(db_commit(db, &err), ERR_OK);
    assert_int_equal(count_items(), 64);
}

static void test_pipeline_bad_row(void **state)
{
    DbResult *results[32];
    size_t failed = 77;
    Err err = {0};

    (void)state;
    assert_int_equal(pipeline(32, 20, results, 32, &failed, &err), ERR_FAILED_PRECONDITION);
    assert_int_equal(failed, 19);
    for (size_t i = 0; i < 32; i++)
        assert_null(results[i]);
    db_rollback(db);
    assert_int_equal(count_items(), 0);
    assert_int_equal(pipeline(19, 0, results, 5, NULL, &err), ERR_OK);
    for (size_t i = 0; i < 5; i++)
        db_result_free(results[i]);
    assert_int_equal(db_commit(db, &err), ERR_OK);
    assert_int_equal(pipeline(3, 0, NULL, 0, NULL, &err), ERR_FAILED_PRECONDITION);
    db_rollback(db);
    assert_int_equal(count_items(), 19);
}

/* A statement whose preparation was skipped behind a failure is prepared again the next time. */
static void test_pipeline_skips_prepare(void **state)
{
    DbScope scope = {.role = DB_ROLE_WRITER};
    DbResult *results[2];
    size_t failed = 77;
    DbParams params;
    Err err = {0};

    (void)state;
    db_params_init(&params);
    add_item(&params, 1, "x");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
        assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
        if (round == 0)
            assert_int_equal(db_send(db, "test__wrong", NULL, &err), ERR_OK);
        assert_int_equal(db_send(db, "test__insert", &params, &err), ERR_OK);
        if (round == 0) {
            assert_int_equal(db_pipeline_end(db, results, 2, &failed, &err), ERR_INTERNAL);
            assert_int_equal(failed, 0);
            db_rollback(db);
        } else {
            assert_int_equal(db_pipeline_end(db, NULL, 0, NULL, &err), ERR_OK);
            assert_int_equal(db_commit(db, &err), ERR_OK);
        }
    }
    db_params_done(&params);
    assert_int_equal(count_items(), 1);
}

/* Failing outside the sends (the role is not granted): the index is the number of sends. */
static void test_pipeline_bad_begin(void **state)
{
    DbScope scope = {.role = DB_ROLE_JOBS};
    size_t failed = 77;
    Err err = {0};

    (void)state;
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_int_equal(db_send(db, "test__count", NULL, &err), ERR_OK);
    assert_int_not_equal(db_pipeline_end(db, NULL, 0, &failed, &err), ERR_OK);
    assert_int_equal(failed, 1);
    db_rollback(db);
    assert_int_equal(count_items(), 0);
}

/* More in both directions than any socket buffer holds: a writer that does not read would hang. */
static void test_pipeline_large(void **state)
{
    enum { COUNT = 400, SIZE = 40000 };
    static char name[SIZE + 1];
    static DbResult *results[COUNT];
    DbScope scope = {.role = DB_ROLE_WRITER, .deadline_ms = clock_system.monotonic_ms(&clock_system) + 60000};
    DbParams params;
    Err err = {0};

    (void)state;
    memset(name, 'n', SIZE);
    db_params_init(&params);
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    for (int64_t i = 0; i < COUNT; i++) {
        add_item(&params, i, name);
        assert_int_equal(db_send(db, "test__insert_returning", &params, &err), ERR_OK);
    }
    db_params_done(&params);
    assert_int_equal(db_pipeline_end(db, results, COUNT, NULL, &err), ERR_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(strlen(db_get_text(results[i], 0, 1)), SIZE);
        db_result_free(results[i]);
    }
    db_rollback(db);
}

static void test_pipeline_given_up(void **state)
{
    DbScope scope = {.role = DB_ROLE_WRITER};
    DbParams params;
    Err err = {0};

    (void)state;
    db_params_init(&params);
    add_item(&params, 1, "never");
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_int_equal(db_send(db, "test__insert", &params, &err), ERR_OK);
    db_rollback(db);
    db_params_done(&params);
    assert_int_equal(count_items(), 0);
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    assert_int_equal(db_pipeline_end(db, NULL, 0, NULL, &err), ERR_OK);
    begin_as(DB_ROLE_WRITER);
    assert_int_equal(insert(2, "x", &err), ERR_OK);
    assert_int_equal(db_commit(db, &err), ERR_OK);
}

static void test_pipeline_limit(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(db_pipeline_begin(db, &err), ERR_OK);
    for (int i = 0; i < DB_PIPELINE_MAX; i++)
        assert_int_equal(db_send(db, "test__count", NULL, &err), ERR_OK);
    assert_int_equal(db_send(db, "test__count", NULL, &err), ERR_RESOURCE_EXHAUSTED);
    assert_int_equal(db_pipeline_end(db, NULL, 0, NULL, &err), ERR_OK);
}

/* ---- notices and the pool ---- */

static void test_notice(void **state)
{
    Db *other = test_pg_owner(&pg);
    DbNotice notice;
    bool got = true;
    Err err = {0};

    (void)state;
    assert_int_equal(db_exec(db, "test__listen", NULL, NULL, &err), ERR_OK);
    assert_int_equal(db_notice_wait(db, 20, &notice, &got, &err), ERR_OK);
    assert_false(got);
    test_pg_sql(other, "notify shans_test, 'principal 7'");
    assert_int_equal(db_notice_wait(db, 5000, &notice, &got, &err), ERR_OK);
    assert_true(got);
    assert_string_equal(notice.channel, "shans_test");
    assert_string_equal(notice.payload, "principal 7");
    db_close(other);
}

typedef struct Taker {
    DbPool *pool;
    ErrCode code;
    Db *db;
} Taker;

static void *take_waiting(void *context)
{
    Taker *taker = context;
    Err err = {0};

    taker->code =
        db_pool_take(taker->pool, clock_system.monotonic_ms(&clock_system) + 10000, &taker->db, &err);
    return NULL;
}

static void test_pool(void **state)
{
    char conninfo[TEST_CONNINFO_SIZE];
    DbPool *pool = NULL;
    Db *one = NULL, *two = NULL, *three = NULL;
    Taker taker = {.code = ERR_UNKNOWN};
    DbScope scope = {.role = DB_ROLE_WRITER};
    pthread_t thread;
    Err err = {0};

    (void)state;
    test_pg_conninfo(&pg, "shans_app", "shans", conninfo);
    assert_int_equal(db_pool_new(conninfo, &clock_system, 2, &pool, &err), ERR_OK);
    assert_int_equal(db_pool_take(pool, 0, &one, &err), ERR_OK);
    assert_int_equal(db_pool_take(pool, 0, &two, &err), ERR_OK);
    assert_ptr_not_equal(one, two);
    assert_int_equal(db_pool_take(pool, 0, &three, &err), ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "DATABASE_BUSY");
    assert_true(err.retry_delay_ms > 0);
    assert_int_equal(db_pool_take(pool, clock_system.monotonic_ms(&clock_system) + 30, &three, &err),
                     ERR_RESOURCE_EXHAUSTED);
    taker.pool = pool;
    assert_int_equal(pthread_create(&thread, NULL, take_waiting, &taker), 0);
    assert_int_equal(db_begin(one, &scope, &err), ERR_OK);
    db_pool_give(pool, one);
    pthread_join(thread, NULL);
    assert_int_equal(taker.code, ERR_OK);
    assert_ptr_equal(taker.db, one);
    assert_false(db_in_transaction(one));
    db_pool_give(pool, two);
    db_pool_give(pool, taker.db);
    db_pool_give(pool, NULL);
    db_pool_free(pool);
    db_pool_free(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_db, close_db)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_values_come_back),
        CASE(test_time_text),
        CASE(test_nulls),
        CASE(test_arrays),
        CASE(test_too_many_parameters),
        CASE(test_names),
        CASE(test_scope),
        CASE(test_role_not_granted),
        CASE(test_commit_and_rollback),
        CASE(test_touched_rows),
        CASE(test_failed_statement),
        CASE(test_commit_after_failure),
        CASE(test_read_only),
        CASE(test_each),
        CASE(test_each_stopped),
        CASE(test_each_fails_half_way),
        CASE(test_pipeline),
        CASE(test_pipeline_bad_row),
        CASE(test_pipeline_skips_prepare),
        CASE(test_pipeline_bad_begin),
        CASE(test_pipeline_large),
        CASE(test_pipeline_given_up),
        CASE(test_pipeline_limit),
        CASE(test_notice),
        CASE(test_pool),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
