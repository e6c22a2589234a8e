/* Owns the files of a command. Invariant: the file of --output is either what it was or a whole new one; the
 * one being written lies beside it. Must not know what is read or written. */
#include "client/cli/files.h"
#include "client/cli/cli.h"
#include "client/cli/config.h"

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

    if (decimal_parse(cli->values[KEY_WORKBOOK_LIMIT].text, 0, &megabytes) != DECIMAL_FINE)
        megabytes = 0; /* was checked */
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
    struct stat there;

    if (path == NULL && cli->style.format == RENDER_AS_XLSX)
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_OUTPUT_NEEDED");
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
    struct stat there;
    bool device = cli->beside == path;
    bool fine = fflush(cli->file) == 0 && fstat(fileno(cli->file), &there) == 0 &&
                (device || fsync(fileno(cli->file)) == 0);
    bool empty = fine && there.st_size == 0; /* a workbook is written by its path */
    fine = fclose(cli->file) == 0 && fine;
    ErrCode code =
        fine && (empty || device || rename(cli->beside, path) == 0) ? ERR_OK : output_fault(path, err);
    if ((empty || code != ERR_OK) && !device)
        unlink(cli->beside);
    watch_file(cli->host->watch, NULL);
    cli->out = cli->screen;
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
    Buf *buf = writer->buf;
    ErrCode code = failed;

    if (writer->workbook != NULL && failed != ERR_OK) {
        xlsx_writer_drop(writer->workbook);
        return failed;
    }
    if (writer->workbook != NULL)
        return xlsx_writer_close(writer->workbook, err);
    if (code == ERR_OK && buf->failed)
        code = err_memory(err);
    if (code == ERR_OK && buf->length > 0 && fwrite(buf->data, 1, buf->length, cli->out) != buf->length)
        code = err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    buf_done(buf);
    return code;
}
