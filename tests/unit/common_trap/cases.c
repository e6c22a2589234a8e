/* Owns reading of cases. Invariant: every line of a file is used. Must not know a rule. */
#include "tests/unit/common_trap/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const roles[SOURCE_ROLE_COUNT] = {
    [SOURCE_TABLE] = "table",
    [SOURCE_LISTED] = "listed",
    [SOURCE_GROUP] = "group",
    [SOURCE_POPULATION] = "population",
    [SOURCE_HEADS] = "heads",
    [SOURCE_HIGH] = "high",
    [SOURCE_BASE] = "base",
    [SOURCE_SHARE] = "share",
    [SOURCE_PARTICIPANTS] = "participants",
    [SOURCE_MONEY] = "money",
    [SOURCE_STAFF] = "staff",
    [SOURCE_VACANCIES] = "vacancies",
    [SOURCE_INDICATOR] = "indicator",
    [SOURCE_POINTS] = "points",
    [SOURCE_SCORE] = "score",
    [SOURCE_STATEMENT] = "statement",
    [SOURCE_TARGET] = "target",
    [SOURCE_COUNTED] = "counted",
    [SOURCE_PART] = "part",
    [SOURCE_RISK] = "risk",
    [SOURCE_FACTOR_LIST] = "list",
};

static const FactorDef own_factors[] = {
    {1, "equipment", {"", ""}},           {2, "staff_shortage", {"", ""}},
    {3, "teacher_competence", {"", ""}},  {4, "adaptivity", {"", ""}},
    {5, "inhouse_training", {"", ""}},    {6, "failure_risk_share", {"", ""}},
    {7, "special_needs_share", {"", ""}}, {8, "language_barriers", {"", ""}},
    {9, "school_environment", {"", ""}},  {10, "parent_engagement", {"", ""}},
};
static const FactorDef other_factors[] = {
    {1, "equipment", {"", ""}},
    {2, "staff_shortage", {"", ""}},
    {3, "motivation", {"", ""}},
};
static const FactorDict own = {"R-2022P", {"", ""}, own_factors, 10};
static const FactorDict other = {"R-2023K", {"", ""}, other_factors, 3};

char *case_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0, room = 1 << 20;
    char *text = malloc(room);

    if (file == NULL)
        fail_msg("cannot open %s", path);
    assert_non_null(text);
    length = fread(text, 1, room - 1, file);
    assert_true(length < room - 1);
    fclose(file);
    text[length] = '\0';
    return text;
}

static SourceRole role_of(const char *name)
{
    for (int role = 1; role < SOURCE_ROLE_COUNT; role++)
        if (strcmp(roles[role], name) == 0)
            return (SourceRole)role;
    fail_msg("no role %s", name);
    return SOURCE_TABLE;
}

static void read_cell(char *line, Case *one)
{
    const char *part[6] = {"", "", "", "", "", ""};
    size_t count = 0;

    for (char *at = line; at != NULL && count < 6; count++) {
        part[count] = at;
        at = count < 5 ? strchr(at, '|') : NULL;
        if (at != NULL)
            *at++ = '\0';
    }
    if (count != 6)
        fail_msg("%s: %zu parts: %s", one->title, count, line);
    assert_true(one->cell_count < CASE_CELLS_MAX);
    one->cells[one->cell_count++] =
        (SourceCell){role_of(part[0]), part[1], part[2], part[3], (int)strtol(part[4], NULL, 10), part[5]};
}

bool case_next(char **text, Case *ret)
{
    memset(ret, 0, sizeof *ret);
    for (char *line = *text; *line != '\0'; line = *text) {
        char *end = strchr(line, '\n');
        if (*line == '#' && ret->title[0] != '\0')
            return true;
        *text = end == NULL ? line + strlen(line) : end + 1;
        if (end != NULL)
            *end = '\0';
        if (*line == '\0' || strncmp(line, "//", 2) == 0)
            continue;
        if (*line == '#') {
            snprintf(ret->title, sizeof ret->title, "%s", line + 2);
        } else if (strncmp(line, "= ", 2) == 0) {
            assert_true(ret->want_count < CASE_WANTS_MAX);
            ret->wants[ret->want_count++] = line + 2;
        } else {
            read_cell(line, ret);
        }
    }
    return ret->title[0] != '\0';
}

static const char *or_dash(const char *text)
{
    return *text == '\0' ? "-" : text;
}

const char *issue_line(Arena *arena, const TrapIssue *issue)
{
    static const char *const names[] = {"", "info", "warning", "error"};
    const char *args = "";

    for (size_t i = 0; i < issue->arg_count; i++)
        args = arena_printf(arena, "%s%s%s=%s", args, i == 0 ? "" : ", ", issue->args[i].key,
                            issue->args[i].value);
    return arena_printf(arena, "%s %s %s %s %s -> %s (%s)", issue->rule, names[issue->severity],
                        or_dash(issue->school), or_dash(issue->place), or_dash(issue->raw),
                        or_dash(issue->proposal), args);
}

const TrapIssue *case_check(const SourceCell *cells, size_t count, Arena *arena, size_t *ret_count)
{
    Source source = {cells, count, &own, &other};
    const TrapIssue *issues = NULL;
    Err err = {0};

    if (source_check(&source, arena, &issues, ret_count, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "role"));
    return issues;
}
