/* What a printed share was taken of: the arithmetic of back-calculated bases (methods.md 8.2, 10.2). */
#ifndef COMMON_TRAP_SHARE_H
#define COMMON_TRAP_SHARE_H

#include <stdbool.h>
#include <stdint.h>

/* SHARE_CUT: right only if the digits beyond the printed ones were cut off instead of rounded. */
typedef enum ShareFit { SHARE_NOT = 0, SHARE_CUT = 1, SHARE_ROUNDED = 2 } ShareFit;

/* Whether count of base is printed as percent: in hundredths of a per cent, with digits (0..2) after the
 * comma. Rounding is half up, as printed tables round. base > 0, 0 <= count <= 10^9. */
ShareFit share_fit(int64_t count, int64_t base, int64_t percent, int digits);

/* Whether some whole count of base gives the percent, the better of two fits first; *ret_count is written
 * when one does. "64 %" of 11 is 7, of 15 nothing. */
ShareFit share_find(int64_t base, int64_t percent, int digits, int64_t *ret_count);

#endif
