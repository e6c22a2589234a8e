/* Owns the places of schools in quadrant pictures. Invariant: sums run in the order of the schools and every
 * real is rounded to a grid before it is compared, so that a place never depends on the machine.
 * Must not rank: a quarter is a number of its picture, not an order. */
#include "server/engine/quadrants.h"

#include <math.h>

#include "common/core/sort.h"
#include "common/core/text.h"

#define GRID   1e-9
#define MICRO  1e6
#define Z_MOST 3.0

/* One computation; arrays are per school unless said otherwise. */
typedef struct Places {
    const QuadrantInput *input;
    const QuadrantRule *rule;
    Arena *arena;
    size_t count;
    bool *left_out;
    QuadrantScore **scores;      /* [parameter][school] */
    QuadrantScore ***indicators; /* [parameter][indicator][school] */
    size_t *facts;               /* first fact of each school, one more at the end */
    double *slope;               /* standard deviations of the results for one whole of share */
} Places;

static double snap(double value)
{
    return round(value / GRID) * GRID;
}

static int64_t micro(double value)
{
    return llround(snap(value) * MICRO);
}

/* ---- spreads ---- */

/* Values of the schools that have one. */
typedef struct Series {
    double *values;
    bool *known;
    size_t count;
} Series;

static ErrCode series_make(Arena *arena, size_t count, Series *ret, Err *err)
{
    *ret = (Series){ARENA_NEW(arena, double, count), ARENA_NEW(arena, bool, count), count};
    return ret->values == NULL || ret->known == NULL ? err_memory(err) : ERR_OK;
}

static size_t series_known(const Series *series)
{
    size_t known = 0;

    for (size_t i = 0; i < series->count; i++)
        known += series->known[i];
    return known;
}

/* Mean, weighted when weights are given; a school without a weight then counts for nothing. */
static double series_mean(const Series *series, const int64_t *weights)
{
    double sum = 0, all = 0;

    for (size_t i = 0; i < series->count; i++) {
        double weight = weights == NULL ? 1 : (double)weights[i];
        if (!series->known[i])
            continue;
        sum += weight * series->values[i];
        all += weight;
    }
    return all > 0 ? sum / all : 0;
}

static int compare_double(const void *a, const void *b, const void *context)
{
    const double *left = a, *right = b;

    (void)context;
    return (*left > *right) - (*left < *right);
}

static ErrCode series_median(const Series *series, Arena *arena, double *ret, Err *err)
{
    double *sorted = ARENA_NEW(arena, double, series->count);
    size_t used = 0;

    if (sorted == NULL)
        return err_memory(err);
    for (size_t i = 0; i < series->count; i++)
        if (series->known[i])
            sorted[used++] = series->values[i];
    *ret = 0;
    ErrCode code = sort_stable(arena, sorted, used, sizeof(double), compare_double, NULL, err);
    if (code == ERR_OK && used > 0)
        *ret = (sorted[(used - 1) / 2] + sorted[used / 2]) / 2;
    return code;
}

/* Of the whole set, not of a sample. */
static double series_deviation(const Series *series)
{
    double mean = series_mean(series, NULL), sum = 0;
    size_t known = series_known(series);

    for (size_t i = 0; i < series->count; i++)
        if (series->known[i])
            sum += (series->values[i] - mean) * (series->values[i] - mean);
    return known > 0 ? snap(sqrt(sum / (double)known)) : 0;
}

/* Standard deviations from the centre; schools that are all alike stand at it. */
static void series_scores(const Series *series, double centre, double sign, double most, QuadrantScore *to)
{
    double deviation = series_deviation(series);

    for (size_t i = 0; i < series->count; i++) {
        double z = deviation > 0 ? sign * snap((series->values[i] - centre) / deviation) : 0;
        if (z > most)
            z = most;
        if (z < -most)
            z = -most;
        to[i] = (QuadrantScore){series->known[i], series->known[i] ? micro(z) : 0};
    }
}

/* ---- indicators ---- */

/* Each indicator against the plain mean of its schools, cut at three standard deviations (methods.md 2.3). */
static ErrCode indicator_scores(Places *places, uint8_t parameter, uint8_t indicator, Err *err)
{
    const QuadrantInput *input = places->input;
    const QuadrantIndicator *def = &places->rule->parameters[parameter].indicators[indicator];
    Series series;
    ErrCode code = series_make(places->arena, places->count, &series, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < input->value_count; i++) {
        const QuadrantValue *value = &input->values[i];
        if (value->parameter != parameter || value->indicator != indicator || places->left_out[value->school])
            continue;
        series.values[value->school] = (double)value->top / (double)value->base;
        series.known[value->school] = true;
    }
    series_scores(&series, series_mean(&series, NULL), def->more_is_better ? 1 : -1, Z_MOST,
                  places->indicators[parameter][indicator]);
    return ERR_OK;
}

