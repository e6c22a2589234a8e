/* Properties of the pictures over made-up tables: CSV reads back, lines keep their width, columns without
 * values are hidden from people only, and memory may run out anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/render/render.h"
#include "client/table/csv.h"
#include "common/base/rand.h"
#include "common/core/text.h"

static Arena *arena;
static Buf buf;
static Rand rng;

static const RenderColumn columns[] = {
    {"code", "Код", RENDER_TEXT, 0},      {"label", "Название", RENDER_CODE, 0},
    {"count", "Число", RENDER_NUMBER, 0}, {"share", "Доля", RENDER_NUMBER, 3},
    {"day", "День", RENDER_DATE, 0},      {"changed", "Изменено", RENDER_TIME, 0},
    {"done", "Готово", RENDER_BOOL, 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static int setup(void **state)
{
    (void)state;
    arena = arena_new(64 << 20, NULL);
    buf_init(&buf, 64 << 20);
    rng = rand_seeded(11);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    buf_done(&buf);
    return 0;
}

static RenderStyle style_of(RenderFormat format, size_t width)
{
    return (RenderStyle){
        .format = format, .russian = true, .width = width, .yes = "да", .no = "нет", .none = "Пусто."};
}

/* Words of a school's name and of trouble. */
static void random_text(char *to, size_t size)
{
    static const char *const parts[] = {
        "МБОУ ", "СОШ № ", "12", "\"Лицей\"", ";",      ",", "=1", "\n", "\t", "ё", "длинноесловобезпробелов",
        " ",     "5 «А»",  "'",  "日本",      "e\u0301"};
    size_t count = rand_below(&rng, 7);

    to[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(to);
        const char *part = parts[rand_below(&rng, sizeof parts / sizeof parts[0])];
        if (used + strlen(part) + 1 < size)
            memcpy(to + used, part, strlen(part) + 1);
    }
}

static RenderTable *random_table(size_t rows)
{
    RenderTable *table = render_table_new(arena, "random", columns, COLUMNS, false);

    for (size_t i = 0; i < rows; i++) {
        char code[256], label[256];
        random_text(code, sizeof code);
        random_text(label, sizeof label);
        render_add_text(table, code);
        render_add_code(table, code, label);
        render_add_number(table, (int64_t)rand_u64(&rng));
        if (rand_below(&rng, 3) == 0)
            render_add_empty(table);
        else
            render_add_number(table, (int64_t)rand_below(&rng, 2000000) - 1000000);
        render_add_date(table, "2021-09-01");
        render_add_time(table, (int64_t)rand_below(&rng, 2000000000) * 1000);
        render_add_bool(table, rand_below(&rng, 2) == 0);
    }
    return table;
}

static const char *picture(const RenderTable *table, RenderStyle style)
{
    Err err = {0};

    buf_clear(&buf);
    assert_int_equal(render_table(table, &style, &buf, &err), ERR_OK);
    return buf.data;
}

/* Both styles of CSV give the same cells back; the first column whatever it holds. */
static void test_csv_reads_back(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        size_t rows = 1 + rand_below(&rng, 8);
        const RenderTable *table = random_table(rows);
        Table *read[2];
        for (int excel = 0; excel <= 1; excel++) {
            RenderStyle style = style_of(RENDER_AS_CSV, 0);
            Err err = {0};
            style.excel = excel != 0;
            picture(table, style);
            assert_int_equal(csv_read(buf.data, buf.length, NULL, arena, &read[excel], &err), ERR_OK);
            assert_int_equal(read[excel]->row_count, rows + 1);
            assert_int_equal(read[excel]->separator, excel ? ';' : ',');
        }
        for (size_t i = 0; i <= rows; i++) {
            assert_int_equal(read[0]->rows[i].cell_count, COLUMNS);
            for (int k = 0; k < COLUMNS; k++) {
                char number[256];
                text_copy(number, sizeof number, table_get_cell(&read[0]->rows[i], k));
                if (columns[k].type == RENDER_NUMBER && i > 0 && strchr(number, '.') != NULL)
                    *strchr(number, '.') = ',';
                assert_string_equal(table_get_cell(&read[1]->rows[i], k), number);
            }
        }
    }
}

