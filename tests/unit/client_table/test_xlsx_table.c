/* Sheets as tables: what a file is, rows and notes, merged areas, limits; and the same through a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/table/table.h"
#include "common/core/text.h"
#include "tests/unit/client_table/book.h"

static Arena *arena;
static char path[64];

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)512 << 20, NULL);
    snprintf(path, sizeof path, "/tmp/shans-table-XXXXXX");
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

static void save(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void save_book(const BookParts *parts)
{
    Book book;

    book_init(&book);
    book_add_parts(&book, parts);
    book_finish(&book);
    save(book.out.data, book.out.length);
    book_done(&book);
}

/* Rows as "number:cell|cell\n", or the reason. */
static const char *show(const TableOptions *options)
{
    static Buf out;
    Table *table = NULL;
    Err err = {.code = ERR_OK};

    if (out.limit == 0)
        buf_init(&out, (size_t)64 << 20);
    buf_clear(&out);
    if (table_load(path, options, arena, &table, &err) != ERR_OK) {
        buf_text(&out, err.reason);
        return out.data;
    }
    for (size_t i = 0; i < table->row_count; i++) {
        buf_printf(&out, "%u:", table->rows[i].number);
        for (uint32_t k = 0; k < table->rows[i].cell_count; k++)
            buf_printf(&out, "%s%s", k > 0 ? "|" : "", table->rows[i].cells[k]);
        buf_char(&out, '\n');
    }
    if (table->merged > 0)
        buf_printf(&out, "merged %zu\n", table->merged);
    return out.data;
}

static void test_rows(void **state)
{
    static const TableOptions named = {.sheet = "Лист1"}, unknown = {.sheet = "нет"};

    (void)state;
    save_book(&(BookParts){
        .strings = "<sst><si><t>school</t></si><si><t># строка для людей</t></si></sst>",
        .sheet =
            "<sheetData><row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"C2\" "
            "t=\"inlineStr\"><is><t>n</t></is></c></row>"
            "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>1</v></c><c r=\"B3\"><v>9</v></c></row><row r=\"4\"><c "
            "s=\"1\"/></row>"
            "<row r=\"9\"><c r=\"B9\" t=\"b\"><v>1</v></c><c r=\"C9\"><v>1.50</v></c></row></sheetData>"});
    assert_string_equal(show(NULL), "2:school||n\n9:|true|1.5\n");
    assert_string_equal(show(&named), "2:school||n\n9:|true|1.5\n");
    assert_string_equal(show(&unknown), "XLSX_SHEET_UNKNOWN");
    Table *table = NULL;
    Err err = {.code = ERR_OK};
    assert_int_equal(table_load(path, NULL, arena, &table, &err), ERR_OK);
    assert_string_equal(table->sheet, "Лист1");
    assert_int_equal(table_get_column(table, "SCHOOL"), 0);
    assert_int_equal(table_get_column(table, "n"), 2);
    assert_int_equal(table_get_column(table, "none"), -1);
    assert_string_equal(table_get_cell(&table->rows[1], 1), "true");
    assert_string_equal(table_get_cell(&table->rows[1], 7), "");
    assert_string_equal(table_get_cell(&table->rows[1], -1), "");
}

