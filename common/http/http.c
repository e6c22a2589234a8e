/* Owns the loopback HTTP server. Invariant: only exact paths of the table are answered, only to loopback, and
 * no connection outlives request_ms. Must not open a file. */
#include "common/http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/core/text.h"

/* An open connection and its end of life: MHD's own limit counts idle time only, so a client that trickles
 * bytes is cut off by the watchdog. */
typedef struct Visit {
    int socket; /* -1: free */
    int64_t ends_ms;
} Visit;

struct HttpServer {
    HttpOptions options;
    struct MHD_Daemon *daemon;
    uint16_t port;
    pthread_mutex_t lock; /* of visits and stopping */
    pthread_cond_t stopped;
    pthread_t watchdog;
    bool stopping;
    Visit visits[HTTP_CONNECTIONS_MAX];
};

enum { WATCH_MS = 200 };

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *content_type,
                              Buf *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->length, body->data == NULL ? (char *)"" : body->data, MHD_RESPMEM_MUST_COPY);

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status)
{
    Buf body;

    buf_init(&body, 64);
    buf_printf(&body, "%u\n", status);
    enum MHD_Result result = answer(connection, status, "text/plain; charset=utf-8", &body);
    buf_done(&body);
    return result;
}

/* Only the names a browser on this machine uses: another Host is a rebound name. */
static bool host_allowed(const HttpServer *server, struct MHD_Connection *connection)
{
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    char number[32], name[32];

    snprintf(number, sizeof number, "127.0.0.1:%u", server->port);
    snprintf(name, sizeof name, "localhost:%u", server->port);
    return host != NULL && (text_equal(host, number) || text_equal(host, name));
}

static enum MHD_Result run_route(const HttpServer *server, struct MHD_Connection *connection,
                                 const HttpRoute *route)
{
    Buf body;

    buf_init(&body, HTTP_BODY_MAX);
    int status = route->handle(server->options.context, &body);
    if (body.failed) {
        buf_clear(&body);
        status = 500;
    }
    enum MHD_Result result = answer(connection, (unsigned)status, route->content_type, &body);
    buf_done(&body);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **visit)
{
    const HttpServer *server = context;

    (void)version;
    (void)upload;
    (void)visit;
    if (*upload_size != 0)
        return MHD_NO;
    if (!host_allowed(server, connection))
        return refuse(connection, 421);
    if (!text_equal(method, MHD_HTTP_METHOD_GET))
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED);
    for (size_t i = 0; i < server->options.route_count; i++) {
        if (text_equal(server->options.routes[i].path, url))
            return run_route(server, connection, &server->options.routes[i]);
    }
    return refuse(connection, MHD_HTTP_NOT_FOUND);
}

static uint16_t bound_port(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info == NULL ? 0 : info->port;
}

static int64_t now_ms(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

/* Opening and closing of connections, told by MHD on its own thread. */
static void note_visit(void *context, struct MHD_Connection *connection, void **visit_slot,
                       enum MHD_ConnectionNotificationCode what)
{
    HttpServer *server = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    pthread_mutex_lock(&server->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED && info != NULL) {
        for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
            if (server->visits[i].socket >= 0)
                continue;
            server->visits[i] = (Visit){info->connect_fd, now_ms() + server->options.request_ms};
            *visit_slot = &server->visits[i];
            break;
        }
    } else if (what == MHD_CONNECTION_NOTIFY_CLOSED && *visit_slot != NULL) {
        ((Visit *)*visit_slot)->socket = -1;
    }
    pthread_mutex_unlock(&server->lock);
}

static void *watch(void *context)
{
    HttpServer *server = context;

    pthread_mutex_lock(&server->lock);
    while (!server->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += WATCH_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&server->stopped, &server->lock, &until);
        for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
            if (server->visits[i].socket >= 0 && now_ms() > server->visits[i].ends_ms)
                shutdown(server->visits[i].socket, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static bool start_watchdog(HttpServer *server)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    return pthread_create(&server->watchdog, NULL, watch, server) == 0;
}

static void stop_watchdog(HttpServer *server)
{
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_signal(&server->stopped);
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->watchdog, NULL);
}

static void free_server(HttpServer *server)
{
    pthread_cond_destroy(&server->stopped);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

static ErrCode listen_failed(const HttpOptions *options, Err *err)
{
    err_set(err, ERR_UNAVAILABLE, "LISTEN_FAILED");
    err_arg(err, "address", "http://127.0.0.1:%u", options->port);
    return err_arg(err, "cause", "%s", strerror(errno));
}

ErrCode http_open(const HttpOptions *options, HttpServer **ret_server, Err *err)
{
    HttpServer *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(options->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    if (server == NULL)
        return err_memory(err);
    server->options = *options;
    if (server->options.request_ms == 0)
        server->options.request_ms = HTTP_REQUEST_MS;
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        server->visits[i].socket = -1;
    if (!start_watchdog(server)) {
        free_server(server);
        return err_memory(err);
    }
    server->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD, options->port, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(server->options.request_ms + 999) / 1000,
        MHD_OPTION_NOTIFY_CONNECTION, note_visit, server, MHD_OPTION_END);
    if (server->daemon == NULL) {
        stop_watchdog(server);
        free_server(server);
        return listen_failed(options, err);
    }
    server->port = bound_port(server->daemon);
    *ret_server = server;
    return ERR_OK;
}

uint16_t http_port(const HttpServer *server)
{
    return server->port;
}

void http_close(HttpServer *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    stop_watchdog(server);
    free_server(server);
}
