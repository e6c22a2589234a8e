/* The committer's path: prepare all, pack their replies, write all, commit once.
 * An operation's reply is stored in the same transaction as what it reports, so that it is true or absent.
 * Decides nothing: an item is refused when the row no longer is what its decision was made on. */
#include "server/store/store_submit.h"

#include <string.h>

#include "common/base/failpoint.h"
#include "common/core/text.h"
#include "server/store/store_fact.h"
#include "server/store/store_rows.h"
#include "server/store/store_submission_params.h"

enum { SUBMIT_SENDS_MAX = 10, SUBMIT_TRIES = 3, SUBMIT_SCRATCH_MAX = 64 << 20 };

/* A batch is given at least LEAST even when one of its items has less time left. While the database restarts
 * or hands over to its standby a batch is offered again after PAUSE, GONE_TRIES times. */
enum { SUBMIT_LEAST_MS = 400, SUBMIT_PAUSE_MS = 100, SUBMIT_GONE_TRIES = 10 };

/* One item on its way through a transaction. */
typedef struct Passage {
    SubmitOp *op;
    bool waits;         /* for a later wave: shares its submission or operation with an earlier item */
    bool writes;        /* accepted so far */
    int64_t live_id;    /* 0: none */
    size_t remember_at; /* index of the operation's insert among the sends */
} Passage;

typedef struct Batch {
    Db *db;
    const Clock *clock;
    int64_t deadline_ms, now_ms;
    Passage *passages;
    size_t count;
    Arena *scratch;
    bool begun, wrote;
} Batch;

/* The person's own scope under the one writing role: what the item may touch is what the person may. */
static DbScope op_scope(const Batch *batch, const SubmitOp *op)
{
    DbScope scope = op->scope;
    scope.role = DB_ROLE_WRITER;
    scope.mode = DB_MODE_WRITE;
    scope.deadline_ms = batch->deadline_ms;
    return scope;
}

/* The key of which only one submission is live. */
static int key_compare(const SubmitOp *a, const SubmitOp *b)
{
    if (a->school_id != b->school_id)
        return a->school_id < b->school_id ? -1 : 1;
    int by_form = strcmp(a->form->code, b->form->code);
    if (by_form != 0)
        return by_form;
    int by_period = strcmp(a->period, b->period);
    return by_period != 0 ? by_period : a->source - b->source;
}

static bool ops_clash(const SubmitOp *a, const SubmitOp *b)
{
    return key_compare(a, b) == 0 || memcmp(a->operation_id, b->operation_id, 16) == 0;
}

/* Moves the items of the next wave to the front of passages[from..], in the order of their keys (rows are
 * locked in one order everywhere); returns how many. */
static size_t wave_pick(Batch *batch, size_t from)
{
    size_t end = from;
    for (size_t i = from; i < batch->count; i++) {
        Passage next = batch->passages[i];
        bool clashes = false;
        for (size_t k = from; k < i && !clashes; k++)
            clashes = ops_clash(batch->passages[k].op, next.op);
        next.waits = clashes;
        if (clashes) {
            batch->passages[i] = next;
            continue;
        }
        memmove(&batch->passages[end + 1], &batch->passages[end], (i - end) * sizeof next);
        batch->passages[end++] = next;
    }
    for (size_t i = from + 1; i < end; i++) {
        Passage moved = batch->passages[i];
        size_t k = i;
        for (; k > from && key_compare(batch->passages[k - 1].op, moved.op) > 0; k--)
            batch->passages[k] = batch->passages[k - 1];
        batch->passages[k] = moved;
    }
    return end - from;
}

/* Queued parameters are copied: they can go at once. */
static ErrCode send_done(Db *db, const char *name, DbParams *params, Err *err)
{
    ErrCode code = db_send(db, name, params, err);
    db_params_done(params);
    return code;
}

static ErrCode prepare_send(Batch *batch, const SubmitOp *op, Err *err)
{
    DbScope scope = op_scope(batch, op);
    ErrCode code = batch->begun ? db_set_scope(batch->db, &scope, err) : db_begin(batch->db, &scope, err);
    if (code == ERR_OK && !batch->begun)
        code = db_send(batch->db, "submit__plan_once", NULL, err);
    if (code != ERR_OK)
        return code;
    batch->begun = true;
    DbParams params;
    db_params_init(&params);
    db_param_uuid(&params, op->operation_id);
    db_param_int64(&params, op->school_id);
    db_param_text(&params, op->form->code);
    db_param_text(&params, op->period);
    db_param_int64(&params, op->source);
    return send_done(batch->db, "submit__prepare", &params, err);
}

