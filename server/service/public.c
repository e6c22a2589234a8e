/* Owns what leaves for the public: the counts of an edition by district, status and type. Invariant: nothing
 * in the reply has not passed server/engine/suppress under the public's rule, whoever asks. Must not name a
 * school. */
#include <string.h>

#include "common/core/text.h"
#include "server/engine/engine.h"
#include "server/engine/suppress.h"
#include "server/service/class_read.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_edition.h"
#include "server/store/store_org.h"
#include "shans/v1/method.pb-c.h"

/* Columns of the status; what is neither listed, at risk nor cleared by the rule stands together. */
static const char *const status_codes[] = {"LISTED", "RISK", "NOT_LISTED", "OTHER"};
enum {
    STATUS_COLUMNS = sizeof status_codes / sizeof *status_codes,
    TYPES_MAX = 32,
    DISTRICTS_MAX = 2000,
    CLASS_PAGE = 2000
};

/* A district of the edition, before small ones are put together. */
typedef struct District {
    int64_t id, schools;
    const char *code, *name;
    bool training;
    size_t row; /* of the table that is shown */
} District;

/* One of the two tables: the same rows broken down by another property. */
typedef struct Breakdown {
    const char *const *codes;
    size_t columns;
    int64_t *counts; /* (rows+1) x (columns+1) */
    bool *hidden;
} Breakdown;

typedef struct Public {
    Call *call;
    const SuppressRule *rule;
    ClassRow *classes;
    size_t class_count;
    District *districts;
    size_t district_count, rows;
    const char *types[TYPES_MAX];
    size_t type_count;
    Breakdown status, type;
} Public;

static District *find_district(Public *public, int64_t id)
{
    for (size_t i = 0; i < public->district_count; i++) {
        if (public->districts[i].id == id)
            return &public->districts[i];
    }
    return NULL;
}

