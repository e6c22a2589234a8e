/* The server as a process: readiness tells the truth, a revoked token ends within seconds, and a stop is over
 * in ten seconds whatever hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/rpc/rpc.h"
#include "common/base/clock.h"
#include "server/store/embedded_place.h"
#include "shans/v1/system.pb-c.h"

enum { PATH_SIZE = 256, START_MS = 30000, NOTICE_MS = 5000, STOP_MS = 10000, CALL_MS = 3000, STEP_MS = 50 };
enum { LOADS = 3 };

static char dir[64], server[PATH_SIZE], pg[PATH_SIZE], address[64], http_text[16];
static int http;
static pid_t daemon_pid;
static Rand random_source;

static int64_t now(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

static void pause_ms(int64_t ms)
{
    clock_system.sleep_ms(&clock_system, ms);
}

/* ---- processes ---- */

static pid_t spawn(const char *const *argv)
{
    char log[PATH_SIZE + 16];
    pid_t pid = fork();

    if (pid == 0) {
        snprintf(log, sizeof log, "%s/log", dir);
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

/* Exit status within limit_ms; -1: it still runs. */
static int wait_exit(pid_t pid, int64_t limit_ms)
{
    int64_t until = now() + limit_ms;
    int status;

    while (now() < until) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
        pause_ms(STEP_MS);
    }
    return -1;
}

static int run(const char *const *argv)
{
    return wait_exit(spawn(argv), START_MS);
}

static void serve(const char *where)
{
    const char *const argv[] = {server,        "serve",   "--embedded", pg,  "--listen", where,
                                "--http-port", http_text, "--region",   "r", NULL};

    daemon_pid = spawn(argv);
}

static pid_t postmaster(void)
{
    char data[PATH_SIZE + 8];

    snprintf(data, sizeof data, "%s/data", pg);
    return embedded_place_running(data);
}

/* The same of a cluster that must run or is just being started: never 0, which as the target of a signal
 * would be this very process group. */
static pid_t running_postmaster(void)
{
    int64_t until = now() + START_MS;
    pid_t master = postmaster();

    while (master <= 0 && now() < until) {
        pause_ms(STEP_MS);
        master = postmaster();
    }
    assert_true(master > 1);
    return master;
}

/* Every process of the cluster gets the signal: a machine whose database hangs. */
static void signal_cluster(pid_t master, int number)
{
    char path[64], text[1024] = "";

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)master, (int)master);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    (void)!fgets(text, sizeof text, file);
    fclose(file);
    kill(master, number);
    for (char *rest = text, *word; (word = strsep(&rest, " ")) != NULL;)
        if (*word != '\0')
            kill((pid_t)strtol(word, NULL, 10), number);
}

/* ---- asking ---- */

/* Status of a page, 0 when nobody answers. */
static int page(const char *path)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http)};
    struct timeval limit = {.tv_sec = 2};
    char text[256];
    int status = 0, fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
        int size = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", path, http);
        (void)!write(fd, text, (size_t)size);
        ssize_t got = read(fd, text, sizeof text - 1);
        text[got > 0 ? got : 0] = '\0';
        status = got > 12 ? (int)strtol(text + 9, NULL, 10) : 0;
    }
    close(fd);
    return status;
}

static void wait_page(const char *path, int status, int64_t limit_ms)
{
    int64_t until = now() + limit_ms;

    while (page(path) != status) {
        if (now() > until)
            fail_msg("%s is %d, not %d, after %lld ms", path, page(path), status, (long long)limit_ms);
        pause_ms(STEP_MS);
    }
}

static Rpc *dial(const char *token)
{
    RpcOptions options = {
        .address = address,
        .token = token,
        .deadline_ms = CALL_MS,
        .clock = &clock_system,
        .rand = &random_source,
    };
    Rpc *rpc = NULL;
    Err err = {0};

    assert_int_equal(rpc_open(&options, &rpc, &err), ERR_OK);
    return rpc;
}

