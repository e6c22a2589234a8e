/* Owns how bytes of PostgreSQL become numbers. Invariant: nothing is read behind the sizes the value itself
 * states. Must not know libpq. */
#include "server/store/db_value.h"

#include <string.h>

/* From 1970-01-01 to 2000-01-01, where PostgreSQL counts from. */
#define EPOCH_DAYS 10957
#define EPOCH_MS   946684800000

static uint64_t big_endian(const char *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | (uint8_t)bytes[i];
    return number;
}

int64_t db_value_int(const char *bytes, size_t size)
{
    uint64_t number = big_endian(bytes, size);

    return size == 2 ? (int16_t)number : size == 4 ? (int32_t)number : (int64_t)number;
}

double db_value_double(const char *bytes)
{
    uint64_t bits = big_endian(bytes, sizeof bits);
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Division in C rounds towards zero; before 2000 that would be towards the future. */
int64_t db_value_time(const char *bytes)
{
    int64_t micros = db_value_int(bytes, 8);

    return micros / 1000 - (micros % 1000 < 0) + EPOCH_MS;
}

int64_t db_value_day(const char *bytes)
{
    return db_value_int(bytes, 4) + EPOCH_DAYS;
}

/* Layout: dimensions, has-nulls flag, element type, then per dimension its length and lower bound, then per
 * item its size (-1: null) and bytes. An empty array has no dimension at all. */
size_t db_value_int_array(const char *bytes, int64_t *to, size_t room)
{
    const char *at = bytes + 20;
    size_t count;

    if (big_endian(bytes, 4) != 1)
        return 0;
    count = (size_t)big_endian(bytes + 12, 4);
    for (size_t i = 0; i < count; i++) {
        int64_t size = db_value_int(at, 4);

        at += 4;
        if (i < room)
            to[i] = size > 0 ? db_value_int(at, (size_t)size) : 0;
        at += size > 0 ? size : 0;
    }
    return count;
}
