/* Owns the table model and its pictures for programs. Invariant: keys and values of JSON and CSV do not
 * depend on the language. Must not compute figures. */
#include "client/render/render.h"

#include <stdio.h>
#include <string.h>

#include "client/render/render_model.h"
#include "client/table/table.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/reason.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

RenderFormat render_format_parse(const char *name)
{
    static const char *const names[] = {"table", "json", "csv", "tsv", "schema", "xlsx"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_equal(names[i], name))
            return (RenderFormat)(i + 1);
    return 0;
}

RenderTable *render_table_new(Arena *arena, const char *noun, const RenderColumn *columns, size_t count,
                              bool record)
{
    RenderTable *table = ARENA_NEW(arena, RenderTable, 1);

    if (table != NULL)
        *table = (RenderTable){
            .arena = arena, .noun = noun, .columns = columns, .column_count = count, .record = record};
    return table;
}

/* Cells are one array; rows are its stretches. */
static RenderCell *next_cell(RenderTable *table)
{
    static RenderCell lost; /* takes what is written after memory ran out */

    if (table->count == table->room && !table->failed) {
        size_t room = table->room == 0 ? 64 : table->room * 2;
        RenderCell *cells = ARENA_NEW(table->arena, RenderCell, room);
        if (cells == NULL) {
            table->failed = true;
        } else {
            if (table->count > 0)
                memcpy(cells, table->cells, table->count * sizeof *cells);
            table->cells = cells;
            table->room = room;
        }
    }
    if (table->failed)
        return &lost;
    return &table->cells[table->count++];
}

/* Texts of messages may be gone before the picture is made. */
static const char *keep(RenderTable *table, const char *text)
{
    const char *copy = arena_text(table->arena, text);

    if (copy == NULL)
        table->failed = true;
    return copy;
}

void render_add_text(RenderTable *table, const char *text)
{
    render_add_code(table, text, text);
}

/* Two texts for one value: what a program compares and what a person reads. */
void render_add_code(RenderTable *table, const char *code, const char *label)
{
    const char *text = keep(table, code);
    const char *shown = label == code ? text : keep(table, label);

    *next_cell(table) = (RenderCell){.filled = code[0] != '\0', .text = text, .label = shown};
}

void render_add_number(RenderTable *table, int64_t value)
{
    *next_cell(table) = (RenderCell){.filled = true, .number = value};
}

void render_add_date(RenderTable *table, const char *iso)
{
    render_add_code(table, iso, iso);
}

void render_add_time(RenderTable *table, int64_t ms)
{
    *next_cell(table) = (RenderCell){.filled = ms != 0, .number = ms};
}

void render_add_bool(RenderTable *table, bool value)
{
    *next_cell(table) = (RenderCell){.filled = true, .number = value};
}

void render_add_empty(RenderTable *table)
{
    *next_cell(table) = (RenderCell){.filled = false};
}

void render_set_note(RenderTable *table, const char *note)
{
    table->note = note;
}

size_t render_row_count(const RenderTable *table)
{
    return table->count / table->column_count;
}

bool render_is_number(const RenderColumn *column)
{
    return column->type == RENDER_NUMBER || column->type == RENDER_ID;
}

/* Plain text of a value, the same in every language. */
static const char *dump_cell(const RenderColumn *column, const RenderCell *cell, char *room)
{
    if (!cell->filled)
        return "";
    switch (column->type) {
    case RENDER_NUMBER:
    case RENDER_ID:
        decimal_dump(cell->number, column->scale, room);
        return room;
    case RENDER_TIME:
        clock_dump_iso(cell->number, room);
        return room;
    case RENDER_BOOL:
        return cell->number != 0 ? "true" : "false";
    default:
        return cell->text;
    }
}

/* Of every document: a key that is renamed, dropped or means something else asks for the next number. */
enum { VERSION = 1, SCHEMA_NAME_SIZE = 80 };

/* "shans.org.v1" */
static const char *schema_name(const RenderTable *table, char *to)
{
    snprintf(to, SCHEMA_NAME_SIZE, "shans.%.60s.v%d", table->noun, VERSION);
    return to;
}

