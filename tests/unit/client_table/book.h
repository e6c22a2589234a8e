/* Workbooks made by hand, byte by byte: sound ones, and ones that lie about themselves. */
#ifndef TESTS_UNIT_CLIENT_TABLE_BOOK_H
#define TESTS_UNIT_CLIENT_TABLE_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "client/table/xlsx_read.h"
#include "common/core/buf.h"

enum { BOOK_ENTRIES = 64, BOOK_TRUTH = -1 };

/* What the directory says of an entry when it lies; BOOK_TRUTH elsewhere. */
typedef struct BookLie {
    int64_t unpacked, packed, offset, crc;
    uint16_t flags;
} BookLie;
extern const BookLie book_no_lie;

typedef struct BookLine {
    char name[200];
    uint16_t name_size;
    uint32_t crc;
    uint64_t packed, unpacked, offset;
    uint16_t method;
    BookLie lie;
} BookLine;

typedef struct Book {
    Buf out;
    BookLine lines[BOOK_ENTRIES];
    size_t count;
    bool zip64, store;                      /* the larger form; without compression */
    int64_t say_count, say_size, say_begin; /* of the directory */
    size_t directory_at;                    /* where it begins, once finished */
} Book;

void book_init(Book *book);
void book_done(Book *book);

void book_add(Book *book, const char *name, const void *bytes, size_t size);
void book_add_text(Book *book, const char *name, const char *text);
void book_add_lie(Book *book, const char *name, const void *bytes, size_t size, BookLie lie);
void book_finish(Book *book);

/* The parts of a workbook with one sheet; NULL: as spreadsheet programs write it, or absent (strings,
 * styles). sheet: inside of <worksheet>. */
typedef struct BookParts {
    const char *workbook, *relations, *sheet, *strings, *styles;
    const char *whole_sheet; /* instead of sheet: the part itself */
    size_t whole_size;       /* of it; 0: a text */
} BookParts;

/* Adds the parts; book_finish is the caller's. */
void book_add_parts(Book *book, const BookParts *parts);

/* The cells of the first sheet (or the one named) as lines "A1 text Школа", "B1 number 5", "merge A1:B2"; or
 * "REASON key=value ..." when the workbook is refused. slowly: by expat alone. The caller frees. */
char *book_dump(const Book *book, const char *sheet, bool slowly);
char *book_dump_bytes(const void *bytes, size_t size, const char *sheet, bool slowly);

/* book_dump of the parts, both ways, which must agree; borrowed until the next call. */
const char *book_show(const BookParts *parts);

#endif
