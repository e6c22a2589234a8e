/* Reading and writing of separated text: encodings, separators, malformed input, limits, formula guard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/table/csv.h"

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)600 << 20, NULL);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static Table *read_ok(const char *text, const CsvOptions *options)
{
    Table *table = NULL;
    Err err = {0};

    if (csv_read(text, strlen(text), options, arena, &table, &err) != ERR_OK)
        fail_msg("%s at row %s column %s", err.reason, err_arg_get(&err, "row"), err_arg_get(&err, "column"));
    return table;
}

/* Rows joined by '|' between cells and '\n' after each, so that a case is one string. */
static char *flat(const Table *table)
{
    Buf buf;

    buf_init(&buf, 1 << 20);
    for (size_t i = 0; i < table->row_count; i++) {
        for (uint32_t k = 0; k < table->rows[i].cell_count; k++)
            buf_printf(&buf, "%s%s", k > 0 ? "|" : "", table->rows[i].cells[k]);
        buf_char(&buf, '\n');
    }
    char *text = arena_text(arena, buf.data == NULL ? "" : buf.data);
    buf_done(&buf);
    return text;
}

static void test_shapes(void **state)
{
    static const struct {
        const char *text, *want;
        char separator;
    } rows[] = {
        {"a,b\n1,2\n", "a|b\n1|2\n", ','},
        {"a;b\n1,5;2,5\n", "a|b\n1,5|2,5\n", ';'},
        {"a\tb\r\n1\t2\r\n", "a|b\n1|2\n", '\t'},
        {"a;b\r1;2\r", "a|b\n1|2\n", ';'},
        {"a,b\n1,2", "a|b\n1|2\n", ','},
        {"single\nvalue\n", "single\nvalue\n", ','},
        {"\"a;x\",b,c\n1,2,3\n", "a;x|b|c\n1|2|3\n", ','},
        {"a,b\n\"say \"\"hi\"\"\",\"line\none\"\n", "a|b\nsay \"hi\"|line\none\n", ','},
        {"a,b\n\"crlf\r\ninside\",2\r\n", "a|b\ncrlf\r\ninside|2\n", ','},
        {"a,b\n\n  \n,,,\n1,2\n", "a|b\n  \n1|2\n", ','},
        {"a,b\n1,\n,2\n", "a|b\n1|\n|2\n", ','},
        {"a,b\nSchool \"Lyceum\" 5,2\n", "a|b\nSchool \"Lyceum\" 5|2\n", ','},
        {"a,b\n\"\",x\n", "a|b\n|x\n", ','},
        {"a,b\n'=1+1,'-x\n", "a|b\n=1+1|-x\n", ','},
        {"a,b\n'plain,''=x\n", "a|b\n'plain|'=x\n", ','},
        {"# note\na,b\n", "# note\na|b\n", ','},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Table *table = read_ok(rows[i].text, NULL);
        assert_string_equal(flat(table), rows[i].want);
        assert_int_equal(table->separator, rows[i].separator);
        assert_int_equal(table->encoding, TABLE_UTF8);
    }
}

static void test_facts(void **state)
{
    (void)state;
    Table *table = read_ok("# Source: a, b; c\nschool\tnote\n# middle\n1\t\"as printed\"\n2\t\n", &csv_facts);
    assert_string_equal(flat(table), "school|note\n1|\"as printed\"\n2|\n");
    assert_int_equal(table->rows[1].number, 4);
    CsvOptions detect = {.comments = true};
    table = read_ok("# one; two; three; four\na,b\n1,2\n", &detect);
    assert_int_equal(table->separator, ',');
    CsvOptions keep = {.keep_apostrophe = true};
    assert_string_equal(flat(read_ok("a\n'=x\n", &keep)), "a\n'=x\n");
}

static void test_encodings(void **state)
{
    (void)state;
    Table *table = read_ok("\xEF\xBB\xBF\xD1\x88;b\n1;2\n", NULL);
    assert_int_equal(table->encoding, TABLE_UTF8_BOM);
    assert_string_equal(table->rows[0].cells[0], "ш");
    /* "Школа № 5;ёж «А»" in Windows-1251 */
    table = read_ok("\xD8\xEA\xEE\xEB\xE0 \xB9 5;\xB8\xE6 \xAB\xC0\xBB\n", NULL);
    assert_int_equal(table->encoding, TABLE_CP1251);
    assert_string_equal(flat(table), "Школа № 5|ёж «А»\n");
    /* every defined byte of the upper half becomes one valid character */
    char all[300];
    size_t n = 0;
    for (int c = 0x80; c <= 0xFF; c++)
        if (c != 0x98)
            all[n++] = (char)c;
    all[n] = '\0';
    table = read_ok(all, NULL);
    const char *cell = table->rows[0].cells[0];
    size_t characters = 0;
    for (; *cell != '\0'; cell++)
        characters += ((unsigned char)*cell & 0xC0) != 0x80;
    assert_int_equal(characters, n);
}

