/* Owns the linter. Invariant: a profile without LINT_ERROR is safe for every other file of the engine: no
 * empty arrays, no zero denominators, no unknown modes.
 * Must not look at figures. */
#include "server/engine/lint.h"

#include "common/core/text.h"
#include "server/engine/key.h"
#include "server/engine/typology.h"

enum { FINDINGS_MAX = 256 };

/* The list being written. */
typedef struct Lint {
    LintFinding *findings;
    size_t count;
} Lint;

static LintFinding *find(Lint *lint, const char *code, LintSeverity severity)
{
    if (lint->count == FINDINGS_MAX) /* the rest would say the same again */
        return &lint->findings[FINDINGS_MAX - 1];
    lint->findings[lint->count] = (LintFinding){.code = code, .severity = severity};
    return &lint->findings[lint->count++];
}

static void add_arg(LintFinding *finding, const char *key, int64_t number)
{
    if (finding->arg_count < LINT_ARGS_MAX)
        finding->args[finding->arg_count++] = (LintArg){key, number};
}

static void find_with(Lint *lint, const char *code, LintSeverity severity, const char *key, int64_t number)
{
    add_arg(find(lint, code, severity), key, number);
}

/* Above 0: with 0 every school would be low. */
static bool share_ok(Ratio share)
{
    return share.den > 0 && share.num > 0 && share.num <= share.den;
}

/* Explicit, ascending, each once. A gap is legal (2019 + 2021) but is said: trap T-05. */
static void lint_years(Lint *lint, const LowRule *rule)
{
    if (rule->year_count == 0)
        find(lint, "YEARS_EMPTY", LINT_ERROR);
    if (rule->year_count > METHOD_YEARS_MAX) {
        find_with(lint, "YEARS_TOO_MANY", LINT_ERROR, "years", (int64_t)rule->year_count);
        return;
    }
    for (size_t i = 0; i < rule->year_count; i++) {
        int year = rule->years[i];
        if (year < 1900 || year > 2999)
            find_with(lint, "YEAR_RANGE", LINT_ERROR, "year", year);
        if (i == 0)
            continue;
        if (year <= rule->years[i - 1])
            find_with(lint, "YEARS_NOT_ASCENDING", LINT_ERROR, "year", year);
        else if (year != rule->years[i - 1] + 1)
            find_with(lint, "YEARS_NOT_CONSECUTIVE", LINT_WARNING, "year", year);
    }
}

/* What the results form can have a row for; grade 0 of ВПР is "any grade". */
static bool procedure_ok(const Procedure *p)
{
    if (p->subject != SUBJECT_RUSSIAN && p->subject != SUBJECT_MATHS)
        return false;
    if (p->level < LEVEL_NONE || p->level > LEVEL_PROFILE || p->grade < 0 || p->grade > 11)
        return false;
    if (p->wave != WAVE_SPRING && p->wave != WAVE_AUTUMN)
        return false;
    if (p->family == FAMILY_OGE || p->family == FAMILY_EGE)
        return p->grade == 0;
    return p->family == FAMILY_VPR;
}

static bool year_known(const LowRule *rule, int year)
{
    for (size_t i = 0; i < rule->year_count; i++)
        if (rule->years[i] == year)
            return true;
    return false;
}

