/* A seeded, plausible and wholly fictitious region: schools of different size and kind with the results of
 * every procedure held, year by year. Nothing in it is, or looks like, a figure of a real school. */
#ifndef TESTS_SUPPORT_REGION_GEN_H
#define TESTS_SUPPORT_REGION_GEN_H

#include "server/engine/input.h"

enum { REGION_LAST_YEAR = 2025, REGION_NAME_SIZE = 96, REGION_DISTRICT_SCHOOLS = 30 };

/* The years end with REGION_LAST_YEAR; schools 1..9999, years 1..20. Same seed, same bytes, on every machine.
 * Needs about 15 KB of arena per school and ten years. */
ErrCode region_gen_make(uint64_t seed, size_t schools, int years, Arena *arena, EngineInput **ret_input,
                        Err *err) MUST_CHECK;

/* A made-up name for school number `index`, and the number of its made-up district (from 1). */
void region_gen_name(size_t index, char *to); /* to: REGION_NAME_SIZE bytes */
size_t region_gen_district(size_t index);

#endif
