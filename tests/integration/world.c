/* Owns the integration tests' world. Invariant: everything goes through the public ways: RPC for data, the
 * administrator's commands for accounts. */
#include "tests/integration/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/ids.h"
#include "common/core/buf.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "common/form/form.h"
#include "server/access_command.h"
#include "server/methods.h"
#include "server/prepare.h"
#include "server/store/store_account.h"
#include "server/store/store_curator.h"
#include "server/store/store_org.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "shans/v1/system.pb-c.h"

#define DAY_MS 86400000LL

static const WorldPerson people[WORLD_PEOPLE] = {
    {"editor1", "a-1", SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR, 1, 0, ""},
    {"head1", "a-1", SHANS__V1__ROLE__ROLE_SCHOOL_HEAD, 1, 0, ""},
    {"editor2", "a-2", SHANS__V1__ROLE__ROLE_SCHOOL_EDITOR, 2, 0, ""},
    {"head2", "a-2", SHANS__V1__ROLE__ROLE_SCHOOL_HEAD, 2, 0, ""},
    {"head3", "b-1", SHANS__V1__ROLE__ROLE_SCHOOL_HEAD, 4, 0, ""},
    {"head4", "b-2", SHANS__V1__ROLE__ROLE_SCHOOL_HEAD, 8, 0, ""},
    {"coordinator1", "a", SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR, 3, 0, ""},
    {"coordinator2", "b", SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR, 12, 0, ""},
    {"analyst", "r", SHANS__V1__ROLE__ROLE_MINISTRY_ANALYST, 15, 0, ""},
    {"methodologist", "r", SHANS__V1__ROLE__ROLE_METHODOLOGIST, 15, 0, ""},
    {"administrator", "r", SHANS__V1__ROLE__ROLE_ADMINISTRATOR, 15, 0, ""},
    {"auditor", "r", SHANS__V1__ROLE__ROLE_AUDITOR, 15, 0, ""},
    {"curator1", "c", SHANS__V1__ROLE__ROLE_CURATOR, 4, 0, ""}, /* of b-1 */
    {"curator2", "c", SHANS__V1__ROLE__ROLE_CURATOR, 0, 8, ""}, /* once of b-2 */
};

static const WorldSchool schools[WORLD_SCHOOLS] = {
    {"a-1", "a", "Учебная школа ЯНТАРЬ", "ЯНТАРЬ", 1117, 0},
    {"a-2", "a", "Учебная школа БЕРИЛЛ", "БЕРИЛЛ", 1129, 0},
    {"b-1", "b", "Учебная школа ОПАЛ", "ОПАЛ", 1151, 0},
    {"b-2", "b", "Учебная школа ЦИРКОН", "ЦИРКОН", 1163, 0},
};

static void must(ErrCode code, const Err *err, const char *what)
{
    if (code != ERR_OK)
        fail_msg("%s: %s %s %s=%s %s=%s", what, err_code_name(code), err->reason, err->args[0].key,
                 err->args[0].value, err->args[1].key, err->args[1].value);
}

const WorldPerson *world_person(const World *world, const char *login)
{
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        if (text_equal(world->people[i].login, login))
            return &world->people[i];
    }
    fail_msg("nobody is called %s", login);
    return NULL;
}

static void make_person(World *world, Db *owner, WorldPerson *person)
{
    const DbScope scope = {0};
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    int64_t id, now_ms = clock_system.now_ms(&clock_system);
    Err err = {0};

    rand_bytes(&world->rand, raw, sizeof raw);
    crypto_hash(raw, sizeof raw, hash);
    crypto_hex(raw, sizeof raw, person->token);
    must(db_begin(owner, &scope, &err), &err, "begin");
    must(access_store_add_principal(owner, person->login, "Сотрудник", person->role, person->org, &id, &err),
         &err, person->login);
    must(access_store_issue_token(owner, hash, id, now_ms, now_ms + DAY_MS, "", &err), &err, "token");
    must(db_commit(owner, &err), &err, "commit");
}

static Shans__V1__Org *org(Arena *arena, const char *code, int kind, const char *parent, const char *name)
{
    Shans__V1__Org *one = ARENA_NEW(arena, Shans__V1__Org, 1);

    shans__v1__org__init(one);
    one->code = (char *)code;
    one->kind = (Shans__V1__OrgKind)kind;
    one->parent_code = (char *)parent;
    one->name = (char *)name;
    one->valid_from = (char *)"2000-01-01";
    one->training = 1;
    return one;
}

