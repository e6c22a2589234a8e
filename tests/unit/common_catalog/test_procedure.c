/* Owns the tests of procedure codes. Must not depend on shipped definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/catalog/procedure.h"

static void good_codes_go_round(void **state)
{
    static const struct {
        const char *code;
        Procedure procedure;
    } rows[] = {
        {"VPR.RUS.5", {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 5, WAVE_SPRING}},
        {"VPR.MATH.6.AUT", {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 6, WAVE_AUTUMN}},
        {"VPR.RUS.11", {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 11, WAVE_SPRING}},
        {"VPR.RUS", {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 0, WAVE_SPRING}},
        {"VPR.RUS.AUT", {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 0, WAVE_AUTUMN}},
        {"OGE.MATH", {FAMILY_OGE, SUBJECT_MATHS, LEVEL_NONE, 0, WAVE_SPRING}},
        {"OGE.RUS", {FAMILY_OGE, SUBJECT_RUSSIAN, LEVEL_NONE, 0, WAVE_SPRING}},
        {"EGE.RUS", {FAMILY_EGE, SUBJECT_RUSSIAN, LEVEL_NONE, 0, WAVE_SPRING}},
        {"EGE.MATH.P", {FAMILY_EGE, SUBJECT_MATHS, LEVEL_PROFILE, 0, WAVE_SPRING}},
        {"EGE.MATH.B", {FAMILY_EGE, SUBJECT_MATHS, LEVEL_BASE, 0, WAVE_SPRING}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Procedure procedure;
        char text[PROCEDURE_TEXT_SIZE];
        assert_true(procedure_parse(rows[i].code, &procedure));
        assert_int_equal(procedure_compare(procedure, rows[i].procedure), 0);
        procedure_dump(procedure, text);
        assert_string_equal(text, rows[i].code);
    }
}

static void bad_codes_are_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "VPR",
        "VPR.",
        "VPR.PHYS.5",
        "vpr.rus.5",
        "VPR.RUS.0",
        "VPR.RUS.12",
        "VPR.RUS.05",
        "VPR.RUS.5.",
        "VPR.RUS.5.",
        "VPR.RUS.5.AUT.",
        "VPR.RUS.AUT.5",
        "VPR.RUS.5x",
        "OGE.RUS.9",
        "OGE.RUS.AUT",
        "OGE.MATH.B",
        "EGE.MATH",
        "EGE.MATH.X",
        "EGE.RUS.B",
        "EGE.MATH.B.AUT",
        "VPR.RUS.5.AUT.AUT",
        ".RUS.5",
        "VPR..5",
        "VPR.RUS.5 ",
        "VPR.RUS.99999999999999999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Procedure procedure;
        if (procedure_parse(rows[i], &procedure))
            fail_msg("accepted \"%s\"", rows[i]);
    }
}

static void order_is_family_subject_level_grade_wave(void **state)
{
    static const char *const sorted[] = {
        "VPR.RUS",    "VPR.RUS.AUT", "VPR.RUS.4", "VPR.RUS.4.AUT", "VPR.RUS.5",  "VPR.RUS.10",
        "VPR.MATH.4", "OGE.RUS",     "OGE.MATH",  "EGE.RUS",       "EGE.MATH.B", "EGE.MATH.P",
    };
    enum { COUNT = sizeof sorted / sizeof *sorted };

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < COUNT; j++) {
            Procedure a, b;
            assert_true(procedure_parse(sorted[i], &a));
            assert_true(procedure_parse(sorted[j], &b));
            int order = procedure_compare(a, b);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void dump_of_nonsense_stays_inside(void **state)
{
    Procedure wild = {(Family)77, (Subject)99, (Level)55, 1234567, (Wave)9};
    char text[PROCEDURE_TEXT_SIZE];

    (void)state;
    procedure_dump(wild, text);
    assert_true(memchr(text, '\0', sizeof text) != NULL);
    assert_false(procedure_parse(text, &wild));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_codes_go_round),
        cmocka_unit_test(bad_codes_are_refused),
        cmocka_unit_test(order_is_family_subject_level_grade_wave),
        cmocka_unit_test(dump_of_nonsense_stays_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
