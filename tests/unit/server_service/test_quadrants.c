/* Quadrant pictures over real submissions: what is placed, the figures each place rests on, whose set it is,
 * and what is refused. */
#include "tests/unit/server_service/ask.h"

#include <string.h>

#include "common/core/text.h"

#define BY_SCHOOL   SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL
#define BY_DISTRICT SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT

static const struct {
    const char *code, *coordinator;
} schools[WORLD_SCHOOLS] = {
    {"a-1", "coordinator1"},
    {"a-2", "coordinator1"},
    {"b-1", "coordinator2"},
    {"b-2", "coordinator2"},
};

/* One typed figure of a form; the others are "unknown" where that is allowed, else 0. */
typedef struct Typed {
    const char *field;
    int64_t number;
} Typed;

static const Typed *typed_find(const Typed *typed, size_t count, const char *field)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(typed[i].field, field))
            return &typed[i];
    return NULL;
}

static Shans__V1__Cell *make_cell(const SectionDef *section, const char *row, const FieldDef *field,
                                  const Typed *typed)
{
    Shans__V1__Cell *cell = ARENA_NEW(arena, Shans__V1__Cell, 1);
    bool known = typed != NULL || !field->allow_unknown;

    shans__v1__cell__init(cell);
    cell->section = (char *)section->code;
    cell->row = (char *)row;
    cell->field = (char *)field->code;
    cell->kind = known ? SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER : SHANS__V1__VALUE_KIND__VALUE_KIND_UNKNOWN;
    cell->number = typed != NULL ? typed->number : 0;
    return cell;
}

/* The district sends and the ministry accepts: one submission id. */
static uint64_t submit(size_t school, const char *form_code, const Typed *typed, size_t count)
{
    const Catalog *catalog = world.service.options.catalog;
    const FormDef *form = catalog_get_form(catalog, form_code, 0);
    Shans__V1__SubmitRequest *request = ARENA_NEW(arena, Shans__V1__SubmitRequest, 1);
    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;

    shans__v1__submit_request__init(request);
    request->school_code = (char *)schools[school].code;
    request->form_code = (char *)form_code;
    request->form_version = form->version;
    request->period = (char *)"2022";
    request->source = BY_DISTRICT;
    request->cells = ARENA_NEW(arena, Shans__V1__Cell *, 512);
    for (size_t s = 0; s < form->section_count; s++) {
        const SectionDef *section = &form->sections[s];
        if (section->rows_optional)
            continue;
        for (size_t r = 0; r < section->row_count; r++)
            for (size_t f = 0; f < section->field_count; f++)
                if (section->fields[f].type != FIELD_SHARE)
                    request->cells[request->n_cells++] =
                        make_cell(section, section->rows[r].code, &section->fields[f],
                                  typed_find(typed, count, section->fields[f].code));
    }
    world_hash(request, catalog, arena);
    const Shans__V1__SubmitReply *reply =
        ask_ok(schools[school].coordinator, COLLECTION, "Submit", true, &request->base);
    review.submission_id = reply->receipt->submission_id;
    review.revision = reply->receipt->revision;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    ask_ok("analyst", COLLECTION, "Review", true, &review.base);
    return reply->receipt->submission_id;
}

static uint64_t passports[WORLD_SCHOOLS];

/* Four schools that differ in everything but distance; the first is the best staffed and has the hardest
 * pupils. */
