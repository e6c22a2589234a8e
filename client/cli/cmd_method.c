/* Owns the method commands. Invariant: YAML is read here and only compiled bytes are sent.
 * Must not store what the linter refuses. */
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/cmd.h"
#include "client/cli/show.h"
#include "client/compile/compile.h"
#include "common/catalog/methodology.h"
#include "common/core/decimal.h"
#include "shans/v1/method.pb-c.h"

enum { COMPILED_MAX = 4 << 20 };

/* Of stored methodologies: code, version, whether it can still change. */
static RenderTable *method_table(Cli *cli, bool record)
{
    const RenderColumn made[] = {
        {"code", _("Code"), RENDER_TEXT, 0},     {"version", _("Version"), RENDER_ID, 0},
        {"title", _("Title"), RENDER_TEXT, 0},   {"used", _("Used by a run"), RENDER_BOOL, 0},
        {"stored", _("Stored"), RENDER_TIME, 0}, {"hash", NULL, RENDER_TEXT, 0},
    };
    RenderColumn *columns = ARENA_NEW(cli->arena, RenderColumn, 6);

    if (columns == NULL)
        return NULL;
    memcpy(columns, made, sizeof made);
    return render_table_new(cli->arena, "methodology", columns, 6, record);
}

/* The title in the person's language. */
static void add_method(Cli *cli, RenderTable *table, const Shans__V1__Methodology *from)
{
    Text title = {from->title_ru, from->title_en};

    render_add_text(table, from->code);
    render_add_number(table, from->version);
    render_add_text(table, cli_text(cli, title));
    render_add_bool(table, from->used);
    render_add_time(table, from->stored_ms);
    render_add_text(table, from->hash);
}

/* Every version the server holds, used ones marked: they can no longer change. */
ErrCode cmd_method_list(Cli *cli, Err *err)
{
    Shans__V1__ListMethodologiesRequest request = SHANS__V1__LIST_METHODOLOGIES_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    RenderTable *table = method_table(cli, false);
    ErrCode code = cli_call(cli, &shans__v1__method_service__descriptor, "ListMethodologies", NULL,
                            &request.base, &message, err);

    if (code != ERR_OK)
        return code;
    if (table == NULL)
        return err_memory(err);
    const Shans__V1__ListMethodologiesReply *reply = (const void *)message;
    for (size_t i = 0; i < reply->n_methodologies; i++)
        add_method(cli, table, reply->methodologies[i]);
    return cli_print(cli, table, err);
}

/* A property: key for programs, label and value for people. */
static void add_pair(RenderTable *table, const char *key, const char *label, const char *value)
{
    render_add_code(table, key, label);
    render_add_text(table, value);
}

/* Years of the pair as the profile fixes them; empty when the run chooses. */
static void add_years(RenderTable *table, const LowRule *low)
{
    char text[128] = "";

    for (size_t i = 0; i < low->year_count && i < METHOD_YEARS_MAX; i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%d", i > 0 ? ", " : "", low->years[i]);
    }
    add_pair(table, "years", _("School years, by their last year"), text);
}

/* An exact fraction shown as per cent with one digit. */
static void add_ratio(Cli *cli, RenderTable *table, const char *key, const char *label, Ratio ratio)
{
    char text[DECIMAL_TEXT_SIZE];
    int64_t tenths = 0;
    Ratio percent;

    text[0] = '\0';
    if (ratio_mul(ratio, ratio_int(100), &percent) && ratio_round(percent, 1, &tenths))
        decimal_show(tenths, 1, cli->style.russian, text);
    add_pair(table, key, label, text);
}

/* The 30 % rule in the profile's own numbers. */
static void add_low(Cli *cli, RenderTable *table, const LowRule *low)
{
    Buf list;
    char text[32];

    add_years(table, low);
    add_ratio(cli, table, "share", _("Low from this share of participants, %"), low->share);
    if (low->risk.on)
        add_ratio(cli, table, "risk_floor", _("Risk zone from, %"), low->risk.floor);
    snprintf(text, sizeof text, "%d", low->branch_a_k);
    add_pair(table, "branch_a_k", _("Branch A: low procedures in one year, at least"),
             low->branch_a_on ? text : _("off"));
    add_pair(table, "branch_b_mode", _("Branch B: low in both years"),
             !low->branch_b_on                               ? _("off")
             : low->branch_b_mode == BRANCH_B_SAME_PROCEDURE ? _("the same procedure")
                                                             : _("any procedure"));
    snprintf(text, sizeof text, "%d", low->unreliable_below);
    add_pair(table, "unreliable_below", _("Unreliable below this number of participants"), text);
    buf_init(&list, 1 << 16);
    for (size_t i = 0; i < low->procedure_count; i++) {
        char name[PROCEDURE_TEXT_SIZE];
        procedure_dump(low->procedures[i].procedure, name);
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", name);
    }
    add_pair(table, "procedures", _("Procedures"), list.data == NULL ? "" : list.data);
    buf_done(&list);
}

