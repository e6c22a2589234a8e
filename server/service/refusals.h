/* Refused sign-ins, counted by minute, reason and source in fixed memory until they are written. */
#ifndef SERVER_SERVICE_REFUSALS_H
#define SERVER_SERVICE_REFUSALS_H

#include <pthread.h>
#include <stdbool.h>

#include "common/core/err.h"

typedef struct Db Db;

/* Keys of one minute; what comes after them counts under the source "*" of its reason. */
enum { REFUSALS_KEYS_MAX = 64, REFUSALS_REASONS_MAX = 16, REFUSALS_FLUSH_MS = 1000 };

typedef struct RefusalSlot {
    int64_t minute_ms, count,
        last_ms; /* count: not yet written; 0: written, the key is kept for its minute */
    char reason[48], source[64];
} RefusalSlot;

typedef struct Refusals {
    pthread_mutex_t lock;
    RefusalSlot slots[REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX];
    size_t count;
    int64_t flushed_ms; /* monotonic; of the last flush begun */
    int64_t waiting;    /* refusals not yet written */
} Refusals;

void refusals_init(Refusals *refusals);
void refusals_done(Refusals *refusals);

void refusals_add(Refusals *refusals, int64_t now_ms, const char *reason, const char *source);

/* Whether a flush is due: something waits, and REFUSALS_FLUSH_MS have passed since the last one was begun. A
 * true answer counts as its beginning: one caller gets it. */
bool refusals_due(Refusals *refusals, int64_t monotonic_ms);

/* Writes what waits; what cannot be written waits on. The connection may not be in a transaction. */
ErrCode refusals_flush(Refusals *refusals, Db *db, int64_t deadline_ms, Err *err) MUST_CHECK;

#endif
