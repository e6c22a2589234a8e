/* Official lists and delivered figures over the real server: what is taken over, who sees it, what a run
 * makes of it, and what happens when two people press at once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "shans/v1/delivery.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "tests/integration/sql.h"
#include "tests/integration/world.h"

#define LISTS      (&shans__v1__list_service__descriptor)
#define DELIVERIES (&shans__v1__delivery_service__descriptor)
#define METHODS    (&shans__v1__method_service__descriptor)

enum { RACERS = 6, ARENA_SIZE = 16 << 20 };

static World world;
static Sql *owner;
static Arena *arena;

static int start(void **state)
{
    (void)state;
    world_start(&world, false);
    owner = sql_open(&world.pg, "postgres");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sql_close(owner);
    world_stop(&world);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new(ARENA_SIZE, NULL);
    return arena == NULL;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The call's own answer, with an operation id of the caller's or a fresh one. */
static ErrCode call_with(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                         const uint8_t *id, const ProtobufCMessage *request, ProtobufCMessage **ret_reply,
                         Err *err)
{
    Rpc *rpc = world_client(&world, login);
    ErrCode code = rpc_call(rpc, service, method, id, request, arena, ret_reply, err);

    rpc_close(rpc);
    return code;
}

static void *change(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                    const ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;
    uint8_t id[ID_SIZE];
    Err err = {0};

    world_operation(&world, id);
    if (call_with(login, service, method, id, request, &reply, &err) != ERR_OK)
        fail_msg("%s as %s: %s", method, login, err.reason);
    return reply;
}

static void *look(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                  const ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;
    Err err = {0};

    if (call_with(login, service, method, NULL, request, &reply, &err) != ERR_OK)
        fail_msg("%s as %s: %s", method, login, err.reason);
    return reply;
}

static void refused(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                    const ProtobufCMessage *request, const char *reason)
{
    ProtobufCMessage *reply = NULL;
    uint8_t id[ID_SIZE];
    Err err = {0};

    world_operation(&world, id);
    assert_int_not_equal(call_with(login, service, method, id, request, &reply, &err), ERR_OK);
    assert_string_equal(err.reason, reason);
}

/* ---- lists ---- */

static Shans__V1__Document *document(const char *kind, const char *number, const char *date)
{
    Shans__V1__Document *one = ARENA_NEW(arena, Shans__V1__Document, 1);

    shans__v1__document__init(one);
    one->kind = (char *)kind;
    one->number = (char *)number;
    one->date = (char *)date;
    one->issuer = (char *)"Учебное министерство";
    return one;
}

static Shans__V1__ImportGroupsReply *put_group(const char *code, const char *meaning, const char *to)
{
    Shans__V1__ImportGroupsRequest request = SHANS__V1__IMPORT_GROUPS_REQUEST__INIT;
    Shans__V1__Group group = SHANS__V1__GROUP__INIT, *groups[] = {&group};

    group.code = (char *)code;
    group.meaning = (char *)meaning;
    group.title_ru = (char *)(text_equal(code, "shnor") ? "ШНОР" : "ШАНС");
    group.valid_from = (char *)"2021-01-01";
    group.valid_to = (char *)to;
    group.document = document("order", "1", "2021-01-01");
    request.groups = groups;
    request.n_groups = 1;
    return change("analyst", LISTS, "ImportGroups", &request.base);
}

/* A request whose schools are separated by spaces. */
static Shans__V1__ImportListRequest *list_request(const char *group, const char *schools,
                                                  Shans__V1__Document *by)
{
    Shans__V1__ImportListRequest *request = ARENA_NEW(arena, Shans__V1__ImportListRequest, 1);
    char *copy = arena_text(arena, schools), *save = NULL;

    shans__v1__import_list_request__init(request);
    request->group = (char *)group;
    request->document = by;
    request->valid_from = by->date;
    request->rows = ARENA_NEW(arena, Shans__V1__ListRow *, 16);
    for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        Shans__V1__ListRow *row = ARENA_NEW(arena, Shans__V1__ListRow, 1);
        shans__v1__list_row__init(row);
        row->row = (uint32_t)request->n_rows + 2;
        row->school_code = word;
        request->rows[request->n_rows++] = row;
    }
    return request;
}

