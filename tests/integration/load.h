/* A steady load of submissions on real servers. Each is asked under one operation id until it is stored, and
 * what was acknowledged is kept, to be compared with the database. */
#ifndef TESTS_INTEGRATION_LOAD_H
#define TESTS_INTEGRATION_LOAD_H

#include "common/catalog/catalog.h"

enum { LOAD_THREADS = 4, LOAD_SCHOOLS = 1200, LOAD_FAULT_SIZE = 200 };

typedef struct LoadOptions {
    const char *addresses[LOAD_THREADS]; /* of each thread's server */
    const char *token;                   /* of the district "d" whose schools are "s-0" … */
    const Catalog *catalog;
    int64_t pause_ms; /* between two submissions of a thread */
} LoadOptions;

typedef struct Load Load;

Load *load_start(const LoadOptions *options);

/* Begins to wait for the first success of an attempt that starts from now on. */
void load_mark(Load *load);
/* Milliseconds from the mark to that success; waits up to limit_ms, -1 then. */
int64_t load_first_ms(Load *load, int64_t limit_ms);

size_t load_acknowledged(Load *load);

typedef struct LoadSum {
    size_t acknowledged, retried, unknown; /* attempts told to try again; of them with OUTCOME_UNKNOWN */
    char fault[LOAD_FAULT_SIZE];           /* "" or the first answer that was neither OK nor "again" */
} LoadSum;

/* No new submissions; those begun are asked until they are stored. The load stays for load_ids. */
void load_stop(Load *load, LoadSum *ret);

/* The operation ids acknowledged so far as text, each ended by a line end; of the caller, to be freed. */
char *load_ids(Load *load, size_t *ret_count);
void load_free(Load *load);

#endif
