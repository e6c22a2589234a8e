/* Owns every use of libpq: connections, prepared statements, pipelines, transactions, results.
 * Invariant: whatever is sent goes through one queue in pipeline mode and is waited for with the
 * transaction's deadline, so no call blocks longer than that; a connection that missed it is dropped, never
 * reused. Must not build SQL from strings, and must not let the server's words into an Err. */
#include "server/store/db.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/core/text.h"
#include "server/store/db_error.h"
#include "server/store/db_hosts.h"
#include "server/store/db_scope.h"
#include "server/store/sql_text.h"

/* GRACE: the server's statement_timeout fires first and keeps the connection; ours is for a server that
 * hangs. */
enum { ROLLBACK_LIMIT_MS = 2000, RETRY_CONNECT_MS = 500, GRACE_MS = 300 };

/* A server that restarts, or hands over to its standby, refuses for a moment: all hosts are asked again
 * after PAUSE until RECONNECT has passed. CONFIRM: how long a repeated operation waits for the standby. */
enum { RECONNECT_MS = 300, PAUSE_MS = 50, CONFIRM_MS = 1000 };

typedef enum ItemKind { ITEM_PREPARE, ITEM_CONTROL, ITEM_SEND } ItemKind;

/* One thing sent to the server whose answer is still to come. */
typedef struct Item {
    ItemKind kind;
    size_t statement; /* index in sql_files */
    size_t send;      /* how many db_send came before it */
} Item;

enum { PREPARED_NO = 0, PREPARED_ASKED, PREPARED_YES };

struct Db {
    PGconn *conn; /* NULL: not connected */
    char *conninfo;
    DbHosts hosts;
    size_t host; /* the one to ask next: after a failure another one */
    const Clock *clock;
    int64_t deadline_ms;
    bool in_transaction; /* from the caller's point of view: between db_begin and db_commit / db_rollback */
    bool piping;         /* between db_pipeline_begin and db_pipeline_end */
    bool doubtful;       /* a commit was acknowledged before the standby had it */
    uint8_t *prepared;   /* by index in sql_files: PREPARED_... */
    Item *items;
    size_t item_count, item_room, send_count;
    bool complained; /* a failed connection is logged once, until one succeeds */
    char message[256];
};

/* ---- connection ---- */

const char *db_library(void)
{
    static _Thread_local char text[24];
    int version = PQlibVersion();

    snprintf(text, sizeof text, "%d.%d", version / 10000, version % 10000);
    return text;
}

/* The statements prepared on a connection go with it, and so do the answers it still owed. */
static void drop(Db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
    db->item_count = 0;
    memset(db->prepared, PREPARED_NO, sql_files_count);
}

/* Keeps the server's words in one line that can stand between double quotes. */
static void keep_message(Db *db, const char *text)
{
    text_copy(db->message, sizeof db->message, text);
    for (char *at = db->message; *at; at++) {
        if (*at == '"')
            *at = '\'';
        else if ((unsigned char)*at < ' ')
            *at = ' ';
    }
}

/* The end of a connection: what every broken send or read comes to. Safe without one. */
static ErrCode gone(Db *db, Err *err)
{
    if (db->conn)
        keep_message(db, PQerrorMessage(db->conn));
    log_event(LOG_DEBUG, "db", "lost=\"%s\"", db->message);
    drop(db);
    return db_error_map(NULL, NULL, err);
}

static void *run_cancel(void *cancel)
{
    char why[256];

    (void)!PQcancel(cancel, why, sizeof why);
    PQfreeCancel(cancel);
    return NULL;
}

/* Given up: a session that still works, or waits for a standby, would keep its locks and its place among the
 * server's connections for ever. libpq's cancel blocks, so a thread of its own asks. */
static void abandon(Db *db)
{
    PGcancel *cancel = PQgetCancel(db->conn);
    pthread_t thread;

    if (cancel && pthread_create(&thread, NULL, run_cancel, cancel) == 0)
        pthread_detach(thread);
    else
        PQfreeCancel(cancel);
    drop(db);
}

