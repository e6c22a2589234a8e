/* Owns the findings about indicators by year (T-22..T-28, T-40) and about their points (T-29..T-31).
 * Invariant: a share is read only as whole schools of a group whose size the source states. Must not award
 * points. */
#include <string.h>

#include "common/core/text.h"
#include "common/trap/check.h"
#include "common/trap/share.h"

/* What a printed share may be: count of size, for each size of the groups. */
typedef struct Reading {
    int64_t size[SIZES_MAX], count[SIZES_MAX];
    size_t number;
} Reading;

/* All sizes of the population (NULL: of any) that give the value by rounding or, when cut is asked for, by
 * cutting. */
static void read_share(const SourceCheck *check, const SourceCell *cell, const char *population, bool cut,
                       Reading *ret)
{
    int64_t sizes[SIZES_MAX], count;
    CountShare share;
    size_t number = check_sizes(check, population, cell->year, sizes);

    ret->number = 0;
    if (!check_share(cell, &share) || !share.has_percent)
        return;
    for (size_t i = 0; i < number; i++) {
        ShareFit fit = share_find(sizes[i], share.percent, share.digits, &count);
        if (fit != SHARE_ROUNDED && !(cut && fit == SHARE_CUT))
            continue;
        ret->size[ret->number] = sizes[i];
        ret->count[ret->number++] = count;
    }
}

static bool has_common(const Reading *a, const Reading *b)
{
    for (size_t i = 0; i < a->number; i++)
        for (size_t k = 0; k < b->number; k++)
            if (a->size[i] == b->size[k])
                return true;
    return false;
}

/* "8/24 or 5/15" as "8/24,5/15" */
static const char *reading_text(SourceCheck *check, const Reading *reading)
{
    const char *text = "";

    for (size_t i = 0; i < reading->number; i++)
        text = trap_join(
            &check->list, text,
            trap_text(&check->list, "%lld/%lld", (long long)reading->count[i], (long long)reading->size[i]));
    return text;
}

/* 0 % and 100 % say nothing of a base. */
static bool telling(const SourceCell *cell)
{
    CountShare share;

    return cell->year != 0 && check_share(cell, &share) && share.has_percent && share.percent > 0 &&
           share.percent < 10000;
}

/* T-23: no size gives the value by rounding, but cutting does. */
static void report_cut(SourceCheck *check, const SourceCell *cell)
{
    Reading rounded, cut;

    read_share(check, cell, NULL, false, &rounded);
    read_share(check, cell, NULL, true, &cut);
    if (rounded.number > 0 || cut.number == 0)
        return;
    TrapIssue *issue = trap_add(&check->list, "INDICATOR_CUT", TRAP_WARNING, "", cell->table, cell->row,
                                trap_text(&check->list, "%d", cell->year));
    issue->raw = cell->raw;
    trap_arg(&check->list, issue, "value", "%s", cell->raw);
    trap_arg(&check->list, issue, "fractions", "%s", reading_text(check, &cut));
}

/* T-22: two indicators of one year name the same population, but no size of it gives both. */
static void report_pair(SourceCheck *check, const SourceCell *a, const SourceCell *b)
{
    Reading first, second;

    if (*a->column == '\0' || a->year != b->year || !text_equal(a->column, b->column) || !telling(b))
        return;
    read_share(check, a, a->column, true, &first);
    read_share(check, b, b->column, true, &second);
    if (first.number == 0 || second.number == 0 || has_common(&first, &second))
        return;
    TrapIssue *issue = trap_add(&check->list, "INDICATOR_BASES_DIFFER", TRAP_ERROR, "", a->table, b->row,
                                trap_text(&check->list, "%d", b->year));
    issue->raw = b->raw;
    trap_arg(&check->list, issue, "population", "%s", a->column);
    trap_arg(&check->list, issue, "row", "%s", a->row);
    trap_arg(&check->list, issue, "first", "%s", reading_text(check, &first));
    trap_arg(&check->list, issue, "second", "%s", reading_text(check, &second));
}

/* The count both years may have had, or -1. */
static int64_t common_count(const Reading *a, const Reading *b)
{
    for (size_t i = 0; i < a->number; i++)
        for (size_t k = 0; k < b->number; k++)
            if (a->count[i] == b->count[k])
                return a->count[i];
    return -1;
}

/* T-24 and T-25: one indicator in two years that no single base gives. When the counts may be the same, the
 * change comes from the denominator alone. */
static void report_years(SourceCheck *check, const SourceCell *before, const SourceCell *after)
{
    Reading first, second;

    if (!telling(before) || !telling(after))
        return;
    read_share(check, before, NULL, true, &first);
    read_share(check, after, NULL, true, &second);
    if (first.number == 0 || second.number == 0 || has_common(&first, &second))
        return;
    int64_t count = common_count(&first, &second);
    TrapIssue *issue =
        trap_add(&check->list, count >= 0 ? "INDICATOR_RISE_BY_BASE" : "INDICATOR_BASE_CHANGED",
                 count >= 0 ? TRAP_ERROR : TRAP_WARNING, "", after->table, after->row,
                 trap_text(&check->list, "%d", after->year));
    issue->raw = after->raw;
    trap_arg(&check->list, issue, "before", "%s", before->raw);
    trap_arg(&check->list, issue, "first", "%s", reading_text(check, &first));
    trap_arg(&check->list, issue, "after", "%s", after->raw);
    trap_arg(&check->list, issue, "second", "%s", reading_text(check, &second));
}

