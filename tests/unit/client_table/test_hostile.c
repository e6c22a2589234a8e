/* 200 hostile workbooks made from one seed: each is read in a process of its own, must be refused with a
 * reason people can read, within a second of processor time and 64 MiB of growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/table/table.h"
#include "common/base/reason.h"
#include "common/core/text.h"
#include "tests/unit/client_table/book.h"

#ifdef SHANS_ARENA_EACH_ITEM
enum { FILES = 50 }; /* sanitizers take their own time */
#else
enum { FILES = 200 };
#endif
enum { KINDS = 25, GROWTH_MAX_KB = 64 << 10, MIB = 1 << 20 };

static uint64_t seed = 20261122;

static uint64_t chance(uint64_t below)
{
    uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % below;
}

static const char good_row[] = "<row><c><v>1</v></c><c t=\"inlineStr\"><is><t>text</t></is></c></row>";

/* A package with this sheet and nothing wrong otherwise. */
static void with_sheet(Book *book, Buf *sheet)
{
    assert_false(sheet->failed);
    book_add_parts(book, &(BookParts){.whole_sheet = sheet->data, .whole_size = sheet->length});
    buf_done(sheet);
}

static void repeat(Buf *buf, const char *text, uint64_t times)
{
    size_t size = strlen(text);
    char *to = buf_extend(buf, size * times);

    assert_non_null(to);
    for (; times > 0; times--, to += size)
        memcpy(to, text, size);
}

static void begin_sheet(Buf *sheet)
{
    buf_init(sheet, (size_t)200 << 20);
    buf_text(sheet, "<worksheet><sheetData>");
}

/* Zeros that unpack to a gigabyte hundredfold: in the sheet, in the strings, in a part nobody reads. */
static void make_bomb(Book *book, int where)
{
    size_t size = ((size_t)2 + chance(60)) * MIB;
    char *zeros = calloc(1, size);

    assert_non_null(zeros);
    memset(zeros, '0', size);
    if (where == 0)
        book_add_parts(book, &(BookParts){.whole_sheet = zeros, .whole_size = size});
    if (where > 0)
        book_add_parts(book, &(BookParts){.sheet = NULL});
    if (where > 0)
        book_add(book, where == 1 ? "xl/sharedStrings.xml" : "xl/media/image1.png", zeros, size);
    free(zeros);
}

/* An archive in place of the sheet. */
static void make_nested(Book *book)
{
    Book inner;

    book_init(&inner);
    make_bomb(&inner, 0);
    book_finish(&inner);
    book_add_parts(book, &(BookParts){.whole_sheet = inner.out.data, .whole_size = inner.out.length});
    book_done(&inner);
}

static void make_name(Book *book)
{
    static const char *const names[] = {"../../etc/cron.d/x", "/etc/passwd", "..\\..\\x.exe", "C:\\x",
                                        "xl/../../x",         "\\\\host\\x", "x/..",          "//x"};

    book_add_parts(book, &(BookParts){.sheet = NULL});
    book_add_text(book, names[chance(8)], "x");
}

static void make_entities(Book *book, bool laughs)
{
    Buf sheet;

    buf_init(&sheet, MIB);
    buf_text(&sheet, "<?xml version=\"1.0\"?><!DOCTYPE w [<!ENTITY a0 \"ha\">");
    for (uint64_t i = 1; laughs && i < 5 + chance(20); i++)
        buf_printf(&sheet, "<!ENTITY a%llu \"&a%llu;&a%llu;&a%llu;&a%llu;\">", (unsigned long long)i,
                   (unsigned long long)i - 1, (unsigned long long)i - 1, (unsigned long long)i - 1,
                   (unsigned long long)i - 1);
    if (!laughs && chance(2) == 0)
        buf_text(&sheet, "<!ENTITY x SYSTEM \"file:///etc/passwd\">");
    buf_text(&sheet, "]><worksheet><sheetData><row><c><v>&a3;</v></c></row></sheetData></worksheet>");
    with_sheet(book, &sheet);
}

