/* The method table: one row for each generated method, and every way of getting that wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/rpc/committer.h"
#include "server/rpc/method.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

static ErrCode handler(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    (void)call;
    (void)request;
    (void)reply;
    (void)err;
    return ERR_OK;
}

#define ORG &shans__v1__org_service__descriptor

enum { ROWS = 3 };

static const MethodRow good[ROWS] = {
    {ORG, "ListOrgs", METHOD_ANY_ROLE, LANE_READ, false, 0, handler},
    {ORG, "GetOrg", METHOD_OPEN, LANE_READ, false, METHOD_OPEN_MAX, handler},
    {ORG, "ImportOrgs", METHOD_ROLE(4) | METHOD_ROLE(6), LANE_WRITE, true, METHOD_REQUEST_MAX, handler},
};
static const ProtobufCServiceDescriptor *const services[] = {ORG};

static void expect_fault(const MethodRow *rows, size_t count, const char *method, const char *fault)
{
    MethodTable *table = NULL;
    Err err = {0};

    assert_int_equal(methods_check(rows, count, services, 1, &err), ERR_INTERNAL);
    assert_string_equal(err.reason, "METHOD_TABLE");
    assert_string_equal(err_arg_get(&err, "method"), method);
    assert_string_equal(err_arg_get(&err, "fault"), fault);
    assert_int_equal(method_table_new(rows, count, services, 1, &table, &err), ERR_INTERNAL);
    assert_null(table);
}

static void test_good_table(void **state)
{
    MethodTable *table = NULL;
    Err err = {0};

    (void)state;
    assert_int_equal(method_table_new(good, ROWS, services, 1, &table, &err), ERR_OK);
    assert_int_equal(method_table_count(table), 3);
    assert_string_equal(method_table_get(table, 0)->name, "shans.v1.OrgService/GetOrg");
    for (size_t i = 0; i < 3; i++) {
        const Method *method = method_table_get(table, i);

        assert_int_equal(method->index, i);
        assert_ptr_equal(method_table_find(table, method->name), method);
        assert_string_equal(method->row->method, method->descriptor->name);
    }
    assert_null(method_table_find(table, ""));
    assert_null(method_table_find(table, "shans.v1.OrgService/"));
    assert_null(method_table_find(table, "shans.v1.OrgService/GetOrgs"));
    assert_null(method_table_find(table, "zzz"));
    method_table_free(table);
}

static void test_dump(void **state)
{
    MethodTable *table = NULL;
    Err err = {0};
    Buf buf;

    (void)state;
    assert_int_equal(method_table_new(good, ROWS, services, 1, &table, &err), ERR_OK);
    buf_init(&buf, 4096);
    methods_dump(table, &buf);
    assert_string_equal(buf.data, "shans.v1.OrgService/GetOrg read 0x01 65536\n"
                                  "shans.v1.OrgService/ImportOrgs write 0x50 4000000\n"
                                  "shans.v1.OrgService/ListOrgs read 0x1fe 65536\n");
    buf_done(&buf);
    method_table_free(table);
}

static void test_missing_double_unknown(void **state)
{
    MethodRow rows[ROWS + 1];

    (void)state;
    expect_fault(good, ROWS - 1, "shans.v1.OrgService/ImportOrgs", "missing");
    expect_fault(good, 0, "shans.v1.OrgService/ListOrgs", "missing");
    memcpy(rows, good, sizeof good);
    rows[ROWS] = good[1];
    expect_fault(rows, ROWS + 1, "shans.v1.OrgService/GetOrg", "double");
    rows[ROWS].method = "GetOrgan";
    expect_fault(rows, ROWS + 1, "shans.v1.OrgService/GetOrgan", "unknown");
    rows[ROWS] = (MethodRow){
        &shans__v1__system_service__descriptor, "Echo", METHOD_OPEN, LANE_READ, false, 0, handler};
    expect_fault(rows, ROWS + 1, "shans.v1.SystemService/Echo", "unknown");
    rows[ROWS].service = NULL;
    expect_fault(rows, ROWS + 1, "/Echo", "unknown");
}

/* Exactly one row is bad, at each position. */
static void expect_row_fault(MethodRow bad, const char *fault)
{
    for (size_t at = 0; at < ROWS; at++) {
        MethodRow rows[ROWS];
        char name[64];

        memcpy(rows, good, sizeof good);
        bad.method = good[at].method;
        rows[at] = bad;
        snprintf(name, sizeof name, "shans.v1.OrgService/%s", bad.method);
        expect_fault(rows, ROWS, name, fault);
    }
}

static void test_bad_rows(void **state)
{
    (void)state;
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ANY_ROLE, LANE_READ, false, 0, NULL}, "handler");
    expect_row_fault((MethodRow){ORG, NULL, 0, LANE_READ, false, 0, handler}, "roles");
    expect_row_fault((MethodRow){ORG, NULL, 0x200, LANE_READ, false, 0, handler}, "roles");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ACCOUNTS, LANE_READ, false, 0, handler}, "roles");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ANY_ROLE, 0, false, 0, handler}, "lane");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ANY_ROLE, 4, true, 0, handler}, "lane");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ANY_ROLE, LANE_READ, true, 0, handler}, "lane");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ANY_ROLE, LANE_WRITE, false, 0, handler}, "lane");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_ANY_ROLE, LANE_SUBMIT, false, 0, handler}, "lane");
    expect_row_fault((MethodRow){ORG, NULL, METHOD_OPEN, LANE_READ, false, METHOD_OPEN_MAX + 1, handler},
                     "size");
    expect_row_fault(
        (MethodRow){ORG, NULL, METHOD_ANY_ROLE, LANE_READ, false, METHOD_REQUEST_MAX + 1, handler}, "size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_table),
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_missing_double_unknown),
        cmocka_unit_test(test_bad_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
