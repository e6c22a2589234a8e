/* Owns the loopback HTTP server; the only user of libmicrohttpd. Invariant: one request per connection, and
 * no connection lives longer than request_ms, whoever trickles bytes into it. One thread runs libmicrohttpd,
 * the handlers and the deadlines, so nothing here needs a lock. Must not listen anywhere but on 127.0.0.1. */
#include "common/http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/base/clock.h"

enum { POLL_MS = 50, MEMORY_PER_CONNECTION = 16 << 10, TEXT_SIZE = 64 };

/* An open connection and when it must be over. */
typedef struct Guest {
    int fd; /* 0: free place; loopback connections never get descriptor 0 */
    int64_t until;
} Guest;

struct HttpServer {
    HttpOptions options;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    bool stopping; /* atomic */
    uint16_t port;
    Guest guests[HTTP_CONNECTIONS_MAX];
};

/* Queues a response that ends the connection. */
static enum MHD_Result answer(struct MHD_Connection *connection, int status, const char *type,
                              const void *body, size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, int status, const char *text)
{
    return answer(connection, status, "text/plain; charset=utf-8", text, strlen(text));
}

typedef struct HostCheck {
    const HttpServer *server;
    int seen, good;
} HostCheck;

static enum MHD_Result check_host(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    HostCheck *check = context;
    char number[TEXT_SIZE], name[TEXT_SIZE];

    (void)kind;
    if (strcasecmp(key, MHD_HTTP_HEADER_HOST) != 0)
        return MHD_YES;
    snprintf(number, sizeof number, "127.0.0.1:%u", check->server->port);
    snprintf(name, sizeof name, "localhost:%u", check->server->port);
    check->seen++;
    check->good += value != NULL && (strcmp(value, number) == 0 || strcmp(value, name) == 0);
    return MHD_YES;
}

/* A page on another site can make a browser call us, under that site's name: one Host header, and it is ours.
 */
static bool host_is_ours(const HttpServer *server, struct MHD_Connection *connection)
{
    HostCheck check = {.server = server};

    MHD_get_connection_values(connection, MHD_HEADER_KIND, check_host, &check);
    return check.seen == 1 && check.good == 1;
}

/* Runs a handler and answers with what it wrote. */
static enum MHD_Result run_route(const HttpServer *server, const HttpRoute *route,
                                 struct MHD_Connection *connection)
{
    Buf body;

    buf_init(&body, HTTP_BODY_MAX);
    int status = route->handle(server->options.context, &body);
    enum MHD_Result result = body.failed ? refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "too large\n")
                                         : answer(connection, status, route->content_type,
                                                  body.data != NULL ? body.data : "", body.length);
    buf_done(&body);
    return result;
}

/* libmicrohttpd calls this once the head is read; the answer needs no body, so it is given at once. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    const HttpServer *server = context;

    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    if (!host_is_ours(server, connection))
        return refuse(connection, MHD_HTTP_MISDIRECTED_REQUEST, "foreign host\n");
    for (size_t i = 0; i < server->options.route_count; i++) {
        const HttpRoute *route = &server->options.routes[i];

        if (strcmp(url, route->path) != 0)
            continue;
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
            return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
        return run_route(server, route, connection);
    }
    return refuse(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

/* ---- connections and their deadlines ---- */

/* Takes a place for a connection that opens and gives it back when it closes. Places suffice: libmicrohttpd's
 * own limit is the same number. */
static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    HttpServer *server = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    (void)state;
    if (info == NULL)
        return;
    bool started = what == MHD_CONNECTION_NOTIFY_STARTED;
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        Guest *guest = &server->guests[i];

        if (guest->fd != (started ? 0 : info->connect_fd))
            continue;
        guest->fd = started ? info->connect_fd : 0;
        guest->until = clock_system.monotonic_ms(&clock_system) + server->options.request_ms;
        return;
    }
}

/* Shuts late connections down; libmicrohttpd notices and closes them. */
static void end_late_guests(HttpServer *server)
{
    int64_t now = clock_system.monotonic_ms(&clock_system);

    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        Guest *guest = &server->guests[i];

        if (guest->fd != 0 && now >= guest->until)
            shutdown(guest->fd, SHUT_RDWR);
    }
}

static void *run(void *argument)
{
    HttpServer *server = argument;

    while (!__atomic_load_n(&server->stopping, __ATOMIC_ACQUIRE)) {
        if (MHD_run_wait(server->daemon, POLL_MS) != MHD_YES)
            clock_system.sleep_ms(&clock_system, POLL_MS);
        end_late_guests(server);
    }
    return NULL;
}

static ErrCode listen_failed(uint16_t port, Err *err)
{
    int cause = errno;

    err_set(err, ERR_UNAVAILABLE, "LISTEN_FAILED");
    err_arg(err, "address", "http://127.0.0.1:%u", port);
    return err_arg(err, "cause", "%s", strerror(cause));
}

ErrCode http_open(const HttpOptions *options, HttpServer **ret_server, Err *err)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(options->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    HttpServer *server = calloc(1, sizeof *server);

    if (server == NULL)
        return err_memory(err);
    server->options = *options;
    if (server->options.request_ms <= 0)
        server->options.request_ms = HTTP_REQUEST_MS;
    server->daemon = MHD_start_daemon(MHD_NO_FLAG, options->port, NULL, NULL, on_request, server,
                                      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                                      MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                                      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
                                      MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        server->daemon != NULL ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info == NULL) {
        ErrCode code = listen_failed(options->port, err);
        if (server->daemon != NULL)
            MHD_stop_daemon(server->daemon);
        free(server);
        return code;
    }
    server->port = info->port;
    if (pthread_create(&server->thread, NULL, run, server) != 0) {
        MHD_stop_daemon(server->daemon);
        free(server);
        return err_set(err, ERR_RESOURCE_EXHAUSTED, "THREADS_FAILED");
    }
    *ret_server = server;
    return ERR_OK;
}

const char *http_library(void)
{
    return MHD_get_version();
}

uint16_t http_port(const HttpServer *server)
{
    return server->port;
}

void http_close(HttpServer *server)
{
    if (server == NULL)
        return;
    __atomic_store_n(&server->stopping, true, __ATOMIC_RELEASE);
    pthread_join(server->thread, NULL);
    MHD_stop_daemon(server->daemon);
    free(server);
}
