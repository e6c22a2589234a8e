/* Owns the reading of figures from a table. Invariant: a cell is either in its school's form or named in an
 * issue; nothing is dropped. Must not print or send. */
#include "client/cli/figures.h"

#include <string.h>

#include "client/cli/figures_layout.h"
#include "common/core/decimal.h"
#include "common/core/text.h"

typedef struct Reading {
    Figures *figures;
    const Table *table;
    const FigureColumn *columns; /* one for each of the heading */
    uint32_t column_count;
    int school, period, row;
    const char *default_period;
    bool row_fault; /* the line names a row the section does not have */
} Reading;

/* Empty, with both lists ready to be appended to. */
Figures *figures_new(const FormDef *form, Arena *arena)
{
    Figures *figures = ARENA_NEW(arena, Figures, 1);

    if (figures == NULL)
        return NULL;
    figures->form = form;
    figures->arena = arena;
    figures->batch_end = &figures->batches;
    figures->issue_end = &figures->issues;
    return figures;
}

/* A new error at the place; its `why` is to be filled. NULL: no memory. */
static FigureIssue *add_issue(Figures *figures, const FigureBatch *batch, uint32_t line, uint32_t column)
{
    FigureIssue *issue = ARENA_NEW(figures->arena, FigureIssue, 1);

    if (issue == NULL)
        return NULL;
    *issue = (FigureIssue){.severity = RULE_ERROR,
                           .school = batch == NULL ? "" : batch->school,
                           .period = batch == NULL ? "" : batch->period,
                           .cell = "",
                           .line = line,
                           .column = column};
    *figures->issue_end = issue;
    figures->issue_end = &issue->next;
    figures->issue_count++;
    figures->error_count++;
    return issue;
}

/* An issue with the text as it stood in the file. */
static ErrCode complain(Figures *figures, const FigureBatch *batch, uint32_t line, int column,
                        const char *reason, const char *value, Err *err)
{
    FigureIssue *issue = add_issue(figures, batch, line, (uint32_t)(column + 1));

    if (issue == NULL)
        return err_memory(err);
    err_set(&issue->why, ERR_INVALID_ARGUMENT, reason);
    err_arg(&issue->why, "value", "%s", value);
    return ERR_OK;
}

/* The first count characters. */
static bool all_digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") >= count;
}

/* What people write for one school year differs; two years that do not follow are refused. */
const char *figures_period(const FormDef *form, const char *text, Arena *arena)
{
    size_t length = strlen(text);
    const char *rest = text + 4;

    if (length < 4 || text[0] != '2' || text[1] != '0' || !all_digits(text, 4))
        return NULL;
    if (form->period_kind == PERIOD_MONTH) {
        bool month = length == 7 && rest[0] == '-' && all_digits(rest + 1, 2);
        int number = month ? (rest[1] - '0') * 10 + (rest[2] - '0') : 0;
        return number >= 1 && number <= 12 ? text : NULL;
    }
    if (length == 4)
        return text;
    if (form->period_kind != PERIOD_SCHOOL_YEAR)
        return NULL;
    /* "2020/21", "2020/2021", "2020-2021" */
    const char *end = rest + 1 + (length == 9 ? 2 : 0);
    int year = (text[2] - '0') * 10 + (text[3] - '0');
    if ((length != 7 && length != 9) || (rest[0] != '/' && !(rest[0] == '-' && length == 9)) ||
        !all_digits(rest + 1, length - 5) || (end[0] - '0') * 10 + (end[1] - '0') != (year + 1) % 100)
        return NULL;
    return arena_printf(arena, "20%.2s", end);
}

/* FNV-1a of school and period. */
static unsigned bucket_of(const char *school, const char *period)
{
    unsigned hash = 2166136261u;

    for (; *school != '\0'; school++)
        hash = (hash ^ (unsigned char)*school) * 16777619u;
    for (; *period != '\0'; period++)
        hash = (hash ^ (unsigned char)*period) * 16777619u;
    return hash % FIGURE_BUCKETS;
}

/* Rows of one school need not stand together in the file. */
static FigureBatch *get_batch(Figures *figures, const char *school, const char *period, uint32_t line)
{
    FigureBatch **bucket = &figures->buckets[bucket_of(school, period)];

    for (FigureBatch *batch = *bucket; batch != NULL; batch = batch->next_in_bucket)
        if (text_equal(batch->school, school) && text_equal(batch->period, period))
            return batch;
    FigureBatch *batch = ARENA_NEW(figures->arena, FigureBatch, 1);
    if (batch == NULL)
        return NULL;
    *batch = (FigureBatch){.school = school, .period = period, .line = line, .next_in_bucket = *bucket};
    batch->data = form_data_new(figures->form, figures->arena);
    if (batch->data == NULL)
        return NULL;
    *bucket = batch;
    *figures->batch_end = batch;
    figures->batch_end = &batch->next;
    figures->batch_count++;
    return batch;
}

