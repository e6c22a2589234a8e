/* Owns hand-made engine inputs. Invariant: what is added is what the engine sees, sorted.
 * Must not compute anything the engine computes. */
#include "tests/support/engine_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/engine/key.h"

EngineCase *case_new(void)
{
    EngineCase *c = calloc(1, sizeof *c);

    assert_non_null(c);
    case_clear(c);
    return c;
}

void case_clear(EngineCase *c)
{
    arena_free(c->arena);
    c->arena = arena_new((size_t)64 << 20, NULL);
    assert_non_null(c->arena);
    c->input = (EngineInput){.schools = c->schools, .facts = c->facts, .lineage = c->lineage};
}

void case_free(EngineCase *c)
{
    arena_free(c->arena);
    free(c);
}

uint32_t case_school(EngineCase *c, const char *code)
{
    assert_true(c->input.school_count < CASE_SCHOOLS);
    c->schools[c->input.school_count] = (EngineSchool){.code = code, .kind = "sosh"};
    return (uint32_t)c->input.school_count++;
}

ResultFact *case_fact(EngineCase *c, uint32_t school, Procedure procedure, int year, int64_t participants,
                      int64_t below)
{
    assert_true(c->input.fact_count < CASE_FACTS);
    ResultFact *fact = &c->facts[c->input.fact_count++];
    *fact = (ResultFact){
        .school = school,
        .year = year,
        .procedure = procedure,
        .participants = participants,
        .below = below,
        .source = FACT_SCHOOL,
        .held = true,
        .submission = 100 + (int64_t)c->input.fact_count,
        .revision = 1,
        .origin_school = school,
    };
    return fact;
}

void case_lineage(EngineCase *c, uint32_t predecessor, uint32_t successor, int last_year)
{
    assert_true(c->input.lineage_count < CASE_LINEAGE);
    c->lineage[c->input.lineage_count++] = (EngineLineage){predecessor, successor, last_year};
}

static int by_order(const void *a, const void *b)
{
    const ResultFact *x = a, *y = b;
    uint64_t xk = procedure_key(x->procedure), yk = procedure_key(y->procedure);

    if (x->school != y->school)
        return x->school < y->school ? -1 : 1;
    if (x->year != y->year)
        return x->year < y->year ? -1 : 1;
    if (xk != yk)
        return xk < yk ? -1 : 1;
    return (int)x->source - (int)y->source;
}

void case_sort(EngineCase *c)
{
    qsort(c->facts, c->input.fact_count, sizeof c->facts[0], by_order);
}

void case_worked_example(EngineCase *c)
{
    uint32_t x = case_school(c, "X");

    case_fact(c, x, VPR_RUS(5), 2019, 25, 8);
    case_fact(c, x, VPR_MATH(6), 2019, 22, 5);
    case_fact(c, x, OGE_MATH, 2019, 20, 4);
    case_fact(c, x, EGE_MATH_B, 2019, 3, 1);
    case_fact(c, x, VPR_RUS(5), 2021, 24, 6);
    case_fact(c, x, VPR_MATH(6), 2021, 23, 7);
    case_fact(c, x, OGE_MATH, 2021, 18, 5);
}

const ProcedureOutcome *case_find(const SchoolOutcome *outcome, Procedure procedure, int year)
{
    for (size_t i = 0; i < outcome->procedure_count; i++)
        if (outcome->procedures[i].year == year &&
            procedure_key(outcome->procedures[i].procedure) == procedure_key(procedure))
            return &outcome->procedures[i];
    return NULL;
}
