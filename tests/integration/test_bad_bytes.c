/* Hostile bytes, foreign envelopes and tokens that do not sign in: each is refused with a reason that has a
 * sentence in both languages, nothing is stored, the server lives on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "common/net/wire.h"
#include "server/store/store_access.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/bad.h"

#define LIST_ORGS "shans.v1.OrgService/ListOrgs"
#define SUBMIT    "shans.v1.CollectionService/Submit"

enum { LEN = 2, GROUP = 3, ENVELOPE_MAX = 8 << 20, DAY_MS = 86400000 };

static Bad bad;

static int start(void **state)
{
    (void)state;
    bad_start(&bad);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bad_stop(&bad);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    bad_begin(&bad);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bad_end(&bad);
    return 0;
}

static const char *token_of(const char *login)
{
    return world_person(&bad.world, login)->token;
}

static void expect_call(const char *name, const RawCall *call, ErrCode code, const char *reason)
{
    RawReply reply = raw_call(&bad.world, bad.client, call, bad.arena);

    bad_expect(&bad, name, &reply, code, reason);
}

/* ---- envelopes ---- */

/* A valid envelope around a submission that would be stored. */
static void pack_submission(Buf *buf)
{
    const Shans__V1__SubmitRequest *request =
        world_results("a-1", "2015", SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_SCHOOL, 30,
                      bad.world.service.options.catalog, bad.arena);
    uint8_t operation[ID_SIZE];
    Buf payload;

    buf_init(&payload, ENVELOPE_MAX);
    wire_pack(&request->base, &payload);
    world_operation(&bad.world, operation);
    const RawCall call = {.method = SUBMIT,
                          .token = token_of("head1"),
                          .operation = operation,
                          .payload = payload.data,
                          .size = payload.length};
    raw_pack(&bad.world, &call, buf);
    buf_done(&payload);
}

static void refuses_noise(void **state)
{
    uint8_t bytes[4096];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        size_t size = 1 + (size_t)rand_below(&bad.world.rand, sizeof bytes - 1);
        rand_bytes(&bad.world.rand, bytes, size);
        RawReply reply = raw_send(bad.client, bytes, size, bad.arena);
        if (reply.code != ERR_INVALID_ARGUMENT && reply.code != ERR_UNIMPLEMENTED)
            fail_msg("noise: %s %s", err_code_name(reply.code), reply.err.reason);
        raw_check_sentences(&reply, "noise");
        bad.cases++;
    }
    bad_unharmed(&bad, "noise");
}

static void refuses_every_cut(void **state)
{
    Buf buf;

    (void)state;
    buf_init(&buf, ENVELOPE_MAX);
    pack_submission(&buf);
    for (size_t size = 0; size < buf.length; size += size < 200 ? 1 : 37) {
        RawReply reply = raw_send(bad.client, buf.data, size, bad.arena);
        if (reply.reply == NULL || reply.code == ERR_OK || reply.code == ERR_INTERNAL)
            fail_msg("cut at %zu: %s %s", size, err_code_name(reply.code), reply.err.reason);
        raw_check_sentences(&reply, "cut");
        bad.cases++;
    }
    buf_done(&buf);
    bad_unharmed(&bad, "cuts");
}

/* A stored submission cannot come of a changed byte unseen: what was signed by the content hash either is
 * the same or is refused. Only ids may change without harm. */
static void survives_every_flipped_byte(void **state)
{
    Buf buf;

    (void)state;
    buf_init(&buf, ENVELOPE_MAX);
    pack_submission(&buf);
    int64_t before = sql_number(bad.owner, "select count(*) from shans.submission");
    for (size_t i = 0; i < buf.length; i += 3) {
        buf.data[i] ^= (char)(1u << rand_below(&bad.world.rand, 8));
        RawReply reply = raw_send(bad.client, buf.data, buf.length, bad.arena);
        if (reply.reply == NULL || reply.code == ERR_INTERNAL)
            fail_msg("byte %zu: %s %s", i, err_code_name(reply.code), reply.err.reason);
        if (reply.code != ERR_OK)
            raw_check_sentences(&reply, "flip");
        bad.cases++;
    }
    buf_done(&buf);
    int64_t after = sql_number(bad.owner, "select count(*) from shans.submission");
    assert_in_range(after - before, 0, 1);
    assert_int_equal(sql_number(bad.owner, "select count(*) from shans.submission where revision > 1"), 0);
    bad_note(&bad);
    bad_unharmed(&bad, "flips");
}

