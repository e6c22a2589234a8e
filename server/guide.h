/* What shans-server says of itself beside help: its manual page and the completion of shells. */
#ifndef SERVER_GUIDE_H
#define SERVER_GUIDE_H

#include "server/options.h"

/* A command as data: its name, its help (msgid), what runs it. */
typedef struct CommandRow {
    const char *name, *help;
    int (*run)(const ServerOptions *options);
} CommandRow;

/* Prints shans-server(8) as man(7) source; the exit code. */
int guide_manual(const CommandRow *commands, size_t count);

/* "completion SHELL" and "completion words -- WORD...", from argv[0] on, argc >= 1; the exit code. */
int guide_completion(const CommandRow *commands, size_t count, int argc, char **argv);

#endif
