/* Wide tables of figures: headings, cells, faults with their place, staffing grammar, periods, round trips.
 */
#include "tests/unit/client_cli/fake.h"

#include <unistd.h>

#include "client/cli/figures.h"
#include "client/table/csv.h"
#include "client/table/xlsx_write.h"
#include "common/core/embed.h"

static Arena *arena;
static Catalog *catalog;

static int setup(void **state)
{
    Err err = {0};

    (void)state;
    arena = arena_new((size_t)64 << 20, NULL);
    assert_non_null(arena);
    assert_int_equal(catalog_load(catalog_files[0].data, catalog_files[0].size, arena, &catalog, &err),
                     ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const FormDef *form_of(const char *code)
{
    const FormDef *form = catalog_get_form(catalog, code, 0);

    assert_non_null(form);
    return form;
}

static ErrCode read_text(const char *form, const char *text, const char *period, Figures **ret, Err *err)
{
    const FormDef *def = form_of(form);
    Table *table = NULL;

    assert_int_equal(csv_read(text, strlen(text), NULL, arena, &table, err), ERR_OK);
    return figures_read(def, &def->sections[0], period, table, arena, ret, err);
}

static Figures *read_ok(const char *form, const char *text)
{
    Figures *figures = NULL;
    Err err = {0};

    if (read_text(form, text, NULL, &figures, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "value"));
    return figures;
}

#define RESULTS                                                                                              \
    "school,period,row,enrolled,registered,participants,absent_valid,absent_other,mark2,mark3,mark4,mark5,"  \
    "below_min\n"

static Value cell_of(const FigureBatch *batch, const char *section, const char *row, const char *field)
{
    FormCell *cells;
    size_t count;
    Err err = {0};

    assert_int_equal(form_data_list(batch->data, arena, &cells, &count, &err), ERR_OK);
    for (size_t i = 0; i < count; i++)
        if (strcmp(cells[i].section, section) == 0 && strcmp(cells[i].row, row) == 0 &&
            strcmp(cells[i].field, field) == 0)
            return cells[i].value;
    return (Value){VALUE_EMPTY, 0};
}

static void test_results(void **state)
{
    (void)state;
    Figures *figures =
        read_ok("assessment_results", RESULTS "66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n"
                                              "66-a-1,2020/21,VPR.MATH.5,22,22,21,1,0,1,8,8,4,1\n"
                                              "66-a-2,2021,OGE.RUS,n/a,n/a,n/a,,,n/a,n/a,n/a,n/a,n/a\n"
                                              "66-a-1,2022,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n");
    assert_int_equal(figures->error_count, 0);
    assert_int_equal(figures->batch_count, 3);
    const FigureBatch *batch = figures->batches;
    assert_string_equal(batch->school, "66-a-1");
    assert_string_equal(batch->period, "2021");
    assert_int_equal(cell_of(batch, "results", "VPR.RUS.5", "participants").number, 19);
    assert_int_equal(cell_of(batch, "results", "VPR.MATH.5", "mark4").number, 8);
    assert_int_equal(cell_of(batch->next, "results", "OGE.RUS", "participants").kind, VALUE_NOT_APPLICABLE);
    assert_string_equal(batch->next->next->period, "2022");
}

static void test_faults_have_places(void **state)
{
    static const struct {
        const char *line, *reason;
        uint32_t column;
    } rows[] = {
        {"66-a-1,2021,VPR.RUS.5,20,abc,19,1,0,1,8,7,3,1\n", "CELL_NOT_A_NUMBER", 5},
        {"66-a-1,2021,VPR.RUS.5,20,20.5,19,1,0,1,8,7,3,1\n", "CELL_TOO_PRECISE", 5},
        {"66-a-1,2021,VPR.RUS.5,20,99999999999999999999,19,1,0,1,8,7,3,1\n", "CELL_OUT_OF_RANGE", 5},
        {"66-a-1,2021,NO.SUCH,20,20,19,1,0,1,8,7,3,1\n", "IMPORT_ROW_UNKNOWN", 3},
        {"66-a-1,soon,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "IMPORT_PERIOD", 2},
        {"66-a-1,2021-10,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "IMPORT_PERIOD", 2},
        {"school one,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "IMPORT_SCHOOL_CODE", 1},
        {",2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", "IMPORT_SCHOOL_CODE", 1},
        {"66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1,5\n", "IMPORT_ROW_LONG", 14},
        {"66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n66-a-1,2021,VPR.RUS.5,20\n", "CELL_TWICE", 4},
        {"66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,,1\n", "REQUIRED", 0},
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, RESULTS "%s", rows[i].line);
        Figures *figures = read_ok("assessment_results", text);
        const FigureIssue *issue = figures->issues;
        if (rows[i].column > 0) {
            assert_non_null(issue);
            assert_string_equal(issue->why.reason, rows[i].reason);
            assert_int_equal(issue->column, rows[i].column);
            assert_int_equal(figures->issue_count, 1);
            assert_int_equal(issue->line, strchr(rows[i].line, '\n')[1] != '\0' ? 3 : 2);
        }
        assert_true(figures->error_count > 0);
    }
}

/* 45 participants of 40 enrolled: the rule's own place and message. */
static void test_rules(void **state)
{
    (void)state;
    Figures *figures =
        read_ok("assessment_results", RESULTS "66-a-1,2021,VPR.RUS.5,40,40,45,0,0,10,10,15,10,10\n");
    assert_true(figures->error_count > 0);
    bool found = false;
    for (const FigureIssue *issue = figures->issues; issue != NULL; issue = issue->next) {
        if (strcmp(issue->why.reason, "PARTICIPANTS_LE_ENROLLED") != 0)
            continue;
        found = true;
        assert_int_equal(issue->line, 2);
        assert_int_equal(issue->column, 6);
        assert_string_equal(issue->cell, "results/VPR.RUS.5/participants");
        assert_string_equal(err_arg_get(&issue->why, "value"), "45");
        assert_string_equal(issue->school, "66-a-1");
        assert_non_null(issue->rule);
        assert_int_equal(issue->severity, RULE_ERROR);
    }
    assert_true(found);
}

static void test_headings(void **state)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"period,row,enrolled\n2021,VPR.RUS.5,1\n", "IMPORT_NO_SCHOOL"},
        {"school,row,enrolled\n66-a-1,VPR.RUS.5,1\n", "IMPORT_NO_PERIOD"},
        {"school,period,row,enroled\n66-a-1,2021,VPR.RUS.5,1\n", "IMPORT_COLUMN_NEAR"},
        {"school,period,row,zzzzzzzzzz\n66-a-1,2021,VPR.RUS.5,1\n", "IMPORT_COLUMN_UNKNOWN"},
        {"school,period,row,enrolled,enrolled\n66-a-1,2021,VPR.RUS.5,1,1\n", "IMPORT_COLUMN_TWICE"},
        {"school,period,row,enrolled\n", "CSV_EMPTY"},
    };
    Figures *figures = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Err err = {0};
        assert_int_equal(read_text("assessment_results", rows[i].text, NULL, &figures, &err),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, rows[i].reason);
    }
    Err err = {0};
    assert_int_equal(read_text("assessment_results", "school,row,enrolled\n66-a-1,VPR.RUS.5,1\n", "2020/21",
                               &figures, &err),
                     ERR_OK);
    assert_string_equal(figures->batches->period, "2021");
}

