/* Owns the question "is the database there" and the channel on which it tells of revoked tokens. Invariant:
 * `ready` is never 1 longer than one period and one ask after the last answer. Must not serve calls. */
#include "server/watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

#define REVOKED_CHANNEL "shans_token"

void watch_init(Watch *watch, const WatchOptions *options)
{
    *watch = (Watch){.options = *options};
}

void watch_done(Watch *watch)
{
    __atomic_store_n(watch->options.ready, 0, __ATOMIC_RELEASE);
    db_close(watch->db);
    watch->db = NULL;
}

/* A payload nobody understands must not keep a revoked token alive: everything is forgotten then. */
static void hand_on(const Watch *watch, const DbNotice *notice)
{
    int64_t principal;

    if (!text_equal(notice->channel, REVOKED_CHANNEL))
        return;
    if (decimal_parse(notice->payload, 0, &principal) != DECIMAL_FINE || principal < 0)
        principal = 0;
    watch->options.evict(watch->options.context, principal);
}

/* The question is LISTEN itself: a connection that the store opened again behind our back listens again, and
 * its commit proves that the server is not just accepting connections. */
static ErrCode ask(Watch *watch, Err *err)
{
    const WatchOptions *options = &watch->options;
    const DbScope scope = {
        .role = DB_ROLE_AUTH,
        .mode = DB_MODE_READ,
        .deadline_ms = options->clock->monotonic_ms(options->clock) + WATCH_ASK_MS,
    };
    ErrCode code = ERR_OK;

    if (watch->db == NULL) {
        code = db_open(options->conninfo, options->clock, &watch->db, err);
        if (code == ERR_OK)
            options->evict(options->context, 0);
    }
    if (code == ERR_OK)
        code = db_begin(watch->db, &scope, err);
    if (code == ERR_OK)
        code = db_exec(watch->db, "token__listen", NULL, NULL, err);
    if (code == ERR_OK)
        code = db_commit(watch->db, err);
    return code;
}

/* Waits for revocations until the period is over. */
static ErrCode listen_on(Watch *watch, int64_t period_ms, Err *err)
{
    const Clock *clock = watch->options.clock;
    int64_t until = clock->monotonic_ms(clock) + period_ms;
    DbNotice notice;
    bool got = true;
    ErrCode code = ERR_OK;

    while (code == ERR_OK && got) {
        int64_t left = until - clock->monotonic_ms(clock);
        code = db_notice_wait(watch->db, left > 0 ? left : 0, &notice, &got, err);
        if (code == ERR_OK && got)
            hand_on(watch, &notice);
    }
    return code;
}

/* One line for each change, not for each ask. */
static void set_ready(const Watch *watch, int ready, const char *reason)
{
    if (__atomic_exchange_n(watch->options.ready, ready, __ATOMIC_ACQ_REL) == ready)
        return;
    if (ready)
        log_event(LOG_INFO, "ready", "database=there");
    else
        log_event(LOG_WARNING, "not_ready", "database=%s", reason);
}

/* One ask and one period of listening. Any failure drops the connection: whether it still listens cannot be
 * asked of it. */
static bool step(Watch *watch, int64_t period_ms)
{
    Err err = {0};
    ErrCode code = ask(watch, &err);

    if (code == ERR_OK) {
        set_ready(watch, 1, "");
        if (watch->options.tick != NULL)
            watch->options.tick(watch->options.tick_context, watch->db);
        code = listen_on(watch, period_ms, &err);
    }
    if (code == ERR_OK)
        return true;
    set_ready(watch, 0, err.reason);
    db_close(watch->db); /* with what it listened to: the next step begins anew */
    watch->db = NULL;
    return false;
}

bool watch_step(Watch *watch)
{
    return step(watch, 0);
}

typedef struct WatchThread {
    Watch *watch;
    const int *stopping;
} WatchThread;

/* Its own connection is closed at the end, if the database lets it get there. */
static void *watch_loop(void *argument)
{
    WatchThread thread = *(WatchThread *)argument;
    const Clock *clock = thread.watch->options.clock;

    free(argument);
    while (!__atomic_load_n(thread.stopping, __ATOMIC_ACQUIRE)) {
        if (!step(thread.watch, WATCH_PERIOD_MS))
            clock->sleep_ms(clock, WATCH_PERIOD_MS);
    }
    watch_done(thread.watch);
    return NULL;
}

ErrCode watch_start(Watch *watch, const int *stopping, Err *err)
{
    WatchThread *thread = malloc(sizeof *thread);
    pthread_t id;

    if (thread == NULL)
        return err_memory(err);
    *thread = (WatchThread){watch, stopping};
    if (pthread_create(&id, NULL, watch_loop, thread) != 0) {
        free(thread);
        return err_set(err, ERR_RESOURCE_EXHAUSTED, "THREAD_START");
    }
    pthread_detach(id);
    return ERR_OK;
}
