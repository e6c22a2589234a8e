/* Owns the codes of assessment procedures. Invariant: procedure_parse(procedure_dump(p)) == p for every
 * procedure that parse ever gave. Must not know which procedures a region holds. */
#include "common/catalog/procedure.h"

#include <stdio.h>
#include <string.h>

#include "common/core/text.h"

enum { GRADE_LAST = 11, PARTS_MAX = 4 };

static const char *const family_names[] = {"", "VPR", "OGE", "EGE"};
static const char *const subject_names[] = {"", "RUS", "MATH"};
static const char *const level_names[] = {"", "B", "P"};

static int name_find(const char *const *names, int count, const char *name)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return 0;
}

/* Splits at points into at most PARTS_MAX parts of scratch; 0 when there are more. */
static int split(char *scratch, char **parts)
{
    int count = 0;

    for (char *at = scratch; at != NULL;) {
        char *point = strchr(at, '.');
        if (count == PARTS_MAX)
            return 0;
        parts[count++] = at;
        if (point != NULL)
            *point++ = '\0';
        at = point;
    }
    return count;
}

/* 1..11 without leading zeros, else 0. */
static int grade_parse(const char *text)
{
    int grade = 0;

    if (text[0] < '1' || text[0] > '9' || strlen(text) > 2)
        return 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        grade = grade * 10 + (*text - '0');
    }
    return grade <= GRADE_LAST ? grade : 0;
}

bool procedure_parse(const char *code, Procedure *ret)
{
    char scratch[PROCEDURE_TEXT_SIZE], *parts[PARTS_MAX];

    if (strlen(code) >= sizeof scratch)
        return false;
    text_copy(scratch, sizeof scratch, code);
    int count = split(scratch, parts), at = 2;
    if (count < 2)
        return false;
    Procedure procedure = {
        .family = (Family)name_find(family_names, 4, parts[0]),
        .subject = (Subject)name_find(subject_names, 3, parts[1]),
    };
    if (procedure.family == FAMILY_UNSET || procedure.subject == SUBJECT_UNSET)
        return false;
    if (procedure.family == FAMILY_VPR) {
        if (at < count && (procedure.grade = grade_parse(parts[at])) != 0)
            at++;
        if (at < count && strcmp(parts[at], "AUT") == 0) {
            procedure.wave = WAVE_AUTUMN;
            at++;
        }
    }
    /* Mathematics of the unified exam is two exams; a bare "EGE.MATH" would add up what must stay apart. */
    if (procedure.family == FAMILY_EGE && procedure.subject == SUBJECT_MATHS) {
        procedure.level = at < count ? (Level)name_find(level_names, 3, parts[at++]) : LEVEL_NONE;
        if (procedure.level == LEVEL_NONE)
            return false;
    }
    if (at != count)
        return false;
    *ret = procedure;
    return true;
}

void procedure_dump(Procedure procedure, char *to)
{
    unsigned family = (unsigned)procedure.family, subject = (unsigned)procedure.subject;
    unsigned level = (unsigned)procedure.level;
    char grade[8] = "";

    if (procedure.grade > 0 && procedure.grade <= GRADE_LAST)
        snprintf(grade, sizeof grade, ".%d", procedure.grade);
    snprintf(to, PROCEDURE_TEXT_SIZE, "%s.%s%s%s%s%s", family_names[family < 4 ? family : 0],
             subject_names[subject < 3 ? subject : 0], grade, level == 0 ? "" : ".",
             level_names[level < 3 ? level : 0], procedure.wave == WAVE_AUTUMN ? ".AUT" : "");
}

static int number_compare(int a, int b)
{
    return (a > b) - (a < b);
}

int procedure_compare(Procedure a, Procedure b)
{
    int order = number_compare((int)a.family, (int)b.family);

    if (order == 0)
        order = number_compare((int)a.subject, (int)b.subject);
    if (order == 0)
        order = number_compare((int)a.level, (int)b.level);
    if (order == 0)
        order = number_compare(a.grade, b.grade);
    return order != 0 ? order : number_compare((int)a.wave, (int)b.wave);
}
