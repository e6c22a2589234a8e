/* Owns the reading of the command line. Invariant: what cli_parse accepts obeys the table: known options,
 * allowed values, right number of arguments. Must not act on the options. */
#include <string.h>

#include "client/cli/cli.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

/* Every usage error names the word it is about. */
static ErrCode usage(Err *err, const char *reason, const char *word, const char *near)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    err_arg(err, "word", "%s", word);
    return err_arg(err, "near", "%s", near == NULL ? "" : near);
}

/* Two sentences for an unknown word: with and without a suggestion. */
static ErrCode unknown(Err *err, const char *plain, const char *with_near, const char *word, const char *near)
{
    return usage(err, near == NULL ? plain : with_near, word, near);
}

/* The option called name (length bytes), whether or not the command takes it. */
static const OptionDef *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (strlen(cli_options[i].name) == length && memcmp(cli_options[i].name, name, length) == 0)
            return &cli_options[i];
    return NULL;
}

/* After its command an option may go by a shorter name that elsewhere means something else. */
static const OptionDef *find_alias(const Cli *cli, const char *name, size_t length)
{
    const CommandDef *command = cli->arg_count < 2 ? NULL : command_find(cli->args[0], cli->args[1]);

    for (size_t i = 0; i < cli_option_count && command != NULL; i++) {
        const OptionDef *option = &cli_options[i];
        if (option->alias != NULL && strlen(option->alias) == length &&
            memcmp(option->alias, name, length) == 0 && command_takes(command, option))
            return option;
    }
    return NULL;
}

/* Against the words or the range the table allows. */
static ErrCode check_value(const Cli *cli, const OptionDef *option, const char *text, Err *err)
{
    int64_t number;

    if (option->values != NULL && !command_is_value(option->values, text)) {
        unknown(err, "USAGE_VALUE", "USAGE_VALUE_NEAR", text,
                command_suggest_value(option->values, text, cli->arena));
        err_arg(err, "option", "%s", option->name);
        return err_arg(err, "values", "%s", option->values);
    }
    if (option->type == OPTION_NUMBER &&
        (decimal_parse(text, 0, &number) != DECIMAL_FINE || number < 0 || number > UINT32_MAX)) {
        usage(err, "USAGE_NUMBER", text, NULL);
        return err_arg(err, "option", "%s", option->name);
    }
    return ERR_OK;
}

typedef struct Words {
    const char *const *argv;
    int count, at;
} Words;

/* Takes one option and its value off the line. */
static ErrCode take_option(Cli *cli, Words *words, Err *err)
{
    const char *word = words->argv[words->at++], *text = NULL;
    const OptionDef *option = NULL;

    if (word[1] == '-') {
        size_t length = strcspn(word + 2, "=");
        option = find_alias(cli, word + 2, length);
        if (option == NULL)
            option = find_option(word + 2, length);
        if (word[2 + length] == '=')
            text = word + 2 + length + 1;
    } else if (word[2] == '\0') {
        for (size_t i = 0; i < cli_option_count && option == NULL; i++)
            if (cli_options[i].letter == word[1])
                option = &cli_options[i];
    }
    /* whether the command takes it is checked when the command is known */
    if (option == NULL)
        return unknown(err, "USAGE_OPTION", "USAGE_OPTION_NEAR", word,
                       command_suggest_option(cli->command, word + strspn(word, "-")));
    if (option->type == OPTION_FLAG && text != NULL)
        return usage(err, "USAGE_FLAG_VALUE", option->name, NULL);
    if (option->type != OPTION_FLAG && text == NULL) {
        if (words->at == words->count)
            return usage(err, "USAGE_VALUE_MISSING", option->name, NULL);
        text = words->argv[words->at++];
    }
    ErrCode code = option->type == OPTION_FLAG ? ERR_OK : check_value(cli, option, text, err);
    if (code == ERR_OK)
        cli->given[cli->given_count++] = (CliOption){option, text == NULL ? "" : text};
    return code;
}

/* Takes noun and verb off the arguments. */
static ErrCode choose_command(Cli *cli, bool help, Err *err)
{
    if (cli->arg_count == 0)
        return help ? ERR_OK : usage(err, "USAGE_NO_COMMAND", "", NULL);
    const char *noun = cli->args[0], *verb = cli->arg_count > 1 ? cli->args[1] : "";
    if (!command_is_noun(noun))
        return unknown(err, "USAGE_COMMAND", "USAGE_COMMAND_NEAR", noun, command_suggest_noun(noun));
    size_t taken = 1;
    cli->command = command_find(noun, "");
    if (cli->command == NULL && verb[0] != '\0') {
        cli->command = command_find(noun, verb);
        taken = 2;
        if (cli->command == NULL) {
            unknown(err, "USAGE_VERB", "USAGE_VERB_NEAR", verb, command_suggest_verb(noun, verb));
            return err_arg(err, "noun", "%s", noun);
        }
    }
    if (cli->command == NULL)
        return help ? ERR_OK : usage(err, "USAGE_NO_VERB", noun, NULL);
    cli->args += taken;
    cli->arg_count -= taken;
    return ERR_OK;
}

