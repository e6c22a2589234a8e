/* Owns the fictitious region. Invariant: one stream of random numbers, drawn in a fixed order, so that a seed
 * always gives the same region; facts come out in the order the engine wants.
 * Must not use names or figures of real schools. */
#include "tests/support/region_gen.h"

#include <stdio.h>

#include "common/base/rand.h"

/* The rows of the results form, in the order of procedure_compare(). */
static const Procedure rows[] = {
    {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 5, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 6, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 7, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_RUSSIAN, LEVEL_NONE, 8, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 5, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 6, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 7, WAVE_SPRING},
    {FAMILY_VPR, SUBJECT_MATHS, LEVEL_NONE, 8, WAVE_SPRING},
    {FAMILY_OGE, SUBJECT_RUSSIAN, LEVEL_NONE, 0, WAVE_SPRING},
    {FAMILY_OGE, SUBJECT_MATHS, LEVEL_NONE, 0, WAVE_SPRING},
    {FAMILY_EGE, SUBJECT_RUSSIAN, LEVEL_NONE, 0, WAVE_SPRING},
    {FAMILY_EGE, SUBJECT_MATHS, LEVEL_BASE, 0, WAVE_SPRING},
    {FAMILY_EGE, SUBJECT_MATHS, LEVEL_PROFILE, 0, WAVE_SPRING},
};
enum { ROWS = sizeof rows / sizeof rows[0], PER_MILLE = 1000 };

/* What a school is like, all in whole numbers; quality 0 is average, 1 a standard deviation / 1000. */
typedef struct Nature {
    int cohort;  /* pupils of one grade */
    int quality; /* per mille of a standard deviation */
    bool secondary;
} Nature;

typedef struct Region {
    Rand rand;
    EngineInput *input;
    EngineSchool *schools;
    ResultFact *facts;
    EngineLineage *lineage;
    int64_t submission;
} Region;

static int below(Region *region, int bound)
{
    return (int)rand_below(&region->rand, (uint64_t)bound);
}

static bool chance(Region *region, int per_mille)
{
    return below(region, PER_MILLE) < per_mille;
}

