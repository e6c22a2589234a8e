/* Facts: what is projected, replaced and removed, and the input a run loads: order, range, lineage. */
#include "tests/unit/server_store/region.h"

#include <stdio.h>
#include <string.h>

#include "server/store/store_fact.h"

static FactOrigin origin_of(int school, int64_t submission_id, const char *period, int source)
{
    return (FactOrigin){.submission_id = submission_id,
                        .school_id = region.schools[school],
                        .district_id = region.districts[school / 2],
                        .revision = 1,
                        .period = period,
                        .source = source};
}

/* Stores a submission and its facts. */
static int64_t accepted(int school, const char *period, int source, const FormCell *cells, size_t count)
{
    int64_t id = submission_make(school, period, source, cells, count);
    FactOrigin origin = origin_of(school, id, period, source);
    begin_district(school / 2);
    OK(fact_store_project(region.app, &form_results, &origin, cells, count, region.arena, &err));
    commit();
    return id;
}

static int64_t facts_of(int64_t submission_id)
{
    char sql[128];
    snprintf(sql, sizeof sql, "select count(*) from shans.fact_result where submission_id = %lld",
             (long long)submission_id);
    return region_number(sql);
}

static void clear_facts(void)
{
    test_pg_sql(region.owner, "delete from shans.fact_result; delete from shans.fact_identification;"
                              "delete from shans.org_link");
}