static void test_staffing(void **state)
{
    (void)state;
    Figures *figures =
        read_ok("staffing_support", "school;period;social_pedagogue;tutor;psychologist;speech_therapist;"
                                    "defectologist;organizer;extra_education;vacancies\n"
                                    "66-a-1;2023;1;2;4;5 *;n/a;0;3; 6*;2\n");
    assert_int_equal(figures->error_count, 1); /* "3; 6*" needs quotes where ; separates */
    figures =
        read_ok("staffing_support", "school,period,social_pedagogue,tutor,psychologist,speech_therapist,"
                                    "defectologist,organizer,extra_education,vacancies\n"
                                    "66-a-1,2023,1,2,4,5 *,n/a,0,3; 6*,2\n");
    assert_int_equal(figures->error_count, 0);
    const FigureBatch *batch = figures->batches;
    assert_int_equal(cell_of(batch, "posts", "extra_education", "main").number, 3);
    assert_int_equal(cell_of(batch, "posts", "extra_education", "part").number, 6);
    assert_int_equal(cell_of(batch, "posts", "speech_therapist", "main").number, 0);
    assert_int_equal(cell_of(batch, "posts", "speech_therapist", "part").number, 5);
    assert_int_equal(cell_of(batch, "posts", "defectologist", "main").kind, VALUE_NOT_APPLICABLE);
    assert_int_equal(cell_of(batch, "posts", "defectologist", "part").kind, VALUE_NOT_APPLICABLE);
    assert_int_equal(cell_of(batch, "totals", "", "vacancies").number, 2);
    figures = read_ok("staffing_support", "school,period,tutor\n66-a-1,2023,3;x\n");
    assert_string_equal(figures->issues->why.reason, "STAFF_CELL");
    assert_int_equal(figures->issues->column, 3);
}

