/* Decimals: what people type, what machines write, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/decimal.h"

static void parses_what_people_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int scale;
        int64_t value;
    } rows[] = {
        {"0", 0, 0},
        {"12", 0, 12},
        {"-12", 0, -12},
        {"+7", 0, 7},
        {"12,5", 1, 125},
        {"12.5", 1, 125},
        {"12", 1, 120},
        {"12,", 1, 120},
        {"1 234,5", 1, 12345},
        {"1\xC2\xA0"
         "234,5",
         1, 12345},
        {"1\xE2\x80\xAF"
         "234",
         2, 123400},
        {"  12", 0, 12},
        {"12  ", 0, 12},
        {"12,500", 1, 125},
        {"0,000", 0, 0},
        {"-0,5", 1, -5},
        {"007", 0, 7},
        {"9223372036854775807", 0, INT64_MAX},
        {"-9223372036854775807", 0, -INT64_MAX},
        {"9,223372036", 9, 9223372036},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = -99;
        assert_int_equal(decimal_parse(rows[i].text, rows[i].scale, &value), DECIMAL_FINE);
        assert_true(value == rows[i].value);
    }
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int scale;
        DecimalFault fault;
    } rows[] = {
        {"", 0, DECIMAL_NOT_A_NUMBER},
        {" ", 0, DECIMAL_NOT_A_NUMBER},
        {"-", 0, DECIMAL_NOT_A_NUMBER},
        {"- 5", 0, DECIMAL_NOT_A_NUMBER},
        {"--5", 0, DECIMAL_NOT_A_NUMBER},
        {"5-", 0, DECIMAL_NOT_A_NUMBER},
        {",5", 1, DECIMAL_NOT_A_NUMBER},
        {"1,2,3", 3, DECIMAL_NOT_A_NUMBER},
        {"1.234,5", 4, DECIMAL_NOT_A_NUMBER},
        {"сорок", 0, DECIMAL_NOT_A_NUMBER},
        {"12а", 0, DECIMAL_NOT_A_NUMBER},
        {"1e3", 0, DECIMAL_NOT_A_NUMBER},
        {"0x10", 0, DECIMAL_NOT_A_NUMBER},
        {"\xC2", 0, DECIMAL_NOT_A_NUMBER},
        {"1\xE2\x80", 0, DECIMAL_NOT_A_NUMBER},
        {"12,5", 0, DECIMAL_TOO_PRECISE},
        {"12,55", 1, DECIMAL_TOO_PRECISE},
        {"9223372036854775808", 0, DECIMAL_OUT_OF_RANGE},
        {"-9223372036854775808", 0, DECIMAL_OUT_OF_RANGE},
        {"99999999999999999999999999", 0, DECIMAL_OUT_OF_RANGE},
        {"9223372036854775807", 1, DECIMAL_OUT_OF_RANGE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = -99;
        assert_int_equal(decimal_parse(rows[i].text, rows[i].scale, &value), rows[i].fault);
        assert_true(value == -99); /* written only on success */
    }
}

static void dump_and_parse_are_inverse(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 1, 9, 10, 99, 100, 12345, 1000000, 999999999999, INT64_MAX};
    char text[DECIMAL_TEXT_SIZE];

    for (int scale = 0; scale <= 9; scale++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                int64_t back = 0;
                decimal_dump(values[i] * sign, scale, text);
                assert_int_equal(decimal_parse(text, scale, &back), DECIMAL_FINE);
                assert_true(back == values[i] * sign);
                decimal_show(values[i] * sign, scale, true, text);
                assert_int_equal(decimal_parse(text, scale, &back), DECIMAL_FINE);
                assert_true(back == values[i] * sign);
            }
        }
    }
}

static void dump_is_plain(void **state)
{
    (void)state;
    char text[DECIMAL_TEXT_SIZE];

    decimal_dump(12345, 1, text);
    assert_string_equal(text, "1234.5");
    decimal_dump(-5, 2, text);
    assert_string_equal(text, "-0.05");
    decimal_dump(0, 3, text);
    assert_string_equal(text, "0.000");
    decimal_dump(INT64_MIN, 0, text);
    assert_string_equal(text, "-9223372036854775808");
}

static void show_groups_by_language(void **state)
{
    (void)state;
    char text[DECIMAL_TEXT_SIZE];

    decimal_show(12345, 1, true, text);
    assert_string_equal(text, "1\xC2\xA0"
                              "234,5");
    decimal_show(12345, 1, false, text);
    assert_string_equal(text, "1,234.5");
    decimal_show(999, 0, true, text);
    assert_string_equal(text, "999");
    decimal_show(-1234567, 0, false, text);
    assert_string_equal(text, "-1,234,567");
    decimal_show(INT64_MIN, 9, true, text);
    assert_string_equal(text, "-9\xC2\xA0"
                              "223\xC2\xA0"
                              "372\xC2\xA0"
                              "036,854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_what_people_type),    cmocka_unit_test(tells_what_is_wrong),
        cmocka_unit_test(dump_and_parse_are_inverse), cmocka_unit_test(dump_is_plain),
        cmocka_unit_test(show_groups_by_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
