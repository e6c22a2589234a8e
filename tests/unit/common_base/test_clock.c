/* Clock: the calendar against the C library, edges, the fixed clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/clock.h"

static void dates_agree_with_the_c_library(void **state)
{
    (void)state;
    /* A step of a prime number of seconds walks through all hours, days and months of 1600..2400. */
    for (int64_t second = -11676096000; second < 13601088000; second += 86399 * 7 + 1) {
        char got[CLOCK_TEXT_SIZE], want[160];
        time_t time = (time_t)second;
        struct tm at;
        gmtime_r(&time, &at);
        snprintf(want, sizeof want, "%04d-%02d-%02dT%02d:%02d:%02d.250Z", at.tm_year + 1900, at.tm_mon + 1,
                 at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
        clock_dump_iso(second * 1000 + 250, got);
        assert_string_equal(got, want);
    }
}

static void every_day_of_a_leap_cycle(void **state)
{
    (void)state;
    int64_t day = -25567; /* 1900-01-01, a year divisible by 100 that is no leap year */

    for (int year = 1900; year <= 2004; year++) {
        for (int month = 1; month <= 12; month++) {
            static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
            bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            int length = lengths[month - 1] + (month == 2 && leap);
            for (int of_month = 1; of_month <= length; of_month++, day++) {
                char got[CLOCK_TEXT_SIZE], want[64];
                snprintf(want, sizeof want, "%02d.%02d.%04d", of_month, month, year);
                clock_show_date(day * 86400000, got);
                assert_string_equal(got, want);
                clock_show_date(day * 86400000 + 86399999, got);
                assert_string_equal(got, want);
            }
        }
    }
}

static void four_forms(void **state)
{
    (void)state;
    const int64_t ms = 1795300800123 + 22 * 3600000 + 40 * 60000; /* 21 November 2026, 22:40 */
    char text[CLOCK_TEXT_SIZE];

    clock_dump_iso(ms, text);
    assert_string_equal(text, "2026-11-22T21:20:00.123Z");
    clock_dump_date(ms, text);
    assert_string_equal(text, "2026-11-22");
    clock_show_date(ms, text);
    assert_string_equal(text, "22.11.2026");
    clock_show_time(ms, true, text);
    assert_string_equal(text, "22.11.2026 21:20");
    clock_show_time(ms, false, text);
    assert_string_equal(text, "2026-11-22 21:20");
    clock_dump_iso(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
}

/* People read the time of their own clock; machines always UTC. */
static void people_see_the_local_zone(void **state)
{
    static const struct {
        const char *zone; /* as POSIX writes it: no zone files are needed */
        int64_t ms;
        const char *time, *date;
    } rows[] = {
        {"<+05>-5", 1795300800000, "22.11.2026 03:40", "22.11.2026"},
        {"UTC0", 1795300800000, "21.11.2026 22:40", "21.11.2026"},
        {"<-11>11", 1795300800000, "21.11.2026 11:40", "21.11.2026"},
        {"<+0545>-5:45", -1, "01.01.1970 05:44", "01.01.1970"},
    };
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        setenv("TZ", rows[i].zone, 1);
        clock_show_time(rows[i].ms, true, text);
        assert_string_equal(text, rows[i].time);
        clock_show_date(rows[i].ms, text);
        assert_string_equal(text, rows[i].date);
    }
    clock_dump_iso(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    setenv("TZ", "UTC0", 1);
}

static void absurd_times_are_clamped(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];

    clock_dump_iso(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    clock_dump_iso(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void fixed_clock_stands_until_moved(void **state)
{
    (void)state;
    Clock clock = clock_fixed(5000);

    assert_int_equal(clock.now_ms(&clock), 5000);
    clock.sleep_ms(&clock, 1000000000); /* returns at once */
    assert_int_equal(clock.monotonic_ms(&clock), 5000);
    clock.fixed_ms += 250;
    assert_int_equal(clock.now_ms(&clock), 5250);
}

static void system_clock_moves_forward(void **state)
{
    (void)state;
    const Clock *clock = &clock_system;
    int64_t before = clock->monotonic_ms(clock);

    clock->sleep_ms(clock, 20);
    clock->sleep_ms(clock, 0);
    clock->sleep_ms(clock, -5);
    int64_t slept = clock->monotonic_ms(clock) - before;
    assert_true(slept >= 19);
    assert_true(clock->now_ms(clock) > 1700000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_agree_with_the_c_library),
        cmocka_unit_test(every_day_of_a_leap_cycle),
        cmocka_unit_test(four_forms),
        cmocka_unit_test(people_see_the_local_zone),
        cmocka_unit_test(absurd_times_are_clamped),
        cmocka_unit_test(fixed_clock_stands_until_moved),
        cmocka_unit_test(system_clock_moves_forward),
    };
    setenv("TZ", "UTC0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
