/* Owns the tests of lists and deliveries on the command line: what is sent, what is shown, and how it ends.
 */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"
#include "shans/v1/delivery.pb-c.h"
#include "shans/v1/org.pb-c.h"

static Shans__V1__Document order = SHANS__V1__DOCUMENT__INIT;

static void make_order(void)
{
    order.kind = "order";
    order.number = "486-Д";
    order.date = "2023-04-21";
    order.issuer = "Учебное министерство";
}

/* One line of a comparison; schools of the fictitious district. */
static void make_line(Shans__V1__ListDifference *line, char *school, Shans__V1__ListMovement movement,
                      char *status, char *agreement)
{
    static char *branches[] = {"A"};

    shans__v1__list_difference__init(line);
    line->school_code = school;
    line->school_name = "Учебная школа (вымышленная)";
    line->movement = movement;
    line->status_computed = status;
    line->agreement = agreement;
    line->reliability = "NORMAL";
    line->training = 1;
    if (text_equal(status, "LISTED")) {
        line->branches = branches;
        line->n_branches = 1;
    }
    if (movement != SHANS__V1__LIST_MOVEMENT__LIST_MOVEMENT_OUTSIDE)
        line->document = &order;
}

/* Every movement and agreement once, as a person and as a program reads it. */
static void test_comparison(void **state)
{
    Shans__V1__ListDifference lines[4], *refs[] = {&lines[0], &lines[1], &lines[2], &lines[3]};
    Shans__V1__CompareListReply reply = SHANS__V1__COMPARE_LIST_REPLY__INIT;

    (void)state;
    make_order();
    make_line(&lines[0], "66-training-901", SHANS__V1__LIST_MOVEMENT__LIST_MOVEMENT_STAYED, "LISTED", "BOTH");
    make_line(&lines[1], "66-training-903", SHANS__V1__LIST_MOVEMENT__LIST_MOVEMENT_ENTERED, "NOT_LISTED",
              "THEIRS_ONLY");
    make_line(&lines[2], "66-training-905", SHANS__V1__LIST_MOVEMENT__LIST_MOVEMENT_LEFT, "RISK", "NEITHER");
    make_line(&lines[3], "66-training-902", SHANS__V1__LIST_MOVEMENT__LIST_MOVEMENT_OUTSIDE, "LISTED",
              "OURS_ONLY");
    reply.differences = refs;
    reply.n_differences = 4;
    reply.entered = reply.stayed = reply.left = 1;
    fake_add("CompareList", &reply.base);
    fake.width = 120;
    assert_int_equal(fake_run("list compare shnor:regional --on-date 2023-04-21 --run 3"), 0);
    fake_golden("list_compare_en.txt", fake.out);
    assert_has(fake.err, "Entered: 1, stayed: 1, left: 1.");
    fake.lang = "ru";
    assert_int_equal(fake_run("list compare shnor:regional --on-date 2023-04-21 --run 3"), 0);
    fake_golden("list_compare_ru.txt", fake.out);
    assert_has(fake.err, "Вошли: 1, остались: 1, вышли: 1.");
    assert_int_equal(fake_run("list compare shnor:regional --format csv"), 0);
    assert_has(fake.out, "66-training-905,Учебная школа (вымышленная),left,RISK,,NORMAL,NEITHER,"
                         "\"order №\u00A0486-Д of 2023-04-21, Учебное министерство\"\n");
    const FakeCall *call = fake_call("CompareList", 0);
    Shans__V1__CompareListRequest *request =
        shans__v1__compare_list_request__unpack(NULL, call->size, call->bytes);
    assert_non_null(request);
    assert_string_equal(request->group, "shnor:regional");
    assert_string_equal(request->on_date, "2023-04-21");
    assert_int_equal(request->run_id, 3);
    shans__v1__compare_list_request__free_unpacked(request, NULL);
}

static Shans__V1__ImportListRequest *sent_list(size_t n)
{
    const FakeCall *call = fake_call("ImportList", n);
    Shans__V1__ImportListRequest *request =
        shans__v1__import_list_request__unpack(NULL, call->size, call->bytes);

    assert_non_null(request);
    assert_true(call->has_id);
    return request;
}

