/* Owns the order and the record of schema changes. Invariant: a migration and its row in schema_migration
 * commit together, so the table never claims more or less than what the schema is. Must not hold schema
 * itself. */
#include "server/store/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"

enum { DEFAULT_WAIT_MS = 60000, LOCK_PAUSE_MS = 200, NAME_SIZE = 96 };

typedef struct Migration {
    int number;
    char name[NAME_SIZE]; /* "0001_roles" */
    uint8_t hash[CRYPTO_HASH_SIZE];
    const char *text;
} Migration;

/* What this program knows (numbers 1..count), and how far the database is. */
typedef struct Plan {
    Migration *known;
    size_t count, applied;
    int newest;
} Plan;

static ErrCode refuse(Err *err, ErrCode code, const char *reason, const char *name)
{
    err_set(err, code, reason);
    return err_arg(err, "migration", "%s", name);
}

/* "migrations/0001_roles.sql"; false when the file is something else. */
static bool read_file(const EmbedFile *file, Migration *ret)
{
    const char *base = file->name + strlen("migrations/");
    int used = 0;
    size_t length;

    if (!text_starts(file->name, "migrations/") || sscanf(base, "%4d_%n", &ret->number, &used) != 1 ||
        used != 5)
        return false;
    length = strlen(base);
    if (length < 10 || length - 4 >= NAME_SIZE || !text_equal(base + length - 4, ".sql"))
        return false;
    memcpy(ret->name, base, length - 4);
    ret->name[length - 4] = '\0';
    ret->text = (const char *)file->data;
    crypto_hash(file->data, file->size, ret->hash);
    return true;
}

/* Numbers must run 1, 2, 3: two branches that both add the next one would otherwise pass unnoticed. */
static ErrCode load_known(Plan *plan, const EmbedFile *files, size_t count, Err *err)
{
    plan->known = calloc(count + 1, sizeof *plan->known);
    if (!plan->known)
        return err_memory(err);
    for (size_t i = 0; i < count && plan->count < MIGRATE_MAX; i++) {
        Migration *migration = &plan->known[plan->count];

        if (!read_file(&files[i], migration))
            continue;
        plan->count++;
        if (migration->number != (int)plan->count)
            return refuse(err, ERR_FAILED_PRECONDITION, "MIGRATION_GAP", migration->name);
    }
    return ERR_OK;
}

/* Compares the rows of schema_migration with what is known. */
static ErrCode compare_rows(Plan *plan, const DbResult *rows, Err *err)
{
    for (size_t i = 0; i < db_rows(rows); i++) {
        int64_t number = db_get_int64(rows, i, 0);
        size_t size;
        const uint8_t *hash = db_get_bytes(rows, i, 2, &size);
        const Migration *mine;

        if (number > (int64_t)plan->count)
            return refuse(err, ERR_FAILED_PRECONDITION, "MIGRATION_NEWER", db_get_text(rows, i, 1));
        mine = &plan->known[i];
        if (number != mine->number)
            return refuse(err, ERR_FAILED_PRECONDITION, "MIGRATION_GAP", mine->name);
        if (size != sizeof mine->hash || memcmp(hash, mine->hash, size) != 0)
            return refuse(err, ERR_FAILED_PRECONDITION, "MIGRATION_CHANGED", mine->name);
        plan->newest = (int)number;
    }
    plan->applied = db_rows(rows);
    return ERR_OK;
}

/* An empty database has no table yet, which is not an error but the number 0. */
static ErrCode load_applied(Db *db, Plan *plan, Err *err)
{
    DbResult *rows = NULL;
    bool exists = false;
    ErrCode code = db_query(db, "migration__exists", NULL, &rows, err);

    if (code)
        return code;
    exists = db_get_bool(rows, 0, 0);
    db_result_free(rows);
    if (!exists)
        return ERR_OK;
    code = db_query(db, "migration__list", NULL, &rows, err);
    if (code)
        return code;
    code = compare_rows(plan, rows, err);
    db_result_free(rows);
    return code;
}

/* A transaction of the signed-in role whose waits for locks end after 3 s. */
static ErrCode begin(Db *db, Err *err)
{
    DbScope scope = {.role = DB_ROLE_NONE};
    ErrCode code = db_begin(db, &scope, err);

    return code ? code : db_exec(db, "migration__limit", NULL, NULL, err);
}

/* One transaction: a table nobody may read would look like one that is missing. */
static ErrCode make_table(Db *db, Err *err)
{
    static const char *const steps[] = {"migration__create_schema", "migration__create_table",
                                        "migration__grant"};
    ErrCode code = begin(db, err);

    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++)
        code = db_exec(db, steps[i], NULL, NULL, err);
    if (!code)
        return db_commit(db, err);
    db_rollback(db);
    return code;
}

/* The primary key is the last guard: a second runner that got past the lock fails here and is rolled back. */
static ErrCode record(Db *db, const Migration *migration, Err *err)
{
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    db_param_int64(&params, migration->number);
    db_param_text(&params, migration->name);
    db_param_bytes(&params, migration->hash, sizeof migration->hash);
    code = db_exec(db, "migration__insert", &params, NULL, err);
    db_params_done(&params);
    return code;
}

