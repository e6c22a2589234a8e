/* Well-formed calls with unacceptable content: figures, operations, reviews, organisations, profiles,
 * editions. Each is refused with a reason that has a sentence in both languages, and nothing is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/compile/compile.h"
#include "common/core/text.h"
#include "common/net/wire.h"
#include "server/engine/lint.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/bad.h"

#define COLLECTION (&shans__v1__collection_service__descriptor)
#define METHODS    (&shans__v1__method_service__descriptor)
#define ORGS       (&shans__v1__org_service__descriptor)
#define BY_SCHOOL  SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL
#define COUNT(a)   (sizeof(a) / sizeof *(a))

static Bad bad;

static int start(void **state)
{
    (void)state;
    bad_start(&bad);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bad_stop(&bad);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    bad_begin(&bad);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bad_end(&bad);
    return 0;
}

/* ---- figures ---- */

static Shans__V1__SubmitRequest *good(const char *school, const char *period)
{
    return world_results(school, period, BY_SCHOOL, 40, bad.world.service.options.catalog, bad.arena);
}

static void rehash(Shans__V1__SubmitRequest *request)
{
    world_hash(request, bad.world.service.options.catalog, bad.arena);
}

static void old_form_version(Shans__V1__SubmitRequest *request)
{
    request->form_version = 0;
}

static void newer_form_version(Shans__V1__SubmitRequest *request)
{
    request->form_version++;
}

static void unknown_form(Shans__V1__SubmitRequest *request)
{
    request->form_code = (char *)"results_of_dreams";
}

static void unknown_section(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->section = (char *)"dreams";
}

static void unknown_row(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->row = (char *)"VPR.DREAMS.5";
}

static void unknown_field(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->field = (char *)"dreams";
}

static void computed_cell(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->field = (char *)"share_below";
}

static void cell_without_kind(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_UNSPECIFIED;
}

static void kind_of_no_meaning(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->kind = (Shans__V1__ValueKind)77;
}

static void number_beside_unknown(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_UNKNOWN;
}

static void not_applicable_where_a_number_belongs(Shans__V1__SubmitRequest *request)
{
    request->cells[2]->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NOT_APPLICABLE;
    request->cells[2]->number = 0;
    rehash(request);
}

static void participants_45_of_40(Shans__V1__SubmitRequest *request)
{
    request->cells[2]->number = 45;
    rehash(request);
}

static void negative_figure(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->number = -1;
    rehash(request);
}

static void enormous_figure(Shans__V1__SubmitRequest *request)
{
    request->cells[0]->number = INT64_MAX;
    rehash(request);
}

static void enormous_participants(Shans__V1__SubmitRequest *request)
{
    for (size_t i = 0; i < 3; i++)
        request->cells[i]->number = 2000000000;
    request->cells[6]->number = 2000000000 - 9;
    rehash(request);
}

static void cell_given_twice(Shans__V1__SubmitRequest *request)
{
    *request->cells[1] = *request->cells[0];
}

static void other_content_hash(Shans__V1__SubmitRequest *request)
{
    request->content_hash.data[5] ^= 1;
}

static void short_content_hash(Shans__V1__SubmitRequest *request)
{
    request->content_hash.len = 31;
}

static void figure_changed_after_hashing(Shans__V1__SubmitRequest *request)
{
    request->cells[3]->number++;
}

static void no_period(Shans__V1__SubmitRequest *request)
{
    request->period = (char *)"";
}

static void period_of_month_13(Shans__V1__SubmitRequest *request)
{
    request->period = (char *)"2021-13";
}

static void period_in_words(Shans__V1__SubmitRequest *request)
{
    request->period = (char *)"2020/21";
}

static void no_source(Shans__V1__SubmitRequest *request)
{
    request->source = SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_UNSPECIFIED;
}

static void source_of_another_office(Shans__V1__SubmitRequest *request)
{
    request->source = SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION;
}

static void unknown_school(Shans__V1__SubmitRequest *request)
{
    request->school_code = (char *)"zz-9";
}

static void school_of_another_district(Shans__V1__SubmitRequest *request)
{
    request->school_code = (char *)"b-1";
}

