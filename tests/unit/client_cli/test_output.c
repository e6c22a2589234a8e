/* What a first-time user sees: tables of a page's width in both languages, the training mark once, short
 * summaries, sentences of findings, and the exit codes that help promises. */
#include "tests/unit/client_cli/fake.h"

#include "client/cli/names.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"

#define HEAD                                                                                                 \
    "school,period,row,enrolled,registered,participants,absent_valid,absent_other,mark2,mark3,mark4,mark5,"  \
    "below_min\n"

enum { PAGE_WIDTH = 120 };

/* Columns of the widest line. */
static size_t widest_line(const char *text)
{
    size_t widest = 0;

    while (*text != '\0') {
        char line[4096];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        if (text_width(line) > widest)
            widest = text_width(line);
        text += length + (text[length] == '\n');
    }
    return widest;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

static void fill_class(Shans__V1__SchoolClass *class, char *code, char *name)
{
    static char *branches[] = {"B", "B_ANY", "B_SAME"}, *flags[] = {"UNRELIABLE", "INCOMPLETE"};

    shans__v1__school_class__init(class);
    class->school_code = code;
    class->school_name = name;
    class->status_computed = "LISTED";
    class->branches = branches;
    class->n_branches = 3;
    class->flags = flags;
    class->n_flags = 2;
    class->reliability = "LOW";
    class->typology = "UNDERPERFORMING";
    class->wellbeing_group = 4;
    class->quality_group = 3;
    class->training = 1;
}

static void add_classes(void)
{
    Shans__V1__SchoolClass classes[2], *refs[] = {&classes[0], &classes[1]};
    Shans__V1__ListClassesReply reply = SHANS__V1__LIST_CLASSES_REPLY__INIT;

    fill_class(&classes[0], "66-training-901", "Учебная школа № 901 (вымышленная)");
    fill_class(&classes[1], "66-training-902", "Учебная школа № 902 (вымышленная)");
    reply.classes = refs;
    reply.n_classes = 2;
    fake_add("ListClasses", &reply.base);
}

/* Wide tables wrap inside the page: codes stay whole, the training mark is explained once. */
static void test_classes_fit(void **state)
{
    (void)state;
    add_classes();
    fake.width = PAGE_WIDTH;
    assert_int_equal(fake_run("classes --run 1"), 0);
    assert_true(widest_line(fake.out) <= PAGE_WIDTH);
    assert_has(fake.out, "66-training-901 ");
    assert_int_equal(count_of(fake.out, "fictitious data"), 1);
    fake_golden("classes_en.txt", fake.out);
    fake.lang = "ru";
    assert_int_equal(fake_run("classes --run 1"), 0);
    assert_true(widest_line(fake.out) <= PAGE_WIDTH);
    assert_int_equal(count_of(fake.out, "вымышленные данные"), 1);
    fake_golden("classes_ru.txt", fake.out);
    assert_int_equal(fake_run("classes --run 1 --format csv"), 0);
    assert_has(fake.out, ",LOW,UNDERPERFORMING,4,3,UNRELIABLE INCOMPLETE,true,,\n");
}

static void fill_issue(Shans__V1__ImportIssue *issue, char *rule, Shans__V1__ErrorArg **args, size_t count)
{
    shans__v1__import_issue__init(issue);
    issue->id = 7;
    issue->rule = rule;
    issue->severity = SHANS__V1__SEVERITY__SEVERITY_ERROR;
    issue->school_code = "66-p-1";
    issue->place = "table 6";
    issue->status = "open";
    issue->args = args;
    issue->n_args = count;
}

/* The sentences of the reasons, with groups, types and tables in the language of the person. */
static void test_issue_sentences(void **state)
{
    Shans__V1__ErrorArg args[6], *refs[6];
    Shans__V1__ImportIssue issues[4], *list[] = {&issues[0], &issues[1], &issues[2], &issues[3]};
    Shans__V1__ListIssuesReply reply = SHANS__V1__LIST_ISSUES_REPLY__INIT;
    static char *const pairs[][2] = {{"table_group", "at_risk"}, {"school_group", "low_results"},
                                     {"factors", "4,5"},         {"own_place", "table 4"},
                                     {"group", "at_risk"},       {"declared", "RESILIENT"}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        shans__v1__error_arg__init(&args[i]);
        args[i].key = pairs[i][0];
        args[i].value = pairs[i][1];
        refs[i] = &args[i];
    }
    fill_issue(&issues[0], "RISK_TABLE_MEMBERSHIP", refs, 3);
    fill_issue(&issues[1], "RISK_ROWS_STALE", refs + 2, 2);
    fill_issue(&issues[2], "TYPOLOGY_DECLARED_DIFFERS", refs + 4, 2);
    fill_issue(&issues[3], "RULE_OF_TOMORROW", refs, 1);
    reply.issues = list;
    reply.n_issues = 4;
    fake_add("ListIssues", &reply.base);
    assert_int_equal(fake_run("issue list"), 0);
    assert_has(fake.out, "headed by the group \"risk zone\", but the school is of \"low results\"");
    assert_has(fake.out, "repeat those of the school's own table 4");
    assert_has(fake.out, "must not be given to another school");
    assert_has(fake.out, "[RULE_OF_TOMORROW]");
    fake.lang = "ru";
    assert_int_equal(fake_run("issue list"), 0);
    assert_has(fake.out, "к группе «зона риска», а школа к «низкие результаты (ШНОР)»; факторы 4,5");
    assert_has(fake.out, "группы этой школы («таблица\u00A04»)");
    assert_has(fake.out, "относит школу к типу резильентная");
    assert_null(strstr(fake.out, "table 4"));
    assert_null(strstr(fake.out, "table 6"));
    fake.width = PAGE_WIDTH;
    assert_int_equal(fake_run("issue list"), 0);
    assert_true(widest_line(fake.out) <= PAGE_WIDTH);
    assert_int_equal(fake_run("issue list --format csv"), 0);
    assert_has(fake.out, "7,error,66-p-1,table 6,RISK_ROWS_STALE,");
}

/* A file of count schools with so many absent for a reason (1 is what the other figures ask for), and the
 * schools known to the server. */
static void make_import_absent(size_t count, int absent)
{
    Shans__V1__Org orgs[20], *refs[20];
    Shans__V1__ListOrgsReply known = SHANS__V1__LIST_ORGS_REPLY__INIT;
    Shans__V1__ListSubmissionsReply none = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;
    static char codes[20][32];
    char text[4096] = HEAD;

    assert_true(count <= 20);
    for (size_t i = 0; i < count; i++) {
        snprintf(codes[i], sizeof codes[i], "66-a-%zu", i + 1);
        shans__v1__org__init(&orgs[i]);
        orgs[i].code = codes[i];
        refs[i] = &orgs[i];
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s,2021,VPR.RUS.5,20,20,19,%d,0,1,8,7,3,1\n", codes[i],
                 absent);
    }
    known.orgs = refs;
    known.n_orgs = count;
    fake_add("ListOrgs", &known.base);
    fake_add("ListSubmissions", &none.base);
    fake_file("r.csv", text);
}

