/* Owns the tests of the quadrant rule's bytes: what is packed is what is read, and a rule that contradicts
 * itself is refused, whoever made its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/catalog/catalog_pack.h"

static Arena *arena;

/* A small sound rule in parts that a test may change. */
typedef struct Sample {
    QuadrantFigure figures[2];
    QuadrantIndicator indicators[2];
    uint8_t parts[2];
    QuadrantParameter parameters[3];
    QuadrantClustering clusterings[2];
    Procedure procedures[2];
    const char *kinds[1];
    Methodology methodology;
} Sample;

static void sample_make(Sample *sample)
{
    const QuadrantSum top = {sample->figures, 2}, base = {sample->figures, 1}, none = {NULL, 0};

    memset(sample, 0, sizeof *sample);
    sample->figures[0] = (QuadrantFigure){"form", "section", "one"};
    sample->figures[1] = (QuadrantFigure){"form", "section", "two"};
    sample->indicators[0] = (QuadrantIndicator){"share", {"Доля", "Share"}, true, top, base};
    sample->indicators[1] = (QuadrantIndicator){"mark", {"Оценка", "Mark"}, false, base, none};
    sample->parts[0] = 0;
    sample->parts[1] = 1;
    sample->parameters[0] = (QuadrantParameter){.code = "R", .kind = QUADRANT_RESULTS};
    sample->parameters[1] = (QuadrantParameter){
        .code = "C", .kind = QUADRANT_INDICATORS, .indicators = sample->indicators, .indicator_count = 2};
    sample->parameters[2] =
        (QuadrantParameter){.code = "S", .kind = QUADRANT_TOTAL, .parts = sample->parts, .part_count = 2};
    for (size_t i = 0; i < 3; i++)
        sample->parameters[i].label = sample->parameters[i].good = sample->parameters[i].bad =
            (Text){"да", "yes"};
    sample->clusterings[0] = (QuadrantClustering){"A", {"А", "A"}, {1, true}, {0, false}};
    sample->clusterings[1] = (QuadrantClustering){"B", {"Б", "B"}, {0, false}, {2, true}};
    sample->procedures[0] = (Procedure){.family = FAMILY_OGE, .subject = SUBJECT_RUSSIAN};
    sample->procedures[1] = (Procedure){.family = FAMILY_VPR, .subject = SUBJECT_MATHS, .grade = 6};
    sample->kinds[0] = "boarding";
    sample->methodology = (Methodology){
        .code = "Q-1",
        .version = 3,
        .title = {"Картины", "Pictures"},
        .legal_basis = {"Приказ", "Order"},
        .remark = {"", ""},
        .valid_from = "",
        .valid_to = "",
        .low = {.share = {0, 1}, .risk = {.floor = {0, 1}}},
        .quadrants = {.on = true,
                      .split = QUADRANT_WEIGHTED_MEAN,
                      .border = {1, 4},
                      .weight = base,
                      .procedures = sample->procedures,
                      .procedure_count = 2,
                      .exclude_kinds = sample->kinds,
                      .exclude_kind_count = 1,
                      .parameters = sample->parameters,
                      .parameter_count = 3,
                      .clusterings = sample->clusterings,
                      .clustering_count = 2},
    };
}

static ErrCode reload(const Sample *sample, Methodology **ret, Err *err)
{
    Buf buf;

    buf_init(&buf, 1 << 16);
    methodology_pack(&sample->methodology, &buf);
    assert_false(buf.failed);
    ErrCode code = methodology_load(buf.data, buf.length, arena, ret, err);
    buf_done(&buf);
    return code;
}

