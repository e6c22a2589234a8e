/* Owns the requests of the role matrix. Invariant: every request is well formed, so that only role, scope and
 * state decide about it. Must not call anything. */
#include "tests/integration/requests.h"

#include <stdio.h>
#include <string.h>

#include "common/core/text.h"
#include "common/trap/source.h"
#include "shans/v1/admin.pb-c.h"
#include "shans/v1/delivery.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

#define UNKNOWN_NUMBER    987654u
#define REQUESTS_LIST_DAY "2021-09-01"

/* A new request message of a type. */
#define NEW(ask, Type, name)                                                                                 \
    Type *request = ARENA_NEW((ask)->arena, Type, 1);                                                        \
    name##__init(request)

typedef bool (*Make)(const Ask *ask, unsigned variant, AskRequest *ret);

static bool give(AskRequest *ret, AskAbout about, const char *named, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *dry =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "dry_run");

    *ret = (AskRequest){
        about, named, message,
        dry != NULL && *(const protobuf_c_boolean *)(const void *)((const char *)message + dry->offset) != 0};
    return true;
}

/* The subtrees a list can be asked for: none, the school, its district. */
static bool subtree(const Ask *ask, unsigned variant, char **ret_under, AskAbout *ret_about)
{
    static const AskAbout about[] = {ASK_ABOUT_NOTHING, ASK_ABOUT_SCHOOL, ASK_ABOUT_DISTRICT};
    const char *const under[] = {"", ask->school->code, ask->school->district};

    if (variant >= 3)
        return false;
    *ret_under = (char *)under[variant];
    *ret_about = about[variant];
    return true;
}

/* ---- SystemService ---- */

static bool make_server_info(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetServerInfoRequest, shans__v1__get_server_info_request);
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_health(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__CheckHealthRequest, shans__v1__check_health_request);
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_identity(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetIdentityRequest, shans__v1__get_identity_request);
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_echo(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__EchoRequest, shans__v1__echo_request);
    request->payload = (ProtobufCBinaryData){4, (uint8_t *)"echo"};
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

/* ---- OrgService ---- */

static bool make_list_orgs(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListOrgsRequest, shans__v1__list_orgs_request);

    if (variant < 3) {
        subtree(ask, variant, &request->under, &about);
    } else if (variant == 3) {
        request->kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
        request->page_size = 1;
    } else if (variant == 4) { /* the page that would begin with the target */
        request->page_size = 1;
        request->page_token = arena_text(ask->arena, ask->school->code);
        request->page_token[strlen(request->page_token) - 1]--;
    } else {
        return false;
    }
    return give(ret, about, request->under, &request->base);
}

static bool make_get_org(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetOrgRequest, shans__v1__get_org_request);
    request->code = (char *)(variant == 0 ? ask->school->code : ask->school->district);
    return variant < 2 &&
           give(ret, variant == 0 ? ASK_ABOUT_SCHOOL : ASK_ABOUT_DISTRICT, request->code, &request->base);
}

/* The same organisation once more: changes nothing. */
static bool make_import_orgs(const Ask *ask, unsigned variant, AskRequest *ret)
{
    Shans__V1__Org *org = ARENA_NEW(ask->arena, Shans__V1__Org, 1);
    NEW(ask, Shans__V1__ImportOrgsRequest, shans__v1__import_orgs_request);

    shans__v1__org__init(org);
    org->code = org->number = (char *)ask->school->code;
    org->kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
    org->parent_code = (char *)ask->school->district;
    org->name = (char *)ask->school->name;
    org->valid_from = (char *)"2000-01-01";
    org->training = 1;
    request->orgs = ARENA_NEW(ask->arena, Shans__V1__Org *, 1);
    request->orgs[request->n_orgs++] = org;
    request->dry_run = variant == 1;
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, org->code, &request->base);
}

/* ---- CollectionService ---- */

static Shans__V1__FigureSource source_of(const WorldPerson *person)
{
    if (person->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR)
        return SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT;
    return text_equal(person->org, "r") ? SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION
                                        : SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL;
}

/* A period of the person's own, so that submissions do not meet; then the period everybody shares, and a
 * source the role may not enter. */
