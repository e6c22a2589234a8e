/* Files of a command: the tables it reads, and where its data goes: standard output, or the file of --output,
 * whole or not at all. */
#ifndef CLIENT_CLI_FILES_H
#define CLIENT_CLI_FILES_H

#include "client/cli/command.h"
#include "client/table/table.h"

/* table_load within the limit of the configuration. facts: a file of facts when it is text. sheet: of a
 * workbook; NULL: the first. */
ErrCode files_load_table(Cli *cli, const char *path, bool facts, const char *sheet, Table **ret_table,
                         Err *err) MUST_CHECK;

/* With --output the command's cli->out becomes a new file beside it. FAILED_PRECONDITION / OUTPUT_FILE with
 * "file", "fault"; INVALID_ARGUMENT / USAGE_OUTPUT_NEEDED: a workbook is never written to a terminal. */
ErrCode files_open_output(Cli *cli, Err *err) MUST_CHECK;

/* Puts what was written in the place of the file; a command that wrote nothing leaves the file as it was. */
ErrCode files_close_output(Cli *cli, Err *err) MUST_CHECK;

/* Rows in the format asked for; separated text when it is none for tables. heads: heading rows of a workbook.
 * After ERR_OK files_close_table is to be called. */
ErrCode files_open_table(Cli *cli, uint32_t heads, Buf *buf, TableWriter *ret_writer, Err *err) MUST_CHECK;
/* Puts the rows where the command's data goes. failed: what went wrong while they were made, which is passed
 * on; nothing is put then. */
ErrCode files_close_table(Cli *cli, TableWriter *writer, ErrCode failed, Err *err) MUST_CHECK;

#endif
