/* Owns the tests of the check of a source: every rule both ways as cases in text, the published tables of
 * Pervouralsk as a whole (golden tests 4 to 8), and what must hold of any source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/trap/traps.h"
#include "tests/unit/common_trap/cases.h"

#define FOLDER "tests/unit/common_trap/"

static Case one;

static int setup(void **state)
{
    *state = arena_new((size_t)64 << 20, NULL);
    return *state == NULL;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* Findings in the order of the check, wanted in that order. */
static void compare(Arena *arena, const TrapIssue *issues, size_t count)
{
    for (size_t i = 0; i < count || i < one.want_count; i++) {
        const char *got = i < count ? issue_line(arena, &issues[i]) : "nothing";
        const char *want = i < one.want_count ? one.wants[i] : "nothing";
        if (strcmp(got, want) != 0)
            fail_msg("%s, finding %zu:\n  got  %s\n  want %s", one.title, i + 1, got, want);
    }
}

/* With SHANS_GOLDEN_UPDATE the findings are printed instead, to be read and put in. */
static void run_file(Arena *arena, const char *path)
{
    char *text = case_file(path), *at = text;
    bool print = getenv("SHANS_GOLDEN_UPDATE") != NULL;
    size_t cases = 0;

    for (; case_next(&at, &one); cases++) {
        size_t count = 0;
        const TrapIssue *issues = case_check(one.cells, one.cell_count, arena, &count);
        if (print)
            printf("# %s\n", one.title);
        for (size_t i = 0; i < count && print; i++)
            printf("= %s\n", issue_line(arena, &issues[i]));
        if (!print)
            compare(arena, issues, count);
    }
    assert_true(cases > 0);
    free(text);
}

static void test_cases(void **state)
{
    run_file(*state, FOLDER "cases.txt");
}

static void test_published(void **state)
{
    run_file(*state, FOLDER "pervouralsk.txt");
}

static void load_published(char **ret_text)
{
    char *at = *ret_text = case_file(FOLDER "pervouralsk.txt");

    assert_true(case_next(&at, &one));
}

static const TrapIssue *find(const TrapIssue *issues, size_t count, const char *rule, const char *school)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(issues[i].rule, rule) == 0 && strcmp(issues[i].school, school) == 0)
            return &issues[i];
    return NULL;
}

static const char *arg(const TrapIssue *issue, const char *key)
{
    assert_non_null(issue);
    for (size_t i = 0; i < issue->arg_count; i++)
        if (strcmp(issue->args[i].key, key) == 0)
            return issue->args[i].value;
    fail_msg("%s has no %s", issue->rule, key);
    return "";
}

/* Golden test 4: both totals are the sums, the stated maximum is out of reach, 63 is what was scored. */
static void golden_4(void **state)
{
    char *text;
    size_t count;
    load_published(&text);
    const TrapIssue *issues = case_check(one.cells, one.cell_count, *state, &count);
    assert_null(find(issues, count, "SCORE_SUM_DIFFERS", ""));
    assert_string_equal(arg(find(issues, count, "SCORE_UNREACHABLE", ""), "reach"), "112");
    assert_string_equal(arg(find(issues, count, "SCORE_BAND_UNREACHABLE", ""), "reach"), "63");
    free(text);
}

/* Golden test 6: every growth is 1.04 but that of school 16 in 2025. */
static void golden_6(void **state)
{
    char *text;
    size_t count, money = 0;
    load_published(&text);
    const TrapIssue *issues = case_check(one.cells, one.cell_count, *state, &count);
    for (size_t i = 0; i < count; i++)
        money += strncmp(issues[i].rule, "MONEY_", 6) == 0;
    assert_int_equal(money, 1);
    const TrapIssue *issue = find(issues, count, "MONEY_DIGIT", "16");
    assert_int_equal(issue->severity, TRAP_ERROR);
    assert_string_equal(issue->place, "table 10//2025");
    assert_string_equal(issue->raw, "398835.67");
    assert_string_equal(issue->proposal, "39835.67");
    assert_string_equal(arg(issue, "growth"), "10.41");
    assert_string_equal(arg(issue, "usual"), "1.04");
    free(text);
}

