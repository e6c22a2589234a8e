/* The command line, the roles' names, and the method table with its golden dump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/reason.h"
#include "common/core/text.h"
#include "server/access_command.h"
#include "server/methods.h"
#include "server/options.h"
#include "server/store/embedded_place.h"
#include "shans/v1/system.pb-c.h"

enum { WORDS_MAX = 32, MEMORY = 1 << 20 };

static Arena *arena;
static Err err;
static char folder[64], conf_path[96];

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(MEMORY, NULL);
    snprintf(folder, sizeof folder, "/tmp/shans-options-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(conf_path, sizeof conf_path, "%s/server.conf", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return embedded_place_remove(folder) ? 0 : -1;
}

static void write_file(const char *name, const char *text)
{
    char path[160];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Loads "shans-server serve <line>", cut at spaces. */
static ErrCode load(const char *line, ServerOptions *ret)
{
    char *argv[WORDS_MAX] = {(char *)"shans-server", (char *)"serve"}, *rest, *word;
    int argc = 2;

    rest = arena_text(arena, line);
    while ((word = strsep(&rest, " ")) != NULL && argc < WORDS_MAX - 1) {
        if (*word != '\0')
            argv[argc++] = word;
    }
    memset(&err, 0, sizeof err);
    return options_load(argc, argv, arena, ret, &err);
}

static bool parse(const char *line, ServerOptions *ret)
{
    return load(line, ret) == ERR_OK;
}

static void nothing_is_said_by_default(void **state)
{
    ServerOptions options;

    (void)state;
    assert_true(parse("", &options));
    assert_null(options.embedded);
    assert_null(options.db);
    assert_int_equal(options.listen_count, 0);
    assert_int_equal(options.days, 365);
    assert_int_equal(options.http_port, 0);
    assert_false(options.debug);
    assert_false(options.help);
    assert_string_equal(options.log_format, "logfmt");
}

static void every_option_finds_its_place(void **state)
{
    ServerOptions o;

    (void)state;
    assert_true(
        parse("--embedded D --db host=A --owner-db host=B --listen tcp://x:1 --listen ipc:///y --cert C "
              "--key K --http-port 8080 --workers 4 --committers 2 --wait 60 --region r",
              &o));
    assert_string_equal(o.embedded, "D");
    assert_string_equal(o.db, "host=A");
    assert_string_equal(o.owner_db, "host=B");
    assert_int_equal(o.listen_count, 2);
    assert_string_equal(o.listen[0], "tcp://x:1");
    assert_string_equal(o.listen[1], "ipc:///y");
    assert_string_equal(o.cert, "C");
    assert_string_equal(o.key, "K");
    assert_int_equal(o.http_port, 8080);
    assert_int_equal(o.workers, 4);
    assert_int_equal(o.wait, 60);
    assert_int_equal(o.committers, 2);
    assert_string_equal(o.region, "r");
    assert_true(
        parse("--region-name=Область --login l --role auditor --org o --name n --days 30 --out f --debug "
              "--log-format json --format json --check-config",
              &o));
    assert_string_equal(o.region_name, "Область");
    assert_string_equal(o.login, "l");
    assert_string_equal(o.role, "auditor");
    assert_string_equal(o.org, "o");
    assert_string_equal(o.name, "n");
    assert_int_equal(o.days, 30);
    assert_string_equal(o.out, "f");
    assert_true(o.debug);
    assert_true(o.check_config);
    assert_string_equal(o.log_format, "json");
    assert_string_equal(o.format, "json");
    assert_true(parse("--help", &o));
    assert_true(o.help);
}

