/* Identifiers: UUIDv7 (RFC 9562) with a monotonic counter, and their text. */
#ifndef COMMON_BASE_IDS_H
#define COMMON_BASE_IDS_H

#include <stdbool.h>

#include "common/base/clock.h"
#include "common/base/rand.h"

enum { ID_SIZE = 16, ID_TEXT_SIZE = 37 };

typedef struct IdMaker {
    const Clock *clock;
    Rand *rand;
    int64_t last_ms;
    uint32_t counter;
} IdMaker;

/* clock and rand are borrowed for the maker's life. One maker belongs to one thread. */
IdMaker id_maker(const Clock *clock, Rand *rand);

/* Time-ordered even when the clock stands still or jumps back. id: ID_SIZE bytes. */
void id_make(IdMaker *maker, uint8_t *id);

/* Text of lower-case digits; parsing takes both cases and nothing around them. */
void id_dump(const uint8_t *id, char *to);        /* 8-4-4-4-12; to: ID_TEXT_SIZE bytes */
bool id_parse(const char *text, uint8_t *ret_id); /* false: not a UUID */

#endif
