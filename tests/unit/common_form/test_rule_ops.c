/* Owns the tests of rule programs as bytes: what rule_verify refuses and how the step budget ends a rule.
 * Must not use the parser: damaged programs come from outside it. */
#include "tests/unit/common_form/sample.h"

#include "common/form/rule.h"

#define NUMBER(n)                                                                                            \
    {                                                                                                        \
        .op = RULE_OP_NUMBER, .number = (n), .denominator = 1                                                \
    }
#define TRUTH(n)                                                                                             \
    {                                                                                                        \
        .op = RULE_OP_TRUTH, .number = (n)                                                                   \
    }
#define OP(code)                                                                                             \
    {                                                                                                        \
        .op = (code)                                                                                         \
    }
#define COUNT(ops) (sizeof ops / sizeof *ops)

static int setup(void **state)
{
    (void)state;
    sample_init();
    return 0;
}

static bool verify(const RuleOp *ops, size_t count, bool per_row)
{
    RuleDef rule = {.per_row = per_row, .ops = ops, .op_count = count};

    return rule_verify(&sample_form, &rule);
}

#define ACCEPTS(per_row, ...)                                                                                \
    do {                                                                                                     \
        const RuleOp ops[] = {__VA_ARGS__};                                                                  \
        assert_true(verify(ops, COUNT(ops), per_row));                                                       \
    } while (0)
#define REFUSES(per_row, ...)                                                                                \
    do {                                                                                                     \
        const RuleOp ops[] = {__VA_ARGS__};                                                                  \
        assert_false(verify(ops, COUNT(ops), per_row));                                                      \
    } while (0)

static void stack_must_balance(void **state)
{
    (void)state;
    ACCEPTS(false, TRUTH(1));
    REFUSES(false, TRUTH(1), TRUTH(1));
    REFUSES(false, OP(RULE_OP_NOT));
    REFUSES(false, TRUTH(1), OP(RULE_OP_AND));
    REFUSES(false, TRUTH(1), TRUTH(1), OP(RULE_OP_IF));
    ACCEPTS(false, TRUTH(1), TRUTH(0), TRUTH(1), OP(RULE_OP_IF));
    assert_false(verify(NULL, 0, false));
}

static void types_must_fit(void **state)
{
    (void)state;
    REFUSES(false, NUMBER(1));
    REFUSES(false, NUMBER(1), OP(RULE_OP_NOT));
    REFUSES(false, TRUTH(1), OP(RULE_OP_NEGATE));
    REFUSES(false, NUMBER(1), TRUTH(1), OP(RULE_OP_LESS));
    REFUSES(false, TRUTH(1), NUMBER(1), OP(RULE_OP_AND));
    REFUSES(false, NUMBER(1), NUMBER(1), OP(RULE_OP_SAME));
    REFUSES(false, NUMBER(1), NUMBER(1), NUMBER(1), OP(RULE_OP_IF));
    REFUSES(false, TRUTH(1), NUMBER(1), TRUTH(1), OP(RULE_OP_IF));
    REFUSES(false, TRUTH(1), NUMBER(1), NUMBER(1), OP(RULE_OP_IF));
    ACCEPTS(false, NUMBER(1), OP(RULE_OP_KNOWN));
    ACCEPTS(false, TRUTH(1), OP(RULE_OP_KNOWN));
    for (int op = RULE_OP_ADD; op <= RULE_OP_MAX; op++)
        REFUSES(false, NUMBER(1), NUMBER(2), OP((uint8_t)op));
    for (int op = RULE_OP_LESS; op <= RULE_OP_NOT_EQUAL; op++)
        ACCEPTS(false, NUMBER(1), NUMBER(2), OP((uint8_t)op));
    for (int op = RULE_OP_SAME; op <= RULE_OP_OR; op++)
        ACCEPTS(false, TRUTH(1), TRUTH(0), OP((uint8_t)op));
}

static void operands_must_be_in_range(void **state)
{
    (void)state;
    REFUSES(false, OP(0));
    REFUSES(false, OP(RULE_OP_COUNT));
    REFUSES(false, OP(255));
    REFUSES(false, TRUTH(2));
    REFUSES(false, TRUTH(-1));
    REFUSES(false, {.op = RULE_OP_NUMBER, .number = 1, .denominator = 0}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_NUMBER, .number = 1, .denominator = -1}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_NUMBER, .number = INT64_MIN, .denominator = 1}, OP(RULE_OP_KNOWN));
    /* Cells: main has 3 rows of 6 fields, the form 3 sections. */
    ACCEPTS(true, {.op = RULE_OP_LOAD, .field = 5}, OP(RULE_OP_KNOWN));
    REFUSES(true, {.op = RULE_OP_LOAD, .field = 6}, OP(RULE_OP_KNOWN));
    REFUSES(true, {.op = RULE_OP_LOAD, .section = 1}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_LOAD}, OP(RULE_OP_KNOWN));
    ACCEPTS(false, {.op = RULE_OP_CELL, .number = 2}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_CELL, .number = 3}, OP(RULE_OP_KNOWN));
    REFUSES(true, {.op = RULE_OP_CELL, .number = RULE_OWN_ROW}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_CELL, .number = -2}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_CELL, .number = INT64_C(1) << 32}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_CELL, .section = 3}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_SUM, .section = UINT32_MAX}, OP(RULE_OP_KNOWN));
    REFUSES(false, {.op = RULE_OP_SUM, .field = 6}, OP(RULE_OP_KNOWN));
    ACCEPTS(true, {.op = RULE_OP_IS_NA, .number = RULE_OWN_ROW});
    REFUSES(false, {.op = RULE_OP_IS_NA, .number = RULE_OWN_ROW});
    REFUSES(true, {.op = RULE_OP_IS_EMPTY, .number = RULE_OWN_ROW, .section = 1});
    REFUSES(true, {.op = RULE_OP_IS_UNKNOWN, .number = 3});
    ACCEPTS(true, {.op = RULE_OP_ROW_IN, .number = 1, .field = 9});
    REFUSES(true, {.op = RULE_OP_ROW_IN, .number = 1, .section = 1});
    REFUSES(false, {.op = RULE_OP_ROW_IN, .number = 1});
}