/* An enumeration as documents print it, and what stands between its numbers. */
static void test_enumeration(void **state)
{
    static const struct {
        const char *text, *schools, *run_together;
    } cases[] = {
        {"1~3,5,6,9", "p-1 p-3 p-5 p-6 p-9", "10000"}, /* T-66 */
        {"1,~3,~5", "p-1 p-3 p-5", "000"},
        {"ОО~№~1,~3;~5~и~6", "p-1 p-3 p-5 p-6", "0000"},
        {"12~13~14", "p-12 p-13 p-14", "110"},
        {",,7,,", "p-7", "0"},
    };
    Shans__V1__ImportListReply reply = SHANS__V1__IMPORT_LIST_REPLY__INIT;

    (void)state;
    fake_add("ImportList", &reply.base);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[300], schools[200] = "", joined[16] = "";
        snprintf(
            line, sizeof line,
            "list import --group ШАНС --school-prefix p- --document Приказ~№~7~от~11.01.2023,~У --schools %s",
            cases[i].text);
        assert_int_equal(fake_run(line), 0);
        Shans__V1__ImportListRequest *request = sent_list(i);
        for (size_t k = 0; k < request->n_rows; k++) {
            snprintf(schools + strlen(schools), sizeof schools - strlen(schools), "%s%s", k == 0 ? "" : " ",
                     request->rows[k]->school_code);
            joined[k] = request->rows[k]->run_together ? '1' : '0';
            assert_int_equal(request->rows[k]->row, k + 1);
        }
        assert_string_equal(schools, cases[i].schools);
        assert_string_equal(joined, cases[i].run_together);
        assert_string_equal(request->valid_from, "2023-01-11"); /* of the document */
        assert_string_equal(request->document->kind, "order");
        assert_false(request->partial);
        shans__v1__import_list_request__free_unpacked(request, NULL);
    }
}

static void test_list_file(void **state)
{
    Shans__V1__ImportListReply reply = SHANS__V1__IMPORT_LIST_REPLY__INIT;

    (void)state;
    fake_add("ImportList", &reply.base);
    fake_file("list.csv", "school;name\ns-1;Школа № 1\n\ns-2;\n");
    assert_int_equal(
        fake_run("list import @/list.csv --group g:m --document order~of~2023-01-11,~x --from 2023-02-01 "
                 "--until 2024-02-01 --within w --partial --dry-run --run 4"),
        0);
    Shans__V1__ImportListRequest *request = sent_list(0);
    assert_int_equal(request->n_rows, 2);
    assert_string_equal(request->rows[0]->name, "Школа № 1");
    assert_int_equal(request->rows[0]->row, 2); /* the row a spreadsheet shows */
    assert_string_equal(request->rows[1]->school_code, "s-2");
    assert_string_equal(request->valid_from, "2023-02-01");
    assert_string_equal(request->valid_to, "2024-02-01");
    assert_string_equal(request->within, "w");
    assert_true(request->partial && request->dry_run);
    assert_int_equal(request->run_id, 4);
    shans__v1__import_list_request__free_unpacked(request, NULL);
    assert_has(fake.err, "Check only: nothing was stored.");
    fake_file("bad.csv", "code\ns-1\n");
    assert_int_equal(fake_run("list import @/bad.csv --group g --document order~of~2023-01-11,~x"),
                     EXIT_INVALID);
    assert_has(fake.err, "[IMPORT_COLUMN_MISSING");
    assert_int_equal(fake_run("list import --group g --document order~of~2023-01-11,~x"), EXIT_USAGE);
    assert_int_equal(
        fake_run("list import @/list.csv --schools 1 --group g --document order~of~2023-01-11,~x"),
        EXIT_USAGE);
    assert_int_equal(fake_run("list import @/list.csv --group g --document paper"), EXIT_INVALID);
    assert_int_equal(fake_run("list import @/list.csv --document order~of~2023-01-11,~x"), EXIT_USAGE);
    assert_int_equal(fake_count("ImportList"), 1); /* nothing wrong was sent */
}

/* Errors of the list: its findings, exit code 5, no comparison. */
static void test_list_refused(void **state)
{
    Shans__V1__ImportListReply reply = SHANS__V1__IMPORT_LIST_REPLY__INIT;
    Shans__V1__ImportIssue issue = SHANS__V1__IMPORT_ISSUE__INIT, *issues[] = {&issue};
    Shans__V1__ErrorArg args[2] = {SHANS__V1__ERROR_ARG__INIT, SHANS__V1__ERROR_ARG__INIT},
                        *refs[] = {&args[0], &args[1]};

    (void)state;
    args[0].key = "value";
    args[0].value = "ШАНС";
    args[1].key = "meanings";
    args[1].value = "shans:programme (15), shans:risk (4)";
    issue.rule = "GROUP_AMBIGUOUS";
    issue.severity = SHANS__V1__SEVERITY__SEVERITY_ERROR;
    issue.place = "row 7";
    issue.proposal = "shans:programme";
    issue.status = "open";
    issue.args = refs;
    issue.n_args = 2;
    reply.issues = issues;
    reply.n_issues = 1;
    fake_add("ImportList", &reply.base);
    fake.lang = "ru";
    assert_int_equal(fake_run("list import --schools 1 --group ШАНС --document order~of~2023-01-11,~x"),
                     EXIT_INVALID);
    assert_has(fake.out, "«ШАНС» — одно название нескольких групп: shans:programme (15), shans:risk (4).");
    assert_has(fake.out, "строка\u00A07");
    assert_has(fake.err, "Перечень не принят");
    issue.severity = SHANS__V1__SEVERITY__SEVERITY_WARNING;
    reply.imported = 1;
    fake_add("ImportList", &reply.base);
    fake_run("list import --schools 1 --group ШАНС --document order~of~2023-01-11,~x");
    assert_int_equal(fake_run("list import --schools 1 --group ШАНС --document order~of~2023-01-11,~x"), 0);
}