static void make_import(size_t count)
{
    make_import_absent(count, 1);
}

/* Remarks of one kind are shown three times and counted; on request all of them. */
static void test_import_alike(void **state)
{
    (void)state;
    make_import_absent(7, 0);
    fake.confirm = true;
    assert_int_equal(fake_run("results import @/r.csv"), 0);
    assert_int_equal(count_of(fake.err, "66-a-"), 3);
    assert_has(fake.err, "And 4 more remarks of these kinds: repeat with --verbose.");
    fake.lang = "ru";
    assert_int_equal(fake_run("results import @/r.csv"), 0);
    assert_has(fake.err, "И ещё 4 замечания тех же видов: повторите с --verbose.");
    assert_int_equal(fake_run("results import @/r.csv --verbose"), 0);
    assert_int_equal(count_of(fake.err, "66-a-"), 7);
    assert_int_equal(fake_run("results import @/r.csv --dry-run"), 0);
    assert_int_equal(count_of(fake.out, "66-a-"), 7);
}

/* Ten receipts are a list, eleven a line; details on request and for programs. */
static void test_import_summary(void **state)
{
    (void)state;
    make_import(11);
    fake.confirm = true;
    assert_int_equal(fake_run("results import @/r.csv"), 0);
    assert_int_equal(fake_count("Submit"), 11);
    assert_has(fake.out, "11 forms confirmed, receipts 2023-0000001–2023-0000001.");
    assert_null(strstr(fake.out, "66-a-3"));
    fake.lang = "ru";
    assert_int_equal(fake_run("results import @/r.csv"), 0);
    assert_has(fake.out, "Подтверждено 11 форм, квитанции 2023-0000001–2023-0000001.");
    assert_int_equal(fake_run("results import @/r.csv --verbose"), 0);
    assert_has(fake.out, "66-a-11");
    assert_int_equal(fake_run("results import @/r.csv --format csv"), 0);
    assert_int_equal(count_of(fake.out, "2023-0000001,66-a-"), 11);
}

