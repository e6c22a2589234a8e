/* Commands of this machine alone, as people read them in both languages: forms, templates, methodology files,
 * drafts and the outbox. Every table keeps to the page, every cell of a form has a name. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "shans/v1/collection.pb-c.h"

enum { PAGE_WIDTH = 120 };

static const char *const forms[] = {
    "assessment_results", "attestation",    "contingent",           "environment",     "finance",
    "ict_assessment",     "identification", "risk_self_assessment", "social_passport", "staffing_support",
    "staffing_teachers"};
enum { FORMS = sizeof forms / sizeof forms[0] };

static void assert_fits(const char *text)
{
    for (const char *at = text; *at != '\0';) {
        char line[4096];
        size_t length = strcspn(at, "\n");
        assert_true(length < sizeof line);
        memcpy(line, at, length);
        line[length] = '\0';
        if (text_width(line) > PAGE_WIDTH)
            fail_msg("%zu columns: %s", text_width(line), line);
        if (length > 0 && line[length - 1] == ' ')
            fail_msg("blank at the end: %s", line);
        at += length + (at[length] == '\n');
    }
}

/* True for a letter of Russian in UTF-8. */
static bool has_russian(const char *text)
{
    while (*text != '\0') {
        uint32_t point = text_utf8_get(&text);
        if (point >= 0x410 && point <= 0x44F)
            return true;
    }
    return false;
}

static void test_forms_fit(void **state)
{
    (void)state;
    fake.width = PAGE_WIDTH;
    for (size_t i = 0; i < FORMS; i++) {
        char line[128];
        snprintf(line, sizeof line, "form show %s", forms[i]);
        fake.lang = "en";
        assert_int_equal(fake_run(line), 0);
        assert_fits(fake.out);
        assert_false(has_russian(fake.out));
        fake.lang = "ru";
        assert_int_equal(fake_run(line), 0);
        assert_fits(fake.out);
        assert_true(has_russian(fake.out));
    }
    fake.lang = "en";
    assert_int_equal(fake_run("form list"), 0);
    assert_false(has_russian(fake.out)); /* the legal basis too */
    fake.lang = "ru";
    assert_int_equal(fake_run("form list"), 0);
    assert_true(has_russian(fake.out));
    assert_fits(fake.out);
    for (size_t i = 0; i < FORMS; i++)
        assert_has(fake.out, forms[i]);
    assert_int_equal(fake.call_count, 0);
}

/* A template is a file the import takes: its heading has no unknown column and its rows no unknown row. */
static void test_templates_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++)
        for (int excel = 0; excel <= 1; excel++) {
            char line[160];
            snprintf(line, sizeof line, "form template %s%s", forms[i], excel ? " --excel" : "");
            assert_int_equal(fake_run(line), 0);
            fake_file("t.csv", fake.out);
            snprintf(line, sizeof line, "form check --form %s --file @/t.csv", forms[i]);
            assert_int_equal(fake_run(line), 5);
            assert_null(strstr(fake.err, "[IMPORT_COLUMN"));
            assert_null(strstr(fake.out, "[IMPORT_ROW_UNKNOWN]"));
            assert_null(strstr(fake.err, "[CSV_QUOTE"));
        }
}

/* Draft, check and queue without a server: each step says what there is, in both languages. */
static void test_draft_in_words(void **state)
{
    (void)state;
    fake.width = PAGE_WIDTH;
    assert_int_equal(fake_run("form set 66-a-1 staffing_support 2021 posts/tutor/main=3"), 0);
    assert_has(fake.err, "Saved: 1 cell.");
    assert_int_equal(fake_run("form check 66-a-1 staffing_support 2021"), 5);
    assert_has(fake.out, "[REQUIRED]");
    assert_fits(fake.out);
    fake.lang = "ru";
    assert_int_equal(
        fake_run("form set 66-a-1 staffing_support 2021 posts/tutor/part=? totals/vacancies=н/п"), 0);
    assert_has(fake.err, "Сохранено: 2 ячейки.");
    assert_int_equal(fake_run("form submit 66-a-1 staffing_support 2021"), 5);
    assert_has(fake.err, "Ничего не отправлено");
    assert_int_equal(fake_run("form check 66-a-1 staffing_support 2022"), 3);
    assert_has(fake.err, "[DRAFT_MISSING]");
    assert_int_equal(fake_run("form set 66-a-1 staffing_support 2021 posts/tutor=1"), 5);
    assert_int_equal(fake_run("form set 66-a-1 staffing_support spring posts/tutor/main=1"), 2);
    assert_has(fake.err, "«spring» не период");
    assert_int_equal(fake_run("form set 66-a-1 staffing_support 2021 posts"), 2);
    assert_has(fake.err, "[USAGE_CELL]");
}

/* What waits is listed with its reason; a beginning of the id is enough to look at one. */
static void test_outbox_in_words(void **state)
{
    Shans__V1__ListSubmissionsReply none = SHANS__V1__LIST_SUBMISSIONS_REPLY__INIT;
    char line[64] = "outbox show ";

    (void)state;
    fake_add("ListSubmissions", &none.base);
    fake_file("r.csv", "school,period,wellbeing_group,quality_group,quality_cluster,declared_typology,"
                       "support_group,listed\n66-a-1,2022,5,5,,,none,no\n");
    int code = fake_run("results import @/r.csv --form identification --source region --timeout 1");
    if (code != 7)
        fail_msg("%d: %s%s", code, fake.out, fake.err);
    fake.width = PAGE_WIDTH;
    fake.lang = "ru";
    assert_int_equal(fake_run("outbox list"), 0);
    assert_fits(fake.out);
    assert_has(fake.out, "66-a-1");
    assert_has(fake.out, "[NO_CONNECTION]");
    assert_int_equal(fake_run("outbox list --format csv"), 0);
    const char *row = strchr(fake.out, '\n') + 1;
    text_copy(line + 12, 9, row);
    assert_int_equal(fake_run(line), 0);
    assert_has(fake.out, "identification");
    assert_has(fake.out, "2021/22");
    assert_has(fake.out, "ожидает отправки");
    assert_int_equal(fake_run("outbox show 7777"), 3);
    assert_has(fake.err, "[OPERATION_MISSING]");
    assert_int_equal(fake_run("outbox send --once --timeout 1"), 7);
    assert_int_equal(fake_run("outbox retry 7777"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forms_fit, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_templates_come_back, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_draft_in_words, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_outbox_in_words, fake_setup, fake_teardown),
    };

    return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
