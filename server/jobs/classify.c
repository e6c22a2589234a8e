/* Owns what a classification run reads and writes. Invariant: what is classified is what the input hash is
 * taken over. Must not decide anything about a school: the engine does. */
#include "server/jobs/classify.h"

#include <string.h>

#include "common/core/buf.h"
#include "common/crypto/crypto.h"
#include "server/engine/explain.h"
#include "server/engine/shift.h"
#include "server/store/store_class.h"
#include "server/store/store_delivery.h"
#include "server/store/store_fact.h"
#include "server/store/store_method.h"

enum { RUN_BYTES_MAX = 512 << 20 };

/* The version pinned when the run was started, whatever became the newest since. */
static ErrCode load_profile(Db *db, const RunRow *run, Arena *arena, const Methodology **ret, Err *err)
{
    MethodologyRow stored;
    Methodology *methodology;
    ErrCode code =
        methodology_store_get(db, run->methodology_code, run->methodology_version, arena, &stored, err);

    if (code == ERR_OK)
        code = methodology_load(stored.compiled, stored.compiled_size, arena, &methodology, err);
    if (code == ERR_OK)
        code = engine_shift_years(methodology, run->year, arena, ret, err);
    return code;
}

/* Accepted figures of the years the rule looks at, in one snapshot. */
static ErrCode load_facts(Db *db, const RunRow *run, const Methodology *methodology, Arena *arena,
                          FactInput *ret_input, Err *err)
{
    const LowRule *low = &methodology->low;
    FactRange range = {
        .under_id = run->under_id,
        .year_from = low->year_count > 0 ? low->years[0] : run->year,
        .year_to = run->year,
        .identification_year = run->year,
    };

    return fact_store_load_input(db, &range, arena, ret_input, err);
}

/* Over canonical bytes, so that two runs over the same input can be compared by their hashes. */
static ErrCode hash_outcomes(const EngineInput *input, const SchoolOutcome *outcomes, uint8_t *ret_hash,
                             Err *err)
{
    Buf buf;

    buf_init(&buf, RUN_BYTES_MAX);
    engine_outcome_pack(input, outcomes, &buf);
    bool whole = !buf.failed;
    if (whole)
        crypto_hash(buf.data, buf.length, ret_hash);
    buf_done(&buf);
    return whole ? ERR_OK : err_memory(err);
}

/* The canonical input is kept by its hash: a run can be repeated when the figures have moved on. */
static ErrCode store_input(Db *db, const EngineInput *input, uint8_t *ret_hash, Err *err)
{
    Buf buf;
    ErrCode code = ERR_OK;

    buf_init(&buf, RUN_BYTES_MAX);
    engine_input_pack(input, &buf);
    if (buf.failed) {
        code = err_memory(err);
    } else {
        crypto_hash(buf.data, buf.length, ret_hash);
        code = run_store_put_input(db, ret_hash, buf.data, buf.length, err);
    }
    buf_done(&buf);
    return code;
}

/* The steps of the rule as text, one a line: rule, held, decides, then keys and values, separated by tabs. */
static ErrCode pack_rules(const EngineInput *input, const Methodology *methodology, uint32_t school,
                          const SchoolOutcome *outcome, Arena *arena, const char **ret_rules, Err *err)
{
    RuleStep *steps;
    size_t count;
    Buf buf;
    ErrCode code = engine_explain(input, methodology, school, outcome, arena, &steps, &count, err);

    if (code != ERR_OK)
        return code;
    buf_init(&buf, RUN_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        const RuleStep *step = &steps[i];
        buf_printf(&buf, "%s\t%d\t%d", step->rule, step->held, step->decides);
        for (size_t j = 0; j < step->arg_count; j++) {
            if (step->args[j].text != NULL)
                buf_printf(&buf, "\t%s\t%s", step->args[j].key, step->args[j].text);
            else
                buf_printf(&buf, "\t%s\t%lld", step->args[j].key, (long long)step->args[j].number);
        }
        buf_char(&buf, '\n');
    }
    *ret_rules = buf.failed ? NULL : arena_bytes(arena, buf.data, buf.length);
    buf_done(&buf);
    return *ret_rules == NULL ? err_memory(err) : ERR_OK;
}