/* A cancelled wait for a synchronous standby comes back as success with a warning: the row may die with this
 * machine. The function's name is looked at too, as messages are translated. */
static void notice(void *context, const PGresult *result)
{
    Db *db = context;
    const char *place = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if ((place && strcmp(place, "SyncRepWaitForLSN") == 0) ||
        (text && strstr(text, "wait for synchronous replication") != NULL))
        db->doubtful = true;
    log_event(LOG_DEBUG, "db", "notice=\"%s\"", text ? text : "");
}

/* Waits until the socket is ready or the limit (monotonic ms; 0: none) passes: false then. */
static bool wait_socket(Db *db, short events, int64_t limit_ms, short *ret_ready)
{
    struct pollfd poll_fd = {.fd = PQsocket(db->conn), .events = events};
    int ready;

    do {
        int timeout = -1;

        if (limit_ms) {
            int64_t left = limit_ms - db->clock->monotonic_ms(db->clock);

            timeout = left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
        }
        ready = poll(&poll_fd, 1, timeout);
    } while ((ready < 0 && errno == EINTR) ||
             (ready == 0 && (!limit_ms || db->clock->monotonic_ms(db->clock) < limit_ms)));
    *ret_ready = poll_fd.revents;
    return ready > 0;
}

/* Follows libpq through its steps to one host; it starts by writing. The caller logs. */
static ErrCode connect_wait(Db *db, Err *err)
{
    int64_t limit_ms = db->clock->monotonic_ms(db->clock) + db->hosts.limit_ms;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    short ready;

    if (db->deadline_ms && db->deadline_ms < limit_ms)
        limit_ms = db->deadline_ms;
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED || PQstatus(db->conn) == CONNECTION_BAD ||
            !wait_socket(db, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, limit_ms, &ready))
            return gone(db, err);
        status = PQconnectPoll(db->conn);
    }
    return ERR_OK;
}

/* On every connection, not only the first: behind an address another server may answer tomorrow. */
static ErrCode check_version(Db *db, Err *err)
{
    bool known;
    int version = PQserverVersion(db->conn);
    ErrCode code = db_version_check(version, &known, err);

    if (code)
        drop(db);
    else if (!known)
        log_event(LOG_WARNING, "db", "version=%d note=\"no minimum minor version is known\"", version);
    return code;
}

/* One host of the list: libpq's own walk through a list has no limit per host when it does not block. */
static ErrCode connect_host(Db *db, Err *err)
{
    /* What stands before dbname may be overridden by the connection string, what stands behind may not; no
     * value: as the string says. */
    static const char *const keys[] = {"fallback_application_name",
                                       "options",
                                       "tcp_user_timeout",
                                       "target_session_attrs",
                                       "dbname",
                                       "client_encoding",
                                       "host",
                                       "hostaddr",
                                       "port",
                                       NULL};
    char host[DB_HOST_SIZE], hostaddr[DB_HOST_SIZE], port[DB_HOST_SIZE];
    const char *values[] = {"shans",
                            "-c DateStyle=ISO -c TimeZone=UTC -c idle_in_transaction_session_timeout=60000",
                            "15000",
                            "read-write",
                            db->conninfo,
                            "UTF8",
                            db_hosts_item(db->hosts.host, db->host, host),
                            db_hosts_item(db->hosts.hostaddr, db->host, hostaddr),
                            db_hosts_item(db->hosts.port, db->host, port),
                            NULL};
    ErrCode code;

    drop(db);
    db->conn = PQconnectStartParams(keys, values, 1);
    if (!db->conn)
        return err_memory(err);
    code = connect_wait(db, err);
    if (code)
        return code;
    PQsetNoticeReceiver(db->conn, notice, db);
    PQsetnonblocking(db->conn, 1);
    return check_version(db, err);
}

