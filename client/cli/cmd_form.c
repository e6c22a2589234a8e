/* Owns the form commands: look, fill, check, send. Invariant: "saved" is said after the draft is on disk.
 * Must not send figures with errors. */
#include <string.h>

#include "client/cli/cell_text.h"
#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/figures_report.h"
#include "client/cli/files.h"
#include "client/cli/show.h"
#include "client/cli/submit.h"
#include "client/outbox/revision.h"
#include "common/core/text.h"
#include "shans/v1/collection.pb-c.h"

/* The forms this program knows; the server is not asked. */
ErrCode cmd_form_list(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"code", _("Code"), RENDER_TEXT, 0},
        {"version", _("Version"), RENDER_ID, 0},
        {"title", _("Title"), RENDER_TEXT, 0},
        {"legal_basis", _("Legal basis"), RENDER_TEXT, 0},
    };
    const Catalog *catalog = NULL;
    ErrCode code = cli_get_catalog(cli, &catalog, err);
    RenderTable *table = render_table_new(cli->arena, "form", columns, 4, false);

    if (code != ERR_OK)
        return code;
    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < catalog->form_count; i++) {
        render_add_text(table, catalog->forms[i].code);
        render_add_number(table, catalog->forms[i].version);
        render_add_text(table, cli_text(cli, catalog->forms[i].title));
        render_add_text(table, cli_text(cli, catalog->forms[i].legal_basis));
    }
    return cli_print(cli, table, err);
}

/* The kind of answer in words. */
static const char *type_label(FieldType type)
{
    switch (type) {
    case FIELD_COUNT:
        return _("whole number");
    case FIELD_DECIMAL:
        return _("number");
    case FIELD_CHOICE:
        return _("choice");
    case FIELD_SHARE:
        return _("computed share");
    default:
        return "";
    }
}

/* The same for programs, as the definitions write it. */
static const char *type_code(FieldType type)
{
    static const char *const codes[] = {"", "count", "decimal", "choice", "share"};

    return (unsigned)type < sizeof codes / sizeof codes[0] ? codes[type] : "";
}

/* "low = низкая, medium = средняя" for a choice. */
static void add_choices(Cli *cli, RenderTable *table, const FieldDef *field)
{
    Buf buf;

    buf_init(&buf, 1 << 16);
    for (size_t i = 0; i < field->choice_count; i++)
        buf_printf(&buf, "%s%s = %s", i > 0 ? ", " : "", field->choices[i].code,
                   cli_text(cli, field->choices[i].label));
    render_add_text(table, buf.data == NULL ? "" : buf.data);
    buf_done(&buf);
}

/* Rows first, as the form lists them, then the fields every row has. */
static void add_section(Cli *cli, RenderTable *table, const SectionDef *section)
{
    if (section->rows[0].code[0] != '\0')
        for (size_t i = 0; i < section->row_count; i++) {
            render_add_text(table, section->code);
            render_add_code(table, "row", _("row"));
            render_add_text(table, section->rows[i].code);
            render_add_text(table, cli_text(cli, section->rows[i].label));
            render_add_text(table, "");
            render_add_bool(table, !section->rows_optional);
            render_add_text(table, "");
        }
    for (size_t i = 0; i < section->field_count; i++) {
        const FieldDef *field = &section->fields[i];
        render_add_text(table, section->code);
        render_add_code(table, "field", _("field"));
        render_add_text(table, field->code);
        render_add_text(table, cli_text(cli, field->label));
        render_add_code(table, type_code(field->type), type_label(field->type));
        render_add_bool(table, field->required && field->type != FIELD_SHARE);
        add_choices(cli, table, field);
    }
}

/* Reads the built-in catalogue only: works without a server. */
ErrCode cmd_form_show(Cli *cli, Err *err)
{
    const RenderColumn columns[] = {
        {"section", _("Section"), RENDER_TEXT, 0}, {"kind", _("Kind"), RENDER_CODE, 0},
        {"code", _("Code"), RENDER_TEXT, 0},       {"label", _("Label"), RENDER_TEXT, 0},
        {"type", _("Type"), RENDER_CODE, 0},       {"required", _("Required"), RENDER_BOOL, 0},
        {"choices", _("Choices"), RENDER_TEXT, 0},
    };
    const FormDef *form = NULL;
    ErrCode code = cli_get_form(cli, cli->args[0], &form, err);
    RenderTable *table = render_table_new(cli->arena, "form_item", columns, 7, false);

    if (code != ERR_OK)
        return code;
    if (table == NULL)
        return err_memory(err);
    for (size_t i = 0; i < form->section_count; i++)
        add_section(cli, table, &form->sections[i]);
    return cli_print(cli, table, err);
}

