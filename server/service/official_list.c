/* Owns ListService/ImportList: an official list is checked whole, taken over whole or not at all, and shown
 * at once against the list before it and against a run. Invariant: an error leaves nothing behind but its
 * issues. Must not repair a list: what does not fit is an issue with a proposal. */
#include "server/engine/official_list.h"

#include <string.h>

#include "common/core/text.h"
#include "server/service/convert.h"
#include "server/service/group_message.h"
#include "server/service/handlers.h"
#include "server/service/issue_message.h"
#include "server/service/list_compare.h"
#include "server/service/service.h"
#include "server/store/store_rows.h"

/* A list beyond these is the wrong file. */
enum { LIST_ROWS_MAX = 5000, LIST_ISSUES_MAX = LIST_ROWS_MAX * 4 + 16 };

/* One import on its way. */
typedef struct Taking {
    Call *call;
    const Shans__V1__ImportListRequest *request;
    GroupRow group;
    ListSchoolRow *schools;
    size_t school_count;
    MemberRow *members; /* of the group on the day the list begins, before it */
    size_t member_count;
    ListSide *sides;      /* per school */
    const char *document; /* as one line, what issues are kept under */
    MemberWrite write;
    IssueRow *issues;
    size_t issue_count, error_count;
} Taking;

/* More findings than this mean a wrong file. */
static ErrCode issue_room(Taking *taking, Err *err)
{
    if (taking->issue_count < LIST_ISSUES_MAX)
        return ERR_OK;
    err_set(err, ERR_INVALID_ARGUMENT, "IMPORT_TOO_LARGE");
    err_arg(err, "what", "issues");
    err_arg(err, "count", "%zu", taking->issue_count + 1);
    return err_arg(err, "limit", "%d", LIST_ISSUES_MAX);
}

/* Kept for the reply and stored. An issue of a list is the ministry's: it belongs to no school, so that
 * nobody below learns of a list that is not approved. */
static ErrCode add_issue(Taking *taking, const IssueRow *issue, Err *err)
{
    Call *call = taking->call;
    IssueRow row = *issue;
    bool added;
    ErrCode code = issue_room(taking, err);

    if (code != ERR_OK)
        return code;
    row.status = "open";
    row.document = taking->document;
    code = issue_store_add(call_db(call), &row, call->principal->id, call_now_ms(call), &added, err);
    if (code != ERR_OK)
        return code;
    taking->issues[taking->issue_count++] = row;
    taking->error_count += issue->severity == LIST_ERROR;
    return ERR_OK;
}

/* The engine's issue with the school among its arguments. */
static ErrCode add_list_issue(Taking *taking, const ListIssue *issue, Err *err)
{
    Arena *arena = taking->call->arena;
    const char **keys = ARENA_NEW(arena, const char *, LIST_ARGS_MAX + 1);
    const char **values = ARENA_NEW(arena, const char *, LIST_ARGS_MAX + 1);
    const char *place = issue->row == 0 ? "" : arena_printf(arena, "row %u", (unsigned)issue->row);
    size_t count = 0;

    if (keys == NULL || values == NULL || place == NULL)
        return err_memory(err);
    for (; count < issue->arg_count; count++) {
        keys[count] = issue->args[count].key;
        values[count] = issue->args[count].value;
    }
    keys[count] = "school";
    values[count++] = issue->school;
    IssueRow row = {
        .rule = issue->rule,
        .severity = (int)issue->severity,
        .school_code = issue->school,
        .place = place,
        .raw_value = *issue->raw != '\0' ? issue->raw : issue->school,
        .proposal = issue->proposal,
        .arg_keys = keys,
        .arg_values = values,
        .arg_count = count,
    };
    return add_issue(taking, &row, err);
}

