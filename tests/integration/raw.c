/* Owns calls made of bytes. Invariant: what is sent is exactly what the test said.
 * Must not repair anything. */
#include "tests/integration/raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/ids.h"
#include "common/base/reason.h"
#include "common/core/text.h"
#include "common/net/wire.h"

enum { DEADLINE_MS = 20000, SENTENCE_MAX = 8192, ENVELOPE_MAX = 8 << 20 };

TransportClient *raw_client(const World *world)
{
    TransportClient *client;
    Err err = {0};

    assert_int_equal(transport_client_open(world->address, NULL, &client, &err), ERR_OK);
    return client;
}

void raw_pack(World *world, const RawCall *call, Buf *buf)
{
    Shans__V1__CallRequest request = SHANS__V1__CALL_REQUEST__INIT;
    uint8_t id[ID_SIZE];

    world_operation(world, id);
    request.protocol = call->protocol != 0 ? call->protocol : RPC_PROTOCOL;
    request.request_id = (ProtobufCBinaryData){ID_SIZE, id};
    if (call->operation != NULL)
        request.operation_id = (ProtobufCBinaryData){ID_SIZE, (uint8_t *)call->operation};
    request.method = (char *)call->method;
    request.deadline_ms = call->deadline_ms != 0 ? call->deadline_ms : DEADLINE_MS;
    if (call->token != NULL)
        request.token = (char *)call->token;
    request.payload = (ProtobufCBinaryData){call->size, (uint8_t *)call->payload};
    wire_pack(&request.base, buf);
    assert_false(buf->failed);
}

static void read_refusal(RawReply *raw)
{
    const Shans__V1__CallReply *reply = raw->reply;

    raw->code = (ErrCode)reply->code;
    if (reply->code == ERR_OK)
        return;
    err_set(&raw->err, raw->code, reply->reason);
    for (size_t i = 0; i < reply->n_args; i++)
        err_arg(&raw->err, reply->args[i]->key, "%s", reply->args[i]->value);
}

RawReply raw_send(TransportClient *client, const void *bytes, size_t size, Arena *arena)
{
    RawReply raw = {0};
    uint8_t *got = NULL;
    ProtobufCMessage *message;
    Err err = {0};

    raw.code = transport_client_call(client, bytes, size, DEADLINE_MS, &got, &raw.size, &raw.err);
    if (raw.code != ERR_OK)
        return raw;
    raw.bytes = (const uint8_t *)arena_bytes(arena, got, raw.size);
    free(got);
    assert_non_null(raw.bytes);
    assert_int_equal(
        wire_unpack(&shans__v1__call_reply__descriptor, raw.bytes, raw.size, arena, &message, &err), ERR_OK);
    raw.reply = (const Shans__V1__CallReply *)message;
    read_refusal(&raw);
    return raw;
}

RawReply raw_call(World *world, TransportClient *client, const RawCall *call, Arena *arena)
{
    Buf buf;

    buf_init(&buf, ENVELOPE_MAX);
    raw_pack(world, call, &buf);
    RawReply raw = raw_send(client, buf.data, buf.length, arena);
    buf_done(&buf);
    return raw;
}

/* Shown text must not be the fallback (which starts with the reason itself), nor have a hole. */
static void check_sentence(const Err *err, const char *what)
{
    Buf russian, english;

    buf_init(&russian, SENTENCE_MAX);
    buf_init(&english, SENTENCE_MAX);
    reason_show(err, true, &russian);
    reason_show(err, false, &english);
    if (russian.length == 0 || english.length == 0 || text_equal(russian.data, english.data))
        fail_msg("%s: %s lacks a sentence", what, err->reason);
    const char *const shown[] = {russian.data, english.data};
    for (size_t i = 0; i < 2; i++) {
        if (strncmp(shown[i], err->reason, strlen(err->reason)) == 0 || strpbrk(shown[i], "{}") != NULL ||
            strchr(shown[i], '?') != NULL)
            fail_msg("%s: %s shown as \"%s\"", what, err->reason, shown[i]);
    }
    buf_done(&russian);
    buf_done(&english);
}

void raw_check_sentences(const RawReply *raw, const char *what)
{
    assert_int_not_equal(raw->code, ERR_OK);
    check_sentence(&raw->err, what);
}
