/* Owns what handlers add to a call. Invariant: everything added lives in the call's arena. Must not send. */
#include "server/rpc/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "server/rpc/committer.h"
#include "server/rpc/method.h"

int64_t call_time_left(const Call *call)
{
    int64_t left = call->deadline - call->clock->monotonic_ms(call->clock);

    return left > 0 ? left : 0;
}

Shans__V1__FieldIssue *call_add_issue(Call *call, const char *field, const char *reason,
                                      Shans__V1__Severity severity)
{
    if (call->issue_count == CALL_ISSUES_MAX)
        return NULL;
    CallIssue *issue = ARENA_NEW(call->arena, CallIssue, 1);
    char *field_copy = arena_text(call->arena, field), *reason_copy = arena_text(call->arena, reason);

    if (issue == NULL || field_copy == NULL || reason_copy == NULL)
        return NULL;
    shans__v1__field_issue__init(&issue->message);
    issue->message.field = field_copy;
    issue->message.reason = reason_copy;
    issue->message.severity = severity;
    if (call->last_issue != NULL)
        call->last_issue->next = issue;
    else
        call->issues = issue;
    call->last_issue = issue;
    call->issue_count++;
    return &issue->message;
}

void call_issue_arg(Call *call, Shans__V1__FieldIssue *issue, const char *key, const char *format, ...)
{
    char text[200];
    va_list list;

    if (issue == NULL)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    /* The array is made anew with each argument: issues have one or two. */
    Shans__V1__ErrorArg **args = ARENA_NEW(call->arena, Shans__V1__ErrorArg *, issue->n_args + 1);
    Shans__V1__ErrorArg *arg = ARENA_NEW(call->arena, Shans__V1__ErrorArg, 1);
    char *key_copy = arena_text(call->arena, key), *value = arena_text(call->arena, text);
    if (args == NULL || arg == NULL || key_copy == NULL || value == NULL)
        return;
    shans__v1__error_arg__init(arg);
    arg->key = key_copy;
    arg->value = value;
    for (size_t i = 0; i < issue->n_args; i++)
        args[i] = issue->args[i];
    args[issue->n_args++] = arg;
    issue->args = args;
}

ErrCode call_pack(Call *call, const ProtobufCMessage *message, const void **ret_bytes, size_t *ret_size,
                  Err *err)
{
    size_t size = protobuf_c_message_get_packed_size(message);

    if (size > METHOD_REQUEST_MAX)
        return err_set(err, ERR_RESOURCE_EXHAUSTED, "REPLY_TOO_LARGE");
    uint8_t *bytes = arena_alloc(call->arena, size);
    if (bytes == NULL)
        return err_memory(err);
    protobuf_c_message_pack(message, bytes);
    *ret_bytes = bytes;
    *ret_size = size;
    return ERR_OK;
}

ErrCode call_defer(Call *call, void *data, ProtobufCMessage *reply, Err *err)
{
    SubmitItem *item = ARENA_NEW(call->arena, SubmitItem, 1);

    if (item == NULL)
        return err_memory(err);
    item->call = call;
    item->data = data;
    item->reply = reply;
    call->deferred = item;
    return ERR_OK;
}
