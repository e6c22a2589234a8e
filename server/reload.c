/* Owns the reaction to SIGHUP. Invariant: a running server never ends, and never changes by half, because of
 * a mistake in its settings. Must not touch what needs a restart. */
#include "server/reload.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "server/notify.h"

enum { NAMES_MAX = 4096, RELOAD_MEMORY = 1 << 20 };

/* The settings as they were last loaded, and where they live. */
typedef struct Loaded {
    ServerOptions options;
    Arena *arena; /* NULL: the program's own */
} Loaded;

/* Reads the settings anew; on a mistake nothing is kept. */
static ErrCode load_again(const ServerOptions *old, Loaded *ret, Err *err)
{
    ret->arena = arena_new(RELOAD_MEMORY, NULL);
    ErrCode code = ret->arena == NULL ? err_memory(err)
                                      : options_load(old->argc, old->argv, ret->arena, &ret->options, err);

    if (code == ERR_OK)
        code = options_check_serve(&ret->options, err);
    if (code != ERR_OK)
        arena_free(ret->arena);
    return code;
}

/* Takes over what can be: on a mistake everything stays as it is. What needs a restart is told each time
 * until there was one. */
static void reload(const ServerOptions *started, Loaded *now)
{
    Loaded fresh;
    Err err = {0};
    Buf taken, restart;

    if (load_again(&now->options, &fresh, &err) != ERR_OK) {
        log_err(LOG_ERROR, "reload", &err);
        return;
    }
    buf_init(&taken, NAMES_MAX);
    buf_init(&restart, NAMES_MAX);
    options_compare(&now->options, &fresh.options, true, &taken);
    options_compare(started, &fresh.options, false, &restart);
    options_apply_log(&fresh.options);
    log_event(LOG_INFO, "reload", "taken=\"%s\" restart_needed=\"%s\"", taken.data != NULL ? taken.data : "",
              restart.data != NULL ? restart.data : "");
    buf_done(&taken);
    buf_done(&restart);
    arena_free(now->arena);
    *now = fresh;
}

void reload_until_stop(const ServerOptions *started, const sigset_t *signals)
{
    Loaded now = {.options = *started};

    for (int number = 0;;) {
        if (sigwait(signals, &number) != 0)
            continue;
        if (number != SIGHUP)
            break;
        notify_send("RELOADING=1\nMONOTONIC_USEC=%lld",
                    (long long)clock_system.monotonic_ms(&clock_system) * 1000);
        reload(started, &now);
        notify_send("READY=1");
    }
    arena_free(now.arena);
}
