/* Drafts, checks, imports and the way through the outbox, against the canned server. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/org.pb-c.h"

#define HEAD                                                                                                 \
    "school,period,row,enrolled,registered,participants,absent_valid,absent_other,mark2,mark3,mark4,mark5,"  \
    "below_min\n"
#define GOOD  "66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n"
#define GOOD2 "66-a-2,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n"

/* The server knows 66-a-1 and 66-a-2 and has no submissions. */
static void add_schools(void)
{
    Shans__V1__Org one = SHANS__V1__ORG__INIT, two = SHANS__V1__ORG__INIT, *orgs[] = {&one, &two};
    Shans__V1__ListOrgsReply reply = SHANS__V1__LIST_ORGS_REPLY__INIT;
    Shans__V1__ListSubmissionsReply none = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;

    one.code = "66-a-1";
    two.code = "66-a-2";
    reply.orgs = orgs;
    reply.n_orgs = 2;
    fake_add("ListOrgs", &reply.base);
    fake_add("ListSubmissions", &none.base);
}

static Shans__V1__SubmitRequest *submitted(size_t n)
{
    const FakeCall *call = fake_call("Submit", n);
    Shans__V1__SubmitRequest *request = shans__v1__submit_request__unpack(NULL, call->size, call->bytes);

    assert_non_null(request);
    assert_true(call->has_id);
    return request;
}

/* The server lists one live submission of that form, or, withdrawn, one that is no longer live. */
static void list_one(const char *form, const char *period, int source, uint32_t revision, bool withdrawn)
{
    Shans__V1__SubmissionSummary summary = SHANS__V1__SUBMISSION_SUMMARY__INIT, *summaries[] = {&summary};
    Shans__V1__ListSubmissionsReply list = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;

    summary.id = 17;
    summary.school_code = "66-a-1";
    summary.form_code = (char *)form;
    summary.period = (char *)period;
    summary.source = (Shans__V1__FigureSource)source;
    summary.state = withdrawn ? SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_WITHDRAWN
                              : SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_SUBMITTED;
    summary.revision = revision;
    list.submissions = summaries;
    list.n_submissions = 1;
    fake_add("ListSubmissions", &list.base);
}

static void test_set_check_submit(void **state)
{
    (void)state;
    add_schools();
    assert_int_equal(
        fake_run("form set 66-a-1 staffing_support 2020/21 totals/vacancies=2 posts/tutor/main=3"), 0);
    assert_has(fake.err, "Saved: 2 cells.");
    assert_int_equal(fake_run("form check 66-a-1 staffing_support 2021"), 5);
    assert_has(fake.out, "[REQUIRED]");
    assert_int_equal(fake_run("form submit 66-a-1 staffing_support 2021"), 5);
    assert_int_equal(fake_count("Submit"), 0);
    assert_int_equal(fake_run("form set 66-a-1 staffing_support 2021 posts/social_pedagogue/main=1 "
                              "posts/social_pedagogue/part=0 posts/tutor/part=0 posts/psychologist/main=1 "
                              "posts/psychologist/part=1 posts/speech_therapist/main=0 "
                              "posts/speech_therapist/part=0 posts/defectologist/main=n/a "
                              "posts/defectologist/part=n/a posts/organizer/main=? posts/organizer/part=? "
                              "posts/extra_education/main=3 posts/extra_education/part=6"),
                     0);
    assert_int_equal(fake_run("form check 66-a-1 staffing_support 2021"), 0);
    assert_has(fake.out, "No remarks.");
    fake.confirm = true;
    assert_int_equal(fake_run("form submit 66-a-1 staffing_support 2021 --source district"), 0);
    assert_has(fake.out, "2023-0000001");
    assert_has(fake.out, "submitted");
    Shans__V1__SubmitRequest *request = submitted(0);
    assert_string_equal(request->school_code, "66-a-1");
    assert_string_equal(request->period, "2021");
    assert_int_equal(request->source, 2);
    assert_int_equal(request->base_revision, 0);
    assert_int_equal(request->n_cells, 15);
    assert_int_equal(request->content_hash.len, 32);
    shans__v1__submit_request__free_unpacked(request, NULL);
    /* the receipt gives the revision of the next one */
    list_one("staffing_support", "2021", 2, 1, false);
    assert_int_equal(fake_run("form set 66-a-1 staffing_support 2021 totals/vacancies=5"), 0);
    assert_int_equal(fake_run("form submit 66-a-1 staffing_support 2021 --source district"), 0);
    request = submitted(1);
    assert_int_equal(request->base_revision, 1);
    shans__v1__submit_request__free_unpacked(request, NULL);
    /* somebody else's revision is not written over unseen */
    list_one("staffing_support", "2021", 2, 4, false);
    assert_int_equal(fake_run("form submit 66-a-1 staffing_support 2021 --source district"), 4);
    assert_has(fake.err, "[REVISION_UNSEEN]");
    assert_int_equal(fake_count("Submit"), 2);
    /* a withdrawn one is begun anew */
    list_one("staffing_support", "2021", 2, 2, true);
    assert_int_equal(fake_run("form submit 66-a-1 staffing_support 2021 --source district"), 0);
    request = submitted(2);
    assert_int_equal(request->base_revision, 0);
    shans__v1__submit_request__free_unpacked(request, NULL);
}