/* Options must belong to the command, and the arguments be as many as it takes. */
static ErrCode check_command(const Cli *cli, Err *err)
{
    for (size_t i = 0; i < cli->given_count; i++) {
        const OptionDef *option = cli->given[i].def;
        if (!command_takes(cli->command, option)) {
            usage(err, "USAGE_OPTION_FOREIGN", option->name, NULL);
            err_arg(err, "noun", "%s", cli->command->noun);
            return err_arg(err, "verb", "%s", cli->command->verb);
        }
        for (size_t k = 0; k < i; k++)
            if (cli->given[k].def == option && option->type != OPTION_MANY)
                return usage(err, "USAGE_OPTION_TWICE", option->name, NULL);
    }
    if (cli->arg_count < cli->command->least)
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_TOO_FEW");
    if (cli->command->most != ARGS_ANY && cli->arg_count > cli->command->most)
        return usage(err, "USAGE_TOO_MANY", cli->args[cli->command->most], NULL);
    return ERR_OK;
}

/* Options may stand anywhere before --; noun and verb are the first two other words. */
ErrCode cli_parse(Cli *cli, int argc, const char *const *argv, bool *ret_help, Err *err)
{
    Words words = {argv, argc, 1};
    bool options_end = false;
    ErrCode code = ERR_OK;

    if (argc < 1 || argc > CLI_ARGS_MAX)
        return usage(err, "USAGE_TOO_MANY", "", NULL);
    cli->args = ARENA_NEW(cli->arena, const char *, (size_t)argc);
    cli->given = ARENA_NEW(cli->arena, CliOption, (size_t)argc);
    if (cli->args == NULL || cli->given == NULL)
        return err_memory(err);
    while (words.at < argc && code == ERR_OK) {
        const char *word = argv[words.at];
        if (!options_end && text_equal(word, "--")) {
            options_end = true;
            words.at++;
        } else if (!options_end && word[0] == '-' && word[1] != '\0') {
            code = take_option(cli, &words, err);
        } else {
            cli->args[cli->arg_count++] = word;
            words.at++;
        }
    }
    bool help = cli_flag(cli, "help") || cli_flag(cli, "version"); /* both need no command */
    if (code == ERR_OK && cli->arg_count > 0 && text_equal(cli->args[0], "help")) {
        help = true;
        cli->args++;
        cli->arg_count--;
    }
    if (code == ERR_OK)
        code = choose_command(cli, help, err);
    if (code == ERR_OK && !help)
        code = check_command(cli, err);
    *ret_help = help;
    return code;
}

/* The first of the name. */
const char *cli_option(const Cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->given_count; i++)
        if (text_equal(cli->given[i].def->name, name))
            return cli->given[i].text;
    return NULL;
}

/* Given at all. */
char *cli_option_text(const Cli *cli, const char *name)
{
    const char *text = cli_option(cli, name);

    return (char *)(text == NULL ? "" : text);
}

bool cli_flag(const Cli *cli, const char *name)
{
    return cli_option(cli, name) != NULL;
}

/* Checked when it was read. */
uint32_t cli_number(const Cli *cli, const char *name, uint32_t fallback)
{
    const char *text = cli_option(cli, name);
    int64_t number;

    return text != NULL && decimal_parse(text, 0, &number) == DECIMAL_FINE ? (uint32_t)number : fallback;
}

/* Some options are not optional. */
ErrCode cli_need(const Cli *cli, const char *name, const char **ret_text, Err *err)
{
    const char *text = cli_option(cli, name);

    if (text == NULL || text[0] == '\0')
        return usage(err, "USAGE_OPTION_NEEDED", name, NULL);
    *ret_text = text;
    return ERR_OK;
}

/* Ids and edition numbers, from 1. */
ErrCode cli_need_number(const Cli *cli, const char *text, const char *what, uint64_t *ret, Err *err)
{
    int64_t number;

    (void)cli;
    if (decimal_parse(text, 0, &number) != DECIMAL_FINE || number <= 0) {
        usage(err, "USAGE_NUMBER", text, NULL);
        return err_arg(err, "option", "%s", what);
    }
    *ret = (uint64_t)number;
    return ERR_OK;
}
