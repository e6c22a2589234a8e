/* Figures delivered to schools from above: what the schools confirmed, what they dispute, which document they
 * stand in. What is allowed is decided by server/lifecycle/dispute.h; here a decision is only stored while
 * the row still is what it was made on. */
#ifndef SERVER_STORE_STORE_DELIVERY_H
#define SERVER_STORE_STORE_DELIVERY_H

#include "common/core/arena.h"
#include "common/form/form.h"
#include "server/store/db.h"

enum { DELIVERY_AWAITING = 1, DELIVERY_CONFIRMED = 2, DELIVERY_DISPUTED = 3 };

/* An accepted submission of the region. */
typedef struct DeliveryRow {
    int64_t submission_id, school_id, district_id;
    const char *school_code, *school_name, *district_code, *form_code, *period;
    uint32_t revision;
    int state; /* DELIVERY_* of the present revision */
    int64_t delivered_ms, confirmed_ms;
    const char *delivered_by, *confirmed_by; /* logins */
    uint32_t live_disputes;
} DeliveryRow;

typedef struct DeliveryFilter {
    int64_t submission_id; /* 0: every one */
    int64_t under_id;      /* school or district; 0 or the region: all that the scope shows */
    const char *const *forms;
    size_t form_count;
    const char *period; /* "": every one */
    int state;          /* 0: every one */
    int64_t after_id;
    uint32_t limit;
} DeliveryFilter;
ErrCode delivery_store_list(Db *db, const DeliveryFilter *filter, Arena *arena, DeliveryRow **ret_rows,
                            size_t *ret_count, Err *err) MUST_CHECK;

/* *ret_added false: somebody had confirmed that revision before. */
ErrCode delivery_store_confirm(Db *db, const DeliveryRow *row, int64_t principal_id, int64_t now_ms,
                               bool *ret_added, Err *err) MUST_CHECK;

/* A delivered cell as it stands, and the state of the objection to it (0: none). */
typedef struct DisputedCell {
    Value value;
    uint32_t revision; /* in which it was delivered so */
    int state;
} DisputedCell;
/* NOT_FOUND / DISPUTE_CELL (cell) when nothing was delivered there. */
ErrCode dispute_store_get_cell(Db *db, int64_t submission_id, const FormCell *cell, Arena *arena,
                               DisputedCell *ret, Err *err) MUST_CHECK;

typedef struct DisputeRow {
    int64_t id, submission_id, school_id, district_id;
    uint32_t revision, present_revision; /* of the cell as disputed; of the submission now */
    const char *school_code, *school_name, *form_code, *period;
    FormCell delivered, claimed;
    const char *reason, *answer;
    int state; /* DisputeState */
    int64_t made_ms, decided_ms;
    const char *made_by, *decided_by; /* logins */
} DisputeRow;

/* Of the row: submission, school, district, revision, cells, reason, state. ALREADY_EXISTS / DISPUTE_EXISTS.
 */
ErrCode dispute_store_insert(Db *db, const DisputeRow *row, int64_t principal_id, int64_t now_ms,
                             int64_t *ret_id, Err *err) MUST_CHECK;

typedef struct DisputeFilter {
    int64_t id;       /* 0: every one */
    int64_t under_id; /* as above */
    int state;        /* 0: every one */
    int64_t after_id;
    uint32_t limit;
} DisputeFilter;
ErrCode dispute_store_list(Db *db, const DisputeFilter *filter, Arena *arena, DisputeRow **ret_rows,
                           size_t *ret_count, Err *err) MUST_CHECK;

/* ABORTED / DISPUTE_DECIDED when somebody was faster. */
ErrCode dispute_store_decide(Db *db, int64_t id, int state, const char *answer, int64_t principal_id,
                             int64_t now_ms, Err *err) MUST_CHECK;

/* Rows of submissions that hold a figure under dispute, by submission and row. */
typedef struct LiveDispute {
    int64_t submission_id;
    const char *row_code;
} LiveDispute;
ErrCode dispute_store_list_live(Db *db, const int64_t *submission_ids, size_t id_count, Arena *arena,
                                LiveDispute **ret_rows, size_t *ret_count, Err *err) MUST_CHECK;

#endif
