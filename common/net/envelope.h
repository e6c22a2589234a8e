/* The request envelope read in place: nothing is copied or allocated, so that a caller who is not signed in
 * costs no memory. The reply envelope is packed here too. */
#ifndef COMMON_NET_ENVELOPE_H
#define COMMON_NET_ENVELOPE_H

#include "common/core/buf.h"
#include "shans/v1/envelope.pb-c.h"

typedef struct EnvelopePart {
    const uint8_t *data; /* inside the bytes read; NULL when the field is absent */
    size_t size;
} EnvelopePart;

/* Fields of CallRequest (proto/shans/v1/envelope.proto); absent ones are zero. Texts are UTF-8 without NUL
 * and not terminated. */
typedef struct Envelope {
    uint32_t protocol, deadline_ms;
    EnvelopePart request_id, operation_id, method, token, trace_id, payload;
} Envelope;

/* Errors of wire_check. As protobuf has it, the last of several values of one field counts. */
ErrCode envelope_read(const uint8_t *bytes, size_t size, Envelope *ret_envelope, Err *err) MUST_CHECK;

/* Appends the packed reply up to a payload of `size` bytes, and room for it: returns where the caller must
 * write it. head's own payload is ignored. NULL: buf->failed. */
uint8_t *envelope_begin_reply(const Shans__V1__CallReply *head, size_t size, Buf *buf);

/* The same with the payload's bytes at hand. */
void envelope_pack_reply(const Shans__V1__CallReply *head, const void *payload, size_t size, Buf *buf);

/* Copies a part into a terminated text; false (and "") when it does not fit. size >= 1. */
bool envelope_text(EnvelopePart part, char *to, size_t size);

#endif
