/* Owns writing of workbooks. Invariant: only numbers, dates, booleans and strings are written, never a
 * formula; memory does not grow with the rows. Must not decide what is written. */
#include "client/table/xlsx_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "client/table/xlsx_read.h"
#include "common/core/text.h"

enum { NAME_CHARACTERS = 31, DIGITS_MAX = 15, SCALES = 10, CHOICES_BYTES = 255, CHOICES_MAX = 256 };

struct XlsxWriter {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head, *wrap, *date, *time, *numbers[SCALES][2]; /* by scale, grouped */
    uint32_t heads, row, column, columns;
    char sheet_name[XLSX_SHEET_NAME_SIZE];
    Err why; /* the first failure */
    char path[];
};

/* Remembers the first failure, with the cell at which it happened. */
static void note_fault(XlsxWriter *writer, lxw_error fault)
{
    char place[XLSX_PLACE_SIZE];

    if (fault == LXW_NO_ERROR || writer->why.code != ERR_OK)
        return;
    xlsx_dump_place(writer->sheet_name, writer->row + 1, writer->column + 1, place);
    if (fault == LXW_ERROR_MEMORY_MALLOC_FAILED)
        err_memory(&writer->why);
    else if (fault == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
        err_set(&writer->why, ERR_INVALID_ARGUMENT, "XLSX_WRITE_LONG");
    else
        err_set(&writer->why, ERR_INVALID_ARGUMENT, "XLSX_WRITE_ROWS");
    err_arg(&writer->why, "place", "%s", place);
    err_arg(&writer->why, "limit", "%d",
            fault == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED ? XLSX_CELL_MAX : XLSX_ROW_LAST);
}

void xlsx_fix_name(const char *text, char *to)
{
    size_t characters = 0;
    char *start = to;

    text += strspn(text, "' ");
    for (; *text != '\0' && characters < NAME_CHARACTERS; characters++) {
        const char *from = text;
        uint32_t point = text_utf8_get(&text);
        if (point > 0xFFFF) /* counts as two */
            characters++;
        if (characters == NAME_CHARACTERS)
            break;
        bool bad =
            point < 0x20 || point == 0xFFFD || (point < 0x80 && strchr("[]:*?/\\", (int)point) != NULL);
        size_t size = bad ? 1 : (size_t)(text - from);
        memcpy(to, bad ? "_" : from, size);
        to += size;
    }
    while (to > start && (to[-1] == '\'' || to[-1] == ' '))
        to--;
    *to = '\0';
    if (to == start || strcasecmp(start, "History") == 0) /* the format keeps that word */
        text_copy(start, XLSX_SHEET_NAME_SIZE, "Sheet1");
}

/* "0", "0.00", "#,##0.0": shown in the way of the reader's country. */
static lxw_format *number_format(XlsxWriter *writer, unsigned scale, bool grouped)
{
    char code[32];
    lxw_format **format = &writer->numbers[scale < SCALES ? scale : SCALES - 1][grouped];

    if (*format == NULL) {
        *format = workbook_add_format(writer->book);
        snprintf(code, sizeof code, "%s%s%.*s", grouped ? "#,##0" : "0", scale > 0 ? "." : "",
                 (int)(scale < SCALES ? scale : SCALES - 1), "000000000");
        if (*format != NULL)
            format_set_num_format(*format, code);
    }
    return *format;
}

static bool make_formats(XlsxWriter *writer)
{
    writer->head = workbook_add_format(writer->book);
    writer->wrap = workbook_add_format(writer->book);
    writer->date = workbook_add_format(writer->book);
    writer->time = workbook_add_format(writer->book);
    if (writer->head == NULL || writer->wrap == NULL || writer->date == NULL || writer->time == NULL)
        return false;
    format_set_bold(writer->head);
    format_set_text_wrap(writer->head);
    format_set_align(writer->head, LXW_ALIGN_VERTICAL_TOP);
    format_set_bottom(writer->head, LXW_BORDER_THIN);
    format_set_text_wrap(writer->wrap);
    format_set_align(writer->wrap, LXW_ALIGN_VERTICAL_TOP);
    format_set_num_format(writer->date, "dd.mm.yyyy");
    format_set_num_format(writer->time, "dd.mm.yyyy hh:mm:ss");
    return true;
}

ErrCode xlsx_writer_open(const char *path, const char *sheet, uint32_t heads, XlsxWriter **ret_writer,
                         Err *err)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    size_t size = strlen(path) + 1;
    XlsxWriter *writer = calloc(1, sizeof *writer + size);

    if (writer == NULL)
        return err_memory(err);
    memcpy(writer->path, path, size);
    writer->heads = heads;
    xlsx_fix_name(sheet, writer->sheet_name);
    writer->book = workbook_new_opt(writer->path, &options);
    if (writer->book == NULL) {
        free(writer);
        return err_memory(err);
    }
    writer->sheet = workbook_add_worksheet(writer->book, writer->sheet_name);
    if (writer->sheet == NULL || !make_formats(writer))
        note_fault(writer, LXW_ERROR_MEMORY_MALLOC_FAILED);
    *ret_writer = writer;
    return ERR_OK;
}

