/* Connection strings with several hosts: how they are taken apart, and that the next one is asked when a host
 * is away, silent, or only a standby. */
#include "tests/unit/server_store/statements.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/store/db.h"
#include "server/store/db_hosts.h"
#include "tests/support/pg.h"

static TestPg pg;

static int start_all(void **state)
{
    (void)state;
    load_statements();
    test_pg_start(&pg);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    test_pg_stop(&pg);
    return 0;
}

static void test_items(void **state)
{
    static const struct {
        const char *list;
        size_t index;
        const char *item;
    } rows[] = {
        {"a", 0, "a"},     {"a", 3, "a"},    {"a,b,c", 0, "a"}, {"a,b,c", 1, "b"},
        {"a,b,c", 2, "c"}, {"a,b,c", 3, ""}, {"a,,c", 1, ""},   {"a,,c", 2, "c"},
        {",b", 0, ""},     {",b", 1, "b"},   {"", 0, ""},       {"5432", 7, "5432"},
    };
    char item[DB_HOST_SIZE], huge[2 * DB_HOST_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(db_hosts_item(rows[i].list, rows[i].index, item), rows[i].item);
    assert_null(db_hosts_item(NULL, 0, item));
    memset(huge, 'x', sizeof huge);
    huge[sizeof huge - 1] = '\0';
    assert_int_equal(strlen(db_hosts_item(huge, 0, item)), DB_HOST_SIZE - 1);
}

static void test_options(void **state)
{
    static const struct {
        const char *keyword, *value;
        size_t count;
        int64_t limit_ms;
    } rows[] = {
        {"host", "a", 1, 2000},
        {"host", "a,b,c", 3, 2000},
        {"hostaddr", "::1,::2", 2, 2000},
        {"port", "1,2,3", 1, 2000},
        {"host", NULL, 1, 2000},
        {"host", "", 1, 2000},
        {"connect_timeout", "7", 1, 7000},
        {"connect_timeout", "1", 1, 2000},
        {"connect_timeout", "0", 1, 2000},
        {"connect_timeout", "soon", 1, 2000},
        {"connect_timeout", "99999999", 1, 3600000},
        {"user", "a,b", 1, 2000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        DbHosts hosts;
        db_hosts_init(&hosts);
        assert_true(db_hosts_take(&hosts, rows[i].keyword, rows[i].value));
        assert_int_equal(hosts.count, rows[i].count);
        assert_int_equal(hosts.limit_ms, rows[i].limit_ms);
        db_hosts_done(&hosts);
    }
}

/* Opens over these hosts, ours standing between the two texts, and asks something; milliseconds it took. */
static int64_t open_over(const char *before, const char *after)
{
    char conninfo[512];
    int64_t began = clock_system.monotonic_ms(&clock_system);
    DbResult *result = NULL;
    Db *db = NULL;
    Err err = {0};

    snprintf(conninfo, sizeof conninfo, "%s%s/socket%s", before, pg.dir, after);
    assert_int_equal(db_open(conninfo, &clock_system, &db, &err), ERR_OK);
    assert_int_equal(db_query(db, "test__backend", NULL, &result, &err), ERR_OK);
    db_result_free(result);
    db_close(db);
    return clock_system.monotonic_ms(&clock_system) - began;
}

static void test_away(void **state)
{
    (void)state;
    assert_true(open_over("host=/nowhere,", " port=5432 user=postgres dbname=shans") < 1000);
    assert_true(open_over("host=/nowhere,127.0.0.1,", " port=5432,1,5432 user=postgres dbname=shans") < 1000);
    assert_true(open_over("postgresql://postgres@/shans?host=/nowhere,", "&port=5432") < 1000);
    assert_true(open_over("user=postgres dbname=shans host=", ",/nowhere target_session_attrs=any") < 1000);
}

/* It takes connections and never says a word: libpq by itself would wait for minutes. */
static void test_silent(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    char after[100];

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    snprintf(after, sizeof after, " port=%d,5432 user=postgres dbname=shans", ntohs(address.sin_port));
    assert_in_range(open_over("host=127.0.0.1,", after), 1900, 4000);
    close(listener);
}

static void set_read_only(bool on)
{
    Db *owner;
    char conninfo[TEST_CONNINFO_SIZE];
    Err err = {0};

    snprintf(conninfo, sizeof conninfo, "host=%s/socket user=postgres dbname=shans target_session_attrs=any",
             pg.dir);
    assert_int_equal(db_open(conninfo, &clock_system, &owner, &err), ERR_OK);
    test_pg_sql(owner, "set default_transaction_read_only = off");
    test_pg_sql(owner, on ? "alter database shans set default_transaction_read_only = on"
                          : "alter database shans reset default_transaction_read_only");
    db_close(owner);
}

/* A server that takes no writes is no server, unless the string says so. */
static void test_read_only(void **state)
{
    char conninfo[TEST_CONNINFO_SIZE];
    Db *db = NULL;
    Err err = {0};

    (void)state;
    test_pg_conninfo(&pg, "postgres", "shans", conninfo);
    set_read_only(true);
    assert_int_equal(db_open(conninfo, &clock_system, &db, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "DATABASE_GONE");
    open_over("host=", " user=postgres dbname=shans target_session_attrs=any");
    set_read_only(false);
    assert_int_equal(db_open(conninfo, &clock_system, &db, &err), ERR_OK);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),  cmocka_unit_test(test_options),   cmocka_unit_test(test_away),
        cmocka_unit_test(test_silent), cmocka_unit_test(test_read_only),
    };

    return cmocka_run_group_tests(tests, start_all, stop_all);
}