static void rule_and_stack_have_an_end(void **state)
{
    RuleOp ops[RULE_OPS_MAX + 1];
    RuleDef outside = {.section = 3, .ops = ops, .op_count = 1};

    (void)state;
    for (size_t i = 0; i < COUNT(ops); i++)
        ops[i] = (RuleOp)TRUTH(1);
    assert_false(rule_verify(&sample_form, &outside));
    /* 64 truths and 63 "and" fit; 65 truths do not. */
    for (size_t i = RULE_STACK_MAX; i < 2 * RULE_STACK_MAX - 1; i++)
        ops[i] = (RuleOp)OP(RULE_OP_AND);
    assert_true(verify(ops, 2 * RULE_STACK_MAX - 1, false));
    ops[RULE_STACK_MAX] = (RuleOp)TRUTH(1);
    ops[2 * RULE_STACK_MAX - 1] = (RuleOp)OP(RULE_OP_AND);
    ops[2 * RULE_STACK_MAX] = (RuleOp)OP(RULE_OP_AND);
    assert_false(verify(ops, 2 * RULE_STACK_MAX + 1, false));
    for (size_t i = 1; i < COUNT(ops); i++)
        ops[i] = (RuleOp)OP(RULE_OP_NOT);
    assert_true(verify(ops, RULE_OPS_MAX, false));
    assert_false(verify(ops, RULE_OPS_MAX + 1, false));
}

static void the_budget_ends_a_rule(void **state)
{
    const RuleOp ops[] = {{.op = RULE_OP_SUM, .section = 2}, NUMBER(0), OP(RULE_OP_GREATER)};
    RuleDef rule = {.ops = ops, .op_count = COUNT(ops)};
    Arena *arena = arena_new(1 << 20, NULL);
    FormData *data = sample_data(arena);
    uint64_t needed = COUNT(ops) + SAMPLE_WIDE, steps = 1000;

    (void)state;
    assert_int_equal(rule_eval(data, &rule, 0, &steps), RULE_HOLDS);
    assert_true(steps == 1000 - needed);
    for (uint64_t budget = 0; budget <= needed; budget++) {
        steps = budget;
        assert_int_equal(rule_eval(data, &rule, 0, &steps), RULE_EXHAUSTED);
        assert_true(steps == 0);
    }
    steps = needed + 1;
    assert_int_equal(rule_eval(data, &rule, 0, &steps), RULE_HOLDS);
    arena_free(arena);
}

/* A sum over rows that may be left out, with every kind of answer in turn. */
static void sums_take_each_kind_of_answer(void **state)
{
    static const struct {
        ValueKind kinds[3];  /* of main.c in R.1, R.2, Q.3 */
        RuleOutcome outcome; /* of sum == 4 * numbers */
    } rows[] = {
        {{VALUE_NUMBER, VALUE_NUMBER, VALUE_NUMBER}, RULE_HOLDS},
        {{VALUE_NUMBER, VALUE_NOT_APPLICABLE, VALUE_NUMBER}, RULE_HOLDS},
        {{VALUE_NUMBER, VALUE_EMPTY, VALUE_NUMBER}, RULE_NOT_KNOWN},
        {{VALUE_NUMBER, VALUE_UNKNOWN, VALUE_NUMBER}, RULE_NOT_KNOWN},
        {{VALUE_NOT_APPLICABLE, VALUE_NOT_APPLICABLE, VALUE_NOT_APPLICABLE}, RULE_NOT_KNOWN},
        {{VALUE_NOT_APPLICABLE, VALUE_NOT_APPLICABLE, VALUE_NUMBER}, RULE_HOLDS},
    };
    static const char *const codes[] = {"R.1", "R.2", "Q.3"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        FormData *data = form_data_new(&sample_form, arena);
        int64_t sum = 0;
        uint64_t steps = 1000;
        for (size_t j = 0; j < 3; j++) {
            sample_set(data, "main", codes[j], "a", VALUE_NUMBER, 1);
            sample_set(data, "main", codes[j], "c", rows[i].kinds[j], 4);
            sum += rows[i].kinds[j] == VALUE_NUMBER ? 4 : 0;
        }
        const RuleOp ops[] = {{.op = RULE_OP_SUM, .field = 2}, NUMBER(sum), OP(RULE_OP_EQUAL)};
        RuleDef rule = {.ops = ops, .op_count = COUNT(ops)};
        assert_true(rule_verify(&sample_form, &rule));
        assert_int_equal(rule_eval(data, &rule, 0, &steps), rows[i].outcome);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stack_must_balance),        cmocka_unit_test(types_must_fit),
        cmocka_unit_test(operands_must_be_in_range), cmocka_unit_test(rule_and_stack_have_an_end),
        cmocka_unit_test(the_budget_ends_a_rule),    cmocka_unit_test(sums_take_each_kind_of_answer),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
