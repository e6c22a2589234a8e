/* Files of a command: the tables it reads, and where its data goes: standard output, or the file of --output,
 * whole or not at all. */
#ifndef CLIENT_CLI_FILES_H
#define CLIENT_CLI_FILES_H

#include "client/cli/command.h"
#include "client/table/table.h"

/* table_load with the options of the command line. facts: a file of facts when it is text. */
ErrCode files_load_table(Cli *cli, const char *path, bool facts, Table **ret_table, Err *err) MUST_CHECK;

/* With --output the command's cli->out becomes a new file beside it. FAILED_PRECONDITION / OUTPUT_FILE with
 * "file", "fault". */
ErrCode files_open_output(Cli *cli, Err *err) MUST_CHECK;

/* Puts what was written in the place of the file; a command that wrote nothing leaves the file as it was. */
ErrCode files_close_output(Cli *cli, Err *err) MUST_CHECK;

#endif
