/* Submissions: one form of one school for one period from one source. This file owns the row with its state
 * and revision; cells, reviews and the committer's path have stores of their own. Which change is allowed is
 * decided by server/lifecycle; here a change only happens when the row still is what the decision was made
 * on. Another scope's submission is NOT_FOUND / SUBMISSION_UNKNOWN ("id"). */
#ifndef SERVER_STORE_STORE_SUBMISSION_H
#define SERVER_STORE_STORE_SUBMISSION_H

#include "common/core/arena.h"
#include "server/store/db.h"

enum { CONTENT_HASH_SIZE = 32 };

/* Numbers of shans.v1.SubmissionState that the store itself must know: those that are no longer live, and the
 * accepted one, whose figures become facts. */
enum { SUBMISSION_ACCEPTED = 5, SUBMISSION_SUPERSEDED = 6, SUBMISSION_WITHDRAWN = 7 };

typedef struct SubmissionRow {
    int64_t id, school_id, district_id;
    const char *school_code, *school_name;
    const char *form_code;
    uint32_t form_version;
    const char *period;
    int source; /* 1 school, 2 district, 3 region */
    int state;
    uint32_t revision, accepted_revision; /* 0: never accepted */
    const uint8_t *content_hash;          /* CONTENT_HASH_SIZE bytes */
    const char *origin;
    int64_t changed_ms, submitted_ms, accepted_ms; /* 0: not yet */
    int64_t changed_by_id;
    const char *changed_by, *submitted_by, *accepted_by; /* logins */
    uint32_t open_marks;
} SubmissionRow;

/* The live one of a key; *ret_found false when there is none (never was, withdrawn, superseded). */
ErrCode submission_store_find_live(Db *db, int64_t school_id, const char *form_code, const char *period,
                                   int source, Arena *arena, SubmissionRow *ret, bool *ret_found,
                                   Err *err) MUST_CHECK;
ErrCode submission_store_get(Db *db, int64_t id, Arena *arena, SubmissionRow *ret, Err *err) MUST_CHECK;

typedef struct SubmissionFilter {
    int64_t under_id;               /* school, district or region; 0: all that the scope shows */
    const char *form_code, *period; /* NULL or "": every one */
    int state;                      /* 0: every one */
    int64_t after_id;               /* by id, ascending */
    uint32_t limit;                 /* at least 1 */
} SubmissionFilter;
ErrCode submission_store_list(Db *db, const SubmissionFilter *filter, Arena *arena, SubmissionRow **ret_rows,
                              size_t *ret_count, Err *err) MUST_CHECK;

/* What a change writes besides the cells. */
typedef struct SubmissionWrite {
    int64_t id;                     /* insert: 0, or an id allocated before; advance: the row */
    int64_t school_id, district_id; /* insert only */
    const char *form_code, *period; /* insert only */
    int source;                     /* insert only */
    uint32_t form_version;          /* advance: 0 keeps it */
    int state;
    uint32_t revision;           /* insert: 1 or more */
    const uint8_t *content_hash; /* advance: NULL keeps hash and origin */
    const char *origin;          /* NULL is "" */
    int64_t at_ms, principal_id;
    bool submits;               /* figures came in: sets submitted at and by (always so on insert) */
    bool accepts;               /* sets accepted revision, at and by to those of this change */
    int expected_state;         /* advance only */
    uint32_t expected_revision; /* advance only */
} SubmissionWrite;

/* ABORTED / SUBMISSION_EXISTS when a live one of the key exists. */
ErrCode submission_store_insert(Db *db, const SubmissionWrite *write, int64_t *ret_id, Err *err) MUST_CHECK;

/* ABORTED / REVISION_STALE ("id") when revision or state are no longer the expected ones, or the row is
 * hidden. */
ErrCode submission_store_advance(Db *db, const SubmissionWrite *write, Err *err) MUST_CHECK;

#endif
