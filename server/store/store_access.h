/* Who may do what: principals, tokens, remembered operations, the audit log. Principals and tokens are
 * written on an administrator's connection (the working roles cannot); operations and audit rows inside the
 * transaction they belong to. */
#ifndef SERVER_STORE_STORE_ACCESS_H
#define SERVER_STORE_STORE_ACCESS_H

#include "common/core/arena.h"
#include "server/store/db.h"

enum { TOKEN_HASH_SIZE = 32 };

typedef struct PrincipalRow {
    int64_t id;
    const char *login, *display_name;
    int role; /* numbers of shans.v1.Role */
    int64_t org_id;
    const char *org_code;
    bool active;
    uint32_t live_tokens; /* neither revoked nor expired at now_ms */
} PrincipalRow;

/* NOT_FOUND / ORG_UNKNOWN ("code"), ALREADY_EXISTS / LOGIN_TAKEN ("login"), INVALID_ARGUMENT /
 * LOGIN_FORM or ROLE_UNKNOWN. */
ErrCode access_store_add_principal(Db *db, const char *login, const char *display_name, int role,
                                   const char *org_code, int64_t *ret_id, Err *err) MUST_CHECK;

/* By login, bytewise. */
ErrCode access_store_list_principals(Db *db, int64_t now_ms, Arena *arena, PrincipalRow **ret_rows,
                                     size_t *ret_count, Err *err) MUST_CHECK;

/* NOT_FOUND / LOGIN_UNKNOWN ("login"). live_tokens is not counted (0). */
ErrCode access_store_find_principal(Db *db, const char *login, Arena *arena, PrincipalRow *ret,
                                    Err *err) MUST_CHECK;

/* An inactive account keeps its tokens but cannot sign in. NOT_FOUND / LOGIN_UNKNOWN. */
ErrCode access_store_set_active(Db *db, const char *login, bool active, Err *err) MUST_CHECK;

/* hash: TOKEN_HASH_SIZE bytes, BLAKE2b-256 of the token; the token itself is never stored. */
ErrCode access_store_issue_token(Db *db, const uint8_t *hash, int64_t principal_id, int64_t issued_ms,
                                 int64_t expires_ms, const char *note, Err *err) MUST_CHECK;

/* Revokes one token (hash) or, with hash NULL, all of the principal's. *ret_count: tokens revoked now.
 * Channel "shans_token" is notified on commit with the principal's id, so that caches forget it. */
ErrCode access_store_revoke(Db *db, const uint8_t *hash, int64_t principal_id, int64_t now_ms,
                            int64_t *ret_count, Err *err) MUST_CHECK;

/* A person as signed in: what the role and scope of a transaction are made from. */
typedef struct AccessPrincipal {
    int64_t id;
    const char *login, *display_name;
    int role;
    int64_t org_id;
    const char *org_code, *org_name;
    int org_kind;
    int64_t district_id; /* 0 above the districts */
    /* Of a school: itself first, then the predecessors it took over. Of a curator: the schools assigned
     * today, and what they took over. */
    const int64_t *school_ids;
    size_t school_count;
    /* Organisations above its own: district, region; of a curator also its own, and the schools' districts.
     */
    const int64_t *above_ids;
    size_t above_count;
    int64_t expires_ms, token_id;
    bool touch_due; /* the token was last marked as used a while ago */
} AccessPrincipal;

/* UNAUTHENTICATED / TOKEN_UNKNOWN, TOKEN_EXPIRED, TOKEN_REVOKED, ACCOUNT_DISABLED; ret->login then says whose
 * token it is, "" when it is nobody's. */
ErrCode access_store_authenticate(Db *db, const uint8_t *hash, int64_t now_ms, Arena *arena,
                                  AccessPrincipal *ret, Err *err) MUST_CHECK;

/* Marks a token as used, in a transaction of the role that signs in. */
ErrCode access_store_touch_token(Db *db, int64_t token_id, int64_t now_ms, Err *err) MUST_CHECK;

/* A mutating call that succeeded: its reply is given again to whoever asks again. */
typedef struct OperationRow {
    bool found;
    int64_t principal_id;
    const char *method;
    const uint8_t *content_hash; /* 32 bytes: of the request, as the first attempt sent it */
    const uint8_t *reply;
    size_t reply_size;
} OperationRow;

/* id: 16 bytes. Calls with the same id go one after another: waits until the transaction of the other one has
 * ended, and holds until the end of this one. */
ErrCode operation_store_lock(Db *db, const uint8_t *id, Err *err) MUST_CHECK;

/* id: 16 bytes. Seen whatever the scope. */
ErrCode operation_store_get(Db *db, const uint8_t *id, Arena *arena, OperationRow *ret, Err *err) MUST_CHECK;

/* Whether a found operation may answer a call: PERMISSION_DENIED / OPERATION_FOREIGN (another principal),
 * FAILED_PRECONDITION / OPERATION_MISMATCH (another method or content). */
ErrCode operation_check(const OperationRow *row, int64_t principal_id, const char *method,
                        const uint8_t *content_hash, Err *err) MUST_CHECK;

/* `found` is ignored. ABORTED / OPERATION_RACED when the same id was stored meanwhile: run the transaction
 * again, it finds the stored reply. */
ErrCode operation_store_add(Db *db, const uint8_t *id, const OperationRow *row, int64_t now_ms,
                            Err *err) MUST_CHECK;

typedef struct AuditEntry {
    int64_t at_ms;
    int64_t principal_id; /* 0: nobody signed in */
    const char *login;
    int role;
    const char *method;
    const uint8_t *request_id, *operation_id; /* 16 bytes or NULL */
    const char *object, *detail;              /* "submission:12", free words; NULL is "" */
} AuditEntry;

ErrCode audit_store_add(Db *db, const AuditEntry *entry, Err *err) MUST_CHECK;

#endif
