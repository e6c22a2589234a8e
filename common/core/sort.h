/* Stable merge sort with a context, for results that must not depend on the C library's qsort. */
#ifndef COMMON_CORE_SORT_H
#define COMMON_CORE_SORT_H

#include <stddef.h>

#include "common/core/arena.h"

/* Less than, equal to or greater than zero, as a stands before, with or behind b. */
typedef int (*SortCompare)(const void *a, const void *b, const void *context);

/* Sorts count items of size bytes in place; equal items keep their order. The scratch copy (count * size
 * bytes) comes from the arena. RESOURCE_EXHAUSTED / MEMORY_LIMIT leaves the items as they were. */
ErrCode sort_stable(Arena *arena, void *items, size_t count, size_t size, SortCompare compare,
                    const void *context, Err *err) MUST_CHECK;

#endif
