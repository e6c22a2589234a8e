/* Completion for bash, zsh and fish: scripts that ask a program of ours for what may stand in place of the
 * last word, by "PROGRAM completion words -- WORD...", and the form of its answer. */
#ifndef COMMON_BASE_SHELL_H
#define COMMON_BASE_SHELL_H

#include <stdbool.h>

#include "common/core/buf.h"

/* Lines of an answer in place of candidates: the shell lists files, or folders, itself. */
#define SHELL_FILES   ":files"
#define SHELL_FOLDERS ":folders"

/* The script for this shell; false for a shell that is not known. */
bool shell_script(const char *shell, const char *program, Buf *buf);

#endif
