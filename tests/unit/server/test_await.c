/* Waiting for a database that is not there yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "common/base/clock.h"
#include "server/prepare.h"

static Err err;

/* A database that fails some times for a reason, then works. */
typedef struct Coming {
    int calls, fails;
    ErrCode code;
    const char *reason;
    bool kill;
} Coming;

static ErrCode come(void *context, Err *ret_err)
{
    Coming *coming = context;

    coming->calls++;
    if (coming->calls > coming->fails)
        return ERR_OK;
    if (coming->kill)
        raise(SIGTERM);
    return err_set(ret_err, coming->code, coming->reason);
}

static ErrCode await(int wait_s, Coming *coming)
{
    err = (Err){0};
    return prepare_await(wait_s, come, coming, &err);
}

static void what_is_coming_up_is_waited_for(void **state)
{
    static const Coming patient[] = {
        {.fails = 2, .code = ERR_UNAVAILABLE, .reason = "DATABASE_GONE"},
        {.fails = 2, .code = ERR_FAILED_PRECONDITION, .reason = "MIGRATION_MISSING"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof patient / sizeof *patient; i++) {
        Coming coming = patient[i];
        assert_int_equal(await(60, &coming), ERR_OK);
        assert_int_equal(coming.calls, coming.fails + 1);
        assert_int_equal(err.code, ERR_OK);
        coming.calls = 0; /* without --wait nothing is tried twice */
        assert_int_equal(await(0, &coming), coming.code);
        assert_int_equal(coming.calls, 1);
        assert_string_equal(err.reason, coming.reason);
    }
}

static void what_waiting_cannot_mend_is_told_at_once(void **state)
{
    Coming coming = {.fails = 2, .code = ERR_FAILED_PRECONDITION, .reason = "MIGRATION_NEWER"};

    (void)state;
    assert_int_equal(await(60, &coming), ERR_FAILED_PRECONDITION);
    assert_int_equal(coming.calls, 1);
    assert_string_equal(err.reason, "MIGRATION_NEWER");
}

static void waiting_ends_at_its_limit(void **state)
{
    Coming coming = {.fails = 1000, .code = ERR_UNAVAILABLE, .reason = "DATABASE_GONE"};
    int64_t begin = clock_system.monotonic_ms(&clock_system);

    (void)state;
    assert_int_equal(await(1, &coming), ERR_UNAVAILABLE);
    int64_t took = clock_system.monotonic_ms(&clock_system) - begin;
    assert_true(took >= 1000);
    assert_true(coming.calls > 2 && coming.calls < 20);
}

/* As in the server, where the signals are blocked before the first thread. */
static void a_signal_ends_the_wait(void **state)
{
    Coming coming = {.fails = 1000, .code = ERR_UNAVAILABLE, .reason = "DATABASE_GONE", .kill = true};
    sigset_t stops, before;

    (void)state;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stops, &before);
    assert_int_equal(await(60, &coming), ERR_CANCELLED);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_string_equal(err.reason, "START_CANCELLED");
    assert_int_equal(coming.calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_coming_up_is_waited_for),
        cmocka_unit_test(what_waiting_cannot_mend_is_told_at_once),
        cmocka_unit_test(waiting_ends_at_its_limit),
        cmocka_unit_test(a_signal_ends_the_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
