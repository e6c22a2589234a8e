/* Owns assigning curators (methods.md section 8.6). Invariant: an assignment has a document and an end, and
 * never joins a school with a person who has an interest in it. Must not give access itself: sign-in reads
 * what is in force. */
#include <string.h>

#include "server/service/convert.h"
#include "server/service/handlers.h"
#include "server/service/office.h"
#include "server/service/service.h"
#include "server/store/store_account.h"
#include "server/store/store_curator.h"
#include "server/store/store_org.h"
#include "server/store/store_rows.h"
#include "shans/v1/admin.pb-c.h"

enum {
    CURATOR_PAGE = 200,
    CURATOR_PAGE_MAX = 2000,
    LOAD_USUAL = 3, /* schools a person should look after at most */
    LOAD_MAX = 12,  /* what one scope takes, with what the schools absorbed */
    SCHOOL_YEAR_MONTH = 9,
};

/* Today, "YYYY-MM-DD". */
static const char *today(Call *call)
{
    char text[CLOCK_TEXT_SIZE];

    clock_dump_date(call_now_ms(call), text);
    return arena_text(call->arena, text);
}

/* The first digits of a checked date's part. */
static int number(const char *text, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* First day of the school year a day is in. */
static const char *school_year(Call *call, const char *day)
{
    int year = number(day, 4), month = number(day + 5, 2);

    return arena_printf(call->arena, "%04d-%02d-01", month >= SCHOOL_YEAR_MONTH ? year : year - 1,
                        SCHOOL_YEAR_MONTH);
}

static ErrCode dates_fill(Call *call, const Shans__V1__AssignCuratorRequest *request, CuratorAssign *assign,
                          Err *err)
{
    assign->first_day = *request->valid_from == '\0' ? today(call) : request->valid_from;
    assign->last_day = request->valid_to;
    if (assign->first_day == NULL)
        return err_memory(err);
    ErrCode code = iso_date_check(assign->first_day, err);
    if (code == ERR_OK)
        code = iso_date_check(assign->last_day, err);
    if (code != ERR_OK)
        return code;
    if (strcmp(assign->last_day, assign->first_day) < 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "CURATOR_DATES");
    assign->year_from = school_year(call, assign->first_day);
    return assign->year_from == NULL ? err_memory(err) : ERR_OK;
}

/* A curator of the caller's own district, or for the ministry of any: an office does not lend another's
 * people. Whoever is outside is not there. */
static ErrCode person_find(Call *call, const char *login, CuratorAssign *assign, Err *err)
{
    AccountRow row;
    ErrCode code = account_store_get(call_db(call), login, call->arena, &row, err);

    if (code != ERR_OK)
        return code;
    bool off = call_service(call)->options.filters_off;
    if (!off && call->principal->role == SHANS__V1__ROLE__ROLE_DISTRICT_COORDINATOR &&
        row.district_id != call->principal->district_id) {
        err_set(err, ERR_NOT_FOUND, "LOGIN_UNKNOWN");
        return err_arg(err, "login", "%s", login);
    }
    if (row.principal.role != SHANS__V1__ROLE__ROLE_CURATOR)
        code = err_set(err, ERR_FAILED_PRECONDITION, "CURATOR_ROLE");
    else if (!row.principal.active)
        code = err_set(err, ERR_FAILED_PRECONDITION, "ACCOUNT_BLOCKED");
    if (code != ERR_OK)
        return err_arg(err, "login", "%s", login);
    assign->principal_id = row.principal.id;
    assign->org_id = row.principal.org_id;
    return ERR_OK;
}

static ErrCode school_fill(Call *call, const char *code_text, CuratorAssign *assign, Err *err)
{
    OrgRow school;
    int64_t id;
    ErrCode code = under_find(call, code_text, &id, err);

    if (code == ERR_OK)
        code = org_store_find(call_db(call), code_text, call->arena, &school, err);
    if (code != ERR_OK)
        return code;
    if (school.kind != ORG_SCHOOL) {
        err_set(err, ERR_INVALID_ARGUMENT, "NOT_A_SCHOOL");
        return err_arg(err, "code", "%s", code_text);
    }
    assign->school_id = school.id;
    assign->district_id = school.district_id;
    return ERR_OK;
}

/* Conflicts of interest are refused; a load above the usual and a second curator in a year are remarked. */
static ErrCode interest_check(Call *call, const CuratorAssign *assign, Shans__V1__AssignCuratorReply *reply,
                              Err *err)
{
    CuratorFacts facts = {0};
    ErrCode code = curator_store_check(call_db(call), assign, &facts, err);

    if (code != ERR_OK)
        return code;
    if (facts.kin)
        return err_set(err, ERR_FAILED_PRECONDITION, "CURATOR_OWN_SCHOOL");
    if (facts.mutual)
        return err_set(err, ERR_FAILED_PRECONDITION, "CURATOR_MUTUAL");
    if (facts.load > LOAD_MAX) {
        err_set(err, ERR_FAILED_PRECONDITION, "CURATOR_OVERLOAD");
        return err_arg(err, "limit", "%d", LOAD_MAX);
    }
    reply->remarks = ARENA_NEW(call->arena, char *, 2);
    if (reply->remarks == NULL)
        return err_memory(err);
    if (facts.load > LOAD_USUAL)
        reply->remarks[reply->n_remarks++] = (char *)"CURATOR_LOAD";
    if (facts.second)
        reply->remarks[reply->n_remarks++] = (char *)"CURATOR_SECOND";
    return ERR_OK;
}

/* The constraints have the last word when two offices act at once. */
ErrCode curator_assign_curator(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                               Err *err)
{
    const Shans__V1__AssignCuratorRequest *request = (const Shans__V1__AssignCuratorRequest *)message;
    Shans__V1__AssignCuratorReply *reply = (Shans__V1__AssignCuratorReply *)reply_message;
    CuratorAssign assign = {
        .document = request->document, .by = call->principal->id, .now_ms = call_now_ms(call)};
    int64_t id = 0;
    ErrCode code = school_fill(call, request->school_code, &assign, err);

    if (code == ERR_OK)
        code = person_find(call, request->login, &assign, err);
    if (code == ERR_OK)
        code = dates_fill(call, request, &assign, err);
    if (code == ERR_OK)
        code = interest_check(call, &assign, reply, err);
    if (code == ERR_OK)
        code = curator_store_assign(call_db(call), &assign, &id, err);
    reply->id = (uint64_t)id;
    return code == ERR_OK ? object_name(call, "curator", id, err) : code;
}

/* Before its time, with a ground; the person's access ends within seconds. */
ErrCode curator_end_curator(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply, Err *err)
{
    const Shans__V1__EndCuratorRequest *request = (const Shans__V1__EndCuratorRequest *)message;
    int64_t id = (int64_t)request->id;
    CuratorRow row;
    bool ended;
    ErrCode code = curator_store_get(call_db(call), id, &row, &ended, err);

    (void)reply;
    if (code != ERR_OK)
        return code;
    if (!call_may_see(call, row.school_id, row.district_id)) {
        err_set(err, ERR_NOT_FOUND, "CURATOR_UNKNOWN");
        return err_arg(err, "id", "%lld", (long long)id);
    }
    if (*request->why == '\0')
        return err_set(err, ERR_INVALID_ARGUMENT, "WHY_MISSING");
    code = curator_store_end(call_db(call), id, call->principal->id, call_now_ms(call), request->why, err);
    return code == ERR_OK ? object_name(call, "curator", id, err) : code;
}

static void fill_curator(const CuratorRow *row, Shans__V1__Curator *to)
{
    to->id = (uint64_t)row->id;
    to->login = (char *)row->login;
    to->display_name = (char *)row->display_name;
    to->org_code = (char *)row->org_code;
    to->school_code = (char *)row->school_code;
    to->school_name = (char *)row->school_name;
    to->valid_from = (char *)row->first_day;
    to->valid_to = (char *)row->last_day;
    to->document = (char *)row->document;
    to->ended_ms = row->ended_ms;
    to->ended_why = (char *)row->ended_why;
}

/* A school sees its curators, a curator the own assignments in force, the offices theirs. */
ErrCode curator_list_curators(Call *call, const ProtobufCMessage *message, ProtobufCMessage *reply_message,
                              Err *err)
{
    const Shans__V1__ListCuratorsRequest *request = (const Shans__V1__ListCuratorsRequest *)message;
    Shans__V1__ListCuratorsReply *reply = (Shans__V1__ListCuratorsReply *)reply_message;
    uint32_t limit = page_limit(request->page_size, CURATOR_PAGE, CURATOR_PAGE_MAX);
    const char *day = request->all ? "" : today(call);
    int64_t under_id, after_id;
    CuratorRow *rows;
    size_t count;
    ErrCode code = page_id_parse(request->page_token, &after_id, err);

    if (code == ERR_OK)
        code = under_find(call, request->under, &under_id, err);
    if (code == ERR_OK)
        code = curator_store_list(call_db(call), under_id, day, after_id, limit, call->arena, &rows, &count,
                                  err);
    if (code != ERR_OK)
        return code;
    reply->curators = MESSAGE_ARRAY(call->arena, count, Shans__V1__Curator, shans__v1__curator__init);
    if (reply->curators == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (call_may_see(call, rows[i].school_id, rows[i].district_id))
            fill_curator(&rows[i], reply->curators[reply->n_curators++]);
    }
    return count < limit ? ERR_OK : page_id_dump(call, rows[count - 1].id, &reply->next_page_token, err);
}
