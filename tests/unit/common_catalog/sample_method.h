/* Two methodologies, one with every part and one with a typology alone, for the tests of this layer. */
#ifndef TESTS_UNIT_COMMON_CATALOG_SAMPLE_METHOD_H
#define TESTS_UNIT_COMMON_CATALOG_SAMPLE_METHOD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/catalog/catalog_pack.h"

static const MethodProcedure sample_procedures[] = {
    {.procedure = {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 5, WAVE_SPRING}},
    {.procedure = {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 6, WAVE_AUTUMN}},
    {.procedure = {FAMILY_EGE, SUBJECT_MATHS, LEVEL_BASE, 0, WAVE_SPRING}, .years = {2019}, .year_count = 1},
};

static const char *const sample_kinds[] = {"special", "evening"};

static const TypologyBand sample_bands[] = {
    {"LOW", {"Низкие", "Low"}, 1, 4, 1, 11},
    {"HIGH", {"Высокие", "High"}, 5, 11, 1, 11},
};

static const Methodology sample_methodologies[] = {
    {.code = "NVKZ-2021",
     .version = 1,
     .title = {"Новокузнецк", "Novokuznetsk"},
     .legal_basis = {"Приказ", "Order"},
     .remark = {"Прочтение", "Reading"},
     .valid_from = "2021-09-01",
     .valid_to = "",
     .low = {.on = true,
             .test = LOW_GE,
             .share = {3, 10},
             .risk = {true, {3, 20}, true},
             .count_unit = COUNT_FAMILY_GRADE_SUBJECT,
             .years = {2019, 2021},
             .year_count = 2,
             .branch_a_on = true,
             .branch_a_k = 2,
             .branch_a_years = BRANCH_A_ANY_OF_PAIR,
             .branch_b_on = true,
             .branch_b_mode = BRANCH_B_ANY,
             .min_participants = 5,
             .absent_policy = ABSENT_IGNORE,
             .lineage = LINEAGE_SUM,
             .unreliable_below = 10,
             .unreliable_ci_below = 25,
             .procedures = sample_procedures,
             .procedure_count = 3,
             .exclude_kinds = sample_kinds,
             .exclude_kind_count = 2},
     .typology = {true, sample_bands, 2}},
    {.code = "TYPES-ONLY",
     .version = 4,
     .title = {"", ""},
     .legal_basis = {"", ""},
     .remark = {"", ""},
     .valid_from = "",
     .valid_to = "",
     .low = {.share = {0, 1}, .risk = {.floor = {0, 1}}},
     .typology = {true, sample_bands, 2}},
};

#endif
