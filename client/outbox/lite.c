/* Owns the SQLite connection. Invariant: the journal is a rollback journal and every commit is synced before
 * it returns. Must not know the tables. */
#include "client/outbox/lite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/core/embed.h"
#include "common/core/text.h"

struct Lite {
    sqlite3 *db;
    char *path;
};

/* SQLite's status as one of our reasons; the low byte is the primary code. */
static ErrCode fault(const Lite *lite, int status, Err *err)
{
    static const struct {
        int status;
        ErrCode code;
        const char *reason;
    } rows[] = {
        {SQLITE_BUSY, ERR_UNAVAILABLE, "OUTBOX_BUSY"},
        {SQLITE_LOCKED, ERR_UNAVAILABLE, "OUTBOX_BUSY"},
        {SQLITE_FULL, ERR_RESOURCE_EXHAUSTED, "OUTBOX_DISK_FULL"},
        {SQLITE_CORRUPT, ERR_DATA_LOSS, "OUTBOX_DAMAGED"},
        {SQLITE_NOTADB, ERR_DATA_LOSS, "OUTBOX_DAMAGED"},
        {SQLITE_CANTOPEN, ERR_FAILED_PRECONDITION, "OUTBOX_UNWRITABLE"},
        {SQLITE_READONLY, ERR_FAILED_PRECONDITION, "OUTBOX_UNWRITABLE"},
        {SQLITE_PERM, ERR_FAILED_PRECONDITION, "OUTBOX_UNWRITABLE"},
        {SQLITE_IOERR, ERR_UNAVAILABLE, "OUTBOX_DISK"},
    };

    if (status == SQLITE_NOMEM)
        return err_memory(err);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((status & 0xFF) != rows[i].status)
            continue;
        err_set(err, rows[i].code, rows[i].reason);
        return err_arg(err, "file", "%s", lite->path);
    }
    err_set(err, ERR_INTERNAL, "OUTBOX_FAILED");
    return err_arg(err, "detail", "%s", sqlite3_errmsg(lite->db));
}

/* Statements are embedded at build time and named by their file. */
static const char *find_sql(const char *name)
{
    for (size_t i = 0; i < sql_files_count; i++)
        if (text_equal(sql_files[i].name, name))
            return (const char *)sql_files[i].data;
    return NULL;
}

/* Statements without parameters. */
static ErrCode run_text(Lite *lite, const char *sql, Err *err)
{
    int status = sqlite3_exec(lite->db, sql, NULL, NULL, NULL);

    return status == SQLITE_OK ? ERR_OK : fault(lite, status, err);
}

/* The file is created by us, so that it is never readable by others, whatever the umask. */
static bool make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return false;
    bool done = fchmod(fd, 0600) == 0;
    close(fd);
    return done;
}

ErrCode lite_open(const char *path, int busy_ms, Lite **ret_lite, Err *err)
{
    Lite *lite = calloc(1, sizeof *lite);

    if (lite == NULL || (lite->path = strdup(path)) == NULL) {
        free(lite);
        return err_memory(err);
    }
    ErrCode code = ERR_OK;
    if (!make_private(path))
        code = fault(lite, SQLITE_CANTOPEN, err);
    if (code == ERR_OK) {
        int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
        int status = sqlite3_open_v2(path, &lite->db, flags, NULL);
        if (status != SQLITE_OK)
            code = fault(lite, status, err);
    }
    if (code == ERR_OK) {
        sqlite3_busy_timeout(lite->db, busy_ms);
        code = run_text(lite,
                        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
                        err);
    }
    if (code != ERR_OK) {
        lite_close(lite);
        return code;
    }
    *ret_lite = lite;
    return ERR_OK;
}

/* NULL and half-opened ones too. */
void lite_close(Lite *lite)
{
    if (lite == NULL)
        return;
    sqlite3_close(lite->db);
    free(lite->path);
    free(lite);
}

/* Immediate: a deferred lock could fail in the middle of the transaction. */
ErrCode lite_begin(Lite *lite, Err *err)
{
    return run_text(lite, "BEGIN IMMEDIATE", err);
}

ErrCode lite_commit(Lite *lite, Err *err)
{
    return run_text(lite, "COMMIT", err);
}

void lite_rollback(Lite *lite)
{
    if (sqlite3_get_autocommit(lite->db) == 0)
        sqlite3_exec(lite->db, "ROLLBACK", NULL, NULL, NULL);
}

ErrCode lite_script(Lite *lite, const char *name, Err *err)
{
    const char *sql = find_sql(name);

    if (sql == NULL) {
        err_set(err, ERR_INTERNAL, "OUTBOX_FAILED");
        return err_arg(err, "detail", "%s", name);
    }
    return run_text(lite, sql, err);
}

/* Bound without copying: parameters outlive the statement. */
static int bind_param(sqlite3_stmt *statement, int at, const LiteParam *param)
{
    if (param->text != NULL)
        return sqlite3_bind_text(statement, at, param->text, -1, SQLITE_STATIC);
    if (param->blob != NULL)
        return sqlite3_bind_blob64(statement, at, param->blob, param->size, SQLITE_STATIC);
    return sqlite3_bind_int64(statement, at, param->number);
}

/* Prepared, run and finalised in one call: nothing is left open between calls. */
ErrCode lite_query(Lite *lite, const char *name, const LiteParam *params, size_t count, LiteEach each,
                   void *context, Err *err)
{
    const char *sql = find_sql(name);
    sqlite3_stmt *statement = NULL;
    ErrCode code = ERR_OK;

    if (sql == NULL) {
        err_set(err, ERR_INTERNAL, "OUTBOX_FAILED");
        return err_arg(err, "detail", "%s", name);
    }
    int status = sqlite3_prepare_v2(lite->db, sql, -1, &statement, NULL);
    for (size_t i = 0; i < count && status == SQLITE_OK; i++)
        status = bind_param(statement, (int)i + 1, &params[i]);
    if (status == SQLITE_OK) {
        while (code == ERR_OK && (status = sqlite3_step(statement)) == SQLITE_ROW)
            if (each != NULL)
                code = each(context, (const LiteRow *)statement, err);
        if (status == SQLITE_DONE || code != ERR_OK)
            status = SQLITE_OK;
    }
    if (status != SQLITE_OK)
        code = fault(lite, status, err);
    sqlite3_finalize(statement);
    return code;
}

int64_t lite_changes(const Lite *lite)
{
    return sqlite3_changes64(lite->db);
}

/* A LiteRow is the statement standing on that row. */
static sqlite3_stmt *statement_of(const LiteRow *row)
{
    return (sqlite3_stmt *)(uintptr_t)row;
}

int64_t lite_get_int(const LiteRow *row, int column)
{
    return sqlite3_column_int64(statement_of(row), column);
}

const char *lite_get_text(const LiteRow *row, int column)
{
    const unsigned char *text = sqlite3_column_text(statement_of(row), column);

    return text == NULL ? "" : (const char *)text;
}

const void *lite_get_blob(const LiteRow *row, int column, size_t *ret_size)
{
    const void *bytes = sqlite3_column_blob(statement_of(row), column);

    *ret_size = bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(statement_of(row), column);
    return bytes;
}
