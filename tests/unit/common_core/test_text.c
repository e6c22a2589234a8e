/* Text: UTF-8 checking, bounded copies, widths, trimming, edit distance. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "common/core/text.h"

static bool check(const char *text)
{
    return text_utf8_check((const uint8_t *)text, strlen(text));
}

static void well_formed_utf8_passes(void **state)
{
    (void)state;
    assert_true(check(""));
    assert_true(check("plain"));
    assert_true(check("Школа № 26"));
    assert_true(check("\xC2\x80"));         /* U+0080, the least of two bytes */
    assert_true(check("\xE0\xA0\x80"));     /* U+0800 */
    assert_true(check("\xED\x9F\xBF"));     /* U+D7FF, below the surrogates */
    assert_true(check("\xEE\x80\x80"));     /* U+E000, above them */
    assert_true(check("\xF0\x90\x80\x80")); /* U+10000 */
    assert_true(check("\xF4\x8F\xBF\xBF")); /* U+10FFFF */
}

static void malformed_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xBF",             /* the same */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* surrogate */
        "\xED\xBF\xBF",     /* surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xC2",
        "\xE2\x82",
        "\xF0\x9F\x98", /* cut off */
        "\xC2\x41",
        "\xE2\x41\x80",
        "\xE2\x82\x41",
        "ok\xFFok",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(check(bad[i]));
    assert_false(text_utf8_check((const uint8_t *)"a\0b", 3));
    assert_true(text_utf8_check((const uint8_t *)"a\0b", 1));
    assert_false(text_utf8_check((const uint8_t *)"ж", 1)); /* the length ends inside a character */
}

static void decoding_walks_and_recovers(void **state)
{
    (void)state;
    const char *cursor = "aж€😀\xFFz";
    static const uint32_t want[] = {'a', 0x436, 0x20AC, 0x1F600, 0xFFFD, 'z'};

    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_int_equal(text_utf8_get(&cursor), want[i]);
    assert_int_equal(*cursor, '\0');
    const char *cut = "\xE2\x82";
    assert_int_equal(text_utf8_get(&cut), 0xFFFD);
    assert_int_equal(text_utf8_get(&cut), 0xFFFD);
    assert_int_equal(*cut, '\0');
}

static void every_code_point_round_trips(void **state)
{
    (void)state;
    for (uint32_t point = 1; point <= 0x10FFFF; point++) {
        char text[5] = {0};
        if (point < 0x80) {
            text[0] = (char)point;
        } else if (point < 0x800) {
            text[0] = (char)(0xC0 | point >> 6);
            text[1] = (char)(0x80 | (point & 0x3F));
        } else if (point < 0x10000) {
            text[0] = (char)(0xE0 | point >> 12);
            text[1] = (char)(0x80 | (point >> 6 & 0x3F));
            text[2] = (char)(0x80 | (point & 0x3F));
        } else {
            text[0] = (char)(0xF0 | point >> 18);
            text[1] = (char)(0x80 | (point >> 12 & 0x3F));
            text[2] = (char)(0x80 | (point >> 6 & 0x3F));
            text[3] = (char)(0x80 | (point & 0x3F));
        }
        bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        if (check(text) == surrogate)
            fail_msg("U+%04X", point);
        const char *cursor = text;
        if (!surrogate && text_utf8_get(&cursor) != point)
            fail_msg("U+%04X decoded otherwise", point);
    }
}

static void copies_never_split_a_character(void **state)
{
    (void)state;
    const char *source = "aжb€c😀";

    for (size_t size = 1; size <= strlen(source) + 2; size++) {
        char to[32];
        memset(to, 'X', sizeof to);
        text_copy(to, size, source);
        assert_true(strlen(to) < size);
        assert_true(check(to));
        assert_true(text_starts(source, to));
        assert_int_equal(to[size], 'X'); /* nothing behind the bound */
        if (size > strlen(source))
            assert_string_equal(to, source);
        else
            assert_true(strlen(to) + 4 >= size); /* and no more is lost than one character */
    }
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("Школа"), 5);
    assert_int_equal(text_width("e\xCC\x81"), 1); /* combining acute */
    assert_int_equal(text_width("学校"), 4);
    assert_int_equal(text_width("a\xE2\x80\x8B"
                                "b"),
                     2); /* zero width space */
    assert_int_equal(text_width("😀"), 2);
    assert_int_equal(text_width("\xFF"), 1);
}

