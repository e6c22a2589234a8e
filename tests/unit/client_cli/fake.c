/* Owns the canned server of the command tests. Invariant: every call is kept in order, so a test can read
 * what was asked. Must not answer a method no answer was added for. */
#include "tests/unit/client_cli/fake.h"

#include <dirent.h>
#include <unistd.h>

#include "common/core/text.h"
#include "shans/v1/collection.pb-c.h"
#include "tests/unit/client_cli/fill.h"

Fake fake;

static int64_t now_ms;
static Rand rng;

static int64_t moving_now(const Clock *clock)
{
    (void)clock;
    return now_ms;
}

static void moving_sleep(const Clock *clock, int64_t ms)
{
    (void)clock;
    now_ms += ms;
}

static const Clock moving = {moving_now, moving_now, moving_sleep, 0};

int fake_setup(void **state)
{
    (void)state;
    fake = (Fake){.lang = "en"};
    snprintf(fake.dir, sizeof fake.dir, "/tmp/client-cli-XXXXXX");
    now_ms = 1700000000000;
    rng = rand_seeded(3);
    setenv("TZ", "UTC0", 1);
    for (size_t i = 0; i < KEY_COUNT; i++) /* the machine of the tests decides nothing */
        unsetenv(cli_keys[i].env);
    unsetenv("NO_COLOR");
    unsetenv("PAGER");
    setenv("TERM", "xterm", 1);
    return mkdtemp(fake.dir) == NULL;
}

