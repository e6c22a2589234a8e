/* Pure tables: SQLSTATEs, constraints, versions. Every reason has its sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/embed.h"
#include "common/core/text.h"
#include "server/store/db_error.h"

static void test_states(void **state)
{
    static const struct {
        const char *state;
        ErrCode code;
        const char *reason;
    } cases[] = {
        {NULL, ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"08006", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"08P01", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"57P01", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"57P02", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"57P03", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"25P03", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"25006", ERR_UNAVAILABLE, "DATABASE_GONE"},
        {"40001", ERR_ABORTED, "DATABASE_CONFLICT"},
        {"40P01", ERR_ABORTED, "DATABASE_CONFLICT"},
        {"40003", ERR_UNAVAILABLE, "OUTCOME_UNKNOWN"},
        {"53100", ERR_RESOURCE_EXHAUSTED, "DATABASE_FULL"},
        {"53300", ERR_RESOURCE_EXHAUSTED, "DATABASE_FULL"},
        {"58030", ERR_RESOURCE_EXHAUSTED, "DATABASE_FULL"},
        {"57014", ERR_DEADLINE_EXCEEDED, "DATABASE_DEADLINE"},
        {"55P03", ERR_UNAVAILABLE, "DATABASE_LOCKED"},
        {"42501", ERR_PERMISSION_DENIED, "ROW_FORBIDDEN"},
        {"22003", ERR_INVALID_ARGUMENT, "DATABASE_VALUE"},
        {"22P02", ERR_INVALID_ARGUMENT, "DATABASE_VALUE"},
        {"42P01", ERR_INTERNAL, "DATABASE_STATEMENT"},
        {"25P02", ERR_INTERNAL, "DATABASE_STATEMENT"},
        {"XX000", ERR_INTERNAL, "DATABASE_STATEMENT"},
        {"23505", ERR_FAILED_PRECONDITION, "DATABASE_CONSTRAINT"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Err err = {.arg_count = 3};

        assert_int_equal(db_error_map(cases[i].state, NULL, &err), cases[i].code);
        assert_string_equal(err.reason, cases[i].reason);
        assert_int_equal(err.arg_count, 0);
    }
}

/* What may be tried again says when. */
static void test_retry_delay(void **state)
{
    static const char *const states[] = {"08006", "57P01", "40001", "53100", "55P03"};

    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        Err err = {0};

        db_error_map(states[i], NULL, &err);
        assert_true(err.retry_delay_ms > 0);
    }
}

static void test_constraints(void **state)
{
    Err err = {0};

    (void)state;
    assert_true(db_constraints_count > 0);
    for (size_t i = 0; i < db_constraints_count; i++) {
        assert_int_equal(db_error_map("23505", db_constraints[i].name, &err), db_constraints[i].code);
        assert_string_equal(err.reason, db_constraints[i].reason);
        assert_true(i == 0 || strcmp(db_constraints[i - 1].name, db_constraints[i].name) < 0);
    }
    /* An unknown unique key and an unknown foreign key sound the same. */
    assert_int_equal(db_error_map("23505", "other_key", &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "DATABASE_CONSTRAINT");
    assert_int_equal(db_error_map("23503", "other_fkey", &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "DATABASE_CONSTRAINT");
}

static bool has_sentence(const char *reason, ErrCode code)
{
    char row[120];

    for (size_t i = 0; i < reason_files_count; i++) {
        for (const char *at = (const char *)reason_files[i].data; at; at = strchr(at, '\n')) {
            at += *at == '\n';
            snprintf(row, sizeof row, "%s\t%s\t", reason, err_code_name(code));
            if (text_starts(at, row))
                return true;
        }
    }
    return false;
}

static void test_every_constraint_has_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < db_constraints_count; i++) {
        if (!has_sentence(db_constraints[i].reason, db_constraints[i].code))
            fail_msg("no row for %s %s", db_constraints[i].reason, err_code_name(db_constraints[i].code));
    }
    assert_false(has_sentence("NO_SUCH_REASON", ERR_OK));
}

static void test_versions(void **state)
{
    static const struct {
        int version;
        bool good, known;
    } cases[] = {
        {150020, true, true},   {150021, true, true},   {150019, false, true}, {150000, false, true},
        {140030, false, false}, {130024, false, false}, {90624, false, false}, {0, false, false},
        {160000, true, false},  {170011, true, false},  {180001, true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool known = !cases[i].known;
        Err err = {0};
        ErrCode code = db_version_check(cases[i].version, &known, &err);

        assert_int_equal(code, cases[i].good ? ERR_OK : ERR_FAILED_PRECONDITION);
        assert_int_equal(known, cases[i].known);
        if (!cases[i].good) {
            assert_string_equal(err.reason, "DATABASE_VERSION");
            assert_string_equal(err_arg_get(&err, "need"), "15.20");
        }
    }
}

static void test_version_arguments(void **state)
{
    bool known;
    Err err = {0};

    (void)state;
    assert_int_equal(db_version_check(150019, &known, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err_arg_get(&err, "have"), "15.19");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),      cmocka_unit_test(test_retry_delay),
        cmocka_unit_test(test_constraints), cmocka_unit_test(test_every_constraint_has_a_sentence),
        cmocka_unit_test(test_versions),    cmocka_unit_test(test_version_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
