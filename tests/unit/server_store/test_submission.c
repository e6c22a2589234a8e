/* Submissions with their cells, events, marks and import findings: what is written, what each scope sees, and
 * what nobody may change. */
#include "tests/unit/server_store/region.h"

#include <string.h>

#include "server/store/store_cell.h"
#include "server/store/store_issue.h"
#include "server/store/store_review.h"

static const uint8_t hash_two[CONTENT_HASH_SIZE] = {2};

static SubmissionRow submission;

static void get(int64_t id)
{
    OK(submission_store_get(region.app, id, region.arena, &submission, &err));
}

static void test_insert_and_get(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("results", "OGE.MATH", "participants", 20)};
    int64_t id = submission_make(0, "2001", 1, cells, 1);
    bool found = false;
    begin_school(0);
    get(id);
    assert_string_equal(submission.school_code, "d1-s1");
    assert_string_equal(submission.school_name, "Организация d1-s1");
    assert_string_equal(submission.form_code, "assessment_results");
    assert_int_equal(submission.form_version, 1);
    assert_string_equal(submission.period, "2001");
    assert_int_equal(submission.source, 1);
    assert_int_equal(submission.revision, 1);
    assert_int_equal(submission.accepted_revision, 0);
    assert_int_equal(submission.accepted_ms, 0);
    assert_string_equal(submission.accepted_by, "");
    assert_string_equal(submission.submitted_by, "editor1");
    assert_int_equal(submission.content_hash[0], 7);
    assert_int_equal(submission.open_marks, 0);
    OK(submission_store_find_live(region.app, region.schools[0], "assessment_results", "2001", 1,
                                  region.arena, &submission, &found, &err));
    assert_true(found);
    assert_int_equal(submission.id, id);
    OK(submission_store_find_live(region.app, region.schools[0], "assessment_results", "2001", 2,
                                  region.arena, &submission, &found, &err));
    assert_false(found);
    rollback();
}

