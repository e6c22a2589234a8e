/* Owns the doctor's look at the machine: disk, folders, certificate, ports, limits, libraries. Invariant:
 * makes and changes nothing; a port is bound for a moment only to see that it can be. Must not ask the
 * database. */
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/core/decimal.h"
#include "common/core/text.h"
#include "common/crypto/certificate.h"
#include "common/crypto/crypto.h"
#include "common/http/http.h"
#include "common/net/transport_nng.h"
#include "common/net/wire.h"
#include "server/doctor_checks.h"

enum { MIB = 1 << 20, HOST_SIZE = 256, PATH_SIZE = 4096, FILES_LEAST = 4096, PROGRAM_SIZE = 32 };
#define DAY_MS         ((int64_t)24 * 60 * 60 * 1000)
#define EXPIRY_WARN_MS (30 * DAY_MS)

/* The settings as a server would be started with them. */
void doctor_settings(Doctor *doctor)
{
    Err err = {0};

    if (options_check_serve(doctor->options, &err) != ERR_OK)
        *doctor_find(doctor, DOCTOR_FAULT) = err;
}

/* ---- disk and folders ---- */

void doctor_judge_disk(Doctor *doctor, const char *folder, uint64_t free_bytes, uint64_t total_bytes)
{
    bool full = free_bytes < 64 * (uint64_t)MIB || free_bytes < total_bytes / 50;
    bool near = free_bytes < 512 * (uint64_t)MIB || free_bytes < total_bytes / 20;

    if (total_bytes == 0 || (!full && !near))
        return;
    Err *err = doctor_find(doctor, full ? DOCTOR_FAULT : DOCTOR_WARNING);
    err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_DISK");
    err_arg(err, "folder", "%s", folder);
    err_arg(err, "free", "%llu", (unsigned long long)(free_bytes / MIB));
    err_arg(err, "total", "%llu", (unsigned long long)(total_bytes / MIB));
}

/* Only a private cluster's disk can be looked at from here; another one is the readiness probe's matter. */
void doctor_disk(Doctor *doctor)
{
    struct statvfs disk;
    const char *folder = doctor->options->embedded;

    if (folder != NULL && statvfs(folder, &disk) == 0)
        doctor_judge_disk(doctor, folder, (uint64_t)disk.f_bavail * disk.f_frsize,
                          (uint64_t)disk.f_blocks * disk.f_frsize);
}

/* Bits that others must not have on a file or folder of ours. */
static void judge_rights(Doctor *doctor, const char *path, mode_t wrong, DoctorLevel level)
{
    struct stat info;

    if (path == NULL || stat(path, &info) != 0 || (info.st_mode & wrong) == 0)
        return;
    Err *err = doctor_find(doctor, level);
    err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_RIGHTS");
    err_arg(err, "path", "%s", path);
    err_arg(err, "rights", "%04o", (unsigned)(info.st_mode & 07777));
    err_arg(err, "better", "%04o", (unsigned)(info.st_mode & 07777 & ~wrong));
}

void doctor_folders(Doctor *doctor)
{
    const char *folder = doctor->options->embedded;
    char data[PATH_SIZE];
    struct stat info;

    judge_rights(doctor, doctor->options->key, S_IRWXO | S_IWGRP, DOCTOR_FAULT);
    if (folder == NULL)
        return;
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        Err *err = doctor_find(doctor, DOCTOR_FAULT);
        err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_FOLDER");
        err_arg(err, "folder", "%s", folder);
        return;
    }
    judge_rights(doctor, folder, S_IWOTH | S_IWGRP, DOCTOR_FAULT);
    snprintf(data, sizeof data, "%s/data", folder);
    judge_rights(doctor, data, S_IRWXO | S_IRWXG, DOCTOR_FAULT);
}

/* ---- certificate ---- */

static void find_expiry(Doctor *doctor, DoctorLevel level, const char *reason, int64_t when_ms)
{
    char date[CLOCK_TEXT_SIZE];
    Err *err = doctor_find(doctor, level);

    clock_show_date(when_ms, date);
    err_set(err, ERR_FAILED_PRECONDITION, reason);
    err_arg(err, "file", "%s", doctor->options->cert);
    err_arg(err, "date", "%s", date);
}

void doctor_tls(Doctor *doctor)
{
    const ServerOptions *options = doctor->options;
    int64_t now = doctor->clock->now_ms(doctor->clock);
    Certificate cert;
    Err err = {0};

    if (options->cert == NULL || options->key == NULL)
        return;
    if (certificate_read(options->cert, options->key, &cert, &err) != ERR_OK) {
        *doctor_find(doctor, DOCTOR_FAULT) = err;
        return;
    }
    if (!cert.key_fits) {
        Err *found = doctor_find(doctor, DOCTOR_FAULT);
        err_set(found, ERR_FAILED_PRECONDITION, "DOCTOR_TLS_KEY");
        err_arg(found, "key", "%s", options->key);
        err_arg(found, "cert", "%s", options->cert);
    }
    if (now >= cert.not_after_ms)
        find_expiry(doctor, DOCTOR_FAULT, "DOCTOR_TLS_EXPIRED", cert.not_after_ms);
    else if (now < cert.not_before_ms)
        find_expiry(doctor, DOCTOR_FAULT, "DOCTOR_TLS_EARLY", cert.not_before_ms);
    else if (now >= cert.not_after_ms - EXPIRY_WARN_MS)
        find_expiry(doctor, DOCTOR_WARNING, "DOCTOR_TLS_SOON", cert.not_after_ms);
}

/* ---- ports ---- */

