/* A server with made-up methods over the fake transport: what every test of server/rpc stands on. */
#ifndef TESTS_UNIT_SERVER_RPC_RIG_H
#define TESTS_UNIT_SERVER_RPC_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "common/net/transport_fake.h"
#include "common/net/wire.h"
#include "server/rpc/server.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

#define GOOD_TOKEN    "0000000000000000000000000000000000000000000000000000000000000001" /* role 1 */
#define ANALYST_TOKEN "0000000000000000000000000000000000000000000000000000000000000004" /* role 4 */

/* What hooks and handlers do and have seen. Plain fields are set before the calls or under `lock`. */
typedef struct Rig {
    RpcServer *server;
    TransportClient *client;
    Clock clock;
    Rand rand;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closed;                                    /* the gate: ListOrgs waits while it is closed */
    int inside;                                     /* handlers standing at the gate */
    int authenticated, begun, finished, handled;    /* times called */
    int refused;                                    /* times the refused hook was called */
    char refusal[128];                              /* its last reason and source */
    int batches, offered, commit_threads;           /* commit hook */
    size_t batch_sizes[64];                         /* of the first batches */
    ErrCode finish_code;                            /* last code given to finish */
    size_t finish_size;                             /* last reply size given to finish */
    ErrCode begin_fault, finish_fault, batch_fault; /* returned by the hooks */
    bool store_reply;                               /* begin answers with a stored reply */
    int64_t evict_during_lookup;                    /* principal evicted inside authenticate */
    int64_t expires_ms;
    const char *bad_school; /* a batch holding it fails */
} Rig;

/* Test time: moved by hand, read by every thread. */
extern int64_t rig_time;

/* configure may be NULL; it changes the options before the server opens. */
Rig *rig_open(void (*configure)(RpcServerOptions *options));
void rig_close(Rig *rig); /* stops, checks that nothing is left, frees */

void rig_gate(Rig *rig, bool closed);
void rig_wait_inside(Rig *rig, int count);         /* until that many handlers stand at the gate */
void rig_wait_waiting(Rig *rig, size_t in_flight); /* until that many calls are unanswered */

/* A request with protocol, id, deadline and token filled in. */
Shans__V1__CallRequest rig_request(const char *method, const char *token);
/* Sends it; the reply lives in the arena. */
Shans__V1__CallReply *rig_ask(Rig *rig, const Shans__V1__CallRequest *request, Arena *arena);
/* Packs `payload` as the request's payload into the arena. */
void rig_payload(Shans__V1__CallRequest *request, const ProtobufCMessage *payload, Arena *arena);
void rig_operation(Shans__V1__CallRequest *request); /* adds a fixed operation id */

/* Asks on a thread of its own. */
typedef struct RigThread {
    pthread_t thread;
    Rig *rig;
    Arena *arena;
    Shans__V1__CallRequest request;
    Shans__V1__CallReply *reply;
} RigThread;
void rig_start(RigThread *thread, Rig *rig, Shans__V1__CallRequest request);
const Shans__V1__CallReply *rig_join(RigThread *thread); /* the reply lives until rig_drop */
void rig_drop(RigThread *thread);

#endif
