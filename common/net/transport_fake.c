/* Owns in-process calls. Invariant: a call record is freed by whoever comes last, the waiting caller or the
 * replying worker. Must not touch sockets. */
#include "common/net/transport_fake.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/net/transport_call.h"

typedef struct FakeCall {
    TransportCall base;
    pthread_mutex_t lock;
    pthread_cond_t replied;
    bool done, abandoned;
    uint8_t *reply; /* NULL after done: no memory */
    size_t reply_size;
    uint8_t bytes[];
} FakeCall;

typedef struct FakeClient {
    TransportClient base;
    TransportReceive receive;
    void *context;
} FakeClient;

static void free_call(FakeCall *call)
{
    pthread_cond_destroy(&call->replied);
    pthread_mutex_destroy(&call->lock);
    free(call->reply);
    free(call);
}

static void fake_reply(TransportCall *base, const void *bytes, size_t size)
{
    FakeCall *call = (FakeCall *)base;
    uint8_t *copy = malloc(size + 1);

    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    pthread_mutex_lock(&call->lock);
    call->reply = copy;
    call->reply_size = size;
    call->done = true;
    bool last = call->abandoned;
    pthread_cond_signal(&call->replied);
    pthread_mutex_unlock(&call->lock);
    if (last)
        free_call(call);
}

static FakeCall *new_call(const void *bytes, size_t size)
{
    FakeCall *call = calloc(1, sizeof *call + size);
    pthread_condattr_t attributes;

    if (call == NULL)
        return NULL;
    if (size > 0)
        memcpy(call->bytes, bytes, size);
    call->base = (TransportCall){.bytes = call->bytes, .size = size, .reply = fake_reply};
    pthread_mutex_init(&call->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&call->replied, &attributes);
    pthread_condattr_destroy(&attributes);
    return call;
}

static ErrCode fake_call(TransportClient *base, const void *bytes, size_t size, uint32_t deadline_ms,
                         uint8_t **ret_reply, size_t *ret_size, Err *err)
{
    FakeClient *client = (FakeClient *)base;
    FakeCall *call = new_call(bytes, size);

    if (call == NULL)
        return err_memory(err);
    int64_t until = clock_system.monotonic_ms(&clock_system) + deadline_ms;
    struct timespec limit = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    client->receive(client->context, &call->base);
    pthread_mutex_lock(&call->lock);
    int waited = 0;
    while (!call->done && waited == 0)
        waited = pthread_cond_timedwait(&call->replied, &call->lock, &limit);
    if (!call->done) {
        call->abandoned = true;
        pthread_mutex_unlock(&call->lock);
        err_set(err, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
        return err_arg(err, "ms", "%u", deadline_ms);
    }
    pthread_mutex_unlock(&call->lock);
    uint8_t *reply = call->reply;
    size_t reply_size = call->reply_size;
    call->reply = NULL;
    free_call(call);
    if (reply == NULL)
        return err_memory(err);
    *ret_reply = reply;
    *ret_size = reply_size;
    return ERR_OK;
}

static void fake_close(TransportClient *base)
{
    free(base);
}

TransportClient *transport_fake_open(TransportReceive receive, void *context)
{
    FakeClient *client = calloc(1, sizeof *client);

    if (client == NULL)
        return NULL;
    client->base = (TransportClient){.call = fake_call, .close = fake_close};
    client->receive = receive;
    client->context = context;
    return &client->base;
}