static void what_nobody_understands_is_refused(void **state)
{
    static const struct {
        const char *line, *reason;
    } wrong[] = {
        {"--http-port -1", "OPTION_NUMBER"},
        {"--http-port 65536", "OPTION_NUMBER"},
        {"--http-port x", "OPTION_NUMBER"},
        {"--http-port 1.5", "OPTION_NUMBER"},
        {"--days", "OPTION_ARGUMENT"},
        {"--nonsense", "OPTION_UNKNOWN"},
        {"-x", "OPTION_UNKNOWN"},
        {"stray", "OPTION_STRAY"},
        {"--debug=yes", "OPTION_UNKNOWN"},
        {"--workers 1e3", "OPTION_NUMBER"},
        {"--workers 65", "OPTION_NUMBER"},
        {"--wait 3601", "OPTION_NUMBER"},
        {"--committers 5", "OPTION_NUMBER"},
        {"--listen", "OPTION_ARGUMENT"},
        {"--days 99999999999999999999", "OPTION_NUMBER"},
        {"--debug stray", "OPTION_STRAY"},
        {"--lisen tcp://x:1", "OPTION_ARGUMENT"},
        {"--log-format xml", "OPTION_CHOICE"},
        {"--log-format jso", "OPTION_CHOICE"},
        {"--format=", "OPTION_EMPTY"},
        {"--config /nonexistent/x", "CONF_UNREADABLE"},
    };
    ServerOptions options;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (load(wrong[i].line, &options) != ERR_INVALID_ARGUMENT || strcmp(err.reason, wrong[i].reason) != 0)
            fail_msg("%s: %s", wrong[i].line, err.reason);
    }
    assert_int_equal(load("--lisen tcp://x:1", &options), ERR_INVALID_ARGUMENT);
    assert_string_equal(err_arg_get(&err, "near"), "--listen");
    char line[256] = "";
    for (int i = 0; i <= OPTIONS_LISTEN_MAX; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), " --listen tcp://a:%d", i + 1);
    assert_int_equal(load(line, &options), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "OPTION_ADDRESSES");
    assert_true(parse("--http-port 65535 --workers 0", &options));
}

/* Option before variable before credential before file; each value tells where it is from. */
static void the_nearest_word_counts(void **state)
{
    ServerOptions o;
    char line[128];
    Buf buf;

    (void)state;
    write_file("server.conf", "# comment\n\nworkers = 5\nhttp-port = 81\ndb = host=file password=canary1\n"
                              "owner-db = host=file\nlisten = tcp://a:1, ipc:///b\nregion = file\n");
    write_file("db", "host=credential password=canary2\n");
    write_file("cert", "PEM");
    snprintf(line, sizeof line, "--config %s --workers 7", conf_path);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    setenv("SHANS_HTTP_PORT", "82", 1);
    setenv("SHANS_WORKERS", "6", 1);
    setenv("SHANS_REGION", "", 1); /* empty: not set */
    assert_true(parse(line, &o));
    assert_int_equal(o.workers, 7);
    assert_int_equal(o.http_port, 82);
    assert_string_equal(o.db, "host=credential password=canary2");
    assert_string_equal(o.owner_db, "host=file");
    assert_string_equal(o.region, "file");
    assert_int_equal(o.listen_count, 2);
    assert_string_equal(o.listen[1], "ipc:///b");
    assert_non_null(strstr(o.cert, "/cert"));
    buf_init(&buf, MEMORY);
    options_dump(&o, &buf);
    assert_non_null(strstr(buf.data, "workers = 7  # --workers\n"));
    assert_non_null(strstr(buf.data, "http-port = 82  # SHANS_HTTP_PORT\n"));
    assert_non_null(strstr(buf.data, "server.conf:8\n"));
    assert_non_null(strstr(buf.data, "db = (...)  # "));
    assert_null(strstr(buf.data, "canary"));
    buf_done(&buf);
    unsetenv("CREDENTIALS_DIRECTORY");
    unsetenv("SHANS_HTTP_PORT");
    unsetenv("SHANS_WORKERS");
    unsetenv("SHANS_REGION");
    setenv("SHANS_CONFIG", conf_path, 1);
    assert_true(parse("", &o));
    assert_int_equal(o.workers, 5);
    unsetenv("SHANS_CONFIG");
}

/* ---- forty broken configurations ---- */

