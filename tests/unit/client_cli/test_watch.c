/* Progress and interruption: nothing before half a second, one line, gone before anything else is written;
 * Ctrl-C says what was kept and leaves no half-written file. */
#include "tests/unit/client_cli/fake.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/text.h"

static Clock now;
static Watch *watch;
static char *text;
static size_t size;
static FILE *err;

static int set_up(void **state)
{
    now = clock_fixed(1000);
    err = open_memstream(&text, &size);
    watch = watch_new(err, &now);
    return fake_setup(state) != 0 || watch == NULL;
}

static int tear_down(void **state)
{
    watch_free(watch);
    fclose(err);
    free(text);
    return fake_teardown(state);
}

/* What is on the terminal's line now. */
static const char *line(void)
{
    fflush(err);
    const char *at = strrchr(text, '\r');
    return at == NULL ? "" : at + 1;
}

static void test_only_after_half_a_second(void **state)
{
    (void)state;
    watch_show(watch);
    watch_progress(watch, "Sending", 1, 40);
    watch_tick(watch);
    now.fixed_ms += 499;
    watch_tick(watch);
    assert_string_equal(line(), "");
    now.fixed_ms += 1;
    watch_tick(watch);
    assert_string_equal(line(), "Sending 1/40\033[K");
    watch_progress(watch, "Sending", 2, 40);
    watch_tick(watch);
    assert_string_equal(line(), "Sending 2/40\033[K");
    watch_progress(watch, "The server is calculating", 0, 0);
    now.fixed_ms += 2000;
    watch_tick(watch);
    assert_string_equal(line(), "The server is calculating, 2 s\033[K");
}

static void test_never_unless_shown(void **state)
{
    (void)state;
    watch_progress(watch, "Sending", 1, 40);
    now.fixed_ms += 5000;
    watch_tick(watch);
    assert_string_equal(line(), "");
    watch_show(watch);
    watch_progress(watch, "", 0, 0); /* nothing to tell */
    watch_tick(watch);
    assert_string_equal(line(), "");
    watch_progress(watch, "Sending", 1, 40);
    watch_hold(watch, true); /* the screen is the pager's */
    watch_tick(watch);
    assert_string_equal(line(), "");
    watch_hold(watch, false);
    watch_tick(watch);
    assert_has(line(), "Sending");
}

static void test_gone_before_anything_else(void **state)
{
    (void)state;
    watch_show(watch);
    watch_clear(watch);
    assert_string_equal(line(), ""); /* nothing to take off */
    watch_progress(watch, "Sending", 1, 40);
    now.fixed_ms += 600;
    watch_tick(watch);
    watch_clear(watch);
    assert_string_equal(line(), "\033[K");
    watch_tick(watch); /* what comes next says anew what it does */
    assert_string_equal(line(), "\033[K");
}

/* A wait within a longer work does not take its place. */
static void test_wait(void **state)
{
    (void)state;
    watch_show(watch);
    now.fixed_ms += 600;
    watch_wait(watch, "Waiting for the server");
    watch_tick(watch);
    assert_has(line(), "Waiting for the server, 0 s");
    watch_progress(watch, "Sending", 3, 9);
    watch_wait(watch, "Waiting for the server");
    watch_tick(watch);
    assert_string_equal(line(), "Sending 3/9\033[K");
}

/* A line that wrapped could not be erased; a character is never halved. */
static void test_long_labels_are_cut(void **state)
{
    char label[400];

    (void)state;
    watch_show(watch);
    now.fixed_ms += 600;
    for (size_t shift = 0; shift < 3; shift++) {
        memset(label, 'x', shift);
        for (size_t i = 0; i < 100; i++)
            memcpy(label + shift + 2 * i, "\xD1\x8F", 2);
        label[shift + 200] = '\0';
        watch_progress(watch, label, 0, 0);
        watch_tick(watch);
        char shown[400];
        text_copy(shown, sizeof shown, line());
        shown[strcspn(shown, "\033")] = '\0';
        assert_true(text_width(shown) <= 78);
        assert_true(text_utf8_check((const uint8_t *)shown, strlen(shown)));
    }
}

static void test_null_is_nothing(void **state)
{
    (void)state;
    watch_free(NULL);
    watch_start(NULL);
    watch_show(NULL);
    watch_progress(NULL, "x", 0, 0);
    watch_wait(NULL, "x");
    watch_clear(NULL);
    watch_note(NULL, "x");
    watch_file(NULL, "x");
    watch_hold(NULL, true);
    watch_tick(NULL);
}

/* A child that works for ever; what it writes and how it ends. held: a pager has the screen at first. */
static int interrupt(int number, bool held, const char *file, char *said, size_t room)
{
    int ends[2], status = 0;
    char ready;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        FILE *out = fdopen(ends[1], "w");
        Watch *own = watch_new(out, &clock_system);
        alarm(20);
        watch_start(own);
        watch_note(own, "Interrupted. 3 forms are kept.");
        watch_file(own, file);
        watch_hold(own, held);
        fputc('.', out); /* the signal may come */
        fflush(out);
        clock_system.sleep_ms(&clock_system, 300);
        watch_hold(own, false);
        fputc('-', out);
        fflush(out);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &ready, 1), 1);
    kill(child, number);
    FILE *in = fdopen(ends[0], "r");
    if (held) { /* it goes on, and ends at the next one */
        assert_int_equal(fgetc(in), '-');
        kill(child, number);
    }
    size_t got = fread(said, 1, room - 1, in);
    said[got] = '\0';
    fclose(in);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_interruption(void **state)
{
    char path[200], said[400];

    (void)state;
    snprintf(path, sizeof path, "%s/half", fake.dir);
    fake_file("half", "half of it");
    assert_int_equal(interrupt(SIGINT, false, path, said, sizeof said), 130);
    assert_string_equal(said, "\nInterrupted. 3 forms are kept.\n");
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(interrupt(SIGTERM, false, NULL, said, sizeof said), 130);
    assert_has(said, "3 forms are kept.");
    assert_int_equal(interrupt(SIGINT, true, NULL, said, sizeof said), 130);
    assert_has(said, "3 forms are kept.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_after_half_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_unless_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gone_before_anything_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_labels_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_null_is_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interruption, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
