/* Owns ListService's dictionary: importing meanings, listing them with their sizes, and the schools behind a
 * size. Invariant: a figure "schools in the group" always has its day and the list behind it. Must not take
 * over a list: official_list.c does. */
#include "common/core/text.h"
#include "server/service/convert.h"
#include "server/service/group_message.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_rows.h"
#include "shans/v1/system.pb-c.h"

/* Rows a page has when none is asked for, and at most; meanings one import may bring. */
enum { MEMBER_PAGE = 200, MEMBER_PAGE_MAX = 2000, GROUPS_MAX = 1000 };

typedef enum GroupChange { GROUP_UNCHANGED, GROUP_CHANGED, GROUP_CREATED } GroupChange;

/* The meaning of the same name that begins on the same day, or NULL: a later one is another meaning. */
static const GroupRow *find_same(const GroupRow *rows, size_t count, const Shans__V1__Group *group)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(rows[i].code, group->code) && text_equal(rows[i].meaning, group->meaning) &&
            text_equal(rows[i].valid_from, group->valid_from))
            return &rows[i];
    return NULL;
}

/* Everything that may change after the first day; the document stays the one that established the meaning. */
static bool says_same(const GroupRow *row, const GroupRow *wanted)
{
    return text_equal(row->title_ru, wanted->title_ru) && text_equal(row->title_en, wanted->title_en) &&
           text_equal(row->note_ru, wanted->note_ru) && text_equal(row->note_en, wanted->note_en) &&
           text_equal(row->valid_to, wanted->valid_to);
}

/* One meaning: new, other words, or as it was. */
static ErrCode import_group(Call *call, const Shans__V1__Group *group, const GroupRow *rows, size_t count,
                            GroupChange *ret_change, Err *err)
{
    const GroupRow *same = find_same(rows, count, group);
    DocumentRow document = document_row(group->document);
    int64_t document_id = 0;
    bool approves = false;
    GroupRow wanted = {
        .id = same == NULL ? 0 : same->id,
        .code = group->code,
        .meaning = group->meaning,
        .title_ru = group->title_ru,
        .title_en = group->title_en,
        .note_ru = group->note_ru,
        .note_en = group->note_en,
        .valid_from = group->valid_from,
        .valid_to = group->valid_to,
    };

    *ret_change = same == NULL ? GROUP_CREATED : says_same(same, &wanted) ? GROUP_UNCHANGED : GROUP_CHANGED;
    if (*ret_change == GROUP_UNCHANGED)
        return ERR_OK;
    if (same != NULL) {
        ErrCode code = group_store_lock(call_db(call), same->id, err);
        return code != ERR_OK ? code : group_store_update(call_db(call), &wanted, err);
    }
    ErrCode code = document_store_put(call_db(call), &document, &document_id, &approves, err);
    return code != ERR_OK ? code : group_store_insert(call_db(call), &wanted, document_id, err);
}

/* Dates first: a malformed one would be refused by the database without its place. */
static ErrCode check_dates(const Shans__V1__Group *group, Err *err)
{
    ErrCode code = iso_date_check(group->valid_from, err);

    if (code == ERR_OK && *group->valid_to != '\0')
        code = iso_date_check(group->valid_to, err);
    return code;
}

/* All or nothing. */
ErrCode group_import_groups(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                            Err *err)
{
    const Shans__V1__ImportGroupsRequest *request = (const Shans__V1__ImportGroupsRequest *)message;
    Shans__V1__ImportGroupsReply *reply = (Shans__V1__ImportGroupsReply *)reply_message;
    const char *today;
    GroupRow *rows;
    size_t count;
    ErrCode code = group_day(call, "", &today, err);

    if (code == ERR_OK && request->n_groups > GROUPS_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_TOO_LARGE");
        err_arg(err, "what", "groups");
        err_arg(err, "count", "%zu", request->n_groups);
        return err_arg(err, "limit", "%d", GROUPS_MAX);
    }
    if (code == ERR_OK)
        code = group_store_list(call_db(call), today, true, call->arena, &rows, &count, err);
    for (size_t i = 0; i < request->n_groups && code == ERR_OK; i++) {
        const Shans__V1__Group *group = request->groups[i];
        GroupChange change = GROUP_UNCHANGED;
        code = check_dates(group, err);
        if (code == ERR_OK)
            code = import_group(call, group, rows, count, &change, err);
        if (code != ERR_OK)
            return err_arg(err, "group", "%s:%s", group->code, group->meaning);
        reply->created += change == GROUP_CREATED;
        reply->changed += change == GROUP_CHANGED;
        reply->unchanged += change == GROUP_UNCHANGED;
    }
    call_session(call)->object = "groups";
    call_session(call)->dry_run = request->dry_run;
    return code;
}