/* Points of the indicator in the year, or NULL. */
static const SourceCell *points_of(const SourceCheck *check, const SourceCell *value)
{
    const SourceCell *cell = check_find(check, SOURCE_POINTS, value->row),
                     *end = check->cells + check->from[SOURCE_POINTS + 1];

    for (; cell != NULL && cell < end && text_equal(cell->row, value->row); cell++)
        if (cell->year == value->year && text_equal(cell->table, value->table))
            return cell;
    return NULL;
}

/* T-27: equal shares with different points. T-28: a share rises and the points stay. */
static void report_points(SourceCheck *check, const SourceCell *a, const SourceCell *b)
{
    const SourceCell *first = points_of(check, a), *second = points_of(check, b);
    CountShare one, two;

    if (first == NULL || second == NULL || !telling(b) || !check_share(a, &one) || !check_share(b, &two))
        return;
    bool same = text_equal(first->raw, second->raw), own = text_equal(a->row, b->row);
    const char *rule = NULL;
    if (one.percent == two.percent && !same)
        rule = "POINTS_NOT_FUNCTION";
    else if (own && a->year < b->year && two.percent > one.percent && same)
        rule = "POINTS_UNCHANGED";
    if (rule == NULL)
        return;
    TrapIssue *issue =
        trap_add(&check->list, rule, TRAP_INFO, "", b->table, b->row, trap_text(&check->list, "%d", b->year));
    issue->raw = trap_text(&check->list, "%s: %s", b->raw, second->raw);
    trap_arg(&check->list, issue, "row", "%s", a->row);
    trap_arg(&check->list, issue, "before", "%s", a->raw);
    trap_arg(&check->list, issue, "first", "%s", first->raw);
    trap_arg(&check->list, issue, "after", "%s", b->raw);
    trap_arg(&check->list, issue, "second", "%s", second->raw);
}

/* Sum of a role's whole numbers over schools that have the other role too. */
static int64_t sum_of(const SourceCheck *check, SourceRole role, SourceRole other)
{
    int64_t sum = 0, number;

    for (size_t i = check->from[role]; i < check->from[role + 1]; i++)
        if (check_number(&check->cells[i], &number) && check_find(check, other, check->cells[i].row) != NULL)
            sum += number;
    return sum;
}

/* T-40, a positive control: participants of all schools over their heads give a printed indicator. */
static void report_control(SourceCheck *check, const SourceCell *cell)
{
    int64_t count = sum_of(check, SOURCE_PARTICIPANTS, SOURCE_HEADS),
            base = sum_of(check, SOURCE_HEADS, SOURCE_PARTICIPANTS);
    CountShare share;

    if (base == 0 || count == 0 || !check_share(cell, &share) ||
        share_fit(count, base, share.percent, share.digits) != SHARE_ROUNDED)
        return;
    TrapIssue *issue = trap_add(&check->list, "CONTROL_MATCHES", TRAP_INFO, "", cell->table, cell->row,
                                trap_text(&check->list, "%d", cell->year));
    issue->raw = cell->raw;
    trap_arg(&check->list, issue, "count", "%lld", (long long)count);
    trap_arg(&check->list, issue, "base", "%lld", (long long)base);
    trap_arg(&check->list, issue, "value", "%s", cell->raw);
}

void check_indicators(SourceCheck *check)
{
    size_t from = check->from[SOURCE_INDICATOR], to = check->from[SOURCE_INDICATOR + 1];

    for (size_t i = from; i < to; i++) {
        const SourceCell *cell = &check->cells[i];
        if (!telling(cell))
            continue;
        report_cut(check, cell);
        report_control(check, cell);
        if (i + 1 < check_row_end(check, i))
            report_years(check, cell, cell + 1);
        for (size_t k = i + 1; k < to; k++) {
            report_pair(check, cell, &check->cells[k]);
            report_points(check, cell, &check->cells[k]);
        }
    }
}

/* Digits at *at, stepped over; -1: none, or too many. */
static int64_t take_number(const char **at)
{
    int64_t value = 0;
    size_t length = strspn(*at, "0123456789");

    for (size_t i = 0; i < length && i < 7; i++)
        value = value * 10 + ((*at)[i] - '0');
    *at += length;
    return length == 0 || length > 6 ? -1 : value;
}

/* "95-135", "0–2" or "135" (both ends); false: not so. */
static bool range_parse(const char *text, int64_t *ret_from, int64_t *ret_to)
{
    static const char dash[] = "\xE2\x80\x93";
    int64_t from = take_number(&text), to = from;

    if (*text == '-' || text_starts(text, dash)) {
        text += *text == '-' ? 1 : strlen(dash);
        to = take_number(&text);
    }
    *ret_from = from;
    *ret_to = to;
    return *text == '\0' && from >= 0 && to >= from;
}

