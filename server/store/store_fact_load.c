/* A run's input, read in one snapshot: schools, lineage, identification, results.
 * Arrays come out in the one order the engine demands, whatever order the rows had.
 * Applies no policy: predecessors keep their own facts. */
#include <string.h>

#include "common/catalog/procedure.h"
#include "common/core/sort.h"
#include "server/store/store_fact.h"
#include "server/store/store_rows.h"

enum { DAY_TEXT_SIZE = 32 };

/* A school as read. */
typedef struct SchoolRow {
    EngineSchool engine;
    FactSchool beside;
} SchoolRow;

/* Columns of fact__list_schools. */
static void school_read(RowCursor *cursor, void *item)
{
    SchoolRow *row = item;
    row->beside.org_id = row_int64(cursor);
    row->beside.district_id = row_int64(cursor);
    row->engine.code = row_text(cursor);
    row->engine.kind = row_text(cursor);
    row->beside.training = row_bool(cursor);
    row->engine.opened_year = row_int(cursor);
    row->beside.closed_year = row_int(cursor);
    row->engine.wellbeing_group = row_int(cursor);
    row->engine.quality_group = row_int(cursor);
    row->engine.identification_submission = row_int64(cursor);
    row->beside.official_group = row_text(cursor);
    row->beside.official_listed = row_bool(cursor);
    row->beside.groups = row_text(cursor);
    row->beside.identification_document = row_text(cursor);
    row->engine.open_errors = row_uint32(cursor);
}

/* Index of a school by its id. */
typedef struct IdIndex {
    int64_t id;
    uint32_t index;
} IdIndex;

typedef struct Load {
    Db *db;
    Arena *arena;
    const FactRange *range;
    int64_t *ids;   /* of the schools, in their order */
    IdIndex *by_id; /* sorted by id */
    size_t count;
} Load;

static int id_compare(const void *a, const void *b, const void *context)
{
    (void)context;
    int64_t x = ((const IdIndex *)a)->id, y = ((const IdIndex *)b)->id;
    return x < y ? -1 : x > y;
}

/* Every id asked for is one of those loaded. */
static uint32_t index_find(const Load *load, int64_t id)
{
    size_t low = 0, high = load->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (load->by_id[middle].id <= id)
            low = middle;
        else
            high = middle;
    }
    return load->by_id[low].index;
}

/* A subtree that is not there must not look like one without schools. */
static ErrCode under_check(Db *db, int64_t under_id, Err *err)
{
    if (under_id == 0)
        return ERR_OK;
    int64_t values[3];
    bool found = false;
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, under_id);
    ErrCode code = rows_load_numbers(db, "org__get_kind_by_id", &params, values, 3, &found, err);
    if (code != ERR_OK || found)
        return code;
    err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
    return err_arg(err, "code", "#%lld", (long long)under_id);
}

/* The schools in the order of their codes, which gives them their indices. */
static ErrCode schools_load(Load *load, FactInput *ret, Err *err)
{
    Buf first, after;
    buf_init(&first, DAY_TEXT_SIZE);
    buf_init(&after, DAY_TEXT_SIZE);
    buf_printf(&first, "%04d-06-01", load->range->year_from - 1);
    buf_printf(&after, "%04d-06-01", load->range->year_to);
    DbParams params;
    db_params_init(&params);
    db_param_int64(&params, load->range->under_id);
    db_param_text(&params, first.data);
    db_param_text(&params, after.data);
    db_param_int64(&params, load->range->identification_year);
    buf_done(&first);
    buf_done(&after);
    void *items = NULL;
    ErrCode code = rows_load(load->db, "fact__list_schools", &params, load->arena, sizeof(SchoolRow),
                             school_read, &items, &load->count, err);
    if (code != ERR_OK)
        return code;
    const SchoolRow *rows = items;
    EngineSchool *schools = ARENA_NEW(load->arena, EngineSchool, load->count);
    FactSchool *beside = ARENA_NEW(load->arena, FactSchool, load->count);
    load->ids = ARENA_NEW(load->arena, int64_t, load->count);
    load->by_id = ARENA_NEW(load->arena, IdIndex, load->count);
    if (schools == NULL || beside == NULL || load->ids == NULL || load->by_id == NULL)
        return err_memory(err);
    for (size_t i = 0; i < load->count; i++) {
        schools[i] = rows[i].engine;
        beside[i] = rows[i].beside;
        load->ids[i] = rows[i].beside.org_id;
        load->by_id[i] = (IdIndex){rows[i].beside.org_id, (uint32_t)i};
    }
    ret->engine.schools = schools;
    ret->engine.school_count = load->count;
    ret->schools = beside;
    return sort_stable(load->arena, load->by_id, load->count, sizeof(IdIndex), id_compare, NULL, err);
}

