/* The directory of a package: every way it can lie is refused, with a reason that names the part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/table/package.h"
#include "common/core/text.h"
#include "tests/unit/client_table/book.h"

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20, NULL);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The reason for which the package, or the part "a" of it, is refused; "" when it is not. */
static const char *refusal(const Book *book, const char **ret_part)
{
    static Err err;
    Package *package = NULL;
    PackagePart *part = NULL;
    char block[70000];
    size_t got = 1;

    err = (Err){.code = ERR_OK};
    ErrCode code = package_open_bytes(book->out.data, book->out.length, 0, arena, &package, &err);
    if (code == ERR_OK)
        code = package_open_part(package, "a", &part, &err);
    while (code == ERR_OK && got > 0)
        code = package_read(part, block, sizeof block, &got, &err);
    package_close(package);
    *ret_part = err_arg_get(&err, "part");
    return code == ERR_OK ? "" : err.reason;
}

static void expect(const Book *book, const char *reason, const char *part)
{
    const char *got_part, *got = refusal(book, &got_part);

    if (!text_equal(got, reason) || (part != NULL && !text_equal(got_part, part)))
        fail_msg("%s of \"%s\" instead of %s of \"%s\"", got, got_part, reason, part == NULL ? "any" : part);
}

static void test_sound(void **state)
{
    static const uint8_t bytes[100000] = {1, 2, 3};

    (void)state;
    for (int form = 0; form < 4; form++) {
        Book book;
        book_init(&book);
        book.zip64 = form % 2 == 1;
        book.store = form / 2 == 1;
        book_add(&book, "folder/b.xml", bytes, 10);
        book_add(&book, "a", bytes, sizeof bytes);
        book_add(&book, "empty", "", 0);
        book_finish(&book);
        expect(&book, "", NULL);
        Package *package = NULL;
        PackagePart *part = NULL;
        Err err = {.code = ERR_OK};
        char block[200];
        size_t got = 0;
        assert_int_equal(package_open_bytes(book.out.data, book.out.length, 0, arena, &package, &err),
                         ERR_OK);
        assert_true(package_has(package, "FOLDER/B.xml"));
        assert_false(package_has(package, "folder"));
        assert_int_equal(package_open_part(package, "Folder/B.XML", &part, &err), ERR_OK);
        assert_string_equal(package_part_name(part), "folder/b.xml");
        assert_int_equal(package_read(part, block, sizeof block, &got, &err), ERR_OK);
        assert_int_equal(got, 10);
        assert_memory_equal(block, bytes, 10);
        assert_int_equal(package_read(part, block, sizeof block, &got, &err), ERR_OK);
        assert_int_equal(got, 0);
        package_close_part(part);
        assert_int_equal(package_open_part(package, "none", &part, &err), ERR_NOT_FOUND);
        assert_string_equal(err.reason, "XLSX_PART_MISSING");
        package_close(package);
        package_close(NULL);
        package_close_part(NULL);
        book_done(&book);
    }
}

static void test_names(void **state)
{
    static const char *const hostile[] = {"../a", "x/../../a", "..",       "x/..",    "/etc/passwd",
                                          "\\a",  "..\\a",     "x\\..\\y", "C:\\a",   "c:a",
                                          "",     "a/../b",    "//host",   "\\\\host"},
                             *const fine[] = {"..a", "a..", "x/...", "x/.y", "...", "x.y/..z"};

    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        Book book;
        book_init(&book);
        book_add_text(&book, "a", "text");
        book_add_text(&book, hostile[i], "text");
        book_finish(&book);
        expect(&book, "XLSX_ENTRY_NAME", hostile[i]);
        book_done(&book);
    }
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        Book book;
        book_init(&book);
        book_add_text(&book, "a", "text");
        book_add_text(&book, fine[i], "text");
        book_finish(&book);
        expect(&book, "", NULL);
        book_done(&book);
    }
}

