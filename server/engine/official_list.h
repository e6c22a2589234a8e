/* An official list checked against the organisations before it is taken over, and compared with the list
 * before it and with what a run computed (methods.md 10.4 T-66, T-77; D15). Nothing is corrected: what does
 * not fit is said, with a proposal where one offers itself. Dates are ISO texts, "" where there is none. */
#ifndef SERVER_ENGINE_OFFICIAL_LIST_H
#define SERVER_ENGINE_OFFICIAL_LIST_H

#include "common/core/arena.h"
#include "common/core/err.h"
#include "server/engine/engine.h"

/* A school that exists or existed. */
typedef struct ListSchool {
    const char *code, *name, *short_name;
    const char *opened_on, *closed_on;
    const char *successor; /* code of who took it over; "" nobody */
    bool within;           /* belongs to the group every school of the list must be of */
} ListSchool;

/* As printed. */
typedef struct ListEntry {
    uint32_t row;              /* of the file, from 1 */
    const char *school, *name; /* name "": not printed */
    bool run_together;         /* no separator before the next one */
} ListEntry;

typedef struct OfficialList {
    const ListEntry *entries;
    size_t entry_count;
    const ListSchool *schools; /* sorted by code, bytewise */
    size_t school_count;
    const char *valid_from, *valid_to; /* of the membership */
    const char *group_from, *group_to; /* of the meaning */
    const char *within;                /* name of that group; "" : not asked */
} OfficialList;

typedef enum ListSeverity { LIST_INFO = 1, LIST_WARNING = 2, LIST_ERROR = 3 } ListSeverity;

enum { LIST_ARGS_MAX = 3 };

/* Rules. Errors: LIST_SCHOOL_UNKNOWN (value), LIST_SCHOOL_TWICE (first), LIST_SCHOOL_CLOSED (date),
 * LIST_SCHOOL_NOT_OPEN (date), LIST_OUTSIDE_GROUP (from, to), LIST_DATES (from, to). Warnings:
 * LIST_NAME_LOOKALIKE and LIST_NAME_DIFFERS (name), LIST_NOT_WITHIN (group), LIST_RUN_TOGETHER (next). */
typedef struct ListIssue {
    const char *rule;
    ListSeverity severity;
    uint32_t row;       /* 0: of the list as a whole */
    const char *school; /* code as printed; "" : of the list */
    const char *raw, *proposal;
    struct ListArg {
        const char *key, *value;
    } args[LIST_ARGS_MAX];
    size_t arg_count;
} ListIssue;

typedef struct ListReport {
    const ListIssue *issues; /* in the order of the rows */
    size_t issue_count, error_count;
    const uint32_t *found; /* per entry: index of its school; UINT32_MAX: unknown */
} ListReport;

ErrCode list_check(const OfficialList *list, Arena *arena, ListReport *ret_report, Err *err) MUST_CHECK;

typedef enum ListMovement { LIST_ENTERED = 1, LIST_STAYED, LIST_LEFT, LIST_OUTSIDE } ListMovement;
typedef enum ListAgreement {
    LIST_NOT_COMPARED = 0,
    LIST_BOTH,
    LIST_THEIRS_ONLY,
    LIST_OURS_ONLY,
    LIST_NEITHER
} ListAgreement;

/* before, now: in the list on the day before and on the day. False: neither list names the school and no run
 * finds it low, so that there is nothing to show. status: STATUS_UNSET without a run. */
bool list_compare(bool before, bool now, ClassStatus status, ListMovement *ret_movement,
                  ListAgreement *ret_agreement);

/* "BOTH", "THEIRS_ONLY", "OURS_ONLY", "NEITHER"; "" when not compared. */
const char *list_agreement_name(ListAgreement agreement);

#endif
