/* Owns every use of NNG. Invariants: the size limit is set before anything listens; a client starts to
 * receive only after its send has completed (receiving earlier and timing out crashes NNG 1.5.2); sockets of
 * a server are never closed once they listen. Must not listen on ws:// or use NNG's HTTP server: their URI
 * parser corrupts the heap. */
#include "common/net/transport_nng.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/text.h"
#include "common/net/transport_call.h"

enum {
    PEM_MAX = 1 << 20,
    HOST_SIZE = 256,
    HEADER_ROOM = 64, /* NNG counts its request id into the message size */
    RECONNECT_LEAST_MS = 50,
    RECONNECT_MOST_MS = 1000,
    POOL_MAX = 64, /* contexts a client keeps for later calls */
};

const char *transport_library(void)
{
    return nng_version();
}

/* ---- addresses and TLS ---- */

static bool is_tls(const char *address)
{
    return text_starts(address, "tls+tcp://");
}

/* The schemes that NNG 1.5.2 serves safely, and TLS settings exactly where they are needed: a forgotten
 * certificate must not turn into a plain connection. */
static ErrCode check_address(const char *address, const TransportTls *tls, Err *err)
{
    bool known = text_starts(address, "tcp://") || text_starts(address, "ipc://") ||
                 text_starts(address, "inproc://") || is_tls(address);

    if (!known || is_tls(address) != (tls != NULL)) {
        err_set(err, ERR_INVALID_ARGUMENT, known ? "ADDRESS_TLS" : "ADDRESS_SCHEME");
        return err_arg(err, "address", "%s", address);
    }
    return ERR_OK;
}

static ErrCode tls_fault(const char *file, int fault, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "TLS_FILES");
    err_arg(err, "file", "%s", file);
    return err_arg(err, "cause", "%s", nng_strerror(fault));
}

/* Reads a PEM file whole; NULL when it cannot be read or is larger than any PEM should be. */
static char *read_pem(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    char *text = file != NULL ? calloc(1, PEM_MAX) : NULL;

    if (text != NULL) {
        size_t size = fread(text, 1, PEM_MAX, file);
        if (size == PEM_MAX || ferror(file)) {
            free(text);
            text = NULL;
        }
    }
    if (file != NULL)
        fclose(file);
    return text;
}

/* NNG takes certificate and key as texts; that they belong together it notices only at the first handshake.
 */
static ErrCode tls_server(const TransportTls *tls, nng_tls_config **ret_config, Err *err)
{
    nng_tls_config *config = NULL;
    char *cert = read_pem(tls->cert_file), *key = read_pem(tls->key_file);
    const char *file = cert == NULL ? tls->cert_file : tls->key_file;
    int fault = cert == NULL || key == NULL ? NNG_ENOENT : nng_tls_config_alloc(&config, NNG_TLS_MODE_SERVER);

    if (fault == 0) {
        file = tls->cert_file;
        fault = nng_tls_config_own_cert(config, cert, key, NULL);
    }
    if (key != NULL)
        explicit_bzero(key, PEM_MAX);
    free(cert);
    free(key);
    if (fault != 0) {
        if (config != NULL)
            nng_tls_config_free(config);
        return tls_fault(file != NULL ? file : "", fault, err);
    }
    *ret_config = config;
    return ERR_OK;
}

/* "tls+tcp://[::1]:7411" -> "::1"; a host that does not fit is left empty, which no certificate carries. */
static void address_host(const char *address, char *to, size_t size)
{
    const char *from = strstr(address, "://");
    const char *begin = from == NULL ? "" : from + 3;
    bool bracket = begin[0] == '[';
    size_t length = bracket ? strcspn(++begin, "]") : strcspn(begin, ":/");

    snprintf(to, size, "%.*s", length < size ? (int)length : 0, begin);
}

static ErrCode tls_client(const char *address, const TransportTls *tls, nng_tls_config **ret_config, Err *err)
{
    nng_tls_config *config = NULL;
    char host[HOST_SIZE];
    const char *name = tls->server_name;

    if (name == NULL || name[0] == '\0') {
        address_host(address, host, sizeof host);
        name = host;
    }
    char *authorities = read_pem(tls->ca_file);
    int fault = authorities == NULL ? NNG_ENOENT : nng_tls_config_alloc(&config, NNG_TLS_MODE_CLIENT);

    if (fault == 0)
        fault = nng_tls_config_ca_chain(config, authorities, NULL);
    if (fault == 0)
        fault = nng_tls_config_auth_mode(config, NNG_TLS_AUTH_MODE_REQUIRED);
    /* Without a name any certificate of the authority would do: refused. */
    if (fault == 0)
        fault = name[0] == '\0' ? NNG_EINVAL : nng_tls_config_server_name(config, name);
    free(authorities);
    if (fault != 0) {
        if (config != NULL)
            nng_tls_config_free(config);
        return tls_fault(tls->ca_file != NULL ? tls->ca_file : "", fault, err);
    }
    *ret_config = config;
    return ERR_OK;
}

