/* Owns small conversions shared by the services. Must not change anything in the database. */
#include "server/service/convert.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/decimal.h"
#include "server/service/service.h"
#include "server/store/store_org.h"

/* A page is never empty by request and never larger than a reply may be. */
uint32_t page_limit(uint32_t asked, uint32_t usual, uint32_t most)
{
    if (asked == 0)
        return usual;
    return asked < most ? asked : most;
}

/* The empty token is the first page. INVALID_ARGUMENT / PAGE_TOKEN for anything that is no id. */
ErrCode page_id_parse(const char *token, int64_t *ret_after, Err *err)
{
    *ret_after = 0;
    if (*token == '\0')
        return ERR_OK;
    if (decimal_parse(token, 0, ret_after) != DECIMAL_FINE || *ret_after < 0)
        return err_set(err, ERR_INVALID_ARGUMENT, "PAGE_TOKEN");
    return ERR_OK;
}

/* The token of the page behind `last`. */
ErrCode page_id_dump(Call *call, int64_t last, char **ret_token, Err *err)
{
    char *token = arena_printf(call->arena, "%lld", (long long)last);

    if (token == NULL)
        return err_memory(err);
    *ret_token = token;
    return ERR_OK;
}

/* At least count digits at the start. */
static bool digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") >= count;
}

/* The length tells the writing: anything longer than a month's is cut at eight characters and refused. */
ErrCode period_check(const char *period, PeriodKind kind, int *ret_year, Err *err)
{
    size_t length = strnlen(period, 8);
    bool month_form = kind == PERIOD_MONTH;
    bool fine = length == (month_form ? 7 : 4) && digits(period, 4);

    if (fine && month_form) {
        int month = period[4] == '-' && digits(period + 5, 2) ? (period[5] - '0') * 10 + period[6] - '0' : 0;
        fine = month >= 1 && month <= 12;
    }
    long year = fine ? strtol(period, NULL, 10) : 0;
    if (!fine || year < 2000 || year > 2100) {
        err_set(err, ERR_INVALID_ARGUMENT, "PERIOD_FORM");
        return err_arg(err, "period", "%s", period);
    }
    *ret_year = (int)year;
    return ERR_OK;
}

/* Messages and the pointers to them in one go; protobuf-c wants an array of pointers. NULL: no memory. */
void **message_array(Arena *arena, size_t count, size_t size, void (*init)(void *message))
{
    void **items = ARENA_NEW(arena, void *, count);
    char *messages = arena_array(arena, count, size);

    if (items == NULL || messages == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        items[i] = messages + i * size;
        init(items[i]);
    }
    return items;
}

/* The organisation a list is restricted to, 0 for none. NOT_FOUND also when the caller may not see it. */
ErrCode under_find(Call *call, const char *under, int64_t *ret_id, Err *err)
{
    OrgRow row;

    *ret_id = 0;
    if (*under == '\0')
        return ERR_OK;
    ErrCode code = org_store_find(call_db(call), under, call->arena, &row, err);
    if (code == ERR_OK && row.id != call->principal->org_id && !call_may_see(call, row.id, row.district_id)) {
        err_set(err, ERR_NOT_FOUND, "ORG_UNKNOWN");
        code = err_arg(err, "code", "%s", under);
    }
    if (code == ERR_OK)
        *ret_id = row.id;
    return code;
}

/* For the logs: what a call changed or showed. */
ErrCode object_name(Call *call, const char *kind, int64_t id, Err *err)
{
    char *object = arena_printf(call->arena, "%s:%lld", kind, (long long)id);

    if (object == NULL)
        return err_memory(err);
    call_session(call)->object = object;
    return ERR_OK;
}

/* NOT_FOUND / SUBMISSION_UNKNOWN also when the caller may not see it. */
ErrCode submission_find(Call *call, int64_t id, SubmissionRow *ret_row, Err *err)
{
    ErrCode code = submission_store_get(call_db(call), id, call->arena, ret_row, err);

    if (code == ERR_OK && !call_sees(call, ret_row->school_id, ret_row->district_id)) {
        err_set(err, ERR_NOT_FOUND, "SUBMISSION_UNKNOWN");
        code = err_arg(err, "id", "%lld", (long long)id);
    }
    return code;
}
