/* Settings of shans-server: command line, environment, systemd credentials and a file, each with its origin.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/conf.h"
#include "common/core/buf.h"

enum { OPTIONS_LISTEN_MAX = 8 };

typedef struct ServerOptions {
    const char *embedded; /* directory of a private PostgreSQL, or NULL */
    const char *db;       /* connection string of the login shans_app, or NULL */
    const char *owner_db; /* connection string of the owner: migrations and accounts */
    const char *listen[OPTIONS_LISTEN_MAX];
    size_t listen_count;
    const char *cert, *key; /* PEM files for tls+tcp:// */
    int http_port;          /* loopback health and metrics; 0: off */
    int workers, committers;
    int wait;                         /* seconds a database that is not there yet is waited for */
    const char *region, *region_name; /* made at the first start */
    bool debug;
    const char *log_format; /* "logfmt" or "json" */
    const char *login, *role, *org, *name, *out;
    int days;
    const char *format; /* of doctor: "text" or "json" */
    bool check_config, help;

    const ConfValue *values; /* of every option, for options_dump and options_compare */
    int argc;                /* what it was loaded from, to load it again */
    char **argv;
} ServerOptions;

/* Loads argv[2..], then what it leaves open from the environment (SHANS_…), from $CREDENTIALS_DIRECTORY
 * (db, owner-db: the text; cert, key: the file) and from the file of --config or SHANS_CONFIG, in this order.
 * Texts are borrowed from argv, the environment and the arena. INVALID_ARGUMENT with "origin" (option,
 * variable, credential or file:line) and "key": CONF_UNKNOWN_KEY, CONF_UNKNOWN_KEY_NEAR, CONF_SYNTAX,
 * CONF_UNREADABLE, OPTION_UNKNOWN, OPTION_ARGUMENT, OPTION_EMPTY, OPTION_NUMBER, OPTION_SWITCH,
 * OPTION_CHOICE, OPTION_ADDRESS, OPTION_ADDRESSES, OPTION_CONNINFO. */
ErrCode options_load(int argc, char **argv, Arena *arena, ServerOptions *ret, Err *err) MUST_CHECK;

/* Whether a server can be started with them: one database, addresses, a certificate where one is needed and
 * files that can be read. OPTION_NEEDED, OPTION_CONFLICT, OPTION_PAIR, OPTION_FILE. */
ErrCode options_check_serve(const ServerOptions *options, Err *err) MUST_CHECK;

/* Appends the names, parted by commas, of what differs between two loads: settings that a running server
 * takes over (live), or those that need a restart. */
void options_compare(const ServerOptions *before, const ServerOptions *after, bool live, Buf *names);

/* Level and form of the log: what a running server takes over. */
void options_apply_log(const ServerOptions *options);

/* "key = value  # origin" of every setting that is not empty; connection strings are not shown. */
void options_dump(const ServerOptions *options, Buf *buf);

void options_help(void);

/* The same, and the environment, as sections of a manual page. */
void options_manual(Buf *buf);

/* What may stand in place of the last word, as common/base/shell.h has it. before: the word before it. */
void options_complete(const char *before, const char *last, Buf *buf);

#endif
