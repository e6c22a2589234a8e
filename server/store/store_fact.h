/* Facts: what calculations read, projected from the cells of accepted submissions and keyed to them. */
#ifndef SERVER_STORE_STORE_FACT_H
#define SERVER_STORE_STORE_FACT_H

#include "common/form/form.h"
#include "server/engine/engine.h"
#include "server/store/db.h"

/* The submission whose figures become facts. */
typedef struct FactOrigin {
    int64_t submission_id, school_id, district_id;
    uint32_t revision;
    const char *period; /* its first four digits are the year */
    int source;
} FactOrigin;

/* True for the forms that have facts: "assessment_results" and "identification". */
bool fact_form_known(const FormDef *form);

/* Replaces the facts of the submission by those of `cells`. Of assessment_results each row whose code is a
 * procedure gives one fact: participants and below_min both numbers, or participants "not applicable" (not
 * held); other rows give none. Of identification the fields wellbeing_group, quality_group, quality_cluster
 * are taken as numbers, declared_typology and support_group as the code of the choice, listed as a number not
 * 0. Any other form has no facts: OK. */
ErrCode fact_store_project(Db *db, const FormDef *form, const FactOrigin *origin, const FormCell *cells,
                           size_t count, Arena *arena, Err *err) MUST_CHECK;

/* The same inside a pipeline: statements are only queued; *ret_sent of them (at most 2). */
ErrCode fact_store_send(Db *db, const FormDef *form, const FactOrigin *origin, const FormCell *cells,
                        size_t count, Arena *arena, size_t *ret_sent, Err *err) MUST_CHECK;

/* Takes the facts of a submission away (withdrawn, returned). */
ErrCode fact_store_remove(Db *db, int64_t submission_id, Err *err) MUST_CHECK;

typedef struct FactRange {
    int64_t under_id;        /* a school, district or region; 0: the region */
    int year_from, year_to;  /* school years by the year in which they end, both inclusive */
    int identification_year; /* 0: none */
} FactRange;

/* Arrays beside EngineInput.schools, same index. */
typedef struct FactSchool {
    int64_t org_id, district_id;
    const char *official_group; /* support group of the approved list; "" none */
    bool official_listed;
    const char *groups; /* memberships of the school year after, as lines of text (ClassRow) */
    const char *identification_document; /* as in ClassRow */
    bool training;
    int closed_year; /* 0: open; else the last school year it ended on its own */
} FactSchool;

typedef struct FactInput {
    EngineInput engine;
    const FactSchool *schools;
} FactInput;

/* Everything a run reads, sorted as engine.h demands. Run it in a snapshot (DB_MODE_SNAPSHOT, system role).
 * Schools: those of the subtree as it stands today that were open in some year of the range, and the
 * predecessors of these, however long ago they closed, with a lineage row for each link between two of them.
 * Kind and code are those of the newest version that began before June of year_to. A school year is taken to
 * change on the first of June: a school opened on 2020-09-01 has its first figures in 2021, one absorbed on
 * 2020-09-01 its last in 2020. Facts of a predecessor stay its own: the engine applies the lineage policy.
 * NOT_FOUND / ORG_UNKNOWN ("id") for under_id; INVALID_ARGUMENT / YEARS_REVERSED. */
ErrCode fact_store_load_input(Db *db, const FactRange *range, Arena *arena, FactInput *ret,
                              Err *err) MUST_CHECK;

#endif
