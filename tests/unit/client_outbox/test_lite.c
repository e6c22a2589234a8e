/* The SQLite wrapper, several processes on one outbox, kills at random moments, and memory that runs out. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
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

static char dir[64], path[96];
static Arena *arena;
static Clock now;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/client-lite-XXXXXX");
    arena = arena_new(32 << 20, NULL);
    now = clock_fixed(1700000000000);
    if (mkdtemp(dir) == NULL || arena == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/outbox.sqlite", dir);
    return 0;
}

static int teardown(void **state)
{
    char file[128];

    (void)state;
    arena_free(arena);
    unlink(path);
    snprintf(file, sizeof file, "%s-journal", path);
    unlink(file);
    snprintf(file, sizeof file, "%s/sender.lock", dir);
    unlink(file);
    return rmdir(dir);
}

static Outbox *open_ok(int busy_ms)
{
    OutboxOptions options = {.dir = dir, .clock = &now, .busy_ms = busy_ms};
    Outbox *outbox = NULL;
    Err err = {0};

    if (outbox_open(&options, &outbox, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "detail"));
    return outbox;
}

static Lite *lite_ok(void)
{
    Lite *lite = NULL;
    Err err = {0};

    assert_int_equal(lite_open(path, 50, &lite, &err), ERR_OK);
    return lite;
}

static ErrCode save(Outbox *outbox, int64_t number, Err *err)
{
    static const DraftKey key = {"s", "f", "2021"};
    char row[24];
    FormCell cell = {"main", row, "n", {VALUE_NUMBER, number}};

    snprintf(row, sizeof row, "r%lld", (long long)number);
    return outbox_save_cells(outbox, &key, 1, &cell, 1, err);
}

static ErrCode queue(Outbox *outbox, uint32_t number, Err *err)
{
    Operation operation = {
        .method = "m", .payload = &number, .size = sizeof number, .key = {"s", "f", "2021"}};

    memcpy(operation.id, &number, sizeof number);
    return outbox_queue(outbox, &operation, 1, err);
}

/* One row of each kind of value, as the callback sees it. */
typedef struct Seen {
    int rows;
    int64_t number;
    char text[64];
    size_t size;
    ErrCode stop;
} Seen;

static ErrCode see_draft(void *context, const LiteRow *row, Err *err)
{
    Seen *seen = context;

    seen->rows++;
    seen->number = lite_get_int(row, 3);
    snprintf(seen->text, sizeof seen->text, "%s/%s/%s", lite_get_text(row, 0), lite_get_text(row, 1),
             lite_get_text(row, 2));
    return seen->stop == ERR_OK ? ERR_OK : err_set(err, seen->stop, "STOPPED");
}

static ErrCode upsert(Lite *lite, const char *school, int64_t version, Err *err)
{
    LiteParam params[] = {LITE_TEXT(school), LITE_TEXT("форма"), LITE_TEXT("2021"), LITE_INT(version),
                          LITE_INT(5)};

    return lite_query(lite, "outbox/draft__upsert.sql", params, 5, NULL, NULL, err);
}

static void test_query(void **state)
{
    Err err = {0};
    Seen seen = {0};

    (void)state;
    outbox_close(open_ok(50));
    Lite *lite = lite_ok();
    assert_int_equal(upsert(lite, "школа \"1\"; DROP TABLE draft", INT64_MAX, &err), ERR_OK);
    assert_int_equal(lite_changes(lite), 1);
    assert_int_equal(upsert(lite, "b", -1, &err), ERR_OK);
    assert_int_equal(lite_query(lite, "outbox/draft__list.sql", NULL, 0, see_draft, &seen, &err), ERR_OK);
    assert_int_equal(seen.rows, 2);
    assert_true(seen.number == INT64_MAX);
    assert_string_equal(seen.text, "школа \"1\"; DROP TABLE draft/форма/2021");
    /* the callback's error ends the query and is passed on */
    seen = (Seen){.stop = ERR_ABORTED};
    assert_int_equal(lite_query(lite, "outbox/draft__list.sql", NULL, 0, see_draft, &seen, &err),
                     ERR_ABORTED);
    assert_string_equal(err.reason, "STOPPED");
    assert_int_equal(seen.rows, 1);
    lite_close(lite);
    lite_close(NULL);
}