static Shans__V1__ImportListReply *import_list(const char *group, const char *schools,
                                               Shans__V1__Document *by)
{
    return change("analyst", LISTS, "ImportList", &list_request(group, schools, by)->base);
}

/* Members a person sees on a day, as codes joined by spaces. */
static const char *members(const char *login, const char *group, const char *day)
{
    Shans__V1__ListMembersRequest request = SHANS__V1__LIST_MEMBERS_REQUEST__INIT;
    const char *all = "";

    request.group = (char *)group;
    request.on_date = (char *)day;
    const Shans__V1__ListMembersReply *reply = look(login, LISTS, "ListMembers", &request.base);
    for (size_t i = 0; i < reply->n_members; i++)
        all = arena_printf(arena, "%s%s%s", all, i == 0 ? "" : " ", reply->members[i]->school_code);
    return all;
}

static uint32_t size_of(const char *login, const char *group, const char *day)
{
    Shans__V1__ListGroupsRequest request = SHANS__V1__LIST_GROUPS_REQUEST__INIT;

    request.group = (char *)group;
    request.on_date = (char *)day;
    const Shans__V1__ListGroupsReply *reply = look(login, LISTS, "ListGroups", &request.base);
    assert_int_equal(reply->n_groups, 1);
    return reply->groups[0]->schools;
}

/* Entered, stayed, left; a size always has its day and the list behind it. */
static void a_list_follows_a_list(void **state)
{
    (void)state;
    assert_int_equal(put_group("shnor", "regional", "")->created, 1);
    assert_int_equal(put_group("shnor", "regional", "")->unchanged, 1);
    Shans__V1__ImportListReply *reply =
        import_list("shnor:regional", "a-1 a-2 b-1", document("order", "10", "2022-01-15"));
    assert_true(reply->imported);
    assert_int_equal(reply->entered, 3);
    reply = import_list("ШНОР", "b-2 a-1", document("order", "11", "2023-01-15"));
    assert_true(reply->imported);
    assert_int_equal(reply->entered, 1);
    assert_int_equal(reply->stayed, 1);
    assert_int_equal(reply->left, 2);
    assert_int_equal(reply->n_differences, 4);
    assert_string_equal(reply->differences[1]->school_code, "a-2");
    assert_int_equal(reply->differences[1]->movement, SHANS__V1__LIST_MOVEMENT__LIST_MOVEMENT_LEFT);
    assert_string_equal(reply->differences[1]->document->number, "11");
    /* the same list once more changes nothing */
    reply = import_list("shnor:regional", "b-2 a-1", document("order", "11", "2023-01-15"));
    assert_int_equal(reply->stayed, 2);
    assert_int_equal(reply->entered + reply->left, 0);
    assert_int_equal(size_of("analyst", "shnor:regional", "2022-01-14"), 0);
    assert_int_equal(size_of("analyst", "shnor:regional", "2022-01-15"), 3);
    assert_int_equal(size_of("analyst", "shnor:regional", "2023-01-14"), 3);
    assert_int_equal(size_of("analyst", "shnor:regional", "2023-01-15"), 2);
    assert_string_equal(members("analyst", "shnor:regional", "2023-01-14"), "a-1 a-2 b-1");
    assert_string_equal(members("analyst", "shnor:regional", "2023-01-15"), "a-1 b-2");
}