/* Golden test 7. */
static void golden_7(void **state)
{
    static const struct {
        const char *school, *base;
    } bases[] = {{"1", "65"}, {"3", "42"}, {"16", "19"}, {"36", "31"}};
    char *text;
    size_t count;
    load_published(&text);
    const TrapIssue *issues = case_check(one.cells, one.cell_count, *state, &count);
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        assert_string_equal(arg(find(issues, count, "SHARE_BASE_OTHER", bases[i].school), "base"),
                            bases[i].base);
    assert_string_equal(arg(find(issues, count, "SHARE_BASES_MIXED", "12"), "bases"), "16,18");
    const TrapIssue *issue = find(issues, count, "SHARE_NO_BASE", "36");
    assert_string_equal(arg(issue, "exact"), "41.9");
    assert_string_equal(issue->raw, "13/41.4 %");
    issue = find(issues, count, "SHARE_SAME_COUNT", "20");
    assert_int_equal(issue->severity, TRAP_ERROR);
    assert_non_null(strstr(arg(issue, "first"), "4/"));
    assert_non_null(strstr(arg(issue, "second"), "4/"));
    /* on their own bases 16 and 36 have no share above 100 %: 19 of 19, 21 of 31 */
    assert_true(19 <= 19 && strcmp(arg(find(issues, count, "SHARE_BASE_OTHER", "36"), "heads"), "31") == 0);
    assert_string_equal(arg(find(issues, count, "SHARE_CUT", "1"), "base"), "65");
    free(text);
}

/* Every trap that tables can show is found in the published ones, but those of other documents. */
static void published_traps(void **state)
{
    static const char *const elsewhere[] = {"T-47", "T-48", "T-50", "T-68"};
    char *text;
    size_t count;
    load_published(&text);
    const TrapIssue *issues = case_check(one.cells, one.cell_count, *state, &count);
    for (size_t t = 0; t < trap_count; t++) {
        bool other = trap_needs_text(&traps[t]);
        for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
            other = other || strcmp(traps[t].id, elsewhere[i]) == 0;
        if ((trap_find(&traps[t], issues, count) > 0) == other)
            fail_msg("%s", traps[t].id);
    }
    free(text);
}

/* Where the cells stand in the files changes nothing. */
static void test_order(void **state)
{
    char *text;
    size_t count, again;
    load_published(&text);
    const TrapIssue *issues = case_check(one.cells, one.cell_count, *state, &count);
    SourceCell *turned = ARENA_NEW(*state, SourceCell, one.cell_count);
    size_t tables = 0;
    for (size_t i = 0; i < one.cell_count; i++) {
        /* the order of tables is a fact of its own */
        if (one.cells[i].role == SOURCE_TABLE)
            turned[tables++] = one.cells[i];
    }
    for (size_t i = one.cell_count, k = tables; i > 0; i--)
        if (one.cells[i - 1].role != SOURCE_TABLE)
            turned[k++] = one.cells[i - 1];
    const TrapIssue *other = case_check(turned, one.cell_count, *state, &again);
    assert_int_equal(count, again);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(issue_line(*state, &issues[i]), issue_line(*state, &other[i]));
    free(text);
}

/* Another name for a school changes only its name: no rule knows a school. */
static void test_names_of_schools(void **state)
{
    char *text;
    size_t count, again;
    load_published(&text);
    const TrapIssue *issues = case_check(one.cells, one.cell_count, *state, &count);
    size_t errors = 0;
    for (size_t i = 0; i < count; i++)
        errors += *issues[i].school != '\0';
    for (size_t i = 0; i < one.cell_count; i++)
        if (source_role_of_school(one.cells[i].role))
            one.cells[i].row = arena_printf(*state, "74-x-%s", one.cells[i].row);
    const TrapIssue *other = case_check(one.cells, one.cell_count, *state, &again);
    size_t named = 0;
    for (size_t i = 0; i < again; i++)
        named += strncmp(other[i].school, "74-x-", 5) == 0;
    assert_int_equal(named, errors);
    free(text);
}

