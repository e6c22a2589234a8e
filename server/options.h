/* Options of shans-server's commands, from the command line. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

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
    const char *region, *region_name; /* made at the first start */
    const char *login, *role, *org, *name, *out;
    int days;
    bool debug, help;
} ServerOptions;

/* Fills ret from argv[2..]; false after printing what is wrong to stderr. Texts are borrowed from argv. */
bool options_parse(int argc, char **argv, ServerOptions *ret);

void options_help(void);

/* The same as items of a manual page. */
void options_manual(Buf *buf);

#endif
