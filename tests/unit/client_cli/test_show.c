/* Commands that show: identity, organisations, methodologies, runs, classes, explanation, matrix, editions,
 * issues, risk tables; the explanation and the matrix as golden texts in both languages. */
#include "tests/unit/client_cli/fake.h"

#include "client/cli/names.h"
#include "shans/v1/collection.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

static void test_system(void **state)
{
    Shans__V1__GetIdentityReply who = SHANS__V1__GET_IDENTITY_REPLY__INIT;
    Shans__V1__GetServerInfoReply info = SHANS__V1__GET_SERVER_INFO_REPLY__INIT;

    (void)state;
    who.login = "s901";
    who.display_name = "Head";
    who.role = SHANS__V1__ROLE__ROLE_SCHOOL_HEAD;
    who.org_code = "66-a-1";
    info.version = "9.9";
    info.protocol = 1;
    fake_add("GetIdentity", &who.base);
    fake_add("GetServerInfo", &info.base);
    assert_int_equal(fake_run("whoami"), 0);
    assert_has(fake.out, "head of school");
    fake.lang = "ru";
    assert_int_equal(fake_run("whoami"), 0);
    assert_has(fake.out, "директор школы");
    assert_int_equal(fake_run("whoami --format json"), 0);
    assert_has(fake.out, "\"role\": \"school_head\"");
    assert_int_equal(fake_run("server info"), 0);
    assert_has(fake.out, "9.9");
    assert_false(fake_call("GetIdentity", 0)->has_id);
}

/* A read is tried again while the server is away; another refusal is final. */
static void test_retries(void **state)
{
    Shans__V1__GetServerInfoReply info = SHANS__V1__GET_SERVER_INFO_REPLY__INIT;

    (void)state;
    fake_refuse("GetServerInfo", ERR_UNAVAILABLE, "NO_CONNECTION");
    fake_refuse("GetServerInfo", ERR_RESOURCE_EXHAUSTED, "QUEUE_FULL");
    fake_add("GetServerInfo", &info.base);
    assert_int_equal(fake_run("server info"), 0);
    assert_int_equal(fake_count("GetServerInfo"), 3);
    fake_refuse("GetIdentity", ERR_PERMISSION_DENIED, "SCOPE");
    assert_int_equal(fake_run("whoami"), 6);
    assert_int_equal(fake_count("GetIdentity"), 1);
    assert_has(fake.err, "[SCOPE]");
}

static void test_org_list(void **state)
{
    Shans__V1__Org school = SHANS__V1__ORG__INIT, *orgs[] = {&school};
    Shans__V1__ListOrgsReply first = SHANS__V1__LIST_ORGS_REPLY__INIT, second = first;

    (void)state;
    school.code = "66-t-1";
    school.kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
    school.name = "School 1";
    school.settlement = SHANS__V1__SETTLEMENT__SETTLEMENT_RURAL;
    school.valid_from = "2000-01-01";
    school.training = 1;
    first.orgs = orgs;
    first.n_orgs = 1;
    first.next_page_token = "p2";
    fake_add("ListOrgs", &first.base);
    fake_add("ListOrgs", &second.base);
    fake.lang = "ru";
    assert_int_equal(fake_run("org list --kind school --under 66-t --on-date 2021-09-01"), 0);
    assert_has(fake.out, "School 1\u00A0*");
    assert_has(fake.out, "01.01.2000");
    assert_has(fake.out, "село");
    Shans__V1__ListOrgsRequest *request = shans__v1__list_orgs_request__unpack(
        NULL, fake_call("ListOrgs", 1)->size, fake_call("ListOrgs", 1)->bytes);
    assert_string_equal(request->page_token, "p2");
    assert_string_equal(request->under, "66-t");
    assert_string_equal(request->on_date, "2021-09-01");
    assert_int_equal(request->kind, SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL);
    shans__v1__list_orgs_request__free_unpacked(request, NULL);
}

