/* Workbooks written and read back: types, text that looks like a formula, sheet names, limits, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/table/table.h"
#include "client/table/xlsx_read.h"
#include "client/table/xlsx_write.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

static Arena *arena;
static char path[64];

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)512 << 20, NULL);
    snprintf(path, sizeof path, "/tmp/shans-write-XXXXXX");
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

static XlsxWriter *open_writer(uint32_t heads)
{
    XlsxWriter *writer = NULL;
    Err err = {.code = ERR_OK};

    assert_int_equal(xlsx_writer_open(path, "Лист", heads, &writer, &err), ERR_OK);
    return writer;
}

static void close_writer(XlsxWriter *writer)
{
    Err err = {.code = ERR_OK};

    if (xlsx_writer_close(writer, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "place"));
}

/* What was read, in the order of the sheet. */
typedef struct Seen {
    XlsxType types[65536];
    const char *texts[65536];
    uint32_t rows[65536], columns[65536];
    size_t count, formulas;
} Seen;
static Seen seen;

static ErrCode see(void *context, const XlsxCell *cell, Err *err)
{
    (void)context;
    (void)err;
    assert_true(seen.count < 65536);
    seen.types[seen.count] = cell->type;
    seen.texts[seen.count] = arena_text(arena, cell->text);
    seen.rows[seen.count] = cell->row;
    seen.columns[seen.count++] = cell->column;
    seen.formulas += cell->formula;
    return ERR_OK;
}

static void read_back(void)
{
    XlsxHandler handler = {NULL, see, NULL};
    Xlsx *book = NULL;
    Err err = {.code = ERR_OK};

    memset(&seen, 0, sizeof seen);
    assert_int_equal(xlsx_open(path, NULL, arena, &book, &err), ERR_OK);
    assert_int_equal(xlsx_sheet_count(book), 1);
    assert_int_equal(xlsx_read_sheet(book, 0, &handler, &err), ERR_OK);
    xlsx_close(book);
}

static void expect(size_t at, uint32_t row, uint32_t column, XlsxType type, const char *text)
{
    assert_true(at < seen.count);
    if (seen.rows[at] != row || seen.columns[at] != column || seen.types[at] != type ||
        !text_equal(seen.texts[at], text))
        fail_msg("cell %zu is %u:%u %d \"%s\", not \"%s\"", at, seen.rows[at], seen.columns[at],
                 (int)seen.types[at], seen.texts[at], text);
}

static void test_types(void **state)
{
    XlsxWriter *writer = open_writer(1);

    (void)state;
    xlsx_set_width(writer, 0, 3);
    xlsx_set_width(writer, 1, 1000);
    xlsx_write_text(writer, "Школа");
    xlsx_write_text(writer, "");
    xlsx_write_text(writer, "Число");
    xlsx_write_end(writer);
    xlsx_write_number(writer, "12345.10", 2, true);
    xlsx_write_number(writer, "-7", 0, false);
    xlsx_write_number(writer, "123456789012345", 0, false);
    xlsx_write_number(writer, "1234567890123456789", 0, false); /* more digits than a spreadsheet keeps */
    xlsx_write_number(writer, "", 0, false);
    xlsx_write_bool(writer, true);
    xlsx_write_bool(writer, false);
    xlsx_write_date(writer, "2021-09-01");
    xlsx_write_date(writer, "2021-09-01T10:30:15");
    xlsx_write_date(writer, "1899-01-01");
    xlsx_write_date(writer, "2021-09");
    xlsx_write_date(writer, "завтра");
    xlsx_write_end(writer);
    close_writer(writer);
    read_back();
    expect(0, 1, 1, XLSX_TEXT, "Школа");
    expect(1, 1, 3, XLSX_TEXT, "Число");
    expect(2, 2, 1, XLSX_NUMBER, "12345.1");
    expect(3, 2, 2, XLSX_NUMBER, "-7");
    expect(4, 2, 3, XLSX_NUMBER, "123456789012345");
    expect(5, 2, 4, XLSX_TEXT, "1234567890123456789");
    expect(6, 2, 6, XLSX_BOOL, "true");
    expect(7, 2, 7, XLSX_BOOL, "false");
    expect(8, 2, 8, XLSX_DATE, "2021-09-01");
    expect(9, 2, 9, XLSX_DATE, "2021-09-01T10:30:15");
    expect(10, 2, 10, XLSX_TEXT, "1899-01-01");
    expect(11, 2, 11, XLSX_TEXT, "2021-09");
    expect(12, 2, 12, XLSX_TEXT, "завтра");
    assert_int_equal(seen.count, 13);
}

