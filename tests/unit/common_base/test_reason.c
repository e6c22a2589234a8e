/* Reasons: sentences in both languages, arguments, unknown reasons; and the whole embedded table. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/reason.h"
#include "common/core/embed.h"
#include "common/core/text.h"

static void assert_shown(const Err *err, bool russian, const char *want)
{
    Buf buf;

    buf_init(&buf, 10000);
    reason_show(err, russian, &buf);
    assert_string_equal(buf.data, want);
    buf_done(&buf);
}

static void arguments_are_put_in(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_INVALID_ARGUMENT, "CONF_UNKNOWN_KEY");
    err_arg(&err, "file", "/etc/shans.conf");
    err_arg(&err, "line", "%d", 3);
    err_arg(&err, "key", "servr");
    assert_shown(
        &err, false,
        "/etc/shans.conf, line 3: there is no setting “servr”. Correct its name or delete the line.");
    assert_shown(&err, true,
                 "/etc/shans.conf, строка 3: параметра «servr» нет. Исправьте его имя или удалите строку.");
}

static void missing_argument_is_a_question_mark(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_INVALID_ARGUMENT, "CONF_UNREADABLE");
    assert_shown(&err, false, "The configuration file ? cannot be read. Check its permissions.");
}

static void control_characters_are_replaced(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_INVALID_ARGUMENT, "CONF_UNREADABLE");
    err_arg(&err, "file", "%s", "a\x1B[2Jb\nc\x7F{line}\xC2\x9Bж");
    assert_shown(&err, false,
                 "The configuration file a [2Jb c {line} ж cannot be read. Check its permissions.");
}

static void unknown_reason_shows_itself(void **state)
{
    (void)state;
    Err err;

    err_set(&err, ERR_NOT_FOUND, "FROM_A_NEWER_SERVER");
    assert_shown(&err, true, "FROM_A_NEWER_SERVER (NOT_FOUND)");
    err_arg(&err, "school", "%s", "26\x07");
    assert_shown(&err, false, "FROM_A_NEWER_SERVER (NOT_FOUND, school = 26 )");
    err_set(&err, ERR_UNAVAILABLE, "");
    assert_shown(&err, false, "UNAVAILABLE (UNAVAILABLE)");
    err_set(&err, ERR_UNAVAILABLE, "CONF_"); /* the beginning of a row is not the row */
    assert_shown(&err, false, "CONF_ (UNAVAILABLE)");
}

/* The names in braces, in order of the alphabet, joined: both languages must use the same. */
static void placeholders(const char *sentence, size_t length, char *to, size_t size)
{
    char seen[8][24];
    size_t count = 0;

    for (size_t at = 0; at < length; at++) {
        if (sentence[at] != '{')
            continue;
        size_t end = at;
        while (end < length && sentence[end] != '}')
            end++;
        assert_true(end < length); /* a brace is closed */
        char name[24] = "";
        assert_true(end - at - 1 < sizeof name);
        memcpy(name, sentence + at + 1, end - at - 1);
        assert_true(text_is_code(name));
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || strcmp(seen[i], name) == 0;
        if (!known) {
            assert_true(count < 8);
            memcpy(seen[count++], name, sizeof name);
        }
    }
    qsort(seen, count, sizeof seen[0], (int (*)(const void *, const void *))strcmp);
    to[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(to);
        text_copy(to + used, size - used, seen[i]);
        used = strlen(to);
        text_copy(to + used, size - used, " ");
    }
}

static void check_row(const char *line, size_t length)
{
    const char *columns[5] = {line}, *end = line + length;
    size_t count = 1;

    for (const char *at = line; at < end; at++) {
        if (*at == '\t') {
            assert_true(count < 4);
            columns[count++] = at + 1;
        }
    }
    if (count != 4)
        fail_msg("a row without four columns: %.*s", (int)length, line);
    columns[4] = end + 1;
    size_t lengths[4];
    for (int i = 0; i < 4; i++) {
        lengths[i] = (size_t)(columns[i + 1] - columns[i]) - 1;
        assert_true(lengths[i] > 0);
    }
    assert_true(lengths[0] < sizeof((Err *)0)->reason);
    char code[40] = "", en[200], ru[200];
    assert_true(lengths[1] < sizeof code);
    memcpy(code, columns[1], lengths[1]);
    bool known = false;
    for (int i = 1; i < ERR_CODE_COUNT; i++)
        known = known || strcmp(code, err_code_name((ErrCode)i)) == 0;
    if (!known)
        fail_msg("%.*s: %s is no status code", (int)lengths[0], line, code);
    placeholders(columns[2], lengths[2], en, sizeof en);
    placeholders(columns[3], lengths[3], ru, sizeof ru);
    if (strcmp(en, ru) != 0)
        fail_msg("%.*s: the languages use other arguments: %s / %s", (int)lengths[0], line, en, ru);
}

static void every_embedded_row_is_whole(void **state)
{
    (void)state;
    size_t rows = 0;

    for (size_t i = 0; i < reason_files_count; i++) {
        const char *at = (const char *)reason_files[i].data, *end = at + reason_files[i].size;
        assert_true(text_utf8_check(reason_files[i].data, reason_files[i].size));
        while (at < end) {
            const char *stop = memchr(at, '\n', (size_t)(end - at));
            if (stop == NULL)
                stop = end;
            if (stop > at && *at != '#') {
                check_row(at, (size_t)(stop - at));
                rows++;
            }
            at = stop + 1;
        }
    }
    assert_true(rows >= 5);
}

static void *show_often(void *context)
{
    (void)context;
    for (int i = 0; i < 200; i++) {
        Err err;
        Buf buf;
        err_memory(&err);
        buf_init(&buf, 1000);
        reason_show(&err, i % 2 == 0, &buf);
        if (buf.failed || buf.length < 50)
            return (void *)1;
        buf_done(&buf);
    }
    return NULL;
}

static void threads_share_the_table(void **state)
{
    (void)state;
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, show_often, NULL);
    for (int i = 0; i < 4; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_the_table), /* first, so that they also load it together */
        cmocka_unit_test(arguments_are_put_in),
        cmocka_unit_test(missing_argument_is_a_question_mark),
        cmocka_unit_test(control_characters_are_replaced),
        cmocka_unit_test(unknown_reason_shows_itself),
        cmocka_unit_test(every_embedded_row_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