/* A name that stands for no meaning, or for several, is a finding of the list like any other (T-77). */
static ErrCode add_group_issue(Taking *taking, const char *name, const Err *why, Err *err)
{
    Arena *arena = taking->call->arena;
    const char **keys = ARENA_NEW(arena, const char *, ERR_ARGS_MAX),
               **values = ARENA_NEW(arena, const char *, ERR_ARGS_MAX);

    if (keys == NULL || values == NULL)
        return err_memory(err);
    for (size_t i = 0; i < why->arg_count; i++) {
        keys[i] = arena_text(arena, why->args[i].key);
        values[i] = arena_text(arena, why->args[i].value);
        if (keys[i] == NULL || values[i] == NULL)
            return err_memory(err);
    }
    IssueRow row = {
        .rule = arena_text(arena, why->reason),
        .severity = LIST_ERROR,
        .school_code = "",
        .place = "",
        .raw_value = name,
        .proposal = arena_text(arena, err_arg_get(why, "proposal")),
        .arg_keys = keys,
        .arg_values = values,
        .arg_count = why->arg_count,
    };
    if (row.rule == NULL || row.proposal == NULL)
        return err_memory(err);
    return add_issue(taking, &row, err);
}

/* Binds a name to a meaning; *ret_found false when that became an issue. */
static ErrCode bind(Taking *taking, const char *name, uint32_t size, GroupRow *ret_group, bool *ret_found,
                    Err *err)
{
    Err why = {.code = ERR_OK};
    ErrCode code = group_find(taking->call, name, taking->request->valid_from, size, ret_group, &why);

    *ret_found = code == ERR_OK;
    if (code == ERR_OK)
        return code;
    if (text_equal(why.reason, "GROUP_UNKNOWN") || text_equal(why.reason, "GROUP_AMBIGUOUS"))
        return add_group_issue(taking, name, &why, err);
    *err = why;
    return code;
}

/* Dates, size and document: faults of the request as a whole. */
static ErrCode check_request(Taking *taking, Err *err)
{
    const Shans__V1__ImportListRequest *request = taking->request;
    Call *call = taking->call;
    DocumentRow document = document_row(request->document);
    ErrCode code = iso_date_check(request->valid_from, err);

    if (code == ERR_OK && *request->valid_to != '\0')
        code = iso_date_check(request->valid_to, err);
    if (code != ERR_OK)
        return code;
    if (request->n_rows == 0 || request->n_rows > LIST_ROWS_MAX) {
        err_set(err, ERR_INVALID_ARGUMENT, request->n_rows == 0 ? "LIST_EMPTY" : "IMPORT_TOO_LARGE");
        err_arg(err, "what", "rows");
        err_arg(err, "count", "%zu", request->n_rows);
        return err_arg(err, "limit", "%d", LIST_ROWS_MAX);
    }
    taking->write = (MemberWrite){.valid_from = request->valid_from,
                                  .valid_to = request->valid_to,
                                  .principal_id = call->principal->id,
                                  .now_ms = call_now_ms(call)};
    code = document_store_put(call_db(call), &document, &taking->write.document_id, &taking->write.approved,
                              err);
    taking->document = arena_printf(call->arena, "%s %s %s %s", document.kind, document.number,
                                    document.on_date, document.issuer);
    taking->issues = ARENA_NEW(call->arena, IssueRow, LIST_ISSUES_MAX);
    if (code == ERR_OK && (taking->document == NULL || taking->issues == NULL))
        code = err_memory(err);
    return code;
}

/* Which schools belong to the group every one of the list must be of. */
static ErrCode mark_within(Taking *taking, ListSchool *schools, bool *ret_known, Err *err)
{
    GroupRow within;
    MemberRow *members = NULL;
    size_t count = 0;

    *ret_known = false;
    if (*taking->request->within == '\0')
        return ERR_OK;
    ErrCode code = bind(taking, taking->request->within, 0, &within, ret_known, err);
    if (code == ERR_OK && *ret_known)
        code =
            list_load_members(taking->call, within.id, taking->request->valid_from, 0, &members, &count, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        size_t at = list_school_index(taking->schools, taking->school_count, members[i].school_code);
        if (at != SIZE_MAX)
            schools[at].within = true;
    }
    return code;
}

