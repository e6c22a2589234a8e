/* Time is injected: nothing outside this file asks the system for it. */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Clock Clock;
struct Clock {
    int64_t (*now_ms)(const Clock *clock);       /* Unix milliseconds */
    int64_t (*monotonic_ms)(const Clock *clock); /* for deadlines and durations */
    void (*sleep_ms)(const Clock *clock, int64_t ms);
    int64_t fixed_ms; /* clock_fixed: the time it stands at; tests move it */
};

/* The system's time. What is given a `const Clock *` must not know which one it is. */
extern const Clock clock_system;

/* A clock that stands at now_ms, for both readings; its sleep returns at once. */
Clock clock_fixed(int64_t now_ms);

enum { CLOCK_TEXT_SIZE = 32 };

/* Unix milliseconds as texts. For machines in UTC: "2026-11-21T22:40:00.123Z", "2026-11-21". For people in
 * the time zone of this machine: "22.11.2026"; "22.11.2026 03:40", or in English "2026-11-22 03:40". Outside
 * the years 0..9999 the nearest time inside. to: CLOCK_TEXT_SIZE. */
void clock_dump_iso(int64_t ms, char *to);
void clock_dump_date(int64_t ms, char *to);
void clock_show_date(int64_t ms, char *to);
void clock_show_time(int64_t ms, bool russian, char *to);

#endif
