/* The sentence for a reason: rows "reason, code, English, Russian" embedded from common/base/reasons (TSV
 * files).
 * "{key}" in a sentence stands for the error's argument of that name. */
#ifndef COMMON_BASE_REASON_H
#define COMMON_BASE_REASON_H

#include <stdbool.h>

#include "common/core/buf.h"

/* Appends what is wrong and what to do, in the language asked for; an unknown reason (a newer server) is
 * shown as itself with its arguments. Control characters in arguments are replaced. */
void reason_show(const Err *err, bool russian, Buf *buf);

#endif