static void test_org_show(void **state)
{
    Shans__V1__Org org = SHANS__V1__ORG__INIT, *orgs[] = {&org};
    Shans__V1__OrgLink link = SHANS__V1__ORG_LINK__INIT, *links[] = {&link};
    Shans__V1__GetOrgReply reply = SHANS__V1__GET_ORG_REPLY__INIT;

    (void)state;
    org.code = "66-a-506";
    link.predecessor = "66-a-251";
    link.successor = "66-a-506";
    link.kind = "absorbed";
    link.date = "2021-08-31";
    reply.versions = orgs;
    reply.n_versions = 1;
    reply.links = links;
    reply.n_links = 1;
    fake_add("GetOrg", &reply.base);
    assert_int_equal(fake_run("org show 66-a-506"), 0);
    assert_has(fake.out, "66-a-251");
    assert_int_equal(fake_run("org show 66-a-506 --format json"), 0);
    assert_null(strstr(fake.out, "66-a-251")); /* one document: the versions */
}

static void test_org_import(void **state)
{
    Shans__V1__ImportOrgsReply reply = SHANS__V1__IMPORT_ORGS_REPLY__INIT;

    (void)state;
    reply.created = 2;
    fake_add("ImportOrgs", &reply.base);
    fake_file("orgs.csv", "code,kind,parent_code,name,valid_from,training\n66,region,,Region,2000-01-01,\n"
                          "66-t-1,school,66,School,2000-01-01,yes\n");
    fake_file("links.csv", "predecessor,successor,date,kind,document\na,b,2021-08-31,absorbed,Order 1\n");
    assert_int_equal(fake_run("org import @/orgs.csv --links @/links.csv --document Order~5 --dry-run"), 0);
    const FakeCall *call = fake_call("ImportOrgs", 0);
    assert_true(call->has_id);
    Shans__V1__ImportOrgsRequest *request =
        shans__v1__import_orgs_request__unpack(NULL, call->size, call->bytes);
    assert_int_equal(request->n_orgs, 2);
    assert_true(request->orgs[1]->training);
    assert_string_equal(request->links[0]->document, "Order 1");
    assert_string_equal(request->document, "Order 5");
    assert_true(request->dry_run);
    shans__v1__import_orgs_request__free_unpacked(request, NULL);
    assert_int_equal(fake_run("org link a b 2021-08-31 merged"), 0);
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"code,kind,parent_code,name,valid_from\n66,planet,,R,2000-01-01\n",
         "Row 2, column kind: \"planet\""},
        {"code,kind,parent_code,name,valid_from\n6 6,region,,R,2000-01-01\n", "column code"},
        {"code,kind,parent_code,name,valid_from,settlement\n66,region,,R,2000-01-01,moon\n", "settlement"},
        {"code,kind,name\n66,region,R\n", "[IMPORT_COLUMN_MISSING]"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fake_file("bad.csv", bad[i].text);
        assert_int_equal(fake_run("org import @/bad.csv"), 5);
        assert_has(fake.err, bad[i].part);
    }
    assert_int_equal(fake_count("ImportOrgs"), 2);
}

static void test_forms(void **state)
{
    (void)state;
    assert_int_equal(fake_run("form list"), 0);
    assert_has(fake.out, "staffing_support");
    fake.lang = "ru";
    assert_int_equal(fake_run("form show identification"), 0);
    assert_has(fake.out, "«несправляющаяся»");
    assert_int_equal(fake_run("form show assessment_results --format json"), 0);
    assert_has(fake.out, "\"code\": \"below_min\"");
    assert_int_equal(fake_run("form template staffing_support"), 0);
    assert_string_equal(fake.out, "school,period,social_pedagogue,tutor,psychologist,speech_therapist,"
                                  "defectologist,organizer,extra_education,vacancies\n");
    assert_int_equal(fake_run("form template assessment_results --excel"), 0);
    assert_has(fake.out, "\xEF\xBB\xBFschool;period;row;enrolled;");
    assert_has(fake.out, ";;VPR.RUS.5\r\n");
    assert_int_equal(fake.call_count, 0);
}

