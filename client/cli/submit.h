/* From a filled form to a receipt: freeze, queue, try to send. */
#ifndef CLIENT_CLI_SUBMIT_H
#define CLIENT_CLI_SUBMIT_H

#include "client/cli/command.h"
#include "client/outbox/outbox.h"
#include "common/form/form.h"

/* Revisions the server holds of one form, as far as it answers. */
typedef struct Revisions Revisions;

/* Asks once; when the server does not answer, an empty set (the outbox's own receipts are used then). Other
 * errors are passed on. */
ErrCode submit_load_revisions(Cli *cli, const FormDef *form, const char *under, Revisions **ret,
                              Err *err) MUST_CHECK;

typedef struct SubmitPlan {
    const FormData *data;
    const char *school, *period;
    int source;         /* FigureSource */
    const char *origin; /* file name or "" */
} SubmitPlan;

/* Fills an operation of CollectionService/Submit: packed bytes and content hash. revisions may be NULL. */
ErrCode submit_make(Cli *cli, const SubmitPlan *plan, const Revisions *revisions, Operation *ret,
                    Err *err) MUST_CHECK;

/* Queues all in one transaction, sends for at most the timeout, prints receipts. Sets the exit code 7 when
 * something waits; fails with the first refusal when something was refused. */
ErrCode submit_all(Cli *cli, const Operation *operations, size_t count, Err *err) MUST_CHECK;

/* Sends what waits until nothing is due within the timeout, or something pauses. */
ErrCode submit_send(Cli *cli, Err *err) MUST_CHECK;

/* The receipts of these operations, one row each, with what became of them. */
ErrCode submit_print(Cli *cli, const Operation *operations, size_t count, Err *err) MUST_CHECK;

/* --source as the wire numbers it; the school itself when not given. */
int submit_get_source(const Cli *cli);

#endif
