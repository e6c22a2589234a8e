/* Figures of a submission: append-only cell revisions. The state of a revision is, for each cell, its last
 * row up to that revision; a row of kind 0 says that the revision emptied the cell. */
#ifndef SERVER_STORE_STORE_CELL_H
#define SERVER_STORE_STORE_CELL_H

#include "common/form/form.h"
#include "server/store/db.h"

/* Where and by whom the cells are written. */
typedef struct CellWrite {
    int64_t submission_id, school_id, district_id;
    uint32_t revision;
    int64_t author_id, at_ms;
} CellWrite;

/* Makes the revision's state exactly `cells` (each address once): appends only what differs from the state
 * before it, and a kind-0 row for each cell no longer given. *ret_changed (may be NULL): rows appended. */
ErrCode cell_store_write(Db *db, const CellWrite *write, const FormCell *cells, size_t count,
                         int64_t *ret_changed, Err *err) MUST_CHECK;

/* Cells that hold an answer at that revision (0: the last), sorted by section, row, field bytewise; none for
 * a submission outside the scope. */
ErrCode cell_store_load(Db *db, int64_t submission_id, uint32_t revision, Arena *arena, FormCell **ret_cells,
                        size_t *ret_count, Err *err) MUST_CHECK;

/* A cell with its origin. */
typedef struct CellOrigin {
    FormCell cell;
    uint32_t revision; /* that wrote it */
    int64_t at_ms;
    const char *author; /* login */
} CellOrigin;
ErrCode cell_store_trace(Db *db, int64_t submission_id, uint32_t revision, Arena *arena,
                         CellOrigin **ret_cells, size_t *ret_count, Err *err) MUST_CHECK;

#endif
