/* Owns what every command shares: configuration, connection, outbox, output. Invariant: data goes to
 * host->out and everything else to host->err. Must not know any one command. */
#include "client/cli/cli.h"
#include "client/cli/names.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/retry.h"
#include "common/core/embed.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"

enum { TOKEN_MAX = 512, RETRY_LEAST_MS = 200, RETRY_MOST_MS = 3000, OUTPUT_MAX = 256 << 20 };

/* A definition may lack its English text; the Russian one is then better than none. */
const char *cli_text(const Cli *cli, Text text)
{
    const char *chosen = cli->style.russian ? text.ru : text.en;

    return chosen == NULL || chosen[0] == '\0' ? (text.ru == NULL ? "" : text.ru) : chosen;
}

/* One line, cleaned: names of schools and files may hold anything. Nothing of it is the result. */
void cli_say(const Cli *cli, const char *format, ...)
{
    Buf clean;
    va_list args;
    char text[2048];

    if (cli_flag(cli, "quiet"))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_init(&clean, 4096);
    render_clean(&clean, text);
    watch_clear(cli->host->watch);
    fprintf(cli->host->err, "%s\n", clean.data == NULL ? "" : clean.data);
    buf_done(&clean);
}

void cli_note(const Cli *cli, const char *note)
{
    char text[1024];

    snprintf(text, sizeof text, "%s %s", _("Interrupted."), note);
    watch_note(cli->host->watch, text);
}

void cli_progress(const Cli *cli, const char *label, size_t done, size_t total)
{
    watch_progress(cli->host->watch, label, done, total);
}

void cli_say_err(const Cli *cli, const char *label, const Err *why)
{
    Err worded = *why;
    Buf line;

    names_put_words(&worded);
    buf_init(&line, 1 << 14);
    render_err(&worded, cli->style.russian, NULL, &line);
    cli_say(cli, "%s: %s", label, line.data == NULL ? why->reason : line.data);
    buf_done(&line);
}

/* Written at once, so that a failure never leaves half a document behind a success. */
ErrCode cli_print(Cli *cli, const RenderTable *table, Err *err)
{
    Buf buf;

    if (cli->style.format == RENDER_AS_XLSX)
        return render_workbook(table, &cli->style, cli->command->noun, cli->beside, err);
    buf_init(&buf, OUTPUT_MAX);
    ErrCode code = render_table(table, &cli->style, &buf, err);
    if (code == ERR_OK && buf.length > 0 && fwrite(buf.data, 1, buf.length, cli->out) != buf.length)
        code = err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    buf_done(&buf);
    return code;
}

/* Decoded once, into the arena of the command: the definitions the server checks with are the same bytes. */
ErrCode cli_get_catalog(Cli *cli, const Catalog **ret_catalog, Err *err)
{
    if (cli->catalog == NULL) {
        Catalog *catalog = NULL;
        if (catalog_files_count == 0)
            return err_set(err, ERR_INTERNAL, "CATALOG_ABSENT");
        ErrCode code = catalog_load(catalog_files[0].data, catalog_files[0].size, cli->arena, &catalog, err);
        if (code != ERR_OK)
            return code;
        cli->catalog = catalog;
    }
    *ret_catalog = cli->catalog;
    return ERR_OK;
}

/* The newest version; for a mistyped code the nearest one is named in the error. */
ErrCode cli_get_form(Cli *cli, const char *code, const FormDef **ret_form, Err *err)
{
    const Catalog *catalog = NULL;
    const char *near = "";
    unsigned least = 8;
    ErrCode failed = cli_get_catalog(cli, &catalog, err);

    if (failed != ERR_OK)
        return failed;
    const FormDef *form = catalog_get_form(catalog, code, 0);
    if (form == NULL) {
        for (size_t i = 0; i < catalog->form_count; i++) {
            unsigned distance = text_distance(code, catalog->forms[i].code);
            if (distance < least) {
                least = distance;
                near = catalog->forms[i].code;
            }
        }
        err_set(err, ERR_NOT_FOUND, near[0] == '\0' ? "FORM_UNKNOWN" : "FORM_UNKNOWN_NEAR");
        err_arg(err, "form", "%s", code);
        return err_arg(err, "near", "%s", near);
    }
    cli->form = form;
    *ret_form = form;
    return ERR_OK;
}

/* Opened when first needed, so that commands that only ask the server work without a state folder. */
ErrCode cli_get_outbox(Cli *cli, Outbox **ret_outbox, Err *err)
{
    if (cli->outbox == NULL) {
        OutboxOptions options = {.dir = cli->values[KEY_STATE].text, .clock = cli->host->clock};
        ErrCode code = outbox_open(&options, &cli->outbox, err);
        if (code != ERR_OK)
            return code;
    }
    *ret_outbox = cli->outbox;
    return ERR_OK;
}

/* The token's text without white space around it. */
static ErrCode read_token(Cli *cli, const char **ret_token, Err *err)
{
    const char *path = cli->values[KEY_TOKEN_FILE].text;
    char text[TOKEN_MAX];

    *ret_token = cli->values[KEY_TOKEN].text;
    /* a flag or a file named nearer than SHANS_TOKEN wins */
    if (path[0] == '\0' ||
        ((*ret_token)[0] != '\0' && !text_equal(cli->values[KEY_TOKEN_FILE].origin, "flag")))
        return ERR_OK;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        err_set(err, ERR_NOT_FOUND, "TOKEN_FILE_MISSING");
        return err_arg(err, "file", "%s", path);
    }
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    *ret_token = arena_text(cli->arena, text_trim(text));
    crypto_wipe(text, sizeof text);
    return *ret_token == NULL ? err_memory(err) : ERR_OK;
}

