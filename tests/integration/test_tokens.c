/* Abuse of tokens: whatever is presented instead of a valid one is refused by every kind of method, is
 * counted in the log of refusals, and a flood of it stays a handful of rows. Revoking and blocking reach a
 * running server within five seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "server/store/store_account.h"
#include "server/watch.h"
#include "shans/v1/admin.pb-c.h"
#include "tests/integration/raw.h"
#include "tests/integration/sql.h"

enum { TEXT_SIZE = 8192, FLOOD = 2000, LIMIT_MS = 5000 };
#define DAY_MS 86400000LL

static World world;
static Sql *owner;
static Db *app, *admin;
static TransportClient *client;
static size_t refused; /* since the start: each must be in the log */

/* One method of every lane: read, accounts, group commit, write. */
static const struct {
    const char *method;
    bool mutating;
} methods[] = {
    {"shans.v1.SystemService/GetIdentity", false},
    {"shans.v1.CollectionService/ListSubmissions", false},
    {"shans.v1.CollectionService/Submit", true},
    {"shans.v1.AdminService/RevokeToken", true},
};
enum { METHODS = sizeof methods / sizeof *methods };

static RawReply call(const char *method, bool mutating, const char *token, Arena *arena)
{
    uint8_t operation[ID_SIZE];
    RawCall raw = {.method = method, .token = token, .payload = "", .size = 0};

    world_operation(&world, operation);
    raw.operation = mutating ? operation : NULL;
    return raw_call(&world, client, &raw, arena);
}

/* What GetIdentity says of a token. */
static ErrCode ask(const char *token)
{
    Arena *arena = arena_new(1 << 20, NULL);
    RawReply reply = call(methods[0].method, false, token, arena);
    ErrCode code = reply.code;

    if (code == ERR_UNAUTHENTICATED)
        refused++;
    arena_free(arena);
    return code;
}

/* Every method refuses the token, with one of the reasons given. */
static size_t expect_refused(const char *what, const char *token, const char *reason)
{
    for (size_t i = 0; i < METHODS; i++) {
        Arena *arena = arena_new(1 << 20, NULL);
        RawReply reply = call(methods[i].method, methods[i].mutating, token, arena);
        if (reply.code != ERR_UNAUTHENTICATED || strstr(reason, reply.err.reason) == NULL)
            fail_msg("%s: %s answers %s %s, expected %s", what, methods[i].method, err_code_name(reply.code),
                     reply.err.reason, reason);
        raw_check_sentences(&reply, what);
        refused++;
        arena_free(arena);
    }
    return METHODS;
}

/* An account of its own for a case, with a token until expires_ms; returns its id. */
static int64_t victim(const char *login, int64_t expires_ms, char *ret_token)
{
    const DbScope scope = {0};
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];
    int64_t id = 0, now_ms = clock_system.now_ms(&clock_system);
    Err err = {0};

    rand_bytes(&world.rand, raw, sizeof raw);
    crypto_hash(raw, sizeof raw, hash);
    crypto_hex(raw, sizeof raw, ret_token);
    assert_int_equal(db_begin(admin, &scope, &err), ERR_OK);
    assert_int_equal(
        access_store_add_principal(admin, login, "", SHANS__V1__ROLE__ROLE_SCHOOL_HEAD, "a-1", &id, &err),
        ERR_OK);
    assert_int_equal(
        access_store_issue_token(admin, hash, id, now_ms - 2 * DAY_MS, now_ms + expires_ms, "", &err),
        ERR_OK);
    assert_int_equal(db_commit(admin, &err), ERR_OK);
    return id;
}

static int64_t counted(void)
{
    Err err = {0};

    assert_int_equal(
        refusals_flush(&world.service.refusals, app, clock_system.monotonic_ms(&clock_system) + 5000, &err),
        ERR_OK);
    return sql_number(owner, "select coalesce(sum(count), 0) from shans.refusal_log");
}

/* ---- texts that are no token, made of one that is ---- */

typedef void (*Twist)(char *text, const char *other);