static void make_delivery(Shans__V1__DeliverySummary *one, uint64_t id, int64_t confirmed_ms)
{
    shans__v1__delivery_summary__init(one);
    one->submission_id = id;
    one->revision = (uint32_t)id * 10;
    one->school_code = "66-training-901";
    one->form_code = "assessment_results";
    one->period = "2022";
    one->state = confirmed_ms > 0 ? SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_CONFIRMED
                                  : SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_AWAITING;
    one->confirmed_ms = confirmed_ms;
}

/* What was confirmed before is not sent again; what is named is, on the revision that was shown. */
static void test_confirm(void **state)
{
    Shans__V1__DeliverySummary some[3], *refs[] = {&some[0], &some[1], &some[2]};
    Shans__V1__ListDeliveriesReply list = SHANS__V1__LIST_DELIVERIES_REPLY__INIT;
    Shans__V1__ConfirmDeliveriesReply reply = SHANS__V1__CONFIRM_DELIVERIES_REPLY__INIT;

    (void)state;
    make_delivery(&some[0], 1, 0);
    make_delivery(&some[1], 2, 1700000000000);
    make_delivery(&some[2], 3, 0);
    some[2].state = SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_DISPUTED;
    list.deliveries = refs;
    list.n_deliveries = 3;
    reply.confirmed = 2;
    fake_add("ListDeliveries", &list.base);
    fake_add("ConfirmDeliveries", &reply.base);
    assert_int_equal(fake_run("results confirm"), 0);
    assert_has(fake.err, "Confirmed: 2, confirmed before: 0.");
    const FakeCall *call = fake_call("ConfirmDeliveries", 0);
    Shans__V1__ConfirmDeliveriesRequest *request =
        shans__v1__confirm_deliveries_request__unpack(NULL, call->size, call->bytes);
    assert_non_null(request);
    assert_true(call->has_id);
    assert_int_equal(request->n_items, 2);
    assert_int_equal(request->items[0]->submission_id, 1);
    assert_int_equal(request->items[0]->revision, 10);
    assert_int_equal(request->items[1]->submission_id, 3); /* in what it does not dispute */
    shans__v1__confirm_deliveries_request__free_unpacked(request, NULL);
    assert_int_equal(fake_run("results confirm 2"), 0); /* named: sent, whatever the list says */
    assert_int_equal(fake_count("ConfirmDeliveries"), 2);
    assert_int_equal(fake_run("results confirm 9"), EXIT_MISSING);
    assert_int_equal(fake_run("results confirm x"), EXIT_USAGE);
    assert_int_equal(fake_count("ConfirmDeliveries"), 2);
    assert_int_equal(fake_run("results delivered --format csv"), 0);
    assert_has(fake.out, "3,,66-training-901,,assessment_results,2022,30,disputed,0,,,\n");
}

static void test_dispute(void **state)
{
    Shans__V1__SubmissionSummary summary = SHANS__V1__SUBMISSION_SUMMARY__INIT;
    Shans__V1__GetSubmissionReply submission = SHANS__V1__GET_SUBMISSION_REPLY__INIT;
    Shans__V1__DisputeFigureReply reply = SHANS__V1__DISPUTE_FIGURE_REPLY__INIT;

    (void)state;
    summary.id = 17;
    summary.form_code = "assessment_results";
    summary.revision = 2;
    submission.summary = &summary;
    reply.dispute_id = 5;
    fake_add("GetSubmission", &submission.base);
    fake_add("DisputeFigure", &reply.base);
    assert_int_equal(fake_run("results dispute 17 results/OGE.MATH/participants=24 --reason В~протоколе~24"),
                     0);
    assert_has(fake.err, "Objection 5 is recorded.");
    const FakeCall *call = fake_call("DisputeFigure", 0);
    Shans__V1__DisputeFigureRequest *request =
        shans__v1__dispute_figure_request__unpack(NULL, call->size, call->bytes);
    assert_non_null(request);
    assert_int_equal(request->submission_id, 17);
    assert_int_equal(request->revision, 2);
    assert_string_equal(request->claimed->row, "OGE.MATH");
    assert_int_equal(request->claimed->number, 24);
    assert_string_equal(request->reason, "В протоколе 24");
    shans__v1__dispute_figure_request__free_unpacked(request, NULL);
    assert_int_equal(fake_run("results dispute 17 results/OGE.MATH/participants=24"), EXIT_USAGE);
    assert_int_equal(fake_run("results dispute 17 results/NONE/participants=24 --reason x"), EXIT_INVALID);
    assert_int_equal(fake_count("DisputeFigure"), 1);
}

