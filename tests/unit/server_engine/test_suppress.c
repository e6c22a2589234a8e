/* Suppression: the table of viewers, golden test 16 of methods.md, and random tables against an oracle that
 * knows nothing of networks: it tries every table that agrees with what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/engine/suppress.h"

enum { SIDE_MAX = 8, CELLS_MAX = (SIDE_MAX + 1) * (SIDE_MAX + 1), ROUNDS = 3000, LARGE_ROUNDS = 300 };
enum { STEPS_MAX = 200000 };

static Arena *arena;

/* A table under test: cells are given, sums are made. */
typedef struct Case {
    size_t rows, columns;
    int64_t counts[CELLS_MAX];
    bool hidden[CELLS_MAX];
    uint32_t owners[SIDE_MAX];
} Case;

static size_t at(const Case *one, size_t row, size_t column)
{
    return row * (one->columns + 1) + column;
}

static Case make(size_t rows, size_t columns, const int64_t *cells)
{
    Case one = {.rows = rows, .columns = columns};

    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            int64_t count = cells[i * columns + j];
            one.counts[at(&one, i, j)] = count;
            one.counts[at(&one, i, columns)] += count;
            one.counts[at(&one, rows, j)] += count;
            one.counts[at(&one, rows, columns)] += count;
        }
    }
    return one;
}

static void suppress_with(Case *one, SuppressViewer viewer, const uint32_t *owners)
{
    SuppressTable table = {one->rows, one->columns, one->counts, owners, one->hidden};
    Err err = {0};

    arena = arena_new(1 << 20, NULL);
    assert_int_equal(suppress_table(suppress_rule(viewer), &table, arena, &err), ERR_OK);
    arena_free(arena);
}

static void suppress(Case *one, SuppressViewer viewer)
{
    suppress_with(one, viewer, NULL);
}

static size_t hidden_count(const Case *one)
{
    size_t count = 0;

    for (size_t i = 0; i < (one->rows + 1) * (one->columns + 1); i++)
        count += one->hidden[i];
    return count;
}

/* ---- the oracle ---- */

/* Fills the cells inside one after the other with every value that can still agree, bottom up by brute force,
 * and notes which hidden cells were seen with another value. Hidden sums follow from the cells. */
typedef struct Oracle {
    const Case *one;
    int64_t most; /* no cell is tried above this: more is never needed to find a second value */
    int64_t trial[CELLS_MAX];
    bool other[CELLS_MAX];
    size_t left; /* hidden cells without a second value */
    long steps;
    bool down; /* largest values first */
} Oracle;

static void note_trial(Oracle *oracle)
{
    const Case *one = oracle->one;
    Case sums = make(one->rows, one->columns, oracle->trial);

    for (size_t i = 0; i < (one->rows + 1) * (one->columns + 1); i++) {
        if (!one->hidden[i] && sums.counts[i] != one->counts[i])
            return;
    }
    for (size_t i = 0; i < (one->rows + 1) * (one->columns + 1); i++) {
        if (one->hidden[i] && !oracle->other[i] && sums.counts[i] != one->counts[i]) {
            oracle->other[i] = true;
            oracle->left--;
        }
    }
}

/* Sum of the trial's row or column so far must not exceed a sum that is shown. */
static bool may_go_on(const Oracle *oracle, size_t cell)
{
    const Case *one = oracle->one;
    size_t row = cell / one->columns, column = cell % one->columns;
    int64_t across = 0, down = 0;

    for (size_t j = 0; j <= column; j++)
        across += oracle->trial[row * one->columns + j];
    for (size_t i = 0; i <= row; i++)
        down += oracle->trial[i * one->columns + column];
    if (!one->hidden[at(one, row, one->columns)]) {
        int64_t sum = one->counts[at(one, row, one->columns)];
        if (across > sum || (column + 1 == one->columns && across != sum))
            return false;
    }
    if (!one->hidden[at(one, one->rows, column)]) {
        int64_t sum = one->counts[at(one, one->rows, column)];
        if (down > sum || (row + 1 == one->rows && down != sum))
            return false;
    }
    return true;
}

static void try_from(Oracle *oracle, size_t cell)
{
    const Case *one = oracle->one;

    if (oracle->left == 0 || ++oracle->steps > STEPS_MAX)
        return;
    if (cell == one->rows * one->columns) {
        note_trial(oracle);
        return;
    }
    size_t place = at(one, cell / one->columns, cell % one->columns);
    int64_t from = one->hidden[place] ? 0 : one->counts[place];
    int64_t to = one->hidden[place] ? oracle->most : one->counts[place];
    for (int64_t i = 0; i <= to - from; i++) {
        oracle->trial[cell] = oracle->down ? to - i : from + i;
        if (may_go_on(oracle, cell))
            try_from(oracle, cell + 1);
    }
    oracle->trial[cell] = 0;
}

