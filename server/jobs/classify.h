/* One classification run: facts in, classes and reasons out, with the passport that lets it be repeated. */
#ifndef SERVER_JOBS_CLASSIFY_H
#define SERVER_JOBS_CLASSIFY_H

#include "common/base/clock.h"
#include "server/store/store_run.h"

/* Inside the transaction that took the run: loads the profile and the facts, stores the canonical input by
 * its hash, classes, reasons and both hashes, and marks run and profile. The same figures, profile and
 * program give the same hashes. */
ErrCode classify_run(Db *db, const RunRow *run, const Clock *clock, Arena *arena, Err *err) MUST_CHECK;

/* Repeats a run from its stored input bytes: ret_hash (32 bytes) must equal the run's output hash. */
ErrCode classify_repeat(Db *db, const RunRow *run, Arena *arena, uint8_t *ret_hash, Err *err) MUST_CHECK;

#endif
