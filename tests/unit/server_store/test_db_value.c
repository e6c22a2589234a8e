/* Values without a database: binary forms that come back, text forms that go out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "server/store/db_scope.h"
#include "server/store/db_value.h"

static const char *text_of(const DbParams *params, size_t index)
{
    return params->data.data + params->items[index].offset;
}

static void test_integers(void **state)
{
    (void)state;
    assert_int_equal(db_value_int("", 0), 0);
    assert_int_equal(db_value_int("\x00\x07", 2), 7);
    assert_int_equal(db_value_int("\xff\xfe", 2), -2);
    assert_int_equal(db_value_int("\x80\x00\x00\x00", 4), INT32_MIN);
    assert_true(db_value_int("\x7f\xff\xff\xff\xff\xff\xff\xff", 8) == INT64_MAX);
    assert_true(db_value_int("\x80\x00\x00\x00\x00\x00\x00\x00", 8) == INT64_MIN);
}

static void test_doubles(void **state)
{
    (void)state;
    assert_true(db_value_double("\x3f\xf0\x00\x00\x00\x00\x00\x00") == 1.0);
    assert_true(db_value_double("\xbf\xe0\x00\x00\x00\x00\x00\x00") == -0.5);
    assert_true(db_value_double("\x00\x00\x00\x00\x00\x00\x00\x00") == 0.0);
}

/* Microseconds from 2000; part of a millisecond is cut towards the past on both sides of it. */
static void test_times(void **state)
{
    (void)state;
    assert_true(db_value_time("\0\0\0\0\0\0\0\0") == 946684800000);
    assert_true(db_value_time("\0\0\0\0\0\0\x03\xe7") == 946684800000);
    assert_true(db_value_time("\0\0\0\0\0\0\x03\xe8") == 946684800001);
    assert_true(db_value_time("\xff\xff\xff\xff\xff\xff\xff\xff") == 946684799999);
    assert_true(db_value_time("\xff\xff\xff\xff\xff\xff\xfc\x18") == 946684799999);
    assert_int_equal(db_value_day("\0\0\0\0"), 10957);
    assert_int_equal(db_value_day("\xff\xff\xd5\x33"), 0);
}

static void test_integer_arrays(void **state)
{
    static const char three[] = "\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\3\0\0\0\1"
                                "\0\0\0\4\0\0\0\5"
                                "\xff\xff\xff\xff"
                                "\0\0\0\4\xff\xff\xff\xff";
    static const char none[] = "\0\0\0\0\0\0\0\0\0\0\0\x17";
    int64_t got[3] = {9, 9, 9};

    (void)state;
    assert_int_equal(db_value_int_array(none, got, 3), 0);
    assert_int_equal(db_value_int_array(three, got, 0), 3);
    assert_int_equal(got[0], 9);
    assert_int_equal(db_value_int_array(three, got, 3), 3);
    assert_int_equal(got[0], 5);
    assert_int_equal(got[1], 0);
    assert_int_equal(got[2], -1);
}

/* Every month of 800 years, with the C library as the judge. */
static void test_time_text(void **state)
{
    DbParams params;

    (void)state;
    db_params_init(&params);
    for (int64_t month = -400 * 12; month < 400 * 12; month++) {
        int64_t seconds = month * 2629746 + 12345;
        time_t moment = (time_t)seconds;
        struct tm parts;
        char wanted[64];

        gmtime_r(&moment, &parts);
        snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, 7);
        db_params_clear(&params);
        db_param_time(&params, seconds * 1000 + 7);
        assert_string_equal(text_of(&params, 0), wanted);
    }
    db_params_done(&params);
}

static void test_parameters_survive_growth(void **state)
{
    DbParams params;
    char large[3000];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    db_params_init(&params);
    db_param_text(&params, "first");
    for (int i = 1; i < DB_PARAMS_MAX; i++)
        db_param_text(&params, large);
    assert_int_equal(params.count, DB_PARAMS_MAX);
    assert_false(params.failed);
    assert_string_equal(text_of(&params, 0), "first");
    assert_string_equal(text_of(&params, DB_PARAMS_MAX - 1), large);
    db_param_null(&params);
    assert_true(params.failed);
    assert_int_equal(params.count, DB_PARAMS_MAX);
    db_params_done(&params);
}

static void test_too_large(void **state)
{
    DbParams params;

    (void)state;
    db_params_init(&params);
    params.data.limit = 100;
    db_param_bytes(&params, "0123456789012345678901234567890123456789012345678901234567890123456789", 70);
    assert_false(params.failed);
    db_param_text(&params, "0123456789012345678901234567890123456789");
    assert_true(params.failed);
    db_params_done(&params);
}

static void test_array_text(void **state)
{
    static const char *const texts[] = {"plain", "a\"b", "c\\d", NULL, ""};
    static const void *const bytes[] = {"\x01\xff", NULL};
    static const size_t sizes[] = {2, 0};
    static const int64_t numbers[] = {-1, 2};
    DbParams params;

    (void)state;
    db_params_init(&params);
    db_param_text_array(&params, texts, 5);
    db_param_bytes_array(&params, bytes, sizes, 2);
    db_param_int64_array(&params, numbers, NULL, 2);
    assert_string_equal(text_of(&params, 0), "{\"plain\",\"a\\\"b\",\"c\\\\d\",NULL,\"\"}");
    assert_string_equal(text_of(&params, 1), "{\"\\\\x01ff\",NULL}");
    assert_string_equal(text_of(&params, 2), "{-1,2}");
    db_params_done(&params);
}

static void test_scope_text(void **state)
{
    static const int64_t schools[] = {5, 6}, above[] = {1};
    DbScope scope = {.principal_id = 9,
                     .district_id = 4,
                     .region = true,
                     .school_ids = schools,
                     .school_count = 2,
                     .above_ids = above,
                     .above_count = 1};
    const DbScope nothing = {0};
    DbParams params;

    (void)state;
    db_params_init(&params);
    db_scope_params(&scope, &params);
    db_scope_params(&nothing, &params);
    assert_int_equal(params.count, 10);
    assert_string_equal(text_of(&params, 0), "9");
    assert_string_equal(text_of(&params, 1), "4");
    assert_string_equal(text_of(&params, 2), "on");
    assert_string_equal(text_of(&params, 3), "{5,6}");
    assert_string_equal(text_of(&params, 4), "{1}");
    assert_string_equal(text_of(&params, 5), "");
    assert_string_equal(text_of(&params, 6), "");
    assert_string_equal(text_of(&params, 7), "");
    assert_string_equal(text_of(&params, 8), "{}");
    assert_string_equal(text_of(&params, 9), "{}");
    db_params_done(&params);
    assert_string_equal(db_scope_begin(DB_MODE_WRITE), "db__begin");
    assert_string_equal(db_scope_begin(DB_MODE_READ), "db__begin_read");
    assert_string_equal(db_scope_begin(DB_MODE_SNAPSHOT), "db__begin_snapshot");
    assert_string_equal(db_scope_begin(DB_MODE_SNAPSHOT_WRITE), "db__begin_snapshot_write");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),   cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_times),      cmocka_unit_test(test_integer_arrays),
        cmocka_unit_test(test_time_text),  cmocka_unit_test(test_parameters_survive_growth),
        cmocka_unit_test(test_too_large),  cmocka_unit_test(test_array_text),
        cmocka_unit_test(test_scope_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
