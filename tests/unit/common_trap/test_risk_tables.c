/* Owns the tests of risk tables: golden test 8 on the published tables (traps T-51, T-52), and small made-up
 * ones for each rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/trap/risk_tables.h"
#include "tests/support/tsv.h"

static int setup(void **state)
{
    *state = arena_new((size_t)8 << 20, NULL);
    return *state == NULL;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static RiskReport check(Arena *arena, const RiskTableRow *rows, size_t row_count, const RiskMember *members,
                        size_t member_count, int factor_count)
{
    RiskTables tables = {rows, row_count, members, member_count, factor_count};
    RiskReport report = {0};
    Err err = {0};

    if (risk_tables_check(&tables, arena, &report, &err) != ERR_OK)
        fail_msg("%s", err.reason);
    return report;
}

static const char *arg(const TrapIssue *issue, const char *key)
{
    for (size_t i = 0; i < issue->arg_count; i++)
        if (strcmp(issue->args[i].key, key) == 0)
            return issue->args[i].value;
    fail_msg("%s has no %s", issue->rule, key);
    return "";
}

static const RiskProfile *profile(const RiskReport *report, const char *school)
{
    for (size_t i = 0; i < report->profile_count; i++)
        if (strcmp(report->profiles[i].school, school) == 0)
            return &report->profiles[i];
    return NULL;
}

typedef struct Published {
    Tsv rows_tsv, schools_tsv;
    RiskTableRow rows[200];
    RiskMember members[30];
    size_t row_count, member_count;
} Published;

static void published_read(Published *p)
{
    static const char *const groups[] = {"low_results", "low_results_adverse", "at_risk"};

    memset(p, 0, sizeof *p);
    p->rows_tsv = tsv_read("tests/golden/pervouralsk_risk.tsv");
    p->schools_tsv = tsv_read("tests/golden/pervouralsk_schools.tsv");
    for (size_t i = 0; i < p->rows_tsv.count; i++) {
        const char *const *row = p->rows_tsv.rows[i];
        RiskLevel level = row[3][0] == 'h' ? RISK_HIGH : row[3][0] == 'm' ? RISK_MEDIUM : RISK_LOW;
        p->rows[p->row_count++] =
            (RiskTableRow){row[0], groups[tsv_int(row[0]) - 4], row[1], tsv_int(row[2]), level};
    }
    for (size_t i = 0; i < p->schools_tsv.count; i++)
        if (p->schools_tsv.rows[i][4][0] != '\0')
            p->members[p->member_count++] =
                (RiskMember){p->schools_tsv.rows[i][0], p->schools_tsv.rows[i][4]};
}

static void published_free(Published *p)
{
    tsv_free(&p->rows_tsv);
    tsv_free(&p->schools_tsv);
}

/* Golden test 8. */
static void test_published_tables(void **state)
{
    static const struct {
        const char *rule, *school, *place, *key, *value;
    } want[] = {
        {"RISK_TABLE_MEMBERSHIP", "1", "table 6", "school_group", "low_results"},
        {"RISK_ROWS_STALE", "1", "table 6", "own_place", "table 4"},
        {"RISK_FACTOR_TWICE", "1", "", "tables", "4,6"},
        {"RISK_PROFILE_INCOMPLETE", "11", "table 6", "group", "at_risk"},
        {"RISK_TABLE_MEMBERSHIP", "26", "table 6", "school_group", "low_results_adverse"},
        {"RISK_ROWS_STALE", "26", "table 6", "own_place", "table 5"},
        {"RISK_FACTOR_TWICE", "26", "", "tables", "5,6"},
        {"RISK_PROFILE_INCOMPLETE", "29", "table 6", "group", "at_risk"},
    };
    static Published p;

    published_read(&p);
    assert_int_equal(p.row_count, 150);
    assert_int_equal(p.member_count, 15);
    RiskReport report = check(*state, p.rows, p.row_count, p.members, p.member_count, 10);
    assert_int_equal(report.issue_count, 8);
    for (size_t i = 0; i < report.issue_count; i++) {
        assert_string_equal(report.issues[i].rule, want[i].rule);
        assert_string_equal(report.issues[i].school, want[i].school);
        assert_string_equal(report.issues[i].place, want[i].place);
        assert_string_equal(arg(&report.issues[i], want[i].key), want[i].value);
        assert_string_equal(arg(&report.issues[i], "factors"), "4,5,6,7,8,9,10");
        assert_int_equal(report.issues[i].severity, TRAP_ERROR);
    }
    assert_string_equal(arg(&report.issues[0], "table_group"), "at_risk");

    assert_int_equal(report.profile_count, 15);
    size_t complete = 0;
    for (size_t i = 0; i < report.profile_count; i++)
        complete += report.profiles[i].complete;
    assert_int_equal(complete, 13);
    /* Nothing of 1 and 26 was given to 11 and 29. */
    const RiskProfile *eleven = profile(&report, "11");
    assert_false(eleven->complete);
    assert_int_equal(eleven->significance[0], RISK_HIGH);
    assert_int_equal(eleven->significance[1], RISK_LOW);
    assert_int_equal(eleven->significance[2], RISK_HIGH);
    for (int f = 4; f <= 10; f++)
        assert_int_equal(eleven->significance[f - 1], 0);
    assert_int_equal(profile(&report, "1")->significance[5], RISK_HIGH);
    published_free(&p);
}

