/* Owns the tests of quadrant pictures: golden test 10 (the four lists of the Kirovsky district follow from
 * the orientation table for any figures that fit the source's words), the arithmetic against a plain second
 * calculation, borders, missing figures, and what must not change a place. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/rand.h"
#include "common/core/embed.h"
#include "server/engine/quadrants.h"
#include "tests/support/engine_case.h"

enum { RESULTS, CONTINGENT, STAFFING, PLACE, SUM, PARAMETERS };
enum { SCHOOLS = 30, NAMED = 7, YEAR = 2022, TRIALS = 4000, PEOPLE = 1000000 };

static Arena *arena;
static Catalog *catalog;
static const QuadrantRule *kirov;

static int load(void **state)
{
    Err err = {0};

    (void)state;
    arena = arena_new((size_t)256 << 20, NULL);
    if (arena == NULL || catalog_load(catalog_files[0].data, catalog_files[0].size, arena, &catalog, &err))
        return 1;
    const Methodology *methodology = catalog_get_methodology(catalog, "KIROV-2022", 0);
    kirov = methodology == NULL ? NULL : &methodology->quadrants;
    return kirov == NULL || !kirov->on;
}

static int unload(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- a district ---- */

/* Wanted scores of every school, in any unit: more is better. */
typedef struct District {
    Arena *arena;
    EngineCase *figures;
    double wanted[SUM][SCHOOLS];
    QuadrantValue values[SCHOOLS * 16];
    QuadrantInput input;
} District;

/* Two procedures with the same shares: 30 % less four points a unit. */
static void fill_results(District *district)
{
    for (uint32_t s = 0; s < SCHOOLS; s++) {
        int64_t below = llround(PEOPLE * (0.30 - 0.04 * district->wanted[RESULTS][s]));
        case_fact(district->figures, s, OGE_RUS, YEAR, PEOPLE, below);
        case_fact(district->figures, s, OGE_MATH, YEAR, PEOPLE, below);
    }
    case_sort(district->figures);
}

/* Every indicator of a parameter moves with the wanted score. */
static void fill_values(District *district)
{
    size_t count = 0;

    for (uint32_t s = 0; s < SCHOOLS; s++)
        for (uint8_t p = CONTINGENT; p <= PLACE; p++)
            for (uint8_t i = 0; i < kirov->parameters[p].indicator_count; i++) {
                double sign = kirov->parameters[p].indicators[i].more_is_better ? 1 : -1;
                district->values[count++] =
                    (QuadrantValue){.school = s,
                                    .parameter = p,
                                    .indicator = i,
                                    .top = llround(1e6 * (50 + 5 * sign * district->wanted[p][s])),
                                    .base = (i + 1) * 100000,
                                    .submission = s + 1,
                                    .revision = 1};
            }
    district->input = (QuadrantInput){
        .engine = &district->figures->input, .year = YEAR, .values = district->values, .value_count = count};
}

/* A new district of schools k-000 … with scores from -2 to 2. */
static void district_draw(District *district, Rand *random)
{
    char code[16];

    *district = (District){.arena = arena_new((size_t)64 << 20, NULL), .figures = case_new()};
    assert_non_null(district->arena);
    for (uint32_t s = 0; s < SCHOOLS; s++) {
        snprintf(code, sizeof code, "k-%03u", s);
        case_school(district->figures, code);
        for (int p = 0; p < SUM; p++)
            district->wanted[p][s] = 4 * rand_unit(random) - 2;
    }
    fill_results(district);
    fill_values(district);
}

static void district_free(District *district)
{
    case_free(district->figures);
    arena_free(district->arena);
}

static const QuadrantSchool *district_place(const District *district, const QuadrantRule *rule)
{
    QuadrantSchool *schools = NULL;
    Err err = {0};

    if (quadrants_place(&district->input, rule, district->arena, &schools, &err) != ERR_OK)
        fail_msg("%s %s", err.reason, err_arg_get(&err, "what"));
    return schools;
}

