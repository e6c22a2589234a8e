/* Owns issue list, the decisions on issues, and risk import. Invariant: the tables go to the server as
 * printed, errors included; a decision is a person's. Must not correct them. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/files.h"
#include "client/cli/issue_show.h"
#include "client/cli/names.h"
#include "common/core/decimal.h"
#include "common/core/text.h"
#include "shans/v1/collection.pb-c.h"

enum { PAGE = 1000, TABLES_MAX = 64, GROUPS_MAX = 16 };

/* What imports and cross-checks flagged. */
ErrCode cmd_issue_list(Cli *cli, Err *err)
{
    Shans__V1__ListIssuesRequest request = SHANS__V1__LIST_ISSUES_REQUEST__INIT;
    const char *under = cli_option(cli, "under");
    RenderTable *table = issue_show_table(cli);

    if (table == NULL)
        return err_memory(err);
    request.under = (char *)(under == NULL ? "" : under);
    request.status = (char *)(cli_flag(cli, "open") ? "open" : "");
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__collection_service__descriptor, "ListIssues", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListIssuesReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_issues; i++)
            issue_show_add(cli, table, reply->issues[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* Each id alone: one that is decided already does not stop the others. */
static ErrCode resolve(Cli *cli, const char *status, const char *value, Err *err)
{
    const char *reason = NULL;
    RenderTable *table = issue_show_table(cli);
    ErrCode first = cli_need(cli, "comment", &reason, err);

    if (first == ERR_OK && table == NULL)
        first = err_memory(err);
    if (first != ERR_OK)
        return first;
    for (size_t i = 0; i < cli->arg_count; i++) {
        Shans__V1__ResolveIssueRequest request = SHANS__V1__RESOLVE_ISSUE_REQUEST__INIT;
        ProtobufCMessage *message = NULL;
        Err why = {.code = ERR_OK};
        request.status = (char *)status;
        request.reason = (char *)reason;
        request.value = (char *)value;
        ErrCode code = cli_need_number(cli, cli->args[i], "ID", &request.id, &why);
        if (code == ERR_OK)
            code = cli_change(cli, &shans__v1__collection_service__descriptor, "ResolveIssue", &request.base,
                              &message, &why);
        if (code == ERR_OK)
            issue_show_add(cli, table, ((const Shans__V1__ResolveIssueReply *)(const void *)message)->issue);
        else if (first == ERR_OK) {
            first = code;
            *err = why;
        } else
            cli_say_err(cli, cli->args[i], &why);
    }
    ErrCode code = cli_print(cli, table, first == ERR_OK ? err : &(Err){.code = ERR_OK});
    return first == ERR_OK ? code : first;
}

ErrCode cmd_issue_accept(Cli *cli, Err *err)
{
    return resolve(cli, "accepted", "", err);
}

ErrCode cmd_issue_reject(Cli *cli, Err *err)
{
    return resolve(cli, "rejected", "", err);
}

ErrCode cmd_issue_correct(Cli *cli, Err *err)
{
    const char *value = NULL;
    ErrCode code = cli_need(cli, "value", &value, err);

    return code == ERR_OK ? resolve(cli, "corrected", value, err) : code;
}

/* A facts file whose first row has all the headings. */
static ErrCode load_facts(Cli *cli, const char *path, const char *sheet, const char *const *headings,
                          size_t count, Table **ret_table, Err *err)
{
    ErrCode code = files_load_table(cli, path, true, sheet, ret_table, err);

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (table_get_column(*ret_table, headings[i]) < 0) {
            err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_COLUMN_MISSING");
            code = err_arg(err, "column", "%s", headings[i]);
        }
    return code;
}

/* Printed tables number schools; --school-prefix makes the code of the number. */
static char *school_code(Cli *cli, const char *number)
{
    const char *prefix = cli_option(cli, "school-prefix");

    return arena_printf(cli->arena, "%s%s", prefix == NULL ? "" : prefix, number);
}

/* The column of the regional list carries its year in the heading: in_regional_list_2023. */
static int find_starting(const Table *table, const char *prefix)
{
    for (uint32_t i = 0; i < table->rows[0].cell_count; i++)
        if (text_starts(table->rows[0].cells[i], prefix))
            return (int)i;
    return -1;
}

/* A group of the identifier; 0 when the cell has none. */
static uint32_t small_number(const char *text)
{
    int64_t number;

    return decimal_parse(text, 0, &number) == DECIMAL_FINE && number > 0 && number < 100 ? (uint32_t)number
                                                                                         : 0;
}

/* Schools of the groups file that belong to a group; others have no row. */
static ErrCode load_groups(Cli *cli, const char *path, Shans__V1__ImportRiskTablesRequest *request, Err *err)
{
    static const char *const headings[] = {"school", "support_group"};
    Table *table = NULL;
    ErrCode code = load_facts(cli, path, NULL, headings, 2, &table, err);

    if (code != ERR_OK)
        return code;
    int school = table_get_column(table, "school"), group = table_get_column(table, "support_group"),
        listed = find_starting(table, "in_regional_list");
    int wellbeing = table_get_column(table, "wellbeing_group"),
        quality = table_get_column(table, "quality_group");
    Shans__V1__GroupRow *rows = ARENA_NEW(cli->arena, Shans__V1__GroupRow, table->row_count);
    request->groups = ARENA_NEW(cli->arena, Shans__V1__GroupRow *, table->row_count);
    if (rows == NULL || request->groups == NULL)
        return err_memory(err);
    for (size_t i = 1; i < table->row_count; i++) {
        const char *name = table_get_cell(&table->rows[i], group);
        Shans__V1__GroupRow *row = &rows[request->n_groups];
        if (name[0] == '\0')
            continue;
        shans__v1__group_row__init(row);
        row->school_code = school_code(cli, table_get_cell(&table->rows[i], school));
        row->group = (char *)name;
        row->wellbeing_group = small_number(table_get_cell(&table->rows[i], wellbeing));
        row->quality_group = small_number(table_get_cell(&table->rows[i], quality));
        row->listed = text_equal(table_get_cell(&table->rows[i], listed), "1");
        if (row->school_code == NULL)
            return err_memory(err);
        request->groups[request->n_groups++] = row;
    }
    return ERR_OK;
}

/* NULL for a school that the official lists do not name. */
static const char *group_of(const Shans__V1__ImportRiskTablesRequest *request, const char *school)
{
    for (size_t i = 0; i < request->n_groups; i++)
        if (text_equal(request->groups[i]->school_code, school))
            return request->groups[i]->group;
    return NULL;
}

/* The group a table is headed by: the one most of its rows' schools belong to. The file names tables by
 * number only; the heading is told by the membership of the majority. */
static const char *heading_group(const Shans__V1__ImportRiskTablesRequest *request, const char *table)
{
    const char *names[GROUPS_MAX], *best = "";
    size_t votes[GROUPS_MAX] = {0}, count = 0, most = 0;

    for (size_t i = 0; i < request->n_rows; i++) {
        const char *group = group_of(request, request->rows[i]->school_code);
        size_t k = 0;
        if (group == NULL || !text_equal(request->rows[i]->table, table))
            continue;
        while (k < count && !text_equal(names[k], group))
            k++;
        if (k == GROUPS_MAX)
            continue;
        if (k == count)
            names[count++] = group;
        if (++votes[k] > most) {
            most = votes[k];
            best = names[k];
        }
    }
    return best;
}

/* The row and column of the file, so that it can be mended there. */
static ErrCode bad_row(const TableRow *row, const char *column, const char *value, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_CELL");
    err_arg(err, "row", "%u", row->number);
    err_arg(err, "column", "%s", column);
    return err_arg(err, "value", "%s", value);
}

/* Significance may be written low, medium, high; anything else names its row. */
static ErrCode fill_row(Cli *cli, const Table *table, const TableRow *from, Shans__V1__RiskRow *to, Err *err)
{
    const char *factor = table_get_cell(from, table_get_column(table, "factor")),
               *level = table_get_cell(from, table_get_column(table, "significance"));
    int64_t number;

    shans__v1__risk_row__init(to);
    to->table = (char *)table_get_cell(from, table_get_column(table, "table"));
    to->school_code = school_code(cli, table_get_cell(from, table_get_column(table, "school")));
    if (to->school_code == NULL)
        return err_memory(err);
    if (decimal_parse(factor, 0, &number) != DECIMAL_FINE || number < 1 || number > 1000)
        return bad_row(from, "factor", factor, err);
    to->factor = (uint32_t)number;
    to->significance = (uint32_t)name_parse(&names_level, level);
    return to->significance == 0 ? bad_row(from, "significance", level, err) : ERR_OK;
}

/* Each table gets the group it is headed by once all its rows are read. */
static ErrCode load_rows(Cli *cli, Shans__V1__ImportRiskTablesRequest *request, Err *err)
{
    static const char *const headings[] = {"table", "school", "factor", "significance"};
    Table *table = NULL;
    const char *tables[TABLES_MAX], *groups[TABLES_MAX];
    size_t count = 0;
    ErrCode code = load_facts(cli, cli->args[0], cli_option(cli, "sheet"), headings, 4, &table, err);

    if (code != ERR_OK)
        return code;
    Shans__V1__RiskRow *rows = ARENA_NEW(cli->arena, Shans__V1__RiskRow, table->row_count);
    request->rows = ARENA_NEW(cli->arena, Shans__V1__RiskRow *, table->row_count);
    if (rows == NULL || request->rows == NULL)
        return err_memory(err);
    for (size_t i = 1; i < table->row_count && code == ERR_OK; i++) {
        code = fill_row(cli, table, &table->rows[i], &rows[i], err);
        request->rows[request->n_rows++] = &rows[i];
    }
    for (size_t i = 0; i < request->n_rows && code == ERR_OK; i++) {
        size_t k = 0;
        while (k < count && !text_equal(tables[k], request->rows[i]->table))
            k++;
        if (k == TABLES_MAX)
            return bad_row(&table->rows[i + 1], "table", request->rows[i]->table, err);
        if (k == count) {
            tables[count] = request->rows[i]->table;
            groups[count++] = heading_group(request, request->rows[i]->table);
        }
        request->rows[i]->group = (char *)groups[k];
    }
    return code;
}

/* Sent in one call: the tables, the official groups, and what they are checked against. */
ErrCode cmd_risk_import(Cli *cli, Err *err)
{
    Shans__V1__ImportRiskTablesRequest request = SHANS__V1__IMPORT_RISK_TABLES_REQUEST__INIT;
    const char *groups = NULL, *period = NULL, *dictionary = cli_option(cli, "dictionary"),
               *document = cli_option(cli, "document"), *method = cli_option(cli, "method");
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need(cli, "groups", &groups, err);

    if (code == ERR_OK)
        code = cli_need(cli, "period", &period, err);
    if (code == ERR_OK)
        code = load_groups(cli, groups, &request, err);
    if (code == ERR_OK)
        code = load_rows(cli, &request, err);
    if (code != ERR_OK)
        return code;
    request.period = (char *)period;
    request.dictionary = (char *)(dictionary == NULL ? "R-2022P" : dictionary);
    request.document = (char *)(document == NULL ? "" : document);
    request.methodology = (char *)(method == NULL ? "" : method);
    request.dry_run = cli_flag(cli, "dry-run");
    code = cli_change(cli, &shans__v1__collection_service__descriptor, "ImportRiskTables", &request.base,
                      &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ImportRiskTablesReply *reply = (const void *)message;
    RenderTable *table = issue_show_table(cli);
    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_issues; i++)
        issue_show_add(cli, table, reply->issues[i]);
    cli_say(cli, N_("%u risk profile stored.", "%u risk profiles stored.", reply->profiles_stored),
            reply->profiles_stored);
    return cli_print(cli, table, err);
}
