/* Owns MethodService/GetQuadrants: accepted figures in, pictures out, nothing stored. Invariant: what is
 * shown carries the profile, its version and a hash of every figure used. Must not judge:
 * server/engine/quadrants places the schools. */
#include "server/engine/quadrants.h"
#include "common/crypto/crypto.h"
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/run_message.h"
#include "server/service/service.h"
#include "server/store/store_fact.h"
#include "server/store/store_org.h"
#include "server/store/store_value.h"
#include "shans/v1/system.pb-c.h"

/* ONE: a bare figure's base, in thousandths. */
enum { YEAR_FIRST = 2000, YEAR_LAST = 2100, HASH_BYTES_MAX = 512 << 20, ONE = 1000 };

/* Where the figures of one sum stand among the columns read. */
typedef struct ColumnRange {
    size_t from, count;
} ColumnRange;

/* One computation for one caller. */
typedef struct Pictures {
    Call *call;
    const QuadrantRule *rule;
    FactInput facts;
    QuadrantFigure *columns; /* of all sums, one after the other */
    size_t column_count;
    ColumnRange weight;
    ColumnRange (*tops)[QUADRANT_INDICATORS_MAX], (*bases)[QUADRANT_INDICATORS_MAX]; /* [parameter] */
    int64_t *thousandths;  /* [school][column]: the figure in thousandths */
    const ValueRow **rows; /* [school][column], NULL: unknown */
    QuadrantInput input;
} Pictures;

static ColumnRange add_columns(Pictures *pictures, const QuadrantSum *sum)
{
    ColumnRange range = {pictures->column_count, sum->count};

    for (size_t i = 0; i < sum->count; i++)
        pictures->columns[pictures->column_count++] = sum->figures[i];
    return range;
}

/* Every sum of the rule as columns to read. */
static ErrCode list_columns(Pictures *pictures, Err *err)
{
    const QuadrantRule *rule = pictures->rule;
    Arena *arena = pictures->call->arena;
    size_t most = rule->weight.count;

    for (size_t p = 0; p < rule->parameter_count; p++)
        for (size_t i = 0; i < rule->parameters[p].indicator_count; i++)
            most +=
                rule->parameters[p].indicators[i].top.count + rule->parameters[p].indicators[i].base.count;
    pictures->columns = ARENA_NEW(arena, QuadrantFigure, most);
    pictures->tops = arena_array(arena, rule->parameter_count, sizeof *pictures->tops);
    pictures->bases = arena_array(arena, rule->parameter_count, sizeof *pictures->bases);
    if (pictures->columns == NULL || pictures->tops == NULL || pictures->bases == NULL)
        return err_memory(err);
    pictures->weight = add_columns(pictures, &rule->weight);
    for (size_t p = 0; p < rule->parameter_count; p++) {
        for (size_t i = 0; i < rule->parameters[p].indicator_count; i++) {
            pictures->tops[p][i] = add_columns(pictures, &rule->parameters[p].indicators[i].top);
            pictures->bases[p][i] = add_columns(pictures, &rule->parameters[p].indicators[i].base);
        }
    }
    return ERR_OK;
}

/* What one unit of a column's stored number is in thousandths. FAILED_PRECONDITION / QUADRANT_FIGURE when the
 * newest form has no such column, or one that is no number. */
static ErrCode column_unit(const Pictures *pictures, const QuadrantFigure *column, int64_t *ret, Err *err)
{
    const Catalog *catalog = call_service(pictures->call)->options.catalog;
    const FormDef *form = catalog_get_form(catalog, column->form, 0);
    const SectionDef *section = form == NULL ? NULL : form_get_section(form, column->section);
    const FieldDef *field = section == NULL ? NULL : section_get_field(section, column->field);

    if (field == NULL || (field->type != FIELD_COUNT && field->type != FIELD_DECIMAL) ||
        field->scale > QUADRANT_SCALE) {
        err_set(err, ERR_FAILED_PRECONDITION, "QUADRANT_FIGURE");
        return err_arg(err, "figure", "%s.%s.%s", column->form, column->section, column->field);
    }
    *ret = 1;
    for (int i = field->scale; i < QUADRANT_SCALE; i++)
        *ret *= 10;
    return ERR_OK;
}

