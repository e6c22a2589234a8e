/* The classification engine's input: plain arrays of facts, sorted, in an arena, and their canonical bytes.
 * Pure: no SQL, wire or time. */
#ifndef SERVER_ENGINE_INPUT_H
#define SERVER_ENGINE_INPUT_H

#include "common/catalog/procedure.h"
#include "common/core/arena.h"
#include "common/core/buf.h"

/* Who entered a figure; when several sources are accepted the greatest wins and the difference is flagged. */
typedef enum FactSource { FACT_SCHOOL = 1, FACT_DISTRICT = 2, FACT_REGION = 3 } FactSource;

/* One row of results: participants and those below the minimum of one procedure in one school year. */
typedef struct ResultFact {
    uint32_t school; /* index into EngineInput.schools */
    int year;        /* in which the school year ends */
    Procedure procedure;
    int64_t participants, below;
    FactSource source;
    bool held;          /* false: "not held" was stated (cells not applicable); figures are then 0 */
    int64_t submission; /* provenance: id and revision of the submission the figures stand in */
    uint32_t revision;
    uint32_t origin_school; /* the predecessor the figures came from, else == school */
} ResultFact;

typedef struct EngineSchool {
    const char *code;
    const char *kind; /* "sosh", "lyceum", "boarding" … */
    int opened_year;  /* 0: long ago; else the first school year with figures (its ending year) */
    int wellbeing_group, quality_group; /* 1..11, 0 unknown */
    int64_t identification_submission;  /* provenance of the groups, 0 none */
    uint32_t open_errors; /* errors of imports nobody decided on: the school gets no status until then */
} EngineSchool;

/* Predecessor's facts are shown with, or added to, the successor's (methods.md 1.5). Indices of schools. */
typedef struct EngineLineage {
    uint32_t predecessor, successor;
    int last_year; /* last school year of the predecessor on its own */
} EngineLineage;

typedef struct EngineInput {
    const EngineSchool *schools; /* sorted by code */
    size_t school_count;
    const ResultFact *facts; /* sorted by school, year, procedure, source; no two equal in all four */
    size_t fact_count;
    const EngineLineage *lineage;
    size_t lineage_count;
} EngineInput;

enum { ENGINE_FIGURE_MAX = 1000000000 }; /* greatest participants of one fact */

/* INVALID_ARGUMENT / ENGINE_INPUT_INVALID (what, index) when an order, an index or a figure is not as
 * documented above: below in 0..participants, participants in 0..ENGINE_FIGURE_MAX, groups in 0..11, lineage
 * between two different schools of the input. */
ErrCode engine_input_check(const EngineInput *input, Err *err) MUST_CHECK;

/* Appends the canonical bytes of the input ("SHE1", little-endian): the run's passport hashes and stores
 * them. With open errors they are "SHE2": the same, and at the end the schools that have some. */
void engine_input_pack(const EngineInput *input, Buf *buf);

/* Reads them back, so that any past run can be repeated from its stored bytes. Bytes that are cut, too long
 * or not canonical: INVALID_ARGUMENT / ENGINE_INPUT_MALFORMED (offset); facts out of order or range:
 * ENGINE_INPUT_INVALID. Never reads past size. */
ErrCode engine_input_load(const void *bytes, size_t size, Arena *arena, EngineInput **ret_input,
                          Err *err) MUST_CHECK;

#endif
