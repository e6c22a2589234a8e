/* How the programs of this server reach their database: connection strings kept in files, and waiting for a
 * database that is only coming up. */
#ifndef SERVER_DATABASE_H
#define SERVER_DATABASE_H

#include "common/core/arena.h"

/* text as it is, or, for "@FILE", what FILE holds without blanks around it: a connection string with a
 * password stays off the command line. NULL stays NULL. FAILED_PRECONDITION / CONNINFO_FILE ("file",
 * "fault"): it cannot be read, is empty or longer than 4 KiB. */
ErrCode database_conninfo(const char *text, Arena *arena, const char **ret, Err *err) MUST_CHECK;

/* Runs work; while the database, its migrations or the file of its connection string are not there yet,
 * again, for at most wait_s seconds from now. The last error when they stay away; CANCELLED / START_CANCELLED
 * when SIGTERM or SIGINT came meanwhile. work must leave nothing open when it fails. */
typedef ErrCode (*DatabaseWork)(void *context, Err *err);
ErrCode database_await(int wait_s, DatabaseWork work, void *context, Err *err) MUST_CHECK;

#endif
