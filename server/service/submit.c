/* Owns CollectionService/Submit: everything is checked against the form, the caller and the stored state
 * before the operation joins the committer's queue. Invariant: what is queued can only fail by a race or the
 * database. Must not write: the committer does, in one transaction for many callers. */
#include "server/service/submit.h"

#include <stdlib.h>
#include <string.h>

#include "common/crypto/crypto.h"
#include "server/lifecycle/lifecycle.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/service/submit_check.h"
#include "server/store/store_org.h"
#include "server/store/store_submission.h"
#include "server/store/store_submit.h"
#include "shans/v1/system.pb-c.h"

/* A checked submission on its way to the committer; lives in the call's arena. */
typedef struct Submission {
    Call *call;
    Shans__V1__SubmitReply *reply;
    Shans__V1__FieldIssue **warnings;
    size_t warning_count;
    SubmitOp op;
} Submission;

/* Who may submit for which source: schools their own, districts theirs, the ministry what it imports. */
static ErrCode source_check(const Call *call, const FormDef *form, Shans__V1__FigureSource source, Err *err)
{
    int role = call->principal->role;
    bool fine = false;

    if (source == SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL)
        fine = role_is_school(role) && form->by_school;
    else if (source == SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT)
        fine = role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR && form->by_district;
    else if (source == SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION)
        fine = role_is_region(role) && form->by_region;
    else
        return err_set(err, ERR_INVALID_ARGUMENT, "SOURCE_UNKNOWN");
    if (fine)
        return ERR_OK;
    err_set(err, ERR_PERMISSION_DENIED, "SOURCE_FORBIDDEN");
    return err_arg(err, "form", "%s", form->code);
}

/* The school in the caller's scope; NOT_FOUND otherwise, so that codes of foreign schools cannot be tried
 * out. */
static ErrCode school_find(Call *call, const char *code_text, OrgRow *ret_school, Err *err)
{
    ErrCode code = org_store_find(call_db(call), code_text, call->arena, ret_school, err);

    if (code != ERR_OK)
        return code;
    if (ret_school->kind == ORG_SCHOOL && call_sees(call, ret_school->id, ret_school->district_id))
        return ERR_OK;
    if (ret_school->kind == ORG_SCHOOL) {
        err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
        return err_arg(err, "code", "%s", code_text);
    }
    err_set(err, ERR_INVALID_ARGUMENT, "NOT_A_SCHOOL");
    return err_arg(err, "code", "%s", code_text);
}

/* The state the decision rests on, and the lifecycle's decision. Nothing is locked here: the committer writes
 * only if revision and state are still those read now, and refuses with ABORTED / REVISION_STALE if not. */
static ErrCode decide(Call *call, const Shans__V1__SubmitRequest *request, SubmitOp *op, Err *err)
{
    SubmissionRow row;
    LifecycleStep step;
    bool found;
    ErrCode code = submission_store_find_live(call_db(call), op->school_id, op->form->code, op->period,
                                              op->source, call->arena, &row, &found, err);

    if (code != ERR_OK)
        return code;
    if (found) {
        op->expected_revision = row.revision;
        op->expected_state = row.state;
    }
    LifecycleGather gather = {
        .state = found ? (LifecycleState)row.state : LIFECYCLE_NONE,
        .event = LIFECYCLE_SUBMIT,
        .role = (LifecycleRole)call->principal->role,
        .source = (LifecycleSource)op->source,
        .base_revision = request->base_revision,
        .current_revision = found ? row.revision : 0,
        .open_marks = found ? row.open_marks : 0,
    };
    code = lifecycle_next(&gather, &step, err);
    if (code != ERR_OK)
        return code;
    op->new_state = (int)step.state;
    op->event = lifecycle_event_name(LIFECYCLE_SUBMIT);
    op->accept_now = step.makes_facts;
    return ERR_OK;
}

/* Number, content hash and server time: what the office keeps as proof. */
static ErrCode receipt_fill(Submission *submission, const SubmitStored *stored, Err *err)
{
    Call *call = submission->call;
    char date[CLOCK_TEXT_SIZE];
    Shans__V1__Receipt **one = MESSAGE_ARRAY(call->arena, 1, Shans__V1__Receipt, shans__v1__receipt__init);

    if (one == NULL)
        return err_memory(err);
    Shans__V1__Receipt *receipt = one[0];
    clock_dump_date(stored->at_ms, date);
    receipt->number = arena_printf(call->arena, "%.4s-%07lld", date, (long long)stored->receipt);
    if (receipt->number == NULL)
        return err_memory(err);
    receipt->content_hash = (ProtobufCBinaryData){CRYPTO_HASH_SIZE, (uint8_t *)submission->op.content_hash};
    receipt->server_time_ms = stored->at_ms;
    receipt->submission_id = (uint64_t)stored->submission_id;
    receipt->revision = stored->revision;
    receipt->state = (Shans__V1__SubmissionState)submission->op.new_state;
    receipt->n_issues = submission->warning_count;
    receipt->issues = submission->warnings;
    submission->reply->receipt = receipt;
    return ERR_OK;
}

