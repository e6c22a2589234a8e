/* Owns the system's time. Invariant: texts for machines are UTC and independent of locale and TZ.
 *
 * Must not be bypassed: no other file calls the system's clock functions. */
#include "common/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_now(const Clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(const Clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_MONOTONIC);
}

static void system_sleep(const Clock *clock, int64_t ms)
{
    (void)clock;
    if (ms <= 0)
        return;
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    /* a signal must not shorten the wait: nanosleep leaves what remains */
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

const Clock clock_system = {system_now, system_monotonic, system_sleep, 0};

static int64_t fixed_now(const Clock *clock)
{
    return clock->fixed_ms;
}

/* Nothing to wait for: only the test moves this time. */
static void fixed_sleep(const Clock *clock, int64_t ms)
{
    (void)clock;
    (void)ms;
}

Clock clock_fixed(int64_t now_ms)
{
    return (Clock){fixed_now, fixed_now, fixed_sleep, now_ms};
}

/* The first and the last moment that is written. */
static const int64_t LEAST_MS = -62167219200000, MOST_MS = 253402300799999;

/* A moment of the proleptic Gregorian calendar. */
typedef struct Civil {
    int year, month, day, hour, minute, second, ms;
} Civil;

/* Days to a proleptic Gregorian date by eras of 400 years that begin on 1 March, so that the leap day is
 * the last day of its year. Times outside the years 0..9999 are shown as the nearest one inside. */
static Civil civil_get(int64_t ms)
{
    const int64_t day_ms = 86400000;
    int64_t time = ms < LEAST_MS ? LEAST_MS : ms > MOST_MS ? MOST_MS : ms;
    int64_t days = time / day_ms, rest = time % day_ms;

    if (rest < 0) {
        rest += day_ms;
        days--;
    }
    int64_t shifted = days + 719468; /* days since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * of_year + 2) / 153);
    Civil civil = {
        .day = (int)(of_year - (153 * month_from_march + 2) / 5 + 1),
        .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
        .hour = (int)(rest / 3600000),
        .minute = (int)(rest / 60000 % 60),
        .second = (int)(rest / 1000 % 60),
        .ms = (int)(rest % 1000),
    };
    civil.year = (int)(year_of_era + era * 400) + (civil.month <= 2);
    return civil;
}

void clock_dump_iso(int64_t ms, char *to)
{
    Civil at = civil_get(ms);

    snprintf(to, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", at.year, at.month, at.day, at.hour,
             at.minute, at.second, at.ms);
}

void clock_dump_date(int64_t ms, char *to)
{
    Civil at = civil_get(ms);

    snprintf(to, CLOCK_TEXT_SIZE, "%04d-%02d-%02d", at.year, at.month, at.day);
}

/* As the zone of this machine (TZ) has it; only what people read. */
static Civil local_get(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm there;

    tzset();
    if (ms < LEAST_MS || ms > MOST_MS || localtime_r(&seconds, &there) == NULL)
        return civil_get(ms);
    return civil_get(ms + (int64_t)there.tm_gmtoff * 1000);
}

void clock_show_date(int64_t ms, char *to)
{
    Civil at = local_get(ms);

    snprintf(to, CLOCK_TEXT_SIZE, "%02d.%02d.%04d", at.day, at.month, at.year);
}

void clock_show_time(int64_t ms, bool russian, char *to)
{
    Civil at = local_get(ms);

    if (russian)
        snprintf(to, CLOCK_TEXT_SIZE, "%02d.%02d.%04d %02d:%02d", at.day, at.month, at.year, at.hour,
                 at.minute);
    else
        snprintf(to, CLOCK_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d", at.year, at.month, at.day, at.hour,
                 at.minute);
}
