/* What a school may say of a figure delivered to it from above, and what becomes of its objection: one table
 * of numbered rules, one pure function. The figure itself is never changed here: its source corrects it by
 * delivering again. */
#ifndef SERVER_LIFECYCLE_DISPUTE_H
#define SERVER_LIFECYCLE_DISPUTE_H

#include "common/core/buf.h"
#include "server/lifecycle/lifecycle.h"

/* Of one delivered cell. NONE: no objection to the cell as it stands. OPEN to WITHDRAWN are the numbers of
 * the store and of DisputeState in delivery.proto; CORRECTED is read from a later delivery and ends
 * everything. */
typedef enum DisputeState {
    DISPUTE_NONE = 0,
    DISPUTE_OPEN = 1,
    DISPUTE_UPHELD = 2, /* the analyst agrees: the source is to correct it */
    DISPUTE_REJECTED = 3,
    DISPUTE_WITHDRAWN = 4,
    DISPUTE_CORRECTED = 5,
    DISPUTE_STATE_COUNT
} DisputeState;

typedef enum DisputeEvent {
    DISPUTE_EVENT_UNSET = 0,
    DISPUTE_CONFIRM, /* a delivery as a whole: what is not disputed is agreed with */
    DISPUTE_OBJECT,
    DISPUTE_UPHOLD,
    DISPUTE_REJECT,
    DISPUTE_TAKE_BACK,
    DISPUTE_EVENT_COUNT
} DisputeEvent;

/* All of it read in one transaction. */
typedef struct DisputeGather {
    DisputeState state;
    DisputeEvent event;
    LifecycleRole role;
    uint32_t base_revision;    /* of the delivery the caller looked at */
    uint32_t current_revision; /* stored */
    bool text;                 /* a reason or an answer that is not empty is given */
} DisputeGather;

/* The state to store, or why not, in this order of questions:
 *   PERMISSION_DENIED / DISPUTE_ROLE (role, event): the role never may;
 *   ABORTED / LIFECYCLE_REVISION_STALE (base, current): the figures were delivered anew, read again;
 *   FAILED_PRECONDITION / DISPUTE_STATE (state, event): not in this state;
 *   INVALID_ARGUMENT / DISPUTE_REASON (event): it has to say why.
 * Numbers outside the enumerations: INVALID_ARGUMENT / LIFECYCLE_UNKNOWN. CONFIRM stays in its state. */
ErrCode dispute_next(const DisputeGather *gather, DisputeState *ret_state, Err *err) MUST_CHECK;

/* Whether an objection still waits for the ministry: OPEN, or UPHELD and not corrected yet. */
bool dispute_is_live(DisputeState state);

/* "OPEN", "REJECT"; "" for anything else. */
const char *dispute_state_name(DisputeState state);
const char *dispute_event_name(DisputeEvent event);

/* The table as text, one rule a line. */
void dispute_dump(Buf *buf);

#endif
