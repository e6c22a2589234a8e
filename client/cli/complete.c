/* Owns what may stand in place of the last word of a command line. Invariant: candidates come from the table
 * of commands, the definitions of this program and the outbox of this machine. Must not ask the server or
 * make a file: a key was pressed, nothing more. */
#include "client/cli/complete.h"

#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/outbox/schools.h"
#include "common/base/shell.h"
#include "common/catalog/methodology.h"
#include "common/core/text.h"

enum { BUSY_MS = 100, CANDIDATES_MAX = 4 << 20, NAME_SIZE = 96 };

/* What a place of the command line holds. */
typedef enum Source {
    SOURCE_NONE = 0,
    SOURCE_FILE,
    SOURCE_DIR,
    SOURCE_FORM,
    SOURCE_SECTION,
    SOURCE_METHOD,
    SOURCE_SCHOOL,
    SOURCE_OPERATION,
    SOURCE_CELL,
    SOURCE_KEY,
    SOURCE_NOUN,
} Source;

/* By the word that help shows there. owner: option or noun it belongs to; NULL: any. */
static const struct {
    const char *owner, *word;
    Source source;
} sources[] = {
    {NULL, "FILE", SOURCE_FILE},         {NULL, "DIR", SOURCE_DIR},
    {"form", "CODE", SOURCE_FORM},       {NULL, "FORM", SOURCE_FORM},
    {"section", "CODE", SOURCE_SECTION}, {"method", "CODE", SOURCE_METHOD},
    {NULL, "SCHOOL", SOURCE_SCHOOL},     {"under", "CODE", SOURCE_SCHOOL},
    {"org", "CODE", SOURCE_SCHOOL},      {"outbox", "ID", SOURCE_OPERATION},
    {NULL, "CELL=VALUE", SOURCE_CELL},   {NULL, "KEY", SOURCE_KEY},
    {"manual", "COMMAND", SOURCE_NOUN},
};

static Source find_source(const char *owner, const char *word)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (text_equal(sources[i].word, word) &&
            (sources[i].owner == NULL || text_equal(sources[i].owner, owner)))
            return sources[i].source;
    return SOURCE_NONE;
}

/* The command line so far. */
typedef struct Line {
    Cli *cli;
    const char *noun;          /* NULL: not there yet */
    const CommandDef *command; /* NULL: not known yet */
    const char *args[8];       /* positional ones before the last word */
    const char *form;          /* of --form; NULL: not given */
    size_t arg_count;
    const OptionDef *wanted; /* the last word is its value */
    const char *last;        /* being typed */
    const char *head;        /* "--form=" when the value stands in the same word, else "" */
    Buf *out;
} Line;

/* One candidate with what it is, when it begins as the last word does. */
static void offer(const Line *line, const char *word, const char *what)
{
    if (!text_starts(word, line->last))
        return;
    buf_text(line->out, line->head);
    render_clean(line->out, word);
    if (what != NULL && what[0] != '\0') {
        buf_char(line->out, '\t');
        render_clean(line->out, what);
    }
    buf_char(line->out, '\n');
}

/* Words of a table separated by bars or blanks. */
static void offer_words(const Line *line, const char *words)
{
    while (*words != '\0') {
        char word[NAME_SIZE];
        size_t length = strcspn(words, "|");
        text_copy(word, length + 1 < sizeof word ? length + 1 : sizeof word, words);
        offer(line, word, NULL);
        words += length + (words[length] == '|');
    }
}

/* Each noun once, with its first command's summary when it is one command. */
static void offer_nouns(const Line *line)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        const CommandDef *command = &cli_commands[i];
        if (command_find_first(command->noun) == command)
            offer(line, command->noun, command->verb[0] == '\0' ? _(command->summary) : "");
    }
}

static void offer_verbs(const Line *line)
{
    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, line->noun))
            offer(line, cli_commands[i].verb, _(cli_commands[i].summary));
}

static void offer_options(const Line *line)
{
    for (size_t i = 0; i < cli_option_count; i++) {
        char name[NAME_SIZE];
        if (!command_takes(line->command, &cli_options[i]))
            continue;
        snprintf(name, sizeof name, "--%s", cli_options[i].name);
        offer(line, name, _(cli_options[i].help));
    }
}

