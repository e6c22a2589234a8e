/* Owns paths and permissions of the private cluster, and giving up root. Invariant: every folder made here is
 * 0700 and belongs to the user PostgreSQL runs as. Must not start anything but `postgres --version`. */
#include "server/store/embedded_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/store/db_error.h"
#include "server/store/embedded.h"

#define POSTGRES_ROOT "/usr/lib/postgresql"
#define SOCKET_FILE   "/.s.PGSQL.5432"

static ErrCode folder_error(Err *err, const char *folder)
{
    err_set(err, ERR_PERMISSION_DENIED, "EMBEDDED_FOLDER");
    return err_arg(err, "folder", "%s", folder);
}

/* Joins into a fixed buffer; a path that does not fit is refused, never cut. */
static ErrCode join(char *to, size_t size, const char *dir, const char *name, Err *err)
{
    if (snprintf(to, size, "%s%s", dir, name) < (int)size)
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "EMBEDDED_PATH_LONG");
    return err_arg(err, "folder", "%s", dir);
}

/* Resolved once: the working directory of the children is another one. */
static ErrCode absolute(const char *dir, char *to, size_t size, Err *err)
{
    char here[PLACE_PATH_SIZE] = "";
    size_t length;
    ErrCode code;

    if (dir[0] != '/' && !getcwd(here, sizeof here - 1))
        return folder_error(err, ".");
    if (here[0])
        text_copy(here + strlen(here), sizeof here - strlen(here), "/");
    code = join(to, size, here, dir, err);
    if (code)
        return code;
    for (length = strlen(to); length > 1 && to[length - 1] == '/'; length--)
        to[length - 1] = '\0';
    return ERR_OK;
}

