/* Owns the typology. Invariant: a school without both groups has no type.
 * Must not guess a missing group. */
#include "server/engine/typology.h"

static bool in_grid(int group)
{
    return group >= 1 && group <= TYPOLOGY_GROUPS;
}

/* Bounds inclusive on both axes. */
static bool holds(const TypologyBand *band, int i, int q)
{
    return i >= band->i_from && i <= band->i_to && q >= band->q_from && q <= band->q_to;
}

const TypologyBand *typology_get(const TypologyRule *rule, int i, int q)
{
    if (!rule->on || !in_grid(i) || !in_grid(q))
        return NULL;
    for (size_t b = 0; b < rule->band_count; b++)
        if (holds(&rule->bands[b], i, q))
            return &rule->bands[b];
    return NULL;
}

int typology_cover(const TypologyRule *rule, int i, int q)
{
    int count = 0;

    for (size_t b = 0; b < rule->band_count; b++)
        count += holds(&rule->bands[b], i, q);
    return count;
}

int typology_level(int group)
{
    static const int levels[TYPOLOGY_GROUPS + 1] = {0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5};

    return in_grid(group) ? levels[group] : 0;
}
