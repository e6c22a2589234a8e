/* Owns the command line and the configuration file of shans-server. Invariant: one table gives parsing of
 * both and help. Must not act on the options. */
#include "server/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/conf.h"
#include "common/base/i18n.h"
#include "common/core/decimal.h"
#include "server/prepare.h"

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
    {"config", "FILE",
     MARK("read options from this file, a \"name = value\" a line; those given here go first"), OPTION_TEXT,
     MEMBER(config)},
    {"embedded", "DIR", MARK("run a private PostgreSQL in this directory"), OPTION_TEXT, MEMBER(embedded)},
    {"db", "CONNINFO", MARK("PostgreSQL of the login shans_app; @FILE: the string is in that file"),
     OPTION_TEXT, MEMBER(db)},
    {"owner-db", "CONNINFO", MARK("PostgreSQL of the owner: migrations, accounts; or @FILE"), OPTION_TEXT,
     MEMBER(owner_db)},
    {"wait", "SECONDS", MARK("wait so long for a database that is not there yet"), OPTION_NUMBER,
     MEMBER(wait)},
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

/* A value of the file goes through the same door as one of the command line. */
static bool set_from_file(const OptionRow *row, char *text, ServerOptions *options)
{
    if (row->type == OPTION_SWITCH) {
        bool on = strcmp(text, "yes") == 0;
        if (!on && strcmp(text, "no") != 0) {
            fprintf(stderr, _("shans-server: %s takes yes or no, not \"%s\"\n"), row->name, text);
            return false;
        }
        *(bool *)((char *)options + row->offset) = on;
        return true;
    }
    if (row->type != OPTION_LISTEN)
        return set_option(row, text, options);
    for (char *word; (word = strsep(&text, " ")) != NULL;) {
        if (*word != '\0' && !set_option(row, word, options))
            return false;
    }
    return true;
}

/* Every value knows the line it comes from. */
static bool read_file(const char *path, Arena *arena, ServerOptions *options)
{
    ConfKey keys[ROW_COUNT];
    ConfValue values[ROW_COUNT];
    Err err = {0};

    for (size_t i = 0; i < ROW_COUNT; i++)
        keys[i] = (ConfKey){rows[i].name, NULL, NULL};
    conf_defaults(keys, ROW_COUNT, values);
    if (access(path, R_OK) != 0) {
        err_set(&err, ERR_INVALID_ARGUMENT, "CONF_UNREADABLE");
        err_arg(&err, "file", "%s", path);
    } else if (conf_file(keys, ROW_COUNT, path, arena, values, &err) == ERR_OK) {
        for (size_t i = 0; i < ROW_COUNT; i++) {
            char *text = values[i].text == NULL ? NULL : arena_text(arena, values[i].text);
            if (text != NULL && !set_from_file(&rows[i], text, options)) {
                fprintf(stderr, _("shans-server: so says %s\n"), values[i].origin);
                return false;
            }
        }
        return true;
    }
    prepare_complain(&err);
    return false;
}

/* getopt_long over a table made from ours, so that options are declared once. */
static bool read_words(int argc, char **argv, ServerOptions *ret)
{
    struct option table[ROW_COUNT + 1];
    int index = 0, found;

    memset(table, 0, sizeof table);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        table[i].name = rows[i].name;
        table[i].has_arg = rows[i].argument == NULL ? no_argument : required_argument;
    }
    optind = 0;
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

/* What is read twice is the command line: first to learn the file's name, then to lie on top of it. */
bool options_parse(int argc, char **argv, Arena *arena, ServerOptions *ret)
{
    const ServerOptions defaults = {.days = 365};

    *ret = defaults;
    if (!read_words(argc, argv, ret))
        return false;
    if (ret->config == NULL)
        return true;
    ServerOptions flags = *ret;
    *ret = defaults;
    if (!read_file(flags.config, arena, ret))
        return false;
    if (flags.listen_count > 0)
        ret->listen_count = 0;
    return read_words(argc, argv, ret);
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
