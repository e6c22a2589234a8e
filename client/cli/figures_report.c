/* Owns what people see of figures and what went wrong with them. Invariant: shares are computed here from the
 * shown numerator and denominator, never read. Must not change figures. */
#include "client/cli/figures_report.h"
#include "client/cli/cli.h"
#include "client/cli/files.h"

#include <string.h>

#include "client/cli/show.h"
#include "client/table/xlsx_read.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

enum { PAGE = 1000 }; /* rows asked for at once */

ErrCode figures_get_section(Cli *cli, const FormDef *form, const SectionDef **ret_section, Err *err)
{
    const char *code = cli_option(cli, "section");
    const SectionDef *section = code == NULL ? &form->sections[0] : form_get_section(form, code);

    if (section == NULL) {
        err_set(err, ERR_NOT_FOUND, "SECTION_UNKNOWN");
        err_arg(err, "section", "%s", code);
        return err_arg(err, "form", "%s", form->code);
    }
    *ret_section = section;
    return ERR_OK;
}

ErrCode figures_load(Cli *cli, const char *path, Figures **ret_figures, Err *err)
{
    const char *code_text = cli_option(cli, "form"), *period = cli_option(cli, "period");
    const FormDef *form = NULL;
    const SectionDef *section = NULL;
    Table *table = NULL;
    ErrCode code = cli_get_form(cli, code_text == NULL ? "assessment_results" : code_text, &form, err);

    if (code == ERR_OK)
        code = figures_get_section(cli, form, &section, err);
    if (code == ERR_OK)
        code = files_load_table(cli, path, false, cli_option(cli, "sheet"), &table, err);
    return code == ERR_OK ? figures_read(form, section, period, table, cli->arena, ret_figures, err) : code;
}

/* Data goes to out, messages to err: a redirected table stays clean. */
ErrCode figures_put(Cli *cli, Buf *buf, Err *err)
{
    ErrCode code = buf->failed ? err_memory(err) : ERR_OK;

    if (code == ERR_OK && buf->length > 0 && fwrite(buf->data, 1, buf->length, cli->out) != buf->length)
        code = err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    buf_done(buf);
    return code;
}

/* The sentence of an issue, with its code. */
static void add_sentence(Cli *cli, RenderTable *table, const FigureIssue *issue)
{
    Buf line;

    buf_init(&line, 1 << 16);
    render_err(&issue->why, cli->style.russian,
               issue->rule == NULL ? NULL : cli_text(cli, issue->rule->message), &line);
    render_add_code(table, issue->why.reason, line.data == NULL ? "" : line.data);
    buf_done(&line);
}

enum { KINDS_MAX = 64, ALIKE_MOST = 3 };

/* How often each kind of remark has been met. */
typedef struct Kinds {
    const char *reasons[KINDS_MAX];
    size_t counts[KINDS_MAX], used;
} Kinds;

/* True for a remark of a kind that has been shown often enough; an error is always shown. */
static bool left_out(Kinds *kinds, const FigureIssue *issue)
{
    size_t at = 0;

    if (issue->severity == RULE_ERROR)
        return false;
    while (at < kinds->used && !text_equal(kinds->reasons[at], issue->why.reason))
        at++;
    if (at == KINDS_MAX)
        return false;
    if (at == kinds->used) {
        kinds->reasons[kinds->used] = issue->why.reason;
        kinds->counts[kinds->used++] = 0;
    }
    return ++kinds->counts[at] > ALIKE_MOST;
}

/* "Лист1!C7" of a workbook; text has row and column alone. */
static void add_place(RenderTable *table, const char *sheet, const FigureIssue *issue)
{
    char place[XLSX_PLACE_SIZE] = "";

    if (sheet != NULL && issue->line > 0)
        xlsx_dump_place(sheet, issue->line, issue->column, place);
    render_add_text(table, place);
}

/* Row and column as a spreadsheet numbers them; empty where an issue has no single place. brief: few remarks
 * of each kind, *ret_left says how many more there are. */
