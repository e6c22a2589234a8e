/* Preparing a database, issuing and revoking tokens, watching the database: over a private cluster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypto/crypto.h"
#include "server/access_command.h"
#include "server/prepare.h"
#include "server/store/migrate.h"
#include "server/store/store_access.h"
#include "server/store/store_org.h"
#include "server/watch.h"
#include "tests/support/pg.h"

static TestPg pg;
static char owner_conninfo[TEST_CONNINFO_SIZE], app_conninfo[TEST_CONNINFO_SIZE];
static Catalog *catalog;
static Arena *arena;
static Db *owner;
static Err err;

static Readiness readiness;

static int is_ready(void)
{
    char reason[READINESS_REASON_SIZE];

    return readiness_get(&readiness, reason);
}

static int start(void **state)
{
    char hash[CRYPTO_HASH_TEXT_SIZE];

    (void)state;
    readiness_init(&readiness);
    test_pg_start(&pg);
    test_pg_conninfo(&pg, "postgres", "shans", owner_conninfo);
    test_pg_conninfo(&pg, "shans_app", "shans", app_conninfo);
    arena = arena_new(64 << 20, NULL);
    assert_int_equal(prepare_catalog(arena, &catalog, hash, &err), ERR_OK);
    assert_int_equal(strlen(hash), 64);
    owner = test_pg_owner(&pg);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    db_close(owner);
    test_pg_stop(&pg);
    arena_free(arena);
    return 0;
}

/* What the owner's query answers, as a number. */
static int64_t number(const char *sql)
{
    char script[512];

    snprintf(script, sizeof script, "do $$ begin raise exception '%%', (%s); end $$", sql);
    assert_int_not_equal(db_script(owner, script, &err), ERR_OK);
    const char *digits = strpbrk(db_last_message(owner), "0123456789");
    assert_non_null(digits);
    return strtoll(digits, NULL, 10);
}

static ErrCode prepare(const char *owner_text, const char *region, const char *name)
{
    ServerOptions options = {.region = region, .region_name = name};

    memset(&err, 0, sizeof err);
    return prepare_database(owner_text, app_conninfo, &options, catalog, &err);
}

/* Without the owner an old database is refused, not mended and not served. */
static void an_old_database_is_refused(void **state)
{
    size_t applied;

    (void)state;
    assert_int_equal(migrate_apply(owner, sql_files, sql_files_count, &clock_system, 0, &applied, &err),
                     ERR_OK);
    test_pg_sql(owner, "delete from shans.schema_migration where number = "
                       "(select max(number) from shans.schema_migration)");
    assert_int_equal(prepare(NULL, "r", "Первая"), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "MIGRATION_MISSING");
    test_pg_sql(owner, "insert into shans.schema_migration select 999, 'later', sha256(''), now()");
    assert_int_equal(prepare(NULL, "r", "Первая"), ERR_FAILED_PRECONDITION);
    test_pg_sql(owner, "drop schema shans cascade");
}

/* The region's name is given once; what was renamed since stays. */
static void a_second_start_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(prepare(owner_conninfo, "r", "Первая"), ERR_OK);
    int64_t stored = number("select count(*) from shans.methodology");
    assert_int_equal(stored, catalog->methodology_count);
    assert_int_equal(prepare(owner_conninfo, "r", NULL), ERR_OK);
    assert_int_equal(prepare(owner_conninfo, "r", "Вторая"), ERR_OK);
    assert_int_equal(prepare(NULL, NULL, NULL), ERR_OK);
    assert_int_equal(number("select count(*) from shans.org_version"), 1);
    assert_int_equal(number("select count(*) from shans.org_version where name = 'Первая'"), 1);
    assert_int_equal(number("select count(*) from shans.methodology"), stored);
}

static ErrCode token(const ServerOptions *options)
{
    memset(&err, 0, sizeof err);
    return access_command_token(owner, &clock_system, options, &err);
}

