/* Owns the tests of where figures come from: several sources, predecessors by each policy, and the rank over
 * all schools. */
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

static void test_greatest_source_wins(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_RUS, 2021, 10, 9);
    ResultFact *region = case_fact(c, s, OGE_RUS, 2021, 20, 1);
    region->source = FACT_REGION;
    region->submission = 777;
    region->revision = 5;
    case_fact(c, s, OGE_RUS, 2021, 10, 8)->source = FACT_DISTRICT;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->procedure_count, 1);
    const ProcedureOutcome *p = &x->procedures[0];
    assert_int_equal(p->source, FACT_REGION);
    assert_int_equal(p->participants, 20);
    assert_int_equal(p->below, 1);
    assert_int_equal(p->submission, 777);
    assert_int_equal(p->revision, 5);
    assert_int_equal(p->part_count, 1);
    assert_int_equal(x->flags & FLAG_SOURCES_DIFFER, FLAG_SOURCES_DIFFER);
}

static void test_equal_sources_are_not_flagged(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t s = case_school(c, "1");

    case_fact(c, s, OGE_RUS, 2021, 10, 3);
    case_fact(c, s, OGE_RUS, 2021, 10, 3)->source = FACT_REGION;
    assert_int_equal(case_run(c, &m)->flags & FLAG_SOURCES_DIFFER, 0);
    /* A difference in a row the profile does not name is nobody's business here. */
    case_fact(c, s, VPR_RUS(8), 2021, 10, 3);
    case_fact(c, s, VPR_RUS(8), 2021, 10, 4)->source = FACT_REGION;
    assert_int_equal(case_run(c, &m)->flags & FLAG_SOURCES_DIFFER, 0);
    case_fact(c, s, OGE_MATH, 2021, 10, 3);
    ResultFact *not_held = case_fact(c, s, OGE_MATH, 2021, 0, 0);
    not_held->held = false;
    not_held->source = FACT_DISTRICT;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x->flags & FLAG_SOURCES_DIFFER, FLAG_SOURCES_DIFFER);
    assert_null(case_find(x, OGE_MATH, 2021)); /* the district says it was not held */
    assert_int_equal(x->not_held, 1);
}

/* 251 was absorbed into 506 after 2019. */
static void merger(EngineCase *c, uint32_t *old, uint32_t *now)
{
    *old = case_school(c, "251");
    *now = case_school(c, "506");
    case_fact(c, *old, OGE_RUS, 2019, 10, 6);
    case_fact(c, *old, OGE_MATH, 2019, 10, 6);
    case_fact(c, *old, OGE_RUS, 2021, 10, 10); /* after its last year: nobody's */
    case_fact(c, *now, OGE_RUS, 2019, 30, 3);
    case_fact(c, *now, OGE_RUS, 2021, 40, 12);
    case_lineage(c, *old, *now, 2019);
}

static void test_lineage_sum(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t old, now;

    merger(c, &old, &now);
    const SchoolOutcome *x = &case_run(c, &m)[now];
    const ProcedureOutcome *rus = case_find(x, OGE_RUS, 2019), *math = case_find(x, OGE_MATH, 2019);
    assert_int_equal(rus->participants, 40);
    assert_int_equal(rus->below, 9); /* 9 of 40 is not low, 6 of 10 alone would be */
    assert_false(rus->low);
    assert_int_equal(rus->part_count, 2);
    assert_int_equal(rus->parts[0].origin_school, now);
    assert_int_equal(rus->parts[0].below, 3);
    assert_int_equal(rus->parts[1].origin_school, old);
    assert_int_equal(rus->parts[1].below, 6);
    assert_int_equal(rus->origin_school, old);
    assert_true(math->low);
    assert_int_equal(math->parts[0].origin_school, old);
    assert_int_equal(case_find(x, OGE_RUS, 2021)->participants, 40);
    assert_int_equal(case_find(x, OGE_RUS, 2021)->origin_school, now);
    assert_int_equal(x->branches, HELD_B | HELD_B_ANY);
    assert_int_equal(x->flags & FLAG_PREDECESSOR, FLAG_PREDECESSOR);
    /* The predecessor keeps its own outcome. */
    assert_int_equal(case_run(c, &m)[old].years[0].low, 2);
}

