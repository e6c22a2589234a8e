/* Where the private cluster lives on this machine: folders, the socket, the programs of PostgreSQL. */
#ifndef SERVER_STORE_EMBEDDED_PLACE_H
#define SERVER_STORE_EMBEDDED_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/core/err.h"

enum { PLACE_PATH_SIZE = 512, PLACE_CONNINFO_SIZE = 1200, PLACE_SOCKET_MAX = 107 };

typedef struct EmbeddedPlace {
    char dir[PLACE_PATH_SIZE];    /* absolute */
    char data[PLACE_PATH_SIZE];   /* dir/data */
    char fresh[PLACE_PATH_SIZE];  /* dir/data.new: a cluster being made */
    char socket[PLACE_PATH_SIZE]; /* folder of the socket, 0700 */
    char log[PLACE_PATH_SIZE];    /* dir/postgres.log */
    char bin[PLACE_PATH_SIZE];    /* folder of initdb and postgres */
    char owner_conninfo[PLACE_CONNINFO_SIZE], app_conninfo[PLACE_CONNINFO_SIZE],
        admin_conninfo[PLACE_CONNINFO_SIZE];
} EmbeddedPlace;

/* Makes dir (and missing parents) and the socket's folder, checks every parent, finds PostgreSQL. Errors as
 * embedded_start lists them. */
ErrCode embedded_place_find(const char *dir, EmbeddedPlace *ret, Err *err) MUST_CHECK;

/* Connection string of a user ("postgres", the owner; "shans_app") of a cluster that runs in dir; makes
 * nothing. For programs of one thread: root takes the place of the owner for a moment. to:
 * PLACE_CONNINFO_SIZE bytes. FAILED_PRECONDITION / EMBEDDED_NOT_RUNNING ("folder"). */
ErrCode embedded_place_attach(const char *dir, const char *user, char *to, Err *err) MUST_CHECK;

/* "postgres (PostgreSQL) 15.20 (Debian ...)" -> 150020; 0 when the text is something else. */
int embedded_place_version(const char *text);

/* The folder the socket goes to: dir/socket, or, when that is too long for a socket address, a short one
 * below /tmp named by user and a hash of dir. */
ErrCode embedded_place_socket(const char *dir, char *to, size_t size, Err *err) MUST_CHECK;

/* The postmaster still running on data (its pid file names a live process whose folder it is), or 0. */
pid_t embedded_place_running(const char *data);

/* True when the postmaster pid has written into its pid file that it takes connections. */
bool embedded_place_ready(const char *data, pid_t pid);

/* Removes a folder with all in it; not following links. A missing one is fine. */
bool embedded_place_remove(const char *path);

#endif
