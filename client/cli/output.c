/* Owns the delivery of the result to a person: the screen, page by page where it is long. Invariant: a file
 * that is replaced is seen old or new, never half. Must not change a byte of the result. */
#include "client/cli/output.h"
#include "client/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/text.h"

enum { PATH_SIZE = 4096, SHELL_MISSES_LEAST = 126, SHELL_MISSES_MOST = 127 };

ErrCode output_open(Cli *cli, Err *err)
{
    cli->out = cli->screen = open_memstream(&cli->result, &cli->result_size);
    return cli->out == NULL ? err_memory(err) : ERR_OK;
}

/* All of it, or false. */
static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(file, bytes, size);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0) {
            bytes += wrote;
            size -= (size_t)wrote;
        }
    }
    return true;
}

static ErrCode unwritable(const char *path, Err *err)
{
    int fault = errno;

    err_set(err, ERR_FAILED_PRECONDITION, "OUTPUT_FILE");
    err_arg(err, "file", "%s", path);
    return err_arg(err, "fault", "%s", strerror(fault));
}

ErrCode output_replace(const char *path, const void *bytes, size_t size, unsigned mode, Err *err)
{
    char beside[PATH_SIZE];
    int wrote = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    if (wrote < 0 || (size_t)wrote >= sizeof beside)
        return unwritable(path, err);
    int file = mkostemp(beside, O_CLOEXEC);
    if (file < 0)
        return unwritable(path, err);
    mode_t mask = umask(0); /* can only be asked for by setting it */
    umask(mask);
    bool fine = write_all(file, bytes, size) && fchmod(file, mode & ~mask) == 0 && fsync(file) == 0;
    fine = close(file) == 0 && fine;
    fine = fine && rename(beside, path) == 0;
    if (!fine)
        unlink(beside);
    return fine ? ERR_OK : unwritable(path, err);
}

/* Long for this window, and somebody looks. */
static bool wants_pager(const Cli *cli)
{
    const char *pager = cli->values[KEY_PAGER].text;
    size_t lines = 0;

    if (!cli->host->terminal || cli->host->height == 0 || pager[0] == '\0' || text_equal(pager, "cat") ||
        config_is_dumb_terminal())
        return false;
    for (size_t i = 0; i < cli->result_size && lines < cli->host->height; i++)
        lines += cli->result[i] == '\n';
    return lines >= cli->host->height;
}

/* The pager on the other end of the pipe; 0 when it cannot be started. */
static pid_t start_pager(const char *command, const int *ends)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    pid_t child = 0;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    setenv("LESS", "FRX", 0);
    setenv("LESSCHARSET", "utf-8", 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (posix_spawn(&child, "/bin/sh", &actions, &attributes, (char *const *)argv, environ) != 0)
        child = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

/* False when there is no such pager: then the result is printed. A reader who quits early is content. */
static bool show_pages(const Cli *cli)
{
    int ends[2], status = 0;

    fflush(cli->host->out);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = start_pager(cli->values[KEY_PAGER].text, ends);
    close(ends[0]);
    watch_hold(cli->host->watch, true);
    if (child != 0)
        (void)write_all(ends[1], cli->result, cli->result_size);
    close(ends[1]);
    while (child != 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    watch_hold(cli->host->watch, false);
    if (child == 0)
        return false;
    return !WIFEXITED(status) || WEXITSTATUS(status) < SHELL_MISSES_LEAST ||
           WEXITSTATUS(status) > SHELL_MISSES_MOST;
}

/* Where it goes is decided now, when its length is known. */
static ErrCode deliver(Cli *cli, Err *err)
{
    FILE *out = cli->host->out;

    if (cli->result_size == 0)
        return ERR_OK;
    if (wants_pager(cli) && show_pages(cli))
        return ERR_OK;
    if (fwrite(cli->result, 1, cli->result_size, out) != cli->result_size || fflush(out) != 0)
        return err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    return ERR_OK;
}

ErrCode output_close(Cli *cli, Err *err)
{
    ErrCode code = fclose(cli->screen) == 0 ? deliver(cli, err) : err_memory(err);

    cli->out = NULL;
    free(cli->result);
    cli->result = NULL;
    return code;
}
