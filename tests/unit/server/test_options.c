/* The command line, the roles' names, and the method table with its golden dump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/access_command.h"
#include "server/methods.h"
#include "server/options.h"
#include "shans/v1/system.pb-c.h"

enum { WORDS_MAX = 32 };

/* Parses "shans-server serve <line>", cut at spaces. */
static bool parse(const char *line, ServerOptions *ret)
{
    static char copy[1024];
    char *argv[WORDS_MAX] = {(char *)"shans-server", (char *)"serve"}, *rest = copy, *word;
    int argc = 2;

    snprintf(copy, sizeof copy, "%s", line);
    while ((word = strsep(&rest, " ")) != NULL && argc < WORDS_MAX - 1) {
        if (*word != '\0')
            argv[argc++] = word;
    }
    return options_parse(argc, argv, ret);
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
}

static void every_option_finds_its_place(void **state)
{
    ServerOptions o;

    (void)state;
    assert_true(
        parse("--embedded D --db A --owner-db B --listen x --listen y --cert C --key K --http-port 8080 "
              "--workers 4 --committers 2 --region r",
              &o));
    assert_string_equal(o.embedded, "D");
    assert_string_equal(o.db, "A");
    assert_string_equal(o.owner_db, "B");
    assert_int_equal(o.listen_count, 2);
    assert_string_equal(o.listen[0], "x");
    assert_string_equal(o.listen[1], "y");
    assert_string_equal(o.cert, "C");
    assert_string_equal(o.key, "K");
    assert_int_equal(o.http_port, 8080);
    assert_int_equal(o.workers, 4);
    assert_int_equal(o.committers, 2);
    assert_string_equal(o.region, "r");
    assert_true(parse(
        "--region-name=Область --login l --role auditor --org o --name n --days 30 --out f --debug", &o));
    assert_string_equal(o.region_name, "Область");
    assert_string_equal(o.login, "l");
    assert_string_equal(o.role, "auditor");
    assert_string_equal(o.org, "o");
    assert_string_equal(o.name, "n");
    assert_int_equal(o.days, 30);
    assert_string_equal(o.out, "f");
    assert_true(o.debug);
    assert_true(parse("--help", &o));
    assert_true(o.help);
}

static void what_nobody_understands_is_refused(void **state)
{
    static const char *const wrong[] = {
        "--http-port -1",
        "--http-port 65536",
        "--http-port x",
        "--http-port 1.5",
        "--days",
        "--nonsense",
        "stray",
        "--debug=yes",
        "--workers 1e3",
        "--listen",
        "--days 99999999999999999999",
        "--debug stray",
    };
    ServerOptions options;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (parse(wrong[i], &options))
            fail_msg("%s is taken", wrong[i]);
    }
    char line[256] = "";
    for (int i = 0; i <= OPTIONS_LISTEN_MAX; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), " --listen a%d", i);
    assert_false(parse(line, &options));
    assert_true(parse("--http-port 65535 --workers 0", &options));
}

/* The command line's names are those of system.proto. */
static void roles_have_the_names_of_the_protocol(void **state)
{
    const ProtobufCEnumDescriptor *roles = &shans__v1__role__descriptor;
    char name[64];

    (void)state;
    assert_int_equal(roles->n_values, 8);
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
    assert_string_equal(access_role_name(8), "");
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
    Err err = {0};
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
    Err err = {0};

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

/* Nothing that writes is open to all, to auditors, or large before sign-in. */
static void writing_needs_a_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < server_method_count; i++) {
        const MethodRow *row = &server_methods[i];
        if (row->mutating) {
            assert_int_equal(row->roles & (METHOD_OPEN | METHOD_ROLE(SHANS__V1__ROLE__ROLE_AUDITOR)), 0);
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
        cmocka_unit_test(roles_have_the_names_of_the_protocol),
        cmocka_unit_test(the_method_table_is_the_golden_one),
        cmocka_unit_test(a_table_with_a_hole_is_refused),
        cmocka_unit_test(writing_needs_a_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
