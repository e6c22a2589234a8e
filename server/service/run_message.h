/* The messages of a run and of a methodology, made from their rows: shared by runs, explanations and
 * editions. */
#ifndef SERVER_SERVICE_RUN_MESSAGE_H
#define SERVER_SERVICE_RUN_MESSAGE_H

#include "server/store/store_method.h"
#include "server/store/store_run.h"
#include "shans/v1/method.pb-c.h"

/* Texts are borrowed from row and arena. */
ErrCode run_message_fill(Arena *arena, const RunRow *row, Shans__V1__Run *to, Err *err) MUST_CHECK;
ErrCode run_message_new(Arena *arena, const RunRow *row, Shans__V1__Run **ret, Err *err) MUST_CHECK;
ErrCode methodology_message_new(Arena *arena, const MethodologyRow *row, Shans__V1__Methodology **ret,
                                Err *err) MUST_CHECK;

#endif
