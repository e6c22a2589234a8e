/* Checks of a submitted form that need only the form itself: addresses, rules, the content hash. */
#ifndef SERVER_SERVICE_SUBMIT_CHECK_H
#define SERVER_SERVICE_SUBMIT_CHECK_H

#include "common/form/form.h"
#include "server/rpc/call.h"
#include "shans/v1/collection.pb-c.h"

typedef struct SubmitCells {
    FormCell *cells; /* those that hold an answer, in canonical order */
    size_t count;
    Shans__V1__FieldIssue **warnings; /* issues that do not prevent acceptance */
    size_t warning_count;
} SubmitCells;

/* NOT_FOUND / FORM_UNKNOWN; FAILED_PRECONDITION / FORM_VERSION (old template). */
ErrCode submit_find_form(const Catalog *catalog, const Shans__V1__SubmitRequest *request,
                         const FormDef **ret_form, Err *err) MUST_CHECK;

/* Fills ret_hash (32 bytes) with the hash of the canonical cells; NULL: nothing was frozen, no hash is
 * compared. INVALID_ARGUMENT / FORM_CHECK_FAILED with the broken rules as issues of the call,
 * CONTENT_HASH_MISMATCH, or the fault of a single cell. */
ErrCode submit_check_cells(Call *call, const FormDef *form, const Shans__V1__SubmitRequest *request,
                           uint8_t *ret_hash, SubmitCells *ret_cells, Err *err) MUST_CHECK;

#endif
