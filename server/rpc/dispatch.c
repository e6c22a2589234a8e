/* Owns the way of one call: checks in a fixed order, handler, reply. Invariant: each work record is answered
 * and freed exactly once, by work_answer or work_refuse. Must not wait for anything but hooks and handlers,
 * and sends codes, reasons and arguments, never sentences. */
#include "server/rpc/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/base/retry.h"
#include "common/crypto/crypto.h"
#include "common/net/wire.h"

enum { TOKEN_DIGITS = 64, REPLY_BUF_MAX = TRANSPORT_MESSAGE_MAX, RETRY_LEAST_MS = 500, RETRY_MOST_MS = 2000 };

Work *work_new(RpcServer *server, TransportCall *transport)
{
    Work *work = calloc(1, sizeof *work);

    if (work == NULL)
        return NULL;
    const Clock *clock = server->options.clock;
    transport_call_bytes(transport, &work->size);
    __atomic_add_fetch(&server->in_flight, 1, __ATOMIC_ACQ_REL);
    __atomic_add_fetch(&server->held, work->size, __ATOMIC_ACQ_REL);
    work->server = server;
    work->transport = transport;
    work->arrived = clock->monotonic_ms(clock);
    work->call.clock = clock;
    work->call.service = server->options.hooks.context;
    work->call.method = "unknown";
    buf_init(&work->answer, REPLY_BUF_MAX);
    return work;
}

ErrCode work_not_queued(RpcServer *server, QueuePut result, Err *err)
{
    if (result == QUEUE_CLOSED)
        err_set(err, ERR_UNAVAILABLE, "SERVER_STOPPING");
    else
        err_set(err, ERR_RESOURCE_EXHAUSTED, "SERVER_BUSY");
    pthread_mutex_lock(&server->rand_lock);
    err->retry_delay_ms = (uint32_t)retry_delay_ms(server->options.rand, 2, RETRY_LEAST_MS, RETRY_MOST_MS);
    pthread_mutex_unlock(&server->rand_lock);
    return err->code;
}

/* ---- answering ---- */

/* Faults of the program are errors, everything else is the caller's business. */
static LogLevel level_of(ErrCode code)
{
    if (code == ERR_OK)
        return LOG_DEBUG;
    return code == ERR_INTERNAL || code == ERR_UNKNOWN || code == ERR_DATA_LOSS ? LOG_ERROR : LOG_WARNING;
}

/* The one line of a call. People stand in it by number only. */
static void log_call(const Work *work, ErrCode code, const char *reason, int64_t duration_ms)
{
    char id[ID_TEXT_SIZE];

    id_dump(work->call.request_id, id);
    log_event(level_of(code), "rpc",
              "request_id=%s method=%s code=%s reason=%s ms=%lld principal=%lld trace=%s", id,
              work->call.method, err_code_name(code), *reason != '\0' ? reason : "-", (long long)duration_ms,
              (long long)work->principal.id, work->call.trace_id[0] != '\0' ? work->call.trace_id : "-");
}

/* Sends work->answer. */
static void send_and_free(Work *work, ErrCode code, const char *reason)
{
    RpcServer *server = work->server;
    const Clock *clock = server->options.clock;
    int64_t duration_ms = clock->monotonic_ms(clock) - work->arrived;

    metrics_count(server->metrics, work->method, code, duration_ms);
    log_call(work, code, reason, duration_ms);
    transport_reply(work->transport, work->answer.data, work->answer.length);
    buf_done(&work->answer);
    arena_free(work->call.arena);
    __atomic_sub_fetch(&server->held, work->size, __ATOMIC_ACQ_REL);
    free(work);
    __atomic_sub_fetch(&server->in_flight, 1, __ATOMIC_ACQ_REL);
}

/* A reply with the request's id, if the request had one that could be read. */
static Shans__V1__CallReply reply_head(Work *work)
{
    Shans__V1__CallReply head = SHANS__V1__CALL_REPLY__INIT;

    if (work->envelope.request_id.size == ID_SIZE)
        head.request_id = (ProtobufCBinaryData){.len = ID_SIZE, .data = work->call.request_id};
    return head;
}

/* The last step of an answer that is already packed. */
static void send_answer(Work *work)
{
    Err err = {0};

    if (failpoint("rpc.before_reply", &err) != ERR_OK)
        work_refuse(work, &err);
    else
        send_and_free(work, ERR_OK, "");
}

void work_answer(Work *work, const void *payload, size_t size)
{
    Shans__V1__CallReply head = reply_head(work);
    Err err = {0};

    buf_clear(&work->answer);
    envelope_pack_reply(&head, payload, size, &work->answer);
    if (work->answer.failed) {
        err_set(&err, ERR_RESOURCE_EXHAUSTED, "REPLY_TOO_LARGE");
        work_refuse(work, &err);
        return;
    }
    send_answer(work);
}