/* What the scale of points says as a whole. */
typedef struct Scale {
    const SourceCell *maximum;
    int64_t stated, most; /* maximum stated; points of the best level */
    int64_t indicators;   /* of the list */
    int64_t scored;       /* most indicators with points in one year */
} Scale;

/* Indicators counted by row; points by year. */
static void scale_count(const SourceCheck *check, Scale *scale)
{
    for (size_t i = check->from[SOURCE_INDICATOR]; i < check->from[SOURCE_INDICATOR + 1];
         i = check_row_end(check, i))
        scale->indicators++;
    for (size_t i = check->from[SOURCE_POINTS]; i < check->from[SOURCE_POINTS + 1]; i++) {
        int64_t same = 0;
        for (size_t k = check->from[SOURCE_POINTS]; k < check->from[SOURCE_POINTS + 1]; k++)
            same += check->cells[k].year == check->cells[i].year;
        scale->scored = same > scale->scored ? same : scale->scored;
    }
}

/* Points of all indicators of the year. */
static int64_t points_sum(const SourceCheck *check, int year)
{
    int64_t sum = 0, number;

    for (size_t i = check->from[SOURCE_POINTS]; i < check->from[SOURCE_POINTS + 1]; i++)
        if (check->cells[i].year == year && check_number(&check->cells[i], &number))
            sum += number;
    return sum;
}

/* T-30: levels share points, so a score does not tell its level. */
static void report_overlap(SourceCheck *check)
{
    const SourceCell *first = NULL;
    const char *joined = "";
    bool overlap = false;
    int64_t from, to, last = -1;

    for (size_t i = check->from[SOURCE_SCORE]; i < check->from[SOURCE_SCORE + 1]; i++) {
        const SourceCell *cell = &check->cells[i];
        if (!text_equal(cell->row, "level") || !range_parse(cell->raw, &from, &to))
            continue;
        first = first == NULL ? cell : first;
        overlap = overlap || from <= last;
        last = to > last ? to : last;
        joined = trap_join(&check->list, joined, cell->raw);
    }
    if (!overlap)
        return;
    TrapIssue *issue = trap_add(&check->list, "SCORE_LEVELS_OVERLAP", TRAP_WARNING, "", first->table, "", "");
    issue->raw = joined;
    trap_arg(&check->list, issue, "levels", "%s", joined);
}

/* T-29: the stated maximum is above what all indicators can give; T-31: so is a band above what was scored.
 */
static void report_reach(SourceCheck *check, const Scale *scale, const SourceCell *cell, int64_t bound,
                         bool band)
{
    int64_t number = band ? scale->scored : scale->indicators, reach = number * scale->most;

    if (reach == 0 || bound <= reach)
        return;
    TrapIssue *issue = trap_add(&check->list, band ? "SCORE_BAND_UNREACHABLE" : "SCORE_UNREACHABLE",
                                band ? TRAP_WARNING : TRAP_ERROR, "", cell->table, "", cell->column);
    issue->raw = cell->raw;
    issue->proposal = trap_text(&check->list, "%lld", (long long)reach);
    trap_arg(&check->list, issue, "value", "%s", cell->raw);
    trap_arg(&check->list, issue, "indicators", "%lld", (long long)number);
    trap_arg(&check->list, issue, "most", "%lld", (long long)scale->most);
    trap_arg(&check->list, issue, "reach", "%lld", (long long)reach);
}

void check_score(SourceCheck *check)
{
    Scale scale = {0};
    int64_t from, to;

    scale_count(check, &scale);
    for (size_t i = check->from[SOURCE_SCORE]; i < check->from[SOURCE_SCORE + 1]; i++) {
        const SourceCell *cell = &check->cells[i];
        if (text_equal(cell->row, "level") && range_parse(cell->raw, &from, &to) && to > scale.most)
            scale.most = to;
    }
    for (size_t i = check->from[SOURCE_SCORE]; i < check->from[SOURCE_SCORE + 1]; i++) {
        const SourceCell *cell = &check->cells[i];
        if (!range_parse(cell->raw, &from, &to))
            continue;
        if (text_equal(cell->row, "maximum"))
            report_reach(check, &scale, cell, from, false);
        else if (text_equal(cell->row, "band"))
            report_reach(check, &scale, cell, from, true);
        else if (text_equal(cell->row, "total") && points_sum(check, cell->year) != from) {
            TrapIssue *issue = trap_add(&check->list, "SCORE_SUM_DIFFERS", TRAP_ERROR, "", cell->table, "",
                                        trap_text(&check->list, "%d", cell->year));
            issue->raw = cell->raw;
            issue->proposal = trap_text(&check->list, "%lld", (long long)points_sum(check, cell->year));
            trap_arg(&check->list, issue, "value", "%s", cell->raw);
            trap_arg(&check->list, issue, "sum", "%s", issue->proposal);
        }
    }
    report_overlap(check);
}
