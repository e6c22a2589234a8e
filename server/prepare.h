/* What must be in order before the daemon listens: catalogue, migrations, region, shipped methodologies. */
#ifndef SERVER_PREPARE_H
#define SERVER_PREPARE_H

#include "common/catalog/catalog.h"
#include "server/options.h"
#include "server/store/db.h"

/* The catalogue embedded in the program; ret_hash gets 65 bytes. */
ErrCode prepare_catalog(Arena *arena, Catalog **ret_catalog, char *ret_hash, Err *err) MUST_CHECK;

/* With owner_conninfo: applies migrations. Without: FAILED_PRECONDITION / MIGRATION_MISSING when the database
 * is older than the program. Then, as the working login, makes the region of the options when there is none
 * of that code and stores the shipped methodologies that are not there yet; a later start changes neither. */
ErrCode prepare_database(const char *owner_conninfo, const char *conninfo, const ServerOptions *options,
                         const Catalog *catalog, Err *err) MUST_CHECK;

/* Runs work; while the database or its migrations are not there yet, again, for at most wait_s seconds from
 * now. The last error when they stay away; CANCELLED / START_CANCELLED when SIGTERM or SIGINT came meanwhile.
 * work must leave nothing open when it fails. */
typedef ErrCode (*PrepareWork)(void *context, Err *err);
ErrCode prepare_await(int wait_s, PrepareWork work, void *context, Err *err) MUST_CHECK;

/* Prints what is wrong and what to do to stderr, in the language of the environment. */
void prepare_complain(const Err *err);

#endif
