/* Owns the crash test's client process. Invariant: an id is written down only after the outbox reported it
 * durable. Must not share anything with the test but files. */
#include "tests/integration/crash_client.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/outbox/outbox.h"
#include "client/rpc/rpc.h"
#include "client/sync/sender.h"
#include "common/base/ids.h"
#include "common/crypto/crypto.h"
#include "server/prepare.h"
#include "server/store/embedded_place.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/world.h"

enum { PERIODS = 100, MEMORY = 16 << 20, NAME_SIZE = 256, BATCH = 4, IMPORT_MS = 60000, SUBMIT_MS = 5000 };

static bool read_token(const char *dir, const char *login, char *to)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof name, "%s/%s.token", dir, login);
    FILE *file = fopen(name, "r");
    bool fine = file != NULL && fgets(to, WORLD_TOKEN_SIZE, file) != NULL;
    if (file != NULL)
        fclose(file);
    return fine;
}

static Rpc *connect_as(const char *dir, const char *login, const char *address, uint32_t deadline_ms,
                       Rand *rand)
{
    static char token[WORLD_TOKEN_SIZE];
    RpcOptions options = {
        .address = address, .token = token, .deadline_ms = deadline_ms, .clock = &clock_system, .rand = rand};
    Rpc *rpc = NULL;
    Err err = {0};

    if (!read_token(dir, login, token) || rpc_open(&options, &rpc, &err) != ERR_OK)
        return NULL;
    return rpc;
}

static Shans__V1__Org *make_org(Arena *arena, const char *code, int kind, const char *parent)
{
    Shans__V1__Org *org = ARENA_NEW(arena, Shans__V1__Org, 1);

    shans__v1__org__init(org);
    org->code = (char *)code;
    org->kind = (Shans__V1__OrgKind)kind;
    org->parent_code = (char *)parent;
    org->name = (char *)code;
    org->number = (char *)code;
    org->valid_from = (char *)"2000-01-01";
    org->training = 1;
    return org;
}

void crash_make_orgs(const char *dir, const char *address, int schools)
{
    Shans__V1__ImportOrgsRequest request = SHANS__V1__IMPORT_ORGS_REQUEST__INIT;
    Arena *arena = arena_new(MEMORY, NULL);
    Shans__V1__Org **orgs = ARENA_NEW(arena, Shans__V1__Org *, (size_t)schools + 1);
    Rand rand = rand_system();
    IdMaker maker = id_maker(&clock_system, &rand);
    ProtobufCMessage *reply;
    uint8_t id[ID_SIZE];
    Err err = {0};

    orgs[0] = make_org(arena, "d", SHANS__V1__ORG_KIND__ORG_KIND_DISTRICT, "r");
    for (int i = 0; i < schools; i++)
        orgs[i + 1] =
            make_org(arena, arena_printf(arena, "s-%d", i), SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL, "d");
    request.orgs = orgs;
    request.n_orgs = (size_t)schools + 1;
    id_make(&maker, id);
    Rpc *rpc = connect_as(dir, "analyst", address, IMPORT_MS, &rand);
    assert_non_null(rpc);
    assert_int_equal(rpc_call(rpc, &shans__v1__org_service__descriptor, "ImportOrgs", id, &request.base,
                              arena, &reply, &err),
                     ERR_OK);
    rpc_close(rpc);
    arena_free(arena);
}

typedef struct Client {
    int number;
    const char *dir;
    Outbox *outbox;
    Rpc *rpc;
    Sender sender;
    Rand rand;
    IdMaker maker;
    const Catalog *catalog;
    int saved, receipts; /* files */
    int64_t next;        /* index of the next form to queue */
} Client;

static ErrCode call(void *context, const char *method, const uint8_t *operation_id, const void *payload,
                    size_t size, Arena *arena, const void **ret_reply, size_t *ret_size, Err *err)
{
    return rpc_call_packed(context, method, operation_id, payload, size, arena, ret_reply, ret_size, err);
}

static bool write_line(int file, const uint8_t *id, const char *rest)
{
    char text[ID_TEXT_SIZE], line[128];

    id_dump(id, text);
    int length = snprintf(line, sizeof line, "%s %s\n", text, rest);
    return write(file, line, (size_t)length) == length;
}

/* Queues one form nobody has sent before: school and period follow from the index. */
static bool queue_one(Client *client, Arena *arena)
{
    int64_t index = client->next * 3 + client->number;
    const char *school = arena_printf(arena, "s-%d", (int)(index / PERIODS % CRASH_SCHOOLS));
    const char *period = arena_printf(arena, "%d", 2000 + (int)(index % PERIODS));
    Shans__V1__SubmitRequest *request =
        world_results(school, period, SHANS__V1__FIGURE_SOURCE__FIGURE_SOURCE_DISTRICT, 30 + index % 50,
                      client->catalog, arena);
    size_t size = protobuf_c_message_get_packed_size(&request->base);
    uint8_t *payload = arena_alloc(arena, size);
    Operation operation = {
        .method = "shans.v1.CollectionService/Submit",
        .payload = payload,
        .size = size,
        .key = {school, "assessment_results", period},
        .source = (int)request->source,
    };
    Err err = {0};

    protobuf_c_message_pack(&request->base, payload);
    memcpy(operation.content_hash, request->content_hash.data, sizeof operation.content_hash);
    id_make(&client->maker, operation.id);
    if (outbox_queue(client->outbox, &operation, 1, &err) != ERR_OK)
        return false;
    client->next++;
    return write_line(client->saved, operation.id, "");
}

