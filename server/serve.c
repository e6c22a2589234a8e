/* Owns start, reload and stop of the daemon. Invariant: no call is taken before migrations, catalogue and
 * method table are in order; on SIGTERM no new call is taken and every queued one is answered; SIGHUP never
 * ends the process. Must not handle calls. */
#include "server/serve.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/log.h"
#include "server/health.h"
#include "server/jobs/run_job.h"
#include "server/methods.h"
#include "server/prepare.h"
#include "server/reload.h"
#include "server/service/service.h"
#include "server/store/embedded.h"
#include "server/watch.h"

/* Of a stop: calls get GRACE_MS (and two seconds to be refused), a run JOB_STOP_MS, and after STOP_LIMIT_S
 * the process leaves whatever still hangs: together less than the ten seconds a supervisor waits. */
enum { SERVE_MEMORY = 64 << 20, CONTEXTS = 512, GRACE_MS = 4000, JOB_STOP_MS = 1000, STOP_LIMIT_S = 9 };

/* A worker this long past its call's deadline is stuck: the manager may start the process anew. */
enum { STUCK_MS = 60000 };

/* Everything the daemon holds open, in the order it is opened. */
typedef struct Daemon {
    const ServerOptions *options;
    Arena *arena;
    Embedded *embedded;
    const char *conninfo, *owner_conninfo;
    Catalog *catalog;
    char catalog_hash[65];
    Service service;
    Rand rand;
    RpcServer *rpc;
    RunJob *job;
    TransportServer *transport;
    HttpServer *http;
    Health health;
    Watch watch;
    Readiness readiness;
    int stopping; /* atomic: the watch has to end */
} Daemon;

/* Off unless a port is given; first of all, so that a start that migrates for long can be watched. */
static ErrCode open_http(Daemon *daemon, Err *err)
{
    if (daemon->options->http_port == 0)
        return ERR_OK;
    return health_open(&daemon->health, (uint16_t)daemon->options->http_port, &daemon->http, err);
}

/* A private cluster gives both connection strings; otherwise --db must. */
static ErrCode open_database(Daemon *daemon, Err *err)
{
    const ServerOptions *options = daemon->options;

    daemon->conninfo = options->db;
    daemon->owner_conninfo = options->owner_db;
    if (options->embedded != NULL) {
        ErrCode code = embedded_start(options->embedded, &clock_system, &daemon->embedded, err);
        if (code != ERR_OK)
            return code;
        daemon->conninfo = embedded_app_conninfo(daemon->embedded);
        daemon->owner_conninfo = embedded_owner_conninfo(daemon->embedded);
    }
    if (daemon->conninfo == NULL)
        return err_set(err, ERR_INVALID_ARGUMENT, "DATABASE_NEEDED");
    return prepare_catalog(daemon->arena, &daemon->catalog, daemon->catalog_hash, err);
}

/* A PrepareWork. */
static ErrCode prepare(void *context, Err *err)
{
    Daemon *daemon = context;

    return prepare_database(daemon->owner_conninfo, daemon->conninfo, daemon->options, daemon->catalog, err);
}

/* Workers run from here on, but nothing reaches them before listen_all. */
static ErrCode open_rpc(Daemon *daemon, Err *err)
{
    ServiceOptions service = {
        .conninfo = daemon->conninfo,
        .clock = &clock_system,
        .catalog = daemon->catalog,
        .catalog_hash = daemon->catalog_hash,
        .ready = &daemon->readiness.ready,
    };

    service_init(&daemon->service, &service);
    daemon->rand = rand_system();
    RpcServerOptions options = {
        .rows = server_methods,
        .row_count = server_method_count,
        .services = server_services,
        .service_count = server_service_count,
        .read_workers = daemon->options->workers,
        .committers = daemon->options->committers,
        .clock = &clock_system,
        .rand = &daemon->rand,
        .hooks = service_hooks(&daemon->service),
    };
    ErrCode code = rpc_server_open(&options, &daemon->rpc, err);
    if (code == ERR_OK)
        health_set_rpc(&daemon->health, daemon->rpc);
    return code;
}

/* The last step of starting: from here calls come in. */
static ErrCode listen_all(Daemon *daemon, Err *err)
{
    const ServerOptions *options = daemon->options;
    TransportTls tls = {.cert_file = options->cert, .key_file = options->key};

    return transport_server_open(options->listen, options->listen_count, options->cert == NULL ? NULL : &tls,
                                 CONTEXTS, rpc_server_receive, daemon->rpc, &daemon->transport, err);
}

