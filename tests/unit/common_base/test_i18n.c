/* Interface texts: choice of the language, fallback, plural forms, numbers untouched. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/i18n.h"

static char dir[64];

static void put_u32(unsigned char *to, unsigned value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

/* Writes a catalogue of three entries in GNU MO form: header, "Open", "%lu school" with its plurals. */
static void write_catalogue(const char *path)
{
    static const struct {
        const char *id, *text;
        unsigned id_size, text_size;
    } rows[] = {
        {"",
         "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? "
         "0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\n",
         0, 0},
        {"%lu school\0%lu schools", "%lu школа\0%lu школы\0%lu школ", 22, 0},
        {"Open", "Открыть", 4, 0},
    };
    unsigned char bytes[1000] = {0xDE, 0x12, 0x04, 0x95};
    unsigned at = 28 + 3 * 16;

    put_u32(bytes + 8, 3);
    put_u32(bytes + 12, 28);
    put_u32(bytes + 16, 28 + 3 * 8);
    for (unsigned i = 0; i < 3; i++) {
        unsigned id_size = rows[i].id_size;
        put_u32(bytes + 28 + i * 8, id_size);
        put_u32(bytes + 32 + i * 8, at);
        memcpy(bytes + at, rows[i].id, id_size + 1);
        at += id_size + 1;
    }
    for (unsigned i = 0; i < 3; i++) {
        unsigned size = (unsigned)strlen(rows[i].text);
        if (i == 1)
            size = sizeof "%lu школа\0%lu школы\0%lu школ" - 1;
        put_u32(bytes + 52 + i * 8, size);
        put_u32(bytes + 56 + i * 8, at);
        memcpy(bytes + at, rows[i].text, size + 1);
        at += size + 1;
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite(bytes, 1, at, file);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    char path[128];

    snprintf(dir, sizeof dir, "/tmp/shans-i18n-test-%d", (int)getpid());
    mkdir(dir, 0700);
    snprintf(path, sizeof path, "%s/ru", dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/ru/LC_MESSAGES", dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/ru/LC_MESSAGES/shans.mo", dir);
    write_catalogue(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const parts[] = {"/ru/LC_MESSAGES/shans.mo", "/ru/LC_MESSAGES", "/ru", ""};
    char path[128];

    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s%s", dir, parts[i]);
        remove(path);
    }
    return 0;
}

static void russian_texts_and_plurals(void **state)
{
    (void)state;
    i18n_init("ru", dir);
    assert_true(i18n_russian());
    assert_string_equal(_("Open"), "Открыть");
    assert_string_equal(_("Close"), "Close"); /* not in the catalogue */
    assert_string_equal(_(""), "");           /* never the catalogue's header */
    static const struct {
        unsigned long n;
        const char *want;
    } rows[] = {{1, "1 школа"},   {2, "2 школы"},   {5, "5 школ"}, {11, "11 школ"},   {12, "12 школ"},
                {21, "21 школа"}, {22, "22 школы"}, {0, "0 школ"}, {111, "111 школ"}, {1021, "1021 школа"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, N_("%lu school", "%lu schools", rows[i].n), rows[i].n);
        assert_string_equal(text, rows[i].want);
    }
}

static void english_is_the_text_itself(void **state)
{
    (void)state;
    i18n_init("en", dir);
    assert_false(i18n_russian());
    assert_string_equal(_("Open"), "Open");
    assert_string_equal(N_("school", "schools", 1), "school");
    assert_string_equal(N_("school", "schools", 21), "schools");
}

static void other_languages_are_english(void **state)
{
    (void)state;
    static const char *const others[] = {"de", "run", "r", "RU_lower_only", "C"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        i18n_init(others[i], dir);
        assert_false(i18n_russian());
    }
    i18n_init("ru_RU.UTF-8", dir);
    assert_true(i18n_russian());
    i18n_init("ru:en", dir);
    assert_true(i18n_russian());
}

static void environment_chooses_in_gettext_order(void **state)
{
    (void)state;
    unsetenv("LANGUAGE");
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    setenv("LANG", "ru_RU.UTF-8", 1);
    i18n_init("", dir);
    assert_true(i18n_russian());
    unsetenv("LANGUAGE");
    setenv("LC_ALL", "en_US.UTF-8", 1);
    i18n_init("", dir);
    assert_false(i18n_russian());
    setenv("LANGUAGE", "ru", 1);
    i18n_init("", dir);
    assert_true(i18n_russian());
    setenv("LANGUAGE", "", 1); /* empty is as unset */
    unsetenv("LC_ALL");
    unsetenv("LANG");
    i18n_init("", dir);
    assert_false(i18n_russian());
}

static void numbers_keep_their_point(void **state)
{
    (void)state;
    char text[32];

    i18n_init("ru", dir);
    snprintf(text, sizeof text, "%.1f", 1.5);
    assert_string_equal(text, "1.5");
    assert_string_equal(setlocale(LC_NUMERIC, NULL), "C");
}

static void missing_catalogue_is_english(void **state)
{
    (void)state;
    i18n_init("ru", "/tmp/shans-no-such-folder");
    assert_true(i18n_russian());
    assert_string_equal(_("Open"), "Open");
    setenv("SHANS_LOCALE_DIR", dir, 1);
    i18n_init("ru", NULL);
    assert_string_equal(_("Open"), "Открыть");
    unsetenv("SHANS_LOCALE_DIR");
    i18n_init("ru", NULL); /* whatever stands beside the test program */
    assert_string_equal(_("No such text anywhere"), "No such text anywhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(russian_texts_and_plurals),   cmocka_unit_test(english_is_the_text_itself),
        cmocka_unit_test(other_languages_are_english), cmocka_unit_test(environment_chooses_in_gettext_order),
        cmocka_unit_test(numbers_keep_their_point),    cmocka_unit_test(missing_catalogue_is_english),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