/* The order of the rows of a source changes nothing. */
static void test_order_of_rows(void **state)
{
    static Published p;

    published_read(&p);
    RiskReport forward = check(*state, p.rows, p.row_count, p.members, p.member_count, 10);
    for (size_t i = 0; i < p.row_count / 2; i++) {
        RiskTableRow row = p.rows[i];
        p.rows[i] = p.rows[p.row_count - 1 - i];
        p.rows[p.row_count - 1 - i] = row;
    }
    RiskReport backward = check(*state, p.rows, p.row_count, p.members, p.member_count, 10);
    assert_int_equal(forward.issue_count, backward.issue_count);
    for (size_t i = 0; i < forward.issue_count; i++) {
        assert_string_equal(forward.issues[i].rule, backward.issues[i].rule);
        assert_string_equal(forward.issues[i].school, backward.issues[i].school);
        assert_string_equal(forward.issues[i].place, backward.issues[i].place);
    }
    assert_int_equal(forward.profile_count, backward.profile_count);
    for (size_t i = 0; i < forward.profile_count; i++)
        assert_memory_equal(forward.profiles[i].significance, backward.profiles[i].significance,
                            sizeof forward.profiles[i].significance);
    published_free(&p);
}

static void test_stranger_is_not_stale(void **state)
{
    static const RiskTableRow rows[] = {
        {"A", "g", "s1", 1, RISK_LOW},     {"A", "g", "s1", 2, RISK_HIGH}, {"B", "h", "s1", 1, RISK_MEDIUM},
        {"A", "g", "nobody", 1, RISK_LOW}, {"B", "h", "s2", 1, RISK_LOW},  {"B", "h", "s2", 2, RISK_LOW},
    };
    static const RiskMember members[] = {{"s2", "h"}, {"s1", "g"}};
    RiskReport report = check(*state, rows, 6, members, 2, 2);

    assert_int_equal(report.issue_count, 3);
    assert_string_equal(report.issues[0].rule, "RISK_TABLE_MEMBERSHIP"); /* of no group at all */
    assert_string_equal(report.issues[0].school, "nobody");
    assert_string_equal(arg(&report.issues[0], "school_group"), "");
    assert_string_equal(report.issues[1].rule, "RISK_TABLE_MEMBERSHIP"); /* another band: not a copy */
    assert_string_equal(report.issues[2].rule, "RISK_FACTOR_TWICE");
    assert_int_equal(profile(&report, "s1")->significance[0], RISK_LOW); /* the own table's, kept */
    assert_true(profile(&report, "s1")->complete && profile(&report, "s2")->complete);
    assert_null(profile(&report, "nobody"));
}

/* Rows are stale only when every one of them is the school's own. */
static void test_partly_equal_is_not_stale(void **state)
{
    static const RiskTableRow rows[] = {
        {"A", "g", "s1", 1, RISK_LOW}, {"A", "g", "s1", 2, RISK_HIGH}, {"A", "g", "s1", 3, RISK_LOW},
        {"B", "h", "s1", 1, RISK_LOW}, {"B", "h", "s1", 2, RISK_LOW},  {"B", "h", "s1", 3, RISK_LOW},
    };
    static const RiskMember members[] = {{"s1", "g"}};
    RiskReport report = check(*state, rows, 6, members, 1, 3);

    assert_int_equal(report.issue_count, 2);
    assert_string_equal(report.issues[0].rule, "RISK_TABLE_MEMBERSHIP");
    assert_string_equal(report.issues[1].rule, "RISK_FACTOR_TWICE");
}

/* A member that stands only in another group's table has no profile: nothing of it is accepted. */
static void test_member_in_foreign_table_only(void **state)
{
    static const RiskTableRow rows[] = {{"A", "g", "s1", 1, RISK_LOW}, {"B", "h", "s2", 1, RISK_HIGH}};
    static const RiskMember members[] = {{"s1", "h"}, {"s2", "h"}};
    RiskReport report = check(*state, rows, 2, members, 2, 1);

    assert_int_equal(report.profile_count, 1);
    assert_string_equal(report.profiles[0].school, "s2");
    assert_int_equal(report.issue_count, 2);
    assert_string_equal(report.issues[0].rule, "RISK_TABLE_MEMBERSHIP");
    assert_string_equal(report.issues[1].rule, "RISK_PROFILE_INCOMPLETE");
    assert_string_equal(report.issues[1].school, "s1");
    assert_string_equal(report.issues[1].place, "table B");
}

