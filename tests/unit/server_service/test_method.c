/* Methodologies, runs, classes and editions as people of the world ask for them: numbers nobody gave out,
 * years nobody means, and what each role is shown. */
#include "tests/unit/server_service/ask.h"

#include <string.h>

#include "common/catalog/catalog_pack.h"
#include "common/catalog/methodology.h"
#include "common/core/text.h"

static void unknown_sets_are_not_empty_lists(void **state)
{
    Shans__V1__ListClassesRequest list = SHANS__V1__LIST_CLASSES_REQUEST__INIT;
    Shans__V1__GetMatrixRequest matrix = SHANS__V1__GET_MATRIX_REQUEST__INIT;

    (void)state;
    ask_refused("analyst", METHODS, "ListClasses", false, &list.base, ERR_INVALID_ARGUMENT, "RUN_OR_EDITION");
    list.run_id = 4711;
    ask_refused("analyst", METHODS, "ListClasses", false, &list.base, ERR_NOT_FOUND, "RUN_UNKNOWN");
    ask_refused("head1", METHODS, "ListClasses", false, &list.base, ERR_PERMISSION_DENIED, "EDITION_ONLY");
    list.run_id = UINT64_MAX;
    ask_refused("analyst", METHODS, "ListClasses", false, &list.base, ERR_NOT_FOUND, "RUN_UNKNOWN");
    list.run_id = 0;
    list.edition_number = 4711;
    ask_refused("head1", METHODS, "ListClasses", false, &list.base, ERR_NOT_FOUND, "EDITION_UNKNOWN");
    ask_refused("analyst", METHODS, "GetMatrix", false, &matrix.base, ERR_NOT_FOUND, "RUN_UNKNOWN");
    matrix.run_id = 4711;
    ask_refused("analyst", METHODS, "GetMatrix", false, &matrix.base, ERR_NOT_FOUND, "RUN_UNKNOWN");
}

static void a_queued_run_has_no_classes_yet(void **state)
{
    Shans__V1__StartRunRequest start = SHANS__V1__START_RUN_REQUEST__INIT;
    Shans__V1__ListClassesRequest list = SHANS__V1__LIST_CLASSES_REQUEST__INIT;

    (void)state;
    run_job_stop(world.job);
    world.job = NULL;
    start.methodology_code = (char *)"PERV-2023";
    const Shans__V1__StartRunReply *queued = ask_ok("analyst", METHODS, "StartRun", true, &start.base);
    assert_int_equal(queued->run->state, SHANS__V1__RUN_STATE__RUN_STATE_QUEUED);
    assert_int_equal(queued->run->year, 2022);
    list.run_id = queued->run->id;
    ask_refused("analyst", METHODS, "ListClasses", false, &list.base, ERR_FAILED_PRECONDITION,
                "RUN_WITHOUT_CLASSES");
    assert_int_equal(run_job_start(world.conninfo, &clock_system, &world.job, &err), ERR_OK);
    for (int i = 0; i < 200; i++) {
        Shans__V1__GetRunRequest get = SHANS__V1__GET_RUN_REQUEST__INIT;
        get.id = list.run_id;
        const Shans__V1__GetRunReply *run = ask_ok("auditor", METHODS, "GetRun", false, &get.base);
        if (run->run->state == SHANS__V1__RUN_STATE__RUN_STATE_DONE)
            break;
        clock_system.sleep_ms(&clock_system, 25);
    }
    const Shans__V1__ListClassesReply *classes = ask_ok("analyst", METHODS, "ListClasses", false, &list.base);
    assert_int_equal(classes->n_classes, WORLD_SCHOOLS);
}

/* Stores a copy of PERV-2023 under another name; with years or without. */
static const Shans__V1__PutMethodologyRequest *profile(const char *code, bool years, int i_to)
{
    Shans__V1__PutMethodologyRequest *put = ARENA_NEW(arena, Shans__V1__PutMethodologyRequest, 1);
    Methodology copy = *catalog_get_methodology(world.service.options.catalog, "PERV-2023", 0);
    TypologyBand *bands = ARENA_NEW(arena, TypologyBand, copy.typology.band_count);
    Buf buf;

    shans__v1__put_methodology_request__init(put);
    copy.code = code;
    if (!years) {
        copy.low.on = false;
        copy.low.year_count = 0;
    }
    memcpy(bands, copy.typology.bands, copy.typology.band_count * sizeof *bands);
    if (i_to != 0)
        bands[0].i_to = i_to;
    copy.typology.bands = bands;
    buf_init(&buf, 1 << 20);
    methodology_pack(&copy, &buf);
    put->compiled.len = buf.length;
    put->compiled.data = (uint8_t *)arena_bytes(arena, buf.data, buf.length);
    buf_done(&buf);
    return put;
}

static void overlapping_bands_are_never_stored(void **state)
{
    (void)state;
    ask_refused("methodologist", METHODS, "PutMethodology", true, &profile("OVERLAP", true, 11)->base,
                ERR_FAILED_PRECONDITION, "METHOD_LINT");
    ask_refused("analyst", METHODS, "PutMethodology", true, &profile("OVERLAP", true, 0)->base,
                ERR_PERMISSION_DENIED, "ROLE_FORBIDDEN");
    Shans__V1__PutMethodologyRequest *dry = (Shans__V1__PutMethodologyRequest *)profile("DRY", true, 0);
    dry->dry_run = 1;
    ask_ok("methodologist", METHODS, "PutMethodology", true, &dry->base);
    assert_int_equal(ask_number("select count(*) from shans.methodology where code in ('OVERLAP', 'DRY')"),
                     0);
    dry->compiled.len /= 2;
    dry->dry_run = 0;
    ask_refused("methodologist", METHODS, "PutMethodology", true, &dry->base, ERR_INVALID_ARGUMENT,
                "CATALOG_MALFORMED");
}