static void test_transactions(void **state)
{
    Err err = {0};
    Seen seen = {0};

    (void)state;
    outbox_close(open_ok(50));
    Lite *lite = lite_ok();
    lite_rollback(lite); /* without a transaction: nothing */
    assert_int_equal(lite_begin(lite, &err), ERR_OK);
    assert_int_equal(upsert(lite, "a", 1, &err), ERR_OK);
    lite_rollback(lite);
    assert_int_equal(lite_begin(lite, &err), ERR_OK);
    assert_int_equal(lite_begin(lite, &err), ERR_INTERNAL); /* not nested */
    assert_string_equal(err.reason, "OUTBOX_FAILED");
    assert_int_equal(upsert(lite, "b", 2, &err), ERR_OK);
    assert_int_equal(lite_commit(lite, &err), ERR_OK);
    assert_int_equal(lite_query(lite, "outbox/draft__list.sql", NULL, 0, see_draft, &seen, &err), ERR_OK);
    assert_int_equal(seen.rows, 1);
    assert_string_equal(seen.text, "b/форма/2021");
    lite_close(lite);
}

static ErrCode run_raw(const char *name, LiteParam *params, size_t count, Err *err)
{
    Lite *lite = lite_ok();
    ErrCode code = lite_query(lite, name, params, count, NULL, NULL, err);

    lite_close(lite);
    return code;
}

/* The file itself refuses what must never be: a wrong id length, an unknown state. */
static void test_constraints(void **state)
{
    Err err = {0};
    uint8_t id[16] = {1}, hash[32] = {2};
    Outbox *outbox = open_ok(50);

    (void)state;
    assert_int_equal(queue(outbox, 7, &err), ERR_OK);
    outbox_close(outbox);
    LiteParam insert[] = {LITE_BLOB(id, 15),   LITE_TEXT("m"), LITE_BLOB("p", 1),
                          LITE_BLOB(hash, 32), LITE_TEXT("s"), LITE_TEXT("f"),
                          LITE_TEXT("2021"),   LITE_INT(1),    LITE_INT(1700000000)};
    assert_int_equal(run_raw("outbox/operation__insert.sql", insert, 9, &err), ERR_INTERNAL);
    insert[0].size = 16;
    insert[3].size = 31;
    assert_int_equal(run_raw("outbox/operation__insert.sql", insert, 9, &err), ERR_INTERNAL);
    uint32_t seven = 7;
    memset(id, 0, sizeof id);
    memcpy(id, &seven, sizeof seven);
    LiteParam mark[] = {LITE_BLOB(id, 16), LITE_INT(9),   LITE_INT(0),  LITE_INT(0),
                        LITE_INT(0),       LITE_TEXT(""), LITE_TEXT("")};
    assert_int_equal(run_raw("outbox/operation__mark.sql", mark, 7, &err), ERR_INTERNAL);
    LiteParam receipt[] = {LITE_BLOB("0123456789abcdef", 16),
                           LITE_TEXT("n"),
                           LITE_BLOB(hash, 32),
                           LITE_INT(0),
                           LITE_INT(0),
                           LITE_INT(0),
                           LITE_INT(0)};
    assert_int_equal(run_raw("outbox/receipt__insert.sql", receipt, 7, &err), ERR_INTERNAL);
    assert_string_equal(err.reason, "OUTBOX_FAILED");
    assert_true(err_arg_get(&err, "detail")[0] != '\0');
}

static void test_read_only(void **state)
{
    Err err = {0};
    Outbox *outbox = NULL;
    OutboxOptions options = {.dir = dir, .clock = &now};

    (void)state;
    if (geteuid() == 0) /* rights do not bind root: a folder in the file's place does */
        assert_int_equal(mkdir(path, 0700), 0);
    else
        assert_int_equal(chmod(dir, 0500), 0);
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OUTBOX_UNWRITABLE");
    assert_string_equal(err_arg_get(&err, "file"), path);
    chmod(dir, 0700);
    rmdir(path);
    options.dir = "";
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_FAILED_PRECONDITION);
}

