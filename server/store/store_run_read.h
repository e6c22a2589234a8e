/* The columns of a run, in the order every statement that shows runs selects them. */
#ifndef SERVER_STORE_STORE_RUN_READ_H
#define SERVER_STORE_STORE_RUN_READ_H

#include "server/store/store_rows.h"
#include "server/store/store_run.h"

void run_row_read(RowCursor *cursor, RunRow *row);

/* Sets NOT_FOUND / RUN_UNKNOWN ("id"). */
ErrCode run_unknown(int64_t id, Err *err);

#endif