static void twist_empty(char *text, const char *other)
{
    (void)other;
    text[0] = '\0';
}

static void twist_short(char *text, const char *other)
{
    (void)other;
    text[63] = '\0';
}

static void twist_half(char *text, const char *other)
{
    (void)other;
    text[32] = '\0';
}

static void twist_one(char *text, const char *other)
{
    (void)other;
    text[1] = '\0';
}

static void twist_longer(char *text, const char *other)
{
    (void)other;
    memcpy(text + 64, "0", 2);
}

static void twist_twice(char *text, const char *other)
{
    memcpy(text + 64, other, 65);
}

static void twist_oversized(char *text, const char *other)
{
    (void)other;
    memset(text, 'a', TEXT_SIZE - 1);
    text[TEXT_SIZE - 1] = '\0';
}

static void twist_space_before(char *text, const char *other)
{
    (void)other;
    memmove(text + 1, text, strlen(text) + 1);
    text[0] = ' ';
}

static void twist_newline(char *text, const char *other)
{
    (void)other;
    memcpy(text + 64, "\n", 2);
}

static void twist_prefix(char *text, const char *other)
{
    (void)other;
    memcpy(text, "0x", 2);
}

static void twist_bearer(char *text, const char *other)
{
    char held[80];

    (void)other;
    text_copy(held, sizeof held, text);
    snprintf(text, TEXT_SIZE, "Bearer %s", held);
}

static void twist_letter(char *text, const char *other)
{
    (void)other;
    text[31] = 'g';
}

static void twist_cyrillic(char *text, const char *other)
{
    (void)other;
    memcpy(text + 30, "а", 2); /* looks like a Latin letter */
}

static void twist_quote(char *text, const char *other)
{
    (void)other;
    memcpy(text, "' or 1=1 --", 11);
}

static void twist_zeros(char *text, const char *other)
{
    (void)other;
    memset(text, '0', 64);
}

static void twist_ones(char *text, const char *other)
{
    (void)other;
    memset(text, 'f', 64);
}

static void twist_reversed(char *text, const char *other)
{
    (void)other;
    for (size_t i = 0; i < 32; i++) {
        char held = text[i];
        text[i] = text[63 - i];
        text[63 - i] = held;
    }
}

static void twist_mixed(char *text, const char *other)
{
    memcpy(text + 32, other + 32, 32);
}

/* Who steals the table of tokens has this. */
static void twist_hash(char *text, const char *other)
{
    uint8_t raw[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE];

    (void)other;
    assert_true(crypto_hex_parse(text, raw, sizeof raw));
    crypto_hash(raw, sizeof raw, hash);
    crypto_hex(hash, sizeof hash, text);
}

static void twist_login(char *text, const char *other)
{
    (void)other;
    text_copy(text, TEXT_SIZE, "coordinator1");
}

static const struct {
    const char *name;
    Twist twist;
} twists[] = {
    {"empty", twist_empty},
    {"one digit short", twist_short},
    {"half", twist_half},
    {"one digit", twist_one},
    {"one digit more", twist_longer},
    {"two tokens", twist_twice},
    {"oversized", twist_oversized},
    {"space before", twist_space_before},
    {"newline", twist_newline},
    {"0x", twist_prefix},
    {"Bearer", twist_bearer},
    {"no digit", twist_letter},
    {"Cyrillic", twist_cyrillic},
    {"quote", twist_quote},
    {"zeros", twist_zeros},
    {"ones", twist_ones},
    {"reversed", twist_reversed},
    {"half of another's", twist_mixed},
    {"stored hash", twist_hash},
    {"login", twist_login},
};

