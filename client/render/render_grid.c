/* Owns the pictures for a terminal. Invariant: no control character of a value reaches the output, and no
 * line is wider than asked unless the columns cannot get narrower. Must not cut a value: it is wrapped. */
#include <string.h>

#include "client/render/render_model.h"
#include "common/base/clock.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

enum { GAP = 2, NARROWEST = 8, WORD_MAX = 36, COLUMNS_MAX = 64, MANY_COLUMNS = 5, SLACK = 8 };

/* Characters that move the cursor or turn the direction of writing. */
static bool is_hostile(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) || (point >= 0x200E && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

/* The one place where foreign text becomes terminal text. */
void render_clean(Buf *buf, const char *text)
{
    while (*text != '\0') {
        const char *start = text;
        uint32_t point = text_utf8_get(&text);
        if (point == 0xFFFD)
            buf_text(buf, "\xEF\xBF\xBD"); /* also for a bad byte, which must not pass */
        else if (is_hostile(point))
            buf_char(buf, ' ');
        else
            buf_add(buf, start, (size_t)(text - start));
    }
}

/* The language decides here, and only here, how numbers and dates look. */
const char *render_show_cell(const RenderColumn *column, const RenderCell *cell, const RenderStyle *style,
                             char *room)
{
    if (!cell->filled)
        return "";
    switch (column->type) {
    case RENDER_NUMBER:
        decimal_show(cell->number, column->scale, style->russian, room);
        return room;
    case RENDER_ID:
        decimal_dump(cell->number, 0, room);
        return room;
    case RENDER_TIME:
        clock_show_time(cell->number, style->russian, room);
        return room;
    case RENDER_DATE:
        if (!style->russian || strlen(cell->text) != 10)
            return cell->text;
        memcpy(room, cell->text + 8, 2);
        room[2] = room[5] = '.';
        memcpy(room + 3, cell->text + 5, 2);
        text_copy(room + 6, 5, cell->text);
        return room;
    case RENDER_BOOL:
        return cell->number != 0 ? style->yes : style->no;
    default:
        return cell->label;
    }
}

static void pad(Buf *buf, size_t columns)
{
    while (columns-- > 0)
        buf_char(buf, ' ');
}

/* Columns of the character at *at, which moves behind it. */
static size_t step_width(const char **at)
{
    const char *start = *at;
    char one[8] = "";

    text_utf8_get(at);
    memcpy(one, start, (size_t)(*at - start));
    return text_width(one);
}

/* Columns of the first size bytes. */
static size_t slice_width(const char *text, size_t size)
{
    size_t width = 0;

    for (const char *at = text; at < text + size;)
        width += step_width(&at);
    return width;
}

/* "№ 12" stays together. */
static bool ends_with_number_sign(const char *text, const char *end)
{
    return end - text >= 3 && memcmp(end - 3, "\u2116", 3) == 0;
}

/* Bytes of text that fit into width columns, broken after a space where there is one, else after a slash. */
static size_t fitting(const char *text, size_t width)
{
    size_t used = 0, space = 0, slash = 0;
    const char *at = text;

    while (*at != '\0') {
        const char *start = at;
        used += step_width(&at);
        if (used > width && start > text)
            return space > 0 ? space : slash > 0 ? slash : (size_t)(start - text);
        if (*start == ' ' && !ends_with_number_sign(text, start))
            space = (size_t)(at - text);
        else if (*start == '/')
            slash = (size_t)(at - text);
    }
    return (size_t)(at - text);
}

void render_wrapped(Buf *buf, const char *line, size_t width)
{
    size_t indent = strspn(line, " ");
    Buf clean;

    buf_init(&clean, 1 << 20);
    render_clean(&clean, line);
    const char *at = clean.data == NULL ? "" : clean.data;
    bool wraps = width > indent + 4 + WORD_MAX;
    for (bool first = true; first || *at != '\0'; first = false) {
        size_t size = strlen(at);
        if (wraps)
            size = fitting(at, first ? width : width - indent - 4);
        if (!first)
            pad(buf, indent + 4);
        size_t shown = size;
        while (shown > 0 && at[shown - 1] == ' ')
            shown--;
        buf_add(buf, at, shown);
        buf_char(buf, '\n');
        at += size + strspn(at + size, " ");
    }
    buf_done(&clean);
}

typedef struct Grid {
    const RenderTable *table;
    const RenderStyle *style;
    size_t widths[COLUMNS_MAX];
    size_t words[COLUMNS_MAX]; /* the longest word: narrower than this a column breaks words */
    bool prose[COLUMNS_MAX];   /* some cell has several words; others hold codes, which people copy */
    bool hidden[COLUMNS_MAX];  /* for programs only, or no row has a value there */
    Buf clean[COLUMNS_MAX];    /* what is left to print of each cell of the row */
} Grid;

/* More columns than this nobody reads on a terminal. */
static size_t columns_of(const RenderTable *table)
{
    return table->column_count < COLUMNS_MAX ? table->column_count : COLUMNS_MAX;
}

/* A column without any value takes no room from a person; a table without rows keeps its headings. */
static void hide_empty(Grid *grid)
{
    const RenderTable *table = grid->table;

    for (size_t k = 0; k < columns_of(table); k++)
        grid->hidden[k] = render_row_count(table) > 0 || table->columns[k].label == NULL;
    for (size_t i = 0; i < render_row_count(table) * table->column_count; i++)
        if (i % table->column_count < COLUMNS_MAX && table->cells[i].filled &&
            table->columns[i % table->column_count].label != NULL)
            grid->hidden[i % table->column_count] = false;
}

/* Of the columns shown, with the gaps between them. */
static size_t total_width(const Grid *grid)
{
    size_t total = 0;

    for (size_t k = 0; k < columns_of(grid->table); k++)
        if (!grid->hidden[k])
            total += grid->widths[k] + (total > 0 ? GAP : 0);
    return total;
}

/* Columns the text needs on one line, and for its longest word. */
static void measure_text(Grid *grid, size_t k, const char *text)
{
    size_t width = text_width(text);

    if (width > grid->widths[k])
        grid->widths[k] = width;
    for (const char *at = text; *at != '\0';) {
        size_t size = strcspn(at, " /");
        size += at[size] == '/';
        size_t word = slice_width(at, size);
        if (word > WORD_MAX)
            word = WORD_MAX;
        if (word > grid->words[k])
            grid->words[k] = word;
        at += size + strspn(at + size, " ");
    }
}

typedef enum Breaking { BREAK_NO_WORD, BREAK_PROSE, BREAK_CODES } Breaking;

/* The least width of a column when such words may be broken. */
static size_t least_width(const Grid *grid, size_t k, Breaking breaking)
{
    bool whole = breaking == BREAK_NO_WORD || (breaking == BREAK_PROSE && !grid->prose[k]);

    return whole && grid->words[k] > NARROWEST ? grid->words[k] : NARROWEST;
}

/* The widest column that may still give way does so first. */
static void shrink(Grid *grid, Breaking breaking)
{
    while (total_width(grid) > grid->style->width) {
        size_t widest = COLUMNS_MAX;
        for (size_t k = 0; k < columns_of(grid->table); k++) {
            if (!grid->hidden[k] && grid->widths[k] > least_width(grid, k, breaking) &&
                (widest == COLUMNS_MAX || grid->widths[k] > grid->widths[widest]))
                widest = k;
        }
        if (widest == COLUMNS_MAX)
            return;
        grid->widths[widest]--;
    }
}

/* Many columns in a narrow window would be cut to syllables: then rows read better down than across. */
static bool is_unreadable(const Grid *grid)
{
    size_t shown = 0;

    for (size_t k = 0; k < columns_of(grid->table); k++)
        shown += !grid->hidden[k];
    return shown >= MANY_COLUMNS && total_width(grid) > grid->style->width + SLACK;
}

/* Headings and cells as they are, then narrower until the line fits; false when no grid can be read. */
static bool measure(Grid *grid)
{
    const RenderTable *table = grid->table;
    char room[RENDER_CELL_SIZE];

    hide_empty(grid);
    for (size_t k = 0; k < columns_of(table); k++)
        if (!grid->hidden[k])
            measure_text(grid, k, table->columns[k].label);
    for (size_t i = 0; i < render_row_count(table) * table->column_count; i++) {
        size_t k = i % table->column_count;
        if (k >= columns_of(table) || grid->hidden[k])
            continue;
        const char *text = render_show_cell(&table->columns[k], &table->cells[i], grid->style, room);
        measure_text(grid, k, text);
        grid->prose[k] = grid->prose[k] || strchr(text, ' ') != NULL;
    }
    if (grid->style->width == 0)
        return true;
    shrink(grid, BREAK_NO_WORD);
    if (render_row_count(table) > 0 && is_unreadable(grid))
        return false;
    shrink(grid, BREAK_PROSE);
    shrink(grid, BREAK_CODES);
    return true;
}

/* Prints what grid->clean holds, in as many lines as the longest cell needs; a heading stands out. */
static void print_cells(Grid *grid, bool heading, Buf *buf)
{
    const RenderTable *table = grid->table;
    size_t count = columns_of(table), offsets[COLUMNS_MAX] = {0};
    bool more = true, bold = heading && grid->style->colour;

    while (more) {
        buf_text(buf, bold ? RENDER_BOLD : "");
        size_t owed = 0; /* padding is printed only before something */
        more = false;
        for (size_t k = 0; k < count; k++) {
            if (grid->hidden[k])
                continue;
            const char *text = grid->clean[k].data == NULL ? "" : grid->clean[k].data + offsets[k];
            size_t size = fitting(text, grid->widths[k]);
            size_t shown = size;
            while (shown > 0 && text[shown - 1] == ' ')
                shown--;
            size_t width = slice_width(text, shown);
            size_t blank = grid->widths[k] > width ? grid->widths[k] - width : 0;
            bool right = render_is_number(&table->columns[k]);
            if (shown > 0) {
                pad(buf, owed + (right ? blank : 0));
                buf_add(buf, text, shown);
                owed = right ? 0 : blank;
            } else {
                owed += grid->widths[k];
            }
            owed += GAP;
            size += strspn(text + size, " ");
            offsets[k] += size;
            more = more || text[size] != '\0';
        }
        buf_text(buf, bold ? RENDER_PLAIN : "");
        buf_char(buf, '\n');
    }
}

/* Heading, rule, rows. */
void render_grid(const RenderTable *table, const RenderStyle *style, Buf *buf)
{
    Grid grid = {.table = table, .style = style};
    size_t count = columns_of(table);
    char room[RENDER_CELL_SIZE];

    if (!measure(&grid)) {
        render_record(table, style, buf);
        return;
    }
    for (size_t k = 0; k < count; k++) {
        buf_init(&grid.clean[k], 1 << 20);
        if (!grid.hidden[k])
            render_clean(&grid.clean[k], table->columns[k].label);
    }
    if (!style->no_headers) {
        print_cells(&grid, true, buf);
        for (size_t i = 0; i < total_width(&grid); i++)
            buf_text(buf, "\u2500");
        buf_char(buf, '\n');
    }
    for (size_t i = 0; i < render_row_count(table); i++) {
        for (size_t k = 0; k < count; k++) {
            const RenderCell *cell = &table->cells[i * table->column_count + k];
            buf_clear(&grid.clean[k]);
            if (grid.hidden[k])
                continue;
            render_clean(&grid.clean[k], render_show_cell(&table->columns[k], cell, style, room));
        }
        print_cells(&grid, false, buf);
    }
    for (size_t k = 0; k < count; k++)
        buf_done(&grid.clean[k]);
}

/* The value beside its label, gap columns on, in as many lines as the width asks for. */
static void print_value(const char *value, size_t gap, size_t indent, size_t width, Buf *buf)
{
    Buf clean;

    buf_init(&clean, 1 << 20);
    render_clean(&clean, value);
    const char *at = clean.data == NULL ? "" : clean.data;
    bool wraps = width > indent + NARROWEST;
    do {
        size_t size = wraps ? fitting(at, width - indent) : strlen(at), shown = size;
        while (shown > 0 && at[shown - 1] == ' ')
            shown--;
        pad(buf, shown > 0 ? gap : 0);
        buf_add(buf, at, shown);
        buf_char(buf, '\n');
        at += size + strspn(at + size, " ");
        gap = indent;
    } while (*at != '\0');
    buf_done(&clean);
}

/* A single thing reads better down than across; empty values are left out. */
void render_record(const RenderTable *table, const RenderStyle *style, Buf *buf)
{
    size_t widest = 0;
    char room[RENDER_CELL_SIZE];

    for (size_t k = 0; k < table->column_count; k++)
        if (table->columns[k].label != NULL && text_width(table->columns[k].label) > widest)
            widest = text_width(table->columns[k].label);
    for (size_t i = 0; i < render_row_count(table) * table->column_count; i++) {
        const RenderColumn *column = &table->columns[i % table->column_count];
        if (i > 0 && i % table->column_count == 0)
            buf_char(buf, '\n');
        if (!table->cells[i].filled || column->label == NULL)
            continue;
        buf_printf(buf, "%s%s:%s", style->colour ? RENDER_BOLD : "", column->label,
                   style->colour ? RENDER_PLAIN : "");
        print_value(render_show_cell(column, &table->cells[i], style, room),
                    widest - text_width(column->label) + 1, widest + 2, style->width, buf);
    }
}
