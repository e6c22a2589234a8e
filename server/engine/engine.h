/* The classification engine's input: plain arrays of facts, sorted, in an arena. Pure: no SQL, wire or time.
 */
#ifndef SERVER_ENGINE_ENGINE_H
#define SERVER_ENGINE_ENGINE_H

#include "common/catalog/methodology.h"

/* Who entered a figure; when several sources are accepted the greatest wins and the difference is flagged. */
typedef enum FactSource { FACT_SCHOOL = 1, FACT_DISTRICT = 2, FACT_REGION = 3 } FactSource;

/* One row of results: participants and those below the minimum of one procedure in one school year. */
typedef struct ResultFact {
    uint32_t school; /* index into EngineInput.schools */
    int year;        /* in which the school year ends */
    Procedure procedure;
    int64_t participants, below;
    FactSource source;
    bool held;          /* false: "not held" was stated (cells not applicable) */
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
} EngineSchool;

/* Predecessor's facts are shown with, or added to, the successor's (methods.md 1.5). Indices of schools. */
typedef struct EngineLineage {
    uint32_t predecessor, successor;
    int last_year; /* last school year of the predecessor on its own */
} EngineLineage;

typedef struct EngineInput {
    const EngineSchool *schools; /* sorted by code */
    size_t school_count;
    const ResultFact *facts; /* sorted by school, year, procedure, source */
    size_t fact_count;
    const EngineLineage *lineage;
    size_t lineage_count;
} EngineInput;

/* Appends the canonical bytes of the input: the run's passport hashes and stores them. */
struct Buf;
void engine_input_pack(const EngineInput *input, struct Buf *buf);

/* Reads them back, so that any past run can be repeated from its stored bytes. */
ErrCode engine_input_load(const void *bytes, size_t size, Arena *arena, EngineInput **ret_input,
                          Err *err) MUST_CHECK;

typedef enum ClassStatus {
    STATUS_UNSET = 0,
    STATUS_LISTED, /* ШНОР by the rule */
    STATUS_RISK,   /* risk zone */
    STATUS_NOT_LISTED,
    STATUS_NO_DATA,        /* no figures of any procedure of the profile */
    STATUS_BLOCKED,        /* absent_policy BLOCK and something is missing */
    STATUS_NOT_APPLICABLE, /* kind excluded by the profile */
} ClassStatus;

enum {
    HELD_A = 1,      /* branch A: k procedures low in one year */
    HELD_B = 2,      /* branch B: low in every year of the pair, by the profile's mode */
    HELD_B_ANY = 4,  /* shown whatever the mode: some procedure low in each year */
    HELD_B_SAME = 8, /* the same procedure low in each year */
    HELD_RISK_A = 16,
    HELD_RISK_B = 32,
    HELD_RANK = 64,
};
enum {
    FLAG_ONE_YEAR_ONLY = 1,  /* figures of one year of the pair: branch B impossible */
    FLAG_UNRELIABLE = 2,     /* a procedure the status rests on is unreliable */
    FLAG_PREDECESSOR = 4,    /* figures of a predecessor were added or are shown */
    FLAG_SOURCES_DIFFER = 8, /* two accepted sources give different figures */
    FLAG_INCOMPLETE = 16,    /* procedures of the profile without figures */
};

/* One procedure in one year as the rule saw it. */
typedef struct ProcedureOutcome {
    Procedure procedure;
    int year;
    int64_t participants, below;
    bool low, risk, reliable;
    uint32_t wilson_low_ppm, wilson_high_ppm; /* 95 %, rounded to the nearest ppm */
    FactSource source;
    int64_t submission;
    uint32_t revision;
    uint32_t origin_school;
} ProcedureOutcome;

typedef struct LowYearCount {
    int year;
    int low, risk, held; /* distinct count units */
} LowYearCount;

typedef struct SchoolOutcome {
    ClassStatus status;
    unsigned branches; /* HELD_* */
    unsigned flags;    /* FLAG_* */
    bool reliable;
    const TypologyBand *typology; /* NULL: not identified */
    const ProcedureOutcome *procedures;
    size_t procedure_count;
    const LowYearCount *years;
    size_t year_count;
} SchoolOutcome;

/* Classifies every school by the profile; outcomes[i] belongs to schools[i]. Same input and profile, same
 * output. FAILED_PRECONDITION / METHOD_LINT when the profile has errors. */
ErrCode engine_classify(const EngineInput *input, const Methodology *methodology, Arena *arena,
                        SchoolOutcome **ret_outcomes, Err *err) MUST_CHECK;

/* Appends the canonical bytes of the outcomes: hashed into the run; byte-equal on every repetition. */
void engine_outcome_pack(const EngineInput *input, const SchoolOutcome *outcomes, struct Buf *buf);

const char *engine_status_name(ClassStatus status);

#endif
