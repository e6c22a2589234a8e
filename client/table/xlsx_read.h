/* Reading of workbooks (XLSX, Office Open XML, transitional and strict) as a stream of cells: memory is that
 * of the shared strings. */
#ifndef CLIENT_TABLE_XLSX_READ_H
#define CLIENT_TABLE_XLSX_READ_H

#include <stdbool.h>

#include "common/core/arena.h"

enum {
    XLSX_ROWS_MAX = 1000000, /* rows with values */
    XLSX_ROW_LAST = 1048576, /* of the format */
    XLSX_COLUMNS_MAX = 16384,
    XLSX_CELL_MAX = 32767, /* characters */
    XLSX_SHEETS_MAX = 1024,
    XLSX_STYLES_MAX = 65536,
    XLSX_NAME_SIZE = 128, /* bytes of a sheet's name, NUL included: 31 characters */
    XLSX_PLACE_SIZE = XLSX_NAME_SIZE + 16,
};

typedef enum XlsxType {
    XLSX_NUMBER = 1, /* plain decimal, at most 15 significant digits where there is a fraction: 12345.1 */
    XLSX_TEXT,
    XLSX_BOOL,  /* "true" or "false" */
    XLSX_ERROR, /* "#N/A", "#DIV/0!" */
    XLSX_DATE,  /* "2021-09-01", "2021-09-01T10:30:00", or "10:30:00" for a time without a day */
} XlsxType;

/* A cell that holds something. Texts are gone after the call. */
typedef struct XlsxCell {
    XlsxType type;
    bool formula; /* text is the value stored with it */
    bool shared;  /* text is a shared string and lives as long as the book's arena */
    const char *text;
    const char *sheet;
    uint32_t row, column; /* from 1 */
} XlsxCell;

/* Rows and columns from 1, both ends included. */
typedef struct XlsxArea {
    uint32_t first_row, first_column, last_row, last_column;
} XlsxArea;

/* Called row by row, left to right; a code other than ERR_OK, with *err set, ends the reading. merge, which
 * may be NULL, comes after all cells: the value of an area stands in its first cell. */
typedef struct XlsxHandler {
    void *context;
    ErrCode (*cell)(void *context, const XlsxCell *cell, Err *err);
    ErrCode (*merge)(void *context, const XlsxArea *area, Err *err);
} XlsxHandler;

typedef struct XlsxOptions {
    size_t unpacked_max; /* bytes of all parts together; 0: 64 MiB */
    bool slowly;         /* by expat alone: what the quick way is compared with */
} XlsxOptions;

typedef struct Xlsx Xlsx;

/* Opens the workbook: sheets, number formats, shared strings. options may be NULL. Errors of package_open and
 * xml_read; XLSX_NOT_WORKBOOK, XLSX_TEXT_LIMIT (shared strings take more than half of unpacked_max). */
ErrCode xlsx_open(const char *path, const XlsxOptions *options, Arena *arena, Xlsx **ret_book,
                  Err *err) MUST_CHECK;
/* The bytes must outlive the book. */
ErrCode xlsx_open_bytes(const void *bytes, size_t size, const XlsxOptions *options, Arena *arena,
                        Xlsx **ret_book, Err *err) MUST_CHECK;
void xlsx_close(Xlsx *book); /* accepts NULL */

/* Sheets in the order of the tabs; those that hold charts alone are none. */
size_t xlsx_sheet_count(const Xlsx *book);
const char *xlsx_sheet_name(const Xlsx *book, size_t sheet);

/* Bytes the shared strings take. */
size_t xlsx_text_used(const Xlsx *book);

/* The sheet of that name; NULL: the first that is not hidden. NOT_FOUND / XLSX_SHEET_UNKNOWN with "sheet" and
 * the names there are in "sheets". */
ErrCode xlsx_find_sheet(const Xlsx *book, const char *name, size_t *ret_sheet, Err *err) MUST_CHECK;

/* All cells of a sheet. INVALID_ARGUMENT with "place" (Sheet!C7): XLSX_TOO_MANY_ROWS, XLSX_PLACE (outside of
 * a sheet, or out of order), XLSX_CELL_TOO_LONG, XLSX_STRING_INDEX. */
ErrCode xlsx_read_sheet(Xlsx *book, size_t sheet, const XlsxHandler *handler, Err *err) MUST_CHECK;

/* "Лист1!C7"; to: XLSX_PLACE_SIZE bytes. */
void xlsx_dump_place(const char *sheet, uint32_t row, uint32_t column, char *to);

#endif