/* null for an empty cell, so every row has every key. */
static void render_json(const RenderTable *table, Buf *buf)
{
    Json json = json_writer(buf, true);
    char schema[SCHEMA_NAME_SIZE], room[RENDER_CELL_SIZE];

    json_object(&json, NULL);
    json_text(&json, "schema", schema_name(table, schema));
    json_int(&json, "version", VERSION);
    json_array(&json, "rows");
    for (size_t i = 0; i + table->column_count <= table->count; i += table->column_count) {
        json_object(&json, NULL);
        for (size_t k = 0; k < table->column_count; k++) {
            const RenderColumn *column = &table->columns[k];
            const RenderCell *cell = &table->cells[i + k];
            if (!cell->filled)
                json_raw(&json, column->key, "null");
            else if (column->type == RENDER_BOOL)
                json_bool(&json, column->key, cell->number != 0);
            else if (render_is_number(column))
                json_raw(&json, column->key, dump_cell(column, cell, room));
            else
                json_text(&json, column->key, dump_cell(column, cell, room));
        }
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    buf_char(buf, '\n');
}

/* The type of a column's values, or null. */
static void schema_column(const RenderColumn *column, Json *json)
{
    static const char *const types[] = {
        [RENDER_TEXT] = "string", [RENDER_CODE] = "string", [RENDER_NUMBER] = "integer",
        [RENDER_DATE] = "string", [RENDER_TIME] = "string", [RENDER_BOOL] = "boolean",
        [RENDER_ID] = "integer"};
    const char *type = column->type == RENDER_NUMBER && column->scale > 0 ? "number" : types[column->type];

    json_object(json, column->key);
    json_array(json, "type");
    json_text(json, NULL, type);
    json_text(json, NULL, "null");
    json_array_end(json);
    if (column->type == RENDER_TIME)
        json_text(json, "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$");
    else if (column->type == RENDER_DATE)
        json_text(json, "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
    json_object_end(json);
}

/* Rows of a document: every key, and no other. */
static void schema_row(const RenderTable *table, Json *json)
{
    json_object(json, "items");
    json_text(json, "type", "object");
    json_array(json, "required");
    for (size_t k = 0; k < table->column_count; k++)
        json_text(json, NULL, table->columns[k].key);
    json_array_end(json);
    json_bool(json, "additionalProperties", false);
    json_object(json, "properties");
    for (size_t k = 0; k < table->column_count; k++)
        schema_column(&table->columns[k], json);
    json_object_end(json);
    json_object_end(json);
}

/* A JSON Schema (draft 2020-12) made of the same columns as the document it describes. */
static void render_schema(const RenderTable *table, Buf *buf)
{
    Json json = json_writer(buf, true);
    char name[SCHEMA_NAME_SIZE];

    json_object(&json, NULL);
    json_text(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_text(&json, "title", schema_name(table, name));
    json_text(&json, "type", "object");
    json_array(&json, "required");
    json_text(&json, NULL, "schema");
    json_text(&json, NULL, "version");
    json_text(&json, NULL, "rows");
    json_array_end(&json);
    json_bool(&json, "additionalProperties", false);
    json_object(&json, "properties");
    json_object(&json, "schema");
    json_text(&json, "const", name);
    json_object_end(&json);
    json_object(&json, "version");
    json_int(&json, "const", VERSION);
    json_object_end(&json);
    json_object(&json, "rows");
    json_text(&json, "type", "array");
    schema_row(table, &json);
    json_object_end(&json);
    json_object_end(&json);
    json_object_end(&json);
    buf_char(buf, '\n');
}

/* The heading is the keys, which never change with the language. */
static void render_rows(const RenderTable *table, const RenderStyle *style, TableWriter writer)
{
    char room[RENDER_CELL_SIZE];

    for (size_t k = 0; k < table->column_count && !style->no_headers; k++)
        table_write_text(&writer, table->columns[k].key);
    if (!style->no_headers)
        table_write_end(&writer);
    for (size_t i = 0; i < render_row_count(table) * table->column_count; i++) {
        const RenderColumn *column = &table->columns[i % table->column_count];
        const char *text = dump_cell(column, &table->cells[i], room);
        if (render_is_number(column))
            table_write_number(&writer, text);
        else
            table_write_text(&writer, text);
        if ((i + 1) % table->column_count == 0)
            table_write_end(&writer);
    }
}

/* Programs get a document even without rows; people get a word. */
ErrCode render_table(const RenderTable *table, const RenderStyle *style, Buf *buf, Err *err)
{
    if (table == NULL || table->failed)
        return err_memory(err);
    switch (style->format) {
    case RENDER_AS_JSON:
        render_json(table, buf);
        break;
    case RENDER_AS_CSV:
        render_rows(table, style, table_writer_csv(buf, style->excel));
        break;
    case RENDER_AS_TSV:
        render_rows(table, style, table_writer_tsv(buf));
        break;
    case RENDER_AS_SCHEMA:
        render_schema(table, buf);
        break;
    default:
        if (render_row_count(table) == 0 && style->none != NULL)
            buf_printf(buf, "%s\n", style->none);
        else if (table->record || style->expanded)
            render_record(table, style, buf);
        else
            render_grid(table, style, buf);
        if (table->note != NULL)
            buf_printf(buf, "%s\n", table->note);
        break;
    }
    return buf->failed ? err_memory(err) : ERR_OK;
}

/* The code in brackets is what a person quotes to the administrator. */
void render_err(const Err *err, bool russian, const char *sentence, Buf *buf)
{
    const char *request = err_arg_get(err, "request_id");

    Buf reason;
    buf_init(&reason, 1 << 16);
    if (sentence == NULL)
        reason_show(err, russian, &reason);
    render_clean(buf, sentence != NULL ? sentence : reason.data == NULL ? "" : reason.data);
    buf_done(&reason);
    buf_char(buf, ' ');
    buf_char(buf, '[');
    render_clean(buf, err->reason[0] != '\0' ? err->reason : err_code_name(err->code));
    if (request[0] != '\0') {
        buf_char(buf, ' ');
        render_clean(buf, request);
    }
    buf_char(buf, ']');
}