/* A broken statement is the migration's fault; everything else (connection, lock, disk) is told as it is. */
static ErrCode run_text(Db *db, const Migration *migration, Err *err)
{
    ErrCode code = db_script(db, migration->text, err);

    if (code == ERR_OK || code == ERR_UNAVAILABLE || code == ERR_RESOURCE_EXHAUSTED || code == ERR_ABORTED)
        return code;
    log_event(LOG_ERROR, "migrate", "migration=%s message=\"%s\"", migration->name, db_last_message(db));
    return refuse(err, ERR_INTERNAL, "MIGRATION_FAILED", migration->name);
}

/* Failpoints stand where a killed process would leave the most doubt. */
static ErrCode apply_one(Db *db, const Migration *migration, Err *err)
{
    ErrCode code = begin(db, err);

    if (!code)
        code = failpoint("migrate.before_script", err);
    if (!code)
        code = run_text(db, migration, err);
    if (!code)
        code = failpoint("migrate.before_record", err);
    if (!code)
        code = record(db, migration, err);
    if (!code)
        code = failpoint("migrate.before_commit", err);
    if (code) {
        db_rollback(db);
        return code;
    }
    code = db_commit(db, err);
    if (!code)
        log_event(LOG_INFO, "migrate", "applied=%s", migration->name);
    return code;
}

/* lock_timeout fired: readers and writers queue behind a waiting migration, so it steps back and lets them
 * pass. */
static bool is_locked(ErrCode code, const Err *err)
{
    return code == ERR_UNAVAILABLE && text_equal(err->reason, "DATABASE_LOCKED");
}

/* True when there is time for another try; sleeps before it. */
static bool wait_turn(const Clock *clock, int64_t deadline_ms)
{
    if (clock->monotonic_ms(clock) + LOCK_PAUSE_MS >= deadline_ms)
        return false;
    clock->sleep_ms(clock, LOCK_PAUSE_MS);
    return true;
}

static ErrCode apply_plan(Db *db, Plan *plan, const Clock *clock, int64_t deadline_ms, size_t *ret_applied,
                          Err *err)
{
    ErrCode code = load_applied(db, plan, err);

    *ret_applied = 0;
    while (!code && plan->applied < plan->count) {
        const Migration *next = &plan->known[plan->applied];

        code = apply_one(db, next, err);
        if (is_locked(code, err)) {
            if (!wait_turn(clock, deadline_ms))
                return refuse(err, ERR_UNAVAILABLE, "MIGRATION_LOCKED", next->name);
            code = ERR_OK;
            continue;
        }
        if (!code) {
            plan->applied++;
            ++*ret_applied;
            code = failpoint("migrate.after_commit", err);
        }
    }
    return code;
}

/* Waits for other runners; the lock ends with the session when this process dies. */
static ErrCode take_lock(Db *db, const Clock *clock, int64_t deadline_ms, Err *err)
{
    for (;;) {
        DbResult *result = NULL;
        ErrCode code = db_query(db, "migration__lock", NULL, &result, err);
        bool got;

        if (code)
            return code;
        got = db_get_bool(result, 0, 0);
        db_result_free(result);
        if (got)
            return ERR_OK;
        if (!wait_turn(clock, deadline_ms))
            return refuse(err, ERR_UNAVAILABLE, "MIGRATION_LOCKED", "-");
    }
}

/* Best effort: the lock ends with the session anyway. */
static void leave_lock(Db *db)
{
    Err ignored = {0};

    if (db_exec(db, "migration__unlock", NULL, NULL, &ignored))
        log_err(LOG_DEBUG, "migrate", &ignored);
}

/* The lock is taken before the table is looked at, so that two servers started together do not both plan. */
ErrCode migrate_apply(Db *db, const EmbedFile *files, size_t count, const Clock *clock, int64_t deadline_ms,
                      size_t *ret_applied, Err *err)
{
    Plan plan = {0};
    size_t applied = 0;
    ErrCode code = load_known(&plan, files, count, err);

    if (!deadline_ms)
        deadline_ms = clock->monotonic_ms(clock) + DEFAULT_WAIT_MS;
    if (!code)
        code = take_lock(db, clock, deadline_ms, err);
    if (!code) {
        code = make_table(db, err);
        if (!code)
            code = apply_plan(db, &plan, clock, deadline_ms, &applied, err);
        leave_lock(db);
    }
    free(plan.known);
    *ret_applied = applied;
    return code;
}

ErrCode migrate_check(Db *db, const EmbedFile *files, size_t count, MigrateStatus *ret, Err *err)
{
    Plan plan = {0};
    ErrCode code = load_known(&plan, files, count, err);

    if (!code)
        code = load_applied(db, &plan, err);
    if (!code)
        *ret = (MigrateStatus){.known = plan.count, .applied = plan.applied, .newest = plan.newest};
    if (!code && plan.applied < plan.count)
        code = refuse(err, ERR_FAILED_PRECONDITION, "MIGRATION_MISSING", plan.known[plan.applied].name);
    free(plan.known);
    return code;
}

ErrCode migrate_make_partitions(Db *db, int year, int64_t *ret_made, Err *err)
{
    const DbScope scope = {.role = DB_ROLE_JOBS};
    DbResult *result = NULL;
    DbParams params;
    int64_t made = 0;
    ErrCode code = db_begin(db, &scope, err);

    if (code)
        return code;
    db_params_init(&params);
    db_param_int64(&params, year);
    code = db_query(db, "partition__ahead", &params, &result, err);
    db_params_done(&params);
    if (!code) {
        made = db_get_int64(result, 0, 0);
        db_result_free(result);
        code = db_commit(db, err);
    }
    if (code)
        db_rollback(db);
    else
        *ret_made = made;
    return code;
}
