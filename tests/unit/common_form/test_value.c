/* Owns the tests of written cells: parsing, dumping, the staffing grammar and "count/per cent". */
#include "tests/unit/common_form/sample.h"

#include "common/core/decimal.h"

static const FieldDef count = {.code = "n", .type = FIELD_COUNT};
static const FieldDef decimal = {.code = "d", .type = FIELD_DECIMAL, .scale = 2};
static const FieldDef choice = {
    .code = "e", .type = FIELD_CHOICE, .choices = sample_choices, .choice_count = 2};
static const FieldDef share = {.code = "s", .type = FIELD_SHARE, .numerator = "a", .denominator = "b"};

static void good_cells(void **state)
{
    static const struct {
        const FieldDef *field;
        const char *text;
        ValueKind kind;
        int64_t number;
    } rows[] = {
        {&count, "0", VALUE_NUMBER, 0},
        {&count, "45", VALUE_NUMBER, 45},
        {&count, " 45 ", VALUE_NUMBER, 45},
        {&count,
         "\xC2\xA0"
         "45\xC2\xA0",
         VALUE_NUMBER, 45},
        {&count, "1 234", VALUE_NUMBER, 1234},
        {&count, "45,0", VALUE_NUMBER, 45},
        {&count, "-3", VALUE_NUMBER, -3},
        {&count, "", VALUE_EMPTY, 0},
        {&count, "   ", VALUE_EMPTY, 0},
        {&count, "\xC2\xA0", VALUE_EMPTY, 0},
        {&count, "n/a", VALUE_NOT_APPLICABLE, 0},
        {&count, "N/A", VALUE_NOT_APPLICABLE, 0},
        {&count, "н/п", VALUE_NOT_APPLICABLE, 0},
        {&count, "Н/П", VALUE_NOT_APPLICABLE, 0},
        {&count, " н/п ", VALUE_NOT_APPLICABLE, 0},
        {&count, "?", VALUE_UNKNOWN, 0},
        {&count, "неизв.", VALUE_UNKNOWN, 0},
        {&count, "НЕИЗВ.", VALUE_UNKNOWN, 0},
        {&count, "неизв", VALUE_UNKNOWN, 0},
        {&count, "Неизвестно", VALUE_UNKNOWN, 0},
        {&count, "unknown", VALUE_UNKNOWN, 0},
        {&decimal, "12,5", VALUE_NUMBER, 1250},
        {&decimal, "12.50", VALUE_NUMBER, 1250},
        {&decimal, "12", VALUE_NUMBER, 1200},
        {&decimal, "-0,01", VALUE_NUMBER, -1},
        {&decimal, "12,500", VALUE_NUMBER, 1250},
        {&choice, "low", VALUE_NUMBER, 1},
        {&choice, "LOW", VALUE_NUMBER, 1},
        {&choice, "низкая", VALUE_NUMBER, 1},
        {&choice, "НИЗКАЯ", VALUE_NUMBER, 1},
        {&choice, "strong", VALUE_NUMBER, 3},
        {&choice, "?", VALUE_UNKNOWN, 0},
        {&choice, "н/п", VALUE_NOT_APPLICABLE, 0},
        {&choice, "", VALUE_EMPTY, 0},
        {&share, "", VALUE_EMPTY, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Value value = {99, 99};
        Err err = {0};
        if (form_value_parse(rows[i].field, rows[i].text, &value, &err) != ERR_OK)
            fail_msg("\"%s\": %s", rows[i].text, err.reason);
        assert_int_equal(value.kind, rows[i].kind);
        assert_true(value.number == rows[i].number);
    }
}

static void bad_cells(void **state)
{
    static char endless[4000];
    static const struct {
        const FieldDef *field;
        const char *text, *reason;
    } rows[] = {
        {&count, "abc", "CELL_NOT_A_NUMBER"},
        {&count, "12a", "CELL_NOT_A_NUMBER"},
        {&decimal, "1,2,3", "CELL_NOT_A_NUMBER"},
        {&count, "-", "CELL_NOT_A_NUMBER"},
        {&count, "--1", "CELL_NOT_A_NUMBER"},
        {&count, "н/д", "CELL_NOT_A_NUMBER"},
        {&count, "??", "CELL_NOT_A_NUMBER"},
        {&count, "1e3", "CELL_NOT_A_NUMBER"},
        {&count, "0x10", "CELL_NOT_A_NUMBER"},
        {&count, "10%", "CELL_NOT_A_NUMBER"},
        {&count, "\xFF\xFE", "CELL_NOT_A_NUMBER"},
        {&count, "4,5", "CELL_TOO_PRECISE"},
        {&decimal, "4,555", "CELL_TOO_PRECISE"},
        {&count, "99999999999999999999", "CELL_OUT_OF_RANGE"},
        {&decimal, "922337203685477580,8", "CELL_OUT_OF_RANGE"},
        {&choice, "middle", "CELL_CHOICE_UNKNOWN"},
        {&choice, "1", "CELL_CHOICE_UNKNOWN"},
        {&choice, "lo", "CELL_CHOICE_UNKNOWN"},
        {&choice, "loww", "CELL_CHOICE_UNKNOWN"},
        {&share, "30", "CELL_COMPUTED"},
        {&share, "?", "CELL_COMPUTED"},
        {&count, endless, "CELL_NOT_A_NUMBER"},
        {&choice, endless, "CELL_CHOICE_UNKNOWN"},
    };

    (void)state;
    memset(endless, '7', sizeof endless - 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Value value = {VALUE_UNKNOWN, 77};
        Err err = {0};
        assert_int_equal(form_value_parse(rows[i].field, rows[i].text, &value, &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, rows[i].reason);
        assert_memory_equal(err_arg_get(&err, "value"), rows[i].text, strlen(err_arg_get(&err, "value")));
        assert_string_equal(err_arg_get(&err, "field"), rows[i].field->code);
        assert_true(value.kind == VALUE_UNKNOWN && value.number == 77);
    }
}

static void dumped_cells_read_back(void **state)
{
    static const struct {
        const FieldDef *field;
        Value value;
        const char *text;
    } rows[] = {
        {&count, {VALUE_EMPTY, 0}, ""},
        {&count, {VALUE_NOT_APPLICABLE, 0}, "n/a"},
        {&count, {VALUE_UNKNOWN, 0}, "?"},
        {&count, {VALUE_NUMBER, 0}, "0"},
        {&count, {VALUE_NUMBER, 1234567}, "1234567"},
        {&count, {VALUE_NUMBER, INT64_MAX}, "9223372036854775807"},
        {&decimal, {VALUE_NUMBER, 1250}, "12.50"},
        {&decimal, {VALUE_NUMBER, -5}, "-0.05"},
        {&choice, {VALUE_NUMBER, 1}, "low"},
        {&choice, {VALUE_NUMBER, 3}, "high"},
        {&choice, {VALUE_UNKNOWN, 0}, "?"},
    };
    char text[DECIMAL_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Value value;
        Err err;
        form_value_dump(rows[i].field, rows[i].value, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(form_value_parse(rows[i].field, text, &value, &err), ERR_OK);
        assert_true(value.kind == rows[i].value.kind && value.number == rows[i].value.number);
    }
    form_value_dump(&choice, (Value){VALUE_NUMBER, 2}, text); /* no such choice: its number */
    assert_string_equal(text, "2");
    form_value_dump(&share, (Value){VALUE_NUMBER, 182000}, text); /* parts per million as per cent */
    assert_string_equal(text, "18.2000");
    form_value_dump(&count, (Value){VALUE_NUMBER, INT64_MIN}, text);
    assert_string_equal(text, "-9223372036854775808");
}

static void staffing_cells(void **state)
{
    static const struct {
        const char *text;
        int64_t main, part;
    } rows[] = {
        {"3; 6*", 3, 6},
        {"5 *", 0, 5},
        {"2*", 0, 2},
        {"1; 1*", 1, 1},
        {"4", 4, 0},
        {"0", 0, 0},
        {"0; 0*", 0, 0},
        {"3;6*", 3, 6},
        {" 3 ; 6 * ", 3, 6},
        {"12; 10*", 12, 10},
        {"3;\xC2\xA0"
         "6*",
         3, 6},
        {"999999999", 999999999, 0},
    };
    static const char *const bad[] = {"",           " ",     "*",    "a",       "3;",     "3; 6",   "3*; 6*",
                                      "3; *",       "-1",    "3 6",  "3; 6**",  "3;;6*",  "3; 6*;", "3,5",
                                      "1000000000", "3. 6*", "; 6*", "3; 6* x", "3; -6*", "½"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t main_job = -1, part = -1;
        if (!form_staff_parse(rows[i].text, &main_job, &part))
            fail_msg("\"%s\" refused", rows[i].text);
        assert_true(main_job == rows[i].main && part == rows[i].part);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t main_job = -7, part = -7;
        if (form_staff_parse(bad[i], &main_job, &part))
            fail_msg("\"%s\" accepted", bad[i]);
        assert_true(main_job == -7 && part == -7);
    }
}

static void counts_with_percentages(void **state)
{
    static const struct {
        const char *text;
        CountShare found;
    } rows[] = {
        {"57/87 %", {true, true, 57, 8700, 0}},
        {"18,2%", {false, true, 0, 1820, 1}},
        {"4", {true, false, 4, 0, 0}},
        {"4/100 %", {true, true, 4, 10000, 0}},
        {"57/87%", {true, true, 57, 8700, 0}},
        {"18.2 %", {false, true, 0, 1820, 1}},
        {"0", {true, false, 0, 0, 0}},
        {"0/0%", {true, true, 0, 0, 0}},
        {" 23 / 42,5 % ", {true, true, 23, 4250, 1}},
        {"1/6,25%", {true, true, 1, 625, 2}},
        {"4,05%", {false, true, 0, 405, 2}},
        {"100%", {false, true, 0, 10000, 0}},
        {"12\xC2\xA0%", {false, true, 0, 1200, 0}},
    };
    static const char *const bad[] = {
        "",    "%",       "57/",     "57/87", "57/87,%",  "57/87,255%", "18,005%", "18,%",        ",5%", "-4",
        "4 5", "57//87%", "57/87%%", "a/b%",  "57/87% x", "1,5",        "1,2,3%",  "9999999999%", "/87%"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CountShare found = {0};
        if (!form_count_share_parse(rows[i].text, &found))
            fail_msg("\"%s\" refused", rows[i].text);
        assert_int_equal(found.has_count, rows[i].found.has_count);
        assert_int_equal(found.has_percent, rows[i].found.has_percent);
        assert_true(found.count == rows[i].found.count);
        assert_true(found.percent == rows[i].found.percent && found.digits == rows[i].found.digits);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CountShare found = {.count = -7};
        if (form_count_share_parse(bad[i], &found))
            fail_msg("\"%s\" accepted", bad[i]);
        assert_true(found.count == -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_cells),
        cmocka_unit_test(bad_cells),
        cmocka_unit_test(dumped_cells_read_back),
        cmocka_unit_test(staffing_cells),
        cmocka_unit_test(counts_with_percentages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