/* Nothing of a list with an error stays but its findings; the checks of a trial leave nothing at all. */
static void an_error_takes_nothing_over(void **state)
{
    Shans__V1__Document *by = document("order", "12", "2024-01-15");
    int64_t before = sql_number(owner, "select count(*) from shans.group_member"),
            issues = sql_number(owner, "select count(*) from shans.import_issue");
    Shans__V1__ImportListRequest *request = list_request("shnor:regional", "a-1 zz-9 а-2 a-1", by);

    (void)state;
    request->dry_run = 1;
    Shans__V1__ImportListReply *reply = change("analyst", LISTS, "ImportList", &request->base);
    assert_false(reply->imported);
    assert_int_equal(reply->n_issues, 3);
    assert_int_equal(sql_number(owner, "select count(*) from shans.import_issue"), issues);
    request->dry_run = 0;
    reply = change("analyst", LISTS, "ImportList", &request->base);
    assert_false(reply->imported);
    assert_string_equal(reply->issues[0]->rule, "LIST_SCHOOL_UNKNOWN");
    assert_string_equal(reply->issues[0]->proposal, "");
    assert_string_equal(reply->issues[1]->rule, "LIST_SCHOOL_UNKNOWN");
    assert_string_equal(reply->issues[1]->proposal, "a-2"); /* it was a Cyrillic а */
    assert_string_equal(reply->issues[2]->rule, "LIST_SCHOOL_TWICE");
    assert_int_equal(sql_number(owner, "select count(*) from shans.group_member"), before);
    assert_int_equal(sql_number(owner, "select count(*) from shans.import_issue"), issues + 3);
    /* findings of a list are the ministry's: no school is named in their rows */
    assert_int_equal(sql_number(owner, "select count(*) from shans.import_issue where rule like 'LIST%%' "
                                       "and school_id is not null"),
                     0);
    /* who was put in on this very day cannot leave on it */
    assert_true(import_list("shnor:regional", "a-1 a-2", by)->imported);
    reply = import_list("shnor:regional", "a-1", by);
    assert_false(reply->imported);
    assert_string_equal(reply->issues[0]->rule, "LIST_ENTERED_SAME_DAY");
    assert_string_equal(members("analyst", "shnor:regional", "2024-02-01"), "a-1 a-2");
}

/* T-77 and T-66: the name with two meanings, and the school that is in no ШАНС. */
static void one_name_two_meanings(void **state)
{
    Shans__V1__Document *by = document("order", "20", "2022-03-01");

    (void)state;
    put_group("shans", "programme", "");
    put_group("shans", "risk", "2023-01-01");
    assert_true(import_list("shans:programme", "a-1 a-2 b-1", by)->imported);
    Shans__V1__ImportListReply *reply = import_list("ШАНС", "a-1 a-2 b-1", by);
    assert_false(reply->imported);
    assert_int_equal(reply->n_issues, 1);
    assert_string_equal(reply->issues[0]->rule, "GROUP_AMBIGUOUS");
    assert_int_equal(reply->issues[0]->severity, SHANS__V1__SEVERITY__SEVERITY_ERROR);
    assert_string_equal(reply->issues[0]->proposal, "shans:programme"); /* by the size of the list */
    reply = import_list("ШВОР", "a-1", by);
    assert_string_equal(reply->issues[0]->rule, "GROUP_UNKNOWN");
    Shans__V1__ImportListRequest *request = list_request("shans:risk", "a-1 b-2", by);
    request->within = (char *)"shans:programme";
    request->valid_to = (char *)"2023-01-01";
    request->rows[0]->run_together = 1;
    reply = change("analyst", LISTS, "ImportList", &request->base);
    assert_true(reply->imported); /* warnings stop nothing */
    assert_int_equal(reply->n_issues, 2);
    assert_string_equal(reply->issues[0]->rule, "LIST_RUN_TOGETHER");
    assert_string_equal(reply->issues[1]->rule, "LIST_NOT_WITHIN");
    assert_string_equal(reply->issues[1]->school_code, "b-2");
    /* a meaning ends; nobody belongs to it beyond that day, and the name is clear again */
    request->valid_from = (char *)"2022-06-01";
    request->valid_to = (char *)"";
    reply = change("analyst", LISTS, "ImportList", &request->base);
    assert_string_equal(reply->issues[0]->rule, "LIST_OUTSIDE_GROUP");
    assert_int_equal(size_of("analyst", "ШАНС", "2023-06-01"), 3);
}

/* Below the ministry only what an order approved is a status. */
static void a_letter_is_no_status(void **state)
{
    (void)state;
    put_group("shans", "letter", "");
    assert_true(import_list("shans:letter", "a-1 a-2", document("letter", "5", "2021-05-01"))->imported);
    assert_string_equal(members("analyst", "shans:letter", "2021-06-01"), "a-1 a-2");
    assert_string_equal(members("coordinator1", "", "2021-06-01"), "");
    assert_string_equal(members("head1", "", "2021-06-01"), "");
    assert_int_equal(size_of("coordinator1", "shans:letter", "2021-06-01"), 0);
    assert_string_equal(members("head1", "", "2022-02-01"), "a-1");
    assert_string_equal(members("coordinator1", "", "2022-02-01"), "a-1 a-2");
    assert_string_equal(members("coordinator2", "", "2022-02-01"), "b-1");
}