static void test_one_live_submission(void **state)
{
    (void)state;
    submission_make(0, "2002", 1, NULL, 0);
    SubmissionWrite write = {.school_id = region.schools[0],
                             .district_id = region.districts[0],
                             .form_code = "assessment_results",
                             .form_version = 1,
                             .period = "2002",
                             .source = 1,
                             .state = 3,
                             .revision = 1,
                             .content_hash = hash_two,
                             .at_ms = REGION_NOW_MS,
                             .principal_id = region.editors[0]};
    int64_t id = 0;
    DbScope scope = scope_school(0);
    begin_writer(&scope);
    REFUSED(submission_store_insert(region.app, &write, &id, &err), ERR_ABORTED, "SUBMISSION_EXISTS");
    rollback();
    begin_writer(&scope);
    write.district_id = region.districts[1]; /* a district that is not the school's */
    write.period = "2003";
    assert_int_not_equal(submission_store_insert(region.app, &write, &id, &err), ERR_OK);
    rollback();
    begin_writer(&scope);
    write.school_id = region.schools[1]; /* another school than one's own */
    write.district_id = region.districts[0];
    REFUSED(submission_store_insert(region.app, &write, &id, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
    begin_school(0); /* the reading role inserts nothing, even of its own */
    write.school_id = region.schools[0];
    REFUSED(submission_store_insert(region.app, &write, &id, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
}

static void test_advance(void **state)
{
    (void)state;
    int64_t id = submission_make(0, "2004", 1, NULL, 0);
    SubmissionWrite write = {.id = id,
                             .state = SUBMISSION_ACCEPTED,
                             .revision = 1,
                             .at_ms = REGION_NOW_MS + 5,
                             .principal_id = region.coordinators[0],
                             .accepts = true,
                             .expected_state = 3,
                             .expected_revision = 1};
    begin_district(0);
    OK(submission_store_advance(region.app, &write, &err));
    get(id);
    assert_int_equal(submission.state, SUBMISSION_ACCEPTED);
    assert_int_equal(submission.accepted_revision, 1);
    assert_int_equal(submission.accepted_ms, REGION_NOW_MS + 5);
    assert_string_equal(submission.accepted_by, "coordinator1");
    assert_string_equal(submission.submitted_by, "editor1");
    assert_int_equal(submission.submitted_ms, REGION_NOW_MS);
    assert_int_equal(submission.content_hash[0], 7);
    assert_string_equal(submission.origin, "file.csv");
    REFUSED(submission_store_advance(region.app, &write, &err), ERR_ABORTED, "REVISION_STALE");
    commit();

    write = (SubmissionWrite){.id = id,
                              .state = 3,
                              .revision = 2,
                              .form_version = 2,
                              .content_hash = hash_two,
                              .at_ms = REGION_NOW_MS + 9,
                              .principal_id = region.editors[0],
                              .submits = true,
                              .expected_state = SUBMISSION_ACCEPTED,
                              .expected_revision = 1};
    DbScope scope = scope_school(0);
    begin_writer(&scope);
    OK(submission_store_advance(region.app, &write, &err));
    get(id);
    assert_int_equal(submission.revision, 2);
    assert_int_equal(submission.form_version, 2);
    assert_int_equal(submission.accepted_revision, 1); /* the accepted one still counts */
    assert_int_equal(submission.content_hash[0], 2);
    assert_string_equal(submission.origin, "");
    assert_int_equal(submission.submitted_ms, REGION_NOW_MS + 9);
    commit();

    write.expected_revision = 2, write.expected_state = 3, write.revision = 3;
    begin_district(1); /* the other district: as if it were not there */
    REFUSED(submission_store_advance(region.app, &write, &err), ERR_ABORTED, "REVISION_STALE");
    rollback();
    write.state = SUBMISSION_ACCEPTED, write.revision = 3; /* accepted_revision would stay behind */
    begin_district(0);
    assert_int_not_equal(submission_store_advance(region.app, &write, &err), ERR_OK);
    rollback();
}

static size_t listed(SubmissionFilter filter, SubmissionRow **ret)
{
    size_t count = 0;
    filter.limit = filter.limit ? filter.limit : 100;
    OK(submission_store_list(region.app, &filter, region.arena, ret, &count, &err));
    return count;
}

static void test_list(void **state)
{
    (void)state;
    int64_t ids[REGION_SCHOOLS];
    for (int i = 0; i < REGION_SCHOOLS; i++)
        ids[i] = submission_make(i, "2005", 1, NULL, 0);
    SubmissionRow *rows = NULL;
    begin_region();
    assert_int_equal(listed((SubmissionFilter){.period = "2005"}, &rows), 4);
    assert_int_equal(rows[0].id, ids[0]);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .after_id = ids[1], .limit = 1}, &rows), 1);
    assert_int_equal(rows[0].id, ids[2]);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .under_id = region.districts[1]}, &rows), 2);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .under_id = region.region}, &rows), 4);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .under_id = region.schools[3]}, &rows), 1);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .state = 5}, &rows), 0);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .form_code = "other"}, &rows), 0);
    rollback();
    begin_district(0);
    assert_int_equal(listed((SubmissionFilter){.period = "2005"}, &rows), 2);
    assert_int_equal(listed((SubmissionFilter){.period = "2005", .under_id = region.districts[1]}, &rows), 0);
    rollback();
    begin_school(3);
    assert_int_equal(listed((SubmissionFilter){0}, &rows), 1);
    assert_int_equal(rows[0].id, ids[3]);
    rollback();
    begin_auditor();
    assert_int_equal(listed((SubmissionFilter){.period = "2005"}, &rows), 4);
    rollback();
}

static CellWrite cell_write_of(int64_t id, uint32_t revision)
{
    return (CellWrite){id,       region.schools[0], region.districts[0],
                       revision, region.editors[0], REGION_NOW_MS + revision};
}

static int64_t write_cells(int64_t id, uint32_t revision, const FormCell *cells, size_t count)
{
    CellWrite write = cell_write_of(id, revision);
    int64_t changed = 0;
    OK(cell_store_write(region.app, &write, cells, count, &changed, &err));
    return changed;
}

