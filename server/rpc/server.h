/* Dispatch: takes calls from a transport, checks, authenticates, runs the method's handler between the
 * store's begin and finish hooks, replies, logs and counts.
 *
 * Order of checks: size, envelope, protocol, request id, deadline, method, token, role, payload size,
 * operation id, payload. Replies carry code, reason and arguments only. */
#ifndef SERVER_RPC_SERVER_H
#define SERVER_RPC_SERVER_H

#include "common/base/rand.h"
#include "common/core/buf.h"
#include "common/net/transport.h"
#include "server/rpc/call.h"
#include "server/rpc/committer.h"
#include "server/rpc/method.h"

enum {
    RPC_PROTOCOL = 1,
    RPC_ARENA_MAX = 16 << 20,   /* memory of one call */
    RPC_MEMORY_MAX = 512 << 20, /* of all calls together */
    RPC_HELD_MAX = 128 << 20,   /* of messages waiting or worked on, signed in or not */
    RPC_DEADLINE_MAX_MS = 600000,
    RPC_TOKEN_TTL_MS = 2000, /* how long a looked-up token is believed */
};

/* What the store does for the dispatcher. Called on worker threads; `worker` is
 * 0..read_workers+write_workers-1, write workers last; each number is one thread and may own one connection.
 */
typedef struct RpcHooks {
    void *context;

    /* token: 64 hexadecimal digits. UNAUTHENTICATED with a reason when it is unknown or expired;
     * ret_principal->login then says whose it was, if anybody's. */
    ErrCode (*authenticate)(void *context, int worker, const char *token, int64_t now_ms,
                            Principal *ret_principal, Err *err);

    /* A refused sign-in or role, to be counted. source: login of whom the token belongs to, else "token:" and
     * the beginning of its hash, else "". NULL: nobody counts. */
    void (*refused)(void *context, int worker, const char *reason, const char *source);

    /* Opens the transaction with the caller's scope, sets call->session; for a known operation sets
     * call->stored_reply (in the arena), and then the handler is not run. Not called for METHOD_OPEN rows
     * of LANE_READ. */
    ErrCode (*begin)(void *context, int worker, Call *call, Err *err);

    /* Called exactly once after each begin that returned OK. code: the handler's result. With ERR_OK and
     * neither call->stored_reply nor call->deferred set, reply/size are the packed reply: store it with the
     * operation (mutating rows) and COMMIT; otherwise end the transaction without storing. Its own error
     * replaces the reply. */
    ErrCode (*finish)(void *context, int worker, Call *call, ErrCode code, const void *reply, size_t size,
                      Err *err);

    CommitBatch commit; /* for LANE_SUBMIT; its context is `context` */
} RpcHooks;

typedef struct RpcServerOptions {
    const MethodRow *rows;
    size_t row_count;
    const ProtobufCServiceDescriptor *const *services;
    size_t service_count;
    int read_workers;  /* 0: 3; at most 64 */
    int write_workers; /* 0: 2; at most 64 */
    int committers;    /* 0: 1 */
    size_t queue_size; /* calls waiting at most, of each lane; 0: 1024 */
    size_t calls_max; /* calls received and not answered; 0: 448. The transport needs more contexts than this,
                         or callers wait instead of being told SERVER_BUSY */
    size_t bytes_max; /* of messages received and not answered; 0: RPC_HELD_MAX */
    const Clock *clock;
    Rand *rand; /* jitter of retry delays; used under the server's lock */
    RpcHooks hooks;
} RpcServerOptions;

typedef struct RpcServer RpcServer;

/* Checks the method table and starts the threads. Everything pointed to must outlive the server. */
ErrCode rpc_server_open(const RpcServerOptions *options, RpcServer **ret_server, Err *err) MUST_CHECK;

/* A TransportReceive: pass it with the server as context to transport_server_open. */
void rpc_server_receive(void *server, TransportCall *call);

/* Forgets looked-up tokens of a principal (0: of all); after a sign-out or change of role. Any thread. */
void rpc_server_evict(RpcServer *server, int64_t principal_id);

/* Calls received and not yet answered. */
size_t rpc_server_in_flight(const RpcServer *server);

/* By how many milliseconds the slowest worker is past the deadline of its call; 0: none is. What waits for
 * the database gives up in time, so that a large number tells of a thread that is stuck. */
int64_t rpc_server_overdue_ms(const RpcServer *server);

/* Graceful stop: new calls get UNAVAILABLE / SERVER_STOPPING; queued ones are finished for grace_ms, the rest
 * answered the same way. true: every call is answered and the threads have ended. false: a handler still
 * runs, and the process must _exit without rpc_server_free. Stop the transport first. */
bool rpc_server_stop(RpcServer *server, int64_t grace_ms);
void rpc_server_free(RpcServer *server); /* after a stop that returned true; NULL is fine */

/* Prometheus text: calls and their durations, queues, workers, batches of the committer, looked-up tokens. */
void rpc_metrics_dump(const RpcServer *server, Buf *buf);

#endif