static void refused(const ServerOptions *options, ErrCode code, const char *reason)
{
    assert_int_equal(token(options), code);
    assert_string_equal(err.reason, reason);
}

static void a_token_goes_to_a_private_file(void **state)
{
    char path[128], text[128] = "";
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    struct stat about;
    AccessPrincipal principal;
    const DbScope scope = {.role = DB_ROLE_AUTH, .mode = DB_MODE_READ};

    (void)state;
    snprintf(path, sizeof path, "%s/token", pg.dir);
    FILE *file = fopen(path, "w"); /* an old file, open to all */
    assert_non_null(file);
    fputs("old and much longer than a token can ever be, old and much longer than a token can be\n", file);
    fclose(file);
    assert_int_equal(chmod(path, 0666), 0);
    ServerOptions options = {
        .login = "ivanova", .role = "ministry_analyst", .org = "r", .days = 1, .out = path};
    assert_int_equal(token(&options), ERR_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, 65);
    file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    assert_true(crypto_hex_parse(text, raw, sizeof raw));
    crypto_hash(raw, sizeof raw, hash);
    Db *app = test_pg_app(&pg);
    assert_int_equal(db_begin(app, &scope, &err), ERR_OK);
    assert_int_equal(
        access_store_authenticate(app, hash, clock_system.now_ms(&clock_system), arena, &principal, &err),
        ERR_OK);
    assert_int_equal(principal.role, 4);
    db_close(app);
    assert_int_equal(number("select count(*) from shans.audit_log where method = 'shans-server/token' and "
                            "object = 'login:ivanova'"),
                     1);
}

static void an_account_is_not_changed_in_passing(void **state)
{
    ServerOptions options = {.login = "ivanova", .days = 1, .out = "/dev/null"};

    (void)state;
    options.role = "administrator";
    refused(&options, ERR_FAILED_PRECONDITION, "ACCOUNT_DIFFERS");
    assert_string_equal(err_arg_get(&err, "role"), "ministry_analyst");
    options.role = "ministry_analyst";
    options.org = "elsewhere";
    refused(&options, ERR_FAILED_PRECONDITION, "ACCOUNT_DIFFERS");
    options.role = "emperor";
    refused(&options, ERR_INVALID_ARGUMENT, "ROLE_NAME");
    options.login = "petrova";
    options.role = NULL;
    refused(&options, ERR_NOT_FOUND, "LOGIN_UNKNOWN");
    options.role = "auditor";
    refused(&options, ERR_NOT_FOUND, "ORG_UNKNOWN");
    options.login = "two words";
    options.org = "r";
    refused(&options, ERR_INVALID_ARGUMENT, "LOGIN_FORM");
    options.login = "petrova";
    options.days = 0;
    refused(&options, ERR_INVALID_ARGUMENT, "DAYS_NEEDED");
    options.login = NULL;
    refused(&options, ERR_INVALID_ARGUMENT, "LOGIN_NEEDED");
    assert_int_equal(number("select count(*) from shans.principal"), 1);
    assert_int_equal(number("select count(*) from shans.token"), 1);
}

static void a_file_that_cannot_be_written_keeps_no_token(void **state)
{
    ServerOptions options = {.login = "ivanova", .days = 1, .out = "/nonexistent/token"};

    (void)state;
    refused(&options, ERR_FAILED_PRECONDITION, "TOKEN_FILE");
    assert_int_equal(number("select count(*) from shans.token"), 1);
}

typedef struct Seen {
    int64_t last, count;
} Seen;

static void note(void *context, int64_t principal_id)
{
    Seen *seen = context;

    seen->last = principal_id;
    seen->count++;
}