/* ---- server ---- */

/* One context of the server: receives, is a call until it is replied to, sends, receives again. */
typedef struct Slot {
    TransportCall base;
    TransportServer *server;
    nng_ctx context;
    nng_aio *aio;
    nng_msg *message; /* the request, while it is being worked on */
    bool sending;
} Slot;

struct TransportServer {
    nng_socket socket;
    TransportReceive receive;
    void *context;
    bool stopping; /* atomic */
    size_t count;
    Slot slots[];
};

/* Waits for the next request, unless the server is stopping. */
static void slot_receive(Slot *slot)
{
    if (__atomic_load_n(&slot->server->stopping, __ATOMIC_ACQUIRE))
        return;
    slot->sending = false;
    nng_aio_set_timeout(slot->aio, NNG_DURATION_INFINITE);
    nng_ctx_recv(slot->context, slot->aio);
}

/* NNG calls this for each completed receive and send of the slot. */
static void slot_done(void *argument)
{
    Slot *slot = argument;
    int fault = nng_aio_result(slot->aio);

    if (slot->sending) {
        if (fault != 0)
            nng_msg_free(nng_aio_get_msg(slot->aio));
        slot_receive(slot);
        return;
    }
    if (fault == NNG_ECLOSED || fault == NNG_ECANCELED)
        return;
    if (fault != 0) {
        slot_receive(slot);
        return;
    }
    slot->message = nng_aio_get_msg(slot->aio);
    slot->base.bytes = nng_msg_body(slot->message);
    slot->base.size = nng_msg_len(slot->message);
    slot->server->receive(slot->server->context, &slot->base);
}

static void slot_reply(TransportCall *base, const void *bytes, size_t size)
{
    Slot *slot = (Slot *)base;
    nng_msg *message = slot->message;

    /* The request's message carries the answer back: its body is replaced. */
    nng_msg_clear(message);
    slot->message = NULL;
    if (nng_msg_append(message, bytes, size) != 0) {
        nng_msg_free(message); /* the caller's deadline tells it */
        slot_receive(slot);
        return;
    }
    slot->sending = true;
    nng_aio_set_timeout(slot->aio, TRANSPORT_SEND_MS);
    nng_aio_set_msg(slot->aio, message);
    nng_ctx_send(slot->context, slot->aio);
}

static ErrCode listen_fault(const char *address, int fault, Err *err)
{
    err_set(err, ERR_UNAVAILABLE, "LISTEN_FAILED");
    err_arg(err, "address", "%s", address);
    return err_arg(err, "cause", "%s", nng_strerror(fault));
}

/* The listener has a size limit of its own: it is set on both, so that no order of calls can leave it out. */
static ErrCode listen_on(TransportServer *server, const char *address, nng_tls_config *config, Err *err)
{
    nng_listener listener;
    int fault = nng_listener_create(&listener, server->socket, address);

    if (fault == 0)
        fault = nng_listener_set_size(listener, NNG_OPT_RECVMAXSZ, TRANSPORT_MESSAGE_MAX + HEADER_ROOM);
    if (fault == 0 && is_tls(address))
        fault = nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, config);
    if (fault == 0)
        fault = nng_listener_start(listener, 0);
    return fault == 0 ? ERR_OK : listen_fault(address, fault, err);
}

/* Opens the socket, limits it, and gives every slot its context; nothing listens yet. */
static int open_slots(TransportServer *server, size_t count)
{
    int fault = nng_rep0_open(&server->socket);

    if (fault == 0)
        fault = nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, TRANSPORT_MESSAGE_MAX + HEADER_ROOM);
    for (size_t i = 0; fault == 0 && i < count; i++) {
        Slot *slot = &server->slots[i];

        slot->server = server;
        slot->base.reply = slot_reply;
        fault = nng_ctx_open(&slot->context, server->socket);
        if (fault == 0)
            fault = nng_aio_alloc(&slot->aio, slot_done, slot);
        if (fault == 0)
            server->count++;
    }
    return fault;
}

/* Only for a server that never began to receive. */
static void drop_server(TransportServer *server)
{
    nng_close(server->socket);
    for (size_t i = 0; i < server->count; i++)
        nng_aio_free(server->slots[i].aio);
    free(server);
}

