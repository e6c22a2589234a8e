/* Submitting a form: checks in a worker, storing by the group committer. */
#ifndef SERVER_SERVICE_SUBMIT_H
#define SERVER_SERVICE_SUBMIT_H

#include "server/rpc/committer.h"

/* The committer's hook: context is the Service. */
ErrCode submit_commit_batch(void *context, int thread, SubmitItem **items, size_t count, Err *err);

#endif
