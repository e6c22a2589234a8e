/* Owns the tests of the compiler: what it makes of YAML, and the fault named for each wrong definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/compile/compile.h"
#include "common/catalog/catalog_pack.h"
#include "common/form/rule.h"

static const char form_yaml[] =
    "code: small\n"                                                                        /* 1 */
    "version: 2\n"                                                                         /* 2 */
    "title: {ru: \"Форма\", en: \"Form\"}\n"                                               /* 3 */
    "legal_basis: {ru: \"Приказ\", en: \"Order\"}\n"                                       /* 4 */
    "period: month\n"                                                                      /* 5 */
    "by: [school, region]\n"                                                               /* 6 */
    "sections:\n"                                                                          /* 7 */
    "  - code: main\n"                                                                     /* 8 */
    "    label: {ru: \"Раздел\", en: \"Section\"}\n"                                       /* 9 */
    "    rows_optional: true\n"                                                            /* 10 */
    "    rows:\n"                                                                          /* 11 */
    "      - {code: R.1, label: {ru: \"1\", en: \"1\"}}\n"                                 /* 12 */
    "      - {code: R.2, label: {ru: \"2\", en: \"2\"}}\n"                                 /* 13 */
    "    fields:\n"                                                                        /* 14 */
    "      - {code: n, label: {ru: \"\", en: \"\"}, type: count, na: true, max: \"50\"}\n" /* 15 */
    "      - {code: k, label: {ru: \"\", en: \"\"}, help: {ru: \"х\", en: \"h\"}, type: decimal, scale: 2,\n"
    "         optional: true, unknown: true, min: \"-1,5\"}\n"                                    /* 17 */
    "      - code: e\n"                                                                           /* 18 */
    "        label: {ru: \"\", en: \"\"}\n"                                                       /* 19 */
    "        type: choice\n"                                                                      /* 20 */
    "        choices:\n"                                                                          /* 21 */
    "          - {code: low, number: 1, label: {ru: \"н\", en: \"l\"}}\n"                         /* 22 */
    "          - {code: high, number: -3, label: {ru: \"в\", en: \"h\"}}\n"                       /* 23 */
    "      - {code: p, label: {ru: \"\", en: \"\"}, type: share, numerator: k, denominator: n}\n" /* 24 */
    "  - code: totals\n"                                                                          /* 25 */
    "    label: {ru: \"\", en: \"\"}\n"                                                           /* 26 */
    "    fields:\n"                                                                               /* 27 */
    "      - {code: x, label: {ru: \"\", en: \"\"}, type: count}\n"                               /* 28 */
    "rules:\n"                                                                                    /* 29 */
    "  - code: N_LE_X\n"                                                                          /* 30 */
    "    severity: warning\n"                                                                     /* 31 */
    "    section: main\n"                                                                         /* 32 */
    "    field: n\n"                                                                              /* 33 */
    "    check: 'n <= totals.x'\n"                                                                /* 34 */
    "    message: {ru: \"Много\", en: \"Many\"}\n"                                                /* 35 */
    "  - code: WHOLE\n"                                                                           /* 36 */
    "    severity: error\n"                                                                       /* 37 */
    "    check: 'sum(main.n) == totals.x'\n"                                                      /* 38 */
    "    message: {ru: \"Сумма\", en: \"Sum\"}\n";                                                /* 39 */

static const char method_yaml[] =
    "code: TEST-1\n"                                     /* 1 */
    "version: 3\n"                                       /* 2 */
    "title: {ru: \"Т\", en: \"T\"}\n"                    /* 3 */
    "legal_basis: {ru: \"\", en: \"\"}\n"                /* 4 */
    "remark: {ru: \"\", en: \"\"}\n"                     /* 5 */
    "valid_from: \"2023-01-01\"\n"                       /* 6 */
    "low:\n"                                             /* 7 */
    "  test: share_at_least\n"                           /* 8 */
    "  share: \"3/10\"\n"                                /* 9 */
    "  risk: {floor: \"0,15\", floor_inclusive: true}\n" /* 10 */
    "  count_unit: family_subject\n"                     /* 11 */
    "  years: [2019, 2021]\n"                            /* 12 */
    "  branch_a: {k: 2, years: any_of_pair}\n"           /* 13 */
    "  branch_b: {mode: same_procedure}\n"               /* 14 */
    "  min_participants: 5\n"                            /* 15 */
    "  absent: block\n"                                  /* 16 */
    "  lineage: successor_only\n"                        /* 17 */
    "  unreliable_below: 10\n"                           /* 18 */
    "  unreliable_ci_below: 25\n"                        /* 19 */
    "  procedures:\n"                                    /* 20 */
    "    - {code: VPR.RUS.5}\n"                          /* 21 */
    "    - {code: EGE.MATH.B, years: [2019]}\n"          /* 22 */
    "  exclude_kinds: [special]\n"                       /* 23 */
    "typology:\n"                                        /* 24 */
    "  - {code: A, label: {ru: \"\", en: \"\"}, wellbeing: \"1-4\", quality: \"1-11\"}\n"
    "  - {code: B, label: {ru: \"\", en: \"\"}, wellbeing: \"5-11\", quality: \"1-10\"}\n"
    "  - {code: C, label: {ru: \"\", en: \"\"}, wellbeing: \"5-11\", quality: \"11\"}\n";