/* Whatever a name begins with, it is text, and the same text. */
static void test_formula_like(void **state)
{
    static const char *const starts[] = {
        "=",  "+",      "-",      "@",      "\t",     "\r",    "\n",   "'",
        "{=", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20", "=cmd|", "\x01", "=HYPERLINK(\"http"};
    enum { NAMES = 10000 };
    XlsxWriter *writer = open_writer(0);
    char text[96];

    (void)state;
    for (int i = 0; i < NAMES; i++) {
        snprintf(text, sizeof text, "%s%d+1)Школа № %d", starts[i % 16], i, i);
        xlsx_write_text(writer, text);
        xlsx_write_end(writer);
    }
    close_writer(writer);
    read_back();
    assert_int_equal(seen.count, NAMES);
    assert_int_equal(seen.formulas, 0);
    for (int i = 0; i < NAMES; i++) {
        snprintf(text, sizeof text, "%s%d+1)Школа № %d", starts[i % 16], i, i);
        expect((size_t)i, (uint32_t)i + 1, 1, XLSX_TEXT, text);
    }
}

/* Texts of any characters come back as they were; what XML cannot hold becomes U+FFFD. */
static void test_any_text(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: the same */
    } rows[] = {
        {"a\nb\r\nc\td", NULL},
        {"<&>\"'", NULL},
        {"]]>", NULL},
        {"_x0041_", NULL},
        {"_x000D_ and _x005F_x000D_", NULL},
        {"  пробелы  ", NULL},
        {"\x01\x02\x1F\x7F", NULL},
        {"\U0001F393 выпускник", NULL},
        {"\u00A0\u200B\u202E", NULL},
        {"bad \xFF byte", "bad \uFFFD byte"},
        {"cut \xD0", "cut \uFFFD"},
        {"\uFFFE\uFFFF", "\uFFFD\uFFFD"},
        {"\uFFFD", NULL},
        {"\uFEFFbom", NULL},
    };
    XlsxWriter *writer = open_writer(1);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        xlsx_write_text(writer, rows[i].text);
        xlsx_write_end(writer);
    }
    close_writer(writer);
    read_back();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(i, (uint32_t)i + 1, 1, XLSX_TEXT, rows[i].want == NULL ? rows[i].text : rows[i].want);
}

/* Random tables, value for value. */
static void test_round_trip(void **state)
{
    uint64_t seed = 11;

    (void)state;
    for (int round = 0; round < 20; round++) {
        static char want[4000][96];
        XlsxWriter *writer = open_writer((uint32_t)round % 3);
        size_t count = 0;
        for (int row = 0; row < 100; row++) {
            for (int column = 0; column < 20; column++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                int64_t number = (int64_t)(seed >> 16) % 100000000000000;
                int scale = (int)(seed >> 8 & 7);
                if (seed >> 62 == 0) {
                    snprintf(want[count], sizeof want[0], "%c%lld Школа <%d>",
                             (char)(' ' + (seed >> 40) % 94), (long long)number, row);
                    xlsx_write_text(writer, want[count]);
                } else {
                    char dumped[DECIMAL_TEXT_SIZE];
                    decimal_dump(seed >> 62 == 1 ? -number : number, scale, dumped);
                    xlsx_write_number(writer, dumped, (unsigned)scale, round % 2 == 0);
                    size_t length = strlen(dumped);
                    while (scale > 0 && (dumped[length - 1] == '0' || dumped[length - 1] == '.')) {
                        bool point = dumped[--length] == '.';
                        dumped[length] = '\0';
                        if (point)
                            break;
                    }
                    text_copy(want[count], sizeof want[0], dumped);
                }
                count++;
            }
            xlsx_write_end(writer);
        }
        close_writer(writer);
        read_back();
        assert_int_equal(seen.count, count);
        for (size_t i = 0; i < count; i++)
            expect(i, (uint32_t)(i / 20) + 1, (uint32_t)(i % 20) + 1, seen.types[i], want[i]);
    }
}

