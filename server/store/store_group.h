/* Documents, the dated dictionary of groups, memberships. What a caller sees is decided by the transaction's
 * role and scope: below the ministry only approved memberships. Dates are ISO texts, "" where there is none.
 */
#ifndef SERVER_STORE_STORE_GROUP_H
#define SERVER_STORE_STORE_GROUP_H

#include "common/core/arena.h"
#include "server/store/db.h"

typedef struct DocumentRow {
    const char *kind; /* "order", …; "" : hidden by the scope */
    const char *number, *on_date, *issuer;
} DocumentRow;

/* The id of the document, stored when it is new (region role). INVALID_ARGUMENT / DOCUMENT_KIND,
 * DOCUMENT_ISSUER, DATE_MALFORMED. *ret_approves: it is an order or the like. */
ErrCode document_store_put(Db *db, const DocumentRow *document, int64_t *ret_id, bool *ret_approves,
                           Err *err) MUST_CHECK;

/* The revision of a submission that stands in a document, and the methodology the document names. */
typedef struct DocumentBinding {
    int64_t document_id, submission_id, school_id, district_id;
    uint32_t revision;
    const char *profile;
} DocumentBinding;
/* The first document named for a revision is kept. */
ErrCode document_store_bind(Db *db, const DocumentBinding *binding, Err *err) MUST_CHECK;

/* One dated meaning of a name. */
typedef struct GroupRow {
    int64_t id;
    const char *code, *meaning;
    const char *title_ru, *title_en, *note_ru, *note_en;
    const char *valid_from, *valid_to; /* [from, to) */
    DocumentRow document;
    uint32_t schools; /* open ones in it on the day of the list */
} GroupRow;

/* By code, meaning, first day. on_date: must be a day; all: also meanings not valid on it. */
ErrCode group_store_list(Db *db, const char *on_date, bool all, Arena *arena, GroupRow **ret_rows,
                         size_t *ret_count, Err *err) MUST_CHECK;
ErrCode group_store_insert(Db *db, const GroupRow *row, int64_t document_id, Err *err) MUST_CHECK;
/* Titles, notes and the day it ends; what a meaning covers never changes: it ends and another begins.
 * FAILED_PRECONDITION / GROUP_HAS_MEMBERS (group) when schools belong to it beyond that day. */
ErrCode group_store_update(Db *db, const GroupRow *row, Err *err) MUST_CHECK;
/* Until the end of the transaction nobody else imports a list of this group. */
ErrCode group_store_lock(Db *db, int64_t group_id, Err *err) MUST_CHECK;

typedef struct MemberRow {
    int64_t id, school_id, district_id;
    const char *school_code, *school_name;
    const char *group, *title_ru, *title_en; /* "shans:risk" and its name */
    const char *valid_from, *valid_to;
    DocumentRow document_in, document_out;
    bool closed; /* the school had ended by the day */
    bool training, approved;
} MemberRow;

typedef struct MemberFilter {
    int64_t group_id; /* 0: every group */
    const char *on_date;
    int days_before;  /* 1: the day before on_date */
    int64_t under_id; /* school or district; 0 or the region: all that the scope shows */
    int64_t after_id;
    uint32_t limit;
} MemberFilter;
ErrCode member_store_list(Db *db, const MemberFilter *filter, Arena *arena, MemberRow **ret_rows,
                          size_t *ret_count, Err *err) MUST_CHECK;

/* What an import does to a group, in one statement each. */
typedef struct MemberWrite {
    int64_t group_id;
    const char *valid_from, *valid_to;
    int64_t document_id;
    bool approved;
    int64_t principal_id, now_ms;
} MemberWrite;
ErrCode member_store_add(Db *db, const MemberWrite *write, const int64_t *school_ids,
                         const int64_t *district_ids, size_t count, Err *err) MUST_CHECK;
/* Ends memberships on write->valid_from by its document. */
ErrCode member_store_end(Db *db, const MemberWrite *write, const int64_t *member_ids, size_t count,
                         Err *err) MUST_CHECK;

/* Every school that ever was, by code. */
typedef struct ListSchoolRow {
    int64_t id, district_id;
    const char *code, *name, *short_name, *opened_on, *closed_on, *successor;
    bool training;
} ListSchoolRow;
ErrCode list_store_schools(Db *db, Arena *arena, ListSchoolRow **ret_rows, size_t *ret_count,
                           Err *err) MUST_CHECK;

#endif
