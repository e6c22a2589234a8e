/* Owns the operations of the outbox and their receipts. Invariant: the bytes of a queued operation never
 * change, and one that is done stays done. Must not decide what a server's answer means. */
#include <stdint.h>
#include <string.h>

#include "client/outbox/outbox_db.h"
#include "client/outbox/revision.h"
#include "common/base/failpoint.h"
#include "common/core/buf.h"

enum { ID_BYTES = 16, ARGS_MAX = 4096 };

/* For logs and tests; people get labels. */
const char *operation_state_name(OperationState state)
{
    static const char *const names[] = {"UNSET", "QUEUED", "SENDING", "DONE", "PARKED", "DISMISSED"};

    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : names[0];
}

/* Any row at all means the id is taken. */
static ErrCode refuse_twice(void *context, const LiteRow *row, Err *err)
{
    (void)context;
    (void)row;
    return err_set(err, ERR_ALREADY_EXISTS, "OPERATION_TWICE");
}

/* The draft is clean from here on: its figures are in the frozen bytes. */
static ErrCode insert_operation(Outbox *outbox, const Operation *operation, Err *err)
{
    const DraftKey *key = &operation->key;
    LiteParam params[] = {
        LITE_BLOB(operation->id, ID_BYTES),
        LITE_TEXT(operation->method),
        LITE_BLOB(operation->payload, operation->size),
        LITE_BLOB(operation->content_hash, sizeof operation->content_hash),
        LITE_TEXT(key->school),
        LITE_TEXT(key->form),
        LITE_TEXT(key->period),
        LITE_INT(operation->source),
        LITE_INT(outbox_now(outbox)),
    };
    ErrCode code = lite_query(outbox->lite, "outbox/operation__get.sql", params, 1, refuse_twice, NULL, err);

    if (code == ERR_OK)
        code = lite_query(outbox->lite, "outbox/operation__insert.sql", params, 9, NULL, NULL, err);
    if (code == ERR_OK)
        code = lite_query(outbox->lite, "outbox/draft__clean.sql", params + 4, 3, NULL, NULL, err);
    return code;
}

/* The transaction is what makes an import all or nothing. */
ErrCode outbox_queue(Outbox *outbox, const Operation *operations, size_t count, Err *err)
{
    ErrCode code = lite_begin(outbox->lite, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        code = insert_operation(outbox, &operations[i], err);
        if (code == ERR_OK)
            code = failpoint("outbox.queue", err);
    }
    code = outbox_end(outbox, code, err);
    return code == ERR_OK ? failpoint("outbox.queued", err) : code;
}

/* "key<TAB>value<LF>" for each argument. */
static void dump_args(const Err *why, Buf *buf)
{
    for (size_t i = 0; i < why->arg_count; i++) {
        buf_printf(buf, "%s\t", why->args[i].key);
        for (const char *at = why->args[i].value; *at != '\0'; at++)
            buf_char(buf, *at == '\n' ? ' ' : *at);
        buf_char(buf, '\n');
    }
}

/* The inverse; a key that does not fit is left out. */
static void parse_args(const char *text, Err *why)
{
    while (*text != '\0') {
        size_t key = strcspn(text, "\t\n");
        const char *value = text + key + (text[key] == '\t');
        size_t length = strcspn(value, "\n");
        char name[24];
        if (key < sizeof name) {
            memcpy(name, text, key);
            name[key] = '\0';
            err_arg(why, name, "%.*s", (int)length, value);
        }
        text = value + length + (value[length] == '\n');
    }
}

/* False when the length is not what was stored. */
static bool copy_blob(const LiteRow *row, int column, void *to, size_t size)
{
    size_t length;
    const void *bytes = lite_get_blob(row, column, &length);

    if (length != size)
        return false;
    memcpy(to, bytes, size);
    return true;
}

