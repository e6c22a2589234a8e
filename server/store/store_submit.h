/* The committer's path: many Submit operations in one transaction, three round trips for all of them. Each
 * item ends on its own: stored, answered from its remembered reply, or refused. */
#ifndef SERVER_STORE_STORE_SUBMIT_H
#define SERVER_STORE_STORE_SUBMIT_H

#include "common/form/form.h"
#include "server/store/db.h"

enum { SUBMIT_BATCH_MAX = 128 };

/* What the server made of an item, before it is stored: the reply is packed from it. */
typedef struct SubmitStored {
    int64_t submission_id;
    int64_t receipt; /* number of the submission's event: unique, ascending, with gaps */
    uint32_t revision;
    int64_t at_ms;
} SubmitStored;

/* Packs the reply that will be remembered and given; bytes live in arena. An error refuses the item alone. */
typedef ErrCode (*SubmitPack)(void *context, const SubmitStored *stored, Arena *arena,
                              const uint8_t **ret_reply, size_t *ret_size, Err *err);

typedef struct SubmitOp {
    /* The call. */
    const uint8_t *operation_id, *request_id; /* 16 bytes each */
    const char *method;
    const uint8_t *request_hash; /* 32 bytes: of the request, remembered with the operation */
    const char *login;
    int role;
    DbScope scope; /* of the person, with the call's deadline (0: none); role and mode are set here */
    /* The submission. */
    const FormDef *form;
    int64_t school_id, district_id;
    const char *period, *origin;
    int source;
    const uint8_t *content_hash; /* 32 bytes: of the cells */
    const FormCell *cells;       /* all cells that hold an answer, each address once */
    size_t cell_count;
    /* The lifecycle's decision, made on the live row as it was read: 0 and 0 when there was none. */
    uint32_t expected_revision;
    int expected_state;
    int new_state;
    const char *event;
    bool accept_now; /* the region's own figures: accepted at once, facts projected */
    SubmitPack pack;
    void *pack_context;
    Arena *arena; /* the item's own: its reply lives there */
    /* Result. */
    Err err; /* ERR_OK: reply is what to answer with */
    bool replayed;
    const uint8_t *reply;
    size_t reply_size;
    SubmitStored stored; /* zero when replayed */
} SubmitOp;

/* Runs all items, SUBMIT_BATCH_MAX in one transaction; db outside a transaction, signed in as a role that may
 * become shans_writer. Every item's err is set, within a second of its deadline. Refusals of one item never
 * touch another: a batch spoilt by a broken constraint is run again one by one, and items of the same
 * submission or operation id go one after another. While the database restarts a batch is offered again, for
 * about a second. Per item: PERMISSION_DENIED / OPERATION_FOREIGN, FAILED_PRECONDITION / OPERATION_MISMATCH,
 * ABORTED / REVISION_STALE ("id", "revision"), the pack's error, and those of db.h. OUTCOME_UNKNOWN is given
 * to every item of the transaction whose commit was lost; items answered from memory are confirmed. Times are
 * the clock's. */
void submit_store_run(Db *db, const Clock *clock, SubmitOp *items, size_t count);

#endif
