/* Which office keeps whose accounts, what a curator sees and for how long, and what the log says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/service/refusals.h"
#include "server/watch.h"
#include "shans/v1/admin.pb-c.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/system.pb-c.h"
#include "tests/integration/sql.h"
#include "tests/integration/world.h"

enum { LIMIT_MS = 5000, DAY_TEXT = 32 };
#define DAY_MS 86400000LL
#define ADMIN  (&shans__v1__admin_service__descriptor)

static World world;
static Sql *owner;
static Err err;
static char token_of_curator[CRYPTO_HASH_TEXT_SIZE];

/* Anybody by token. */
static ErrCode call_by(const char *token, const ProtobufCServiceDescriptor *service, const char *method,
                       bool mutating, const ProtobufCMessage *request, ProtobufCMessage **ret_reply)
{
    RpcOptions options = {.address = world.address,
                          .token = token,
                          .deadline_ms = 20000,
                          .clock = &clock_system,
                          .rand = &world.rand};
    uint8_t id[ID_SIZE];
    Rpc *rpc = NULL;

    err = (Err){0};
    world_operation(&world, id);
    assert_int_equal(rpc_open(&options, &rpc, &err), ERR_OK);
    ErrCode code =
        rpc_call(rpc, service, method, mutating ? id : NULL, request, world.arena, ret_reply, &err);
    rpc_close(rpc);
    return code;
}

static const ProtobufCMessage *done(const char *login, const char *method, bool mutating,
                                    const ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;

    if (call_by(world_person(&world, login)->token, ADMIN, method, mutating, request, &reply) != ERR_OK)
        fail_msg("%s as %s: %s", method, login, err.reason);
    return reply;
}

static void refused(const char *login, const char *method, bool mutating, const ProtobufCMessage *request,
                    const char *reason)
{
    ProtobufCMessage *reply = NULL;

    if (call_by(world_person(&world, login)->token, ADMIN, method, mutating, request, &reply) == ERR_OK ||
        !text_equal(err.reason, reason))
        fail_msg("%s as %s: '%s', expected %s", method, login, err.reason, reason);
}

/* ---- requests ---- */

static Shans__V1__AddAccountRequest account(const char *login, int role, const char *org)
{
    Shans__V1__AddAccountRequest request = SHANS__V1__ADD_ACCOUNT_REQUEST__INIT;

    request.login = (char *)login;
    request.role = (Shans__V1__Role)role;
    request.org_code = (char *)org;
    return request;
}

static Shans__V1__SetAccountBlockedRequest blocking(const char *login, bool blocked, const char *why)
{
    Shans__V1__SetAccountBlockedRequest request = SHANS__V1__SET_ACCOUNT_BLOCKED_REQUEST__INIT;

    request.login = (char *)login;
    request.blocked = blocked;
    request.why = (char *)why;
    return request;
}

static Shans__V1__IssueTokenRequest issuing(const char *login, uint32_t days, char *ret_token)
{
    static uint8_t hashes[32][CRYPTO_HASH_SIZE];
    static size_t used;
    uint8_t raw[CRYPTO_HASH_SIZE];
    Shans__V1__IssueTokenRequest request = SHANS__V1__ISSUE_TOKEN_REQUEST__INIT;

    rand_bytes(&world.rand, raw, sizeof raw);
    crypto_hex(raw, sizeof raw, ret_token);
    crypto_hash(raw, sizeof raw, hashes[used]);
    request.login = (char *)login;
    request.token_hash = (ProtobufCBinaryData){CRYPTO_HASH_SIZE, hashes[used++ % 32]};
    request.days = days;
    return request;
}

/* From so many days after today to so many. */
static Shans__V1__AssignCuratorRequest assigning(const char *login, const char *school, int from, int to)
{
    static char days[64][DAY_TEXT];
    static size_t used;
    int64_t now = clock_system.now_ms(&clock_system);
    Shans__V1__AssignCuratorRequest request = SHANS__V1__ASSIGN_CURATOR_REQUEST__INIT;

    request.login = (char *)login;
    request.school_code = (char *)school;
    request.valid_from = days[used++ % 64];
    request.valid_to = days[used++ % 64];
    request.document = (char *)"Учебный приказ № 7";
    clock_dump_date(now + from * DAY_MS, request.valid_from);
    clock_dump_date(now + to * DAY_MS, request.valid_to);
    return request;
}