/* Asked twice under one id, a list is taken over once and answered alike. */
static void the_same_operation_once(void **state)
{
    Shans__V1__ImportListRequest *request =
        list_request("shnor:regional", "a-1 b-1", document("order", "13", "2025-01-15"));
    ProtobufCMessage *first = NULL, *second = NULL;
    uint8_t id[ID_SIZE];
    Err err = {0};

    (void)state;
    world_operation(&world, id);
    assert_int_equal(call_with("analyst", LISTS, "ImportList", id, &request->base, &first, &err), ERR_OK);
    assert_int_equal(call_with("analyst", LISTS, "ImportList", id, &request->base, &second, &err), ERR_OK);
    assert_int_equal(((Shans__V1__ImportListReply *)first)->entered, 1);
    assert_int_equal(((Shans__V1__ImportListReply *)second)->entered, 1);
    assert_int_equal(
        sql_number(owner, "select count(*) from shans.group_member where lower(valid) = '2025-01-15'"), 1);
}

/* ---- deliveries ---- */

static Shans__V1__SubmitRequest *figures(size_t school, const char *period)
{
    return world_results(world.schools[school].code, period, SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_REGION,
                         world.schools[school].figure, world.service.options.catalog, arena);
}

static Shans__V1__DeliverReply *deliver(const Shans__V1__SubmitRequest *from)
{
    Shans__V1__DeliverRequest request = SHANS__V1__DELIVER_REQUEST__INIT;
    Shans__V1__Delivery delivery = SHANS__V1__DELIVERY__INIT, *deliveries[] = {&delivery};

    delivery.school_code = from->school_code;
    delivery.period = from->period;
    delivery.n_cells = from->n_cells;
    delivery.cells = from->cells;
    request.form_code = from->form_code;
    request.form_version = from->form_version;
    request.document = document("letter", "77", "2022-09-01");
    request.deliveries = deliveries;
    request.n_deliveries = 1;
    return change("analyst", DELIVERIES, "Deliver", &request.base);
}

/* The one delivery of a school for a period. */
static Shans__V1__DeliverySummary *delivery_of(const char *login, const char *school, const char *period)
{
    Shans__V1__ListDeliveriesRequest request = SHANS__V1__LIST_DELIVERIES_REQUEST__INIT;

    request.under = (char *)school;
    request.period = (char *)period;
    const Shans__V1__ListDeliveriesReply *reply = look(login, DELIVERIES, "ListDeliveries", &request.base);
    assert_int_equal(reply->n_deliveries, 1);
    return reply->deliveries[0];
}

static Shans__V1__ConfirmDeliveriesRequest *confirm_request(const Shans__V1__DeliverySummary *delivery)
{
    Shans__V1__ConfirmDeliveriesRequest *request = ARENA_NEW(arena, Shans__V1__ConfirmDeliveriesRequest, 1);
    Shans__V1__ConfirmItem *item = ARENA_NEW(arena, Shans__V1__ConfirmItem, 1);

    shans__v1__confirm_deliveries_request__init(request);
    shans__v1__confirm_item__init(item);
    item->submission_id = delivery->submission_id;
    item->revision = delivery->revision;
    request->items = ARENA_NEW(arena, Shans__V1__ConfirmItem *, 1);
    request->items[request->n_items++] = item;
    return request;
}

static Shans__V1__DisputeFigureRequest *dispute_request(const Shans__V1__DeliverySummary *delivery,
                                                        const char *row, const char *field, int64_t number)
{
    Shans__V1__DisputeFigureRequest *request = ARENA_NEW(arena, Shans__V1__DisputeFigureRequest, 1);
    Shans__V1__Cell *cell = ARENA_NEW(arena, Shans__V1__Cell, 1);

    shans__v1__dispute_figure_request__init(request);
    shans__v1__cell__init(cell);
    cell->section = (char *)"results";
    cell->row = (char *)row;
    cell->field = (char *)field;
    cell->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER;
    cell->number = number;
    request->submission_id = delivery->submission_id;
    request->revision = delivery->revision;
    request->claimed = cell;
    request->reason = (char *)"В протоколе иначе";
    return request;
}

