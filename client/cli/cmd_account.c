/* Owns the commands on accounts and tokens. Invariant: a token is made here, leaves this machine only as its
 * hash, and is shown or written once. Must not keep it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/cmd_office.h"
#include "client/cli/show.h"
#include "common/base/private_file.h"
#include "common/crypto/crypto.h"
#include "shans/v1/admin.pb-c.h"

enum { PAGE = 1000, DAYS_USUAL = 90 };

/* One account with how it is used. */
static void add_account(RenderTable *table, const Shans__V1__Account *account)
{
    render_add_text(table, account->login);
    render_add_text(table, account->display_name);
    show_number_of(table, &names_role, (int)account->role);
    render_add_text(table, account->org_code);
    render_add_bool(table, account->blocked);
    render_add_text(table, account->blocked_why);
    render_add_number(table, account->live_tokens);
    render_add_time(table, account->last_used_ms);
}

/* All that the office keeps. */
ErrCode cmd_account_list(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"login", _("Login"), RENDER_TEXT, 0},
        {"name", _("Name of the person"), RENDER_TEXT, 0},
        {"role", _("Role"), RENDER_CODE, 0},
        {"org_code", _("Organisation"), RENDER_TEXT, 0},
        {"blocked", _("Blocked"), RENDER_BOOL, 0},
        {"blocked_why", _("Ground"), RENDER_TEXT, 0},
        {"tokens", _("Valid tokens"), RENDER_NUMBER, 0},
        {"last_used", _("Last used"), RENDER_TIME, 0},
    };
    Shans__V1__ListAccountsRequest request = SHANS__V1__LIST_ACCOUNTS_REQUEST__INIT;
    RenderTable *table = render_table_new(cli->arena, "account", columns, 8, false);

    if (table == NULL)
        return err_memory(err);
    request.under = cli_option_text(cli, "under");
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__admin_service__descriptor, "ListAccounts", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListAccountsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_accounts; i++)
            add_account(table, reply->accounts[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* What became of an account. */
static ErrCode print_state(Cli *cli, const char *login, bool blocked, Err *err)
{
    const RenderColumn columns[] = {
        {"login", _("Login"), RENDER_TEXT, 0},
        {"blocked", _("Blocked"), RENDER_BOOL, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "account_state", columns, 2, true);

    if (table == NULL)
        return err_memory(err);
    render_add_text(table, login);
    render_add_bool(table, blocked);
    return cli_print(cli, table, err);
}

/* Without a token the account can do nothing yet: the next step is said. */
ErrCode cmd_account_add(Cli *cli, Err *err)
{
    Shans__V1__AddAccountRequest request = SHANS__V1__ADD_ACCOUNT_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    request.login = (char *)cli->args[0];
    request.role = (Shans__V1__Role)name_parse(&names_role, cli->args[1]);
    request.org_code = (char *)cli->args[2];
    request.display_name = cli_option_text(cli, "name");
    if (request.role == SHANS__V1__ROLE__ROLE_UNSPECIFIED) {
        err_set(err, ERR_INVALID_ARGUMENT, "ROLE_NAME");
        return err_arg(err, "role", "%s", cli->args[1]);
    }
    ErrCode code =
        cli_change(cli, &shans__v1__admin_service__descriptor, "AddAccount", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    cli_say(cli, _("Next, issue a token: shans token issue %s"), request.login);
    return print_state(cli, request.login, false, err);
}

/* Both ways; the server says who may, and that a ground is needed to block. */
static ErrCode set_blocked(Cli *cli, bool blocked, Err *err)
{
    Shans__V1__SetAccountBlockedRequest request = SHANS__V1__SET_ACCOUNT_BLOCKED_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    request.login = (char *)cli->args[0];
    request.blocked = blocked;
    request.why = cli_option_text(cli, "why");
    ErrCode code = cli_change(cli, &shans__v1__admin_service__descriptor, "SetAccountBlocked", &request.base,
                              &message, err);
    return code == ERR_OK ? print_state(cli, request.login, blocked, err) : code;
}

/* Every session ends within seconds. */
ErrCode cmd_account_block(Cli *cli, Err *err)
{
    return set_blocked(cli, true, err);
}

/* The tokens it had are valid again. */
ErrCode cmd_account_unblock(Cli *cli, Err *err)
{
    return set_blocked(cli, false, err);
}

/* Written before it is worth anything, so that a token that is valid is never lost for want of a place. */
static ErrCode put_token(Cli *cli, const char *path, const char *token, Err *err)
{
    if (path == NULL)
        return ERR_OK;
    if (access(path, F_OK) == 0) {
        err_set(err, ERR_FAILED_PRECONDITION, "FILE_EXISTS");
        return err_arg(err, "file", "%s", path);
    }
    (void)cli;
    return private_file_write(path, token, err);
}

/* After the server has taken the hash. A token that went into a file is not shown. */
static ErrCode print_token(Cli *cli, const char *path, const char *token,
                           const Shans__V1__IssueTokenReply *reply, Err *err)
{
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"token", path == NULL ? _("Token") : NULL, RENDER_TEXT, 0},
        {"file", path == NULL ? NULL : _("File"), RENDER_TEXT, 0},
        {"expires", _("Token valid until"), RENDER_TIME, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "token_issued", columns, 4, true);

    if (table == NULL)
        return err_memory(err);
    render_add_number(table, (int64_t)reply->id);
    render_add_text(table, path == NULL ? token : "");
    render_add_text(table, path == NULL ? "" : path);
    render_add_time(table, reply->expires_ms);
    cli_say(cli, _("The token cannot be shown again."));
    return cli_print(cli, table, err);
}

/* 256 random bits of this machine; the server gets their hash. */
ErrCode cmd_token_issue(Cli *cli, Err *err)
{
    Shans__V1__IssueTokenRequest request = SHANS__V1__ISSUE_TOKEN_REQUEST__INIT;
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    const char *path = cli_option(cli, "to-file");
    char token[CRYPTO_HASH_TEXT_SIZE];
    ProtobufCMessage *message = NULL;

    /* What the server gets says nothing about what the person gets. */
    crypto_random(raw, sizeof raw);
    crypto_hash(raw, sizeof raw, hash);
    crypto_hex(raw, sizeof raw, token);
    crypto_wipe(raw, sizeof raw);
    request.login = (char *)cli->args[0];
    request.token_hash = (ProtobufCBinaryData){sizeof hash, hash};
    request.days = cli_number(cli, "days", DAYS_USUAL);
    request.note = cli_option_text(cli, "note");
    /* The file first: a token without a place to be would have to be revoked. */
    ErrCode code = put_token(cli, path, token, err);
    if (code == ERR_OK) {
        code = cli_change(cli, &shans__v1__admin_service__descriptor, "IssueToken", &request.base, &message,
                          err);
        if (code == ERR_OK)
            code = print_token(cli, path, token, (const void *)message, err);
        else if (path != NULL)
            unlink(path); /* it opens nothing */
    }
    crypto_wipe(token, sizeof token);
    return code;
}

/* One's own without a login. Never the secret: the server does not have it. */
ErrCode cmd_token_list(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"issued", _("Issued"), RENDER_TIME, 0},
        {"expires", _("Token valid until"), RENDER_TIME, 0},
        {"revoked", _("Revoked"), RENDER_TIME, 0},
        {"last_used", _("Last used"), RENDER_TIME, 0},
        {"note", _("Note"), RENDER_TEXT, 0},
    };
    Shans__V1__ListTokensRequest request = SHANS__V1__LIST_TOKENS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    RenderTable *table = render_table_new(cli->arena, "token", columns, 6, false);

    if (table == NULL)
        return err_memory(err);
    request.login = (char *)(cli->arg_count == 0 ? "" : cli->args[0]);
    ErrCode code = cli_call(cli, &shans__v1__admin_service__descriptor, "ListTokens", NULL, &request.base,
                            &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ListTokensReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_tokens; i++) {
        const Shans__V1__Token *token = reply->tokens[i];
        render_add_number(table, (int64_t)token->id);
        render_add_time(table, token->issued_ms);
        render_add_time(table, token->expires_ms);
        render_add_time(table, token->revoked_ms);
        render_add_time(table, token->last_used_ms);
        render_add_text(table, token->note);
    }
    return cli_print(cli, table, err);
}

/* Refused everywhere within seconds. */
ErrCode cmd_token_revoke(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"login", _("Login"), RENDER_TEXT, 0},
        {"revoked", _("Tokens revoked"), RENDER_NUMBER, 0},
    };
    Shans__V1__RevokeTokenRequest request = SHANS__V1__REVOKE_TOKEN_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    request.login = (char *)cli->args[0];
    request.id = cli_number(cli, "token", 0);
    ErrCode code =
        cli_change(cli, &shans__v1__admin_service__descriptor, "RevokeToken", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    RenderTable *table = render_table_new(cli->arena, "token_revoked", columns, 2, true);
    if (table == NULL)
        return err_memory(err);
    render_add_text(table, request.login);
    render_add_number(table, ((const Shans__V1__RevokeTokenReply *)(const void *)message)->revoked);
    return cli_print(cli, table, err);
}