/* Links as read: ids first, indices once all are there. */
typedef struct LinkRow {
    int64_t predecessor, successor;
    int last_year;
} LinkRow;

static void link_read(RowCursor *cursor, void *item)
{
    LinkRow *row = item;
    row->predecessor = row_int64(cursor);
    row->successor = row_int64(cursor);
    row->last_year = row_int(cursor);
}

/* Rows come in the order of the two codes, one for each pair. */
static ErrCode lineage_load(Load *load, FactInput *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64_array(&params, load->ids, NULL, load->count);
    void *items = NULL;
    size_t count = 0;
    ErrCode code = rows_load(load->db, "fact__list_lineage", &params, load->arena, sizeof(LinkRow), link_read,
                             &items, &count, err);
    if (code != ERR_OK)
        return code;
    const LinkRow *rows = items;
    EngineLineage *lineage = ARENA_NEW(load->arena, EngineLineage, count);
    if (lineage == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
        lineage[i] = (EngineLineage){.predecessor = index_find(load, rows[i].predecessor),
                                     .successor = index_find(load, rows[i].successor),
                                     .last_year = rows[i].last_year};
    ret->engine.lineage = lineage;
    ret->engine.lineage_count = count;
    return ERR_OK;
}

/* A result as read; `known` false when its code is no procedure of this program. */
typedef struct ResultRow {
    int64_t school_id;
    bool known;
    ResultFact fact;
} ResultRow;

static void result_read(RowCursor *cursor, void *item)
{
    ResultRow *row = item;
    row->school_id = row_int64(cursor);
    row->fact.year = row_int(cursor);
    row->known =
        procedure_parse(db_get_text(cursor->result, cursor->row, cursor->col++), &row->fact.procedure);
    row->fact.source = (FactSource)row_int(cursor);
    row->fact.held = row_bool(cursor);
    row->fact.participants = row_int64(cursor);
    row->fact.below = row_int64(cursor);
    row->fact.submission = row_int64(cursor);
    row->fact.revision = row_uint32(cursor);
}

/* The order engine.h demands. */
static int fact_compare(const void *a, const void *b, const void *context)
{
    (void)context;
    const ResultFact *x = a, *y = b;
    if (x->school != y->school)
        return x->school < y->school ? -1 : 1;
    if (x->year != y->year)
        return x->year < y->year ? -1 : 1;
    int by_procedure = procedure_compare(x->procedure, y->procedure);
    return by_procedure != 0 ? by_procedure : (int)x->source - (int)y->source;
}

/* Rows of procedures this program does not know are left out: an older program reads a newer database. */
static ErrCode results_load(Load *load, FactInput *ret, Err *err)
{
    DbParams params;
    db_params_init(&params);
    db_param_int64_array(&params, load->ids, NULL, load->count);
    db_param_int64(&params, load->range->year_from);
    db_param_int64(&params, load->range->year_to);
    void *items = NULL;
    size_t count = 0, kept = 0;
    ErrCode code = rows_load(load->db, "fact__list_results", &params, load->arena, sizeof(ResultRow),
                             result_read, &items, &count, err);
    if (code != ERR_OK)
        return code;
    const ResultRow *rows = items;
    ResultFact *facts = ARENA_NEW(load->arena, ResultFact, count);
    if (facts == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].known)
            continue;
        facts[kept] = rows[i].fact;
        facts[kept].school = index_find(load, rows[i].school_id);
        facts[kept].origin_school = facts[kept].school;
        kept++;
    }
    ret->engine.facts = facts;
    ret->engine.fact_count = kept;
    return sort_stable(load->arena, facts, kept, sizeof(ResultFact), fact_compare, NULL, err);
}

ErrCode fact_store_load_input(Db *db, const FactRange *range, Arena *arena, FactInput *ret, Err *err)
{
    if (range->year_from > range->year_to || range->year_from < 1 || range->year_to > 9999)
        return err_set(err, ERR_INVALID_ARGUMENT, "YEARS_REVERSED");
    ErrCode code = under_check(db, range->under_id, err);
    if (code != ERR_OK)
        return code;
    Load load = {.db = db, .arena = arena, .range = range};
    FactInput input = {0};
    if ((code = schools_load(&load, &input, err)) != ERR_OK ||
        (code = lineage_load(&load, &input, err)) != ERR_OK ||
        (code = results_load(&load, &input, err)) != ERR_OK)
        return code;
    *ret = input;
    return ERR_OK;
}
