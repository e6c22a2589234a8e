/* The picture for a spreadsheet program: what people read, with types kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/render/render.h"
#include "client/table/xlsx_read.h"
#include "common/core/text.h"

static Arena *arena;
static char path[64];
static const RenderStyle style = {
    .format = RENDER_AS_XLSX, .russian = true, .none = "пусто", .yes = "да", .no = "нет"};

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20, NULL);
    snprintf(path, sizeof path, "/tmp/shans-workbook-XXXXXX");
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    arena_free(arena);
    return 0;
}

static ErrCode dump(void *context, const XlsxCell *cell, Err *err)
{
    static const char *const types[] = {"", "number", "text", "bool", "error", "date"};
    char place[XLSX_PLACE_SIZE];

    (void)err;
    xlsx_dump_place(cell->sheet, cell->row, cell->column, place);
    buf_printf(context, "%s %s %s\n", place, types[cell->type], cell->text);
    return ERR_OK;
}

/* Lines "sheet!A1 text Школа" of the workbook made of the table. */
static const char *show(const RenderTable *table, const char *title)
{
    static Buf out;
    XlsxHandler handler = {&out, dump, NULL};
    Xlsx *book = NULL;
    Err err = {.code = ERR_OK};

    buf_init(&out, 1 << 20);
    assert_int_equal(render_workbook(table, &style, title, path, &err), ERR_OK);
    assert_int_equal(xlsx_open(path, NULL, arena, &book, &err), ERR_OK);
    assert_int_equal(xlsx_read_sheet(book, 0, &handler, &err), ERR_OK);
    xlsx_close(book);
    const char *text = arena_text(arena, out.data == NULL ? "" : out.data);
    buf_done(&out);
    return text;
}

static void test_types_are_kept(void **state)
{
    static const RenderColumn columns[] = {
        {"school", "Школа", RENDER_TEXT, 0},    {"status", "Статус", RENDER_CODE, 0},
        {"share", "Доля, %", RENDER_NUMBER, 1}, {"hash", NULL, RENDER_TEXT, 0},
        {"from", "С", RENDER_DATE, 0},          {"at", "Время", RENDER_TIME, 0},
        {"listed", "В списке", RENDER_BOOL, 0}, {"id", "Номер", RENDER_ID, 0},
    };
    RenderTable *table = render_table_new(arena, "class", columns, 8, false);

    (void)state;
    render_add_text(table, "=66-a-1");
    render_add_code(table, "LISTED", "низкие результаты");
    render_add_number(table, 12345);
    render_add_text(table, "for programs");
    render_add_date(table, "2021-09-01");
    render_add_time(table, INT64_C(1700000000123));
    render_add_bool(table, false);
    render_add_number(table, 17);
    for (int i = 0; i < 8; i++)
        render_add_empty(table);
    assert_string_equal(
        show(table, "classes"),
        "classes!A1 text Школа\nclasses!B1 text Статус\nclasses!C1 text Доля, %\n"
        "classes!D1 text С\nclasses!E1 text Время\nclasses!F1 text В списке\nclasses!G1 text Номер\n"
        "classes!A2 text =66-a-1\nclasses!B2 text низкие результаты\nclasses!C2 number 1234.5\n"
        "classes!D2 date 2021-09-01\nclasses!E2 date 2023-11-14T22:13:20\nclasses!F2 bool false\n"
        "classes!G2 number 17\n");
}

/* No rows: the heading alone, not a word for people. A record is a row too. */
static void test_empty_and_record(void **state)
{
    static const RenderColumn columns[] = {{"a", "А", RENDER_TEXT, 0}, {"b", "Б", RENDER_NUMBER, 0}};
    RenderTable *table = render_table_new(arena, "x", columns, 2, false),
                *record = render_table_new(arena, "x", columns, 2, true);
    Err err = {.code = ERR_OK};

    (void)state;
    assert_string_equal(show(table, "лист: 1/2"), "лист_ 1_2!A1 text А\nлист_ 1_2!B1 text Б\n");
    render_add_text(record, "v");
    render_add_number(record, -3);
    assert_string_equal(show(record, "r"), "r!A1 text А\nr!B1 text Б\nr!A2 text v\nr!B2 number -3\n");
    assert_int_equal(render_workbook(NULL, &style, "t", path, &err), ERR_RESOURCE_EXHAUSTED);
    assert_int_equal(render_workbook(record, &style, "t", "/tmp/no/such/place.xlsx", &err),
                     ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "XLSX_WRITE");
}

static void test_format_names(void **state)
{
    (void)state;
    assert_int_equal(render_format_parse("table"), RENDER_AS_TABLE);
    assert_int_equal(render_format_parse("json"), RENDER_AS_JSON);
    assert_int_equal(render_format_parse("csv"), RENDER_AS_CSV);
    assert_int_equal(render_format_parse("tsv"), RENDER_AS_TSV);
    assert_int_equal(render_format_parse("xlsx"), RENDER_AS_XLSX);
    assert_int_equal(render_format_parse("XLSX"), 0);
    assert_int_equal(render_format_parse(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_types_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_and_record, setup, teardown),
        cmocka_unit_test(test_format_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
