/* Owns what a school says of delivered figures, and what is answered: confirm, dispute, decide.
 * Invariant: every call names the revision that was looked at. Must not change a figure. */
#include <string.h>

#include "client/cli/cell_text.h"
#include "client/cli/cli.h"
#include "client/cli/cmd_lists.h"
#include "client/cli/figures_report.h"
#include "client/cli/show.h"
#include "common/core/decimal.h"
#include "common/core/text.h"
#include "shans/v1/delivery.pb-c.h"

#define DELIVERIES (&shans__v1__delivery_service__descriptor)

enum { PAGE = 1000, CONFIRM_MAX = 1000 };

/* The option, or what stands for it when it is not given. */
static char *option_text(const Cli *cli, const char *name, const char *fallback)
{
    const char *text = cli_option(cli, name);

    return (char *)(text == NULL ? fallback : text);
}

/* What a page of deliveries is given to. */
typedef ErrCode (*TakeDelivery)(void *context, const Shans__V1__DeliverySummary *one, Err *err);

/* Every page of what the command line asks for. */
static ErrCode each_delivery(Cli *cli, bool waiting, TakeDelivery take, void *context, Err *err)
{
    Shans__V1__ListDeliveriesRequest request = SHANS__V1__LIST_DELIVERIES_REQUEST__INIT;

    request.under = option_text(cli, "under", "");
    request.form_code = option_text(cli, "form", "assessment_results");
    request.period = option_text(cli, "period", "");
    request.state = waiting ? SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_AWAITING : 0;
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, DELIVERIES, "ListDeliveries", NULL, &request.base, &message, err);
        const Shans__V1__ListDeliveriesReply *reply = (const void *)message;
        for (size_t i = 0; code == ERR_OK && i < reply->n_deliveries; i++)
            code = take(context, reply->deliveries[i], err);
        if (code != ERR_OK)
            return code;
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return ERR_OK;
}

/* One row of the list of deliveries. */
static ErrCode add_delivery(void *context, const Shans__V1__DeliverySummary *one, Err *err)
{
    RenderTable *table = context;

    (void)err;
    render_add_number(table, (int64_t)one->submission_id);
    render_add_text(table, one->district_code);
    render_add_text(table, one->school_code);
    render_add_text(table, one->school_name);
    render_add_text(table, one->form_code);
    show_period(table, one->period);
    render_add_number(table, one->revision);
    show_number_of(table, &names_delivery_state, (int)one->state);
    render_add_number(table, one->live_disputes);
    render_add_time(table, one->delivered_ms);
    render_add_time(table, one->confirmed_ms);
    render_add_text(table, one->confirmed_by);
    return ERR_OK;
}

/* Who confirmed and who has not, by district. */
ErrCode cmd_results_delivered(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"district_code", _("District"), RENDER_TEXT, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"school_name", NULL, RENDER_TEXT, 0},
        {"form", NULL, RENDER_TEXT, 0}, /* the one asked for */
        {"period", _("Period"), RENDER_CODE, 0},
        {"revision", _("Revision"), RENDER_ID, 0},
        {"state", _("State"), RENDER_CODE, 0},
        {"disputes", _("Under dispute"), RENDER_NUMBER, 0},
        {"delivered", _("Delivered"), RENDER_TIME, 0},
        {"confirmed", _("Confirmed"), RENDER_TIME, 0},
        {"confirmed_by", _("By"), RENDER_TEXT, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "delivery", columns, 12, false);

    if (table == NULL)
        return err_memory(err);
    ErrCode code = each_delivery(cli, cli_flag(cli, "waiting"), add_delivery, table, err);
    return code == ERR_OK ? cli_print(cli, table, err) : code;
}

/* Deliveries to be confirmed in one call. */
typedef struct Items {
    Cli *cli;
    Shans__V1__ConfirmItem *items[CONFIRM_MAX];
    size_t count;
} Items;

/* Those named on the command line, or every one when none is. */
static bool is_wanted(const Cli *cli, uint64_t id, Err *err)
{
    for (size_t i = 0; i < cli->arg_count; i++) {
        uint64_t wanted;
        if (cli_need_number((Cli *)cli, cli->args[i], "ID", &wanted, err) == ERR_OK && wanted == id)
            return true;
    }
    return cli->arg_count == 0;
}

