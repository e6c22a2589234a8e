/* Accounts, tokens and what signing in finds; remembered operations; the audit log and its guards. */
#include "tests/unit/server_store/region.h"

#include <stdlib.h>
#include <string.h>

#include "server/store/store_access.h"

static const int64_t hour_ms = 3600000;

static AccessPrincipal principal;

static ErrCode sign_in(uint8_t mark, int64_t now_ms)
{
    uint8_t hash[TOKEN_HASH_SIZE] = {mark};
    begin_role(DB_ROLE_AUTH, DB_MODE_READ);
    ErrCode code = access_store_authenticate(region.app, hash, now_ms, region.arena, &principal, &err);
    rollback();
    return code;
}

static void issue(uint8_t mark, int64_t principal_id)
{
    uint8_t hash[TOKEN_HASH_SIZE] = {mark};
    OK(access_store_issue_token(region.owner, hash, principal_id, REGION_NOW_MS, REGION_NOW_MS + hour_ms,
                                "test", &err));
}

static void test_sign_in_of_each_level(void **state)
{
    (void)state;
    issue(1, region.editors[1]);
    OK(sign_in(1, REGION_NOW_MS));
    assert_string_equal(principal.login, "editor2");
    assert_int_equal(principal.id, region.editors[1]);
    assert_int_equal(principal.role, 1);
    assert_string_equal(principal.org_code, "d1-s2");
    assert_string_equal(principal.org_name, "Организация d1-s2");
    assert_int_equal(principal.org_kind, ORG_SCHOOL);
    assert_int_equal(principal.district_id, region.districts[0]);
    assert_int_equal(principal.school_count, 1);
    assert_int_equal(principal.school_ids[0], region.schools[1]);
    assert_int_equal(principal.above_count, 2);
    assert_int_equal(principal.above_ids[0], region.districts[0]);
    assert_int_equal(principal.above_ids[1], region.region);
    assert_int_equal(principal.expires_ms, REGION_NOW_MS + hour_ms);

    issue(2, region.coordinators[1]);
    OK(sign_in(2, REGION_NOW_MS));
    assert_int_equal(principal.school_count, 0);
    assert_int_equal(principal.district_id, region.districts[1]);
    assert_int_equal(principal.above_count, 1);
    assert_int_equal(principal.above_ids[0], region.region);

    issue(3, region.analyst);
    OK(sign_in(3, REGION_NOW_MS));
    assert_int_equal(principal.district_id, 0);
    assert_int_equal(principal.above_count, 0);
    assert_int_equal(principal.role, 4);
}

static void test_tokens_refused(void **state)
{
    (void)state;
    int64_t count = 0;
    REFUSED(sign_in(99, REGION_NOW_MS), ERR_UNAUTHENTICATED, "TOKEN_UNKNOWN");
    issue(10, region.editors[0]);
    issue(11, region.editors[0]);
    issue(12, region.editors[0]);
    OK(sign_in(10, REGION_NOW_MS + hour_ms - 1));
    REFUSED(sign_in(10, REGION_NOW_MS + hour_ms), ERR_UNAUTHENTICATED, "TOKEN_EXPIRED");

    uint8_t hash[TOKEN_HASH_SIZE] = {11};
    OK(access_store_revoke(region.owner, hash, 0, REGION_NOW_MS, &count, &err));
    assert_int_equal(count, 1);
    OK(access_store_revoke(region.owner, hash, 0, REGION_NOW_MS, &count, &err));
    assert_int_equal(count, 0);
    REFUSED(sign_in(11, REGION_NOW_MS), ERR_UNAUTHENTICATED, "TOKEN_REVOKED");
    OK(sign_in(12, REGION_NOW_MS));

    OK(access_store_set_active(region.owner, "editor1", false, &err));
    REFUSED(sign_in(12, REGION_NOW_MS), ERR_UNAUTHENTICATED, "ACCOUNT_DISABLED");
    OK(access_store_set_active(region.owner, "editor1", true, &err));
    OK(sign_in(12, REGION_NOW_MS));
    OK(access_store_revoke(region.owner, NULL, region.editors[0], REGION_NOW_MS, &count, &err));
    assert_int_equal(count, 2);
    REFUSED(sign_in(12, REGION_NOW_MS), ERR_UNAUTHENTICATED, "TOKEN_REVOKED");
    REFUSED(access_store_set_active(region.owner, "nobody", true, &err), ERR_NOT_FOUND, "LOGIN_UNKNOWN");
}

