/* Curators: who looks after which school, by which document, how long (methods.md section 8.6). */
#ifndef SERVER_STORE_STORE_CURATOR_H
#define SERVER_STORE_STORE_CURATOR_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef struct CuratorRow {
    int64_t id, principal_id, school_id, district_id;
    const char *login, *display_name, *org_code; /* of the person; its organisation "" outside the scope */
    const char *school_code, *school_name;
    const char *first_day, *last_day; /* "YYYY-MM-DD" */
    const char *document;
    int64_t ended_ms; /* 0: not ended before its time */
    const char *ended_why;
} CuratorRow;

typedef struct CuratorAssign {
    int64_t principal_id, org_id; /* the person and its organisation */
    int64_t school_id, district_id;
    const char *first_day, *last_day; /* valid dates */
    const char *year_from;            /* first day of the school year first_day is in */
    const char *document;
    int64_t by, now_ms;
} CuratorAssign;

typedef struct CuratorFacts {
    int64_t load; /* schools of the person at some time of the assignment, this one included */
    bool kin;     /* the school is the person's own, or of its line of mergers */
    bool mutual;  /* somebody of the school looks after the person's own */
    bool second;  /* another curator looked after the school in the same school year */
} CuratorFacts;

ErrCode curator_store_check(Db *db, const CuratorAssign *assign, CuratorFacts *ret, Err *err) MUST_CHECK;

/* The person's cached sign-ins are forgotten on commit. ALREADY_EXISTS / CURATOR_TAKEN, FAILED_PRECONDITION /
 * CURATOR_OWN_SCHOOL, CURATOR_ROLE; INVALID_ARGUMENT / DOCUMENT_MISSING. */
ErrCode curator_store_assign(Db *db, const CuratorAssign *assign, int64_t *ret_id, Err *err) MUST_CHECK;

/* The ids, and whether it was ended. NOT_FOUND / CURATOR_UNKNOWN ("id"). */
ErrCode curator_store_get(Db *db, int64_t id, CuratorRow *ret, bool *ret_ended, Err *err) MUST_CHECK;

/* FAILED_PRECONDITION / CURATOR_ENDED ("id"). */
ErrCode curator_store_end(Db *db, int64_t id, int64_t by, int64_t now_ms, const char *why,
                          Err *err) MUST_CHECK;

/* By id. under_id 0: all; day "": of all times, else those in force on that day. */
ErrCode curator_store_list(Db *db, int64_t under_id, const char *day, int64_t after_id, uint32_t limit,
                           Arena *arena, CuratorRow **ret_rows, size_t *ret_count, Err *err) MUST_CHECK;

#endif
