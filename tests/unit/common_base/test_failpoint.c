/* Failpoints: the specification's grammar, actions, hits, threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"

static void unarmed_does_nothing(void **state)
{
    (void)state;
    Err err = {.code = ERR_OK};

    unsetenv("SHANS_FAILPOINTS");
    assert_true(failpoint_init(NULL));
    assert_int_equal(failpoint("any", &err), ERR_OK);
    assert_int_equal(failpoint_hits("any"), 0);
    assert_true(failpoint_init(""));
    assert_true(failpoint_init(" ; ;"));
    assert_int_equal(failpoint("any", &err), ERR_OK);
    assert_int_equal(err.code, ERR_OK);
}

static void error_each_time(void **state)
{
    (void)state;
    Err err;

    assert_true(failpoint_init("outbox.mark=error"));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(failpoint("outbox.mark", &err), ERR_UNAVAILABLE);
        assert_string_equal(err.reason, "FAILPOINT");
        assert_string_equal(err_arg_get(&err, "name"), "outbox.mark");
    }
    assert_int_equal(failpoint("outbox", &err), ERR_OK);
    assert_int_equal(failpoint_hits("outbox.mark"), 3);
    assert_true(failpoint_init("other=error"));
    assert_int_equal(failpoint("outbox.mark", &err), ERR_OK);
    assert_int_equal(failpoint_hits("outbox.mark"), 0);
}

static void error_at_one_hit(void **state)
{
    (void)state;
    Err err;

    assert_true(failpoint_init("a=error@3; b=count"));
    for (int i = 1; i <= 6; i++) {
        assert_int_equal(failpoint("a", &err), i == 3 ? ERR_UNAVAILABLE : ERR_OK);
        assert_int_equal(failpoint("b", &err), ERR_OK);
    }
    assert_int_equal(failpoint_hits("a"), 6);
    assert_int_equal(failpoint_hits("b"), 6);
}

static void sleep_returns_late(void **state)
{
    (void)state;
    Err err;

    assert_true(failpoint_init("reply=sleep:30@2"));
    int64_t start = clock_system.monotonic_ms(&clock_system);
    assert_int_equal(failpoint("reply", &err), ERR_OK);
    int64_t first = clock_system.monotonic_ms(&clock_system);
    assert_int_equal(failpoint("reply", &err), ERR_OK);
    int64_t second = clock_system.monotonic_ms(&clock_system);
    assert_true(second - first >= 29);
    assert_true(first - start < 1000);
}

static void exit_ends_the_process_at_once(void **state)
{
    (void)state;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        Err err;
        failpoint_init("submit.before_commit=exit@2");
        if (failpoint("submit.before_commit", &err) != ERR_OK)
            _exit(1);
        (void)!failpoint("submit.before_commit", &err);
        _exit(2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FAILPOINT_EXIT_CODE);
}

static void environment_is_read(void **state)
{
    (void)state;
    Err err;

    setenv("SHANS_FAILPOINTS", "env.point=error", 1);
    assert_true(failpoint_init(NULL));
    assert_int_equal(failpoint("env.point", &err), ERR_UNAVAILABLE);
    unsetenv("SHANS_FAILPOINTS");
}

static void bad_specifications_arm_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "a",
        "a=",
        "=error",
        "a=explode",
        "a=error@",
        "a=error@0",
        "a=error@x",
        "a=sleep",
        "a=sleep:",
        "a=sleep:0",
        "a=sleep:99999999999",
        "a=sleep:-5",
        "a@1=error",
        "a b=error",
        "a=error@1@2",
        "ok=error;a",
        "a=error@99999999999",
    };
    char many[3000] = "";

    log_set_level(LOG_OFF);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Err err;
        assert_true(failpoint_init("ok=error"));
        assert_false(failpoint_init(bad[i]));
        assert_int_equal(failpoint("ok", &err), ERR_OK);
        assert_int_equal(failpoint("a", &err), ERR_OK);
    }
    memset(many, 'a', sizeof many - 1);
    assert_false(failpoint_init(many)); /* longer than any specification may be */
    char *at = many;
    for (int i = 0; i < 33; i++) {
        memcpy(at, "a=error;", 8);
        at += 8;
    }
    *at = '\0';
    assert_false(failpoint_init(many)); /* more points than fit */
    log_set_level(LOG_INFO);
}

static void *pass_often(void *context)
{
    Err err;

    for (int i = 0; i < 1000; i++) {
        if (failpoint("busy", &err) != ERR_OK)
            __atomic_add_fetch((int *)context, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void threads_count_every_hit_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    int failures = 0;

    assert_true(failpoint_init("busy=error@1500"));
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, pass_often, &failures);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(failpoint_hits("busy"), 4000);
    assert_int_equal(failures, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unarmed_does_nothing),
        cmocka_unit_test(error_each_time),
        cmocka_unit_test(error_at_one_hit),
        cmocka_unit_test(sleep_returns_late),
        cmocka_unit_test(exit_ends_the_process_at_once),
        cmocka_unit_test(environment_is_read),
        cmocka_unit_test(bad_specifications_arm_nothing),
        cmocka_unit_test(threads_count_every_hit_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
