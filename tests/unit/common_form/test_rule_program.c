/* Owns the golden programs: what each construct of the rule language compiles to. A changed compiler shows as
 * a readable difference of programs.tsv; stored catalogues hold such programs, so they must keep their
 * meaning. The file: source, then the program, a tab between them; "S:" before the source compiles it for a
 * row of the section main. With SHANS_GOLDEN_WRITE set the file is written anew. */
#include <stdlib.h>

#include "tests/unit/common_form/sample.h"

#include "common/core/buf.h"
#include "common/form/rule_parse.h"

static const char golden[] = "tests/unit/common_form/programs.tsv";

static const char *const op_names[RULE_OP_COUNT] = {
    [RULE_OP_NUMBER] = "number",
    [RULE_OP_TRUTH] = "truth",
    [RULE_OP_LOAD] = "load",
    [RULE_OP_CELL] = "cell",
    [RULE_OP_SUM] = "sum",
    [RULE_OP_IS_NA] = "is_na",
    [RULE_OP_IS_UNKNOWN] = "is_unknown",
    [RULE_OP_IS_EMPTY] = "is_empty",
    [RULE_OP_ROW_IN] = "row_in",
    [RULE_OP_NEGATE] = "negate",
    [RULE_OP_NOT] = "not",
    [RULE_OP_KNOWN] = "known",
    [RULE_OP_ADD] = "add",
    [RULE_OP_SUBTRACT] = "subtract",
    [RULE_OP_MULTIPLY] = "multiply",
    [RULE_OP_DIVIDE] = "divide",
    [RULE_OP_MIN] = "min",
    [RULE_OP_MAX] = "max",
    [RULE_OP_LESS] = "less",
    [RULE_OP_LESS_EQUAL] = "less_equal",
    [RULE_OP_GREATER] = "greater",
    [RULE_OP_GREATER_EQUAL] = "greater_equal",
    [RULE_OP_EQUAL] = "equal",
    [RULE_OP_NOT_EQUAL] = "not_equal",
    [RULE_OP_SAME] = "same",
    [RULE_OP_DIFFERENT] = "different",
    [RULE_OP_AND] = "and",
    [RULE_OP_OR] = "or",
    [RULE_OP_IF] = "if",
};

/* The numbers are part of the compiled form and never change. */
static void operations_keep_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(RULE_OP_NUMBER, 1);
    assert_int_equal(RULE_OP_TRUTH, 2);
    assert_int_equal(RULE_OP_LOAD, 3);
    assert_int_equal(RULE_OP_CELL, 4);
    assert_int_equal(RULE_OP_SUM, 5);
    assert_int_equal(RULE_OP_IS_NA, 6);
    assert_int_equal(RULE_OP_ROW_IN, 9);
    assert_int_equal(RULE_OP_NEGATE, 10);
    assert_int_equal(RULE_OP_KNOWN, 12);
    assert_int_equal(RULE_OP_ADD, 13);
    assert_int_equal(RULE_OP_MAX, 18);
    assert_int_equal(RULE_OP_LESS, 19);
    assert_int_equal(RULE_OP_NOT_EQUAL, 24);
    assert_int_equal(RULE_OP_SAME, 25);
    assert_int_equal(RULE_OP_OR, 28);
    assert_int_equal(RULE_OP_IF, 29);
    for (int op = 1; op < RULE_OP_COUNT; op++)
        assert_non_null(op_names[op]);
}

static void dump_op(const RuleOp *op, Buf *buf)
{
    const SectionDef *section = &sample_sections[op->section];

    buf_printf(buf, buf->length == 0 ? "%s" : " %s", op_names[op->op]);
    switch (op->op) {
    case RULE_OP_NUMBER:
        buf_printf(buf, ":%lld", (long long)op->number);
        if (op->denominator != 1)
            buf_printf(buf, "/%lld", (long long)op->denominator);
        break;
    case RULE_OP_TRUTH:
        buf_text(buf, op->number == 1 ? ":yes" : ":no");
        break;
    case RULE_OP_LOAD:
    case RULE_OP_SUM:
        buf_printf(buf, ":%s.%s", section->code, section->fields[op->field].code);
        break;
    case RULE_OP_ROW_IN:
        buf_printf(buf, ":%u:%llx", op->field, (unsigned long long)op->number);
        break;
    case RULE_OP_CELL:
    case RULE_OP_IS_NA:
    case RULE_OP_IS_UNKNOWN:
    case RULE_OP_IS_EMPTY:
        buf_printf(buf, ":%s", section->code);
        if (op->number != RULE_OWN_ROW)
            buf_printf(buf, "[%s]", section->rows[op->number].code);
        buf_printf(buf, ".%s", section->fields[op->field].code);
        break;
    default:
        break;
    }
}

/* The program of one source as text. */
static void compile(const char *source, Arena *arena, Buf *buf)
{
    bool per_row = strncmp(source, "S:", 2) == 0;
    RuleOp *ops = NULL;
    size_t count = 0;
    Err err = {0};

    if (rule_parse(&sample_form, per_row, 0, per_row ? source + 2 : source, arena, &ops, &count, &err) !=
        ERR_OK)
        fail_msg("\"%s\": %s column %s", source, err.reason, err_arg_get(&err, "column"));
    buf_clear(buf);
    for (size_t i = 0; i < count; i++)
        dump_op(&ops[i], buf);
}

static void programs_are_as_recorded(void **state)
{
    FILE *file = fopen(golden, "r");
    Arena *arena = arena_new(64 << 20, NULL);
    char line[1024];
    size_t lines = 0, different = 0;
    Buf buf, anew;

    (void)state;
    if (file == NULL)
        fail_msg("%s cannot be opened", golden);
    sample_init();
    buf_init(&buf, 1 << 16);
    buf_init(&anew, 1 << 20);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#') {
            buf_printf(&anew, "%s\n", line);
            continue;
        }
        char *tab = strchr(line, '\t');
        const char *recorded = tab == NULL ? "" : tab + 1;
        if (tab != NULL)
            *tab = '\0';
        compile(line, arena, &buf);
        if (strcmp(recorded, buf.data) != 0) {
            print_error("\"%s\"\n  recorded %s\n  compiled %s\n", line, recorded, buf.data);
            different++;
        }
        buf_printf(&anew, "%s\t%s\n", line, buf.data);
        lines++;
    }
    fclose(file);
    if (different > 0 && getenv("SHANS_GOLDEN_WRITE") != NULL) {
        file = fopen(golden, "w");
        assert_non_null(file);
        assert_true(fwrite(anew.data, 1, anew.length, file) == anew.length);
        assert_int_equal(fclose(file), 0);
    }
    buf_done(&buf);
    buf_done(&anew);
    arena_free(arena);
    assert_true(different == 0 && lines >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_keep_their_numbers),
        cmocka_unit_test(programs_are_as_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
