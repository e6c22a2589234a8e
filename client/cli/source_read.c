/* Owns the reading of a source's tables by their headings. Invariant: a cell's text goes on as it stands in
 * the file; of two columns that the source prints in one cell the printed writing is made again. Must not
 * check anything. */
#include "client/cli/source_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/files.h"
#include "common/core/text.h"

enum { FILES_MAX = 200 };

/* One file while it is read. */
typedef struct Reading {
    Cli *cli;
    SourceCells *cells;
    const char *prefix, *name; /* of the table */
    const Table *table;
    const TableRow *row;
    bool failed; /* memory ran out */
} Reading;

static void emit(Reading *reading, SourceRole role, const char *row, const char *column, int year,
                 const char *raw)
{
    SourceCells *cells = reading->cells;

    if (row == NULL || column == NULL || raw == NULL) {
        reading->failed = true;
        return;
    }
    if (cells->count == cells->room) {
        size_t room = cells->room * 2 + 256;
        SourceCell *more = ARENA_NEW(reading->cli->arena, SourceCell, room);
        if (more == NULL) {
            reading->failed = true;
            return;
        }
        if (cells->count > 0)
            memcpy(more, cells->items, cells->count * sizeof *more);
        cells->items = more;
        cells->room = room;
    }
    cells->items[cells->count++] = (SourceCell){role, reading->name, row, column, year, raw};
}

/* The cell under a heading, "" when there is no such column. */
static const char *get(const Reading *reading, const char *heading)
{
    int column = table_get_column(reading->table, heading);

    return column < 0 ? "" : table_get_cell(reading->row, column);
}

static const char *heading_of(const Reading *reading, uint32_t column)
{
    return reading->table->rows[0].cells[column];
}

/* The heading without the ending, or NULL when it ends otherwise. */
static const char *stem_of(Reading *reading, const char *heading, const char *ending)
{
    size_t length = strlen(heading), tail = strlen(ending);

    if (length <= tail || !text_equal(heading + length - tail, ending))
        return NULL;
    return arena_printf(reading->cli->arena, "%.*s", (int)(length - tail), heading);
}

static const char *joined(Reading *reading, const char *first, const char *second)
{
    const char *text = arena_printf(reading->cli->arena, "%s%s", first, second);

    return text == NULL ? "" : text;
}

/* "57/87 %" of a count and its share, or the count alone. */
static const char *share_cell(Reading *reading, const char *stem)
{
    const char *count = get(reading, joined(reading, stem, "_n")),
               *share = get(reading, joined(reading, stem, "_pct"));

    return *share == '\0' ? count : arena_printf(reading->cli->arena, "%s/%s %%", count, share);
}

/* "3; 6*" of main job and part-time. */
static const char *staff_cell(Reading *reading, const char *stem)
{
    const char *main = get(reading, joined(reading, stem, "_main")),
               *part = get(reading, joined(reading, stem, "_part"));

    if (*part == '\0' || text_equal(part, "0"))
        return main;
    return arena_printf(reading->cli->arena, text_equal(main, "0") ? "%.0s%s*" : "%s; %s*", main, part);
}

/* "4,77" as "4,77 %"; what has its sign already stays. */
static const char *percent_cell(Reading *reading, const char *text)
{
    return *text == '\0' || strchr(text, '%') != NULL ? text
                                                      : arena_printf(reading->cli->arena, "%s %%", text);
}

/* The year behind a heading's beginning ("y2024", "value_2022"), or 0. */
static int year_of(const char *heading, const char *beginning)
{
    size_t length = strlen(beginning);

    if (!text_starts(heading, beginning) || strlen(heading) != length + 4 ||
        strspn(heading + length, "0123456789") != 4)
        return 0;
    return (int)strtol(heading + length, NULL, 10);
}

/* Pairs of columns the source prints in one cell, and cells as printed. */
static void read_pair(Reading *reading, SourceRole share, const char *row, const char *heading)
{
    const struct {
        const char *ending;
        SourceRole role;
        const char *(*cell)(Reading *reading, const char *stem);
    } pairs[] = {{"_n", share, share_cell},
                 {"_main", SOURCE_STAFF, staff_cell},
                 {"_share", share, NULL},
                 {"_staff", SOURCE_STAFF, NULL}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *stem = stem_of(reading, heading, pairs[i].ending);
        if (stem == NULL)
            continue;
        const char *raw = pairs[i].cell == NULL ? get(reading, heading) : pairs[i].cell(reading, stem);
        if (raw == NULL || *raw != '\0')
            emit(reading, pairs[i].role, row, stem, 0, raw);
    }
}

