/* Owns the tests of official lists: the published lists of Pervouralsk with their traps (T-66, T-77), and
 * made-up rows for each rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/engine/group_ref.h"
#include "server/engine/official_list.h"
#include "tests/support/tsv.h"

enum { SCHOOLS_MAX = 40 };

static int setup(void **state)
{
    *state = arena_new((size_t)4 << 20, NULL);
    return *state == NULL;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* Five schools in the order of their codes: one closed and taken over, one not open yet. */
static const ListSchool schools[] = {
    {"s-1", "Школа № 1", "Ш1", "", "", "", true},
    {"s-2", "Школа № 2", "Ш2", "", "2022-09-01", "s-1", true},
    {"s-3", "Школа № 3", "Ш3", "2024-09-01", "", "", true},
    {"s-4", "Лицей «Север»", "Лицей", "", "", "", false},
    {"s-5", "Лицей «Юг»", "Лицей", "", "", "", false},
};

static OfficialList list_of(const ListEntry *entries, size_t count)
{
    return (OfficialList){
        .entries = entries,
        .entry_count = count,
        .schools = schools,
        .school_count = sizeof schools / sizeof schools[0],
        .valid_from = "2023-01-11",
        .valid_to = "",
        .group_from = "2023-01-01",
        .group_to = "",
        .within = "",
    };
}

static ListReport check(void **state, const OfficialList *list)
{
    ListReport report = {0};
    Err err = {0};

    if (list_check(list, *state, &report, &err) != ERR_OK)
        fail_msg("%s", err.reason);
    return report;
}

static const char *arg(const ListIssue *issue, const char *key)
{
    for (size_t i = 0; i < issue->arg_count; i++)
        if (strcmp(issue->args[i].key, key) == 0)
            return issue->args[i].value;
    fail_msg("%s has no %s", issue->rule, key);
    return "";
}

static void is_issue(const ListReport *report, size_t at, const char *rule, ListSeverity severity,
                     uint32_t row, const char *proposal)
{
    assert_true(at < report->issue_count);
    assert_string_equal(report->issues[at].rule, rule);
    assert_int_equal(report->issues[at].severity, severity);
    assert_int_equal(report->issues[at].row, row);
    assert_string_equal(report->issues[at].proposal, proposal);
}

static void test_clean(void **state)
{
    const ListEntry entries[] = {
        {2, "s-4", "Лицей «Север»", false}, {3, "s-1", "", false}, {4, "s-5", "Лицей", false}};
    OfficialList list = list_of(entries, 3);
    ListReport report = check(state, &list);

    assert_int_equal(report.issue_count, 0);
    assert_int_equal(report.error_count, 0);
    assert_int_equal(report.found[0], 3);
    assert_int_equal(report.found[1], 0);
    assert_int_equal(report.found[2], 4);
}

static void test_schools(void **state)
{
    const ListEntry entries[] = {
        {2, "s-9", "", false},                                /* nobody like it */
        {3, "ѕ-1", "", false},                                /* a letter nothing is known of */
        {4, "S-4", "", false},                                /* alike: letter case */
        {5, "9", "Лицей «Юг»", false},                        /* by its name */
        {6, "9", "Лицей", false},                             /* two of that name: none proposed */
        {7, "s-1", "", false},         {8, "s-1", "", false}, /* twice */
        {9, "s-2", "", false},                                /* closed: its successor */
        {10, "s-3", "", false},                               /* not open yet */
    };
    OfficialList list = list_of(entries, 9);
    ListReport report = check(state, &list);

    assert_int_equal(report.issue_count, 8);
    assert_int_equal(report.error_count, 8);
    is_issue(&report, 0, "LIST_SCHOOL_UNKNOWN", LIST_ERROR, 2, "");
    assert_string_equal(report.issues[0].raw, "s-9");
    is_issue(&report, 1, "LIST_SCHOOL_UNKNOWN", LIST_ERROR, 3, "");
    is_issue(&report, 2, "LIST_SCHOOL_UNKNOWN", LIST_ERROR, 4, "s-4");
    is_issue(&report, 3, "LIST_SCHOOL_UNKNOWN", LIST_ERROR, 5, "s-5");
    is_issue(&report, 4, "LIST_SCHOOL_UNKNOWN", LIST_ERROR, 6, "");
    is_issue(&report, 5, "LIST_SCHOOL_TWICE", LIST_ERROR, 8, "");
    assert_string_equal(arg(&report.issues[5], "first"), "7");
    is_issue(&report, 6, "LIST_SCHOOL_CLOSED", LIST_ERROR, 9, "s-1");
    assert_string_equal(arg(&report.issues[6], "date"), "2022-09-01");
    is_issue(&report, 7, "LIST_SCHOOL_NOT_OPEN", LIST_ERROR, 10, "");
    assert_int_equal(report.found[0], UINT32_MAX);
    assert_int_equal(report.found[5], 0);
}

