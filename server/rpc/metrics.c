/* Owns the table of metrics and the counters of calls. Invariant: counters only grow, and no caller can make
 * more than METRICS_SERIES_MAX series. Must not lock: relaxed atomics suffice for numbers that are only
 * looked at. */
#include "server/rpc/metrics.h"

#include <stdlib.h>

#include "common/base/i18n.h"

const MetricDef metric_defs[METRIC_COUNT] = {
    [METRIC_RPC_CALLS] = {"shans_rpc_calls_total", "counter", "method,code", MARK_("Calls answered")},
    [METRIC_RPC_SECONDS] = {"shans_rpc_seconds", "histogram", "method",
                            MARK_("Time of a call from arrival to answer")},
    [METRIC_RPC_WAITING] = {"shans_rpc_waiting", "gauge", "queue", MARK_("Calls in a queue")},
    [METRIC_RPC_IN_FLIGHT] = {"shans_rpc_in_flight", "gauge", "", MARK_("Calls not yet answered")},
    [METRIC_RPC_MEMORY] = {"shans_rpc_memory_bytes", "gauge", "", MARK_("Memory of calls")},
    [METRIC_RPC_OVERDUE] = {"shans_rpc_overdue_seconds", "gauge", "",
                            MARK_("How long the slowest worker is past its call's deadline")},
    [METRIC_WORKERS] = {"shans_workers", "gauge", "lane",
                        MARK_("Worker threads, each with a connection to the database")},
    [METRIC_WORKERS_BUSY] = {"shans_workers_busy", "gauge", "lane", MARK_("Of them, at work")},
    [METRIC_COMMIT_BATCH] = {"shans_commit_batch_items", "histogram", "",
                             MARK_("Submissions stored in one transaction")},
    [METRIC_TOKEN_LOOKUPS] = {"shans_token_lookups_total", "counter", "result",
                              MARK_("Tokens found in the memory of tokens, or not")},
    [METRIC_READY] = {"shans_ready", "gauge", "", MARK_("1 while the server can do its work")},
    [METRIC_START_TIME] = {"shans_start_time_seconds", "gauge", "", MARK_("Start of the process, Unix time")},
    [METRIC_RESIDENT] = {"shans_resident_memory_bytes", "gauge", "", MARK_("Memory of the process")},
    [METRIC_OPEN_FILES] = {"shans_open_files", "gauge", "", MARK_("Open file descriptors")},
    [METRIC_BUILD] = {"shans_build_info", "gauge", "version", MARK_("Always 1; the program's version")},
};

/* Upper bounds in milliseconds, and as Prometheus writes them in seconds: what a person does not notice,
 * what one waits for, and what is stuck. */
static const int64_t bounds_ms[] = {5, 25, 100, 1000};
static const char *const bounds_text[] = {"0.005", "0.025", "0.1", "1"};
enum { BOUNDS = sizeof bounds_ms / sizeof bounds_ms[0] };

typedef struct Counts {
    uint64_t codes[ERR_CODE_COUNT];
    bool own[ERR_CODE_COUNT];     /* atomic: the pair has a counter of its own */
    bool timed;                   /* atomic: the method has a histogram of its own */
    uint64_t buckets[BOUNDS + 1]; /* not cumulative here */
    uint64_t total_ms;
} Counts;

struct Metrics {
    const MethodTable *table;
    size_t pairs, methods; /* atomic: pairs of method and code, and methods, that have a place */
    Counts other;          /* what found none */
    Counts counts[];       /* one per method, and a last one for unknown methods */
};

void metric_head(MetricId id, Buf *buf)
{
    const MetricDef *def = &metric_defs[id];

    buf_printf(buf, "# HELP %s %s.\n# TYPE %s %s\n", def->name, def->help, def->name, def->type);
}

void metric_one(MetricId id, int64_t value, Buf *buf)
{
    metric_head(id, buf);
    buf_printf(buf, "%s %lld\n", metric_defs[id].name, (long long)value);
}

Metrics *metrics_new(const MethodTable *table)
{
    Metrics *metrics = calloc(1, sizeof *metrics + (method_table_count(table) + 1) * sizeof(Counts));

    if (metrics != NULL)
        metrics->table = table;
    return metrics;
}

void metrics_free(Metrics *metrics)
{
    free(metrics);
}

