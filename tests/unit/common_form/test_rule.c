/* Owns the semantic tables of the rule language: what a rule gives on known answers, and how a wrong rule is
 * refused. Must not depend on shipped definitions. */
#include "tests/unit/common_form/sample.h"

#include "common/form/rule_parse.h"

enum { FORM_LEVEL = -1, R1 = 0, R2 = 1, Q3 = 2, WIDE = 10 };

typedef struct RuleCase {
    int where; /* FORM_LEVEL, a row of main, or WIDE + row of wide */
    const char *source;
    RuleOutcome outcome;
} RuleCase;

static Arena *arena;
static FormData *data;

static int setup(void **state)
{
    (void)state;
    sample_init();
    arena = arena_new(64 << 20, NULL);
    data = sample_data(arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const char *outcome_name(RuleOutcome outcome)
{
    static const char *const names[] = {"not known", "holds", "broken", "exhausted"};

    return names[outcome];
}

static void run_table(const RuleCase *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const RuleCase *row = &rows[i];
        Err err = {0};
        RuleOp *ops = NULL;
        uint64_t steps = RULE_STEPS_MAX;
        bool per_row = row->where != FORM_LEVEL;
        RuleDef rule = {.per_row = per_row, .section = row->where >= WIDE ? 2 : 0};
        uint32_t at =
            row->where == FORM_LEVEL ? 0 : (uint32_t)(row->where >= WIDE ? row->where - WIDE : row->where);
        if (rule_parse(&sample_form, per_row, rule.section, row->source, arena, &ops, &rule.op_count, &err) !=
            ERR_OK)
            fail_msg("\"%s\": %s column %s", row->source, err.reason, err_arg_get(&err, "column"));
        rule.ops = ops;
        assert_true(rule_verify(&sample_form, &rule));
        RuleOutcome outcome = rule_eval(data, &rule, at, &steps);
        if (outcome != row->outcome)
            fail_msg("\"%s\": %s, expected %s", row->source, outcome_name(outcome),
                     outcome_name(row->outcome));
    }
}

#define RUN(rows) run_table(rows, sizeof rows / sizeof *rows)

static void numbers_and_comparisons(void **state)
{
    static const RuleCase rows[] = {
        {FORM_LEVEL, "1 < 2", RULE_HOLDS},
        {FORM_LEVEL, "2 < 1", RULE_BROKEN},
        {FORM_LEVEL, "1 < 1", RULE_BROKEN},
        {FORM_LEVEL, "1 <= 1", RULE_HOLDS},
        {FORM_LEVEL, "2 <= 1", RULE_BROKEN},
        {FORM_LEVEL, "2 > 1", RULE_HOLDS},
        {FORM_LEVEL, "1 > 1", RULE_BROKEN},
        {FORM_LEVEL, "1 >= 1", RULE_HOLDS},
        {FORM_LEVEL, "0 >= 1", RULE_BROKEN},
        {FORM_LEVEL, "1 == 1", RULE_HOLDS},
        {FORM_LEVEL, "1 == 2", RULE_BROKEN},
        {FORM_LEVEL, "1 != 2", RULE_HOLDS},
        {FORM_LEVEL, "1 != 1", RULE_BROKEN},
        {FORM_LEVEL, "1.50 == 1.5", RULE_HOLDS},
        {FORM_LEVEL, "0.1 + 0.2 == 0.3", RULE_HOLDS},
        {FORM_LEVEL, "1 / 3 + 1 / 3 + 1 / 3 == 1", RULE_HOLDS},
        {FORM_LEVEL, "29.97 < 30", RULE_HOLDS},
        {FORM_LEVEL, "100 * 2997 / 10000 >= 30", RULE_BROKEN},
        {FORM_LEVEL, "100 * 3 / 10 >= 30", RULE_HOLDS},
        {FORM_LEVEL, "2 + 3 * 4 == 14", RULE_HOLDS},
        {FORM_LEVEL, "(2 + 3) * 4 == 20", RULE_HOLDS},
        {FORM_LEVEL, "10 - 3 - 2 == 5", RULE_HOLDS},
        {FORM_LEVEL, "24 / 4 / 2 == 3", RULE_HOLDS},
        {FORM_LEVEL, "24 / (4 / 2) == 12", RULE_HOLDS},
        {FORM_LEVEL, "2 - 3 == -1", RULE_HOLDS},
        {FORM_LEVEL, "-2 * -3 == 6", RULE_HOLDS},
        {FORM_LEVEL, "--2 == 2", RULE_HOLDS},
        {FORM_LEVEL, "---2 == -2", RULE_HOLDS},
        {FORM_LEVEL, "-(1 + 1) == -2", RULE_HOLDS},
        {FORM_LEVEL, "7 / 2 == 3.5", RULE_HOLDS},
        {FORM_LEVEL, "1/3 > 0.333333333", RULE_HOLDS},
        {FORM_LEVEL, "0 == -0", RULE_HOLDS},
        {FORM_LEVEL, "1+1==2", RULE_HOLDS},
        {FORM_LEVEL, "1\n+\t1 ==\r\n 2", RULE_HOLDS},
        {FORM_LEVEL, "9223372036854775807 > 9223372036854775806", RULE_HOLDS},
        {FORM_LEVEL, "((((((((1)))))))) == 1", RULE_HOLDS},
        {FORM_LEVEL, "0.000000001 > 0", RULE_HOLDS},
        {FORM_LEVEL, "true", RULE_HOLDS},
        {FORM_LEVEL, "false", RULE_BROKEN},
    };

    (void)state;
    RUN(rows);
}

static void truth_tables(void **state)
{
    /* "1 / 0 == 0" is not known. */
    static const RuleCase rows[] = {
        {FORM_LEVEL, "true and true", RULE_HOLDS},
        {FORM_LEVEL, "true and false", RULE_BROKEN},
        {FORM_LEVEL, "false and true", RULE_BROKEN},
        {FORM_LEVEL, "false and false", RULE_BROKEN},
        {FORM_LEVEL, "true and 1/0 == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "1/0 == 0 and true", RULE_NOT_KNOWN},
        {FORM_LEVEL, "false and 1/0 == 0", RULE_BROKEN},
        {FORM_LEVEL, "1/0 == 0 and false", RULE_BROKEN},
        {FORM_LEVEL, "1/0 == 0 and 1/0 == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "true or true", RULE_HOLDS},
        {FORM_LEVEL, "true or false", RULE_HOLDS},
        {FORM_LEVEL, "false or true", RULE_HOLDS},
        {FORM_LEVEL, "false or false", RULE_BROKEN},
        {FORM_LEVEL, "true or 1/0 == 0", RULE_HOLDS},
        {FORM_LEVEL, "1/0 == 0 or true", RULE_HOLDS},
        {FORM_LEVEL, "false or 1/0 == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "1/0 == 0 or false", RULE_NOT_KNOWN},
        {FORM_LEVEL, "1/0 == 0 or 1/0 == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "not true", RULE_BROKEN},
        {FORM_LEVEL, "not false", RULE_HOLDS},
        {FORM_LEVEL, "not not true", RULE_HOLDS},
        {FORM_LEVEL, "not not not true", RULE_BROKEN},
        {FORM_LEVEL, "not 1/0 == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "not 1 == 2", RULE_HOLDS},
        {FORM_LEVEL, "not (true and false)", RULE_HOLDS},
        {FORM_LEVEL, "not true or true", RULE_HOLDS},
        {FORM_LEVEL, "true or false and false", RULE_HOLDS},
        {FORM_LEVEL, "(true or false) and false", RULE_BROKEN},
        {FORM_LEVEL, "true == true", RULE_HOLDS},
        {FORM_LEVEL, "true == false", RULE_BROKEN},
        {FORM_LEVEL, "false == false", RULE_HOLDS},
        {FORM_LEVEL, "true != false", RULE_HOLDS},
        {FORM_LEVEL, "false != false", RULE_BROKEN},
        {FORM_LEVEL, "true == (1/0 == 0)", RULE_NOT_KNOWN},
        {FORM_LEVEL, "(1/0 == 0) != true", RULE_NOT_KNOWN},
        {FORM_LEVEL, "(1 < 2) == (3 < 4)", RULE_HOLDS},
        {FORM_LEVEL, "(1 < 2) == (4 < 3)", RULE_BROKEN},
    };

    (void)state;
    RUN(rows);
}

static void cells_of_the_row_at_hand(void **state)
{
    static const RuleCase rows[] = {
        {R1, "a == 3", RULE_HOLDS},
        {R2, "a == 3", RULE_BROKEN},
        {R2, "a == 5", RULE_HOLDS},
        {R1, "a <= b", RULE_HOLDS},
        {R2, "a <= b", RULE_BROKEN},
        {R2, "b == 0", RULE_HOLDS},
        {R1, "d == 2.5", RULE_HOLDS},
        {R2, "d == -1.25", RULE_HOLDS},
        {R2, "d < 0", RULE_HOLDS},
        {R1, "d * 4 == 10", RULE_HOLDS},
        {R1, "s == 30", RULE_HOLDS},
        {R1, "s >= 30 and s <= 30", RULE_HOLDS},
        {R2, "s >= 0", RULE_NOT_KNOWN},
        {Q3, "s >= 0", RULE_NOT_KNOWN},
        {R1, "c == 0", RULE_NOT_KNOWN},
        {R2, "c == 0", RULE_NOT_KNOWN},
        {Q3, "c == 0", RULE_NOT_KNOWN},
        {Q3, "a == 0", RULE_NOT_KNOWN},
        {R1, "a + c == 3", RULE_NOT_KNOWN},
        {R1, "c != c", RULE_NOT_KNOWN},
        {R1, "a == 3 or c == 0", RULE_HOLDS},
        {R1, "a == 4 and c == 0", RULE_BROKEN},
        {R1, "e == 3", RULE_HOLDS},
        {R2, "e == 3", RULE_NOT_KNOWN},
        {R1, "a + main[\"R.2\"].a == 8", RULE_HOLDS},
        {R2, "a + main[\"R.2\"].a == 10", RULE_HOLDS},
        {R1, "a <= t.x", RULE_HOLDS},
        {R1, "a * t.x == 21", RULE_HOLDS},
        {WIDE + 0, "w == 0", RULE_HOLDS},
        {WIDE + 69, "w == 69", RULE_HOLDS},
    };

    (void)state;
    RUN(rows);
}

static void cells_by_address(void **state)
{
    static const RuleCase rows[] = {
        {FORM_LEVEL, "t.x == 7", RULE_HOLDS},
        {FORM_LEVEL, "t.y == 12.3", RULE_HOLDS},
        {FORM_LEVEL, "t.z == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "t[\"\"].x == 7", RULE_HOLDS},
        {FORM_LEVEL, "main[\"R.1\"].a == 3", RULE_HOLDS},
        {FORM_LEVEL, "main[\"R.2\"].a == 5", RULE_HOLDS},
        {FORM_LEVEL, "main[\"Q.3\"].a == 5", RULE_NOT_KNOWN},
        {FORM_LEVEL, "main[\"R.1\"].s == 30", RULE_HOLDS},
        {FORM_LEVEL, "main[\"R.1\"].c == 5", RULE_NOT_KNOWN},
        {FORM_LEVEL, "main [ \"R.1\" ] . a == 3", RULE_HOLDS},
        {FORM_LEVEL, "wide[\"W.66\"].w == 66", RULE_HOLDS},
        {FORM_LEVEL, "main[\"R.1\"].a + main[\"R.2\"].a == t.x + 1", RULE_HOLDS},
    };

    (void)state;
    RUN(rows);
}

static void sums(void **state)
{
    static const RuleCase rows[] = {
        {FORM_LEVEL, "sum(main.a) == 8", RULE_HOLDS}, /* Q.3 is left out */
        {FORM_LEVEL, "sum(main.a) == 9", RULE_BROKEN},
        {FORM_LEVEL, "sum(main.b) == 10", RULE_HOLDS},
        {FORM_LEVEL, "sum(main.d) == 1.25", RULE_HOLDS},
        {FORM_LEVEL, "sum(main.c) == 0", RULE_NOT_KNOWN}, /* n/a, unknown */
        {FORM_LEVEL, "sum(main.e) == 3", RULE_NOT_KNOWN}, /* empty in a row that is there */
        {FORM_LEVEL, "sum(main.s) == 30", RULE_NOT_KNOWN},
        {FORM_LEVEL, "sum(wide.w) == 2415", RULE_HOLDS},
        {FORM_LEVEL, "sum(t.x) == 7", RULE_HOLDS},
        {FORM_LEVEL, "sum(t.z) == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "sum(main.a) <= t.x", RULE_BROKEN},
        {FORM_LEVEL, "sum(main.a) - sum(main.b) == -2", RULE_HOLDS},
        {FORM_LEVEL, "is_known(sum(main.a))", RULE_HOLDS},
        {FORM_LEVEL, "is_known(sum(main.c))", RULE_BROKEN},
        {R1, "sum(main.a) >= a", RULE_HOLDS},
        {R1, "sum(a) == 8", RULE_HOLDS}, /* a bare field is the column of the own section */
    };

    (void)state;
    RUN(rows);
}

static void functions(void **state)
{
    static const RuleCase rows[] = {
        {FORM_LEVEL, "min(1, 2) == 1", RULE_HOLDS},
        {FORM_LEVEL, "min(2, 1) == 1", RULE_HOLDS},
        {FORM_LEVEL, "max(1, 2) == 2", RULE_HOLDS},
        {FORM_LEVEL, "max(2, 1) == 2", RULE_HOLDS},
        {FORM_LEVEL, "min(3, 1, 2) == 1", RULE_HOLDS},
        {FORM_LEVEL, "max(1, 3, 2) == 3", RULE_HOLDS},
        {FORM_LEVEL, "max(-1, -2) == -1", RULE_HOLDS},
        {FORM_LEVEL, "min(1, 1/0) == 1", RULE_NOT_KNOWN},
        {FORM_LEVEL, "max(1/0, 1) == 1", RULE_NOT_KNOWN},
        {FORM_LEVEL, "min(t.x, t.y) == 7", RULE_HOLDS},
        {FORM_LEVEL, "if(true, 1, 2) == 1", RULE_HOLDS},
        {FORM_LEVEL, "if(false, 1, 2) == 2", RULE_HOLDS},
        {FORM_LEVEL, "if(1/0 == 0, 1, 1) == 1", RULE_NOT_KNOWN},
        {FORM_LEVEL, "if(true, 1, 1/0) == 1", RULE_HOLDS},
        {FORM_LEVEL, "if(false, 1, 1/0) == 1", RULE_NOT_KNOWN},
        {FORM_LEVEL, "if(false, 1/0, 2) == 2", RULE_HOLDS},
        {FORM_LEVEL, "if(1 < 2, true, false)", RULE_HOLDS},
        {FORM_LEVEL, "if(1 > 2, true, false)", RULE_BROKEN},
        {FORM_LEVEL, "if(1 > 2, 1/0 == 0, 3 == 3)", RULE_HOLDS},
        {FORM_LEVEL, "if(true, if(false, 1, 2), 3) == 2", RULE_HOLDS},
        {FORM_LEVEL, "is_known(1)", RULE_HOLDS},
        {FORM_LEVEL, "is_known(1/0)", RULE_BROKEN},
        {FORM_LEVEL, "is_known(true)", RULE_HOLDS},
        {FORM_LEVEL, "is_known(1/0 == 0)", RULE_BROKEN},
        {FORM_LEVEL, "is_known(t.x)", RULE_HOLDS},
        {FORM_LEVEL, "is_known(t.z)", RULE_BROKEN},
        {FORM_LEVEL, "not is_known(t.z)", RULE_HOLDS},
        {R1, "is_na(c)", RULE_HOLDS},
        {R2, "is_na(c)", RULE_BROKEN},
        {Q3, "is_na(c)", RULE_BROKEN},
        {R1, "is_unknown(c)", RULE_BROKEN},
        {R2, "is_unknown(c)", RULE_HOLDS},
        {R1, "is_empty(c)", RULE_BROKEN},
        {Q3, "is_empty(c)", RULE_HOLDS},
        {R1, "is_known(c)", RULE_BROKEN},
        {R1, "is_known(a)", RULE_HOLDS},
        {R1, "is_known(s)", RULE_HOLDS},
        {R2, "is_known(s)", RULE_BROKEN},
        {R1, "is_na(a) == is_na(b)", RULE_HOLDS},
        {R1, "is_na(a) == is_na(c)", RULE_BROKEN},
        {R1, "is_na(main[\"R.1\"].c)", RULE_HOLDS},
        {R1, "is_unknown(main[\"R.2\"].c)", RULE_HOLDS},
        {FORM_LEVEL, "is_empty(t.z)", RULE_HOLDS},
        {R1, "chosen(e, \"high\")", RULE_HOLDS},
        {R1, "chosen(e, \"low\")", RULE_BROKEN},
        {R2, "chosen(e, \"low\")", RULE_NOT_KNOWN},
        {FORM_LEVEL, "chosen(main[\"R.1\"].e, \"high\")", RULE_HOLDS},
        {R1, "not chosen(e, \"low\") or a == 0", RULE_HOLDS},
        {R1, "row_starts(\"R.\")", RULE_HOLDS},
        {R2, "row_starts(\"R.\")", RULE_HOLDS},
        {Q3, "row_starts(\"R.\")", RULE_BROKEN},
        {Q3, "row_starts(\"Q\")", RULE_HOLDS},
        {R2, "row_starts(\"R.2\")", RULE_HOLDS},
        {R1, "row_starts(\"R.2\")", RULE_BROKEN},
        {R1, "row_starts(\"\")", RULE_HOLDS},
        {WIDE + 0, "row_starts(\"W.\")", RULE_HOLDS},
        {WIDE + 63, "row_starts(\"W.63\")", RULE_HOLDS},
        {WIDE + 64, "row_starts(\"W.64\")", RULE_HOLDS},
        {WIDE + 64, "row_starts(\"W.63\")", RULE_BROKEN},
        {WIDE + 69, "row_starts(\"W.6\")", RULE_HOLDS},
        {WIDE + 6, "row_starts(\"W.6\")", RULE_HOLDS},
        {WIDE + 59, "row_starts(\"W.6\")", RULE_BROKEN},
        {WIDE + 5, "row_starts(\"W.69\")", RULE_BROKEN},
        {WIDE + 69, "row_starts(\"W.5\")", RULE_BROKEN},
    };

    (void)state;
    RUN(rows);
}

static void overflow_and_division_are_not_known(void **state)
{
    static const RuleCase rows[] = {
        {FORM_LEVEL, "1 / 0 == 1", RULE_NOT_KNOWN},
        {FORM_LEVEL, "0 / 0 == 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "1 / (t.x - 7) > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "t.big + 1 > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "t.big - 1 > 0", RULE_HOLDS},
        {FORM_LEVEL, "-t.big - 1 < 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "-t.big < 0", RULE_HOLDS},
        {FORM_LEVEL, "t.big * 2 > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "t.big * t.big > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "t.big / t.big == 1", RULE_HOLDS},
        {FORM_LEVEL, "t.big / 3 * 3 == t.big", RULE_HOLDS},
        {FORM_LEVEL, "1 / t.big / t.big > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "1 / t.big < 1 / (t.big - 1)", RULE_HOLDS},
        {FORM_LEVEL, "t.big + 1 > 0 or true", RULE_HOLDS},
        {FORM_LEVEL, "t.big == 9223372036854775807", RULE_HOLDS},
        {FORM_LEVEL, "t.big + 0.5 > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "1 / 9223372036854775807 + 1 / 9223372036854775806 > 0", RULE_NOT_KNOWN},
        {FORM_LEVEL, "is_known(t.big + 1)", RULE_BROKEN},
    };

    (void)state;
    RUN(rows);
}

typedef struct FaultCase {
    int where;
    const char *source, *reason;
    int line, column;
    const char *key, *value; /* one more argument to look at */
} FaultCase;

static void run_faults(const FaultCase *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const FaultCase *row = &rows[i];
        Err err = {0};
        RuleOp *ops = NULL;
        size_t op_count = 0;
        char line[16], column[16];
        ErrCode code =
            rule_parse(&sample_form, row->where != FORM_LEVEL, 0, row->source, arena, &ops, &op_count, &err);
        snprintf(line, sizeof line, "%d", row->line);
        snprintf(column, sizeof column, "%d", row->column);
        if (code != ERR_INVALID_ARGUMENT || strcmp(err.reason, row->reason) != 0)
            fail_msg("\"%s\": %s, expected %s", row->source, code == ERR_OK ? "accepted" : err.reason,
                     row->reason);
        if (strcmp(err_arg_get(&err, "line"), line) != 0 || strcmp(err_arg_get(&err, "column"), column) != 0)
            fail_msg("\"%s\": at %s:%s", row->source, err_arg_get(&err, "line"), err_arg_get(&err, "column"));
        if (strcmp(err_arg_get(&err, row->key), row->value) != 0)
            fail_msg("\"%s\": %s is \"%s\"", row->source, row->key, err_arg_get(&err, row->key));
        assert_null(ops);
    }
}

static void syntax_faults(void **state)
{
    static const FaultCase rows[] = {
        {FORM_LEVEL, "", "RULE_SYNTAX", 1, 1, "found", "end"},
        {FORM_LEVEL, "   ", "RULE_SYNTAX", 1, 4, "found", "end"},
        {FORM_LEVEL, "1 <", "RULE_SYNTAX", 1, 4, "found", "end"},
        {FORM_LEVEL, "< 1", "RULE_SYNTAX", 1, 1, "found", "<"},
        {FORM_LEVEL, "1 = 1", "RULE_SYNTAX", 1, 3, "found", "="},
        {FORM_LEVEL, "1 < 2 < 3", "RULE_SYNTAX", 1, 7, "found", "<"},
        {FORM_LEVEL, "(1 < 2", "RULE_SYNTAX", 1, 7, "expected", ")"},
        {FORM_LEVEL, "1 < 2)", "RULE_SYNTAX", 1, 6, "expected", "end"},
        {FORM_LEVEL, "1 < 2 3", "RULE_SYNTAX", 1, 7, "found", "3"},
        {FORM_LEVEL, "true true", "RULE_SYNTAX", 1, 6, "found", "true"},
        {FORM_LEVEL, "1 +\n+ 2 > 0", "RULE_SYNTAX", 2, 1, "found", "+"},
        {FORM_LEVEL, "1 < 2 and", "RULE_SYNTAX", 1, 10, "found", "end"},
        {FORM_LEVEL, "and true", "RULE_SYNTAX", 1, 1, "found", "and"},
        {FORM_LEVEL, "not", "RULE_SYNTAX", 1, 4, "found", "end"},
        {FORM_LEVEL, "1 ! 2", "RULE_SYNTAX", 1, 3, "found", "!"},
        {FORM_LEVEL, "1 & 2", "RULE_SYNTAX", 1, 3, "found", "&"},
        {FORM_LEVEL, "1 < 2x", "RULE_SYNTAX", 1, 5, "found", "2"},
        {FORM_LEVEL, "ж < 1", "RULE_SYNTAX", 1, 1, "found", "ж"},
        {FORM_LEVEL, "1 < ж", "RULE_SYNTAX", 1, 5, "found", "ж"},
        {FORM_LEVEL, "\"text\"", "RULE_SYNTAX", 1, 1, "found", "text"},
        {FORM_LEVEL, "main[1].a == 1", "RULE_SYNTAX", 1, 6, "expected", "a row code in quotes"},
        {FORM_LEVEL, "main[\"R.1\".a == 1", "RULE_SYNTAX", 1, 11, "expected", "]"},
        {FORM_LEVEL, "main[\"R.1\"] == 1", "RULE_SYNTAX", 1, 13, "expected", "."},
        {FORM_LEVEL, "main[\"R.1\"].1 == 1", "RULE_SYNTAX", 1, 13, "found", "1"},
        {FORM_LEVEL, "main[\"R.1", "RULE_SYNTAX", 1, 6, "expected", "a row code in quotes"},
        {FORM_LEVEL, "t. == 1", "RULE_SYNTAX", 1, 4, "expected", "a field"},
        {FORM_LEVEL, "min(1) == 1", "RULE_SYNTAX", 1, 6, "expected", ","},
        {FORM_LEVEL, "min() == 1", "RULE_SYNTAX", 1, 5, "found", ")"},
        {FORM_LEVEL, "if(true, 1) == 1", "RULE_SYNTAX", 1, 11, "expected", ","},
        {FORM_LEVEL, "if(true, 1, 2, 3) == 1", "RULE_SYNTAX", 1, 14, "expected", ")"},
        {FORM_LEVEL, "sum(1) == 1", "RULE_SYNTAX", 1, 5, "expected", "a field"},
        {R1, "is_na(1)", "RULE_SYNTAX", 1, 7, "expected", "a field"},
        {R1, "is_na(a + 1)", "RULE_SYNTAX", 1, 9, "expected", ")"},
        {R1, "chosen(e)", "RULE_SYNTAX", 1, 9, "expected", ","},
        {R1, "chosen(e, 1)", "RULE_SYNTAX", 1, 11, "expected", "a choice code in quotes"},
        {R1, "row_starts(R)", "RULE_SYNTAX", 1, 12, "found", "R"},
        {FORM_LEVEL, "1 < 2 -- note", "RULE_NEEDS_ROW", 1, 10, "name", "note"},
        {FORM_LEVEL, "1; 2", "RULE_SYNTAX", 1, 2, "found", ";"},
    };

    (void)state;
    run_faults(rows, sizeof rows / sizeof *rows);
}

static void type_faults(void **state)
{
    static const FaultCase rows[] = {
        {FORM_LEVEL, "1", "RULE_TYPE", 1, 1, "expected", "truth"},
        {FORM_LEVEL, "t.x", "RULE_TYPE", 1, 1, "expected", "truth"},
        {FORM_LEVEL, "t.x + 1", "RULE_TYPE", 1, 1, "name", "t"},
        {FORM_LEVEL, "1 + true == 2", "RULE_TYPE", 1, 5, "expected", "number"},
        {FORM_LEVEL, "true + 1 == 2", "RULE_TYPE", 1, 1, "expected", "number"},
        {FORM_LEVEL, "-true", "RULE_TYPE", 1, 2, "expected", "number"},
        {FORM_LEVEL, "not 1", "RULE_TYPE", 1, 5, "expected", "truth"},
        {FORM_LEVEL, "not 1 == 2 and 3", "RULE_TYPE", 1, 16, "expected", "truth"},
        {FORM_LEVEL, "1 and true", "RULE_TYPE", 1, 1, "expected", "truth"},
        {FORM_LEVEL, "true or 5", "RULE_TYPE", 1, 9, "name", "5"},
        {FORM_LEVEL, "true < false", "RULE_TYPE", 1, 1, "expected", "number"},
        {FORM_LEVEL, "true == 1", "RULE_TYPE", 1, 9, "expected", "truth"},
        {FORM_LEVEL, "1 == true", "RULE_TYPE", 1, 6, "expected", "number"},
        {FORM_LEVEL, "if(1, 2, 3) == 2", "RULE_TYPE", 1, 4, "expected", "truth"},
        {FORM_LEVEL, "if(true, 2, false)", "RULE_TYPE", 1, 13, "expected", "number"},
        {FORM_LEVEL, "if(true, true, 1)", "RULE_TYPE", 1, 16, "expected", "truth"},
        {FORM_LEVEL, "if(true, 1, 2)", "RULE_TYPE", 1, 1, "expected", "truth"},
        {FORM_LEVEL, "min(true, 1) == 1", "RULE_TYPE", 1, 5, "expected", "number"},
        {FORM_LEVEL, "max(1, 1 == 1) == 1", "RULE_TYPE", 1, 8, "expected", "number"},
        {FORM_LEVEL, "sum(main.a)", "RULE_TYPE", 1, 1, "name", "sum"},
        {R1, "is_na(c) + 1 == 2", "RULE_TYPE", 1, 1, "expected", "number"},
        {R1, "is_na(c) * 2 == 2", "RULE_TYPE", 1, 1, "expected", "number"},
        {R1, "2 / is_na(c) == 2", "RULE_TYPE", 1, 5, "expected", "number"},
        {R1, "chosen(a, \"low\")", "RULE_NOT_A_CHOICE", 1, 8, "name", "a"},
    };

    (void)state;
    run_faults(rows, sizeof rows / sizeof *rows);
}

static void name_faults(void **state)
{
    static const FaultCase rows[] = {
        {R1, "aa == 1", "RULE_UNKNOWN_NAME", 1, 1, "nearest", "a"},
        {R1, "A == 1", "RULE_UNKNOWN_NAME", 1, 1, "name", "A"},
        {R1, "x == 1", "RULE_UNKNOWN_NAME", 1, 1, "name", "x"},
        {FORM_LEVEL, "x == 1", "RULE_NEEDS_ROW", 1, 1, "name", "x"},
        {FORM_LEVEL, "main.a == 1", "RULE_NEEDS_ROW", 1, 1, "name", "main"},
        {R1, "main.a == 1", "RULE_NEEDS_ROW", 1, 1, "name", "main"},
        {R1, "is_na(main.a)", "RULE_NEEDS_ROW", 1, 7, "name", "main"},
        {FORM_LEVEL, "wode.w == 1", "RULE_UNKNOWN_NAME", 1, 1, "nearest", "wide"},
        {FORM_LEVEL, "t.xx == 1", "RULE_UNKNOWN_NAME", 1, 3, "nearest", "x"},
        {FORM_LEVEL, "t.x == 1 and\n  t.bug == 2", "RULE_UNKNOWN_NAME", 2, 5, "nearest", "big"},
        {FORM_LEVEL, "main[\"R.9\"].a == 1", "RULE_UNKNOWN_NAME", 1, 6, "nearest", "R.1"},
        {FORM_LEVEL, "main[\"r.1\"].a == 1", "RULE_UNKNOWN_NAME", 1, 6, "name", "r.1"},
        {FORM_LEVEL, "main[\"R.1\"].q == 1", "RULE_UNKNOWN_NAME", 1, 13, "name", "q"},
        {FORM_LEVEL, "summ(main.a) == 1", "RULE_UNKNOWN_NAME", 1, 1, "nearest", "sum"},
        {FORM_LEVEL, "sum(main.q) == 1", "RULE_UNKNOWN_NAME", 1, 10, "name", "q"},
        {FORM_LEVEL, "t(1) == 1", "RULE_UNKNOWN_NAME", 1, 1, "name", "t"},
        {R1, "chosen(e, \"hihg\")", "RULE_UNKNOWN_NAME", 1, 11, "nearest", "high"},
        {R1, "row_starts(\"Z\")", "RULE_NO_SUCH_ROWS", 1, 12, "name", "Z"},
        {FORM_LEVEL, "row_starts(\"R\")", "RULE_NEEDS_ROW", 1, 12, "name", "R"},
        {FORM_LEVEL, "is_na(c)", "RULE_NEEDS_ROW", 1, 7, "name", "c"},
        {FORM_LEVEL, "9223372036854775808 > 1", "RULE_NUMBER_TOO_LONG", 1, 1, "name", "9223372036854775808"},
        {FORM_LEVEL, "0.12345678901234567890 > 1", "RULE_NUMBER_TOO_LONG", 1, 1, "name",
         "0.12345678901234567890"},
    };

    (void)state;
    run_faults(rows, sizeof rows / sizeof *rows);
}

/* Text of n copies of one piece between two ends. */
static char *repeat(const char *start, const char *piece, size_t n, const char *end)
{
    size_t size = strlen(start) + strlen(piece) * n + strlen(end) + 1;
    char *text = arena_alloc(arena, size), *at = text;

    assert_non_null(text);
    at = stpcpy(at, start);
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, piece);
    stpcpy(at, end);
    return text;
}

static const char *parse_reason(const char *source)
{
    static Err err;
    RuleOp *ops = NULL;
    size_t count = 0;

    err = (Err){0};
    return rule_parse(&sample_form, false, 0, source, arena, &ops, &count, &err) == ERR_OK ? "fine"
                                                                                           : err.reason;
}

static void limits_are_kept(void **state)
{
    char *deep = repeat("", "(", RULE_NESTING_MAX - 1, "1");
    char *closed = repeat(deep, ")", RULE_NESTING_MAX - 1, " == 1");
    char *deeper = repeat("(", deep, 1, ")");

    (void)state;
    assert_string_equal(parse_reason(closed), "fine");
    assert_string_equal(parse_reason(repeat(deeper, ")", RULE_NESTING_MAX, " == 1")), "RULE_TOO_DEEP");
    assert_string_equal(parse_reason(repeat("", "(", 4000, "")), "RULE_TOO_DEEP");
    assert_string_equal(parse_reason(repeat("", "not ", 900, "true")), "fine");
    assert_string_equal(parse_reason(repeat("0 < 1", "+1", 500, "")), "fine");
    assert_string_equal(parse_reason(repeat("0 < 1", "+1", 1100, "")), "RULE_TOO_LONG");
    assert_string_equal(parse_reason(repeat("1", " ", RULE_TEXT_MAX, "== 1")), "RULE_TOO_LONG");
    /* Each level keeps five values waiting: the stack ends before the nesting does. */
    char *levels = repeat("", "true or true and 1 == 1 + 1 * if(", 15, "true");
    assert_string_equal(parse_reason(repeat(levels, ", 1, 1)", 15, "")), "RULE_TOO_DEEP");
    levels = repeat("", "true or true and 1 == 1 + 1 * if(", 10, "true");
    assert_string_equal(parse_reason(repeat(levels, ", 1, 1)", 10, "")), "fine");
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        Arena *small = arena_new(1 << 20, NULL);
        RuleOp *ops = NULL;
        size_t count = 0;
        Err err = {0};
        arena_fail_nth(small, n);
        ErrCode code =
            rule_parse(&sample_form, true, 0, "a <= b and sum(main.a) > 0", small, &ops, &count, &err);
        arena_free(small);
        if (code == ERR_OK) {
            assert_true(n > 1);
            return;
        }
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_null(ops);
    }
}

static void names_that_rules_can_use(void **state)
{
    static const char *const good[] = {"a", "participants", "mark2", "_x", "sum", "Z9"};
    static const char *const bad[] = {"",    "2a",   "a-b",   "a.b", "and", "or",
                                      "not", "true", "false", "ж",   "a b"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(rule_is_name(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(rule_is_name(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_comparisons),
        cmocka_unit_test(truth_tables),
        cmocka_unit_test(cells_of_the_row_at_hand),
        cmocka_unit_test(cells_by_address),
        cmocka_unit_test(sums),
        cmocka_unit_test(functions),
        cmocka_unit_test(overflow_and_division_are_not_known),
        cmocka_unit_test(syntax_faults),
        cmocka_unit_test(type_faults),
        cmocka_unit_test(name_faults),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(names_that_rules_can_use),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
