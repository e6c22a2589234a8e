/* Owns the tests of the linter: each fault planted into a sound profile gives its code, and only structural
 * ones stop a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/engine/lint.h"
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

typedef struct Found {
    const LintFinding *items;
    size_t count;
} Found;

static Found lint(EngineCase *c, const Methodology *m)
{
    LintFinding *items = NULL;
    size_t count = 0;
    Err err = {0};

    assert_int_equal(engine_lint(m, c->arena, &items, &count, &err), ERR_OK);
    return (Found){items, count};
}

static const LintFinding *find(Found found, const char *code)
{
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.items[i].code, code) == 0)
            return &found.items[i];
    return NULL;
}

/* What the linter says of the profiles of methods.md 1.3 as they stand. */
static void test_known_profiles(void **state)
{
    static const struct {
        const char *code, *findings[4];
    } want[] = {
        {"FIOKO-847", {"YEARS_NOT_CONSECUTIVE", "BRANCH_A_ANY_YEAR"}},
        {"NVKZ-2021", {"YEARS_NOT_CONSECUTIVE", "BRANCH_A_ANY_YEAR"}}, /* T-05, T-03 */
        {"PERV-T1", {"BRANCH_A_ANY_YEAR"}},
        {"PERV-T3", {"RISK_NO_FLOOR", "BRANCH_A_ANY_YEAR"}}, /* T-01 */
        {"PERV-2023", {"BRANCH_A_ANY_YEAR"}},
        {"OMSK-2025", {NULL}},
        {"RZN-2025", {NULL}},
    };

    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        Methodology m = profile_get(want[i].code);
        Found found = lint(*state, &m);
        for (size_t f = 0; f < 4; f++) {
            if (want[i].findings[f] == NULL) {
                assert_int_equal(found.count, f);
                break;
            }
            assert_true(f < found.count);
            assert_string_equal(found.items[f].code, want[i].findings[f]);
            assert_true(found.items[f].severity < LINT_ERROR);
        }
    }
}

typedef void (*Plant)(Methodology *m);

static const MethodProcedure one_item[] = {{.procedure = OGE_RUS}};
static const MethodProcedure item_twice[] = {{.procedure = OGE_RUS}, {.procedure = OGE_RUS}};
static const MethodProcedure item_late[] = {{.procedure = OGE_RUS},
                                            {.procedure = OGE_MATH, .years = {2030}, .year_count = 1}};
static const MethodProcedure any_grade[] = {{.procedure = VPR_RUS(0)}};
static const MethodProcedure bad_items[] = {{.procedure = {FAMILY_UNSET, SUBJECT_MATHS, LEVEL_NONE, 0, 0}},
                                            {.procedure = {FAMILY_OGE, SUBJECT_UNSET, LEVEL_NONE, 0, 0}},
                                            {.procedure = {FAMILY_OGE, SUBJECT_MATHS, LEVEL_NONE, 9, 0}},
                                            {.procedure = {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 12, 0}},
                                            {.procedure = {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 5, 7}}};
static TypologyBand bands[TYPOLOGY_BAND_COUNT];

static void items(Methodology *m, const MethodProcedure *list, size_t count)
{
    m->low.procedures = list;
    m->low.procedure_count = count;
}

#define PLANT(name, what)                                                                                    \
    static void name(Methodology *m)                                                                         \
    {                                                                                                        \
        (void)m;                                                                                             \
        what;                                                                                                \
    }