/* ---- accounts ---- */

static void every_office_makes_its_own_accounts(void **state)
{
    static const struct {
        const char *by, *login;
        int role;
        const char *org, *reason; /* NULL: made */
    } cases[] = {
        {"coordinator1", "new-editor", 1, "a-1", NULL},
        {"coordinator1", "new-head", 2, "a-2", NULL},
        {"coordinator1", "dep-a1", 8, "a-1", NULL},
        {"coordinator1", "dep-a2", 8, "a-2", NULL},
        {"coordinator1", "dep-a2b", 8, "a-2", NULL},
        {"coordinator1", "new-editor", 1, "a-1", "LOGIN_TAKEN"},
        {"coordinator1", "new 1", 1, "a-1", "LOGIN_FORM"},
        {"coordinator1", "n1", 2, "b-1", "ORG_UNKNOWN"}, /* the neighbour's school is not there */
        {"coordinator1", "n1", 2, "nowhere", "ORG_UNKNOWN"},
        {"coordinator1", "n1", 6, "r", "ORG_UNKNOWN"},
        {"coordinator1", "n1", 8, "c", "ORG_UNKNOWN"},
        {"coordinator1", "n1", 3, "a", "OFFICE_FORBIDDEN"}, /* nobody makes an equal */
        {"coordinator1", "n1", 2, "a", "ROLE_MISPLACED"},
        {"coordinator1", "n1", 4, "a-1", "ROLE_MISPLACED"},
        {"coordinator1", "n1", 0, "a-1", "ROLE_MISPLACED"},
        {"coordinator1", "n1", 9, "a-1", "ROLE_MISPLACED"},
        {"administrator", "n1", 1, "a-1", "OFFICE_FORBIDDEN"}, /* the school's people are the district's */
        {"administrator", "n1", 4, "a", "ROLE_MISPLACED"},
        {"administrator", "n1", 4, "c", "ROLE_MISPLACED"},
        {"administrator", "n1", 6, "a-1", "ROLE_MISPLACED"},
        {"administrator", "coordinator1b", 3, "a", NULL},
        {"administrator", "methodologist2", 5, "c", NULL},
        {"administrator", "administrator2", 6, "r", NULL},
        {"administrator", "curator3", 8, "c", NULL},
        {"head1", "n1", 1, "a-1", "ROLE_FORBIDDEN"},
        {"analyst", "n1", 1, "a-1", "ROLE_FORBIDDEN"},
        {"auditor", "n1", 1, "a-1", "ROLE_FORBIDDEN"},
        {"curator1", "n1", 8, "c", "ROLE_FORBIDDEN"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Shans__V1__AddAccountRequest request = account(cases[i].login, cases[i].role, cases[i].org);
        if (cases[i].reason == NULL)
            done(cases[i].by, "AddAccount", true, &request.base);
        else
            refused(cases[i].by, "AddAccount", true, &request.base, cases[i].reason);
    }
    assert_int_equal(sql_number(owner, "select count(*) from shans.principal where login = 'n1'"), 0);
    assert_int_equal(sql_number(owner,
                                "select count(*) from shans.audit_log where method like '%%/AddAccount' "
                                "and object = 'login:dep-a2'"),
                     1);
}

static void nobody_blocks_upwards_or_itself(void **state)
{
    static const struct {
        const char *by, *login;
        bool blocked;
        const char *why, *reason;
    } cases[] = {
        {"coordinator1", "coordinator1", true, "x", "SELF_FORBIDDEN"},
        {"coordinator1", "coordinator1b", true, "x", "OFFICE_FORBIDDEN"},
        {"coordinator1", "administrator", true, "x", "LOGIN_UNKNOWN"},
        {"coordinator1", "head3", true, "x", "LOGIN_UNKNOWN"},
        {"coordinator1", "nobody", true, "x", "LOGIN_UNKNOWN"},
        {"coordinator1", "new-head", true, "", "WHY_MISSING"},
        {"coordinator1", "new-head", true, "x", NULL},
        {"coordinator1", "new-head", false, "", NULL},
        {"administrator", "new-head", true, "проверка", NULL},
        {"coordinator1", "new-head", false, "", "BLOCKED_ABOVE"},
        {"administrator", "new-head", false, "", NULL},
        {"administrator", "administrator", true, "x", "SELF_FORBIDDEN"},
        {"administrator", "administrator2", true, "x", NULL},
        {"administrator", "coordinator1b", true, "x", NULL},
        {"head1", "editor1", true, "x", "ROLE_FORBIDDEN"},
    };
    char text[6];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Shans__V1__SetAccountBlockedRequest request =
            blocking(cases[i].login, cases[i].blocked, cases[i].why);
        if (cases[i].reason == NULL)
            done(cases[i].by, "SetAccountBlocked", true, &request.base);
        else
            refused(cases[i].by, "SetAccountBlocked", true, &request.base, cases[i].reason);
    }
    /* administrator2 is blocked: the other one is the last, whoever asks and whatever way */
    sql_try(owner, "update shans.principal set active = false where login = 'administrator'", text);
    assert_string_equal(text, "23001");
    assert_int_equal(sql_number(owner, "select count(*) from shans.principal where role = 6 and active"), 1);
}

