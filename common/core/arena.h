/* Arena: memory of one request, job or command, freed at once. Capped on its own and, through a budget,
 * over all arenas together. One owner thread per arena. Built with SHANS_ARENA_EACH_ITEM every item is a
 * malloc of its own, so that AddressSanitizer sees each overrun. */
#ifndef COMMON_CORE_ARENA_H
#define COMMON_CORE_ARENA_H

#include <stddef.h>

#include "common/core/err.h"

typedef struct Arena Arena;

/* Shared by many arenas and threads; `used` is only ever changed atomically. */
typedef struct ArenaBudget {
    size_t used;  /* bytes */
    size_t limit; /* bytes */
} ArenaBudget;

/* A new arena of at most cap bytes; budget may be NULL and must outlive the arena. NULL: no memory. */
Arena *arena_new(size_t cap, ArenaBudget *budget);

/* Frees everything handed out and gives the bytes back to the budget; accepts NULL. */
void arena_free(Arena *arena);

/* Zeroed memory aligned for any type; NULL when cap or budget is reached. size 0 gives a valid pointer. */
void *arena_alloc(Arena *arena, size_t size);
void *arena_array(Arena *arena, size_t count, size_t size); /* NULL also on overflow */

/* Copies, NULL when there is no memory. Only the formatted text may be as long as the cap allows. */
char *arena_text(Arena *arena, const char *text);
char *arena_bytes(Arena *arena, const void *bytes, size_t size); /* a NUL is added after size bytes */
char *arena_printf(Arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Bytes handed out so far, rounding for alignment included; never more than the cap. */
size_t arena_used(const Arena *arena);

/* Test aid: the n-th allocation from now (1 = next) fails, once; 0 turns it off. */
void arena_fail_nth(Arena *arena, size_t n);

/* Zeroed memory for `count` items of a type, or NULL. */
#define ARENA_NEW(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