PLANT(no_rule, m->low.on = m->typology.on = false)
PLANT(no_years, m->low.year_count = 0)
PLANT(years_many, m->low.year_count = METHOD_YEARS_MAX + 1)
PLANT(years_down, m->low.years[1] = m->low.years[0])
PLANT(year_small, m->low.years[0] = 21)
PLANT(years_apart, m->low.years[1] += 1)
PLANT(no_procedures, m->low.procedure_count = 0)
PLANT(procedures_many, m->low.procedure_count = METHOD_PROCEDURES_MAX + 1)
PLANT(bad_procedure, items(m, bad_items, 5))
PLANT(procedure_twice, items(m, item_twice, 2))
PLANT(procedure_late, items(m, item_late, 2))
PLANT(no_test, m->low.test = (LowTest)0)
PLANT(no_unit, m->low.count_unit = (CountUnit)0)
PLANT(no_a_years, m->low.branch_a_years = (BranchAYears)0)
PLANT(no_b_mode, m->low.branch_b_mode = (BranchBMode)0)
PLANT(no_absent, m->low.absent_policy = (AbsentPolicy)0)
PLANT(no_lineage, m->low.lineage = (LineagePolicy)9)
PLANT(negative, m->low.min_participants = -1)
PLANT(share_zero, m->low.share.num = 0)
PLANT(share_above, m->low.share.num = 11)
PLANT(share_no_den, m->low.share.den = 0)
PLANT(floor_high, m->low.risk.floor = ((Ratio){3, 10}))
PLANT(floor_bad, m->low.risk.floor.den = 0)
PLANT(floor_none, m->low.risk.floor.num = 0)
PLANT(no_branch, m->low.branch_a_on = m->low.branch_b_on = false)
PLANT(b_one_year, m->low.year_count = 1)
PLANT(k_zero, m->low.branch_a_k = 0)
PLANT(k_big, items(m, one_item, 1))
PLANT(k_one, m->low.branch_a_k = 1)
PLANT(rank_branches, (m->low.test = LOW_BOTTOM_RANK, m->low.risk.on = false))
PLANT(rank_risk, (m->low.test = LOW_BOTTOM_RANK, m->low.branch_a_on = m->low.branch_b_on = false))
PLANT(band_overlap, bands[0].q_to = 6)
PLANT(band_gap, bands[0].q_to = 4)
PLANT(band_outside, bands[1].q_to = 12)
PLANT(band_empty, bands[1].i_from = 5)
PLANT(band_no_code, bands[2].code = "")

static void test_planted_faults(void **state)
{
    static const struct {
        Plant plant;
        const char *code;
        LintSeverity severity;
    } rows[] = {
        {no_rule, "NO_RULE", LINT_ERROR},
        {no_years, "YEARS_EMPTY", LINT_ERROR},
        {years_many, "YEARS_TOO_MANY", LINT_ERROR},
        {years_down, "YEARS_NOT_ASCENDING", LINT_ERROR},
        {year_small, "YEAR_RANGE", LINT_ERROR},
        {years_apart, "YEARS_NOT_CONSECUTIVE", LINT_WARNING},
        {no_procedures, "PROCEDURES_EMPTY", LINT_ERROR},
        {procedures_many, "PROCEDURES_TOO_MANY", LINT_ERROR},
        {bad_procedure, "PROCEDURE_INVALID", LINT_ERROR},
        {procedure_twice, "PROCEDURE_TWICE", LINT_WARNING},
        {procedure_late, "PROCEDURE_YEAR_OUTSIDE", LINT_WARNING},
        {no_test, "TEST_UNSPECIFIED", LINT_ERROR},
        {no_unit, "COUNT_UNIT_UNSPECIFIED", LINT_ERROR},
        {no_a_years, "BRANCH_A_YEARS_UNSPECIFIED", LINT_ERROR},
        {no_b_mode, "BRANCH_B_MODE_UNSPECIFIED", LINT_ERROR},
        {no_absent, "ABSENT_POLICY_UNSPECIFIED", LINT_ERROR},
        {no_lineage, "LINEAGE_UNSPECIFIED", LINT_ERROR},
        {negative, "PARTICIPANTS_NEGATIVE", LINT_ERROR},
        {share_zero, "SHARE_RANGE", LINT_ERROR},
        {share_above, "SHARE_RANGE", LINT_ERROR},
        {share_no_den, "SHARE_RANGE", LINT_ERROR},
        {floor_high, "RISK_FLOOR_ABOVE_SHARE", LINT_ERROR},
        {floor_bad, "RISK_FLOOR_RANGE", LINT_ERROR},
        {floor_none, "RISK_NO_FLOOR", LINT_WARNING},
        {no_branch, "NO_BRANCH", LINT_ERROR},
        {b_one_year, "BRANCH_B_ONE_YEAR", LINT_ERROR},
        {k_zero, "BRANCH_A_K_RANGE", LINT_ERROR},
        {k_big, "BRANCH_A_K_UNREACHABLE", LINT_WARNING},
        {k_one, "BRANCH_B_IMPLIES_A", LINT_WARNING},
        {rank_branches, "RANK_WITH_BRANCHES", LINT_ERROR},
        {rank_risk, "RISK_WITH_RANK", LINT_ERROR},
        {band_overlap, "TYPOLOGY_OVERLAP", LINT_ERROR},
        {band_gap, "TYPOLOGY_UNCOVERED", LINT_ERROR},
        {band_outside, "TYPOLOGY_BOUNDS", LINT_ERROR},
        {band_empty, "TYPOLOGY_BOUNDS", LINT_ERROR},
        {band_no_code, "TYPOLOGY_CODE", LINT_ERROR},
    };
    EngineCase *c = *state;

    case_fact(c, case_school(c, "1"), OGE_RUS, 2022, 10, 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Methodology m = profile_get("PERV-2023");
        SchoolOutcome *outcomes = NULL;
        Err err = {0};
        memcpy(bands, typology_bands, sizeof bands);
        m.typology.bands = bands;
        assert_null(find(lint(c, &m), rows[i].code));
        rows[i].plant(&m);
        const LintFinding *finding = find(lint(c, &m), rows[i].code);
        if (finding == NULL)
            fail_msg("%s was not found", rows[i].code);
        assert_int_equal(finding->severity, rows[i].severity);
        ErrCode code = engine_classify(&c->input, &m, c->arena, &outcomes, &err);
        if (rows[i].severity < LINT_ERROR) {
            assert_int_equal(code, ERR_OK);
            continue;
        }
        assert_int_equal(code, ERR_FAILED_PRECONDITION);
        assert_string_equal(err.reason, "METHOD_LINT");
        assert_null(outcomes);
        assert_true(strlen(err_arg_get(&err, "code")) > 0);
    }
}

