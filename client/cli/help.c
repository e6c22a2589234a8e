/* Owns the help texts. Invariant: help is made from the tables alone, so it cannot lag behind parsing.
 * Must not parse. */
#include <string.h>

#include "client/cli/command.h"
#include "common/base/i18n.h"
#include "common/core/text.h"

/* Russian letters count as one column, whatever their bytes. */
static void pad_to(Buf *buf, const char *text, size_t columns)
{
    buf_text(buf, text);
    for (size_t width = text_width(text); width < columns; width++)
        buf_char(buf, ' ');
}

/* Letter, name and argument on the left, what it is for on the right. */
static void show_option(const OptionDef *option, Buf *buf)
{
    Buf left;

    buf_init(&left, 256);
    if (option->letter != 0)
        buf_printf(&left, "  -%c, --%s", option->letter, option->name);
    else
        buf_printf(&left, "  --%s", option->name);
    if (option->argument != NULL)
        buf_printf(&left, " %s", _(option->argument));
    pad_to(buf, left.data, 28);
    buf_printf(buf, " %s\n", _(option->help));
    buf_done(&left);
}

/* Global ones or those of the command. */
static void show_options(const CommandDef *command, bool global, Buf *buf)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].global == global && command_takes(command, &cli_options[i]))
            show_option(&cli_options[i], buf);
}

/* One line of the list of commands. */
static void show_summary(const CommandDef *command, Buf *buf)
{
    char name[64];

    text_copy(name, sizeof name, command->noun);
    if (command->verb[0] != '\0') {
        size_t length = strlen(name);
        name[length] = ' ';
        text_copy(name + length + 1, sizeof name - length - 1, command->verb);
    }
    buf_text(buf, "  ");
    pad_to(buf, name, 18);
    buf_printf(buf, " %s\n", _(command->summary));
}

/* The promise to scripts. */
static void show_exit_codes(Buf *buf)
{
    static const struct {
        int code;
        const char *meaning;
    } rows[] = {
        {0, MARK_("done")},
        {1, MARK_("failed")},
        {2, MARK_("wrong command line or configuration")},
        {3, MARK_("not found")},
        {4, MARK_("conflict with what is stored")},
        {5, MARK_("the figures or the file have errors")},
        {6, MARK_("not signed in, or not allowed")},
        {7, MARK_("kept in the outbox, not sent yet")},
        {8, MARK_("the server is not available or not done in time")},
        {130, MARK_("interrupted")},
    };

    buf_printf(buf, "\n%s\n", _("Exit codes:"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        buf_printf(buf, "  %3d  %s\n", rows[i].code, _(rows[i].meaning));
}

/* What `shans --help` prints. */
void help_show_all(Buf *buf)
{
    buf_printf(buf, "%s\n\n%s\n", _("Usage: shans COMMAND [OPTION]... [ARGUMENT]..."), _("Commands:"));
    for (size_t i = 0; i < cli_command_count; i++)
        show_summary(&cli_commands[i], buf);
    buf_printf(buf, "\n%s\n", _("Options of every command:"));
    show_options(NULL, true, buf);
    show_exit_codes(buf);
    buf_printf(buf, "\n%s\n", _("\"shans COMMAND --help\" shows one command."));
}

/* What `shans org --help` prints. */
void help_show_noun(const char *noun, Buf *buf)
{
    buf_printf(buf, "%s shans %s %s\n\n%s\n", _("Usage:"), noun, _("COMMAND"), _("Commands:"));
    for (size_t i = 0; i < cli_command_count; i++)
        if (text_equal(cli_commands[i].noun, noun))
            show_summary(&cli_commands[i], buf);
}

/* Example first: it is what people copy. */
void help_show_command(const CommandDef *command, Buf *buf)
{
    const char *gap = command->verb[0] != '\0' ? " " : "";

    buf_printf(buf, "%s shans %s%s%s [%s]...%s%s\n\n  %s\n", _("Usage:"), command->noun, gap, command->verb,
               _("OPTION"), command->arguments[0] != '\0' ? " " : "",
               command->arguments[0] != '\0' ? _(command->arguments) : "", _(command->summary));
    if (command->example[0] != '\0')
        buf_printf(buf, "\n%s\n  shans %s%s%s %s\n", _("Example:"), command->noun, gap, command->verb,
                   command->example);
    if (command->options[0] != '\0') {
        buf_printf(buf, "\n%s\n", _("Options:"));
        show_options(command, false, buf);
    }
    buf_printf(buf, "\n%s\n", _("Options of every command:"));
    show_options(command, true, buf);
}