/* The last day of a school is not in the list's first; the first day of one is. */
static void test_day_borders(void **state)
{
    const ListEntry closed = {2, "s-2", "", false}, opened = {2, "s-3", "", false};
    static const struct {
        const char *day;
        bool closed, not_open;
    } cases[] = {{"2022-08-31", false, true},
                 {"2022-09-01", true, true},
                 {"2024-08-31", true, true},
                 {"2024-09-01", true, false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OfficialList list = list_of(&closed, 1);
        list.group_from = "2000-01-01";
        list.valid_from = cases[i].day;
        assert_int_equal(check(state, &list).issue_count, cases[i].closed);
        list.entries = &opened;
        assert_int_equal(check(state, &list).issue_count, cases[i].not_open);
    }
}

static void test_names(void **state)
{
    const ListEntry entries[] = {
        {2, "s-1", "Шкoла № 1", false}, /* a Latin o */
        {3, "s-4", "Гимназия", false},
        {4, "s-5", "Лицeй", false}, /* the short name with a Latin e */
    };
    OfficialList list = list_of(entries, 3);
    ListReport report = check(state, &list);

    assert_int_equal(report.issue_count, 3);
    assert_int_equal(report.error_count, 0); /* warnings stop nothing */
    is_issue(&report, 0, "LIST_NAME_LOOKALIKE", LIST_WARNING, 2, "Школа № 1");
    assert_string_equal(report.issues[0].raw, "Шкoла № 1");
    is_issue(&report, 1, "LIST_NAME_DIFFERS", LIST_WARNING, 3, "Лицей «Север»");
    is_issue(&report, 2, "LIST_NAME_LOOKALIKE", LIST_WARNING, 4, "Лицей");
}

static void test_dates(void **state)
{
    static const struct {
        const char *from, *to, *group_from, *group_to, *rule;
    } cases[] = {
        {"2023-01-11", "", "2023-01-11", "", NULL},
        {"2023-01-11", "2024-01-01", "2023-01-11", "2024-01-01", NULL},
        {"2023-01-10", "", "2023-01-11", "", "LIST_OUTSIDE_GROUP"},
        {"2023-01-11", "", "2023-01-11", "2024-01-01",
         "LIST_OUTSIDE_GROUP"}, /* no end in a meaning that has one */
        {"2023-01-11", "2024-01-02", "2023-01-11", "2024-01-01", "LIST_OUTSIDE_GROUP"},
        {"2023-01-11", "2023-01-11", "2023-01-11", "", "LIST_DATES"},
        {"2023-01-11", "2022-01-11", "2023-01-11", "", "LIST_DATES"},
    };
    const ListEntry entry = {2, "s-1", "", false};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OfficialList list = list_of(&entry, 1);
        list.valid_from = cases[i].from;
        list.valid_to = cases[i].to;
        list.group_from = cases[i].group_from;
        list.group_to = cases[i].group_to;
        ListReport report = check(state, &list);
        assert_int_equal(report.issue_count, cases[i].rule != NULL);
        if (cases[i].rule != NULL)
            is_issue(&report, 0, cases[i].rule, LIST_ERROR, 0,
                     strcmp(cases[i].rule, "LIST_DATES") == 0 ? "" : "2023-01-11");
    }
}

/* The published schools of Pervouralsk, in the order of their codes. */
typedef struct Published {
    Tsv tsv;
    ListSchool schools[SCHOOLS_MAX];
    size_t count;
} Published;

static int by_code(const void *a, const void *b)
{
    return strcmp(((const ListSchool *)a)->code, ((const ListSchool *)b)->code);
}

static void published_read(Published *p)
{
    memset(p, 0, sizeof *p);
    p->tsv = tsv_read("tests/golden/pervouralsk_schools.tsv");
    for (size_t i = 0; i < p->tsv.count; i++)
        p->schools[p->count++] =
            (ListSchool){p->tsv.rows[i][0], "", "", "", "", "", p->tsv.rows[i][4][0] != '\0'};
    qsort(p->schools, p->count, sizeof p->schools[0], by_code);
}

