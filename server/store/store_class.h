/* Classes of schools with the figures they rest on: of a run, or, copied, of a published edition. */
#ifndef SERVER_STORE_STORE_CLASS_H
#define SERVER_STORE_STORE_CLASS_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef struct ClassRow {
    int64_t school_id, district_id;
    int status; /* numbers of ClassStatus, branches HELD_*, flags FLAG_* of the engine */
    unsigned branches, flags;
    bool reliable;
    const char *typology; /* "" not identified */
    int wellbeing_group, quality_group;
    const char *official_group;
    bool official_listed;
    const char *rules; /* the rule's steps as text (server/jobs/classify.c writes, Explain reads); stored,
                          copied into editions and hashed with the rest */
    /* Official groups, one a line: "shans:risk", titles (ru, en), first day, day after the last, approved (0,
     * 1), kind, number, date and issuer of the document, separated by tabs. */
    const char *groups;
    /* What the identification stands in: kind, number, date, issuer, methodology, separated by tabs; "" not
     * known. */
    const char *identification_document;
    /* Read only: of the newest version of the school; "" where the scope hides it. */
    const char *school_code, *school_name, *school_number;
    bool training;
} ClassRow;

typedef struct ReasonRow {
    int64_t school_id, district_id;
    const char *procedure;
    int year;
    int64_t participants, below; /* of this origin; the marks and the interval: of the sum over all origins */
    bool low, risk, reliable;
    bool disputed; /* the school objected to a figure of it and nothing had been corrected when the run looked
                    */
    uint32_t wilson_low_ppm, wilson_high_ppm;
    int source;
    int64_t submission_id;
    uint32_t revision;
    int64_t origin_school_id; /* the predecessor the figures came from, else the school: a row each */
    /* Read only: the submission at that revision; "" and 0 where the scope hides it. */
    const char *origin_school_code, *form_code;
    int64_t submitted_ms, accepted_ms;
    const char *submitted_by, *accepted_by; /* logins */
} ReasonRow;

/* Exactly one of the two. */
typedef struct ClassSet {
    int64_t run_id;
    uint32_t edition_number;
} ClassSet;

/* Written in large statements: 1,500 schools with 30 procedures each take well under a second. */
ErrCode class_store_put(Db *db, int64_t run_id, const ClassRow *rows, size_t count, Err *err) MUST_CHECK;
ErrCode class_store_put_reasons(Db *db, int64_t run_id, const ReasonRow *rows, size_t count,
                                Err *err) MUST_CHECK;

typedef struct ClassFilter {
    ClassSet set;
    int64_t under_id;       /* school or district; 0 or the region: all that the scope shows */
    const char *after_code; /* by school code, bytewise */
    uint32_t limit;         /* at least 1 */
} ClassFilter;
ErrCode class_store_list(Db *db, const ClassFilter *filter, Arena *arena, ClassRow **ret_rows,
                         size_t *ret_count, Err *err) MUST_CHECK;

/* NOT_FOUND / CLASS_UNKNOWN ("school"): not classified there, or outside the scope. */
ErrCode class_store_get(Db *db, ClassSet set, int64_t school_id, Arena *arena, ClassRow *ret,
                        Err *err) MUST_CHECK;

/* By year, procedure, origin. */
ErrCode class_store_list_reasons(Db *db, ClassSet set, int64_t school_id, Arena *arena, ReasonRow **ret_rows,
                                 size_t *ret_count, Err *err) MUST_CHECK;

#endif
