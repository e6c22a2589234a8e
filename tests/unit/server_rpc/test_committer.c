/* The group committer by itself: batches, whole failures, expiry, stopping. */
#include "tests/unit/server_rpc/rig.h"

enum { MANY = 300 };

/* A database that does what the test says, and a record of what came back. */
typedef struct Bench {
    Committer *committer;
    Clock clock;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closed; /* commits wait while it is */
    int inside;  /* commits waiting */
    int batches, singles, largest, done;
    ErrCode whole;      /* fault of a whole batch of more than one */
    ErrCode single;     /* fault of a batch of one */
    const void *poison; /* data of the item that spoils its batch */
    Call calls[MANY];
    SubmitItem items[MANY];
    int answered[MANY];
} Bench;

static int64_t bench_time;

static int64_t read_time(const Clock *clock)
{
    (void)clock;
    return __atomic_load_n(&bench_time, __ATOMIC_RELAXED);
}

static ErrCode commit(void *context, int thread, SubmitItem **items, size_t count, Err *err)
{
    Bench *bench = context;
    ErrCode fault;

    pthread_mutex_lock(&bench->lock);
    assert_int_equal(thread, 0);
    bench->batches++;
    bench->singles += count == 1;
    if ((int)count > bench->largest)
        bench->largest = (int)count;
    bench->inside++;
    pthread_cond_broadcast(&bench->changed);
    while (bench->closed)
        pthread_cond_wait(&bench->changed, &bench->lock);
    bench->inside--;
    fault = count > 1 ? bench->whole : bench->single;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(items[i]->err.code, ERR_OK); /* reset before each offer */
        assert_null(items[i]->packed);
        if (bench->poison != NULL && items[i]->data == bench->poison)
            fault = ERR_FAILED_PRECONDITION;
        items[i]->packed = "x";
    }
    pthread_mutex_unlock(&bench->lock);
    if (fault != ERR_OK) {
        if (count > 1)
            err_set(&items[0]->err, ERR_INTERNAL, "LEFT_OVER"); /* must not be believed */
        return err_set(err, fault, "FAULT");
    }
    return ERR_OK;
}

static void done(void *context, SubmitItem *item)
{
    Bench *bench = context;

    pthread_mutex_lock(&bench->lock);
    bench->answered[item - bench->items]++;
    bench->done++;
    pthread_cond_broadcast(&bench->changed);
    pthread_mutex_unlock(&bench->lock);
}

static int set_up(void **state)
{
    Bench *bench = calloc(1, sizeof *bench);
    Err err = {0};

    __atomic_store_n(&bench_time, 1000, __ATOMIC_RELAXED);
    bench->clock = (Clock){.now_ms = read_time, .monotonic_ms = read_time};
    pthread_mutex_init(&bench->lock, NULL);
    pthread_cond_init(&bench->changed, NULL);
    const CommitterOptions options = {.threads = 1,
                                      .capacity = 256,
                                      .clock = &bench->clock,
                                      .commit = commit,
                                      .commit_context = bench,
                                      .done = done,
                                      .done_context = bench};
    assert_int_equal(committer_open(&options, &bench->committer, &err), ERR_OK);
    for (int i = 0; i < MANY; i++) {
        bench->calls[i].clock = &bench->clock;
        bench->calls[i].deadline = 2000;
        bench->items[i].call = &bench->calls[i];
        bench->items[i].data = &bench->items[i];
    }
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    Bench *bench = *state;

    committer_stop(bench->committer, true);
    while (committer_running(bench->committer) > 0)
        clock_system.sleep_ms(&clock_system, 1);
    committer_free(bench->committer);
    pthread_mutex_destroy(&bench->lock);
    pthread_cond_destroy(&bench->changed);
    free(bench);
    return 0;
}

static void gate(Bench *bench, bool closed)
{
    pthread_mutex_lock(&bench->lock);
    bench->closed = closed;
    pthread_cond_broadcast(&bench->changed);
    pthread_mutex_unlock(&bench->lock);
}

static void wait_inside(Bench *bench)
{
    pthread_mutex_lock(&bench->lock);
    while (bench->inside == 0)
        pthread_cond_wait(&bench->changed, &bench->lock);
    pthread_mutex_unlock(&bench->lock);
}

static void wait_done(Bench *bench, int count)
{
    pthread_mutex_lock(&bench->lock);
    while (bench->done < count)
        pthread_cond_wait(&bench->changed, &bench->lock);
    pthread_mutex_unlock(&bench->lock);
}

static void add(Bench *bench, int from, int to)
{
    Err err = {0};

    for (int i = from; i < to; i++)
        assert_int_equal(committer_add(bench->committer, &bench->items[i], &err), ERR_OK);
}

/* The first goes alone; what gathers while it commits goes together, at most 128 at once. */
static void test_batches_grow_under_load(void **state)
{
    Bench *bench = *state;

    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    add(bench, 1, 201);
    assert_int_equal(committer_waiting(bench->committer), 200);
    gate(bench, false);
    wait_done(bench, 201);
    assert_int_equal(bench->batches, 3); /* 1, 128, 72 */
    assert_int_equal(bench->largest, COMMITTER_BATCH_MAX);
    for (int i = 0; i < 201; i++) {
        assert_int_equal(bench->answered[i], 1);
        assert_int_equal(bench->items[i].err.code, ERR_OK);
    }
}

