/* Owns the command gen_region: writes a fictitious region as CSV, or times the engine on it.
 *   gen_region SEED SCHOOLS YEARS            results of all schools, one row a procedure, to standard output
 *   gen_region SEED SCHOOLS YEARS --time     median and best of 21 runs of the engine, with counts by status
 * Must not be linked into a product. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "server/engine/engine.h"
#include "tests/support/profiles.h"
#include "tests/support/region_gen.h"

enum { ROUNDS = 21 };

static void write_csv(const EngineInput *input)
{
    static const char *const sources[] = {"", "school", "district", "region"};

    puts("school;year;source;row;enrolled;registered;participants;mark2;mark3;mark4;mark5;below_min");
    for (size_t i = 0; i < input->fact_count; i++) {
        const ResultFact *fact = &input->facts[i];
        char row[PROCEDURE_TEXT_SIZE];
        long long n = fact->participants, k = fact->below, rest = n - k;
        if (!fact->held)
            continue; /* "not held" is an answer a form gives, not a row of figures */
        procedure_dump(fact->procedure, row);
        printf("%s;%d;%s;%s;%lld;%lld;%lld;", input->schools[fact->school].code, fact->year,
               sources[fact->source], row, n + n / 20, n, n);
        if (fact->procedure.family == FAMILY_EGE)
            printf(";;;;%lld\n", k);
        else
            printf("%lld;%lld;%lld;%lld;%lld\n", k, rest / 2, rest - rest / 2 - rest / 5, rest / 5, k);
    }
}

static int compare_ms(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static int time_engine(const EngineInput *input, size_t arena_size)
{
    Methodology m = profiles[4]; /* PERV-2023: both branches, risk zone, typology */
    int64_t took[ROUNDS];
    size_t by_status[STATUS_NOT_APPLICABLE + 1] = {0};

    for (int round = 0; round < ROUNDS; round++) {
        Arena *arena = arena_new(arena_size, NULL);
        SchoolOutcome *outcomes = NULL;
        Err err = {0};
        int64_t start = clock_system.monotonic_ms(&clock_system);
        for (int i = 0; i < 10; i++) /* the clock ticks in milliseconds */
            if (engine_classify(input, &m, arena, &outcomes, &err) != ERR_OK) {
                fprintf(stderr, "%s\n", err.reason);
                return 1;
            }
        took[round] = clock_system.monotonic_ms(&clock_system) - start;
        for (size_t s = 0; round == 0 && s < input->school_count; s++)
            by_status[outcomes[s].status]++;
        arena_free(arena);
    }
    qsort(took, ROUNDS, sizeof took[0], compare_ms);
    printf("%zu schools, %zu facts, %s: median %.1f ms, best %.1f ms a run\n", input->school_count,
           input->fact_count, m.code, (double)took[ROUNDS / 2] / 10, (double)took[0] / 10);
    for (int s = STATUS_LISTED; s <= STATUS_NOT_APPLICABLE; s++)
        printf("%-15s %zu\n", engine_status_name((ClassStatus)s), by_status[s]);
    return 0;
}

int main(int argc, char **argv)
{
    size_t arena_size = (size_t)1 << 30;
    Arena *arena = arena_new(arena_size, NULL);
    EngineInput *input = NULL;
    Err err = {0};

    if (argc < 4 || arena == NULL) {
        fprintf(stderr, "gen_region SEED SCHOOLS YEARS [--time]\n");
        return 2;
    }
    if (region_gen_make(strtoull(argv[1], NULL, 10), strtoul(argv[2], NULL, 10),
                        (int)strtol(argv[3], NULL, 10), arena, &input, &err) != ERR_OK) {
        fprintf(stderr, "%s: 1..9999 schools, 1..20 years\n", err.reason);
        return 2;
    }
    int status = 0;
    if (argc > 4 && strcmp(argv[4], "--time") == 0)
        status = time_engine(input, arena_size);
    else
        write_csv(input);
    arena_free(arena);
    return status;
}
