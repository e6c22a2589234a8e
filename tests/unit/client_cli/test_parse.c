/* The command line: what is accepted, what is refused and with which reason, and help of every command. */
#include "tests/unit/client_cli/fake.h"

#include "common/core/text.h"

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < cli_option_count; i++) {
        assert_true(text_is_code(cli_options[i].name));
        assert_int_equal(cli_options[i].type == OPTION_FLAG, cli_options[i].argument == NULL);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(cli_options[i].name, cli_options[k].name);
    }
    for (size_t i = 0; i < cli_command_count; i++) {
        const CommandDef *command = &cli_commands[i];
        assert_true(command->least <= command->most);
        assert_non_null(command->run);
        assert_ptr_equal(command_find(command->noun, command->verb), command);
        /* every option it names is a row of the table */
        for (const char *at = command->options; *at != '\0';) {
            size_t length = strcspn(at, " "), found = 0;
            for (size_t k = 0; k < cli_option_count; k++)
                found +=
                    strlen(cli_options[k].name) == length && strncmp(cli_options[k].name, at, length) == 0;
            assert_int_equal(found, 1);
            at += length + (at[length] == ' ');
        }
    }
}

static void test_refusals(void **state)
{
    static const struct {
        const char *line, *part;
        int code;
    } rows[] = {
        {"whoami extra", "[USAGE_TOO_MANY]", 2},
        {"org", "[USAGE_NO_VERB]", 2},
        {"orgs list", "Perhaps \"org\"?", 2},
        {"quux", "[USAGE_COMMAND]", 2},
        {"org lst", "Perhaps \"org list\"?", 2},
        {"org frobnicate", "[USAGE_VERB]", 2},
        {"org show", "[USAGE_TOO_FEW]", 2},
        {"org list --udner x", "Perhaps --under?", 2},
        {"org list --xyzzyplugh x", "[USAGE_OPTION]", 2},
        {"org list --under", "[USAGE_VALUE_MISSING]", 2},
        {"org list --mark a", "[USAGE_OPTION_FOREIGN]", 2},
        {"org list --under a --under b", "[USAGE_OPTION_TWICE]", 2},
        {"org list --kind planet", "region|district|school|centre", 2},
        {"org list --format xml", "[USAGE_VALUE]", 2},
        {"org list --format jsn", "Perhaps json?", 2},
        {"org list --kind schol", "[USAGE_VALUE_NEAR]", 2},
        {"щкп дшые", "Perhaps \"org\"?", 2},
        {"org дшые", "Perhaps \"org list\"?", 2},
        {"org list --ащкьфе json", "Perhaps --format?", 2},
        {"org list --format оыщт", "Perhaps json?", 2},
        {"run start --year soon --method M", "[USAGE_NUMBER]", 2},
        {"run start --year -3 --method M", "[USAGE_NUMBER]", 2},
        {"run start --wait=yes --method M", "[USAGE_FLAG_VALUE]", 2},
        {"run start", "--method is needed", 2},
        {"run show zero", "[USAGE_NUMBER]", 2},
        {"classes", "[USAGE_RUN_OR_EDITION]", 2},
        {"classes --run 1 --edition 1", "[USAGE_RUN_OR_EDITION]", 2},
        {"explain S", "[USAGE_RUN_OR_EDITION]", 2},
        {"review return 5", "--mark is needed", 2},
        {"review return 5 --mark nonsense", "[USAGE_MARK]", 2},
        {"form check", "[USAGE_TOO_FEW]", 2},
        {"form set S assessment_results 2021 nonsense", "[USAGE_CELL]", 2},
        {"form set S assessment_results 1821 a/b/c=1", "[USAGE_PERIOD]", 2},
        {"form set s/s assessment_results 2021 a/b/c=1", "[USAGE_SCHOOL]", 2},
        {"form show asessment_results", "Perhaps assessment_results?", 3},
        {"form show zzzzzzzzzzzzzzzz", "[FORM_UNKNOWN]", 3},
        {"form template assessment_results --section x", "[SECTION_UNKNOWN]", 3},
        {"whoami -j", "[USAGE_OPTION]", 2},
        {"whoami --timeout 0", "[CONF_BAD_VALUE]", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = fake_run(rows[i].line);
        if (code != rows[i].code)
            fail_msg("%s: exit %d\n%s", rows[i].line, code, fake.err);
        assert_has(fake.err, rows[i].part);
        assert_string_equal(fake.out, "");
        assert_int_equal(fake.call_count, 0);
    }
}

/* Options stand anywhere, in both spellings; -- ends them. */
static void test_spellings(void **state)
{
    static const char *const lines[] = {
        "--format json form list",
        "form --format=json list",
        "form list --format json",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(fake_run(lines[i]), 0);
        assert_has(fake.out, "shans.form.v1");
    }
    assert_int_equal(fake_run("org show --timeout 1 -- --odd"), 8);
    assert_int_equal(fake_count("GetOrg") > 0, 1);
    assert_int_equal(fake_run(""), 2);
    assert_has(fake.err, "[USAGE_NO_COMMAND]");
}

/* --state is the folder, but after `review list` the state of a submission. */
static void test_alias(void **state)
{
    (void)state;
    assert_int_equal(fake_run("--state @ review list --state submitted --timeout 1"), 8);
    assert_int_equal(fake_count("ListSubmissions") > 0, 1);
    assert_int_equal(fake_run("--state @ review list --state nonsense"), 2);
    assert_has(fake.err, "[USAGE_VALUE]");
}

static void test_suggestions(void **state)
{
    (void)state;
    assert_string_equal(command_suggest_noun("reviw"), "review");
    assert_null(command_suggest_noun("xxxxxxxx"));
    assert_string_equal(command_suggest_verb("results", "imp"), "import");
    assert_null(command_suggest_verb("results", "zzzzzz"));
    assert_string_equal(command_suggest_option(command_find("org", "list"), "knd"), "kind");
    assert_null(command_suggest_option(command_find("whoami", ""), "dictionar"));
    assert_string_equal(command_suggest_noun("щкп"), "org"); /* the keys of "org" in the Russian layout */
    assert_string_equal(command_suggest_noun("КУЫГДЕЫ"), "results");
    assert_string_equal(command_suggest_verb("org", "дшые"), "list");
    assert_string_equal(command_suggest_option(NULL, "ащкьфе"), "format");
    assert_null(command_suggest_noun("школа"));
    assert_true(command_is_noun("org"));
    assert_false(command_is_noun("or"));
    assert_null(command_find("org", "fly"));
}

/* Help of each noun with its verbs, in a file of its own: a changed command is a readable difference. */
static void assert_help(const char *lang)
{
    char name[96], line[128];

    fake.lang = lang;
    assert_int_equal(fake_run("--help"), 0);
    snprintf(name, sizeof name, "help_%s/shans.txt", lang);
    fake_golden(name, fake.out);
    for (size_t i = 0; i < cli_command_count; i++) {
        char *text = NULL;
        size_t size = 0;
        const char *noun = cli_commands[i].noun;
        if (i > 0 && text_equal(cli_commands[i - 1].noun, noun))
            continue;
        FILE *file = open_memstream(&text, &size);
        for (size_t k = 0; k < cli_command_count; k++) {
            const CommandDef *command = &cli_commands[k];
            if (!text_equal(command->noun, noun))
                continue;
            snprintf(line, sizeof line, "%s%s%s --help", noun, command->verb[0] != '\0' ? " " : "",
                     command->verb);
            assert_int_equal(fake_run(line), 0);
            fprintf(file, "# shans %s\n%s\n", line, fake.out);
        }
        fclose(file);
        snprintf(name, sizeof name, "help_%s/%s.txt", lang, noun);
        fake_golden(name, text);
        free(text);
    }
}

static void test_help_english(void **state)
{
    (void)state;
    assert_help("en");
}

static void test_help_russian(void **state)
{
    (void)state;
    assert_help("ru");
}

static void test_help_forms(void **state)
{
    (void)state;
    assert_int_equal(fake_run("help"), 0);
    assert_has(fake.out, "Exit codes:");
    assert_int_equal(fake_run("help org list"), 0);
    assert_has(fake.out, "shans org list [OPTION]...");
    assert_int_equal(fake_run("org -h"), 0);
    assert_has(fake.out, "org import");
    assert_int_equal(fake_run("help orgg"), 2);
}

static void test_exit_codes(void **state)
{
    static const struct {
        ErrCode code;
        const char *reason;
        int exit_code;
    } rows[] = {
        {ERR_OK, "", 0},
        {ERR_UNKNOWN, "X", 1},
        {ERR_INTERNAL, "X", 1},
        {ERR_DATA_LOSS, "X", 1},
        {ERR_UNIMPLEMENTED, "X", 1},
        {ERR_INVALID_ARGUMENT, "USAGE_VERB", 2},
        {ERR_INVALID_ARGUMENT, "CONF_SYNTAX", 2},
        {ERR_NOT_FOUND, "X", 3},
        {ERR_ALREADY_EXISTS, "X", 4},
        {ERR_ABORTED, "X", 4},
        {ERR_FAILED_PRECONDITION, "X", 4},
        {ERR_INVALID_ARGUMENT, "X", 5},
        {ERR_OUT_OF_RANGE, "X", 5},
        {ERR_PERMISSION_DENIED, "X", 6},
        {ERR_UNAUTHENTICATED, "X", 6},
        {ERR_NOT_FOUND, "TOKEN_FILE_MISSING", 6},
        {ERR_UNAVAILABLE, "NO_CONNECTION", 8},
        {ERR_DEADLINE_EXCEEDED, "X", 8},
        {ERR_RESOURCE_EXHAUSTED, "QUEUE_FULL", 8},
        {ERR_UNAVAILABLE, "OUTBOX_BUSY", 1},
        {ERR_RESOURCE_EXHAUSTED, "MEMORY_LIMIT", 1},
        {ERR_CANCELLED, "X", 130},
        {(ErrCode)99, "X", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Err err = {0};
        err_set(&err, rows[i].code, rows[i].reason);
        assert_int_equal(cli_exit_code(&err), rows[i].exit_code);
    }
}

static void test_config(void **state)
{
    (void)state;
    setenv("SHANS_SERVER", "tcp://env:1", 1);
    setenv("SHANS_TOKEN", "secret-token", 1);
    assert_int_equal(fake_run("config show --origin --format csv --timeout 7"), 0);
    assert_has(fake.out, "server,tcp://env:1,environment\n");
    assert_has(fake.out, "timeout,7,flag\n");
    assert_has(fake.out, "token,***,environment\n");
    assert_has(fake.out, "format,csv,flag\n");
    assert_null(strstr(fake.out, "secret-token"));
    assert_int_equal(fake_run("config show --server tcp://flag:2"), 0);
    assert_has(fake.out, "tcp://flag:2");
    assert_null(strstr(fake.out, "environment"));
    unsetenv("SHANS_SERVER");
    unsetenv("SHANS_TOKEN");
    setenv("SHANS_FORMAT", "pictures", 1);
    assert_int_equal(fake_run("config show"), 2);
    assert_has(fake.err, "format cannot be “pictures” (from: environment)");
    unsetenv("SHANS_FORMAT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tables, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_spellings, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_alias, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_suggestions, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_help_english, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_help_russian, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_help_forms, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_exit_codes, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_config, fake_setup, fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