/* What the form refuses (a second value, a computed cell) is an issue at its place. */
static ErrCode put_value(Figures *figures, FigureBatch *batch, const FigurePlace *place, Value value,
                         Err *err)
{
    const SectionDef *section = &figures->form->sections[place->section];
    FormCell cell = {section->code, section->rows[place->row].code, section->fields[place->field].code,
                     value};
    Err why = {.code = ERR_OK};

    if (value.kind == VALUE_EMPTY)
        return ERR_OK;
    if (form_data_set(batch->data, &cell, &why) != ERR_OK) {
        FigureIssue *issue = add_issue(figures, batch, place->line, place->column);
        if (issue == NULL)
            return err_memory(err);
        issue->why = why;
        return ERR_OK;
    }
    FigurePlace *kept = ARENA_NEW(figures->arena, FigurePlace, 1);
    if (kept == NULL)
        return err_memory(err);
    *kept = *place;
    kept->next = batch->places;
    batch->places = kept;
    return ERR_OK;
}

/* By the grammar of the pair; a part that is not written stays empty. */
static bool parse_pair(FigurePair pair, const char *text, Value *first, Value *second)
{
    CountShare share;

    if (pair == FIGURE_PAIR_STAFF) {
        first->kind = second->kind = VALUE_NUMBER;
        return form_staff_parse(text, &first->number, &second->number);
    }
    if (!form_count_share_parse(text, &share))
        return false;
    if (share.has_count)
        *first = (Value){VALUE_NUMBER, share.count};
    if (share.has_percent)
        *second = (Value){VALUE_NUMBER, share.percent};
    return true;
}

/* "3; 6*" or "57/87 %" into the two fields of the row; "n/a" and "?" into both. */
static ErrCode put_pair(Figures *figures, FigureBatch *batch, FigurePlace *place, const FigureColumn *column,
                        const char *text, Err *err)
{
    const FieldDef *field = &figures->form->sections[place->section].fields[column->field];
    Value first = {VALUE_EMPTY, 0}, second = {VALUE_EMPTY, 0};
    Err why = {.code = ERR_OK};

    if (!parse_pair(column->pair, text, &first, &second)) {
        if (form_value_parse(field, text, &first, &why) != ERR_OK || first.kind == VALUE_NUMBER)
            return complain(figures, batch, place->line, (int)place->column - 1,
                            column->pair == FIGURE_PAIR_STAFF ? "STAFF_CELL" : "SHARE_CELL", text, err);
        second = first;
    }
    place->field = column->field;
    ErrCode code = put_value(figures, batch, place, first, err);
    place->field = column->field + 1;
    return code == ERR_OK ? put_value(figures, batch, place, second, err) : code;
}

/* An empty cell is no answer and is passed over. */
static ErrCode put_cell(Reading *reading, FigureBatch *batch, const TableRow *line, uint32_t at, int row,
                        Err *err)
{
    Figures *figures = reading->figures;
    const FigureColumn *column = &reading->columns[at];
    const SectionDef *section = &figures->form->sections[column->section];
    const char *text = table_get_cell(line, (int)at);
    FigurePlace place = {column->section, 0, column->field, line->number, at + 1, NULL};
    Err why = {.code = ERR_OK};
    Value value;

    if (text[0] == '\0')
        return ERR_OK;
    if (column->kind == FIGURE_COLUMN_PAIR) {
        place.row = column->row;
        return put_pair(figures, batch, &place, column, text, err);
    }
    if (section->row_count > 1 || section->rows[0].code[0] != '\0') {
        const char *code = reading->row < 0 ? "" : table_get_cell(line, reading->row);
        const RowDef *found = section_get_row(section, code);
        if (found == NULL) {
            reading->row_fault = true;
            return complain(figures, batch, line->number, row, "IMPORT_ROW_UNKNOWN", code, err);
        }
        place.row = (uint32_t)(found - section->rows);
    }
    if (form_value_parse(&section->fields[column->field], text, &value, &why) != ERR_OK) {
        FigureIssue *issue = add_issue(figures, batch, line->number, at + 1);
        if (issue == NULL)
            return err_memory(err);
        issue->why = why;
        return ERR_OK;
    }
    return put_value(figures, batch, &place, value, err);
}

/* School, period, then every column that is a field or a row. */
static ErrCode read_line(Reading *reading, const TableRow *line, Err *err)
{
    Figures *figures = reading->figures;
    const char *school = table_get_cell(line, reading->school);
    const char *text = reading->period < 0 ? reading->default_period : table_get_cell(line, reading->period);
    const char *period = figures_period(figures->form, text, figures->arena);

    if (!text_is_code(school))
        return complain(figures, NULL, line->number, reading->school, "IMPORT_SCHOOL_CODE", school, err);
    if (period == NULL)
        return complain(figures, NULL, line->number, reading->period, "IMPORT_PERIOD", text, err);
    if (line->cell_count > reading->column_count)
        return complain(figures, NULL, line->number, (int)reading->column_count, "IMPORT_ROW_LONG",
                        line->cells[reading->column_count], err);
    FigureBatch *batch = get_batch(figures, school, period, line->number);
    if (batch == NULL)
        return err_memory(err);
    ErrCode code = ERR_OK;
    reading->row_fault = false;
    for (uint32_t i = 0; i < reading->column_count && code == ERR_OK; i++) {
        if (reading->columns[i].kind != FIGURE_COLUMN_OTHER)
            code = put_cell(reading, batch, line, i, reading->row, err);
        /* an unknown row is one fault, not one for each of its cells */
        if (reading->row_fault)
            break;
    }
    return code;
}

