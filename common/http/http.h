/* A small HTTP server on loopback: GET of a few exact paths (health, metrics). The only user of
 * libmicrohttpd. Foreign Host headers are refused, and a connection is closed when its request as a whole
 * takes too long, however slowly bytes trickle in. */
#ifndef COMMON_HTTP_HTTP_H
#define COMMON_HTTP_HTTP_H

#include <stdint.h>

#include "common/core/buf.h"
#include "common/core/err.h"

enum { HTTP_CONNECTIONS_MAX = 16, HTTP_BODY_MAX = 4 << 20, HTTP_REQUEST_MS = 5000 };

typedef struct HttpRoute {
    const char *path; /* exact: "/healthz" */
    const char *content_type;
    int (*handle)(void *context, Buf *body); /* fills body, returns the status (200, 503); HTTP thread */
} HttpRoute;

typedef struct HttpOptions {
    uint16_t port; /* 0: any free one */
    const HttpRoute *routes;
    size_t route_count;
    void *context;
    int request_ms; /* connection's whole life; 0: HTTP_REQUEST_MS */
} HttpOptions;

typedef struct HttpServer HttpServer;

/* Listens on 127.0.0.1 with one thread. UNAVAILABLE / LISTEN_FAILED with "address". 404 for another path,
 * 405 for another method, 421 for a Host other than 127.0.0.1:PORT or localhost:PORT. */
ErrCode http_open(const HttpOptions *options, HttpServer **ret_server, Err *err) MUST_CHECK;
/* Version of libmicrohttpd that is loaded. */
const char *http_library(void);

uint16_t http_port(const HttpServer *server);
void http_close(HttpServer *server); /* NULL is fine */

#endif
