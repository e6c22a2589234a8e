/* Randomness is injected: the system's, or a seeded stream (xoshiro256**) for tests and the generator. */
#ifndef COMMON_BASE_RAND_H
#define COMMON_BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

typedef struct Rand {
    uint64_t state[4];
    int seeded; /* 0: bytes come from the operating system */
} Rand;

/* The operating system's randomness; has no state and never repeats. */
Rand rand_system(void);

/* The same seed gives the same stream on every machine. Not for secrets: crypto_random is. */
Rand rand_seeded(uint64_t seed);

/* size bytes; a seeded stream is cut into little-endian 64-bit values, the rest of the last one is dropped.
 */
void rand_bytes(Rand *rand, void *to, size_t size);
uint64_t rand_u64(Rand *rand);
uint64_t rand_below(Rand *rand, uint64_t bound); /* 0..bound-1, unbiased; bound > 0 */
double rand_unit(Rand *rand);                    /* [0, 1) */

#endif
