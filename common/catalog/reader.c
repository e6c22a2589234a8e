/* Owns the cursor over compiled bytes. Invariant: at <= size, and nothing is read or allocated after the
 * first fault. Must not trust any number found in the bytes. */
#include "common/catalog/reader.h"

#include <string.h>

#include "common/core/text.h"

void reader_init(Reader *reader, const void *bytes, size_t size, Arena *arena, Err *err)
{
    *reader = (Reader){.bytes = bytes, .size = size, .arena = arena, .err = err, .code = ERR_OK};
}

void reader_fail(Reader *reader, const char *what)
{
    if (reader->code != ERR_OK)
        return;
    reader->code = err_set(reader->err, ERR_INVALID_ARGUMENT, "CATALOG_MALFORMED");
    err_arg(reader->err, "offset", "%zu", reader->at);
    err_arg(reader->err, "what", "%s", what);
}

/* The next size bytes, or NULL with a fault. */
static const uint8_t *take(Reader *reader, size_t size)
{
    if (reader->code != ERR_OK)
        return NULL;
    if (size > reader->size - reader->at) {
        reader_fail(reader, "truncated");
        return NULL;
    }
    const uint8_t *bytes = reader->bytes + reader->at;
    reader->at += size;
    return bytes;
}

/* Little-endian, byte by byte: no alignment, no byte order of the machine. */
static uint64_t take_number(Reader *reader, size_t size)
{
    const uint8_t *bytes = take(reader, size);
    uint64_t value = 0;

    for (size_t i = 0; bytes != NULL && i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

uint8_t reader_u8(Reader *reader)
{
    return (uint8_t)take_number(reader, 1);
}

uint32_t reader_u32(Reader *reader)
{
    return (uint32_t)take_number(reader, 4);
}

int64_t reader_i64(Reader *reader)
{
    return (int64_t)take_number(reader, 8);
}

static uint32_t within(Reader *reader, uint32_t value, uint32_t low, uint32_t high)
{
    if (value >= low && value <= high)
        return value;
    reader_fail(reader, "number out of range");
    return low;
}

uint32_t reader_u8_within(Reader *reader, uint32_t low, uint32_t high)
{
    return within(reader, reader_u8(reader), low, high);
}

uint32_t reader_u32_within(Reader *reader, uint32_t low, uint32_t high)
{
    return within(reader, reader_u32(reader), low, high);
}

bool reader_bool(Reader *reader)
{
    return reader_u8_within(reader, 0, 1) == 1;
}

const char *reader_text(Reader *reader)
{
    uint32_t length = reader_u32(reader);
    const uint8_t *bytes = take(reader, length);

    if (bytes == NULL)
        return "";
    if (!text_utf8_check(bytes, length)) {
        reader_fail(reader, "text is not UTF-8");
        return "";
    }
    const char *text = arena_bytes(reader->arena, bytes, length);
    if (text == NULL)
        reader->code = err_memory(reader->err);
    return text == NULL ? "" : text;
}

const char *reader_code(Reader *reader)
{
    const char *text = reader_text(reader);

    if (!text_is_code(text))
        reader_fail(reader, "not a code");
    return text;
}

uint32_t reader_count(Reader *reader, uint32_t least, uint32_t most, size_t item_bytes)
{
    uint32_t count = reader_u32_within(reader, least, most);

    if (reader->code != ERR_OK)
        return 0;
    if (count > (reader->size - reader->at) / item_bytes) {
        reader_fail(reader, "more items than bytes");
        return 0;
    }
    return count;
}

void *reader_array(Reader *reader, size_t count, size_t size)
{
    if (reader->code != ERR_OK)
        return NULL;
    void *items = arena_array(reader->arena, count, size);
    if (items == NULL)
        reader->code = err_memory(reader->err);
    return items;
}

void reader_magic(Reader *reader, const char *magic)
{
    const uint8_t *bytes = take(reader, 4);

    if (bytes != NULL && memcmp(bytes, magic, 4) != 0) {
        reader->at = 0;
        reader_fail(reader, "wrong magic");
    }
}

ErrCode reader_done(Reader *reader)
{
    if (reader->code == ERR_OK && reader->at != reader->size)
        reader_fail(reader, "bytes left over");
    return reader->code;
}
