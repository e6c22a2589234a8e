/* Owns the tests of messages about YAML sources: the line found, the words allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/compile/compile_source.h"

static const char yaml[] = "code: main\n"                      /* 1 */
                           "title: {ru: \"code: x\", en: y}\n" /* 2 */
                           "rows:\n"                           /* 3 */
                           "  - {code: a, n: 1}\n"             /* 4 */
                           "  - {n: 12, code: ab}\n"           /* 5 */
                           "  - code: \"a\"\n"                 /* 6 */
                           "    n: '12'\n"                     /* 7 */
                           "  - {postcode: z, code: z}";       /* 8, no line break */

static CompileSource source_of(const char *text, Err *err)
{
    return (CompileSource){.name = "f.yaml", .text = text, .size = strlen(text), .err = err};
}

static void lines_of_keys_and_values(void **state)
{
    static const struct {
        const char *key, *value;
        unsigned n;
        const char *line;
    } rows[] = {
        {"code", "main", 1, "1"}, {"code", "a", 1, "4"},     {"code", "a", 2, "6"},   {"code", "a", 3, "?"},
        {"code", "ab", 1, "5"},   {"n", "1", 1, "4"},        {"n", "12", 1, "5"},     {"n", "12", 2, "7"},
        {"code", "z", 1, "8"},    {"postcode", "z", 1, "8"}, {"code", "mai", 1, "?"}, {"cod", "main", 1, "?"},
        {"rows", "x", 1, "?"},    {"en", "y", 1, "2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Err err = {0};
        CompileSource source = source_of(yaml, &err);
        assert_int_equal(compile_fault(&source, "DEF_BAD_VALUE", rows[i].key, rows[i].value, rows[i].n),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(err_arg_get(&err, "file"), "f.yaml");
        if (strcmp(err_arg_get(&err, "line"), rows[i].line) != 0)
            fail_msg("%s: %s (%u): line %s", rows[i].key, rows[i].value, rows[i].n,
                     err_arg_get(&err, "line"));
        assert_string_equal(err_arg_get(&err, "key"), rows[i].key);
        assert_string_equal(err_arg_get(&err, "value"), rows[i].value);
    }
}

static void lines_of_keys_alone(void **state)
{
    Err err = {0};
    CompileSource source = source_of(yaml, &err);

    (void)state;
    assert_true(compile_key_line(&source, "code", 1) == 1);
    assert_true(compile_key_line(&source, "code", 5) == 5);
    assert_true(compile_key_line(&source, "rows", 1) == 3);
    assert_true(compile_key_line(&source, "rows", 4) == 0);
    assert_true(compile_key_line(&source, "absent", 1) == 0);
    assert_true(compile_key_line(&source, "code", 99) == 0);
}

/* The text is not NUL-terminated: a key cut at its end must not be read on. */
static void a_text_ends_where_it_ends(void **state)
{
    static const char cut[] = {'c', 'o', 'd', 'e', ':', ' ', 'a', 'b'};
    Err err = {0};
    CompileSource source = {.name = "f", .text = cut, .size = 0, .err = &err};

    (void)state;
    for (size_t size = 0; size <= sizeof cut; size++) {
        source.size = size;
        (void)compile_fault(&source, "DEF_BAD_CODE", "code", "ab", 1);
        assert_string_equal(err_arg_get(&err, "line"), size == sizeof cut ? "1" : "?");
    }
}

static void words_out_of_a_list(void **state)
{
    static const char *const names[] = {"info", "warning", "error", NULL};
    Err err = {0};
    CompileSource source = source_of("severity: warning\n", &err);
    int number = 77;

    (void)state;
    assert_int_equal(compile_word(&source, "severity", "warning", names, 0, &number), ERR_OK);
    assert_int_equal(number, 2);
    assert_int_equal(compile_word(&source, "severity", NULL, names, 9, &number), ERR_OK);
    assert_int_equal(number, 9);
    assert_int_equal(compile_word(&source, "severity", "Warning", names, 0, &number), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "DEF_BAD_VALUE");
    assert_string_equal(err_arg_get(&err, "allowed"), "info, warning, error");
    assert_int_equal(compile_word(&source, "severity", "", names, 0, &number), ERR_INVALID_ARGUMENT);
    assert_int_equal(number, 9);
}

/* A list longer than the message is cut, never overrun. */
static void many_words_are_cut(void **state)
{
    static const char word[] = "a_rather_long_word_that_is_allowed_here";
    static const char *const names[] = {word, word, word, word, word, word, word, word, word, NULL};
    Err err = {0};
    CompileSource source = source_of("", &err);
    int number = 0;

    (void)state;
    assert_int_equal(compile_word(&source, "k", "other", names, 0, &number), ERR_INVALID_ARGUMENT);
    assert_true(strlen(err_arg_get(&err, "allowed")) >= 100);
}

static void numbers_of_a_scale(void **state)
{
    static const struct {
        const char *text;
        int scale;
        int64_t number;
        bool fine;
    } rows[] = {
        {"0", 0, 0, true},        {"12,5", 1, 125, true},
        {"12.50", 2, 1250, true}, {"-3", 2, -300, true},
        {"12,5", 0, 0, false},    {"x", 0, 0, false},
        {"", 0, 0, false},        {"99999999999999999999", 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Err err = {0};
        CompileSource source = source_of("", &err);
        int64_t number = 0;
        ErrCode code = compile_decimal(&source, "min", rows[i].text, rows[i].scale, &number);
        assert_int_equal(code == ERR_OK, rows[i].fine);
        assert_true(number == rows[i].number);
        if (!rows[i].fine)
            assert_string_equal(err.reason, "DEF_BAD_VALUE");
    }
}

static void codes_and_absent_texts(void **state)
{
    Err err = {0};
    CompileSource source = source_of("code: a/b\n", &err);

    (void)state;
    assert_int_equal(compile_check_code(&source, "VPR.RUS-5_x"), ERR_OK);
    assert_int_equal(compile_check_code(&source, "a/b"), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "DEF_BAD_CODE");
    assert_string_equal(err_arg_get(&err, "line"), "1");
    assert_string_equal(compile_text(NULL), "");
    assert_string_equal(compile_text("x"), "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_keys_and_values),  cmocka_unit_test(lines_of_keys_alone),
        cmocka_unit_test(a_text_ends_where_it_ends), cmocka_unit_test(words_out_of_a_list),
        cmocka_unit_test(many_words_are_cut),        cmocka_unit_test(numbers_of_a_scale),
        cmocka_unit_test(codes_and_absent_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
