/* Owns the tests that need no expected answers: what must not change when the input is rearranged, split,
 * enlarged or scaled; over the seeded fictitious region. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/rand.h"
#include "server/engine/shift.h"
#include "tests/support/engine_case.h"
#include "tests/support/profiles.h"
#include "tests/support/region_gen.h"

enum { SCHOOLS = 120, REGION_YEARS = 6 };

typedef struct World {
    Arena *arena;
    EngineInput *input;
} World;

static int setup(void **state)
{
    World *w = calloc(1, sizeof *w);
    Err err = {0};

    w->arena = arena_new((size_t)512 << 20, NULL);
    if (region_gen_make(42, SCHOOLS, REGION_YEARS, w->arena, &w->input, &err) != ERR_OK)
        return 1;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    arena_free(((World *)*state)->arena);
    free(*state);
    return 0;
}

static const SchoolOutcome *classify(World *w, const EngineInput *input, const Methodology *m)
{
    SchoolOutcome *outcomes = NULL;
    Err err = {0};

    if (engine_classify(input, m, w->arena, &outcomes, &err) != ERR_OK)
        fail_msg("%s %s %s", err.reason, err_arg_get(&err, "what"), err_arg_get(&err, "index"));
    return outcomes;
}

/* The bytes of one school's outcome, whatever its index is in the input. */
static Buf alone(const EngineInput *input, const SchoolOutcome *outcomes, size_t school)
{
    EngineInput one = {.schools = &input->schools[school], .school_count = 1};
    Buf buf;

    buf_init(&buf, (size_t)1 << 20);
    engine_outcome_pack(&one, &outcomes[school], &buf);
    assert_false(buf.failed);
    return buf;
}

static void same_outcome(const EngineInput *a, const SchoolOutcome *x, size_t i, const EngineInput *b,
                         const SchoolOutcome *y, size_t j)
{
    assert_string_equal(a->schools[i].code, b->schools[j].code);
    if (x[i].status != y[j].status || x[i].branches != y[j].branches || x[i].flags != y[j].flags)
        fail_msg("school %s changed", a->schools[i].code);
    assert_int_equal(x[i].procedure_count, y[j].procedure_count);
    for (size_t p = 0; p < x[i].procedure_count; p++) {
        assert_int_equal(x[i].procedures[p].below, y[j].procedures[p].below);
        assert_int_equal(x[i].procedures[p].participants, y[j].procedures[p].participants);
        assert_int_equal(x[i].procedures[p].low, y[j].procedures[p].low);
        assert_int_equal(x[i].procedures[p].wilson_high_ppm, y[j].procedures[p].wilson_high_ppm);
    }
}

/* The schools in another order (by other codes), their facts moved with them. */
static void test_order_of_schools(void **state)
{
    World *w = *state;
    Methodology m = profile_get("PERV-2023");
    const SchoolOutcome *x = classify(w, w->input, &m);
    EngineSchool *schools = ARENA_NEW(w->arena, EngineSchool, SCHOOLS);
    ResultFact *facts = ARENA_NEW(w->arena, ResultFact, w->input->fact_count);
    EngineLineage *lineage = ARENA_NEW(w->arena, EngineLineage, w->input->lineage_count);
    EngineInput other = {schools, SCHOOLS, facts, 0, lineage, w->input->lineage_count};

    for (uint32_t s = 0; s < SCHOOLS; s++) { /* index s becomes SCHOOLS - 1 - s */
        uint32_t from = SCHOOLS - 1 - s;
        schools[s] = w->input->schools[from];
        schools[s].code = arena_printf(w->arena, "Z%04u", s);
        for (size_t f = 0; f < w->input->fact_count; f++)
            if (w->input->facts[f].school == from) {
                facts[other.fact_count] = w->input->facts[f];
                facts[other.fact_count].school = facts[other.fact_count].origin_school = s;
                other.fact_count++;
            }
    }
    for (size_t i = 0; i < other.lineage_count; i++)
        lineage[i] =
            (EngineLineage){SCHOOLS - 1 - w->input->lineage[i].predecessor,
                            SCHOOLS - 1 - w->input->lineage[i].successor, w->input->lineage[i].last_year};
    const SchoolOutcome *y = classify(w, &other, &m);
    for (uint32_t s = 0; s < SCHOOLS; s++) {
        schools[s].code = w->input->schools[SCHOOLS - 1 - s].code;
        same_outcome(w->input, x, SCHOOLS - 1 - s, &other, y, s);
    }
}

