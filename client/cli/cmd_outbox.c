/* Owns the outbox commands. Invariant: nothing is removed from the outbox here.
 * Must not change what was queued. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/show.h"
#include "client/cli/submit.h"
#include "client/outbox/dismissal.h"

enum { WATCH_MS = 1000 };

/* Why it waits or was refused, in words for people, as a reason for programs. */
static void add_operation(Cli *cli, RenderTable *table, const Operation *operation)
{
    char id[ID_TEXT_SIZE];

    id_dump(operation->id, id);
    render_add_text(table, id);
    show_number_of(table, &names_operation_state, (int)operation->state);
    render_add_text(table, operation->key.school);
    render_add_text(table, operation->key.form);
    show_period(table, operation->key.period);
    show_number_of(table, &names_source, operation->source);
    render_add_number(table, operation->attempts);
    render_add_time(table, operation->created_ms);
    render_add_time(table, operation->state == OPERATION_QUEUED ? operation->next_due_ms : 0);
    show_why(table, &operation->last, cli->style.russian);
    render_add_text(table, operation->receipt.number == NULL ? "" : operation->receipt.number);
    render_add_time(table, operation->receipt.server_time_ms);
    render_add_text(table, operation->dismissal);
}

/* A list for people has room for what waits and why; one operation shows everything. */
static RenderTable *operation_table(Cli *cli, bool record)
{
    const RenderColumn made[] = {
        {"operation_id", _("Operation"), RENDER_TEXT, 0},
        {"state", _("State"), RENDER_CODE, 0},
        {"school", _("School"), RENDER_TEXT, 0},
        {"form", _("Form"), RENDER_TEXT, 0},
        {"period", _("Period"), RENDER_CODE, 0},
        {"source", record ? _("Source") : NULL, RENDER_CODE, 0},
        {"attempts", record ? _("Attempts") : NULL, RENDER_NUMBER, 0},
        {"created", record ? _("Queued") : NULL, RENDER_TIME, 0},
        {"next_due", record ? _("Next attempt") : NULL, RENDER_TIME, 0},
        {"reason", _("Why"), RENDER_CODE, 0},
        {"receipt", record ? _("Receipt") : NULL, RENDER_TEXT, 0},
        {"server_time", record ? _("Server time") : NULL, RENDER_TIME, 0},
        {"dismissal", _("Given up because"), RENDER_TEXT, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 13);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "operation", columns, 13, record);
}

/* What is not done yet, oldest first; --all shows what was sent too. */
ErrCode cmd_outbox_list(Cli *cli, Err *err)
{
    Outbox *outbox = NULL;
    Operation *operations = NULL;
    size_t count = 0;
    RenderTable *table = operation_table(cli, false);
    ErrCode code = table == NULL ? err_memory(err) : cli_get_outbox(cli, &outbox, err);

    cli->style.none = _("Nothing waits to be sent.");

    if (code == ERR_OK)
        code = outbox_list(outbox, !cli_flag(cli, "all"), cli->arena, &operations, &count, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++)
        add_operation(cli, table, &operations[i]);
    return cli_print(cli, table, err);
}

/* The operation of the first argument: its id, or its beginning when only one has it. */
static ErrCode find_operation(Cli *cli, Outbox *outbox, Operation **ret, Err *err)
{
    Operation *operations = NULL, *found = NULL;
    size_t count = 0, length = strlen(cli->args[0]);
    ErrCode code = outbox_list(outbox, false, cli->arena, &operations, &count, err);

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        char id[ID_TEXT_SIZE];
        id_dump(operations[i].id, id);
        if (length < 4 || strncmp(id, cli->args[0], length) != 0)
            continue;
        if (found != NULL) {
            err_set(err, ERR_INVALID_ARGUMENT, "OPERATION_AMBIGUOUS");
            return err_arg(err, "id", "%s", cli->args[0]);
        }
        found = &operations[i];
    }
    if (code == ERR_OK && found == NULL)
        code = err_set(err, ERR_NOT_FOUND, "OPERATION_MISSING");
    if (code == ERR_OK)
        *ret = found;
    return code;
}

