/* Findings of imports and cross-checks.
 * One finding is stored once, however often the same document is imported.
 * Corrects nothing: a person decides. */
#include "server/store/store_issue.h"

#include <string.h>

#include "server/store/store_rows.h"

enum { ISSUE_SEPARATOR = 0x1f }; /* joins the arguments on their way out of the database */

ErrCode issue_store_add(Db *db, const IssueRow *issue, int64_t principal_id, int64_t now_ms, bool *ret_added,
                        Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_text(&params, issue->rule);
    db_param_int64(&params, issue->severity);
    db_param_int64(&params, issue->school_id);
    db_param_int64(&params, issue->district_id);
    db_param_text(&params, text_or_empty(issue->place));
    db_param_text(&params, text_or_empty(issue->raw_value));
    db_param_text(&params, text_or_empty(issue->proposal));
    db_param_text_array(&params, issue->arg_keys, issue->arg_count);
    db_param_text_array(&params, issue->arg_values, issue->arg_count);
    db_param_text(&params, text_or_empty(issue->document));
    db_param_time(&params, now_ms);
    db_param_int64(&params, principal_id);
    int64_t touched = 0;
    ErrCode code = rows_exec(db, "issue__insert", &params, &touched, err);
    if (code == ERR_OK)
        *ret_added = touched > 0;
    return code;
}

/* Cuts a joined text into count pieces, in place of the copy that row_text made. */
static const char *const *pieces_read(RowCursor *cursor, size_t count)
{
    const char *joined = row_text(cursor);
    char *copy = arena_text(cursor->arena, joined);
    const char **pieces = ARENA_NEW(cursor->arena, const char *, count);
    if (copy == NULL || pieces == NULL) {
        cursor->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        pieces[i] = copy;
        char *end = strchr(copy, ISSUE_SEPARATOR);
        if (end == NULL)
            end = copy + strlen(copy);
        copy = *end == 0 ? end : end + 1;
        *end = 0;
    }
    return pieces;
}

static void issue_read(RowCursor *cursor, void *item)
{
    IssueRow *row = item;
    row->id = row_int64(cursor);
    row->rule = row_text(cursor);
    row->severity = row_int(cursor);
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->school_code = row_text(cursor);
    row->place = row_text(cursor);
    row->raw_value = row_text(cursor);
    row->proposal = row_text(cursor);
    row->arg_count = (size_t)row_int64(cursor);
    row->arg_keys = pieces_read(cursor, row->arg_count);
    row->arg_values = pieces_read(cursor, row->arg_count);
    row->status = row_text(cursor);
    row->document = row_text(cursor);
    row->decided_by = row_text(cursor);
    row->decided_ms = row_time(cursor);
    row->reason = row_text(cursor);
    row->value = row_text(cursor);
}

ErrCode issue_store_list(Db *db, const IssueFilter *filter, Arena *arena, IssueRow **ret_rows,
                         size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, filter->under_id);
    db_param_text(&params, text_or_empty(filter->status));
    db_param_int64(&params, filter->after_id);
    db_param_int64(&params, filter->limit);
    db_param_int64(&params, filter->id);
    void *rows = NULL;
    ErrCode code =
        rows_load(db, "issue__list", &params, arena, sizeof(IssueRow), issue_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

ErrCode issue_store_resolve(Db *db, const IssueDecision *decision, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, decision->id);
    db_param_text(&params, decision->status);
    db_param_int64(&params, decision->principal_id);
    db_param_time(&params, decision->now_ms);
    db_param_text(&params, decision->reason);
    db_param_text(&params, text_or_empty(decision->value));
    int64_t touched = 0;
    ErrCode code = rows_exec(db, "issue__resolve", &params, &touched, err);
    if (code != ERR_OK || touched == 1)
        return code;
    err_set(err, ERR_FAILED_PRECONDITION, "ISSUE_DECIDED");
    return err_arg(err, "id", "%lld", (long long)decision->id);
}
