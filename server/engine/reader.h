/* Reads little-endian flat bytes without ever passing their end. Internal to the engine. */
#ifndef SERVER_ENGINE_READER_H
#define SERVER_ENGINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once something did not fit the reader stays failed, gives zeros, and keeps the offset of the fault. */
typedef struct Reader {
    const uint8_t *bytes;
    size_t size, at;
    bool failed;
} Reader;

/* The next size bytes, or NULL. */
static inline const uint8_t *reader_take(Reader *reader, size_t size)
{
    if (reader->failed || size > reader->size - reader->at) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->bytes + reader->at;
    reader->at += size;
    return bytes;
}

/* size 1..8, least significant byte first. */
static inline uint64_t reader_number(Reader *reader, size_t size)
{
    const uint8_t *bytes = reader_take(reader, size);
    uint64_t value = 0;

    for (size_t i = 0; bytes != NULL && i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static inline uint8_t reader_u8(Reader *reader)
{
    return (uint8_t)reader_number(reader, 1);
}

static inline uint32_t reader_u32(Reader *reader)
{
    return (uint32_t)reader_number(reader, 4);
}

static inline int64_t reader_i64(Reader *reader)
{
    return (int64_t)reader_number(reader, 8);
}

/* A count of items of at least item_size bytes each: fails when so many cannot follow. */
static inline size_t reader_count(Reader *reader, size_t item_size)
{
    uint32_t count = reader_u32(reader);

    if (!reader->failed && count > (reader->size - reader->at) / item_size)
        reader->failed = true;
    return reader->failed ? 0 : count;
}

#endif
