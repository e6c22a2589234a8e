/* Classes and reasons of runs and editions.
 * Rows are written once; an edition's are copies that no later run touches.
 * Interprets no status, branch or flag: they are the engine's numbers. */
#include "server/store/store_class.h"

#include "server/store/store_rows.h"

/* Rows in one statement: keeps the parameters within a few megabytes. */
enum { CLASS_CHUNK = 4096, CLASS_COLUMNS_MAX = 16 };

/* Columns of one chunk, one array each. */
typedef struct Columns {
    int64_t *numbers[CLASS_COLUMNS_MAX];
    bool *flags[CLASS_COLUMNS_MAX];
    const char **texts[CLASS_COLUMNS_MAX];
} Columns;

/* Room for `rows` values in each of the columns asked for. */
static ErrCode columns_make(Arena *arena, size_t rows, size_t numbers, size_t flags, size_t texts,
                            Columns *ret, Err *err)
{
    bool made = arena != NULL;
    for (size_t i = 0; i < numbers && made; i++)
        made = (ret->numbers[i] = ARENA_NEW(arena, int64_t, rows)) != NULL;
    for (size_t i = 0; i < flags && made; i++)
        made = (ret->flags[i] = ARENA_NEW(arena, bool, rows)) != NULL;
    for (size_t i = 0; i < texts && made; i++)
        made = (ret->texts[i] = ARENA_NEW(arena, const char *, rows)) != NULL;
    return made ? ERR_OK : err_memory(err);
}

/* The order of the parameters is that of the columns in class__insert. */
static ErrCode classes_put(Db *db, int64_t run_id, const ClassRow *rows, size_t count, Columns *to, Err *err)
{
    for (size_t i = 0; i < count; i++) {
        const ClassRow *row = &rows[i];
        to->numbers[0][i] = row->school_id;
        to->numbers[1][i] = row->district_id;
        to->numbers[2][i] = row->status;
        to->numbers[3][i] = row->branches;
        to->numbers[4][i] = row->flags;
        to->flags[0][i] = row->reliable;
        to->texts[0][i] = text_or_empty(row->typology);
        to->numbers[5][i] = row->wellbeing_group;
        to->numbers[6][i] = row->quality_group;
        to->texts[1][i] = text_or_empty(row->official_group);
        to->flags[1][i] = row->official_listed;
        to->texts[2][i] = text_or_empty(row->rules);
        to->texts[3][i] = text_or_empty(row->groups);
        to->texts[4][i] = text_or_empty(row->identification_document);
    }
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, run_id);
    for (size_t i = 0; i < 5; i++)
        db_param_int64_array(&params, to->numbers[i], NULL, count);
    db_param_bool_array(&params, to->flags[0], count);
    db_param_text_array(&params, to->texts[0], count);
    db_param_int64_array(&params, to->numbers[5], NULL, count);
    db_param_int64_array(&params, to->numbers[6], NULL, count);
    db_param_text_array(&params, to->texts[1], count);
    db_param_bool_array(&params, to->flags[1], count);
    for (size_t i = 2; i < 5; i++)
        db_param_text_array(&params, to->texts[i], count);
    return rows_exec(db, "class__insert", &params, NULL, err);
}

ErrCode class_store_put(Db *db, int64_t run_id, const ClassRow *rows, size_t count, Err *err)
{
    Arena *arena = arena_new((size_t)CLASS_CHUNK * CLASS_COLUMNS_MAX * sizeof(int64_t), NULL);
    Columns columns = {0};
    ErrCode code = columns_make(arena, CLASS_CHUNK, 7, 2, 5, &columns, err);
    for (size_t from = 0; from < count && code == ERR_OK; from += CLASS_CHUNK) {
        size_t part = count - from < CLASS_CHUNK ? count - from : CLASS_CHUNK;
        code = classes_put(db, run_id, rows + from, part, &columns, err);
    }
    arena_free(arena);
    return code;
}

/* The order of the parameters is that of the columns in reason__insert. */
static ErrCode reasons_put(Db *db, int64_t run_id, const ReasonRow *rows, size_t count, Columns *to, Err *err)
{
    for (size_t i = 0; i < count; i++) {
        const ReasonRow *row = &rows[i];
        const int64_t numbers[] = {row->school_id,       row->district_id,     row->year,
                                   row->participants,    row->below,           row->wilson_low_ppm,
                                   row->wilson_high_ppm, row->source,          row->submission_id,
                                   row->revision,        row->origin_school_id};
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
            to->numbers[k][i] = numbers[k];
        to->texts[0][i] = row->procedure;
        to->flags[0][i] = row->low;
        to->flags[1][i] = row->risk;
        to->flags[2][i] = row->reliable;
        to->flags[3][i] = row->disputed;
    }
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, run_id);
    db_param_int64_array(&params, to->numbers[0], NULL, count);
    db_param_int64_array(&params, to->numbers[1], NULL, count);
    db_param_text_array(&params, to->texts[0], count);
    for (size_t i = 2; i < 5; i++)
        db_param_int64_array(&params, to->numbers[i], NULL, count);
    for (size_t i = 0; i < 3; i++)
        db_param_bool_array(&params, to->flags[i], count);
    for (size_t i = 5; i < 11; i++)
        db_param_int64_array(&params, to->numbers[i], NULL, count);
    db_param_bool_array(&params, to->flags[3], count);
    return rows_exec(db, "reason__insert", &params, NULL, err);
}

