/* Rounds of failure of a database cluster that a script runs, under load on two real servers over it: how
 * soon writes are acknowledged again, and whether any acknowledged one is missing or doubled. usage:
 * ha_rounds HOSTS ROUNDS LIMIT_MS SCRIPT ARGUMENT, where HOSTS is "host=… port=…"; SCRIPT is called with
 * "kill" or "heal" and ARGUMENT. Exit status 0 when all held; the last line says how many did not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/integration/pair.h"

enum { LOAD_MS = 3000, PAUSE_MS = 10, GIVE_UP_MS = 60000, ROUNDS_MAX = 1000 };

static char **arguments;
static Pair pair;

static void call_script(const char *what)
{
    const char *const argv[] = {arguments[4], what, arguments[5], NULL};

    assert_int_equal(process_run(argv, NULL), 0);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static int end(void **state)
{
    (void)state;
    pair_stop(&pair);
    return 0;
}

static void rounds_of_failure(void **state)
{
    int64_t times[ROUNDS_MAX];
    int rounds = (int)strtol(arguments[2], NULL, 10);
    int64_t limit_ms = strtol(arguments[3], NULL, 10);
    LoadSum sum;
    PairCount count;

    (void)state;
    assert_in_range(rounds, 1, ROUNDS_MAX);
    pair_start_on(&pair, arguments[1]);
    Load *load = pair_load(&pair, PAUSE_MS);
    for (int i = 0; i < rounds; i++) {
        clock_system.sleep_ms(&clock_system, LOAD_MS);
        call_script("kill");
        load_mark(load);
        times[i] = load_first_ms(load, GIVE_UP_MS);
        pair_compare(&pair, load, &count);
        print_message("round %d: first write after %lld ms, %zu acknowledged, missing %lld, doubled %lld\n",
                      i + 1, (long long)times[i], load_acknowledged(load), (long long)count.missing,
                      (long long)count.doubled);
        assert_in_range(times[i], 0, limit_ms);
        assert_int_equal(count.missing, 0);
        call_script("heal");
    }
    load_stop(load, &sum);
    pair_compare(&pair, load, &count);
    load_free(load);
    qsort(times, (size_t)rounds, sizeof *times, by_value);
    print_message(
        "%d rounds: %zu acknowledged, missing %lld, doubled %lld; told to ask again %zu (unknown outcome "
        "%zu); first write after %lld/%lld/%lld ms (least/median/most)\n",
        rounds, sum.acknowledged, (long long)count.missing, (long long)count.doubled, sum.retried,
        sum.unknown, (long long)times[0], (long long)times[rounds / 2], (long long)times[rounds - 1]);
    assert_string_equal(sum.fault, "");
    assert_int_equal(count.missing, 0);
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.stored, sum.acknowledged);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounds_of_failure)};

    if (argc != 6) {
        fprintf(stderr, "usage: ha_rounds HOSTS ROUNDS LIMIT_MS SCRIPT ARGUMENT\n");
        return 2;
    }
    arguments = argv;
    return cmocka_run_group_tests(tests, NULL, end);
}