/* Texts and payload are copied out of the row, which is gone after the callback. */
static bool read_key(const LiteRow *row, Arena *arena, Operation *operation)
{
    size_t size;
    const void *payload = lite_get_blob(row, 3, &size);

    operation->method = arena_text(arena, lite_get_text(row, 2));
    operation->payload = arena_bytes(arena, size > 0 ? payload : "", size);
    operation->size = size;
    operation->key.school = arena_text(arena, lite_get_text(row, 5));
    operation->key.form = arena_text(arena, lite_get_text(row, 6));
    operation->key.period = arena_text(arena, lite_get_text(row, 7));
    return operation->method != NULL && operation->payload != NULL && operation->key.school != NULL &&
           operation->key.form != NULL && operation->key.period != NULL;
}

/* Columns in the order of the operation statements. */
static ErrCode read_operation(const LiteRow *row, Arena *arena, Operation *operation, Err *err)
{
    const char *number = lite_get_text(row, 16);

    if (!read_key(row, arena, operation))
        return err_memory(err);
    if (!copy_blob(row, 1, operation->id, ID_BYTES) ||
        !copy_blob(row, 4, operation->content_hash, sizeof operation->content_hash))
        return err_set(err, ERR_DATA_LOSS, "OUTBOX_DAMAGED");
    operation->seq = lite_get_int(row, 0);
    operation->source = (int)lite_get_int(row, 8);
    operation->state = (OperationState)lite_get_int(row, 9);
    operation->attempts = (int)lite_get_int(row, 10);
    operation->next_due_ms = lite_get_int(row, 11);
    operation->created_ms = lite_get_int(row, 12);
    err_set(&operation->last, (ErrCode)lite_get_int(row, 13), lite_get_text(row, 14));
    parse_args(lite_get_text(row, 15), &operation->last);
    operation->dismissal = arena_text(arena, lite_get_text(row, 22));
    if (operation->dismissal == NULL)
        return err_memory(err);
    if (number[0] == '\0')
        return ERR_OK;
    operation->receipt.number = arena_text(arena, number);
    copy_blob(row, 17, operation->receipt.content_hash, sizeof operation->receipt.content_hash);
    operation->receipt.server_time_ms = lite_get_int(row, 18);
    operation->receipt.submission_id = (uint64_t)lite_get_int(row, 19);
    operation->receipt.revision = (uint32_t)lite_get_int(row, 20);
    operation->receipt.state = (int)lite_get_int(row, 21);
    return operation->receipt.number == NULL ? err_memory(err) : ERR_OK;
}

/* A chain, turned into an array once its length is known. */
typedef struct Link {
    Operation operation;
    struct Link *next;
} Link;

typedef struct Chain {
    Arena *arena;
    Link *first, **end;
    size_t count;
} Chain;

/* The number of rows is not known before. */
static ErrCode append_operation(void *context, const LiteRow *row, Err *err)
{
    Chain *chain = context;
    Link *link = ARENA_NEW(chain->arena, Link, 1);

    if (link == NULL)
        return err_memory(err);
    *chain->end = link;
    chain->end = &link->next;
    chain->count++;
    return read_operation(row, chain->arena, &link->operation, err);
}

/* All rows of one of the operation statements. */
static ErrCode query_operations(Outbox *outbox, const char *name, LiteParam param, Arena *arena,
                                Operation **ret_operations, size_t *ret_count, Err *err)
{
    Chain chain = {.arena = arena};

    chain.end = &chain.first;
    ErrCode code = lite_query(outbox->lite, name, &param, 1, append_operation, &chain, err);
    if (code != ERR_OK)
        return code;
    Operation *operations = ARENA_NEW(arena, Operation, chain.count);
    if (operations == NULL)
        return err_memory(err);
    size_t n = 0;
    for (const Link *link = chain.first; link != NULL; link = link->next)
        operations[n++] = link->operation;
    *ret_operations = operations;
    *ret_count = n;
    return ERR_OK;
}

/* Left as it was when nothing waits. */
static ErrCode read_due(void *context, const LiteRow *row, Err *err)
{
    (void)err;
    /* min() over nothing is NULL, which reads as an empty text */
    if (lite_get_text(row, 0)[0] != '\0')
        *(int64_t *)context = lite_get_int(row, 0);
    return ERR_OK;
}

