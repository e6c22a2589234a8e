/* Groups, documents and members on their way between store and wire. */
#ifndef SERVER_SERVICE_GROUP_MESSAGE_H
#define SERVER_SERVICE_GROUP_MESSAGE_H

#include "server/engine/group_ref.h"
#include "server/rpc/call.h"
#include "server/store/store_group.h"
#include "shans/v1/lists.pb-c.h"

/* NULL in *ret_document when the row has none, or the scope hides it. Texts are borrowed. */
ErrCode document_message_new(Arena *arena, const DocumentRow *row, Shans__V1__Document **ret_document,
                             Err *err) MUST_CHECK;
/* A missing message gives empty texts, which the store refuses. */
DocumentRow document_row(const Shans__V1__Document *document);

ErrCode group_message_fill(Arena *arena, const GroupRow *row, Shans__V1__Group *to, Err *err) MUST_CHECK;

/* The day asked about; today for "". */
ErrCode group_day(Call *call, const char *on_date, const char **ret_day, Err *err) MUST_CHECK;

/* The row as the engine knows it. */
GroupMeaning group_meaning(const GroupRow *row);

/* The one meaning the text stands for on that day; GROUP_UNKNOWN and GROUP_AMBIGUOUS as in group_ref_find. */
ErrCode group_find(Call *call, const char *text, const char *day, uint32_t size, GroupRow *ret_group,
                   Err *err) MUST_CHECK;

#endif