static void test_methods(void **state)
{
    Shans__V1__Methodology one = SHANS__V1__METHODOLOGY__INIT, *all[] = {&one};
    Shans__V1__ListMethodologiesReply list = SHANS__V1__LIST_METHODOLOGIES_REPLY__INIT;
    Shans__V1__PutMethodologyReply put = SHANS__V1__PUT_METHODOLOGY_REPLY__INIT;

    (void)state;
    one.code = "NVKZ-2021";
    one.version = 1;
    one.title_ru = "Новокузнецк";
    one.title_en = "Novokuznetsk";
    one.used = 1;
    list.methodologies = all;
    list.n_methodologies = 1;
    put.methodology = &one;
    fake_add("ListMethodologies", &list.base);
    fake_add("PutMethodology", &put.base);
    assert_int_equal(fake_run("method list"), 0);
    assert_has(fake.out, "Novokuznetsk");
    assert_int_equal(fake_run("method lint common/catalog/methodologies/nvkz-2021.yaml"), 0);
    assert_has(fake.out, "NVKZ-2021");
    assert_int_equal(fake_run("method put common/catalog/methodologies/nvkz-2021.yaml"), 0);
    assert_true(fake_call("PutMethodology", 0)->size > 100);
    fake_file("bad.yaml", "code: [\n");
    assert_int_equal(fake_run("method lint @/bad.yaml"), 5);
    assert_int_equal(fake_run("method put @/bad.yaml"), 5);
    assert_int_equal(fake_count("PutMethodology"), 1);
    fake_refuse("GetMethodology", ERR_NOT_FOUND, "METHODOLOGY_UNKNOWN");
    assert_int_equal(fake_run("method show X"), 3);
}

static Shans__V1__Run run_of(Shans__V1__RunState run_state)
{
    Shans__V1__Run run = SHANS__V1__RUN__INIT;

    run.id = 3;
    run.methodology_code = "NVKZ-2021";
    run.methodology_version = 1;
    run.year = 2022;
    run.state = run_state;
    run.output_hash = "ab12";
    return run;
}

static void test_run_start_waits(void **state)
{
    Shans__V1__Run queued = run_of(SHANS__V1__RUN_STATE__RUN_STATE_QUEUED);
    Shans__V1__Run done = run_of(SHANS__V1__RUN_STATE__RUN_STATE_DONE);
    Shans__V1__StartRunReply started = SHANS__V1__START_RUN_REPLY__INIT;
    Shans__V1__GetRunReply got = SHANS__V1__GET_RUN_REPLY__INIT;

    (void)state;
    started.run = &queued;
    fake_add("StartRun", &started.base);
    got.run = &queued;
    fake_add("GetRun", &got.base);
    got.run = &done;
    fake_add("GetRun", &got.base);
    assert_int_equal(fake_run("run start --method NVKZ-2021 --year 2022 --wait --format json"), 0);
    assert_int_equal(fake_count("GetRun"), 2);
    assert_has(fake.out, "\"id\": 3");
    assert_has(fake.out, "\"year\": \"2022\"");
    assert_int_equal(fake_run("run show 3"), 0);
    assert_has(fake.out, "2021/22");
    assert_has(fake.out, "ab12");
}

static void test_run_fails(void **state)
{
    Shans__V1__Run failed = run_of(SHANS__V1__RUN_STATE__RUN_STATE_FAILED), *runs[] = {&failed};
    Shans__V1__StartRunReply started = SHANS__V1__START_RUN_REPLY__INIT;
    Shans__V1__ListRunsReply list = SHANS__V1__LIST_RUNS_REPLY__INIT;

    (void)state;
    failed.failure_reason = "METHOD_LINT";
    started.run = &failed;
    list.runs = runs;
    list.n_runs = 1;
    fake_add("StartRun", &started.base);
    fake_add("ListRuns", &list.base);
    assert_int_equal(fake_run("run start --method X --wait"), 4);
    assert_has(fake.err, "[RUN_FAILED]");
    assert_int_equal(fake_run("run list"), 0);
    assert_has(fake.out, "failed");
}

static Shans__V1__SchoolClass class_of(char **branches, char **flags)
{
    Shans__V1__SchoolClass class = SHANS__V1__SCHOOL_CLASS__INIT;

    class.school_code = "66-t-901";
    class.school_name = "School 901\x07";
    class.status_computed = "LISTED";
    class.status_approved = "NEW\x1b[31m\u202E"
                            "ER";
    class.status_official = "low_results";
    class.branches = branches;
    class.n_branches = 2;
    class.flags = flags;
    class.n_flags = 1;
    class.reliability = "LOW";
    class.typology = "UNDERPERFORMING";
    class.wellbeing_group = 5;
    class.quality_group = 3;
    class.training = 1;
    return class;
}