static Shans__V1__DecideDisputeRequest *decision(uint64_t id, Shans__V1__DisputeVerb verb, const char *answer)
{
    Shans__V1__DecideDisputeRequest *request = ARENA_NEW(arena, Shans__V1__DecideDisputeRequest, 1);

    shans__v1__decide_dispute_request__init(request);
    request->dispute_id = id;
    request->verb = verb;
    request->answer = (char *)answer;
    return request;
}

static uint64_t dispute(const char *login, const Shans__V1__DisputeFigureRequest *request)
{
    return ((Shans__V1__DisputeFigureReply *)change(login, DELIVERIES, "DisputeFigure", &request->base))
        ->dispute_id;
}

static int dispute_state(uint64_t id)
{
    Shans__V1__ListDisputesRequest request = SHANS__V1__LIST_DISPUTES_REQUEST__INIT;
    const Shans__V1__ListDisputesReply *reply = look("analyst", DELIVERIES, "ListDisputes", &request.base);

    for (size_t i = 0; i < reply->n_disputes; i++)
        if (reply->disputes[i]->id == id)
            return (int)reply->disputes[i]->state;
    fail_msg("no dispute %llu", (unsigned long long)id);
    return 0;
}

/* Delivered, disputed at a cell, upheld, corrected by another delivery, confirmed: the school never moved a
 * figure. */
static void from_delivery_to_correction(void **state)
{
    Shans__V1__SubmitRequest *request = figures(0, "2019");

    (void)state;
    assert_int_equal(deliver(request)->stored, 1);
    assert_int_equal(deliver(request)->unchanged, 1);
    Shans__V1__DeliverySummary *one = delivery_of("head1", "a-1", "2019");
    assert_int_equal(one->state, SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_AWAITING);
    assert_string_equal(one->delivered_by, "analyst");
    refused("coordinator1", DELIVERIES, "ConfirmDeliveries", &confirm_request(one)->base, "ROLE_FORBIDDEN");
    refused("head2", DELIVERIES, "ConfirmDeliveries", &confirm_request(one)->base, "SUBMISSION_UNKNOWN");
    refused("head1", DELIVERIES, "DisputeFigure", &dispute_request(one, "OGE.MATH", "below_min", 7)->base,
            "DISPUTE_SAME");
    refused("head1", DELIVERIES, "DisputeFigure", &dispute_request(one, "OGE.RUS", "below_min", 7)->base,
            "DISPUTE_CELL");
    refused("head1", DELIVERIES, "DisputeFigure", &dispute_request(one, "NONE", "below_min", 7)->base,
            "CELL_UNKNOWN");
    uint64_t id = dispute("head1", dispute_request(one, "OGE.MATH", "below_min", 6));
    assert_int_equal(delivery_of("coordinator1", "a-1", "2019")->state,
                     SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_DISPUTED);
    refused("head1", DELIVERIES, "DisputeFigure", &dispute_request(one, "OGE.MATH", "below_min", 5)->base,
            "DISPUTE_STATE");
    refused("head1", DELIVERIES, "DecideDispute",
            &decision(id, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD, "")->base, "DISPUTE_ROLE");
    refused("analyst", DELIVERIES, "DecideDispute",
            &decision(id, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_REJECT, "")->base, "DISPUTE_REASON");
    change("analyst", DELIVERIES, "DecideDispute",
           &decision(id, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD, "")->base);
    assert_int_equal(dispute_state(id), SHANS__V1__DISPUTE_STATE__DISPUTE_STATE_UPHELD);
    assert_int_equal(sql_number(owner,
                                "select below from shans.fact_result where submission_id = %llu "
                                "and procedure = 'OGE.MATH'",
                                (unsigned long long)one->submission_id),
                     7);
    /* the source delivers another figure */
    for (size_t i = 0; i < request->n_cells; i++)
        if (text_equal(request->cells[i]->row, "OGE.MATH")) {
            if (text_equal(request->cells[i]->field, "below_min") ||
                text_equal(request->cells[i]->field, "mark2"))
                request->cells[i]->number = 6;
            if (text_equal(request->cells[i]->field, "mark3"))
                request->cells[i]->number++;
        }
    assert_int_equal(deliver(request)->stored, 1);
    assert_int_equal(dispute_state(id), SHANS__V1__DISPUTE_STATE__DISPUTE_STATE_CORRECTED);
    refused("head1", DELIVERIES, "ConfirmDeliveries", &confirm_request(one)->base,
            "LIFECYCLE_REVISION_STALE");
    one = delivery_of("head1", "a-1", "2019");
    assert_int_equal(one->state, SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_AWAITING);
    const Shans__V1__ConfirmDeliveriesReply *reply =
        change("head1", DELIVERIES, "ConfirmDeliveries", &confirm_request(one)->base);
    assert_int_equal(reply->confirmed, 1);
    one = delivery_of("auditor", "a-1", "2019");
    assert_int_equal(one->state, SHANS__V1__DELIVERY_STATE__DELIVERY_STATE_CONFIRMED);
    assert_string_equal(one->confirmed_by, "head1");
    assert_int_equal(sql_number(owner, "select count(*) from shans.audit_log where object = 'dispute:%llu'",
                                (unsigned long long)id),
                     2);
    /* what a school sent itself is not delivered to it */
    Shans__V1__SubmitRequest *own =
        world_results("a-1", "2017", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL, 33,
                      world.service.options.catalog, arena);
    const Shans__V1__SubmitReply *sent =
        change("head1", &shans__v1__collection_service__descriptor, "Submit", &own->base);
    one->submission_id = sent->receipt->submission_id;
    refused("head1", DELIVERIES, "ConfirmDeliveries", &confirm_request(one)->base, "NOT_DELIVERED");
}

