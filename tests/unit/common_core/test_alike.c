/* Owns the tests of texts that look alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/alike.h"

static void test_alike(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } cases[] = {
        {"ШНОР", "IIIHOP", true},                       /* T-68, as scanned */
        {"ШНОР", "шнор", true},                         /* letter case */
        {"66-pervouralsk-9", "66-реrvоurаlsk-9", true}, /* Cyrillic е, о, а, р */
        {"МАОУ СОШ № 5", "MAOУ СОШ №5", true},          /* Latin M, A, O */
        {"«Школа»", "\"Школа\"", true},
        {"зона риска", "зона\u00A0риска", true},
        {"ОО — 5", "ОО-5", true},
        {"Ёлка", "елка", true},
        {"Ⅲ", "III", true},
        {"Π/Π", "П/П", true}, /* Greek */
        {"", "", true},
        {"", "\u200B", true},
        {"школа 1", "школа 2", false},
        {"ШНОР", "ШВОР", false},
        {"5", "б", false},
        {"a", "b", false},
        {"0", "О", false}, /* a digit is a number, never a letter */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (alike_equal(cases[i].a, cases[i].b) != cases[i].alike)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        assert_int_equal(alike_equal(cases[i].b, cases[i].a), cases[i].alike);
    }
}

/* The form of a form is itself, for every character there is in the first planes used here. */
static void test_stable(void **state)
{
    char text[8], once[64], twice[64];

    (void)state;
    for (unsigned c = 1; c < 0x2200; c++) {
        size_t n = 0;
        if (c < 0x80) {
            text[n++] = (char)c;
        } else if (c < 0x800) {
            text[n++] = (char)(0xC0 | c >> 6);
            text[n++] = (char)(0x80 | (c & 0x3F));
        } else {
            text[n++] = (char)(0xE0 | c >> 12);
            text[n++] = (char)(0x80 | (c >> 6 & 0x3F));
            text[n++] = (char)(0x80 | (c & 0x3F));
        }
        text[n] = '\0';
        alike_fold(text, once, sizeof once);
        alike_fold(once, twice, sizeof twice);
        if (strcmp(once, twice) != 0)
            fail_msg("U+%04X: %s, then %s", c, once, twice);
    }
}

static void test_bounds(void **state)
{
    char to[6];

    (void)state;
    alike_fold("ШШШ", to, sizeof to); /* each is six bytes: none fits */
    assert_string_equal(to, "");
    alike_fold("абв", to, sizeof to); /* two letters of two bytes and the end */
    assert_string_equal(to, "АБ");
    alike_fold("x", to, 1);
    assert_string_equal(to, "");
    alike_fold("\xFF\xFE", to, sizeof to); /* bytes that are no text */
    assert_string_equal(to, "??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_stable),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
