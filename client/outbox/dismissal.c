/* Owns the giving up of refused operations. Invariant: what was given up is still there, with the reason.
 * Must not touch an operation that may still be sent. */
#include "client/outbox/dismissal.h"

#include <string.h>

#include "client/outbox/outbox_db.h"
#include "common/core/text.h"

enum { ID_BYTES = 16, COMMENT_MAX = 1000 };

/* Characters without the blanks around them, as the table counts them. */
static bool is_comment(const char *text)
{
    size_t count = 0;

    text += strspn(text, " ");
    for (const char *at = text; *at != '\0'; count++)
        text_utf8_get(&at);
    return count >= 1 && count <= COMMENT_MAX;
}

/* Looked at and written in one transaction: a sender cannot take it in between. */
static ErrCode dismiss(Outbox *outbox, const uint8_t *id, const char *comment, Arena *arena, Err *err)
{
    Operation *operation = NULL;
    LiteParam params[] = {LITE_BLOB(id, ID_BYTES), LITE_TEXT(comment), LITE_INT(outbox_now(outbox))};
    ErrCode code = outbox_get(outbox, id, arena, &operation, err);

    if (code == ERR_OK && operation->state == OPERATION_DISMISSED)
        code = err_set(err, ERR_FAILED_PRECONDITION, "OPERATION_DISMISSED");
    if (code == ERR_OK && operation->state != OPERATION_PARKED)
        code = err_set(err, ERR_FAILED_PRECONDITION, "OPERATION_NOT_REFUSED");
    if (code != ERR_OK)
        return code;
    return lite_query(outbox->lite, "outbox/dismissal__insert.sql", params, 3, NULL, NULL, err);
}

ErrCode outbox_dismiss(Outbox *outbox, const uint8_t *id, const char *comment, Arena *arena, Err *err)
{
    if (!is_comment(comment))
        return err_set(err, ERR_INVALID_ARGUMENT, "DISMISSAL_COMMENT");
    ErrCode code = lite_begin(outbox->lite, err);
    if (code != ERR_OK)
        return code;
    code = dismiss(outbox, id, comment, arena, err);
    return outbox_end(outbox, code, err);
}
