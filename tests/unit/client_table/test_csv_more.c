/* The reader on the published facts of the repository, on damaged files, and on chance bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/table/csv.h"
#include "common/core/text.h"

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)256 << 20, NULL);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_published_facts(void **state)
{
    static const struct {
        const char *path, *heading;
        size_t rows;
    } files[] = {
        {"tests/golden/pervouralsk_schools.tsv", "school", 22},
        {"tests/golden/pervouralsk_risk.tsv", "factor", 100},
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        Table *table = NULL;
        Err err = {0};
        assert_int_equal(table_load(files[i].path, &(TableOptions){.facts = true}, arena, &table, &err),
                         ERR_OK);
        assert_true(table_get_column(table, files[i].heading) >= 0);
        assert_true(table->row_count > files[i].rows);
        for (size_t r = 1; r < table->row_count; r++)
            assert_true(table->rows[r].cell_count <= table->rows[0].cell_count);
    }
}

/* What every table must be, whatever the bytes were. */
static void check_whole(const Table *table)
{
    uint32_t last = 0;

    assert_true(table->row_count > 0);
    for (size_t r = 0; r < table->row_count; r++) {
        const TableRow *row = &table->rows[r];
        bool any = false;
        assert_true(row->number > last);
        last = row->number;
        assert_true(row->cell_count >= 1 && row->cell_count <= CSV_COLUMNS_MAX);
        for (uint32_t k = 0; k < row->cell_count; k++) {
            assert_true(text_utf8_check((const uint8_t *)row->cells[k], strlen(row->cells[k])));
            any = any || row->cells[k][0] != '\0';
        }
        assert_true(any);
    }
}

static void test_chance_bytes(void **state)
{
    static const char letters[] = "ab,;\t\"\n\r'=# \xD0\xA8\xC0\xE0\x98";
    uint32_t seed = 5;
    int read = 0, refused = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        Table *table = NULL;
        Err err = {0};
        size_t length;
        seed = seed * 1664525u + 1013904223u;
        length = (seed >> 16) % sizeof text;
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525u + 1013904223u;
            text[i] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        if (csv_read(text, length, NULL, arena, &table, &err) == ERR_OK) {
            check_whole(table);
            read++;
        } else {
            assert_int_equal(err.code, ERR_INVALID_ARGUMENT);
            assert_true(text_starts(err.reason, "CSV_"));
            refused++;
        }
    }
    assert_true(read > 1000 && refused > 1000);
}

/* A file cut anywhere is read up to the cut, or refused with the row of the open quote. */
static void test_cut_files(void **state)
{
    static const char text[] = "school;name;n\r\n1;\"МБОУ \"\"СОШ № 1\"\"\";5\r\n2;\"two\r\nlines\";6\r\n";

    (void)state;
    for (size_t cut = 1; cut < sizeof text; cut++) {
        Table *table = NULL;
        Err err = {0};
        if (csv_read(text, cut, NULL, arena, &table, &err) == ERR_OK) {
            check_whole(table);
        } else if (strcmp(err.reason, "CSV_QUOTE_OPEN") == 0) {
            assert_true(strcmp(err_arg_get(&err, "row"), "2") == 0 ||
                        strcmp(err_arg_get(&err, "row"), "3") == 0);
        } else {
            assert_string_equal(err.reason, "CSV_ENCODING"); /* cut inside a Russian letter */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_published_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chance_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_files, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