/* ---- two at once ---- */

typedef struct Racer {
    pthread_t thread;
    Rand rand;
    pthread_barrier_t *line;
    const char *login, *method;
    const ProtobufCMessage *request;
    uint8_t operation[ID_SIZE];
    ErrCode code;
    char reason[48];
    uint32_t confirmed;
} Racer;

static void *race(void *context)
{
    Racer *racer = context;
    const RpcOptions options = {
        .address = world.address,
        .token = world_person(&world, racer->login)->token,
        .deadline_ms = 20000,
        .clock = &clock_system,
        .rand = &racer->rand,
    };
    Arena *own = arena_new(4 << 20, NULL);
    ProtobufCMessage *reply = NULL;
    Rpc *rpc = NULL;
    Err err = {0};

    racer->code = rpc_open(&options, &rpc, &err);
    pthread_barrier_wait(racer->line);
    if (racer->code == ERR_OK)
        racer->code =
            rpc_call(rpc, DELIVERIES, racer->method, racer->operation, racer->request, own, &reply, &err);
    text_copy(racer->reason, sizeof racer->reason, racer->code == ERR_OK ? "" : err.reason);
    if (racer->code == ERR_OK && text_equal(racer->method, "ConfirmDeliveries"))
        racer->confirmed = ((const Shans__V1__ConfirmDeliveriesReply *)reply)->confirmed;
    rpc_close(rpc);
    arena_free(own);
    return NULL;
}

/* Odd racers take the second request; each under an operation id of its own. Returns how many succeeded. */
static size_t run_race(Racer *racers, const char *login, const char *method, const ProtobufCMessage *first,
                       const ProtobufCMessage *second)
{
    static uint64_t seed = 77;
    pthread_barrier_t line;
    size_t won = 0;

    pthread_barrier_init(&line, NULL, RACERS);
    for (size_t i = 0; i < RACERS; i++) {
        racers[i] =
            (Racer){.line = &line, .login = login, .method = method, .request = i % 2 == 0 ? first : second};
        racers[i].rand = rand_seeded(seed++);
        world_operation(&world, racers[i].operation);
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        won += racers[i].code == ERR_OK;
    }
    pthread_barrier_destroy(&line);
    return won;
}

