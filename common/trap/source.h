/* The tables of a source document as it prints them, and the check of what they say against each other
 * (methods.md 10.2, 10.3). General rules only: the tables of any region get the same care. */
#ifndef COMMON_TRAP_SOURCE_H
#define COMMON_TRAP_SOURCE_H

#include "common/catalog/factors.h"
#include "common/trap/issue.h"

/* What a cell is, and what its row, column and raw text then hold. Rows of roles marked S are school codes.
 */
typedef enum SourceRole {
    SOURCE_TABLE = 1,  /* one for each table, in the order printed: nothing but its name */
    SOURCE_LISTED,     /* S: the school has a row in the table */
    SOURCE_GROUP,      /* S: raw is the support group the school belongs to */
    SOURCE_POPULATION, /* row: name of a group of schools, raw: its size; column: the table that lists it, or
                          "" */
    SOURCE_HEADS,      /* S: "74", head count of teachers */
    SOURCE_HIGH,       /* S: "82,4 %", share of them with a category */
    SOURCE_BASE,       /* column: a column of shares, raw: attested, attesting or all, as its heading says */
    SOURCE_SHARE,      /* S, column: "57/87 %" or "4" */
    SOURCE_PARTICIPANTS, /* S: "4", how many of the heads took part */
    SOURCE_MONEY,        /* S, year: "100844,51" */
    SOURCE_STAFF,        /* S, column: "3; 6*" */
    SOURCE_VACANCIES,    /* S: "12" */
    SOURCE_INDICATOR,    /* row: its number, column: the population named, year; "33 %"; "" in no year: a bare
                            row */
    SOURCE_POINTS,       /* row: number of the indicator, year; "4" */
    SOURCE_SCORE,        /* row: maximum, level, band or total (year); "135" or "95-135"; column: its name */
    SOURCE_STATEMENT,    /* row: a sentence, column: its place there; "5/22,7 %" */
    SOURCE_TARGET,       /* row: indicator, column: population or ""; "64 %", "<= 6 %", ">= 50 %" */
    SOURCE_COUNTED,      /* row, column: of a target; "6", how many it is now */
    SOURCE_PART,         /* row: a kind, column: the population it is a part of; "13" */
    SOURCE_RISK,         /* S, column: number of the factor; low, medium or high */
    SOURCE_FACTOR_LIST,  /* row: number of the factor; "66-p-3,66-p-26", the schools printed for it */
} SourceRole;
enum { SOURCE_ROLE_COUNT = SOURCE_FACTOR_LIST + 1 };

/* One cell; raw is kept as printed and never changed. */
typedef struct SourceCell {
    SourceRole role;
    const char *table; /* as the source names it: "8" */
    const char *row, *column;
    int year; /* 0: none */
    const char *raw;
} SourceCell;

typedef struct Source {
    const SourceCell *cells;
    size_t cell_count;
    const FactorDict *dictionary; /* of the risk tables; NULL: not known */
    const FactorDict *other;      /* another edition of it, to compare; NULL: none */
} Source;

/* All findings; texts borrow from the source, the rest is in arena. INVALID_ARGUMENT / SOURCE_ROLE (role), or
 * what risk_tables_check refuses. */
ErrCode source_check(const Source *source, Arena *arena, const TrapIssue **ret_issues, size_t *ret_count,
                     Err *err) MUST_CHECK;

/* True for roles whose row is a school. */
bool source_role_of_school(SourceRole role);

#endif