/* A repeated procedure counts once, a year outside the pair never: both are oversights, not faults. */
static void lint_procedures(Lint *lint, const LowRule *rule)
{
    if (rule->procedure_count == 0)
        find(lint, "PROCEDURES_EMPTY", LINT_ERROR);
    if (rule->procedure_count > METHOD_PROCEDURES_MAX) {
        find_with(lint, "PROCEDURES_TOO_MANY", LINT_ERROR, "procedures", (int64_t)rule->procedure_count);
        return;
    }
    for (size_t i = 0; i < rule->procedure_count; i++) {
        const MethodProcedure *item = &rule->procedures[i];
        if (!procedure_ok(&item->procedure))
            find_with(lint, "PROCEDURE_INVALID", LINT_ERROR, "procedure", (int64_t)i + 1);
        if (item->year_count > METHOD_YEARS_MAX) {
            find_with(lint, "YEARS_TOO_MANY", LINT_ERROR, "procedure", (int64_t)i + 1);
            continue;
        }
        for (size_t y = 0; y < item->year_count; y++)
            if (!year_known(rule, item->years[y])) {
                LintFinding *finding = find(lint, "PROCEDURE_YEAR_OUTSIDE", LINT_WARNING);
                add_arg(finding, "procedure", (int64_t)i + 1);
                add_arg(finding, "year", item->years[y]);
            }
        for (size_t j = 0; j < i; j++)
            if (procedure_key(rule->procedures[j].procedure) == procedure_key(item->procedure))
                find_with(lint, "PROCEDURE_TWICE", LINT_WARNING, "procedure", (int64_t)i + 1);
    }
}

/* Where sources are silent or garbled (trap T-02) the profile must say what it takes: there are no defaults.
 */
static void lint_modes(Lint *lint, const LowRule *rule)
{
    if (rule->test != LOW_GE && rule->test != LOW_BOTTOM_RANK)
        find(lint, "TEST_UNSPECIFIED", LINT_ERROR);
    if (rule->count_unit < COUNT_FAMILY_GRADE_SUBJECT || rule->count_unit > COUNT_FAMILY)
        find(lint, "COUNT_UNIT_UNSPECIFIED", LINT_ERROR);
    if (rule->branch_a_on && rule->branch_a_years != BRANCH_A_LATEST &&
        rule->branch_a_years != BRANCH_A_ANY_OF_PAIR)
        find(lint, "BRANCH_A_YEARS_UNSPECIFIED", LINT_ERROR);
    if (rule->branch_b_on && rule->branch_b_mode != BRANCH_B_ANY &&
        rule->branch_b_mode != BRANCH_B_SAME_PROCEDURE)
        find(lint, "BRANCH_B_MODE_UNSPECIFIED", LINT_ERROR);
    if (rule->absent_policy < ABSENT_IGNORE || rule->absent_policy > ABSENT_BLOCK)
        find(lint, "ABSENT_POLICY_UNSPECIFIED", LINT_ERROR);
    if (rule->lineage < LINEAGE_SUM || rule->lineage > LINEAGE_PREDECESSOR_DISPLAY)
        find(lint, "LINEAGE_UNSPECIFIED", LINT_ERROR);
    if (rule->min_participants < 0 || rule->unreliable_below < 0 || rule->unreliable_ci_below < 0)
        find(lint, "PARTICIPANTS_NEGATIVE", LINT_ERROR);
}

/* Trap T-01: a risk zone without a floor takes in nearly every good school. */
static void lint_shares(Lint *lint, const LowRule *rule)
{
    bool sound = share_ok(rule->share);

    if (!sound)
        find(lint, "SHARE_RANGE", LINT_ERROR);
    if (!rule->risk.on)
        return;
    if (rule->test == LOW_BOTTOM_RANK)
        find(lint, "RISK_WITH_RANK", LINT_ERROR);
    if (rule->risk.floor.den <= 0 || rule->risk.floor.num < 0)
        find(lint, "RISK_FLOOR_RANGE", LINT_ERROR);
    else if (sound && ratio_compare(rule->risk.floor, rule->share) >= 0)
        find(lint, "RISK_FLOOR_ABOVE_SHARE", LINT_ERROR);
    else if (rule->risk.floor.num == 0)
        find(lint, "RISK_NO_FLOOR", LINT_WARNING);
}

/* The most units one year can have; INT64_MAX when "any grade" leaves it open. */
static int64_t units_most(const LowRule *rule)
{
    int64_t count = 0;

    for (size_t i = 0; i < rule->procedure_count; i++) {
        Procedure procedure = rule->procedures[i].procedure;
        uint64_t unit = procedure_unit_key(procedure, rule->count_unit);
        bool seen = false;
        if (procedure.family == FAMILY_VPR && procedure.grade == 0 &&
            rule->count_unit == COUNT_FAMILY_GRADE_SUBJECT)
            return INT64_MAX;
        for (size_t j = 0; j < i && !seen; j++)
            seen = procedure_unit_key(rule->procedures[j].procedure, rule->count_unit) == unit;
        count += !seen;
    }
    return count;
}

