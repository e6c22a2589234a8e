/* SQLite behind a few calls; the only user of sqlite3.h. Statements are named by their file under sql/. */
#ifndef CLIENT_OUTBOX_LITE_H
#define CLIENT_OUTBOX_LITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/core/err.h"

typedef struct Lite Lite;
typedef struct LiteRow LiteRow;

typedef struct LiteParam {
    const char *text; /* set: a text */
    const void *blob; /* set: bytes */
    size_t size;
    int64_t number; /* else a number */
} LiteParam;

#define LITE_TEXT(value)         ((LiteParam){.text = (value)})
#define LITE_INT(value)          ((LiteParam){.number = (int64_t)(value)})
#define LITE_BLOB(value, length) ((LiteParam){.blob = (value), .size = (length)})

/* Opens or creates the file: rollback journal, synchronous=FULL, foreign keys, mode 0600. busy_ms: how long
 * to wait for another program using it. UNAVAILABLE / OUTBOX_BUSY, FAILED_PRECONDITION / OUTBOX_UNWRITABLE,
 * DATA_LOSS / OUTBOX_DAMAGED, RESOURCE_EXHAUSTED / OUTBOX_DISK_FULL, all with "file". */
ErrCode lite_open(const char *path, int busy_ms, Lite **ret_lite, Err *err) MUST_CHECK;
void lite_close(Lite *lite);

ErrCode lite_begin(Lite *lite, Err *err) MUST_CHECK; /* takes the write lock at once */
ErrCode lite_commit(Lite *lite, Err *err) MUST_CHECK;
void lite_rollback(Lite *lite); /* without effect outside a transaction */

/* Runs a file of several statements without parameters. */
ErrCode lite_script(Lite *lite, const char *name, Err *err) MUST_CHECK;

/* One row at a time; stops at the first error the callback returns. each may be NULL. */
typedef ErrCode (*LiteEach)(void *context, const LiteRow *row, Err *err);
ErrCode lite_query(Lite *lite, const char *name, const LiteParam *params, size_t count, LiteEach each,
                   void *context, Err *err) MUST_CHECK;
int64_t lite_changes(const Lite *lite); /* rows the last statement changed */

/* Column values, borrowed until the next row. NULL reads as 0, "" and no bytes. */
int64_t lite_get_int(const LiteRow *row, int column);
const char *lite_get_text(const LiteRow *row, int column);
const void *lite_get_blob(const LiteRow *row, int column, size_t *ret_size);

#endif
