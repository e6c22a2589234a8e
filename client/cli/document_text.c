/* Owns documents as people write them. Invariant: what it shows it can read again.
 * Must not judge what a document approves: the server does. */
#include "client/cli/document_text.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/names.h"
#include "common/core/alike.h"
#include "common/core/text.h"

/* Words for the kinds besides the codes. */
static const struct {
    const char *word, *kind;
} words[] = {
    {"приказ", "order"},   {"распоряжение", "directive"}, {"постановление", "decree"},
    {"письмо", "letter"},  {"программа", "programme"},    {"отчёт", "report"},
    {"документ", "other"}, {"document", "other"},
};

/* A word or a code, however its letters were typed; NULL for anything else. */
static const char *kind_of(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (alike_equal(words[i].word, word))
            return words[i].kind;
    for (size_t i = 0; i < names_document.count; i++)
        if (alike_equal(names_document.names[i].code, word))
            return names_document.names[i].code;
    return NULL;
}

/* "21.04.2023" or "2023-04-21" as ISO; the server says whether there is such a day. */
static const char *date_of(const char *word, Arena *arena)
{
    unsigned day, month, year;
    int end = 0;

    if ((sscanf(word, "%2u.%2u.%4u%n", &day, &month, &year, &end) == 3 && word[end] == '\0') ||
        (sscanf(word, "%4u-%2u-%2u%n", &year, &month, &day, &end) == 3 && word[end] == '\0'))
        return arena_printf(arena, "%04u-%02u-%02u", year, month, day);
    return NULL;
}

/* The next word of the text, ended in place; NULL at the end. */
static char *next_word(char **cursor)
{
    char *start = *cursor + strspn(*cursor, " ");

    if (*start == '\0')
        return NULL;
    char *end = start + strcspn(start, " ");
    *cursor = *end == '\0' ? end : end + 1;
    *end = '\0';
    return start;
}

/* What stands between the words that matter. */
static bool is_filler(const char *word)
{
    return text_equal(word, "от") || text_equal(word, "of") || text_equal(word, "г.") ||
           text_equal(word, "№") || text_equal(word, "No");
}

/* "№14", also with a hard space after the sign. */
static const char *without_sign(char *word)
{
    return text_starts(word, "№") ? text_trim(word + strlen("№")) : word;
}

/* Up to the comma the words decide what they are; behind it stands the issuer, commas and all. */
ErrCode document_parse(const char *text, Arena *arena, Shans__V1__Document *ret, Err *err)
{
    char *copy = arena_text(arena, text), *cursor = copy, *word;
    const char *kind = NULL, *date = NULL, *number = "";
    char *comma = copy == NULL ? NULL : strchr(copy, ',');
    bool strange = false;

    if (copy == NULL)
        return err_memory(err);
    if (comma != NULL)
        *comma = '\0';
    while ((word = next_word(&cursor)) != NULL) {
        if (kind == NULL) {
            kind = kind_of(word);
            strange = strange || kind == NULL;
        } else if (date == NULL && (date = date_of(word, arena)) != NULL) {
            continue;
        } else if (!is_filler(word)) {
            strange = strange || number[0] != '\0';
            number = without_sign(word);
        }
    }
    const char *issuer = comma == NULL ? "" : text_trim(comma + 1);
    if (strange || kind == NULL || date == NULL || issuer[0] == '\0') {
        err_set(err, ERR_INVALID_ARGUMENT, "DOCUMENT_TEXT");
        return err_arg(err, "value", "%s", text);
    }
    shans__v1__document__init(ret);
    ret->kind = (char *)kind;
    ret->number = (char *)number;
    ret->date = (char *)date;
    ret->issuer = (char *)issuer;
    return ERR_OK;
}

/* Kind, number, date, issuer, in the order they are read. */
static const char *join(const Shans__V1__Document *document, const char *kind, const char *of,
                        const char *date, Arena *arena)
{
    return arena_printf(arena, "%s%s%s %s %s, %s", kind, document->number[0] == '\0' ? "" : " №\u00A0",
                        document->number, of, date, document->issuer);
}

/* For people. */
const char *document_text(const Shans__V1__Document *document, bool russian, Arena *arena)
{
    if (document == NULL || document->kind[0] == '\0')
        return "";
    const char *date = document->date;
    if (russian && strlen(date) == 10)
        date = arena_printf(arena, "%.2s.%.2s.%.4s", date + 8, date + 5, date);
    if (date == NULL)
        return NULL;
    return join(document, name_label_of(&names_document, document->kind), russian ? "от" : "of", date, arena);
}

/* For people or for programs, as the table is. */
const char *document_cell(const Shans__V1__Document *document, const RenderStyle *style, Arena *arena)
{
    if (style->format == RENDER_AS_TABLE || document == NULL || document->kind[0] == '\0')
        return document_text(document, style->russian, arena);
    return join(document, document->kind, "of", document->date, arena);
}