/* The directory says another size than what is there. */
static void make_size_lie(Book *book, bool more)
{
    Buf sheet;
    BookLie lie = book_no_lie;

    begin_sheet(&sheet);
    repeat(&sheet, good_row, 100 + chance(5000));
    buf_text(&sheet, "</sheetData></worksheet>");
    book_add_parts(book, &(BookParts){.sheet = NULL});
    book->count--; /* the sheet is added anew */
    if (more)
        lie.unpacked = (int64_t)(sheet.length + 1 + chance(1000));
    else
        lie.unpacked = (int64_t)chance(sheet.length);
    book_add_lie(book, "xl/worksheets/sheet1.xml", sheet.data, sheet.length, lie);
    buf_done(&sheet);
}

/* Many entries that share the bytes of one. */
static void make_overlap(Book *book)
{
    char *kernel = malloc(MIB);
    uint64_t many = 1 + chance(30);

    assert_non_null(kernel);
    memset(kernel, 'a', MIB);
    book_add_parts(book, &(BookParts){.sheet = NULL});
    book_add(book, "xl/kernel", kernel, MIB);
    BookLine line = book->lines[book->count - 1];
    for (uint64_t i = 0; i < many; i++) {
        snprintf(line.name, sizeof line.name, "xl/kernel%llu", (unsigned long long)i);
        line.name_size = (uint16_t)strlen(line.name);
        book->lines[book->count++] = line;
    }
    free(kernel);
}

static void make_zip64_lie(Book *book)
{
    static const int64_t huge[] = {INT64_MAX, (int64_t)1 << 62, (int64_t)1 << 40, UINT32_MAX};
    BookLie lie = book_no_lie;
    int64_t number = huge[chance(4)];

    book->zip64 = true;
    book_add_parts(book, &(BookParts){.sheet = NULL});
    switch (chance(6)) {
    case 0:
        lie.unpacked = number;
        break;
    case 1:
        lie.packed = number;
        break;
    case 2:
        lie.offset = number;
        break;
    case 3:
        book->say_count = number;
        break;
    case 4:
        book->say_size = number;
        break;
    default:
        book->say_begin = number;
        break;
    }
    book_add_lie(book, "xl/x", "x", 1, lie);
}

/* A directory of a million lines. */
static void make_many_entries(Book *book)
{
    size_t count = chance(2) == 0 ? 1000000 : 5000 + chance(60000);

    book_add_parts(book, &(BookParts){.sheet = NULL});
    book->zip64 = count > 65535;
    book->say_count = (int64_t)count;
    size_t begin = book->out.length;
    for (size_t i = 0; i < count; i++) {
        static const uint8_t head[46] = {'P', 'K', 1, 2, 20, 0, 20, [28] = 7};
        char name[32];
        snprintf(name, sizeof name, "%07zu", i);
        buf_add(&book->out, head, sizeof head);
        buf_add(&book->out, name, 7);
    }
    book->say_begin = (int64_t)begin;
    book->say_size = (int64_t)(book->out.length - begin);
    book->count = 0;
}

/* XML that wants memory: nesting, names, one endless tag, one endless attribute; the instruction turns expat
 * on. */
static void make_deep(Book *book, int kind)
{
    Buf sheet;
    uint64_t many = 60000 + chance(60000);

    begin_sheet(&sheet);
    if (chance(2) == 0)
        buf_text(&sheet, "<?slow way?>");
    if (kind == 0)
        repeat(&sheet, "<a>", many);
    for (uint64_t i = 0; kind == 1 && i < many; i++)
        buf_printf(&sheet, "<a%llu b%llu=\"\"/>", (unsigned long long)i,
                   (unsigned long long)chance(UINT32_MAX));
    if (kind == 1)
        buf_text(&sheet, "<z>");
    if (kind == 2) {
        buf_text(&sheet, "<row ");
        for (uint64_t i = 0; i < many; i++)
            buf_printf(&sheet, "a%llu=\"%llu\" ", (unsigned long long)i,
                       (unsigned long long)chance(UINT32_MAX));
    }
    if (kind == 3) {
        buf_text(&sheet, "<row r=\"");
        for (uint64_t i = 0; i < many; i++)
            buf_printf(&sheet, "%llx", (unsigned long long)chance(UINT64_MAX));
        buf_text(&sheet, "\"/>");
    }
    with_sheet(book, &sheet);
}

