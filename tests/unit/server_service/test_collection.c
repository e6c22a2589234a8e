/* Submitting, reviewing and importing, as people of the world do it: what counts and what is refused. */
#include "tests/unit/server_service/ask.h"

#include <string.h>

#include "common/base/ids.h"
#include "common/core/text.h"

#define BY_SCHOOL   SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL
#define BY_DISTRICT SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT
#define BY_REGION   SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION

static Shans__V1__SubmitRequest *results(const char *school, const char *period,
                                         Shans__V1__FigureSource source)
{
    return world_results(school, period, source, 40, world.service.options.catalog, arena);
}

/* One writing of a period per form: two of them would give one school two sets of facts of one year. */
static void a_yearly_form_takes_no_month(void **state)
{
    static const char *const wrong[] = {"2022-10", "", "22", "20222", "2022-", "1999", "2101", "год"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ask_refused("head1", COLLECTION, "Submit", true, &results("a-1", wrong[i], BY_SCHOOL)->base,
                    ERR_INVALID_ARGUMENT, "PERIOD_FORM");
}

static void only_an_office_sends_its_own_source(void **state)
{
    (void)state;
    ask_refused("head1", COLLECTION, "Submit", true, &results("a-1", "2022", BY_DISTRICT)->base,
                ERR_PERMISSION_DENIED, "SOURCE_FORBIDDEN");
    ask_refused("coordinator1", COLLECTION, "Submit", true, &results("a-1", "2022", BY_REGION)->base,
                ERR_PERMISSION_DENIED, "SOURCE_FORBIDDEN");
    ask_refused("analyst", COLLECTION, "Submit", true, &results("a-1", "2022", BY_SCHOOL)->base,
                ERR_PERMISSION_DENIED, "SOURCE_FORBIDDEN");
    ask_refused("head1", COLLECTION, "Submit", true,
                &results("a-1", "2022", (Shans__V1__FigureSource)77)->base, ERR_INVALID_ARGUMENT,
                "SOURCE_UNKNOWN");
    ask_refused("head1", COLLECTION, "Submit", true, &results("b-1", "2022", BY_SCHOOL)->base, ERR_NOT_FOUND,
                "ORG_UNKNOWN");
    ask_refused("coordinator1", COLLECTION, "Submit", true, &results("a", "2022", BY_DISTRICT)->base,
                ERR_INVALID_ARGUMENT, "NOT_A_SCHOOL");
}

/* Figures count from their acceptance, and a correction under review changes nothing yet. */
static void figures_count_only_when_accepted(void **state)
{
    static const char facts[] = "select coalesce(sum(participants), 0) from shans.fact_result "
                                "where procedure = 'VPR.RUS.5' and year = 2019";

    (void)state;
    const Shans__V1__Receipt *first = ask_submit("head1", "a-1", "2019", BY_SCHOOL, 31);
    assert_int_equal(ask_number(facts), 0);
    ask_accept("coordinator1", first);
    assert_int_equal(ask_number(facts), 31);

    Shans__V1__SubmitRequest *again =
        world_results("a-1", "2019", BY_SCHOOL, 33, world.service.options.catalog, arena);
    again->base_revision = first->revision;
    const Shans__V1__SubmitReply *corrected = ask_ok("head1", COLLECTION, "Submit", true, &again->base);
    assert_int_equal(ask_number(facts), 31);
    ask_accept("coordinator1", corrected->receipt);
    assert_int_equal(ask_number(facts), 33);

    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;
    review.submission_id = first->submission_id;
    review.revision = corrected->receipt->revision;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_WITHDRAW;
    review.comment = (char *)"учебная";
    ask_ok("analyst", COLLECTION, "Review", true, &review.base);
    assert_int_equal(ask_number(facts), 0);
}

static void remarks_go_with_a_return_only(void **state)
{
    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;
    Shans__V1__CellMark mark = SHANS__V1__CELL_MARK__INIT, *marks[] = {&mark};
    const Shans__V1__Receipt *receipt = ask_submit("head2", "a-2", "2018", BY_SCHOOL, 30);

    (void)state;
    mark.section = (char *)"results";
    mark.row = (char *)"OGE.MATH";
    mark.field = (char *)"below_min";
    mark.comment = (char *)"проверьте";
    review.submission_id = receipt->submission_id;
    review.revision = receipt->revision;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    review.marks = marks;
    review.n_marks = 1;
    ask_refused("coordinator1", COLLECTION, "Review", true, &review.base, ERR_INVALID_ARGUMENT,
                "MARKS_WITHOUT_RETURN");
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN;
    mark.row = (char *)"OGE.CHEMISTRY";
    ask_refused("coordinator1", COLLECTION, "Review", true, &review.base, ERR_INVALID_ARGUMENT,
                "MARK_INVALID");
    mark.row = (char *)"OGE.MATH";
    mark.comment = (char *)"";
    ask_refused("coordinator1", COLLECTION, "Review", true, &review.base, ERR_INVALID_ARGUMENT,
                "MARK_INVALID");
    mark.comment = (char *)"проверьте";
    review.revision++;
    ask_refused("coordinator1", COLLECTION, "Review", true, &review.base, ERR_ABORTED,
                "LIFECYCLE_REVISION_STALE");
    review.revision--;
    review.verb = (Shans__V1__ReviewVerb)9;
    ask_refused("coordinator1", COLLECTION, "Review", true, &review.base, ERR_INVALID_ARGUMENT,
                "REVIEW_VERB");
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN;
    const Shans__V1__ReviewReply *returned = ask_ok("coordinator1", COLLECTION, "Review", true, &review.base);
    assert_int_equal(returned->state, SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_RETURNED);
}

/* A program that lost the form's version must not accept what it cannot count. */
static void a_retired_form_is_not_accepted(void **state)
{
    const Shans__V1__Receipt *receipt = ask_submit("head2", "a-2", "2017", BY_SCHOOL, 30);
    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;
    Shans__V1__CellMark mark = SHANS__V1__CELL_MARK__INIT, *marks[] = {&mark};
    Db *owner = test_pg_owner(&world.pg);

    (void)state;
    test_pg_sql(owner, "update shans.submission set form_version = 999 where period = '2017'");
    db_close(owner);
    review.submission_id = receipt->submission_id;
    review.revision = receipt->revision;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    ask_refused("coordinator1", COLLECTION, "Review", true, &review.base, ERR_FAILED_PRECONDITION,
                "FORM_RETIRED");
    assert_int_equal(ask_number("select state from shans.submission where period = '2017'"), 3);
    mark.section = (char *)"results";
    mark.comment = (char *)"новая форма";
    review.marks = marks;
    review.n_marks = 1;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN;
    ask_ok("coordinator1", COLLECTION, "Review", true, &review.base);
}

/* Two sources of one procedure that differ: both stay stored, and the class says so. */
static void differing_sources_are_flagged(void **state)
{
    Shans__V1__ListClassesRequest list = SHANS__V1__LIST_CLASSES_REQUEST__INIT;
    size_t flagged = 0;

    (void)state;
    ask_accept("coordinator2", ask_submit("head3", "b-1", "2022", BY_SCHOOL, 40));
    ask_submit("analyst", "b-1", "2022", BY_REGION, 44);
    ask_accept("coordinator2", ask_submit("head4", "b-2", "2022", BY_SCHOOL, 40));
    ask_submit("analyst", "b-2", "2022", BY_REGION, 40);
    list.run_id = ask_run();
    const Shans__V1__ListClassesReply *reply = ask_ok("auditor", METHODS, "ListClasses", false, &list.base);
    for (size_t i = 0; i < reply->n_classes; i++) {
        const Shans__V1__SchoolClass *one = reply->classes[i];
        bool differ = false;
        for (size_t j = 0; j < one->n_flags; j++)
            differ = differ || text_equal(one->flags[j], "SOURCES_DIFFER");
        assert_int_equal(differ, text_equal(one->school_code, "b-1"));
        flagged += differ;
    }
    assert_int_equal(flagged, 1);
    assert_int_equal(ask_number("select count(*) from shans.fact_result where year = 2022 and "
                                "procedure = 'VPR.RUS.5'"),
                     4);
}

/* Risk tables may name schools only, whatever the tables say. */
static void a_risk_table_of_a_district_is_refused(void **state)
{
    Shans__V1__ImportRiskTablesRequest request = SHANS__V1__IMPORT_RISK_TABLES_REQUEST__INIT;
    Shans__V1__RiskRow row = SHANS__V1__RISK_ROW__INIT, *rows[] = {&row};
    Shans__V1__GroupRow group = SHANS__V1__GROUP_ROW__INIT, *groups[] = {&group};

    (void)state;
    request.period = (char *)"2023";
    request.document = (char *)"учебная таблица";
    request.rows = rows;
    request.n_rows = 1;
    request.groups = groups;
    request.n_groups = 1;
    row.table = (char *)"4";
    row.group = group.group = (char *)"low_results";
    row.school_code = group.school_code = (char *)"a";
    row.factor = 1;
    row.significance = 3;
    ask_refused("analyst", COLLECTION, "ImportRiskTables", true, &request.base, ERR_INVALID_ARGUMENT,
                "NOT_A_SCHOOL");
    row.school_code = group.school_code = (char *)"a-1";
    request.dry_run = 1;
    const Shans__V1__ImportRiskTablesReply *dry =
        ask_ok("analyst", COLLECTION, "ImportRiskTables", true, &request.base);
    assert_int_equal(dry->profiles_stored, 1);
    assert_int_equal(ask_number("select count(*) from shans.submission where "
                                "form_code = 'risk_self_assessment'"),
                     0);
    request.dry_run = 0;
    row.factor = UINT32_MAX; /* becomes an issue, not an index */
    const Shans__V1__ImportRiskTablesReply *odd =
        ask_ok("analyst", COLLECTION, "ImportRiskTables", true, &request.base);
    assert_true(odd->n_issues > 0);
    assert_string_equal(odd->issues[0]->rule, "RISK_ROW_INVALID");
}

/* A wrong file is the sender's fault: told so at once, not asked to try again. */
static void a_risk_table_has_bounds(void **state)
{
    enum { TOO_MANY_GROUPS = 5001, TOO_MANY_ISSUES = 4097 };
    Shans__V1__ImportRiskTablesRequest request = SHANS__V1__IMPORT_RISK_TABLES_REQUEST__INIT;
    Shans__V1__GroupRow group = SHANS__V1__GROUP_ROW__INIT;
    Shans__V1__RiskRow row = SHANS__V1__RISK_ROW__INIT;

    (void)state;
    request.period = (char *)"2023";
    group.school_code = row.school_code = (char *)"a-1";
    group.group = row.group = (char *)"low_results";
    row.table = (char *)"4";
    row.factor = 11; /* each an issue */
    request.groups = ARENA_NEW(arena, Shans__V1__GroupRow *, TOO_MANY_GROUPS);
    for (request.n_groups = 0; request.n_groups < TOO_MANY_GROUPS;)
        request.groups[request.n_groups++] = &group;
    ask_refused("analyst", COLLECTION, "ImportRiskTables", true, &request.base, ERR_INVALID_ARGUMENT,
                "IMPORT_TOO_LARGE");
    assert_string_equal(err_arg_get(&err, "what"), "groups");
    request.n_groups = 1;
    request.rows = ARENA_NEW(arena, Shans__V1__RiskRow *, TOO_MANY_ISSUES);
    for (request.n_rows = 0; request.n_rows < TOO_MANY_ISSUES;)
        request.rows[request.n_rows++] = &row;
    ask_refused("analyst", COLLECTION, "ImportRiskTables", true, &request.base, ERR_INVALID_ARGUMENT,
                "IMPORT_TOO_LARGE");
    assert_string_equal(err_arg_get(&err, "what"), "issues");
}

static void unknown_submissions_are_not_found(void **state)
{
    Shans__V1__GetSubmissionRequest get = SHANS__V1__GET_SUBMISSION_REQUEST__INIT;
    static const uint64_t ids[] = {0, 999999, INT64_MAX, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        get.id = ids[i];
        ask_refused("auditor", COLLECTION, "GetSubmission", false, &get.base, ERR_NOT_FOUND,
                    "SUBMISSION_UNKNOWN");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_yearly_form_takes_no_month, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(only_an_office_sends_its_own_source, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(figures_count_only_when_accepted, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(remarks_go_with_a_return_only, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(a_retired_form_is_not_accepted, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(differing_sources_are_flagged, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(a_risk_table_of_a_district_is_refused, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(a_risk_table_has_bounds, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(unknown_submissions_are_not_found, ask_setup, ask_teardown),
    };

    return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
