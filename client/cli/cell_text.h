/* Cells as people name them: "section/row/field=value". */
#ifndef CLIENT_CLI_CELL_TEXT_H
#define CLIENT_CLI_CELL_TEXT_H

#include "client/cli/command.h"
#include "common/form/form.h"

/* A section without rows may be written "section/field=value". INVALID_ARGUMENT / USAGE_CELL, CELL_UNKNOWN,
 * and what form_value_parse refuses. */
ErrCode cell_parse(Cli *cli, const FormDef *form, const char *text, FormCell *ret, Err *err) MUST_CHECK;

#endif
