/* Owns the comparison of an official list with the list before it and with a run, and
 * ListService/CompareList. Invariant: computed and official status stand side by side; neither overwrites the
 * other. Must not classify. */
#include "server/service/list_compare.h"

#include <string.h>

#include "server/engine/official_list.h"
#include "server/service/class_message.h"
#include "server/service/class_read.h"
#include "server/service/convert.h"
#include "server/service/group_message.h"
#include "server/service/handlers.h"
#include "server/service/service.h"

enum { MEMBER_PAGE = 2000, CLASS_PAGE = 2000 };

/* Bytewise, as the rows are sorted. */
size_t list_school_index(const ListSchoolRow *rows, size_t count, const char *code)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(rows[middle].code, code);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

/* Page by page: a comparison needs them all at once. */
ErrCode list_load_members(Call *call, int64_t group_id, const char *day, int days_before,
                          MemberRow **ret_rows, size_t *ret_count, Err *err)
{
    MemberFilter filter = {
        .group_id = group_id, .on_date = day, .days_before = days_before, .limit = MEMBER_PAGE};
    MemberRow *all = NULL;
    size_t total = 0;

    for (;;) {
        MemberRow *page;
        size_t count;
        ErrCode code = member_store_list(call_db(call), &filter, call->arena, &page, &count, err);
        if (code != ERR_OK)
            return code;
        MemberRow *grown = ARENA_NEW(call->arena, MemberRow, total + count);
        if (grown == NULL)
            return err_memory(err);
        if (total > 0)
            memcpy(grown, all, total * sizeof *all);
        if (count > 0)
            memcpy(grown + total, page, count * sizeof *page);
        all = grown;
        total += count;
        if (count < filter.limit)
            break;
        filter.after_id = page[count - 1].id;
    }
    *ret_rows = all;
    *ret_count = total;
    return ERR_OK;
}

/* The classes of the run by the index of their school; NULL entries where it has none. */
static ErrCode load_classes(Call *call, const ListComparison *comparison, const ClassRow ***ret, Err *err)
{
    const ClassRow **by_school = ARENA_NEW(call->arena, const ClassRow *, comparison->count);
    ClassFilter filter = {.set = {.run_id = comparison->run_id}, .after_code = "", .limit = CLASS_PAGE};
    ClassRow *rows = NULL;
    size_t count = 0;
    ErrCode code = by_school == NULL ? err_memory(err) : ERR_OK;

    if (code == ERR_OK && comparison->run_id != 0)
        code = class_set_find(call, filter.set, err);
    if (code == ERR_OK && comparison->run_id != 0)
        code = class_load_all(call, &filter, &rows, &count, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        size_t at = list_school_index(comparison->schools, comparison->count, rows[i].school_code);
        if (at != SIZE_MAX)
            by_school[at] = &rows[i];
    }
    if (code == ERR_OK)
        *ret = by_school;
    return code;
}

/* What the run says of the school, by the same words as everywhere. */
static ErrCode fill_computed(Call *call, const ClassRow *row, Shans__V1__ListDifference *to, Err *err)
{
    Shans__V1__SchoolClass class = SHANS__V1__SCHOOL_CLASS__INIT;
    ErrCode code = class_message_fill(call, (ClassSet){.run_id = 1}, row, &class, err);

    if (code != ERR_OK)
        return code;
    to->status_computed = class.status_computed;
    to->branches = class.branches;
    to->n_branches = class.n_branches;
    to->reliability = class.reliability;
    return ERR_OK;
}

/* One line of the comparison; the document is the one that explains the movement. */
static ErrCode fill(Call *call, const ListSchoolRow *school, const ListSide *side, const ClassRow *class,
                    Shans__V1__ListDifference *to, Err *err)
{
    to->school_code = (char *)school->code;
    to->school_name = (char *)(*school->short_name != '\0' ? school->short_name : school->name);
    to->training = school->training;
    ErrCode code = document_message_new(call->arena, side->now ? &side->document_in : &side->document_out,
                                        &to->document, err);
    return code != ERR_OK || class == NULL ? code : fill_computed(call, class, to, err);
}