static void test_full(void **state)
{
    Bench *bench = *state;
    Err err = {0};

    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    add(bench, 1, 257);
    assert_int_equal(committer_add(bench->committer, &bench->items[257], &err), ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(err.reason, "SERVER_BUSY");
    gate(bench, false);
    wait_done(bench, 257);
    assert_int_equal(bench->answered[257], 0);
}

/* Commits 5 items as one batch behind a first one. */
static void five_together(Bench *bench)
{
    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    add(bench, 1, 6);
    gate(bench, false);
    wait_done(bench, 6);
}

static void test_poison_spoils_only_itself(void **state)
{
    Bench *bench = *state;

    bench->poison = &bench->items[3];
    five_together(bench);
    assert_int_equal(bench->singles, 1 + 5);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(bench->items[i].err.code, i == 3 ? ERR_FAILED_PRECONDITION : ERR_OK);
        assert_int_equal(bench->answered[i], 1);
    }
    assert_string_equal(bench->items[3].err.reason, "FAULT");
}

static void test_database_gone_is_not_tried_one_by_one(void **state)
{
    Bench *bench = *state;

    bench->whole = ERR_UNAVAILABLE;
    five_together(bench);
    assert_int_equal(bench->batches, 2);
    assert_int_equal(bench->items[0].err.code, ERR_OK);
    for (int i = 1; i < 6; i++) {
        assert_int_equal(bench->items[i].err.code, ERR_UNAVAILABLE);
        assert_string_equal(bench->items[i].err.reason, "FAULT");
    }
}

static void test_single_fault(void **state)
{
    Bench *bench = *state;

    bench->single = ERR_ABORTED;
    add(bench, 0, 1);
    wait_done(bench, 1);
    assert_int_equal(bench->items[0].err.code, ERR_ABORTED);
}

static void test_expired_is_not_committed(void **state)
{
    Bench *bench = *state;

    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    bench->calls[2].deadline = 1500;
    add(bench, 1, 4);
    __atomic_store_n(&bench_time, 1500, __ATOMIC_RELAXED);
    gate(bench, false);
    wait_done(bench, 4);
    assert_int_equal(bench->largest, 2);
    assert_int_equal(bench->items[2].err.code, ERR_DEADLINE_EXCEEDED);
    assert_string_equal(bench->items[2].err.reason, "DEADLINE_PASSED");
    assert_int_equal(bench->items[1].err.code, ERR_OK);
    assert_int_equal(bench->items[3].err.code, ERR_OK);
}

/* The thread is held up by a commit that hangs: who waits behind it is answered when its time is up. */
static void test_expired_behind_a_hanging_commit(void **state)
{
    Bench *bench = *state;

    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    bench->calls[2].deadline = 1500;
    add(bench, 1, 3);
    committer_expire(bench->committer);
    assert_int_equal(bench->done, 0);
    __atomic_store_n(&bench_time, 1600, __ATOMIC_RELAXED);
    committer_expire(bench->committer);
    assert_int_equal(bench->done, 1);
    assert_int_equal(bench->answered[2], 1);
    assert_int_equal(bench->items[2].err.code, ERR_DEADLINE_EXCEEDED);
    assert_string_equal(bench->items[2].err.reason, "DEADLINE_PASSED");
    assert_int_equal(committer_waiting(bench->committer), 1);
    gate(bench, false);
    wait_done(bench, 3);
    assert_int_equal(bench->items[0].err.code, ERR_OK);
    assert_int_equal(bench->items[1].err.code, ERR_OK);
}

static void test_all_expired_commits_nothing(void **state)
{
    Bench *bench = *state;

    __atomic_store_n(&bench_time, 5000, __ATOMIC_RELAXED);
    add(bench, 0, 3);
    wait_done(bench, 3);
    assert_int_equal(bench->batches, 0);
}

static void test_stop_finishes_what_waits(void **state)
{
    Bench *bench = *state;
    Err err = {0};

    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    add(bench, 1, 10);
    committer_stop(bench->committer, false);
    assert_int_equal(committer_add(bench->committer, &bench->items[20], &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "SERVER_STOPPING");
    gate(bench, false);
    wait_done(bench, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(bench->items[i].err.code, ERR_OK);
}

static void test_stop_drops_what_waits(void **state)
{
    Bench *bench = *state;

    gate(bench, true);
    add(bench, 0, 1);
    wait_inside(bench);
    add(bench, 1, 10);
    committer_stop(bench->committer, true);
    assert_int_equal(bench->done, 9); /* answered at once, on this thread */
    gate(bench, false);
    wait_done(bench, 10);
    assert_int_equal(bench->items[0].err.code, ERR_OK);
    for (int i = 1; i < 10; i++) {
        assert_int_equal(bench->items[i].err.code, ERR_UNAVAILABLE);
        assert_string_equal(bench->items[i].err.reason, "SERVER_STOPPING");
        assert_int_equal(bench->answered[i], 1);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_batches_grow_under_load),
        TEST(test_full),
        TEST(test_poison_spoils_only_itself),
        TEST(test_database_gone_is_not_tried_one_by_one),
        TEST(test_single_fault),
        TEST(test_expired_is_not_committed),
        TEST(test_expired_behind_a_hanging_commit),
        TEST(test_all_expired_commits_nothing),
        TEST(test_stop_finishes_what_waits),
        TEST(test_stop_drops_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