static void make_long_cell(Book *book)
{
    Buf sheet;
    uint64_t many = XLSX_CELL_MAX + 1 + chance(3) * chance(10 * MIB);

    begin_sheet(&sheet);
    repeat(&sheet, good_row, chance(1000));
    buf_text(&sheet, "<row><c t=\"inlineStr\"><is><t>");
    for (uint64_t i = 0; i < many; i++)
        buf_char(&sheet, (char)('a' + chance(26)));
    buf_text(&sheet, "</t></is></c></row></sheetData></worksheet>");
    with_sheet(book, &sheet);
}

/* One row more than a sheet has, with values or without, stored as it is. */
static void make_many_rows(Book *book)
{
    Buf sheet;

    begin_sheet(&sheet);
    repeat(&sheet, chance(2) == 0 ? "<row/>" : "<row><c><v>1</v></c></row>", 1048577);
    buf_text(&sheet, "</sheetData></worksheet>");
    book->store = true;
    with_sheet(book, &sheet);
}

/* A value at the far right of each row. */
static void make_sparse(Book *book)
{
    Buf sheet;
    uint64_t many = 400 + chance(100000);

    begin_sheet(&sheet);
    for (uint64_t i = 1; i <= many; i++)
        buf_printf(&sheet, "<row><c r=\"XFD%llu\"><v>%llu</v></c></row>", (unsigned long long)i,
                   (unsigned long long)chance(1000000));
    buf_text(&sheet, "</sheetData></worksheet>");
    with_sheet(book, &sheet);
}

/* Empty strings by the million, stored without compression. */
static void make_many_strings(Book *book)
{
    Buf strings;

    buf_init(&strings, (size_t)200 << 20);
    buf_text(&strings, "<sst>");
    repeat(&strings, "<si/>", 4000000 + chance(7000000));
    buf_text(&strings, "</sst>");
    book->store = true;
    book_add_parts(book, &(BookParts){.strings = strings.data});
    buf_done(&strings);
}

/* As much of a good sheet as the limit allows, spoiled at its end. */
static void make_spoiled_end(Book *book)
{
    Buf sheet;

    begin_sheet(&sheet);
    if (chance(2) == 0)
        buf_text(&sheet, "<?the slow way?>");
    size_t begin = sheet.length;
    while (sheet.length < MIB)
        buf_printf(&sheet, "<row><c><v>%llu</v></c><c t=\"inlineStr\"><is><t>Школа № %llu</t></is></c></row>",
                   (unsigned long long)chance(100000), (unsigned long long)chance(UINT32_MAX));
    size_t block = sheet.length - begin;
    for (uint64_t i = 15 + chance(44); i > 0; i--)
        if (buf_extend(&sheet, block) != NULL)
            memcpy(sheet.data + sheet.length - block, sheet.data + begin, block);
    buf_text(&sheet, "</sheetData></worksheet");
    book->store = true;
    with_sheet(book, &sheet);
}

/* A sound workbook cut anywhere, or with one bit of its sheet turned. */
static void make_damaged(Book *book, bool cut)
{
    Buf sheet;

    begin_sheet(&sheet);
    for (uint64_t i = 0; i < 2000; i++)
        buf_printf(&sheet, "<row><c><v>%llu</v></c></row>", (unsigned long long)chance(UINT32_MAX));
    buf_text(&sheet, "</sheetData></worksheet>");
    with_sheet(book, &sheet);
    const BookLine line = book->lines[book->count - 1];
    book_finish(book);
    if (cut) {
        book->out.length = (size_t)chance(book->out.length);
        book->out.length = book->out.length < 4 ? 4 : book->out.length; /* still told by its head */
    } else {
        size_t at = (size_t)line.offset + 30 + line.name_size + (size_t)chance(line.packed);
        book->out.data[at] = (char)(book->out.data[at] ^ 1 << chance(8));
    }
}