/* The rectangles of the 11 x 11 grid. */
static void add_bands(Cli *cli, RenderTable *table, const TypologyRule *rule)
{
    for (size_t i = 0; i < rule->band_count; i++) {
        const TypologyBand *band = &rule->bands[i];
        char text[96];
        snprintf(text, sizeof text, _("wellbeing %d–%d, quality %d–%d"), band->i_from, band->i_to,
                 band->q_from, band->q_to);
        add_pair(table, band->code, cli_text(cli, band->label), text);
    }
}

/* What the program understood, not the file: a slip in the YAML is seen here. */
static ErrCode show_methodology(Cli *cli, const Methodology *methodology, Err *err)
{
    const RenderColumn columns[] = {{"key", _("Property"), RENDER_CODE, 0},
                                    {"value", _("Value"), RENDER_TEXT, 0}};
    RenderTable *table = render_table_new(cli->arena, "methodology_item", columns, 2, false);
    char version[16];

    if (table == NULL)
        return err_memory(err);
    snprintf(version, sizeof version, "%u", methodology->version);
    add_pair(table, "code", _("Code"), methodology->code);
    add_pair(table, "version", _("Version"), version);
    add_pair(table, "title", _("Title"), cli_text(cli, methodology->title));
    add_pair(table, "legal_basis", _("Legal basis"), cli_text(cli, methodology->legal_basis));
    if (cli_text(cli, methodology->remark)[0] != '\0')
        add_pair(table, "remark", _("Remark"), cli_text(cli, methodology->remark));
    if (methodology->low.on)
        add_low(cli, table, &methodology->low);
    if (methodology->typology.on)
        add_bands(cli, table, &methodology->typology);
    return cli_print(cli, table, err);
}

/* The compiled bytes come from the server, so what is shown is what runs use. */
ErrCode cmd_method_show(Cli *cli, Err *err)
{
    Shans__V1__GetMethodologyRequest request = SHANS__V1__GET_METHODOLOGY_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    Methodology *methodology = NULL;

    request.code = (char *)cli->args[0];
    request.version = cli_number(cli, "method-version", 0);
    ErrCode code = cli_call(cli, &shans__v1__method_service__descriptor, "GetMethodology", NULL,
                            &request.base, &message, err);
    if (code != ERR_OK)
        return code;
    const Shans__V1__GetMethodologyReply *reply = (const void *)message;
    code = methodology_load(reply->compiled.data, reply->compiled.len, cli->arena, &methodology, err);
    return code == ERR_OK ? show_methodology(cli, methodology, err) : code;
}

/* Compiles the file; what it prints is the methodology as the program understands it. */
ErrCode cmd_method_lint(Cli *cli, Err *err)
{
    Methodology *methodology = NULL;
    Buf buf;

    buf_init(&buf, COMPILED_MAX);
    ErrCode code = compile_methodology_file(cli->args[0], &buf, err);
    if (code == ERR_OK && buf.failed)
        code = err_memory(err);
    if (code == ERR_OK)
        code = methodology_load(buf.data, buf.length, cli->arena, &methodology, err);
    if (code == ERR_OK)
        code = show_methodology(cli, methodology, err);
    buf_done(&buf);
    return code;
}

/* Remarks of the server's linter; they do not prevent storing. */
static void say_findings(Cli *cli, const Shans__V1__PutMethodologyReply *reply)
{
    for (size_t i = 0; i < reply->n_findings; i++) {
        const Shans__V1__FieldIssue *finding = reply->findings[i];
        Err why = {.code = ERR_OK};
        err_set(&why, ERR_INVALID_ARGUMENT, finding->reason);
        err_arg(&why, "field", "%s", finding->field);
        for (size_t k = 0; k < finding->n_args; k++)
            err_arg(&why, finding->args[k]->key, "%s", finding->args[k]->value);
        cli_say_err(cli, name_label(&names_severity, (int)finding->severity), &why);
    }
}

/* Compiled here, linted again by the server, which alone decides. */
ErrCode cmd_method_put(Cli *cli, Err *err)
{
    Shans__V1__PutMethodologyRequest request = SHANS__V1__PUT_METHODOLOGY_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    RenderTable *table = method_table(cli, true);
    Buf buf;

    buf_init(&buf, COMPILED_MAX);
    ErrCode code = compile_methodology_file(cli->args[0], &buf, err);
    if (code == ERR_OK && (buf.failed || table == NULL))
        code = err_memory(err);
    if (code == ERR_OK) {
        request.compiled = (ProtobufCBinaryData){buf.length, (uint8_t *)buf.data};
        code = cli_change(cli, &shans__v1__method_service__descriptor, "PutMethodology", &request.base,
                          &message, err);
    }
    buf_done(&buf);
    if (code != ERR_OK)
        return code;
    const Shans__V1__PutMethodologyReply *reply = (const void *)message;
    say_findings(cli, reply);
    if (reply->methodology == NULL)
        return err_set(err, ERR_INTERNAL, "REPLY_MALFORMED");
    add_method(cli, table, reply->methodology);
    return cli_print(cli, table, err);
}
