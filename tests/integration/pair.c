/* Owns two server processes and the clusters behind them. Invariant: pair_stop ends every process and removes
 * every file. Must not reach a server but through its socket and its commands. */
#include "tests/integration/pair.h"

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

#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/prepare.h"
#include "server/store/embedded_place.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/crash_client.h"
#include "tests/integration/sql.h"

enum { READY_TRIES = 600, STEP_MS = 50, MEMORY = 64 << 20 };

static void path_in(const Pair *pair, const char *name, char *to)
{
    snprintf(to, PROCESS_PATH_SIZE, "%s/%s", pair->dir, name);
}

static void server_path(char *to)
{
    const char *bin = getenv("SHANS_BIN");

    snprintf(to, PROCESS_PATH_SIZE, "%s/shans-server", bin == NULL ? "build" : bin);
}

void pair_conninfo(const Pair *pair, const char *user, char *to)
{
    text_copy(to, PAIR_CONNINFO_SIZE, pair->hosts);
    size_t used = strlen(to);
    int more = snprintf(to + used, PAIR_CONNINFO_SIZE - used,
                        " user=%s dbname=shans target_session_attrs=read-write", user);

    assert_true(used + (size_t)more < PAIR_CONNINFO_SIZE);
}

static void node_path(Pair *pair, size_t node, char *to)
{
    /* the place is the node's for good: it stands in the servers' connection strings */
    snprintf(to, PROCESS_PATH_SIZE, "%s/pg%zu", pair->dir, node);
}

static void start_server(Pair *pair, size_t server)
{
    char program[PROCESS_PATH_SIZE], log[PROCESS_PATH_SIZE], name[16];
    char conninfo[PAIR_CONNINFO_SIZE], address[sizeof pair->dir];

    server_path(program);
    snprintf(name, sizeof name, "server%zu.log", server);
    path_in(pair, name, log);
    pair_conninfo(pair, "shans_app", conninfo);
    text_copy(address, sizeof address, pair->dir);
    snprintf(pair->addresses[server], sizeof pair->addresses[server], "ipc://%s/rpc%zu", address, server);
    const char *const argv[] = {program,    "serve", "--db", conninfo, "--listen", pair->addresses[server],
                                "--region", "r",     NULL};
    pair->servers[server] = process_spawn(argv, log);
}

int pair_command(const Pair *pair, const char *const *args)
{
    char program[PROCESS_PATH_SIZE], conninfo[PAIR_CONNINFO_SIZE], out[PROCESS_PATH_SIZE];
    const char *argv[32] = {program};
    size_t count = 1;

    server_path(program);
    path_in(pair, "command.out", out);
    pair_conninfo(pair, "postgres", conninfo);
    while (*args != NULL && count < 28)
        argv[count++] = *args++;
    argv[count++] = "--owner-db";
    argv[count++] = conninfo;
    return process_run(argv, out);
}

static void make_person(const Pair *pair, const char *login, const char *role, const char *org)
{
    char out[PROCESS_PATH_SIZE], name[64];

    snprintf(name, sizeof name, "%s.token", login);
    path_in(pair, name, out);
    const char *const args[] = {"token", "--login", login, "--role", role, "--org", org, "--out", out, NULL};
    assert_int_equal(pair_command(pair, args), 0);
}

Rpc *pair_client(Pair *pair, size_t server, const char *login, uint32_t deadline_ms)
{
    char name[64], path[PROCESS_PATH_SIZE], token[WORLD_TOKEN_SIZE] = "";
    Rpc *rpc = NULL;
    Err err = {0};

    snprintf(name, sizeof name, "%s.token", login);
    path_in(pair, name, path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(token, sizeof token, file));
    fclose(file);
    const RpcOptions options = {.address = pair->addresses[server],
                                .token = token,
                                .deadline_ms = deadline_ms,
                                .clock = &clock_system,
                                .rand = &pair->rand};
    assert_int_equal(rpc_open(&options, &rpc, &err), ERR_OK);
    return rpc;
}