/* T-66: "из ШАНС ОО № 1 3,5,6,9,10,16,26": a separator is missing and 9 is not of the group. */
static void test_school_nine(void **state)
{
    static const char *const named[] = {"1", "3", "5", "6", "9", "10", "16", "26"};
    ListEntry entries[8];
    static Published p;

    published_read(&p);
    for (uint32_t i = 0; i < 8; i++)
        entries[i] = (ListEntry){i + 1, named[i], "", i == 0};
    OfficialList list = list_of(entries, 8);
    list.schools = p.schools;
    list.school_count = p.count;
    list.within = "shans:programme";
    ListReport report = check(state, &list);
    assert_int_equal(report.issue_count, 2);
    assert_int_equal(report.error_count, 0);
    is_issue(&report, 0, "LIST_RUN_TOGETHER", LIST_WARNING, 1, "");
    assert_string_equal(arg(&report.issues[0], "next"), "3");
    is_issue(&report, 1, "LIST_NOT_WITHIN", LIST_WARNING, 5, "");
    assert_string_equal(report.issues[1].school, "9");
    assert_string_equal(arg(&report.issues[1], "group"), "shans:programme");
    tsv_free(&p.tsv);
}

/* The sizes the source's denominators rest on: ШАНС 15 or 4, ШНОР 11 or 8. */
static void count_groups(const Published *p, uint32_t *programme, uint32_t *risk, uint32_t *low,
                         uint32_t *regional)
{
    *programme = *risk = *low = *regional = 0;
    for (size_t i = 0; i < p->tsv.count; i++) {
        const char *group = p->tsv.rows[i][4];
        *programme += group[0] != '\0';
        *risk += strcmp(group, "at_risk") == 0;
        *low += strncmp(group, "low_results", 11) == 0;
        *regional += p->tsv.rows[i][5][0] == '1';
    }
}