static void tokens_have_limits(void **state)
{
    char token[CRYPTO_HASH_TEXT_SIZE], spare[CRYPTO_HASH_TEXT_SIZE];
    Shans__V1__IssueTokenRequest request = issuing("dep-a2", 30, token_of_curator), again = request;
    const Shans__V1__IssueTokenReply *reply =
        (const void *)done("coordinator1", "IssueToken", true, &request.base);
    Shans__V1__ListTokensRequest list = SHANS__V1__LIST_TOKENS_REQUEST__INIT;
    Shans__V1__RevokeTokenRequest revoke = SHANS__V1__REVOKE_TOKEN_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    (void)state;
    assert_true(reply->id > 0);
    refused("coordinator1", "IssueToken", true, &again.base, "TOKEN_TAKEN");
    again = issuing("dep-a2", 0, token);
    refused("coordinator1", "IssueToken", true, &again.base, "TOKEN_LIFE");
    again = issuing("dep-a2", 401, token);
    refused("coordinator1", "IssueToken", true, &again.base, "TOKEN_LIFE");
    again = issuing("dep-a2", 1, token);
    again.token_hash.len = 31;
    refused("coordinator1", "IssueToken", true, &again.base, "TOKEN_HASH_SIZE");
    again = issuing("coordinator1", 1, token);
    refused("coordinator1", "IssueToken", true, &again.base, "SELF_FORBIDDEN");
    again = issuing("head3", 1, token);
    refused("coordinator1", "IssueToken", true, &again.base, "LOGIN_UNKNOWN");
    again = issuing("head1", 1, token);
    refused("administrator", "IssueToken", true, &again.base, "OFFICE_FORBIDDEN");
    again = issuing("coordinator1b", 1, token);
    refused("administrator", "IssueToken", true, &again.base, "ACCOUNT_BLOCKED");
    for (int i = 0; i < 10; i++) {
        again = issuing("new-editor", 1, i == 0 ? spare : token);
        done("coordinator1", "IssueToken", true, &again.base);
    }
    again = issuing("new-editor", 1, token);
    refused("coordinator1", "IssueToken", true, &again.base, "TOKENS_TOO_MANY");

    /* a person lists and gives up the own ones; when they were used is seen, what they are is not */
    assert_int_equal(call_by(spare, ADMIN, "ListTokens", false, &list.base, &message), ERR_OK);
    const Shans__V1__ListTokensReply *tokens = (const void *)message;
    assert_int_equal(tokens->n_tokens, 10);
    assert_true(tokens->tokens[9]->last_used_ms > 0 && tokens->tokens[0]->last_used_ms == 0);
    list.login = (char *)"head1";
    assert_int_equal(call_by(spare, ADMIN, "ListTokens", false, &list.base, &message), ERR_NOT_FOUND);
    revoke.id = tokens->tokens[0]->id;
    assert_int_equal(call_by(spare, ADMIN, "RevokeToken", true, &revoke.base, &message), ERR_OK);
    assert_int_equal(call_by(spare, ADMIN, "RevokeToken", true, &revoke.base, &message), ERR_NOT_FOUND);
    revoke.id = reply->id; /* somebody else's */
    assert_int_equal(call_by(spare, ADMIN, "RevokeToken", true, &revoke.base, &message), ERR_NOT_FOUND);
    revoke.login = (char *)"dep-a2";
    assert_int_equal(call_by(spare, ADMIN, "RevokeToken", true, &revoke.base, &message), ERR_NOT_FOUND);
}

