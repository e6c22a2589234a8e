/* What the load programs share: time in microseconds, latencies of a run, one result line. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arguments "ADDRESS SIZE CONNECTIONS IN_FLIGHT MILLISECONDS" of every load program. */
typedef struct BenchRun {
    const char *address;
    uint32_t size; /* bytes of the echoed payload */
    int connections, in_flight;
    int64_t warm_us, end_us; /* samples count from warm_us on; no call starts after end_us */
} BenchRun;

/* Exits with a message when the arguments are wrong. The warm-up is a quarter of the run. */
BenchRun bench_arguments(int argc, char **argv);

int64_t bench_now_us(void); /* monotonic */

/* One call that began at start_us has its right answer. Any thread. */
void bench_sample(const BenchRun *run, int64_t start_us);

/* A wrong answer spoils the run. */
void bench_fault(const char *what);

/* Prints "REQUESTS_PER_SECOND P50_US P99_US". */
void bench_report(const BenchRun *run);

#ifdef __cplusplus
}
#endif

#endif
