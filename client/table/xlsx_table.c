/* Owns the making of a table from a sheet. Invariant: strings, texts and rows kept stay within the limit,
 * however sparse the sheet is. Must not know what the columns mean. */
#include "client/table/xlsx_table.h"

#include <stdlib.h>
#include <string.h>

#include "client/table/xlsx_read.h"

enum { ROW_BLOCK = 4096, TEXT_BLOCK = 64 << 10, AREAS_MAX = 65536 };

typedef struct RowBlock {
    TableRow rows[ROW_BLOCK];
    struct RowBlock *next;
} RowBlock;

typedef struct Builder {
    Arena *arena;
    const char *sheet;
    size_t limit, used; /* bytes */
    RowBlock *first, *last;
    size_t row_count;
    uint32_t row;        /* being filled; 0: none */
    uint32_t cell_count; /* of it */
    const char **cells;  /* of it, XLSX_COLUMNS_MAX */
    char *room;          /* where the next text goes; left: bytes free there */
    size_t left;
    XlsxArea *areas;
    size_t area_count, area_room;
} Builder;

/* Memory that counts. */
static void *take(Builder *builder, size_t size, Err *err)
{
    if (size > builder->limit - builder->used) {
        err_set(err, ERR_INVALID_ARGUMENT, "XLSX_TABLE_LIMIT");
        err_arg(err, "limit", "%zu", builder->limit);
        err_arg(err, "sheet", "%s", builder->sheet);
        err_arg(err, "row", "%u", builder->row);
        return NULL;
    }
    void *memory = arena_alloc(builder->arena, size);
    if (memory == NULL)
        err_memory(err);
    builder->used += memory == NULL ? 0 : size;
    return memory;
}

/* A copy of the text, many to a block. */
static const char *keep_text(Builder *builder, const char *text, Err *err)
{
    size_t size = strlen(text) + 1;

    if (size > builder->left) {
        size_t block = size > TEXT_BLOCK ? size : TEXT_BLOCK;
        builder->room = take(builder, block, err);
        if (builder->room == NULL)
            return NULL;
        builder->left = block;
    }
    char *copy = memcpy(builder->room, text, size);
    builder->room += size;
    builder->left -= size;
    return copy;
}

/* The row that was filled goes to the others, unless it is a note. */
static ErrCode end_row(Builder *builder, Err *err)
{
    size_t size = builder->cell_count * sizeof(char *), within = builder->row_count % ROW_BLOCK;

    if (builder->row == 0 || builder->cells[0][0] == '#')
        return ERR_OK;
    const char **cells = take(builder, size, err);
    if (cells == NULL)
        return err->code;
    memcpy(cells, builder->cells, size);
    if (within == 0) {
        RowBlock *block = take(builder, sizeof *block, err);
        if (block == NULL)
            return err->code;
        if (builder->last == NULL)
            builder->first = block;
        else
            builder->last->next = block;
        builder->last = block;
    }
    builder->last->rows[within] = (TableRow){builder->row, builder->cell_count, cells};
    builder->row_count++;
    return ERR_OK;
}

static ErrCode add_cell(void *context, const XlsxCell *cell, Err *err)
{
    Builder *builder = context;

    if (cell->row != builder->row) {
        ErrCode code = end_row(builder, err);
        if (code != ERR_OK)
            return code;
        builder->row = cell->row;
        builder->cell_count = 0;
    }
    while (builder->cell_count < cell->column - 1)
        builder->cells[builder->cell_count++] = "";
    const char *text = cell->shared ? cell->text : keep_text(builder, cell->text, err);
    if (text == NULL)
        return err->code;
    builder->cells[builder->cell_count++] = text;
    return ERR_OK;
}

/* Areas of one row give nothing to other rows. */
static ErrCode add_area(void *context, const XlsxArea *area, Err *err)
{
    Builder *builder = context;

    if (area->last_row == area->first_row || builder->area_count == AREAS_MAX)
        return ERR_OK;
    if (builder->area_count == builder->area_room) {
        size_t room = builder->area_room == 0 ? 64 : builder->area_room * 2;
        XlsxArea *areas = take(builder, room * sizeof *areas, err);
        if (areas == NULL)
            return err->code;
        if (builder->area_count > 0)
            memcpy(areas, builder->areas, builder->area_count * sizeof *areas);
        builder->areas = areas;
        builder->area_room = room;
    }
    builder->areas[builder->area_count++] = *area;
    return ERR_OK;
}

