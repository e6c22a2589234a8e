/* Owns the made-up service: hooks that count, handlers that echo, wait, refuse and defer. */
#include "tests/unit/server_rpc/rig.h"

#include <stdio.h>

int64_t rig_time;

static int64_t read_time(const Clock *clock)
{
    (void)clock;
    return __atomic_load_n(&rig_time, __ATOMIC_RELAXED);
}

/* Sleeping lets test time pass as well. */
static void sleep_some(const Clock *clock, int64_t ms)
{
    (void)clock;
    clock_system.sleep_ms(&clock_system, ms);
    __atomic_add_fetch(&rig_time, ms, __ATOMIC_RELAXED);
}

static void count(Rig *rig, int *counter)
{
    pthread_mutex_lock(&rig->lock);
    (*counter)++;
    pthread_mutex_unlock(&rig->lock);
}

/* ---- hooks ---- */

static ErrCode authenticate(void *context, int worker, const char *token, int64_t now_ms, Principal *ret,
                            Err *err)
{
    Rig *rig = context;

    (void)worker;
    (void)now_ms;
    count(rig, &rig->authenticated);
    if (rig->evict_during_lookup != 0)
        rpc_server_evict(rig->server, rig->evict_during_lookup);
    int number = token[63] - '0';
    if (number < 1 || number > 7)
        return err_set(err, ERR_UNAUTHENTICATED, "TOKEN_UNKNOWN");
    *ret = (Principal){.id = 100 + number, .role = number, .expires_ms = rig->expires_ms};
    return ERR_OK;
}

static void refused(void *context, int worker, const char *reason, const char *source)
{
    Rig *rig = context;

    (void)worker;
    pthread_mutex_lock(&rig->lock);
    rig->refused++;
    snprintf(rig->refusal, sizeof rig->refusal, "%s %s", reason, source);
    pthread_mutex_unlock(&rig->lock);
}

static ErrCode begin(void *context, int worker, Call *call, Err *err)
{
    Rig *rig = context;

    (void)worker;
    count(rig, &rig->begun);
    if (rig->begin_fault != ERR_OK)
        return err_set(err, rig->begin_fault, "BEGIN_FAULT");
    call->session = rig;
    if (rig->store_reply) {
        call->stored_reply = arena_bytes(call->arena, "\x08\x07", 2);
        call->stored_size = 2;
    }
    return ERR_OK;
}

static ErrCode finish(void *context, int worker, Call *call, ErrCode code, const void *reply, size_t size,
                      Err *err)
{
    Rig *rig = context;

    (void)worker;
    (void)call;
    (void)reply;
    pthread_mutex_lock(&rig->lock);
    rig->finished++;
    rig->finish_code = code;
    rig->finish_size = size;
    pthread_mutex_unlock(&rig->lock);
    return rig->finish_fault != ERR_OK ? err_set(err, rig->finish_fault, "FINISH_FAULT") : ERR_OK;
}

static ErrCode commit(void *context, int thread, SubmitItem **items, size_t number, Err *err)
{
    Rig *rig = context;

    (void)thread;
    pthread_mutex_lock(&rig->lock);
    if (rig->batches < 64)
        rig->batch_sizes[rig->batches] = number;
    rig->batches++;
    rig->offered += (int)number;
    pthread_mutex_unlock(&rig->lock);
    if (rig->batch_fault != ERR_OK)
        return err_set(err, rig->batch_fault, "BATCH_FAULT");
    for (size_t i = 0; i < number; i++) {
        const char *school = items[i]->data;
        Shans__V1__SubmitReply *reply = (Shans__V1__SubmitReply *)items[i]->reply;

        if (rig->bad_school != NULL && strcmp(school, rig->bad_school) == 0)
            return err_set(err, ERR_FAILED_PRECONDITION, "BAD_SCHOOL");
        reply->receipt = ARENA_NEW(items[i]->call->arena, Shans__V1__Receipt, 1);
        shans__v1__receipt__init(reply->receipt);
        reply->receipt->number = arena_text(items[i]->call->arena, school);
    }
    return ERR_OK;
}

/* ---- handlers ---- */

static ErrCode echo(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    (void)err;
    count(call->service, &((Rig *)call->service)->handled);
    ((Shans__V1__EchoReply *)reply)->payload = ((const Shans__V1__EchoRequest *)request)->payload;
    return ERR_OK;
}

static ErrCode nothing(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    (void)request;
    (void)reply;
    (void)err;
    count(call->service, &((Rig *)call->service)->handled);
    return ERR_OK;
}

