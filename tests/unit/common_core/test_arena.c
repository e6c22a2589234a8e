/* Arena: zeroed and aligned memory, caps, the shared budget, forced failures. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/arena.h"

static void allocations_are_zeroed_and_aligned(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 20, NULL);

    for (size_t size = 0; size < 300; size++) {
        unsigned char *item = arena_alloc(arena, size);
        assert_non_null(item);
        assert_int_equal((uintptr_t)item % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(item[i], 0);
        memset(item, 0xAB, size); /* the next one must not see it */
    }
    arena_free(arena);
}

static void items_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    static unsigned char *items[COUNT];
    Arena *arena = arena_new(8 << 20, NULL);

    for (size_t i = 0; i < COUNT; i++) {
        items[i] = arena_alloc(arena, i % 97 + 1);
        assert_non_null(items[i]);
        memset(items[i], (int)(i % 251), i % 97 + 1);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j <= i % 97; j++)
            assert_int_equal(items[i][j], i % 251);
    }
    arena_free(arena);
}

static void cap_is_kept_to_the_byte(void **state)
{
    (void)state;
    size_t step = alignof(max_align_t);
    Arena *arena = arena_new(4 * step, NULL);

    assert_non_null(arena_alloc(arena, step));
    assert_int_equal(arena_used(arena), step);
    assert_non_null(arena_alloc(arena, 1)); /* takes a whole step */
    assert_int_equal(arena_used(arena), 2 * step);
    assert_null(arena_alloc(arena, 2 * step + 1));
    assert_non_null(arena_alloc(arena, 2 * step));
    assert_null(arena_alloc(arena, 0));
    assert_int_equal(arena_used(arena), 4 * step);
    arena_free(arena);
}

static void huge_sizes_are_refused(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16, NULL);

    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 3));
    assert_null(arena_array(arena, SIZE_MAX / 2, 4));
    assert_null(arena_array(arena, (size_t)1 << 33, (size_t)1 << 33));
    assert_null(arena_bytes(arena, "x", SIZE_MAX));
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_array(arena, 10, 8)); /* still of use after refusals */
    arena_free(arena);
}

static void budget_is_shared_and_given_back(void **state)
{
    (void)state;
    ArenaBudget budget = {0, 64 << 10};
    Arena *first = arena_new(1 << 20, &budget), *second = arena_new(1 << 20, &budget);

    assert_non_null(arena_alloc(first, 40 << 10));
    assert_true(budget.used >= 40 << 10);
    assert_null(arena_alloc(second, 40 << 10));
    size_t held = budget.used;
    assert_null(arena_alloc(second, 60 << 10));
    assert_int_equal(budget.used, held); /* a refusal leaves the budget as it was */
    arena_free(first);
    assert_non_null(arena_alloc(second, 40 << 10));
    arena_free(second);
    assert_int_equal(budget.used, 0);
}

static void texts_and_bytes_are_copied(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16, NULL);
    char source[] = "школа";
    char *text = arena_text(arena, source);

    source[0] = 'x';
    assert_string_equal(text, "школа");
    char *bytes = arena_bytes(arena, "a\0b", 3);
    assert_memory_equal(bytes, "a\0b\0", 4);
    assert_string_equal(arena_bytes(arena, NULL, 0), "");
    assert_string_equal(arena_printf(arena, "%s-%d", "no", 26), "no-26");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
    arena_free(arena);
}

static void long_printf_is_whole(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16, NULL);
    char *text = arena_printf(arena, "%05000d", 7);

    assert_int_equal(strlen(text), 5000);
    assert_int_equal(text[4999], '7');
    Arena *small = arena_new(64, NULL);
    assert_null(arena_printf(small, "%0200d", 7));
    arena_free(small);
    arena_free(arena);
}

static void nth_allocation_fails_once(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16, NULL);

    for (size_t n = 1; n <= 5; n++) {
        arena_fail_nth(arena, n);
        for (size_t i = 1; i <= 8; i++) {
            if (i == n)
                assert_null(arena_alloc(arena, 8));
            else
                assert_non_null(arena_alloc(arena, 8));
        }
    }
    arena_fail_nth(arena, 1);
    arena_fail_nth(arena, 0);
    assert_non_null(arena_alloc(arena, 8));
    arena_free(arena);
}

static void free_accepts_null_and_empty(void **state)
{
    (void)state;
    arena_free(NULL);
    arena_free(arena_new(0, NULL));
    Arena *arena = arena_new(0, NULL);
    assert_null(arena_alloc(arena, 1));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_zeroed_and_aligned),
        cmocka_unit_test(items_do_not_overlap),
        cmocka_unit_test(cap_is_kept_to_the_byte),
        cmocka_unit_test(huge_sizes_are_refused),
        cmocka_unit_test(budget_is_shared_and_given_back),
        cmocka_unit_test(texts_and_bytes_are_copied),
        cmocka_unit_test(long_printf_is_whole),
        cmocka_unit_test(nth_allocation_fails_once),
        cmocka_unit_test(free_accepts_null_and_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
