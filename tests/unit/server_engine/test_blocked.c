/* Owns the tests of schools with open import errors: no status for them, everything for the others, and bytes
 * that tell the two apart. */
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
    EngineCase *c = case_new();

    for (const char *const *code = (const char *const[]){"1", "2", "3", NULL}; *code != NULL; code++) {
        uint32_t s = case_school(c, *code);
        case_fact(c, s, OGE_RUS, 2021, 10, 3);
        case_fact(c, s, OGE_MATH, 2021, 10, 4);
        c->schools[s].wellbeing_group = 2;
        c->schools[s].quality_group = 5;
    }
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

    buf_init(&buf, (size_t)1 << 20);
    engine_input_pack(input, &buf);
    assert_false(buf.failed);
    return buf;
}

static void only_that_school_waits(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");

    const SchoolOutcome *before = case_run(c, &m);
    ClassStatus whole = before[1].status;
    assert_int_equal(whole, STATUS_LISTED);
    c->schools[1].open_errors = 2;
    const SchoolOutcome *after = case_run(c, &m);
    assert_int_equal(after[1].status, STATUS_IMPORT_ERRORS);
    assert_int_equal(after[1].branches & (HELD_A | HELD_B), 0);
    for (size_t s = 0; s < 3; s += 2) {
        assert_int_equal(after[s].status, before[s].status);
        assert_int_equal(after[s].branches, before[s].branches);
        assert_int_equal(after[s].procedure_count, before[s].procedure_count);
    }
    /* its figures and its imported groups are still shown */
    assert_int_equal(after[1].procedure_count, before[1].procedure_count);
    assert_ptr_equal(after[1].typology, before[1].typology);
    c->schools[1].open_errors = 0;
    assert_int_equal(case_run(c, &m)[1].status, whole);
}

/* A kind the rule is not for stays so: nothing waits for it. */
static void excluded_kinds_do_not_wait(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    static const char *const kinds[] = {"evening"};

    m.low.exclude_kinds = kinds;
    m.low.exclude_kind_count = 1;
    c->schools[0].kind = "evening";
    c->schools[0].open_errors = 1;
    assert_int_equal(case_run(c, &m)[0].status, STATUS_NOT_APPLICABLE);
}

/* Ranked with the others it would say where it stands; so it is not ranked at all. */
static void not_ranked(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("RZN-2025");

    case_clear(c);
    for (const char *const *code = (const char *const[]){"1", "2", "3", NULL}; *code != NULL; code++)
        case_fact(c, case_school(c, *code), EGE_RUS, 2025, 10, 5);
    assert_int_equal(case_run(c, &m)[2].ranked, 3);
    c->schools[2].open_errors = 1;
    const SchoolOutcome *outcomes = case_run(c, &m);
    assert_int_equal(outcomes[2].status, STATUS_IMPORT_ERRORS);
    assert_int_equal(outcomes[2].rank, 0);
    assert_int_equal(outcomes[0].ranked, 2);
}

static void explained(void **state)
{
    EngineCase *c = *state;
    Methodology m = profile_get("PERV-2023");
    RuleStep *steps;
    size_t count;
    Err err = {0};

    c->schools[1].open_errors = 2;
    const SchoolOutcome *outcomes = case_run(c, &m);
    assert_int_equal(engine_explain(&c->input, &m, 1, &outcomes[1], c->arena, &steps, &count, &err), ERR_OK);
    assert_int_equal(count, m.typology.on ? 3 : 2);
    assert_string_equal(steps[1].rule, "IMPORTS");
    assert_true(!steps[1].held && steps[1].decides);
    assert_string_equal(steps[1].args[0].key, "errors");
    assert_int_equal(steps[1].args[0].number, 2);
    assert_int_equal(engine_explain(&c->input, &m, 0, &outcomes[0], c->arena, &steps, &count, &err), ERR_OK);
    for (size_t i = 0; i < count; i++)
        assert_string_not_equal(steps[i].rule, "IMPORTS");
}

/* Inputs without open errors keep the bytes they always had; with some they are others, and read back. */
static void bytes_tell_the_block(void **state)
{
    EngineCase *c = *state;
    EngineInput *back = NULL;
    Err err = {0};

    case_sort(c);
    Buf plain = packed(&c->input);
    assert_memory_equal(plain.data, "SHE1", 4);
    c->schools[0].open_errors = 1;
    c->schools[2].open_errors = UINT32_MAX;
    Buf blocked = packed(&c->input);
    assert_memory_equal(blocked.data, "SHE2", 4);
    assert_int_equal(blocked.length, plain.length + 4 + 2 * 8);
    assert_memory_equal(blocked.data + 4, plain.data + 4, plain.length - 4);
    assert_int_equal(engine_input_load(blocked.data, blocked.length, c->arena, &back, &err), ERR_OK);
    assert_int_equal(back->schools[0].open_errors, 1);
    assert_int_equal(back->schools[1].open_errors, 0);
    assert_true(back->schools[2].open_errors == UINT32_MAX);
    Buf again = packed(back);
    assert_int_equal(again.length, blocked.length);
    assert_memory_equal(again.data, blocked.data, blocked.length);
    buf_done(&again);
    buf_done(&blocked);
    buf_done(&plain);
}

/* Any other writing of the same is refused: none, zero errors, out of order, a school that is not there, cut.
 */
static void other_bytes_are_refused(void **state)
{
    EngineCase *c = *state;
    EngineInput *back = NULL;
    Err err = {0};

    case_sort(c);
    c->schools[0].open_errors = 1;
    c->schools[2].open_errors = 1;
    Buf buf = packed(&c->input);
    char *tail = buf.data + buf.length - 16; /* school 0, 1 error, school 2, 1 error */
    static const struct {
        size_t at;
        char value;
    } faults[] = {{4, 0}, {0, 2}, {8, 0}, {8, 7}, {12, 0}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char kept = tail[faults[i].at];
        tail[faults[i].at] = faults[i].value;
        assert_int_equal(engine_input_load(buf.data, buf.length, c->arena, &back, &err),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "ENGINE_INPUT_MALFORMED");
        tail[faults[i].at] = kept;
    }
    for (size_t size = buf.length - 24; size < buf.length; size++)
        assert_int_equal(engine_input_load(buf.data, size, c->arena, &back, &err), ERR_INVALID_ARGUMENT);
    assert_int_equal(engine_input_load(buf.data, buf.length, c->arena, &back, &err), ERR_OK);
    buf.data[3] = '1'; /* the old form has no such end */
    assert_int_equal(engine_input_load(buf.data, buf.length, c->arena, &back, &err), ERR_INVALID_ARGUMENT);
    buf.data[3] = '2';
    tail[-4] = 0; /* none follow */
    assert_int_equal(engine_input_load(buf.data, buf.length - 16, c->arena, &back, &err),
                     ERR_INVALID_ARGUMENT);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_that_school_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(excluded_kinds_do_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(not_ranked, setup, teardown),
        cmocka_unit_test_setup_teardown(explained, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_tell_the_block, setup, teardown),
        cmocka_unit_test_setup_teardown(other_bytes_are_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
