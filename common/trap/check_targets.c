/* Owns the findings about targets (T-46, T-47, T-49, T-50) and parts of a whole. Invariant: a share of
 * schools is whole schools. Must not judge whether a target is good. */
#include <string.h>

#include "common/core/text.h"
#include "common/trap/check.h"
#include "common/trap/share.h"

typedef enum TargetSign { TARGET_EXACT = 0, TARGET_MOST, TARGET_LEAST } TargetSign;

/* "<= 6 %", "≥ 50 %", "64 %". */
static bool target_parse(const char *raw, TargetSign *ret_sign, CountShare *ret)
{
    static const struct {
        const char *text;
        TargetSign sign;
    } signs[] = {{"<=", TARGET_MOST}, {"≤", TARGET_MOST}, {">=", TARGET_LEAST}, {"≥", TARGET_LEAST}};

    *ret_sign = TARGET_EXACT;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (text_starts(raw, signs[i].text)) {
            *ret_sign = signs[i].sign;
            raw += strlen(signs[i].text);
            break;
        }
    return form_count_share_parse(raw, ret) && ret->has_percent;
}

/* Sizes of the population as "11,8". */
static const char *sizes_text(SourceCheck *check, const int64_t *sizes, size_t count)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = trap_join(&check->list, text, trap_text(&check->list, "%lld", (long long)sizes[i]));
    return text;
}

/* T-46: 64 % of 15 schools is no whole number of schools. */
static void report_whole(SourceCheck *check, const SourceCell *cell, const CountShare *share)
{
    int64_t sizes[SIZES_MAX], count;
    size_t number = check_sizes(check, cell->column, cell->year, sizes);

    for (size_t i = 0; i < number; i++)
        if (share_find(sizes[i], share->percent, share->digits, &count) == SHARE_ROUNDED)
            return;
    if (number == 0)
        return;
    TrapIssue *issue =
        trap_add(&check->list, "TARGET_NOT_WHOLE", TRAP_WARNING, "", cell->table, cell->row, "");
    issue->raw = cell->raw;
    trap_arg(&check->list, issue, "value", "%s", cell->raw);
    trap_arg(&check->list, issue, "population", "%s", cell->column);
    trap_arg(&check->list, issue, "sizes", "%s", sizes_text(check, sizes, number));
}

/* How many there are now, of the same indicator and population. */
static const SourceCell *counted_of(const SourceCheck *check, const SourceCell *target)
{
    for (size_t i = check->from[SOURCE_COUNTED]; i < check->from[SOURCE_COUNTED + 1]; i++)
        if (text_equal(check->cells[i].row, target->row) &&
            text_equal(check->cells[i].column, target->column))
            return &check->cells[i];
    return NULL;
}

/* T-47 and golden test 18: with a bound the present share and the most (or least) whole count that keeps it.
 */
static void report_now(SourceCheck *check, const SourceCell *cell, TargetSign sign, const CountShare *share)
{
    const SourceCell *counted = counted_of(check, cell);
    int64_t sizes[SIZES_MAX], now;
    size_t number = check_sizes(check, cell->column, cell->year, sizes);

    if (counted == NULL || number != 1 || !check_number(counted, &now))
        return;
    int64_t exact = now * 10000, bound = share->percent * sizes[0];
    bool met = sign == TARGET_MOST ? exact <= bound : exact >= bound;
    if (met)
        return;
    int64_t count = sign == TARGET_MOST ? bound / 10000 : (bound + 9999) / 10000;
    int64_t tenths = (now * 2000 + sizes[0]) / (2 * sizes[0]);
    TrapIssue *issue = trap_add(&check->list, "TARGET_NOW", TRAP_INFO, "", cell->table, cell->row, "");
    issue->raw = cell->raw;
    issue->proposal = trap_text(&check->list, "%lld", (long long)count);
    trap_arg(&check->list, issue, "value", "%s", cell->raw);
    trap_arg(&check->list, issue, "now", "%lld/%lld", (long long)now, (long long)sizes[0]);
    trap_arg(&check->list, issue, "share", "%lld.%lld", (long long)(tenths / 10), (long long)(tenths % 10));
    trap_arg(&check->list, issue, "count", "%lld", (long long)count);
}

/* T-49: one indicator with targets for two populations. T-50: a target that names none. */
static void report_population(SourceCheck *check, size_t at)
{
    const SourceCell *cell = &check->cells[at];

    if (*cell->column == '\0') {
        TrapIssue *issue =
            trap_add(&check->list, "TARGET_OF_WHAT", TRAP_WARNING, "", cell->table, cell->row, "");
        issue->raw = cell->raw;
        trap_arg(&check->list, issue, "value", "%s", cell->raw);
        return;
    }
    if (at == check->from[SOURCE_TARGET])
        return;
    const SourceCell *before = cell - 1;
    if (!text_equal(before->row, cell->row) || text_equal(before->column, cell->column) ||
        *before->column == '\0')
        return;
    TrapIssue *issue =
        trap_add(&check->list, "TARGET_POPULATIONS", TRAP_INFO, "", cell->table, cell->row, "");
    issue->raw = trap_text(&check->list, "%s; %s", before->raw, cell->raw);
    trap_arg(&check->list, issue, "indicator", "%s", cell->row);
    trap_arg(&check->list, issue, "first", "%s", before->column);
    trap_arg(&check->list, issue, "second", "%s", cell->column);
}

/* Parts of one population against its size. */
static void report_parts(SourceCheck *check, const char *population, const SourceCell *first)
{
    int64_t sizes[SIZES_MAX], sum = 0, number;
    size_t count = check_sizes(check, population, 0, sizes);

    for (size_t i = check->from[SOURCE_PART]; i < check->from[SOURCE_PART + 1]; i++)
        if (text_equal(check->cells[i].column, population) && check_number(&check->cells[i], &number))
            sum += number;
    if (count != 1)
        return;
    bool match = sum == sizes[0];
    TrapIssue *issue = trap_add(&check->list, match ? "PARTS_MATCH" : "PARTS_DIFFER",
                                match ? TRAP_INFO : TRAP_ERROR, "", first->table, "", "");
    issue->raw = trap_text(&check->list, "%lld", (long long)sizes[0]);
    trap_arg(&check->list, issue, "population", "%s", population);
    trap_arg(&check->list, issue, "sum", "%lld", (long long)sum);
    trap_arg(&check->list, issue, "stated", "%s", issue->raw);
}

void check_targets(SourceCheck *check)
{
    for (size_t i = check->from[SOURCE_TARGET]; i < check->from[SOURCE_TARGET + 1]; i++) {
        const SourceCell *cell = &check->cells[i];
        CountShare share;
        TargetSign sign;
        report_population(check, i);
        if (!target_parse(cell->raw, &sign, &share) || *cell->column == '\0')
            continue;
        if (sign == TARGET_EXACT)
            report_whole(check, cell, &share);
        else
            report_now(check, cell, sign, &share);
    }
    for (size_t i = check->from[SOURCE_PART]; i < check->from[SOURCE_PART + 1]; i++) {
        bool first = true;
        for (size_t k = check->from[SOURCE_PART]; k < i && first; k++)
            first = !text_equal(check->cells[k].column, check->cells[i].column);
        if (first)
            report_parts(check, check->cells[i].column, &check->cells[i]);
    }
}