static const char factors_yaml[] = "code: R-1\n"                                                    /* 1 */
                                   "title: {ru: \"С\", en: \"D\"}\n"                                /* 2 */
                                   "factors:\n"                                                     /* 3 */
                                   "  - {number: 1, code: one, label: {ru: \"1\", en: \"1\"}}\n"    /* 4 */
                                   "  - {number: 3, code: three, label: {ru: \"3\", en: \"3\"}}\n"; /* 5 */

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(256 << 20, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void a_form_is_compiled(void **state)
{
    FormDef form;
    Err err = {0};

    (void)state;
    assert_int_equal(compile_form_text("x.yaml", form_yaml, sizeof form_yaml - 1, arena, &form, &err),
                     ERR_OK);
    assert_string_equal(form.code, "small");
    assert_true(form.version == 2 && form.period_kind == PERIOD_MONTH);
    assert_true(form.by_school && !form.by_district && form.by_region);
    assert_string_equal(form.title.ru, "Форма");
    assert_true(form.section_count == 2 && form.sections[0].rows_optional && !form.sections[1].rows_optional);
    assert_true(form.sections[0].row_count == 2 && form.sections[1].row_count == 1);
    assert_string_equal(form.sections[0].rows[1].code, "R.2");
    assert_string_equal(form.sections[1].rows[0].code, "");
    const FieldDef *fields = form.sections[0].fields;
    assert_true(fields[0].required && fields[0].allow_na && !fields[0].allow_unknown);
    assert_true(fields[0].has_max && fields[0].max == 50 && !fields[0].has_min);
    assert_true(!fields[1].required && fields[1].scale == 2 && fields[1].has_min && fields[1].min == -150);
    assert_string_equal(fields[1].help.ru, "х");
    assert_string_equal(fields[0].help.ru, "");
    assert_true(fields[2].choice_count == 2 && fields[2].choices[1].number == -3);
    assert_true(fields[3].type == FIELD_SHARE && !fields[3].required);
    assert_string_equal(fields[3].numerator, "k");
    assert_true(form.rule_count == 2 && form.rules[0].per_row && !form.rules[1].per_row);
    assert_true(form.rules[0].severity == RULE_WARNING && form.rules[0].field == 0);
    assert_true(form.rules[1].field == UINT32_MAX);
    assert_string_equal(form.rules[0].source, "n <= totals.x");
    assert_true(rule_verify(&form, &form.rules[0]) && rule_verify(&form, &form.rules[1]));
}

static void a_methodology_is_compiled(void **state)
{
    Methodology methodology;
    Err err = {0};

    (void)state;
    assert_int_equal(
        compile_methodology_text("m.yaml", method_yaml, sizeof method_yaml - 1, arena, &methodology, &err),
        ERR_OK);
    const LowRule *low = &methodology.low;
    assert_string_equal(methodology.valid_from, "2023-01-01");
    assert_string_equal(methodology.valid_to, "");
    assert_true(low->on && low->test == LOW_GE && low->share.num == 3 && low->share.den == 10);
    assert_true(low->risk.on && low->risk.floor.num == 3 && low->risk.floor.den == 20 &&
                low->risk.floor_inclusive);
    assert_true(low->count_unit == COUNT_FAMILY_SUBJECT && low->years[1] == 2021 && low->year_count == 2);
    assert_true(low->branch_a_on && low->branch_a_k == 2 && low->branch_a_years == BRANCH_A_ANY_OF_PAIR);
    assert_true(low->branch_b_on && low->branch_b_mode == BRANCH_B_SAME_PROCEDURE);
    assert_true(low->absent_policy == ABSENT_BLOCK && low->lineage == LINEAGE_SUCCESSOR_ONLY);
    assert_true(low->min_participants == 5 && low->unreliable_below == 10 && low->unreliable_ci_below == 25);
    assert_true(low->procedure_count == 2 && low->procedures[1].years[0] == 2019);
    assert_true(low->procedures[0].year_count == 0 && low->procedures[0].procedure.grade == 5);
    assert_string_equal(low->exclude_kinds[0], "special");
    assert_true(methodology.typology.on && methodology.typology.band_count == 3);
    assert_true(methodology.typology.bands[2].q_from == 11 && methodology.typology.bands[2].q_to == 11);
}

static void factors_are_compiled(void **state)
{
    FactorDict dict;
    Err err = {0};

    (void)state;
    assert_int_equal(
        compile_factors_text("f.yaml", factors_yaml, sizeof factors_yaml - 1, arena, &dict, &err), ERR_OK);
    assert_true(dict.factor_count == 2 && dict.factors[1].number == 3);
    assert_string_equal(dict.factors[1].code, "three");
}

/* The text with the first `from` replaced by `to`. */
static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    char *result = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    assert_non_null(result);
    return result;
}