static void test_cells(void **state)
{
    (void)state;
    FormCell first[] = {cell_number("b", "r", "f", 0), cell_kind("a", "", "f", VALUE_UNKNOWN),
                        cell_kind("a", "", "g", VALUE_NOT_APPLICABLE), cell_number("a", "z", "f", -5)};
    int64_t id = submission_make(0, "2006", 1, first, 4);
    FormCell *cells = NULL;
    size_t count = 0;
    DbScope scope = scope_school(0);
    begin_writer(&scope);
    OK(cell_store_load(region.app, id, 0, region.arena, &cells, &count, &err));
    assert_int_equal(count, 4);
    assert_string_equal(cells[0].field, "f"); /* a//f, a//g, a/z/f, b/r/f */
    assert_int_equal(cells[0].value.kind, VALUE_UNKNOWN);
    assert_int_equal(cells[1].value.kind, VALUE_NOT_APPLICABLE);
    assert_int_equal(cells[2].value.number, -5);
    assert_int_equal(cells[3].value.kind, VALUE_NUMBER);
    assert_int_equal(cells[3].value.number, 0);

    assert_int_equal(write_cells(id, 2, first, 4), 0);                      /* nothing differs */
    FormCell second[] = {first[0], cell_number("a", "", "f", 0), first[2]}; /* unknown -> 0, one emptied */
    assert_int_equal(write_cells(id, 3, second, 3), 2);
    OK(cell_store_load(region.app, id, 0, region.arena, &cells, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(cells[0].value.kind, VALUE_NUMBER);
    OK(cell_store_load(region.app, id, 2, region.arena, &cells, &count, &err)); /* as it was */
    assert_int_equal(count, 4);
    assert_int_equal(cells[0].value.kind, VALUE_UNKNOWN);
    assert_int_equal(write_cells(id, 4, first, 4), 2); /* back again: the emptied one returns */
    CellOrigin *origins = NULL;
    OK(cell_store_trace(region.app, id, 0, region.arena, &origins, &count, &err));
    assert_int_equal(count, 4);
    assert_int_equal(origins[0].revision, 4);
    assert_int_equal(origins[1].revision, 1);
    assert_int_equal(origins[0].at_ms, REGION_NOW_MS + 4);
    assert_string_equal(origins[0].author, "editor1");
    assert_int_equal(write_cells(id, 5, NULL, 0), 4);
    OK(cell_store_load(region.app, id, 0, region.arena, &cells, &count, &err));
    assert_int_equal(count, 0);
    rollback();

    begin_school(1);
    OK(cell_store_load(region.app, id, 0, region.arena, &cells, &count, &err));
    assert_int_equal(count, 0);
    rollback();
    begin_district(1);
    OK(cell_store_trace(region.app, id, 0, region.arena, &origins, &count, &err));
    assert_int_equal(count, 0);
    rollback();
}

static void test_texts_with_signs(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("a,{}\"\\", "NULL", "f'; drop", 1), cell_number("", "ряд", "поле", 2)};
    int64_t id = submission_make(0, "2007", 1, cells, 2);
    FormCell *read = NULL;
    size_t count = 0;
    begin_school(0);
    OK(cell_store_load(region.app, id, 0, region.arena, &read, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(read[0].row, "ряд");
    assert_string_equal(read[1].section, "a,{}\"\\");
    assert_string_equal(read[1].row, "NULL");
    assert_string_equal(read[1].field, "f'; drop");
    rollback();
}

static void test_marks(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("s", "r1", "f", 1), cell_number("s", "r2", "f", 1),
                        cell_number("t", "", "f", 1)};
    int64_t id = submission_make(0, "2008", 1, cells, 3), resolved = 0;
    MarkWrite write = {id, region.schools[0], region.districts[0], 1, region.coordinators[0], REGION_NOW_MS};
    MarkRow given[] = {{.section = "s", .row = "r1", .field = "f", .comment = "проверьте"},
                       {.section = "s", .row = "r2", .comment = "вся строка"},
                       {.section = "t", .comment = "весь раздел"},
                       {.section = "s", .row = "r1", .field = "g", .comment = "пусто"}};
    MarkRow *marks = NULL;
    size_t count = 0;
    begin_district(0);
    OK(mark_store_add(region.app, &write, given, 4, &err));
    commit();
    begin_school(0);
    get(id);
    assert_int_equal(submission.open_marks, 4);
    rollback();
    DbScope scope = scope_school(0);
    begin_writer(&scope);
    cells[1].value.number = 2;
    cells[2].value.number = 2;
    write_cells(id, 2, cells, 3);
    OK(mark_store_resolve(region.app, id, 2, &resolved, &err));
    assert_int_equal(resolved, 2);
    OK(mark_store_list(region.app, id, region.arena, &marks, &count, &err));
    assert_int_equal(count, 4);
    assert_int_equal(marks[0].resolved_revision, 0);
    assert_string_equal(marks[0].comment, "проверьте");
    assert_string_equal(marks[0].made_by, "coordinator1");
    assert_int_equal(marks[1].resolved_revision, 2);
    assert_int_equal(marks[2].resolved_revision, 2);
    assert_int_equal(marks[3].resolved_revision, 0);
    commit();
    begin_district(1);
    OK(mark_store_list(region.app, id, region.arena, &marks, &count, &err));
    assert_int_equal(count, 0);
    REFUSED(mark_store_add(region.app, &write, given, 1, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
    begin_district(0);
    given[0].comment = "";
    REFUSED(mark_store_add(region.app, &write, given, 1, &err), ERR_INVALID_ARGUMENT, "COMMENT_MISSING");
    rollback();
    begin_school(0); /* a school does not mark */
    REFUSED(mark_store_add(region.app, &write, given + 1, 1, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
}

static void test_events(void **state)
{
    (void)state;
    int64_t id = submission_make(0, "2009", 1, NULL, 0), event_id = 0;
    EventRow event = {.submission_id = id,
                      .school_id = region.schools[0],
                      .district_id = region.districts[0],
                      .revision = 1,
                      .event = "WITHDRAW",
                      .from_state = 3,
                      .to_state = SUBMISSION_WITHDRAWN,
                      .principal_id = region.editors[0],
                      .comment = "ошибка",
                      .at_ms = REGION_NOW_MS + 1};
    EventRow *rows = NULL;
    size_t count = 0;
    begin_school(0);
    OK(event_store_add(region.app, &event, &event_id, &err));
    OK(event_store_list(region.app, id, region.arena, &rows, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[1].id, event_id);
    assert_string_equal(rows[1].event, "WITHDRAW");
    assert_string_equal(rows[1].login, "editor1");
    assert_string_equal(rows[1].comment, "ошибка");
    assert_int_equal(rows[1].to_state, SUBMISSION_WITHDRAWN);
    commit();
    begin_school(1);
    OK(event_store_list(region.app, id, region.arena, &rows, &count, &err));
    assert_int_equal(count, 0);
    REFUSED(event_store_add(region.app, &event, NULL, &err), ERR_PERMISSION_DENIED, "ROW_FORBIDDEN");
    rollback();
}

static void test_written_once(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("s", "r", "f", 1)};
    submission_make(0, "2012", 1, cells, 1);
    assert_true(region_sql_refused("update shans.cell_revision set number = 2 where kind = 1"));
    assert_true(region_sql_refused("update shans.cell_revision set at = now()"));
    assert_true(region_sql_refused("delete from shans.cell_revision"));
    assert_true(region_sql_refused("update shans.submission_event set comment = 'x'"));
    assert_true(region_sql_refused("delete from shans.submission_event"));
}

static bool issue_add(int school, const char *raw)
{
    static const char *const keys[] = {"school", "value"}, *const values[] = {"1; «а,б»", ""};
    IssueRow issue = {.rule = "RISK_TABLE_WRONG_GROUP",
                      .severity = 2,
                      .school_id = school < 0 ? 0 : region.schools[school],
                      .district_id = school < 0 ? 0 : region.districts[school / 2],
                      .place = "4",
                      .raw_value = raw,
                      .proposal = "таблица 5",
                      .arg_keys = keys,
                      .arg_values = values,
                      .arg_count = 2,
                      .document = "отчёт"};
    bool added = false;
    OK(issue_store_add(region.app, &issue, region.analyst, REGION_NOW_MS, &added, &err));
    return added;
}

static void test_issues(void **state)
{
    (void)state;
    IssueRow *rows = NULL;
    size_t count = 0;
    begin_region();
    assert_true(issue_add(0, "1"));
    assert_false(issue_add(0, "1"));
    assert_true(issue_add(0, "2"));
    assert_true(issue_add(2, "1"));
    assert_true(issue_add(-1, "1"));
    assert_false(issue_add(-1, "1"));
    commit();
    IssueFilter filter = {.limit = 10};
    begin_region();
    OK(issue_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 4);
    assert_string_equal(rows[0].school_code, "d1-s1");
    assert_int_equal(rows[0].arg_count, 2);
    assert_string_equal(rows[0].arg_keys[1], "value");
    assert_string_equal(rows[0].arg_values[0], "1; «а,б»");
    assert_string_equal(rows[0].arg_values[1], "");
    assert_string_equal(rows[0].status, "open");
    assert_string_equal(rows[0].proposal, "таблица 5");
    assert_string_equal(rows[3].school_code, "");
    filter.after_id = rows[1].id, filter.limit = 1;
    OK(issue_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].school_code, "d2-s1");
    filter = (IssueFilter){.under_id = region.districts[0], .limit = 10};
    OK(issue_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 2);
    filter = (IssueFilter){.status = "rejected", .limit = 10};
    OK(issue_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 0);
    rollback();
    filter = (IssueFilter){.limit = 10};
    begin_school(0);
    OK(issue_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 2);
    rollback();
    begin_district(1);
    OK(issue_store_list(region.app, &filter, region.arena, &rows, &count, &err));
    assert_int_equal(count, 1);
    rollback();
}

static ErrCode read_all(int64_t id, Arena *arena)
{
    SubmissionFilter filter = {.limit = 10};
    IssueFilter issue_filter = {.limit = 10};
    SubmissionRow *rows = NULL;
    CellOrigin *cells = NULL;
    EventRow *events = NULL;
    MarkRow *marks = NULL;
    IssueRow *issues = NULL;
    size_t count = 0;
    ErrCode code = submission_store_get(region.app, id, arena, &submission, &err);
    if (code == ERR_OK)
        code = submission_store_list(region.app, &filter, arena, &rows, &count, &err);
    if (code == ERR_OK)
        code = cell_store_trace(region.app, id, 0, arena, &cells, &count, &err);
    if (code == ERR_OK)
        code = event_store_list(region.app, id, arena, &events, &count, &err);
    if (code == ERR_OK)
        code = mark_store_list(region.app, id, arena, &marks, &count, &err);
    if (code == ERR_OK)
        code = issue_store_list(region.app, &issue_filter, arena, &issues, &count, &err);
    return code;
}

/* Every allocation may fail: an error each time, never a crash. */
static void test_memory(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("s", "r", "f", 1)};
    MarkRow mark = {.section = "s", .row = "r", .field = "f", .comment = "проверьте"};
    int64_t id = submission_make(1, "2013", 1, cells, 1);
    MarkWrite write = {id, region.schools[1], region.districts[0], 1, region.coordinators[0], REGION_NOW_MS};
    size_t n = 1;
    begin_region();
    OK(mark_store_add(region.app, &write, &mark, 1, &err));
    for (;; n++) {
        Arena *arena = arena_new(1 << 20, NULL);
        arena_fail_nth(arena, n);
        ErrCode code = read_all(id, arena);
        arena_free(arena);
        if (code == ERR_OK)
            break;
        assert_string_equal(err.reason, "MEMORY_LIMIT");
        assert_true(n < 1000);
    }
    assert_true(n > 50);
    rollback();
}

/* Rows of one submission cannot be hung on a school it is not of, even within one's own scope. */
static void test_place_is_the_submissions(void **state)
{
    (void)state;
    FormCell cells[] = {cell_number("s", "r", "f", 1)};
    int64_t id = submission_make(0, "2014", 1, NULL, 0);
    CellWrite write = {id, region.schools[1], region.districts[0], 1, region.coordinators[0], REGION_NOW_MS};
    begin_district(0);
    assert_int_not_equal(cell_store_write(region.app, &write, cells, 1, NULL, &err), ERR_OK);
    rollback();
    EventRow event = {.submission_id = id,
                      .school_id = region.schools[1],
                      .district_id = region.districts[0],
                      .revision = 1,
                      .event = "RETURN",
                      .principal_id = region.coordinators[0],
                      .at_ms = REGION_NOW_MS};
    begin_district(0);
    assert_int_not_equal(event_store_add(region.app, &event, NULL, &err), ERR_OK);
    rollback();
    MarkRow mark = {.section = "s", .row = "r", .field = "f", .comment = "проверьте"};
    MarkWrite mark_write = {id, region.schools[1],      region.districts[0],
                            1,  region.coordinators[0], REGION_NOW_MS};
    begin_district(0);
    assert_int_not_equal(mark_store_add(region.app, &mark_write, &mark, 1, &err), ERR_OK);
    rollback();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, region_setup, region_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_insert_and_get), TEST(test_one_live_submission),
        TEST(test_advance),        TEST(test_list),
        TEST(test_cells),          TEST(test_texts_with_signs),
        TEST(test_marks),          TEST(test_events),
        TEST(test_memory),         TEST(test_place_is_the_submissions),
        TEST(test_written_once),   TEST(test_issues),
    };
    return cmocka_run_group_tests(tests, region_start, region_stop);
}
