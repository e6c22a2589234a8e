/* The pre-scan: what it lets through is unpacked by protobuf-c, what it refuses never reaches it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/net/wire.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/envelope.pb-c.h"

enum { MEGABYTE = 1 << 20 };

/* A message that contains itself, which our proto files forbid: the worst that a schema could be. */
typedef struct Node {
    ProtobufCMessage base;
    struct Node *child;
    size_t n_texts;
    char **texts;
    size_t n_numbers;
    uint32_t *numbers;
    uint32_t fixed;
    double real;
    size_t n_reals;
    double *reals;
} Node;

extern const ProtobufCMessageDescriptor node_descriptor;

static void node_init(Node *node)
{
    *node = (Node){.base = PROTOBUF_C_MESSAGE_INIT(&node_descriptor)};
}

static const ProtobufCFieldDescriptor node_fields[] = {
    {"child", 1, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_MESSAGE, 0, offsetof(Node, child), &node_descriptor,
     NULL, 0, 0, NULL, NULL},
    {"texts", 2, PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_TYPE_STRING, offsetof(Node, n_texts),
     offsetof(Node, texts), NULL, NULL, 0, 0, NULL, NULL},
    {"numbers", 3, PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_TYPE_UINT32, offsetof(Node, n_numbers),
     offsetof(Node, numbers), NULL, NULL, PROTOBUF_C_FIELD_FLAG_PACKED, 0, NULL, NULL},
    {"fixed", 4, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_FIXED32, 0, offsetof(Node, fixed), NULL, NULL, 0, 0,
     NULL, NULL},
    {"real", 5, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_DOUBLE, 0, offsetof(Node, real), NULL, NULL, 0, 0,
     NULL, NULL},
    {"reals", 6, PROTOBUF_C_LABEL_REPEATED, PROTOBUF_C_TYPE_DOUBLE, offsetof(Node, n_reals),
     offsetof(Node, reals), NULL, NULL, PROTOBUF_C_FIELD_FLAG_PACKED, 0, NULL, NULL},
};

static const ProtobufCIntRange node_ranges[] = {{1, 0}, {0, 6}};
static const unsigned node_names[] = {0, 3, 2, 4, 5, 1};

const ProtobufCMessageDescriptor node_descriptor = {
    PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    "test.Node",
    "Node",
    "Node",
    "test",
    sizeof(Node),
    6,
    node_fields,
    node_names,
    1,
    node_ranges,
    (ProtobufCMessageInit)node_init,
    NULL,
    NULL,
    NULL,
};

/* Bytes of `levels` messages inside each other (the outermost counted), written from the innermost outwards.
 */