/* The remembered reply, or the refusal of a foreign or different call. */
static void replay(SubmitOp *op, const OperationRow *row)
{
    if (operation_check(row, op->scope.principal_id, op->method, op->request_hash, &op->err) != ERR_OK)
        return;
    op->replayed = true;
    op->reply = row->reply;
    op->reply_size = row->reply_size;
}

/* Judges one item by what the database answered; packs the reply of those that go on. */
static void passage_judge(Batch *batch, Passage *passage, const DbResult *result)
{
    SubmitOp *op = passage->op;
    RowCursor cursor = {.result = result, .arena = op->arena};
    OperationRow row = {.found = row_bool(&cursor)};
    row.principal_id = row_int64(&cursor);
    row.method = row_text(&cursor);
    row.content_hash = row_bytes(&cursor, NULL);
    row.reply = row_bytes(&cursor, &row.reply_size);
    passage->live_id = row_int64(&cursor);
    int live_state = row_int(&cursor);
    uint32_t live_revision = row_uint32(&cursor);
    SubmitStored stored = {.submission_id = row_int64(&cursor), .receipt = row_int64(&cursor)};
    if (cursor.failed) {
        err_memory(&op->err);
        return;
    }
    if (row.found) {
        replay(op, &row);
        return;
    }
    if (live_revision != op->expected_revision || live_state != op->expected_state) {
        submission_stale(passage->live_id, live_revision, &op->err);
        return;
    }
    stored.revision = live_revision + 1;
    stored.at_ms = batch->now_ms;
    if (op->pack(op->pack_context, &stored, op->arena, &op->reply, &op->reply_size, &op->err) != ERR_OK)
        return;
    op->stored = stored;
    passage->writes = true;
}

static void results_free(DbResult **results, size_t count)
{
    for (size_t i = 0; i < count; i++)
        db_result_free(results[i]);
}

