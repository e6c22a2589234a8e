/* Owns the worker threads, the two queues and the order of starting and stopping. Invariant: in_flight counts
 * exactly the calls received and not yet answered. Must not block in rpc_server_receive. */
#include "server/rpc/server.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/crypto/crypto.h"
#include "server/rpc/dispatch.h"

enum {
    WORKERS_MAX = 64,
    STOP_STEP_MS = 5,
    STOP_REST_MS = 2000,
    SWEEP_MS = 200,
    KEPT_BLOCK_MAX = 8 << 20, /* bytes */
    KEPT_MAX = 32 << 20,      /* bytes, of each of malloc's arenas */
    ADMIT_MS = 30000,         /* what the checks before a call's own deadline is known may take */
};

/* ---- receiving ---- */

/* Out of memory for the smallest record: a packed CallReply with code and reason that needs none. */
static const char no_memory_reply[] = "\x10\x08\x1a\x0bSERVER_BUSY";

/* Answers a call that no queue takes, on the transport's thread. */
static void refuse_at_door(Work *work, QueuePut result)
{
    Err err = {0};
    size_t size;
    const uint8_t *bytes = transport_call_bytes(work->transport, &size);
    Err ignored = {0};

    /* The id lets the caller match the answer; reading the envelope allocates nothing. */
    if (size <= TRANSPORT_MESSAGE_MAX && envelope_read(bytes, size, &work->envelope, &ignored) == ERR_OK &&
        work->envelope.request_id.size == ID_SIZE)
        memcpy(work->call.request_id, work->envelope.request_id.data, ID_SIZE);
    work_not_queued(work->server, result, &err);
    work_refuse(work, &err);
}

void rpc_server_receive(void *argument, TransportCall *transport)
{
    RpcServer *server = argument;
    Work *work = work_new(server, transport);

    if (work == NULL) {
        transport_reply(transport, no_memory_reply, sizeof no_memory_reply - 1);
        return;
    }
    bool room = rpc_server_in_flight(server) <= server->options.calls_max &&
                __atomic_load_n(&server->held, __ATOMIC_ACQUIRE) <= server->options.bytes_max;
    QueuePut result = room ? queue_put(server->reads, work) : QUEUE_FULL;
    if (result != QUEUE_DONE)
        refuse_at_door(work, result);
}

/* ---- workers ---- */

typedef struct Start {
    RpcServer *server;
    int worker;
} Start;

/* Before and after a worker's work: by when it must be done. */
static void set_busy(RpcServer *server, int worker, int64_t until)
{
    __atomic_store_n(&server->busy[worker], until, __ATOMIC_RELAXED);
}

/* All checks run on a read worker; a write then waits for a write worker, already unpacked. */
static void read_one(RpcServer *server, int worker, Work *work)
{
    const Clock *clock = server->options.clock;
    Err err = {0};

    set_busy(server, worker, clock->monotonic_ms(clock) + ADMIT_MS);
    if (work_admit(work, worker, &err) != ERR_OK) {
        work_refuse(work, &err);
        return;
    }
    set_busy(server, worker, work->call.deadline);
    if (work->call.row->lane != LANE_WRITE) {
        work_run(work, worker);
        return;
    }
    QueuePut result = queue_put(server->writes, work);
    if (result != QUEUE_DONE) {
        work_not_queued(server, result, &err);
        work_refuse(work, &err);
    }
}

static void *run_reader(void *argument)
{
    Start start = *(Start *)argument;
    void *item;

    free(argument);
    while (queue_take(start.server->reads, &item, 1) > 0) {
        read_one(start.server, start.worker, item);
        set_busy(start.server, start.worker, 0);
    }
    __atomic_sub_fetch(&start.server->readers, 1, __ATOMIC_ACQ_REL);
    return NULL;
}

static void *run_writer(void *argument)
{
    Start start = *(Start *)argument;
    void *item;

    free(argument);
    while (queue_take(start.server->writes, &item, 1) > 0) {
        set_busy(start.server, start.worker, ((Work *)item)->call.deadline);
        work_run(item, start.worker);
        set_busy(start.server, start.worker, 0);
    }
    __atomic_sub_fetch(&start.server->writers, 1, __ATOMIC_ACQ_REL);
    return NULL;
}