static uint8_t *nested(size_t levels, size_t *ret_size)
{
    size_t room = levels * 6 + 1, at = room;
    uint8_t *bytes = malloc(room);

    assert_non_null(bytes);
    for (size_t level = 1; level < levels; level++) {
        size_t size = room - at;
        uint8_t length[5];
        size_t count = 0;

        do {
            length[count++] = (uint8_t)((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
            size >>= 7;
        } while (size > 0);
        at -= count;
        memcpy(bytes + at, length, count);
        bytes[--at] = 1 << 3 | 2;
    }
    *ret_size = room - at;
    memmove(bytes, bytes + at, *ret_size);
    return bytes;
}

static void assert_refused(const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size,
                           const char *reason, const char *field)
{
    Err err = {0};

    assert_int_equal(wire_check(descriptor, bytes, size, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, reason);
    assert_string_equal(err_arg_get(&err, "field"), field);
}

static void assert_passes(const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t size)
{
    Err err = {0};

    if (wire_check(descriptor, bytes, size, &err) != ERR_OK)
        fail_msg("refused: %s %s", err.reason, err_arg_get(&err, "field"));
}

/* The shortest of several runs: a machine shared with others makes single runs long. */
static int64_t fastest_check_ms(const uint8_t *bytes, size_t size)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < 5; i++) {
        Err err = {0};
        int64_t start = clock_system.monotonic_ms(&clock_system);
        ErrCode code = wire_check(&node_descriptor, bytes, size, &err);
        int64_t took = clock_system.monotonic_ms(&clock_system) - start;

        assert_int_equal(code, ERR_INVALID_ARGUMENT);
        if (took < best)
            best = took;
    }
    return best;
}

static void test_depth(void **state)
{
    static const size_t too_deep[] = {33, 101, 1072, 8699, 1000000};
    size_t size;
    Err err = {0};

    (void)state;
    uint8_t *bytes = nested(WIRE_DEPTH_MAX, &size);
    Arena *arena = arena_new(MEGABYTE, NULL);
    ProtobufCMessage *message = NULL;
    assert_int_equal(wire_unpack(&node_descriptor, bytes, size, arena, &message, &err), ERR_OK);
    int levels = 0;
    for (const Node *node = (const Node *)message; node != NULL; node = node->child)
        levels++;
    assert_int_equal(levels, WIRE_DEPTH_MAX);
    free(bytes);
    for (size_t i = 0; i < sizeof too_deep / sizeof too_deep[0]; i++) {
        bytes = nested(too_deep[i], &size);
        size_t before = arena_used(arena);
        assert_int_equal(wire_unpack(&node_descriptor, bytes, size, arena, &message, &err),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "WIRE_DEPTH");
        assert_int_equal(arena_used(arena), before);
        assert_true(fastest_check_ms(bytes, size) <= 1);
        free(bytes);
    }
    arena_free(arena);
}

/* Depth counts levels, not messages: many shallow children are fine. */
static void test_wide_is_not_deep(void **state)
{
    uint8_t bytes[200];
    Arena *arena = arena_new(MEGABYTE, NULL);
    ProtobufCMessage *message;
    Err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 1 << 3 | 2;
        bytes[i + 1] = 0;
    }
    assert_int_equal(wire_unpack(&node_descriptor, bytes, sizeof bytes, arena, &message, &err), ERR_OK);
    arena_free(arena);
}

static void test_empty_message(void **state)
{
    Arena *arena = arena_new(4096, NULL);
    ProtobufCMessage *message = NULL;
    Err err = {0};

    (void)state;
    assert_int_equal(wire_unpack(&shans__v1__call_reply__descriptor, NULL, 0, arena, &message, &err), ERR_OK);
    assert_int_equal(((Shans__V1__CallReply *)message)->code, 0);
    assert_string_equal(((Shans__V1__CallReply *)message)->reason, "");
    arena_free(arena);
}

