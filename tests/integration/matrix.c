/* Owns the walk over the role matrix. Invariant: methods come from the service descriptors, so that a method
 * nobody thought of here fails the test. Must not know what a request looks like. */
#include "tests/integration/matrix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "common/net/wire.h"
#include "server/methods.h"
#include "shans/v1/admin.pb-c.h"
#include "shans/v1/delivery.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"
#include "tests/integration/leak.h"
#include "tests/integration/requests.h"
#include "tests/integration/sql.h"

enum { ARENA_SIZE = 32 << 20, CASE_SIZE = 160, UNKNOWN_ID = 987654 };

/* The school that does not exist. */
static const WorldSchool nowhere = {"zz-9", "zz", "Нигде", "НИГДЕ", 1171, UNKNOWN_ID};
static const char *const heads[WORLD_SCHOOLS] = {"head1", "head2", "head3", "head4"};
static const char *const target_names[ASK_TARGETS] = {"own", "neighbour", "foreign", "unknown"};

typedef struct Matrix {
    World world;
    MatrixResult result;
    TransportClient *client;
    Sql *owner;
    uint64_t pending[WORLD_SCHOOLS], runs[WORLD_SCHOOLS], deliveries[WORLD_SCHOOLS], disputes[WORLD_SCHOOLS],
        assignments[WORLD_SCHOOLS], issues[WORLD_SCHOOLS];
    ProtobufCBinaryData profile;
    char picture[SQL_PICTURE_SIZE];
    bool picture_fresh;
} Matrix;

/* One cell of the matrix while it is looked at. */
typedef struct Case {
    const MethodRow *row;
    const ProtobufCMethodDescriptor *method;
    const WorldPerson *person; /* NULL: nobody signed in */
    AskTarget target;
    unsigned seen_as_unknown; /* code + reason of the unknown target, to compare */
    AskRequest request;
    const WorldSchool *school;
    char name[CASE_SIZE];
} Case;

/* ---- the world's further rows ---- */

static const ProtobufCMessage *done(World *world, const char *login,
                                    const ProtobufCServiceDescriptor *service, const char *method,
                                    const ProtobufCMessage *request, bool mutating)
{
    uint8_t id[ID_SIZE];
    ProtobufCMessage *reply = NULL;
    Rpc *rpc = world_client(world, login);
    Err err = {0};

    world_operation(world, id);
    if (rpc_call(rpc, service, method, mutating ? id : NULL, request, world->arena, &reply, &err) != ERR_OK)
        fail_msg("%s as %s: %s", method, login, err.reason);
    rpc_close(rpc);
    return reply;
}

static void add_pending(Matrix *matrix, size_t school)
{
    World *world = &matrix->world;
    const Shans__V1__SubmitRequest *request =
        world_results(world->schools[school].code, "2020", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL,
                      world->schools[school].figure, world->service.options.catalog, world->arena);
    const Shans__V1__SubmitReply *reply = (const Shans__V1__SubmitReply *)done(
        world, heads[school], &shans__v1__collection_service__descriptor, "Submit", &request->base, true);

    matrix->pending[school] = reply->receipt->submission_id;
}

static void add_run(Matrix *matrix, size_t school)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;

    request.methodology_code = (char *)"PERV-2023";
    request.year = 2022;
    request.under = (char *)matrix->world.schools[school].district;
    matrix->runs[school] = ((const Shans__V1__StartRunReply *)done(&matrix->world, "analyst",
                                                                   &shans__v1__method_service__descriptor,
                                                                   "StartRun", &request.base, true))
                               ->run->id;
}

/* Import issues of a school, through the request the matrix itself makes. */
static void add_issues(Matrix *matrix, size_t school)
{
    World *world = &matrix->world;
    AskRequest request;
    Ask ask = {.world = world, .school = &world->schools[school], .number = 99, .arena = world->arena};

    assert_true(ask_make(&ask, "ImportRiskTables", 0, &request));
    done(world, "analyst", &shans__v1__collection_service__descriptor, "ImportRiskTables", request.message,
         true);
    Shans__V1__ListIssuesRequest list = SHANS__V1__LIST_ISSUES_REQUEST__INIT;
    list.under = (char *)world->schools[school].code;
    const Shans__V1__ListIssuesReply *reply = (const Shans__V1__ListIssuesReply *)done(
        world, "analyst", &shans__v1__collection_service__descriptor, "ListIssues", &list.base, false);
    assert_true(reply->n_issues > 0);
    matrix->issues[school] = reply->issues[0]->id;
}

