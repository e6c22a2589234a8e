/* Numbers, dates and number formats of workbooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/table/xlsx_number.h"

static void test_numbers(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: no number */
    } rows[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.0", "0"},
        {"5", "5"},
        {"+5", "5"},
        {"5.0", "5"},
        {"-5.50", "-5.5"},
        {"007", "7"},
        {"12345.1", "12345.1"},
        {"1.5E3", "1500"},
        {"1E-3", "0.001"},
        {"1e+3", "1000"},
        {"123.456e-2", "1.23456"},
        {"-1.2e1", "-12"},
        {".5", "0.5"},
        {"5.", "5"},
        {"100", "100"},
        {"1200", "1200"},
        {"1200.0", "1200"},
        {"0.05", "0.05"},
        {"0.30000000000000004", "0.3"},
        {"1.1000000000000001", "1.1"},
        {"2.9999999999999996", "3"},
        {"0.99999999999999989", "1"},
        {"9.9999999999999995E22", "100000000000000000000000"},
        {"99999999999999.996", "100000000000000"},
        {"12345.678900000001", "12345.6789"},
        {"123456789012345678", "123456789012345678"},
        {"1234567890123456789012345", "1234567890123456789012345"},
        {"1E308", NULL}, /* checked by its length below */
        {"4.9406564584124654E-324", "0"},
        {"1E309", NULL},
        {"1E99999999999999999999", NULL},
        {"", NULL},
        {".", NULL},
        {"-", NULL},
        {"e5", NULL},
        {"1e", NULL},
        {"1e+", NULL},
        {"1,5", NULL},
        {"1 000", NULL},
        {"0x10", NULL},
        {"inf", NULL},
        {"nan", NULL},
        {"5 ", NULL},
        {"--5", NULL},
    };
    char text[XLSX_NUMBER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool got = xlsx_number_dump(rows[i].text, text);
        if (strcmp(rows[i].text, "1E308") == 0) {
            assert_true(got);
            assert_int_equal(strlen(text), 309);
            continue;
        }
        if (got != (rows[i].want != NULL) || (got && strcmp(text, rows[i].want) != 0))
            fail_msg("\"%s\" became %s", rows[i].text, got ? text : "nothing");
    }
}

/* Digits beyond anything a cell holds stay within their room. */
static void test_long_numbers(void **state)
{
    char text[2000], to[XLSX_NUMBER_SIZE + 8];

    (void)state;
    for (size_t length = 1; length < sizeof text; length += 7) {
        memset(text, '9', sizeof text);
        text[length < sizeof text - 1 ? length : sizeof text - 2] = '\0';
        memset(to, 'x', sizeof to);
        bool got = xlsx_number_dump(text, to);
        assert_int_equal(got, length <= 309);
        memcpy(text, "0.", 2);
        assert_true(length < 3 || xlsx_number_dump(text, to));
        assert_true(length < 18 || strcmp(to, "1") == 0);
        assert_int_equal(to[XLSX_NUMBER_SIZE], 'x');
    }
}

/* What a double prints as is what it reads as, to fifteen digits. */
static void test_doubles(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char shortest[64], full[64], a[XLSX_NUMBER_SIZE], b[XLSX_NUMBER_SIZE];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int64_t scaled = (int64_t)(seed >> 20) % 1000000000000000;
        double value = (double)scaled / 1e6;
        snprintf(full, sizeof full, "%.17g", value);
        snprintf(shortest, sizeof shortest, "%.6f", value);
        assert_true(xlsx_number_dump(full, a));
        /* the same with at most six digits behind the point */
        if (strlen(shortest) <= 16) {
            assert_true(xlsx_number_dump(shortest, b));
            assert_string_equal(a, b);
        }
    }
}

