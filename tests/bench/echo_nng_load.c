/* Owns the load over NNG: as many contexts as calls in flight, spread over the connections, each sending its
 * next request from the callback of the last reply. With "rpc" as address prefix ("rpc+tcp://…") the messages
 * are whole envelopes, packed for each call and unpacked from each reply; without it the payload alone.
 * Usage: [rpc+]ADDRESS SIZE CONNECTIONS IN_FLIGHT MILLISECONDS. */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/net/wire.h"
#include "shans/v1/envelope.pb-c.h"
#include "shans/v1/system.pb-c.h"
#include "tests/bench/bench.h"

enum { MESSAGE_MAX = 4 << 20 };

typedef struct Slot {
    nng_ctx context;
    nng_aio *aio;
    bool sending;
    int64_t start_us;
    uint64_t id[2];
    Buf payload, message;
} Slot;

static BenchRun run;
static bool enveloped;
static uint8_t *content;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int active;

static void finish(void)
{
    pthread_mutex_lock(&lock);
    active--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
}

static void pack_call(Slot *slot)
{
    Shans__V1__CallRequest call = SHANS__V1__CALL_REQUEST__INIT;
    Shans__V1__EchoRequest echo = SHANS__V1__ECHO_REQUEST__INIT;

    buf_clear(&slot->payload);
    buf_clear(&slot->message);
    echo.payload = (ProtobufCBinaryData){.len = run.size, .data = content};
    wire_pack(&echo.base, &slot->payload);
    slot->id[1]++;
    call.protocol = 1;
    call.request_id = (ProtobufCBinaryData){.len = 16, .data = (uint8_t *)slot->id};
    call.method = (char *)"shans.v1.SystemService/Echo";
    call.deadline_ms = 10000;
    call.token = (char *)"0000000000000000000000000000000000000000000000000000000000000001";
    call.trace_id = (char *)"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    call.payload = (ProtobufCBinaryData){.len = slot->payload.length, .data = (uint8_t *)slot->payload.data};
    wire_pack(&call.base, &slot->message);
}

static void check_reply(const Slot *slot, const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new(16 << 20, NULL);
    ProtobufCMessage *message = NULL;
    Err err = {0};

    if (wire_unpack(&shans__v1__call_reply__descriptor, bytes, size, arena, &message, &err) != ERR_OK)
        bench_fault(err.reason);
    const Shans__V1__CallReply *reply = (const Shans__V1__CallReply *)message;
    if (reply->code != 0 || reply->request_id.len != 16 || memcmp(reply->request_id.data, slot->id, 16) != 0)
        bench_fault(reply->reason);
    if (wire_unpack(&shans__v1__echo_reply__descriptor, reply->payload.data, reply->payload.len, arena,
                    &message, &err) != ERR_OK ||
        ((const Shans__V1__EchoReply *)message)->payload.len != run.size)
        bench_fault("wrong payload");
    arena_free(arena);
}

static void send_next(Slot *slot)
{
    nng_msg *message;

    slot->start_us = bench_now_us();
    if (slot->start_us >= run.end_us) {
        finish();
        return;
    }
    if (nng_msg_alloc(&message, 0) != 0)
        bench_fault("memory");
    if (enveloped) {
        pack_call(slot);
        nng_msg_append(message, slot->message.data, slot->message.length);
    } else {
        nng_msg_append(message, content, run.size);
    }
    slot->sending = true;
    nng_aio_set_msg(slot->aio, message);
    nng_ctx_send(slot->context, slot->aio);
}

static void step(void *argument)
{
    Slot *slot = argument;

    if (nng_aio_result(slot->aio) != 0)
        bench_fault(nng_strerror(nng_aio_result(slot->aio)));
    if (slot->sending) {
        slot->sending = false;
        nng_ctx_recv(slot->context, slot->aio);
        return;
    }
    nng_msg *reply = nng_aio_get_msg(slot->aio);
    if (enveloped)
        check_reply(slot, nng_msg_body(reply), nng_msg_len(reply));
    else if (nng_msg_len(reply) != run.size)
        bench_fault("wrong payload");
    nng_msg_free(reply);
    bench_sample(&run, slot->start_us);
    send_next(slot);
}

static nng_socket connect_to(const char *address)
{
    nng_socket socket;

    if (nng_req0_open(&socket) != 0 ||
        nng_socket_set_ms(socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE) != 0 ||
        nng_dial(socket, address, NULL, 0) != 0)
        bench_fault("cannot connect");
    return socket;
}

int main(int argc, char **argv)
{
    run = bench_arguments(argc, argv);
    enveloped = strncmp(run.address, "rpc+", 4) == 0;
    Slot *slots = calloc((size_t)run.in_flight, sizeof *slots);
    nng_socket *sockets = calloc((size_t)run.connections, sizeof *sockets);

    content = calloc(1, run.size);
    active = run.in_flight;
    for (int i = 0; i < run.connections; i++)
        sockets[i] = connect_to(run.address + (enveloped ? 4 : 0));
    for (int i = 0; i < run.in_flight; i++) {
        Slot *slot = &slots[i];

        slot->id[0] = (uint64_t)i;
        buf_init(&slot->payload, MESSAGE_MAX);
        buf_init(&slot->message, MESSAGE_MAX);
        if (nng_ctx_open(&slot->context, sockets[i % run.connections]) != 0 ||
            nng_aio_alloc(&slot->aio, step, slot) != 0)
            bench_fault("memory");
    }
    for (int i = 0; i < run.in_flight; i++)
        send_next(&slots[i]);
    pthread_mutex_lock(&lock);
    while (active > 0)
        pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);
    bench_report(&run);
    return 0;
}
