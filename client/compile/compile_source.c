/* Owns the messages about YAML sources. Invariant: a fault always names the file. Must not read files. */
#include "client/compile/compile_source.h"

#include <string.h>

#include "common/core/decimal.h"
#include "common/core/text.h"

/* True for what can follow a plain or quoted value. */
static bool value_ends(char c)
{
    return strchr(" \t\r\n,}]\"'", c) != NULL;
}

/* True when "key: value" stands at this place of the text, quoted or not; value NULL: any. */
static bool matches(const char *at, size_t left, const char *key, const char *value)
{
    size_t key_size = strlen(key), value_size = value == NULL ? 0 : strlen(value);

    if (left <= key_size || memcmp(at, key, key_size) != 0 || at[key_size] != ':')
        return false;
    if (value == NULL)
        return true;
    at += key_size + 1;
    left -= key_size + 1;
    while (left > 0 && (*at == ' ' || *at == '"' || *at == '\'')) {
        at++;
        left--;
    }
    if (left < value_size || memcmp(at, value, value_size) != 0)
        return false;
    return left == value_size || value_ends(at[value_size]);
}

/* The YAML library does not tell lines of what it has read, so the text is searched: good enough for a
 * message, and "?" where a key is written in an unusual way. Line of the n-th "key: value" from that line on,
 * 0 when it is not found. */
static unsigned find_line(const CompileSource *source, const char *key, const char *value, unsigned n,
                          unsigned from)
{
    unsigned line = 1;

    for (size_t i = 0; i < source->size; i++) {
        if (source->text[i] == '\n')
            line++;
        bool begins = i == 0 || strchr(" {\n,", source->text[i - 1]) != NULL;
        if (line >= from && begins && matches(source->text + i, source->size - i, key, value) && --n == 0)
            return line;
    }
    return 0;
}

unsigned compile_key_line(const CompileSource *source, const char *key, unsigned from)
{
    return find_line(source, key, NULL, 1, from);
}

ErrCode compile_fault(const CompileSource *source, const char *reason, const char *key, const char *value,
                      unsigned n)
{
    unsigned line = find_line(source, key, value, n, 1);

    err_set(source->err, ERR_INVALID_ARGUMENT, reason);
    err_arg(source->err, "file", "%s", source->name);
    if (line == 0)
        err_arg(source->err, "line", "?");
    else
        err_arg(source->err, "line", "%u", line);
    err_arg(source->err, "key", "%s", key);
    return err_arg(source->err, "value", "%s", value);
}

ErrCode compile_check_code(const CompileSource *source, const char *code)
{
    return text_is_code(code) ? ERR_OK : compile_fault(source, "DEF_BAD_CODE", "code", code, 1);
}

ErrCode compile_word(const CompileSource *source, const char *key, const char *word, const char *const *names,
                     int fallback, int *ret)
{
    char allowed[160] = "";

    if (word == NULL) {
        *ret = fallback;
        return ERR_OK;
    }
    for (int i = 0; names[i] != NULL; i++) {
        size_t used = strlen(allowed);
        if (text_equal(names[i], word)) {
            *ret = i + 1;
            return ERR_OK;
        }
        if (i > 0)
            text_copy(allowed + used, sizeof allowed - used, ", ");
        used = strlen(allowed);
        text_copy(allowed + used, sizeof allowed - used, names[i]);
    }
    compile_fault(source, "DEF_BAD_VALUE", key, word, 1);
    return err_arg(source->err, "allowed", "%s", allowed);
}

ErrCode compile_decimal(const CompileSource *source, const char *key, const char *text, int scale,
                        int64_t *ret)
{
    if (decimal_parse(text, scale, ret) == DECIMAL_FINE)
        return ERR_OK;
    compile_fault(source, "DEF_BAD_VALUE", key, text, 1);
    return err_arg(source->err, "allowed", "a number with at most %d digits after the point", scale);
}

const char *compile_text(const char *text)
{
    return text == NULL ? "" : text;
}