static void test_truncated(void **state)
{
    const ProtobufCMessageDescriptor *node = &node_descriptor;

    (void)state;
    assert_refused(node, "\x0a", 1, "WIRE_TRUNCATED", "child");
    assert_refused(node, "\x0a\x01", 2, "WIRE_TRUNCATED", "child");
    assert_refused(node, "\x0a\xff\xff\xff\xff\x07", 6, "WIRE_TRUNCATED", "child");
    assert_refused(node, "\x0a\x80\x80\x80\x80\x80\x00", 7, "WIRE_TRUNCATED", "child");
    assert_refused(node, "\x12\x03\x61\x62", 4, "WIRE_TRUNCATED", "texts");
    assert_refused(node, "\x25\x01\x02\x03", 4, "WIRE_TRUNCATED", "fixed");
    assert_refused(node, "\x29\x01\x02\x03\x04\x05\x06\x07", 8, "WIRE_TRUNCATED", "real");
    assert_refused(node, "\x18", 1, "WIRE_TRUNCATED", "numbers");
    assert_refused(node, "\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12, "WIRE_TRUNCATED", "numbers");
    assert_refused(node, "\x80\x80\x80\x80\x80\x00", 6, "WIRE_TRUNCATED", "0");
    assert_refused(node, "\x80", 1, "WIRE_TRUNCATED", "0");
    /* A child's field may not reach past the child, though the message goes on. */
    assert_refused(node, "\x0a\x02\x12\x02\x61\x62", 6, "WIRE_TRUNCATED", "child.texts");
    /* Packed values must end where the field ends. */
    assert_refused(node, "\x1a\x02\x01\x80\x18\x01", 6, "WIRE_TRUNCATED", "numbers");
    assert_refused(node, "\x32\x07\x01\x02\x03\x04\x05\x06\x07", 9, "WIRE_TRUNCATED", "reals");
    /* Unknown field 7 of each kind, cut short. */
    assert_refused(node, "\x3d\x01\x02", 3, "WIRE_TRUNCATED", "7");
    assert_refused(node, "\x39\x01\x02", 3, "WIRE_TRUNCATED", "7");
    assert_refused(node, "\x3a\x05\x01", 3, "WIRE_TRUNCATED", "7");
    assert_refused(node, "\x38\x80", 2, "WIRE_TRUNCATED", "7");
}

static void test_types(void **state)
{
    const ProtobufCMessageDescriptor *node = &node_descriptor;

    (void)state;
    assert_refused(node, "\x0b\x0c", 2, "WIRE_TYPE", "1");     /* group */
    assert_refused(node, "\x3b\x3c", 2, "WIRE_TYPE", "7");     /* unknown group */
    assert_refused(node, "\x0e\x00", 2, "WIRE_TYPE", "1");     /* wire type 6 */
    assert_refused(node, "\x0f\x00", 2, "WIRE_TYPE", "1");     /* wire type 7 */
    assert_refused(node, "\x00\x00", 2, "WIRE_TYPE", "0");     /* field 0 */
    assert_refused(node, "\x08\x01", 2, "WIRE_TYPE", "child"); /* number for a message */
    assert_refused(node, "\x10\x01", 2, "WIRE_TYPE", "texts");
    assert_refused(node, "\x22\x01\x01", 3, "WIRE_TYPE", "fixed"); /* packing only where repeated */
    assert_refused(node, "\x2d\x01\x02\x03\x04", 5, "WIRE_TYPE", "real");
    assert_refused(node, "\xf8\xff\xff\xff\x7f\x00", 6, "WIRE_TYPE", "4294967295"); /* tag of 35 bits */
    assert_refused(node, "\x0a\x02\x08\x01", 4, "WIRE_TYPE", "child.child");
    assert_passes(node, "\x18\x01\x1a\x02\x02\x03\x31\x01\x02\x03\x04\x05\x06\x07\x08", 15);
}

static void test_utf8(void **state)
{
    const ProtobufCMessageDescriptor *request = &shans__v1__submit_request__descriptor;

    (void)state;
    assert_passes(request, "\x0a\x04\xd0\xa8\xd0\xb0", 6);
    assert_refused(request, "\x0a\x02\xd0\x28", 4, "WIRE_UTF8", "school_code");
    assert_refused(request, "\x0a\x03\x61\x00\x62", 5, "WIRE_UTF8", "school_code"); /* NUL hides a tail */
    assert_refused(request, "\x0a\x02\xc0\x80", 4, "WIRE_UTF8", "school_code");     /* overlong */
    assert_refused(request, "\x0a\x03\xed\xa0\x80", 5, "WIRE_UTF8", "school_code"); /* surrogate */
    assert_refused(request, "\x0a\x01\xd0", 3, "WIRE_UTF8", "school_code");         /* cut character */
    assert_refused(request, "\x3a\x05\x1a\x03\x61\xff\x62", 7, "WIRE_UTF8", "cells.field");
    assert_passes(request, "\x4a\x03\x00\xff\x00", 5); /* bytes fields hold anything */
}

static void test_unknown_fields(void **state)
{
    uint8_t bytes[2 * (WIRE_UNKNOWN_MAX + 1)];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 7 << 3;
        bytes[i + 1] = 1;
    }
    assert_passes(&node_descriptor, bytes, sizeof bytes - 2);
    assert_refused(&node_descriptor, bytes, sizeof bytes, "WIRE_COUNT", "7");
    assert_passes(&node_descriptor, "\x3a\x03\x00\xff\x0b", 5); /* what is inside is nobody's business */
}

