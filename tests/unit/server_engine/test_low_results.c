/* Owns the tests of the 30 % rule: golden test 3, the worked example, the edge cases of methods.md 1.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

/* One procedure in one year under NVKZ-2021: is it low? */
static bool low_alone(EngineCase *c, int64_t participants, int64_t below)
{
    Methodology m = profile_get("NVKZ-2021");

    case_clear(c);
    case_fact(c, case_school(c, "1"), OGE_MATH, 2021, participants, below);
    const SchoolOutcome *outcome = case_run(c, &m);
    assert_int_equal(outcome->procedure_count, 1);
    return outcome->procedures[0].low;
}

static void test_cut_table(void **state)
{
    static const struct {
        int n, k;
    } smallest[] = {{1, 1}, {2, 1},  {3, 1},  {4, 2},  {5, 2},  {7, 3},
                    {9, 3}, {10, 3}, {13, 4}, {20, 6}, {27, 9}, {33, 10}};

    for (size_t i = 0; i < sizeof smallest / sizeof smallest[0]; i++) {
        assert_true(low_alone(*state, smallest[i].n, smallest[i].k));
        assert_false(low_alone(*state, smallest[i].n, smallest[i].k - 1));
    }
    assert_true(low_alone(*state, 10, 3));
    assert_true(low_alone(*state, 20, 6));
    assert_false(low_alone(*state, 10000, 2997)); /* shown as 30.0 % */
    assert_false(low_alone(*state, 10000, 2999));
    assert_true(low_alone(*state, 10000, 3000));
    assert_true(low_alone(*state, ENGINE_FIGURE_MAX, 300000000));
    assert_false(low_alone(*state, ENGINE_FIGURE_MAX, 299999999));
}

static void test_worked_example(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");

    case_worked_example(c);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_LISTED);
    assert_int_equal(x->branches, HELD_A | HELD_B | HELD_B_ANY);
    assert_int_equal(x->years[0].low, 2);
    assert_int_equal(x->years[0].held, 4);
    assert_int_equal(x->years[1].low, 1);
    assert_int_equal(x->years[1].held, 3);
    assert_true(case_find(x, VPR_RUS(5), 2019)->low);
    assert_false(case_find(x, VPR_RUS(5), 2021)->low);
    assert_true(case_find(x, VPR_MATH(6), 2021)->low);
    assert_true(case_find(x, EGE_MATH_B, 2019)->low);
    assert_false(case_find(x, EGE_MATH_B, 2019)->reliable);
    assert_false(x->reliable);
    assert_int_equal(x->flags & FLAG_UNRELIABLE, FLAG_UNRELIABLE);
}

/* The same figures with k = 2 in the latest year and the same procedure in both. */
static void test_worked_example_omsk(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("OMSK-2025");

    m.low.years[0] = 2019;
    m.low.years[1] = 2021;
    case_worked_example(c);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_NOT_LISTED);
    assert_int_equal(x->branches, HELD_B_ANY);
    assert_true(x->reliable);
    assert_int_equal(x->flags & FLAG_UNRELIABLE, 0);
}

/* Which profiles list the same figures, and how: the years of each profile's pair hold the same table. */
static void test_profiles_differ(void **state)
{
    static const struct {
        const char *code;
        ClassStatus status;
        unsigned branches;
    } answers[] = {
        {"FIOKO-847", STATUS_LISTED, HELD_A | HELD_B | HELD_B_ANY},
        {"NVKZ-2021", STATUS_LISTED, HELD_A | HELD_B | HELD_B_ANY},
        {"PERV-T1", STATUS_LISTED, HELD_A | HELD_B_ANY},
        {"PERV-T3", STATUS_LISTED, HELD_A | HELD_B_ANY},
        {"PERV-2023", STATUS_LISTED, HELD_A | HELD_B_ANY},
        {"OMSK-2025", STATUS_NOT_LISTED, HELD_B_ANY},
        {"RZN-2025", STATUS_NO_DATA, 0},
    };
    EngineCase *c = *state;

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        Methodology m = profile_get(answers[i].code);
        case_clear(c);
        case_worked_example(c);
        for (size_t f = 0; f < c->input.fact_count; f++)
            c->facts[f].year = m.low.years[c->facts[f].year == 2019 ? 0 : m.low.year_count - 1];
        if (m.low.year_count == 1) /* only base maths would be left: take it away too */
            c->input.fact_count = 0;
        const SchoolOutcome *x = case_run(c, &m);
        if (x->status != answers[i].status || x->branches != answers[i].branches)
            fail_msg("%s: %s %u", answers[i].code, engine_status_name(x->status), x->branches);
    }
}

