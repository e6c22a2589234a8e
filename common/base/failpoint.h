/* Named places where a test makes the program fail: exit, error, or sleep.
 * SHANS_FAILPOINTS="submit.before_commit=exit;outbox.mark=error@3;reply=sleep:5000" (@n: at the n-th hit
 * only; without it at each). The action "count" only counts. */
#ifndef COMMON_BASE_FAILPOINT_H
#define COMMON_BASE_FAILPOINT_H

#include <stdbool.h>

#include "common/core/err.h"

enum { FAILPOINT_EXIT_CODE = 42 };

/* Arms what spec names and forgets earlier ones; NULL reads the environment. Without it every failpoint
 * costs one load and branch. false: the text is not understood, it was logged and nothing is armed. */
bool failpoint_init(const char *spec);

/* OK, or UNAVAILABLE / FAILPOINT when told to fail here; may not return (exit 42) or return late.
 * Safe from any thread. */
ErrCode failpoint(const char *name, Err *err);

/* How often an armed name was passed since failpoint_init; 0 for other names. */
unsigned long failpoint_hits(const char *name);

#endif