/* Accepted figures of all schools and columns. */
static ErrCode load_figures(Pictures *pictures, int year, Err *err)
{
    Arena *arena = pictures->call->arena;
    size_t schools = pictures->facts.engine.school_count, count = 0;
    int64_t *ids = ARENA_NEW(arena, int64_t, schools),
            *units = ARENA_NEW(arena, int64_t, pictures->column_count);
    ValueRow *rows = NULL;
    ErrCode code = ERR_OK;

    pictures->thousandths = ARENA_NEW(arena, int64_t, schools * pictures->column_count);
    pictures->rows = ARENA_NEW(arena, const ValueRow *, schools * pictures->column_count);
    if (ids == NULL || units == NULL || pictures->thousandths == NULL || pictures->rows == NULL)
        return err_memory(err);
    for (size_t c = 0; c < pictures->column_count && code == ERR_OK; c++)
        code = column_unit(pictures, &pictures->columns[c], &units[c], err);
    for (size_t s = 0; s < schools; s++)
        ids[s] = pictures->facts.schools[s].org_id;
    if (code == ERR_OK)
        code = value_store_list(call_db(pictures->call), ids, schools, year, pictures->columns,
                                pictures->column_count, arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < count; i++) {
        size_t at = rows[i].school * pictures->column_count + rows[i].column;
        pictures->rows[at] = &rows[i];
        pictures->thousandths[at] = rows[i].number * units[rows[i].column];
    }
    return ERR_OK;
}

/* A sum of columns of one school: false when one of them is unknown. *ret_row: of the first column. */
static bool sum_of(const Pictures *pictures, size_t school, ColumnRange range, int64_t *ret,
                   const ValueRow **ret_row)
{
    size_t at = school * pictures->column_count + range.from;
    int64_t sum = 0;

    for (size_t i = 0; i < range.count; i++) {
        if (pictures->rows[at + i] == NULL)
            return false;
        sum += pictures->thousandths[at + i];
    }
    *ret_row = pictures->rows[at];
    *ret = sum;
    return true;
}

/* Tops over bases of every school and indicator that has both; a base of zero is no base. */
static ErrCode make_values(Pictures *pictures, Err *err)
{
    const QuadrantRule *rule = pictures->rule;
    size_t schools = pictures->facts.engine.school_count, most = 0;

    for (size_t p = 0; p < rule->parameter_count; p++)
        most += rule->parameters[p].indicator_count;
    QuadrantValue *values = ARENA_NEW(pictures->call->arena, QuadrantValue, schools * most);
    if (values == NULL)
        return err_memory(err);
    for (size_t s = 0; s < schools; s++)
        for (size_t p = 0; p < rule->parameter_count; p++)
            for (size_t i = 0; i < rule->parameters[p].indicator_count; i++) {
                const ValueRow *row = NULL, *base_row = NULL;
                int64_t top, base = ONE;
                if (!sum_of(pictures, s, pictures->tops[p][i], &top, &row) ||
                    (pictures->bases[p][i].count > 0 &&
                     !sum_of(pictures, s, pictures->bases[p][i], &base, &base_row)) ||
                    base <= 0)
                    continue;
                values[pictures->input.value_count++] = (QuadrantValue){
                    (uint32_t)s, (uint8_t)p, (uint8_t)i, top, base, row->submission_id, row->revision};
            }
    pictures->input.values = values;
    return ERR_OK;
}

static ErrCode make_weights(Pictures *pictures, Err *err)
{
    size_t schools = pictures->facts.engine.school_count;
    int64_t *weights = ARENA_NEW(pictures->call->arena, int64_t, schools);
    const ValueRow *row;

    if (weights == NULL)
        return err_memory(err);
    for (size_t s = 0; s < schools; s++)
        if (!sum_of(pictures, s, pictures->weight, &weights[s], &row) || weights[s] < 0)
            weights[s] = 0;
    if (pictures->rule->split == QUADRANT_WEIGHTED_MEAN)
        pictures->input.weights = weights;
    return ERR_OK;
}

