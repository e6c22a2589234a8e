/* The job loop: takes queued classification runs, one at a time, on a thread and a connection of its own. */
#ifndef SERVER_JOBS_RUN_JOB_H
#define SERVER_JOBS_RUN_JOB_H

#include "common/base/clock.h"
#include "server/store/db.h"

typedef struct RunJob RunJob;

/* conninfo and clock must outlive the job. */
ErrCode run_job_start(const char *conninfo, const Clock *clock, RunJob **ret_job, Err *err) MUST_CHECK;

/* Asks the thread to end after the run it is at; returns at once. NULL is fine. */
void run_job_ask_stop(RunJob *job);

/* Waits at most wait_ms for the thread to end after run_job_ask_stop. false: it still works, and the process
 * may only leave by _exit; the run's transaction is rolled back and the run stays queued. NULL: true. */
bool run_job_wait(RunJob *job, int64_t wait_ms);

/* Finishes the run it is at, however long that takes, then ends the thread and frees. NULL is fine. */
void run_job_stop(RunJob *job);

/* Does the oldest queued run, if any, in this thread: *ret_found false when there was none. A run whose
 * figures or profile cannot be classified is stored as failed with its reason, and that is OK. */
ErrCode run_job_step(Db *db, const Clock *clock, bool *ret_found, Err *err) MUST_CHECK;

#endif
