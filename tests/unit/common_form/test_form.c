/* Owns the tests of filled forms: cells, order, canonical bytes, built-in checks, shares. */
#include "tests/unit/common_form/sample.h"

#include "common/core/buf.h"
#include "common/form/rule_parse.h"

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    sample_init();
    arena = arena_new(64 << 20, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sample_form.rules = NULL;
    sample_form.rule_count = 0;
    arena_free(arena);
    return 0;
}

static void cells_are_set_once_and_read_back(void **state)
{
    FormData *data = form_data_new(&sample_form, arena);

    (void)state;
    assert_ptr_equal(form_data_get_form(data), &sample_form);
    assert_int_equal(form_data_get(data, 0, 1, 2).kind, VALUE_EMPTY);
    assert_true(form_data_row_empty(data, 0, 1));
    sample_set(data, "main", "R.2", "c", VALUE_NUMBER, 9);
    assert_int_equal(form_data_get(data, 0, 1, 2).kind, VALUE_NUMBER);
    assert_true(form_data_get(data, 0, 1, 2).number == 9);
    assert_false(form_data_row_empty(data, 0, 1));
    assert_true(form_data_row_empty(data, 0, 0));
    sample_set(data, "t", "", "y", VALUE_UNKNOWN, 55); /* the number of a kind without one is dropped */
    assert_true(form_data_get(data, 1, 0, 1).number == 0);
    sample_set(data, "t", "", "x", VALUE_EMPTY, 0);
    sample_set(data, "t", "", "x", VALUE_NUMBER, 1);
    assert_true(form_data_get(data, 1, 0, 0).number == 1);
}

static void wrong_cells_are_refused(void **state)
{
    static const struct {
        FormCell cell;
        const char *reason;
    } rows[] = {
        {{"nope", "R.1", "a", {VALUE_NUMBER, 1}}, "CELL_UNKNOWN"},
        {{"main", "R.9", "a", {VALUE_NUMBER, 1}}, "CELL_UNKNOWN"},
        {{"main", "", "a", {VALUE_NUMBER, 1}}, "CELL_UNKNOWN"},
        {{"main", "R.1", "nope", {VALUE_NUMBER, 1}}, "CELL_UNKNOWN"},
        {{"t", "R.1", "x", {VALUE_NUMBER, 1}}, "CELL_UNKNOWN"},
        {{"", "", "", {VALUE_NUMBER, 1}}, "CELL_UNKNOWN"},
        {{"main", "R.1", "s", {VALUE_NUMBER, 1}}, "CELL_COMPUTED"},
        {{"main", "R.1", "b", {(ValueKind)4, 1}}, "CELL_KIND"},
        {{"main", "R.1", "b", {(ValueKind)-1, 1}}, "CELL_KIND"},
        {{"main", "R.1", "a", {VALUE_NUMBER, 1}}, "CELL_TWICE"},
        {{"main", "R.1", "a", {VALUE_NOT_APPLICABLE, 0}}, "CELL_TWICE"},
    };
    FormData *data = form_data_new(&sample_form, arena);

    (void)state;
    sample_set(data, "main", "R.1", "a", VALUE_NUMBER, 3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Err err = {0};
        assert_int_equal(form_data_set(data, &rows[i].cell, &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, rows[i].reason);
        assert_string_equal(err_arg_get(&err, "section"), rows[i].cell.section);
        assert_string_equal(err_arg_get(&err, "row"), rows[i].cell.row);
        assert_string_equal(err_arg_get(&err, "field"), rows[i].cell.field);
    }
    assert_true(form_data_get(data, 0, 0, 0).number == 3);
}

static void cells_come_in_definition_order(void **state)
{
    static const char *const expected[] = {"main/R.1/a", "main/R.1/c", "main/Q.3/b", "t//x", "wide/W.9/w"};
    FormData *data = form_data_new(&sample_form, arena);
    FormCell *cells = NULL;
    size_t count = 0;
    Err err;

    (void)state;
    sample_set(data, "wide", "W.9", "w", VALUE_NUMBER, 1);
    sample_set(data, "t", "", "x", VALUE_NUMBER, 2);
    sample_set(data, "main", "Q.3", "b", VALUE_UNKNOWN, 0);
    sample_set(data, "main", "R.1", "c", VALUE_NOT_APPLICABLE, 0);
    sample_set(data, "main", "R.1", "a", VALUE_NUMBER, 0);
    assert_int_equal(form_data_list(data, arena, &cells, &count, &err), ERR_OK);
    assert_true(count == 5);
    for (size_t i = 0; i < count; i++) {
        char place[64];
        snprintf(place, sizeof place, "%s/%s/%s", cells[i].section, cells[i].row, cells[i].field);
        assert_string_equal(place, expected[i]);
    }
    assert_int_equal(cells[2].value.kind, VALUE_UNKNOWN);
    FormData *empty = form_data_new(&sample_form, arena);
    assert_int_equal(form_data_list(empty, arena, &cells, &count, &err), ERR_OK);
    assert_true(count == 0);
}

static void packed_bytes_are_canonical(void **state)
{
    static const char expected[] = "SHF1"
                                   "\6\0\0\0sample\2\0\0\0"
                                   "\2\0\0\0"
                                   "40\4\0\0\0"
                                   "2026\2\0\0\0"
                                   "\4\0\0\0main\3\0\0\0R.1\1\0\0\0a\1\3\0\0\0\0\0\0\0"
                                   "\1\0\0\0t\0\0\0\0\1\0\0\0y\3\0\0\0\0\0\0\0\0";
    FormData *one = form_data_new(&sample_form, arena), *two = form_data_new(&sample_form, arena);
    Buf first, second;

    (void)state;
    sample_set(one, "main", "R.1", "a", VALUE_NUMBER, 3);
    sample_set(one, "t", "", "y", VALUE_UNKNOWN, 0);
    sample_set(two, "t", "", "y", VALUE_UNKNOWN, 8);
    sample_set(two, "main", "R.1", "a", VALUE_NUMBER, 3);
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    form_data_pack(one, "40", "2026", &first);
    form_data_pack(two, "40", "2026", &second);
    assert_true(first.length == sizeof expected - 1);
    assert_memory_equal(first.data, expected, sizeof expected - 1);
    assert_true(second.length == first.length);
    assert_memory_equal(first.data, second.data, first.length);
    buf_clear(&second);
    form_data_pack(two, "41", "2026", &second);
    assert_true(memcmp(first.data, second.data, first.length) != 0);
    buf_done(&first);
    buf_done(&second);
}

/* Checks the data and renders issues as "CODE section/row/field limit" lines. */
static const char *check(const FormData *data)
{
    static char text[4096];
    FormIssue *issues = NULL;
    size_t count = 0, used = 0;
    Err err = {0};

    assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_OK);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s %s/%s/%s %lld\n", issues[i].code,
                             issues[i].section, issues[i].row, issues[i].field, (long long)issues[i].limit);
    return text;
}

