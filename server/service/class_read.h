/* Reading whole sets of classes, for what needs every school at once. */
#ifndef SERVER_SERVICE_CLASS_READ_H
#define SERVER_SERVICE_CLASS_READ_H

#include "server/rpc/call.h"
#include "server/store/store_class.h"

/* NOT_FOUND / RUN_UNKNOWN or EDITION_UNKNOWN; FAILED_PRECONDITION / RUN_WITHOUT_CLASSES. */
ErrCode class_set_find(Call *call, ClassSet set, Err *err) MUST_CHECK;

/* Every class of the filter's set and subtree, by school code; moves the filter's page on. */
ErrCode class_load_all(Call *call, ClassFilter *filter, ClassRow **ret_rows, size_t *ret_count,
                       Err *err) MUST_CHECK;

#endif
