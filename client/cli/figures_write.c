/* Owns the writing of figures as a wide table. Invariant: computed shares are not written, so that the table
 * can be read back. Must not format for people. */
#include "client/cli/figures.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/figures_layout.h"
#include "client/table/xlsx_write.h"
#include "common/core/decimal.h"

/* The section's own fields, and those of every section without rows. */
static bool is_written(const SectionDef *section, const SectionDef *of)
{
    return of == section || of->rows[0].code[0] == '\0';
}

/* A column of the wide table. */
typedef struct HeadColumn {
    char name[160]; /* as it is read */
    Text label;
    const FieldDef *choice; /* NULL: typed */
} HeadColumn;

typedef struct Heading {
    const FormDef *form;
    const SectionDef *section;
    bool russian;
    TableWriter *writer;
    void (*write)(const struct Heading *heading, const HeadColumn *column, uint32_t at);
    uint32_t count;
} Heading;

static void write_name(const Heading *heading, const HeadColumn *column, uint32_t at)
{
    (void)at;
    table_write_text(heading->writer, column->name);
}

/* Notes begin with #, so that the reader leaves the row out. */
static void write_label(const Heading *heading, const HeadColumn *column, uint32_t at)
{
    const char *label = heading->russian || column->label.en == NULL ? column->label.ru : column->label.en;
    char text[400];

    snprintf(text, sizeof text, "%s%s", at == 0 ? "# " : "", label == NULL ? "" : label);
    table_write_text(heading->writer, text);
}

/* Wide enough for the code; a choice gets its list of codes. */
static void set_column(const Heading *heading, const HeadColumn *column, uint32_t at)
{
    const FieldDef *field = column->choice;
    const char *codes[64];
    uint32_t count = 0;

    xlsx_set_width(heading->writer->workbook, at, (uint32_t)strlen(column->name));
    for (size_t i = 0; field != NULL && i < field->choice_count && count < 62; i++)
        codes[count++] = field->choices[i].code;
    if (field == NULL)
        return;
    if (field->allow_na)
        codes[count++] = "n/a";
    if (field->allow_unknown)
        codes[count++] = "?";
    xlsx_set_choices(heading->writer->workbook, at, codes, count);
}

static void add_column(Heading *heading, const char *section, const char *code, Text label,
                       const FieldDef *field)
{
    HeadColumn column = {.label = label};

    snprintf(column.name, sizeof column.name, "%s%s%s", section, section[0] == '\0' ? "" : ".", code);
    column.choice = field != NULL && field->type == FIELD_CHOICE ? field : NULL;
    heading->write(heading, &column, heading->count++);
}

/* Calls write for each column, in their order. */
static void list_columns(Heading heading)
{
    const FormDef *form = heading.form;
    const SectionDef *section = heading.section;

    add_column(&heading, "", "school", (Text){"код школы", "school code"}, NULL);
    add_column(&heading, "", "period", (Text){"период", "period"}, NULL);
    if (layout_has_rows(section))
        add_column(&heading, "", "row", (Text){"строка формы", "row of the form"}, NULL);
    for (size_t i = 0; i < form->section_count; i++) {
        const SectionDef *of = &form->sections[i];
        if (!is_written(section, of))
            continue;
        if (layout_get_pair(of) != FIGURE_PAIR_NONE) {
            for (size_t r = 0; r < of->row_count; r++)
                add_column(&heading, "", of->rows[r].code, of->rows[r].label, NULL);
            continue;
        }
        for (size_t f = 0; f < of->field_count; f++) {
            const FieldDef *field = &of->fields[f];
            bool plain = layout_is_plain(form, section, of, field->code);
            if (field->type != FIELD_SHARE)
                add_column(&heading, plain ? "" : of->code, field->code, field->label, field);
        }
    }
}

void figures_write_head(const FormDef *form, const SectionDef *section, bool russian, TableWriter *writer)
{
    Heading heading = {form, section, russian, writer, write_name, 0};

    if (writer->workbook != NULL) {
        heading.write = set_column;
        list_columns(heading);
        heading.write = write_name;
    }
    list_columns(heading);
    table_write_end(writer);
    if (writer->workbook != NULL) {
        heading.write = write_label;
        list_columns(heading);
        table_write_end(writer);
    }
}