static void test_formats(void **state)
{
    static const struct {
        const char *code;
        XlsxFormat want;
    } rows[] = {
        {"General", XLSX_FORMAT_NUMBER},
        {"GENERAL", XLSX_FORMAT_NUMBER},
        {"0", XLSX_FORMAT_NUMBER},
        {"#,##0.00", XLSX_FORMAT_NUMBER},
        {"0.00E+00", XLSX_FORMAT_NUMBER},
        {"0%", XLSX_FORMAT_NUMBER},
        {"@", XLSX_FORMAT_NUMBER},
        {"# ?/?", XLSX_FORMAT_NUMBER},
        {"#,##0 \"days\"", XLSX_FORMAT_NUMBER},
        {"[Red]#,##0;[Black]-0", XLSX_FORMAT_NUMBER},
        {"#,##0\\ [$₽-419]", XLSX_FORMAT_NUMBER},
        {"0_d_y", XLSX_FORMAT_NUMBER},
        {"[h]:mm", XLSX_FORMAT_NUMBER},
        {"[mm]:ss", XLSX_FORMAT_NUMBER},
        {"\"unclosed", XLSX_FORMAT_NUMBER},
        {"[unclosed", XLSX_FORMAT_NUMBER},
        {"\\", XLSX_FORMAT_NUMBER},
        {"", XLSX_FORMAT_NUMBER},
        {"dd.mm.yyyy", XLSX_FORMAT_DATE},
        {"DD.MM.YYYY", XLSX_FORMAT_DATE},
        {"yyyy\\-mm\\-dd", XLSX_FORMAT_DATE},
        {"[$-419]d mmmm yyyy", XLSX_FORMAT_DATE},
        {"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", XLSX_FORMAT_DATE},
        {"mmm-yy", XLSX_FORMAT_DATE},
        {"mmmm", XLSX_FORMAT_DATE},
        {"dd.mm.yyyy hh:mm", XLSX_FORMAT_DATE},
        {"hh:mm dd.mm", XLSX_FORMAT_DATE},
        {"yyyy\"г.\"", XLSX_FORMAT_DATE},
        {"h:mm", XLSX_FORMAT_TIME},
        {"h:mm AM/PM", XLSX_FORMAT_TIME},
        {"mm:ss", XLSX_FORMAT_TIME},
        {"mm:ss.0", XLSX_FORMAT_TIME},
        {"[$-F400]h:mm:ss", XLSX_FORMAT_TIME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (xlsx_format_parse(rows[i].code) != rows[i].want)
            fail_msg("%s is %d", rows[i].code, (int)xlsx_format_parse(rows[i].code));
}

static void test_builtin_formats(void **state)
{
    static const unsigned dates[] = {14, 15, 16, 17, 22, 27, 31, 36, 50, 57, 58},
                          times[] = {18, 19, 20, 21, 45, 47},
                          numbers[] = {0, 1, 2, 9, 10, 11, 12, 13, 37, 44, 46, 48, 49, 164, 4000000000u};

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++)
        assert_int_equal(xlsx_format_builtin(dates[i]), XLSX_FORMAT_DATE);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_int_equal(xlsx_format_builtin(times[i]), XLSX_FORMAT_TIME);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_int_equal(xlsx_format_builtin(numbers[i]), XLSX_FORMAT_NUMBER);
}

static void test_dates(void **state)
{
    static const struct {
        double days;
        bool from_1904;
        XlsxFormat format;
        const char *want;
    } rows[] = {
        {1, false, XLSX_FORMAT_DATE, "1900-01-01"},
        {59, false, XLSX_FORMAT_DATE, "1900-02-28"},
        {60, false, XLSX_FORMAT_DATE, "1900-02-29"},
        {61, false, XLSX_FORMAT_DATE, "1900-03-01"},
        {25569, false, XLSX_FORMAT_DATE, "1970-01-01"},
        {36526, false, XLSX_FORMAT_DATE, "2000-01-01"},
        {36585, false, XLSX_FORMAT_DATE, "2000-02-29"},
        {44440, false, XLSX_FORMAT_DATE, "2021-09-01"},
        {44440.5, false, XLSX_FORMAT_DATE, "2021-09-01T12:00:00"},
        {44440.999999999, false, XLSX_FORMAT_DATE, "2021-09-02"},
        {44440, false, XLSX_FORMAT_TIME, "2021-09-01T00:00:00"},
        {2958465, false, XLSX_FORMAT_DATE, "9999-12-31"},
        {2958466, false, XLSX_FORMAT_DATE, NULL},
        {-1, false, XLSX_FORMAT_DATE, NULL},
        {1e300, false, XLSX_FORMAT_DATE, NULL},
        {0, true, XLSX_FORMAT_DATE, "1904-01-01"},
        {42978, true, XLSX_FORMAT_DATE, "2021-09-01"},
        {2957003, true, XLSX_FORMAT_DATE, "9999-12-31"},
        {2957004, true, XLSX_FORMAT_DATE, NULL},
        {0.5, false, XLSX_FORMAT_TIME, "12:00:00"},
        {0.75, false, XLSX_FORMAT_DATE, "18:00:00"},
        {0.4381944444444445, false, XLSX_FORMAT_TIME, "10:31:00"},
        {0, false, XLSX_FORMAT_TIME, "00:00:00"},
    };
    char text[XLSX_NUMBER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool got = xlsx_date_dump(rows[i].days, rows[i].from_1904, rows[i].format, text);
        if (got != (rows[i].want != NULL) || (got && strcmp(text, rows[i].want) != 0))
            fail_msg("%f became %s, not %s", rows[i].days, got ? text : "nothing", rows[i].want);
    }
}

/* Every day follows the one before it. */
static void test_every_day(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1900, month = 2, day = 28;
    char text[XLSX_NUMBER_SIZE], want[64];

    (void)state;
    for (int serial = 61; serial < 200000; serial++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
        snprintf(want, sizeof want, "%04d-%02d-%02d", year, month, day);
        assert_true(xlsx_date_dump(serial, false, XLSX_FORMAT_DATE, text));
        assert_string_equal(text, want);
        if (serial > 1462) {
            assert_true(xlsx_date_dump(serial - 1462, true, XLSX_FORMAT_DATE, text));
            assert_string_equal(text, want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_doubles),   cmocka_unit_test(test_formats),
        cmocka_unit_test(test_dates),     cmocka_unit_test(test_builtin_formats),
        cmocka_unit_test(test_every_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
