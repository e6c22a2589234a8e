/* Findings of an import on their way to the store and to the reply. */
#ifndef SERVER_SERVICE_ISSUE_IMPORT_H
#define SERVER_SERVICE_ISSUE_IMPORT_H

#include "common/trap/issue.h"
#include "server/rpc/call.h"
#include "server/store/store_issue.h"

enum { ISSUES_MAX = 4096 }; /* more mean a wrong file */

typedef struct IssueImport {
    Call *call;
    const char *document;
    IssueRow *rows;
    size_t count;
} IssueImport;

/* RESOURCE_EXHAUSTED / MEMORY_LIMIT. */
ErrCode issue_import_init(IssueImport *import, Call *call, const char *document, Err *err) MUST_CHECK;

/* Keeps an issue for the reply and the store; beyond ISSUES_MAX the import is refused as a whole. The same
 * finding of the same document is stored once, but given in every reply: whoever imports again sees all of
 * it. NOT_FOUND of a school that is not there; INVALID_ARGUMENT / IMPORT_TOO_LARGE. */
ErrCode issue_import_add(IssueImport *import, const TrapIssue *issue, Err *err) MUST_CHECK;

/* Sending the same again cannot help: this is the file's fault, not the server's load. INVALID_ARGUMENT /
 * IMPORT_TOO_LARGE (what, count, limit). */
ErrCode issue_import_too_large(const char *what, size_t count, size_t limit, Err *err);

#endif
