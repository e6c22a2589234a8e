/* Owns the command line of shans-server. Invariant: one table gives parsing, help and manual.
 * Must not act on the options. */
#include "server/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/i18n.h"
#include "common/base/roff.h"
#include "common/core/decimal.h"

typedef enum OptionType { OPTION_TEXT, OPTION_NUMBER, OPTION_LISTEN, OPTION_SWITCH } OptionType;

/* An option as data; offset is the member of ServerOptions it fills. */
typedef struct OptionRow {
    const char *name, *argument, *help; /* argument NULL: a switch */
    OptionType type;
    size_t offset; /* of the member in ServerOptions */
} OptionRow;

#define MEMBER(member) offsetof(ServerOptions, member)
#define MARK(text)     text /* translated when shown */

static const OptionRow rows[] = {
    {"embedded", "DIR", MARK("run a private PostgreSQL in this directory"), OPTION_TEXT, MEMBER(embedded)},
    {"db", "CONNINFO", MARK("PostgreSQL of the login shans_app"), OPTION_TEXT, MEMBER(db)},
    {"owner-db", "CONNINFO", MARK("PostgreSQL of the owner: migrations, accounts"), OPTION_TEXT,
     MEMBER(owner_db)},
    {"listen", "ADDRESS", MARK("tcp://, ipc:// or tls+tcp:// address; may be given several times"),
     OPTION_LISTEN, 0},
    {"cert", "FILE", MARK("certificate for tls+tcp:// (PEM)"), OPTION_TEXT, MEMBER(cert)},
    {"key", "FILE", MARK("its private key (PEM)"), OPTION_TEXT, MEMBER(key)},
    {"http-port", "PORT", MARK("health and metrics on this loopback port"), OPTION_NUMBER, MEMBER(http_port)},
    {"workers", "N", MARK("worker threads for reads"), OPTION_NUMBER, MEMBER(workers)},
    {"committers", "N", MARK("committer threads"), OPTION_NUMBER, MEMBER(committers)},
    {"region", "CODE", MARK("code of the region, made at the first start"), OPTION_TEXT, MEMBER(region)},
    {"region-name", "NAME", MARK("its name"), OPTION_TEXT, MEMBER(region_name)},
    {"login", "LOGIN", MARK("account"), OPTION_TEXT, MEMBER(login)},
    {"role", "ROLE", MARK("role of a new account"), OPTION_TEXT, MEMBER(role)},
    {"org", "CODE", MARK("organisation of a new account"), OPTION_TEXT, MEMBER(org)},
    {"name", "NAME", MARK("name shown for a new account"), OPTION_TEXT, MEMBER(name)},
    {"days", "N", MARK("how long a token is valid"), OPTION_NUMBER, MEMBER(days)},
    {"out", "FILE", MARK("write the token to this file instead of showing it"), OPTION_TEXT, MEMBER(out)},
    {"debug", NULL, MARK("log more"), OPTION_SWITCH, MEMBER(debug)},
    {"help", NULL, MARK("this help"), OPTION_SWITCH, MEMBER(help)},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* All numbers of this program are ports and counts: 0 to 65535. */
static bool set_number(const OptionRow *row, const char *text, ServerOptions *options)
{
    int64_t value;

    if (decimal_parse(text, 0, &value) != DECIMAL_FINE || value < 0 || value > 65535) {
        fprintf(stderr, _("shans-server: --%s takes a whole number from 0 to 65535, not \"%s\"\n"), row->name,
                text);
        return false;
    }
    *(int *)((char *)options + row->offset) = (int)value;
    return true;
}

/* Texts are borrowed from argv. */
static bool set_option(const OptionRow *row, const char *text, ServerOptions *options)
{
    switch (row->type) {
    case OPTION_NUMBER:
        return set_number(row, text, options);
    case OPTION_SWITCH:
        *(bool *)((char *)options + row->offset) = true;
        return true;
    case OPTION_LISTEN:
        if (options->listen_count == OPTIONS_LISTEN_MAX) {
            fprintf(stderr, _("shans-server: at most %d addresses\n"), OPTIONS_LISTEN_MAX);
            return false;
        }
        options->listen[options->listen_count++] = text;
        return true;
    default:
        *(const char **)((char *)options + row->offset) = text;
        return true;
    }
}

/* getopt_long over a table made from ours, so that options are declared once. */
bool options_parse(int argc, char **argv, ServerOptions *ret)
{
    struct option table[ROW_COUNT + 1];
    int index = 0, found;

    memset(table, 0, sizeof table);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        table[i].name = rows[i].name;
        table[i].has_arg = rows[i].argument == NULL ? no_argument : required_argument;
    }
    *ret = (ServerOptions){.days = 365};
    optind = 1;
    opterr = 0; /* the library's own words are English only */
    while ((found = getopt_long(argc - 1, argv + 1, "", table, &index)) == 0) {
        if (!set_option(&rows[index], optarg, ret))
            return false;
    }
    if (found != -1) {
        char letter[] = {'-', (char)optopt, '\0'}; /* of a short option, which there are none of */
        fprintf(
            stderr,
            _("shans-server: %s is no option, or its value is missing or too much; see shans-server help\n"),
            optopt != 0 ? letter : argv[optind]);
        return false;
    }
    if (optind + 1 < argc) {
        fprintf(stderr, _("shans-server: unexpected argument \"%s\"; see shans-server help\n"),
                argv[optind + 1]);
        return false;
    }
    return true;
}

void options_help(void)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s %s", rows[i].name,
                 rows[i].argument == NULL ? "" : rows[i].argument);
        printf("  %-24s %s\n", left, i18n_text(rows[i].help));
    }
}

void options_manual(Buf *buf)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char term[64];
        snprintf(term, sizeof term, "--%s%s%s", rows[i].name, rows[i].argument == NULL ? "" : " ",
                 rows[i].argument == NULL ? "" : rows[i].argument);
        roff_item(buf, term, i18n_text(rows[i].help));
    }
}
