/* Owns reading and writing of scaled integers. Invariant: parse(dump(x)) == x at the same scale.
 * Must not depend on the locale. */
#include "common/core/decimal.h"

#include <string.h>

/* Skips one group separator; returns its length in bytes, 0 when there is none. */
static size_t group_space(const char *text)
{
    if (text[0] == ' ')
        return 1;
    if ((unsigned char)text[0] == 0xC2 && (unsigned char)text[1] == 0xA0)
        return 2;
    if ((unsigned char)text[0] == 0xE2 && (unsigned char)text[1] == 0x80 && (unsigned char)text[2] == 0xAF)
        return 3;
    return 0;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* False on overflow; the value is then of no use. */
static bool push_digit(int64_t *value, char c)
{
    return !__builtin_mul_overflow(*value, 10, value) && !__builtin_add_overflow(*value, c - '0', value);
}

DecimalFault decimal_parse(const char *text, int scale, int64_t *ret)
{
    int64_t value = 0;
    int after = -1; /* digits seen after the point; -1 before it */
    bool negative = false, any = false, fits = true;

    while (group_space(text) > 0)
        text += group_space(text);
    if (*text == '-' || *text == '+')
        negative = *text++ == '-';
    while (*text != '\0') {
        size_t space = group_space(text);
        if (space > 0) {
            text += space;
            if (!any)
                return DECIMAL_NOT_A_NUMBER;
        } else if ((*text == ',' || *text == '.') && after < 0 && any) {
            after = 0;
            text++;
        } else if (digit(*text)) {
            any = true;
            if (after >= 0 && ++after > scale) {
                /* "12,500" is as precise as "12,5" */
                if (*text != '0')
                    return DECIMAL_TOO_PRECISE;
                after--;
            } else {
                fits = fits && push_digit(&value, *text);
            }
            text++;
        } else {
            return DECIMAL_NOT_A_NUMBER;
        }
    }
    if (!any)
        return DECIMAL_NOT_A_NUMBER;
    for (int i = after < 0 ? 0 : after; i < scale; i++)
        fits = fits && push_digit(&value, '0');
    if (!fits)
        return DECIMAL_OUT_OF_RANGE;
    *ret = negative ? -value : value;
    return DECIMAL_FINE;
}

/* Writes the digits with the given point and group separator; from the right end of a scratch buffer. */
static void write_number(int64_t value, int scale, const char *point, const char *group, char *to)
{
    char scratch[DECIMAL_TEXT_SIZE];
    char *at = scratch + sizeof scratch - 1;
    /* The unsigned negation also holds for INT64_MIN. */
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t point_size = strlen(point), group_size = strlen(group);

    *at = '\0';
    for (int i = 0; i < scale; i++) {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (scale > 0) {
        at -= point_size;
        memcpy(at, point, point_size);
    }
    int written = 0;
    do {
        if (written > 0 && written % 3 == 0 && group_size > 0) {
            at -= group_size;
            memcpy(at, group, group_size);
        }
        *--at = (char)('0' + rest % 10);
        rest /= 10;
        written++;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    memcpy(to, at, strlen(at) + 1);
}

void decimal_dump(int64_t value, int scale, char *to)
{
    write_number(value, scale, ".", "", to);
}

void decimal_show(int64_t value, int scale, bool russian, char *to)
{
    write_number(value, scale, russian ? "," : ".", russian ? "\xC2\xA0" : ",", to);
}