/* Computed shares have no column: they are never typed. */
ErrCode cmd_form_template(Cli *cli, Err *err)
{
    const FormDef *form = NULL;
    const SectionDef *section = NULL;
    TableWriter writer;
    Buf buf;
    ErrCode code = cli_get_form(cli, cli->args[0], &form, err);

    if (code == ERR_OK)
        code = figures_get_section(cli, form, &section, err);
    if (code != ERR_OK)
        return code;
    code = files_open_table(cli, FIGURE_HEADS, &buf, &writer, err);
    if (code != ERR_OK)
        return code;
    figures_write_head(form, section, cli->style.russian, &writer);
    figures_write_template(section, &writer);
    return files_close_table(cli, &writer, ERR_OK, err);
}

/* The draft of SCHOOL FORM PERIOD, the first three arguments. */
static ErrCode get_key(Cli *cli, const FormDef **ret_form, DraftKey *ret_key, Err *err)
{
    ErrCode code = cli_get_form(cli, cli->args[1], ret_form, err);

    if (code != ERR_OK)
        return code;
    const char *period = figures_period(*ret_form, cli->args[2], cli->arena);
    if (!text_is_code(cli->args[0])) {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_SCHOOL");
        return err_arg(err, "word", "%s", cli->args[0]);
    }
    if (period == NULL) {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_PERIOD");
        return err_arg(err, "word", "%s", cli->args[2]);
    }
    *ret_key = (DraftKey){cli->args[0], (*ret_form)->code, period};
    return ERR_OK;
}

