/* Owns a ring of pointers under one lock. Invariant: 0 <= length <= capacity, items in order of arrival.
 * Must not wait in queue_put. */
#include "server/rpc/queue.h"

#include <pthread.h>
#include <stdlib.h>

struct Queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    size_t capacity, start, length;
    size_t waiting; /* takers that sleep: a put wakes only these */
    bool closed;
    void *items[];
};

Queue *queue_new(size_t capacity)
{
    Queue *queue = calloc(1, sizeof *queue + capacity * sizeof(void *));

    if (queue != NULL) {
        queue->capacity = capacity;
        pthread_mutex_init(&queue->lock, NULL);
        pthread_cond_init(&queue->filled, NULL);
    }
    return queue;
}

void queue_free(Queue *queue)
{
    if (queue == NULL)
        return;
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

QueuePut queue_put(Queue *queue, void *item)
{
    QueuePut result = QUEUE_DONE;

    pthread_mutex_lock(&queue->lock);
    if (queue->closed) {
        result = QUEUE_CLOSED;
    } else if (queue->length == queue->capacity) {
        result = QUEUE_FULL;
    } else {
        queue->items[(queue->start + queue->length) % queue->capacity] = item;
        queue->length++;
        if (queue->waiting > 0)
            pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    return result;
}

static void *shift(Queue *queue)
{
    void *item = queue->items[queue->start];

    queue->start = (queue->start + 1) % queue->capacity;
    queue->length--;
    return item;
}

size_t queue_take(Queue *queue, void **items, size_t most)
{
    size_t count = 0;

    pthread_mutex_lock(&queue->lock);
    while (queue->length == 0 && !queue->closed) {
        queue->waiting++;
        pthread_cond_wait(&queue->filled, &queue->lock);
        queue->waiting--;
    }
    while (count < most && queue->length > 0)
        items[count++] = shift(queue);
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void *queue_poll(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    void *item = queue->length > 0 ? shift(queue) : NULL;
    pthread_mutex_unlock(&queue->lock);
    return item;
}

void *queue_take_if(Queue *queue, bool (*wanted)(const void *item))
{
    void *found = NULL;

    pthread_mutex_lock(&queue->lock);
    for (size_t i = 0; i < queue->length; i++) {
        void **place = &queue->items[(queue->start + i) % queue->capacity];
        if (found != NULL)
            queue->items[(queue->start + i - 1) % queue->capacity] = *place;
        else if (wanted(*place))
            found = *place;
    }
    queue->length -= found != NULL;
    pthread_mutex_unlock(&queue->lock);
    return found;
}

void queue_close(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_length(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t length = queue->length;
    pthread_mutex_unlock(&queue->lock);
    return length;
}
