/* Owns the private cluster's process. Invariant: PostgreSQL is the child of the keeper thread, which lives as
 * long as the cluster is wanted; the kernel stops it when that thread's process dies. A cluster becomes
 * visible as DIR/data only when initdb finished. Must not run as root, and must not listen on TCP. */
#include "server/store/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/core/text.h"
#include "server/store/db.h"
#include "server/store/embedded_place.h"
#include "server/store/sql_text.h"

enum {
    OLD_SERVER_MS = 10000, /* a server left by a killed process gets this long to stop */
    START_MS = 60000,      /* includes recovery after a crash */
    FAST_STOP_MS = 10000,  /* then the immediate way */
    HARD_STOP_MS = 20000,
    PAUSE_MS = 20,
    RESTART_LEAST_MS = 100,
    RESTART_MOST_MS = 5000,
    LOG_LIMIT = 16 << 20 /* the log starts anew above this */
};

struct Embedded {
    EmbeddedPlace place;
    const Clock *clock;
    int lock_fd;
    bool keeper_runs;
    pthread_t keeper;
    pthread_mutex_t lock; /* pid, stopping, exits */
    pid_t pid;
    bool stopping;
    int exits; /* how often it ended by itself */
};

/* ---- children ---- */

/* Runs in the child between fork and exec: nothing here may allocate or lock. */
static void child_exec(const char *program, char *const *argv, char *const *variables, const char *folder,
                       int log_fd, pid_t parent, bool die_with_parent)
{
    sigset_t none;

    if (die_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGINT);
        if (getppid() != parent)
            _exit(126);
    }
    setsid(); /* Ctrl-C at a terminal goes to the server, which then stops the cluster in order */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    close(STDIN_FILENO);
    if (open("/dev/null", O_RDONLY) < 0 || chdir(folder) != 0)
        _exit(126);
    close_range(3, ~0U, 0);
    execve(program, argv, variables);
    _exit(127);
}

/* One log for initdb and all starts; it is cut when it has grown large, at a start only. */
static int open_log(const char *path)
{
    struct stat info;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;

    if (stat(path, &info) == 0 && info.st_size > LOG_LIMIT)
        flags |= O_TRUNC;
    return open(path, flags, 0600);
}

/* The environment without what systemd meant for this process: PostgreSQL would send messages of its own, and
 * wait when nobody reads them. Freed by the caller; NULL: no memory. */
static char **child_environment(void)
{
    size_t count = 0, kept = 0;

    while (environ[count] != NULL)
        count++;
    char **list = calloc(count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!text_starts(environ[i], "NOTIFY_SOCKET=") && !text_starts(environ[i], "WATCHDOG_"))
            list[kept++] = environ[i];
    }
    return list;
}

/* argv[0] becomes the full path: PostgreSQL finds its other files from there, and searches PATH otherwise.
 * The parent's id is taken before the fork: a child that finds another one has lost its parent already. */
static pid_t spawn(const EmbeddedPlace *place, const char *name, char **argv, bool die_with_parent)
{
    char program[PLACE_PATH_SIZE + 16];
    int log_fd = open_log(place->log);
    char **variables = child_environment();
    pid_t parent = getpid(), pid = -1;

    if (log_fd < 0 || variables == NULL) {
        free(variables);
        close(log_fd);
        return -1;
    }
    snprintf(program, sizeof program, "%s/%s", place->bin, name);
    argv[0] = program;
    pid = fork();
    if (pid == 0)
        child_exec(program, argv, variables, place->dir, log_fd, parent, die_with_parent);
    free(variables);
    close(log_fd);
    return pid;
}

/* Settings on the command line win over the files in the cluster: nobody can open it to the network by
 * editing one. Durable (fsync), small, and without a collector process that would outlive a kill. */
static pid_t spawn_postgres(const EmbeddedPlace *place)
{
    char sockets[PLACE_PATH_SIZE + 32];
    char *argv[] = {(char *)"postgres",
                    (char *)"-D",
                    (char *)place->data,
                    (char *)"-c",
                    (char *)"listen_addresses=",
                    (char *)"-c",
                    sockets,
                    (char *)"-c",
                    (char *)"unix_socket_permissions=0700",
                    (char *)"-c",
                    (char *)"port=5432",
                    (char *)"-c",
                    (char *)"shared_buffers=64MB",
                    (char *)"-c",
                    (char *)"max_connections=60",
                    (char *)"-c",
                    (char *)"fsync=on",
                    (char *)"-c",
                    (char *)"jit=off",
                    (char *)"-c",
                    (char *)"logging_collector=off",
                    (char *)"-c",
                    (char *)"log_destination=stderr",
                    NULL};

    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", place->socket);
    return spawn(place, "postgres", argv, true);
}

/* ---- the cluster's files ---- */

static ErrCode start_error(const EmbeddedPlace *place, Err *err)
{
    err_set(err, ERR_UNAVAILABLE, "EMBEDDED_START");
    return err_arg(err, "log", "%s", place->log);
}

