/* Published editions: a finished run, approved by a document, copied so that nothing later can change it. */
#ifndef SERVER_STORE_STORE_EDITION_H
#define SERVER_STORE_STORE_EDITION_H

#include "server/store/store_run.h"

typedef struct EditionRow {
    uint32_t number;
    const char *title, *document;
    const char *published_by; /* login */
    int64_t published_ms;
    const uint8_t *content_hash; /* 32 bytes: of every class and reason, in order */
    RunRow run;                  /* the run it was made from; its failure_reason is "" */
} EditionRow;

typedef struct EditionWrite {
    int64_t run_id;
    const char *title, *document;
    int64_t principal_id, now_ms;
} EditionWrite;

/* Takes the next number (one after another, without gaps) and copies classes and reasons. NOT_FOUND /
 * RUN_UNKNOWN; FAILED_PRECONDITION / RUN_NOT_DONE ("id"); ALREADY_EXISTS / RUN_PUBLISHED ("number");
 * INVALID_ARGUMENT / TITLE_MISSING, DOCUMENT_MISSING. */
ErrCode edition_store_publish(Db *db, const EditionWrite *write, Arena *arena, EditionRow *ret,
                              Err *err) MUST_CHECK;

/* NOT_FOUND / EDITION_UNKNOWN ("number"). */
ErrCode edition_store_get(Db *db, uint32_t number, Arena *arena, EditionRow *ret, Err *err) MUST_CHECK;
/* Newest first. */
ErrCode edition_store_list(Db *db, Arena *arena, EditionRow **ret_rows, size_t *ret_count,
                           Err *err) MUST_CHECK;

#endif
