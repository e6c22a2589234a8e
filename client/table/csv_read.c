/* Owns reading of separated text: encoding, separator, the state machine and its limits.
 * Invariant: every cell is NUL-terminated, valid UTF-8 inside one arena block, and cells never outnumber
 * separators and line ends. Must not know what the columns mean. */
#include "client/table/csv.h"

#include <string.h>

#include "common/core/text.h"

const CsvOptions csv_facts = {.separator = '\t', .comments = true, .plain_quotes = true};

typedef enum State { STATE_START, STATE_PLAIN, STATE_QUOTED, STATE_QUOTE_SEEN } State;

typedef struct Reader {
    CsvOptions options;
    char separator;
    char *out;          /* next free byte of the text block */
    const char **cells; /* cells of the record being read start at row_cells */
    size_t cell_count, row_cells;
    size_t characters; /* of the current cell */
    char *cell;
    uint32_t record, column; /* from 1 */
    TableRow *rows;
    size_t row_count;
    Err *err;
} Reader;

/* Where the reader stands: the record, and the column of the cell. */
static ErrCode fault(Reader *reader, const char *reason)
{
    err_set(reader->err, ERR_INVALID_ARGUMENT, reason);
    err_arg(reader->err, "row", "%u", reader->record);
    return err_arg(reader->err, "column", "%u", reader->column);
}

static ErrCode limit_fault(Err *err, const char *reason, long limit)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    return err_arg(err, "limit", "%ld", limit);
}

/* Upper half of Windows-1251; 0 marks the one byte it does not define. */
static const uint16_t cp1251[128] = {
    0x402, 0x403,  0x201A, 0x453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x409,  0x2039, 0x40A,
    0x40C, 0x40B,  0x40F,  0x452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0,      0x2122,
    0x459, 0x203A, 0x45A,  0x45C, 0x45B,  0x45F,  0xA0,   0x40E,  0x45E,  0x408,  0xA4,   0x490,  0xA6,
    0xA7,  0x401,  0xA9,   0x404, 0xAB,   0xAC,   0xAD,   0xAE,   0x407,  0xB0,   0xB1,   0x406,  0x456,
    0x491, 0xB5,   0xB6,   0xB7,  0x451,  0x2116, 0x454,  0xBB,   0x458,  0x405,  0x455,  0x457};

/* Bytes above 0x7F that stand in pairs as Cyrillic does in UTF-8. */
static bool looks_like_broken_utf8(const uint8_t *bytes, size_t size)
{
    size_t high = 0, paired = 0;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < 0x80)
            continue;
        high++;
        if ((bytes[i] == 0xD0 || bytes[i] == 0xD1) && i + 1 < size && (bytes[i + 1] & 0xC0) == 0x80) {
            paired += 2;
            high++;
            i++;
        }
    }
    return paired * 2 > high;
}

/* One character of at most three bytes: all of Windows-1251 lies there. */
static size_t put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xC0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | point >> 12);
    to[1] = (char)(0x80 | (point >> 6 & 0x3F));
    to[2] = (char)(0x80 | (point & 0x3F));
    return 3;
}

/* Bytes that no table has and pictures and archives are full of; a bell or an escape may have been pasted,
 * and the end-of-file mark of old programs may close a file. */
static bool holds_controls(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = bytes[i];
        if (byte < 0x07 || byte == 0x08 || (byte > 0x0D && byte < 0x1A) || (byte > 0x1B && byte < 0x20) ||
            (byte == 0x1A && i + 1 < size))
            return true;
    }
    return false;
}

