/* Owns the load as the product makes it: client/rpc, one thread and one connection per call in flight.
 * Usage: ADDRESS SIZE CONNECTIONS IN_FLIGHT MILLISECONDS (connections are as many as calls in flight). */
#include <pthread.h>
#include <stdlib.h>

#include "client/rpc/rpc.h"
#include "shans/v1/system.pb-c.h"
#include "tests/bench/bench.h"

static BenchRun run;

static void *call_until_end(void *argument)
{
    Rand rand = rand_seeded(*(const uint64_t *)argument);
    const RpcOptions options = {.address = run.address,
                                .token = "0000000000000000000000000000000000000000000000000000000000000001",
                                .clock = &clock_system,
                                .rand = &rand};
    Shans__V1__EchoRequest request = SHANS__V1__ECHO_REQUEST__INIT;
    Rpc *rpc;
    Err err = {0};

    if (rpc_open(&options, &rpc, &err) != ERR_OK)
        bench_fault(err.reason);
    request.payload = (ProtobufCBinaryData){.len = run.size, .data = calloc(1, run.size)};
    for (int64_t start; (start = bench_now_us()) < run.end_us;) {
        Arena *arena = arena_new(16 << 20, NULL);
        ProtobufCMessage *reply;

        if (rpc_call(rpc, &shans__v1__system_service__descriptor, "Echo", NULL, &request.base, arena, &reply,
                     &err) != ERR_OK)
            bench_fault(err.reason);
        if (((const Shans__V1__EchoReply *)reply)->payload.len != run.size)
            bench_fault("wrong payload");
        arena_free(arena);
        bench_sample(&run, start);
    }
    free(request.payload.data);
    return NULL;
}

int main(int argc, char **argv)
{
    run = bench_arguments(argc, argv);
    pthread_t *threads = calloc((size_t)run.in_flight, sizeof *threads);
    uint64_t *seeds = calloc((size_t)run.in_flight, sizeof *seeds);

    for (int i = 0; i < run.in_flight; i++) {
        seeds[i] = (uint64_t)i + 1;
        if (pthread_create(&threads[i], NULL, call_until_end, &seeds[i]) != 0)
            bench_fault("threads");
    }
    for (int i = 0; i < run.in_flight; i++)
        pthread_join(threads[i], NULL);
    bench_report(&run);
    return 0;
}
