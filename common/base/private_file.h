/* Files with a secret in them. */
#ifndef COMMON_BASE_PRIVATE_FILE_H
#define COMMON_BASE_PRIVATE_FILE_H

#include "common/core/err.h"

/* Writes one line into a file only its owner may read (mode 0600); one that is there is replaced, its mode
 * too; a terminal or a pipe is left as it is. FAILED_PRECONDITION / TOKEN_FILE with "file" and "fault". */
ErrCode private_file_write(const char *path, const char *line, Err *err) MUST_CHECK;

#endif