/* The bytes as UTF-8; borrowed when they already are. */
static ErrCode decode(const uint8_t *bytes, size_t size, Arena *arena, Table *table, const char **ret_text,
                      size_t *ret_size, Err *err)
{
    bool bom = size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;

    if (holds_controls(bytes, size))
        return err_set(err, ERR_INVALID_ARGUMENT, "CSV_BINARY");
    if (bom || text_utf8_check(bytes, size)) {
        if (bom && !text_utf8_check(bytes, size))
            return err_set(err, ERR_INVALID_ARGUMENT, "CSV_ENCODING");
        table->encoding = bom ? TABLE_UTF8_BOM : TABLE_UTF8;
        *ret_text = (const char *)bytes + (bom ? 3 : 0);
        *ret_size = size - (bom ? 3 : 0);
        return ERR_OK;
    }
    if (memchr(bytes, 0x98, size) != NULL || looks_like_broken_utf8(bytes, size))
        return err_set(err, ERR_INVALID_ARGUMENT, "CSV_ENCODING");
    size_t need = size;
    for (size_t i = 0; i < size; i++)
        need += bytes[i] < 0x80 ? 0 : 2;
    char *text = arena_alloc(arena, need);
    if (text == NULL)
        return err_memory(err);
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        uint32_t point = bytes[i];
        if (point >= 0xC0)
            point = 0x410 + (point - 0xC0);
        else if (point >= 0x80)
            point = cp1251[point - 0x80];
        length += put_utf8(text + length, point);
    }
    table->encoding = TABLE_CP1251;
    *ret_text = text;
    *ret_size = length;
    return ERR_OK;
}

/* The candidate that divides the first record most often; a comma when none does. */
static char detect_separator(const char *text, size_t size, bool comments)
{
    static const char candidates[] = {';', '\t', ','};
    size_t counts[3] = {0, 0, 0};
    bool quoted = false, line_start = true, comment = false, seen = false;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (line_start && comments)
            comment = c == '#';
        line_start = !quoted && (c == '\n' || c == '\r');
        if (line_start && seen && !comment)
            break;
        if (c == '"' && !comment)
            quoted = !quoted;
        if (line_start || quoted || comment)
            continue;
        seen = true;
        for (size_t k = 0; k < 3; k++)
            counts[k] += c == candidates[k];
    }
    size_t best = 2;
    for (size_t k = 0; k < 3; k++)
        if (counts[k] > counts[best])
            best = k;
    return candidates[best];
}

/* The separator or line end leaves room for the NUL. */
static ErrCode end_cell(Reader *reader)
{
    *reader->out++ = '\0';
    if (!reader->options.keep_apostrophe && reader->cell[0] == '\'' && table_is_guarded(reader->cell))
        reader->cell++;
    reader->cells[reader->cell_count++] = reader->cell;
    reader->cell = reader->out;
    reader->characters = 0;
    reader->column++;
    return ERR_OK;
}

/* Blank records and comments give their cells back. */
static ErrCode end_record(Reader *reader)
{
    const char **cells = reader->cells + reader->row_cells;
    size_t count = reader->cell_count - reader->row_cells;
    bool blank = true;

    for (size_t i = 0; i < count && blank; i++)
        blank = cells[i][0] == '\0';
    if (blank || (reader->options.comments && cells[0][0] == '#')) {
        reader->cell_count = reader->row_cells;
    } else {
        if (reader->row_count == CSV_ROWS_MAX)
            return limit_fault(reader->err, "CSV_TOO_MANY_ROWS", CSV_ROWS_MAX);
        reader->rows[reader->row_count++] = (TableRow){reader->record, (uint32_t)count, cells};
        reader->row_cells = reader->cell_count;
    }
    reader->record++;
    reader->column = 1;
    return ERR_OK;
}

/* Characters are counted, not bytes. */
static ErrCode put_byte(Reader *reader, char c)
{
    if (((unsigned char)c & 0xC0) != 0x80 && ++reader->characters > CSV_CELL_MAX) {
        fault(reader, "CSV_CELL_TOO_LONG");
        return err_arg(reader->err, "limit", "%d", CSV_CELL_MAX);
    }
    *reader->out++ = c;
    return ERR_OK;
}