static char *test_branches[] = {"A", "B_SAME"}, *test_flags[] = {"ONE_YEAR_ONLY"};

static void test_classes(void **state)
{
    Shans__V1__SchoolClass class = class_of(test_branches, test_flags), *classes[] = {&class};
    Shans__V1__ListClassesReply list = SHANS__V1__LIST_CLASSES_REPLY__INIT;

    (void)state;
    Shans__V1__Document document = SHANS__V1__DOCUMENT__INIT;
    Shans__V1__Member group = SHANS__V1__MEMBER__INIT, *groups[] = {&group};
    document.kind = "order";
    document.number = "486-Д";
    document.date = "2023-04-21";
    document.issuer = "Министерство";
    group.group = "shnor:regional";
    class.official_groups = groups;
    class.n_official_groups = 1;
    class.identification_document = &document;
    list.classes = classes;
    list.n_classes = 1;
    fake_add("ListClasses", &list.base);
    fake.lang = "ru";
    assert_int_equal(fake_run("classes --run 3"), 0);
    assert_has(fake.out, "низкие результаты (ШНОР)");
    assert_has(fake.out, "учебный район (вымышленные данные)");
    assert_has(fake.out, "Б, та же процедура");
    assert_has(fake.out, "данные только за один год");
    assert_int_equal(fake_run("classes --edition 2 --format csv"), 0);
    assert_has(fake.out,
               "66-t-901,School 901\x07,LISTED,low_results,NEW\x1b[31m\u202E"
               "ER,A B_SAME,LOW,UNDERPERFORMING,5,3,"
               "ONE_YEAR_ONLY,true,shnor:regional,\"order №\u00A0486-Д of 2023-04-21, Министерство\"\n");
}

static void fill_reason(Shans__V1__ProcedureReason *reason)
{
    shans__v1__procedure_reason__init(reason);
    reason->procedure = "VPR.RUS.5";
    reason->year = 2022;
    reason->below = 6;
    reason->participants = 20;
    reason->low = 1;
    reason->wilson_low_ppm = 145474;
    reason->wilson_high_ppm = 519000;
    reason->submission_id = 17;
    reason->revision = 2;
    reason->form_code = "assessment_results";
    reason->place = "results/VPR.RUS.5";
    reason->submitted_ms = 1700000000000;
    reason->submitted_by = "s901";
    reason->accepted_ms = 1700000100000;
    reason->accepted_by = "coordinator";
    reason->origin = SHANS__V1__FIGURE_ORIGIN__FIGURE_ORIGIN_SCHOOL;
    reason->origin_school_code = "66-t-900";
}

static void add_explanation(void)
{
    Shans__V1__Run run = run_of(SHANS__V1__RUN_STATE__RUN_STATE_DONE);
    Shans__V1__Methodology method = SHANS__V1__METHODOLOGY__INIT;
    Shans__V1__SchoolClass class = class_of(test_branches, test_flags);
    Shans__V1__ErrorArg year = SHANS__V1__ERROR_ARG__INIT, low = year, mode = year;
    Shans__V1__ErrorArg *branch_args[] = {&year, &low}, *mode_args[] = {&mode};
    Shans__V1__RuleReason branch = SHANS__V1__RULE_REASON__INIT, other = branch, *rules[] = {&branch, &other};
    Shans__V1__ProcedureReason reasons[2], *refs[] = {&reasons[0], &reasons[1]};
    Shans__V1__ExplainReply reply = SHANS__V1__EXPLAIN_REPLY__INIT;

    method.code = "NVKZ-2021";
    method.version = 1;
    year.key = "year";
    year.value = "2022";
    low.key = "low";
    low.value = "2";
    mode.key = "mode";
    mode.value = "SAME";
    branch.rule = "BRANCH_A";
    branch.held = branch.decides = 1;
    branch.args = branch_args;
    branch.n_args = 2;
    other.rule = "BRANCH_B";
    other.args = mode_args;
    other.n_args = 1;
    fill_reason(&reasons[0]);
    fill_reason(&reasons[1]);
    reasons[1].procedure = "OGE.MATH";
    reasons[1].below = reasons[1].participants = 0;
    reasons[1].low = 0;
    reasons[1].reliable = 1;
    reasons[1].origin_school_code = "66-t-901";
    reply.run = &run;
    reply.methodology = &method;
    reply.school_class = &class;
    reply.rules = rules;
    reply.n_rules = 2;
    reply.procedures = refs;
    reply.n_procedures = 2;
    fake_add("Explain", &reply.base);
}