static void test_amplification(void **state)
{
    uint8_t *bytes = malloc(MEGABYTE);
    Arena *arena = arena_new(16 << 20, NULL);
    ProtobufCMessage *message = NULL;
    Err err = {0};

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < MEGABYTE; i += 2) { /* 524,288 empty texts */
        bytes[i] = 2 << 3 | 2;
        bytes[i + 1] = 0;
    }
    assert_int_equal(wire_unpack(&node_descriptor, bytes, MEGABYTE, arena, &message, &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "WIRE_COUNT");
    assert_int_equal(arena_used(arena), 0);
    /* Just as many as are allowed: unpacked, or refused by the arena's cap, but never beyond it. */
    ErrCode code = wire_unpack(&node_descriptor, bytes, 2 * WIRE_ELEMENTS_MAX, arena, &message, &err);
    assert_true(code == ERR_OK || code == ERR_RESOURCE_EXHAUSTED);
    assert_true(arena_used(arena) <= 16 << 20);
    memset(bytes, 0, MEGABYTE);
    for (size_t i = 0; i < MEGABYTE; i += 2) /* unknown numbers */
        bytes[i] = 7 << 3;
    assert_refused(&node_descriptor, bytes, MEGABYTE, "WIRE_COUNT", "7");
    bytes[0] = 3 << 3 | 2; /* a packed field of very many numbers */
    bytes[1] = 0x80 | (1000000 & 0x7f);
    bytes[2] = 0x80 | (1000000 >> 7 & 0x7f);
    bytes[3] = 1000000 >> 14;
    assert_refused(&node_descriptor, bytes, 1000004, "WIRE_COUNT", "numbers");
    arena_free(arena);
    free(bytes);
}

static Shans__V1__SubmitRequest *sample_request(Shans__V1__Cell *cells, Shans__V1__Cell **list, size_t count)
{
    static Shans__V1__SubmitRequest request;

    shans__v1__submit_request__init(&request);
    request.school_code = (char *)"66-pervouralsk-1";
    request.form_code = (char *)"results";
    request.period = (char *)"2021";
    for (size_t i = 0; i < count; i++) {
        shans__v1__cell__init(&cells[i]);
        cells[i].section = (char *)"математика";
        cells[i].row = (char *)"9";
        cells[i].field = (char *)"below";
        cells[i].kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER;
        cells[i].number = -(int64_t)i;
        list[i] = &cells[i];
    }
    request.cells = list;
    request.n_cells = count;
    return &request;
}

static void test_round_trip(void **state)
{
    Shans__V1__Cell cells[60], *list[60];
    Arena *arena = arena_new(MEGABYTE, NULL);
    ProtobufCMessage *message = NULL;
    Err err = {0};
    Buf buf, again;

    (void)state;
    buf_init(&buf, MEGABYTE);
    buf_init(&again, MEGABYTE);
    wire_pack(&sample_request(cells, list, 60)->base, &buf);
    assert_false(buf.failed);
    assert_int_equal(wire_unpack(&shans__v1__submit_request__descriptor, (uint8_t *)buf.data, buf.length,
                                 arena, &message, &err),
                     ERR_OK);
    const Shans__V1__SubmitRequest *got = (const Shans__V1__SubmitRequest *)message;
    assert_int_equal(got->n_cells, 60);
    assert_string_equal(got->cells[59]->section, "математика");
    assert_int_equal(got->cells[59]->number, -59);
    wire_pack(message, &again);
    assert_int_equal(again.length, buf.length);
    assert_memory_equal(again.data, buf.data, buf.length);
    buf_clear(&again);
    again.limit = 10;
    wire_pack(message, &again);
    assert_true(again.failed);
    buf_done(&buf);
    buf_done(&again);
    arena_free(arena);
}

