/* One call on its way through the server: what handlers and hooks see of it. */
#ifndef SERVER_RPC_CALL_H
#define SERVER_RPC_CALL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/core/arena.h"
#include "shans/v1/envelope.pb-c.h"

enum { PRINCIPAL_SCHOOLS_MAX = 32, PRINCIPAL_ABOVE_MAX = 16 };

/* Who calls. Copied into the call: it does not change while the call runs. */
typedef struct Principal {
    int64_t id;
    int role; /* Shans__V1__Role */
    int64_t org_id, district_id;
    int64_t expires_ms;                        /* Unix milliseconds; 0: never */
    int64_t school_ids[PRINCIPAL_SCHOOLS_MAX]; /* own school and those it absorbed; a curator's schools */
    size_t school_count;
    int64_t above_ids[PRINCIPAL_ABOVE_MAX]; /* organisations above, visible by name */
    size_t above_count;
    char login[64];
    char org_code[64];
    char display_name[128], org_name[256];
} Principal;

typedef struct MethodRow MethodRow;
typedef struct SubmitItem SubmitItem;

enum { CALL_HASH_SIZE = 32, CALL_ISSUES_MAX = 1000, CALL_TRACE_SIZE = 56 };

typedef struct CallIssue {
    struct CallIssue *next;
    Shans__V1__FieldIssue message;
} CallIssue;

typedef struct Call {
    Arena *arena;               /* lives until the reply was sent */
    const Principal *principal; /* NULL: a method that needs no sign-in */
    const MethodRow *row;
    const char *method; /* full name */
    uint8_t request_id[ID_SIZE];
    uint8_t operation_id[ID_SIZE]; /* all zero unless has_operation */
    bool has_operation;
    uint8_t content_hash[CALL_HASH_SIZE]; /* BLAKE2b-256 of method, NUL, payload; set with has_operation */
    const uint8_t *payload;               /* packed request as it came */
    size_t payload_size;
    int64_t deadline; /* on clock->monotonic_ms */
    const Clock *clock;
    char trace_id[CALL_TRACE_SIZE]; /* traceparent or "" */
    void *service;                  /* RpcHooks.context: also for methods that need no sign-in */
    void *session;                  /* set by the begin hook: the store's connection in a transaction */

    /* begin sets these to answer a known operation with its stored reply (packed reply message). */
    const void *stored_reply;
    size_t stored_size;

    SubmitItem *deferred; /* set by call_defer */
    CallIssue *issues, *last_issue;
    size_t issue_count;
} Call;

/* Milliseconds left, 0 when the deadline has passed. */
int64_t call_time_left(const Call *call);

/* Adds an issue with one field of the request, in the order of calls; texts are copied. More than
 * CALL_ISSUES_MAX are dropped. Issues go out with a refused call only. NULL: not added (arena full). */
Shans__V1__FieldIssue *call_add_issue(Call *call, const char *field, const char *reason,
                                      Shans__V1__Severity severity);
/* An argument of an issue made by call_add_issue; dropped when the arena is full. */
void call_issue_arg(Call *call, Shans__V1__FieldIssue *issue, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Packs a message into the call's arena. RESOURCE_EXHAUSTED / MEMORY_LIMIT or REPLY_TOO_LARGE. */
ErrCode call_pack(Call *call, const ProtobufCMessage *message, const void **ret_bytes, size_t *ret_size,
                  Err *err) MUST_CHECK;

/* For LANE_SUBMIT: the handler has validated the request; the group committer stores it and the reply goes
 * out after the commit. data: the handler's own, in call->arena. reply: the handler's reply message, to be
 * filled by the commit hook. The handler returns ERR_OK after it. */
ErrCode call_defer(Call *call, void *data, ProtobufCMessage *reply, Err *err) MUST_CHECK;

#endif
