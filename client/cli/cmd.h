/* Handlers of the command table; each is called with a parsed command line. */
#ifndef CLIENT_CLI_CMD_H
#define CLIENT_CLI_CMD_H

#include "client/cli/command.h"

/* GetIdentity: login, role, organisation, how long the token is valid. */
ErrCode cmd_whoami(Cli *cli, Err *err) MUST_CHECK;
/* GetServerInfo: version, protocol, clock, hash of the definitions. */
ErrCode cmd_server_info(Cli *cli, Err *err) MUST_CHECK;
/* ListOrgs, all pages: as of --on-date, below --under. */
ErrCode cmd_org_list(Cli *cli, Err *err) MUST_CHECK;
/* GetOrg: every version of one organisation, and its links. */
ErrCode cmd_org_show(Cli *cli, Err *err) MUST_CHECK;
/* ImportOrgs from CSV files, one request for the whole file. */
ErrCode cmd_org_import(Cli *cli, Err *err) MUST_CHECK;
/* ImportOrgs with a single link. */
ErrCode cmd_org_link(Cli *cli, Err *err) MUST_CHECK;
/* Forms of the built-in catalogue. */
ErrCode cmd_form_list(Cli *cli, Err *err) MUST_CHECK;
/* Sections, rows, fields and choices of one form. */
ErrCode cmd_form_show(Cli *cli, Err *err) MUST_CHECK;
/* An empty wide table, ready to be filled and imported. */
ErrCode cmd_form_template(Cli *cli, Err *err) MUST_CHECK;
/* Cells into the draft; durable before "saved" is said. */
ErrCode cmd_form_set(Cli *cli, Err *err) MUST_CHECK;
/* The server's figures into the draft, never over unsent typing. */
ErrCode cmd_form_get(Cli *cli, Err *err) MUST_CHECK;
/* The rules over a draft or a file; exit 5 when any figure is wrong. */
ErrCode cmd_form_check(Cli *cli, Err *err) MUST_CHECK;
/* Draft to receipt, or exit 7 when it waits in the outbox. */
ErrCode cmd_form_submit(Cli *cli, Err *err) MUST_CHECK;
/* A whole CSV file: checked, queued in one transaction, sent. */
ErrCode cmd_results_import(Cli *cli, Err *err) MUST_CHECK;
/* Submitted figures in the format of the import. */
ErrCode cmd_results_export(Cli *cli, Err *err) MUST_CHECK;
/* ListSubmissions, all pages. */
ErrCode cmd_review_list(Cli *cli, Err *err) MUST_CHECK;
/* GetSubmission: figures with remarks, and the history. */
ErrCode cmd_review_show(Cli *cli, Err *err) MUST_CHECK;
/* Review ACCEPT of each id; the first failure gives the exit code. */
ErrCode cmd_review_accept(Cli *cli, Err *err) MUST_CHECK;
/* Review RETURN with marks at cells. */
ErrCode cmd_review_return(Cli *cli, Err *err) MUST_CHECK;
/* Review WITHDRAW of one submission. */
ErrCode cmd_review_withdraw(Cli *cli, Err *err) MUST_CHECK;
/* ListMethodologies. */
ErrCode cmd_method_list(Cli *cli, Err *err) MUST_CHECK;
/* GetMethodology: the profile's numbers, from its compiled bytes. */
ErrCode cmd_method_show(Cli *cli, Err *err) MUST_CHECK;
/* Compiles a file and shows it, without the server. */
ErrCode cmd_method_lint(Cli *cli, Err *err) MUST_CHECK;
/* PutMethodology of a compiled file; shows what the linter found. */
ErrCode cmd_method_put(Cli *cli, Err *err) MUST_CHECK;
/* StartRun; with --wait until it is done or failed. */
ErrCode cmd_run_start(Cli *cli, Err *err) MUST_CHECK;
/* ListRuns, all pages, newest first. */
ErrCode cmd_run_list(Cli *cli, Err *err) MUST_CHECK;
/* GetRun: passport and hashes. */
ErrCode cmd_run_show(Cli *cli, Err *err) MUST_CHECK;
/* ListClasses of a run or an edition. */
ErrCode cmd_classes(Cli *cli, Err *err) MUST_CHECK;
/* Explain: class, rules, procedures, and where each figure stands. */
ErrCode cmd_explain(Cli *cli, Err *err) MUST_CHECK;
/* GetMatrix: the 11 x 11 grid and the counts of the five types. */
ErrCode cmd_matrix(Cli *cli, Err *err) MUST_CHECK;
/* GetQuadrants: places of schools on two axes, or the figures behind one school's. */
ErrCode cmd_quadrants(Cli *cli, Err *err) MUST_CHECK;
/* PublishEdition: insert-only, with its document. */
ErrCode cmd_edition_publish(Cli *cli, Err *err) MUST_CHECK;
/* ListEditions. */
ErrCode cmd_edition_list(Cli *cli, Err *err) MUST_CHECK;
/* One edition and its classes. */
ErrCode cmd_edition_show(Cli *cli, Err *err) MUST_CHECK;
/* The counts of an edition with small ones hidden: what may be given to anybody. */
ErrCode cmd_edition_export(Cli *cli, Err *err) MUST_CHECK;
/* ListIssues, all pages. */
ErrCode cmd_issue_list(Cli *cli, Err *err) MUST_CHECK;
/* The traps of common/trap in the tables of folders: found, not found, or for the text. */
ErrCode cmd_issue_traps(Cli *cli, Err *err) MUST_CHECK;
/* Every finding in the tables of folders, offline. */
ErrCode cmd_issue_check(Cli *cli, Err *err) MUST_CHECK;
/* ImportSourceTables of one folder. */
ErrCode cmd_issue_import(Cli *cli, Err *err) MUST_CHECK;
/* ResolveIssue of each id; the first failure gives the exit code. */
ErrCode cmd_issue_accept(Cli *cli, Err *err) MUST_CHECK;
/* ResolveIssue with the right figure. */
ErrCode cmd_issue_correct(Cli *cli, Err *err) MUST_CHECK;
/* ResolveIssue of each id: no fault. */
ErrCode cmd_issue_reject(Cli *cli, Err *err) MUST_CHECK;
/* ImportRiskTables from two files of facts. */
ErrCode cmd_risk_import(Cli *cli, Err *err) MUST_CHECK;
/* What waits; with --all what was sent too. */
ErrCode cmd_outbox_list(Cli *cli, Err *err) MUST_CHECK;
/* One pass over everything that waits, or --watch until a signal. */
ErrCode cmd_outbox_send(Cli *cli, Err *err) MUST_CHECK;
/* One operation with its receipt, by id or the beginning of it. */
ErrCode cmd_outbox_show(Cli *cli, Err *err) MUST_CHECK;
/* A refused operation again, the same bytes. */
ErrCode cmd_outbox_retry(Cli *cli, Err *err) MUST_CHECK;
/* A refused operation leaves what waits; it stays in the file with the reason. */
ErrCode cmd_outbox_dismiss(Cli *cli, Err *err) MUST_CHECK;
/* Every key with the value in force; secrets are masked. */
ErrCode cmd_config_show(Cli *cli, Err *err) MUST_CHECK;
/* The value in force alone on a line. */
ErrCode cmd_config_get(Cli *cli, Err *err) MUST_CHECK;
/* Checked, then written into the user's file; its other lines stay. */
ErrCode cmd_config_set(Cli *cli, Err *err) MUST_CHECK;
/* The line of the key leaves the user's file. */
ErrCode cmd_config_unset(Cli *cli, Err *err) MUST_CHECK;
/* The script for the shell of the verb; it asks the next one. */
ErrCode cmd_completion_script(Cli *cli, Err *err) MUST_CHECK;
/* Candidates for the last word, see complete.h. */
ErrCode cmd_completion_words(Cli *cli, Err *err) MUST_CHECK;
/* A manual page, see manual.h. */
ErrCode cmd_manual(Cli *cli, Err *err) MUST_CHECK;

#endif