/* Figures of the region for a school, and the school's objection to one of them. */
static void add_delivery(Matrix *matrix, size_t school)
{
    static const ProtobufCServiceDescriptor *const service = &shans__v1__delivery_service__descriptor;
    World *world = &matrix->world;
    const Shans__V1__SubmitRequest *submit =
        world_results(world->schools[school].code, "2019", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION,
                      world->schools[school].figure, world->service.options.catalog, world->arena);
    Shans__V1__DisputeFigureRequest request = SHANS__V1__DISPUTE_FIGURE_REQUEST__INIT;

    matrix->deliveries[school] =
        ((const Shans__V1__SubmitReply *)done(world, "analyst", &shans__v1__collection_service__descriptor,
                                              "Submit", &submit->base, true))
            ->receipt->submission_id;
    submit->cells[0]->number++;
    request.submission_id = matrix->deliveries[school];
    request.revision = 1;
    request.claimed = submit->cells[0];
    request.reason = (char *)"Один прибыл";
    matrix->disputes[school] = ((const Shans__V1__DisputeFigureReply *)done(
                                    world, heads[school], service, "DisputeFigure", &request.base, true))
                                   ->dispute_id;
}

/* The dictionary's one meaning, then the school into its list, through the requests the matrix itself makes.
 */
static void add_member(Matrix *matrix, size_t school)
{
    static const char *const methods[] = {"ImportGroups", "ImportList"};
    World *world = &matrix->world;
    Ask ask = {.world = world, .school = &world->schools[school], .arena = world->arena};
    AskRequest request;

    for (size_t i = 0; i < 2; i++) {
        assert_true(ask_make(&ask, methods[i], 0, &request));
        done(world, "analyst", &shans__v1__list_service__descriptor, methods[i], request.message, true);
    }
}

/* A school split off into another district: the one side must not tell of the other. */
static void add_link(Matrix *matrix)
{
    Shans__V1__OrgLink link = SHANS__V1__ORG_LINK__INIT, *links[] = {&link};
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;

    link.predecessor = (char *)"a-1";
    link.successor = (char *)"b-1";
    link.date = (char *)"2019-09-01";
    link.kind = (char *)"split";
    request.links = links;
    request.n_links = 1;
    done(&matrix->world, "analyst", &shans__v1__org_service__descriptor, "ImportOrgs", &request.base, true);
}

static const char *coordinator_of(const WorldSchool *school)
{
    return text_equal(school->district, "a") ? "coordinator1" : "coordinator2";
}

static void add_account(Matrix *matrix, const char *by, const char *login, int role, const char *org)
{
    Shans__V1__AddAccountRequest request = SHANS__V1__ADD_ACCOUNT_REQUEST__INIT;

    request.login = (char *)login;
    request.role = (Shans__V1__Role)role;
    request.org_code = (char *)org;
    done(&matrix->world, by, &shans__v1__admin_service__descriptor, "AddAccount", &request.base, true);
}

/* An account of the school that nobody uses; the note of its token gives away whose it is. */
static void add_spare(Matrix *matrix, size_t school)
{
    World *world = &matrix->world;
    const WorldSchool *of = &world->schools[school];
    uint8_t hash[CRYPTO_HASH_SIZE] = {2, (uint8_t)school};
    Shans__V1__IssueTokenRequest request = SHANS__V1__ISSUE_TOKEN_REQUEST__INIT;

    request.login = arena_printf(world->arena, "spare-%s", of->code);
    request.token_hash = (ProtobufCBinaryData){sizeof hash, hash};
    request.days = 1;
    request.note = (char *)of->marker;
    add_account(matrix, coordinator_of(of), request.login, SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR, of->code);
    done(world, coordinator_of(of), &shans__v1__admin_service__descriptor, "IssueToken", &request.base, true);
}