/* Near normal, mean 0, per mille of a standard deviation: twelve uniform draws. */
static int bell(Region *region)
{
    int sum = 0;

    for (int i = 0; i < 12; i++)
        sum += below(region, PER_MILLE);
    return sum - 6 * PER_MILLE;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* Groups of the scale C11 (methods.md 2.3): half a standard deviation each, 6 in the middle. */
static int group_of(int z)
{
    return clamp((6500 + 2 * z + 100 * PER_MILLE) / PER_MILLE - 100, 1, 11);
}

static Nature school_make(Region *region, size_t index, int first_year)
{
    static const char *const kinds[] = {"sosh", "sosh", "sosh",      "sosh",   "sosh",
                                        "oosh", "oosh", "gymnasium", "lyceum", "boarding"};
    EngineSchool *school = &region->schools[index];
    Nature nature = {.quality = bell(region)};
    bool rural = index % REGION_DISTRICT_SCHOOLS >= REGION_DISTRICT_SCHOOLS / 2;
    int wellbeing = nature.quality / 2 + bell(region) * 4 / 5;

    *school = (EngineSchool){.kind = kinds[below(region, 10)]};
    nature.secondary = school->kind[0] != 'o';
    if (school->kind[0] == 'l' || school->kind[0] == 'g')
        nature.quality += 900;
    nature.cohort = rural ? 3 + below(region, 25) : 25 + below(region, 100);
    if (chance(region, 15))
        school->opened_year = first_year + below(region, REGION_LAST_YEAR - first_year + 1);
    if (!chance(region, 60)) {
        school->wellbeing_group = group_of(wellbeing);
        school->quality_group = group_of(nature.quality);
        school->identification_submission = ++region->submission;
    }
    return nature;
}

/* Share below the minimum in per mille: some subjects and grades are harder, weak schools weaker still. */
static int share_below(Region *region, const Nature *nature, Procedure procedure, int year)
{
    int share = 50 - nature->quality * 35 / PER_MILLE;

    if (nature->quality < -PER_MILLE)
        share += (-nature->quality - PER_MILLE) * 190 / PER_MILLE;
    share += procedure.subject == SUBJECT_MATHS ? 20 : 0;
    share += procedure.family == FAMILY_VPR ? 6 * (procedure.grade - 5) : 0;
    share -= procedure.family == FAMILY_EGE ? 35 : 0;
    share += year == 2021 ? 20 : 0;
    return clamp(share + bell(region) * 20 / PER_MILLE, 4, 900);
}

/* 2020: no ОГЭ, ВПР moved to autumn; 2021: no base-level ЕГЭ (methods.md 1.2). */
static bool was_held(Procedure procedure, int year)
{
    if (year == 2020 && procedure.family == FAMILY_OGE)
        return false;
    return year != 2021 || procedure.family != FAMILY_EGE || procedure.level != LEVEL_BASE;
}

static void fact_add(Region *region, ResultFact fact)
{
    region->facts[region->input->fact_count++] = fact;
}

static void result_make(Region *region, uint32_t school, const Nature *nature, Procedure procedure, int year)
{
    int size = clamp(nature->cohort + bell(region) * nature->cohort / 8000, 0, 400);
    ResultFact fact = {.school = school,
                       .year = year,
                       .procedure = procedure,
                       .held = true,
                       .source = FACT_SCHOOL,
                       .revision = 1,
                       .origin_school = school};

    if (procedure.family == FAMILY_VPR && year == 2020)
        fact.procedure.wave = WAVE_AUTUMN;
    if (procedure.family == FAMILY_EGE) {
        size = nature->secondary ? size / 2 : 0;
        if (procedure.subject == SUBJECT_MATHS)
            size /= 2;
    }
    fact.held = size > 0 && was_held(procedure, year);
    fact.participants = fact.held ? size : 0;
    int share = share_below(region, nature, procedure, year);
    for (int64_t i = 0; i < fact.participants; i++)
        fact.below += chance(region, share);
    fact.submission = ++region->submission;
    if (chance(region, 10))
        return; /* the school never sent it */
    fact_add(region, fact);
    if (procedure.family == FAMILY_VPR || !fact.held || !chance(region, 300))
        return;
    fact.source = FACT_REGION; /* the regional base has it too, now and then with another figure */
    fact.submission = ++region->submission;
    if (chance(region, 50) && fact.below < fact.participants)
        fact.below++;
    fact_add(region, fact);
}

static ErrCode arrays_make(Region *region, size_t schools, int years, Arena *arena, Err *err)
{
    region->input = ARENA_NEW(arena, EngineInput, 1);
    region->schools = ARENA_NEW(arena, EngineSchool, schools);
    region->facts = ARENA_NEW(arena, ResultFact, schools * (size_t)years * (ROWS + 5));
    region->lineage = ARENA_NEW(arena, EngineLineage, schools);
    if (region->input == NULL || region->schools == NULL || region->facts == NULL || region->lineage == NULL)
        return err_memory(err);
    region->input->schools = region->schools;
    region->input->facts = region->facts;
    region->input->lineage = region->lineage;
    region->input->school_count = schools;
    return ERR_OK;
}

ErrCode region_gen_make(uint64_t seed, size_t schools, int years, Arena *arena, EngineInput **ret_input,
                        Err *err)
{
    Region region = {.rand = rand_seeded(seed)};
    int first_year = REGION_LAST_YEAR - years + 1;

    if (schools < 1 || schools > 9999 || years < 1 || years > 20)
        return err_set(err, ERR_INVALID_ARGUMENT, "REGION_GEN_SIZE");
    ErrCode code = arrays_make(&region, schools, years, arena, err);
    if (code != ERR_OK)
        return code;
    for (size_t s = 0; s < schools; s++) {
        Nature nature = school_make(&region, s, first_year);
        int closed = 9999;
        region.schools[s].code = arena_printf(arena, "T%04zu", s + 1);
        if (region.schools[s].code == NULL)
            return err_memory(err);
        if (s > 0 && chance(&region, 10)) { /* absorbed by the school before it */
            closed = first_year + below(&region, years);
            region.lineage[region.input->lineage_count++] =
                (EngineLineage){(uint32_t)s, (uint32_t)s - 1, closed};
        }
        for (int year = first_year; year <= REGION_LAST_YEAR && year <= closed; year++)
            for (size_t r = 0; year >= region.schools[s].opened_year && r < ROWS; r++)
                result_make(&region, (uint32_t)s, &nature, rows[r], year);
    }
    *ret_input = region.input;
    return ERR_OK;
}

void region_gen_name(size_t index, char *to)
{
    static const char *const places[] = {"Учебный", "Примерный", "Образцовый", "Вымышленный", "Пробный"};

    snprintf(to, REGION_NAME_SIZE, "Тренировочная школа № %zu (пос. %s-%zu)", index + 1, places[index % 5],
             region_gen_district(index));
}

size_t region_gen_district(size_t index)
{
    return index / REGION_DISTRICT_SCHOOLS + 1;
}
