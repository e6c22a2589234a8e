/* Owns the check of printed risk tables. Invariant: a profile holds only bands printed in a table of the
 * school's own group; what is missing stays missing.
 * Must not choose between two different bands of one factor. */
#include "common/trap/risk_tables.h"

#include <string.h>

#include "common/core/sort.h"
#include "common/core/text.h"

/* One check: its input, sorted copies, and the report being written. */
typedef struct Check {
    const RiskTables *tables;
    Arena *arena;
    const RiskTableRow *rows; /* sorted by school, table, group, factor */
    RiskMember *members;      /* sorted by school */
    bool *seen;               /* members that have rows */
    TrapList list;
    RiskProfile *profiles;
    size_t profile_count;
} Check;

/* Factors 1..RISK_FACTORS_MAX at [factor - 1]. */
typedef struct FactorSet {
    bool has[RISK_FACTORS_MAX];
    size_t count;
} FactorSet;

static void set_add(FactorSet *set, int factor)
{
    set->count += !set->has[factor - 1];
    set->has[factor - 1] = true;
}

/* "4,5,10" */
static const char *set_text(Check *check, const FactorSet *set)
{
    char text[RISK_FACTORS_MAX * 3 + 1] = "";
    size_t length = 0;

    for (int f = 1; f <= RISK_FACTORS_MAX; f++) {
        if (!set->has[f - 1])
            continue;
        if (length > 0)
            text[length++] = ',';
        if (f >= 10)
            text[length++] = (char)('0' + f / 10);
        text[length++] = (char)('0' + f % 10);
    }
    text[length] = '\0';
    return trap_text(&check->list, "%s", text);
}

/* table "": it stands at no single table. */
static TrapIssue *issue_add(Check *check, const char *rule, const char *school, const char *table)
{
    return trap_add(&check->list, rule, TRAP_ERROR, school, table, "", "");
}

static int row_compare(const void *a, const void *b, const void *context)
{
    const RiskTableRow *left = a, *right = b;
    int order = strcmp(left->school, right->school);

    (void)context;
    if (order == 0)
        order = strcmp(left->table, right->table);
    if (order == 0)
        order = strcmp(left->group, right->group);
    return order != 0 ? order : (left->factor > right->factor) - (left->factor < right->factor);
}

static int member_compare(const void *a, const void *b, const void *context)
{
    (void)context;
    return strcmp(((const RiskMember *)a)->school, ((const RiskMember *)b)->school);
}

/* Index of the member, or member_count. */
static size_t member_find(const Check *check, const char *school)
{
    size_t low = 0, high = check->tables->member_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(check->members[middle].school, school);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return check->tables->member_count;
}

static bool row_valid(const Check *check, const RiskTableRow *row)
{
    return row->factor >= 1 && row->factor <= check->tables->factor_count && row->significance >= RISK_LOW &&
           row->significance <= RISK_HIGH;
}

static void report_invalid(Check *check, const RiskTableRow *row)
{
    TrapIssue *issue = issue_add(check, "RISK_ROW_INVALID", row->school, row->table);

    trap_arg(&check->list, issue, "factor", "%d", row->factor);
    trap_arg(&check->list, issue, "significance", "%d", (int)row->significance);
}

/* The rows [from, to) are of one school: takes those of its group; a factor printed with two different bands
 * there is left out. */
static void profile_fill(const RiskTableRow *rows, size_t from, size_t to, RiskProfile *profile)
{
    bool conflict[RISK_FACTORS_MAX] = {false};

    for (size_t i = from; i < to; i++) {
        if (!text_equal(rows[i].group, profile->group))
            continue;
        RiskLevel *level = &profile->significance[rows[i].factor - 1];
        if (*level != 0 && *level != rows[i].significance)
            conflict[rows[i].factor - 1] = true;
        *level = rows[i].significance;
    }
    for (int f = 0; f < RISK_FACTORS_MAX; f++)
        if (conflict[f])
            profile->significance[f] = (RiskLevel)0;
}

/* The table headed by the group, as far as it mentions the school; "" when none does. */
static const char *own_table(const RiskTableRow *rows, size_t from, size_t to, const char *group)
{
    for (size_t i = from; i < to; i++)
        if (text_equal(rows[i].group, group))
            return rows[i].table;
    return "";
}

/* Rows [from, to) of one table headed by another group than the school's own. */
static void report_outsider(Check *check, size_t from, size_t to, const RiskProfile *own,
                            const char *own_place)
{
    const RiskTableRow *rows = check->rows;
    FactorSet factors = {0};
    bool stale = true;

    for (size_t i = from; i < to; i++) {
        set_add(&factors, rows[i].factor);
        stale = stale && own->significance[rows[i].factor - 1] == rows[i].significance;
    }
    const char *text = set_text(check, &factors);
    TrapIssue *issue = issue_add(check, "RISK_TABLE_MEMBERSHIP", rows[from].school, rows[from].table);
    trap_arg(&check->list, issue, "table_group", "%s", rows[from].group);
    trap_arg(&check->list, issue, "school_group", "%s", own->group);
    trap_arg(&check->list, issue, "factors", "%s", text);
    if (!stale)
        return;
    issue = issue_add(check, "RISK_ROWS_STALE", rows[from].school, rows[from].table);
    trap_arg(&check->list, issue, "own_place", "%s", own_place);
    trap_arg(&check->list, issue, "factors", "%s", text);
}

