/* Suppression of small cells (methods.md 11): what a viewer may see of a table of counts, so that nobody is
 * recognised, not even by subtraction. Pure. */
#ifndef SERVER_ENGINE_SUPPRESS_H
#define SERVER_ENGINE_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/arena.h"

typedef enum SuppressViewer {
    VIEWER_UNSET = 0,
    VIEWER_SCHOOL,       /* its own figures: all of them */
    VIEWER_MUNICIPALITY, /* groups of five and more */
    VIEWER_REGION,       /* the ministry's analysts: all */
    VIEWER_PUBLIC,       /* everything that is published or handed out */
    VIEWER_COUNT
} SuppressViewer;

typedef struct SuppressRule {
    uint32_t base_min;   /* groups smaller than this are not broken down; 0: no limit */
    uint32_t count_max;  /* counts from 1 to this are hidden; 0: none */
    uint32_t band_below; /* shares of groups smaller than this are coded at both ends; 0: never */
    bool complement;     /* further cells are hidden against subtraction */
    bool lone_total;     /* the total of a row to which one school contributes is hidden */
} SuppressRule;

/* The const table of viewers; VIEWER_UNSET and numbers outside it: the public's rule. */
const SuppressRule *suppress_rule(SuppressViewer viewer);

/* A table of counts with the sums of its rows and columns. All arrays are (rows+1) x (columns+1), row after
 * row, the last column and the last row being the sums. */
typedef struct SuppressTable {
    size_t rows, columns;
    const int64_t *counts;      /* >= 0; the sums agree with the cells */
    const uint32_t *row_owners; /* rows: schools that contribute to each; NULL: as many as its sum counts */
    bool *hidden;               /* out: cells the viewer must not see */
} SuppressTable;

/* Marks what is to be hidden: small counts; the cells of rows with fewer than base_min; sums of rows with one
 * contributor; then as many further cells as it takes until
 *   (a) no hidden cell follows exactly from what is shown and the sums, and
 *   (b) the hidden cells of a line whose sum is shown do not count 1..count_max together.
 * For (a) the table is a circulation in a network of rows and columns; a hidden cell can have another value
 * exactly when the residual network has a cycle through it. */
ErrCode suppress_table(const SuppressRule *rule, SuppressTable *table, Arena *arena, Err *err) MUST_CHECK;

/* Rows too small to be shown alone, put together: group[i] is the row's new number, small rows share the last
 * one. totals: sum of each row. Returns the number of new rows; they reach base_min each, unless all rows
 * together do not. */
size_t suppress_pool(const SuppressRule *rule, const int64_t *totals, size_t rows, size_t *group);

typedef enum SuppressShare {
    SHARE_HIDDEN = 0,
    SHARE_EXACT,       /* *ret_percent, rounded half up */
    SHARE_AT_MOST_5,   /* <= 5 % */
    SHARE_AT_LEAST_95, /* >= 95 % */
} SuppressShare;

/* How count of base may be shown as a share. base 0: hidden. */
SuppressShare suppress_share(const SuppressRule *rule, int64_t count, int64_t base, uint32_t *ret_percent);

#endif
