/* Owns explain and matrix. Invariant: every number shown comes from the reply, with where it stands; nothing
 * is computed again. Must not judge a school. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/explain_text.h"
#include "client/cli/show.h"
#include "shans/v1/method.pb-c.h"

enum { TEXT_MAX = 4 << 20 };

/* For programs: one row for each procedure and year. */
static ErrCode print_rows(Cli *cli, const Shans__V1__ExplainReply *reply, Err *err)
{
    const RenderColumn columns[] = {
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"status_computed", _("Computed status"), RENDER_CODE, 0},
        {"status_official", _("Official group"), RENDER_CODE, 0},
        {"branches", _("Branches"), RENDER_CODE, 0},
        {"procedure", _("Procedure"), RENDER_TEXT, 0},
        {"year", _("School year"), RENDER_CODE, 0},
        {"below", _("Below the minimum"), RENDER_NUMBER, 0},
        {"participants", _("Participants"), RENDER_NUMBER, 0},
        {"low", _("Low"), RENDER_BOOL, 0},
        {"risk", _("Risk zone"), RENDER_BOOL, 0},
        {"reliable", _("Reliable"), RENDER_BOOL, 0},
        {"wilson_low_ppm", _("Interval from, ppm"), RENDER_NUMBER, 0},
        {"wilson_high_ppm", _("Interval to, ppm"), RENDER_NUMBER, 0},
        {"submission_id", _("Submission"), RENDER_ID, 0},
        {"revision", _("Revision"), RENDER_ID, 0},
        {"form", _("Form"), RENDER_TEXT, 0},
        {"place", _("Cell"), RENDER_TEXT, 0},
        {"submitted", _("Submitted"), RENDER_TIME, 0},
        {"submitted_by", _("By"), RENDER_TEXT, 0},
        {"accepted", _("Accepted"), RENDER_TIME, 0},
        {"accepted_by", _("By"), RENDER_TEXT, 0},
        {"origin", _("Source"), RENDER_CODE, 0},
        {"origin_school_code", _("Figures of"), RENDER_TEXT, 0},
        {"disputed", _("Disputed"), RENDER_BOOL, 0},
    };
    const Shans__V1__SchoolClass *class = reply->school_class;
    RenderTable *table = render_table_new(cli->arena, "explanation", columns, 24, false);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_procedures; i++) {
        const Shans__V1__ProcedureReason *reason = reply->procedures[i];
        render_add_text(table, class->school_code);
        show_name_of(table, &names_status, class->status_computed);
        show_name_of(table, &names_group, class->status_official);
        show_names(table, &names_branch, class->branches, class->n_branches);
        render_add_text(table, reason->procedure);
        show_year(table, reason->year);
        render_add_number(table, reason->below);
        render_add_number(table, reason->participants);
        render_add_bool(table, reason->low);
        render_add_bool(table, reason->risk);
        render_add_bool(table, reason->reliable);
        render_add_number(table, reason->wilson_low_ppm);
        render_add_number(table, reason->wilson_high_ppm);
        render_add_number(table, (int64_t)reason->submission_id);
        render_add_number(table, reason->revision);
        render_add_text(table, reason->form_code);
        render_add_text(table, reason->place);
        render_add_time(table, reason->submitted_ms);
        render_add_text(table, reason->submitted_by);
        render_add_time(table, reason->accepted_ms);
        render_add_text(table, reason->accepted_by);
        show_number_of(table, &names_figure_origin, (int)reason->origin);
        render_add_text(table, reason->origin_school_code);
        render_add_bool(table, reason->disputed);
    }
    return cli_print(cli, table, err);
}

