/* Owns the judgement on refusals. Invariant: after every case the server answers and no row differs.
 * Must not know any case. */
#include "tests/integration/bad.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/net/wire.h"
#include "shans/v1/system.pb-c.h"

enum { ARENA_SIZE = 64 << 20, REQUEST_MAX = 8 << 20 };

void bad_start(Bad *bad)
{
    memset(bad, 0, sizeof *bad);
    world_start(&bad->world, false);
    world_fill(&bad->world);
    bad->client = raw_client(&bad->world);
    bad->owner = sql_open(&bad->world.pg, "postgres");
}

void bad_stop(Bad *bad)
{
    print_message("bad input: cases: %zu\n", bad->cases);
    sql_close(bad->owner);
    transport_client_close(bad->client);
    world_stop(&bad->world);
}

void bad_begin(Bad *bad)
{
    bad->arena = arena_new(ARENA_SIZE, NULL);
    assert_non_null(bad->arena);
    bad_note(bad);
}

void bad_end(Bad *bad)
{
    arena_free(bad->arena);
    bad->arena = NULL;
}

void bad_note(Bad *bad)
{
    sql_picture(bad->owner, bad->picture);
}

RawReply bad_call(Bad *bad, const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                  const uint8_t *operation, const ProtobufCMessage *request)
{
    char name[128];
    Buf payload;

    snprintf(name, sizeof name, "%s/%s", service->name, method);
    buf_init(&payload, REQUEST_MAX);
    wire_pack(request, &payload);
    const RawCall call = {
        .method = name,
        .token = *login == '\0' ? NULL : world_person(&bad->world, login)->token,
        .operation = operation,
        .payload = payload.data,
        .size = payload.length,
    };
    RawReply reply = raw_call(&bad->world, bad->client, &call, bad->arena);
    buf_done(&payload);
    return reply;
}

RawReply bad_change(Bad *bad, const char *login, const ProtobufCServiceDescriptor *service,
                    const char *method, const ProtobufCMessage *request)
{
    uint8_t operation[ID_SIZE];

    world_operation(&bad->world, operation);
    return bad_call(bad, login, service, method, operation, request);
}

void bad_unharmed(Bad *bad, const char *name)
{
    static const char *const methods[] = {"shans.v1.SystemService/GetServerInfo",
                                          "shans.v1.SystemService/CheckHealth"};
    char after[SQL_PICTURE_SIZE];

    for (size_t i = 0; i < 2; i++) {
        const RawCall call = {.method = methods[i]};
        RawReply reply = raw_call(&bad->world, bad->client, &call, bad->arena);
        if (reply.code != ERR_OK)
            fail_msg("after %s: %s gives %s", name, methods[i], reply.err.reason);
    }
    sql_picture(bad->owner, after);
    if (!text_equal(after, bad->picture))
        fail_msg("%s changed the database", name);
}

void bad_expect(Bad *bad, const char *name, const RawReply *reply, ErrCode code, const char *reason)
{
    bad->cases++;
    if (reply->code != code || !text_equal(reply->err.reason, reason))
        fail_msg("%s: %s %s, expected %s %s", name, err_code_name(reply->code), reply->err.reason,
                 err_code_name(code), reason);
    raw_check_sentences(reply, name);
    bad_unharmed(bad, name);
}
