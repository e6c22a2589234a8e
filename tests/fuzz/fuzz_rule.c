/* Owns fuzzing the rule language. A text is compiled and run; behind a NUL byte stands a program in raw
 * operations. Invariant tried: what rule_parse accepts rule_verify accepts, and what it accepts runs to its
 * end within its steps. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/form/rule_parse.h"

enum { CAP = 8 << 20, OP_BYTES = 11 };

static const ChoiceDef choices[] = {{"low", 1, {"", ""}}, {"high", 3, {"", ""}}};
static const FieldDef main_fields[] = {
    {.code = "a", .type = FIELD_COUNT},
    {.code = "b", .type = FIELD_DECIMAL, .scale = 9},
    {.code = "e", .type = FIELD_CHOICE, .choices = choices, .choice_count = 2},
    {.code = "s", .type = FIELD_SHARE, .numerator = "a", .denominator = "b"},
};
static const FieldDef total_fields[] = {{.code = "x", .type = FIELD_COUNT}};
static const RowDef main_rows[] = {{.code = "R.1"}, {.code = "R.2"}, {.code = "Q.3"}};
static const RowDef one_row[] = {{.code = ""}};
static const SectionDef sections[] = {
    {.code = "main",
     .rows_optional = true,
     .rows = main_rows,
     .row_count = 3,
     .fields = main_fields,
     .field_count = 4},
    {.code = "t", .rows = one_row, .row_count = 1, .fields = total_fields, .field_count = 1},
};
static const FormDef form = {.code = "fuzz", .version = 1, .sections = sections, .section_count = 2};

static void must(bool fine)
{
    if (!fine)
        abort();
}

static FormData *fill(Arena *arena)
{
    static const FormCell cells[] = {
        {"main", "R.1", "a", {VALUE_NUMBER, 3}},         {"main", "R.1", "b", {VALUE_NUMBER, INT64_MAX}},
        {"main", "R.1", "e", {VALUE_NUMBER, 3}},         {"main", "R.2", "a", {VALUE_NUMBER, INT64_MIN}},
        {"main", "R.2", "b", {VALUE_NOT_APPLICABLE, 0}}, {"t", "", "x", {VALUE_UNKNOWN, 0}},
    };
    FormData *data = form_data_new(&form, arena);
    Err err;

    must(data != NULL);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        must(form_data_set(data, &cells[i], &err) == ERR_OK);
    return data;
}

static void run(const RuleDef *rule, Arena *arena)
{
    FormData *data = fill(arena);

    for (uint32_t row = 0; row < (rule->per_row ? sections[rule->section].row_count : 1); row++) {
        uint64_t steps = 10000;
        RuleOutcome outcome = rule_eval(data, rule, row, &steps);
        must(outcome <= RULE_EXHAUSTED && steps <= 10000);
        steps = 5;
        (void)rule_eval(data, rule, row, &steps);
        must(steps <= 5);
    }
}

static void try_text(const char *text, bool per_row, uint32_t section)
{
    Arena *arena = arena_new(CAP, NULL);
    RuleOp *ops = NULL;
    Err err = {0};
    RuleDef rule = {.per_row = per_row, .section = section};

    must(arena != NULL);
    if (rule_parse(&form, per_row, section, text, arena, &ops, &rule.op_count, &err) == ERR_OK) {
        rule.ops = ops;
        must(rule_verify(&form, &rule));
        run(&rule, arena);
    } else {
        must(err.reason[0] != '\0' && ops == NULL);
        must(strtol(err_arg_get(&err, "line"), NULL, 10) > 0);
        must(strtol(err_arg_get(&err, "column"), NULL, 10) > 0);
    }
    arena_free(arena);
}

static void try_ops(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(CAP, NULL);
    size_t count = size / OP_BYTES;
    RuleOp *ops = ARENA_NEW(arena, RuleOp, count);
    RuleDef rule = {.per_row = size % 2 == 1, .ops = ops, .op_count = count};

    for (size_t i = 0; ops != NULL && i < count; i++) {
        const uint8_t *at = data + i * OP_BYTES;
        ops[i] = (RuleOp){.op = at[0] % (RULE_OP_COUNT + 2), .denominator = (int8_t)at[1]};
        memcpy(&ops[i].number, at + 2, sizeof ops[i].number);
        if (at[1] < 128)
            ops[i].number = (int8_t)at[2];
        ops[i].section = at[10] / 16;
        ops[i].field = at[10] % 16;
    }
    if (ops != NULL && rule_verify(&form, &rule))
        run(&rule, arena);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 0) {
        try_ops(data + 1, size - 1);
        return 0;
    }
    char *text = malloc(size + 1);
    must(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    try_text(text, true, 0);
    try_text(text, false, 0);
    free(text);
    return 0;
}
