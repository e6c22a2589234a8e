/* Owns the way of a finding into the store. Invariant: what the reply names is stored, under one document.
 * Must not judge: the checks of common/trap do. */
#include "server/service/issue_import.h"

#include "server/service/service.h"
#include "server/store/store_org.h"

ErrCode issue_import_too_large(const char *what, size_t count, size_t limit, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_TOO_LARGE");
    err_arg(err, "what", "%s", what);
    err_arg(err, "count", "%zu", count);
    return err_arg(err, "limit", "%zu", limit);
}

ErrCode issue_import_init(IssueImport *import, Call *call, const char *document, Err *err)
{
    *import = (IssueImport){
        .call = call,
        .document = document,
        .rows = ARENA_NEW(call->arena, IssueRow, ISSUES_MAX),
    };
    return import->rows == NULL ? err_memory(err) : ERR_OK;
}

ErrCode issue_import_add(IssueImport *import, const TrapIssue *issue, Err *err)
{
    Call *call = import->call;
    OrgRow school = {.id = 0};
    bool added;
    const char **keys = ARENA_NEW(call->arena, const char *, issue->arg_count);
    const char **values = ARENA_NEW(call->arena, const char *, issue->arg_count);

    if (keys == NULL || values == NULL)
        return err_memory(err);
    if (import->count == ISSUES_MAX)
        return issue_import_too_large("issues", import->count + 1, ISSUES_MAX, err);
    if (*issue->school != '\0') {
        ErrCode code = org_store_find(call_db(call), issue->school, call->arena, &school, err);
        if (code != ERR_OK)
            return code;
    }
    for (size_t i = 0; i < issue->arg_count; i++) {
        keys[i] = issue->args[i].key;
        values[i] = issue->args[i].value;
    }
    IssueRow row = {
        .rule = issue->rule,
        .severity = (int)issue->severity,
        .school_id = school.id,
        .district_id = school.id == 0 ? 0 : school.district_id,
        .school_code = issue->school,
        .place = issue->place,
        .raw_value = issue->raw,
        .proposal = issue->proposal,
        .arg_keys = keys,
        .arg_values = values,
        .arg_count = issue->arg_count,
        .status = "open",
        .document = import->document,
    };
    ErrCode code = issue_store_add(call_db(call), &row, call->principal->id, call_now_ms(call), &added, err);
    if (code == ERR_OK)
        import->rows[import->count++] = row;
    return code;
}
