/* Owns the group commands: the dated dictionary of what lists and denominators are called.
 * Invariant: a file goes in as a whole or not at all. Must not choose between meanings. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd_lists.h"
#include "client/cli/document_text.h"
#include "client/cli/files.h"
#include "client/cli/show.h"
#include "common/core/text.h"
#include "shans/v1/lists.pb-c.h"

/* A cell of the file by heading; "" when the file has no such column. */
static char *cell(const Table *table, const TableRow *row, const char *heading)
{
    return (char *)table_get_cell(row, table_get_column(table, heading));
}

/* Its document is written as people write documents; a fault names the row. */
static ErrCode fill_group(Cli *cli, const Table *table, const TableRow *row, Shans__V1__Group *group,
                          Err *err)
{
    shans__v1__group__init(group);
    group->code = cell(table, row, "code");
    group->meaning = cell(table, row, "meaning");
    group->title_ru = cell(table, row, "title_ru");
    group->title_en = cell(table, row, "title_en");
    group->note_ru = cell(table, row, "note_ru");
    group->note_en = cell(table, row, "note_en");
    group->valid_from = cell(table, row, "valid_from");
    group->valid_to = cell(table, row, "valid_to");
    group->document = ARENA_NEW(cli->arena, Shans__V1__Document, 1);
    if (group->document == NULL)
        return err_memory(err);
    ErrCode code = document_parse(cell(table, row, "document"), cli->arena, group->document, err);
    return code == ERR_OK ? code : err_arg(err, "row", "%u", row->number);
}

/* A missing heading is told before any row is read. */
static ErrCode need_columns(const Table *table, Err *err)
{
    static const char *const needed[] = {"code", "meaning", "title_ru", "valid_from", "document"};

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (table_get_column(table, needed[i]) < 0) {
            err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_COLUMN_MISSING");
            return err_arg(err, "column", "%s", needed[i]);
        }
    return ERR_OK;
}

/* Meanings of a file into the dictionary. */
ErrCode cmd_group_import(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"created", _("Created"), RENDER_NUMBER, 0},
        {"changed", _("Changed"), RENDER_NUMBER, 0},
        {"unchanged", _("Unchanged"), RENDER_NUMBER, 0},
        {"dry_run", _("Check only"), RENDER_BOOL, 0},
    };
    Shans__V1__ImportGroupsRequest request = SHANS__V1__IMPORT_GROUPS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    Table *file = NULL;
    ErrCode code = files_load_table(cli, cli->args[0], false, cli_option(cli, "sheet"), &file, err);

    if (code == ERR_OK)
        code = need_columns(file, err);
    if (code != ERR_OK)
        return code;
    Shans__V1__Group *groups = ARENA_NEW(cli->arena, Shans__V1__Group, file->row_count);
    request.groups = ARENA_NEW(cli->arena, Shans__V1__Group *, file->row_count);
    if (groups == NULL || request.groups == NULL)
        return err_memory(err);
    for (size_t i = 1; i < file->row_count && code == ERR_OK; i++) {
        code = fill_group(cli, file, &file->rows[i], &groups[i], err);
        request.groups[request.n_groups++] = &groups[i];
    }
    request.dry_run = cli_flag(cli, "dry-run");
    if (code == ERR_OK)
        code = cli_change(cli, &shans__v1__list_service__descriptor, "ImportGroups", &request.base, &message,
                          err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ImportGroupsReply *reply = (const void *)message;
    RenderTable *table = render_table_new(cli->arena, "group_import", columns, 4, true);
    if (table == NULL)
        return err_memory(err);
    render_add_number(table, reply->created);
    render_add_number(table, reply->changed);
    render_add_number(table, reply->unchanged);
    render_add_bool(table, request.dry_run);
    return cli_print(cli, table, err);
}

/* The words of the person's language, where the dictionary has them. */
static ErrCode add_group(Cli *cli, RenderTable *table, const Shans__V1__Group *group, Err *err)
{
    bool russian = cli->style.russian || group->title_en[0] == '\0';
    const char *document = document_cell(group->document, &cli->style, cli->arena),
               *name = arena_printf(cli->arena, "%s:%s", group->code, group->meaning);

    if (document == NULL || name == NULL)
        return err_memory(err);
    render_add_text(table, name);
    render_add_text(table, russian ? group->title_ru : group->title_en);
    render_add_text(table, cli->style.russian || group->note_en[0] == '\0' ? group->note_ru : group->note_en);
    render_add_number(table, group->schools);
    render_add_date(table, group->valid_from);
    render_add_date(table, group->valid_to);
    render_add_text(table, document);
    return ERR_OK;
}

/* Meanings of a day with their sizes; several of one name stand below one another. */
static ErrCode print_groups(Cli *cli, const char *name, bool all, Err *err)
{
    const RenderColumn columns[] = {
        {"group", _("Group"), RENDER_TEXT, 0},           {"title", _("Name"), RENDER_TEXT, 0},
        {"note", _("Meaning"), RENDER_TEXT, 0},          {"schools", _("Schools"), RENDER_NUMBER, 0},
        {"valid_from", _("Valid from"), RENDER_DATE, 0}, {"valid_to", _("Valid to"), RENDER_DATE, 0},
        {"document", _("Document"), RENDER_TEXT, 0},
    };
    Shans__V1__ListGroupsRequest request = SHANS__V1__LIST_GROUPS_REQUEST__INIT;
    const char *date = cli_option(cli, "on-date");
    ProtobufCMessage *message = NULL;

    request.on_date = (char *)(date == NULL ? "" : date);
    request.group = (char *)name;
    request.all = all;
    ErrCode code =
        cli_call(cli, &shans__v1__list_service__descriptor, "ListGroups", NULL, &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ListGroupsReply *reply = (const void *)message;
    RenderTable *table = render_table_new(cli->arena, "group", columns, 7, false);
    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_groups && code == ERR_OK; i++)
        code = add_group(cli, table, reply->groups[i], err);
    return code == ERR_OK ? cli_print(cli, table, err) : code;
}

/* The dictionary of a day, or with --history all of it. */
ErrCode cmd_group_list(Cli *cli, Err *err)
{
    return print_groups(cli, "", cli_flag(cli, "history"), err);
}

/* Every meaning one name has, also past ones: "one name, several sizes". */
ErrCode cmd_group_show(Cli *cli, Err *err)
{
    return print_groups(cli, cli->args[0], true, err);
}