/* A NUL inside a name would hide its end from some readers. */
static void test_name_with_nul(void **state)
{
    Book book;

    (void)state;
    book_init(&book);
    book_add_text(&book, "a", "text");
    book_add_text(&book, "abcdef", "text");
    memcpy(book.lines[1].name, "ab\0def", 6);
    book_finish(&book);
    expect(&book, "XLSX_ENTRY_NAME", "ab");
    book_done(&book);
}

static void test_twice(void **state)
{
    Book book;

    (void)state;
    book_init(&book);
    book_add_text(&book, "a", "text");
    book_add_text(&book, "xl/B.xml", "text");
    book_add_text(&book, "xl/b.XML", "other");
    book_finish(&book);
    const char *part, *reason = refusal(&book, &part);
    assert_string_equal(reason, "XLSX_ENTRY_TWICE");
    assert_int_equal(strncasecmp(part, "xl/b.xml", 9), 0);
    book_done(&book);
}

typedef struct LieCase {
    BookLie lie;
    const char *reason;
} LieCase;

/* Sizes, places, checksums and flags that are not the truth, in both forms of the directory. */
static void test_lies(void **state)
{
    enum { T = BOOK_TRUTH, MIB = 1 << 20 };
    static const LieCase rows[] = {
        {{.unpacked = 9, .packed = T, .offset = T, .crc = T}, "XLSX_SIZE_LIE"},
        {{.unpacked = 5001, .packed = T, .offset = T, .crc = T}, NULL},
        {{.unpacked = 65 * MIB, .packed = T, .offset = T, .crc = T}, "XLSX_RATIO"},
        {{.unpacked = 65 * MIB, .packed = MIB, .offset = T, .crc = T}, "XLSX_TOO_LARGE"},
        {{.unpacked = 0, .packed = T, .offset = T, .crc = T}, "XLSX_SIZE_LIE"},
        {{.unpacked = T, .packed = 3, .offset = T, .crc = T}, NULL},
        {{.unpacked = T, .packed = 0, .offset = T, .crc = T}, NULL},
        {{.unpacked = T, .packed = 100 * MIB, .offset = T, .crc = T}, "XLSX_DAMAGED"},
        {{.unpacked = T, .packed = T, .offset = 1, .crc = T}, "XLSX_DAMAGED"},
        {{.unpacked = T, .packed = T, .offset = 100 * MIB, .crc = T}, "XLSX_DAMAGED"},
        {{.unpacked = T, .packed = T, .offset = T, .crc = 12345}, "XLSX_DAMAGED"},
        {{.unpacked = T, .packed = T, .offset = T, .crc = T, .flags = 1}, "XLSX_ENCRYPTED"},
    };
    char text[5000];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 26);
    for (int zip64 = 0; zip64 < 2; zip64++)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            Book book;
            book_init(&book);
            book.zip64 = zip64 == 1;
            book_add_text(&book, "first", "some other part");
            book_add_lie(&book, "a", text, sizeof text, rows[i].lie);
            book_add_text(&book, "last", "some other part");
            book_finish(&book);
            const char *part, *reason = refusal(&book, &part);
            assert_string_equal(part, "a");
            if (rows[i].reason == NULL ? reason[0] == '\0' : !text_equal(reason, rows[i].reason))
                fail_msg("%zu: %s instead of %s", i, reason, rows[i].reason);
            book_done(&book);
        }
}

/* Two entries that share bytes: one inside the other, one at the place of the other. */
static void test_overlap(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        Book book, inner;
        book_init(&inner);
        book_add_text(&inner, "inner", "inner text");
        book_init(&book);
        book.store = true;
        book_add(&book, "a", inner.out.data, inner.out.length); /* a local header lies inside the data */
        BookLie lie = book_no_lie;
        lie.offset = kind == 0 ? 30 + 1 : 0;
        lie.packed = lie.unpacked = 5;
        book_add_lie(&book, kind == 0 ? "inner" : "same", "dummy", 5, lie);
        book_finish(&book);
        expect(&book, "XLSX_OVERLAP", NULL);
        book_done(&book);
        book_done(&inner);
    }
}