/* The dictionary of a day, or all of it. A name with several meanings lists them all. */
ErrCode group_list_groups(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                          Err *err)
{
    const Shans__V1__ListGroupsRequest *request = (const Shans__V1__ListGroupsRequest *)message;
    Shans__V1__ListGroupsReply *reply = (Shans__V1__ListGroupsReply *)reply_message;
    const char *day;
    GroupRow *rows;
    size_t count;
    ErrCode code = group_day(call, request->on_date, &day, err);

    if (code == ERR_OK)
        code = group_store_list(call_db(call), day, request->all, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->groups = MESSAGE_ARRAY(call->arena, count, Shans__V1__Group, shans__v1__group__init);
    if (reply->groups == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        GroupMeaning meaning = group_meaning(&rows[i]);
        if (group_ref_named(&meaning, request->group))
            code = group_message_fill(call->arena, &rows[i], reply->groups[reply->n_groups++], err);
    }
    return code;
}

/* A membership with both of its documents; the second is absent while the school belongs. */
static ErrCode fill_member(Arena *arena, const MemberRow *row, Shans__V1__Member *to, Err *err)
{
    to->school_code = (char *)row->school_code;
    to->school_name = (char *)row->school_name;
    to->group = (char *)row->group;
    to->title_ru = (char *)row->title_ru;
    to->title_en = (char *)row->title_en;
    to->valid_from = (char *)row->valid_from;
    to->valid_to = (char *)row->valid_to;
    to->closed = row->closed;
    to->training = row->training;
    ErrCode code = document_message_new(arena, &row->document_in, &to->document_in, err);
    return code != ERR_OK ? code : document_message_new(arena, &row->document_out, &to->document_out, err);
}

/* Below the ministry only what an order approved is a status. */
static bool shows(Call *call, const MemberRow *row)
{
    bool ministry =
        role_is_region(call->principal->role) || call->principal->role == SHANS__V1__ROLE__ROLE_AUDITOR;

    return call_sees(call, row->school_id, row->district_id) && (row->approved || ministry);
}

/* Who belongs to a group on a day, or to which groups the schools belong. */
ErrCode group_list_members(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                           Err *err)
{
    const Shans__V1__ListMembersRequest *request = (const Shans__V1__ListMembersRequest *)message;
    Shans__V1__ListMembersReply *reply = (Shans__V1__ListMembersReply *)reply_message;
    MemberFilter filter = {.limit = page_limit(request->page_size, MEMBER_PAGE, MEMBER_PAGE_MAX)};
    GroupRow group = {0};
    MemberRow *rows;
    size_t count;
    ErrCode code = group_day(call, request->on_date, &filter.on_date, err);

    if (code == ERR_OK)
        code = page_id_parse(request->page_token, &filter.after_id, err);
    if (code == ERR_OK)
        code = under_find(call, request->under, &filter.under_id, err);
    if (code == ERR_OK && *request->group != '\0')
        code = group_find(call, request->group, filter.on_date, 0, &group, err);
    filter.group_id = group.id;
    if (code == ERR_OK)
        code = member_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->schools = group.schools;
    reply->members = MESSAGE_ARRAY(call->arena, count, Shans__V1__Member, shans__v1__member__init);
    if (reply->members == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        if (shows(call, &rows[i]))
            code = fill_member(call->arena, &rows[i], reply->members[reply->n_members++], err);
    if (code != ERR_OK || count < filter.limit)
        return code;
    return page_id_dump(call, rows[count - 1].id, &reply->next_page_token, err);
}