static void test_what_gives_a_fact(void **state)
{
    (void)state;
    FormCell cells[] = {
        cell_number("results", "VPR.RUS.5", "participants", 30),
        cell_number("results", "VPR.RUS.5", "below_min", 9),
        cell_kind("results", "VPR.MATH.5", "participants", VALUE_NOT_APPLICABLE), /* not held */
        cell_number("results", "OGE.MATH", "participants", 0),                    /* held, nobody took part */
        cell_number("results", "OGE.MATH", "below_min", 0),
        cell_number("results", "OGE.RUS", "participants", 10), /* half known: no fact */
        cell_kind("results", "OGE.RUS", "below_min", VALUE_UNKNOWN),
        cell_kind("results", "EGE.RUS", "participants", VALUE_UNKNOWN),
        cell_number("results", "EGE.MATH.P", "below_min", 3),
        cell_kind("results", "VPR.RUS.4", "participants", VALUE_NOT_APPLICABLE), /* contradicts itself */
        cell_number("results", "VPR.RUS.4", "below_min", 1),
        cell_number("results", "NOT.A.PROCEDURE", "participants", 10),
        cell_number("results", "NOT.A.PROCEDURE", "below_min", 1),
    };
    int64_t id = accepted(0, "2021", 1, cells, sizeof cells / sizeof *cells);
    assert_int_equal(facts_of(id), 3);
    assert_int_equal(
        region_number("select participants * 100 + below from shans.fact_result where procedure ="
                      " 'VPR.RUS.5' and held and year = 2021 and source = 1"),
        3009);
    assert_int_equal(region_number("select count(*) from shans.fact_result where procedure = 'VPR.MATH.5' and"
                                   " not held and participants = 0 and below = 0"),
                     1);
    assert_int_equal(region_number("select count(*) from shans.fact_result where procedure = 'OGE.MATH' and"
                                   " held and participants = 0"),
                     1);

    FactOrigin origin = origin_of(0, id, "2021", 1); /* projected again: replaced, not added */
    begin_district(0);
    OK(fact_store_project(region.app, &form_results, &origin, cells, 2, region.arena, &err));
    commit();
    assert_int_equal(facts_of(id), 1);
    begin_district(1); /* another district removes nothing and writes nothing */
    OK(fact_store_remove(region.app, id, &err));
    commit();
    assert_int_equal(facts_of(id), 1);
    begin_district(1);
    REFUSED(fact_store_project(region.app, &form_results, &origin, cells, 2, region.arena, &err),
            ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
    begin_school(0);
    OK(fact_store_remove(region.app, id, &err));
    commit();
    assert_int_equal(facts_of(id), 0);
    begin_district(0);
    OK(fact_store_project(region.app, &form_results, &origin, NULL, 0, region.arena, &err));
    commit();
    assert_int_equal(facts_of(id), 0);
}

static void identify(int school, const char *period, int64_t wellbeing, int64_t quality, bool listed)
{
    FormCell cells[] = {cell_number("groups", "", "wellbeing_group", wellbeing),
                        cell_number("groups", "", "quality_group", quality),
                        cell_number("groups", "", "declared_typology", 1),
                        cell_number("groups", "", "support_group", 3),
                        cell_number("groups", "", "listed", listed)};
    static char key[16];
    static int serial = 3000;
    snprintf(key, sizeof key, "%d", ++serial); /* the submission's own period plays no part here */
    int64_t id = submission_make(school, key, 3, cells, 5);
    FactOrigin origin = origin_of(school, id, period, 3);
    begin_region();
    OK(fact_store_project(region.app, &form_identification, &origin, cells, 5, region.arena, &err));
    commit();
}

static void test_identification(void **state)
{
    (void)state;
    identify(0, "2023", 2, 11, true);
    identify(0, "2023", 3, 10, true); /* of another submission: the later one counts */
    assert_int_equal(
        region_number("select wellbeing_group * 100 + quality_group from shans.fact_identification"
                      " where year = 2023 and listed and declared_typology = 'DISADVANTAGED' and"
                      " support_group = 'at_risk' and quality_cluster = 0"),
        310);
    FormDef other = form_results;
    other.code = "social_passport";
    FormCell cell = cell_number("results", "VPR.RUS.5", "participants", 30);
    FactOrigin origin = origin_of(0, 1, "2023", 1);
    assert_true(fact_form_known(&form_results));
    assert_true(fact_form_known(&form_identification));
    assert_false(fact_form_known(&other));
    begin_region();
    OK(fact_store_project(region.app, &other, &origin, &cell, 1, region.arena, &err));
    rollback();
    clear_facts();
}

static FactInput input;

static void load(int64_t under_id, int from, int to, int identification)
{
    FactRange range = {under_id, from, to, identification};
    begin_role(DB_ROLE_JOBS, DB_MODE_SNAPSHOT);
    OK(fact_store_load_input(region.app, &range, region.arena, &input, &err));
    rollback();
}

static void check_fact(size_t at, uint32_t school, int year, const char *procedure, int source, int64_t below)
{
    char text[PROCEDURE_TEXT_SIZE];
    const ResultFact *fact = &input.engine.facts[at];
    procedure_dump(fact->procedure, text);
    assert_int_equal(fact->school, school);
    assert_int_equal(fact->origin_school, school);
    assert_int_equal(fact->year, year);
    assert_string_equal(text, procedure);
    assert_int_equal(fact->source, source);
    assert_int_equal(fact->below, below);
}

static void test_load_order(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("results", "OGE.MATH", "participants", 30),
                        cell_number("results", "OGE.MATH", "below_min", 1),
                        cell_number("results", "VPR.MATH.5", "participants", 30),
                        cell_number("results", "VPR.MATH.5", "below_min", 2),
                        cell_number("results", "VPR.RUS.5", "participants", 30),
                        cell_number("results", "VPR.RUS.5", "below_min", 3)};
    accepted(3, "2022", 1, cells, 6);
    cells[1].value.number = 11;
    accepted(1, "2022", 2, cells, 2);
    cells[1].value.number = 12;
    int64_t mine = accepted(1, "2022", 1, cells, 2);
    accepted(1, "2020", 1, cells, 2); /* out of range */
    cells[1].value.number = 13;
    accepted(1, "2023", 1, cells, 2);
    identify(1, "2023", 4, 5, true);
    identify(3, "2022", 7, 8, true); /* of another year */

    load(0, 2022, 2023, 2023);
    assert_int_equal(input.engine.school_count, 4);
    assert_string_equal(input.engine.schools[0].code, "d1-s1");
    assert_string_equal(input.engine.schools[3].code, "d2-s2");
    assert_string_equal(input.engine.schools[1].kind, "sosh");
    assert_int_equal(input.engine.schools[1].wellbeing_group, 4);
    assert_int_equal(input.engine.schools[1].quality_group, 5);
    assert_int_not_equal(input.engine.schools[1].identification_submission, 0);
    assert_int_equal(input.engine.schools[3].wellbeing_group, 0);
    assert_string_equal(input.schools[1].official_group, "at_risk");
    assert_true(input.schools[1].official_listed);
    assert_false(input.schools[3].official_listed);
    assert_int_equal(input.schools[3].org_id, region.schools[3]);
    assert_int_equal(input.schools[3].district_id, region.districts[1]);
    assert_int_equal(input.engine.fact_count, 6);
    check_fact(0, 1, 2022, "OGE.MATH", 1, 12);
    check_fact(1, 1, 2022, "OGE.MATH", 2, 11);
    check_fact(2, 1, 2023, "OGE.MATH", 1, 13);
    check_fact(3, 3, 2022, "VPR.RUS.5", 1, 3);
    check_fact(4, 3, 2022, "VPR.MATH.5", 1, 2);
    check_fact(5, 3, 2022, "OGE.MATH", 1, 1);
    assert_int_equal(input.engine.facts[0].submission, mine);
    assert_int_equal(input.engine.facts[0].revision, 1);
    assert_true(input.engine.facts[0].held);
    assert_int_equal(input.engine.lineage_count, 0);

    load(region.districts[1], 2022, 2023, 0);
    assert_int_equal(input.engine.school_count, 2);
    assert_int_equal(input.engine.fact_count, 3);
    check_fact(0, 1, 2022, "VPR.RUS.5", 1, 3);
    load(region.schools[1], 2022, 2022, 2023);
    assert_int_equal(input.engine.school_count, 1);
    assert_int_equal(input.engine.fact_count, 2);
    load(region.region, 2000, 2001, 2023);
    assert_int_equal(input.engine.school_count, 4);
    assert_int_equal(input.engine.fact_count, 0);
    clear_facts();
}