/* Each half of the region by itself says the same of its schools; an unaffected district changes nobody. */
static void test_splitting(void **state)
{
    World *w = *state;
    Methodology m = profile_get("NVKZ-2021");
    uint32_t half = SCHOOLS / 2;
    EngineInput first = *w->input;
    size_t kept = 0;

    first.school_count = half;
    for (first.fact_count = 0; w->input->facts[first.fact_count].school < half;)
        first.fact_count++;
    EngineLineage *lineage = ARENA_NEW(w->arena, EngineLineage, w->input->lineage_count);
    for (size_t i = 0; i < w->input->lineage_count; i++)
        if (w->input->lineage[i].predecessor < half)
            lineage[kept++] = w->input->lineage[i];
    first.lineage = lineage;
    first.lineage_count = kept;
    for (size_t i = 0; i < w->input->lineage_count; i++) /* the cut must not go through a merger */
        assert_int_not_equal(w->input->lineage[i].predecessor, half);
    const SchoolOutcome *whole = classify(w, w->input, &m), *part = classify(w, &first, &m);
    for (uint32_t s = 0; s < half; s++) {
        Buf a = alone(w->input, whole, s), b = alone(&first, part, s);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        buf_done(&a);
        buf_done(&b);
    }
}

/* Ten times the pupils at the same shares: only what speaks of certainty changes. */
static void test_scaling(void **state)
{
    World *w = *state;
    Methodology m = profile_get("PERV-2023");
    ResultFact *facts = ARENA_NEW(w->arena, ResultFact, w->input->fact_count);
    EngineInput big = *w->input;
    size_t surer = 0;

    for (size_t f = 0; f < w->input->fact_count; f++) {
        facts[f] = w->input->facts[f];
        facts[f].participants *= 10;
        facts[f].below *= 10;
    }
    big.facts = facts;
    const SchoolOutcome *x = classify(w, w->input, &m), *y = classify(w, &big, &m);
    for (uint32_t s = 0; s < SCHOOLS; s++) {
        assert_int_equal(x[s].status, y[s].status);
        assert_int_equal(x[s].branches, y[s].branches);
        assert_int_equal(x[s].flags & ~(unsigned)FLAG_UNRELIABLE, y[s].flags & ~(unsigned)FLAG_UNRELIABLE);
        for (size_t p = 0; p < x[s].procedure_count; p++) {
            const ProcedureOutcome *a = &x[s].procedures[p], *b = &y[s].procedures[p];
            assert_true(a->low == b->low && a->risk == b->risk);
            assert_true(b->reliable || !a->reliable);
            assert_true(b->wilson_high_ppm - b->wilson_low_ppm <= a->wilson_high_ppm - a->wilson_low_ppm);
        }
        surer += y[s].reliable && !x[s].reliable;
    }
    assert_true(surer > 0);
}

/* More participants below can never take a school off the list (no risk zone, no rank). */
static void test_monotone(void **state)
{
    World *w = *state;
    Methodology m = profile_get("NVKZ-2021");
    ResultFact *facts = ARENA_NEW(w->arena, ResultFact, w->input->fact_count);
    EngineInput worse = *w->input;
    Rand rand = rand_seeded(5);
    size_t more = 0;

    for (size_t f = 0; f < w->input->fact_count; f++) {
        facts[f] = w->input->facts[f];
        facts[f].below +=
            (int64_t)rand_below(&rand, (uint64_t)(facts[f].participants - facts[f].below) + 1) / 4;
    }
    worse.facts = facts;
    const SchoolOutcome *x = classify(w, w->input, &m), *y = classify(w, &worse, &m);
    for (uint32_t s = 0; s < SCHOOLS; s++) {
        assert_int_equal(x[s].branches & ~y[s].branches, 0);
        if (x[s].status == STATUS_LISTED)
            assert_int_equal(y[s].status, STATUS_LISTED);
        more += y[s].status == STATUS_LISTED && x[s].status != STATUS_LISTED;
    }
    assert_true(more > 0);
}

/* Facts of years and rows outside the profile, and the schools' codes, decide nothing. */
static void test_unrelated_facts(void **state)
{
    World *w = *state;
    Methodology m = profile_get("OMSK-2025");
    ResultFact *facts = ARENA_NEW(w->arena, ResultFact, w->input->fact_count);
    EngineInput fewer = *w->input;

    fewer.facts = facts;
    fewer.fact_count = 0;
    for (size_t f = 0; f < w->input->fact_count; f++)
        if (w->input->facts[f].year >= 2024 && w->input->facts[f].procedure.grade < 7)
            facts[fewer.fact_count++] = w->input->facts[f];
    assert_true(fewer.fact_count < w->input->fact_count / 2);
    const SchoolOutcome *x = classify(w, w->input, &m), *y = classify(w, &fewer, &m);
    for (uint32_t s = 0; s < SCHOOLS; s++)
        same_outcome(w->input, x, s, &fewer, y, s);
}

