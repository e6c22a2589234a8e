/* Owns moving a profile in time. Invariant: distances between years are kept.
 * Must not change the profile given: it may be stored and hashed. */
#include "server/engine/years.h"

#include <string.h>

enum { YEAR_LEAST = 1900, YEAR_MOST = 2999 };

static void move(int *years, size_t count, int by)
{
    for (size_t i = 0; i < count && i < METHOD_YEARS_MAX; i++)
        years[i] += by;
}

ErrCode engine_years_shift(const Methodology *methodology, int latest, Arena *arena,
                           Methodology **ret_methodology, Err *err)
{
    const LowRule *from = &methodology->low;
    Methodology *copy = ARENA_NEW(arena, Methodology, 1);
    MethodProcedure *items = ARENA_NEW(arena, MethodProcedure, from->procedure_count);

    if (copy == NULL || items == NULL)
        return err_memory(err);
    *copy = *methodology;
    if (from->on && from->year_count > 0 && from->year_count <= METHOD_YEARS_MAX) {
        if (latest < YEAR_LEAST || latest > YEAR_MOST) {
            err_set(err, ERR_INVALID_ARGUMENT, "METHOD_YEAR");
            return err_arg(err, "year", "%d", latest);
        }
        int by = latest - from->years[from->year_count - 1];
        if (from->procedure_count > 0)
            memcpy(items, from->procedures, from->procedure_count * sizeof *items);
        for (size_t i = 0; i < from->procedure_count; i++)
            move(items[i].years, items[i].year_count, by);
        move(copy->low.years, from->year_count, by);
        copy->low.procedures = items;
    }
    *ret_methodology = copy;
    return ERR_OK;
}