/* Mean of the known indicators; at least half of them must be known. */
static void indicators_mean(const Places *places, uint8_t parameter, Series *to)
{
    size_t all = places->rule->parameters[parameter].indicator_count;

    for (size_t s = 0; s < places->count; s++) {
        double sum = 0;
        size_t known = 0;
        for (size_t i = 0; i < all; i++) {
            const QuadrantScore *score = &places->indicators[parameter][i][s];
            if (score->known) {
                sum += (double)score->z / MICRO;
                known++;
            }
        }
        to->known[s] = known > 0 && 2 * known >= all;
        to->values[s] = to->known[s] ? sum / (double)known : 0;
    }
}

/* ---- results ---- */

static double fact_share(const ResultFact *fact)
{
    return (double)fact->below / (double)fact->participants;
}

/* Figures of the year and procedure; of several sources the greatest, which stands last. */
static const ResultFact *fact_of(const Places *places, size_t school, Procedure procedure)
{
    const EngineInput *engine = places->input->engine;
    const ResultFact *found = NULL;

    for (size_t i = places->facts[school]; i < places->facts[school + 1]; i++) {
        const ResultFact *fact = &engine->facts[i];
        if (fact->year == places->input->year && fact->participants > 0 &&
            procedure_compare(fact->procedure, procedure) == 0)
            found = fact;
    }
    return found;
}

/* What the procedures say of one school, growing procedure by procedure. */
typedef struct ResultSum {
    double weighted, weight, slope;
    int64_t participants;
    size_t procedures;
} ResultSum;

/* Adds one procedure: its shares in standard deviations of the schools that held it (methods.md 3.1,
 * FAILSHARE). */
static ErrCode result_add(const Places *places, Procedure procedure, ResultSum *sums, Err *err)
{
    const ResultFact **facts = ARENA_NEW(places->arena, const ResultFact *, places->count);
    Series shares;
    ErrCode code = series_make(places->arena, places->count, &shares, err);

    if (code != ERR_OK || facts == NULL)
        return code != ERR_OK ? code : err_memory(err);
    for (size_t s = 0; s < places->count; s++) {
        facts[s] = places->left_out[s] ? NULL : fact_of(places, s, procedure);
        shares.known[s] = facts[s] != NULL;
        shares.values[s] = facts[s] != NULL ? fact_share(facts[s]) : 0;
    }
    double mean = series_mean(&shares, NULL), deviation = series_deviation(&shares);
    for (size_t s = 0; s < places->count; s++) {
        if (facts[s] == NULL)
            continue;
        int64_t n = facts[s]->participants;
        double weight = (double)(n < QUADRANT_WEIGHT_MAX ? n : QUADRANT_WEIGHT_MAX);
        sums[s].weight += weight;
        sums[s].participants += n;
        sums[s].procedures++;
        if (deviation > 0) {
            sums[s].weighted += weight * snap((mean - shares.values[s]) / deviation);
            sums[s].slope += weight / deviation;
        }
    }
    return ERR_OK;
}

static ErrCode results_series(Places *places, Series *to, Err *err)
{
    ResultSum *sums = ARENA_NEW(places->arena, ResultSum, places->count);
    ErrCode code = sums == NULL ? err_memory(err) : ERR_OK;

    for (size_t p = 0; p < places->rule->procedure_count && code == ERR_OK; p++)
        code = result_add(places, places->rule->procedures[p], sums, err);
    for (size_t s = 0; s < places->count && code == ERR_OK; s++) {
        to->known[s] = sums[s].procedures >= QUADRANT_RESULT_PROCEDURES_MIN &&
                       sums[s].participants >= QUADRANT_RESULT_PARTICIPANTS_MIN;
        to->values[s] = to->known[s] ? sums[s].weighted / sums[s].weight : 0;
        places->slope[s] = to->known[s] ? sums[s].slope / sums[s].weight : 0;
    }
    return code;
}

/* ---- parameters ---- */

/* Known when all its parts are. */
static void total_series(const Places *places, const QuadrantParameter *parameter, Series *to)
{
    for (size_t s = 0; s < places->count; s++) {
        to->known[s] = true;
        for (size_t i = 0; i < parameter->part_count; i++) {
            const QuadrantScore *part = &places->scores[parameter->parts[i]][s];
            to->known[s] = to->known[s] && part->known;
            to->values[s] += (double)part->z / MICRO;
        }
    }
}

static ErrCode split_of(const Places *places, const Series *series, double *ret, Err *err)
{
    if (places->rule->split == QUADRANT_MEDIAN)
        return series_median(series, places->arena, ret, err);
    *ret = series_mean(series, places->rule->split == QUADRANT_WEIGHTED_MEAN ? places->input->weights : NULL);
    return ERR_OK;
}