static bool make_submit(const Ask *ask, unsigned variant, AskRequest *ret)
{
    const Catalog *catalog = ask->world->service.options.catalog;
    Shans__V1__FigureSource source = source_of(ask->person);
    char *period = arena_printf(ask->arena, "20%02zu", 1 + ask->number);

    if (variant > 2)
        return false;
    if (variant == 1)
        period = (char *)"2022";
    if (variant == 2)
        source = source == SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL
                     ? SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION
                     : SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL;
    Shans__V1__SubmitRequest *request =
        world_results(ask->school->code, period, source, ask->school->figure, catalog, ask->arena);
    if (variant == 1) {
        request->base_revision = 1;
        request->origin = (char *)"2022.csv";
    }
    return give(ret, ASK_ABOUT_SCHOOL, request->school_code, &request->base);
}

/* The page whose first row would be a submission. */
static char *before(const Ask *ask, uint64_t submission)
{
    return arena_printf(ask->arena, "%llu", (unsigned long long)submission - 1);
}

static bool make_list_submissions(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListSubmissionsRequest, shans__v1__list_submissions_request);

    if (variant < 3) {
        subtree(ask, variant, &request->under, &about);
    } else if (variant == 3) {
        request->under = (char *)ask->school->code;
        request->form_code = (char *)"assessment_results";
        request->period = (char *)"2022";
        about = ASK_ABOUT_SCHOOL;
    } else if (variant == 4) {
        request->page_size = 1;
        request->page_token = before(ask, ask->school->submission);
    } else {
        return false;
    }
    return give(ret, about, request->under, &request->base);
}

static bool make_get_submission(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetSubmissionRequest, shans__v1__get_submission_request);
    request->id = variant == 0 ? ask->school->submission : ask->pending;
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

static Shans__V1__CellMark *mark(const Ask *ask)
{
    Shans__V1__CellMark *one = ARENA_NEW(ask->arena, Shans__V1__CellMark, 1);

    shans__v1__cell_mark__init(one);
    one->section = (char *)"results";
    one->row = (char *)"OGE.MATH";
    one->field = (char *)"participants";
    one->comment = (char *)"Проверьте число участников";
    return one;
}

static bool make_review(const Ask *ask, unsigned variant, AskRequest *ret)
{
    static const struct {
        Shans__V1__ReviewVerb verb;
        uint32_t revision;
        bool pending;
    } kinds[] = {
        {SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN, 1, true},
        {SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT, 1, true},
        {SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT, 7, false},
        {SHANS__V1__REVIEW_VERB__REVIEW_VERB_WITHDRAW, 1, true},
        {SHANS__V1__REVIEW_VERB__REVIEW_VERB_WITHDRAW, 1, false},
    };
    NEW(ask, Shans__V1__ReviewRequest, shans__v1__review_request);

    if (variant >= sizeof kinds / sizeof *kinds)
        return false;
    request->submission_id = kinds[variant].pending ? ask->pending : ask->school->submission;
    request->revision = kinds[variant].revision;
    request->verb = kinds[variant].verb;
    if (request->verb == SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN) {
        request->marks = ARENA_NEW(ask->arena, Shans__V1__CellMark *, 1);
        request->marks[request->n_marks++] = mark(ask);
    } else {
        request->comment = (char *)"Так решено";
    }
    return give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

/* Rows of the school in a table of another group: an issue is made for it. */
static bool make_import_risk(const Ask *ask, unsigned variant, AskRequest *ret)
{
    enum { FACTORS = 3 };
    Shans__V1__GroupRow *group = ARENA_NEW(ask->arena, Shans__V1__GroupRow, 1);
    NEW(ask, Shans__V1__ImportRiskTablesRequest, shans__v1__import_risk_tables_request);

    request->period = (char *)"2021";
    request->dictionary = (char *)"risk_factors";
    request->document = arena_printf(ask->arena, "Таблица %zu", ask->number);
    request->dry_run = variant == 1;
    request->rows = ARENA_NEW(ask->arena, Shans__V1__RiskRow *, FACTORS);
    for (uint32_t i = 0; i < FACTORS; i++) {
        Shans__V1__RiskRow *row = ARENA_NEW(ask->arena, Shans__V1__RiskRow, 1);
        shans__v1__risk_row__init(row);
        row->table = (char *)(i == 0 ? "5" : "4");
        row->group = (char *)(i == 0 ? "at_risk" : "low_results");
        row->school_code = (char *)ask->school->code;
        row->factor = i + 1;
        row->significance = 2;
        request->rows[request->n_rows++] = row;
    }
    shans__v1__group_row__init(group);
    group->school_code = (char *)ask->school->code;
    group->group = (char *)"low_results";
    request->groups = ARENA_NEW(ask->arena, Shans__V1__GroupRow *, 1);
    request->groups[request->n_groups++] = group;
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, ask->school->code, &request->base);
}

