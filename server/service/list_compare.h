/* Ours against theirs: an official list, the list before it, and what a run computed, school by school. */
#ifndef SERVER_SERVICE_LIST_COMPARE_H
#define SERVER_SERVICE_LIST_COMPARE_H

#include "server/rpc/call.h"
#include "server/store/store_group.h"
#include "shans/v1/lists.pb-c.h"

/* One school on both sides; documents may be without a kind. */
typedef struct ListSide {
    bool before, now;
    DocumentRow document_in, document_out;
} ListSide;

typedef struct ListComparison {
    const ListSchoolRow *schools; /* by code */
    const ListSide *sides;        /* per school */
    size_t count;
    int64_t run_id;   /* 0: no run */
    int64_t under_id; /* 0: the region */
} ListComparison;

typedef struct ListDifferences {
    Shans__V1__ListDifference **items; /* by school code */
    size_t count;
    uint32_t entered, stayed, left;
} ListDifferences;

/* Index of a school's id, or SIZE_MAX; rows as list_store_schools gives them. */
size_t list_school_index(const ListSchoolRow *rows, size_t count, const char *code);

/* Every member of the group on the day, or days_before it; all pages. */
ErrCode list_load_members(Call *call, int64_t group_id, const char *day, int days_before,
                          MemberRow **ret_rows, size_t *ret_count, Err *err) MUST_CHECK;

/* NOT_FOUND / RUN_UNKNOWN, FAILED_PRECONDITION / RUN_WITHOUT_CLASSES. */
ErrCode list_differences(Call *call, const ListComparison *comparison, ListDifferences *ret,
                         Err *err) MUST_CHECK;

#endif
