/* Owns asking the log: who saw or changed what, and what was refused. Invariant: a caller learns of its own
 * people and its own schools alone. Must not write the log: the hooks do. */
#include <stdlib.h>

#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/service.h"
#include "server/store/store_log.h"
#include "server/store/store_rows.h"
#include "shans/v1/admin.pb-c.h"

enum { ACCESS_PAGE = 200, ACCESS_PAGE_MAX = 2000, REFUSALS_SHOWN = 1000, DAYS_USUAL = 30 };
#define DAY_MS 86400000LL

/* The day asked for, or the one `days` before today. */
static ErrCode day_fill(Call *call, const char *asked, int days, const char **ret_day, Err *err)
{
    char text[CLOCK_TEXT_SIZE];

    if (*asked != '\0') {
        *ret_day = asked;
        return iso_date_check(asked, err);
    }
    clock_dump_date(call_now_ms(call) - days * DAY_MS, text);
    *ret_day = arena_text(call->arena, text);
    return *ret_day == NULL ? err_memory(err) : ERR_OK;
}

/* The last 30 days when nothing else is named. */
static ErrCode days_fill(Call *call, const char *from, const char *to, const char **ret_first,
                         const char **ret_last, Err *err)
{
    ErrCode code = day_fill(call, from, DAYS_USUAL - 1, ret_first, err);

    return code == ERR_OK ? day_fill(call, to, 0, ret_last, err) : code;
}

/* A page token is the time the first page was asked at and how many entries came before: what is logged
 * meanwhile shifts nothing. */
static ErrCode page_parse(Call *call, const char *token, AccessFilter *filter, Err *err)
{
    char *end = NULL;

    filter->before_ms = call_now_ms(call) + 1;
    if (*token == '\0')
        return ERR_OK;
    filter->before_ms = strtoll(token, &end, 10);
    if (*end != '.' || end == token || filter->before_ms <= 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "PAGE_TOKEN");
    return page_id_parse(end + 1, &filter->skip, err);
}

static ErrCode page_dump(Call *call, const AccessFilter *filter, size_t count, char **ret_token, Err *err)
{
    *ret_token = arena_printf(call->arena, "%lld.%lld", (long long)filter->before_ms,
                              (long long)filter->skip + (long long)count);
    return *ret_token == NULL ? err_memory(err) : ERR_OK;
}

/* The caller's own people: those of the office's level. */
static bool own_people(const Principal *principal, const AccessRow *row)
{
    if (principal->role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR)
        return row->office_district_id == 0;
    return principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR && row->office_district_id != 0 &&
           row->office_district_id == principal->district_id;
}

/* Whether an entry is about the caller's own schools alone: not a longer list that held them too. */
static bool own_schools(const Principal *principal, const AccessRow *row)
{
    if (principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR)
        return row->district_id != 0 && row->district_id == principal->district_id;
    for (size_t i = 0; i < principal->school_count; i++) {
        if (principal->school_ids[i] == row->org_id)
            return role_is_school(principal->role);
    }
    return false;
}

/* A list of the whole region, or of the school's district. */
static bool covers_own(const Principal *principal, const AccessRow *row)
{
    return row->org_id == 0 || (role_is_school(principal->role) && row->org_id == principal->district_id);
}

static bool all_seen(const Call *call)
{
    int role = call->principal->role;

    return call_service(call)->options.filters_off || role == SHANS__V1__ROLE__ROLE_AUDITOR;
}

static bool entry_seen(const Call *call, const AccessRow *row)
{
    const Principal *principal = call->principal;

    if (all_seen(call) || own_people(principal, row))
        return true;
    return principal->role != SHANS__V1__ROLE__ROLE_ADMINISTRATOR &&
           (own_schools(principal, row) || covers_own(principal, row));
}

/* Of a list that held more than the caller's own, neither number nor object is told, nor of a place that the
 * caller does not see. */