/* All hosts in turn, beginning with the one that served last, until one takes writes. */
static ErrCode connect_now(Db *db, Err *err)
{
    int64_t limit_ms = db->clock->monotonic_ms(db->clock) + RECONNECT_MS;
    ErrCode code;

    if (db->deadline_ms && db->deadline_ms < limit_ms)
        limit_ms = db->deadline_ms;
    for (size_t asked = 1;; asked++) {
        code = connect_host(db, err);
        if (code != ERR_UNAVAILABLE)
            break;
        db->host = (db->host + 1) % db->hosts.count;
        if (asked % db->hosts.count != 0)
            continue;
        if (db->clock->monotonic_ms(db->clock) + PAUSE_MS >= limit_ms)
            break;
        db->clock->sleep_ms(db->clock, PAUSE_MS);
    }
    if (code == ERR_UNAVAILABLE) {
        log_event(db->complained ? LOG_DEBUG : LOG_INFO, "db", "connect=failed message=\"%s\"", db->message);
        err->retry_delay_ms = RETRY_CONNECT_MS;
    }
    db->complained = code == ERR_UNAVAILABLE;
    return code;
}

/* Reads what came while the connection was idle; the farewell of a server that ended it comes in two pieces,
 * its message and the end of the stream. */
static bool is_alive(Db *db)
{
    struct pollfd poll_fd = {.fd = PQsocket(db->conn), .events = POLLIN};

    do {
        if (!PQconsumeInput(db->conn) || PQstatus(db->conn) != CONNECTION_OK)
            return false;
    } while (poll(&poll_fd, 1, 0) > 0);
    return true;
}

/* A connection fit for something new: one that died while idle is replaced. */
static ErrCode ensure(Db *db, Err *err)
{
    return db->conn && is_alive(db) ? ERR_OK : connect_now(db, err);
}

/* Which hosts the string names, whatever its form; a string libpq cannot read fails when it connects. */
static bool read_hosts(const char *conninfo, DbHosts *hosts, bool *ret_readable)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    bool fine = true;

    *ret_readable = options != NULL;
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        fine = db_hosts_take(hosts, option->keyword, option->val) && fine;
    PQconninfoFree(options);
    return fine;
}

size_t db_conninfo_hosts(const char *conninfo)
{
    DbHosts hosts;
    bool readable;

    db_hosts_init(&hosts);
    (void)read_hosts(conninfo, &hosts, &readable);
    size_t count = readable ? hosts.count : 0;
    db_hosts_done(&hosts);
    return count;
}

ErrCode db_open(const char *conninfo, const Clock *clock, Db **ret, Err *err)
{
    Db *db = calloc(1, sizeof *db);
    bool readable;
    ErrCode code;

    if (!db)
        return err_memory(err);
    db->clock = clock;
    db->conninfo = strdup(conninfo);
    db->prepared = calloc(sql_files_count + 1, 1);
    db_hosts_init(&db->hosts);
    code = db->conninfo && db->prepared && read_hosts(conninfo, &db->hosts, &readable) ? connect_now(db, err)
                                                                                       : err_memory(err);
    if (code) {
        db_close(db);
        return code;
    }
    *ret = db;
    return ERR_OK;
}

void db_close(Db *db)
{
    if (!db)
        return;
    PQfinish(db->conn);
    db_hosts_done(&db->hosts);
    free(db->conninfo);
    free(db->prepared);
    free(db->items);
    free(db);
}

bool db_in_transaction(const Db *db)
{
    return db->in_transaction;
}

const char *db_last_message(const Db *db)
{
    return db->message;
}

/* ---- the queue ---- */

