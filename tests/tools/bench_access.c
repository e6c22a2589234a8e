/* What the log of reading costs, and how fast it answers on a year of a region. usage: bench_access [ROWS].
 * Writes a Markdown table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/core/sort.h"
#include "server/store/store_access.h"
#include "server/store/store_log.h"
#include "shans/v1/admin.pb-c.h"
#include "tests/integration/sql.h"
#include "tests/integration/world.h"

enum { CALLS = 3000, ROWS_USUAL = 2000000, TIMES = 5 };

static World world;
static double times[CALLS];

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *what, size_t count)
{
    qsort(times, count, sizeof *times, by_size);
    printf("| %s | %.0f | %.0f |\n", what, times[count / 2], times[count * 99 / 100]);
    fflush(stdout);
}

/* The rows alone, as the server writes them. */
static void rows_alone(Db *app)
{
    const uint8_t id[16] = {1};
    const int64_t org = 1, district = 1, rows = 60;
    AccessWrite write = {.at_ms = 1,
                         .principal_id = 1,
                         .login = "x",
                         .role = 2,
                         .office_id = 1,
                         .method = "m",
                         .request_id = id,
                         .org_ids = &org,
                         .district_ids = &district,
                         .row_counts = &rows,
                         .count = 1};
    AuditEntry entry = {
        .at_ms = 1, .principal_id = 1, .login = "x", .role = 2, .method = "m", .request_id = id};
    const DbScope scope = {.role = DB_ROLE_SCHOOL};
    Err err = {0};

    for (size_t i = 0; i < CALLS; i++) {
        double start = now_us();
        write.at_ms = clock_system.now_ms(&clock_system);
        if (access_log_store_add(app, &write, 0, &err) != ERR_OK)
            abort();
        times[i] = now_us() - start;
    }
    report("a row of the log of reading, its transaction included", CALLS);
    if (db_begin(app, &scope, &err) != ERR_OK)
        abort();
    for (size_t i = 0; i < CALLS; i++) {
        double start = now_us();
        if (audit_store_add(app, &entry, &err) != ERR_OK)
            abort();
        times[i] = now_us() - start;
    }
    db_rollback(app);
    report("an audit row of a change, in the change's transaction", CALLS);
}

static void call(Rpc *rpc, const ProtobufCServiceDescriptor *service, const char *method,
                 const ProtobufCMessage *request)
{
    Arena *arena = arena_new(64 << 20, NULL);
    ProtobufCMessage *reply;
    Err err = {0};

    if (rpc_call(rpc, service, method, NULL, request, arena, &reply, &err) != ERR_OK) {
        fprintf(stderr, "%s: %s\n", method, err.reason);
        abort();
    }
    arena_free(arena);
}

static void whole_reads(void)
{
    Shans__V1__GetSubmissionRequest request = SHANS__V1__GET_SUBMISSION_REQUEST__INIT;
    Rpc *rpc = world_client(&world, "head1");

    request.id = world.schools[0].submission;
    for (size_t i = 0; i < CALLS; i++) {
        double start = now_us();
        call(rpc, &shans__v1__collection_service__descriptor, "GetSubmission", &request.base);
        times[i] = now_us() - start;
    }
    report("GetSubmission as a client sees it, logged", CALLS);
    rpc_close(rpc);
}

/* A year of reading: a thousand schools, each read by its people, its district, sometimes by the ministry. */
static void fill_year(Sql *owner, long rows)
{
    char text[1024];

    snprintf(
        text, sizeof text,
        "insert into shans.access_log (at, principal_id, login, role, office_id, office_district_id, method, "
        "object, org_id, district_id, row_count, request_id) select now() - random() * interval '365 days', "
        "1000 + n %% 3000, 'someone', 2, 1000 + n %% 1000, 100 + n %% 40, "
        "'shans.v1.CollectionService/GetSubmission', "
        "'submission:' || n, case when n %% 200 = 0 then null else 1000 + n %% 1000 end, case when n %% 200 "
        "= 0 "
        "then null else 100 + n %% 40 end, 1, gen_random_uuid() from generate_series(1, %ld) n",
        rows);
    sql_run(owner, text);
    sql_run(owner,
            "insert into shans.access_log (at, principal_id, login, role, office_id, office_district_id, "
            "method, org_id, district_id, row_count, request_id) select now() - n * interval '1 hour', p.id, "
            "p.login, p.role, p.org_id, p.district_id, 'm', o.id, o.district_id, 1, gen_random_uuid() from "
            "generate_series(1, 8000) n, shans.principal p, shans.org o where p.login = 'head1' and o.code = "
            "'a-1'");
    sql_run(owner, "analyze shans.access_log");
}

static void ask(const char *by, const char *person, const char *org, const char *what)
{
    Shans__V1__ListAccessRequest request = SHANS__V1__LIST_ACCESS_REQUEST__INIT;
    Rpc *rpc = world_client(&world, by);
    char from[CLOCK_TEXT_SIZE];

    clock_dump_date(clock_system.now_ms(&clock_system) - 364 * 86400000LL, from);
    request.person = (char *)person;
    request.org_code = (char *)org;
    request.from_date = from;
    request.page_size = 1000;
    for (size_t i = 0; i < TIMES; i++) {
        double start = now_us();
        call(rpc, &shans__v1__admin_service__descriptor, "ListAccess", &request.base);
        times[i] = now_us() - start;
    }
    report(what, TIMES);
    rpc_close(rpc);
}

int main(int argc, char **argv)
{
    long rows = argc > 1 ? strtol(argv[1], NULL, 10) : ROWS_USUAL;

    world_start(&world, false);
    world_fill(&world);
    Sql *owner = sql_open(&world.pg, "postgres");
    Db *app = test_pg_app(&world.pg);
    puts("| what | median, µs | p99 or worst, µs |\n|---|---|---|");
    whole_reads();
    rows_alone(app);
    fill_year(owner, rows);
    printf("| %lld rows in the log, a year asked for, 1,000 entries a page: | | |\n",
           (long long)sql_number(owner, "select count(*) from shans.access_log"));
    ask("auditor", "head1", "", "auditor, one person");
    ask("auditor", "", "a-1", "auditor, one school");
    ask("auditor", "", "", "auditor, everything");
    ask("coordinator1", "", "", "district, its people and schools");
    ask("head1", "", "", "school");
    ask("administrator", "", "", "ministry, its own people");
    printf("| size of table and indexes: %s | | |\n",
           sql_text(owner, "select pg_size_pretty(pg_total_relation_size('shans.access_log'))"));
    db_close(app);
    sql_close(owner);
    world_stop(&world);
    return 0;
}