/* Everything the engine is given, in bytes. */
static ErrCode hash_input(const Pictures *pictures, char **ret, Err *err)
{
    char text[CRYPTO_HASH_TEXT_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];
    Buf buf;

    buf_init(&buf, HASH_BYTES_MAX);
    engine_input_pack(&pictures->facts.engine, &buf);
    for (size_t i = 0; i < pictures->input.value_count; i++) {
        const QuadrantValue *value = &pictures->input.values[i];
        buf_u32(&buf, value->school);
        buf_u8(&buf, value->parameter);
        buf_u8(&buf, value->indicator);
        buf_i64(&buf, value->top);
        buf_i64(&buf, value->base);
    }
    for (size_t s = 0; pictures->input.weights != NULL && s < pictures->facts.engine.school_count; s++)
        buf_i64(&buf, pictures->input.weights[s]);
    bool whole = !buf.failed;
    if (whole) {
        crypto_digest(buf.data, buf.length, hash);
        crypto_hex(hash, CRYPTO_HASH_SIZE, text);
    }
    buf_done(&buf);
    *ret = whole ? arena_text(pictures->call->arena, text) : NULL;
    return *ret == NULL ? err_memory(err) : ERR_OK;
}

/* ---- the reply ---- */

static ErrCode fill_axis(const Pictures *pictures, QuadrantAxis axis, Shans__V1__QuadrantAxis **ret, Err *err)
{
    const QuadrantParameter *parameter = &pictures->rule->parameters[axis.parameter];
    Shans__V1__QuadrantAxis **one =
        MESSAGE_ARRAY(pictures->call->arena, 1, Shans__V1__QuadrantAxis, shans__v1__quadrant_axis__init);

    if (one == NULL)
        return err_memory(err);
    one[0]->parameter = (char *)parameter->code;
    one[0]->turned = axis.turned;
    one[0]->label_ru = (char *)parameter->label.ru;
    one[0]->label_en = (char *)parameter->label.en;
    one[0]->good_ru = (char *)parameter->good.ru;
    one[0]->good_en = (char *)parameter->good.en;
    one[0]->bad_ru = (char *)parameter->bad.ru;
    one[0]->bad_en = (char *)parameter->bad.en;
    *ret = one[0];
    return ERR_OK;
}

static ErrCode fill_pictures(const Pictures *pictures, Shans__V1__GetQuadrantsReply *reply, Err *err)
{
    const QuadrantRule *rule = pictures->rule;
    ErrCode code = ERR_OK;

    reply->pictures = MESSAGE_ARRAY(pictures->call->arena, rule->clustering_count, Shans__V1__QuadrantPicture,
                                    shans__v1__quadrant_picture__init);
    if (reply->pictures == NULL)
        return err_memory(err);
    reply->n_pictures = rule->clustering_count;
    for (size_t i = 0; i < rule->clustering_count && code == ERR_OK; i++) {
        Shans__V1__QuadrantPicture *to = reply->pictures[i];
        to->code = (char *)rule->clusterings[i].code;
        to->label_ru = (char *)rule->clusterings[i].label.ru;
        to->label_en = (char *)rule->clusterings[i].label.en;
        code = fill_axis(pictures, rule->clusterings[i].x, &to->x, err);
        if (code == ERR_OK)
            code = fill_axis(pictures, rule->clusterings[i].y, &to->y, err);
    }
    return code;
}

static void fill_measure(Shans__V1__QuadrantMeasure *to, const QuadrantParameter *parameter,
                         const char *indicator, Text label)
{
    to->parameter = (char *)parameter->code;
    to->indicator = (char *)indicator;
    to->label_ru = (char *)label.ru;
    to->label_en = (char *)label.en;
}

/* Parameters with their indicators. */
static size_t count_measures(const QuadrantRule *rule)
{
    size_t count = rule->parameter_count;

    for (size_t p = 0; p < rule->parameter_count; p++)
        count += rule->parameters[p].indicator_count;
    return count;
}

static ErrCode fill_measures(const Pictures *pictures, Shans__V1__GetQuadrantsReply *reply, Err *err)
{
    const QuadrantRule *rule = pictures->rule;

    reply->measures = MESSAGE_ARRAY(pictures->call->arena, count_measures(rule), Shans__V1__QuadrantMeasure,
                                    shans__v1__quadrant_measure__init);
    if (reply->measures == NULL)
        return err_memory(err);
    for (size_t p = 0; p < rule->parameter_count; p++) {
        const QuadrantParameter *parameter = &rule->parameters[p];
        fill_measure(reply->measures[reply->n_measures++], parameter, "", parameter->label);
        for (size_t i = 0; i < parameter->indicator_count; i++)
            fill_measure(reply->measures[reply->n_measures++], parameter, parameter->indicators[i].code,
                         parameter->indicators[i].label);
    }
    return ERR_OK;
}

