/* Owns the set of read connections and who holds which. Invariant: a connection is either in `free` or with
 * one taker; at most `size` exist. Must not run statements but the rollback of what a taker left open. */
#include "server/store/db_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUSY_RETRY_MS = 250 };

struct DbPool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    const Clock *clock;
    char *conninfo;
    size_t size, opened, free_count; /* opened counts those taken as well */
    Db *free[DB_POOL_MAX];
};

ErrCode db_pool_new(const char *conninfo, const Clock *clock, size_t size, DbPool **ret, Err *err)
{
    DbPool *pool = calloc(1, sizeof *pool);
    pthread_condattr_t attributes;

    if (!pool)
        return err_memory(err);
    pool->conninfo = strdup(conninfo);
    if (!pool->conninfo) {
        free(pool);
        return err_memory(err);
    }
    pool->clock = clock;
    pool->size = size < 1 ? 1 : size > DB_POOL_MAX ? DB_POOL_MAX : size;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->given, &attributes);
    pthread_condattr_destroy(&attributes);
    *ret = pool;
    return ERR_OK;
}

void db_pool_free(DbPool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->free_count; i++)
        db_close(pool->free[i]);
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    free(pool->conninfo);
    free(pool);
}

/* Not a fault of the request: the same one succeeds a moment later. */
static ErrCode busy(Err *err)
{
    err_set(err, ERR_RESOURCE_EXHAUSTED, "DATABASE_BUSY");
    err->retry_delay_ms = BUSY_RETRY_MS;
    return err->code;
}

/* Under the lock: waits until a connection or the right to open one is there. */
static ErrCode wait_turn(DbPool *pool, int64_t deadline_ms, Err *err)
{
    struct timespec until = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};

    while (pool->free_count == 0 && pool->opened == pool->size) {
        if (!deadline_ms || pool->clock->monotonic_ms(pool->clock) >= deadline_ms)
            return busy(err);
        if (pthread_cond_timedwait(&pool->given, &pool->lock, &until) == ETIMEDOUT && pool->free_count == 0 &&
            pool->opened == pool->size)
            return busy(err);
    }
    return ERR_OK;
}

/* A connection is opened outside the lock: a slow server holds up the taker, not those who give back. When it
 * fails, the right to open one is passed on. */
ErrCode db_pool_take(DbPool *pool, int64_t deadline_ms, Db **ret, Err *err)
{
    Db *db = NULL;
    ErrCode code;

    pthread_mutex_lock(&pool->lock);
    code = wait_turn(pool, deadline_ms, err);
    if (!code && pool->free_count)
        db = pool->free[--pool->free_count];
    else if (!code)
        pool->opened++;
    pthread_mutex_unlock(&pool->lock);
    if (code)
        return code;
    if (!db) {
        code = db_open(pool->conninfo, pool->clock, &db, err);
        if (code) {
            pthread_mutex_lock(&pool->lock);
            pool->opened--;
            pthread_cond_signal(&pool->given);
            pthread_mutex_unlock(&pool->lock);
            return code;
        }
    }
    *ret = db;
    return ERR_OK;
}

/* A broken connection goes back like any other: its next db_begin opens it again. */
void db_pool_give(DbPool *pool, Db *db)
{
    if (!db)
        return;
    db_rollback(db);
    pthread_mutex_lock(&pool->lock);
    pool->free[pool->free_count++] = db;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}
