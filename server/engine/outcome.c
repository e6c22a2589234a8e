/* Owns the canonical bytes of outcomes and the names of statuses. Invariant: every field that reaches a
 * person is in the bytes, in a fixed order.
 * Must not depend on addresses: a typology is packed by its code. */
#include "server/engine/engine.h"

static const char MAGIC[4] = {'S', 'H', 'O', '1'};

/* Figures, marks and provenance; parts in their order, own first. */
static void procedure_pack(const ProcedureOutcome *item, Buf *buf)
{
    buf_u8(buf, (uint8_t)item->procedure.family);
    buf_u8(buf, (uint8_t)item->procedure.subject);
    buf_u8(buf, (uint8_t)item->procedure.level);
    buf_u8(buf, (uint8_t)item->procedure.grade);
    buf_u8(buf, (uint8_t)item->procedure.wave);
    buf_u32(buf, (uint32_t)item->year);
    buf_i64(buf, item->participants);
    buf_i64(buf, item->below);
    buf_u8(buf, (uint8_t)(item->counted | item->low << 1 | item->risk << 2 | item->reliable << 3));
    buf_u32(buf, item->wilson_low_ppm);
    buf_u32(buf, item->wilson_high_ppm);
    buf_u32(buf, item->origin_school);
    buf_u32(buf, (uint32_t)item->part_count);
    for (size_t i = 0; i < item->part_count; i++) {
        const OutcomePart *part = &item->parts[i];
        buf_u32(buf, part->origin_school);
        buf_u8(buf, (uint8_t)part->source);
        buf_i64(buf, part->submission);
        buf_u32(buf, part->revision);
        buf_i64(buf, part->participants);
        buf_i64(buf, part->below);
    }
}

/* Status first, then what it rests on. */
static void school_pack(const SchoolOutcome *outcome, Buf *buf)
{
    buf_u8(buf, (uint8_t)outcome->status);
    buf_u32(buf, outcome->branches);
    buf_u32(buf, outcome->flags);
    buf_u8(buf, outcome->reliable);
    buf_sized(buf, outcome->typology != NULL ? outcome->typology->code : "");
    buf_u32(buf, (uint32_t)outcome->expected);
    buf_u32(buf, (uint32_t)outcome->absent);
    buf_u32(buf, (uint32_t)outcome->not_held);
    buf_u32(buf, outcome->rank);
    buf_u32(buf, outcome->ranked);
    buf_i64(buf, outcome->rank_participants);
    buf_i64(buf, outcome->rank_below);
    buf_u32(buf, (uint32_t)outcome->year_count);
    for (size_t i = 0; i < outcome->year_count; i++) {
        buf_u32(buf, (uint32_t)outcome->years[i].year);
        buf_u32(buf, (uint32_t)outcome->years[i].low);
        buf_u32(buf, (uint32_t)outcome->years[i].risk);
        buf_u32(buf, (uint32_t)outcome->years[i].held);
    }
    buf_u32(buf, (uint32_t)outcome->procedure_count);
    for (size_t i = 0; i < outcome->procedure_count; i++)
        procedure_pack(&outcome->procedures[i], buf);
}

void engine_outcome_pack(const EngineInput *input, const SchoolOutcome *outcomes, Buf *buf)
{
    buf_add(buf, MAGIC, sizeof MAGIC);
    buf_u32(buf, (uint32_t)input->school_count);
    for (size_t i = 0; i < input->school_count; i++) {
        buf_sized(buf, input->schools[i].code);
        school_pack(&outcomes[i], buf);
    }
}

const char *engine_status_name(ClassStatus status)
{
    static const char *const names[] = {
        [STATUS_UNSET] = "",
        [STATUS_LISTED] = "LISTED",
        [STATUS_RISK] = "RISK",
        [STATUS_NOT_LISTED] = "NOT_LISTED",
        [STATUS_NO_DATA] = "NO_DATA",
        [STATUS_BLOCKED] = "BLOCKED",
        [STATUS_NOT_APPLICABLE] = "NOT_APPLICABLE",
        [STATUS_IMPORT_ERRORS] = "IMPORT_ERRORS",
    };

    if ((unsigned)status >= sizeof names / sizeof names[0])
        return "";
    return names[status];
}
