/* A server in another process that is killed: the client learns of it at once, nothing is sent twice, and it
 * connects again by itself. */
#include "tests/unit/common_net/peer.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"

static char path[64], address[80];
static int requests_seen[2]; /* a pipe: the servers write one byte for each request */

/* "wait" is never answered; anything else is echoed. */
static void echo_unless_told_to_wait(void *context, TransportCall *call)
{
    size_t size;
    const uint8_t *bytes = transport_call_bytes(call, &size);

    (void)!write(requests_seen[1], "r", 1);
    if (size != 4 || memcmp(bytes, "wait", 4) != 0)
        peer_echo(context, call);
}

/* Forked before this process has touched NNG, whose threads do not survive a fork. The child listens when
 * told to by a byte on its pipe. */
typedef struct Child {
    pid_t pid;
    int start;
} Child;

static Child spawn_server(void)
{
    int start[2];

    assert_int_equal(pipe(start), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *list[1] = {address};
        TransportServer *server;
        Err err = {0};
        char byte;

        close(start[1]);
        if (read(start[0], &byte, 1) != 1)
            _exit(0);
        if (transport_server_open(list, 1, NULL, 4, echo_unless_told_to_wait, NULL, &server, &err) != ERR_OK)
            _exit(1);
        for (;;)
            pause();
    }
    close(start[0]);
    return (Child){.pid = pid, .start = start[1]};
}

static void let_listen(Child child)
{
    assert_int_equal(write(child.start, "g", 1), 1);
}

static void kill_server(Child child)
{
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
}

static int count_requests(void)
{
    char bytes[64];

    assert_int_equal(write(requests_seen[1], "e", 1), 1); /* the pipe is never empty: no read waits */
    ssize_t count = read(requests_seen[0], bytes, sizeof bytes);
    return (int)count - 1;
}

typedef struct Killer {
    Child victim;
} Killer;

static void *kill_soon(void *argument)
{
    clock_system.sleep_ms(&clock_system, 300);
    kill_server(((Killer *)argument)->victim);
    return NULL;
}

static void test_killed_server(void **state)
{
    Child first = spawn_server(), second = spawn_server();
    TransportClient *client = NULL;
    pthread_t thread;
    uint8_t *reply = NULL;
    size_t size;
    Err err = {0};

    (void)state;
    assert_int_equal(transport_client_open(address, NULL, &client, &err), ERR_OK);
    let_listen(first);
    peer_expect_echo(client, 100, 5000);
    assert_int_equal(count_requests(), 1);
    /* Killed in the middle of a call: the caller does not wait for its deadline. */
    Killer killer = {first};
    assert_int_equal(pthread_create(&thread, NULL, kill_soon, &killer), 0);
    int64_t start = clock_system.monotonic_ms(&clock_system);
    assert_int_equal(transport_client_call(client, "wait", 4, 30000, &reply, &size, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "NO_CONNECTION");
    assert_string_equal(err_arg_get(&err, "address"), address);
    assert_in_range(clock_system.monotonic_ms(&clock_system) - start, 200, 10000);
    pthread_join(thread, NULL);
    assert_int_equal(count_requests(), 1);
    /* Nobody listens. */
    peer_expect_fault(client, 300, ERR_UNAVAILABLE, "NO_CONNECTION");
    /* The next server gets what is sent to it, not what the dead one was asked. */
    let_listen(second);
    peer_expect_echo(client, 100, 10000);
    assert_int_equal(count_requests(), 1);
    kill_server(second);
    transport_client_close(client);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_server)};

    snprintf(path, sizeof path, "/tmp/net-kill-%d.sock", (int)getpid());
    snprintf(address, sizeof address, "ipc://%s", path);
    if (pipe(requests_seen) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
