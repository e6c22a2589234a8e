/* Owns what the loopback pages say. Invariant: they answer from the first moment of the start to the last of
 * the stop, without asking the database. Must not show names of people or schools. */
#include "server/health.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "common/base/json.h"
#include "server/rpc/metrics.h"

enum { STATUS_FINE = 200, STATUS_UNAVAILABLE = 503 };

/* The process answers: that is all liveness means. */
static int show_alive(void *context, Buf *body)
{
    (void)context;
    buf_text(body, "ok\n");
    return STATUS_FINE;
}

/* 503 with the reason while work cannot be done, so that a balancer sends nobody here. */
static int show_ready(void *context, Buf *body)
{
    char reason[READINESS_REASON_SIZE];
    bool ready = readiness_get(((const Health *)context)->readiness, reason);
    Json json = json_writer(body, false);

    json_object(&json, NULL);
    json_bool(&json, "ready", ready);
    if (!ready)
        json_text(&json, "reason", reason);
    json_object_end(&json);
    buf_char(body, '\n');
    return ready ? STATUS_FINE : STATUS_UNAVAILABLE;
}

/* Resident pages of this process. */
static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long size = 0, resident = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

/* Without the descriptor that looks. */
static int64_t open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int64_t count = 0;

    if (folder == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1;
}

static int show_metrics(void *context, Buf *body)
{
    const Health *health = context;
    const RpcServer *rpc = __atomic_load_n(&health->rpc, __ATOMIC_ACQUIRE);
    char reason[READINESS_REASON_SIZE];

    if (rpc != NULL)
        rpc_metrics_dump(rpc, body);
    metric_one(METRIC_READY, readiness_get(health->readiness, reason), body);
    metric_one(METRIC_START_TIME, health->started_ms / 1000, body);
    metric_one(METRIC_RESIDENT, resident_bytes(), body);
    metric_one(METRIC_OPEN_FILES, open_files(), body);
    metric_head(METRIC_BUILD, body);
    buf_printf(body, "%s{version=\"" SHANS_VERSION "\"} 1\n", metric_defs[METRIC_BUILD].name);
    return STATUS_FINE;
}

ErrCode health_open(Health *health, uint16_t port, HttpServer **ret_server, Err *err)
{
    static const HttpRoute routes[] = {
        {"/healthz", "text/plain; charset=utf-8", show_alive},
        {"/readyz", "application/json", show_ready},
        {"/metrics", "text/plain; version=0.0.4", show_metrics},
    };
    const HttpOptions options = {
        .port = port,
        .routes = routes,
        .route_count = sizeof routes / sizeof *routes,
        .context = health,
    };

    return http_open(&options, ret_server, err);
}

void health_set_rpc(Health *health, RpcServer *rpc)
{
    __atomic_store_n(&health->rpc, rpc, __ATOMIC_RELEASE);
}
