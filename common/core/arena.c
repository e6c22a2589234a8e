/* Owns arena memory. Invariant: used <= cap, and the budget counts exactly the chunks still held.
 * Must not be shared between threads; only the budget is. */
#include "common/core/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Chunk {
    struct Chunk *next;
    size_t size, at; /* bytes of data, bytes handed out */
    alignas(max_align_t) unsigned char data[];
} Chunk;

struct Arena {
    Chunk *chunks;
    ArenaBudget *budget;
    size_t cap, used, held;
    size_t fail_in;
};

enum { CHUNK_LEAST = 4096, CHUNK_MOST = 1 << 20 };

Arena *arena_new(size_t cap, ArenaBudget *budget)
{
    Arena *arena = calloc(1, sizeof *arena);

    if (arena != NULL) {
        arena->cap = cap;
        arena->budget = budget;
    }
    return arena;
}

/* Adds first and takes back when it was too much: two threads can never both get the last bytes. */
static bool budget_take(ArenaBudget *budget, size_t size)
{
    if (budget == NULL)
        return true;
    if (__atomic_add_fetch(&budget->used, size, __ATOMIC_RELAXED) <= budget->limit)
        return true;
    __atomic_sub_fetch(&budget->used, size, __ATOMIC_RELAXED);
    return false;
}

void arena_free(Arena *arena)
{
    if (arena == NULL)
        return;
    for (Chunk *chunk = arena->chunks; chunk != NULL;) {
        Chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    if (arena->budget != NULL)
        __atomic_sub_fetch(&arena->budget->used, arena->held, __ATOMIC_RELAXED);
    free(arena);
}

/* A chunk of at least size bytes. Chunks double with what the arena holds, so that a large request needs few
 * calls of the heap and a small one little memory. */
static Chunk *chunk_add(Arena *arena, size_t size)
{
    size_t want = size;

#ifndef SHANS_ARENA_EACH_ITEM
    size_t grown = arena->held < CHUNK_LEAST ? CHUNK_LEAST : arena->held;
    if (grown > CHUNK_MOST)
        grown = CHUNK_MOST;
    if (want < grown)
        want = grown;
#endif
    if (!budget_take(arena->budget, want))
        return NULL;
    Chunk *chunk = calloc(1, sizeof *chunk + want);
    if (chunk == NULL) {
        if (arena->budget != NULL)
            __atomic_sub_fetch(&arena->budget->used, want, __ATOMIC_RELAXED);
        return NULL;
    }
    chunk->size = want;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->held += want;
    return chunk;
}

void *arena_alloc(Arena *arena, size_t size)
{
    size_t step = alignof(max_align_t);
    size_t rounded = size == 0 ? step : (size + step - 1) / step * step;

    if (arena->fail_in > 0 && --arena->fail_in == 0)
        return NULL;
    /* used never exceeds cap, so the difference cannot wrap; a size near SIZE_MAX wraps in rounding. */
    if (rounded < size || rounded > arena->cap - arena->used)
        return NULL;
    Chunk *chunk = arena->chunks;
#ifdef SHANS_ARENA_EACH_ITEM
    chunk = chunk_add(arena, size == 0 ? 1 : size);
#else
    if (chunk == NULL || chunk->size - chunk->at < rounded)
        chunk = chunk_add(arena, rounded);
#endif
    if (chunk == NULL)
        return NULL;
    void *item = chunk->data + chunk->at;
#ifdef SHANS_ARENA_EACH_ITEM
    chunk->at = chunk->size;
#else
    chunk->at += rounded;
#endif
    arena->used += rounded;
    return item;
}

void *arena_array(Arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return arena_alloc(arena, total);
}

char *arena_bytes(Arena *arena, const void *bytes, size_t size)
{
    char *copy = size == SIZE_MAX ? NULL : arena_alloc(arena, size + 1);

    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_text(Arena *arena, const char *text)
{
    return arena_bytes(arena, text, strlen(text));
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list list, again;

    va_start(list, format);
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

size_t arena_used(const Arena *arena)
{
    return arena->used;
}

void arena_fail_nth(Arena *arena, size_t n)
{
    arena->fail_in = n;
}
