/* A profile moved in time: its year pair slid so that the last year is the one asked for. */
#ifndef SERVER_ENGINE_SHIFT_H
#define SERVER_ENGINE_SHIFT_H

#include "common/catalog/methodology.h"

/* The last year of the pair (year in which the school year ends); 0 when the profile names none. */
int engine_last_year(const Methodology *methodology);

/* A copy whose years are all moved by year - engine_last_year(); the same profile when year is 0 or equal.
 * Texts are shared with the original. OUT_OF_RANGE / METHOD_YEAR for another year outside 2000..2100, whether
 * or not the profile names years. */
ErrCode engine_shift_years(const Methodology *methodology, int year, Arena *arena,
                           const Methodology **ret_methodology, Err *err) MUST_CHECK;

#endif
