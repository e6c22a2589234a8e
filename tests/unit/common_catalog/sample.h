/* A catalogue with every kind of definition and every optional part, for the tests of this layer. */
#ifndef TESTS_UNIT_COMMON_CATALOG_SAMPLE_H
#define TESTS_UNIT_COMMON_CATALOG_SAMPLE_H

#include "tests/unit/common_catalog/sample_method.h"

static const ChoiceDef sample_choices[] = {{"no", 0, {"нет", "no"}}, {"yes", -1, {"да", "yes"}}};

static const FieldDef sample_fields[] = {
    {.code = "n",
     .label = {"Участники", "Participants"},
     .help = {"", ""},
     .type = FIELD_COUNT,
     .required = true},
    {.code = "k",
     .label = {"Порог", "Below"},
     .help = {"Подсказка", "Help"},
     .type = FIELD_DECIMAL,
     .scale = 2,
     .allow_na = true,
     .allow_unknown = true,
     .has_min = true,
     .has_max = true,
     .min = -5,
     .max = INT64_MAX},
    {.code = "c",
     .label = {"", ""},
     .help = {"", ""},
     .type = FIELD_CHOICE,
     .choices = sample_choices,
     .choice_count = 2},
    {.code = "p",
     .label = {"Доля", "Share"},
     .help = {"", ""},
     .type = FIELD_SHARE,
     .numerator = "k",
     .denominator = "n"},
};

static const RowDef sample_rows[] = {{"VPR.RUS.5", {"ВПР", "VPR"}}, {"OGE.MATH", {"ОГЭ", "OGE"}}};
static const RowDef sample_no_rows[] = {{"", {"", ""}}};

static const SectionDef sample_sections[] = {
    {"results", {"Итоги", "Results"}, true, sample_rows, 2, sample_fields, 4},
    {"totals", {"Всего", "Totals"}, false, sample_no_rows, 1, sample_fields, 1},
};

static const RuleOp sample_ops[] = {
    {.op = 3, .number = 0, .section = 0, .field = 0},
    {.op = 1, .number = INT64_MIN, .denominator = 7},
    {.op = 20},
};

static const RuleDef sample_rules[] = {
    {"A", RULE_ERROR, true, 0, "n <= k", {"Плохо", "Bad"}, sample_ops, 3, 3},
    {"B", RULE_INFO, false, 0, "true", {"", ""}, sample_ops, 1, UINT32_MAX},
};

static const FormDef sample_forms[] = {
    {"results",
     1,
     {"Результаты", "Results"},
     {"Приказ", "Order"},
     PERIOD_SCHOOL_YEAR,
     true,
     false,
     true,
     sample_sections,
     2,
     sample_rules,
     2},
    {"results", 3, {"", ""}, {"", ""}, PERIOD_MONTH, false, true, false, sample_sections, 1, NULL, 0},
    {"results", 2, {"", ""}, {"", ""}, PERIOD_MONTH, false, true, false, sample_sections, 1, NULL, 0},
};

static const FactorDef sample_factors[] = {{1, "equipment", {"Оснащение", "Equipment"}},
                                           {7, "needs", {"ОВЗ", "Special needs"}}};
static const FactorDict sample_dicts[] = {{"R-1", {"Словарь", "Dictionary"}, sample_factors, 2}};

static const Catalog sample_catalog = {
    .forms = sample_forms,
    .form_count = 3,
    .methodologies = sample_methodologies,
    .methodology_count = 2,
    .factors = sample_dicts,
    .factor_count = 1,
};

#endif
