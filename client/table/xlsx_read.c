/* Owns the cells of a sheet. Invariant: cells come in the order of rows and columns, each one once, or the
 * sheet is refused. Must not keep cells. */
#include "client/table/xlsx_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/table/xlsx_book.h"
#include "common/core/text.h"

typedef enum Part { PART_OTHER, PART_VALUE, PART_INLINE, PART_INLINE_TEXT } Part;

typedef struct SheetReader {
    Xlsx *book;
    const XlsxHandler *handler;
    const char *sheet;
    uint32_t row, column; /* of the last cell begun */
    uint32_t value_rows, value_row;
    bool in_data, in_cell, formula;
    Part part;
    unsigned phonetic; /* depth of what is read aloud, not shown */
    char kind[12];     /* of the cell, as written */
    uint32_t style;
    XlsxText text;
    char number[XLSX_NUMBER_SIZE];
} SheetReader;

/* 1 is A, 27 is AA; appended to *to, which moves. */
static void dump_column(uint32_t column, char **to)
{
    char letters[8];
    int count = 0;

    for (; column > 0 && count < 8; column = (column - 1) / 26)
        letters[count++] = (char)('A' + (column - 1) % 26);
    while (count > 0)
        *(*to)++ = letters[--count];
}

void xlsx_dump_place(const char *sheet, uint32_t row, uint32_t column, char *to)
{
    text_copy(to, XLSX_NAME_SIZE, sheet);
    to += strlen(to);
    *to++ = '!';
    dump_column(column, &to);
    if (row > 0)
        snprintf(to, 12, "%u", row);
    else
        *to = '\0';
}

/* The cell that is to blame. */
static ErrCode cell_fault(const SheetReader *reader, const char *reason, Err *err)
{
    char place[XLSX_PLACE_SIZE];

    xlsx_dump_place(reader->sheet, reader->row, reader->column, place);
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    return err_arg(err, "place", "%s", place);
}

static ErrCode cell_limit(const SheetReader *reader, const char *reason, int limit, Err *err)
{
    cell_fault(reader, reason, err);
    return err_arg(err, "limit", "%d", limit);
}

