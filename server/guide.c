/* Owns the manual page of shans-server and its answers to shells. Invariant: both are made of the tables that
 * parsing and help are made of. Must not run a command. */
#include "server/guide.h"

#include <stdio.h>
#include <string.h>

#include "common/base/i18n.h"
#include "common/base/roff.h"
#include "common/base/shell.h"

enum { PAGE_MAX = 1 << 20 };

int guide_manual(const CommandRow *commands, size_t count)
{
    Buf buf;
    char term[64];

    buf_init(&buf, PAGE_MAX);
    roff_page(&buf, "shans-server", 8, _("the server of shans and its administration"));
    roff_section(&buf, _("SYNOPSIS"));
    roff_example(&buf, _("shans-server COMMAND [OPTION]..."));
    roff_section(&buf, _("COMMANDS"));
    for (size_t i = 0; i < count; i++) {
        snprintf(term, sizeof term, "shans-server %s", commands[i].name);
        roff_item(&buf, term, i18n_text(commands[i].help));
    }
    options_manual(&buf);
    roff_section(&buf, _("EXIT STATUS"));
    roff_item(&buf, "0", _("done"));
    roff_item(&buf, "1", _("failed"));
    roff_item(&buf, "2", _("wrong command line or configuration"));
    roff_section(&buf, _("SEE ALSO"));
    roff_text(&buf, "shans(1)");
    bool fine = !buf.failed && fputs(buf.data, stdout) != EOF;
    buf_done(&buf);
    return fine ? 0 : 1;
}

/* The words behind "--": the last one is being typed. */
static void complete_words(const CommandRow *commands, size_t count, int word_count, char **words, Buf *buf)
{
    const char *last = word_count > 0 ? words[word_count - 1] : "";

    if (word_count > 1) {
        options_complete(words[word_count - 2], last, buf);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (strncmp(commands[i].name, last, strlen(last)) == 0)
            buf_printf(buf, "%s\t%s\n", commands[i].name, i18n_text(commands[i].help));
}

int guide_completion(const CommandRow *commands, size_t count, int argc, char **argv)
{
    Buf buf;

    buf_init(&buf, PAGE_MAX);
    bool known = strcmp(argv[0], "words") == 0;
    if (known)
        complete_words(commands, count, argc > 2 ? argc - 2 : 0, argv + 2, &buf);
    else
        known = shell_script(argv[0], "shans-server", &buf);
    if (buf.data != NULL)
        fputs(buf.data, stdout);
    buf_done(&buf);
    if (!known)
        fprintf(stderr, _("shans-server: no completion for \"%s\"; see shans-server help\n"), argv[0]);
    return known ? 0 : 2;
}