static void test_set_refuses(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form set S staffing_support 2021 posts/tutor/mian=1"), 5);
    assert_has(fake.err, "posts/tutor/mian");
    assert_int_equal(fake_run("form set S staffing_support 2021 posts/tutor/main=many"), 5);
    assert_has(fake.err, "[CELL_NOT_A_NUMBER]");
    assert_int_equal(fake_run("form submit S staffing_support 2021"), 3);
    assert_has(fake.err, "[DRAFT_MISSING]");
}

/* The server is away: the form is queued, exit 7, and leaves later with the same bytes and id. */
static void test_offline(void **state)
{
    FakeCall first;

    (void)state;
    fake_file("r.csv", HEAD GOOD);
    assert_int_equal(fake_run("results import @/r.csv --timeout 1"), 7);
    assert_has(fake.err, "1 form is kept in the outbox");
    assert_has(fake.out, "waits");
    first = *fake_call("Submit", 0);
    assert_int_equal(fake_run("outbox list"), 0);
    assert_has(fake.out, "[NO_CONNECTION]");
    fake.confirm = true;
    size_t before = fake_count("Submit");
    assert_int_equal(fake_run("outbox send --once"), 0);
    const FakeCall *second = fake_call("Submit", before);
    assert_memory_equal(second->id, first.id, 16);
    assert_int_equal(second->size, first.size);
    assert_memory_equal(second->bytes, first.bytes, first.size);
    assert_int_equal(fake_run("outbox list"), 0);
    assert_has(fake.out, "Nothing waits to be sent.");
    assert_int_equal(fake_run("outbox list --all --format csv"), 0);
    assert_has(fake.out, ",done,66-a-1,assessment_results,2021,school,");
}

static void test_import(void **state)
{
    (void)state;
    add_schools();
    fake.confirm = true;
    fake_file("r.csv", HEAD GOOD GOOD2);
    assert_int_equal(fake_run("results import @/r.csv --dry-run"), 0);
    assert_has(fake.err, "2 forms are ready to be sent.");
    assert_int_equal(fake_count("Submit"), 0);
    assert_int_equal(fake_run("results import @/r.csv --source region"), 0);
    assert_int_equal(fake_count("Submit"), 2);
    Shans__V1__SubmitRequest *request = submitted(1);
    assert_string_equal(request->school_code, "66-a-2");
    assert_string_equal(request->origin, "r.csv");
    assert_int_equal(request->source, 3);
    assert_int_equal(request->form_version, 1);
    shans__v1__submit_request__free_unpacked(request, NULL);
}

/* One bad row anywhere: nothing of the file is queued. */
static void test_import_all_or_nothing(void **state)
{
    static const struct {
        const char *row, *part;
    } rows[] = {
        {"66-a-2,2021,VPR.RUS.5,40,40,45,0,0,10,10,15,10,10\n", "[PARTICIPANTS_LE_ENROLLED]"},
        {"66-a-2,2021,VPR.RUS.5,many,20,19,1,0,1,8,7,3,1\n", "[CELL_NOT_A_NUMBER]"},
        {"66-nowhere-9,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "[IMPORT_SCHOOL_UNKNOWN]"},
        {"66-a-2,2021,NO.ROW,20,20,19,1,0,1,8,7,3,1\n", "[IMPORT_ROW_UNKNOWN]"},
    };
    char text[1024];

    (void)state;
    add_schools();
    fake.confirm = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "%s%s%s", HEAD, GOOD, rows[i].row);
        fake_file("r.csv", text);
        assert_int_equal(fake_run("results import @/r.csv"), 5);
        assert_has(fake.err, rows[i].part);
        assert_has(fake.err, "[FIGURES_INVALID]");
        assert_int_equal(fake_run("results import @/r.csv --dry-run --format json"), 5);
        assert_has(fake.out, "shans.figure_issue.v1");
        assert_has(fake.out, "\"row\": 3");
    }
    assert_int_equal(fake_count("Submit"), 0);
    assert_int_equal(fake_run("outbox list"), 0);
    assert_has(fake.out, "Nothing waits to be sent.");
    assert_int_equal(fake_run("results import @/absent.csv"), 3);
    assert_has(fake.err, "[FILE_MISSING]");
}

