/* The schools this machine has worked on. */
#ifndef CLIENT_OUTBOX_SCHOOLS_H
#define CLIENT_OUTBOX_SCHOOLS_H

#include "client/outbox/outbox.h"

/* Codes of the schools of drafts and operations, sorted, at most 5,000, in arena. */
ErrCode outbox_list_schools(Outbox *outbox, Arena *arena, const char *const **ret_schools, size_t *ret_count,
                            Err *err) MUST_CHECK;

#endif
