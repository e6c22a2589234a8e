/* Jittered exponential backoff. */
#ifndef COMMON_BASE_RETRY_H
#define COMMON_BASE_RETRY_H

#include "common/base/rand.h"

/* Milliseconds to wait before attempt n+1 (n = failures so far, >= 1): uniform in [half, full] of
 * least * 2^(n-1), at most `most`. */
int64_t retry_delay_ms(Rand *rand, int failures, int64_t least, int64_t most);

#endif
