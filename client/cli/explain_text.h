/* Plain text of an explanation and of the 11 x 11 matrix, for a person. */
#ifndef CLIENT_CLI_EXPLAIN_TEXT_H
#define CLIENT_CLI_EXPLAIN_TEXT_H

#include "common/catalog/catalog.h"
#include "common/core/buf.h"
#include "shans/v1/method.pb-c.h"

typedef struct ExplainStyle {
    Arena *arena;           /* for what is put together */
    const Catalog *catalog; /* names of procedures */
    bool russian;
    bool verbose; /* where the figures of every procedure stand, not only of those with a finding */
} ExplainStyle;

/* Class, the rules in the order they were tried, then the procedures with k of n: first the low ones and
 * those in the risk zone, with where their figures stand (submission, form, cell, date, person, approver),
 * then the others in a line each. reply->school_class must be set. */
void explain_show(const Shans__V1__ExplainReply *reply, const ExplainStyle *style, Buf *buf);

/* Wellbeing group by quality group, school numbers in the cells, counts of the types below. */
void matrix_show(const Shans__V1__GetMatrixReply *reply, Buf *buf);

#endif
