/* The 30 % rule on the figures of one school (methods.md 1.3). Internal to the engine. */
#ifndef SERVER_ENGINE_LOW_RESULTS_H
#define SERVER_ENGINE_LOW_RESULTS_H

#include "server/engine/engine.h"

/* Marks each procedure low, risk and reliable, with its interval. */
void low_mark(const LowRule *rule, ProcedureOutcome *items, size_t count);

/* Counts units per year into years (rule->year_count items). */
void low_count(const LowRule *rule, const SchoolOutcome *outcome, LowYearCount *years);

/* HELD_A, HELD_B… of the figures as they are; HELD_RISK_* only when nothing else that decides holds. */
unsigned low_branches(const LowRule *rule, const SchoolOutcome *outcome);

/* True when the procedure is one of those on which the held branch rests. */
bool low_supports(const LowRule *rule, const SchoolOutcome *outcome, const ProcedureOutcome *item,
                  unsigned held);

/* True when branch A looks at this year. */
bool low_branch_a_year(const LowRule *rule, int year);

#endif