/* Makes dir (0700) and what is missing above it; every folder on the way must be searchable by this user. */
static ErrCode make_folders(const char *dir, Err *err)
{
    char path[PLACE_PATH_SIZE];

    text_copy(path, sizeof path, dir);
    for (char *slash = path + 1;; slash++) {
        bool last = *slash == '\0';

        if (!last && *slash != '/')
            continue;
        *slash = '\0';
        if ((mkdir(path, last ? 0700 : 0755) != 0 && errno != EEXIST) || access(path, X_OK) != 0)
            return folder_error(err, path);
        if (last)
            return ERR_OK;
        *slash = '/';
    }
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

bool embedded_place_remove(const char *path)
{
    return (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0) || errno == ENOENT;
}

int embedded_place_version(const char *text)
{
    int major = 0, minor = 0;

    if (sscanf(text, "postgres (PostgreSQL) %d.%d", &major, &minor) != 2 || major < 1 || major > 999 ||
        minor < 0 || minor > 9999)
        return 0;
    return major * 10000 + minor;
}

/* What `postgres --version` prints. It asks the program itself: folder names say nothing about the minor
 * version. */
static int program_version(const char *program)
{
    char text[128];
    ssize_t got = 0;
    int pipes[2], status;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) != 0)
        return 0;
    pid = fork();
    if (pid == 0) {
        dup2(pipes[1], STDOUT_FILENO);
        execl(program, program, "--version", (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    if (pid > 0) {
        got = read(pipes[0], text, sizeof text - 1);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(pipes[0]);
    text[got > 0 ? got : 0] = '\0';
    return embedded_place_version(text);
}

/* The newest installed PostgreSQL that is new enough. A cluster made by another major will not start; its log
 * says so. */
static ErrCode find_programs(char *to, size_t size, Err *err)
{
    DIR *root = opendir(POSTGRES_ROOT);
    struct dirent *entry;
    int best = 0;
    bool found_old = false;

    while (root && (entry = readdir(root)) != NULL) {
        char bin[PLACE_PATH_SIZE], program[PLACE_PATH_SIZE + 16];
        bool known;
        int version;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(bin, sizeof bin, POSTGRES_ROOT "/%s/bin", entry->d_name);
        snprintf(program, sizeof program, "%s/postgres", bin);
        version = program_version(program);
        if (version <= best)
            continue;
        if (db_version_check(version, &known, err)) {
            found_old = true;
            continue;
        }
        best = version;
        text_copy(to, size, bin);
    }
    if (root)
        closedir(root);
    if (best || found_old) /* err then tells of the old version */
        return best ? ERR_OK : err->code;
    err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_NO_POSTGRES");
    return err_arg(err, "folder", "%s", POSTGRES_ROOT);
}

/* A folder of ours: no link, this user's, closed to others. */
static bool is_private(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
           (info.st_mode & 077) == 0;
}

/* A socket address holds 107 bytes. The fallback's name is the same at every start; in a folder all may write
 * to, it must be ours and closed, or someone could be waiting there in its place. */
ErrCode embedded_place_socket(const char *dir, char *to, size_t size, Err *err)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[17];
    ErrCode code = join(to, size, dir, "/socket", err);

    if (code)
        return code;
    if (strlen(to) + strlen(SOCKET_FILE) > PLACE_SOCKET_MAX) {
        crypto_hash(dir, strlen(dir), hash);
        crypto_hex(hash, 8, hex);
        snprintf(to, size, "/tmp/shans-%u-%s", (unsigned)geteuid(), hex);
    }
    if ((mkdir(to, 0700) == 0 || errno == EEXIST) && is_private(to))
        return ERR_OK;
    return folder_error(err, to);
}

/* Inside a connection string ' and \ are escaped. */
static void write_conninfo(char *to, size_t size, const char *socket, const char *user, const char *database)
{
    char host[2 * PLACE_PATH_SIZE];
    size_t used = 0;

    for (; *socket && used + 3 < sizeof host; socket++) {
        if (*socket == '\'' || *socket == '\\')
            host[used++] = '\\';
        host[used++] = *socket;
    }
    host[used] = '\0';
    snprintf(to, size, "host='%s' port=5432 user=%s dbname=%s", host, user, database);
}

/* Without links on the way: the postmaster's own working folder is compared with this path. */
static ErrCode resolve(char *path, size_t size, Err *err)
{
    char real[PATH_MAX];

    if (!realpath(path, real) || access(real, R_OK | W_OK | X_OK) != 0)
        return folder_error(err, path);
    return join(path, size, real, "", err);
}

ErrCode embedded_place_find(const char *dir, EmbeddedPlace *ret, Err *err)
{
    EmbeddedPlace place = {0};
    ErrCode code = absolute(dir, place.dir, sizeof place.dir - 16, err);

    if (!code)
        code = make_folders(place.dir, err);
    if (!code)
        code = resolve(place.dir, sizeof place.dir - 16, err);
    if (!code)
        code = embedded_place_socket(place.dir, place.socket, sizeof place.socket, err);
    if (!code)
        code = find_programs(place.bin, sizeof place.bin, err);
    if (!code)
        code = join(place.data, sizeof place.data, place.dir, "/data", err);
    if (!code)
        code = join(place.fresh, sizeof place.fresh, place.dir, "/data.new", err);
    if (!code)
        code = join(place.log, sizeof place.log, place.dir, "/postgres.log", err);
    if (code)
        return code;
    write_conninfo(place.owner_conninfo, sizeof place.owner_conninfo, place.socket, "postgres", "shans");
    write_conninfo(place.app_conninfo, sizeof place.app_conninfo, place.socket, "shans_app", "shans");
    write_conninfo(place.admin_conninfo, sizeof place.admin_conninfo, place.socket, "postgres", "postgres");
    *ret = place;
    return ERR_OK;
}

ErrCode embedded_place_attach(const char *dir, const char *user, char *to, Err *err)
{
    char folder[PATH_MAX], data[PATH_MAX + 8], socket[PLACE_PATH_SIZE];
    struct stat info;

    if (realpath(dir, folder) != NULL && snprintf(data, sizeof data, "%s/data", folder) > 0 &&
        stat(data, &info) == 0) {
        /* Root takes the owner's place for a moment: the socket's folder is found as its owner finds it, and
         * in a container root may not look at other users' processes, but their owner may. */
        uid_t self = geteuid();
        gid_t group = getegid();
        bool other = self == 0 && setegid(info.st_gid) == 0 && seteuid(info.st_uid) == 0;
        bool running = embedded_place_running(data) > 0;
        ErrCode code = running ? embedded_place_socket(folder, socket, sizeof socket, err) : ERR_OK;
        if (other && (seteuid(self) != 0 || setegid(group) != 0))
            return folder_error(err, folder);
        if (code == ERR_OK && running)
            write_conninfo(to, PLACE_CONNINFO_SIZE, socket, user, "shans");
        if (code != ERR_OK || running)
            return code;
    }
    err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_NOT_RUNNING");
    return err_arg(err, "folder", "%s", dir);
}

bool embedded_place_ready(const char *data, pid_t pid)
{
    enum { STATUS_LINE = 8 };
    char path[PLACE_PATH_SIZE + 32], line[PLACE_PATH_SIZE + 32];
    FILE *file;
    bool ready = false;

    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    file = fopen(path, "re");
    if (!file)
        return false;
    for (int number = 1; number <= STATUS_LINE && fgets(line, sizeof line, file); number++) {
        if (number == 1 && strtol(line, NULL, 10) != (long)pid)
            break; /* of a server before this one */
        ready = number == STATUS_LINE && strncmp(line, "ready", 5) == 0;
    }
    fclose(file);
    return ready;
}

/* Whether the process was started as `postgres -D data`. Its arguments are open to everyone; its working
 * folder is not, in a container even to root. */
static bool serves_folder(long pid, const char *data)
{
    char path[64], text[PLACE_PATH_SIZE + 64];
    size_t size;

    snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    for (const char *at = text; at < text + size; at += strlen(at) + 1)
        if (strcmp(at, "-D") == 0)
            return at + 3 < text + size && strcmp(at + 3, data) == 0;
    return false;
}

pid_t embedded_place_running(const char *data)
{
    char path[PLACE_PATH_SIZE + 32], line[32] = "";
    FILE *file;
    long pid;

    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    pid = strtol(line, NULL, 10);
    if (pid <= 1 || pid > INT32_MAX || kill((pid_t)pid, 0) != 0)
        return 0;
    /* the number may have gone to another process since */
    return serves_folder(pid, data) ? (pid_t)pid : 0;
}

/* ---- giving up root ---- */

/* A folder that cannot be read counts as empty: the next step fails on it with its name. */
static bool is_empty(const char *dir)
{
    DIR *folder = opendir(dir);
    struct dirent *entry;
    bool empty = true;

    while (folder && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            empty = false;
    }
    if (folder)
        closedir(folder);
    return empty;
}

/* Who the cluster in dir belongs to; a new (empty) folder of root's goes to "postgres".
 * Root's own folders with other things in them are left alone: /srv given by mistake must not change hands.
 */
static ErrCode find_owner(const char *dir, uid_t *ret, Err *err)
{
    char data[PLACE_PATH_SIZE];
    struct stat info;
    const struct passwd *user;
    ErrCode code = join(data, sizeof data, dir, "/data", err);

    if (code)
        return code;
    if ((stat(data, &info) == 0 || stat(dir, &info) == 0) && info.st_uid != 0) {
        *ret = info.st_uid;
        return ERR_OK;
    }
    user = getpwnam("postgres");
    if (!user)
        return err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_NO_USER");
    if (!is_empty(dir)) {
        err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_NOT_EMPTY");
        return err_arg(err, "folder", "%s", dir);
    }
    if (chown(dir, user->pw_uid, user->pw_gid) != 0)
        return folder_error(err, dir);
    *ret = user->pw_uid;
    return ERR_OK;
}

/* Groups first, then group, then user: in any other order the right to do the rest is gone. That root cannot
 * be taken back is tried, not assumed. */
ErrCode embedded_drop_root(const char *dir, Err *err)
{
    char path[PLACE_PATH_SIZE];
    const struct passwd *user;
    uid_t owner = 0;
    ErrCode code;

    if (geteuid() != 0)
        return ERR_OK;
    code = absolute(dir, path, sizeof path - 16, err);
    if (!code)
        code = make_folders(path, err);
    if (!code)
        code = find_owner(path, &owner, err);
    if (code)
        return code;
    user = getpwuid(owner);
    if (!user)
        return err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_NO_USER");
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0 || setuid(0) == 0)
        return err_set(err, ERR_FAILED_PRECONDITION, "EMBEDDED_ROOT");
    return make_folders(path, err); /* says which parent is closed to that user */
}