/* From the administrator's command to the cache of a running server. */
static void a_revocation_reaches_the_watch(void **state)
{
    Seen seen = {-1, 0};
    WatchOptions options = {app_conninfo, &clock_system, note, &seen, &readiness, NULL, NULL};
    ServerOptions revoke = {.login = "ivanova"};
    PrincipalRow row;
    Watch watch;

    (void)state;
    watch_init(&watch, &options);
    assert_true(watch_step(&watch));
    assert_int_equal(is_ready(), 1);
    assert_int_equal(seen.count, 1); /* nobody listened before: all is forgotten */
    assert_int_equal(seen.last, 0);
    assert_true(watch_step(&watch));
    assert_int_equal(seen.count, 1);
    assert_int_equal(access_command_revoke(owner, &clock_system, &revoke, &err), ERR_OK);
    assert_int_equal(access_store_find_principal(owner, "ivanova", arena, &row, &err), ERR_OK);
    for (int i = 0; i < 100 && seen.count == 1; i++) {
        assert_true(watch_step(&watch));
        clock_system.sleep_ms(&clock_system, 10);
    }
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.last, row.id);
    assert_int_equal(number("select count(*) from shans.audit_log where method = 'shans-server/revoke'"), 1);
    test_pg_sql(owner, "notify shans_token, 'nonsense'");
    for (int i = 0; i < 100 && seen.count == 2; i++)
        assert_true(watch_step(&watch));
    assert_int_equal(seen.last, 0);
    watch_done(&watch);
    assert_int_equal(is_ready(), 0);
}

/* Its connection is cut: not ready, then ready again and listening again. */
static void a_lost_connection_is_noticed(void **state)
{
    Seen seen = {-1, 0};
    WatchOptions options = {app_conninfo, &clock_system, note, &seen, &readiness, NULL, NULL};
    WatchOptions nowhere = {
        "host=/nonexistent user=nobody", &clock_system, note, &seen, &readiness, NULL, NULL};
    Watch watch;

    (void)state;
    watch_init(&watch, &options);
    assert_true(watch_step(&watch));
    test_pg_sql(owner, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shans_app'");
    for (int i = 0; i < 100 && seen.count == 1; i++) {
        clock_system.sleep_ms(&clock_system, 10);
        watch_step(&watch);
    }
    assert_true(watch_step(&watch));
    assert_int_equal(is_ready(), 1);
    test_pg_sql(owner, "notify shans_token, '77'");
    for (int i = 0; i < 100 && seen.last != 77; i++)
        watch_step(&watch);
    assert_int_equal(seen.last, 77);
    watch_done(&watch);
    readiness_set(&readiness, "");
    watch_init(&watch, &nowhere);
    assert_false(watch_step(&watch));
    assert_int_equal(is_ready(), 0);
    watch_done(&watch);
}

/* The thread ends by itself and leaves "not ready" behind. */
static void the_watch_works_on_its_own(void **state)
{
    static Seen seen;
    static int stopping;
    static Watch watch;
    WatchOptions options = {app_conninfo, &clock_system, note, &seen, &readiness, NULL, NULL};

    (void)state;
    watch_init(&watch, &options);
    assert_int_equal(watch_start(&watch, &stopping, &err), ERR_OK);
    for (int i = 0; i < 200 && !is_ready(); i++)
        clock_system.sleep_ms(&clock_system, 20);
    assert_int_equal(is_ready(), 1);
    __atomic_store_n(&stopping, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 200 && is_ready(); i++)
        clock_system.sleep_ms(&clock_system, 20);
    assert_int_equal(is_ready(), 0);
    clock_system.sleep_ms(&clock_system, WATCH_PERIOD_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_database_is_refused),
        cmocka_unit_test(a_second_start_changes_nothing),
        cmocka_unit_test(a_token_goes_to_a_private_file),
        cmocka_unit_test(an_account_is_not_changed_in_passing),
        cmocka_unit_test(a_file_that_cannot_be_written_keeps_no_token),
        cmocka_unit_test(a_revocation_reaches_the_watch),
        cmocka_unit_test(a_lost_connection_is_noticed),
        cmocka_unit_test(the_watch_works_on_its_own),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
