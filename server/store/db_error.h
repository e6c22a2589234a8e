/* What a failure of PostgreSQL means to a caller. Pure tables; knows no libpq. */
#ifndef SERVER_STORE_DB_ERROR_H
#define SERVER_STORE_DB_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/core/err.h"

/* A broken constraint, by its name in the schema. */
typedef struct DbConstraint {
    const char *name;
    ErrCode code;
    const char *reason;
} DbConstraint;

extern const DbConstraint db_constraints[];
extern const size_t db_constraints_count;

/* sqlstate: five characters, or NULL when the connection broke; constraint: its name or NULL. Sets and
 * returns the error. A constraint without a row answers FAILED_PRECONDITION / DATABASE_CONSTRAINT, the same
 * for unique and foreign keys, so that neither tells about rows of others. */
ErrCode db_error_map(const char *sqlstate, const char *constraint, Err *err);

/* version as PQserverVersion gives it (150020 = 15.20). Refuses majors below 15 and minors known to leak rows
 * past row-level security: FAILED_PRECONDITION / DATABASE_VERSION ("have", "need"). *ret_known is false for a
 * major without a known minimum. */
ErrCode db_version_check(int version, bool *ret_known, Err *err) MUST_CHECK;

#endif
