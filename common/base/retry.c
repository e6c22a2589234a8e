/* Owns the spacing of retries. Invariant: the delay never exceeds `most`.
 * Must not decide whether to retry; that is the caller's status policy. */
#include "common/base/retry.h"

int64_t retry_delay_ms(Rand *rand, int failures, int64_t least, int64_t most)
{
    int64_t full = least < most ? least : most;

    if (full <= 0)
        return 0;
    /* doubling stops at `most`, so it neither overflows nor loops long for a large count */
    for (int i = 1; i < failures && full < most; i++)
        full = full > most / 2 ? most : full * 2;
    int64_t half = full / 2;
    return half + (int64_t)rand_below(rand, (uint64_t)(full - half) + 1);
}
