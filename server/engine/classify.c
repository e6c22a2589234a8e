/* Owns the status. Invariant: the outcome of a school depends on the profile, its own facts and those of its
 * predecessors only; a rank alone looks at the other schools.
 * Must not read anything but the input given. */
#include "common/core/sort.h"
#include "common/core/text.h"
#include "server/engine/engine.h"
#include "server/engine/figures.h"
#include "server/engine/lint.h"
#include "server/engine/low_results.h"
#include "server/engine/typology.h"

/* The first structural finding becomes the error; warnings and information run. */
static ErrCode refuse_errors(const Methodology *methodology, Arena *arena, Err *err)
{
    LintFinding *findings;
    size_t count;
    ErrCode code = engine_lint(methodology, arena, &findings, &count, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++) {
        if (findings[i].severity != LINT_ERROR)
            continue;
        err_set(err, ERR_FAILED_PRECONDITION, "METHOD_LINT");
        err_arg(err, "code", "%s", findings[i].code);
        for (size_t a = 0; a < findings[i].arg_count; a++)
            err_arg(err, findings[i].args[a].key, "%lld", (long long)findings[i].args[a].number);
        return err->code;
    }
    return ERR_OK;
}

/* methods.md 1.5: special kinds do stand in published lists, so exclusion is the profile's choice. */
static bool kind_excluded(const LowRule *rule, const char *kind)
{
    for (size_t i = 0; i < rule->exclude_kind_count; i++)
        if (text_equal(rule->exclude_kinds[i], kind))
            return true;
    return false;
}

/* Figures in exactly one of several years: branch B cannot hold, whatever they are. */
static bool one_year_only(const SchoolOutcome *outcome)
{
    int with_figures = 0;

    for (size_t i = 0; i < outcome->year_count; i++)
        with_figures += outcome->years[i].held > 0;
    return outcome->year_count > 1 && with_figures == 1;
}

/* Figures below min_participants are shown but are not data for the rule. */
static bool any_counted(const SchoolOutcome *outcome)
{
    for (size_t i = 0; i < outcome->procedure_count; i++)
        if (outcome->procedures[i].counted)
            return true;
    return false;
}

/* Everything about one school that needs no other school: figures, marks, counts, flags. */
static ErrCode school_fill(const Figures *figures, uint32_t school, Arena *arena, SchoolOutcome *outcome,
                           Err *err)
{
    const LowRule *rule = figures->rule;
    LowYearCount *years = ARENA_NEW(arena, LowYearCount, rule->year_count);
    ErrCode code = figures_fill(figures, school, arena, outcome, err);

    if (code != ERR_OK)
        return code;
    if (years == NULL)
        return err_memory(err);
    /* The array is the engine's own until it is handed out as const. */
    low_mark(rule, (ProcedureOutcome *)outcome->procedures, outcome->procedure_count);
    low_count(rule, outcome, years);
    outcome->years = years;
    outcome->year_count = rule->year_count;
    if (one_year_only(outcome))
        outcome->flags |= FLAG_ONE_YEAR_ONLY;
    return ERR_OK;
}

/* What stops the rule before it is tried; STATUS_UNSET when nothing does. */
static ClassStatus status_before(const LowRule *rule, const EngineSchool *school,
                                 const SchoolOutcome *outcome)
{
    if (kind_excluded(rule, school->kind))
        return STATUS_NOT_APPLICABLE;
    if (school->open_errors > 0)
        return STATUS_IMPORT_ERRORS;
    if (rule->absent_policy == ABSENT_BLOCK && outcome->absent > 0)
        return STATUS_BLOCKED;
    if (any_counted(outcome))
        return STATUS_UNSET;
    return rule->absent_policy == ABSENT_NOT_LOW && outcome->absent > 0 ? STATUS_NOT_LISTED : STATUS_NO_DATA;
}

/* A predecessor whose figures are added to its successor's is not ranked a second time. */
static bool absorbed(const EngineInput *input, const LowRule *rule, uint32_t school)
{
    if (rule->lineage != LINEAGE_SUM)
        return false;
    for (size_t i = 0; i < input->lineage_count; i++)
        if (input->lineage[i].predecessor == school &&
            input->lineage[i].last_year < rule->years[rule->year_count - 1])
            return true;
    return false;
}

/* A school in the row of all ranked ones. */
typedef struct RankRow {
    uint32_t school;
    int64_t participants, below;
} RankRow;

/* Worst share first. */
static int rank_compare(const void *a, const void *b, const void *context)
{
    const RankRow *left = a, *right = b;

    (void)context;
    return ratio_compare((Ratio){right->below, right->participants},
                         (Ratio){left->below, left->participants});
}

/* Below the minimum and participations over all counted procedures. A person who sat two papers is two
 * participations: the sum is never shown as a number of pupils. */
static RankRow rank_pool(const SchoolOutcome *outcome, uint32_t school)
{
    RankRow row = {.school = school};

    for (size_t i = 0; i < outcome->procedure_count; i++) {
        if (!outcome->procedures[i].counted)
            continue;
        row.participants += outcome->procedures[i].participants;
        row.below += outcome->procedures[i].below;
    }
    return row;
}

