/* Owns lists of classes and the 11 x 11 matrix. Must not classify. */
#include "common/core/text.h"
#include "server/service/class_message.h"
#include "server/service/class_read.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_edition.h"

/* Rows a page has when none is asked for, and at most; groups of the matrix run from 1 to 11. */
enum { CLASS_PAGE = 200, CLASS_PAGE_MAX = 2000, MATRIX_SIDE = 11 };

/* A number nobody gave out must not look like a set without schools, nor a run that is still queued or has
 * failed. Below the ministry only editions come this far (class_set_check). */
ErrCode class_set_find(Call *call, ClassSet set, Err *err)
{
    EditionRow edition;
    RunRow run;

    if (set.edition_number != 0)
        return edition_store_get(call_db(call), set.edition_number, call->arena, &edition, err);
    ErrCode code = run_store_get(call_db(call), set.run_id, call->arena, &run, err);
    if (code != ERR_OK || run.state == RUN_DONE)
        return code;
    err_set(err, ERR_FAILED_PRECONDITION, "RUN_WITHOUT_CLASSES");
    return err_arg(err, "id", "%lld", (long long)run.id);
}

/* One page of classes, ordered by school code; a school or district gets only what its scope and the
 * published edition show. */
ErrCode class_list_classes(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                           Err *err)
{
    const Shans__V1__ListClassesRequest *request = (const Shans__V1__ListClassesRequest *)message;
    Shans__V1__ListClassesReply *reply = (Shans__V1__ListClassesReply *)reply_message;
    ClassFilter filter = {
        .after_code = request->page_token,
        .limit = page_limit(request->page_size, CLASS_PAGE, CLASS_PAGE_MAX),
    };
    ClassRow *rows;
    size_t count;
    ErrCode code = class_set_check(call, request->run_id, request->edition_number, &filter.set, err);

    if (code == ERR_OK)
        code = class_set_find(call, filter.set, err);
    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK)
        code = class_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->classes = MESSAGE_ARRAY(call->arena, count, Shans__V1__SchoolClass, shans__v1__school_class__init);
    if (reply->classes == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        if (call_sees(call, rows[i].school_id, rows[i].district_id))
            code = class_message_fill(call, filter.set, &rows[i], reply->classes[reply->n_classes++], err);
    }
    if (code == ERR_OK && count == filter.limit)
        reply->next_page_token = (char *)rows[count - 1].school_code;
    return code;
}

/* All classes of the subtree, page by page: the matrix counts every school. */
ErrCode class_load_all(Call *call, ClassFilter *filter, ClassRow **ret_rows, size_t *ret_count, Err *err)
{
    ClassRow *all = NULL;
    size_t total = 0;

    for (;;) {
        ClassRow *page;
        size_t count;
        ErrCode code = class_store_list(call_db(call), filter, call->arena, &page, &count, err);
        if (code != ERR_OK)
            return code;
        ClassRow *grown = ARENA_NEW(call->arena, ClassRow, total + count);
        if (grown == NULL)
            return err_memory(err);
        for (size_t i = 0; i < total; i++)
            grown[i] = all[i];
        for (size_t i = 0; i < count; i++)
            grown[total + i] = page[i];
        all = grown;
        total += count;
        if (count < filter->limit)
            break;
        filter->after_code = page[count - 1].school_code;
    }
    *ret_rows = all;
    *ret_count = total;
    return ERR_OK;
}

/* Whether both groups are known, so that the school has a place in the matrix; others are counted beside it:
 * a school without identification is not a school in cell (0, 0). */
static bool identified(const ClassRow *row)
{
    return *row->typology != '\0' && row->wellbeing_group >= 1 && row->wellbeing_group <= MATRIX_SIDE &&
           row->quality_group >= 1 && row->quality_group <= MATRIX_SIDE;
}

/* Adds one school to its type; the reply has a row for each type that occurs. */
static ErrCode count_typology(Call *call, const char *typology, Shans__V1__GetMatrixReply *reply, Err *err)
{
    for (size_t i = 0; i < reply->n_counts; i++) {
        if (text_equal(reply->counts[i]->typology, typology)) {
            reply->counts[i]->schools++;
            return ERR_OK;
        }
    }
    Shans__V1__TypologyCount **grown = MESSAGE_ARRAY(
        call->arena, reply->n_counts + 1, Shans__V1__TypologyCount, shans__v1__typology_count__init);
    if (grown == NULL)
        return err_memory(err);
    for (size_t i = 0; i < reply->n_counts; i++)
        grown[i] = reply->counts[i];
    grown[reply->n_counts]->typology = (char *)typology;
    grown[reply->n_counts]->schools = 1;
    reply->counts = grown;
    reply->n_counts++;
    return ERR_OK;
}

/* One cell of the matrix with its schools; rows are those of the cell. */
static ErrCode fill_cell(Call *call, const ClassRow *rows, size_t count, int i, int q,
                         Shans__V1__MatrixCell *cell, Err *err)
{
    cell->school_codes = ARENA_NEW(call->arena, char *, count);
    cell->school_numbers = ARENA_NEW(call->arena, char *, count);
    if (cell->school_codes == NULL || cell->school_numbers == NULL)
        return err_memory(err);
    cell->wellbeing_group = (uint32_t)i;
    cell->quality_group = (uint32_t)q;
    for (size_t at = 0; at < count; at++) {
        const ClassRow *row = &rows[at];
        if (!identified(row) || row->wellbeing_group != i || row->quality_group != q)
            continue;
        cell->typology = (char *)row->typology;
        cell->school_codes[cell->n_school_codes++] = (char *)row->school_code;
        cell->school_numbers[cell->n_school_numbers++] = (char *)row->school_number;
    }
    return ERR_OK;
}

/* The 11 by 11 matrix of a run. Two passes over the classes: the first counts the cells, so that each
 * list of schools is allocated once. */
ErrCode class_get_matrix(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                         Err *err)
{
    const Shans__V1__GetMatrixRequest *request = (const Shans__V1__GetMatrixRequest *)message;
    Shans__V1__GetMatrixReply *reply = (Shans__V1__GetMatrixReply *)reply_message;
    ClassFilter filter = {
        .set = {.run_id = (int64_t)request->run_id}, .after_code = "", .limit = CLASS_PAGE_MAX};
    ClassRow *rows = NULL;
    size_t count = 0, used[MATRIX_SIDE + 1][MATRIX_SIDE + 1] = {{0}};
    ErrCode code = class_set_find(call, filter.set, err);

    if (code == ERR_OK)
        code = object_name(call, "run", filter.set.run_id, err);
    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK)
        code = class_load_all(call, &filter, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    for (size_t at = 0; at < count && code == ERR_OK; at++) {
        if (!call_sees(call, rows[at].school_id, rows[at].district_id))
            continue;
        if (!identified(&rows[at])) {
            reply->unidentified++;
            continue;
        }
        used[rows[at].wellbeing_group][rows[at].quality_group]++;
        code = count_typology(call, rows[at].typology, reply, err);
    }
    reply->cells = MESSAGE_ARRAY(call->arena, MATRIX_SIDE * MATRIX_SIDE, Shans__V1__MatrixCell,
                                 shans__v1__matrix_cell__init);
    if (reply->cells == NULL)
        return err_memory(err);
    for (int i = 1; i <= MATRIX_SIDE; i++) {
        for (int q = 1; q <= MATRIX_SIDE && code == ERR_OK; q++) {
            if (used[i][q] > 0)
                code = fill_cell(call, rows, count, i, q, reply->cells[reply->n_cells++], err);
        }
    }
    return code;
}
