/* Owns the explanation. Invariant: it repeats what the outcome says and never decides anew: a step that
 * `decides` agrees with the status.
 * Must not make sentences: codes and numbers only. */
#include "server/engine/explain.h"

#include "server/engine/low_results.h"

/* FILTER, COMPLETE or IMPORTS, RANK, two of B, RISK_B, RELIABLE, TYPOLOGY, and A and RISK_A once a year. */
enum { STEPS_MAX = 8 + 2 * METHOD_YEARS_MAX };

/* The list being written, and what every step looks at. */
typedef struct Steps {
    const LowRule *rule;
    const SchoolOutcome *outcome;
    Arena *arena;
    RuleStep *items;
    size_t count;
    bool memory; /* an allocation failed */
} Steps;

/* A step at the end; STEPS_MAX is never reached. */
static RuleStep *add(Steps *steps, const char *rule, bool held, bool decides)
{
    RuleStep *step = &steps->items[steps->count++];

    *step = (RuleStep){.rule = rule, .held = held, .decides = decides};
    return step;
}

static void arg_number(RuleStep *step, const char *key, int64_t number)
{
    step->args[step->arg_count++] = (RuleArg){.key = key, .number = number};
}

static void arg_text(RuleStep *step, const char *key, const char *text)
{
    step->args[step->arg_count++] = (RuleArg){.key = key, .text = text};
}

/* Notes the procedures that support `held` (in that year, 0: any). */
static void support(Steps *steps, RuleStep *step, unsigned held, int year)
{
    const SchoolOutcome *outcome = steps->outcome;
    size_t *list = ARENA_NEW(steps->arena, size_t, outcome->procedure_count);

    if (list == NULL) {
        steps->memory = true;
        return;
    }
    for (size_t i = 0; i < outcome->procedure_count; i++) {
        const ProcedureOutcome *item = &outcome->procedures[i];
        if ((year == 0 || item->year == year) && low_supports(steps->rule, outcome, item, held))
            list[step->support_count++] = i;
    }
    step->supports = list;
}

/* One step a year: a person sees how far each year was from k. */
static void branch_a(Steps *steps, const char *name, unsigned bit)
{
    bool risk = bit == HELD_RISK_A;

    for (size_t i = 0; i < steps->outcome->year_count; i++) {
        const LowYearCount *year = &steps->outcome->years[i];
        int count = risk ? year->risk : year->low;
        if (!low_branch_a_year(steps->rule, year->year))
            continue;
        bool held = count >= steps->rule->branch_a_k;
        RuleStep *step = add(steps, name, held, held);
        arg_number(step, "year", year->year);
        arg_number(step, risk ? "risk" : "low", count);
        arg_number(step, "held", year->held);
        arg_number(step, "k", steps->rule->branch_a_k);
        if (held)
            support(steps, step, bit, year->year);
    }
}

/* `decides` is false for the mode the profile did not choose, shown because sources disagree on it. */
static void branch_b(Steps *steps, const char *name, unsigned bit, bool same, bool decides)
{
    bool held = (steps->outcome->branches & bit) != 0;
    RuleStep *step = add(steps, name, held, held && decides);

    arg_text(step, "mode", same ? "SAME" : "ANY");
    arg_number(step, "years", (int64_t)steps->outcome->year_count);
    if (held)
        support(steps, step, bit, 0);
}

/* The rank is kept in the outcome; the step repeats it with the share it was compared with. */
static void rank_step(Steps *steps)
{
    const SchoolOutcome *outcome = steps->outcome;
    bool held = (outcome->branches & HELD_RANK) != 0;
    RuleStep *step = add(steps, "RANK", held, held);

    arg_number(step, "rank", outcome->rank);
    arg_number(step, "ranked", outcome->ranked);
    arg_number(step, "below", outcome->rank_below);
    arg_number(step, "participants", outcome->rank_participants);
    arg_number(step, "share_num", steps->rule->share.num);
    arg_number(step, "share_den", steps->rule->share.den);
    support(steps, step, HELD_RANK, 0);
}

/* The questions of the rule in the order of methods.md 1.3: A, B, then the risk zone. */
static void branches(Steps *steps)
{
    const LowRule *rule = steps->rule;
    bool same = rule->branch_b_mode == BRANCH_B_SAME_PROCEDURE;

    if (rule->test == LOW_BOTTOM_RANK) {
        rank_step(steps);
        return;
    }
    if (rule->branch_a_on)
        branch_a(steps, "BRANCH_A", HELD_A);
    if (rule->branch_b_on) {
        branch_b(steps, "BRANCH_B", same ? HELD_B_SAME : HELD_B_ANY, same, true);
        branch_b(steps, "BRANCH_B_OTHER", same ? HELD_B_ANY : HELD_B_SAME, !same, false);
    }
    if (!rule->risk.on || steps->outcome->status == STATUS_LISTED)
        return;
    if (rule->branch_a_on)
        branch_a(steps, "RISK_A", HELD_RISK_A);
    if (rule->branch_b_on)
        branch_b(steps, "RISK_B", HELD_RISK_B, same, true);
}

/* What stops the rule comes first; nothing after it would be true of the school. */
static void low_steps(Steps *steps, const EngineSchool *school)
{
    const SchoolOutcome *outcome = steps->outcome;
    ClassStatus status = outcome->status;
    bool applies = status != STATUS_NOT_APPLICABLE;
    RuleStep *step = add(steps, "FILTER", applies, !applies);

    arg_text(step, "kind", school->kind);
    if (!applies)
        return;
    if (status == STATUS_IMPORT_ERRORS) {
        step = add(steps, "IMPORTS", false, true);
        arg_number(step, "errors", school->open_errors);
        return;
    }
    step = add(steps, "COMPLETE", outcome->absent == 0, status == STATUS_BLOCKED || status == STATUS_NO_DATA);
    arg_number(step, "expected", outcome->expected);
    arg_number(step, "absent", outcome->absent);
    arg_number(step, "not_held", outcome->not_held);
    if (status == STATUS_BLOCKED || status == STATUS_NO_DATA)
        return;
    branches(steps);
    add(steps, "RELIABLE", outcome->reliable, false);
}

ErrCode engine_explain(const EngineInput *input, const Methodology *methodology, uint32_t school,
                       const SchoolOutcome *outcome, Arena *arena, RuleStep **ret_steps, size_t *ret_count,
                       Err *err)
{
    Steps steps = {
        .rule = &methodology->low,
        .outcome = outcome,
        .arena = arena,
        .items = ARENA_NEW(arena, RuleStep, STEPS_MAX),
    };

    if (steps.items == NULL)
        return err_memory(err);
    if (methodology->low.on)
        low_steps(&steps, &input->schools[school]);
    if (methodology->typology.on) {
        RuleStep *step = add(&steps, "TYPOLOGY", outcome->typology != NULL, false);
        arg_text(step, "type", outcome->typology != NULL ? outcome->typology->code : "");
        arg_number(step, "i", input->schools[school].wellbeing_group);
        arg_number(step, "q", input->schools[school].quality_group);
    }
    if (steps.memory)
        return err_memory(err);
    *ret_steps = steps.items;
    *ret_count = steps.count;
    return ERR_OK;
}
