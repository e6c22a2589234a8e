/* Owns the check of the shipped methodologies against those written by hand from methods.md 1.3: same rules,
 * same answers on the same figures; and none has an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/rand.h"
#include "common/core/embed.h"
#include "server/engine/key.h"
#include "server/engine/lint.h"
#include "tests/support/engine_case.h"
#include "tests/support/profiles.h"

static Arena *arena;
static Catalog *catalog;

static const struct {
    const char *shipped, *by_hand;
} pairs[] = {
    {"FIOKO-847", "FIOKO-847"}, {"NVKZ-2021", "NVKZ-2021"},       {"PERV-2023", "PERV-2023"},
    {"OMSK-2025", "OMSK-2025"}, {"PERV-2023-LITERAL", "PERV-T3"}, {"RZN-2025", "RZN-2025"},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static int load(void **state)
{
    Err err = {0};

    (void)state;
    arena = arena_new((size_t)64 << 20, NULL);
    if (arena == NULL || catalog_files_count != 1)
        return 1;
    return catalog_load(catalog_files[0].data, catalog_files[0].size, arena, &catalog, &err) != ERR_OK;
}

static int unload(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const Methodology *shipped(const char *code)
{
    const Methodology *m = catalog_get_methodology(catalog, code, 0);

    if (m == NULL)
        fail_msg("%s is not shipped", code);
    return m;
}

static void test_same_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        const LowRule *a = &shipped(pairs[i].shipped)->low;
        Methodology hand = profile_get(pairs[i].by_hand);
        const LowRule *b = &hand.low;
        bool same = a->on && a->test == b->test && ratio_compare(a->share, b->share) == 0 &&
                    a->risk.on == b->risk.on && a->count_unit == b->count_unit &&
                    a->year_count == b->year_count && a->branch_a_on == b->branch_a_on &&
                    a->branch_b_on == b->branch_b_on && a->min_participants == b->min_participants &&
                    a->absent_policy == b->absent_policy && a->lineage == b->lineage &&
                    a->unreliable_below == b->unreliable_below &&
                    a->unreliable_ci_below == b->unreliable_ci_below &&
                    a->procedure_count == b->procedure_count && a->exclude_kind_count == 0;
        if (!same)
            fail_msg("%s differs", pairs[i].shipped);
        for (size_t y = 0; y < a->year_count; y++)
            assert_int_equal(a->years[y], b->years[y]);
        if (a->risk.on) {
            assert_int_equal(ratio_compare(a->risk.floor, b->risk.floor), 0);
            assert_int_equal(a->risk.floor_inclusive, b->risk.floor_inclusive);
        }
        if (a->branch_a_on) {
            assert_int_equal(a->branch_a_k, b->branch_a_k);
            assert_int_equal(a->branch_a_years, b->branch_a_years);
        }
        if (a->branch_b_on)
            assert_int_equal(a->branch_b_mode, b->branch_b_mode);
    }
}

/* The grid of the shipped typology is the rule of methods.md 3.2, cell by cell. */
static void test_same_typology(void **state)
{
    static const TypologyRule grid = {.on = true, .bands = typology_bands, .band_count = TYPOLOGY_BAND_COUNT};
    EngineCase *c = case_new();
    Methodology hand = {.typology = grid};

    (void)state;
    for (int i = 1; i <= 11; i++) {
        case_clear(c);
        static const char *const codes[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"};
        for (int q = 1; q <= 11; q++) {
            uint32_t s = case_school(c, codes[q - 1]);
            c->schools[s].wellbeing_group = i;
            c->schools[s].quality_group = q;
        }
        Methodology m = *shipped("PERV-2023");
        const SchoolOutcome *x = case_run(c, &m), *y = case_run(c, &hand);
        for (size_t s = 0; s < 11; s++)
            assert_string_equal(x[s].typology->code, y[s].typology->code);
    }
    case_free(c);
}

static void random_region(EngineCase *c, const LowRule *rule, Rand *rand)
{
    static const char *const codes[] = {"1", "2", "3", "4", "5", "6", "7", "8"};

    case_clear(c);
    for (size_t s = 0; s < 8; s++) {
        case_school(c, codes[s]);
        for (size_t p = 0; p < rule->procedure_count; p++)
            for (int year = rule->years[0]; year <= rule->years[rule->year_count - 1]; year++) {
                int64_t n = (int64_t)rand_below(rand, 60), k = n * (int64_t)rand_below(rand, 40) / 100;
                if (rand_below(rand, 4) != 0)
                    case_fact(c, (uint32_t)s, rule->procedures[p].procedure, year, n, k);
            }
    }
}

static Buf outcome_bytes(EngineCase *c, const Methodology *m)
{
    const SchoolOutcome *x = case_run(c, m);
    Buf buf;

    buf_init(&buf, (size_t)8 << 20);
    engine_outcome_pack(&c->input, x, &buf);
    assert_false(buf.failed);
    return buf;
}

static void test_same_answers(void **state)
{
    EngineCase *c = case_new();
    Rand rand = rand_seeded(11);

    (void)state;
    for (int round = 0; round < 60; round++)
        for (size_t i = 0; i < PAIRS; i++) {
            Methodology hand = profile_get(pairs[i].by_hand);
            random_region(c, &hand.low, &rand);
            Buf a = outcome_bytes(c, shipped(pairs[i].shipped)), b = outcome_bytes(c, &hand);
            if (a.length != b.length || memcmp(a.data, b.data, a.length) != 0)
                fail_msg("%s answers differently in round %d", pairs[i].shipped, round);
            buf_done(&a);
            buf_done(&b);
        }
    case_free(c);
}

/* The worked example of methods.md 1.6 under the shipped profiles, their own years and unchanged figures. */
static void test_worked_example(void **state)
{
    EngineCase *c = case_new();

    (void)state;
    case_worked_example(c);
    assert_int_equal(case_run(c, shipped("NVKZ-2021"))->branches, HELD_A | HELD_B | HELD_B_ANY);
    assert_int_equal(case_run(c, shipped("FIOKO-847"))->branches, HELD_A | HELD_B | HELD_B_ANY);
    assert_int_equal(case_run(c, shipped("OMSK-2025"))->status, STATUS_NO_DATA);
    /* 2021 alone: 25.0 % and 27.8 % are two in the risk band, maths 6 is low by itself. */
    const SchoolOutcome *x = case_run(c, shipped("PERV-2023"));
    assert_int_equal(x->status, STATUS_RISK);
    assert_int_equal(x->branches, HELD_RISK_A);
    assert_int_equal(x->flags, FLAG_INCOMPLETE | FLAG_ONE_YEAR_ONLY | FLAG_UNRELIABLE);
    case_free(c);
}

/* Every shipped profile can be run; the trap is said of the literal risk zone alone. */
static void test_lint_of_all(void **state)
{
    size_t no_floor = 0;
    Err err = {0};

    (void)state;
    assert_true(catalog->methodology_count >= PAIRS);
    for (size_t i = 0; i < catalog->methodology_count; i++) {
        LintFinding *found = NULL;
        size_t count = 0;
        assert_int_equal(engine_lint(&catalog->methodologies[i], arena, &found, &count, &err), ERR_OK);
        for (size_t f = 0; f < count; f++) {
            if (found[f].severity == LINT_ERROR)
                fail_msg("%s: %s", catalog->methodologies[i].code, found[f].code);
            if (strcmp(found[f].code, "RISK_NO_FLOOR") != 0)
                continue;
            no_floor++;
            assert_string_equal(catalog->methodologies[i].code, "PERV-2023-LITERAL");
        }
    }
    assert_int_equal(no_floor, 1);
}

/* The engine's key orders procedures as the catalogue does. */
static void test_key_order(void **state)
{
    static const int grades[] = {0, 4, 5, 11};
    Procedure all[3 * 2 * 3 * 4 * 2];
    size_t n = 0;

    (void)state;
    for (int family = 1; family <= 3; family++)
        for (int subject = 1; subject <= 2; subject++)
            for (int level = 0; level <= 2; level++)
                for (size_t g = 0; g < 4; g++)
                    for (int wave = 0; wave <= 1; wave++)
                        all[n++] = (Procedure){(Family)family, (Subject)subject, (Level)level, grades[g],
                                               (Wave)wave};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            uint64_t a = procedure_key(all[i]), b = procedure_key(all[j]);
            int order = procedure_compare(all[i], all[j]);
            assert_int_equal((a > b) - (a < b), (order > 0) - (order < 0));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_rules),     cmocka_unit_test(test_same_typology),
        cmocka_unit_test(test_same_answers),   cmocka_unit_test(test_lint_of_all),
        cmocka_unit_test(test_worked_example), cmocka_unit_test(test_key_order),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
