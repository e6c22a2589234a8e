/* Owns the writing of JSON. Invariant: with balanced calls the text is one valid JSON value.
 * Must not format numbers itself beyond whole ones: decimals arrive as text. */
#include "common/base/json.h"

#include <inttypes.h>

#include "common/core/text.h"

Json json_writer(Buf *buf, bool pretty)
{
    return (Json){.buf = buf, .pretty = pretty, .first = true};
}

/* A new line with its indentation, when pretty. */
static void break_line(Json *json)
{
    if (!json->pretty)
        return;
    buf_char(json->buf, '\n');
    for (int i = 0; i < json->depth; i++)
        buf_text(json->buf, "  ");
}

/* Writes a string; bytes that are not UTF-8 become U+FFFD so that the result is always valid JSON. */
static void write_string(Buf *buf, const char *text)
{
    buf_char(buf, '"');
    while (*text != '\0') {
        unsigned char c = (unsigned char)*text;
        const char *start = text;
        uint32_t point = text_utf8_get(&text);
        if (c == '"' || c == '\\')
            buf_printf(buf, "\\%c", c);
        else if (c == '\n')
            buf_text(buf, "\\n");
        else if (c == '\t')
            buf_text(buf, "\\t");
        else if (c == '\r')
            buf_text(buf, "\\r");
        else if (c < 0x20 || c == 0x7F)
            buf_printf(buf, "\\u%04x", c);
        else if (point == 0xFFFD)
            buf_text(buf, "\xEF\xBF\xBD");
        else
            buf_add(buf, start, (size_t)(text - start));
    }
    buf_char(buf, '"');
}

/* What stands before any value: comma, line break, key. */
static void begin_value(Json *json, const char *key)
{
    if (!json->first)
        buf_char(json->buf, ',');
    if (json->depth > 0)
        break_line(json);
    json->first = false;
    if (key != NULL) {
        write_string(json->buf, key);
        buf_text(json->buf, json->pretty ? ": " : ":");
    }
}

/* Objects and arrays differ in their brackets alone. */
static void open_group(Json *json, const char *key, char bracket)
{
    begin_value(json, key);
    buf_char(json->buf, bracket);
    json->depth++;
    json->first = true;
}

static void close_group(Json *json, char bracket)
{
    bool empty = json->first;

    json->depth--;
    if (!empty)
        break_line(json);
    buf_char(json->buf, bracket);
    json->first = false;
}

void json_object(Json *json, const char *key)
{
    open_group(json, key, '{');
}

void json_object_end(Json *json)
{
    close_group(json, '}');
}

void json_array(Json *json, const char *key)
{
    open_group(json, key, '[');
}

void json_array_end(Json *json)
{
    close_group(json, ']');
}

void json_text(Json *json, const char *key, const char *value)
{
    begin_value(json, key);
    if (value == NULL)
        buf_text(json->buf, "null");
    else
        write_string(json->buf, value);
}

void json_int(Json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    buf_printf(json->buf, "%" PRId64, value);
}

void json_bool(Json *json, const char *key, bool value)
{
    begin_value(json, key);
    buf_text(json->buf, value ? "true" : "false");
}

void json_raw(Json *json, const char *key, const char *number)
{
    begin_value(json, key);
    buf_text(json->buf, number != NULL ? number : "null");
}