/* ---- curators ---- */

/* How many submissions the curator sees, and whether of the right school alone. */
static size_t curator_sees(const char *school)
{
    Shans__V1__ListSubmissionsRequest request = SHANS__V1__LIST_SUBMISSIONS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    assert_int_equal(call_by(token_of_curator, &shans__v1__collection_service__descriptor, "ListSubmissions",
                             false, &request.base, &message),
                     ERR_OK);
    const Shans__V1__ListSubmissionsReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_submissions; i++)
        assert_string_equal(reply->submissions[i]->school_code, school);
    return reply->n_submissions;
}

static void evict(void *server, int64_t principal_id)
{
    rpc_server_evict(server, principal_id);
}

static void a_curator_sees_the_school_while_assigned(void **state)
{
    static Readiness readiness;
    static Watch watch;
    WatchOptions options = {world.conninfo, &clock_system, evict, world.server, &readiness, NULL, NULL};
    Shans__V1__AssignCuratorRequest request = assigning("dep-a2", "a-1", 0, 60);
    Shans__V1__EndCuratorRequest end = SHANS__V1__END_CURATOR_REQUEST__INIT;

    (void)state;
    readiness_init(&readiness);
    watch_init(&watch, &options);
    watch_step(&watch);
    assert_int_equal(curator_sees("a-1"), 0); /* not yet, and not the own school either */
    end.id = ((const Shans__V1__AssignCuratorReply *)(const void *)done("coordinator1", "AssignCurator", true,
                                                                        &request.base))
                 ->id;
    watch_step(&watch);
    assert_true(curator_sees("a-1") > 0);
    refused("coordinator1", "EndCurator", true, &end.base, "WHY_MISSING");
    end.why = (char *)"болезнь";
    refused("coordinator2", "EndCurator", true, &end.base, "CURATOR_UNKNOWN");
    int64_t start = clock_system.monotonic_ms(&clock_system), now = start;
    done("coordinator1", "EndCurator", true, &end.base);
    while (curator_sees("a-1") > 0 && now - start < LIMIT_MS) {
        watch_step(&watch);
        now = clock_system.monotonic_ms(&clock_system);
    }
    print_message("access ended %lld ms after the assignment\n", (long long)(now - start));
    assert_int_equal(curator_sees("a-1"), 0);
    refused("coordinator1", "EndCurator", true, &end.base, "CURATOR_ENDED");
    watch_done(&watch);
}

