/* Owns the preparation of a database and the program's own definitions. Invariant: running it again changes
 * nothing. Must not serve calls. */
#include "server/prepare.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/base/i18n.h"
#include "common/base/log.h"
#include "common/base/reason.h"
#include "common/catalog/catalog_pack.h"
#include "common/crypto/crypto.h"
#include "server/doctor.h"
#include "server/store/migrate.h"
#include "server/store/store_method.h"
#include "server/store/store_org.h"

/* Bounds of what one step at the start holds. */
enum { PREPARE_MEMORY = 1 << 20, COMPILED_MAX = 4 << 20 };

/* A database that comes up is noticed within a second. */
enum { AWAIT_STEP_MS = 200, AWAIT_STEP_MAX_MS = 1000, AWAIT_SAY_MS = 5000 };

/* The definitions the build compiled in; their hash tells clients whether theirs are the same. */
ErrCode prepare_catalog(Arena *arena, Catalog **ret_catalog, char *ret_hash, Err *err)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    if (catalog_files_count != 1)
        return err_set(err, ERR_INTERNAL, "CATALOG_MISSING");
    crypto_hash(catalog_files[0].data, catalog_files[0].size, hash);
    crypto_hex(hash, sizeof hash, ret_hash);
    return catalog_load(catalog_files[0].data, catalog_files[0].size, arena, ret_catalog, err);
}

/* Only when there is none of that code: a later start must not undo what was renamed since. */
static ErrCode make_region(Db *db, const ServerOptions *options, Arena *arena, Err *err)
{
    OrgRow region = {
        .code = options->region,
        .kind = ORG_REGION,
        .parent_code = "",
        .number = "",
        .name = options->region_name == NULL ? options->region : options->region_name,
        .short_name = "",
        .school_kind = "",
        .levels = "",
        .valid_from = "2000-01-01",
        .valid_to = "",
        .opened_on = "",
        .closed_on = "",
    };
    OrgRow known;
    OrgChange change;

    if (options->region == NULL)
        return ERR_OK;
    ErrCode code = org_store_find(db, options->region, arena, &known, err);
    return code == ERR_NOT_FOUND ? org_store_upsert(db, &region, &change, err) : code;
}

/* Stores a shipped methodology with its hash; doing it again changes nothing. */
static ErrCode store_methodology(Db *db, const Methodology *methodology, Err *err)
{
    Buf buf;
    uint8_t hash[CRYPTO_HASH_SIZE];
    bool added;

    buf_init(&buf, COMPILED_MAX);
    methodology_pack(methodology, &buf);
    crypto_hash(buf.data, buf.length, hash);
    MethodologyRow row = {
        .code = methodology->code,
        .version = methodology->version,
        .hash = hash,
        .compiled = (const uint8_t *)buf.data,
        .compiled_size = buf.length,
        .title_ru = methodology->title.ru,
        .title_en = methodology->title.en,
        .stored_ms = clock_system.now_ms(&clock_system),
    };
    ErrCode code = buf.failed ? err_memory(err) : methodology_store_put(db, &row, &added, err);
    buf_done(&buf);
    return code;
}

/* One transaction, so that a half prepared database is never served. */
static ErrCode prepare_rows(Db *db, const ServerOptions *options, const Catalog *catalog, Err *err)
{
    const DbScope scope = {.role = DB_ROLE_REGION, .region = true};
    Arena *arena = arena_new(PREPARE_MEMORY, NULL);
    ErrCode code = arena == NULL ? err_memory(err) : db_begin(db, &scope, err);

    if (code == ERR_OK)
        code = make_region(db, options, arena, err);
    for (size_t i = 0; i < catalog->methodology_count && code == ERR_OK; i++)
        code = store_methodology(db, &catalog->methodologies[i], err);
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK)
        db_rollback(db);
    arena_free(arena);
    return code;
}

/* Over the owner's connection, under the migration's advisory lock. */
static ErrCode migrate(const char *owner_conninfo, Err *err)
{
    Db *owner = NULL;
    size_t applied = 0;
    ErrCode code = db_open(owner_conninfo, &clock_system, &owner, err);

    if (code == ERR_OK)
        code = migrate_apply(owner, sql_files, sql_files_count, &clock_system, 0, &applied, err);
    if (code == ERR_OK)
        log_event(LOG_INFO, "migrated", "applied=%zu", applied);
    db_close(owner);
    return code;
}

/* Without an owner's connection the database must already be at this program's version. */
ErrCode prepare_database(const char *owner_conninfo, const char *conninfo, const ServerOptions *options,
                         const Catalog *catalog, Err *err)
{
    Db *db = NULL;
    MigrateStatus status;
    ErrCode code = owner_conninfo == NULL ? ERR_OK : migrate(owner_conninfo, err);

    if (code == ERR_OK)
        code = db_open(conninfo, &clock_system, &db, err);
    if (code == ERR_OK)
        code = migrate_check(db, sql_files, sql_files_count, &status, err);
    if (code == ERR_OK)
        code = prepare_rows(db, options, catalog, err);
    if (code == ERR_ALREADY_EXISTS || code == ERR_ABORTED)
        code = prepare_rows(db, options, catalog,
                            err); /* another server that starts beside this one made them */
    db_close(db);
    if (code == ERR_OK)
        doctor_at_start(options, conninfo);
    return code;
}

/* What the next seconds may mend: a database that comes up, or one that somebody is just migrating. */
static bool may_come(const Err *err)
{
    return err->code == ERR_UNAVAILABLE || strcmp(err->reason, "MIGRATION_MISSING") == 0;
}

/* Sleeps; true when the process is asked to stop. The signals are blocked only for that time, so that outside
 * of a server they still end a statement that hangs. */
static bool stopped_within(int64_t ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    sigset_t stops, before;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stops, &before);
    int number = sigtimedwait(&stops, NULL, &time);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number > 0;
}

/* Asks more and more seldom, and says now and then what is missing. */
ErrCode prepare_await(int wait_s, PrepareWork work, void *context, Err *err)
{
    int64_t begin = clock_system.monotonic_ms(&clock_system), said = begin - AWAIT_SAY_MS,
            step = AWAIT_STEP_MS;
    ErrCode code;

    while ((code = work(context, err)) != ERR_OK && may_come(err)) {
        int64_t now = clock_system.monotonic_ms(&clock_system);
        if (now - begin >= wait_s * INT64_C(1000))
            break;
        if (now - said >= AWAIT_SAY_MS) {
            log_event(LOG_WARNING, "waiting", "reason=%s waited_ms=%lld", err->reason,
                      (long long)(now - begin));
            said = now;
        }
        *err = (Err){0};
        if (stopped_within(step))
            return err_set(err, ERR_CANCELLED, "START_CANCELLED");
        step = 2 * step < AWAIT_STEP_MAX_MS ? 2 * step : AWAIT_STEP_MAX_MS;
    }
    return code;
}

/* The sentence of the error on stderr, in the language of the system. */
void prepare_complain(const Err *err)
{
    Buf buf;

    buf_init(&buf, 1 << 16);
    reason_show(err, i18n_russian(), &buf);
    fprintf(stderr, "shans-server: %s\n", buf.data == NULL ? err->reason : buf.data);
    buf_done(&buf);
}
