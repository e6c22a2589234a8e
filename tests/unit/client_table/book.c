/* Owns the making of packages for tests. Invariant: without a lie the package is sound. Must not use the
 * reader's own ideas of the format. */
#include "tests/unit/client_table/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

const BookLie book_no_lie = {BOOK_TRUTH, BOOK_TRUTH, BOOK_TRUTH, BOOK_TRUTH, 0};

void book_init(Book *book)
{
    memset(book, 0, sizeof *book);
    buf_init(&book->out, (size_t)256 << 20);
    book->say_count = book->say_size = book->say_begin = BOOK_TRUTH;
}

void book_done(Book *book)
{
    buf_done(&book->out);
}

static void put(Buf *out, uint64_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        buf_u8(out, (uint8_t)value);
}

static uint64_t or_truth(int64_t lie, uint64_t truth)
{
    return lie == BOOK_TRUTH ? truth : (uint64_t)lie;
}

/* Raw deflate; the caller frees. */
static uint8_t *deflate_bytes(const void *bytes, size_t size, size_t *ret)
{
    z_stream stream = {0};

    assert_int_equal(deflateInit2(&stream, size > 1 << 20 ? 1 : 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&stream, size);
    uint8_t *packed = malloc(room);
    assert_non_null(packed);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *ret = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

/* Sizes as 32 bits, or the mark that they stand in the extra field. */
static void put_sizes(Buf *out, bool zip64, uint64_t packed, uint64_t unpacked)
{
    put(out, zip64 ? UINT32_MAX : packed, 4);
    put(out, zip64 ? UINT32_MAX : unpacked, 4);
}

void book_add_lie(Book *book, const char *name, const void *bytes, size_t size, BookLie lie)
{
    assert_true(book->count < BOOK_ENTRIES);
    BookLine *line = &book->lines[book->count++];
    size_t packed_size = size;
    uint8_t *packed = book->store ? NULL : deflate_bytes(bytes, size, &packed_size);

    line->name_size = (uint16_t)strlen(name);
    memcpy(line->name, name, (size_t)line->name_size + 1);
    line->crc = (uint32_t)crc32(0, bytes, (uInt)size);
    line->packed = packed_size;
    line->unpacked = size;
    line->offset = book->out.length;
    line->method = book->store ? 0 : 8;
    line->lie = lie;
    put(&book->out, 0x04034B50, 4);
    put(&book->out, 20, 2);
    put(&book->out, lie.flags, 2);
    put(&book->out, line->method, 2);
    put(&book->out, 0, 4);
    put(&book->out, or_truth(lie.crc, line->crc), 4);
    put_sizes(&book->out, book->zip64, or_truth(lie.packed, packed_size), or_truth(lie.unpacked, size));
    put(&book->out, line->name_size, 2);
    put(&book->out, book->zip64 ? 20 : 0, 2);
    buf_add(&book->out, name, line->name_size);
    if (book->zip64) {
        put(&book->out, 1, 2);
        put(&book->out, 16, 2);
        put(&book->out, or_truth(lie.unpacked, size), 8);
        put(&book->out, or_truth(lie.packed, packed_size), 8);
    }
    buf_add(&book->out, packed == NULL ? bytes : packed, packed_size);
    free(packed);
}

void book_add(Book *book, const char *name, const void *bytes, size_t size)
{
    book_add_lie(book, name, bytes, size, book_no_lie);
}

void book_add_text(Book *book, const char *name, const char *text)
{
    book_add(book, name, text, strlen(text));
}

static void put_line(Book *book, const BookLine *line)
{
    const BookLie *lie = &line->lie;
    uint64_t packed = or_truth(lie->packed, line->packed), unpacked = or_truth(lie->unpacked, line->unpacked),
             offset = or_truth(lie->offset, line->offset);

    put(&book->out, 0x02014B50, 4);
    put(&book->out, 20, 2);
    put(&book->out, 20, 2);
    put(&book->out, lie->flags, 2);
    put(&book->out, line->method, 2);
    put(&book->out, 0, 4);
    put(&book->out, or_truth(lie->crc, line->crc), 4);
    put_sizes(&book->out, book->zip64, packed, unpacked);
    put(&book->out, line->name_size, 2);
    put(&book->out, book->zip64 ? 28 : 0, 2);
    put(&book->out, 0, 10);
    put(&book->out, book->zip64 ? UINT32_MAX : offset, 4);
    buf_add(&book->out, line->name, line->name_size);
    if (book->zip64) {
        put(&book->out, 1, 2);
        put(&book->out, 24, 2);
        put(&book->out, unpacked, 8);
        put(&book->out, packed, 8);
        put(&book->out, offset, 8);
    }
}

void book_finish(Book *book)
{
    uint64_t begin = book->out.length;

    book->directory_at = (size_t)begin;
    for (size_t i = 0; i < book->count; i++)
        put_line(book, &book->lines[i]);
    uint64_t size = or_truth(book->say_size, book->out.length - begin),
             count = or_truth(book->say_count, book->count), at = book->out.length;
    begin = or_truth(book->say_begin, begin);
    if (book->zip64) {
        put(&book->out, 0x06064B50, 4);
        put(&book->out, 44, 8);
        put(&book->out, 45, 2);
        put(&book->out, 45, 2);
        put(&book->out, 0, 8);
        put(&book->out, count, 8);
        put(&book->out, count, 8);
        put(&book->out, size, 8);
        put(&book->out, begin, 8);
        put(&book->out, 0x07064B50, 4);
        put(&book->out, 0, 4);
        put(&book->out, at, 8);
        put(&book->out, 1, 4);
    }
    put(&book->out, 0x06054B50, 4);
    put(&book->out, 0, 4);
    put(&book->out, book->zip64 ? UINT16_MAX : count, 2);
    put(&book->out, book->zip64 ? UINT16_MAX : count, 2);
    put(&book->out, book->zip64 ? UINT32_MAX : size, 4);
    put(&book->out, book->zip64 ? UINT32_MAX : begin, 4);
    put(&book->out, 0, 2);
    assert_false(book->out.failed);
}

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define SHEETS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

static const char default_workbook[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\r\n<workbook xmlns=\"" SHEETS
    "\" xmlns:r=\"" OFFICE
    "\"><sheets><sheet name=\"Лист1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
static const char default_relations[] =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"rId1\" Type=\"" OFFICE "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/>"
    "<Relationship Id=\"rId3\" Type=\"" OFFICE
    "/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";

void book_add_parts(Book *book, const BookParts *parts)
{
    book_add_text(book, "[Content_Types].xml", "<Types/>");
    book_add_text(book, "_rels/.rels",
                  "<Relationships><Relationship Id=\"rId1\" Type=\"" OFFICE
                  "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
    book_add_text(book, "xl/workbook.xml", parts->workbook == NULL ? default_workbook : parts->workbook);
    book_add_text(book, "xl/_rels/workbook.xml.rels",
                  parts->relations == NULL ? default_relations : parts->relations);
    if (parts->styles != NULL)
        book_add_text(book, "xl/styles.xml", parts->styles);
    if (parts->strings != NULL)
        book_add_text(book, "xl/sharedStrings.xml", parts->strings);
    if (parts->whole_sheet != NULL) {
        book_add(book, "xl/worksheets/sheet1.xml", parts->whole_sheet,
                 parts->whole_size == 0 ? strlen(parts->whole_sheet) : parts->whole_size);
        return;
    }
    Buf sheet;
    buf_init(&sheet, (size_t)200 << 20);
    buf_printf(&sheet, "<worksheet xmlns=\"%s\">", SHEETS);
    buf_text(&sheet, parts->sheet == NULL ? "<sheetData/>" : parts->sheet);
    buf_text(&sheet, "</worksheet>");
    assert_false(sheet.failed);
    book_add(book, "xl/worksheets/sheet1.xml", sheet.data, sheet.length);
    buf_done(&sheet);
}

static ErrCode dump_cell(void *context, const XlsxCell *cell, Err *err)
{
    static const char *const types[] = {"", "number", "text", "bool", "error", "date"};
    char place[XLSX_PLACE_SIZE];

    (void)err;
    xlsx_dump_place(cell->sheet, cell->row, cell->column, place);
    buf_printf(context, "%s %s%s %s\n", strrchr(place, '!') + 1, types[cell->type],
               cell->formula ? " formula" : "", cell->text);
    return ERR_OK;
}

static ErrCode dump_merge(void *context, const XlsxArea *area, Err *err)
{
    char first[XLSX_PLACE_SIZE], last[XLSX_PLACE_SIZE];

    (void)err;
    xlsx_dump_place("", area->first_row, area->first_column, first);
    xlsx_dump_place("", area->last_row, area->last_column, last);
    buf_printf(context, "merge %s:%s\n", first + 1, last + 1);
    return ERR_OK;
}

char *book_dump_bytes(const void *bytes, size_t size, const char *sheet, bool slowly)
{
    Arena *arena = arena_new((size_t)256 << 20, NULL);
    XlsxOptions options = {.slowly = slowly};
    Xlsx *book = NULL;
    Err err = {.code = ERR_OK};
    size_t at = 0;
    Buf out;

    assert_non_null(arena);
    buf_init(&out, (size_t)64 << 20);
    buf_text(&out, "");
    XlsxHandler handler = {&out, dump_cell, dump_merge};
    ErrCode code = xlsx_open_bytes(bytes, size, &options, arena, &book, &err);
    if (code == ERR_OK)
        code = xlsx_find_sheet(book, sheet, &at, &err);
    if (code == ERR_OK)
        code = xlsx_read_sheet(book, at, &handler, &err);
    assert_int_equal(code, err.code);
    if (code != ERR_OK) {
        buf_clear(&out);
        buf_text(&out, err.reason);
        for (size_t i = 0; i < err.arg_count; i++)
            buf_printf(&out, " %s=%s", err.args[i].key, err.args[i].value);
    }
    xlsx_close(book);
    arena_free(arena);
    assert_false(out.failed);
    return out.data == NULL ? calloc(1, 1) : out.data;
}

char *book_dump(const Book *book, const char *sheet, bool slowly)
{
    return book_dump_bytes(book->out.data, book->out.length, sheet, slowly);
}

const char *book_show(const BookParts *parts)
{
    static char *last;
    Book book;

    free(last);
    book_init(&book);
    book_add_parts(&book, parts);
    book_finish(&book);
    last = book_dump(&book, NULL, false);
    char *slow = book_dump(&book, NULL, true);
    /* positions of faults are told alike too */
    assert_string_equal(last, slow);
    free(slow);
    book_done(&book);
    return last;
}