static void import_orgs(World *world)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    Shans__V1__Org *orgs[3 + WORLD_SCHOOLS];
    ProtobufCMessage *reply;
    uint8_t id[ID_SIZE];
    Err err = {0};

    orgs[0] = org(arena, "a", SHANS__V1__ORG_KIND__ORG_KIND_DISTRICT, "r", "Учебный район А");
    orgs[1] = org(arena, "b", SHANS__V1__ORG_KIND__ORG_KIND_DISTRICT, "r", "Учебный район Б");
    for (size_t i = 0; i < WORLD_SCHOOLS; i++) {
        orgs[2 + i] = org(arena, world->schools[i].code, SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL,
                          world->schools[i].district, world->schools[i].name);
        orgs[2 + i]->number = (char *)world->schools[i].code;
    }
    orgs[2 + WORLD_SCHOOLS] =
        org(arena, "c", SHANS__V1__ORG_KIND__ORG_KIND_CENTRE, "r", "Учебный методический центр");
    request.orgs = orgs;
    request.n_orgs = 3 + WORLD_SCHOOLS;
    Rpc *rpc = world_client(world, "analyst");
    world_operation(world, id);
    must(rpc_call(rpc, &shans__v1__org_service__descriptor, "ImportOrgs", id, &request.base, arena, &reply,
                  &err),
         &err, "ImportOrgs");
    rpc_close(rpc);
    arena_free(arena);
}

/* A curator's assignment, some days before today to some after it. */
static void assign(World *world, Db *owner, const char *login, const char *school_code, int from, int to)
{
    const DbScope scope = {0};
    char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
    int64_t id, now_ms = clock_system.now_ms(&clock_system);
    CuratorAssign row = {
        .first_day = first, .last_day = last, .document = "Учебный приказ", .now_ms = now_ms};
    AccountRow person;
    OrgRow school;
    Err err = {0};

    clock_dump_date(now_ms + from * DAY_MS, first);
    clock_dump_date(now_ms + to * DAY_MS, last);
    must(db_begin(owner, &scope, &err), &err, "begin");
    must(account_store_get(owner, login, world->arena, &person, &err), &err, login);
    must(org_store_find(owner, school_code, world->arena, &school, &err), &err, school_code);
    row.principal_id = row.by = person.principal.id;
    row.org_id = person.principal.org_id;
    row.school_id = school.id;
    row.district_id = school.district_id;
    must(curator_store_assign(owner, &row, &id, &err), &err, "assign");
    must(db_commit(owner, &err), &err, "commit");
}

static void open_server(World *world, const Catalog *catalog, bool filters_off)
{
    static const char hash[] = "test";
    const char *address = world->address;
    ServiceOptions options = {
        .conninfo = world->conninfo,
        .clock = &clock_system,
        .catalog = catalog,
        .catalog_hash = hash,
        .ready = &world->ready,
        .filters_off = filters_off,
    };
    Err err = {0};

    service_init(&world->service, &options);
    RpcServerOptions rpc = {
        .rows = server_methods,
        .row_count = server_method_count,
        .services = server_services,
        .service_count = server_service_count,
        .clock = &clock_system,
        .rand = &world->rand,
        .hooks = service_hooks(&world->service),
    };
    must(rpc_server_open(&rpc, &world->server, &err), &err, "server");
    must(run_job_start(world->conninfo, &clock_system, &world->job, &err), &err, "job");
    snprintf(world->address, sizeof world->address, "ipc://%s/rpc%d", world->pg.dir, world->starts++);
    must(transport_server_open(&address, 1, NULL, 32, rpc_server_receive, world->server, &world->transport,
                               &err),
         &err, "listen");
    world->ready = 1;
}

