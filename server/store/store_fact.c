/* Facts of accepted submissions: projected from cells, replaced and removed with their submission.
 * A fact names the submission and revision it stands in; no fact exists without them.
 * Judges no figures: what cannot be a fact (a row half known) simply gives none. */
#include "server/store/store_fact.h"

#include <string.h>

#include "common/catalog/procedure.h"
#include "common/core/text.h"
#include "server/store/store_rows.h"

#define FORM_RESULTS        "assessment_results"
#define FORM_IDENTIFICATION "identification"

bool fact_form_known(const FormDef *form)
{
    return text_equal(form->code, FORM_RESULTS) || text_equal(form->code, FORM_IDENTIFICATION);
}

/* A statement to come: at once or queued. */
typedef struct FactTarget {
    Db *db;
    bool queued;
    size_t sent;
} FactTarget;

/* The committer queues what a review runs at once: the projection is one and the same. */
static ErrCode target_run(FactTarget *target, const char *name, DbParams *params, Err *err)
{
    if (!target->queued)
        return rows_exec(target->db, name, params, NULL, err);
    ErrCode code = db_send(target->db, name, params, err);
    db_params_done(params);
    target->sent++;
    return code;
}

/* "2021" and "2021-10" both belong to 2021; the form of a period is a constraint of the schema. */
static int period_year(const char *period)
{
    int year = 0;
    for (int i = 0; i < 4 && period[i] >= '0' && period[i] <= '9'; i++)
        year = year * 10 + (period[i] - '0');
    return year;
}

/* Columns of the results to insert. */
typedef struct ResultColumns {
    const char **procedures;
    bool *held;
    int64_t *participants, *below;
    size_t count;
} ResultColumns;

/* Another field of the same row; forms have few cells, so a walk is enough. */
static Value cell_find(const FormCell *cells, size_t count, const FormCell *of, const char *field)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(cells[i].row, of->row) && text_equal(cells[i].section, of->section) &&
            text_equal(cells[i].field, field))
            return cells[i].value;
    return (Value){VALUE_EMPTY, 0};
}

/* One row, found by its participants cell: false when it gives no fact. */
static bool result_make(const FormCell *cells, size_t count, const FormCell *cell, bool *ret_held,
                        int64_t *ret_participants, int64_t *ret_below)
{
    Procedure procedure;
    if (!text_equal(cell->field, "participants") || !procedure_parse(cell->row, &procedure))
        return false;
    Value below = cell_find(cells, count, cell, "below_min");
    bool both_numbers = cell->value.kind == VALUE_NUMBER && below.kind == VALUE_NUMBER;
    bool not_held = cell->value.kind == VALUE_NOT_APPLICABLE && below.kind != VALUE_NUMBER;
    *ret_held = both_numbers;
    *ret_participants = both_numbers ? cell->value.number : 0;
    *ret_below = both_numbers ? below.number : 0;
    return both_numbers || not_held;
}

/* At most one fact for each cell: the columns are as long as the cells. */
static ErrCode results_make(const FormCell *cells, size_t count, Arena *arena, ResultColumns *ret, Err *err)
{
    ResultColumns columns = {
        .procedures = ARENA_NEW(arena, const char *, count),
        .held = ARENA_NEW(arena, bool, count),
        .participants = ARENA_NEW(arena, int64_t, count),
        .below = ARENA_NEW(arena, int64_t, count),
    };
    if (columns.procedures == NULL || columns.held == NULL || columns.participants == NULL ||
        columns.below == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        size_t at = columns.count;
        if (!result_make(cells, count, &cells[i], &columns.held[at], &columns.participants[at],
                         &columns.below[at]))
            continue;
        columns.procedures[at] = cells[i].row;
        columns.count++;
    }
    *ret = columns;
    return ERR_OK;
}

