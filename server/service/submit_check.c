/* Owns the checks of a submitted form's content. Invariant: the hash is taken over what is stored, never over
 * what was sent. Must not touch the database. */
#include "server/service/submit_check.h"

#include <stdio.h>
#include <string.h>

#include "common/core/buf.h"
#include "common/core/decimal.h"
#include "common/crypto/crypto.h"
#include "server/service/convert.h"

/* Bytes of one form in canonical order; the wire allows less. */
enum { CANONICAL_MAX = 8 << 20 };

/* The newest definition of the form. Figures for another version are refused, the current one is named. */
ErrCode submit_find_form(const Catalog *catalog, const Shans__V1__SubmitRequest *request,
                         const FormDef **ret_form, Err *err)
{
    const FormDef *form = catalog_get_form(catalog, request->form_code, request->form_version);
    const FormDef *newest = catalog_get_form(catalog, request->form_code, 0);

    if (newest == NULL) {
        err_set(err, ERR_NOT_FOUND, "FORM_UNKNOWN");
        return err_arg(err, "form", "%s", request->form_code);
    }
    if (request->form_version == 0 || form == NULL || form != newest) {
        err_set(err, ERR_FAILED_PRECONDITION, "FORM_VERSION");
        err_arg(err, "form", "%s", request->form_code);
        err_arg(err, "version", "%u", request->form_version);
        return err_arg(err, "current", "%u", newest->version);
    }
    *ret_form = form;
    return ERR_OK;
}

/* Numbers of the wire may lie outside the enums: the form refuses what it does not know. */
static ErrCode set_cell(FormData *data, const Shans__V1__Cell *cell, Err *err)
{
    FormCell form_cell = {
        .section = cell->section,
        .row = cell->row,
        .field = cell->field,
        .value = {(ValueKind)cell->kind, cell->number},
    };

    if (cell->kind < SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER ||
        cell->kind > SHANS__V1__VALUE_KIND__VALUE_KIND_UNKNOWN ||
        (cell->kind != SHANS__V1__VALUE_KIND__VALUE_KIND_NUMBER && cell->number != 0))
        err_set(err, ERR_INVALID_ARGUMENT, "CELL_KIND");
    else
        return form_data_set(data, &form_cell, err);
    err_arg(err, "section", "%s", cell->section);
    err_arg(err, "row", "%s", cell->row);
    return err_arg(err, "field", "%s", cell->field);
}

/* The content hash the client froze must be the one of what arrived. */
static ErrCode hash_check(const FormData *data, const Shans__V1__SubmitRequest *request, uint8_t *ret_hash,
                          Err *err)
{
    Buf buf;

    buf_init(&buf, CANONICAL_MAX);
    form_data_pack(data, request->school_code, request->period, &buf);
    bool whole = !buf.failed;
    if (whole)
        crypto_hash(buf.data, buf.length, ret_hash);
    buf_done(&buf);
    if (!whole)
        return err_memory(err);
    if (request->content_hash.len != CRYPTO_HASH_SIZE ||
        !crypto_equal(request->content_hash.data, ret_hash, CRYPTO_HASH_SIZE))
        return err_set(err, ERR_INVALID_ARGUMENT, "CONTENT_HASH_MISMATCH");
    return ERR_OK;
}

/* Arguments that let the client write the sentence: the value given, and the bound of MIN and MAX. */
static void issue_args(Call *call, const FormIssue *issue, const FieldDef *field, Shans__V1__FieldIssue *to)
{
    char text[DECIMAL_TEXT_SIZE];

    if (to == NULL || field == NULL)
        return;
    form_value_dump(field, issue->value, text);
    call_issue_arg(call, to, "value", "%s", text);
    if (issue->rule == NULL) {
        decimal_dump(issue->limit, field->scale, text);
        call_issue_arg(call, to, "limit", "%s", text);
    }
}

/* A warning does not stop the submission; it goes back with the receipt. */
static ErrCode warn(Call *call, SubmitCells *cells, const FormIssue *issue, const char *place, Err *err)
{
    Shans__V1__FieldIssue *warning = cells->warnings[cells->warning_count++];

    warning->field = arena_text(call->arena, place);
    warning->reason = (char *)issue->code;
    warning->severity = (Shans__V1__Severity)issue->severity;
    return warning->field == NULL ? err_memory(err) : ERR_OK;
}

/* The rule code of the client runs again here: a client is not trusted. Errors refuse the whole
 * submission. */
static ErrCode rules_check(Call *call, const FormData *data, SubmitCells *cells, Err *err)
{
    const FormDef *form = form_data_get_form(data);
    FormIssue *issues;
    size_t count, errors = 0;
    ErrCode code = form_check(data, call->arena, &issues, &count, err);

    if (code != ERR_OK)
        return code;
    cells->warnings = MESSAGE_ARRAY(call->arena, count, Shans__V1__FieldIssue, shans__v1__field_issue__init);
    if (cells->warnings == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        const FormIssue *issue = &issues[i];
        const SectionDef *section = form_get_section(form, issue->section);
        const FieldDef *field = section == NULL ? NULL : section_get_field(section, issue->field);
        char place[256];
        snprintf(place, sizeof place, "%s/%s/%s", issue->section, issue->row, issue->field);
        if (issue->severity == RULE_ERROR) {
            issue_args(call, issue, field,
                       call_add_issue(call, place, issue->code, SHANS__V1__SEVERITY__SEVERITY_ERROR));
            errors++;
        } else {
            code = warn(call, cells, issue, place, err);
        }
    }
    if (code == ERR_OK && errors > 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "FORM_CHECK_FAILED");
        return err_arg(err, "errors", "%zu", errors);
    }
    return code;
}

/* Cells, rules, hash, in this order; the first stage that fails answers. */
ErrCode submit_check_cells(Call *call, const FormDef *form, const Shans__V1__SubmitRequest *request,
                           uint8_t *ret_hash, SubmitCells *ret_cells, Err *err)
{
    FormData *data = form_data_new(form, call->arena);
    SubmitCells cells = {0};
    ErrCode code = data == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; i < request->n_cells && code == ERR_OK; i++)
        code = set_cell(data, request->cells[i], err);
    if (code == ERR_OK)
        code = rules_check(call, data, &cells, err);
    if (code == ERR_OK && ret_hash != NULL)
        code = hash_check(data, request, ret_hash, err);
    if (code == ERR_OK)
        code = form_data_list(data, call->arena, &cells.cells, &cells.count, err);
    if (code == ERR_OK)
        *ret_cells = cells;
    return code;
}
