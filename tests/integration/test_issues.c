/* Findings from the import to the decision: stored once, visible where they belong, blocking one school alone
 * until a person decides, and every run repeatable from its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/trap/source.h"
#include "server/jobs/classify.h"
#include "shans/v1/method.pb-c.h"
#include "tests/integration/sql.h"
#include "tests/integration/world.h"

static World world;
static Arena *arena;

static int start(void **state)
{
    (void)state;
    world_start(&world, false);
    world_fill(&world);
    arena = arena_new((size_t)64 << 20, NULL);
    return arena == NULL;
}

static int stop(void **state)
{
    (void)state;
    arena_free(arena);
    world_stop(&world);
    return 0;
}

static ErrCode call(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                    const ProtobufCMessage *request, bool mutating, ProtobufCMessage **ret_reply, Err *err)
{
    Rpc *rpc = world_client(&world, login);
    uint8_t id[16];

    world_operation(&world, id);
    ErrCode code = rpc_call(rpc, service, method, mutating ? id : NULL, request, arena, ret_reply, err);
    rpc_close(rpc);
    return code;
}

/* Money of a-1 with a digit too many, of a-2 as it should be. */
static const Shans__V1__ImportSourceTablesReply *import_tables(const char *document, bool dry_run)
{
    static const struct {
        const char *school;
        uint32_t year;
        const char *raw;
    } rows[] = {{"a-1", 2023, "36830.32"}, {"a-1", 2024, "38303.53"}, {"a-1", 2025, "398835.67"},
                {"a-2", 2023, "48077.3"},  {"a-2", 2024, "50000.39"}, {"a-2", 2025, "52000.4"}};
    enum { ROWS = sizeof rows / sizeof *rows };
    Shans__V1__ImportSourceTablesRequest request = SHANS__V1__IMPORT_SOURCE_TABLES_REQUEST__INIT;
    Shans__V1__SourceCell cells[ROWS], *list[ROWS];
    ProtobufCMessage *reply = NULL;
    Err err = {0};

    for (size_t i = 0; i < ROWS; i++) {
        shans__v1__source_cell__init(&cells[i]);
        cells[i].role = SOURCE_MONEY;
        cells[i].table = (char *)"10";
        cells[i].row = (char *)rows[i].school;
        cells[i].column = (char *)"sum";
        cells[i].year = rows[i].year;
        cells[i].raw = (char *)rows[i].raw;
        list[i] = &cells[i];
    }
    request.cells = list;
    request.n_cells = ROWS;
    request.document = (char *)document;
    request.dry_run = dry_run;
    if (call("analyst", &shans__v1__collection_service__descriptor, "ImportSourceTables", &request.base, true,
             &reply, &err) != ERR_OK)
        fail_msg("%s", err.reason);
    return (const Shans__V1__ImportSourceTablesReply *)reply;
}

static const Shans__V1__ListIssuesReply *list(const char *login, const char *under, const char *status)
{
    Shans__V1__ListIssuesRequest request = SHANS__V1__LIST_ISSUES_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    Err err = {0};

    request.under = (char *)under;
    request.status = (char *)status;
    if (call(login, &shans__v1__collection_service__descriptor, "ListIssues", &request.base, false, &reply,
             &err) != ERR_OK)
        fail_msg("%s", err.reason);
    return (const Shans__V1__ListIssuesReply *)reply;
}

static ErrCode resolve(const char *login, uint64_t id, const char *status, const char *value,
                       const char *reason, const Shans__V1__ImportIssue **ret_issue, Err *err)
{
    Shans__V1__ResolveIssueRequest request = SHANS__V1__RESOLVE_ISSUE_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;

    request.id = id;
    request.status = (char *)status;
    request.value = (char *)value;
    request.reason = (char *)reason;
    ErrCode code = call(login, &shans__v1__collection_service__descriptor, "ResolveIssue", &request.base,
                        true, &reply, err);
    if (code == ERR_OK && ret_issue != NULL)
        *ret_issue = ((const Shans__V1__ResolveIssueReply *)(const void *)reply)->issue;
    return code;
}

/* A run over everything, done at once; its row. */
static RunRow classify(void)
{
    const DbScope scope = {.role = DB_ROLE_REGION, .region = true, .mode = DB_MODE_READ};
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;
    Shans__V1__GetRunRequest look = SHANS__V1__GET_RUN_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    RunRow run;
    Err err = {0};

    request.methodology_code = (char *)"PERV-2023";
    request.year = 2022;
    assert_int_equal(call("analyst", &shans__v1__method_service__descriptor, "StartRun", &request.base, true,
                          &reply, &err),
                     ERR_OK);
    look.id = ((const Shans__V1__StartRunReply *)reply)->run->id;
    for (int i = 0; i < 600; i++) {
        assert_int_equal(call("analyst", &shans__v1__method_service__descriptor, "GetRun", &look.base, false,
                              &reply, &err),
                         ERR_OK);
        if (((const Shans__V1__GetRunReply *)reply)->run->state == SHANS__V1__RUN_STATE__RUN_STATE_DONE)
            break;
        clock_system.sleep_ms(&clock_system, 20);
    }
    Db *db = test_pg_app(&world.pg);
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_int_equal(run_store_get(db, (int64_t)look.id, arena, &run, &err), ERR_OK);
    uint8_t hash[32];
    assert_int_equal(classify_repeat(db, &run, arena, hash, &err), ERR_OK);
    assert_memory_equal(hash, run.output_hash, sizeof hash);
    db_rollback(db);
    db_close(db);
    return run;
}

