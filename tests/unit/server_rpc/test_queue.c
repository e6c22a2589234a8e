/* The bounded queue: order, limits, closing, and many threads at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "server/rpc/queue.h"

static int items[100];

static void test_order_and_limit(void **state)
{
    Queue *queue = queue_new(3);
    void *taken[3];

    (void)state;
    for (int round = 0; round < 5; round++) { /* the ring wraps */
        assert_int_equal(queue_put(queue, &items[0]), QUEUE_DONE);
        assert_int_equal(queue_put(queue, &items[1]), QUEUE_DONE);
        assert_int_equal(queue_length(queue), 2);
        assert_int_equal(queue_put(queue, &items[2]), QUEUE_DONE);
        assert_int_equal(queue_put(queue, &items[3]), QUEUE_FULL);
        assert_int_equal(queue_take(queue, taken, 2), 2);
        assert_ptr_equal(taken[0], &items[0]);
        assert_ptr_equal(taken[1], &items[1]);
        assert_ptr_equal(queue_poll(queue), &items[2]);
        assert_null(queue_poll(queue));
    }
    queue_free(queue);
    queue_free(NULL);
}

static bool is_wanted(const void *item)
{
    return (const int *)item - items >= 10;
}

/* One from the middle goes, the order of the others stays, also where the ring wraps. */
static void test_take_if(void **state)
{
    Queue *queue = queue_new(4);

    (void)state;
    for (int round = 0; round < 5; round++) {
        assert_null(queue_take_if(queue, is_wanted));
        assert_int_equal(queue_put(queue, &items[1]), QUEUE_DONE);
        assert_int_equal(queue_put(queue, &items[11]), QUEUE_DONE);
        assert_int_equal(queue_put(queue, &items[2]), QUEUE_DONE);
        assert_int_equal(queue_put(queue, &items[12]), QUEUE_DONE);
        assert_ptr_equal(queue_take_if(queue, is_wanted), &items[11]);
        assert_int_equal(queue_length(queue), 3);
        assert_ptr_equal(queue_take_if(queue, is_wanted), &items[12]);
        assert_null(queue_take_if(queue, is_wanted));
        assert_ptr_equal(queue_poll(queue), &items[1]);
        assert_ptr_equal(queue_poll(queue), &items[2]);
        assert_null(queue_poll(queue));
    }
    queue_free(queue);
}

static void test_close(void **state)
{
    Queue *queue = queue_new(2);
    void *taken[8];

    (void)state;
    assert_int_equal(queue_put(queue, &items[0]), QUEUE_DONE);
    queue_close(queue);
    assert_int_equal(queue_put(queue, &items[1]), QUEUE_CLOSED);
    assert_int_equal(queue_take(queue, taken, 8), 1);
    assert_int_equal(queue_take(queue, taken, 8), 0);
    assert_int_equal(queue_take(queue, taken, 8), 0);
    queue_free(queue);
}

enum { TAKERS = 3, PUTTERS = 4, EACH = 5000 };

typedef struct Crowd {
    Queue *queue;
    int sum[TAKERS]; /* items taken by each */
    int turn;
    int marks[PUTTERS * EACH]; /* times each item was taken */
} Crowd;

static void *take_all(void *argument)
{
    Crowd *crowd = argument;
    void *taken[16];
    size_t count;
    int me = __atomic_fetch_add(&crowd->turn, 1, __ATOMIC_RELAXED);

    while ((count = queue_take(crowd->queue, taken, 16)) > 0) {
        for (size_t i = 0; i < count; i++)
            __atomic_add_fetch((int *)taken[i], 1, __ATOMIC_RELAXED);
        crowd->sum[me] += (int)count;
    }
    return NULL;
}

typedef struct Putter {
    pthread_t thread;
    Crowd *crowd;
    int from;
} Putter;

static void *put_all(void *argument)
{
    Putter *putter = argument;

    for (int i = 0; i < EACH; i++) {
        while (queue_put(putter->crowd->queue, &putter->crowd->marks[putter->from + i]) == QUEUE_FULL)
            sched_yield();
    }
    return NULL;
}

/* Every item is taken exactly once. */
static void test_many_threads(void **state)
{
    static Crowd crowd;
    pthread_t takers[TAKERS];
    Putter putters[PUTTERS];
    int total = 0;

    (void)state;
    crowd.queue = queue_new(64);
    for (int i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&takers[i], NULL, take_all, &crowd), 0);
    for (int i = 0; i < PUTTERS; i++) {
        putters[i] = (Putter){.crowd = &crowd, .from = i * EACH};
        assert_int_equal(pthread_create(&putters[i].thread, NULL, put_all, &putters[i]), 0);
    }
    for (int i = 0; i < PUTTERS; i++)
        pthread_join(putters[i].thread, NULL);
    queue_close(crowd.queue);
    for (int i = 0; i < TAKERS; i++) {
        pthread_join(takers[i], NULL);
        total += crowd.sum[i];
    }
    assert_int_equal(total, PUTTERS * EACH);
    for (int i = 0; i < PUTTERS * EACH; i++)
        assert_int_equal(crowd.marks[i], 1);
    queue_free(crowd.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_limit),
        cmocka_unit_test(test_take_if),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