void world_start(World *world, bool filters_off)
{
    static const ServerOptions options = {.region = "r", .region_name = "Учебная область"};
    Catalog *catalog;
    char hash[CRYPTO_HASH_TEXT_SIZE], owner_conninfo[TEST_CONNINFO_SIZE];
    Err err = {0};

    memset(world, 0, sizeof *world);
    memcpy(world->people, people, sizeof people);
    memcpy(world->schools, schools, sizeof schools);
    test_pg_start(&world->pg);
    world->rand = rand_seeded(2026);
    world->arena = arena_new(64 << 20, NULL);
    must(prepare_catalog(world->arena, &catalog, hash, &err), &err, "catalogue");
    test_pg_conninfo(&world->pg, "postgres", "shans", owner_conninfo);
    test_pg_conninfo(&world->pg, "shans_app", "shans", world->conninfo);
    must(prepare_database(owner_conninfo, world->conninfo, &options, catalog, &err), &err, "database");
    open_server(world, catalog, filters_off);
    Db *owner = test_pg_owner(&world->pg);
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        if (text_equal(world->people[i].org, "r"))
            make_person(world, owner, &world->people[i]);
    }
    import_orgs(world);
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        if (!text_equal(world->people[i].org, "r"))
            make_person(world, owner, &world->people[i]);
    }
    assign(world, owner, "curator1", "b-1", -10, 30);
    assign(world, owner, "curator2", "b-2", -300, -2);
    db_close(owner);
}

static void close_server(World *world)
{
    transport_server_stop(world->transport);
    assert_true(rpc_server_stop(world->server, 5000));
    rpc_server_free(world->server);
    run_job_stop(world->job);
    service_done(&world->service);
}

void world_restart(World *world)
{
    const Catalog *catalog = world->service.options.catalog;
    bool filters_off = world->service.options.filters_off;

    close_server(world);
    open_server(world, catalog, filters_off);
}

void world_stop(World *world)
{
    close_server(world);
    test_pg_stop(&world->pg);
    arena_free(world->arena);
}

Rpc *world_client(World *world, const char *login)
{
    RpcOptions options = {
        .address = world->address,
        .token = *login == '\0' ? "" : world_person(world, login)->token,
        .deadline_ms = 20000,
        .clock = &clock_system,
        .rand = &world->rand,
    };
    Rpc *rpc = NULL;
    Err err = {0};

    must(rpc_open(&options, &rpc, &err), &err, "client");
    return rpc;
}

void world_operation(World *world, uint8_t *id)
{
    IdMaker maker = id_maker(&clock_system, &world->rand);

    id_make(&maker, id);
}

static Shans__V1__Cell *cell(Arena *arena, const char *row, const char *field, int64_t number)
{
    Shans__V1__Cell *one = ARENA_NEW(arena, Shans__V1__Cell, 1);

    shans__v1__cell__init(one);
    one->section = (char *)"results";
    one->row = (char *)row;
    one->field = (char *)field;
    one->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER;
    one->number = number;
    return one;
}

void world_hash(Shans__V1__SubmitRequest *request, const Catalog *catalog, Arena *arena)
{
    const FormDef *form = catalog_get_form(catalog, request->form_code, 0);
    FormData *data = form_data_new(form, arena);
    uint8_t *hash = ARENA_NEW(arena, uint8_t, CRYPTO_HASH_SIZE);
    Buf buf;

    for (size_t i = 0; i < request->n_cells; i++) {
        const Shans__V1__Cell *one = request->cells[i];
        FormCell form_cell = {one->section, one->row, one->field, {(ValueKind)one->kind, one->number}};
        Err err = {0};
        if (form_data_set(data, &form_cell, &err) != ERR_OK)
            break; /* bad on purpose: the server says so */
    }
    buf_init(&buf, 1 << 20);
    form_data_pack(data, request->school_code, request->period, &buf);
    crypto_hash(buf.data, buf.length, hash);
    buf_done(&buf);
    request->content_hash = (ProtobufCBinaryData){CRYPTO_HASH_SIZE, hash};
}

Shans__V1__SubmitRequest *world_results(const char *school, const char *period,
                                        Shans__V1__FigureSource source, int64_t figure,
                                        const Catalog *catalog, Arena *arena)
{
    return world_results_rows(school, period, source, figure, 3, catalog, arena);
}

