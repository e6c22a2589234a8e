/* Owns writing secrets to files. Invariant: nobody but the owner can read the file at any moment after the
 * secret went in. Must not log what it writes. */
#include "common/base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ErrCode private_file_write(const char *path, const char *line, Err *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t length = strlen(line);
    struct stat about;
    bool fine = file >= 0 && fstat(file, &about) == 0;

    /* A file that was there keeps its mode at open, and others must not read what goes in now. */
    if (fine && S_ISREG(about.st_mode))
        fine = fchmod(file, 0600) == 0;
    fine = fine && write(file, line, length) == (ssize_t)length && write(file, "\n", 1) == 1;

    if (file >= 0 && close(file) != 0)
        fine = false;
    if (fine)
        return ERR_OK;
    err_set(err, ERR_FAILED_PRECONDITION, "TOKEN_FILE");
    err_arg(err, "file", "%s", path);
    return err_arg(err, "fault", "%s", strerror(errno));
}