static void two_at_once(void **state)
{
    static const char *const second_best[] = {"DISPUTE_EXISTS", "DISPUTE_STATE", "DISPUTE_DECIDED"};
    Racer racers[RACERS];
    uint32_t confirmed = 0;

    (void)state;
    deliver(figures(1, "2019"));
    const Shans__V1__DeliverySummary *one = delivery_of("head2", "a-2", "2019");
    const ProtobufCMessage *request = &confirm_request(one)->base;
    /* everybody is told that it is confirmed; one of them did it */
    assert_int_equal(run_race(racers, "head2", "ConfirmDeliveries", request, request), RACERS);
    for (size_t i = 0; i < RACERS; i++)
        confirmed += racers[i].confirmed;
    assert_int_equal(confirmed, 1);
    /* one objection to a cell */
    assert_int_equal(run_race(racers, "head2", "DisputeFigure",
                              &dispute_request(one, "OGE.MATH", "below_min", 5)->base,
                              &dispute_request(one, "OGE.MATH", "below_min", 4)->base),
                     1);
    for (size_t i = 0; i < RACERS; i++)
        assert_true(racers[i].code == ERR_OK || text_equal(racers[i].reason, second_best[0]) ||
                    text_equal(racers[i].reason, second_best[1]));
    uint64_t id = (uint64_t)sql_number(owner, "select max(id) from shans.dispute where state = 1");
    /* one decision, whichever it is */
    assert_int_equal(
        run_race(racers, "analyst", "DecideDispute",
                 &decision(id, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_UPHOLD, "")->base,
                 &decision(id, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_REJECT, "Протокол верен")->base),
        1);
    for (size_t i = 0; i < RACERS; i++)
        assert_true(racers[i].code == ERR_OK || text_equal(racers[i].reason, second_best[1]) ||
                    text_equal(racers[i].reason, second_best[2]));
}

/* ---- what a run says of it ---- */

static uint64_t finish_run(void)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;
    Shans__V1__GetRunRequest get = SHANS__V1__GET_RUN_REQUEST__INIT;

    request.methodology_code = (char *)"PERV-2023";
    request.year = 2022;
    get.id = ((Shans__V1__StartRunReply *)change("analyst", METHODS, "StartRun", &request.base))->run->id;
    for (int i = 0; i < 400; i++) {
        const Shans__V1__Run *run =
            ((Shans__V1__GetRunReply *)look("analyst", METHODS, "GetRun", &get.base))->run;
        if (run->state != SHANS__V1__RUN_STATE__RUN_STATE_QUEUED) {
            assert_int_equal(run->state, SHANS__V1__RUN_STATE__RUN_STATE_DONE);
            break;
        }
        clock_system.sleep_ms(&clock_system, 25);
    }
    return get.id;
}

static const Shans__V1__ExplainReply *explain(uint64_t run, const char *school)
{
    Shans__V1__ExplainRequest request = SHANS__V1__EXPLAIN_REQUEST__INIT;

    request.run_id = run;
    request.school_code = (char *)school;
    return look("analyst", METHODS, "Explain", &request.base);
}

static bool has_flag(const Shans__V1__SchoolClass *class, const char *flag)
{
    for (size_t i = 0; i < class->n_flags; i++)
        if (text_equal(class->flags[i], flag))
            return true;
    return false;
}

/* An identification with a document; declared 0 leaves the printed type out. */
static Shans__V1__DeliverReply *identify(const char *school, int64_t wellbeing, int64_t quality,
                                         int64_t declared, bool listed)
{
    Shans__V1__DeliverRequest request = SHANS__V1__DELIVER_REQUEST__INIT;
    Shans__V1__Delivery delivery = SHANS__V1__DELIVERY__INIT, *deliveries[] = {&delivery};
    const struct {
        const char *field;
        int64_t number;
        bool given;
    } given[] = {{"wellbeing_group", wellbeing, true},
                 {"quality_group", quality, true},
                 {"declared_typology", declared, declared != 0},
                 {"listed", 1, listed}};

    delivery.school_code = (char *)school;
    delivery.period = (char *)"2022";
    delivery.cells = ARENA_NEW(arena, Shans__V1__Cell *, 4);
    for (size_t i = 0; i < 4; i++) {
        Shans__V1__Cell *cell = ARENA_NEW(arena, Shans__V1__Cell, 1);
        if (!given[i].given)
            continue;
        shans__v1__cell__init(cell);
        cell->section = (char *)"groups";
        cell->row = (char *)"";
        cell->field = (char *)given[i].field;
        cell->kind = SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER;
        cell->number = given[i].number;
        delivery.cells[delivery.n_cells++] = cell;
    }
    request.form_code = (char *)"identification";
    request.form_version = catalog_get_form(world.service.options.catalog, "identification", 0)->version;
    request.document = document("report", "3", "2022-12-01");
    request.methodology = (char *)"PERV-2023";
    request.deliveries = deliveries;
    request.n_deliveries = 1;
    return change("analyst", DELIVERIES, "Deliver", &request.base);
}

