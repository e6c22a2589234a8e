/* Owns the counters of calls. Invariant: counters only grow. Must not lock: relaxed atomics suffice for
 * numbers that are only looked at. */
#include "server/rpc/metrics.h"

#include <stdlib.h>

/* Upper bounds in milliseconds, and as Prometheus writes them in seconds. What a person waits for is answered
 * within the first ones; the last ones tell a slow call from a stuck one. */
static const int64_t bounds_ms[] = {1, 2, 5, 10, 25, 50, 100, 250, 1000, 5000};
static const char *const bounds_text[] = {"0.001", "0.002", "0.005", "0.01", "0.025",
                                          "0.05",  "0.1",   "0.25",  "1",    "5"};
enum { BOUNDS = sizeof bounds_ms / sizeof bounds_ms[0] };

typedef struct Counts {
    uint64_t codes[ERR_CODE_COUNT];
    uint64_t buckets[BOUNDS + 1]; /* not cumulative here */
    uint64_t total_ms;
} Counts;

struct Metrics {
    const MethodTable *table;
    Counts counts[]; /* one per method, and a last one for unknown methods */
};

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

void metrics_count(Metrics *metrics, const Method *method, ErrCode code, int64_t duration_ms)
{
    size_t index = method != NULL ? method->index : method_table_count(metrics->table);
    Counts *counts = &metrics->counts[index];
    unsigned number = (unsigned)code < ERR_CODE_COUNT ? (unsigned)code : ERR_UNKNOWN;
    size_t bucket = 0;

    while (bucket < BOUNDS && duration_ms > bounds_ms[bucket])
        bucket++;
    add(&counts->codes[number], 1);
    add(&counts->buckets[bucket], 1);
    add(&counts->total_ms, duration_ms > 0 ? (uint64_t)duration_ms : 0);
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
    uint64_t below = 0;

    for (size_t i = 0; i < BOUNDS; i++) {
        below += get(&counts->buckets[i]);
        buf_printf(buf, "shans_rpc_seconds_bucket{method=\"%s\",le=\"%s\"} %llu\n", name, bounds_text[i],
                   (unsigned long long)below);
    }
    below += get(&counts->buckets[BOUNDS]);
    buf_printf(buf, "shans_rpc_seconds_bucket{method=\"%s\",le=\"+Inf\"} %llu\n", name,
               (unsigned long long)below);
    uint64_t total = get(&counts->total_ms);
    buf_printf(buf, "shans_rpc_seconds_sum{method=\"%s\"} %llu.%03llu\n", name,
               (unsigned long long)(total / 1000), (unsigned long long)(total % 1000));
    buf_printf(buf, "shans_rpc_seconds_count{method=\"%s\"} %llu\n", name, (unsigned long long)below);
}

static bool called(const Counts *counts)
{
    for (size_t code = 0; code < ERR_CODE_COUNT; code++) {
        if (get(&counts->codes[code]) > 0)
            return true;
    }
    return false;
}

void metrics_dump(const Metrics *metrics, Buf *buf)
{
    size_t count = method_table_count(metrics->table) + 1;

    buf_text(buf, "# HELP shans_rpc_calls_total Calls answered.\n# TYPE shans_rpc_calls_total counter\n");
    for (size_t i = 0; i < count; i++) {
        for (size_t code = 0; code < ERR_CODE_COUNT; code++) {
            uint64_t calls = get(&metrics->counts[i].codes[code]);

            if (calls > 0)
                buf_printf(buf, "shans_rpc_calls_total{method=\"%s\",code=\"%s\"} %llu\n",
                           name_of(metrics, i), err_code_name((ErrCode)code), (unsigned long long)calls);
        }
    }
    buf_text(buf, "# HELP shans_rpc_seconds From arrival to answer.\n# TYPE shans_rpc_seconds histogram\n");
    for (size_t i = 0; i < count; i++) {
        if (called(&metrics->counts[i]))
            dump_histogram(&metrics->counts[i], name_of(metrics, i), buf);
    }
}
