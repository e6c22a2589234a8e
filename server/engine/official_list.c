/* Owns the checks of an official list and its comparison. Invariant: an entry is taken for a school only by
 * its exact code; everything that merely looks like one is a proposal. Must not know where the list came
 * from. */
#include "server/engine/official_list.h"

#include <string.h>

#include "common/core/alike.h"
#include "common/core/text.h"

enum { ISSUES_PER_ENTRY = 4, ISSUES_OF_LIST = 2, NUMBER_SIZE = 12 };

/* The report while it grows: room for the most an entry can give. */
typedef struct Check {
    const OfficialList *list;
    Arena *arena;
    ListIssue *issues;
    size_t count, errors;
    uint32_t *found;
} Check;

/* The issue is completed in place by the caller. */
static ListIssue *add(Check *check, const char *rule, ListSeverity severity, const ListEntry *entry)
{
    ListIssue *issue = &check->issues[check->count++];

    *issue = (ListIssue){
        .rule = rule,
        .severity = severity,
        .row = entry == NULL ? 0 : entry->row,
        .school = entry == NULL ? "" : entry->school,
        .raw = "",
        .proposal = "",
    };
    check->errors += severity == LIST_ERROR;
    return issue;
}

static void add_arg(ListIssue *issue, const char *key, const char *value)
{
    issue->args[issue->arg_count++] = (struct ListArg){key, value};
}

