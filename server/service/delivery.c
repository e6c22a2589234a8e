/* Owns what schools say of figures delivered to them: lists, confirmations, objections and decisions.
 * Invariant: no figure changes here; what is allowed is the state table's decision alone. Must not show a
 * school what another one said. */
#include "common/core/text.h"
#include "server/lifecycle/dispute.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_delivery.h"
#include "shans/v1/delivery.pb-c.h"

/* Rows a page has when none is asked for, and at most; deliveries confirmed in one call. */
enum { DELIVERY_PAGE = 200, DELIVERY_PAGE_MAX = 2000, CONFIRM_MAX = 1000 };

/* What a school could have entered itself it may confirm or dispute: forms the school fills as well. */
static ErrCode load_forms(Call *call, const char *form_code, DeliveryFilter *filter, Err *err)
{
    const Catalog *catalog = call_service(call)->options.catalog;
    const char **forms = ARENA_NEW(call->arena, const char *, catalog->form_count);

    if (forms == NULL)
        return err_memory(err);
    filter->forms = forms;
    for (size_t i = 0; i < catalog->form_count; i++) {
        const FormDef *form = &catalog->forms[i];
        if (form->by_school && (*form_code == '\0' || text_equal(form->code, form_code)))
            forms[filter->form_count++] = form->code;
    }
    return ERR_OK;
}

/* Texts are borrowed from the row, which lives in the arena of the reply. */
static void fill_summary(const DeliveryRow *row, Shans__V1__DeliverySummary *to)
{
    to->submission_id = (uint64_t)row->submission_id;
    to->school_code = (char *)row->school_code;
    to->school_name = (char *)row->school_name;
    to->district_code = (char *)row->district_code;
    to->form_code = (char *)row->form_code;
    to->period = (char *)row->period;
    to->revision = row->revision;
    to->state = (Shans__V1__DeliveryState)row->state;
    to->delivered_ms = row->delivered_ms;
    to->delivered_by = (char *)row->delivered_by;
    to->confirmed_ms = row->confirmed_ms;
    to->confirmed_by = (char *)row->confirmed_by;
    to->live_disputes = row->live_disputes;
}

/* Deliveries with what became of them; who has not confirmed is the state AWAITING. */
ErrCode delivery_list_deliveries(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                 Err *err)
{
    const Shans__V1__ListDeliveriesRequest *request = (const Shans__V1__ListDeliveriesRequest *)message;
    Shans__V1__ListDeliveriesReply *reply = (Shans__V1__ListDeliveriesReply *)reply_message;
    DeliveryFilter filter = {
        .period = request->period,
        .state = (int)request->state,
        .limit = page_limit(request->page_size, DELIVERY_PAGE, DELIVERY_PAGE_MAX),
    };
    DeliveryRow *rows;
    size_t count;
    ErrCode code = page_id_parse(request->page_token, &filter.after_id, err);

    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK)
        code = load_forms(call, request->form_code, &filter, err);
    if (code == ERR_OK)
        code = delivery_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->deliveries =
        MESSAGE_ARRAY(call->arena, count, Shans__V1__DeliverySummary, shans__v1__delivery_summary__init);
    if (reply->deliveries == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
        if (call_sees(call, rows[i].school_id, rows[i].district_id))
            fill_summary(&rows[i], reply->deliveries[reply->n_deliveries++]);
    if (count < filter.limit)
        return ERR_OK;
    return page_id_dump(call, rows[count - 1].submission_id, &reply->next_page_token, err);
}

/* A submission that is a delivery: NOT_FOUND / SUBMISSION_UNKNOWN outside the scope, FAILED_PRECONDITION /
 * NOT_DELIVERED for one that the school or district sent itself, or that no longer counts. */
