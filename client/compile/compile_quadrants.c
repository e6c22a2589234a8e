/* Owns turning the quadrant part of a methodology into a definition. Invariant: every parameter a clustering
 * or a total names stands in the rule, before the total. Must not judge whether a form has the figures: that
 * is asked when they are read. */
#include "client/compile/compile_quadrants.h"

#include "client/compile/compile_yaml_quadrants.h"
#include "common/core/text.h"

/* "form.section.field" in three codes of the arena. */
static ErrCode compile_figure(const CompileSource *source, const char *text, QuadrantFigure *ret)
{
    const char *parts[3] = {"", "", ""};
    char *copy = arena_text(source->arena, text);
    size_t count = 1;

    if (copy == NULL)
        return err_memory(source->err);
    parts[0] = copy;
    for (char *at = copy; *at != '\0'; at++) {
        if (*at != '.')
            continue;
        *at = '\0';
        if (count < 3)
            parts[count] = at + 1;
        count++;
    }
    for (size_t i = 0; i < 3; i++) {
        if (count == 3 && text_is_code(parts[i]))
            continue;
        compile_fault(source, "DEF_BAD_VALUE", "top", text, 1);
        return err_arg(source->err, "allowed", "form.section.field");
    }
    *ret = (QuadrantFigure){parts[0], parts[1], parts[2]};
    return ERR_OK;
}

/* Lists are bounded so that a profile always fits its compiled form. */
static ErrCode too_many(const CompileSource *source, const char *key)
{
    return compile_fault(source, "METHOD_TOO_MANY", key, "", 1);
}

/* Columns that are added; none is fine where a base may be absent. */
static ErrCode compile_sum(const CompileSource *source, char *const *texts, unsigned count, QuadrantSum *ret)
{
    QuadrantFigure *figures = ARENA_NEW(source->arena, QuadrantFigure, count);
    ErrCode code = ERR_OK;

    if (figures == NULL)
        return err_memory(source->err);
    if (count > QUADRANT_FIGURES_MAX)
        return too_many(source, "top");
    for (unsigned i = 0; i < count && code == ERR_OK; i++)
        code = compile_figure(source, texts[i], &figures[i]);
    *ret = (QuadrantSum){figures, count};
    return code;
}

/* Codes are keys of what is shown, so two indicators of one parameter cannot share one. */
static ErrCode compile_indicators(const CompileSource *source, const YamlParameter *yaml,
                                  QuadrantParameter *parameter)
{
    static const char *const words[] = {"more", "less", NULL};
    QuadrantIndicator *indicators = ARENA_NEW(source->arena, QuadrantIndicator, yaml->indicators_count);
    ErrCode code = ERR_OK;

    if (indicators == NULL)
        return err_memory(source->err);
    if (yaml->indicators_count > QUADRANT_INDICATORS_MAX)
        return too_many(source, "indicators");
    for (unsigned i = 0; i < yaml->indicators_count && code == ERR_OK; i++) {
        const YamlIndicator *from = &yaml->indicators[i];
        QuadrantIndicator *to = &indicators[i];
        int word = 0;
        *to = (QuadrantIndicator){.code = from->code, .label = {from->label.ru, from->label.en}};
        code = compile_check_code(source, from->code);
        if (code == ERR_OK)
            code = compile_word(source, "better", from->better, words, 0, &word);
        to->more_is_better = word == 1;
        if (code == ERR_OK)
            code = compile_sum(source, from->top, from->top_count, &to->top);
        if (code == ERR_OK)
            code = compile_sum(source, from->base, from->base_count, &to->base);
        for (unsigned j = 0; j < i && code == ERR_OK; j++)
            if (text_equal(indicators[j].code, from->code))
                code = compile_fault(source, "DEF_DUPLICATE", "code", from->code, 2);
    }
    parameter->indicators = indicators;
    parameter->indicator_count = yaml->indicators_count;
    return code;
}

/* Index of a parameter among the first `count`; count when it is not there (yet). */
static size_t parameter_index(const QuadrantParameter *parameters, size_t count, const char *name)
{
    size_t i = 0;

    while (i < count && !text_equal(parameters[i].code, name))
        i++;
    return i;
}

