/* What the parts of source_check share. Internal to the layer. */
#ifndef COMMON_TRAP_CHECK_H
#define COMMON_TRAP_CHECK_H

#include "common/form/form.h"
#include "common/trap/source.h"

/* Cells sorted by role, row (numbers by their size), table, year, column. */
typedef struct SourceCheck {
    const Source *source;
    TrapList list;
    SourceCell *cells;
    size_t from[SOURCE_ROLE_COUNT + 1]; /* cells of role r: from[r] .. from[r + 1] */
} SourceCheck;

enum { SIZES_MAX = 64 };

/* Sizes of the populations of that name (NULL: all names) known for the year; each once. Count at most
 * SIZES_MAX. */
size_t check_sizes(const SourceCheck *check, const char *name, int year, int64_t *sizes);

/* First cell of the role and row, or NULL. */
const SourceCell *check_find(const SourceCheck *check, SourceRole role, const char *row);

/* The end of the cells that share role, row and table with the one at `at`. */
size_t check_row_end(const SourceCheck *check, size_t at);

/* A whole number of a cell; false: not one. Every cell of a role with a grammar has been tried by
 * check_read(), so that nobody needs to complain of it again. */
bool check_number(const SourceCell *cell, int64_t *ret);
bool check_share(const SourceCell *cell, CountShare *ret);

/* SOURCE_CELL_UNREAD (value), errors: cells that their role's grammar does not read. */
void check_read(SourceCheck *check);
/* Tables of shares, of T-35..T-39, and sentences, of T-45 and T-48. */
void check_shares(SourceCheck *check);
void check_statements(SourceCheck *check);
/* T-21, T-41; T-68 of every name. */
void check_tables(SourceCheck *check);
/* T-22..T-28, T-40. */
void check_indicators(SourceCheck *check);
/* T-29..T-31 and the totals of golden test 4. */
void check_score(SourceCheck *check);
/* T-33. */
ErrCode check_money(SourceCheck *check, Err *err) MUST_CHECK;
/* T-42..T-44 and participants against heads. */
void check_staff(SourceCheck *check);
/* T-46, T-47, T-49, T-50. */
void check_targets(SourceCheck *check);
/* T-51..T-56. */
ErrCode check_risk(SourceCheck *check, Err *err) MUST_CHECK;

#endif