static void fill_entry(const Call *call, const AccessRow *row, Shans__V1__AccessEntry *to)
{
    const Principal *principal = call->principal;
    bool whole = principal->role == SHANS__V1__ROLE__ROLE_AUDITOR ||
                 principal->role == SHANS__V1__ROLE__ROLE_ADMINISTRATOR || row->org_id < 0 ||
                 own_schools(principal, row);

    to->time_ms = row->at_ms;
    to->login = (char *)row->login;
    to->role = (Shans__V1__Role)row->role;
    to->office_code = (char *)row->office_code;
    to->method = (char *)row->method;
    to->org_code = (char *)row->org_code;
    if (whole) {
        to->object = (char *)row->object;
        to->rows = row->row_count;
    }
    if (row->request_id != NULL)
        to->request_id = (ProtobufCBinaryData){ID_SIZE, (uint8_t *)row->request_id};
}

/* Newest first. */
ErrCode access_log_list_access(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__ListAccessRequest *request = (const Shans__V1__ListAccessRequest *)message;
    Shans__V1__ListAccessReply *reply = (Shans__V1__ListAccessReply *)reply_message;
    AccessFilter filter = {.person = request->person,
                           .changes = request->changes,
                           .limit = page_limit(request->page_size, ACCESS_PAGE, ACCESS_PAGE_MAX)};
    AccessRow *rows;
    size_t count;
    ErrCode code = page_parse(call, request->page_token, &filter, err);

    if (code == ERR_OK)
        code =
            days_fill(call, request->from_date, request->to_date, &filter.first_day, &filter.last_day, err);
    if (code == ERR_OK && request->changes && role_is_school(call->principal->role))
        code = err_set(err, ERR_PERMISSION_DENIED, "CHANGES_FORBIDDEN");
    if (code == ERR_OK)
        code = under_find(call, request->org_code, &filter.org_id, err);
    if (code == ERR_OK)
        code = access_log_store_list(call_db(call), &filter, call->arena, &rows, &count, err);
    if (code != ERR_OK)
        return code;
    reply->entries = MESSAGE_ARRAY(call->arena, count, Shans__V1__AccessEntry, shans__v1__access_entry__init);
    if (reply->entries == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (entry_seen(call, &rows[i]))
            fill_entry(call, &rows[i], reply->entries[reply->n_entries++]);
    }
    return count < filter.limit ? ERR_OK : page_dump(call, &filter, count, &reply->next_page_token, err);
}

/* Refused sign-ins by minute, reason and source. */
ErrCode access_log_list_refusals(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                                 Err *err)
{
    const Shans__V1__ListRefusalsRequest *request = (const Shans__V1__ListRefusalsRequest *)message;
    Shans__V1__ListRefusalsReply *reply = (Shans__V1__ListRefusalsReply *)reply_message;
    const char *first_day, *last_day;
    RefusalRow *rows;
    size_t count;
    ErrCode code = days_fill(call, request->from_date, request->to_date, &first_day, &last_day, err);

    if (code == ERR_OK)
        code = refusal_store_list(call_db(call), first_day, last_day, REFUSALS_SHOWN, call->arena, &rows,
                                  &count, err);
    if (code != ERR_OK)
        return code;
    reply->refusals = MESSAGE_ARRAY(call->arena, count, Shans__V1__Refusal, shans__v1__refusal__init);
    if (reply->refusals == NULL)
        return err_memory(err);
    reply->n_refusals = count;
    for (size_t i = 0; i < count; i++) {
        reply->refusals[i]->minute_ms = rows[i].minute_ms;
        reply->refusals[i]->reason = (char *)rows[i].reason;
        reply->refusals[i]->source = (char *)rows[i].source;
        reply->refusals[i]->count = (uint64_t)rows[i].count;
        reply->refusals[i]->last_ms = rows[i].last_ms;
    }
    return ERR_OK;
}
