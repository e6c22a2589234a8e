/* The role matrix with the application's own filters off: row-level security alone keeps every scope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/integration/matrix.h"

static void nothing_leaks(void **state)
{
    MatrixResult result = matrix_run(true);

    (void)state;
    assert_true(result.cases >= 1000);
    assert_true(result.planted >= 100);
    assert_int_equal(result.found, result.planted);
    assert_true(result.logged >= 100);
    assert_int_equal(result.unlogged, 0);
    assert_int_equal(result.changes, 0);
    assert_int_equal(result.leaks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_leaks)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
