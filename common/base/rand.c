/* Owns random numbers. Invariant: the same seed gives the same stream on every machine.
 * Must not be used for secrets when seeded; tokens come from crypto_random. */
#include "common/base/rand.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

Rand rand_system(void)
{
    return (Rand){.seeded = 0};
}

/* splitmix64, the generator its authors recommend to fill the state of xoshiro256** from one number. */
static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

Rand rand_seeded(uint64_t seed)
{
    Rand rand = {.seeded = 1};

    for (int i = 0; i < 4; i++)
        rand.state[i] = split_mix(&seed);
    return rand;
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* xoshiro256** 1.0 (Blackman, Vigna 2018). */
static uint64_t next_seeded(uint64_t *s)
{
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Fills from the kernel; waits only in the first seconds after boot, until it has gathered randomness. */
static void system_bytes(uint8_t *to, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(to, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) /* no kernel source of randomness: nothing safe can be done */
            abort();
        to += got;
        size -= (size_t)got;
    }
}

void rand_bytes(Rand *rand, void *to, size_t size)
{
    uint8_t *bytes = to;

    if (!rand->seeded) {
        system_bytes(bytes, size);
        return;
    }
    for (size_t i = 0; i < size; i += 8) {
        uint64_t value = next_seeded(rand->state);
        for (size_t j = 0; j < 8 && i + j < size; j++)
            bytes[i + j] = (uint8_t)(value >> 8 * j); /* little-endian on every machine */
    }
}

uint64_t rand_u64(Rand *rand)
{
    uint64_t value;

    if (rand->seeded)
        return next_seeded(rand->state);
    system_bytes((uint8_t *)&value, sizeof value);
    return value;
}

/* Rejection: a plain remainder would favour small results whenever bound does not divide 2^64. */
uint64_t rand_below(Rand *rand, uint64_t bound)
{
    uint64_t reject = (0 - bound) % bound; /* 2^64 mod bound: the values that would favour small results */

    for (;;) {
        uint64_t value = rand_u64(rand);
        if (value >= reject)
            return value % bound;
    }
}

/* The upper 53 bits, as many as a double holds, so that every result is exact and below 1. */
double rand_unit(Rand *rand)
{
    return (double)(rand_u64(rand) >> 11) * 0x1.0p-53;
}
