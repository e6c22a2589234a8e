/* A growable byte buffer on the heap, with a limit. Once an append fails the buffer stays `failed` and
 * further appends do nothing, so a writer checks once at its end. */
#ifndef COMMON_CORE_BUF_H
#define COMMON_CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/err.h"

typedef struct Buf {
    char *data; /* NUL-terminated once anything was appended; NULL before */
    size_t length, room, limit;
    bool failed;
} Buf;

/* An empty buffer that takes at most limit bytes; nothing is allocated yet. */
void buf_init(Buf *buf, size_t limit);

void buf_done(Buf *buf); /* frees; the buffer may be used again */

/* Empties the buffer but keeps its memory; a failed buffer may be written again. */
void buf_clear(Buf *buf);

/* Appends size bytes (bytes may be NULL when size is 0), a NUL-terminated text, one byte, or formatted text.
 * Either all of it is appended, or nothing and the buffer is failed. */
void buf_add(Buf *buf, const void *bytes, size_t size);
/* Appends `size` bytes for the caller to write, allocated at once; NULL: failed. */
void *buf_extend(Buf *buf, size_t size);
void buf_text(Buf *buf, const char *text);
void buf_char(Buf *buf, char c);
void buf_printf(Buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Integers in little-endian order on every machine, and a text as its u32 length and its bytes without the
 * NUL: the parts flat binary forms and content hashes are made of. */
void buf_u8(Buf *buf, uint8_t value);
void buf_u32(Buf *buf, uint32_t value);
void buf_i64(Buf *buf, int64_t value);
void buf_sized(Buf *buf, const char *text);

#endif