static void built_in_checks(void **state)
{
    static const struct {
        const char *field;
        ValueKind kind;
        int64_t number;
        const char *issues;
    } rows[] = {
        {"a", VALUE_NUMBER, 0, ""},
        {"a", VALUE_NUMBER, -1, "MIN main/R.1/a 0\n"},
        {"a", VALUE_NUMBER, INT64_MIN, "MIN main/R.1/a 0\n"},
        {"a", VALUE_NUMBER, INT64_MAX, ""},
        {"a", VALUE_NOT_APPLICABLE, 0, "KIND main/R.1/a 0\n"},
        {"a", VALUE_UNKNOWN, 0, "KIND main/R.1/a 0\n"},
        {"a", VALUE_EMPTY, 0, "REQUIRED main/R.1/a 0\n"},
        {"c", VALUE_NOT_APPLICABLE, 0, ""},
        {"c", VALUE_UNKNOWN, 0, ""},
        {"c", VALUE_EMPTY, 0, "REQUIRED main/R.1/c 0\n"},
        {"d", VALUE_EMPTY, 0, ""},
        {"d", VALUE_NUMBER, -500, ""},
        {"d", VALUE_NUMBER, -501, "MIN main/R.1/d -500\n"},
        {"d", VALUE_NUMBER, 10000, ""},
        {"d", VALUE_NUMBER, 10001, "MAX main/R.1/d 10000\n"},
        {"d", VALUE_UNKNOWN, 0, "KIND main/R.1/d 0\n"},
        {"e", VALUE_EMPTY, 0, ""},
        {"e", VALUE_NUMBER, 3, ""},
        {"e", VALUE_NUMBER, 2, "CHOICE main/R.1/e 0\n"},
        {"e", VALUE_UNKNOWN, 0, ""},
        {"e", VALUE_NOT_APPLICABLE, 0, "KIND main/R.1/e 0\n"},
    };
    static const char *const required[] = {"a", "b", "c"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FormData *data = form_data_new(&sample_form, arena);
        sample_set(data, "t", "", "x", VALUE_NUMBER, 1);
        sample_set(data, "main", "R.1", rows[i].field, rows[i].kind, rows[i].number);
        for (size_t j = 0; j < 3; j++) {
            if (strcmp(required[j], rows[i].field) != 0)
                sample_set(data, "main", "R.1", required[j], VALUE_NUMBER, 1);
        }
        assert_string_equal(check(data), rows[i].issues);
    }
}