static bool make_list_issues(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListIssuesRequest, shans__v1__list_issues_request);

    if (variant == 3) {
        request->page_size = 1;
        request->page_token = (char *)"1";
    } else if (!subtree(ask, variant, &request->under, &about)) {
        return false;
    }
    return give(ret, about, request->under, &request->base);
}

/* ---- ListService ---- */

static Shans__V1__Document *order(const Ask *ask)
{
    Shans__V1__Document *document = ARENA_NEW(ask->arena, Shans__V1__Document, 1);

    shans__v1__document__init(document);
    document->kind = (char *)"order";
    document->number = (char *)"7";
    document->date = (char *)REQUESTS_LIST_DAY;
    document->issuer = (char *)"Учебное министерство";
    return document;
}

/* The meaning the world's list is of, once more: changes nothing. */
static bool make_import_groups(const Ask *ask, unsigned variant, AskRequest *ret)
{
    Shans__V1__Group *group = ARENA_NEW(ask->arena, Shans__V1__Group, 1);
    NEW(ask, Shans__V1__ImportGroupsRequest, shans__v1__import_groups_request);

    shans__v1__group__init(group);
    group->code = (char *)"world";
    group->meaning = (char *)"all";
    group->title_ru = (char *)"Мир";
    group->valid_from = (char *)"2021-01-01";
    group->document = order(ask);
    request->groups = ARENA_NEW(ask->arena, Shans__V1__Group *, 1);
    request->groups[request->n_groups++] = group;
    request->dry_run = variant == 1;
    return variant < 2 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_list_groups(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ListGroupsRequest, shans__v1__list_groups_request);
    request->group = (char *)(variant == 1 ? "world:all" : "");
    request->all = variant == 2;
    return variant < 3 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_list_members(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListMembersRequest, shans__v1__list_members_request);

    if (variant > 4)
        return false;
    if (variant == 4)
        request->page_size = 1;
    else if (!subtree(ask, variant % 3, &request->under, &about))
        return false;
    request->group = (char *)(variant == 3 ? "world" : "");
    return give(ret, about, request->under, &request->base);
}

/* The target into the world's list, beside those that are there. A school that is not there is an issue of
 * the list, not a refusal. */
static bool make_import_list(const Ask *ask, unsigned variant, AskRequest *ret)
{
    Shans__V1__ListRow *row = ARENA_NEW(ask->arena, Shans__V1__ListRow, 1);
    NEW(ask, Shans__V1__ImportListRequest, shans__v1__import_list_request);

    shans__v1__list_row__init(row);
    row->row = 2;
    row->school_code = (char *)ask->school->code;
    request->group = (char *)"world:all";
    request->document = order(ask);
    request->valid_from = (char *)REQUESTS_LIST_DAY;
    request->partial = 1;
    request->rows = ARENA_NEW(ask->arena, Shans__V1__ListRow *, 1);
    request->rows[request->n_rows++] = row;
    request->dry_run = variant == 1;
    return variant < 2 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_compare_list(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about;
    NEW(ask, Shans__V1__CompareListRequest, shans__v1__compare_list_request);

    if (!subtree(ask, variant, &request->under, &about))
        return false;
    request->group = (char *)"world:all";
    request->on_date = (char *)REQUESTS_LIST_DAY;
    request->run_id = ask->world->run;
    return give(ret, about, request->under, &request->base);
}

/* ---- DeliveryService ---- */

static bool make_deliver(const Ask *ask, unsigned variant, AskRequest *ret)
{
    const Catalog *catalog = ask->world->service.options.catalog;
    const Shans__V1__SubmitRequest *submit =
        world_results(ask->school->code, "2018", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION,
                      ask->school->figure, catalog, ask->arena);
    Shans__V1__Delivery *one = ARENA_NEW(ask->arena, Shans__V1__Delivery, 1);
    NEW(ask, Shans__V1__DeliverRequest, shans__v1__deliver_request);

    shans__v1__delivery__init(one);
    one->school_code = submit->school_code;
    one->period = submit->period;
    one->n_cells = submit->n_cells;
    one->cells = submit->cells;
    request->form_code = submit->form_code;
    request->form_version = submit->form_version;
    request->document = order(ask);
    request->deliveries = ARENA_NEW(ask->arena, Shans__V1__Delivery *, 1);
    request->deliveries[request->n_deliveries++] = one;
    request->dry_run = variant == 1;
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, one->school_code, &request->base);
}

