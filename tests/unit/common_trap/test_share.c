/* Owns the tests of printed shares: known figures, and an oracle that writes the share out and compares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/trap/share.h"

static void known(void **state)
{
    static const struct {
        int64_t count, base, percent;
        int digits;
        ShareFit fit;
    } rows[] = {
        {19, 19, 10000, 0, SHARE_ROUNDED},                               /* 100 % */
        {6, 19, 3200, 0, SHARE_ROUNDED},                                 /* 31.6 */
        {57, 65, 8700, 0, SHARE_CUT},                                    /* 87.7 */
        {57, 65, 8800, 0, SHARE_ROUNDED},  {13, 31, 4140, 1, SHARE_NOT}, /* 41.9 */
        {13, 31, 4190, 1, SHARE_ROUNDED},  {1, 16, 625, 2, SHARE_ROUNDED},
        {1, 16, 630, 1, SHARE_ROUNDED}, /* a half goes up */
        {1, 16, 620, 1, SHARE_CUT},        {28, 587, 477, 2, SHARE_ROUNDED},
        {4, 11, 3640, 1, SHARE_ROUNDED},   {4, 11, 3630, 1, SHARE_CUT},
        {0, 5, 0, 0, SHARE_ROUNDED},       {1, 3, 3400, 0, SHARE_NOT},
        {20, 19, 10500, 0, SHARE_ROUNDED}, /* more than the whole is still arithmetic */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (share_fit(rows[i].count, rows[i].base, rows[i].percent, rows[i].digits) != rows[i].fit)
            fail_msg("%lld of %lld as %lld", (long long)rows[i].count, (long long)rows[i].base,
                     (long long)rows[i].percent);
}

/* The share as a table prints it, by long division. */
static int64_t print_share(int64_t count, int64_t base, int digits, bool round)
{
    int64_t scale = digits == 0 ? 100 : digits == 1 ? 1000 : 10000, step = 10000 / scale;
    int64_t whole = count * scale / base, rest = count * scale % base;

    if (round && 2 * rest >= base)
        whole++;
    return whole * step;
}

static void every_small_share(void **state)
{
    (void)state;
    for (int64_t base = 1; base <= 60; base++)
        for (int64_t count = 0; count <= base; count++)
            for (int digits = 0; digits <= 2; digits++) {
                int64_t rounded = print_share(count, base, digits, true),
                        cut = print_share(count, base, digits, false);
                assert_int_equal(share_fit(count, base, rounded, digits), SHARE_ROUNDED);
                if (cut != rounded)
                    assert_int_equal(share_fit(count, base, cut, digits), SHARE_CUT);
                int64_t step = digits == 0 ? 100 : digits == 1 ? 10 : 1;
                assert_int_equal(share_fit(count, base, rounded + step, digits), SHARE_NOT);
                int64_t found = -1;
                assert_int_equal(share_find(base, rounded, digits, &found), SHARE_ROUNDED);
                assert_true(print_share(found, base, digits, true) == rounded);
            }
}

static void shares_of_no_whole_number(void **state)
{
    int64_t count = -1;

    (void)state;
    assert_int_equal(share_find(15, 6400, 0, &count), SHARE_NOT);
    assert_true(count == -1);
    assert_int_equal(share_find(11, 6400, 0, &count), SHARE_ROUNDED);
    assert_true(count == 7);
    assert_int_equal(share_find(11, 8200, 0, &count), SHARE_ROUNDED);
    assert_true(count == 9);
    assert_int_equal(share_find(22, 3630, 1, &count), SHARE_CUT);
    assert_true(count == 8);
    assert_int_equal(share_find(24, 0, 0, &count), SHARE_ROUNDED);
    assert_true(count == 0);
}

/* Rounding is found before cutting, whichever count comes first. */
static void rounding_wins(void **state)
{
    int64_t count;

    (void)state;
    for (int64_t base = 1; base <= 400; base++)
        for (int64_t percent = 0; percent <= 10000; percent += 100) {
            bool rounded = false;
            for (int64_t k = 0; k <= base && !rounded; k++)
                rounded = share_fit(k, base, percent, 0) == SHARE_ROUNDED;
            assert_true((share_find(base, percent, 0, &count) == SHARE_ROUNDED) == rounded);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(every_small_share),
        cmocka_unit_test(shares_of_no_whole_number),
        cmocka_unit_test(rounding_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
