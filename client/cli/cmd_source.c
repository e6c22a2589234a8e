/* Owns the commands on a source's tables: issue traps, check, import. Invariant: the check is the server's
 * own and runs here too, without it; the cells go to the server as printed. Must not correct them. */
#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/issue_show.h"
#include "client/cli/show.h"
#include "client/cli/source_read.h"
#include "common/core/text.h"
#include "common/trap/traps.h"

/* Findings of all folders named. */
typedef struct Found {
    const TrapIssue **issues; /* one list a folder */
    size_t *counts;
    size_t folders;
} Found;

static const char *dictionary_of(const Cli *cli)
{
    const char *given = cli_option(cli, "dictionary");

    return given == NULL ? "R-2022P" : given;
}

/* Each folder is a source of its own: its groups say nothing of another's. */
static ErrCode check_folder(Cli *cli, const char *folder, const TrapIssue **ret_issues, size_t *ret_count,
                            Err *err)
{
    const Catalog *catalog = NULL;
    SourceCells cells = {.items = NULL};
    ErrCode code = cli_get_catalog(cli, &catalog, err);

    if (code == ERR_OK)
        code = source_read_folder(cli, folder, "", &cells, err);
    if (code != ERR_OK)
        return code;
    Source source = {
        .cells = cells.items,
        .cell_count = cells.count,
        .dictionary = catalog_get_factors(catalog, dictionary_of(cli)),
        .other = catalog_get_other_factors(catalog, dictionary_of(cli)),
    };
    if (source.dictionary == NULL) {
        err_set(err, ERR_NOT_FOUND, "DICTIONARY_UNKNOWN");
        return err_arg(err, "code", "%s", dictionary_of(cli));
    }
    return source_check(&source, cli->arena, ret_issues, ret_count, err);
}

static ErrCode check_folders(Cli *cli, Found *found, Err *err)
{
    ErrCode code = ERR_OK;

    *found = (Found){
        .issues = ARENA_NEW(cli->arena, const TrapIssue *, cli->arg_count),
        .counts = ARENA_NEW(cli->arena, size_t, cli->arg_count),
        .folders = cli->arg_count,
    };
    if (found->issues == NULL || found->counts == NULL)
        return err_memory(err);
    for (size_t i = 0; i < found->folders && code == ERR_OK; i++)
        code = check_folder(cli, cli->args[i], &found->issues[i], &found->counts[i], err);
    return code;
}

ErrCode cmd_issue_check(Cli *cli, Err *err)
{
    RenderTable *table = issue_show_table(cli);
    Found found;
    ErrCode code = table == NULL ? err_memory(err) : check_folders(cli, &found, err);

    if (code != ERR_OK)
        return code;
    for (size_t f = 0; f < found.folders; f++)
        for (size_t i = 0; i < found.counts[f] && code == ERR_OK; i++)
            code = issue_show_add_trap(cli, table, &found.issues[f][i], err);
    return code == ERR_OK ? cli_print(cli, table, err) : code;
}

/* One row a known trap, also those without a finding: what was not looked for must not look like health. */
ErrCode cmd_issue_traps(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"trap", _("Trap"), RENDER_TEXT, 0},       {"severity", _("Severity"), RENDER_CODE, 0},
        {"state", _("Result"), RENDER_CODE, 0},    {"findings", _("Findings"), RENDER_NUMBER, 0},
        {"what", _("What it is"), RENDER_TEXT, 0},
    };
    RenderTable *table =
        render_table_new(cli->arena, "trap", columns, sizeof columns / sizeof columns[0], false);
    unsigned met = 0;
    Found found;
    ErrCode code = table == NULL ? err_memory(err) : check_folders(cli, &found, err);

    if (code != ERR_OK)
        return code;
    for (size_t t = 0; t < trap_count; t++) {
        size_t count = 0;
        for (size_t f = 0; f < found.folders; f++)
            count += trap_find(&traps[t], found.issues[f], found.counts[f]);
        met += count > 0;
        render_add_text(table, traps[t].id);
        show_number_of(table, &names_severity, (int)traps[t].severity);
        show_name_of(table, &names_trap_state,
                     count > 0                    ? "found"
                     : trap_needs_text(&traps[t]) ? "needs_text"
                                                  : "not_found");
        render_add_number(table, (int64_t)count);
        render_add_text(table, cli_text(cli, traps[t].what));
    }
    code = cli_print(cli, table, err);
    if (code == ERR_OK)
        cli_say(cli, N_("%u trap found.", "%u traps found.", met), met);
    return code;
}

/* Cells as messages, in the order of the files. */
static ErrCode fill_cells(Cli *cli, const SourceCells *cells, Shans__V1__ImportSourceTablesRequest *request,
                          Err *err)
{
    Shans__V1__SourceCell *messages = ARENA_NEW(cli->arena, Shans__V1__SourceCell, cells->count);

    request->cells = ARENA_NEW(cli->arena, Shans__V1__SourceCell *, cells->count);
    if (messages == NULL || request->cells == NULL)
        return err_memory(err);
    for (size_t i = 0; i < cells->count; i++) {
        const SourceCell *cell = &cells->items[i];
        shans__v1__source_cell__init(&messages[i]);
        messages[i].role = (uint32_t)cell->role;
        messages[i].table = (char *)cell->table;
        messages[i].row = (char *)cell->row;
        messages[i].column = (char *)cell->column;
        messages[i].year = (uint32_t)cell->year;
        messages[i].raw = (char *)cell->raw;
        request->cells[request->n_cells++] = &messages[i];
    }
    return ERR_OK;
}

ErrCode cmd_issue_import(Cli *cli, Err *err)
{
    Shans__V1__ImportSourceTablesRequest request = SHANS__V1__IMPORT_SOURCE_TABLES_REQUEST__INIT;
    const char *prefix = cli_option(cli, "school-prefix"), *document = cli_option(cli, "document");
    RenderTable *table = issue_show_table(cli);
    SourceCells cells = {.items = NULL};
    ProtobufCMessage *message = NULL;
    ErrCode code = table == NULL
                       ? err_memory(err)
                       : source_read_folder(cli, cli->args[0], prefix == NULL ? "" : prefix, &cells, err);

    if (code == ERR_OK)
        code = fill_cells(cli, &cells, &request, err);
    if (code != ERR_OK)
        return code;
    request.dictionary = (char *)dictionary_of(cli);
    request.document = (char *)(document == NULL ? "" : document);
    request.dry_run = cli_flag(cli, "dry-run");
    code = cli_change(cli, &shans__v1__collection_service__descriptor, "ImportSourceTables", &request.base,
                      &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ImportSourceTablesReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_issues; i++)
        issue_show_add(cli, table, reply->issues[i]);
    return cli_print(cli, table, err);
}
