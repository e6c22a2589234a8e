/* A profile moved to other years: the same distances between its years, another latest one. */
#ifndef SERVER_ENGINE_YEARS_H
#define SERVER_ENGINE_YEARS_H

#include "common/catalog/methodology.h"

/* A copy whose latest year is `latest`; every year of the profile and of its procedures moves by the same
 * number, so that 2019 + 2021 becomes 2022 + 2024. Texts and bands stay borrowed. A profile without the low
 * rule is copied as it is. INVALID_ARGUMENT / METHOD_YEAR (year) outside 1900..2999. */
ErrCode engine_years_shift(const Methodology *methodology, int latest, Arena *arena,
                           Methodology **ret_methodology, Err *err) MUST_CHECK;

#endif
