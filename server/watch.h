/* The daemon's eye on its database: whether it answers and takes writes, whether its schema is this
 * program's, and which tokens were revoked. */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdbool.h>

#include "server/readiness.h"
#include "server/store/db.h"

/* An answer later than WATCH_ASK_MS counts as none; a revocation is passed on WATCH_PERIOD_MS after its
 * commit at the latest. Writing, room on the disk and migrations are looked at every WATCH_PROBE_MS: together
 * a fault is known within the five seconds promised. */
enum { WATCH_ASK_MS = 1200, WATCH_PERIOD_MS = 500, WATCH_PROBE_MS = 1500 };

/* Forgets what is cached of a principal (0: of all). */
typedef void (*WatchEvict)(void *context, int64_t principal_id);

/* What is due while no calls come, on a connection without a transaction. */
typedef void (*WatchTick)(void *context, Db *db);

typedef struct WatchOptions {
    const char *conninfo; /* of the login shans_app */
    const Clock *clock;
    WatchEvict evict;
    void *context; /* of evict, tick and beat */
    Readiness *readiness;
    WatchTick tick;              /* after each answer of the database; NULL: none */
    void (*beat)(void *context); /* after every step, whatever it found; NULL: none */
} WatchOptions;

typedef struct Watch {
    WatchOptions options;
    Db *db;         /* NULL while there is no connection */
    int64_t probed; /* when the last probe succeeded on this connection; 0: not yet */
} Watch;

/* Options are copied, what they point to must outlive the watch. Connects on first use. */
void watch_init(Watch *watch, const WatchOptions *options);
void watch_done(Watch *watch);

/* Asks the database once and hands on the revocations that came meanwhile: true, and ready, when all was in
 * order. After each new connection everything is forgotten: nobody listened before. */
bool watch_step(Watch *watch);

/* A thread of its own that steps until *stopping (set atomically) is 1, then calls watch_done. It is not
 * joined: a server that hangs must not hold up the process that wants to leave. The watch must live as long
 * as the process. RESOURCE_EXHAUSTED / THREAD_START. */
ErrCode watch_start(Watch *watch, const int *stopping, Err *err) MUST_CHECK;

#endif