/* The three answers, in the words of the person's language. */
static void test_answers(void **state)
{
    static const struct {
        const char *line;
        Shans__V1__DisputeVerb verb;
        Shans__V1__DisputeState state;
        const char *said;
    } cases[] = {
        {"results uphold 5", SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD,
         SHANS__V1__DISPUTE_STATE__DISPUTE_STATE_UPHELD, "Возражение 5: принято, ждёт исправления."},
        {"results reject 5 --reason Верно", SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_REJECT,
         SHANS__V1__DISPUTE_STATE__DISPUTE_STATE_REJECTED, "Возражение 5: отклонено."},
        {"results retract 5", SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_WITHDRAW,
         SHANS__V1__DISPUTE_STATE__DISPUTE_STATE_WITHDRAWN, "Возражение 5: отозвано."},
    };

    (void)state;
    fake.lang = "ru";
    for (size_t i = 0; i < 3; i++) {
        Shans__V1__DecideDisputeReply reply = SHANS__V1__DECIDE_DISPUTE_REPLY__INIT;
        reply.state = cases[i].state;
        fake_add("DecideDispute", &reply.base);
        assert_int_equal(fake_run(cases[i].line), 0);
        assert_has(fake.err, cases[i].said);
        const FakeCall *call = fake_call("DecideDispute", i);
        Shans__V1__DecideDisputeRequest *request =
            shans__v1__decide_dispute_request__unpack(NULL, call->size, call->bytes);
        assert_non_null(request);
        assert_int_equal(request->verb, cases[i].verb);
        assert_int_equal(request->dispute_id, 5);
        assert_string_equal(request->answer, i == 1 ? "Верно" : "");
        shans__v1__decide_dispute_request__free_unpacked(request, NULL);
    }
}

/* A file of the ministry with its document is one call with every school in it. */
static void test_deliver(void **state)
{
    Shans__V1__DeliverReply reply = SHANS__V1__DELIVER_REPLY__INIT;
    Shans__V1__ListOrgsReply orgs = SHANS__V1__LIST_ORGS_REPLY__INIT;
    Shans__V1__Org school = SHANS__V1__ORG__INIT, *schools[] = {&school};

    (void)state;
    school.code = "66-training-901";
    orgs.orgs = schools;
    orgs.n_orgs = 1;
    reply.stored = 2;
    fake_add("ListOrgs", &orgs.base);
    fake_add("Deliver", &reply.base);
    assert_int_equal(fake_run("results import tests/demo/training/901.csv --source region --document "
                              "Письмо~№~7~от~01.09.2022,~РЦОИ --method PERV-2023"),
                     0);
    assert_has(fake.err, "Delivered: 2, unchanged: 0.");
    const FakeCall *call = fake_call("Deliver", 0);
    Shans__V1__DeliverRequest *request = shans__v1__deliver_request__unpack(NULL, call->size, call->bytes);
    assert_non_null(request);
    assert_int_equal(request->n_deliveries, 2); /* two periods */
    assert_true(request->deliveries[0]->n_cells > 50);
    assert_string_equal(request->document->kind, "letter");
    assert_string_equal(request->methodology, "PERV-2023");
    assert_string_equal(request->origin, "901.csv");
    shans__v1__deliver_request__free_unpacked(request, NULL);
    assert_int_equal(fake_count("Submit"), 0);
    assert_int_equal(
        fake_run("results import tests/demo/training/901.csv --document Письмо~от~01.09.2022,~РЦОИ"),
        EXIT_INVALID); /* a school has no document to rest on */
    assert_int_equal(fake_count("Deliver"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_comparison), TEST(test_enumeration), TEST(test_list_file), TEST(test_list_refused),
        TEST(test_confirm),    TEST(test_dispute),     TEST(test_answers),   TEST(test_deliver),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