/* A newer program's file is left alone. */
static void test_newer(void **state)
{
    static const unsigned char version[4] = {0, 0, 0, 99};
    OutboxOptions options = {.dir = dir, .clock = &now};
    Outbox *outbox = NULL;
    Err err = {0};

    (void)state;
    outbox_close(open_ok(50));
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 60, SEEK_SET), 0); /* user_version in the header of the file */
    assert_int_equal(fwrite(version, 1, 4, file), 4);
    fclose(file);
    assert_int_equal(outbox_open(&options, &outbox, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OUTBOX_NEWER");
}

/* Four processes queue at once: every success is there, once. */
static void test_processes(void **state)
{
    enum { PROCESSES = 4, EACH = 15 };
    pid_t children[PROCESSES];
    OutboxCounts counts;
    Err err = {0};

    (void)state;
    outbox_close(open_ok(10000));
    for (uint32_t p = 0; p < PROCESSES; p++) {
        children[p] = fork();
        assert_true(children[p] >= 0);
        if (children[p] == 0) {
            Outbox *outbox = open_ok(10000);
            for (uint32_t i = 0; i < EACH; i++)
                if (queue(outbox, 1 + p * EACH + i, &err) != ERR_OK)
                    _exit(1);
            _exit(0);
        }
    }
    for (int p = 0; p < PROCESSES; p++) {
        int status;
        assert_int_equal(waitpid(children[p], &status, 0), children[p]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    Outbox *outbox = open_ok(50);
    assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
    assert_int_equal(counts.queued, PROCESSES * EACH);
    outbox_close(outbox);
}

/* Types and queues as fast as it can, telling of each thing that is saved. */
static void type_until_killed(int report)
{
    Outbox *outbox = open_ok(1000);
    Err err = {0};

    for (uint32_t n = 1;; n++) {
        if (save(outbox, n, &err) != ERR_OK || queue(outbox, n, &err) != ERR_OK)
            _exit(1);
        if (write(report, &n, sizeof n) != sizeof n)
            _exit(1);
    }
}

/* Killed at a random moment, ten times: what was told to be saved is there, and the file is whole. */
static void test_random_kills(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 10; round++) {
        int ends[2], status;
        uint32_t last = 0, told;
        static const DraftKey key = {"s", "f", "2021"};
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(ends[0]);
            type_until_killed(ends[1]);
        }
        close(ends[1]);
        uint32_t kill_after = 1 + round * 7 % 5;
        while (read(ends[0], &told, sizeof told) == (ssize_t)sizeof told) {
            last = told;
            if (last == kill_after)
                kill(child, SIGKILL); /* in the middle of whatever it does next */
        }
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        Outbox *outbox = open_ok(1000);
        Draft draft;
        FormCell *cells = NULL;
        size_t count = 0;
        OutboxCounts counts;
        Err err = {0};
        assert_int_equal(outbox_load_draft(outbox, &key, arena, &draft, &cells, &count, &err), ERR_OK);
        assert_int_equal(outbox_count(outbox, &counts, &err), ERR_OK);
        assert_true(count >= last && count <= last + 1);
        assert_true(counts.queued >= last && counts.queued <= (int64_t)count);
        outbox_close(outbox);
        teardown(state);
        setup(state);
    }
}

/* Every allocation of reading may fail; the outbox goes on afterwards. */
static void test_memory(void **state)
{
    Err err = {0};
    Outbox *outbox = open_ok(50);
    uint8_t id[16] = {0};
    uint32_t one = 1;
    int refused = 0;

    (void)state;
    memcpy(id, &one, sizeof one);
    assert_int_equal(queue(outbox, 1, &err), ERR_OK);
    assert_int_equal(save(outbox, 1, &err), ERR_OK);
    for (size_t n = 1; n < 12; n++) {
        Operation *operation = NULL;
        Draft *drafts = NULL;
        size_t count = 0;
        arena_fail_nth(arena, n);
        ErrCode code = outbox_get(outbox, id, arena, &operation, &err);
        assert_true(code == ERR_OK || code == ERR_RESOURCE_EXHAUSTED);
        refused += code != ERR_OK;
        arena_fail_nth(arena, n);
        code = outbox_list_drafts(outbox, arena, &drafts, &count, &err);
        assert_true(code == ERR_OK || code == ERR_RESOURCE_EXHAUSTED);
        refused += code != ERR_OK;
        arena_fail_nth(arena, n);
        int64_t due;
        code = outbox_take(outbox, arena, &operation, &due, &err);
        assert_true(code == ERR_OK || code == ERR_RESOURCE_EXHAUSTED);
        refused += code != ERR_OK;
        arena_fail_nth(arena, 0);
    }
    assert_true(refused >= 15);
    Operation *operation = NULL;
    assert_int_equal(outbox_get(outbox, id, arena, &operation, &err), ERR_OK);
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_query, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transactions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_constraints, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_processes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_kills, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
