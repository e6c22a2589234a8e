/* Owns the way of figures from the command line into the outbox and out of it. Invariant: nothing is called
 * sent before its receipt is stored. Must not change figures. */
#include "client/cli/submit.h"
#include "client/cli/cli.h"

#include <string.h>

#include "client/cli/figures_report.h"
#include "client/cli/show.h"
#include "client/outbox/revision.h"
#include "common/core/text.h"
#include "common/crypto/crypto.h"
#include "shans/v1/collection.pb-c.h"

enum { PAGE = 1000, CANONICAL_MAX = 4 << 20, LIST_MOST = 10 };

static const char submit_method[] = "shans.v1.CollectionService/Submit";

typedef struct Revision {
    const char *school, *period;
    int source;
    uint32_t revision;
    struct Revision *next;
} Revision;

struct Revisions {
    Revision *first;
    bool known; /* the server answered: a form not listed is not there */
};

/* Only what the base of a correction depends on is kept. */
static ErrCode keep_page(Cli *cli, const Shans__V1__ListSubmissionsReply *reply, Revisions *revisions,
                         Err *err)
{
    for (size_t i = 0; i < reply->n_submissions; i++) {
        const Shans__V1__SubmissionSummary *from = reply->submissions[i];
        if (from->state == SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_WITHDRAWN ||
            from->state == SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_SUPERSEDED)
            continue;
        Revision *to = ARENA_NEW(cli->arena, Revision, 1);
        if (to == NULL)
            return err_memory(err);
        *to =
            (Revision){from->school_code, from->period, (int)from->source, from->revision, revisions->first};
        revisions->first = to;
    }
    return ERR_OK;
}

/* A correction must name the revision it corrects, or the server refuses it. */
ErrCode submit_load_revisions(Cli *cli, const FormDef *form, const char *under, Revisions **ret, Err *err)
{
    Shans__V1__ListSubmissionsRequest request = SHANS__V1__LIST_SUBMISSIONS_REQUEST__INIT;
    Revisions *revisions = ARENA_NEW(cli->arena, Revisions, 1);
    ErrCode code = revisions == NULL ? err_memory(err) : ERR_OK;

    request.under = (char *)(under == NULL ? "" : under);
    request.form_code = (char *)form->code;
    request.page_size = PAGE;
    bool asked = revisions != NULL;
    for (bool more = true; more && code == ERR_OK;) {
        ProtobufCMessage *message = NULL;
        /* no second attempt: without an answer the outbox knows enough */
        code = cli_ask(cli, &shans__v1__collection_service__descriptor, "ListSubmissions", &request.base,
                       &message, err);
        if (code == ERR_UNAVAILABLE || code == ERR_DEADLINE_EXCEEDED || code == ERR_RESOURCE_EXHAUSTED ||
            code == ERR_UNAUTHENTICATED) {
            code = ERR_OK;
            asked = false;
            break;
        }
        if (code != ERR_OK)
            break;
        const Shans__V1__ListSubmissionsReply *reply = (const void *)message;
        code = keep_page(cli, reply, revisions, err);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    if (code == ERR_OK) {
        revisions->known = asked;
        *ret = revisions;
    }
    return code;
}

/* The live revision of a form on the server, 0 when there is none. */
static uint32_t server_revision(const Revisions *revisions, const SubmitPlan *plan)
{
    for (const Revision *at = revisions->first; at != NULL; at = at->next)
        if (at->source == plan->source && text_equal(at->school, plan->school) &&
            text_equal(at->period, plan->period))
            return at->revision;
    return 0;
}

/* The revision a correction rests on: the last this person knows of, plus what still waits before this one. A
 * newer one on the server is somebody else's work and is never written over unseen. */
static ErrCode base_revision(Cli *cli, const SubmitPlan *plan, const Revisions *revisions, const char *form,
                             uint32_t *ret, Err *err)
{
    DraftKey key = {plan->school, form, plan->period};
    Outbox *outbox = NULL;
    uint32_t revision = 0, waiting = 0;
    ErrCode code = cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK)
        code = outbox_get_revision(outbox, &key, plan->source, &revision, &waiting, err);
    if (code != ERR_OK)
        return code;
    if (revisions != NULL && revisions->known) {
        uint32_t there = server_revision(revisions, plan);
        if (there > revision + waiting) {
            err_set(err, ERR_ABORTED, "REVISION_UNSEEN");
            err_arg(err, "school", "%s", plan->school);
            err_arg(err, "form", "%s", form);
            err_arg(err, "period", "%s", plan->period);
            err_arg(err, "revision", "%u", there);
            return err_arg(err, "known", "%u", revision);
        }
        if (waiting == 0)
            revision = there; /* less than known: withdrawn since, and begun anew */
    }
    *ret = revision + waiting;
    return ERR_OK;
}