/* A failed result becomes an error; the server's text goes to the log at debug level. */
static ErrCode fail(Db *db, const PGresult *result, size_t statement, Err *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    ErrCode code = db_error_map(state, PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME), err);

    keep_message(db, text ? text : PQresultErrorMessage(result));
    log_event(code == ERR_INTERNAL ? LOG_ERROR : LOG_DEBUG, "db", "statement=%s sqlstate=%s message=\"%s\"",
              statement < sql_files_count ? sql_files[statement].name : "script", state ? state : "-",
              db->message);
    return code;
}

/* The next result, NULL at the end of one statement's results. UNAVAILABLE or DEADLINE_EXCEEDED drop the
 * connection. */
static ErrCode take_result(Db *db, PGresult **ret, Err *err)
{
    int64_t limit_ms = db->deadline_ms ? db->deadline_ms + GRACE_MS : 0;

    for (;;) {
        int unsent = PQflush(db->conn);
        short ready;

        if (unsent < 0)
            return gone(db, err);
        if (!PQisBusy(db->conn))
            break;
        if (!wait_socket(db, (short)(unsent ? POLLIN | POLLOUT : POLLIN), limit_ms, &ready)) {
            abandon(db);
            keep_message(db, "deadline passed");
            return err_set(err, ERR_DEADLINE_EXCEEDED, "DATABASE_DEADLINE");
        }
        if ((ready & ~POLLOUT) && !PQconsumeInput(db->conn))
            return gone(db, err);
    }
    *ret = PQgetResult(db->conn);
    if (!*ret && PQstatus(db->conn) == CONNECTION_BAD)
        return gone(db, err);
    return ERR_OK;
}

/* The order of items is the order of answers; libpq itself does not say whose answer it hands out. */
static ErrCode remember(Db *db, ItemKind kind, size_t statement, Err *err)
{
    if (db->item_count == db->item_room) {
        size_t room = db->item_room ? db->item_room * 2 : 32;
        Item *items = realloc(db->items, room * sizeof *items);

        if (!items)
            return err_memory(err);
        db->items = items;
        db->item_room = room;
    }
    db->items[db->item_count++] = (Item){kind, statement, db->send_count};
    return ERR_OK;
}

/* Inside a transaction, or behind something queued, a broken connection cannot be replaced: only db_rollback
 * is left. */
static ErrCode queue_open(Db *db, Err *err)
{
    if (db->piping || db->in_transaction || db->item_count)
        return db->conn ? ERR_OK : gone(db, err);
    return ensure(db, err);
}

/* Names on the server are short: it cuts long ones, and two statements could then become one. */
static void statement_key(size_t statement, char *to, size_t size)
{
    snprintf(to, size, "s%zu", statement);
}

/* Without parameter types: the statement's own casts and columns decide, and text parameters fit all of them.
 */
static ErrCode queue_prepare(Db *db, size_t statement, Err *err)
{
    char key[24];
    ErrCode code;

    if (db->prepared[statement] != PREPARED_NO)
        return ERR_OK;
    code = remember(db, ITEM_PREPARE, statement, err);
    if (code)
        return code;
    statement_key(statement, key, sizeof key);
    if (!PQsendPrepare(db->conn, key, (const char *)sql_files[statement].data, 0, NULL))
        return gone(db, err);
    db->prepared[statement] = PREPARED_ASKED;
    return ERR_OK;
}

/* The values are borrowed from params only until libpq has copied them into its buffer. Results come in
 * binary. */
static int send_statement(Db *db, size_t statement, const DbParams *params)
{
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX], formats[DB_PARAMS_MAX];
    size_t count = params ? params->count : 0;
    char key[24];

    for (size_t i = 0; i < count; i++) {
        const struct DbParam *item = &params->items[i];

        values[i] = item->null ? NULL : params->data.data + item->offset;
        lengths[i] = (int)item->size;
        formats[i] = item->binary ? 1 : 0;
    }
    statement_key(statement, key, sizeof key);
    return PQsendQueryPrepared(db->conn, key, (int)count, values, lengths, formats, 1);
}

