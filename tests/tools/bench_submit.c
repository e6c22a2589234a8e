/* Durable submissions of a 60-cell form through the whole server, against pgbench with the same statements on
 * the same database in the same run. usage: bench_submit BUILD_DIR [SECONDS]. Writes a Markdown table. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/ids.h"
#include "common/core/buf.h"
#include "common/core/embed.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/prepare.h"
#include "server/store/embedded_place.h"
#include "tests/integration/crash_client.h"
#include "tests/integration/world.h"

enum {
    THREADS_MAX = 64,
    SCHOOLS = 1200,
    ROWS = 6,
    CELLS = 60,
    TIMES_MAX = 1 << 20,
    PATH_SIZE = 256,
    REPEATS = 3
};

typedef struct Bench {
    const char *build;
    char dir[64], server[PATH_SIZE], address[PATH_SIZE], token[WORLD_TOKEN_SIZE];
    const Catalog *catalog;
    pid_t pid;
    int seconds;
    int64_t next;    /* atomic: index of the next form */
    int64_t ends_ms; /* of the run */
    size_t time_count;
    float *times_ms; /* of every submission of the run */
} Bench;

static int64_t now_ms(void)
{
    return clock_system.monotonic_ms(&clock_system);
}

/* The server is killed with the benchmark, however it ends. */
static pid_t server_pid;

static void kill_server(void)
{
    if (server_pid > 0)
        kill(server_pid, SIGKILL);
}

static void die(const char *what)
{
    fprintf(stderr, "bench_submit: %s\n", what);
    exit(1);
}

