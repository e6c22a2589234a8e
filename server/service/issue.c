/* Owns the findings of imports as people meet them: the list, the check of a source's own tables, a decision.
 * Invariant: nothing corrects itself; a decision names who, when and why.
 * Must not judge figures: common/trap does. */
#include <string.h>

#include "common/core/text.h"
#include "common/trap/source.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/issue_import.h"
#include "server/service/issue_message.h"
#include "server/service/service.h"

/* A document of one municipality has some thousand cells; a region's some ten thousand. */
enum { ISSUE_PAGE = 200, ISSUE_PAGE_MAX = 1000, CELLS_MAX = 50000, REASON_MAX = 1000 };

/* What imports and cross-checks flagged; the page token is the last id read, also when its issue is not shown
 * to this caller. Issues of no single school are the ministry's. */
ErrCode collection_list_issues(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__ListIssuesRequest *request = (const Shans__V1__ListIssuesRequest *)message;
    Shans__V1__ListIssuesReply *reply = (Shans__V1__ListIssuesReply *)reply_message;
    IssueFilter filter = {.limit = page_limit(request->page_size, ISSUE_PAGE, ISSUE_PAGE_MAX),
                          .status = request->status};
    IssueRow *rows;
    size_t count;
    ErrCode code = page_id_parse(request->page_token, &filter.after_id, err);

    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK)
        code = issue_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++) {
        if (call_sees(call, rows[i].school_id, rows[i].district_id))
            rows[reply->n_issues++] = rows[i];
    }
    code = issue_messages(call->arena, rows, reply->n_issues, &reply->issues, err);
    if (code != ERR_OK)
        return code;
    return count < filter.limit ? ERR_OK
                                : page_id_dump(call, rows[count - 1].id, &reply->next_page_token, err);
}

/* Cells as the check has them; texts stay where they are. */
static ErrCode gather(Call *call, const Shans__V1__ImportSourceTablesRequest *request, Source *ret_source,
                      Err *err)
{
    const Catalog *catalog = call_service(call)->options.catalog;
    SourceCell *cells = ARENA_NEW(call->arena, SourceCell, request->n_cells);

    if (request->n_cells > CELLS_MAX)
        return issue_import_too_large("cells", request->n_cells, CELLS_MAX, err);
    if (cells == NULL)
        return err_memory(err);
    for (size_t i = 0; i < request->n_cells; i++) {
        const Shans__V1__SourceCell *cell = request->cells[i];
        cells[i] = (SourceCell){(SourceRole)cell->role, cell->table,     cell->row,
                                cell->column,           (int)cell->year, cell->raw};
    }
    *ret_source = (Source){.cells = cells, .cell_count = request->n_cells};
    if (*request->dictionary == '\0')
        return ERR_OK;
    ret_source->dictionary = catalog_get_factors(catalog, request->dictionary);
    ret_source->other = catalog_get_other_factors(catalog, request->dictionary);
    if (ret_source->dictionary != NULL)
        return ERR_OK;
    err_set(err, ERR_NOT_FOUND, "DICTIONARY_UNKNOWN");
    return err_arg(err, "code", "%s", request->dictionary);
}

/* The tables of a source checked against each other; every finding is stored once a document. Figures
 * themselves come in by their forms. */
ErrCode collection_import_source_tables(Call *call, const ProtobufCMessage *message,
                                        ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__ImportSourceTablesRequest *request =
        (const Shans__V1__ImportSourceTablesRequest *)message;
    Shans__V1__ImportSourceTablesReply *reply = (Shans__V1__ImportSourceTablesReply *)reply_message;
    const TrapIssue *issues;
    IssueImport import;
    Source source;
    size_t count = 0;
    ErrCode code = gather(call, request, &source, err);

    if (code == ERR_OK)
        code = source_check(&source, call->arena, &issues, &count, err);
    if (code == ERR_OK)
        code = issue_import_init(&import, call, request->document, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = issue_import_add(&import, &issues[i], err);
    if (code == ERR_OK)
        code = issue_messages(call->arena, import.rows, import.count, &reply->issues, err);
    if (code != ERR_OK)
        return code;
    reply->n_issues = import.count;
    call_session(call)->dry_run = request->dry_run;
    call_session(call)->object = "source_tables";
    return ERR_OK;
}

/* The one issue, if the caller may see it; what is hidden is answered like what is not there. */
static ErrCode issue_find(Call *call, uint64_t id, IssueRow *ret_row, Err *err)
{
    IssueFilter filter = {.limit = 1, .id = (int64_t)id};
    IssueRow *rows;
    size_t count = 0;
    ErrCode code = id == 0 || id > INT64_MAX
                       ? ERR_OK
                       : issue_store_list(call_db(call), &filter, call->arena, &rows, &count, err);

    if (code != ERR_OK)
        return code;
    if (count == 1 && call_sees(call, rows[0].school_id, rows[0].district_id)) {
        *ret_row = rows[0];
        return ERR_OK;
    }
    err_set(err, ERR_NOT_FOUND, "ISSUE_UNKNOWN");
    return err_arg(err, "id", "%llu", (unsigned long long)id);
}

/* A decision has a reason; a corrected figure its value, and no other decision has one. */
static ErrCode decision_check(const Shans__V1__ResolveIssueRequest *request, Err *err)
{
    bool corrected = text_equal(request->status, "corrected");

    if (!corrected && !text_equal(request->status, "accepted") && !text_equal(request->status, "rejected")) {
        err_set(err, ERR_INVALID_ARGUMENT, "ISSUE_STATUS");
        return err_arg(err, "status", "%s", request->status);
    }
    if (*request->reason == '\0' || strlen(request->reason) > REASON_MAX)
        return err_set(err, ERR_INVALID_ARGUMENT, "ISSUE_REASON");
    if (corrected != (*request->value != '\0'))
        return err_set(err, ERR_INVALID_ARGUMENT, "ISSUE_VALUE");
    return ERR_OK;
}

/* The district decides on its schools, the ministry on all. The figure itself is corrected where it stands,
 * by a new revision of its form: here is only what was found to be right. */
ErrCode collection_resolve_issue(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                 Err *err)
{
    const Shans__V1__ResolveIssueRequest *request = (const Shans__V1__ResolveIssueRequest *)message;
    Shans__V1__ResolveIssueReply *reply = (Shans__V1__ResolveIssueReply *)reply_message;
    Shans__V1__ImportIssue **messages;
    IssueDecision decision = {
        .id = (int64_t)request->id,
        .principal_id = call->principal->id,
        .now_ms = call_now_ms(call),
        .status = request->status,
        .reason = request->reason,
        .value = request->value,
    };
    IssueRow row;
    ErrCode code = issue_find(call, request->id, &row, err);

    if (code == ERR_OK)
        code = decision_check(request, err);
    if (code == ERR_OK)
        code = issue_store_resolve(call_db(call), &decision, err);
    if (code == ERR_OK)
        code = issue_find(call, request->id, &row, err);
    if (code == ERR_OK)
        code = issue_messages(call->arena, &row, 1, &messages, err);
    if (code != ERR_OK)
        return code;
    char *object = arena_printf(call->arena, "issue:%llu", (unsigned long long)request->id);
    if (object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    reply->issue = messages[0];
    return ERR_OK;
}
