/* Giving up a refused operation: only then, with a reason, for good, and nothing is lost. Also the schools of
 * the file, and a file of the version before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/outbox/dismissal.h"
#include "client/outbox/lite.h"
#include "client/outbox/schools.h"

static char dir[64];
static Arena *arena;
static Clock now;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/client-outbox-XXXXXX");
    arena = arena_new(16 << 20, NULL);
    now = clock_fixed(1700000000000);
    return mkdtemp(dir) == NULL || arena == NULL;
}

static int teardown(void **state)
{
    static const char *const files[] = {"outbox.sqlite", "outbox.sqlite-journal", "sender.lock"};
    char path[128];

    (void)state;
    arena_free(arena);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static Outbox *open_ok(void)
{
    OutboxOptions options = {.dir = dir, .clock = &now, .busy_ms = 50};
    Outbox *outbox = NULL;
    Err err = {0};

    if (outbox_open(&options, &outbox, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "detail"));
    return outbox;
}

/* Queues an operation of this number; refused: the server has said no to it. */
static const uint8_t *add(Outbox *outbox, uint8_t n, const char *school, bool refused)
{
    static uint8_t id[16];
    Operation operation = {.method = "shans.v1.CollectionService/Submit",
                           .payload = "payload",
                           .size = 7,
                           .key = {school, "assessment_results", "2021"},
                           .source = 1};
    Err err = {0}, why = {0};

    memset(id, n, sizeof id);
    memcpy(operation.id, id, sizeof id);
    assert_int_equal(outbox_queue(outbox, &operation, 1, &err), ERR_OK);
    err_set(&why, ERR_PERMISSION_DENIED, "OUT_OF_SCOPE");
    if (refused)
        assert_int_equal(outbox_mark_parked(outbox, id, &why, &err), ERR_OK);
    return id;
}

static size_t waiting(Outbox *outbox)
{
    Operation *operations = NULL;
    size_t count = 0;
    Err err = {0};

    assert_int_equal(outbox_list(outbox, true, arena, &operations, &count, &err), ERR_OK);
    return count;
}

static void given_up_and_kept(void **state)
{
    Outbox *outbox = open_ok();
    const uint8_t *id = add(outbox, 1, "66-a-1", true);
    Operation *operation = NULL;
    OutboxCounts counts;
    Err err = {0};

    (void)state;
    assert_int_equal(waiting(outbox), 1);
    assert_int_equal(outbox_dismiss(outbox, id, "handed in on paper", arena, &err), ERR_OK);
    assert_int_equal(waiting(outbox), 0);
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.parked, 0);
    outbox_close(outbox);
    outbox = open_ok(); /* it is on disk */
    assert_int_equal(outbox_get(outbox, id, arena, &operation, &err), ERR_OK);
    assert_int_equal(operation->state, OPERATION_DISMISSED);
    assert_string_equal(operation_state_name(operation->state), "DISMISSED");
    assert_string_equal(operation->dismissal, "handed in on paper");
    assert_string_equal(operation->last.reason, "OUT_OF_SCOPE");
    assert_int_equal(operation->size, 7);
    outbox_close(outbox);
}

