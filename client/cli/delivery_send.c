/* Owns the sending of delivered figures. Invariant: one file is one operation.
 * Must not check figures: they were before. */
#include "client/cli/delivery_send.h"

#include "client/cli/cli.h"
#include "client/cli/document_text.h"
#include "client/cli/issue_show.h"
#include "client/cli/submit.h"
#include "shans/v1/delivery.pb-c.h"

/* The cells of one school, in the canonical order. */
static ErrCode fill(Cli *cli, const FigureBatch *batch, Shans__V1__Delivery *to, Err *err)
{
    FormCell *cells;
    size_t count;
    ErrCode code = form_data_list(batch->data, cli->arena, &cells, &count, err);

    if (code != ERR_OK)
        return code;
    shans__v1__delivery__init(to);
    to->school_code = (char *)batch->school;
    to->period = (char *)batch->period;
    to->cells = ARENA_NEW(cli->arena, Shans__V1__Cell *, count);
    Shans__V1__Cell *room = ARENA_NEW(cli->arena, Shans__V1__Cell, count);
    if (to->cells == NULL || room == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        shans__v1__cell__init(&room[i]);
        room[i].section = (char *)cells[i].section;
        room[i].row = (char *)cells[i].row;
        room[i].field = (char *)cells[i].field;
        room[i].kind = (Shans__V1__ValueKind)cells[i].value.kind;
        room[i].number = cells[i].value.number;
        to->cells[to->n_cells++] = &room[i];
    }
    return ERR_OK;
}

/* Findings only where there are any: most files have none. */
static ErrCode print_reply(Cli *cli, const Shans__V1__DeliverReply *reply, bool dry_run, Err *err)
{
    cli_say(cli, _("Delivered: %u, unchanged: %u."), reply->stored, reply->unchanged);
    if (dry_run)
        cli_say(cli, "%s", _("Check only: nothing was stored."));
    if (reply->n_issues == 0)
        return ERR_OK;
    RenderTable *table = issue_show_table(cli);
    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_issues; i++)
        issue_show_add(cli, table, reply->issues[i]);
    return cli_print(cli, table, err);
}

/* One call, so that the file is stored whole or not at all. */
ErrCode delivery_send(Cli *cli, const Figures *figures, const char *origin, Err *err)
{
    Shans__V1__DeliverRequest request = SHANS__V1__DELIVER_REQUEST__INIT;
    Shans__V1__Document document;
    Shans__V1__Delivery *room = ARENA_NEW(cli->arena, Shans__V1__Delivery, figures->batch_count);
    const char *method = cli_option(cli, "method");
    ProtobufCMessage *message = NULL;

    request.deliveries = ARENA_NEW(cli->arena, Shans__V1__Delivery *, figures->batch_count);
    if (room == NULL || request.deliveries == NULL)
        return err_memory(err);
    if (submit_get_source(cli) != SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION)
        return err_set(err, ERR_INVALID_ARGUMENT, "DELIVERY_SOURCE");
    ErrCode code = document_parse(cli_option(cli, "document"), cli->arena, &document, err);
    for (const FigureBatch *batch = figures->batches; batch != NULL && code == ERR_OK; batch = batch->next) {
        Shans__V1__Delivery *to = &room[request.n_deliveries];
        code = fill(cli, batch, to, err);
        request.deliveries[request.n_deliveries++] = to;
    }
    if (code != ERR_OK)
        return code;
    request.form_code = (char *)figures->form->code;
    request.form_version = figures->form->version;
    request.document = &document;
    request.methodology = (char *)(method == NULL ? "" : method);
    request.origin = (char *)origin;
    request.dry_run = cli_flag(cli, "dry-run");
    cli->form = figures->form;
    code = cli_change(cli, &shans__v1__delivery_service__descriptor, "Deliver", &request.base, &message, err);
    return code == ERR_OK ? print_reply(cli, (const void *)message, request.dry_run, err) : code;
}