/* Starts worker number `worker`, counted as running before it runs, so that a stop waits for it. */
static bool start_worker(RpcServer *server, int worker)
{
    bool reader = worker < server->options.read_workers;
    int *running = reader ? &server->readers : &server->writers;
    Start *start = malloc(sizeof *start);

    if (start == NULL)
        return false;
    *start = (Start){.server = server, .worker = worker};
    __atomic_add_fetch(running, 1, __ATOMIC_ACQ_REL);
    if (pthread_create(&server->threads[worker], NULL, reader ? run_reader : run_writer, start) != 0) {
        __atomic_sub_fetch(running, 1, __ATOMIC_ACQ_REL);
        free(start);
        return false;
    }
    server->started++;
    return true;
}

/* ---- the sweeper ---- */

static bool is_late(const void *item)
{
    return call_time_left(&((const Work *)item)->call) <= 0;
}

/* Answers calls that wait behind one that hangs (a commit without its standby) when their own time is up. */
static void sweep(RpcServer *server)
{
    Err err = {0};

    for (Work *work; (work = queue_take_if(server->writes, is_late)) != NULL;) {
        err_set(&err, ERR_DEADLINE_EXCEEDED, "DEADLINE_PASSED");
        work_refuse(work, &err);
    }
    if (server->committer != NULL)
        committer_expire(server->committer);
}

static void *run_sweeper(void *argument)
{
    RpcServer *server = argument;

    pthread_mutex_lock(&server->sweep_lock);
    while (!server->swept) {
        /* real time, whatever clock the calls go by: the next look must come */
        int64_t until_ms = clock_system.monotonic_ms(&clock_system) + SWEEP_MS;
        struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};
        pthread_cond_timedwait(&server->sweep_end, &server->sweep_lock, &until);
        pthread_mutex_unlock(&server->sweep_lock);
        sweep(server);
        pthread_mutex_lock(&server->sweep_lock);
    }
    pthread_mutex_unlock(&server->sweep_lock);
    return NULL;
}

static void stop_sweeper(RpcServer *server)
{
    if (!server->sweeping)
        return;
    pthread_mutex_lock(&server->sweep_lock);
    server->swept = true;
    pthread_cond_signal(&server->sweep_end);
    pthread_mutex_unlock(&server->sweep_lock);
    pthread_join(server->sweeper, NULL);
}

/* ---- opening and stopping ---- */

static int within(int value, int fallback, int most)
{
    int chosen = value <= 0 ? fallback : value;

    return chosen > most ? most : chosen;
}

static void set_defaults(RpcServerOptions *options)
{
    options->read_workers = within(options->read_workers, 3, WORKERS_MAX);
    options->write_workers = within(options->write_workers, 2, WORKERS_MAX);
    options->committers = within(options->committers, 1, COMMITTER_THREADS_MAX);
    if (options->queue_size == 0)
        options->queue_size = 1024;
    if (options->calls_max == 0)
        options->calls_max = 448;
    if (options->bytes_max == 0)
        options->bytes_max = RPC_HELD_MAX;
}

/* Everything a server consists of, in the order in which it is needed; on an error what exists stays for
 * rpc_server_free. */
static ErrCode open_parts(RpcServer *server, Err *err)
{
    const RpcServerOptions *options = &server->options;
    CommitterOptions committer = {.threads = options->committers,
                                  .capacity = options->queue_size,
                                  .clock = options->clock,
                                  .commit = options->hooks.commit,
                                  .commit_context = options->hooks.context,
                                  .done = work_committed,
                                  .done_context = server};

    ErrCode code = method_table_new(options->rows, options->row_count, options->services,
                                    options->service_count, &server->table, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < options->row_count; i++) {
        if (options->rows[i].lane == LANE_SUBMIT && options->hooks.commit == NULL) {
            err_set(err, ERR_INTERNAL, "METHOD_TABLE");
            err_arg(err, "method", "%s", options->rows[i].method);
            return err_arg(err, "fault", "commit");
        }
    }
    size_t workers = (size_t)(options->read_workers + options->write_workers);
    server->metrics = metrics_new(server->table);
    server->tokens = tokens_new(RPC_TOKEN_TTL_MS);
    server->reads = queue_new(options->queue_size);
    server->writes = queue_new(options->queue_size);
    server->threads = calloc(workers, sizeof *server->threads);
    server->busy = calloc(workers, sizeof *server->busy);
    if (server->metrics == NULL || server->tokens == NULL || server->reads == NULL ||
        server->writes == NULL || server->threads == NULL || server->busy == NULL)
        return err_memory(err);
    if (options->hooks.commit != NULL)
        code = committer_open(&committer, &server->committer, err);
    for (int i = 0; code == ERR_OK && i < (int)workers; i++) {
        if (!start_worker(server, i))
            code = err_set(err, ERR_RESOURCE_EXHAUSTED, "THREADS_FAILED");
    }
    if (code == ERR_OK && pthread_create(&server->sweeper, NULL, run_sweeper, server) != 0)
        code = err_set(err, ERR_RESOURCE_EXHAUSTED, "THREADS_FAILED");
    server->sweeping = code == ERR_OK;
    return code;
}