/* One school of a table of schools. */
static void read_school(Reading *reading)
{
    static const struct {
        const char *heading;
        SourceRole role;
    } plain[] = {{"teachers", SOURCE_HEADS},
                 {"participants", SOURCE_PARTICIPANTS},
                 {"vacancies", SOURCE_VACANCIES},
                 {"support_group", SOURCE_GROUP}};
    const char *school = joined(reading, reading->prefix, get(reading, "school"));

    if (table_get_column(reading->table, "significance") >= 0) {
        const char *name = reading->name;
        reading->name = get(reading, "table");
        emit(reading, SOURCE_RISK, school, get(reading, "factor"), 0, get(reading, "significance"));
        reading->name = name;
        return;
    }
    emit(reading, SOURCE_LISTED, school, "", 0, "");
    if (*get(reading, "attested_pct") != '\0')
        emit(reading, SOURCE_HIGH, school, "attested_pct", 0,
             percent_cell(reading, get(reading, "attested_pct")));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (*get(reading, plain[i].heading) != '\0')
            emit(reading, plain[i].role, school, plain[i].heading, 0, get(reading, plain[i].heading));
    for (uint32_t i = 0; i < reading->table->rows[0].cell_count; i++) {
        const char *heading = heading_of(reading, i);
        int year = year_of(heading, "y");
        if (year > 0 && *table_get_cell(reading->row, (int)i) != '\0')
            emit(reading, SOURCE_MONEY, school, heading, year, table_get_cell(reading->row, (int)i));
        read_pair(reading, SOURCE_SHARE, school, heading);
    }
}

/* One indicator: a bare cell says that it is on the list. */
static void read_indicator(Reading *reading)
{
    const char *number = get(reading, "no"), *population = get(reading, "population");

    emit(reading, SOURCE_INDICATOR, number, population, 0, "");
    for (uint32_t i = 0; i < reading->table->rows[0].cell_count; i++) {
        const char *text = table_get_cell(reading->row, (int)i);
        int value = year_of(heading_of(reading, i), "value_"),
            points = year_of(heading_of(reading, i), "points_");
        if (*text == '\0')
            continue;
        if (value > 0)
            emit(reading, SOURCE_INDICATOR, number, population, value, percent_cell(reading, text));
        if (points > 0)
            emit(reading, SOURCE_POINTS, number, "", points, text);
    }
}

static void read_population(Reading *reading)
{
    emit(reading, SOURCE_POPULATION, get(reading, "population"), get(reading, "listed_in"),
         (int)strtol(get(reading, "year"), NULL, 10), get(reading, "size"));
}

static void read_score(Reading *reading)
{
    emit(reading, SOURCE_SCORE, get(reading, "part"), get(reading, "name"),
         (int)strtol(get(reading, "year"), NULL, 10), get(reading, "points"));
}

static void read_statement(Reading *reading)
{
    for (uint32_t i = 0; i < reading->table->rows[0].cell_count; i++)
        read_pair(reading, SOURCE_STATEMENT, get(reading, "statement"), heading_of(reading, i));
}

static void read_target(Reading *reading)
{
    const char *indicator = get(reading, "indicator"), *population = get(reading, "population");

    emit(reading, SOURCE_TARGET, indicator, population, 0, percent_cell(reading, get(reading, "target")));
    if (*get(reading, "now") != '\0')
        emit(reading, SOURCE_COUNTED, indicator, population, 0, get(reading, "now"));
}

static void read_part(Reading *reading)
{
    emit(reading, SOURCE_PART, get(reading, "kind"), get(reading, "population"), 0, get(reading, "count"));
}

static void read_base(Reading *reading)
{
    reading->name = get(reading, "table");
    emit(reading, SOURCE_BASE, "", get(reading, "column"), 0, get(reading, "base"));
}

