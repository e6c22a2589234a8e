/* The table of offices, the counting of what was shown, and refusals in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "server/service/office.h"
#include "server/service/refusals.h"
#include "server/service/seen.h"
#include "server/store/store_org.h"
#include "shans/v1/system.pb-c.h"

enum { ROLES = 9, OWN = 5, OTHER = 6 };

/* ---- offices ---- */

/* Which role makes which in the own district, the other one, and above ('d', 'o', 'a'), written out. */
static const char *const made_by_coordinator[ROLES + 1] = {"", "d", "d", "", "", "", "", "", "d", ""};
static const char *const made_by_administrator[ROLES + 1] = {"",    "",    "",    "doa", "doa",
                                                             "doa", "doa", "doa", "doa", ""};

static void every_pair_of_roles_is_decided(void **state)
{
    static const struct {
        char name;
        int64_t district;
    } places[] = {{'d', OWN}, {'o', OTHER}, {'a', 0}};

    (void)state;
    for (int role = 0; role <= ROLES; role++) {
        Principal caller = {.role = role, .district_id = OWN};
        for (int target = 0; target <= ROLES; target++) {
            const char *expected =
                role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR ? made_by_coordinator[target]
                : role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR      ? made_by_administrator[target]
                                                                   : "";
            for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
                bool makes = strchr(expected, places[i].name) != NULL;
                bool keeps = makes || role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR;
                assert_int_equal(office_makes(&caller, target, places[i].district), makes);
                assert_int_equal(office_keeps(&caller, target, places[i].district), keeps);
            }
        }
    }
    Principal nowhere = {.role = SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR};
    assert_false(
        office_makes(&nowhere, SHANS__V1__ROLE__ROLE_CURATOR, 0)); /* no district is not a district */
}

static void roles_fit_their_organisations(void **state)
{
    /* by role: kinds where a district stands above, kinds above the districts */
    static const char *const within[ROLES + 1] = {"", "s", "s", "d", "", "", "", "", "sdc", ""};
    static const char *const above[ROLES + 1] = {"", "s", "s", "d", "r", "rc", "r", "r", "sdc", ""};
    static const char kinds[] = {0, 'r', 'd', 's', 'c'}; /* by OrgKind */

    (void)state;
    for (int role = 0; role <= ROLES; role++) {
        for (int kind = ORG_REGION; kind <= ORG_CENTRE; kind++) {
            assert_int_equal(office_fits(role, kind, OWN), strchr(within[role], kinds[kind]) != NULL);
            assert_int_equal(office_fits(role, kind, 0), strchr(above[role], kinds[kind]) != NULL);
        }
    }
}

/* ---- what was shown ---- */

static int64_t rows_of(const Seen *seen)
{
    int64_t rows = 0;

    for (size_t i = 0; i < seen->count; i++)
        rows += seen->row_counts[i];
    return rows;
}

static void few_schools_are_named(void **state)
{
    Seen seen = {0};

    (void)state;
    for (int row = 0; row < 3; row++) {
        for (int64_t school = 1; school <= SEEN_SCHOOLS_MAX; school++)
            seen_add(&seen, school, school % 2 == 0 ? OWN : OTHER);
    }
    assert_int_equal(seen.count, SEEN_SCHOOLS_MAX);
    assert_false(seen.wide);
    for (size_t i = 0; i < seen.count; i++)
        assert_true(seen.row_counts[i] == 3 && seen.org_ids[i] == (int64_t)i + 1);
}

static void many_schools_are_a_district_or_the_region(void **state)
{
    Seen seen = {0};

    (void)state;
    for (int64_t school = 1; school <= 100; school++) {
        seen_add(&seen, school, OWN);
        assert_true(rows_of(&seen) == school);
    }
    assert_true(seen.wide && seen.count == 1 && seen.org_ids[0] == OWN && seen.district_ids[0] == OWN);
    seen_add(&seen, 200, OTHER); /* one of another district: it is the region now, and stays it */
    seen_add(&seen, 1, OWN);
    assert_true(seen.count == 1 && seen.org_ids[0] == 0 && seen.district_ids[0] == 0);
    assert_true(rows_of(&seen) == 102);

    seen = (Seen){0};
    for (int64_t school = 1; school <= 100; school++)
        seen_add(&seen, school, school == 7 ? OTHER : OWN);
    assert_true(seen.org_ids[0] == 0 && rows_of(&seen) == 100);
}

/* ---- refusals ---- */

static int64_t waiting_in(const Refusals *refusals)
{
    int64_t count = 0;

    for (size_t i = 0; i < refusals->count; i++)
        count += refusals->slots[i].count;
    return count;
}

static void one_source_is_one_slot_a_minute(void **state)
{
    Refusals refusals;

    (void)state;
    refusals_init(&refusals);
    for (int i = 0; i < 1000; i++)
        refusals_add(&refusals, 600000 + i, "TOKEN_UNKNOWN", "token:01020304");
    assert_int_equal(refusals.count, 1);
    assert_true(refusals.slots[0].count == 1000 && refusals.slots[0].last_ms == 600999);
    assert_true(refusals.slots[0].minute_ms == 600000);
    refusals_add(&refusals, 660000, "TOKEN_UNKNOWN", "token:01020304");
    assert_int_equal(refusals.count, 2);
    assert_true(refusals.waiting == 1001);
    refusals_done(&refusals);
}

/* However many sources, minutes and reasons: memory is bounded and nothing is lost. */
static void a_flood_loses_nothing(void **state)
{
    Refusals refusals;
    int64_t added = 0;

    (void)state;
    refusals_init(&refusals);
    for (int minute = 0; minute < 40; minute++) {
        for (int i = 0; i < 500; i++, added++) {
            char source[32], reason[32];
            snprintf(source, sizeof source, "token:%08x", minute * 1000 + i);
            snprintf(reason, sizeof reason, "REASON_%d", i % 3);
            refusals_add(&refusals, minute * 60000LL + i, reason, source);
        }
        assert_in_range(refusals.count, 1, REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX);
    }
    assert_true(waiting_in(&refusals) == added && refusals.waiting == added);
    refusals_done(&refusals);
}

static void a_flush_is_due_once_a_second(void **state)
{
    Refusals refusals;

    (void)state;
    refusals_init(&refusals);
    assert_false(refusals_due(&refusals, 0)); /* nothing waits */
    refusals_add(&refusals, 1, "TOKEN_MISSING", "");
    assert_true(refusals_due(&refusals, 0)); /* the first at once */
    assert_false(refusals_due(&refusals, 999));
    assert_true(refusals_due(&refusals, 1000));
    assert_false(refusals_due(&refusals, 1000)); /* one caller gets it */
    refusals_done(&refusals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_roles_is_decided),
        cmocka_unit_test(roles_fit_their_organisations),
        cmocka_unit_test(few_schools_are_named),
        cmocka_unit_test(many_schools_are_a_district_or_the_region),
        cmocka_unit_test(one_source_is_one_slot_a_minute),
        cmocka_unit_test(a_flood_loses_nothing),
        cmocka_unit_test(a_flush_is_due_once_a_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
