/* Where the result goes: a file, a pager, standard output; and the habits of other table printers. */
#include "tests/unit/client_cli/fake.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/core/text.h"

/* A file of the state folder. */
static const char *file_text(const char *name)
{
    static char text[1 << 16];
    char path[200];

    snprintf(path, sizeof path, "%s/%s", fake.dir, name);
    FILE *file = fopen(path, "r");
    text[0] = '\0';
    if (file == NULL)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void test_into_a_file(void **state)
{
    char *shown;

    (void)state;
    fake.width = 120; /* as a file has it */
    assert_int_equal(fake_run("form list"), 0);
    shown = strdup(fake.out);
    assert_non_null(shown);
    fake_file("list.txt", "old\n");
    assert_int_equal(fake_run("form list -o @/list.txt"), 0);
    assert_string_equal(fake.out, "");
    assert_string_equal(file_text("list.txt"), shown);
    assert_int_equal(fake_run("form list --output @/list.txt --format json"), 0);
    assert_has(file_text("list.txt"), "shans.form.v1");
    /* a failure leaves the old file */
    assert_int_equal(fake_run("form show nothing_such -o @/list.txt"), 3);
    assert_has(file_text("list.txt"), "shans.form.v1");
    free(shown);
}

static void test_into_what_cannot_be_written(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form list -o /nowhere/at/all"), 1);
    assert_has(fake.err, "[OUTPUT_FILE]");
    assert_has(fake.err, "/nowhere/at/all");
    assert_int_equal(fake_run("form list -o /dev/null"), 0);
    struct stat info;
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode)); /* a device is written into, never replaced */
    assert_int_equal(fake_run("form list -o /dev/full"), 1);
    assert_has(fake.err, "[OUTPUT_F");
}

/* Runs a long list with a pager that keeps what it is given. */
static int run_paged(const char *line)
{
    char pager[200];

    snprintf(pager, sizeof pager, "cat > %s/paged; echo LESS=$LESS >> %s/paged", fake.dir, fake.dir);
    setenv("SHANS_PAGER", pager, 1);
    int code = fake_run(line);
    unsetenv("SHANS_PAGER");
    return code;
}

static void test_pager_only_when_long_and_seen(void **state)
{
    static const struct {
        const char *line;
        size_t height;
        bool terminal, paged;
    } rows[] = {
        {"form show assessment_results", 10, true, true},
        {"form show assessment_results", 100000, true, false},
        {"form show assessment_results", 10, false, false},
        {"form show assessment_results", 0, true, false},
        {"form show assessment_results --no-pager", 10, true, false},
        {"form show assessment_results -o @/whole", 10, true, false},
        {"--help", 10, true, true},
        {"help form", 100, true, false},
    };

    (void)state;
    unsetenv("LESS");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[200];
        fake.height = rows[i].height;
        fake.terminal = rows[i].terminal;
        assert_int_equal(run_paged(rows[i].line), 0);
        if (rows[i].paged) {
            assert_string_equal(fake.out, "");
            assert_non_null(file_text("paged"));
            assert_has(file_text("paged"), "LESS=FRX");
        } else {
            assert_null(file_text("paged"));
        }
        snprintf(path, sizeof path, "%s/paged", fake.dir);
        unlink(path);
    }
}

/* A pager that is not there costs a message of the shell, never the result. */
static void test_missing_pager(void **state)
{
    (void)state;
    fake.terminal = true;
    fake.height = 5;
    setenv("SHANS_PAGER", "no-such-pager-here 2>/dev/null", 1);
    assert_int_equal(fake_run("form show assessment_results"), 0);
    assert_has(fake.out, "results");
    setenv("SHANS_PAGER", "true", 1); /* quits without reading */
    assert_int_equal(fake_run("form show assessment_results"), 0);
    assert_string_equal(fake.out, "");
    setenv("SHANS_PAGER", "cat", 1);
    assert_int_equal(fake_run("form show assessment_results"), 0);
    assert_has(fake.out, "results");
    setenv("TERM", "dumb", 1);
    setenv("SHANS_PAGER", "true", 1);
    assert_int_equal(fake_run("form show assessment_results"), 0);
    assert_has(fake.out, "results");
    unsetenv("SHANS_PAGER");
}

static void test_colour(void **state)
{
    static const struct {
        const char *line, *kind;
        bool terminal, coloured;
    } rows[] = {
        {"form list", "xterm", true, true},
        {"form list", "xterm", false, false},
        {"form list", "dumb", true, false},
        {"form list --color never", "xterm", true, false},
        {"form list --color always", "dumb", false, true},
        {"form list -x", "xterm", true, true},
        {"form list --format csv", "xterm", true, false},
        {"form list --format json", "xterm", true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        setenv("TERM", rows[i].kind, 1);
        fake.terminal = rows[i].terminal;
        assert_int_equal(fake_run(rows[i].line), 0);
        if ((strchr(fake.out, '\033') != NULL) != rows[i].coloured)
            fail_msg("%s: %s", rows[i].line, fake.out);
    }
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    fake.terminal = true;
    assert_int_equal(fake_run("form list"), 0);
    assert_null(strchr(fake.out, '\033'));
    assert_int_equal(fake_run("form list --color always"), 0); /* the flag is stronger */
    assert_non_null(strchr(fake.out, '\033'));
    unsetenv("NO_COLOR");
    assert_int_equal(fake_run("form show nothing_such"), 3);
    assert_has(fake.err, RENDER_RED "Error:" RENDER_PLAIN);
}

static void test_habits(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form list --format tsv"), 0);
    assert_true(text_starts(fake.out, "code\tversion\ttitle\tlegal_basis\n"));
    assert_int_equal(fake_run("form list --format tsv -t"), 0);
    assert_null(strstr(fake.out, "version"));
    assert_has(fake.out, "assessment_results\t");
    assert_int_equal(fake_run("form list --format csv --no-headers"), 0);
    assert_null(strstr(fake.out, "legal_basis"));
    assert_int_equal(fake_run("form list -t"), 0);
    assert_null(strstr(fake.out, "Legal basis"));
    assert_null(strstr(fake.out, "\u2500"));
    assert_int_equal(fake_run("form list -x"), 0);
    assert_has(fake.out, "Legal basis:");
    assert_int_equal(fake_run("form list --format json -t"), 0); /* JSON has no headings to leave out */
    assert_has(fake.out, "\"schema\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_into_a_file, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_into_what_cannot_be_written, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_pager_only_when_long_and_seen, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_missing_pager, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_colour, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_habits, fake_setup, fake_teardown),
    };
    signal(SIGPIPE, SIG_IGN); /* as the program does: a pager may quit early */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
