/* Whether the server can do its work, and if not, why: one answer for /readyz, the health call and systemd.
 */
#ifndef SERVER_READINESS_H
#define SERVER_READINESS_H

#include <pthread.h>
#include <stdbool.h>

enum { READINESS_REASON_SIZE = 48 };

typedef struct Readiness {
    int ready;                          /* atomic: what the health call looks at */
    bool stopping, watchdog;            /* watchdog: the manager wants to hear from us */
    char reason[READINESS_REASON_SIZE]; /* "" when ready */
    pthread_mutex_t lock;
} Readiness;

/* Begins as not ready: SERVER_STARTING. */
void readiness_init(Readiness *readiness);

/* reason: of an Err, "" for ready. Each change is logged and told to systemd. After readiness_stop nothing
 * changes any more. Any thread. */
void readiness_set(Readiness *readiness, const char *reason);

/* Calls are taken from now on: systemd may go on with what waits for this service. */
void readiness_listening(const Readiness *readiness);

/* The process is in order, whatever the database does: systemd's watchdog is told, when it wants to be. */
void readiness_beat(const Readiness *readiness);

/* Not ready for good: SERVER_STOPPING. */
void readiness_stop(Readiness *readiness);

/* ret_reason: READINESS_REASON_SIZE bytes, "" when ready. Any thread. */
bool readiness_get(Readiness *readiness, char *ret_reason);

#endif