static bool send_some(Client *client, Arena *arena)
{
    Err err = {0};
    SenderStep step = {0};

    if (outbox_begin_sending(client->outbox, &err) != ERR_OK || outbox_hurry(client->outbox, &err) != ERR_OK)
        return false;
    client->sender.failures = 0;
    client->sender.quiet_ms = 0;
    do {
        if (sender_step(&client->sender, &step, &err) != ERR_OK)
            return false;
        if (step.move == SENDER_DONE) {
            Operation *done;
            if (outbox_get(client->outbox, step.id, arena, &done, &err) != ERR_OK ||
                !write_line(client->receipts, step.id, done->receipt.number))
                return false;
        } else if (step.move == SENDER_PARK || step.move == SENDER_PAUSE) {
            fprintf(stderr, "client %d: refused: %s\n", client->number, step.why.reason);
            return false;
        }
    } while (step.move == SENDER_DONE);
    outbox_end_sending(client->outbox);
    if (step.move == SENDER_LATER)
        clock_system.sleep_ms(&clock_system, 50);
    return true;
}

static bool open_client(Client *client, const char *address)
{
    char name[NAME_SIZE], login[16];
    OutboxOptions options = {.dir = name, .clock = &clock_system, .busy_ms = 5000};
    OutboxCounts counts;
    Err err = {0};

    client->rand = rand_system();
    client->maker = id_maker(&clock_system, &client->rand);
    snprintf(name, sizeof name, "%s/outbox-%d", client->dir, client->number);
    if (outbox_open(&options, &client->outbox, &err) != ERR_OK ||
        outbox_count(client->outbox, &counts, &err) != ERR_OK)
        return false;
    client->next = counts.queued + counts.sending + counts.done + counts.parked;
    snprintf(name, sizeof name, "%s/saved-%d", client->dir, client->number);
    client->saved = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
    snprintf(name, sizeof name, "%s/receipts-%d", client->dir, client->number);
    client->receipts = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
    snprintf(login, sizeof login, "client%d", client->number);
    client->rpc = connect_as(client->dir, login, address, SUBMIT_MS, &client->rand);
    client->sender = (Sender){.outbox = client->outbox,
                              .call = call,
                              .context = client->rpc,
                              .clock = &clock_system,
                              .rand = &client->rand};
    return client->rpc != NULL && client->saved >= 0 && client->receipts >= 0;
}

int crash_client_run(int number, const char *dir, const char *address)
{
    Client client = {.number = number, .dir = dir};
    Arena *shared = arena_new(MEMORY, NULL);
    Catalog *catalog;
    char hash[CRYPTO_HASH_TEXT_SIZE], stop[NAME_SIZE];
    Err err = {0};

    snprintf(stop, sizeof stop, "%s/stop", dir);
    if (!crypto_init() || prepare_catalog(shared, &catalog, hash, &err) != ERR_OK)
        return 1;
    client.catalog = catalog;
    if (!open_client(&client, address)) {
        fprintf(stderr, "client %d: cannot start\n", number);
        return 1;
    }
    for (;;) {
        bool stopping = access(stop, F_OK) == 0, fine = true;
        OutboxCounts counts;
        Arena *arena = arena_new(MEMORY, NULL);
        for (int i = 0; i < BATCH && !stopping && fine; i++)
            fine = queue_one(&client, arena);
        fine = fine && send_some(&client, arena) && outbox_count(client.outbox, &counts, &err) == ERR_OK;
        arena_free(arena);
        if (!fine)
            return 1;
        if (stopping && counts.queued + counts.sending == 0)
            break;
    }
    outbox_close(client.outbox);
    _exit(0);
}

static char *read_all(const char *dir, const char *name)
{
    char path[NAME_SIZE];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return text;
}

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}

/* The hexadecimal form of a receipt number, as it stands inside the stored reply. */
static bool reply_holds(const char *operations, const char *id, const char *number)
{
    char hex[64] = "";
    const char *line = strstr(operations, id);

    for (size_t i = 0; number[i] != '\0' && i < 30; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)number[i]);
    if (line == NULL)
        return false;
    const char *end = strchr(line, '\n'), *found = strstr(line, hex);
    return found != NULL && (end == NULL || found < end);
}

void crash_compare(const char *dir, int number, CrashCount *count)
{
    char name[32], *line, *cursor;
    char *operations = read_all(dir, "operations");

    snprintf(name, sizeof name, "saved-%d", number);
    char *saved = read_all(dir, name);
    for (cursor = saved; (line = strsep(&cursor, "\n")) != NULL && *line != '\0';) {
        line[ID_TEXT_SIZE - 1] = '\0';
        size_t found = occurrences(operations, line);
        count->saved++;
        count->missing += found == 0 ? 1 : 0;
        count->doubled += found > 1 ? 1 : 0;
    }
    snprintf(name, sizeof name, "receipts-%d", number);
    char *receipts = read_all(dir, name);
    for (cursor = receipts; (line = strsep(&cursor, "\n")) != NULL && *line != '\0';) {
        line[ID_TEXT_SIZE - 1] = '\0';
        count->receipted++;
        count->differing += reply_holds(operations, line, line + ID_TEXT_SIZE) ? 0 : 1;
    }
    free(operations);
    free(saved);
    free(receipts);
}

size_t crash_submissions(const char *dir)
{
    char *text = read_all(dir, "submissions");
    unsigned long rows = 0, keys = 0, revision = 0;

    assert_int_equal(sscanf(text, "%lu|%lu|%lu", &rows, &keys, &revision), 3);
    assert_int_equal(rows, keys);
    assert_int_equal(revision, 1);
    free(text);
    return rows;
}

void crash_remove(const char *dir)
{
    assert_true(embedded_place_remove(dir));
}
