/* Owns the canonical form of texts that look alike. Invariant: the form of a form is itself.
 * Must not be stored or shown: it serves comparison only. */
#include "common/core/alike.h"

#include "common/core/text.h"

/* Twins after upper-casing: what is typed or scanned instead of the Cyrillic letter. */
static const struct {
    uint32_t from;
    const char *to;
} twins[] = {
    {'A', "А"},   {'B', "В"},     {'C', "С"},    {'E', "Е"},     {'H', "Н"},      {'I', "І"},   {'K', "К"},
    {'M', "М"},   {'O', "О"},     {'P', "Р"},    {'T', "Т"},     {'X', "Х"},      {'Y', "У"},   {0x391, "А"},
    {0x392, "В"}, {0x395, "Е"},   {0x397, "Н"},  {0x399, "І"},   {0x39A, "К"},    {0x39C, "М"}, {0x39D, "N"},
    {0x39F, "О"}, {0x3A0, "П"},   {0x3A1, "Р"},  {0x3A4, "Т"},   {0x3A5, "У"},    {0x3A7, "Х"}, {0x393, "Г"},
    {0x401, "Е"}, {0x428, "ІІІ"}, {0x2160, "І"}, {0x2161, "ІІ"}, {0x2162, "ІІІ"},
};

/* Latin, Greek and Cyrillic letters; anything else stays. */
static uint32_t upper(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 0x430 && c <= 0x44F) || (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2))
        return c - 0x20;
    return c >= 0x450 && c <= 0x45F ? c - 0x50 : c;
}

/* What separates or decorates, and is written in many ways. */
static bool is_skipped(uint32_t c)
{
    return c <= ' ' || c == '"' || c == '\'' || c == '-' || c == '_' || c == 0xA0 || c == 0xAB || c == 0xBB ||
           c == 0xAD || (c >= 0x2000 && c <= 0x206F) || c == 0x2116 || c == 0xFEFF;
}

static const char *twin_of(uint32_t c)
{
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++)
        if (twins[i].from == c)
            return twins[i].to;
    return NULL;
}

/* One or two bytes are enough for the letters kept; others are copied as they stand. */
static size_t encode(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = '?';
    return 1;
}

void alike_fold(const char *text, char *to, size_t size)
{
    size_t used = 0;

    while (*text != '\0') {
        char own[4] = "";
        uint32_t c = upper(text_utf8_get(&text));
        if (is_skipped(c))
            continue;
        const char *add = twin_of(c);
        if (add == NULL) {
            own[encode(c, own)] = '\0';
            add = own;
        }
        size_t length = 0;
        while (add[length] != '\0')
            length++;
        if (used + length >= size)
            break;
        for (size_t i = 0; i < length; i++)
            to[used++] = add[i];
    }
    to[used] = '\0';
}

bool alike_equal(const char *a, const char *b)
{
    char x[ALIKE_SIZE], y[ALIKE_SIZE];

    alike_fold(a, x, sizeof x);
    alike_fold(b, y, sizeof y);
    return text_equal(x, y);
}
