/* Group commit: merges submissions of many callers into one transaction. Self-clocking: a committer thread
 * takes what is queued when its previous batch returned; there is no timer. */
#ifndef SERVER_RPC_COMMITTER_H
#define SERVER_RPC_COMMITTER_H

#include "server/rpc/call.h"

/* COMMITTER_SIZES: batches of 1, 2, 3-4, 5-8 … 65-128 are counted apart. */
enum { COMMITTER_BATCH_MAX = 128, COMMITTER_THREADS_MAX = 4, COMMITTER_SIZES = 8 };

/* One validated submission. The committer thread owns the call and its arena while it holds the item. */
struct SubmitItem {
    Call *call;
    void *data;              /* from call_defer */
    ProtobufCMessage *reply; /* from call_defer; filled by the hook when the item succeeds */
    Err err;                 /* result: err.code ERR_OK (as it comes in) or the item's own error */
    /* The packed reply when the hook packed it (to store it with the operation); NULL: packed afterwards. */
    const void *packed;
    size_t packed_size;
};

/* Stores items[0..count-1] in one transaction of connection `thread` (0..threads-1), and COMMITs. ERR_OK: the
 * transaction committed and every item's err says how it fared (a known operation, refused by a rule, OK).
 * UNAVAILABLE (the database is gone or the outcome unknown): err becomes every item's, callers send again.
 * Any other error: the transaction is rolled back, nothing is stored; with count > 1 the items are then
 * offered again one by one, with count 1 err becomes the item's. Before each offer err and packed are
 * cleared; reply may still hold what an earlier offer wrote into it. */
typedef ErrCode (*CommitBatch)(void *context, int thread, SubmitItem **items, size_t count, Err *err);

/* Takes the item back, with its result, on the committer's thread; sends the reply. */
typedef void (*CommitDone)(void *context, SubmitItem *item);

typedef struct Committer Committer;

typedef struct CommitterOptions {
    int threads;     /* 1..COMMITTER_THREADS_MAX */
    size_t capacity; /* items waiting at most */
    const Clock *clock;
    CommitBatch commit;
    void *commit_context;
    CommitDone done;
    void *done_context;
} CommitterOptions;

ErrCode committer_open(const CommitterOptions *options, Committer **ret_committer, Err *err) MUST_CHECK;

/* RESOURCE_EXHAUSTED / SERVER_BUSY when full, UNAVAILABLE / SERVER_STOPPING after committer_stop. An item
 * whose deadline passes while it waits is given to `done` as DEADLINE_EXCEEDED / DEADLINE_PASSED,
 * uncommitted. */
ErrCode committer_add(Committer *committer, SubmitItem *item, Err *err) MUST_CHECK;

/* Answers waiting items whose deadline has passed while the threads are held up. Any thread. */
void committer_expire(Committer *committer);

/* Takes no more. With drop, items still waiting are given to `done` as UNAVAILABLE / SERVER_STOPPING;
 * otherwise they are committed first. May be called twice: first without, then with drop. */
void committer_stop(Committer *committer, bool drop);
size_t committer_waiting(const Committer *committer); /* items in the queue */

/* Batches that were offered to the hook, by size, and the items in them. */
typedef struct CommitterStats {
    uint64_t batches[COMMITTER_SIZES], items;
} CommitterStats;
void committer_stats(const Committer *committer, CommitterStats *ret);

/* Threads still running; 0 when all that was queued has been answered after a stop. */
int committer_running(const Committer *committer);
/* Joins and frees; only after committer_running gave 0. NULL is fine. */
void committer_free(Committer *committer);

#endif
