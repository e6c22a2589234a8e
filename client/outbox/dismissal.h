/* Giving up a refused operation. */
#ifndef CLIENT_OUTBOX_DISMISSAL_H
#define CLIENT_OUTBOX_DISMISSAL_H

#include "client/outbox/outbox.h"

/* A person gives up a refused (parked) operation and says why: it leaves what waits, and stays with its bytes
 * and the comment (1 to 1,000 characters) for good; it is never sent again. NOT_FOUND / OPERATION_MISSING,
 * FAILED_PRECONDITION / OPERATION_NOT_REFUSED, OPERATION_DISMISSED, INVALID_ARGUMENT / DISMISSAL_COMMENT. */
ErrCode outbox_dismiss(Outbox *outbox, const uint8_t *id, const char *comment, Arena *arena,
                       Err *err) MUST_CHECK;

#endif
