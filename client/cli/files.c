/* Owns the files of a command. Invariant: the file of --output is either what it was or a whole new one; the
 * one being written lies beside it. Must not know what is read or written. */
#include "client/cli/files.h"
#include "client/cli/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/core/text.h"

enum { WIDTH_OF_FILE = 120 };

/* Why the file cannot be written, in the system's words. */
static ErrCode output_fault(const char *path, Err *err)
{
    int fault = errno;

    err_set(err, ERR_FAILED_PRECONDITION, "OUTPUT_FILE");
    err_arg(err, "file", "%s", path);
    return err_arg(err, "fault", "%s", strerror(fault));
}

ErrCode files_load_table(Cli *cli, const char *path, bool facts, Table **ret_table, Err *err)
{
    TableOptions options = {.facts = facts};

    return table_load(path, &options, cli->arena, ret_table, err);
}

ErrCode files_open_output(Cli *cli, Err *err)
{
    const char *path = cli_option(cli, "output");

    if (path == NULL)
        return ERR_OK;
    CliHost *host = ARENA_NEW(cli->arena, CliHost, 1);
    cli->beside = arena_printf(cli->arena, "%s.%ld.part", path, (long)getpid());
    if (host == NULL || cli->beside == NULL)
        return err_memory(err);
    *host = *cli->host;
    host->out = fopen(cli->beside, "wbx");
    if (host->out == NULL)
        return output_fault(path, err);
    cli->host = host;
    cli->style.width = WIDTH_OF_FILE;
    return ERR_OK;
}

ErrCode files_close_output(Cli *cli, Err *err)
{
    const char *path = cli_option(cli, "output");

    if (path == NULL)
        return ERR_OK;
    bool empty = ftell(cli->host->out) == 0;
    bool fine = fflush(cli->host->out) == 0 && fsync(fileno(cli->host->out)) == 0;
    fine = fclose(cli->host->out) == 0 && fine;
    ErrCode code = fine && (empty || rename(cli->beside, path) == 0) ? ERR_OK : output_fault(path, err);
    if (empty || code != ERR_OK)
        unlink(cli->beside);
    return code;
}