/* Two procedures below the list's share in one year, then one in both years. */
static void test_risk_zone(void **state)
{
    static const struct {
        const char *code;
        int n, k_rus, k_math, k_rus_next; /* 2021: VPR_RUS(5), OGE_MATH; 2022: VPR_RUS(5) */
        ClassStatus status;
        unsigned branches;
    } rows[] = {
        {"PERV-2023", 100, 15, 29, 0, STATUS_RISK, HELD_RISK_A},
        {"PERV-2023", 100, 14, 29, 0, STATUS_NOT_LISTED, 0},
        {"PERV-2023", 100, 15, 0, 15, STATUS_RISK, HELD_RISK_B},
        {"PERV-2023", 100, 15, 20, 15, STATUS_RISK, HELD_RISK_A | HELD_RISK_B},
        {"PERV-2023", 100, 30, 29, 15, STATUS_NOT_LISTED, 0}, /* low in one year is not the risk band */
        {"PERV-2023", 100, 30, 30, 15, STATUS_LISTED, HELD_A},
        {"PERV-2023", 100, 30, 0, 31, STATUS_LISTED, HELD_B | HELD_B_ANY | HELD_B_SAME},
        {"PERV-2023", 10000, 1499, 2000, 0, STATUS_NOT_LISTED, 0},
        {"PERV-T3", 100, 1, 1, 0, STATUS_RISK, HELD_RISK_A}, /* trap T-01 as literally written */
        {"PERV-T3", 100, 1, 0, 1, STATUS_RISK, HELD_RISK_B},
        {"PERV-T3", 100, 0, 0, 0, STATUS_NOT_LISTED, 0},
        {"PERV-T1", 100, 15, 29, 15, STATUS_NOT_LISTED, 0}, /* no zone at all */
    };
    EngineCase *c = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Methodology m = profile_get(rows[i].code);
        case_clear(c);
        uint32_t s = case_school(c, "1");
        case_fact(c, s, VPR_RUS(5), 2021, rows[i].n, rows[i].k_rus);
        case_fact(c, s, OGE_MATH, 2021, rows[i].n, rows[i].k_math);
        case_fact(c, s, VPR_RUS(5), 2022, rows[i].n, rows[i].k_rus_next);
        const SchoolOutcome *x = case_run(c, &m);
        if (x->status != rows[i].status || x->branches != rows[i].branches)
            fail_msg("row %zu: %s %u", i, engine_status_name(x->status), x->branches);
    }
}

static void test_floor_inclusive_flag(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_MATH, 2021, 20, 3); /* exactly 15 % */
    case_fact(c, s, OGE_RUS, 2021, 40, 6);
    assert_int_equal(case_run(c, &m)->status, STATUS_RISK);
    m.low.risk.floor_inclusive = false;
    assert_int_equal(case_run(c, &m)->status, STATUS_NOT_LISTED);
    c->facts[0].below++;
    c->facts[1].below++;
    assert_int_equal(case_run(c, &m)->status, STATUS_RISK);
}

/* Branch A looks at the latest year alone, or at any one year; never at two years together. */
static void test_branch_a_years(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_RUS, 2019, 10, 3);
    case_fact(c, s, OGE_MATH, 2019, 10, 3);
    case_fact(c, s, OGE_MATH, 2021, 10, 2);
    assert_int_equal(case_run(c, &m)->branches, HELD_A);
    m.low.branch_a_years = BRANCH_A_LATEST;
    assert_int_equal(case_run(c, &m)->status, STATUS_NOT_LISTED);
    c->facts[2].below = 3; /* one low in the latest year: branch B, by the same procedure */
    assert_int_equal(case_run(c, &m)->branches, HELD_B | HELD_B_ANY | HELD_B_SAME);
    m.low.branch_b_on = false;
    assert_int_equal(case_run(c, &m)->branches, HELD_B_ANY | HELD_B_SAME);
    assert_int_equal(case_run(c, &m)->status, STATUS_NOT_LISTED);
}