/* How many hidden cells have one possible value only. Both orders of trying are walked, since a table of
 * which little is shown has too many; -1: neither came to an end. */
static int determined(const Case *one)
{
    Oracle oracle = {.one = one, .left = hidden_count(one)};

    for (size_t i = 0; i < one->rows; i++) {
        for (size_t j = 0; j < one->columns; j++) {
            int64_t count = one->counts[at(one, i, j)];
            oracle.most = count + 1 > oracle.most ? count + 1 : oracle.most;
        }
    }
    for (int down = 0; down < 2 && oracle.left > 0; down++) {
        oracle.down = down == 1;
        oracle.steps = 0;
        memset(oracle.trial, 0, sizeof oracle.trial);
        try_from(&oracle, 0);
        if (oracle.steps <= STEPS_MAX)
            return (int)oracle.left;
    }
    return oracle.left == 0 ? 0 : -1;
}

static void the_oracle_itself_sees_subtraction(void **state)
{
    Case one = make(2, 2, (const int64_t[]){4, 20, 30, 40});

    (void)state;
    one.hidden[at(&one, 0, 0)] = true;
    assert_int_equal(determined(&one), 1);
    one.hidden[at(&one, 0, 1)] = true;
    assert_int_equal(determined(&one), 2); /* by the columns */
    one.hidden[at(&one, 1, 0)] = one.hidden[at(&one, 1, 1)] = true;
    assert_int_equal(determined(&one), 0);
    /* two noughts under a shown sum of nought */
    one = make(2, 2, (const int64_t[]){0, 0, 30, 40});
    one.hidden[at(&one, 0, 0)] = one.hidden[at(&one, 0, 1)] = true;
    one.hidden[at(&one, 1, 0)] = one.hidden[at(&one, 1, 1)] = true;
    assert_int_equal(determined(&one), 4);
}

/* ---- golden test 16 ---- */

/* n = 4 is hidden, and the sum of its row does not give it back. */
static void golden_16(void **state)
{
    Case one = make(3, 3, (const int64_t[]){4, 20, 30, 25, 12, 40, 18, 33, 11});

    (void)state;
    suppress(&one, VIEWER_PUBLIC);
    assert_true(one.hidden[at(&one, 0, 0)]);
    assert_false(one.hidden[at(&one, 0, 3)]);
    assert_false(one.hidden[at(&one, 3, 0)]);
    assert_int_equal(hidden_count(&one), 4);
    assert_int_equal(determined(&one), 0);
    /* a second cell in its row and in its column, the smallest ones */
    assert_true(one.hidden[at(&one, 0, 1)]);
    assert_true(one.hidden[at(&one, 2, 0)]);
}

static void nothing_small_nothing_hidden(void **state)
{
    Case one = make(2, 3, (const int64_t[]){5, 20, 0, 25, 12, 40});

    (void)state;
    suppress(&one, VIEWER_PUBLIC);
    assert_int_equal(hidden_count(&one), 0);
}

