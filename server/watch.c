/* Owns the question "is the database there" and the channel on which it tells of revoked tokens. Invariant:
 * readiness never outlives the last good answer by more than a probe's period and two asks. Must not serve
 * calls. */
#include "server/watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/core/decimal.h"
#include "common/core/text.h"
#include "server/store/migrate.h"

#define REVOKED_CHANNEL "shans_token"

void watch_init(Watch *watch, const WatchOptions *options)
{
    *watch = (Watch){.options = *options};
}

void watch_done(Watch *watch)
{
    readiness_set(watch->options.readiness, "DATABASE_GONE");
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

static DbScope scope_for(const Watch *watch, DbMode mode)
{
    const Clock *clock = watch->options.clock;

    return (DbScope){
        .role = DB_ROLE_AUTH, .mode = mode, .deadline_ms = clock->monotonic_ms(clock) + WATCH_ASK_MS};
}

/* The question is LISTEN itself: a connection that the store opened again behind our back listens again, and
 * its commit proves that the server is not just accepting connections. */
static ErrCode ask(Watch *watch, Err *err)
{
    const WatchOptions *options = &watch->options;
    const DbScope scope = scope_for(watch, DB_MODE_READ);
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

/* Statements that fail when the disk is full; what they answer is of no interest. */
static ErrCode probe_space(Watch *watch, Err *err)
{
    ErrCode code = db_exec(watch->db, "ready__limit", NULL, NULL, err);

    return code != ERR_OK ? code : db_exec(watch->db, "ready__space", NULL, NULL, err);
}

/* A standby, or a server set to read only, answers questions but stores nothing. */
static ErrCode probe_write(Watch *watch, Err *err)
{
    DbResult *result = NULL;
    ErrCode code = db_query(watch->db, "ready__write", NULL, &result, err);

    if (code != ERR_OK)
        return code;
    bool read_only = db_get_bool(result, 0, 0);
    db_result_free(result);
    return read_only ? err_set(err, ERR_UNAVAILABLE, "DATABASE_READ_ONLY") : ERR_OK;
}

/* What an answer alone does not tell: the schema, room on the disk, a commit that reaches it. */
static ErrCode probe(Watch *watch, Err *err)
{
    const DbScope scope = scope_for(watch, DB_MODE_WRITE);
    const Clock *clock = watch->options.clock;
    int64_t now = clock->monotonic_ms(clock);
    MigrateStatus status;

    if (watch->probed != 0 && now - watch->probed < WATCH_PROBE_MS)
        return ERR_OK;
    ErrCode code = db_begin(watch->db, &scope, err);
    if (code == ERR_OK)
        code = migrate_check(watch->db, sql_files, sql_files_count, &status, err);
    if (code == ERR_OK)
        code = probe_write(watch, err);
    if (code == ERR_OK)
        code = probe_space(watch, err);
    if (code == ERR_OK)
        code = db_commit(watch->db, err);
    if (code == ERR_OK)
        watch->probed = now;
    return code;
}

/* One ask and one period of listening. Any failure drops the connection: whether it still listens cannot be
 * asked of it. */
static bool step(Watch *watch, int64_t period_ms)
{
    Err err = {0};
    ErrCode code = ask(watch, &err);

    if (code == ERR_OK)
        code = probe(watch, &err);
    if (code == ERR_OK) {
        readiness_set(watch->options.readiness, "");
        if (watch->options.tick != NULL)
            watch->options.tick(watch->options.context, watch->db);
        code = listen_on(watch, period_ms, &err);
    }
    if (code != ERR_OK) {
        readiness_set(watch->options.readiness, err.reason);
        db_close(watch->db); /* with what it listened to: the next step begins anew */
        watch->db = NULL;
        watch->probed = 0;
    }
    if (watch->options.beat != NULL)
        watch->options.beat(watch->options.context);
    return code == ERR_OK;
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
