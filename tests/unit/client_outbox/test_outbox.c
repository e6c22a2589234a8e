/* The outbox: drafts, queue, order, receipts, and what is left after a kill at each durable step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/outbox/lite.h"
#include "client/outbox/outbox.h"
#include "client/outbox/revision.h"
#include "common/base/failpoint.h"

static char dir[64];
static Arena *arena;
static Clock now;
static const DraftKey key = {"66-a-1", "assessment_result", "2021"};

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
    failpoint_init("");
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

static Operation operation_of(uint8_t n, const char *school)
{
    Operation operation = {.method = "shans.v1.CollectionService/Submit",
                           .payload = "\x01\x00\x02payload",
                           .size = 10,
                           .key = {school, key.form, key.period},
                           .source = 1};

    memset(operation.id, n, sizeof operation.id);
    memset(operation.content_hash, n, sizeof operation.content_hash);
    return operation;
}

static ErrCode queue(Outbox *outbox, uint8_t n, const char *school, Err *err)
{
    Operation operation = operation_of(n, school);

    return outbox_queue(outbox, &operation, 1, err);
}

static FormCell cell_of(const char *row, const char *field, int64_t number)
{
    return (FormCell){"main", row, field, {VALUE_NUMBER, number}};
}

static Operation *take(Outbox *outbox, int64_t *ret_due)
{
    Operation *operation = NULL;
    Err err = {0};

    assert_int_equal(outbox_take(outbox, arena, &operation, ret_due, &err), ERR_OK);
    return operation;
}

static void test_file(void **state)
{
    char path[128];
    struct stat info;

    (void)state;
    outbox_close(open_ok());
    snprintf(path, sizeof path, "%s/outbox.sqlite", dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    /* again, with tables already there */
    outbox_close(open_ok());
    outbox_close(NULL);
}

static void test_folder_is_made(void **state)
{
    char deep[128];
    Outbox *outbox = NULL;
    Err err = {0};

    (void)state;
    snprintf(deep, sizeof deep, "%s/a/b", dir);
    OutboxOptions options = {.dir = deep, .clock = &now};
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_OK);
    outbox_close(outbox);
    struct stat info;
    assert_int_equal(stat(deep, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(deep, sizeof deep, "%s/a/b/outbox.sqlite", dir);
    unlink(deep);
    snprintf(deep, sizeof deep, "%s/a/b", dir);
    rmdir(deep);
    snprintf(deep, sizeof deep, "%s/a", dir);
    rmdir(deep);
    options.dir = "/proc/nowhere/state";
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OUTBOX_UNWRITABLE");
}

static void test_drafts(void **state)
{
    Err err = {0};
    Outbox *outbox = open_ok();
    FormCell cells[] = {cell_of("VPR.RUS.5", "participants", 40),
                        cell_of("VPR.RUS.5", "below", 0),
                        {"main", "OGE.MATH", "below", {VALUE_NOT_APPLICABLE, 0}}};
    Draft draft;
    FormCell *loaded;
    size_t count;

    (void)state;
    assert_int_equal(outbox_load_draft(outbox, &key, arena, &draft, &loaded, &count, &err), ERR_NOT_FOUND);
    assert_string_equal(err.reason, "DRAFT_MISSING");
    assert_int_equal(outbox_save_cells(outbox, &key, 3, cells, 3, &err), ERR_OK);
    now.fixed_ms += 1000;
    cells[0].value.number = 41;
    cells[1].value = (Value){VALUE_EMPTY, 0};
    assert_int_equal(outbox_save_cells(outbox, &key, 3, cells, 2, &err), ERR_OK);
    outbox_close(outbox);
    outbox = open_ok();
    assert_int_equal(outbox_load_draft(outbox, &key, arena, &draft, &loaded, &count, &err), ERR_OK);
    assert_int_equal(draft.form_version, 3);
    assert_true(draft.dirty);
    assert_int_equal(draft.changed_ms, 1700000001000);
    assert_int_equal(count, 2);
    assert_string_equal(loaded[0].row, "OGE.MATH");
    assert_int_equal(loaded[0].value.kind, VALUE_NOT_APPLICABLE);
    assert_string_equal(loaded[1].field, "participants");
    assert_int_equal(loaded[1].value.number, 41);
    Draft *drafts;
    assert_int_equal(outbox_list_drafts(outbox, arena, &drafts, &count, &err), ERR_OK);
    assert_int_equal(count, 1);
    assert_string_equal(drafts[0].key.school, key.school);
    assert_int_equal(queue(outbox, 1, key.school, &err), ERR_OK);
    assert_int_equal(outbox_load_draft(outbox, &key, arena, &draft, &loaded, &count, &err), ERR_OK);
    assert_false(draft.dirty);
    assert_int_equal(count, 2);
    outbox_close(outbox);
}

/* Hundreds of cells and arrays that grow. */
static void test_many_cells(void **state)
{
    Err err = {0};
    Outbox *outbox = open_ok();
    FormCell cells[300];
    char rows[300][8];
    Draft draft;
    FormCell *loaded;
    size_t count;

    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(rows[i], sizeof rows[i], "r%03d", i);
        cells[i] = cell_of(rows[i], "n", i);
    }
    assert_int_equal(outbox_save_cells(outbox, &key, 1, cells, 300, &err), ERR_OK);
    assert_int_equal(outbox_load_draft(outbox, &key, arena, &draft, &loaded, &count, &err), ERR_OK);
    assert_int_equal(count, 300);
    for (int i = 0; i < 300; i++)
        assert_int_equal(loaded[i].value.number, i);
    arena_fail_nth(arena, 1);
    assert_int_equal(outbox_load_draft(outbox, &key, arena, &draft, &loaded, &count, &err),
                     ERR_RESOURCE_EXHAUSTED);
    outbox_close(outbox);
}