static void test_check_file(void **state)
{
    (void)state;
    fake_file("good.csv", HEAD GOOD);
    fake_file("bad.csv", HEAD "66-a-2,2021,VPR.RUS.5,40,40,45,0,0,10,10,15,10,10\n");
    assert_int_equal(fake_run("form check --file @/good.csv"), 0);
    assert_int_equal(fake_run("form check --file @/bad.csv --format csv"), 5);
    assert_has(fake.out, "2,6,,66-a-2,2021,results/VPR.RUS.5/participants,error,45,PARTICIPANTS_LE_ENROLLED");
    assert_int_equal(fake.call_count, 0); /* without a server */
    fake.lang = "ru";
    assert_int_equal(fake_run("form check --file @/bad.csv"), 5);
    assert_has(fake.out, "Участников больше, чем обучающихся по списку");
    assert_has(fake.err, "Ошибка: Найдено ошибок:");
}

/* Refused by the server: parked, shown, never lost; sent again on request. */
static void test_parked(void **state)
{
    (void)state;
    add_schools();
    fake_refuse("Submit", ERR_ABORTED, "LIFECYCLE_REVISION_STALE");
    fake_file("r.csv", HEAD GOOD);
    assert_int_equal(fake_run("results import @/r.csv"), 4);
    assert_has(fake.err, "[LIFECYCLE_REVISION_STALE]");
    assert_int_equal(fake_run("outbox list --format csv"), 0);
    assert_has(fake.out, ",parked,");
    char line[128], id[ID_TEXT_SIZE];
    text_copy(id, sizeof id, strchr(fake.out, '\n') + 1);
    snprintf(line, sizeof line, "outbox show %s", id);
    assert_int_equal(fake_run(line), 0);
    assert_has(fake.out, "refused, needs attention");
    fake.confirm = true;
    snprintf(line, sizeof line, "outbox retry %s", id);
    assert_int_equal(fake_run(line), 0);
    assert_has(fake.out, "2023-0000001");
    assert_int_equal(fake_run("outbox retry 0000"), 3);
    assert_int_equal(fake_run("outbox show zz"), 3);
}

static void test_not_signed_in(void **state)
{
    (void)state;
    fake_refuse("ListOrgs", ERR_UNAUTHENTICATED, "TOKEN_EXPIRED");
    fake_refuse("ListSubmissions", ERR_UNAUTHENTICATED, "TOKEN_EXPIRED");
    fake_refuse("Submit", ERR_UNAUTHENTICATED, "TOKEN_EXPIRED");
    fake_file("r.csv", HEAD GOOD);
    /* what was typed is kept until the person signs in */
    assert_int_equal(fake_run("results import @/r.csv"), 7);
    assert_has(fake.err, "[TOKEN_EXPIRED]");
    assert_int_equal(fake_run("outbox list --format csv"), 0);
    assert_has(fake.out, ",queued,");
}

static void add_submission(uint32_t revision)
{
    Shans__V1__SubmissionSummary summary = SHANS__V1__SUBMISSION_SUMMARY__INIT, *summaries[] = {&summary};
    Shans__V1__ListSubmissionsReply list = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;
    Shans__V1__GetSubmissionReply got = SHANS__V1__GET_SUBMISSION_REPLY__INIT;
    Shans__V1__Cell cells[3], *refs[] = {&cells[0], &cells[1], &cells[2]};
    Shans__V1__CellMark mark = SHANS__V1__CELL_MARK__INIT, *marks[] = {&mark};
    Shans__V1__SubmissionEvent event = SHANS__V1__SUBMISSION_EVENT__INIT, *events[] = {&event};
    static const char *const fields[] = {"wellbeing_group", "quality_group", "support_group"};

    summary.id = 17;
    summary.school_code = "66-a-1";
    summary.school_name = "School \x1b[31m1";
    summary.form_code = "identification";
    summary.period = "2022";
    summary.source = 3;
    summary.state = 4;
    summary.revision = revision;
    summary.changed_ms = 1700000000000;
    summary.changed_by = "analyst";
    list.submissions = summaries;
    list.n_submissions = 1;
    for (size_t i = 0; i < 3; i++) {
        shans__v1__cell__init(&cells[i]);
        cells[i].section = "groups";
        cells[i].field = (char *)fields[i];
        cells[i].kind = 1;
        cells[i].number = i == 2 ? 1 : 5;
    }
    mark.section = "groups";
    mark.field = "quality_group";
    mark.comment = "check";
    event.login = "head";
    event.event = "SUBMIT";
    event.to_state = 3;
    event.time_ms = 1700000000000;
    got.summary = &summary;
    got.cells = refs;
    got.n_cells = 3;
    got.marks = marks;
    got.n_marks = 1;
    got.events = events;
    got.n_events = 1;
    fake_add("ListSubmissions", &list.base);
    fake_add("GetSubmission", &got.base);
}

