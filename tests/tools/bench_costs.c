/* What durable submissions cost in the database: group commit by the size of its batch, row-level security
 * for writes and reads, the audit row. Straight on the store, one connection, 60 cells a submission;
 * processor time is that of the one PostgreSQL session, so that other work on the machine matters less.
 * usage: bench_costs [SECONDS of each cell [SCHOOLS]]. With SCHOOLS the database holds nine years of one form
 * of so many other schools first. Writes Markdown tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/ids.h"
#include "common/crypto/crypto.h"
#include "server/prepare.h"
#include "server/store/store_access.h"
#include "server/store/store_cell.h"
#include "server/store/store_submission_params.h"
#include "server/store/store_submit.h"
#include "tests/integration/sql.h"

enum {
    SCHOOLS = 1200,
    FIRST_YEAR = 2020,
    YEARS = 9,
    FORMS = 12,
    ROWS = 6,
    FIELDS = 10,
    CELLS = ROWS * FIELDS
};
enum { DISTRICT = 2, PERSON = 1, REPEATS = 3, MEMORY = 64 << 20 };

static TestPg pg;
static Sql *owner;
static Db *app;
static double seconds = 1;
static long other_schools;
static long session;                   /* process id of app's PostgreSQL session */
static int64_t next_item, first_cells; /* first_cells: number of our first submission */
static FormDef forms[FORMS];
static FormCell cells[CELLS];
static SubmitOp ops[SUBMIT_BATCH_MAX];
static uint8_t ids[SUBMIT_BATCH_MAX][ID_SIZE];
static char periods[SUBMIT_BATCH_MAX][8], form_codes[FORMS][8];
static Rand random_source;
static IdMaker maker;

static void must(ErrCode code, const Err *err)
{
    if (code != ERR_OK)
        fail_msg("%s %s: %s", err_code_name(code), err->reason, db_last_message(app));
}

static double wall_s(void)
{
    return (double)clock_system.monotonic_ms(&clock_system) / 1000;
}

/* Processor time the session has used so far: user and system, the 14th and 15th field. */
static double session_s(void)
{
    char name[64], line[1024] = "";
    unsigned long user = 0, kernel = 0;

    snprintf(name, sizeof name, "/proc/%ld/stat", session);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    const char *at = strrchr(line, ')');
    assert_non_null(at);
    assert_int_equal(sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel),
                     2);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* ---- the work ---- */

static ErrCode pack(void *context, const SubmitStored *stored, Arena *arena, const uint8_t **ret_reply,
                    size_t *ret_size, Err *err)
{
    static const uint8_t reply[120] = {1};

    (void)context;
    (void)stored;
    (void)arena;
    (void)err;
    *ret_reply = reply;
    *ret_size = sizeof reply;
    return ERR_OK;
}

/* A submission nobody has sent: school, year and form follow from its number. */
static void make_op(size_t slot, Arena *arena)
{
    static const uint8_t hash[32] = {7};
    int64_t number = next_item++, place = number / SCHOOLS;

    assert_true(place / YEARS < FORMS);
    id_make(&maker, ids[slot]);
    snprintf(periods[slot], sizeof periods[slot], "%d", FIRST_YEAR + (int)(place % YEARS));
    ops[slot] = (SubmitOp){.operation_id = ids[slot],
                           .request_id = ids[slot],
                           .method = "shans.v1.CollectionService/Submit",
                           .request_hash = hash,
                           .login = "coordinator",
                           .role = 3,
                           .scope = {.principal_id = PERSON, .district_id = DISTRICT},
                           .form = &forms[place / YEARS],
                           .school_id = 1000 + number % SCHOOLS,
                           .district_id = DISTRICT,
                           .period = periods[slot],
                           .origin = "",
                           .source = 2,
                           .content_hash = hash,
                           .cells = cells,
                           .cell_count = CELLS,
                           .new_state = 3,
                           .event = "SUBMIT",
                           .pack = pack,
                           .arena = arena};
}

static void submit(size_t batch)
{
    Arena *arena = arena_new(MEMORY, NULL);

    for (size_t i = 0; i < batch; i++)
        make_op(i, arena);
    submit_store_run(app, &clock_system, ops, batch);
    for (size_t i = 0; i < batch; i++)
        must(ops[i].err.code, &ops[i].err);
    arena_free(arena);
}

/* Audit rows alone, as many in one transaction as the committer's largest batch has. */
static void audit(size_t batch)
{
    const DbScope scope = {.role = DB_ROLE_WRITER, .principal_id = PERSON, .district_id = DISTRICT};
    Err err = {0};

    must(db_pipeline_begin(app, &err), &err);
    must(db_begin(app, &scope, &err), &err);
    for (size_t i = 0; i < batch; i++) {
        uint8_t id[ID_SIZE];
        DbParams params;
        id_make(&maker, id);
        AuditEntry entry = {.at_ms = clock_system.now_ms(&clock_system),
                            .principal_id = PERSON,
                            .login = "coordinator",
                            .role = 3,
                            .method = "shans.v1.CollectionService/Submit",
                            .request_id = id,
                            .operation_id = id,
                            .object = "submission:1"};
        audit_insert_params(&entry, &params);
        must(db_send(app, "audit__insert", &params, &err), &err);
        db_params_done(&params);
    }
    must(db_pipeline_end(app, NULL, 0, NULL, &err), &err);
    must(db_commit(app, &err), &err);
}

