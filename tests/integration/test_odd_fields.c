/* Every field of every request given values nobody would send: the answer is OK or a refusal that names what
 * is wrong; never an internal error, never the database's own complaint. Fields come from the descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/net/wire.h"
#include "server/methods.h"
#include "shans/v1/method.pb-c.h"
#include "shans/v1/system.pb-c.h"
#include "tests/integration/bad.h"
#include "tests/integration/requests.h"

enum { LONG_TEXT = 3000, PATH_SIZE = 128 };

/* Where the walk is. */
typedef struct Walk {
    const ProtobufCServiceDescriptor *service;
    const ProtobufCMethodDescriptor *method;
    const MethodRow *row;
    const char *login;
    const ProtobufCMessage *request;
    char path[PATH_SIZE];
} Walk;

static Bad bad;
static size_t answered, faults;

static int start(void **state)
{
    (void)state;
    bad_start(&bad);
    bad_begin(&bad);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bad_end(&bad);
    bad_stop(&bad);
    return 0;
}

static void call(const Walk *walk, const char *value)
{
    Arena *kept = bad.arena;

    bad.arena = arena_new(32 << 20, NULL);
    assert_non_null(bad.arena);
    RawReply reply =
        walk->row->mutating
            ? bad_change(&bad, walk->login, walk->service, walk->method->name, walk->request)
            : bad_call(&bad, walk->login, walk->service, walk->method->name, NULL, walk->request);
    bad.cases++;
    if (reply.code == ERR_OK) {
        answered++;
    } else {
        char name[PATH_SIZE * 2];
        snprintf(name, sizeof name, "%s as %s: %s = %s", walk->method->name, walk->login, walk->path, value);
        if (reply.code == ERR_INTERNAL || reply.code == ERR_UNKNOWN || reply.code == ERR_UNAVAILABLE ||
            reply.code == ERR_DATA_LOSS || reply.code == ERR_DEADLINE_EXCEEDED ||
            strncmp(reply.err.reason, "DATABASE_", 9) == 0 || text_equal(reply.err.reason, "ROW_FORBIDDEN"))
            print_message("FAULT %zu %s: %s %s\n", ++faults, name, err_code_name(reply.code),
                          reply.err.reason);
        else
            raw_check_sentences(&reply, name);
    }
    arena_free(bad.arena);
    bad.arena = kept;
}

static void try_texts(const Walk *walk, char **at)
{
    static char endless[LONG_TEXT];
    static const char *const texts[] = {"",
                                        " ",
                                        "0",
                                        "-1",
                                        "a-1",
                                        "r",
                                        "zz-9",
                                        "' or 1=1--",
                                        "%s%n%s",
                                        "a\tb\n",
                                        "\x01\x7f",
                                        "\u202e",
                                        "99999999999999999999",
                                        "2022-02-30",
                                        "2022-12-31",
                                        "infinity",
                                        "epoch",
                                        "\\",
                                        "[,]",
                                        "9999-12-31",
                                        "0001-01-01"};
    char *kept = *at;

    memset(endless, 'z', sizeof endless - 1);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *at = (char *)texts[i];
        call(walk, texts[i]);
    }
    *at = endless;
    call(walk, "a long text");
    *at = kept;
}

static void try_numbers(const Walk *walk, void *at, bool wide)
{
    static const int64_t numbers[] = {
        0,          1,         -1,       2, 32767, 32768, INT32_MAX, INT32_MIN, (int64_t)INT32_MAX + 1,
        UINT32_MAX, INT64_MAX, INT64_MIN};
    char shown[24];
    int64_t kept = 0;
    size_t size = wide ? sizeof(int64_t) : sizeof(int32_t);

    memcpy(&kept, at, size);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        memcpy(at, &numbers[i], size); /* of a narrow field the low half */
        snprintf(shown, sizeof shown, "%lld", (long long)numbers[i]);
        call(walk, shown);
    }
    memcpy(at, &kept, size);
}

static void try_bytes(const Walk *walk, ProtobufCBinaryData *at)
{
    static uint8_t zeros[64];
    static const size_t sizes[] = {0, 1, 31, 32, 33, 64};
    ProtobufCBinaryData kept = *at;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *at = (ProtobufCBinaryData){sizes[i], zeros};
        call(walk, "zeros");
    }
    *at = kept;
}

static void walk_message(Walk *walk, ProtobufCMessage *message, size_t path);

static void walk_value(Walk *walk, const ProtobufCFieldDescriptor *field, void *at, size_t path)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        try_texts(walk, at);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        try_bytes(walk, at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (*(ProtobufCMessage **)at != NULL)
            walk_message(walk, *(ProtobufCMessage **)at, path);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
        try_numbers(walk, at, true);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        break; /* dry_run: left as the request has it */
    default:
        try_numbers(walk, at, false);
        break;
    }
}