/* The address is taken as configured; TLS is used when its scheme says so, never guessed. */
static ErrCode connect_rpc(Cli *cli, Err *err)
{
    const char *address = cli->values[KEY_SERVER].text, *token = "";
    TransportTls tls = {.ca_file = cli->values[KEY_CA].text,
                        .server_name = cli->values[KEY_SERVER_NAME].text};
    ErrCode code = cli->rpc != NULL ? ERR_OK : read_token(cli, &token, err);

    if (code != ERR_OK || cli->rpc != NULL)
        return code;
    if (tls.ca_file[0] == '\0')
        tls.ca_file = NULL;
    if (tls.server_name[0] == '\0')
        tls.server_name = NULL;
    bool secure = text_starts(address, "tls+");
    RpcOptions options = {.address = address,
                          .tls = secure ? &tls : NULL,
                          .token = token,
                          .deadline_ms = (uint32_t)cli->timeout_ms,
                          .clock = cli->host->clock,
                          .rand = cli->host->rand};
    return rpc_open(&options, &cli->rpc, err);
}

/* As the sender wants it: context is the Cli. */
ErrCode cli_call_packed(void *context, const char *method, const uint8_t *operation_id, const void *payload,
                        size_t size, Arena *arena, const void **ret_reply, size_t *ret_size, Err *err)
{
    Cli *cli = context;

    if (cli->host->call != NULL)
        return cli->host->call(cli->host->call_context, method, operation_id, payload, size, arena, ret_reply,
                               ret_size, err);
    ErrCode code = connect_rpc(cli, err);
    if (code != ERR_OK)
        return code;
    return rpc_call_packed(cli->rpc, method, operation_id, payload, size, arena, ret_reply, ret_size, err);
}

/* protobuf-c asks these two for memory: messages live as long as the command and are freed with it. */
static void *arena_allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

/* Freed with the arena. */
static void arena_keep(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

/* Through the packed call of a test's server. */
static ErrCode call_host(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                         const uint8_t *operation_id, const ProtobufCMessage *request,
                         ProtobufCMessage **ret_reply, Err *err)
{
    const ProtobufCMethodDescriptor *found =
        protobuf_c_service_descriptor_get_method_by_name(service, method);
    ProtobufCAllocator allocator = {arena_allocate, arena_keep, cli->arena};
    const char *name = arena_printf(cli->arena, "%s/%s", service->name, method);
    uint8_t *bytes = arena_alloc(cli->arena, protobuf_c_message_get_packed_size(request));
    const void *reply = NULL;
    size_t size = 0;

    if (name == NULL || bytes == NULL || found == NULL)
        return err_memory(err);
    size_t length = protobuf_c_message_pack(request, bytes);
    ErrCode code = cli->host->call(cli->host->call_context, name, operation_id, bytes, length, cli->arena,
                                   &reply, &size, err);
    if (code != ERR_OK)
        return code;
    *ret_reply = protobuf_c_message_unpack(found->output, &allocator, size, reply);
    return *ret_reply == NULL ? err_set(err, ERR_INTERNAL, "REPLY_MALFORMED") : ERR_OK;
}

/* One attempt, whichever way the answers come. */
static ErrCode call_once(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                         const uint8_t *operation_id, const ProtobufCMessage *request,
                         ProtobufCMessage **ret_reply, Err *err)
{
    if (cli->host->call != NULL)
        return call_host(cli, service, method, operation_id, request, ret_reply, err);
    ErrCode code = connect_rpc(cli, err);
    if (code != ERR_OK)
        return code;
    return rpc_call(cli->rpc, service, method, operation_id, request, cli->arena, ret_reply, err);
}

/* UNAVAILABLE and RESOURCE_EXHAUSTED mean that nothing happened: the same call again, later, until the
 * time is up. After a passed deadline the outcome is unknown, and only the same operation id makes it safe;
 * that is left to the person. */
ErrCode cli_call(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                 const uint8_t *operation_id, const ProtobufCMessage *request, ProtobufCMessage **ret_reply,
                 Err *err)
{
    const Clock *clock = cli->host->clock;
    int64_t until = clock->monotonic_ms(clock) + cli->timeout_ms;

    watch_wait(cli->host->watch, _("Waiting for the server"));
    for (int failures = 1;; failures++) {
        ErrCode code = call_once(cli, service, method, operation_id, request, ret_reply, err);
        if (code != ERR_UNAVAILABLE && code != ERR_RESOURCE_EXHAUSTED)
            return code;
        int64_t delay = retry_delay_ms(cli->host->rand, failures, RETRY_LEAST_MS, RETRY_MOST_MS);
        if (delay < (int64_t)err->retry_delay_ms)
            delay = (int64_t)err->retry_delay_ms;
        if (clock->monotonic_ms(clock) + delay >= until || text_equal(err->reason, "MEMORY_LIMIT"))
            return code;
        clock->sleep_ms(clock, delay);
    }
}

/* The caller goes on without the answer. */
ErrCode cli_ask(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                const ProtobufCMessage *request, ProtobufCMessage **ret_reply, Err *err)
{
    return call_once(cli, service, method, NULL, request, ret_reply, err);
}

/* The id is made once and stays the same for every attempt. */
ErrCode cli_change(Cli *cli, const ProtobufCServiceDescriptor *service, const char *method,
                   const ProtobufCMessage *request, ProtobufCMessage **ret_reply, Err *err)
{
    uint8_t id[ID_SIZE];

    id_make(&cli->ids, id);
    cli_note(cli, _("The server may have done it all the same: look before you repeat it."));
    ErrCode code = cli_call(cli, service, method, id, request, ret_reply, err);
    cli_note(cli, code == ERR_OK ? _("The server has done it; only the result is not shown.")
                                 : _("Nothing was changed."));
    return code;
}