static void test_branch_b_modes(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    m.low.branch_a_on = false;
    case_fact(c, s, OGE_RUS, 2019, 10, 3);
    case_fact(c, s, OGE_MATH, 2021, 10, 3);
    assert_int_equal(case_run(c, &m)->branches, HELD_B | HELD_B_ANY);
    m.low.branch_b_mode = BRANCH_B_SAME_PROCEDURE;
    assert_int_equal(case_run(c, &m)->branches, HELD_B_ANY);
    /* The same is the procedure, not the count unit: grades 5 and 6 stay two. */
    m.low.count_unit = COUNT_FAMILY_SUBJECT;
    c->facts[0].procedure = VPR_RUS(5);
    c->facts[1].procedure = VPR_RUS(6);
    assert_int_equal(case_run(c, &m)->branches, HELD_B_ANY);
    c->facts[1].procedure = VPR_RUS(5);
    assert_int_equal(case_run(c, &m)->branches, HELD_B | HELD_B_ANY | HELD_B_SAME);
}

static void test_count_units(void **state)
{
    static const struct {
        CountUnit unit;
        int low, held;
    } rows[] = {{COUNT_FAMILY_GRADE_SUBJECT, 4, 5}, {COUNT_FAMILY_SUBJECT, 2, 3}, {COUNT_FAMILY, 2, 2}};
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, VPR_RUS(5), 2019, 10, 3);
    case_fact(c, s, VPR_RUS(6), 2019, 10, 3);
    case_fact(c, s, VPR_MATH(6), 2019, 10, 0);
    case_fact(c, s, EGE_MATH_B, 2019, 10, 4); /* base and profile maths are two procedures */
    case_fact(c, s, EGE_MATH_P, 2019, 10, 4);
    for (size_t i = 0; i < 3; i++) {
        m.low.count_unit = rows[i].unit;
        m.low.branch_a_k = rows[i].low;
        const SchoolOutcome *x = case_run(c, &m);
        assert_int_equal(x->years[0].low, rows[i].low);
        assert_int_equal(x->years[0].held, rows[i].held);
        assert_int_equal(x->status, STATUS_LISTED);
        m.low.branch_a_k++;
        assert_int_equal(case_run(c, &m)->status, STATUS_NOT_LISTED);
    }
}

/* Base maths counts in 2019 only; rows of other years, grades and of autumn never count. */
static void test_only_named_rows(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, EGE_MATH_B, 2021, 10, 10);
    case_fact(c, s, VPR_RUS(7), 2021, 10, 10);
    case_fact(c, s, VPR_RUS(5), 2020, 10, 10);
    case_fact(c, s, IN_AUTUMN(VPR_RUS(5)), 2021, 10, 10);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_NO_DATA);
    assert_int_equal(x->procedure_count, 0);

    MethodProcedure autumn = {.procedure = IN_AUTUMN(VPR_RUS(5))};
    m.low.procedures = &autumn;
    m.low.procedure_count = 1;
    case_fact(c, s, VPR_RUS(5), 2021, 10, 0); /* spring does not mix in either */
    x = case_run(c, &m);
    assert_int_equal(x->procedure_count, 1);
    assert_int_equal(x->years[1].low, 1);

    MethodProcedure any_grade = {.procedure = VPR_RUS(0)};
    m.low.procedures = &any_grade;
    x = case_run(c, &m);
    assert_int_equal(x->procedure_count, 2); /* grades 5 and 7 of spring 2021 */
}