/* initdb works beside the final place, so that a cluster is there whole or not at all. */
static ErrCode make_cluster(const EmbeddedPlace *place, Err *err)
{
    char *argv[] = {(char *)"initdb",
                    (char *)"-D",
                    (char *)place->fresh,
                    (char *)"-U",
                    (char *)"postgres",
                    (char *)"--auth=trust",
                    (char *)"--encoding=UTF8",
                    (char *)"--locale=C.UTF-8",
                    (char *)"--data-checksums",
                    (char *)"--no-instructions",
                    NULL};
    char marker[PLACE_PATH_SIZE + 16];
    int status = 0;
    pid_t pid;

    snprintf(marker, sizeof marker, "%s/PG_VERSION", place->data);
    if (access(marker, F_OK) == 0)
        return ERR_OK;
    if (!embedded_place_remove(place->fresh))
        return start_error(place, err);
    pid = spawn(place, "initdb", argv, true);
    if (pid < 0)
        return start_error(place, err);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || rename(place->fresh, place->data) != 0)
        return start_error(place, err);
    log_event(LOG_INFO, "embedded", "made=true");
    return ERR_OK;
}

/* One process per directory. The lock goes with the process, however it ends. */
static ErrCode take_directory(Embedded *embedded, Err *err)
{
    char path[PLACE_PATH_SIZE + 16];

    snprintf(path, sizeof path, "%s/lock", embedded->place.dir);
    embedded->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (embedded->lock_fd >= 0 && flock(embedded->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_IN_USE");
    return err_arg(err, "folder", "%s", embedded->place.dir);
}

/* After kill -9 of our process its PostgreSQL got SIGINT from the kernel and is on its way out. */
static ErrCode wait_old_server(const Embedded *embedded, Err *err)
{
    const Clock *clock = embedded->clock;
    int64_t limit_ms = clock->monotonic_ms(clock) + OLD_SERVER_MS;

    while (embedded_place_running(embedded->place.data)) {
        if (clock->monotonic_ms(clock) >= limit_ms) {
            err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_IN_USE");
            return err_arg(err, "folder", "%s", embedded->place.dir);
        }
        clock->sleep_ms(clock, PAUSE_MS);
    }
    return ERR_OK;
}

/* ---- the keeper ---- */

static bool is_stopping(Embedded *embedded)
{
    bool stopping;

    pthread_mutex_lock(&embedded->lock);
    stopping = embedded->stopping;
    pthread_mutex_unlock(&embedded->lock);
    return stopping;
}

/* Starts the child unless a stop was asked for: under the lock, so that a stop never misses it. */
static pid_t keeper_spawn(Embedded *embedded)
{
    pid_t pid = 0;

    pthread_mutex_lock(&embedded->lock);
    if (!embedded->stopping) {
        pid = spawn_postgres(&embedded->place);
        embedded->pid = pid > 0 ? pid : 0;
    }
    pthread_mutex_unlock(&embedded->lock);
    return pid;
}

/* The child is reaped under the lock, so that no signal goes to a number that is free again. */
static void keeper_wait(Embedded *embedded, pid_t pid)
{
    siginfo_t info;
    int status;

    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&embedded->lock);
    waitpid(pid, &status, 0);
    embedded->pid = 0;
    embedded->exits++;
    if (!embedded->stopping)
        log_event(LOG_WARNING, "embedded", "ended=true status=%d note=\"starting it again\"", status);
    pthread_mutex_unlock(&embedded->lock);
}

/* Starts it again after every unwanted end, at growing intervals: a full disk is not cured by haste. */
static void *keeper_main(void *context)
{
    Embedded *embedded = context;
    const Clock *clock = embedded->clock;
    int64_t pause_ms = RESTART_LEAST_MS;

    while (!is_stopping(embedded)) {
        int64_t started_ms = clock->monotonic_ms(clock);
        pid_t pid = keeper_spawn(embedded);

        if (pid > 0)
            keeper_wait(embedded, pid);
        if (clock->monotonic_ms(clock) - started_ms > RESTART_MOST_MS)
            pause_ms = RESTART_LEAST_MS; /* it had been well */
        for (int64_t slept_ms = 0; slept_ms < pause_ms && !is_stopping(embedded); slept_ms += PAUSE_MS)
            clock->sleep_ms(clock, PAUSE_MS);
        pause_ms = pause_ms * 2 < RESTART_MOST_MS ? pause_ms * 2 : RESTART_MOST_MS;
    }
    return NULL;
}

static ErrCode start_keeper(Embedded *embedded, Err *err)
{
    sigset_t all, before;

    /* Signals are for the threads of the server. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    embedded->keeper_runs = pthread_create(&embedded->keeper, NULL, keeper_main, embedded) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return embedded->keeper_runs ? ERR_OK : err_memory(err);
}

/* ---- readiness ---- */

static int count_exits(Embedded *embedded)
{
    int exits;

    pthread_mutex_lock(&embedded->lock);
    exits = embedded->exits;
    pthread_mutex_unlock(&embedded->lock);
    return exits;
}

/* Waits until it answers. It may end a few times while the last backends of a killed server let go of the
 * shared memory; after OLD_SERVER_MS an end is final. */
static ErrCode wait_ready(Embedded *embedded, Db **ret, Err *err)
{
    const Clock *clock = embedded->clock;
    int64_t from_ms = clock->monotonic_ms(clock);

    for (;;) {
        int64_t waited_ms = clock->monotonic_ms(clock) - from_ms;

        if (embedded_place_ready(embedded->place.data, embedded_pid(embedded))) {
            if (!db_open(embedded->place.admin_conninfo, clock, ret, err))
                return ERR_OK;
            if (err->code == ERR_FAILED_PRECONDITION)
                return err->code;
        }
        if (waited_ms > START_MS || (waited_ms > OLD_SERVER_MS && count_exits(embedded) > 0))
            return start_error(&embedded->place, err);
        clock->sleep_ms(clock, PAUSE_MS);
    }
}

/* A kill between initdb and here leaves a cluster without it, so every start looks. */
static ErrCode make_database(Db *db, Err *err)
{
    DbResult *result = NULL;
    size_t index;
    ErrCode code = db_query(db, "embedded__database", NULL, &result, err);
    bool exists;

    if (code)
        return code;
    exists = db_rows(result) > 0;
    db_result_free(result);
    if (exists)
        return ERR_OK;
    return db_script(db, sql_text_get("embedded__create_database", &index), err);
}

/* The order matters: the lock before anything in the directory is judged, the old server gone before its
 * files are used. */
static ErrCode start(Embedded *embedded, const char *dir, Err *err)
{
    Db *db = NULL;
    ErrCode code = embedded_place_find(dir, &embedded->place, err);

    if (!code)
        code = take_directory(embedded, err);
    if (!code)
        code = wait_old_server(embedded, err);
    if (!code)
        code = make_cluster(&embedded->place, err);
    if (!code)
        code = start_keeper(embedded, err);
    if (!code)
        code = wait_ready(embedded, &db, err);
    if (!code)
        code = make_database(db, err);
    db_close(db);
    return code;
}

ErrCode embedded_start(const char *dir, const Clock *clock, Embedded **ret, Err *err)
{
    Embedded *embedded;
    ErrCode code;

    if (geteuid() == 0)
        return err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_ROOT");
    embedded = calloc(1, sizeof *embedded);
    if (!embedded)
        return err_memory(err);
    embedded->clock = clock;
    embedded->lock_fd = -1;
    pthread_mutex_init(&embedded->lock, NULL);
    code = start(embedded, dir, err);
    if (code) {
        embedded_stop(embedded);
        return code;
    }
    *ret = embedded;
    return ERR_OK;
}

/* ---- stopping ---- */

/* Also tells the keeper not to start it again. Signal 0 only asks whether it still runs. */
static pid_t signal_child(Embedded *embedded, int signal_number)
{
    pid_t pid;

    pthread_mutex_lock(&embedded->lock);
    embedded->stopping = true;
    pid = embedded->pid;
    if (pid && signal_number)
        kill(pid, signal_number);
    pthread_mutex_unlock(&embedded->lock);
    return pid;
}

/* Fast first (sessions end, a checkpoint is written), then immediate (recovery at the next start), then by
 * force. */
static void stop_child(Embedded *embedded)
{
    const Clock *clock = embedded->clock;
    int64_t from_ms = clock->monotonic_ms(clock);
    int wanted = SIGINT;

    signal_child(embedded, SIGINT);
    while (signal_child(embedded, 0)) {
        int64_t waited_ms = clock->monotonic_ms(clock) - from_ms;
        int next = waited_ms > HARD_STOP_MS ? SIGKILL : waited_ms > FAST_STOP_MS ? SIGQUIT : SIGINT;

        if (next != wanted)
            signal_child(embedded, next);
        wanted = next;
        clock->sleep_ms(clock, PAUSE_MS / 2);
    }
}

void embedded_stop(Embedded *embedded)
{
    if (!embedded)
        return;
    if (embedded->keeper_runs) {
        stop_child(embedded);
        pthread_join(embedded->keeper, NULL);
    }
    if (embedded->lock_fd >= 0)
        close(embedded->lock_fd);
    pthread_mutex_destroy(&embedded->lock);
    free(embedded);
}

const char *embedded_owner_conninfo(const Embedded *embedded)
{
    return embedded->place.owner_conninfo;
}

const char *embedded_app_conninfo(const Embedded *embedded)
{
    return embedded->place.app_conninfo;
}

pid_t embedded_pid(const Embedded *embedded)
{
    Embedded *mutable = (Embedded *)embedded; /* the lock is not part of what a caller sees */
    pid_t pid;

    pthread_mutex_lock(&mutable->lock);
    pid = mutable->pid;
    pthread_mutex_unlock(&mutable->lock);
    return pid;
}
