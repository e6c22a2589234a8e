/* The way of the result to standard output, or to a pager when it is long and somebody looks. It is kept in
 * memory until the command ends, when its length is known. What --output names is written by files.h. */
#ifndef CLIENT_CLI_OUTPUT_H
#define CLIENT_CLI_OUTPUT_H

#include "client/cli/command.h"

/* Opens cli->screen, for now also cli->out. */
ErrCode output_open(Cli *cli, Err *err) MUST_CHECK;

/* Delivers what was written and closes cli->screen. UNAVAILABLE / OUTPUT_FAILED. */
ErrCode output_close(Cli *cli, Err *err) MUST_CHECK;

/* Puts size bytes in the place of an ordinary file: written beside it, synced, renamed. FAILED_PRECONDITION /
 * OUTPUT_FILE with "file" and "fault". */
ErrCode output_replace(const char *path, const void *bytes, size_t size, unsigned mode, Err *err) MUST_CHECK;

#endif
