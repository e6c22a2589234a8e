/* Inside of a workbook, shared by the reading of its tables and of its sheets only. */
#ifndef CLIENT_TABLE_XLSX_BOOK_H
#define CLIENT_TABLE_XLSX_BOOK_H

#include "client/table/package.h"
#include "client/table/xlsx_number.h"
#include "client/table/xlsx_read.h"
#include "client/table/xml.h"

typedef struct XlsxSheet {
    char name[XLSX_NAME_SIZE];
    const char *relation; /* id */
    const char *part;     /* NULL: no sheet of cells */
    bool hidden;
} XlsxSheet;

enum { XLSX_STRING_BLOCK = 4096, XLSX_PATH_SIZE = 512 };

struct Xlsx {
    Package *package;
    Arena *arena;
    bool slowly, from_1904;
    size_t text_limit, text_used; /* bytes of shared strings and their pointers */
    char *room;                   /* where the next strings go; left: bytes free there */
    size_t left;
    XlsxSheet *sheets;
    size_t sheet_count;
    uint8_t *formats; /* XlsxFormat of each cell style */
    size_t format_count;
    const char ***strings; /* blocks of XLSX_STRING_BLOCK */
    size_t string_count, block_room;
};

/* Reads workbook, styles and shared strings of the open package. */
ErrCode xlsx_load_book(Xlsx *book, Err *err) MUST_CHECK;

/* Reads one part of the package. */
ErrCode xlsx_read_part(Xlsx *book, const char *part, const XmlHandler *handler, Err *err) MUST_CHECK;

/* The shared string, NULL beyond the last one. */
const char *xlsx_get_string(const Xlsx *book, uint64_t index);

/* Text as it is collected from the pieces of a cell. */
typedef struct XlsxText {
    char *data; /* NUL-terminated */
    size_t length, characters;
} XlsxText;

enum { XLSX_TEXT_SIZE = 4 * XLSX_CELL_MAX + 1 };

/* false: longer than a cell may be. data has XLSX_TEXT_SIZE bytes. */
bool xlsx_text_add(XlsxText *text, const char *piece, size_t size);

/* Decodes "_x000D_" and the like in place, as the programs write characters that XML forbids. */
void xlsx_text_unescape(XlsxText *text);

/* A whole number from 0 written in digits alone; false: it is none, or larger than most. */
bool xlsx_parse_index(const char *text, uint64_t most, uint64_t *ret);

#endif