static void test_sheet_names(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"form", "form"},
        {"Результаты ВПР", "Результаты ВПР"},
        {"a[b]c:d*e?f/g\\h", "a_b_c_d_e_f_g_h"},
        {"'quoted'", "quoted"},
        {"  ' ", "Sheet1"},
        {"", "Sheet1"},
        {"history", "Sheet1"},
        {"\n\x01", "__"},
        {"abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz01234"},
        {"Школы с низкими образовательными результатами", "Школы с низкими образовательным"},
        {"\U0001F393\U0001F393", "\U0001F393\U0001F393"},
        {"bad\xFF", "bad_"},
    };
    char name[XLSX_SHEET_NAME_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        xlsx_fix_name(rows[i].text, name);
        assert_string_equal(name, rows[i].want);
        XlsxWriter *writer = NULL;
        Err err = {.code = ERR_OK};
        size_t sheet;
        Xlsx *book = NULL;
        assert_int_equal(xlsx_writer_open(path, rows[i].text, 0, &writer, &err), ERR_OK);
        close_writer(writer);
        assert_int_equal(xlsx_open(path, NULL, arena, &book, &err), ERR_OK);
        assert_int_equal(xlsx_find_sheet(book, rows[i].want, &sheet, &err), ERR_OK);
        xlsx_close(book);
    }
}

/* What was not finished must not look like a workbook. */
static void assert_empty(void)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

static void test_longest_cell(void **state)
{
    char *text = malloc(2 * XLSX_CELL_MAX + 3);
    Err err = {.code = ERR_OK};

    (void)state;
    assert_non_null(text);
    for (int extra = 0; extra < 2; extra++) {
        size_t length = 0;
        for (int i = 0; i < XLSX_CELL_MAX + extra; i++, length += 2)
            memcpy(text + length, "Ж", 2);
        text[length] = '\0';
        XlsxWriter *writer = open_writer(1);
        xlsx_write_text(writer, "head");
        xlsx_write_end(writer);
        xlsx_write_text(writer, "a");
        xlsx_write_text(writer, text);
        xlsx_write_text(writer, "b"); /* after a failure nothing happens */
        xlsx_write_end(writer);
        if (extra == 0) {
            close_writer(writer);
            read_back();
            expect(2, 2, 2, XLSX_TEXT, text);
        } else {
            assert_int_equal(xlsx_writer_close(writer, &err), ERR_INVALID_ARGUMENT);
            assert_string_equal(err.reason, "XLSX_WRITE_LONG");
            assert_string_equal(err_arg_get(&err, "place"), "Лист!B2");
            assert_string_equal(err_arg_get(&err, "limit"), "32767");
            assert_empty();
        }
    }
    XlsxWriter *writer = open_writer(1);
    xlsx_write_text(writer, "given up");
    xlsx_writer_drop(writer);
    assert_empty();
    free(text);
}

