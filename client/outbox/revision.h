/* What a correction rests on: the revision of a form that this person knows of. The server refuses a
 * correction of any other, so that nobody's work is written over unseen. */
#ifndef CLIENT_OUTBOX_REVISION_H
#define CLIENT_OUTBOX_REVISION_H

#include "client/outbox/outbox.h"

/* The person has looked at this revision of the server's: a correction may rest on it. */
ErrCode outbox_note_revision(Outbox *outbox, const DraftKey *key, int source, uint32_t revision,
                             Err *err) MUST_CHECK;

/* Revision this person knows of, by own receipts or by having looked, and how many operations on it wait. */
ErrCode outbox_get_revision(Outbox *outbox, const DraftKey *key, int source, uint32_t *ret_revision,
                            uint32_t *ret_waiting, Err *err) MUST_CHECK;

#endif
