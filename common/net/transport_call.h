/* What a transport implementation embeds as its first member, so that callers need not know which one it is.
 */
#ifndef COMMON_NET_TRANSPORT_CALL_H
#define COMMON_NET_TRANSPORT_CALL_H

#include "common/net/transport.h"

struct TransportCall {
    const uint8_t *bytes;
    size_t size;
    void (*reply)(TransportCall *call, const void *bytes, size_t size); /* frees the call */
};

struct TransportClient {
    ErrCode (*call)(TransportClient *client, const void *bytes, size_t size, uint32_t deadline_ms,
                    uint8_t **ret_reply, size_t *ret_size, Err *err);
    void (*close)(TransportClient *client);
};

#endif
