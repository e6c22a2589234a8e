/* Why a school has its status: the rule's questions in the order they were tried, each with its numbers and
 * the procedures it rests on. */
#ifndef SERVER_ENGINE_EXPLAIN_H
#define SERVER_ENGINE_EXPLAIN_H

#include "server/engine/engine.h"

enum { RULE_STEP_ARGS = 6 };

typedef struct RuleArg {
    const char *key;  /* a literal */
    int64_t number;   /* meaningful when text is NULL */
    const char *text; /* borrowed: a code, never a sentence */
} RuleArg;

/* Rules, in order, and their arguments; those of a rule the profile does not use are left out:
 *   FILTER       the school's kind is subject to the rule: kind
 *   IMPORTS      no import error about the school is open; stands only when some are: errors
 *   COMPLETE     nothing of the profile is missing: expected, absent, not_held
 *   BRANCH_A     one step a year looked at: year, low, held, k
 *   BRANCH_B     the profile's mode: mode ("ANY", "SAME"), years
 *   BRANCH_B_OTHER  the other mode, which decides nothing: mode, years
 *   RANK         among the worst: rank, ranked, below, participants, share_num, share_den
 *   RISK_A, RISK_B  as the branches, when the profile has a risk zone and the school is not listed
 *   RELIABLE     no procedure the status rests on is unreliable
 *   TYPOLOGY     identified: type, i, q
 * A step after one that ended the question (FILTER not held, IMPORTS, BLOCKED, no figures) is left out too,
 * except TYPOLOGY. */
typedef struct RuleStep {
    const char *rule;
    bool held;
    bool decides; /* the status follows from this step having held (or, for FILTER and COMPLETE, not) */
    RuleArg args[RULE_STEP_ARGS];
    size_t arg_count;
    const size_t *supports; /* indices into outcome->procedures */
    size_t support_count;
} RuleStep;

/* The steps of one outcome that engine_classify() gave for this school, input and profile. */
ErrCode engine_explain(const EngineInput *input, const Methodology *methodology, uint32_t school,
                       const SchoolOutcome *outcome, Arena *arena, RuleStep **ret_steps, size_t *ret_count,
                       Err *err) MUST_CHECK;

#endif
