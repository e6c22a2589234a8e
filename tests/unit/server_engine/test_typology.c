/* Owns the tests of the typology: golden tests 1 and 2 over the 22 published schools, the grid, and declared
 * groups (traps T-07, T-10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/engine/declared.h"
#include "server/engine/typology.h"
#include "tests/support/engine_case.h"
#include "tests/support/profiles.h"
#include "tests/support/tsv.h"

enum { DISADVANTAGED, RESILIENT, UNDERPERFORMING, CONDITIONAL, WELL, TYPES };
static const char *const codes[TYPES] = {"DISADVANTAGED", "RESILIENT", "UNDERPERFORMING", "CONDITIONAL",
                                         "WELL"};
static const TypologyRule grid = {.on = true, .bands = typology_bands, .band_count = TYPOLOGY_BAND_COUNT};

enum { SCHOOL, WELLBEING, QUALITY, TYPE, GROUP, LISTED };

static int type_index(const char *code)
{
    for (int t = 0; t < TYPES; t++)
        if (strcmp(codes[t], code) == 0)
            return t;
    fail_msg("type %s", code);
    return -1;
}

/* Golden test 1: each school's printed type, 7/5/5/5/0 of 22, and 7/3/4/1 of the 15 in the programme. */
static void test_published_schools(void **state)
{
    Tsv tsv = tsv_read("tests/golden/pervouralsk_schools.tsv");
    int all[TYPES] = {0}, programme[TYPES] = {0}, columns[12] = {0};

    (void)state;
    assert_int_equal(tsv.count, 22);
    for (size_t i = 0; i < tsv.count; i++) {
        int q = tsv_int(tsv.rows[i][QUALITY]);
        const TypologyBand *band = typology_get(&grid, tsv_int(tsv.rows[i][WELLBEING]), q);
        assert_non_null(band);
        assert_string_equal(band->code, tsv.rows[i][TYPE]);
        all[type_index(band->code)]++;
        columns[q]++;
        if (tsv.rows[i][GROUP][0] != '\0')
            programme[type_index(band->code)]++;
    }
    static const int want_all[TYPES] = {7, 5, 5, 5, 0}, want_programme[TYPES] = {7, 3, 4, 1, 0};
    static const int want_columns[12] = {0, 0, 0, 1, 3, 8, 4, 5, 1, 0, 0, 0};
    assert_memory_equal(all, want_all, sizeof all);
    assert_memory_equal(programme, want_programme, sizeof programme);
    assert_memory_equal(columns, want_columns, sizeof columns);
    tsv_free(&tsv);
}

/* The same through the engine, whose input is sorted by code. */
static void test_published_through_engine(void **state)
{
    Tsv tsv = tsv_read("tests/golden/pervouralsk_schools.tsv");
    Methodology m = profile_get("PERV-2023");
    EngineCase *c = case_new();
    int all[TYPES] = {0};

    (void)state;
    while (c->input.school_count < tsv.count) { /* by code as text: 1, 10, 11, 12, 15, 16, 2, … */
        size_t best = tsv.count;
        for (size_t i = 0; i < tsv.count; i++) {
            const char *code = tsv.rows[i][SCHOOL];
            bool later =
                c->input.school_count == 0 || strcmp(code, c->schools[c->input.school_count - 1].code) > 0;
            if (later && (best == tsv.count || strcmp(code, tsv.rows[best][SCHOOL]) < 0))
                best = i;
        }
        uint32_t s = case_school(c, tsv.rows[best][SCHOOL]);
        c->schools[s].wellbeing_group = tsv_int(tsv.rows[best][WELLBEING]);
        c->schools[s].quality_group = tsv_int(tsv.rows[best][QUALITY]);
    }
    const SchoolOutcome *outcomes = case_run(c, &m);
    for (size_t s = 0; s < tsv.count; s++) {
        assert_int_equal(outcomes[s].status, STATUS_NO_DATA); /* the sources publish no exam counts */
        all[type_index(outcomes[s].typology->code)]++;
    }
    static const int want[TYPES] = {7, 5, 5, 5, 0};
    assert_memory_equal(all, want, sizeof all);
    case_free(c);
    tsv_free(&tsv);
}

/* Golden test 2: of all cuts i <= a, q <= b with a, b in 0..11 only (4, 5) gives the counts; bands of a trial
 * are built as data and looked up by the engine. */
static void test_only_one_pair_of_cuts(void **state)
{
    Tsv tsv = tsv_read("tests/golden/pervouralsk_schools.tsv");
    int hits = 0;

    (void)state;
    for (int a = 0; a <= 11; a++)
        for (int b = 0; b <= 11; b++) {
            const TypologyBand bands[] = {
                {"DISADVANTAGED", {"", ""}, 1, a, 1, b},
                {"RESILIENT", {"", ""}, 1, a, b + 1, 11},
                {"UNDERPERFORMING", {"", ""}, a + 1, 11, 1, b},
                {"CONDITIONAL", {"", ""}, a + 1, 11, b + 1, 11},
            };
            TypologyRule rule = {.on = true, .bands = bands, .band_count = 4};
            int all[TYPES] = {0};
            for (size_t i = 0; i < tsv.count; i++) {
                const TypologyBand *band =
                    typology_get(&rule, tsv_int(tsv.rows[i][WELLBEING]), tsv_int(tsv.rows[i][QUALITY]));
                assert_non_null(band);
                all[type_index(band->code)]++;
            }
            if (all[0] == 7 && all[1] == 5 && all[2] == 5 && all[3] == 5) {
                hits++;
                assert_int_equal(a, 4);
                assert_int_equal(b, 5);
            }
        }
    assert_int_equal(hits, 1);
    tsv_free(&tsv);
}