static void test_explain(void **state)
{
    (void)state;
    add_explanation();
    assert_int_equal(fake_run("explain 66-t-901 --run 3"), 0);
    fake_golden("explain_en.txt", fake.out);
    assert_null(strchr(fake.out, '\x1b'));
    assert_null(strstr(fake.out, "\u202E"));
    fake.lang = "ru";
    assert_int_equal(fake_run("explain 66-t-901 --edition 1"), 0);
    fake_golden("explain_ru.txt", fake.out);
    assert_int_equal(fake_run("explain 66-t-901 --edition 1 --format json"), 0);
    fake_golden("explain.json", fake.out);
    assert_int_equal(fake_run("explain 66-t-901 --edition 1 --verbose"), 0);
    fake_golden("explain_verbose_ru.txt", fake.out);
    fake.lang = "en";
    fake.width = 80;
    assert_int_equal(fake_run("explain 66-t-901 --edition 1 -v"), 0);
    fake_golden("explain_verbose_en.txt", fake.out);
}

static void test_matrix(void **state)
{
    static char *numbers[] = {"22", "36", "101", "3", "\x1b[2J"};
    Shans__V1__MatrixCell one = SHANS__V1__MATRIX_CELL__INIT, two = one, *cells[] = {&one, &two};
    Shans__V1__TypologyCount count = SHANS__V1__TYPOLOGY_COUNT__INIT, own = count, *counts[] = {&count, &own};
    Shans__V1__GetMatrixReply reply = SHANS__V1__GET_MATRIX_REPLY__INIT;

    (void)state;
    one.wellbeing_group = 3;
    one.quality_group = 5;
    one.school_numbers = one.school_codes = numbers;
    one.n_school_numbers = one.n_school_codes = 5;
    one.typology = "DISADVANTAGED";
    two.wellbeing_group = two.quality_group = 11;
    two.school_numbers = two.school_codes = numbers + 3;
    two.n_school_numbers = two.n_school_codes = 1;
    count.typology = "DISADVANTAGED";
    count.schools = 5;
    own.typology = "OWN_TYPE";
    own.schools = 1;
    reply.cells = cells;
    reply.n_cells = 2;
    reply.counts = counts;
    reply.n_counts = 2;
    reply.unidentified = 4;
    fake_add("GetMatrix", &reply.base);
    assert_int_equal(fake_run("matrix --run 3"), 0);
    fake_golden("matrix_en.txt", fake.out);
    assert_null(strchr(fake.out, '\x1b'));
    fake.lang = "ru";
    assert_int_equal(fake_run("matrix --run 3"), 0);
    fake_golden("matrix_ru.txt", fake.out);
    assert_int_equal(fake_run("matrix --run 3 --format csv"), 0);
    assert_has(fake.out, "3,5,DISADVANTAGED,22,22\n");
}

