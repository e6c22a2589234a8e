/* Owns the list commands: official lists in, memberships, and the comparison with the list before and with a
 * run. Invariant: a list is sent as one request, all or nothing. Must not correct what a list prints. */
#include <ctype.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd_lists.h"
#include "client/cli/document_text.h"
#include "client/cli/files.h"
#include "client/cli/issue_show.h"
#include "client/cli/show.h"
#include "common/core/text.h"
#include "shans/v1/lists.pb-c.h"

enum { PAGE = 1000, ROWS_MAX = 5000 };

/* "" for an option that is not given, as the wire has it. */
static char *option_text(const Cli *cli, const char *name)
{
    const char *text = cli_option(cli, name);

    return (char *)(text == NULL ? "" : text);
}

/* Lists number schools; --school-prefix makes the code of the number. */
static ErrCode add_row(Cli *cli, Shans__V1__ImportListRequest *request, uint32_t number, const char *school,
                       const char *name, Shans__V1__ListRow **ret_row, Err *err)
{
    Shans__V1__ListRow *row = ARENA_NEW(cli->arena, Shans__V1__ListRow, 1);
    char *code = arena_printf(cli->arena, "%s%s", option_text(cli, "school-prefix"), school);

    if (row == NULL || code == NULL)
        return err_memory(err);
    if (request->n_rows == ROWS_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_TOO_LARGE");
        err_arg(err, "count", "%d", ROWS_MAX + 1);
        return err_arg(err, "limit", "%d", ROWS_MAX);
    }
    shans__v1__list_row__init(row);
    row->row = number;
    row->school_code = code;
    row->name = (char *)name;
    request->rows[request->n_rows++] = row;
    if (ret_row != NULL)
        *ret_row = row;
    return ERR_OK;
}

/* One school a row: column "school", and "name" where the list prints names. */
static ErrCode load_file(Cli *cli, const char *path, Shans__V1__ImportListRequest *request, Err *err)
{
    Table *table = NULL;
    ErrCode code = files_load_table(cli, path, false, cli_option(cli, "sheet"), &table, err);

    if (code != ERR_OK)
        return code;
    int school = table_get_column(table, "school"), name = table_get_column(table, "name");
    if (school < 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_COLUMN_MISSING");
        return err_arg(err, "column", "school");
    }
    for (size_t i = 1; i < table->row_count && code == ERR_OK; i++) {
        const TableRow *row = &table->rows[i];
        code = add_row(cli, request, row->number, table_get_cell(row, school), table_get_cell(row, name),
                       NULL, err);
    }
    return code;
}

/* An enumeration as documents print it, "1 3,5,6": where two numbers stand without a separator the place is
 * marked, because one number may have been meant. */
static ErrCode load_text(Cli *cli, const char *text, Shans__V1__ImportListRequest *request, Err *err)
{
    Shans__V1__ListRow *last = NULL;
    bool separated = true;
    ErrCode code = ERR_OK;

    while (*text != '\0' && code == ERR_OK) {
        size_t length = strcspn(text, " ,;\t\n");
        if (length == 0) {
            separated = separated || (*text != ' ' && *text != '\t');
            text++;
            continue;
        }
        char *word = arena_bytes(cli->arena, text, length);
        if (word == NULL)
            return err_memory(err);
        text += length;
        if (!isdigit((unsigned char)word[0])) { /* "ОО", "№", "и" between the numbers */
            separated = true;
            continue;
        }
        if (!separated && last != NULL)
            last->run_together = true;
        code = add_row(cli, request, (uint32_t)request->n_rows + 1, word, "", &last, err);
        separated = false;
    }
    return code;
}

/* Rows from the file or from --schools, never both. */
static ErrCode load_rows(Cli *cli, Shans__V1__ImportListRequest *request, Err *err)
{
    const char *schools = cli_option(cli, "schools");

    request->rows = ARENA_NEW(cli->arena, Shans__V1__ListRow *, ROWS_MAX);
    if (request->rows == NULL)
        return err_memory(err);
    if ((cli->arg_count == 1) == (schools != NULL))
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_LIST_SOURCE");
    return schools != NULL ? load_text(cli, schools, request, err)
                           : load_file(cli, cli->args[0], request, err);
}

