/* Owns the meaning of column headings. Invariant: a heading written by layout rules is resolved to the same
 * field. Must not look at values. */
#include "client/cli/figures_layout.h"

#include <string.h>

#include "common/core/text.h"

FigurePair layout_get_pair(const SectionDef *section)
{
    static const struct {
        const char *first, *second;
        FigurePair pair;
    } pairs[] = {{"main", "part", FIGURE_PAIR_STAFF}, {"count", "reported_pct", FIGURE_PAIR_SHARE}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (section->field_count == 2 && section->rows[0].code[0] != '\0' &&
            text_equal(section->fields[0].code, pairs[i].first) &&
            text_equal(section->fields[1].code, pairs[i].second))
            return pairs[i].pair;
    return FIGURE_PAIR_NONE;
}

bool layout_has_rows(const SectionDef *section)
{
    return section->rows[0].code[0] != '\0' && layout_get_pair(section) == FIGURE_PAIR_NONE;
}

/* A code that two sections share needs its section, except in the chosen one. */
bool layout_is_plain(const FormDef *form, const SectionDef *section, const SectionDef *of, const char *field)
{
    if (of == section)
        return true;
    if (section_get_field(section, field) != NULL)
        return false;
    for (size_t i = 0; i < form->section_count; i++)
        if (&form->sections[i] != of && section_get_field(&form->sections[i], field) != NULL)
            return false;
    return true;
}

/* A plain or qualified field code; computed shares have no column. */
static bool resolve_field(const FormDef *form, const SectionDef *section, const char *heading,
                          FigureColumn *column)
{
    for (size_t i = 0; i < form->section_count; i++) {
        const SectionDef *of = &form->sections[i];
        const char *name = heading;
        size_t length = strlen(of->code);
        bool qualified = text_starts(heading, of->code) && heading[length] == '.';
        if (qualified)
            name = heading + length + 1;
        const FieldDef *field = section_get_field(of, name);
        if (field == NULL || field->type == FIELD_SHARE ||
            (!qualified && !layout_is_plain(form, section, of, name)))
            continue;
        *column = (FigureColumn){
            .kind = FIGURE_COLUMN_FIELD, .section = (uint32_t)i, .field = (uint32_t)(field - of->fields)};
        return true;
    }
    return false;
}

/* The heading names a row of a section of pairs: both fields stand in one cell. */
static bool resolve_pair(const FormDef *form, const char *heading, FigureColumn *column)
{
    for (size_t i = 0; i < form->section_count; i++) {
        const SectionDef *of = &form->sections[i];
        FigurePair pair = layout_get_pair(of);
        const RowDef *row = pair != FIGURE_PAIR_NONE ? section_get_row(of, heading) : NULL;
        if (row == NULL)
            continue;
        *column = (FigureColumn){.kind = FIGURE_COLUMN_PAIR,
                                 .pair = pair,
                                 .section = (uint32_t)i,
                                 .row = (uint32_t)(row - of->rows)};
        return true;
    }
    return false;
}

/* Columns that are no figures. */
static bool is_other(const char *heading)
{
    static const char *const names[] = {"school", "period", "row", "school_name"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_equal(heading, names[i]))
            return true;
    return false;
}

/* With the nearest field when there is one: most faults are slips. */
static ErrCode unknown_column(const FormDef *form, const char *heading, uint32_t at, Err *err)
{
    const char *near = "";
    unsigned least = 4;

    for (size_t i = 0; i < form->section_count; i++)
        for (size_t k = 0; k < form->sections[i].field_count; k++) {
            unsigned distance = text_distance(heading, form->sections[i].fields[k].code);
            if (distance < least) {
                least = distance;
                near = form->sections[i].fields[k].code;
            }
        }
    err_set(err, ERR_INVALID_ARGUMENT, near[0] == '\0' ? "IMPORT_COLUMN_UNKNOWN" : "IMPORT_COLUMN_NEAR");
    err_arg(err, "column", "%u", at + 1);
    err_arg(err, "value", "%s", heading);
    err_arg(err, "form", "%s", form->code);
    return err_arg(err, "near", "%s", near);
}

/* Resolved once for the heading, not for each line. */
ErrCode layout_resolve(const FormDef *form, const SectionDef *section, const TableRow *head, Arena *arena,
                       const FigureColumn **ret_columns, Err *err)
{
    FigureColumn *columns = ARENA_NEW(arena, FigureColumn, head->cell_count);

    if (columns == NULL)
        return err_memory(err);
    for (uint32_t i = 0; i < head->cell_count; i++) {
        char *heading = arena_text(arena, head->cells[i]);
        if (heading == NULL)
            return err_memory(err);
        heading = text_trim(heading);
        for (uint32_t k = 0; k < i; k++)
            if (text_equal(head->cells[k], head->cells[i]) && heading[0] != '\0') {
                err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_COLUMN_TWICE");
                err_arg(err, "column", "%u", i + 1);
                return err_arg(err, "value", "%s", heading);
            }
        columns[i].kind = FIGURE_COLUMN_OTHER;
        if (!is_other(heading) && !resolve_field(form, section, heading, &columns[i]) &&
            !resolve_pair(form, heading, &columns[i]))
            return unknown_column(form, heading, i, err);
    }
    *ret_columns = columns;
    return ERR_OK;
}
