/* The primary and all its processes killed under load, the synchronous standby promoted: nothing acknowledged
 * is missing or doubled on it. Three rounds; ten with SHANS_SOAK. Here the test itself promotes at once and
 * makes the next standby; how long detection takes is measured with Patroni (tests/ha/patroni.sh). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/integration/pair.h"

enum { ROUNDS = 3, SOAK_ROUNDS = 10, LOAD_MS = 1500, BACK_MS = 15000, PAUSE_MS = 10 };

static Pair pair;

static int start(void **state)
{
    (void)state;
    pair_start(&pair, 2);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pair_stop(&pair);
    return 0;
}

static void nothing_acknowledged_is_lost(void **state)
{
    Load *load = pair_load(&pair, PAUSE_MS);
    int rounds = pair_rounds(ROUNDS, SOAK_ROUNDS);
    int64_t worst = 0;
    LoadSum sum;
    PairCount count;

    (void)state;
    for (int i = 0; i < rounds; i++) {
        size_t before = load_acknowledged(load);
        clock_system.sleep_ms(&clock_system, LOAD_MS);
        assert_true(load_acknowledged(load) > before);
        pair_kill_primary(&pair);
        load_mark(load);
        pair_take_over(&pair);
        int64_t first = load_first_ms(load, 60000);
        assert_in_range(first, 0, BACK_MS);
        worst = first > worst ? first : worst;
        pair_compare(&pair, load, &count);
        assert_int_equal(count.missing, 0);
    }
    load_stop(load, &sum);
    pair_compare(&pair, load, &count);
    load_free(load);
    print_message("%d primaries killed: %zu acknowledged, missing %lld, doubled %lld; %zu told to ask again "
                  "(%zu of an unknown outcome); first write after %lld ms at the latest\n",
                  rounds, sum.acknowledged, (long long)count.missing, (long long)count.doubled, sum.retried,
                  sum.unknown, (long long)worst);
    assert_string_equal(sum.fault, "");
    assert_int_equal(count.missing, 0);
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.stored, sum.acknowledged);
    for (size_t server = 0; server < PAIR_SERVERS; server++)
        assert_true(pair_serves(&pair, server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