static int run(const char *const *argv, const char *out)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        if (freopen(out, "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(126);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void token(const Bench *bench, const char *login, const char *role, const char *org)
{
    char pg[PATH_SIZE], out[PATH_SIZE];

    snprintf(pg, sizeof pg, "%s/pg", bench->dir);
    snprintf(out, sizeof out, "%s/%s.token", bench->dir, login);
    const char *const argv[] = {bench->server, "token", "--embedded", pg,      "--login", login, "--role",
                                role,          "--org", org,          "--out", out,       NULL};
    for (int i = 0; run(argv, "/dev/null") != 0; i++) {
        if (i == 100)
            die("no token");
        clock_system.sleep_ms(&clock_system, 200);
    }
}

static void start(Bench *bench)
{
    char pg[PATH_SIZE], name[PATH_SIZE];

    snprintf(bench->dir, sizeof bench->dir, "/tmp/shans-bench-XXXXXX");
    if (mkdtemp(bench->dir) == NULL || chmod(bench->dir, 0755) != 0)
        die("no folder");
    snprintf(bench->server, sizeof bench->server, "%s/shans-server", bench->build);
    snprintf(bench->address, sizeof bench->address, "tcp://127.0.0.1:%d", 20000 + (int)(getpid() % 20000));
    snprintf(pg, sizeof pg, "%s/pg", bench->dir);
    bench->pid = fork();
    if (bench->pid == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(126);
        execl(bench->server, bench->server, "serve", "--embedded", pg, "--listen", bench->address, "--region",
              "r", (char *)NULL);
        _exit(127);
    }
    server_pid = bench->pid;
    token(bench, "analyst", "ministry_analyst", "r");
    crash_make_orgs(bench->dir, bench->address, SCHOOLS);
    token(bench, "client0", "district_coordinator", "d");
    snprintf(name, sizeof name, "%s/client0.token", bench->dir);
    FILE *file = fopen(name, "r");
    if (file == NULL || fgets(bench->token, sizeof bench->token, file) == NULL)
        die("no token file");
    fclose(file);
}

static bool submit_one(Bench *bench, Rpc *rpc, IdMaker *maker, int64_t index)
{
    Arena *arena = arena_new(4 << 20, NULL);
    const char *school = arena_printf(arena, "s-%d", (int)(index % SCHOOLS));
    const char *period = arena_printf(arena, "%d", 2000 + (int)(index / SCHOOLS % 100));
    Shans__V1__SubmitRequest *request =
        world_results_rows(school, period, SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT, 30 + index % 50,
                           ROWS, bench->catalog, arena);
    ProtobufCMessage *reply;
    uint8_t id[ID_SIZE];
    Err err = {0};

    id_make(maker, id);
    ErrCode code = rpc_call(rpc, &shans__v1__collection_service__descriptor, "Submit", id, &request->base,
                            arena, &reply, &err);
    if (code != ERR_OK)
        fprintf(stderr, "bench_submit: %s %s\n", err_code_name(code), err.reason);
    arena_free(arena);
    return code == ERR_OK;
}

static void *drive(void *context)
{
    Bench *bench = context;
    Rand rand = rand_system();
    IdMaker maker = id_maker(&clock_system, &rand);
    RpcOptions options = {.address = bench->address,
                          .token = bench->token,
                          .deadline_ms = 20000,
                          .clock = &clock_system,
                          .rand = &rand};
    Rpc *rpc = NULL;
    Err err = {0};

    if (rpc_open(&options, &rpc, &err) != ERR_OK)
        die(err.reason);
    for (int64_t at = now_ms(); at < bench->ends_ms;) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        if (!submit_one(bench, rpc, &maker, __atomic_fetch_add(&bench->next, 1, __ATOMIC_RELAXED)))
            die("refused");
        clock_gettime(CLOCK_MONOTONIC, &after);
        size_t slot = __atomic_fetch_add(&bench->time_count, 1, __ATOMIC_RELAXED);
        if (slot < TIMES_MAX)
            bench->times_ms[slot] = (float)(after.tv_sec - before.tv_sec) * 1000.0F +
                                    (float)(after.tv_nsec - before.tv_nsec) / 1e6F;
        at = now_ms();
    }
    rpc_close(rpc);
    return NULL;
}

static double ours(Bench *bench, int threads)
{
    pthread_t list[THREADS_MAX];

    bench->time_count = 0;
    bench->ends_ms = now_ms() + bench->seconds * 1000;
    int64_t started = now_ms();
    for (int i = 0; i < threads; i++)
        pthread_create(&list[i], NULL, drive, bench);
    for (int i = 0; i < threads; i++)
        pthread_join(list[i], NULL);
    return (double)bench->time_count * 1000.0 / (double)(now_ms() - started);
}

/* The text of an embedded statement with $n replaced by values[n-1]; comment lines are dropped. */
static void statement(Buf *buf, const char *name, const char *const *values)
{
    char path[PATH_SIZE];
    const char *text = NULL;

    snprintf(path, sizeof path, "queries/%s.sql", name);
    for (size_t i = 0; i < sql_files_count; i++) {
        if (text_equal(sql_files[i].name, path))
            text = (const char *)sql_files[i].data;
    }
    if (text == NULL)
        die(name);
    bool line_start = true;
    for (; *text != '\0'; text++) {
        if (line_start && text[0] == '-' && text[1] == '-') {
            text += strcspn(text, "\n");
        } else if (*text == '$' && text[1] >= '1' && text[1] <= '9') {
            char *end;
            long n = strtol(text + 1, &end, 10);
            buf_text(buf, values[n - 1]);
            text = end - 1;
        } else {
            buf_char(buf, *text == '\n' ? ' ' : *text);
        }
        line_start = *text == '\n';
    }
}

static void write_script(const Bench *bench, const char *path)
{
    const char *enter[] = {"'shans_writer'", "'3'", "''", "'on'", "''", "''", "'20000'"};
    const char *prepare[] = {":operation", ":school", "'assessment_results'", ":period", "2"};
    const char *rescope[] = {"'3'", "''", "'on'", "''", "''"};
    const char *insert[] = {
        ":sid",  ":school", "2",  "'assessment_results'", "1", ":period", "2", "3", "1", ":hash", "''",
        "now()", "1",       "'f'"};
    const char *cells[] = {":sid",      ":school", "2",       "1",      "1",       "now()",
                           ":sections", ":rows",   ":fields", ":kinds", ":numbers"};
    const char *event[] = {":eid", ":sid", ":school", "2", "1", "'SUBMIT'", "0", "3", "1", "''", "now()"};
    const char *audit[] = {
        "now()",    "1",          "'client0'",    "3", "'shans.v1.CollectionService/Submit'",
        ":request", ":operation", "'submission'", "''"};
    const char *operation[] = {":operation", "1",      "'shans.v1.CollectionService/Submit'",
                               ":hash",      ":reply", "now()"};
    Buf buf;

    buf_init(&buf, 1 << 20);
    buf_printf(&buf, "\\set i :i + 1\n\\set n :client_id * 4000 + :i\n\\set school 3 + :n %% %d\n", SCHOOLS);
    buf_printf(&buf, "\\set period :base + :n / %d\n", SCHOOLS);
    buf_text(&buf, "select gen_random_uuid() as operation, gen_random_uuid() as request \\gset\nbegin;\n");
    statement(&buf, "db__enter", enter);
    buf_text(&buf, ";\nselect * from (");
    statement(&buf, "submit__prepare", prepare);
    buf_text(&buf, ") as t (a, b, c, d, e, f, g, h, sid, eid) \\gset\n");
    statement(&buf, "db__rescope", rescope);
    buf_text(&buf, ";\n");
    const struct {
        const char *name;
        const char *const *values;
    } rest[] = {{"submission__insert", insert},
                {"cell__write", cells},
                {"event__insert", event},
                {"audit__insert", audit},
                {"operation__insert", operation}};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        statement(&buf, rest[i].name, rest[i].values);
        buf_text(&buf, ";\n");
    }
    buf_text(&buf, "commit;\n");
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(buf.data, 1, buf.length, file) != buf.length || fclose(file) != 0)
        die("script");
    buf_done(&buf);
    (void)bench;
}