static void test_queue_and_order(void **state)
{
    Err err = {0};
    Outbox *outbox = open_ok();
    int64_t due;

    (void)state;
    assert_null(take(outbox, &due));
    assert_true(due == INT64_MAX);
    assert_int_equal(queue(outbox, 1, "school-1", &err), ERR_OK);
    assert_int_equal(queue(outbox, 2, "school-1", &err), ERR_OK);
    assert_int_equal(queue(outbox, 3, "school-2", &err), ERR_OK);
    assert_int_equal(queue(outbox, 1, "school-3", &err), ERR_ALREADY_EXISTS);
    assert_string_equal(err.reason, "OPERATION_TWICE");
    Operation *operation = take(outbox, &due);
    assert_int_equal(operation->id[0], 1);
    assert_int_equal(operation->attempts, 1);
    assert_int_equal(operation->size, 10);
    assert_memory_equal(operation->payload, "\x01\x00\x02payload", 10);
    Err why = {0};
    err_set(&why, ERR_UNAVAILABLE, "NO_CONNECTION");
    err_arg(&why, "address", "tcp://x\ty\nz");
    assert_int_equal(outbox_mark_later(outbox, operation->id, now.fixed_ms + 500, &why, &err), ERR_OK);
    /* the second of school-1 waits for the first; school-2 does not */
    operation = take(outbox, &due);
    assert_int_equal(operation->id[0], 3);
    assert_null(take(outbox, &due));
    assert_int_equal(due, now.fixed_ms + 500);
    assert_int_equal(outbox_hurry(outbox, &err), ERR_OK);
    operation = take(outbox, &due);
    assert_int_equal(operation->id[0], 1);
    assert_int_equal(outbox_mark_later(outbox, operation->id, now.fixed_ms + 500, &why, &err), ERR_OK);
    now.fixed_ms += 500;
    operation = take(outbox, &due);
    assert_int_equal(operation->id[0], 1);
    assert_int_equal(operation->attempts, 3);
    assert_string_equal(operation->last.reason, "NO_CONNECTION");
    assert_string_equal(err_arg_get(&operation->last, "address"), "tcp://x\ty z");
    /* a parked one lets later ones pass */
    assert_int_equal(outbox_mark_parked(outbox, operation->id, &why, &err), ERR_OK);
    operation = take(outbox, &due);
    assert_int_equal(operation->id[0], 2);
    OutboxCounts counts;
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.parked, 1);
    assert_int_equal(counts.sending, 2);
    assert_int_equal(counts.oldest_ms, 1700000000000);
    outbox_close(outbox);
}