/* The cells of the printed table of attestation. */
static void test_shares(void **state)
{
    const char *head =
        "school,period,teachers,high,attested,attesting,share_base,high_reported_pct,research_lead,"
        "experimental,shares_experience,contest_municipal,contest_national,"
        "contest_international\n";
    (void)state;
    Figures *figures =
        read_ok("attestation", arena_printf(arena,
                                            "%s66-a-12,2022,18,?,?,?,attested,72.2,14/87.5%%,0,8/44.4%%,"
                                            "4,1/6.25 %%,?\n",
                                            head));
    assert_int_equal(figures->error_count, 0);
    const FigureBatch *batch = figures->batches;
    assert_int_equal(cell_of(batch, "activity", "research_lead", "count").number, 14);
    assert_int_equal(cell_of(batch, "activity", "research_lead", "reported_pct").number, 8750);
    assert_int_equal(cell_of(batch, "activity", "contest_national", "reported_pct").number, 625);
    assert_int_equal(cell_of(batch, "activity", "contest_municipal", "count").number, 4);
    assert_int_equal(cell_of(batch, "activity", "contest_municipal", "reported_pct").kind, VALUE_EMPTY);
    assert_int_equal(cell_of(batch, "activity", "contest_international", "count").kind, VALUE_UNKNOWN);
    assert_int_equal(cell_of(batch, "totals", "", "share_base").number, 1);
    figures = read_ok("attestation", "school,period,research_lead\n66-a-12,2022,57/87\n");
    assert_string_equal(figures->issues->why.reason, "SHARE_CELL");
    /* a share without its count leaves the count unanswered */
    figures = read_ok("attestation", "school,period,research_lead\n66-a-12,2022,18.2%\n");
    bool missing = false;
    for (const FigureIssue *issue = figures->issues; issue != NULL; issue = issue->next)
        missing = missing || (strcmp(issue->why.reason, "REQUIRED") == 0 &&
                              strcmp(issue->cell, "activity/research_lead/count") == 0);
    assert_true(missing);
}

/* A calendar year has one writing. */
static void test_calendar_year(void **state)
{
    const FormDef *form = catalog_get_form(catalog, "finance", 0);

    (void)state;
    assert_string_equal(figures_period(form, "2023", arena), "2023");
    assert_null(figures_period(form, "2022/23", arena));
    assert_null(figures_period(form, "2023-01", arena));
}

static void test_periods(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"2021", "2021"},    {"2020/21", "2021"}, {"2020/2021", "2021"}, {"2020-2021", "2021"},
        {"2099/00", "2000"}, {"2020/22", NULL},   {"2020-21", NULL},     {"1999", NULL},
        {"20211", NULL},     {"202", NULL},       {"2021-10", NULL},     {"", NULL},
        {"2020/2x", NULL},   {"abcd", NULL},
    };
    FormDef monthly = *form_of("assessment_results");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = figures_period(form_of("assessment_results"), rows[i].text, arena);
        if (rows[i].want == NULL)
            assert_null(got);
        else
            assert_string_equal(got, rows[i].want);
    }
    monthly.period_kind = PERIOD_MONTH;
    assert_string_equal(figures_period(&monthly, "2021-10", arena), "2021-10");
    assert_null(figures_period(&monthly, "2021-13", arena));
    assert_null(figures_period(&monthly, "2021-00", arena));
    assert_null(figures_period(&monthly, "2021", arena));
}

/* Written and read back, every form gives the same canonical bytes, in both styles. */
/* A workbook of the test's own; what is written into it is read back as a table. */
static char book_path[] = "/tmp/shans-figures-XXXXXX";

static TableWriter open_book(XlsxWriter **ret_book)
{
    Err err = {0};

    assert_int_equal(xlsx_writer_open(book_path, "figures", FIGURE_HEADS, ret_book, &err), ERR_OK);
    return table_writer_xlsx(*ret_book);
}

static Figures *read_book(const FormDef *form, const SectionDef *section, XlsxWriter *book)
{
    Err err = {0};
    Table *table = NULL;
    Figures *figures = NULL;

    assert_int_equal(xlsx_writer_close(book, &err), ERR_OK);
    assert_int_equal(table_load(book_path, NULL, arena, &table, &err), ERR_OK);
    if (figures_read(form, section, NULL, table, arena, &figures, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "value"));
    assert_string_equal(figures->sheet, "figures");
    return figures;
}

static void round_trip(const char *code, const char *text)
{
    const FormDef *form = form_of(code);
    Figures *first = read_ok(code, text);

    for (int kind = 0; kind <= 2; kind++) { /* for programs, for a spreadsheet, a workbook */
        Buf buf, one, two;
        XlsxWriter *book = NULL;
        buf_init(&buf, 1 << 20);
        buf_init(&one, 1 << 20);
        buf_init(&two, 1 << 20);
        TableWriter writer = kind == 2 ? open_book(&book) : table_writer_csv(&buf, kind == 1);
        figures_write_head(form, &form->sections[0], true, &writer);
        for (const FigureBatch *batch = first->batches; batch != NULL; batch = batch->next)
            figures_write(batch->data, &form->sections[0], batch->school, batch->period, &writer);
        Figures *second = kind == 2 ? read_book(form, &form->sections[0], book) : read_ok(code, buf.data);
        assert_int_equal(second->batch_count, first->batch_count);
        const FigureBatch *other = second->batches;
        for (const FigureBatch *batch = first->batches; batch != NULL; batch = batch->next) {
            buf_clear(&one);
            buf_clear(&two);
            form_data_pack(batch->data, batch->school, batch->period, &one);
            form_data_pack(other->data, other->school, other->period, &two);
            assert_int_equal(one.length, two.length);
            assert_memory_equal(one.data, two.data, one.length);
            other = other->next;
        }
        buf_done(&buf);
        buf_done(&one);
        buf_done(&two);
    }
}

