/* Fuzzes the envelope: read in place it must say the same as protobuf-c, and a reply packed by hand must be
 * what protobuf-c would have packed. */
#include <stdlib.h>
#include <string.h>

#include "common/net/envelope.h"
#include "common/net/wire.h"

enum { ARENA_MAX = 16 << 20, INPUT_MAX = 64 << 10 };

static void require(int held)
{
    if (!held)
        abort();
}

static void same_bytes(EnvelopePart part, const void *bytes, size_t size)
{
    require(part.size == size && (size == 0 || memcmp(part.data, bytes, size) == 0));
}

static void same_text(EnvelopePart part, const char *text)
{
    same_bytes(part, text, strlen(text));
}

static void check_request(const uint8_t *data, size_t size, Arena *arena)
{
    ProtobufCMessage *message = NULL;
    Envelope envelope;
    Err err = {0}, other = {0};
    ErrCode code = envelope_read(data, size, &envelope, &err);

    require(code == wire_unpack(&shans__v1__call_request__descriptor, data, size, arena, &message, &other));
    require(strcmp(err.reason, other.reason) == 0);
    if (code != ERR_OK)
        return;
    const Shans__V1__CallRequest *request = (const Shans__V1__CallRequest *)message;
    require(envelope.protocol == request->protocol);
    require(envelope.deadline_ms == request->deadline_ms);
    same_bytes(envelope.request_id, request->request_id.data, request->request_id.len);
    same_bytes(envelope.operation_id, request->operation_id.data, request->operation_id.len);
    same_bytes(envelope.payload, request->payload.data, request->payload.len);
    same_text(envelope.method, request->method);
    same_text(envelope.token, request->token);
    same_text(envelope.trace_id, request->trace_id);
}

static void check_reply(const uint8_t *data, size_t size, Arena *arena)
{
    ProtobufCMessage *message = NULL;
    Err err = {0};
    Buf whole, parts;

    if (wire_unpack(&shans__v1__call_reply__descriptor, data, size, arena, &message, &err) != ERR_OK)
        return;
    Shans__V1__CallReply *reply = (Shans__V1__CallReply *)message;
    reply->base.n_unknown_fields = 0; /* packed after all fields, so they would stand in another place */
    buf_init(&whole, ARENA_MAX);
    buf_init(&parts, ARENA_MAX);
    wire_pack(&reply->base, &whole);
    envelope_pack_reply(reply, reply->payload.data, reply->payload.len, &parts);
    require(!whole.failed && !parts.failed && whole.length == parts.length);
    require(whole.length == 0 || memcmp(whole.data, parts.data, whole.length) == 0);
    buf_done(&whole);
    buf_done(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MAX)
        return 0;
    Arena *arena = arena_new(ARENA_MAX, NULL);

    require(arena != NULL);
    check_request(data, size, arena);
    check_reply(data, size, arena);
    arena_free(arena);
    return 0;
}
