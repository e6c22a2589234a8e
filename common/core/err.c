/* Owns the status-code names and the error record. Invariant: code and reason are set together.
 * Must not log, print or allocate. */
#include "common/core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/core/text.h"

/* The spelling of google.rpc.Code, which logs and JSON output keep for good. */
static const char *const code_names[ERR_CODE_COUNT] = {
    [ERR_OK] = "OK",
    [ERR_CANCELLED] = "CANCELLED",
    [ERR_UNKNOWN] = "UNKNOWN",
    [ERR_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [ERR_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [ERR_NOT_FOUND] = "NOT_FOUND",
    [ERR_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [ERR_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [ERR_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [ERR_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [ERR_ABORTED] = "ABORTED",
    [ERR_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [ERR_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [ERR_INTERNAL] = "INTERNAL",
    [ERR_UNAVAILABLE] = "UNAVAILABLE",
    [ERR_DATA_LOSS] = "DATA_LOSS",
    [ERR_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

ErrCode err_set(Err *err, ErrCode code, const char *reason)
{
    err->code = code;
    err->arg_count = 0;
    err->retry_delay_ms = 0;
    text_copy(err->reason, sizeof err->reason, reason);
    return code;
}

ErrCode err_arg(Err *err, const char *key, const char *format, ...)
{
    if (err->arg_count < ERR_ARGS_MAX) {
        ErrArg *arg = &err->args[err->arg_count++];
        /* longer than a value, so that the cut below sees whole characters */
        char whole[512];
        va_list list;

        va_start(list, format);
        vsnprintf(whole, sizeof whole, format, list);
        va_end(list);
        text_copy(arg->key, sizeof arg->key, key);
        text_copy(arg->value, sizeof arg->value, whole);
    }
    return err->code;
}

const char *err_arg_get(const Err *err, const char *key)
{
    for (size_t i = 0; i < err->arg_count; i++) {
        if (strcmp(err->args[i].key, key) == 0)
            return err->args[i].value;
    }
    return "";
}

const char *err_code_name(ErrCode code)
{
    unsigned number = (unsigned)code;

    return number < ERR_CODE_COUNT ? code_names[number] : code_names[ERR_UNKNOWN];
}

ErrCode err_memory(Err *err)
{
    return err_set(err, ERR_RESOURCE_EXHAUSTED, "MEMORY_LIMIT");
}