/* Two schools in one picture: words in both languages, the way to the line, what is missing. */
static void test_quadrants(void **state)
{
    Shans__V1__QuadrantAxis results = SHANS__V1__QUADRANT_AXIS__INIT, staff = results;
    Shans__V1__QuadrantPicture picture = SHANS__V1__QUADRANT_PICTURE__INIT, *drawn[] = {&picture};
    Shans__V1__QuadrantPlace near = SHANS__V1__QUADRANT_PLACE__INIT, none = near, *a[] = {&near},
                             *b[] = {&none};
    Shans__V1__QuadrantMeasure measure = SHANS__V1__QUADRANT_MEASURE__INIT, *measures[] = {&measure};
    Shans__V1__QuadrantScore score = SHANS__V1__QUADRANT_SCORE__INIT, *scores[] = {&score};
    Shans__V1__QuadrantSchool one = SHANS__V1__QUADRANT_SCHOOL__INIT, two = one, *schools[] = {&one, &two};
    Shans__V1__GetQuadrantsReply reply = SHANS__V1__GET_QUADRANTS_REPLY__INIT;

    (void)state;
    results.parameter = "RESULTS";
    results.good_en = "results above";
    results.bad_en = "results below";
    results.good_ru = "результаты выше";
    results.bad_ru = "результаты ниже";
    results.turned = 1;
    staff.parameter = "STAFFING";
    staff.good_en = "better staffed";
    staff.bad_en = "less well staffed";
    staff.good_ru = "кадры лучше";
    staff.bad_ru = "кадры хуже";
    picture = (Shans__V1__QuadrantPicture){picture.base, "S", "Кадры", "Staff", &staff, &results};
    near.picture = none.picture = "S";
    near.quadrant = 1; /* well staffed, and the turned axis: low results */
    near.x = 812345;
    near.y = 149000;
    near.near_y = 1;
    near.neighbour = 4;
    measure.parameter = "STAFFING";
    measure.indicator = "vacancies";
    measure.label_en = "Vacancies per teacher";
    measure.label_ru = "Вакансии на учителя";
    score.known = 1;
    score.z = -1341641;
    score.numerator = 4500;
    score.denominator = 40000;
    score.submission_id = 17;
    score.revision = 2;
    one.school_code = "66-t-901";
    one.school_name = "School 901";
    one.training = 1;
    one.state = SHANS__V1__QUADRANT_STATE__QUADRANT_STATE_PLACED;
    two.school_code = "66-t-912";
    two.state = SHANS__V1__QUADRANT_STATE__QUADRANT_STATE_EXCLUDED;
    one.places = a;
    two.places = b;
    one.n_places = two.n_places = 1;
    one.scores = scores;
    one.n_scores = 1;
    one.results_known = 1;
    one.results_distance = 32499;
    reply.methodology_code = "KIROV-2022";
    reply.methodology_version = 1;
    reply.input_hash = "0123456789abcdef";
    reply.pictures = drawn;
    reply.n_pictures = 1;
    reply.measures = measures;
    reply.n_measures = 1;
    reply.schools = schools;
    reply.n_schools = 2;
    fake_add("GetQuadrants", &reply.base);
    assert_int_equal(fake_run("quadrants --method KIROV-2022"), 2);
    assert_has(fake.err, "--year is needed");
    assert_int_equal(fake_run("quadrants --method KIROV-2022 --year 2022"), 0);
    assert_has(fake.out, "results below / better staffed");
    assert_has(fake.out, "left out by its kind");
    assert_has(fake.out, "figures 0123456789ab");
    assert_int_equal(fake_run("quadrants --method KIROV-2022 --year 2022 --format csv"), 0);
    assert_has(fake.out, ",placed,S,1,results below / better staffed,0.812,0.149,4\n");
    assert_has(fake.out, "66-t-912,,excluded,S,,left out by its kind,,,\n");
    assert_int_equal(fake_run("quadrants --method KIROV-2022 --year 2022 --picture T"), 3);
    assert_has(fake.err, "[PICTURE_UNKNOWN]");
    fake.lang = "ru";
    assert_int_equal(fake_run("quadrants 66-t-901 --method KIROV-2022 --year 2022"), 0);
    assert_has(fake.out, "Вакансии на учителя");
    assert_has(fake.out, "-1,341");
    assert_has(fake.out, "4,5 из 40");
    assert_has(fake.out, "уменьшиться на 3,2 п. п.");
    one.results_distance = -32499;
    fake_add("GetQuadrants", &reply.base);
    assert_int_equal(fake_run("quadrants 66-t-901 --method KIROV-2022 --year 2022"), 0);
    assert_has(fake.out, "лучше на 3,2 п. п.");
    assert_int_equal(fake_run("quadrants 66-t-999 --method KIROV-2022 --year 2022"), 3);
    score.measure = 1;
    fake_add("GetQuadrants", &reply.base);
    assert_int_equal(fake_run("quadrants 66-t-901 --method KIROV-2022 --year 2022"), 1);
    assert_has(fake.err, "[REPLY_MALFORMED]");
}