static const char *status_of(const RunRow *run, const char *school)
{
    Shans__V1__ListClassesRequest request = SHANS__V1__LIST_CLASSES_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    Err err = {0};

    request.run_id = (uint64_t)run->id;
    assert_int_equal(call("analyst", &shans__v1__method_service__descriptor, "ListClasses", &request.base,
                          false, &message, &err),
                     ERR_OK);
    const Shans__V1__ListClassesReply *reply = (const Shans__V1__ListClassesReply *)message;
    for (size_t i = 0; i < reply->n_classes; i++)
        if (text_equal(reply->classes[i]->school_code, school))
            return reply->classes[i]->status_computed;
    return "none";
}

static void nothing_is_stored_by_a_trial(void **state)
{
    (void)state;
    const Shans__V1__ImportSourceTablesReply *reply = import_tables("Программа", true);
    assert_int_equal(reply->n_issues, 1);
    assert_string_equal(reply->issues[0]->proposal, "39835.67");
    assert_int_equal(list("analyst", "", "")->n_issues, 0);
}

static void blocks_one_school_until_decided(void **state)
{
    Err err = {0};

    (void)state;
    RunRow before = classify();
    assert_string_equal(status_of(&before, "a-1"), "LISTED");
    const char *neighbour = status_of(&before, "a-2");
    import_tables("Программа", false);
    import_tables("Программа", false);
    assert_int_equal(list("analyst", "", "open")->n_issues, 1); /* the same finding is stored once */
    RunRow blocked = classify();
    assert_string_equal(status_of(&blocked, "a-1"), "IMPORT_ERRORS");
    assert_string_equal(status_of(&blocked, "a-2"), neighbour);
    assert_memory_not_equal(blocked.input_hash, before.input_hash, 32);

    const Shans__V1__ImportIssue *open = list("coordinator1", "", "open")->issues[0], *decided = NULL;
    assert_string_equal(open->school_code, "a-1");
    assert_string_equal(open->place, "table 10//2025");
    assert_int_equal(
        resolve("coordinator1", open->id, "corrected", "39835.67", "Лишняя цифра", &decided, &err), ERR_OK);
    assert_string_equal(decided->status, "corrected");
    assert_string_equal(decided->value, "39835.67");
    assert_string_equal(decided->decided_by, "coordinator1");
    assert_string_equal(decided->reason, "Лишняя цифра");
    assert_true(decided->decided_ms > 0);
    assert_string_equal(decided->raw_value, "398835.67"); /* as printed, for good */
    assert_int_equal(list("analyst", "", "open")->n_issues, 0);
    assert_int_equal(list("analyst", "a-1", "corrected")->n_issues, 1);
    RunRow after = classify();
    assert_string_equal(status_of(&after, "a-1"), "LISTED");
    assert_memory_equal(after.input_hash, before.input_hash, 32);
    assert_memory_equal(after.output_hash, before.output_hash, 32);
    /* imported again the finding stays decided */
    import_tables("Программа", false);
    assert_int_equal(list("analyst", "", "open")->n_issues, 0);
}

static void decided_once_by_whom_it_concerns(void **state)
{
    Err err = {0};

    (void)state;
    import_tables("Другой документ", false);
    uint64_t id = list("analyst", "", "open")->issues[0]->id;
    assert_int_equal(resolve("head1", id, "accepted", "", "r", NULL, &err), ERR_PERMISSION_DENIED);
    assert_int_equal(resolve("coordinator2", id, "accepted", "", "r", NULL, &err), ERR_NOT_FOUND);
    assert_int_equal(resolve("analyst", id + 1000, "accepted", "", "r", NULL, &err), ERR_NOT_FOUND);
    assert_int_equal(resolve("analyst", 0, "accepted", "", "r", NULL, &err), ERR_NOT_FOUND);
    assert_int_equal(resolve("analyst", id, "open", "", "r", NULL, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "ISSUE_STATUS");
    assert_int_equal(resolve("analyst", id, "accepted", "", "", NULL, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "ISSUE_REASON");
    assert_int_equal(resolve("analyst", id, "accepted", "5", "r", NULL, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "ISSUE_VALUE");
    assert_int_equal(resolve("analyst", id, "corrected", "", "r", NULL, &err), ERR_INVALID_ARGUMENT);
    assert_int_equal(list("analyst", "", "open")->n_issues, 1);
    assert_int_equal(resolve("analyst", id, "rejected", "", "Так и есть", NULL, &err), ERR_OK);
    assert_int_equal(resolve("coordinator1", id, "accepted", "", "r", NULL, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "ISSUE_DECIDED");
}

/* Each decision is a row of the audit, with whom and what. */
static void decisions_are_in_the_audit(void **state)
{
    Sql *owner = sql_open(&world.pg, "postgres");

    (void)state;
    assert_int_equal(sql_number(owner, "select count(*) from shans.audit_log where object like 'issue:%%'"),
                     2);
    assert_int_equal(sql_number(owner, "select count(*) from shans.audit_log where object = 'source_tables'"),
                     4);
    sql_close(owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_stored_by_a_trial),
        cmocka_unit_test(blocks_one_school_until_decided),
        cmocka_unit_test(decided_once_by_whom_it_concerns),
        cmocka_unit_test(decisions_are_in_the_audit),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
