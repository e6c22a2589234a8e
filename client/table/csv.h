/* Tables as text: CSV of any office program, and TSV files of facts. Reading detects separator and encoding
 * and has hard limits; writing defuses formulas. */
#ifndef CLIENT_TABLE_CSV_H
#define CLIENT_TABLE_CSV_H

#include <stdbool.h>

#include "common/core/arena.h"
#include "common/core/buf.h"

enum {
    CSV_BYTES_MAX = 64 << 20,
    CSV_ROWS_MAX = 1000000,
    CSV_CELL_MAX = 32767, /* characters, the limit of Excel */
    CSV_COLUMNS_MAX = 1024,
};

typedef enum CsvEncoding { CSV_UTF8 = 1, CSV_UTF8_BOM = 2, CSV_CP1251 = 3 } CsvEncoding;

/* One record that has at least one character; blank records are left out. */
typedef struct CsvRow {
    uint32_t number; /* record number in the file, from 1: the row a spreadsheet shows */
    uint32_t cell_count;
    const char *const *cells; /* UTF-8, quotes and the apostrophe of the writer removed */
} CsvRow;

typedef struct CsvTable {
    CsvEncoding encoding;
    char separator;
    const CsvRow *rows;
    size_t row_count;
} CsvTable;

typedef struct CsvOptions {
    char separator;       /* 0: detected among , ; and tab from the first record */
    bool comments;        /* records starting with # are left out */
    bool plain_quotes;    /* quotes are ordinary characters (TSV of facts) */
    bool keep_apostrophe; /* leave the writer's guard in place */
} CsvOptions;

/* Options of a file of facts: tab, comments, plain quotes. */
extern const CsvOptions csv_facts;

/* Reads a whole file. options may be NULL. INVALID_ARGUMENT with "row" and "column" where they are known:
 * CSV_TOO_LARGE, CSV_TOO_MANY_ROWS, CSV_TOO_MANY_COLUMNS, CSV_CELL_TOO_LONG ("limit" each), CSV_ENCODING,
 * CSV_BINARY (a NUL byte), CSV_QUOTE_OPEN, CSV_QUOTE_TAIL (characters after a closing quote), CSV_EMPTY. */
ErrCode csv_read(const void *bytes, size_t size, const CsvOptions *options, Arena *arena,
                 CsvTable **ret_table, Err *err) MUST_CHECK;

/* The same from a file; NOT_FOUND / FILE_MISSING, FAILED_PRECONDITION / FILE_UNREADABLE with "file". */
ErrCode csv_load(const char *path, const CsvOptions *options, Arena *arena, CsvTable **ret_table,
                 Err *err) MUST_CHECK;

/* Column of the first row with that heading (letter case of ASCII ignored), or -1. */
int csv_get_column(const CsvTable *table, const char *heading);

/* The cell, or "" beyond the end of a short row. */
const char *csv_get_cell(const CsvRow *row, int column);

/* Writing. Machine style: comma, point, LF. Excel style: BOM, semicolon, decimal comma, CRLF.
 * Text that a spreadsheet would take for a formula (first = + - @ TAB CR LF, or the full-width forms) is
 * prefixed by an apostrophe, which csv_read takes away again. */
typedef struct CsvWriter {
    Buf *buf;
    bool excel;
    bool in_row;
} CsvWriter;

CsvWriter csv_writer(Buf *buf, bool excel);
void csv_write_text(CsvWriter *writer, const char *text);
/* number: plain digits with an optional sign and point, as decimal_dump makes them. */
void csv_write_number(CsvWriter *writer, const char *number);
void csv_write_end(CsvWriter *writer);

/* True when text would be prefixed. */
bool csv_is_guarded(const char *text);

#endif