/* In the order of the schools, those left out that neither list names and no run finds low. */
ErrCode list_differences(Call *call, const ListComparison *comparison, ListDifferences *ret, Err *err)
{
    const ClassRow **classes = NULL;
    ErrCode code = load_classes(call, comparison, &classes, err);

    *ret = (ListDifferences){0};
    ret->items = MESSAGE_ARRAY(call->arena, comparison->count, Shans__V1__ListDifference,
                               shans__v1__list_difference__init);
    if (ret->items == NULL)
        return err_memory(err);
    for (size_t i = 0; i < comparison->count && code == ERR_OK; i++) {
        const ListSide *side = &comparison->sides[i];
        const ListSchoolRow *school = &comparison->schools[i];
        ClassStatus status = classes[i] == NULL ? STATUS_UNSET : (ClassStatus)classes[i]->status;
        ListMovement movement;
        ListAgreement agreement;
        if ((comparison->under_id != 0 && comparison->under_id != school->id &&
             comparison->under_id != school->district_id) ||
            !list_compare(side->before, side->now, status, &movement, &agreement) ||
            !call_sees(call, school->id, school->district_id))
            continue;
        Shans__V1__ListDifference *to = ret->items[ret->count++];
        to->movement = (Shans__V1__ListMovement)movement;
        to->agreement = (char *)list_agreement_name(agreement);
        ret->entered += movement == LIST_ENTERED;
        ret->stayed += movement == LIST_STAYED;
        ret->left += movement == LIST_LEFT;
        code = fill(call, school, side, classes[i], to, err);
    }
    return code;
}

/* Marks the members of one day on their schools. */
static void mark(const ListComparison *comparison, ListSide *sides, const MemberRow *rows, size_t count,
                 bool now)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = list_school_index(comparison->schools, comparison->count, rows[i].school_code);
        if (at == SIZE_MAX)
            continue;
        sides[at].document_in = rows[i].document_in;
        sides[at].document_out = rows[i].document_out;
        if (now)
            sides[at].now = true;
        else
            sides[at].before = true;
    }
}

/* A subtree that is the region is no restriction. */
static ErrCode find_under(Call *call, const char *under, int64_t *ret_id, Err *err)
{
    ErrCode code = under_find(call, under, ret_id, err);

    if (code == ERR_OK && *ret_id == call->principal->org_id)
        *ret_id = 0;
    return code;
}

/* The list of a day against the day before and against a run. */
ErrCode list_compare_list(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                          Err *err)
{
    const Shans__V1__CompareListRequest *request = (const Shans__V1__CompareListRequest *)message;
    Shans__V1__CompareListReply *reply = (Shans__V1__CompareListReply *)reply_message;
    ListComparison comparison = {.run_id = (int64_t)request->run_id};
    ListDifferences differences;
    ListSchoolRow *schools;
    MemberRow *now = NULL, *before = NULL;
    size_t now_count = 0, before_count = 0;
    GroupRow group;
    const char *day;
    ErrCode code = group_day(call, request->on_date, &day, err);

    if (code == ERR_OK)
        code = find_under(call, request->under, &comparison.under_id, err);
    if (code == ERR_OK)
        code = group_find(call, request->group, day, 0, &group, err);
    if (code == ERR_OK)
        code = list_store_schools(call_db(call), call->arena, &schools, &comparison.count, err);
    if (code == ERR_OK)
        code = list_load_members(call, group.id, day, 1, &before, &before_count, err);
    if (code == ERR_OK)
        code = list_load_members(call, group.id, day, 0, &now, &now_count, err);
    if (code != ERR_OK)
        return code;
    ListSide *sides = ARENA_NEW(call->arena, ListSide, comparison.count);
    if (sides == NULL)
        return err_memory(err);
    comparison.schools = schools;
    comparison.sides = sides;
    for (size_t i = 0; i < comparison.count; i++)
        sides[i].document_in.kind = sides[i].document_out.kind = "";
    mark(&comparison, sides, before, before_count, false);
    mark(&comparison, sides, now, now_count, true);
    code = list_differences(call, &comparison, &differences, err);
    if (code != ERR_OK)
        return code;
    reply->differences = differences.items;
    reply->n_differences = differences.count;
    reply->entered = differences.entered;
    reply->stayed = differences.stayed;
    reply->left = differences.left;
    return ERR_OK;
}
