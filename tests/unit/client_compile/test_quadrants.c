/* Owns the tests of the quadrant part of a methodology: what the compiler makes of the shipped profile, the
 * fault named for each wrong definition, its bytes, and what damage to these does. Must run from the
 * repository root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/compile/compile.h"
#include "common/catalog/catalog_pack.h"
#include "common/core/text.h"

enum { TEXT_SIZE = 1 << 16 };

static char text[TEXT_SIZE];
static Arena *arena;

static int setup(void **state)
{
    FILE *file = fopen("common/catalog/methodologies/kirov-2022.yaml", "r");

    (void)state;
    if (file == NULL)
        return -1;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    arena = arena_new((size_t)64 << 20, NULL);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const QuadrantParameter *parameter(const QuadrantRule *rule, const char *code)
{
    for (size_t i = 0; i < rule->parameter_count; i++)
        if (text_equal(rule->parameters[i].code, code))
            return &rule->parameters[i];
    fail_msg("no parameter %s", code);
    return NULL;
}

static Methodology compile(void)
{
    Methodology methodology;
    Err err = {0};

    if (compile_methodology_text("kirov.yaml", text, strlen(text), arena, &methodology, &err) != ERR_OK)
        fail_msg("%s %s %s", err.reason, err_arg_get(&err, "key"), err_arg_get(&err, "value"));
    return methodology;
}

static void the_profile_says_what_it_should(void **state)
{
    Methodology methodology = compile();
    const QuadrantRule *rule = &methodology.quadrants;

    (void)state;
    assert_true(rule->on && !methodology.low.on && !methodology.typology.on);
    assert_int_equal(rule->split, QUADRANT_MEAN);
    assert_int_equal(ratio_compare(rule->border, (Ratio){1, 4}), 0);
    assert_int_equal(rule->procedure_count, 13);
    assert_int_equal(rule->exclude_kind_count, 4);
    assert_int_equal(rule->parameter_count, 5);
    const QuadrantParameter *contingent = parameter(rule, "CONTINGENT");
    assert_int_equal(contingent->kind, QUADRANT_INDICATORS);
    assert_true(contingent->indicators[0].more_is_better && !contingent->indicators[1].more_is_better);
    assert_int_equal(contingent->indicators[2].top.count, 3);
    assert_string_equal(contingent->indicators[2].top.figures[1].field, "unemployed_both");
    assert_int_equal(parameter(rule, "PLACE")->indicators[0].base.count, 0);
    const QuadrantParameter *sum = parameter(rule, "SUM");
    assert_int_equal(sum->part_count, 3);
    assert_true(sum->parts[0] == 1 && sum->parts[1] == 2 && sum->parts[2] == 3);
    assert_true(rule->clusterings[0].x.turned && rule->clusterings[0].y.turned);
    assert_false(rule->clusterings[1].x.turned || rule->clusterings[1].y.turned);
}

/* Every figure the shipped profile asks for is a number of a shipped form. */
static void the_figures_are_there(void **state)
{
    Methodology methodology = compile();
    Catalog *catalog;
    Buf buf;
    Err err = {0};

    (void)state;
    buf_init(&buf, 64 << 20);
    assert_int_equal(compile_folder("common/catalog", &buf, &err), ERR_OK);
    assert_int_equal(catalog_load(buf.data, buf.length, arena, &catalog, &err), ERR_OK);
    buf_done(&buf);
    for (size_t p = 0; p < methodology.quadrants.parameter_count; p++) {
        const QuadrantParameter *one = &methodology.quadrants.parameters[p];
        for (size_t i = 0; i < one->indicator_count; i++) {
            const QuadrantSum *sums[] = {&one->indicators[i].top, &one->indicators[i].base};
            for (size_t k = 0; k < 2; k++)
                for (size_t f = 0; f < sums[k]->count; f++) {
                    const QuadrantFigure *figure = &sums[k]->figures[f];
                    const FormDef *form = catalog_get_form(catalog, figure->form, 0);
                    assert_non_null(form);
                    const SectionDef *section = form_get_section(form, figure->section);
                    assert_non_null(section);
                    const FieldDef *field = section_get_field(section, figure->field);
                    assert_non_null(field);
                    assert_true(field->type == FIELD_COUNT || field->type == FIELD_DECIMAL);
                    assert_true(field->scale <= 3);
                }
        }
    }
}

