/* Owns identifiers. Invariant: ids of one maker ascend bytewise, whatever the clock does.
 * Must not be shared between threads: one maker per thread. */
#include "common/base/ids.h"

/* RFC 9562 section 6.2, method 1: 26 bits of counter after the time (12 in rand_a, 14 in rand_b), seeded
 * with 25 random bits each new millisecond; 48 random bits follow. */
enum { COUNTER_BITS = 26, SEED_MASK = (1 << 25) - 1 };

IdMaker id_maker(const Clock *clock, Rand *rand)
{
    return (IdMaker){.clock = clock, .rand = rand, .last_ms = -1};
}

void id_make(IdMaker *maker, uint8_t *id)
{
    int64_t now = maker->clock->now_ms(maker->clock);

    if (now > maker->last_ms) {
        maker->last_ms = now;
        maker->counter = (uint32_t)rand_u64(maker->rand) & SEED_MASK;
    } else if (++maker->counter >> COUNTER_BITS != 0) { /* borrowed from the next millisecond */
        maker->last_ms++;
        maker->counter = (uint32_t)rand_u64(maker->rand) & SEED_MASK;
    }
    /* 48 bits of time, most significant first; version 7; the counter around the variant bits 10 */
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)maker->last_ms >> (40 - 8 * i));
    id[6] = (uint8_t)(0x70 | maker->counter >> 22);
    id[7] = (uint8_t)(maker->counter >> 14);
    id[8] = (uint8_t)(0x80 | (maker->counter >> 8 & 0x3F));
    id[9] = (uint8_t)maker->counter;
    rand_bytes(maker->rand, id + 10, ID_SIZE - 10);
}

void id_dump(const uint8_t *id, char *to)
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < ID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[id[i] >> 4];
        *to++ = digits[id[i] & 15];
    }
    *to = '\0';
}

/* The digit's value, -1 for any other character. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool id_parse(const char *text, uint8_t *ret_id)
{
    uint8_t id[ID_SIZE];

    for (int i = 0; i < ID_SIZE; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0)
            return false;
        id[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text != '\0')
        return false;
    for (int i = 0; i < ID_SIZE; i++)
        ret_id[i] = id[i];
    return true;
}
