/* The life of a submission: one table of numbered rules, one pure function. Whoever changes a submission's
 * state gathers the facts first, asks here, and stores the answer in the same transaction. */
#ifndef SERVER_LIFECYCLE_LIFECYCLE_H
#define SERVER_LIFECYCLE_LIFECYCLE_H

#include <stdbool.h>

#include "common/core/buf.h"

/* The numbers of SubmissionState in collection.proto and of the store. NONE: no live submission yet.
 * SUPERSEDED and WITHDRAWN are final: another submission begins at NONE. */
typedef enum LifecycleState {
    LIFECYCLE_NONE = 0,
    LIFECYCLE_DRAFT = 1,
    LIFECYCLE_READY = 2,
    LIFECYCLE_SUBMITTED = 3,
    LIFECYCLE_RETURNED = 4,
    LIFECYCLE_ACCEPTED = 5,
    LIFECYCLE_SUPERSEDED = 6,
    LIFECYCLE_WITHDRAWN = 7,
    LIFECYCLE_STATE_COUNT
} LifecycleState;

typedef enum LifecycleEvent {
    LIFECYCLE_EVENT_UNSET = 0,
    LIFECYCLE_SAVE,
    LIFECYCLE_MARK_READY,
    LIFECYCLE_REOPEN,
    LIFECYCLE_SUBMIT, /* first, or a correction: base_revision is the revision corrected */
    LIFECYCLE_RETURN,
    LIFECYCLE_ACCEPT,
    LIFECYCLE_WITHDRAW,
    LIFECYCLE_SUPERSEDE, /* another submission of the same key takes its place (a newer form version) */
    LIFECYCLE_EVENT_COUNT
} LifecycleEvent;

/* The numbers of Role in system.proto; scope (which school, which district) is checked before. */
typedef enum LifecycleRole {
    LIFECYCLE_ROLE_UNSET = 0,
    LIFECYCLE_EDITOR = 1,
    LIFECYCLE_HEAD = 2,
    LIFECYCLE_COORDINATOR = 3,
    LIFECYCLE_ANALYST = 4,
    LIFECYCLE_METHODOLOGIST = 5,
    LIFECYCLE_ADMINISTRATOR = 6,
    LIFECYCLE_AUDITOR = 7,
    LIFECYCLE_ROLE_COUNT
} LifecycleRole;

/* The numbers of FigureSource in collection.proto. */
typedef enum LifecycleSource {
    LIFECYCLE_BY_SCHOOL = 1,
    LIFECYCLE_BY_DISTRICT = 2,
    LIFECYCLE_BY_REGION = 3,
    LIFECYCLE_SOURCE_COUNT
} LifecycleSource;

/* What the caller knows, all of it read in one transaction. */
typedef struct LifecycleGather {
    LifecycleState state;
    LifecycleEvent event;
    LifecycleRole role;
    LifecycleSource source;    /* of the submission */
    uint32_t base_revision;    /* the caller looked at; 0: none */
    uint32_t current_revision; /* stored; 0: none */
    uint32_t open_marks;       /* not resolved by a later revision */
    uint32_t new_marks;        /* given with this event */
    bool comment;              /* a non-empty one is given */
} LifecycleGather;

/* What the caller has to do. */
typedef struct LifecycleStep {
    int rule; /* number in the table, for the journal */
    LifecycleState state;
    uint32_t revision; /* to store */
    bool new_revision; /* revision = current + 1, the cells given are its content */
    bool makes_facts;  /* this revision is accepted: its figures count from now on */
    bool ends_facts;   /* figures of an accepted revision, if any, stop counting */
} LifecycleStep;

/* The one rule that applies, or why there is none, in this order of questions:
 *   PERMISSION_DENIED / LIFECYCLE_ROLE (role, event, source): the role never may;
 *   ABORTED / LIFECYCLE_REVISION_STALE (base, current): someone was faster, read again;
 *   FAILED_PRECONDITION / LIFECYCLE_STATE (state, event): not in this state;
 *   PERMISSION_DENIED / LIFECYCLE_ROLE: not this role in this state;
 *   INVALID_ARGUMENT / LIFECYCLE_MARKS_REQUIRED or LIFECYCLE_COMMENT_REQUIRED (event);
 *   FAILED_PRECONDITION / LIFECYCLE_MARKS_OPEN (marks): accepting over open marks needs a comment.
 * Numbers outside the enumerations: INVALID_ARGUMENT / LIFECYCLE_UNKNOWN. */
ErrCode lifecycle_next(const LifecycleGather *gather, LifecycleStep *ret_step, Err *err) MUST_CHECK;

/* "SUBMITTED", "RETURN"; "" for anything else. */
const char *lifecycle_state_name(LifecycleState state);
const char *lifecycle_event_name(LifecycleEvent event);

/* The table as text, one rule a line. */
void lifecycle_dump(Buf *buf);

#endif
