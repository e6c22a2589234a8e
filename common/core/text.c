/* Owns UTF-8 handling. Invariant: nothing here reads past the given length or the terminating NUL.
 * Must not depend on the process locale. */
#include "common/core/text.h"

#include <string.h>

/* Length of the well-formed UTF-8 character at bytes, 0 when malformed (Unicode 15, table 3-7). */
static size_t utf8_char(const uint8_t *bytes, size_t left, uint32_t *ret_point)
{
    static const struct {
        uint8_t mask, lead; /* pattern of the lead byte before 1, 2 and 3 further bytes */
    } rows[] = {{0xE0, 0xC0}, {0xF0, 0xE0}, {0xF8, 0xF0}};
    uint8_t first = bytes[0];

    if (first < 0x80) {
        *ret_point = first;
        return first == 0 ? 0 : 1;
    }
    for (size_t extra = 1; extra <= 3; extra++) {
        if ((first & rows[extra - 1].mask) != rows[extra - 1].lead)
            continue;
        if (left <= extra)
            return 0;
        uint32_t point = first & (uint32_t)(0x3F >> extra);
        for (size_t i = 1; i <= extra; i++) {
            if ((bytes[i] & 0xC0) != 0x80)
                return 0;
            point = point << 6 | (bytes[i] & 0x3F);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (point < least[extra] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
            return 0;
        *ret_point = point;
        return extra + 1;
    }
    return 0;
}

void text_copy(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size);

    if (length == size) { /* does not fit: cut, then step back to the start of a character */
        length = size - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(to, from, length);
    to[length] = '\0';
}

/* A NUL counts as malformed: protobuf strings are read as C strings, and it would hide the rest. */
bool text_utf8_check(const uint8_t *bytes, size_t length)
{
    size_t at = 0;

    while (at < length) {
        uint32_t point;
        size_t size = utf8_char(bytes + at, length - at, &point);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

uint32_t text_utf8_get(const char **cursor)
{
    const uint8_t *bytes = (const uint8_t *)*cursor;
    uint32_t point;
    size_t size = utf8_char(bytes, strnlen(*cursor, 4), &point);

    if (size == 0) {
        *cursor += 1;
        return 0xFFFD;
    }
    *cursor += size;
    return point;
}

/* The blocks that matter for names, tables and what people paste, and every mark that combines with a Latin,
 * Greek or Cyrillic letter: no full table of Unicode, which the C library has only for the locale set. */
static unsigned point_width(uint32_t point)
{
    static const struct {
        uint32_t first, last;
        unsigned width;
    } ranges[] = {
        {0x0300, 0x036F, 0}, {0x0483, 0x0489, 0}, {0x1100, 0x115F, 2}, {0x1AB0, 0x1ACE, 0},
        {0x1DC0, 0x1DFF, 0}, {0x200B, 0x200F, 0}, {0x2028, 0x202E, 0}, {0x2060, 0x2064, 0},
        {0x2066, 0x206F, 0}, {0x20D0, 0x20F0, 0}, {0x2DE0, 0x2DFF, 0}, {0x2E80, 0xA4CF, 2},
        {0xA66F, 0xA672, 0}, {0xA674, 0xA67D, 0}, {0xA69E, 0xA69F, 0}, {0xAC00, 0xD7A3, 2},
        {0xF900, 0xFAFF, 2}, {0xFE00, 0xFE0F, 0}, {0xFE20, 0xFE2F, 0}, {0xFE30, 0xFE6F, 2},
        {0xFEFF, 0xFEFF, 0}, {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1FAFF, 2},
    };

    if (point < ranges[0].first) /* nearly every character */
        return 1;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && point >= ranges[i].first; i++)
        if (point <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

size_t text_width(const char *text)
{
    size_t width = 0;

    while (*text != '\0')
        width += point_width(text_utf8_get(&text));
    return width;
}

bool text_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_is_code(const char *text)
{
    size_t length = strnlen(text, 64);

    if (length == 0 || length == 64)
        return false;
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

/* U+00A0 is what office programs put into cells; other spaces are left to the reader of the field. */
char *text_trim(char *text)
{
    for (;;) {
        if (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
            text++;
        else if ((unsigned char)text[0] == 0xC2 && (unsigned char)text[1] == 0xA0)
            text += 2;
        else
            break;
    }
    size_t end = strlen(text);
    while (end > 0) {
        char last = text[end - 1];
        if (last == ' ' || last == '\t' || last == '\r' || last == '\n')
            end--;
        else if (end >= 2 && (unsigned char)text[end - 2] == 0xC2 && (unsigned char)last == 0xA0)
            end -= 2;
        else
            break;
    }
    text[end] = '\0';
    return text;
}

unsigned text_distance(const char *a, const char *b)
{
    unsigned row[64]; /* one row of the table of prefixes; the diagonal is kept aside */
    size_t a_length = strnlen(a, 63), b_length = strnlen(b, 63);

    for (size_t j = 0; j <= b_length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned above = row[j];
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b_length];
}
