/* Buffer: growth, limit, the sticky failure, flat integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/buf.h"

static void appends_and_terminates(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 1000);
    assert_null(buf.data);
    buf_text(&buf, "ab");
    buf_char(&buf, 'c');
    buf_add(&buf, "d\0e", 3);
    buf_printf(&buf, "%s%d", "f", 12);
    assert_int_equal(buf.length, 9);
    assert_memory_equal(buf.data, "abcd\0ef12", 10);
    buf_add(&buf, NULL, 0);
    assert_int_equal(buf.length, 9);
    buf_done(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.limit, 1000);
}

static void extends_by_a_place_to_write(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 10);
    buf_text(&buf, "ab");
    char *place = buf_extend(&buf, 8);
    assert_ptr_equal(place, buf.data + 2);
    memset(place, 'c', 8);
    assert_string_equal(buf.data, "abcccccccc");
    assert_non_null(buf_extend(&buf, 0));
    assert_null(buf_extend(&buf, 1));
    assert_true(buf.failed);
    assert_int_equal(buf.length, 10);
    buf_done(&buf);
}

static void grows_over_many_appends(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 20000; i++)
        buf_char(&buf, (char)('a' + i % 26));
    assert_false(buf.failed);
    assert_int_equal(buf.length, 20000);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    buf_done(&buf);
}

static void limit_is_exact_and_failure_stays(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 4);
    buf_text(&buf, "abcd");
    assert_false(buf.failed);
    buf_text(&buf, "");
    assert_false(buf.failed);
    buf_char(&buf, 'e');
    assert_true(buf.failed);
    buf_text(&buf, "");
    assert_true(buf.failed);
    assert_string_equal(buf.data, "abcd");
    buf_clear(&buf);
    assert_false(buf.failed);
    assert_string_equal(buf.data, "");
    buf_text(&buf, "xyz");
    assert_string_equal(buf.data, "xyz");
    buf_printf(&buf, "%d", 55);
    assert_true(buf.failed);
    assert_string_equal(buf.data, "xyz");
    buf_done(&buf);
}

static void limit_zero_takes_nothing(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 0);
    buf_clear(&buf);
    buf_char(&buf, 'a');
    assert_true(buf.failed);
    assert_null(buf.data);
    buf_done(&buf);
    buf_done(&buf);
}

static void integers_are_little_endian(void **state)
{
    (void)state;
    static const unsigned char want[] = {0xFE, 0x04, 0x03, 0x02, 0x01, 0xFE, 0xFF, 0xFF,
                                         0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 3,    0,    0,
                                         0,    'a',  'b',  'c',  0,    0,    0,    0};
    Buf buf;

    buf_init(&buf, 1000);
    buf_u8(&buf, 0xFE);
    buf_u32(&buf, 0x01020304);
    buf_i64(&buf, -2);
    buf_sized(&buf, "abc");
    buf_sized(&buf, "");
    assert_int_equal(buf.length, sizeof want);
    assert_memory_equal(buf.data, want, sizeof want);
    buf_done(&buf);
}

static void extreme_integers_keep_every_bit(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 1, -1, INT64_MAX, INT64_MIN, 0x0123456789ABCDEF};
    Buf buf;

    buf_init(&buf, 1000);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        buf_clear(&buf);
        buf_i64(&buf, values[i]);
        uint64_t back = 0;
        for (int b = 7; b >= 0; b--)
            back = back << 8 | (unsigned char)buf.data[b];
        assert_true((int64_t)back == values[i]);
    }
    buf_done(&buf);
}

static void long_printf_is_whole(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 1 << 16);
    buf_printf(&buf, "%03000d", 5);
    buf_printf(&buf, "%s", "end");
    assert_int_equal(buf.length, 3003);
    assert_string_equal(buf.data + 2999, "5end");
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_terminates),          cmocka_unit_test(extends_by_a_place_to_write),
        cmocka_unit_test(grows_over_many_appends),         cmocka_unit_test(limit_is_exact_and_failure_stays),
        cmocka_unit_test(limit_zero_takes_nothing),        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(extreme_integers_keep_every_bit), cmocka_unit_test(long_printf_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
