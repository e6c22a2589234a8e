/* Exact ratios: reduction, arithmetic against a slow check, edges of 64 bits, the 30 % boundary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/core/ratio.h"

static void assert_ratio(Ratio got, int64_t num, int64_t den)
{
    assert_true(got.num == num);
    assert_true(got.den == den);
}

static Ratio make(int64_t num, int64_t den)
{
    Ratio ratio = {0, 0};

    assert_true(ratio_make(num, den, &ratio));
    return ratio;
}

static void make_reduces(void **state)
{
    (void)state;
    assert_ratio(make(6, 20), 3, 10);
    assert_ratio(make(-6, 20), -3, 10);
    assert_ratio(make(6, -20), -3, 10);
    assert_ratio(make(-6, -20), 3, 10);
    assert_ratio(make(0, -5), 0, 1);
    assert_ratio(make(INT64_MAX, INT64_MAX), 1, 1);
    Ratio kept = {7, 8};
    assert_false(ratio_make(1, 0, &kept));
    assert_false(ratio_make(0, 0, &kept));
    assert_false(ratio_make(INT64_MIN, 1, &kept));
    assert_false(ratio_make(1, INT64_MIN, &kept));
    assert_ratio(kept, 7, 8);
    assert_ratio(make(INT64_MIN, 2), INT64_MIN / 2, 1);
}

static void arithmetic_is_exact(void **state)
{
    (void)state;
    for (int a = -6; a <= 6; a++) {
        for (int b = 1; b <= 6; b++) {
            for (int c = -6; c <= 6; c++) {
                for (int d = 1; d <= 6; d++) {
                    Ratio x = make(a, b), y = make(c, d), got;
                    assert_true(ratio_add(x, y, &got));
                    assert_int_equal(got.num * b * d, (a * d + c * b) * got.den);
                    assert_true(ratio_sub(x, y, &got));
                    assert_int_equal(got.num * b * d, (a * d - c * b) * got.den);
                    assert_true(ratio_mul(x, y, &got));
                    assert_int_equal(got.num * b * d, a * c * got.den);
                    assert_true(ratio_div(x, y, &got) == (c != 0));
                    if (c != 0)
                        assert_int_equal(got.num * b * c, a * d * got.den);
                    int order = a * d < c * b ? -1 : a * d > c * b;
                    assert_int_equal(ratio_compare(x, y), order);
                }
            }
        }
    }
}

static void overflow_is_reported(void **state)
{
    (void)state;
    Ratio most = ratio_int(INT64_MAX), one = ratio_int(1), kept = {7, 8};

    assert_false(ratio_add(most, one, &kept));
    assert_false(ratio_sub((Ratio){-INT64_MAX, 1}, one, &kept));
    assert_false(ratio_mul(most, most, &kept));
    assert_false(ratio_div(most, make(1, INT64_MAX), &kept));
    assert_false(ratio_add(make(1, INT64_MAX), make(1, INT64_MAX - 1), &kept));
    assert_ratio(kept, 7, 8);
    Ratio got;
    assert_true(ratio_mul(most, make(1, INT64_MAX), &got));
    assert_ratio(got, 1, 1);
    assert_true(ratio_add(most, ratio_int(-INT64_MAX), &got));
    assert_ratio(got, 0, 1);
    assert_false(ratio_sub(one, ratio_int(INT64_MIN), &kept)); /* 2^63 + 1 */
}

static void compare_never_overflows(void **state)
{
    (void)state;
    Ratio big = {INT64_MAX, 1}, tiny = {1, INT64_MAX}, low = {-INT64_MAX, 1};

    assert_int_equal(ratio_compare(big, tiny), 1);
    assert_int_equal(ratio_compare(tiny, big), -1);
    assert_int_equal(ratio_compare(low, big), -1);
    assert_int_equal(ratio_compare(big, big), 0);
    assert_int_equal(ratio_compare((Ratio){INT64_MAX, INT64_MAX - 1}, (Ratio){INT64_MAX - 1, INT64_MAX - 2}),
                     -1);
}

static void share_boundary_is_exact(void **state)
{
    (void)state;
    Ratio bound = make(3, 10);

    assert_true(ratio_share_ge(3, 10, bound));
    assert_true(ratio_share_ge(6, 20, bound));
    assert_false(ratio_share_ge(2997, 10000, bound)); /* 29.97 % shows as 30.0 % and is not */
    assert_true(ratio_share_ge(3001, 10000, bound));
    assert_false(ratio_share_ge(0, 1, bound));
    assert_true(ratio_share_ge(1, 1, bound));
    for (int64_t n = 1; n <= 400; n++) {
        for (int64_t k = 0; k <= n; k++)
            assert_true(ratio_share_ge(k, n, bound) == (100 * k >= 30 * n));
    }
    assert_true(ratio_share_ge(INT64_MAX, INT64_MAX, (Ratio){INT64_MAX, INT64_MAX}));
}

static void rounds_half_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t num, den;
        int scale;
        int64_t want;
    } rows[] = {
        {1, 2, 0, 1},   {-1, 2, 0, -1},      {1, 3, 0, 0},        {2, 3, 0, 1},
        {-2, 3, 0, -1}, {5, 4, 1, 13},       {-5, 4, 1, -13},     {1, 3, 9, 333333333},
        {0, 7, 5, 0},   {2997, 100, 1, 300}, {1249, 1000, 1, 12}, {7, 1, 0, 7},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t got = -99;
        assert_true(ratio_round(make(rows[i].num, rows[i].den), rows[i].scale, &got));
        assert_true(got == rows[i].want);
    }
    int64_t kept = -99;
    assert_false(ratio_round(ratio_int(INT64_MAX), 1, &kept));
    assert_true(kept == -99);
    assert_true(ratio_round(ratio_int(INT64_MAX), 0, &kept));
    assert_true(kept == INT64_MAX);
}

static void parse_reads_exactly(void **state)
{
    (void)state;
    Ratio got = {7, 8};

    assert_true(ratio_parse("12", &got));
    assert_ratio(got, 12, 1);
    assert_true(ratio_parse("-3.5", &got));
    assert_ratio(got, -7, 2);
    assert_true(ratio_parse("0,30", &got));
    assert_ratio(got, 3, 10);
    assert_true(ratio_parse("0.000000000000000001", &got));
    assert_ratio(got, 1, 1000000000000000000);
    static const char *const bad[] = {"",     "-",   ".5",    "1.2.3", "1 2", "1e5",
                                      "0x1f", "abc", "--1",   "1,5,",  " 1",  "99999999999999999999",
                                      "+1",   "1%",  "1.5\n", "٣"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        got = (Ratio){7, 8};
        assert_false(ratio_parse(bad[i], &got));
        assert_ratio(got, 7, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(make_reduces),
        cmocka_unit_test(arithmetic_is_exact),
        cmocka_unit_test(overflow_is_reported),
        cmocka_unit_test(compare_never_overflows),
        cmocka_unit_test(share_boundary_is_exact),
        cmocka_unit_test(rounds_half_away_from_zero),
        cmocka_unit_test(parse_reads_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
