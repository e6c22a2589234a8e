/* Owns filled forms: dense cells by index, their order and canonical bytes. Invariant: a cell's number is 0
 * unless its kind is VALUE_NUMBER, and computed cells are never stored. Must not check rules. */
#include "common/form/form.h"

#include "common/core/buf.h"
#include "common/core/text.h"

struct FormData {
    const FormDef *form;
    size_t *starts; /* index of each section's first cell in values */
    Value *values;
};

FormData *form_data_new(const FormDef *form, Arena *arena)
{
    FormData *data = ARENA_NEW(arena, FormData, 1);
    size_t *starts = ARENA_NEW(arena, size_t, form->section_count);
    size_t total = 0;

    if (data == NULL || starts == NULL)
        return NULL;
    for (size_t i = 0; i < form->section_count; i++) {
        size_t cells;
        starts[i] = total;
        if (__builtin_mul_overflow(form->sections[i].row_count, form->sections[i].field_count, &cells) ||
            __builtin_add_overflow(total, cells, &total))
            return NULL;
    }
    Value *values = ARENA_NEW(arena, Value, total);
    if (values == NULL)
        return NULL;
    *data = (FormData){.form = form, .starts = starts, .values = values};
    return data;
}

const FormDef *form_data_get_form(const FormData *data)
{
    return data->form;
}

/* Rows of a section lie one after another, fields inside a row. */
static Value *cell_at(const FormData *data, uint32_t section, uint32_t row, uint32_t field)
{
    return &data->values[data->starts[section] + row * data->form->sections[section].field_count + field];
}

/* Names the cell in the message. */
static ErrCode cell_error(const FormCell *cell, const char *reason, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, reason);
    err_arg(err, "section", "%s", cell->section);
    err_arg(err, "row", "%s", cell->row);
    return err_arg(err, "field", "%s", cell->field);
}

ErrCode form_data_set(FormData *data, const FormCell *cell, Err *err)
{
    const SectionDef *section = form_get_section(data->form, cell->section);
    const RowDef *row = section == NULL ? NULL : section_get_row(section, cell->row);
    const FieldDef *field = section == NULL ? NULL : section_get_field(section, cell->field);

    if (row == NULL || field == NULL)
        return cell_error(cell, "CELL_UNKNOWN", err);
    if (field->type == FIELD_SHARE)
        return cell_error(cell, "CELL_COMPUTED", err);
    if ((unsigned)cell->value.kind > VALUE_UNKNOWN)
        return cell_error(cell, "CELL_KIND", err);
    Value *value = cell_at(data, (uint32_t)(section - data->form->sections), (uint32_t)(row - section->rows),
                           (uint32_t)(field - section->fields));
    if (value->kind != VALUE_EMPTY)
        return cell_error(cell, "CELL_TWICE", err);
    value->kind = cell->value.kind;
    value->number = cell->value.kind == VALUE_NUMBER ? cell->value.number : 0;
    return ERR_OK;
}

Value form_data_get(const FormData *data, uint32_t section, uint32_t row, uint32_t field)
{
    return *cell_at(data, section, row, field);
}

bool form_data_row_empty(const FormData *data, uint32_t section, uint32_t row)
{
    const Value *first = cell_at(data, section, row, 0);

    for (size_t i = 0; i < data->form->sections[section].field_count; i++) {
        if (first[i].kind != VALUE_EMPTY)
            return false;
    }
    return true;
}

/* Calls back for every answered cell in canonical order. */
typedef void (*CellVisit)(const FormCell *cell, void *context);

static void visit_cells(const FormData *data, CellVisit visit, void *context)
{
    const FormDef *form = data->form;

    for (uint32_t s = 0; s < form->section_count; s++) {
        const SectionDef *section = &form->sections[s];
        for (uint32_t r = 0; r < section->row_count; r++) {
            for (uint32_t f = 0; f < section->field_count; f++) {
                FormCell cell = {section->code, section->rows[r].code, section->fields[f].code,
                                 form_data_get(data, s, r, f)};
                if (cell.value.kind != VALUE_EMPTY)
                    visit(&cell, context);
            }
        }
    }
}

static void count_cell(const FormCell *cell, void *context)
{
    size_t *count = context;

    (void)cell;
    *count += 1;
}

static void store_cell(const FormCell *cell, void *context)
{
    FormCell **next = context;

    *(*next)++ = *cell;
}

static void pack_cell(const FormCell *cell, void *context)
{
    Buf *buf = context;

    buf_sized(buf, cell->section);
    buf_sized(buf, cell->row);
    buf_sized(buf, cell->field);
    buf_u8(buf, (uint8_t)cell->value.kind);
    buf_i64(buf, cell->value.number);
}

ErrCode form_data_list(const FormData *data, Arena *arena, FormCell **ret_cells, size_t *ret_count, Err *err)
{
    size_t count = 0;

    visit_cells(data, count_cell, &count);
    FormCell *cells = ARENA_NEW(arena, FormCell, count);
    if (cells == NULL)
        return err_memory(err);
    FormCell *next = cells;
    visit_cells(data, store_cell, &next);
    *ret_cells = cells;
    *ret_count = count;
    return ERR_OK;
}

void form_data_pack(const FormData *data, const char *school, const char *period, Buf *buf)
{
    size_t count = 0;

    visit_cells(data, count_cell, &count);
    buf_text(buf, "SHF1");
    buf_sized(buf, data->form->code);
    buf_u32(buf, data->form->version);
    buf_sized(buf, school);
    buf_sized(buf, period);
    buf_u32(buf, (uint32_t)count);
    visit_cells(data, pack_cell, buf);
}

/* A part of a share as an exact number; false unless it is a figure. */
static bool share_part(const FormData *data, uint32_t section, uint32_t row, const char *code, Ratio *ret)
{
    const SectionDef *def = &data->form->sections[section];
    const FieldDef *field = section_get_field(def, code);

    if (field == NULL || field->type == FIELD_SHARE)
        return false;
    Value value = form_data_get(data, section, row, (uint32_t)(field - def->fields));
    int64_t scale = 1;
    for (uint8_t i = 0; i < field->scale; i++)
        scale *= 10;
    return value.kind == VALUE_NUMBER && ratio_make(value.number, scale, ret);
}

/* numerator / denominator; false without figures or over nothing. */
static bool share_of_one(const FormData *data, uint32_t section, uint32_t row, uint32_t field, Ratio *ret)
{
    const FieldDef *def = &data->form->sections[section].fields[field];
    Ratio top, base;

    return def->type == FIELD_SHARE && share_part(data, section, row, def->numerator, &top) &&
           share_part(data, section, row, def->denominator, &base) && ratio_div(top, base, ret);
}

bool form_share_get(const FormData *data, uint32_t section, uint32_t row, uint32_t field, Ratio *ret_percent)
{
    Ratio share;

    return share_of_one(data, section, row, field, &share) && ratio_mul(share, ratio_int(100), ret_percent);
}

Value form_share_ppm(const FormData *data, uint32_t section, uint32_t row, uint32_t field)
{
    Value value = {VALUE_EMPTY, 0};
    Ratio share;

    if (share_of_one(data, section, row, field, &share) && ratio_round(share, 6, &value.number))
        value.kind = VALUE_NUMBER;
    return value;
}
