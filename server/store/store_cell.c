/* Cells of submissions, as append-only revisions.
 * What a revision says is the last row of each address up to it; rows are only ever added.
 * Does not check figures: the form's rules did. */
#include "server/store/store_cell.h"

#include "server/store/store_rows.h"
#include "server/store/store_submission_params.h"

enum { CELL_COLUMNS_BYTES_MAX = 16 << 20 };

/* One array for each column: the statement compares them with the standing state, so that one round trip
 * writes any number of cells. */
ErrCode cell_write_params(const CellWrite *write, const FormCell *cells, size_t count, Arena *arena,
                          DbParams *params, Err *err)
{
    const char **sections = ARENA_NEW(arena, const char *, count),
               **rows = ARENA_NEW(arena, const char *, count);
    const char **fields = ARENA_NEW(arena, const char *, count);
    int64_t *kinds = ARENA_NEW(arena, int64_t, count), *numbers = ARENA_NEW(arena, int64_t, count);
    if (sections == NULL || rows == NULL || fields == NULL || kinds == NULL || numbers == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        sections[i] = cells[i].section;
        rows[i] = cells[i].row;
        fields[i] = cells[i].field;
        kinds[i] = cells[i].value.kind;
        numbers[i] = cells[i].value.number;
    }
    db_params_init(params);
    db_param_int64(params, write->submission_id);
    db_param_int64(params, write->school_id);
    db_param_int64(params, write->district_id);
    db_param_int64(params, write->revision);
    db_param_int64(params, write->author_id);
    db_param_time(params, write->at_ms);
    db_param_text_array(params, sections, count);
    db_param_text_array(params, rows, count);
    db_param_text_array(params, fields, count);
    db_param_int64_array(params, kinds, NULL, count);
    db_param_int64_array(params, numbers, NULL, count);
    return ERR_OK;
}

ErrCode cell_store_write(Db *db, const CellWrite *write, const FormCell *cells, size_t count,
                         int64_t *ret_changed, Err *err)
{
    Arena *arena = arena_new(CELL_COLUMNS_BYTES_MAX, NULL);
    if (arena == NULL)
        return err_memory(err);
    DbParams params;
    ErrCode code = cell_write_params(write, cells, count, arena, &params, err);
    if (code == ERR_OK)
        code = rows_exec(db, "cell__write", &params, ret_changed, err);
    arena_free(arena);
    return code;
}

/* Columns of cell__load, and the first ones of cell__trace. */
static void cell_read(RowCursor *cursor, void *item)
{
    FormCell *cell = item;
    cell->section = row_text(cursor);
    cell->row = row_text(cursor);
    cell->field = row_text(cursor);
    cell->value.kind = (ValueKind)row_int(cursor);
    cell->value.number = row_int64(cursor);
}

static void origin_read(RowCursor *cursor, void *item)
{
    CellOrigin *origin = item;
    cell_read(cursor, &origin->cell);
    origin->revision = row_uint32(cursor);
    origin->at_ms = row_time(cursor);
    origin->author = row_text(cursor);
}

ErrCode cell_store_load(Db *db, int64_t submission_id, uint32_t revision, Arena *arena, FormCell **ret_cells,
                        size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, submission_id);
    db_param_int64(&params, revision);
    void *cells = NULL;
    ErrCode code =
        rows_load(db, "cell__load", &params, arena, sizeof(FormCell), cell_read, &cells, ret_count, err);
    if (code == ERR_OK)
        *ret_cells = cells;
    return code;
}

ErrCode cell_store_trace(Db *db, int64_t submission_id, uint32_t revision, Arena *arena,
                         CellOrigin **ret_cells, size_t *ret_count, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, submission_id);
    db_param_int64(&params, revision);
    void *cells = NULL;
    ErrCode code =
        rows_load(db, "cell__trace", &params, arena, sizeof(CellOrigin), origin_read, &cells, ret_count, err);
    if (code == ERR_OK)
        *ret_cells = cells;
    return code;
}