/* Each field in turn; of a list its first item, then the list without items, and with one item twice. */
static void walk_message(Walk *walk, ProtobufCMessage *message, size_t path)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char *at = (char *)message + field->offset;
        int length = snprintf(walk->path + path, PATH_SIZE - path, "/%s", field->name);
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            walk_value(walk, field, at, path + (size_t)length);
            continue;
        }
        size_t *count = (size_t *)(void *)((char *)message + field->quantifier_offset), kept = *count;
        void **items = *(void ***)(void *)at;
        if (kept == 0)
            continue;
        walk_value(walk, field, &items[0], path + (size_t)length);
        *count = 0;
        call(walk, "no items");
        *count = kept;
        if (kept > 1) {
            void *second = items[1];
            items[1] = items[0];
            call(walk, "an item twice");
            items[1] = second;
        }
    }
    walk->path[path] = '\0';
}

/* Who may call it and sees what it is about. */
static const char *caller(const MethodRow *row, bool ministry)
{
    if ((row->roles & METHOD_ROLE(SHANS__V1__ROLE__ROLE_MINISTRY_ANALYST)) == 0)
        return "methodologist";
    return ministry || (row->roles & METHOD_ROLE(SHANS__V1__ROLE__ROLE_SCHOOL_HEAD)) == 0 ? "analyst"
                                                                                          : "head1";
}

static const MethodRow *row_of(const ProtobufCServiceDescriptor *service, const char *method)
{
    size_t i = 0;

    while (server_methods[i].service != service || !text_equal(server_methods[i].method, method))
        i++;
    return &server_methods[i];
}

static void walk_method(Walk *walk, bool ministry, ProtobufCBinaryData profile)
{
    walk->row = row_of(walk->service, walk->method->name);
    walk->login = caller(walk->row, ministry);
    for (unsigned variant = 0; variant < 4; variant++) {
        AskRequest request;
        const Ask ask = {
            .world = &bad.world,
            .person = world_person(&bad.world, walk->login),
            .school = &bad.world.schools[0],
            .pending = bad.world.schools[0].submission,
            .run = bad.world.run,
            .number = 20,
            .profile = profile.data,
            .profile_size = profile.len,
            .arena = bad.arena,
        };
        if (!ask_make(&ask, walk->method->name, variant, &request))
            break;
        walk->request = request.message;
        walk_message(walk, (ProtobufCMessage *)request.message, 0);
    }
}

static ProtobufCBinaryData a_profile(void)
{
    Shans__V1__GetMethodologyRequest request = SHANS__V1__GET_METHODOLOGY_REQUEST__INIT;
    ProtobufCMessage *message;
    Err err = {0};

    request.code = (char *)"PERV-2023";
    RawReply reply = bad_call(&bad, "analyst", &shans__v1__method_service__descriptor, "GetMethodology", NULL,
                              &request.base);
    assert_int_equal(wire_unpack(&shans__v1__get_methodology_reply__descriptor, reply.reply->payload.data,
                                 reply.reply->payload.len, bad.arena, &message, &err),
                     ERR_OK);
    return ((const Shans__V1__GetMethodologyReply *)message)->compiled;
}

/* Whatever was taken in, the region can still be classified by every shipped methodology of the year. */
static void check_run(const char *methodology)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;

    request.methodology_code = (char *)methodology;
    request.year = 2022;
    RawReply reply =
        bad_change(&bad, "analyst", &shans__v1__method_service__descriptor, "StartRun", &request.base);
    assert_int_equal(reply.code, ERR_OK);
    bad_note(&bad); /* waits for it */
    assert_string_equal(
        sql_text(bad.owner, "select state || failure_reason from shans.run order by id desc limit 1"), "2");
    assert_true(sql_number(bad.owner, "select school_count from shans.run order by id desc limit 1") >= 4);
}

static void odd_fields_are_refused_by_name(void **state)
{
    ProtobufCBinaryData profile = a_profile();

    (void)state;
    for (size_t i = 0; i < server_service_count; i++) {
        for (unsigned j = 0; j < server_services[i]->n_methods; j++) {
            Walk walk = {.service = server_services[i], .method = &server_services[i]->methods[j]};
            walk_method(&walk, false, profile);
            walk_method(&walk, true, profile);
        }
    }
    print_message("odd fields: %zu calls, %zu answered OK\n", bad.cases, answered);
    assert_int_equal(faults, 0);
    assert_true(bad.cases > 1000);
    check_run("PERV-2023");
    check_run("FIOKO-847");
    bad_unharmed(&bad, "odd fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(odd_fields_are_refused_by_name)};

    return cmocka_run_group_tests(tests, start, stop);
}
