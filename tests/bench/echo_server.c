/* Owns a server of our full stack with SystemService alone: queue, workers, envelope, token cache, pre-scan,
 * arena, metrics. No database. Usage: ADDRESS. */
#include <stdio.h>
#include <unistd.h>

#include "server/rpc/server.h"
#include "shans/v1/system.pb-c.h"

enum { CONTEXTS = 512 };

static ErrCode echo(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    (void)call;
    (void)err;
    ((Shans__V1__EchoReply *)reply)->payload = ((const Shans__V1__EchoRequest *)request)->payload;
    return ERR_OK;
}

static ErrCode authenticate(void *context, int worker, const char *token, int64_t now_ms, Principal *ret,
                            Err *err)
{
    (void)context;
    (void)worker;
    (void)token;
    (void)now_ms;
    (void)err;
    *ret = (Principal){.id = 1, .role = 1};
    return ERR_OK;
}

#define SYSTEM &shans__v1__system_service__descriptor

static const MethodRow rows[] = {
    {SYSTEM, "GetServerInfo", METHOD_ANY_ROLE, LANE_READ, false, 0, echo},
    {SYSTEM, "CheckHealth", METHOD_ANY_ROLE, LANE_READ, false, 0, echo},
    {SYSTEM, "Echo", METHOD_ANY_ROLE, LANE_READ, false, METHOD_REQUEST_MAX, echo},
    {SYSTEM, "GetIdentity", METHOD_ANY_ROLE, LANE_READ, false, 0, echo},
};

int main(int argc, char **argv)
{
    static const ProtobufCServiceDescriptor *const services[] = {SYSTEM};
    Rand rand = rand_system();
    const RpcServerOptions options = {.rows = rows,
                                      .row_count = sizeof rows / sizeof rows[0],
                                      .services = services,
                                      .service_count = 1,
                                      .clock = &clock_system,
                                      .rand = &rand,
                                      .hooks = {.authenticate = authenticate}};
    RpcServer *server;
    TransportServer *transport;
    Err err = {0};

    if (argc != 2 || rpc_server_open(&options, &server, &err) != ERR_OK ||
        transport_server_open((const char *const *)&argv[1], 1, NULL, CONTEXTS, rpc_server_receive, server,
                              &transport, &err) != ERR_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], err.reason);
        return 1;
    }
    for (;;)
        pause();
}