static void rows_left_out_are_passed_over(void **state)
{
    FormData *data = form_data_new(&sample_form, arena);

    (void)state;
    /* main may be left out, t has one row that may not. */
    assert_string_equal(check(data), "REQUIRED t//x 0\n");
    sample_set(data, "main", "Q.3", "d", VALUE_NUMBER, 1);
    assert_string_equal(check(data), "REQUIRED main/Q.3/a 0\nREQUIRED main/Q.3/b 0\n"
                                     "REQUIRED main/Q.3/c 0\nREQUIRED t//x 0\n");
}

static RuleDef make_rule(const char *code, const char *source, bool per_row, uint32_t field)
{
    RuleDef rule = {.code = code,
                    .severity = RULE_WARNING,
                    .per_row = per_row,
                    .section = per_row ? 0 : 1,
                    .source = source,
                    .field = field};
    RuleOp *ops = NULL;
    Err err;

    assert_int_equal(
        rule_parse(&sample_form, per_row, rule.section, source, arena, &ops, &rule.op_count, &err), ERR_OK);
    rule.ops = ops;
    return rule;
}

static void broken_rules_say_where(void **state)
{
    FormData *data = sample_data(arena);
    RuleDef rules[] = {
        make_rule("A_LE_B", "a <= b", true, 0),
        make_rule("NO_FIELD", "a < 3", true, UINT32_MAX),
        make_rule("WHOLE", "sum(main.a) == t.x", false, UINT32_MAX),
        make_rule("AT_X", "t.x == 8", false, 0),
        make_rule("HOLDS", "t.x == 7", false, 0),
        make_rule("OPEN", "t.z == 7", false, 0),
    };

    (void)state;
    sample_form.rules = rules;
    sample_form.rule_count = sizeof rules / sizeof *rules;
    assert_string_equal(check(data), "A_LE_B main/R.2/a 0\nNO_FIELD main/R.1/ 0\nNO_FIELD main/R.2/ 0\n"
                                     "WHOLE // 0\nAT_X t//x 0\n");
    FormIssue *issues = NULL;
    size_t count = 0;
    Err err;
    assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_OK);
    assert_ptr_equal(issues[0].rule, &rules[0]);
    assert_int_equal(issues[0].severity, RULE_WARNING);
    assert_true(issues[0].value.kind == VALUE_NUMBER && issues[0].value.number == 5);
    assert_true(issues[4].value.number == 7);
    sample_form.rules = NULL;
    sample_form.rule_count = 0;
}

static void damaged_and_endless_rules_are_errors(void **state)
{
    const RuleOp wild[] = {{.op = RULE_OP_CELL, .section = 77}};
    static RuleOp sums[RULE_OPS_MAX - 1];
    RuleDef damaged = {.code = "WILD", .ops = wild, .op_count = 1, .field = UINT32_MAX};
    static RuleDef slow[1000];
    FormData *data = sample_data(arena);
    FormIssue *issues = NULL;
    size_t count = 0, used = 0;
    Err err = {0};

    (void)state;
    sample_form.rules = &damaged;
    sample_form.rule_count = 1;
    assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_DATA_LOSS);
    assert_string_equal(err.reason, "RULE_MALFORMED");
    assert_string_equal(err_arg_get(&err, "rule"), "WILD");
    /* sum > 0, and again, as often as a rule may: about 24,000 steps each. */
    while (used + 4 <= RULE_OPS_MAX - 1) {
        sums[used++] = (RuleOp){.op = RULE_OP_SUM, .section = 2};
        sums[used++] = (RuleOp){.op = RULE_OP_KNOWN};
        if (used > 2)
            sums[used++] = (RuleOp){.op = RULE_OP_AND};
    }
    for (size_t i = 0; i < 1000; i++)
        slow[i] = (RuleDef){.code = "SLOW", .ops = sums, .op_count = used, .field = UINT32_MAX};
    sample_form.rules = slow;
    sample_form.rule_count = 1000;
    assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "RULE_STEPS");
    sample_form.rule_count = 100;
    assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_OK);
    sample_form.rules = NULL;
    sample_form.rule_count = 0;
}

