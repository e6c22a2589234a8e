/* Rounds of kill -9 of server, client and PostgreSQL. Clients are processes of their own that queue forms in
 * their outbox and send them; each writes down what it was told is saved and what was receipted. At the end
 * every saved operation must be in the database exactly once, with the receipt its client holds.
 * SHANS_ROUNDS sets the number of rounds (20). */
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

#include "tests/integration/crash_client.h"

enum { CLIENTS = 3, ROUNDS = 20, PATH_SIZE = 256, READY_MS = 30000 };

typedef enum Victim { KILL_SERVER, KILL_CLIENT, KILL_POSTGRES, VICTIM_COUNT } Victim;

typedef struct Trial {
    char dir[64], server[PATH_SIZE], address[PATH_SIZE];
    const char *self; /* this program, run again as a client */
    pid_t server_pid, clients[CLIENTS];
    Rand rand;
    int kills[VICTIM_COUNT];
} Trial;

/* Killed at the end, however the test went. */
static pid_t last_server;

static int kill_server(void **state)
{
    (void)state;
    if (last_server > 0)
        kill(last_server, SIGKILL);
    return 0;
}

static void path_in(const Trial *trial, const char *name, char *to)
{
    snprintf(to, PATH_SIZE, "%s/%s", trial->dir, name);
}

