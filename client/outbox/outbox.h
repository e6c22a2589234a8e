/* The outbox: what a person typed (drafts), what waits to be sent (operations) and what the server confirmed
 * (receipts), in one file on the client's machine. Every function that returns OK has made its change
 * durable. Nothing here is ever deleted but a draft's cleared cells. */
#ifndef CLIENT_OUTBOX_OUTBOX_H
#define CLIENT_OUTBOX_OUTBOX_H

#include "common/base/clock.h"
#include "common/core/arena.h"
#include "common/form/form.h"

typedef struct Outbox Outbox;

typedef struct OutboxOptions {
    const char *dir; /* created with mode 0700 when missing */
    const Clock *clock;
    int busy_ms; /* wait this long for another copy of the client; 0: 5,000 */
} OutboxOptions;

/* Opens or creates dir/outbox.sqlite (mode 0600). UNAVAILABLE / OUTBOX_BUSY when another program holds it,
 * FAILED_PRECONDITION / OUTBOX_UNWRITABLE, OUTBOX_ON_NETWORK, OUTBOX_NEWER (made by a newer version),
 * DATA_LOSS / OUTBOX_DAMAGED; each with "file". */
ErrCode outbox_open(const OutboxOptions *options, Outbox **ret_outbox, Err *err) MUST_CHECK;
void outbox_close(Outbox *outbox);

typedef struct DraftKey {
    const char *school, *form, *period;
} DraftKey;

typedef struct Draft {
    DraftKey key;
    uint32_t form_version;
    bool dirty; /* changed since it was last queued */
    int64_t changed_ms;
} Draft;

/* Stores the cells in one transaction; VALUE_EMPTY clears a cell. */
ErrCode outbox_save_cells(Outbox *outbox, const DraftKey *key, uint32_t form_version, const FormCell *cells,
                          size_t count, Err *err) MUST_CHECK;

/* NOT_FOUND / DRAFT_MISSING. Cells in order of section, row and field codes, in arena. */
ErrCode outbox_load_draft(Outbox *outbox, const DraftKey *key, Arena *arena, Draft *ret_draft,
                          FormCell **ret_cells, size_t *ret_count, Err *err) MUST_CHECK;
ErrCode outbox_list_drafts(Outbox *outbox, Arena *arena, Draft **ret_drafts, size_t *ret_count,
                           Err *err) MUST_CHECK;

typedef enum OperationState {
    OPERATION_QUEUED = 1,
    OPERATION_SENDING = 2,
    OPERATION_DONE = 3,
    OPERATION_PARKED = 4,    /* refused: a person must look */
    OPERATION_DISMISSED = 5, /* refused and given up by a person, see dismissal.h */
} OperationState;

typedef struct Receipt {
    const char *number; /* NULL: none yet */
    uint8_t content_hash[32];
    int64_t server_time_ms;
    uint64_t submission_id;
    uint32_t revision;
    int state; /* as the wire numbers submission states */
} Receipt;

typedef struct Operation {
    uint8_t id[16];
    const char *method; /* full name */
    const void *payload;
    size_t size;
    uint8_t content_hash[32];
    DraftKey key;
    int source; /* as the wire numbers figure sources */
    /* filled by the outbox */
    int64_t seq;
    OperationState state;
    int attempts;
    int64_t next_due_ms, created_ms;
    Err last; /* why it is not done, code OK when nothing went wrong yet */
    Receipt receipt;
    const char *dismissal; /* why it was given up; "" when it was not */
} Operation;

/* Freezes the operations and marks their drafts as sent, all in one transaction: all or none are queued.
 * ALREADY_EXISTS / OPERATION_TWICE when an id is known. */
ErrCode outbox_queue(Outbox *outbox, const Operation *operations, size_t count, Err *err) MUST_CHECK;

/* One sender at a time: takes the sending lock and re-queues what a killed sender left. UNAVAILABLE /
 * OUTBOX_SENDING when another copy of the client is sending. The lock ends with the process. */
ErrCode outbox_begin_sending(Outbox *outbox, Err *err) MUST_CHECK;
void outbox_end_sending(Outbox *outbox);

/* The oldest due operation, now SENDING; *ret NULL when none is due, *ret_next_due_ms then says when (Unix
 * ms, INT64_MAX: nothing waits). An operation never overtakes an earlier one of the same form. */
ErrCode outbox_take(Outbox *outbox, Arena *arena, Operation **ret, int64_t *ret_next_due_ms,
                    Err *err) MUST_CHECK;

ErrCode outbox_mark_done(Outbox *outbox, const uint8_t *id, const Receipt *receipt, Err *err) MUST_CHECK;
/* Queued again, due at due_ms, with why. */
ErrCode outbox_mark_later(Outbox *outbox, const uint8_t *id, int64_t due_ms, const Err *why,
                          Err *err) MUST_CHECK;
ErrCode outbox_mark_parked(Outbox *outbox, const uint8_t *id, const Err *why, Err *err) MUST_CHECK;

/* A person asks to send now: whatever waits for a later moment is due at once. */
ErrCode outbox_hurry(Outbox *outbox, Err *err) MUST_CHECK;

/* A person sends a parked or waiting operation again, the same bytes. NOT_FOUND / OPERATION_MISSING, also
 * for one that was dismissed. */
ErrCode outbox_retry(Outbox *outbox, const uint8_t *id, Err *err) MUST_CHECK;
ErrCode outbox_get(Outbox *outbox, const uint8_t *id, Arena *arena, Operation **ret, Err *err) MUST_CHECK;
/* Oldest first; waiting: those neither done nor dismissed. */
ErrCode outbox_list(Outbox *outbox, bool waiting, Arena *arena, Operation **ret_operations, size_t *ret_count,
                    Err *err) MUST_CHECK;

typedef struct OutboxCounts {
    int64_t queued, sending, done, parked;
    int64_t oldest_ms; /* of those not done; 0 without any */
} OutboxCounts;
ErrCode outbox_count(Outbox *outbox, OutboxCounts *ret, Err *err) MUST_CHECK;

const char *operation_state_name(OperationState state);

#endif
