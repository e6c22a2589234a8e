/* Owns the findings about posts and vacancies (T-42..T-44) and about participants (D11). Invariant: a starred
 * count is never a full post. Must not read a unit of vacancies into the source: it states none. */
#include "common/catalog/factors.h"
#include "common/core/text.h"
#include "common/trap/check.h"

/* Half as many vacancies as teachers is worth a look; proposed by us. */
enum { VACANCY_PERCENT = 50, SCHOOLS_MAX = 5000 };

/* T-42: cells of part-time staff alone, once a school. */
static void report_stars(SourceCheck *check, size_t at, size_t end)
{
    const char *columns = "", *raw = "";

    for (size_t i = at; i < end; i++) {
        int64_t main, part;
        if (!form_staff_parse(check->cells[i].raw, &main, &part) || main > 0 || part == 0)
            continue;
        columns = trap_join(&check->list, columns, check->cells[i].column);
        raw = trap_text(&check->list, "%s%s%s", raw, *raw == '\0' ? "" : "; ", check->cells[i].raw);
    }
    if (*columns == '\0')
        return;
    TrapIssue *issue = trap_add(&check->list, "STAFF_PART_TIME", TRAP_WARNING, check->cells[at].row,
                                check->cells[at].table, "", "");
    issue->raw = raw;
    trap_arg(&check->list, issue, "columns", "%s", columns);
}

/* Vacancies and heads of a school; false: one of them is not known. */
static bool vacancy_rate(const SourceCheck *check, const char *school, int64_t *ret_vacancies,
                         int64_t *ret_heads)
{
    const SourceCell *vacancies = check_find(check, SOURCE_VACANCIES, school),
                     *heads = check_find(check, SOURCE_HEADS, school);

    return vacancies != NULL && heads != NULL && check_number(vacancies, ret_vacancies) &&
           check_number(heads, ret_heads) && *ret_heads > 0;
}

/* T-43, the figures' side of it: what the text says of staffing is for a person to compare. */
static void report_vacancies(SourceCheck *check)
{
    int64_t total = 0, number, heads;

    for (size_t i = check->from[SOURCE_VACANCIES]; i < check->from[SOURCE_VACANCIES + 1]; i++)
        total += check_number(&check->cells[i], &number) ? number : 0;
    for (size_t i = check->from[SOURCE_VACANCIES]; i < check->from[SOURCE_VACANCIES + 1]; i++) {
        const SourceCell *cell = &check->cells[i];
        if (!vacancy_rate(check, cell->row, &number, &heads) || number * 100 < heads * VACANCY_PERCENT)
            continue;
        TrapIssue *issue =
            trap_add(&check->list, "VACANCIES_HIGH", TRAP_WARNING, cell->row, cell->table, "", cell->column);
        issue->raw = cell->raw;
        trap_arg(&check->list, issue, "vacancies", "%lld", (long long)number);
        trap_arg(&check->list, issue, "heads", "%lld", (long long)heads);
        trap_arg(&check->list, issue, "total", "%lld", (long long)total);
    }
}

/* 1 low, 2 medium, 3 high, 0 anything else. */
static int band_of(const SourceCell *cell)
{
    static const char *const names[] = {"", "low", "medium", "high"};

    for (int band = 1; band <= 3; band++)
        if (text_equal(cell->raw, names[band]))
            return band;
    return 0;
}

/* The printed column of the factor with that code, or "". */
static const char *factor_column(SourceCheck *check, const char *code)
{
    const FactorDict *dictionary = check->source->dictionary;

    for (size_t i = 0; dictionary != NULL && i < dictionary->factor_count; i++)
        if (text_equal(dictionary->factors[i].code, code))
            return trap_text(&check->list, "%u", dictionary->factors[i].number);
    return "";
}

/* A school's band of staff shortage beside its vacancies. */
typedef struct Shortage {
    const SourceCell *cell;
    int band;
    int64_t vacancies, heads;
} Shortage;

/* Schools of the factor that have both; how many. */
static size_t shortages_read(SourceCheck *check, const char *column, Shortage *rows)
{
    size_t count = 0;

    for (size_t i = check->from[SOURCE_RISK]; i < check->from[SOURCE_RISK + 1] && count < SCHOOLS_MAX; i++) {
        Shortage row = {.cell = &check->cells[i], .band = band_of(&check->cells[i])};
        if (row.band > 0 && text_equal(row.cell->column, column) &&
            vacancy_rate(check, row.cell->row, &row.vacancies, &row.heads))
            rows[count++] = row;
    }
    return count;
}

/* T-44: schools with a lower band of staff shortage that have more vacancies a teacher than those with a
 * higher one, counted over all pairs. More such pairs than the other way round is worth a word. */
static void report_inverted(SourceCheck *check)
{
    const char *column = factor_column(check, "staff_shortage");
    Shortage *rows = ARENA_NEW(check->list.arena, Shortage, SCHOOLS_MAX), *low = NULL, *high = NULL;
    long inverted = 0, straight = 0;

    if (rows == NULL) {
        check->list.failed = true;
        return;
    }
    size_t count = *column == '\0' ? 0 : shortages_read(check, column, rows);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            Shortage *a = &rows[i], *b = &rows[k];
            int64_t left = a->vacancies * b->heads, right = b->vacancies * a->heads;
            if (a->band >= b->band)
                continue;
            straight += left < right;
            inverted += left > right;
            if (left > right && low == NULL) {
                low = a;
                high = b;
            }
        }
    if (inverted <= straight)
        return;
    TrapIssue *issue =
        trap_add(&check->list, "VACANCIES_INVERTED", TRAP_INFO, "", high->cell->table, "", column);
    trap_arg(&check->list, issue, "inverted", "%ld", inverted);
    trap_arg(&check->list, issue, "straight", "%ld", straight);
    trap_arg(&check->list, issue, "low", "%s", low->cell->row);
    trap_arg(&check->list, issue, "high", "%s", high->cell->row);
}

/* D11: nobody takes part twice. */
static void report_participants(SourceCheck *check)
{
    for (size_t i = check->from[SOURCE_PARTICIPANTS]; i < check->from[SOURCE_PARTICIPANTS + 1]; i++) {
        const SourceCell *cell = &check->cells[i], *heads = check_find(check, SOURCE_HEADS, cell->row);
        int64_t number, all;
        if (heads == NULL || !check_number(cell, &number) || !check_number(heads, &all) || number <= all)
            continue;
        TrapIssue *issue =
            trap_add(&check->list, "PARTICIPANTS_OVER", TRAP_ERROR, cell->row, cell->table, "", cell->column);
        issue->raw = cell->raw;
        trap_arg(&check->list, issue, "count", "%lld", (long long)number);
        trap_arg(&check->list, issue, "heads", "%lld", (long long)all);
    }
}

void check_staff(SourceCheck *check)
{
    for (size_t at = check->from[SOURCE_STAFF], end; at < check->from[SOURCE_STAFF + 1]; at = end) {
        end = check_row_end(check, at);
        report_stars(check, at, end);
    }
    report_vacancies(check);
    report_inverted(check);
    report_participants(check);
}
