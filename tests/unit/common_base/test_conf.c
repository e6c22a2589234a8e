/* Configuration: precedence and origins, strictness, files that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/conf.h"

static const ConfKey keys[] = {
    {"server", "SHANS_TEST_SERVER", "tcp://127.0.0.1:7411"},
    {"language", "SHANS_TEST_LANGUAGE", ""},
    {"tls.ca", NULL, ""},
};
enum { KEY_COUNT = 3 };

static char path[64];
static Arena *arena;
static ConfValue values[KEY_COUNT];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/shans-conf-test-%d", (int)getpid());
    arena = arena_new(1 << 16, NULL);
    conf_defaults(keys, KEY_COUNT, values);
    unsetenv("SHANS_TEST_SERVER");
    unsetenv("SHANS_TEST_LANGUAGE");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    arena_free(arena);
    return 0;
}

static ErrCode read_text(const char *text, size_t size, Err *err)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
    return conf_file(keys, KEY_COUNT, path, arena, values, err);
}

static void defaults_come_first(void **state)
{
    (void)state;
    assert_string_equal(values[0].text, "tcp://127.0.0.1:7411");
    assert_string_equal(values[0].origin, "default");
    assert_string_equal(values[1].text, "");
}

static void file_overrides_with_its_place(void **state)
{
    (void)state;
    static const char text[] = "# a comment\n\n  server = tcp://edu.example:7411\n; another\n[tls]\n"
                               "ca = /etc/shans/ca.pem";
    char origin[80];
    Err err;

    assert_int_equal(read_text(text, strlen(text), &err), ERR_OK);
    assert_string_equal(values[0].text, "tcp://edu.example:7411");
    snprintf(origin, sizeof origin, "%s:3", path);
    assert_string_equal(values[0].origin, origin);
    assert_string_equal(values[1].origin, "default");
    assert_string_equal(values[2].text, "/etc/shans/ca.pem");
    snprintf(origin, sizeof origin, "%s:6", path);
    assert_string_equal(values[2].origin, origin);
}

static void environment_overrides_the_file(void **state)
{
    (void)state;
    Err err;

    assert_int_equal(read_text("server=a\nlanguage=ru\n", 21, &err), ERR_OK);
    setenv("SHANS_TEST_SERVER", "b", 1);
    setenv("SHANS_TEST_LANGUAGE", "", 1); /* empty is as unset */
    conf_environment(keys, KEY_COUNT, values);
    assert_string_equal(values[0].text, "b");
    assert_string_equal(values[0].origin, "environment");
    assert_string_equal(values[1].text, "ru");
}

static void missing_file_is_fine(void **state)
{
    (void)state;
    Err err;

    assert_int_equal(conf_file(keys, KEY_COUNT, "/tmp/shans-no-such-file", arena, values, &err), ERR_OK);
    assert_int_equal(conf_file(keys, KEY_COUNT, "/dev/null/below", arena, values, &err), ERR_OK);
    assert_string_equal(values[0].origin, "default");
}

static void unknown_key_names_file_and_line(void **state)
{
    (void)state;
    Err err;

    assert_int_equal(read_text("server=a\nservr=b\nlanguage=ru\n", 29, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "CONF_UNKNOWN_KEY_NEAR");
    assert_string_equal(err_arg_get(&err, "near"), "server");
    assert_string_equal(err_arg_get(&err, "file"), path);
    assert_string_equal(err_arg_get(&err, "line"), "2");
    assert_string_equal(err_arg_get(&err, "key"), "servr");
    assert_int_equal(read_text("[other]\nserver=a\n", 17, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "CONF_UNKNOWN_KEY");
    assert_string_equal(err_arg_get(&err, "key"), "other.server");
}

static void indentation_never_continues_a_value(void **state)
{
    (void)state;
    Err err;

    assert_int_equal(read_text("server = a\n\tlanguage = en\n", 26, &err), ERR_OK);
    assert_string_equal(values[0].text, "a");
    assert_string_equal(values[1].text, "en");
}

static void bad_lines_are_refused(void **state)
{
    (void)state;
    char longest[400];
    Err err;

    assert_int_equal(read_text("server=a\nno assignment\n", 23, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "CONF_SYNTAX");
    assert_string_equal(err_arg_get(&err, "line"), "2");
    assert_int_equal(read_text("[tls\nca=x\n", 10, &err), ERR_INVALID_ARGUMENT);
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "\nserver=", 8);
    assert_int_equal(read_text(longest, sizeof longest, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "CONF_SYNTAX");
    assert_string_equal(err_arg_get(&err, "line"), "2");
}

static void hostile_bytes_do_no_harm(void **state)
{
    (void)state;
    static const char *const texts[] = {"\0\0\0", "server=\0x\n", "\xFF\xFE\x00s", "=\n", "[]\n=x\n", "]\n"};
    static const size_t sizes[] = {3, 10, 4, 2, 6, 2};
    Err err;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        err.code = ERR_OK;
        ErrCode code = read_text(texts[i], sizes[i], &err);
        assert_true(code == ERR_OK || code == ERR_INVALID_ARGUMENT);
    }
}

static void no_memory_is_reported(void **state)
{
    (void)state;
    Err err;

    for (size_t n = 1; n <= 2; n++) {
        arena_fail_nth(arena, n);
        assert_int_equal(read_text("server=a\n", 9, &err), ERR_RESOURCE_EXHAUSTED);
        assert_string_equal(values[0].origin, "default");
    }
}

static void folder_is_no_file(void **state)
{
    (void)state;
    Err err;

    ErrCode code = conf_file(keys, KEY_COUNT, "/tmp", arena, values, &err);
    assert_int_equal(code, ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "CONF_UNREADABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_overrides_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(environment_overrides_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_file_is_fine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_key_names_file_and_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(indentation_never_continues_a_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_lines_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hostile_bytes_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory_is_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folder_is_no_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