/* Ours and theirs in neighbouring columns. */
static RenderTable *difference_table(Cli *cli)
{
    const RenderColumn made[] = {
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"name", _("Name"), RENDER_CODE, 0},
        {"movement", _("Official list"), RENDER_CODE, 0},
        {"status_computed", _("Computed status"), RENDER_CODE, 0},
        {"branches", _("Branches"), RENDER_CODE, 0},
        {"reliability", _("Reliability"), RENDER_CODE, 0},
        {"agreement", _("In which list"), RENDER_CODE, 0},
        {"document", _("Document"), RENDER_TEXT, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 8);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "list_difference", columns, 8, false);
}

/* One row a school, in the order the server gives. */
static ErrCode print_differences(Cli *cli, Shans__V1__ListDifference *const *items, size_t count, Err *err)
{
    RenderTable *table = difference_table(cli);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        const Shans__V1__ListDifference *item = items[i];
        const char *document = document_cell(item->document, &cli->style, cli->arena);
        if (document == NULL)
            return err_memory(err);
        render_add_text(table, item->school_code);
        show_org_name(table, item->school_name, item->training);
        show_number_of(table, &names_movement, (int)item->movement);
        show_name_of(table, &names_status, item->status_computed);
        show_names(table, &names_branch, item->branches, item->n_branches);
        show_name_of(table, &names_reliability, item->reliability);
        show_name_of(table, &names_agreement, item->agreement);
        render_add_text(table, document);
    }
    return cli_print(cli, table, err);
}

/* Errors of the list end with the exit code of a wrong file; programs get the issues alone then. */
static ErrCode print_import(Cli *cli, const Shans__V1__ImportListReply *reply, bool dry_run, Err *err)
{
    size_t errors = 0;

    for (size_t i = 0; i < reply->n_issues; i++)
        errors += reply->issues[i]->severity == SHANS__V1__SEVERITY__SEVERITY_ERROR;
    bool people = cli->style.format == RENDER_AS_TABLE;
    if (errors > 0 || (people && reply->n_issues > 0)) {
        RenderTable *table = issue_show_table(cli);
        if (table == NULL)
            return err_memory(err);
        for (size_t i = 0; i < reply->n_issues; i++)
            issue_show_add(cli, table, reply->issues[i]);
        ErrCode code = cli_print(cli, table, err);
        if (code != ERR_OK)
            return code;
    }
    if (errors > 0) {
        cli_say(cli, "%s", _("The list was not taken over: correct what is wrong and import it again."));
        cli->exit_code = EXIT_INVALID;
        return ERR_OK;
    }
    cli_say(cli, _("Entered: %u, stayed: %u, left: %u."), reply->entered, reply->stayed, reply->left);
    if (dry_run)
        cli_say(cli, "%s", _("Check only: nothing was stored."));
    return print_differences(cli, reply->differences, reply->n_differences, err);
}

/* An official list with its document into a group of the dictionary. */
ErrCode cmd_list_import(Cli *cli, Err *err)
{
    Shans__V1__ImportListRequest request = SHANS__V1__IMPORT_LIST_REQUEST__INIT;
    Shans__V1__Document document;
    const char *group = NULL, *text = NULL, *from = NULL;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need(cli, "group", &group, err);

    if (code == ERR_OK)
        code = cli_need(cli, "document", &text, err);
    if (code == ERR_OK)
        code = document_parse(text, cli->arena, &document, err);
    if (code == ERR_OK)
        code = load_rows(cli, &request, err);
    if (code != ERR_OK)
        return code;
    from = cli_option(cli, "from");
    request.group = (char *)group;
    request.within = option_text(cli, "within");
    request.document = &document;
    request.valid_from = (char *)(from == NULL ? document.date : from);
    request.valid_to = option_text(cli, "until");
    request.partial = cli_flag(cli, "partial");
    request.dry_run = cli_flag(cli, "dry-run");
    request.run_id = cli_number(cli, "run", 0);
    code = cli_change(cli, &shans__v1__list_service__descriptor, "ImportList", &request.base, &message, err);
    return code == ERR_OK ? print_import(cli, (const void *)message, request.dry_run, err) : code;
}