/* Numbers as numbers, so that a spreadsheet can sum them; codes and non-values as text. */
static void write_value(const FieldDef *field, Value value, TableWriter *writer)
{
    char text[DECIMAL_TEXT_SIZE];

    form_value_dump(field, value, text);
    if (value.kind == VALUE_NUMBER && field->type != FIELD_CHOICE)
        table_write_number(writer, text);
    else
        table_write_text(writer, text);
}

/* 3; 6* is three in their main job and six part-time. */
static void dump_staff(int64_t first, int64_t second, char *to, size_t size)
{
    if (second == 0)
        snprintf(to, size, "%lld", (long long)first);
    else if (first == 0)
        snprintf(to, size, "%lld*", (long long)second);
    else
        snprintf(to, size, "%lld; %lld*", (long long)first, (long long)second);
}

/* 57/87 %: the count and the share printed beside it, with no more digits than it needs. */
static void dump_share(int64_t count, int64_t percent, char *to, size_t size)
{
    char text[DECIMAL_TEXT_SIZE];
    int digits = percent % 100 == 0 ? 0 : percent % 10 == 0 ? 1 : 2;

    decimal_dump(digits == 0 ? percent / 100 : digits == 1 ? percent / 10 : percent, digits, text);
    snprintf(to, size, "%lld/%s %%", (long long)count, text);
}

/* The grammars of the printed tables. A pair with one number alone is written as that number. */
static void write_pairs(const FormData *data, uint32_t s, const SectionDef *of, TableWriter *writer)
{
    bool staff = layout_get_pair(of) == FIGURE_PAIR_STAFF;

    for (uint32_t r = 0; r < of->row_count; r++) {
        Value first = form_data_get(data, s, r, 0), second = form_data_get(data, s, r, 1);
        char text[2 * DECIMAL_TEXT_SIZE];
        if (first.kind != VALUE_NUMBER || second.kind != VALUE_NUMBER) {
            write_value(&of->fields[0], first, writer);
            continue;
        }
        if (staff)
            dump_staff(first.number, second.number, text, sizeof text);
        else
            dump_share(first.number, second.number, text, sizeof text);
        table_write_text(writer, text);
    }
}

/* Whether any section without rows holds an answer. */
static bool has_single(const FormData *data, const FormDef *form)
{
    for (uint32_t i = 0; i < form->section_count; i++)
        if (form->sections[i].rows[0].code[0] == '\0' && !form_data_row_empty(data, i, 0))
            return true;
    return false;
}

/* One line: row of the section, or UINT32_MAX for the line of the sections without rows. */
static void write_line(const FormData *data, const SectionDef *section, uint32_t row, const char *school,
                       const char *period, TableWriter *writer)
{
    const FormDef *form = form_data_get_form(data);

    table_write_text(writer, school);
    table_write_text(writer, period);
    if (layout_has_rows(section))
        table_write_text(writer, row == UINT32_MAX ? "" : section->rows[row].code);
    for (uint32_t i = 0; i < form->section_count; i++) {
        const SectionDef *of = &form->sections[i];
        if (!is_written(section, of))
            continue;
        if (layout_get_pair(of) != FIGURE_PAIR_NONE) {
            write_pairs(data, i, of, writer);
            continue;
        }
        bool own = of == section && layout_has_rows(section);
        bool shown = own == (row != UINT32_MAX) || !layout_has_rows(section);
        for (uint32_t f = 0; f < of->field_count; f++) {
            Value empty = {VALUE_EMPTY, 0};
            if (of->fields[f].type != FIELD_SHARE)
                write_value(&of->fields[f], shown ? form_data_get(data, i, own ? row : 0, f) : empty, writer);
        }
    }
    table_write_end(writer);
}

void figures_write(const FormData *data, const SectionDef *section, const char *school, const char *period,
                   TableWriter *writer)
{
    const FormDef *form = form_data_get_form(data);
    uint32_t s = (uint32_t)(section - form->sections);

    if (!layout_has_rows(section)) {
        write_line(data, section, UINT32_MAX, school, period, writer);
        return;
    }
    if (has_single(data, form))
        write_line(data, section, UINT32_MAX, school, period, writer);
    for (uint32_t r = 0; r < section->row_count; r++)
        if (!form_data_row_empty(data, s, r))
            write_line(data, section, r, school, period, writer);
}

void figures_write_template(const SectionDef *section, TableWriter *writer)
{
    if (!layout_has_rows(section))
        return;
    for (size_t r = 0; r < section->row_count; r++) {
        table_write_text(writer, "");
        table_write_text(writer, "");
        table_write_text(writer, section->rows[r].code);
        table_write_end(writer);
    }
}
