/* The small conversions, what a class shows to a role, and the checks of a submitted form, without any
 * database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/catalog/catalog.h"
#include "common/core/embed.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/engine/engine.h"
#include "server/service/class_message.h"
#include "server/service/convert.h"
#include "server/service/service.h"
#include "server/service/submit_check.h"
#include "shans/v1/system.pb-c.h"

enum { CALL_MEMORY = 16 << 20 };

static Arena *arena;
static Catalog *catalog;
static Call call;
static Principal principal;
static Err err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(CALL_MEMORY, NULL);
    memset(&call, 0, sizeof call);
    memset(&principal, 0, sizeof principal);
    call.arena = arena;
    call.principal = &principal;
    call.clock = &clock_system;
    return !crypto_init() ||
           catalog_load(catalog_files[0].data, catalog_files[0].size, arena, &catalog, &err) != ERR_OK;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- conversions ---- */

static void pages_have_a_size(void **state)
{
    (void)state;
    assert_int_equal(page_limit(0, 200, 2000), 200);
    assert_int_equal(page_limit(1, 200, 2000), 1);
    assert_int_equal(page_limit(2000, 200, 2000), 2000);
    assert_int_equal(page_limit(2001, 200, 2000), 2000);
    assert_int_equal(page_limit(UINT32_MAX, 200, 2000), 2000);
}