static ErrCode wait_at_gate(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    Rig *rig = call->service;

    pthread_mutex_lock(&rig->lock);
    rig->inside++;
    pthread_cond_broadcast(&rig->changed);
    while (rig->closed)
        pthread_cond_wait(&rig->changed, &rig->lock);
    rig->inside--;
    pthread_mutex_unlock(&rig->lock);
    return nothing(call, request, reply, err);
}

/* GetOrg: what it is asked for decides how it fails. */
static ErrCode refuse(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    const char *code = ((const Shans__V1__GetOrgRequest *)request)->code;

    (void)reply;
    if (strcmp(code, "silent") == 0)
        return ERR_ABORTED;
    if (strcmp(code, "recovered") == 0) {
        err_set(err, ERR_NOT_FOUND, "TRIED_FIRST");
        return ERR_OK;
    }
    if (strcmp(code, "huge") == 0) {
        Shans__V1__GetOrgReply *huge = (Shans__V1__GetOrgReply *)reply;
        char *text = arena_alloc(call->arena, METHOD_REQUEST_MAX + 100);

        memset(text, 'x', METHOD_REQUEST_MAX + 99);
        huge->versions = ARENA_NEW(call->arena, Shans__V1__Org *, 1);
        huge->versions[0] = ARENA_NEW(call->arena, Shans__V1__Org, 1);
        shans__v1__org__init(huge->versions[0]);
        huge->versions[0]->name = text;
        huge->n_versions = 1;
        return ERR_OK;
    }
    for (int i = 0; strcmp(code, "many") == 0 && i < CALL_ISSUES_MAX + 5; i++)
        call_issue_arg(call, call_add_issue(call, "cells/1", "TOO_BIG", SHANS__V1__SEVERITY__SEVERITY_ERROR),
                       "limit", "%d", i);
    Shans__V1__FieldIssue *issue =
        call_add_issue(call, "code", "CODE_BAD", SHANS__V1__SEVERITY__SEVERITY_WARNING);
    call_issue_arg(call, issue, "code", "%s", code);
    call_issue_arg(call, issue, "limit", "%d", 63);
    err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
    return err_arg(err, "code", "%s", code);
}

static ErrCode submit(Call *call, const ProtobufCMessage *request, ProtobufCMessage *reply, Err *err)
{
    const Shans__V1__SubmitRequest *submission = (const Shans__V1__SubmitRequest *)request;

    return call_defer(call, submission->school_code, reply, err);
}

#define SYSTEM     &shans__v1__system_service__descriptor
#define ORG        &shans__v1__org_service__descriptor
#define COLLECTION &shans__v1__collection_service__descriptor

static const MethodRow rows[] = {
    {SYSTEM, "GetServerInfo", METHOD_OPEN, LANE_READ, false, 0, nothing},
    {SYSTEM, "CheckHealth", METHOD_OPEN, LANE_READ, false, 0, nothing},
    {SYSTEM, "Echo", METHOD_ANY_ROLE, LANE_READ, false, METHOD_REQUEST_MAX, echo},
    {SYSTEM, "GetIdentity", METHOD_ANY_ROLE, LANE_READ, false, 0, nothing},
    {ORG, "ListOrgs", METHOD_ANY_ROLE, LANE_READ, false, 0, wait_at_gate},
    {ORG, "GetOrg", METHOD_ANY_ROLE, LANE_READ, false, 0, refuse},
    {ORG, "ImportOrgs", METHOD_ROLE(4), LANE_WRITE, true, 0, nothing},
    {COLLECTION, "Submit", METHOD_ANY_ROLE, LANE_SUBMIT, true, 100000, submit},
    {COLLECTION, "ListSubmissions", METHOD_ANY_ROLE, LANE_READ, false, 0, nothing},
    {COLLECTION, "GetSubmission", METHOD_ANY_ROLE, LANE_READ, false, 0, nothing},
    {COLLECTION, "Review", METHOD_ANY_ROLE, LANE_WRITE, true, 0, wait_at_gate},
    {COLLECTION, "ImportRiskTables", METHOD_ROLE(4), LANE_WRITE, true, METHOD_REQUEST_MAX, nothing},
    {COLLECTION, "ListIssues", METHOD_ANY_ROLE, LANE_READ, false, 0, nothing},
    {COLLECTION, "ImportSourceTables", METHOD_ROLE(4), LANE_WRITE, true, METHOD_REQUEST_MAX, nothing},
    {COLLECTION, "ResolveIssue", METHOD_ANY_ROLE, LANE_WRITE, true, 0, nothing},
};

static const ProtobufCServiceDescriptor *const services[] = {SYSTEM, ORG, COLLECTION};