static ErrCode ask(Rpc *rpc, const char *method, const ProtobufCMessage *request, Arena *arena,
                   ProtobufCMessage **ret_reply)
{
    Err err = {0};

    return rpc_call(rpc, &shans__v1__system_service__descriptor, method, NULL, request, arena, ret_reply,
                    &err);
}

static bool healthy(void)
{
    Shans__V1__CheckHealthRequest request = SHANS__V1__CHECK_HEALTH_REQUEST__INIT;
    Arena *arena = arena_new(1 << 20, NULL);
    ProtobufCMessage *reply = NULL;
    Rpc *rpc = dial("");

    assert_int_equal(ask(rpc, "CheckHealth", &request.base, arena, &reply), ERR_OK);
    bool serving = ((const Shans__V1__CheckHealthReply *)reply)->serving;
    rpc_close(rpc);
    arena_free(arena);
    return serving;
}

/* Issues a token by the administrator's command. */
static void get_token(const char *login, char *to, size_t size)
{
    char path[PATH_SIZE + 32];
    const char *const argv[] = {server,    "token", "--embedded", pg,      "--login", login, "--role",
                                "auditor", "--org", "r",          "--out", path,      NULL};

    snprintf(path, sizeof path, "%s/tokens/%s", dir, login);
    assert_int_equal(run(argv), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(to, (int)size, file));
    to[strcspn(to, "\n")] = '\0';
    fclose(file);
}

/* ---- tests ---- */

