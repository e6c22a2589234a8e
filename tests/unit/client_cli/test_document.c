/* Owns the tests of documents as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "client/cli/document_text.h"

static void test_read(void **state)
{
    static const struct {
        const char *text, *kind, *number, *date, *issuer;
    } cases[] = {
        {"Приказ № 486-Д от 21.04.2023, Министерство", "order", "486-Д", "2023-04-21", "Министерство"},
        {"приказ №486-Д от 21.04.2023 г., Министерство, отдел", "order", "486-Д", "2023-04-21",
         "Министерство, отдел"},
        {"Распоряжение №\u00A014 от 11.01.2023, Управление", "directive", "14", "2023-01-11", "Управление"},
        {"Order No 5 of 2023-01-16, Ministry", "order", "5", "2023-01-16", "Ministry"},
        {"Письмо от 01.09.2022, РЦОИ", "letter", "", "2022-09-01", "РЦОИ"},
        {"Постановление 7 от 01.09.2022, Правительство", "decree", "7", "2022-09-01", "Правительство"},
        {"other of 2020-02-30, X", "other", "", "2020-02-30", "X"}, /* the server knows the calendar */
    };
    Arena *arena = arena_new(1 << 16, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Shans__V1__Document document;
        Err err = {0};
        if (document_parse(cases[i].text, arena, &document, &err) != ERR_OK)
            fail_msg("%s: %s", cases[i].text, err.reason);
        assert_string_equal(document.kind, cases[i].kind);
        assert_string_equal(document.number, cases[i].number);
        assert_string_equal(document.date, cases[i].date);
        assert_string_equal(document.issuer, cases[i].issuer);
    }
    arena_free(arena);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "Приказ",
        "Приказ № 5",
        "Приказ № 5 от 16.01.2023",               /* by whom? */
        "Приказ № 5 от 16.01.2023, ",             /* by nobody */
        "№ 5 от 16.01.2023, Министерство",        /* what? */
        "Бумага № 5 от 16.01.2023, Министерство", /* what is that? */
        "Приказ № 5 от января, Министерство",     /* when? */
        "Приказ № 5 № 6 от 16.01.2023, Министерство",
        "Приказ № 5 от 16.01.20230, Министерство",
    };
    Arena *arena = arena_new(1 << 16, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Shans__V1__Document document;
        Err err = {0};
        if (document_parse(bad[i], arena, &document, &err) == ERR_OK)
            fail_msg("taken: %s", bad[i]);
        assert_string_equal(err.reason, "DOCUMENT_TEXT");
        assert_string_equal(err_arg_get(&err, "value"), bad[i]);
    }
    arena_free(arena);
}

/* What is shown can be typed again. */
static void test_round_trip(void **state)
{
    static const char *const kinds[] = {"order",     "directive", "decree", "letter",
                                        "programme", "report",    "other"};
    Arena *arena = arena_new(1 << 16, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (int russian = 0; russian < 2; russian++) {
            Shans__V1__Document document = SHANS__V1__DOCUMENT__INIT, again;
            Err err = {0};
            document.kind = (char *)kinds[i];
            document.number = (char *)(i == 3 ? "" : "486-Д");
            document.date = (char *)"2023-04-21";
            document.issuer = (char *)"Министерство, отдел";
            const char *text = document_text(&document, russian != 0, arena);
            if (document_parse(text, arena, &again, &err) != ERR_OK)
                fail_msg("%s", text);
            assert_string_equal(again.kind, document.kind);
            assert_string_equal(again.number, document.number);
            assert_string_equal(again.date, document.date);
            assert_string_equal(again.issuer, document.issuer);
        }
    assert_string_equal(document_text(NULL, true, arena), "");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