/* Every prefix of a good message is either good or refused, and never read beyond its end (ASan watches). */
static void test_every_prefix(void **state)
{
    Shans__V1__Cell cells[3], *list[3];
    Buf buf;

    (void)state;
    buf_init(&buf, MEGABYTE);
    wire_pack(&sample_request(cells, list, 3)->base, &buf);
    for (size_t size = 0; size < buf.length; size++) {
        uint8_t *exact = malloc(size + 1);
        Arena *arena = arena_new(MEGABYTE, NULL);
        ProtobufCMessage *message;
        Err err = {0};

        memcpy(exact, buf.data, size);
        ErrCode code =
            wire_unpack(&shans__v1__submit_request__descriptor, exact, size, arena, &message, &err);
        assert_true(code == ERR_OK || strcmp(err.reason, "WIRE_TRUNCATED") == 0);
        arena_free(arena);
        free(exact);
    }
    buf_done(&buf);
}

static void test_allocation_failures(void **state)
{
    Shans__V1__Cell cells[40], *list[40];
    Buf buf;
    bool passed = false;
    size_t n;

    (void)state;
    buf_init(&buf, MEGABYTE);
    wire_pack(&sample_request(cells, list, 40)->base, &buf);
    for (n = 1; !passed; n++) {
        Arena *arena = arena_new(MEGABYTE, NULL);
        ProtobufCMessage *message = NULL;
        Err err = {0};

        arena_fail_nth(arena, n);
        ErrCode code = wire_unpack(&shans__v1__submit_request__descriptor, (uint8_t *)buf.data, buf.length,
                                   arena, &message, &err);
        passed = code == ERR_OK;
        assert_true(passed || (code == ERR_RESOURCE_EXHAUSTED && strcmp(err.reason, "MEMORY_LIMIT") == 0));
        assert_true(passed == (message != NULL));
        arena_free(arena);
    }
    assert_true(n > 160); /* each cell has its record and three texts */
    buf_done(&buf);
}

static void test_budget(void **state)
{
    Shans__V1__Cell cells[60], *list[60];
    ArenaBudget budget = {.limit = 4096};
    Arena *arena = arena_new(MEGABYTE, &budget);
    ProtobufCMessage *message;
    Err err = {0};
    Buf buf;

    (void)state;
    buf_init(&buf, MEGABYTE);
    wire_pack(&sample_request(cells, list, 60)->base, &buf);
    assert_int_equal(wire_unpack(&shans__v1__submit_request__descriptor, (uint8_t *)buf.data, buf.length,
                                 arena, &message, &err),
                     ERR_RESOURCE_EXHAUSTED);
    arena_free(arena);
    assert_int_equal(budget.used, 0);
    buf_done(&buf);
}

static void test_new_message(void **state)
{
    Arena *arena = arena_new(4096, NULL);

    (void)state;
    ProtobufCMessage *message = wire_new(&shans__v1__submit_reply__descriptor, arena);
    assert_ptr_equal(message->descriptor, &shans__v1__submit_reply__descriptor);
    arena_fail_nth(arena, 1);
    assert_null(wire_new(&shans__v1__submit_reply__descriptor, arena));
    arena_free(arena);
}

/* A long chain of names is cut, not overrun. */
static void test_long_path(void **state)
{
    uint8_t bytes[3 * WIRE_DEPTH_MAX];
    size_t size;
    Err err = {0};

    (void)state;
    uint8_t *deep = nested(WIRE_DEPTH_MAX, &size);
    memcpy(bytes, deep, size);
    free(deep);
    /* The innermost child claims one byte more than there is. */
    bytes[size - 1] = 1;
    assert_int_equal(wire_check(&node_descriptor, bytes, size, &err), ERR_INVALID_ARGUMENT);
    assert_true(strncmp(err_arg_get(&err, "field"), "child.child.child", 17) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_wide_is_not_deep),
        cmocka_unit_test(test_empty_message),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_unknown_fields),
        cmocka_unit_test(test_amplification),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_new_message),
        cmocka_unit_test(test_long_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
