/* Owns the tests of canonical bytes: input round trip, truncations, faults; outcomes equal on repetition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine_case.h"
#include "tests/support/profiles.h"

static int setup(void **state)
{
    EngineCase *c = case_new();

    case_worked_example(c);
    uint32_t y = case_school(c, "Y"), z = case_school(c, "Школа 3");
    c->schools[y].opened_year = 2019;
    c->schools[y].wellbeing_group = 3;
    c->schools[y].quality_group = 11;
    c->schools[y].identification_submission = INT64_MAX;
    c->schools[z].kind = "";
    case_fact(c, y, OGE_RUS, 2021, 10, 3)->source = FACT_REGION;
    case_fact(c, y, OGE_RUS, 2021, 11, 3);
    case_fact(c, y, IN_AUTUMN(VPR_RUS(8)), 2021, 0, 0)->held = false;
    case_lineage(c, y, z, 2020);
    case_sort(c);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    case_free(*state);
    return 0;
}

static Buf packed(const EngineInput *input)
{
    Buf buf;

    buf_init(&buf, (size_t)16 << 20);
    engine_input_pack(input, &buf);
    assert_false(buf.failed);
    return buf;
}

static void test_round_trip(void **state)
{
    EngineCase *c = *state;
    Buf buf = packed(&c->input);
    EngineInput *back = NULL;
    Err err = {0};

    assert_int_equal(engine_input_load(buf.data, buf.length, c->arena, &back, &err), ERR_OK);
    assert_int_equal(back->school_count, 3);
    assert_string_equal(back->schools[2].code, "Школа 3");
    assert_string_equal(back->schools[0].kind, "sosh");
    assert_int_equal(back->schools[1].quality_group, 11);
    assert_int_equal(back->schools[1].identification_submission, INT64_MAX);
    assert_int_equal(back->fact_count, c->input.fact_count);
    for (size_t i = 0; i < back->fact_count; i++) {
        const ResultFact *a = &back->facts[i], *b = &c->facts[i];
        assert_true(a->school == b->school && a->year == b->year && a->participants == b->participants &&
                    a->below == b->below && a->source == b->source && a->held == b->held &&
                    a->submission == b->submission && a->revision == b->revision &&
                    a->origin_school == b->origin_school);
        assert_true(a->procedure.family == b->procedure.family && a->procedure.level == b->procedure.level &&
                    a->procedure.grade == b->procedure.grade && a->procedure.wave == b->procedure.wave &&
                    a->procedure.subject == b->procedure.subject);
    }
    assert_int_equal(back->lineage_count, 1);
    assert_int_equal(back->lineage[0].last_year, 2020);
    Buf again = packed(back);
    assert_int_equal(again.length, buf.length);
    assert_memory_equal(again.data, buf.data, buf.length);
    buf_done(&again);
    buf_done(&buf);
}

static void test_empty_input(void **state)
{
    EngineCase *c = *state;
    EngineInput empty = {0}, *back = NULL;
    Methodology m = profile_get("NVKZ-2021");
    SchoolOutcome *outcomes = NULL;
    Buf buf = packed(&empty);
    Err err = {0};

    assert_int_equal(engine_input_load(buf.data, buf.length, c->arena, &back, &err), ERR_OK);
    assert_int_equal(back->school_count + back->fact_count + back->lineage_count, 0);
    assert_int_equal(engine_classify(back, &m, c->arena, &outcomes, &err), ERR_OK);
    buf_done(&buf);
}

static void expect_load(EngineCase *c, const void *bytes, size_t size, const char *reason)
{
    EngineInput *back = NULL;
    Err err = {0};

    assert_int_equal(engine_input_load(bytes, size, c->arena, &back, &err), ERR_INVALID_ARGUMENT);
    assert_null(back);
    if (reason != NULL)
        assert_string_equal(err.reason, reason);
}

static void test_every_truncation(void **state)
{
    EngineCase *c = *state;
    Buf buf = packed(&c->input);

    for (size_t size = 0; size < buf.length; size++) {
        char *exact = arena_bytes(c->arena, buf.data, size); /* its own item: an overrun would be seen */
        expect_load(c, exact, size, "ENGINE_INPUT_MALFORMED");
    }
    buf_char(&buf, '\0');
    expect_load(c, buf.data, buf.length, "ENGINE_INPUT_MALFORMED");
    buf.data[3] = '2'; /* a later version */
    expect_load(c, buf.data, buf.length - 1, "ENGINE_INPUT_MALFORMED");
    buf_done(&buf);
}

/* Whatever one byte becomes: refused, or loaded and canonical. */
static void test_every_byte_changed(void **state)
{
    static const unsigned char flips[] = {0x01, 0x02, 0x03, 0x80, 0xff};
    EngineCase *c = *state;
    Buf buf = packed(&c->input);
    size_t loaded = 0;

    for (size_t at = 0; at < buf.length; at++)
        for (size_t f = 0; f < sizeof flips; f++) {
            EngineInput *back = NULL;
            Err err = {0};
            buf.data[at] = (char)(buf.data[at] ^ flips[f]);
            if (engine_input_load(buf.data, buf.length, c->arena, &back, &err) == ERR_OK) {
                Buf again = packed(back);
                assert_int_equal(again.length, buf.length);
                assert_memory_equal(again.data, buf.data, buf.length);
                buf_done(&again);
                loaded++;
            }
            buf.data[at] = (char)(buf.data[at] ^ flips[f]);
        }
    assert_true(loaded > 0);
    buf_done(&buf);
}

