/* Owns the findings about series of money (T-33). Invariant: a repair is proposed only when removing or
 * adding one digit brings the figure to the growth usual in its table. Must not replace a figure. */
#include <stdio.h>
#include <string.h>

#include "common/core/decimal.h"
#include "common/core/sort.h"
#include "common/core/text.h"
#include "common/trap/check.h"

/* Growth outside 70..130 % is unusual (methods.md section 9, D12); a repair must come within 1 % of the
 * usual. */
enum { LEAST_PERCENT = 70, MOST_PERCENT = 130, NEAR_PER_MILLE = 10 };

/* Two neighbouring years of one school, in hundredths of the unit. */
typedef struct Step {
    const SourceCell *before, *after;
    int64_t from, to;
} Step;

/* After a million millions of hundredths products no longer fit. */
static bool money_parse(const SourceCell *cell, int64_t *ret)
{
    return decimal_parse(cell->raw, 2, ret) == DECIMAL_FINE && *ret > 0 && *ret < 1000000000000;
}

static int step_compare(const void *a, const void *b, const void *context)
{
    const Step *left = a, *right = b;
    __int128 difference = (__int128)left->to * right->from - (__int128)right->to * left->from;

    (void)context;
    return difference < 0 ? -1 : difference > 0;
}

static bool unusual(const Step *step)
{
    return step->to * 100 < step->from * LEAST_PERCENT || step->to * 100 > step->from * MOST_PERCENT;
}

/* How far from*usual is from to, in per mille of from*usual. */
static int64_t distance(int64_t from, int64_t to, const Step *usual)
{
    int64_t due = (int64_t)((__int128)from * usual->to / usual->from), apart = to > due ? to - due : due - to;

    return due == 0 ? 1000000 : (int64_t)((__int128)apart * 1000000 / due);
}

/* The figure with one digit less that comes nearest to the usual growth; 0: none comes near. A figure ten
 * times too large has a digit too many, typed twice more often than not. fixed: the other year's figure;
 * later: the figure mended is the later one. */
static int64_t repair(int64_t figure, int64_t fixed, bool later, const Step *usual)
{
    int64_t best = 0, least = NEAR_PER_MILLE * 1000;

    for (int64_t power = 1; power <= figure; power *= 10) {
        int64_t without = figure / (power * 10) * power + figure % power;
        int64_t apart = later          ? distance(fixed, without, usual)
                        : without == 0 ? least
                                       : distance(without, fixed, usual);
        if (apart < least) {
            least = apart;
            best = without;
        }
    }
    return best;
}

/* "10.41", half up. */
static const char *growth_text(SourceCheck *check, const Step *step)
{
    char text[DECIMAL_TEXT_SIZE];

    decimal_dump((int64_t)(((__int128)step->to * 200 + step->from) / (2 * (__int128)step->from)), 2, text);
    return trap_text(&check->list, "%s", text);
}

/* The year that does not fit: too much growth speaks against the later figure, too little against the
 * earlier. */
static void report_step(SourceCheck *check, const Step *step, const Step *usual)
{
    bool later = step->to > step->from;
    const SourceCell *cell = later ? step->after : step->before;
    int64_t mended = repair(later ? step->to : step->from, later ? step->from : step->to, later, usual);
    char text[DECIMAL_TEXT_SIZE];

    if (mended == 0)
        cell = step->after;
    TrapIssue *issue = trap_add(&check->list, mended > 0 ? "MONEY_DIGIT" : "MONEY_GROWTH",
                                mended > 0 ? TRAP_ERROR : TRAP_WARNING, cell->row, cell->table, "",
                                trap_text(&check->list, "%d", cell->year));
    issue->raw = cell->raw;
    if (mended > 0) {
        decimal_dump(mended, 2, text);
        issue->proposal = trap_text(&check->list, "%s", text);
    }
    trap_arg(&check->list, issue, "value", "%s", cell->raw);
    trap_arg(&check->list, issue, "growth", "%s", growth_text(check, step));
    trap_arg(&check->list, issue, "usual", "%s", growth_text(check, usual));
    if (mended > 0)
        trap_arg(&check->list, issue, "proposal", "%s", issue->proposal);
}

/* All steps of one table, by growth: the middle one is the usual. */
static ErrCode check_table(SourceCheck *check, const char *table, Step *steps, Err *err)
{
    size_t count = 0, to = check->from[SOURCE_MONEY + 1];

    for (size_t i = check->from[SOURCE_MONEY]; i + 1 < to; i++) {
        Step step = {&check->cells[i], &check->cells[i + 1], 0, 0};
        if (text_equal(step.before->table, table) && i + 1 < check_row_end(check, i) &&
            step.after->year == step.before->year + 1 && money_parse(step.before, &step.from) &&
            money_parse(step.after, &step.to))
            steps[count++] = step;
    }
    if (count == 0)
        return ERR_OK;
    ErrCode code = sort_stable(check->list.arena, steps, count, sizeof *steps, step_compare, NULL, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (unusual(&steps[i]))
            report_step(check, &steps[i], &steps[(count - 1) / 2]);
    return code;
}

ErrCode check_money(SourceCheck *check, Err *err)
{
    size_t from = check->from[SOURCE_MONEY], to = check->from[SOURCE_MONEY + 1];
    Step *steps = ARENA_NEW(check->list.arena, Step, to - from);
    ErrCode code = ERR_OK;

    if (steps == NULL)
        return err_memory(err);
    for (size_t i = from; i < to && code == ERR_OK; i++) {
        bool first = true;
        for (size_t k = from; k < i && first; k++)
            first = !text_equal(check->cells[k].table, check->cells[i].table);
        if (first)
            code = check_table(check, check->cells[i].table, steps, err);
    }
    return code;
}
