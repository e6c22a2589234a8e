/* Builds small engine inputs by hand, and the profiles of methods.md 1.3. */
#ifndef TESTS_SUPPORT_ENGINE_CASE_H
#define TESTS_SUPPORT_ENGINE_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "server/engine/engine.h"

enum { CASE_SCHOOLS = 40, CASE_FACTS = 4000, CASE_LINEAGE = 16 };

#define VPR_RUS(g)   ((Procedure){.family = FAMILY_VPR, .subject = SUBJECT_RUSSIAN, .grade = (g)})
#define VPR_MATH(g)  ((Procedure){.family = FAMILY_VPR, .subject = SUBJECT_MATHS, .grade = (g)})
#define OGE_RUS      ((Procedure){.family = FAMILY_OGE, .subject = SUBJECT_RUSSIAN})
#define OGE_MATH     ((Procedure){.family = FAMILY_OGE, .subject = SUBJECT_MATHS})
#define EGE_RUS      ((Procedure){.family = FAMILY_EGE, .subject = SUBJECT_RUSSIAN})
#define EGE_MATH_B   ((Procedure){.family = FAMILY_EGE, .subject = SUBJECT_MATHS, .level = LEVEL_BASE})
#define EGE_MATH_P   ((Procedure){.family = FAMILY_EGE, .subject = SUBJECT_MATHS, .level = LEVEL_PROFILE})
#define IN_AUTUMN(p) ((Procedure){(p).family, (p).subject, (p).level, (p).grade, WAVE_AUTUMN})

typedef struct EngineCase {
    Arena *arena;
    EngineSchool schools[CASE_SCHOOLS];
    ResultFact facts[CASE_FACTS];
    EngineLineage lineage[CASE_LINEAGE];
    EngineInput input; /* points into the arrays; sorted by case_sort() */
} EngineCase;

/* On the heap; freed with its arena and all outcomes by case_free(). */
EngineCase *case_new(void);
void case_free(EngineCase *c);
void case_clear(EngineCase *c);

/* Codes must be added in ascending order. Returns the index. */
uint32_t case_school(EngineCase *c, const char *code);

/* A fact of the school itself; the pointer is good until case_sort(). */
ResultFact *case_fact(EngineCase *c, uint32_t school, Procedure procedure, int year, int64_t participants,
                      int64_t below);
void case_lineage(EngineCase *c, uint32_t predecessor, uint32_t successor, int last_year);
void case_sort(EngineCase *c);

/* Sorts and classifies; inline, because this library does not link the engine; fails the test on an error. */
static inline const SchoolOutcome *case_run(EngineCase *c, const Methodology *methodology)
{
    SchoolOutcome *outcomes = NULL;
    Err err = {0};

    case_sort(c);
    ErrCode code = engine_classify(&c->input, methodology, c->arena, &outcomes, &err);
    if (code != ERR_OK)
        fail_msg("engine_classify: %s (%s %s)", err.reason, err_arg_get(&err, "code"),
                 err_arg_get(&err, "what"));
    return outcomes;
}

/* The k/n table of the worked example, methods.md 1.6, for school "X". */
void case_worked_example(EngineCase *c);

/* The one outcome of that procedure and year counted for the school, or NULL. */
const ProcedureOutcome *case_find(const SchoolOutcome *outcome, Procedure procedure, int year);

#endif
