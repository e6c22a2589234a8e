/* Owns the tests of look-alike letters: golden test 17, and what must never be touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/lookalike.h"
#include "common/core/text.h"

/* Golden test 17: candidates, never silent changes. */
static void golden_17(void **state)
{
    static const struct {
        const char *text, *candidate;
    } rows[] = {
        {"IIIHOP", "ШНОР"},
        {"AP", "АР"},
        {"C", "С"},
        {"Π/Π", "П/П"},
        {"школы IIIHOP и ШАНС", "школы ШНОР и ШАНС"},
        {"ШHOP", "ШНОР"},       /* Latin H, O, P in a Russian word */
        {"Mаршрут", "Маршрут"}, /* a Latin M at its beginning */
        {"IIIАНС, IIIHOP", "ШАНС, ШНОР"},
        {"C ограниченными", "С ограниченными"},
    };
    char to[128];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(lookalike_propose(rows[i].text, to, sizeof to));
        assert_string_equal(to, rows[i].candidate);
    }
}

static void texts_that_stay(void **state)
{
    static const char *const rows[] = {
        "",        "ШНОР", "школа № 5", "II очередь", "III",   "XIX", "VI-й",    "STEM", "low_results",
        "at_risk", "500+", "ЦНППМ",     "IT-куб",     "Wi-Fi", "ё",   "2023/24", "a1b2",
    };
    char to[128];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows - 1; i++) {
        if (lookalike_propose(rows[i], to, sizeof to))
            fail_msg("\"%s\" became \"%s\"", rows[i], to);
        assert_string_equal(to, rows[i]);
    }
}

/* A candidate needs no further one, whatever it was made of. */
static void a_candidate_is_final(void **state)
{
    static const char *const pieces[] = {"III", "H", "О", "P", " ", "IV", "x", "ш", "Π", "7", "W", "-"};
    enum { PIECES = sizeof pieces / sizeof *pieces };

    (void)state;
    for (size_t n = 0; n < PIECES * PIECES * PIECES; n++) {
        char text[64], to[64], again[64];
        snprintf(text, sizeof text, "%s%s%s", pieces[n % PIECES], pieces[n / PIECES % PIECES],
                 pieces[n / PIECES / PIECES]);
        bool changed = lookalike_propose(text, to, sizeof to);
        assert_true(changed == (strcmp(text, to) != 0));
        assert_true(text_utf8_check((const uint8_t *)to, strlen(to)));
        if (lookalike_propose(to, again, sizeof again))
            fail_msg("\"%s\" gave \"%s\", then \"%s\"", text, to, again);
    }
}

/* Whole characters, and always an end. */
static void small_rooms(void **state)
{
    char to[16];

    (void)state;
    for (size_t size = 1; size <= sizeof to; size++) {
        memset(to, 'x', sizeof to);
        lookalike_propose("IIIHOP", to, size);
        assert_true(strlen(to) < size && strlen(to) % 2 == 0);
        assert_true(text_utf8_check((const uint8_t *)to, strlen(to)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_17),
        cmocka_unit_test(texts_that_stay),
        cmocka_unit_test(a_candidate_is_final),
        cmocka_unit_test(small_rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
