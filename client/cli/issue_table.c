/* Owns how findings of imports are shown. Invariant: the reason's own sentence for people, its code for
 * programs. Must not fetch or decide anything. */
#include "client/cli/issue_table.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/show.h"
#include "common/core/text.h"

/* One shape for the reply of an import and for the stored list. */
RenderTable *issue_table_new(Cli *cli)
{
    const RenderColumn made[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"severity", _("Severity"), RENDER_CODE, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"place", _("Place"), RENDER_CODE, 0},
        {"rule", _("What is wrong"), RENDER_CODE, 0},
        {"raw_value", _("As printed"), RENDER_TEXT, 0},
        {"proposal", _("Proposal"), RENDER_TEXT, 0},
        {"status", _("State"), RENDER_CODE, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 8);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "issue", columns, 8, false);
}

/* Groups and types in words; tables by the language's word for a table. */
static void put_arg(Err *why, const Shans__V1__ErrorArg *arg, bool russian)
{
    const char *value = arg->value, *label = name_label_of(&names_group, value);

    if (text_equal(label, value))
        label = name_label_of(&names_typology, value);
    if (russian && text_starts(value, "table "))
        err_arg(why, arg->key, "таблица\u00A0%s", value + strlen("table "));
    else
        err_arg(why, arg->key, "%s", label);
}

/* "table 4" and "row 7" of the wire, in the person's language. */
static void add_place(Cli *cli, RenderTable *table, const char *place)
{
    static const struct {
        const char *wire, *shown;
    } words[] = {{"table ", "таблица"}, {"row ", "строка"}};
    char shown[64];

    for (size_t i = 0; i < sizeof words / sizeof words[0] && cli->style.russian; i++)
        if (text_starts(place, words[i].wire)) {
            snprintf(shown, sizeof shown, "%s\u00A0%.32s", words[i].shown, place + strlen(words[i].wire));
            render_add_code(table, place, shown);
            return;
        }
    render_add_text(table, place);
}

/* The reason's own sentence for people, its code for programs. */
void issue_table_add(Cli *cli, RenderTable *table, const Shans__V1__ImportIssue *issue)
{
    Err why = {.code = ERR_OK};
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
    add_place(cli, table, issue->place);
    render_add_code(table, issue->rule, text.data == NULL ? "" : text.data);
    render_add_text(table, issue->raw_value);
    render_add_text(table, issue->proposal);
    show_name_of(table, &names_issue_status, issue->status);
    buf_done(&text);
}
