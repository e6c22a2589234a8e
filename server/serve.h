/* The daemon: everything wired together, from the private database to the listening addresses. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/options.h"

/* Runs until SIGTERM or SIGINT; the process's exit status. Does not return after a start that succeeded: the
 * process drains and leaves by _exit (nng sockets are never closed while running). */
int serve_run(const ServerOptions *options);

#endif