/* Line by line, so that a code of a newer server cannot bring control characters along. Frees the text. */
static ErrCode print_text(Cli *cli, Buf *text, Err *err)
{
    Buf clean;
    ErrCode code = text->failed ? err_memory(err) : ERR_OK;

    buf_init(&clean, TEXT_MAX);
    for (char *line = text->data; code == ERR_OK && line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool more = line[length] != '\0';
        line[length] = '\0';
        render_wrapped(&clean, line, cli->style.width);
        line += length + more;
    }
    if (clean.failed)
        code = err_memory(err);
    else if (clean.length > 0 && fputs(clean.data, cli->out) == EOF)
        code = err_set(err, ERR_UNAVAILABLE, "OUTPUT_FAILED");
    buf_done(&clean);
    buf_done(text);
    return code;
}

/* People read a text, programs rows: the text is the same facts in the order of the rule. */
ErrCode cmd_explain(Cli *cli, Err *err)
{
    Shans__V1__ExplainRequest request = SHANS__V1__EXPLAIN_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    Buf buf;

    request.run_id = cli_number(cli, "run", 0);
    request.edition_number = cli_number(cli, "edition", 0);
    request.school_code = (char *)cli->args[0];
    if ((request.run_id == 0) == (request.edition_number == 0))
        return err_set(err, ERR_INVALID_ARGUMENT, "USAGE_RUN_OR_EDITION");
    ErrCode code =
        cli_call(cli, &shans__v1__method_service__descriptor, "Explain", NULL, &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__ExplainReply *reply = (const void *)message;
    if (reply->school_class == NULL)
        return err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
    if (cli->style.format != RENDER_AS_TABLE)
        return print_rows(cli, reply, err);
    ExplainStyle style = {
        .arena = cli->arena, .russian = cli->style.russian, .verbose = cli_flag(cli, "verbose")};
    code = cli_get_catalog(cli, &style.catalog, err);
    if (code != ERR_OK)
        return code;
    buf_init(&buf, TEXT_MAX);
    explain_show(reply, &style, &buf);
    return print_text(cli, &buf, err);
}

/* For programs: one row for each school, empty cells left out. */
static ErrCode print_cells(Cli *cli, const Shans__V1__GetMatrixReply *reply, Err *err)
{
    const RenderColumn columns[] = {
        {"wellbeing_group", _("Wellbeing"), RENDER_NUMBER, 0},
        {"quality_group", _("Quality"), RENDER_NUMBER, 0},
        {"typology", _("Type"), RENDER_CODE, 0},
        {"school_code", _("School"), RENDER_TEXT, 0},
        {"school_number", _("Number"), RENDER_TEXT, 0},
    };
    RenderTable *table = render_table_new(cli->arena, "matrix", columns, 5, false);

    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_cells; i++) {
        const Shans__V1__MatrixCell *cell = reply->cells[i];
        for (size_t k = 0; k < cell->n_school_codes; k++) {
            render_add_number(table, cell->wellbeing_group);
            render_add_number(table, cell->quality_group);
            show_name_of(table, &names_typology, cell->typology);
            render_add_text(table, cell->school_codes[k]);
            render_add_text(table, k < cell->n_school_numbers ? cell->school_numbers[k] : "");
        }
    }
    return cli_print(cli, table, err);
}

/* The grid is drawn here from numbers; the server sends cells, not lines. */
ErrCode cmd_matrix(Cli *cli, Err *err)
{
    Shans__V1__GetMatrixRequest request = SHANS__V1__GET_MATRIX_REQUEST__INIT;
    const char *run = NULL, *under = cli_option(cli, "under");
    ProtobufCMessage *message = NULL;
    Buf buf;
    ErrCode code = cli_need(cli, "run", &run, err);

    if (code != ERR_OK)
        return code;
    request.run_id = cli_number(cli, "run", 0);
    request.under = (char *)(under == NULL ? "" : under);
    code = cli_call(cli, &shans__v1__method_service__descriptor, "GetMatrix", NULL, &request.base, &message,
                    err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__GetMatrixReply *reply = (const void *)message;
    if (cli->style.format != RENDER_AS_TABLE)
        return print_cells(cli, reply, err);
    buf_init(&buf, TEXT_MAX);
    matrix_show(reply, &buf);
    return print_text(cli, &buf, err);
}
