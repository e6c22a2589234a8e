/* The form of the sample catalogue: fields of every type, a rule, a section with rows and one without. */
#ifndef TESTS_UNIT_COMMON_CATALOG_SAMPLE_FORM_H
#define TESTS_UNIT_COMMON_CATALOG_SAMPLE_FORM_H

#include "common/catalog/catalog.h"

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
     "Приказ",
     PERIOD_SCHOOL_YEAR,
     true,
     false,
     true,
     sample_sections,
     2,
     sample_rules,
     2},
    {"results", 3, {"", ""}, "", PERIOD_MONTH, false, true, false, sample_sections, 1, NULL, 0},
    {"results", 2, {"", ""}, "", PERIOD_MONTH, false, true, false, sample_sections, 1, NULL, 0},
};

#endif