/* "sections={results,...}" and the like, as pgbench variables. */
static void cell_arrays(Buf *sections, Buf *rows, Buf *fields, Buf *kinds, Buf *numbers, const Bench *bench)
{
    Arena *arena = arena_new(4 << 20, NULL);
    Shans__V1__SubmitRequest *request = world_results_rows(
        "s-0", "2022", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT, 30, ROWS, bench->catalog, arena);
    Buf *const lists[] = {sections, rows, fields, kinds, numbers};
    static const char *const names[] = {"sections={", "rows={", "fields={", "kinds={", "numbers={"};

    for (size_t i = 0; i < 5; i++) {
        buf_init(lists[i], 1 << 16);
        buf_text(lists[i], names[i]);
    }
    for (size_t i = 0; i < request->n_cells; i++) {
        const char *comma = i == 0 ? "" : ",";
        buf_printf(sections, "%sresults", comma);
        buf_printf(rows, "%s%s", comma, request->cells[i]->row);
        buf_printf(fields, "%s%s", comma, request->cells[i]->field);
        buf_printf(kinds, "%s1", comma);
        buf_printf(numbers, "%s%lld", comma, (long long)request->cells[i]->number);
    }
    for (size_t i = 0; i < 5; i++)
        buf_char(lists[i], '}');
    if (request->n_cells != CELLS)
        die("not 60 cells");
    arena_free(arena);
}