static void a_run_needs_a_year_somebody_means(void **state)
{
    static const uint32_t wrong[] = {22, 1999, 2101, INT32_MAX, UINT32_MAX};
    Shans__V1__StartRunRequest start = SHANS__V1__START_RUN_REQUEST__INIT;

    (void)state;
    ask_ok("methodologist", METHODS, "PutMethodology", true, &profile("NO-YEARS", false, 0)->base);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        start.year = wrong[i];
        start.methodology_code = (char *)"PERV-2023";
        ask_refused("analyst", METHODS, "StartRun", true, &start.base, ERR_OUT_OF_RANGE, "METHOD_YEAR");
        start.methodology_code = (char *)"NO-YEARS";
        ask_refused("analyst", METHODS, "StartRun", true, &start.base, ERR_OUT_OF_RANGE, "METHOD_YEAR");
    }
    start.year = 0;
    ask_refused("analyst", METHODS, "StartRun", true, &start.base, ERR_INVALID_ARGUMENT,
                "METHOD_YEAR_MISSING");
    start.year = 2022;
    const Shans__V1__StartRunReply *queued = ask_ok("analyst", METHODS, "StartRun", true, &start.base);
    assert_int_equal(queued->run->year, 2022);
    start.methodology_code = (char *)"NOBODY";
    ask_refused("analyst", METHODS, "StartRun", true, &start.base, ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN");
    start.methodology_code = (char *)"PERV-2023";
    start.under = (char *)"nowhere";
    ask_refused("analyst", METHODS, "StartRun", true, &start.base, ERR_NOT_FOUND, "ORG_UNKNOWN");
}

static void page_tokens_are_numbers_of_the_list(void **state)
{
    static const char *const wrong[] = {"x", "-1", "1.5", "99999999999999999999", "1 or 1=1"};
    Shans__V1__ListRunsRequest runs = SHANS__V1__LIST_RUNS_REQUEST__INIT;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        runs.page_token = (char *)wrong[i];
        ask_refused("analyst", METHODS, "ListRuns", false, &runs.base, ERR_INVALID_ARGUMENT, "PAGE_TOKEN");
    }
    runs.page_token = (char *)"";
    runs.page_size = 1;
    const Shans__V1__ListRunsReply *first = ask_ok("analyst", METHODS, "ListRuns", false, &runs.base);
    assert_int_equal(first->n_runs, 1);
    runs.page_token = first->next_page_token;
    const Shans__V1__ListRunsReply *second = ask_ok("analyst", METHODS, "ListRuns", false, &runs.base);
    assert_int_equal(second->n_runs, 1);
    assert_true(second->runs[0]->id < first->runs[0]->id);
}

static void imports_of_organisations_can_be_tried(void **state)
{
    Shans__V1__ImportOrgsRequest import = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    Shans__V1__GetOrgRequest get = SHANS__V1__GET_ORG_REQUEST__INIT;
    Shans__V1__Org org = SHANS__V1__ORG__INIT, *orgs[] = {&org};

    (void)state;
    org.code = get.code = (char *)"a-9";
    org.kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
    org.parent_code = (char *)"a";
    org.name = (char *)"Учебная школа";
    org.valid_from = (char *)"2000-01-01";
    import.orgs = orgs;
    import.n_orgs = 1;
    import.dry_run = 1;
    const Shans__V1__ImportOrgsReply *tried = ask_ok("administrator", ORG, "ImportOrgs", true, &import.base);
    assert_int_equal(tried->created, 1);
    ask_refused("analyst", ORG, "GetOrg", false, &get.base, ERR_NOT_FOUND, "ORG_UNKNOWN");
    assert_int_equal(ask_number("select count(*) from shans.operation where method like '%ImportOrgs'"), 1);
    import.dry_run = 0;
    org.valid_from = (char *)"2000-13-01";
    ask_refused("analyst", ORG, "ImportOrgs", true, &import.base, ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
    org.valid_from = (char *)"2000-01-01";
    org.parent_code = (char *)"nowhere";
    ask_refused("analyst", ORG, "ImportOrgs", true, &import.base, ERR_NOT_FOUND, "ORG_PARENT_UNKNOWN");
    org.parent_code = (char *)"a";
    static const uint32_t kinds[] = {0, 99, UINT32_MAX};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        org.kind = (Shans__V1__OrgKind)kinds[i];
        ProtobufCMessage *request = &import.base;
        ask_refused("analyst", ORG, "ImportOrgs", true, request, ERR_INVALID_ARGUMENT, "ORG_KIND_UNKNOWN");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unknown_sets_are_not_empty_lists, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(a_queued_run_has_no_classes_yet, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(overlapping_bands_are_never_stored, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(a_run_needs_a_year_somebody_means, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(page_tokens_are_numbers_of_the_list, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(imports_of_organisations_can_be_tried, ask_setup, ask_teardown),
    };

    return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
