/* Classes as messages: who may see which status, branches and flags by name. */
#ifndef SERVER_SERVICE_CLASS_MESSAGE_H
#define SERVER_SERVICE_CLASS_MESSAGE_H

#include "server/rpc/call.h"
#include "server/store/store_class.h"
#include "shans/v1/method.pb-c.h"

/* Run or edition a request names: exactly one. INVALID_ARGUMENT / RUN_OR_EDITION; PERMISSION_DENIED /
 * EDITION_ONLY: below the ministry there are no runs, only what was published. The set is named in the logs.
 */
ErrCode class_set_check(Call *call, uint64_t run_id, uint32_t edition, ClassSet *ret_set,
                        Err *err) MUST_CHECK;

/* The computed status only goes to the ministry and the auditor; the approved one with an edition. */
ErrCode class_message_fill(Call *call, ClassSet set, const ClassRow *row, Shans__V1__SchoolClass *to,
                           Err *err) MUST_CHECK;

#endif
