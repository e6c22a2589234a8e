/* Any bytes at all through the reader of workbooks: as a package, and as the sheet inside of a sound package,
 * where the quick scanner and expat alone must tell the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/table/xlsx_read.h"
#include "common/core/buf.h"
#include "common/core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() is off in release builds */
static void require(bool holds)
{
    if (!holds)
        abort();
}

static ErrCode add_cell(void *context, const XlsxCell *cell, Err *err)
{
    (void)err;
    require(text_utf8_check((const uint8_t *)cell->text, strlen(cell->text)));
    require(cell->row >= 1 && cell->row <= XLSX_ROW_LAST && cell->column >= 1 &&
            cell->column <= XLSX_COLUMNS_MAX);
    buf_printf(context, "%u:%u %d %s\n", cell->row, cell->column, (int)cell->type, cell->text);
    return ERR_OK;
}

static ErrCode add_merge(void *context, const XlsxArea *area, Err *err)
{
    (void)err;
    require(area->first_row <= area->last_row && area->first_column <= area->last_column);
    buf_printf(context, "merge %u:%u\n", area->first_row, area->first_column);
    return ERR_OK;
}

/* All cells, or the reason why not, as a text. */
static void dump(const void *bytes, size_t size, bool slowly, Buf *out)
{
    Arena *arena = arena_new((size_t)64 << 20, NULL);
    XlsxOptions options = {.unpacked_max = 4 << 20, .slowly = slowly};
    XlsxHandler handler = {out, add_cell, add_merge};
    Xlsx *book = NULL;
    Err err = {0};
    size_t sheet = 0;

    require(arena != NULL);
    ErrCode code = xlsx_open_bytes(bytes, size, &options, arena, &book, &err);
    if (code == ERR_OK)
        code = xlsx_find_sheet(book, NULL, &sheet, &err);
    if (code == ERR_OK)
        code = xlsx_read_sheet(book, sheet, &handler, &err);
    if (code != ERR_OK) {
        require(err.reason[0] != '\0');
        buf_text(out, err.reason);
    }
    xlsx_close(book);
    arena_free(arena);
}

static void put(Buf *out, uint64_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        buf_u8(out, (uint8_t)value);
}

static uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

/* A stored entry: its header and data, and its line of the directory. */
static void add_part(Buf *out, Buf *directory, const char *name, const void *bytes, size_t size)
{
    uint32_t crc = crc_of(bytes, size);
    size_t offset = out->length, length = strlen(name);

    put(out, 0x04034B50, 4);
    put(out, 20, 10);
    put(out, crc, 4);
    put(out, size, 4);
    put(out, size, 4);
    put(out, length, 4);
    buf_add(out, name, length);
    buf_add(out, bytes, size);
    put(directory, 0x02014B50, 4);
    put(directory, 20, 12);
    put(directory, crc, 4);
    put(directory, size, 4);
    put(directory, size, 4);
    put(directory, length, 4);
    put(directory, 0, 10);
    put(directory, offset, 4);
    buf_add(directory, name, length);
}

static void add_text(Buf *out, Buf *directory, const char *name, const char *text)
{
    add_part(out, directory, name, text, strlen(text));
}

/* A sound package around the sheet. */
static void wrap(const uint8_t *sheet, size_t size, Buf *out)
{
    Buf directory;

    buf_init(&directory, 1 << 16);
    add_text(
        out, &directory, "_rels/.rels",
        "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"w.xml\"/></Relationships>");
    add_text(out, &directory, "w.xml",
             "<workbook xmlns:r=\"r\"><sheets><sheet name=\"s\" r:id=\"b\"/></sheets></workbook>");
    add_text(out, &directory, "_rels/w.xml.rels",
             "<Relationships><Relationship Id=\"b\" Type=\"x/worksheet\" Target=\"s.xml\"/>"
             "<Relationship Id=\"c\" Type=\"x/styles\" Target=\"st.xml\"/></Relationships>");
    add_text(out, &directory, "st.xml",
             "<styleSheet><cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs></styleSheet>");
    add_part(out, &directory, "s.xml", sheet, size);
    size_t begin = out->length;
    buf_add(out, directory.data, directory.length);
    put(out, 0x06054B50, 8);
    put(out, 5, 2);
    put(out, 5, 2);
    put(out, directory.length, 4);
    put(out, begin, 4);
    put(out, 0, 2);
    buf_done(&directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Buf book, quick, slow;

    buf_init(&book, 8 << 20);
    buf_init(&quick, 64 << 20);
    buf_init(&slow, 64 << 20);
    dump(data, size, false, &quick);
    buf_clear(&quick);
    wrap(data, size, &book);
    require(!book.failed);
    dump(book.data, book.length, false, &quick);
    dump(book.data, book.length, true, &slow);
    buf_text(&quick, ""); /* the package around the sheet is sound */
    require(quick.data == NULL ||
            (!text_starts(quick.data, "XLSX_DAMAGED") && !text_starts(quick.data, "XLSX_NOT")));
    require(quick.length == slow.length &&
            (quick.length == 0 || memcmp(quick.data, slow.data, quick.length) == 0));
    buf_done(&book);
    buf_done(&quick);
    buf_done(&slow);
    return 0;
}
