/* One connection to PostgreSQL: named statements from sql/queries, transactions with a scope, pipelines.
 * Not for two threads at once. A connection that broke is opened again by the next db_begin (or by the next
 * statement outside a transaction). Errors every call can give:
 *   UNAVAILABLE / DATABASE_GONE            no connection, server stopping or read-only; nothing was stored
 *   UNAVAILABLE / OUTCOME_UNKNOWN          (db_commit only) stored or not: ask again with the same operation
 * id DEADLINE_EXCEEDED / DATABASE_DEADLINE  the scope's deadline passed; nothing was stored ABORTED /
 * DATABASE_CONFLICT            serialization failure or deadlock: run the transaction again
 *   RESOURCE_EXHAUSTED / DATABASE_FULL     disk, memory or connections of the database
 *   PERMISSION_DENIED / ROW_FORBIDDEN      grants or row-level security
 *   a broken constraint                    code and reason of its row in constraints.c
 *   INTERNAL / DATABASE_STATEMENT          anything else; the server's words are in the log only */
#ifndef SERVER_STORE_DB_H
#define SERVER_STORE_DB_H

#include "common/base/clock.h"
#include "common/core/err.h"
#include "server/store/db_params.h"
#include "server/store/db_result.h"
typedef struct Db Db;
/* The database role a transaction runs as; row-level security knows each of them by name ("shans_school"). */
typedef enum DbRole {
    DB_ROLE_NONE = 0,      /* the role that signed in: migrations, tests */
    DB_ROLE_SCHOOL,        /* rows of school_ids */
    DB_ROLE_DISTRICT,      /* rows of district_id */
    DB_ROLE_REGION,        /* the whole region, figures and results */
    DB_ROLE_AUDITOR,       /* reads everything, writes nothing */
    DB_ROLE_WRITER,        /* the committer: writes within the scope set for each operation */
    DB_ROLE_AUTH,          /* sign-in: tokens and principals, reads only */
    DB_ROLE_JOBS,          /* classification runs */
    DB_ROLE_CURATOR,       /* reads rows of school_ids, writes nothing */
    DB_ROLE_ACCOUNTS_SELF, /* accounts, tokens, curators: one's own, of district_id, of the region */
    DB_ROLE_ACCOUNTS_DISTRICT,
    DB_ROLE_ACCOUNTS_REGION,
    DB_ROLE_LOG, /* writes what was seen and refused, reads nothing of it */
    DB_ROLE_COUNT
} DbRole;
typedef enum DbMode {
    DB_MODE_WRITE = 0,      /* read committed */
    DB_MODE_READ,           /* read committed, read only */
    DB_MODE_SNAPSHOT,       /* repeatable read, read only: one picture for all statements */
    DB_MODE_SNAPSHOT_WRITE, /* the same, and may write: a run stores what it computed from that picture */
} DbMode;
typedef struct DbScope {
    DbRole role;
    DbMode mode;
    int64_t principal_id, district_id; /* 0: unset, which shows no rows */
    bool region;               /* the whole region: analysts, methodologists, administrators, auditors */
    const int64_t *school_ids; /* own school and those it absorbed */
    size_t school_count;
    const int64_t *above_ids; /* organisations above, visible by name only */
    size_t above_count;
    int64_t deadline_ms; /* monotonic time of the connection's clock; 0: none */
} DbScope;
/* Name in the database ("shans_writer"); "" for DB_ROLE_NONE and numbers outside the table. */
const char *db_role_name(DbRole role);

/* Version of libpq that is loaded, "15.20". */
const char *db_library(void);

/* conninfo as libpq takes it; of several hosts, each with its connect_timeout (2 s), the first that takes
 * writes. UNAVAILABLE / DATABASE_GONE when none does; FAILED_PRECONDITION / DATABASE_VERSION ("have", "need")
 * for a server known to leak rows. The clock must outlive the connection. */
ErrCode db_open(const char *conninfo, const Clock *clock, Db **ret, Err *err) MUST_CHECK;
void db_close(Db *db); /* an open transaction is rolled back */

/* BEGIN, role and settings (shans.principal, shans.district, shans.region = on, shans.schools and
 * shans.above as bigint[] literals: sql/migrations/0001_roles.sql), all local to the
 * transaction, in one round trip; inside a pipeline they are only queued. */
ErrCode db_begin(Db *db, const DbScope *scope, Err *err) MUST_CHECK;
/* Other principal, district and schools within the same transaction and role (the committer). */
ErrCode db_set_scope(Db *db, const DbScope *scope, Err *err) MUST_CHECK;
ErrCode db_commit(Db *db, Err *err) MUST_CHECK;
/* Commits a transaction that only read; ERR_OK once what it read has reached the synchronous standbys too (a
 * row whose own wait was cancelled is visible before). A second at most. Errors as db_commit. */
ErrCode db_confirm(Db *db, Err *err) MUST_CHECK;
void db_rollback(Db *db); /* harmless when no transaction is open; leaves a pipeline, dropping its results */
bool db_in_transaction(const Db *db);

/* Runs sql/queries/<name>.sql, prepared on its first use. params may be NULL. ret_rows (rows touched) may be
 * NULL. After any error inside a transaction only db_rollback is left. Outside a transaction a statement
 * commits by itself, and a lost connection cannot tell whether it did: only for reads and LISTEN. */
ErrCode db_exec(Db *db, const char *name, const DbParams *params, int64_t *ret_rows, Err *err) MUST_CHECK;
/* *ret is freed with db_result_free. */
ErrCode db_query(Db *db, const char *name, const DbParams *params, DbResult **ret, Err *err) MUST_CHECK;

/* Streams rows at constant memory: each call sees a result of exactly one row, borrowed for the call. An
 * error of the callback stops the stream and is returned. */
typedef ErrCode (*DbEach)(void *context, const DbResult *row, Err *err);
ErrCode db_each(Db *db, const char *name, const DbParams *params, DbEach each, void *context,
                Err *err) MUST_CHECK;

/* A pipeline: db_begin, db_set_scope and db_send are queued and go out together; the first failure makes the
 * server skip the rest (and spoils the transaction). At most DB_PIPELINE_MAX statements. */
enum { DB_PIPELINE_MAX = 4096 };
ErrCode db_pipeline_begin(Db *db, Err *err) MUST_CHECK;
ErrCode db_send(Db *db, const char *name, const DbParams *params, Err *err) MUST_CHECK;
/* Waits for all. results[i] is that of the i-th db_send (the caller frees each), NULL where it failed or was
 * skipped, and all NULL on error; results may be NULL, room is its length. ret_failed (may be NULL) is the
 * index of the db_send that failed, or the number of sends when the failure lies elsewhere; written on error
 * only. */
ErrCode db_pipeline_end(Db *db, DbResult **results, size_t room, size_t *ret_failed, Err *err) MUST_CHECK;

/* A script of several statements without parameters, as one string: migrations and tests only. */
ErrCode db_script(Db *db, const char *sql, Err *err) MUST_CHECK;

/* Waits for a NOTIFY after a LISTEN statement was run: *ret_got false when timeout_ms passed without one. */
typedef struct DbNotice {
    char channel[64], payload[256];
} DbNotice;
ErrCode db_notice_wait(Db *db, int64_t timeout_ms, DbNotice *ret, bool *ret_got, Err *err) MUST_CHECK;

/* The server's own words about the last failure: for logs and operators, never for a client. Borrowed. */
const char *db_last_message(const Db *db);

#endif
