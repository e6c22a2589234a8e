/* Owns reading of configuration; the only user of inih. Invariant: every value has an origin.
 * Must not guess: an unknown key or a line that is no assignment is an error. */
#include "common/base/conf.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/text.h"

void conf_defaults(const ConfKey *keys, size_t count, ConfValue *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (ConfValue){keys[i].fallback, "default"};
}

/* One file being read: what inih hands through to both callbacks. */
typedef struct Reading {
    const ConfKey *keys;
    size_t count;
    const char *path;
    Arena *arena;
    ConfValue *values;
    Err *err;
    FILE *file;
    int line;
    bool too_long;
} Reading;

/* Sets the error with the file and the line the reader stands at; 0, as handlers of inih say it. */
static int fail(Reading *reading, const char *reason)
{
    err_set(reading->err, ERR_INVALID_ARGUMENT, reason);
    err_arg(reading->err, "file", "%s", reading->path);
    err_arg(reading->err, "line", "%d", reading->line);
    return 0;
}

/* inih's reader: one line without its indentation (so that a line never continues the one before). */
static char *read_line(char *to, int size, void *stream)
{
    Reading *reading = stream;
    int length = 0, c = 0;

    while (length < size - 1 && (c = getc(reading->file)) != EOF) {
        if (length == 0 && (c == ' ' || c == '\t'))
            continue;
        to[length++] = (char)c;
        if (c == '\n')
            break;
    }
    if (length == 0)
        return NULL;
    reading->line++;
    if (c != '\n' && c != EOF) {
        reading->too_long = true;
        return NULL;
    }
    to[length] = '\0';
    return to;
}

/* What was probably meant: at most a third of the letters differ; NULL: nothing is near. */
static const char *nearest_key(const Reading *reading, const char *key)
{
    const char *near = NULL;
    unsigned least = (unsigned)strlen(key) / 3 + 1;

    for (size_t i = 0; i < reading->count; i++) {
        unsigned distance = text_distance(reading->keys[i].name, key);
        if (distance < least) {
            least = distance;
            near = reading->keys[i].name;
        }
    }
    return near;
}

/* inih's handler: one assignment; 0 stops with an error. */
static int take_value(void *user, const char *section, const char *name, const char *value)
{
    Reading *reading = user;
    char key[128];

    if (reading->err->code != ERR_OK)
        return 0;
    snprintf(key, sizeof key, "%s%s%s", section, section[0] != '\0' ? "." : "", name);
    for (size_t i = 0; i < reading->count; i++) {
        if (!text_equal(reading->keys[i].name, key))
            continue;
        const char *text = arena_text(reading->arena, value);
        const char *origin = arena_printf(reading->arena, "%s:%d", reading->path, reading->line);
        if (text == NULL || origin == NULL) {
            err_memory(reading->err);
            return 0;
        }
        reading->values[i] = (ConfValue){text, origin};
        return 1;
    }
    const char *near = nearest_key(reading, key);
    fail(reading, near == NULL ? "CONF_UNKNOWN_KEY" : "CONF_UNKNOWN_KEY_NEAR");
    err_arg(reading->err, "key", "%s", key);
    if (near != NULL)
        err_arg(reading->err, "near", "%s", near);
    return 0;
}

ErrCode conf_file(const ConfKey *keys, size_t count, const char *path, Arena *arena, ConfValue *values,
                  Err *err)
{
    FILE *file = fopen(path, "re");

    if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
        return ERR_OK;
    if (file == NULL) {
        err_set(err, ERR_INVALID_ARGUMENT, "CONF_UNREADABLE");
        return err_arg(err, "file", "%s", path);
    }
    /* The handler is also called after an error; `found` keeps the first one. */
    Err found = {.code = ERR_OK};
    Reading reading = {keys, count, path, arena, values, &found, file, 0, false};
    int line = ini_parse_stream(read_line, &reading, take_value, &reading);
    if (found.code == ERR_OK && (line != 0 || reading.too_long)) {
        if (line > 0)
            reading.line = line;
        fail(&reading, "CONF_SYNTAX");
    }
    if (found.code == ERR_OK && ferror(file))
        fail(&reading, "CONF_UNREADABLE"); /* a folder opens, but does not read */
    fclose(file);
    if (found.code != ERR_OK)
        *err = found;
    return found.code;
}

void conf_environment(const ConfKey *keys, size_t count, ConfValue *values)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = keys[i].env != NULL && keys[i].env[0] != '\0' ? getenv(keys[i].env) : NULL;
        if (text != NULL && text[0] != '\0')
            values[i] = (ConfValue){text, "environment"};
    }
}