/* A WatchEvict: what the cache forgets is looked up again at the next call. */
static void evict(void *daemon, int64_t principal_id)
{
    rpc_server_evict(((Daemon *)daemon)->rpc, principal_id);
}

/* Tells the manager that the process lives. A database that is away is no reason to be started anew; workers
 * that do not come back from their calls are. */
static void beat(void *argument)
{
    const Daemon *daemon = argument;

    if (rpc_server_overdue_ms(daemon->rpc) < STUCK_MS)
        readiness_beat(&daemon->readiness);
}

/* A WatchTick: refusals counted before the calls stopped coming. */
static void flush(void *daemon, Db *db)
{
    service_flush(&((Daemon *)daemon)->service, db);
}

/* Runs from the start to the end of the process; readiness is its word alone. */
static ErrCode open_watch(Daemon *daemon, Err *err)
{
    WatchOptions options = {
        .conninfo = daemon->conninfo,
        .clock = &clock_system,
        .evict = evict,
        .context = daemon,
        .readiness = &daemon->readiness,
        .tick = flush,
        .beat = beat,
    };

    watch_init(&daemon->watch, &options);
    return watch_start(&daemon->watch, &daemon->stopping, err);
}

/* In an order that lets a failure stop before anybody is served. */
static ErrCode start(Daemon *daemon, Err *err)
{
    ErrCode code = open_http(daemon, err);

    if (code == ERR_OK)
        code = open_database(daemon, err);
    if (code == ERR_OK)
        code = prepare_await(daemon->options->wait, prepare, daemon, err);
    if (code == ERR_OK)
        code = open_rpc(daemon, err);
    if (code == ERR_OK)
        code = open_watch(daemon, err);
    if (code == ERR_OK)
        code = run_job_start(daemon->conninfo, &clock_system, &daemon->job, err);
    if (code == ERR_OK)
        code = listen_all(daemon, err);
    return code;
}

/* Only what a signal handler may do: the last resort of a stop that hangs. */
static void give_up(int number)
{
    (void)number;
    _exit(1);
}

/* The reverse order. Connections are closed only when no worker can still use them. A run that does not end
 * in time is left: its transaction dies with the connection, and it stays queued. A private cluster that
 * hangs is left too; it ends with this process. */
static void stop(Daemon *daemon)
{
    signal(SIGALRM, give_up);
    alarm(STOP_LIMIT_S);
    __atomic_store_n(&daemon->stopping, 1, __ATOMIC_RELEASE);
    readiness_stop(&daemon->readiness);
    transport_server_stop(daemon->transport);
    run_job_ask_stop(daemon->job);
    bool drained = rpc_server_stop(daemon->rpc, GRACE_MS);
    if (run_job_wait(daemon->job, JOB_STOP_MS))
        run_job_stop(daemon->job);
    if (drained)
        service_done(&daemon->service);
    embedded_stop(daemon->embedded);
    log_event(LOG_INFO, "stopped", "drained=%d", drained);
}

/* What failed while starting: the database must not outlive the process. */
static _Noreturn void give_in(Daemon *daemon, const Err *err)
{
    __atomic_store_n(&daemon->stopping, 1, __ATOMIC_RELEASE);
    readiness_stop(&daemon->readiness);
    run_job_ask_stop(daemon->job);
    prepare_complain(err);
    embedded_stop(daemon->embedded);
    fflush(NULL);
    _exit(1);
}

/* Signals are blocked before the first thread, so that every thread leaves them to this one. */
int serve_run(const ServerOptions *options)
{
    Daemon daemon = {.options = options, .arena = arena_new(SERVE_MEMORY, NULL)};
    Err err = {0};
    sigset_t signals; /* taken by sigwait */

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    readiness_init(&daemon.readiness);
    daemon.health =
        (Health){.readiness = &daemon.readiness, .started_ms = clock_system.now_ms(&clock_system)};
    if ((daemon.arena == NULL ? err_memory(&err) : start(&daemon, &err)) != ERR_OK)
        give_in(&daemon, &err);
    for (size_t i = 0; i < options->listen_count; i++)
        log_event(LOG_INFO, "listening", "address=%s", options->listen[i]);
    readiness_listening(&daemon.readiness);
    reload_until_stop(options, &signals);
    stop(&daemon);
    fflush(NULL);
    _exit(0);
}
