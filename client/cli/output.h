/* The way of the result out of the program: a file, a pager or standard output. It is kept in memory until
 * the command ends, so that a file is written whole or not at all. */
#ifndef CLIENT_CLI_OUTPUT_H
#define CLIENT_CLI_OUTPUT_H

#include "client/cli/command.h"

/* Opens cli->out. */
ErrCode output_open(Cli *cli, Err *err) MUST_CHECK;

/* Delivers what was written and closes cli->out. Nothing written: no file is touched. UNAVAILABLE /
 * OUTPUT_FAILED, FAILED_PRECONDITION / OUTPUT_UNWRITABLE with "file". */
ErrCode output_close(Cli *cli, Err *err) MUST_CHECK;

/* Puts size bytes in the place of the file: written beside it, synced, renamed. What is no ordinary file (a
 * device, a pipe) is written as it is. */
ErrCode output_replace(const char *path, const void *bytes, size_t size, unsigned mode, Err *err) MUST_CHECK;

#endif