static void test_place_that_cannot_be(void **state)
{
    XlsxWriter *writer = NULL;
    Err err = {.code = ERR_OK};

    (void)state;
    assert_int_equal(xlsx_writer_open("/tmp/no/such/folder/x.xlsx", "s", 1, &writer, &err), ERR_OK);
    xlsx_write_text(writer, "x");
    xlsx_write_end(writer);
    assert_int_equal(xlsx_writer_close(writer, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "XLSX_WRITE");
    assert_string_equal(err_arg_get(&err, "file"), "/tmp/no/such/folder/x.xlsx");
    assert_string_not_equal(err_arg_get(&err, "fault"), "");
}

/* A row beyond the sheet is told, not lost. */
static void test_too_many_columns(void **state)
{
    XlsxWriter *writer = open_writer(0);
    Err err = {.code = ERR_OK};

    (void)state;
    for (int i = 0; i <= XLSX_COLUMNS_MAX; i++)
        xlsx_write_number(writer, "1", 0, false);
    xlsx_write_end(writer);
    assert_int_equal(xlsx_writer_close(writer, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "XLSX_WRITE_ROWS");
    assert_string_equal(err_arg_get(&err, "place"), "Лист!XFE1");
}

/* Lists of choices are written when they fit the format, and are no cells. */
static void test_choices(void **state)
{
    static const char *const few[] = {"low", "medium", "high", "n/a"};
    static const char *many[200];
    XlsxWriter *writer = open_writer(2);

    (void)state;
    for (size_t i = 0; i < 200; i++)
        many[i] = "choice";
    xlsx_set_choices(writer, 0, few, 4);
    xlsx_set_choices(writer, 1, many, 200);
    xlsx_set_choices(writer, 2, few, 0);
    xlsx_write_text(writer, "level");
    xlsx_write_end(writer);
    close_writer(writer);
    read_back();
    assert_int_equal(seen.count, 1);
}

/* The one path of rows: the same calls make text or a workbook, which read alike. */
static void test_one_path(void **state)
{
    Table *tables[3];
    Err err = {.code = ERR_OK};

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        Buf buf;
        buf_init(&buf, 1 << 20);
        XlsxWriter *workbook = kind == 2 ? open_writer(1) : NULL;
        TableWriter writer = kind == 0   ? table_writer_csv(&buf, false)
                             : kind == 1 ? table_writer_tsv(&buf)
                                         : table_writer_xlsx(workbook);
        table_write_text(&writer, "school");
        table_write_text(&writer, "=n");
        table_write_end(&writer);
        table_write_text(&writer, "a\tb;c,\"d\"");
        table_write_number(&writer, "-12.5");
        table_write_end(&writer);
        if (workbook != NULL) {
            close_writer(workbook);
        } else {
            FILE *file = fopen(path, "wb");
            assert_non_null(file);
            assert_int_equal(fwrite(buf.data, 1, buf.length, file), buf.length);
            fclose(file);
        }
        assert_int_equal(table_load(path, NULL, arena, &tables[kind], &err), ERR_OK);
        buf_done(&buf);
    }
    for (int kind = 0; kind < 3; kind++) {
        assert_int_equal(tables[kind]->row_count, 2);
        assert_int_equal(tables[kind]->separator, kind == 0 ? ',' : kind == 1 ? '\t' : 0);
        for (uint32_t row = 0; row < 2; row++)
            for (int column = 0; column < 2; column++)
                assert_string_equal(table_get_cell(&tables[kind]->rows[row], column),
                                    table_get_cell(&tables[0]->rows[row], column));
    }
    assert_string_equal(table_get_cell(&tables[2]->rows[1], 1), "-12.5");
}

/* Rows do not stay in memory. */
static void test_constant_memory(void **state)
{
    struct rusage before, after;
    XlsxWriter *writer = open_writer(1);
    char text[64];

    (void)state;
    getrusage(RUSAGE_SELF, &before);
    for (int row = 0; row < 20000; row++) {
        for (int column = 0; column < 10; column++) {
            snprintf(text, sizeof text, "Школа № %d, столбец %d", row, column);
            xlsx_write_text(writer, text);
        }
        xlsx_write_end(writer);
    }
    close_writer(writer);
    getrusage(RUSAGE_SELF, &after);
#ifndef SHANS_ARENA_EACH_ITEM
    assert_true(after.ru_maxrss - before.ru_maxrss < 8 << 10);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_constant_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_formula_like, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sheet_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longest_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(test_place_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_choices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_path, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
