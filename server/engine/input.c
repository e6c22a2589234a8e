/* Owns the canonical bytes of the input. Invariant: load(pack(x)) packs to the same bytes, and bytes that
 * load are the only bytes of what they hold.
 * Must not repair an input: anything out of order or range is refused. */
#include "server/engine/input.h"

#include <string.h>

#include "common/core/text.h"
#include "server/engine/key.h"
#include "server/engine/reader.h"

static const char MAGIC[4] = {'S', 'H', 'E', '1'}, MAGIC_ERRORS[4] = {'S', 'H', 'E', '2'};

/* Least bytes of a packed item. */
enum { SCHOOL_BYTES = 22, FACT_BYTES = 47, LINEAGE_BYTES = 12, ERRORS_BYTES = 8, GROUP_MOST = 11 };

static ErrCode invalid(Err *err, const char *what, size_t index)
{
    err_set(err, ERR_INVALID_ARGUMENT, "ENGINE_INPUT_INVALID");
    err_arg(err, "what", "%s", what);
    return err_arg(err, "index", "%zu", index);
}

/* The order of facts: school, year, procedure, source. */
static int fact_compare(const ResultFact *a, const ResultFact *b)
{
    uint64_t ak = procedure_key(a->procedure), bk = procedure_key(b->procedure);

    if (a->school != b->school)
        return a->school < b->school ? -1 : 1;
    if (a->year != b->year)
        return a->year < b->year ? -1 : 1;
    if (ak != bk)
        return ak < bk ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

/* What one byte of the packed form can hold. */
static bool byte_range(int value)
{
    return value >= 0 && value <= UINT8_MAX;
}

/* Figures that cannot be (more below than participants) never reach a rule. */
static bool fact_ok(const ResultFact *fact, size_t school_count)
{
    const Procedure *p = &fact->procedure;

    return fact->school < school_count && fact->origin_school < school_count && fact->participants >= 0 &&
           fact->participants <= ENGINE_FIGURE_MAX && fact->below >= 0 && fact->below <= fact->participants &&
           (fact->held || fact->participants == 0) && fact->source >= FACT_SCHOOL &&
           fact->source <= FACT_REGION && byte_range((int)p->family) && byte_range((int)p->subject) &&
           byte_range((int)p->level) && byte_range(p->grade) && byte_range((int)p->wave);
}

static bool school_ok(const EngineSchool *school)
{
    return school->code != NULL && school->kind != NULL && school->wellbeing_group >= 0 &&
           school->wellbeing_group <= GROUP_MOST && school->quality_group >= 0 &&
           school->quality_group <= GROUP_MOST;
}

ErrCode engine_input_check(const EngineInput *input, Err *err)
{
    if (input->school_count >= UINT32_MAX)
        return invalid(err, "schools", input->school_count);
    for (size_t i = 0; i < input->school_count; i++)
        if (!school_ok(&input->schools[i]) ||
            (i > 0 && strcmp(input->schools[i - 1].code, input->schools[i].code) >= 0))
            return invalid(err, "school", i);
    for (size_t i = 0; i < input->fact_count; i++)
        if (!fact_ok(&input->facts[i], input->school_count) ||
            (i > 0 && fact_compare(&input->facts[i - 1], &input->facts[i]) >= 0))
            return invalid(err, "fact", i);
    for (size_t i = 0; i < input->lineage_count; i++) {
        const EngineLineage *row = &input->lineage[i];
        if (row->predecessor >= input->school_count || row->successor >= input->school_count ||
            row->predecessor == row->successor)
            return invalid(err, "lineage", i);
    }
    return ERR_OK;
}

/* FACT_BYTES in all; fact_read reads the same fields in the same order. */
static void fact_pack(const ResultFact *fact, Buf *buf)
{
    buf_u32(buf, fact->school);
    buf_u32(buf, (uint32_t)fact->year);
    buf_u8(buf, (uint8_t)fact->procedure.family);
    buf_u8(buf, (uint8_t)fact->procedure.subject);
    buf_u8(buf, (uint8_t)fact->procedure.level);
    buf_u8(buf, (uint8_t)fact->procedure.grade);
    buf_u8(buf, (uint8_t)fact->procedure.wave);
    buf_i64(buf, fact->participants);
    buf_i64(buf, fact->below);
    buf_u8(buf, (uint8_t)fact->source);
    buf_u8(buf, fact->held);
    buf_i64(buf, fact->submission);
    buf_u32(buf, fact->revision);
    buf_u32(buf, fact->origin_school);
}

/* Schools that have open errors. */
static uint32_t errors_count(const EngineInput *input)
{
    uint32_t count = 0;

    for (size_t i = 0; i < input->school_count; i++)
        count += input->schools[i].open_errors > 0;
    return count;
}

/* Index and number of each such school; nothing at all without any, so that older inputs keep their bytes. */
static void errors_pack(const EngineInput *input, uint32_t count, Buf *buf)
{
    if (count == 0)
        return;
    buf_u32(buf, count);
    for (size_t i = 0; i < input->school_count; i++) {
        if (input->schools[i].open_errors == 0)
            continue;
        buf_u32(buf, (uint32_t)i);
        buf_u32(buf, input->schools[i].open_errors);
    }
}

void engine_input_pack(const EngineInput *input, Buf *buf)
{
    uint32_t errors = errors_count(input);

    buf_add(buf, errors > 0 ? MAGIC_ERRORS : MAGIC, sizeof MAGIC);
    buf_u32(buf, (uint32_t)input->school_count);
    for (size_t i = 0; i < input->school_count; i++) {
        const EngineSchool *school = &input->schools[i];
        buf_sized(buf, school->code);
        buf_sized(buf, school->kind);
        buf_u32(buf, (uint32_t)school->opened_year);
        buf_u8(buf, (uint8_t)school->wellbeing_group);
        buf_u8(buf, (uint8_t)school->quality_group);
        buf_i64(buf, school->identification_submission);
    }
    buf_u32(buf, (uint32_t)input->fact_count);
    for (size_t i = 0; i < input->fact_count; i++)
        fact_pack(&input->facts[i], buf);
    buf_u32(buf, (uint32_t)input->lineage_count);
    for (size_t i = 0; i < input->lineage_count; i++) {
        buf_u32(buf, input->lineage[i].predecessor);
        buf_u32(buf, input->lineage[i].successor);
        buf_u32(buf, (uint32_t)input->lineage[i].last_year);
    }
    errors_pack(input, errors, buf);
}

/* A NUL inside would cut the text: text_utf8_check refuses it. */
static const char *text_read(Reader *reader, Arena *arena, bool *memory)
{
    size_t length = reader_count(reader, 1);
    const uint8_t *bytes = reader_take(reader, length);

    if (bytes == NULL || !text_utf8_check(bytes, length)) {
        reader->failed = true;
        return "";
    }
    char *text = arena_bytes(arena, bytes, length);
    *memory = *memory && text != NULL;
    return text != NULL ? text : "";
}

/* *memory turns false when the arena is full. */
static EngineSchool school_read(Reader *reader, Arena *arena, bool *memory)
{
    EngineSchool school = {.open_errors = 0};

    school.code = text_read(reader, arena, memory);
    school.kind = text_read(reader, arena, memory);
    school.opened_year = (int)reader_u32(reader);
    school.wellbeing_group = reader_u8(reader);
    school.quality_group = reader_u8(reader);
    school.identification_submission = reader_i64(reader);
    return school;
}

static ResultFact fact_read(Reader *reader)
{
    ResultFact fact;
    uint8_t held;

    fact.school = reader_u32(reader);
    fact.year = (int)reader_u32(reader);
    fact.procedure.family = (Family)reader_u8(reader);
    fact.procedure.subject = (Subject)reader_u8(reader);
    fact.procedure.level = (Level)reader_u8(reader);
    fact.procedure.grade = reader_u8(reader);
    fact.procedure.wave = (Wave)reader_u8(reader);
    fact.participants = reader_i64(reader);
    fact.below = reader_i64(reader);
    fact.source = (FactSource)reader_u8(reader);
    held = reader_u8(reader);
    reader->failed = reader->failed || held > 1;
    fact.held = held != 0;
    fact.submission = reader_i64(reader);
    fact.revision = reader_u32(reader);
    fact.origin_school = reader_u32(reader);
    return fact;
}

/* In ascending order and none of them zero: any other bytes would be a second writing of the same input. */
static void errors_read(Reader *reader, EngineSchool *schools, size_t school_count)
{
    size_t count = reader_count(reader, ERRORS_BYTES), next = 0;

    reader->failed = reader->failed || count == 0;
    for (size_t i = 0; i < count && !reader->failed; i++) {
        uint32_t school = reader_u32(reader), errors = reader_u32(reader);
        if (reader->failed || school < next || school >= school_count || errors == 0) {
            reader->failed = true;
            return;
        }
        schools[school].open_errors = errors;
        next = (size_t)school + 1;
    }
}

/* False: the arena is full. A malformed input is left in reader->failed. */
static bool arrays_read(Reader *reader, bool with_errors, Arena *arena, EngineInput *input)
{
    bool memory = true;

    input->school_count = reader_count(reader, SCHOOL_BYTES);
    EngineSchool *schools = ARENA_NEW(arena, EngineSchool, input->school_count);
    for (size_t i = 0; schools != NULL && memory && !reader->failed && i < input->school_count; i++)
        schools[i] = school_read(reader, arena, &memory);
    if (schools == NULL || !memory)
        return false;
    input->fact_count = reader_count(reader, FACT_BYTES);
    ResultFact *facts = ARENA_NEW(arena, ResultFact, input->fact_count);
    for (size_t i = 0; facts != NULL && !reader->failed && i < input->fact_count; i++)
        facts[i] = fact_read(reader);
    input->lineage_count = reader_count(reader, LINEAGE_BYTES);
    EngineLineage *lineage = ARENA_NEW(arena, EngineLineage, input->lineage_count);
    for (size_t i = 0; lineage != NULL && !reader->failed && i < input->lineage_count; i++) {
        uint32_t predecessor = reader_u32(reader), successor = reader_u32(reader);
        lineage[i] = (EngineLineage){predecessor, successor, (int)reader_u32(reader)};
    }
    if (with_errors && facts != NULL && lineage != NULL && !reader->failed)
        errors_read(reader, schools, input->school_count);
    input->schools = schools;
    input->facts = facts;
    input->lineage = lineage;
    return facts != NULL && lineage != NULL;
}

ErrCode engine_input_load(const void *bytes, size_t size, Arena *arena, EngineInput **ret_input, Err *err)
{
    Reader reader = {.bytes = bytes, .size = size};
    EngineInput *input = ARENA_NEW(arena, EngineInput, 1);
    const uint8_t *magic = reader_take(&reader, sizeof MAGIC);

    if (input == NULL)
        return err_memory(err);
    bool with_errors = magic != NULL && memcmp(magic, MAGIC_ERRORS, sizeof MAGIC) == 0;
    if (magic != NULL && !with_errors && memcmp(magic, MAGIC, sizeof MAGIC) != 0) {
        reader.failed = true;
        reader.at = 0;
    }
    if (!arrays_read(&reader, with_errors, arena, input))
        return err_memory(err);
    if (reader.failed || reader.at != size) {
        err_set(err, ERR_INVALID_ARGUMENT, "ENGINE_INPUT_MALFORMED");
        return err_arg(err, "offset", "%zu", reader.at);
    }
    ErrCode code = engine_input_check(input, err);
    if (code == ERR_OK)
        *ret_input = input;
    return code;
}