/* Makes the file of that number; true when it is finished already. */
static bool make(Book *book, int number)
{
    BookLie encrypted = book_no_lie;

    encrypted.flags = 1;
    switch (number % KINDS) {
    case 0:
    case 1:
    case 2:
        make_bomb(book, number % KINDS);
        return false;
    case 3:
        make_nested(book);
        return false;
    case 4:
    case 5:
        make_name(book);
        return false;
    case 6:
    case 7:
        make_entities(book, number % KINDS == 6);
        return false;
    case 8:
    case 9:
        make_size_lie(book, number % KINDS == 9);
        return false;
    case 10:
        make_overlap(book);
        return false;
    case 11:
    case 12:
        make_zip64_lie(book);
        return false;
    case 13:
        make_many_entries(book);
        return false;
    case 14:
        book_add_parts(book, &(BookParts){.sheet = NULL});
        book_add_lie(book, "xl/secret", "x", 1, encrypted);
        return false;
    case 15:
    case 16:
    case 17:
    case 18:
        make_deep(book, number % KINDS - 15);
        return false;
    case 19:
        make_long_cell(book);
        return false;
    case 20:
        make_many_rows(book);
        return false;
    case 21:
        make_sparse(book);
        return false;
    case 22:
        make_many_strings(book);
        return false;
    case 23:
        make_spoiled_end(book);
        return false;
    default:
        make_damaged(book, number / KINDS % 2 == 0);
        return true;
    }
}

typedef struct Verdict {
    int code;
    char reason[48], sentences[2][400];
    long growth_kb, cpu_ms;
} Verdict;

static long cpu_ms(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
           (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

/* In the child: reads the file as an import would. */
static void judge(const char *path, Verdict *verdict)
{
    struct rusage before, after;
    Err err = {.code = ERR_OK};
    Table *table = NULL;

    getrusage(RUSAGE_SELF, &before);
    Arena *arena = arena_new((size_t)1 << 30, NULL);
    verdict->code = (int)table_load(path, NULL, arena, &table, &err);
    getrusage(RUSAGE_SELF, &after);
    verdict->growth_kb = after.ru_maxrss - before.ru_maxrss;
    verdict->cpu_ms = cpu_ms(&after) - cpu_ms(&before);
    text_copy(verdict->reason, sizeof verdict->reason, err.reason);
    for (int russian = 0; russian < 2; russian++) {
        Buf sentence;
        buf_init(&sentence, 4096);
        reason_show(&err, russian != 0, &sentence);
        text_copy(verdict->sentences[russian], sizeof verdict->sentences[0], sentence.data);
        buf_done(&sentence);
    }
    _exit(0);
}

static bool is_readable(const Verdict *verdict)
{
    for (int i = 0; i < 2; i++)
        if (strlen(verdict->sentences[i]) < 20 || strchr(verdict->sentences[i], '{') != NULL ||
            strstr(verdict->sentences[i], verdict->reason) != NULL)
            return false;
    return !text_equal(verdict->sentences[0], verdict->sentences[1]);
}

static void test_refused(void **state)
{
    Verdict *verdict = mmap(NULL, sizeof *verdict, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char path[] = "/tmp/shans-hostile-XXXXXX";
    long most_kb = 0, most_ms = 0;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0 && verdict != MAP_FAILED);
    close(fd);
    for (int i = 0; i < FILES; i++) {
        Book book;
        book_init(&book);
        if (!make(&book, i))
            book_finish(&book);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(book.out.data, 1, book.out.length, file), book.out.length);
        fclose(file);
        book_done(&book);
        memset(verdict, 0, sizeof *verdict);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            judge(path, verdict);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status != 0 || verdict->code == ERR_OK || !is_readable(verdict))
            fail_msg("file %d (kind %d): status %d, code %d, %s: %s", i, i % KINDS, status, verdict->code,
                     verdict->reason, verdict->sentences[1]);
#ifndef SHANS_ARENA_EACH_ITEM /* and memory */
        if (verdict->growth_kb > GROWTH_MAX_KB || verdict->cpu_ms > 1000)
            fail_msg("file %d (kind %d): %s took %ld KiB and %ld ms", i, i % KINDS, verdict->reason,
                     verdict->growth_kb, verdict->cpu_ms);
#endif
        if (getenv("SHANS_VERBOSE") != NULL)
            printf("%3d %2d %-22s %6ld KiB %4ld ms\n", i, i % KINDS, verdict->reason, verdict->growth_kb,
                   verdict->cpu_ms);
        most_kb = verdict->growth_kb > most_kb ? verdict->growth_kb : most_kb;
        most_ms = verdict->cpu_ms > most_ms ? verdict->cpu_ms : most_ms;
    }
    printf("%d hostile workbooks refused; at most %ld KiB and %ld ms\n", FILES, most_kb, most_ms);
    unlink(path);
    munmap(verdict, sizeof *verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
