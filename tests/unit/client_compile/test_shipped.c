/* Owns the tests of the shipped definitions: every rule of every form holds on good figures and fires on bad
 * ones; profiles say what methods.md says. Must run from the repository root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/compile/compile.h"
#include "common/catalog/catalog_pack.h"
#include "common/form/rule.h"

static Buf shipped;
static Arena *arena;
static Catalog *catalog;

static int setup(void **state)
{
    Err err = {0};

    (void)state;
    buf_init(&shipped, 64 << 20);
    arena = arena_new(256 << 20, NULL);
    if (compile_folder("common/catalog", &shipped, &err) != ERR_OK) {
        print_error("%s %s %s\n", err.reason, err_arg_get(&err, "file"), err_arg_get(&err, "what"));
        return -1;
    }
    return catalog_load(shipped.data, shipped.length, arena, &catalog, &err) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    buf_done(&shipped);
    return 0;
}

static void loads_and_packs_to_the_same_bytes(void **state)
{
    Buf again;

    (void)state;
    buf_init(&again, 64 << 20);
    catalog_pack(catalog, &again);
    assert_true(again.length == shipped.length);
    assert_memory_equal(again.data, shipped.data, shipped.length);
    buf_clear(&again);
    Err err;
    assert_int_equal(compile_folder("common/catalog", &again, &err), ERR_OK);
    assert_true(again.length == shipped.length);
    assert_memory_equal(again.data, shipped.data, shipped.length);
    buf_done(&again);
}

static void all_that_was_promised_is_there(void **state)
{
    static const char *const forms[] = {
        "assessment_results",   "social_passport", "staffing_teachers", "staffing_support",
        "risk_self_assessment", "identification",  "contingent",        "attestation",
        "ict_assessment",       "finance",         "environment",       "microdistrict"};
    static const char *const methods[] = {"FIOKO-847", "NVKZ-2021", "PERV-2023", "PERV-2023-LITERAL",
                                          "OMSK-2025", "RZN-2025",  "KIROV-2022"};

    (void)state;
    assert_true(catalog->form_count == sizeof forms / sizeof *forms &&
                catalog->methodology_count == sizeof methods / sizeof *methods && catalog->factor_count == 2);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_non_null(catalog_get_form(catalog, forms[i], 0));
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        assert_non_null(catalog_get_methodology(catalog, methods[i], 0));
    assert_true(catalog_get_factors(catalog, "R-2022P")->factor_count == 10);
    assert_true(catalog_get_factors(catalog, "R-2023K")->factor_count == 10);
    assert_string_equal(factors_get(catalog_get_factors(catalog, "R-2022P"), 9)->code, "school_environment");
    assert_string_equal(factors_get(catalog_get_factors(catalog, "R-2023K"), 9)->code, "failure_risk_share");
}

static void no_text_is_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < catalog->form_count; i++) {
        const FormDef *form = &catalog->forms[i];
        assert_true(form->title.ru[0] != '\0' && form->title.en[0] != '\0');
        assert_true(form->legal_basis.ru[0] != '\0' && form->legal_basis.en[0] != '\0');
        for (size_t j = 0; j < form->rule_count; j++)
            assert_true(form->rules[j].message.ru[0] != '\0' && form->rules[j].message.en[0] != '\0');
        for (size_t s = 0; s < form->section_count; s++) {
            for (size_t f = 0; f < form->sections[s].field_count; f++) {
                const FieldDef *field = &form->sections[s].fields[f];
                assert_true(field->label.ru[0] != '\0' && field->label.en[0] != '\0');
                assert_true((field->help.ru[0] == '\0') == (field->help.en[0] == '\0'));
            }
        }
    }
    for (size_t i = 0; i < catalog->methodology_count; i++) {
        const Methodology *m = &catalog->methodologies[i];
        assert_true(m->remark.ru[0] != '\0' && m->remark.en[0] != '\0');
        assert_true(m->legal_basis.ru[0] != '\0' && m->legal_basis.en[0] != '\0');
    }
}

static void rows_of_results_are_procedures(void **state)
{
    const SectionDef *section =
        form_get_section(catalog_get_form(catalog, "assessment_results", 0), "results");

    (void)state;
    assert_true(section->row_count == 25 && section->rows_optional);
    for (size_t i = 0; i < section->row_count; i++) {
        Procedure procedure;
        char text[PROCEDURE_TEXT_SIZE];
        assert_true(procedure_parse(section->rows[i].code, &procedure));
        procedure_dump(procedure, text);
        assert_string_equal(text, section->rows[i].code);
    }
}

/* Cells as "section row field=text", where "-" is the row of a section without rows; "," between cells. Cells
 * set first stay: what is wrong is set before the good rest. */
