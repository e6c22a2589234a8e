/* Owns the choice of figures. Invariant: one fact per school, year and procedure is chosen (the greatest
 * source), and a chosen fact is counted at most once for a successor, whatever ways lead to it.
 * Must not decide what is low. */
#include "server/engine/figures.h"

#include "common/core/sort.h"
#include "server/engine/key.h"

/* A chosen fact, and whether the accepted sources disagreed about it. */
typedef struct Choice {
    const ResultFact *fact;
    uint32_t owner; /* the school it was found under */
} Choice;

/* Chosen facts of a school and its predecessors; differ: some accepted sources disagreed. */
typedef struct ChoiceList {
    Choice *items;
    size_t count;
    bool differ;
} ChoiceList;

/* A predecessor, near or far, and the last school year of which its figures belong to the successor. */
typedef struct Ancestor {
    uint32_t school;
    int last_year;
} Ancestor;

ErrCode figures_init(Figures *figures, const EngineInput *input, const LowRule *rule, Arena *arena, Err *err)
{
    size_t *first = ARENA_NEW(arena, size_t, input->school_count + 1);

    if (first == NULL)
        return err_memory(err);
    for (size_t school = 0, at = 0; school <= input->school_count; school++) {
        while (at < input->fact_count && input->facts[at].school < school)
            at++;
        first[school] = at;
    }
    *figures = (Figures){input, rule, first};
    return ERR_OK;
}

static bool year_in(const int *years, size_t count, int year)
{
    for (size_t i = 0; i < count; i++)
        if (years[i] == year)
            return true;
    return false;
}

/* Some procedures count in some years only: base maths of 2019 (methods.md 1.3, NVKZ-2021). */
static bool item_has_year(const MethodProcedure *item, int year)
{
    return item->year_count == 0 || year_in(item->years, item->year_count, year);
}

/* The wave must be the one named: autumn rows belong to another programme year (methods.md 1.5). */
static bool item_matches(const MethodProcedure *item, Procedure procedure)
{
    const Procedure *named = &item->procedure;

    return named->family == procedure.family && named->subject == procedure.subject &&
           named->level == procedure.level && named->wave == procedure.wave &&
           (named->grade == 0 || named->grade == procedure.grade);
}

bool figures_named(const LowRule *rule, Procedure procedure, int year)
{
    if (!year_in(rule->years, rule->year_count, year))
        return false;
    for (size_t i = 0; i < rule->procedure_count; i++)
        if (item_matches(&rule->procedures[i], procedure) && item_has_year(&rule->procedures[i], year))
            return true;
    return false;
}

/* Same year and procedure: facts that differ in their source or owner only. */
static bool same_cell(const ResultFact *a, const ResultFact *b)
{
    return a->year == b->year && procedure_key(a->procedure) == procedure_key(b->procedure);
}

static bool same_figures(const ResultFact *a, const ResultFact *b)
{
    return a->held == b->held && a->participants == b->participants && a->below == b->below;
}

/* Adds the facts of `owner` up to last_year; the last of a run of equal cells has the greatest source. */
static void choose(const Figures *figures, uint32_t owner, int last_year, ChoiceList *list)
{
    const ResultFact *facts = figures->input->facts;
    size_t end = figures->first[owner + 1];

    for (size_t at = figures->first[owner]; at < end;) {
        size_t last = at;
        bool differ = false;
        while (last + 1 < end && same_cell(&facts[at], &facts[last + 1])) {
            differ = differ || !same_figures(&facts[at], &facts[last + 1]);
            last++;
        }
        if (facts[at].year <= last_year &&
            figures_named(figures->rule, facts[at].procedure, facts[at].year)) {
            list->items[list->count++] = (Choice){&facts[last], owner};
            list->differ = list->differ || differ;
        }
        at = last + 1;
    }
}

/* Remembers an ancestor with the latest year over all ways to it; true when that changed something. */
static bool ancestor_add(Ancestor *list, size_t *count, Ancestor found)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i].school != found.school)
            continue;
        if (list[i].last_year >= found.last_year)
            return false;
        list[i].last_year = found.last_year;
        return true;
    }
    list[(*count)++] = found;
    return true;
}

