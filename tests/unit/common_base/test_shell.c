/* Completion scripts: each shell has one, it names its program and a function the shell can have, and asks.
 * What the shells make of them is tried with the shells themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/shell.h"

static Buf buf;

static int set_up(void **state)
{
    (void)state;
    buf_init(&buf, 1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&buf);
    return 0;
}

static void each_shell_has_a_script(void **state)
{
    static const struct {
        const char *shell, *registers;
    } rows[] = {
        {"bash", "\ncomplete -F _shans_server shans-server\n"},
        {"zsh", "compdef _shans_server shans-server; fi\n"},
        {"fish", "\ncomplete -c shans-server -f -a '(__shans_server_words)'\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&buf);
        assert_true(shell_script(rows[i].shell, "shans-server", &buf));
        assert_non_null(strstr(buf.data, rows[i].registers));
        assert_non_null(strstr(buf.data, "completion words -- "));
        assert_non_null(strstr(buf.data, SHELL_FILES));
        assert_non_null(strstr(buf.data, SHELL_FOLDERS));
        assert_null(strchr(buf.data, '\001')); /* no mark is left */
        assert_null(strchr(buf.data, '\002'));
        assert_null(strstr(buf.data, "shans-server()")); /* a hyphen is no letter of a function's name */
    }
}

static void programs_do_not_mix(void **state)
{
    (void)state;
    assert_true(shell_script("bash", "shans", &buf));
    assert_null(strstr(buf.data, "server"));
    assert_non_null(strstr(buf.data, "complete -F _shans shans\n"));
}

static void unknown_shells_are_told_of(void **state)
{
    (void)state;
    assert_false(shell_script("tcsh", "shans", &buf));
    assert_false(shell_script("", "shans", &buf));
    assert_int_equal(buf.length, 0);
}

static void memory_that_runs_out_is_seen(void **state)
{
    Buf small;

    (void)state;
    buf_init(&small, 100);
    assert_true(shell_script("bash", "shans", &small));
    assert_true(small.failed);
    buf_done(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_shell_has_a_script, set_up, tear_down),
        cmocka_unit_test_setup_teardown(programs_do_not_mix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_shells_are_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_is_seen, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