void pair_wait_ready(Pair *pair, size_t server)
{
    Shans__V1__ListOrgsRequest request = SHANS__V1__LIST_ORGS_REQUEST__INIT;
    Rpc *rpc = pair_client(pair, server, "analyst", 2000);
    ErrCode code = ERR_UNAVAILABLE;

    request.page_size = 1;
    for (int i = 0; i < READY_TRIES && code != ERR_OK; i++) {
        Arena *arena = arena_new(MEMORY, NULL);
        ProtobufCMessage *reply;
        Err err = {0};
        code = rpc_call(rpc, &shans__v1__org_service__descriptor, "ListOrgs", NULL, &request.base, arena,
                        &reply, &err);
        arena_free(arena);
        if (code != ERR_OK)
            clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    rpc_close(rpc);
    assert_int_equal(code, ERR_OK);
}

static void start_nodes(Pair *pair, size_t node_count)
{
    char path[PROCESS_PATH_SIZE];

    node_path(pair, 0, path);
    cluster_make(&pair->nodes[0], path, node_count > 1);
    pair->node_count = 1;
    if (node_count > 1) {
        node_path(pair, 1, path);
        cluster_clone(&pair->nodes[1], path, &pair->nodes[0]);
        pair->node_count = 2;
        cluster_wait_standby(&pair->nodes[0]);
    }
    const char *first = pair->nodes[0].pg.dir, *second = pair->nodes[1].pg.dir;
    snprintf(pair->hosts, sizeof pair->hosts, "host=%s/socket%s%s%s port=5432", first,
             node_count > 1 ? "," : "", second, node_count > 1 ? "/socket" : "");
}

static void begin(Pair *pair)
{
    char hash[CRYPTO_HASH_TEXT_SIZE];
    Err err = {0};

    memset(pair, 0, sizeof *pair);
    assert_true(crypto_init());
    snprintf(pair->dir, sizeof pair->dir, "/tmp/shans-pair-XXXXXX");
    assert_non_null(mkdtemp(pair->dir));
    assert_int_equal(embedded_drop_root(pair->dir, &err), ERR_OK);
    pair->rand = rand_system();
    pair->arena = arena_new(MEMORY, NULL);
    assert_int_equal(prepare_catalog(pair->arena, &pair->catalog, hash, &err), ERR_OK);
}

/* Both servers at once, as a machine that boots starts them. */
static void start_servers(Pair *pair)
{
    static const char *const migrate[] = {"migrate", NULL};

    assert_int_equal(pair_command(pair, migrate), 0);
    for (size_t i = 0; i < PAIR_SERVERS; i++)
        start_server(pair, i);
    /* the region comes with the first start of a server */
    for (int i = 0; i < READY_TRIES && access(pair->addresses[0] + strlen("ipc://"), F_OK) != 0; i++)
        clock_system.sleep_ms(&clock_system, STEP_MS);
    make_person(pair, "analyst", "ministry_analyst", "r");
    for (size_t i = 0; i < PAIR_SERVERS; i++)
        pair_wait_ready(pair, i);
    crash_make_orgs(pair->dir, pair->addresses[0], LOAD_SCHOOLS);
    make_person(pair, "client0", "district_coordinator", "d");
}

void pair_start(Pair *pair, size_t node_count)
{
    begin(pair);
    start_nodes(pair, node_count);
    start_servers(pair);
}

void pair_start_on(Pair *pair, const char *hosts)
{
    begin(pair);
    snprintf(pair->hosts, sizeof pair->hosts, "%s", hosts);
    start_servers(pair);
}

void pair_stop(Pair *pair)
{
    int status;

    for (size_t i = 0; i < PAIR_SERVERS; i++) {
        if (pair->servers[i] <= 0)
            continue;
        kill(pair->servers[i], SIGKILL);
        waitpid(pair->servers[i], &status, 0);
    }
    for (size_t i = 0; i < pair->node_count; i++)
        cluster_remove(&pair->nodes[i]);
    const char *kept = getenv("SHANS_KEEP"); /* for someone who looks into the logs */
    if (kept == NULL || *kept == '\0')
        embedded_place_remove(pair->dir);
    arena_free(pair->arena);
}

bool pair_serves(const Pair *pair, size_t server)
{
    int status;

    return waitpid(pair->servers[server], &status, WNOHANG) == 0;
}

int pair_rounds(int brief, int soak)
{
    return getenv("SHANS_SOAK") == NULL ? brief : soak;
}

void pair_kill_primary(const Pair *pair)
{
    cluster_kill(&pair->nodes[pair->primary]);
}

void pair_take_over(Pair *pair)
{
    size_t dead = pair->primary, next = 1 - dead;
    char path[PROCESS_PATH_SIZE];

    cluster_promote(&pair->nodes[next]);
    pair->primary = next;
    cluster_remove(&pair->nodes[dead]);
    node_path(pair, dead, path);
    cluster_clone(&pair->nodes[dead], path, &pair->nodes[next]);
}

Load *pair_load(Pair *pair, int64_t pause_ms)
{
    char path[PROCESS_PATH_SIZE];
    static char token[WORLD_TOKEN_SIZE];
    LoadOptions options = {.token = token, .catalog = pair->catalog, .pause_ms = pause_ms};

    path_in(pair, "client0.token", path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(token, sizeof token, file));
    fclose(file);
    for (size_t i = 0; i < LOAD_THREADS; i++)
        options.addresses[i] = pair->addresses[i % PAIR_SERVERS];
    return load_start(&options);
}

void pair_compare(const Pair *pair, Load *load, PairCount *ret)
{
    char conninfo[PAIR_CONNINFO_SIZE];
    pair_conninfo(pair, "postgres", conninfo);
    Sql *sql = sql_open_at(conninfo);
    size_t count;
    char *ids = load_ids(load, &count);
    Buf text;

    buf_init(&text, 64 << 20);
    buf_text(&text, "set synchronous_commit = local; create temp table told as select id::uuid from "
                    "regexp_split_to_table(trim(e'\\n' from '");
    buf_text(&text, ids);
    buf_text(&text, "'), e'\\n') as id where id <> ''");
    assert_false(text.failed);
    sql_run(sql, text.data);
    assert_int_equal(sql_number(sql, "select count(*) - count(distinct id) from told"), 0);
    assert_int_equal(sql_number(sql, "select count(*) from told"), count);
    ret->missing = sql_number(sql, "select count(*) from told where not exists "
                                   "(select from shans.operation where operation.id = told.id)");
    ret->stored = sql_number(sql, "select count(*) from shans.submission");
    ret->doubled = sql_number(sql, "select count(*) - count(distinct (school_id, period)) + "
                                   "count(*) filter (where revision > 1) from shans.submission");
    ret->doubled += sql_number(sql, "select count(*) from (select from shans.submission_event group by "
                                    "submission_id having count(*) > 1) as twice");
    buf_done(&text);
    free(ids);
    sql_close(sql);
}