static void page_ids_come_back(void **state)
{
    static const int64_t ids[] = {1, 42, INT64_MAX};
    static const char *const wrong[] = {"-1", "x", "1x", " ", "1.5", "9223372036854775808", "0x10"};
    int64_t after = 7;
    char *token;

    (void)state;
    assert_int_equal(page_id_parse("", &after, &err), ERR_OK);
    assert_int_equal(after, 0);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_int_equal(page_id_dump(&call, ids[i], &token, &err), ERR_OK);
        assert_int_equal(page_id_parse(token, &after, &err), ERR_OK);
        assert_true(after == ids[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(page_id_parse(wrong[i], &after, &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "PAGE_TOKEN");
    }
    arena_fail_nth(arena, 1);
    assert_int_equal(page_id_dump(&call, 1, &token, &err), ERR_RESOURCE_EXHAUSTED);
}

static void a_period_has_one_writing(void **state)
{
    static const struct {
        const char *period;
        int year, month; /* what each kind of form makes of it; 0: refused */
    } cases[] = {
        {"2021", 2021, 0},  {"2000", 2000, 0},    {"2100", 2100, 0},    {"1999", 0, 0},
        {"2101", 0, 0},     {"2021-10", 0, 2021}, {"2021-01", 0, 2021}, {"2021-00", 0, 0},
        {"2021-13", 0, 0},  {"2021-1", 0, 0},     {"2021 10", 0, 0},    {"2021-1x", 0, 0},
        {"", 0, 0},         {"20a1", 0, 0},       {"2021-10-01", 0, 0}, {"+202", 0, 0},
        {"2021-100", 0, 0}, {" 2021", 0, 0},
    };
    int year;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        year = 0;
        ErrCode code = period_check(cases[i].period, PERIOD_SCHOOL_YEAR, &year, &err);
        assert_int_equal(code, cases[i].year != 0 ? ERR_OK : ERR_INVALID_ARGUMENT);
        assert_int_equal(year, cases[i].year);
        year = 0;
        code = period_check(cases[i].period, PERIOD_MONTH, &year, &err);
        assert_int_equal(code, cases[i].month != 0 ? ERR_OK : ERR_INVALID_ARGUMENT);
        assert_int_equal(year, cases[i].month);
    }
    assert_int_equal(period_check("soon", PERIOD_MONTH, &year, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "PERIOD_FORM");
    assert_string_equal(err_arg_get(&err, "period"), "soon");
}

static void messages_come_in_arrays(void **state)
{
    (void)state;
    Shans__V1__Cell **cells = MESSAGE_ARRAY(arena, 3, Shans__V1__Cell, shans__v1__cell__init);
    assert_non_null(cells);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(cells[i]->base.descriptor, &shans__v1__cell__descriptor);
        assert_string_equal(cells[i]->section, "");
    }
    assert_non_null(MESSAGE_ARRAY(arena, 0, Shans__V1__Cell, shans__v1__cell__init));
    assert_null(MESSAGE_ARRAY(arena, SIZE_MAX / 8, Shans__V1__Cell, shans__v1__cell__init));
    for (size_t nth = 1; nth <= 2; nth++) {
        arena_fail_nth(arena, nth);
        assert_null(MESSAGE_ARRAY(arena, 3, Shans__V1__Cell, shans__v1__cell__init));
    }
}

/* ---- who sees what ---- */

static void every_role_has_its_scope(void **state)
{
    static const struct {
        DbRole role;
        bool region;
    } scopes[] = {
        {DB_ROLE_SCHOOL, false}, /* an unknown role: nothing at all */
        {DB_ROLE_SCHOOL, false}, {DB_ROLE_SCHOOL, false},  {DB_ROLE_DISTRICT, false},
        {DB_ROLE_REGION, true},  {DB_ROLE_REGION, true},   {DB_ROLE_REGION, true},
        {DB_ROLE_AUDITOR, true}, {DB_ROLE_CURATOR, false}, {DB_ROLE_SCHOOL, false},
    };
    Service service = {0};
    Session session = {0};

    (void)state;
    call.service = &service;
    call.session = &session;
    principal.district_id = 5;
    principal.school_ids[0] = 11;
    principal.school_ids[1] = 12;
    principal.school_count = 2;
    for (int role = 0; role < 10; role++) {
        principal.role = role;
        DbScope scope = service_scope(&principal, DB_MODE_READ, 99);
        bool school = role == 1 || role == 2 || role == 8, district = role == 3,
             region = role >= 4 && role <= 7;
        assert_int_equal(scope.role, scopes[role].role);
        assert_int_equal(scope.region, scopes[role].region);
        assert_int_equal(scope.school_count, school ? 2 : 0);
        assert_int_equal(scope.district_id, district ? 5 : 0);
        assert_true(scope.deadline_ms == 99);
        assert_int_equal(call_sees(&call, 11, 5), school || district || region);
        assert_int_equal(call_sees(&call, 12, 6), school || region);
        assert_int_equal(call_sees(&call, 13, 5), district || region);
        assert_int_equal(call_sees(&call, 13, 6), region);
        assert_int_equal(call_sees(&call, 0, 0), region);
    }
    /* what was shown is counted by school */
    assert_int_equal(session.seen.count, 4);
    assert_true(session.seen.org_ids[0] == 11 && session.seen.row_counts[0] == 8);
}

static void classes_are_shown_by_role(void **state)
{
    const ClassRow row = {
        .status = STATUS_LISTED,
        .branches = HELD_A | HELD_B_SAME,
        .flags = FLAG_SOURCES_DIFFER | FLAG_ONE_YEAR_ONLY,
        .reliable = false,
        .typology = "RESILIENT",
        .wellbeing_group = 3,
        .quality_group = 8,
        .official_group = "low_results",
        .official_listed = true,
        .rules = "",
        .groups = "shnor:regional\tШНОР\tShNOR\t2023-04-21\t\t1\torder\t486-Д\t2023-04-21\tМинистерство\n"
                  "shans:draft\tШАНС\t\t2023-01-11\t2024-01-01\t0\tletter\t\t2023-01-10\tУправление",
        .identification_document = "report\t3\t2022-12-01\tРЦОИ\tPERV-2023",
        .school_code = "a-1",
        .school_name = "Школа",
        .school_number = "1",
    };
    const ClassSet run = {.run_id = 1}, edition = {.edition_number = 1};
    Shans__V1__SchoolClass to;

    (void)state;
    for (int role = 1; role <= 7; role++) {
        principal.role = role;
        shans__v1__school_class__init(&to);
        assert_int_equal(class_message_fill(&call, edition, &row, &to, &err), ERR_OK);
        assert_string_equal(to.status_approved, "LISTED");
        assert_string_equal(to.status_computed, role >= 4 ? "LISTED" : "");
        assert_string_equal(to.status_official, "low_results");
        assert_string_equal(to.reliability, "LOW");
        assert_int_equal(to.n_branches, 2);
        assert_string_equal(to.branches[0], "A");
        assert_string_equal(to.branches[1], "B_SAME");
        assert_int_equal(to.n_flags, 2);
        assert_string_equal(to.flags[0], "ONE_YEAR_ONLY");
        assert_string_equal(to.flags[1], "SOURCES_DIFFER");
        /* a list that no order approved is the ministry's alone */
        assert_int_equal(to.n_official_groups, role >= 4 ? 2 : 1);
        assert_string_equal(to.official_groups[0]->group, "shnor:regional");
        assert_string_equal(to.official_groups[0]->title_ru, "ШНОР");
        assert_string_equal(to.official_groups[0]->valid_from, "2023-04-21");
        assert_string_equal(to.official_groups[0]->valid_to, "");
        assert_string_equal(to.official_groups[0]->document_in->number, "486-Д");
        assert_string_equal(to.official_groups[0]->document_in->issuer, "Министерство");
        if (role >= 4)
            assert_string_equal(to.official_groups[1]->valid_to, "2024-01-01");
        assert_string_equal(to.identification_document->kind, "report");
        assert_string_equal(to.identification_document->date, "2022-12-01");
        assert_string_equal(to.identification_profile, "PERV-2023");
    }
    shans__v1__school_class__init(&to);
    assert_int_equal(class_message_fill(&call, run, &row, &to, &err), ERR_OK);
    assert_string_equal(to.status_approved, ""); /* a run approves nothing */
    ClassRow unlisted = row;
    unlisted.official_listed = false;
    unlisted.branches = unlisted.flags = 0;
    shans__v1__school_class__init(&to);
    assert_int_equal(class_message_fill(&call, run, &unlisted, &to, &err), ERR_OK);
    assert_string_equal(to.status_official, "");
    assert_int_equal(to.n_branches + to.n_flags, 0);
    /* a list that states no group is a list all the same; lines cut short are read as far as they go */
    static const char *const unstated[] = {"", "none"};
    for (size_t i = 0; i < 2; i++) {
        ClassRow listed = row;
        listed.official_group = unstated[i];
        listed.groups = i == 0 ? "" : "shans:risk\tШАНС";
        listed.identification_document = "";
        principal.role = SHANS__V1__ROLE__ROLE_MINISTRY_ANALYST;
        shans__v1__school_class__init(&to);
        assert_int_equal(class_message_fill(&call, run, &listed, &to, &err), ERR_OK);
        assert_string_equal(to.status_official, "LISTED");
        assert_int_equal(to.n_official_groups, i);
        assert_null(to.identification_document);
        if (i == 1)
            assert_null(to.official_groups[0]->document_in);
    }
}

static void runs_stay_at_the_ministry(void **state)
{
    Session session = {0};
    ClassSet set;

    (void)state;
    call.session = &session;
    for (int role = 1; role <= 8; role++) {
        principal.role = role;
        assert_int_equal(class_set_check(&call, 5, 0, &set, &err),
                         role >= 4 && role <= 7 ? ERR_OK : ERR_PERMISSION_DENIED);
        assert_int_equal(class_set_check(&call, 0, 2, &set, &err), ERR_OK);
        assert_int_equal(set.edition_number, 2);
        assert_string_equal(session.object, "edition:2");
        assert_int_equal(class_set_check(&call, 5, 2, &set, &err), ERR_INVALID_ARGUMENT);
        assert_int_equal(class_set_check(&call, 0, 0, &set, &err), ERR_INVALID_ARGUMENT);
    }
}

/* ---- a submitted form ---- */

enum { CELLS = 10 };
static Shans__V1__Cell cells[CELLS + 1], *cell_list[CELLS + 1];
static Shans__V1__SubmitRequest request;

/* A good row of results: 40 enrolled, 20 participants, 7 below. */
static void fill_request(void)
{
    static const struct {
        const char *field;
        int64_t number;
    } good[CELLS] = {{"enrolled", 40},    {"registered", 20}, {"participants", 20}, {"absent_valid", 0},
                     {"absent_other", 0}, {"mark2", 7},       {"mark3", 11},        {"mark4", 1},
                     {"mark5", 1},        {"below_min", 7}};

    shans__v1__submit_request__init(&request);
    request.form_code = (char *)"assessment_results";
    request.form_version = catalog_get_form(catalog, "assessment_results", 0)->version;
    request.school_code = (char *)"a-1";
    request.period = (char *)"2022";
    for (int i = 0; i <= CELLS; i++) {
        shans__v1__cell__init(&cells[i]);
        cells[i].section = (char *)"results";
        cells[i].row = (char *)"OGE.MATH";
        cells[i].field = (char *)good[i % CELLS].field;
        cells[i].kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER;
        cells[i].number = good[i % CELLS].number;
        cell_list[i] = &cells[i];
    }
    request.cells = cell_list;
    request.n_cells = CELLS;
}

static const FormDef *form(void)
{
    const FormDef *found = NULL;

    assert_int_equal(submit_find_form(catalog, &request, &found, &err), ERR_OK);
    return found;
}

/* Hashes what was sent, as the client does. */
static void hash_request(uint8_t *to)
{
    FormData *data = form_data_new(form(), arena);
    Buf buf;

    for (size_t i = 0; i < request.n_cells; i++) {
        FormCell cell = {
            cells[i].section, cells[i].row, cells[i].field, {(ValueKind)cells[i].kind, cells[i].number}};
        assert_int_equal(form_data_set(data, &cell, &err), ERR_OK);
    }
    buf_init(&buf, 1 << 16);
    form_data_pack(data, request.school_code, request.period, &buf);
    crypto_hash(buf.data, buf.length, to);
    buf_done(&buf);
    request.content_hash = (ProtobufCBinaryData){CRYPTO_HASH_SIZE, to};
}

static void refused(ErrCode code, const char *reason)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    SubmitCells checked;

    assert_int_equal(submit_check_cells(&call, form(), &request, hash, &checked, &err), code);
    assert_string_equal(err.reason, reason);
}