/* The same where it must be there: DEF_UNKNOWN_NAME. */
static ErrCode find_parameter(const CompileSource *source, const char *key, const char *name,
                              const QuadrantParameter *parameters, size_t count, uint8_t *ret)
{
    size_t index = parameter_index(parameters, count, name);

    if (index == count)
        return compile_fault(source, "DEF_UNKNOWN_NAME", key, name, 1);
    *ret = (uint8_t)index;
    return ERR_OK;
}

/* A total names parameters above it: that order is also the order of computing. */
static ErrCode compile_parts(const CompileSource *source, const YamlParameter *yaml,
                             const QuadrantParameter *before, size_t count, QuadrantParameter *parameter)
{
    uint8_t *parts = ARENA_NEW(source->arena, uint8_t, yaml->of_count);
    ErrCode code = ERR_OK;

    if (parts == NULL)
        return err_memory(source->err);
    if (yaml->of_count > QUADRANT_PARAMETERS_MAX)
        return too_many(source, "of");
    for (unsigned i = 0; i < yaml->of_count && code == ERR_OK; i++)
        code = find_parameter(source, "of", yaml->of[i], before, count, &parts[i]);
    parameter->parts = parts;
    parameter->part_count = yaml->of_count;
    return code;
}

/* Each kind has exactly the lists it needs: results take the rule's procedures and nothing of their own,
 * indicators are listed, a total is made of parameters. */
static ErrCode check_kind(const CompileSource *source, const YamlParameter *yaml, QuadrantKind kind)
{
    if ((yaml->indicators_count > 0) == (kind == QUADRANT_INDICATORS) &&
        (yaml->of_count > 0) == (kind == QUADRANT_TOTAL))
        return ERR_OK;
    compile_fault(source, "DEF_BAD_VALUE", "kind", yaml->kind, 1);
    return err_arg(source->err, "allowed", "results; indicators + indicators: […]; total + of: […]");
}

/* In the order of the file: axes and totals refer to them by place. */
static ErrCode compile_parameters(const CompileSource *source, const YamlQuadrants *yaml, QuadrantRule *rule)
{
    static const char *const kinds[] = {"results", "indicators", "total", NULL};
    QuadrantParameter *parameters = ARENA_NEW(source->arena, QuadrantParameter, yaml->parameters_count);
    ErrCode code = ERR_OK;

    if (parameters == NULL)
        return err_memory(source->err);
    if (yaml->parameters_count > QUADRANT_PARAMETERS_MAX)
        return too_many(source, "parameters");
    for (unsigned i = 0; i < yaml->parameters_count && code == ERR_OK; i++) {
        const YamlParameter *from = &yaml->parameters[i];
        int kind = 0;
        parameters[i] = (QuadrantParameter){.code = from->code,
                                            .label = {from->label.ru, from->label.en},
                                            .good = {from->good.ru, from->good.en},
                                            .bad = {from->bad.ru, from->bad.en}};
        code = compile_check_code(source, from->code);
        if (code == ERR_OK && parameter_index(parameters, i, from->code) < i)
            code = compile_fault(source, "DEF_DUPLICATE", "code", from->code, 2);
        if (code == ERR_OK)
            code = compile_word(source, "kind", from->kind, kinds, 0, &kind);
        parameters[i].kind = (QuadrantKind)kind;
        if (code == ERR_OK)
            code = check_kind(source, from, parameters[i].kind);
        if (code == ERR_OK)
            code = compile_indicators(source, from, &parameters[i]);
        if (code == ERR_OK)
            code = compile_parts(source, from, parameters, i, &parameters[i]);
    }
    rule->parameters = parameters;
    rule->parameter_count = yaml->parameters_count;
    return code;
}

/* A turned axis is written "-CODE". */
static ErrCode compile_axis(const CompileSource *source, const char *key, const char *text,
                            const QuadrantRule *rule, QuadrantAxis *ret)
{
    *ret = (QuadrantAxis){.turned = text[0] == '-'};
    return find_parameter(source, key, text + ret->turned, rule->parameters, rule->parameter_count,
                          &ret->parameter);
}