static void school_put(const char *code, const char *opened, const char *closed, const char *kind,
                       const char *from)
{
    OrgChange change;
    OrgRow row = {.code = code,
                  .kind = ORG_SCHOOL,
                  .parent_code = "d2",
                  .name = code,
                  .school_kind = kind,
                  .valid_from = from,
                  .opened_on = opened,
                  .closed_on = closed};
    OK(org_store_upsert(region.app, &row, &change, &err));
}

static void merge(const char *from, const char *to, const char *day, const char *kind)
{
    OrgChange change;
    OrgLinkRow row = {from, to, day, kind, ""};
    OK(org_store_link(region.app, &row, &change, &err));
}

static const EngineSchool *school_at(const char *code, size_t *ret_index)
{
    for (size_t i = 0; i < input.engine.school_count; i++)
        if (strcmp(input.engine.schools[i].code, code) == 0) {
            *ret_index = i;
            return &input.engine.schools[i];
        }
    return NULL;
}

static void test_load_lineage(void **state)
{
    (void)state;
    size_t at = 0;
    begin_region();
    school_put("x-a", "", "2019-09-01", "sosh", "");                /* absorbed by x-b */
    school_put("x-b", "", "2020-06-01", "sosh", "");                /* merged into x-c */
    school_put("x-c", "2020-09-01", "", "gymnasium", "2021-06-01"); /* its first version begins late */
    school_put("x-c", "2020-09-01", "", "lyceum", "2023-09-01");
    school_put("x-d", "", "2015-05-31", "sosh", ""); /* closed long ago, nobody's predecessor */
    school_put("x-e", "2023-06-01", "", "sosh", ""); /* opens after the range */
    school_put("x-f", "", "2021-05-31", "sosh",
               ""); /* split: hands nothing over, but was open in the range */
    merge("x-a", "x-b", "2019-09-01", "absorbed");
    merge("x-b", "x-c", "2020-05-31", "merged");
    merge("x-f", "x-c", "2021-05-31", "split");
    commit();
    FormCell cells[] = {cell_number("results", "OGE.MATH", "participants", 30),
                        cell_number("results", "OGE.MATH", "below_min", 1)};
    int64_t school = region.schools[2];
    begin_region();
    OrgRow found;
    OK(org_store_find(region.app, "x-a", region.arena, &found, &err));
    rollback();
    region.schools[2] = found.id;
    accepted(2, "2022", 1, cells, 2);
    region.schools[2] = school;

    load(region.districts[1], 2022, 2023, 0);
    assert_null(school_at("x-d", &at));
    assert_null(school_at("x-e", &at));
    assert_null(school_at("x-f", &at));
    assert_string_equal(school_at("x-c", &at)->kind, "gymnasium"); /* of the range, not of today */
    assert_int_equal(school_at("x-c", &at)->opened_year, 2021);
    assert_int_equal(input.schools[at].closed_year, 0);
    assert_non_null(school_at("x-a", &at));
    assert_int_equal(input.schools[at].closed_year, 2019);
    uint32_t a = (uint32_t)at;
    assert_non_null(school_at("x-b", &at));
    assert_int_equal(input.schools[at].closed_year, 2020);
    assert_int_equal(input.engine.fact_count, 1);
    assert_int_equal(input.engine.facts[0].school, a);
    assert_int_equal(input.engine.lineage_count, 2);
    assert_int_equal(input.engine.lineage[0].predecessor, a);
    assert_int_equal(input.engine.lineage[0].successor, at);
    assert_int_equal(input.engine.lineage[0].last_year, 2019);
    assert_int_equal(input.engine.lineage[1].predecessor, at);
    assert_int_equal(input.engine.lineage[1].last_year,
                     2019); /* the day before June still counts as 2019/20 */

    load(region.districts[1], 2021, 2021, 0);
    assert_non_null(school_at("x-f", &at));
    assert_string_equal(school_at("x-c", &at)->kind, "gymnasium"); /* the earliest known */
    load(region.districts[1], 2019, 2020, 0);
    assert_null(school_at("x-c", &at)); /* opened after the range */
    assert_non_null(school_at("x-a", &at));
    load(region.districts[0], 2022, 2023, 0);
    assert_int_equal(input.engine.school_count, 2);
    clear_facts();
}