/* Nothing is printed: nothing is found. */
static void test_nothing(void **state)
{
    size_t count = 7;

    case_check(NULL, 0, *state, &count);
    assert_int_equal(count, 0);
}

static void test_refusals(void **state)
{
    static SourceCell many[300];
    SourceCell bad = {(SourceRole)99, "1", "1", "", 0, "1"};
    Source source = {&bad, 1, NULL, NULL};
    const TrapIssue *issues;
    size_t count;
    Err err = {0};

    assert_int_equal(source_check(&source, *state, &issues, &count, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "SOURCE_ROLE");
    assert_string_equal(err_arg_get(&err, "role"), "99");
    bad.role = (SourceRole)0;
    assert_int_equal(source_check(&source, *state, &issues, &count, &err), ERR_INVALID_ARGUMENT);
    for (size_t i = 0; i < 300; i++)
        many[i] = (SourceCell){SOURCE_INDICATOR, "1", "1", "", 0, ""};
    source = (Source){many, 300, NULL, NULL};
    assert_int_equal(source_check(&source, *state, &issues, &count, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "IMPORT_TOO_LARGE");
    source.cell_count = 256;
    assert_int_equal(source_check(&source, *state, &issues, &count, &err), ERR_OK);
    /* a school in two groups makes the risk tables undecidable */
    many[0] = (SourceCell){SOURCE_GROUP, "7", "5", "", 0, "a"};
    many[1] = (SourceCell){SOURCE_GROUP, "7", "5", "", 0, "b"};
    source.cell_count = 2;
    assert_int_equal(source_check(&source, *state, &issues, &count, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "RISK_MEMBER_TWICE");
}

/* Every allocation fails once: an error, never a short list. */
static void test_memory(void **state)
{
    char *text;
    size_t whole;
    load_published(&text);
    case_check(one.cells, one.cell_count, *state, &whole);
    Source source = {one.cells, one.cell_count, NULL, NULL};
    size_t failures = 0;
    for (size_t n = 1; n < 3000; n += 7) {
        Arena *arena = arena_new((size_t)64 << 20, NULL);
        const TrapIssue *issues;
        size_t count;
        Err err = {0};
        arena_fail_nth(arena, n);
        ErrCode code = source_check(&source, arena, &issues, &count, &err);
        assert_true(code == ERR_OK || code == ERR_RESOURCE_EXHAUSTED);
        failures += code != ERR_OK;
        arena_free(arena);
    }
    assert_true(failures > 50);
    free(text);
}

/* A rule stands at one trap; traps are in order; texts are there. */
static void test_traps(void **state)
{
    (void)state;
    for (size_t t = 0; t < trap_count; t++) {
        assert_true(traps[t].what.ru[0] != '\0' && traps[t].what.en[0] != '\0');
        if (t > 0)
            assert_true(strcmp(traps[t - 1].id, traps[t].id) < 0);
        for (size_t r = 0; r < TRAP_RULES_MAX && traps[t].rules[r] != NULL; r++)
            for (size_t u = 0; u < trap_count; u++)
                for (size_t k = 0; k < TRAP_RULES_MAX && traps[u].rules[k] != NULL; k++)
                    assert_true((u == t && k == r) || strcmp(traps[u].rules[k], traps[t].rules[r]) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_published, setup, teardown),
        cmocka_unit_test_setup_teardown(golden_4, setup, teardown),
        cmocka_unit_test_setup_teardown(golden_6, setup, teardown),
        cmocka_unit_test_setup_teardown(golden_7, setup, teardown),
        cmocka_unit_test_setup_teardown(published_traps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_of_schools, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
        cmocka_unit_test(test_traps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