static void test_not_held_is_not_missing(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    MethodProcedure two[] = {{.procedure = OGE_RUS}, {.procedure = OGE_MATH}};
    uint32_t s = case_school(c, "1");

    m.low.procedures = two;
    m.low.procedure_count = 2;
    case_fact(c, s, OGE_RUS, 2019, 10, 1);
    case_fact(c, s, OGE_MATH, 2019, 10, 1);
    case_fact(c, s, OGE_RUS, 2021, 10, 1);
    case_fact(c, s, OGE_MATH, 2021, 0, 0)->held = false;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->flags, 0);
    assert_int_equal(x->expected, 4);
    assert_int_equal(x->not_held, 1);
    assert_int_equal(x->absent, 0);
    m.low.absent_policy = ABSENT_BLOCK;
    assert_int_equal(case_run(c, &m)->status, STATUS_NOT_LISTED);

    c->facts[3].held = true; /* held, and nobody took part: no figures */
    x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_BLOCKED);
    assert_int_equal(x->flags, FLAG_INCOMPLETE);
    assert_int_equal(x->absent, 1);
    assert_int_equal(x->branches, 0);
}

static void test_absent_policies(void **state)
{
    static const struct {
        AbsentPolicy policy;
        ClassStatus nothing, some;
    } rows[] = {
        {ABSENT_IGNORE, STATUS_NO_DATA, STATUS_LISTED},
        {ABSENT_NOT_LOW, STATUS_NOT_LISTED, STATUS_LISTED},
        {ABSENT_BLOCK, STATUS_BLOCKED, STATUS_BLOCKED},
    };
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");

    case_school(c, "1");
    uint32_t s = case_school(c, "2");
    case_fact(c, s, OGE_RUS, 2019, 10, 3);
    case_fact(c, s, OGE_MATH, 2019, 10, 3);
    for (size_t i = 0; i < 3; i++) {
        m.low.absent_policy = rows[i].policy;
        const SchoolOutcome *x = case_run(c, &m);
        assert_int_equal(x[0].status, rows[i].nothing);
        assert_int_equal(x[1].status, rows[i].some);
        assert_int_equal(x[0].flags, FLAG_INCOMPLETE);
        assert_int_equal(x[0].expected, 17); /* 8 procedures x 2 years, base maths in one */
        assert_int_equal(x[1].absent, 15);
    }
    for (size_t f = 0; f < 2; f++) { /* everything stated as not held: nothing is missing there */
        c->facts[f].held = false;
        c->facts[f].participants = c->facts[f].below = 0;
    }
    MethodProcedure two[] = {{.procedure = OGE_RUS}, {.procedure = OGE_MATH}};
    m.low.procedures = two;
    m.low.procedure_count = 2;
    m.low.year_count = 1;
    m.low.branch_b_on = false;
    m.low.absent_policy = ABSENT_NOT_LOW;
    assert_int_equal(case_run(c, &m)[1].status, STATUS_NO_DATA);
}

static void test_one_year_only(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    c->schools[s].opened_year = 2021; /* nothing was due in 2019 */
    case_fact(c, s, OGE_RUS, 2021, 30, 9);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_NOT_LISTED);
    assert_int_equal(x->expected, 8);
    assert_int_equal(x->flags, FLAG_ONE_YEAR_ONLY | FLAG_INCOMPLETE);
    case_fact(c, s, OGE_MATH, 2021, 30, 9);
    x = case_run(c, &m);
    assert_int_equal(x->branches, HELD_A);
    assert_int_equal(x->status, STATUS_LISTED);
}

static void test_min_participants(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_RUS, 2021, 4, 4);
    case_fact(c, s, OGE_MATH, 2021, 5, 5);
    assert_int_equal(case_run(c, &m)->status, STATUS_LISTED);
    m.low.min_participants = 5;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_NOT_LISTED);
    assert_false(case_find(x, OGE_RUS, 2021)->counted);
    assert_false(case_find(x, OGE_RUS, 2021)->low);
    assert_true(case_find(x, OGE_MATH, 2021)->low);
    assert_int_equal(x->years[1].held, 1);
    m.low.min_participants = 6;
    assert_int_equal(case_run(c, &m)->status, STATUS_NO_DATA);
}