/* The cell map of methods.md 3.2, row by row. */
static void test_cell_map(void **state)
{
    static const char *const map[12] = {"",
                                        "DDDDDRRRRRR",
                                        "DDDDDRRRRRR",
                                        "DDDDDRRRRRR",
                                        "DDDDDRRRRRR",
                                        "UUUUUCCCCCC",
                                        "UUUUUCCCCCC",
                                        "UUUUUCCCCCC",
                                        "UUUUUCWWWWW",
                                        "UUUUUCWWWWW",
                                        "UUUUUCWWWWW",
                                        "UUUUUCWWWWW"};

    (void)state;
    for (int i = 1; i <= 11; i++)
        for (int q = 1; q <= 11; q++) {
            const TypologyBand *band = typology_get(&grid, i, q);
            assert_non_null(band);
            assert_int_equal(band->code[0], map[i][q - 1]);
            assert_int_equal(typology_cover(&grid, i, q), 1);
        }
}

static void test_not_identified(void **state)
{
    static const int outside[] = {0, -1, 12, 1000};
    TypologyRule off = grid;

    (void)state;
    for (size_t n = 0; n < sizeof outside / sizeof outside[0]; n++) {
        assert_null(typology_get(&grid, outside[n], 5));
        assert_null(typology_get(&grid, 5, outside[n]));
        assert_int_equal(typology_level(outside[n]), 0);
    }
    off.on = false;
    assert_null(typology_get(&off, 5, 5));
}

static void test_levels(void **state)
{
    static const int levels[] = {0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5};

    (void)state;
    for (int g = 0; g <= 11; g++)
        assert_int_equal(typology_level(g), levels[g]);
}

static void issue_is(const TrapIssue *issue, const char *rule, const char *school, const char *declared,
                     const char *computed)
{
    assert_string_equal(issue->rule, rule);
    assert_string_equal(issue->school, school);
    assert_int_equal(issue->severity, TRAP_ERROR);
    assert_int_equal(issue->arg_count, 3);
    assert_string_equal(issue->args[0].value, declared);
    assert_string_equal(issue->args[1].value, computed);
    assert_string_equal(issue->args[2].value, issue->place);
}

/* T-07: table 3 calls its schools resilient, 6 is not. T-10: table 2 asks for the lowest level, which only
 * school 40 has. */
static void test_declared_groups(void **state)
{
    static const DeclaredGroup groups[] = {{"at_risk", "RESILIENT", 0},
                                           {"low_results_adverse", "DISADVANTAGED", 1},
                                           {"low_results", "UNDERPERFORMING", 0}};
    static const char *const too_high[] = {"3", "10", "22", "26", "28", "36"};
    Tsv tsv = tsv_read("tests/golden/pervouralsk_schools.tsv");
    DeclaredSchool schools[22];
    Arena *arena = arena_new(1 << 20, NULL);
    TrapIssue *issues = NULL;
    size_t count = 0, level = 0;
    Err err = {0};

    (void)state;
    for (size_t i = 0; i < tsv.count; i++)
        schools[i] = (DeclaredSchool){tsv.rows[i][SCHOOL], tsv.rows[i][GROUP],
                                      tsv_int(tsv.rows[i][WELLBEING]), tsv_int(tsv.rows[i][QUALITY])};
    assert_int_equal(declared_check(&grid, groups, 3, schools, tsv.count, arena, &issues, &count, &err),
                     ERR_OK);
    assert_int_equal(count, 7);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(issues[i].school, "6") == 0)
            issue_is(&issues[i], "TYPOLOGY_DECLARED_DIFFERS", "6", "RESILIENT", "CONDITIONAL");
        else
            issue_is(&issues[i], "WELLBEING_LEVEL_DIFFERS", too_high[level++], "1", "2");
    }
    assert_int_equal(level, 6);
    schools[0] = (DeclaredSchool){"1", "at_risk", 0, 5}; /* not identified: nothing to compare */
    assert_int_equal(declared_check(&grid, groups, 3, schools, 1, arena, &issues, &count, &err), ERR_OK);
    assert_int_equal(count, 0);
    arena_fail_nth(arena, 1);
    assert_int_equal(declared_check(&grid, groups, 3, schools, 1, arena, &issues, &count, &err),
                     ERR_RESOURCE_EXHAUSTED);
    arena_free(arena);
    tsv_free(&tsv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_schools),     cmocka_unit_test(test_published_through_engine),
        cmocka_unit_test(test_only_one_pair_of_cuts), cmocka_unit_test(test_cell_map),
        cmocka_unit_test(test_not_identified),        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_declared_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