static int fill(void **state)
{
    int made = ask_start(state);

    ask_setup(state);
    for (size_t s = 0; made == 0 && s < WORLD_SCHOOLS; s++) {
        int64_t n = (int64_t)s;
        const Typed passport[] = {
            {"enrolled", 400},         {"he2", 40 + 20 * n},   {"he1", 100},
            {"he_none", 260 - 20 * n}, {"he_unknown", 0},      {"record_any", 20 - 4 * n},
            {"unemployed_one", 8},     {"unemployed_both", 0}, {"unemployed_only", 4 - n}};
        const Typed teachers[] = {{"teachers", 40},      {"category_none", 6 + 2 * n},
                                  {"category_fit", 10},  {"category_first", 16 - 2 * n},
                                  {"category_high", 8},  {"part_time", 2 + n},
                                  {"vacancies", 100 * n}};
        const Typed support[] = {{"main", 2}, {"part", 3 - n}, {"vacancies", 0}};
        const Typed place[] = {{"difficulty", 3 + n}, {"housing", 1000 + 55 * n}};
        const Shans__V1__Receipt *receipt =
            ask_submit(schools[s].coordinator, schools[s].code, "2022", BY_DISTRICT, 30 + 10 * n);
        ask_accept("analyst", receipt);
        passports[s] = submit(s, "social_passport", passport, sizeof passport / sizeof *passport);
        submit(s, "staffing_teachers", teachers, sizeof teachers / sizeof *teachers);
        submit(s, "staffing_support", support, sizeof support / sizeof *support);
        submit(s, "microdistrict", place, sizeof place / sizeof *place);
    }
    ask_teardown(state);
    return made;
}

static const Shans__V1__GetQuadrantsReply *pictures(const char *login, const char *under)
{
    Shans__V1__GetQuadrantsRequest *request = ARENA_NEW(arena, Shans__V1__GetQuadrantsRequest, 1);

    shans__v1__get_quadrants_request__init(request);
    request->methodology_code = (char *)"KIROV-2022";
    request->year = 2022;
    request->under = (char *)under;
    return ask_ok(login, METHODS, "GetQuadrants", false, &request->base);
}

static const Shans__V1__QuadrantScore *score(const Shans__V1__GetQuadrantsReply *reply, size_t school,
                                             const char *parameter, const char *indicator)
{
    for (size_t i = 0; i < reply->n_measures; i++)
        if (text_equal(reply->measures[i]->parameter, parameter) &&
            text_equal(reply->measures[i]->indicator, indicator))
            return reply->schools[school]->scores[i];
    fail_msg("no measure %s %s", parameter, indicator);
    return NULL;
}

static void every_school_is_placed_with_its_figures(void **state)
{
    const Shans__V1__GetQuadrantsReply *reply = pictures("analyst", "");

    (void)state;
    assert_int_equal(reply->n_schools, WORLD_SCHOOLS);
    assert_int_equal(reply->n_pictures, 4);
    assert_string_equal(reply->pictures[0]->x->parameter, "RESULTS");
    assert_true(reply->pictures[0]->x->turned && reply->pictures[0]->y->turned);
    assert_string_equal(reply->methodology_code, "KIROV-2022");
    assert_int_equal(strlen(reply->input_hash), 64);
    for (size_t s = 0; s < WORLD_SCHOOLS; s++) {
        assert_string_equal(reply->schools[s]->school_code, schools[s].code);
        assert_int_equal(reply->schools[s]->state, SHANS__V1__QUADRANT_STATE__QUADRANT_STATE_PLACED);
        const Shans__V1__QuadrantScore *he2 = score(reply, s, "CONTINGENT", "he2");
        assert_int_equal(he2->numerator, 1000 * (40 + 20 * (int64_t)s));
        assert_int_equal(he2->denominator, 400000);
        assert_int_equal(he2->submission_id, passports[s]);
        assert_int_equal(score(reply, s, "STAFFING", "vacancies")->numerator, 1000 * (int64_t)s);
        assert_int_equal(score(reply, s, "STAFFING", "specialists")->numerator, 1000 * 7 * (5 - (int64_t)s));
        assert_int_equal(score(reply, s, "PLACE", "housing")->numerator, 100000 + 5500 * (int64_t)s);
        assert_int_equal(score(reply, s, "PLACE", "housing")->denominator, 1000);
        assert_false(score(reply, s, "PLACE", "distance")->known);
        assert_int_equal(score(reply, s, "PLACE", "distance")->submission_id, 0);
    }
    /* equally spaced figures: the outer schools stand 1.342 standard deviations out */
    assert_int_equal(score(reply, 0, "CONTINGENT", "he2")->z, -1341641);
    assert_int_equal(score(reply, 3, "CONTINGENT", "he2")->z, 1341641);
    assert_int_equal(score(reply, 0, "STAFFING", "vacancies")->z, 1341641);
    assert_int_equal(score(reply, 0, "STAFFING", "")->z, 1341641);
    /* school a-1: best staffed; fewest of its pupils pass, since its one differing paper is the smallest */
    assert_int_equal(reply->schools[0]->places[1]->quadrant, 4);
    assert_int_equal(reply->schools[0]->places[0]->quadrant, 1);
    assert_int_equal(reply->schools[3]->places[1]->quadrant, 2);
    assert_true(reply->schools[0]->results_known && reply->schools[0]->results_distance > 0);
    assert_true(reply->schools[3]->results_known && reply->schools[3]->results_distance < 0);
}

