/* Sums of accepted figures by form column: what indicators are made of. */
#ifndef SERVER_STORE_STORE_VALUE_H
#define SERVER_STORE_STORE_VALUE_H

#include "common/catalog/quadrant_rule.h"
#include "common/core/arena.h"
#include "server/store/db.h"

/* One column of one school: all rows added, in the field's scale. */
typedef struct ValueRow {
    uint32_t school, column; /* indices into the schools and columns asked for */
    int64_t number;
    int64_t submission_id;
    uint32_t revision; /* the accepted one */
} ValueRow;

/* Of each school and form the newest accepted figures of the year (latest period, then the higher source). A
 * column has no row when nothing was accepted, no cell holds a number, or one says "unknown"; "not
 * applicable" adds nothing. Sorted by school, column. What the scope hides is not there. */
ErrCode value_store_list(Db *db, const int64_t *schools, size_t school_count, int year,
                         const QuadrantFigure *columns, size_t column_count, Arena *arena,
                         ValueRow **ret_rows, size_t *ret_count, Err *err) MUST_CHECK;

#endif
