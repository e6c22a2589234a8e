/* What leaves for the public: an edition of a region with a large, a middle and a small district. */
#include "tests/unit/server_service/ask.h"

#include <stdio.h>
#include <string.h>

#include "common/core/text.h"
#include "tests/support/pg.h"

enum { MADE = 34, LARGE = 20, MIDDLE = 10 }; /* beside the world's two schools in each of two districts */

static uint32_t edition;

static Shans__V1__Org *make_org(const char *code, const char *parent, Shans__V1__OrgKind kind)
{
    Shans__V1__Org *org = ARENA_NEW(arena, Shans__V1__Org, 1);

    shans__v1__org__init(org);
    org->code = org->name = (char *)code;
    org->number = (char *)(kind == SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL ? code : "");
    org->parent_code = (char *)parent;
    org->kind = kind;
    org->valid_from = (char *)"2000-01-01";
    org->training = 1;
    return org;
}

/* District a: 22 schools, b: 12, c: 4. */
static void add_schools(void)
{
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;

    request.orgs = ARENA_NEW(arena, Shans__V1__Org *, MADE + 1);
    request.orgs[request.n_orgs++] = make_org("small", "r", SHANS__V1__ORG_KIND__ORG_KIND_DISTRICT);
    for (int i = 0; i < MADE; i++) {
        const char *parent = i < LARGE ? "a" : i < LARGE + MIDDLE ? "b" : "small";
        request.orgs[request.n_orgs++] = make_org(arena_printf(arena, "%s-9%03d", parent, 100 + i), parent,
                                                  SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL);
    }
    ask_ok("analyst", ORG, "ImportOrgs", true, &request.base);
}

/* Gives the classes of the run a spread: in district a two are listed. */
static void spread(uint64_t run)
{
    char sql[1024];
    Db *owner = test_pg_owner(&world.pg);

    test_pg_sql(owner, "set session_replication_role = replica");
    snprintf(sql, sizeof sql,
             "with numbered as (select class.school_id, district.code as district, row_number() over "
             "(partition by class.district_id order by school.code) as n from shans.run_class class "
             "join shans.org district on district.id = class.district_id "
             "join shans.org school on school.id = class.school_id where class.run_id = %llu) "
             "update shans.run_class class set status = case when district = 'a' then case when n <= 2 then "
             "1 when n "
             "<= 8 then 2 else 3 end else case when n <= 4 then 1 when n <= 7 then 2 else 3 end end, "
             "typology = case when n %% 2 = 0 then 'WELL' else '' end "
             "from numbered where numbered.school_id = class.school_id and class.run_id = %llu",
             (unsigned long long)run, (unsigned long long)run);
    test_pg_sql(owner, sql);
    db_close(owner);
}

static uint32_t publish(uint64_t run)
{
    Shans__V1__PublishEditionRequest request = SHANS__V1__PUBLISH_EDITION_REQUEST__INIT;

    request.run_id = run;
    request.title = (char *)"T";
    request.document = (char *)"D";
    return ((const Shans__V1__PublishEditionReply *)ask_ok("analyst", METHODS, "PublishEdition", true,
                                                           &request.base))
        ->edition->number;
}

static const Shans__V1__GetPublicTableReply *table_of(const char *login, uint32_t number)
{
    Shans__V1__GetPublicTableRequest request = SHANS__V1__GET_PUBLIC_TABLE_REQUEST__INIT;

    request.edition_number = number;
    return ask_ok(login, METHODS, "GetPublicTable", false, &request.base);
}

static const Shans__V1__PublicCell *cell(const Shans__V1__PublicRow *row, const char *code)
{
    for (size_t i = 0; i < row->n_statuses; i++) {
        if (text_equal(row->statuses[i]->code, code))
            return row->statuses[i];
    }
    fail_msg("no status %s", code);
    return NULL;
}