static void test_editions(void **state)
{
    Shans__V1__Edition edition = SHANS__V1__EDITION__INIT, *editions[] = {&edition};
    Shans__V1__PublishEditionReply published = SHANS__V1__PUBLISH_EDITION_REPLY__INIT;
    Shans__V1__ListEditionsReply list = SHANS__V1__LIST_EDITIONS_REPLY__INIT;
    Shans__V1__ListClassesReply classes = SHANS__V1__LIST_CLASSES_REPLY__INIT;

    (void)state;
    edition.number = 1;
    edition.title = "2022/23";
    edition.document = "Order 5";
    edition.year = 2022;
    published.edition = &edition;
    list.editions = editions;
    list.n_editions = 1;
    fake_add("PublishEdition", &published.base);
    fake_add("ListEditions", &list.base);
    fake_add("ListClasses", &classes.base);
    assert_int_equal(fake_run("edition publish --run 3 --title 2022/23"), 2);
    assert_has(fake.err, "--document is needed");
    assert_int_equal(fake_run("edition publish --run 3 --title 2022/23 --document Order~5"), 0);
    assert_true(fake_call("PublishEdition", 0)->has_id);
    assert_int_equal(fake_run("edition list"), 0);
    assert_has(fake.out, "Order 5");
    assert_int_equal(fake_run("edition show 1"), 0);
    assert_has(fake.out, "Nothing found.");
    assert_int_equal(fake_run("edition show 2"), 3);
}

#define RISK_ROWS                                                                                            \
    "# as printed\ntable\tschool\tfactor\tsignificance\n4\t1\t1\tlow\n4\t12\t1\thigh\n6\t1\t4\tmedium\n"     \
    "6\t5\t4\tlow\n6\t6\t4\tlow\n"
#define GROUP_ROWS                                                                                           \
    "school\tsupport_group\tin_regional_list_2023\twellbeing_group\tquality_group\n1\tlow_"                  \
    "results\t1\t5\t5\n"                                                                                     \
    "12\tlow_results\t1\t6\t5\n5\tat_risk\t0\t4\t7\n6\tat_risk\t0\t\t\n2\t\t\t4\t6\n"

/* A table is headed by the group most of its schools belong to; school 1 stands in the wrong one. */
static void test_risk_import(void **state)
{
    Shans__V1__ImportIssue issue = SHANS__V1__IMPORT_ISSUE__INIT, *issues[] = {&issue};
    Shans__V1__ErrorArg arg = SHANS__V1__ERROR_ARG__INIT, *args[] = {&arg};
    Shans__V1__ImportRiskTablesReply reply = SHANS__V1__IMPORT_RISK_TABLES_REPLY__INIT;
    Shans__V1__ListIssuesReply list = SHANS__V1__LIST_ISSUES_REPLY__INIT;

    (void)state;
    arg.key = "table_group";
    arg.value = "at_risk";
    issue.rule = "RISK_TABLE_MEMBERSHIP";
    issue.severity = SHANS__V1__SEVERITY__SEVERITY_ERROR;
    issue.school_code = "66-p-1";
    issue.args = args;
    issue.n_args = 1;
    issue.status = "open";
    reply.profiles_stored = 4;
    reply.issues = list.issues = issues;
    reply.n_issues = list.n_issues = 1;
    fake_add("ImportRiskTables", &reply.base);
    fake_add("ListIssues", &list.base);
    fake_file("risk.tsv", RISK_ROWS);
    fake_file("groups.tsv", GROUP_ROWS);
    assert_int_equal(
        fake_run("risk import @/risk.tsv --groups @/groups.tsv --school-prefix 66-p- --period 2023 "
                 "--method PERV-2023 --document Tables"),
        0);
    assert_has(fake.err, "4 risk profiles stored.");
    const FakeCall *call = fake_call("ImportRiskTables", 0);
    Shans__V1__ImportRiskTablesRequest *request =
        shans__v1__import_risk_tables_request__unpack(NULL, call->size, call->bytes);
    assert_int_equal(request->n_rows, 5);
    assert_string_equal(request->rows[0]->group, "low_results");
    assert_string_equal(request->rows[2]->group, "at_risk");
    assert_string_equal(request->rows[2]->school_code, "66-p-1");
    assert_int_equal(request->rows[1]->significance, 3);
    assert_int_equal(request->n_groups, 4);
    assert_true(request->groups[0]->listed);
    assert_false(request->groups[2]->listed);
    assert_int_equal(request->groups[2]->quality_group, 7);
    assert_int_equal(request->groups[3]->quality_group, 0);
    assert_string_equal(request->dictionary, "R-2022P");
    assert_string_equal(request->methodology, "PERV-2023");
    shans__v1__import_risk_tables_request__free_unpacked(request, NULL);
    fake.lang = "ru";
    assert_int_equal(fake_run("issue list"), 0);
    assert_has(fake.out, "Таблица относится к группе «зона риска»");
    fake_file("bad.tsv", "table\tschool\tfactor\tsignificance\n4\t1\tone\tlow\n");
    assert_int_equal(fake_run("risk import @/bad.tsv --groups @/groups.tsv --period 2023"), 5);
    fake_file("bad.tsv", "table\tschool\tfactor\tsignificance\n4\t1\t1\thuge\n");
    assert_int_equal(fake_run("risk import @/bad.tsv --groups @/groups.tsv --period 2023"), 5);
    assert_has(fake.err, "huge");
    assert_int_equal(fake_run("risk import @/risk.tsv --period 2023"), 2);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(name_code(&names_role, 7), "auditor");
    assert_string_equal(name_code(&names_role, 99), "");
    assert_string_equal(name_label(&names_source, 99), "");
    assert_string_equal(name_label_of(&names_status, "NEWER"), "NEWER");
    assert_int_equal(name_parse(&names_org_kind, "School"), 3);
    assert_int_equal(name_parse(&names_org_kind, "galaxy"), 0);
}

