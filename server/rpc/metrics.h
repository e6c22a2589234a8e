/* What the server counts: the table of its metrics, the counters of calls by method and code, and the text
 * Prometheus reads. */
#ifndef SERVER_RPC_METRICS_H
#define SERVER_RPC_METRICS_H

#include "common/core/buf.h"
#include "server/rpc/method.h"

/* METRICS_SERIES_MAX: of the whole page, whatever is called. Methods that get a histogram of their own, and
 * pairs of method and code that get a counter, first come; the rest is counted under method "other". */
enum { METRICS_SERIES_MAX = 500, METRICS_TIMED_MAX = 48, METRICS_PAIRS_MAX = 90 };

typedef enum MetricId {
    METRIC_RPC_CALLS,
    METRIC_RPC_SECONDS,
    METRIC_RPC_WAITING,
    METRIC_RPC_IN_FLIGHT,
    METRIC_RPC_MEMORY,
    METRIC_RPC_OVERDUE,
    METRIC_WORKERS,
    METRIC_WORKERS_BUSY,
    METRIC_COMMIT_BATCH,
    METRIC_TOKEN_LOOKUPS,
    METRIC_READY,
    METRIC_START_TIME,
    METRIC_RESIDENT,
    METRIC_OPEN_FILES,
    METRIC_BUILD,
    METRIC_COUNT
} MetricId;

/* A metric as data: name with its unit, type as Prometheus calls it, labels parted by commas, help
 * (translated for documents, English on the page). */
typedef struct MetricDef {
    const char *name, *type, *labels, *help;
} MetricDef;

extern const MetricDef metric_defs[METRIC_COUNT];

/* The two lines in front of a metric's samples. */
void metric_head(MetricId id, Buf *buf);

/* Head and the one sample of a metric without labels. */
void metric_one(MetricId id, int64_t value, Buf *buf);

typedef struct Metrics Metrics;

/* table must outlive it. NULL: no memory. */
Metrics *metrics_new(const MethodTable *table);
void metrics_free(Metrics *metrics);

/* method NULL: the call named none that is known. Any thread. */
void metrics_count(Metrics *metrics, const Method *method, ErrCode code, int64_t duration_ms);

/* shans_rpc_calls_total{method,code} of counts that are not 0, shans_rpc_seconds{method} as a histogram. */
void metrics_dump(const Metrics *metrics, Buf *buf);

#endif
