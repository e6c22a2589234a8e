/* Organisations: what an import makes of them, what each scope sees, moves, mergers, and what the database
 * refuses whoever asks. */
#include "tests/unit/server_store/region.h"

#include <string.h>

#include "server/store/store_access.h"
#include "server/store/store_rows.h"

static OrgRow school_row(const char *code, const char *district, const char *from, const char *name)
{
    return (OrgRow){.code = code,
                    .kind = ORG_SCHOOL,
                    .parent_code = district,
                    .name = name,
                    .school_kind = "sosh",
                    .levels = "123",
                    .settlement = 1,
                    .valid_from = from};
}

static OrgChange put(const OrgRow *row)
{
    OrgChange change = ORG_UNCHANGED;
    OK(org_store_upsert(region.app, row, &change, &err));
    return change;
}

static size_t versions(const char *code, OrgRow **ret)
{
    size_t count = 0;
    OK(org_store_get_versions(region.app, code, region.arena, ret, &count, &err));
    return count;
}

static void test_dates(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "2023-9-01",  "2023-02-29", "2023-13-01",
                                      "2023-00-10", "2023-04-31", "1799-01-01", "2201-01-01",
                                      "2023/01/01", "20230-1-01", "2023-01-0a", "2023-01-011"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REFUSED(iso_date_check(bad[i], &err), ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
        assert_string_equal(err_arg_get(&err, "value"), bad[i]);
    }
    REFUSED(iso_date_check(NULL, &err), ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
    OK(iso_date_check("2024-02-29", &err));
    OK(iso_date_check("2000-02-29", &err));
    REFUSED(iso_date_check("1900-02-29", &err), ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
}

static void test_history(void **state)
{
    (void)state;
    begin_region();
    OrgRow first = school_row("d1-old", "d1", "2010-09-01", "Школа № 9"), *rows = NULL;
    assert_int_equal(put(&first), ORG_CREATED);
    assert_int_equal(put(&first), ORG_UNCHANGED);
    OrgRow renamed = school_row("d1-old", "d1", "2018-09-01", "Гимназия № 9");
    assert_int_equal(put(&renamed), ORG_CHANGED);
    assert_int_equal(put(&renamed), ORG_UNCHANGED);
    assert_int_equal(put(&first), ORG_UNCHANGED); /* the whole file again changes nothing */
    assert_int_equal(versions("d1-old", &rows), 2);
    assert_string_equal(rows[0].name, "Школа № 9");
    assert_string_equal(rows[0].valid_to, "2018-09-01");
    assert_string_equal(rows[1].valid_from, "2018-09-01");
    assert_string_equal(rows[1].valid_to, "");
    assert_string_equal(rows[1].parent_code, "d1");
    assert_int_equal(rows[1].settlement, 1);
    assert_string_equal(rows[1].levels, "123");
    assert_int_equal(rows[1].district_id, region.districts[0]);

    renamed.levels = "12"; /* the same day: a correction, no new version */
    assert_int_equal(put(&renamed), ORG_CHANGED);
    assert_int_equal(versions("d1-old", &rows), 2);
    assert_string_equal(rows[1].levels, "12");
    OrgRow later = renamed;
    later.valid_from = "2020-01-01"; /* says what is said already */
    assert_int_equal(put(&later), ORG_UNCHANGED);

    OrgRow before = school_row("d1-old", "d1", "2001-09-01", "Школа-восьмилетка");
    before.valid_to = "2010-09-01";
    assert_int_equal(put(&before), ORG_CHANGED);
    assert_int_equal(versions("d1-old", &rows), 3);
    assert_string_equal(rows[0].name, "Школа-восьмилетка");

    OrgRow found;
    OK(org_store_find(region.app, "d1-old", region.arena, &found, &err));
    assert_string_equal(found.name, "Гимназия № 9");
    rollback();
}

static void test_overlap_refused(void **state)
{
    (void)state;
    begin_region();
    OrgRow row = school_row("d1-lap", "d1", "2015-09-01", "Новая"), *rows = NULL;
    put(&row);
    OrgRow into = school_row("d1-lap", "d1", "2012-09-01", "Прежняя");
    into.valid_to = "2016-09-01";
    OrgChange change = ORG_UNCHANGED;
    assert_int_not_equal(org_store_upsert(region.app, &into, &change, &err), ERR_OK);
    assert_string_equal(err.reason, "ORG_VERSION_OVERLAP");
    rollback();
    begin_region();
    REFUSED(org_store_get_versions(region.app, "d1-lap", region.arena, &rows, &(size_t){0}, &err),
            ERR_NOT_FOUND, "ORG_UNKNOWN");
    rollback();
}

static void test_number_taken(void **state)
{
    (void)state;
    begin_region();
    OrgRow row = school_row("d1-two", "d1", "2015-09-01", "Другая");
    row.number = "1";
    OrgChange change = ORG_UNCHANGED;
    REFUSED(org_store_upsert(region.app, &row, &change, &err), ERR_ALREADY_EXISTS, "ORG_NUMBER_TAKEN");
    rollback();
    begin_region();
    row.parent_code = "d2"; /* there the number is taken too, but not before 2015 and not for another one */
    row.number = "77";
    assert_int_equal(put(&row), ORG_CREATED);
    rollback();
}

static void test_closing(void **state)
{
    (void)state;
    begin_region();
    OrgRow row = school_row("d1-end", "d1", "2010-09-01", "Школа"), *rows = NULL;
    put(&row);
    row.closed_on = "2020-08-31";
    assert_int_equal(put(&row), ORG_CHANGED);
    assert_int_equal(put(&row), ORG_UNCHANGED);
    assert_int_equal(versions("d1-end", &rows), 1);
    assert_string_equal(rows[0].valid_to, "2020-08-31");
    assert_string_equal(rows[0].closed_on, "2020-08-31");
    row.closed_on = ""; /* says nothing about the closing */
    assert_int_equal(put(&row), ORG_UNCHANGED);

    OrgFilter filter = {.on_date = "2020-08-30", .after_code = "d1-e", .limit = 1};
    size_t count = 0;
    OK(org_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].code, "d1-end");
    filter.on_date = "2020-08-31";
    OK(org_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_string_equal(rows[0].code, "d1-s1");

    OrgRow again = school_row("d1-end", "d1", "2022-09-01", "Школа после ремонта");
    assert_int_equal(put(&again), ORG_CHANGED);
    assert_int_equal(versions("d1-end", &rows), 2);
    assert_string_equal(rows[1].closed_on, "");
    assert_string_equal(rows[0].valid_to, "2020-08-31");
    rollback();
}

static void check_refused(const OrgRow *row, ErrCode code, const char *reason)
{
    OrgChange change = ORG_UNCHANGED;
    begin_region();
    REFUSED(org_store_upsert(region.app, row, &change, &err), code, reason);
    rollback();
}

static void test_bad_rows(void **state)
{
    (void)state;
    OrgRow good = school_row("d1-bad", "d1", "2015-09-01", "Школа"), row = good;
    row.code = "d 1";
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_CODE_FORM");
    row = good, row.kind = 9;
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_KIND_UNKNOWN");
    row = good, row.name = NULL;
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_NAME_MISSING");
    row = good, row.levels = "132";
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_LEVELS_FORM");
    row = good, row.levels = "4";
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_LEVELS_FORM");
    row = good, row.settlement = 3;
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_SETTLEMENT_UNKNOWN");
    row = good, row.valid_from = "2015-09-31";
    check_refused(&row, ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
    row = good, row.valid_to = "2015-09-01";
    check_refused(&row, ERR_INVALID_ARGUMENT, "DATES_REVERSED");
    row = good, row.opened_on = "2016-01-01", row.closed_on = "2015-12-31";
    check_refused(&row, ERR_INVALID_ARGUMENT, "DATES_REVERSED");
    row = good, row.parent_code = "nowhere";
    check_refused(&row, ERR_NOT_FOUND, "ORG_PARENT_UNKNOWN");
    row = good, row.parent_code = "r66";
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_PARENT_KIND");
    row = good, row.kind = ORG_DISTRICT;
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_PARENT_KIND");
    row = good, row.kind = ORG_REGION;
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_PARENT_KIND");
    row = good, row.kind = ORG_CENTRE, row.parent_code = "d1-s1";
    check_refused(&row, ERR_INVALID_ARGUMENT, "ORG_PARENT_KIND");
    row = good, row.code = "d1-s1", row.kind = ORG_CENTRE;
    check_refused(&row, ERR_FAILED_PRECONDITION, "ORG_KIND_FIXED");
    row = good, row.code = "r2", row.kind = ORG_REGION, row.parent_code = "";
    check_refused(&row, ERR_ALREADY_EXISTS, "ORG_ONE_REGION");
}

static void test_centres(void **state)
{
    (void)state;
    begin_region();
    OrgRow row = {.code = "iro", .kind = ORG_CENTRE, .parent_code = "r66", .name = "Институт"}, found;
    assert_int_equal(put(&row), ORG_CREATED);
    OK(org_store_find(region.app, "iro", region.arena, &found, &err));
    assert_int_equal(found.district_id, 0);
    assert_int_equal(found.parent_id, region.region);
    row = (OrgRow){.code = "d1-imc", .kind = ORG_CENTRE, .parent_code = "d1", .name = "Методический центр"};
    put(&row);
    OK(org_store_find(region.app, "d1-imc", region.arena, &found, &err));
    assert_int_equal(found.district_id, region.districts[0]);
    rollback();
}

static size_t listed(OrgFilter filter, OrgRow **ret)
{
    size_t count = 0;
    if (filter.on_date == NULL)
        filter.on_date = "2023-11-21";
    if (filter.limit == 0)
        filter.limit = 100;
    OK(org_store_list(region.app, &filter, region.arena, ret, &count, &err));
    return count;
}

static void test_lists_by_scope(void **state)
{
    (void)state;
    OrgRow *rows = NULL;
    size_t count = 0;
    begin_region();
    assert_int_equal(listed((OrgFilter){0}, &rows), 7);
    assert_string_equal(rows[0].code, "d1");
    assert_string_equal(rows[6].code, "r66");
    assert_int_equal(listed((OrgFilter){.kind = ORG_SCHOOL}, &rows), 4);
    assert_int_equal(listed((OrgFilter){.under_code = "d2"}, &rows), 3);
    assert_int_equal(listed((OrgFilter){.under_id = region.region, .kind = ORG_DISTRICT}, &rows), 2);
    assert_int_equal(listed((OrgFilter){.under_code = "d1-s2"}, &rows), 1);
    assert_int_equal(listed((OrgFilter){.after_code = "d1-s1", .limit = 2}, &rows), 2);
    assert_string_equal(rows[0].code, "d1-s2");
    assert_string_equal(rows[1].code, "d2");
    REFUSED(org_store_list(region.app, &(OrgFilter){.under_code = "x", .on_date = "2023-11-21", .limit = 1},
                           region.arena, &rows, &count, &err),
            ERR_NOT_FOUND, "ORG_UNKNOWN");
    REFUSED(org_store_list(region.app, &(OrgFilter){.on_date = "today", .limit = 1}, region.arena, &rows,
                           &count, &err),
            ERR_INVALID_ARGUMENT, "DATE_MALFORMED");
    rollback();

    begin_district(1);
    assert_int_equal(listed((OrgFilter){0}, &rows), 4); /* itself, two schools, the region above by name */
    REFUSED(org_store_list(region.app, &(OrgFilter){.under_code = "d1", .on_date = "2023-11-21", .limit = 1},
                           region.arena, &rows, &count, &err),
            ERR_NOT_FOUND, "ORG_UNKNOWN");
    OrgRow row;
    REFUSED(org_store_find(region.app, "d1-s1", region.arena, &row, &err), ERR_NOT_FOUND, "ORG_UNKNOWN");
    REFUSED(org_store_get_versions(region.app, "d1-s1", region.arena, &rows, &count, &err), ERR_NOT_FOUND,
            "ORG_UNKNOWN");
    rollback();

    begin_school(0);
    assert_int_equal(listed((OrgFilter){0}, &rows), 2); /* itself and its district */
    REFUSED(org_store_find(region.app, "d1-s2", region.arena, &row, &err), ERR_NOT_FOUND, "ORG_UNKNOWN");
    OK(org_store_find(region.app, "d1-s1", region.arena, &row, &err));
    assert_int_equal(row.id, region.schools[0]);
    rollback();

    begin_role(DB_ROLE_REGION, DB_MODE_READ); /* the role alone, without its scope, sees nothing */
    assert_int_equal(listed((OrgFilter){0}, &rows), 0);
    rollback();
}

static void test_only_the_region_writes(void **state)
{
    (void)state;
    OrgRow row = school_row("d1-s1", "d1", "", "Чужое имя");
    OrgChange change = ORG_UNCHANGED;
    begin_district(0);
    REFUSED(org_store_upsert(region.app, &row, &change, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
    begin_school(0);
    REFUSED(org_store_upsert(region.app, &row, &change, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
    begin_auditor();
    REFUSED(org_store_upsert(region.app, &row, &change, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
}

static OrgChange link(const char *from, const char *to, const char *kind, const char *document)
{
    OrgChange change = ORG_UNCHANGED;
    OrgLinkRow row = {from, to, "2021-09-01", kind, document};
    OK(org_store_link(region.app, &row, &change, &err));
    return change;
}

static void test_links(void **state)
{
    (void)state;
    begin_region();
    assert_int_equal(link("d1-s1", "d1-s2", "absorbed", "приказ 1"), ORG_CREATED);
    assert_int_equal(link("d1-s1", "d1-s2", "absorbed", "приказ 1"), ORG_UNCHANGED);
    assert_int_equal(link("d1-s1", "d1-s2", "absorbed", "приказ 2"), ORG_CHANGED);
    assert_int_equal(link("d1-s2", "d2-s1", "merged", NULL), ORG_CREATED);
    assert_int_equal(link("d2-s2", "d2-s1", "split", NULL), ORG_CREATED);
    OrgLinkRow *rows = NULL;
    size_t count = 0;
    OK(org_store_get_links(region.app, "d1-s2", region.arena, &rows, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].predecessor, "d1-s1");
    assert_string_equal(rows[0].document, "приказ 2");
    assert_string_equal(rows[1].successor, "d2-s1");

    int64_t *ids = NULL;
    OK(org_store_predecessors(region.app, region.schools[2], region.arena, &ids, &count, &err));
    assert_int_equal(count, 2); /* both generations, the split one not */
    assert_int_equal(ids[0], region.schools[0]);
    assert_int_equal(ids[1], region.schools[1]);
    OK(org_store_predecessors(region.app, region.schools[0], region.arena, &ids, &count, &err));
    assert_int_equal(count, 0);

    OrgChange change = ORG_UNCHANGED;
    OrgLinkRow cycle = {"d2-s1", "d1-s1", "2022-09-01", "absorbed", ""};
    REFUSED(org_store_link(region.app, &cycle, &change, &err), ERR_FAILED_PRECONDITION, "ORG_LINK_CYCLE");
    rollback();

    static const OrgLinkRow bad[] = {{"d1-s1", "d1-s1", "2022-09-01", "absorbed", ""},
                                     {"d1-s1", "d1-s2", "2022-09-01", "eaten", ""},
                                     {"d1-s1", "d1-s2", "2022-09", "absorbed", ""},
                                     {"d1-s1", "gone", "2022-09-01", "absorbed", ""}};
    static const char *const reasons[] = {"ORG_LINK_CYCLE", "ORG_LINK_KIND", "DATE_MALFORMED", "ORG_UNKNOWN"};
    for (size_t i = 0; i < 4; i++) {
        begin_region();
        assert_int_not_equal(org_store_link(region.app, &bad[i], &change, &err), ERR_OK);
        assert_string_equal(err.reason, reasons[i]);
        rollback();
    }
}

static void test_links_hide_the_other_side(void **state)
{
    (void)state;
    OrgLinkRow *rows = NULL;
    size_t count = 0;
    test_pg_sql(region.owner,
                "insert into shans.org_link (predecessor_id, successor_id, on_date, kind) select a.id, b.id,"
                " '2021-09-01', 'absorbed' from shans.org a, shans.org b where a.code = 'd1-s1' and b.code = "
                "'d2-s1'");
    begin_district(1);
    OK(org_store_get_links(region.app, "d2-s1", region.arena, &rows, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].predecessor, ""); /* of the other district */
    assert_string_equal(rows[0].successor, "d2-s1");
    OK(org_store_get_links(region.app, "d1-s1", region.arena, &rows, &count, &err));
    assert_int_equal(count, 0);
    rollback();
    test_pg_sql(region.owner, "delete from shans.org_link");
}

static void test_move_to_another_district(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("results", "OGE.MATH", "participants", 20)};
    begin_region();
    OrgRow row = school_row("d1-move", "d1", "2010-09-01", "Кочующая"), found;
    put(&row);
    OK(org_store_find(region.app, "d1-move", region.arena, &found, &err));
    commit();
    int64_t school = region.schools[0];
    region.schools[0] = found.id;
    int64_t id = submission_make(0, "2011", 1, cells, 1);
    region.schools[0] = school;
    assert_int_equal(region_number("select count(*) from shans.cell_revision c join shans.org o on o.id ="
                                   " c.school_id where o.code = 'd1-move' and c.district_id = o.district_id"),
                     1);

    begin_region();
    OrgRow moved = school_row("d1-move", "d2", "2023-09-01", "Кочующая");
    assert_int_equal(put(&moved), ORG_CHANGED);
    OK(org_store_find(region.app, "d1-move", region.arena, &found, &err));
    assert_int_equal(found.district_id, region.districts[1]);
    assert_string_equal(found.parent_code, "d2");
    OrgRow *rows = NULL;
    assert_int_equal(listed((OrgFilter){.under_code = "d1", .on_date = "2022-01-01"}, &rows),
                     4); /* as then */
    assert_int_equal(listed((OrgFilter){.under_code = "d1", .on_date = "2024-01-01"}, &rows), 3); /* as now */
    commit();

    SubmissionRow submission;
    begin_district(0);
    REFUSED(submission_store_get(region.app, id, region.arena, &submission, &err), ERR_NOT_FOUND,
            "SUBMISSION_UNKNOWN");
    rollback();
    begin_district(1);
    OK(submission_store_get(region.app, id, region.arena, &submission, &err));
    assert_int_equal(submission.district_id, region.districts[1]);
    rollback();
    assert_int_equal(
        region_number("select count(*) from shans.cell_revision c join shans.submission s on s.id ="
                      " c.submission_id join shans.submission_event e on e.submission_id = s.id"
                      " join shans.org o on o.id = s.school_id where o.code = 'd1-move' and"
                      " c.district_id = o.district_id and e.district_id = o.district_id"),
        1);

    begin_region(); /* a correction of the past does not move it back */
    moved = school_row("d1-move", "d1", "2010-09-01", "Кочующая школа");
    assert_int_equal(put(&moved), ORG_CHANGED);
    OK(org_store_find(region.app, "d1-move", region.arena, &found, &err));
    assert_int_equal(found.district_id, region.districts[1]);
    rollback();
}

static void test_merger_shows_both_histories(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("results", "OGE.MATH", "participants", 20)};
    begin_region();
    OrgRow row = school_row("d1-251", "d1", "2000-09-01", "Школа № 251"), old, kept;
    row.number = "251", row.closed_on = "2021-09-01";
    put(&row);
    row = school_row("d1-506", "d1", "2000-09-01", "Школа № 506");
    row.number = "506";
    put(&row);
    link("d1-251", "d1-506", "absorbed", "постановление");
    OK(org_store_find(region.app, "d1-251", region.arena, &old, &err));
    OK(org_store_find(region.app, "d1-506", region.arena, &kept, &err));
    commit();

    int64_t school = region.schools[0];
    region.schools[0] = old.id;
    int64_t of_old = submission_make(0, "2020", 1, cells, 1);
    region.schools[0] = kept.id;
    int64_t of_kept = submission_make(0, "2020", 1, cells, 1);
    region.schools[0] = school;

    int64_t person = 0;
    uint8_t hash[TOKEN_HASH_SIZE] = {5, 0, 6};
    AccessPrincipal principal;
    OK(access_store_add_principal(region.owner, "head506", "Директор", 2, "d1-506", &person, &err));
    OK(access_store_issue_token(region.owner, hash, person, REGION_NOW_MS, REGION_NOW_MS + 1000, "", &err));
    begin_role(DB_ROLE_AUTH, DB_MODE_READ);
    OK(access_store_authenticate(region.app, hash, REGION_NOW_MS, region.arena, &principal, &err));
    rollback();
    assert_int_equal(principal.school_count, 2);
    assert_int_equal(principal.school_ids[0], kept.id);
    assert_int_equal(principal.school_ids[1], old.id);

    DbScope scope = {.role = DB_ROLE_SCHOOL,
                     .principal_id = person,
                     .school_ids = principal.school_ids,
                     .school_count = principal.school_count};
    SubmissionRow submission;
    OK(db_begin(region.app, &scope, &err));
    OK(submission_store_get(region.app, of_old, region.arena, &submission, &err));
    assert_string_equal(submission.school_name, "Школа № 251");
    OK(submission_store_get(region.app, of_kept, region.arena, &submission, &err));
    assert_string_equal(submission.school_code, "d1-506");
    rollback();
}

static void test_small_memory(void **state)
{
    (void)state;
    Arena *tiny = arena_new(256, NULL);
    OrgRow *rows = NULL;
    size_t count = 0;
    begin_region();
    OrgFilter filter = {.on_date = "2023-11-21", .limit = 100};
    REFUSED(org_store_list(region.app, &filter, tiny, &rows, &count, &err), ERR_RESOURCE_EXHAUSTED,
            "MEMORY_LIMIT");
    rollback();
    arena_free(tiny);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, region_setup, region_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dates),
        TEST(test_lists_by_scope),
        TEST(test_history),
        TEST(test_overlap_refused),
        TEST(test_number_taken),
        TEST(test_closing),
        TEST(test_bad_rows),
        TEST(test_centres),
        TEST(test_only_the_region_writes),
        TEST(test_links),
        TEST(test_links_hide_the_other_side),
        TEST(test_small_memory),
        TEST(test_move_to_another_district),
        TEST(test_merger_shows_both_histories),
    };
    return cmocka_run_group_tests(tests, region_start, region_stop);
}