/* Texts are borrowed from the input, which lives as long as the run's arena. */
static void fill_class(const FactInput *input, size_t index, const SchoolOutcome *outcome, ClassRow *to)
{
    const EngineSchool *school = &input->engine.schools[index];
    const FactSchool *fact = &input->schools[index];

    *to = (ClassRow){
        .school_id = fact->org_id,
        .district_id = fact->district_id,
        .status = (int)outcome->status,
        .branches = outcome->branches,
        .flags = outcome->flags,
        .reliable = outcome->reliable,
        .typology = outcome->typology == NULL ? "" : outcome->typology->code,
        .wellbeing_group = school->wellbeing_group,
        .quality_group = school->quality_group,
        .official_group = fact->official_group,
        .official_listed = fact->official_listed,
        .groups = fact->groups,
        .identification_document = fact->identification_document,
    };
}

/* One figure a procedure rests on, with its way back to the submission. A predecessor's figures that were
 * added keep a row of their own: a sum stands in no submission. What the rule made of the sum is said on
 * each. */
static ErrCode fill_reason(const FactInput *input, size_t index, const ProcedureOutcome *procedure,
                           const OutcomePart *part, Arena *arena, ReasonRow *to, Err *err)
{
    char code[PROCEDURE_TEXT_SIZE];
    const FactSchool *fact = &input->schools[index];

    procedure_dump(procedure->procedure, code);
    *to = (ReasonRow){
        .school_id = fact->org_id,
        .district_id = fact->district_id,
        .procedure = arena_text(arena, code),
        .year = procedure->year,
        .participants = part->participants,
        .below = part->below,
        .low = procedure->low,
        .risk = procedure->risk,
        .reliable = procedure->reliable,
        .wilson_low_ppm = procedure->wilson_low_ppm,
        .wilson_high_ppm = procedure->wilson_high_ppm,
        .source = (int)part->source,
        .submission_id = part->submission,
        .revision = part->revision,
        .origin_school_id = input->schools[part->origin_school].org_id,
    };
    return to->procedure == NULL ? err_memory(err) : ERR_OK;
}

/* All reasons of one school, appended at rows[*at]. */
static ErrCode fill_reasons(const FactInput *input, size_t index, const SchoolOutcome *outcome, Arena *arena,
                            ReasonRow *rows, size_t *at, Err *err)
{
    ErrCode code = ERR_OK;

    for (size_t i = 0; i < outcome->procedure_count; i++) {
        const ProcedureOutcome *procedure = &outcome->procedures[i];
        for (size_t j = 0; j < procedure->part_count && code == ERR_OK; j++)
            code = fill_reason(input, index, procedure, &procedure->parts[j], arena, &rows[(*at)++], err);
    }
    return code;
}

/* As many as there are figures: one for each part of each procedure. */
static size_t count_reasons(const SchoolOutcome *outcome)
{
    size_t count = 0;

    for (size_t i = 0; i < outcome->procedure_count; i++)
        count += outcome->procedures[i].part_count;
    return count;
}

/* A school that closed before the pair's last year stands in the input only for its successor's sake. */
static bool classed(const FactSchool *fact, const RunRow *run)
{
    return fact->closed_year == 0 || fact->closed_year >= run->year;
}

/* By submission, then row. */
static int live_compare(const LiveDispute *live, const ReasonRow *reason)
{
    if (live->submission_id != reason->submission_id)
        return live->submission_id < reason->submission_id ? -1 : 1;
    return strcmp(live->row_code, reason->procedure);
}

/* Whether the school disputes a figure of the row; `live` is sorted. */
static bool is_disputed(const LiveDispute *live, size_t count, const ReasonRow *reason)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = live_compare(&live[middle], reason);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Marks the figures under dispute, and the classes that looked at one. They were used as delivered: the mark
 * is beside the outcome, not part of it. Rows and classes are in the order of the schools. */
