/* The profiles of methods.md 1.3, written by hand: what the shipped catalogue is checked against. */
#ifndef TESTS_SUPPORT_PROFILES_H
#define TESTS_SUPPORT_PROFILES_H

#include "common/catalog/methodology.h"

/* "FIOKO-847", "NVKZ-2021", "PERV-T1", "PERV-T3" (risk zone as literally written), "PERV-2023" (T1 with the
 * proposed floor of 15 %), "OMSK-2025", "RZN-2025". */
extern const Methodology profiles[];
enum { PROFILE_COUNT = 7 };

/* A copy that a test may change, its procedures and typology still borrowed; fails on an unknown code. */
Methodology profile_get(const char *code);

/* The rule of methods.md 3.2. */
extern const TypologyBand typology_bands[];
enum { TYPOLOGY_BAND_COUNT = 6 };

#endif