static void test_revoking_is_told(void **state)
{
    (void)state;
    DbNotice notice;
    bool got = false;
    int64_t count = 0;
    issue(20, region.auditor);
    test_pg_sql(region.app, "listen shans_token");
    OK(access_store_revoke(region.owner, NULL, region.auditor, REGION_NOW_MS, &count, &err));
    OK(db_notice_wait(region.app, 2000, &notice, &got, &err));
    assert_true(got);
    assert_string_equal(notice.channel, "shans_token");
    assert_int_equal(region_number("select id from shans.principal where login = 'auditor'"), region.auditor);
    assert_true(strtoll(notice.payload, NULL, 10) == region.auditor);
    test_pg_sql(region.app, "unlisten shans_token");
}

static void test_principals(void **state)
{
    (void)state;
    int64_t id = 0;
    REFUSED(access_store_add_principal(region.owner, "editor1", "", 1, "d1-s1", &id, &err),
            ERR_ALREADY_EXISTS, "LOGIN_TAKEN");
    REFUSED(access_store_add_principal(region.owner, "иванов", "", 1, "d1-s1", &id, &err),
            ERR_INVALID_ARGUMENT, "LOGIN_FORM");
    REFUSED(access_store_add_principal(region.owner, "", "", 1, "d1-s1", &id, &err), ERR_INVALID_ARGUMENT,
            "LOGIN_FORM");
    REFUSED(access_store_add_principal(region.owner, "x", "", 9, "d1-s1", &id, &err), ERR_INVALID_ARGUMENT,
            "ROLE_UNKNOWN");
    REFUSED(access_store_add_principal(region.owner, "x", "", 1, "gone", &id, &err), ERR_NOT_FOUND,
            "ORG_UNKNOWN");
    OK(access_store_add_principal(region.owner, "a.person@school", NULL, 2, "d1-s1", &id, &err));
    PrincipalRow row, *rows = NULL;
    OK(access_store_find_principal(region.owner, "a.person@school", region.arena, &row, &err));
    assert_int_equal(row.id, id);
    assert_string_equal(row.org_code, "d1-s1");
    assert_true(row.active);
    REFUSED(access_store_find_principal(region.owner, "b", region.arena, &row, &err), ERR_NOT_FOUND,
            "LOGIN_UNKNOWN");
    issue(30, id);
    size_t count = 0;
    OK(access_store_list_principals(region.owner, REGION_NOW_MS, region.arena, &rows, &count, &err));
    assert_int_equal(count, 9);
    assert_string_equal(rows[0].login, "a.person@school");
    assert_int_equal(rows[0].live_tokens, 1);
    OK(access_store_list_principals(region.owner, REGION_NOW_MS + hour_ms, region.arena, &rows, &count,
                                    &err));
    assert_int_equal(rows[0].live_tokens, 0);
}

