/* Options of shans-server's commands, from the command line. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/core/arena.h"

enum { OPTIONS_LISTEN_MAX = 8 };

typedef struct ServerOptions {
    const char *embedded; /* directory of a private PostgreSQL, or NULL */
    const char *db;       /* connection string of the login shans_app, or NULL; "@FILE" is one kept in FILE */
    const char *owner_db; /* the same of the owner: migrations and accounts */
    const char *config;   /* file with options, a "name = value" a line */
    int wait;             /* how many seconds a database that is not there yet is waited for */
    const char *listen[OPTIONS_LISTEN_MAX];
    size_t listen_count;
    const char *cert, *key; /* PEM files for tls+tcp:// */
    int http_port;          /* loopback health and metrics; 0: off */
    int workers, committers;
    const char *region, *region_name; /* made at the first start */
    const char *login, *role, *org, *name, *out;
    int days;
    bool debug, help;
} ServerOptions;

/* Fills ret from argv[2..] and below it from the file of --config; false after printing what is wrong to
 * stderr, with the line of the file. Several addresses stand on one line of the file, between spaces. Texts
 * are borrowed from argv and from the arena. */
bool options_parse(int argc, char **argv, Arena *arena, ServerOptions *ret);

void options_help(void);

#endif
