/* Configuration of the program: which place wins, what is refused and how it is told, and the commands that
 * change the user's file. */
#include "tests/unit/client_cli/fake.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/core/text.h"

static char system_file[128], user_file[128], project[128];

static int set_up(void **state)
{
    int failed = fake_setup(state);

    snprintf(system_file, sizeof system_file, "%s/system", fake.dir);
    snprintf(user_file, sizeof user_file, "%s/user", fake.dir);
    snprintf(project, sizeof project, "%s/.shans.conf", fake.dir);
    fake.system_file = system_file;
    fake.user_file = user_file;
    fake.work_dir = fake.dir;
    return failed;
}

/* Every place sets the key, from the weakest to the strongest: the strongest given one wins. */
static void test_precedence(void **state)
{
    enum { DEFAULT, SYSTEM, USER, PROJECT, ENVIRONMENT, FLAG, PLACES };
    static const char *const formats[PLACES] = {"table", "json", "csv", "tsv", "json", "csv"};

    (void)state;
    for (unsigned mask = 0; mask < 1u << PLACES; mask += 2) { /* the default is always there */
        int strongest = DEFAULT;
        char line[64], want[200], origin[160];
        for (int place = SYSTEM; place < PLACES; place++)
            if ((mask >> place & 1) != 0)
                strongest = place;
        const char *const names[] = {[SYSTEM] = "system", [USER] = "user", [PROJECT] = ".shans.conf"};
        for (int place = SYSTEM; place <= PROJECT; place++) {
            snprintf(line, sizeof line, (mask >> place & 1) != 0 ? "\nformat = %s\n" : "%.0s\n",
                     formats[place]);
            fake_file(names[place], line);
        }
        if ((mask >> ENVIRONMENT & 1) != 0)
            setenv("SHANS_FORMAT", formats[ENVIRONMENT], 1);
        else
            unsetenv("SHANS_FORMAT");
        snprintf(line, sizeof line, "config get format%s%s", (mask >> FLAG & 1) != 0 ? " --format " : "",
                 (mask >> FLAG & 1) != 0 ? formats[FLAG] : "");
        assert_int_equal(fake_run(line), 0);
        if (strongest <= PROJECT && strongest >= SYSTEM)
            snprintf(origin, sizeof origin, "%s/%s:2", fake.dir, names[strongest]);
        else
            text_copy(origin, sizeof origin,
                      strongest == DEFAULT       ? "default"
                      : strongest == ENVIRONMENT ? "environment"
                                                 : "flag");
        if (strongest == DEFAULT) {
            assert_string_equal(fake.out, "table\n");
            continue;
        }
        snprintf(want, sizeof want, "%s", formats[strongest]);
        assert_has(fake.out, want);
        assert_has(fake.out, origin);
    }
    unsetenv("SHANS_FORMAT");
}

/* Names that other programs know count less than ours. */
static void test_shared_environment(void **state)
{
    (void)state;
    setenv("NO_COLOR", "1", 1);
    setenv("PAGER", "more", 1);
    fake_file("user", "color = always\n");
    assert_int_equal(fake_run("config get color"), 0);
    assert_string_equal(fake.out, "never\n");
    assert_int_equal(fake_run("config get pager"), 0);
    assert_string_equal(fake.out, "more\n");
    fake_file("user", "pager = less -S\n");
    setenv("SHANS_COLOR", "auto", 1);
    assert_int_equal(fake_run("config get color"), 0);
    assert_string_equal(fake.out, "auto\n");
    assert_int_equal(fake_run("config get pager"), 0);
    assert_string_equal(fake.out, "less -S\n");
    assert_int_equal(fake_run("config get color --color never"), 0);
    assert_string_equal(fake.out, "never\n");
    unsetenv("SHANS_COLOR");
    setenv("NO_COLOR", "", 1); /* empty is as unset */
    assert_int_equal(fake_run("config get color"), 0);
    assert_string_equal(fake.out, "auto\n");
}

/* Found from below; the nearest one counts. */
static void test_project_is_looked_for_upwards(void **state)
{
    char below[200], deeper[300], file[400];

    (void)state;
    snprintf(below, sizeof below, "%s/below", fake.dir);
    snprintf(deeper, sizeof deeper, "%s/deeper", below);
    snprintf(file, sizeof file, "%s/.shans.conf", below);
    assert_int_equal(mkdir(below, 0700), 0);
    assert_int_equal(mkdir(deeper, 0700), 0);
    fake_file(".shans.conf", "timeout = 21\n");
    fake.work_dir = deeper;
    assert_int_equal(fake_run("config get timeout"), 0);
    assert_string_equal(fake.out, "21\n");
    fake_file("below/.shans.conf", "timeout = 22\n");
    assert_int_equal(fake_run("config get timeout"), 0);
    assert_string_equal(fake.out, "22\n");
    fake.work_dir = "/";
    assert_int_equal(fake_run("config get timeout"), 0);
    assert_string_equal(fake.out, "10\n");
    unlink(file);
    rmdir(deeper);
    rmdir(below);
}

