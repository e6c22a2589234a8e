/* The statement table of the database tests: the real ones the layer itself needs, read from sql/queries when
 * the program starts, and small ones made for the tests. It stands in place of the embedded table. */
#ifndef TESTS_UNIT_SERVER_STORE_STATEMENTS_H
#define TESTS_UNIT_SERVER_STORE_STATEMENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/embed.h"

enum { STATEMENT_ROOM = 2048, STATEMENTS_LOADED = 11 };

#define OWN(text) ((const unsigned char *)(text)), sizeof(text) - 1

/* Order: by name, as the build sorts the real table. */
static unsigned char loaded[16][STATEMENT_ROOM];

const EmbedFile sql_files[] = {
    {"queries/db__begin.sql", loaded[0], 0},
    {"queries/db__begin_read.sql", loaded[1], 0},
    {"queries/db__begin_snapshot.sql", loaded[2], 0},
    {"queries/db__begin_snapshot_write.sql", loaded[9], 0},
    {"queries/db__commit.sql", loaded[3], 0},
    {"queries/db__confirm.sql", loaded[10], 0},
    {"queries/db__enter.sql", loaded[4], 0},
    {"queries/db__rescope.sql", loaded[5], 0},
    {"queries/db__rollback.sql", loaded[6], 0},
    {"queries/embedded__create_database.sql", loaded[7], 0},
    {"queries/embedded__database.sql", loaded[8], 0},
    {"queries/test__arrays.sql",
     OWN("select array_to_string($1::bigint[], ',', '-'), array_to_string($2::text[], '|', '-'), "
         "array_to_string($3::bytea[], ','), array_to_string($4::uuid[], ','), "
         "array_to_string($5::boolean[], ','), array_to_string($6::timestamptz[], ',', '-'), "
         "$1::bigint[], array[7, null, -9]::integer[], '{}'::bigint[], null::bigint[]")},
    {"queries/test__backend.sql", OWN("select pg_backend_pid()")},
    {"queries/test__context.sql",
     OWN("select current_user::text, current_setting('shans.principal', true), "
         "current_setting('shans.district', true), current_setting('shans.region', true), "
         "current_setting('shans.schools', true), current_setting('shans.above', true), "
         "current_setting('transaction_read_only'), current_setting('transaction_isolation'), "
         "current_setting('statement_timeout')")},
    {"queries/test__count.sql", OWN("select count(*) from item")},
    {"queries/test__echo.sql",
     OWN("select $1::bigint, $2::boolean, $3::text, $4::bytea, $5::uuid, $6::timestamptz, $7::double "
         "precision, "
         "$8::date, $1::bigint::text, $6::timestamptz::text, 7::smallint, -7::integer")},
    {"queries/test__insert.sql", OWN("insert into item (id, name) values ($1, $2)")},
    {"queries/test__insert_returning.sql",
     OWN("insert into item (id, name) values ($1, $2) returning id, name")},
    {"queries/test__listen.sql", OWN("listen shans_test")},
    {"queries/test__loud.sql", OWN("select 'warned', 1 / $1::integer")},
    {"queries/test__series.sql", OWN("select n, repeat('x', 100) from generate_series(1, $1::bigint) as n")},
    {"queries/test__series_fails.sql", OWN("select 1 / (1000 - n) from generate_series(1, $1::bigint) as n")},
    {"queries/test__sleep.sql", OWN("select pg_sleep($1::double precision)::text")},
    {"queries/test__update.sql", OWN("update item set name = $2 where id >= $1::bigint")},
    {"queries/test__wrong.sql", OWN("select nothing from nowhere")},
    {0, 0, 0},
};
const size_t sql_files_count = sizeof sql_files / sizeof *sql_files - 1;

static void load_statements(void)
{
    for (size_t i = 0; i < STATEMENTS_LOADED; i++) {
        char path[128];
        size_t size;
        FILE *file;

        snprintf(path, sizeof path, "sql/%s", sql_files[i].name);
        file = fopen(path, "r");
        assert_non_null(file);
        size = fread((void *)sql_files[i].data, 1, STATEMENT_ROOM - 1, file);
        assert_in_range(size, 1, STATEMENT_ROOM - 2);
        fclose(file);
    }
}

#endif
