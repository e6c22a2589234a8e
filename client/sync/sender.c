/* Owns the decision what becomes of an operation after the server's answer. Invariant: killed at any point,
 * the operation is sent again with the same bytes, and a receipt is stored only when its hash is ours.
 * Must not make or change operations. */
#include "client/sync/sender.h"
#include "client/outbox/outbox.h"

#include <string.h>

#include "client/rpc/rpc.h"
#include "common/base/failpoint.h"
#include "common/base/retry.h"
#include "shans/v1/collection.pb-c.h"

enum { STEP_ARENA = 24 << 20 };

SenderStep sender_plan(const Err *answer, int failures, int64_t now_ms, Rand *rand)
{
    SenderStep step = {.why = *answer};

    switch (rpc_policy(answer->code)) {
    case RPC_DONE:
        step.move = SENDER_DONE;
        break;
    case RPC_RETRY: {
        int64_t delay = retry_delay_ms(rand, failures, SENDER_LEAST_MS, SENDER_MOST_MS);
        if (delay < (int64_t)answer->retry_delay_ms)
            delay = (int64_t)answer->retry_delay_ms;
        step.move = SENDER_LATER;
        step.next_due_ms = now_ms + delay;
        break;
    }
    case RPC_SIGN_IN:
    case RPC_UPGRADE:
        step.move = SENDER_PAUSE;
        break;
    case RPC_REBUILD:
    case RPC_PARK:
    default:
        step.move = SENDER_PARK;
        break;
    }
    return step;
}

static ErrCode read_receipt(const Operation *operation, const void *bytes, size_t size, Arena *arena,
                            Receipt *ret_receipt, Err *err)
{
    Shans__V1__SubmitReply *reply = shans__v1__submit_reply__unpack(NULL, size, bytes);
    const Shans__V1__Receipt *receipt = reply == NULL ? NULL : reply->receipt;
    ErrCode code = ERR_OK;

    if (receipt == NULL || receipt->number[0] == '\0' ||
        receipt->content_hash.len != sizeof ret_receipt->content_hash) {
        code = err_set(err, ERR_DATA_LOSS, "RECEIPT_MALFORMED");
    } else if (memcmp(receipt->content_hash.data, operation->content_hash, sizeof operation->content_hash) !=
               0) {
        code = err_set(err, ERR_DATA_LOSS, "RECEIPT_OF_OTHER_CONTENT");
    } else {
        *ret_receipt = (Receipt){.number = arena_text(arena, receipt->number),
                                 .server_time_ms = receipt->server_time_ms,
                                 .submission_id = receipt->submission_id,
                                 .revision = receipt->revision,
                                 .state = (int)receipt->state};
        memcpy(ret_receipt->content_hash, operation->content_hash, sizeof operation->content_hash);
        if (ret_receipt->number == NULL)
            code = err_memory(err);
    }
    if (reply != NULL)
        shans__v1__submit_reply__free_unpacked(reply, NULL);
    return code;
}

static ErrCode store(Sender *sender, const Operation *operation, const SenderStep *step,
                     const Receipt *receipt, int64_t now, Err *err)
{
    switch (step->move) {
    case SENDER_DONE:
        return outbox_mark_done(sender->outbox, operation->id, receipt, err);
    case SENDER_LATER:
        return outbox_mark_later(sender->outbox, operation->id, step->next_due_ms, &step->why, err);
    case SENDER_PAUSE:
        return outbox_mark_later(sender->outbox, operation->id, now, &step->why, err);
    default:
        return outbox_mark_parked(sender->outbox, operation->id, &step->why, err);
    }
}

static ErrCode send(Sender *sender, const Operation *operation, Arena *arena, SenderStep *ret_step, Err *err)
{
    const void *reply = NULL;
    size_t size = 0;
    Err answer = {.code = ERR_OK};
    Receipt receipt = {0};

    ErrCode code = failpoint("sender.before_call", err);
    if (code != ERR_OK)
        return code;
    if (sender->call(sender->context, operation->method, operation->id, operation->payload, operation->size,
                     arena, &reply, &size, &answer) == ERR_OK)
        /* a refused receipt becomes the answer */
        answer.code = read_receipt(operation, reply, size, arena, &receipt, &answer);
    code = failpoint("sender.after_call", err);
    if (code != ERR_OK)
        return code;
    int64_t now = sender->clock->now_ms(sender->clock);
    *ret_step = sender_plan(&answer, sender->failures + 1, now, sender->rand);
    bool later = ret_step->move == SENDER_LATER;
    sender->failures = later ? sender->failures + 1 : 0;
    sender->quiet_ms = later ? ret_step->next_due_ms : 0;
    memcpy(ret_step->id, operation->id, sizeof ret_step->id);
    return store(sender, operation, ret_step, &receipt, now, err);
}

ErrCode sender_step(Sender *sender, SenderStep *ret_step, Err *err)
{
    SenderStep step = {.move = SENDER_WAIT, .next_due_ms = sender->quiet_ms};
    Operation *operation = NULL;

    if (sender->clock->now_ms(sender->clock) < sender->quiet_ms) {
        *ret_step = step;
        return ERR_OK;
    }
    Arena *arena = arena_new(STEP_ARENA, NULL);
    if (arena == NULL)
        return err_memory(err);
    ErrCode code = outbox_take(sender->outbox, arena, &operation, &step.next_due_ms, err);
    if (code == ERR_OK && operation == NULL)
        step.move = step.next_due_ms == INT64_MAX ? SENDER_IDLE : SENDER_WAIT;
    else if (code == ERR_OK)
        code = send(sender, operation, arena, &step, err);
    arena_free(arena);
    if (code == ERR_OK)
        *ret_step = step;
    return code;
}