static void a_district_as_school(Shans__V1__SubmitRequest *request)
{
    request->school_code = (char *)"a";
}

static void correction_of_what_is_not_there(Shans__V1__SubmitRequest *request)
{
    request->base_revision = 3;
}

static void correction_of_an_older_revision(Shans__V1__SubmitRequest *request)
{
    request->period = (char *)"2022";
    rehash(request);
}

static const struct {
    const char *name;
    void (*spoil)(Shans__V1__SubmitRequest *request);
    ErrCode code;
    const char *reason;
} figures[] = {
    {"old form version", old_form_version, ERR_FAILED_PRECONDITION, "FORM_VERSION"},
    {"newer form version", newer_form_version, ERR_FAILED_PRECONDITION, "FORM_VERSION"},
    {"unknown form", unknown_form, ERR_NOT_FOUND, "FORM_UNKNOWN"},
    {"unknown section", unknown_section, ERR_INVALID_ARGUMENT, "CELL_UNKNOWN"},
    {"unknown row", unknown_row, ERR_INVALID_ARGUMENT, "CELL_UNKNOWN"},
    {"unknown field", unknown_field, ERR_INVALID_ARGUMENT, "CELL_UNKNOWN"},
    {"computed cell", computed_cell, ERR_INVALID_ARGUMENT, "CELL_COMPUTED"},
    {"cell without kind", cell_without_kind, ERR_INVALID_ARGUMENT, "CELL_KIND"},
    {"kind of no meaning", kind_of_no_meaning, ERR_INVALID_ARGUMENT, "CELL_KIND"},
    {"number beside unknown", number_beside_unknown, ERR_INVALID_ARGUMENT, "CELL_KIND"},
    {"n/a where a number belongs", not_applicable_where_a_number_belongs, ERR_INVALID_ARGUMENT,
     "FORM_CHECK_FAILED"},
    {"45 participants of 40", participants_45_of_40, ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED"},
    {"negative figure", negative_figure, ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED"},
    {"enormous figure", enormous_figure, ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED"},
    {"enormous participants", enormous_participants, ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED"},
    {"cell given twice", cell_given_twice, ERR_INVALID_ARGUMENT, "CELL_TWICE"},
    {"other content hash", other_content_hash, ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH"},
    {"short content hash", short_content_hash, ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH"},
    {"figure changed after hashing", figure_changed_after_hashing, ERR_INVALID_ARGUMENT,
     "CONTENT_HASH_MISMATCH"},
    {"no period", no_period, ERR_INVALID_ARGUMENT, "PERIOD_FORM"},
    {"month 13", period_of_month_13, ERR_INVALID_ARGUMENT, "PERIOD_FORM"},
    {"period in words", period_in_words, ERR_INVALID_ARGUMENT, "PERIOD_FORM"},
    {"no source", no_source, ERR_INVALID_ARGUMENT, "SOURCE_UNKNOWN"},
    {"source of another office", source_of_another_office, ERR_PERMISSION_DENIED, "SOURCE_FORBIDDEN"},
    {"unknown school", unknown_school, ERR_NOT_FOUND, "ORG_UNKNOWN"},
    {"another district's school", school_of_another_district, ERR_NOT_FOUND, "ORG_UNKNOWN"},
    {"a district as school", a_district_as_school, ERR_INVALID_ARGUMENT, "NOT_A_SCHOOL"},
    {"correction of nothing", correction_of_what_is_not_there, ERR_ABORTED, "LIFECYCLE_REVISION_STALE"},
    {"correction without looking", correction_of_an_older_revision, ERR_ABORTED, "LIFECYCLE_REVISION_STALE"},
};

static void refuses_bad_figures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(figures); i++) {
        Shans__V1__SubmitRequest *request = good("a-1", "2015");
        figures[i].spoil(request);
        RawReply reply = bad_change(&bad, "head1", COLLECTION, "Submit", &request->base);
        bad_expect(&bad, figures[i].name, &reply, figures[i].code, figures[i].reason);
    }
}

/* A refused form says which cell, by which rule, and what was there. */
static void names_the_cell(void **state)
{
    Shans__V1__SubmitRequest *request = good("a-1", "2015");
    bool named = false;

    (void)state;
    participants_45_of_40(request);
    RawReply reply = bad_change(&bad, "head1", COLLECTION, "Submit", &request->base);
    assert_int_equal(reply.code, ERR_INVALID_ARGUMENT);
    for (size_t i = 0; i < reply.reply->n_issues; i++) {
        const Shans__V1__FieldIssue *issue = reply.reply->issues[i];
        if (!text_equal(issue->field, "results/VPR.RUS.5/participants") ||
            !text_equal(issue->reason, "PARTICIPANTS_LE_ENROLLED"))
            continue;
        named = true;
        assert_int_equal(issue->severity, SHANS__V1__SEVERITY__SEVERITY_ERROR);
        assert_string_equal(issue->args[0]->value, "45");
    }
    assert_true(named);
}

/* ---- operations ---- */

static void refuses_an_operation_used_otherwise(void **state)
{
    uint8_t operation[ID_SIZE];
    Shans__V1__SubmitRequest *request = good("a-1", "2014"), *other = good("a-1", "2013");
    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;

    (void)state;
    world_operation(&bad.world, operation);
    assert_int_equal(bad_call(&bad, "head1", COLLECTION, "Submit", operation, &request->base).code, ERR_OK);
    bad_note(&bad);
    RawReply reply = bad_call(&bad, "head1", COLLECTION, "Submit", operation, &other->base);
    bad_expect(&bad, "other content", &reply, ERR_FAILED_PRECONDITION, "OPERATION_MISMATCH");
    reply = bad_call(&bad, "editor1", COLLECTION, "Submit", operation, &request->base);
    bad_expect(&bad, "another person", &reply, ERR_PERMISSION_DENIED, "OPERATION_FOREIGN");
    reply = bad_call(&bad, "head3", COLLECTION, "Submit", operation, &good("b-1", "2014")->base);
    bad_expect(&bad, "a person of another district", &reply, ERR_PERMISSION_DENIED, "OPERATION_FOREIGN");
    review.submission_id = bad.world.schools[0].submission;
    review.revision = 1;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_WITHDRAW;
    reply = bad_call(&bad, "head1", COLLECTION, "Review", operation, &review.base);
    bad_expect(&bad, "another method", &reply, ERR_FAILED_PRECONDITION, "OPERATION_MISMATCH");
}

/* A server that was started anew remembers what it stored. */
static void answers_a_replay_after_a_restart(void **state)
{
    uint8_t operation[ID_SIZE];
    Shans__V1__SubmitRequest *request = good("a-2", "2014");
    const Shans__V1__SubmitReply *receipts[2];

    (void)state;
    world_operation(&bad.world, operation);
    for (size_t i = 0; i < 2; i++) {
        RawReply reply = bad_call(&bad, "head2", COLLECTION, "Submit", operation, &request->base);
        ProtobufCMessage *message;
        Err err = {0};
        assert_int_equal(reply.code, ERR_OK);
        assert_int_equal(wire_unpack(&shans__v1__submit_reply__descriptor, reply.reply->payload.data,
                                     reply.reply->payload.len, bad.arena, &message, &err),
                         ERR_OK);
        receipts[i] = (const Shans__V1__SubmitReply *)message;
        if (i == 0) {
            bad_note(&bad);
            transport_client_close(bad.client);
            world_restart(&bad.world);
            bad.client = raw_client(&bad.world);
        }
    }
    assert_string_equal(receipts[0]->receipt->number, receipts[1]->receipt->number);
    assert_int_equal(receipts[0]->receipt->server_time_ms, receipts[1]->receipt->server_time_ms);
    bad_unharmed(&bad, "a replay after a restart");
    RawReply reply = bad_call(&bad, "head2", COLLECTION, "Submit", operation, &good("a-2", "2013")->base);
    bad_expect(&bad, "other content after a restart", &reply, ERR_FAILED_PRECONDITION, "OPERATION_MISMATCH");
}

/* ---- reviews ---- */

static void refuses_bad_reviews(void **state)
{
    static Shans__V1__CellMark mark = SHANS__V1__CELL_MARK__INIT;
    static Shans__V1__CellMark *marks[] = {&mark};
    const WorldSchool *school = &bad.world.schools[0];
    const struct {
        const char *name, *login;
        uint64_t submission;
        uint32_t revision;
        int verb;
        const char *row, *comment; /* of a mark; row "": none */
        ErrCode code;
        const char *reason;
    } cases[] = {
        {"no verb", "coordinator1", school->submission, 1, 0, "", "", ERR_INVALID_ARGUMENT, "REVIEW_VERB"},
        {"verb 9", "coordinator1", school->submission, 1, 9, "", "", ERR_INVALID_ARGUMENT, "REVIEW_VERB"},
        {"submission 0", "coordinator1", 0, 1, 1, "", "", ERR_NOT_FOUND, "SUBMISSION_UNKNOWN"},
        {"submission -1", "coordinator1", UINT64_MAX, 1, 1, "", "", ERR_NOT_FOUND, "SUBMISSION_UNKNOWN"},
        {"another district's submission", "coordinator2", school->submission, 1, 1, "", "", ERR_NOT_FOUND,
         "SUBMISSION_UNKNOWN"},
        {"older revision", "analyst", school->submission, 9, 2, "OGE.MATH", "x", ERR_ABORTED,
         "LIFECYCLE_REVISION_STALE"},
        {"accepted twice", "coordinator1", school->submission, 1, 1, "", "", ERR_FAILED_PRECONDITION,
         "LIFECYCLE_STATE"},
        {"return without marks", "analyst", school->submission, 1, 2, "", "", ERR_INVALID_ARGUMENT,
         "LIFECYCLE_MARKS_REQUIRED"},
        {"mark at no cell", "analyst", school->submission, 1, 2, "OGE.DREAMS", "x", ERR_INVALID_ARGUMENT,
         "MARK_INVALID"},
        {"mark without a word", "analyst", school->submission, 1, 2, "OGE.MATH", "", ERR_INVALID_ARGUMENT,
         "MARK_INVALID"},
        {"withdrawal without a word", "analyst", school->submission, 1, 3, "", "", ERR_INVALID_ARGUMENT,
         "LIFECYCLE_COMMENT_REQUIRED"},
        {"acceptance by the school", "head1", school->submission, 1, 1, "", "", ERR_PERMISSION_DENIED,
         "LIFECYCLE_ROLE"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        Shans__V1__ReviewRequest request = SHANS__V1__REVIEW_REQUEST__INIT;
        request.submission_id = cases[i].submission;
        request.revision = cases[i].revision;
        request.verb = (Shans__V1__ReviewVerb)cases[i].verb;
        mark.section = (char *)"results";
        mark.field = (char *)"participants";
        mark.row = (char *)cases[i].row;
        mark.comment = (char *)cases[i].comment;
        request.marks = marks;
        request.n_marks = *cases[i].row == '\0' ? 0 : 1;
        RawReply reply = bad_change(&bad, cases[i].login, COLLECTION, "Review", &request.base);
        bad_expect(&bad, cases[i].name, &reply, cases[i].code, cases[i].reason);
    }
}

/* ---- organisations ---- */

static Shans__V1__Org an_org(const char *code, const char *parent)
{
    Shans__V1__Org one = SHANS__V1__ORG__INIT;

    one.code = one.number = (char *)code;
    one.kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
    one.parent_code = (char *)parent;
    one.name = (char *)"Новая школа";
    one.valid_from = (char *)"2020-09-01";
    return one;
}

static void expect_orgs(const char *name, const Shans__V1__Org *org, const Shans__V1__OrgLink *link,
                        ErrCode code, const char *reason)
{
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    Shans__V1__Org fine = an_org("a-7", "a"), given = *org;
    Shans__V1__Org *orgs[] = {&fine, &given};
    Shans__V1__OrgLink copy;
    Shans__V1__OrgLink *links[] = {&copy};

    request.orgs = orgs;
    request.n_orgs = 2; /* the first is fine: it must not stay behind alone */
    if (link != NULL) {
        copy = *link;
        request.links = links;
        request.n_links = 1;
    }
    RawReply reply = bad_change(&bad, "analyst", ORGS, "ImportOrgs", &request.base);
    bad_expect(&bad, name, &reply, code, reason);
}

static void refuses_bad_organisations(void **state)
{
    Shans__V1__Org one = an_org("a-8", "zz");
    Shans__V1__OrgLink link = SHANS__V1__ORG_LINK__INIT;

    (void)state;
    expect_orgs("unknown parent", &one, NULL, ERR_NOT_FOUND, "ORG_PARENT_UNKNOWN");
    one = an_org("a-8", "a");
    one.code = (char *)"a 8/..";
    expect_orgs("code of other signs", &one, NULL, ERR_INVALID_ARGUMENT, "ORG_CODE_FORM");
    one = an_org("a-8", "a");
    one.name = (char *)"";
    expect_orgs("no name", &one, NULL, ERR_INVALID_ARGUMENT, "ORG_NAME_MISSING");
    one = an_org("a-8", "a");
    one.valid_from = (char *)"01.09.2020";
    expect_orgs("date in another order", &one, NULL, ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
    one = an_org("a-8", "a");
    one.valid_to = (char *)"2019-01-01";
    expect_orgs("dates reversed", &one, NULL, ERR_INVALID_ARGUMENT, "DATES_REVERSED");
    one = an_org("a-8", "a");
    one.levels = (char *)"321";
    expect_orgs("levels in another order", &one, NULL, ERR_INVALID_ARGUMENT, "ORG_LEVELS_FORM");
    one = an_org("a-8", "a");
    one.kind = (Shans__V1__OrgKind)9;
    expect_orgs("kind 9", &one, NULL, ERR_INVALID_ARGUMENT, "ORG_KIND_UNKNOWN");
    one = an_org("a-8", "a");
    one.number = (char *)"a-1";
    expect_orgs("a number taken", &one, NULL, ERR_ALREADY_EXISTS, "ORG_NUMBER_TAKEN");
    one = an_org("a-8", "a");
    link.predecessor = link.successor = (char *)"a-8";
    link.date = (char *)"2021-01-01";
    link.kind = (char *)"absorbed";
    expect_orgs("its own predecessor", &one, &link, ERR_FAILED_PRECONDITION, "ORG_LINK_CYCLE");
    link.predecessor = (char *)"a-1";
    link.kind = (char *)"devoured";
    expect_orgs("unknown kind of link", &one, &link, ERR_INVALID_ARGUMENT, "ORG_LINK_KIND");
}

/* ---- profiles ---- */

/* A shipped profile whose second row of bands begins a group too early. */
static const char *overlapping(size_t *ret_size)
{
    enum { ROOM = 1 << 16 };
    static const char rows[] = "wellbeing: \"5-11\"";
    FILE *file = fopen("common/catalog/methodologies/perv-2023.yaml", "r");
    char *text = ARENA_NEW(bad.arena, char, ROOM);

    assert_non_null(file);
    *ret_size = fread(text, 1, ROOM - 1, file);
    fclose(file);
    char *at = strstr(text, rows);
    assert_non_null(at);
    at[strlen("wellbeing: \"")] = '4';
    return text;
}

/* The compiler in the methodologist's hands refuses it. */
static void compiler_refuses_overlapping_bands(void **state)
{
    Methodology profile;
    RawReply refusal = {0};
    size_t size;
    const char *text = overlapping(&size);

    (void)state;
    refusal.code = compile_methodology_text("overlap.yaml", text, size, bad.arena, &profile, &refusal.err);
    bad_expect(&bad, "overlapping bands", &refusal, ERR_INVALID_ARGUMENT, "METHOD_BANDS_OVERLAP");
}

static ProtobufCBinaryData profile_bytes(const char *code)
{
    Shans__V1__GetMethodologyRequest request = SHANS__V1__GET_METHODOLOGY_REQUEST__INIT;
    ProtobufCMessage *message;
    Err err = {0};

    request.code = (char *)code;
    RawReply reply = bad_call(&bad, "methodologist", METHODS, "GetMethodology", NULL, &request.base);
    assert_int_equal(reply.code, ERR_OK);
    assert_int_equal(wire_unpack(&shans__v1__get_methodology_reply__descriptor, reply.reply->payload.data,
                                 reply.reply->payload.len, bad.arena, &message, &err),
                     ERR_OK);
    return ((const Shans__V1__GetMethodologyReply *)message)->compiled;
}

static bool overlaps(ProtobufCBinaryData bytes)
{
    Arena *arena = arena_new(4 << 20, NULL);
    Methodology *profile;
    LintFinding *findings;
    size_t count;
    bool found = false;
    Err err = {0};

    if (methodology_load(bytes.data, bytes.len, arena, &profile, &err) == ERR_OK &&
        engine_lint(profile, arena, &findings, &count, &err) == ERR_OK) {
        for (size_t i = 0; i < count; i++)
            found = found || text_equal(findings[i].code, "TYPOLOGY_OVERLAP");
    }
    arena_free(arena);
    return found;
}

static RawReply put(ProtobufCBinaryData bytes, bool dry_run)
{
    Shans__V1__PutMethodologyRequest request = SHANS__V1__PUT_METHODOLOGY_REQUEST__INIT;

    request.compiled = bytes;
    request.dry_run = dry_run;
    return bad_change(&bad, "methodologist", METHODS, "PutMethodology", &request.base);
}

/* Compiled bytes that no compiler of ours would give: one bound moved into the neighbouring band. */
static void server_refuses_overlapping_bands(void **state)
{
    ProtobufCBinaryData bytes = profile_bytes("PERV-2023");
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < bytes.len && tried < 3; i++) {
        uint8_t kept = bytes.data[i];
        bytes.data[i]++;
        if (overlaps(bytes)) {
            RawReply reply = put(bytes, false);
            bad_expect(&bad, "overlapping bands as bytes", &reply, ERR_FAILED_PRECONDITION, "METHOD_LINT");
            tried++;
        }
        bytes.data[i] = kept;
    }
    assert_int_equal(tried, 3);
}

/* Any byte of a profile changed: refused or understood, never a fall. */
static void survives_changed_profiles(void **state)
{
    ProtobufCBinaryData bytes = profile_bytes("PERV-2023");
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < bytes.len; i += 1 + bytes.len / 300) {
        uint8_t kept = bytes.data[i];
        bytes.data[i] ^= (uint8_t)(1u << rand_below(&bad.world.rand, 8));
        RawReply reply = put(bytes, true);
        bytes.data[i] = kept;
        bad.cases++;
        if (reply.code == ERR_OK)
            continue;
        refused++;
        assert_true(reply.code != ERR_INTERNAL && reply.code != ERR_UNAVAILABLE);
        raw_check_sentences(&reply, "a changed profile");
    }
    assert_true(refused > 0);
    bad_unharmed(&bad, "changed profiles");
    for (size_t size = 0; size < bytes.len; size += 1 + bytes.len / 60) {
        RawReply reply = put((ProtobufCBinaryData){size, bytes.data}, false);
        bad_expect(&bad, "a cut profile", &reply, ERR_INVALID_ARGUMENT, "CATALOG_MALFORMED");
    }
}

/* ---- runs and editions ---- */

static void expect_publish(const char *name, uint64_t run, const char *title, const char *document,
                           ErrCode code, const char *reason)
{
    Shans__V1__PublishEditionRequest request = SHANS__V1__PUBLISH_EDITION_REQUEST__INIT;

    request.run_id = run;
    request.title = (char *)title;
    request.document = (char *)document;
    RawReply reply = bad_change(&bad, "analyst", METHODS, "PublishEdition", &request.base);
    bad_expect(&bad, name, &reply, code, reason);
}

static void refuses_bad_editions(void **state)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;
    char long_title[4096];
    uint64_t run;

    (void)state;
    memset(long_title, 'x', sizeof long_title);
    long_title[sizeof long_title - 1] = '\0';
    expect_publish("published twice", bad.world.run, "Список", "Приказ", ERR_ALREADY_EXISTS, "RUN_PUBLISHED");
    expect_publish("no such run", 987654, "Список", "Приказ", ERR_NOT_FOUND, "RUN_UNKNOWN");
    expect_publish("run -1", UINT64_MAX, "Список", "Приказ", ERR_NOT_FOUND, "RUN_UNKNOWN");
    expect_publish("a title too long", bad.world.run, long_title, "Приказ", ERR_INVALID_ARGUMENT,
                   "MESSAGE_TOO_LARGE");
    request.methodology_code = (char *)"PERV-2023";
    request.year = 2022;
    assert_int_equal(bad_change(&bad, "analyst", METHODS, "StartRun", &request.base).code, ERR_OK);
    bad_note(&bad);
    run = (uint64_t)sql_number(bad.owner, "select max(id) from shans.run");
    assert_true(run > bad.world.run);
    expect_publish("no document", run, "Список", "", ERR_INVALID_ARGUMENT, "DOCUMENT_MISSING");
    expect_publish("no title", run, "", "Приказ", ERR_INVALID_ARGUMENT, "TITLE_MISSING");
}

static void refuses_bad_runs(void **state)
{
    static const struct {
        const char *name, *code, *under;
        uint32_t version, year;
        ErrCode expected;
        const char *reason;
    } cases[] = {
        {"unknown methodology", "DREAMS", "", 0, 2022, ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN"},
        {"unknown version", "PERV-2023", "", 77, 2022, ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN"},
        {"a year long ago", "PERV-2023", "", 0, 1812, ERR_OUT_OF_RANGE, "METHOD_YEAR"},
        {"a year of no calendar", "PERV-2023", "", 0, UINT32_MAX, ERR_OUT_OF_RANGE, "METHOD_YEAR"},
        {"under nothing", "PERV-2023", "zz", 0, 2022, ERR_NOT_FOUND, "ORG_UNKNOWN"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;
        request.methodology_code = (char *)cases[i].code;
        request.methodology_version = cases[i].version;
        request.year = cases[i].year;
        request.under = (char *)cases[i].under;
        RawReply reply = bad_change(&bad, "analyst", METHODS, "StartRun", &request.base);
        bad_expect(&bad, cases[i].name, &reply, cases[i].expected, cases[i].reason);
    }
}

static void refuses_bad_reads(void **state)
{
    static const char *const tokens[] = {"x", "-1", "1.5", "99999999999999999999", "1;"};
    Shans__V1__ListSubmissionsRequest list = SHANS__V1__LIST_SUBMISSIONS_REQUEST__INIT;
    Shans__V1__ListClassesRequest classes = SHANS__V1__LIST_CLASSES_REQUEST__INIT;
    Shans__V1__ExplainRequest explain = SHANS__V1__EXPLAIN_REQUEST__INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        list.page_token = (char *)tokens[i];
        RawReply reply = bad_call(&bad, "analyst", COLLECTION, "ListSubmissions", NULL, &list.base);
        bad_expect(&bad, tokens[i], &reply, ERR_INVALID_ARGUMENT, "PAGE_TOKEN");
    }
    RawReply reply = bad_call(&bad, "analyst", METHODS, "ListClasses", NULL, &classes.base);
    bad_expect(&bad, "neither run nor edition", &reply, ERR_INVALID_ARGUMENT, "RUN_OR_EDITION");
    explain.school_code = (char *)"a-1";
    explain.run_id = explain.edition_number = 1;
    reply = bad_call(&bad, "analyst", METHODS, "Explain", NULL, &explain.base);
    bad_expect(&bad, "both run and edition", &reply, ERR_INVALID_ARGUMENT, "RUN_OR_EDITION");
    Shans__V1__ListOrgsRequest orgs = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    orgs.on_date = (char *)"2022-02-30";
    reply = bad_call(&bad, "head1", ORGS, "ListOrgs", NULL, &orgs.base);
    bad_expect(&bad, "30 February", &reply, ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(refuses_bad_figures),
        CASE(names_the_cell),
        CASE(refuses_an_operation_used_otherwise),
        CASE(refuses_bad_reviews),
        CASE(refuses_bad_organisations),
        CASE(compiler_refuses_overlapping_bands),
        CASE(server_refuses_overlapping_bands),
        CASE(survives_changed_profiles),
        CASE(refuses_bad_runs),
        CASE(refuses_bad_editions),
        CASE(refuses_bad_reads),
        CASE(answers_a_replay_after_a_restart),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
