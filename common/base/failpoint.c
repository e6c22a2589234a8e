/* Owns failpoints. Invariant: unarmed, a failpoint is one load and one branch.
 * Must not be armed by anything but the environment or a test. */
#include "common/base/failpoint.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/core/text.h"

enum { POINTS_MOST = 32, SPEC_MOST = 2048, SLEEP_MOST_MS = 3600000 };

/* COUNT does nothing but be counted: a test learns that a place was passed. */
typedef enum Action { ACTION_NONE = 0, ACTION_COUNT, ACTION_EXIT, ACTION_ERROR, ACTION_SLEEP } Action;

typedef struct Point {
    char name[64];
    Action action;
    int64_t sleep_ms;
    unsigned long at, hits; /* at: the only hit that acts; 0: every one */
} Point;

/* The list changes under the lock only; `armed` lets everybody else pass without taking it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Point points[POINTS_MOST];
static size_t point_count;
static int armed;

/* Digits only, 1..most. */
static bool read_number(const char *text, int64_t most, int64_t *ret)
{
    int64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (*text - '0');
        if (value > most)
            return false;
    }
    *ret = value;
    return value > 0;
}

/* One entry "name=action[:ms][@n]"; entry is cut up in place. */
static bool read_point(char *entry, Point *ret)
{
    Point point = {.action = ACTION_NONE};
    char *action = strchr(entry, '='), *at = strchr(entry, '@');
    int64_t number = 0;

    if (action == NULL || (at != NULL && at < action))
        return false;
    *action++ = '\0';
    if (at != NULL) {
        *at++ = '\0';
        if (!read_number(at, INT32_MAX, &number))
            return false;
        point.at = (unsigned long)number;
    }
    if (text_equal(action, "exit"))
        point.action = ACTION_EXIT;
    else if (text_equal(action, "error"))
        point.action = ACTION_ERROR;
    else if (text_equal(action, "count"))
        point.action = ACTION_COUNT;
    else if (text_starts(action, "sleep:") && read_number(action + 6, SLEEP_MOST_MS, &point.sleep_ms))
        point.action = ACTION_SLEEP;
    text_copy(point.name, sizeof point.name, entry);
    *ret = point;
    return point.action != ACTION_NONE && text_is_code(point.name);
}

/* Entries parted by semicolons; empty ones are skipped. On false the list is in no state to be used. */
static bool read_spec(const char *spec)
{
    char copy[SPEC_MOST];

    if (strlen(spec) >= sizeof copy)
        return false;
    text_copy(copy, sizeof copy, spec);
    for (char *entry = copy; entry != NULL;) {
        char *next = strchr(entry, ';');
        if (next != NULL)
            *next++ = '\0';
        entry = text_trim(entry);
        if (*entry != '\0' && (point_count == POINTS_MOST || !read_point(entry, &points[point_count++])))
            return false;
        entry = next;
    }
    return true;
}

bool failpoint_init(const char *spec)
{
    const char *text = spec != NULL ? spec : getenv("SHANS_FAILPOINTS");

    pthread_mutex_lock(&lock);
    point_count = 0;
    bool fine = text == NULL || read_spec(text);
    if (!fine)
        point_count = 0;
    __atomic_store_n(&armed, point_count > 0, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&lock);
    if (!fine)
        log_event(LOG_ERROR, "failpoint", "problem=\"specification not understood, none armed\"");
    return fine;
}

/* Called with the lock held. */
static Point *find(const char *name)
{
    for (size_t i = 0; i < point_count; i++) {
        if (text_equal(points[i].name, name))
            return &points[i];
    }
    return NULL;
}

ErrCode failpoint(const char *name, Err *err)
{
    Action action = ACTION_NONE;
    int64_t sleep_ms = 0;

    if (!__atomic_load_n(&armed, __ATOMIC_ACQUIRE))
        return ERR_OK;
    pthread_mutex_lock(&lock);
    Point *point = find(name);
    if (point != NULL) {
        point->hits++;
        if (point->at == 0 || point->hits == point->at) {
            action = point->action;
            sleep_ms = point->sleep_ms;
        }
    }
    /* unlocked before sleeping, so that other threads pass their own points */
    pthread_mutex_unlock(&lock);
    if (action == ACTION_EXIT)
        _Exit(FAILPOINT_EXIT_CODE); /* as a kill would: no handlers, no flushing */
    if (action == ACTION_SLEEP)
        clock_system.sleep_ms(&clock_system, sleep_ms);
    if (action != ACTION_ERROR)
        return ERR_OK;
    err_set(err, ERR_UNAVAILABLE, "FAILPOINT");
    return err_arg(err, "name", "%s", name);
}

unsigned long failpoint_hits(const char *name)
{
    pthread_mutex_lock(&lock);
    Point *point = find(name);
    unsigned long hits = point == NULL ? 0 : point->hits;
    pthread_mutex_unlock(&lock);
    return hits;
}
