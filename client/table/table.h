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

typedef struct Table {
    TableEncoding encoding; /* of separated text */
    char separator;
    const TableRow *rows;
    size_t row_count;
} Table;

typedef struct TableOptions {
    bool facts; /* a file of facts: separated by tabs, quotes are ordinary characters */
} TableOptions;

/* Reads a whole file by its content. Records whose first character is # are left out. NOT_FOUND /
 * FILE_MISSING, FAILED_PRECONDITION / FILE_UNREADABLE with "file", and the errors of csv_read. */
ErrCode table_load(const char *path, const TableOptions *options, Arena *arena, Table **ret_table,
                   Err *err) MUST_CHECK;

/* Column of the first row with that heading (letter case of ASCII ignored), or -1. */
int table_get_column(const Table *table, const char *heading);

/* The cell, or "" beyond the end of a short row. */
const char *table_get_cell(const TableRow *row, int column);

/* Where rows go, cell by cell. Separated text for programs: comma or tab, point, LF; for a Russian
 * spreadsheet: BOM, semicolon, decimal comma, CRLF. Text that a spreadsheet would take for a formula (first =
 * + - @ TAB CR LF, or the full-width forms) is prefixed by an apostrophe, which csv_read takes away again. */
typedef struct TableWriter {
    Buf *buf;
    char separator;
    bool excel, in_row;
} TableWriter;

TableWriter table_writer_csv(Buf *buf, bool excel);
TableWriter table_writer_tsv(Buf *buf);
void table_write_text(TableWriter *writer, const char *text);
/* number: plain digits with an optional sign and point, as decimal_dump makes them. */
void table_write_number(TableWriter *writer, const char *number);
void table_write_end(TableWriter *writer);

/* True when text would be prefixed. */
bool table_is_guarded(const char *text);

#endif
