/* Owns reading a file as a table. Invariant: what a file is, is told by its content. Must not know what the
 * columns mean. */
#include "client/table/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/table/csv.h"
#include "client/table/xlsx_table.h"

/* Why the file cannot be had. */
static ErrCode file_fault(const char *path, bool missing, Err *err)
{
    err_set(err, missing ? ERR_NOT_FOUND : ERR_FAILED_PRECONDITION,
            missing ? "FILE_MISSING" : "FILE_UNREADABLE");
    return err_arg(err, "file", "%s", path);
}

/* At most one byte more than allowed is read. */
static ErrCode load_text(FILE *file, const char *path, const TableOptions *options, Arena *arena,
                         Table **ret_table, Err *err)
{
    static const CsvOptions plain = {.comments = true};
    Buf buf;

    buf_init(&buf, (size_t)CSV_BYTES_MAX + 1);
    char block[16384];
    size_t got;
    while (!buf.failed && (got = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&buf, block, got);
    ErrCode code;
    if (ferror(file) != 0) {
        code = file_fault(path, false, err);
    } else if (buf.failed) {
        err_set(err, ERR_INVALID_ARGUMENT, "CSV_TOO_LARGE");
        code = err_arg(err, "limit", "%d", CSV_BYTES_MAX);
    } else {
        bool facts = options->facts;
        code = csv_read(buf.data == NULL ? "" : buf.data, buf.length, facts ? &csv_facts : &plain, arena,
                        ret_table, err);
    }
    buf_done(&buf);
    return code;
}

/* Workbooks are ZIP archives; older ones and encrypted ones are OLE files, which the reader names. */
static bool is_workbook(FILE *file)
{
    static const char *const heads[] = {"PK\003\004", "PK\005\006", "\xD0\xCF\x11\xE0"};
    char head[4] = "";
    size_t got = fread(head, 1, sizeof head, file);

    rewind(file);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (got == sizeof head && memcmp(head, heads[i], sizeof head) == 0)
            return true;
    return false;
}

ErrCode table_load(const char *path, const TableOptions *options, Arena *arena, Table **ret_table, Err *err)
{
    static const TableOptions none = {.facts = false};
    FILE *file = fopen(path, "rb");
    ErrCode code;

    if (file == NULL)
        return file_fault(path, errno == ENOENT, err);
    if (options == NULL)
        options = &none;
    if (is_workbook(file)) {
        code = xlsx_table_load(path, options, arena, ret_table, err);
    } else if (options->sheet != NULL) {
        err_set(err, ERR_INVALID_ARGUMENT, "XLSX_SHEET_OF_TEXT");
        err_arg(err, "sheet", "%s", options->sheet);
        code = err_arg(err, "file", "%s", path);
    } else {
        code = load_text(file, path, options, arena, ret_table, err);
    }
    fclose(file);
    return code;
}

int table_get_column(const Table *table, const char *heading)
{
    const TableRow *head = &table->rows[0];

    for (uint32_t i = 0; i < head->cell_count; i++)
        if (strcasecmp(head->cells[i], heading) == 0)
            return (int)i;
    return -1;
}

const char *table_get_cell(const TableRow *row, int column)
{
    if (column < 0 || (uint32_t)column >= row->cell_count)
        return "";
    return row->cells[column];
}
