/* Owns the tests of the explanation: steps in order, numbers, supports; and that it never contradicts the
 * status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/engine/explain.h"
#include "tests/support/engine_case.h"
#include "tests/support/profiles.h"

static int setup(void **state)
{
    *state = case_new();
    return 0;
}

static int teardown(void **state)
{
    case_free(*state);
    return 0;
}

typedef struct Steps {
    const RuleStep *items;
    size_t count;
} Steps;

static Steps explain(EngineCase *c, const Methodology *m, uint32_t school, const SchoolOutcome *outcome)
{
    RuleStep *items = NULL;
    size_t count = 0;
    Err err = {0};

    assert_int_equal(engine_explain(&c->input, m, school, outcome, c->arena, &items, &count, &err), ERR_OK);
    return (Steps){items, count};
}

static void rules_are(Steps steps, const char *const *rules, size_t count)
{
    assert_int_equal(steps.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(steps.items[i].rule, rules[i]);
}

static const RuleArg *arg(const RuleStep *step, const char *key)
{
    for (size_t i = 0; i < step->arg_count; i++)
        if (strcmp(step->args[i].key, key) == 0)
            return &step->args[i];
    fail_msg("%s has no %s", step->rule, key);
    return NULL;
}

static void numbers_are(const RuleStep *step, const char *k1, int64_t v1, const char *k2, int64_t v2)
{
    assert_int_equal(arg(step, k1)->number, v1);
    assert_int_equal(arg(step, k2)->number, v2);
}

/* methods.md 1.6, step by step. */
static void test_worked_example(void **state)
{
    static const char *const rules[] = {"FILTER",   "COMPLETE",       "BRANCH_A", "BRANCH_A",
                                        "BRANCH_B", "BRANCH_B_OTHER", "RELIABLE"};
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");

    case_worked_example(c);
    const SchoolOutcome *x = case_run(c, &m);
    Steps steps = explain(c, &m, 0, x);
    rules_are(steps, rules, 7);

    assert_true(steps.items[0].held);
    assert_string_equal(arg(&steps.items[0], "kind")->text, "sosh");
    assert_false(steps.items[1].held);
    numbers_are(&steps.items[1], "expected", 17, "absent", 10);
    assert_false(steps.items[1].decides);

    const RuleStep *a = &steps.items[2];
    assert_true(a->held && a->decides);
    numbers_are(a, "year", 2019, "low", 2);
    numbers_are(a, "held", 4, "k", 2);
    assert_int_equal(a->support_count, 2);
    assert_true(&x->procedures[a->supports[0]] == case_find(x, VPR_RUS(5), 2019));
    assert_true(&x->procedures[a->supports[1]] == case_find(x, EGE_MATH_B, 2019));
    assert_false(steps.items[3].held);
    numbers_are(&steps.items[3], "year", 2021, "low", 1);
    assert_int_equal(steps.items[3].support_count, 0);

    const RuleStep *b = &steps.items[4];
    assert_true(b->held && b->decides);
    assert_string_equal(arg(b, "mode")->text, "ANY");
    assert_int_equal(b->support_count, 3); /* two of 2019, maths 6 of 2021 */
    assert_false(steps.items[5].held);
    assert_string_equal(arg(&steps.items[5], "mode")->text, "SAME");
    assert_false(steps.items[6].held); /* RELIABLE: base maths has three participants */
}

static void test_same_mode(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("OMSK-2025");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_RUS, 2024, 10, 3);
    case_fact(c, s, OGE_MATH, 2024, 10, 3);
    case_fact(c, s, OGE_RUS, 2025, 10, 3);
    const SchoolOutcome *x = case_run(c, &m);
    Steps steps = explain(c, &m, s, x);
    static const char *const rules[] = {"FILTER",   "COMPLETE",       "BRANCH_A",
                                        "BRANCH_B", "BRANCH_B_OTHER", "RELIABLE"};
    rules_are(steps, rules, 6); /* branch A asks about the latest year alone */
    assert_false(steps.items[2].held);
    assert_int_equal(arg(&steps.items[2], "year")->number, 2025);
    assert_true(steps.items[3].held);
    assert_string_equal(arg(&steps.items[3], "mode")->text, "SAME");
    assert_int_equal(steps.items[3].support_count, 2); /* Russian in both years, not maths */
    assert_true(steps.items[4].held && !steps.items[4].decides);
    assert_int_equal(steps.items[4].support_count, 3);
}

/* Branch A in both years: each step rests on its own year. */
static void test_supports_by_year(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    for (int year = 2019; year <= 2021; year += 2) {
        case_fact(c, s, OGE_RUS, year, 10, 3);
        case_fact(c, s, OGE_MATH, year, 10, 3);
    }
    const SchoolOutcome *x = case_run(c, &m);
    Steps steps = explain(c, &m, s, x);
    for (size_t i = 0; i < 2; i++) {
        const RuleStep *a = &steps.items[2 + i];
        assert_true(a->held);
        assert_int_equal(a->support_count, 2);
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(x->procedures[a->supports[k]].year, arg(a, "year")->number);
    }
    assert_int_equal(steps.items[4].support_count, 4); /* branch B rests on both */
}

