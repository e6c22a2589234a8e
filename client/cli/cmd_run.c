/* Owns runs, classes and editions. Invariant: computed and official status stand side by side, neither is
 * called the other. Must not classify. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/document_text.h"
#include "client/cli/show.h"
#include "shans/v1/method.pb-c.h"

enum { PAGE = 1000, POLL_MS = 200 };

/* One row a run; a single run also shows the hashes that make it repeatable. */
static RenderTable *run_table(Cli *cli, bool record)
{
    const RenderColumn made[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"methodology", _("Methodology"), RENDER_TEXT, 0},
        {"methodology_version", _("Version"), RENDER_ID, 0},
        {"year", _("School year"), RENDER_CODE, 0},
        {"state", _("State"), RENDER_CODE, 0},
        {"school_count", _("Schools"), RENDER_NUMBER, 0},
        {"under", _("Below"), RENDER_TEXT, 0},
        {"started_by", _("Started by"), RENDER_TEXT, 0},
        {"created", _("Started"), RENDER_TIME, 0},
        {"finished", _("Finished"), RENDER_TIME, 0},
        {"input_hash", record ? _("Input hash") : NULL, RENDER_TEXT, 0}, /* too wide for a list */
        {"output_hash", record ? _("Output hash") : NULL, RENDER_TEXT, 0},
        {"program_version", record ? _("Program version") : NULL, RENDER_TEXT, 0},
        {"failure_reason", record ? _("Failure") : NULL, RENDER_CODE, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 14);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "run", columns, 14, record);
}

/* Why the job gave up, as an error of its own. */
static Err failure_of(const Shans__V1__Run *run)
{
    Err why = {.code = ERR_OK};

    if (run->failure_reason[0] != '\0')
        err_set(&why, ERR_FAILED_PRECONDITION, run->failure_reason);
    return why;
}

/* One row. */
static void add_run(Cli *cli, RenderTable *table, const Shans__V1__Run *run)
{
    const Err why = failure_of(run);

    render_add_number(table, (int64_t)run->id);
    render_add_text(table, run->methodology_code);
    render_add_number(table, run->methodology_version);
    show_year(table, run->year);
    show_number_of(table, &names_run_state, (int)run->state);
    render_add_number(table, run->school_count);
    render_add_text(table, run->under);
    render_add_text(table, run->started_by);
    render_add_time(table, run->created_ms);
    render_add_time(table, run->finished_ms);
    render_add_text(table, run->input_hash);
    render_add_text(table, run->output_hash);
    render_add_text(table, run->program_version);
    show_why(table, &why, cli->style.russian);
}

/* As a record: a run has more properties than a line holds. */
static ErrCode print_run(Cli *cli, const Shans__V1__Run *run, Err *err)
{
    RenderTable *table = run_table(cli, true);

    if (run == NULL)
        return err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
    if (table == NULL)
        return err_memory(err);
    add_run(cli, table, run);
    return cli_print(cli, table, err);
}