/* With four schools in all there is nothing to publish. */
static void a_handful_of_schools_gives_nothing_away(void **state)
{
    const Shans__V1__GetPublicTableReply *reply = table_of("analyst", publish(ask_run()));

    (void)state;
    assert_int_equal(reply->n_rows, 2);
    for (size_t i = 0; i < reply->n_rows; i++) {
        assert_true(reply->rows[i]->hidden);
        assert_int_equal(reply->rows[i]->schools, 0);
        for (size_t j = 0; j < reply->rows[i]->n_statuses; j++) {
            assert_int_equal(reply->rows[i]->statuses[j]->schools, 0);
            assert_int_equal(reply->rows[i]->statuses[j]->share, 0);
        }
    }
}

static void a_small_count_is_hidden_and_cannot_be_computed(void **state)
{
    (void)state;
    add_schools();
    uint64_t run = ask_run();
    spread(run);
    edition = publish(run);
    const Shans__V1__GetPublicTableReply *reply = table_of("analyst", edition);
    /* a alone; b takes in c, which is too small; the sum */
    assert_int_equal(reply->n_rows, 3);
    const Shans__V1__PublicRow *a = reply->rows[0], *rest = reply->rows[1], *all = reply->rows[2];
    assert_string_equal(a->district_code, "a");
    assert_int_equal(a->schools, 22);
    assert_string_equal(rest->district_code, "");
    assert_int_equal(rest->districts, 2);
    assert_int_equal(rest->schools, 16);
    assert_true(all->total && !all->hidden);
    assert_int_equal(all->schools, 38);
    assert_true(a->training && rest->training);
    /* two listed schools in a are hidden, and with them what would give them back */
    assert_true(cell(a, "LISTED")->hidden);
    assert_int_equal(cell(a, "LISTED")->schools, 0);
    assert_true(cell(rest, "LISTED")->hidden);
    size_t hidden = 0;
    for (size_t i = 0; i < a->n_statuses; i++)
        hidden += (size_t)a->statuses[i]->hidden;
    assert_true(hidden >= 2);
    for (size_t i = 0; i < reply->n_rows; i++) {
        for (size_t j = 0; j < reply->rows[i]->n_statuses; j++) {
            const Shans__V1__PublicCell *one = reply->rows[i]->statuses[j];
            assert_true(one->schools == 0 || one->schools > 4);
            assert_true(!one->hidden || (one->share == 0 && one->percent == 0));
        }
    }
    assert_int_equal(cell(all, "LISTED")->schools, 10);
    assert_int_equal(reply->base_min, 10);
    assert_int_equal(reply->count_max, 4);
}

static void shown_cells_add_up(void **state)
{
    const Shans__V1__GetPublicTableReply *reply = table_of("auditor", edition);

    (void)state;
    for (size_t i = 0; i < reply->n_rows; i++) {
        const Shans__V1__PublicRow *row = reply->rows[i];
        uint32_t types = 0, hidden = 0;
        for (size_t j = 0; j < row->n_types; j++) {
            types += row->types[j]->schools;
            hidden += (uint32_t)row->types[j]->hidden;
        }
        assert_true(hidden > 0 || types == row->schools);
        assert_true(hidden != 1);
    }
}

static void only_the_ministry_and_the_auditor_may_export(void **state)
{
    static const char *const others[] = {"head1", "coordinator1"};
    Shans__V1__GetPublicTableRequest request = SHANS__V1__GET_PUBLIC_TABLE_REQUEST__INIT;

    (void)state;
    request.edition_number = edition;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ask_refused(others[i], METHODS, "GetPublicTable", false, &request.base, ERR_PERMISSION_DENIED,
                    "ROLE_FORBIDDEN");
    request.edition_number = 4711;
    ask_refused("analyst", METHODS, "GetPublicTable", false, &request.base, ERR_NOT_FOUND, "EDITION_UNKNOWN");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, ask_setup, ask_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_handful_of_schools_gives_nothing_away),
        TEST(a_small_count_is_hidden_and_cannot_be_computed),
        TEST(shown_cells_add_up),
        TEST(only_the_ministry_and_the_auditor_may_export),
    };

    return cmocka_run_group_tests(tests, ask_start, ask_stop);
}
