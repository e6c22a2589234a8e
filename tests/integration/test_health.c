/* The server as a service: what /readyz says in each fault and how soon, the metrics page, reload, messages
 * to systemd, and a log in which every line can be read by a machine and no secret stands. */
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
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/rpc/rpc.h"
#include "shans/v1/system.pb-c.h"
#include "tests/support/pg.h"
#include "tests/support/promlint.h"

enum {
    PATH_SIZE = 200,
    START_MS = 30000,
    NOTICE_MS = 5000,
    STOP_MS = 10000,
    STEP_MS = 50,
    PAGE_SIZE = 1 << 16
};

#define TOKEN_CANARY "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

static TestPg pg;
static Db *owner;
static char server[PATH_SIZE], conf[PATH_SIZE], log_path[PATH_SIZE], address[64],
    app_conninfo[TEST_CONNINFO_SIZE];
static int http, manager;
static pid_t daemon_pid;
static char page[PAGE_SIZE];

static int64_t now(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

static void pause_ms(int64_t ms)
{
    clock_system.sleep_ms(&clock_system, ms);
}

/* ---- the process ---- */

static void write_conf(const char *more)
{
    FILE *file = fopen(conf, "w");

    assert_non_null(file);
    fprintf(file, "listen = %s\nhttp-port = %d\nlog-format = json\n%s", address, http, more);
    fclose(file);
}

/* The connection string goes by the environment, as a container would have it. */
static pid_t serve(const char *extra, const char *value)
{
    const char *const argv[] = {server, "serve", "--config", conf, extra, value, NULL};
    char password[TEST_CONNINFO_SIZE + 32];
    pid_t pid = fork();

    if (pid == 0) {
        int file = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        snprintf(password, sizeof password, "%s password=canarypassword", app_conninfo);
        setenv("SHANS_DB", password, 1);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

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

/* ---- asking ---- */

/* Status of a page, its body in `page`; 0 when nobody answers. */
static int get(const char *path)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http)};
    struct timeval limit = {.tv_sec = 2};
    size_t length = 0;
    int status = 0, fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    page[0] = '\0';
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
        char request[256];
        int size =
            snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", path, http);
        (void)!write(fd, request, (size_t)size);
        for (ssize_t got;
             length < sizeof page - 1 && (got = read(fd, page + length, sizeof page - 1 - length)) > 0;)
            length += (size_t)got;
        page[length] = '\0';
        status = length > 12 ? (int)strtol(page + 9, NULL, 10) : 0;
        char *body = strstr(page, "\r\n\r\n");
        if (body != NULL)
            memmove(page, body + 4, strlen(body + 4) + 1);
    }
    close(fd);
    return status;
}

/* Until /readyz gives exactly that reason ("" ready); liveness holds all the while. */
static void expect_ready(const char *reason, int64_t limit_ms)
{
    int64_t until = now() + limit_ms;
    char wanted[128];

    if (*reason == '\0')
        snprintf(wanted, sizeof wanted, "{\"ready\":true}\n");
    else
        snprintf(wanted, sizeof wanted, "{\"ready\":false,\"reason\":\"%s\"}\n", reason);
    for (;;) {
        int status = get("/readyz");
        if (status == (*reason == '\0' ? 200 : 503) && strcmp(page, wanted) == 0)
            break;
        if (now() > until)
            fail_msg("/readyz is %d %s, not %s, after %lld ms", status, page, wanted, (long long)limit_ms);
        pause_ms(STEP_MS);
    }
    assert_int_equal(get("/healthz"), 200);
}

/* The health call, as a client sees it; -1 when there is no answer. */
static int serving(void)
{
    Shans__V1__CheckHealthRequest request = SHANS__V1__CHECK_HEALTH_REQUEST__INIT;
    Rand random_source = rand_seeded(1);
    RpcOptions options = {.address = address,
                          .token = TOKEN_CANARY,
                          .deadline_ms = 3000,
                          .clock = &clock_system,
                          .rand = &random_source};
    Arena *arena = arena_new(1 << 20, NULL);
    ProtobufCMessage *reply = NULL;
    Rpc *rpc = NULL;
    Err err = {0};
    int result = -1;

    assert_int_equal(rpc_open(&options, &rpc, &err), ERR_OK);
    if (rpc_call(rpc, &shans__v1__system_service__descriptor, "CheckHealth", NULL, &request.base, arena,
                 &reply, &err) == ERR_OK)
        result = ((const Shans__V1__CheckHealthReply *)reply)->serving;
    rpc_close(rpc);
    arena_free(arena);
    return result;
}

