/* Workbooks for the scripts that try them with other programs: a sample of every type, names that look like
 * formulas, a large table; cells as lines; time and memory of reading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "client/table/table.h"
#include "client/table/xlsx_read.h"
#include "client/table/xlsx_write.h"
#include "common/core/text.h"

static int64_t cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long peak_kb(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static int fail(const Err *err)
{
    fprintf(stderr, "xlsx_tool: %s", err->reason);
    for (size_t i = 0; i < err->arg_count; i++)
        fprintf(stderr, " %s=%s", err->args[i].key, err->args[i].value);
    fputc('\n', stderr);
    return 1;
}

typedef struct Count {
    size_t cells, bytes;
    bool dump;
} Count;

/* "A1 text Школа"; line ends inside a cell are written out. */
static ErrCode see(void *context, const XlsxCell *cell, Err *err)
{
    static const char *const types[] = {"", "number", "text", "bool", "error", "date"};
    Count *count = context;
    char place[XLSX_PLACE_SIZE];

    (void)err;
    count->cells++;
    count->bytes += strlen(cell->text);
    if (!count->dump)
        return ERR_OK;
    xlsx_dump_place(cell->sheet, cell->row, cell->column, place);
    printf("%s %s ", strrchr(place, '!') + 1, types[cell->type]);
    for (const char *c = cell->text; *c != '\0'; c++)
        if (*c == '\n')
            fputs("\\n", stdout);
        else
            putchar(*c);
    putchar('\n');
    return ERR_OK;
}

/* Prints the cells, or "CELLS BYTES MICROSECONDS PEAK_KB" with the processor time of it. */
static int read_book(const char *path, bool dump)
{
    int64_t begin = cpu_us();
    Arena *arena = arena_new((size_t)1 << 30, NULL);
    XlsxOptions options = {.unpacked_max = (size_t)1 << 30};
    Count count = {.dump = dump};
    XlsxHandler handler = {&count, see, NULL};
    Err err = {.code = ERR_OK};
    Xlsx *book = NULL;
    size_t sheet = 0;
    ErrCode code = xlsx_open(path, &options, arena, &book, &err);

    if (code == ERR_OK)
        code = xlsx_find_sheet(book, NULL, &sheet, &err);
    if (code == ERR_OK)
        code = xlsx_read_sheet(book, sheet, &handler, &err);
    if (code != ERR_OK)
        return fail(&err);
    xlsx_close(book);
    arena_free(arena);
    if (!dump)
        printf("%zu %zu %lld %ld\n", count.cells, count.bytes, (long long)(cpu_us() - begin), peak_kb());
    return 0;
}

static XlsxWriter *open_book(const char *path, uint32_t heads)
{
    XlsxWriter *writer = NULL;
    Err err = {.code = ERR_OK};

    if (xlsx_writer_open(path, "Лист1", heads, &writer, &err) != ERR_OK)
        exit(fail(&err));
    return writer;
}

static int close_book(XlsxWriter *writer)
{
    Err err = {.code = ERR_OK};

    return xlsx_writer_close(writer, &err) == ERR_OK ? 0 : fail(&err);
}

/* One cell of each kind in each row; tests/integration/xlsx.sh makes the same with openpyxl. */
static int write_sample(const char *path)
{
    static const char *const texts[] = {"Школа № 1",   "a<b & \"c\"", "=1+1",
                                        "две\nстроки", "  пробелы  ", "🎓"};
    static const char *const numbers[] = {"12345.1", "-7", "0.3", "1000000", "0.001", "99.99"};
    static const char *const dates[] = {"2021-09-01",          "1900-03-01",          "2022-12-31",
                                        "2021-09-01T10:30:00", "2024-02-29T23:59:59", "1999-12-31"};
    XlsxWriter *writer = open_book(path, 0);

    for (size_t i = 0; i < 6; i++) {
        xlsx_write_text(writer, texts[i]);
        xlsx_write_number(writer, numbers[i], 0, false);
        xlsx_write_date(writer, dates[i]);
        xlsx_write_bool(writer, i % 2 == 0);
        xlsx_write_text(writer, "");
        xlsx_write_text(writer, texts[0]);
        xlsx_write_end(writer);
    }
    return close_book(writer);
}

/* Names as an attacker would choose them, beside a number, a date and a yes/no in a workbook; CSV by its
 * ending. */
static int write_names(const char *path, uint32_t count)
{
    static const char *const starts[] = {
        "=",      "+",      "-",      "@",      "\t=", "\r=",   "\n=",
        "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20", "'=",  "=cmd|", "=HYPERLINK(\"x\")"};
    const char *ending = strrchr(path, '.');
    bool csv = ending != NULL && text_equal(ending, ".csv");
    XlsxWriter *workbook = csv ? NULL : open_book(path, 0);
    Buf buf;

    buf_init(&buf, (size_t)64 << 20);
    TableWriter writer = csv ? table_writer_csv(&buf, false) : table_writer_xlsx(workbook);
    for (uint32_t i = 0; i < count; i++) {
        char text[80], number[24];
        snprintf(text, sizeof text, "%s%u+1", starts[i % (sizeof starts / sizeof starts[0])], i);
        snprintf(number, sizeof number, "-%u.5", i);
        table_write_text(&writer, text);
        table_write_number(&writer, number);
        if (workbook != NULL) {
            xlsx_write_date(workbook, "2021-09-01");
            xlsx_write_bool(workbook, i % 2 == 0);
        }
        table_write_end(&writer);
    }
    if (workbook != NULL)
        return close_book(workbook);
    FILE *file = fopen(path, "wb");
    bool fine = file != NULL && !buf.failed && fwrite(buf.data, 1, buf.length, file) == buf.length;
    buf_done(&buf);
    return file != NULL && fclose(file) == 0 && fine ? 0 : 1;
}

/* A large table of texts, numbers and dates; prints "MICROSECONDS PEAK_KB". */
static int write_large(const char *path, uint32_t rows, uint32_t columns)
{
    int64_t begin = cpu_us();
    XlsxWriter *writer = open_book(path, 1);
    char text[64];

    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t column = 0; column < columns; column++) {
            uint32_t number = (row * 7919 + column) * 2654435761u;
            if (column % 4 == 0 || row == 0) {
                snprintf(text, sizeof text, "Школа № %u", number % 2000);
                xlsx_write_text(writer, text);
            } else if (column % 4 == 3) {
                xlsx_write_date(writer, "2021-09-01");
            } else {
                snprintf(text, sizeof text, "%u.%u", number % 100000, number % 10);
                xlsx_write_number(writer, text, 1, true);
            }
        }
        xlsx_write_end(writer);
    }
    int code = close_book(writer);
    printf("%lld %ld\n", (long long)(cpu_us() - begin), peak_kb());
    return code;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";

    if (text_equal(verb, "dump") || text_equal(verb, "read"))
        return read_book(argv[2], verb[0] == 'd');
    if (text_equal(verb, "sample"))
        return write_sample(argv[2]);
    if (text_equal(verb, "names") && argc > 3)
        return write_names(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
    if (text_equal(verb, "large") && argc > 4)
        return write_large(argv[2], (uint32_t)strtoul(argv[3], NULL, 10),
                           (uint32_t)strtoul(argv[4], NULL, 10));
    fprintf(stderr, "usage: xlsx_tool dump|read|sample FILE | names FILE COUNT | large FILE ROWS COLUMNS\n");
    return 2;
}