static void each_viewer_has_a_rule(void **state)
{
    static const struct {
        SuppressViewer viewer;
        uint32_t base, count, band;
        size_t hidden;
    } viewers[] = {
        {VIEWER_SCHOOL, 0, 0, 0, 0},   {VIEWER_MUNICIPALITY, 5, 0, 0, 2}, {VIEWER_REGION, 0, 0, 0, 0},
        {VIEWER_PUBLIC, 10, 4, 40, 6}, {VIEWER_UNSET, 10, 4, 40, 6},      {(SuppressViewer)99, 10, 4, 40, 6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof viewers / sizeof *viewers; i++) {
        const SuppressRule *rule = suppress_rule(viewers[i].viewer);
        Case one = make(2, 2, (const int64_t[]){1, 2, 30, 3});

        assert_int_equal(rule->base_min, viewers[i].base);
        assert_int_equal(rule->count_max, viewers[i].count);
        assert_int_equal(rule->band_below, viewers[i].band);
        suppress(&one, viewers[i].viewer);
        assert_int_equal(hidden_count(&one), viewers[i].hidden);
        assert_true(!rule->complement || determined(&one) == 0);
    }
}

/* A group of nine is not broken down, noughts included: "none" would tell as much as a number. */
static void a_small_group_is_not_broken_down(void **state)
{
    Case one = make(3, 2, (const int64_t[]){9, 0, 30, 40, 50, 60});

    (void)state;
    suppress(&one, VIEWER_PUBLIC);
    assert_true(one.hidden[at(&one, 0, 0)]);
    assert_true(one.hidden[at(&one, 0, 1)]);
    assert_false(one.hidden[at(&one, 0, 2)]);
    assert_int_equal(determined(&one), 0);
}

/* No total where one school contributes, however large it is. */
static void a_lone_school_has_no_total(void **state)
{
    const uint32_t owners[] = {1, 7, 9};
    Case one = make(3, 2, (const int64_t[]){60, 80, 30, 40, 50, 60});

    (void)state;
    suppress_with(&one, VIEWER_PUBLIC, owners);
    assert_true(one.hidden[at(&one, 0, 2)]);
    assert_int_equal(determined(&one), 0);
    memset(one.hidden, 0, sizeof one.hidden);
    suppress_with(&one, VIEWER_REGION, owners);
    assert_int_equal(hidden_count(&one), 0);
}

/* ---- random tables ---- */

static uint64_t seed = 20261122;

static uint64_t draw(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

/* Many small counts and noughts, some larger ones. */
static Case draw_table(size_t most_side, int64_t most)
{
    int64_t cells[SIDE_MAX * SIDE_MAX];
    size_t rows = 1 + draw(most_side), columns = 1 + draw(most_side);

    for (size_t i = 0; i < rows * columns; i++)
        cells[i] = draw(3) == 0 ? 0 : (int64_t)draw(draw(2) == 0 ? 6 : (uint64_t)most);
    return make(rows, columns, cells);
}

/* Nothing small is shown, and what is shown less what is shown is not small either. */
static void check_lines(const Case *one)
{
    for (size_t i = 0; i <= one->rows; i++) {
        int64_t together = 0;

        for (size_t j = 0; j <= one->columns; j++) {
            int64_t count = one->counts[at(one, i, j)];
            assert_true(one->hidden[at(one, i, j)] || count == 0 || count > 4);
            if (j < one->columns && one->hidden[at(one, i, j)])
                together += count;
        }
        bool shown = !one->hidden[at(one, i, one->columns)];
        assert_true(!shown || together == 0 || together > 4);
    }
    for (size_t j = 0; j <= one->columns; j++) {
        int64_t together = 0;

        for (size_t i = 0; i < one->rows; i++)
            together += one->hidden[at(one, i, j)] ? one->counts[at(one, i, j)] : 0;
        assert_true(one->hidden[at(one, one->rows, j)] || together == 0 || together > 4);
    }
}

static void no_hidden_cell_of_a_random_table_is_determined(void **state)
{
    size_t with_hidden = 0, all_hidden = 0, undecided = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        Case one = draw_table(3, 12);

        suppress(&one, VIEWER_PUBLIC);
        check_lines(&one);
        int left = determined(&one);
        if (left > 0)
            fail_msg("round %d: %d of %zu hidden cells of a %zu x %zu table are determined", round, left,
                     hidden_count(&one), one.rows, one.columns);
        undecided += left < 0;
        with_hidden += hidden_count(&one) > 0;
        all_hidden += hidden_count(&one) == (one.rows + 1) * (one.columns + 1);
    }
    print_message("%d tables, %zu with hidden cells, %zu wholly hidden, %zu too many to try\n", ROUNDS,
                  with_hidden, all_hidden, undecided);
    assert_true(with_hidden > ROUNDS / 2);
    assert_true(undecided * 20 < ROUNDS);
    assert_true(all_hidden < with_hidden);
}

/* The search ends, and hides less than everything, on tables as large as a region's. */
static void large_tables_keep_something(void **state)
{
    size_t shown = 0, cells = 0;

    (void)state;
    for (int round = 0; round < LARGE_ROUNDS; round++) {
        Case one = draw_table(SIDE_MAX, 200);

        suppress(&one, VIEWER_PUBLIC);
        check_lines(&one);
        cells += (one.rows + 1) * (one.columns + 1);
        shown += (one.rows + 1) * (one.columns + 1) - hidden_count(&one);
    }
    assert_true(shown * 10 > cells * 2);
}

/* Hiding again hides nothing more: what is protected is protected. */
static void suppressing_is_settled(void **state)
{
    (void)state;
    for (int round = 0; round < LARGE_ROUNDS; round++) {
        Case one = draw_table(SIDE_MAX, 60), again = one;

        suppress(&one, VIEWER_PUBLIC);
        suppress(&again, VIEWER_PUBLIC);
        assert_memory_equal(one.hidden, again.hidden, sizeof one.hidden);
    }
}

/* ---- pools and shares ---- */

static void small_rows_are_put_together(void **state)
{
    static const struct {
        size_t rows;
        int64_t totals[6];
        size_t groups;
        size_t group[6];
    } cases[] = {
        {3, {20, 30, 40}, 3, {0, 1, 2}},
        {4, {20, 4, 30, 7}, 3, {0, 2, 1, 2}}, /* 4 + 7 = 11 stand together */
        {3, {20, 4, 30}, 2, {1, 1, 0}},       /* 4 alone would be seen: the next smallest joins */
        {4, {9, 0, 30, 0}, 1, {0, 0, 0, 0}},  /* 9 + 30 */
        {2, {3, 4}, 1, {0, 0}},               /* never enough */
        {6, {9, 9, 9, 100, 1, 50}, 3, {2, 2, 2, 0, 2, 1}},
        {1, {50}, 1, {0}},
        {0, {0}, 0, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t group[6] = {0};

        assert_int_equal(suppress_pool(suppress_rule(VIEWER_PUBLIC), cases[i].totals, cases[i].rows, group),
                         cases[i].groups);
        for (size_t j = 0; j < cases[i].rows; j++)
            assert_int_equal(group[j], cases[i].group[j]);
    }
}

static void shares_are_coded_at_both_ends(void **state)
{
    static const struct {
        int64_t count, base;
        SuppressShare share;
        uint32_t percent;
    } cases[] = {
        {0, 0, SHARE_HIDDEN, 0},        {5, 9, SHARE_HIDDEN, 0},        {0, 10, SHARE_AT_MOST_5, 0},
        {10, 10, SHARE_AT_LEAST_95, 0}, {5, 10, SHARE_EXACT, 50},       {1, 39, SHARE_AT_MOST_5, 0},
        {2, 39, SHARE_HIDDEN, 0},       {38, 39, SHARE_AT_LEAST_95, 0}, {37, 39, SHARE_HIDDEN, 0},
        {6, 39, SHARE_EXACT, 15},       {0, 40, SHARE_EXACT, 0},        {40, 40, SHARE_EXACT, 100},
        {1, 40, SHARE_HIDDEN, 0},       {39, 40, SHARE_HIDDEN, 0},      {5, 1000, SHARE_EXACT, 1},
        {125, 1000, SHARE_EXACT, 13},   {124, 1000, SHARE_EXACT, 12},   {1000, 1000, SHARE_EXACT, 100},
    };
    uint32_t percent;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            suppress_share(suppress_rule(VIEWER_PUBLIC), cases[i].count, cases[i].base, &percent),
            cases[i].share);
        assert_int_equal(percent, cases[i].percent);
    }
    assert_int_equal(suppress_share(suppress_rule(VIEWER_SCHOOL), 1, 3, &percent), SHARE_EXACT);
    assert_int_equal(percent, 33);
    assert_int_equal(suppress_share(suppress_rule(VIEWER_MUNICIPALITY), 1, 4, &percent), SHARE_HIDDEN);
}

static void memory_that_ends_is_said(void **state)
{
    Case one = make(2, 2, (const int64_t[]){1, 2, 3, 4});
    SuppressTable table = {2, 2, one.counts, NULL, one.hidden};

    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        Err err = {0};
        arena = arena_new(1 << 16, NULL);
        arena_fail_nth(arena, n);
        assert_int_equal(suppress_table(suppress_rule(VIEWER_PUBLIC), &table, arena, &err),
                         ERR_RESOURCE_EXHAUSTED);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oracle_itself_sees_subtraction),
        cmocka_unit_test(golden_16),
        cmocka_unit_test(nothing_small_nothing_hidden),
        cmocka_unit_test(each_viewer_has_a_rule),
        cmocka_unit_test(a_small_group_is_not_broken_down),
        cmocka_unit_test(a_lone_school_has_no_total),
        cmocka_unit_test(no_hidden_cell_of_a_random_table_is_determined),
        cmocka_unit_test(large_tables_keep_something),
        cmocka_unit_test(suppressing_is_settled),
        cmocka_unit_test(small_rows_are_put_together),
        cmocka_unit_test(shares_are_coded_at_both_ends),
        cmocka_unit_test(memory_that_ends_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
