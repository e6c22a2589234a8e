/* Owns what is compared with the risk tables: lists of schools printed for a factor (T-53, T-54, T-56) and
 * editions of the dictionary (T-55). Invariant: a school has a high factor only by a row of its own group's
 * table. Must not complete a profile. */
#include <string.h>

#include "common/core/decimal.h"
#include "common/core/text.h"
#include "common/trap/check.h"
#include "common/trap/risk_tables.h"

enum { SCHOOLS_MAX = 256, GROUPS_MAX = 32, TABLES_MAX = 64 };

/* Schools of one list; texts borrowed from the list's own copy. */
typedef struct SchoolSet {
    const char *names[SCHOOLS_MAX];
    size_t count;
} SchoolSet;

static bool set_has(const SchoolSet *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->names[i], name))
            return true;
    return false;
}

static void set_put(SchoolSet *set, const char *name)
{
    if (!set_has(set, name) && set->count < SCHOOLS_MAX)
        set->names[set->count++] = name;
}

static bool set_equal(const SchoolSet *a, const SchoolSet *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!set_has(b, a->names[i]))
            return false;
    return a->count == b->count;
}

/* Members of a that b lacks, joined. */
static const char *set_less(SourceCheck *check, const SchoolSet *a, const SchoolSet *b)
{
    const char *text = "";

    for (size_t i = 0; i < a->count; i++)
        if (!set_has(b, a->names[i]))
            text = trap_join(&check->list, text, a->names[i]);
    return text;
}

/* "3, 26;28" */
static void set_read(SourceCheck *check, const char *raw, SchoolSet *set)
{
    static const char *const between = ",; \t";

    set->count = 0;
    for (const char *at = raw + strspn(raw, between); *at != '\0'; at += strspn(at, between)) {
        size_t length = strcspn(at, between);
        set_put(set, trap_text(&check->list, "%.*s", (int)length, at));
        at += length;
    }
}

/* Schools whose accepted profile has the factor high. */
static void set_high(const RiskReport *report, int factor, SchoolSet *set)
{
    set->count = 0;
    for (size_t i = 0; i < report->profile_count; i++)
        if (report->profiles[i].significance[factor - 1] == RISK_HIGH)
            set_put(set, report->profiles[i].school);
}

/* The group of a school, or NULL. */
static const char *group_of(const SourceCheck *check, const char *school)
{
    const SourceCell *cell = check_find(check, SOURCE_GROUP, school);

    return cell == NULL || *cell->raw == '\0' ? NULL : cell->raw;
}

/* The group a table is headed by: the one most of its rows' schools belong to. */
static const char *table_group(const SourceCheck *check, const char *table)
{
    const char *names[GROUPS_MAX], *best = "";
    size_t votes[GROUPS_MAX] = {0}, count = 0, most = 0;

    for (size_t i = check->from[SOURCE_RISK]; i < check->from[SOURCE_RISK + 1]; i++) {
        const char *group = group_of(check, check->cells[i].row);
        size_t k = 0;
        if (group == NULL || !text_equal(check->cells[i].table, table))
            continue;
        while (k < count && !text_equal(names[k], group))
            k++;
        if (k == GROUPS_MAX)
            continue;
        if (k == count)
            names[count++] = group;
        if (++votes[k] > most) {
            most = votes[k];
            best = names[k];
        }
    }
    return best;
}

/* A number of a factor; 0: not one. */
static int factor_of(const char *text)
{
    int64_t number;

    return decimal_parse(text, 0, &number) == DECIMAL_FINE && number >= 1 && number <= RISK_FACTORS_MAX
               ? (int)number
               : 0;
}

static RiskLevel level_of(const char *text)
{
    static const char *const names[] = {"", "low", "medium", "high"};

    for (int level = RISK_LOW; level <= RISK_HIGH; level++)
        if (text_equal(text, names[level]))
            return (RiskLevel)level;
    return (RiskLevel)0;
}

/* T-51 and T-52, by the check of the tables alone; its findings join the list. */
static ErrCode tables_check(SourceCheck *check, RiskReport *ret_report, Err *err)
{
    size_t rows = check->from[SOURCE_RISK + 1] - check->from[SOURCE_RISK],
           members = check->from[SOURCE_GROUP + 1] - check->from[SOURCE_GROUP];
    RiskTables tables = {.factor_count = 10};
    const char *names[TABLES_MAX], *groups[TABLES_MAX];
    size_t known = 0;
    RiskTableRow *row = ARENA_NEW(check->list.arena, RiskTableRow, rows);
    RiskMember *member = ARENA_NEW(check->list.arena, RiskMember, members);

    if (row == NULL || member == NULL)
        return err_memory(err);
    if (check->source->dictionary != NULL)
        tables.factor_count = (int)check->source->dictionary->factor_count;
    for (size_t i = 0; i < rows; i++) {
        const SourceCell *cell = &check->cells[check->from[SOURCE_RISK] + i];
        size_t k = 0;
        while (k < known && !text_equal(names[k], cell->table))
            k++;
        if (k == known && known < TABLES_MAX) {
            names[known] = cell->table;
            groups[known++] = table_group(check, cell->table);
        }
        row[i] = (RiskTableRow){cell->table, k < known ? groups[k] : "", cell->row, factor_of(cell->column),
                                level_of(cell->raw)};
    }
    for (size_t i = 0; i < members; i++) {
        const SourceCell *cell = &check->cells[check->from[SOURCE_GROUP] + i];
        if (*cell->raw != '\0')
            member[tables.member_count++] = (RiskMember){cell->row, cell->raw};
    }
    tables.rows = row;
    tables.row_count = rows;
    tables.members = member;
    ErrCode code = risk_tables_check(&tables, check->list.arena, ret_report, err);
    for (size_t i = 0; code == ERR_OK && i < ret_report->issue_count; i++)
        *trap_add(&check->list, "", TRAP_ERROR, "", "", "", "") = ret_report->issues[i];
    return code;
}