static void only_what_was_refused(void **state)
{
    Outbox *outbox = open_ok();
    const uint8_t *id = add(outbox, 1, "66-a-1", false);
    const Receipt receipt = {.number = "2021-1", .revision = 1};
    Err err = {0};

    (void)state;
    assert_int_equal(outbox_dismiss(outbox, id, "why", arena, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OPERATION_NOT_REFUSED");
    assert_int_equal(outbox_mark_done(outbox, id, &receipt, &err), ERR_OK);
    assert_int_equal(outbox_dismiss(outbox, id, "why", arena, &err), ERR_FAILED_PRECONDITION);
    const uint8_t nobody[16] = {9};
    assert_int_equal(outbox_dismiss(outbox, nobody, "why", arena, &err), ERR_NOT_FOUND);
    id = add(outbox, 2, "66-a-1", true);
    assert_int_equal(outbox_dismiss(outbox, id, "why", arena, &err), ERR_OK);
    assert_int_equal(outbox_dismiss(outbox, id, "again", arena, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OPERATION_DISMISSED");
    outbox_close(outbox);
}

static void a_reason_is_needed(void **state)
{
    char longest[2002];
    Outbox *outbox = open_ok();
    const uint8_t *id = add(outbox, 1, "66-a-1", true);
    Err err = {0};

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        memcpy(longest + 2 * i, "\xD1\x8F", 2); /* characters are counted, not bytes */
    longest[2000] = '\0';
    assert_int_equal(outbox_dismiss(outbox, id, "", arena, &err), ERR_INVALID_ARGUMENT);
    assert_int_equal(outbox_dismiss(outbox, id, "   ", arena, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "DISMISSAL_COMMENT");
    longest[2000] = 'x';
    longest[2001] = '\0';
    assert_int_equal(outbox_dismiss(outbox, id, longest, arena, &err), ERR_INVALID_ARGUMENT);
    assert_int_equal(waiting(outbox), 1);
    longest[2000] = '\0';
    assert_int_equal(outbox_dismiss(outbox, id, longest, arena, &err), ERR_OK);
    outbox_close(outbox);
}

/* Neither sent, nor retried, nor marked, nor deleted: the file itself refuses. */
static void it_stays_as_it_is(void **state)
{
    Outbox *outbox = open_ok();
    const uint8_t *id = add(outbox, 1, "66-a-1", true);
    Operation *operation = NULL;
    int64_t due = 0;
    Err err = {0};

    (void)state;
    assert_int_equal(outbox_dismiss(outbox, id, "why", arena, &err), ERR_OK);
    assert_int_equal(outbox_retry(outbox, id, &err), ERR_NOT_FOUND);
    assert_int_equal(outbox_hurry(outbox, &err), ERR_OK);
    assert_int_equal(outbox_take(outbox, arena, &operation, &due, &err), ERR_OK);
    assert_null(operation);
    assert_int_not_equal(outbox_mark_later(outbox, id, 0, NULL, &err), ERR_OK);
    /* the next one of the same form is not held up */
    add(outbox, 2, "66-a-1", false);
    assert_int_equal(outbox_take(outbox, arena, &operation, &due, &err), ERR_OK);
    assert_non_null(operation);
    assert_int_equal(operation->id[0], 2);
    outbox_close(outbox);
}

static void schools_once_each(void **state)
{
    Outbox *outbox = open_ok();
    const char *const *schools = NULL;
    const FormCell cell = {"main", "r", "f", {VALUE_NUMBER, 1}};
    const DraftKey key = {"66-a-2", "assessment_results", "2021"};
    size_t count = 7;
    Err err = {0};

    (void)state;
    assert_int_equal(outbox_list_schools(outbox, arena, &schools, &count, &err), ERR_OK);
    assert_int_equal(count, 0);
    add(outbox, 1, "66-b-1", false);
    add(outbox, 2, "66-a-1", true);
    add(outbox, 3, "66-a-1", false);
    assert_int_equal(outbox_save_cells(outbox, &key, 1, &cell, 1, &err), ERR_OK);
    assert_int_equal(outbox_list_schools(outbox, arena, &schools, &count, &err), ERR_OK);
    assert_int_equal(count, 3);
    assert_string_equal(schools[0], "66-a-1");
    assert_string_equal(schools[1], "66-a-2");
    assert_string_equal(schools[2], "66-b-1");
    for (uint8_t n = 10; n < 210; n++) { /* more than the array begins with */
        char school[16];
        snprintf(school, sizeof school, "66-c-%u", n);
        add(outbox, n, school, false);
    }
    assert_int_equal(outbox_list_schools(outbox, arena, &schools, &count, &err), ERR_OK);
    assert_int_equal(count, 203);
    outbox_close(outbox);
}

/* A file of the version before, with a refused operation in it, gets what it lacks and keeps what it has. */
static void older_file(void **state)
{
    char path[100];
    Lite *lite = NULL;
    Outbox *outbox;
    Err err = {0};

    (void)state;
    snprintf(path, sizeof path, "%s/outbox.sqlite", dir);
    assert_int_equal(lite_open(path, 50, &lite, &err), ERR_OK);
    assert_int_equal(lite_begin(lite, &err), ERR_OK);
    assert_int_equal(lite_script(lite, "outbox/001_schema.sql", &err), ERR_OK);
    assert_int_equal(lite_commit(lite, &err), ERR_OK);
    lite_close(lite);
    outbox = open_ok();
    const uint8_t *id = add(outbox, 1, "66-a-1", true);
    assert_int_equal(outbox_dismiss(outbox, id, "why", arena, &err), ERR_OK);
    outbox_close(outbox);
    outbox_close(open_ok()); /* what is there already is not made twice */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(given_up_and_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(only_what_was_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reason_is_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(it_stays_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(schools_once_each, setup, teardown),
        cmocka_unit_test_setup_teardown(older_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
