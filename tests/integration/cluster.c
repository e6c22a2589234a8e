/* Owns clusters that are not the product's own. Invariant: cluster_remove leaves no process and no file.
 * Must not run as root: PostgreSQL refuses. */
#include "tests/integration/cluster.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/store/embedded_place.h"
#include "tests/integration/sql.h"

#define BIN "/usr/lib/postgresql/15/bin/"

enum { CHILDREN_MAX = 512, WAIT_TRIES = 1000, STEP_MS = 10 };

pid_t process_spawn(const char *const *argv, const char *log)
{
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600), none = open("/dev/null", O_RDONLY);
        dup2(none, STDIN_FILENO);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

int process_run(const char *const *argv, const char *out)
{
    int status;

    if (out != NULL)
        unlink(out);
    pid_t pid = process_spawn(argv, out == NULL ? "/dev/null" : out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void path_in(const Cluster *cluster, const char *name, char *to)
{
    snprintf(to, PROCESS_PATH_SIZE, "%s/%s", cluster->pg.dir, name);
}

static void must_run(const Cluster *cluster, const char *const *argv)
{
    char out[PROCESS_PATH_SIZE];

    path_in(cluster, "out", out);
    int status = process_run(argv, out);
    if (status != 0)
        fail_msg("%s: exit %d, see %s", argv[0], status, out);
}

static void add_line(const Cluster *cluster, const char *line)
{
    char name[PROCESS_PATH_SIZE];

    path_in(cluster, "data/postgresql.conf", name);
    FILE *file = fopen(name, "a");
    assert_non_null(file);
    fprintf(file, "%s\n", line);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(Cluster *cluster, const char *dir)
{
    char name[PROCESS_PATH_SIZE];

    assert_true(snprintf(cluster->pg.dir, sizeof cluster->pg.dir, "%s", dir) < (int)sizeof cluster->pg.dir);
    cluster->pg.embedded = NULL;
    assert_int_equal(mkdir(dir, 0700), 0);
    path_in(cluster, "socket", name);
    assert_int_equal(mkdir(name, 0700), 0);
}

void cluster_make(Cluster *cluster, const char *dir, bool synchronous)
{
    char data[PROCESS_PATH_SIZE];

    make_folder(cluster, dir);
    path_in(cluster, "data", data);
    const char *const argv[] = {BIN "initdb", "-D",    data,        "-k", "-U",   "postgres",
                                "-A",         "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8",
                                NULL};
    must_run(cluster, argv);
    add_line(cluster, "listen_addresses = ''");
    add_line(cluster, "max_connections = 60");
    add_line(cluster, "wal_keep_size = 256MB");
    cluster_start(cluster);
    char socket[PROCESS_PATH_SIZE];
    path_in(cluster, "socket", socket);
    const char *const create[] = {BIN "createdb", "-h", socket, "-U", "postgres", "shans", NULL};
    must_run(cluster, create);
    if (synchronous) {
        add_line(cluster, "synchronous_standby_names = '*'");
        cluster_stop(cluster, "fast");
        cluster_start(cluster);
    }
}

void cluster_clone(Cluster *cluster, const char *dir, const Cluster *from)
{
    char data[PROCESS_PATH_SIZE], socket[PROCESS_PATH_SIZE];

    make_folder(cluster, dir);
    path_in(cluster, "data", data);
    path_in(from, "socket", socket);
    const char *const argv[] = {
        BIN "pg_basebackup", "-D", data,     "-h", socket, "-U", "postgres", "-R", "-c", "fast",
        "--no-sync",         "-X", "stream", NULL};
    must_run(cluster, argv);
    cluster_start(cluster);
}

void cluster_start(const Cluster *cluster)
{
    char data[PROCESS_PATH_SIZE], log[PROCESS_PATH_SIZE], socket[PROCESS_PATH_SIZE + 40];

    path_in(cluster, "data", data);
    path_in(cluster, "log", log);
    snprintf(socket, sizeof socket, "-c unix_socket_directories=%s/socket", cluster->pg.dir);
    const char *const argv[] = {BIN "pg_ctl", "-D", data, "-l", log,     "-o",
                                socket,       "-w", "-t", "60", "start", NULL};
    must_run(cluster, argv);
}

void cluster_stop(const Cluster *cluster, const char *mode)
{
    char data[PROCESS_PATH_SIZE];

    path_in(cluster, "data", data);
    const char *const argv[] = {BIN "pg_ctl", "-D", data, "-m", mode, "-w", "-t", "60", "stop", NULL};
    must_run(cluster, argv);
}

void cluster_promote(const Cluster *cluster)
{
    char data[PROCESS_PATH_SIZE];

    path_in(cluster, "data", data);
    const char *const argv[] = {BIN "pg_ctl", "-D", data, "-w", "-t", "60", "promote", NULL};
    must_run(cluster, argv);
}

static pid_t postmaster(const Cluster *cluster)
{
    char name[PROCESS_PATH_SIZE], line[32] = "";

    path_in(cluster, "data/postmaster.pid", name);
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

static size_t children_of(pid_t pid, pid_t *list)
{
    char name[64];
    size_t count = 0;
    long child;

    snprintf(name, sizeof name, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(name, "r");
    while (file != NULL && count < CHILDREN_MAX && fscanf(file, "%ld", &child) == 1)
        list[count++] = (pid_t)child;
    if (file != NULL)
        fclose(file);
    return count;
}

/* The head first, stopped, so that it starts nobody while its children are counted. */
void cluster_kill(const Cluster *cluster)
{
    pid_t head = postmaster(cluster), list[CHILDREN_MAX];

    if (head <= 0 || kill(head, SIGSTOP) != 0)
        return;
    size_t count = children_of(head, list);
    kill(head, SIGKILL);
    for (size_t i = 0; i < count; i++)
        kill(list[i], SIGKILL);
    for (int i = 0; i < WAIT_TRIES && kill(head, 0) == 0; i++)
        clock_system.sleep_ms(&clock_system, STEP_MS);
}

void cluster_remove(const Cluster *cluster)
{
    cluster_kill(cluster);
    embedded_place_remove(cluster->pg.dir);
}

pid_t cluster_wal_receiver(const Cluster *cluster)
{
    Sql *sql = sql_open(&cluster->pg, "postgres");
    int64_t pid = 0;

    for (int i = 0; i < WAIT_TRIES && pid == 0; i++) {
        pid = sql_number(sql,
                         "select coalesce(max(pid), 0) from pg_stat_wal_receiver where status = 'streaming'");
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    sql_close(sql);
    assert_true(pid > 0);
    return (pid_t)pid;
}

void cluster_wait_standby(const Cluster *primary)
{
    Sql *sql = sql_open(&primary->pg, "postgres");
    int64_t streaming = 0;

    for (int i = 0; i < WAIT_TRIES && streaming == 0; i++) {
        streaming = sql_number(sql, "select count(*) from pg_stat_replication where state = 'streaming'");
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    sql_close(sql);
    assert_true(streaming > 0);
}