static uint32_t find(const OfficialList *list, const char *code)
{
    size_t low = 0, high = list->school_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(list->schools[middle].code, code);
        if (order == 0)
            return (uint32_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

/* A code that looks like the one printed, else a school of that name; "" when nothing or too much offers
 * itself. */
static const char *propose(const OfficialList *list, const ListEntry *entry)
{
    const char *by_name = "";
    size_t named = 0;

    for (size_t i = 0; i < list->school_count; i++) {
        const ListSchool *school = &list->schools[i];
        if (alike_equal(school->code, entry->school))
            return school->code;
        if (entry->name[0] != '\0' &&
            (alike_equal(school->name, entry->name) || alike_equal(school->short_name, entry->name))) {
            by_name = school->code;
            named++;
        }
    }
    return named == 1 ? by_name : "";
}

/* Dates within themselves and within the meaning of the group. */
static void check_dates(Check *check)
{
    const OfficialList *list = check->list;
    const char *rule = NULL;
    bool open_end = list->valid_to[0] == '\0', group_open = list->group_to[0] == '\0';

    if (!open_end && strcmp(list->valid_from, list->valid_to) >= 0)
        rule = "LIST_DATES";
    else if (strcmp(list->valid_from, list->group_from) < 0 ||
             (!group_open && (open_end || strcmp(list->valid_to, list->group_to) > 0)))
        rule = "LIST_OUTSIDE_GROUP";
    if (rule == NULL)
        return;
    ListIssue *issue = add(check, rule, LIST_ERROR, NULL);
    issue->raw = list->valid_from;
    issue->proposal = strcmp(rule, "LIST_DATES") == 0 ? "" : list->group_from;
    add_arg(issue, "from", strcmp(rule, "LIST_DATES") == 0 ? list->valid_from : list->group_from);
    add_arg(issue, "to", strcmp(rule, "LIST_DATES") == 0 ? list->valid_to : list->group_to);
}

/* A school that had ended, or had not begun, when the list begins. */
static void check_open(Check *check, const ListEntry *entry, const ListSchool *school)
{
    const char *day = check->list->valid_from;

    if (school->closed_on[0] != '\0' && strcmp(school->closed_on, day) <= 0) {
        ListIssue *issue = add(check, "LIST_SCHOOL_CLOSED", LIST_ERROR, entry);
        issue->proposal = school->successor;
        add_arg(issue, "date", school->closed_on);
    } else if (school->opened_on[0] != '\0' && strcmp(school->opened_on, day) > 0) {
        add_arg(add(check, "LIST_SCHOOL_NOT_OPEN", LIST_ERROR, entry), "date", school->opened_on);
    }
}

/* The printed name against the registered one: the same letter by letter, alike, or another. */
static void check_name(Check *check, const ListEntry *entry, const ListSchool *school)
{
    if (entry->name[0] == '\0' || text_equal(entry->name, school->name) ||
        text_equal(entry->name, school->short_name))
        return;
    bool alike_short = alike_equal(entry->name, school->short_name),
         alike = alike_short || alike_equal(entry->name, school->name);
    ListIssue *issue = add(check, alike ? "LIST_NAME_LOOKALIKE" : "LIST_NAME_DIFFERS", LIST_WARNING, entry);
    issue->raw = entry->name;
    issue->proposal = alike_short && school->short_name[0] != '\0' ? school->short_name : school->name;
    add_arg(issue, "name", school->name);
}

/* The first entry of the same school before this one, or NULL. */
static const ListEntry *first_of(const Check *check, const uint32_t *seen, size_t at)
{
    uint32_t before = seen[check->found[at]];

    return before == 0 ? NULL : &check->list->entries[before - 1];
}

/* Numbers travel as text in arguments. */
static ErrCode number_text(Check *check, uint32_t number, const char **ret, Err *err)
{
    *ret = arena_printf(check->arena, "%u", (unsigned)number);
    return *ret == NULL ? err_memory(err) : ERR_OK;
}

static ErrCode check_entry(Check *check, size_t at, uint32_t *seen, Err *err)
{
    const ListEntry *entry = &check->list->entries[at];
    uint32_t index = check->found[at] = find(check->list, entry->school);
    const char *number = "";

    if (entry->run_together && at + 1 < check->list->entry_count) {
        ListIssue *issue = add(check, "LIST_RUN_TOGETHER", LIST_WARNING, entry);
        add_arg(issue, "next", check->list->entries[at + 1].school);
    }
    if (index == UINT32_MAX) {
        ListIssue *issue = add(check, "LIST_SCHOOL_UNKNOWN", LIST_ERROR, entry);
        issue->raw = entry->school;
        issue->proposal = propose(check->list, entry);
        add_arg(issue, "value", entry->school);
        return ERR_OK;
    }
    const ListSchool *school = &check->list->schools[index];
    const ListEntry *first = first_of(check, seen, at);
    if (first != NULL) {
        ErrCode code = number_text(check, first->row, &number, err);
        if (code == ERR_OK)
            add_arg(add(check, "LIST_SCHOOL_TWICE", LIST_ERROR, entry), "first", number);
        return code;
    }
    seen[index] = (uint32_t)at + 1;
    check_open(check, entry, school);
    check_name(check, entry, school);
    if (check->list->within[0] != '\0' && !school->within)
        add_arg(add(check, "LIST_NOT_WITHIN", LIST_WARNING, entry), "group", check->list->within);
    return ERR_OK;
}

ErrCode list_check(const OfficialList *list, Arena *arena, ListReport *ret_report, Err *err)
{
    Check check = {.list = list, .arena = arena};
    uint32_t *seen = ARENA_NEW(arena, uint32_t, list->school_count);
    ErrCode code = ERR_OK;

    check.issues = ARENA_NEW(arena, ListIssue, list->entry_count * ISSUES_PER_ENTRY + ISSUES_OF_LIST);
    check.found = ARENA_NEW(arena, uint32_t, list->entry_count);
    if (seen == NULL || check.issues == NULL || check.found == NULL)
        return err_memory(err);
    check_dates(&check);
    for (size_t i = 0; i < list->entry_count && code == ERR_OK; i++)
        code = check_entry(&check, i, seen, err);
    if (code == ERR_OK)
        *ret_report = (ListReport){check.issues, check.count, check.errors, check.found};
    return code;
}

bool list_compare(bool before, bool now, ClassStatus status, ListMovement *ret_movement,
                  ListAgreement *ret_agreement)
{
    bool low = status == STATUS_LISTED;

    if (!before && !now && !low)
        return false;
    *ret_movement = now ? (before ? LIST_STAYED : LIST_ENTERED) : before ? LIST_LEFT : LIST_OUTSIDE;
    if (status == STATUS_UNSET)
        *ret_agreement = LIST_NOT_COMPARED;
    else if (now)
        *ret_agreement = low ? LIST_BOTH : LIST_THEIRS_ONLY;
    else
        *ret_agreement = low ? LIST_OURS_ONLY : LIST_NEITHER;
    return true;
}

const char *list_agreement_name(ListAgreement agreement)
{
    static const char *const names[] = {"", "BOTH", "THEIRS_ONLY", "OURS_ONLY", "NEITHER"};

    return (unsigned)agreement < sizeof names / sizeof names[0] ? names[agreement] : "";
}