static void test_kind_excluded(void **state)
{
    static const char *const kinds[] = {"boarding", "special"};
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");

    m.low.exclude_kinds = kinds;
    m.low.exclude_kind_count = 2;
    for (const char *code = "1"; *code < '4'; code = *code == '1' ? "2" : *code == '2' ? "3" : "4") {
        uint32_t s = case_school(c, code);
        case_fact(c, s, OGE_RUS, 2021, 10, 3);
        case_fact(c, s, OGE_MATH, 2021, 10, 3);
    }
    c->schools[1].kind = "special";
    c->schools[2].kind = "boardin";
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x[0].status, STATUS_LISTED);
    assert_int_equal(x[1].status, STATUS_NOT_APPLICABLE);
    assert_int_equal(x[1].branches, 0);
    assert_int_equal(x[2].status, STATUS_LISTED);
}

static void test_reliability(void **state)
{
    static const struct {
        int n, k;
        bool reliable;
        int low_percent, high_percent; /* methods.md 1.5; 0, 0: not stated there */
    } rows[] = {
        {3, 1, false, 6, 79}, {12, 4, false, 14, 61}, {100, 30, true, 22, 40}, {9, 9, false, 0, 0},
        {10, 10, true, 0, 0}, {24, 8, false, 0, 0},   {25, 8, true, 0, 0},     {24, 0, true, 0, 0},
        {10, 0, true, 0, 0},  {24, 22, true, 0, 0},
    };
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        case_clear(c);
        case_fact(c, case_school(c, "1"), OGE_RUS, 2021, rows[i].n, rows[i].k);
        const ProcedureOutcome *p = &case_run(c, &m)->procedures[0];
        if (p->reliable != rows[i].reliable)
            fail_msg("%d of %d: %u..%u", rows[i].k, rows[i].n, p->wilson_low_ppm, p->wilson_high_ppm);
        assert_true(p->wilson_low_ppm <= p->wilson_high_ppm && p->wilson_high_ppm <= 1000000);
        if (rows[i].high_percent == 0)
            continue;
        assert_int_equal((p->wilson_low_ppm + 5000) / 10000, rows[i].low_percent);
        assert_int_equal((p->wilson_high_ppm + 5000) / 10000, rows[i].high_percent);
    }
}

/* A status is unreliable through what it rests on, not through any small procedure beside it. */
static void test_unreliable_only_through_support(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_RUS, 2021, 50, 40);
    case_fact(c, s, OGE_MATH, 2021, 50, 40);
    case_fact(c, s, EGE_RUS, 2021, 4, 0); /* small, not low */
    case_fact(c, s, EGE_RUS, 2019, 4, 4); /* small and low: branch B rests on it */
    assert_false(case_run(c, &m)->reliable);
    m.low.branch_b_on = false;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->branches, HELD_A | HELD_B_ANY);
    assert_true(x->reliable);
    assert_int_equal(x->flags & FLAG_UNRELIABLE, 0);
}

static void test_rule_off(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");

    m.low.on = false;
    c->schools[case_school(c, "1")].wellbeing_group = 3;
    c->schools[0].quality_group = 6;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->status, STATUS_UNSET);
    assert_string_equal(engine_status_name(x->status), "");
    assert_string_equal(x->typology->code, "RESILIENT");
    assert_int_equal(x->procedure_count, 0);
}

static void test_status_names(void **state)
{
    static const char *const names[] = {"",        "LISTED",  "RISK",           "NOT_LISTED",
                                        "NO_DATA", "BLOCKED", "NOT_APPLICABLE", "IMPORT_ERRORS"};

    (void)state;
    for (int i = 0; i < 8; i++)
        assert_string_equal(engine_status_name((ClassStatus)i), names[i]);
    assert_string_equal(engine_status_name((ClassStatus)8), "");
    assert_string_equal(engine_status_name((ClassStatus)-1), "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_cut_table),
        CASE(test_worked_example),
        CASE(test_worked_example_omsk),
        CASE(test_profiles_differ),
        CASE(test_risk_zone),
        CASE(test_floor_inclusive_flag),
        CASE(test_branch_a_years),
        CASE(test_branch_b_modes),
        CASE(test_count_units),
        CASE(test_only_named_rows),
        CASE(test_not_held_is_not_missing),
        CASE(test_absent_policies),
        CASE(test_one_year_only),
        CASE(test_min_participants),
        CASE(test_kind_excluded),
        CASE(test_reliability),
        CASE(test_unreliable_only_through_support),
        CASE(test_rule_off),
        CASE(test_status_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