static RenderTable *issue_table(Cli *cli, const Figures *figures, bool brief, size_t *ret_left)
{
    Kinds kinds = {.used = 0};

    const RenderColumn made[] = {
        {"row", _("Row"), RENDER_ID, 0},
        {"column", _("Column"), RENDER_ID, 0},
        {"place", _("Place"), RENDER_TEXT, 0},
        {"school", _("School"), RENDER_TEXT, 0},
        {"period", _("Period"), RENDER_CODE, 0},
        {"cell", _("Cell"), RENDER_TEXT, 0},
        {"severity", _("Severity"), RENDER_CODE, 0},
        {"value", _("Value"), RENDER_TEXT, 0},
        {"reason", _("What is wrong"), RENDER_CODE, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 9);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    RenderTable *table = render_table_new(cli->arena, "figure_issue", columns, 9, false);
    for (const FigureIssue *issue = figures->issues; issue != NULL && table != NULL; issue = issue->next) {
        if (brief && left_out(&kinds, issue)) {
            *ret_left += 1;
            continue;
        }
        if (issue->line > 0)
            render_add_number(table, issue->line);
        else
            render_add_empty(table);
        if (issue->column > 0)
            render_add_number(table, issue->column);
        else
            render_add_empty(table);
        add_place(table, figures->sheet, issue);
        render_add_text(table, issue->school);
        show_period(table, issue->period);
        render_add_text(table, issue->cell);
        show_number_of(table, &names_severity, (int)issue->severity);
        render_add_text(table, err_arg_get(&issue->why, "value"));
        add_sentence(cli, table, issue);
    }
    return table;
}

/* For people, beside the command's own data. */
static ErrCode say_table(Cli *cli, const RenderTable *table, Err *err)
{
    RenderStyle style = cli->style;
    Buf buf;

    style.format = RENDER_AS_TABLE;
    buf_init(&buf, 64 << 20);
    ErrCode code = render_table(table, &style, &buf, err);
    if (code == ERR_OK)
        fputs(buf.data == NULL ? "" : buf.data, cli->host->err);
    buf_done(&buf);
    return code;
}

/* Warnings are shown and do not stop; errors do. */
ErrCode figures_report(Cli *cli, const Figures *figures, bool as_result, Err *err)
{
    ErrCode code = ERR_OK;

    if (as_result || figures->issue_count > 0) {
        size_t left = 0;
        bool brief = !as_result && figures->batch_count > 1 && !cli_flag(cli, "verbose");
        RenderTable *table = issue_table(cli, figures, brief, &left);
        cli->style.none = _("No remarks.");
        code = as_result ? cli_print(cli, table, err) : say_table(cli, table, err);
        if (left > 0)
            cli_say(cli,
                    N_("And %zu more remark of these kinds: repeat with --verbose.",
                       "And %zu more remarks of these kinds: repeat with --verbose.", left),
                    left);
    }
    if (code != ERR_OK || figures->error_count == 0)
        return code;
    err_set(err, ERR_INVALID_ARGUMENT, "FIGURES_INVALID");
    return err_arg(err, "errors", "%zu", figures->error_count);
}

ErrCode figures_get_submission(Cli *cli, uint64_t id, const Shans__V1__GetSubmissionReply **ret_reply,
                               Err *err)
{
    Shans__V1__GetSubmissionRequest request = SHANS__V1__GET_SUBMISSION_REQUEST__INIT;
    ProtobufCMessage *message = NULL;

    request.id = id;
    ErrCode code = cli_call(cli, &shans__v1__collection_service__descriptor, "GetSubmission", NULL,
                            &request.base, &message, err);
    if (code == ERR_OK)
        *ret_reply = (const void *)message;
    return code;
}

/* Withdrawn and superseded submissions are no base for a correction. */
ErrCode figures_fetch(Cli *cli, const FormDef *form, const DraftKey *key, int source,
                      const Shans__V1__GetSubmissionReply **ret_reply, Err *err)
{
    Shans__V1__ListSubmissionsRequest request = SHANS__V1__LIST_SUBMISSIONS_REQUEST__INIT;
    const Shans__V1__SubmissionSummary *best = NULL;

    request.under = (char *)key->school;
    request.form_code = (char *)form->code;
    request.period = (char *)key->period;
    request.page_size = PAGE;
    for (bool more = true; more;) {
        ProtobufCMessage *message = NULL;
        ErrCode code = cli_call(cli, &shans__v1__collection_service__descriptor, "ListSubmissions", NULL,
                                &request.base, &message, err);
        if (code != ERR_OK)
            return code;
        const Shans__V1__ListSubmissionsReply *reply = (const void *)message;
        for (size_t i = 0; i < reply->n_submissions; i++) {
            const Shans__V1__SubmissionSummary *found = reply->submissions[i];
            bool gone = found->state == SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_WITHDRAWN ||
                        found->state == SHANS__V1__SUBMISSION_STATE__SUBMISSION_STATE_SUPERSEDED;
            bool wanted =
                source == 0 ? best == NULL || found->source > best->source : (int)found->source == source;
            if (!gone && wanted && text_equal(found->school_code, key->school))
                best = found;
        }
        request.page_token = reply->next_page_token;
        more = reply->next_page_token[0] != '\0';
    }
    if (best != NULL)
        return figures_get_submission(cli, best->id, ret_reply, err);
    err_set(err, ERR_NOT_FOUND, "SUBMISSION_MISSING");
    err_arg(err, "school", "%s", key->school);
    err_arg(err, "form", "%s", form->code);
    return err_arg(err, "period", "%s", key->period);
}

/* Non-values in words: zero, "not applicable" and "unknown" must not look alike. */
static void add_value(Cli *cli, RenderTable *table, const FieldDef *field, Value value)
{
    char plain[DECIMAL_TEXT_SIZE], shown[DECIMAL_TEXT_SIZE];

    form_value_dump(field, value, plain);
    if (value.kind == VALUE_NOT_APPLICABLE) {
        render_add_code(table, plain, _("n/a"));
    } else if (value.kind == VALUE_UNKNOWN) {
        render_add_code(table, plain, _("unknown"));
    } else if (value.kind == VALUE_NUMBER && field->type == FIELD_CHOICE) {
        for (size_t i = 0; i < field->choice_count; i++)
            if (field->choices[i].number == value.number) {
                render_add_code(table, plain, cli_text(cli, field->choices[i].label));
                return;
            }
        render_add_text(table, plain);
    } else {
        bool share = field->type == FIELD_SHARE;
        /* a share comes in ppm: per cent with one digit for people */
        if (value.kind == VALUE_NUMBER)
            decimal_show(share ? (value.number + 500) / 1000 : value.number, share ? 1 : field->scale,
                         cli->style.russian, shown);
        render_add_code(table, plain, value.kind == VALUE_NUMBER ? shown : plain);
    }
}

/* The reviewer's remark on the cell. */
static const Shans__V1__CellMark *find_mark(const Shans__V1__GetSubmissionReply *reply, const char *section,
                                            const char *row, const char *field)
{
    for (size_t i = 0; i < reply->n_marks; i++)
        if (text_equal(reply->marks[i]->section, section) && text_equal(reply->marks[i]->row, row) &&
            text_equal(reply->marks[i]->field, field))
            return reply->marks[i];
    return NULL;
}

/* An empty cell is shown only when it carries a remark. */
static void add_cell(Cli *cli, RenderTable *table, const Shans__V1__GetSubmissionReply *reply,
                     const FormData *data, uint32_t s, uint32_t r, uint32_t f)
{
    const SectionDef *section = &form_data_get_form(data)->sections[s];
    const FieldDef *field = &section->fields[f];
    Value value = field->type == FIELD_SHARE ? form_share_ppm(data, s, r, f) : form_data_get(data, s, r, f);
    const Shans__V1__CellMark *mark = find_mark(reply, section->code, section->rows[r].code, field->code);

    if (value.kind == VALUE_EMPTY && mark == NULL)
        return;
    render_add_text(table, section->code);
    render_add_code(table, section->rows[r].code,
                    section->rows[r].code[0] == '\0' ? "" : cli_text(cli, section->rows[r].label));
    render_add_code(table, field->code, cli_text(cli, field->label));
    add_value(cli, table, field, value);
    render_add_text(table, mark == NULL ? "" : mark->comment);
    if (mark == NULL)
        render_add_empty(table);
    else
        render_add_bool(table, mark->resolved);
}

ErrCode figures_print_submission(Cli *cli, const FormDef *form, const Shans__V1__GetSubmissionReply *reply,
                                 Err *err)
{
    const RenderColumn columns[] = {
        {"section", _("Section"), RENDER_TEXT, 0}, {"row", _("Row"), RENDER_CODE, 0},
        {"field", _("Field"), RENDER_CODE, 0},     {"value", _("Value"), RENDER_CODE, 0},
        {"mark", _("Remark"), RENDER_TEXT, 0},     {"resolved", _("Corrected"), RENDER_BOOL, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "cell", columns, 6, false);
    FormData *data = form_data_new(form, cli->arena);

    if (table == NULL || data == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_cells; i++) {
        const Shans__V1__Cell *from = reply->cells[i];
        FormCell cell = {from->section, from->row, from->field, {(ValueKind)from->kind, from->number}};
        ErrCode code = form_data_set(data, &cell, err);
        if (code != ERR_OK)
            return code;
    }
    for (uint32_t s = 0; s < form->section_count; s++)
        for (uint32_t r = 0; r < form->sections[s].row_count; r++)
            for (uint32_t f = 0; f < form->sections[s].field_count; f++)
                add_cell(cli, table, reply, data, s, r, f);
    return cli_print(cli, table, err);
}
