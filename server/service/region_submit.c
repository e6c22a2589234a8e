/* Owns region-source submissions made inside another operation. Invariant: the same figures again make no
 * new revision. Must not bypass the lifecycle. */
#include "server/service/region_submit.h"

#include <string.h>

#include "common/core/buf.h"
#include "common/crypto/crypto.h"
#include "server/lifecycle/lifecycle.h"
#include "server/service/service.h"
#include "server/store/store_cell.h"
#include "server/store/store_fact.h"
#include "server/store/store_org.h"
#include "server/store/store_review.h"
#include "server/store/store_submission.h"

/* Bytes of one form in canonical order, far above any real one. */
enum { CANONICAL_MAX = 1 << 20 };

/* What is known and decided before anything is written. */
typedef struct Plan {
    const FormDef *form;
    const char *period, *origin;
    OrgRow school;
    uint8_t hash[CRYPTO_HASH_SIZE];
    SubmissionRow live;
    bool found;
    LifecycleStep step;
    int64_t at_ms;
} Plan;

/* Over the same canonical bytes a school would send, so that sources can be compared. */
static ErrCode hash_cells(Call *call, const Plan *plan, const char *school, const FormCell *cells,
                          size_t count, uint8_t *ret_hash, Err *err)
{
    FormData *data = form_data_new(plan->form, call->arena);
    ErrCode code = data == NULL ? err_memory(err) : ERR_OK;
    Buf buf;

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = form_data_set(data, &cells[i], err);
    if (code != ERR_OK)
        return code;
    buf_init(&buf, CANONICAL_MAX);
    form_data_pack(data, school, plan->period, &buf);
    if (buf.failed)
        code = err_memory(err);
    else
        crypto_hash(buf.data, buf.length, ret_hash);
    buf_done(&buf);
    return code;
}

/* What the state table says about the region submitting now. */
static ErrCode decide(Call *call, Plan *plan, Err *err)
{
    LifecycleGather gather = {
        .state = plan->found ? (LifecycleState)plan->live.state : LIFECYCLE_NONE,
        .event = LIFECYCLE_SUBMIT,
        .role = (LifecycleRole)call->principal->role,
        .source = LIFECYCLE_BY_REGION,
        .base_revision = plan->found ? plan->live.revision : 0,
        .current_revision = plan->found ? plan->live.revision : 0,
    };

    return lifecycle_next(&gather, &plan->step, err);
}

/* Inserts or advances the row; *ret_id is its id. */
static ErrCode write_row(Call *call, const Plan *plan, int64_t *ret_id, Err *err)
{
    SubmissionWrite write = {
        .id = plan->found ? plan->live.id : 0,
        .school_id = plan->school.id,
        .district_id = plan->school.district_id,
        .form_code = plan->form->code,
        .period = plan->period,
        .source = LIFECYCLE_BY_REGION,
        .form_version = plan->form->version,
        .state = (int)plan->step.state,
        .revision = plan->step.revision,
        .content_hash = plan->hash,
        .origin = plan->origin,
        .at_ms = plan->at_ms,
        .principal_id = call->principal->id,
        .submits = true,
        .accepts = plan->step.makes_facts,
        .expected_state = plan->found ? plan->live.state : 0,
        .expected_revision = plan->found ? plan->live.revision : 0,
    };

    if (!plan->found)
        return submission_store_insert(call_db(call), &write, ret_id, err);
    *ret_id = plan->live.id;
    return submission_store_advance(call_db(call), &write, err);
}

/* The step as an event of the submission's history. */
static ErrCode write_event(Call *call, const Plan *plan, int64_t id, Err *err)
{
    EventRow event = {
        .submission_id = id,
        .school_id = plan->school.id,
        .district_id = plan->school.district_id,
        .revision = plan->step.revision,
        .event = lifecycle_event_name(LIFECYCLE_SUBMIT),
        .from_state = plan->found ? plan->live.state : 0,
        .to_state = (int)plan->step.state,
        .principal_id = call->principal->id,
        .comment = "",
        .at_ms = plan->at_ms,
    };

    return event_store_add(call_db(call), &event, NULL, err);
}

/* The same projection as at an acceptance: what is accepted counts, whichever way it came. */
static ErrCode make_facts(Call *call, const Plan *plan, int64_t id, const FormCell *cells, size_t count,
                          Err *err)
{
    FactOrigin origin = {
        .submission_id = id,
        .school_id = plan->school.id,
        .district_id = plan->school.district_id,
        .revision = plan->step.revision,
        .period = plan->period,
        .source = LIFECYCLE_BY_REGION,
    };

    return fact_store_project(call_db(call), plan->form, &origin, cells, count, call->arena, err);
}

/* Figures and event in the caller's transaction. */
static ErrCode store(Call *call, const Plan *plan, const FormCell *cells, size_t count, int64_t *ret_id,
                     Err *err)
{
    CellWrite write = {
        .school_id = plan->school.id,
        .district_id = plan->school.district_id,
        .revision = plan->step.revision,
        .author_id = call->principal->id,
        .at_ms = plan->at_ms,
    };
    ErrCode code = write_row(call, plan, &write.submission_id, err);

    if (code == ERR_OK)
        code = cell_store_write(call_db(call), &write, cells, count, NULL, err);
    if (code == ERR_OK && plan->step.makes_facts)
        code = make_facts(call, plan, write.submission_id, cells, count, err);
    *ret_id = write.submission_id;
    return code != ERR_OK ? code : write_event(call, plan, write.submission_id, err);
}

/* Figures the region imports for a school, through the same state table as a school's own. The hash decides
 * whether anything is new: an import repeated word for word leaves no revision and no event. The rules of the
 * form are not run: a printed table is stored as it was printed, and what is wrong with it is an issue. */
ErrCode region_submit(Call *call, const FormDef *form, const char *school, const char *period,
                      const char *origin, const FormCell *cells, size_t count, RegionSubmitted *ret, Err *err)
{
    Plan plan = {.form = form, .period = period, .origin = origin, .at_ms = call_now_ms(call)};
    ErrCode code = org_store_find(call_db(call), school, call->arena, &plan.school, err);

    if (code == ERR_OK && plan.school.kind != ORG_SCHOOL) {
        err_set(err, ERR_INVALID_ARGUMENT, "NOT_A_SCHOOL");
        code = err_arg(err, "code", "%s", school);
    }
    if (code == ERR_OK)
        code = hash_cells(call, &plan, school, cells, count, plan.hash, err);
    if (code == ERR_OK)
        code = submission_store_find_live(call_db(call), plan.school.id, form->code, period,
                                          LIFECYCLE_BY_REGION, call->arena, &plan.live, &plan.found, err);
    if (code != ERR_OK)
        return code;
    *ret =
        (RegionSubmitted){plan.live.id, plan.school.id, plan.school.district_id, plan.live.revision, false};
    if (plan.found && memcmp(plan.live.content_hash, plan.hash, sizeof plan.hash) == 0)
        return ERR_OK;
    code = decide(call, &plan, err);
    if (code == ERR_OK)
        code = store(call, &plan, cells, count, &ret->submission_id, err);
    ret->revision = plan.step.revision;
    ret->changed = true;
    return code;
}