/* Only with --public, only what the server's public table holds; a hidden cell is empty, not nought. */
static void test_export(void **state)
{
    Shans__V1__PublicCell listed = SHANS__V1__PUBLIC_CELL__INIT, risk = listed, cleared = listed,
                          *cells[] = {&listed, &risk, &cleared};
    Shans__V1__PublicRow one = SHANS__V1__PUBLIC_ROW__INIT, rest = one, all = one,
                         *rows[] = {&one, &rest, &all};
    Shans__V1__GetPublicTableReply reply = SHANS__V1__GET_PUBLIC_TABLE_REPLY__INIT;

    (void)state;
    listed.code = "LISTED";
    listed.hidden = 1;
    risk.code = "RISK";
    risk.schools = 12;
    risk.share = SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_EXACT;
    risk.percent = 55;
    cleared.code = "NOT_LISTED";
    cleared.share = SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_AT_MOST_5;
    one.district_code = "66-a";
    one.district_name = "District A";
    one.training = 1;
    one.districts = 1;
    one.schools = 22;
    one.statuses = cells;
    one.n_statuses = 3;
    rest.districts = 4;
    rest.schools = 16;
    all.total = 1;
    all.hidden = 1;
    reply.rows = rows;
    reply.n_rows = 3;
    reply.base_min = 10;
    reply.count_max = 4;
    fake_add("GetPublicTable", &reply.base);
    assert_int_equal(fake_run("edition export 1"), 2);
    assert_has(fake.err, "[USAGE_PUBLIC]");
    assert_int_equal(fake_run("edition export 1 --public --format csv"), 0);
    assert_has(fake.out, "66-a,District A,1,false,true,status,LISTED,,true,\n");
    assert_has(fake.out, "66-a,District A,1,false,true,status,RISK,12,false,55\n");
    assert_has(fake.out, "66-a,District A,1,false,true,status,NOT_LISTED,0,false,AT_MOST_5\n");
    assert_has(fake.out, ",OTHER_DISTRICTS,4,false,false,all,ALL,16,false,\n");
    assert_has(fake.out, ",ALL_DISTRICTS,0,true,false,all,ALL,,true,\n");
    assert_int_equal(fake_run("edition export 1 --public"), 0);
    assert_has(fake.out, "other districts");
    assert_has(fake.out, "counts from 1 to 4, groups of fewer than 10 schools");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_export, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_system, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_retries, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_org_list, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_org_show, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_org_import, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_forms, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_methods, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_run_start_waits, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_run_fails, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_classes, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_explain, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_quadrants, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_matrix, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_editions, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_risk_import, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(test_names, fake_setup, fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