/* No working role reads tokens or writes accounts, whatever its scope. */
static void test_accounts_are_the_administrators(void **state)
{
    (void)state;
    static const DbRole roles[] = {DB_ROLE_SCHOOL,  DB_ROLE_DISTRICT, DB_ROLE_REGION,
                                   DB_ROLE_AUDITOR, DB_ROLE_WRITER,   DB_ROLE_JOBS};
    uint8_t hash[TOKEN_HASH_SIZE] = {40};
    int64_t id = 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        begin_role(roles[i], DB_MODE_WRITE);
        REFUSED(access_store_authenticate(region.app, hash, 0, region.arena, &principal, &err),
                ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
        rollback();
        begin_role(roles[i], DB_MODE_WRITE);
        REFUSED(access_store_issue_token(region.app, hash, region.analyst, 0, 1, "", &err),
                ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
        rollback();
    }
    begin_role(DB_ROLE_AUTH, DB_MODE_WRITE);
    REFUSED(access_store_issue_token(region.app, hash, region.analyst, 0, 1, "", &err), ERR_PERMISSION_DENIED,
            "ROW_FORBIDDEN");
    rollback();
    begin_region();
    REFUSED(access_store_add_principal(region.app, "self", "", 6, "d1", &id, &err), ERR_PERMISSION_DENIED,
            "ROW_FORBIDDEN");
    rollback();
}

static OperationRow operation_row(uint8_t mark)
{
    static uint8_t hash[32];
    hash[0] = mark;
    return (OperationRow){.principal_id = region.editors[0],
                          .method = "shans.v1.CollectionService/Review",
                          .content_hash = hash,
                          .reply = (const uint8_t *)"\0reply",
                          .reply_size = 6};
}

static void test_operations(void **state)
{
    (void)state;
    uint8_t id[16] = {1, 2, 3};
    OperationRow row = operation_row(4), found;
    begin_school(0);
    OK(operation_store_get(region.app, id, region.arena, &found, &err));
    assert_false(found.found);
    OK(operation_store_add(region.app, id, &row, REGION_NOW_MS, &err));
    commit();

    begin_district(1); /* seen from any scope */
    OK(operation_store_get(region.app, id, region.arena, &found, &err));
    assert_true(found.found);
    assert_int_equal(found.reply_size, 6);
    assert_memory_equal(found.reply, "\0reply", 6);
    REFUSED(operation_store_add(region.app, id, &row, REGION_NOW_MS, &err), ERR_ABORTED, "OPERATION_RACED");
    rollback();

    OK(operation_check(&found, row.principal_id, row.method, row.content_hash, &err));
    uint8_t other[32] = {9};
    REFUSED(operation_check(&found, row.principal_id, row.method, other, &err), ERR_FAILED_PRECONDITION,
            "OPERATION_MISMATCH");
    REFUSED(operation_check(&found, row.principal_id, "m", row.content_hash, &err), ERR_FAILED_PRECONDITION,
            "OPERATION_MISMATCH");
    REFUSED(operation_check(&found, row.principal_id + 1, row.method, other, &err), ERR_PERMISSION_DENIED,
            "OPERATION_FOREIGN");

    uint8_t empty_id[16] = {5};
    row.reply = NULL, row.reply_size = 0;
    begin_school(0);
    OK(operation_store_add(region.app, empty_id, &row, REGION_NOW_MS, &err));
    OK(operation_store_get(region.app, empty_id, region.arena, &found, &err));
    assert_true(found.found);
    assert_int_equal(found.reply_size, 0);
    rollback();
}

static void test_audit(void **state)
{
    (void)state;
    uint8_t id[16] = {7};
    AuditEntry entry = {.at_ms = REGION_NOW_MS,
                        .principal_id = region.editors[0],
                        .login = "editor1",
                        .role = 1,
                        .method = "m",
                        .request_id = id,
                        .object = "submission:1"};
    begin_school(0);
    OK(audit_store_add(region.app, &entry, &err));
    commit();
    entry.principal_id = 0, entry.login = NULL;
    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
    OK(audit_store_add(region.app, &entry, &err));
    commit();
    assert_int_equal(region_number("select count(*) from shans.audit_log where request_id is not null and"
                                   " operation_id is null"),
                     2);
    assert_int_equal(region_number("select count(*) from shans.audit_log where principal_id is null"), 1);
    assert_true(region_sql_refused("update shans.audit_log set login = 'x'"));
    assert_true(region_sql_refused("delete from shans.audit_log"));
}

static void test_operations_are_kept(void **state)
{
    (void)state;
    assert_int_equal(region_number("select count(*) from shans.operation"), 1);
    assert_true(region_sql_refused("update shans.operation set reply = ''"));
    assert_true(region_sql_refused("delete from shans.operation"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, region_setup, region_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sign_in_of_each_level),
        TEST(test_tokens_refused),
        TEST(test_revoking_is_told),
        TEST(test_principals),
        TEST(test_accounts_are_the_administrators),
        TEST(test_operations),
        TEST(test_audit),
        TEST(test_operations_are_kept),
    };
    return cmocka_run_group_tests(tests, region_start, region_stop);
}
