/* Owns the order of the checks and what they look up. Invariant: the cells of the source are never changed.
 * Must not hold a rule of its own beyond reading cells. */
#include "common/trap/source.h"

#include <string.h>

#include "common/core/decimal.h"
#include "common/core/sort.h"
#include "common/core/text.h"
#include "common/trap/check.h"

/* What is no school's is compared pair by pair: a document has some dozens of these. */
enum { PAIRED_MAX = 256 };

bool source_role_of_school(SourceRole role)
{
    switch (role) {
    case SOURCE_LISTED:
    case SOURCE_GROUP:
    case SOURCE_HEADS:
    case SOURCE_HIGH:
    case SOURCE_SHARE:
    case SOURCE_PARTICIPANTS:
    case SOURCE_MONEY:
    case SOURCE_STAFF:
    case SOURCE_VACANCIES:
    case SOURCE_RISK:
        return true;
    default:
        return false;
    }
}

/* Length of the run of digits at the start. */
static size_t digits_of(const char *text)
{
    return strspn(text, "0123456789");
}

/* "school-9" stands before "school-10". */
static int natural_compare(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        size_t left = digits_of(a), right = digits_of(b);
        if (left > 0 && right > 0) {
            int order = left != right ? (left < right ? -1 : 1) : memcmp(a, b, left);
            if (order != 0)
                return order;
            a += left;
            b += right;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

/* The order check.h promises. */
static int cell_compare(const void *a, const void *b, const void *context)
{
    const SourceCell *left = a, *right = b;

    (void)context;
    if (left->role != right->role)
        return left->role < right->role ? -1 : 1;
    if (left->role == SOURCE_TABLE) /* tables stay in the order printed */
        return 0;
    int order = natural_compare(left->row, right->row);
    if (order == 0)
        order = natural_compare(left->table, right->table);
    if (order == 0 && left->year != right->year)
        order = left->year < right->year ? -1 : 1;
    return order != 0 ? order : natural_compare(left->column, right->column);
}

size_t check_sizes(const SourceCheck *check, const char *name, int year, int64_t *sizes)
{
    size_t count = 0;

    for (size_t i = check->from[SOURCE_POPULATION]; i < check->from[SOURCE_POPULATION + 1]; i++) {
        const SourceCell *cell = &check->cells[i];
        int64_t size;
        size_t k = 0;
        if ((name != NULL && !text_equal(cell->row, name)) ||
            (cell->year != 0 && year != 0 && cell->year != year) || !check_number(cell, &size) || size == 0)
            continue;
        while (k < count && sizes[k] != size)
            k++;
        if (k == count && count < SIZES_MAX)
            sizes[count++] = size;
    }
    return count;
}

const SourceCell *check_find(const SourceCheck *check, SourceRole role, const char *row)
{
    size_t low = check->from[role], high = check->from[role + 1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (natural_compare(check->cells[middle].row, row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < check->from[role + 1] && text_equal(check->cells[low].row, row);
    return found ? &check->cells[low] : NULL;
}

size_t check_row_end(const SourceCheck *check, size_t at)
{
    const SourceCell *first = &check->cells[at];
    size_t end = at + 1;

    while (end < check->from[first->role + 1] && text_equal(check->cells[end].row, first->row) &&
           text_equal(check->cells[end].table, first->table))
        end++;
    return end;
}

bool check_number(const SourceCell *cell, int64_t *ret)
{
    return decimal_parse(cell->raw, 0, ret) == DECIMAL_FINE && *ret >= 0 && *ret <= 1000000000;
}

bool check_share(const SourceCell *cell, CountShare *ret)
{
    return form_count_share_parse(cell->raw, ret);
}

/* Whether the raw text is as the role's grammar has it; roles of names and ranges have none. */
static bool cell_reads(const SourceCell *cell)
{
    CountShare share;
    int64_t first, second;

    switch (cell->role) {
    case SOURCE_POPULATION:
    case SOURCE_HEADS:
    case SOURCE_PARTICIPANTS:
    case SOURCE_VACANCIES:
    case SOURCE_POINTS:
    case SOURCE_COUNTED:
    case SOURCE_PART:
        return check_number(cell, &first);
    case SOURCE_MONEY:
        return decimal_parse(cell->raw, 2, &first) == DECIMAL_FINE && first >= 0;
    case SOURCE_STAFF:
        return form_staff_parse(cell->raw, &first, &second);
    case SOURCE_HIGH:
    case SOURCE_SHARE:
    case SOURCE_STATEMENT:
        return check_share(cell, &share);
    case SOURCE_INDICATOR:
        return (cell->year == 0 && *cell->raw == '\0') || check_share(cell, &share);
    default:
        return true;
    }
}

void check_read(SourceCheck *check)
{
    for (size_t i = 0; i < check->from[SOURCE_ROLE_COUNT]; i++) {
        const SourceCell *cell = &check->cells[i];
        if (cell_reads(cell))
            continue;
        bool school = source_role_of_school(cell->role);
        TrapIssue *issue = trap_add(&check->list, "SOURCE_CELL_UNREAD", TRAP_ERROR, school ? cell->row : "",
                                    cell->table, school ? "" : cell->row, cell->column);
        issue->raw = cell->raw;
        trap_arg(&check->list, issue, "value", "%s", cell->raw);
    }
}

/* Sorted copies and where each role begins. */
static ErrCode prepare(SourceCheck *check, const Source *source, Arena *arena, Err *err)
{
    size_t at = 0;

    *check = (SourceCheck){.source = source, .list = {.arena = arena}};
    check->cells = ARENA_NEW(arena, SourceCell, source->cell_count);
    if (check->cells == NULL)
        return err_memory(err);
    if (source->cell_count > 0)
        memcpy(check->cells, source->cells, source->cell_count * sizeof *check->cells);
    for (size_t i = 0; i < source->cell_count; i++)
        if (check->cells[i].role < SOURCE_TABLE || (int)check->cells[i].role >= SOURCE_ROLE_COUNT) {
            err_set(err, ERR_INVALID_ARGUMENT, "SOURCE_ROLE");
            return err_arg(err, "role", "%d", (int)check->cells[i].role);
        }
    ErrCode code =
        sort_stable(arena, check->cells, source->cell_count, sizeof *check->cells, cell_compare, NULL, err);
    for (int role = 0; role <= SOURCE_ROLE_COUNT; role++) {
        while (at < source->cell_count && (int)check->cells[at].role < role)
            at++;
        check->from[role] = at;
    }
    for (int role = SOURCE_TABLE; role < SOURCE_ROLE_COUNT && code == ERR_OK; role++)
        if (!source_role_of_school((SourceRole)role) &&
            check->from[role + 1] - check->from[role] > PAIRED_MAX) {
            err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_TOO_LARGE");
            err_arg(err, "what", "%s", "cells");
            err_arg(err, "count", "%zu", check->from[role + 1] - check->from[role]);
            code = err_arg(err, "limit", "%d", PAIRED_MAX);
        }
    return code;
}

ErrCode source_check(const Source *source, Arena *arena, const TrapIssue **ret_issues, size_t *ret_count,
                     Err *err)
{
    SourceCheck check;
    ErrCode code = prepare(&check, source, arena, err);

    if (code != ERR_OK)
        return code;
    check_read(&check);
    check_tables(&check);
    check_shares(&check);
    check_statements(&check);
    check_indicators(&check);
    check_score(&check);
    code = check_money(&check, err);
    check_staff(&check);
    check_targets(&check);
    if (code == ERR_OK)
        code = check_risk(&check, err);
    if (code == ERR_OK && check.list.failed)
        code = err_memory(err);
    if (code != ERR_OK)
        return code;
    *ret_issues = check.list.items;
    *ret_count = check.list.count;
    return ERR_OK;
}