ErrCode xlsx_writer_close(XlsxWriter *writer, Err *err)
{
    ErrCode code = writer->why.code;

    if (writer->sheet != NULL && writer->heads > 0) {
        worksheet_freeze_panes(writer->sheet, writer->heads, 0);
        if (writer->columns > 0 && writer->row > 0)
            worksheet_autofilter(writer->sheet, writer->heads - 1, 0, writer->row - 1,
                                 (lxw_col_t)(writer->columns - 1));
    }
    lxw_error fault = workbook_close(writer->book); /* also frees it */
    if (code != ERR_OK) {
        *err = writer->why;
    } else if (fault != LXW_NO_ERROR) {
        code = err_set(err, ERR_FAILED_PRECONDITION, "XLSX_WRITE");
        err_arg(err, "file", "%s", writer->path);
        err_arg(err, "fault", "%s", lxw_strerror(fault));
    }
    /* fails where no file could be made, and for devices, which keep nothing */
    bool emptied = code == ERR_OK || truncate(writer->path, 0) == 0;
    (void)emptied;
    free(writer);
    return code;
}

void xlsx_writer_drop(XlsxWriter *writer)
{
    Err unheard;

    err_set(&writer->why, ERR_CANCELLED, "");
    if (xlsx_writer_close(writer, &unheard) == ERR_OK)
        return;
}

/* After a failure nothing more is written. */
static bool may_write(const XlsxWriter *writer)
{
    return writer->why.code == ERR_OK;
}

static void next_cell(XlsxWriter *writer)
{
    writer->column++;
    if (writer->column > writer->columns)
        writer->columns = writer->column;
}

/* "_x0041_" would be read as an escape; the library escapes control characters, but not this. */
static bool looks_escaped(const char *text)
{
    return text[0] == '_' && text[1] == 'x' && strspn(text + 2, "0123456789abcdefABCDEF") >= 4 &&
           text[6] == '_';
}

/* Whether the text can be handed to the library as it is. */
static bool is_clean(const char *text)
{
    if (!text_utf8_check((const uint8_t *)text, strlen(text)) || strstr(text, "\xEF\xBF") != NULL)
        return false;
    for (const char *at = strstr(text, "_x"); at != NULL; at = strstr(at + 1, "_x"))
        if (looks_escaped(at))
            return false;
    return true;
}

/* Characters XML has no place for, and bytes that are no UTF-8, become U+FFFD: the file must open. */
static char *clean_text(const char *text)
{
    static const char unknown[] = "\xEF\xBF\xBD", underscore[] = "_x005F_";
    char *clean = malloc(strlen(text) * (sizeof underscore - 1) + 1), *to = clean;

    while (clean != NULL && *text != '\0') {
        const char *from = text;
        bool escape = looks_escaped(text);
        uint32_t point = text_utf8_get(&text);
        bool bad = point == 0xFFFD || point == 0xFFFE || point == 0xFFFF;
        size_t size = bad ? sizeof unknown - 1 : escape ? sizeof underscore - 1 : (size_t)(text - from);
        memcpy(to, bad ? unknown : escape ? underscore : from, size);
        to += size;
    }
    if (clean != NULL)
        *to = '\0';
    return clean;
}

