/* The whole road in one process: submissions over a real socket, acceptance, a run, an edition, explanations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "server/jobs/classify.h"
#include "shans/v1/method.pb-c.h"
#include "tests/integration/world.h"

static World world;

static int start(void **state)
{
    (void)state;
    world_start(&world, false);
    world_fill(&world);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    world_stop(&world);
    return 0;
}

static void explains_down_to_the_submission(void **state)
{
    Arena *arena = arena_new(1 << 20, NULL);
    Shans__V1__ExplainRequest request = SHANS__V1__EXPLAIN_REQUEST__INIT;
    ProtobufCMessage *message;
    Err err = {0};

    (void)state;
    request.edition_number = world.edition;
    request.school_code = (char *)"a-1";
    Rpc *rpc = world_client(&world, "head1");
    assert_int_equal(rpc_call(rpc, &shans__v1__method_service__descriptor, "Explain", NULL, &request.base,
                              arena, &message, &err),
                     ERR_OK);
    const Shans__V1__ExplainReply *reply = (const Shans__V1__ExplainReply *)message;
    /* 7/1117 is not low, 7/21 and 7/22 are: two procedures of one year, branch A. */
    assert_string_equal(reply->school_class->status_approved, "LISTED");
    assert_string_equal(reply->school_class->status_computed, "");
    size_t low = 0;
    for (size_t i = 0; i < reply->n_procedures; i++) {
        const Shans__V1__ProcedureReason *reason = reply->procedures[i];
        low += reason->low ? 1 : 0;
        assert_int_equal(reason->submission_id, world.schools[0].submission);
        assert_string_equal(reason->submitted_by, "head1");
        assert_string_equal(reason->accepted_by, "coordinator1");
        assert_string_equal(reason->form_code, "assessment_results");
    }
    assert_int_equal(low, 2);
    bool branch_a = false;
    for (size_t i = 0; i < reply->n_rules; i++)
        branch_a = branch_a || (text_equal(reply->rules[i]->rule, "BRANCH_A") && reply->rules[i]->held);
    assert_true(branch_a);
    assert_string_equal(reply->methodology->code, "PERV-2023");
    assert_int_equal(strlen(reply->methodology->hash), 64);
    rpc_close(rpc);
    arena_free(arena);
}

static void repeats_a_run_to_the_byte(void **state)
{
    Arena *arena = arena_new(16 << 20, NULL);
    const DbScope scope = {.role = DB_ROLE_REGION, .region = true, .mode = DB_MODE_READ};
    Db *db = test_pg_app(&world.pg);
    RunRow run;
    uint8_t hash[32];
    Err err = {0};

    (void)state;
    assert_int_equal(db_begin(db, &scope, &err), ERR_OK);
    assert_int_equal(run_store_get(db, (int64_t)world.run, arena, &run, &err), ERR_OK);
    assert_int_equal(classify_repeat(db, &run, arena, hash, &err), ERR_OK);
    assert_memory_equal(hash, run.output_hash, sizeof hash);
    db_rollback(db);
    db_close(db);
    arena_free(arena);
}

static void a_replayed_operation_gets_its_stored_reply(void **state)
{
    Arena *arena = arena_new(8 << 20, NULL);
    Shans__V1__SubmitRequest *request =
        world_results("a-1", "2021", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL, 40,
                      world.service.options.catalog, arena);
    const ProtobufCServiceDescriptor *service = &shans__v1__collection_service__descriptor;
    ProtobufCMessage *first, *second, *third;
    uint8_t id[16];
    Err err = {0};

    (void)state;
    Rpc *rpc = world_client(&world, "head1");
    world_operation(&world, id);
    assert_int_equal(rpc_call(rpc, service, "Submit", id, &request->base, arena, &first, &err), ERR_OK);
    assert_int_equal(rpc_call(rpc, service, "Submit", id, &request->base, arena, &second, &err), ERR_OK);
    assert_string_equal(((Shans__V1__SubmitReply *)first)->receipt->number,
                        ((Shans__V1__SubmitReply *)second)->receipt->number);
    request->cells[0]->number = 41;
    request->cells[1]->number = 41;
    world_hash(request, world.service.options.catalog, arena);
    assert_int_equal(rpc_call(rpc, service, "Submit", id, &request->base, arena, &third, &err),
                     ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "OPERATION_MISMATCH");
    rpc_close(rpc);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explains_down_to_the_submission),
        cmocka_unit_test(repeats_a_run_to_the_byte),
        cmocka_unit_test(a_replayed_operation_gets_its_stored_reply),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
