/* Findings of imports and cross-checks, kept until somebody decided on them. */
#ifndef SERVER_STORE_STORE_ISSUE_H
#define SERVER_STORE_STORE_ISSUE_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef struct IssueRow {
    int64_t id;
    const char *rule;
    int severity;                   /* 1 info, 2 warning, 3 error */
    int64_t school_id, district_id; /* 0: of no single school */
    const char *school_code;        /* list only */
    const char *place, *raw_value, *proposal;
    const char *const *arg_keys, *const *arg_values;
    size_t arg_count;
    const char *status;   /* "open" when added */
    const char *document; /* list: too */
    /* list only, empty while open: login of who decided, when, why, and the figure of a corrected one */
    const char *decided_by;
    int64_t decided_ms;
    const char *reason, *value;
} IssueRow;

/* The same finding (rule, school, place, value, document) is stored once: *ret_added false when it was there.
 */
ErrCode issue_store_add(Db *db, const IssueRow *issue, int64_t principal_id, int64_t now_ms, bool *ret_added,
                        Err *err) MUST_CHECK;

typedef struct IssueFilter {
    int64_t under_id;   /* school or district; 0 or the region: all that the scope shows */
    const char *status; /* NULL or "": every one */
    int64_t after_id;
    uint32_t limit;
    int64_t id; /* 0: any */
} IssueFilter;
/* By id. */
ErrCode issue_store_list(Db *db, const IssueFilter *filter, Arena *arena, IssueRow **ret_rows,
                         size_t *ret_count, Err *err) MUST_CHECK;

/* A person's decision. */
typedef struct IssueDecision {
    int64_t id, principal_id, now_ms;
    const char *status;         /* "accepted", "corrected", "rejected" */
    const char *reason, *value; /* value: of "corrected" alone */
} IssueDecision;

/* FAILED_PRECONDITION / ISSUE_DECIDED ("id") when it is not open (any more), or outside the scope. */
ErrCode issue_store_resolve(Db *db, const IssueDecision *decision, Err *err) MUST_CHECK;

#endif
