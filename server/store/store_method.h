/* Methodologies as stored: compiled bytes by code, version and hash. Used by a run once, never changed again.
 */
#ifndef SERVER_STORE_STORE_METHOD_H
#define SERVER_STORE_STORE_METHOD_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef struct MethodologyRow {
    const char *code;
    uint32_t version;
    const uint8_t *hash;     /* 32 bytes: BLAKE2b-256 of compiled */
    const uint8_t *compiled; /* get and put only */
    size_t compiled_size;
    const char *title_ru, *title_en;
    int64_t stored_ms, stored_by; /* 0: shipped with the program */
    bool used;
} MethodologyRow;

/* *ret_added false when exactly these bytes were there. ALREADY_EXISTS / METHODOLOGY_DIFFERS ("code",
 * "version") when that version, or the same bytes under another name, is stored already. */
ErrCode methodology_store_put(Db *db, const MethodologyRow *row, bool *ret_added, Err *err) MUST_CHECK;

/* version 0: the newest. NOT_FOUND / METHODOLOGY_UNKNOWN ("code", "version"). */
ErrCode methodology_store_get(Db *db, const char *code, uint32_t version, Arena *arena, MethodologyRow *ret,
                              Err *err) MUST_CHECK;

/* By code (bytewise) and version. */
ErrCode methodology_store_list(Db *db, Arena *arena, MethodologyRow **ret_rows, size_t *ret_count,
                               Err *err) MUST_CHECK;

/* The first run marks it; later ones change nothing. */
ErrCode methodology_store_mark_used(Db *db, const char *code, uint32_t version, int64_t now_ms,
                                    Err *err) MUST_CHECK;

#endif
