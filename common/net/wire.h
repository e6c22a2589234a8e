/* Wire bytes before and after protobuf-c: a pre-scan that refuses hostile bytes before anything is allocated,
 * unpacking into a capped arena, and packing. protobuf-c itself has no depth limit, does not check UTF-8 and
 * multiplies memory. */
#ifndef COMMON_NET_WIRE_H
#define COMMON_NET_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "common/core/arena.h"
#include "common/core/buf.h"
#include "common/core/err.h"

enum {
    WIRE_DEPTH_MAX = 32,        /* messages inside each other, the outermost counted */
    WIRE_ELEMENTS_MAX = 200000, /* repeated elements over the whole message */
    WIRE_UNKNOWN_MAX = 64,      /* fields this version does not know, over the whole message */
};

/* Checks bytes against the descriptor without allocating or recursing. INVALID_ARGUMENT with "field" (names
 * from the outermost message inwards, joined by dots; a number for an unknown field):
 *   WIRE_DEPTH      nested deeper than WIRE_DEPTH_MAX
 *   WIRE_COUNT      more repeated elements or unknown fields than allowed
 *   WIRE_UTF8       a string field that is not UTF-8 or holds NUL
 *   WIRE_TRUNCATED  a length or a varint that runs past its message
 *   WIRE_TYPE       a wrong wire type, a group, or field number 0 */
ErrCode wire_check(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size,
                   Err *err) MUST_CHECK;

/* wire_check, then unpacks into the arena, which owns the message: never free it.
 * Also RESOURCE_EXHAUSTED / MEMORY_LIMIT when the arena or its budget is used up. */
ErrCode wire_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size,
                    Arena *arena, ProtobufCMessage **ret_message, Err *err) MUST_CHECK;

/* A message of the descriptor's type with default values, owned by the arena; NULL: no memory. */
ProtobufCMessage *wire_new(const ProtobufCMessageDescriptor *descriptor, Arena *arena);

/* Version of protobuf-c that is loaded. */
const char *wire_library(void);

/* Appends the packed message; buf->failed tells of a full buffer. */
void wire_pack(const ProtobufCMessage *message, Buf *buf);

#endif
