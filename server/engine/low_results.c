/* Owns the 30 % rule. Invariant: a share is compared with a bound by integers only, so that 3 of 10 is low
 * and 2,997 of 10,000 is not.
 * Must not choose figures (figures.c) or give a status (classify.c). */
#include "server/engine/low_results.h"

#include "server/engine/key.h"
#include "server/engine/wilson.h"

enum { PPM = 1000000 };

/* Compared on the grid of whole parts per million, never as reals. */
static bool interval_contains(const ProcedureOutcome *item, Ratio share)
{
    return ratio_compare((Ratio){item->wilson_low_ppm, PPM}, share) <= 0 &&
           ratio_compare((Ratio){item->wilson_high_ppm, PPM}, share) >= 0;
}

/* methods.md 1.5: tiny n, or n still small and the interval undecided about the share. A share of schools
 * (LOW_BOTTOM_RANK) says nothing about a share of participants. */
static bool is_reliable(const LowRule *rule, const ProcedureOutcome *item)
{
    if (item->participants < rule->unreliable_below)
        return false;
    if (rule->test == LOW_BOTTOM_RANK)
        return true;
    return item->participants >= rule->unreliable_ci_below || !interval_contains(item, rule->share);
}

/* Between the floor and the share; the share itself is low, so it is always excluded above. */
static bool is_risk(const LowRule *rule, const ProcedureOutcome *item)
{
    if (!rule->risk.on || ratio_share_ge(item->below, item->participants, rule->share))
        return false;
    int order = ratio_compare((Ratio){item->below, item->participants}, rule->risk.floor);
    return order > 0 || (order == 0 && rule->risk.floor_inclusive);
}

void low_mark(const LowRule *rule, ProcedureOutcome *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ProcedureOutcome *item = &items[i];
        wilson_interval(item->below, item->participants, &item->wilson_low_ppm, &item->wilson_high_ppm);
        item->reliable = is_reliable(rule, item);
        if (!item->counted || rule->test != LOW_GE)
            continue;
        item->low = ratio_share_ge(item->below, item->participants, rule->share);
        item->risk = is_risk(rule, item);
    }
}

/* The branches are asked of low procedures and again of those in the risk band. */
typedef bool (*Marked)(const ProcedureOutcome *item);

static bool marked_low(const ProcedureOutcome *item)
{
    return item->low;
}

static bool marked_risk(const ProcedureOutcome *item)
{
    return item->risk;
}

static bool marked_counted(const ProcedureOutcome *item)
{
    return item->counted;
}

/* Distinct count units among the marked procedures of the year. */
static int units(const LowRule *rule, const SchoolOutcome *outcome, int year, Marked marked)
{
    int count = 0;

    for (size_t i = 0; i < outcome->procedure_count; i++) {
        const ProcedureOutcome *item = &outcome->procedures[i];
        bool seen = item->year != year || !marked(item);
        for (size_t j = 0; j < i && !seen; j++) {
            const ProcedureOutcome *before = &outcome->procedures[j];
            seen = before->year == year && marked(before) &&
                   procedure_unit_key(before->procedure, rule->count_unit) ==
                       procedure_unit_key(item->procedure, rule->count_unit);
        }
        count += !seen;
    }
    return count;
}

void low_count(const LowRule *rule, const SchoolOutcome *outcome, LowYearCount *years)
{
    for (size_t i = 0; i < rule->year_count; i++) {
        int year = rule->years[i];
        years[i] = (LowYearCount){
            .year = year,
            .low = units(rule, outcome, year, marked_low),
            .risk = units(rule, outcome, year, marked_risk),
            .held = units(rule, outcome, year, marked_counted),
        };
    }
}

bool low_branch_a_year(const LowRule *rule, int year)
{
    return rule->branch_a_years == BRANCH_A_ANY_OF_PAIR || year == rule->years[rule->year_count - 1];
}