/* In canonical order, as they are hashed. */
static ErrCode fill_cells(Cli *cli, const FormData *data, Shans__V1__SubmitRequest *request, Err *err)
{
    FormCell *cells = NULL;
    size_t count = 0;
    ErrCode code = form_data_list(data, cli->arena, &cells, &count, err);

    if (code != ERR_OK)
        return code;
    Shans__V1__Cell *packed = ARENA_NEW(cli->arena, Shans__V1__Cell, count);
    request->cells = ARENA_NEW(cli->arena, Shans__V1__Cell *, count);
    if (packed == NULL || request->cells == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        shans__v1__cell__init(&packed[i]);
        packed[i].section = (char *)cells[i].section;
        packed[i].row = (char *)cells[i].row;
        packed[i].field = (char *)cells[i].field;
        packed[i].kind = (Shans__V1__ValueKind)cells[i].value.kind;
        packed[i].number = cells[i].value.number;
        request->cells[i] = &packed[i];
    }
    request->n_cells = count;
    return ERR_OK;
}

/* Over the canonical bytes, as the server will take it again. */
static ErrCode hash_content(const SubmitPlan *plan, uint8_t *ret_hash, Err *err)
{
    Buf buf;

    buf_init(&buf, CANONICAL_MAX);
    form_data_pack(plan->data, plan->school, plan->period, &buf);
    ErrCode code = buf.failed ? err_memory(err) : ERR_OK;
    if (code == ERR_OK)
        crypto_hash(buf.data, buf.length, ret_hash);
    buf_done(&buf);
    return code;
}

/* After this the figures are bytes; nothing looks at the draft again. */
ErrCode submit_make(Cli *cli, const SubmitPlan *plan, const Revisions *revisions, Operation *ret, Err *err)
{
    const FormDef *form = form_data_get_form(plan->data);
    Shans__V1__SubmitRequest request = SHANS__V1__SUBMIT_REQUEST__INIT;
    Operation operation = {
        .method = submit_method, .key = {plan->school, form->code, plan->period}, .source = plan->source};
    ErrCode code = base_revision(cli, plan, revisions, form->code, &request.base_revision, err);

    if (code == ERR_OK)
        code = fill_cells(cli, plan->data, &request, err);
    if (code == ERR_OK)
        code = hash_content(plan, operation.content_hash, err);
    if (code != ERR_OK)
        return code;
    request.school_code = (char *)plan->school;
    request.form_code = (char *)form->code;
    request.form_version = form->version;
    request.period = (char *)plan->period;
    request.source = (Shans__V1__FigureSource)plan->source;
    request.origin = (char *)plan->origin;
    request.content_hash = (ProtobufCBinaryData){sizeof operation.content_hash, operation.content_hash};
    uint8_t *bytes = arena_alloc(cli->arena, shans__v1__submit_request__get_packed_size(&request));
    if (bytes == NULL)
        return err_memory(err);
    operation.size = shans__v1__submit_request__pack(&request, bytes);
    operation.payload = bytes;
    id_make(&cli->ids, operation.id);
    *ret = operation;
    return ERR_OK;
}

/* How far a pass is. */
typedef struct Sent {
    size_t done, total; /* forms that have their answer, of those that waited at the beginning */
} Sent;

