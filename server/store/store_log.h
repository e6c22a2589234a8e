/* The log of reading, and refused sign-ins. */
#ifndef SERVER_STORE_STORE_LOG_H
#define SERVER_STORE_STORE_LOG_H

#include "common/core/arena.h"
#include "server/store/db.h"

/* One read of one person, about `count` organisations: schools, or a whole district, or the region. */
typedef struct AccessWrite {
    int64_t at_ms, principal_id;
    const char *login;
    int role;
    int64_t office_id, office_district_id; /* 0: above the districts */
    const char *method, *object;
    const uint8_t *request_id; /* 16 bytes */
    const int64_t *org_ids;    /* 0: the whole region */
    const int64_t *district_ids;
    const int64_t *row_counts; /* above 0 */
    size_t count;
} AccessWrite;

/* In a transaction of its own as DB_ROLE_LOG, committed here; deadline_ms as in DbScope. */
ErrCode access_log_store_add(Db *db, const AccessWrite *write, int64_t deadline_ms, Err *err) MUST_CHECK;

typedef struct AccessRow {
    int64_t at_ms;
    const char *login;
    int role;
    const char *office_code, *method; /* office "" outside the scope */
    const char *object, *org_code;
    uint32_t row_count;
    const uint8_t *request_id;   /* 16 bytes; NULL: none */
    int64_t org_id, district_id; /* 0: the region; org_id -1: of a change */
    int64_t office_district_id;  /* 0: above the districts */
} AccessRow;

typedef struct AccessFilter {
    const char *person;               /* login; "": everyone */
    int64_t org_id;                   /* 0: any */
    bool changes;                     /* what was changed, not what was seen */
    const char *first_day, *last_day; /* "YYYY-MM-DD" */
    int64_t before_ms;                /* entries of this time and later are left out */
    int64_t skip;
    uint32_t limit;
} AccessFilter;

/* Newest first, what the scope's policies give. */
ErrCode access_log_store_list(Db *db, const AccessFilter *filter, Arena *arena, AccessRow **ret_rows,
                              size_t *ret_count, Err *err) MUST_CHECK;

typedef struct RefusalRow {
    int64_t minute_ms, count, last_ms;
    const char *reason, *source;
} RefusalRow;

enum { REFUSALS_MAX = 128 };

/* Adds to what is counted already; at most REFUSALS_MAX rows, keys may not repeat among them. A transaction
 * of its own, as above. */
ErrCode refusal_store_add(Db *db, const RefusalRow *rows, size_t count, int64_t deadline_ms,
                          Err *err) MUST_CHECK;

/* Newest first. */
ErrCode refusal_store_list(Db *db, const char *first_day, const char *last_day, uint32_t limit, Arena *arena,
                           RefusalRow **ret_rows, size_t *ret_count, Err *err) MUST_CHECK;

#endif
