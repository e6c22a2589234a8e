/* Owns the help texts. Invariant: help is made from the tables alone, so it cannot lag behind parsing.
 * Must not parse. */
#include <string.h>

#include "client/cli/command.h"
#include "common/base/i18n.h"
#include "common/core/text.h"

enum { LINE_WIDTH = 96 };

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
const HelpExitCode help_exit_codes[] = {
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
const size_t help_exit_code_count = sizeof help_exit_codes / sizeof help_exit_codes[0];

static void show_exit_codes(Buf *buf)
{
    buf_printf(buf, "\n%s\n", _("Exit codes:"));
    for (size_t i = 0; i < help_exit_code_count; i++)
        buf_printf(buf, "  %3d  %s\n", help_exit_codes[i].code, _(help_exit_codes[i].meaning));
}

/* The usual day of a school and of a ministry, by the examples of the table itself. */
static void show_examples(Buf *buf)
{
    static const char *const usual[][2] = {
        {"form", "template"}, {"results", "import"}, {"outbox", "list"}, {"run", "start"}, {"explain", ""}};

    buf_printf(buf, "%s\n", _("Examples:"));
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        const CommandDef *command = command_find(usual[i][0], usual[i][1]);
        if (command != NULL)
            buf_printf(buf, "  shans %s%s%s%s%s\n", command->noun, command->verb[0] != '\0' ? " " : "",
                       command->verb, command->example[0] != '\0' ? " " : "", command->example);
    }
}

/* What `shans --help` prints. */
void help_show_all(Buf *buf)
{
    show_examples(buf);
    buf_printf(buf, "\n%s\n\n%s\n", _("Usage: shans COMMAND [OPTION]... [ARGUMENT]..."), _("Commands:"));
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

/* Names alone: what they mean stands once, in the help of everything. */
static void list_global_options(Buf *buf)
{
    size_t column = 0;

    buf_printf(buf, "\n%s\n", _("Options of every command (\"shans --help\" describes them):"));
    for (size_t i = 0; i < cli_option_count; i++) {
        size_t length = strlen(cli_options[i].name) + 3;
        if (!cli_options[i].global)
            continue;
        buf_text(buf, column == 0 ? "  " : column + length > LINE_WIDTH ? "\n  " : " ");
        column = column + length > LINE_WIDTH ? length : column + length;
        buf_printf(buf, "--%s", cli_options[i].name);
    }
    buf_char(buf, '\n');
}

void help_show_usage(const CommandDef *command, Buf *buf)
{
    buf_printf(buf, "shans %s%s%s [%s]...%s%s", command->noun, command->verb[0] != '\0' ? " " : "",
               command->verb, _("OPTION"), command->arguments[0] != '\0' ? " " : "",
               command->arguments[0] != '\0' ? _(command->arguments) : "");
}

/* Example first: it is what people copy. */
void help_show_command(const CommandDef *command, Buf *buf)
{
    const char *gap = command->verb[0] != '\0' ? " " : "";

    buf_printf(buf, "shans %s%s%s: %s\n", command->noun, gap, command->verb, _(command->summary));
    if (command->example[0] != '\0')
        buf_printf(buf, "\n%s\n  shans %s%s%s %s\n", _("Example:"), command->noun, gap, command->verb,
                   command->example);
    buf_printf(buf, "\n%s\n  ", _("Usage:"));
    help_show_usage(command, buf);
    buf_char(buf, '\n');
    if (command->options[0] != '\0') {
        buf_printf(buf, "\n%s\n", _("Options:"));
        show_options(command, false, buf);
    }
    list_global_options(buf);
}
