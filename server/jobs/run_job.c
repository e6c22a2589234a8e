/* Owns the loop around classification runs. Invariant: a run leaves the queue in the transaction that stores
 * all it produced. Must not know the rules: classify.c calls the engine. */
#include "server/jobs/run_job.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "server/jobs/classify.h"
#include "server/store/migrate.h"
#include "server/store/store_run.h"

struct RunJob {
    const char *conninfo;
    const Clock *clock;
    pthread_t thread;
    int64_t ahead_ms; /* monotonic: when partitions are to be made again */
    int stopping;     /* set once, atomically */
    int ended;        /* set atomically by the thread as its last act */
};

enum { JOB_MEMORY = 1 << 30, JOB_WAIT_MS = 500, JOB_RETRY_MS = 500, STOP_STEP_MS = 5, DAY_MS = 86400000 };

/* Marks the run failed with the reason of err, in a transaction of its own. */
static ErrCode fail_run(Db *db, const Clock *clock, int64_t id, const Err *why, Err *err)
{
    const DbScope scope = {.role = DB_ROLE_JOBS};

    log_err(LOG_ERROR, "run", why);
    ErrCode code = db_begin(db, &scope, err);
    if (code == ERR_OK)
        code = run_store_fail(db, id, why->reason, clock->now_ms(clock), err);
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK)
        db_rollback(db);
    return code;
}

/* Faults that another try can mend leave the run queued. */
static bool passes(ErrCode code)
{
    return code == ERR_UNAVAILABLE || code == ERR_ABORTED || code == ERR_DEADLINE_EXCEEDED;
}

/* Takes the oldest queued run, if there is one, and finishes it or records why it failed. */
ErrCode run_job_step(Db *db, const Clock *clock, bool *ret_found, Err *err)
{
    const DbScope scope = {.role = DB_ROLE_JOBS, .mode = DB_MODE_SNAPSHOT_WRITE};
    Arena *arena = arena_new(JOB_MEMORY, NULL);
    RunRow run;
    bool found = false;

    if (arena == NULL)
        return err_memory(err);
    ErrCode code = db_begin(db, &scope, err);
    if (code == ERR_OK)
        code = run_store_take_next(db, arena, &run, &found, err);
    if (code == ERR_OK && found) {
        code = classify_run(db, &run, clock, arena, err);
        if (code == ERR_OK)
            code = failpoint("run.before_commit", err);
    }
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK) {
        /* rolling back forgets the run: its failure is recorded in a transaction of its own */
        Err why = *err;
        db_rollback(db);
        if (found && !passes(code))
            code = fail_run(db, clock, run.id, &why, err);
    }
    arena_free(arena);
    if (code == ERR_OK)
        *ret_found = found;
    return code;
}

/* Once a day, and at the start: the next years' rows find their partitions. A failure harms nobody, as rows
 * without a partition have a place too; tomorrow is another try. */
static void make_partitions(RunJob *job, Db *db)
{
    int64_t now_ms = job->clock->monotonic_ms(job->clock), made = 0;
    char date[CLOCK_TEXT_SIZE];
    Err err = {0};

    if (now_ms < job->ahead_ms)
        return;
    job->ahead_ms = now_ms + DAY_MS;
    clock_dump_date(job->clock->now_ms(job->clock), date);
    if (migrate_make_partitions(db, (int)strtol(date, NULL, 10), &made, &err) != ERR_OK)
        log_err(LOG_WARNING, "partitions", &err);
    else if (made > 0)
        log_event(LOG_INFO, "partitions", "made=%lld", (long long)made);
}

/* Works off what is queued, then sleeps until the database tells of a new run; wakes now and then by
 * itself in case a notice was lost. */
static ErrCode listen_and_work(RunJob *job, Db *db, Err *err)
{
    ErrCode code = db_exec(db, "run__listen", NULL, NULL, err);

    while (code == ERR_OK && !__atomic_load_n(&job->stopping, __ATOMIC_ACQUIRE)) {
        DbNotice notice;
        bool found = true, got;
        make_partitions(job, db);
        /* everything queued first: a notice tells that there is something, not how much */
        while (code == ERR_OK && found && !__atomic_load_n(&job->stopping, __ATOMIC_ACQUIRE))
            code = run_job_step(db, job->clock, &found, err);
        if (code == ERR_OK)
            code = db_notice_wait(db, JOB_WAIT_MS, &notice, &got, err);
    }
    return code;
}

/* Opens a connection, works until it is lost, waits, opens the next one. */
static void *run_loop(void *context)
{
    RunJob *job = context;
    Err err = {0};

    while (!__atomic_load_n(&job->stopping, __ATOMIC_ACQUIRE)) {
        Db *db = NULL;
        ErrCode code = db_open(job->conninfo, job->clock, &db, &err);
        if (code == ERR_OK)
            code = listen_and_work(job, db, &err);
        db_close(db);
        if (code != ERR_OK) {
            log_err(LOG_WARNING, "run_job", &err);
            job->clock->sleep_ms(job->clock, JOB_RETRY_MS);
        }
    }
    __atomic_store_n(&job->ended, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* One thread with one connection: runs are computed one after the other. */
ErrCode run_job_start(const char *conninfo, const Clock *clock, RunJob **ret_job, Err *err)
{
    RunJob *job = calloc(1, sizeof *job);

    if (job == NULL)
        return err_memory(err);
    job->conninfo = conninfo;
    job->clock = clock;
    if (pthread_create(&job->thread, NULL, run_loop, job) != 0) {
        free(job);
        return err_set(err, ERR_RESOURCE_EXHAUSTED, "THREAD_START");
    }
    *ret_job = job;
    return ERR_OK;
}

/* The thread looks at the flag between two runs and, while it sleeps, twice a second. */
void run_job_ask_stop(RunJob *job)
{
    if (job != NULL)
        __atomic_store_n(&job->stopping, 1, __ATOMIC_RELEASE);
}

/* Polls instead of joining: a thread that hangs in the database cannot be joined with a limit. */
bool run_job_wait(RunJob *job, int64_t wait_ms)
{
    if (job == NULL)
        return true;
    int64_t until = job->clock->monotonic_ms(job->clock) + wait_ms;
    while (!__atomic_load_n(&job->ended, __ATOMIC_ACQUIRE) && job->clock->monotonic_ms(job->clock) < until)
        job->clock->sleep_ms(job->clock, STOP_STEP_MS);
    return __atomic_load_n(&job->ended, __ATOMIC_ACQUIRE) != 0;
}

/* Waits for the run in work; NULL is fine. */
void run_job_stop(RunJob *job)
{
    if (job == NULL)
        return;
    run_job_ask_stop(job);
    pthread_join(job->thread, NULL);
    free(job);
}