static void refuses_foreign_envelopes(void **state)
{
    uint8_t operation[ID_SIZE + 1];
    char method[400];
    const char *token = token_of("head1");

    (void)state;
    world_operation(&bad.world, operation);
    memset(method, 'x', sizeof method - 1);
    method[sizeof method - 1] = '\0';
    expect_call("protocol 2", &(RawCall){.protocol = 2, .method = LIST_ORGS, .token = token},
                ERR_UNIMPLEMENTED, "PROTOCOL_UNKNOWN");
    expect_call("protocol 4e9", &(RawCall){.protocol = 4000000000u, .method = LIST_ORGS, .token = token},
                ERR_UNIMPLEMENTED, "PROTOCOL_UNKNOWN");
    expect_call("no method", &(RawCall){.method = "", .token = token}, ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    expect_call("unknown method", &(RawCall){.method = "shans.v1.OrgService/DropOrgs", .token = token},
                ERR_UNIMPLEMENTED, "METHOD_UNKNOWN");
    expect_call("method of another case",
                &(RawCall){.method = "shans.v1.orgservice/listorgs", .token = token}, ERR_UNIMPLEMENTED,
                "METHOD_UNKNOWN");
    expect_call("method of 400 bytes", &(RawCall){.method = method, .token = token}, ERR_UNIMPLEMENTED,
                "METHOD_UNKNOWN");
    expect_call("method not UTF-8", &(RawCall){.method = "shans.v1.\xff\xfe", .token = token},
                ERR_INVALID_ARGUMENT, "WIRE_UTF8");
    expect_call("no operation id", &(RawCall){.method = SUBMIT, .token = token}, ERR_INVALID_ARGUMENT,
                "OPERATION_ID_SIZE");
}

/* The envelope with one field of another size or value, made by hand. */
static void refuses_wrong_fields(void **state)
{
    static uint8_t id[ID_SIZE + 1];
    static const struct {
        const char *name;
        size_t request_id, operation_id;
        uint32_t deadline_ms;
        ErrCode code;
        const char *reason;
    } cases[] = {
        {"no request id", 0, ID_SIZE, 1000, ERR_INVALID_ARGUMENT, "REQUEST_ID_SIZE"},
        {"long request id", ID_SIZE + 1, ID_SIZE, 1000, ERR_INVALID_ARGUMENT, "REQUEST_ID_SIZE"},
        {"no deadline", ID_SIZE, ID_SIZE, 0, ERR_INVALID_ARGUMENT, "DEADLINE_MISSING"},
        {"short operation id", ID_SIZE, ID_SIZE - 1, 1000, ERR_INVALID_ARGUMENT, "OPERATION_ID_SIZE"},
        {"long operation id", ID_SIZE, ID_SIZE + 1, 1000, ERR_INVALID_ARGUMENT, "OPERATION_ID_SIZE"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Shans__V1__CallRequest request = SHANS__V1__CALL_REQUEST__INIT;
        Buf buf;

        request.protocol = RPC_PROTOCOL;
        request.request_id = (ProtobufCBinaryData){cases[i].request_id, id};
        request.operation_id = (ProtobufCBinaryData){cases[i].operation_id, id};
        request.method = (char *)SUBMIT;
        request.deadline_ms = cases[i].deadline_ms;
        request.token = (char *)token_of("head1");
        buf_init(&buf, ENVELOPE_MAX);
        wire_pack(&request.base, &buf);
        RawReply reply = raw_send(bad.client, buf.data, buf.length, bad.arena);
        buf_done(&buf);
        bad_expect(&bad, cases[i].name, &reply, cases[i].code, cases[i].reason);
    }
}

/* ---- nesting and size ---- */

static void put_varint(Buf *buf, size_t value)
{
    for (; value > 0x7F; value >>= 7)
        buf_u8(buf, (uint8_t)(value | 0x80));
    buf_u8(buf, (uint8_t)value);
}

/* `depth` messages inside each other, each the same field of the one around it. */
static void pack_nested(Buf *buf, unsigned field, size_t depth)
{
    Buf inner, outer;

    buf_init(&inner, ENVELOPE_MAX);
    for (size_t i = 0; i < depth; i++) {
        buf_init(&outer, ENVELOPE_MAX);
        put_varint(&outer, field << 3 | LEN);
        put_varint(&outer, inner.length);
        buf_add(&outer, inner.data, inner.length);
        buf_done(&inner);
        inner = outer;
    }
    buf_add(buf, inner.data, inner.length);
    buf_done(&inner);
}

static void pack_groups(Buf *buf, unsigned field, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        put_varint(buf, field << 3 | GROUP);
}

/* Nested messages as an envelope and as a payload, in a field of messages (Submit's cells), in one that is
 * not known, and as groups. */
static void survives_nesting(void **state)
{
    static const size_t depths[] = {33, 1072, 8699};
    static const unsigned fields[] = {7, 15, 8};
    uint8_t operation[ID_SIZE];

    (void)state;
    world_operation(&bad.world, operation);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 4; j++) {
            Buf buf;
            buf_init(&buf, ENVELOPE_MAX);
            if (j < 3)
                pack_nested(&buf, fields[j], depths[i]);
            else
                pack_groups(&buf, 7, depths[i]);
            RawReply bare = raw_send(bad.client, buf.data, buf.length, bad.arena);
            const RawCall call = {.method = SUBMIT,
                                  .token = token_of("head1"),
                                  .operation = operation,
                                  .payload = buf.data,
                                  .size = buf.length};
            RawReply inside = raw_call(&bad.world, bad.client, &call, bad.arena);
            buf_done(&buf);
            assert_true(bare.code == ERR_INVALID_ARGUMENT || bare.code == ERR_UNIMPLEMENTED);
            assert_true(inside.code == ERR_INVALID_ARGUMENT || inside.code == ERR_NOT_FOUND);
            raw_check_sentences(&bare, "nested envelope");
            raw_check_sentences(&inside, "nested payload");
            bad.cases += 2;
            bad_unharmed(&bad, "nesting");
        }
    }
}