static bool make_list_deliveries(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListDeliveriesRequest, shans__v1__list_deliveries_request);

    if (variant == 3) {
        request->page_size = 1;
        request->page_token = before(ask, ask->delivery);
    } else if (!subtree(ask, variant, &request->under, &about)) {
        return false;
    }
    return give(ret, about, request->under, &request->base);
}

/* What was delivered, and what the school sent itself. */
static bool make_confirm(const Ask *ask, unsigned variant, AskRequest *ret)
{
    Shans__V1__ConfirmItem *item = ARENA_NEW(ask->arena, Shans__V1__ConfirmItem, 1);
    NEW(ask, Shans__V1__ConfirmDeliveriesRequest, shans__v1__confirm_deliveries_request);

    shans__v1__confirm_item__init(item);
    item->submission_id = variant == 0 ? ask->delivery : ask->school->submission;
    item->revision = 1;
    request->items = ARENA_NEW(ask->arena, Shans__V1__ConfirmItem *, 1);
    request->items[request->n_items++] = item;
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

static bool make_dispute(const Ask *ask, unsigned variant, AskRequest *ret)
{
    Shans__V1__Cell *cell = ARENA_NEW(ask->arena, Shans__V1__Cell, 1);
    NEW(ask, Shans__V1__DisputeFigureRequest, shans__v1__dispute_figure_request);

    shans__v1__cell__init(cell);
    cell->section = (char *)"results";
    cell->row = (char *)"OGE.MATH";
    cell->field = (char *)"mark2";
    cell->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER;
    cell->number = 3;
    request->submission_id = variant == 0 ? ask->delivery : ask->school->submission;
    request->revision = 1;
    request->claimed = cell;
    request->reason = (char *)"В протоколе трое";
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

static bool make_list_disputes(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListDisputesRequest, shans__v1__list_disputes_request);

    if (variant == 3) {
        request->page_size = 1;
        request->page_token = before(ask, ask->dispute);
    } else if (!subtree(ask, variant, &request->under, &about)) {
        return false;
    }
    return give(ret, about, request->under, &request->base);
}

static bool make_decide(const Ask *ask, unsigned variant, AskRequest *ret)
{
    static const Shans__V1__DisputeVerb verbs[] = {SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD,
                                                   SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_WITHDRAW,
                                                   SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_REJECT};
    NEW(ask, Shans__V1__DecideDisputeRequest, shans__v1__decide_dispute_request);

    if (variant >= sizeof verbs / sizeof *verbs)
        return false;
    request->dispute_id = ask->dispute;
    request->verb = verbs[variant];
    request->answer = (char *)"Протокол проверен";
    return give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

/* A tenfold sum of the school: an issue is made for it. */
static bool make_import_source(const Ask *ask, unsigned variant, AskRequest *ret)
{
    static const char *const sums[] = {"38303.53", "398835.67"};
    NEW(ask, Shans__V1__ImportSourceTablesRequest, shans__v1__import_source_tables_request);

    request->document = arena_printf(ask->arena, "Программа %zu", ask->number);
    request->dictionary = (char *)(variant == 0 ? "R-2022P" : "");
    request->dry_run = variant == 1;
    request->cells = ARENA_NEW(ask->arena, Shans__V1__SourceCell *, 2);
    for (uint32_t i = 0; i < 2; i++) {
        Shans__V1__SourceCell *cell = ARENA_NEW(ask->arena, Shans__V1__SourceCell, 1);
        shans__v1__source_cell__init(cell);
        cell->role = SOURCE_MONEY;
        cell->table = (char *)"10";
        cell->row = (char *)ask->school->code;
        cell->column = (char *)"year";
        cell->year = 2024 + i;
        cell->raw = (char *)sums[i];
        request->cells[request->n_cells++] = cell;
    }
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, ask->school->code, &request->base);
}

static bool make_resolve_issue(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ResolveIssueRequest, shans__v1__resolve_issue_request);

    request->id = ask->issue;
    request->reason = (char *)"Сверено с источником";
    request->status = (char *)(variant == 0 ? "corrected" : "rejected");
    if (variant == 0)
        request->value = (char *)"39835.67";
    return variant < 2 && give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

/* ---- MethodService ---- */

static bool make_list_methodologies(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ListMethodologiesRequest, shans__v1__list_methodologies_request);
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_get_methodology(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetMethodologyRequest, shans__v1__get_methodology_request);
    request->code = (char *)"PERV-2023";
    request->version = variant;
    return variant < 2 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_put_methodology(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__PutMethodologyRequest, shans__v1__put_methodology_request);
    request->compiled = (ProtobufCBinaryData){ask->profile_size, (uint8_t *)ask->profile};
    request->dry_run = variant == 1;
    return variant < 2 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_start_run(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about;
    NEW(ask, Shans__V1__StartRunRequest, shans__v1__start_run_request);

    if (!subtree(ask, variant, &request->under, &about))
        return false;
    request->methodology_code = (char *)"PERV-2023";
    request->year = 2022;
    return give(ret, about, request->under, &request->base);
}

static bool make_get_run(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetRunRequest, shans__v1__get_run_request);
    request->id = ask->run;
    return variant == 0 && give(ret, ASK_ABOUT_RUN, "", &request->base);
}

