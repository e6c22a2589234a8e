/* Reading of tables as text: CSV of any office program, and TSV files of facts. Separator and encoding are
 * detected; limits are hard. */
#ifndef CLIENT_TABLE_CSV_H
#define CLIENT_TABLE_CSV_H

#include <stdbool.h>

#include "client/table/table.h"

enum {
    CSV_BYTES_MAX = 64 << 20,
    CSV_ROWS_MAX = 1000000,
    CSV_CELL_MAX = 32767, /* characters, the limit of Excel */
    CSV_COLUMNS_MAX = 1024,
};

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
ErrCode csv_read(const void *bytes, size_t size, const CsvOptions *options, Arena *arena, Table **ret_table,
                 Err *err) MUST_CHECK;

#endif
