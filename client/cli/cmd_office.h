/* Handlers of the commands of an office: accounts, tokens, curators, the log. */
#ifndef CLIENT_CLI_CMD_OFFICE_H
#define CLIENT_CLI_CMD_OFFICE_H

#include "client/cli/command.h"

/* ListAccounts, all pages: those the caller's office keeps. */
ErrCode cmd_account_list(Cli *cli, Err *err) MUST_CHECK;
/* AddAccount. */
ErrCode cmd_account_add(Cli *cli, Err *err) MUST_CHECK;
/* SetAccountBlocked, with a ground. */
ErrCode cmd_account_block(Cli *cli, Err *err) MUST_CHECK;
/* SetAccountBlocked, back. */
ErrCode cmd_account_unblock(Cli *cli, Err *err) MUST_CHECK;
/* IssueToken: the secret is made here and shown or written once. */
ErrCode cmd_token_issue(Cli *cli, Err *err) MUST_CHECK;
/* ListTokens: of an account, or one's own. */
ErrCode cmd_token_list(Cli *cli, Err *err) MUST_CHECK;
/* RevokeToken: one, or all of an account. */
ErrCode cmd_token_revoke(Cli *cli, Err *err) MUST_CHECK;
/* AssignCurator: document and last day are needed. */
ErrCode cmd_curator_assign(Cli *cli, Err *err) MUST_CHECK;
/* EndCurator, with a ground. */
ErrCode cmd_curator_end(Cli *cli, Err *err) MUST_CHECK;
/* ListCurators, all pages. */
ErrCode cmd_curator_list(Cli *cli, Err *err) MUST_CHECK;
/* ListAccess, all pages: who saw or changed what. */
ErrCode cmd_access_log(Cli *cli, Err *err) MUST_CHECK;
/* ListRefusals. */
ErrCode cmd_access_refusals(Cli *cli, Err *err) MUST_CHECK;

#endif