int fake_teardown(void **state)
{
    DIR *dir = opendir(fake.dir);
    char path[400];

    (void)state;
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", fake.dir, entry->d_name);
        unlink(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(fake.dir);
    for (size_t i = 0; i < fake.answer_count; i++)
        free(fake.answers[i].bytes);
    for (size_t i = 0; i < fake.call_count; i++)
        free(fake.calls[i].bytes);
    free(fake.out);
    free(fake.err);
    return 0;
}

void fake_add(const char *method, const ProtobufCMessage *reply)
{
    FakeAnswer *answer = &fake.answers[fake.answer_count++];

    assert_true(fake.answer_count < FAKE_CALLS);
    *answer = (FakeAnswer){.method = method, .size = protobuf_c_message_get_packed_size(reply)};
    answer->bytes = malloc(answer->size + 1);
    assert_non_null(answer->bytes);
    protobuf_c_message_pack(reply, answer->bytes);
}

void fake_refuse(const char *method, ErrCode code, const char *reason)
{
    fake.answers[fake.answer_count++] = (FakeAnswer){.method = method, .code = code, .reason = reason};
}

static FakeAnswer *find_answer(const char *method)
{
    FakeAnswer *last = NULL;

    for (size_t i = 0; i < fake.answer_count; i++) {
        if (!text_equal(fake.answers[i].method, method))
            continue;
        last = &fake.answers[i];
        if (!last->given)
            break;
    }
    return last;
}

static ErrCode confirm(const void *payload, size_t size, Arena *arena, const void **ret_reply,
                       size_t *ret_size)
{
    Shans__V1__SubmitRequest *request = shans__v1__submit_request__unpack(NULL, size, payload);
    Shans__V1__Receipt receipt = SHANS__V1__RECEIPT__INIT;
    Shans__V1__SubmitReply reply = SHANS__V1__SUBMIT_REPLY__INIT;

    assert_non_null(request);
    receipt.number = "2023-0000001";
    receipt.content_hash = request->content_hash;
    receipt.revision = request->base_revision + 1;
    receipt.state = SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_SUBMITTED;
    receipt.server_time_ms = 1700000001000;
    receipt.submission_id = 17;
    reply.receipt = &receipt;
    uint8_t *bytes = arena_alloc(arena, shans__v1__submit_reply__get_packed_size(&reply));
    assert_non_null(bytes);
    *ret_size = shans__v1__submit_reply__pack(&reply, bytes);
    *ret_reply = bytes;
    shans__v1__submit_request__free_unpacked(request, NULL);
    return ERR_OK;
}

static ErrCode answer_call(void *context, const char *method, const uint8_t *id, const void *payload,
                           size_t size, Arena *arena, const void **ret_reply, size_t *ret_size, Err *err)
{
    const char *name = strchr(method, '/') + 1;
    FakeCall *call = &fake.calls[fake.call_count++];

    (void)context;
    assert_true(fake.call_count < FAKE_CALLS);
    text_copy(call->method, sizeof call->method, name);
    call->has_id = id != NULL;
    if (id != NULL)
        memcpy(call->id, id, sizeof call->id);
    call->bytes = malloc(size + 1);
    assert_non_null(call->bytes);
    if (size > 0)
        memcpy(call->bytes, payload, size);
    call->size = size;
    if (fake.confirm && text_equal(name, "Submit"))
        return confirm(payload, size, arena, ret_reply, ret_size);
    FakeAnswer *answer = find_answer(name);
    if (answer == NULL && fake.fill && fill_reply(method, arena, ret_reply, ret_size))
        return ERR_OK;
    if (answer == NULL)
        return err_set(err, ERR_UNAVAILABLE, "NO_CONNECTION");
    answer->given = true;
    if (answer->code != ERR_OK)
        return err_set(err, answer->code, answer->reason);
    *ret_reply = answer->bytes;
    *ret_size = answer->size;
    return ERR_OK;
}

/* Words of the line into argv; returns their number. */
static int split(const char *line, char (*words)[256], const char **argv, int most)
{
    int count = 0;

    argv[count++] = "shans";
    while (*line != '\0' && count < most) {
        size_t length = strcspn(line, " ");
        char *to = words[count];
        snprintf(to, 256, "%s%.*s", line[0] == '@' ? fake.dir : "", (int)(length - (line[0] == '@')),
                 line + (line[0] == '@'));
        for (char *at = to; *at != '\0'; at++)
            if (*at == '~')
                *at = ' ';
        if (text_equal(to, "\'\'"))
            to[0] = '\0';
        argv[count] = to;
        count++;
        line += length + (line[length] == ' ');
    }
    return count;
}

int fake_run(const char *line)
{
    static char words[40][256];
    const char *argv[40];
    size_t out_size, err_size;
    char full[4096];

    free(fake.out);
    free(fake.err);
    fake.out = fake.err = NULL;
    /* without a language the one of the configuration is looked for */
    snprintf(full, sizeof full, "%s%s%s%s", fake.lang[0] == '\0' ? "" : "--lang ", fake.lang,
             line[0] == '\0' || fake.lang[0] == '\0' ? "" : " ", line);
    CliHost host = {.out = open_memstream(&fake.out, &out_size),
                    .err = open_memstream(&fake.err, &err_size),
                    .clock = &moving,
                    .rand = &rng,
                    .state_dir = fake.dir,
                    .width = fake.width,
                    .height = fake.height,
                    .terminal = fake.terminal,
                    .err_terminal = fake.terminal,
                    .system_file = fake.system_file,
                    .user_file = fake.user_file,
                    .work_dir = fake.work_dir,
                    .call = answer_call};
    int code = cli_main(&host, split(full, words, argv, 40), argv);
    fclose(host.out);
    fclose(host.err);
    return code;
}

const FakeCall *fake_call(const char *method, size_t n)
{
    for (size_t i = 0; i < fake.call_count; i++)
        if (text_equal(fake.calls[i].method, method) && n-- == 0)
            return &fake.calls[i];
    fail_msg("%s was not called", method);
    return NULL;
}

size_t fake_count(const char *method)
{
    size_t count = 0;

    for (size_t i = 0; i < fake.call_count; i++)
        count += text_equal(fake.calls[i].method, method);
    return count;
}

void fake_file(const char *name, const char *text)
{
    char path[400];

    snprintf(path, sizeof path, "%s/%s", fake.dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void fake_golden(const char *name, const char *text)
{
    char path[400], *want = NULL;
    size_t size = 0;

    snprintf(path, sizeof path, "tests/golden/cli/%s", name);
    if (getenv("SHANS_GOLDEN_UPDATE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is missing", path);
    FILE *copy = open_memstream(&want, &size);
    for (int c; (c = fgetc(file)) != EOF;)
        fputc(c, copy);
    fclose(copy);
    fclose(file);
    assert_string_equal(text, want);
    free(want);
}