/* Scores of one parameter, measured from the split. Too few schools: nobody has one. */
static ErrCode parameter_scores(Places *places, uint8_t index, Err *err)
{
    const QuadrantParameter *parameter = &places->rule->parameters[index];
    Series series;
    double centre = 0;
    ErrCode code = series_make(places->arena, places->count, &series, err);

    for (size_t i = 0; i < parameter->indicator_count && code == ERR_OK; i++)
        code = indicator_scores(places, index, (uint8_t)i, err);
    if (code != ERR_OK)
        return code;
    if (parameter->kind == QUADRANT_INDICATORS)
        indicators_mean(places, index, &series);
    else if (parameter->kind == QUADRANT_TOTAL)
        total_series(places, parameter, &series);
    else
        code = results_series(places, &series, err);
    if (code != ERR_OK || series_known(&series) < QUADRANT_SCHOOLS_MIN)
        return code;
    code = split_of(places, &series, &centre, err);
    if (code != ERR_OK)
        return code;
    series_scores(&series, centre, 1, HUGE_VAL, places->scores[index]);
    if (parameter->kind == QUADRANT_RESULTS) {
        double deviation = series_deviation(&series);
        for (size_t s = 0; s < places->count; s++)
            places->slope[s] = deviation > 0 ? places->slope[s] / deviation : 0;
    }
    return ERR_OK;
}

/* ---- places ---- */

int quadrants_number(int64_t x, int64_t y)
{
    if (y >= 0)
        return x >= 0 ? 1 : 2;
    return x < 0 ? 3 : 4;
}

static int64_t absolute(int64_t value)
{
    return value < 0 ? -value : value;
}

/* |z| < border standard deviations, exactly. */
static bool is_near(int64_t z, Ratio border)
{
    return (__int128)absolute(z) * border.den < (__int128)border.num * (int64_t)MICRO;
}

/* The turned side of a line keeps what lies on it: zero is on the good side whichever way it points. */
static int64_t turned(int64_t z, bool turn)
{
    if (!turn)
        return z;
    return z == 0 ? -1 : -z;
}

static QuadrantPlace place_of(const Places *places, const QuadrantClustering *picture, size_t school)
{
    const QuadrantScore *x = &places->scores[picture->x.parameter][school];
    const QuadrantScore *y = &places->scores[picture->y.parameter][school];
    QuadrantPlace place = {0};

    if (!x->known || !y->known)
        return place;
    int64_t across = turned(x->z, picture->x.turned), up = turned(y->z, picture->y.turned);
    place.x = picture->x.turned ? -x->z : x->z;
    place.y = picture->y.turned ? -y->z : y->z;
    place.quadrant = quadrants_number(across, up);
    place.near_x = is_near(x->z, places->rule->border);
    place.near_y = is_near(y->z, places->rule->border);
    if (place.near_y && (!place.near_x || absolute(y->z) <= absolute(x->z)))
        place.neighbour = quadrants_number(across, up >= 0 ? -1 : 0);
    else if (place.near_x)
        place.neighbour = quadrants_number(across >= 0 ? -1 : 0, up);
    return place;
}

static void results_distance(const Places *places, size_t school, QuadrantSchool *to)
{
    for (size_t p = 0; p < places->rule->parameter_count; p++) {
        const QuadrantScore *score = &places->scores[p][school];
        if (places->rule->parameters[p].kind != QUADRANT_RESULTS || !score->known ||
            places->slope[school] <= 0)
            continue;
        to->results_known = true;
        to->results_distance = micro(-((double)score->z / MICRO) / places->slope[school]);
    }
}

static ErrCode school_fill(const Places *places, size_t school, QuadrantSchool *to, Err *err)
{
    const QuadrantRule *rule = places->rule;
    QuadrantScore *scores = ARENA_NEW(places->arena, QuadrantScore, rule->parameter_count);
    QuadrantScore **indicators = ARENA_NEW(places->arena, QuadrantScore *, rule->parameter_count);
    QuadrantPlace *pictures = ARENA_NEW(places->arena, QuadrantPlace, rule->clustering_count);
    bool placed = false;

    if (scores == NULL || indicators == NULL || pictures == NULL)
        return err_memory(err);
    for (size_t p = 0; p < rule->parameter_count; p++) {
        size_t count = rule->parameters[p].indicator_count;
        scores[p] = places->scores[p][school];
        indicators[p] = ARENA_NEW(places->arena, QuadrantScore, count);
        if (indicators[p] == NULL)
            return err_memory(err);
        for (size_t i = 0; i < count; i++)
            indicators[p][i] = places->indicators[p][i][school];
    }
    for (size_t c = 0; c < rule->clustering_count; c++) {
        pictures[c] = place_of(places, &rule->clusterings[c], school);
        placed = placed || pictures[c].quadrant != 0;
    }
    *to = (QuadrantSchool){.state = placed ? QUADRANT_PLACED : QUADRANT_NO_DATA,
                           .parameters = scores,
                           .indicators = (const QuadrantScore *const *)indicators,
                           .places = pictures};
    if (places->left_out[school])
        to->state = QUADRANT_EXCLUDED;
    results_distance(places, school, to);
    return ERR_OK;
}