/* The profile and the facts moved by the same number of years. */
static void test_years_shift(void **state)
{
    World *w = *state;
    Methodology m = profile_get("NVKZ-2021");
    const Methodology *later = NULL;
    ResultFact *facts = ARENA_NEW(w->arena, ResultFact, w->input->fact_count);
    EngineSchool *schools = ARENA_NEW(w->arena, EngineSchool, SCHOOLS);
    EngineLineage *lineage = ARENA_NEW(w->arena, EngineLineage, w->input->lineage_count);
    EngineInput moved = {schools, SCHOOLS, facts, w->input->fact_count, lineage, w->input->lineage_count};
    Err err = {0};

    m.low.years[0] = 2020; /* what the region has */
    m.low.years[1] = 2022;
    assert_int_equal(engine_shift_years(&m, 2032, w->arena, &later, &err), ERR_OK);
    assert_int_equal(later->low.years[0], 2030);
    assert_int_equal(later->low.years[1], 2032);
    assert_int_equal(later->low.procedures[8].years[0], 2029); /* base maths: 2019 + 10 */
    assert_int_equal(m.low.years[1], 2022);
    assert_int_equal(m.low.procedures[8].years[0], 2019);
    for (size_t f = 0; f < w->input->fact_count; f++) {
        facts[f] = w->input->facts[f];
        facts[f].year += 10;
    }
    for (size_t s = 0; s < SCHOOLS; s++) {
        schools[s] = w->input->schools[s];
        schools[s].opened_year += schools[s].opened_year > 0 ? 10 : 0;
    }
    for (size_t i = 0; i < moved.lineage_count; i++) {
        lineage[i] = w->input->lineage[i];
        lineage[i].last_year += 10;
    }
    const SchoolOutcome *x = classify(w, w->input, &m), *y = classify(w, &moved, later);
    for (uint32_t s = 0; s < SCHOOLS; s++)
        same_outcome(w->input, x, s, &moved, y, s);

    assert_int_equal(engine_last_year(&m), 2022);
    assert_int_equal(engine_last_year(later), 2032);
    assert_int_equal(engine_shift_years(&m, 22, w->arena, &later, &err), ERR_OUT_OF_RANGE);
    assert_int_equal(engine_shift_years(&m, INT32_MIN, w->arena, &later, &err), ERR_OUT_OF_RANGE);
    assert_string_equal(err.reason, "METHOD_YEAR");
    for (size_t nth = 1; nth <= 2; nth++) {
        arena_fail_nth(w->arena, nth);
        assert_int_equal(engine_shift_years(&m, 2030, w->arena, &later, &err), ERR_RESOURCE_EXHAUSTED);
    }
    arena_fail_nth(w->arena, 0);
    assert_int_equal(engine_shift_years(&m, 0, w->arena, &later, &err), ERR_OK); /* 0: its own years */
    assert_ptr_equal(later, &m);
    m.low = (LowRule){.on = false}; /* names no year: nothing to move */
    assert_int_equal(engine_shift_years(&m, 2030, w->arena, &later, &err), ERR_OK);
    assert_int_equal(engine_last_year(&m), 0);
}

/* The generator: the same region from the same seed, another from another, and what it promises. */
static void test_generator(void **state)
{
    World *w = *state;
    EngineInput *again = NULL, *other = NULL;
    size_t kinds = 0, both = 0, not_held = 0;
    char name[REGION_NAME_SIZE];
    Buf a, b, c;
    Err err = {0};

    assert_int_equal(region_gen_make(42, SCHOOLS, REGION_YEARS, w->arena, &again, &err), ERR_OK);
    assert_int_equal(region_gen_make(43, SCHOOLS, REGION_YEARS, w->arena, &other, &err), ERR_OK);
    buf_init(&a, (size_t)64 << 20);
    buf_init(&b, (size_t)64 << 20);
    buf_init(&c, (size_t)64 << 20);
    engine_input_pack(w->input, &a);
    engine_input_pack(again, &b);
    engine_input_pack(other, &c);
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.data, b.data, a.length);
    assert_true(a.length != c.length || memcmp(a.data, c.data, a.length) != 0);
    buf_done(&a);
    buf_done(&b);
    buf_done(&c);
    assert_int_equal(engine_input_check(w->input, &err), ERR_OK);
    for (size_t s = 0; s < SCHOOLS; s++)
        kinds += strcmp(w->input->schools[s].kind, "sosh") != 0;
    for (size_t f = 0; f < w->input->fact_count; f++) {
        const ResultFact *fact = &w->input->facts[f];
        both += fact->source == FACT_REGION;
        not_held += !fact->held;
        if (fact->year == 2020)
            assert_true(fact->procedure.family == FAMILY_VPR
                            ? fact->procedure.wave == WAVE_AUTUMN
                            : fact->procedure.family == FAMILY_EGE || !fact->held);
    }
    assert_true(kinds > 10 && both > 100 && not_held > 100 && w->input->lineage_count > 0);
    region_gen_name(0, name);
    assert_non_null(strstr(name, "Тренировочная"));
    assert_int_equal(region_gen_make(1, 0, 1, w->arena, &again, &err), ERR_INVALID_ARGUMENT);
    assert_int_equal(region_gen_make(1, 1, 21, w->arena, &again, &err), ERR_INVALID_ARGUMENT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_order_of_schools), CASE(test_splitting),   CASE(test_scaling),   CASE(test_monotone),
        CASE(test_unrelated_facts),  CASE(test_years_shift), CASE(test_generator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