static void shares_are_computed(void **state)
{
    static const struct {
        int64_t top, base;
        int64_t ppm; /* -1: none */
    } rows[] = {
        {3, 10, 300000}, {6, 20, 300000},   {28, 587, 47700},   {1, 3, 333333},    {2, 3, 666667},
        {0, 5, 0},       {5, 5, 1000000},   {5, 0, -1},         {0, 0, -1},        {1, 2000000, 1},
        {1, 2000001, 0}, {87, 10, 8700000}, {INT64_MAX, 1, -1}, {1, INT64_MAX, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FormData *data = form_data_new(&sample_form, arena);
        sample_set(data, "main", "R.1", "a", VALUE_NUMBER, rows[i].top);
        sample_set(data, "main", "R.1", "b", VALUE_NUMBER, rows[i].base);
        Value value = form_share_ppm(data, 0, 0, 5);
        assert_int_equal(value.kind, rows[i].ppm < 0 ? VALUE_EMPTY : VALUE_NUMBER);
        assert_true(value.number == (rows[i].ppm < 0 ? 0 : rows[i].ppm));
    }
}

static void shares_need_two_figures(void **state)
{
    static const ValueKind kinds[] = {VALUE_EMPTY, VALUE_NOT_APPLICABLE, VALUE_UNKNOWN};
    Ratio percent;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        FormData *data = form_data_new(&sample_form, arena);
        sample_set(data, "main", "R.1", "a", VALUE_NUMBER, 1);
        sample_set(data, "main", "R.1", "b", kinds[i], 0);
        assert_int_equal(form_share_ppm(data, 0, 0, 5).kind, VALUE_EMPTY);
        assert_false(form_share_get(data, 0, 0, 5, &percent));
    }
    FormData *data = sample_data(arena);
    assert_int_equal(form_share_ppm(data, 0, 0, 0).kind, VALUE_EMPTY); /* not a share at all */
    assert_true(form_share_get(data, 0, 0, 5, &percent));
    assert_true(percent.num == 30 && percent.den == 1);
}

static void memory_may_run_out_anywhere(void **state)
{
    FormData *full = sample_data(arena);
    RuleDef rules[] = {make_rule("ONE", "a > 100", true, 0)};

    (void)state;
    sample_form.rules = rules;
    sample_form.rule_count = 1;
    for (size_t n = 1; n <= 8; n++) {
        Arena *small = arena_new(1 << 20, NULL);
        FormIssue *issues = NULL;
        FormCell *cells = NULL;
        size_t count = 0;
        Err err = {0};
        arena_fail_nth(small, n);
        FormData *data = form_data_new(&sample_form, small);
        assert_int_equal(data == NULL, n <= 3);
        arena_fail_nth(small, 0);
        arena_fail_nth(small, n);
        ErrCode code = form_check(full, small, &issues, &count, &err);
        assert_int_equal(code, n == 1 ? ERR_RESOURCE_EXHAUSTED : ERR_OK);
        arena_fail_nth(small, n);
        code = form_data_list(full, small, &cells, &count, &err);
        assert_int_equal(code, n == 1 ? ERR_RESOURCE_EXHAUSTED : ERR_OK);
        arena_free(small);
    }
    sample_form.rules = NULL;
    sample_form.rule_count = 0;
}

/* More issues than the first room holds. */
static void many_issues_are_all_kept(void **state)
{
    FormData *data = form_data_new(&sample_form, arena);
    FormIssue *issues = NULL;
    size_t count = 0;
    Err err;

    (void)state;
    for (int i = 0; i < SAMPLE_WIDE; i++)
        sample_set(data, "wide", sample_wide_codes[i], "w", VALUE_NUMBER, -1 - i);
    assert_int_equal(form_check(data, arena, &issues, &count, &err), ERR_OK);
    assert_true(count == SAMPLE_WIDE + 1);
    for (int i = 0; i < SAMPLE_WIDE; i++)
        assert_true(issues[i + 1].value.number == -1 - i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_set_once_and_read_back),
        cmocka_unit_test(wrong_cells_are_refused),
        cmocka_unit_test(cells_come_in_definition_order),
        cmocka_unit_test(packed_bytes_are_canonical),
        cmocka_unit_test(built_in_checks),
        cmocka_unit_test(rows_left_out_are_passed_over),
        cmocka_unit_test(broken_rules_say_where),
        cmocka_unit_test(damaged_and_endless_rules_are_errors),
        cmocka_unit_test(shares_are_computed),
        cmocka_unit_test(shares_need_two_figures),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(many_issues_are_all_kept),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
