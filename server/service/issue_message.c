/* Owns the conversion of issue rows. Must not read or write the database. */
#include "server/service/issue_message.h"

#include "server/service/convert.h"

/* An issue as the person who must correct it needs it: rule, place, what was printed, what is proposed. */
static ErrCode fill(Arena *arena, const IssueRow *row, Shans__V1__ImportIssue *to, Err *err)
{
    to->id = (uint64_t)row->id;
    to->rule = (char *)row->rule;
    to->severity = (Shans__V1__Severity)row->severity;
    to->school_code = (char *)(row->school_code == NULL ? "" : row->school_code);
    to->place = (char *)row->place;
    to->raw_value = (char *)row->raw_value;
    to->proposal = (char *)row->proposal;
    to->status = (char *)(row->status == NULL ? "open" : row->status);
    to->decided_by = (char *)(row->decided_by == NULL ? "" : row->decided_by);
    to->decided_ms = row->decided_ms;
    to->reason = (char *)(row->reason == NULL ? "" : row->reason);
    to->value = (char *)(row->value == NULL ? "" : row->value);
    to->args = MESSAGE_ARRAY(arena, row->arg_count, Shans__V1__ErrorArg, shans__v1__error_arg__init);
    if (to->args == NULL)
        return err_memory(err);
    to->n_args = row->arg_count;
    for (size_t i = 0; i < row->arg_count; i++) {
        to->args[i]->key = (char *)row->arg_keys[i];
        to->args[i]->value = (char *)row->arg_values[i];
    }
    return ERR_OK;
}

/* In the order of the rows. */
ErrCode issue_messages(Arena *arena, const IssueRow *rows, size_t count,
                       Shans__V1__ImportIssue ***ret_messages, Err *err)
{
    Shans__V1__ImportIssue **messages =
        MESSAGE_ARRAY(arena, count, Shans__V1__ImportIssue, shans__v1__import_issue__init);
    ErrCode code = messages == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = fill(arena, &rows[i], messages[i], err);
    if (code == ERR_OK)
        *ret_messages = messages;
    return code;
}