static void test_import_list(void **state)
{
    (void)state;
    make_import(10);
    fake.confirm = true;
    assert_int_equal(fake_run("results import @/r.csv"), 0);
    assert_has(fake.out, "66-a-10");
}

/* What is not confirmed is always listed. */
static void test_import_summary_offline(void **state)
{
    (void)state;
    make_import(12);
    assert_int_equal(fake_run("results import @/r.csv --timeout 1"), 7);
    assert_null(strstr(fake.out, "confirmed"));
    assert_has(fake.out, "66-a-12");
    assert_has(fake.err, "12 forms are kept in the outbox");
}

/* Waiting ends with the time, the run does not. */
static void test_wait_ends(void **state)
{
    Shans__V1__Run run = SHANS__V1__RUN__INIT;
    Shans__V1__StartRunReply started = SHANS__V1__START_RUN_REPLY__INIT;
    Shans__V1__GetRunReply got = SHANS__V1__GET_RUN_REPLY__INIT;

    (void)state;
    run.id = 3;
    run.state = SHANS__V1__RUN_STATE__RUN_STATE_QUEUED;
    started.run = got.run = &run;
    fake_add("StartRun", &started.base);
    fake_add("GetRun", &got.base);
    assert_int_equal(fake_run("run start --method X --wait --timeout 5"), 8);
    assert_has(fake.err, "Run 3 is not done after 5 s.");
    assert_has(fake.err, "[RUN_UNFINISHED]");
    fake.lang = "ru";
    assert_int_equal(fake_run("run start --method X --wait --timeout 2"), 8);
    assert_has(fake.err, "Расчёт 3 не завершён за 2\u00A0с.");
    assert_int_equal(fake_run("run start --method X"), 0);
    assert_has(fake.out, "в очереди");
}

static void test_export_format(void **state)
{
    (void)state;
    assert_int_equal(fake_run("results export --format json"), 2);
    assert_has(fake.err, "[USAGE_EXPORT_FORMAT]");
    assert_int_equal(fake_run("results export --format table"), 2);
    assert_int_equal(fake.call_count, 0);
    Shans__V1__ListSubmissionsReply none = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;
    fake_add("ListSubmissions", &none.base);
    assert_int_equal(fake_run("results export --format csv"), 0);
    assert_has(fake.out, "school,period,row,");
}

