/* Owns the committer threads and their queue. Invariant: every item added is given to `done` exactly once.
 * Must not know what a submission is. */
#include "server/rpc/committer.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/rpc/queue.h"

struct Committer {
    CommitterOptions options;
    Queue *queue;
    int running; /* atomic */
    int started;
    CommitterStats stats; /* atomic each */
    pthread_t threads[COMMITTER_THREADS_MAX];
};

/* What a thread is told; freed by it. */
typedef struct Start {
    Committer *committer;
    int thread;
} Start;

static void finish_item(Committer *committer, SubmitItem *item)
{
    committer->options.done(committer->options.done_context, item);
}

static bool is_late(const void *item)
{
    return call_time_left(((const SubmitItem *)item)->call) <= 0;
}

/* Answers the item when its time is up. */
static bool expired(Committer *committer, SubmitItem *item)
{
    if (!is_late(item))
        return false;
    err_set(&item->err, ERR_DEADLINE_EXCEEDED, "DEADLINE_PASSED");
    finish_item(committer, item);
    return true;
}

/* By the smallest power of two that holds the batch. */
static void count_batch(Committer *committer, size_t count)
{
    size_t size = 0;

    while (size < COMMITTER_SIZES - 1 && ((size_t)1 << size) < count)
        size++;
    __atomic_add_fetch(&committer->stats.batches[size], 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&committer->stats.items, count, __ATOMIC_RELAXED);
}

/* Offers items to the hook with clean results: what an earlier, rolled-back offer left in them is void. */
static ErrCode commit(Committer *committer, int thread, SubmitItem **items, size_t count, Err *err)
{
    for (size_t i = 0; i < count; i++) {
        items[i]->err = (Err){0};
        items[i]->packed = NULL;
        items[i]->packed_size = 0;
    }
    count_batch(committer, count);
    return committer->options.commit(committer->options.commit_context, thread, items, count, err);
}

/* The slow path, and the ordinary one at low load. */
static void commit_single(Committer *committer, int thread, SubmitItem *item)
{
    Err err = {0};

    if (expired(committer, item))
        return;
    if (commit(committer, thread, &item, 1, &err) != ERR_OK)
        item->err = err;
    finish_item(committer, item);
}

/* A batch that fails as a whole is offered again one by one, so that only the item at fault fails. */
static void commit_batch(Committer *committer, int thread, SubmitItem **items, size_t count)
{
    Err err = {0};
    ErrCode code = commit(committer, thread, items, count, &err);

    /* With the database gone one by one would fail the same way, slowly. */
    bool shared = code == ERR_OK || code == ERR_UNAVAILABLE;
    for (size_t i = 0; i < count; i++) {
        if (!shared) {
            commit_single(committer, thread, items[i]);
            continue;
        }
        if (code != ERR_OK)
            items[i]->err = err;
        finish_item(committer, items[i]);
    }
}

/* A committer thread: whatever gathered while the last batch was committed is the next batch. */
static void *run(void *argument)
{
    Start start = *(Start *)argument;
    Committer *committer = start.committer;
    SubmitItem *items[COMMITTER_BATCH_MAX];
    void *taken[COMMITTER_BATCH_MAX];
    size_t count;

    free(argument);
    while ((count = queue_take(committer->queue, taken, COMMITTER_BATCH_MAX)) > 0) {
        size_t live = 0;

        for (size_t i = 0; i < count; i++) {
            if (!expired(committer, taken[i]))
                items[live++] = taken[i];
        }
        if (live == 1)
            commit_single(committer, start.thread, items[0]);
        else if (live > 1)
            commit_batch(committer, start.thread, items, live);
    }
    __atomic_sub_fetch(&committer->running, 1, __ATOMIC_ACQ_REL);
    return NULL;
}

static bool start_thread(Committer *committer, int thread)
{
    Start *start = malloc(sizeof *start);

    if (start == NULL)
        return false;
    *start = (Start){.committer = committer, .thread = thread};
    __atomic_add_fetch(&committer->running, 1, __ATOMIC_ACQ_REL);
    if (pthread_create(&committer->threads[thread], NULL, run, start) != 0) {
        __atomic_sub_fetch(&committer->running, 1, __ATOMIC_ACQ_REL);
        free(start);
        return false;
    }
    committer->started++;
    return true;
}

ErrCode committer_open(const CommitterOptions *options, Committer **ret_committer, Err *err)
{
    Committer *committer = calloc(1, sizeof *committer);

    if (committer == NULL)
        return err_memory(err);
    committer->options = *options;
    committer->queue = queue_new(options->capacity);
    if (committer->queue == NULL) {
        free(committer);
        return err_memory(err);
    }
    for (int i = 0; i < options->threads && i < COMMITTER_THREADS_MAX; i++) {
        if (!start_thread(committer, i)) {
            committer_stop(committer, false);
            committer_free(committer);
            return err_set(err, ERR_RESOURCE_EXHAUSTED, "THREADS_FAILED");
        }
    }
    *ret_committer = committer;
    return ERR_OK;
}

ErrCode committer_add(Committer *committer, SubmitItem *item, Err *err)
{
    switch (queue_put(committer->queue, item)) {
    case QUEUE_DONE:
        return ERR_OK;
    case QUEUE_FULL:
        return err_set(err, ERR_RESOURCE_EXHAUSTED, "SERVER_BUSY");
    default:
        return err_set(err, ERR_UNAVAILABLE, "SERVER_STOPPING");
    }
}

void committer_expire(Committer *committer)
{
    for (SubmitItem *item; (item = queue_take_if(committer->queue, is_late)) != NULL;)
        expired(committer, item);
}

void committer_stop(Committer *committer, bool drop)
{
    queue_close(committer->queue);
    for (SubmitItem *item; drop && (item = queue_poll(committer->queue)) != NULL;) {
        err_set(&item->err, ERR_UNAVAILABLE, "SERVER_STOPPING");
        finish_item(committer, item);
    }
}

int committer_running(const Committer *committer)
{
    return __atomic_load_n(&committer->running, __ATOMIC_ACQUIRE);
}

void committer_stats(const Committer *committer, CommitterStats *ret)
{
    for (size_t i = 0; i < COMMITTER_SIZES; i++)
        ret->batches[i] = __atomic_load_n(&committer->stats.batches[i], __ATOMIC_RELAXED);
    ret->items = __atomic_load_n(&committer->stats.items, __ATOMIC_RELAXED);
}

size_t committer_waiting(const Committer *committer)
{
    return queue_length(committer->queue);
}

void committer_free(Committer *committer)
{
    if (committer == NULL)
        return;
    for (int i = 0; i < committer->started; i++)
        pthread_join(committer->threads[i], NULL);
    queue_free(committer->queue);
    free(committer);
}
