/* Owns the shared world of the service tests. Invariant: every call is a real one, by a person of the world.
 * Must not reach into the services. */
#include "tests/unit/server_service/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/ids.h"

World world;
Arena *arena;
Err err;

int ask_start(void **state)
{
    (void)state;
    world_start(&world, false);
    return 0;
}

int ask_stop(void **state)
{
    (void)state;
    world_stop(&world);
    return 0;
}

int ask_setup(void **state)
{
    (void)state;
    arena = arena_new(64 << 20, NULL);
    return arena == NULL;
}

int ask_teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static ErrCode ask(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                   bool mutating, const ProtobufCMessage *request, ProtobufCMessage **ret_reply)
{
    uint8_t id[ID_SIZE];
    Rpc *rpc = world_client(&world, login);

    memset(&err, 0, sizeof err);
    world_operation(&world, id);
    ErrCode code = rpc_call(rpc, service, method, mutating ? id : NULL, request, arena, ret_reply, &err);
    rpc_close(rpc);
    return code;
}

const void *ask_ok(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                   bool mutating, const ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;

    if (ask(login, service, method, mutating, request, &reply) != ERR_OK)
        fail_msg("%s as %s: %s %s (%s=%s)", method, login, err_code_name(err.code), err.reason,
                 err.args[0].key, err.args[0].value);
    return reply;
}

void ask_refused(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                 bool mutating, const ProtobufCMessage *request, ErrCode code, const char *reason)
{
    ProtobufCMessage *reply = NULL;
    ErrCode got = ask(login, service, method, mutating, request, &reply);

    if (got != code || strcmp(err.reason, reason) != 0)
        fail_msg("%s as %s: %s %s instead of %s %s", method, login, err_code_name(got), err.reason,
                 err_code_name(code), reason);
}

const Shans__V1__Receipt *ask_submit(const char *login, const char *school, const char *period,
                                     Shans__V1__FigureSource source, int64_t figure)
{
    const Catalog *catalog = world.service.options.catalog;
    const Shans__V1__SubmitRequest *request = world_results(school, period, source, figure, catalog, arena);
    const Shans__V1__SubmitReply *reply = ask_ok(login, COLLECTION, "Submit", true, &request->base);

    return reply->receipt;
}

void ask_accept(const char *login, const Shans__V1__Receipt *receipt)
{
    Shans__V1__ReviewRequest review = SHANS__V1__REVIEW_REQUEST__INIT;

    review.submission_id = receipt->submission_id;
    review.revision = receipt->revision;
    review.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    ask_ok(login, COLLECTION, "Review", true, &review.base);
}

uint64_t ask_run(void)
{
    Shans__V1__StartRunRequest start = SHANS__V1__START_RUN_REQUEST__INIT;
    Shans__V1__GetRunRequest get = SHANS__V1__GET_RUN_REQUEST__INIT;

    start.methodology_code = (char *)"PERV-2023";
    const Shans__V1__StartRunReply *queued = ask_ok("analyst", METHODS, "StartRun", true, &start.base);
    get.id = queued->run->id;
    for (int i = 0; i < 200; i++) {
        const Shans__V1__GetRunReply *reply = ask_ok("analyst", METHODS, "GetRun", false, &get.base);
        if (reply->run->state == SHANS__V1__RUN_STATE__RUN_STATE_DONE)
            return get.id;
        assert_int_equal(reply->run->state, SHANS__V1__RUN_STATE__RUN_STATE_QUEUED);
        clock_system.sleep_ms(&clock_system, 25);
    }
    fail_msg("run %llu does not end", (unsigned long long)get.id);
    return 0;
}

/* The number travels in the command's failure: the owner's scripts give no rows back. */
int64_t ask_number(const char *sql)
{
    char script[1024];
    Db *owner = test_pg_owner(&world.pg);

    snprintf(script, sizeof script, "do $$ begin raise exception '%%', (%s); end $$", sql);
    memset(&err, 0, sizeof err);
    assert_int_not_equal(db_script(owner, script, &err), ERR_OK);
    const char *digits = strpbrk(db_last_message(owner), "-0123456789");
    int64_t number = digits == NULL ? INT64_MIN : strtoll(digits, NULL, 10);
    db_close(owner);
    return number;
}