/* Nothing is waited for: what goes out first is up to libpq, the rest leaves with queue_finish. */
static ErrCode queue_statement(Db *db, ItemKind kind, const char *name, const DbParams *params, Err *err)
{
    size_t statement = 0;
    bool found = sql_text_get(name, &statement) != NULL;
    ErrCode code;

    assert(found); /* the name is a constant of the program */
    (void)found;
    if (params && params->failed)
        return err_memory(err);
    code = queue_open(db, err);
    if (code)
        return code;
    if (PQpipelineStatus(db->conn) == PQ_PIPELINE_OFF && !PQenterPipelineMode(db->conn))
        return gone(db, err);
    code = queue_prepare(db, statement, err);
    if (!code)
        code = remember(db, kind, statement, err);
    if (code)
        return code;
    return send_statement(db, statement, params) ? ERR_OK : gone(db, err);
}

/* Reads the answer of one item up to its end. *ret keeps the rows of an ITEM_SEND; *first is the first
 * failure. */
static ErrCode finish_item(Db *db, const Item *item, PGresult **ret, Err *first, Err *err)
{
    PGresult *result = NULL, *end = NULL;
    ErrCode code = take_result(db, &result, err);
    ExecStatusType status = PQresultStatus(result);

    if (code)
        return code;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (item->kind == ITEM_PREPARE)
            db->prepared[item->statement] = PREPARED_YES;
    } else {
        if (item->kind == ITEM_PREPARE)
            db->prepared[item->statement] = PREPARED_NO;
        if (status != PGRES_PIPELINE_ABORTED && !first->code)
            fail(db, result, item->statement, first);
        PQclear(result);
        result = NULL;
    }
    code = take_result(db, &end, err);
    if (!code && end) { /* more than one result (COPY): a statement that does not belong here */
        PQclear(end);
        code = gone(db, err);
    }
    if (code || item->kind != ITEM_SEND) {
        PQclear(result);
        return code;
    }
    *ret = result;
    return ERR_OK;
}

/* The mark behind the last item; only past it may the connection leave pipeline mode. */
static ErrCode finish_sync(Db *db, Err *err)
{
    PGresult *result = NULL;
    ErrCode code = take_result(db, &result, err);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (code)
        return code;
    if (status != PGRES_PIPELINE_SYNC || !PQexitPipelineMode(db->conn))
        return gone(db, err);
    return ERR_OK;
}

/* Sends what is queued and reads every answer. results as in db_pipeline_end. */
static ErrCode queue_finish(Db *db, DbResult **results, size_t room, size_t *ret_failed, Err *err)
{
    Err first = {0}; /* later failures are only its echo: the server skips what follows */
    size_t failed = db->send_count;
    ErrCode code = ERR_OK;

    if (!db->conn)
        code = gone(db, err);
    else if (PQpipelineStatus(db->conn) == PQ_PIPELINE_OFF)
        return ERR_OK; /* nothing was queued */
    else if (!PQpipelineSync(db->conn))
        code = gone(db, err);
    for (size_t i = 0, count = db->item_count; !code && i < count; i++) {
        const Item item = db->items[i];
        PGresult *rows = NULL;
        bool had_failed = first.code != ERR_OK;

        code = finish_item(db, &item, &rows, &first, err);
        if (!had_failed && first.code && item.kind != ITEM_CONTROL)
            failed = item.send;
        if (results && item.send < room && item.kind == ITEM_SEND)
            results[item.send] = (DbResult *)rows;
        else
            PQclear(rows);
    }
    if (!code)
        code = finish_sync(db, err);
    db->item_count = 0;
    db->send_count = 0;
    if (!code && first.code) {
        *err = first;
        code = first.code;
    }
    if (first.code && db->conn && text_equal(err->reason, "DATABASE_GONE"))
        drop(db); /* it says farewell, or became a standby: the next use looks for another */
    if (code && ret_failed)
        *ret_failed = failed;
    return code;
}