#define GOOD_DB "db = host=h user=shans_app\n"
#define GOOD    GOOD_DB "listen = tcp://127.0.0.1:1\n"

/* text: of the file; line, variable: further sources; where: in "origin" or as "line". */
typedef struct Broken {
    const char *text, *line, *variable, *reason, *key, *where;
} Broken;

static const Broken broken[] = {
    {GOOD "wrokers = 3\n", "", NULL, "CONF_UNKNOWN_KEY_NEAR", "wrokers", "3"},
    {GOOD "colour = red\n", "", NULL, "CONF_UNKNOWN_KEY", "colour", "3"},
    {GOOD "login = ivanova\n", "", NULL, "CONF_UNKNOWN_KEY", "login", "3"},
    {GOOD "Workers = 3\n", "", NULL, "CONF_UNKNOWN_KEY_NEAR", "Workers", "3"},
    {"[server]\n" GOOD, "", NULL, "CONF_UNKNOWN_KEY", "server.db", "2"},
    {GOOD "workers 3\n", "", NULL, "CONF_SYNTAX", "", "3"},
    {"\n\n= 3\n" GOOD, "", NULL, "CONF_UNKNOWN_KEY", "", "3"},
    {GOOD "[open\n", "", NULL, "CONF_SYNTAX", "", "3"},
    {GOOD "workers =\n", "", NULL, "OPTION_EMPTY", "workers", ":3"},
    {GOOD "workers = many\n", "", NULL, "OPTION_NUMBER", "workers", ":3"},
    {GOOD "workers = 65\n", "", NULL, "OPTION_NUMBER", "workers", ":3"},
    {GOOD "workers = -1\n", "", NULL, "OPTION_NUMBER", "workers", ":3"},
    {GOOD "workers = 3.5\n", "", NULL, "OPTION_NUMBER", "workers", ":3"},
    {GOOD "committers = 5\n", "", NULL, "OPTION_NUMBER", "committers", ":3"},
    {GOOD "http-port = 65536\n", "", NULL, "OPTION_NUMBER", "http-port", ":3"},
    {GOOD "http-port = 80 80\n", "", NULL, "OPTION_NUMBER", "http-port", ":3"},
    {GOOD "debug = true\n", "", NULL, "OPTION_SWITCH", "debug", ":3"},
    {GOOD "debug = 1\n", "", NULL, "OPTION_SWITCH", "debug", ":3"},
    {GOOD "log-format = xml\n", "", NULL, "OPTION_CHOICE", "log-format", ":3"},
    {GOOD "log-format = logfmt|json\n", "", NULL, "OPTION_CHOICE", "log-format", ":3"},
    {GOOD_DB "listen = 127.0.0.1:1\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = http://127.0.0.1:1\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = ws://127.0.0.1:1\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = tcp://127.0.0.1\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = tcp://127.0.0.1:0\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = tcp://127.0.0.1:99999\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = ipc://relative\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB "listen = , ,\n", "", NULL, "OPTION_EMPTY", "listen", ":2"},
    {GOOD_DB "listen = tcp://a:1, tcp\n", "", NULL, "OPTION_ADDRESS", "listen", ":2"},
    {GOOD_DB, "", NULL, "OPTION_NEEDED", "listen", ""},
    {"listen = tcp://127.0.0.1:1\n", "", NULL, "DATABASE_NEEDED", "db", ""},
    {"db = host h canary\n", "", NULL, "OPTION_CONNINFO", "db", ":1"},
    {GOOD "owner-db = nonsense=1 canary\n", "", NULL, "OPTION_CONNINFO", "owner-db", ":3"},
    {GOOD "embedded = /tmp/x\n", "", NULL, "OPTION_CONFLICT", "embedded", ":3"},
    {GOOD_DB "listen = tls+tcp://a:1\n", "", NULL, "OPTION_PAIR", "listen", ":2"},
    {GOOD_DB "listen = tls+tcp://a:1\ncert = /etc/hostname\n", "", NULL, "OPTION_PAIR", "cert", ":3"},
    {GOOD_DB "listen = tls+tcp://a:1\nkey = /etc/hostname\n", "", NULL, "OPTION_PAIR", "listen", ":2"},
    {GOOD "cert = /etc/hostname\nkey = /etc/hostname\n", "", NULL, "OPTION_PAIR", "cert", ":3"},
    {GOOD_DB "listen = tls+tcp://a:1\ncert = /nonexistent\nkey = /etc/hostname\n", "", NULL, "OPTION_FILE",
     "cert", ":3"},
    {GOOD, "--workers x", NULL, "OPTION_NUMBER", "workers", "--workers"},
    {GOOD, "", "SHANS_WORKERS=x", "OPTION_NUMBER", "workers", "SHANS_WORKERS"},
    {GOOD, "", "SHANS_LISTEN=x", "OPTION_ADDRESS", "listen", "SHANS_LISTEN"},
    {GOOD, "", "SHANS_DB=canary", "OPTION_CONNINFO", "db", "SHANS_DB"},
    {GOOD, "--embedded /tmp/x", NULL, "OPTION_CONFLICT", "embedded", "--embedded"},
};

/* The sentence in both languages names the place and has no gap, and shows no secret. */
static void look_at_sentence(const Broken *one)
{
    for (int russian = 0; russian < 2; russian++) {
        Buf buf;

        buf_init(&buf, 4096);
        reason_show(&err, russian, &buf);
        if (strchr(buf.data, '{') != NULL || strstr(buf.data, "canary") != NULL ||
            strstr(buf.data, one->where[0] == ':' ? "server.conf" : one->where) == NULL)
            fail_msg("%s", buf.data);
        buf_done(&buf);
    }
}

static void every_mistake_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const Broken *one = &broken[i];
        const char *equals = one->variable == NULL ? NULL : strchr(one->variable, '=');
        char line[256], name[32] = "";
        ServerOptions options;

        write_file("server.conf", one->text);
        if (equals != NULL) {
            snprintf(name, sizeof name, "%.*s", (int)(equals - one->variable), one->variable);
            setenv(name, equals + 1, 1);
        }
        snprintf(line, sizeof line, "--config %s %s", conf_path, one->line);
        if (load(line, &options) == ERR_OK && options_check_serve(&options, &err) == ERR_OK)
            fail_msg("%zu is taken: %s", i, one->text);
        const char *origin = err_arg_get(&err, "origin");
        if (*origin == '\0')
            origin = err_arg_get(&err, "line");
        if (err.code != ERR_INVALID_ARGUMENT || strcmp(err.reason, one->reason) != 0 ||
            strcmp(err_arg_get(&err, "key"), one->key) != 0 || strstr(origin, one->where) == NULL)
            fail_msg("%zu: %s key %s at %s", i, err.reason, err_arg_get(&err, "key"), origin);
        look_at_sentence(one);
        if (equals != NULL)
            unsetenv(name);
    }
    assert_true(sizeof broken / sizeof *broken >= 40);
}