static void test_risk_steps(void **state)
{
    static const char *const rules[] = {"FILTER",   "COMPLETE",       "BRANCH_A", "BRANCH_A",
                                        "BRANCH_B", "BRANCH_B_OTHER", "RISK_A",   "RISK_A",
                                        "RISK_B",   "RELIABLE",       "TYPOLOGY"};
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    uint32_t s = case_school(c, "1");

    c->schools[s].wellbeing_group = 3;
    c->schools[s].quality_group = 6;
    case_fact(c, s, OGE_RUS, 2021, 100, 20);
    case_fact(c, s, OGE_MATH, 2021, 100, 20);
    case_fact(c, s, OGE_RUS, 2022, 100, 14);
    const SchoolOutcome *x = case_run(c, &m);
    Steps steps = explain(c, &m, s, x);
    rules_are(steps, rules, 11);
    assert_true(steps.items[6].held && steps.items[6].decides);
    numbers_are(&steps.items[6], "year", 2021, "risk", 2);
    assert_int_equal(steps.items[6].support_count, 2);
    assert_false(steps.items[7].held);
    assert_false(steps.items[8].held);
    assert_true(steps.items[9].held);
    assert_string_equal(arg(&steps.items[10], "type")->text, "RESILIENT");
    numbers_are(&steps.items[10], "i", 3, "q", 6);

    c->facts[0].below = c->facts[1].below = 30; /* listed: no question about risk */
    x = case_run(c, &m);
    assert_int_equal(explain(c, &m, s, x).count, 8);
}

static void test_steps_that_end_it(void **state)
{
    static const char *const kinds[] = {"special"};
    static const char *const filtered[] = {"FILTER", "TYPOLOGY"};
    static const char *const stopped[] = {"FILTER", "COMPLETE", "TYPOLOGY"};
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    uint32_t s = case_school(c, "1");

    m.low.exclude_kinds = kinds;
    m.low.exclude_kind_count = 1;
    Steps steps = explain(c, &m, s, case_run(c, &m)); /* no data */
    rules_are(steps, stopped, 3);
    assert_true(steps.items[1].decides && !steps.items[1].held);
    assert_false(steps.items[2].held);
    assert_string_equal(arg(&steps.items[2], "type")->text, "");
    m.low.absent_policy = ABSENT_BLOCK;
    rules_are(explain(c, &m, s, case_run(c, &m)), stopped, 3);
    c->schools[s].kind = "special";
    steps = explain(c, &m, s, case_run(c, &m));
    rules_are(steps, filtered, 2);
    assert_true(!steps.items[0].held && steps.items[0].decides);
    m.low.on = false;
    assert_int_equal(explain(c, &m, s, case_run(c, &m)).count, 1);
}

static void test_rank_step(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("RZN-2025");
    uint32_t s = case_school(c, "1");

    m.low.share = (Ratio){1, 1};
    case_fact(c, s, EGE_RUS, 2025, 20, 5);
    case_fact(c, s, EGE_MATH_P, 2025, 10, 1);
    const SchoolOutcome *x = case_run(c, &m);
    Steps steps = explain(c, &m, s, x);
    assert_int_equal(steps.count, 4);
    const RuleStep *rank = &steps.items[2];
    assert_string_equal(rank->rule, "RANK");
    assert_true(rank->held && rank->decides);
    numbers_are(rank, "rank", 1, "ranked", 1);
    numbers_are(rank, "below", 6, "participants", 30);
    assert_int_equal(rank->support_count, 2);
}

/* Over random figures: a school is listed or at risk exactly when a deciding step held, and every deciding
 * branch names procedures. */
static void test_never_contradicts(void **state)
{
    static const char *const codes[] = {"PERV-2023", "NVKZ-2021", "OMSK-2025", "FIOKO-847"};
    EngineCase *c = *state;
    uint32_t seed = 7;
    size_t decided = 0;

    for (int round = 0; round < 400; round++) {
        Methodology m = profile_get(codes[round % 4]);
        case_clear(c);
        uint32_t s = case_school(c, "1");
        for (size_t p = 0; p < m.low.procedure_count; p++)
            for (size_t y = 0; y < 2; y++) {
                seed = seed * 1664525u + 1013904223u;
                int n = (int)(seed >> 24) % 40;
                case_fact(c, s, m.low.procedures[p].procedure, m.low.years[y], n,
                          n * (int)((seed >> 16 & 0xff) % 35) / 100);
            }
        const SchoolOutcome *x = case_run(c, &m);
        Steps steps = explain(c, &m, s, x);
        bool any = false;
        for (size_t i = 0; i < steps.count; i++) {
            any = any || steps.items[i].decides;
            if (steps.items[i].decides && steps.items[i].held && strcmp(steps.items[i].rule, "COMPLETE") != 0)
                assert_true(steps.items[i].support_count > 0);
            for (size_t k = 0; k < steps.items[i].support_count; k++)
                assert_true(steps.items[i].supports[k] < x->procedure_count);
        }
        assert_int_equal(any, x->status == STATUS_LISTED || x->status == STATUS_RISK ||
                                  x->status == STATUS_NO_DATA);
        decided += any;
    }
    assert_true(decided > 50 && decided < 350);
}

static void test_allocation_failures(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    size_t nth = 1;

    case_worked_example(c);
    const SchoolOutcome *x = case_run(c, &m);
    for (;; nth++) {
        RuleStep *items = NULL;
        size_t count = 0;
        Err err = {0};
        arena_fail_nth(c->arena, nth);
        ErrCode code = engine_explain(&c->input, &m, 0, x, c->arena, &items, &count, &err);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_null(items);
    }
    assert_true(nth > 3);
    arena_fail_nth(c->arena, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_worked_example),      CASE(test_same_mode),        CASE(test_risk_steps),
        CASE(test_steps_that_end_it),   CASE(test_rank_step),        CASE(test_never_contradicts),
        CASE(test_allocation_failures), CASE(test_supports_by_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