/* A coordinator's set is the own district: two schools make no picture, and no other school is seen. */
static void a_coordinator_sees_the_own_district(void **state)
{
    const Shans__V1__GetQuadrantsReply *reply = pictures("coordinator1", "");

    (void)state;
    assert_int_equal(reply->n_schools, 2);
    for (size_t s = 0; s < 2; s++) {
        assert_string_equal(reply->schools[s]->school_code, schools[s].code);
        assert_int_equal(reply->schools[s]->state, SHANS__V1__QUADRANT_STATE__QUADRANT_STATE_NO_DATA);
    }
    assert_int_equal(pictures("auditor", "")->n_schools, WORLD_SCHOOLS);
    assert_int_equal(pictures("analyst", "b")->n_schools, 2);
}

static void the_same_figures_give_the_same_hash(void **state)
{
    const char *before = pictures("analyst", "")->input_hash;

    (void)state;
    assert_string_equal(before, pictures("auditor", "")->input_hash);
    /* what is sent and not accepted changes nothing */
    Shans__V1__SubmitRequest *request =
        world_results("a-1", "2022", BY_SCHOOL, 77, world.service.options.catalog, arena);
    ask_ok("head1", COLLECTION, "Submit", true, &request->base);
    assert_string_equal(before, pictures("analyst", "")->input_hash);
}

static void what_cannot_be_drawn_is_refused(void **state)
{
    Shans__V1__GetQuadrantsRequest request = SHANS__V1__GET_QUADRANTS_REQUEST__INIT;
    Shans__V1__StartRunRequest start = SHANS__V1__START_RUN_REQUEST__INIT;

    (void)state;
    request.methodology_code = (char *)"PERV-2023";
    request.year = 2022;
    ask_refused("analyst", METHODS, "GetQuadrants", false, &request.base, ERR_FAILED_PRECONDITION,
                "METHOD_WITHOUT_QUADRANTS");
    request.methodology_code = (char *)"NOBODY";
    ask_refused("analyst", METHODS, "GetQuadrants", false, &request.base, ERR_NOT_FOUND,
                "METHODOLOGY_UNKNOWN");
    request.methodology_code = (char *)"KIROV-2022";
    request.year = 1999;
    ask_refused("analyst", METHODS, "GetQuadrants", false, &request.base, ERR_OUT_OF_RANGE, "METHOD_YEAR");
    request.year = 2022;
    ask_refused("head1", METHODS, "GetQuadrants", false, &request.base, ERR_PERMISSION_DENIED,
                "ROLE_FORBIDDEN");
    request.under = (char *)"b";
    ask_refused("coordinator1", METHODS, "GetQuadrants", false, &request.base, ERR_NOT_FOUND, "ORG_UNKNOWN");
    start.methodology_code = (char *)"KIROV-2022";
    start.year = 2022;
    ask_refused("analyst", METHODS, "StartRun", true, &start.base, ERR_FAILED_PRECONDITION,
                "METHOD_WITHOUT_CLASSES");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_school_is_placed_with_its_figures, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(a_coordinator_sees_the_own_district, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(the_same_figures_give_the_same_hash, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_drawn_is_refused, ask_setup, ask_teardown),
    };

    return cmocka_run_group_tests(tests, fill, ask_stop);
}
