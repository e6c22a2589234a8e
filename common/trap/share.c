/* Owns the arithmetic of printed shares. Invariant: integers alone. Must not choose among bases. */
#include "common/trap/share.h"

enum { WHOLE = 10000 }; /* 100 % in hundredths of a per cent */

/* One step of the last printed digit, in hundredths. */
static int64_t step_of(int digits)
{
    return digits <= 0 ? 100 : digits == 1 ? 10 : 1;
}

ShareFit share_fit(int64_t count, int64_t base, int64_t percent, int digits)
{
    int64_t step = step_of(digits), exact = count * WHOLE;

    if ((2 * exact + base * step) / (2 * base * step) * step == percent)
        return SHARE_ROUNDED;
    return exact / (base * step) * step == percent ? SHARE_CUT : SHARE_NOT;
}

ShareFit share_find(int64_t base, int64_t percent, int digits, int64_t *ret_count)
{
    int64_t near = percent * base / WHOLE;
    ShareFit best = SHARE_NOT;

    for (int64_t count = near > 0 ? near - 1 : 0; count <= near + 2; count++) {
        ShareFit fit = share_fit(count, base, percent, digits);
        if (fit <= best)
            continue;
        best = fit;
        *ret_count = count;
    }
    return best;
}