/* Each broken file: exit 2, its name and line, the key, what to do; nothing is called. */
static void test_broken_files(void **state)
{
    static const struct {
        const char *text, *line, *part;
    } rows[] = {
        {"servr = x\n", "line 1", "server"},
        {"\n\nserver\n", "3", "name = value"},
        {"format = xml\n", ":1", "table|json|csv"},
        {"format = TABLE\n", ":1", "table|json|csv"},
        {"format =\n", ":1", "table|json|csv"},
        {"format = json json\n", ":1", "table|json|csv"},
        {"# fine\nformat = json\nformat = yaml\n", ":3", "table|json|csv"},
        {"lang = de\n", ":1", "ru|en"},
        {"lang = RU\n", ":1", "ru|en"},
        {"lang = ru_RU.UTF-8\n", ":1", "ru|en"},
        {"color = yes\n", ":1", "auto|always|never"},
        {"color = 1\n", ":1", "auto|always|never"},
        {"colour = auto\n", "line 1", "color"},
        {"timeout = 0\n", ":1", "3600"},
        {"timeout = -1\n", ":1", "3600"},
        {"timeout = 3601\n", ":1", "3600"},
        {"timeout = ten\n", ":1", "3600"},
        {"timeout = 1.5\n", ":1", "3600"},
        {"timeout = 99999999999999999999\n", ":1", "3600"},
        {"timeout = \n", ":1", "3600"},
        {"time-out = 5\n", "line 1", "timeout"},
        {"server = localhost\n", ":1", "tcp://HOST:PORT"},
        {"server = http://x\n", ":1", "tcp://HOST:PORT"},
        {"server = //x:1\n", ":1", "tcp://HOST:PORT"},
        {"server = tls://x:1\n", ":1", "tls+tcp://"},
        {"server =\n", ":1", "tcp://HOST:PORT"},
        {"[client]\nserver = tcp://x:1\n", "line 2", "client.server"},
        {"[\n", "1", "name = value"},
        {"= tcp://x:1\n", "1", "“”"},
        {"tokenfile = x\n", "line 1", "token-file"},
        {"servername = x\n", "line 1", "server-name"},
        {"Server = tcp://x:1\n", "line 1", "server"},
        {"stat = /tmp\n", "line 1", "state"},
        {"pagr = less\n", "line 1", "pager"},
        {"quux = 1\n", "line 1", "quux"},
        {"server tcp://x:1\n", "line 1", "server tcp"},
        {"just words\n", "1", "name = value"},
        {"lang = en\njust words\nformat = csv\n", "2", "name = value"},
        {"\xEF\xBB\xBFserve = tcp://x:1\n", "line 1", "server"},
        {"format = json ; fine\nlang = xx ; not\n", ":2", "ru|en"},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };

    (void)state;
    assert_true(ROWS == 40);
    fake.lang = ""; /* no flag that would cover the file */
    for (size_t i = 0; i < ROWS; i++) {
        fake_file("user", rows[i].text);
        setenv("LANGUAGE", "en", 1);
        int code = fake_run("whoami");
        if (code != 2)
            fail_msg("%s: exit %d\n%s", rows[i].text, code, fake.err);
        assert_has(fake.err, user_file);
        assert_has(fake.err, rows[i].line);
        assert_has(fake.err, rows[i].part);
        assert_has(fake.err, "[CONF_");
        assert_string_equal(fake.out, "");
        assert_int_equal(fake.call_count, 0);
    }
}

/* A folder may come from a stranger: it says how things look, never where figures and tokens go. */
static void test_project_may_not_lead_astray(void **state)
{
    static const char *const lines[] = {
        "server = tcp://evil.example:1\n",
        "server-name = x\n",
        "ca = /tmp/x\n",
        "token-file = /tmp/x\n",
        "token = x\n",
        "state = /tmp/x\n",
        "pager = rm -rf x\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        fake_file(".shans.conf", lines[i]);
        assert_int_equal(fake_run("whoami"), 2);
        assert_has(fake.err, "[CONF_NOT_IN_PROJECT]");
        assert_has(fake.err, project);
        assert_int_equal(fake.call_count, 0);
    }
    fake_file(".shans.conf", "formt = json\n");
    assert_int_equal(fake_run("whoami"), 2);
    assert_has(fake.err, "[CONF_UNKNOWN_KEY_NEAR]");
    fake_file(".shans.conf", "format = json\nlang = ru\ncolor = never\ntimeout = 3\n");
    assert_int_equal(fake_run("form list"), 0);
    assert_has(fake.out, "shans.form");
}

