/* Whether a text is what Prometheus can read, and what this project promises of it. */
#ifndef TESTS_SUPPORT_PROMLINT_H
#define TESTS_SUPPORT_PROMLINT_H

#include <stddef.h>

/* The first fault of the text, or NULL; ret_series counts its samples. Checked: HELP, then TYPE, then
 * samples, once for each metric; names and labels well formed, with the prefix shans_ and a unit of
 * Prometheus' base units; no series twice; counters end in _total and are not negative; buckets rise to +Inf,
 * which equals _count, and _sum is there; the text ends with a line. The fault lives until the next call. */
const char *promlint(const char *text, size_t *ret_series);

#endif