/* First round trip of a wave: what is remembered, what is live (locked until the end), new numbers. */
static ErrCode wave_prepare(Batch *batch, Passage *wave, size_t count, Err *err)
{
    size_t ahead = batch->begun ? 0 : 1; /* sends before the first item's */
    ErrCode code = db_pipeline_begin(batch->db, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = prepare_send(batch, wave[i].op, err);
    DbResult *results[SUBMIT_BATCH_MAX + 1] = {NULL};
    if (code == ERR_OK)
        code = db_pipeline_end(batch->db, results, ahead + count, NULL, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++) {
        passage_judge(batch, &wave[i], results[ahead + i]);
        /* the row was waited for and is newer than the look at the operation: it may be this very one's */
        if (wave[i].op->err.code == ERR_ABORTED)
            code = err_set(err, ERR_ABORTED, "OPERATION_RACED");
    }
    results_free(results, ahead + count);
    return code;
}

/* Inserted under the number handed out before, or advanced from the row that was locked. */
static ErrCode send_submission(Batch *batch, const Passage *passage, Err *err)
{
    const SubmitOp *op = passage->op;
    SubmissionWrite write = {
        .id = op->stored.submission_id,
        .school_id = op->school_id,
        .district_id = op->district_id,
        .form_code = op->form->code,
        .form_version = op->form->version,
        .period = op->period,
        .source = op->source,
        .state = op->new_state,
        .revision = op->stored.revision,
        .content_hash = op->content_hash,
        .origin = op->origin,
        .at_ms = op->stored.at_ms,
        .principal_id = op->scope.principal_id,
        .submits = true,
        .accepts = op->accept_now,
        .expected_state = op->expected_state,
        .expected_revision = op->expected_revision,
    };
    DbParams params;
    if (passage->live_id == 0) {
        submission_insert_params(&write, &params);
        return send_done(batch->db, "submission__insert", &params, err);
    }
    submission_advance_params(&write, &params);
    return send_done(batch->db, "submission__advance", &params, err);
}

static ErrCode send_cells(Batch *batch, const SubmitOp *op, Err *err)
{
    CellWrite write = {
        .submission_id = op->stored.submission_id,
        .school_id = op->school_id,
        .district_id = op->district_id,
        .revision = op->stored.revision,
        .author_id = op->scope.principal_id,
        .at_ms = op->stored.at_ms,
    };
    DbParams params;
    ErrCode code = cell_write_params(&write, op->cells, op->cell_count, batch->scratch, &params, err);
    return code == ERR_OK ? send_done(batch->db, "cell__write", &params, err) : code;
}

static ErrCode send_facts(Batch *batch, const SubmitOp *op, size_t *sent, Err *err)
{
    FactOrigin origin = {
        .submission_id = op->stored.submission_id,
        .school_id = op->school_id,
        .district_id = op->district_id,
        .revision = op->stored.revision,
        .period = op->period,
        .source = op->source,
    };
    size_t more = 0;
    ErrCode code =
        fact_store_send(batch->db, op->form, &origin, op->cells, op->cell_count, batch->scratch, &more, err);
    *sent += more;
    return code;
}

/* The event, whose number is the receipt, and the audit row. */
static ErrCode send_journal(Batch *batch, const SubmitOp *op, Err *err)
{
    EventRow event = {
        .id = op->stored.receipt,
        .submission_id = op->stored.submission_id,
        .school_id = op->school_id,
        .district_id = op->district_id,
        .revision = op->stored.revision,
        .event = op->event,
        .from_state = op->expected_state,
        .to_state = op->new_state,
        .principal_id = op->scope.principal_id,
        .at_ms = op->stored.at_ms,
    };
    DbParams params;
    event_insert_params(&event, &params);
    ErrCode code = send_done(batch->db, "event__insert", &params, err);
    if (code != ERR_OK)
        return code;
    char *object = arena_printf(batch->scratch, "submission:%lld", (long long)op->stored.submission_id);
    if (object == NULL)
        return err_memory(err);
    AuditEntry entry = {
        .at_ms = op->stored.at_ms,
        .principal_id = op->scope.principal_id,
        .login = op->login,
        .role = op->role,
        .method = op->method,
        .request_id = op->request_id,
        .operation_id = op->operation_id,
        .object = object,
    };
    audit_insert_params(&entry, &params);
    return send_done(batch->db, "audit__insert", &params, err);
}

static ErrCode send_remember(Batch *batch, const SubmitOp *op, Err *err)
{
    OperationRow row = {
        .principal_id = op->scope.principal_id,
        .method = op->method,
        .content_hash = op->request_hash,
        .reply = op->reply,
        .reply_size = op->reply_size,
    };
    DbParams params;
    operation_insert_params(op->operation_id, &row, op->stored.at_ms, &params);
    return send_done(batch->db, "operation__insert", &params, err);
}

/* Everything of one item, counted in *sent; the operation goes last. */
static ErrCode passage_send(Batch *batch, Passage *passage, size_t *sent, Err *err)
{
    const SubmitOp *op = passage->op;
    DbScope scope = op_scope(batch, op);
    ErrCode code = db_set_scope(batch->db, &scope, err);
    if (code == ERR_OK)
        code = send_submission(batch, passage, err);
    if (code == ERR_OK)
        code = send_cells(batch, op, err);
    *sent += 2;
    if (code == ERR_OK && passage->live_id != 0) {
        DbParams params;
        mark_resolve_params(op->stored.submission_id, op->stored.revision, &params);
        code = send_done(batch->db, "mark__resolve", &params, err);
        *sent += 1;
    }
    if (code == ERR_OK && op->accept_now)
        code = send_facts(batch, op, sent, err);
    if (code == ERR_OK)
        code = send_journal(batch, op, err);
    if (code == ERR_OK)
        code = send_remember(batch, op, err);
    passage->remember_at = *sent + 2;
    *sent += 3;
    return code;
}

/* Second round trip of a wave: all its writes. An operation that another connection remembered meanwhile
 * spoils the transaction: run again, it is found and answered. */
static ErrCode wave_write(Batch *batch, Passage *wave, size_t count, Err *err)
{
    size_t sent = 0, writing = 0;
    for (size_t i = 0; i < count; i++)
        writing += wave[i].writes;
    if (writing == 0)
        return ERR_OK;
    batch->wrote = true;
    ErrCode code = db_pipeline_begin(batch->db, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (wave[i].writes)
            code = passage_send(batch, &wave[i], &sent, err);
    DbResult *results[SUBMIT_BATCH_MAX * SUBMIT_SENDS_MAX] = {NULL};
    if (code == ERR_OK)
        code = db_pipeline_end(batch->db, results, sent, NULL, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (wave[i].writes && db_touched(results[wave[i].remember_at]) != 1)
            code = err_set(err, ERR_ABORTED, "OPERATION_RACED");
    if (code == ERR_OK || sent > 0)
        results_free(results, sent);
    return code;
}

/* Forgets what an earlier attempt said. */
static void op_reset(SubmitOp *op)
{
    memset(&op->err, 0, sizeof op->err);
    memset(&op->stored, 0, sizeof op->stored);
    op->replayed = false;
    op->reply = NULL;
    op->reply_size = 0;
}

/* One transaction over all passages. On an error nothing is stored, and the items' own results stand as far
 * as they were judged. */
static ErrCode batch_run(Batch *batch, Err *err)
{
    batch->now_ms = batch->clock->now_ms(batch->clock);
    for (size_t i = 0; i < batch->count; i++) {
        Passage fresh = {.op = batch->passages[i].op};
        batch->passages[i] = fresh;
        op_reset(fresh.op);
    }
    batch->begun = batch->wrote = false;
    batch->scratch = arena_new(SUBMIT_SCRATCH_MAX, NULL);
    if (batch->scratch == NULL)
        return err_memory(err);
    ErrCode code = ERR_OK;
    for (size_t from = 0; from < batch->count && code == ERR_OK;) {
        size_t count = wave_pick(batch, from);
        code = wave_prepare(batch, batch->passages + from, count, err);
        if (code == ERR_OK)
            code = wave_write(batch, batch->passages + from, count, err);
        from += count;
    }
    if (code == ERR_OK)
        code = failpoint("submit.before_commit", err);
    /* what only answers from memory is as safe as the commit it remembers */
    if (code == ERR_OK)
        code = batch->wrote ? db_commit(batch->db, err) : db_confirm(batch->db, err);
    if (code == ERR_OK)
        code = failpoint("submit.after_commit", err);
    if (code != ERR_OK)
        db_rollback(batch->db);
    arena_free(batch->scratch);
    return code;
}

/* True when the failure lies in an item, not in the connection, so that the others may do better alone. */
static bool spoilt_by_item(ErrCode code)
{
    return code != ERR_UNAVAILABLE && code != ERR_DEADLINE_EXCEEDED;
}

/* Items that were refused keep their own result. */
static void op_fail(SubmitOp *op, const Err *err)
{
    if (op->err.code != ERR_OK)
        return;
    op->err = *err;
    op->replayed = false;
    memset(&op->stored, 0, sizeof op->stored);
    op->reply = NULL;
    op->reply_size = 0;
}

/* Fails the items that want their answer by end_ms, and those that do not say; moves the others to the front
 * and returns how many they are. */
static size_t drop_expired(SubmitOp **items, size_t count, int64_t end_ms, const Err *err)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i]->scope.deadline_ms > end_ms)
            items[left++] = items[i];
        else
            op_fail(items[i], err);
    }
    return left;
}

