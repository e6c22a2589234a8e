/* Owns reading the quadrant part of compiled methodologies. Invariant: every index of a loaded rule names a
 * parameter that is there, and a sum never contains itself. Must not judge whether the figures exist: forms
 * are not known here. */
#include "common/catalog/methodology_read.h"
#include "common/core/text.h"

/* Fewest bytes of one item of each list, so that a count can be refused before memory is taken. */
enum {
    CODE_LEAST = 4,
    LABEL_LEAST = 8,
    FIGURE_LEAST = 3 * CODE_LEAST,
    INDICATOR_LEAST = CODE_LEAST + LABEL_LEAST + 1 + 4 + 4,
    PARAMETER_LEAST = CODE_LEAST + 3 * LABEL_LEAST + 1 + 4 + 4,
    CLUSTERING_LEAST = CODE_LEAST + LABEL_LEAST + 4,
    KINDS_MAX = 64,
};

static QuadrantSum read_sum(Reader *reader, uint32_t least)
{
    uint32_t count = reader_count(reader, least, QUADRANT_FIGURES_MAX, FIGURE_LEAST);
    QuadrantFigure *figures = reader_array(reader, count, sizeof *figures);

    for (uint32_t i = 0; figures != NULL && i < count; i++) {
        figures[i].form = reader_code(reader);
        figures[i].section = reader_code(reader);
        figures[i].field = reader_code(reader);
    }
    return (QuadrantSum){figures, count};
}

static void read_indicators(Reader *reader, QuadrantParameter *parameter)
{
    uint32_t least = parameter->kind == QUADRANT_INDICATORS ? 1 : 0;
    uint32_t most = parameter->kind == QUADRANT_INDICATORS ? QUADRANT_INDICATORS_MAX : 0;
    uint32_t count = reader_count(reader, least, most, INDICATOR_LEAST);
    QuadrantIndicator *indicators = reader_array(reader, count, sizeof *indicators);

    for (uint32_t i = 0; indicators != NULL && i < count; i++) {
        indicators[i].code = reader_code(reader);
        indicators[i].label = reader_label(reader);
        indicators[i].more_is_better = reader_bool(reader);
        indicators[i].top = read_sum(reader, 1);
        indicators[i].base = read_sum(reader, 0);
    }
    parameter->indicators = indicators;
    parameter->indicator_count = count;
}

/* index: of this parameter; a total may only add what was computed before it. */
static void read_parts(Reader *reader, uint32_t index, QuadrantParameter *parameter)
{
    bool total = parameter->kind == QUADRANT_TOTAL;
    uint32_t count = reader_count(reader, total ? 1 : 0, total ? QUADRANT_PARAMETERS_MAX : 0, 1);
    uint8_t *parts = reader_array(reader, count, sizeof *parts);

    for (uint32_t i = 0; parts != NULL && i < count; i++) {
        parts[i] = reader_u8(reader);
        if (parts[i] >= index)
            reader_fail(reader, "a total of something after it");
    }
    parameter->parts = parts;
    parameter->part_count = count;
}

static QuadrantAxis read_axis(Reader *reader, const QuadrantRule *rule)
{
    uint32_t most = rule->parameter_count > 0 ? (uint32_t)rule->parameter_count - 1 : 0;
    QuadrantAxis axis = {.parameter = (uint8_t)reader_u8_within(reader, 0, most)};

    axis.turned = reader_bool(reader);
    return axis;
}

static void read_parameters(Reader *reader, QuadrantRule *rule)
{
    uint32_t count = reader_count(reader, 1, QUADRANT_PARAMETERS_MAX, PARAMETER_LEAST);
    QuadrantParameter *parameters = reader_array(reader, count, sizeof *parameters);

    for (uint32_t i = 0; parameters != NULL && i < count; i++) {
        parameters[i].code = reader_code(reader);
        parameters[i].label = reader_label(reader);
        parameters[i].good = reader_label(reader);
        parameters[i].bad = reader_label(reader);
        parameters[i].kind = (QuadrantKind)reader_u8_within(reader, QUADRANT_RESULTS, QUADRANT_TOTAL);
        read_indicators(reader, &parameters[i]);
        read_parts(reader, i, &parameters[i]);
    }
    rule->parameters = parameters;
    rule->parameter_count = parameters == NULL ? 0 : count;
}

static void read_clusterings(Reader *reader, QuadrantRule *rule)
{
    uint32_t count = reader_count(reader, 1, QUADRANT_CLUSTERINGS_MAX, CLUSTERING_LEAST);
    QuadrantClustering *clusterings = reader_array(reader, count, sizeof *clusterings);

    for (uint32_t i = 0; clusterings != NULL && i < count; i++) {
        clusterings[i].code = reader_code(reader);
        clusterings[i].label = reader_label(reader);
        clusterings[i].x = read_axis(reader, rule);
        clusterings[i].y = read_axis(reader, rule);
    }
    rule->clusterings = clusterings;
    rule->clustering_count = count;
}

void quadrants_read(Reader *reader, QuadrantRule *rule)
{
    *rule = (QuadrantRule){.on = reader_bool(reader), .border = {0, 1}};
    if (!rule->on)
        return;
    rule->split = (QuadrantSplit)reader_u8_within(reader, QUADRANT_MEAN, QUADRANT_MEDIAN);
    rule->border = reader_share(reader);
    rule->weight = read_sum(reader, rule->split == QUADRANT_WEIGHTED_MEAN ? 1 : 0);
    uint32_t count = reader_count(reader, 0, METHOD_PROCEDURES_MAX, CODE_LEAST);
    Procedure *procedures = reader_array(reader, count, sizeof *procedures);
    for (uint32_t i = 0; procedures != NULL && i < count; i++)
        procedures[i] = reader_procedure(reader);
    rule->procedures = procedures;
    rule->procedure_count = count;
    count = reader_count(reader, 0, KINDS_MAX, CODE_LEAST);
    const char **kinds = reader_array(reader, count, sizeof *kinds);
    for (uint32_t i = 0; kinds != NULL && i < count; i++)
        kinds[i] = reader_code(reader);
    rule->exclude_kinds = kinds;
    rule->exclude_kind_count = count;
    read_parameters(reader, rule);
    read_clusterings(reader, rule);
}