/* The form the line already names, as an argument or by --form. */
static const FormDef *named_form(const Line *line, const Catalog *catalog)
{
    for (size_t i = 0; i < line->arg_count; i++) {
        const FormDef *form = catalog_get_form(catalog, line->args[i], 0);
        if (form != NULL)
            return form;
    }
    return line->form == NULL ? NULL : catalog_get_form(catalog, line->form, 0);
}

static void offer_sections(const Line *line, const Catalog *catalog)
{
    const FormDef *form = named_form(line, catalog);

    for (size_t i = 0; form != NULL && i < form->section_count; i++)
        offer(line, form->sections[i].code, cli_text(line->cli, form->sections[i].label));
}

/* "section/row/field=" for every cell that is typed. */
static void offer_cells(const Line *line, const Catalog *catalog)
{
    const FormDef *form = named_form(line, catalog);

    for (size_t s = 0; form != NULL && s < form->section_count; s++) {
        const SectionDef *section = &form->sections[s];
        for (size_t r = 0; r < section->row_count; r++)
            for (size_t f = 0; f < section->field_count; f++) {
                char cell[4 * NAME_SIZE];
                const char *row = section->rows[r].code;
                if (section->fields[f].type == FIELD_SHARE)
                    continue;
                snprintf(cell, sizeof cell, "%s/%s%s%s=", section->code, row, row[0] == '\0' ? "" : "/",
                         section->fields[f].code);
                offer(line, cell, cli_text(line->cli, section->fields[f].label));
            }
    }
}

/* What this program was built with. */
static void offer_definitions(const Line *line, Source source)
{
    const Catalog *catalog = NULL;
    Err err = {.code = ERR_OK};

    if (cli_get_catalog(line->cli, &catalog, &err) != ERR_OK)
        return;
    if (source == SOURCE_SECTION)
        offer_sections(line, catalog);
    else if (source == SOURCE_CELL)
        offer_cells(line, catalog);
    for (size_t i = 0; source == SOURCE_FORM && i < catalog->form_count; i++)
        offer(line, catalog->forms[i].code, cli_text(line->cli, catalog->forms[i].title));
    for (size_t i = 0; source == SOURCE_METHOD && i < catalog->methodology_count; i++)
        offer(line, catalog->methodologies[i].code, cli_text(line->cli, catalog->methodologies[i].title));
}

static void offer_operations(const Line *line, Outbox *outbox)
{
    Operation *operations = NULL;
    size_t count = 0;
    Err err = {.code = ERR_OK};

    if (outbox_list(outbox, true, line->cli->arena, &operations, &count, &err) != ERR_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        char id[ID_TEXT_SIZE], what[3 * NAME_SIZE];
        id_dump(operations[i].id, id);
        snprintf(what, sizeof what, "%s %s %s", operations[i].key.school, operations[i].key.form,
                 operations[i].key.period);
        offer(line, id, what);
    }
}

/* Only an outbox that is there already, and only when nobody else holds it. */
static void offer_outbox(const Line *line, Source source)
{
    const char *dir = line->cli->values[KEY_STATE].text;
    const char *path = arena_printf(line->cli->arena, "%s/outbox.sqlite", dir);
    OutboxOptions options = {.dir = dir, .clock = line->cli->host->clock, .busy_ms = BUSY_MS};
    Outbox *outbox = NULL;
    const char *const *schools = NULL;
    size_t count = 0;
    Err err = {.code = ERR_OK};

    if (path == NULL || access(path, R_OK) != 0 || outbox_open(&options, &outbox, &err) != ERR_OK)
        return;
    if (source == SOURCE_OPERATION)
        offer_operations(line, outbox);
    else if (outbox_list_schools(outbox, line->cli->arena, &schools, &count, &err) == ERR_OK)
        for (size_t i = 0; i < count; i++)
            offer(line, schools[i], NULL);
    outbox_close(outbox);
}

/* Files and folders are for the shell to list: it knows quoting and home folders. */
static void offer_source(const Line *line, Source source)
{
    switch (source) {
    case SOURCE_FILE:
        buf_text(line->out, SHELL_FILES "\n");
        break;
    case SOURCE_DIR:
        buf_text(line->out, SHELL_FOLDERS "\n");
        break;
    case SOURCE_KEY:
        for (size_t i = 0; i < KEY_COUNT; i++)
            offer(line, cli_keys[i].name, line->cli->values[i].text);
        break;
    case SOURCE_NOUN:
        offer_nouns(line);
        break;
    case SOURCE_SCHOOL:
    case SOURCE_OPERATION:
        offer_outbox(line, source);
        break;
    case SOURCE_NONE:
        break;
    default:
        offer_definitions(line, source);
        break;
    }
}

