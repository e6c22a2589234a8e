/* The table of findings: of an import's reply and of the stored list. */
#ifndef CLIENT_CLI_ISSUE_TABLE_H
#define CLIENT_CLI_ISSUE_TABLE_H

#include "client/cli/command.h"
#include "client/render/render.h"
#include "shans/v1/collection.pb-c.h"

RenderTable *issue_table_new(Cli *cli); /* NULL: no memory */
void issue_table_add(Cli *cli, RenderTable *table, const Shans__V1__ImportIssue *issue);

#endif
