/* A private PostgreSQL cluster below one directory: DIR/data and a Unix socket in DIR/socket, no TCP. It
 * lives and dies with this process: it stops when the process is killed, and is started again when it dies
 * itself. */
#ifndef SERVER_STORE_EMBEDDED_H
#define SERVER_STORE_EMBEDDED_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/core/err.h"

typedef struct Embedded Embedded;

/* PostgreSQL refuses to run as root. Called by root before any thread exists: makes dir, gives it to the user
 * "postgres" when it is new, and turns the whole process for good into the owner of dir. Nothing to do for
 * others. FAILED_PRECONDITION / EMBEDDED_NO_USER     there is no user "postgres" PERMISSION_DENIED /
 * EMBEDDED_FOLDER        that user cannot reach dir; "folder" is the closed one */
ErrCode embedded_drop_root(const char *dir, Err *err) MUST_CHECK;

/* Makes the cluster when DIR/data is missing (or was left half made), starts it and waits until it answers.
 * A server that still runs there from a killed process is waited for up to 10 s.
 *   FAILED_PRECONDITION / EMBEDDED_NO_POSTGRES   no PostgreSQL new enough installed
 *   FAILED_PRECONDITION / EMBEDDED_ROOT          called as root
 *   FAILED_PRECONDITION / EMBEDDED_IN_USE        another live process uses the directory
 *   INVALID_ARGUMENT / EMBEDDED_PATH_LONG        the socket's path does not fit into 107 bytes, nor in /tmp
 *   PERMISSION_DENIED / EMBEDDED_FOLDER          "folder" cannot be entered or written
 *   UNAVAILABLE / EMBEDDED_START                 it did not come up; "log" names the file that says why */
ErrCode embedded_start(const char *dir, const Clock *clock, Embedded **ret, Err *err) MUST_CHECK;

/* Stops the cluster (fast shutdown: open transactions are rolled back) and frees. NULL is fine. */
void embedded_stop(Embedded *embedded);

/* Connection strings: of the owner (migrations, tokens), and of the role the server signs in as. Borrowed. */
const char *embedded_owner_conninfo(const Embedded *embedded);
const char *embedded_app_conninfo(const Embedded *embedded);

/* Process id of the running postmaster, 0 while it is being restarted. */
pid_t embedded_pid(const Embedded *embedded);

#endif