/* Whichever tables they stand in: one school, one band a factor. */
static void report_twice(Check *check, size_t from, size_t to)
{
    const RiskTableRow *rows = check->rows;
    FactorSet once = {0}, twice = {0};
    const char *tables = "", *last = NULL;

    for (size_t i = from; i < to; i++) {
        if (once.has[rows[i].factor - 1])
            set_add(&twice, rows[i].factor);
        set_add(&once, rows[i].factor);
    }
    if (twice.count == 0)
        return;
    for (size_t i = from; i < to; i++) {
        if (!twice.has[rows[i].factor - 1] || (last != NULL && text_equal(last, rows[i].table)))
            continue;
        tables = trap_join(&check->list, tables, rows[i].table);
        last = rows[i].table;
    }
    TrapIssue *issue = issue_add(check, "RISK_FACTOR_TWICE", rows[from].school, "");
    trap_arg(&check->list, issue, "tables", "%s", tables);
    trap_arg(&check->list, issue, "factors", "%s", set_text(check, &twice));
}

/* Says which factors are missing and marks the profile; copying them from elsewhere is what trap T-52 warns
 * of. */
static void report_incomplete(Check *check, RiskProfile *profile, const char *table)
{
    FactorSet missing = {0};

    for (int f = 1; f <= check->tables->factor_count; f++)
        if (profile->significance[f - 1] == 0)
            set_add(&missing, f);
    profile->complete = missing.count == 0;
    if (profile->complete)
        return;
    TrapIssue *issue = issue_add(check, "RISK_PROFILE_INCOMPLETE", profile->school, table);
    trap_arg(&check->list, issue, "group", "%s", profile->group);
    trap_arg(&check->list, issue, "factors", "%s", set_text(check, &missing));
}

/* All rows of one school. */
static void check_school(Check *check, size_t from, size_t to)
{
    const RiskTableRow *rows = check->rows;
    size_t member = member_find(check, rows[from].school);
    bool is_member = member < check->tables->member_count;
    RiskProfile profile = {
        .school = rows[from].school,
        .group = is_member ? check->members[member].group : "",
    };
    const char *own = own_table(rows, from, to, profile.group);
    const char *own_place = trap_text(&check->list, "table %s", own);

    if (is_member)
        profile_fill(rows, from, to, &profile);
    for (size_t at = from; at < to;) {
        size_t end = at + 1;
        while (end < to && text_equal(rows[end].table, rows[at].table) &&
               text_equal(rows[end].group, rows[at].group))
            end++;
        if (!is_member || !text_equal(rows[at].group, profile.group))
            report_outsider(check, at, end, &profile, own_place);
        at = end;
    }
    report_twice(check, from, to);
    if (!is_member || own[0] == '\0')
        return;
    check->seen[member] = true;
    report_incomplete(check, &profile, own);
    check->profiles[check->profile_count++] = profile;
}

/* Members that no table of their group mentions. */
static void check_unseen(Check *check)
{
    for (size_t m = 0; m < check->tables->member_count; m++) {
        RiskProfile profile = {.school = check->members[m].school, .group = check->members[m].group};
        if (check->seen[m])
            continue;
        for (size_t i = 0; i < check->tables->row_count; i++)
            if (text_equal(check->tables->rows[i].group, profile.group)) {
                report_incomplete(check, &profile, check->tables->rows[i].table);
                break;
            }
    }
}

/* Membership must be a function: a school in two groups makes every later answer arbitrary. */
static ErrCode members_sort(Check *check, Err *err)
{
    const RiskTables *tables = check->tables;

    if (tables->member_count > 0)
        memcpy(check->members, tables->members, tables->member_count * sizeof *check->members);
    ErrCode code = sort_stable(check->arena, check->members, tables->member_count, sizeof *check->members,
                               member_compare, NULL, err);
    for (size_t i = 1; code == ERR_OK && i < tables->member_count; i++)
        if (member_compare(&check->members[i - 1], &check->members[i], NULL) == 0) {
            err_set(err, ERR_INVALID_ARGUMENT, "RISK_MEMBER_TWICE");
            code = err_arg(err, "school", "%s", check->members[i].school);
        }
    return code;
}

static ErrCode run(Check *check, Err *err)
{
    const RiskTables *tables = check->tables;
    RiskTableRow *rows = ARENA_NEW(check->arena, RiskTableRow, tables->row_count);
    size_t count = 0;

    if (rows == NULL)
        return err_memory(err);
    for (size_t i = 0; i < tables->row_count; i++) {
        if (row_valid(check, &tables->rows[i]))
            rows[count++] = tables->rows[i];
        else
            report_invalid(check, &tables->rows[i]);
    }
    ErrCode code = members_sort(check, err);
    if (code == ERR_OK)
        code = sort_stable(check->arena, rows, count, sizeof *rows, row_compare, NULL, err);
    if (code != ERR_OK)
        return code;
    check->rows = rows;
    for (size_t at = 0; at < count;) {
        size_t end = at + 1;
        while (end < count && text_equal(rows[end].school, rows[at].school))
            end++;
        check_school(check, at, end);
        at = end;
    }
    check_unseen(check);
    return check->list.failed ? err_memory(err) : ERR_OK;
}

ErrCode risk_tables_check(const RiskTables *tables, Arena *arena, RiskReport *ret_report, Err *err)
{
    Check check = {
        .tables = tables,
        .arena = arena,
        .list = {.arena = arena},
        .members = ARENA_NEW(arena, RiskMember, tables->member_count),
        .seen = ARENA_NEW(arena, bool, tables->member_count),
        .profiles = ARENA_NEW(arena, RiskProfile, tables->member_count),
    };

    if (tables->factor_count < 1 || tables->factor_count > RISK_FACTORS_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "RISK_FACTOR_COUNT");
        return err_arg(err, "count", "%d", tables->factor_count);
    }
    if (check.members == NULL || check.seen == NULL || check.profiles == NULL)
        return err_memory(err);
    ErrCode code = run(&check, err);
    if (code == ERR_OK)
        *ret_report = (RiskReport){check.list.items, check.list.count, check.profiles, check.profile_count};
    return code;
}