static void add_assignment(Matrix *matrix, size_t school)
{
    World *world = &matrix->world;
    const WorldSchool *of = &world->schools[school];
    Shans__V1__AssignCuratorRequest request = SHANS__V1__ASSIGN_CURATOR_REQUEST__INIT;

    request.login = arena_printf(world->arena, "curator-%s", of->district);
    request.school_code = (char *)of->code;
    request.valid_from = (char *)"2039-01-01";
    request.valid_to = (char *)"2039-12-31";
    request.document = (char *)"Приказ";
    matrix->assignments[school] = ((const Shans__V1__AssignCuratorReply *)done(
                                       world, coordinator_of(of), &shans__v1__admin_service__descriptor,
                                       "AssignCurator", &request.base, true))
                                      ->id;
}

static void fill(Matrix *matrix)
{
    World *world = &matrix->world;
    Shans__V1__GetMethodologyRequest request = SHANS__V1__GET_METHODOLOGY_REQUEST__INIT;

    world_fill(world);
    add_link(matrix);
    add_account(matrix, "coordinator1", "curator-a", SHANS__V1__ROLE__ROLE_CURATOR, "a");
    add_account(matrix, "coordinator2", "curator-b", SHANS__V1__ROLE__ROLE_CURATOR, "b");
    for (size_t i = 0; i < WORLD_SCHOOLS; i++) {
        add_pending(matrix, i);
        add_run(matrix, i);
        add_issues(matrix, i);
        add_delivery(matrix, i);
        add_member(matrix, i);
        add_spare(matrix, i);
        add_assignment(matrix, i);
    }
    request.code = (char *)"PERV-2023";
    matrix->profile = ((const Shans__V1__GetMethodologyReply *)done(world, "analyst",
                                                                    &shans__v1__method_service__descriptor,
                                                                    "GetMethodology", &request.base, false))
                          ->compiled;
    matrix->client = raw_client(world);
    matrix->owner = sql_open(&world->pg, "postgres");
}

/* ---- what must be answered ---- */

static bool ministry(const WorldPerson *person)
{
    return text_equal(person->org, "r");
}

static const WorldSchool *school_of(const World *world, const WorldPerson *person, AskTarget target)
{
    size_t own = 0;

    while (person != NULL && own < WORLD_SCHOOLS - 1 && (person->sees & 1u << own) == 0)
        own++;
    if (target == ASK_UNKNOWN)
        return &nowhere;
    return &world->schools[target == ASK_OWN ? own : target == ASK_NEIGHBOUR ? own ^ 1 : own ^ 2];
}

static size_t index_of(const World *world, const WorldSchool *school)
{
    return (size_t)(school - world->schools);
}

/* Whether the office of the person keeps the target's accounts; the auditor looks at them. */
static bool keeps(const Case *one)
{
    int role = one->person == NULL ? 0 : one->person->role;

    if (role == SHANS__V1__ROLE__ROLE_AUDITOR)
        return !one->row->mutating;
    return role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR ||
           (role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR &&
            text_equal(one->person->org, one->school->district));
}

/* Whether the person sees what the request is about. */
static bool sees(const World *world, const Case *one)
{
    if (one->request.about == ASK_ABOUT_NOTHING)
        return true;
    if (one->target == ASK_UNKNOWN || one->request.about == ASK_ABOUT_ABSENT)
        return false;
    if (one->request.about == ASK_ABOUT_RUN)
        return ministry(one->person);
    if (one->request.about == ASK_ABOUT_ACCOUNT)
        return keeps(one);
    if (one->request.about == ASK_ABOUT_SCHOOL)
        return (one->person->sees & 1u << index_of(world, one->school)) != 0;
    for (size_t i = 0; i < WORLD_SCHOOLS; i++) {
        if (text_equal(world->schools[i].district, one->school->district) &&
            (one->person->sees & 1u << i) != 0)
            return true;
    }
    return false;
}

