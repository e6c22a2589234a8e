/* Small conversions between stores and messages. Texts in replies are borrowed from the call's arena. */
#ifndef SERVER_SERVICE_CONVERT_H
#define SERVER_SERVICE_CONVERT_H

#include "common/catalog/form_def.h"
#include "server/rpc/call.h"
#include "server/store/store_submission.h"

/* Page size asked for, within 1..most; 0 asks for `usual`. */
uint32_t page_limit(uint32_t asked, uint32_t usual, uint32_t most);

/* Page tokens of lists by id: decimal text. INVALID_ARGUMENT / PAGE_TOKEN. "" is 0. */
ErrCode page_id_parse(const char *token, int64_t *ret_after, Err *err) MUST_CHECK;
ErrCode page_id_dump(Call *call, int64_t last, char **ret_token, Err *err) MUST_CHECK;

/* The period as forms of this kind have it: "2021", the year the school year ends in, or "2021-10", a month.
 * Only one writing is taken, because one school, form and period has one set of facts. *ret_year: its first
 * four digits, 2000..2100. INVALID_ARGUMENT / PERIOD_FORM ("period"). */
ErrCode period_check(const char *period, PeriodKind kind, int *ret_year, Err *err) MUST_CHECK;

/* An array of count pointers to count messages of `size` bytes, both in the arena, as protobuf-c wants
 * repeated messages; NULL: no memory. init is the generated …__init function. */
void **message_array(Arena *arena, size_t count, size_t size, void (*init)(void *message));

#define MESSAGE_ARRAY(arena, count, Type, init)                                                              \
    ((Type **)message_array((arena), (count), sizeof(Type), (void (*)(void *))(init)))

/* The id of the organisation `under` names, 0 for "". NOT_FOUND / ORG_UNKNOWN outside the caller's scope. */
ErrCode under_find(Call *call, const char *under, int64_t *ret_id, Err *err) MUST_CHECK;

/* Says in the session what the call is about, "submission:12". */
ErrCode object_name(Call *call, const char *kind, int64_t id, Err *err) MUST_CHECK;

/* NOT_FOUND / SUBMISSION_UNKNOWN, also when it is another school's. */
ErrCode submission_find(Call *call, int64_t id, SubmissionRow *ret_row, Err *err) MUST_CHECK;

#endif
