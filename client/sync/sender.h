/* The sender: takes what waits in the outbox and calls the server with the same bytes until it answers.
 * At least once; the server knows the operation id, so twice counts once. */
#ifndef CLIENT_SYNC_SENDER_H
#define CLIENT_SYNC_SENDER_H

#include "common/base/clock.h"
#include "common/base/rand.h"
#include "common/core/arena.h"

typedef struct Outbox Outbox; /* client/outbox/outbox.h */

/* As rpc_call_packed with the connection behind `context`. */
typedef ErrCode (*SenderCall)(void *context, const char *method, const uint8_t *operation_id,
                              const void *payload, size_t size, Arena *arena, const void **ret_reply,
                              size_t *ret_size, Err *err);

typedef enum SenderMove {
    SENDER_DONE = 1, /* confirmed, the receipt is stored */
    SENDER_LATER,    /* waits for its next attempt */
    SENDER_PARK,     /* refused: kept and shown */
    SENDER_PAUSE,    /* nothing can be sent before the person signs in or upgrades */
    SENDER_WAIT,     /* nothing due yet: next_due_ms */
    SENDER_IDLE,     /* nothing waits at all */
} SenderMove;

/* What happened, or what shall happen. */
typedef struct SenderStep {
    SenderMove move;
    int64_t next_due_ms; /* LATER, WAIT: Unix ms */
    uint8_t id[16];      /* of the operation, except WAIT and IDLE */
    Err why;             /* LATER, PARK, PAUSE */
} SenderStep;

typedef struct Sender {
    Outbox *outbox;
    SenderCall call;
    void *context;
    const Clock *clock;
    Rand *rand;
    int failures;     /* in a row, whichever the operation: the server is spared as a whole */
    int64_t quiet_ms; /* Unix ms until which nothing is sent */
} Sender;

enum { SENDER_LEAST_MS = 1000, SENDER_MOST_MS = 300000 };

/* Pure: the move after an answer, by the status-policy table, for the failures so far (this one included).
 * A delay the server asked for is a lower bound of ours. ABORTED is parked: rebuilding unseen would write
 * over the figures of another person. */
SenderStep sender_plan(const Err *answer, int failures, int64_t now_ms, Rand *rand);

/* Sends at most one operation and stores what came of it. The sending lock must be held
 * (outbox_begin_sending). Errors are those of the outbox; a failed call is not an error. */
ErrCode sender_step(Sender *sender, SenderStep *ret_step, Err *err) MUST_CHECK;

#endif