/* The counts are kept in the outcome: the branches need not count again. */
static int year_units(const SchoolOutcome *outcome, size_t i, Marked marked)
{
    return marked == marked_low ? outcome->years[i].low : outcome->years[i].risk;
}

/* A(s): in some year looked at, at least k distinct units. */
static bool branch_a(const LowRule *rule, const SchoolOutcome *outcome, Marked marked)
{
    for (size_t i = 0; i < outcome->year_count; i++)
        if (low_branch_a_year(rule, outcome->years[i].year) &&
            year_units(outcome, i, marked) >= rule->branch_a_k)
            return true;
    return false;
}

/* B_any(s): in every year some procedure. One year alone gives no branch B. */
static bool branch_b_any(const SchoolOutcome *outcome, Marked marked)
{
    for (size_t i = 0; i < outcome->year_count; i++)
        if (year_units(outcome, i, marked) == 0)
            return false;
    return outcome->year_count > 1;
}

static bool marked_in_year(const SchoolOutcome *outcome, uint64_t key, int year, Marked marked)
{
    for (size_t i = 0; i < outcome->procedure_count; i++) {
        const ProcedureOutcome *item = &outcome->procedures[i];
        if (item->year == year && marked(item) && procedure_key(item->procedure) == key)
            return true;
    }
    return false;
}

/* "The same" is the procedure itself, whatever the count unit: exists p for all y (methods.md 1.3). */
static bool same_every_year(const LowRule *rule, const SchoolOutcome *outcome, uint64_t key, Marked marked)
{
    for (size_t i = 0; i < rule->year_count; i++)
        if (!marked_in_year(outcome, key, rule->years[i], marked))
            return false;
    return rule->year_count > 1;
}

/* B_same(s): some procedure in every year. */
static bool branch_b_same(const LowRule *rule, const SchoolOutcome *outcome, Marked marked)
{
    for (size_t i = 0; i < outcome->procedure_count; i++)
        if (same_every_year(rule, outcome, procedure_key(outcome->procedures[i].procedure), marked))
            return true;
    return false;
}

unsigned low_branches(const LowRule *rule, const SchoolOutcome *outcome)
{
    unsigned held = 0;
    bool same_mode = rule->branch_b_mode == BRANCH_B_SAME_PROCEDURE;

    if (rule->test != LOW_GE)
        return 0;
    held |= branch_b_any(outcome, marked_low) ? HELD_B_ANY : 0;
    held |= branch_b_same(rule, outcome, marked_low) ? HELD_B_SAME : 0;
    if (rule->branch_a_on && branch_a(rule, outcome, marked_low))
        held |= HELD_A;
    if (rule->branch_b_on && (held & (same_mode ? HELD_B_SAME : HELD_B_ANY)) != 0)
        held |= HELD_B;
    if ((held & (HELD_A | HELD_B)) != 0 || !rule->risk.on)
        return held;
    if (rule->branch_a_on && branch_a(rule, outcome, marked_risk))
        held |= HELD_RISK_A;
    if (rule->branch_b_on &&
        (same_mode ? branch_b_same(rule, outcome, marked_risk) : branch_b_any(outcome, marked_risk)))
        held |= HELD_RISK_B;
    return held;
}

bool low_supports(const LowRule *rule, const SchoolOutcome *outcome, const ProcedureOutcome *item,
                  unsigned held)
{
    bool risk = (held & (HELD_RISK_A | HELD_RISK_B)) != 0;
    Marked marked = risk ? marked_risk : marked_low;

    if (held == HELD_RANK)
        return item->counted;
    if (!marked(item))
        return false;
    if (held == HELD_A || held == HELD_RISK_A)
        return low_branch_a_year(rule, item->year) &&
               units(rule, outcome, item->year, marked) >= rule->branch_a_k;
    if (held == HELD_B_ANY ||
        ((held == HELD_B || held == HELD_RISK_B) && rule->branch_b_mode == BRANCH_B_ANY))
        return branch_b_any(outcome, marked);
    return same_every_year(rule, outcome, procedure_key(item->procedure), marked);
}
