/* Owns the small things the transport tests share. */
#include "tests/unit/common_net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void peer_echo(void *context, TransportCall *call)
{
    size_t size;
    const uint8_t *bytes = transport_call_bytes(call, &size);
    uint8_t *copy = malloc(size + 1);

    (void)context;
    memcpy(copy, bytes, size);
    transport_reply(call, copy, size);
    free(copy);
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int peer_free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

void peer_address(const char *scheme, char *to)
{
    snprintf(to, 64, "%s127.0.0.1:%d", scheme, peer_free_port());
}

int peer_connect(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

size_t peer_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long total = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &total, &resident), 2);
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

void peer_expect_echo(TransportClient *client, size_t size, uint32_t deadline_ms)
{
    uint8_t *bytes = malloc(size + 1), *reply = NULL;
    size_t length = 0;
    Err err = {0};

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7);
    if (transport_client_call(client, bytes, size, deadline_ms, &reply, &length, &err) != ERR_OK)
        fail_msg("%zu bytes: %s %s", size, err.reason, err_arg_get(&err, "address"));
    assert_int_equal(length, size);
    assert_memory_equal(reply, bytes, size);
    free(reply);
    free(bytes);
}

void peer_expect_fault(TransportClient *client, uint32_t deadline_ms, ErrCode code, const char *reason)
{
    uint8_t *reply = NULL;
    size_t length = 0;
    Err err = {0};

    assert_int_equal(transport_client_call(client, "?", 1, deadline_ms, &reply, &length, &err), code);
    assert_string_equal(err.reason, reason);
    assert_null(reply);
}
