/* Any bytes at all through the reader, and what it read back through the writer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/table/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() is off in release builds */
static void require(bool holds)
{
    if (!holds)
        abort();
}

static void write_back(const Table *table, Arena *arena, bool excel)
{
    Table *again = NULL;
    Err err = {0};
    Buf buf;

    buf_init(&buf, (size_t)64 << 20);
    TableWriter writer = table_writer_csv(&buf, excel);
    for (size_t i = 0; i < table->row_count; i++) {
        for (uint32_t k = 0; k < table->rows[i].cell_count; k++)
            table_write_text(&writer, table->rows[i].cells[k]);
        table_write_end(&writer);
    }
    CsvOptions options = {.separator = excel ? ';' : ','};
    if (!buf.failed && csv_read(buf.data, buf.length, &options, arena, &again, &err) == ERR_OK) {
        require(again->row_count == table->row_count);
        for (size_t i = 0; i < table->row_count; i++) {
            require(again->rows[i].cell_count == table->rows[i].cell_count);
            for (uint32_t k = 0; k < table->rows[i].cell_count; k++)
                require(strcmp(again->rows[i].cells[k], table->rows[i].cells[k]) == 0);
        }
    }
    buf_done(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new((size_t)64 << 20, NULL);
    Table *table = NULL;
    Err err = {0};

    if (arena == NULL)
        return 0;
    if (csv_read(data, size, NULL, arena, &table, &err) == ERR_OK) {
        write_back(table, arena, false);
        write_back(table, arena, true);
    }
    if (csv_read(data, size, &csv_facts, arena, &table, &err) == ERR_OK)
        require(table->row_count > 0);
    arena_free(arena);
    return 0;
}