static void fill(FormData *data, const char *cells)
{
    const FormDef *form = form_data_get_form(data);
    const char *at = cells;

    while (*at != '\0') {
        char section[64], row[64], field[64], text[64];
        int used = 0;
        if (sscanf(at, " %63s %63s %63[^=]=%63[^,]%n", section, row, field, text, &used) != 4)
            fail_msg("cannot read \"%s\"", at);
        at += used;
        at += *at == ',';
        const SectionDef *def = form_get_section(form, section);
        assert_non_null(def);
        const FieldDef *field_def = section_get_field(def, field);
        if (field_def == NULL)
            fail_msg("no field %s", field);
        FormCell cell = {section, strcmp(row, "-") == 0 ? "" : row, field, {VALUE_EMPTY, 0}};
        Err err = {0};
        assert_int_equal(form_value_parse(field_def, text, &cell.value, &err), ERR_OK);
        if (form_data_set(data, &cell, &err) != ERR_OK)
            assert_string_equal(err.reason, "CELL_TWICE");
    }
}

static void check(const FormDef *form, const char *bad, const char *good, FormIssue **ret, size_t *ret_count)
{
    FormData *data = form_data_new(form, arena);
    Err err;

    fill(data, bad);
    fill(data, good);
    assert_int_equal(form_check(data, arena, ret, ret_count, &err), ERR_OK);
}

typedef struct BadCase {
    const char *rule, *cells;
} BadCase;

/* The good figures break nothing; each bad case breaks its rule; every rule has a bad case. */
static void try_form(const char *code, const char *good, const BadCase *cases, size_t case_count)
{
    const FormDef *form = catalog_get_form(catalog, code, 0);
    FormIssue *issues = NULL;
    size_t count = 0;

    assert_non_null(form);
    check(form, "", good, &issues, &count);
    if (count > 0)
        fail_msg("%s: good figures break %s at %s/%s", code, issues[0].code, issues[0].row, issues[0].field);
    for (size_t i = 0; i < case_count; i++) {
        bool found = false;
        check(form, cases[i].cells, good, &issues, &count);
        for (size_t j = 0; j < count; j++)
            found = found || strcmp(issues[j].code, cases[i].rule) == 0;
        if (!found)
            fail_msg("%s: %s does not fire on \"%s\"", code, cases[i].rule, cases[i].cells);
    }
    for (size_t j = 0; j < form->rule_count; j++) {
        bool covered = false;
        assert_true(rule_verify(form, &form->rules[j]));
        for (size_t i = 0; i < case_count; i++)
            covered = covered || strcmp(cases[i].rule, form->rules[j].code) == 0;
        if (!covered)
            fail_msg("%s: no bad case for %s", code, form->rules[j].code);
    }
}

#define TRY(code, good, cases) try_form(code, good, cases, sizeof cases / sizeof *cases)

static const char good_results[] =
    "results VPR.RUS.5 enrolled=27,results VPR.RUS.5 registered=26,results VPR.RUS.5 participants=25,"
    "results VPR.RUS.5 absent_valid=1,results VPR.RUS.5 absent_other=0,"
    "results VPR.RUS.5 mark2=8,results VPR.RUS.5 mark3=9,results VPR.RUS.5 mark4=6,results VPR.RUS.5 mark5=2,"
    "results VPR.RUS.5 below_min=8,results VPR.RUS.5 mean_primary=17.25,"
    "results EGE.MATH.P enrolled=12,results EGE.MATH.P registered=?,results EGE.MATH.P participants=10,"
    "results EGE.MATH.P mark2=n/a,results EGE.MATH.P mark3=n/a,results EGE.MATH.P mark4=n/a,"
    "results EGE.MATH.P mark5=n/a,results EGE.MATH.P below_min=3,"
    "results EGE.MATH.B enrolled=n/a,results EGE.MATH.B registered=n/a,results EGE.MATH.B participants=n/a,"
    "results EGE.MATH.B absent_valid=n/a,results EGE.MATH.B absent_other=n/a,"
    "results EGE.MATH.B mark2=n/a,results EGE.MATH.B mark3=n/a,results EGE.MATH.B mark4=n/a,"
    "results EGE.MATH.B mark5=n/a,results EGE.MATH.B below_min=n/a,results EGE.MATH.B mean_primary=n/a";

