/* Inside of the outbox, shared by its own files only. */
#ifndef CLIENT_OUTBOX_OUTBOX_DB_H
#define CLIENT_OUTBOX_OUTBOX_DB_H

#include "client/outbox/lite.h"
#include "client/outbox/outbox.h"

struct Outbox {
    Lite *lite;
    const Clock *clock;
    char *dir;
    int lock_fd; /* of the sending lock, -1 when not held */
};

/* Commits when code is OK, else rolls back; returns the first failure. */
ErrCode outbox_end(Outbox *outbox, ErrCode code, Err *err) MUST_CHECK;

int64_t outbox_now(const Outbox *outbox);

#endif