/* methods.md 1.3 BOTTOM_RANK: a school is in when it and those strictly worse are at most `share` of the
 * ranked schools; equal shares are in together; a school with nobody below never is. */
static ErrCode rank_all(const EngineInput *input, const LowRule *rule, Arena *arena, SchoolOutcome *outcomes,
                        Err *err)
{
    RankRow *rows = ARENA_NEW(arena, RankRow, input->school_count);
    uint32_t count = 0;

    if (rows == NULL)
        return err_memory(err);
    for (uint32_t s = 0; s < input->school_count; s++)
        if (outcomes[s].status == STATUS_UNSET && !absorbed(input, rule, s))
            rows[count++] = rank_pool(&outcomes[s], s);
    ErrCode code = sort_stable(arena, rows, count, sizeof(RankRow), rank_compare, NULL, err);
    if (code != ERR_OK)
        return code;
    uint32_t rank = 1;
    for (uint32_t i = 0; i < count; i++) {
        SchoolOutcome *outcome = &outcomes[rows[i].school];
        if (i > 0 && rank_compare(&rows[i - 1], &rows[i], NULL) != 0)
            rank = i + 1;
        outcome->rank = rank;
        outcome->ranked = count;
        outcome->rank_participants = rows[i].participants;
        outcome->rank_below = rows[i].below;
        if (rows[i].below > 0 && ratio_compare((Ratio){rank, count}, rule->share) <= 0)
            outcome->branches |= HELD_RANK;
    }
    return ERR_OK;
}

/* A status rests on every procedure that supports a branch that gave it. */
static bool rests_on_unreliable(const LowRule *rule, const SchoolOutcome *outcome)
{
    static const unsigned deciding[] = {HELD_A, HELD_B, HELD_RISK_A, HELD_RISK_B, HELD_RANK};

    for (size_t d = 0; d < sizeof deciding / sizeof deciding[0]; d++) {
        if ((outcome->branches & deciding[d]) == 0)
            continue;
        for (size_t i = 0; i < outcome->procedure_count; i++)
            if (!outcome->procedures[i].reliable &&
                low_supports(rule, outcome, &outcome->procedures[i], deciding[d]))
                return true;
    }
    return false;
}

/* The rule itself, for a school that nothing stopped before. Listed wins over the risk zone. */
static void status_give(const LowRule *rule, SchoolOutcome *outcome)
{
    if (outcome->status != STATUS_UNSET)
        return;
    outcome->branches |= low_branches(rule, outcome);
    if ((outcome->branches & (HELD_A | HELD_B | HELD_RANK)) != 0)
        outcome->status = STATUS_LISTED;
    else if ((outcome->branches & (HELD_RISK_A | HELD_RISK_B)) != 0)
        outcome->status = STATUS_RISK;
    else
        outcome->status = STATUS_NOT_LISTED;
    if (rests_on_unreliable(rule, outcome)) {
        outcome->reliable = false;
        outcome->flags |= FLAG_UNRELIABLE;
    }
}

/* Three passes: figures of each school, the rank over all, the status of each. */
static ErrCode low_classify(const EngineInput *input, const LowRule *rule, Arena *arena,
                            SchoolOutcome *outcomes, Err *err)
{
    Figures figures;
    ErrCode code = figures_init(&figures, input, rule, arena, err);

    for (uint32_t s = 0; code == ERR_OK && s < input->school_count; s++) {
        code = school_fill(&figures, s, arena, &outcomes[s], err);
        outcomes[s].status = status_before(rule, &input->schools[s], &outcomes[s]);
    }
    if (code == ERR_OK && rule->test == LOW_BOTTOM_RANK)
        code = rank_all(input, rule, arena, outcomes, err);
    for (uint32_t s = 0; code == ERR_OK && s < input->school_count; s++)
        status_give(rule, &outcomes[s]);
    return code;
}

ErrCode engine_classify(const EngineInput *input, const Methodology *methodology, Arena *arena,
                        SchoolOutcome **ret_outcomes, Err *err)
{
    SchoolOutcome *outcomes;
    ErrCode code = engine_input_check(input, err);

    if (code == ERR_OK)
        code = refuse_errors(methodology, arena, err);
    if (code != ERR_OK)
        return code;
    outcomes = ARENA_NEW(arena, SchoolOutcome, input->school_count);
    if (outcomes == NULL)
        return err_memory(err);
    for (size_t s = 0; s < input->school_count; s++) {
        outcomes[s].reliable = true;
        outcomes[s].typology = typology_get(&methodology->typology, input->schools[s].wellbeing_group,
                                            input->schools[s].quality_group);
    }
    if (methodology->low.on)
        code = low_classify(input, &methodology->low, arena, outcomes, err);
    if (code == ERR_OK)
        *ret_outcomes = outcomes;
    return code;
}