/* "AB12" at *at, which moves behind it; false: no place of a sheet. */
static bool parse_place(const char **at, uint32_t *ret_row, uint32_t *ret_column)
{
    uint32_t column = 0, row = 0;
    const char *c = *at;

    for (; (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z'); c++) {
        column = column * 26 + (uint32_t)((*c & 0x1F));
        if (column > XLSX_COLUMNS_MAX)
            return false;
    }
    for (; *c >= '0' && *c <= '9'; c++) {
        row = row * 10 + (uint32_t)(*c - '0');
        if (row > XLSX_ROW_LAST)
            return false;
    }
    *at = c;
    *ret_row = row;
    *ret_column = column;
    return row > 0 && column > 0;
}

static ErrCode start_row(SheetReader *reader, const char *const *attributes, Err *err)
{
    const char *text = xml_get(attributes, "r");
    uint64_t row = reader->row + 1;

    if (text != NULL && (!xlsx_parse_index(text, XLSX_ROW_LAST, &row) || row <= reader->row))
        row = 0;
    reader->column = 0;
    if (row == 0 || row > XLSX_ROW_LAST) {
        reader->row++;
        cell_fault(reader, "XLSX_PLACE", err);
        return err_arg(err, "value", "%s", text == NULL ? "" : text);
    }
    reader->row = (uint32_t)row;
    return ERR_OK;
}

static ErrCode start_cell(SheetReader *reader, const char *const *attributes, Err *err)
{
    const char *place = NULL, *kind = "n";
    uint64_t style = 0;

    for (; attributes[0] != NULL; attributes += 2) {
        if (attributes[0][0] == '\0' || attributes[0][1] != '\0')
            continue;
        switch (attributes[0][0]) {
        case 'r':
            place = attributes[1];
            break;
        case 't':
            kind = attributes[1];
            break;
        case 's':
            if (!xlsx_parse_index(attributes[1], XLSX_STYLES_MAX, &style))
                style = 0;
            break;
        default:
            break;
        }
    }
    uint32_t row = reader->row, column = reader->column + 1;
    const char *at = place;
    reader->column++;
    if (column > XLSX_COLUMNS_MAX || row == 0 ||
        (place != NULL && (!parse_place(&at, &row, &column) || *at != '\0' || row != reader->row ||
                           column < reader->column))) {
        cell_fault(reader, "XLSX_PLACE", err);
        return err_arg(err, "value", "%s", place == NULL ? "" : place);
    }
    reader->column = column;
    reader->style = (uint32_t)style;
    text_copy(reader->kind, sizeof reader->kind, kind);
    reader->in_cell = true;
    reader->formula = false;
    reader->text.length = reader->text.characters = 0;
    reader->text.data[0] = '\0';
    return ERR_OK;
}

static ErrCode report_merge(SheetReader *reader, const char *const *attributes, Err *err)
{
    const char *at = xml_get(attributes, "ref");
    XlsxArea area;

    if (reader->handler->merge == NULL || at == NULL)
        return ERR_OK;
    if (!parse_place(&at, &area.first_row, &area.first_column) || *at != ':')
        return ERR_OK; /* of a single cell */
    at++;
    if (!parse_place(&at, &area.last_row, &area.last_column) || area.last_row < area.first_row ||
        area.last_column < area.first_column)
        return ERR_OK;
    return reader->handler->merge(reader->handler->context, &area, err);
}

static ErrCode sheet_start(void *context, const char *name, const char *const *attributes, Err *err)
{
    SheetReader *reader = context;

    if (reader->in_cell) {
        if (reader->phonetic > 0 || text_equal(name, "rPh")) {
            reader->phonetic++;
        } else if (text_equal(name, "v")) {
            reader->part = PART_VALUE;
            reader->text.length = reader->text.characters = 0;
            reader->text.data[0] = '\0';
        } else if (text_equal(name, "f")) {
            reader->formula = true;
        } else if (text_equal(name, "is")) {
            reader->part = PART_INLINE;
        } else if (text_equal(name, "t") && reader->part == PART_INLINE) {
            reader->part = PART_INLINE_TEXT;
        }
        return ERR_OK;
    }
    if (reader->in_data) {
        if (name[0] == 'c' && name[1] == '\0')
            return start_cell(reader, attributes, err);
        return text_equal(name, "row") ? start_row(reader, attributes, err) : ERR_OK;
    }
    if (text_equal(name, "sheetData"))
        reader->in_data = true;
    else if (text_equal(name, "mergeCell"))
        return report_merge(reader, attributes, err);
    return ERR_OK;
}

/* A number, a date or a time, by the style of the cell. */
static void read_number(SheetReader *reader, XlsxCell *cell)
{
    const Xlsx *book = reader->book;
    XlsxFormat format = reader->style < book->format_count ? (XlsxFormat)book->formats[reader->style] : 0;

    cell->type = XLSX_NUMBER;
    cell->text = reader->number;
    if (!xlsx_number_dump(reader->text.data, reader->number)) {
        cell->type = XLSX_TEXT; /* shown as it stands, so that the message can quote it */
        cell->text = reader->text.data;
    } else if (format != XLSX_FORMAT_NUMBER &&
               xlsx_date_dump(strtod(reader->text.data, NULL), book->from_1904, format, reader->number)) {
        cell->type = XLSX_DATE;
    }
}

/* ISO dates of the strict form; midnight is no time. */
static void read_iso(SheetReader *reader, XlsxCell *cell)
{
    char *time = strchr(reader->text.data, 'T');

    if (time != NULL && time[1 + strspn(time + 1, "0:.Z")] == '\0')
        *time = '\0';
    cell->type = XLSX_DATE;
    cell->text = reader->text.data;
}

/* What the collected text means by the kind of the cell. */
static ErrCode read_value(SheetReader *reader, XlsxCell *cell, Err *err)
{
    const char *kind = reader->kind;
    uint64_t index;

    cell->text = reader->text.data;
    cell->type = XLSX_TEXT;
    if (kind[0] == 's' && kind[1] == '\0') {
        const char *text = xlsx_parse_index(reader->text.data, UINT32_MAX, &index)
                               ? xlsx_get_string(reader->book, index)
                               : NULL;
        if (text == NULL) {
            cell_fault(reader, "XLSX_STRING_INDEX", err);
            return err_arg(err, "value", "%s", reader->text.data);
        }
        cell->text = text;
        cell->shared = true;
    } else if (kind[0] == 'n') {
        read_number(reader, cell);
    } else if (kind[0] == 'b') {
        cell->type = XLSX_BOOL;
        cell->text =
            text_equal(reader->text.data, "0") || text_equal(reader->text.data, "false") ? "false" : "true";
    } else if (kind[0] == 'e') {
        cell->type = XLSX_ERROR;
    } else if (kind[0] == 'd') {
        read_iso(reader, cell);
    } else {
        xlsx_text_unescape(&reader->text);
    }
    return ERR_OK;
}

static ErrCode end_cell(SheetReader *reader, Err *err)
{
    XlsxCell cell = {
        .formula = reader->formula, .sheet = reader->sheet, .row = reader->row, .column = reader->column};

    reader->in_cell = false;
    reader->part = PART_OTHER;
    if (reader->text.length == 0 && reader->formula && text_equal(reader->kind, "n")) {
        cell.type = XLSX_ERROR; /* nobody computed it yet: not the same as an empty cell */
        cell.text = "=?";
    } else if (reader->text.length > 0) {
        ErrCode code = read_value(reader, &cell, err);
        if (code != ERR_OK)
            return code;
    }
    if (cell.text == NULL || cell.text[0] == '\0')
        return ERR_OK;
    if (reader->value_row != reader->row) {
        reader->value_row = reader->row;
        if (++reader->value_rows > XLSX_ROWS_MAX)
            return cell_limit(reader, "XLSX_TOO_MANY_ROWS", XLSX_ROWS_MAX, err);
    }
    return reader->handler->cell(reader->handler->context, &cell, err);
}

static ErrCode sheet_end(void *context, const char *name, Err *err)
{
    SheetReader *reader = context;

    if (!reader->in_cell) {
        if (text_equal(name, "sheetData"))
            reader->in_data = false;
        return ERR_OK;
    }
    if (reader->phonetic > 0)
        reader->phonetic--;
    else if (name[0] == 'v' && name[1] == '\0')
        reader->part = PART_OTHER;
    else if (name[0] == 'c' && name[1] == '\0')
        return end_cell(reader, err);
    else if (name[0] == 't' && name[1] == '\0' && reader->part == PART_INLINE_TEXT)
        reader->part = PART_INLINE;
    else if (text_equal(name, "is"))
        reader->part = PART_OTHER;
    return ERR_OK;
}

static ErrCode sheet_text(void *context, const char *text, size_t size, Err *err)
{
    SheetReader *reader = context;

    if ((reader->part != PART_VALUE && reader->part != PART_INLINE_TEXT) || reader->phonetic > 0 ||
        xlsx_text_add(&reader->text, text, size))
        return ERR_OK;
    return cell_limit(reader, "XLSX_CELL_TOO_LONG", XLSX_CELL_MAX, err);
}

ErrCode xlsx_read_sheet(Xlsx *book, size_t sheet, const XlsxHandler *handler, Err *err)
{
    char *data = malloc(XLSX_TEXT_SIZE);
    SheetReader reader = {
        .book = book, .handler = handler, .sheet = book->sheets[sheet].name, .text.data = data};
    XmlHandler xml = {&reader, sheet_start, sheet_end, sheet_text};

    if (data == NULL)
        return err_memory(err);
    data[0] = '\0';
    ErrCode code = xlsx_read_part(book, book->sheets[sheet].part, &xml, err);
    free(data);
    return code;
}

/* Takes the package's error or reads the book. */
static ErrCode open_book(Xlsx *book, const XlsxOptions *options, ErrCode code, Xlsx **ret_book, Err *err)
{
    size_t limit = options == NULL || options->unpacked_max == 0 ? PACKAGE_UNPACKED : options->unpacked_max;

    book->text_limit = limit / 2;
    book->slowly = options != NULL && options->slowly;
    if (code == ERR_OK)
        code = xlsx_load_book(book, err);
    if (code != ERR_OK)
        xlsx_close(book);
    else
        *ret_book = book;
    return code;
}

ErrCode xlsx_open(const char *path, const XlsxOptions *options, Arena *arena, Xlsx **ret_book, Err *err)
{
    Xlsx *book = ARENA_NEW(arena, Xlsx, 1);

    if (book == NULL)
        return err_memory(err);
    book->arena = arena;
    size_t limit = options == NULL ? 0 : options->unpacked_max;
    return open_book(book, options, package_open(path, limit, arena, &book->package, err), ret_book, err);
}

ErrCode xlsx_open_bytes(const void *bytes, size_t size, const XlsxOptions *options, Arena *arena,
                        Xlsx **ret_book, Err *err)
{
    Xlsx *book = ARENA_NEW(arena, Xlsx, 1);

    if (book == NULL)
        return err_memory(err);
    book->arena = arena;
    size_t limit = options == NULL ? 0 : options->unpacked_max;
    return open_book(book, options, package_open_bytes(bytes, size, limit, arena, &book->package, err),
                     ret_book, err);
}

void xlsx_close(Xlsx *book)
{
    if (book == NULL)
        return;
    package_close(book->package);
    book->package = NULL;
}

size_t xlsx_sheet_count(const Xlsx *book)
{
    return book->sheet_count;
}

const char *xlsx_sheet_name(const Xlsx *book, size_t sheet)
{
    return book->sheets[sheet].name;
}

size_t xlsx_text_used(const Xlsx *book)
{
    return book->text_used;
}

/* Names, as many as an argument of an error holds. */
static ErrCode unknown_sheet(const Xlsx *book, const char *name, Err *err)
{
    char names[200] = "";

    for (size_t i = 0; i < book->sheet_count; i++) {
        size_t used = strlen(names);
        if (used + strlen(book->sheets[i].name) + 8 > sizeof names) {
            text_copy(names + used, sizeof names - used, ", …");
            break;
        }
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", book->sheets[i].name);
    }
    err_set(err, ERR_NOT_FOUND, "XLSX_SHEET_UNKNOWN");
    err_arg(err, "sheet", "%s", name);
    return err_arg(err, "sheets", "%s", names);
}

ErrCode xlsx_find_sheet(const Xlsx *book, const char *name, size_t *ret_sheet, Err *err)
{
    for (size_t i = 0; i < book->sheet_count; i++)
        if (name == NULL ? !book->sheets[i].hidden : text_equal(book->sheets[i].name, name)) {
            *ret_sheet = i;
            return ERR_OK;
        }
    if (name != NULL)
        return unknown_sheet(book, name, err);
    *ret_sheet = 0; /* all are hidden */
    return ERR_OK;
}
