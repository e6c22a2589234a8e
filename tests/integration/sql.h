/* SQL as a test asks it: any statement, answers as text. The product's own way to the database knows named
 * statements only. */
#ifndef TESTS_INTEGRATION_SQL_H
#define TESTS_INTEGRATION_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "tests/support/pg.h"

typedef struct Sql Sql;

/* A connection to "shans" as that user ("postgres": no policies apply). Every function fails the running
 * test on error. */
Sql *sql_open(const TestPg *pg, const char *user);
Sql *sql_open_at(const char *conninfo); /* the same with a connection string of libpq */
void sql_close(Sql *sql);

/* Runs statements; their rows are dropped. */
void sql_run(Sql *sql, const char *text);

/* The same, but gives the SQLSTATE ("" when it worked); to: 6 bytes. */
void sql_try(Sql *sql, const char *text, char *to);

/* First column of the first row; NULL and no row are "". Borrowed until the next call. */
const char *sql_text(Sql *sql, const char *format, ...) PRINTF_LIKE(2, 3);
int64_t sql_number(Sql *sql, const char *format, ...) PRINTF_LIKE(2, 3);

enum { SQL_PICTURE_SIZE = 33 };

/* A digest of every row of every table of the schema shans but the logs of reading and signing in, after
 * waiting for queued runs to end. Equal pictures: nothing changed. to: SQL_PICTURE_SIZE bytes. */
void sql_picture(Sql *sql, char *to);

#endif
