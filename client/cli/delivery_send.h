/* A checked file of the ministry's figures on its way to the schools, with the document it stands in. */
#ifndef CLIENT_CLI_DELIVERY_SEND_H
#define CLIENT_CLI_DELIVERY_SEND_H

#include "client/cli/command.h"
#include "client/cli/figures.h"

/* One Deliver for the whole file; --document, --method, --dry-run of the command line. Prints what was stored
 * and the issues. INVALID_ARGUMENT / DELIVERY_SOURCE unless --source region. */
ErrCode delivery_send(Cli *cli, const Figures *figures, const char *origin, Err *err) MUST_CHECK;

#endif