static void tell_sent(const Cli *cli, const Sent *sent)
{
    char note[512];
    size_t left = sent->total > sent->done ? sent->total - sent->done : 0;

    snprintf(note, sizeof note,
             N_("%zu form is kept in the outbox; send it later with \"shans outbox send\".",
                "%zu forms are kept in the outbox; send them later with \"shans outbox send\".", left),
             left);
    cli_note(cli, left > 0 ? note : _("Everything was sent."));
    cli_progress(cli, _("Sending"), sent->done, sent->total);
}

/* One pass of the sender; *ret_go says whether another may follow before the time is up. */
static ErrCode send_one(Cli *cli, Sender *sender, int64_t until_ms, Sent *sent, bool *ret_go, Err *err)
{
    const Clock *clock = cli->host->clock;
    SenderStep step = {0};
    ErrCode code = sender_step(sender, &step, err);

    *ret_go = code == ERR_OK && step.move != SENDER_IDLE && step.move != SENDER_PAUSE;
    if (code != ERR_OK)
        return code;
    sent->done += step.move == SENDER_DONE || step.move == SENDER_PARK;
    tell_sent(cli, sent);
    if (step.move == SENDER_PAUSE)
        cli_say_err(cli, _("Not sent"), &step.why);
    if (step.move == SENDER_WAIT || step.move == SENDER_LATER) {
        int64_t wait = step.next_due_ms - clock->now_ms(clock);
        *ret_go = clock->monotonic_ms(clock) + wait < until_ms;
        if (*ret_go && wait > 0)
            clock->sleep_ms(clock, wait);
    }
    return ERR_OK;
}

/* Holds the sending lock for the whole time, so two copies never send at once. */
ErrCode submit_send(Cli *cli, Err *err)
{
    const Clock *clock = cli->host->clock;
    int64_t until_ms = clock->monotonic_ms(clock) + cli->timeout_ms;
    Outbox *outbox = NULL;
    OutboxCounts counts = {.queued = 0};
    ErrCode code = cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK)
        code = outbox_begin_sending(outbox, err);
    if (code == ERR_OK)
        code = outbox_count(outbox, &counts, err);
    if (code != ERR_OK)
        return code;
    Sent sent = {.total = (size_t)counts.queued};
    tell_sent(cli, &sent);
    Sender sender = {
        .outbox = outbox, .call = cli_call_packed, .context = cli, .clock = clock, .rand = cli->host->rand};
    for (bool go = true; go && code == ERR_OK;)
        code = send_one(cli, &sender, until_ms, &sent, &go, err);
    outbox_end_sending(outbox);
    return code;
}

/* The receipt's state once there is one, else the state in the outbox. */
static void add_row(RenderTable *table, const Operation *operation, bool whole)
{
    char id[ID_TEXT_SIZE], hash[CRYPTO_HASH_TEXT_SIZE];

    id_dump(operation->id, id);
    crypto_hex(operation->content_hash, sizeof operation->content_hash, hash);
    render_add_text(table, operation->receipt.number == NULL ? "" : operation->receipt.number);
    render_add_text(table, operation->key.school);
    render_add_text(table, operation->key.form);
    show_period(table, operation->key.period);
    if (operation->receipt.number != NULL)
        render_add_code(table, name_code(&names_submission_state, operation->receipt.state),
                        name_label(&names_submission_state, operation->receipt.state));
    else
        render_add_code(table, name_code(&names_operation_state, (int)operation->state),
                        name_label(&names_operation_state, (int)operation->state));
    if (operation->receipt.number != NULL)
        render_add_number(table, operation->receipt.revision);
    else
        render_add_empty(table);
    render_add_time(table, operation->receipt.server_time_ms);
    if (!whole)
        return;
    render_add_text(table, hash);
    render_add_text(table, id);
}

