/* Owns the process of the client: where its files lie and how its exit code leaves. Invariant: nothing is
 * kept in the home folder itself. Must not know the commands. */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/crypto/crypto.h"

enum { PATH_SIZE = 4096, WIDTH_OF_FILE = 120 };

/* $variable/tail, or $HOME/fallback/tail; "" when neither is set. */
static void place(const char *variable, const char *fallback, const char *tail, char *to, size_t size)
{
    const char *base = getenv(variable), *home = getenv("HOME");

    to[0] = '\0';
    if (base != NULL && base[0] == '/')
        snprintf(to, size, "%s/%s", base, tail);
    else if (home != NULL && home[0] == '/')
        snprintf(to, size, "%s/%s/%s", home, fallback, tail);
}

/* Files and pipes get lines a page can hold; programs ask for JSON or CSV. */
static void look_at_terminal(CliHost *host)
{
    struct winsize window = {.ws_row = 0};

    host->terminal = isatty(STDOUT_FILENO) == 1;
    host->err_terminal = isatty(STDERR_FILENO) == 1;
    host->width = WIDTH_OF_FILE;
    if (host->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0) {
        host->width = window.ws_col;
        host->height = window.ws_row;
    }
}

int main(int argc, char **argv)
{
    char user_file[PATH_SIZE], state_dir[PATH_SIZE], work_dir[PATH_SIZE];
    Rand rand = rand_system();
    CliHost host = {.out = stdout,
                    .err = stderr,
                    .clock = &clock_system,
                    .rand = &rand,
                    .system_file = "/etc/shans/shans.conf"};

    signal(SIGPIPE, SIG_IGN);
    failpoint_init(getenv("SHANS_FAILPOINTS"));
    log_set_level(LOG_WARNING);
    /* before anything makes a thread */
    host.watch = watch_new(stderr, &clock_system);
    watch_start(host.watch);
    if (!crypto_init())
        return EXIT_GENERAL;
    place("XDG_CONFIG_HOME", ".config", "shans/shans.conf", user_file, sizeof user_file);
    place("XDG_STATE_HOME", ".local/state", "shans", state_dir, sizeof state_dir);
    host.user_file = user_file[0] == '\0' ? NULL : user_file;
    host.work_dir = getcwd(work_dir, sizeof work_dir);
    look_at_terminal(&host);
    host.state_dir = state_dir[0] == '\0' ? NULL : state_dir;
    int exit_code = cli_main(&host, argc, (const char *const *)argv);
    /* the transport's threads are not waited for: closing its sockets can hang */
    fflush(NULL);
    _exit(exit_code);
}
