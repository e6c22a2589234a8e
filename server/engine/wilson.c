/* Owns the Wilson interval. Invariant: 0 <= low <= high <= 1,000,000.
 * Must not be compared before rounding: only the whole parts per million leave this file. */
#include "server/engine/wilson.h"

#include <math.h>

static const double Z = 1.959963984540054; /* two-sided 95 % */
static const double GRID = 1e6;

static uint32_t round_ppm(double share)
{
    if (!(share > 0))
        return 0;
    if (share >= 1)
        return (uint32_t)GRID;
    return (uint32_t)(share * GRID + 0.5);
}

void wilson_interval(int64_t below, int64_t participants, uint32_t *ret_low_ppm, uint32_t *ret_high_ppm)
{
    double n = (double)participants, p = (double)below / n, z2 = Z * Z;
    double middle = p + z2 / (2 * n), scale = 1 + z2 / n;
    double half = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n));

    /* The ends are exact by algebra; the formula would leave a rounding error there. */
    *ret_low_ppm = below == 0 ? 0 : round_ppm((middle - half) / scale);
    *ret_high_ppm = below == participants ? (uint32_t)GRID : round_ppm((middle + half) / scale);
}
