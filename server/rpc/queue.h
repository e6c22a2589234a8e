/* A bounded queue between threads: any number put, any number take, in order of arrival. */
#ifndef SERVER_RPC_QUEUE_H
#define SERVER_RPC_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Queue Queue;

typedef enum QueuePut { QUEUE_DONE = 1, QUEUE_FULL, QUEUE_CLOSED } QueuePut;

Queue *queue_new(size_t capacity); /* NULL: no memory; capacity >= 1 */
void queue_free(Queue *queue);     /* no thread may use it any more; NULL is fine */

/* Never waits. */
QueuePut queue_put(Queue *queue, void *item);

/* Waits for at least one item and takes up to `most` of them; 0: closed and empty. */
size_t queue_take(Queue *queue, void **items, size_t most);

/* Takes one without waiting; NULL: empty. */
void *queue_poll(Queue *queue);

/* Takes the oldest item of which wanted() says yes, under the queue's lock; NULL: none. */
void *queue_take_if(Queue *queue, bool (*wanted)(const void *item));

/* Puts fail from now on; takers get what is left, then 0. */
void queue_close(Queue *queue);
size_t queue_length(Queue *queue);

#endif