static bool make_list_runs(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ListRunsRequest, shans__v1__list_runs_request);
    request->page_size = variant;
    return variant < 2 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

/* 0..2: the edition by subtree, 3..5: the run by subtree, 6: the page after the school's neighbour in order,
 * 7: an edition that is not there. */
static bool make_list_classes(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListClassesRequest, shans__v1__list_classes_request);

    if (variant > 7)
        return false;
    if (variant < 6)
        subtree(ask, variant % 3, &request->under, &about);
    if (variant >= 3 && variant < 6)
        request->run_id = ask->world->run;
    else
        request->edition_number = variant == 7 ? UNKNOWN_NUMBER : ask->world->edition;
    if (variant == 6) {
        request->page_size = 1;
        request->page_token = arena_text(ask->arena, ask->school->code);
        request->page_token[strlen(request->page_token) - 1]--;
    }
    return give(ret, variant == 7 ? ASK_ABOUT_ABSENT : about, request->under, &request->base);
}

static bool make_explain(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ExplainRequest, shans__v1__explain_request);
    request->school_code = (char *)ask->school->code;
    if (variant == 1)
        request->run_id = ask->world->run;
    else
        request->edition_number = variant == 2 ? UNKNOWN_NUMBER : ask->world->edition;
    return variant < 3 &&
           give(ret, variant == 2 ? ASK_ABOUT_ABSENT : ASK_ABOUT_SCHOOL, ask->school->code, &request->base);
}

static bool make_get_matrix(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about;
    NEW(ask, Shans__V1__GetMatrixRequest, shans__v1__get_matrix_request);

    if (!subtree(ask, variant, &request->under, &about))
        return false;
    request->run_id = ask->world->run;
    return give(ret, about, request->under, &request->base);
}

