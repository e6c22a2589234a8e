/* Accounts and tokens as the office above keeps them, on the roles of accounts: what is outside the scope is
 * not there. */
#ifndef SERVER_STORE_STORE_ACCOUNT_H
#define SERVER_STORE_STORE_ACCOUNT_H

#include "server/store/store_access.h"

typedef struct AccountRow {
    PrincipalRow principal;
    int64_t district_id; /* 0 above the districts */
    int org_kind;        /* 0: outside the scope */
    const char *blocked_why;
    int blocked_by_role;  /* of who blocked it; 0: nobody */
    int64_t last_used_ms; /* of its tokens; 0: never, and from account_store_get */
} AccountRow;

/* By login, bytewise; under_id 0: all. */
ErrCode account_store_list(Db *db, int64_t under_id, const char *after_login, uint32_t limit, int64_t now_ms,
                           Arena *arena, AccountRow **ret_rows, size_t *ret_count, Err *err) MUST_CHECK;

/* NOT_FOUND / LOGIN_UNKNOWN ("login"). live_tokens is not counted (0). */
ErrCode account_store_get(Db *db, const char *login, Arena *arena, AccountRow *ret, Err *err) MUST_CHECK;

/* Blocks (active false) or unblocks; caches are told as by access_store_revoke. FAILED_PRECONDITION /
 * LAST_ADMINISTRATOR; PERMISSION_DENIED / ROW_FORBIDDEN when the policies keep the row from the caller. */
ErrCode account_store_set_active(Db *db, int64_t id, bool active, int64_t by, const char *why,
                                 Err *err) MUST_CHECK;

typedef struct TokenListRow {
    int64_t id, issued_ms, expires_ms;
    int64_t revoked_ms, last_used_ms; /* 0: never */
    const char *note;
} TokenListRow;

/* hash: TOKEN_HASH_SIZE bytes. ALREADY_EXISTS / TOKEN_TAKEN. */
ErrCode token_store_issue(Db *db, const uint8_t *hash, int64_t principal_id, int64_t issued_ms,
                          int64_t expires_ms, const char *note, int64_t by, int64_t *ret_id,
                          Err *err) MUST_CHECK;

/* Newest first, at most limit. */
ErrCode token_store_list(Db *db, int64_t principal_id, uint32_t limit, Arena *arena, TokenListRow **ret_rows,
                         size_t *ret_count, Err *err) MUST_CHECK;

/* token_id 0: all. *ret_count: revoked now. */
ErrCode token_store_withdraw(Db *db, int64_t principal_id, int64_t token_id, int64_t now_ms, int64_t by,
                             int64_t *ret_count, Err *err) MUST_CHECK;

#endif