static void test_round_trips(void **state)
{
    (void)state;
    round_trip("assessment_results", RESULTS "66-a-1,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n"
                                             "66-a-1,2021,OGE.RUS,n/a,n/a,n/a,,,n/a,n/a,n/a,n/a,n/a\n"
                                             "66-a-2,2021,VPR.MATH.6,?,?,10,0,0,1,8,1,0,1\n");
    round_trip("staffing_support", "school,period,social_pedagogue,tutor,psychologist,speech_therapist,"
                                   "defectologist,organizer,extra_education,vacancies\n"
                                   "66-a-1,2023,1,2,4,5*,n/a,0,3; 6*,2\n66-a-2,2023,0,?,4,5,1*,0,3,0\n");
    round_trip(
        "attestation",
        "school,period,research_lead,experimental,shares_experience,contest_municipal,contest_national,"
        "contest_international,teachers,high,attested,attesting,share_base,high_reported_pct\n"
        "66-a-1,2022,57/87 %,4,11/20.3 %,1/6.25 %,n/a,?,67,?,50,?,attested,79.10\n");
    round_trip("identification",
               "school,period,wellbeing_group,quality_group,quality_cluster,"
               "declared_typology,support_group,listed\n"
               "66-a-1,2022,5,5,3,UNDERPERFORMING,low_results,yes\n66-a-2,2022,?,6,,,none,no\n");
}

/* Codes and labels of every form and section: the labels are no figures, and each choice has its list. */
static void test_workbook_template(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalog->form_count; i++) {
        const FormDef *form = &catalog->forms[i];
        for (size_t s = 0; s < form->section_count; s++) {
            XlsxWriter *book = NULL;
            TableWriter writer = open_book(&book);
            figures_write_head(form, &form->sections[s], s % 2 == 0, &writer);
            table_write_text(&writer, "66-a-1");
            table_write_text(&writer, "1999"); /* of no form: the only fault there may be */
            table_write_end(&writer);
            Figures *figures = read_book(form, &form->sections[s], book);
            assert_int_equal(figures->issue_count, 1);
            assert_int_equal(figures->issues->line, 3);
            assert_string_equal(figures->issues->why.reason, "IMPORT_PERIOD");
        }
    }
}

static void test_template(void **state)
{
    Buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    for (size_t i = 0; i < catalog->form_count; i++) {
        const FormDef *form = &catalog->forms[i];
        Err err = {0};
        Figures *figures = NULL;
        Table *table = NULL;
        for (size_t s = 0; s < form->section_count; s++) {
            buf_clear(&buf);
            TableWriter writer = table_writer_csv(&buf, false);
            figures_write_head(form, &form->sections[s], true, &writer);
            figures_write_template(&form->sections[s], &writer);
            /* the heading is one that import accepts: only the rows are still empty */
            buf_text(&buf, "66-a-1,2021\n");
            assert_int_equal(csv_read(buf.data, buf.length, NULL, arena, &table, &err), ERR_OK);
            assert_int_equal(figures_read(form, &form->sections[s], NULL, table, arena, &figures, &err),
                             ERR_OK);
        }
    }
    buf_done(&buf);
}

/* Thousands of schools in one file. */
static void test_many_schools(void **state)
{
    Buf buf;

    (void)state;
    buf_init(&buf, 8 << 20);
    buf_text(&buf, RESULTS);
    for (int i = 0; i < 3000; i++)
        buf_printf(&buf, "66-a-%d,2021,VPR.RUS.5,20,20,19,1,0,1,8,7,3,1\n", i);
    Figures *figures = read_ok("assessment_results", buf.data);
    assert_int_equal(figures->batch_count, 3000);
    assert_int_equal(figures->error_count, 0);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_results, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults_have_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_staffing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shares, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calendar_year, setup, teardown),
        cmocka_unit_test_setup_teardown(test_periods, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_template, setup, teardown),
        cmocka_unit_test_setup_teardown(test_workbook_template, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_schools, setup, teardown),
    };

    int file = mkstemp(book_path);
    if (file < 0)
        return 1;
    close(file);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(book_path);
    return failed;
}