static void a_good_form_passes(void **state)
{
    uint8_t sent[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    SubmitCells checked;

    (void)state;
    fill_request();
    hash_request(sent);
    cell_list[0] = &cells[9]; /* another order is the same form */
    cell_list[9] = &cells[0];
    assert_int_equal(submit_check_cells(&call, form(), &request, hash, &checked, &err), ERR_OK);
    assert_memory_equal(hash, sent, sizeof hash);
    assert_int_equal(checked.count, CELLS);
    assert_string_equal(checked.cells[0].field, "enrolled"); /* canonical order again */
    assert_int_equal(call.issue_count, 0);
}

static void only_the_present_form_is_taken(void **state)
{
    const FormDef *found = NULL;

    (void)state;
    fill_request();
    request.form_version++;
    assert_int_equal(submit_find_form(catalog, &request, &found, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "FORM_VERSION");
    assert_string_equal(err_arg_get(&err, "form"), "assessment_results");
    request.form_version = 0;
    assert_int_equal(submit_find_form(catalog, &request, &found, &err), ERR_FAILED_PRECONDITION);
    request.form_version = UINT32_MAX;
    assert_int_equal(submit_find_form(catalog, &request, &found, &err), ERR_FAILED_PRECONDITION);
    request.form_code = (char *)"letters";
    assert_int_equal(submit_find_form(catalog, &request, &found, &err), ERR_NOT_FOUND);
    assert_string_equal(err.reason, "FORM_UNKNOWN");
    assert_null(found);
}

static void bad_cells_are_refused(void **state)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    (void)state;
    fill_request();
    hash_request(hash);
    cells[3].field = (char *)"height";
    refused(ERR_INVALID_ARGUMENT, "CELL_UNKNOWN");
    fill_request();
    cells[3].row = (char *)"OGE.CHEMISTRY";
    refused(ERR_INVALID_ARGUMENT, "CELL_UNKNOWN");
    fill_request();
    request.n_cells = CELLS + 1; /* the first one twice */
    refused(ERR_INVALID_ARGUMENT, "CELL_TWICE");
    static const int kinds[] = {0, 4, 77, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fill_request();
        cells[3].kind = (Shans__V1__ValueKind)kinds[i];
        refused(ERR_INVALID_ARGUMENT, "CELL_KIND");
        assert_string_equal(err_arg_get(&err, "field"), "absent_valid");
    }
    fill_request();
    cells[0].kind = SHANS__V1__VALUE_KIND__VALUE_KIND_UNKNOWN; /* and yet a number beside it */
    refused(ERR_INVALID_ARGUMENT, "CELL_KIND");
}

static void broken_rules_are_listed(void **state)
{
    (void)state;
    fill_request();
    cells[2].number = 45; /* participants of 40 enrolled */
    refused(ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED");
    assert_true(call.issue_count > 0);
    assert_string_not_equal(err_arg_get(&err, "errors"), "0");
    bool here = false;
    for (const CallIssue *issue = call.issues; issue != NULL; issue = issue->next)
        here = here || strstr(issue->message.field, "OGE.MATH") != NULL;
    assert_true(here);
}

static void a_negative_count_says_its_limit(void **state)
{
    (void)state;
    fill_request();
    cells[5].number = -1;
    refused(ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED");
    const CallIssue *issue = call.issues;
    while (issue != NULL && !text_equal(issue->message.reason, "MIN"))
        issue = issue->next;
    assert_non_null(issue);
    assert_string_equal(issue->message.field, "results/OGE.MATH/mark2");
    assert_int_equal(issue->message.n_args, 2);
    assert_string_equal(issue->message.args[0]->value, "-1");
}

static void the_hash_is_of_what_is_stored(void **state)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    (void)state;
    fill_request();
    hash_request(hash);
    hash[0] ^= 1;
    refused(ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH");
    hash[0] ^= 1;
    request.period = (char *)"2021"; /* figures of another year */
    refused(ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH");
    request.period = (char *)"2022";
    request.school_code = (char *)"a-2";
    refused(ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH");
    request.school_code = (char *)"a-1";
    request.content_hash.len = 31;
    refused(ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH");
    request.content_hash = (ProtobufCBinaryData){0, NULL};
    refused(ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH");
}

/* Whichever allocation fails, the answer is an error. */
static void short_memory_is_an_error(void **state)
{
    uint8_t sent[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    SubmitCells checked;
    size_t nth = 1;

    (void)state;
    fill_request();
    hash_request(sent);
    for (; nth < 200; nth++) {
        arena_fail_nth(arena, nth);
        ErrCode code = submit_check_cells(&call, form(), &request, hash, &checked, &err);
        arena_fail_nth(arena, 0);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_RESOURCE_EXHAUSTED);
    }
    assert_true(nth > 3 && nth < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_have_a_size, setup, teardown),
        cmocka_unit_test_setup_teardown(page_ids_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_period_has_one_writing, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_come_in_arrays, setup, teardown),
        cmocka_unit_test_setup_teardown(every_role_has_its_scope, setup, teardown),
        cmocka_unit_test_setup_teardown(classes_are_shown_by_role, setup, teardown),
        cmocka_unit_test_setup_teardown(runs_stay_at_the_ministry, setup, teardown),
        cmocka_unit_test_setup_teardown(a_good_form_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_present_form_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_cells_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_rules_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_negative_count_says_its_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_hash_is_of_what_is_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(short_memory_is_an_error, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