/* The C library as the oracle: letters, marks and signs of the scripts that stand in names here. */
static void widths_as_the_c_library_has_them(void **state)
{
    static const struct {
        wchar_t first, last;
    } blocks[] = {
        {0x0020, 0x007E}, {0x00A0, 0x00AC}, {0x00AE, 0x052F}, /* Latin, marks, Greek, Cyrillic */
        {0x1AB0, 0x1AFF}, {0x1C80, 0x1C88}, {0x1D00, 0x1FFF}, /* marks, Cyrillic, extensions */
        {0x2010, 0x2027}, {0x202F, 0x205F}, {0x2070, 0x20F0}, /* dashes, spaces, currencies, marks */
        {0x2100, 0x218B}, {0x2500, 0x25FC}, {0x2DE0, 0x2DFF}, /* signs, lines of tables, Cyrillic marks */
        {0x4E00, 0x4EFF}, {0xA640, 0xA69F}, {0xFE20, 0xFE2F}, /* ideographs, Cyrillic, half marks */
    };
    size_t compared = 0;

    (void)state;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        skip();
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        for (wchar_t point = blocks[i].first; point <= blocks[i].last; point++) {
            char text[8] = "";
            int want = wcwidth(point);
            if (want < 0 || wctomb(text, point) <= 0)
                continue; /* no character */
            if (text_width(text) != (size_t)want)
                fail_msg("U+%04X: %zu columns, the library says %d", (unsigned)point, text_width(text), want);
            compared++;
        }
    assert_true(compared > 2500);
    setlocale(LC_CTYPE, "C");
}

static void comparisons(void **state)
{
    (void)state;
    assert_true(text_equal("", ""));
    assert_false(text_equal("a", "A"));
    assert_true(text_starts("abc", ""));
    assert_true(text_starts("abc", "abc"));
    assert_false(text_starts("ab", "abc"));
}

static void codes(void **state)
{
    (void)state;
    char longest[65];

    memset(longest, 'a', sizeof longest);
    longest[64] = '\0';
    assert_false(text_is_code(longest));
    longest[63] = '\0';
    assert_true(text_is_code(longest));
    assert_true(text_is_code("FIOKO-847_v1.2"));
    assert_false(text_is_code(""));
    assert_false(text_is_code("a b"));
    assert_false(text_is_code("школа"));
    assert_false(text_is_code("a/b"));
    assert_false(text_is_code("a\n"));
}

static void trimming(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"   ", ""},
        {"a", "a"},
        {"  a b\t\r\n", "a b"},
        {"\xC2\xA0"
         "a\xC2\xA0",
         "a"},
        {"\xC2\xA0", ""},
        {"р", "р"}, /* ends in 0x80, not a space */
        {"\xE2\x80\xA0", "\xE2\x80\xA0"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        text_copy(text, sizeof text, rows[i].text);
        assert_string_equal(text_trim(text), rows[i].want);
    }
}

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned want;
    } rows[] = {
        {"", "", 0},
        {"a", "", 1},
        {"", "abc", 3},
        {"status", "status", 0},
        {"staus", "status", 1},
        {"flaw", "lawn", 2},
        {"kitten", "sitting", 3},
        {"ab", "ba", 2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(text_distance(rows[i].a, rows[i].b), rows[i].want);
        assert_int_equal(text_distance(rows[i].b, rows[i].a), rows[i].want);
    }
    char longer[200];
    memset(longer, 'a', sizeof longer);
    longer[199] = '\0';
    assert_int_equal(text_distance(longer, ""), 63);
    assert_int_equal(text_distance(longer, longer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_utf8_passes),
        cmocka_unit_test(malformed_utf8_is_refused),
        cmocka_unit_test(decoding_walks_and_recovers),
        cmocka_unit_test(every_code_point_round_trips),
        cmocka_unit_test(copies_never_split_a_character),
        cmocka_unit_test(widths),
        cmocka_unit_test(widths_as_the_c_library_has_them),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(codes),
        cmocka_unit_test(trimming),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