/* The factor whose list is the same somewhere in the source, other than this cell's; 0: none. */
static int copied_from(SourceCheck *check, const SourceCell *own, const SchoolSet *set)
{
    for (size_t i = check->from[SOURCE_FACTOR_LIST]; i < check->from[SOURCE_FACTOR_LIST + 1]; i++) {
        SchoolSet other;
        if (text_equal(check->cells[i].row, own->row))
            continue;
        set_read(check, check->cells[i].raw, &other);
        if (set_equal(&other, set))
            return factor_of(check->cells[i].row);
    }
    return 0;
}

/* T-53 and T-54: the printed list of a factor against the schools that have it high. A list that is another
 * factor's was copied. */
static void report_list(SourceCheck *check, const RiskReport *report, const SourceCell *cell)
{
    int factor = factor_of(cell->row), other;
    SchoolSet printed, high, theirs = {.count = 0};

    if (factor == 0)
        return;
    set_read(check, cell->raw, &printed);
    set_high(report, factor, &high);
    if (set_equal(&printed, &high))
        return;
    other = copied_from(check, cell, &printed);
    if (other > 0)
        set_high(report, other, &theirs);
    bool copied = other > 0 && set_equal(&theirs, &printed);
    TrapIssue *issue = trap_add(&check->list, copied ? "LIST_COPIED" : "LIST_DIFFERS", TRAP_ERROR, "",
                                cell->table, cell->row, "");
    issue->raw = cell->raw;
    trap_arg(&check->list, issue, "factor", "%d", factor);
    if (copied)
        trap_arg(&check->list, issue, "other", "%d", other);
    trap_arg(&check->list, issue, "missing", "%s", set_less(check, &high, &printed));
    trap_arg(&check->list, issue, "added", "%s", set_less(check, &printed, &high));
}

/* T-56: factors with high bands that a place with lists says nothing of. */
static void report_orphans(SourceCheck *check, const RiskReport *report, const char *place)
{
    bool listed[RISK_FACTORS_MAX + 1] = {false};
    const char *orphans = "";
    SchoolSet high;

    for (size_t i = check->from[SOURCE_FACTOR_LIST]; i < check->from[SOURCE_FACTOR_LIST + 1]; i++)
        if (text_equal(check->cells[i].table, place))
            listed[factor_of(check->cells[i].row)] = true;
    for (int factor = 1; factor <= RISK_FACTORS_MAX; factor++) {
        set_high(report, factor, &high);
        if (!listed[factor] && high.count > 0)
            orphans = trap_join(&check->list, orphans, trap_text(&check->list, "%d", factor));
    }
    if (*orphans == '\0')
        return;
    TrapIssue *issue = trap_add(&check->list, "FACTOR_ORPHAN", TRAP_WARNING, "", place, "", "");
    trap_arg(&check->list, issue, "factors", "%s", orphans);
}

/* Codes of a that b lacks. */
static const char *codes_less(SourceCheck *check, const FactorDict *a, const FactorDict *b)
{
    const char *text = "";

    for (size_t i = 0; i < a->factor_count; i++) {
        bool found = false;
        for (size_t k = 0; k < b->factor_count && !found; k++)
            found = text_equal(a->factors[i].code, b->factors[k].code);
        if (!found)
            text = trap_join(&check->list, text, a->factors[i].code);
    }
    return text;
}

/* T-55: numbers of two editions of the dictionary do not mean the same. */
static void report_dictionaries(SourceCheck *check)
{
    const FactorDict *own = check->source->dictionary, *other = check->source->other;

    if (own == NULL || other == NULL || check->from[SOURCE_RISK] == check->from[SOURCE_RISK + 1])
        return;
    const char *less = codes_less(check, own, other), *more = codes_less(check, other, own);
    if (*less == '\0' && *more == '\0')
        return;
    TrapIssue *issue = trap_add(&check->list, "DICTIONARIES_DIFFER", TRAP_WARNING, "", "", "", "");
    issue->raw = own->code;
    trap_arg(&check->list, issue, "first", "%s", own->code);
    trap_arg(&check->list, issue, "second", "%s", other->code);
    trap_arg(&check->list, issue, "less", "%s", less);
    trap_arg(&check->list, issue, "more", "%s", more);
}

ErrCode check_risk(SourceCheck *check, Err *err)
{
    size_t from = check->from[SOURCE_FACTOR_LIST], to = check->from[SOURCE_FACTOR_LIST + 1];
    RiskReport report = {0};
    ErrCode code = tables_check(check, &report, err);

    if (code != ERR_OK || report.profile_count == 0)
        return code;
    for (size_t i = from; i < to; i++) {
        bool first = true;
        report_list(check, &report, &check->cells[i]);
        for (size_t k = from; k < i && first; k++)
            first = !text_equal(check->cells[k].table, check->cells[i].table);
        if (first)
            report_orphans(check, &report, check->cells[i].table);
    }
    report_dictionaries(check);
    return ERR_OK;
}