/* All predecessors through chains of mergers. The last year along a chain is the earliest of its links: what
 * A did after joining B never reaches C. */
static ErrCode ancestors_find(const EngineInput *input, uint32_t school, Arena *arena, Ancestor **ret_list,
                              size_t *ret_count, Err *err)
{
    Ancestor *list = ARENA_NEW(arena, Ancestor, input->lineage_count + 1);
    size_t count = 0;
    bool changed = true;

    if (list == NULL)
        return err_memory(err);
    while (changed) { /* each pass settles one more generation or one later year: ends */
        changed = false;
        for (size_t i = 0; i < input->lineage_count; i++) {
            const EngineLineage *row = &input->lineage[i];
            if (row->successor == school)
                changed |= ancestor_add(list, &count, (Ancestor){row->predecessor, row->last_year});
            for (size_t j = 0; j < count; j++) {
                if (list[j].school != row->successor)
                    continue;
                int last = row->last_year < list[j].last_year ? row->last_year : list[j].last_year;
                changed |= ancestor_add(list, &count, (Ancestor){row->predecessor, last});
            }
        }
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].school == school) {
            err_set(err, ERR_INVALID_ARGUMENT, "ENGINE_LINEAGE_CYCLE");
            return err_arg(err, "code", "%s", input->schools[school].code);
        }
    *ret_list = list;
    *ret_count = count;
    return ERR_OK;
}

/* By year, procedure, the school itself first, then its predecessors in the order of the input. */
static int choice_compare(const void *a, const void *b, const void *context)
{
    const Choice *left = a, *right = b;
    uint32_t school = *(const uint32_t *)context;
    uint64_t lk = procedure_key(left->fact->procedure), rk = procedure_key(right->fact->procedure);

    if (left->fact->year != right->fact->year)
        return left->fact->year < right->fact->year ? -1 : 1;
    if (lk != rk)
        return lk < rk ? -1 : 1;
    if ((left->owner == school) != (right->owner == school))
        return left->owner == school ? -1 : 1;
    return left->owner < right->owner ? -1 : left->owner > right->owner;
}

/* The school's own choices and its predecessors', by year and procedure. */
static ErrCode choices_collect(const Figures *figures, uint32_t school, Arena *arena, ChoiceList *list,
                               Err *err)
{
    Ancestor *ancestors = NULL;
    size_t ancestor_count = 0;
    const size_t *first = figures->first;
    size_t room = first[school + 1] - first[school];

    if (figures->rule->lineage != LINEAGE_SUCCESSOR_ONLY && figures->input->lineage_count > 0) {
        ErrCode code = ancestors_find(figures->input, school, arena, &ancestors, &ancestor_count, err);
        if (code != ERR_OK)
            return code;
    }
    for (size_t i = 0; i < ancestor_count; i++)
        room += first[ancestors[i].school + 1] - first[ancestors[i].school];
    *list = (ChoiceList){.items = ARENA_NEW(arena, Choice, room)};
    if (list->items == NULL)
        return err_memory(err);
    choose(figures, school, INT32_MAX, list);
    for (size_t i = 0; i < ancestor_count; i++)
        choose(figures, ancestors[i].school, ancestors[i].last_year, list);
    return sort_stable(arena, list->items, list->count, sizeof(Choice), choice_compare, &school, err);
}

/* A fact may name its origin itself, when the store attributed it. */
static OutcomePart part_make(const Choice *choice)
{
    const ResultFact *fact = choice->fact;

    return (OutcomePart){
        .origin_school = fact->origin_school != fact->school ? fact->origin_school : choice->owner,
        .source = fact->source,
        .submission = fact->submission,
        .revision = fact->revision,
        .participants = fact->participants,
        .below = fact->below,
    };
}

