/* Forward-only migrations: sql/migrations/NNNN_name.sql, embedded, each in a transaction of its own together
 * with its row in shans.schema_migration (number, name, BLAKE2b-256 of the text, time). One runner at a time
 * (advisory lock). Killed anywhere, the next run goes on where the last commit stood. */
#ifndef SERVER_STORE_MIGRATE_H
#define SERVER_STORE_MIGRATE_H

#include "common/core/embed.h"
#include "server/store/db.h"

enum { MIGRATE_MAX = 999 };

typedef struct MigrateStatus {
    size_t known;   /* migrations inside this program */
    size_t applied; /* of them, in the database */
    int newest;     /* highest number in the database, 0: none */
} MigrateStatus;

/* Applies what is missing; db is signed in as the owner of the database (it creates roles). files must be
 * sorted by name; only names "migrations/NNNN_*.sql" are looked at. Locks of others are waited for at most 3
 * s at a time and retried until deadline_ms (monotonic time of the clock; 0: a minute). Errors:
 *   FAILED_PRECONDITION / MIGRATION_CHANGED  an applied migration has another text here ("migration")
 *   FAILED_PRECONDITION / MIGRATION_NEWER    the database was migrated by a newer program ("migration")
 *   FAILED_PRECONDITION / MIGRATION_GAP      numbers are not 1, 2, 3, ... ("migration")
 *   UNAVAILABLE / MIGRATION_LOCKED           another session holds a lock until the deadline
 *   INTERNAL / MIGRATION_FAILED              the statement failed ("migration"); nothing of it was kept */
ErrCode migrate_apply(Db *db, const EmbedFile *files, size_t count, const Clock *clock, int64_t deadline_ms,
                      size_t *ret_applied, Err *err) MUST_CHECK;

/* Compares without changing anything; the same refusals. FAILED_PRECONDITION / MIGRATION_MISSING (with *ret
 * written) when the database is older than the program: a server does not start on it. */
ErrCode migrate_check(Db *db, const EmbedFile *files, size_t count, MigrateStatus *ret, Err *err) MUST_CHECK;

/* Makes the partitions of this year and the two after it that are missing, in a transaction of its own as
 * DB_ROLE_JOBS; several servers may do so at once. *ret_made: how many. Waits for locks 2 s at most. */
ErrCode migrate_make_partitions(Db *db, int year, int64_t *ret_made, Err *err) MUST_CHECK;

#endif