ErrCode class_store_put_reasons(Db *db, int64_t run_id, const ReasonRow *rows, size_t count, Err *err)
{
    Arena *arena = arena_new((size_t)CLASS_CHUNK * CLASS_COLUMNS_MAX * sizeof(int64_t), NULL);
    Columns columns = {0};
    ErrCode code = columns_make(arena, CLASS_CHUNK, 11, 4, 1, &columns, err);
    for (size_t from = 0; from < count && code == ERR_OK; from += CLASS_CHUNK) {
        size_t part = count - from < CLASS_CHUNK ? count - from : CLASS_CHUNK;
        code = reasons_put(db, run_id, rows + from, part, &columns, err);
    }
    arena_free(arena);
    return code;
}

/* Columns of class__list_* and class__get_*. */
static void class_read(RowCursor *cursor, void *item)
{
    ClassRow *row = item;
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->status = row_int(cursor);
    row->branches = row_uint32(cursor);
    row->flags = row_uint32(cursor);
    row->reliable = row_bool(cursor);
    row->typology = row_text(cursor);
    row->wellbeing_group = row_int(cursor);
    row->quality_group = row_int(cursor);
    row->official_group = row_text(cursor);
    row->official_listed = row_bool(cursor);
    row->rules = row_text(cursor);
    row->groups = row_text(cursor);
    row->identification_document = row_text(cursor);
    row->school_code = row_text(cursor);
    row->school_name = row_text(cursor);
    row->school_number = row_text(cursor);
    row->training = row_bool(cursor);
}

/* Runs and editions keep their rows in tables of the same shape: statements differ, parameters do not. */
static int64_t set_id(ClassSet set)
{
    return set.run_id != 0 ? set.run_id : (int64_t)set.edition_number;
}

ErrCode class_store_list(Db *db, const ClassFilter *filter, Arena *arena, ClassRow **ret_rows,
                         size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, set_id(filter->set));
    db_param_int64(&params, filter->under_id);
    db_param_text(&params, text_or_empty(filter->after_code));
    db_param_int64(&params, filter->limit);
    void *rows = NULL;
    ErrCode code = rows_load(db, filter->set.run_id != 0 ? "class__list_run" : "class__list_edition", &params,
                             arena, sizeof(ClassRow), class_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}

static void set_params(ClassSet set, int64_t school_id, DbParams *params)
{
    db_params_init(params);
    db_param_int64(params, set_id(set));
    db_param_int64(params, school_id);
}

ErrCode class_store_get(Db *db, ClassSet set, int64_t school_id, Arena *arena, ClassRow *ret, Err *err)
{
    DbParams params;
    set_params(set, school_id, &params);
    bool found = false;
    ErrCode code = rows_load_one(db, set.run_id != 0 ? "class__get_run" : "class__get_edition", &params,
                                 arena, class_read, ret, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "CLASS_UNKNOWN");
    return err_arg(err, "school", "%lld", (long long)school_id);
}

/* Columns of reason__list_*. */
static void reason_read(RowCursor *cursor, void *item)
{
    ReasonRow *row = item;
    row->school_id = row_int64(cursor);
    row->district_id = row_int64(cursor);
    row->procedure = row_text(cursor);
    row->year = row_int(cursor);
    row->participants = row_int64(cursor);
    row->below = row_int64(cursor);
    row->low = row_bool(cursor);
    row->risk = row_bool(cursor);
    row->reliable = row_bool(cursor);
    row->wilson_low_ppm = row_uint32(cursor);
    row->wilson_high_ppm = row_uint32(cursor);
    row->source = row_int(cursor);
    row->submission_id = row_int64(cursor);
    row->revision = row_uint32(cursor);
    row->origin_school_id = row_int64(cursor);
    row->origin_school_code = row_text(cursor);
    row->form_code = row_text(cursor);
    row->submitted_ms = row_time(cursor);
    row->submitted_by = row_text(cursor);
    row->accepted_ms = row_time(cursor);
    row->accepted_by = row_text(cursor);
    row->disputed = row_bool(cursor);
}

ErrCode class_store_list_reasons(Db *db, ClassSet set, int64_t school_id, Arena *arena, ReasonRow **ret_rows,
                                 size_t *ret_count, Err *err)
{
    DbParams params;
    set_params(set, school_id, &params);
    void *rows = NULL;
    ErrCode code = rows_load(db, set.run_id != 0 ? "reason__list_run" : "reason__list_edition", &params,
                             arena, sizeof(ReasonRow), reason_read, &rows, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = rows;
    return code;
}
