/* Owns the samples of one run. Invariant: a sample is counted only when it began after the warm-up and its
 * answer was right. Must not allocate while calls run. */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES_MAX = 8 << 20 };

static uint32_t samples[SAMPLES_MAX];
static uint32_t count;

int64_t bench_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

BenchRun bench_arguments(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: %s ADDRESS SIZE CONNECTIONS IN_FLIGHT MILLISECONDS\n", argv[0]);
        exit(2);
    }
    int64_t length_us = strtoll(argv[5], NULL, 10) * 1000, now = bench_now_us();

    return (BenchRun){.address = argv[1],
                      .size = (uint32_t)strtoul(argv[2], NULL, 10),
                      .connections = (int)strtol(argv[3], NULL, 10),
                      .in_flight = (int)strtol(argv[4], NULL, 10),
                      .warm_us = now + length_us / 4,
                      .end_us = now + length_us};
}

void bench_sample(const BenchRun *run, int64_t start_us)
{
    if (start_us < run->warm_us)
        return;
    uint32_t at = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
    if (at < SAMPLES_MAX)
        samples[at] = (uint32_t)(bench_now_us() - start_us);
}

void bench_fault(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    _exit(1);
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void bench_report(const BenchRun *run)
{
    uint32_t kept = count < SAMPLES_MAX ? count : SAMPLES_MAX;

    if (kept == 0)
        bench_fault("no call was answered");
    qsort(samples, kept, sizeof samples[0], compare);
    printf("%.0f %u %u\n", count / ((double)(run->end_us - run->warm_us) / 1e6), samples[kept / 2],
           samples[(uint64_t)kept * 99 / 100]);
}
