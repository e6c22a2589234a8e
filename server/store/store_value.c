/* Owns reading sums of accepted figures. Invariant: one row for a school and column, from one submission.
 * Must not divide or scale: a column's meaning is the caller's. */
#include "server/store/store_value.h"

#include "server/store/store_rows.h"

static void value_read(RowCursor *cursor, void *item)
{
    ValueRow *row = item;

    row->school = (uint32_t)row_int64(cursor);
    row->column = (uint32_t)row_int64(cursor);
    row->number = row_int64(cursor);
    row->submission_id = row_int64(cursor);
    row->revision = row_uint32(cursor);
}

ErrCode value_store_list(Db *db, const int64_t *schools, size_t school_count, int year,
                         const QuadrantFigure *columns, size_t column_count, Arena *arena,
                         ValueRow **ret_rows, size_t *ret_count, Err *err)
{
    const char **forms = ARENA_NEW(arena, const char *, column_count);
    const char **sections = ARENA_NEW(arena, const char *, column_count);
    const char **fields = ARENA_NEW(arena, const char *, column_count);
    DbParams params;
    void *items = NULL;

    if (forms == NULL || sections == NULL || fields == NULL)
        return err_memory(err);
    for (size_t i = 0; i < column_count; i++) {
        forms[i] = columns[i].form;
        sections[i] = columns[i].section;
        fields[i] = columns[i].field;
    }
    db_params_init(&params);
    db_param_int64_array(&params, schools, NULL, school_count);
    db_param_int64(&params, year);
    db_param_text_array(&params, forms, column_count);
    db_param_text_array(&params, sections, column_count);
    db_param_text_array(&params, fields, column_count);
    ErrCode code =
        rows_load(db, "value__list", &params, arena, sizeof(ValueRow), value_read, &items, ret_count, err);
    if (code == ERR_OK)
        *ret_rows = items;
    return code;
}
