/* What the main thread does while the others serve: waits for signals, and reads the settings anew on SIGHUP.
 */
#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

#include <signal.h>

#include "server/options.h"

/* Returns on the first of the (blocked) signals that is not SIGHUP. SIGHUP loads the settings again from
 * where started came from: the log's level and form are taken over, of other changes the log says that they
 * need a restart, and with a mistake in them everything stays as it is. */
void reload_until_stop(const ServerOptions *started, const sigset_t *signals);

#endif