/* A run without a body would be a malformed reply. */
static ErrCode get_run(Cli *cli, uint64_t id, const Shans__V1__Run **ret_run, Err *err)
{
    Shans__V1__GetRunRequest request = SHANS__V1__GET_RUN_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    request.id = id;
    ErrCode code =
        cli_call(cli, &shans__v1__method_service__descriptor, "GetRun", NULL, &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__GetRunReply *reply = (const void *)message;
    *ret_run = reply->run;
    return reply->run == NULL ? err_set(err, ERR_INTERNAL, "REPLY_MALFORMED") : ERR_OK;
}

/* Asks again and again until the time is up; the server runs the job, not this program, and goes on with it.
 */
static ErrCode wait_for_run(Cli *cli, const Shans__V1__Run **run, Err *err)
{
    const Clock *clock = cli->host->clock;
    int64_t until_ms = clock->monotonic_ms(clock) + cli->timeout_ms;

    char note[256];
    snprintf(note, sizeof note, _("Run %llu goes on at the server: \"shans run show %llu\"."),
             (unsigned long long)(*run)->id, (unsigned long long)(*run)->id);
    cli_note(cli, note);
    cli_progress(cli, _("The server is calculating"), 0, 0);
    while ((*run)->state == SHANS__V1__RUN_STATE__RUN_STATE_QUEUED) {
        if (clock->monotonic_ms(clock) >= until_ms) {
            err_set(err, ERR_DEADLINE_EXCEEDED, "RUN_UNFINISHED");
            err_arg(err, "run", "%llu", (unsigned long long)(*run)->id);
            return err_arg(err, "seconds", "%lld", (long long)(cli->timeout_ms / 1000));
        }
        clock->sleep_ms(clock, POLL_MS);
        ErrCode code = get_run(cli, (*run)->id, run, err);
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}

/* Prints the run as it is: queued, or with --wait done or failed (exit 4). */
ErrCode cmd_run_start(Cli *cli, Err *err)
{
    Shans__V1__StartRunRequest request = SHANS__V1__START_RUN_REQUEST__INIT;
    const char *method = NULL, *under = cli_option(cli, "under");
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need(cli, "method", &method, err);

    if (code != ERR_OK)
        return code;
    request.methodology_code = (char *)method;
    request.methodology_version = cli_number(cli, "method-version", 0);
    request.year = cli_number(cli, "year", 0);
    request.under = (char *)(under == NULL ? "" : under);
    code = cli_change(cli, &shans__v1__method_service__descriptor, "StartRun", &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__Run *run = ((const Shans__V1__StartRunReply *)(const void *)message)->run;
    if (run != NULL && cli_flag(cli, "wait"))
        code = wait_for_run(cli, &run, err);
    if (code == ERR_OK)
        code = print_run(cli, run, err);
    if (code == ERR_OK && run->state == SHANS__V1__RUN_STATE__RUN_STATE_FAILED) {
        const Err why = failure_of(run);
        Buf line;
        buf_init(&line, 1 << 14);
        render_err(&why, cli->style.russian, NULL, &line);
        err_set(err, ERR_FAILED_PRECONDITION, "RUN_FAILED");
        err_arg(err, "run", "%llu", (unsigned long long)run->id);
        code = err_arg(err, "failure", "%s", line.data == NULL ? run->failure_reason : line.data);
        buf_done(&line);
    }
    return code;
}

/* With both hashes: the same input and output hash prove the same result. */
ErrCode cmd_run_show(Cli *cli, Err *err)
{
    const Shans__V1__Run *run = NULL;
    uint64_t id = 0;
    ErrCode code = cli_need_number(cli, cli->args[0], "ID", &id, err);

    if (code == ERR_OK)
        code = get_run(cli, id, &run, err);
    return code == ERR_OK ? print_run(cli, run, err) : code;
}

/* Without hashes, which are too wide for a list. */
ErrCode cmd_run_list(Cli *cli, Err *err)
{
    Shans__V1__ListRunsRequest request = SHANS__V1__LIST_RUNS_REQUEST__INIT;
    RenderTable *table = run_table(cli, false);

    if (table == NULL)
        return err_memory(err);
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__method_service__descriptor, "ListRuns", NULL, &request.base,
                                &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListRunsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_runs; i++)
            add_run(cli, table, reply->runs[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* Computed, official and approved status side by side; empty where the caller may not see one. */
static ErrCode add_class(Cli *cli, RenderTable *table, const Shans__V1__SchoolClass *class, Err *err)
{
    const char *document = document_cell(class->identification_document, &cli->style, cli->arena);
    Buf groups;

    buf_init(&groups, 1 << 12);
    for (size_t i = 0; i < class->n_official_groups; i++)
        buf_printf(&groups, "%s%s", i == 0 ? "" : " ", class->official_groups[i]->group);
    render_add_text(table, class->school_code);
    show_org_name(table, class->school_name, class->training);
    show_name_of(table, &names_status, class->status_computed);
    show_name_of(table, &names_group, class->status_official);
    show_name_of(table, &names_status, class->status_approved);
    show_names(table, &names_branch, class->branches, class->n_branches);
    show_name_of(table, &names_reliability, class->reliability);
    show_name_of(table, &names_typology, class->typology);
    if (class->wellbeing_group > 0)
        render_add_number(table, class->wellbeing_group);
    else
        render_add_empty(table);
    if (class->quality_group > 0)
        render_add_number(table, class->quality_group);
    else
        render_add_empty(table);
    show_names(table, &names_flag, class->flags, class->n_flags);
    render_add_bool(table, class->training);
    render_add_text(table, groups.data == NULL ? "" : groups.data);
    render_add_text(table, document == NULL ? "" : document);
    bool whole = !groups.failed && document != NULL;
    buf_done(&groups);
    return whole ? ERR_OK : err_memory(err);
}

/* Of a run or of an edition: exactly one of the two numbers is set. */
static ErrCode list_classes(Cli *cli, uint64_t run, uint32_t edition, Err *err)
{
    const RenderColumn columns[] = {
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"school_name", _("Name"), RENDER_CODE, 0},
        {"status_computed", _("Computed status"), RENDER_CODE, 0},
        {"status_official", _("Official group"), RENDER_CODE, 0},
        {"status_approved", _("Approved status"), RENDER_CODE, 0},
        {"branches", _("Branches"), RENDER_CODE, 0},
        {"reliability", NULL, RENDER_CODE, 0}, /* among the flags for people */
        {"typology", _("Type"), RENDER_CODE, 0},
        {"wellbeing_group", _("Wellbeing"), RENDER_NUMBER, 0},
        {"quality_group", _("Quality"), RENDER_NUMBER, 0},
        {"flags", _("Flags"), RENDER_CODE, 0},
        {"training", NULL, RENDER_BOOL, 0}, /* people see a mark at the name */
        {"official_lists", _("Official lists"), RENDER_TEXT, 0},
        {"identification_document", NULL, RENDER_TEXT, 0}, /* people read it in the explanation */
    };
    Shans__V1__ListClassesRequest request = SHANS__V1__LIST_CLASSES_REQUEST__INIT;
    const char *under = cli_option(cli, "under");
    RenderTable *table = render_table_new(cli->arena, "class", columns, 14, false);

    if (table == NULL)
        return err_memory(err);
    request.run_id = run;
    request.edition_number = edition;
    request.under = (char *)(under == NULL ? "" : under);
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__method_service__descriptor, "ListClasses", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListClassesReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_classes && code == ERR_OK; i++)
            code = add_class(cli, table, reply->classes[i], err);
        if (code != ERR_OK)
            return code;
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* The subtree is the server's to check. */
ErrCode cmd_classes(Cli *cli, Err *err)
{
    uint32_t run = cli_number(cli, "run", 0), edition = cli_number(cli, "edition", 0);

    if ((run == 0) == (edition == 0))
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_RUN_OR_EDITION");
    return list_classes(cli, run, edition, err);
}

/* Title, document and hash: what an order would quote. */
static RenderTable *edition_table(Cli *cli, bool record)
{
    const RenderColumn made[] = {
        {"number", _("Edition"), RENDER_ID, 0},
        {"title", _("Title"), RENDER_TEXT, 0},
        {"document", _("Document"), RENDER_TEXT, 0},
        {"year", _("School year"), RENDER_CODE, 0},
        {"methodology", _("Methodology"), RENDER_TEXT, 0},
        {"run", _("Run"), RENDER_ID, 0},
        {"published_by", _("Published by"), RENDER_TEXT, 0},
        {"published", _("Published"), RENDER_TIME, 0},
        {"content_hash", record ? _("Content hash") : NULL, RENDER_TEXT, 0}, /* too wide for a list */
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 9);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "edition", columns, 9, record);
}

/* The number is what people cite. */
static void add_edition(RenderTable *table, const Shans__V1__Edition *edition)
{
    render_add_number(table, edition->number);
    render_add_text(table, edition->title);
    render_add_text(table, edition->document);
    show_year(table, edition->year);
    render_add_text(table, edition->methodology_code);
    render_add_number(table, (int64_t)edition->run_id);
    render_add_text(table, edition->published_by);
    render_add_time(table, edition->published_ms);
    render_add_text(table, edition->content_hash);
}

/* Needs a document: an edition without an order is not official. */
ErrCode cmd_edition_publish(Cli *cli, Err *err)
{
    Shans__V1__PublishEditionRequest request = SHANS__V1__PUBLISH_EDITION_REQUEST__INIT;
    const char *run = NULL, *title = NULL, *document = NULL;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_need(cli, "run", &run, err);

    if (code == ERR_OK)
        code = cli_need(cli, "title", &title, err);
    if (code == ERR_OK)
        code = cli_need(cli, "document", &document, err);
    if (code != ERR_OK)
        return code;
    request.run_id = cli_number(cli, "run", 0);
    request.title = (char *)title;
    request.document = (char *)document;
    code = cli_change(cli, &shans__v1__method_service__descriptor, "PublishEdition", &request.base, &message,
                      err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__PublishEditionReply *reply = (const void *)message;
    RenderTable *table = edition_table(cli, true);
    if (reply->edition == NULL)
        return err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
    if (table == NULL)
        return err_memory(err);
    add_edition(table, reply->edition);
    return cli_print(cli, table, err);
}

/* number 0: all of them. *ret_found counts the rows. */
static ErrCode fill_editions(Cli *cli, uint32_t number, RenderTable *table, size_t *ret_found, Err *err)
{
    Shans__V1__ListEditionsRequest request = SHANS__V1__LIST_EDITIONS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    ErrCode code = cli_call(cli, &shans__v1__method_service__descriptor, "ListEditions", NULL, &request.base,
                            &message, err);

    if (code != ERR_OK)
        return code;
    const Shans__V1__ListEditionsReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_editions; i++)
        if (number == 0 || reply->editions[i]->number == number) {
            add_edition(table, reply->editions[i]);
            ++*ret_found;
        }
    return ERR_OK;
}

/* All of them: a region publishes a few a year. */
ErrCode cmd_edition_list(Cli *cli, Err *err)
{
    RenderTable *table = edition_table(cli, false);
    size_t found = 0;

    if (table == NULL)
        return err_memory(err);
    ErrCode code = fill_editions(cli, 0, table, &found, err);
    return code == ERR_OK ? cli_print(cli, table, err) : code;
}

/* The edition's head, then its classes. */
ErrCode cmd_edition_show(Cli *cli, Err *err)
{
    RenderTable *table = edition_table(cli, true);
    uint64_t number = 0;
    size_t found = 0;
    ErrCode code = table == NULL ? err_memory(err) : cli_need_number(cli, cli->args[0], "N", &number, err);

    if (code == ERR_OK)
        code = fill_editions(cli, (uint32_t)number, table, &found, err);
    if (code == ERR_OK && found == 0) {
        err_set(err, ERR_NOT_FOUND, "EDITION_MISSING");
        code = err_arg(err, "edition", "%s", cli->args[0]);
    }
    if (code == ERR_OK && cli->style.format == RENDER_AS_TABLE) {
        code = cli_print(cli, table, err);
        fputc('\n', cli->out);
    }
    return code == ERR_OK ? list_classes(cli, 0, (uint32_t)number, err) : code;
}