/* Distance from the plain mean in standard deviations. */
static void standardise(const double *from, double *to)
{
    double mean = 0, square = 0;

    for (int s = 0; s < SCHOOLS; s++)
        mean += from[s] / SCHOOLS;
    for (int s = 0; s < SCHOOLS; s++)
        square += (from[s] - mean) * (from[s] - mean) / SCHOOLS;
    for (int s = 0; s < SCHOOLS; s++)
        to[s] = (from[s] - mean) / sqrt(square);
}

/* A second, plain calculation of all five parameters. */
static void standardise_all(const District *district, double to[PARAMETERS][SCHOOLS])
{
    double sum[SCHOOLS];

    for (int p = 0; p < SUM; p++)
        standardise(district->wanted[p], to[p]);
    for (int s = 0; s < SCHOOLS; s++)
        sum[s] = to[CONTINGENT][s] + to[STAFFING][s] + to[PLACE][s];
    standardise(sum, to[SUM]);
}

static bool close_to(int64_t micro, double want)
{
    return fabs((double)micro / 1e6 - want) < 0.01;
}

/* ---- golden test 10 ---- */

/* What the source says of each school in words: the side of the district's mean, '+' better. */
static const struct {
    const char *school;
    char side[PARAMETERS + 1]; /* results, contingent, staffing, surroundings, sum */
    int cluster[4];            /* the number it prints: contingent, staffing, surroundings, sum */
} words[NAMED] = {
    {"240", "-----", {1, 3, 2, 3}}, {"269", "-----", {1, 3, 2, 3}}, {"538", "-----", {1, 3, 2, 3}},
    {"608", "-----", {1, 3, 2, 3}}, {"386", "-+---", {4, 3, 2, 3}}, {"223", "-++++", {4, 4, 3, 4}},
    {"506", "++-+-", {3, 2, 4, 2}},
};

/* Whether figures of the school at that index agree with every word; too near a mean for the rounding of the
 * test's own figures counts as no. */
static bool agrees(double z[PARAMETERS][SCHOOLS], size_t named)
{
    for (int p = 0; p < PARAMETERS; p++)
        if ((z[p][named] > 0) != (words[named].side[p] == '+') || fabs(z[p][named]) < 0.02)
            return false;
    return true;
}

static void golden_10_the_four_lists(void **state)
{
    Rand random = rand_seeded(10);
    size_t seen[NAMED] = {0};

    (void)state;
    assert_int_equal(kirov->clustering_count, 4);
    for (int trial = 0; trial < TRIALS; trial++) {
        double z[PARAMETERS][SCHOOLS];
        District district;
        district_draw(&district, &random);
        standardise_all(&district, z);
        const QuadrantSchool *placed = district_place(&district, kirov);
        for (size_t n = 0; n < NAMED; n++) {
            if (!agrees(z, n))
                continue;
            seen[n]++;
            for (int c = 0; c < 4; c++)
                if (placed[n].places[c].quadrant != words[n].cluster[c])
                    fail_msg("trial %d: school %s in %s: %d, printed %d", trial, words[n].school,
                             kirov->clusterings[c].code, placed[n].places[c].quadrant, words[n].cluster[c]);
        }
        district_free(&district);
    }
    for (size_t n = 0; n < NAMED; n++)
        if (seen[n] < 5)
            fail_msg("school %s: the words came true %zu times only", words[n].school, seen[n]);
}

/* The source's words on 223 and 506: with results next to the mean they stand beside quarter 1 (staffing,
 * sum), and 4 and 3 (contingent, staffing); nobody is said to be near who is not. */