/* Index of the first row with that number or a later one. */
static size_t find_row(const Table *table, uint32_t number)
{
    size_t low = 0, high = table->row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Puts the text into the cell of the row when that is empty; the row may be too short for it. */
static ErrCode give(Builder *builder, TableRow *row, uint32_t column, const char *text, size_t *given,
                    Err *err)
{
    const char **cells = (const char **)row->cells;

    if (column <= row->cell_count && cells[column - 1][0] != '\0')
        return ERR_OK;
    if (column > row->cell_count) {
        cells = take(builder, column * sizeof *cells, err);
        if (cells == NULL)
            return err->code;
        memcpy(cells, row->cells, row->cell_count * sizeof *cells);
        for (uint32_t i = row->cell_count; i < column; i++)
            cells[i] = "";
        row->cells = cells;
        row->cell_count = column;
    }
    cells[column - 1] = text;
    (*given)++;
    return ERR_OK;
}

/* A value that stands once beside several rows is meant for each of them. The heading gives nothing away. */
static ErrCode spread(Builder *builder, Table *table, TableRow *rows, Err *err)
{
    for (size_t i = 0; i < builder->area_count; i++) {
        const XlsxArea *area = &builder->areas[i];
        size_t at = find_row(table, area->first_row);
        if (at == 0 || at == table->row_count || rows[at].number != area->first_row ||
            area->first_column > rows[at].cell_count)
            continue;
        const char *text = rows[at].cells[area->first_column - 1];
        for (at++; text[0] != '\0' && at < table->row_count && rows[at].number <= area->last_row; at++) {
            ErrCode code = give(builder, &rows[at], area->first_column, text, &table->merged, err);
            if (code != ERR_OK)
                return code;
        }
    }
    return ERR_OK;
}

/* Rows in one array, as tables have them. */
static ErrCode finish(Builder *builder, Table **ret_table, Err *err)
{
    if (builder->row_count == 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "XLSX_EMPTY");
        return err_arg(err, "sheet", "%s", builder->sheet);
    }
    Table *table = ARENA_NEW(builder->arena, Table, 1);
    TableRow *rows = ARENA_NEW(builder->arena, TableRow, builder->row_count);
    if (table == NULL || rows == NULL)
        return err_memory(err);
    size_t done = 0;
    for (const RowBlock *block = builder->first; block != NULL; block = block->next) {
        size_t left = builder->row_count - done, count = left < ROW_BLOCK ? left : ROW_BLOCK;
        memcpy(rows + done, block->rows, count * sizeof *rows);
        done += count;
    }
    *table = (Table){.sheet = builder->sheet, .rows = rows, .row_count = builder->row_count};
    ErrCode code = spread(builder, table, rows, err);
    if (code == ERR_OK)
        *ret_table = table;
    return code;
}

/* The book stays open only as long as it is read; its strings live in the arena. */
static ErrCode read_book(Xlsx *book, const TableOptions *options, Builder *builder, Table **ret_table,
                         Err *err)
{
    XlsxHandler handler = {builder, add_cell, add_area};
    size_t sheet = 0;
    ErrCode code = xlsx_find_sheet(book, options->sheet, &sheet, err);

    if (code != ERR_OK)
        return code;
    builder->sheet = xlsx_sheet_name(book, sheet);
    code = xlsx_read_sheet(book, sheet, &handler, err);
    if (code == ERR_OK)
        code = end_row(builder, err);
    return code == ERR_OK ? finish(builder, ret_table, err) : code;
}

ErrCode xlsx_table_load(const char *path, const TableOptions *options, Arena *arena, Table **ret_table,
                        Err *err)
{
    XlsxOptions how = {.unpacked_max = options->unpacked_max};
    size_t limit = how.unpacked_max == 0 ? TABLE_UNPACKED : how.unpacked_max;
    Builder builder = {.arena = arena, .sheet = "", .limit = limit / 4 * 3};
    Xlsx *book = NULL;

    builder.cells = ARENA_NEW(arena, const char *, XLSX_COLUMNS_MAX);
    if (builder.cells == NULL)
        return err_memory(err);
    ErrCode code = xlsx_open(path, &how, arena, &book, err);
    if (code != ERR_OK)
        return code;
    builder.used = xlsx_text_used(book);
    code = read_book(book, options, &builder, ret_table, err);
    xlsx_close(book);
    return code;
}