/* ---- the whole ---- */

static int value_compare(const QuadrantValue *a, const QuadrantValue *b)
{
    if (a->school != b->school)
        return a->school < b->school ? -1 : 1;
    if (a->parameter != b->parameter)
        return a->parameter < b->parameter ? -1 : 1;
    return (int)a->indicator - (int)b->indicator;
}

static ErrCode invalid(Err *err, const char *what, size_t index)
{
    err_set(err, ERR_INVALID_ARGUMENT, "QUADRANT_INPUT_INVALID");
    err_arg(err, "what", "%s", what);
    return err_arg(err, "index", "%zu", index);
}

static ErrCode check(const QuadrantInput *input, const QuadrantRule *rule, Err *err)
{
    for (size_t i = 0; i < input->value_count; i++) {
        const QuadrantValue *value = &input->values[i];
        if (value->school >= input->engine->school_count || value->parameter >= rule->parameter_count ||
            value->indicator >= rule->parameters[value->parameter].indicator_count || value->base <= 0)
            return invalid(err, "value", i);
        if (i > 0 && value_compare(value - 1, value) >= 0)
            return invalid(err, "order", i);
    }
    if ((rule->split == QUADRANT_WEIGHTED_MEAN) != (input->weights != NULL))
        return invalid(err, "weights", 0);
    return ERR_OK;
}

/* Room for every score, all unknown. */
static ErrCode scores_make(Places *places, Err *err)
{
    const QuadrantRule *rule = places->rule;

    places->left_out = ARENA_NEW(places->arena, bool, places->count);
    places->slope = ARENA_NEW(places->arena, double, places->count);
    places->facts = ARENA_NEW(places->arena, size_t, places->count + 1);
    places->scores = ARENA_NEW(places->arena, QuadrantScore *, rule->parameter_count);
    places->indicators = ARENA_NEW(places->arena, QuadrantScore **, rule->parameter_count);
    if (places->left_out == NULL || places->slope == NULL || places->facts == NULL ||
        places->scores == NULL || places->indicators == NULL)
        return err_memory(err);
    for (size_t p = 0; p < rule->parameter_count; p++) {
        size_t count = rule->parameters[p].indicator_count;
        places->scores[p] = ARENA_NEW(places->arena, QuadrantScore, places->count);
        places->indicators[p] = ARENA_NEW(places->arena, QuadrantScore *, count);
        if (places->scores[p] == NULL || places->indicators[p] == NULL)
            return err_memory(err);
        for (size_t i = 0; i < count; i++)
            if ((places->indicators[p][i] = ARENA_NEW(places->arena, QuadrantScore, places->count)) == NULL)
                return err_memory(err);
    }
    return ERR_OK;
}

/* Facts come sorted by school. */
static void index_facts(Places *places)
{
    const EngineInput *engine = places->input->engine;
    size_t at = 0;

    for (size_t s = 0; s <= places->count; s++) {
        while (at < engine->fact_count && engine->facts[at].school < s)
            at++;
        places->facts[s] = at;
    }
}

static void leave_out(Places *places)
{
    const QuadrantRule *rule = places->rule;

    for (size_t s = 0; s < places->count; s++)
        for (size_t i = 0; i < rule->exclude_kind_count; i++)
            if (text_equal(rule->exclude_kinds[i], places->input->engine->schools[s].kind))
                places->left_out[s] = true;
}

ErrCode quadrants_place(const QuadrantInput *input, const QuadrantRule *rule, Arena *arena,
                        QuadrantSchool **ret_schools, Err *err)
{
    Places places = {.input = input, .rule = rule, .arena = arena, .count = input->engine->school_count};
    QuadrantSchool *schools = ARENA_NEW(arena, QuadrantSchool, places.count);
    ErrCode code = check(input, rule, err);

    if (code == ERR_OK)
        code = schools == NULL ? err_memory(err) : scores_make(&places, err);
    if (code != ERR_OK)
        return code;
    leave_out(&places);
    index_facts(&places);
    for (size_t p = 0; p < rule->parameter_count && code == ERR_OK; p++)
        code = parameter_scores(&places, (uint8_t)p, err);
    for (size_t s = 0; s < places.count && code == ERR_OK; s++)
        code = school_fill(&places, s, &schools[s], err);
    if (code == ERR_OK)
        *ret_schools = schools;
    return code;
}
