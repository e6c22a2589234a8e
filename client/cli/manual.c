/* Owns the manual pages of the client. Invariant: a page is made from the tables that parsing and --help are
 * made from, so they say the same. Must not parse. */
#include "client/cli/manual.h"

#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "common/base/roff.h"
#include "common/core/text.h"

enum { PAGE_MAX = 4 << 20, LINE_SIZE = 1024, SECTION = 1 };

/* "-o, --output FILE" and what it is for. */
static void show_option(const OptionDef *option, Buf *buf)
{
    char term[LINE_SIZE], letter[8] = "";

    if (option->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(term, sizeof term, "%s--%s%s%s", letter, option->name, option->argument == NULL ? "" : " ",
             option->argument == NULL ? "" : _(option->argument));
    roff_item(buf, term, _(option->help));
}

/* Global ones or those of the command. */
static void show_options(const CommandDef *command, bool global, Buf *buf)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].global == global && command_takes(command, &cli_options[i]))
            show_option(&cli_options[i], buf);
}

static void show_usage(const CommandDef *command, Buf *buf)
{
    Buf line;

    buf_init(&line, LINE_SIZE);
    help_show_usage(command, &line);
    roff_example(buf, line.data == NULL ? "" : line.data);
    buf_done(&line);
}

/* What each command of the noun does, with its own options and example. */
static void show_command(const CommandDef *command, Buf *buf)
{
    char name[LINE_SIZE];

    snprintf(name, sizeof name, "shans %s%s%s", command->noun, command->verb[0] != '\0' ? " " : "",
             command->verb);
    roff_subsection(buf, name);
    roff_text(buf, _(command->summary));
    show_usage(command, buf);
    show_options(command, false, buf);
    if (command->example[0] == '\0')
        return;
    size_t length = strlen(name);
    snprintf(name + length, sizeof name - length, " %s", command->example);
    roff_text(buf, _("Example:"));
    roff_example(buf, name);
}

/* "list organisations; show one organisation with its history; ..." */
static void summary_of(const char *noun, char *to, size_t size)
{
    to[0] = '\0';
    for (size_t i = 0; i < cli_command_count; i++) {
        size_t length = strlen(to);
        if (!text_equal(cli_commands[i].noun, noun))
            continue;
        const char *gap = length == 0 ? "" : "; ", *text = _(cli_commands[i].summary);
        if (length + strlen(gap) + strlen(text) < size)
            snprintf(to + length, size - length, "%s%s", gap, text);
    }
}

void manual_show_noun(const char *noun, Buf *buf)
{
    char name[LINE_SIZE], summary[LINE_SIZE];

    snprintf(name, sizeof name, "shans-%s", noun);
    summary_of(noun, summary, sizeof summary);
    roff_page(buf, name, SECTION, summary);
    roff_section(buf, _("SYNOPSIS"));
    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, noun))
            show_usage(&cli_commands[i], buf);
    roff_section(buf, _("COMMANDS"));
    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, noun))
            show_command(&cli_commands[i], buf);
    roff_section(buf, _("OPTIONS OF EVERY COMMAND"));
    show_options(NULL, true, buf);
    roff_section(buf, _("SEE ALSO"));
    roff_text(buf, "shans(1)");
}

/* Every key with its variable and its default. */
static void show_environment(Buf *buf)
{
    char text[LINE_SIZE];

    for (size_t i = 0; i < KEY_COUNT; i++) {
        snprintf(text, sizeof text, _("the setting \"%s\"; without any: %s"), cli_keys[i].name,
                 cli_keys[i].fallback[0] == '\0' ? _("nothing") : cli_keys[i].fallback);
        roff_item(buf, cli_keys[i].env, text);
    }
    roff_item(buf, "NO_COLOR", _("when not empty: no colours"));
    roff_item(buf, "PAGER", _("the pager, when neither SHANS_PAGER nor a file names one"));
}

static void show_files(Buf *buf)
{
    roff_text(buf,
              _("A setting given as an option beats the environment, the environment beats the files, and "
                "of the files the first of this list that has it counts."));
    roff_item(buf, ".shans.conf",
              _("of the folder of work or the nearest above it; only format, lang, color and "
                "timeout"));
    roff_item(buf, "~/.config/shans/shans.conf", _("of the user (XDG_CONFIG_HOME); see shans-config(1)"));
    roff_item(buf, "/etc/shans/shans.conf", _("of the machine"));
    roff_item(buf, "~/.local/state/shans/outbox.sqlite",
              _("drafts, what waits to be sent, and receipts (XDG_STATE_HOME)"));
}

void manual_show_all(Buf *buf)
{
    char term[LINE_SIZE], also[LINE_SIZE] = "";

    roff_page(buf, "shans", SECTION, _("collect and explain figures of schools"));
    roff_section(buf, _("SYNOPSIS"));
    roff_example(buf, _("shans COMMAND [OPTION]... [ARGUMENT]..."));
    roff_section(buf, _("COMMANDS"));
    for (size_t i = 0; i < cli_command_count; i++) {
        const CommandDef *command = &cli_commands[i];
        snprintf(term, sizeof term, "shans %s%s%s", command->noun, command->verb[0] != '\0' ? " " : "",
                 command->verb);
        roff_item(buf, term, _(command->summary));
    }
    roff_section(buf, _("OPTIONS OF EVERY COMMAND"));
    show_options(NULL, true, buf);
    roff_section(buf, _("ENVIRONMENT"));
    show_environment(buf);
    roff_section(buf, _("FILES"));
    show_files(buf);
    roff_section(buf, _("EXIT STATUS"));
    for (size_t i = 0; i < help_exit_code_count; i++) {
        snprintf(term, sizeof term, "%d", help_exit_codes[i].code);
        roff_item(buf, term, _(help_exit_codes[i].meaning));
    }
    roff_section(buf, _("SEE ALSO"));
    for (size_t i = 0; i < cli_command_count; i++) {
        size_t length = strlen(also);
        if (command_find_first(cli_commands[i].noun) == &cli_commands[i])
            snprintf(also + length, sizeof also - length, "%sshans-%s(1)", length == 0 ? "" : ", ",
                     cli_commands[i].noun);
    }
    roff_text(buf, also);
}

/* Without a name the page of the whole program. */
ErrCode cmd_manual(Cli *cli, Err *err)
{
    Buf buf;

    if (cli->arg_count > 0 && !command_is_noun(cli->args[0])) {
        const char *near = command_suggest_noun(cli->args[0]);
        err_set(err, ERR_INVALID_ARGUMENT, near == NULL ? "USAGE_COMMAND" : "USAGE_COMMAND_NEAR");
        err_arg(err, "word", "%s", cli->args[0]);
        return err_arg(err, "near", "%s", near == NULL ? "" : near);
    }
    buf_init(&buf, PAGE_MAX);
    if (cli->arg_count > 0)
        manual_show_noun(cli->args[0], &buf);
    else
        manual_show_all(&buf);
    ErrCode code = buf.failed ? err_memory(err) : ERR_OK;
    if (code == ERR_OK && fputs(buf.data, cli->out) == EOF)
        code = err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    buf_done(&buf);
    return code;
}
