/* Cases as text: the cells of a source and the findings they must give. */
#ifndef TESTS_UNIT_COMMON_TRAP_CASES_H
#define TESTS_UNIT_COMMON_TRAP_CASES_H

#include "common/trap/source.h"

enum { CASE_CELLS_MAX = 2000, CASE_WANTS_MAX = 200 };

/* A finding as one line: "rule severity school place raw -> proposal (key=value, …)"; parts that are empty
 * stand as
 * "-". */
typedef struct Case {
    char title[200];
    SourceCell cells[CASE_CELLS_MAX];
    size_t cell_count;
    char *wants[CASE_WANTS_MAX];
    size_t want_count;
} Case;

/* A file of cases. "# title" begins one; a cell is "role|table|row|column|year|raw", a finding wanted is
 * "= rule …" as issue_line() writes it. Empty lines and lines that begin with "//" mean nothing. The next
 * case, or false at the end; fails the test when a line is neither. text is cut up in place. */
bool case_next(char **text, Case *ret);

/* The whole file; free() it. */
char *case_file(const char *path);

/* The line of a finding, in arena. */
const char *issue_line(Arena *arena, const TrapIssue *issue);

/* Runs the check of the cells with the two shipped dictionaries made small; fails the test when it fails. */
const TrapIssue *case_check(const SourceCell *cells, size_t count, Arena *arena, size_t *ret_count);

#endif
