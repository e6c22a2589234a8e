/* Exact rational numbers of 64-bit integers: what shares, rules and indicators are computed in, so that
 * 3 of 10 is exactly 30 % and 29.97 % is not. Always reduced, denominator > 0. */
#ifndef COMMON_CORE_RATIO_H
#define COMMON_CORE_RATIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Ratio {
    int64_t num, den;
} Ratio;

/* num/den reduced; false when den is 0 or the result does not fit. */
bool ratio_make(int64_t num, int64_t den, Ratio *ret);

/* Exact results, reduced. false, and *ret untouched, when a result does not fit into 64-bit parts. */
bool ratio_add(Ratio a, Ratio b, Ratio *ret);
bool ratio_sub(Ratio a, Ratio b, Ratio *ret);
bool ratio_mul(Ratio a, Ratio b, Ratio *ret);
bool ratio_div(Ratio a, Ratio b, Ratio *ret); /* false also for division by zero */

int ratio_compare(Ratio a, Ratio b); /* -1, 0, 1; never overflows */

/* value/1; value > INT64_MIN. */
Ratio ratio_int(int64_t value);

/* k/n >= num/den with integers alone, so that the boundary itself counts: 3 of 10 and 6 of 20 reach 30 %,
 * 2997 of 10000 does not, although both print as "30.0 %" (methods.md 1.3: 100*k >= 30*n). n > 0, den > 0. */
bool ratio_share_ge(int64_t k, int64_t n, Ratio bound);

/* value * 10^scale rounded half away from zero, as published tables round; false when it does not fit.
 * scale 0..9. For showing only: rules compare the ratio itself. */
bool ratio_round(Ratio value, int scale, int64_t *ret);

/* Reads "12", "-3.5", "0,30" exactly; false when the text is anything else (spaces, exponents, a sign other
 * than '-') or does not fit. */
bool ratio_parse(const char *text, Ratio *ret);

#endif
