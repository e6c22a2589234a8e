/* Owns the org commands. Invariant: an import is sent as one request, all or nothing.
 * Must not decide what a change of an organisation means. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/files.h"
#include "client/cli/show.h"
#include "common/core/text.h"
#include "shans/v1/org.pb-c.h"

enum { PAGE = 1000 }; /* rows asked for at once */

/* Versions of organisations; the same columns for list and history. */
static RenderTable *org_table(Cli *cli, const char *noun)
{
    const RenderColumn made[] = {
        {"code", _("Code"), RENDER_TEXT, 0},
        {"kind", _("Kind"), RENDER_CODE, 0},
        {"name", _("Name"), RENDER_CODE, 0},
        {"parent_code", _("Above"), RENDER_TEXT, 0},
        {"number", _("Number"), RENDER_TEXT, 0},
        {"school_kind", _("School kind"), RENDER_CODE, 0},
        {"settlement", _("Settlement"), RENDER_CODE, 0},
        {"levels", _("Levels"), RENDER_TEXT, 0},
        {"valid_from", _("Valid from"), RENDER_DATE, 0},
        {"valid_to", _("Valid to"), RENDER_DATE, 0},
        {"closed_on", _("Closed"), RENDER_DATE, 0},
        {"training", NULL, RENDER_BOOL, 0}, /* people see a mark at the name */
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 12);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, noun, columns, 12, false);
}

/* The short name where there is one: tables are narrow. */
static void add_org(RenderTable *table, const Shans__V1__Org *org)
{
    render_add_text(table, org->code);
    show_number_of(table, &names_org_kind, (int)org->kind);
    show_org_name(table, org->short_name[0] != '\0' ? org->short_name : org->name, org->training);
    render_add_text(table, org->parent_code);
    render_add_text(table, org->number);
    show_name_of(table, &names_school_kind, org->school_kind);
    show_number_of(table, &names_settlement, (int)org->settlement);
    render_add_text(table, org->levels);
    render_add_date(table, org->valid_from);
    render_add_date(table, org->valid_to);
    render_add_date(table, org->closed_on);
    render_add_bool(table, org->training);
}