/* The list as the engine's own types, checked; found[i] is the school of entry i. */
static ErrCode check_rows(Taking *taking, const uint32_t **ret_found, Err *err)
{
    const Shans__V1__ImportListRequest *request = taking->request;
    Arena *arena = taking->call->arena;
    ListSchool *schools = ARENA_NEW(arena, ListSchool, taking->school_count);
    ListEntry *entries = ARENA_NEW(arena, ListEntry, request->n_rows);
    ListReport report;
    bool within = false;

    if (schools == NULL || entries == NULL)
        return err_memory(err);
    for (size_t i = 0; i < taking->school_count; i++) {
        const ListSchoolRow *row = &taking->schools[i];
        schools[i] = (ListSchool){row->code,      row->name, row->short_name, row->opened_on, row->closed_on,
                                  row->successor, false};
    }
    for (size_t i = 0; i < request->n_rows; i++) {
        const Shans__V1__ListRow *row = request->rows[i];
        entries[i] = (ListEntry){row->row, row->school_code, row->name, row->run_together};
    }
    ErrCode code = mark_within(taking, schools, &within, err);
    OfficialList list = {
        .entries = entries,
        .entry_count = request->n_rows,
        .schools = schools,
        .school_count = taking->school_count,
        .valid_from = request->valid_from,
        .valid_to = request->valid_to,
        .group_from = taking->group.valid_from,
        .group_to = taking->group.valid_to,
        .within = within ? request->within : "",
    };
    if (code == ERR_OK)
        code = list_check(&list, arena, &report, err);
    for (size_t i = 0; code == ERR_OK && i < report.issue_count; i++)
        code = add_list_issue(taking, &report.issues[i], err);
    if (code == ERR_OK)
        *ret_found = report.found;
    return code;
}

/* Both sides of every school: who is in now, who will be. */
static ErrCode plan(Taking *taking, const uint32_t *found, Err *err)
{
    const Shans__V1__ImportListRequest *request = taking->request;
    const DocumentRow document = document_row(request->document);
    const DocumentRow none = {"", "", "", ""};

    taking->sides = ARENA_NEW(taking->call->arena, ListSide, taking->school_count);
    if (taking->sides == NULL)
        return err_memory(err);
    for (size_t i = 0; i < taking->school_count; i++)
        taking->sides[i].document_in = taking->sides[i].document_out = none;
    for (size_t i = 0; i < taking->member_count; i++) {
        size_t at = list_school_index(taking->schools, taking->school_count, taking->members[i].school_code);
        if (at == SIZE_MAX)
            continue;
        taking->sides[at] = (ListSide){.before = true,
                                       .now = request->partial,
                                       .document_in = taking->members[i].document_in,
                                       .document_out = document};
    }
    for (size_t i = 0; i < request->n_rows; i++) {
        ListSide *side = found[i] == UINT32_MAX ? NULL : &taking->sides[found[i]];
        if (side == NULL)
            continue;
        side->now = true;
        if (!side->before)
            side->document_in = document;
    }
    return ERR_OK;
}

/* A membership of no day at all is none: who was put in on this very day cannot leave on it. */
static ErrCode check_leaving(Taking *taking, const MemberRow *member, Err *err)
{
    ListIssue issue = {"LIST_ENTERED_SAME_DAY", LIST_ERROR, 0,     member->school_code,
                       member->valid_from,      "",         {{0}}, 0};

    return text_equal(member->valid_from, taking->request->valid_from) ? add_list_issue(taking, &issue, err)
                                                                       : ERR_OK;
}

