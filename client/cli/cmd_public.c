/* Owns the tables that leave for the public. Invariant: asks only the method that hides small counts, so
 * nothing else can get out by this way. Must not compute a count or a share. */
#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/show.h"
#include "shans/v1/method.pb-c.h"

/* Codes for programs; "" for a share that is exact or may not be told. */
static const char *share_code(const Shans__V1__PublicCell *cell)
{
    switch (cell->share) {
    case SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_AT_MOST_5:
        return "AT_MOST_5";
    case SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_AT_LEAST_95:
        return "AT_LEAST_95";
    default:
        return "";
    }
}

/* A whole number when it may be told exactly, its band when not, nothing when not at all. */
static void add_share(Cli *cli, RenderTable *table, const Shans__V1__PublicCell *cell)
{
    const char *band = share_code(cell);

    if (cell->share == SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_EXACT) {
        char *text = arena_printf(cli->arena, "%u", cell->percent);
        render_add_code(table, text != NULL ? text : "", text != NULL ? text : "");
    } else {
        render_add_code(table, band, *band == '\0' ? "" : band[3] == 'M' ? "≤ 5" : "≥ 95");
    }
}

/* The columns that say whose row it is: one district, several small ones, or all. Rows that are no single
 * district have codes of their own in place of a name, so that programs need not guess. */
static void add_place(RenderTable *table, const Shans__V1__PublicRow *row)
{
    render_add_text(table, row->district_code);
    if (row->total)
        render_add_code(table, "ALL_DISTRICTS", _("all districts"));
    else if (row->district_code[0] == '\0')
        render_add_code(table, "OTHER_DISTRICTS", _("other districts"));
    else
        show_org_name(table, row->district_name, row->training);
    render_add_number(table, row->districts);
    render_add_bool(table, row->total);
    render_add_bool(table, row->training);
}

/* breakdown: "status", "type", or "all" for the row's own count. */
static void add_cell(Cli *cli, RenderTable *table, const Shans__V1__PublicRow *row, const char *breakdown,
                     const NameTable *names, const Shans__V1__PublicCell *cell)
{
    add_place(table, row);
    render_add_code(table, breakdown, "");
    if (names == NULL)
        render_add_code(table, "ALL", _("schools in all"));
    else if (cell->code[0] == '\0')
        render_add_code(table, "UNIDENTIFIED", _("not identified"));
    else
        show_name_of(table, names, cell->code);
    if (cell->hidden)
        render_add_empty(table);
    else
        render_add_number(table, cell->schools);
    render_add_bool(table, cell->hidden);
    add_share(cli, table, cell);
}

/* A row of the server is many lines here: its own count, then each status, then each type, so that a
 * spreadsheet can filter and pivot them. */
static void add_row(Cli *cli, RenderTable *table, const Shans__V1__PublicRow *row)
{
    Shans__V1__PublicCell all = SHANS__V1__PUBLIC_CELL__INIT;

    all.schools = row->schools;
    all.hidden = row->hidden;
    add_cell(cli, table, row, "all", NULL, &all);
    for (size_t i = 0; i < row->n_statuses; i++)
        add_cell(cli, table, row, "status", &names_public_status, row->statuses[i]);
    for (size_t i = 0; i < row->n_types; i++)
        add_cell(cli, table, row, "type", &names_typology, row->types[i]);
}

/* --public has to be said: whoever exports decides for whom. */
ErrCode cmd_edition_export(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"district_code", _("Code"), RENDER_TEXT, 0}, {"district_name", _("District"), RENDER_CODE, 0},
        {"districts", NULL, RENDER_NUMBER, 0},        {"total", NULL, RENDER_BOOL, 0},
        {"training", NULL, RENDER_BOOL, 0},           {"breakdown", NULL, RENDER_CODE, 0},
        {"group", _("Group"), RENDER_CODE, 0},        {"schools", _("Schools"), RENDER_NUMBER, 0},
        {"hidden", _("Hidden"), RENDER_BOOL, 0},      {"share_percent", _("Share, %"), RENDER_CODE, 0},
    };
    Shans__V1__GetPublicTableRequest request = SHANS__V1__GET_PUBLIC_TABLE_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    uint64_t number = 0;
    ErrCode code = cli_need_number(cli, cli->args[0], "N", &number, err);

    if (code != ERR_OK)
        return code;
    if (!cli_flag(cli, "public"))
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_PUBLIC");
    RenderTable *table = render_table_new(cli->arena, "public", columns, 10, false);
    if (table == NULL)
        return err_memory(err);
    request.edition_number = (uint32_t)number;
    code = cli_call(cli, &shans__v1__method_service__descriptor, "GetPublicTable", NULL, &request.base,
                    &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__GetPublicTableReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_rows; i++)
        add_row(cli, table, reply->rows[i]);
    render_set_note(
        table, arena_printf(cli->arena,
                            _("Hidden: counts from 1 to %u, groups of fewer than %u schools, and what would "
                              "give them away. Small districts stand together."),
                            reply->count_max, reply->base_min));
    return cli_print(cli, table, err);
}
