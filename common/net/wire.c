/* Owns the way between wire bytes and messages. Invariant: nothing is allocated for bytes that wire_check has
 * not passed, and the check itself neither allocates nor recurses: its frames are an array of the greatest
 * depth. Must not know any particular message. */
#include "common/net/wire.h"

#include <stdio.h>
#include <string.h>

#include "common/core/text.h"

/* Wire types of the protobuf encoding. */
enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

/* protobuf-c reads tags and lengths of at most 5 bytes, numbers of at most 10. */
enum { TAG_BYTES = 5, NUMBER_BYTES = 10 };

/* A message being scanned: what it may contain and where it ends. */
typedef struct Frame {
    const ProtobufCMessageDescriptor *descriptor;
    const uint8_t *end;
    const ProtobufCFieldDescriptor *field; /* being read; NULL: unknown or none yet */
} Frame;

typedef struct Scan {
    const uint8_t *at;
    Frame frames[WIRE_DEPTH_MAX];
    int depth;
    uint32_t number; /* field number being read in the innermost frame */
    size_t elements, unknown;
    Err *err;
} Scan;

/* The names of the fields on the way inwards: "cells.row"; an unknown field by its number. */
static ErrCode refuse(Scan *scan, const char *reason)
{
    char path[160] = "";
    size_t at = 0;

    for (int i = 0; i < scan->depth && at < sizeof path; i++) {
        const ProtobufCFieldDescriptor *field = scan->frames[i].field;
        const char *dot = i > 0 ? "." : "";
        int wrote = field != NULL ? snprintf(path + at, sizeof path - at, "%s%s", dot, field->name)
                                  : snprintf(path + at, sizeof path - at, "%s%u", dot, scan->number);
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    err_set(scan->err, ERR_INVALID_ARGUMENT, reason);
    return err_arg(scan->err, "field", "%s", path);
}

/* Reads a number of at most `most` bytes that ends before `end`. */
static bool read_varint(Scan *scan, const uint8_t *end, int most, uint64_t *ret)
{
    uint64_t value = 0;

    for (int i = 0; i < most && scan->at < end; i++) {
        uint8_t byte = *scan->at++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool skip(Scan *scan, const uint8_t *end, uint64_t size)
{
    if (size > (uint64_t)(end - scan->at))
        return false;
    scan->at += size;
    return true;
}

/* Passes over a value of any wire type without looking into it. */
static bool skip_value(Scan *scan, const uint8_t *end, unsigned wire)
{
    uint64_t value;

    switch (wire) {
    case VARINT:
        return read_varint(scan, end, NUMBER_BYTES, &value);
    case FIXED64:
        return skip(scan, end, 8);
    case FIXED32:
        return skip(scan, end, 4);
    default:
        return read_varint(scan, end, TAG_BYTES, &value) && skip(scan, end, value);
    }
}

/* The wire type in which protobuf writes a single value of the type. */
static unsigned wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return LENGTH;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return FIXED32;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return FIXED64;
    default:
        return VARINT;
    }
}

/* A packed field holds nothing but values of one wire type up to `end`. */
static ErrCode scan_packed(Scan *scan, const uint8_t *end, unsigned wire)
{
    while (scan->at < end) {
        if (++scan->elements > WIRE_ELEMENTS_MAX)
            return refuse(scan, "WIRE_COUNT");
        if (!skip_value(scan, end, wire))
            return refuse(scan, "WIRE_TRUNCATED");
    }
    return ERR_OK;
}

/* Codes, tokens and file names are ASCII: they need no decoding. */
static bool text_is_fine(const uint8_t *text, size_t size)
{
    size_t ascii = 0;

    while (ascii < size && text[ascii] - 1U < 0x7f)
        ascii++;
    return ascii == size || text_utf8_check(text, size);
}

/* A length-delimited field: packed numbers, a message (a new frame), a text or bytes. */
static ErrCode scan_length(Scan *scan, const Frame *frame, const ProtobufCFieldDescriptor *field)
{
    unsigned inner = wire_of(field->type);
    uint64_t size;

    if (!read_varint(scan, frame->end, TAG_BYTES, &size) || size > (uint64_t)(frame->end - scan->at))
        return refuse(scan, "WIRE_TRUNCATED");
    if (inner != LENGTH)
        return scan_packed(scan, scan->at + size, inner);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (scan->depth == WIRE_DEPTH_MAX)
            return refuse(scan, "WIRE_DEPTH");
        scan->frames[scan->depth++] = (Frame){.descriptor = field->descriptor, .end = scan->at + size};
        return ERR_OK;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING && !text_is_fine(scan->at, (size_t)size))
        return refuse(scan, "WIRE_UTF8");
    scan->at += size;
    return ERR_OK;
}