/* When the first of the items wants its answer; 0: none of them says. */
static int64_t earliest_deadline(SubmitOp *const *items, size_t count, int64_t now_ms)
{
    int64_t earliest = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t deadline = items[i]->scope.deadline_ms;
        if (deadline != 0 && (earliest == 0 || deadline < earliest))
            earliest = deadline;
    }
    return earliest != 0 && earliest < now_ms + SUBMIT_LEAST_MS ? now_ms + SUBMIT_LEAST_MS : earliest;
}

static ErrCode batch_try(Batch *batch, SubmitOp **items, size_t count, Err *err)
{
    for (size_t i = 0; i < count; i++)
        batch->passages[i] = (Passage){.op = items[i]};
    batch->count = count;
    batch->deadline_ms = earliest_deadline(items, count, batch->clock->monotonic_ms(batch->clock));
    memset(err, 0, sizeof *err);
    return batch_run(batch, err);
}

/* One by one. ABORTED: another connection was faster; the next attempt sees what it did and judges anew. */
static void run_each(Batch *batch, SubmitOp **items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Err err = {0};
        ErrCode code = ERR_ABORTED;
        for (int try = 0; try < SUBMIT_TRIES && code == ERR_ABORTED; try++)
            code = batch_try(batch, &items[i], 1, &err);
        if (code != ERR_OK)
            op_fail(items[i], &err);
    }
}

/* At most SUBMIT_BATCH_MAX items. Where nothing was stored, those that still have time are run again: a
 * database that restarts is back in a moment, and one impatient item must not fail the others. */
static void part_run(Db *db, const Clock *clock, SubmitOp *ops, size_t count)
{
    Passage passages[SUBMIT_BATCH_MAX];
    SubmitOp *items[SUBMIT_BATCH_MAX];
    Batch batch = {.db = db, .clock = clock, .passages = passages};
    Err err;
    for (size_t i = 0; i < count; i++)
        items[i] = &ops[i];
    for (int tries = 1; count > 0; tries++) {
        ErrCode code = batch_try(&batch, items, count, &err);
        if (code == ERR_OK)
            return;
        if (spoilt_by_item(code)) {
            run_each(&batch, items, count);
            return;
        }
        bool again = code == ERR_DEADLINE_EXCEEDED || text_equal(err.reason, "DATABASE_GONE");
        int64_t end_ms = again && tries < SUBMIT_GONE_TRIES ? clock->monotonic_ms(clock) : INT64_MAX;
        count = drop_expired(items, count, end_ms, &err);
        if (count > 0 && code == ERR_UNAVAILABLE)
            clock->sleep_ms(clock, SUBMIT_PAUSE_MS);
    }
}

void submit_store_run(Db *db, const Clock *clock, SubmitOp *items, size_t count)
{
    for (size_t from = 0; from < count; from += SUBMIT_BATCH_MAX) {
        size_t part = count - from < SUBMIT_BATCH_MAX ? count - from : SUBMIT_BATCH_MAX;
        part_run(db, clock, items + from, part);
    }
}
