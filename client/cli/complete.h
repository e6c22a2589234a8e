/* Completion of command lines: one answer for every shell. */
#ifndef CLIENT_CLI_COMPLETE_H
#define CLIENT_CLI_COMPLETE_H

#include "client/cli/command.h"

/* What may stand in place of the last of the words (those after the program's name; none: the first is to be
 * typed): "word<TAB>what it is" a line, or a line of shell.h, in out, which is initialised here and freed by
 * the caller. */
ErrCode complete_words(Cli *cli, const char *const *words, size_t count, Buf *out, Err *err) MUST_CHECK;

#endif