static void assessment_results(void **state)
{
    static const BadCase cases[] = {
        {"REGISTERED_LE_ENROLLED", "results VPR.RUS.5 registered=28"},
        {"PARTICIPANTS_LE_REGISTERED", "results VPR.RUS.5 registered=24"},
        {"PARTICIPANTS_LE_ENROLLED", "results EGE.MATH.P participants=45,results EGE.MATH.P enrolled=40"},
        {"MARKS_SUM", "results VPR.RUS.5 mark5=3"},
        {"BELOW_IS_MARK2", "results VPR.RUS.5 below_min=7"},
        {"BELOW_IS_MARK2", "results EGE.MATH.B participants=3,results EGE.MATH.B mark2=1,"
                           "results EGE.MATH.B below_min=2"},
        {"BELOW_LE_PARTICIPANTS", "results EGE.MATH.P below_min=11"},
        {"MARKS_NEEDED", "results VPR.RUS.5 mark4=n/a"},
        {"BELOW_WITH_PARTICIPANTS", "results EGE.MATH.P below_min=n/a"},
        {"BELOW_WITH_PARTICIPANTS", "results EGE.MATH.B below_min=0"},
        {"NOT_HELD_WHOLE", "results EGE.MATH.B mark2=1"},
        {"NOT_HELD_WHOLE", "results EGE.MATH.B mean_primary=0"},
        {"NOT_HELD_WHOLE", "results EGE.MATH.B absent_other=4"},
        {"NOBODY_TOOK_PART", "results EGE.MATH.P participants=0,results EGE.MATH.P below_min=0"},
        {"ABSENT_SUM", "results VPR.RUS.5 absent_other=1"},
        {"KIND", "results VPR.RUS.5 participants=?"},
        {"KIND", "results VPR.RUS.5 below_min=?"},
        {"MAX", "results VPR.RUS.5 mean_primary=100.01"},
        {"MIN", "results VPR.RUS.5 mark2=-1"},
        {"REQUIRED", "results OGE.RUS enrolled=10"},
    };

    (void)state;
    TRY("assessment_results", good_results, cases);
}

/* Which issues a case gives, and no others. */
static void forty_five_of_forty(void **state)
{
    const FormDef *form = catalog_get_form(catalog, "assessment_results", 0);
    FormIssue *issues = NULL;
    size_t count = 0;

    (void)state;
    check(form,
          "results OGE.RUS enrolled=40,results OGE.RUS registered=?,results OGE.RUS participants=45,"
          "results OGE.RUS mark2=5,results OGE.RUS mark3=20,results OGE.RUS mark4=15,results OGE.RUS mark5=5,"
          "results OGE.RUS below_min=5",
          "", &issues, &count);
    assert_true(count == 1);
    assert_string_equal(issues[0].code, "PARTICIPANTS_LE_ENROLLED");
    assert_string_equal(issues[0].row, "OGE.RUS");
    assert_string_equal(issues[0].field, "participants");
    assert_true(issues[0].severity == RULE_ERROR && issues[0].value.number == 45);
}

static void share_of_results_is_computed(void **state)
{
    const FormDef *form = catalog_get_form(catalog, "assessment_results", 0);
    const SectionDef *section = &form->sections[0];
    FormData *data = form_data_new(form, arena);
    uint32_t field = (uint32_t)(section_get_field(section, "share_below") - section->fields);
    uint32_t vpr = (uint32_t)(section_get_row(section, "VPR.RUS.5") - section->rows);
    uint32_t base = (uint32_t)(section_get_row(section, "EGE.MATH.B") - section->rows);

    (void)state;
    fill(data, good_results);
    assert_true(form_share_ppm(data, 0, vpr, field).number == 320000);
    assert_int_equal(form_share_ppm(data, 0, base, field).kind, VALUE_EMPTY);
}