/* A read of the district's office, in a transaction of its own. */
static void read_one(const char *statement, const DbParams *params)
{
    const DbScope scope = {
        .role = DB_ROLE_DISTRICT, .mode = DB_MODE_READ, .principal_id = PERSON, .district_id = DISTRICT};
    DbResult *result = NULL;
    Err err = {0};

    must(db_begin(app, &scope, &err), &err);
    must(db_query(app, statement, params, &result, &err), &err);
    assert_true(db_rows(result) > 0);
    db_result_free(result);
    db_rollback(app);
}

static void read_cells(size_t batch)
{
    for (size_t i = 0; i < batch; i++) {
        DbParams params;
        db_params_init(&params);
        db_param_int64(&params, first_cells + (int64_t)rand_below(&random_source, 1000));
        db_param_int64(&params, 0);
        read_one("cell__load", &params);
        db_params_done(&params);
    }
}

static void read_list(size_t batch)
{
    for (size_t i = 0; i < batch; i++) {
        DbParams params;
        db_params_init(&params);
        db_param_int64(&params, DISTRICT);
        db_param_text(&params, "f0");
        db_param_text(&params, "2020");
        db_param_int64(&params, 0);
        db_param_int64(&params, 0);
        db_param_int64(&params, 200);
        read_one("submission__list", &params);
        db_params_done(&params);
    }
}

/* ---- measuring ---- */

typedef struct Cost {
    double per_s, cpu_us; /* items a second; processor time of the session for one */
} Cost;

static int by_cpu(const void *a, const void *b)
{
    double left = ((const Cost *)a)->cpu_us, right = ((const Cost *)b)->cpu_us;

    return (left > right) - (left < right);
}

/* Runs work in batches until the time is over; the median of three turns by processor time. */
static Cost measure(void (*work)(size_t batch), size_t batch)
{
    Cost costs[REPEATS];

    work(batch); /* statements get prepared */
    for (int turn = 0; turn < REPEATS; turn++) {
        double began = wall_s(), used = session_s(), now = began;
        size_t done = 0;
        for (; now - began < seconds; now = wall_s()) {
            work(batch);
            done += batch;
        }
        costs[turn] = (Cost){(double)done / (now - began), (session_s() - used) * 1e6 / (double)done};
    }
    qsort(costs, REPEATS, sizeof *costs, by_cpu);
    return costs[REPEATS / 2];
}

/* For all tables that have policies. */
static void set_policies(bool on)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "do $$ declare name text; begin for name in select relname from pg_class where relnamespace = "
             "'shans'::regnamespace and relforcerowsecurity and not relispartition loop execute "
             "format('alter table "
             "shans.%%I %s row level security', name); end loop; end $$",
             on ? "enable" : "disable");
    sql_run(owner, sql);
}

static void batch_sizes(void)
{
    static const size_t sizes[] = {1, 2, 4, 8, 16, 32, 64, 128};

    puts("| submissions in a batch | submissions/s | processor time of PostgreSQL, µs for one "
         "|\n|---|---|---|");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        Cost cost = measure(submit, sizes[i]);
        printf("| %zu | %.0f | %.0f |\n", sizes[i], cost.per_s, cost.cpu_us);
        fflush(stdout);
    }
}

static void parts(void)
{
    static const struct {
        const char *what;
        void (*work)(size_t batch);
        size_t batch;
    } rows[] = {
        {"a submission of 60 cells, alone", submit, 1},      {"the same in a batch of 32", submit, 32},
        {"the cells of a submission, read", read_cells, 20}, {"200 lines of a district's list", read_list, 5},
        {"an audit row, 128 in a transaction", audit, 128},
    };

    puts("\n| what | µs with policies | µs without | policies cost |\n|---|---|---|---|");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Cost with = measure(rows[i].work, rows[i].batch);
        set_policies(false);
        Cost without = measure(rows[i].work, rows[i].batch);
        set_policies(true);
        printf("| %s | %.0f | %.0f | %+.0f %% |\n", rows[i].what, with.cpu_us, without.cpu_us,
               (with.cpu_us / without.cpu_us - 1) * 100);
        fflush(stdout);
    }
}

/* What the rows of one submission take on disk, with their indexes. */
static void sizes(void)
{
    static const char *const tables[] = {"submission", "cell_revision", "submission_event", "audit_log",
                                         "operation"};
    int64_t count = sql_number(owner, "select count(*) from shans.submission"), all = 0;

    puts("\n| table | bytes for a submission of 60 cells |\n|---|---|");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int64_t bytes =
            sql_number(owner,
                       "select sum(pg_total_relation_size(relid)) from (select 'shans.%s'::regclass as relid "
                       "union select relid from pg_partition_tree('shans.%s')) as parts",
                       tables[i], tables[i]);
        int64_t rows = sql_number(owner, "select greatest(count(*), 1) from shans.%s", tables[i]);
        int64_t each = i == 1 ? bytes * CELLS / rows : bytes / rows;
        printf("| %s | %lld |\n", tables[i], (long long)each);
        all += each;
    }
    printf("| together | %lld |\n\n%lld submissions, database %lld MB\n", (long long)all, (long long)count,
           (long long)sql_number(owner, "select pg_database_size('shans') / 1000000"));
}

