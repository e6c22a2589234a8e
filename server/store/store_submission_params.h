/* Parameters of the statements that write a submission: run at once by the stores, queued by the committer's
 * path. Each initialises params; the caller is done with them. */
#ifndef SERVER_STORE_STORE_SUBMISSION_PARAMS_H
#define SERVER_STORE_STORE_SUBMISSION_PARAMS_H

#include "server/store/store_access.h"
#include "server/store/store_cell.h"
#include "server/store/store_review.h"
#include "server/store/store_submission.h"

void submission_insert_params(const SubmissionWrite *write, DbParams *params);  /* submission__insert */
void submission_advance_params(const SubmissionWrite *write, DbParams *params); /* submission__advance */
void event_insert_params(const EventRow *event, DbParams *params);              /* event__insert */
void mark_resolve_params(int64_t submission_id, uint32_t revision, DbParams *params); /* mark__resolve */

/* operation__insert, audit__insert */
void operation_insert_params(const uint8_t *id, const OperationRow *row, int64_t now_ms, DbParams *params);
void audit_insert_params(const AuditEntry *entry, DbParams *params);

/* cell__write; arena holds the columns until the call returns. */
ErrCode cell_write_params(const CellWrite *write, const FormCell *cells, size_t count, Arena *arena,
                          DbParams *params, Err *err) MUST_CHECK;

/* Sets ABORTED / REVISION_STALE ("id", "revision"). */
ErrCode submission_stale(int64_t id, uint32_t revision, Err *err);

#endif