/* Marked SENDING and committed before the first byte leaves. */
ErrCode outbox_take(Outbox *outbox, Arena *arena, Operation **ret, int64_t *ret_next_due_ms, Err *err)
{
    Operation *operations = NULL;
    size_t count = 0;
    int64_t now = outbox_now(outbox), due = INT64_MAX;
    ErrCode code = lite_begin(outbox->lite, err);

    if (code != ERR_OK)
        return code;
    code = query_operations(outbox, "outbox/operation__take.sql", LITE_INT(now), arena, &operations, &count,
                            err);
    if (code == ERR_OK && count > 0) {
        LiteParam params[] = {LITE_BLOB(operations[0].id, ID_BYTES), LITE_INT(now)};
        code = lite_query(outbox->lite, "outbox/operation__begin.sql", params, 2, NULL, NULL, err);
        operations[0].state = OPERATION_SENDING;
        operations[0].attempts++;
    } else if (code == ERR_OK) {
        code = lite_query(outbox->lite, "outbox/operation__next_due.sql", NULL, 0, read_due, &due, err);
    }
    if (code == ERR_OK)
        code = failpoint("outbox.take", err);
    code = outbox_end(outbox, code, err);
    if (code == ERR_OK)
        code = failpoint("outbox.taken", err);
    if (code != ERR_OK)
        return code;
    *ret = count > 0 ? &operations[0] : NULL;
    *ret_next_due_ms = due;
    return ERR_OK;
}

/* A done operation is never marked again: the statement leaves it alone. */
static ErrCode mark(Outbox *outbox, const uint8_t *id, OperationState state, int64_t due_ms, const Err *why,
                    Err *err)
{
    Buf args;

    buf_init(&args, ARGS_MAX);
    if (why != NULL)
        dump_args(why, &args);
    LiteParam params[] = {
        LITE_BLOB(id, ID_BYTES),
        LITE_INT(state),
        LITE_INT(due_ms),
        LITE_INT(outbox_now(outbox)),
        LITE_INT(why == NULL ? ERR_OK : why->code),
        LITE_TEXT(why == NULL ? "" : why->reason),
        LITE_TEXT(args.data == NULL ? "" : args.data),
    };
    ErrCode code = lite_query(outbox->lite, "outbox/operation__mark.sql", params, 7, NULL, NULL, err);
    buf_done(&args);
    return code == ERR_OK ? failpoint("outbox.mark", err) : code;
}

/* Receipt and state in one transaction: there is no done operation without its receipt. */
ErrCode outbox_mark_done(Outbox *outbox, const uint8_t *id, const Receipt *receipt, Err *err)
{
    LiteParam params[] = {
        LITE_BLOB(id, ID_BYTES),
        LITE_TEXT(receipt->number),
        LITE_BLOB(receipt->content_hash, sizeof receipt->content_hash),
        LITE_INT(receipt->server_time_ms),
        LITE_INT(receipt->submission_id),
        LITE_INT(receipt->revision),
        LITE_INT(receipt->state),
    };
    ErrCode code = lite_begin(outbox->lite, err);

    if (code != ERR_OK)
        return code;
    code = lite_query(outbox->lite, "outbox/receipt__insert.sql", params, 7, NULL, NULL, err);
    if (code == ERR_OK)
        code = mark(outbox, id, OPERATION_DONE, 0, NULL, err);
    code = outbox_end(outbox, code, err);
    return code == ERR_OK ? failpoint("outbox.marked", err) : code;
}

/* A mark in a transaction of its own. */
static ErrCode mark_alone(Outbox *outbox, const uint8_t *id, OperationState state, int64_t due_ms,
                          const Err *why, Err *err)
{
    ErrCode code = lite_begin(outbox->lite, err);

    if (code != ERR_OK)
        return code;
    code = mark(outbox, id, state, due_ms, why, err);
    return outbox_end(outbox, code, err);
}

/* Why it failed is kept, so that a list can tell. */
ErrCode outbox_mark_later(Outbox *outbox, const uint8_t *id, int64_t due_ms, const Err *why, Err *err)
{
    return mark_alone(outbox, id, OPERATION_QUEUED, due_ms, why, err);
}