static bool make_get_quadrants(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about;
    NEW(ask, Shans__V1__GetQuadrantsRequest, shans__v1__get_quadrants_request);

    if (!subtree(ask, variant, &request->under, &about))
        return false;
    request->methodology_code = (char *)"KIROV-2022";
    request->year = 2022;
    return give(ret, about, request->under, &request->base);
}

static bool make_publish(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__PublishEditionRequest, shans__v1__publish_edition_request);
    request->run_id = ask->run;
    request->title = (char *)"Учебный список района";
    request->document = (char *)"Учебный приказ № 2";
    return variant == 0 && give(ret, ASK_ABOUT_RUN, "", &request->base);
}

static bool make_public_table(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__GetPublicTableRequest, shans__v1__get_public_table_request);
    request->edition_number = 1;
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static bool make_list_editions(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ListEditionsRequest, shans__v1__list_editions_request);
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

/* ---- AdminService ---- */

static char *spare(const Ask *ask)
{
    return arena_printf(ask->arena, "spare-%s", ask->school->code);
}

static bool make_list_accounts(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListAccountsRequest, shans__v1__list_accounts_request);

    if (variant == 3) {
        request->page_size = 1;
        request->page_token = (char *)"spare";
    } else if (!subtree(ask, variant, &request->under, &about)) {
        return false;
    }
    return give(ret, about, request->under, &request->base);
}

/* A school's person, then a district's: the second is no office's but the ministry's. */
static bool make_add_account(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__AddAccountRequest, shans__v1__add_account_request);
    request->login = arena_printf(ask->arena, "new-%zu-%s-%u", ask->number, ask->school->code, variant);
    request->role =
        variant == 0 ? SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR : SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR;
    request->org_code = (char *)(variant == 0 ? ask->school->code : ask->school->district);
    return variant < 2 &&
           give(ret, variant == 0 ? ASK_ABOUT_SCHOOL : ASK_ABOUT_DISTRICT, request->org_code, &request->base);
}

static bool make_set_blocked(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__SetAccountBlockedRequest, shans__v1__set_account_blocked_request);
    request->login = spare(ask);
    request->blocked = variant == 0;
    request->why = (char *)"Так решено";
    return variant < 2 && give(ret, ASK_ABOUT_ACCOUNT, "", &request->base);
}

static bool make_issue_token(const Ask *ask, unsigned variant, AskRequest *ret)
{
    static uint8_t hash[32] = {1};
    NEW(ask, Shans__V1__IssueTokenRequest, shans__v1__issue_token_request);

    for (size_t i = 1; i < sizeof hash && ++hash[i] == 0;) /* another one each time */
        i++;
    request->login = spare(ask);
    request->token_hash = (ProtobufCBinaryData){sizeof hash, hash};
    request->days = 1;
    return variant == 0 && give(ret, ASK_ABOUT_ACCOUNT, "", &request->base);
}

static bool make_list_tokens(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ListTokensRequest, shans__v1__list_tokens_request);
    request->login = variant == 0 ? (char *)"" : spare(ask);
    return variant < 2 && give(ret, variant == 0 ? ASK_ABOUT_NOTHING : ASK_ABOUT_ACCOUNT, "", &request->base);
}

static bool make_revoke_token(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__RevokeTokenRequest, shans__v1__revoke_token_request);
    request->login = variant == 0 ? (char *)"" : spare(ask);
    request->id = variant == 0 ? UNKNOWN_NUMBER : 0;
    return variant < 2 && give(ret, variant == 0 ? ASK_ABOUT_ABSENT : ASK_ABOUT_ACCOUNT, "", &request->base);
}

/* In a year of the person's own, so that assignments do not meet. */
static bool make_assign(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__AssignCuratorRequest, shans__v1__assign_curator_request);
    request->school_code = (char *)ask->school->code;
    request->login = arena_printf(ask->arena, "curator-%s", ask->school->district);
    request->valid_from = arena_printf(ask->arena, "20%02zu-01-01", 40 + ask->number);
    request->valid_to = arena_printf(ask->arena, "20%02zu-02-01", 40 + ask->number);
    request->document = (char *)"Приказ";
    return variant == 0 && give(ret, ASK_ABOUT_SCHOOL, request->school_code, &request->base);
}