/* Reads messages to the manager until one begins with `wanted`. */
static void hear(const char *wanted, int64_t limit_ms)
{
    int64_t until = now() + limit_ms;
    char text[1024];

    for (;;) {
        ssize_t got = recv(manager, text, sizeof text - 1, MSG_DONTWAIT);
        text[got > 0 ? got : 0] = '\0';
        if (got > 0 && strncmp(text, wanted, strlen(wanted)) == 0)
            return;
        if (now() > until)
            fail_msg("systemd does not hear %s", wanted);
        if (got <= 0)
            pause_ms(STEP_MS);
    }
}

/* Nobody read the beats meanwhile: what comes next must find room. */
static void listen_anew(void)
{
    char text[1024];

    while (recv(manager, text, sizeof text, MSG_DONTWAIT) > 0)
        ;
}

/* ---- tests ---- */

static int start(void **state)
{
    const char *bin = getenv("SHANS_BIN");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char cwd[PATH_SIZE / 2], path[64];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_non_null(getcwd(cwd, sizeof cwd));
    bin = bin == NULL ? "build" : bin;
    snprintf(server, sizeof server, "%s%s%.80s/shans-server", bin[0] == '/' ? "" : cwd,
             bin[0] == '/' ? "" : "/", bin);
    test_pg_start(&pg);
    owner = test_pg_owner(&pg);
    test_pg_conninfo(&pg, "shans_app", "shans", app_conninfo);
    snprintf(conf, sizeof conf, "%s/server.conf", pg.dir);
    snprintf(log_path, sizeof log_path, "%s/server.log", pg.dir);
    http = 20000 + (int)(getpid() % 20000);
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", http + 20001);
    write_conf("");
    snprintf(path, sizeof path, "@shans-manager-%d", (int)getpid());
    memcpy(name.sun_path, path, strlen(path));
    name.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&name,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
                     0);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "20000000", 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (daemon_pid > 0) {
        kill(daemon_pid, SIGKILL);
        wait_exit(daemon_pid, STOP_MS);
    }
    close(manager);
    db_close(owner);
    test_pg_stop(&pg);
    return 0;
}

/* A start that waits for another runner's migrations lives, is not ready, and says why; READY comes last. */
static void a_start_in_progress_is_alive_and_not_ready(void **state)
{
    char owner_conninfo[TEST_CONNINFO_SIZE], text[64];
    Err err = {0};
    DbResult *lock = NULL;

    (void)state;
    test_pg_conninfo(&pg, "postgres", "shans", owner_conninfo);
    assert_int_equal(db_query(owner, "migration__lock", NULL, &lock, &err), ERR_OK);
    db_result_free(lock);
    daemon_pid = serve("--owner-db", owner_conninfo);
    expect_ready("SERVER_STARTING", START_MS);
    assert_int_equal(recv(manager, text, sizeof text, MSG_DONTWAIT), -1);
    assert_int_equal(get("/metrics"), 200);
    assert_non_null(strstr(page, "\nshans_ready 0\n"));
    test_pg_sql(owner, "select pg_advisory_unlock_all()");
    expect_ready("", START_MS);
    hear("READY=1", NOTICE_MS);
    hear("WATCHDOG=1", NOTICE_MS);
    assert_int_equal(serving(), 1);
}

#define CUT "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shans_app'; "

/* A fault made by SQL, the reason it must give within five seconds, and what mends it. */
typedef struct Fault {
    const char *name, *make, *reason, *mend;
} Fault;