/* The server's figures become the draft, but never over unsent typing. */
static void test_get(void **state)
{
    (void)state;
    add_submission(2);
    assert_int_equal(fake_run("form get 66-a-1 identification 2022"), 0);
    assert_has(fake.err, "Saved: 3 cells.");
    assert_has(fake.out, "low results");
    assert_has(fake.out, "check");
    assert_int_equal(fake_run("form get 66-a-1 identification 2022"), 4);
    assert_has(fake.err, "[DRAFT_UNSENT]");
    assert_int_equal(fake_run("form get 66-a-1 identification 2022 --overwrite"), 0);
    assert_int_equal(fake_run("form get 66-a-9 identification 2022"), 3);
    assert_has(fake.err, "[SUBMISSION_MISSING]");
    fake.confirm = true;
    assert_int_equal(fake_run("form submit 66-a-1 identification 2022 --source region"), 0);
    Shans__V1__SubmitRequest *request = submitted(0);
    assert_int_equal(request->base_revision, 2);
    shans__v1__submit_request__free_unpacked(request, NULL);
}

static void test_export(void **state)
{
    (void)state;
    add_submission(1);
    assert_int_equal(fake_run("results export --form identification"), 0);
    assert_string_equal(fake.out, "school,period,wellbeing_group,quality_group,quality_cluster,"
                                  "declared_typology,support_group,listed,participants\n"
                                  "66-a-1,2022,5,5,,,low_results,,\n");
    assert_int_equal(fake_run("results export --form identification --source school"), 0);
    assert_null(strstr(fake.out, "66-a-1"));
}

static void test_review(void **state)
{
    Shans__V1__ReviewReply reply = SHANS__V1__REVIEW_REPLY__INIT;

    (void)state;
    add_submission(3);
    reply.state = 5;
    reply.revision = 3;
    fake_add("Review", &reply.base);
    assert_int_equal(fake_run("review list --under 66-a --format csv"), 0);
    assert_has(fake.out, "id,school_code,");
    assert_has(fake.out, "17,66-a-1,");
    assert_int_equal(fake_run("review show 17"), 0);
    assert_has(fake.out, "returned for correction");
    assert_null(strchr(fake.out, '\x1b'));
    assert_int_equal(fake_run("review accept 17 17"), 0);
    const FakeCall *call = fake_call("Review", 0);
    Shans__V1__ReviewRequest *request = shans__v1__review_request__unpack(NULL, call->size, call->bytes);
    assert_int_equal(request->revision, 3);
    assert_int_equal(request->verb, SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT);
    shans__v1__review_request__free_unpacked(request, NULL);
    assert_memory_not_equal(call->id, fake_call("Review", 1)->id, 16);
    assert_int_equal(fake_run("review return 17 --mark groups/quality_group=a~b --mark x/y/z=c=d "
                              "--comment why"),
                     0);
    call = fake_call("Review", 2);
    request = shans__v1__review_request__unpack(NULL, call->size, call->bytes);
    assert_int_equal(request->n_marks, 2);
    assert_string_equal(request->marks[0]->row, "");
    assert_string_equal(request->marks[0]->comment, "a b");
    assert_string_equal(request->marks[1]->row, "y");
    assert_string_equal(request->marks[1]->comment, "c=d");
    assert_string_equal(request->comment, "why");
    shans__v1__review_request__free_unpacked(request, NULL);
    assert_int_equal(fake_run("review withdraw 17"), 0);
    assert_int_equal(fake_run("review accept 17 x"), 2);
    assert_has(fake.err, "x: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_set_check_submit, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_set_refuses, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_offline, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import_all_or_nothing, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_check_file, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_parked, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_not_signed_in, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_get, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_export, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_review, fake_setup, fake_teardown),
    };

    return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