/* A membership with the documents on both of its ends. */
static ErrCode add_member(Cli *cli, RenderTable *table, const Shans__V1__Member *member, Err *err)
{
    const char *in = document_cell(member->document_in, &cli->style, cli->arena),
               *out = document_cell(member->document_out, &cli->style, cli->arena);

    /* the title alone would not say which of its meanings */
    const char *label =
        arena_printf(cli->arena, "%s (%s)",
                     cli->style.russian || member->title_en[0] == '\0' ? member->title_ru : member->title_en,
                     member->group);

    if (in == NULL || out == NULL || label == NULL)
        return err_memory(err);
    render_add_text(table, member->school_code);
    show_org_name(table, member->school_name, member->training);
    render_add_code(table, member->group, label);
    render_add_date(table, member->valid_from);
    render_add_date(table, member->valid_to);
    render_add_text(table, in);
    render_add_text(table, out);
    render_add_bool(table, member->closed);
    return ERR_OK;
}

/* The same columns whether a group or a school was asked about. */
static RenderTable *member_table(Cli *cli)
{
    const RenderColumn made[] = {
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"name", _("Name"), RENDER_CODE, 0},
        {"group", _("Group"), RENDER_CODE, 0},
        {"valid_from", _("Valid from"), RENDER_DATE, 0},
        {"valid_to", _("Valid to"), RENDER_DATE, 0},
        {"document_in", _("Put in by"), RENDER_TEXT, 0},
        {"document_out", _("Put out by"), RENDER_TEXT, 0},
        {"closed", _("Closed"), RENDER_BOOL, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 8);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "member", columns, 8, false);
}

/* Who belongs to a group on a day, or to what the schools belong. */
ErrCode cmd_list_show(Cli *cli, Err *err)
{
    Shans__V1__ListMembersRequest request = SHANS__V1__LIST_MEMBERS_REQUEST__INIT;
    RenderTable *table = member_table(cli);
    uint32_t schools = 0;

    if (table == NULL)
        return err_memory(err);
    request.group = (char *)(cli->arg_count > 0 ? cli->args[0] : "");
    request.on_date = option_text(cli, "on-date");
    request.under = option_text(cli, "under");
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__list_service__descriptor, "ListMembers", NULL, &request.base,
                                &message, err);
        const Shans__V1__ListMembersReply *reply = (const void *)message;
        for (size_t i = 0; code == ERR_OK && i < reply->n_members; i++)
            code = add_member(cli, table, reply->members[i], err);
        if (code != ERR_OK)
            return code;
        schools = reply->schools;
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    if (request.group[0] != '\0')
        cli_say(cli,
                N_("%u school belongs to the group on this day.",
                   "%u schools belong to the group on this day.", schools),
                schools);
    return cli_print(cli, table, err);
}

/* The list of a day against the day before, and against a run. */
ErrCode cmd_list_compare(Cli *cli, Err *err)
{
    Shans__V1__CompareListRequest request = SHANS__V1__COMPARE_LIST_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    request.group = (char *)cli->args[0];
    request.on_date = option_text(cli, "on-date");
    request.under = option_text(cli, "under");
    request.run_id = cli_number(cli, "run", 0);
    ErrCode code = cli_call(cli, &shans__v1__list_service__descriptor, "CompareList", NULL, &request.base,
                            &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__CompareListReply *reply = (const void *)message;
    cli_say(cli, _("Entered: %u, stayed: %u, left: %u."), reply->entered, reply->stayed, reply->left);
    return print_differences(cli, reply->differences, reply->n_differences, err);
}