/* The issues the handler added, as the array the reply wants; fewer when memory is short. */
static size_t issue_array(Work *work, Shans__V1__FieldIssue ***ret_array)
{
    size_t count = 0;

    if (work->call.issue_count == 0)
        return 0;
    Shans__V1__FieldIssue **array =
        ARENA_NEW(work->call.arena, Shans__V1__FieldIssue *, work->call.issue_count);
    for (CallIssue *issue = work->call.issues; array != NULL && issue != NULL; issue = issue->next)
        array[count++] = &issue->message;
    *ret_array = array;
    return count;
}

void work_refuse(Work *work, const Err *err)
{
    Shans__V1__CallReply head = reply_head(work);
    Shans__V1__ErrorArg args[ERR_ARGS_MAX], *arg_list[ERR_ARGS_MAX];
    Err kept = *err; /* err may live in the arena */

    head.code = (uint32_t)kept.code;
    head.reason = kept.reason;
    head.domain = (char *)"shans";
    head.retry_delay_ms = kept.retry_delay_ms;
    for (size_t i = 0; i < kept.arg_count; i++) {
        shans__v1__error_arg__init(&args[i]);
        args[i].key = kept.args[i].key;
        args[i].value = kept.args[i].value;
        arg_list[i] = &args[i];
    }
    head.n_args = kept.arg_count;
    head.args = arg_list;
    head.n_issues = issue_array(work, &head.issues);
    buf_clear(&work->answer);
    envelope_pack_reply(&head, NULL, 0, &work->answer);
    if (work->answer.failed) {
        buf_clear(&work->answer);
        head.n_issues = 0;
        envelope_pack_reply(&head, NULL, 0, &work->answer);
    }
    send_and_free(work, kept.code, kept.reason);
}

/* ---- checks ---- */

static ErrCode too_large(size_t size, size_t limit, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    err_arg(err, "size", "%zu", size);
    return err_arg(err, "limit", "%zu", limit);
}

/* A traceparent holds hexadecimal digits and dashes; anything else is dropped, so that it can be logged. */
static void take_trace(Work *work)
{
    char *trace = work->call.trace_id;

    envelope_text(work->envelope.trace_id, trace, CALL_TRACE_SIZE);
    if (trace[strspn(trace, "0123456789abcdef-")] != '\0')
        trace[0] = '\0';
}

/* Size, envelope, protocol, request id, deadline: in this order, without allocating. */
static ErrCode check_envelope(Work *work, Err *err)
{
    size_t size;
    const uint8_t *bytes = transport_call_bytes(work->transport, &size);
    Envelope *envelope = &work->envelope;

    if (size > TRANSPORT_MESSAGE_MAX)
        return too_large(size, TRANSPORT_MESSAGE_MAX, err);
    ErrCode code = envelope_read(bytes, size, envelope, err);
    if (code != ERR_OK)
        return code;
    if (envelope->request_id.size == ID_SIZE)
        memcpy(work->call.request_id, envelope->request_id.data, ID_SIZE);
    take_trace(work);
    if (envelope->protocol != RPC_PROTOCOL) {
        err_set(err, ERR_UNIMPLEMENTED, "PROTOCOL_UNKNOWN");
        err_arg(err, "protocol", "%u", envelope->protocol);
        return err_arg(err, "known", "%d", RPC_PROTOCOL);
    }
    if (envelope->request_id.size != ID_SIZE)
        return err_set(err, ERR_INVALID_ARGUMENT, "REQUEST_ID_SIZE");
    if (envelope->deadline_ms == 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "DEADLINE_MISSING");
    uint32_t wait =
        envelope->deadline_ms < RPC_DEADLINE_MAX_MS ? envelope->deadline_ms : (uint32_t)RPC_DEADLINE_MAX_MS;
    work->call.deadline = work->arrived + wait;
    return ERR_OK;
}

static ErrCode check_deadline(const Work *work, Err *err)
{
    return call_time_left(&work->call) > 0 ? ERR_OK : err_set(err, ERR_DEADLINE_EXCEEDED, "DEADLINE_PASSED");
}

