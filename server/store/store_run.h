/* Classification runs: the queue, the passport (hashes of input and output), and what came out. */
#ifndef SERVER_STORE_STORE_RUN_H
#define SERVER_STORE_STORE_RUN_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef enum RunState { RUN_QUEUED = 1, RUN_DONE = 2, RUN_FAILED = 3 } RunState;

typedef struct RunRow {
    int64_t id;
    const char *methodology_code;
    uint32_t methodology_version;
    int year;
    int64_t under_id;       /* 0: the whole region */
    const char *under_code; /* "" for the region, or hidden */
    RunState state;
    const uint8_t *input_hash, *output_hash; /* 32 bytes, NULL until done */
    const char *program_version;
    uint32_t school_count;
    const char *failure_reason;
    int64_t started_by_id;
    const char *started_by; /* login */
    int64_t created_ms, finished_ms;
} RunRow;

/* Uses methodology, year, under_id, started_by_id, created_ms. NOT_FOUND / METHODOLOGY_UNKNOWN. Notifies
 * channel "shans_run" on commit. */
ErrCode run_store_queue(Db *db, const RunRow *run, int64_t *ret_id, Err *err) MUST_CHECK;

/* The oldest queued run, locked until the transaction ends; *ret_found false when all are done or taken. */
ErrCode run_store_take_next(Db *db, Arena *arena, RunRow *ret, bool *ret_found, Err *err) MUST_CHECK;

/* NOT_FOUND / RUN_UNKNOWN ("id"). */
ErrCode run_store_get(Db *db, int64_t id, Arena *arena, RunRow *ret, Err *err) MUST_CHECK;
/* Newest first; before_id 0: from the newest. */
ErrCode run_store_list(Db *db, int64_t before_id, uint32_t limit, Arena *arena, RunRow **ret_rows,
                       size_t *ret_count, Err *err) MUST_CHECK;

/* Uses id, hashes, program_version, school_count, finished_ms. FAILED_PRECONDITION / RUN_NOT_QUEUED ("id").
 */
ErrCode run_store_finish(Db *db, const RunRow *run, Err *err) MUST_CHECK;
ErrCode run_store_fail(Db *db, int64_t id, const char *reason, int64_t now_ms, Err *err) MUST_CHECK;

/* Canonical input bytes by their hash; storing them again changes nothing. */
ErrCode run_store_put_input(Db *db, const uint8_t *hash, const void *bytes, size_t size, Err *err) MUST_CHECK;
/* NOT_FOUND / RUN_INPUT_UNKNOWN. */
ErrCode run_store_get_input(Db *db, const uint8_t *hash, Arena *arena, const uint8_t **ret_bytes,
                            size_t *ret_size, Err *err) MUST_CHECK;

#endif