typedef struct Fault {
    const char *from, *to, *reason;
    const char *line;       /* "" : not looked at */
    const char *key, *said; /* one more argument, and a piece of its text */
} Fault;

typedef ErrCode (*CompileOne)(const char *text, Err *err);

static ErrCode compile_one_form(const char *text, Err *err)
{
    FormDef form;

    return compile_form_text("x.yaml", text, strlen(text), arena, &form, err);
}

static ErrCode compile_one_methodology(const char *text, Err *err)
{
    Methodology methodology;

    return compile_methodology_text("x.yaml", text, strlen(text), arena, &methodology, err);
}

static ErrCode compile_one_dict(const char *text, Err *err)
{
    FactorDict dict;

    return compile_factors_text("x.yaml", text, strlen(text), arena, &dict, err);
}

static void run_faults(const char *text, CompileOne compile, const Fault *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Fault *row = &rows[i];
        Err err = {0};
        ErrCode code = compile(changed(text, row->from, row->to), &err);
        if (code != ERR_INVALID_ARGUMENT || strcmp(err.reason, row->reason) != 0)
            fail_msg("%s -> %s: %s %s", row->from, row->to, code == ERR_OK ? "accepted" : err.reason,
                     err_arg_get(&err, "what"));
        assert_string_equal(err_arg_get(&err, "file"), "x.yaml");
        if (row->line[0] != '\0' && strcmp(err_arg_get(&err, "line"), row->line) != 0)
            fail_msg("%s -> %s: line %s", row->from, row->to, err_arg_get(&err, "line"));
        if (strstr(err_arg_get(&err, row->key), row->said) == NULL)
            fail_msg("%s -> %s: %s is \"%s\"", row->from, row->to, row->key, err_arg_get(&err, row->key));
    }
}