static void everything_comes_back(void **state)
{
    Methodology *loaded = NULL;
    Sample sample;
    Err err = {0};

    (void)state;
    sample_make(&sample);
    assert_int_equal(reload(&sample, &loaded, &err), ERR_OK);
    const QuadrantRule *rule = &loaded->quadrants;
    assert_true(rule->on);
    assert_int_equal(rule->split, QUADRANT_WEIGHTED_MEAN);
    assert_true(rule->border.num == 1 && rule->border.den == 4);
    assert_int_equal(rule->weight.count, 1);
    assert_string_equal(rule->weight.figures[0].field, "one");
    assert_int_equal(rule->procedure_count, 2);
    assert_int_equal(procedure_compare(rule->procedures[1], sample.procedures[1]), 0);
    assert_string_equal(rule->exclude_kinds[0], "boarding");
    assert_int_equal(rule->parameters[1].indicator_count, 2);
    assert_string_equal(rule->parameters[1].indicators[0].label.ru, "Доля");
    assert_true(rule->parameters[1].indicators[0].more_is_better);
    assert_string_equal(rule->parameters[1].indicators[0].top.figures[1].field, "two");
    assert_int_equal(rule->parameters[1].indicators[1].base.count, 0);
    assert_memory_equal(rule->parameters[2].parts, sample.parts, 2);
    assert_string_equal(rule->parameters[2].bad.en, "yes");
    assert_int_equal(rule->clusterings[0].x.parameter, 1);
    assert_true(rule->clusterings[0].x.turned && !rule->clusterings[0].y.turned);
}

static void twice_itself(Sample *sample)
{
    sample->parts[1] = 2; /* the total itself */
}

static void later_part(Sample *sample)
{
    sample->parameters[0].kind = QUADRANT_TOTAL; /* adds what comes after it */
    sample->parameters[0].parts = sample->parts;
    sample->parameters[0].part_count = 2;
}

static void axis_of_nothing(Sample *sample)
{
    sample->clusterings[1].y.parameter = 3;
}

static void no_split(Sample *sample)
{
    sample->methodology.quadrants.split = (QuadrantSplit)0;
}

static void unknown_split(Sample *sample)
{
    sample->methodology.quadrants.split = (QuadrantSplit)4;
}

static void weighted_by_nothing(Sample *sample)
{
    sample->methodology.quadrants.weight.count = 0;
}

static void border_beyond_one(Sample *sample)
{
    sample->methodology.quadrants.border = (Ratio){5, 4};
}

static void border_not_reduced(Sample *sample)
{
    sample->methodology.quadrants.border = (Ratio){2, 8};
}

static void no_parameters(Sample *sample)
{
    sample->methodology.quadrants.parameter_count = 0;
}

static void no_pictures(Sample *sample)
{
    sample->methodology.quadrants.clustering_count = 0;
}

static void unknown_kind(Sample *sample)
{
    sample->parameters[0].kind = (QuadrantKind)9;
}

static void results_with_indicators(Sample *sample)
{
    sample->parameters[0].indicators = sample->indicators;
    sample->parameters[0].indicator_count = 1;
}

static void indicators_without_one(Sample *sample)
{
    sample->parameters[1].indicator_count = 0;
}

static void total_of_nothing(Sample *sample)
{
    sample->parameters[2].part_count = 0;
}

static void indicator_without_top(Sample *sample)
{
    sample->indicators[0].top.count = 0;
}

static void bad_code(Sample *sample)
{
    sample->figures[0].field = "no code";
}

static void contradictions_are_refused(void **state)
{
    static void (*const changes[])(Sample *) = {
        twice_itself,           later_part,          axis_of_nothing,       no_split,
        unknown_split,          weighted_by_nothing, border_beyond_one,     border_not_reduced,
        no_parameters,          no_pictures,         unknown_kind,          results_with_indicators,
        indicators_without_one, total_of_nothing,    indicator_without_top, bad_code,
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        Methodology *loaded = NULL;
        Sample sample;
        Err err = {0};
        sample_make(&sample);
        changes[i](&sample);
        if (reload(&sample, &loaded, &err) != ERR_INVALID_ARGUMENT)
            fail_msg("change %zu was accepted", i);
        assert_null(loaded);
    }
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20, NULL);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(contradictions_are_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
