/* The commands on findings as people use them: the traps of the published tables, offline; what goes to the
 * server; a decision. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"
#include "common/trap/source.h"
#include "common/trap/traps.h"
#include "shans/v1/collection.pb-c.h"

#define SOURCES                                                                                              \
    "tests/demo/pervouralsk tests/golden/sources/novokuznetsk tests/golden/sources/krasnoselsky "            \
    "tests/golden/sources/kirovsky"

/* Every trap of the list is there; those no table can show say so. */
static void test_traps(void **state)
{
    (void)state;
    assert_int_equal(fake_run("issue traps " SOURCES " --format csv"), 0);
    assert_int_equal(fake.call_count, 0); /* without the server */
    for (size_t t = 0; t < trap_count; t++) {
        char begin[64];
        snprintf(begin, sizeof begin, "\n%s,", traps[t].id);
        const char *line = strstr(fake.out, begin);
        assert_non_null(line);
        const char *state_of = trap_needs_text(&traps[t]) ? ",needs_text,0," : ",found,";
        size_t length = strcspn(line + 1, "\n");
        char copy[512];
        snprintf(copy, sizeof copy, "%.*s", (int)length, line + 1);
        assert_has(copy, state_of);
    }
    assert_has(fake.err, "34 traps found.");
    /* one document alone does not have them all */
    assert_int_equal(fake_run("issue traps tests/golden/sources/krasnoselsky --format csv"), 0);
    assert_has(fake.out, "\nT-48,info,found,1,");
    assert_has(fake.out, "\nT-33,error,not_found,0,");
}

/* Golden tests 4 to 7 as people see them. */
static void test_findings(void **state)
{
    (void)state;
    assert_int_equal(fake_run("issue check " SOURCES " --format csv"), 0);
    fake_golden("traps.csv", fake.out);
    fake.lang = "ru";
    assert_int_equal(fake_run("issue check tests/demo/pervouralsk"), 0);
    assert_has(fake.out, "39835,67");
    assert_has(fake.out, "таблица\u00A010, столбец\u00A02025");
    fake.lang = "en";
}

static void test_folders(void **state)
{
    (void)state;
    assert_int_equal(fake_run("issue check tests/demo/nowhere"), 3);
    assert_has(fake.err, "FILE_MISSING");
    assert_int_equal(fake_run("issue check tests/golden/cli"), 5);
    assert_has(fake.err, "SOURCE_EMPTY");
    assert_int_equal(fake_run("issue check tests/demo/pervouralsk --dictionary R-1"), 3);
    assert_has(fake.err, "DICTIONARY_UNKNOWN");
    assert_int_equal(fake_run("issue traps"), 2);
}

/* A folder of one's own: cells as printed, two columns of one cell, the prefix before each school. */
static void test_import(void **state)
{
    Shans__V1__ImportSourceTablesReply reply = SHANS__V1__IMPORT_SOURCE_TABLES_REPLY__INIT;

    (void)state;
    fake_file("tables.tsv", "table\tfile\n8\tstaff\n");
    fake_file(
        "staff.tsv",
        "# comment\nschool\tteachers\tattested_pct\tlead_n\tlead_pct\ttutor_main\ttutor_part\tnote_share\n"
        "5\t67\t79.1\t23\t42.5\t3\t6\t4/6 %\n6\t50\t\t0\t\t0\t2\t\n");
    fake_file("lists.tsv", "table\tfactor\tschools\nT\t2\t5, 6\n");
    fake_file("unknown.tsv", "a\tb\n1\t2\n");
    fake_add("ImportSourceTables", &reply.base);
    assert_int_equal(fake_run("issue import @ --school-prefix 66-a- --document D --dry-run"), 0);
    const FakeCall *call = fake_call("ImportSourceTables", 0);
    assert_true(call->has_id);
    Shans__V1__ImportSourceTablesRequest *request =
        shans__v1__import_source_tables_request__unpack(NULL, call->size, call->bytes);
    assert_non_null(request);
    static const struct {
        SourceRole role;
        const char *table, *row, *column, *raw;
    } want[] = {
        {SOURCE_FACTOR_LIST, "T", "2", "", "66-a-5,66-a-6"},
        {SOURCE_LISTED, "8", "66-a-5", "", ""},
        {SOURCE_HIGH, "8", "66-a-5", "attested_pct", "79.1 %"},
        {SOURCE_HEADS, "8", "66-a-5", "teachers", "67"},
        {SOURCE_SHARE, "8", "66-a-5", "lead", "23/42.5 %"},
        {SOURCE_STAFF, "8", "66-a-5", "tutor", "3; 6*"},
        {SOURCE_SHARE, "8", "66-a-5", "note", "4/6 %"},
        {SOURCE_LISTED, "8", "66-a-6", "", ""},
        {SOURCE_HEADS, "8", "66-a-6", "teachers", "50"},
        {SOURCE_SHARE, "8", "66-a-6", "lead", "0"},
        {SOURCE_STAFF, "8", "66-a-6", "tutor", "2*"},
        {SOURCE_TABLE, "8", "", "", ""},
    };
    assert_int_equal(request->n_cells, sizeof want / sizeof *want);
    for (size_t i = 0; i < request->n_cells; i++) {
        assert_int_equal(request->cells[i]->role, want[i].role);
        assert_string_equal(request->cells[i]->table, want[i].table);
        assert_string_equal(request->cells[i]->row, want[i].row);
        assert_string_equal(request->cells[i]->column, want[i].column);
        assert_string_equal(request->cells[i]->raw, want[i].raw);
    }
    assert_true(request->dry_run);
    assert_string_equal(request->document, "D");
    assert_string_equal(request->dictionary, "R-2022P");
    shans__v1__import_source_tables_request__free_unpacked(request, NULL);
}

