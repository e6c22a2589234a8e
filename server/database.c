/* Owns the way to the database before anything is served. Invariant: a wait ends at its limit or at a signal,
 * whatever the database does. Must not show what a connection string says: it may hold a password. */
#include "server/database.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/core/text.h"

/* A connection string is a line; a database that comes up is noticed within a step and logged now and then.
 */
enum { CONNINFO_MAX = 4096, STEP_MS = 200, LOG_EVERY_MS = 5000 };

static ErrCode file_fault(const char *path, const char *fault, Err *err)
{
    err_set(err, ERR_FAILED_PRECONDITION, "CONNINFO_FILE");
    err_arg(err, "file", "%s", path);
    return err_arg(err, "fault", "%s", fault);
}

ErrCode database_conninfo(const char *text, Arena *arena, const char **ret, Err *err)
{
    char content[CONNINFO_MAX + 1];

    if (text == NULL || text[0] != '@') {
        *ret = text;
        return ERR_OK;
    }
    FILE *file = fopen(text + 1, "re");
    if (file == NULL)
        return file_fault(text + 1, strerror(errno), err);
    size_t length = fread(content, 1, sizeof content, file);
    bool broken = ferror(file) != 0;
    fclose(file);
    if (broken || length == sizeof content || memchr(content, 0, length) != NULL)
        return file_fault(text + 1, broken ? strerror(EIO) : strerror(EFBIG), err);
    content[length] = '\0';
    char *trimmed = text_trim(content);
    if (trimmed[0] == '\0')
        return file_fault(text + 1, strerror(ENODATA), err);
    *ret = arena_text(arena, trimmed);
    return *ret == NULL ? err_memory(err) : ERR_OK;
}

/* What the next seconds may mend: a database or a file that somebody else is just making. */
static bool may_come(const Err *err)
{
    return err->code == ERR_UNAVAILABLE || text_equal(err->reason, "MIGRATION_MISSING") ||
           text_equal(err->reason, "CONNINFO_FILE");
}

ErrCode database_await(int wait_s, DatabaseWork work, void *context, Err *err)
{
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
    int64_t begin = clock_system.monotonic_ms(&clock_system), until = begin + wait_s * INT64_C(1000),
            logged = 0;
    sigset_t stops, before;
    ErrCode code;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    while ((code = work(context, err)) != ERR_OK && may_come(err)) {
        int64_t now = clock_system.monotonic_ms(&clock_system);
        if (now >= until)
            break;
        if (logged == 0 || now - logged >= LOG_EVERY_MS) {
            log_event(LOG_WARNING, "waiting", "reason=%s waited_ms=%lld", err->reason,
                      (long long)(now - begin));
            logged = now;
        }
        *err = (Err){0};
        /* blocked only while it is waited for: a statement that hangs can still be interrupted */
        pthread_sigmask(SIG_BLOCK, &stops, &before);
        int number = sigtimedwait(&stops, NULL, &step);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (number > 0)
            return err_set(err, ERR_CANCELLED, "START_CANCELLED");
    }
    return code;
}
