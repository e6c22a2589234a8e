/* Calling the server: typed stubs are protobuf-c's generated functions over the ProtobufCService made here.
 */
#ifndef CLIENT_RPC_RPC_H
#define CLIENT_RPC_RPC_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/clock.h"
#include "common/base/rand.h"
#include "common/core/arena.h"
#include "common/core/buf.h"
#include "common/net/transport.h"
#include "shans/v1/envelope.pb-c.h"

typedef struct Rpc Rpc;

typedef struct RpcOptions {
    const char *address;
    const TransportTls *tls; /* NULL: none */
    const char *token;       /* hexadecimal, may be "" */
    uint32_t deadline_ms;    /* of every call; 0: 10,000 */
    const Clock *clock;
    Rand *rand;
} RpcOptions;

/* One Rpc belongs to one thread at a time. Opening needs no connection: a call waits for one. */
ErrCode rpc_open(const RpcOptions *options, Rpc **ret_rpc, Err *err) MUST_CHECK;
/* The same over a transport that is open already; the Rpc owns it then. address and tls are not looked at. */
ErrCode rpc_open_over(const RpcOptions *options, TransportClient *transport, Rpc **ret_rpc,
                      Err *err) MUST_CHECK;
void rpc_close(Rpc *rpc); /* NULL is fine */

/* One call. method: from the generated service descriptor, e.g.
 *   rpc_call(rpc, &shans__v1__org_service__descriptor, "ListOrgs", NULL, &req.base, arena, &reply, err).
 * operation_id: 16 bytes for mutating methods, NULL for reads. The reply message lives in arena. Errors are
 * the server's own, those of transport_client_call, and INTERNAL / REPLY_MALFORMED for an answer that cannot
 * be read or carries another request's id. Field issues of a refused call are kept for rpc_get_issues until
 * the next call. */
ErrCode rpc_call(Rpc *rpc, const ProtobufCServiceDescriptor *service, const char *method,
                 const uint8_t *operation_id, const ProtobufCMessage *request, Arena *arena,
                 ProtobufCMessage **ret_reply, Err *err) MUST_CHECK;

/* The same with a request packed earlier (the outbox keeps bytes): method is the full name. */
ErrCode rpc_call_packed(Rpc *rpc, const char *method, const uint8_t *operation_id, const void *payload,
                        size_t size, Arena *arena, const void **ret_reply, size_t *ret_size,
                        Err *err) MUST_CHECK;

/* Field issues of the last refused call; borrowed, valid until the next call or close. */
const Shans__V1__FieldIssue *const *rpc_get_issues(const Rpc *rpc, size_t *ret_count);

/* What the sender does with a status: the one table (architecture.md section 3). */
typedef enum RpcAction {
    RPC_DONE = 1,
    RPC_RETRY,   /* the same bytes again, later */
    RPC_REBUILD, /* re-read and rebuild */
    RPC_PARK,    /* keep and show */
    RPC_SIGN_IN, /* pause until signed in */
    RPC_UPGRADE, /* pause and ask to upgrade */
} RpcAction;
RpcAction rpc_policy(ErrCode code);

/* The table as text, "CODE action" a line, for a golden file. */
void rpc_policy_dump(Buf *buf);

#endif