static double pgbench(const Bench *bench, int clients, int number)
{
    char script[PATH_SIZE], socket[PATH_SIZE], out[PATH_SIZE], base[32], count[8], seconds[8], line[512];
    Buf lists[5], reply;
    double rate = 0;

    snprintf(script, sizeof script, "%s/submit.pgbench", bench->dir);
    snprintf(socket, sizeof socket, "%s/pg/socket", bench->dir);
    snprintf(out, sizeof out, "%s/pgbench.out", bench->dir);
    snprintf(base, sizeof base, "base=%d", 3000 + number * 250);
    snprintf(count, sizeof count, "%d", clients);
    snprintf(seconds, sizeof seconds, "%d", bench->seconds);
    write_script(bench, script);
    cell_arrays(&lists[0], &lists[1], &lists[2], &lists[3], &lists[4], bench);
    buf_init(&reply, 4096);
    buf_text(&reply, "reply=\\x");
    for (int i = 0; i < 120; i++)
        buf_text(&reply, "ab");
    const char *hash = "hash=\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const char *const argv[] = {"/usr/lib/postgresql/15/bin/pgbench",
                                "-n",
                                "-M",
                                "prepared",
                                "-h",
                                socket,
                                "-U",
                                "shans_app",
                                "-c",
                                count,
                                "-j",
                                "2",
                                "-T",
                                seconds,
                                "-f",
                                script,
                                "-D",
                                "i=0",
                                "-D",
                                base,
                                "-D",
                                hash,
                                "-D",
                                reply.data,
                                "-D",
                                lists[0].data,
                                "-D",
                                lists[1].data,
                                "-D",
                                lists[2].data,
                                "-D",
                                lists[3].data,
                                "-D",
                                lists[4].data,
                                "shans",
                                NULL};
    if (run(argv, out) != 0)
        die("pgbench failed");
    FILE *file = fopen(out, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (text_starts(line, "tps = "))
            rate = strtod(line + 6, NULL);
        if (text_starts(line, "number of failed transactions: ") && line[31] != '0')
            die(line);
    }
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; i < 5; i++)
        buf_done(&lists[i]);
    buf_done(&reply);
    return rate;
}

static int by_value(const void *a, const void *b)
{
    float left = *(const float *)a, right = *(const float *)b;

    return left < right ? -1 : left > right;
}

static double median(double *values, int count)
{
    for (int i = 1; i < count; i++) {
        for (int j = i; j > 0 && values[j - 1] > values[j]; j--) {
            double swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
    }
    return values[count / 2];
}

int main(int argc, char **argv)
{
    static const int levels[] = {1, 8, 48};
    Bench bench = {.build = argc > 1 ? argv[1] : "build",
                   .seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 4};
    Arena *arena = arena_new(64 << 20, NULL);
    Catalog *catalog = NULL;
    char hash[CRYPTO_HASH_TEXT_SIZE];
    Err err = {0};
    int number = 0;

    if (!crypto_init() || prepare_catalog(arena, &catalog, hash, &err) != ERR_OK)
        die("catalogue");
    atexit(kill_server);
    bench.catalog = catalog;
    bench.times_ms = calloc(TIMES_MAX, sizeof *bench.times_ms);
    start(&bench);
    puts("| in flight | shans, submissions/s | p50 ms | p99 ms | pgbench, same statements, tps | ratio |\n"
         "|---|---|---|---|---|---|");
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        double mine[REPEATS], theirs[REPEATS];
        for (int k = 0; k < REPEATS; k++) {
            mine[k] = ours(&bench, levels[i]);
            theirs[k] = pgbench(&bench, levels[i], number++);
        }
        size_t count = bench.time_count < TIMES_MAX ? bench.time_count : TIMES_MAX;
        qsort(bench.times_ms, count, sizeof *bench.times_ms, by_value);
        double rate = median(mine, REPEATS), other = median(theirs, REPEATS);
        printf("| %d | %.0f | %.2f | %.2f | %.0f | %.2f |\n", levels[i], rate,
               (double)bench.times_ms[count / 2], (double)bench.times_ms[count * 99 / 100], other,
               rate / other);
        fflush(stdout);
    }
    kill(bench.pid, SIGTERM);
    waitpid(bench.pid, NULL, 0);
    embedded_place_remove(bench.dir);
    return 0;
}
