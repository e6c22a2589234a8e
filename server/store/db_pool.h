/* A small fixed pool of connections for reads: opened on first use, given back after each request. */
#ifndef SERVER_STORE_DB_POOL_H
#define SERVER_STORE_DB_POOL_H

#include "server/store/db.h"

typedef struct DbPool DbPool;

enum { DB_POOL_MAX = 64 };

/* size 1..DB_POOL_MAX connections; conninfo is copied. */
ErrCode db_pool_new(const char *conninfo, const Clock *clock, size_t size, DbPool **ret, Err *err) MUST_CHECK;
/* Every connection must have been given back. NULL is fine. */
void db_pool_free(DbPool *pool);

/* Waits until deadline_ms (monotonic time of the clock; 0: does not wait) for a free connection:
 * RESOURCE_EXHAUSTED / DATABASE_BUSY with a retry delay when none came free, or the error of db_open. */
ErrCode db_pool_take(DbPool *pool, int64_t deadline_ms, Db **ret, Err *err) MUST_CHECK;
void db_pool_give(DbPool *pool, Db *db); /* rolls back what is open; NULL is fine */

#endif
