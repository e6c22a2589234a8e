/* The envelope read in place says what protobuf-c would say, and replies packed by hand are its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/net/envelope.h"
#include "common/net/wire.h"

static const uint8_t request_id[16] = "request-id-0001";

static Shans__V1__CallRequest sample(void)
{
    Shans__V1__CallRequest request = SHANS__V1__CALL_REQUEST__INIT;

    request.protocol = 1;
    request.request_id = (ProtobufCBinaryData){.len = 16, .data = (uint8_t *)request_id};
    request.operation_id = (ProtobufCBinaryData){.len = 16, .data = (uint8_t *)"operation-00001"};
    request.method = (char *)"shans.v1.OrgService/GetOrg";
    request.deadline_ms = 123456789;
    request.token = (char *)"abcdef";
    request.trace_id = (char *)"00-aa-bb-01";
    request.payload = (ProtobufCBinaryData){.len = 5, .data = (uint8_t *)"\0\1\2\3\4"};
    return request;
}

static void assert_part(EnvelopePart part, const void *bytes, size_t size)
{
    assert_int_equal(part.size, size);
    assert_memory_equal(part.data, bytes, size);
}

static Envelope read_packed(const Buf *buf)
{
    Envelope envelope;
    Err err = {0};

    assert_int_equal(envelope_read((const uint8_t *)buf->data, buf->length, &envelope, &err), ERR_OK);
    return envelope;
}

static void test_all_fields(void **state)
{
    const Shans__V1__CallRequest request = sample();
    Buf buf;

    (void)state;
    buf_init(&buf, 4096);
    wire_pack(&request.base, &buf);
    const Envelope envelope = read_packed(&buf);
    assert_int_equal(envelope.protocol, 1);
    assert_int_equal(envelope.deadline_ms, 123456789);
    assert_part(envelope.request_id, request_id, 16);
    assert_part(envelope.operation_id, "operation-00001", 16);
    assert_part(envelope.method, "shans.v1.OrgService/GetOrg", 26);
    assert_part(envelope.token, "abcdef", 6);
    assert_part(envelope.trace_id, "00-aa-bb-01", 11);
    assert_part(envelope.payload, "\0\1\2\3\4", 5);
    /* In place: the parts lie within the bytes that were read. */
    assert_true(envelope.payload.data > (const uint8_t *)buf.data);
    assert_ptr_equal(envelope.payload.data + 5, (const uint8_t *)buf.data + buf.length);
    buf_done(&buf);
}

static void test_nothing(void **state)
{
    Envelope envelope;
    Err err = {0};

    (void)state;
    memset(&envelope, 0xff, sizeof envelope);
    assert_int_equal(envelope_read((const uint8_t *)"", 0, &envelope, &err), ERR_OK);
    assert_int_equal(envelope.protocol, 0);
    assert_int_equal(envelope.deadline_ms, 0);
    assert_null(envelope.method.data);
    assert_int_equal(envelope.payload.size, 0);
}

static void test_last_value_counts_and_unknown_fields_are_skipped(void **state)
{
    const Shans__V1__CallRequest request = sample();
    Buf buf;

    (void)state;
    buf_init(&buf, 4096);
    buf_add(&buf, "\x98\x06\x01", 3); /* unknown 99: number */
    buf_add(&buf,
            "\x91\x06"
            "12345678",
            10); /* unknown 98: 8 bytes */
    buf_add(&buf,
            "\x8d\x06"
            "1234",
            6);                          /* unknown 97: 4 bytes */
    buf_add(&buf, "\x82\x06\x03xyz", 6); /* unknown 96: bytes */
    wire_pack(&request.base, &buf);
    buf_add(&buf,
            "\x08\x02\x22\x03"
            "a/b",
            7); /* protocol 2, method a/b */
    const Envelope envelope = read_packed(&buf);
    assert_int_equal(envelope.protocol, 2);
    assert_part(envelope.method, "a/b", 3);
    assert_part(envelope.payload, "\0\1\2\3\4", 5);
    buf_done(&buf);
}

/* Numbers wider than their field are cut to it, as protobuf-c cuts them. */
static void test_wide_numbers(void **state)
{
    static const uint8_t bytes[] = {0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0x01, 0x28, 0x81, 0x80, 0x80, 0x80, 0x10};
    Envelope envelope;
    Err err = {0};

    (void)state;
    assert_int_equal(envelope_read(bytes, sizeof bytes, &envelope, &err), ERR_OK);
    assert_int_equal(envelope.protocol, UINT32_MAX);
    assert_int_equal(envelope.deadline_ms, 1);
}

static void test_faults_are_the_pre_scans(void **state)
{
    Envelope envelope;
    Err err = {0};

    (void)state;
    assert_int_equal(envelope_read((const uint8_t *)"\x22\x02\xff\xfe", 4, &envelope, &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "WIRE_UTF8");
    assert_string_equal(err_arg_get(&err, "field"), "method");
    assert_int_equal(envelope_read((const uint8_t *)"\x42\x05xx", 4, &envelope, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "WIRE_TRUNCATED");
    assert_string_equal(err_arg_get(&err, "field"), "payload");
}

static void test_text(void **state)
{
    const EnvelopePart part = {.data = (const uint8_t *)"abcd", .size = 4};
    char text[5] = "????";

    (void)state;
    assert_true(envelope_text(part, text, 5));
    assert_string_equal(text, "abcd");
    assert_false(envelope_text(part, text, 4)); /* no room for the end */
    assert_string_equal(text, "");
    assert_true(envelope_text((EnvelopePart){0}, text, 1));
    assert_string_equal(text, "");
}

/* Payload sizes on both sides of each length of the length. */
static void test_packed_replies(void **state)
{
    static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, 2097151, 2097152};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Shans__V1__CallReply head = SHANS__V1__CALL_REPLY__INIT;
        uint8_t *payload = malloc(sizes[i] + 1);
        Buf by_hand, by_library;

        memset(payload, 'p', sizes[i] + 1);
        head.request_id = (ProtobufCBinaryData){.len = 16, .data = (uint8_t *)request_id};
        head.reason = (char *)"REASON";
        head.retry_delay_ms = 300;
        buf_init(&by_hand, 4 << 20);
        buf_init(&by_library, 4 << 20);
        head.payload = (ProtobufCBinaryData){.len = 3, .data = (uint8_t *)"old"}; /* ignored */
        envelope_pack_reply(&head, payload, sizes[i], &by_hand);
        head.payload = (ProtobufCBinaryData){.len = sizes[i], .data = payload};
        wire_pack(&head.base, &by_library);
        assert_int_equal(by_hand.length, by_library.length);
        assert_memory_equal(by_hand.data, by_library.data, by_library.length);
        buf_done(&by_hand);
        buf_done(&by_library);
        free(payload);
    }
}

static void test_reply_that_does_not_fit(void **state)
{
    Shans__V1__CallReply head = SHANS__V1__CALL_REPLY__INIT;
    Buf buf;

    (void)state;
    buf_init(&buf, 10);
    envelope_pack_reply(&head, "0123456789", 10, &buf);
    assert_true(buf.failed);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_last_value_counts_and_unknown_fields_are_skipped),
        cmocka_unit_test(test_wide_numbers),
        cmocka_unit_test(test_faults_are_the_pre_scans),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_packed_replies),
        cmocka_unit_test(test_reply_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