static ErrCode mark_disputed(Db *db, ClassRow *classes, size_t class_count, ReasonRow *rows, size_t count,
                             Arena *arena, Err *err)
{
    int64_t *ids = ARENA_NEW(arena, int64_t, count);
    LiveDispute *live;
    size_t live_count = 0, class = 0;

    if (ids == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
        ids[i] = rows[i].submission_id;
    ErrCode code = dispute_store_list_live(db, ids, count, arena, &live, &live_count, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        rows[i].disputed = is_disputed(live, live_count, &rows[i]);
        while (class < class_count && classes[class].school_id != rows[i].school_id)
            class ++;
        if (rows[i].disputed && class < class_count)
            classes[class].flags |= FLAG_DISPUTED;
    }
    return code;
}

/* All classes and reasons in arrays, one statement each. */
static ErrCode store_outcomes(Db *db, const RunRow *run, const FactInput *input,
                              const Methodology *methodology, const SchoolOutcome *outcomes, Arena *arena,
                              size_t *ret_count, Err *err)
{
    size_t schools = input->engine.school_count, reasons = 0, used = 0, at = 0;
    ErrCode code = ERR_OK;

    /* counted first: one allocation for all reasons */
    for (size_t i = 0; i < schools; i++)
        reasons += count_reasons(&outcomes[i]);
    ClassRow *classes = ARENA_NEW(arena, ClassRow, schools);
    ReasonRow *rows = ARENA_NEW(arena, ReasonRow, reasons);
    if (classes == NULL || rows == NULL)
        return err_memory(err);
    for (size_t i = 0; i < schools && code == ERR_OK; i++) {
        if (!classed(&input->schools[i], run))
            continue;
        fill_class(input, i, &outcomes[i], &classes[used]);
        code = pack_rules(&input->engine, methodology, (uint32_t)i, &outcomes[i], arena, &classes[used].rules,
                          err);
        used++;
        if (code == ERR_OK)
            code = fill_reasons(input, i, &outcomes[i], arena, rows, &at, err);
    }
    if (code == ERR_OK)
        code = mark_disputed(db, classes, used, rows, at, arena, err);
    if (code == ERR_OK)
        code = class_store_put(db, run->id, classes, used, err);
    /* classes before reasons: these refer to them */
    if (code == ERR_OK)
        code = class_store_put_reasons(db, run->id, rows, at, err);
    *ret_count = used;
    return code;
}

/* Load, hash, compute, store, in the transaction of the caller. */
ErrCode classify_run(Db *db, const RunRow *run, const Clock *clock, Arena *arena, Err *err)
{
    const Methodology *methodology;
    FactInput input;
    SchoolOutcome *outcomes;
    uint8_t input_hash[CRYPTO_HASH_SIZE], output_hash[CRYPTO_HASH_SIZE];
    size_t schools = 0;
    ErrCode code = load_profile(db, run, arena, &methodology, err);

    if (code == ERR_OK)
        code = load_facts(db, run, methodology, arena, &input, err);
    if (code == ERR_OK)
        code = store_input(db, &input.engine, input_hash, err);
    if (code == ERR_OK)
        code = engine_classify(&input.engine, methodology, arena, &outcomes, err);
    if (code == ERR_OK)
        code = hash_outcomes(&input.engine, outcomes, output_hash, err);
    if (code == ERR_OK)
        code = store_outcomes(db, run, &input, methodology, outcomes, arena, &schools, err);
    if (code != ERR_OK)
        return code;
    RunRow done = *run;
    done.input_hash = input_hash;
    done.output_hash = output_hash;
    done.program_version = SHANS_VERSION;
    done.school_count = (uint32_t)schools;
    done.finished_ms = clock->now_ms(clock);
    code = run_store_finish(db, &done, err);
    if (code == ERR_OK)
        code = methodology_store_mark_used(db, run->methodology_code, run->methodology_version,
                                           done.finished_ms, err);
    return code;
}

/* Computes again from the stored input and gives the hash of the outcome, which must be the stored one. */
ErrCode classify_repeat(Db *db, const RunRow *run, Arena *arena, uint8_t *ret_hash, Err *err)
{
    const Methodology *methodology;
    const uint8_t *bytes;
    size_t size;
    EngineInput *input;
    SchoolOutcome *outcomes;
    ErrCode code = load_profile(db, run, arena, &methodology, err);

    if (code == ERR_OK)
        code = run_store_get_input(db, run->input_hash, arena, &bytes, &size, err);
    if (code == ERR_OK)
        code = engine_input_load(bytes, size, arena, &input, err);
    if (code == ERR_OK)
        code = engine_classify(input, methodology, arena, &outcomes, err);
    return code != ERR_OK ? code : hash_outcomes(input, outcomes, ret_hash, err);
}
