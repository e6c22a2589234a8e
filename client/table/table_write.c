/* Owns writing of tables: separated text here, workbooks by their own writer. Invariant: what csv_read reads
 * back equals what was written, cell by cell. Must not decide which columns are written. */
#include "client/table/table.h"

#include <string.h>

#include "client/table/xlsx_write.h"
#include "common/core/text.h"

bool table_is_guarded(const char *text)
{
    static const char *const wide[] = {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}; /* full-width = + - @ */

    /* an apostrophe before such a character is guarded too, or reading could not tell ours from theirs */
    while (*text == '\'' || text_starts(text, "\xEF\xBB\xBF")) /* a byte order mark is invisible */
        text += *text == '\'' ? 1 : 3;
    if (text[0] == '\0')
        return false;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (text_starts(text, wide[i]))
            return true;
    return strchr("=+-@\t\r\n", text[0]) != NULL;
}

TableWriter table_writer_csv(Buf *buf, bool excel)
{
    if (excel)
        buf_text(buf, "\xEF\xBB\xBF");
    return (TableWriter){.buf = buf, .excel = excel, .separator = excel ? ';' : ','};
}

TableWriter table_writer_tsv(Buf *buf)
{
    return (TableWriter){.buf = buf, .separator = '\t'};
}

TableWriter table_writer_xlsx(XlsxWriter *workbook)
{
    return (TableWriter){.workbook = workbook};
}

/* Separators stand between cells, not after them. */
static void begin_cell(TableWriter *writer)
{
    if (writer->in_row)
        buf_char(writer->buf, writer->separator);
    writer->in_row = true;
}

/* Quoted whenever a reader could take a character for something else. */
void table_write_text(TableWriter *writer, const char *text)
{
    if (writer->workbook != NULL) {
        xlsx_write_text(writer->workbook, text);
        return;
    }
    bool guard = table_is_guarded(text);
    /* at the start of a file a byte order mark would be taken for the file's own */
    bool quote = text[strcspn(text, "\",;\t\r\n#")] != '\0' || text_starts(text, "\xEF\xBB\xBF");

    begin_cell(writer);
    if (quote)
        buf_char(writer->buf, '"');
    if (guard)
        buf_char(writer->buf, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_char(writer->buf, '"');
        buf_char(writer->buf, *text);
    }
    if (quote)
        buf_char(writer->buf, '"');
}

void table_write_number(TableWriter *writer, const char *number)
{
    if (writer->workbook != NULL) {
        const char *point = strchr(number, '.');
        xlsx_write_number(writer->workbook, number, point == NULL ? 0 : (unsigned)strlen(point + 1), false);
        return;
    }
    begin_cell(writer);
    for (; *number != '\0'; number++)
        buf_char(writer->buf, writer->excel && *number == '.' ? ',' : *number);
}

void table_write_end(TableWriter *writer)
{
    if (writer->workbook != NULL) {
        xlsx_write_end(writer->workbook);
        return;
    }
    buf_text(writer->buf, writer->excel ? "\r\n" : "\n");
    writer->in_row = false;
}