/* Runs a program to its end and returns its exit status; output goes to out (NULL: nowhere). */
static int run(const char *const *argv, const char *out)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        int file = open(out == NULL ? "/dev/null" : out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static pid_t spawn(const char *const *argv, const char *failpoints, const char *log)
{
    pid_t pid = fork();

    if (pid == 0) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        if (failpoints != NULL)
            setenv("SHANS_FAILPOINTS", failpoints, 1);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static void start_server(Trial *trial, const char *failpoints)
{
    char pg[PATH_SIZE], log[PATH_SIZE];

    path_in(trial, "pg", pg);
    path_in(trial, "server.log", log);
    const char *const argv[] = {trial->server,   "serve",           "--embedded", pg,
                                "--listen",      trial->address,    "--region",   "r",
                                "--region-name", "Учебная область", NULL};
    trial->server_pid = spawn(argv, failpoints, log);
    last_server = trial->server_pid;
}

static void start_client(Trial *trial, int number)
{
    char text[8], log[PATH_SIZE];

    snprintf(text, sizeof text, "%d", number);
    path_in(trial, "client.log", log);
    const char *const argv[] = {trial->self, "--client", text, trial->dir, trial->address, NULL};
    trial->clients[number] = spawn(argv, NULL, log);
}

static void wait_ms(int64_t ms)
{
    clock_system.sleep_ms(&clock_system, ms);
}

static void token(Trial *trial, const char *login, const char *role, const char *org)
{
    char pg[PATH_SIZE], out[PATH_SIZE];

    path_in(trial, "pg", pg);
    snprintf(out, sizeof out, "%s/%s.token", trial->dir, login);
    const char *const argv[] = {trial->server, "token", "--embedded", pg,      "--login", login, "--role",
                                role,          "--org", org,          "--out", out,       NULL};
    for (int64_t waited = 0; run(argv, NULL) != 0; waited += 200) {
        assert_true(waited < READY_MS);
        wait_ms(200);
    }
}

static pid_t postmaster(const Trial *trial)
{
    char name[PATH_SIZE], line[32] = "";

    path_in(trial, "pg/data/postmaster.pid", name);
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

static void reap(pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

/* Some servers die by themselves, at the worst moments. */
static const char *const server_failpoints[] = {
    NULL, "submit.before_commit=exit@3", "submit.after_commit=exit@3", "rpc.before_begin=exit@40", NULL,
};

static void one_round(Trial *trial, int number)
{
    Victim victim = (Victim)(number % VICTIM_COUNT);
    int status;

    wait_ms(150 + (int64_t)rand_below(&trial->rand, 500));
    trial->kills[victim]++;
    if (victim == KILL_CLIENT) {
        int client = (int)rand_below(&trial->rand, CLIENTS);
        reap(trial->clients[client]);
        start_client(trial, client);
    } else if (victim == KILL_POSTGRES) {
        pid_t pid = postmaster(trial);
        if (pid > 0)
            kill(pid, SIGKILL);
    } else {
        reap(trial->server_pid);
        start_server(trial, server_failpoints[(size_t)number / VICTIM_COUNT %
                                              (sizeof server_failpoints / sizeof *server_failpoints)]);
    }
    /* A server that a failpoint ended is started again without one. */
    if (victim != KILL_SERVER && waitpid(trial->server_pid, &status, WNOHANG) == trial->server_pid)
        start_server(trial, NULL);
}

static void prepare(Trial *trial)
{
    const char *bin = getenv("SHANS_BIN");

    snprintf(trial->dir, sizeof trial->dir, "/tmp/shans-crash-XXXXXX");
    assert_non_null(mkdtemp(trial->dir));
    assert_int_equal(chmod(trial->dir, 0755), 0);
    snprintf(trial->server, sizeof trial->server, "%s/shans-server", bin == NULL ? "build" : bin);
    snprintf(trial->address, sizeof trial->address, "tcp://127.0.0.1:%d", 20000 + (int)(getpid() % 20000));
    trial->rand = rand_seeded(20);
    start_server(trial, NULL);
    token(trial, "analyst", "ministry_analyst", "r");
    crash_make_orgs(trial->dir, trial->address, CRASH_SCHOOLS);
    for (int i = 0; i < CLIENTS; i++) {
        char login[16];
        snprintf(login, sizeof login, "client%d", i);
        token(trial, login, "district_coordinator", "d");
        start_client(trial, i);
    }
}

/* Tells the clients to finish; each leaves when its outbox is empty. */
static void drain(Trial *trial)
{
    char name[PATH_SIZE];
    int status;

    path_in(trial, "stop", name);
    close(open(name, O_WRONLY | O_CREAT, 0600));
    reap(trial->server_pid);
    start_server(trial, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(waitpid(trial->clients[i], &status, 0), trial->clients[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void query(const Trial *trial, const char *sql, const char *out_name)
{
    char socket[PATH_SIZE], out[PATH_SIZE];

    path_in(trial, "pg/socket", socket);
    path_in(trial, out_name, out);
    const char *const argv[] = {"psql",  "-h",    socket, "-U", "postgres", "-d",
                                "shans", "-XAtq", "-c",   sql,  NULL};
    assert_int_equal(run(argv, out), 0);
}

static void survives_kills(void **state)
{
    Trial trial = {.self = *state};
    CrashCount count = {0};
    const char *wanted = getenv("SHANS_ROUNDS");
    int rounds = wanted == NULL ? ROUNDS : (int)strtol(wanted, NULL, 10);

    prepare(&trial);
    for (int i = 0; i < rounds; i++)
        one_round(&trial, i);
    drain(&trial);
    query(&trial,
          "select id || ' ' || encode(reply, 'hex') from shans.operation"
          " where method like '%/Submit' order by id",
          "operations");
    query(&trial, "select count(*), count(distinct (school_id, period)), max(revision) from shans.submission",
          "submissions");
    for (int i = 0; i < CLIENTS; i++)
        crash_compare(trial.dir, i, &count);
    print_message("rounds %d (server %d, client %d, PostgreSQL %d): saved %zu, receipted %zu, missing %zu, "
                  "doubled %zu, receipts differing %zu\n",
                  rounds, trial.kills[0], trial.kills[1], trial.kills[2], count.saved, count.receipted,
                  count.missing, count.doubled, count.differing);
    assert_true(count.saved > 0);
    assert_int_equal(count.missing, 0);
    assert_int_equal(count.doubled, 0);
    assert_int_equal(count.differing, 0);
    assert_int_equal(crash_submissions(trial.dir), count.saved);
    kill(trial.server_pid, SIGTERM);
    waitpid(trial.server_pid, NULL, 0);
    last_server = 0;
    crash_remove(trial.dir);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--client") == 0)
        return crash_client_run((int)strtol(argv[2], NULL, 10), argv[3], argv[4]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(survives_kills, "/proc/self/exe"),
    };

    return cmocka_run_group_tests(tests, NULL, kill_server);
}
