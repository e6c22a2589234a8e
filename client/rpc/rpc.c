/* Owns calls to the server: the envelope of each request and the reading of each reply. Invariant: a reply is
 * believed only when it carries the id of its request. Must not retry: that is the sender's. */
#include "client/rpc/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/ids.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "common/net/wire.h"

enum {
    PROTOCOL = 1,
    DEADLINE_MS = 10000,
    VERDICT_MS = 1000, /* what a missed deadline means is said by the server, right after it */
    TOKEN_SIZE = 128,
    METHOD_SIZE = 128,
    TRACE_SIZE = 56,
    ISSUES_MAX_BYTES = 4 << 20,
};

struct Rpc {
    TransportClient *transport;
    uint32_t deadline_ms;
    IdMaker ids;
    Rand *rand;
    char token[TOKEN_SIZE];
    Arena *refused; /* holds the last refusal's reply; NULL: none */
    Shans__V1__CallReply *refusal;
};

ErrCode rpc_open_over(const RpcOptions *options, TransportClient *transport, Rpc **ret_rpc, Err *err)
{
    Rpc *rpc = calloc(1, sizeof *rpc);

    if (rpc == NULL) {
        transport_client_close(transport);
        return err_memory(err);
    }
    rpc->transport = transport;
    rpc->deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : DEADLINE_MS;
    rpc->ids = id_maker(options->clock, options->rand);
    rpc->rand = options->rand;
    text_copy(rpc->token, sizeof rpc->token, options->token != NULL ? options->token : "");
    *ret_rpc = rpc;
    return ERR_OK;
}

ErrCode rpc_open(const RpcOptions *options, Rpc **ret_rpc, Err *err)
{
    TransportClient *transport;
    ErrCode code = transport_client_open(options->address, options->tls, &transport, err);

    return code != ERR_OK ? code : rpc_open_over(options, transport, ret_rpc, err);
}

/* Issues belong to one call; the next one starts without them. */
static void forget_refusal(Rpc *rpc)
{
    arena_free(rpc->refused);
    rpc->refused = NULL;
    rpc->refusal = NULL;
}

void rpc_close(Rpc *rpc)
{
    if (rpc == NULL)
        return;
    forget_refusal(rpc);
    transport_client_close(rpc->transport);
    crypto_wipe(rpc->token, sizeof rpc->token);
    free(rpc);
}

/* W3C traceparent: version, trace id, span id, sampled. */
static void make_trace(Rpc *rpc, char *to)
{
    uint8_t bytes[24];
    char trace[33], span[17];

    rand_bytes(rpc->rand, bytes, sizeof bytes);
    crypto_hex(bytes, 16, trace);
    crypto_hex(bytes + 16, 8, span);
    snprintf(to, TRACE_SIZE, "00-%s-%s-01", trace, span);
}

/* The envelope around a packed request. */
static ErrCode pack_call(Rpc *rpc, const char *method, const uint8_t *request_id, const uint8_t *operation_id,
                         const void *payload, size_t size, Buf *buf, Err *err)
{
    Shans__V1__CallRequest call = SHANS__V1__CALL_REQUEST__INIT;
    char trace[TRACE_SIZE];

    make_trace(rpc, trace);
    call.protocol = PROTOCOL;
    call.request_id = (ProtobufCBinaryData){.len = ID_SIZE, .data = (uint8_t *)request_id};
    if (operation_id != NULL)
        call.operation_id = (ProtobufCBinaryData){.len = ID_SIZE, .data = (uint8_t *)operation_id};
    call.method = (char *)method;
    call.deadline_ms = rpc->deadline_ms;
    call.token = rpc->token;
    call.trace_id = trace;
    call.payload = (ProtobufCBinaryData){.len = size, .data = (uint8_t *)payload};
    wire_pack(&call.base, buf);
    if (!buf->failed)
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    err_arg(err, "size", "%zu", size);
    return err_arg(err, "limit", "%d", TRANSPORT_MESSAGE_MAX);
}

static ErrCode malformed(Err *err)
{
    return err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
}

/* A refusal may lack the id: the server could not read the request. An answer may not. */
static bool belongs(const Shans__V1__CallReply *reply, const uint8_t *request_id)
{
    if (reply->request_id.len == 0)
        return reply->code != ERR_OK;
    return reply->request_id.len == ID_SIZE && memcmp(reply->request_id.data, request_id, ID_SIZE) == 0;
}

/* The server's error as our own. Codes of a later version count as UNKNOWN, reasons are passed on as they
 * are. */
static ErrCode decode_refusal(const Shans__V1__CallReply *reply, Err *err)
{
    ErrCode code = reply->code < ERR_CODE_COUNT ? (ErrCode)reply->code : ERR_UNKNOWN;

    err_set(err, code, reply->reason[0] != '\0' ? reply->reason : "UNSPECIFIED");
    for (size_t i = 0; i < reply->n_args; i++)
        err_arg(err, reply->args[i]->key, "%s", reply->args[i]->value);
    err->retry_delay_ms = reply->retry_delay_ms;
    return code;
}