static void golden_10_near_the_border(void **state)
{
    static const int neighbour[NAMED][4] = {[5] = {[1] = 1, [3] = 1}, [6] = {4, 3, 3, 3}};
    Rand random = rand_seeded(11);
    size_t near = 0;

    (void)state;
    for (int trial = 0; trial < TRIALS; trial++) {
        double z[PARAMETERS][SCHOOLS];
        District district;
        district_draw(&district, &random);
        standardise_all(&district, z);
        const QuadrantSchool *placed = district_place(&district, kirov);
        for (size_t n = 5; n < NAMED; n++) {
            if (!agrees(z, n) || fabs(z[RESULTS][n]) > 0.24)
                continue;
            for (int c = 0; c < 4; c++) {
                const QuadrantPlace *place = &placed[n].places[c];
                bool results_up = kirov->clusterings[c].y.parameter == RESULTS;
                assert_true(results_up ? place->near_y : place->near_x);
                if (neighbour[n][c] != 0 && !(place->near_x && place->near_y))
                    assert_int_equal(place->neighbour, neighbour[n][c]);
                near++;
            }
        }
        for (size_t s = 0; s < SCHOOLS; s++)
            for (int c = 0; c < 4; c++) {
                const QuadrantPlace *place = &placed[s].places[c];
                assert_int_equal(place->near_x, llabs(place->x) < 250000);
                assert_int_equal(place->near_y, llabs(place->y) < 250000);
                assert_int_equal(place->neighbour != 0, place->near_x || place->near_y);
                assert_int_not_equal(place->neighbour, place->quadrant);
            }
        district_free(&district);
    }
    assert_true(near > 0);
}

/* ---- arithmetic ---- */

static void scores_are_those_of_a_plain_calculation(void **state)
{
    Rand random = rand_seeded(12);

    (void)state;
    for (int trial = 0; trial < 50; trial++) {
        double z[PARAMETERS][SCHOOLS];
        District district;
        district_draw(&district, &random);
        standardise_all(&district, z);
        const QuadrantSchool *placed = district_place(&district, kirov);
        for (size_t s = 0; s < SCHOOLS; s++) {
            assert_int_equal(placed[s].state, QUADRANT_PLACED);
            for (int p = 0; p < PARAMETERS; p++)
                if (!placed[s].parameters[p].known || !close_to(placed[s].parameters[p].z, z[p][s]))
                    fail_msg("parameter %d of school %zu", p, s);
            /* the pictures' axes, turned as the orientation table says */
            assert_true(close_to(placed[s].places[0].x, -z[RESULTS][s]));
            assert_true(close_to(placed[s].places[0].y, -z[CONTINGENT][s]));
            assert_true(close_to(placed[s].places[1].x, z[STAFFING][s]));
            assert_true(close_to(placed[s].places[2].y, -z[PLACE][s]));
            assert_true(close_to(placed[s].places[3].y, z[RESULTS][s]));
        }
        district_free(&district);
    }
}

/* Both procedures have the same shares, so the way to the mean is the school's share less the mean share. */
static void the_way_to_the_line_is_in_shares(void **state)
{
    Rand random = rand_seeded(13);
    District district;
    double mean = 0;

    (void)state;
    district_draw(&district, &random);
    const ResultFact *facts = district.figures->facts;
    for (size_t s = 0; s < SCHOOLS; s++)
        mean += (double)facts[2 * s].below / PEOPLE / SCHOOLS;
    const QuadrantSchool *placed = district_place(&district, kirov);
    for (size_t s = 0; s < SCHOOLS; s++) {
        assert_true(placed[s].results_known);
        double want = (double)facts[2 * s].below / PEOPLE - mean;
        assert_true(fabs((double)placed[s].results_distance / 1e6 - want) < 1e-5);
    }
    district_free(&district);
}

static void the_axes_cross_where_the_rule_says(void **state)
{
    Rand random = rand_seeded(14);
    QuadrantRule rule = *kirov;
    int64_t weights[SCHOOLS];
    District district;
    size_t above = 0;
    double heavy;

    (void)state;
    district_draw(&district, &random);
    rule.split = QUADRANT_MEDIAN;
    const QuadrantSchool *placed = district_place(&district, &rule);
    for (size_t s = 0; s < SCHOOLS; s++)
        above += placed[s].parameters[STAFFING].z > 0;
    assert_int_equal(above, SCHOOLS / 2);

    /* one school outweighs all: it stands on the crossing */
    rule.split = QUADRANT_WEIGHTED_MEAN;
    for (size_t s = 0; s < SCHOOLS; s++)
        weights[s] = s == 3 ? 1000000000000 : 1;
    district.input.weights = weights;
    placed = district_place(&district, &rule);
    heavy = (double)placed[3].parameters[PLACE].z;
    assert_true(fabs(heavy) <= 1);
    assert_int_equal(placed[3].places[2].quadrant,
                     placed[3].places[2].x >= 0 ? 4 : 3); /* good side of the line */
    district_free(&district);
}

