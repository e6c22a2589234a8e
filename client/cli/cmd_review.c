/* Owns the review commands. Invariant: a decision names the revision that was looked at, so a newer one is
 * never decided unseen. Must not decide by itself. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/figures_report.h"
#include "client/cli/show.h"
#include "common/core/text.h"

enum { PAGE = 1000 }; /* rows asked for at once */

/* One submission at its present revision. */
static void add_summary(RenderTable *table, const Shans__V1__SubmissionSummary *summary)
{
    render_add_number(table, (int64_t)summary->id);
    render_add_text(table, summary->school_code);
    render_add_text(table, summary->school_name);
    render_add_text(table, summary->form_code);
    show_period(table, summary->period);
    show_number_of(table, &names_source, (int)summary->source);
    show_number_of(table, &names_submission_state, (int)summary->state);
    render_add_number(table, summary->revision);
    render_add_number(table, summary->open_marks);
    render_add_time(table, summary->changed_ms);
    render_add_text(table, summary->changed_by);
}

/* The list of `review list`, which leaves out what people find in `review show`, and the head of `review
 * show`. */
static RenderTable *summary_table(Cli *cli, bool record)
{
    const RenderColumn made[] = {
        {"id", _("Id"), RENDER_ID, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"school_name", _("Name"), RENDER_TEXT, 0},
        {"form", _("Form"), RENDER_TEXT, 0},
        {"period", _("Period"), RENDER_CODE, 0},
        {"source", _("Source"), RENDER_CODE, 0},
        {"state", _("State"), RENDER_CODE, 0},
        {"revision", record ? _("Revision") : NULL, RENDER_ID, 0},
        {"open_marks", record ? _("Remarks") : NULL, RENDER_NUMBER, 0},
        {"changed", _("Changed"), RENDER_TIME, 0},
        {"changed_by", record ? _("By") : NULL, RENDER_TEXT, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 11);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "submission", columns, 11, record);
}

/* Filters go to the server; every page is fetched. */
ErrCode cmd_review_list(Cli *cli, Err *err)
{
    Shans__V1__ListSubmissionsRequest request = SHANS__V1__LIST_SUBMISSIONS_REQUEST__INIT;
    const char *under = cli_option(cli, "under"), *form = cli_option(cli, "form"),
               *period = cli_option(cli, "period"), *status = cli_option(cli, "status");
    RenderTable *table = summary_table(cli, false);

    if (table == NULL)
        return err_memory(err);
    request.under = (char *)(under == NULL ? "" : under);
    request.form_code = (char *)(form == NULL ? "" : form);
    request.period = (char *)(period == NULL ? "" : period);
    request.state =
        status == NULL ? 0 : (Shans__V1__SubmissionState)name_parse(&names_submission_state, status);
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__collection_service__descriptor, "ListSubmissions", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListSubmissionsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_submissions; i++)
            add_summary(table, reply->submissions[i]);
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return cli_print(cli, table, err);
}

/* Who did what, in the order it happened. */
static ErrCode print_events(Cli *cli, const Shans__V1__GetSubmissionReply *reply, Err *err)
{
    const RenderColumn columns[] = {
        {"time", _("Time"), RENDER_TIME, 0},       {"login", _("Who"), RENDER_TEXT, 0},
        {"event", _("What"), RENDER_CODE, 0},      {"state", _("State"), RENDER_CODE, 0},
        {"revision", _("Revision"), RENDER_ID, 0}, {"comment", _("Comment"), RENDER_TEXT, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "event", columns, 6, false);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_events; i++) {
        const Shans__V1__SubmissionEvent *event = reply->events[i];
        render_add_time(table, event->time_ms);
        render_add_text(table, event->login);
        show_name_of(table, &names_event, event->event);
        show_number_of(table, &names_submission_state, (int)event->to_state);
        render_add_number(table, event->revision);
        render_add_text(table, event->comment);
    }
    return cli_print(cli, table, err);
}

/* Head, cells with remarks, history; programs get the cells. */
ErrCode cmd_review_show(Cli *cli, Err *err)
{
    const Shans__V1__GetSubmissionReply *reply = NULL;
    const FormDef *form = NULL;
    uint64_t id = 0;
    ErrCode code = cli_need_number(cli, cli->args[0], "ID", &id, err);

    if (code == ERR_OK)
        code = figures_get_submission(cli, id, &reply, err);
    if (code == ERR_OK && reply->summary == NULL)
        code = err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
    if (code == ERR_OK)
        code = cli_get_form(cli, reply->summary->form_code, &form, err);
    if (code != ERR_OK)
        return code;
    if (cli->style.format != RENDER_AS_TABLE) /* one document for programs: the cells */
        return figures_print_submission(cli, form, reply, err);
    RenderTable *table = summary_table(cli, true);
    if (table == NULL)
        return err_memory(err);
    add_summary(table, reply->summary);
    code = cli_print(cli, table, err);
    fputc('\n', cli->out);
    if (code == ERR_OK)
        code = figures_print_submission(cli, form, reply, err);
    fputc('\n', cli->out);
    return code == ERR_OK ? print_events(cli, reply, err) : code;
}