/* The next score of a school, in the order of the measures. */
static Shans__V1__QuadrantScore *add_score(Shans__V1__QuadrantSchool *to, QuadrantScore score)
{
    Shans__V1__QuadrantScore *one = to->scores[to->n_scores];

    one->measure = (uint32_t)to->n_scores++;
    one->known = score.known;
    one->z = score.z;
    return one;
}

/* Adds the figures behind an indicator; *at walks the values of one school, which come in this order. */
static void fill_figures(const Pictures *pictures, size_t school, size_t parameter, size_t indicator,
                         size_t *at, Shans__V1__QuadrantScore *to)
{
    const QuadrantValue *value = &pictures->input.values[*at];

    if (*at == pictures->input.value_count || value->school != school || value->parameter != parameter ||
        value->indicator != indicator)
        return;
    to->numerator = value->top;
    to->denominator = value->base;
    to->submission_id = (uint64_t)value->submission;
    to->revision = value->revision;
    *at += 1;
}

/* Each parameter followed by its indicators. */
static ErrCode fill_scores(const Pictures *pictures, size_t school, const QuadrantSchool *placed, size_t *at,
                           Shans__V1__QuadrantSchool *to, Err *err)
{
    const QuadrantRule *rule = pictures->rule;

    to->scores = MESSAGE_ARRAY(pictures->call->arena, count_measures(rule), Shans__V1__QuadrantScore,
                               shans__v1__quadrant_score__init);
    if (to->scores == NULL)
        return err_memory(err);
    for (size_t p = 0; p < rule->parameter_count; p++) {
        add_score(to, placed->parameters[p]);
        for (size_t i = 0; i < rule->parameters[p].indicator_count; i++)
            fill_figures(pictures, school, p, i, at, add_score(to, placed->indicators[p][i]));
    }
    return ERR_OK;
}

static ErrCode fill_places(const Pictures *pictures, const QuadrantSchool *placed,
                           Shans__V1__QuadrantSchool *to, Err *err)
{
    const QuadrantRule *rule = pictures->rule;

    to->places = MESSAGE_ARRAY(pictures->call->arena, rule->clustering_count, Shans__V1__QuadrantPlace,
                               shans__v1__quadrant_place__init);
    if (to->places == NULL)
        return err_memory(err);
    to->n_places = rule->clustering_count;
    for (size_t c = 0; c < rule->clustering_count; c++) {
        const QuadrantPlace *from = &placed->places[c];
        Shans__V1__QuadrantPlace *place = to->places[c];
        place->picture = (char *)rule->clusterings[c].code;
        place->quadrant = (uint32_t)from->quadrant;
        place->x = from->x;
        place->y = from->y;
        place->near_x = from->near_x;
        place->near_y = from->near_y;
        place->neighbour = (uint32_t)from->neighbour;
    }
    return ERR_OK;
}

/* Schools that closed before the year stand in the input for their successors' sake only. */
static bool shown(const Pictures *pictures, size_t school)
{
    const FactSchool *fact = &pictures->facts.schools[school];

    return call_sees(pictures->call, fact->org_id, fact->district_id) &&
           (fact->closed_year == 0 || fact->closed_year >= pictures->input.year);
}

static ErrCode fill_school(const Pictures *pictures, size_t school, const QuadrantSchool *placed, size_t *at,
                           Shans__V1__QuadrantSchool *to, Err *err)
{
    OrgRow org;
    ErrCode code = org_store_find(call_db(pictures->call), pictures->facts.engine.schools[school].code,
                                  pictures->call->arena, &org, err);

    if (code != ERR_OK)
        return code;
    to->school_code = (char *)org.code;
    to->school_name = (char *)org.name;
    to->school_number = (char *)org.number;
    to->training = pictures->facts.schools[school].training;
    to->state = (Shans__V1__QuadrantState)placed->state;
    to->results_known = placed->results_known;
    to->results_distance = placed->results_distance;
    code = fill_places(pictures, placed, to, err);
    return code != ERR_OK ? code : fill_scores(pictures, school, placed, at, to, err);
}

