/* Writing of a workbook with one sheet, row by row in constant memory: typed cells, a heading that stays in
 * sight, filters. Text is written as text whatever it looks like: no cell is ever a formula. */
#ifndef CLIENT_TABLE_XLSX_WRITE_H
#define CLIENT_TABLE_XLSX_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/err.h"

enum {
    XLSX_SHEET_NAME_SIZE = 31 * 4 + 1, /* bytes: 31 characters */
    XLSX_WIDTH_LEAST = 8,              /* characters of a column */
    XLSX_WIDTH_MOST = 60,
    XLSX_HEAD_MOST = 3, /* heading rows */
};

typedef struct XlsxWriter XlsxWriter;

/* A new workbook that will lie at path when it is closed; sheet may be any text, its name is made to obey the
 * rules of sheet names. heads: rows that stay in sight; filters are on the last of them. RESOURCE_EXHAUSTED /
 * MEMORY_LIMIT; FAILED_PRECONDITION / XLSX_WRITE ("file", "fault"). */
ErrCode xlsx_writer_open(const char *path, const char *sheet, uint32_t heads, XlsxWriter **ret_writer,
                         Err *err) MUST_CHECK;

/* Writes the file and frees the writer, also after a failure. FAILED_PRECONDITION / XLSX_WRITE; the first
 * thing that went wrong before: XLSX_WRITE_LONG (more than 32,767 characters), XLSX_WRITE_ROWS, both with
 * "place". The file at path is empty then. */
ErrCode xlsx_writer_close(XlsxWriter *writer, Err *err) MUST_CHECK;

/* Gives up: the file at path is empty, the writer freed. */
void xlsx_writer_drop(XlsxWriter *writer);

/* Cells of the row, left to right. What cannot be written is told when the workbook is closed. */
void xlsx_write_text(XlsxWriter *writer, const char *text); /* "" is an empty cell */
/* number: as decimal_dump makes it; scale digits are shown behind the point, in groups when grouped. One with
 * more than 15 digits would be changed by a spreadsheet and is written as text. */
void xlsx_write_number(XlsxWriter *writer, const char *number, unsigned scale, bool grouped);
void xlsx_write_bool(XlsxWriter *writer, bool value);
/* "2021-09-01" or "2021-09-01T10:30:00...": a date; anything else is written as text. */
void xlsx_write_date(XlsxWriter *writer, const char *iso);
void xlsx_write_end(XlsxWriter *writer);

/* Width of a column from 0, in characters; 0: of its heading. To be called before the row it stands in. */
void xlsx_set_width(XlsxWriter *writer, uint32_t column, uint32_t width);

/* The cells of the column below the heading are chosen from a list; others may be typed after a warning. */
void xlsx_set_choices(XlsxWriter *writer, uint32_t column, const char *const *choices, uint32_t count);

/* The name a sheet gets for a text: 31 characters, none of []:*?/\ and no apostrophe at its ends. to:
 * XLSX_SHEET_NAME_SIZE bytes. */
void xlsx_fix_name(const char *text, char *to);

#endif