/* Whether the request is about what is there, and not for this person. */
static bool hidden(const World *world, const Case *one)
{
    return !sees(world, one) && one->target != ASK_UNKNOWN && one->person != NULL &&
           (one->person->sees & 1u << index_of(world, one->school)) == 0;
}

/* Refusals that say nothing of a target: the same for every one, there or not. */
static bool blind_refusal(const char *reason)
{
    return text_equal(reason, "EDITION_ONLY") || text_equal(reason, "SOURCE_FORBIDDEN") ||
           text_equal(reason, "CHANGES_FORBIDDEN");
}

/* Refusals of what one may see: rules of the work itself. */
static bool rule_refusal(const char *reason)
{
    static const char *const known[] = {"RUN_PUBLISHED",    "METHODOLOGY_KNOWN", "IMPORT_ISSUE_KNOWN",
                                        "OFFICE_FORBIDDEN", "CURATOR_ENDED",     "ISSUE_DECIDED",
                                        "NOT_DELIVERED"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (text_equal(reason, known[i]))
            return true;
    }
    return text_starts(reason, "LIFECYCLE_") || text_starts(reason, "DISPUTE_");
}

static bool lists(const Case *one)
{
    return text_starts(one->method->name, "List") || text_equal(one->method->name, "GetMatrix") ||
           text_equal(one->method->name, "CompareList");
}

static bool may_call(const Case *one)
{
    if ((one->row->roles & METHOD_OPEN) != 0)
        return true;
    return one->person != NULL && (one->row->roles & METHOD_ROLE(one->person->role)) != 0;
}

static void wrong(const Case *one, const RawReply *raw, const char *expected)
{
    fail_msg("%s: %s %s, expected %s", one->name, err_code_name(raw->code), raw->err.reason, expected);
}

static void check_code(const World *world, const Case *one, const RawReply *raw)
{
    const char *reason = raw->err.reason;
    bool name_only = one->request.about == ASK_ABOUT_DISTRICT && one->person != NULL &&
                     (one->person->role <= SHANS__V1__ROLE__ROLE_SCHOOL_HEAD ||
                      one->person->role == SHANS__V1__ROLE__ROLE_CURATOR);

    if (!may_call(one)) {
        const char *expected = one->person == NULL ? "TOKEN_MISSING" : "ROLE_FORBIDDEN";
        if (raw->code != (one->person == NULL ? ERR_UNAUTHENTICATED : ERR_PERMISSION_DENIED) ||
            !text_equal(reason, expected))
            wrong(one, raw, expected);
    } else if (sees(world, one)) {
        if (raw->code != ERR_OK && !blind_refusal(reason) && !rule_refusal(reason) &&
            !(name_only && raw->code == ERR_NOT_FOUND))
            wrong(one, raw, "OK or a rule of the work");
    } else if (raw->code != ERR_NOT_FOUND && !blind_refusal(reason) && !(raw->code == ERR_OK && lists(one))) {
        wrong(one, raw, "NOT_FOUND");
    }
}

/* Something hidden and something that does not exist must not be told apart. */
static unsigned fingerprint(const RawReply *raw)
{
    unsigned sum = (unsigned)raw->code + 1;

    for (const char *at = raw->err.reason; *at != '\0'; at++)
        sum = sum * 31 + (unsigned char)*at;
    for (size_t i = 0; i < raw->err.arg_count; i++)
        sum = sum * 31 + (unsigned char)raw->err.args[i].key[0];
    return sum;
}

/* ---- one case ---- */

static RawReply call(Matrix *matrix, const Case *one, const char *full_name, Arena *arena)
{
    uint8_t operation[ID_SIZE];
    RawCall raw = {.method = full_name, .token = one->person == NULL ? NULL : one->person->token};
    Buf payload;

    world_operation(&matrix->world, operation);
    raw.operation = one->row->mutating ? operation : NULL;
    buf_init(&payload, TRANSPORT_MESSAGE_MAX);
    wire_pack(one->request.message, &payload);
    raw.payload = payload.data;
    raw.size = payload.length;
    RawReply reply = raw_call(&matrix->world, matrix->client, &raw, arena);
    buf_done(&payload);
    if (reply.reply == NULL)
        fail_msg("%s: no reply: %s", one->name, reply.err.reason);
    return reply;
}

