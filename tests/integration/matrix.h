/* The role matrix: every method of the proto files x every person x every kind of target. */
#ifndef TESTS_INTEGRATION_MATRIX_H
#define TESTS_INTEGRATION_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

typedef struct MatrixResult {
    size_t cases, refused, leaks;
    size_t changes;          /* calls of the unentitled that changed the database */
    size_t planted, found;   /* replies searched as if their reader were not entitled: all must be found */
    size_t logged, unlogged; /* reads and changes that are in their log, and that are not */
} MatrixResult;

/* Runs it in a world of its own and prints the counts; filters_off: row-level security alone decides. Fails
 * the running test on a wrong answer; leaks and changes are counted. */
MatrixResult matrix_run(bool filters_off);

#endif
