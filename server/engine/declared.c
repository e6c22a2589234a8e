/* Owns the comparison of declared groups with computed types and levels. Invariant: neither overwrites the
 * other; a difference is an issue and nothing else.
 * Must not compute a group. */
#include "server/engine/declared.h"

#include "common/core/text.h"
#include "server/engine/typology.h"

/* What a list says of the group, or NULL. */
static const DeclaredGroup *group_find(const DeclaredGroup *groups, size_t count, const char *group)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(groups[i].group, group))
            return &groups[i];
    return NULL;
}

static TrapIssue issue_make(const char *rule, const DeclaredSchool *school, const char *declared,
                            const char *computed)
{
    return (TrapIssue){
        .rule = rule,
        .severity = TRAP_ERROR,
        .school = school->school,
        .place = school->group,
        .raw = "",
        .proposal = "",
        .args = {{"declared", declared}, {"computed", computed}, {"group", school->group}},
        .arg_count = 3,
    };
}

/* Levels travel as numbers; the client names them. */
static const char *level_text(int level)
{
    static const char *const names[] = {"", "1", "2", "3", "4", "5"};

    return level >= 1 && level <= 5 ? names[level] : "";
}

ErrCode declared_check(const TypologyRule *rule, const DeclaredGroup *groups, size_t group_count,
                       const DeclaredSchool *schools, size_t school_count, Arena *arena,
                       TrapIssue **ret_issues, size_t *ret_count, Err *err)
{
    TrapIssue *issues = ARENA_NEW(arena, TrapIssue, school_count * 2);
    size_t count = 0;

    if (issues == NULL)
        return err_memory(err);
    for (size_t i = 0; i < school_count; i++) {
        const DeclaredSchool *school = &schools[i];
        const DeclaredGroup *group = group_find(groups, group_count, school->group);
        if (group == NULL)
            continue;
        const TypologyBand *band = typology_get(rule, school->wellbeing_group, school->quality_group);
        if (group->type != NULL && band != NULL && !text_equal(group->type, band->code))
            issues[count++] = issue_make("TYPOLOGY_DECLARED_DIFFERS", school, group->type, band->code);
        int level = typology_level(school->wellbeing_group);
        if (group->level_most > 0 && level > group->level_most)
            issues[count++] = issue_make("WELLBEING_LEVEL_DIFFERS", school, level_text(group->level_most),
                                         level_text(level));
    }
    *ret_issues = issues;
    *ret_count = count;
    return ERR_OK;
}
