/* The classification engine: a profile applied to facts (methods.md 1.3-1.5, 3.2). Pure: same input and
 * profile, same outcomes, byte for byte. */
#ifndef SERVER_ENGINE_ENGINE_H
#define SERVER_ENGINE_ENGINE_H

#include "common/catalog/methodology.h"
#include "server/engine/input.h"

typedef enum ClassStatus {
    STATUS_UNSET = 0,
    STATUS_LISTED, /* ШНОР by the rule */
    STATUS_RISK,   /* risk zone */
    STATUS_NOT_LISTED,
    STATUS_NO_DATA,        /* no figures of any procedure of the profile (ABSENT_NOT_LOW: and none missing) */
    STATUS_BLOCKED,        /* absent_policy BLOCK and something is missing */
    STATUS_NOT_APPLICABLE, /* kind excluded by the profile */
    STATUS_IMPORT_ERRORS,  /* errors of imports about the school that nobody decided on yet */
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
    FLAG_DISPUTED =
        32, /* the school disputes a figure looked at; set by the run's job, never by the engine */
};

/* One submitted figure behind an outcome: several when a predecessor's were added (LINEAGE_SUM). */
typedef struct OutcomePart {
    uint32_t origin_school;
    FactSource source;
    int64_t submission;
    uint32_t revision;
    int64_t participants, below;
} OutcomePart;

/* One procedure in one year as the rule saw it; the provenance fields repeat parts[0]. */
typedef struct ProcedureOutcome {
    Procedure procedure;
    int year;
    int64_t participants, below;
    bool counted; /* false: fewer than min_participants, or a predecessor's row that is only shown */
    bool low, risk, reliable;                 /* low and risk only when counted */
    uint32_t wilson_low_ppm, wilson_high_ppm; /* 95 %, rounded to the nearest ppm */
    FactSource source;
    int64_t submission;
    uint32_t revision;
    uint32_t origin_school;   /* the first predecessor among the parts, else the school */
    const OutcomePart *parts; /* >= 1; the school's own first */
    size_t part_count;
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
    const TypologyBand *typology;       /* NULL: not identified */
    const ProcedureOutcome *procedures; /* with participants > 0, by year, procedure, own first */
    size_t procedure_count;
    const LowYearCount *years; /* one per year of the profile */
    size_t year_count;
    int expected, absent, not_held; /* slots (procedure of the profile x year since the school opened) */
    uint32_t rank, ranked;          /* LOW_BOTTOM_RANK: 1 + schools strictly worse, of how many; 0 unranked */
    int64_t rank_participants, rank_below; /* pooled over the counted procedures */
} SchoolOutcome;

/* Classifies every school by the profile; outcomes[i] belongs to schools[i]. FAILED_PRECONDITION /
 * METHOD_LINT (code, and the finding's arguments) when the profile has structural errors (lint.h);
 * INVALID_ARGUMENT / ENGINE_INPUT_INVALID when the input is not as input.h says. */
ErrCode engine_classify(const EngineInput *input, const Methodology *methodology, Arena *arena,
                        SchoolOutcome **ret_outcomes, Err *err) MUST_CHECK;

/* Appends the canonical bytes of the outcomes ("SHO1"): hashed into the run; equal on every repetition. */
void engine_outcome_pack(const EngineInput *input, const SchoolOutcome *outcomes, Buf *buf);

/* "LISTED", "RISK", "NOT_LISTED", "NO_DATA", "BLOCKED", "NOT_APPLICABLE", "IMPORT_ERRORS"; "" for
 * anything else. */
const char *engine_status_name(ClassStatus status);

#endif
