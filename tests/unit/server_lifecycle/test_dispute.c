/* Owns the tests of confirming and disputing: the golden table, and a walk over every state, event and role
 * against an expectation written apart from the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/lifecycle/dispute.h"

static ErrCode ask(DisputeState state, DisputeEvent event, LifecycleRole role, DisputeState *ret, Err *err)
{
    DisputeGather gather = {.state = state, .event = event, .role = role, .text = true};

    *err = (Err){0};
    return dispute_next(&gather, ret, err);
}

/* Said in words of offices: the head signs, the school objects to what is not decided and takes back what is
 * open, the analyst decides what is open. */
static DisputeState expected(DisputeState state, DisputeEvent event, LifecycleRole role, bool *ret_may)
{
    bool school = role == LIFECYCLE_EDITOR || role == LIFECYCLE_HEAD, analyst = role == LIFECYCLE_ANALYST;

    *ret_may = true;
    if (event == DISPUTE_CONFIRM && role == LIFECYCLE_HEAD && state == DISPUTE_NONE)
        return DISPUTE_NONE;
    if (event == DISPUTE_OBJECT && school &&
        (state == DISPUTE_NONE || state == DISPUTE_WITHDRAWN || state == DISPUTE_CORRECTED))
        return DISPUTE_OPEN;
    if (event == DISPUTE_TAKE_BACK && school && state == DISPUTE_OPEN)
        return DISPUTE_WITHDRAWN;
    if (event == DISPUTE_UPHOLD && analyst && state == DISPUTE_OPEN)
        return DISPUTE_UPHELD;
    if (event == DISPUTE_REJECT && analyst && state == DISPUTE_OPEN)
        return DISPUTE_REJECTED;
    *ret_may = false;
    return DISPUTE_NONE;
}

static void test_walk(void **unused)
{
    size_t asked = 0, allowed = 0;

    (void)unused;
    for (int s = 0; s < DISPUTE_STATE_COUNT; s++)
        for (int e = 1; e < DISPUTE_EVENT_COUNT; e++)
            for (int r = 1; r < LIFECYCLE_ROLE_COUNT; r++) {
                DisputeState next = (DisputeState)77;
                bool may;
                Err err;
                DisputeState want = expected((DisputeState)s, (DisputeEvent)e, (LifecycleRole)r, &may);
                ErrCode code = ask((DisputeState)s, (DisputeEvent)e, (LifecycleRole)r, &next, &err);
                asked++;
                allowed += may;
                if ((code == ERR_OK) != may)
                    fail_msg("%s %s role %d: %s", dispute_state_name((DisputeState)s),
                             dispute_event_name((DisputeEvent)e), r, err.reason);
                if (may)
                    assert_int_equal(next, want);
                else
                    assert_int_equal(next, 77); /* written only on success */
                assert_true(may || code == ERR_PERMISSION_DENIED || code == ERR_FAILED_PRECONDITION);
            }
    assert_int_equal(asked, 6 * 5 * 7);
    assert_int_equal(allowed, 1 + 3 * 2 + 2 + 1 + 1);
}

static void test_refusals(void **unused)
{
    DisputeGather gather = {.state = DISPUTE_OPEN, .event = DISPUTE_REJECT, .role = LIFECYCLE_ANALYST};
    DisputeState next;
    Err err = {0};

    (void)unused;
    assert_int_equal(dispute_next(&gather, &next, &err), ERR_INVALID_ARGUMENT); /* without an answer */
    assert_string_equal(err.reason, "DISPUTE_REASON");
    gather.event = DISPUTE_UPHOLD; /* agreeing needs none */
    assert_int_equal(dispute_next(&gather, &next, &err), ERR_OK);
    gather.state = DISPUTE_UPHELD;
    assert_int_equal(dispute_next(&gather, &next, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "DISPUTE_STATE");
    assert_string_equal(err_arg_get(&err, "state"), "UPHELD");
    gather.current_revision = 2; /* stale wins over the state: read again */
    gather.base_revision = 1;
    assert_int_equal(dispute_next(&gather, &next, &err), ERR_ABORTED);
    assert_string_equal(err.reason, "LIFECYCLE_REVISION_STALE");
    gather.role = LIFECYCLE_COORDINATOR; /* who never may learns nothing of revisions */
    assert_int_equal(dispute_next(&gather, &next, &err), ERR_PERMISSION_DENIED);
    assert_string_equal(err.reason, "DISPUTE_ROLE");
    assert_string_equal(err_arg_get(&err, "role"), "coordinator");
    assert_string_equal(err_arg_get(&err, "event"), "UPHOLD");
}

static void test_unknown_numbers(void **unused)
{
    static const int bad[] = {-1, 99, INT32_MAX};
    DisputeState next;
    Err err;

    (void)unused;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ask((DisputeState)bad[i], DISPUTE_OBJECT, LIFECYCLE_HEAD, &next, &err),
                         ERR_INVALID_ARGUMENT);
        assert_int_equal(ask(DISPUTE_NONE, (DisputeEvent)bad[i], LIFECYCLE_HEAD, &next, &err),
                         ERR_INVALID_ARGUMENT);
        assert_int_equal(ask(DISPUTE_NONE, DISPUTE_OBJECT, (LifecycleRole)bad[i], &next, &err),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(dispute_state_name((DisputeState)bad[i]), "");
        assert_string_equal(dispute_event_name((DisputeEvent)bad[i]), "");
    }
    assert_int_equal(ask(DISPUTE_NONE, DISPUTE_EVENT_UNSET, LIFECYCLE_HEAD, &next, &err),
                     ERR_INVALID_ARGUMENT);
}

static void test_live(void **unused)
{
    (void)unused;
    for (int s = 0; s < DISPUTE_STATE_COUNT; s++)
        assert_int_equal(dispute_is_live((DisputeState)s), s == DISPUTE_OPEN || s == DISPUTE_UPHELD);
}

/* A changed rule is a readable difference of tests/golden/dispute.txt. */
static void test_golden(void **unused)
{
    static char golden[4096];
    FILE *file = fopen("tests/golden/dispute.txt", "rb");
    Buf buf;

    (void)unused;
    assert_non_null(file);
    golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
    fclose(file);
    buf_init(&buf, sizeof golden);
    dispute_dump(&buf);
    assert_string_equal(buf.data, golden);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk), cmocka_unit_test(test_refusals), cmocka_unit_test(test_unknown_numbers),
        cmocka_unit_test(test_live), cmocka_unit_test(test_golden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
