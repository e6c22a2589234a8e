/* The transport: whole messages in, whole messages out. NNG is one implementation, a fake for tests another.
 */
#ifndef COMMON_NET_TRANSPORT_H
#define COMMON_NET_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "common/core/err.h"

enum { TRANSPORT_MESSAGE_MAX = 4 << 20 };

/* One received request; lives until replied to exactly once. */
typedef struct TransportCall TransportCall;

/* Called on a transport thread: must only look at the size and enqueue. The callee owns the call and must
 * answer it with transport_reply. */
typedef void (*TransportReceive)(void *context, TransportCall *call);

const uint8_t *transport_call_bytes(const TransportCall *call, size_t *ret_size);

/* Sends the reply bytes (copied) and frees the call. Any thread. */
void transport_reply(TransportCall *call, const void *bytes, size_t size);

typedef struct TransportTls {
    const char *ca_file;   /* client: authorities to trust; server: NULL */
    const char *cert_file; /* server: certificate and key in PEM */
    const char *key_file;
    const char *server_name; /* client: the name the certificate must carry; NULL or "": the address's host */
} TransportTls;

typedef struct TransportServer TransportServer;

/* Listens on tcp://, ipc://, inproc:// or tls+tcp://. One server may listen on several addresses.
 * contexts: requests in flight at most, 1..1024;
 * more than the receiver takes, so that it can refuse the rest. UNAVAILABLE / LISTEN_FAILED with "address".
 */
ErrCode transport_server_open(const char *const *addresses, size_t count, const TransportTls *tls,
                              int contexts, TransportReceive receive, void *context,
                              TransportServer **ret_server, Err *err) MUST_CHECK;

/* Stops taking new calls. The process then drains and _exits: sockets are never closed while running. */
void transport_server_stop(TransportServer *server);

typedef struct TransportClient TransportClient;

ErrCode transport_client_open(const char *address, const TransportTls *tls, TransportClient **ret_client,
                              Err *err) MUST_CHECK;
void transport_client_close(TransportClient *client);

/* Sends bytes and waits for the reply. Thread-safe: every call has a context of its own. The reply is
 * malloc'ed and owned by the caller. DEADLINE_EXCEEDED / NO_REPLY, UNAVAILABLE / NO_CONNECTION,
 * INVALID_ARGUMENT / MESSAGE_TOO_LARGE. */
ErrCode transport_client_call(TransportClient *client, const void *bytes, size_t size, uint32_t deadline_ms,
                              uint8_t **ret_reply, size_t *ret_size, Err *err) MUST_CHECK;

#endif
