/* The status policy: the whole table against its golden file, and codes that no table has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "client/rpc/rpc.h"

static void test_golden(void **state)
{
    char golden[2048] = "";
    FILE *file = fopen("tests/golden/rpc_policy.txt", "r");
    Buf buf;

    (void)state;
    assert_non_null(file);
    golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
    fclose(file);
    buf_init(&buf, 4096);
    rpc_policy_dump(&buf);
    assert_string_equal(buf.data, golden);
    buf_done(&buf);
}

static void test_codes_outside_the_table_are_kept_and_shown(void **state)
{
    (void)state;
    assert_int_equal(rpc_policy((ErrCode)17), RPC_PARK);
    assert_int_equal(rpc_policy((ErrCode)-1), RPC_PARK);
    for (int code = 0; code < ERR_CODE_COUNT; code++)
        assert_in_range(rpc_policy((ErrCode)code), RPC_DONE, RPC_UPGRADE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_codes_outside_the_table_are_kept_and_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
