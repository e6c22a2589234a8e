/* The committer's batch: what is stored with each item, replay, refusals, and that one bad item never touches
 * another, wherever it stands. */
#include "tests/unit/server_store/region.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/store_access.h"
#include "server/store/store_cell.h"
#include "server/store/store_review.h"
#include "server/store/store_submit.h"

enum { ITEMS = 9 };

/* An item with everything it points to. */
typedef struct Case {
    uint8_t operation[16], request_hash[32], content[32];
    FormCell cells[4];
    char period[8];
} Case;

static Case cases[ITEMS];
static SubmitOp items[ITEMS];
static Clock clock_now;
static uint8_t next_operation;

/* "id:revision:receipt", so that a reply tells whose it is. */
static ErrCode pack(void *context, const SubmitStored *stored, Arena *arena, const uint8_t **ret_reply,
                    size_t *ret_size, Err *error)
{
    if (context != NULL)
        return err_set(error, ERR_RESOURCE_EXHAUSTED, "MEMORY_LIMIT");
    char *text = arena_printf(arena, "%lld:%u:%lld", (long long)stored->submission_id,
                              (unsigned)stored->revision, (long long)stored->receipt);
    if (text == NULL)
        return err_memory(error);
    *ret_reply = (const uint8_t *)text;
    *ret_size = strlen(text);
    return ERR_OK;
}

/* Item i: school i % 4, a period of its own, three cells. */
static SubmitOp *item_make(size_t i, int year)
{
    Case *c = &cases[i];
    SubmitOp *op = &items[i];
    int school = (int)(i % REGION_SCHOOLS);
    memset(c, 0, sizeof *c);
    memset(op, 0, sizeof *op);
    c->operation[0] = ++next_operation;
    c->operation[15] = (uint8_t)year;
    c->request_hash[0] = next_operation;
    c->content[3] = (uint8_t)i;
    snprintf(c->period, sizeof c->period, "%04d", year);
    c->cells[0] = cell_number("results", "VPR.RUS.5", "participants", 20 + (int64_t)i);
    c->cells[1] = cell_number("results", "VPR.RUS.5", "below_min", 3);
    c->cells[2] = cell_kind("results", "OGE.MATH", "participants", VALUE_NOT_APPLICABLE);
    *op = (SubmitOp){.operation_id = c->operation,
                     .request_id = c->operation,
                     .method = "shans.v1.CollectionService/Submit",
                     .request_hash = c->request_hash,
                     .login = "editor",
                     .role = 1,
                     .scope = scope_school(school),
                     .form = &form_results,
                     .school_id = region.schools[school],
                     .district_id = region.districts[school / 2],
                     .period = c->period,
                     .origin = "a.csv",
                     .source = 1,
                     .content_hash = c->content,
                     .cells = c->cells,
                     .cell_count = 3,
                     .new_state = 3,
                     .event = "SUBMIT",
                     .pack = pack,
                     .arena = region.arena};
    return op;
}

static void run(size_t count)
{
    submit_store_run(region.app, &clock_now, items, count);
    assert_false(db_in_transaction(region.app));
}

static void run_one(SubmitOp *op)
{
    submit_store_run(region.app, &clock_now, op, 1);
}

static void check_stored(const SubmitOp *op)
{
    char expected[64];
    if (op->err.code != ERR_OK)
        fail_msg("%s %s", op->err.reason, db_last_message(region.app));
    snprintf(expected, sizeof expected, "%lld:%u:%lld", (long long)op->stored.submission_id,
             (unsigned)op->stored.revision, (long long)op->stored.receipt);
    assert_int_equal(op->reply_size, strlen(expected));
    assert_memory_equal(op->reply, expected, op->reply_size);
}

static SubmissionRow live(const SubmitOp *op, bool *ret_found)
{
    SubmissionRow row = {0};
    begin_region();
    OK(submission_store_find_live(region.app, op->school_id, op->form->code, op->period, op->source,
                                  region.arena, &row, ret_found, &err));
    rollback();
    return row;
}

