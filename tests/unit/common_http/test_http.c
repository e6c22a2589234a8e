/* The loopback HTTP server, spoken to byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/http/http.h"

enum { REPLY_SIZE = 8192, SHORT_MS = 300 };

static int healthy = 200;

static int health(void *context, Buf *body)
{
    (*(int *)context)++;
    buf_text(body, "ok\n");
    return healthy;
}

static int metrics(void *context, Buf *body)
{
    (void)context;
    for (int i = 0; i < 10000; i++)
        buf_printf(body, "shans_test{n=\"%d\"} 1\n", i);
    return 200;
}

static int huge(void *context, Buf *body)
{
    (void)context;
    for (int i = 0; i < HTTP_BODY_MAX / 4 + 1; i++)
        buf_text(body, "xxxx");
    return 200;
}

static int empty(void *context, Buf *body)
{
    (void)context;
    (void)body;
    return 200;
}

static const HttpRoute routes[] = {
    {"/healthz", "text/plain", health},
    {"/metrics", "text/plain; version=0.0.4", metrics},
    {"/huge", "text/plain", huge},
    {"/empty", "text/plain", empty},
};

static HttpServer *server;
static int calls;

static int set_up_with(int request_ms)
{
    const HttpOptions options = {
        .routes = routes, .route_count = 4, .context = &calls, .request_ms = request_ms};
    Err err = {0};

    calls = 0;
    healthy = 200;
    assert_int_equal(http_open(&options, &server, &err), ERR_OK);
    assert_true(http_port(server) > 0);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(0);
}

static int set_up_short(void **state)
{
    (void)state;
    return set_up_with(SHORT_MS);
}

static int tear_down(void **state)
{
    (void)state;
    http_close(server);
    http_close(NULL);
    return 0;
}

static int open_connection(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* Sends the text and reads until the server closes; the total goes to ret_total, the beginning to reply. */
static int talk(const char *text, char *reply, size_t *ret_total)
{
    int fd = open_connection();
    size_t total = 0;
    char rest[4096];

    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    for (;;) {
        bool fits = total < REPLY_SIZE - 1;
        ssize_t got =
            fits ? recv(fd, reply + total, REPLY_SIZE - 1 - total, 0) : recv(fd, rest, sizeof rest, 0);
        if (got <= 0)
            break;
        total += (size_t)got;
    }
    close(fd);
    reply[total < REPLY_SIZE - 1 ? total : REPLY_SIZE - 1] = '\0';
    *ret_total = total;
    int status = 0;
    return sscanf(reply, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

static int ask_host(const char *method, const char *path, const char *host)
{
    char request[1024], reply[REPLY_SIZE];
    size_t total;

    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, path, host);
    return talk(request, reply, &total);
}

static int ask(const char *method, const char *path)
{
    char host[64];

    snprintf(host, sizeof host, "127.0.0.1:%u", http_port(server));
    return ask_host(method, path, host);
}

static void test_get(void **state)
{
    char request[256], reply[REPLY_SIZE];
    size_t total;

    (void)state;
    snprintf(request, sizeof request, "GET /healthz HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
             http_port(server));
    assert_int_equal(talk(request, reply, &total), 200);
    assert_non_null(strstr(reply, "\r\n\r\nok\n"));
    assert_non_null(strstr(reply, "Content-Type: text/plain\r\n"));
    assert_non_null(strstr(reply, "Connection: close\r\n"));
    assert_non_null(strstr(reply, "nosniff"));
    assert_int_equal(calls, 1);
    healthy = 503;
    assert_int_equal(ask("GET", "/healthz"), 503);
    assert_int_equal(ask("GET", "/empty"), 200);
    snprintf(request, sizeof request, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n",
             http_port(server));
    assert_int_equal(talk(request, reply, &total), 200);
    assert_true(total > 200000);
    assert_int_equal(ask("GET", "/huge"), 500);
}

static void test_paths_and_methods(void **state)
{
    static const char *const paths[] = {"/",          "/healthz/", "/HEALTHZ",          "/healthz/../metrics",
                                        "//healthz",  "/health",   "/../../etc/passwd", "/%2e%2e/etc/passwd",
                                        "/healthz;a", "/metricsx"};
    static const char *const methods[] = {"POST", "PUT", "DELETE", "HEAD", "OPTIONS"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_int_equal(ask("GET", paths[i]), 404);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        assert_int_equal(ask(methods[i], "/healthz"), 405);
    assert_int_equal(calls, 0);
}

static void test_foreign_hosts(void **state)
{
    static const char *const hosts[] = {"evil.example",
                                        "127.0.0.1",
                                        "localhost",
                                        "127.0.0.1:1",
                                        "LOCALHOST:%u",
                                        "127.1:%u",
                                        "0.0.0.0:%u",
                                        "[::1]:%u",
                                        "localhost.:%u",
                                        "x.localhost:%u",
                                        "127.0.0.1:%u.evil.example",
                                        ""};
    char request[512], reply[REPLY_SIZE];
    size_t total;

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        char host[64], port[8];

        snprintf(port, sizeof port, "%u", http_port(server));
        const char *mark = strstr(hosts[i], "%u");
        if (mark != NULL)
            snprintf(host, sizeof host, "%.*s%s%s", (int)(mark - hosts[i]), hosts[i], port, mark + 2);
        else
            snprintf(host, sizeof host, "%s", hosts[i]);
        assert_int_equal(ask_host("GET", "/healthz", host), 421);
    }
    snprintf(request, sizeof request,
             "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nHost: evil.example\r\n\r\n", http_port(server));
    assert_int_not_equal(talk(request, reply, &total), 200); /* two hosts */
    assert_int_not_equal(talk("GET /healthz HTTP/1.1\r\n\r\n", reply, &total), 200);
    assert_int_not_equal(talk("GET /healthz HTTP/1.0\r\n\r\n", reply, &total), 200);
    assert_int_equal(calls, 0);
}

static void test_garbage(void **state)
{
    static const char *const junk[] = {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET /healthz\r\n\r\n",
                                       "\x16\x03\x01\x02garbage\r\n\r\n",
                                       "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n"};
    char reply[REPLY_SIZE], *long_head = malloc(100000);

    (void)state;
    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
        int fd = open_connection();
        assert_true(send(fd, junk[i], strlen(junk[i]), MSG_NOSIGNAL) > 0);
        close(fd);
    }
    memset(long_head, 'a', 99999);
    memcpy(long_head, "GET /", 5);
    long_head[99999] = '\0';
    int fd = open_connection();
    (void)!send(fd, long_head, 99999, MSG_NOSIGNAL);
    ssize_t got = recv(fd, reply, sizeof reply - 1, 0);
    reply[got > 0 ? got : 0] = '\0';
    assert_null(strstr(reply, "200 OK"));
    close(fd);
    free(long_head);
    assert_int_equal(ask("GET", "/healthz"), 200);
    assert_int_equal(calls, 1);
}