/* One outcome of the parts given, all with participants > 0. */
static ProcedureOutcome outcome_make(const Choice *choice, uint32_t school, const OutcomePart *parts,
                                     size_t count)
{
    ProcedureOutcome outcome = {
        .procedure = choice->fact->procedure,
        .year = choice->fact->year,
        .source = parts[0].source,
        .submission = parts[0].submission,
        .revision = parts[0].revision,
        .origin_school = school,
        .parts = parts,
        .part_count = count,
    };
    for (size_t i = 0; i < count; i++) {
        outcome.participants += parts[i].participants;
        outcome.below += parts[i].below;
        if (parts[i].origin_school != school && outcome.origin_school == school)
            outcome.origin_school = parts[i].origin_school;
    }
    return outcome;
}

/* LINEAGE_SUM joins equal cells of the school and its predecessors into one outcome; the other policies keep
 * them apart. Facts without participants give none: nobody took part, or it was not held. */
static ErrCode outcomes_fill(const LowRule *rule, const ChoiceList *list, uint32_t school, Arena *arena,
                             SchoolOutcome *outcome, Err *err)
{
    OutcomePart *parts = ARENA_NEW(arena, OutcomePart, list->count);
    ProcedureOutcome *items = ARENA_NEW(arena, ProcedureOutcome, list->count);
    size_t part_count = 0, count = 0;

    if (parts == NULL || items == NULL)
        return err_memory(err);
    for (size_t at = 0; at < list->count;) {
        size_t start = part_count, from = at;
        bool shown_only = rule->lineage == LINEAGE_PREDECESSOR_DISPLAY && list->items[at].owner != school;
        do {
            if (list->items[at].fact->held && list->items[at].fact->participants > 0)
                parts[part_count++] = part_make(&list->items[at]);
            at++;
        } while (rule->lineage == LINEAGE_SUM && at < list->count &&
                 same_cell(list->items[from].fact, list->items[at].fact));
        if (part_count == start)
            continue;
        ProcedureOutcome *item = &items[count++];
        *item = outcome_make(&list->items[from], school, parts + start, part_count - start);
        item->counted = !shown_only && item->participants >= rule->min_participants;
        if (item->origin_school != school)
            outcome->flags |= FLAG_PREDECESSOR;
    }
    outcome->procedures = items;
    outcome->procedure_count = count;
    return ERR_OK;
}

/* What one slot of the profile got: figures, an explicit "not held", or nothing. */
static void slot_count(const LowRule *rule, const MethodProcedure *item, int year, const ChoiceList *list,
                       uint32_t school, SchoolOutcome *outcome)
{
    bool figures = false, not_held = false;

    for (size_t i = 0; i < list->count; i++) {
        const ResultFact *fact = list->items[i].fact;
        if (fact->year != year || !item_matches(item, fact->procedure))
            continue;
        if (rule->lineage == LINEAGE_PREDECESSOR_DISPLAY && list->items[i].owner != school)
            continue;
        figures = figures || (fact->held && fact->participants > 0);
        not_held = not_held || !fact->held;
    }
    outcome->expected++;
    if (!figures && not_held)
        outcome->not_held++;
    if (!figures && !not_held)
        outcome->absent++;
}

ErrCode figures_fill(const Figures *figures, uint32_t school, Arena *arena, SchoolOutcome *outcome, Err *err)
{
    const LowRule *rule = figures->rule;
    ChoiceList list;
    ErrCode code = choices_collect(figures, school, arena, &list, err);

    if (code == ERR_OK)
        code = outcomes_fill(rule, &list, school, arena, outcome, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < rule->procedure_count; i++)
        for (size_t y = 0; y < rule->year_count; y++)
            if (rule->years[y] >= figures->input->schools[school].opened_year &&
                item_has_year(&rule->procedures[i], rule->years[y]))
                slot_count(rule, &rule->procedures[i], rule->years[y], &list, school, outcome);
    if (list.differ)
        outcome->flags |= FLAG_SOURCES_DIFFER;
    if (outcome->absent > 0)
        outcome->flags |= FLAG_INCOMPLETE;
    return ERR_OK;
}