static void test_receipts(void **state)
{
    Err err = {0};
    Outbox *outbox = open_ok();
    Receipt receipt = {.number = "2021-000017",
                       .server_time_ms = 1700000009999,
                       .submission_id = 17,
                       .revision = 2,
                       .state = 3};
    uint32_t revision, waiting;
    int64_t due;
    Operation *found;
    size_t count;

    (void)state;
    assert_int_equal(queue(outbox, 1, key.school, &err), ERR_OK);
    assert_int_equal(outbox_get_revision(outbox, &key, 1, &revision, &waiting, &err), ERR_OK);
    assert_int_equal(revision, 0);
    assert_int_equal(waiting, 1);
    Operation *operation = take(outbox, &due);
    assert_int_equal(outbox_mark_done(outbox, operation->id, &receipt, &err), ERR_OK);
    /* the answer of a doubled attempt changes nothing */
    receipt.number = "other";
    assert_int_equal(outbox_mark_done(outbox, operation->id, &receipt, &err), ERR_OK);
    Err why = {0};
    err_set(&why, ERR_UNAVAILABLE, "NO_CONNECTION");
    assert_int_equal(outbox_mark_later(outbox, operation->id, 0, &why, &err), ERR_OK);
    assert_int_equal(outbox_get(outbox, operation->id, arena, &found, &err), ERR_OK);
    assert_int_equal(found->state, OPERATION_DONE);
    assert_string_equal(found->receipt.number, "2021-000017");
    assert_int_equal(found->receipt.submission_id, 17);
    assert_int_equal(found->receipt.revision, 2);
    assert_int_equal(outbox_get_revision(outbox, &key, 1, &revision, &waiting, &err), ERR_OK);
    assert_int_equal(revision, 2);
    assert_int_equal(waiting, 0);
    assert_int_equal(outbox_get_revision(outbox, &key, 2, &revision, &waiting, &err), ERR_OK);
    assert_int_equal(revision, 0);
    /* what was looked at counts beside own receipts: the greater of the two, for that source alone */
    assert_int_equal(outbox_note_revision(outbox, &key, 1, 1, &err), ERR_OK);
    assert_int_equal(outbox_get_revision(outbox, &key, 1, &revision, &waiting, &err), ERR_OK);
    assert_int_equal(revision, 2);
    assert_int_equal(outbox_note_revision(outbox, &key, 1, 5, &err), ERR_OK);
    assert_int_equal(outbox_get_revision(outbox, &key, 1, &revision, &waiting, &err), ERR_OK);
    assert_int_equal(revision, 5);
    assert_int_equal(outbox_get_revision(outbox, &key, 2, &revision, &waiting, &err), ERR_OK);
    assert_int_equal(revision, 0);
    assert_int_equal(outbox_list(outbox, true, arena, &found, &count, &err), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(outbox_list(outbox, false, arena, &found, &count, &err), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(outbox_retry(outbox, operation->id, &err), ERR_NOT_FOUND);
    uint8_t unknown[16] = {9};
    assert_int_equal(outbox_get(outbox, unknown, arena, &found, &err), ERR_NOT_FOUND);
    assert_string_equal(err.reason, "OPERATION_MISSING");
    outbox_close(outbox);
}

static void test_retry_parked(void **state)
{
    Err err = {0}, why = {0};
    Outbox *outbox = open_ok();
    int64_t due;

    (void)state;
    assert_int_equal(queue(outbox, 1, key.school, &err), ERR_OK);
    Operation *operation = take(outbox, &due);
    err_set(&why, ERR_INVALID_ARGUMENT, "FORM_INVALID");
    assert_int_equal(outbox_mark_parked(outbox, operation->id, &why, &err), ERR_OK);
    assert_null(take(outbox, &due));
    assert_int_equal(outbox_retry(outbox, operation->id, &err), ERR_OK);
    Operation *again = take(outbox, &due);
    assert_memory_equal(again->id, operation->id, 16);
    assert_memory_equal(again->payload, operation->payload, operation->size);
    outbox_close(outbox);
}

static void test_all_or_nothing(void **state)
{
    Err err = {0};
    Outbox *outbox = open_ok();
    Operation batch[3] = {operation_of(1, "s1"), operation_of(2, "s2"), operation_of(1, "s3")};
    OutboxCounts counts;

    (void)state;
    assert_int_equal(outbox_queue(outbox, batch, 3, &err), ERR_ALREADY_EXISTS);
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.queued, 0);
    failpoint_init("outbox.queue=error@2");
    batch[2] = operation_of(3, "s3");
    assert_int_equal(outbox_queue(outbox, batch, 3, &err), ERR_UNAVAILABLE);
    failpoint_init("");
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.queued, 0);
    assert_int_equal(outbox_queue(outbox, batch, 3, &err), ERR_OK);
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.queued, 3);
    outbox_close(outbox);
}