static void add(uint64_t *counter, uint64_t value)
{
    __atomic_add_fetch(counter, value, __ATOMIC_RELAXED);
}

static uint64_t get(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Whether something has a place of its own: once it has one, for good. Two threads that see it first may take
 * two places for it. */
static bool has_place(bool *place, size_t *taken, size_t most)
{
    if (__atomic_load_n(place, __ATOMIC_RELAXED))
        return true;
    if (__atomic_fetch_add(taken, 1, __ATOMIC_RELAXED) >= most) {
        __atomic_sub_fetch(taken, 1, __ATOMIC_RELAXED);
        return false;
    }
    __atomic_store_n(place, true, __ATOMIC_RELAXED);
    return true;
}

void metrics_count(Metrics *metrics, const Method *method, ErrCode code, int64_t duration_ms)
{
    size_t index = method != NULL ? method->index : method_table_count(metrics->table);
    Counts *counts = &metrics->counts[index];
    unsigned number = (unsigned)code < ERR_CODE_COUNT ? (unsigned)code : ERR_UNKNOWN;
    size_t bucket = 0;

    while (bucket < BOUNDS && duration_ms > bounds_ms[bucket])
        bucket++;
    bool own = has_place(&counts->own[number], &metrics->pairs, METRICS_PAIRS_MAX);
    add(own ? &counts->codes[number] : &metrics->other.codes[number], 1);
    Counts *timed =
        has_place(&counts->timed, &metrics->methods, METRICS_TIMED_MAX) ? counts : &metrics->other;
    add(&timed->buckets[bucket], 1);
    add(&timed->total_ms, duration_ms > 0 ? (uint64_t)duration_ms : 0);
}

/* The label of a row; the last row gathers calls whose method is not known, so that no caller can add labels.
 */
static const char *name_of(const Metrics *metrics, size_t index)
{
    return index < method_table_count(metrics->table) ? method_table_get(metrics->table, index)->name
                                                      : "unknown";
}

/* Prometheus wants cumulative buckets; the counters are kept apart so that one call touches one of them. */
static void dump_histogram(const Counts *counts, const char *name, Buf *buf)
{
    const char *metric = metric_defs[METRIC_RPC_SECONDS].name;
    uint64_t below = 0, total = get(&counts->total_ms);

    for (size_t i = 0; i <= BOUNDS; i++) {
        below += get(&counts->buckets[i]);
        buf_printf(buf, "%s_bucket{method=\"%s\",le=\"%s\"} %llu\n", metric, name,
                   i < BOUNDS ? bounds_text[i] : "+Inf", (unsigned long long)below);
    }
    buf_printf(buf, "%s_sum{method=\"%s\"} %llu.%03llu\n", metric, name, (unsigned long long)(total / 1000),
               (unsigned long long)(total % 1000));
    buf_printf(buf, "%s_count{method=\"%s\"} %llu\n", metric, name, (unsigned long long)below);
}

static bool called(const Counts *counts)
{
    uint64_t calls = 0;

    for (size_t i = 0; i <= BOUNDS; i++)
        calls += get(&counts->buckets[i]);
    return calls > 0;
}

/* Codes that occurred. */
static void dump_codes(const uint64_t *codes, const char *name, Buf *buf)
{
    for (size_t code = 0; code < ERR_CODE_COUNT; code++) {
        uint64_t calls = get(&codes[code]);

        if (calls > 0)
            buf_printf(buf, "%s{method=\"%s\",code=\"%s\"} %llu\n", metric_defs[METRIC_RPC_CALLS].name, name,
                       err_code_name((ErrCode)code), (unsigned long long)calls);
    }
}

void metrics_dump(const Metrics *metrics, Buf *buf)
{
    size_t count = method_table_count(metrics->table) + 1;

    metric_head(METRIC_RPC_CALLS, buf);
    for (size_t i = 0; i < count; i++)
        dump_codes(metrics->counts[i].codes, name_of(metrics, i), buf);
    dump_codes(metrics->other.codes, "other", buf);
    metric_head(METRIC_RPC_SECONDS, buf);
    for (size_t i = 0; i < count; i++) {
        if (called(&metrics->counts[i]))
            dump_histogram(&metrics->counts[i], name_of(metrics, i), buf);
    }
    if (called(&metrics->other))
        dump_histogram(&metrics->other, "other", buf);
}
