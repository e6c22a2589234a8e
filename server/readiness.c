/* Owns the server's state of readiness. Invariant: `ready` is 1 exactly while `reason` is empty, and never
 * again once the server stops. Must not find the state out by itself. */
#include "server/readiness.h"

#include "common/base/i18n.h"
#include "common/base/log.h"
#include "common/core/text.h"
#include "server/notify.h"

void readiness_init(Readiness *readiness)
{
    *readiness = (Readiness){.reason = "SERVER_STARTING", .watchdog = notify_watchdog_ms() > 0};
    pthread_mutex_init(&readiness->lock, NULL);
}

/* One line and one message for each change, not for each look. */
static void tell(const char *reason)
{
    if (*reason == '\0') {
        log_event(LOG_INFO, "ready", "%s", "");
        notify_send("STATUS=%s", _("ready"));
        return;
    }
    log_event(LOG_WARNING, "not_ready", "reason=%s", reason);
    notify_send("STATUS=%s: %s", _("not ready"), reason);
}

static void change(Readiness *readiness, const char *reason, bool stopping)
{
    pthread_mutex_lock(&readiness->lock);
    bool new = !readiness->stopping && !text_equal(readiness->reason, reason);
    if (new) {
        text_copy(readiness->reason, sizeof readiness->reason, reason);
        __atomic_store_n(&readiness->ready, *reason == '\0', __ATOMIC_RELEASE);
    }
    readiness->stopping = readiness->stopping || stopping;
    pthread_mutex_unlock(&readiness->lock);
    if (new)
        tell(reason);
}

void readiness_set(Readiness *readiness, const char *reason)
{
    change(readiness, reason, false);
}

void readiness_listening(const Readiness *readiness)
{
    (void)readiness;
    notify_send("READY=1");
}

void readiness_beat(const Readiness *readiness)
{
    if (readiness->watchdog)
        notify_send("WATCHDOG=1");
}

void readiness_stop(Readiness *readiness)
{
    notify_send("STOPPING=1");
    change(readiness, "SERVER_STOPPING", true);
}

bool readiness_get(Readiness *readiness, char *ret_reason)
{
    pthread_mutex_lock(&readiness->lock);
    text_copy(ret_reason, READINESS_REASON_SIZE, readiness->reason);
    pthread_mutex_unlock(&readiness->lock);
    return *ret_reason == '\0';
}
