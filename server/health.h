/* The loopback pages about the server: /healthz, /readyz, /metrics. */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include <stdint.h>

#include "common/http/http.h"
#include "server/readiness.h"
#include "server/rpc/server.h"

typedef struct Health {
    Readiness *readiness;
    RpcServer *rpc; /* atomic; NULL while the server starts */
    int64_t started_ms;
} Health;

/* Opens the pages on 127.0.0.1:port; health must outlive the server. Errors as http_open. */
ErrCode health_open(Health *health, uint16_t port, HttpServer **ret_server, Err *err) MUST_CHECK;

/* From now on /metrics tells of calls. */
void health_set_rpc(Health *health, RpcServer *rpc);

#endif