static const Fault faults[] = {
    {"read only", "alter system set default_transaction_read_only = on; ", "DATABASE_READ_ONLY",
     "set transaction_read_only = off; alter system reset default_transaction_read_only; "},
    {"a migration ahead", "insert into shans.schema_migration select 999, '0999_later', sha256(''), now()",
     "MIGRATION_NEWER", "delete from shans.schema_migration where number = 999"},
    {"a migration behind",
     "create table kept as select * from shans.schema_migration; "
     "delete from shans.schema_migration where number = (select max(number) from kept)",
     "MIGRATION_MISSING",
     "insert into shans.schema_migration select * from kept order by number desc limit 1; drop table kept"},
    {"a changed migration",
     "create table kept as select * from shans.schema_migration where number = 2; "
     "update shans.schema_migration set hash = sha256('') where number = 2",
     "MIGRATION_CHANGED",
     "update shans.schema_migration m set hash = kept.hash from kept where kept.number = m.number; drop "
     "table kept"},
    {"no sign-in", "alter role shans_app nologin; " CUT, "DATABASE_GONE", "alter role shans_app login"},
    {"a role that is gone", "revoke shans_auth from shans_app; " CUT, "ROW_FORBIDDEN",
     "grant shans_auth to shans_app"},
    {"no connections left", "alter role shans_app connection limit 0; " CUT, "DATABASE_GONE",
     "alter role shans_app connection limit -1"},
    {"no room on the disk", "alter role shans_app set temp_file_limit = '1MB'; " CUT, "DATABASE_FULL",
     "alter role shans_app reset temp_file_limit; " CUT},
    {"a standby that does not answer", "alter system set synchronous_standby_names = 'nobody'; ",
     "OUTCOME_UNKNOWN", "set synchronous_commit = local; alter system reset synchronous_standby_names; "},
};

/* ALTER SYSTEM stands outside of transactions: each statement by itself. */
static void run_each(const char *text)
{
    char copy[1024], *rest = copy, *one;

    snprintf(copy, sizeof copy, "%s", text);
    while ((one = strsep(&rest, ";")) != NULL) {
        if (one[strspn(one, " ")] != '\0')
            test_pg_sql(owner, one);
    }
    if (strstr(text, "alter system") != NULL)
        test_pg_sql(owner, "select pg_reload_conf()");
}

static void each_fault_is_named_within_five_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        int64_t begun = now();

        run_each(faults[i].make);
        expect_ready(faults[i].reason, 2 * NOTICE_MS); /* a loaded machine; what it took is printed */
        print_message("%s: %s after %lld ms\n", faults[i].name, faults[i].reason, (long long)(now() - begun));
        assert_int_equal(get("/metrics"), 200);
        assert_non_null(strstr(page, "\nshans_ready 0\n"));
        run_each(faults[i].mend);
        expect_ready("", 2 * NOTICE_MS);
        test_pg_sql(owner, "set synchronous_commit = on");
    }
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
    for (char *rest = text, *word; (word = strsep(&rest, " ")) != NULL;) {
        if (*word != '\0')
            kill((pid_t)strtol(word, NULL, 10), number);
    }
}

static void a_hanging_and_a_killed_database(void **state)
{
    pid_t master = embedded_pid(pg.embedded);

    (void)state;
    signal_cluster(master, SIGSTOP);
    int64_t begun = now();
    while (get("/readyz") != 503 && now() - begun < 2 * NOTICE_MS)
        pause_ms(STEP_MS);
    print_message("a hanging database: after %lld ms\n", (long long)(now() - begun));
    assert_int_equal(get("/readyz"), 503);
    assert_int_equal(serving(), 0);
    assert_int_equal(get("/healthz"), 200);
    signal_cluster(master, SIGCONT);
    expect_ready("", 2 * NOTICE_MS);
    db_close(owner);
    owner = NULL;
    kill(master, SIGKILL);
    expect_ready("DATABASE_GONE", NOTICE_MS);
    expect_ready("", START_MS);
    owner = test_pg_owner(&pg);
}

static void the_page_of_metrics_is_well_formed(void **state)
{
    size_t series;

    (void)state;
    assert_int_equal(serving(), 1);
    assert_int_equal(get("/metrics"), 200);
    const char *fault = promlint(page, &series);
    if (fault != NULL)
        fail_msg("%s", fault);
    assert_true(series > 30 && series < 500);
    assert_non_null(strstr(page, "method=\"shans.v1.SystemService/CheckHealth\",code=\"OK\"}"));
}