/* The store's callback: the reply that is remembered with the operation. It may be called again when a batch
 * is split, with another number: only the last receipt is sent. */
static ErrCode pack_reply(void *context, const SubmitStored *stored, Arena *arena, const uint8_t **ret_reply,
                          size_t *ret_size, Err *err)
{
    Submission *submission = context;
    const void *bytes;
    ErrCode code = receipt_fill(submission, stored, err);

    (void)arena; /* the call's arena, as the submission's own */
    if (code == ERR_OK)
        code = call_pack(submission->call, &submission->reply->base, &bytes, ret_size, err);
    if (code == ERR_OK)
        *ret_reply = bytes;
    return code;
}

/* The part of an operation that comes from the call rather than from the form. */
static void op_fill_call(Call *call, Submission *submission)
{
    SubmitOp *op = &submission->op;

    op->operation_id = call->operation_id;
    op->request_id = call->request_id;
    op->method = call->method;
    op->request_hash = call->content_hash;
    op->login = call->principal->login;
    op->role = call->principal->role;
    op->scope = service_scope(call->principal, DB_MODE_WRITE, call->deadline);
    op->pack = pack_reply;
    op->pack_context = submission;
    op->arena = call->arena;
}

/* Checks on a worker thread, then hands the operation to the committer; the reply is sent after its commit.
 * The checks go from the cheap to the dear, and scope comes before content, so that nobody learns anything
 * about a foreign school from what is said of the figures. */
ErrCode collection_submit(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply, Err *err)
{
    const Shans__V1__SubmitRequest *request = (const Shans__V1__SubmitRequest *)message;
    Submission *submission = ARENA_NEW(call->arena, Submission, 1);
    uint8_t *hash = ARENA_NEW(call->arena, uint8_t, CRYPTO_HASH_SIZE);
    const FormDef *form;
    OrgRow school;
    SubmitCells cells;
    int year;

    if (submission == NULL || hash == NULL)
        return err_memory(err);
    ErrCode code = submit_find_form(call_service(call)->options.catalog, request, &form, err);
    if (code == ERR_OK)
        code = period_check(request->period, form->period_kind, &year, err);
    if (code == ERR_OK)
        code = source_check(call, form, request->source, err);
    if (code == ERR_OK)
        code = school_find(call, request->school_code, &school, err);
    if (code == ERR_OK)
        code = submit_check_cells(call, form, request, hash, &cells, err);
    if (code != ERR_OK)
        return code;
    /* all of it must outlive this function: the committer reads it from the call's arena */
    submission->call = call;
    submission->reply = (Shans__V1__SubmitReply *)reply;
    submission->warnings = cells.warnings;
    submission->warning_count = cells.warning_count;
    submission->op = (SubmitOp){
        .form = form,
        .school_id = school.id,
        .district_id = school.district_id,
        .period = request->period,
        .origin = request->origin,
        .source = (int)request->source,
        .content_hash = hash,
        .cells = cells.cells,
        .cell_count = cells.count,
    };
    op_fill_call(call, submission);
    code = decide(call, request, &submission->op, err);
    return code != ERR_OK ? code : call_defer(call, submission, reply, err);
}

/* Runs on a committer thread, which has a connection of its own. */
ErrCode submit_commit_batch(void *context, int thread, SubmitItem **items, size_t count, Err *err)
{
    Service *service = context;
    ErrCode code = service_open_db(service, &service->committers[thread], err);

    if (code != ERR_OK)
        return code;
    if (service->batches[thread] == NULL)
        service->batches[thread] = calloc(SUBMIT_BATCH_MAX, sizeof(SubmitOp));
    if (service->batches[thread] == NULL)
        return err_memory(err);
    SubmitOp *ops = service->batches[thread];
    for (size_t i = 0; i < count; i++)
        ops[i] = ((const Submission *)items[i]->data)->op;
    submit_store_run(service->committers[thread], service->options.clock, ops, count);
    for (size_t i = 0; i < count; i++) {
        items[i]->err = ops[i].err;
        items[i]->packed = ops[i].reply;
        items[i]->packed_size = ops[i].reply_size;
    }
    return ERR_OK;
}
