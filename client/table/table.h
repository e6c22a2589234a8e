/* A table of texts as it was read, whatever file it came from, and the writer of such tables: one path for
 * separated text and for workbooks. */
#ifndef CLIENT_TABLE_TABLE_H
#define CLIENT_TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/arena.h"
#include "common/core/buf.h"

typedef enum TableEncoding { TABLE_UTF8 = 1, TABLE_UTF8_BOM = 2, TABLE_CP1251 = 3 } TableEncoding;

/* One record that has at least one character; blank records are left out. */
typedef struct TableRow {
    uint32_t number; /* record number in the file, from 1: the row a spreadsheet shows */
    uint32_t cell_count;
    const char *const *cells; /* UTF-8; of text, without quotes and the apostrophe of the writer */
} TableRow;

enum { TABLE_UNPACKED = 64 << 20 };

typedef struct Table {
    const char *sheet; /* of a workbook; NULL for separated text, which has: */
    TableEncoding encoding;
    char separator;
    size_t merged; /* cells that took the value of the merged area they lie in */
    const TableRow *rows;
    size_t row_count;
} Table;

typedef struct TableOptions {
    bool facts;          /* text is a file of facts: separated by tabs, quotes are ordinary characters */
    const char *sheet;   /* of a workbook; NULL: the first that is not hidden */
    size_t unpacked_max; /* bytes a workbook may unpack to; 0: TABLE_UNPACKED */
} TableOptions;

/* Reads a whole file: a workbook or separated text, told apart by its content. Records whose first character
 * is # are left out. NOT_FOUND / FILE_MISSING, FAILED_PRECONDITION / FILE_UNREADABLE with "file";
 * INVALID_ARGUMENT / XLSX_SHEET_OF_TEXT; the errors of csv_read and xlsx_table_load. */
ErrCode table_load(const char *path, const TableOptions *options, Arena *arena, Table **ret_table,
                   Err *err) MUST_CHECK;

/* Column of the first row with that heading (letter case of ASCII ignored), or -1. */
int table_get_column(const Table *table, const char *heading);

/* The cell, or "" beyond the end of a short row. */
const char *table_get_cell(const TableRow *row, int column);

typedef struct XlsxWriter XlsxWriter;

/* Where rows go, cell by cell: a workbook, or separated text. Separated text for programs: comma or tab,
 * point, LF; for a Russian spreadsheet: BOM, semicolon, decimal comma, CRLF. Text that a spreadsheet would
 * take for a formula (first =
 * + - @ TAB CR LF, or the full-width forms) is prefixed by an apostrophe, which csv_read takes away again. */
typedef struct TableWriter {
    Buf *buf;
    char separator;
    bool excel, in_row;
    XlsxWriter *workbook; /* instead of buf; NULL: none */
} TableWriter;

TableWriter table_writer_csv(Buf *buf, bool excel);
TableWriter table_writer_tsv(Buf *buf);
TableWriter table_writer_xlsx(XlsxWriter *workbook);
void table_write_text(TableWriter *writer, const char *text);
/* number: plain digits with an optional sign and point, as decimal_dump makes them. */
void table_write_number(TableWriter *writer, const char *number);
void table_write_end(TableWriter *writer);

/* True when text would be prefixed. */
bool table_is_guarded(const char *text);

#endif