/* All or nothing: a caller that got an error has no result to free. */
static void forget_results(DbResult **results, size_t count)
{
    for (size_t i = 0; results && i < count; i++) {
        db_result_free(results[i]);
        results[i] = NULL;
    }
}

/* One statement by itself: one round trip, also when it must be prepared first. */
static ErrCode run_one(Db *db, const char *name, const DbParams *params, DbResult **ret, Err *err)
{
    DbResult *result = NULL;
    ErrCode code;

    assert(!db->piping);
    db->send_count = 0;
    code = queue_statement(db, ITEM_SEND, name, params, err);
    if (code) {
        if (db->conn) /* no memory half way: what is queued must not run later */
            drop(db);
        return code;
    }
    code = queue_finish(db, &result, 1, NULL, err);
    if (code) {
        db_result_free(result);
        return code;
    }
    *ret = result;
    return ERR_OK;
}

ErrCode db_query(Db *db, const char *name, const DbParams *params, DbResult **ret, Err *err)
{
    return run_one(db, name, params, ret, err);
}

ErrCode db_exec(Db *db, const char *name, const DbParams *params, int64_t *ret_rows, Err *err)
{
    DbResult *result = NULL;
    ErrCode code = run_one(db, name, params, &result, err);

    if (!code && ret_rows)
        *ret_rows = db_touched(result);
    if (!code)
        db_result_free(result);
    return code;
}

/* ---- transactions ---- */

/* BEGIN and the scope travel together. The time left becomes statement_timeout, so that the server stops
 * working for a caller that is gone; a deadline already past asks nothing of it. */
static ErrCode queue_enter(Db *db, const DbScope *scope, Err *err)
{
    const char *role = db_role_name(scope->role);
    int64_t left_ms = 0;
    DbParams params;
    ErrCode code;

    if (scope->deadline_ms) {
        left_ms = scope->deadline_ms - db->clock->monotonic_ms(db->clock);
        if (left_ms <= 0)
            return err_set(err, ERR_DEADLINE_EXCEEDED, "DATABASE_DEADLINE");
    }
    db_params_init(&params);
    db_param_text(&params, role[0] ? role : "none");
    db_scope_params(scope, &params);
    db_param_int64(&params, left_ms > INT32_MAX ? INT32_MAX : left_ms);
    code = queue_statement(db, ITEM_CONTROL, db_scope_begin(scope->mode), NULL, err);
    if (!code)
        code = queue_statement(db, ITEM_CONTROL, "db__enter", &params, err);
    db_params_done(&params);
    return code;
}

/* Also after a failure the connection may stand inside the transaction: it is taken back. */
static ErrCode begin_now(Db *db, const DbScope *scope, Err *err)
{
    ErrCode code = queue_enter(db, scope, err);

    if (!code)
        code = queue_finish(db, NULL, 0, NULL, err);
    if (code)
        db_rollback(db);
    return code;
}

ErrCode db_begin(Db *db, const DbScope *scope, Err *err)
{
    bool was_open = db->conn != NULL;
    ErrCode code;

    assert(!db->in_transaction);
    db->deadline_ms = scope->deadline_ms;
    db->doubtful = false;
    if (db->piping) {
        code = queue_enter(db, scope, err);
        db->in_transaction = code == ERR_OK;
        return code;
    }
    code = begin_now(db, scope, err);
    if (code == ERR_UNAVAILABLE && was_open && !db->conn) {
        /* The server was restarted since the last use; nothing was asked of it yet, so once more. */
        db->deadline_ms = scope->deadline_ms;
        code = begin_now(db, scope, err);
    }
    db->in_transaction = code == ERR_OK;
    return code;
}

ErrCode db_set_scope(Db *db, const DbScope *scope, Err *err)
{
    DbParams params;
    ErrCode code;

    db_params_init(&params);
    db_scope_params(scope, &params);
    if (db->piping)
        code = queue_statement(db, ITEM_CONTROL, "db__rescope", &params, err);
    else
        code = db_exec(db, "db__rescope", &params, NULL, err);
    db_params_done(&params);
    return code;
}