ErrCode outbox_mark_parked(Outbox *outbox, const uint8_t *id, const Err *why, Err *err)
{
    return mark_alone(outbox, id, OPERATION_PARKED, 0, why, err);
}

/* Only the waiting time is dropped, nothing else. */
ErrCode outbox_hurry(Outbox *outbox, Err *err)
{
    return lite_query(outbox->lite, "outbox/operation__hurry.sql", NULL, 0, NULL, NULL, err);
}

ErrCode outbox_retry(Outbox *outbox, const uint8_t *id, Err *err)
{
    LiteParam params[] = {LITE_BLOB(id, ID_BYTES), LITE_INT(outbox_now(outbox))};
    ErrCode code = lite_query(outbox->lite, "outbox/operation__retry.sql", params, 2, NULL, NULL, err);

    if (code == ERR_OK && lite_changes(outbox->lite) == 0)
        return err_set(err, ERR_NOT_FOUND, "OPERATION_MISSING");
    return code;
}

/* With its receipt, when there is one. */
ErrCode outbox_get(Outbox *outbox, const uint8_t *id, Arena *arena, Operation **ret, Err *err)
{
    Operation *operations = NULL;
    size_t count = 0;
    ErrCode code = query_operations(outbox, "outbox/operation__get.sql", LITE_BLOB(id, ID_BYTES), arena,
                                    &operations, &count, err);

    if (code == ERR_OK && count == 0)
        return err_set(err, ERR_NOT_FOUND, "OPERATION_MISSING");
    if (code == ERR_OK)
        *ret = &operations[0];
    return code;
}

ErrCode outbox_list(Outbox *outbox, bool waiting, Arena *arena, Operation **ret_operations, size_t *ret_count,
                    Err *err)
{
    return query_operations(outbox, "outbox/operation__list.sql", LITE_INT(waiting), arena, ret_operations,
                            ret_count, err);
}

/* One row of sums. */
static ErrCode read_counts(void *context, const LiteRow *row, Err *err)
{
    OutboxCounts *counts = context;

    (void)err;
    *counts = (OutboxCounts){lite_get_int(row, 0), lite_get_int(row, 1), lite_get_int(row, 2),
                             lite_get_int(row, 3), lite_get_int(row, 4)};
    return ERR_OK;
}

ErrCode outbox_count(Outbox *outbox, OutboxCounts *ret, Err *err)
{
    return lite_query(outbox->lite, "outbox/operation__count.sql", NULL, 0, read_counts, ret, err);
}

typedef struct Revision {
    uint32_t revision, waiting;
} Revision;

static ErrCode read_revision(void *context, const LiteRow *row, Err *err)
{
    (void)err;
    *(Revision *)context = (Revision){(uint32_t)lite_get_int(row, 0), (uint32_t)lite_get_int(row, 1)};
    return ERR_OK;
}

/* The greatest confirmed, and how many are still on their way. */
ErrCode outbox_note_revision(Outbox *outbox, const DraftKey *key, int source, uint32_t revision, Err *err)
{
    LiteParam params[] = {LITE_TEXT(key->school), LITE_TEXT(key->form), LITE_TEXT(key->period),
                          LITE_INT(source), LITE_INT(revision)};

    return lite_query(outbox->lite, "outbox/seen__upsert.sql", params, 5, NULL, NULL, err);
}

ErrCode outbox_get_revision(Outbox *outbox, const DraftKey *key, int source, uint32_t *ret_revision,
                            uint32_t *ret_waiting, Err *err)
{
    LiteParam params[] = {LITE_TEXT(key->school), LITE_TEXT(key->form), LITE_TEXT(key->period),
                          LITE_INT(source)};
    Revision found = {0, 0};
    ErrCode code =
        lite_query(outbox->lite, "outbox/operation__revision.sql", params, 4, read_revision, &found, err);

    if (code != ERR_OK)
        return code;
    *ret_revision = found.revision;
    *ret_waiting = found.waiting;
    return ERR_OK;
}