/* The name is looked up before the token, so that a wrong name costs no look-up in the store. */
static ErrCode check_method(Work *work, Err *err)
{
    char name[sizeof((Method *)0)->name];
    bool fits = envelope_text(work->envelope.method, name, sizeof name);

    work->method = fits ? method_table_find(work->server->table, name) : NULL;
    if (work->method == NULL)
        return err_set(err, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    work->call.method = work->method->name;
    work->call.row = work->method->row;
    return ERR_OK;
}

/* Believes a token looked up within RPC_TOKEN_TTL_MS, else asks the store and remembers the answer. */
static ErrCode look_up(Work *work, int worker, const char *token, Err *err)
{
    RpcServer *server = work->server;
    const Clock *clock = server->options.clock;
    int64_t monotonic = clock->monotonic_ms(clock), now = clock->now_ms(clock);
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_hash(token, TOKEN_DIGITS, hash);
    if (tokens_get(server->tokens, hash, monotonic, now, &work->principal))
        return ERR_OK;
    uint64_t generation = tokens_generation(server->tokens);
    ErrCode code = server->options.hooks.authenticate(server->options.hooks.context, worker, token, now,
                                                      &work->principal, err);
    if (code == ERR_OK)
        tokens_put(server->tokens, hash, monotonic, generation, &work->principal);
    else if (work->principal.login[0] == '\0')
        snprintf(work->principal.login, sizeof work->principal.login, "token:%02x%02x%02x%02x", hash[0],
                 hash[1], hash[2], hash[3]);
    return code;
}

/* Who calls, and whether the role may. The token's text is wiped as soon as it has served. */
static ErrCode sign_in(Work *work, int worker, Err *err)
{
    char token[TOKEN_DIGITS + 1];

    if ((work->call.row->roles & METHOD_OPEN) != 0)
        return ERR_OK;
    if (work->envelope.token.size == 0)
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_MISSING");
    if (!envelope_text(work->envelope.token, token, sizeof token) ||
        strspn(token, "0123456789abcdefABCDEF") != TOKEN_DIGITS)
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_MALFORMED");
    ErrCode code = look_up(work, worker, token, err);
    crypto_wipe(token, sizeof token);
    if (code != ERR_OK)
        return code;
    code = failpoint("rpc.authenticated", err);
    if (code != ERR_OK)
        return code;
    int role = work->principal.role;
    if (role < 1 || role > 31 || (work->call.row->roles & METHOD_ANY_ROLE & METHOD_ROLE(role)) == 0) {
        err_set(err, ERR_PERMISSION_DENIED, "ROLE_FORBIDDEN");
        return err_arg(err, "method", "%s", work->call.method);
    }
    work->call.principal = &work->principal;
    return ERR_OK;
}

/* Every refusal is counted with its source; a fault of the database is no refusal. What is known of a refused
 * caller serves for that alone. */
static ErrCode authenticate(Work *work, int worker, Err *err)
{
    const RpcHooks *hooks = &work->server->options.hooks;
    ErrCode code = sign_in(work, worker, err);

    if ((code == ERR_UNAUTHENTICATED || code == ERR_PERMISSION_DENIED) && hooks->refused != NULL)
        hooks->refused(hooks->context, worker, err->reason, work->principal.login);
    if (code != ERR_OK)
        work->principal = (Principal){.id = work->principal.id};
    return code;
}

/* The hash by which a repeated operation is told from another one under the same id. */
static ErrCode hash_content(Work *work, Err *err)
{
    size_t name = strlen(work->call.method) + 1;
    EnvelopePart payload = work->envelope.payload;
    uint8_t hashes[2 * CRYPTO_HASH_SIZE];

    if (work->envelope.operation_id.size != ID_SIZE) {
        err_set(err, ERR_INVALID_ARGUMENT, "OPERATION_ID_SIZE");
        return err_arg(err, "method", "%s", work->call.method);
    }
    memcpy(work->call.operation_id, work->envelope.operation_id.data, ID_SIZE);
    work->call.has_operation = true;
    crypto_hash(work->call.method, name, hashes);
    crypto_hash(payload.data, payload.size, hashes + CRYPTO_HASH_SIZE);
    crypto_hash(hashes, sizeof hashes, work->call.content_hash);
    return ERR_OK;
}

/* Only now, with the caller known, is memory given to the request. */
static ErrCode unpack_request(Work *work, Err *err)
{
    const MethodRow *row = work->call.row;
    EnvelopePart payload = work->envelope.payload;
    size_t limit = row->request_max == 0 ? METHOD_OPEN_MAX : row->request_max;

    if (payload.size > limit)
        return too_large(payload.size, limit, err);
    ErrCode code = row->mutating ? hash_content(work, err) : ERR_OK;
    if (code != ERR_OK)
        return code;
    work->call.payload = payload.data;
    work->call.payload_size = payload.size;
    work->call.arena = arena_new(RPC_ARENA_MAX, &work->server->budget);
    if (work->call.arena == NULL)
        return err_memory(err);
    return wire_unpack(work->method->descriptor->input, payload.data, payload.size, work->call.arena,
                       &work->request, err);
}

ErrCode work_admit(Work *work, int worker, Err *err)
{
    ErrCode code = check_envelope(work, err);

    if (code == ERR_OK)
        code = check_deadline(work, err);
    if (code == ERR_OK)
        code = failpoint("rpc.received", err);
    if (code == ERR_OK)
        code = check_method(work, err);
    if (code == ERR_OK)
        code = authenticate(work, worker, err);
    if (code == ERR_OK)
        code = unpack_request(work, err);
    return code;
}

/* ---- running ---- */

typedef struct Outcome {
    Err err;             /* ERR_OK: answered by the payload, unless deferred */
    const void *payload; /* the handler's reply, packed inside work->answer */
    size_t size;
} Outcome;

/* Hooks and handlers are trusted to set err with the code they return; this makes it certain. One that
 * recovered from an error may leave it in err. */
static ErrCode settle(ErrCode code, Err *err)
{
    if (code == ERR_OK)
        err->code = ERR_OK;
    else if (err->code != code)
        err_set(err, code, "UNSPECIFIED");
    return code;
}

/* Packs the reply message straight into its envelope: large replies are copied once. Before finish, because
 * what the reply points to need not live longer. */
static ErrCode pack_answer(Work *work, const ProtobufCMessage *reply, Outcome *outcome)
{
    Shans__V1__CallReply head = reply_head(work);
    size_t size = protobuf_c_message_get_packed_size(reply);

    if (size > METHOD_REQUEST_MAX)
        return err_set(&outcome->err, ERR_RESOURCE_EXHAUSTED, "REPLY_TOO_LARGE");
    uint8_t *place = envelope_begin_reply(&head, size, &work->answer);
    if (place == NULL)
        return err_memory(&outcome->err);
    protobuf_c_message_pack(reply, place);
    outcome->payload = place;
    outcome->size = size;
    return ERR_OK;
}

/* The handler itself, and its reply packed. */
static ErrCode run_handler(Work *work, Outcome *outcome)
{
    Call *call = &work->call;
    ProtobufCMessage *reply = wire_new(work->method->descriptor->output, call->arena);

    if (reply == NULL)
        return err_memory(&outcome->err);
    ErrCode code = call->row->handler(call, work->request, reply, &outcome->err);
    settle(code, &outcome->err);
    if (code != ERR_OK || call->deferred != NULL)
        return code;
    return pack_answer(work, reply, outcome);
}

/* The handler between begin and finish; finish runs after every begin that succeeded. */
static void run_in_session(Work *work, int worker, Outcome *outcome)
{
    const RpcHooks *hooks = &work->server->options.hooks;
    Call *call = &work->call;
    bool bare =
        hooks->begin == NULL || ((call->row->roles & METHOD_OPEN) != 0 && call->row->lane == LANE_READ);

    if (bare) {
        run_handler(work, outcome);
        return;
    }
    if (settle(hooks->begin(hooks->context, worker, call, &outcome->err), &outcome->err) != ERR_OK)
        return;
    ErrCode code = ERR_OK;
    if (call->stored_reply == NULL)
        code = run_handler(work, outcome);
    Err finish_err = {0};
    ErrCode finished =
        hooks->finish(hooks->context, worker, call, code, outcome->payload, outcome->size, &finish_err);
    settle(finished, &finish_err);
    if (code == ERR_OK && finished != ERR_OK)
        outcome->err = finish_err;
}

void work_run(Work *work, int worker)
{
    Outcome outcome = {0};

    if (check_deadline(work, &outcome.err) == ERR_OK)
        run_in_session(work, worker, &outcome);
    if (outcome.err.code == ERR_OK && work->call.deferred != NULL && work->call.stored_reply == NULL) {
        /* From here on the work belongs to the committer, unless it refuses. */
        if (committer_add(work->server->committer, work->call.deferred, &outcome.err) == ERR_OK)
            return;
        bool stopping = outcome.err.code == ERR_UNAVAILABLE;
        work_not_queued(work->server, stopping ? QUEUE_CLOSED : QUEUE_FULL, &outcome.err);
    }
    if (outcome.err.code != ERR_OK)
        work_refuse(work, &outcome.err);
    else if (work->call.stored_reply != NULL)
        work_answer(work, work->call.stored_reply, work->call.stored_size);
    else
        send_answer(work);
}

void work_committed(void *server, SubmitItem *item)
{
    Work *work = (Work *)item->call;
    const void *payload = item->packed;
    size_t size = item->packed_size;

    (void)server;
    if (item->err.code == ERR_OK && payload == NULL)
        (void)!call_pack(item->call, item->reply, &payload, &size, &item->err);
    if (item->err.code != ERR_OK)
        work_refuse(work, &item->err);
    else
        work_answer(work, payload, size);
}