/* All cells are parsed before the first is saved, so a mistyped one leaves the draft as it was. */
ErrCode cmd_form_set(Cli *cli, Err *err)
{
    const FormDef *form = NULL;
    DraftKey key;
    Outbox *outbox = NULL;
    ErrCode code = get_key(cli, &form, &key, err);
    size_t count = cli->arg_count - 3;
    FormCell *cells = ARENA_NEW(cli->arena, FormCell, count);

    if (cells == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = cell_parse(cli, form, cli->args[3 + i], &cells[i], err);
    if (code == ERR_OK)
        code = cli_get_outbox(cli, &outbox, err);
    if (code == ERR_OK)
        code = outbox_save_cells(outbox, &key, form->version, cells, count, err);
    if (code == ERR_OK)
        cli_note(cli, _("The draft is saved."));
    if (code == ERR_OK)
        cli_say(cli, N_("Saved: %zu cell.", "Saved: %zu cells.", count), count);
    return code;
}

/* The cells of the draft in a form; cells a newer version of the form dropped are errors. */
static ErrCode load_draft(Cli *cli, const FormDef *form, const DraftKey *key, FormData **ret_data, Err *err)
{
    Outbox *outbox = NULL;
    Draft draft;
    FormCell *cells = NULL;
    size_t count = 0;
    FormData *data = form_data_new(form, cli->arena);
    ErrCode code = data == NULL ? err_memory(err) : cli_get_outbox(cli, &outbox, err);

    if (code == ERR_OK)
        code = outbox_load_draft(outbox, key, cli->arena, &draft, &cells, &count, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = form_data_set(data, &cells[i], err);
    if (code == ERR_OK)
        *ret_data = data;
    return code;
}

/* Checks the draft; prints issues on err or, for `form check`, as the result. */
static ErrCode check_draft(Cli *cli, const FormDef *form, const DraftKey *key, FormData *data, bool as_result,
                           Err *err)
{
    Figures *figures = figures_new(form, cli->arena);
    FigureBatch batch = {.school = key->school, .period = key->period, .data = data};
    ErrCode code = figures == NULL ? err_memory(err) : figures_check(figures, &batch, err);

    return code == ERR_OK ? figures_report(cli, figures, as_result, err) : code;
}

/* A file is checked as import would check it, a draft as submit would. */
ErrCode cmd_form_check(Cli *cli, Err *err)
{
    const char *file = cli_option(cli, "file");
    const FormDef *form = NULL;
    DraftKey key;
    FormData *data = NULL;

    if (file != NULL) {
        Figures *figures = NULL;
        ErrCode code = figures_load(cli, file, &figures, err);
        return code == ERR_OK ? figures_report(cli, figures, true, err) : code;
    }
    if (cli->arg_count < 3) {
        err_set(err, ERR_INVALID_ARGUMENT, "USAGE_TOO_FEW");
        return err_arg(err, "word", "%s", _("SCHOOL FORM PERIOD | --file FILE"));
    }
    ErrCode code = get_key(cli, &form, &key, err);
    if (code == ERR_OK)
        code = load_draft(cli, form, &key, &data, err);
    return code == ERR_OK ? check_draft(cli, form, &key, data, true, err) : code;
}

/* Checked by the rules the server will use, then frozen; the receipt is printed when it is stored. */
ErrCode cmd_form_submit(Cli *cli, Err *err)
{
    const FormDef *form = NULL;
    DraftKey key;
    FormData *data = NULL;
    Revisions *revisions = NULL;
    Operation operation;
    ErrCode code = get_key(cli, &form, &key, err);

    if (code == ERR_OK)
        code = load_draft(cli, form, &key, &data, err);
    if (code == ERR_OK)
        code = check_draft(cli, form, &key, data, false, err);
    if (code == ERR_OK)
        code = submit_load_revisions(cli, form, key.school, &revisions, err);
    if (code != ERR_OK)
        return code;
    SubmitPlan plan = {data, key.school, key.period, submit_get_source(cli), ""};
    code = submit_make(cli, &plan, revisions, &operation, err);
    return code == ERR_OK ? submit_all(cli, &operation, 1, err) : code;
}

/* The server's cells become the draft as they are, non-values included. */
static ErrCode keep_cells(Cli *cli, const FormDef *form, const DraftKey *key,
                          const Shans__V1__GetSubmissionReply *reply, Err *err)
{
    Outbox *outbox = NULL;
    FormCell *cells = ARENA_NEW(cli->arena, FormCell, reply->n_cells);
    ErrCode code = cells == NULL ? err_memory(err) : cli_get_outbox(cli, &outbox, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < reply->n_cells; i++) {
        const Shans__V1__Cell *from = reply->cells[i];
        cells[i] = (FormCell){from->section, from->row, from->field, {(ValueKind)from->kind, from->number}};
    }
    code = outbox_save_cells(outbox, key, form->version, cells, reply->n_cells, err);
    if (code == ERR_OK)
        code = outbox_note_revision(outbox, key, (int)reply->summary->source, reply->summary->revision, err);
    if (code == ERR_OK)
        cli_say(cli, N_("Saved: %zu cell.", "Saved: %zu cells.", reply->n_cells), reply->n_cells);
    return code;
}

/* Figures of the server must not silently replace what a person typed and has not sent. */
static ErrCode refuse_unsent(Cli *cli, const DraftKey *key, Err *err)
{
    Outbox *outbox = NULL;
    Draft draft;
    FormCell *cells = NULL;
    size_t count = 0;
    ErrCode code = cli_get_outbox(cli, &outbox, err);

    if (code != ERR_OK)
        return code;
    code = outbox_load_draft(outbox, key, cli->arena, &draft, &cells, &count, err);
    if (code == ERR_NOT_FOUND)
        return ERR_OK;
    if (code == ERR_OK && draft.dirty && !cli_flag(cli, "overwrite"))
        code = err_set(err, ERR_FAILED_PRECONDITION, "DRAFT_UNSENT");
    return code;
}

/* The base for a correction: fetch, change the cell, submit. */
ErrCode cmd_form_get(Cli *cli, Err *err)
{
    const FormDef *form = NULL;
    DraftKey key;
    const Shans__V1__GetSubmissionReply *reply = NULL;
    ErrCode code = get_key(cli, &form, &key, err);

    if (code == ERR_OK)
        code = refuse_unsent(cli, &key, err);
    if (code == ERR_OK)
        code = figures_fetch(cli, form, &key, cli_option(cli, "source") == NULL ? 0 : submit_get_source(cli),
                             &reply, err);
    if (code == ERR_OK)
        code = keep_cells(cli, form, &key, reply, err);
    if (code == ERR_OK)
        code = figures_print_submission(cli, form, reply, err);
    return code;
}
