/* Messages of import issues, made from their rows. */
#ifndef SERVER_SERVICE_ISSUE_MESSAGE_H
#define SERVER_SERVICE_ISSUE_MESSAGE_H

#include "server/store/store_issue.h"
#include "shans/v1/collection.pb-c.h"

/* Texts are borrowed from the rows. */
ErrCode issue_messages(Arena *arena, const IssueRow *rows, size_t count,
                       Shans__V1__ImportIssue ***ret_messages, Err *err) MUST_CHECK;

#endif
