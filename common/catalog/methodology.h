/* A methodology profile: everything that makes two regions answer differently on the same figures
 * (methods.md 1.3, 3.2). Data, versioned, immutable once a run used it. */
#ifndef COMMON_CATALOG_METHODOLOGY_H
#define COMMON_CATALOG_METHODOLOGY_H

#include "common/catalog/catalog.h"
#include "common/catalog/quadrant_rule.h"
#include "common/core/ratio.h"

enum { METHOD_YEARS_MAX = 8, METHOD_PROCEDURES_MAX = 64 };

/* Which rows of the results form count, and in which years of the pair. */
typedef struct MethodProcedure {
    Procedure procedure; /* grade 0: any grade */
    int years[METHOD_YEARS_MAX];
    size_t year_count; /* 0: all years of the pair */
} MethodProcedure;

/* What "a procedure" is when low ones are counted. */
typedef enum CountUnit {
    COUNT_FAMILY_GRADE_SUBJECT = 1,
    COUNT_FAMILY_SUBJECT = 2,
    COUNT_FAMILY = 3,
} CountUnit;

typedef enum BranchAYears { BRANCH_A_LATEST = 1, BRANCH_A_ANY_OF_PAIR = 2 } BranchAYears;
typedef enum BranchBMode { BRANCH_B_ANY = 1, BRANCH_B_SAME_PROCEDURE = 2 } BranchBMode;
typedef enum AbsentPolicy { ABSENT_IGNORE = 1, ABSENT_NOT_LOW = 2, ABSENT_BLOCK = 3 } AbsentPolicy;
typedef enum LineagePolicy {
    LINEAGE_SUM = 1,
    LINEAGE_SUCCESSOR_ONLY = 2,
    LINEAGE_PREDECESSOR_DISPLAY = 3,
} LineagePolicy;
/* GE: p >= share. BOTTOM_RANK: the worst `share` of schools by p (RZN-2025). */
typedef enum LowTest { LOW_GE = 1, LOW_BOTTOM_RANK = 2 } LowTest;

/* The risk zone is the same rule with floor <= p < share; off unless `on`. A profile without a floor
 * (floor = 0, inclusive = false: 0 < p) is legal but linted as trap T-01. */
typedef struct RiskZone {
    bool on;
    Ratio floor;
    bool floor_inclusive;
} RiskZone;

typedef struct LowRule {
    bool on;
    LowTest test;
    Ratio share; /* 3/10 */
    RiskZone risk;
    CountUnit count_unit;
    int years[METHOD_YEARS_MAX]; /* explicit, ascending; years in which the school years end */
    size_t year_count;
    bool branch_a_on;
    int branch_a_k;
    BranchAYears branch_a_years;
    bool branch_b_on;
    BranchBMode branch_b_mode;
    int min_participants; /* 0: official behaviour, every n > 0 counts */
    AbsentPolicy absent_policy;
    LineagePolicy lineage;
    int unreliable_below;    /* n < this: reliability LOW (10) */
    int unreliable_ci_below; /* n < this and the Wilson interval contains share: LOW (25) */
    const MethodProcedure *procedures;
    size_t procedure_count;
    const char *const *exclude_kinds; /* school kinds to which the rule does not apply */
    size_t exclude_kind_count;
} LowRule;

/* A rectangle of the 11 x 11 grid: wellbeing i, quality q, bounds inclusive. */
typedef struct TypologyBand {
    const char *code; /* "DISADVANTAGED", "RESILIENT", "UNDERPERFORMING", "CONDITIONAL", "WELL" */
    Text label;
    int i_from, i_to, q_from, q_to;
} TypologyBand;

typedef struct TypologyRule {
    bool on;
    const TypologyBand *bands; /* must cover 1..11 x 1..11 once each; the linter says where not */
    size_t band_count;
} TypologyRule;

struct Methodology {
    const char *code; /* "NVKZ-2021" */
    uint32_t version;
    Text title;
    Text legal_basis;
    Text remark;
    const char *valid_from, *valid_to; /* ISO dates, "" open */
    LowRule low;
    TypologyRule typology;
    QuadrantRule quadrants;
};

/* The compiled form of one methodology alone, as PutMethodology carries it: "SHM1" + the same encoding as
 * inside a catalogue; "SHM2" + the same + the quadrant rule when it has one. */
ErrCode methodology_load(const void *bytes, size_t size, Arena *arena, Methodology **ret_methodology,
                         Err *err) MUST_CHECK;

#endif
