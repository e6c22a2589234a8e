/* Owns the meaning of SQLSTATEs and the minimum versions. Invariant: no text of the server reaches an Err.
 * Must not touch a connection. */
#include "server/store/db_error.h"

#include <string.h>

/* SOON: a restart or a conflict is over in a moment. LATER: someone must make room first. */
enum { RETRY_SOON_MS = 200, RETRY_LATER_MS = 5000 };

/* A state is looked up whole first, then by its class (two characters). */
typedef struct StateRow {
    const char *state;
    ErrCode code;
    const char *reason;
    uint32_t retry_delay_ms;
} StateRow;

static const StateRow state_rows[] = {
    {"57014", ERR_DEADLINE_EXCEEDED, "DATABASE_DEADLINE", 0}, /* statement_timeout */
    {"57P01", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS},
    {"57P02", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS},
    {"57P03", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS},
    {"57P04", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_LATER_MS},
    {"57P05", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS},
    {"25P03", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS},   /* idle in transaction for too long */
    {"25006", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_LATER_MS},  /* a standby: it takes no writes */
    {"55P03", ERR_UNAVAILABLE, "DATABASE_LOCKED", RETRY_SOON_MS}, /* lock_timeout */
    {"55006", ERR_UNAVAILABLE, "DATABASE_LOCKED", RETRY_SOON_MS},
    {"40003", ERR_UNAVAILABLE, "OUTCOME_UNKNOWN", RETRY_SOON_MS},
    {"42501", ERR_PERMISSION_DENIED, "ROW_FORBIDDEN", 0},
    {"08", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS},
    {"40", ERR_ABORTED, "DATABASE_CONFLICT", RETRY_SOON_MS},
    {"53", ERR_RESOURCE_EXHAUSTED, "DATABASE_FULL", RETRY_LATER_MS},
    {"58", ERR_RESOURCE_EXHAUSTED, "DATABASE_FULL", RETRY_LATER_MS}, /* files of the database */
    {"22", ERR_INVALID_ARGUMENT, "DATABASE_VALUE", 0},
    {"44", ERR_PERMISSION_DENIED, "ROW_FORBIDDEN", 0}, /* check option of a view */
};

/* No state at all means libpq itself gave up: the connection broke. */
static const StateRow *find_state(const char *sqlstate)
{
    static const StateRow gone = {"", ERR_UNAVAILABLE, "DATABASE_GONE", RETRY_SOON_MS};
    static const StateRow other = {"", ERR_INTERNAL, "DATABASE_STATEMENT", 0};
    size_t count = sizeof state_rows / sizeof *state_rows;

    if (!sqlstate || strlen(sqlstate) != 5)
        return &gone;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(state_rows[i].state, sqlstate) == 0)
            return &state_rows[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(state_rows[i].state) == 2 && strncmp(state_rows[i].state, sqlstate, 2) == 0)
            return &state_rows[i];
    }
    return &other;
}

/* Unique and foreign keys see through row-level security; an answer that told them apart would tell about
 * rows of others. Only constraints whose meaning the caller may know have a row. */
static ErrCode map_constraint(const char *constraint, Err *err)
{
    for (size_t i = 0; constraint && i < db_constraints_count; i++) {
        if (strcmp(db_constraints[i].name, constraint) == 0)
            return err_set(err, db_constraints[i].code, db_constraints[i].reason);
    }
    return err_set(err, ERR_FAILED_PRECONDITION, "DATABASE_CONSTRAINT");
}

ErrCode db_error_map(const char *sqlstate, const char *constraint, Err *err)
{
    const StateRow *row;

    if (sqlstate && strncmp(sqlstate, "23", 2) == 0)
        return map_constraint(constraint, err);
    row = find_state(sqlstate);
    err_set(err, row->code, row->reason);
    err->retry_delay_ms = row->retry_delay_ms;
    return err->code;
}

/* 15.20 closes the last known ways past row-level security (plans cached over a role change, the conflicting
 * row of ON CONFLICT). Of later majors no minimum is known here. */
typedef struct VersionRow {
    int major, minor;
} VersionRow;

static const VersionRow version_rows[] = {{15, 20}};

ErrCode db_version_check(int version, bool *ret_known, Err *err)
{
    int major = version / 10000, minor = version % 10000;
    const VersionRow *least = &version_rows[0];

    *ret_known = false;
    for (size_t i = 0; i < sizeof version_rows / sizeof *version_rows; i++) {
        if (version_rows[i].major != major)
            continue;
        *ret_known = true;
        least = &version_rows[i];
        if (minor >= least->minor)
            return ERR_OK;
    }
    if (!*ret_known && major > version_rows[0].major)
        return ERR_OK;
    err_set(err, ERR_FAILED_PRECONDITION, "DATABASE_VERSION");
    err_arg(err, "have", "%d.%d", major, minor);
    return err_arg(err, "need", "%d.%d", least->major, least->minor);
}