/* The whole log so far. */
static char *read_log(void)
{
    static char text[1 << 20];
    FILE *file = fopen(log_path, "r");

    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

static void wait_log(const char *words)
{
    int64_t until = now() + NOTICE_MS;

    while (strstr(read_log(), words) == NULL) {
        if (now() > until)
            fail_msg("the log does not say %s", words);
        pause_ms(STEP_MS);
    }
}

/* SIGHUP takes over the log, names what needs a restart, and survives a broken file; calls go on. */
static void a_reload_changes_the_log_and_never_ends_the_server(void **state)
{
    (void)state;
    write_conf("debug = yes\nworkers = 4\n");
    listen_anew();
    kill(daemon_pid, SIGHUP);
    hear("RELOADING=1", NOTICE_MS);
    hear("READY=1", NOTICE_MS);
    wait_log("\"event\":\"reload\",\"taken\":\"debug\",\"restart_needed\":\"workers\"");
    assert_int_equal(serving(), 1);
    wait_log("\"method\":\"shans.v1.SystemService/CheckHealth\",\"code\":\"OK\",\"reason\":\"-\",\"ms\":");
    write_conf("debug = perhaps\n");
    listen_anew();
    kill(daemon_pid, SIGHUP);
    hear("READY=1", NOTICE_MS);
    wait_log("\"event\":\"reload\",\"code\":\"INVALID_ARGUMENT\",\"reason\":\"OPTION_SWITCH\"");
    unlink(conf);
    kill(daemon_pid, SIGHUP);
    wait_log("\"reason\":\"CONF_UNREADABLE\"");
    for (int i = 0; i < 20; i++)
        kill(daemon_pid, SIGHUP);
    expect_ready("", NOTICE_MS);
    assert_int_equal(serving(), 1);
}

static void a_stop_is_told_and_quick(void **state)
{
    int64_t begun = now();

    (void)state;
    listen_anew();
    kill(daemon_pid, SIGTERM);
    hear("STOPPING=1", NOTICE_MS);
    assert_int_equal(wait_exit(daemon_pid, STOP_MS), 0);
    assert_true(now() - begun < STOP_MS);
    daemon_pid = 0;
    assert_int_equal(get("/healthz"), 0);
}

/* A text without its end is no text: the smallest reading of JSON that sees a broken line. */
static bool is_object(const char *line)
{
    bool inside = false;

    if (line[0] != '{')
        return false;
    for (; *line != '\0'; line++) {
        if (inside && *line == '\\')
            line++;
        else if (*line == '"')
            inside = !inside;
        else if (inside && (unsigned char)*line < 0x20)
            return false;
    }
    return !inside && line[-1] == '}';
}

/* Through all that happened above, at the highest level: objects only, and nothing that is nobody's business.
 */
static void every_line_is_an_object_and_no_secret_is_in_any(void **state)
{
    static const char *const canaries[] = {"canarypassword", TOKEN_CANARY, "password="};
    char *rest = read_log(), *line;
    int lines = 0;

    (void)state;
    for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++)
        assert_null(strstr(rest, canaries[i]));
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (*line == '\0')
            continue;
        lines++;
        if (!is_object(line) || strstr(line, "\"ts\":\"20") == NULL || strstr(line, "\"level\":\"") == NULL ||
            strstr(line, "\"event\":\"") == NULL)
            fail_msg("%s", line);
    }
    assert_true(lines > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_in_progress_is_alive_and_not_ready),
        cmocka_unit_test(each_fault_is_named_within_five_seconds),
        cmocka_unit_test(a_hanging_and_a_killed_database),
        cmocka_unit_test(the_page_of_metrics_is_well_formed),
        cmocka_unit_test(a_reload_changes_the_log_and_never_ends_the_server),
        cmocka_unit_test(a_stop_is_told_and_quick),
        cmocka_unit_test(every_line_is_an_object_and_no_secret_is_in_any),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
