/* Owns the log on stderr. Invariant: one event is one line, written by one write(2), so that lines of
 * threads and processes never mix; the JSON form is made from the other one, so that both say the same. Must
 * not carry personal data or secrets: callers give codes and ids. */
#include "common/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/json.h"

/* A JSON line may be six times as long: every byte may need an escape. */
enum { LINE_SIZE = 4096, JSON_SIZE = 8 * LINE_SIZE };

/* The mutable globals of the common layers; read and written atomically. */
static int level_now = LOG_INFO, form_now = LOG_LOGFMT;

/* A line under construction, on the caller's stack. */
typedef struct Line {
    char text[LINE_SIZE];
    size_t length;
} Line;

void log_set_level(LogLevel level)
{
    __atomic_store_n(&level_now, (int)level, __ATOMIC_RELAXED);
}

void log_set_form(LogForm form)
{
    __atomic_store_n(&form_now, (int)form, __ATOMIC_RELAXED);
}

static bool wanted(LogLevel level)
{
    return level < LOG_OFF && (int)level >= __atomic_load_n(&level_now, __ATOMIC_RELAXED);
}

/* Appends what fits; one byte stays free for the line's end. */
static void line_list(Line *line, const char *format, va_list list) __attribute__((format(printf, 2, 0)));
static void line_list(Line *line, const char *format, va_list list)
{
    size_t room = LINE_SIZE - 1 - line->length;
    int length = vsnprintf(line->text + line->length, room, format, list);

    if (length > 0)
        line->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void line_add(Line *line, const char *format, ...) PRINTF_LIKE(2, 3);
static void line_add(Line *line, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    line_list(line, format, list);
    va_end(list);
}

static void line_begin(Line *line, LogLevel level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    char time[CLOCK_TEXT_SIZE];

    line->length = 0;
    clock_dump_iso(clock_system.now_ms(&clock_system), time);
    line_add(line, "ts=%s level=%s event=%s", time, names[level], event);
}

/* A quoted value: quote and backslash are escaped, control characters are replaced by line_write. */
static void line_quoted(Line *line, const char *key, const char *value)
{
    line_add(line, " arg.%s=\"", key);
    for (; *value != '\0'; value++)
        line_add(line, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
    line_add(line, "\"");
}

/* Takes one pair off the line, in place: "key=value" or "key=\"value\"" with escapes. A line that was cut
 * ends wherever it ends. False: no more. */
static bool take_pair(char **cursor, char **ret_key, char **ret_value)
{
    char *at = *cursor, *to;

    while (*at == ' ')
        at++;
    *ret_key = at;
    while (*at != '\0' && *at != '=' && *at != ' ')
        at++;
    if (*at != '=' || at == *ret_key)
        return false;
    *at++ = '\0';
    bool quoted = *at == '"';
    at += quoted;
    *ret_value = to = at;
    while (*at != '\0' && *at != (quoted ? '"' : ' ')) {
        at += quoted && *at == '\\' && at[1] != '\0';
        *to++ = *at++;
    }
    *cursor = at + (*at != '\0');
    *to = '\0';
    return true;
}

/* The same line as a JSON object; false when there is no memory for it. */
static bool write_json(Line *line)
{
    char *cursor = line->text, *key, *value;
    Buf buf;

    line->text[line->length] = '\0';
    buf_init(&buf, JSON_SIZE);
    Json json = json_writer(&buf, false);
    json_object(&json, NULL);
    while (take_pair(&cursor, &key, &value))
        json_text(&json, key, value);
    json_object_end(&json);
    buf_char(&buf, '\n');
    bool whole = !buf.failed && write(STDERR_FILENO, buf.data, buf.length) > 0;
    buf_done(&buf);
    return whole;
}

/* Forging is prevented here, for events and errors alike: no control character leaves this file. */
static void line_write(Line *line)
{
    for (size_t i = 0; i < line->length; i++) {
        unsigned char c = (unsigned char)line->text[i];
        if (c < 0x20 || c == 0x7F)
            line->text[i] = ' ';
    }
    if (__atomic_load_n(&form_now, __ATOMIC_RELAXED) == LOG_JSON && write_json(line))
        return;
    line->text[line->length++] = '\n';
    if (write(STDERR_FILENO, line->text, line->length) < 0)
        return; /* nowhere to complain to */
}

void log_event(LogLevel level, const char *event, const char *format, ...)
{
    Line line;
    va_list list;

    if (!wanted(level))
        return;
    line_begin(&line, level, event);
    if (format[0] != '\0')
        line_add(&line, " ");
    va_start(list, format);
    line_list(&line, format, list);
    va_end(list);
    line_write(&line);
}

void log_err(LogLevel level, const char *event, const Err *err)
{
    Line line;

    if (!wanted(level))
        return;
    line_begin(&line, level, event);
    line_add(&line, " code=%s reason=%s", err_code_name(err->code), err->reason);
    for (size_t i = 0; i < err->arg_count; i++)
        line_quoted(&line, err->args[i].key, err->args[i].value);
    line_write(&line);
}