Rig *rig_open(void (*configure)(RpcServerOptions *options))
{
    Rig *rig = calloc(1, sizeof *rig);
    Err err = {0};

    assert_non_null(rig);
    __atomic_store_n(&rig_time, 1000000, __ATOMIC_RELAXED);
    rig->clock = (Clock){.now_ms = read_time, .monotonic_ms = read_time, .sleep_ms = sleep_some};
    rig->rand = rand_seeded(7);
    pthread_mutex_init(&rig->lock, NULL);
    pthread_cond_init(&rig->changed, NULL);
    RpcServerOptions options = {
        .rows = rows,
        .row_count = sizeof rows / sizeof rows[0],
        .services = services,
        .service_count = 3,
        .read_workers = 2,
        .write_workers = 1,
        .clock = &rig->clock,
        .rand = &rig->rand,
        .hooks = {rig, authenticate, refused, begin, finish, commit},
    };
    if (configure != NULL)
        configure(&options);
    assert_int_equal(rpc_server_open(&options, &rig->server, &err), ERR_OK);
    rig->client = transport_fake_open(rpc_server_receive, rig->server);
    assert_non_null(rig->client);
    return rig;
}

void rig_close(Rig *rig)
{
    Buf buf;

    transport_client_close(rig->client);
    assert_true(rpc_server_stop(rig->server, 0));
    /* A refusal made on the transport's own thread may be here before the server has put the call away. */
    rig_wait_waiting(rig, 0);
    buf_init(&buf, 1 << 20);
    rpc_metrics_dump(rig->server, &buf);
    assert_non_null(strstr(buf.data, "shans_rpc_memory_bytes 0\n"));
    buf_done(&buf);
    rpc_server_free(rig->server);
    pthread_cond_destroy(&rig->changed);
    pthread_mutex_destroy(&rig->lock);
    free(rig);
}

void rig_gate(Rig *rig, bool closed)
{
    pthread_mutex_lock(&rig->lock);
    rig->closed = closed;
    pthread_cond_broadcast(&rig->changed);
    pthread_mutex_unlock(&rig->lock);
}

void rig_wait_inside(Rig *rig, int number)
{
    pthread_mutex_lock(&rig->lock);
    while (rig->inside < number)
        pthread_cond_wait(&rig->changed, &rig->lock);
    pthread_mutex_unlock(&rig->lock);
}

void rig_wait_waiting(Rig *rig, size_t in_flight)
{
    while (rpc_server_in_flight(rig->server) != in_flight)
        clock_system.sleep_ms(&clock_system, 1);
}

/* ---- asking ---- */

static uint8_t request_id[16] = "request-id-0001", operation_id[16] = "operation-00001";

Shans__V1__CallRequest rig_request(const char *method, const char *token)
{
    Shans__V1__CallRequest request = SHANS__V1__CALL_REQUEST__INIT;

    request.protocol = 1;
    request.request_id = (ProtobufCBinaryData){.len = 16, .data = request_id};
    request.method = (char *)method;
    request.deadline_ms = 5000;
    request.token = (char *)token;
    return request;
}

void rig_operation(Shans__V1__CallRequest *request)
{
    request->operation_id = (ProtobufCBinaryData){.len = 16, .data = operation_id};
}

void rig_payload(Shans__V1__CallRequest *request, const ProtobufCMessage *payload, Arena *arena)
{
    request->payload.len = protobuf_c_message_get_packed_size(payload);
    request->payload.data = arena_alloc(arena, request->payload.len);
    protobuf_c_message_pack(payload, request->payload.data);
}

Shans__V1__CallReply *rig_ask(Rig *rig, const Shans__V1__CallRequest *request, Arena *arena)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    ProtobufCMessage *message = NULL;
    Err err = {0};
    Buf buf;

    buf_init(&buf, 2 * TRANSPORT_MESSAGE_MAX);
    wire_pack(&request->base, &buf);
    assert_int_equal(transport_client_call(rig->client, buf.data, buf.length, 20000, &bytes, &size, &err),
                     ERR_OK);
    assert_int_equal(wire_unpack(&shans__v1__call_reply__descriptor, bytes, size, arena, &message, &err),
                     ERR_OK);
    free(bytes);
    buf_done(&buf);
    return (Shans__V1__CallReply *)message;
}

static void *ask_on_thread(void *argument)
{
    RigThread *thread = argument;

    thread->reply = rig_ask(thread->rig, &thread->request, thread->arena);
    return NULL;
}

void rig_start(RigThread *thread, Rig *rig, Shans__V1__CallRequest request)
{
    *thread = (RigThread){.rig = rig, .request = request, .arena = arena_new(1 << 22, NULL)};
    assert_int_equal(pthread_create(&thread->thread, NULL, ask_on_thread, thread), 0);
}

const Shans__V1__CallReply *rig_join(RigThread *thread)
{
    pthread_join(thread->thread, NULL);
    return thread->reply;
}

void rig_drop(RigThread *thread)
{
    arena_free(thread->arena);
}
