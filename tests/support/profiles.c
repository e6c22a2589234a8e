/* Owns the hand-written profiles. Invariant: they follow the table of methods.md 1.3.
 * Must not be derived from the shipped catalogue. */
#include "tests/support/profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RUS  SUBJECT_RUSSIAN
#define MATH SUBJECT_MATHS
#define P(family, subject, level, grade)                                                                     \
    {                                                                                                        \
        .procedure = { FAMILY_##family, subject, LEVEL_##level, grade, WAVE_SPRING }                         \
    }

#define EXAMS_WITHOUT_BASE                                                                                   \
    P(OGE, RUS, NONE, 0), P(OGE, MATH, NONE, 0), P(EGE, RUS, NONE, 0), P(EGE, MATH, PROFILE, 0)
#define VPR_5_6 P(VPR, RUS, NONE, 5), P(VPR, RUS, NONE, 6), P(VPR, MATH, NONE, 5), P(VPR, MATH, NONE, 6)
#define VPR_7_8 P(VPR, RUS, NONE, 7), P(VPR, RUS, NONE, 8), P(VPR, MATH, NONE, 7), P(VPR, MATH, NONE, 8)

static const MethodProcedure fioko[] = {VPR_5_6, EXAMS_WITHOUT_BASE, P(EGE, MATH, BASE, 0)};
static const MethodProcedure nvkz[] = {
    VPR_5_6,
    EXAMS_WITHOUT_BASE,
    {.procedure = {FAMILY_EGE, MATH, LEVEL_BASE, 0, WAVE_SPRING}, .years = {2019}, .year_count = 1},
};
static const MethodProcedure perv[] = {VPR_5_6, VPR_7_8, EXAMS_WITHOUT_BASE, P(EGE, MATH, BASE, 0)};
static const MethodProcedure rzn[] = {P(EGE, RUS, NONE, 0), P(EGE, MATH, PROFILE, 0), P(EGE, MATH, BASE, 0)};

const TypologyBand typology_bands[] = {
    {"DISADVANTAGED", {"Неблагополучные", "Disadvantaged"}, 1, 4, 1, 5},
    {"RESILIENT", {"Резильентные", "Resilient"}, 1, 4, 6, 11},
    {"UNDERPERFORMING", {"Несправляющиеся", "Underperforming"}, 5, 11, 1, 5},
    {"CONDITIONAL", {"Условно благополучные", "Conditionally well"}, 5, 7, 6, 11},
    {"CONDITIONAL", {"Условно благополучные", "Conditionally well"}, 8, 11, 6, 6},
    {"WELL", {"Благополучные", "Well"}, 8, 11, 7, 11},
};

#define ITEMS(list) .procedures = (list), .procedure_count = sizeof(list) / sizeof((list)[0])
#define COMMON                                                                                               \
    .on = true, .count_unit = COUNT_FAMILY_GRADE_SUBJECT, .absent_policy = ABSENT_IGNORE,                    \
    .lineage = LINEAGE_SUM, .unreliable_below = 10, .unreliable_ci_below = 25
#define THIRTY     .test = LOW_GE, .share = {3, 10}
#define PAIR(a, b) .years = {(a), (b)}, .year_count = 2
#define BRANCHES(y, mode)                                                                                    \
    .branch_a_on = true, .branch_a_k = 2, .branch_a_years = BRANCH_A_##y, .branch_b_on = true,               \
    .branch_b_mode = BRANCH_B_##mode
#define GRID                                                                                                 \
    {                                                                                                        \
        .on = true, .bands = typology_bands, .band_count = TYPOLOGY_BAND_COUNT                               \
    }

const Methodology profiles[] = {
    {.code = "FIOKO-847",
     .version = 1,
     .low = {COMMON, THIRTY, PAIR(2019, 2021), BRANCHES(ANY_OF_PAIR, ANY), ITEMS(fioko)}},
    {.code = "NVKZ-2021",
     .version = 1,
     .low = {COMMON, THIRTY, PAIR(2019, 2021), BRANCHES(ANY_OF_PAIR, ANY), ITEMS(nvkz)}},
    {.code = "PERV-T1",
     .version = 1,
     .low = {COMMON, THIRTY, PAIR(2021, 2022), BRANCHES(ANY_OF_PAIR, SAME_PROCEDURE), ITEMS(perv)},
     .typology = GRID},
    {.code = "PERV-T3",
     .version = 1,
     .low = {COMMON, THIRTY, PAIR(2021, 2022), BRANCHES(ANY_OF_PAIR, SAME_PROCEDURE), ITEMS(perv),
             .risk = {.on = true, .floor = {0, 1}, .floor_inclusive = false}},
     .typology = GRID},
    {.code = "PERV-2023",
     .version = 1,
     .low = {COMMON, THIRTY, PAIR(2021, 2022), BRANCHES(ANY_OF_PAIR, SAME_PROCEDURE), ITEMS(perv),
             .risk = {.on = true, .floor = {15, 100}, .floor_inclusive = true}},
     .typology = GRID},
    {.code = "OMSK-2025",
     .version = 1,
     .low = {COMMON, THIRTY, PAIR(2024, 2025), BRANCHES(LATEST, SAME_PROCEDURE), ITEMS(fioko)}},
    {.code = "RZN-2025",
     .version = 1,
     .low = {COMMON, .test = LOW_BOTTOM_RANK, .share = {15, 100}, .years = {2025}, .year_count = 1,
             ITEMS(rzn)}},
};

Methodology profile_get(const char *code)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++)
        if (strcmp(profiles[i].code, code) == 0)
            return profiles[i];
    fail_msg("unknown profile %s", code);
    return profiles[0];
}