/* Bytes that keep coming do not keep the connection: its whole life is limited. */
static void test_trickle_is_cut(void **state)
{
    int64_t start = clock_system.monotonic_ms(&clock_system);
    int fd = open_connection(), silent = open_connection();
    bool open = true;
    char byte;

    (void)state;
    while (open && clock_system.monotonic_ms(&clock_system) - start < 10000) {
        open = send(fd, "G", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) != 0;
        clock_system.sleep_ms(&clock_system, 20);
    }
    assert_false(open);
    assert_true(clock_system.monotonic_ms(&clock_system) - start >= SHORT_MS - 50);
    assert_true(recv(silent, &byte, 1, 0) <= 0);
    close(fd);
    close(silent);
    assert_int_equal(ask("GET", "/healthz"), 200);
}

/* More connections than places: the surplus waits or is refused, and the places come back. */
static void test_connection_limit(void **state)
{
    int fds[2 * HTTP_CONNECTIONS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        fds[i] = open_connection();
    clock_system.sleep_ms(&clock_system, 3 * SHORT_MS);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        close(fds[i]);
    int status = 0;
    for (int i = 0; i < 50 && status != 200; i++) {
        status = ask("GET", "/healthz");
        clock_system.sleep_ms(&clock_system, 20);
    }
    assert_int_equal(status, 200);
}

static void test_port_taken(void **state)
{
    HttpServer *second = NULL;
    const HttpOptions options = {.port = http_port(server), .routes = routes, .route_count = 4};
    Err err = {0};

    (void)state;
    assert_int_equal(http_open(&options, &second, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "LISTEN_FAILED");
    assert_null(second);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_get),
        TEST(test_paths_and_methods),
        TEST(test_foreign_hosts),
        TEST(test_garbage),
        cmocka_unit_test_setup_teardown(test_trickle_is_cut, set_up_short, tear_down),
        cmocka_unit_test_setup_teardown(test_connection_limit, set_up_short, tear_down),
        TEST(test_port_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
