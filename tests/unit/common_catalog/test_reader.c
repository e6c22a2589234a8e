/* Owns the tests of the cursor over compiled bytes: each part, its ranges, and that the first fault stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/catalog/reader.h"

static Arena *arena;
static Err err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static Reader over(const void *bytes, size_t size)
{
    Reader reader;

    err = (Err){0};
    reader_init(&reader, bytes, size, arena, &err);
    return reader;
}

static void numbers_are_little_endian(void **state)
{
    static const uint8_t bytes[] = {0x7F, 1, 2, 3, 4, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    Reader reader = over(bytes, sizeof bytes);

    (void)state;
    assert_int_equal(reader_u8(&reader), 0x7F);
    assert_true(reader_u32(&reader) == 0x04030201);
    assert_true(reader_i64(&reader) == -2);
    assert_int_equal(reader_done(&reader), ERR_OK);
}

static void reading_past_the_end_is_a_fault(void **state)
{
    static const uint8_t bytes[7] = {1, 1, 1, 1, 1, 1, 1};

    (void)state;
    for (size_t size = 0; size < sizeof bytes; size++) {
        Reader reader = over(bytes, size);
        (void)reader_i64(&reader);
        assert_int_equal(reader_done(&reader), ERR_INVALID_ARGUMENT);
        assert_string_equal(err_arg_get(&err, "what"), "truncated");
        assert_string_equal(err_arg_get(&err, "offset"), "0");
    }
}

static void the_first_fault_stands(void **state)
{
    static const uint8_t bytes[] = {9, 2, 1, 0, 0, 0, 'x'};
    Reader reader = over(bytes, sizeof bytes);

    (void)state;
    assert_true(reader_u8_within(&reader, 1, 5) == 1);
    assert_string_equal(err_arg_get(&err, "what"), "number out of range");
    /* From here on everything gives nothing and says nothing. */
    assert_false(reader_bool(&reader));
    assert_string_equal(reader_text(&reader), "");
    assert_string_equal(reader_code(&reader), "");
    assert_true(reader_u32(&reader) == 0 && reader_i64(&reader) == 0 && reader_u8(&reader) == 0);
    assert_true(reader_count(&reader, 0, 100, 1) == 0);
    assert_null(reader_array(&reader, 1, 1));
    reader_magic(&reader, "SHC1");
    reader_fail(&reader, "later");
    assert_int_equal(reader_done(&reader), ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "what"), "number out of range");
    assert_string_equal(err_arg_get(&err, "offset"), "1");
}

static void ranges_hold_both_ends(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        uint8_t byte = (uint8_t)value;
        Reader reader = over(&byte, 1);
        uint32_t got = reader_u8_within(&reader, 3, 11);
        assert_int_equal(reader_done(&reader), value >= 3 && value <= 11 ? ERR_OK : ERR_INVALID_ARGUMENT);
        assert_true(got == (value >= 3 && value <= 11 ? value : 3));
        reader = over(&byte, 1);
        assert_int_equal(reader_bool(&reader), value == 1);
        assert_int_equal(reader_done(&reader), value <= 1 ? ERR_OK : ERR_INVALID_ARGUMENT);
    }
}

static void texts_are_utf8_without_nul(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *text, *what; /* what: "" when fine */
    } rows[] = {
        {"\0\0\0\0", 4, "", ""},
        {"\3\0\0\0abc", 7, "abc", ""},
        {"\4\0\0\0\xD0\x96!!", 8, "Ж!!", ""},
        {"\3\0\0\0ab", 6, "", "truncated"},
        {"\3\0\0", 3, "", "truncated"},
        {"\xFF\xFF\xFF\xFF"
         "abc",
         7, "", "truncated"},
        {"\3\0\0\0a\0c", 7, "", "text is not UTF-8"},
        {"\1\0\0\0\xFF", 5, "", "text is not UTF-8"},
        {"\2\0\0\0\xC0\x80", 6, "", "text is not UTF-8"},
        {"\1\0\0\0\xD0", 5, "", "text is not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Reader reader = over(rows[i].bytes, rows[i].size);
        assert_string_equal(reader_text(&reader), rows[i].text);
        (void)reader_done(&reader);
        assert_string_equal(err_arg_get(&err, "what"), rows[i].what);
    }
}

static void codes_are_short_and_plain(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool fine;
    } rows[] = {
        {"\3\0\0\0A.1", 7, true},       {"\0\0\0\0", 4, false},  {"\3\0\0\0a b", 7, false},
        {"\2\0\0\0\xD0\x96", 6, false}, {"\1\0\0\0/", 5, false}, {"\4\0\0\0_-.z", 8, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Reader reader = over(rows[i].bytes, rows[i].size);
        (void)reader_code(&reader);
        assert_int_equal(reader_done(&reader) == ERR_OK, rows[i].fine);
    }
    char longest[4 + 64] = {64};
    memset(longest + 4, 'a', 64);
    Reader reader = over(longest, sizeof longest);
    (void)reader_code(&reader);
    assert_int_equal(reader_done(&reader), ERR_INVALID_ARGUMENT);
}

static void counts_must_fit_into_what_is_left(void **state)
{
    uint8_t bytes[4 + 20] = {0};

    (void)state;
    for (uint8_t count = 0; count < 30; count++) {
        bytes[0] = count;
        Reader reader = over(bytes, sizeof bytes);
        uint32_t got = reader_count(&reader, 1, 10, 4);
        bool fine = count >= 1 && count <= 5; /* 20 bytes hold five items of four */
        assert_true(got == (fine ? count : 0));
        assert_int_equal(reader.code, fine ? ERR_OK : ERR_INVALID_ARGUMENT);
    }
}

static void arrays_come_from_the_arena(void **state)
{
    uint8_t byte = 0;
    Reader reader = over(&byte, 1);

    (void)state;
    int *items = reader_array(&reader, 10, sizeof *items);
    assert_non_null(items);
    for (int i = 0; i < 10; i++)
        assert_int_equal(items[i], 0);
    assert_null(reader_array(&reader, SIZE_MAX, 2));
    assert_int_equal(reader.code, ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "MEMORY_LIMIT");
}

static void the_magic_and_the_end(void **state)
{
    (void)state;
    Reader reader = over("SHC1", 4);
    reader_magic(&reader, "SHC1");
    assert_int_equal(reader_done(&reader), ERR_OK);
    reader = over("SHC1x", 5);
    reader_magic(&reader, "SHC1");
    assert_int_equal(reader_done(&reader), ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "offset"), "4");
    reader = over("SHC", 3);
    reader_magic(&reader, "SHC1");
    assert_string_equal(err_arg_get(&err, "what"), "truncated");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(reading_past_the_end_is_a_fault),
        cmocka_unit_test(the_first_fault_stands),
        cmocka_unit_test(ranges_hold_both_ends),
        cmocka_unit_test(texts_are_utf8_without_nul),
        cmocka_unit_test(codes_are_short_and_plain),
        cmocka_unit_test(counts_must_fit_into_what_is_left),
        cmocka_unit_test(arrays_come_from_the_arena),
        cmocka_unit_test(the_magic_and_the_end),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
