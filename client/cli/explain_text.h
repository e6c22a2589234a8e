/* Plain text of an explanation and of the 11 x 11 matrix, for a person. */
#ifndef CLIENT_CLI_EXPLAIN_TEXT_H
#define CLIENT_CLI_EXPLAIN_TEXT_H

#include "common/core/buf.h"
#include "shans/v1/method.pb-c.h"

/* Class, the rules in the order they were tried, the procedures with k of n, and for each where its figures
 * stand: submission, form, cell, date, person, approver. reply->school_class must be set. */
void explain_show(const Shans__V1__ExplainReply *reply, bool russian, Buf *buf);

/* Wellbeing group by quality group, school numbers in the cells, counts of the types below. */
void matrix_show(const Shans__V1__GetMatrixReply *reply, Buf *buf);

#endif