/* Official lists, the document of the identification and the dispute stand in the class as the run saw them;
 * the figure counts as delivered. */
static void a_run_keeps_what_it_saw(void **state)
{
    (void)state;
    assert_int_equal(identify("a-1", 3, 6, 2, true)->n_issues, 0); /* resilient, as the rule has it */
    const Shans__V1__DeliverReply *told = identify("b-1", 7, 6, 2, false);
    assert_int_equal(told->n_issues, 1); /* T-07: called resilient, conditionally well-off by the rule */
    assert_string_equal(told->issues[0]->rule, "TYPOLOGY_DECLARED_DIFFERS");
    assert_string_equal(told->issues[0]->school_code, "b-1");
    deliver(figures(0, "2022"));
    const Shans__V1__DeliverySummary *one = delivery_of("head1", "a-1", "2022");
    uint64_t id = dispute("head1", dispute_request(one, "VPR.MATH.6", "below_min", 2));
    uint64_t run = finish_run();
    const Shans__V1__ExplainReply *reply = explain(run, "a-1");
    const Shans__V1__SchoolClass *class = reply->school_class;
    assert_true(has_flag(class, "DISPUTED"));
    for (size_t i = 0; i < reply->n_procedures; i++) {
        const Shans__V1__ProcedureReason *reason = reply->procedures[i];
        assert_int_equal(reason->disputed,
                         text_equal(reason->procedure, "VPR.MATH.6") && reason->year == 2022);
        if (reason->disputed)
            assert_int_equal(reason->below, 7); /* as delivered, not 2 as claimed */
    }
    assert_string_equal(class->status_official, "LISTED"); /* on a list that states no group */
    assert_string_equal(class->identification_document->kind, "report");
    assert_string_equal(class->identification_profile, "PERV-2023");
    /* the lists of the school year 2022/23: shnor since 2022-01-15 (and again since 2023), two meanings of
     * shans */
    const Shans__V1__Member *programme = NULL;
    for (size_t i = 0; i < class->n_official_groups; i++)
        if (text_equal(class->official_groups[i]->group, "shans:programme"))
            programme = class->official_groups[i];
    assert_non_null(programme);
    assert_string_equal(programme->document_in->number, "20");
    assert_string_equal(programme->title_ru, "ШАНС");
    assert_false(has_flag(explain(run, "b-1")->school_class, "DISPUTED"));
    /* the comparison puts the same computed status beside the list */
    Shans__V1__CompareListRequest compare = SHANS__V1__COMPARE_LIST_REQUEST__INIT;
    compare.group = (char *)"shnor:regional";
    compare.on_date = (char *)"2023-01-15";
    compare.run_id = run;
    const Shans__V1__CompareListReply *compared = look("analyst", LISTS, "CompareList", &compare.base);
    assert_int_equal(compared->n_differences, 4);
    assert_string_equal(compared->differences[0]->status_computed, class->status_computed);
    assert_string_equal(compared->differences[0]->agreement,
                        text_equal(class->status_computed, "LISTED") ? "BOTH" : "THEIRS_ONLY");
    /* taken back: the next run has nothing to say; the former keeps what it saw */
    change("head1", DELIVERIES, "DecideDispute",
           &decision(id, SHANS__V1__DISPUTE_VERB__DISPUTE_VERB_WITHDRAW, "")->base);
    assert_false(has_flag(explain(finish_run(), "a-1")->school_class, "DISPUTED"));
    assert_true(has_flag(explain(run, "a-1")->school_class, "DISPUTED"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_follows_a_list), TEST(an_error_takes_nothing_over), TEST(one_name_two_meanings),
        TEST(a_letter_is_no_status), TEST(the_same_operation_once),     TEST(from_delivery_to_correction),
        TEST(two_at_once),           TEST(a_run_keeps_what_it_saw),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