static void check_picture(Matrix *matrix, const Case *one)
{
    char after[SQL_PICTURE_SIZE];

    sql_picture(matrix->owner, after);
    if (!text_equal(after, matrix->picture)) {
        matrix->result.changes++;
        print_message("CHANGE %s\n", one->name);
    }
    memcpy(matrix->picture, after, sizeof after);
}

/* Every change is audited, and every read that shows figures of a school is in the log of reading. */
static void check_logs(Matrix *matrix, const Case *one, const RawReply *raw, bool shows)
{
    const ProtobufCServiceDescriptor *service = one->row->service;
    const char *log = one->row->mutating ? "audit_log" : "access_log";
    bool figures =
        service != &shans__v1__org_service__descriptor && service != &shans__v1__admin_service__descriptor;
    char id[ID_TEXT_SIZE];

    if (raw->code != ERR_OK || (!one->row->mutating && (!shows || !figures)) ||
        raw->reply->request_id.len != ID_SIZE || one->request.dry_run)
        return;
    id_dump(raw->reply->request_id.data, id);
    if (sql_number(matrix->owner, "select count(*) from shans.%s where request_id = '%s'", log, id) > 0) {
        matrix->result.logged++;
        return;
    }
    matrix->result.unlogged++;
    print_message("UNLOGGED %s\n", one->name);
}

/* The search must find what an entitled reader got about a school when that school is declared hidden. */
static void plant(Matrix *matrix, const Case *one, const RawReply *raw, Arena *arena)
{
    bool about_it = one->request.about == ASK_ABOUT_SCHOOL || one->request.about == ASK_ABOUT_ACCOUNT;

    if (raw->code != ERR_OK || one->row->mutating || !about_it ||
        text_equal(one->method->name, "GetMatrix")) /* a matrix names no school that is not identified */
        return;
    const LeakWatch watch = {
        .world = &matrix->world,
        .sees = ~(1u << index_of(&matrix->world, one->school)),
        .asked = "",
        .self = "",
        .silent = true,
    };
    matrix->result.planted++;
    bool found = leak_count(&watch, one->method->output, raw, one->name, arena) > 0;
    check_logs(matrix, one, raw, found);
    if (found)
        matrix->result.found++;
    else
        print_message("UNFOUND %s\n", one->name);
}

static void look(Matrix *matrix, Case *one, const char *full_name, Arena *arena)
{
    const LeakWatch watch = {
        .world = &matrix->world,
        .sees = one->person == NULL ? 0 : one->person->sees,
        .region = one->person != NULL && ministry(one->person),
        .asked = one->request.named,
        .self = one->person == NULL ? "" : one->person->login,
    };
    bool entitled = may_call(one) && sees(&matrix->world, one), guarded = one->row->mutating && !entitled;

    if (guarded && !matrix->picture_fresh)
        sql_picture(matrix->owner, matrix->picture);
    RawReply raw = call(matrix, one, full_name, arena);
    matrix->picture_fresh = guarded || (matrix->picture_fresh && !one->row->mutating);
    if (guarded)
        check_picture(matrix, one);
    matrix->result.cases++;
    matrix->result.leaks += leak_count(&watch, one->method->output, &raw, one->name, arena);
    check_code(&matrix->world, one, &raw);
    plant(matrix, one, &raw, arena);
    if (one->row->mutating)
        check_logs(matrix, one, &raw, false);
    if (raw.code != ERR_OK) {
        matrix->result.refused++;
        raw_check_sentences(&raw, one->name);
    }
    if (one->target == ASK_UNKNOWN)
        one->seen_as_unknown = fingerprint(&raw);
    else if (may_call(one) && hidden(&matrix->world, one) && fingerprint(&raw) != one->seen_as_unknown)
        wrong(one, &raw, "what an unknown target gives");
}