static void expect_fault(const void *bytes, size_t size, const char *reason, const char *row,
                         const char *column)
{
    Table *table = NULL;
    Err err = {0};

    assert_int_equal(csv_read(bytes, size, NULL, arena, &table, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, reason);
    assert_string_equal(err_arg_get(&err, "row"), row);
    assert_string_equal(err_arg_get(&err, "column"), column);
    assert_null(table);
}

static void test_malformed(void **state)
{
    static const struct {
        const char *text, *reason, *row, *column;
    } rows[] = {
        {"", "CSV_EMPTY", "", ""},
        {"\n\n;;\n", "CSV_EMPTY", "", ""},
        {"a,b\n1,\"open\n2,3\n", "CSV_QUOTE_OPEN", "2", "2"},
        {"a,b\n\"x\"y,2\n", "CSV_QUOTE_TAIL", "2", "1"},
        {"a,b\n\"x\" ,2\n", "CSV_QUOTE_TAIL", "2", "1"},
        {"\xEF\xBB\xBF\xD8\xEA,b\n", "CSV_ENCODING", "", ""},
        {"\xD8\xEA\x98,b\n", "CSV_ENCODING", "", ""},
        /* UTF-8 Russian with one byte damaged is not taken for Windows-1251 */
        {"\xD0\xA8\xD0\xBA\xD0\xBE\xD0\xBB\xD0\xB0\xD0;b\n", "CSV_ENCODING", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].reason[0] != '\0')
            expect_fault(rows[i].text, strlen(rows[i].text), rows[i].reason, rows[i].row, rows[i].column);
    expect_fault("a\0b", 3, "CSV_BINARY", "", "");
    expect_fault("PK\x03\x04\x14,", 6, "CSV_BINARY", "", "");
    expect_fault("a\x1A,b", 4, "CSV_BINARY", "", "");
    expect_fault("\xFF\xFE\x61\x00", 4, "CSV_BINARY", "", "");
}

static void test_limits(void **state)
{
    Buf buf;

    (void)state;
    buf_init(&buf, (size_t)CSV_BYTES_MAX + 10);
    buf_text(&buf, "head\n");
    for (int i = 0; i < CSV_CELL_MAX; i++)
        buf_text(&buf, "ш");
    Table *table = NULL;
    Err err = {0};
    assert_int_equal(csv_read(buf.data, buf.length, NULL, arena, &table, &err), ERR_OK);
    buf_text(&buf, "ш");
    expect_fault(buf.data, buf.length, "CSV_CELL_TOO_LONG", "2", "1");
    buf_clear(&buf);
    for (int i = 1; i < CSV_COLUMNS_MAX; i++)
        buf_text(&buf, "x,");
    buf_text(&buf, "last\n");
    assert_int_equal(csv_read(buf.data, buf.length, NULL, arena, &table, &err), ERR_OK);
    assert_int_equal(table->rows[0].cell_count, CSV_COLUMNS_MAX);
    buf_clear(&buf);
    for (int i = 0; i < CSV_COLUMNS_MAX; i++)
        buf_text(&buf, "x,");
    buf_text(&buf, "last\n");
    expect_fault(buf.data, buf.length, "CSV_TOO_MANY_COLUMNS", "1", "1025");
    buf_clear(&buf);
    for (int i = 0; i <= CSV_ROWS_MAX; i++)
        buf_text(&buf, "x\n");
    expect_fault(buf.data, buf.length, "CSV_TOO_MANY_ROWS", "", "");
    assert_int_equal(csv_read(buf.data, buf.length - 2, NULL, arena, &table, &err), ERR_OK);
    assert_int_equal(table->row_count, CSV_ROWS_MAX);
    expect_fault(buf.data, (size_t)CSV_BYTES_MAX + 1, "CSV_TOO_LARGE", "", "");
    buf_done(&buf);
}

static void test_memory(void **state)
{
    (void)state;
    Arena *small = arena_new(1 << 16, NULL);
    for (size_t n = 1; n <= 5; n++) {
        Table *table = NULL;
        Err err = {0};
        arena_fail_nth(small, n);
        ErrCode code = csv_read("\xD8\xEA;b\n1;2\n", 9, NULL, small, &table, &err);
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_string_equal(err.reason, "MEMORY_LIMIT");
    }
    arena_free(small);
}

static void test_columns(void **state)
{
    (void)state;
    Table *table = read_ok("School,Period,n\n1,2021,5\n2\n", NULL);
    assert_int_equal(table_get_column(table, "school"), 0);
    assert_int_equal(table_get_column(table, "PERIOD"), 1);
    assert_int_equal(table_get_column(table, "row"), -1);
    assert_string_equal(table_get_cell(&table->rows[2], 1), "");
    assert_string_equal(table_get_cell(&table->rows[1], -1), "");
    assert_string_equal(table_get_cell(&table->rows[1], 2), "5");
}

static void test_guard(void **state)
{
    static const char *const guarded[] = {"=1+1", "+7",  "-x",      "@a",      "\ta",     "\ra",    "\na",
                                          "'=1",  "''@", "\uFF1D1", "\uFF0B1", "\uFF0D1", "\uFF201"};
    static const char *const plain[] = {"", "a=1", "5", "'", "'a", "«=»", "№ 5", " =1"};

    (void)state;
    for (size_t i = 0; i < sizeof guarded / sizeof guarded[0]; i++)
        assert_true(table_is_guarded(guarded[i]));
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_false(table_is_guarded(plain[i]));
}

static void test_write_golden(void **state)
{
    Buf buf;

    (void)state;
    buf_init(&buf, 4096);
    for (int excel = 0; excel <= 1; excel++) {
        TableWriter writer = table_writer_csv(&buf, excel != 0);
        table_write_text(&writer, "school");
        table_write_text(&writer, "n;m,\"q\"");
        table_write_end(&writer);
        table_write_text(&writer, "=HYPERLINK(\"x\")");
        table_write_number(&writer, "-1234.50");
        table_write_end(&writer);
    }
    assert_string_equal(buf.data, "school,\"n;m,\"\"q\"\"\"\n\"'=HYPERLINK(\"\"x\"\")\",-1234.50\n"
                                  "\xEF\xBB\xBFschool;\"n;m,\"\"q\"\"\"\r\n"
                                  "\"'=HYPERLINK(\"\"x\"\")\";-1234,50\r\n");
    buf_done(&buf);
}

/* Pseudo-random cells out of the awkward characters come back as they were, in both styles. */
static void test_round_trip(void **state)
{
    static const char *const parts[] = {"=",    "+", "-", "@", "'", "\"", ",",      ";",      "\t", "\n",
                                        "\r\n", "a", "ш", "№", " ", "#",  "\uFF1D", "\uFEFF", "1"};
    uint32_t seed = 1;
    Buf buf;

    (void)state;
    buf_init(&buf, 1 << 16);
    for (int round = 0; round < 2000; round++) {
        char cells[4][64] = {"", "", "", ""};
        for (int c = 0; c < 4; c++)
            for (int p = 0; p < 6; p++) {
                seed = seed * 1664525u + 1013904223u;
                size_t length = strlen(cells[c]);
                snprintf(cells[c] + length, sizeof cells[c] - length, "%s",
                         parts[(seed >> 16) % (sizeof parts / sizeof parts[0])]);
            }
        buf_clear(&buf);
        TableWriter writer = table_writer_csv(&buf, round % 2 == 1);
        table_write_text(&writer, "a");
        table_write_text(&writer, "b");
        table_write_text(&writer, "c");
        table_write_text(&writer, "d");
        table_write_end(&writer);
        for (int c = 0; c < 4; c++)
            table_write_text(&writer, cells[c]);
        table_write_end(&writer);
        Table *table = read_ok(buf.data, NULL);
        assert_int_equal(table->row_count, 2);
        assert_int_equal(table->rows[1].cell_count, 4);
        for (uint32_t c = 0; c < 4; c++)
            assert_string_equal(table->rows[1].cells[c], cells[c]);
    }
    buf_done(&buf);
}

static void test_load(void **state)
{
    char path[] = "/tmp/client-csv-XXXXXX";
    Table *table = NULL;
    Err err = {0};

    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a;b\n1;2\n", 8), 8);
    close(fd);
    assert_int_equal(table_load(path, NULL, arena, &table, &err), ERR_OK);
    assert_string_equal(flat(table), "a|b\n1|2\n");
    unlink(path);
    assert_int_equal(table_load(path, NULL, arena, &table, &err), ERR_NOT_FOUND);
    assert_string_equal(err.reason, "FILE_MISSING");
    assert_string_equal(err_arg_get(&err, "file"), path);
    assert_int_equal(table_load("/tmp", NULL, arena, &table, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "FILE_UNREADABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encodings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_write_golden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_load, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
