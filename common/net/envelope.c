/* Owns reading the request envelope in place. Invariant: every part lies within the bytes given. Relies on
 * wire_check for all bounds; must not allocate. */
#include "common/net/envelope.h"

#include <string.h>

#include "common/net/wire.h"

/* Field numbers of CallRequest, and of CallReply.payload. */
enum { PROTOCOL = 1, REQUEST_ID, OPERATION_ID, METHOD, DEADLINE, TOKEN, TRACE_ID, PAYLOAD };

/* A number that wire_check has found whole. */
static uint64_t varint(const uint8_t **at)
{
    uint64_t value = 0;

    for (int shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}

static EnvelopePart *part_of(Envelope *envelope, uint32_t number)
{
    switch (number) {
    case REQUEST_ID:
        return &envelope->request_id;
    case OPERATION_ID:
        return &envelope->operation_id;
    case METHOD:
        return &envelope->method;
    case TOKEN:
        return &envelope->token;
    case TRACE_ID:
        return &envelope->trace_id;
    case PAYLOAD:
        return &envelope->payload;
    default:
        return NULL;
    }
}

ErrCode envelope_read(const uint8_t *bytes, size_t size, Envelope *ret_envelope, Err *err)
{
    Envelope envelope = {0};
    ErrCode code = wire_check(&shans__v1__call_request__descriptor, bytes, size, err);

    if (code != ERR_OK)
        return code;
    for (const uint8_t *at = bytes, *end = bytes + size; at < end;) {
        uint64_t tag = varint(&at);
        uint32_t number = (uint32_t)(tag >> 3);
        EnvelopePart *part = part_of(&envelope, number);

        switch (tag & 7) {
        case 0: {
            uint32_t value = (uint32_t)varint(&at);
            if (number == PROTOCOL)
                envelope.protocol = value;
            else if (number == DEADLINE)
                envelope.deadline_ms = value;
            break;
        }
        case 1:
            at += 8;
            break;
        case 5:
            at += 4;
            break;
        default: {
            size_t length = (size_t)varint(&at);
            if (part != NULL)
                *part = (EnvelopePart){.data = at, .size = length};
            at += length;
        }
        }
    }
    *ret_envelope = envelope;
    return ERR_OK;
}

/* Writes the tag and the length of the payload; at most 6 bytes, as lengths stay below 2^32. */
static size_t payload_head(size_t size, uint8_t *to)
{
    size_t count = 0;

    to[count++] = PAYLOAD << 3 | 2;
    for (; size >= 0x80; size >>= 7)
        to[count++] = (uint8_t)(size | 0x80);
    to[count++] = (uint8_t)size;
    return count;
}

uint8_t *envelope_begin_reply(const Shans__V1__CallReply *head, size_t size, Buf *buf)
{
    Shans__V1__CallReply bare = *head;
    uint8_t prefix[11];

    bare.payload = (ProtobufCBinaryData){0};
    size_t head_size = shans__v1__call_reply__get_packed_size(&bare);
    size_t prefix_size = size > 0 ? payload_head(size, prefix) : 0;
    uint8_t *place = buf_extend(buf, head_size + prefix_size + size);
    if (place == NULL)
        return NULL;
    shans__v1__call_reply__pack(&bare, place);
    if (prefix_size > 0)
        memcpy(place + head_size, prefix, prefix_size);
    return place + head_size + prefix_size;
}

void envelope_pack_reply(const Shans__V1__CallReply *head, const void *payload, size_t size, Buf *buf)
{
    uint8_t *place = envelope_begin_reply(head, size, buf);

    if (place != NULL && size > 0)
        memcpy(place, payload, size);
}

bool envelope_text(EnvelopePart part, char *to, size_t size)
{
    to[0] = '\0';
    if (part.size >= size)
        return false;
    if (part.size > 0)
        memcpy(to, part.data, part.size);
    to[part.size] = '\0';
    return true;
}
