/* Errors: the canonical gRPC status codes, a machine reason and its arguments. An error is set once, at its
 * origin, and passed up unchanged; the sentence a person reads is made from `reason` where it is shown
 * (common/base/reason.h). */
#ifndef COMMON_CORE_ERR_H
#define COMMON_CORE_ERR_H

#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

typedef enum ErrCode {
    ERR_OK = 0,
    ERR_CANCELLED = 1,
    ERR_UNKNOWN = 2,
    ERR_INVALID_ARGUMENT = 3,
    ERR_DEADLINE_EXCEEDED = 4,
    ERR_NOT_FOUND = 5,
    ERR_ALREADY_EXISTS = 6,
    ERR_PERMISSION_DENIED = 7,
    ERR_RESOURCE_EXHAUSTED = 8,
    ERR_FAILED_PRECONDITION = 9,
    ERR_ABORTED = 10,
    ERR_OUT_OF_RANGE = 11,
    ERR_UNIMPLEMENTED = 12,
    ERR_INTERNAL = 13,
    ERR_UNAVAILABLE = 14,
    ERR_DATA_LOSS = 15,
    ERR_UNAUTHENTICATED = 16,
} ErrCode;

enum { ERR_CODE_COUNT = 17, ERR_ARGS_MAX = 6 };

typedef struct ErrArg {
    char key[24];
    char value[200]; /* UTF-8, cut at a character boundary */
} ErrArg;

typedef struct Err {
    ErrCode code;
    char reason[48]; /* e.g. "CSV_TEXT_IN_NUMBER"; a row of common/base/reasons/ */
    size_t arg_count;
    ErrArg args[ERR_ARGS_MAX];
    uint32_t retry_delay_ms; /* 0: none suggested */
} Err;

/* Sets code and reason, clears arguments, returns code, so that `return err_set(...)` reads well. */
ErrCode err_set(Err *err, ErrCode code, const char *reason);

/* Adds (or, when full, drops) an argument "{key}" of the sentence; returns err->code. Values are what the
 * person needs to find the place: a line, a school, a cell. Never SQL, secrets or paths of the server. */
ErrCode err_arg(Err *err, const char *key, const char *format, ...) PRINTF_LIKE(3, 4);

/* The argument's text, "" when absent. Borrowed. */
const char *err_arg_get(const Err *err, const char *key);

/* Canonical name ("NOT_FOUND"); "UNKNOWN" for a number outside the table. */
const char *err_code_name(ErrCode code);

/* Out of memory inside a capped arena or heap: RESOURCE_EXHAUSTED / MEMORY_LIMIT. */
ErrCode err_memory(Err *err);

#endif
