/* Refused operations as people see them: why, in words; sending again; giving up with a reason; and what a
 * run that failed says. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"
#include "shans/v1/method.pb-c.h"

/* An operation that the server has refused with this reason; its id. */
static const char *refused(const char *reason)
{
    static char id[64];

    fake_refuse("ListOrgs", ERR_UNAVAILABLE, "NO_CONNECTION");
    fake_refuse("ListSubmissions", ERR_UNAVAILABLE, "NO_CONNECTION");
    fake_refuse("Submit", ERR_PERMISSION_DENIED, reason);
    assert_int_equal(fake_run("results import tests/demo/training/901.csv --timeout 1"), 6);
    assert_int_equal(fake_run("outbox list --format tsv -t"), 0);
    assert_true(strlen(fake.out) > 36);
    text_copy(id, 37, fake.out);
    return id;
}

static void test_give_up(void **state)
{
    char line[200];
    const char *id = refused("OUT_OF_SCOPE");

    (void)state;
    snprintf(line, sizeof line, "outbox dismiss %s", id);
    assert_int_equal(fake_run(line), 2);
    assert_has(fake.err, "--comment");
    snprintf(line, sizeof line, "outbox dismiss %s --comment on~paper", id);
    assert_int_equal(fake_run(line), 2);
    assert_has(fake.err, "66-training-901");
    assert_has(fake.err, "--yes");
    assert_has(fake.err, "[USAGE_DISMISS]");
    assert_int_equal(fake_run("outbox list --format tsv -t"), 0);
    assert_has(fake.out, id); /* nothing has happened yet */
    snprintf(line, sizeof line, "outbox dismiss %s --comment on~paper --yes", id);
    assert_int_equal(fake_run(line), 0);
    assert_has(fake.out, "Given up because:");
    assert_has(fake.out, "on paper");
    assert_int_equal(fake_run("outbox list --format tsv -t"), 0);
    assert_null(strstr(fake.out, id));
    assert_int_equal(fake_run("outbox list --all --format tsv -t"), 0);
    assert_has(fake.out, id);
    assert_has(fake.out, "dismissed");
    assert_has(fake.out, "on paper");
    assert_int_equal(fake_run(line), 4);
    assert_has(fake.err, "[OPERATION_DISMISSED]");
    snprintf(line, sizeof line, "outbox retry %s", id);
    assert_int_equal(fake_run(line), 3);
    fake.lang = "ru";
    snprintf(line, sizeof line, "outbox show %s", id);
    assert_int_equal(fake_run(line), 0);
    assert_has(fake.out, "отклонено, отправка отменена");
    assert_has(fake.out, "Причина отказа от отправки");
}

static void test_only_refused_ones(void **state)
{
    char id[64], line[200];

    (void)state;
    fake_refuse("ListOrgs", ERR_UNAVAILABLE, "NO_CONNECTION");
    assert_int_equal(fake_run("results import tests/demo/training/901.csv --timeout 1"), 7);
    assert_int_equal(fake_run("outbox list --format tsv -t"), 0);
    text_copy(id, 37, fake.out);
    snprintf(line, sizeof line, "outbox dismiss %s --comment x --yes", id);
    assert_int_equal(fake_run(line), 4);
    assert_has(fake.err, "[OPERATION_NOT_REFUSED]");
    assert_int_equal(fake_run("outbox dismiss 00000000 --comment x --yes"), 3);
}

/* Beside each operation the sentence, for programs the code; roles and states in words. */
static void test_why_in_words(void **state)
{
    (void)state;
    refused("OUT_OF_SCOPE");
    fake.lang = "ru";
    assert_int_equal(fake_run("outbox list -x"), 0);
    assert_has(fake.out, "[OUT_OF_SCOPE]");
    assert_has(fake.out, "отклонено, требует внимания");
    assert_int_equal(fake_run("outbox list --format csv"), 0);
    assert_has(fake.out, ",OUT_OF_SCOPE,");
    assert_null(strstr(fake.out, "[OUT_OF_SCOPE]"));
}

/* A run that failed: the sentence of its reason, not the reason's name alone. */
static void test_failed_run(void **state)
{
    Shans__V1__Run run = SHANS__V1__RUN__INIT;
    Shans__V1__GetRunReply reply = SHANS__V1__GET_RUN_REPLY__INIT;

    (void)state;
    run.id = 3;
    run.state = SHANS__V1__RUN_STATE__RUN_STATE_FAILED;
    run.failure_reason = "MEMORY_LIMIT";
    reply.run = &run;
    fake_add("GetRun", &reply.base);
    fake.lang = "ru";
    assert_int_equal(fake_run("run show 3"), 0);
    assert_has(fake.out, "[MEMORY_LIMIT]");
    assert_has(fake.out, "больше памяти");
    assert_int_equal(fake_run("run show 3 --format json"), 0);
    assert_has(fake.out, "\"failure_reason\": \"MEMORY_LIMIT\"");
}

/* Times are of this machine's zone for people, of UTC for programs. */
static void test_local_time(void **state)
{
    Shans__V1__Run run = SHANS__V1__RUN__INIT;
    Shans__V1__GetRunReply reply = SHANS__V1__GET_RUN_REPLY__INIT;

    (void)state;
    run.id = 3;
    run.state = SHANS__V1__RUN_STATE__RUN_STATE_DONE;
    run.created_ms = 1700000000000; /* 2023-11-14 22:13:20 UTC */
    reply.run = &run;
    fake_add("GetRun", &reply.base);
    setenv("TZ", "<+05>-5", 1);
    assert_int_equal(fake_run("run show 3"), 0);
    assert_has(fake.out, "2023-11-15 03:13");
    fake.lang = "ru";
    assert_int_equal(fake_run("run show 3"), 0);
    assert_has(fake.out, "15.11.2023 03:13");
    assert_int_equal(fake_run("run show 3 --format json"), 0);
    assert_has(fake.out, "2023-11-14T22:13:20.000Z");
    assert_int_equal(fake_run("run show 3 --format csv"), 0);
    assert_has(fake.out, "2023-11-14T22:13:20.000Z");
    setenv("TZ", "UTC0", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_give_up, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_only_refused_ones, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_why_in_words, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_failed_run, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_local_time, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
