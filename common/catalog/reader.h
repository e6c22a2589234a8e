/* A bounds-checked cursor over flat compiled bytes. The first fault sticks: every later read gives zero, ""
 * or NULL, so a decoder checks once at its end. */
#ifndef COMMON_CATALOG_READER_H
#define COMMON_CATALOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/arena.h"

typedef struct Reader {
    const uint8_t *bytes;
    size_t size, at;
    Arena *arena;
    Err *err;
    ErrCode code; /* ERR_OK until the first fault */
} Reader;

void reader_init(Reader *reader, const void *bytes, size_t size, Arena *arena, Err *err);

/* Marks the bytes malformed at the present offset, unless a fault stands already. */
void reader_fail(Reader *reader, const char *what);

uint8_t reader_u8(Reader *reader);
uint32_t reader_u32(Reader *reader);
int64_t reader_i64(Reader *reader);

/* A number from low to high (both included); anything else is a fault. Returns low after a fault. */
uint32_t reader_u8_within(Reader *reader, uint32_t low, uint32_t high);
uint32_t reader_u32_within(Reader *reader, uint32_t low, uint32_t high);
bool reader_bool(Reader *reader); /* exactly 0 or 1 */

/* UTF-8 without NUL, copied into the arena; "" after a fault. reader_code: also text_is_code. */
const char *reader_text(Reader *reader);
const char *reader_code(Reader *reader);

/* A count from least to most whose items, of at least item_bytes each, can still fit into what is left. */
uint32_t reader_count(Reader *reader, uint32_t least, uint32_t most, size_t item_bytes);

/* Zeroed room for count items, or NULL with a fault. */
void *reader_array(Reader *reader, size_t count, size_t size);

/* The four magic bytes. */
void reader_magic(Reader *reader, const char *magic);

/* ERR_OK when all was read and nothing is left. */
ErrCode reader_done(Reader *reader);

#endif
