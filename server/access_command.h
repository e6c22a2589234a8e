/* Accounts and tokens from the administrator's command line. */
#ifndef SERVER_ACCESS_COMMAND_H
#define SERVER_ACCESS_COMMAND_H

#include "common/base/clock.h"
#include "server/options.h"
#include "server/store/db.h"

/* The owner's connection: of --owner-db, or of a private cluster, which must be running. INVALID_ARGUMENT /
 * OWNER_NEEDED, FAILED_PRECONDITION / EMBEDDED_NOT_RUNNING. */
ErrCode access_command_owner(const ServerOptions *options, const Clock *clock, Db **ret_db,
                             Err *err) MUST_CHECK;

/* Makes the account when it is new (role, org, name), issues a token valid for options->days and prints it or
 * writes it to options->out (mode 0600). The token itself is never stored; that it was issued is audited.
 * FAILED_PRECONDITION / ACCOUNT_DIFFERS when the login exists with another role or organisation than the
 * options name; TOKEN_FILE; INVALID_ARGUMENT / LOGIN_NEEDED, DAYS_NEEDED, ROLE_NAME; NOT_FOUND /
 * LOGIN_UNKNOWN when it is new and role or organisation are not given. */
ErrCode access_command_token(Db *owner, const Clock *clock, const ServerOptions *options,
                             Err *err) MUST_CHECK;

/* Revokes every token of options->login and audits it; running servers refuse them within seconds. */
ErrCode access_command_revoke(Db *owner, const Clock *clock, const ServerOptions *options,
                              Err *err) MUST_CHECK;

/* Number of a role by its name in system.proto, lower case without "ROLE_"; 0: unknown. */
int access_role_number(const char *name);
const char *access_role_name(int role); /* "" for a number outside the table */

#endif