/* What a reload takes over and what waits for a restart. */
static void changes_are_told_apart(void **state)
{
    ServerOptions before, after;
    Buf taken, restart;

    (void)state;
    buf_init(&taken, 256);
    buf_init(&restart, 256);
    assert_true(parse("--workers 3 --debug --region r", &before));
    assert_true(parse("--workers 4 --log-format json --region r --db host=x", &after));
    options_compare(&before, &after, true, &taken);
    options_compare(&before, &after, false, &restart);
    assert_string_equal(taken.data, "debug,log-format");
    assert_string_equal(restart.data, "db,workers");
    buf_clear(&taken);
    options_compare(&after, &after, true, &taken);
    assert_int_equal(taken.length, 0);
    buf_done(&taken);
    buf_done(&restart);
}

/* The command line's names are those of system.proto. */
static void roles_have_the_names_of_the_protocol(void **state)
{
    const ProtobufCEnumDescriptor *roles = &shans__v1__role__descriptor;
    char name[64];

    (void)state;
    assert_int_equal(roles->n_values, 9);
    for (unsigned i = 0; i < roles->n_values; i++) {
        int number = roles->values[i].value;
        if (number == 0)
            continue;
        const char *text = roles->values[i].name + strlen("ROLE_");
        size_t length = strlen(text);
        assert_true(length < sizeof name);
        for (size_t j = 0; j <= length; j++)
            name[j] = text[j] >= 'A' && text[j] <= 'Z' ? (char)(text[j] + 'a' - 'A') : text[j];
        assert_int_equal(access_role_number(name), number);
        assert_string_equal(access_role_name(number), name);
    }
    assert_int_equal(access_role_number(""), 0);
    assert_int_equal(access_role_number("ROLE_AUDITOR"), 0);
    assert_int_equal(access_role_number("root"), 0);
    assert_string_equal(access_role_name(0), "");
    assert_string_equal(access_role_name(9), "");
    assert_string_equal(access_role_name(-1), "");
}