static void interests_are_kept_apart(void **state)
{
    Shans__V1__AssignCuratorRequest request = assigning("dep-a2", "a-1", 1, 60);
    const Shans__V1__AssignCuratorReply *reply;

    (void)state;
    done("coordinator1", "AssignCurator", true, &request.base);
    const struct {
        const char *by;
        Shans__V1__AssignCuratorRequest request;
        const char *reason;
    } cases[] = {
        {"coordinator1", assigning("dep-a2", "a-2", 1, 60), "CURATOR_OWN_SCHOOL"},
        {"coordinator1", assigning("dep-a2b", "a-1", 60, 90), "CURATOR_TAKEN"}, /* the last day counts */
        {"coordinator1", assigning("dep-a1", "a-2", 30, 40), "CURATOR_MUTUAL"},
        {"coordinator1", assigning("head2", "a-1", 100, 110), "CURATOR_ROLE"},
        {"coordinator1", assigning("curator1", "a-1", 100, 110),
         "LOGIN_UNKNOWN"}, /* the ministry's to lend */
        {"coordinator1", assigning("dep-a2", "b-1", 100, 110), "ORG_UNKNOWN"},
        {"coordinator1", assigning("dep-a2", "a", 100, 110), "NOT_A_SCHOOL"},
        {"coordinator1", assigning("dep-a2", "a-1", 110, 100), "CURATOR_DATES"},
        {"coordinator1", assigning("dep-a2", "a-1", 100, 501), "CURATOR_DATES"},
        {"head1", assigning("dep-a2", "a-1", 100, 110), "ROLE_FORBIDDEN"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].by, "AssignCurator", true, &cases[i].request.base, cases[i].reason);
    request = assigning("dep-a2", "a-1", 100, 110);
    request.document = (char *)"";
    refused("coordinator1", "AssignCurator", true, &request.base, "DOCUMENT_MISSING");
    request.valid_to = (char *)"завтра";
    refused("coordinator1", "AssignCurator", true, &request.base, "DATE_MALFORMED");

    /* the ministry lends across districts; a second curator of a school year is remarked */
    request = assigning("curator1", "a-1", 61, 62);
    reply = (const void *)done("administrator", "AssignCurator", true, &request.base);
    bool second = false;
    for (size_t i = 0; i < reply->n_remarks; i++)
        second = second || text_equal(reply->remarks[i], "CURATOR_SECOND");
    /* dep-a2 looks after a-1 until the 60th day: in the same school year unless that day lies between */
    int64_t same_year =
        sql_number(owner, "select (date_trunc('year', current_date + 61 + interval '4 months') = "
                          "date_trunc('year', current_date + 1 + interval '4 months') or "
                          "date_trunc('year', current_date + 61 + interval '4 months') = "
                          "date_trunc('year', current_date + 60 + interval '4 months'))::int");
    assert_int_equal(second, same_year != 0);
}

static void a_fourth_school_is_remarked(void **state)
{
    static const char *const schools[] = {"a-1", "a-2", "b-1", "b-2"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        Shans__V1__AssignCuratorRequest request = assigning("curator3", schools[i], 300, 310);
        const Shans__V1__AssignCuratorReply *reply =
            (const void *)done("administrator", "AssignCurator", true, &request.base);
        bool load = false;
        for (size_t k = 0; k < reply->n_remarks; k++)
            load = load || text_equal(reply->remarks[k], "CURATOR_LOAD");
        assert_int_equal(load, i == 3);
    }
}

/* ---- the log ---- */

static const Shans__V1__ListAccessReply *access_log(const char *by, const char *person, const char *org,
                                                    bool changes)
{
    Shans__V1__ListAccessRequest request = SHANS__V1__LIST_ACCESS_REQUEST__INIT;

    request.person = (char *)person;
    request.org_code = (char *)org;
    request.changes = changes;
    return (const void *)done(by, "ListAccess", false, &request.base);
}

static size_t by_person(const Shans__V1__ListAccessReply *reply, const char *login)
{
    size_t count = 0;

    for (size_t i = 0; i < reply->n_entries; i++)
        count += text_equal(reply->entries[i]->login, login);
    return count;
}