/* Told by the content, whatever the name. */
static void test_kinds_of_files(void **state)
{
    static const TableOptions sheet = {.sheet = "Лист1"};

    (void)state;
    save("a;b\n# note\n1;2\n", 15);
    assert_string_equal(show(NULL), "1:a|b\n3:1|2\n");
    assert_string_equal(show(&sheet), "XLSX_SHEET_OF_TEXT");
    save("PK", 2);
    assert_string_equal(show(NULL), "1:PK\n");
    save("PK\003\004", 4);
    assert_string_equal(show(NULL), "XLSX_DAMAGED");
    save("PK\005\006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
    assert_string_equal(show(NULL), "XLSX_NOT_WORKBOOK");
    save("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on, for long enough", 35);
    assert_string_equal(show(NULL), "XLSX_OLD_FORMAT");
    save("", 0);
    assert_string_equal(show(NULL), "CSV_EMPTY");
    save_book(&(BookParts){.sheet = NULL});
    assert_string_equal(show(NULL), "XLSX_EMPTY");
    save_book(&(BookParts){
        .sheet = "<sheetData><row><c t=\"inlineStr\"><is><t># only a note</t></is></c></row></sheetData>"});
    assert_string_equal(show(NULL), "XLSX_EMPTY");
    unlink(path);
    assert_string_equal(show(NULL), "FILE_MISSING");
}

#define TEXT(place, text) "<c r=\"" place "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"

/* A value beside several rows belongs to each of them; one above several columns to the first alone. */
static void test_merged(void **state)
{
    (void)state;
    save_book(&(BookParts){
        .sheet = "<sheetData><row r=\"1\">" TEXT("A1", "school") TEXT("B1", "n") TEXT(
            "E1", "late") "</row>"
                          "<row r=\"2\">" TEXT("A2", "66-a-1") "<c r=\"B2\"><v>1</v></c>" TEXT(
                              "E2", "x") "</row>"
                                         "<row r=\"3\"><c r=\"B3\"><v>2</v></c></row><row r=\"4\">" TEXT(
                                             "A4",
                                             "own") "<c r=\"B4\"><v>3</v></c></row>"
                                                    "<row r=\"9\">" TEXT(
                                                        "A9",
                                                        "66-a-2") "</row></sheetData><mergeCells><mergeCell "
                                                                  "ref=\"A2:A5\"/>"
                                                                  "<mergeCell ref=\"A1:A1\"/><mergeCell "
                                                                  "ref=\"E2:F3\"/><mergeCell "
                                                                  "ref=\"B1:B9\"/><mergeCell ref=\"A9:C9\"/>"
                                                                  "<mergeCell ref=\"D2:D4\"/><mergeCell "
                                                                  "ref=\"Z7:Z8\"/></mergeCells>"});
    assert_string_equal(show(NULL),
                        "1:school|n|||late\n2:66-a-1|1|||x\n3:66-a-1|2|||x\n4:own|3\n9:66-a-2\nmerged 2\n");
}

/* Many rows and texts: nothing is lost between blocks. */
static void test_many(void **state)
{
    Buf sheet;
    Table *table = NULL;
    Err err = {.code = ERR_OK};

    (void)state;
    buf_init(&sheet, (size_t)64 << 20);
    buf_text(&sheet, "<sheetData>");
    for (int i = 0; i < 20000; i++)
        buf_printf(&sheet, "<row><c><v>%d</v></c><c t=\"inlineStr\"><is><t>Школа № %d, %d</t></is></c></row>",
                   i, i, i * 7919 % 10007);
    buf_text(&sheet, "</sheetData>");
    save_book(&(BookParts){.sheet = sheet.data});
    assert_int_equal(table_load(path, NULL, arena, &table, &err), ERR_OK);
    assert_int_equal(table->row_count, 20000);
    for (int i = 0; i < 20000; i++) {
        char want[64];
        snprintf(want, sizeof want, "Школа № %d, %d", i, i * 7919 % 10007);
        assert_int_equal(table->rows[i].number, i + 1);
        assert_string_equal(table->rows[i].cells[1], want);
        snprintf(want, sizeof want, "%d", i);
        assert_string_equal(table->rows[i].cells[0], want);
    }
    buf_done(&sheet);
}

/* A value far to the right in each row would take gigabytes of empty cells. */
static void test_sparse(void **state)
{
    static const TableOptions more = {.unpacked_max = (size_t)256 << 20};
    Buf sheet;

    (void)state;
    buf_init(&sheet, (size_t)64 << 20);
    buf_text(&sheet, "<sheetData>");
    for (int i = 1; i <= 1000; i++)
        buf_printf(&sheet, "<row r=\"%d\"><c r=\"XFD%d\"><v>%u</v></c></row>", i, i,
                   (unsigned)i * 2654435761u);
    buf_text(&sheet, "</sheetData>");
    save_book(&(BookParts){.sheet = sheet.data});
    assert_string_equal(show(NULL), "XLSX_TABLE_LIMIT");
    assert_true(text_starts(show(&more), "1:|||"));
    buf_done(&sheet);
}

/* The limit is the caller's: the same file is too large for less. */
static void test_limit(void **state)
{
    static const TableOptions little = {.unpacked_max = 100000}, enough = {.unpacked_max = 4 << 20};
    Buf sheet;

    (void)state;
    buf_init(&sheet, (size_t)64 << 20);
    buf_text(&sheet, "<sheetData>");
    for (unsigned i = 1; i <= 20000; i++)
        buf_printf(&sheet, "<row><c><v>%u</v></c></row>", i * 2654435761u);
    buf_text(&sheet, "</sheetData>");
    save_book(&(BookParts){.sheet = sheet.data});
    assert_string_equal(show(&little), "XLSX_TOO_LARGE");
    assert_true(text_starts(show(&enough), "1:2654435761\n"));
    buf_done(&sheet);
}

/* Texts count too: strings that no cell refers to are kept until the table is made. */
static void test_text_limit(void **state)
{
    static const TableOptions little = {.unpacked_max = 1 << 20};
    Buf strings;

    (void)state;
    buf_init(&strings, (size_t)64 << 20);
    buf_text(&strings, "<sst>");
    for (unsigned i = 1; i <= 90000; i++)
        buf_text(&strings, "<si/>");
    buf_printf(&strings, "</sst><!-- %d -->", 1);
    save_book(&(BookParts){.sheet = "<sheetData/>", .strings = strings.data});
    assert_string_equal(show(&little), "XLSX_TEXT_LIMIT");
    assert_string_equal(show(NULL), "XLSX_EMPTY");
    buf_done(&strings);
}

/* Whichever allocation fails is told as such. */
static void test_no_memory(void **state)
{
    bool done = false;

    (void)state;
    save_book(&(BookParts){
        .strings = "<sst><si><t>school</t></si></sst>",
        .sheet = "<sheetData><row r=\"1\"><c t=\"s\"><v>0</v></c></row><row r=\"2\">" TEXT("A2", "x")
            TEXT("C2", "y") "</row><row r=\"3\"><c r=\"A3\"><v>1</v></c></row></sheetData>"
                            "<mergeCells><mergeCell ref=\"C2:C3\"/></mergeCells>"});
    for (size_t nth = 1; !done; nth++) {
        Arena *small = arena_new((size_t)8 << 20, NULL);
        Table *table = NULL;
        Err err = {.code = ERR_OK};
        arena_fail_nth(small, nth);
        if (table_load(path, NULL, small, &table, &err) == ERR_OK) {
            assert_string_equal(table->rows[2].cells[2], "y");
            assert_true(nth > 20);
            done = true;
        } else {
            assert_string_equal(err.reason, "MEMORY_LIMIT");
        }
        arena_free(small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kinds_of_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_merged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sparse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
