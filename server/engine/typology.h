/* The five-way typology over the 11 x 11 grid of identification groups (methods.md 3.2). */
#ifndef SERVER_ENGINE_TYPOLOGY_H
#define SERVER_ENGINE_TYPOLOGY_H

#include "common/catalog/methodology.h"

enum { TYPOLOGY_GROUPS = 11 };

/* The band of wellbeing group i and quality group q; NULL when either is outside 1..11 (not identified) or
 * no band holds the cell. Borrowed from the rule. */
const TypologyBand *typology_get(const TypologyRule *rule, int i, int q);

/* How many bands hold the cell: 1 in a sound profile. */
int typology_cover(const TypologyRule *rule, int i, int q);

/* Level of a group: 1 very low (1-2), 2 low (3-4), 3 medium (5-7), 4 high (8-9), 5 very high (10-11);
 * 0 unknown (methods.md 2.3). */
int typology_level(int group);

#endif
