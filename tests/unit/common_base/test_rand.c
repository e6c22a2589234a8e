/* Randomness: the published stream of xoshiro256**, bounds, spread; delays of retries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/rand.h"
#include "common/base/retry.h"

static void first_values_of_known_state(void **state)
{
    (void)state;
    /* State 1, 2, 3, 4: the values other implementations test against. */
    static const uint64_t want[] = {11520u,
                                    0u,
                                    1509978240u,
                                    1215971899390074240u,
                                    1216172134540287360u,
                                    607988272756665600u,
                                    16172922978634559625u,
                                    8476171486693032832u,
                                    10595114339597558777u,
                                    2904607092377533576u};
    Rand rand = {.state = {1, 2, 3, 4}, .seeded = 1};

    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_true(rand_u64(&rand) == want[i]);
}

static void seed_zero_is_filled_by_splitmix(void **state)
{
    (void)state;
    Rand rand = rand_seeded(0);

    assert_true(rand.state[0] == 0xE220A8397B1DCDAFu);
    assert_true(rand.state[1] == 0x6E789E6AA1B965F4u);
    assert_true(rand.state[2] == 0x06C45D188009454Fu);
    assert_true(rand.state[3] == 0xF88BB8A8724C81ECu);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    uint8_t a[37], b[37], c[37];
    Rand first = rand_seeded(7), second = rand_seeded(7), third = rand_seeded(8);

    rand_bytes(&first, a, sizeof a);
    rand_bytes(&second, b, sizeof b);
    rand_bytes(&third, c, sizeof c);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    Rand numbers = rand_seeded(7);
    uint64_t value = rand_u64(&numbers);
    for (int i = 0; i < 8; i++)
        assert_int_equal(a[i], (uint8_t)(value >> 8 * i));
}

static void bytes_stay_in_bounds(void **state)
{
    (void)state;
    Rand rands[] = {rand_seeded(1), rand_system()};

    for (size_t r = 0; r < 2; r++) {
        for (size_t size = 0; size <= 20; size++) {
            uint8_t bytes[24];
            memset(bytes, 0xEE, sizeof bytes);
            rand_bytes(&rands[r], bytes, size);
            for (size_t i = size; i < sizeof bytes; i++)
                assert_int_equal(bytes[i], 0xEE);
        }
    }
}

static void below_is_even(void **state)
{
    (void)state;
    Rand rand = rand_seeded(3);
    unsigned counts[6] = {0};

    for (int i = 0; i < 60000; i++) {
        uint64_t value = rand_below(&rand, 6);
        assert_true(value < 6);
        counts[value]++;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(counts[i], 9600, 10400); /* 4 standard deviations of 91 */
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rand_below(&rand, 1), 0);
        assert_true(rand_below(&rand, UINT64_MAX) < UINT64_MAX);
        assert_true(rand_below(&rand, (uint64_t)1 << 63) < (uint64_t)1 << 63);
    }
}

static void unit_is_half_open(void **state)
{
    (void)state;
    Rand rand = rand_seeded(4);
    double sum = 0;

    for (int i = 0; i < 20000; i++) {
        double value = rand_unit(&rand);
        assert_true(value >= 0 && value < 1);
        sum += value;
    }
    assert_true(sum > 9800 && sum < 10200);
}

static void system_values_differ(void **state)
{
    (void)state;
    Rand rand = rand_system();
    uint64_t a = rand_u64(&rand), b = rand_u64(&rand), c = rand_u64(&rand);

    assert_true(a != b || b != c);
}

static void delays_double_and_stop_at_most(void **state)
{
    (void)state;
    Rand rand = rand_seeded(5);
    int64_t full = 100;

    for (int failures = 1; failures <= 70; failures++) {
        int64_t low = full, high = 0;
        for (int i = 0; i < 200; i++) {
            int64_t delay = retry_delay_ms(&rand, failures, 100, 5000);
            low = delay < low ? delay : low;
            high = delay > high ? delay : high;
        }
        assert_true(low >= full / 2 && high <= full);
        assert_true(high > low); /* jitter, or all clients come back at once */
        full = full * 2 > 5000 ? 5000 : full * 2;
    }
}

static void delays_of_odd_bounds(void **state)
{
    (void)state;
    Rand rand = rand_seeded(6);

    assert_int_equal(retry_delay_ms(&rand, 1, 0, 1000), 0);
    assert_int_equal(retry_delay_ms(&rand, 1, -5, 1000), 0);
    assert_in_range(retry_delay_ms(&rand, 1, 1000, 10), 5, 10);
    assert_in_range(retry_delay_ms(&rand, 0, 10, 100), 5, 10);
    int64_t huge = retry_delay_ms(&rand, INT32_MAX, 1, INT64_MAX);
    assert_true(huge >= INT64_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_values_of_known_state),
        cmocka_unit_test(seed_zero_is_filled_by_splitmix),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(bytes_stay_in_bounds),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(unit_is_half_open),
        cmocka_unit_test(system_values_differ),
        cmocka_unit_test(delays_double_and_stop_at_most),
        cmocka_unit_test(delays_of_odd_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