static ErrCode fill_schools(const Pictures *pictures, const QuadrantSchool *placed,
                            Shans__V1__GetQuadrantsReply *reply, Err *err)
{
    size_t count = pictures->facts.engine.school_count, at = 0;
    ErrCode code = ERR_OK;

    reply->schools = MESSAGE_ARRAY(pictures->call->arena, count, Shans__V1__QuadrantSchool,
                                   shans__v1__quadrant_school__init);
    if (reply->schools == NULL)
        return err_memory(err);
    for (size_t s = 0; s < count && code == ERR_OK; s++) {
        while (at < pictures->input.value_count && pictures->input.values[at].school < s)
            at++;
        if (shown(pictures, s))
            code = fill_school(pictures, s, &placed[s], &at, reply->schools[reply->n_schools++], err);
    }
    return code;
}

/* ---- the call ---- */

/* The profile asked for, with a quadrant rule. */
static ErrCode find_rule(Call *call, const Shans__V1__GetQuadrantsRequest *request,
                         Shans__V1__GetQuadrantsReply *reply, const QuadrantRule **ret, Err *err)
{
    MethodologyRow stored;
    Methodology *methodology;
    ErrCode code = methodology_store_get(call_db(call), request->methodology_code,
                                         request->methodology_version, call->arena, &stored, err);

    if (code == ERR_OK)
        code = methodology_load(stored.compiled, stored.compiled_size, call->arena, &methodology, err);
    if (code != ERR_OK)
        return code;
    if (!methodology->quadrants.on) {
        err_set(err, ERR_FAILED_PRECONDITION, "METHOD_WITHOUT_QUADRANTS");
        return err_arg(err, "code", "%s", stored.code);
    }
    reply->methodology_code = (char *)stored.code;
    reply->methodology_version = stored.version;
    reply->year = request->year;
    *ret = &methodology->quadrants;
    return ERR_OK;
}

/* The schools whose mean is taken: a coordinator's are the own district's, whatever lies around it. */
static ErrCode find_set(Call *call, const char *under, int64_t *ret_id, Err *err)
{
    ErrCode code = under_find(call, under, ret_id, err);

    if (code == ERR_OK && call->principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR)
        *ret_id = call->principal->district_id;
    return code;
}

/* Computed anew each time, in the caller's scope; nothing is stored. */
ErrCode quadrant_get_quadrants(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__GetQuadrantsRequest *request = (const Shans__V1__GetQuadrantsRequest *)message;
    Shans__V1__GetQuadrantsReply *reply = (Shans__V1__GetQuadrantsReply *)reply_message;
    Pictures pictures = {.call = call};
    FactRange range = {.year_from = (int)request->year, .year_to = (int)request->year};
    QuadrantSchool *placed;

    if (request->year < YEAR_FIRST || request->year > YEAR_LAST) {
        err_set(err, ERR_OUT_OF_RANGE, "METHOD_YEAR");
        return err_arg(err, "year", "%u", request->year);
    }
    ErrCode code = find_rule(call, request, reply, &pictures.rule, err);
    if (code == ERR_OK)
        code = find_set(call, request->under, &range.under_id, err);
    if (code == ERR_OK)
        code = fact_store_load_input(call_db(call), &range, call->arena, &pictures.facts, err);
    if (code == ERR_OK)
        code = list_columns(&pictures, err);
    if (code == ERR_OK)
        code = load_figures(&pictures, (int)request->year, err);
    if (code == ERR_OK)
        code = make_values(&pictures, err);
    if (code == ERR_OK)
        code = make_weights(&pictures, err);
    if (code != ERR_OK)
        return code;
    pictures.input.engine = &pictures.facts.engine;
    pictures.input.year = (int)request->year;
    code = quadrants_place(&pictures.input, pictures.rule, call->arena, &placed, err);
    if (code == ERR_OK)
        code = hash_input(&pictures, &reply->input_hash, err);
    if (code == ERR_OK)
        code = fill_pictures(&pictures, reply, err);
    if (code == ERR_OK)
        code = fill_measures(&pictures, reply, err);
    return code != ERR_OK ? code : fill_schools(&pictures, placed, reply, err);
}