/* The first `from` becomes `to`; the compiler must name the reason. */
static void wrong_definitions_are_named(void **state)
{
    static const struct {
        const char *from, *to, *reason;
    } faults[] = {
        {"split: mean", "split: middle", "DEF_BAD_VALUE"},
        {"split: mean", "split: weighted_mean", "DEF_BAD_VALUE"},
        {"split: mean", "split: mean\n  weight: [a.b.c]", "DEF_BAD_VALUE"},
        {"border: \"0.25\"", "border: \"-1\"", "DEF_BAD_VALUE"},
        {"border: \"0.25\"", "border: \"1.5\"", "DEF_BAD_VALUE"},
        {"VPR.RUS.6", "VPR.PHYS.6", "METHOD_PROCEDURE"},
        {"VPR.RUS.6", "VPR.RUS.5", "DEF_DUPLICATE"},
        {"kind: results", "kind: outcomes", "DEF_BAD_VALUE"},
        {"kind: results", "kind: indicators", "DEF_BAD_VALUE"},
        {"kind: results", "kind: total", "DEF_BAD_VALUE"},
        {"kind: indicators", "kind: results", "DEF_BAD_VALUE"},
        {"better: more", "better: bigger", "DEF_BAD_VALUE"},
        {"social_passport.passport.he2", "social_passport.he2", "DEF_BAD_VALUE"},
        {"social_passport.passport.he2", "social_passport.passport.he2.x", "DEF_BAD_VALUE"},
        {"social_passport.passport.he2", "social_passport..he2", "DEF_BAD_VALUE"},
        {"code: record,", "code: he2,", "DEF_DUPLICATE"},
        {"code: CONTINGENT\n", "code: RESULTS\n", "DEF_DUPLICATE"},
        {"of: [CONTINGENT", "of: [SUM", "DEF_UNKNOWN_NAME"},
        {"of: [CONTINGENT", "of: [NOTHING", "DEF_UNKNOWN_NAME"},
        {"x: STAFFING", "x: STAFF", "DEF_UNKNOWN_NAME"},
        {"y: \"-PLACE\"", "y: \"--PLACE\"", "DEF_UNKNOWN_NAME"},
        {"{code: PLACE, label", "{code: SUM, label", "DEF_DUPLICATE"},
        {"{code: PLACE, label", "{code: \"П\", label", "DEF_BAD_CODE"},
        {"split: mean", "split: mean\n  colour: red", "YAML_INVALID"},
    };
    char *changed = malloc(TEXT_SIZE);

    (void)state;
    assert_non_null(changed);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        Methodology methodology;
        Err err = {0};
        const char *at = strstr(text, faults[i].from);
        assert_non_null(at);
        snprintf(changed, TEXT_SIZE, "%.*s%s%s", (int)(at - text), text, faults[i].to,
                 at + strlen(faults[i].from));
        assert_int_equal(
            compile_methodology_text("kirov.yaml", changed, strlen(changed), arena, &methodology, &err),
            ERR_INVALID_ARGUMENT);
        if (!text_equal(err.reason, faults[i].reason))
            fail_msg("%s -> %s: %s", faults[i].from, faults[i].to, err.reason);
        assert_string_equal(err_arg_get(&err, "file"), "kirov.yaml");
    }
    free(changed);
}

static void pack(const Methodology *methodology, Buf *buf)
{
    buf_init(buf, 1 << 20);
    methodology_pack(methodology, buf);
    assert_false(buf->failed);
}

/* A profile without pictures keeps the bytes, and so the hash, it always had. */
static void bytes_are_stable(void **state)
{
    Methodology methodology = compile(), *loaded;
    Buf first, again;
    Err err = {0};

    (void)state;
    pack(&methodology, &first);
    assert_memory_equal(first.data, "SHM2", 4);
    assert_int_equal(methodology_load(first.data, first.length, arena, &loaded, &err), ERR_OK);
    pack(loaded, &again);
    assert_int_equal(again.length, first.length);
    assert_memory_equal(again.data, first.data, first.length);
    buf_done(&again);
    size_t with = first.length;
    buf_done(&first);

    methodology.quadrants.on = false;
    pack(&methodology, &first);
    assert_memory_equal(first.data, "SHM1", 4);
    assert_true(first.length < with);
    assert_int_equal(methodology_load(first.data, first.length, arena, &loaded, &err), ERR_OK);
    assert_false(loaded->quadrants.on);
    buf_done(&first);
}

/* Cut anywhere or with any byte changed, the bytes are refused or read as another sound profile. */
static void damaged_bytes_are_read_safely(void **state)
{
    Methodology methodology = compile();
    Buf buf;
    size_t refused = 0;

    (void)state;
    pack(&methodology, &buf);
    for (size_t i = 0; i < buf.length; i++) {
        Arena *scratch = arena_new(4 << 20, NULL);
        Methodology *loaded = NULL;
        Err err = {0};
        char *bytes = buf.data, good = bytes[i];
        assert_int_not_equal(methodology_load(bytes, i, scratch, &loaded, &err), ERR_OK);
        bytes[i] = (char)(good ^ (1 << i % 8));
        ErrCode code = methodology_load(bytes, buf.length, scratch, &loaded, &err);
        refused += code != ERR_OK;
        for (size_t p = 0; code == ERR_OK && p < loaded->quadrants.parameter_count; p++)
            for (size_t k = 0; k < loaded->quadrants.parameters[p].part_count; k++)
                assert_true(loaded->quadrants.parameters[p].parts[k] < p);
        bytes[i] = good;
        arena_free(scratch);
    }
    assert_true(refused > buf.length / 10);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_profile_says_what_it_should, setup, teardown),
        cmocka_unit_test_setup_teardown(the_figures_are_there, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_definitions_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_are_stable, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_bytes_are_read_safely, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