/* Keeps what is to be confirmed, with the revision the list showed. */
static ErrCode add_item(void *context, const Shans__V1__DeliverySummary *one, Err *err)
{
    Items *items = context;
    Err ignored;

    /* a disputed delivery is confirmed as well: in what is not disputed */
    if (!is_wanted(items->cli, one->submission_id, &ignored) || items->count == CONFIRM_MAX ||
        (items->cli->arg_count == 0 && one->confirmed_ms > 0))
        return ERR_OK;
    Shans__V1__ConfirmItem *item = ARENA_NEW(items->cli->arena, Shans__V1__ConfirmItem, 1);
    if (item == NULL)
        return err_memory(err);
    shans__v1__confirm_item__init(item);
    item->submission_id = one->submission_id;
    item->revision = one->revision;
    items->items[items->count++] = item;
    return ERR_OK;
}

/* All that waits for one's own school, or the deliveries named. */
ErrCode cmd_results_confirm(Cli *cli, Err *err)
{
    Shans__V1__ConfirmDeliveriesRequest request = SHANS__V1__CONFIRM_DELIVERIES_REQUEST__INIT;
    Items *items = ARENA_NEW(cli->arena, Items, 1);
    ProtobufCMessage *message = NULL;
    ErrCode code = items == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; i < cli->arg_count && code == ERR_OK; i++) {
        uint64_t id;
        code = cli_need_number(cli, cli->args[i], "ID", &id, err);
    }
    if (code != ERR_OK)
        return code;
    items->cli = cli;
    code = each_delivery(cli, false, add_item, items, err);
    if (code != ERR_OK)
        return code;
    if (items->count < cli->arg_count) {
        err_set(err, ERR_NOT_FOUND, "SUBMISSION_UNKNOWN");
        return err_arg(err, "id", "%s", cli->args[0]);
    }
    if (items->count == 0) {
        cli_say(cli, "%s", _("Nothing waits to be confirmed."));
        return ERR_OK;
    }
    request.items = items->items;
    request.n_items = items->count;
    code = cli_change(cli, DELIVERIES, "ConfirmDeliveries", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ConfirmDeliveriesReply *reply = (const void *)message;
    cli_say(cli, _("Confirmed: %u, confirmed before: %u."), reply->confirmed, reply->unchanged);
    return ERR_OK;
}