/* Every status code of the server ends in the exit code that help lists. */
static void test_exit_codes(void **state)
{
    static const struct {
        ErrCode code;
        const char *reason;
        int exit_code;
    } rows[] = {
        {ERR_INTERNAL, "INTERNAL", 1},
        {ERR_UNKNOWN, "X", 1},
        {ERR_UNIMPLEMENTED, "METHOD_UNKNOWN", 1},
        {ERR_DATA_LOSS, "X", 1},
        {ERR_NOT_FOUND, "ORG_UNKNOWN", 3},
        {ERR_ALREADY_EXISTS, "X", 4},
        {ERR_FAILED_PRECONDITION, "X", 4},
        {ERR_ABORTED, "X", 4},
        {ERR_INVALID_ARGUMENT, "X", 5},
        {ERR_OUT_OF_RANGE, "X", 5},
        {ERR_PERMISSION_DENIED, "ROLE_FORBIDDEN", 6},
        {ERR_UNAUTHENTICATED, "TOKEN_EXPIRED", 6},
        {ERR_UNAVAILABLE, "NO_CONNECTION", 8},
        {ERR_DEADLINE_EXCEEDED, "X", 8},
        {ERR_RESOURCE_EXHAUSTED, "X", 8},
        {ERR_CANCELLED, "X", 130},
        {ERR_NOT_FOUND, "TOKEN_FILE_MISSING", 6},
        {ERR_INVALID_ARGUMENT, "USAGE_NUMBER", 2},
        {ERR_INVALID_ARGUMENT, "CONF_BAD_VALUE", 2},
        {ERR_UNAVAILABLE, "OUTBOX_BUSY", 1},
        {ERR_RESOURCE_EXHAUSTED, "MEMORY_LIMIT", 1},
        {ERR_UNAVAILABLE, "OUTPUT_FAILED", 1},
    };

    (void)state;
    assert_int_equal(fake_run("help"), 0);
    char *help = strdup(fake.out);
    assert_non_null(help);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Err err = {.code = ERR_OK};
        char promise[16];
        err_set(&err, rows[i].code, rows[i].reason);
        assert_int_equal(cli_exit_code(&err), rows[i].exit_code);
        snprintf(promise, sizeof promise, "\n  %3d  ", rows[i].exit_code);
        assert_has(help, promise);
    }
    assert_has(help, "\n    7  ");
    free(help);
}

/* Names of arguments and origins of settings are words of the language too. */
static void test_words(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form set S"), 2);
    assert_has(fake.err, "Expected: SCHOOL FORM PERIOD CELL=VALUE...");
    assert_int_equal(fake_run("config show --origin"), 0);
    assert_has(fake.out, "command line");
    fake.lang = "ru";
    assert_int_equal(fake_run("form set S"), 2);
    assert_has(fake.err, "Ожидается: ШКОЛА ФОРМА ПЕРИОД ЯЧЕЙКА=ЗНАЧЕНИЕ...");
    assert_int_equal(fake_run("form check"), 2);
    assert_has(fake.err, "ШКОЛА ФОРМА ПЕРИОД | --file ФАЙЛ");
    assert_int_equal(fake_run("config show --origin"), 0);
    assert_has(fake.out, "командная строка");
    assert_has(fake.out, "по умолчанию");
    assert_int_equal(fake_run("config show --origin --format csv"), 0);
    assert_has(fake.out, "lang,ru,flag\n");
    assert_int_equal(fake_run("whoami --timeout 0"), 2);
    assert_has(fake.err, "timeout не может быть «0» (откуда: командная строка)");
    assert_int_equal(fake_run("--version"), 0);
    assert_string_equal(fake.out, "shans " SHANS_VERSION "\n");
    assert_int_equal(fake_run("-V org list"), 0);
    assert_int_equal(fake.call_count, 0);
    assert_int_equal(fake_run("help org show"), 0);
    assert_has(fake.out, "Вызов:\n  shans org show [ПАРАМЕТР]... КОД\n");
    assert_has(fake.out, " --token-file ");
    assert_int_equal(fake_run("help"), 0);
    assert_has(fake.out, "--token-file ФАЙЛ ");
}

/* Kinds of schools by what people call them; a region's own kind stays as it is. */
static void test_school_kinds(void **state)
{
    Shans__V1__Org first = SHANS__V1__ORG__INIT, second = first, *orgs[] = {&first, &second};
    Shans__V1__ListOrgsReply reply = SHANS__V1__LIST_ORGS_REPLY__INIT;

    (void)state;
    first.code = "66-a-1";
    first.school_kind = "boarding";
    second.code = "66-a-2";
    second.school_kind = "uiop";
    reply.orgs = orgs;
    reply.n_orgs = 2;
    fake_add("ListOrgs", &reply.base);
    fake.lang = "ru";
    assert_int_equal(fake_run("org list"), 0);
    assert_has(fake.out, "школа-интернат");
    assert_has(fake.out, "uiop");
    assert_null(strstr(fake.out, "вымышленные"));
    assert_int_equal(fake_run("org list --format csv"), 0);
    assert_has(fake.out, ",boarding,");
}