static void the_log_says_who_looked(void **state)
{
    (void)state;
    Shans__V1__ExplainRequest explain = SHANS__V1__EXPLAIN_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    explain.school_code = (char *)"b-1";
    explain.edition_number = world.edition;
    assert_int_equal(call_by(world_person(&world, "curator1")->token, &shans__v1__method_service__descriptor,
                             "Explain", false, &explain.base, &message),
                     ERR_OK);
    explain.school_code = (char *)"a-1"; /* refused: not in the log of what was seen */
    assert_int_equal(call_by(world_person(&world, "curator1")->token, &shans__v1__method_service__descriptor,
                             "Explain", false, &explain.base, &message),
                     ERR_NOT_FOUND);
    assert_int_equal(by_person(access_log("auditor", "curator1", "", false), "curator1"), 1);
    assert_int_equal(by_person(access_log("coordinator2", "", "b-1", false), "curator1"), 1);
    assert_int_equal(by_person(access_log("head3", "", "", false), "curator1"), 1);
    assert_int_equal(by_person(access_log("head4", "", "", false), "curator1"), 0);
    assert_int_equal(by_person(access_log("coordinator1", "curator1", "", false), "curator1"), 0);
    assert_int_equal(by_person(access_log("administrator", "curator1", "", false), "curator1"), 1);
    assert_int_equal(access_log("auditor", "nobody", "", false)->n_entries, 0);

    /* the curator of district a looked at a-1; its own office knows, and the other district does not */
    assert_true(by_person(access_log("coordinator1", "dep-a2", "", false), "dep-a2") > 0);
    assert_int_equal(by_person(access_log("coordinator2", "dep-a2", "", false), "dep-a2"), 0);
    const Shans__V1__AccessEntry *entry = access_log("head1", "dep-a2", "", false)->entries[0];
    assert_string_equal(entry->org_code, "a-1");
    assert_true(entry->rows > 0 && entry->request_id.len == ID_SIZE);

    /* changes: of the own people, for the office; of all, for the auditor; not for schools */
    assert_true(by_person(access_log("coordinator1", "", "", true), "coordinator1") > 0);
    assert_int_equal(by_person(access_log("coordinator2", "", "", true), "coordinator1"), 0);
    assert_true(by_person(access_log("auditor", "coordinator1", "", true), "coordinator1") > 0);
    Shans__V1__ListAccessRequest request = SHANS__V1__LIST_ACCESS_REQUEST__INIT;
    request.changes = 1;
    refused("head1", "ListAccess", false, &request.base, "CHANGES_FORBIDDEN");
}

/* Pages neither lose nor repeat an entry though asking itself goes on. */
static void pages_of_the_log_fit_together(void **state)
{
    Shans__V1__ListAccessRequest request = SHANS__V1__LIST_ACCESS_REQUEST__INIT;
    size_t all = access_log("auditor", "", "", false)->n_entries, paged = 0;
    int64_t last_ms = INT64_MAX;

    (void)state;
    request.page_size = 2;
    for (bool more = true; more;) {
        const Shans__V1__ListAccessReply *page =
            (const void *)done("auditor", "ListAccess", false, &request.base);
        for (size_t i = 0; i < page->n_entries; i++) {
            assert_true(page->entries[i]->time_ms <= last_ms);
            last_ms = page->entries[i]->time_ms;
        }
        paged += page->n_entries;
        request.page_token = page->next_page_token;
        more = *page->next_page_token != '\0';
    }
    assert_true(all > 2);
    assert_int_equal(paged, all);
    request.page_token = (char *)"x";
    refused("auditor", "ListAccess", false, &request.base, "PAGE_TOKEN");
    request.page_token = (char *)"12";
    refused("auditor", "ListAccess", false, &request.base, "PAGE_TOKEN");
}

static int start(void **state)
{
    (void)state;
    world_start(&world, false);
    world_fill(&world);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_office_makes_its_own_accounts),
        cmocka_unit_test(nobody_blocks_upwards_or_itself),
        cmocka_unit_test(tokens_have_limits),
        cmocka_unit_test(a_curator_sees_the_school_while_assigned),
        cmocka_unit_test(interests_are_kept_apart),
        cmocka_unit_test(a_fourth_school_is_remarked),
        cmocka_unit_test(the_log_says_who_looked),
        cmocka_unit_test(pages_of_the_log_fit_together),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
