/* Owns the files of a command. Invariant: the file of --output is either what it was or a whole new one; the
 * one being written lies beside it. Must not know what is read or written. */
#include "client/cli/files.h"
#include "client/cli/cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/table/xlsx_write.h"
#include "common/core/decimal.h"

enum { WIDTH_OF_FILE = 120, OUTPUT_MAX = 256 << 20 };

/* Why the file cannot be written, in the system's words. */
static ErrCode output_fault(const char *path, Err *err)
{
    int fault = errno;

    err_set(err, ERR_FAILED_PRECONDITION, "OUTPUT_FILE");
    err_arg(err, "file", "%s", path);
    return err_arg(err, "fault", "%s", strerror(fault));
}

ErrCode files_load_table(Cli *cli, const char *path, bool facts, const char *sheet, Table **ret_table,
                         Err *err)
{
    int64_t megabytes = 0;
    const ConfValue *limit = &cli->values[KEY_WORKBOOK_LIMIT];

    if (decimal_parse(limit->text, 0, &megabytes) != DECIMAL_FINE || megabytes < 1 || megabytes > 4096) {
        err_set(err, ERR_INVALID_ARGUMENT, "CONF_BAD_VALUE");
        err_arg(err, "key", "%s", cli_keys[KEY_WORKBOOK_LIMIT].name);
        err_arg(err, "value", "%s", limit->text);
        return err_arg(err, "origin", "%s", limit->origin);
    }
    TableOptions options = {.facts = facts, .sheet = sheet, .unpacked_max = (size_t)megabytes << 20};
    ErrCode code = table_load(path, &options, cli->arena, ret_table, err);
    if (code == ERR_OK && (*ret_table)->merged > 0)
        cli_say(cli,
                N_("%zu cell took the value of the merged cells it belongs to.",
                   "%zu cells took the value of the merged cells they belong to.", (*ret_table)->merged),
                (*ret_table)->merged);
    return code;
}

ErrCode files_open_output(Cli *cli, Err *err)
{
    const char *path = cli_option(cli, "output");

    if (path == NULL && cli->style.format == RENDER_AS_XLSX)
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_OUTPUT_NEEDED");
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
    struct stat stat;
    bool fine = fflush(cli->host->out) == 0 && fstat(fileno(cli->host->out), &stat) == 0 &&
                fsync(fileno(cli->host->out)) == 0;
    bool empty = fine && stat.st_size == 0;
    fine = fclose(cli->host->out) == 0 && fine;
    ErrCode code = fine && (empty || rename(cli->beside, path) == 0) ? ERR_OK : output_fault(path, err);
    if (empty || code != ERR_OK)
        unlink(cli->beside);
    return code;
}

ErrCode files_open_table(Cli *cli, uint32_t heads, Buf *buf, TableWriter *ret_writer, Err *err)
{
    XlsxWriter *workbook = NULL;

    if (cli->style.format == RENDER_AS_XLSX) {
        ErrCode code = xlsx_writer_open(cli->beside, cli->command->noun, heads, &workbook, err);
        if (code == ERR_OK)
            *ret_writer = table_writer_xlsx(workbook);
        return code;
    }
    buf_init(buf, OUTPUT_MAX);
    *ret_writer =
        cli->style.format == RENDER_AS_TSV ? table_writer_tsv(buf) : table_writer_csv(buf, cli->style.excel);
    return ERR_OK;
}

ErrCode files_close_table(Cli *cli, TableWriter *writer, ErrCode failed, Err *err)
{
    Err close_err = {.code = ERR_OK};
    Buf *buf = writer->buf;
    ErrCode code = failed;

    if (writer->workbook != NULL) {
        ErrCode closed = xlsx_writer_close(writer->workbook, &close_err);
        if (failed == ERR_OK && closed != ERR_OK)
            *err = close_err;
        if ((failed != ERR_OK || closed != ERR_OK) && truncate(cli->beside, 0) != 0)
            cli->beside = NULL; /* there is no file */
        return failed == ERR_OK ? closed : failed;
    }
    if (code == ERR_OK && buf->failed)
        code = err_memory(err);
    if (code == ERR_OK && buf->length > 0 && fwrite(buf->data, 1, buf->length, cli->host->out) != buf->length)
        code = err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    buf_done(buf);
    return code;
}