/* What a person did up to the kill, each step shown as done only when its call returned. */
static void life(int report)
{
    Outbox *outbox = open_ok();
    Err err = {0};
    FormCell cells[2] = {cell_of("r1", "a", 1), cell_of("r2", "b", 2)};
    Receipt receipt = {.number = "N1", .revision = 1, .state = 3};
    Operation *operation = NULL;
    int64_t due;
    char done = 0;

    if (outbox_save_cells(outbox, &key, 1, cells, 2, &err) == ERR_OK)
        done = 1;
    if (write(report, &done, 1) != 1 || queue(outbox, 7, key.school, &err) != ERR_OK)
        _exit(1);
    done = 2;
    if (write(report, &done, 1) != 1 || outbox_begin_sending(outbox, &err) != ERR_OK ||
        outbox_take(outbox, arena, &operation, &due, &err) != ERR_OK)
        _exit(1);
    if (outbox_mark_done(outbox, operation->id, &receipt, &err) != ERR_OK)
        _exit(1);
    done = 3;
    if (write(report, &done, 1) != 1)
        _exit(1);
    _exit(0);
}

/* Runs life() killed at the failpoint; returns the last step shown as done. */
static int live_until(const char *spec)
{
    int ends[2], status;
    char step = 0, last = 0;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        failpoint_init(spec);
        life(ends[1]);
    }
    close(ends[1]);
    while (read(ends[0], &step, 1) == 1)
        last = step;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    return last;
}