ErrCode transport_server_open(const char *const *addresses, size_t count, const TransportTls *tls,
                              int contexts, TransportReceive receive, void *context,
                              TransportServer **ret_server, Err *err)
{
    size_t slots = contexts < 1                        ? 1
                   : contexts > TRANSPORT_CONTEXTS_MAX ? (size_t)TRANSPORT_CONTEXTS_MAX
                                                       : (size_t)contexts;
    nng_tls_config *config = NULL;
    ErrCode code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = check_address(addresses[i], is_tls(addresses[i]) ? tls : NULL, err);
    if (code == ERR_OK && tls != NULL)
        code = tls_server(tls, &config, err);
    if (code != ERR_OK)
        return code;
    TransportServer *server = calloc(1, sizeof *server + slots * sizeof(Slot));
    if (server == NULL) {
        code = err_memory(err);
    } else {
        server->receive = receive;
        server->context = context;
        int fault = open_slots(server, slots);
        if (fault != 0)
            code = listen_fault(count > 0 ? addresses[0] : "", fault, err);
    }
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = listen_on(server, addresses[i], config, err);
    if (config != NULL)
        nng_tls_config_free(config); /* listeners hold references of their own */
    if (code != ERR_OK) {
        if (server != NULL)
            drop_server(server);
        return code;
    }
    for (size_t i = 0; i < slots; i++)
        slot_receive(&server->slots[i]);
    *ret_server = server;
    return ERR_OK;
}

void transport_server_stop(TransportServer *server)
{
    __atomic_store_n(&server->stopping, true, __ATOMIC_RELEASE);
}

/* ---- client ---- */

/* What one call in flight needs: contexts let many calls share a socket. */
typedef struct Lane {
    nng_ctx context;
    nng_aio *aio;
    struct Lane *next;
} Lane;

typedef struct NngClient {
    TransportClient base;
    nng_socket socket;
    pthread_mutex_t lock;
    Lane *pool; /* lanes not in use */
    size_t pooled;
    char address[256];
} NngClient;

/* A lane from the pool or a new one; NULL: no memory. */
static Lane *lane_take(NngClient *client)
{
    pthread_mutex_lock(&client->lock);
    Lane *lane = client->pool;
    if (lane != NULL) {
        client->pool = lane->next;
        client->pooled--;
    }
    pthread_mutex_unlock(&client->lock);
    if (lane != NULL)
        return lane;
    lane = calloc(1, sizeof *lane);
    if (lane == NULL || nng_aio_alloc(&lane->aio, NULL, NULL) != 0) {
        free(lane);
        return NULL;
    }
    if (nng_ctx_open(&lane->context, client->socket) != 0) {
        nng_aio_free(lane->aio);
        free(lane);
        return NULL;
    }
    return lane;
}

static void lane_free(Lane *lane)
{
    nng_ctx_close(lane->context);
    nng_aio_free(lane->aio);
    free(lane);
}

/* A lane whose call failed still waits for the late reply: it is not used again. */
static void lane_give(NngClient *client, Lane *lane, bool good)
{
    pthread_mutex_lock(&client->lock);
    bool keep = good && client->pooled < POOL_MAX;
    if (keep) {
        lane->next = client->pool;
        client->pool = lane;
        client->pooled++;
    }
    pthread_mutex_unlock(&client->lock);
    if (!keep)
        lane_free(lane);
}

static ErrCode no_connection(const NngClient *client, Err *err)
{
    err_set(err, ERR_UNAVAILABLE, "NO_CONNECTION");
    return err_arg(err, "address", "%s", client->address);
}

