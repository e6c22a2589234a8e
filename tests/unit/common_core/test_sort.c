/* Sorting: order, stability, context, failure of the scratch copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/core/sort.h"

typedef struct Item {
    int key;
    int place; /* where it stood before sorting */
} Item;

static int by_key(const void *a, const void *b, const void *context)
{
    int sign = context == NULL ? 1 : *(const int *)context;
    int left = ((const Item *)a)->key, right = ((const Item *)b)->key;

    return sign * ((left > right) - (left < right));
}

/* A small generator of its own: the layer under test has no randomness. */
static unsigned next_number(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static void check_sorted(const Item *items, size_t count, int sign)
{
    for (size_t i = 1; i < count; i++) {
        assert_true(sign * items[i - 1].key <= sign * items[i].key);
        if (items[i - 1].key == items[i].key)
            assert_true(items[i - 1].place < items[i].place);
    }
}

static void sorts_every_small_length_stably(void **state)
{
    (void)state;
    unsigned seed = 42;

    for (size_t count = 0; count <= 130; count++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            Item items[131];
            long sum = 0;
            for (size_t i = 0; i < count; i++) {
                items[i] = (Item){(int)(next_number(&seed) % 10), (int)i};
                sum += items[i].key * 1000 + items[i].place;
            }
            Arena *arena = arena_new(1 << 16, NULL);
            Err err;
            assert_int_equal(sort_stable(arena, items, count, sizeof items[0], by_key, &sign, &err), ERR_OK);
            check_sorted(items, count, sign);
            for (size_t i = 0; i < count; i++)
                sum -= items[i].key * 1000 + items[i].place;
            assert_int_equal(sum, 0); /* nothing lost or doubled */
            arena_free(arena);
        }
    }
}

static void sorted_and_reversed_inputs(void **state)
{
    (void)state;
    Item up[1000], down[1000];

    for (int i = 0; i < 1000; i++) {
        up[i] = (Item){i / 3, i};
        down[i] = (Item){(999 - i) / 3, i};
    }
    Arena *arena = arena_new(1 << 20, NULL);
    Err err;
    assert_int_equal(sort_stable(arena, up, 1000, sizeof up[0], by_key, NULL, &err), ERR_OK);
    assert_int_equal(sort_stable(arena, down, 1000, sizeof down[0], by_key, NULL, &err), ERR_OK);
    check_sorted(up, 1000, 1);
    check_sorted(down, 1000, 1);
    arena_free(arena);
}

static void no_memory_leaves_items_alone(void **state)
{
    (void)state;
    Item items[] = {{3, 0}, {1, 1}, {2, 2}};
    Arena *arena = arena_new(1 << 16, NULL);
    Err err;

    arena_fail_nth(arena, 1);
    assert_int_equal(sort_stable(arena, items, 3, sizeof items[0], by_key, NULL, &err),
                     ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "MEMORY_LIMIT");
    assert_int_equal(items[0].key, 3);
    assert_int_equal(sort_stable(arena, items, SIZE_MAX, sizeof items[0], by_key, NULL, &err),
                     ERR_RESOURCE_EXHAUSTED);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_every_small_length_stably),
        cmocka_unit_test(sorted_and_reversed_inputs),
        cmocka_unit_test(no_memory_leaves_items_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