/* Districts in the order of their codes, with the schools the edition has in each. */
static ErrCode load_districts(Public *public, Err *err)
{
    OrgFilter filter = {.kind = ORG_DISTRICT, .limit = DISTRICTS_MAX};
    Call *call = public->call;
    char today[CLOCK_TEXT_SIZE];
    OrgRow *rows;
    size_t count;

    clock_dump_date(call_now_ms(call), today);
    filter.on_date = today;
    ErrCode code = org_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    public->districts = ARENA_NEW(call->arena, District, count + 1);
    if (public->districts == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
    public->districts[public->district_count++] =
        (District){rows[i].id, 0, rows[i].code, rows[i].name, rows[i].training, 0};
    /* a district that has been dissolved since still has its schools in the edition */
    public->districts[count] = (District){.id = 0, .code = "", .name = ""};
    for (size_t i = 0; i < public->class_count; i++) {
        District *district = find_district(public, public->classes[i].district_id);
        (district != NULL ? district : &public->districts[count])->schools++;
    }
    public->district_count += public->districts[count].schools > 0;
    return ERR_OK;
}

/* Small districts share the last row; a district without schools of the edition has none of its own. */
static ErrCode pool_districts(Public *public, Err *err)
{
    Arena *arena = public->call->arena;
    int64_t *totals = ARENA_NEW(arena, int64_t, public->district_count);
    size_t *group = ARENA_NEW(arena, size_t, public->district_count), used = 0;

    if (totals == NULL || group == NULL)
        return err_memory(err);
    for (size_t i = 0; i < public->district_count; i++) {
        if (public->districts[i].schools > 0)
        public->districts[used++] = public->districts[i];
    }
    public->district_count = used;
    for (size_t i = 0; i < used; i++)
        totals[i] = public->districts[i].schools;
    public->rows = suppress_pool(public->rule, totals, used, group);
    for (size_t i = 0; i < used; i++)
    public->districts[i].row = group[i];
    return ERR_OK;
}

static size_t status_column(const ClassRow *row)
{
    const char *name = engine_status_name((ClassStatus)row->status);
    size_t column = 0;

    while (column < STATUS_COLUMNS - 1 && !text_equal(status_codes[column], name))
        column++;
    return column;
}

/* Types in the order in which they first occur; "" is a school that is not identified. */
static size_t type_column(Public *public, const ClassRow *row)
{
    size_t column = 0;

    while (column < public->type_count && !text_equal(public->types[column], row->typology))
        column++;
    if (column == public->type_count && public->type_count < TYPES_MAX)
    public->types[public->type_count++] = row->typology;
    return column < TYPES_MAX ? column : TYPES_MAX - 1;
}

/* ---- the two tables ---- */

static ErrCode make_breakdown(Public *public, Breakdown *breakdown, const char *const *codes, size_t columns,
                              Err *err)
{
    size_t cells = (public->rows + 1) * (columns + 1);

    *breakdown = (Breakdown){codes, columns, ARENA_NEW(public->call->arena, int64_t, cells),
                             ARENA_NEW(public->call->arena, bool, cells)};
    return breakdown->counts == NULL || breakdown->hidden == NULL ? err_memory(err) : ERR_OK;
}

/* Adds a school to its cell and to the three sums it belongs to. */
static void count_school(const Public *public, Breakdown *breakdown, size_t row, size_t column)
{
    size_t width = breakdown->columns + 1;

    breakdown->counts[row * width + column]++;
    breakdown->counts[row * width + breakdown->columns]++;
    breakdown->counts[public->rows * width + column]++;
    breakdown->counts[public->rows * width + breakdown->columns]++;
}

static ErrCode suppress(const Public *public, Breakdown *breakdown, Err *err)
{
    SuppressTable table = {public->rows, breakdown->columns, breakdown->counts, NULL, breakdown->hidden};

    return suppress_table(public->rule, &table, public->call->arena, err);
}

/* Every row of the pool reaches the least base, so its sum is shown in both tables; they share nothing else,
 * and each is safe by itself. Otherwise (a region with fewer schools) every cell is hidden. */
static ErrCode count_all(Public *public, Err *err)
{
    ErrCode code;

    for (size_t i = 0; i < public->class_count; i++)
        type_column(public, &public->classes[i]);
    code = make_breakdown(public, &public->status, status_codes, STATUS_COLUMNS, err);
    if (code == ERR_OK)
        code = make_breakdown(public, &public->type, public->types, public->type_count, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < public->class_count; i++) {
        const ClassRow *class = &public->classes[i];
        const District *district = find_district(public, class->district_id);
        size_t row = district != NULL ? district->row : find_district(public, 0)->row;

        count_school(public, &public->status, row, status_column(class));
        count_school(public, &public->type, row, type_column(public, class));
    }
    code = suppress(public, &public->status, err);
    return code != ERR_OK ? code : suppress(public, &public->type, err);
}

/* ---- the reply ---- */

/* A share only beside a count that is shown: the one would give the other away. */
static void fill_cell(const Public *public, const Breakdown *breakdown, size_t row, size_t column,
                      Shans__V1__PublicCell *to)
{
    static const Shans__V1__PublicShare shares[] = {
        [SHARE_HIDDEN] = SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_UNSPECIFIED,
        [SHARE_EXACT] = SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_EXACT,
        [SHARE_AT_MOST_5] = SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_AT_MOST_5,
        [SHARE_AT_LEAST_95] = SHANS__V1__PUBLIC_SHARE__PUBLIC_SHARE_AT_LEAST_95,
    };
    size_t at = row * (breakdown->columns + 1);
    int64_t count = breakdown->counts[at + column], base = breakdown->counts[at + breakdown->columns];

    to->code = (char *)breakdown->codes[column];
    to->hidden = breakdown->hidden[at + column];
    if (to->hidden)
        return;
    to->schools = (uint32_t)count;
    if (!breakdown->hidden[at + breakdown->columns])
        to->share = shares[suppress_share(public->rule, count, base, &to->percent)];
}

static ErrCode fill_cells(const Public *public, const Breakdown *breakdown, size_t row,
                          Shans__V1__PublicCell ***ret_cells, size_t *ret_count, Err *err)
{
    Shans__V1__PublicCell **cells = MESSAGE_ARRAY(public->call->arena, breakdown->columns,
                                                  Shans__V1__PublicCell, shans__v1__public_cell__init);

    if (cells == NULL)
        return err_memory(err);
    for (size_t i = 0; i < breakdown->columns; i++)
        fill_cell(public, breakdown, row, i, cells[i]);
    *ret_cells = cells;
    *ret_count = breakdown->columns;
    return ERR_OK;
}

/* One row: a district, several small ones together (no code, no name), or, last, the sum of all. */
static ErrCode fill_row(const Public *public, size_t row, Shans__V1__PublicRow *to, Err *err)
{
    size_t sum = row * (STATUS_COLUMNS + 1) + STATUS_COLUMNS;

    to->total = row == public->rows;
    for (size_t i = 0; i < public->district_count; i++) {
        const District *district = &public->districts[i];

        if (!to->total && district->row != row)
            continue;
        to->districts++;
        to->training = to->training || district->training;
        to->district_code = (char *)district->code;
        to->district_name = (char *)district->name;
    }
    if (to->districts != 1 || to->total)
        to->district_code = to->district_name = (char *)"";
    to->hidden = public->status.hidden[sum] ||
                 public->type.hidden[row * (public->type.columns + 1) + public->type.columns];
    to->schools = to->hidden ? 0 : (uint32_t) public->status.counts[sum];
    ErrCode code = fill_cells(public, &public->status, row, &to->statuses, &to->n_statuses, err);
    return code != ERR_OK ? code : fill_cells(public, &public->type, row, &to->types, &to->n_types, err);
}

/* The same for everybody who may ask: the rule is the public's. */
ErrCode public_get_public_table(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                Err *err)
{
    const Shans__V1__GetPublicTableRequest *request = (const Shans__V1__GetPublicTableRequest *)message;
    Shans__V1__GetPublicTableReply *reply = (Shans__V1__GetPublicTableReply *)reply_message;
    Public public = {.call = call, .rule = suppress_rule(VIEWER_PUBLIC)};
    ClassFilter filter = {
        .set = {.edition_number = request->edition_number}, .after_code = "", .limit = CLASS_PAGE};
    EditionRow edition;
    ErrCode code = edition_store_get(call_db(call), request->edition_number, call->arena, &edition, err);

    if (code == ERR_OK)
        code = class_load_all(call, &filter, &public.classes, &public.class_count, err);
    if (code == ERR_OK)
        code = load_districts(&public, err);
    if (code == ERR_OK)
        code = pool_districts(&public, err);
    if (code == ERR_OK)
        code = count_all(&public, err);
    if (code != ERR_OK)
        return code;
    reply->rows =
        MESSAGE_ARRAY(call->arena, public.rows + 1, Shans__V1__PublicRow, shans__v1__public_row__init);
    if (reply->rows == NULL)
        return err_memory(err);
    reply->n_rows = public.rows + 1;
    for (size_t i = 0; i < reply->n_rows && code == ERR_OK; i++)
        code = fill_row(&public, i, reply->rows[i], err);
    reply->base_min = public.rule->base_min;
    reply->count_max = public.rule->count_max;
    return code;
}
