/* Owns how a finding looks. Invariant: programs get codes and places as the wire has them, people get words.
 * Must not leave out a finding. */
#include "client/cli/issue_show.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/show.h"
#include "common/core/text.h"

enum { COLUMNS = 12, SHOWN_SIZE = 240 };

RenderTable *issue_show_table(Cli *cli)
{
    bool all = cli_flag(cli, "verbose");
    const RenderColumn made[COLUMNS] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"severity", _("Severity"), RENDER_CODE, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"place", _("Place"), RENDER_CODE, 0},
        {"rule", _("What is wrong"), RENDER_CODE, 0},
        {"raw_value", _("As printed"), RENDER_TEXT, 0},
        {"proposal", _("Proposal"), RENDER_CODE, 0},
        {"status", _("State"), RENDER_CODE, 0},
        {"value", all ? _("Right figure") : NULL, RENDER_TEXT, 0},
        {"decided_by", all ? _("Decided by") : NULL, RENDER_TEXT, 0},
        {"decided", all ? _("Decided") : NULL, RENDER_TIME, 0},
        {"reason", all ? _("Reason") : NULL, RENDER_TEXT, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, COLUMNS);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "issue", columns, COLUMNS, false);
}

/* True for "398835.67": digits, a point, digits. */
static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789");

    return whole > 0 && text[whole] == '.' && text[whole + 1] != '\0' &&
           text[whole + 1 + strspn(text + whole + 1, "0123456789")] == '\0';
}

/* A number with the comma of the language; anything else as it is. */
static void number_show(const char *text, bool russian, char *to, size_t size)
{
    text_copy(to, size, text);
    char *point = strchr(to, '.');
    if (russian && point != NULL && is_decimal(text))
        *point = ',';
}

/* "table 12/5/2023" in words: the row and the column stand behind the table, either may be empty. */
static void place_show(const char *place, char *to, size_t size)
{
    char copy[SHOWN_SIZE];

    text_copy(copy, sizeof copy, place + strlen("table "));
    char *row = strchr(copy, '/'), *column = row == NULL ? NULL : strchr(row + 1, '/');
    if (column != NULL)
        *column++ = '\0';
    if (row != NULL)
        *row++ = '\0';
    int length = snprintf(to, size, "%s\u00A0%s", _("table"), copy);
    if (row != NULL && *row != '\0' && length > 0 && (size_t)length < size)
        length += snprintf(to + length, size - (size_t)length, ", %s\u00A0%s", _("row"), row);
    if (column != NULL && *column != '\0' && length > 0 && (size_t)length < size)
        snprintf(to + length, size - (size_t)length, ", %s\u00A0%s", _("column"), column);
}

/* Groups and types in words; places and numbers in the person's language. */
static void put_arg(Err *why, const Shans__V1__ErrorArg *arg, bool russian)
{
    const char *value = arg->value, *label = name_label_of(&names_group, value);
    char shown[SHOWN_SIZE];

    if (text_equal(label, value))
        label = name_label_of(&names_typology, value);
    if (text_starts(value, "table ") && russian)
        place_show(value, shown, sizeof shown);
    else
        number_show(label, russian, shown, sizeof shown);
    if (*shown == '\0')
        text_copy(shown, sizeof shown, "—");
    err_arg(why, arg->key, "%s", shown);
}

/* A place of the wire; what is no table (a group, a dictionary) stays. */
static void add_place(RenderTable *table, const char *place)
{
    char shown[SHOWN_SIZE];

    if (text_starts(place, "row ")) { /* of a list without tables */
        snprintf(shown, sizeof shown, "%s\u00A0%s", _("row"), place + strlen("row "));
        render_add_code(table, place, shown);
        return;
    }
    if (!text_starts(place, "table ")) {
        render_add_text(table, place);
        return;
    }
    place_show(place, shown, sizeof shown);
    render_add_code(table, place, shown);
}

void issue_show_add(Cli *cli, RenderTable *table, const Shans__V1__ImportIssue *issue)
{
    Err why = {.code = ERR_OK};
    char proposal[SHOWN_SIZE];
    Buf text;

    err_set(&why, ERR_FAILED_PRECONDITION, issue->rule);
    for (size_t i = 0; i < issue->n_args; i++)
        put_arg(&why, issue->args[i], cli->style.russian);
    buf_init(&text, 1 << 14);
    render_err(&why, cli->style.russian, NULL, &text);
    if (issue->id != 0)
        render_add_number(table, (int64_t)issue->id);
    else
        render_add_empty(table); /* the answer to an import comes before the issue has its number */
    show_number_of(table, &names_severity, (int)issue->severity);
    render_add_text(table, issue->school_code);
    add_place(table, issue->place);
    render_add_code(table, issue->rule, text.data == NULL ? "" : text.data);
    render_add_text(table, issue->raw_value);
    number_show(issue->proposal, cli->style.russian, proposal, sizeof proposal);
    render_add_code(table, issue->proposal, proposal);
    if (*issue->status != '\0')
        show_name_of(table, &names_issue_status, issue->status);
    else
        render_add_empty(table);
    render_add_text(table, issue->value);
    render_add_text(table, issue->decided_by);
    render_add_time(table, issue->decided_ms);
    render_add_text(table, issue->reason);
    buf_done(&text);
}

ErrCode issue_show_add_trap(Cli *cli, RenderTable *table, const TrapIssue *issue, Err *err)
{
    Shans__V1__ImportIssue message = SHANS__V1__IMPORT_ISSUE__INIT;
    Shans__V1__ErrorArg *args = ARENA_NEW(cli->arena, Shans__V1__ErrorArg, issue->arg_count);

    message.args = ARENA_NEW(cli->arena, Shans__V1__ErrorArg *, issue->arg_count);
    if (args == NULL || message.args == NULL)
        return err_memory(err);
    for (size_t i = 0; i < issue->arg_count; i++) {
        shans__v1__error_arg__init(&args[i]);
        args[i].key = (char *)issue->args[i].key;
        args[i].value = (char *)issue->args[i].value;
        message.args[message.n_args++] = &args[i];
    }
    message.rule = (char *)issue->rule;
    message.severity = (Shans__V1__Severity)issue->severity;
    message.school_code = (char *)issue->school;
    message.place = (char *)issue->place;
    message.raw_value = (char *)issue->raw;
    message.proposal = (char *)issue->proposal;
    issue_show_add(cli, table, &message);
    return ERR_OK;
}
