/* The in-process transport: same contract as the real one. */
#include "tests/unit/common_net/peer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/net/transport_fake.h"

static void test_echo(void **state)
{
    static const size_t sizes[] = {0, 1, 5000, TRANSPORT_MESSAGE_MAX};
    TransportClient *client = transport_fake_open(peer_echo, NULL);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        peer_expect_echo(client, sizes[i], 5000);
    transport_client_close(client);
    transport_client_close(NULL);
}

static void test_too_large(void **state)
{
    TransportClient *client = transport_fake_open(peer_echo, NULL);
    uint8_t *bytes = calloc(1, TRANSPORT_MESSAGE_MAX + 1), *reply = NULL;
    size_t size;
    Err err = {0};

    (void)state;
    assert_int_equal(transport_client_call(client, bytes, TRANSPORT_MESSAGE_MAX + 1, 10, &reply, &size, &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "limit"), "4194304");
    free(bytes);
    transport_client_close(client);
}

static TransportCall *kept;

static void keep(void *context, TransportCall *call)
{
    (void)context;
    kept = call;
}

static void *reply_later(void *argument)
{
    clock_system.sleep_ms(&clock_system, 20);
    transport_reply(argument, "later", 5);
    return NULL;
}

static void start_and_reply(void *context, TransportCall *call)
{
    assert_int_equal(pthread_create(context, NULL, reply_later, call), 0);
}

static void test_reply_from_another_thread(void **state)
{
    pthread_t thread;
    TransportClient *client = transport_fake_open(start_and_reply, &thread);
    uint8_t *reply = NULL;
    size_t size;
    Err err = {0};

    (void)state;
    assert_int_equal(transport_client_call(client, "?", 1, 5000, &reply, &size, &err), ERR_OK);
    assert_int_equal(size, 5);
    assert_memory_equal(reply, "later", 5);
    free(reply);
    pthread_join(thread, NULL);
    transport_client_close(client);
}

static void test_deadline(void **state)
{
    TransportClient *client = transport_fake_open(keep, NULL);

    (void)state;
    peer_expect_fault(client, 30, ERR_DEADLINE_EXCEEDED, "NO_REPLY");
    transport_client_close(client);
    transport_reply(kept, "late", 4); /* its memory goes with the late reply */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_reply_from_another_thread),
        cmocka_unit_test(test_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
