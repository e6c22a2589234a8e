/* Owns the files of a command. Invariant: the file of --output is either what it was or a whole new one; the
 * one being written lies beside it. Must not know what is read or written. */
#include "client/cli/files.h"
#include "client/cli/cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
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

    struct stat there;

    if (path == NULL)
        return ERR_OK;
    bool device = stat(path, &there) == 0 && !S_ISREG(there.st_mode); /* written into, never replaced */
    cli->beside = device ? path : arena_printf(cli->arena, "%s.%ld.part", path, (long)getpid());
    if (cli->beside == NULL)
        return err_memory(err);
    FILE *file = fopen(cli->beside, device ? "wbe" : "wbxe");
    if (file == NULL)
        return output_fault(path, err);
    watch_file(cli->host->watch, device ? NULL : cli->beside);
    cli->file = file;
    cli->out = file;
    cli->style.width = WIDTH_OF_FILE;
    return ERR_OK;
}

ErrCode files_close_output(Cli *cli, Err *err)
{
    const char *path = cli_option(cli, "output");

    if (path == NULL)
        return ERR_OK;
    bool device = cli->beside == path;
    bool empty = ftell(cli->file) == 0;
    bool fine = fflush(cli->file) == 0 && (device || fsync(fileno(cli->file)) == 0);
    fine = fclose(cli->file) == 0 && fine;
    ErrCode code =
        fine && (empty || device || rename(cli->beside, path) == 0) ? ERR_OK : output_fault(path, err);
    if ((empty || code != ERR_OK) && !device)
        unlink(cli->beside);
    watch_file(cli->host->watch, NULL);
    cli->out = cli->screen;
    return code;
}