/* The inode of the socket that listens on a TCP port; 0: none is listed. */
static unsigned long listener(const char *table, int port)
{
    FILE *file = fopen(table, "re");
    char line[512];
    unsigned long inode = 0;

    while (file != NULL && inode == 0 && fgets(line, sizeof line, file) != NULL) {
        unsigned local, state;
        unsigned long number;

        if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*s %*s %*s %*u %*u %lu", &local, &state,
                   &number) == 3 &&
            state == 0x0A && (int)local == port)
            inode = number;
    }
    if (file != NULL)
        fclose(file);
    return inode;
}

/* Whether one of the process's descriptors is that socket. */
static bool holds(const char *pid, unsigned long inode)
{
    char path[PATH_SIZE], wanted[64], link[64];
    bool found = false;

    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && !found && (entry = readdir(folder)) != NULL;) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        found = text_equal(link, wanted);
    }
    if (folder != NULL)
        closedir(folder);
    return found;
}

/* Name of the program that listens on the port; "" when it may not be seen. */
static void find_program(int port, char *to)
{
    unsigned long inode = listener("/proc/net/tcp", port);
    DIR *folder = opendir("/proc");
    char path[PATH_SIZE];

    to[0] = '\0';
    if (inode == 0)
        inode = listener("/proc/net/tcp6", port);
    for (struct dirent *entry;
         folder != NULL && inode != 0 && to[0] == '\0' && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !holds(entry->d_name, inode))
            continue;
        snprintf(path, sizeof path, "/proc/%.20s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        if (fgets(to, PROGRAM_SIZE, file) == NULL)
            to[0] = '\0';
        fclose(file);
        to[strcspn(to, "\n")] = '\0';
    }
    if (folder != NULL)
        closedir(folder);
}

/* 0, or why the address cannot be listened on. */
static int try_listen(const char *host, const char *port)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list = NULL;
    int cause = 0, on = 1;

    if (getaddrinfo(host, port, &hints, &list) != 0)
        return EADDRNOTAVAIL;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, 1) != 0)
        cause = errno;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(list);
    return cause;
}

/* A port that our own running server holds is as it should be. */
static void judge_port(Doctor *doctor, const char *address, const char *host, const char *port)
{
    char program[PROGRAM_SIZE] = "";
    int64_t number = 0;
    int cause = try_listen(host, port);

    if (cause == EADDRINUSE && decimal_parse(port, 0, &number) == DECIMAL_FINE)
        find_program((int)number, program);
    if (cause == 0 || text_equal(program, "shans-server"))
        return;
    Err *err = doctor_find(doctor, DOCTOR_FAULT);
    err_set(err, ERR_FAILED_PRECONDITION, cause == EADDRINUSE ? "DOCTOR_PORT_TAKEN" : "DOCTOR_ADDRESS");
    err_arg(err, "address", "%s", address);
    err_arg(err, "program", "%s", program[0] != '\0' ? program : "?");
    err_arg(err, "cause", "%s", strerror(cause));
}

void doctor_ports(Doctor *doctor)
{
    const ServerOptions *options = doctor->options;
    char host[HOST_SIZE], port[16];

    for (size_t i = 0; i < options->listen_count; i++) {
        const char *begin = strstr(options->listen[i], "://") + 3, *end = strrchr(begin, ':');

        if (text_starts(options->listen[i], "ipc://"))
            continue;
        bool bracket = *begin == '[' && end > begin && end[-1] == ']';
        snprintf(host, sizeof host, "%.*s", (int)(end - begin) - 2 * bracket, begin + bracket);
        judge_port(doctor, options->listen[i], host, end + 1);
    }
    if (options->http_port != 0) {
        snprintf(port, sizeof port, "%d", options->http_port);
        judge_port(doctor, "http-port", "127.0.0.1", port);
    }
}

/* ---- limits and libraries ---- */

/* Each client and each connection to the database takes a descriptor. */
void doctor_files(Doctor *doctor)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_LEAST)
        return;
    Err *err = doctor_find(doctor, DOCTOR_WARNING);
    err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_FILES");
    err_arg(err, "limit", "%llu", (unsigned long long)limit.rlim_cur);
    err_arg(err, "least", "%d", FILES_LEAST);
}

/* Less than, equal or greater than 0, number by number; what is missing counts as 0. */
static int compare_versions(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        char *end_a, *end_b;
        long left = strtol(a, &end_a, 10), right = strtol(b, &end_b, 10);

        if (left != right)
            return left < right ? -1 : 1;
        a = *end_a == '.' ? end_a + 1 : "";
        b = *end_b == '.' ? end_b + 1 : "";
    }
    return 0;
}

void doctor_judge_library(Doctor *doctor, const char *name, const char *have, const char *need)
{
    if (compare_versions(have, need) >= 0)
        return;
    Err *err = doctor_find(doctor, DOCTOR_WARNING);
    err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_LIBRARY");
    err_arg(err, "library", "%s", name);
    err_arg(err, "have", "%s", have);
    err_arg(err, "need", "%s", need);
}

/* The versions loaded now against the oldest ones this program was tested with. */
void doctor_libraries(Doctor *doctor)
{
    const struct {
        const char *name, *have, *need;
    } libraries[] = {
        {"libpq", db_library(), "15.20"},
        {"nng", transport_library(), "1.5.2"},
        {"protobuf-c", wire_library(), "1.4.1"},
        {"libsodium", crypto_library(), "1.0.18"},
        {"libmicrohttpd", http_library(), "0.9.75"},
        {"OpenSSL", certificate_library(), "3.0.17"},
    };

    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        doctor_judge_library(doctor, libraries[i].name, libraries[i].have, libraries[i].need);
}