/* ID CELL=VALUE --reason TEXT: the figure stays, the objection goes to the ministry. */
ErrCode cmd_results_dispute(Cli *cli, Err *err)
{
    Shans__V1__DisputeFigureRequest request = SHANS__V1__DISPUTE_FIGURE_REQUEST__INIT;
    Shans__V1__Cell cell = SHANS__V1__CELL__INIT;
    const Shans__V1__GetSubmissionReply *submission = NULL;
    const FormDef *form = NULL;
    const char *reason = NULL;
    FormCell claimed;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need(cli, "reason", &reason, err);

    if (code == ERR_OK)
        code = cli_need_number(cli, cli->args[0], "ID", &request.submission_id, err);
    if (code == ERR_OK)
        code = figures_get_submission(cli, request.submission_id, &submission, err);
    if (code == ERR_OK)
        code = cli_get_form(cli, submission->summary->form_code, &form, err);
    if (code == ERR_OK)
        code = cell_parse(cli, form, cli->args[1], &claimed, err);
    if (code != ERR_OK)
        return code;
    cell.section = (char *)claimed.section;
    cell.row = (char *)claimed.row;
    cell.field = (char *)claimed.field;
    cell.kind = (Shans__V1__ValueKind)claimed.value.kind;
    cell.number = claimed.value.number;
    request.revision = submission->summary->revision;
    request.claimed = &cell;
    request.reason = (char *)reason;
    code = cli_change(cli, DELIVERIES, "DisputeFigure", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    cli_say(cli, _("Objection %llu is recorded. The figure counts as delivered until it is decided."),
            (unsigned long long)((const Shans__V1__DisputeFigureReply *)(const void *)message)->dispute_id);
    return ERR_OK;
}

/* A value as its field writes it; a form this program does not know keeps the number. */
static void add_value(RenderTable *table, const FormDef *form, const Shans__V1__Cell *cell)
{
    const SectionDef *section = form == NULL ? NULL : form_get_section(form, cell->section);
    const FieldDef *field = section == NULL ? NULL : section_get_field(section, cell->field);
    char text[DECIMAL_TEXT_SIZE];

    if (field == NULL)
        decimal_dump(cell->number, 0, text);
    else
        form_value_dump(field, (Value){(ValueKind)cell->kind, cell->number}, text);
    render_add_text(table, text);
}

/* Both values side by side, written as their field writes them. */
static ErrCode add_dispute(Cli *cli, RenderTable *table, const Shans__V1__Dispute *one, Err *err)
{
    const Catalog *catalog;
    const char *place = arena_printf(cli->arena, "%s/%s/%s", one->delivered->section, one->delivered->row,
                                     one->delivered->field);
    ErrCode code = place == NULL ? err_memory(err) : cli_get_catalog(cli, &catalog, err);

    if (code != ERR_OK)
        return code;
    const FormDef *form = catalog_get_form(catalog, one->form_code, 0);
    render_add_number(table, (int64_t)one->id);
    render_add_number(table, (int64_t)one->submission_id);
    render_add_text(table, one->school_code);
    show_period(table, one->period);
    render_add_text(table, place);
    add_value(table, form, one->delivered);
    add_value(table, form, one->claimed);
    render_add_text(table, one->reason);
    show_number_of(table, &names_dispute_state, (int)one->state);
    render_add_time(table, one->made_ms);
    render_add_text(table, one->made_by);
    render_add_time(table, one->decided_ms);
    render_add_text(table, one->decided_by);
    render_add_text(table, one->answer);
    return ERR_OK;
}

/* Objections with their answers; --waiting: those nobody decided yet. */
ErrCode cmd_results_disputes(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"submission_id", _("Submission"), RENDER_ID, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"period", _("Period"), RENDER_CODE, 0},
        {"place", _("Cell"), RENDER_TEXT, 0},
        {"delivered", _("Delivered"), RENDER_TEXT, 0},
        {"claimed", _("By the school"), RENDER_TEXT, 0},
        {"reason", _("Reason"), RENDER_TEXT, 0},
        {"state", _("State"), RENDER_CODE, 0},
        {"made", _("When"), RENDER_TIME, 0},
        {"made_by", _("Who"), RENDER_TEXT, 0},
        {"decided", _("Decided"), RENDER_TIME, 0},
        {"decided_by", _("By"), RENDER_TEXT, 0},
        {"answer", _("Answer"), RENDER_TEXT, 0},
    };
    Shans__V1__ListDisputesRequest request = SHANS__V1__LIST_DISPUTES_REQUEST__INIT;
    RenderTable *table = render_table_new(cli->arena, "dispute", columns, 14, false);

    if (table == NULL)
        return err_memory(err);
    request.under = option_text(cli, "under", "");
    request.state = cli_flag(cli, "waiting") ? SHANS__V1__DISPUTE_STATE__DISPUTE_STATE_OPEN : 0;
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, DELIVERIES, "ListDisputes", NULL, &request.base, &message, err);
        const Shans__V1__ListDisputesReply *reply = (const void *)message;
        for (size_t i = 0; code == ERR_OK && i < reply->n_disputes; i++)
            code = add_dispute(cli, table, reply->disputes[i], err);
        if (code != ERR_OK)
            return code;
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* The three answers differ by their verb alone. */
static ErrCode decide(Cli *cli, Shans__V1__DisputeVerb verb, Err *err)
{
    Shans__V1__DecideDisputeRequest request = SHANS__V1__DECIDE_DISPUTE_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need_number(cli, cli->args[0], "ID", &request.dispute_id, err);

    request.verb = verb;
    request.answer = option_text(cli, "reason", "");
    if (code == ERR_OK)
        code = cli_change(cli, DELIVERIES, "DecideDispute", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__DecideDisputeReply *reply = (const void *)message;
    cli_say(cli, _("Objection %llu: %s."), (unsigned long long)request.dispute_id,
            name_label(&names_dispute_state, (int)reply->state));
    return ERR_OK;
}

/* The school is right: the source delivers another figure. */
ErrCode cmd_results_uphold(Cli *cli, Err *err)
{
    return decide(cli, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD, err);
}

/* The figure stays; --reason says why. */
ErrCode cmd_results_reject(Cli *cli, Err *err)
{
    return decide(cli, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_REJECT, err);
}

/* The school takes its objection back. */
ErrCode cmd_results_retract(Cli *cli, Err *err)
{
    return decide(cli, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_WITHDRAW, err);
}
