/* Owns growable buffers. Invariant: length < room whenever data is set, and data[length] is NUL.
 * Must not grow beyond limit. */
#include "common/core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(Buf *buf, size_t limit)
{
    *buf = (Buf){.limit = limit};
}

void buf_done(Buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->limit);
}

void buf_clear(Buf *buf)
{
    buf->length = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/* Makes room for more bytes and the NUL behind them; marks the buffer failed when that is not possible. */
static bool reserve(Buf *buf, size_t more)
{
    if (buf->failed || more > buf->limit - buf->length) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->length + more + 1;
    if (need <= buf->room)
        return true;
    size_t room = buf->room < 256 ? 256 : buf->room;
    while (room < need)
        room *= 2;
    char *data = realloc(buf->data, room);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->room = room;
    return true;
}

void buf_add(Buf *buf, const void *bytes, size_t size)
{
    if (!reserve(buf, size))
        return;
    if (size > 0)
        memcpy(buf->data + buf->length, bytes, size);
    buf->length += size;
    buf->data[buf->length] = '\0';
}

void *buf_extend(Buf *buf, size_t size)
{
    if (!reserve(buf, size))
        return NULL;
    char *place = buf->data + buf->length;
    buf->length += size;
    buf->data[buf->length] = '\0';
    return place;
}

void buf_text(Buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_char(Buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_printf(Buf *buf, const char *format, ...)
{
    va_list list, again;

    va_start(list, format);
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (length >= 0 && reserve(buf, (size_t)length)) {
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    }
    va_end(again);
}

void buf_u8(Buf *buf, uint8_t value)
{
    buf_add(buf, &value, 1);
}

void buf_u32(Buf *buf, uint32_t value)
{
    uint8_t bytes[4];

    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    buf_add(buf, bytes, sizeof bytes);
}

void buf_i64(Buf *buf, int64_t value)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)value >> 8 * i);
    buf_add(buf, bytes, sizeof bytes);
}

void buf_sized(Buf *buf, const char *text)
{
    size_t length = strlen(text);

    if (length > UINT32_MAX) {
        buf->failed = true;
        return;
    }
    buf_u32(buf, (uint32_t)length);
    buf_add(buf, text, length);
}
