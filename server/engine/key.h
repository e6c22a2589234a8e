/* A procedure as one number: equal procedures, equal numbers, in the order of procedure_compare(); and the
 * same with what the profile's count unit ignores left out. */
#ifndef SERVER_ENGINE_KEY_H
#define SERVER_ENGINE_KEY_H

#include "common/catalog/methodology.h"

static inline uint64_t procedure_key(Procedure procedure)
{
    return (uint64_t)(procedure.family & 0xff) << 40 | (uint64_t)(procedure.subject & 0xff) << 32 |
           (uint64_t)(procedure.level & 0xff) << 24 | (uint64_t)(procedure.grade & 0xff) << 8 |
           (uint64_t)(procedure.wave & 0xff);
}

/* COUNT_FAMILY_GRADE_SUBJECT keeps level and wave apart: base and profile maths are two procedures. */
static inline uint64_t procedure_unit_key(Procedure procedure, CountUnit unit)
{
    if (unit == COUNT_FAMILY)
        return procedure_key((Procedure){.family = procedure.family});
    if (unit == COUNT_FAMILY_SUBJECT)
        return procedure_key((Procedure){.family = procedure.family, .subject = procedure.subject});
    return procedure_key(procedure);
}

#endif
