/* Errors: setting, arguments and their bounds, code names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/err.h"
#include "common/core/text.h"

static void set_replaces_everything(void **state)
{
    (void)state;
    Err err = {.code = ERR_INTERNAL, .arg_count = 3, .retry_delay_ms = 50};

    assert_int_equal(err_set(&err, ERR_NOT_FOUND, "SCHOOL_UNKNOWN"), ERR_NOT_FOUND);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.reason, "SCHOOL_UNKNOWN");
    assert_int_equal(err.arg_count, 0);
    assert_int_equal(err.retry_delay_ms, 0);
}

static void arguments_are_found_by_key(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_INVALID_ARGUMENT, "X");
    assert_int_equal(err_arg(&err, "line", "%d", 12), ERR_INVALID_ARGUMENT);
    err_arg(&err, "school", "%s", "Школа № 26");
    assert_string_equal(err_arg_get(&err, "line"), "12");
    assert_string_equal(err_arg_get(&err, "school"), "Школа № 26");
    assert_string_equal(err_arg_get(&err, "lin"), "");
    assert_string_equal(err_arg_get(&err, ""), "");
}

static void too_many_arguments_are_dropped(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_INVALID_ARGUMENT, "X");
    for (int i = 0; i < ERR_ARGS_MAX + 3; i++) {
        const char key[] = {(char)('a' + i), '\0'};
        assert_int_equal(err_arg(&err, key, "%d", i), ERR_INVALID_ARGUMENT);
    }
    assert_int_equal(err.arg_count, ERR_ARGS_MAX);
    assert_string_equal(err_arg_get(&err, "a"), "0");
    assert_string_equal(err_arg_get(&err, "g"), "");
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    Err err;
    char text[1201];

    for (size_t shift = 0; shift < 2; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = shift; i + 1 < sizeof text; i += 2)
            memcpy(text + i, "ж", 2);
        text[1200] = '\0';
        err_set(&err, ERR_INTERNAL, "X");
        err_arg(&err, "value", "%s", text);
        const char *value = err_arg_get(&err, "value");
        assert_true(strlen(value) >= 198 && strlen(value) < sizeof err.args[0].value);
        assert_true(text_utf8_check((const uint8_t *)value, strlen(value)));
    }
}

static void long_names_are_cut(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_INTERNAL, "A_REASON_MUCH_LONGER_THAN_ANY_REASON_WE_WOULD_EVER_WRITE_DOWN");
    assert_int_equal(strlen(err.reason), sizeof err.reason - 1);
    err_arg(&err, "a_key_longer_than_twenty_three_bytes", "%d", 1);
    assert_int_equal(strlen(err.args[0].key), sizeof err.args[0].key - 1);
}

static void codes_have_the_canonical_names(void **state)
{
    (void)state;
    static const char *const names[ERR_CODE_COUNT] = {
        "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED",
    };

    for (int i = 0; i < ERR_CODE_COUNT; i++)
        assert_string_equal(err_code_name((ErrCode)i), names[i]);
    assert_string_equal(err_code_name((ErrCode)17), "UNKNOWN");
    assert_string_equal(err_code_name((ErrCode)-1), "UNKNOWN");
}

static void memory_error_says_so(void **state)
{
    (void)state;
    Err err;

    assert_int_equal(err_memory(&err), ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "MEMORY_LIMIT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_replaces_everything),
        cmocka_unit_test(arguments_are_found_by_key),
        cmocka_unit_test(too_many_arguments_are_dropped),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(codes_have_the_canonical_names),
        cmocka_unit_test(memory_error_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