static void a_point_on_a_line_has_one_quarter(void **state)
{
    (void)state;
    assert_int_equal(quadrants_number(1, 1), 1);
    assert_int_equal(quadrants_number(-1, 1), 2);
    assert_int_equal(quadrants_number(-1, -1), 3);
    assert_int_equal(quadrants_number(1, -1), 4);
    assert_int_equal(quadrants_number(0, 0), 1);
    assert_int_equal(quadrants_number(0, -1), 4);
    assert_int_equal(quadrants_number(-1, 0), 2);
}

/* ---- what is missing ---- */

/* Takes away the values for which keep is false. */
static void keep_values(District *district, bool (*keep)(const QuadrantValue *value))
{
    size_t kept = 0;

    for (size_t i = 0; i < district->input.value_count; i++)
        if (keep(&district->values[i]))
            district->values[kept++] = district->values[i];
    district->input.value_count = kept;
}

static bool keep_but_one(const QuadrantValue *value)
{
    return value->school != 2 || value->parameter != CONTINGENT || value->indicator != 0;
}

static bool keep_one_of_three(const QuadrantValue *value)
{
    return value->school != 2 || value->parameter != CONTINGENT || value->indicator == 2;
}

static bool keep_places_of_three(const QuadrantValue *value)
{
    return value->parameter != PLACE || value->school < 3;
}

static void half_of_the_indicators_must_be_known(void **state)
{
    Rand random = rand_seeded(15);
    District district;

    (void)state;
    district_draw(&district, &random);
    keep_values(&district, keep_but_one);
    const QuadrantSchool *placed = district_place(&district, kirov);
    assert_true(placed[2].parameters[CONTINGENT].known && !placed[2].indicators[CONTINGENT][0].known);
    assert_int_not_equal(placed[2].places[0].quadrant, 0);

    keep_values(&district, keep_one_of_three);
    placed = district_place(&district, kirov);
    assert_false(placed[2].parameters[CONTINGENT].known);
    assert_false(placed[2].parameters[SUM].known);
    assert_int_equal(placed[2].places[0].quadrant, 0);
    assert_int_equal(placed[2].places[3].quadrant, 0);
    assert_int_not_equal(placed[2].places[1].quadrant, 0);
    assert_int_equal(placed[2].state, QUADRANT_PLACED);

    /* three schools are no picture */
    keep_values(&district, keep_places_of_three);
    placed = district_place(&district, kirov);
    for (size_t s = 0; s < SCHOOLS; s++)
        assert_true(placed[s].places[2].quadrant == 0 && placed[s].places[3].quadrant == 0);
    district_free(&district);
}

static void results_need_two_procedures_and_ten_people(void **state)
{
    Rand random = rand_seeded(16);
    District district;

    (void)state;
    district_draw(&district, &random);
    district.figures->facts[0].participants = 0; /* k-000: one procedure is left */
    district.figures->facts[0].below = 0;
    district.figures->facts[2].participants = 4; /* k-001: nine people in two */
    district.figures->facts[3].participants = 5;
    district.figures->facts[2].below = district.figures->facts[3].below = 1;
    district.figures->facts[4].year = YEAR - 1; /* k-002: another year does not count */
    const QuadrantSchool *placed = district_place(&district, kirov);
    for (size_t s = 0; s < 3; s++) {
        assert_false(placed[s].parameters[RESULTS].known);
        assert_false(placed[s].results_known);
        assert_int_equal(placed[s].state, QUADRANT_NO_DATA);
    }
    assert_int_equal(placed[3].state, QUADRANT_PLACED);
    district_free(&district);
}

/* A school of a kind that is left out changes nobody's place, however extreme its figures. */
static void a_kind_left_out_moves_nobody(void **state)
{
    Rand random = rand_seeded(17);
    District district;

    (void)state;
    district_draw(&district, &random);
    district.figures->schools[4].kind = "boarding";
    const QuadrantSchool *before = district_place(&district, kirov);
    for (size_t i = 0; i < district.input.value_count; i++)
        if (district.values[i].school == 4)
            district.values[i].top = 900000000;
    district.figures->facts[8].below = PEOPLE;
    const QuadrantSchool *after = district_place(&district, kirov);
    assert_int_equal(after[4].state, QUADRANT_EXCLUDED);
    for (size_t s = 0; s < SCHOOLS; s++)
        for (int c = 0; c < 4; c++)
            assert_memory_equal(&before[s].places[c], &after[s].places[c], sizeof(QuadrantPlace));
    district_free(&district);
}

