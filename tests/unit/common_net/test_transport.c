/* The transport over NNG: whole messages both ways on each kind of address, deadlines, hostile peers. */
#include "tests/unit/common_net/peer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/clock.h"

static TransportServer *serve(const char *address, int contexts, TransportReceive receive, void *context)
{
    TransportServer *server = NULL;
    Err err = {0};

    if (transport_server_open(&address, 1, NULL, contexts, receive, context, &server, &err) != ERR_OK)
        fail_msg("%s: %s %s", address, err.reason, err_arg_get(&err, "cause"));
    return server;
}

static TransportClient *dial(const char *address)
{
    TransportClient *client = NULL;
    Err err = {0};

    assert_int_equal(transport_client_open(address, NULL, &client, &err), ERR_OK);
    return client;
}

static void echo_over(const char *address)
{
    static const size_t sizes[] = {0, 1, 200, 4096, 100000, TRANSPORT_MESSAGE_MAX};

    serve(address, 4, peer_echo, NULL);
    TransportClient *client = dial(address);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        peer_expect_echo(client, sizes[i], 10000);
    transport_client_close(client);
}

static void test_tcp(void **state)
{
    char address[64];

    (void)state;
    peer_address("tcp://", address);
    echo_over(address);
}

static void test_ipc(void **state)
{
    char address[64], path[48];

    (void)state;
    snprintf(path, sizeof path, "/tmp/net-test-%d.sock", (int)getpid());
    snprintf(address, sizeof address, "ipc://%s", path);
    echo_over(address);
    unlink(path);
}

static void test_inproc(void **state)
{
    (void)state;
    echo_over("inproc://net-test");
}

static void test_several_addresses(void **state)
{
    char first[64], second[64];
    const char *addresses[2] = {first, second};
    TransportServer *server;
    Err err = {0};

    (void)state;
    peer_address("tcp://", first);
    peer_address("tcp://", second);
    assert_int_equal(transport_server_open(addresses, 2, NULL, 4, peer_echo, NULL, &server, &err), ERR_OK);
    for (int i = 0; i < 2; i++) {
        TransportClient *client = dial(addresses[i]);
        peer_expect_echo(client, 10, 5000);
        transport_client_close(client);
    }
}

