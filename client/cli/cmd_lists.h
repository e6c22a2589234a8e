/* Handlers of the commands of groups, official lists and delivered figures. */
#ifndef CLIENT_CLI_CMD_LISTS_H
#define CLIENT_CLI_CMD_LISTS_H

#include "client/cli/command.h"

/* ListDeliveries, all pages: figures of the ministry and who confirmed them. */
ErrCode cmd_results_delivered(Cli *cli, Err *err) MUST_CHECK;
/* ConfirmDeliveries of what waits, or of those named. */
ErrCode cmd_results_confirm(Cli *cli, Err *err) MUST_CHECK;
/* DisputeFigure of one cell. */
ErrCode cmd_results_dispute(Cli *cli, Err *err) MUST_CHECK;
/* ListDisputes, all pages. */
ErrCode cmd_results_disputes(Cli *cli, Err *err) MUST_CHECK;
/* DecideDispute UPHOLD, REJECT and WITHDRAW. */
ErrCode cmd_results_uphold(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_results_reject(Cli *cli, Err *err) MUST_CHECK;
ErrCode cmd_results_retract(Cli *cli, Err *err) MUST_CHECK;
/* ImportGroups: meanings of a file into the dictionary. */
ErrCode cmd_group_import(Cli *cli, Err *err) MUST_CHECK;
/* ListGroups of a day, or with --history of every day. */
ErrCode cmd_group_list(Cli *cli, Err *err) MUST_CHECK;
/* ListGroups: every meaning of one name. */
ErrCode cmd_group_show(Cli *cli, Err *err) MUST_CHECK;
/* ImportList from a file or --schools; exit 5 when the list has errors. */
ErrCode cmd_list_import(Cli *cli, Err *err) MUST_CHECK;
/* ListMembers, all pages. */
ErrCode cmd_list_show(Cli *cli, Err *err) MUST_CHECK;
/* CompareList: a list, the list before it, and a run. */
ErrCode cmd_list_compare(Cli *cli, Err *err) MUST_CHECK;

#endif