/* One field of the innermost frame: its tag and, but for a message, its value. */
static ErrCode scan_field(Scan *scan, Frame *frame)
{
    uint64_t tag;

    frame->field = NULL;
    scan->number = 0;
    if (!read_varint(scan, frame->end, TAG_BYTES, &tag))
        return refuse(scan, "WIRE_TRUNCATED");
    unsigned wire = (unsigned)(tag & 7);
    scan->number = (uint32_t)(tag >> 3);
    if (scan->number == 0 || tag > UINT32_MAX ||
        (wire != VARINT && wire != FIXED64 && wire != LENGTH && wire != FIXED32))
        return refuse(scan, "WIRE_TYPE");
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(frame->descriptor, scan->number);
    if (field == NULL) {
        if (++scan->unknown > WIRE_UNKNOWN_MAX)
            return refuse(scan, "WIRE_COUNT");
        return skip_value(scan, frame->end, wire) ? ERR_OK : refuse(scan, "WIRE_TRUNCATED");
    }
    frame->field = field;
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    bool packed = repeated && wire == LENGTH && wire_of(field->type) != LENGTH;
    if (wire != wire_of(field->type) && !packed)
        return refuse(scan, "WIRE_TYPE");
    if (repeated && !packed && ++scan->elements > WIRE_ELEMENTS_MAX)
        return refuse(scan, "WIRE_COUNT");
    if (wire == LENGTH)
        return scan_length(scan, frame, field);
    return skip_value(scan, frame->end, wire) ? ERR_OK : refuse(scan, "WIRE_TRUNCATED");
}

ErrCode wire_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size, Err *err)
{
    if (size == 0)
        return ERR_OK;
    Scan scan = {.at = bytes, .depth = 1, .err = err};

    scan.frames[0] = (Frame){.descriptor = descriptor, .end = bytes + size};
    while (scan.depth > 0) {
        Frame *frame = &scan.frames[scan.depth - 1];

        if (scan.at == frame->end) {
            scan.depth--;
            continue;
        }
        ErrCode code = scan_field(&scan, frame);
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}

static void *allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

/* The arena frees everything at once. */
static void keep(void *arena, void *item)
{
    (void)arena;
    (void)item;
}

ErrCode wire_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size,
                    Arena *arena, ProtobufCMessage **ret_message, Err *err)
{
    ProtobufCAllocator allocator = {.alloc = allocate, .free = keep, .allocator_data = arena};
    ErrCode code = wire_check(descriptor, bytes, size, err);

    if (code != ERR_OK)
        return code;
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &allocator, size, bytes);
    if (message == NULL)
        return err_memory(err);
    *ret_message = message;
    return ERR_OK;
}

ProtobufCMessage *wire_new(const ProtobufCMessageDescriptor *descriptor, Arena *arena)
{
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);

    if (message != NULL)
        protobuf_c_message_init(descriptor, message);
    return message;
}

void wire_pack(const ProtobufCMessage *message, Buf *buf)
{
    uint8_t *place = buf_extend(buf, protobuf_c_message_get_packed_size(message));

    if (place != NULL)
        protobuf_c_message_pack(message, place);
}

const char *wire_library(void)
{
    return protobuf_c_version();
}
