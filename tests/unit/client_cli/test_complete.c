/* Completion: what may stand where, from the tables, the definitions and the outbox; and that a key press
 * neither asks the server nor leaves a file behind. */
#include "tests/unit/client_cli/fake.h"

#include <unistd.h>

#include "common/core/text.h"

/* The candidates of a line, without what they are, separated by blanks. */
static const char *words_of(const char *line)
{
    static char words[1 << 16];
    char full[600];

    size_t calls = fake.call_count;

    snprintf(full, sizeof full, "completion words -- %s", line);
    assert_int_equal(fake_run(full), 0);
    words[0] = '\0';
    for (const char *at = fake.out; *at != '\0';) {
        size_t length = strcspn(at, "\n"), word = strcspn(at, "\t\n"), end = strlen(words);
        snprintf(words + end, sizeof words - end, "%s%.*s", end == 0 ? "" : " ", (int)word, at);
        at += length + (at[length] == '\n');
    }
    assert_int_equal(fake.call_count, calls);
    return words;
}

static void test_words(void **state)
{
    static const struct {
        const char *line, *words;
    } rows[] = {
        {"who", "whoami"},
        {"o", "org outbox"},
        {"zzz", ""},
        {"org l", "list link"},
        {"org ''", "list show import link"},
        {"help org l", "list link"},
        {"nothing l", ""},
        {"org list --ki", "--kind"},
        {"whoami --ki", ""},
        {"--form", "--format"},
        {"org list --kind ''", "region district school centre"},
        {"org list --kind s", "school"},
        {"org list --kind=s", "--kind=school"},
        {"org list --kind=", "--kind=region --kind=district --kind=school --kind=centre"},
        {"org list --color a", "auto always"},
        {"--lang r", "ru"},
        {"org list --lang ru --kind d", "district"},
        {"org list --timeout ''", ""},
        {"org import ''", ":files"},
        {"org import a.csv ''", ""},
        {"org import --links ''", ":files"},
        {"whoami -o ''", ":files"},
        {"whoami --state ''", ":folders"},
        {"form show staffing", "staffing_support staffing_teachers"},
        {"form template staffing_s", "staffing_support"},
        {"results import --form staffing_s", "staffing_support"},
        {"results import --form staffing_support --section ''", "posts totals"},
        {"results import --form=staffing_support --section p", "posts"},
        {"form template staffing_support --section t", "totals"},
        {"form set x staffing_s", "staffing_support"},
        {"form set x staffing_support ''", ""},
        {"form set x staffing_support 2021 totals", "totals/vacancies="},
        {"form set x staffing_support 2021 totals/vacancies=1 posts/tutor",
         "posts/tutor/main= posts/tutor/part="},
        {"form submit x staffing_support 2021 ''", ""},
        {"method show NV", "NVKZ-2021"},
        {"run start --method NV", "NVKZ-2021"},
        {"config get s", "server server-name state"},
        {"config set lang ''", ""},
        {"manual or", "org"},
        {"completion b", "bash"},
        {"org list --nothing-like-this=", ""},
        {"org list --verbose=", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *words = words_of(rows[i].line);
        if (strcmp(words, rows[i].words) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].line, words, rows[i].words);
    }
}

/* With what it is, in the language chosen. */
static void test_meanings(void **state)
{
    (void)state;
    assert_int_equal(fake_run("completion words -- org lis"), 0);
    assert_string_equal(fake.out, "list\tlist organisations\n");
    fake.lang = "ru";
    assert_int_equal(fake_run("completion words -- org lis"), 0);
    assert_string_equal(fake.out, "list\tперечислить организации\n");
    assert_int_equal(fake_run("completion words"), 0);
    assert_has(fake.out, "whoami\t");
    assert_has(fake.out, "org\n");
}

/* Every command and every option it takes can be completed from its first letters. */
static void test_whole_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_command_count; i++) {
        const CommandDef *command = &cli_commands[i];
        char line[200], word[80];
        if (command->verb[0] != '\0') {
            snprintf(line, sizeof line, "%s %s", command->noun, command->verb);
            assert_has(words_of(line), command->verb);
        }
        for (size_t k = 0; k < cli_option_count; k++) {
            snprintf(line, sizeof line, "%s%s%s --%s", command->noun, command->verb[0] == '\0' ? "" : " ",
                     command->verb, cli_options[k].name);
            snprintf(word, sizeof word, "--%s", cli_options[k].name);
            bool offered = strstr(words_of(line), word) != NULL;
            bool longer = strlen(words_of(line)) > strlen(word);
            if (offered != command_takes(command, &cli_options[k]) && !longer)
                fail_msg("%s: %d", line, offered);
        }
    }
}

/* Before there is an outbox none is made; afterwards its schools and operations are offered. */
static void test_outbox(void **state)
{
    char path[200];

    (void)state;
    snprintf(path, sizeof path, "%s/outbox.sqlite", fake.dir);
    assert_string_equal(words_of("form submit ''"), "");
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(fake_run("form set 66-b-7 staffing_support 2021 totals/vacancies=1"), 0);
    assert_int_equal(fake_run("form set 66-a-12 staffing_support 2021 totals/vacancies=1"), 0);
    assert_string_equal(words_of("form submit ''"), "66-a-12 66-b-7");
    assert_string_equal(words_of("org list --under 66-b"), "66-b-7");
    assert_string_equal(words_of("outbox show ''"), "");
    fake_refuse("ListOrgs", ERR_UNAVAILABLE, "NO_CONNECTION");
    assert_int_equal(fake_run("results import tests/demo/training/901.csv --timeout 1"), 7);
    assert_has(words_of("org show 66-t"), "66-training-901");
    const char *operations = words_of("outbox retry ''");
    assert_true(strlen(operations) >= 36);
    assert_has(fake.out, "66-training-901 assessment_results");
}

/* A broken configuration is told of elsewhere; the shell gets nothing and the line stays. */
static void test_broken_configuration(void **state)
{
    char path[200];

    (void)state;
    snprintf(path, sizeof path, "%s/user", fake.dir);
    fake_file("user", "format = nonsense\n");
    fake.user_file = path;
    assert_int_equal(fake_run("completion words -- or"), 2);
    assert_string_equal(fake.out, "");
}

static void test_scripts(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char line[64];
        snprintf(line, sizeof line, "completion %s", shells[i]);
        assert_int_equal(fake_run(line), 0);
        assert_has(fake.out, "completion words --");
        assert_has(fake.out, ":files");
        assert_has(fake.out, ":folders");
        assert_null(strstr(fake.out, "whoami")); /* no word of the table: the program is asked */
    }
    assert_int_equal(fake_run("completion tcsh"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_words, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_meanings, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_whole_table, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_outbox, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_broken_configuration, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_scripts, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
