/* Handlers of the command table; each is called with a parsed command line. */
#ifndef CLIENT_CLI_CMD_H
#define CLIENT_CLI_CMD_H

#include "client/cli/command.h"

ErrCode cmd_whoami(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_server_info(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_org_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_org_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_org_import(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_org_link(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_template(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_set(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_get(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_check(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_form_submit(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_results_import(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_results_export(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_review_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_review_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_review_accept(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_review_return(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_review_withdraw(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_method_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_method_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_method_lint(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_method_put(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_run_start(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_run_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_run_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_classes(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_explain(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_matrix(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_edition_publish(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_edition_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_edition_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_issue_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_risk_import(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_outbox_list(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_outbox_send(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_outbox_show(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_outbox_retry(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_config_show(Cli *cli, Err *err) MUST_CHECK;

#endif
