/* Inside of server/rpc: one call's work record and the steps it takes. Others use server.h. */
#ifndef SERVER_RPC_DISPATCH_H
#define SERVER_RPC_DISPATCH_H

#include <pthread.h>

#include "common/net/envelope.h"
#include "server/rpc/metrics.h"
#include "server/rpc/queue.h"
#include "server/rpc/server.h"
#include "server/rpc/tokens.h"

struct RpcServer {
    RpcServerOptions options;
    MethodTable *table;
    Metrics *metrics;
    Tokens *tokens;
    Queue *reads, *writes;
    Committer *committer;
    ArenaBudget budget;
    pthread_mutex_t rand_lock;
    size_t in_flight; /* atomic: calls */
    size_t held;      /* atomic: bytes of their messages */
    int readers;      /* atomic: read workers running */
    int writers;      /* atomic */
    int started;      /* threads to join */
    bool sweeping;    /* the sweeper is to be joined */
    bool swept;       /* under sweep_lock: it has to end */
    pthread_t sweeper;
    pthread_mutex_t sweep_lock;
    pthread_cond_t sweep_end;
    pthread_t *threads; /* read workers, then write workers */
    int64_t *busy;      /* of each, atomic: monotonic time by which its call must be done; 0: idle */
};

/* A call from its arrival to its reply. `call` is the first member: a SubmitItem leads back here by it. */
typedef struct Work {
    Call call;
    RpcServer *server;
    TransportCall *transport;
    const Method *method; /* NULL until known */
    Envelope envelope;    /* points into the transport's bytes */
    int64_t arrived;      /* monotonic */
    size_t size;          /* of the whole message */
    Principal principal;
    ProtobufCMessage *request;
    Buf answer; /* the packed reply envelope, once the handler has made it */
} Work;

/* A record for a call that just arrived, counted in in_flight and held until it is answered. NULL: no memory.
 */
Work *work_new(RpcServer *server, TransportCall *transport);

/* Every check up to the unpacked request. On an error answer with work_refuse. */
ErrCode work_admit(Work *work, int worker, Err *err) MUST_CHECK;

/* begin, handler, finish; answers the call, now or through the committer. */
void work_run(Work *work, int worker);

/* Answers with a packed reply message, or refuses, and frees the work. */
void work_answer(Work *work, const void *payload, size_t size);
void work_refuse(Work *work, const Err *err);

/* The error for a queue that did not take the work, with a jittered retry delay. */
ErrCode work_not_queued(RpcServer *server, QueuePut result, Err *err);

/* A CommitDone. */
void work_committed(void *server, SubmitItem *item);

#endif