static void test_refused_addresses(void **state)
{
    static const char *const bad[] = {"ws://127.0.0.1:9", "wss://127.0.0.1:9", "http://127.0.0.1:9", "",
                                      "127.0.0.1:9",      "tcp+tls://h:9",     "TCP://127.0.0.1:9"};
    TransportServer *server = NULL;
    TransportClient *client = NULL;
    Err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(transport_server_open(&bad[i], 1, NULL, 4, peer_echo, NULL, &server, &err),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "ADDRESS_SCHEME");
        assert_string_equal(err_arg_get(&err, "address"), bad[i]);
        assert_int_equal(transport_client_open(bad[i], NULL, &client, &err), ERR_INVALID_ARGUMENT);
    }
    /* TLS without certificates, certificates without TLS. */
    const char *tls = "tls+tcp://127.0.0.1:9";
    const TransportTls settings = {.ca_file = "x", .server_name = "x"};
    assert_int_equal(transport_server_open(&tls, 1, NULL, 4, peer_echo, NULL, &server, &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "ADDRESS_TLS");
    assert_int_equal(transport_client_open("tcp://127.0.0.1:9", &settings, &client, &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "ADDRESS_TLS");
}

static void test_listen_failed(void **state)
{
    char address[64];
    const char *list[1] = {address};
    TransportServer *server = NULL;
    Err err = {0};

    (void)state;
    peer_address("tcp://", address);
    serve(address, 4, peer_echo, NULL);
    assert_int_equal(transport_server_open(list, 1, NULL, 4, peer_echo, NULL, &server, &err),
                     ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "LISTEN_FAILED");
    assert_string_equal(err_arg_get(&err, "address"), address);
    assert_true(err_arg_get(&err, "cause")[0] != '\0');
    list[0] = "tcp://no.such.host.invalid:1";
    assert_int_equal(transport_server_open(list, 1, NULL, 4, peer_echo, NULL, &server, &err),
                     ERR_UNAVAILABLE);
    assert_null(server);
}

static void test_too_large_is_not_sent(void **state)
{
    uint8_t *bytes = calloc(1, TRANSPORT_MESSAGE_MAX + 1), *reply = NULL;
    size_t size;
    Err err = {0};

    (void)state;
    TransportClient *client = dial("inproc://nobody-large");
    assert_int_equal(
        transport_client_call(client, bytes, TRANSPORT_MESSAGE_MAX + 1, 1000, &reply, &size, &err),
        ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "MESSAGE_TOO_LARGE");
    assert_string_equal(err_arg_get(&err, "size"), "4194305");
    transport_client_close(client);
    free(bytes);
}

static void test_nobody_there(void **state)
{
    char address[64];

    (void)state;
    peer_address("tcp://", address);
    TransportClient *client = dial(address);
    int64_t start = clock_system.monotonic_ms(&clock_system);
    peer_expect_fault(client, 200, ERR_UNAVAILABLE, "NO_CONNECTION");
    assert_in_range(clock_system.monotonic_ms(&clock_system) - start, 100, 2000);
    /* It connects by itself once somebody listens. */
    serve(address, 4, peer_echo, NULL);
    peer_expect_echo(client, 10, 5000);
    transport_client_close(client);
}

/* Keeps calls without answering them. */
typedef struct Shelf {
    pthread_mutex_t lock;
    TransportCall *calls[16];
    size_t count;
} Shelf;

static void shelve(void *context, TransportCall *call)
{
    Shelf *shelf = context;

    pthread_mutex_lock(&shelf->lock);
    shelf->calls[shelf->count++] = call;
    pthread_mutex_unlock(&shelf->lock);
}

static void test_deadline_and_late_replies(void **state)
{
    static Shelf shelf = {.lock = PTHREAD_MUTEX_INITIALIZER};
    char address[64];

    (void)state;
    peer_address("tcp://", address);
    serve(address, 4, shelve, &shelf);
    TransportClient *client = dial(address);
    for (int i = 0; i < 3; i++) {
        int64_t start = clock_system.monotonic_ms(&clock_system);
        peer_expect_fault(client, 150, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
        assert_in_range(clock_system.monotonic_ms(&clock_system) - start, 100, 2000);
    }
    /* Requests came once each: nothing is sent again by itself. Late replies reach nobody. */
    pthread_mutex_lock(&shelf.lock);
    assert_int_equal(shelf.count, 3);
    for (size_t i = 0; i < 3; i++)
        transport_reply(shelf.calls[i], "late", 4);
    pthread_mutex_unlock(&shelf.lock);
    peer_expect_fault(client, 150, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
    transport_client_close(client);
}

static void test_stop_takes_no_more(void **state)
{
    char address[64];

    (void)state;
    peer_address("tcp://", address);
    static TransportServer *server; /* stays reachable: a stopped server is never freed */
    server = serve(address, 1, peer_echo, NULL);
    TransportClient *client = dial(address);
    peer_expect_echo(client, 10, 5000);
    transport_server_stop(server);
    /* The receive that was pending may still be answered; after it there is none. */
    uint8_t *reply = NULL;
    size_t size;
    Err err = {0};
    ErrCode code = transport_client_call(client, "?", 1, 1000, &reply, &size, &err);
    assert_true(code == ERR_OK || code == ERR_DEADLINE_EXCEEDED);
    free(reply);
    peer_expect_fault(client, 150, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
    transport_client_close(client);
}

enum { CALLERS = 8, CALLS = 150 };

typedef struct Caller {
    pthread_t thread;
    TransportClient *client;
    unsigned number;
    int good;
} Caller;

static void *call_often(void *argument)
{
    Caller *caller = argument;

    for (unsigned i = 0; i < CALLS; i++) {
        uint32_t words[300], *reply = NULL;
        size_t size = 0;
        Err err = {0};

        for (unsigned w = 0; w < 300; w++)
            words[w] = caller->number * 1000000 + i * 1000 + w;
        if (transport_client_call(caller->client, words, sizeof words, 20000, (uint8_t **)&reply, &size,
                                  &err) == ERR_OK &&
            size == sizeof words && memcmp(reply, words, size) == 0)
            caller->good++;
        free(reply);
    }
    return NULL;
}

/* One client, many threads: every caller gets its own answer. */
static void test_concurrent_calls(void **state)
{
    Caller callers[CALLERS];
    char address[64];

    (void)state;
    peer_address("tcp://", address);
    serve(address, 4, peer_echo, NULL);
    TransportClient *client = dial(address);
    for (unsigned i = 0; i < CALLERS; i++) {
        callers[i] = (Caller){.client = client, .number = i};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
    }
    for (unsigned i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].good, CALLS);
    }
    transport_client_close(client);
}

/* ---- hostile peers over a raw socket ---- */

static void put_length(uint8_t *to, uint64_t length)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(length >> (56 - 8 * i));
}

/* Announces a message of so many bytes, sends some of them, and reports whether the server hung up. */
static bool announce(int port, uint64_t length)
{
    static const uint8_t hello[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    uint8_t answer[8], header[8], junk[1024] = {0};
    struct timeval patience = {.tv_sec = 5};
    int fd = peer_connect(port);
    bool closed = false;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(send(fd, hello, sizeof hello, MSG_NOSIGNAL), sizeof hello);
    assert_int_equal(recv(fd, answer, sizeof answer, MSG_WAITALL), sizeof answer);
    put_length(header, length);
    assert_int_equal(send(fd, header, sizeof header, MSG_NOSIGNAL), sizeof header);
    for (int i = 0; i < 16384 && !closed; i++)
        closed = send(fd, junk, sizeof junk, MSG_NOSIGNAL) < 0;
    closed = closed || recv(fd, answer, 1, 0) == 0;
    close(fd);
    return closed;
}

static void test_announced_giants(void **state)
{
    static const uint64_t lengths[] = {2147483648u, INT64_MAX, UINT64_MAX, TRANSPORT_MESSAGE_MAX + 65};
    char address[64];
    int port = peer_free_port();

    (void)state;
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", port);
    serve(address, 4, peer_echo, NULL);
    TransportClient *client = dial(address);
    peer_expect_echo(client, 1000, 5000);
    size_t before = peer_resident();
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        assert_true(announce(port, lengths[i]));
    size_t after = peer_resident();
    assert_true(after < before + (8 << 20));
    peer_expect_echo(client, 1000, 5000);
    transport_client_close(client);
}

static void test_garbage(void **state)
{
    char address[64];
    int port = peer_free_port(), open[8];
    uint8_t junk[64];

    (void)state;
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", port);
    serve(address, 4, peer_echo, NULL);
    for (int i = 0; i < 40; i++) { /* garbage instead of the greeting, of many lengths, then hang up */
        int fd = peer_connect(port);
        for (size_t k = 0; k < sizeof junk; k++)
            junk[k] = (uint8_t)((unsigned)i * 31 + k * 17);
        (void)!send(fd, junk, (size_t)i, MSG_NOSIGNAL);
        close(fd);
    }
    for (int i = 0; i < 8; i++) /* and silent ones */
        open[i] = peer_connect(port);
    TransportClient *client = dial(address);
    peer_expect_echo(client, 1000, 10000);
    transport_client_close(client);
    for (int i = 0; i < 8; i++)
        close(open[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_ipc),
        cmocka_unit_test(test_inproc),
        cmocka_unit_test(test_several_addresses),
        cmocka_unit_test(test_refused_addresses),
        cmocka_unit_test(test_listen_failed),
        cmocka_unit_test(test_too_large_is_not_sent),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_deadline_and_late_replies),
        cmocka_unit_test(test_stop_takes_no_more),
        cmocka_unit_test(test_concurrent_calls),
        cmocka_unit_test(test_announced_giants),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