/* Codes of states, actions and roles are words in a sentence; a single refusal is told once. */
static void test_error_words(void **state)
{
    Err err = {.code = ERR_OK};

    (void)state;
    fake.lang = "ru";
    fake_refuse("GetSubmission", ERR_NOT_FOUND, "SUBMISSION_UNKNOWN");
    assert_int_equal(fake_run("review accept 5"), 3);
    assert_int_equal(count_of(fake.err, "SUBMISSION_UNKNOWN"), 1);
    assert_int_equal(fake_run("review accept 5 6"), 3);
    assert_int_equal(count_of(fake.err, "SUBMISSION_UNKNOWN"), 3);
    err_set(&err, ERR_PERMISSION_DENIED, "LIFECYCLE_ROLE");
    err_arg(&err, "role", "%s", "head");
    err_arg(&err, "event", "%s", "ACCEPT");
    err_arg(&err, "source", "%s", "school");
    err_arg(&err, "other", "%s", "ACCEPT");
    names_put_words(&err);
    assert_string_equal(err_arg_get(&err, "role"), "директор школы");
    assert_string_equal(err_arg_get(&err, "event"), "принять");
    assert_string_equal(err_arg_get(&err, "source"), "школа");
    assert_string_equal(err_arg_get(&err, "other"), "ACCEPT");
    err_arg(&err, "state", "%s", "STATE_OF_TOMORROW");
    names_put_words(&err);
    assert_string_equal(err_arg_get(&err, "state"), "STATE_OF_TOMORROW");
    assert_int_equal(fake_run("outbox list"), 0);
    assert_string_equal(fake.out, "Отправлять нечего.\n");
}

/* The kind of a school in words, also when nobody gave it; a procedure this program does not know by its
 * code. */
static void test_explain_words(void **state)
{
    static char *const kinds[] = {"sosh", "", "uiop"};
    static const char *const shown[] = {"(вид школы: СОШ)", "(вид школы: нет сведений)", "(вид школы: uiop)"};

    (void)state;
    fake.lang = "ru";
    for (size_t i = 0; i < 3; i++) {
        Shans__V1__SchoolClass class;
        Shans__V1__ErrorArg arg = SHANS__V1__ERROR_ARG__INIT, *args[] = {&arg};
        Shans__V1__RuleReason rule = SHANS__V1__RULE_REASON__INIT, *rules[] = {&rule};
        Shans__V1__ProcedureReason low = SHANS__V1__PROCEDURE_REASON__INIT, *procedures[] = {&low};
        Shans__V1__ExplainReply reply = SHANS__V1__EXPLAIN_REPLY__INIT;
        fill_class(&class, "66-t-1", "Школа");
        arg.key = "kind";
        arg.value = kinds[i];
        rule.rule = "FILTER";
        rule.held = 1;
        rule.args = args;
        rule.n_args = 1;
        low.procedure = "NEW.PROCEDURE";
        low.form_code = i == 1 ? "form_of_tomorrow" : "assessment_results";
        low.year = 2022;
        low.risk = low.reliable = 1;
        low.submission_id = 17;
        reply.school_class = &class;
        reply.rules = rules;
        reply.n_rules = 1;
        reply.procedures = procedures;
        reply.n_procedures = 1;
        fake_add("Explain", &reply.base);
        assert_int_equal(fake_run("explain 66-t-1 --run 1"), 0);
        assert_has(fake.out, shown[i]);
        assert_has(fake.out, "  NEW.PROCEDURE, 2021/22: 0 / 0, зона риска\n");
        assert_has(fake.out, "форма в системе 17");
        assert_null(strstr(fake.out, "Остальные процедуры"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_classes_fit, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_issue_sentences, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import_alike, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import_summary, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import_list, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_import_summary_offline, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_wait_ends, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_export_format, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_exit_codes, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_words, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_explain_words, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_error_words, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_school_kinds, fake_setup, fake_teardown),
    };

    return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
