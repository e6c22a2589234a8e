/* The client side of the crash test: a process that saves forms in its outbox, sends them, and writes down
 * what it may rely on. */
#ifndef TESTS_INTEGRATION_CRASH_CLIENT_H
#define TESTS_INTEGRATION_CRASH_CLIENT_H

#include "common/base/clock.h"
#include "common/base/rand.h"

enum { CRASH_SCHOOLS = 600 };

/* District "d" with schools "s-0" … "s-N" through the ministry's account. Fails the running test on error. */
void crash_make_orgs(const char *dir, const char *address, int schools);

/* Runs until dir/stop exists and the outbox is empty; 0 then. saved-N gets each operation id after the outbox
 * said it is durable, receipts-N each id and receipt number after it was stored. */
int crash_client_run(int number, const char *dir, const char *address);

typedef struct CrashCount {
    size_t saved, receipted, missing, doubled, differing;
} CrashCount;

/* Compares what client `number` wrote down with dir/operations; adds to count. */
void crash_compare(const char *dir, int number, CrashCount *count);

/* Number of submissions, all of different school and period, none with a second revision; fails otherwise. */
size_t crash_submissions(const char *dir);

void crash_remove(const char *dir);

#endif