static void test_lineage_successor_only(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t old, now;

    merger(c, &old, &now);
    m.low.lineage = LINEAGE_SUCCESSOR_ONLY;
    const SchoolOutcome *x = &case_run(c, &m)[now];
    assert_int_equal(x->procedure_count, 2);
    assert_int_equal(x->status, STATUS_NOT_LISTED);
    assert_int_equal(x->flags & FLAG_PREDECESSOR, 0);
}

static void test_lineage_display(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t old, now;

    merger(c, &old, &now);
    m.low.lineage = LINEAGE_PREDECESSOR_DISPLAY;
    const SchoolOutcome *x = &case_run(c, &m)[now];
    assert_int_equal(x->procedure_count, 4); /* own 2019, its 2019 twice, own 2021 */
    assert_int_equal(x->procedures[0].origin_school, now);
    assert_true(x->procedures[0].counted);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(x->procedures[i].origin_school, old);
        assert_false(x->procedures[i].counted);
        assert_false(x->procedures[i].low);
    }
    assert_int_equal(x->status, STATUS_NOT_LISTED);
    assert_int_equal(x->years[0].low, 0);
    assert_int_equal(x->flags & FLAG_PREDECESSOR, FLAG_PREDECESSOR);
    assert_int_equal(x->absent, 15); /* what is only shown fills no slot */
}

/* A into B in 2018, B into C in 2020, and A by another way: counted once, up to the earlier year. */
static void test_lineage_chain(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t a = case_school(c, "A"), b = case_school(c, "B"), last = case_school(c, "C");

    m.low.years[0] = 2018;
    case_fact(c, a, OGE_RUS, 2018, 10, 1);
    case_fact(c, a, OGE_RUS, 2021, 10, 10);
    case_fact(c, b, OGE_RUS, 2018, 20, 2);
    case_fact(c, last, OGE_RUS, 2018, 40, 4);
    case_lineage(c, b, last, 2020);
    case_lineage(c, a, b, 2018);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(case_find(&x[last], OGE_RUS, 2018)->participants, 70);
    assert_int_equal(case_find(&x[last], OGE_RUS, 2018)->part_count, 3);
    assert_null(case_find(&x[last], OGE_RUS, 2021));
    assert_int_equal(case_find(&x[b], OGE_RUS, 2018)->participants, 30);
    case_lineage(c, a, last, 2017); /* a second, shorter way changes nothing */
    x = case_run(c, &m);
    assert_int_equal(case_find(&x[last], OGE_RUS, 2018)->participants, 70);
}