static void faults_of_forms(void **state)
{
    static const Fault rows[] = {
        {"code: small", "code: \"two words\"", "DEF_BAD_CODE", "1", "value", "two words"},
        {"version: 2", "version: 0", "DEF_VERSION", "2", "key", "version"},
        {"version: 2", "version: -1", "YAML_INVALID", "2", "what", ""},
        {"version: 2", "version: two", "YAML_INVALID", "2", "what", ""},
        {"version: 2\n", "", "YAML_INVALID", "", "what", "version"},
        {"legal_basis", "legal_base", "YAML_INVALID", "4", "what", "legal_base"},
        {"type: count}", "type: count, rows: []}", "YAML_INVALID", "28", "what", "rows"},
        {"period: month", "period: week", "DEF_BAD_VALUE", "5", "allowed",
         "school_year, month, calendar_year"},
        {"[school, region]", "[school, planet]", "DEF_BAD_VALUE", "", "allowed", "district"},
        {"[school, region]", "[]", "YAML_INVALID", "6", "what", ""},
        {"title: {ru: \"Форма\", en: \"Form\"}", "title: {ru: \"Форма\"}", "YAML_INVALID", "3", "what", "en"},
        {"title: {ru", "title: [ru", "YAML_INVALID", "", "what", ""},
        {"code: main", "code: totals", "DEF_DUPLICATE", "25", "value", "totals"},
        {"code: main", "code: main-part", "DEF_BAD_NAME", "8", "value", "main-part"},
        {"code: R.2", "code: R.1", "DEF_DUPLICATE", "13", "value", "R.1"},
        {"code: R.2", "code: \"R 2\"", "DEF_BAD_CODE", "13", "value", "R 2"},
        {"code: k,", "code: n,", "DEF_DUPLICATE", "16", "value", "n"},
        {"code: k,", "code: and,", "DEF_BAD_NAME", "16", "value", "and"},
        {"type: count", "type: integer", "DEF_BAD_VALUE", "15", "allowed", "count, decimal, choice, share"},
        {"na: true", "na: maybe", "YAML_INVALID", "15", "what", "maybe"},
        {"max: \"50\"", "max: \"much\"", "DEF_BAD_VALUE", "15", "allowed", "number"},
        {"max: \"50\"", "max: \"50,5\"", "DEF_BAD_VALUE", "15", "key", "max"},
        {"max: \"50\"", "max: \"50\", min: \"51\"", "DEF_LIMITS", "15", "value", "n"},
        {"scale: 2", "scale: 10", "DEF_SCALE", "16", "value", "k"},
        {"type: count, na: true", "type: count, scale: 1", "DEF_SCALE", "15", "value", "n"},
        {"code: high", "code: low", "DEF_DUPLICATE", "23", "value", "low"},
        {"number: -3", "number: 1", "DEF_DUPLICATE", "", "value", "high"},
        {"type: choice", "type: count", "DEF_CHOICES", "18", "value", "e"},
        {"type: count}", "type: choice}", "DEF_CHOICES", "28", "value", "x"},
        {"type: choice", "type: choice\n        min: \"1\"", "DEF_LIMITS", "18", "value", "e"},
        {"numerator: k, ", "", "DEF_SHARE_PARTS", "24", "value", "p"},
        {"type: count}", "type: count, numerator: x}", "DEF_SHARE_PARTS", "28", "value", "x"},
        {"numerator: k", "numerator: kk", "DEF_SHARE_UNKNOWN", "24", "value", "kk"},
        {"denominator: n", "denominator: x", "DEF_SHARE_UNKNOWN", "24", "key", "denominator"},
        {"numerator: k", "numerator: p", "DEF_SHARE_UNKNOWN", "24", "value", "p"},
        {"numerator: k", "numerator: e", "DEF_SHARE_UNKNOWN", "24", "value", "e"},
        {"code: WHOLE", "code: N_LE_X", "DEF_DUPLICATE", "36", "value", "N_LE_X"},
        {"severity: warning", "severity: loud", "DEF_BAD_VALUE", "31", "allowed", "info, warning, error"},
        {"section: main", "section: mein", "DEF_UNKNOWN_NAME", "32", "value", "mein"},
        {"field: n", "field: nn", "DEF_UNKNOWN_NAME", "33", "value", "nn"},
        {"severity: error", "severity: error\n    field: n", "DEF_UNKNOWN_NAME", "33", "value", "n"},
        {"n <= totals.x", "n <= ", "RULE_SYNTAX", "1", "rule", "N_LE_X"},
        {"n <= totals.x", "n + totals.x", "RULE_TYPE", "1", "rule", "N_LE_X"},
        {"n <= totals.x", "n <= totals.y", "RULE_UNKNOWN_NAME", "1", "nearest", "x"},
        {"sum(main.n) ==", "main.n ==", "RULE_NEEDS_ROW", "1", "rule", "WHOLE"},
        {"    check: 'n <= totals.x'\n", "", "YAML_INVALID", "", "what", "check"},
    };

    (void)state;
    run_faults(form_yaml, compile_one_form, rows, sizeof rows / sizeof *rows);
}

