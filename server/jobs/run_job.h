/* The job loop: takes queued classification runs, one at a time, on a thread and a connection of its own. */
#ifndef SERVER_JOBS_RUN_JOB_H
#define SERVER_JOBS_RUN_JOB_H

#include "common/base/clock.h"
#include "server/store/db.h"

typedef struct RunJob RunJob;

/* conninfo and clock must outlive the job. */
ErrCode run_job_start(const char *conninfo, const Clock *clock, RunJob **ret_job, Err *err) MUST_CHECK;

/* Finishes the run it is at, then ends the thread and frees. NULL is fine. */
void run_job_stop(RunJob *job);

/* Does the oldest queued run, if any, in this thread: *ret_found false when there was none. A run whose
 * figures or profile cannot be classified is stored as failed with its reason, and that is OK. */
ErrCode run_job_step(Db *db, const Clock *clock, bool *ret_found, Err *err) MUST_CHECK;

#endif