static ErrCode find_delivery(Call *call, uint64_t id, DeliveryRow *ret_row, Err *err)
{
    DeliveryFilter filter = {.submission_id = (int64_t)id, .limit = 1};
    SubmissionRow submission;
    DeliveryRow *rows;
    size_t count = 0;
    ErrCode code = submission_find(call, (int64_t)id, &submission, err);

    if (code == ERR_OK)
        code = load_forms(call, "", &filter, err);
    if (code == ERR_OK)
        code = delivery_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code == ERR_OK && count == 0) {
        err_set(err, ERR_FAILED_PRECONDITION, "NOT_DELIVERED");
        return err_arg(err, "id", "%llu", (unsigned long long)id);
    }
    if (code == ERR_OK)
        *ret_row = rows[0];
    return code;
}

/* The role comes from the caller alone. */
static ErrCode next_state(Call *call, const DisputeGather *given, DisputeState *ret_state, Err *err)
{
    DisputeGather gather = *given;

    gather.role = (LifecycleRole)call->principal->role;
    return dispute_next(&gather, ret_state, err);
}

/* One delivery, on the revision that was looked at. */
static ErrCode confirm_one(Call *call, const Shans__V1__ConfirmItem *item, bool *ret_added, Err *err)
{
    DisputeState state;
    DeliveryRow row;
    ErrCode code = find_delivery(call, item->submission_id, &row, err);

    if (code != ERR_OK)
        return code;
    DisputeGather gather = {
        .event = DISPUTE_CONFIRM, .base_revision = item->revision, .current_revision = row.revision};
    code = next_state(call, &gather, &state, err);
    if (code != ERR_OK)
        return code;
    return delivery_store_confirm(call_db(call), &row, call->principal->id, call_now_ms(call), ret_added,
                                  err);
}

/* All of them or none. What was confirmed before counts as unchanged, whoever did it: two heads may press at
 * once. */
ErrCode delivery_confirm_deliveries(Call *call, const ProtobufCMessage *message,
                                    ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__ConfirmDeliveriesRequest *request = (const Shans__V1__ConfirmDeliveriesRequest *)message;
    Shans__V1__ConfirmDeliveriesReply *reply = (Shans__V1__ConfirmDeliveriesReply *)reply_message;
    ErrCode code = ERR_OK;

    if (request->n_items == 0 || request->n_items > CONFIRM_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "CONFIRM_COUNT");
        err_arg(err, "count", "%zu", request->n_items);
        return err_arg(err, "limit", "%d", CONFIRM_MAX);
    }
    for (size_t i = 0; i < request->n_items && code == ERR_OK; i++) {
        bool added = false;
        code = confirm_one(call, request->items[i], &added, err);
        reply->confirmed += added;
        reply->unchanged += !added;
    }
    char *object = arena_printf(call->arena, "submission:%llu and %zu more",
                                (unsigned long long)request->items[0]->submission_id, request->n_items - 1);
    if (code == ERR_OK && object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    return code;
}

/* The claimed cell must be one of the form with a value it takes. */
static ErrCode claimed_cell(Call *call, const DeliveryRow *row, const Shans__V1__Cell *cell,
                            FormCell *ret_cell, Err *err)
{
    const FormDef *form = catalog_get_form(call_service(call)->options.catalog, row->form_code, 0);
    FormData *data = form == NULL ? NULL : form_data_new(form, call->arena);

    if (cell == NULL)
        return err_set(err, ERR_INVALID_ARGUMENT, "CELL_KIND");
    if (data == NULL)
        return err_memory(err);
    *ret_cell = (FormCell){cell->section, cell->row, cell->field, {(ValueKind)cell->kind, cell->number}};
    if (cell->kind < SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER ||
        cell->kind > SHANS__V1__VALUE_KIND__VALUE_KIND_UNKNOWN) {
        err_set(err, ERR_INVALID_ARGUMENT, "CELL_KIND");
        return err_arg(err, "field", "%s", cell->field);
    }
    return form_data_set(data, ret_cell, err);
}

