/* Methodologies, runs, classes with their reasons, editions: the queue, what is immutable, who sees what. */
#include "tests/unit/server_store/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/crypto.h"
#include "server/store/store_class.h"
#include "server/store/store_edition.h"
#include "server/store/store_method.h"
#include "server/store/store_review.h"
#include "server/store/store_run.h"

static const uint8_t hash_input[32] = {1}, hash_output[32] = {2};

static bool method_put(const char *code, uint32_t version, uint8_t mark)
{
    uint8_t hash[32] = {mark};
    MethodologyRow row = {.code = code,
                          .version = version,
                          .hash = hash,
                          .compiled = (const uint8_t *)"SHM1\0x",
                          .compiled_size = 6,
                          .title_ru = "Методика",
                          .title_en = "Methodology",
                          .stored_ms = REGION_NOW_MS,
                          .stored_by = region.analyst};
    bool added = false;
    OK(methodology_store_put(region.app, &row, &added, &err));
    return added;
}

static void test_methodologies(void **state)
{
    (void)state;
    MethodologyRow row, *rows = NULL;
    size_t count = 0;
    bool added = false;
    begin_region();
    assert_true(method_put("M-1", 1, 11));
    assert_false(method_put("M-1", 1, 11));
    assert_true(method_put("M-1", 2, 12));
    assert_true(method_put("A-1", 1, 13));
    commit();
    begin_school(0); /* everybody may read how classes are made */
    OK(methodology_store_get(region.app, "M-1", 0, region.arena, &row, &err));
    assert_int_equal(row.version, 2);
    OK(methodology_store_get(region.app, "M-1", 1, region.arena, &row, &err));
    assert_int_equal(row.hash[0], 11);
    assert_int_equal(row.compiled_size, 6);
    assert_memory_equal(row.compiled, "SHM1\0x", 6);
    assert_string_equal(row.title_ru, "Методика");
    assert_int_equal(row.stored_ms, REGION_NOW_MS);
    assert_false(row.used);
    REFUSED(methodology_store_get(region.app, "M-1", 3, region.arena, &row, &err), ERR_NOT_FOUND,
            "METHODOLOGY_UNKNOWN");
    assert_string_equal(err_arg_get(&err, "version"), "3");
    OK(methodology_store_list(region.app, region.arena, &rows, &count, &err));
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].code, "A-1");
    assert_int_equal(rows[2].version, 2);
    assert_null(rows[0].compiled);
    rollback();

    uint8_t hash[32] = {99};
    row = (MethodologyRow){.code = "M-1", .version = 1, .hash = hash, .compiled = hash, .compiled_size = 1};
    begin_region(); /* the same version with other bytes */
    REFUSED(methodology_store_put(region.app, &row, &added, &err), ERR_ALREADY_EXISTS, "METHODOLOGY_DIFFERS");
    hash[0] = 11; /* the same bytes under another version */
    row.version = 9;
    REFUSED(methodology_store_put(region.app, &row, &added, &err), ERR_ALREADY_EXISTS, "METHODOLOGY_DIFFERS");
    rollback();
    begin_district(0);
    row.version = 10, hash[0] = 77;
    REFUSED(methodology_store_put(region.app, &row, &added, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
}

static void test_used_methodology(void **state)
{
    (void)state;
    MethodologyRow row;
    for (int again = 0; again < 2; again++) {
        begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
        OK(methodology_store_mark_used(region.app, "A-1", 1, REGION_NOW_MS, &err));
        commit();
    }
    begin_region();
    OK(methodology_store_get(region.app, "A-1", 1, region.arena, &row, &err));
    assert_true(row.used);
    rollback();
    assert_true(region_sql_refused("update shans.methodology set compiled = '' where code = 'A-1'"));
    assert_true(region_sql_refused("update shans.methodology set used_at = null where code = 'A-1'"));
    assert_true(
        region_sql_refused("update shans.methodology set title_ru = 'x', used_at = now() where version = 2"
                           " and compiled = ''; delete from shans.methodology where code = 'M-1'"));
    assert_true(region_sql_refused("delete from shans.methodology where code = 'A-1'"));
}

static int64_t run_queue(int64_t under_id)
{
    RunRow row = {.methodology_code = "M-1",
                  .methodology_version = 2,
                  .year = 2023,
                  .under_id = under_id,
                  .started_by_id = region.analyst,
                  .created_ms = REGION_NOW_MS};
    int64_t id = 0;
    begin_region();
    OK(run_store_queue(region.app, &row, &id, &err));
    commit();
    return id;
}

static void run_finish(int64_t id, uint32_t schools)
{
    RunRow row = {.id = id,
                  .input_hash = hash_input,
                  .output_hash = hash_output,
                  .program_version = "0.1.0",
                  .school_count = schools,
                  .finished_ms = REGION_NOW_MS + 7};
    OK(run_store_finish(region.app, &row, &err));
}

static void test_queue(void **state)
{
    (void)state;
    RunRow row, second;
    bool found = false;
    DbNotice notice;
    int64_t id = 0;
    test_pg_sql(region.owner, "listen shans_run");
    int64_t first = run_queue(0), other = run_queue(region.districts[1]);
    OK(db_notice_wait(region.owner, 2000, &notice, &found, &err));
    assert_true(found);
    assert_int_equal(strtoll(notice.payload, NULL, 10), first);
    test_pg_sql(region.owner, "unlisten shans_run");

    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
    OK(run_store_take_next(region.app, region.arena, &row, &found, &err));
    assert_true(found);
    assert_int_equal(row.id, first);
    assert_string_equal(row.methodology_code, "M-1");
    assert_string_equal(row.under_code, "");
    Db *worker = test_pg_app(&region.pg); /* a second worker does not wait: it takes the next */
    DbScope jobs = {.role = DB_ROLE_JOBS};
    OK(db_begin(worker, &jobs, &err));
    OK(run_store_take_next(worker, region.arena, &second, &found, &err));
    assert_true(found);
    assert_int_equal(second.id, other);
    assert_string_equal(second.under_code, "d2");
    OK(run_store_fail(worker, other, "MEMORY_LIMIT", REGION_NOW_MS, &err));
    OK(db_commit(worker, &err));
    OK(db_begin(worker, &jobs, &err));
    OK(run_store_take_next(worker, region.arena, &second, &found, &err));
    assert_false(found);
    db_close(worker);
    run_finish(first, 4);
    REFUSED(run_store_fail(region.app, first, "X", REGION_NOW_MS, &err), ERR_FAILED_PRECONDITION,
            "RUN_NOT_QUEUED");
    commit();

    RunRow *rows = NULL;
    size_t count = 0;
    begin_region();
    OK(run_store_get(region.app, first, region.arena, &row, &err));
    assert_int_equal(row.state, RUN_DONE);
    assert_int_equal(row.input_hash[0], 1);
    assert_int_equal(row.output_hash[0], 2);
    assert_int_equal(row.school_count, 4);
    assert_string_equal(row.started_by, "analyst");
    assert_int_equal(row.finished_ms, REGION_NOW_MS + 7);
    OK(run_store_list(region.app, 0, 10, region.arena, &rows, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].id, other);
    assert_int_equal(rows[0].state, RUN_FAILED);
    assert_string_equal(rows[0].failure_reason, "MEMORY_LIMIT");
    assert_null(rows[0].input_hash);
    OK(run_store_list(region.app, other, 1, region.arena, &rows, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].id, first);
    REFUSED(run_store_get(region.app, 999, region.arena, &row, &err), ERR_NOT_FOUND, "RUN_UNKNOWN");
    row = (RunRow){.methodology_code = "NONE", .methodology_version = 1, .started_by_id = region.analyst};
    REFUSED(run_store_queue(region.app, &row, &id, &err), ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN");
    rollback();
    begin_district(0); /* only the region starts runs */
    row.methodology_code = "M-1";
    REFUSED(run_store_queue(region.app, &row, &id, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
}

static void test_inputs(void **state)
{
    (void)state;
    uint8_t hash[32] = {8};
    const uint8_t *bytes = NULL;
    size_t size = 0;
    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
    OK(run_store_put_input(region.app, hash, "a\0b", 3, &err));
    OK(run_store_put_input(region.app, hash, "a\0b", 3, &err));
    OK(run_store_get_input(region.app, hash, region.arena, &bytes, &size, &err));
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "a\0b", 3);
    hash[1] = 1;
    REFUSED(run_store_get_input(region.app, hash, region.arena, &bytes, &size, &err), ERR_NOT_FOUND,
            "RUN_INPUT_UNKNOWN");
    commit();
    assert_true(region_sql_refused("update shans.run_input set bytes = ''"));
}

static ClassRow class_of(int school)
{
    return (ClassRow){.school_id = region.schools[school],
                      .district_id = region.districts[school / 2],
                      .status = 1 + school,
                      .branches = 5,
                      .flags = 16,
                      .reliable = school == 0,
                      .typology = school == 0 ? "RESILIENT" : NULL,
                      .wellbeing_group = 3,
                      .quality_group = 8,
                      .official_group = "at_risk",
                      .official_listed = true,
                      .rules = "BRANCH_A held low=2"};
}

static ReasonRow reason_of(int school, const char *procedure, int year, int64_t submission_id,
                           uint32_t revision)
{
    return (ReasonRow){.school_id = region.schools[school],
                       .district_id = region.districts[school / 2],
                       .procedure = procedure,
                       .year = year,
                       .participants = 30,
                       .below = 9,
                       .low = true,
                       .reliable = true,
                       .wilson_low_ppm = 166000,
                       .wilson_high_ppm = 479000,
                       .source = 1,
                       .submission_id = submission_id,
                       .revision = revision,
                       .origin_school_id = region.schools[school]};
}

static int64_t run_id, submission_id;

/* A finished run over all four schools, with the figures of school 0 traced to a submission that has been
 * corrected since. */
static void run_make(void)
{
    submission_id = submission_make(0, "2023", 1, NULL, 0);
    EventRow event = {.submission_id = submission_id,
                      .school_id = region.schools[0],
                      .district_id = region.districts[0],
                      .revision = 1,
                      .event = "ACCEPT",
                      .from_state = 3,
                      .to_state = SUBMISSION_ACCEPTED,
                      .principal_id = region.coordinators[0],
                      .at_ms = REGION_NOW_MS + 50};
    begin_district(0);
    OK(event_store_add(region.app, &event, NULL, &err));
    event.revision = 2, event.at_ms += 50, event.to_state = 3;
    OK(event_store_add(region.app, &event, NULL, &err));
    commit();
    run_id = run_queue(0);
    ClassRow classes[REGION_SCHOOLS];
    for (int i = 0; i < REGION_SCHOOLS; i++)
        classes[i] = class_of(i);
    ReasonRow reasons[] = {
        reason_of(0, "VPR.RUS.5", 2023, submission_id, 1), reason_of(0, "OGE.MATH", 2023, submission_id, 1),
        reason_of(0, "OGE.MATH", 2022, submission_id, 1), reason_of(2, "OGE.MATH", 2023, 0, 0)};
    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
    OK(class_store_put(region.app, run_id, classes, REGION_SCHOOLS, &err));
    OK(class_store_put_reasons(region.app, run_id, reasons, 4, &err));
    OK(class_store_put_reasons(region.app, run_id, NULL, 0, &err));
    run_finish(run_id, REGION_SCHOOLS);
    commit();
}

static size_t classes_of(ClassFilter filter, ClassRow **ret)
{
    size_t count = 0;
    filter.limit = filter.limit ? filter.limit : 100;
    OK(class_store_list(region.app, &filter, region.arena, ret, &count, &err));
    return count;
}

static void check_reasons(ClassSet set)
{
    ReasonRow *reasons = NULL;
    size_t count = 0;
    OK(class_store_list_reasons(region.app, set, region.schools[0], region.arena, &reasons, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(reasons[0].year, 2022);
    assert_string_equal(reasons[1].procedure, "OGE.MATH");
    assert_string_equal(reasons[2].procedure, "VPR.RUS.5");
    assert_true(reasons[2].low);
    assert_false(reasons[2].risk);
    assert_int_equal(reasons[2].wilson_high_ppm, 479000);
    assert_int_equal(reasons[2].submission_id, submission_id);
    assert_string_equal(reasons[2].form_code, "assessment_results");
    assert_string_equal(reasons[2].submitted_by, "editor1");
    assert_int_equal(reasons[2].submitted_ms, REGION_NOW_MS);
    assert_string_equal(reasons[2].accepted_by, "coordinator1"); /* of that revision, not of the later one */
    assert_int_equal(reasons[2].accepted_ms, REGION_NOW_MS + 50);
    assert_string_equal(reasons[2].origin_school_code, "d1-s1");
}

static void test_classes(void **state)
{
    (void)state;
    run_make();
    ClassSet set = {.run_id = run_id};
    ClassRow row, *rows = NULL;
    begin_region();
    assert_int_equal(classes_of((ClassFilter){.set = set}, &rows), 4);
    assert_string_equal(rows[0].school_code, "d1-s1");
    assert_string_equal(rows[0].school_name, "Организация d1-s1");
    assert_string_equal(rows[0].school_number, "1");
    assert_int_equal(rows[3].status, 4);
    assert_int_equal(classes_of((ClassFilter){.set = set, .after_code = "d1-s1", .limit = 2}, &rows), 2);
    assert_string_equal(rows[1].school_code, "d2-s1");
    assert_int_equal(classes_of((ClassFilter){.set = set, .under_id = region.districts[1]}, &rows), 2);
    assert_int_equal(classes_of((ClassFilter){.set = set, .under_id = region.region}, &rows), 4);
    OK(class_store_get(region.app, set, region.schools[0], region.arena, &row, &err));
    assert_string_equal(row.typology, "RESILIENT");
    assert_int_equal(row.branches, 5);
    assert_int_equal(row.flags, 16);
    assert_true(row.reliable);
    assert_string_equal(row.official_group, "at_risk");
    assert_true(row.official_listed);
    assert_string_equal(row.rules, "BRANCH_A held low=2");
    REFUSED(class_store_get(region.app, set, region.region, region.arena, &row, &err), ERR_NOT_FOUND,
            "CLASS_UNKNOWN");
    check_reasons(set);
    rollback();
    begin_auditor();
    assert_int_equal(classes_of((ClassFilter){.set = set}, &rows), 4);
    rollback();
    begin_district(0); /* below the ministry there is no computed status */
    size_t count = 0;
    ClassFilter filter = {.set = set, .limit = 10};
    REFUSED(class_store_list(region.app, &filter, region.arena, &rows, &count, &err), ERR_PERMISSION_DENIED,
            "ROW_FORBIDDEN");
    rollback();
    begin_school(0);
    REFUSED(class_store_get(region.app, set, region.schools[0], region.arena, &row, &err),
            ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
    assert_true(region_sql_refused("update shans.run_class set status = 9"));
    assert_true(region_sql_refused("delete from shans.run_class"));
    assert_true(region_sql_refused("update shans.run_procedure set below = 0"));
    assert_true(region_sql_refused("delete from shans.run_procedure"));
}

static ErrCode publish(int64_t run, const char *title, const char *document, EditionRow *ret)
{
    EditionWrite write = {run, title, document, region.analyst, REGION_NOW_MS + 99};
    return edition_store_publish(region.app, &write, region.arena, ret, &err);
}

static void test_publish(void **state)
{
    (void)state;
    EditionRow edition, again, *editions = NULL;
    ClassRow row, *rows = NULL;
    size_t count = 0;
    int64_t queued = run_queue(0);
    begin_region();
    REFUSED(publish(run_id, "", "приказ", &edition), ERR_INVALID_ARGUMENT, "TITLE_MISSING");
    REFUSED(publish(run_id, "Перечень", NULL, &edition), ERR_INVALID_ARGUMENT, "DOCUMENT_MISSING");
    REFUSED(publish(999, "Перечень", "приказ", &edition), ERR_NOT_FOUND, "RUN_UNKNOWN");
    REFUSED(publish(queued, "Перечень", "приказ", &edition), ERR_FAILED_PRECONDITION, "RUN_NOT_DONE");
    OK(publish(run_id, "Перечень", "приказ 12-Д", &edition));
    assert_int_equal(edition.number, 1);
    REFUSED(publish(run_id, "Перечень", "приказ", &again), ERR_ALREADY_EXISTS, "RUN_PUBLISHED");
    commit();

    begin_school(0);
    OK(edition_store_get(region.app, 1, region.arena, &edition, &err));
    assert_string_equal(edition.title, "Перечень");
    assert_string_equal(edition.document, "приказ 12-Д");
    assert_string_equal(edition.published_by, "analyst");
    assert_int_equal(edition.published_ms, REGION_NOW_MS + 99);
    assert_int_equal(edition.run.id, run_id);
    assert_string_equal(edition.run.methodology_code, "M-1");
    assert_int_equal(edition.run.year, 2023);
    assert_int_equal(edition.run.output_hash[0], 2);
    REFUSED(edition_store_get(region.app, 2, region.arena, &edition, &err), ERR_NOT_FOUND, "EDITION_UNKNOWN");
    ClassSet set = {.edition_number = 1};
    assert_int_equal(classes_of((ClassFilter){.set = set}, &rows), 1);
    assert_string_equal(rows[0].school_code, "d1-s1");
    assert_string_equal(rows[0].rules, "BRANCH_A held low=2");
    check_reasons(set);
    REFUSED(class_store_get(region.app, set, region.schools[1], region.arena, &row, &err), ERR_NOT_FOUND,
            "CLASS_UNKNOWN");
    rollback();
    begin_district(1);
    assert_int_equal(classes_of((ClassFilter){.set = set}, &rows), 2);
    ReasonRow *reasons = NULL;
    OK(class_store_list_reasons(region.app, set, region.schools[0], region.arena, &reasons, &count, &err));
    assert_int_equal(count, 0);
    rollback();

    assert_true(region_sql_refused("update shans.edition set title = 'x'"));
    assert_true(region_sql_refused("delete from shans.edition_class"));
    assert_true(region_sql_refused("update shans.edition_class set status = 3"));
    assert_true(region_sql_refused("update shans.edition_procedure set below = 3"));
    assert_true(region_sql_refused("delete from shans.edition_procedure"));
    begin_district(0);
    REFUSED(publish(run_id, "x", "y", &again), ERR_ALREADY_EXISTS, "RUN_PUBLISHED");
    rollback();
    begin_region();
    OK(edition_store_list(region.app, region.arena, &editions, &count, &err));
    assert_int_equal(count, 1);
    rollback();
}

/* The same classes from another run give the same fingerprint, any other figure another. */
static void test_fingerprint(void **state)
{
    (void)state;
    uint8_t hashes[3][CRYPTO_HASH_SIZE];
    for (int i = 0; i < 3; i++) {
        int64_t id = run_queue(0);
        ClassRow class = class_of(1);
        ReasonRow reason = reason_of(1, "OGE.MATH", 2023, 0, 0);
        reason.below += i == 2;
        begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
        OK(class_store_put(region.app, id, &class, 1, &err));
        OK(class_store_put_reasons(region.app, id, &reason, 1, &err));
        run_finish(id, 1);
        commit();
        EditionRow edition;
        begin_region();
        OK(publish(id, "Перечень", "приказ", &edition));
        memcpy(hashes[i], edition.content_hash, CRYPTO_HASH_SIZE);
        rollback();
    }
    assert_memory_equal(hashes[0], hashes[1], CRYPTO_HASH_SIZE);
    assert_memory_not_equal(hashes[0], hashes[2], CRYPTO_HASH_SIZE);
}

static void test_published_school_moves(void **state)
{
    (void)state;
    OrgChange change;
    OrgRow row = {.code = "d1-s1",
                  .kind = ORG_SCHOOL,
                  .parent_code = "d2",
                  .name = "Переехавшая",
                  .valid_from = "2024-09-01"};
    begin_region();
    OK(org_store_upsert(region.app, &row, &change, &err));
    commit();
    ClassRow *rows = NULL;
    begin_district(1);
    assert_int_equal(classes_of((ClassFilter){.set = {.edition_number = 1}}, &rows), 3);
    assert_int_equal(rows[0].status, 1);
    rollback();
}

/* More rows than one statement takes. */
static void test_many_rows(void **state)
{
    (void)state;
    enum { MANY = 4096 * 2 + 5 };
    int64_t id = run_queue(0);
    ClassRow class = class_of(3), row;
    ReasonRow *reasons = calloc(MANY, sizeof *reasons), *read = NULL;
    size_t count = 0;
    assert_non_null(reasons);
    for (int i = 0; i < MANY; i++)
        reasons[i] = reason_of(3, "OGE.MATH", i, i, 1);
    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
    OK(class_store_put(region.app, id, &class, 1, &err));
    OK(class_store_put_reasons(region.app, id, reasons, MANY, &err));
    commit();
    ClassSet set = {.run_id = id};
    begin_region();
    OK(class_store_list_reasons(region.app, set, region.schools[3], region.arena, &read, &count, &err));
    assert_int_equal(count, MANY);
    assert_int_equal(read[MANY - 1].year, MANY - 1);
    assert_int_equal(read[4096].submission_id, 4096);
    OK(class_store_get(region.app, set, region.schools[3], region.arena, &row, &err));
    rollback();
    id = run_queue(0);
    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE); /* a reason needs its class, of the same place */
    assert_int_not_equal(class_store_put_reasons(region.app, id, reasons, 1, &err), ERR_OK);
    rollback();
    begin_role(DB_ROLE_JOBS, DB_MODE_WRITE);
    OK(class_store_put(region.app, id, &class, 1, &err));
    reasons[0].district_id = region.districts[0];
    assert_int_not_equal(class_store_put_reasons(region.app, id, reasons, 1, &err), ERR_OK);
    rollback();
    free(reasons);
}

/* Every allocation may fail: an error each time, never a crash. */
static ErrCode read_all(Arena *arena)
{
    MethodologyRow *methods = NULL;
    RunRow *runs = NULL;
    EditionRow *editions = NULL;
    ClassRow *classes = NULL;
    ReasonRow *reasons = NULL;
    size_t count = 0;
    ClassFilter filter = {.set = {.edition_number = 1}, .limit = 10};
    ErrCode code = methodology_store_list(region.app, arena, &methods, &count, &err);
    if (code == ERR_OK)
        code = run_store_list(region.app, 0, 10, arena, &runs, &count, &err);
    if (code == ERR_OK)
        code = edition_store_list(region.app, arena, &editions, &count, &err);
    if (code == ERR_OK)
        code = class_store_list(region.app, &filter, arena, &classes, &count, &err);
    if (code == ERR_OK)
        code = class_store_list_reasons(region.app, filter.set, region.schools[0], arena, &reasons, &count,
                                        &err);
    return code;
}

static void test_memory(void **state)
{
    (void)state;
    size_t n = 1;
    begin_region();
    for (;; n++) {
        Arena *arena = arena_new(1 << 20, NULL);
        arena_fail_nth(arena, n);
        ErrCode code = read_all(arena);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_string_equal(err.reason, "MEMORY_LIMIT");
        assert_true(n < 1000);
    }
    assert_true(n > 50);
    rollback();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, region_setup, region_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_methodologies), TEST(test_used_methodology),
        TEST(test_queue),         TEST(test_inputs),
        TEST(test_classes),       TEST(test_publish),
        TEST(test_fingerprint),   TEST(test_published_school_moves),
        TEST(test_many_rows),     TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, region_start, region_stop);
}
