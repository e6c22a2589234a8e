/* Owns moving a profile's years. Invariant: distances between years stay as the profile gives them (a gap
 * year stays a gap). Must not change anything else. */
#include "server/engine/shift.h"

#include <string.h>

int engine_last_year(const Methodology *methodology)
{
    const LowRule *low = &methodology->low;

    return low->year_count == 0 ? 0 : low->years[low->year_count - 1];
}

ErrCode engine_shift_years(const Methodology *methodology, int year, Arena *arena,
                           const Methodology **ret_methodology, Err *err)
{
    int last = engine_last_year(methodology);

    if (year != 0 && (year < 2000 || year > 2100)) {
        err_set(err, ERR_OUT_OF_RANGE, "METHOD_YEAR");
        return err_arg(err, "year", "%d", year);
    }
    if (year == 0 || last == 0 || year == last) {
        *ret_methodology = methodology;
        return ERR_OK;
    }
    int by = year - last;
    Methodology *moved = ARENA_NEW(arena, Methodology, 1);
    MethodProcedure *procedures = ARENA_NEW(arena, MethodProcedure, methodology->low.procedure_count);
    if (moved == NULL || procedures == NULL)
        return err_memory(err);
    *moved = *methodology;
    for (size_t i = 0; i < moved->low.year_count; i++)
        moved->low.years[i] += by;
    for (size_t i = 0; i < moved->low.procedure_count; i++) {
        procedures[i] = methodology->low.procedures[i];
        for (size_t j = 0; j < procedures[i].year_count; j++)
            procedures[i].years[j] += by;
    }
    moved->low.procedures = procedures;
    *ret_methodology = moved;
    return ERR_OK;
}
