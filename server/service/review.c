/* Owns CollectionService/Review: accepting, returning at the cell, withdrawing. Invariant: the state only
 * changes as lifecycle_next says, on the revision the reviewer looked at. Must not change figures. */
#include <string.h>

#include "common/core/text.h"
#include "server/lifecycle/lifecycle.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_cell.h"
#include "server/store/store_fact.h"
#include "server/store/store_review.h"
#include "server/store/store_submission.h"
#include "shans/v1/collection.pb-c.h"

/* The verb of the wire as an event of the state table; INVALID_ARGUMENT for a number outside it. */
static ErrCode verb_event(Shans__V1__ReviewVerb verb, LifecycleEvent *ret_event, Err *err)
{
    switch (verb) {
    case SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT:
        *ret_event = LIFECYCLE_ACCEPT;
        return ERR_OK;
    case SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN:
        *ret_event = LIFECYCLE_RETURN;
        return ERR_OK;
    case SHANS__V1__REVIEW_VERB__REVIEW_VERB_WITHDRAW:
        *ret_event = LIFECYCLE_WITHDRAW;
        return ERR_OK;
    default:
        return err_set(err, ERR_INVALID_ARGUMENT, "REVIEW_VERB");
    }
}

/* Of a form version this program no longer has, any cell may be marked: such a form can only go back. */
static bool mark_fits(const FormDef *form, const Shans__V1__CellMark *mark)
{
    if (*mark->comment == '\0')
        return false;
    if (form == NULL)
        return true;
    const SectionDef *section = form_get_section(form, mark->section);
    return section != NULL && section_get_field(section, mark->field) != NULL &&
           section_get_row(section, mark->row) != NULL;
}

/* Marks must point at cells of the form the submission is of. */
static ErrCode marks_check(Call *call, const FormDef *form, const Shans__V1__ReviewRequest *request,
                           MarkRow **ret_marks, Err *err)
{
    MarkRow *marks = ARENA_NEW(call->arena, MarkRow, request->n_marks);

    if (marks == NULL)
        return err_memory(err);
    if (request->n_marks > 0 && request->verb != SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN)
        return err_set(err, ERR_INVALID_ARGUMENT, "MARKS_WITHOUT_RETURN");
    for (size_t i = 0; i < request->n_marks; i++) {
        const Shans__V1__CellMark *mark = request->marks[i];
        if (!mark_fits(form, mark)) {
            err_set(err, ERR_INVALID_ARGUMENT, "MARK_INVALID");
            return err_arg(err, "cell", "%s/%s/%s", mark->section, mark->row, mark->field);
        }
        marks[i] = (MarkRow){
            .section = mark->section, .row = mark->row, .field = mark->field, .comment = mark->comment};
    }
    *ret_marks = marks;
    return ERR_OK;
}

/* Acceptance makes the figures count, withdrawal ends it. Facts are the only figures a run reads, so this is
 * the one place besides the region's own imports through which a figure gets into a classification. */
static ErrCode apply_facts(Call *call, const FormDef *form, const SubmissionRow *row,
                           const LifecycleStep *step, Err *err)
{
    FormCell *cells;
    size_t count;
    FactOrigin origin = {
        .submission_id = row->id,
        .school_id = row->school_id,
        .district_id = row->district_id,
        .revision = step->revision,
        .period = row->period,
        .source = row->source,
    };

    if (step->ends_facts)
        return fact_store_remove(call_db(call), row->id, err);
    if (!step->makes_facts)
        return ERR_OK;
    if (form == NULL) { /* accepted without facts it would count nowhere and nobody would notice */
        err_set(err, ERR_FAILED_PRECONDITION, "FORM_RETIRED");
        err_arg(err, "form", "%s", row->form_code);
        return err_arg(err, "version", "%u", row->form_version);
    }
    ErrCode code = cell_store_load(call_db(call), row->id, 0, call->arena, &cells, &count, err);
    if (code == ERR_OK)
        code = fact_store_project(call_db(call), form, &origin, cells, count, call->arena, err);
    return code;
}

/* The new state with its event; refused when somebody else moved the submission in between. */
static ErrCode record(Call *call, const SubmissionRow *row, const LifecycleStep *step, LifecycleEvent event,
                      const char *comment, Err *err)
{
    int64_t now_ms = call_now_ms(call);
    SubmissionWrite write = {
        .id = row->id,
        .state = (int)step->state,
        .revision = step->revision,
        .at_ms = now_ms,
        .principal_id = call->principal->id,
        .accepts = step->makes_facts,
        /* refused when another reviewer was faster */
        .expected_state = row->state,
        .expected_revision = row->revision,
    };
    EventRow happened = {
        .submission_id = row->id,
        .school_id = row->school_id,
        .district_id = row->district_id,
        .revision = step->revision,
        .event = lifecycle_event_name(event),
        .from_state = row->state,
        .to_state = (int)step->state,
        .principal_id = call->principal->id,
        .comment = comment,
        .at_ms = now_ms,
    };
    ErrCode code = submission_store_advance(call_db(call), &write, err);

    if (code == ERR_OK)
        code = event_store_add(call_db(call), &happened, NULL, err);
    return code;
}

/* Remarks belong to the revision the reviewer saw. */
static ErrCode add_marks(Call *call, const SubmissionRow *row, const MarkRow *marks, size_t count, Err *err)
{
    MarkWrite write = {
        .submission_id = row->id,
        .school_id = row->school_id,
        .district_id = row->district_id,
        .revision = row->revision,
        .principal_id = call->principal->id,
        .at_ms = call_now_ms(call),
    };

    return count == 0 ? ERR_OK : mark_store_add(call_db(call), &write, marks, count, err);
}

/* Accepts, returns or withdraws. Whether the step is possible and for whom is the state table's decision
 * alone. The row is written before marks and facts: its expected revision is the lock, and whoever was second
 * finds another revision and leaves without a trace. */
ErrCode collection_review(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                          Err *err)
{
    const Shans__V1__ReviewRequest *request = (const Shans__V1__ReviewRequest *)message;
    Shans__V1__ReviewReply *reply = (Shans__V1__ReviewReply *)reply_message;
    LifecycleEvent event = LIFECYCLE_EVENT_UNSET;
    LifecycleStep step;
    SubmissionRow row;
    MarkRow *marks = NULL;
    ErrCode code = verb_event(request->verb, &event, err);

    if (code == ERR_OK)
        code = submission_find(call, (int64_t)request->submission_id, &row, err);
    if (code != ERR_OK)
        return code;
    const FormDef *form =
        catalog_get_form(call_service(call)->options.catalog, row.form_code, row.form_version);
    LifecycleGather gather = {
        .state = (LifecycleState)row.state,
        .event = event,
        .role = (LifecycleRole)call->principal->role,
        .source = (LifecycleSource)row.source,
        .base_revision = request->revision,
        .current_revision = row.revision,
        .open_marks = row.open_marks,
        .new_marks = (uint32_t)request->n_marks,
        .comment = *request->comment != '\0',
    };
    code = lifecycle_next(&gather, &step, err);
    if (code == ERR_OK)
        code = marks_check(call, form, request, &marks, err);
    if (code == ERR_OK)
        code = record(call, &row, &step, event, request->comment, err);
    if (code == ERR_OK)
        code = add_marks(call, &row, marks, request->n_marks, err);
    if (code == ERR_OK)
        code = apply_facts(call, form, &row, &step, err);
    if (code != ERR_OK)
        return code;
    code = object_name(call, "submission", row.id, err);
    reply->state = (Shans__V1__SubmissionState)step.state;
    reply->revision = step.revision;
    return code;
}