Shans__V1__SubmitRequest *world_results_rows(const char *school, const char *period,
                                             Shans__V1__FigureSource source, int64_t figure, size_t row_count,
                                             const Catalog *catalog, Arena *arena)
{
    static const char *const rows[] = {"VPR.RUS.5", "VPR.MATH.6", "OGE.MATH",
                                       "VPR.RUS.6", "VPR.MATH.5", "OGE.RUS"};
    enum { FIELDS = 10 };
    Shans__V1__SubmitRequest *request = ARENA_NEW(arena, Shans__V1__SubmitRequest, 1);

    shans__v1__submit_request__init(request);
    request->school_code = (char *)school;
    request->form_code = (char *)"assessment_results";
    request->form_version = catalog_get_form(catalog, "assessment_results", 0)->version;
    request->period = (char *)period;
    request->source = source;
    request->cells = ARENA_NEW(arena, Shans__V1__Cell *, row_count * FIELDS);
    for (size_t i = 0; i < row_count; i++) {
        int64_t n = i == 0 ? figure : 20 + (int64_t)i, below = 7;
        const struct {
            const char *field;
            int64_t number;
        } cells[FIELDS] = {
            {"enrolled", n},     {"registered", n},    {"participants", n},      {"absent_valid", 0},
            {"absent_other", 0}, {"mark2", below},     {"mark3", n - below - 2}, {"mark4", 1},
            {"mark5", 1},        {"below_min", below},
        };
        for (size_t j = 0; j < FIELDS; j++)
            request->cells[request->n_cells++] = cell(arena, rows[i], cells[j].field, cells[j].number);
    }
    world_hash(request, catalog, arena);
    return request;
}

static ProtobufCMessage *call(World *world, const char *login, const ProtobufCServiceDescriptor *service,
                              const char *method, bool mutating, const ProtobufCMessage *request,
                              Arena *arena)
{
    uint8_t id[ID_SIZE];
    ProtobufCMessage *reply = NULL;
    Rpc *rpc = world_client(world, login);
    Err err = {0};

    world_operation(world, id);
    ErrCode code = rpc_call(rpc, service, method, mutating ? id : NULL, request, arena, &reply, &err);
    size_t issues = 0;
    const Shans__V1__FieldIssue *const *list = rpc_get_issues(rpc, &issues);
    if (code != ERR_OK && issues > 0)
        fail_msg("%s as %s: %s at %s: %s", method, login, err.reason, list[0]->field, list[0]->reason);
    must(code, &err, method);
    rpc_close(rpc);
    return reply;
}

static void fill_school(World *world, WorldSchool *school, const char *head, const char *coordinator,
                        Arena *arena)
{
    static const ProtobufCServiceDescriptor *const collection = &shans__v1__collection_service__descriptor;
    const Catalog *catalog = world->service.options.catalog;
    Shans__V1__SubmitRequest *submit = world_results(
        school->code, "2022", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL, school->figure, catalog, arena);
    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;
    const Shans__V1__SubmitReply *stored =
        (const Shans__V1__SubmitReply *)call(world, head, collection, "Submit", true, &submit->base, arena);

    school->submission = stored->receipt->submission_id;
    review.submission_id = school->submission;
    review.revision = stored->receipt->revision;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    call(world, coordinator, collection, "Review", true, &review.base, arena);
}

void world_fill(World *world)
{
    static const ProtobufCServiceDescriptor *const methods = &shans__v1__method_service__descriptor;
    static const char *const heads[] = {"head1", "head2", "head3", "head4"};
    Arena *arena = arena_new(16 << 20, NULL);
    Shans__V1__StartRunRequest start = SHANS__V1__START_RUN_REQUEST__INIT;
    Shans__V1__GetRunRequest get = SHANS__V1__GET_RUN_REQUEST__INIT;
    Shans__V1__PublishEditionRequest publish = SHANS__V1__PUBLISH_EDITION_REQUEST__INIT;

    for (size_t i = 0; i < WORLD_SCHOOLS; i++)
        fill_school(world, &world->schools[i], heads[i], i < 2 ? "coordinator1" : "coordinator2", arena);
    start.methodology_code = (char *)"PERV-2023";
    start.year = 2022;
    world->run =
        ((Shans__V1__StartRunReply *)call(world, "analyst", methods, "StartRun", true, &start.base, arena))
            ->run->id;
    get.id = world->run;
    for (int i = 0; i < 200; i++) {
        const Shans__V1__Run *run =
            ((Shans__V1__GetRunReply *)call(world, "analyst", methods, "GetRun", false, &get.base, arena))
                ->run;
        if (run->state == SHANS__V1__RUN_STATE__RUN_STATE_FAILED)
            fail_msg("run failed: %s", run->failure_reason);
        if (run->state == SHANS__V1__RUN_STATE__RUN_STATE_DONE)
            break;
        clock_system.sleep_ms(&clock_system, 50);
    }
    publish.run_id = world->run;
    publish.title = (char *)"Учебный список";
    publish.document = (char *)"Учебный приказ № 1";
    world->edition = ((Shans__V1__PublishEditionReply *)call(world, "analyst", methods, "PublishEdition",
                                                             true, &publish.base, arena))
                         ->edition->number;
    arena_free(arena);
}
