/* --output: the file named is whole or untouched, its ending tells the format, other output stays as it was.
 */
#include "tests/unit/client_cli/fake.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crypto/crypto.h"

/* A file of the test's own folder. */
static const char *place_of(const char *name)
{
    static char path[200];

    snprintf(path, sizeof path, "%s/%s", fake.dir, name);
    return path;
}

/* The whole file; NULL when there is none. */
static const char *content_of(const char *name)
{
    static char text[65536];
    FILE *file = fopen(place_of(name), "rb");

    if (file == NULL)
        return NULL;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

/* Nothing half-written lies beside. */
static void assert_no_part(void)
{
    DIR *dir = opendir(fake.dir);

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        assert_null(strstr(entry->d_name, ".part"));
    closedir(dir);
}

static void test_ending_tells_format(void **state)
{
    static const struct {
        const char *line, *name, *begins;
    } rows[] = {
        {"form list -o @/forms.csv", "forms.csv", "code,version,title,legal_basis\n"},
        {"form list -o @/forms.tsv", "forms.tsv", "code\tversion\ttitle\tlegal_basis\n"},
        {"form list --output @/forms.json", "forms.json", "{\n  \"schema\": \"shans.form.v1\""},
        {"form list -o @/forms.txt", "forms.txt", "Code"},
        {"form list -o @/other.csv --format json", "other.csv", "{\n"},
        {"form list --format tsv -o @/plain", "plain", "code\tversion"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(fake_run(rows[i].line), 0);
        assert_string_equal(fake.out, "");
        const char *content = content_of(rows[i].name);
        assert_non_null(content);
        if (strncmp(content, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("%s: %s", rows[i].line, content);
        assert_no_part();
    }
}

static void test_kept_when_nothing_comes(void **state)
{
    FILE *file;

    (void)state;
    file = fopen(place_of("old.csv"), "wb");
    assert_non_null(file);
    fputs("old", file);
    fclose(file);
    assert_int_equal(fake_run("form show no_such_form -o @/old.csv"), 3);
    assert_string_equal(content_of("old.csv"), "old");
    assert_int_equal(fake_run("form list -o @/old.csv"), 0);
    assert_string_not_equal(content_of("old.csv"), "old");
    assert_no_part();
}

static void test_place_that_cannot_be(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form list -o @/missing/forms.csv"), 1);
    assert_non_null(strstr(fake.err, "OUTPUT_FILE"));
    assert_non_null(strstr(fake.err, "missing/forms.csv"));
    assert_string_equal(fake.out, "");
    assert_int_equal(mkdir(place_of("folder"), 0700), 0);
    assert_int_equal(fake_run("form list -o @/folder"), 1);
    assert_non_null(strstr(fake.err, "OUTPUT_FILE"));
    assert_no_part();
}

/* A check that finds faults ends with an error, and what it found is what was asked for. */
static void test_findings_are_kept(void **state)
{
    FILE *file;

    (void)state;
    file = fopen(place_of("in.csv"), "wb");
    assert_non_null(file);
    fputs("# a note for people\nschool,period,row,enrolled\n66-a-1,2021,VPR.RUS.5,many\n", file);
    fclose(file);
    assert_int_equal(fake_run("form check --file @/in.csv -o @/issues.csv"), 5);
    const char *content = content_of("issues.csv");
    assert_non_null(content);
    assert_non_null(strstr(content, "\n3,4,,66-a-1,2021,"));
    assert_no_part();
}

/* A workbook goes into a file only, and comes back through the same check as text does. */
static void test_workbook(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form list --format xlsx"), 2);
    assert_non_null(strstr(fake.err, "USAGE_OUTPUT_NEEDED"));
    assert_string_equal(fake.out, "");
    assert_int_equal(fake_run("form list -o @/forms.xlsx"), 0);
    assert_string_equal(fake.out, "");
    assert_memory_equal(content_of("forms.xlsx"), "PK\003\004", 4);
    assert_int_equal(fake_run("form check --file @/forms.xlsx"), 5);
    assert_non_null(strstr(fake.err, "IMPORT_NO_SCHOOL"));
    assert_int_equal(fake_run("form check --file @/forms.xlsx --sheet other"), 3);
    assert_non_null(strstr(fake.err, "XLSX_SHEET_UNKNOWN"));
    assert_non_null(strstr(fake.err, "form"));
    assert_int_equal(fake_run("config show --format table"), 0);
    assert_non_null(strstr(fake.out, "workbook-limit"));
    assert_no_part();
}

/* Templates of every section of every form, as workbooks: the labels are no figures, each row asks for its
 * school, and the faults name the sheet's cells. */
static void test_template(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form template assessment_results -o @/t.xlsx"), 0);
    assert_int_equal(fake_run("form check --file @/t.xlsx --form assessment_results --format json"), 5);
    assert_non_null(strstr(fake.out, "\"place\": \"form!A3\""));
    assert_null(strstr(fake.out, "\"place\": \"form!A2\""));
    assert_non_null(strstr(fake.out, "\"IMPORT_SCHOOL_CODE\""));
    assert_null(strstr(fake.out, "COLUMN"));
    assert_int_equal(fake_run("form template risk_self_assessment -o @/r.xlsx"), 0);
    assert_int_equal(fake_run("form template assessment_results --format csv"), 0);
    assert_null(strstr(fake.out, "#"));
    assert_no_part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ending_tells_format, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_kept_when_nothing_comes, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_place_that_cannot_be, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_findings_are_kept, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_workbook, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_template, fake_setup, fake_teardown),
    };

    return crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