static bool make_end(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__EndCuratorRequest, shans__v1__end_curator_request);
    request->id = ask->assignment;
    request->why = (char *)"Так решено";
    return variant == 0 && give(ret, ASK_ABOUT_SCHOOL, "", &request->base);
}

static bool make_list_curators(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListCuratorsRequest, shans__v1__list_curators_request);

    request->all = variant < 3;
    if (variant >= 3)
        variant -= 3;
    return subtree(ask, variant, &request->under, &about) &&
           give(ret, request->all ? about : ASK_ABOUT_NOTHING, request->under, &request->base) &&
           (request->all || variant == 0);
}

static bool make_list_access(const Ask *ask, unsigned variant, AskRequest *ret)
{
    AskAbout about = ASK_ABOUT_NOTHING;
    NEW(ask, Shans__V1__ListAccessRequest, shans__v1__list_access_request);

    request->changes = variant == 4;
    if (variant >= 3)
        request->person = (char *)(variant == 3 ? spare(ask) : "");
    else if (!subtree(ask, variant, &request->org_code, &about))
        return false;
    return variant < 5 && give(ret, about, request->org_code, &request->base);
}

static bool make_list_refusals(const Ask *ask, unsigned variant, AskRequest *ret)
{
    NEW(ask, Shans__V1__ListRefusalsRequest, shans__v1__list_refusals_request);
    return variant == 0 && give(ret, ASK_ABOUT_NOTHING, "", &request->base);
}

static const struct {
    const char *method;
    Make make;
} makers[] = {
    {"GetServerInfo", make_server_info},
    {"CheckHealth", make_health},
    {"Echo", make_echo},
    {"GetIdentity", make_identity},
    {"ListOrgs", make_list_orgs},
    {"GetOrg", make_get_org},
    {"ImportOrgs", make_import_orgs},
    {"Submit", make_submit},
    {"ListSubmissions", make_list_submissions},
    {"GetSubmission", make_get_submission},
    {"Review", make_review},
    {"ImportRiskTables", make_import_risk},
    {"ListIssues", make_list_issues},
    {"ImportGroups", make_import_groups},
    {"ListGroups", make_list_groups},
    {"ListMembers", make_list_members},
    {"ImportList", make_import_list},
    {"CompareList", make_compare_list},
    {"Deliver", make_deliver},
    {"ListDeliveries", make_list_deliveries},
    {"ConfirmDeliveries", make_confirm},
    {"DisputeFigure", make_dispute},
    {"ListDisputes", make_list_disputes},
    {"DecideDispute", make_decide},
    {"ImportSourceTables", make_import_source},
    {"ResolveIssue", make_resolve_issue},
    {"ListMethodologies", make_list_methodologies},
    {"GetMethodology", make_get_methodology},
    {"PutMethodology", make_put_methodology},
    {"StartRun", make_start_run},
    {"GetRun", make_get_run},
    {"ListRuns", make_list_runs},
    {"ListClasses", make_list_classes},
    {"Explain", make_explain},
    {"GetMatrix", make_get_matrix},
    {"GetQuadrants", make_get_quadrants},
    {"GetPublicTable", make_public_table},
    {"PublishEdition", make_publish},
    {"ListEditions", make_list_editions},
    {"ListAccounts", make_list_accounts},
    {"AddAccount", make_add_account},
    {"SetAccountBlocked", make_set_blocked},
    {"IssueToken", make_issue_token},
    {"ListTokens", make_list_tokens},
    {"RevokeToken", make_revoke_token},
    {"AssignCurator", make_assign},
    {"EndCurator", make_end},
    {"ListCurators", make_list_curators},
    {"ListAccess", make_list_access},
    {"ListRefusals", make_list_refusals},
};

static Make find_maker(const char *method)
{
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        if (text_equal(makers[i].method, method))
            return makers[i].make;
    }
    return NULL;
}

bool ask_knows(const char *method)
{
    return find_maker(method) != NULL;
}

bool ask_make(const Ask *ask, const char *method, unsigned variant, AskRequest *ret)
{
    Make make = find_maker(method);

    return make != NULL && make(ask, variant, ret);
}