/* Organisations as they were on a date; today when none is given. */
ErrCode cmd_org_list(Cli *cli, Err *err)
{
    Shans__V1__ListOrgsRequest request = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    const char *under = cli_option(cli, "under"), *kind = cli_option(cli, "kind"),
               *date = cli_option(cli, "on-date");
    RenderTable *table = org_table(cli, "org");

    if (table == NULL)
        return err_memory(err);
    request.under = (char *)(under == NULL ? "" : under);
    request.on_date = (char *)(date == NULL ? "" : date);
    request.kind = kind == NULL ? 0 : (Shans__V1__OrgKind)name_parse(&names_org_kind, kind);
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__org_service__descriptor, "ListOrgs", NULL, &request.base,
                                &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListOrgsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_orgs; i++)
            add_org(table, reply->orgs[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* Predecessors and successors on either side of the organisation. */
static ErrCode print_links(Cli *cli, const Shans__V1__GetOrgReply *reply, Err *err)
{
    const RenderColumn columns[] = {
        {"predecessor", _("Predecessor"), RENDER_TEXT, 0},
        {"successor", _("Successor"), RENDER_TEXT, 0},
        {"date", _("Date"), RENDER_DATE, 0},
        {"kind", _("Kind"), RENDER_CODE, 0},
        {"document", _("Document"), RENDER_TEXT, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "org_link", columns, 5, false);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_links; i++) {
        const Shans__V1__OrgLink *link = reply->links[i];
        render_add_text(table, link->predecessor);
        render_add_text(table, link->successor);
        render_add_date(table, link->date);
        show_name_of(table, &names_link_kind, link->kind);
        render_add_text(table, link->document);
    }
    return cli_print(cli, table, err);
}

/* Every version, oldest first, then who absorbed whom. */
ErrCode cmd_org_show(Cli *cli, Err *err)
{
    Shans__V1__GetOrgRequest request = SHANS__V1__GET_ORG_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    RenderTable *table = org_table(cli, "org");

    if (table == NULL)
        return err_memory(err);
    request.code = (char *)cli->args[0];
    ErrCode code =
        cli_call(cli, &shans__v1__org_service__descriptor, "GetOrg", NULL, &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__GetOrgReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_versions; i++)
        add_org(table, reply->versions[i]);
    code = cli_print(cli, table, err);
    /* one document for programs: the versions; people see the links below */
    if (code == ERR_OK && reply->n_links > 0 && cli->style.format == RENDER_AS_TABLE) {
        fputc('\n', cli->out);
        code = print_links(cli, reply, err);
    }
    return code;
}

/* A cell of the file by heading; "" when the file has no such column. */
static char *cell(const Table *table, const TableRow *row, const char *heading)
{
    return (char *)table_get_cell(row, table_get_column(table, heading));
}

/* Row, heading and text of the cell that cannot be read. */
static ErrCode bad_cell(const TableRow *row, const char *column, const char *value, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_CELL");
    err_arg(err, "row", "%u", row->number);
    err_arg(err, "column", "%s", column);
    return err_arg(err, "value", "%s", value);
}

/* Yes in the ways offices write it; everything else is no. */
static bool is_yes(const char *text)
{
    return text_equal(text, "1") || text_equal(text, "true") || text_equal(text, "yes") ||
           text_equal(text, "да");
}

/* Checks what would make the whole file pointless; the rest is the server's to judge. */
static ErrCode fill_org(const Table *table, const TableRow *row, Shans__V1__Org *org, Err *err)
{
    const char *kind = cell(table, row, "kind"), *settlement = cell(table, row, "settlement");

    shans__v1__org__init(org);
    org->code = cell(table, row, "code");
    org->kind = (Shans__V1__OrgKind)name_parse(&names_org_kind, kind);
    org->settlement = (Shans__V1__Settlement)name_parse(&names_settlement, settlement);
    org->parent_code = cell(table, row, "parent_code");
    org->number = cell(table, row, "number");
    org->name = cell(table, row, "name");
    org->short_name = cell(table, row, "short_name");
    org->school_kind = cell(table, row, "school_kind");
    org->levels = cell(table, row, "levels");
    org->valid_from = cell(table, row, "valid_from");
    org->valid_to = cell(table, row, "valid_to");
    org->closed_on = cell(table, row, "closed_on");
    org->training = is_yes(cell(table, row, "training"));
    if (!text_is_code(org->code))
        return bad_cell(row, "code", org->code, err);
    if (org->kind == 0)
        return bad_cell(row, "kind", kind, err);
    if (org->settlement == 0 && settlement[0] != '\0')
        return bad_cell(row, "settlement", settlement, err);
    return ERR_OK;
}

/* A missing heading is told before any row is read. */
static ErrCode need_columns(const Table *table, const char *const *names, size_t count, Err *err)
{
    for (size_t i = 0; i < count; i++)
        if (table_get_column(table, names[i]) < 0) {
            err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_COLUMN_MISSING");
            return err_arg(err, "column", "%s", names[i]);
        }
    return ERR_OK;
}

/* One record a version; the server compares it with what it holds. */
static ErrCode load_orgs(Cli *cli, const char *path, Shans__V1__ImportOrgsRequest *request, Err *err)
{
    static const char *const needed[] = {"code", "kind", "name", "parent_code", "valid_from"};
    Table *table = NULL;
    ErrCode code = files_load_table(cli, path, false, cli_option(cli, "sheet"), &table, err);

    if (code == ERR_OK)
        code = need_columns(table, needed, 5, err);
    if (code != ERR_OK)
        return code;
    Shans__V1__Org *orgs = ARENA_NEW(cli->arena, Shans__V1__Org, table->row_count);
    request->orgs = ARENA_NEW(cli->arena, Shans__V1__Org *, table->row_count);
    if (orgs == NULL || request->orgs == NULL)
        return err_memory(err);
    for (size_t i = 1; i < table->row_count && code == ERR_OK; i++) {
        code = fill_org(table, &table->rows[i], &orgs[i], err);
        request->orgs[request->n_orgs++] = &orgs[i];
    }
    return code;
}

/* Links may name organisations of the same file. */
static ErrCode load_links(Cli *cli, const char *path, Shans__V1__ImportOrgsRequest *request, Err *err)
{
    static const char *const needed[] = {"predecessor", "successor", "date", "kind"};
    Table *table = NULL;
    ErrCode code = files_load_table(cli, path, false, NULL, &table, err);

    if (code == ERR_OK)
        code = need_columns(table, needed, 4, err);
    if (code != ERR_OK)
        return code;
    Shans__V1__OrgLink *links = ARENA_NEW(cli->arena, Shans__V1__OrgLink, table->row_count);
    request->links = ARENA_NEW(cli->arena, Shans__V1__OrgLink *, table->row_count);
    if (links == NULL || request->links == NULL)
        return err_memory(err);
    for (size_t i = 1; i < table->row_count; i++) {
        shans__v1__org_link__init(&links[i]);
        links[i].predecessor = cell(table, &table->rows[i], "predecessor");
        links[i].successor = cell(table, &table->rows[i], "successor");
        links[i].date = cell(table, &table->rows[i], "date");
        links[i].kind = cell(table, &table->rows[i], "kind");
        links[i].document = cell(table, &table->rows[i], "document");
        request->links[request->n_links++] = &links[i];
    }
    return ERR_OK;
}

/* One request with one operation id: repeated after a lost reply it changes nothing twice. */
static ErrCode send_import(Cli *cli, Shans__V1__ImportOrgsRequest *request, Err *err)
{
    const RenderColumn columns[] = {
        {"created", _("Created"), RENDER_NUMBER, 0},
        {"changed", _("Changed"), RENDER_NUMBER, 0},
        {"unchanged", _("Unchanged"), RENDER_NUMBER, 0},
        {"dry_run", _("Check only"), RENDER_BOOL, 0},
    };
    const char *document = cli_option(cli, "document");
    ProtobufCMessage *message = NULL;

    request->document = (char *)(document == NULL ? "" : document);
    request->dry_run = cli_flag(cli, "dry-run");
    ErrCode code =
        cli_change(cli, &shans__v1__org_service__descriptor, "ImportOrgs", &request->base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ImportOrgsReply *reply = (const void *)message;
    RenderTable *table = render_table_new(cli->arena, "org_import", columns, 4, true);
    if (table == NULL)
        return err_memory(err);
    render_add_number(table, reply->created);
    render_add_number(table, reply->changed);
    render_add_number(table, reply->unchanged);
    render_add_bool(table, request->dry_run);
    return cli_print(cli, table, err);
}

/* Both files are read before anything is sent. */
ErrCode cmd_org_import(Cli *cli, Err *err)
{
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    const char *links = cli_option(cli, "links");
    ErrCode code = load_orgs(cli, cli->args[0], &request, err);

    if (code == ERR_OK && links != NULL)
        code = load_links(cli, links, &request, err);
    return code == ERR_OK ? send_import(cli, &request, err) : code;
}

/* A single link by hand, sent the same way as a file. */
ErrCode cmd_org_link(Cli *cli, Err *err)
{
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    Shans__V1__OrgLink link = SHANS__V1__ORG_LINK__INIT, *links[] = {&link};
    const char *document = cli_option(cli, "document");

    link.predecessor = (char *)cli->args[0];
    link.successor = (char *)cli->args[1];
    link.date = (char *)cli->args[2];
    link.kind = (char *)cli->args[3];
    link.document = (char *)(document == NULL ? "" : document);
    request.links = links;
    request.n_links = 1;
    return send_import(cli, &request, err);
}