/* The schools of a list get their prefix one by one. */
static void read_list(Reading *reading)
{
    static const char *const between = ",; ";
    const char *schools = get(reading, "schools"), *list = "";

    for (const char *at = schools + strspn(schools, between); *at != '\0'; at += strspn(at, between)) {
        size_t length = strcspn(at, between);
        const char *more = arena_printf(reading->cli->arena, "%s%s%s%.*s", list, *list == '\0' ? "" : ",",
                                        reading->prefix, (int)length, at);
        list = more == NULL ? "" : more;
        at += length;
    }
    reading->name = get(reading, "table");
    emit(reading, SOURCE_FACTOR_LIST, get(reading, "factor"), "", 0, list);
}

static void read_order(Reading *reading)
{
    reading->name = get(reading, "table");
    emit(reading, SOURCE_TABLE, "", "", 0, "");
}

/* Which headings a kind of table has; the first that fits reads the file. */
static const struct {
    const char *first, *second;
    void (*read)(Reading *reading);
} kinds[] = {
    {"school", "school", read_school},
    {"no", "no", read_indicator},
    {"population", "size", read_population},
    {"part", "points", read_score},
    {"statement", "statement", read_statement},
    {"indicator", "target", read_target},
    {"kind", "count", read_part},
    {"column", "base", read_base},
    {"factor", "schools", read_list},
    {"table", "file", read_order},
};

/* Every row of one file; a file of unknown headings is passed over. */
static ErrCode read_table(Reading *reading, const char *name, Err *err)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (table_get_column(reading->table, kinds[k].first) < 0 ||
            table_get_column(reading->table, kinds[k].second) < 0)
            continue;
        for (size_t i = 1; i < reading->table->row_count; i++) {
            reading->row = &reading->table->rows[i];
            reading->name = name;
            kinds[k].read(reading);
        }
        break;
    }
    return reading->failed ? err_memory(err) : ERR_OK;
}

/* What the file of the order of tables calls the file, else the file's own name. */
static const char *table_name(const Table *order, const char *stem)
{
    int table = order == NULL ? -1 : table_get_column(order, "table"),
        file = order == NULL ? -1 : table_get_column(order, "file");

    for (size_t i = 1; table >= 0 && file >= 0 && i < order->row_count; i++)
        if (text_equal(table_get_cell(&order->rows[i], file), stem))
            return table_get_cell(&order->rows[i], table);
    return stem;
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names without ".tsv", sorted, so that the order of a folder changes nothing. */
static ErrCode list_files(Cli *cli, const char *folder, const char **ret_names, size_t *ret_count, Err *err)
{
    DIR *dir = opendir(folder);
    size_t count = 0;
    ErrCode code = ERR_OK;

    if (dir == NULL) {
        err_set(err, ERR_NOT_FOUND, "FILE_MISSING");
        return err_arg(err, "file", "%s", folder);
    }
    for (struct dirent *entry; count < FILES_MAX && code == ERR_OK && (entry = readdir(dir)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length <= 4 || !text_equal(entry->d_name + length - 4, ".tsv"))
            continue;
        ret_names[count] = arena_printf(cli->arena, "%.*s", (int)(length - 4), entry->d_name);
        code = ret_names[count++] == NULL ? err_memory(err) : ERR_OK;
    }
    closedir(dir);
    if (code == ERR_OK)
        qsort(ret_names, count, sizeof *ret_names, name_compare);
    *ret_count = count;
    return code;
}

static ErrCode load(Cli *cli, const char *folder, const char *stem, Table **ret_table, Err *err)
{
    const char *path = arena_printf(cli->arena, "%s/%s.tsv", folder, stem);

    return path == NULL ? err_memory(err) : files_load_table(cli, path, true, NULL, ret_table, err);
}

ErrCode source_read_folder(Cli *cli, const char *folder, const char *prefix, SourceCells *cells, Err *err)
{
    Reading reading = {.cli = cli, .cells = cells, .prefix = prefix};
    const char *names[FILES_MAX];
    size_t count = 0, before = cells->count;
    Table *order = NULL, *table = NULL;
    ErrCode code = list_files(cli, folder, names, &count, err);

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (text_equal(names[i], "tables"))
            code = load(cli, folder, names[i], &order, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        code = load(cli, folder, names[i], &table, err);
        if (code != ERR_OK)
            break;
        reading.table = table;
        code = read_table(&reading, table_name(order, names[i]), err);
    }
    if (code == ERR_OK && cells->count == before) {
        err_set(err, ERR_INVALID_ARGUMENT, "SOURCE_EMPTY");
        code = err_arg(err, "file", "%s", folder);
    }
    return code;
}
