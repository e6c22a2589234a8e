/* Owns reading submissions and issues. Must not change anything. */
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/issue_message.h"
#include "server/service/service.h"
#include "server/store/store_cell.h"
#include "server/store/store_review.h"
#include "server/store/store_submission.h"
#include "shans/v1/collection.pb-c.h"

/* Rows a page has when none is asked for, and at most. */
enum { SUBMISSION_PAGE = 200, SUBMISSION_PAGE_MAX = 2000 };

/* Texts are borrowed from the row, which lives in the same arena as the reply. */
static void fill_summary(const SubmissionRow *row, Shans__V1__SubmissionSummary *to)
{
    to->id = (uint64_t)row->id;
    to->school_code = (char *)row->school_code;
    to->school_name = (char *)row->school_name;
    to->form_code = (char *)row->form_code;
    to->form_version = row->form_version;
    to->period = (char *)row->period;
    to->source = (Shans__V1__FigureSource)row->source;
    to->state = (Shans__V1__SubmissionState)row->state;
    to->revision = row->revision;
    to->changed_ms = row->changed_ms;
    to->changed_by = (char *)row->changed_by;
    to->open_marks = row->open_marks;
}

/* One page of submissions in the caller's scope, oldest first, by form, period, state and organisation. */
ErrCode collection_list_submissions(Call *call, const ProtobufCMessage *message,
                                    ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__ListSubmissionsRequest *request = (const Shans__V1__ListSubmissionsRequest *)message;
    Shans__V1__ListSubmissionsReply *reply = (Shans__V1__ListSubmissionsReply *)reply_message;
    SubmissionFilter filter = {
        .form_code = request->form_code,
        .period = request->period,
        .state = (int)request->state,
        .limit = page_limit(request->page_size, SUBMISSION_PAGE, SUBMISSION_PAGE_MAX),
    };
    SubmissionRow *rows;
    size_t count;
    ErrCode code = page_id_parse(request->page_token, &filter.after_id, err);

    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK)
        code = submission_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->submissions =
        MESSAGE_ARRAY(call->arena, count, Shans__V1__SubmissionSummary, shans__v1__submission_summary__init);
    if (reply->submissions == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (call_sees(call, rows[i].school_id, rows[i].district_id))
            fill_summary(&rows[i], reply->submissions[reply->n_submissions++]);
    }
    return count < filter.limit ? ERR_OK
                                : page_id_dump(call, rows[count - 1].id, &reply->next_page_token, err);
}

/* The cells of the present revision, sorted by section, row and field; the client puts them in the order of
 * the form. */
static ErrCode fill_cells(Call *call, int64_t id, Shans__V1__GetSubmissionReply *reply, Err *err)
{
    FormCell *cells;
    size_t count;
    ErrCode code = cell_store_load(call_db(call), id, 0, call->arena, &cells, &count, err);

    if (code != ERR_OK)
        return code;
    reply->cells = MESSAGE_ARRAY(call->arena, count, Shans__V1__Cell, shans__v1__cell__init);
    if (reply->cells == NULL)
        return err_memory(err);
    reply->n_cells = count;
    for (size_t i = 0; i < count; i++) {
        Shans__V1__Cell *cell = reply->cells[i];
        cell->section = (char *)cells[i].section;
        cell->row = (char *)cells[i].row;
        cell->field = (char *)cells[i].field;
        cell->kind = (Shans__V1__ValueKind)cells[i].value.kind;
        cell->number = cells[i].value.number;
    }
    return ERR_OK;
}

/* Remarks of reviewers on single cells. */
static ErrCode fill_marks(Call *call, int64_t id, Shans__V1__GetSubmissionReply *reply, Err *err)
{
    MarkRow *marks;
    size_t count;
    ErrCode code = mark_store_list(call_db(call), id, call->arena, &marks, &count, err);

    if (code != ERR_OK)
        return code;
    reply->marks = MESSAGE_ARRAY(call->arena, count, Shans__V1__CellMark, shans__v1__cell_mark__init);
    if (reply->marks == NULL)
        return err_memory(err);
    reply->n_marks = count;
    for (size_t i = 0; i < count; i++) {
        reply->marks[i]->section = (char *)marks[i].section;
        reply->marks[i]->row = (char *)marks[i].row;
        reply->marks[i]->field = (char *)marks[i].field;
        reply->marks[i]->comment = (char *)marks[i].comment;
        reply->marks[i]->resolved = marks[i].resolved_revision != 0;
    }
    return ERR_OK;
}

/* Who did what and when, from the first event to the last. */
static ErrCode fill_events(Call *call, int64_t id, Shans__V1__GetSubmissionReply *reply, Err *err)
{
    EventRow *events;
    size_t count;
    ErrCode code = event_store_list(call_db(call), id, call->arena, &events, &count, err);

    if (code != ERR_OK)
        return code;
    reply->events =
        MESSAGE_ARRAY(call->arena, count, Shans__V1__SubmissionEvent, shans__v1__submission_event__init);
    if (reply->events == NULL)
        return err_memory(err);
    reply->n_events = count;
    for (size_t i = 0; i < count; i++) {
        Shans__V1__SubmissionEvent *event = reply->events[i];
        event->time_ms = events[i].at_ms;
        event->login = (char *)events[i].login;
        event->event = (char *)events[i].event;
        event->from_state = (Shans__V1__SubmissionState)events[i].from_state;
        event->to_state = (Shans__V1__SubmissionState)events[i].to_state;
        event->revision = events[i].revision;
        event->comment = (char *)events[i].comment;
    }
    return ERR_OK;
}

/* A submission as a whole. One outside the scope is NOT_FOUND, like one that does not exist: its being
 * there is no secret shared. */
ErrCode collection_get_submission(Call *call, const ProtobufCMessage *message,
                                  ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__GetSubmissionRequest *request = (const Shans__V1__GetSubmissionRequest *)message;
    Shans__V1__GetSubmissionReply *reply = (Shans__V1__GetSubmissionReply *)reply_message;
    int64_t id = (int64_t)request->id;
    SubmissionRow row;
    ErrCode code = submission_find(call, id, &row, err);

    if (code == ERR_OK)
        code = object_name(call, "submission", id, err);
    if (code != ERR_OK)
        return code;
    Shans__V1__SubmissionSummary **summary =
        MESSAGE_ARRAY(call->arena, 1, Shans__V1__SubmissionSummary, shans__v1__submission_summary__init);
    if (summary == NULL)
        return err_memory(err);
    fill_summary(&row, summary[0]);
    reply->summary = summary[0];
    code = fill_cells(call, id, reply, err);
    if (code == ERR_OK)
        code = fill_marks(call, id, reply, err);
    if (code == ERR_OK)
        code = fill_events(call, id, reply, err);
    return code;
}