/* T-77: a name with several sizes is bound to one of them or refused, and the size given proposes which. */
static void test_one_name_several_sizes(void **state)
{
    static Published p;
    uint32_t programme, risk, low, regional;
    size_t at = 99;
    Err err = {0};

    published_read(&p);
    count_groups(&p, &programme, &risk, &low, &regional);
    assert_int_equal(programme, 15);
    assert_int_equal(risk, 4);
    assert_int_equal(low, 11);
    assert_int_equal(regional, 8);
    const GroupMeaning meanings[] = {
        {"risk_zone", "municipal", "зона риска", "risk zone", risk},
        {"shans", "low", "ШАНС", "ShANS", low},
        {"shans", "programme", "ШАНС", "ShANS", programme},
        {"shans", "risk", "ШАНС", "ShANS", risk},
        {"shnor", "municipal", "ШНОР", "ShNOR", low},
        {"shnor", "regional", "ШНОР", "ShNOR", regional},
    };
    assert_int_equal(group_ref_find(meanings, 6, "ШАНС", 0, *state, &at, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "GROUP_AMBIGUOUS");
    assert_string_equal(err_arg_get(&err, "meanings"),
                        "shans:low (11), shans:programme (15), shans:risk (4)");
    assert_string_equal(err_arg_get(&err, "proposal"), "");
    assert_int_equal(at, 99); /* nothing was chosen */
    assert_int_equal(group_ref_find(meanings, 6, "IIIAHC", 15, *state, &at, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err_arg_get(&err, "proposal"), "shans:programme");
    assert_int_equal(group_ref_find(meanings, 6, "ШНОР", 8, *state, &at, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err_arg_get(&err, "meanings"), "shnor:municipal (11), shnor:regional (8)");
    assert_string_equal(err_arg_get(&err, "proposal"), "shnor:regional");
    /* exactly said, or only one of that name */
    assert_int_equal(group_ref_find(meanings, 6, "shnor:regional", 3, *state, &at, &err), ERR_OK);
    assert_int_equal(at, 5);
    assert_int_equal(group_ref_find(meanings, 6, "Зона  риска", 0, *state, &at, &err), ERR_OK);
    assert_int_equal(at, 0);
    assert_int_equal(group_ref_find(meanings, 6, "ШВОР", 0, *state, &at, &err), ERR_NOT_FOUND);
    assert_string_equal(err.reason, "GROUP_UNKNOWN");
    assert_non_null(strstr(err_arg_get(&err, "near"), "shans:low (11)"));
    assert_int_equal(group_ref_find(NULL, 0, "ШНОР", 0, *state, &at, &err), ERR_NOT_FOUND);
    assert_true(group_ref_named(&meanings[1], ""));
    assert_true(group_ref_named(&meanings[1], "shans:low"));
    assert_true(group_ref_named(&meanings[1], "SHANS"));
    assert_false(group_ref_named(&meanings[1], "shans:risk"));
    tsv_free(&p.tsv);
}

/* Two meanings of one size: the size proposes neither. */
static void test_same_size(void **state)
{
    const GroupMeaning meanings[] = {{"g", "a", "Г", "", 4}, {"g", "b", "Г", "", 4}};
    size_t at = 99;
    Err err = {0};

    assert_int_equal(group_ref_find(meanings, 2, "Г", 4, *state, &at, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err_arg_get(&err, "proposal"), "");
}

/* Golden: the municipal list of 11 against the regional one of 8. No source prints exam counts, so that a run
 * has no data: every listed school stands in theirs only. */
static void test_published_comparison(void **state)
{
    static const char *const movements[] = {"", "ENTERED", "STAYED", "LEFT", "OUTSIDE"};
    static char golden[2048];
    static Published p;
    FILE *file = fopen("tests/golden/pervouralsk_lists.txt", "rb");
    Buf buf;

    (void)state;
    assert_non_null(file);
    golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
    fclose(file);
    published_read(&p);
    buf_init(&buf, sizeof golden);
    for (size_t i = 0; i < p.tsv.count; i++) {
        ListMovement movement;
        ListAgreement agreement;
        bool before = strncmp(p.tsv.rows[i][4], "low_results", 11) == 0, now = p.tsv.rows[i][5][0] == '1';
        if (list_compare(before, now, STATUS_NO_DATA, &movement, &agreement))
            buf_printf(&buf, "%s %s %s\n", p.tsv.rows[i][0], movements[movement],
                       list_agreement_name(agreement));
    }
    assert_string_equal(buf.data, golden);
    buf_done(&buf);
    tsv_free(&p.tsv);
}

/* Every way of being in the lists, by every status. */
static void test_compare_walk(void **state)
{
    size_t shown = 0;

    (void)state;
    for (int before = 0; before < 2; before++)
        for (int now = 0; now < 2; now++)
            for (int status = STATUS_UNSET; status <= STATUS_NOT_APPLICABLE; status++) {
                ListMovement movement = (ListMovement)0;
                ListAgreement agreement = LIST_NOT_COMPARED;
                bool low = status == STATUS_LISTED,
                     there = list_compare(before != 0, now != 0, (ClassStatus)status, &movement, &agreement);
                assert_int_equal(there, before || now || low);
                if (!there)
                    continue;
                shown++;
                assert_int_equal(movement == LIST_ENTERED, now && !before);
                assert_int_equal(movement == LIST_STAYED, now && before);
                assert_int_equal(movement == LIST_LEFT, !now && before);
                assert_int_equal(movement == LIST_OUTSIDE, !now && !before);
                assert_int_equal(agreement == LIST_NOT_COMPARED, status == STATUS_UNSET);
                assert_int_equal(agreement == LIST_BOTH, now && low);
                assert_int_equal(agreement == LIST_THEIRS_ONLY, now && !low && status != STATUS_UNSET);
                assert_int_equal(agreement == LIST_OURS_ONLY, !now && low);
                assert_int_equal(agreement == LIST_NEITHER, !now && !low && status != STATUS_UNSET);
            }
    assert_int_equal(shown, 3 * 7 + 1);
    assert_string_equal(list_agreement_name(LIST_NOT_COMPARED), "");
    assert_string_equal(list_agreement_name((ListAgreement)99), "");
}

/* Memory that runs out at any allocation is an error, never a half report. */
static void test_memory(void **state)
{
    const ListEntry entries[] = {{2, "s-1", "", false}, {3, "s-1", "", false}};
    OfficialList list = list_of(entries, 2);
    ListReport report;

    (void)state;
    for (size_t n = 1;; n++) {
        Arena *arena = arena_new(1 << 16, NULL);
        Err err = {0};
        assert_non_null(arena);
        arena_fail_nth(arena, n);
        ErrCode code = list_check(&list, arena, &report, &err);
        arena_free(arena);
        if (code == ERR_OK) {
            assert_true(n > 3);
            break;
        }
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clean, setup, teardown),
        cmocka_unit_test_setup_teardown(test_schools, setup, teardown),
        cmocka_unit_test_setup_teardown(test_day_borders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_school_nine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_name_several_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_published_comparison, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compare_walk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