void xlsx_write_text(XlsxWriter *writer, const char *text)
{
    lxw_format *format = writer->row < writer->heads ? writer->head
                         : strchr(text, '\n')        ? writer->wrap
                                                     : NULL;

    if (may_write(writer) && text[0] != '\0') {
        bool plain = is_clean(text);
        char *clean = plain ? NULL : clean_text(text);
        if (!plain && clean == NULL)
            note_fault(writer, LXW_ERROR_MEMORY_MALLOC_FAILED);
        else
            note_fault(writer, worksheet_write_string(writer->sheet, writer->row, (lxw_col_t)writer->column,
                                                      plain ? text : clean, format));
        free(clean);
    }
    next_cell(writer);
}

void xlsx_write_number(XlsxWriter *writer, const char *number, unsigned scale, bool grouped)
{
    size_t digits = 0;

    for (const char *at = number; *at != '\0'; at++)
        digits += *at >= '0' && *at <= '9';
    if (number[0] == '\0' || digits > DIGITS_MAX) {
        xlsx_write_text(writer, number);
        return;
    }
    if (may_write(writer))
        note_fault(writer,
                   worksheet_write_number(writer->sheet, writer->row, (lxw_col_t)writer->column,
                                          strtod(number, NULL), number_format(writer, scale, grouped)));
    next_cell(writer);
}

void xlsx_write_bool(XlsxWriter *writer, bool value)
{
    if (may_write(writer))
        note_fault(writer, worksheet_write_boolean(writer->sheet, writer->row, (lxw_col_t)writer->column,
                                                   value, NULL));
    next_cell(writer);
}

void xlsx_write_date(XlsxWriter *writer, const char *iso)
{
    lxw_datetime date = {0};
    int seconds = 0, read = 0,
        got = sscanf(iso, "%4d-%2d-%2d%nT%2d:%2d:%2d", &date.year, &date.month, &date.day, &read, &date.hour,
                     &date.min, &seconds);

    date.sec = seconds;
    if ((got != 3 && got != 6) || read != 10 || (got == 3 && iso[10] != '\0') || date.year < 1900) {
        xlsx_write_text(writer, iso);
        return;
    }
    if (may_write(writer))
        note_fault(writer, worksheet_write_datetime(writer->sheet, writer->row, (lxw_col_t)writer->column,
                                                    &date, got == 3 ? writer->date : writer->time));
    next_cell(writer);
}

void xlsx_write_end(XlsxWriter *writer)
{
    writer->row++;
    writer->column = 0;
}

void xlsx_set_width(XlsxWriter *writer, uint32_t column, uint32_t width)
{
    if (width < XLSX_WIDTH_LEAST)
        width = XLSX_WIDTH_LEAST;
    if (width > XLSX_WIDTH_MOST)
        width = XLSX_WIDTH_MOST;
    if (may_write(writer))
        note_fault(writer, worksheet_set_column(writer->sheet, (lxw_col_t)column, (lxw_col_t)column,
                                                width + 2, NULL));
}

void xlsx_set_choices(XlsxWriter *writer, uint32_t column, const char *const *choices, uint32_t count)
{
    const char *list[CHOICES_MAX + 1];
    size_t bytes = 0;
    uint32_t used = 0;

    for (; used < count && used < CHOICES_MAX; used++) {
        bytes += strlen(choices[used]) + 1;
        list[used] = choices[used];
    }
    list[used] = NULL;
    if (!may_write(writer) || used < count || used == 0 || bytes > CHOICES_BYTES)
        return; /* too many for the format: any text may be typed */
    lxw_data_validation validation = {.validate = LXW_VALIDATION_TYPE_LIST,
                                      .value_list = (char **)list,
                                      .error_type = LXW_VALIDATION_ERROR_TYPE_WARNING,
                                      .ignore_blank = LXW_VALIDATION_ON,
                                      .dropdown = LXW_VALIDATION_ON,
                                      .show_input = LXW_VALIDATION_ON,
                                      .show_error = LXW_VALIDATION_ON};
    note_fault(writer, worksheet_data_validation_range(writer->sheet, writer->heads, (lxw_col_t)column,
                                                       XLSX_ROW_LAST - 1, (lxw_col_t)column, &validation));
}
