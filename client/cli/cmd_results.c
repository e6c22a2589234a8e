/* Owns results import and export. Invariant: an import queues all schools of the file in one transaction or
 * none. Must not send a file with an error in it. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/delivery_send.h"
#include "client/cli/figures_report.h"
#include "client/cli/files.h"
#include "client/cli/submit.h"
#include "common/core/text.h"
#include "shans/v1/org.pb-c.h"

enum { PAGE = 1000 };

typedef struct School {
    const char *code;
    struct School *next;
} School;

/* Adds the schools the caller sees as of a date ("" today). */
static ErrCode list_schools(Cli *cli, const char *date, School **schools, Err *err)
{
    Shans__V1__ListOrgsRequest request = SHANS__V1__LIST_ORGS_REQUEST__INIT;

    request.kind = SHANS__V1__ORG_KIND__ORG_KIND_SCHOOL;
    request.on_date = (char *)date;
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code =
            cli_ask(cli, &shans__v1__org_service__descriptor, "ListOrgs", &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListOrgsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_orgs; i++) {
            School *school = ARENA_NEW(cli->arena, School, 1);
            if (school == NULL)
                return err_memory(err);
            *school = (School){reply->orgs[i]->code, *schools};
            *schools = school;
        }
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    return ERR_OK;
}

/* A school closed since then may still hand in the figures of its last years: the last day of the school
 * year, or the month's first. */
static ErrCode list_schools_of(Cli *cli, const char *period, School **schools, Err *err)
{
    const char *date = arena_printf(cli->arena, strlen(period) == 4 ? "%s-05-31" : "%s-01", period);

    return date == NULL ? err_memory(err) : list_schools(cli, date, schools, err);
}

/* Schools of today and of every period of the file; *ret_known false when the server does not answer now. */
static ErrCode load_schools(Cli *cli, const Figures *figures, School **ret_schools, bool *ret_known, Err *err)
{
    ErrCode code = list_schools(cli, "", ret_schools, err);

    for (const FigureBatch *batch = figures->batches; batch != NULL && code == ERR_OK; batch = batch->next) {
        const FigureBatch *same = figures->batches;
        while (!text_equal(same->period, batch->period))
            same = same->next;
        if (same == batch) /* the first of its period */
            code = list_schools_of(cli, batch->period, ret_schools, err);
    }
    *ret_known = code == ERR_OK;
    /* offline the server itself will refuse an unknown school */
    return rpc_policy(code) == RPC_RETRY || code == ERR_UNAUTHENTICATED ? ERR_OK : code;
}

/* Known today or in one of the periods of the file. */
static bool is_school(const School *schools, const char *code)
{
    for (const School *at = schools; at != NULL; at = at->next)
        if (text_equal(at->code, code))
            return true;
    return false;
}

/* An unknown school is an issue at its first line, like any other fault of the file. */
static ErrCode check_schools(Cli *cli, Figures *figures, Err *err)
{
    School *schools = NULL;
    bool known = false;
    ErrCode code = load_schools(cli, figures, &schools, &known, err);

    if (code != ERR_OK || !known)
        return code;
    for (const FigureBatch *batch = figures->batches; batch != NULL; batch = batch->next) {
        if (is_school(schools, batch->school))
            continue;
        FigureIssue *issue = ARENA_NEW(cli->arena, FigureIssue, 1);
        if (issue == NULL)
            return err_memory(err);
        *issue = (FigureIssue){.severity = RULE_ERROR,
                               .school = batch->school,
                               .period = batch->period,
                               .cell = "",
                               .line = batch->line,
                               .column = 1};
        err_set(&issue->why, ERR_INVALID_ARGUMENT, "IMPORT_SCHOOL_UNKNOWN");
        err_arg(&issue->why, "value", "%s", batch->school);
        *figures->issue_end = issue;
        figures->issue_end = &issue->next;
        figures->issue_count++;
        figures->error_count++;
    }
    return ERR_OK;
}

/* The file's name without its folder: what the submission keeps of where it came from. */
static const char *origin_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* One operation for each school and period; all of them are queued or none. */
static ErrCode submit_figures(Cli *cli, const Figures *figures, Err *err)
{
    Operation *operations = ARENA_NEW(cli->arena, Operation, figures->batch_count);
    Revisions *revisions = NULL;
    const char *under = figures->batch_count == 1 ? figures->batches->school : NULL;
    ErrCode code = operations == NULL ? err_memory(err)
                                      : submit_load_revisions(cli, figures->form, under, &revisions, err);
    size_t count = 0;

    for (const FigureBatch *batch = figures->batches; batch != NULL && code == ERR_OK; batch = batch->next) {
        SubmitPlan plan = {batch->data, batch->school, batch->period, submit_get_source(cli),
                           origin_of(cli->args[0])};
        code = submit_make(cli, &plan, revisions, &operations[count++], err);
    }
    return code == ERR_OK ? submit_all(cli, operations, count, err) : code;
}

/* With a document the ministry's figures go as one delivery bound to it, past the outbox: all or nothing. */
static bool has_document(const Cli *cli)
{
    return cli_option(cli, "document") != NULL;
}