/* ---- set-up ---- */

/* The same shape of figures for a country's worth of schools, a year a statement. */
static void fill_others(void)
{
    char sql[1400];

    snprintf(sql, sizeof sql,
             "insert into shans.org (id, code, kind, parent_id, district_id) overriding system value"
             " select 100000 + n, 'd' || n, 2, 1, 100000 + n from generate_series(1, 100) n;"
             "insert into shans.org (id, code, kind, parent_id, district_id) overriding system value"
             " select 200000 + n, 'o' || n, 3, 100001 + n %% 100, 100001 + n %% 100 from generate_series(1, "
             "%ld) n",
             other_schools);
    sql_run(owner, sql);
    for (int year = FIRST_YEAR; year < FIRST_YEAR + YEARS; year++) {
        snprintf(sql, sizeof sql,
                 "with sent as (insert into shans.submission (school_id, district_id, form_code, "
                 "form_version, period,"
                 " source, state, revision, content_hash, changed_at, changed_by, submitted_at, submitted_by)"
                 " select id, district_id, 'f0', 1, '%d', 2, 3, 1, decode(repeat('00', 32), 'hex'), now(), "
                 "1, now(), 1"
                 " from shans.org where id > 200000 returning id, school_id, district_id)"
                 " select count(*) from sent",
                 year);
        sql_run(owner, sql);
        snprintf(
            sql, sizeof sql,
            "insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id,"
            " district_id, kind, number, author_id, at, year)"
            " select id, 1, 'results', "
            "(array['VPR.RUS.5','VPR.MATH.6','OGE.MATH','VPR.RUS.6','VPR.MATH.5','OGE.RUS'])"
            "[1 + n / 10], "
            "(array['enrolled','registered','participants','absent_valid','absent_other','mark2',"
            "'mark3','mark4','mark5','below_min'])[1 + n %% 10], school_id, district_id, 1, n, 1, now(), %d"
            " from shans.submission, generate_series(0, 59) n where period = '%d' and school_id > 200000",
            year, year);
        sql_run(owner, sql);
    }
}

static void fill(void)
{
    static const char *const fields[FIELDS] = {"enrolled",     "registered", "participants", "absent_valid",
                                               "absent_other", "mark2",      "mark3",        "mark4",
                                               "mark5",        "below_min"};
    static const char *const rows[ROWS] = {"VPR.RUS.5", "VPR.MATH.6", "OGE.MATH",
                                           "VPR.RUS.6", "VPR.MATH.5", "OGE.RUS"};

    for (size_t i = 0; i < FORMS; i++) {
        snprintf(form_codes[i], sizeof form_codes[i], "f%zu", i);
        forms[i] = (FormDef){.code = form_codes[i], .version = 1};
    }
    for (size_t i = 0; i < CELLS; i++)
        cells[i] =
            (FormCell){"results", rows[i / FIELDS], fields[i % FIELDS], {VALUE_NUMBER, 20 + (int64_t)i}};
    sql_run(owner,
            "insert into shans.org (id, code, kind, parent_id, district_id) overriding system value values"
            " (1, 'r', 1, null, null), (2, 'd', 2, 1, 2)");
    sql_run(owner, "insert into shans.org (id, code, kind, parent_id, district_id) overriding system value"
                   " select 1000 + n, 's' || n, 3, 2, 2 from generate_series(0, 1199) n");
    sql_run(owner, "insert into shans.principal (id, login, role, org_id) overriding system value"
                   " values (1, 'coordinator', 3, 2)");
}

static void bench(void **state)
{
    (void)state;
    test_pg_start(&pg);
    test_pg_migrate(&pg);
    owner = sql_open(&pg, "postgres");
    fill();
    app = test_pg_app(&pg);
    session = (long)sql_number(owner, "select pid from pg_stat_activity where usename = 'shans_app'");
    random_source = rand_system();
    maker = id_maker(&clock_system, &random_source);
    if (other_schools > 0)
        fill_others();
    for (int i = 0; i < 20; i++)
        submit(SUBMIT_BATCH_MAX);
    sql_run(owner, "vacuum analyze");
    first_cells = sql_number(owner, "select min(id) from shans.submission where school_id < 100000");
    batch_sizes();
    parts();
    sizes();
}

static int end(void **state)
{
    (void)state;
    db_close(app);
    if (owner != NULL)
        sql_close(owner);
    test_pg_stop(&pg);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest benches[] = {cmocka_unit_test(bench)};

    if (argc > 1)
        seconds = strtod(argv[1], NULL);
    if (argc > 2)
        other_schools = strtol(argv[2], NULL, 10);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(benches, NULL, end);
}
