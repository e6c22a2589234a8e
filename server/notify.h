/* Messages to the service manager over $NOTIFY_SOCKET (sd_notify's protocol). */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/err.h"

/* "READY=1", "STATUS=…", several lines at once. False when nobody asked for messages or it did not get
 * through; the caller goes on either way. Any thread. */
bool notify_send(const char *format, ...) PRINTF_LIKE(1, 2);

/* How often the manager wants WATCHDOG=1 from this process at least; 0: not at all. */
int64_t notify_watchdog_ms(void);

#endif