static void test_lineage_cycle(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    SchoolOutcome *outcomes = NULL;
    Err err = {0};

    case_school(c, "A");
    case_school(c, "B");
    case_lineage(c, 0, 1, 2019);
    case_lineage(c, 1, 0, 2021);
    assert_int_equal(engine_classify(&c->input, &m, c->arena, &outcomes, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "ENGINE_LINEAGE_CYCLE");
    assert_string_equal(err_arg_get(&err, "code"), "A");
    assert_null(outcomes);
    m.low.lineage = LINEAGE_SUCCESSOR_ONLY; /* where nobody looks at predecessors it harms nobody */
    assert_int_equal(engine_classify(&c->input, &m, c->arena, &outcomes, &err), ERR_OK);
}

/* A figure the store itself attributed to a predecessor. */
static void test_origin_given(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t old = case_school(c, "251"), now = case_school(c, "506");

    case_fact(c, now, OGE_RUS, 2019, 10, 3)->origin_school = old;
    const SchoolOutcome *x = &case_run(c, &m)[now];
    assert_int_equal(x->procedures[0].origin_school, old);
    assert_true(x->procedures[0].low);
    assert_int_equal(x->flags & FLAG_PREDECESSOR, FLAG_PREDECESSOR);
}

/* Twenty schools, 15 %: three places. */
static void rank_schools(EngineCase *c, const int *below, size_t count)
{
    static char codes[CASE_SCHOOLS][4];

    for (size_t i = 0; i < count; i++) {
        codes[i][0] = (char)('A' + i / 26);
        codes[i][1] = (char)('A' + i % 26);
        uint32_t s = case_school(c, codes[i]);
        if (below[i] >= 0)
            case_fact(c, s, EGE_RUS, 2025, 100, below[i]);
    }
}

static size_t listed(const SchoolOutcome *x, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += x[i].status == STATUS_LISTED;
    return n;
}

static void test_rank(void **state)
{
    static const int below[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    EngineCase *c = *state;
    Methodology m = profile_get("RZN-2025");

    rank_schools(c, below, 20);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(listed(x, 20), 3);
    assert_int_equal(x[19].branches, HELD_RANK);
    assert_int_equal(x[19].rank, 1);
    assert_int_equal(x[17].status, STATUS_LISTED);
    assert_int_equal(x[16].status, STATUS_NOT_LISTED);
    assert_int_equal(x[16].rank, 4);
    assert_int_equal(x[16].ranked, 20);
    assert_int_equal(x[16].rank_participants, 100);
    assert_int_equal(x[16].rank_below, 17);
    assert_false(x[19].procedures[0].low); /* the rank lists schools, not procedures */
    assert_true(x[19].reliable);
}

/* Equal shares go in together, by cross-multiplication: 10 of 100 is 1 of 10. */
static void test_rank_ties(void **state)
{
    static const int below[20] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 19, 20};
    EngineCase *c = *state;
    Methodology m = profile_get("RZN-2025");

    rank_schools(c, below, 20);
    c->facts[14].participants = 10;
    c->facts[14].below = 1;
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(listed(x, 20), 6);
    for (size_t i = 14; i < 18; i++)
        assert_int_equal(x[i].rank, 3);
    assert_int_equal(x[13].rank, 7);
}

static void test_rank_edges(void **state)
{
    static const int nobody[20] = {0};
    static const int few[6] = {50, 40, 30, -1, -1, -1};
    EngineCase *c = *state;
    Methodology m = profile_get("RZN-2025");

    rank_schools(c, nobody, 20); /* all tied at nothing: nobody is the worst */
    assert_int_equal(listed(case_run(c, &m), 20), 0);
    case_clear(c);
    rank_schools(c, few, 6); /* 15 % of three schools is less than one */
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(listed(x, 6), 0);
    assert_int_equal(x[0].ranked, 3);
    assert_int_equal(x[3].status, STATUS_NO_DATA);
    assert_int_equal(x[3].rank, 0);
    m.low.share = (Ratio){1, 3};
    assert_int_equal(listed(case_run(c, &m), 6), 1);
    m.low.share = (Ratio){1, 1};
    assert_int_equal(listed(case_run(c, &m), 6), 3);
}

/* A school absorbed before the last year is not ranked beside its successor; an excluded kind not at all. */
static void test_rank_population(void **state)
{
    static const int below[5] = {50, 40, 30, 20, 10};
    static const char *const kinds[] = {"special"};
    EngineCase *c = *state;
    Methodology m = profile_get("RZN-2025");

    m.low.share = (Ratio){1, 2};
    m.low.exclude_kinds = kinds;
    m.low.exclude_kind_count = 1;
    rank_schools(c, below, 5);
    c->schools[0].kind = "special";
    case_lineage(c, 1, 4, 2024);
    const SchoolOutcome *x = case_run(c, &m);
    assert_int_equal(x[0].status, STATUS_NOT_APPLICABLE);
    assert_int_equal(x[0].rank, 0);
    assert_int_equal(x[1].rank, 0);
    assert_int_equal(x[2].rank, 1);
    assert_int_equal(x[2].ranked, 3);
    assert_int_equal(listed(x, 5), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_greatest_source_wins),
        CASE(test_equal_sources_are_not_flagged),
        CASE(test_lineage_sum),
        CASE(test_lineage_successor_only),
        CASE(test_lineage_display),
        CASE(test_lineage_chain),
        CASE(test_lineage_cycle),
        CASE(test_origin_given),
        CASE(test_rank),
        CASE(test_rank_ties),
        CASE(test_rank_edges),
        CASE(test_rank_population),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