static const char good_passport[] =
    "passport - enrolled=500,passport - families=430,passport - he2=120,passport - he1=130,passport - "
    "he_none=200,"
    "passport - he_unknown=50,passport - single_parent=100,passport - large_family=60,passport - "
    "low_income=70,"
    "passport - guardianship=10,passport - orphan=5,passport - foster=5,passport - parents_disabled=3,"
    "passport - unemployed_one=40,passport - unemployed_both=10,passport - unemployed_only=5,passport - "
    "migrants=?,"
    "passport - record_school=20,passport - record_police=10,passport - record_commission=8,"
    "passport - record_any=25,passport - dangerous_position=4,passport - non_attending=0";

static void social_passport(void **state)
{
    static const char *const counted[] = {
        "he2",
        "he1",
        "he_none",
        "he_unknown",
        "single_parent",
        "large_family",
        "low_income",
        "guardianship",
        "orphan",
        "foster",
        "parents_disabled",
        "unemployed_one",
        "unemployed_both",
        "unemployed_only",
        "migrants",
        "record_school",
        "record_police",
        "record_commission",
        "record_any",
        "dangerous_position",
        "non_attending",
    };
    BadCase cases[5 + sizeof counted / sizeof *counted] = {
        {"EDUCATION_SUM", "passport - he1=131"},
        {"FAMILIES_LE_ENROLLED", "passport - families=501"},
        {"UNEMPLOYED_SUM", "passport - unemployed_one=490"},
        {"RECORD_ANY_LE_SUM", "passport - record_any=39"},
        {"RECORD_ANY_GE_EACH", "passport - record_any=19"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        char *rule = arena_printf(arena, "%s_LE_ENROLLED", counted[i]);
        for (char *c = rule; *c != '\0'; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        cases[5 + i] = (BadCase){rule, arena_printf(arena, "passport - %s=501", counted[i])};
    }
    TRY("social_passport", good_passport, cases);
}

static void staffing_teachers(void **state)
{
    static const char good[] =
        "totals - teachers=40,totals - part_time=3,totals - category_none=10,totals - category_fit=5,"
        "totals - category_first=15,totals - category_high=10,totals - higher_education=36,totals - young=6,"
        "totals - pension_age=9,totals - vacancies=4.5,subjects MATH teachers=4,subjects MATH "
        "required_posts=6.75,"
        "subjects MATH filled_posts=5.25,subjects MATH vacant_posts=1.5,subjects RUS teachers=5,"
        "subjects RUS required_posts=7,subjects RUS filled_posts=?,subjects RUS vacant_posts=3";
    static const BadCase cases[] = {
        {"CATEGORIES_SUM", "totals - category_none=11"},
        {"PART_TIME_LE_TEACHERS", "totals - part_time=41"},
        {"HIGHER_EDUCATION_LE_TEACHERS", "totals - higher_education=41"},
        {"YOUNG_LE_TEACHERS", "totals - young=41"},
        {"PENSION_AGE_LE_TEACHERS", "totals - pension_age=41"},
        {"POSTS_SUM", "subjects MATH vacant_posts=1.25"},
        {"SUBJECT_TEACHERS", "subjects MATH teachers=41"},
        {"VACANCIES_SUM", "totals - vacancies=4.25"},
    };

    (void)state;
    TRY("staffing_teachers", good, cases);
}

/* The row of school 1 in the published table, and the traps of the cell grammar. */
static void staffing_support(void **state)
{
    static const char good[] =
        "posts social_pedagogue main=1,posts social_pedagogue part=0,posts tutor main=2,posts tutor part=0,"
        "posts psychologist main=4,posts psychologist part=0,posts speech_therapist main=4,"
        "posts speech_therapist part=0,posts defectologist main=n/a,posts defectologist part=n/a,"
        "posts organizer main=2,posts organizer part=?,posts extra_education main=3,posts extra_education "
        "part=6,"
        "totals - vacancies=2";
    static const BadCase cases[] = {
        {"MAIN_WITH_PART", "posts tutor main=n/a"},
        {"ONLY_PART_TIME", "posts speech_therapist main=0,posts speech_therapist part=1"},
        {"VACANCIES_MANY", "totals - vacancies=101"},
    };

    (void)state;
    TRY("staffing_support", good, cases);
}

static void risk_self_assessment(void **state)
{
    static const char good[] =
        "factors f1 significance=low,factors f2 significance=high,factors f3 significance=medium,"
        "factors f4 significance=?,factors f5 significance=n/a,factors f6 significance=low,"
        "factors f7 significance=low,factors f8 significance=low,factors f9 significance=low,"
        "factors f10 significance=high";
    static const BadCase cases[] = {
        {"NOTHING_ASSESSED",
         "factors f1 significance=?,factors f2 significance=?,factors f3 significance=?,"
         "factors f6 significance=n/a,factors f7 significance=?,factors f8 significance=?,"
         "factors f9 significance=?,factors f10 significance=?"},
        {"ALL_HIGH", "factors f1 significance=high,factors f3 significance=high,factors f4 significance=high,"
                     "factors f5 significance=high,factors f6 significance=high,factors f7 significance=high,"
                     "factors f8 significance=high,factors f9 significance=high"},
    };

    (void)state;
    TRY("risk_self_assessment", good, cases);
}

static void identification(void **state)
{
    static const char good[] =
        "groups - wellbeing_group=2,groups - quality_group=5,groups - quality_cluster=?,"
        "groups - declared_typology=DISADVANTAGED,groups - support_group=low_results_adverse,groups - "
        "listed=yes";
    static const BadCase cases[] = {
        {"TYPOLOGY_BY_GROUPS", "groups - quality_group=6"},
        {"TYPOLOGY_BY_GROUPS", "groups - wellbeing_group=5"},
        {"TYPOLOGY_BY_GROUPS", "groups - declared_typology=CONDITIONAL"},
        {"TYPOLOGY_BY_GROUPS",
         "groups - declared_typology=CONDITIONAL,groups - wellbeing_group=8,groups - quality_group=7"},
        {"ADVERSE_NEEDS_VERY_LOW", "groups - wellbeing_group=3"},
        {"RISK_ZONE_RESILIENT", "groups - support_group=at_risk"},
        {"LOW_NOT_RESILIENT", "groups - declared_typology=RESILIENT,groups - quality_group=6"},
        {"MAX", "groups - quality_group=12"},
        {"MIN", "groups - wellbeing_group=0"},
    };

    (void)state;
    TRY("identification", good, cases);
}

static void contingent(void **state)
{
    static const char good[] =
        "totals - enrolled=60,totals - ovz=5,totals - ovz_inclusive=3,totals - ovz_separate=2,"
        "totals - disabled=2,totals - non_native=?,totals - home_schooling=1,totals - family_education=70,"
        "totals - transport=0,grades g1 classes=1,grades g1 pupils=25,grades g5 classes=2,"
        "grades g5 pupils=35,grades g12 classes=0,grades g12 pupils=0";
    static const BadCase cases[] = {
        {"GRADES_SUM", "grades g5 pupils=36"},
        {"OVZ_LE_ENROLLED", "totals - ovz=61,totals - ovz_inclusive=61,totals - ovz_separate=0"},
        {"OVZ_SUM", "totals - ovz_separate=1"},
        {"DISABLED_LE_ENROLLED", "totals - disabled=61"},
        {"NON_NATIVE_LE_ENROLLED", "totals - non_native=61"},
        {"HOME_LE_ENROLLED", "totals - home_schooling=61"},
        {"TRANSPORT_LE_ENROLLED", "totals - transport=61"},
        {"CLASSES_WITH_PUPILS", "grades g12 pupils=4"},
        {"CLASSES_WITH_PUPILS", "grades g12 classes=1"},
        {"CLASS_SIZE", "grades g1 pupils=41,totals - enrolled=76"},
        {"REQUIRED", "grades g2 classes=1"},
    };

    (void)state;
    TRY("contingent", good, cases);
    assert_int_equal(catalog_get_form(catalog, "contingent", 0)->period_kind, PERIOD_MONTH);
}

/* School 36 of table 8: its shares are taken of all 31 teachers. */
static void attestation(void **state)
{
    static const char good[] =
        "totals - teachers=31,totals - high=19,totals - attested=25,totals - attesting=4,"
        "totals - share_base=all,totals - high_reported_pct=61.3,"
        "activity research_lead count=21,activity research_lead reported_pct=67.7,"
        "activity experimental count=13,activity experimental reported_pct=41.4,"
        "activity shares_experience count=20,activity shares_experience reported_pct=64.5,"
        "activity contest_municipal count=4,activity contest_municipal reported_pct=12.9,"
        "activity contest_national count=2,activity contest_international count=0";
    static const BadCase cases[] = {
        {"HIGH_LE_ATTESTED", "totals - attested=18"},
        {"HIGH_LE_TEACHERS", "totals - high=32,totals - attested=?"},
        {"ATTESTED_LE_TEACHERS", "totals - attested=32"},
        {"ATTESTING_LE_TEACHERS", "totals - attesting=32"},
        {"COUNT_LE_TEACHERS", "activity research_lead count=32"},
        {"COUNT_LE_BASE", "totals - share_base=attesting"},
        {"COUNT_LE_BASE", "totals - share_base=attested,totals - attested=20"},
        {"PRINTED_SHARE", "activity research_lead reported_pct=66.5"},
        {"PRINTED_SHARE", "totals - share_base=attested"},
        {"PRINTED_HIGH", "totals - high_reported_pct=62.5"},
        {"KIND", "totals - share_base=?"},
        {"MAX", "activity research_lead reported_pct=100.01"},
    };

    (void)state;
    TRY("attestation", good, cases);
}

static void ict_assessment(void **state)
{
    static const BadCase cases[] = {
        {"PARTICIPANTS_LE_TEACHERS", "totals - participants=75"},
        {"MIN", "totals - participants=-1"},
    };

    (void)state;
    TRY("ict_assessment", "totals - participants=4,totals - teachers=74", cases);
    /* the count of teachers is known from another form and may stay empty */
    TRY("ict_assessment", "totals - participants=4",
        ((const BadCase[]){{"PARTICIPANTS_LE_TEACHERS", "totals - teachers=3"}}));
}

/* School 16 of table 10 with the figure as it should read; the printed one is the bad case. */
static void finance(void **state)
{
    static const char good[] =
        "spending all actual=36830.32,spending all next=38303.53,spending all after_next=39835.67,"
        "spending federal actual=830.32,spending federal next=803.53,spending federal after_next=?,"
        "spending regional actual=30000,spending regional next=31500,spending regional after_next=?,"
        "spending local actual=6000,spending local next=6000,spending local after_next=6000,"
        "spending extra actual=0,spending extra next=1500,spending extra after_next=3000";
    static const BadCase cases[] = {
        {"GROWTH_AFTER_NEXT", "spending all after_next=398835.67"},
        {"GROWTH_NEXT", "spending all next=47879.42,spending all after_next=47879.42"},
        {"GROWTH_NEXT", "spending all next=25781.22,spending all after_next=25781.22"},
        {"ALL_POSITIVE", "spending all actual=0"},
        {"SOURCES_ACTUAL", "spending local actual=6000.01"},
        {"SOURCES_NEXT", "spending regional next=31500.01"},
        {"SOURCES_AFTER_NEXT",
         "spending federal after_next=800,spending regional after_next=33000,spending local after_next=6000"},
        {"EXTRA_LE_ALL", "spending extra next=38303.54"},
        {"MIN", "spending extra actual=-0.01"},
    };
    const FormDef *form = catalog_get_form(catalog, "finance", 0);

    (void)state;
    TRY("finance", good, cases);
    assert_true(form->by_district && !form->by_school && !form->by_region);
    assert_int_equal(form->period_kind, PERIOD_CALENDAR_YEAR);
}

/* Exactly 30 % up or down is no reason to ask. */
static void growth_at_the_border(void **state)
{
    static const char *const rows[] = {"100", "130", "70"};
    const FormDef *form = catalog_get_form(catalog, "finance", 0);
    FormIssue *issues = NULL;
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char cells[160];
        snprintf(cells, sizeof cells,
                 "spending all actual=100,spending all next=%s,spending all after_next=%s", rows[i], rows[i]);
        check(form, cells, "", &issues, &count);
        assert_true(count == 0);
    }
}

static void environment(void **state)
{
    static const char good[] =
        "premises - shifts=2,premises - buildings=2,premises - overhauled=1,premises - overhaul_needed=1,"
        "premises - rooms=40,premises - rooms_repaired=5,premises - labs=3,premises - library=centre,"
        "equipment - internet_mbps=0,equipment - computers=100,equipment - computers_pupils=80,"
        "equipment - computers_old=30,equipment - textbooks_needed=5000,equipment - textbooks_missing=0";
    static const BadCase cases[] = {
        {"OVERHAULED_LE_BUILDINGS", "premises - overhauled=3"},
        {"NEEDED_LE_BUILDINGS", "premises - overhaul_needed=3"},
        {"OVERHAUL_ONCE", "premises - overhauled=2"},
        {"ROOMS_REPAIRED_LE_ROOMS", "premises - rooms_repaired=41"},
        {"COMPUTERS_PUPILS_LE_ALL", "equipment - computers_pupils=101"},
        {"COMPUTERS_OLD_LE_ALL", "equipment - computers_old=101"},
        {"TEXTBOOKS_MISSING_LE_NEEDED", "equipment - textbooks_missing=5001"},
        {"MIN", "premises - shifts=0"},
        {"MAX", "premises - shifts=4"},
    };

    (void)state;
    TRY("environment", good, cases);
}

/* All 22 schools of the published table 7: the type as printed agrees with the groups, and the bands of the
 * profile count 7/5/5/5/0. */
static void published_schools_and_the_grid(void **state)
{
    static const struct {
        int i, q;
        const char *type;
    } schools[] = {
        {2, 5, "DISADVANTAGED"},   {3, 4, "DISADVANTAGED"},   {3, 5, "DISADVANTAGED"},
        {3, 5, "DISADVANTAGED"},   {3, 5, "DISADVANTAGED"},   {3, 6, "RESILIENT"},
        {3, 6, "RESILIENT"},       {4, 5, "DISADVANTAGED"},   {4, 5, "DISADVANTAGED"},
        {4, 6, "RESILIENT"},       {4, 7, "RESILIENT"},       {4, 7, "RESILIENT"},
        {5, 5, "UNDERPERFORMING"}, {5, 7, "CONDITIONAL"},     {5, 7, "CONDITIONAL"},
        {6, 3, "UNDERPERFORMING"}, {6, 4, "UNDERPERFORMING"}, {6, 5, "UNDERPERFORMING"},
        {7, 4, "UNDERPERFORMING"}, {7, 6, "CONDITIONAL"},     {7, 7, "CONDITIONAL"},
        {7, 8, "CONDITIONAL"},
    };
    static const char *const types[] = {"DISADVANTAGED", "RESILIENT", "UNDERPERFORMING", "CONDITIONAL",
                                        "WELL"};
    static const int expected[] = {7, 5, 5, 5, 0};
    const Methodology *profile = catalog_get_methodology(catalog, "PERV-2023", 0);
    const FormDef *form = catalog_get_form(catalog, "identification", 0);
    int counts[5] = {0};

    (void)state;
    for (size_t s = 0; s < sizeof schools / sizeof *schools; s++) {
        const char *type = NULL;
        FormIssue *issues = NULL;
        size_t count = 0;
        for (size_t b = 0; b < profile->typology.band_count; b++) {
            const TypologyBand *band = &profile->typology.bands[b];
            if (schools[s].i >= band->i_from && schools[s].i <= band->i_to && schools[s].q >= band->q_from &&
                schools[s].q <= band->q_to)
                type = band->code;
        }
        assert_non_null(type);
        assert_string_equal(type, schools[s].type);
        for (size_t t = 0; t < 5; t++)
            counts[t] += strcmp(types[t], type) == 0;
        check(form,
              arena_printf(
                  arena,
                  "groups - wellbeing_group=%d,groups - quality_group=%d,groups - declared_typology=%s",
                  schools[s].i, schools[s].q, type),
              "", &issues, &count);
        assert_true(count == 0);
    }
    assert_memory_equal(counts, expected, sizeof counts);
}

/* The parameters of methods.md 1.3, as one readable line per profile. */
static void profiles_say_what_the_sources_say(void **state)
{
    static const struct {
        const char *code, *line;
    } rows[] = {
        {"FIOKO-847",
         "test 1 share 3/10 risk 0 0/1 0 unit 1 years 2019 2021 A 1 k2 2 B 1 1 procedures 9 bands 0"},
        {"NVKZ-2021",
         "test 1 share 3/10 risk 0 0/1 0 unit 1 years 2019 2021 A 1 k2 2 B 1 1 procedures 9 bands 0"},
        {"PERV-2023",
         "test 1 share 3/10 risk 1 3/20 1 unit 1 years 2021 2022 A 1 k2 2 B 1 2 procedures 13 bands 6"},
        {"PERV-2023-LITERAL",
         "test 1 share 3/10 risk 1 0/1 0 unit 1 years 2021 2022 A 1 k2 2 B 1 2 procedures 13 bands 6"},
        {"OMSK-2025",
         "test 1 share 3/10 risk 0 0/1 0 unit 1 years 2024 2025 A 1 k2 1 B 1 2 procedures 9 bands 0"},
        {"RZN-2025", "test 2 share 3/20 risk 0 0/1 0 unit 1 years 2025 A 0 k0 1 B 0 1 procedures 3 bands 0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const Methodology *m = catalog_get_methodology(catalog, rows[i].code, 1);
        const LowRule *low = &m->low;
        char line[256], years[64] = "";
        for (size_t y = 0; y < low->year_count; y++)
            snprintf(years + strlen(years), sizeof years - strlen(years), " %d", low->years[y]);
        snprintf(line, sizeof line,
                 "test %d share %d/%d risk %d %d/%d %d unit %d years%s A %d k%d %d B %d %d procedures %zu "
                 "bands %zu",
                 (int)low->test, (int)low->share.num, (int)low->share.den, low->risk.on,
                 (int)low->risk.floor.num, (int)low->risk.floor.den, low->risk.floor_inclusive,
                 (int)low->count_unit, years, low->branch_a_on, low->branch_a_k, (int)low->branch_a_years,
                 low->branch_b_on, (int)low->branch_b_mode, low->procedure_count, m->typology.band_count);
        assert_string_equal(line, rows[i].line);
        assert_true(low->on && low->absent_policy == ABSENT_IGNORE && low->lineage == LINEAGE_SUM);
        assert_true(low->min_participants == 0 && low->unreliable_below == 10 &&
                    low->unreliable_ci_below == 25);
    }
}

/* Base mathematics: 2019 alone at Novokuznetsk, wherever it was held in the federal reconstruction. */
static void base_mathematics_of_2019(void **state)
{
    static const char *const codes[] = {"NVKZ-2021", "FIOKO-847"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const LowRule *low = &catalog_get_methodology(catalog, codes[i], 0)->low;
        size_t seen = 0;
        for (size_t p = 0; p < low->procedure_count; p++) {
            if (low->procedures[p].procedure.level != LEVEL_BASE) {
                assert_true(low->procedures[p].year_count == 0);
                continue;
            }
            seen++;
            assert_true(low->procedures[p].year_count == (i == 0 ? 1 : 0));
            if (i == 0)
                assert_int_equal(low->procedures[p].years[0], 2019);
        }
        assert_true(seen == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_and_packs_to_the_same_bytes),
        cmocka_unit_test(all_that_was_promised_is_there),
        cmocka_unit_test(no_text_is_missing),
        cmocka_unit_test(rows_of_results_are_procedures),
        cmocka_unit_test(assessment_results),
        cmocka_unit_test(forty_five_of_forty),
        cmocka_unit_test(share_of_results_is_computed),
        cmocka_unit_test(social_passport),
        cmocka_unit_test(staffing_teachers),
        cmocka_unit_test(staffing_support),
        cmocka_unit_test(risk_self_assessment),
        cmocka_unit_test(identification),
        cmocka_unit_test(contingent),
        cmocka_unit_test(attestation),
        cmocka_unit_test(ict_assessment),
        cmocka_unit_test(finance),
        cmocka_unit_test(growth_at_the_border),
        cmocka_unit_test(environment),
        cmocka_unit_test(published_schools_and_the_grid),
        cmocka_unit_test(profiles_say_what_the_sources_say),
        cmocka_unit_test(base_mathematics_of_2019),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