/* Ends and begins memberships; nothing when an error was found. */
static ErrCode write(Taking *taking, Err *err)
{
    Call *call = taking->call;
    int64_t *schools = ARENA_NEW(call->arena, int64_t, taking->school_count),
            *districts = ARENA_NEW(call->arena, int64_t, taking->school_count),
            *left = ARENA_NEW(call->arena, int64_t, taking->member_count);
    size_t entered = 0, leaving = 0;
    ErrCode code = schools == NULL || districts == NULL || left == NULL ? err_memory(err) : ERR_OK;

    for (size_t i = 0; i < taking->member_count && code == ERR_OK; i++) {
        size_t at = list_school_index(taking->schools, taking->school_count, taking->members[i].school_code);
        if (at == SIZE_MAX || taking->sides[at].now)
            continue;
        left[leaving++] = taking->members[i].id;
        code = check_leaving(taking, &taking->members[i], err);
    }
    for (size_t i = 0; i < taking->school_count && code == ERR_OK; i++) {
        if (!taking->sides[i].now || taking->sides[i].before)
            continue;
        schools[entered] = taking->schools[i].id;
        districts[entered++] = taking->schools[i].district_id;
    }
    if (code != ERR_OK || taking->error_count > 0)
        return code;
    taking->write.group_id = taking->group.id;
    code = member_store_end(call_db(call), &taking->write, left, leaving, err);
    return code != ERR_OK ? code
                          : member_store_add(call_db(call), &taking->write, schools, districts, entered, err);
}

/* At once, so that whoever imports sees what the list changes and where the rule differs. */
static ErrCode reply_differences(Taking *taking, Shans__V1__ImportListReply *reply, Err *err)
{
    ListComparison comparison = {
        .schools = taking->schools,
        .sides = taking->sides,
        .count = taking->school_count,
        .run_id = (int64_t)taking->request->run_id,
    };
    ListDifferences differences;
    ErrCode code = list_differences(taking->call, &comparison, &differences, err);

    if (code != ERR_OK)
        return code;
    reply->differences = differences.items;
    reply->n_differences = differences.count;
    reply->entered = differences.entered;
    reply->stayed = differences.stayed;
    reply->left = differences.left;
    return ERR_OK;
}

/* From a bound group to the reply. */
static ErrCode take(Taking *taking, Shans__V1__ImportListReply *reply, Err *err)
{
    Call *call = taking->call;
    const uint32_t *found = NULL;
    ErrCode code = group_store_lock(call_db(call), taking->group.id, err);

    if (code == ERR_OK)
        code = list_store_schools(call_db(call), call->arena, &taking->schools, &taking->school_count, err);
    if (code == ERR_OK)
        code = list_load_members(call, taking->group.id, taking->request->valid_from, 0, &taking->members,
                                 &taking->member_count, err);
    if (code == ERR_OK)
        code = check_rows(taking, &found, err);
    if (code == ERR_OK)
        code = plan(taking, found, err);
    if (code == ERR_OK)
        code = write(taking, err);
    if (code == ERR_OK && taking->error_count == 0)
        code = reply_differences(taking, reply, err);
    reply->imported = code == ERR_OK && taking->error_count == 0 && !taking->request->dry_run;
    return code;
}

/* Request, meaning, rows, in this order. A name without a meaning ends the import with its finding: without
 * the group nothing else can be checked. */
ErrCode list_import_list(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                         Err *err)
{
    Shans__V1__ImportListReply *reply = (Shans__V1__ImportListReply *)reply_message;
    Taking taking = {.call = call, .request = (const Shans__V1__ImportListRequest *)message};
    bool bound = false;
    ErrCode code = check_request(&taking, err);

    if (code == ERR_OK)
        code = bind(&taking, taking.request->group, (uint32_t)taking.request->n_rows, &taking.group, &bound,
                    err);
    if (code == ERR_OK && bound)
        code = take(&taking, reply, err);
    if (code == ERR_OK)
        code = issue_messages(call->arena, taking.issues, taking.issue_count, &reply->issues, err);
    if (code != ERR_OK)
        return code;
    reply->n_issues = taking.issue_count;
    call_session(call)->dry_run = taking.request->dry_run;
    char *object = arena_printf(call->arena, "list:%s:%s", bound ? taking.group.code : "",
                                bound ? taking.group.meaning : "");
    if (object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    return ERR_OK;
}