/* The pictures; each is known by its code. */
static ErrCode compile_clusterings(const CompileSource *source, const YamlQuadrants *yaml, QuadrantRule *rule)
{
    QuadrantClustering *to = ARENA_NEW(source->arena, QuadrantClustering, yaml->clusterings_count);
    ErrCode code = ERR_OK;

    if (to == NULL)
        return err_memory(source->err);
    if (yaml->clusterings_count > QUADRANT_CLUSTERINGS_MAX)
        return too_many(source, "clusterings");
    for (unsigned i = 0; i < yaml->clusterings_count && code == ERR_OK; i++) {
        const YamlClustering *from = &yaml->clusterings[i];
        to[i] = (QuadrantClustering){.code = from->code, .label = {from->label.ru, from->label.en}};
        code = compile_check_code(source, from->code);
        if (code == ERR_OK)
            code = compile_axis(source, "x", from->x, rule, &to[i].x);
        if (code == ERR_OK)
            code = compile_axis(source, "y", from->y, rule, &to[i].y);
        for (unsigned j = 0; j < i && code == ERR_OK; j++)
            if (text_equal(to[j].code, from->code))
                code = compile_fault(source, "DEF_DUPLICATE", "code", from->code, 2);
    }
    rule->clusterings = to;
    rule->clustering_count = yaml->clusterings_count;
    return code;
}

/* A procedure listed twice would weigh twice. */
static ErrCode compile_procedures(const CompileSource *source, const YamlQuadrants *yaml, QuadrantRule *rule)
{
    Procedure *procedures = ARENA_NEW(source->arena, Procedure, yaml->procedures_count);

    if (procedures == NULL)
        return err_memory(source->err);
    if (yaml->procedures_count > METHOD_PROCEDURES_MAX)
        return too_many(source, "procedures");
    for (unsigned i = 0; i < yaml->procedures_count; i++) {
        if (!procedure_parse(yaml->procedures[i], &procedures[i]))
            return compile_fault(source, "METHOD_PROCEDURE", "procedures", yaml->procedures[i], 1);
        for (unsigned j = 0; j < i; j++)
            if (procedure_compare(procedures[i], procedures[j]) == 0)
                return compile_fault(source, "DEF_DUPLICATE", "procedures", yaml->procedures[i], 2);
    }
    rule->procedures = procedures;
    rule->procedure_count = yaml->procedures_count;
    return ERR_OK;
}

/* As with the low-result rule, kinds are not checked against a list: regions add their own. */
static ErrCode compile_kinds(const CompileSource *source, const YamlQuadrants *yaml, QuadrantRule *rule)
{
    const char **kinds = ARENA_NEW(source->arena, const char *, yaml->exclude_kinds_count);
    ErrCode code = ERR_OK;

    if (kinds == NULL)
        return err_memory(source->err);
    for (unsigned i = 0; i < yaml->exclude_kinds_count && code == ERR_OK; i++) {
        code = compile_check_code(source, yaml->exclude_kinds[i]);
        kinds[i] = yaml->exclude_kinds[i];
    }
    rule->exclude_kinds = kinds;
    rule->exclude_kind_count = yaml->exclude_kinds_count;
    return code;
}

ErrCode compile_quadrants(const CompileSource *source, const YamlQuadrants *yaml, QuadrantRule *ret)
{
    static const char *const splits[] = {"mean", "weighted_mean", "median", NULL};
    QuadrantRule rule = {.on = true};
    int split = 0;
    ErrCode code = compile_word(source, "split", yaml->split, splits, 0, &split);

    rule.split = (QuadrantSplit)split;
    if (code == ERR_OK)
        code = compile_share(source, "border", yaml->border, &rule.border);
    if (code == ERR_OK)
        code = compile_sum(source, yaml->weight, yaml->weight_count, &rule.weight);
    if (code == ERR_OK && (rule.split == QUADRANT_WEIGHTED_MEAN) != (rule.weight.count > 0)) {
        compile_fault(source, "DEF_BAD_VALUE", "split", yaml->split, 1);
        err_arg(source->err, "allowed", "weighted_mean + weight: […]");
        code = source->err->code;
    }
    if (code == ERR_OK)
        code = compile_procedures(source, yaml, &rule);
    if (code == ERR_OK)
        code = compile_kinds(source, yaml, &rule);
    if (code == ERR_OK)
        code = compile_parameters(source, yaml, &rule);
    if (code == ERR_OK)
        code = compile_clusterings(source, yaml, &rule);
    if (code == ERR_OK)
        *ret = rule;
    return code;
}