/* Overlaps and gaps are named cell by cell. */
static void test_cells_named(void **state)
{
    Methodology m = profile_get("PERV-2023");

    memcpy(bands, typology_bands, sizeof bands);
    m.typology.bands = bands;
    bands[0].q_to = 6;
    Found found = lint(*state, &m);
    size_t cells = 0;
    for (size_t i = 0; i < found.count; i++) {
        if (strcmp(found.items[i].code, "TYPOLOGY_OVERLAP") != 0)
            continue;
        cells++;
        assert_string_equal(found.items[i].args[0].key, "i");
        assert_int_equal(found.items[i].args[0].number, (int64_t)cells);
        assert_int_equal(found.items[i].args[1].number, 6);
    }
    assert_int_equal(cells, 4);
    m.typology.band_count = 0; /* 121 cells without a type: still a bounded list */
    found = lint(*state, &m);
    assert_true(found.count >= 121 && found.count < 200);
}

/* With any grade the number of units is open; with a coarse unit it is one. */
static void test_units_reachable(void **state)
{
    Methodology m = profile_get("PERV-T1");

    items(&m, any_grade, 1);
    assert_null(find(lint(*state, &m), "BRANCH_A_K_UNREACHABLE"));
    m.low.count_unit = COUNT_FAMILY_SUBJECT;
    assert_non_null(find(lint(*state, &m), "BRANCH_A_K_UNREACHABLE"));
}

static void test_many_findings_stay_bounded(void **state)
{
    static MethodProcedure twice[METHOD_PROCEDURES_MAX];
    Methodology m = profile_get("PERV-T1");

    for (size_t i = 0; i < METHOD_PROCEDURES_MAX; i++)
        twice[i].procedure = OGE_RUS; /* 64 * 63 / 2 pairs */
    items(&m, twice, METHOD_PROCEDURES_MAX);
    Found found = lint(*state, &m);
    assert_int_equal(found.count, 256);
}

static void test_lint_off_parts(void **state)
{
    Methodology m = profile_get("PERV-2023");

    m.low = (LowRule){.on = false}; /* a profile of the typology alone */
    assert_int_equal(lint(*state, &m).count, 0);
}

static void test_lint_memory(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    LintFinding *found = NULL;
    size_t count = 77;
    Err err = {0};

    arena_fail_nth(c->arena, 1);
    assert_int_equal(engine_lint(&m, c->arena, &found, &count, &err), ERR_RESOURCE_EXHAUSTED);
    assert_null(found);
    assert_int_equal(count, 77);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_known_profiles),  CASE(test_planted_faults),
        CASE(test_cells_named),     CASE(test_many_findings_stay_bounded),
        CASE(test_units_reachable), CASE(test_lint_off_parts),
        CASE(test_lint_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
