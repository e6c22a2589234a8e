/* Log: one line per event, levels, quoting, threads; stderr is caught in a pipe. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/log.h"

enum { CAUGHT_SIZE = 60000 };

static int saved, pipe_ends[2];

static void catch_begin(void)
{
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(pipe_ends), 0);
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[1]);
}

static void catch_end(char *to)
{
    size_t length = 0;

    dup2(saved, STDERR_FILENO); /* closes the last writing end */
    close(saved);
    for (;;) {
        ssize_t got = read(pipe_ends[0], to + length, CAUGHT_SIZE - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(pipe_ends[0]);
    to[length] = '\0';
}

/* The line behind its time stamp, which no test fixes. */
static const char *after_time(const char *line)
{
    assert_memory_equal(line, "ts=20", 5);
    assert_memory_equal(line + 26, "Z level=", 8);
    return line + 28;
}

static void event_line(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];

    catch_begin();
    log_event(LOG_INFO, "migrate", "version=%d file=%s", 3, "0003.sql");
    catch_end(text);
    assert_string_equal(after_time(text), "level=info event=migrate version=3 file=0003.sql\n");
    catch_begin();
    log_event(LOG_WARNING, "stop", "%s", "");
    catch_end(text);
    assert_string_equal(after_time(text), "level=warning event=stop \n");
}

static void error_line_quotes_arguments(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];
    Err err;

    err_set(&err, ERR_NOT_FOUND, "SCHOOL_UNKNOWN");
    err_arg(&err, "school", "%s", "a \"b\" \\ c\nevent=forged");
    err_arg(&err, "n", "%d", 5);
    catch_begin();
    log_err(LOG_ERROR, "rpc", &err);
    catch_end(text);
    assert_string_equal(after_time(text), "level=error event=rpc code=NOT_FOUND reason=SCHOOL_UNKNOWN "
                                          "arg.school=\"a \\\"b\\\" \\\\ c event=forged\" arg.n=\"5\"\n");
}

static void control_characters_never_break_a_line(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];

    catch_begin();
    log_event(LOG_INFO, "x", "v=%s", "a\r\nb\x1B[31mc\x7F");
    catch_end(text);
    assert_string_equal(after_time(text), "level=info event=x v=a  b [31mc \n");
}

static void levels_filter(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];
    Err err;

    err_set(&err, ERR_INTERNAL, "X");
    catch_begin();
    log_event(LOG_DEBUG, "hidden", "a=1"); /* the default level is info */
    log_set_level(LOG_ERROR);
    log_event(LOG_WARNING, "hidden", "a=1");
    log_err(LOG_WARNING, "hidden", &err);
    log_set_level(LOG_OFF);
    log_event(LOG_ERROR, "hidden", "a=1");
    log_event(LOG_OFF, "hidden", "a=1");
    log_set_level(LOG_DEBUG);
    log_event(LOG_DEBUG, "seen", "a=1");
    log_set_level(LOG_INFO);
    catch_end(text);
    assert_null(strstr(text, "hidden"));
    assert_string_equal(after_time(text), "level=debug event=seen a=1\n");
}

static void long_lines_are_cut_to_one(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];

    catch_begin();
    log_event(LOG_INFO, "x", "v=%09000d", 1);
    catch_end(text);
    size_t length = strlen(text);
    assert_in_range(length, 4000, 4096);
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
}

static void *write_lines(void *context)
{
    for (int i = 0; i < 50; i++)
        log_event(LOG_INFO, "thread", "name=%s text=%0100d", (const char *)context, i);
    return NULL;
}

static void threads_do_not_mix(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];
    pthread_t threads[4];
    static char names[4][2] = {"a", "b", "c", "d"};

    catch_begin();
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, write_lines, names[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    catch_end(text);
    int lines = 0;
    for (char *line = text; *line != '\0'; lines++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        assert_memory_equal(line, "ts=20", 5);
        assert_int_equal(end - line, 28 + strlen("level=info event=thread name=a text=") + 100);
        line = end + 1;
    }
    assert_int_equal(lines, 200);
}

/* The JSON form says what the other one says, whatever stands in the values. */
static void json_lines(void **state)
{
    (void)state;
    static char text[CAUGHT_SIZE];
    static char much[8000];
    Err err;

    log_set_form(LOG_JSON);
    err_set(&err, ERR_NOT_FOUND, "SCHOOL_UNKNOWN");
    err_arg(&err, "school", "%s", "школа \"b\" \\ c\nevent=forged}");
    catch_begin();
    log_err(LOG_ERROR, "rpc", &err);
    catch_end(text);
    assert_memory_equal(text, "{\"ts\":\"20", 9);
    assert_string_equal(
        strstr(text, ",\"level\""),
        ",\"level\":\"error\",\"event\":\"rpc\",\"code\":\"NOT_FOUND\",\"reason\":\"SCHOOL_UNKNOWN\","
        "\"arg.school\":\"школа \\\"b\\\" \\\\ c event=forged}\"}\n");
    catch_begin();
    log_event(LOG_INFO, "stop", "n=%d text=\"%s\" empty= last=x", 5, "a=b c");
    catch_end(text);
    assert_string_equal(
        strstr(text, ",\"event\""),
        ",\"event\":\"stop\",\"n\":\"5\",\"text\":\"a=b c\",\"empty\":\"\",\"last\":\"x\"}\n");
    catch_begin();
    log_event(LOG_INFO, "bare", "%s", "words without a sign");
    catch_end(text);
    assert_string_equal(strstr(text, ",\"event\""), ",\"event\":\"bare\"}\n");
    /* cut in the middle of a letter and of a quoted value: still one object */
    for (size_t i = 0; i + 2 < sizeof much; i += 2)
        memcpy(much + i, "я", 2);
    catch_begin();
    log_event(LOG_INFO, "long", "text=\"x%s\"", much);
    catch_end(text);
    assert_true(strlen(text) > 4000);
    assert_string_equal(text + strlen(text) - 3, "\"}\n");
    log_set_form(LOG_LOGFMT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines),
        cmocka_unit_test(event_line),
        cmocka_unit_test(error_line_quotes_arguments),
        cmocka_unit_test(control_characters_never_break_a_line),
        cmocka_unit_test(levels_filter),
        cmocka_unit_test(long_lines_are_cut_to_one),
        cmocka_unit_test(threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
