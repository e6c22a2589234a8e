/* What the transport tests share: a server that echoes, free ports, raw sockets. */
#ifndef TESTS_UNIT_COMMON_NET_PEER_H
#define TESTS_UNIT_COMMON_NET_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/net/transport.h"

/* A TransportReceive that answers with the request's bytes at once. */
void peer_echo(void *context, TransportCall *call);

/* A port of 127.0.0.1 that nobody listens on. */
int peer_free_port(void);

/* "tcp://127.0.0.1:PORT" and the like with a free port; to: 64 bytes. */
void peer_address(const char *scheme, char *to);

/* A connected stream socket. */
int peer_connect(int port);

/* Resident memory of this process in bytes. */
size_t peer_resident(void);

/* Calls and expects the same bytes back. */
void peer_expect_echo(TransportClient *client, size_t size, uint32_t deadline_ms);

/* Calls and expects the refusal. */
void peer_expect_fault(TransportClient *client, uint32_t deadline_ms, ErrCode code, const char *reason);

#endif
