/* Calls as bytes: whatever envelope a test wants, and the reply as it came over the socket. */
#ifndef TESTS_INTEGRATION_RAW_H
#define TESTS_INTEGRATION_RAW_H

#include "common/core/buf.h"
#include "tests/integration/world.h"

typedef struct RawCall {
    uint32_t protocol;        /* 0: the one in use */
    uint32_t deadline_ms;     /* 0: 20 s */
    const char *method;       /* full name */
    const char *token;        /* NULL: none */
    const uint8_t *operation; /* NULL: none */
    const void *payload;      /* packed request */
    size_t size;
} RawCall;

typedef struct RawReply {
    ErrCode code;                      /* of the transport, or else of the reply */
    Err err;                           /* the refusal, ready for reason_show */
    const Shans__V1__CallReply *reply; /* NULL: the transport gave none */
    const uint8_t *bytes;              /* the whole reply as received */
    size_t size;
} RawReply;

/* Sends `size` bytes as they are; the reply lives in arena. Fails the test when a reply cannot be read. */
RawReply raw_send(TransportClient *client, const void *bytes, size_t size, Arena *arena);

/* The packed envelope, appended to buf. */
void raw_pack(World *world, const RawCall *call, Buf *buf);

/* raw_pack and raw_send. */
RawReply raw_call(World *world, TransportClient *client, const RawCall *call, Arena *arena);

TransportClient *raw_client(const World *world);

/* Fails the test unless the refusal has a sentence in both languages with all its arguments; for each of its
 * issues too. */
void raw_check_sentences(const RawReply *reply, const char *what);

#endif