/* The same operation id is safe to send again: it finds its reply when this commit did happen. */
static ErrCode unknown_outcome(Err *err)
{
    err_set(err, ERR_UNAVAILABLE, "OUTCOME_UNKNOWN");
    err->retry_delay_ms = RETRY_CONNECT_MS;
    return err->code;
}

/* From the moment COMMIT may have left, a broken connection or a missed deadline says nothing about its
 * outcome. A COMMIT after a failed statement succeeds too, as ROLLBACK: the tag tells. */
ErrCode db_commit(Db *db, Err *err)
{
    DbResult *result = NULL;
    bool connected = db->conn != NULL;
    bool kept = false;
    ErrCode code;

    assert(db->in_transaction && !db->piping);
    code = run_one(db, "db__commit", NULL, &result, err);
    if (!code) {
        kept = strcmp(PQcmdStatus((PGresult *)result), "COMMIT") == 0;
        db_result_free(result);
    }
    if (code == ERR_UNAVAILABLE || code == ERR_DEADLINE_EXCEEDED)
        code = connected ? unknown_outcome(err) : code;
    else if (!code && !kept)
        code = err_set(err, ERR_INTERNAL, "DATABASE_STATEMENT");
    else if (!code && db->doubtful)
        code = unknown_outcome(err);
    db_rollback(db); /* no transaction is left; clears what belongs to this one */
    return code;
}

ErrCode db_confirm(Db *db, Err *err)
{
    int64_t limit_ms = db->clock->monotonic_ms(db->clock) + CONFIRM_MS;
    ErrCode code;

    if (!db->deadline_ms || limit_ms < db->deadline_ms)
        db->deadline_ms = limit_ms;
    code = db_exec(db, "db__confirm", NULL, NULL, err);
    return code ? code : db_commit(db, err);
}

/* Reads and throws away the answers of a pipeline that is given up. */
static void leave_pipeline(Db *db)
{
    Err ignored = {0};

    db->piping = false;
    if (queue_finish(db, NULL, 0, NULL, &ignored) && db->conn &&
        PQpipelineStatus(db->conn) != PQ_PIPELINE_OFF)
        drop(db);
}

/* It may not use the caller's deadline, which has often passed by now: it has its own short one, and a
 * connection that misses it is dropped, which rolls back too. */
void db_rollback(Db *db)
{
    Err ignored = {0};
    DbResult *result = NULL;

    db->deadline_ms = db->clock->monotonic_ms(db->clock) + ROLLBACK_LIMIT_MS;
    if (db->conn && (db->piping || PQpipelineStatus(db->conn) != PQ_PIPELINE_OFF))
        leave_pipeline(db);
    db->piping = false;
    if (db->conn && PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
        db->in_transaction = true; /* on this connection or not at all */
        if (run_one(db, "db__rollback", NULL, &result, &ignored) && db->conn)
            drop(db);
        db_result_free(result);
    }
    db->in_transaction = false;
    db->deadline_ms = 0;
}

/* ---- pipelines ---- */

ErrCode db_pipeline_begin(Db *db, Err *err)
{
    ErrCode code;

    assert(!db->piping);
    code = queue_open(db, err);
    if (code)
        return code;
    if (!PQenterPipelineMode(db->conn))
        return gone(db, err);
    db->item_count = 0;
    db->send_count = 0;
    db->piping = true;
    return ERR_OK;
}

ErrCode db_send(Db *db, const char *name, const DbParams *params, Err *err)
{
    ErrCode code;

    assert(db->piping);
    if (db->send_count == DB_PIPELINE_MAX)
        return err_memory(err);
    code = queue_statement(db, ITEM_SEND, name, params, err);
    if (!code)
        db->send_count++;
    return code;
}