static bool ask(Matrix *matrix, Case *one, unsigned variant, Arena *arena)
{
    static const WorldPerson nobody = {.login = "nobody", .org = "", .sees = 1};
    World *world = &matrix->world;
    bool there = one->target != ASK_UNKNOWN;
    Ask request = {
        .world = world,
        .person = one->person == NULL ? &nobody : one->person,
        .target = one->target,
        .school = one->school,
        .number = one->person == NULL ? WORLD_PEOPLE : (size_t)(one->person - world->people),
        .profile = matrix->profile.data,
        .profile_size = matrix->profile.len,
        .arena = arena,
    };

    request.pending = there ? matrix->pending[index_of(world, one->school)] : UNKNOWN_ID + 1;
    request.delivery = there ? matrix->deliveries[index_of(world, one->school)] : UNKNOWN_ID + 2;
    request.dispute = there ? matrix->disputes[index_of(world, one->school)] : UNKNOWN_ID + 3;
    request.issue = there ? matrix->issues[index_of(world, one->school)] : UNKNOWN_ID + 4;
    request.assignment = there ? matrix->assignments[index_of(world, one->school)] : UNKNOWN_ID;
    request.run = there ? matrix->runs[index_of(world, one->school)] : UNKNOWN_ID;
    return ask_make(&request, one->method->name, variant, &one->request);
}

/* Every variant of a method's request by one person; the unknown target first, to compare with. */
static void walk_person(Matrix *matrix, Case *one, const char *full_name)
{
    static const AskTarget order[] = {ASK_UNKNOWN, ASK_OWN, ASK_NEIGHBOUR, ASK_FOREIGN};
    bool more = true;

    for (unsigned variant = 0; more; variant++) {
        for (size_t i = 0; i < ASK_TARGETS && more; i++) {
            Arena *arena = arena_new(ARENA_SIZE, NULL);
            assert_non_null(arena);
            one->target = order[i];
            one->school = school_of(&matrix->world, one->person, one->target);
            snprintf(one->name, sizeof one->name, "%s/%u as %s of %s", one->method->name, variant,
                     one->person == NULL ? "nobody" : one->person->login, target_names[one->target]);
            more = ask(matrix, one, variant, arena);
            if (more)
                look(matrix, one, full_name, arena);
            arena_free(arena);
        }
    }
}

static const MethodRow *row_of(const ProtobufCServiceDescriptor *service, const char *method)
{
    for (size_t i = 0; i < server_method_count; i++) {
        if (server_methods[i].service == service && text_equal(server_methods[i].method, method))
            return &server_methods[i];
    }
    fail_msg("%s/%s has no row", service->name, method);
    return NULL;
}

static void walk_method(Matrix *matrix, const ProtobufCServiceDescriptor *service,
                        const ProtobufCMethodDescriptor *method)
{
    char full_name[128];
    Case one = {.row = row_of(service, method->name), .method = method};

    if (!ask_knows(method->name))
        fail_msg("the role matrix has no request for %s", method->name);
    snprintf(full_name, sizeof full_name, "%s/%s", service->name, method->name);
    size_t before = matrix->result.cases - matrix->result.refused;
    walk_person(matrix, &one, full_name);
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        one.person = &matrix->world.people[i];
        walk_person(matrix, &one, full_name);
    }
    if (matrix->result.cases - matrix->result.refused == before)
        fail_msg("%s was never answered: its requests prove nothing", method->name);
}

MatrixResult matrix_run(bool filters_off)
{
    static Matrix matrix;

    memset(&matrix, 0, sizeof matrix);
    world_start(&matrix.world, filters_off);
    fill(&matrix);
    for (size_t i = 0; i < server_service_count; i++) {
        for (unsigned j = 0; j < server_services[i]->n_methods; j++)
            walk_method(&matrix, server_services[i], &server_services[i]->methods[j]);
    }
    print_message("role matrix (%s): cases: %zu, refused: %zu, changes: %zu, planted: %zu, found: %zu, "
                  "logged: %zu, unlogged: %zu, leaks: %zu\n",
                  filters_off ? "row-level security alone" : "both walls", matrix.result.cases,
                  matrix.result.refused, matrix.result.changes, matrix.result.planted, matrix.result.found,
                  matrix.result.logged, matrix.result.unlogged, matrix.result.leaks);
    sql_close(matrix.owner);
    world_stop(&matrix.world);
    return matrix.result;
}