static void refuses_too_much(void **state)
{
    uint8_t operation[ID_SIZE];
    char *bytes = calloc(1, TRANSPORT_MESSAGE_MAX + 1);
    const char *token = token_of("analyst");

    (void)state;
    assert_non_null(bytes);
    world_operation(&bad.world, operation);
    expect_call(
        "2 KiB for GetOrg",
        &(RawCall){.method = "shans.v1.OrgService/GetOrg", .token = token, .payload = bytes, .size = 2048},
        ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    expect_call("1 MiB + 1 for Submit",
                &(RawCall){.method = SUBMIT,
                           .token = token,
                           .operation = operation,
                           .payload = bytes,
                           .size = (1 << 20) + 1},
                ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    expect_call(
        "64 KiB before sign-in",
        &(RawCall){.method = "shans.v1.SystemService/CheckHealth", .payload = bytes, .size = 64 << 10},
        ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    RawReply reply = raw_send(bad.client, bytes, TRANSPORT_MESSAGE_MAX + 1, bad.arena);
    bad_expect(&bad, "4 MiB + 1, stopped by the client", &reply, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
    free(bytes);
}

/* A peer that speaks the socket's protocol itself, past every limit of our client. */
static int connect_bare(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 5};

    assert_true(fd >= 0);
    text_copy(address.sun_path, sizeof address.sun_path, bad.world.address + strlen("ipc://"));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

/* Sends as much as the server takes. */
static void push(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        at += sent;
        size -= (size_t)sent;
    }
}

/* Frames of the SP protocol over IPC: a byte 1 and a big-endian length of 8 bytes. */
static void push_frame(int fd, uint64_t claimed, const void *bytes, size_t size)
{
    uint8_t head[9] = {1};

    for (int i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)(claimed >> (56 - 8 * i));
    push(fd, head, sizeof head);
    push(fd, bytes, size);
}

/* Connected, and greeted on both sides. */
static int meet_bare(void)
{
    static const uint8_t hello[] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    uint8_t greeting[sizeof hello];
    int fd = connect_bare();

    push(fd, hello, sizeof hello);
    assert_int_equal(recv(fd, greeting, sizeof greeting, MSG_WAITALL), (ssize_t)sizeof greeting);
    return fd;
}

/* One byte more than a message may have, from a peer that does not count: the answer comes as to anybody. */
static void refuses_a_byte_too_many(void **state)
{
    enum { SIZE = 4 + TRANSPORT_MESSAGE_MAX + 1, HEAD = 9 + 4 };
    uint8_t *bytes = calloc(1, SIZE), answer[4096];
    RawReply reply = {0};
    ProtobufCMessage *message;
    int fd = meet_bare();

    (void)state;
    assert_non_null(bytes);
    bytes[0] = 0x80; /* the request's number, its first bit set */
    push_frame(fd, SIZE, bytes, SIZE);
    free(bytes);
    assert_int_equal(recv(fd, answer, HEAD, MSG_WAITALL), HEAD);
    size_t size = (size_t)answer[7] << 8 | answer[8];
    assert_in_range(size, 5, sizeof answer);
    size -= 4;
    assert_int_equal(recv(fd, answer, size, MSG_WAITALL), (ssize_t)size);
    close(fd);
    assert_int_equal(
        wire_unpack(&shans__v1__call_reply__descriptor, answer, size, bad.arena, &message, &reply.err),
        ERR_OK);
    const Shans__V1__CallReply *said = (const Shans__V1__CallReply *)message;
    reply.code = err_set(&reply.err, (ErrCode)said->code, said->reason);
    for (size_t i = 0; i < said->n_args; i++)
        err_arg(&reply.err, said->args[i]->key, "%s", said->args[i]->value);
    bad_expect(&bad, "4 MiB + 1", &reply, ERR_INVALID_ARGUMENT, "MESSAGE_TOO_LARGE");
}

/* Frames that claim more than there may be are hung up on; half a frame waits for its rest. */
static void outlives_bare_peers(void **state)
{
    static const uint64_t claims[] = {5 << 20, UINT64_C(1) << 40, UINT64_MAX, 30, 3, 0};
    uint8_t bytes[3] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        int fd = meet_bare();
        push_frame(fd, claims[i], bytes, sizeof bytes);
        if (claims[i] > TRANSPORT_MESSAGE_MAX) {
            ssize_t got = recv(fd, bytes, sizeof bytes, 0);
            if (got != 0 && errno != ECONNRESET)
                fail_msg("a claim of %llu: %zd %s", (unsigned long long)claims[i], got, strerror(errno));
        }
        bad.cases++;
        bad_unharmed(&bad, "a bare peer");
        close(fd);
    }
    int silent = connect_bare(), rude = connect_bare();
    push(rude, "GET / HTTP/1.1\r\n\r\n", 18);
    bad_unharmed(&bad, "silent and rude peers");
    close(silent);
    close(rude);
}

/* ---- tokens ---- */

static void expect_token(const char *name, const char *token, const char *reason)
{
    expect_call(name, &(RawCall){.method = LIST_ORGS, .token = token}, ERR_UNAUTHENTICATED, reason);
}

static void refuses_malformed_tokens(void **state)
{
    char token[WORLD_TOKEN_SIZE + 1];

    (void)state;
    text_copy(token, sizeof token, token_of("head1"));
    expect_token("no token", NULL, "TOKEN_MISSING");
    token[WORLD_TOKEN_SIZE - 2] = '\0';
    expect_token("truncated token", token, "TOKEN_MALFORMED");
    text_copy(token, sizeof token, token_of("head1"));
    text_copy(token + WORLD_TOKEN_SIZE - 1, 2, "0");
    expect_token("token and a digit", token, "TOKEN_MALFORMED");
    text_copy(token, sizeof token, token_of("head1"));
    token[10] = 'g';
    expect_token("token with a g", token, "TOKEN_MALFORMED");
    for (size_t i = 0; i < WORLD_TOKEN_SIZE - 1; i += 9) {
        text_copy(token, sizeof token, token_of("head1"));
        token[i] = token[i] == '0' ? '1' : '0';
        expect_token("token with another digit", token, "TOKEN_UNKNOWN");
    }
}

/* Digits mean the same in either case: the same token, the same person. */
static void takes_tokens_in_either_case(void **state)
{
    char token[WORLD_TOKEN_SIZE];

    (void)state;
    text_copy(token, sizeof token, token_of("head1"));
    for (char *at = token; *at != '\0'; at++)
        *at = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
    const RawCall call = {.method = LIST_ORGS, .token = token};
    assert_int_equal(raw_call(&bad.world, bad.client, &call, bad.arena).code, ERR_OK);
}

/* Another token of head1, issued so many ms from now, until then. */
static void issue_token(char *token, uint8_t *hash, int64_t from_ms, int64_t until_ms)
{
    const DbScope scope = {0};
    int64_t now = clock_system.now_ms(&clock_system);
    uint8_t raw[CRYPTO_HASH_SIZE];
    Db *owner = test_pg_owner(&bad.world.pg);
    PrincipalRow row;
    Err err = {0};

    rand_bytes(&bad.world.rand, raw, sizeof raw);
    crypto_hash(raw, sizeof raw, hash);
    crypto_hex(raw, sizeof raw, token);
    assert_int_equal(db_begin(owner, &scope, &err), ERR_OK);
    assert_int_equal(access_store_find_principal(owner, "head1", bad.arena, &row, &err), ERR_OK);
    assert_int_equal(access_store_issue_token(owner, hash, row.id, now + from_ms, now + until_ms, "", &err),
                     ERR_OK);
    assert_int_equal(db_commit(owner, &err), ERR_OK);
    db_close(owner);
    bad_note(&bad);
}

static void revoke_token(const uint8_t *hash)
{
    const DbScope scope = {0};
    Db *owner = test_pg_owner(&bad.world.pg);
    int64_t count = 0;
    Err err = {0};

    assert_int_equal(db_begin(owner, &scope, &err), ERR_OK);
    assert_int_equal(access_store_revoke(owner, hash, 0, clock_system.now_ms(&clock_system), &count, &err),
                     ERR_OK);
    assert_int_equal(db_commit(owner, &err), ERR_OK);
    assert_int_equal(count, 1);
    db_close(owner);
    bad_note(&bad);
}

static void refuses_expired_and_revoked_tokens(void **state)
{
    char token[WORLD_TOKEN_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];

    (void)state;
    issue_token(token, hash, -2 * DAY_MS, -1000);
    expect_token("expired token", token, "TOKEN_EXPIRED");
    issue_token(token, hash, 0, DAY_MS);
    revoke_token(hash);
    expect_token("revoked token", token, "TOKEN_REVOKED");
}

/* A token in use is believed for a moment longer, never for more than the cache's time. */
static void forgets_a_revoked_token_in_use(void **state)
{
    char token[WORLD_TOKEN_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];

    (void)state;
    issue_token(token, hash, 0, DAY_MS);
    const RawCall call = {.method = LIST_ORGS, .token = token};
    assert_int_equal(raw_call(&bad.world, bad.client, &call, bad.arena).code, ERR_OK);
    revoke_token(hash);
    clock_system.sleep_ms(&clock_system, RPC_TOKEN_TTL_MS + 100);
    expect_token("revoked token in use", token, "TOKEN_REVOKED");
}

static void refuses_a_disabled_account(void **state)
{
    const DbScope scope = {0};
    Db *owner = test_pg_owner(&bad.world.pg);
    Err err = {0};

    (void)state;
    for (int active = 0; active < 2; active++) {
        assert_int_equal(db_begin(owner, &scope, &err), ERR_OK);
        assert_int_equal(access_store_set_active(owner, "head4", active != 0, &err), ERR_OK);
        assert_int_equal(db_commit(owner, &err), ERR_OK);
        bad_note(&bad);
        if (active == 0) {
            clock_system.sleep_ms(&clock_system, RPC_TOKEN_TTL_MS + 100);
            expect_token("disabled account", token_of("head4"), "ACCOUNT_DISABLED");
        }
    }
    db_close(owner);
    const RawCall call = {.method = LIST_ORGS, .token = token_of("head4")};
    assert_int_equal(raw_call(&bad.world, bad.client, &call, bad.arena).code, ERR_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(refuses_noise),
        CASE(refuses_every_cut),
        CASE(survives_every_flipped_byte),
        CASE(refuses_foreign_envelopes),
        CASE(refuses_wrong_fields),
        CASE(survives_nesting),
        CASE(refuses_too_much),
        CASE(refuses_a_byte_too_many),
        CASE(outlives_bare_peers),
        CASE(refuses_malformed_tokens),
        CASE(takes_tokens_in_either_case),
        CASE(refuses_expired_and_revoked_tokens),
        CASE(forgets_a_revoked_token_in_use),
        CASE(refuses_a_disabled_account),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
