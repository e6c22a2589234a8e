/* Printed tables of risk factors checked against the group each table is headed by (methods.md 10.3, traps
 * T-51 and T-52), and declared groups against the typology (T-07, T-10). Nothing is repaired: what does not
 * fit is left out and reported. */
#ifndef COMMON_TRAP_RISK_TABLES_H
#define COMMON_TRAP_RISK_TABLES_H

#include "common/trap/issue.h"

enum { RISK_FACTORS_MAX = 32 };

typedef enum RiskLevel { RISK_LOW = 1, RISK_MEDIUM = 2, RISK_HIGH = 3 } RiskLevel;

/* As printed. table: the source's name of it; group: what the table is headed by. */
typedef struct RiskTableRow {
    const char *table, *group, *school;
    int factor; /* 1..factor_count */
    RiskLevel significance;
} RiskTableRow;

/* A school belongs to at most one group. */
typedef struct RiskMember {
    const char *school, *group;
} RiskMember;

typedef struct RiskTables {
    const RiskTableRow *rows;
    size_t row_count;
    const RiskMember *members;
    size_t member_count;
    int factor_count; /* of the dictionary, 10; at most RISK_FACTORS_MAX */
} RiskTables;

typedef struct RiskProfile {
    const char *school, *group;
    RiskLevel significance[RISK_FACTORS_MAX]; /* [factor - 1]; 0: missing */
    bool complete;
} RiskProfile;

/* Rules, all of them errors; `factors` is a list such as "4,5,6":
 *   RISK_TABLE_MEMBERSHIP (table_group, school_group or "", factors): rows of a school that is not of the
 *       table's group, once per table and school;
 *   RISK_ROWS_STALE (own_place, factors): such rows are equal to the school's in its own group's table, so
 *       they are left over from there and belong to nobody else;
 *   RISK_FACTOR_TWICE (tables, factors): a school has two bands for a factor;
 *   RISK_PROFILE_INCOMPLETE (group, factors): factors for which a member has no accepted row, though its
 *       group has a table; never filled from elsewhere;
 *   RISK_ROW_INVALID (factor, significance): out of range; the row is left out. */
typedef struct RiskReport {
    const TrapIssue *issues; /* by school code; members without any row last */
    size_t issue_count;
    const RiskProfile *profiles; /* by school code: members with an accepted row */
    size_t profile_count;
} RiskReport;

/* Accepts the rows whose table is headed by the school's group; of two different bands for one factor there
 * neither. INVALID_ARGUMENT / RISK_MEMBER_TWICE (school) or RISK_FACTOR_COUNT (count) when membership or
 * dictionary is itself unusable. */
ErrCode risk_tables_check(const RiskTables *tables, Arena *arena, RiskReport *ret_report,
                          Err *err) MUST_CHECK;

#endif