static void add_decided(const char *status, const char *value)
{
    Shans__V1__ResolveIssueReply reply = SHANS__V1__RESOLVE_ISSUE_REPLY__INIT;
    Shans__V1__ImportIssue issue = SHANS__V1__IMPORT_ISSUE__INIT;

    issue.id = 17;
    issue.rule = (char *)"MONEY_DIGIT";
    issue.severity = SHANS__V1__SEVERITY__SEVERITY_ERROR;
    issue.school_code = (char *)"66-a-16";
    issue.place = (char *)"table 10//2025";
    issue.raw_value = (char *)"398835.67";
    issue.status = (char *)status;
    issue.value = (char *)value;
    issue.decided_by = (char *)"coordinator";
    issue.reason = (char *)"a digit too many";
    reply.issue = &issue;
    fake_add("ResolveIssue", &reply.base);
}

static void test_decisions(void **state)
{
    (void)state;
    add_decided("corrected", "39835.67");
    assert_int_equal(fake_run("issue correct 17 --value 39835.67 --comment a~digit~too~many --verbose"), 0);
    assert_has(fake.out, "coordinator");
    assert_has(fake.out, "a digit too many");
    const FakeCall *call = fake_call("ResolveIssue", 0);
    Shans__V1__ResolveIssueRequest *request =
        shans__v1__resolve_issue_request__unpack(NULL, call->size, call->bytes);
    assert_int_equal(request->id, 17);
    assert_string_equal(request->status, "corrected");
    assert_string_equal(request->value, "39835.67");
    assert_string_equal(request->reason, "a digit too many");
    shans__v1__resolve_issue_request__free_unpacked(request, NULL);
    /* each of several, one operation each */
    assert_int_equal(fake_run("issue accept 17 18 --comment seen"), 0);
    assert_int_equal(fake_count("ResolveIssue"), 3);
    assert_memory_not_equal(fake_call("ResolveIssue", 1)->id, fake_call("ResolveIssue", 2)->id, 16);
    assert_int_equal(fake_run("issue reject 17 --comment seen"), 0);
    /* a decision without its reason, a correction without its figure, an id that is none */
    assert_int_equal(fake_run("issue reject 17"), 2);
    assert_int_equal(fake_run("issue correct 17 --comment seen"), 2);
    assert_int_equal(fake_run("issue accept x --comment seen"), 2);
    assert_int_equal(fake_count("ResolveIssue"), 4);
}

static void test_open(void **state)
{
    Shans__V1__ListIssuesReply reply = SHANS__V1__LIST_ISSUES_REPLY__INIT;

    (void)state;
    fake_add("ListIssues", &reply.base);
    assert_int_equal(fake_run("issue list --open"), 0);
    const FakeCall *call = fake_call("ListIssues", 0);
    Shans__V1__ListIssuesRequest *request =
        shans__v1__list_issues_request__unpack(NULL, call->size, call->bytes);
    assert_string_equal(request->status, "open");
    shans__v1__list_issues_request__free_unpacked(request, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_traps, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_findings, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_folders, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_decisions, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_open, fake_setup, fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
