/* Manual pages say what --help says: every command, every option with its argument and meaning, every exit
 * code, every setting, in both languages. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"

/* Takes the marks of man(7) out, so that a page can be compared with help. */
static char *plain(const char *page)
{
    char *text = strdup(page), *to = text;

    assert_non_null(text);
    for (const char *at = page; *at != '\0'; at++) {
        if (at[0] == '\\' && (at[1] == '-' || at[1] == 'e')) {
            *to++ = at[1] == '-' ? '-' : '\\';
            at++;
        } else if (at[0] == '\\' && at[1] == '(') {
            *to++ = '"';
            at += 3;
        } else if (at[0] == '\\' && at[1] == 'f') {
            at += 2;
        } else if (at[0] == '\\' && at[1] == '&') {
            at++;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return text;
}

static void assert_command(const CommandDef *command, const char *page)
{
    for (size_t i = 0; i < cli_option_count; i++) {
        char term[200];
        const OptionDef *option = &cli_options[i];
        snprintf(term, sizeof term, "--%s%s%s\n%s\n", option->name, option->argument == NULL ? "" : " ",
                 option->argument == NULL ? "" : _(option->argument), _(option->help));
        if (command_takes(command, option))
            assert_has(page, term);
    }
    assert_has(page, _(command->summary));
    if (command->example[0] != '\0')
        assert_has(page, command->example);
}

/* The lines of usage stand in help and in the page alike. */
static void assert_usage(const CommandDef *command, const char *page)
{
    char line[160];

    snprintf(line, sizeof line, "help %s%s%s", command->noun, command->verb[0] == '\0' ? "" : " ",
             command->verb);
    assert_int_equal(fake_run(line), 0);
    char *usage = strstr(fake.out, "  shans ");
    while (strstr(usage + 1, "...") != NULL && strstr(usage, "]...") != NULL &&
           strcspn(usage, "\n") < (size_t)(strstr(usage, "]...") - usage))
        usage = strstr(usage + 1, "  shans "); /* the example stands before */
    usage[strcspn(usage, "\n")] = '\0';
    assert_has(page, usage + 2);
}

static void assert_pages(const char *lang)
{
    fake.lang = lang;
    for (size_t i = 0; i < cli_command_count; i++) {
        char line[100];
        snprintf(line, sizeof line, "manual %s", cli_commands[i].noun);
        assert_int_equal(fake_run(line), 0);
        char *page = plain(fake.out);
        assert_command(&cli_commands[i], page);
        assert_usage(&cli_commands[i], page);
        free(page);
    }
    assert_int_equal(fake_run("manual"), 0);
    char *page = plain(fake.out);
    for (size_t i = 0; i < cli_command_count; i++) {
        char term[160];
        snprintf(term, sizeof term, "shans %s%s%s\n%s\n", cli_commands[i].noun,
                 cli_commands[i].verb[0] == '\0' ? "" : " ", cli_commands[i].verb,
                 _(cli_commands[i].summary));
        assert_has(page, term);
        snprintf(term, sizeof term, "shans-%s(1)", cli_commands[i].noun);
        assert_has(page, term);
    }
    for (size_t i = 0; i < help_exit_code_count; i++)
        assert_has(page, _(help_exit_codes[i].meaning));
    for (size_t i = 0; i < KEY_COUNT; i++)
        assert_has(page, cli_keys[i].env);
    free(page);
}

static void test_english(void **state)
{
    (void)state;
    assert_pages("en");
}

static void test_russian(void **state)
{
    (void)state;
    assert_pages("ru");
    assert_has(fake.out, ".SH ИМЯ\n");
}

/* What a page looks like as a whole: the smallest one. */
static void test_golden(void **state)
{
    (void)state;
    assert_int_equal(fake_run("manual whoami"), 0);
    fake_golden("manual_whoami_en.1", fake.out);
    fake.lang = "ru";
    assert_int_equal(fake_run("manual whoami"), 0);
    fake_golden("manual_whoami_ru.1", fake.out);
}

static void test_unknown_page(void **state)
{
    (void)state;
    assert_int_equal(fake_run("manual ogr"), 2);
    assert_has(fake.err, "Perhaps \"org\"?");
    assert_int_equal(fake_run("manual xyzzyplugh"), 2);
    assert_has(fake.err, "[USAGE_COMMAND]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_english, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_russian, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_golden, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_page, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