/* Trap T-03: a branch A that branch B implies decides nothing beside it. */
static void lint_branches(Lint *lint, const LowRule *rule)
{
    if (rule->test == LOW_BOTTOM_RANK) {
        if (rule->branch_a_on || rule->branch_b_on)
            find(lint, "RANK_WITH_BRANCHES", LINT_ERROR);
        return;
    }
    if (!rule->branch_a_on && !rule->branch_b_on)
        find(lint, "NO_BRANCH", LINT_ERROR);
    if (rule->branch_b_on && rule->year_count == 1)
        find(lint, "BRANCH_B_ONE_YEAR", LINT_ERROR);
    if (!rule->branch_a_on)
        return;
    if (rule->branch_a_k < 1)
        find_with(lint, "BRANCH_A_K_RANGE", LINT_ERROR, "k", rule->branch_a_k);
    else if (rule->branch_a_k > units_most(rule))
        find_with(lint, "BRANCH_A_K_UNREACHABLE", LINT_WARNING, "k", rule->branch_a_k);
    else if (rule->branch_a_k == 1 && rule->branch_b_on)
        find(lint, "BRANCH_B_IMPLIES_A", LINT_WARNING);
    if (rule->branch_a_years == BRANCH_A_ANY_OF_PAIR && rule->year_count > 1)
        find(lint, "BRANCH_A_ANY_YEAR", LINT_INFO);
}

static void lint_low(Lint *lint, const LowRule *rule)
{
    lint_years(lint, rule);
    lint_procedures(lint, rule);
    lint_modes(lint, rule);
    lint_shares(lint, rule);
    if (rule->procedure_count <= METHOD_PROCEDURES_MAX)
        lint_branches(lint, rule);
}

static bool bounds_ok(int from, int to)
{
    return from >= 1 && from <= to && to <= TYPOLOGY_GROUPS;
}

/* Every cell of the grid exactly once, or a school would have no type, or two. */
static void lint_typology(Lint *lint, const TypologyRule *rule)
{
    for (size_t b = 0; b < rule->band_count; b++) {
        const TypologyBand *band = &rule->bands[b];
        if (!bounds_ok(band->i_from, band->i_to) || !bounds_ok(band->q_from, band->q_to))
            find_with(lint, "TYPOLOGY_BOUNDS", LINT_ERROR, "band", (int64_t)b + 1);
        if (band->code == NULL || !text_is_code(band->code))
            find_with(lint, "TYPOLOGY_CODE", LINT_ERROR, "band", (int64_t)b + 1);
    }
    for (int i = 1; i <= TYPOLOGY_GROUPS; i++)
        for (int q = 1; q <= TYPOLOGY_GROUPS; q++) {
            int cover = typology_cover(rule, i, q);
            if (cover == 1)
                continue;
            LintFinding *finding =
                find(lint, cover == 0 ? "TYPOLOGY_UNCOVERED" : "TYPOLOGY_OVERLAP", LINT_ERROR);
            add_arg(finding, "i", i);
            add_arg(finding, "q", q);
        }
}

ErrCode engine_lint(const Methodology *methodology, Arena *arena, LintFinding **ret_findings,
                    size_t *ret_count, Err *err)
{
    Lint lint = {.findings = ARENA_NEW(arena, LintFinding, FINDINGS_MAX)};

    if (lint.findings == NULL)
        return err_memory(err);
    if (!methodology->low.on && !methodology->typology.on && !methodology->quadrants.on)
        find(&lint, "NO_RULE", LINT_ERROR);
    if (methodology->low.on)
        lint_low(&lint, &methodology->low);
    if (methodology->typology.on)
        lint_typology(&lint, &methodology->typology);
    *ret_findings = lint.findings;
    *ret_count = lint.count;
    return ERR_OK;
}
