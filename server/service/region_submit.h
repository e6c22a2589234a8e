/* Figures that the ministry itself imports inside another operation: stored and accepted at once, with the
 * same states, events and revisions as any submission. */
#ifndef SERVER_SERVICE_REGION_SUBMIT_H
#define SERVER_SERVICE_REGION_SUBMIT_H

#include "common/form/form.h"
#include "server/rpc/call.h"

/* Where the figures stand now. */
typedef struct RegionSubmitted {
    int64_t submission_id, school_id, district_id;
    uint32_t revision;
    bool changed; /* a revision was added */
} RegionSubmitted;

/* cells: any order, each address once; the same figures again change nothing. origin: the document.
 * NOT_FOUND / ORG_UNKNOWN; INVALID_ARGUMENT / NOT_A_SCHOOL; the lifecycle's refusals. */
ErrCode region_submit(Call *call, const FormDef *form, const char *school, const char *period,
                      const char *origin, const FormCell *cells, size_t count, RegionSubmitted *ret,
                      Err *err) MUST_CHECK;

#endif