/* Two bands for a factor in the own table: neither is chosen. The same band twice is taken, and reported. */
static void test_two_bands_in_own_table(void **state)
{
    static const RiskTableRow rows[] = {
        {"A", "g", "s1", 1, RISK_LOW}, {"A", "g", "s1", 1, RISK_HIGH}, {"A", "g", "s1", 1, RISK_LOW},
        {"A", "g", "s1", 2, RISK_LOW}, {"A", "g", "s1", 2, RISK_LOW},
    };
    static const RiskMember members[] = {{"s1", "g"}};
    RiskReport report = check(*state, rows, 5, members, 1, 2);

    assert_int_equal(report.issue_count, 2);
    assert_string_equal(report.issues[0].rule, "RISK_FACTOR_TWICE");
    assert_string_equal(arg(&report.issues[0], "factors"), "1,2");
    assert_string_equal(arg(&report.issues[0], "tables"), "A");
    assert_string_equal(report.issues[1].rule, "RISK_PROFILE_INCOMPLETE");
    assert_string_equal(arg(&report.issues[1], "factors"), "1");
    assert_int_equal(report.profiles[0].significance[0], 0);
    assert_int_equal(report.profiles[0].significance[1], RISK_LOW);
}

static void test_invalid_rows(void **state)
{
    static const RiskTableRow rows[] = {
        {"A", "g", "s1", 0, RISK_LOW},     {"A", "g", "s1", 3, RISK_LOW},  {"A", "g", "s1", 1, (RiskLevel)0},
        {"A", "g", "s1", 1, (RiskLevel)4}, {"A", "g", "s1", -5, RISK_LOW}, {"A", "g", "s1", 2, RISK_LOW},
    };
    static const RiskMember members[] = {{"s1", "g"}};
    RiskReport report = check(*state, rows, 6, members, 1, 2);

    assert_int_equal(report.issue_count, 6);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(report.issues[i].rule, "RISK_ROW_INVALID");
    assert_string_equal(arg(&report.issues[4], "factor"), "-5");
    assert_string_equal(arg(&report.issues[3], "significance"), "4");
    assert_string_equal(arg(&report.issues[5], "factors"), "1");
}

/* A member whose group has a table without a row of it has no profile at all, and that is said; a group
 * without any table is nobody's fault. */
static void test_member_without_rows(void **state)
{
    static const RiskTableRow rows[] = {{"A", "g", "s1", 1, RISK_LOW}};
    static const RiskMember members[] = {{"s1", "g"}, {"s2", "g"}, {"s3", "h"}};
    RiskReport report = check(*state, rows, 1, members, 3, 1);

    assert_int_equal(report.issue_count, 1);
    assert_string_equal(report.issues[0].rule, "RISK_PROFILE_INCOMPLETE");
    assert_string_equal(report.issues[0].school, "s2");
    assert_int_equal(report.profile_count, 1);
    report = check(*state, NULL, 0, members, 3, 10);
    assert_int_equal(report.issue_count + report.profile_count, 0);
}

static void test_refused(void **state)
{
    static const RiskMember members[] = {{"s2", "g"}, {"s1", "g"}, {"s2", "h"}};
    RiskTables tables = {.members = members, .member_count = 3, .factor_count = 10};
    RiskReport report;
    Err err = {0};

    assert_int_equal(risk_tables_check(&tables, *state, &report, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "RISK_MEMBER_TWICE");
    assert_string_equal(err_arg_get(&err, "school"), "s2");
    tables.member_count = 0;
    for (int count = 0; count <= 33; count += 33) {
        tables.factor_count = count;
        assert_int_equal(risk_tables_check(&tables, *state, &report, &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "RISK_FACTOR_COUNT");
    }
}

static void test_allocation_failures(void **state)
{
    static Published p;
    size_t nth = 1;

    (void)state;
    published_read(&p);
    RiskTables tables = {p.rows, p.row_count, p.members, p.member_count, 10};
    for (;; nth++) {
        Arena *arena = arena_new((size_t)8 << 20, NULL);
        RiskReport report = {0};
        Err err = {0};
        arena_fail_nth(arena, nth);
        ErrCode code = risk_tables_check(&tables, arena, &report, &err);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
        assert_int_equal(report.issue_count, 0);
    }
    assert_true(nth > 20);
    published_free(&p);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_partly_equal_is_not_stale),
        CASE(test_member_in_foreign_table_only),
        CASE(test_published_tables),
        CASE(test_order_of_rows),
        CASE(test_stranger_is_not_stale),
        CASE(test_two_bands_in_own_table),
        CASE(test_invalid_rows),
        CASE(test_member_without_rows),
        CASE(test_refused),
        CASE(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
