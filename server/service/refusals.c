/* Owns the counters of refused sign-ins. Invariant: each refusal is either in a slot's count or written,
 * however many sources there are; memory and rows a minute are bounded. Must not keep a token. */
#include "server/service/refusals.h"

#include <string.h>

#include "common/core/text.h"
#include "server/store/store_log.h"

enum { MINUTE_MS = 60000 };

void refusals_init(Refusals *refusals)
{
    memset(refusals, 0, sizeof *refusals);
    pthread_mutex_init(&refusals->lock, NULL);
    refusals->flushed_ms = -REFUSALS_FLUSH_MS;
}

void refusals_done(Refusals *refusals)
{
    pthread_mutex_destroy(&refusals->lock);
}

/* The slots of minutes that are over and written make room. */
static void forget_old(Refusals *refusals, int64_t minute_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->slots[i].minute_ms == minute_ms || refusals->slots[i].count > 0)
            refusals->slots[kept++] = refusals->slots[i];
    }
    refusals->count = kept;
}

static RefusalSlot *find(Refusals *refusals, int64_t minute_ms, const char *reason, const char *source)
{
    for (size_t i = 0; i < refusals->count; i++) {
        RefusalSlot *slot = &refusals->slots[i];
        if (slot->minute_ms == minute_ms && text_equal(slot->reason, reason) &&
            text_equal(slot->source, source))
            return slot;
    }
    return NULL;
}

/* NULL when all `most` slots are taken. */
static RefusalSlot *take(Refusals *refusals, size_t most, int64_t minute_ms, const char *reason,
                         const char *source)
{
    RefusalSlot *slot = find(refusals, minute_ms, reason, source);

    if (slot != NULL || refusals->count >= most)
        return slot;
    slot = &refusals->slots[refusals->count++];
    *slot = (RefusalSlot){.minute_ms = minute_ms};
    text_copy(slot->reason, sizeof slot->reason, reason);
    text_copy(slot->source, sizeof slot->source, source);
    return slot;
}

void refusals_add(Refusals *refusals, int64_t now_ms, const char *reason, const char *source)
{
    int64_t minute_ms = now_ms - now_ms % MINUTE_MS;

    pthread_mutex_lock(&refusals->lock);
    forget_old(refusals, minute_ms);
    RefusalSlot *slot = take(refusals, REFUSALS_KEYS_MAX, minute_ms, reason, source);
    if (slot == NULL)
        slot = take(refusals, REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX, minute_ms, reason, "*");
    if (slot == NULL) /* a database away for minutes: the oldest count goes on, none is lost */
        slot = &refusals->slots[REFUSALS_KEYS_MAX];
    slot->count++;
    slot->last_ms = now_ms;
    refusals->waiting++;
    pthread_mutex_unlock(&refusals->lock);
}

bool refusals_due(Refusals *refusals, int64_t monotonic_ms)
{
    if (__atomic_load_n(&refusals->waiting, __ATOMIC_RELAXED) == 0)
        return false;
    pthread_mutex_lock(&refusals->lock);
    bool due = refusals->waiting > 0 && monotonic_ms - refusals->flushed_ms >= REFUSALS_FLUSH_MS;
    if (due)
        refusals->flushed_ms = monotonic_ms;
    pthread_mutex_unlock(&refusals->lock);
    return due;
}

/* Takes the counts out, so that nobody waits for the database under the lock. */
static size_t collect(Refusals *refusals, RefusalSlot *to)
{
    size_t count = 0;

    pthread_mutex_lock(&refusals->lock);
    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->slots[i].count == 0)
            continue;
        to[count++] = refusals->slots[i];
        refusals->slots[i].count = 0;
    }
    refusals->waiting = 0;
    pthread_mutex_unlock(&refusals->lock);
    return count;
}

/* What could not be written counts again, under its own minute if there is room. */
static void put_back(Refusals *refusals, const RefusalSlot *from, size_t count)
{
    pthread_mutex_lock(&refusals->lock);
    for (size_t i = 0; i < count; i++) {
        RefusalSlot *slot = take(refusals, REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX, from[i].minute_ms,
                                 from[i].reason, from[i].source);
        if (slot == NULL)
            slot = &refusals->slots[REFUSALS_KEYS_MAX];
        slot->count += from[i].count;
        if (slot->last_ms < from[i].last_ms)
            slot->last_ms = from[i].last_ms;
        refusals->waiting += from[i].count;
    }
    pthread_mutex_unlock(&refusals->lock);
}

ErrCode refusals_flush(Refusals *refusals, Db *db, int64_t deadline_ms, Err *err)
{
    RefusalSlot taken[REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX];
    RefusalRow rows[REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX];
    size_t count = collect(refusals, taken);

    for (size_t i = 0; i < count; i++)
        rows[i] = (RefusalRow){taken[i].minute_ms, taken[i].count, taken[i].last_ms, taken[i].reason,
                               taken[i].source};
    if (count == 0)
        return ERR_OK;
    ErrCode code = refusal_store_add(db, rows, count, deadline_ms, err);
    if (code != ERR_OK)
        put_back(refusals, taken, count);
    return code;
}
