/* Organisations valid in time: identity (org), versions, links of succession. Times of day play no part:
 * dates are ISO texts ("2023-09-01"), "" where there is none. What a caller sees is decided by the
 * transaction's role and scope; an organisation outside it is NOT_FOUND / ORG_UNKNOWN ("code"). */
#ifndef SERVER_STORE_STORE_ORG_H
#define SERVER_STORE_STORE_ORG_H

#include "common/core/arena.h"
#include "server/store/db.h"

/* Numbers of shans.v1.OrgKind. */
typedef enum OrgKind {
    ORG_UNSET = 0,
    ORG_REGION = 1,
    ORG_DISTRICT = 2,
    ORG_SCHOOL = 3,
    ORG_CENTRE = 4
} OrgKind;

/* One organisation as one of its versions describes it. */
typedef struct OrgRow {
    int64_t id, parent_id, district_id; /* as of today; 0: none. Ignored by org_store_upsert */
    const char *code;
    OrgKind kind;
    const char *parent_code; /* of the version: where it stood then */
    const char *number, *name, *short_name, *school_kind;
    int settlement; /* 0 unknown, 1 urban, 2 rural */
    const char *levels;
    const char *valid_from, *valid_to; /* [from, to); "" open */
    bool training;
    const char *opened_on, *closed_on;
} OrgRow;

typedef struct OrgFilter {
    int64_t under_id;       /* subtree of the versions of on_date, itself included; 0: by under_code */
    const char *under_code; /* NULL or "": all that the scope shows */
    OrgKind kind;           /* ORG_UNSET: every kind */
    const char *on_date;    /* organisations without a version on that day are left out */
    const char *after_code; /* NULL or "": from the start */
    uint32_t limit;         /* at least 1 */
} OrgFilter;

/* Sorted by code (bytewise). INVALID_ARGUMENT / DATE_MALFORMED; NOT_FOUND / ORG_UNKNOWN for `under`. */
ErrCode org_store_list(Db *db, const OrgFilter *filter, Arena *arena, OrgRow **ret_rows, size_t *ret_count,
                       Err *err) MUST_CHECK;

/* Every version, oldest first; at least one. */
ErrCode org_store_get_versions(Db *db, const char *code, Arena *arena, OrgRow **ret_rows, size_t *ret_count,
                               Err *err) MUST_CHECK;

/* The organisation with its newest version. */
ErrCode org_store_find(Db *db, const char *code, Arena *arena, OrgRow *ret, Err *err) MUST_CHECK;

typedef struct OrgLinkRow {
    const char *predecessor, *successor; /* codes; "" where the scope hides one side */
    const char *on_date;
    const char *kind; /* "absorbed", "merged", "split", "renamed" */
    const char *document;
} OrgLinkRow;

/* Links in which it stands on either side, oldest first; none for an unknown code. */
ErrCode org_store_get_links(Db *db, const char *code, Arena *arena, OrgLinkRow **ret_rows, size_t *ret_count,
                            Err *err) MUST_CHECK;

typedef enum OrgChange { ORG_UNCHANGED = 0, ORG_CHANGED = 1, ORG_CREATED = 2 } OrgChange;

/* Creates the organisation with its first version, or brings its history in line with `row` (region role):
 *   a version that begins later than the newest one closes it there and follows it;
 *   one that begins on the same day as an existing version corrects that version;
 *   one that the version of its first day already says word for word is unchanged;
 *   any other is added as given, and refused when it overlaps (constraint org_version_no_overlap).
 * The newest version's parent is the parent of today: a move to another district takes the rows of the school
 * with it. closed_on "" leaves the closing day as it is, unless the version begins on or after it (reopened);
 * a closing day ends the newest version. opened_on "" leaves the opening day as it is.
 * INVALID_ARGUMENT / DATE_MALFORMED, DATES_REVERSED, ORG_CODE_FORM, ORG_PARENT_KIND (a school or centre
 * without district or region above it); NOT_FOUND / ORG_PARENT_UNKNOWN; FAILED_PRECONDITION / ORG_KIND_FIXED.
 */
ErrCode org_store_upsert(Db *db, const OrgRow *row, OrgChange *ret_change, Err *err) MUST_CHECK;

/* Stores or amends a link (codes). INVALID_ARGUMENT / DATE_MALFORMED, ORG_LINK_KIND; NOT_FOUND / ORG_UNKNOWN;
 * FAILED_PRECONDITION from org_link_no_cycle and org_link_not_itself. Does not close the predecessor. */
ErrCode org_store_link(Db *db, const OrgLinkRow *link, OrgChange *ret_change, Err *err) MUST_CHECK;

/* Ids of the organisations whose history it took over, transitively: absorbed, merged and renamed ones. A
 * split hands nothing over: its parts are visible to the district only. Ascending; without itself. */
ErrCode org_store_predecessors(Db *db, int64_t org_id, Arena *arena, int64_t **ret_ids, size_t *ret_count,
                               Err *err) MUST_CHECK;

#endif