static void twisted_texts_are_no_tokens(void **state)
{
    static char text[TEXT_SIZE];
    size_t cases = 0;

    (void)state;
    for (size_t i = 0; i < sizeof twists / sizeof *twists; i++) {
        text_copy(text, sizeof text, world_person(&world, "head1")->token);
        twists[i].twist(text, world_person(&world, "coordinator1")->token);
        cases += expect_refused(twists[i].name, text, "TOKEN_MISSING TOKEN_MALFORMED TOKEN_UNKNOWN");
    }
    /* every single bit of a digit counts, at every eighth place */
    for (size_t at = 0; at < 64; at += 8) {
        text_copy(text, sizeof text, world_person(&world, "head1")->token);
        text[at] = text[at] == '0' ? '1' : '0';
        cases += expect_refused("flipped", text, "TOKEN_UNKNOWN");
    }
    print_message("twisted tokens: %zu cases, 0 accepted\n", cases);
    assert_true(cases >= 60);
}

/* ---- real tokens that are not valid any more ---- */

static void past_tokens_are_refused(void **state)
{
    static const struct {
        const char *login;
        int64_t expires_ms;
        const char *change, *reason; /* change: of the account or its token, %lld is its id */
    } cases[] = {
        {"past-1ms", -1, NULL, "TOKEN_EXPIRED"},
        {"past-1s", -1000, NULL, "TOKEN_EXPIRED"},
        {"past-1d", -DAY_MS, NULL, "TOKEN_EXPIRED"},
        {"gone", DAY_MS, "update shans.token set revoked_at = now() where principal_id = %lld",
         "TOKEN_REVOKED"},
        {"gone-long-ago", -1000,
         "update shans.token set revoked_at = now() - interval '1 day' where principal_id = %lld",
         "TOKEN_REVOKED"},
        {"blocked", DAY_MS, "update shans.principal set active = false where id = %lld", "ACCOUNT_DISABLED"},
        {"blocked-late", -1000, "update shans.principal set active = false where id = %lld", "TOKEN_EXPIRED"},
        /* another role is another account: the old one is blocked, and no statement changes a role */
        {"promoted", DAY_MS,
         "update shans.principal set active = false where id = %lld; insert into shans.principal (login, "
         "role, "
         "org_id) select 'promoted-2', 3, id from shans.org where code = 'a'",
         "ACCOUNT_DISABLED"},
    };
    size_t count = 0;
    char token[CRYPTO_HASH_TEXT_SIZE], sql[400];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t id = victim(cases[i].login, cases[i].expires_ms, token);
        if (cases[i].expires_ms > 0)
            assert_int_equal(ask(token), ERR_OK); /* it was good, and is remembered */
        if (cases[i].change != NULL) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(sql, sizeof sql, cases[i].change, (long long)id);
#pragma GCC diagnostic pop
            sql_run(owner, sql);
            rpc_server_evict(world.server, id);
        }
        count += expect_refused(cases[i].login, token, cases[i].reason);
        assert_int_equal(ask(token), ERR_UNAUTHENTICATED); /* replayed */
        count++;
    }
    print_message("past tokens: %zu cases, 0 accepted\n", count);
    char state_text[6];
    sql_try(owner, "update shans.principal set role = 6 where login = 'head1'", state_text);
    assert_string_equal(state_text, "23001");
    assert_true(counted() == (int64_t)refused);
    assert_true(sql_number(owner, "select sum(count) from shans.refusal_log where source = 'past-1s'") ==
                METHODS + 1);
    /* of a token that is nobody's, eight digits of its hash */
    assert_int_equal(sql_number(owner, "select max(length(source)) from shans.refusal_log where source like "
                                       "'token:%%'"),
                     14);
}

/* ---- a flood ---- */

static void a_flood_is_a_handful_of_rows(void **state)
{
    char token[CRYPTO_HASH_TEXT_SIZE];
    uint8_t raw[CRYPTO_HASH_SIZE];

    (void)state;
    for (size_t i = 0; i < FLOOD; i++) {
        rand_bytes(&world.rand, raw, sizeof raw);
        crypto_hex(raw, sizeof raw, token);
        assert_int_equal(ask(token), ERR_UNAUTHENTICATED);
    }
    assert_true(counted() == (int64_t)refused);
    int64_t most =
        sql_number(owner, "select max(n) from (select count(*) as n from shans.refusal_log group by "
                          "minute) rows");
    print_message("flood: %d refusals, at most %lld rows a minute, none uncounted\n", FLOOD, (long long)most);
    assert_in_range(most, 1, REFUSALS_KEYS_MAX + REFUSALS_REASONS_MAX);
    assert_true(sql_number(owner, "select count(*) from shans.refusal_log where source = '*'") >= 1);
}

