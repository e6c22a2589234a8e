/* Counts of calls by method and code, and their durations. */
#ifndef SERVER_RPC_METRICS_H
#define SERVER_RPC_METRICS_H

#include "common/core/buf.h"
#include "server/rpc/method.h"

typedef struct Metrics Metrics;

/* table must outlive it. NULL: no memory. */
Metrics *metrics_new(const MethodTable *table);
void metrics_free(Metrics *metrics);

/* method NULL: the call named none that is known. Any thread. */
void metrics_count(Metrics *metrics, const Method *method, ErrCode code, int64_t duration_ms);

/* shans_rpc_calls_total{method,code} of counts that are not 0, shans_rpc_seconds{method} as a histogram. */
void metrics_dump(const Metrics *metrics, Buf *buf);

#endif