/* A count that promises more than the bytes hold must not be believed. */
static void test_huge_counts(void **state)
{
    static const unsigned char schools[] = {'S', 'H', 'E', '1', 0xff, 0xff, 0xff, 0xff};
    static const unsigned char facts[] = {'S', 'H', 'E', '1', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0};

    expect_load(*state, schools, sizeof schools, "ENGINE_INPUT_MALFORMED");
    expect_load(*state, facts, sizeof facts, "ENGINE_INPUT_MALFORMED");
}

typedef void (*Spoil)(EngineCase *c);

static void swap_facts(EngineCase *c)
{
    ResultFact first = c->facts[0];
    c->facts[0] = c->facts[1];
    c->facts[1] = first;
}
static void twice(EngineCase *c)
{
    c->facts[1] = c->facts[0];
}
static void swap_schools(EngineCase *c)
{
    c->schools[0].code = "Z";
}
static void same_school(EngineCase *c)
{
    c->schools[1].code = c->schools[0].code;
}
static void foreign_school(EngineCase *c)
{
    c->facts[c->input.fact_count - 1].school = 3;
}
static void foreign_origin(EngineCase *c)
{
    c->facts[0].origin_school = 3;
}
static void more_below(EngineCase *c)
{
    c->facts[0].below = c->facts[0].participants + 1;
}
static void negative(EngineCase *c)
{
    c->facts[0].below = -1;
}
static void too_many(EngineCase *c)
{
    c->facts[0].participants = (int64_t)ENGINE_FIGURE_MAX + 1;
}
static void not_held_with_figures(EngineCase *c)
{
    c->facts[0].held = false;
}
static void no_source(EngineCase *c)
{
    c->facts[0].source = (FactSource)0;
}
static void own_successor(EngineCase *c)
{
    c->lineage[0].successor = c->lineage[0].predecessor;
}
static void foreign_lineage(EngineCase *c)
{
    c->lineage[0].predecessor = 3;
}
static void group_12(EngineCase *c)
{
    c->schools[0].quality_group = 12;
}

static void test_spoiled_inputs(void **state)
{
    static const Spoil spoils[] = {swap_facts,     twice,          swap_schools,  same_school,
                                   foreign_school, negative,       more_below,    foreign_origin,
                                   too_many,       no_source,      own_successor, not_held_with_figures,
                                   group_12,       foreign_lineage};
    EngineCase *c = *state;
    static EngineCase saved;
    Methodology m = profile_get("NVKZ-2021");

    saved = *c;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        SchoolOutcome *outcomes = NULL;
        Err err = {0};
        spoils[i](c);
        Buf buf = packed(&c->input);
        expect_load(c, buf.data, buf.length, "ENGINE_INPUT_INVALID");
        if (engine_classify(&c->input, &m, c->arena, &outcomes, &err) != ERR_INVALID_ARGUMENT)
            fail_msg("spoil %zu was taken", i);
        assert_string_equal(err.reason, "ENGINE_INPUT_INVALID");
        assert_null(outcomes);
        buf_done(&buf);
        *c = saved;
    }
}

static Buf outcome_bytes(const EngineInput *input, const Methodology *m, Arena *arena)
{
    SchoolOutcome *outcomes = NULL;
    Err err = {0};
    Buf buf;

    assert_int_equal(engine_classify(input, m, arena, &outcomes, &err), ERR_OK);
    buf_init(&buf, (size_t)16 << 20);
    engine_outcome_pack(input, outcomes, &buf);
    assert_false(buf.failed);
    return buf;
}

/* A run repeated from its stored bytes, in another arena, gives the same bytes. */
static void test_outcomes_repeat(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    Arena *other = arena_new((size_t)16 << 20, NULL);
    EngineInput *back = NULL;
    Err err = {0};

    m.low.years[0] = 2019;
    m.low.years[1] = 2021;
    Buf first = outcome_bytes(&c->input, &m, c->arena), stored = packed(&c->input);
    assert_int_equal(engine_input_load(stored.data, stored.length, other, &back, &err), ERR_OK);
    Buf second = outcome_bytes(back, &m, other);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    buf_done(&second);
    /* And any figure that changes an answer changes them. */
    c->facts[0].participants++;
    second = outcome_bytes(&c->input, &m, c->arena);
    assert_true(first.length != second.length || memcmp(first.data, second.data, first.length) != 0);
    buf_done(&second);
    buf_done(&first);
    buf_done(&stored);
    arena_free(other);
}

static void test_allocation_failures(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("NVKZ-2021");
    Buf buf = packed(&c->input);
    size_t failed = 0;

    for (size_t nth = 1;; nth++) {
        Arena *arena = arena_new((size_t)16 << 20, NULL);
        EngineInput *back = NULL;
        SchoolOutcome *outcomes = NULL;
        Err err = {0};
        arena_fail_nth(arena, nth);
        ErrCode code = engine_input_load(buf.data, buf.length, arena, &back, &err);
        if (code == ERR_OK)
            code = engine_classify(back, &m, arena, &outcomes, &err);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_null(outcomes);
        failed++;
    }
    assert_true(failed > 15);
    buf_done(&buf);
}

static void test_small_buffer(void **state)
{
    EngineCase *c = *state;
    Buf buf;

    buf_init(&buf, 20);
    engine_input_pack(&c->input, &buf);
    assert_true(buf.failed);
    buf_done(&buf);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_round_trip),      CASE(test_empty_input),         CASE(test_every_truncation),
        CASE(test_huge_counts),     CASE(test_every_byte_changed),  CASE(test_spoiled_inputs),
        CASE(test_outcomes_repeat), CASE(test_allocation_failures), CASE(test_small_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