/* Messages of 100 KB and more come and go with every call: kept in the process they cost no page faults. */
static void keep_freed_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK_MAX);
    mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
}

ErrCode rpc_server_open(const RpcServerOptions *options, RpcServer **ret_server, Err *err)
{
    RpcServer *server = crypto_init() ? calloc(1, sizeof *server) : NULL;

    if (server == NULL)
        return err_memory(err);
    keep_freed_memory();
    server->options = *options;
    set_defaults(&server->options);
    server->budget.limit = RPC_MEMORY_MAX;
    pthread_mutex_init(&server->rand_lock, NULL);
    pthread_mutex_init(&server->sweep_lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->sweep_end, &attributes);
    pthread_condattr_destroy(&attributes);
    ErrCode code = open_parts(server, err);
    if (code != ERR_OK) {
        rpc_server_stop(server, 0);
        rpc_server_free(server);
        return code;
    }
    *ret_server = server;
    return ERR_OK;
}

void rpc_server_evict(RpcServer *server, int64_t principal_id)
{
    tokens_evict(server->tokens, principal_id);
}

size_t rpc_server_in_flight(const RpcServer *server)
{
    return __atomic_load_n(&server->in_flight, __ATOMIC_ACQUIRE);
}

static int running(const int *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* Waits until the counter is 0 or the time is over. */
static bool wait_for_none(const RpcServer *server, const int *counter, int64_t until)
{
    const Clock *clock = server->options.clock;

    while (running(counter) > 0 && clock->monotonic_ms(clock) < until)
        clock->sleep_ms(clock, STOP_STEP_MS);
    return running(counter) == 0;
}

static bool wait_for_committer(const RpcServer *server, int64_t until)
{
    const Clock *clock = server->options.clock;

    while (committer_running(server->committer) > 0 && clock->monotonic_ms(clock) < until)
        clock->sleep_ms(clock, STOP_STEP_MS);
    return committer_running(server->committer) == 0;
}

/* Turns away what still waits in a queue. */
static void refuse_waiting(Queue *queue)
{
    for (Work *work; queue != NULL && (work = queue_poll(queue)) != NULL;)
        refuse_at_door(work, QUEUE_CLOSED);
}

/* Readers feed the writers and the committer: they end first. */
static bool drain(RpcServer *server, int64_t until, bool drop)
{
    if (drop)
        refuse_waiting(server->reads);
    bool ended = wait_for_none(server, &server->readers, until);
    if (ended || drop)
        queue_close(server->writes);
    if (drop)
        refuse_waiting(server->writes);
    ended = ended && wait_for_none(server, &server->writers, until);
    if (server->committer != NULL && (ended || drop)) {
        committer_stop(server->committer, drop);
        ended = wait_for_committer(server, until) && ended;
    }
    return ended;
}

bool rpc_server_stop(RpcServer *server, int64_t grace_ms)
{
    const Clock *clock = server->options.clock;

    if (server->reads == NULL || server->writes == NULL)
        return true; /* never opened whole: no thread runs */
    queue_close(server->reads);
    if (drain(server, clock->monotonic_ms(clock) + grace_ms, false))
        return true;
    return drain(server, clock->monotonic_ms(clock) + STOP_REST_MS, true);
}

void rpc_server_free(RpcServer *server)
{
    if (server == NULL)
        return;
    stop_sweeper(server);
    for (int i = 0; i < server->started; i++)
        pthread_join(server->threads[i], NULL);
    committer_free(server->committer);
    queue_free(server->reads);
    queue_free(server->writes);
    tokens_free(server->tokens);
    metrics_free(server->metrics);
    method_table_free(server->table);
    free(server->threads);
    free(server->busy);
    pthread_mutex_destroy(&server->rand_lock);
    pthread_mutex_destroy(&server->sweep_lock);
    pthread_cond_destroy(&server->sweep_end);
    free(server);
}

/* Busy workers first..first+count-1. */
static int busy_workers(const RpcServer *server, int first, int count)
{
    int busy = 0;

    for (int i = first; i < first + count; i++)
        busy += __atomic_load_n(&server->busy[i], __ATOMIC_RELAXED) != 0;
    return busy;
}

int64_t rpc_server_overdue_ms(const RpcServer *server)
{
    const Clock *clock = server->options.clock;
    int64_t now = clock->monotonic_ms(clock), most = 0;

    for (int i = 0; i < server->started; i++) {
        int64_t until = __atomic_load_n(&server->busy[i], __ATOMIC_RELAXED);

        if (until != 0 && now - until > most)
            most = now - until;
    }
    return most;
}

/* ---- metrics ---- */

static void dump_queues(const RpcServer *server, Buf *buf)
{
    const char *name = metric_defs[METRIC_RPC_WAITING].name;

    metric_head(METRIC_RPC_WAITING, buf);
    buf_printf(buf, "%s{queue=\"read\"} %zu\n", name, queue_length(server->reads));
    buf_printf(buf, "%s{queue=\"write\"} %zu\n", name, queue_length(server->writes));
    if (server->committer != NULL)
        buf_printf(buf, "%s{queue=\"commit\"} %zu\n", name, committer_waiting(server->committer));
    metric_one(METRIC_RPC_IN_FLIGHT, (int64_t)rpc_server_in_flight(server), buf);
    metric_one(METRIC_RPC_MEMORY, (int64_t)__atomic_load_n(&server->budget.used, __ATOMIC_RELAXED), buf);
    metric_one(METRIC_RPC_OVERDUE, rpc_server_overdue_ms(server) / 1000, buf);
}

static void dump_workers(const RpcServer *server, Buf *buf)
{
    int readers = server->options.read_workers, writers = server->options.write_workers;
    const char *all = metric_defs[METRIC_WORKERS].name, *busy = metric_defs[METRIC_WORKERS_BUSY].name;

    metric_head(METRIC_WORKERS, buf);
    buf_printf(buf, "%s{lane=\"read\"} %d\n%s{lane=\"write\"} %d\n", all, readers, all, writers);
    metric_head(METRIC_WORKERS_BUSY, buf);
    buf_printf(buf, "%s{lane=\"read\"} %d\n", busy, busy_workers(server, 0, readers));
    buf_printf(buf, "%s{lane=\"write\"} %d\n", busy, busy_workers(server, readers, writers));
}

static void dump_batches(const RpcServer *server, Buf *buf)
{
    const char *name = metric_defs[METRIC_COMMIT_BATCH].name;
    CommitterStats stats = {0};
    uint64_t below = 0;

    if (server->committer == NULL)
        return;
    committer_stats(server->committer, &stats);
    metric_head(METRIC_COMMIT_BATCH, buf);
    for (int i = 0; i < COMMITTER_SIZES; i++) {
        below += stats.batches[i];
        buf_printf(buf, "%s_bucket{le=\"%d\"} %llu\n", name, 1 << i, (unsigned long long)below);
    }
    buf_printf(buf, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)below);
    buf_printf(buf, "%s_sum %llu\n%s_count %llu\n", name, (unsigned long long)stats.items, name,
               (unsigned long long)below);
}

static void dump_tokens(const RpcServer *server, Buf *buf)
{
    const char *name = metric_defs[METRIC_TOKEN_LOOKUPS].name;
    uint64_t hits, misses;

    tokens_stats(server->tokens, &hits, &misses);
    metric_head(METRIC_TOKEN_LOOKUPS, buf);
    buf_printf(buf, "%s{result=\"hit\"} %llu\n", name, (unsigned long long)hits);
    buf_printf(buf, "%s{result=\"miss\"} %llu\n", name, (unsigned long long)misses);
}

void rpc_metrics_dump(const RpcServer *server, Buf *buf)
{
    metrics_dump(server->metrics, buf);
    dump_queues(server, buf);
    dump_workers(server, buf);
    dump_batches(server, buf);
    dump_tokens(server, buf);
}
