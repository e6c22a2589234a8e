/* Named places where a test makes the program fail: exit, error, or sleep.
 * SHANS_FAILPOINTS="submit.before_commit=exit;outbox.mark=error@3;reply=sleep:5000" (@n: at the n-th hit). */
#ifndef COMMON_BASE_FAILPOINT_H
#define COMMON_BASE_FAILPOINT_H

#include "common/core/err.h"

/* Reads the environment once; without it every failpoint costs one load and branch. */
void failpoint_init(const char *spec);

/* OK, or UNAVAILABLE / FAILPOINT when told to fail here; may not return (exit 42) or return late. */
ErrCode failpoint(const char *name, Err *err);

#endif
