/* Owns the tests' free way to the database. Invariant: one statement at a time, the last answer is kept.
 * Must not be used by the product. */
#include "tests/integration/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "common/core/buf.h"

enum { TEXT_MAX = 64 << 10, IDLE_TRIES = 400, IDLE_STEP_MS = 25 };

struct Sql {
    PGconn *connection;
    PGresult *last;
    Buf digest; /* the statement behind sql_picture; made once, tables do not come and go */
};

static void keep(Sql *sql, PGresult *result)
{
    PQclear(sql->last);
    sql->last = result;
}

static void check(Sql *sql, const char *text)
{
    ExecStatusType status = PQresultStatus(sql->last);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%.200s: %s", text, PQerrorMessage(sql->connection));
}

Sql *sql_open_at(const char *conninfo)
{
    Sql *sql = calloc(1, sizeof *sql);

    assert_non_null(sql);
    sql->connection = PQconnectdb(conninfo);
    if (PQstatus(sql->connection) != CONNECTION_OK)
        fail_msg("%s: %s", conninfo, PQerrorMessage(sql->connection));
    buf_init(&sql->digest, TEXT_MAX);
    return sql;
}

Sql *sql_open(const TestPg *pg, const char *user)
{
    char conninfo[TEST_CONNINFO_SIZE];

    test_pg_conninfo(pg, user, "shans", conninfo);
    return sql_open_at(conninfo);
}

void sql_close(Sql *sql)
{
    keep(sql, NULL);
    PQfinish(sql->connection);
    buf_done(&sql->digest);
    free(sql);
}

void sql_run(Sql *sql, const char *text)
{
    keep(sql, PQexec(sql->connection, text));
    check(sql, text);
}

void sql_try(Sql *sql, const char *text, char *to)
{
    keep(sql, PQexec(sql->connection, text));
    const char *state = PQresultErrorField(sql->last, PG_DIAG_SQLSTATE);
    snprintf(to, 6, "%s", state == NULL ? "" : state);
}

static const char *ask(Sql *sql, const char *format, va_list args) PRINTF_LIKE(2, 0);
static const char *ask(Sql *sql, const char *format, va_list args)
{
    char text[4096];

    vsnprintf(text, sizeof text, format, args);
    sql_run(sql, text);
    return PQntuples(sql->last) > 0 ? PQgetvalue(sql->last, 0, 0) : "";
}

const char *sql_text(Sql *sql, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = ask(sql, format, args);
    va_end(args);
    return text;
}

int64_t sql_number(Sql *sql, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *text = ask(sql, format, args);
    va_end(args);
    return strtoll(text, NULL, 10);
}

/* One statement over all tables: per table the number of rows and a digest of their texts in order. */
static void make_digest(Sql *sql)
{
    buf_text(&sql->digest, "select md5(concat_ws('|'");
    sql_run(
        sql,
        "select relname from pg_class where relnamespace = 'shans'::regnamespace and relkind in ('r', 'p') "
        "and not relispartition and relname not in ('access_log', 'refusal_log', 'token_use') order by "
        "relname");
    for (int i = 0; i < PQntuples(sql->last); i++)
        buf_printf(&sql->digest,
                   ", (select count(*) || md5(coalesce(string_agg(t::text, ',' order by t::text collate "
                   "\"C\"), '')) from shans.%s t)",
                   PQgetvalue(sql->last, i, 0));
    buf_text(&sql->digest, "))");
    assert_false(sql->digest.failed);
}

void sql_picture(Sql *sql, char *to)
{
    if (sql->digest.length == 0)
        make_digest(sql);
    for (int i = 0; sql_number(sql, "select count(*) from shans.run where state = 1") > 0; i++) {
        if (i == IDLE_TRIES)
            fail_msg("runs stay queued");
        clock_system.sleep_ms(&clock_system, IDLE_STEP_MS);
    }
    sql_run(sql, sql->digest.data);
    snprintf(to, SQL_PICTURE_SIZE, "%s", PQgetvalue(sql->last, 0, 0));
}