static void faults_of_methodologies(void **state)
{
    static const Fault rows[] = {
        {"code: TEST-1", "code: TEST/1", "DEF_BAD_CODE", "1", "value", "TEST/1"},
        {"version: 3", "version: 0", "DEF_VERSION", "2", "key", "version"},
        {"2023-01-01", "01.01.2023", "DEF_BAD_VALUE", "6", "allowed", "YYYY-MM-DD"},
        {"2023-01-01", "2023-91-01", "DEF_BAD_VALUE", "6", "key", "valid_from"},
        {"2023-01-01", "2023-01-011", "DEF_BAD_VALUE", "6", "key", "valid_from"},
        {"share_at_least", "at_least", "DEF_BAD_VALUE", "8", "allowed", "bottom_rank"},
        {"3/10", "30", "DEF_BAD_VALUE", "9", "key", "share"},
        {"3/10", "3/0", "DEF_BAD_VALUE", "9", "key", "share"},
        {"3/10", "-3/10", "DEF_BAD_VALUE", "9", "key", "share"},
        {"3/10", "3/10/1", "DEF_BAD_VALUE", "9", "key", "share"},
        {"3/10", "", "DEF_BAD_VALUE", "", "key", "share"},
        {"0,15", "15%", "DEF_BAD_VALUE", "10", "key", "floor"},
        {", floor_inclusive: true", "", "YAML_INVALID", "10", "what", "floor_inclusive"},
        {"family_subject", "subject", "DEF_BAD_VALUE", "11", "key", "count_unit"},
        {"[2019, 2021]", "[2021, 2019]", "DEF_BAD_VALUE", "", "value", "2019"},
        {"[2019, 2021]", "[2019, 2019]", "DEF_BAD_VALUE", "", "key", "years"},
        {"[2019, 2021]", "[19]", "DEF_BAD_VALUE", "", "value", "19"},
        {"[2019, 2021]", "[2011,2012,2013,2014,2015,2016,2017,2018,2019]", "DEF_BAD_VALUE", "", "value",
         "2019"},
        {"[2019, 2021]", "[]", "YAML_INVALID", "12", "what", ""},
        {"k: 2", "k: 0", "DEF_BAD_VALUE", "13", "key", "k"},
        {"k: 2", "k: 65", "DEF_BAD_VALUE", "13", "key", "k"},
        {"any_of_pair", "any", "DEF_BAD_VALUE", "13", "allowed", "latest, any_of_pair"},
        {"same_procedure", "same", "DEF_BAD_VALUE", "14", "allowed", "any, same_procedure"},
        {"min_participants: 5", "min_participants: 1000001", "DEF_BAD_VALUE", "15", "key",
         "min_participants"},
        {"absent: block", "absent: skip", "DEF_BAD_VALUE", "16", "allowed", "ignore, not_low, block"},
        {"successor_only", "heir", "DEF_BAD_VALUE", "17", "allowed", "sum"},
        {"VPR.RUS.5", "VPR.PHYS.5", "METHOD_PROCEDURE", "21", "value", "VPR.PHYS.5"},
        {"VPR.RUS.5", "EGE.MATH", "METHOD_PROCEDURE", "21", "value", "EGE.MATH"},
        {"VPR.RUS.5", "EGE.MATH.B", "DEF_DUPLICATE", "22", "value", "EGE.MATH.B"},
        {"[special]", "[\"no good\"]", "DEF_BAD_CODE", "", "value", "no good"},
        {"wellbeing: \"1-4\"", "wellbeing: \"0-4\"", "DEF_BAD_VALUE", "25", "key", "wellbeing"},
        {"wellbeing: \"1-4\"", "wellbeing: \"1-12\"", "DEF_BAD_VALUE", "25", "key", "wellbeing"},
        {"wellbeing: \"1-4\"", "wellbeing: \"4-1\"", "DEF_BAD_VALUE", "25", "key", "wellbeing"},
        {"wellbeing: \"1-4\"", "wellbeing: \"1-\"", "DEF_BAD_VALUE", "25", "key", "wellbeing"},
        {"quality: \"1-11\"", "quality: \"111\"", "DEF_BAD_VALUE", "25", "key", "quality"},
        {"quality: \"1-11\"", "quality: \"low\"", "DEF_BAD_VALUE", "25", "key", "quality"},
        {"low:\n", "lowest:\n", "YAML_INVALID", "7", "what", "lowest"},
    };

    (void)state;
    run_faults(method_yaml, compile_one_methodology, rows, sizeof rows / sizeof *rows);
}

