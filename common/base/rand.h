/* Randomness is injected: the system's, or a seeded stream (xoshiro256**) for tests and the generator. */
#ifndef COMMON_BASE_RAND_H
#define COMMON_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

typedef struct Rand {
    uint64_t state[4];
    int seeded; /* 0: bytes come from the operating system */
} Rand;

Rand rand_system(void);
Rand rand_seeded(uint64_t seed);
void rand_bytes(Rand *rand, void *to, size_t size);
uint64_t rand_u64(Rand *rand);
uint64_t rand_below(Rand *rand, uint64_t bound); /* 0..bound-1, unbiased; bound > 0 */
double rand_unit(Rand *rand);                    /* [0, 1) */

#endif