/* The n-th word of "SCHOOL FORM PERIOD CELL=VALUE..."; the last one again and again when dots follow it. */
static void argument_word(const char *arguments, size_t n, char *to, size_t size)
{
    to[0] = '\0';
    for (const char *at = arguments; *at != '\0';) {
        size_t length = strcspn(at, " "), plain = strcspn(at + (*at == '['), " ].");
        bool again = length >= 3 && (strncmp(at + length - 3, "...", 3) == 0 || at[length - 1] == ']');
        if (n == 0 || (again && at[length] == '\0' && at[length - 1] == '.')) {
            text_copy(to, plain + 1 < size ? plain + 1 : size, at + (*at == '['));
            return;
        }
        n--;
        at += length + (at[length] == ' ');
    }
}

/* Known values of an option or of the n-th argument. */
static void offer_argument(const Line *line)
{
    char word[NAME_SIZE];

    if (line->arg_count >= line->command->most)
        return;
    argument_word(line->command->arguments, line->arg_count, word, sizeof word);
    offer_source(line, find_source(line->command->noun, word));
}

static void offer_value(const Line *line)
{
    if (line->wanted->values != NULL)
        offer_words(line, line->wanted->values);
    else
        offer_source(line, find_source(line->wanted->name, line->wanted->argument));
}

/* The option a word names, its value behind *ret_value or not there (NULL). */
static const OptionDef *read_option(const char *word, const char **ret_value)
{
    size_t length = strcspn(word, "=");

    *ret_value = word[length] == '=' ? word + length + 1 : NULL;
    for (size_t i = 0; i < cli_option_count; i++) {
        const OptionDef *option = &cli_options[i];
        if (word[1] == '-'
                ? strlen(option->name) + 2 == length && strncmp(option->name, word + 2, length - 2) == 0
                : word[2] == '\0' && option->letter == word[1])
            return option;
    }
    return NULL;
}

/* Noun, verb or argument. */
static void take_word(Line *line, const char *word)
{
    if (line->noun == NULL && text_equal(word, "help"))
        return; /* what follows is completed as if it were meant */
    if (line->noun == NULL) {
        line->noun = word;
        line->command = command_find(word, "");
    } else if (line->command == NULL) {
        line->command = command_find(line->noun, word);
    } else if (line->arg_count < sizeof line->args / sizeof line->args[0]) {
        line->args[line->arg_count++] = word;
    }
}

/* Everything before the last word. --form is kept, because sections depend on it. */
static void read_words(Line *line, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = NULL;
        if (words[i][0] != '-' || words[i][1] == '\0') {
            take_word(line, words[i]);
            continue;
        }
        const OptionDef *option = read_option(words[i], &value);
        if (option == NULL || option->type == OPTION_FLAG)
            continue;
        if (value == NULL && i + 1 == count)
            line->wanted = option;
        else if (value == NULL)
            value = words[++i];
        if (value != NULL && text_equal(option->name, "form"))
            line->form = value;
    }
}

ErrCode complete_words(Cli *cli, const char *const *words, size_t count, Buf *out, Err *err)
{
    Line line = {.cli = cli, .last = count == 0 ? "" : words[count - 1], .head = "", .out = out};
    const char *value = NULL;

    buf_init(out, CANDIDATES_MAX);
    if (count > 0)
        read_words(&line, words, count - 1);
    if (line.wanted == NULL && line.last[0] == '-' && strchr(line.last, '=') != NULL) {
        line.wanted = read_option(line.last, &value);
        if (line.wanted == NULL || line.wanted->argument == NULL)
            return ERR_OK;
        line.head = arena_bytes(cli->arena, line.last, (size_t)(value - line.last));
        line.last = value;
        if (line.head == NULL)
            return err_memory(err);
    }
    if (line.wanted != NULL)
        offer_value(&line);
    else if (line.last[0] == '-')
        offer_options(&line);
    else if (line.noun == NULL)
        offer_nouns(&line);
    else if (line.command == NULL)
        offer_verbs(&line);
    else
        offer_argument(&line);
    return out->failed ? err_memory(err) : ERR_OK;
}