static void bands_must_cover_the_grid_once(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(compile_one_methodology(changed(method_yaml, "\"1-4\"", "\"1-5\""), &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "METHOD_BANDS_OVERLAP");
    assert_string_equal(err_arg_get(&err, "first"), "A");
    assert_string_equal(err_arg_get(&err, "second"), "B");
    assert_string_equal(err_arg_get(&err, "wellbeing"), "5");
    assert_string_equal(err_arg_get(&err, "quality"), "1");
    assert_int_equal(compile_one_methodology(changed(method_yaml, "\"1-10\"", "\"1-9\""), &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "METHOD_CELL_UNCOVERED");
    assert_string_equal(err_arg_get(&err, "wellbeing"), "5");
    assert_string_equal(err_arg_get(&err, "quality"), "10");
    assert_string_equal(err_arg_get(&err, "file"), "x.yaml");
}

static void a_methodology_needs_a_rule(void **state)
{
    static const char bare[] = "code: T\nversion: 1\ntitle: {ru: \"\", en: \"\"}\n"
                               "legal_basis: {ru: \"\", en: \"\"}\nremark: {ru: \"\", en: \"\"}\n";
    Err err = {0};

    (void)state;
    assert_int_equal(compile_one_methodology(bare, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "METHOD_EMPTY");
    const char *typology_only = arena_printf(arena, "%s%s", bare, strstr(method_yaml, "typology:"));
    assert_int_equal(compile_one_methodology(typology_only, &err), ERR_OK);
}

static void faults_of_factors(void **state)
{
    static const Fault rows[] = {
        {"number: 3", "number: 1", "DEF_FACTOR_ORDER", "4", "value", "1"},
        {"number: 1", "number: 0", "DEF_FACTOR_ORDER", "4", "value", "0"},
        {"number: 1", "number: x", "YAML_INVALID", "4", "what", ""},
        {"code: three", "code: \"\"", "DEF_BAD_CODE", "5", "key", "code"},
        {"code: R-1", "code: \"R 1\"", "DEF_BAD_CODE", "1", "value", "R 1"},
        {"factors:", "factor:", "YAML_INVALID", "3", "what", "factor"},
    };

    (void)state;
    run_faults(factors_yaml, compile_one_dict, rows, sizeof rows / sizeof *rows);
}

static void texts_that_are_no_yaml(void **state)
{
    static const char *const rows[] = {
        "",
        "\n",
        "- 1\n- 2\n",
        "just words",
        "{",
        "code: \"\xFF\"\n",
        "a: &x [1]\nb: *x\n",
        "\t- x",
        "%YAML 9.9\n---\n",
        "code: x\ncode: y\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Err err = {0};
        assert_int_equal(compile_one_form(rows[i], &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "YAML_INVALID");
        assert_true(err_arg_get(&err, "what")[0] != '\0');
    }
}

/* Aliases could make a small file huge. */
static void aliases_are_refused(void **state)
{
    Err err = {0};

    (void)state;
    const char *text = changed(form_yaml, "{ru: \"Форма\", en: \"Form\"}", "&t {ru: \"Ф\", en: \"F\"}");
    text = changed(text, "{ru: \"Раздел\", en: \"Section\"}", "*t");
    assert_int_equal(compile_one_form(text, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "YAML_INVALID");
}

static void cut_definitions_never_crash(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof form_yaml - 1; size += 7) {
        Arena *small = arena_new(4 << 20, NULL);
        FormDef form;
        Err err = {0};
        if (compile_form_text("x.yaml", form_yaml, size, small, &form, &err) != ERR_OK)
            assert_true(err.reason[0] != '\0');
        arena_free(small);
    }
}

static void memory_may_run_out_anywhere(void **state)
{
    size_t n = 1;

    (void)state;
    for (;; n += n < 40 ? 1 : 7) {
        Arena *small = arena_new(16 << 20, NULL);
        FormDef form;
        Err err = {0};
        arena_fail_nth(small, n);
        ErrCode code = compile_form_text("x.yaml", form_yaml, sizeof form_yaml - 1, small, &form, &err);
        arena_free(small);
        if (code == ERR_OK)
            break;
        if (code != ERR_RESOURCE_EXHAUSTED)
            fail_msg("allocation %zu: %s %s", n, err.reason, err_arg_get(&err, "what"));
    }
    assert_true(n > 50);
}

static char *folder; /* a fresh one for the tests of files */

static void write_file(const char *name, const char *text)
{
    char *path = arena_printf(arena, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *name)
{
    assert_int_equal(remove(arena_printf(arena, "%s/%s", folder, name)), 0);
}

static void folders_are_compiled_in_the_order_of_names(void **state)
{
    char place[] = "/tmp/forms-compile-XXXXXX";
    Catalog *catalog = NULL;
    Buf first, second;
    Err err = {0};

    (void)state;
    folder = mkdtemp(place);
    assert_non_null(folder);
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    assert_int_equal(compile_folder(folder, &first, &err), ERR_NOT_FOUND);
    assert_string_equal(err.reason, "DEFINITION_UNREADABLE");
    assert_int_equal(mkdir(arena_printf(arena, "%s/forms", folder), 0700), 0);
    write_file("forms/b.yaml", form_yaml);
    write_file("forms/a.yaml", changed(form_yaml, "version: 2", "version: 7"));
    write_file("forms/notes.txt", "not a definition");
    write_file("forms/.hidden.yaml", "not a definition");
    assert_int_equal(compile_folder(folder, &first, &err), ERR_OK);
    assert_int_equal(catalog_load(first.data, first.length, arena, &catalog, &err), ERR_OK);
    assert_true(catalog->form_count == 2 && catalog->methodology_count == 0);
    assert_true(catalog->forms[0].version == 7 && catalog->forms[1].version == 2);
    /* Written anew in another order: the same bytes. */
    remove_file("forms/a.yaml");
    remove_file("forms/b.yaml");
    write_file("forms/a.yaml", changed(form_yaml, "version: 2", "version: 7"));
    write_file("forms/b.yaml", form_yaml);
    assert_int_equal(compile_folder(folder, &second, &err), ERR_OK);
    assert_true(first.length == second.length);
    assert_memory_equal(first.data, second.data, first.length);
    write_file("forms/c.yaml", form_yaml);
    buf_clear(&second);
    assert_int_equal(compile_folder(folder, &second, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "DEF_TWICE");
    assert_string_equal(err_arg_get(&err, "first"), "forms/b.yaml");
    assert_string_equal(err_arg_get(&err, "file"), "forms/c.yaml");
    assert_true(second.length == 0);
    write_file("forms/c.yaml", changed(form_yaml, "type: choice", "type: nothing"));
    assert_int_equal(compile_folder(folder, &second, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "file"), "forms/c.yaml");
    for (const char *const *name =
             (const char *const[]){"a.yaml", "b.yaml", "c.yaml", "notes.txt", ".hidden.yaml", NULL};
         *name != NULL; name++)
        remove_file(arena_printf(arena, "forms/%s", *name));
    remove_file("forms");
    assert_int_equal(rmdir(folder), 0);
    buf_done(&first);
    buf_done(&second);
}

static void one_methodology_is_compiled_alone(void **state)
{
    char place[] = "/tmp/forms-compile-XXXXXX";
    Methodology *methodology = NULL;
    Buf out;
    Err err = {0};

    (void)state;
    folder = mkdtemp(place);
    assert_non_null(folder);
    char *path = arena_printf(arena, "%s/m.yaml", folder);
    buf_init(&out, 1 << 20);
    assert_int_equal(compile_methodology_file(path, &out, &err), ERR_NOT_FOUND);
    assert_string_equal(err_arg_get(&err, "file"), path);
    write_file("m.yaml", method_yaml);
    assert_int_equal(compile_methodology_file(path, &out, &err), ERR_OK);
    assert_int_equal(methodology_load(out.data, out.length, arena, &methodology, &err), ERR_OK);
    assert_string_equal(methodology->code, "TEST-1");
    write_file("m.yaml", changed(method_yaml, "\"1-4\"", "\"1-5\""));
    assert_int_equal(compile_methodology_file(path, &out, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "METHOD_BANDS_OVERLAP");
    remove_file("m.yaml");
    assert_int_equal(rmdir(folder), 0);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_compiled),
        cmocka_unit_test(a_methodology_is_compiled),
        cmocka_unit_test(factors_are_compiled),
        cmocka_unit_test(faults_of_forms),
        cmocka_unit_test(faults_of_methodologies),
        cmocka_unit_test(bands_must_cover_the_grid_once),
        cmocka_unit_test(a_methodology_needs_a_rule),
        cmocka_unit_test(faults_of_factors),
        cmocka_unit_test(texts_that_are_no_yaml),
        cmocka_unit_test(aliases_are_refused),
        cmocka_unit_test(cut_definitions_never_crash),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(folders_are_compiled_in_the_order_of_names),
        cmocka_unit_test(one_methodology_is_compiled_alone),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