/* Keeps the refusal's issues until the next call; without memory for them there are none. */
static void keep_refusal(Rpc *rpc, const uint8_t *bytes, size_t size)
{
    ProtobufCMessage *message;
    Err ignored = {0};

    rpc->refused = arena_new(ISSUES_MAX_BYTES, NULL);
    if (rpc->refused != NULL && wire_unpack(&shans__v1__call_reply__descriptor, bytes, size, rpc->refused,
                                            &message, &ignored) == ERR_OK)
        rpc->refusal = (Shans__V1__CallReply *)message;
}

/* Checks the reply and takes it apart; the payload lives in the arena. */
static ErrCode read_reply(Rpc *rpc, const uint8_t *bytes, size_t size, const uint8_t *request_id,
                          Arena *arena, const void **ret_payload, size_t *ret_size, Err *err)
{
    ProtobufCMessage *message;
    ErrCode code = wire_unpack(&shans__v1__call_reply__descriptor, bytes, size, arena, &message, err);

    if (code != ERR_OK)
        return code == ERR_INVALID_ARGUMENT ? malformed(err) : code;
    const Shans__V1__CallReply *reply = (const Shans__V1__CallReply *)message;
    if (!belongs(reply, request_id))
        return malformed(err);
    if (reply->code != ERR_OK) {
        keep_refusal(rpc, bytes, size);
        return decode_refusal(reply, err);
    }
    *ret_payload = reply->payload.data;
    *ret_size = reply->payload.len;
    return ERR_OK;
}

/* The id both logs carry, for the person to quote. */
static void quote_request(const uint8_t *request_id, Err *err)
{
    char text[ID_TEXT_SIZE];

    id_dump(request_id, text);
    err_arg(err, "request_id", "%s", text);
}

ErrCode rpc_call_packed(Rpc *rpc, const char *method, const uint8_t *operation_id, const void *payload,
                        size_t size, Arena *arena, const void **ret_reply, size_t *ret_size, Err *err)
{
    uint8_t request_id[ID_SIZE], *bytes = NULL;
    size_t length = 0;
    Buf buf;

    forget_refusal(rpc);
    id_make(&rpc->ids, request_id);
    buf_init(&buf, TRANSPORT_MESSAGE_MAX);
    ErrCode code = pack_call(rpc, method, request_id, operation_id, payload, size, &buf, err);
    if (code == ERR_OK)
        code = transport_client_call(rpc->transport, buf.data, buf.length, rpc->deadline_ms + VERDICT_MS,
                                     &bytes, &length, err);
    buf_done(&buf);
    if (code == ERR_OK)
        code = read_reply(rpc, bytes, length, request_id, arena, ret_reply, ret_size, err);
    free(bytes);
    if (code != ERR_OK)
        quote_request(request_id, err);
    return code;
}

ErrCode rpc_call(Rpc *rpc, const ProtobufCServiceDescriptor *service, const char *method,
                 const uint8_t *operation_id, const ProtobufCMessage *request, Arena *arena,
                 ProtobufCMessage **ret_reply, Err *err)
{
    const ProtobufCMethodDescriptor *descriptor =
        protobuf_c_service_descriptor_get_method_by_name(service, method);
    char name[METHOD_SIZE];
    const void *reply = NULL;
    size_t size = 0;
    Buf buf;

    snprintf(name, sizeof name, "%s/%s", service->name, method);
    if (descriptor == NULL) {
        err_set(err, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
        return err_arg(err, "method", "%s", name);
    }
    buf_init(&buf, TRANSPORT_MESSAGE_MAX);
    wire_pack(request, &buf);
    ErrCode code = ERR_OK;
    if (buf.failed) {
        err_set(err, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
        err_arg(err, "size", "%zu", protobuf_c_message_get_packed_size(request));
        code = err_arg(err, "limit", "%d", TRANSPORT_MESSAGE_MAX);
    } else {
        code = rpc_call_packed(rpc, name, operation_id, buf.data, buf.length, arena, &reply, &size, err);
    }
    buf_done(&buf);
    if (code != ERR_OK)
        return code;
    code = wire_unpack(descriptor->output, reply, size, arena, ret_reply, err);
    return code == ERR_INVALID_ARGUMENT ? malformed(err) : code;
}

const Shans__V1__FieldIssue *const *rpc_get_issues(const Rpc *rpc, size_t *ret_count)
{
    *ret_count = rpc->refusal != NULL ? rpc->refusal->n_issues : 0;
    return rpc->refusal != NULL ? (const Shans__V1__FieldIssue *const *)rpc->refusal->issues : NULL;
}
