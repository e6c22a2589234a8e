/* Owns OrgService: lists, histories and imports of organisations. Must not decide what is visible: the
 * transaction's scope does. */
#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_org.h"
#include "shans/v1/org.pb-c.h"

/* Rows a page has when none is asked for, and at most. */
enum { ORG_PAGE = 200, ORG_PAGE_MAX = 2000 };

/* One's own organisation and those above are seen by name; below, as any other row. */
static bool org_seen(const Call *call, const OrgRow *row)
{
    const Principal *principal = call->principal;

    if (row->id == principal->org_id)
        return true;
    for (size_t i = 0; i < principal->above_count; i++) {
        if (principal->above_ids[i] == row->id)
            return true;
    }
    return call_may_see(call, row->id, row->district_id);
}

/* Texts are borrowed from the row, which lives in the arena of the reply. */
static void fill_org(Shans__V1__Org *org, const OrgRow *row)
{
    org->code = (char *)row->code;
    org->kind = (Shans__V1__OrgKind)row->kind;
    org->parent_code = (char *)row->parent_code;
    org->number = (char *)row->number;
    org->name = (char *)row->name;
    org->short_name = (char *)row->short_name;
    org->school_kind = (char *)row->school_kind;
    org->settlement = (Shans__V1__Settlement)row->settlement;
    org->levels = (char *)row->levels;
    org->valid_from = (char *)row->valid_from;
    org->valid_to = (char *)row->valid_to;
    org->training = row->training;
    org->closed_on = (char *)row->closed_on;
}

/* Rows outside the scope are left out: the array may end shorter than the count of rows. */
static ErrCode fill_orgs(Call *call, const OrgRow *rows, size_t count, Shans__V1__Org ***ret_orgs,
                         size_t *ret_count, Err *err)
{
    Shans__V1__Org **orgs = MESSAGE_ARRAY(call->arena, count, Shans__V1__Org, shans__v1__org__init);

    if (orgs == NULL)
        return err_memory(err);
    size_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        if (org_seen(call, &rows[i]))
            fill_org(orgs[seen++], &rows[i]);
    }
    *ret_orgs = orgs;
    *ret_count = seen;
    return ERR_OK;
}

/* Today's date, when the caller names none. */
static const char *date_or_today(Call *call, const char *date)
{
    char today[CLOCK_TEXT_SIZE];

    if (*date != '\0')
        return date;
    clock_dump_date(call_now_ms(call), today);
    return arena_text(call->arena, today);
}

/* One page of organisations as they were on a date; today when none is given. */
ErrCode org_list_orgs(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__ListOrgsRequest *request = (const Shans__V1__ListOrgsRequest *)message;
    Shans__V1__ListOrgsReply *reply = (Shans__V1__ListOrgsReply *)reply_message;
    OrgFilter filter = {
        .under_code = request->under,
        .kind = (OrgKind)request->kind,
        .on_date = date_or_today(call, request->on_date),
        .after_code = request->page_token,
        .limit = page_limit(request->page_size, ORG_PAGE, ORG_PAGE_MAX),
    };
    OrgRow *rows;
    size_t count;

    if (filter.on_date == NULL)
        return err_memory(err);
    ErrCode code = org_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code == ERR_OK)
        code = fill_orgs(call, rows, count, &reply->orgs, &reply->n_orgs, err);
    if (code != ERR_OK)
        return code;
    if (count == filter.limit)
        reply->next_page_token = (char *)rows[count - 1].code;
    return ERR_OK;
}

/* All versions of one organisation and its links, so that both histories of a merger are seen. */
ErrCode org_get_org(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message, Err *err)
{
    const Shans__V1__GetOrgRequest *request = (const Shans__V1__GetOrgRequest *)message;
    Shans__V1__GetOrgReply *reply = (Shans__V1__GetOrgReply *)reply_message;
    OrgRow *rows;
    OrgLinkRow *links;
    size_t count, link_count;
    ErrCode code = org_store_get_versions(call_db(call), request->code, call->arena, &rows, &count, err);

    if (code == ERR_OK)
        code = fill_orgs(call, rows, count, &reply->versions, &reply->n_versions, err);
    if (code == ERR_OK && reply->n_versions == 0) {
        err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
        code = err_arg(err, "code", "%s", request->code);
    }
    if (code == ERR_OK)
        code = org_store_get_links(call_db(call), request->code, call->arena, &links, &link_count, err);
    if (code != ERR_OK)
        return code;
    reply->links = MESSAGE_ARRAY(call->arena, link_count, Shans__V1__OrgLink, shans__v1__org_link__init);
    if (reply->links == NULL)
        return err_memory(err);
    reply->n_links = link_count;
    for (size_t i = 0; i < link_count; i++) {
        reply->links[i]->predecessor = (char *)links[i].predecessor;
        reply->links[i]->successor = (char *)links[i].successor;
        reply->links[i]->date = (char *)links[i].on_date;
        reply->links[i]->kind = (char *)links[i].kind;
        reply->links[i]->document = (char *)links[i].document;
    }
    return ERR_OK;
}

/* One row of an import: creates the organisation, or a new version when something differs. */
static ErrCode import_org(Call *call, const Shans__V1__Org *org, OrgChange *ret_change, Err *err)
{
    OrgRow row = {
        .code = org->code,
        .kind = (OrgKind)org->kind,
        .parent_code = org->parent_code,
        .number = org->number,
        .name = org->name,
        .short_name = org->short_name,
        .school_kind = org->school_kind,
        .settlement = (int)org->settlement,
        .levels = org->levels,
        .valid_from = org->valid_from,
        .valid_to = org->valid_to,
        .training = org->training,
        .opened_on = "",
        .closed_on = org->closed_on,
    };
    ErrCode code = org_store_upsert(call_db(call), &row, ret_change, err);

    if (code != ERR_OK)
        err_arg(err, "org", "%s", org->code);
    return code;
}

/* For the summary a person reads after an import. */
static void count_change(Shans__V1__ImportOrgsReply *reply, OrgChange change)
{
    reply->created += change == ORG_CREATED;
    reply->changed += change == ORG_CHANGED;
    reply->unchanged += change == ORG_UNCHANGED;
}

/* All or nothing, and nothing when it is only to be checked: the transaction is then rolled back, after it
 * did everything a real one does, constraints included. Rows go in the order given: parents before children,
 * links after both of their ends. */
ErrCode org_import_orgs(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                        Err *err)
{
    const Shans__V1__ImportOrgsRequest *request = (const Shans__V1__ImportOrgsRequest *)message;
    Shans__V1__ImportOrgsReply *reply = (Shans__V1__ImportOrgsReply *)reply_message;
    OrgChange change;

    for (size_t i = 0; i < request->n_orgs; i++) {
        ErrCode code = import_org(call, request->orgs[i], &change, err);
        if (code != ERR_OK)
            return code;
        count_change(reply, change);
    }
    for (size_t i = 0; i < request->n_links; i++) {
        const Shans__V1__OrgLink *link = request->links[i];
        OrgLinkRow row = {link->predecessor, link->successor, link->date, link->kind, link->document};
        ErrCode code = org_store_link(call_db(call), &row, &change, err);
        if (code != ERR_OK)
            return code;
        count_change(reply, change);
    }
    call_session(call)->object = "orgs";
    call_session(call)->dry_run = request->dry_run;
    return ERR_OK;
}
