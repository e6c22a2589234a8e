/* What happened to a submission: events, and the cells a reviewer asked to correct. */
#ifndef SERVER_STORE_STORE_REVIEW_H
#define SERVER_STORE_STORE_REVIEW_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef struct EventRow {
    int64_t id, submission_id;
    int64_t school_id, district_id; /* of the submission; add only */
    uint32_t revision;
    const char *event; /* the lifecycle's name of it */
    int from_state, to_state;
    int64_t principal_id;
    const char *login; /* list only */
    const char *comment;
    int64_t at_ms;
} EventRow;

/* id 0: the next; *ret_id may be NULL. Events are never changed or deleted. */
ErrCode event_store_add(Db *db, const EventRow *event, int64_t *ret_id, Err *err) MUST_CHECK;
ErrCode event_store_list(Db *db, int64_t submission_id, Arena *arena, EventRow **ret_rows, size_t *ret_count,
                         Err *err) MUST_CHECK;

typedef struct MarkRow {
    const char *section, *row, *field, *comment;
    uint32_t revision;          /* looked at by the reviewer */
    uint32_t resolved_revision; /* 0: open */
    const char *made_by;        /* login; list only */
    int64_t made_ms;
} MarkRow;

typedef struct MarkWrite {
    int64_t submission_id, school_id, district_id;
    uint32_t revision;
    int64_t principal_id, at_ms;
} MarkWrite;

/* Texts of each mark; a mark without comment is refused (constraint cell_mark_says_why). */
ErrCode mark_store_add(Db *db, const MarkWrite *write, const MarkRow *marks, size_t count,
                       Err *err) MUST_CHECK;
/* Oldest first. */
ErrCode mark_store_list(Db *db, int64_t submission_id, Arena *arena, MarkRow **ret_rows, size_t *ret_count,
                        Err *err) MUST_CHECK;
/* Open marks whose cell that revision changed are resolved by it. Run after the cells are written. */
ErrCode mark_store_resolve(Db *db, int64_t submission_id, uint32_t revision, int64_t *ret_count,
                           Err *err) MUST_CHECK;

#endif