/* Sends, waits until a connection took the message, then waits for the reply. */
static ErrCode lane_exchange(const NngClient *client, Lane *lane, nng_msg *message, uint32_t deadline_ms,
                             nng_msg **ret_reply, Err *err)
{
    int64_t start = clock_system.monotonic_ms(&clock_system);
    bool short_of_connect = deadline_ms < TRANSPORT_CONNECT_MS;

    nng_aio_set_timeout(lane->aio, (nng_duration)(short_of_connect ? deadline_ms : TRANSPORT_CONNECT_MS));
    nng_aio_set_msg(lane->aio, message);
    nng_ctx_send(lane->context, lane->aio);
    nng_aio_wait(lane->aio);
    if (nng_aio_result(lane->aio) != 0) {
        nng_msg_free(nng_aio_get_msg(lane->aio));
        return no_connection(client, err);
    }
    int64_t left = deadline_ms - (clock_system.monotonic_ms(&clock_system) - start);
    nng_aio_set_timeout(lane->aio, (nng_duration)(left > 0 ? left : 1));
    nng_ctx_recv(lane->context, lane->aio);
    nng_aio_wait(lane->aio);
    int fault = nng_aio_result(lane->aio);
    if (fault == NNG_ETIMEDOUT) {
        err_set(err, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
        return err_arg(err, "ms", "%u", deadline_ms);
    }
    if (fault != 0)
        return no_connection(client, err);
    *ret_reply = nng_aio_get_msg(lane->aio);
    return ERR_OK;
}

static ErrCode nng_client_call(TransportClient *base, const void *bytes, size_t size, uint32_t deadline_ms,
                               uint8_t **ret_reply, size_t *ret_size, Err *err)
{
    NngClient *client = (NngClient *)base;
    nng_msg *message, *reply = NULL;

    if (deadline_ms > INT32_MAX)
        deadline_ms = INT32_MAX;
    if (nng_msg_alloc(&message, 0) != 0)
        return err_memory(err);
    Lane *lane = nng_msg_append(message, bytes, size) == 0 ? lane_take(client) : NULL;
    if (lane == NULL) {
        nng_msg_free(message);
        return err_memory(err);
    }
    ErrCode code = lane_exchange(client, lane, message, deadline_ms, &reply, err);
    lane_give(client, lane, code == ERR_OK);
    if (code != ERR_OK)
        return code;
    size_t length = nng_msg_len(reply);
    uint8_t *copy = malloc(length + 1);
    if (copy != NULL)
        memcpy(copy, nng_msg_body(reply), length);
    nng_msg_free(reply);
    if (copy == NULL)
        return err_memory(err);
    *ret_reply = copy;
    *ret_size = length;
    return ERR_OK;
}

static void *close_in_background(void *argument)
{
    NngClient *client = argument;

    for (Lane *lane = client->pool; lane != NULL;) {
        Lane *next = lane->next;
        lane_free(lane);
        lane = next;
    }
    nng_close(client->socket);
    pthread_mutex_destroy(&client->lock);
    free(client);
    return NULL;
}

/* Closing a socket can hang in NNG 1.5.2 while a dial is under way: it must not hang a person's command. */
static void nng_client_close(TransportClient *base)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, close_in_background, base) == 0)
        pthread_detach(thread);
}

/* Sets what the protocol asks for and starts to connect, in the background and again after every loss. NNG's
 * own resending is off: a request that may have been executed is sent again by the outbox alone, under its
 * operation id. */
static int dial(NngClient *client, nng_tls_config *config)
{
    nng_dialer dialer;
    int fault = nng_socket_set_ms(client->socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);

    if (fault == 0)
        fault = nng_socket_set_size(client->socket, NNG_OPT_RECVMAXSZ, TRANSPORT_MESSAGE_MAX + HEADER_ROOM);
    if (fault == 0)
        fault = nng_socket_set_ms(client->socket, NNG_OPT_RECONNMINT, RECONNECT_LEAST_MS);
    if (fault == 0)
        fault = nng_socket_set_ms(client->socket, NNG_OPT_RECONNMAXT, RECONNECT_MOST_MS);
    if (fault == 0)
        fault = nng_dialer_create(&dialer, client->socket, client->address);
    if (fault == 0)
        fault = nng_dialer_set_size(dialer, NNG_OPT_RECVMAXSZ, TRANSPORT_MESSAGE_MAX + HEADER_ROOM);
    if (fault == 0 && config != NULL)
        fault = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, config);
    if (fault == 0)
        fault = nng_dialer_start(dialer, NNG_FLAG_NONBLOCK);
    return fault;
}

ErrCode transport_client_open(const char *address, const TransportTls *tls, TransportClient **ret_client,
                              Err *err)
{
    nng_tls_config *config = NULL;
    ErrCode code = check_address(address, tls, err);

    if (code == ERR_OK && tls != NULL)
        code = tls_client(address, tls, &config, err);
    if (code != ERR_OK)
        return code;
    NngClient *client = calloc(1, sizeof *client);
    if (client == NULL || nng_req0_open(&client->socket) != 0) {
        free(client);
        if (config != NULL)
            nng_tls_config_free(config);
        return err_memory(err);
    }
    client->base = (TransportClient){.call = nng_client_call, .close = nng_client_close};
    pthread_mutex_init(&client->lock, NULL);
    text_copy(client->address, sizeof client->address, address);
    int fault = dial(client, config);
    if (config != NULL)
        nng_tls_config_free(config);
    if (fault != 0) {
        code = no_connection(client, err);
        close_in_background(client);
        return code;
    }
    *ret_client = &client->base;
    return ERR_OK;
}