/* A separator or line end outside quotes. */
static ErrCode divide(Reader *reader, char c)
{
    if (reader->column > CSV_COLUMNS_MAX) {
        fault(reader, "CSV_TOO_MANY_COLUMNS");
        return err_arg(reader->err, "limit", "%d", CSV_COLUMNS_MAX);
    }
    ErrCode code = end_cell(reader);
    if (code == ERR_OK && c != reader->separator)
        code = end_record(reader);
    return code;
}

/* One byte through the state machine. */
static ErrCode step(Reader *reader, State *state, char c)
{
    bool divides = c == reader->separator || c == '\n' || c == '\r';

    switch (*state) {
    case STATE_QUOTED:
        if (c != '"')
            return put_byte(reader, c);
        *state = STATE_QUOTE_SEEN;
        return ERR_OK;
    case STATE_QUOTE_SEEN:
        if (c == '"') {
            *state = STATE_QUOTED;
            return put_byte(reader, c);
        }
        if (!divides)
            return fault(reader, "CSV_QUOTE_TAIL");
        break;
    case STATE_START:
        if (c == '"' && !reader->options.plain_quotes) {
            *state = STATE_QUOTED;
            return ERR_OK;
        }
        break;
    case STATE_PLAIN:
        break;
    }
    *state = divides ? STATE_START : STATE_PLAIN;
    return divides ? divide(reader, c) : put_byte(reader, c);
}

/* A file may end without a line end. */
static ErrCode scan(Reader *reader, const char *text, size_t size)
{
    State state = STATE_START;
    ErrCode code = ERR_OK;

    for (size_t i = 0; i < size && code == ERR_OK; i++) {
        bool pair = text[i] == '\n' && i > 0 && text[i - 1] == '\r' && state == STATE_START;
        if (!pair) /* CRLF ends one record, not two */
            code = step(reader, &state, text[i]);
    }
    if (code != ERR_OK)
        return code;
    if (state == STATE_QUOTED)
        return fault(reader, "CSV_QUOTE_OPEN");
    bool open = size > 0 && text[size - 1] != '\n' && text[size - 1] != '\r';
    return open ? divide(reader, '\n') : ERR_OK;
}

/* Two passes: the first counts what the second can need at most, so nothing grows. */
ErrCode csv_read(const void *bytes, size_t size, const CsvOptions *options, Arena *arena, Table **ret_table,
                 Err *err)
{
    Reader reader = {.record = 1, .column = 1, .err = err};
    const char *text = "";
    size_t length = 0, divisions = 1, lines = 1;

    if (options != NULL)
        reader.options = *options;
    if (size > CSV_BYTES_MAX)
        return limit_fault(err, "CSV_TOO_LARGE", CSV_BYTES_MAX);
    Table *table = ARENA_NEW(arena, Table, 1);
    if (table == NULL)
        return err_memory(err);
    ErrCode code = decode(bytes, size, arena, table, &text, &length, err);
    if (code != ERR_OK)
        return code;
    reader.separator = reader.options.separator;
    if (reader.separator == 0)
        reader.separator = detect_separator(text, length, reader.options.comments);
    for (size_t i = 0; i < length; i++) {
        bool line = text[i] == '\n' || text[i] == '\r';
        lines += line;
        divisions += line || text[i] == reader.separator;
    }
    reader.out = reader.cell = arena_alloc(arena, length + 1);
    reader.cells = ARENA_NEW(arena, const char *, divisions);
    reader.rows = ARENA_NEW(arena, TableRow, lines);
    if (reader.out == NULL || reader.cells == NULL || reader.rows == NULL)
        return err_memory(err);
    code = scan(&reader, text, length);
    if (code != ERR_OK)
        return code;
    if (reader.row_count == 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "CSV_EMPTY");
    table->separator = reader.separator;
    table->rows = reader.rows;
    table->row_count = reader.row_count;
    *ret_table = table;
    return ERR_OK;
}