/* Where the cell of an issue stands; field "" finds any cell of the row. */
static const FigurePlace *find_place(const FigureBatch *batch, const FormDef *form, const FormIssue *issue)
{
    for (const FigurePlace *place = batch->places; place != NULL; place = place->next) {
        const SectionDef *section = &form->sections[place->section];
        if (text_equal(section->code, issue->section) &&
            text_equal(section->rows[place->row].code, issue->row) &&
            (issue->field[0] == '\0' || text_equal(section->fields[place->field].code, issue->field)))
            return place;
    }
    return NULL;
}

/* The line of a cell that is missing: any cell of its row, else the school's first line. */
static uint32_t line_of(const FigureBatch *batch, const FormDef *form, FormIssue issue)
{
    issue.field = "";
    const FigurePlace *place = find_place(batch, form, &issue);

    return place == NULL ? batch->line : place->line;
}

/* Arguments for the sentence: the field, what it holds and the limit it broke. */
static void explain_issue(const FormDef *form, const FormIssue *from, Err *why)
{
    const SectionDef *section = form_get_section(form, from->section);
    const FieldDef *field = section == NULL ? NULL : section_get_field(section, from->field);
    char text[DECIMAL_TEXT_SIZE] = "";

    err_set(why, ERR_INVALID_ARGUMENT, from->code);
    err_arg(why, "field", "%s", from->field);
    if (field != NULL)
        form_value_dump(field, from->value, text);
    err_arg(why, "value", "%s", text);
    if (field != NULL)
        decimal_dump(from->limit, field->scale, text);
    err_arg(why, "limit", "%s", text);
}

/* The form's own rules: one code on both sides of the wire. */
ErrCode figures_check(Figures *figures, FigureBatch *batch, Err *err)
{
    FormIssue *issues = NULL;
    size_t count = 0;
    ErrCode code = form_check(batch->data, figures->arena, &issues, &count, err);

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        const FigurePlace *place = find_place(batch, figures->form, &issues[i]);
        FigureIssue *issue = add_issue(figures, batch, 0, 0);
        if (issue == NULL)
            return err_memory(err);
        bool exact = place != NULL && issues[i].field[0] != '\0';
        issue->line = exact ? place->line : line_of(batch, figures->form, issues[i]);
        issue->column = exact ? place->column : 0;
        issue->severity = issues[i].severity;
        if (issues[i].severity != RULE_ERROR)
            figures->error_count--;
        issue->rule = issues[i].rule;
        explain_issue(figures->form, &issues[i], &issue->why);
        if (issues[i].section[0] != '\0')
            issue->cell =
                arena_printf(figures->arena, "%s/%s/%s", issues[i].section, issues[i].row, issues[i].field);
        if (issue->cell == NULL)
            return err_memory(err);
    }
    return code;
}

/* Finds the fixed columns and resolves the others before the first figure is read. */
static ErrCode prepare(Reading *reading, const SectionDef *section, Err *err)
{
    reading->school = table_get_column(reading->table, "school");
    reading->period = table_get_column(reading->table, "period");
    reading->row = table_get_column(reading->table, "row");
    if (reading->school < 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_NO_SCHOOL");
    if (reading->period < 0 && reading->default_period == NULL)
        return err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_NO_PERIOD");
    reading->column_count = reading->table->rows[0].cell_count;
    return layout_resolve(reading->figures->form, section, &reading->table->rows[0], reading->figures->arena,
                          &reading->columns, err);
}

/* Fails only for the table as a whole. */
ErrCode figures_read(const FormDef *form, const SectionDef *section, const char *period, const Table *table,
                     Arena *arena, Figures **ret_figures, Err *err)
{
    Reading reading = {.figures = figures_new(form, arena), .table = table, .default_period = period};

    if (reading.figures == NULL)
        return err_memory(err);
    reading.figures->sheet = table->sheet;
    ErrCode code = prepare(&reading, section, err);
    for (size_t i = 1; i < table->row_count && code == ERR_OK; i++)
        code = read_line(&reading, &table->rows[i], err);
    if (code == ERR_OK && table->row_count < 2)
        code = err_set(err, ERR_INVALID_ARGUMENT, "CSV_EMPTY");
    /* rules over cells that could not be read would only repeat the fault */
    if (code == ERR_OK && reading.figures->error_count == 0)
        for (FigureBatch *batch = reading.figures->batches; batch != NULL && code == ERR_OK;
             batch = batch->next)
            code = figures_check(reading.figures, batch, err);
    if (code == ERR_OK)
        *ret_figures = reading.figures;
    return code;
}