static bool is_stored(const SubmitOp *op)
{
    bool found = false;
    live(op, &found);
    return found;
}

static void test_first_and_correction(void **state)
{
    (void)state;
    SubmitOp *op = item_make(0, 2001);
    run(1);
    check_stored(op);
    assert_int_equal(op->stored.revision, 1);
    assert_int_equal(op->stored.at_ms, REGION_NOW_MS);
    bool found = false;
    SubmissionRow row = live(op, &found);
    assert_true(found);
    assert_int_equal(row.id, op->stored.submission_id);
    assert_int_equal(row.state, 3);
    assert_string_equal(row.changed_by, "editor1");
    assert_string_equal(row.origin, "a.csv");
    assert_memory_equal(row.content_hash, cases[0].content, 32);
    assert_int_equal(row.submitted_ms, REGION_NOW_MS);

    MarkWrite mark_write = {row.id, row.school_id, row.district_id, 1, region.coordinators[0], REGION_NOW_MS};
    MarkRow mark = {.section = "results", .row = "VPR.RUS.5", .field = "below_min", .comment = "мало"};
    begin_district(0);
    OK(mark_store_add(region.app, &mark_write, &mark, 1, &err));
    commit();

    op = item_make(0, 2001);
    op->expected_revision = 1;
    op->expected_state = 3;
    cases[0].cells[1].value.number = 5;
    clock_now = clock_fixed(REGION_NOW_MS + 60000);
    run(1);
    clock_now = clock_fixed(REGION_NOW_MS);
    check_stored(op);
    assert_int_equal(op->stored.submission_id, row.id);
    assert_int_equal(op->stored.revision, 2);

    EventRow *events = NULL;
    MarkRow *marks = NULL;
    CellOrigin *cells = NULL;
    size_t count = 0;
    begin_school(0);
    OK(event_store_list(region.app, row.id, region.arena, &events, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(events[1].id, op->stored.receipt);
    assert_int_equal(events[1].from_state, 3);
    assert_int_equal(events[1].at_ms, REGION_NOW_MS + 60000);
    OK(mark_store_list(region.app, row.id, region.arena, &marks, &count, &err));
    assert_int_equal(marks[0].resolved_revision, 2);
    OK(cell_store_trace(region.app, row.id, 0, region.arena, &cells, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(cells[0].revision, 1);
    assert_string_equal(cells[1].cell.field, "below_min");
    assert_int_equal(cells[1].revision, 2);
    assert_int_equal(cells[1].cell.value.number, 5);
    rollback();
    assert_int_equal(region_number("select count(*) from shans.audit_log where object like 'submission:%' and"
                                   " operation_id is not null and login = 'editor' and role = 1"),
                     2);
}

static void test_replay(void **state)
{
    (void)state;
    SubmitOp *op = item_make(0, 2002);
    run(1);
    check_stored(op);
    size_t size = op->reply_size;
    char *first = arena_bytes(region.arena, op->reply, size);
    for (int again = 0; again < 2; again++) {
        run(1);
        assert_int_equal(op->err.code, ERR_OK);
        assert_true(op->replayed);
        assert_int_equal(op->stored.submission_id, 0);
        assert_int_equal(op->reply_size, size);
        assert_memory_equal(op->reply, first, size);
    }
    bool found = false;
    assert_int_equal(live(op, &found).revision, 1);

    cases[0].request_hash[5] ^= 1; /* the same id with other content */
    run(1);
    assert_string_equal(op->err.reason, "OPERATION_MISMATCH");
    assert_int_equal(op->err.code, ERR_FAILED_PRECONDITION);
    assert_null(op->reply);
    cases[0].request_hash[5] ^= 1;
    op->method = "shans.v1.CollectionService/Review";
    run(1);
    assert_string_equal(op->err.reason, "OPERATION_MISMATCH");
    op->method = "shans.v1.CollectionService/Submit";
    op->scope = scope_school(2); /* another person of another district */
    run(1);
    assert_string_equal(op->err.reason, "OPERATION_FOREIGN");
    assert_int_equal(op->err.code, ERR_PERMISSION_DENIED);
}

static void test_stale(void **state)
{
    (void)state;
    SubmitOp *op = item_make(0, 2003);
    op->expected_revision = 1; /* there is none */
    op->expected_state = 3;
    run(1);
    assert_string_equal(op->err.reason, "REVISION_STALE");
    assert_int_equal(op->err.code, ERR_ABORTED);
    op->expected_revision = 0;
    op->expected_state = 0;
    run(1);
    check_stored(op);
    op = item_make(0, 2003); /* there is one now */
    run(1);
    assert_string_equal(op->err.reason, "REVISION_STALE");
    assert_string_equal(err_arg_get(&op->err, "revision"), "1");
    op->expected_revision = 1;
    op->expected_state = 4; /* another state than decided on */
    run(1);
    assert_string_equal(op->err.reason, "REVISION_STALE");
    op->expected_state = 3;
    run(1);
    check_stored(op);
}

static void test_batch_of_all_schools(void **state)
{
    (void)state;
    for (size_t i = 0; i < ITEMS; i++)
        item_make(i, 2010 + (int)i);
    run(ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        check_stored(&items[i]);
        FormCell *cells = NULL;
        size_t count = 0;
        begin_school((int)(i % REGION_SCHOOLS));
        OK(cell_store_load(region.app, items[i].stored.submission_id, 0, region.arena, &cells, &count, &err));
        assert_int_equal(count, 3);
        assert_int_equal(cells[2].value.number, 20 + (int64_t)i);
        rollback();
    }
}

/* A bad item among good ones, at each position, for each kind of badness. */
typedef void (*Spoil)(size_t position);

static void spoil_scope(size_t i) /* row-level security refuses the write: another district's school */
{
    items[i].scope = scope_school((int)((i + 2) % REGION_SCHOOLS));
}
static void spoil_period(size_t i) /* a constraint refuses the row */
{
    snprintf(cases[i].period, sizeof cases[i].period, "20-1");
}
static void spoil_cells(size_t i) /* a constraint of another table */
{
    cases[i].cells[2] = (FormCell){"results", "x", "y", {VALUE_UNKNOWN, 4}};
}
static void spoil_pack(size_t i)
{
    items[i].pack_context = &items[i];
}
static void spoil_revision(size_t i)
{
    items[i].expected_revision = 7;
}

static void check_spoilt(Spoil spoil, int *year)
{
    for (size_t bad = 0; bad < 4; bad++) {
        ++*year;
        for (size_t i = 0; i < 4; i++)
            item_make(i, *year);
        spoil(bad);
        run(4);
        for (size_t i = 0; i < 4; i++) {
            if (i != bad) {
                check_stored(&items[i]);
                continue;
            }
            assert_int_not_equal(items[i].err.code, ERR_OK);
            assert_null(items[i].reply);
            assert_int_equal(items[i].stored.submission_id, 0);
        }
        char sql[160];
        snprintf(sql, sizeof sql, "select count(*) from shans.submission where period = '%d'", *year);
        assert_int_equal(region_number(sql), 3);
    }
}

static void test_one_bad_item(void **state)
{
    (void)state;
    int year = 2020;
    check_spoilt(spoil_scope, &year);
    assert_int_equal(items[3].err.code, ERR_PERMISSION_DENIED);
    check_spoilt(spoil_period, &year);
    assert_string_equal(items[3].err.reason, "PERIOD_FORM");
    check_spoilt(spoil_cells, &year);
    assert_int_equal(items[3].err.code, ERR_FAILED_PRECONDITION);
    check_spoilt(spoil_pack, &year);
    assert_string_equal(items[3].err.reason, "MEMORY_LIMIT");
    check_spoilt(spoil_revision, &year);
    assert_string_equal(items[3].err.reason, "REVISION_STALE");
    assert_int_equal(region_number("select count(*) from shans.operation o where not exists (select from"
                                   " shans.audit_log a where a.operation_id = o.id)"),
                     0);
}

static void test_same_key_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        item_make(0, 2050), items[i] = items[0], cases[i] = cases[0];
    for (size_t i = 0; i < 4; i++) {
        items[i].operation_id = cases[i].operation;
        cases[i].operation[7] = (uint8_t)(i + 1);
        items[i].cells = cases[i].cells;
        items[i].period = cases[0].period;
    }
    items[1].expected_revision = 1; /* corrects the first, in the same batch */
    items[1].expected_state = 3;
    items[2].operation_id = cases[0].operation; /* the first once more */
    run(4);
    check_stored(&items[0]);
    check_stored(&items[1]);
    assert_int_equal(items[1].stored.submission_id, items[0].stored.submission_id);
    assert_int_equal(items[1].stored.revision, 2);
    assert_true(items[2].replayed);
    assert_memory_equal(items[2].reply, items[0].reply, items[0].reply_size);
    assert_string_equal(items[3].err.reason, "REVISION_STALE");
}

static void test_region_source_is_accepted(void **state)
{
    (void)state;
    SubmitOp *op = item_make(2, 2021);
    op->scope = scope_region();
    op->source = 3;
    op->new_state = SUBMISSION_ACCEPTED;
    op->accept_now = true;
    run_one(op);
    check_stored(op);
    bool found = false;
    SubmissionRow row = live(op, &found);
    assert_int_equal(row.accepted_revision, 1);
    assert_int_equal(row.accepted_ms, REGION_NOW_MS);
    assert_string_equal(row.accepted_by, "analyst");
    assert_int_equal(
        region_number("select participants * 100 + below from shans.fact_result where year = 2021"
                      " and source = 3 and procedure = 'VPR.RUS.5' and held"),
        2203);
    assert_int_equal(region_number("select count(*) from shans.fact_result where year = 2021 and source = 3"
                                   " and procedure = 'OGE.MATH' and not held and participants = 0"),
                     1);
    op = item_make(2, 2021);
    op->scope = scope_region();
    op->source = 3;
    op->new_state = op->expected_state = SUBMISSION_ACCEPTED;
    op->expected_revision = 1;
    op->accept_now = true;
    cases[2].cells[1].value.number = 9;
    op->cell_count = 2; /* the exam is no longer mentioned */
    run_one(op);
    check_stored(op);
    assert_int_equal(
        region_number("select sum(below * 10 + revision) from shans.fact_result where year = 2021"
                      " and source = 3"),
        92);
}

static void test_withdrawn_begins_anew(void **state)
{
    (void)state;
    SubmitOp *op = item_make(1, 2052);
    run_one(op);
    check_stored(op);
    int64_t first = op->stored.submission_id;
    SubmissionWrite write = {.id = first,
                             .state = SUBMISSION_WITHDRAWN,
                             .revision = 1,
                             .at_ms = REGION_NOW_MS,
                             .principal_id = region.editors[1],
                             .expected_state = 3,
                             .expected_revision = 1};
    begin_school(1);
    OK(submission_store_advance(region.app, &write, &err));
    commit();
    op = item_make(1, 2052);
    run_one(op);
    check_stored(op);
    assert_int_not_equal(op->stored.submission_id, first);
    assert_int_equal(op->stored.revision, 1);
}

static void test_database_gone(void **state)
{
    (void)state;
    SubmitOp *op = item_make(0, 2053);
    item_make(1, 2053);
    test_pg_sql(region.owner,
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shans_app'");
    run(2); /* the connection is opened again, or the failure is plain and nothing is stored */
    if (op->err.code != ERR_OK) {
        assert_int_equal(op->err.code, ERR_UNAVAILABLE);
        assert_false(is_stored(op));
        run(2);
    }
    check_stored(op);
    check_stored(&items[1]);
}

static void test_item_memory(void **state)
{
    (void)state;
    SubmitOp *op = item_make(0, 2054);
    item_make(1, 2054);
    Arena *tiny = arena_new(8, NULL);
    op->arena = tiny;
    run(2);
    assert_string_equal(op->err.reason, "MEMORY_LIMIT");
    assert_false(is_stored(op));
    check_stored(&items[1]);
    arena_free(tiny);
}

static int setup(void **state)
{
    clock_now = clock_fixed(REGION_NOW_MS);
    return region_setup(state);
}

/* Two connections send the same operation, and first submissions of the same key, at once. */
static void test_raced(void **state)
{
    (void)state;
    Db *other = test_pg_app(&region.pg);
    SubmitOp *op = item_make(0, 2055);
    DbScope scope = scope_region();
    scope.role = DB_ROLE_WRITER;
    /* The other connection holds an uncommitted first submission of the key; a third one lets it go. */
    OK(db_begin(other, &scope, &err));
    SubmissionWrite write = {.school_id = op->school_id,
                             .district_id = op->district_id,
                             .form_code = form_results.code,
                             .form_version = 1,
                             .period = op->period,
                             .source = 1,
                             .state = 3,
                             .revision = 1,
                             .content_hash = cases[0].content,
                             .at_ms = REGION_NOW_MS,
                             .principal_id = region.editors[0],
                             .submits = true};
    int64_t id = 0;
    OK(submission_store_insert(other, &write, &id, &err));
    op->scope.deadline_ms = clock_system.monotonic_ms(&clock_system) + 300;
    submit_store_run(region.app, &clock_system, items, 1);
    assert_int_equal(op->err.code, ERR_DEADLINE_EXCEEDED); /* waited for the other, in vain */
    OK(db_commit(other, &err));
    run(1);
    assert_string_equal(op->err.reason, "REVISION_STALE");
    db_close(other);
}

enum { RACERS = 2, RACE_ROUNDS = 12, RACE_ITEMS = 8 };

/* One committer thread: batches over the same keys as the other's, in the opposite order. */
typedef struct Racer {
    Db *db;
    Clock clock;
    Arena *arena;
    size_t stored, stale, other;
    bool backwards;
    uint8_t mark;
    SubmitOp ops[RACE_ITEMS];
    uint8_t operations[RACE_ITEMS][16];
    char periods[RACE_ITEMS][12];
    FormCell cells[2];
} Racer;

static void racer_batch(Racer *racer, int round)
{
    static const uint8_t hash[32] = {3};
    for (size_t i = 0; i < RACE_ITEMS; i++) {
        size_t at = racer->backwards ? RACE_ITEMS - 1 - i : i;
        int school = (int)(at % REGION_SCHOOLS);
        SubmitOp *op = &racer->ops[i];
        memset(racer->operations[i], 0, 16);
        racer->operations[i][0] = racer->mark;
        racer->operations[i][1] = (uint8_t)(round + 1);
        racer->operations[i][2] = (uint8_t)(i + 1);
        snprintf(racer->periods[i], sizeof racer->periods[i], "%04d", 4000 + 10 * round + (int)at);
        *op = (SubmitOp){.operation_id = racer->operations[i],
                         .request_id = racer->operations[i],
                         .method = "race",
                         .request_hash = hash,
                         .login = "editor",
                         .role = 1,
                         .scope = scope_school(school),
                         .form = &form_results,
                         .school_id = region.schools[school],
                         .district_id = region.districts[school / 2],
                         .period = racer->periods[i],
                         .origin = "",
                         .source = 1,
                         .content_hash = hash,
                         .cells = racer->cells,
                         .cell_count = 2,
                         .new_state = 3,
                         .event = "SUBMIT",
                         .pack = pack,
                         .arena = racer->arena};
    }
    submit_store_run(racer->db, &racer->clock, racer->ops, RACE_ITEMS);
    for (size_t i = 0; i < RACE_ITEMS; i++) {
        const Err *got = &racer->ops[i].err;
        if (got->code == ERR_OK)
            racer->stored++;
        else if (strcmp(got->reason, "REVISION_STALE") == 0)
            racer->stale++;
        else
            racer->other++;
    }
}

static void *racer_run(void *context)
{
    Racer *racer = context;
    for (int round = 0; round < RACE_ROUNDS; round++)
        racer_batch(racer, round);
    return NULL;
}

/* Each first submission is stored by exactly one of two committers; the other is told so. */
static void test_two_committers(void **state)
{
    (void)state;
    static Racer racers[RACERS];
    pthread_t threads[RACERS];
    memset(racers, 0, sizeof racers);
    for (int i = 0; i < RACERS; i++) {
        racers[i].db = test_pg_app(&region.pg);
        racers[i].clock = clock_fixed(REGION_NOW_MS);
        racers[i].arena = arena_new(16 << 20, NULL);
        racers[i].backwards = i == 1;
        racers[i].mark = (uint8_t)(0xf0 + i);
        racers[i].cells[0] = cell_number("results", "OGE.MATH", "participants", 10 + i);
        racers[i].cells[1] = cell_number("results", "OGE.MATH", "below_min", i);
        assert_int_equal(pthread_create(&threads[i], NULL, racer_run, &racers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(racers[0].other + racers[1].other, 0);
    assert_int_equal(racers[0].stored + racers[1].stored, RACE_ROUNDS * RACE_ITEMS);
    assert_int_equal(racers[0].stale + racers[1].stale, RACE_ROUNDS * RACE_ITEMS);
    assert_int_equal(
        region_number("select count(*) from shans.submission where period between '4000' and '4999'"),
        RACE_ROUNDS * RACE_ITEMS);
    assert_int_equal(region_number("select count(*) from shans.operation where method = 'race'"),
                     RACE_ROUNDS * RACE_ITEMS);
    assert_int_equal(
        region_number("select count(*) from shans.cell_revision c join shans.submission s on s.id ="
                      " c.submission_id where s.period between '4000' and '4999'"),
        2 * RACE_ROUNDS * RACE_ITEMS);
    for (int i = 0; i < RACERS; i++) {
        db_close(racers[i].db);
        arena_free(racers[i].arena);
    }
}

/* More than one transaction takes are run as several. */
static void test_more_than_a_batch(void **state)
{
    (void)state;
    enum { MANY = SUBMIT_BATCH_MAX + 3 };
    SubmitOp *ops = calloc(MANY, sizeof *ops);
    static uint8_t operations[MANY][16];
    static char periods[MANY][12];
    assert_non_null(ops);
    item_make(0, 2060);
    for (size_t i = 0; i < MANY; i++) {
        ops[i] = items[0];
        operations[i][0] = (uint8_t)i;
        operations[i][9] = 0x77;
        snprintf(periods[i], sizeof periods[i], "%04d", 5000 + (int)i);
        ops[i].operation_id = operations[i];
        ops[i].period = periods[i];
    }
    submit_store_run(region.app, &clock_now, ops, MANY);
    for (size_t i = 0; i < MANY; i++)
        check_stored(&ops[i]);
    assert_int_equal(region_number("select count(*) from shans.submission where period >= '5000'"), MANY);
    free(ops);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, region_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_and_correction),
        TEST(test_replay),
        TEST(test_stale),
        TEST(test_batch_of_all_schools),
        TEST(test_one_bad_item),
        TEST(test_same_key_twice),
        TEST(test_region_source_is_accepted),
        TEST(test_withdrawn_begins_anew),
        TEST(test_item_memory),
        TEST(test_raced),
        TEST(test_more_than_a_batch),
        TEST(test_two_committers),
        TEST(test_database_gone),
    };
    return cmocka_run_group_tests(tests, region_start, region_stop);
}