/* One operation with its receipt: the proof an office keeps. */
ErrCode cmd_outbox_show(Cli *cli, Err *err)
{
    Outbox *outbox = NULL;
    Operation *operation = NULL;
    RenderTable *table = operation_table(cli, true);
    ErrCode code = table == NULL ? err_memory(err) : cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK)
        code = find_operation(cli, outbox, &operation, err);
    if (code != ERR_OK)
        return code;
    add_operation(cli, table, operation);
    return cli_print(cli, table, err);
}

/* Sends, and tells what became of each operation that waited before. */
static ErrCode send_and_print(Cli *cli, Outbox *outbox, Err *err)
{
    cli->style.none = _("Nothing waits to be sent.");
    Operation *before = NULL;
    size_t count = 0, waiting = 0;
    const Err *refused = NULL;
    ErrCode code = outbox_list(outbox, true, cli->arena, &before, &count, err);

    if (code == ERR_OK)
        code = submit_send(cli, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        Operation *after = NULL;
        bool was_parked = before[i].state == OPERATION_PARKED;
        code = outbox_get(outbox, before[i].id, cli->arena, &after, err);
        if (code != ERR_OK)
            break;
        before[i] = *after;
        waiting += after->state == OPERATION_QUEUED || after->state == OPERATION_SENDING;
        if (after->state == OPERATION_PARKED && !was_parked && refused == NULL)
            refused = &before[i].last;
    }
    if (code == ERR_OK)
        code = submit_print(cli, before, count, err);
    if (code == ERR_OK && refused != NULL) {
        *err = *refused;
        return err->code;
    }
    if (waiting > 0)
        cli->exit_code = EXIT_QUEUED;
    return code;
}

/* Until a signal ends the program: the outbox is looked at every second. */
static ErrCode watch(Cli *cli, Err *err)
{
    ErrCode code = ERR_OK;

    while (code == ERR_OK || code == ERR_UNAVAILABLE) {
        code = submit_send(cli, err);
        cli_progress(cli, _("Waiting for something to send"), 0, 0);
        cli->host->clock->sleep_ms(cli->host->clock, WATCH_MS);
    }
    return code;
}

/* Without --watch one pass for everything that waits. */
ErrCode cmd_outbox_send(Cli *cli, Err *err)
{
    Outbox *outbox = NULL;
    ErrCode code = cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK && cli_flag(cli, "watch"))
        return watch(cli, err);
    /* a person asks now: what waits for a later attempt is tried at once */
    if (code == ERR_OK)
        code = outbox_hurry(outbox, err);
    return code == ERR_OK ? send_and_print(cli, outbox, err) : code;
}

/* The bytes stay the same: a refusal that depends on the figures will come again. */
ErrCode cmd_outbox_retry(Cli *cli, Err *err)
{
    Outbox *outbox = NULL;
    Operation *operation = NULL;
    ErrCode code = cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK)
        code = find_operation(cli, outbox, &operation, err);
    if (code == ERR_OK)
        code = outbox_retry(outbox, operation->id, err);
    return code == ERR_OK ? send_and_print(cli, outbox, err) : code;
}

/* Asked for twice, by --yes and by a reason: nobody gives figures up by a slip. */
ErrCode cmd_outbox_dismiss(Cli *cli, Err *err)
{
    Outbox *outbox = NULL;
    Operation *operation = NULL, *after = NULL;
    const char *comment = NULL;
    RenderTable *table = operation_table(cli, true);
    ErrCode code = table == NULL ? err_memory(err) : cli_need(cli, "comment", &comment, err);

    if (code == ERR_OK)
        code = cli_get_outbox(cli, &outbox, err);
    if (code == ERR_OK)
        code = find_operation(cli, outbox, &operation, err);
    if (code == ERR_OK && !cli_flag(cli, "yes")) {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_DISMISS");
        err_arg(err, "school", "%s", operation->key.school);
        err_arg(err, "form", "%s", operation->key.form);
        code = err_arg(err, "period", "%s", operation->key.period);
    }
    if (code == ERR_OK)
        code = outbox_dismiss(outbox, operation->id, comment, cli->arena, err);
    if (code == ERR_OK)
        code = outbox_get(outbox, operation->id, cli->arena, &after, err);
    if (code != ERR_OK)
        return code;
    add_operation(cli, table, after);
    return cli_print(cli, table, err);
}
