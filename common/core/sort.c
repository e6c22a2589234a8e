/* Owns sorting. Invariant: equal items keep their order. Must not allocate outside the arena given. */
#include "common/core/sort.h"

#include <string.h>

ErrCode sort_stable(Arena *arena, void *items, size_t count, size_t size, SortCompare compare,
                    const void *context, Err *err)
{
    char *from = items, *scratch = arena_array(arena, count, size), *to = scratch;

    if (scratch == NULL)
        return err_memory(err);
    /* Bottom-up: runs of width items are merged into runs of twice the width, from one array into the other.
     */
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = start + 2 * width < count ? start + 2 * width : count;
            size_t left = start, right = middle;
            for (size_t at = start; at < end; at++) {
                size_t take;
                if (left < middle &&
                    (right >= end || compare(from + left * size, from + right * size, context) <= 0))
                    take = left++;
                else
                    take = right++;
                memcpy(to + at * size, from + take * size, size);
            }
        }
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * size);
    return ERR_OK;
}