/* Numbers of the directory itself. */
static void test_directory_lies(void **state)
{
    (void)state;
    for (int zip64 = 0; zip64 < 2; zip64++)
        for (int kind = 0; kind < 8; kind++) {
            static const int64_t huge = INT64_MAX - 5;
            Book book;
            book_init(&book);
            book.zip64 = zip64 == 1;
            book_add_text(&book, "a", "text");
            if (kind == 0)
                book.say_count = 2;
            else if (kind == 1)
                book.say_count = zip64 ? 1000000 : 60000;
            else if (kind == 2)
                book.say_size = 10;
            else if (kind == 3)
                book.say_size = zip64 ? huge : 900000;
            else if (kind == 4)
                book.say_begin = zip64 ? huge : 900000;
            else if (kind == 5)
                book.say_begin = 1;
            else if (kind == 6)
                book.say_size = 0;
            else
                book.say_count = 0;
            book_finish(&book);
            const char *part, *reason = refusal(&book, &part);
            const char *want = kind == 1 || (kind == 3 && zip64) ? "XLSX_ENTRIES" : "XLSX_DAMAGED";
            bool none = kind == 7 && text_equal(reason, "XLSX_PART_MISSING");
            if (!text_equal(reason, want) && !none)
                fail_msg("zip64 %d kind %d: %s instead of %s", zip64, kind, reason, want);
            book_done(&book);
        }
}

/* Wherever the file is cut, and whatever byte of its directory is another, it is refused or read as it was.
 */
static void test_cut_and_changed(void **state)
{
    Book book;

    (void)state;
    book_init(&book);
    book_add_text(&book, "first", "some other part");
    book_add_text(&book, "a", "the text of the part");
    book_finish(&book);
    for (size_t size = 0; size < book.out.length; size++) {
        Book cut = {.out = {.data = book.out.data, .length = size}};
        const char *part;
        assert_string_not_equal(refusal(&cut, &part), "");
    }
    for (size_t at = 0; at < book.out.length; at++)
        for (int bit = 0; bit < 8; bit++) {
            const char *part;
            book.out.data[at] = (char)(book.out.data[at] ^ 1 << bit);
            refusal(&book, &part); /* sanitizers and limits judge */
            book.out.data[at] = (char)(book.out.data[at] ^ 1 << bit);
        }
    expect(&book, "", NULL);
    book_done(&book);
}

/* What really comes out counts, over all parts. */
static void test_limits_in_all(void **state)
{
    size_t half = 600 << 10;
    char *bytes = malloc(half);
    Package *package = NULL;
    PackagePart *part = NULL;
    Err err = {.code = ERR_OK};
    Book book;

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < half; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    book_init(&book);
    book_add(&book, "a", bytes, half);
    book_add(&book, "b", bytes, half);
    book_finish(&book);
    assert_int_equal(package_open_bytes(book.out.data, book.out.length, 1 << 20, arena, &package, &err),
                     ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "XLSX_TOO_LARGE");
    /* a part read again counts again */
    assert_int_equal(package_open_bytes(book.out.data, book.out.length, 2 << 20, arena, &package, &err),
                     ERR_OK);
    int full = 0;
    for (ErrCode code = ERR_OK; code == ERR_OK; full++) {
        size_t got = 1;
        code = package_open_part(package, full % 2 == 0 ? "a" : "b", &part, &err);
        while (code == ERR_OK && got > 0)
            code = package_read(part, bytes, half, &got, &err);
    }
    assert_string_equal(err.reason, "XLSX_TOO_LARGE");
    assert_int_equal(full, 4);
    package_close(package);
    book_done(&book);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_name_with_nul, setup, teardown),
        cmocka_unit_test_setup_teardown(test_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_directory_lies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_and_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits_in_all, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