static ErrCode project_results(FactTarget *target, const FactOrigin *origin, const FormCell *cells,
                               size_t count, Arena *arena, Err *err)
{
    ResultColumns columns = {0};
    ErrCode code = results_make(cells, count, arena, &columns, err);
    if (code != ERR_OK)
        return code;
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, origin->submission_id);
    code = target_run(target, "fact__remove", &params, err);
    if (code != ERR_OK || columns.count == 0)
        return code;
    db_params_init(&params);
    db_param_int64(&params, origin->school_id);
    db_param_int64(&params, origin->district_id);
    db_param_int64(&params, period_year(origin->period));
    db_param_int64(&params, origin->source);
    db_param_int64(&params, origin->submission_id);
    db_param_int64(&params, origin->revision);
    db_param_text_array(&params, columns.procedures, columns.count);
    db_param_bool_array(&params, columns.held, columns.count);
    db_param_int64_array(&params, columns.participants, NULL, columns.count);
    db_param_int64_array(&params, columns.below, NULL, columns.count);
    return target_run(target, "fact__insert_results", &params, err);
}

/* 0 without an answer, as the fact has it. */
static int64_t field_number(const FormCell *cells, size_t count, const char *field)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(cells[i].field, field) && cells[i].value.kind == VALUE_NUMBER)
            return cells[i].value.number;
    return 0;
}

/* Code of the choice a cell holds; "" without an answer. */
static const char *field_choice(const FormDef *form, const FormCell *cells, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(cells[i].field, code) || cells[i].value.kind != VALUE_NUMBER)
            continue;
        const SectionDef *section = form_get_section(form, cells[i].section);
        const FieldDef *field = section == NULL ? NULL : section_get_field(section, code);
        for (size_t k = 0; field != NULL && k < field->choice_count; k++)
            if (field->choices[k].number == cells[i].value.number)
                return field->choices[k].code;
    }
    return "";
}

/* A school has one identification a year, whoever sent it: what stands for the year goes first. */
static ErrCode project_identification(FactTarget *target, const FormDef *form, const FactOrigin *origin,
                                      const FormCell *cells, size_t count, Err *err)
{
    int year = period_year(origin->period);
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, origin->school_id);
    db_param_int64(&params, year);
    ErrCode code = target_run(target, "fact__clear_identification", &params, err);
    if (code != ERR_OK)
        return code;
    db_params_init(&params);
    db_param_int64(&params, origin->school_id);
    db_param_int64(&params, origin->district_id);
    db_param_int64(&params, year);
    db_param_int64(&params, field_number(cells, count, "wellbeing_group"));
    db_param_int64(&params, field_number(cells, count, "quality_group"));
    db_param_int64(&params, field_number(cells, count, "quality_cluster"));
    db_param_text(&params, field_choice(form, cells, count, "declared_typology"));
    db_param_text(&params, field_choice(form, cells, count, "support_group"));
    db_param_bool(&params, field_number(cells, count, "listed") != 0);
    db_param_int64(&params, origin->submission_id);
    db_param_int64(&params, origin->revision);
    return target_run(target, "fact__insert_identification", &params, err);
}

static ErrCode project(FactTarget *target, const FormDef *form, const FactOrigin *origin,
                       const FormCell *cells, size_t count, Arena *arena, Err *err)
{
    if (text_equal(form->code, FORM_RESULTS))
        return project_results(target, origin, cells, count, arena, err);
    if (text_equal(form->code, FORM_IDENTIFICATION))
        return project_identification(target, form, origin, cells, count, err);
    return ERR_OK;
}

ErrCode fact_store_project(Db *db, const FormDef *form, const FactOrigin *origin, const FormCell *cells,
                           size_t count, Arena *arena, Err *err)
{
    FactTarget target = {.db = db};
    return project(&target, form, origin, cells, count, arena, err);
}

ErrCode fact_store_send(Db *db, const FormDef *form, const FactOrigin *origin, const FormCell *cells,
                        size_t count, Arena *arena, size_t *ret_sent, Err *err)
{
    FactTarget target = {.db = db, .queued = true};
    ErrCode code = project(&target, form, origin, cells, count, arena, err);
    *ret_sent = target.sent;
    return code;
}

ErrCode fact_store_remove(Db *db, int64_t submission_id, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, submission_id);
    return rows_exec(db, "fact__remove", &params, NULL, err);
}
