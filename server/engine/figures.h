/* From facts to the figures a rule looks at: the profile's procedures and years, the greatest source, the
 * predecessor's figures by the lineage policy, and what is missing. Internal to the engine. */
#ifndef SERVER_ENGINE_FIGURES_H
#define SERVER_ENGINE_FIGURES_H

#include "server/engine/engine.h"

typedef struct Figures {
    const EngineInput *input;
    const LowRule *rule;
    const size_t *first; /* first[s]..first[s + 1]: the facts of school s; school_count + 1 items */
} Figures;

/* Indexes the facts of a checked input. */
ErrCode figures_init(Figures *figures, const EngineInput *input, const LowRule *rule, Arena *arena,
                     Err *err) MUST_CHECK;

/* Fills procedures (figures and provenance; low, risk, reliable and the interval are left to the rule), the
 * slots, and the flags that come from figures. INVALID_ARGUMENT / ENGINE_LINEAGE_CYCLE (code) when the
 * school is its own predecessor. */
ErrCode figures_fill(const Figures *figures, uint32_t school, Arena *arena, SchoolOutcome *outcome,
                     Err *err) MUST_CHECK;

/* True when the profile names the procedure in that year. */
bool figures_named(const LowRule *rule, Procedure procedure, int year);

#endif
