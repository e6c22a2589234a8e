/* What a list declares about a school against what its identification gives (methods.md 10.1: T-07, T-10). */
#ifndef SERVER_ENGINE_DECLARED_H
#define SERVER_ENGINE_DECLARED_H

#include "common/catalog/methodology.h"
#include "common/trap/issue.h"

/* A group of a list says: these schools are of this type, or of a wellbeing level no higher than this. */
typedef struct DeclaredGroup {
    const char *group;
    const char *type; /* TypologyBand.code, or NULL: the list says nothing */
    int level_most;   /* typology_level() 1..5, 0: the list says nothing */
} DeclaredGroup;

typedef struct DeclaredSchool {
    const char *school, *group;
    int wellbeing_group, quality_group;
} DeclaredSchool;

/* TYPOLOGY_DECLARED_DIFFERS (declared, computed, group) and WELLBEING_LEVEL_DIFFERS (declared, computed,
 * group), both errors, by school. A school without groups, or of a group no list describes, gives none. */
ErrCode declared_check(const TypologyRule *rule, const DeclaredGroup *groups, size_t group_count,
                       const DeclaredSchool *schools, size_t school_count, Arena *arena,
                       TrapIssue **ret_issues, size_t *ret_count, Err *err) MUST_CHECK;

#endif