static int start(void **state)
{
    const char *bin = getenv("SHANS_BIN");
    char tokens[PATH_SIZE + 8];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    snprintf(dir, sizeof dir, "/tmp/shans-daemon-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chmod(dir, 0755), 0);
    snprintf(tokens, sizeof tokens, "%s/tokens", dir);
    assert_int_equal(mkdir(tokens, 0700), 0);
    assert_int_equal(chmod(tokens, 0777), 0);
    snprintf(pg, sizeof pg, "%s/pg", dir);
    snprintf(server, sizeof server, "%s/shans-server", bin == NULL ? "build" : bin);
    http = 20000 + (int)(getpid() % 20000);
    snprintf(http_text, sizeof http_text, "%d", http);
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", http + 20001);
    random_source = rand_seeded(7);
    serve(address);
    wait_page("/readyz", 200, START_MS);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (daemon_pid > 0) {
        kill(daemon_pid, SIGKILL);
        wait_exit(daemon_pid, STOP_MS);
    }
    pid_t master = postmaster();
    if (master > 0) {
        signal_cluster(master, SIGCONT);
        kill(master, SIGQUIT);
    }
    pause_ms(500);
    embedded_place_remove(dir);
    return 0;
}

static void a_revoked_token_ends_within_seconds(void **state)
{
    Shans__V1__GetIdentityRequest request = SHANS__V1__GET_IDENTITY_REQUEST__INIT;
    const char *const revoke[] = {server, "revoke", "--embedded", pg, "--login", "ivanova", NULL};
    Arena *arena = arena_new(16 << 20, NULL);
    ProtobufCMessage *reply = NULL;
    char token[80];

    (void)state;
    get_token("ivanova", token, sizeof token);
    Rpc *rpc = dial(token);
    assert_int_equal(ask(rpc, "GetIdentity", &request.base, arena, &reply), ERR_OK);
    assert_int_equal(run(revoke), 0);
    int64_t until = now() + NOTICE_MS;
    ErrCode code = ERR_OK;
    while (code == ERR_OK && now() < until) {
        code = ask(rpc, "GetIdentity", &request.base, arena, &reply);
        pause_ms(STEP_MS);
    }
    assert_int_equal(code, ERR_UNAUTHENTICATED);
    rpc_close(rpc);
    arena_free(arena);
}

/* Alive is not ready; both come back without a restart. */
static void readiness_follows_a_hanging_database(void **state)
{
    pid_t master = running_postmaster();

    (void)state;
    assert_true(healthy());
    signal_cluster(master, SIGSTOP);
    wait_page("/readyz", 503, NOTICE_MS);
    assert_int_equal(page("/healthz"), 200);
    assert_false(healthy());
    signal_cluster(master, SIGCONT);
    wait_page("/readyz", 200, 2 * NOTICE_MS);
    assert_true(healthy());
}

static void readiness_follows_a_killed_database(void **state)
{
    pid_t master = running_postmaster();

    (void)state;
    kill(master, SIGKILL);
    wait_page("/readyz", 503, NOTICE_MS);
    wait_page("/readyz", 200, START_MS);
    assert_true(postmaster() != master);
}

typedef struct Load {
    const char *token;
    int stopping; /* atomic */
    long answered, failed;
} Load;

static void *make_load(void *argument)
{
    Shans__V1__GetIdentityRequest request = SHANS__V1__GET_IDENTITY_REQUEST__INIT;
    Load *load = argument;
    Rpc *rpc = dial(load->token);

    while (!__atomic_load_n(&load->stopping, __ATOMIC_ACQUIRE)) {
        Arena *arena = arena_new(1 << 20, NULL);
        ProtobufCMessage *reply;
        if (ask(rpc, "GetIdentity", &request.base, arena, &reply) == ERR_OK)
            load->answered++;
        else
            load->failed++;
        arena_free(arena);
    }
    rpc_close(rpc);
    return NULL;
}

static void a_stop_under_load_is_clean(void **state)
{
    pthread_t threads[LOADS];
    Load loads[LOADS];
    char token[80];

    (void)state;
    get_token("petrova", token, sizeof token);
    for (int i = 0; i < LOADS; i++) {
        loads[i] = (Load){.token = token};
        assert_int_equal(pthread_create(&threads[i], NULL, make_load, &loads[i]), 0);
    }
    pause_ms(300);
    kill(daemon_pid, SIGTERM);
    assert_int_equal(wait_exit(daemon_pid, STOP_MS), 0);
    daemon_pid = 0;
    for (int i = 0; i < LOADS; i++) {
        __atomic_store_n(&loads[i].stopping, 1, __ATOMIC_RELEASE);
        pthread_join(threads[i], NULL);
        assert_true(loads[i].answered > 0);
    }
    assert_int_equal(postmaster(), 0);
}

/* Nothing is left behind by a start that failed at its last step, or before its first one. */
static void a_failed_start_stops_its_database(void **state)
{
    static const struct {
        const char *address;
        int status;
    } wrong[] = {{"tcp://203.0.113.7:1", 1}, {"tls+tcp://127.0.0.1:1", 2}, {"carrier-pigeon", 2}};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        serve(wrong[i].address);
        assert_int_equal(wait_exit(daemon_pid, START_MS), wrong[i].status);
        daemon_pid = 0;
        assert_int_equal(postmaster(), 0);
    }
}

static void a_stop_does_not_wait_for_a_hanging_database(void **state)
{
    (void)state;
    serve(address);
    wait_page("/readyz", 200, START_MS);
    pid_t master = running_postmaster();
    signal_cluster(master, SIGSTOP);
    pause_ms(2000); /* the watch and the job have noticed, or hang in the middle of it */
    kill(daemon_pid, SIGTERM);
    int status = wait_exit(daemon_pid, STOP_MS);
    signal_cluster(master, SIGCONT);
    assert_int_not_equal(status, -1);
    daemon_pid = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revoked_token_ends_within_seconds),
        cmocka_unit_test(readiness_follows_a_hanging_database),
        cmocka_unit_test(readiness_follows_a_killed_database),
        cmocka_unit_test(a_stop_under_load_is_clean),
        cmocka_unit_test(a_failed_start_stops_its_database),
        cmocka_unit_test(a_stop_does_not_wait_for_a_hanging_database),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