/* ---- how fast ---- */

static void evict(void *server, int64_t principal_id)
{
    rpc_server_evict(server, principal_id);
}

static int64_t until_refused(Watch *watch, const char *token)
{
    int64_t start = clock_system.monotonic_ms(&clock_system), now = start;

    while (now - start < LIMIT_MS && ask(token) == ERR_OK) {
        watch_step(watch);
        now = clock_system.monotonic_ms(&clock_system);
    }
    assert_int_equal(ask(token), ERR_UNAUTHENTICATED);
    return now - start;
}

static ProtobufCMessage *change(const char *login, const char *method, const ProtobufCMessage *request)
{
    uint8_t id[ID_SIZE];
    ProtobufCMessage *reply = NULL;
    Rpc *rpc = world_client(&world, login);
    Err err = {0};

    world_operation(&world, id);
    if (rpc_call(rpc, &shans__v1__admin_service__descriptor, method, id, request, world.arena, &reply,
                 &err) != ERR_OK)
        fail_msg("%s as %s: %s", method, login, err.reason);
    rpc_close(rpc);
    return reply;
}

static void revoking_and_blocking_take_seconds(void **state)
{
    static Readiness readiness;
    static Watch watch;
    Shans__V1__RevokeTokenRequest revoke = SHANS__V1__REVOKE_TOKEN_REQUEST__INIT;
    Shans__V1__SetAccountBlockedRequest block = SHANS__V1__SET_ACCOUNT_BLOCKED_REQUEST__INIT;
    char token[CRYPTO_HASH_TEXT_SIZE];

    (void)state;
    readiness_init(&readiness);
    WatchOptions options = {world.conninfo, &clock_system, evict, world.server, &readiness, NULL, NULL};
    watch_init(&watch, &options);
    watch_step(&watch);

    victim("quick-1", DAY_MS, token);
    assert_int_equal(ask(token), ERR_OK);
    revoke.login = (char *)"quick-1";
    assert_int_equal(
        ((Shans__V1__RevokeTokenReply *)change("coordinator1", "RevokeToken", &revoke.base))->revoked, 1);
    int64_t revoked_ms = until_refused(&watch, token);

    victim("quick-2", DAY_MS, token);
    assert_int_equal(ask(token), ERR_OK);
    block.login = (char *)"quick-2";
    block.blocked = 1;
    block.why = (char *)"уволен";
    change("coordinator1", "SetAccountBlocked", &block.base);
    int64_t blocked_ms = until_refused(&watch, token);
    print_message("refused %lld ms after revoking, %lld ms after blocking\n", (long long)revoked_ms,
                  (long long)blocked_ms);
    assert_in_range(revoked_ms, 0, LIMIT_MS - 1);
    assert_in_range(blocked_ms, 0, LIMIT_MS - 1);

    block.blocked = 0; /* the control: unblocked, the same token is good again */
    change("coordinator1", "SetAccountBlocked", &block.base);
    watch_step(&watch);
    assert_int_equal(ask(token), ERR_OK);
    watch_done(&watch);
    assert_true(counted() == (int64_t)refused);
}

static int start(void **state)
{
    (void)state;
    world_start(&world, false);
    owner = sql_open(&world.pg, "postgres");
    app = test_pg_app(&world.pg);
    admin = test_pg_owner(&world.pg);
    client = raw_client(&world);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sql_close(owner);
    db_close(app);
    db_close(admin);
    transport_client_close(client);
    world_stop(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twisted_texts_are_no_tokens),
        cmocka_unit_test(past_tokens_are_refused),
        cmocka_unit_test(a_flood_is_a_handful_of_rows),
        cmocka_unit_test(revoking_and_blocking_take_seconds),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