/* The decision on one submission, at its present revision. */
static ErrCode decide(Cli *cli, uint64_t id, Shans__V1__ReviewRequest *request, RenderTable *table, Err *err)
{
    const Shans__V1__GetSubmissionReply *seen = NULL;
    ProtobufCMessage *message = NULL;
    ErrCode code = figures_get_submission(cli, id, &seen, err);

    if (code == ERR_OK && seen->summary == NULL)
        code = err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
    if (code != ERR_OK)
        return code;
    request->submission_id = id;
    request->revision = seen->summary->revision;
    code =
        cli_change(cli, &shans__v1__collection_service__descriptor, "Review", &request->base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ReviewReply *reply = (const void *)message;
    render_add_number(table, (int64_t)id);
    render_add_text(table, seen->summary->school_code);
    render_add_text(table, seen->summary->form_code);
    show_period(table, seen->summary->period);
    show_number_of(table, &names_submission_state, (int)reply->state);
    render_add_number(table, reply->revision);
    return ERR_OK;
}

/* Item by item: accepting twenty forms does not stop at the one that cannot be accepted. */
static ErrCode review(Cli *cli, Shans__V1__ReviewRequest *request, Err *err)
{
    const RenderColumn columns[] = {
        {"id", _("Id"), RENDER_ID, 0},         {"school_code", _("School"), RENDER_TEXT, 0},
        {"form", _("Form"), RENDER_TEXT, 0},   {"period", _("Period"), RENDER_CODE, 0},
        {"state", _("State"), RENDER_CODE, 0}, {"revision", _("Revision"), RENDER_ID, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "review", columns, 6, false);
    const char *comment = cli_option(cli, "comment");
    Err first = {.code = ERR_OK};

    if (table == NULL)
        return err_memory(err);
    request->comment = (char *)(comment == NULL ? "" : comment);
    for (size_t i = 0; i < cli->arg_count; i++) {
        uint64_t id = 0;
        Err one = {.code = ERR_OK};
        cli_progress(cli, _("Deciding"), i, cli->arg_count);
        ErrCode code = cli_need_number(cli, cli->args[i], "ID", &id, &one);
        if (code == ERR_OK)
            code = decide(cli, id, request, table, &one);
        /* each item has its own result: the others go on, the first failure ends the command */
        if (code != ERR_OK) {
            if (cli->arg_count > 1) /* a single one is told of when the command ends */
                cli_say_err(cli, cli->args[i], &one);
            if (first.code == ERR_OK)
                first = one;
        }
    }
    ErrCode code = render_row_count(table) > 0 || first.code == ERR_OK ? cli_print(cli, table, err) : ERR_OK;
    if (code == ERR_OK && first.code != ERR_OK) {
        *err = first;
        code = first.code;
    }
    return code;
}

/* Without marks. */
ErrCode cmd_review_accept(Cli *cli, Err *err)
{
    Shans__V1__ReviewRequest request = SHANS__V1__REVIEW_REQUEST__INIT;

    request.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_ACCEPT;
    return review(cli, &request, err);
}

/* The figures stay in the history. */
ErrCode cmd_review_withdraw(Cli *cli, Err *err)
{
    Shans__V1__ReviewRequest request = SHANS__V1__REVIEW_REQUEST__INIT;

    request.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_WITHDRAW;
    return review(cli, &request, err);
}

/* "section/row/field=comment"; "section/field=comment" in a section without rows. */
static ErrCode parse_mark(Cli *cli, const char *text, Shans__V1__CellMark *mark, Err *err)
{
    char *copy = arena_text(cli->arena, text);

    if (copy == NULL)
        return err_memory(err);
    char *comment = strchr(copy, '='), *first = strchr(copy, '/');
    if (comment == NULL || first == NULL || first > comment || comment[1] == '\0') {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_MARK");
        return err_arg(err, "word", "%s", text);
    }
    *comment++ = '\0';
    *first++ = '\0';
    char *second = strchr(first, '/');
    if (second != NULL)
        *second++ = '\0';
    shans__v1__cell_mark__init(mark);
    mark->section = copy;
    mark->row = second == NULL ? "" : first;
    mark->field = second == NULL ? first : second;
    mark->comment = comment;
    return ERR_OK;
}

/* At least one cell must be named: "returned" without saying why helps nobody. */
ErrCode cmd_review_return(Cli *cli, Err *err)
{
    Shans__V1__ReviewRequest request = SHANS__V1__REVIEW_REQUEST__INIT;
    Shans__V1__CellMark *marks = ARENA_NEW(cli->arena, Shans__V1__CellMark, cli->given_count + 1);
    ErrCode code = ERR_OK;

    request.marks = ARENA_NEW(cli->arena, Shans__V1__CellMark *, cli->given_count + 1);
    if (marks == NULL || request.marks == NULL)
        return err_memory(err);
    for (size_t i = 0; i < cli->given_count && code == ERR_OK; i++) {
        if (!text_equal(cli->given[i].def->name, "mark"))
            continue;
        code = parse_mark(cli, cli->given[i].text, &marks[request.n_marks], err);
        request.marks[request.n_marks] = &marks[request.n_marks];
        request.n_marks++;
    }
    if (code == ERR_OK && request.n_marks == 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_OPTION_NEEDED");
        code = err_arg(err, "word", "%s", "mark");
    }
    if (code != ERR_OK)
        return code;
    request.verb = SHANS__V1__REVIEW_VERB__REVIEW_VERB_RETURN;
    return review(cli, &request, err);
}