/* Reads the user's file. */
static const char *user_text(void)
{
    static char text[1024];
    FILE *file = fopen(user_file, "r");

    text[0] = '\0';
    if (file == NULL)
        return text;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void test_set_keeps_other_lines(void **state)
{
    (void)state;
    fake_file("user", "# mine\nlang = ru\n\nformat=csv\n; end\nformat = tsv");
    assert_int_equal(fake_run("config set format json"), 0);
    assert_string_equal(user_text(), "# mine\nlang = ru\n\nformat = json\n; end\n");
    assert_has(fake.err, user_file);
    assert_int_equal(fake_run("config set timeout 30 -q"), 0);
    assert_string_equal(user_text(), "# mine\nlang = ru\n\nformat = json\n; end\ntimeout = 30\n");
    assert_string_equal(fake.err, "");
    assert_int_equal(fake_run("config unset format"), 0);
    assert_int_equal(fake_run("config unset format"), 0); /* it is as asked already */
    assert_string_equal(user_text(), "# mine\nlang = ru\n\n; end\ntimeout = 30\n");
    assert_int_equal(fake_run("config get timeout"), 0);
    assert_string_equal(fake.out, "30\n");
}

static void test_set_makes_the_folder(void **state)
{
    char path[200], dir[200];
    struct stat info;

    (void)state;
    snprintf(dir, sizeof dir, "%s/new", fake.dir);
    snprintf(path, sizeof path, "%s/new/shans.conf", fake.dir);
    fake.user_file = path;
    assert_int_equal(fake_run("config set lang en"), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    unlink(path);
    rmdir(dir);
}

static void test_set_refuses(void **state)
{
    static const struct {
        const char *line, *part;
        int code;
    } rows[] = {
        {"config set formt json", "[CONF_KEY_MISSING_NEAR]", 2},
        {"config set nothing json", "[CONF_KEY_MISSING]", 2},
        {"config get nothing", "[CONF_KEY_MISSING]", 2},
        {"config unset nothing", "[CONF_KEY_MISSING]", 2},
        {"config set format xml", "table|json|csv", 2},
        {"config set timeout 0", "[CONF_BAD_VALUE]", 2},
        {"config set token secret", "[CONF_SECRET]", 2},
        {"config set ca /a~;b", "[CONF_VALUE_UNFIT]", 2},
        {"config set ca #a", "[CONF_VALUE_UNFIT]", 2},
        {"config set ca a~", "[CONF_VALUE_UNFIT]", 2},
        {"config set ca", "[USAGE_TOO_FEW]", 2},
    };

    (void)state;
    fake_file("user", "lang = en\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(fake_run(rows[i].line), rows[i].code);
        assert_has(fake.err, rows[i].part);
        assert_string_equal(user_text(), "lang = en\n");
    }
    fake.user_file = NULL;
    assert_int_equal(fake_run("config set lang en"), 2);
    assert_has(fake.err, "[CONF_NO_HOME]");
    fake.user_file = "/dev/null/shans.conf";
    assert_int_equal(fake_run("config set lang en"), 1);
    assert_has(fake.err, "[OUTPUT_FILE]");
}

/* What is stronger than the file just written is named. */
static void test_set_tells_what_stays(void **state)
{
    (void)state;
    setenv("SHANS_TIMEOUT", "77", 1);
    assert_int_equal(fake_run("config set timeout 5"), 0);
    assert_has(fake.err, "In force remains 77, from: environment.");
    unsetenv("SHANS_TIMEOUT");
    assert_int_equal(fake_run("config set timeout 6"), 0);
    assert_null(strstr(fake.err, "remains"));
}

static void test_show(void **state)
{
    (void)state;
    setenv("SHANS_TOKEN", "very-secret", 1);
    assert_int_equal(fake_run("config show"), 0);
    assert_null(strstr(fake.out, "default"));
    assert_int_equal(fake_run("config show --origin"), 0);
    assert_has(fake.out, "environment");
    assert_has(fake.out, "default");
    assert_has(fake.out, "***");
    assert_int_equal(fake_run("config show --format json"), 0);
    assert_has(fake.out, "\"origin\": \"default\"");
    assert_int_equal(fake_run("config get token"), 0);
    assert_string_equal(fake.out, "***\n");
    unsetenv("SHANS_TOKEN");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        char line[64];
        snprintf(line, sizeof line, "config get %s", cli_keys[i].name);
        assert_int_equal(fake_run(line), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_precedence, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_shared_environment, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_project_is_looked_for_upwards, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_broken_files, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_project_may_not_lead_astray, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_set_keeps_other_lines, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_set_makes_the_folder, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_set_refuses, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_set_tells_what_stays, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(test_show, set_up, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
