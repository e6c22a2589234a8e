/* A private PostgreSQL cluster for one test program: made in a fresh folder below /tmp, removed at the end.
 * Started as root, the whole test process becomes the user "postgres". Every function fails the running test
 * on error. */
#ifndef TESTS_SUPPORT_PG_H
#define TESTS_SUPPORT_PG_H

#include "server/store/db.h"
#include "server/store/embedded.h"

typedef struct TestPg {
    char dir[64];
    Embedded *embedded;
} TestPg;

enum { TEST_CONNINFO_SIZE = 256 };

/* The cluster with its empty database "shans". */
void test_pg_start(TestPg *pg);
void test_pg_stop(TestPg *pg);

/* Applies all migrations to "shans". */
void test_pg_migrate(TestPg *pg);

/* Makes a new, empty database; its name is a plain word. */
void test_pg_database(TestPg *pg, const char *name);

/* A connection string for user ("postgres", "shans_app") and database. to: TEST_CONNINFO_SIZE bytes. */
void test_pg_conninfo(const TestPg *pg, const char *user, const char *database, char *to);

/* Connections to "shans": of the owner (no policies apply), and of the role the server signs in as. */
Db *test_pg_owner(TestPg *pg);
Db *test_pg_app(TestPg *pg);

/* Runs SQL text that must work. */
void test_pg_sql(Db *db, const char *sql);

#endif