/* What the audit row says was touched. */
static ErrCode name_dispute(Call *call, int64_t id, Err *err)
{
    char *object = arena_printf(call->arena, "dispute:%lld", (long long)id);

    if (object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    return ERR_OK;
}

/* An objection to one cell: what it should be, and why. The figure stays as delivered. */
ErrCode delivery_dispute_figure(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                Err *err)
{
    const Shans__V1__DisputeFigureRequest *request = (const Shans__V1__DisputeFigureRequest *)message;
    Shans__V1__DisputeFigureReply *reply = (Shans__V1__DisputeFigureReply *)reply_message;
    DisputeState state = DISPUTE_NONE;
    DisputedCell standing = {0};
    DeliveryRow row;
    FormCell claimed;
    int64_t id = 0;
    ErrCode code = find_delivery(call, request->submission_id, &row, err);

    if (code == ERR_OK)
        code = claimed_cell(call, &row, request->claimed, &claimed, err);
    if (code == ERR_OK)
        code =
            dispute_store_get_cell(call_db(call), row.submission_id, &claimed, call->arena, &standing, err);
    if (code != ERR_OK)
        return code;
    DisputeGather gather = {
        .state = (DisputeState)standing.state,
        .event = DISPUTE_OBJECT,
        .base_revision = request->revision,
        .current_revision = row.revision,
        .text = *request->reason != '\0',
    };
    code = next_state(call, &gather, &state, err);
    if (code != ERR_OK)
        return code;
    if (standing.value.kind == claimed.value.kind && standing.value.number == claimed.value.number)
        return err_set(err, ERR_INVALID_ARGUMENT, "DISPUTE_SAME");
    DisputeRow dispute = {
        .submission_id = row.submission_id,
        .school_id = row.school_id,
        .district_id = row.district_id,
        .revision = standing.revision,
        .delivered = {claimed.section, claimed.row, claimed.field, standing.value},
        .claimed = claimed,
        .reason = request->reason,
        .state = (int)state,
    };
    code = dispute_store_insert(call_db(call), &dispute, call->principal->id, call_now_ms(call), &id, err);
    reply->dispute_id = (uint64_t)id;
    return code != ERR_OK ? code : name_dispute(call, id, err);
}

/* Addresses of the delivered and the claimed cell are the same; only the values differ. */
static ErrCode fill_cell(Arena *arena, const FormCell *from, Shans__V1__Cell **ret_cell, Err *err)
{
    Shans__V1__Cell **one = MESSAGE_ARRAY(arena, 1, Shans__V1__Cell, shans__v1__cell__init);

    if (one == NULL)
        return err_memory(err);
    one[0]->section = (char *)from->section;
    one[0]->row = (char *)from->row;
    one[0]->field = (char *)from->field;
    one[0]->kind = (Shans__V1__ValueKind)from->value.kind;
    one[0]->number = from->value.number;
    *ret_cell = one[0];
    return ERR_OK;
}

/* The objection with both values, who made it, who answered it. */
static ErrCode fill_dispute(Arena *arena, const DisputeRow *row, Shans__V1__Dispute *to, Err *err)
{
    to->id = (uint64_t)row->id;
    to->submission_id = (uint64_t)row->submission_id;
    to->school_code = (char *)row->school_code;
    to->school_name = (char *)row->school_name;
    to->form_code = (char *)row->form_code;
    to->period = (char *)row->period;
    to->reason = (char *)row->reason;
    to->state = (Shans__V1__DisputeState)row->state;
    to->made_ms = row->made_ms;
    to->made_by = (char *)row->made_by;
    to->decided_ms = row->decided_ms;
    to->decided_by = (char *)row->decided_by;
    to->answer = (char *)row->answer;
    ErrCode code = fill_cell(arena, &row->delivered, &to->delivered, err);
    return code != ERR_OK ? code : fill_cell(arena, &row->claimed, &to->claimed, err);
}

/* Objections in the scope of the caller, oldest first: the school reads its answers here, the ministry its
 * work. */
ErrCode delivery_list_disputes(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__ListDisputesRequest *request = (const Shans__V1__ListDisputesRequest *)message;
    Shans__V1__ListDisputesReply *reply = (Shans__V1__ListDisputesReply *)reply_message;
    DisputeFilter filter = {
        .state = (int)request->state,
        .limit = page_limit(request->page_size, DELIVERY_PAGE, DELIVERY_PAGE_MAX),
    };
    DisputeRow *rows;
    size_t count;
    ErrCode code = page_id_parse(request->page_token, &filter.after_id, err);

    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK)
        code = dispute_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->disputes = MESSAGE_ARRAY(call->arena, count, Shans__V1__Dispute, shans__v1__dispute__init);
    if (reply->disputes == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (call_sees(call, rows[i].school_id, rows[i].district_id))
            code = fill_dispute(call->arena, &rows[i], reply->disputes[reply->n_disputes++], err);
    if (code != ERR_OK || count < filter.limit)
        return code;
    return page_id_dump(call, rows[count - 1].id, &reply->next_page_token, err);
}

/* NOT_FOUND / DISPUTE_UNKNOWN, also when it is another school's. */
static ErrCode find_dispute(Call *call, uint64_t id, DisputeRow *ret_row, Err *err)
{
    DisputeFilter filter = {.id = (int64_t)id, .limit = 1};
    DisputeRow *rows;
    size_t count = 0;
    ErrCode code = dispute_store_list(call_db(call), &filter, call->arena, &rows, &count, err);

    if (code != ERR_OK)
        return code;
    if (id != 0 && count == 1 && call_sees(call, rows[0].school_id, rows[0].district_id)) {
        *ret_row = rows[0];
        return ERR_OK;
    }
    err_set(err, ERR_NOT_FOUND, "DISPUTE_UNKNOWN");
    return err_arg(err, "id", "%llu", (unsigned long long)id);
}

/* The verb of the wire as an event of the state table; INVALID_ARGUMENT for a number outside it. */
static ErrCode verb_event(Shans__V1__DisputeVerb verb, DisputeEvent *ret_event, Err *err)
{
    switch (verb) {
    case SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD:
        *ret_event = DISPUTE_UPHOLD;
        return ERR_OK;
    case SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_REJECT:
        *ret_event = DISPUTE_REJECT;
        return ERR_OK;
    case SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_WITHDRAW:
        *ret_event = DISPUTE_TAKE_BACK;
        return ERR_OK;
    default:
        return err_set(err, ERR_INVALID_ARGUMENT, "DISPUTE_VERB");
    }
}

/* Upheld or rejected by the ministry, taken back by the school. Upheld means that the source is to deliver
 * another figure: that delivery corrects it, nothing else does. */
ErrCode delivery_decide_dispute(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                Err *err)
{
    const Shans__V1__DecideDisputeRequest *request = (const Shans__V1__DecideDisputeRequest *)message;
    Shans__V1__DecideDisputeReply *reply = (Shans__V1__DecideDisputeReply *)reply_message;
    DisputeGather gather = {.text = *request->answer != '\0'};
    DisputeState state = DISPUTE_NONE;
    DisputeRow row = {0};
    ErrCode code = verb_event(request->verb, &gather.event, err);

    if (code == ERR_OK)
        code = find_dispute(call, request->dispute_id, &row, err);
    if (code != ERR_OK)
        return code;
    gather.state = (DisputeState)row.state;
    code = next_state(call, &gather, &state, err);
    if (code == ERR_OK)
        code = dispute_store_decide(call_db(call), row.id, (int)state, request->answer, call->principal->id,
                                    call_now_ms(call), err);
    reply->state = (Shans__V1__DisputeState)state;
    return code != ERR_OK ? code : name_dispute(call, row.id, err);
}
