/* Owns the part of the transport that every implementation shares. Invariant: a call is freed by the reply
 * that answers it, and by nothing else. Must not know any implementation. */
#include "common/net/transport_call.h"

const uint8_t *transport_call_bytes(const TransportCall *call, size_t *ret_size)
{
    *ret_size = call->size;
    return call->bytes;
}

void transport_reply(TransportCall *call, const void *bytes, size_t size)
{
    call->reply(call, bytes, size);
}

ErrCode transport_client_call(TransportClient *client, const void *bytes, size_t size, uint32_t deadline_ms,
                              uint8_t **ret_reply, size_t *ret_size, Err *err)
{
    if (size > TRANSPORT_MESSAGE_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
        err_arg(err, "size", "%zu", size);
        return err_arg(err, "limit", "%d", TRANSPORT_MESSAGE_MAX);
    }
    return client->call(client, bytes, size, deadline_ms, ret_reply, ret_size, err);
}

void transport_client_close(TransportClient *client)
{
    if (client != NULL)
        client->close(client);
}