ErrCode db_pipeline_end(Db *db, DbResult **results, size_t room, size_t *ret_failed, Err *err)
{
    ErrCode code;

    assert(db->piping);
    for (size_t i = 0; results && i < room; i++)
        results[i] = NULL;
    code = queue_finish(db, results, room, ret_failed, err);
    db->piping = false;
    if (code)
        forget_results(results, room);
    return code;
}

/* ---- streaming, scripts, notices ---- */

/* Rows are handed on as they arrive. A callback's error drops the connection: cancelling would take a second
 * one, and the rows under way would have to be read all the same. */
static ErrCode each_rows(Db *db, size_t statement, DbEach each, void *context, Err *err)
{
    for (;;) {
        PGresult *result = NULL;
        ErrCode code = take_result(db, &result, err);
        ExecStatusType status = PQresultStatus(result);

        if (code || !result)
            return code;
        if (status == PGRES_SINGLE_TUPLE) {
            code = each(context, (DbResult *)result, err);
            if (code)
                drop(db); /* the rows still to come are not worth reading */
        } else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            code = fail(db, result, statement, err);
        }
        PQclear(result);
        if (code && db->conn) { /* an error is followed by the end of the results */
            Err ignored = {0};

            if (!take_result(db, &result, &ignored))
                PQclear(result);
        }
        if (code)
            return code;
    }
}

/* Single-row mode works outside a pipeline only, so the statement is prepared in a round trip of its own. */
ErrCode db_each(Db *db, const char *name, const DbParams *params, DbEach each, void *context, Err *err)
{
    size_t statement = 0;
    bool found = sql_text_get(name, &statement) != NULL;
    ErrCode code;

    assert(found && !db->piping);
    (void)found;
    if (params && params->failed)
        return err_memory(err);
    code = queue_open(db, err);
    if (!code && db->prepared[statement] != PREPARED_YES) {
        db->send_count = 0;
        if (!PQenterPipelineMode(db->conn))
            return gone(db, err);
        code = queue_prepare(db, statement, err);
        if (!code)
            code = queue_finish(db, NULL, 0, NULL, err);
    }
    if (code)
        return code;
    if (!send_statement(db, statement, params) || !PQsetSingleRowMode(db->conn))
        return gone(db, err);
    return each_rows(db, statement, each, context, err);
}

/* The simple protocol: several statements in one text, none of them prepared. */
ErrCode db_script(Db *db, const char *sql, Err *err)
{
    Err first = {0};
    PGresult *result = NULL;
    ErrCode code = queue_open(db, err);

    assert(!db->piping);
    if (code)
        return code;
    if (!PQsendQuery(db->conn, sql))
        return gone(db, err);
    for (;;) {
        ExecStatusType status;

        code = take_result(db, &result, err);
        if (code)
            return code;
        if (!result)
            break;
        status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY &&
            !first.code)
            fail(db, result, SIZE_MAX, &first);
        PQclear(result);
    }
    if (first.code)
        *err = first;
    return first.code;
}

ErrCode db_notice_wait(Db *db, int64_t timeout_ms, DbNotice *ret, bool *ret_got, Err *err)
{
    int64_t limit_ms = db->clock->monotonic_ms(db->clock) + timeout_ms;
    PGnotify *got;

    if (!db->conn)
        return gone(db, err); /* the LISTEN went with the connection: the caller must ask for it again */
    for (;;) {
        short ready;

        if (!PQconsumeInput(db->conn) || PQstatus(db->conn) != CONNECTION_OK)
            return gone(db, err);
        got = PQnotifies(db->conn);
        if (got)
            break;
        if (!wait_socket(db, POLLIN, limit_ms, &ready)) {
            *ret_got = false;
            return ERR_OK;
        }
    }
    text_copy(ret->channel, sizeof ret->channel, got->relname);
    text_copy(ret->payload, sizeof ret->payload, got->extra);
    PQfreemem(got);
    *ret_got = true;
    return ERR_OK;
}
