/* PostgreSQL restarted every ten seconds under load, fast and immediate in turns: the servers live on,
 * callers are only ever told to ask again, service is back within two seconds of the database, nothing
 * acknowledged is lost or doubled. Half a minute; five minutes with SHANS_SOAK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/integration/pair.h"

enum { ROUNDS = 3, SOAK_ROUNDS = 30, PERIOD_MS = 10000, BACK_MS = 2000, PAUSE_MS = 20 };

static Pair pair;

static int start(void **state)
{
    (void)state;
    pair_start(&pair, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pair_stop(&pair);
    return 0;
}

static void service_survives_restarts(void **state)
{
    Load *load = pair_load(&pair, PAUSE_MS);
    int rounds = pair_rounds(ROUNDS, SOAK_ROUNDS);
    int64_t worst = 0;
    LoadSum sum;
    PairCount count;

    (void)state;
    for (int i = 0; i < rounds; i++) {
        int64_t began = clock_system.monotonic_ms(&clock_system);
        cluster_stop(&pair.nodes[0], i % 2 == 0 ? "fast" : "immediate");
        cluster_start(&pair.nodes[0]);
        load_mark(load);
        int64_t first = load_first_ms(load, 10000);
        assert_in_range(first, 0, BACK_MS);
        worst = first > worst ? first : worst;
        for (size_t server = 0; server < PAIR_SERVERS; server++)
            assert_true(pair_serves(&pair, server));
        int64_t left = began + PERIOD_MS - clock_system.monotonic_ms(&clock_system);
        if (left > 0)
            clock_system.sleep_ms(&clock_system, left);
    }
    load_stop(load, &sum);
    pair_compare(&pair, load, &count);
    load_free(load);
    print_message(
        "%d restarts: %zu acknowledged, missing %lld, doubled %lld; %zu told to ask again (%zu of an "
        "unknown outcome); back after %lld ms at the latest\n",
        rounds, sum.acknowledged, (long long)count.missing, (long long)count.doubled, sum.retried,
        sum.unknown, (long long)worst);
    assert_string_equal(sum.fault, "");
    assert_true(sum.acknowledged > 0);
    assert_int_equal(count.missing, 0);
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.stored, sum.acknowledged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_survives_restarts),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
