/* Owns the picture for a spreadsheet program. Invariant: numbers, dates and yes/no keep their types, all else
 * is text. Must not compute figures. */
#include <string.h>

#include "client/render/render_model.h"
#include "client/table/xlsx_write.h"
#include "common/base/clock.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

/* The widest of heading and values decides, as people read them. */
static void set_widths(const RenderTable *table, const RenderStyle *style, XlsxWriter *writer)
{
    uint32_t at = 0;

    for (size_t k = 0; k < table->column_count; k++) {
        const RenderColumn *column = &table->columns[k];
        char room[RENDER_CELL_SIZE];
        if (column->label == NULL)
            continue;
        size_t width = text_width(column->label);
        for (size_t i = k; i < table->count; i += table->column_count) {
            const char *text = render_show_cell(column, &table->cells[i], style, room);
            size_t shown = text_width(text);
            if (shown > width)
                width = shown;
        }
        xlsx_set_width(writer, at++, width > XLSX_WIDTH_MOST ? XLSX_WIDTH_MOST : (uint32_t)width);
    }
}

/* An empty cell stays empty: zero and "no" are answers. */
static void write_cell(const RenderColumn *column, const RenderCell *cell, XlsxWriter *writer)
{
    char room[RENDER_CELL_SIZE];

    if (!cell->filled) {
        xlsx_write_text(writer, "");
        return;
    }
    switch (column->type) {
    case RENDER_NUMBER:
    case RENDER_ID:
        decimal_dump(cell->number, column->type == RENDER_ID ? 0 : column->scale, room);
        xlsx_write_number(writer, room, column->scale, column->type == RENDER_NUMBER);
        break;
    case RENDER_TIME:
        clock_dump_iso(cell->number, room);
        text_copy(room + 19, 1, ""); /* to the second */
        xlsx_write_date(writer, room);
        break;
    case RENDER_DATE:
        xlsx_write_date(writer, cell->text);
        break;
    case RENDER_BOOL:
        xlsx_write_bool(writer, cell->number != 0);
        break;
    default:
        xlsx_write_text(writer, cell->label);
        break;
    }
}

ErrCode render_workbook(const RenderTable *table, const RenderStyle *style, const char *title,
                        const char *path, Err *err)
{
    XlsxWriter *writer = NULL;

    if (table == NULL || table->failed)
        return err_memory(err);
    ErrCode code = xlsx_writer_open(path, title, 1, &writer, err);
    if (code != ERR_OK)
        return code;
    set_widths(table, style, writer);
    for (size_t k = 0; k < table->column_count; k++)
        if (table->columns[k].label != NULL)
            xlsx_write_text(writer, table->columns[k].label);
    xlsx_write_end(writer);
    for (size_t i = 0; i < render_row_count(table) * table->column_count; i++) {
        size_t k = i % table->column_count;
        if (table->columns[k].label != NULL)
            write_cell(&table->columns[k], &table->cells[i], writer);
        if (k + 1 == table->column_count)
            xlsx_write_end(writer);
    }
    return xlsx_writer_close(writer, err);
}
