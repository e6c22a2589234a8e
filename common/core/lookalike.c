/* Owns the table of look-alike letters. Invariant: a letter that has no Russian twin is never replaced.
 * Must not decide that a proposal is right. */
#include "common/core/lookalike.h"

#include <stdint.h>
#include <string.h>

#include "common/core/text.h"

typedef struct Twin {
    uint32_t foreign; /* Latin or Greek */
    const char *russian;
} Twin;

static const Twin twins[] = {
    {'A', "А"},   {'B', "В"},   {'C', "С"},   {'E', "Е"},   {'H', "Н"},   {'K', "К"},   {'M', "М"},
    {'O', "О"},   {'P', "Р"},   {'T', "Т"},   {'X', "Х"},   {'Y', "У"},   {'a', "а"},   {'c', "с"},
    {'e', "е"},   {'o', "о"},   {'p', "р"},   {'x', "х"},   {'y', "у"},   {0x391, "А"}, {0x392, "В"},
    {0x395, "Е"}, {0x397, "Н"}, {0x39A, "К"}, {0x39C, "М"}, {0x39F, "О"}, {0x3A0, "П"}, {0x3A1, "Р"},
    {0x3A4, "Т"}, {0x3A5, "У"}, {0x3A7, "Х"}, {0x3BF, "о"},
};

static const char *twin_of(uint32_t point)
{
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (twins[i].foreign == point)
            return twins[i].russian;
    return NULL;
}

static bool is_russian(uint32_t point)
{
    return (point >= 0x410 && point <= 0x44F) || point == 0x401 || point == 0x451;
}

static bool is_letter(uint32_t point)
{
    return is_russian(point) || (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z') ||
           (point >= 0x370 && point <= 0x3FF);
}

/* Three capital I are one Ш. */
static bool is_sha(const char *at, const char *end)
{
    return end - at >= 3 && memcmp(at, "III", 3) == 0;
}

/* Letters of the word [at, end): whether every foreign one has a twin, and whether there are such at all. */
static bool word_replaceable(const char *at, const char *end)
{
    bool foreign = false, roman = true;

    while (at < end) {
        if (is_sha(at, end)) {
            at += 3;
            foreign = true;
            continue;
        }
        uint32_t point = text_utf8_get(&at);
        roman = roman && (point == 'I' || point == 'V' || point == 'X');
        if (is_russian(point))
            continue;
        if (twin_of(point) == NULL)
            return false;
        foreign = true;
    }
    return foreign && !roman;
}

/* Appends whole pieces only. */
static void put(char *to, size_t size, size_t *length, const char *piece, size_t piece_length)
{
    if (*length + piece_length >= size)
        return;
    memcpy(to + *length, piece, piece_length);
    *length += piece_length;
    to[*length] = '\0';
}

/* The word with its foreign letters replaced. */
static void put_word(char *to, size_t size, size_t *length, const char *at, const char *end)
{
    while (at < end) {
        if (is_sha(at, end)) {
            put(to, size, length, "Ш", strlen("Ш"));
            at += 3;
            continue;
        }
        const char *start = at;
        const char *twin = twin_of(text_utf8_get(&at));
        if (twin != NULL)
            put(to, size, length, twin, strlen(twin));
        else
            put(to, size, length, start, (size_t)(at - start));
    }
}

bool lookalike_propose(const char *text, char *to, size_t size)
{
    size_t length = 0;
    bool changed = false;

    to[0] = '\0';
    for (const char *at = text; *at != '\0';) {
        const char *end = at, *next = at;
        while (*next != '\0' && is_letter(text_utf8_get(&next)))
            end = next;
        if (end == at) { /* no letter here: copied as it is */
            put(to, size, &length, at, (size_t)(next - at));
            at = next;
        } else if (word_replaceable(at, end)) {
            put_word(to, size, &length, at, end);
            changed = true;
            at = end;
        } else {
            put(to, size, &length, at, (size_t)(end - at));
            at = end;
        }
    }
    return changed;
}