static void test_load_refused(void **state)
{
    (void)state;
    FactRange range = {0, 2023, 2022, 0};
    begin_role(DB_ROLE_JOBS, DB_MODE_SNAPSHOT);
    REFUSED(fact_store_load_input(region.app, &range, region.arena, &input, &err), ERR_INVALID_ARGUMENT,
            "YEARS_REVERSED");
    range = (FactRange){424242, 2022, 2023, 0};
    REFUSED(fact_store_load_input(region.app, &range, region.arena, &input, &err), ERR_NOT_FOUND,
            "ORG_UNKNOWN");
    range = (FactRange){0, 2022, 2023, 0};
    Arena *tiny = arena_new(512, NULL);
    REFUSED(fact_store_load_input(region.app, &range, tiny, &input, &err), ERR_RESOURCE_EXHAUSTED,
            "MEMORY_LIMIT");
    arena_free(tiny);
    rollback();
}

/* Every allocation of a load may fail: an error each time, never a crash. */
static void test_load_memory(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("results", "OGE.MATH", "participants", 30),
                        cell_number("results", "OGE.MATH", "below_min", 1)};
    accepted(0, "2024", 1, cells, 2);
    FactRange range = {0, 2024, 2024, 0};
    begin_role(DB_ROLE_JOBS, DB_MODE_SNAPSHOT);
    size_t n = 1;
    for (;; n++) {
        Arena *arena = arena_new(1 << 20, NULL);
        arena_fail_nth(arena, n);
        ErrCode code = fact_store_load_input(region.app, &range, arena, &input, &err);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_string_equal(err.reason, "MEMORY_LIMIT");
        assert_true(n < 500);
    }
    assert_true(n > 10);
    rollback();
    clear_facts();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, region_setup, region_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_gives_a_fact), TEST(test_identification), TEST(test_load_order),
        TEST(test_load_lineage),      TEST(test_load_refused),   TEST(test_load_memory),
    };
    return cmocka_run_group_tests(tests, region_start, region_stop);
}