/* Receipts of a long list in one line: how many, from which number to which. */
static ErrCode print_summary(Cli *cli, const Operation *operations, size_t count, Err *err)
{
    const char *first = NULL, *last = NULL;
    size_t confirmed = 0;
    Buf line;

    for (size_t i = 0; i < count; i++)
        if (operations[i].receipt.number != NULL) {
            first = first == NULL ? operations[i].receipt.number : first;
            last = operations[i].receipt.number;
            confirmed++;
        }
    if (confirmed == 0)
        return ERR_OK;
    buf_init(&line, 1 << 14);
    buf_printf(&line, N_("%zu form confirmed, receipt", "%zu forms confirmed, receipts", confirmed),
               confirmed);
    buf_char(&line, ' ');
    render_clean(&line, first);
    if (confirmed > 1) {
        buf_text(&line, "–");
        render_clean(&line, last);
    }
    buf_printf(&line, ".\n%s\n",
               _("One line for each: repeat with --verbose, or see \"shans outbox list --all\"."));
    return figures_put(cli, &line, err);
}

/* What a person keeps: number, hash and the server's time. */
ErrCode submit_print(Cli *cli, const Operation *operations, size_t count, Err *err)
{
    const RenderColumn columns[] = {
        {"number", _("Receipt"), RENDER_TEXT, 0},
        {"school", _("School"), RENDER_TEXT, 0},
        {"form", _("Form"), RENDER_TEXT, 0},
        {"period", _("Period"), RENDER_CODE, 0},
        {"state", _("State"), RENDER_CODE, 0},
        {"revision", _("Revision"), RENDER_ID, 0},
        {"server_time", _("Server time"), RENDER_TIME, 0},
        {"content_hash", _("Content hash"), RENDER_TEXT, 0},
        {"operation_id", _("Operation"), RENDER_TEXT, 0},
    };
    /* a list for people has no room for hashes and ids: `outbox show` has them */
    bool brief = count > LIST_MOST && cli->style.format == RENDER_AS_TABLE && !cli_flag(cli, "verbose");
    /* a list for people has no room for hashes and ids: `outbox show` has them */
    bool whole = count == 1 || cli->style.format != RENDER_AS_TABLE;
    RenderTable *table = render_table_new(cli->arena, "receipt", columns, whole ? 9 : 7, count == 1);
    ErrCode code = brief ? print_summary(cli, operations, count, err) : ERR_OK;

    for (size_t i = 0; i < count && table != NULL; i++)
        if (!brief || operations[i].receipt.number == NULL)
            add_row(table, &operations[i], whole);
    if (code != ERR_OK || (brief && table != NULL && render_row_count(table) == 0))
        return code;
    return cli_print(cli, table, err);
}

/* After the queue's commit nothing here can lose the figures. */
ErrCode submit_all(Cli *cli, const Operation *operations, size_t count, Err *err)
{
    Outbox *outbox = NULL;
    Err sending = {.code = ERR_OK};
    ErrCode code = cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK)
        code = outbox_queue(outbox, operations, count, err);
    if (code != ERR_OK)
        return code;
    tell_sent(cli, &(Sent){0, count});
    /* queued for good: another copy that is sending will take them along */
    code = submit_send(cli, &sending);
    if (code != ERR_OK)
        cli_say_err(cli, _("Queued; not sent now"), &sending);
    Operation *after = ARENA_NEW(cli->arena, Operation, count);
    if (after == NULL)
        return err_memory(err);
    size_t waiting = 0;
    const Err *refused = NULL;
    for (size_t i = 0; i < count; i++) {
        Operation *found = NULL;
        code = outbox_get(outbox, operations[i].id, cli->arena, &found, err);
        if (code != ERR_OK)
            return code;
        after[i] = *found;
        waiting += found->state == OPERATION_QUEUED || found->state == OPERATION_SENDING;
        if (found->state == OPERATION_PARKED && refused == NULL)
            refused = &after[i].last;
    }
    code = submit_print(cli, after, count, err);
    if (code != ERR_OK)
        return code;
    if (refused != NULL) {
        *err = *refused;
        return err->code;
    }
    if (waiting > 0) {
        cli_say(cli,
                N_("%zu form is kept in the outbox and will be sent later.",
                   "%zu forms are kept in the outbox and will be sent later.", waiting),
                waiting);
        cli->exit_code = EXIT_QUEUED;
    }
    return ERR_OK;
}

/* The words are checked by the option table. */
int submit_get_source(const Cli *cli)
{
    const char *text = cli_option(cli, "source");

    return text == NULL ? 1 : name_parse(&names_source, text);
}
