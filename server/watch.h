/* The daemon's eye on its database: whether it answers, and which tokens were revoked. */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdbool.h>

#include "server/store/db.h"

/* An answer later than WATCH_ASK_MS counts as none; a revocation is passed on WATCH_PERIOD_MS after its
 * commit at the latest, well within the five seconds promised. */
enum { WATCH_ASK_MS = 1500, WATCH_PERIOD_MS = 500 };

/* Forgets what is cached of a principal (0: of all). */
typedef void (*WatchEvict)(void *context, int64_t principal_id);

/* What is due while no calls come, on a connection without a transaction. */
typedef void (*WatchTick)(void *context, Db *db);

typedef struct WatchOptions {
    const char *conninfo; /* of the login shans_app */
    const Clock *clock;
    WatchEvict evict;
    void *context;  /* of evict */
    int *ready;     /* set atomically: 1 while the database answers */
    WatchTick tick; /* after each answer; NULL: none */
    void *tick_context;
} WatchOptions;

typedef struct Watch {
    WatchOptions options;
    Db *db; /* NULL while there is no connection */
} Watch;

/* Options are copied, what they point to must outlive the watch. Connects on first use. */
void watch_init(Watch *watch, const WatchOptions *options);
void watch_done(Watch *watch);

/* Asks the database once and hands on the revocations that came meanwhile: true, and *ready 1, when it
 * answered. After each new connection everything is forgotten: nobody listened before. */
bool watch_step(Watch *watch);

/* A thread of its own that steps until *stopping (set atomically) is 1, then calls watch_done. It is not
 * joined: a server that hangs must not hold up the process that wants to leave. The watch must live as long
 * as the process. RESOURCE_EXHAUSTED / THREAD_START. */
ErrCode watch_start(Watch *watch, const int *stopping, Err *err) MUST_CHECK;

#endif
