/* Owns look-up and suggestions over the command table. Invariant: a suggestion is always a word of the table.
 * Must not print. */
#include "client/cli/command.h"

#include <string.h>

#include "common/core/text.h"

/* The table is the only list of commands. */
const CommandDef *command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, noun) && text_equal(cli_commands[i].verb, verb))
            return &cli_commands[i];
    return NULL;
}

/* Also a noun that still needs its verb. */
bool command_is_noun(const char *noun)
{
    return command_find_first(noun) != NULL;
}

const CommandDef *command_find_first(const char *noun)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, noun))
            return &cli_commands[i];
    return NULL;
}

/* Words of the table stand in one text, separated by one character. */
static bool has_word(const char *words, const char *separator, const char *text)
{
    size_t length = strlen(text);

    for (const char *at = words; *at != '\0';) {
        size_t word = strcspn(at, separator);
        if (word == length && memcmp(at, text, length) == 0)
            return true;
        at += word + (at[word] != '\0');
    }
    return false;
}

/* Global options belong to every command; others only where their name is listed. */
bool command_takes(const CommandDef *command, const OptionDef *option)
{
    return option->global || (command != NULL && has_word(command->options, " ", option->name));
}

bool command_is_value(const char *values, const char *text)
{
    return has_word(values, "|", text);
}

/* What the same keys write in the Latin layout: "щкп" is "org". Other text stays as it is. */
static void undo_layout(const char *typed, char *to, size_t size)
{
    static const char russian[] = "йцукенгшщзхъфывапролджэячсмитьбюё",
                      latin[] = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
    size_t length = 0;

    while (*typed != '\0' && length + 1 < size) {
        const char *start = typed;
        uint32_t point = text_utf8_get(&typed);
        if (point >= 0x410 && point <= 0x42F)
            point += 0x20; /* a capital */
        to[length] = *start;
        for (const char *at = russian, *key = latin; *at != '\0'; key++)
            if (text_utf8_get(&at) == point)
                to[length] = *key;
        length++;
    }
    to[length] = '\0';
}

typedef struct Nearest {
    const char *word;
    unsigned distance;
} Nearest;

/* Near enough is a third of the letters, at least two. */
static void consider(Nearest *nearest, const char *as_typed, const char *word)
{
    char typed[64];

    undo_layout(as_typed, typed, sizeof typed);
    unsigned distance = text_distance(typed, word);
    unsigned most = (unsigned)(strlen(word) / 3 < 2 ? 2 : strlen(word) / 3);

    if (text_starts(word, typed) && strlen(typed) >= 2)
        distance = 1;
    if (distance > most || distance >= strlen(word))
        return;
    if (nearest->word == NULL || distance < nearest->distance)
        *nearest = (Nearest){word, distance};
}

/* Those below look at what could stand in the place of the mistyped word. */
const char *command_suggest_noun(const char *noun)
{
    Nearest nearest = {NULL, 0};

    for (size_t i = 0; i < cli_command_count; i++)
        consider(&nearest, noun, cli_commands[i].noun);
    return nearest.word;
}

/* Among the verbs of this noun only. */
const char *command_suggest_verb(const char *noun, const char *verb)
{
    Nearest nearest = {NULL, 0};

    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, noun) && cli_commands[i].verb[0] != '\0')
            consider(&nearest, verb, cli_commands[i].verb);
    return nearest.word;
}

/* Among the options the command takes. */
const char *command_suggest_option(const CommandDef *command, const char *name)
{
    Nearest nearest = {NULL, 0};

    for (size_t i = 0; i < cli_option_count; i++)
        if (command == NULL || command_takes(command, &cli_options[i]))
            consider(&nearest, name, cli_options[i].name);
    return nearest.word;
}

/* Among the words an option allows. */
const char *command_suggest_value(const char *values, const char *text, Arena *arena)
{
    Nearest nearest = {NULL, 0};

    for (const char *at = values; *at != '\0';) {
        size_t length = strcspn(at, "|");
        const char *word = arena_bytes(arena, at, length);
        if (word != NULL)
            consider(&nearest, text, word);
        at += length + (at[length] == '|');
    }
    return nearest.word;
}