static char *read_golden(const char *path)
{
    static char text[16384];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

/* Who may call what is a readable table: whoever changes it sees the difference here. */
static void the_method_table_is_the_golden_one(void **state)
{
    MethodTable *table = NULL;
    Buf buf;

    (void)state;
    assert_int_equal(
        methods_check(server_methods, server_method_count, server_services, server_service_count, &err),
        ERR_OK);
    assert_int_equal(method_table_new(server_methods, server_method_count, server_services,
                                      server_service_count, &table, &err),
                     ERR_OK);
    buf_init(&buf, 16384);
    methods_dump(table, &buf);
    assert_false(buf.failed);
    buf_char(&buf, '\0');
    assert_string_equal(buf.data, read_golden("tests/golden/methods.txt"));
    buf_done(&buf);
    method_table_free(table);
}

/* One forgotten or doubled row stops the server at its start. */
static void a_table_with_a_hole_is_refused(void **state)
{
    MethodRow *rows = calloc(server_method_count + 1, sizeof *rows);

    (void)state;
    assert_non_null(rows);
    memcpy(rows, server_methods, server_method_count * sizeof *rows);
    for (size_t hole = 0; hole < server_method_count; hole++) {
        MethodRow kept = rows[hole];
        rows[hole] = rows[server_method_count - 1];
        assert_int_equal(
            methods_check(rows, server_method_count - 1, server_services, server_service_count, &err),
            ERR_INTERNAL);
        rows[hole] = kept;
    }
    rows[server_method_count] = rows[0];
    assert_int_equal(
        methods_check(rows, server_method_count + 1, server_services, server_service_count, &err),
        ERR_INTERNAL);
    free(rows);
}

/* Nothing that writes is open to all, to those who only read, or large before sign-in; but for giving up
 * one's own token. */
static void writing_needs_a_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < server_method_count; i++) {
        const MethodRow *row = &server_methods[i];
        if (row->mutating) {
            uint32_t readers =
                METHOD_ROLE(SHANS__V1__ROLE__ROLE_AUDITOR) | METHOD_ROLE(SHANS__V1__ROLE__ROLE_CURATOR);
            if (text_equal(row->method, "RevokeToken"))
                readers = 0;
            assert_int_equal(row->roles & (METHOD_OPEN | readers), 0);
            assert_int_not_equal(row->lane, LANE_READ);
        }
        assert_true(row->request_max > 0 && row->request_max <= METHOD_REQUEST_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_by_default),
        cmocka_unit_test(every_option_finds_its_place),
        cmocka_unit_test(what_nobody_understands_is_refused),
        cmocka_unit_test(the_nearest_word_counts),
        cmocka_unit_test(every_mistake_is_named_with_its_place),
        cmocka_unit_test(changes_are_told_apart),
        cmocka_unit_test(roles_have_the_names_of_the_protocol),
        cmocka_unit_test(the_method_table_is_the_golden_one),
        cmocka_unit_test(a_table_with_a_hole_is_refused),
        cmocka_unit_test(writing_needs_a_role),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