/* At any width that the headings allow, no line is wider, and no line ends in a space. */
static void test_lines_fit(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        size_t width = 90 + rand_below(&rng, 80);
        const char *text = picture(random_table(1 + rand_below(&rng, 6)), style_of(RENDER_AS_TABLE, width));
        while (*text != '\0') {
            char line[2048];
            size_t length = strcspn(text, "\n");
            assert_true(length < sizeof line);
            memcpy(line, text, length);
            line[length] = '\0';
            if (text_width(line) > width)
                fail_msg("%zu columns of %zu: %s", text_width(line), width, line);
            assert_true(length == 0 || line[length - 1] != ' ');
            text += length + 1;
        }
    }
}

static void test_empty_columns(void **state)
{
    static const RenderColumn three[] = {
        {"a", "First", RENDER_TEXT, 0}, {"b", "Second", RENDER_NUMBER, 0}, {"c", "Third", RENDER_TEXT, 0}};

    (void)state;
    RenderTable *table = render_table_new(arena, "x", three, 3, false);
    for (int i = 0; i < 2; i++) {
        render_add_text(table, "one");
        render_add_empty(table);
        render_add_text(table, i == 0 ? "" : "two");
    }
    assert_string_equal(picture(table, style_of(RENDER_AS_TABLE, 0)),
                        "First  Third\n────────────\none\none    two\n");
    assert_string_equal(picture(table, style_of(RENDER_AS_CSV, 0)), "a,b,c\none,,\none,,two\n");
    assert_non_null(strstr(picture(table, style_of(RENDER_AS_JSON, 0)), "\"b\""));
}

/* A number that names something can be copied: no grouping, in any picture. */
static void test_ids(void **state)
{
    static const RenderColumn two[] = {{"id", "Id", RENDER_ID, 0}, {"n", "N", RENDER_NUMBER, 0}};

    (void)state;
    RenderTable *table = render_table_new(arena, "x", two, 2, false);
    render_add_number(table, 1234567);
    render_add_number(table, 1234567);
    assert_string_equal(picture(table, style_of(RENDER_AS_TABLE, 0)),
                        "     Id          N\n──────────────────\n1234567  1\u00A0234\u00A0567\n");
    assert_string_equal(picture(table, style_of(RENDER_AS_CSV, 0)), "id,n\n1234567,1234567\n");
    assert_non_null(strstr(picture(table, style_of(RENDER_AS_JSON, 0)), "1234567"));
}

/* A row begun but not finished is not shown by any picture. */
static void test_half_row(void **state)
{
    (void)state;
    RenderTable *table = random_table(2);
    render_add_text(table, "half");
    assert_int_equal(render_row_count(table), 2);
    for (int format = RENDER_AS_TABLE; format <= RENDER_AS_CSV; format++)
        assert_null(strstr(picture(table, style_of((RenderFormat)format, 0)), "half"));
}

/* Each allocation in turn fails: the picture says so, never a table that lacks rows. */
static void test_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 60; n++) {
        Arena *small = arena_new(1 << 20, NULL);
        RenderStyle style = style_of(RENDER_AS_CSV, 0);
        Err err = {0};
        arena_fail_nth(small, n);
        RenderTable *table = render_table_new(small, "x", columns, 2, false);
        for (int i = 0; table != NULL && i < 20; i++) {
            render_add_text(table, "a");
            render_add_code(table, "b", "c");
        }
        buf_clear(&buf);
        ErrCode code = render_table(table, &style, &buf, &err);
        if (code == ERR_OK)
            assert_int_equal(render_row_count(table), 20);
        else
            assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        arena_free(small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_csv_reads_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
    };

    setenv("TZ", "UTC0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