/* File, rules, schools; only a file without errors goes further. */
ErrCode cmd_results_import(Cli *cli, Err *err)
{
    Figures *figures = NULL;
    bool dry_run = cli_flag(cli, "dry-run");
    cli_progress(cli, _("Checking the file"), 0, 0);
    ErrCode code = figures_load(cli, cli->args[0], &figures, err);

    if (code == ERR_OK)
        code = check_schools(cli, figures, err);
    if (code == ERR_OK)
        code = figures_report(cli, figures, dry_run, err);
    if (code != ERR_OK)
        return code;
    if (has_document(cli))
        return delivery_send(cli, figures, origin_of(cli->args[0]), err);
    if (dry_run) {
        cli_say(cli,
                N_("%zu form is ready to be sent.", "%zu forms are ready to be sent.", figures->batch_count),
                figures->batch_count);
        return ERR_OK;
    }
    return submit_figures(cli, figures, err);
}

/* Cells of one submission as lines of the wide table. */
static ErrCode export_one(Cli *cli, const FormDef *form, const SectionDef *section,
                          const Shans__V1__SubmissionSummary *summary, TableWriter *writer, Err *err)
{
    const Shans__V1__GetSubmissionReply *reply = NULL;
    FormData *data = form_data_new(form, cli->arena);
    ErrCode code = data == NULL ? err_memory(err) : figures_get_submission(cli, summary->id, &reply, err);

    for (size_t i = 0; code == ERR_OK && i < reply->n_cells; i++) {
        const Shans__V1__Cell *from = reply->cells[i];
        FormCell cell = {from->section, from->row, from->field, {(ValueKind)from->kind, from->number}};
        code = form_data_set(data, &cell, err);
    }
    if (code == ERR_OK)
        figures_write(data, section, summary->school_code, summary->period, writer);
    return code;
}

/* The summary that stands for its school and period: of the greatest source, or the source asked for. */
static bool is_best(const Shans__V1__SubmissionSummary *const *all, size_t count, size_t at, int source)
{
    const Shans__V1__SubmissionSummary *one = all[at];

    if (one->state == SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_WITHDRAWN ||
        one->state == SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_SUPERSEDED)
        return false;
    if (source != 0)
        return (int)one->source == source;
    for (size_t i = 0; i < count; i++)
        if (i != at && all[i]->source > one->source && text_equal(all[i]->school_code, one->school_code) &&
            text_equal(all[i]->period, one->period) &&
            all[i]->state != SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_WITHDRAWN)
            return false;
    return true;
}

/* Every page, kept: the choice between sources needs to see them all. */
static ErrCode list_all(Cli *cli, const FormDef *form, const Shans__V1__SubmissionSummary ***ret,
                        size_t *ret_count, Err *err)
{
    Shans__V1__ListSubmissionsRequest request = SHANS__V1__LIST_SUBMISSIONS_REQUEST__INIT;
    const char *under = cli_option(cli, "under"), *period = cli_option(cli, "period");
    const Shans__V1__SubmissionSummary **all = NULL;
    size_t count = 0, room = 0;

    request.under = (char *)(under == NULL ? "" : under);
    request.form_code = (char *)form->code;
    request.period = (char *)(period == NULL ? "" : period);
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__collection_service__descriptor, "ListSubmissions", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListSubmissionsReply *reply = (const void *)message;
        if (count + reply->n_submissions > room) {
            room = (count + reply->n_submissions) * 2;
            const Shans__V1__SubmissionSummary **grown =
                ARENA_NEW(cli->arena, const Shans__V1__SubmissionSummary *, room);
            if (grown == NULL)
                return err_memory(err);
            if (count > 0)
                memcpy(grown, all, count * sizeof *all);
            all = grown;
        }
        for (size_t i = 0; i < reply->n_submissions; i++)
            all[count++] = reply->submissions[i];
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    *ret = all;
    *ret_count = count;
    return ERR_OK;
}

/* Of several sources for one school the highest is written, unless one is asked for. */
ErrCode cmd_results_export(Cli *cli, Err *err)
{
    const char *code_text = cli_option(cli, "form");
    const FormDef *form = NULL;
    const SectionDef *section = NULL;
    const Shans__V1__SubmissionSummary **all = NULL;
    size_t count = 0;
    int source = cli_option(cli, "source") == NULL ? 0 : submit_get_source(cli);
    bool table = cli->style.format == RENDER_AS_TABLE && cli_flag(cli, "format");
    TableWriter writer;
    Buf buf;

    /* only what the import takes: another format would not come back in */
    if (cli->style.format == RENDER_AS_JSON || table)
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_EXPORT_FORMAT");
    ErrCode code = cli_get_form(cli, code_text == NULL ? "assessment_results" : code_text, &form, err);
    if (code == ERR_OK)
        code = figures_get_section(cli, form, &section, err);
    if (code == ERR_OK)
        code = list_all(cli, form, &all, &count, err);
    if (code != ERR_OK)
        return code;
    code = files_open_table(cli, FIGURE_HEADS, &buf, &writer, err);
    if (code != ERR_OK)
        return code;
    figures_write_head(form, section, cli->style.russian, &writer);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        cli_progress(cli, _("Fetching forms"), i, count);
        if (is_best(all, count, i, source))
            code = export_one(cli, form, section, all[i], &writer, err);
    }
    return files_close_table(cli, &writer, code, err);
}
