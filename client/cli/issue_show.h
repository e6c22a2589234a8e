/* Findings as a table: of a reply, of the stored list, or of a check on this machine. */
#ifndef CLIENT_CLI_ISSUE_SHOW_H
#define CLIENT_CLI_ISSUE_SHOW_H

#include "client/cli/command.h"
#include "client/render/render.h"
#include "common/trap/issue.h"
#include "shans/v1/collection.pb-c.h"

/* An empty table; with --verbose people see who decided, when and why. NULL: no memory. */
RenderTable *issue_show_table(Cli *cli);

/* A row: the reason's own sentence for people, its code for programs. */
void issue_show_add(Cli *cli, RenderTable *table, const Shans__V1__ImportIssue *issue);

/* The same of a check without the server: the finding has no number and no state yet. */
ErrCode issue_show_add_trap(Cli *cli, RenderTable *table, const TrapIssue *issue, Err *err) MUST_CHECK;

#endif