static void test_killed_at_each_step(void **state)
{
    static const struct {
        const char *spec;
        int cells, operations, receipts; /* found after the kill */
        OperationState operation_state;
    } rows[] = {
        {"outbox.save=exit", 0, 0, 0, 0},
        {"outbox.saved=exit", 2, 0, 0, 0},
        {"outbox.queue=exit", 2, 0, 0, 0},
        {"outbox.queued=exit", 2, 1, 0, OPERATION_QUEUED},
        {"outbox.take=exit", 2, 1, 0, OPERATION_QUEUED},
        {"outbox.taken=exit", 2, 1, 0, OPERATION_SENDING},
        {"outbox.mark=exit", 2, 1, 0, OPERATION_SENDING},
        {"outbox.marked=exit", 2, 1, 1, OPERATION_DONE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int shown = live_until(rows[i].spec);
        Outbox *outbox = open_ok();
        Err err = {0};
        Draft draft;
        FormCell *cells = NULL;
        Operation *operations;
        size_t cell_count = 0, count;
        ErrCode code = outbox_load_draft(outbox, &key, arena, &draft, &cells, &cell_count, &err);
        assert_true(code == ERR_OK || (code == ERR_NOT_FOUND && rows[i].cells == 0));
        assert_int_equal(cell_count, rows[i].cells);
        assert_int_equal(outbox_list(outbox, false, arena, &operations, &count, &err), ERR_OK);
        assert_int_equal(count, rows[i].operations);
        if (count > 0) {
            assert_int_equal(operations[0].state, rows[i].operation_state);
            assert_int_equal(operations[0].receipt.number != NULL, rows[i].receipts);
            assert_false(draft.dirty);
        }
        /* nothing shown as done is lost */
        assert_true(shown < 1 || cell_count == 2);
        assert_true(shown < 2 || count == 1);
        assert_true(shown < 3 || operations[0].receipt.number != NULL);
        /* the next start sends what waits, once, at once, the same bytes */
        int64_t due;
        assert_int_equal(outbox_begin_sending(outbox, &err), ERR_OK);
        Operation *next = take(outbox, &due);
        assert_int_equal(next != NULL, count == 1 && rows[i].receipts == 0);
        if (next != NULL)
            assert_memory_equal(next->payload, "\x01\x00\x02payload", 10);
        assert_null(take(outbox, &due));
        outbox_close(outbox);
        teardown(state);
        setup(state);
    }
}

static void test_one_sender(void **state)
{
    Err err = {0};
    Outbox *first = open_ok(), *second = open_ok();

    (void)state;
    assert_int_equal(outbox_begin_sending(first, &err), ERR_OK);
    assert_int_equal(outbox_begin_sending(first, &err), ERR_OK);
    assert_int_equal(outbox_begin_sending(second, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTBOX_SENDING");
    outbox_end_sending(first);
    assert_int_equal(outbox_begin_sending(second, &err), ERR_OK);
    outbox_close(second);
    outbox_close(first);
}

static void test_busy(void **state)
{
    Err err = {0};
    char path[128];
    Lite *holder = NULL;
    Outbox *outbox = open_ok();

    (void)state;
    snprintf(path, sizeof path, "%s/outbox.sqlite", dir);
    assert_int_equal(lite_open(path, 50, &holder, &err), ERR_OK);
    assert_int_equal(lite_begin(holder, &err), ERR_OK);
    assert_int_equal(queue(outbox, 1, key.school, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "OUTBOX_BUSY");
    assert_string_equal(err_arg_get(&err, "file"), path);
    lite_rollback(holder);
    lite_close(holder);
    assert_int_equal(queue(outbox, 1, key.school, &err), ERR_OK);
    outbox_close(outbox);
}

static ErrCode put(Lite *lite, const char *name, Err *err)
{
    return lite_query(lite, name, NULL, 0, NULL, NULL, err);
}

static void test_damaged(void **state)
{
    OutboxOptions options = {.dir = dir, .clock = &now};
    Outbox *outbox = NULL;
    char path[128];
    Err err = {0};

    (void)state;
    snprintf(path, sizeof path, "%s/outbox.sqlite", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(
        "this is no database, but a letter to the ministry, and it is long enough to be read as a page head",
        file);
    fclose(file);
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_DATA_LOSS);
    assert_string_equal(err.reason, "OUTBOX_DAMAGED");
    unlink(path);
    symlink("/tmp/elsewhere", path);
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OUTBOX_UNWRITABLE");
    unlink(path);
    Lite *lite = NULL;
    assert_int_equal(lite_open(path, 50, &lite, &err), ERR_OK);
    assert_int_equal(put(lite, "outbox/no_such.sql", &err), ERR_INTERNAL);
    assert_int_equal(lite_script(lite, "outbox/no_such.sql", &err), ERR_INTERNAL);
    assert_int_equal(put(lite, "outbox/draft__list.sql", &err), ERR_INTERNAL);
    assert_string_equal(err.reason, "OUTBOX_FAILED");
    lite_close(lite);
}

static void test_state_names(void **state)
{
    (void)state;
    assert_string_equal(operation_state_name(OPERATION_QUEUED), "QUEUED");
    assert_string_equal(operation_state_name(OPERATION_PARKED), "PARKED");
    assert_string_equal(operation_state_name((OperationState)99), "UNSET");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder_is_made, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drafts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_cells, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_and_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_receipts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry_parked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_at_each_step, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_sender, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_state_names, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