/* Schools that are all alike stand on the crossing, on the good side, and are near it. */
static void equal_schools_stand_on_the_crossing(void **state)
{
    Rand random = rand_seeded(18);
    District district;

    (void)state;
    district_draw(&district, &random);
    for (size_t i = 0; i < district.input.value_count; i++)
        district.values[i].top = district.values[i].base;
    for (size_t i = 0; i < 2 * SCHOOLS; i++)
        district.figures->facts[i].below = 100;
    const QuadrantSchool *placed = district_place(&district, kirov);
    for (size_t s = 0; s < SCHOOLS; s++) {
        assert_int_equal(placed[s].places[0].quadrant, 3); /* both good sides are turned */
        assert_int_equal(placed[s].places[1].quadrant, 1);
        assert_true(placed[s].places[1].near_x && placed[s].places[1].near_y);
        assert_false(placed[s].results_known);
    }
    district_free(&district);
}

/* ---- bad input ---- */

static void values_out_of_order_are_refused(void **state)
{
    Rand random = rand_seeded(19);
    District district;
    QuadrantSchool *schools;
    Err err = {0};

    (void)state;
    district_draw(&district, &random);
    struct {
        size_t at;
        QuadrantValue value;
    } bad[] = {
        {3, district.values[2]},
        {5, district.values[4]},
        {0, {.school = SCHOOLS, .parameter = 1, .base = 1}},
        {0, {.parameter = PARAMETERS, .base = 1}},
        {0, {.parameter = SUM, .base = 1}},
        {0, {.parameter = CONTINGENT, .indicator = 3, .base = 1}},
        {0, {.parameter = CONTINGENT, .base = 0}},
        {0, {.parameter = CONTINGENT, .base = -1}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        QuadrantValue good = district.values[bad[i].at];
        district.values[bad[i].at] = bad[i].value;
        assert_int_equal(quadrants_place(&district.input, kirov, district.arena, &schools, &err),
                         ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "QUADRANT_INPUT_INVALID");
        district.values[bad[i].at] = good;
    }
    int64_t weights[SCHOOLS] = {0};
    district.input.weights = weights; /* not asked for */
    assert_int_equal(quadrants_place(&district.input, kirov, district.arena, &schools, &err),
                     ERR_INVALID_ARGUMENT);
    district_free(&district);
}

static void memory_may_run_out_anywhere(void **state)
{
    Rand random = rand_seeded(20);
    District district;
    ErrCode code = ERR_RESOURCE_EXHAUSTED;
    size_t n = 0;

    (void)state;
    district_draw(&district, &random);
    while (code != ERR_OK) {
        QuadrantSchool *schools = NULL;
        Err err = {0};
        arena_fail_nth(district.arena, ++n);
        code = quadrants_place(&district.input, kirov, district.arena, &schools, &err);
        assert_true(code == ERR_OK ? schools != NULL : code == ERR_RESOURCE_EXHAUSTED);
    }
    arena_fail_nth(district.arena, 0);
    assert_true(n > 50);
    district_free(&district);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_10_the_four_lists),
        cmocka_unit_test(golden_10_near_the_border),
        cmocka_unit_test(scores_are_those_of_a_plain_calculation),
        cmocka_unit_test(the_way_to_the_line_is_in_shares),
        cmocka_unit_test(the_axes_cross_where_the_rule_says),
        cmocka_unit_test(a_point_on_a_line_has_one_quarter),
        cmocka_unit_test(half_of_the_indicators_must_be_known),
        cmocka_unit_test(results_need_two_procedures_and_ten_people),
        cmocka_unit_test(a_kind_left_out_moves_nobody),
        cmocka_unit_test(equal_schools_stand_on_the_crossing),
        cmocka_unit_test(values_out_of_order_are_refused),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
