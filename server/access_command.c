/* Owns the token commands. Invariant: a token is shown once and only its hash is stored.
 * Must not run on the working roles: the owner's connection is needed. */
#include "server/access_command.h"

#include <stdio.h>
#include <string.h>

#include "common/base/i18n.h"
#include "common/base/private_file.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/store/embedded_place.h"
#include "server/store/store_access.h"

/* A command looks at a handful of rows. */
enum { COMMAND_MEMORY = 1 << 20, DAY_MS = 86400000 };

/* By number of Shans__V1__Role; the names are the command line's and never change. */
static const char *const role_names[] = {
    "",
    "school_editor",
    "school_head",
    "district_coordinator",
    "ministry_analyst",
    "methodologist",
    "administrator",
    "auditor",
    "curator",
};

/* The number of the wire and the database; 0 for a name that is no role. */
int access_role_number(const char *name)
{
    for (int i = 1; i < (int)(sizeof role_names / sizeof *role_names); i++) {
        if (text_equal(role_names[i], name))
            return i;
    }
    return 0;
}

/* For messages: the same word the command line takes. */
const char *access_role_name(int role)
{
    return role >= 1 && role < (int)(sizeof role_names / sizeof *role_names) ? role_names[role] : "";
}

/* An account that is there must be the one asked for: a token of another role under the wanted name would be
 * a surprise, and roles are not changed in passing. */
static ErrCode account_fits(const PrincipalRow *row, const ServerOptions *options, int role, Err *err)
{
    if ((options->role == NULL || row->role == role) &&
        (options->org == NULL || text_equal(row->org_code, options->org)))
        return ERR_OK;
    err_set(err, ERR_FAILED_PRECONDITION, "ACCOUNT_DIFFERS");
    err_arg(err, "login", "%s", row->login);
    err_arg(err, "role", "%s", access_role_name(row->role));
    return err_arg(err, "org", "%s", row->org_code);
}

/* The account of that login; made when role and organisation are given. */
static ErrCode account(Db *owner, const ServerOptions *options, Arena *arena, int64_t *ret_id, Err *err)
{
    PrincipalRow row;
    int role = options->role == NULL ? 0 : access_role_number(options->role);

    if (options->role != NULL && role == 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "ROLE_NAME");
        return err_arg(err, "role", "%s", options->role);
    }
    ErrCode code = access_store_find_principal(owner, options->login, arena, &row, err);
    if (code == ERR_OK) {
        *ret_id = row.id;
        return account_fits(&row, options, role, err);
    }
    if (code != ERR_NOT_FOUND || options->role == NULL || options->org == NULL)
        return code;
    return access_store_add_principal(owner, options->login, options->name == NULL ? "" : options->name, role,
                                      options->org, ret_id, err);
}

/* Accounts are made outside any call, but not outside the audit log. */
static ErrCode audit(Db *owner, const char *method, const char *login, int64_t now_ms, Err *err)
{
    char object[96];
    AuditEntry entry = {.at_ms = now_ms, .login = "shans-server", .method = method, .object = object};

    snprintf(object, sizeof object, "login:%s", login);
    return audit_store_add(owner, &entry, err);
}

/* 256 random bits; what is stored is their hash, so the database does not help a thief. */
static ErrCode issue(Db *owner, const Clock *clock, const ServerOptions *options, Arena *arena,
                     char *ret_token, Err *err)
{
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    int64_t id, now_ms = clock->now_ms(clock);
    ErrCode code = account(owner, options, arena, &id, err);

    if (code != ERR_OK)
        return code;
    crypto_random(raw, sizeof raw);
    crypto_hash(raw, sizeof raw, hash);
    crypto_hex(raw, sizeof raw, ret_token);
    crypto_wipe(raw, sizeof raw);
    code =
        access_store_issue_token(owner, hash, id, now_ms, now_ms + (int64_t)options->days * DAY_MS, "", err);
    if (code == ERR_OK)
        code = audit(owner, "shans-server/token", options->login, now_ms, err);
    if (code == ERR_OK && options->out != NULL)
        code = private_file_write(options->out, ret_token, err);
    return code;
}

/* Before anything is asked of the database. */
static ErrCode options_check(const ServerOptions *options, Err *err)
{
    if (options->login == NULL)
        return err_set(err, ERR_INVALID_ARGUMENT, "LOGIN_NEEDED");
    return options->days > 0 ? ERR_OK : err_set(err, ERR_INVALID_ARGUMENT, "DAYS_NEEDED");
}

/* The account and its token come into being together or not at all. */
ErrCode access_command_token(Db *owner, const Clock *clock, const ServerOptions *options, Err *err)
{
    const DbScope scope = {0};
    Arena *arena = arena_new(COMMAND_MEMORY, NULL);
    char token[CRYPTO_HASH_TEXT_SIZE];

    if (arena == NULL)
        return err_memory(err);
    ErrCode code = options_check(options, err);
    if (code == ERR_OK)
        code = db_begin(owner, &scope, err);
    if (code == ERR_OK)
        code = issue(owner, clock, options, arena, token, err);
    if (code == ERR_OK)
        code = db_commit(owner, err);
    if (code != ERR_OK)
        db_rollback(owner);
    else if (options->out == NULL)
        printf("%s\n", token); /* only now is it worth anything */
    crypto_wipe(token, sizeof token);
    arena_free(arena);
    return code;
}

/* Every token of the account; servers forget their cached ones by the database's notice. */
ErrCode access_command_revoke(Db *owner, const Clock *clock, const ServerOptions *options, Err *err)
{
    const DbScope scope = {0};
    Arena *arena = arena_new(COMMAND_MEMORY, NULL);
    PrincipalRow row;
    int64_t count = 0;

    if (arena == NULL)
        return err_memory(err);
    ErrCode code = options->login == NULL ? err_set(err, ERR_INVALID_ARGUMENT, "LOGIN_NEEDED")
                                          : db_begin(owner, &scope, err);
    if (code == ERR_OK)
        code = access_store_find_principal(owner, options->login, arena, &row, err);
    if (code == ERR_OK)
        code = access_store_revoke(owner, NULL, row.id, clock->now_ms(clock), &count, err);
    if (code == ERR_OK)
        code = audit(owner, "shans-server/revoke", options->login, clock->now_ms(clock), err);
    if (code == ERR_OK)
        code = db_commit(owner, err);
    if (code != ERR_OK)
        db_rollback(owner);
    else
        printf(N_("%lld token revoked\n", "%lld tokens revoked\n", (unsigned long)count), (long long)count);
    arena_free(arena);
    return code;
}

ErrCode access_command_owner(const ServerOptions *options, const Clock *clock, Db **ret_db, Err *err)
{
    char conninfo[PLACE_CONNINFO_SIZE];

    if (options->owner_db != NULL)
        return db_open(options->owner_db, clock, ret_db, err);
    if (options->embedded == NULL)
        return err_set(err, ERR_INVALID_ARGUMENT, "OWNER_NEEDED");
    ErrCode code = embedded_place_attach(options->embedded, "postgres", conninfo, err);
    return code != ERR_OK ? code : db_open(conninfo, clock, ret_db, err);
}
