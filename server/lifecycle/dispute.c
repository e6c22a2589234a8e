/* Owns the rules of confirming and disputing delivered figures. Invariant: for each state, event and role at
 * most one rule applies (walked by the unit test). Must not know time, storage or wire: it answers, it does
 * not act. */
#include "server/lifecycle/dispute.h"

enum {
    EDITOR = 1 << LIFECYCLE_EDITOR,
    HEAD = 1 << LIFECYCLE_HEAD,
    ANALYST = 1 << LIFECYCLE_ANALYST,
};
enum { NEEDS_TEXT = 1 };

typedef struct Rule {
    int number;
    DisputeState from;
    DisputeEvent event;
    unsigned roles;
    DisputeState to;
    unsigned traits;
} Rule;

/* The head signs for the school; whoever enters its figures may object and take an objection back. A figure
 * the ministry looked at and kept is not disputed again until another one is delivered. */
static const Rule rules[] = {
    /* agreed with */
    {10, DISPUTE_NONE, DISPUTE_CONFIRM, HEAD, DISPUTE_NONE, 0},
    /* objected to */
    {20, DISPUTE_NONE, DISPUTE_OBJECT, EDITOR | HEAD, DISPUTE_OPEN, NEEDS_TEXT},
    {21, DISPUTE_WITHDRAWN, DISPUTE_OBJECT, EDITOR | HEAD, DISPUTE_OPEN, NEEDS_TEXT},
    {22, DISPUTE_CORRECTED, DISPUTE_OBJECT, EDITOR | HEAD, DISPUTE_OPEN, NEEDS_TEXT},
    {23, DISPUTE_OPEN, DISPUTE_TAKE_BACK, EDITOR | HEAD, DISPUTE_WITHDRAWN, 0},
    /* decided by the ministry */
    {30, DISPUTE_OPEN, DISPUTE_UPHOLD, ANALYST, DISPUTE_UPHELD, 0},
    {31, DISPUTE_OPEN, DISPUTE_REJECT, ANALYST, DISPUTE_REJECTED, NEEDS_TEXT},
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static const char *const state_names[DISPUTE_STATE_COUNT] = {"NONE",     "OPEN",      "UPHELD",
                                                             "REJECTED", "WITHDRAWN", "CORRECTED"};
static const char *const event_names[DISPUTE_EVENT_COUNT] = {"",       "CONFIRM", "OBJECT",
                                                             "UPHOLD", "REJECT",  "TAKE_BACK"};
static const char *const role_names[LIFECYCLE_ROLE_COUNT] = {
    "", "editor", "head", "coordinator", "analyst", "methodologist", "administrator", "auditor",
};

const char *dispute_state_name(DisputeState state)
{
    return (unsigned)state < DISPUTE_STATE_COUNT ? state_names[state] : "";
}

const char *dispute_event_name(DisputeEvent event)
{
    return (unsigned)event < DISPUTE_EVENT_COUNT ? event_names[event] : "";
}

bool dispute_is_live(DisputeState state)
{
    return state == DISPUTE_OPEN || state == DISPUTE_UPHELD;
}

/* Numbers come from the wire and the database: each is checked before it indexes anything. */
static bool known(const DisputeGather *gather)
{
    return (unsigned)gather->state < DISPUTE_STATE_COUNT && gather->event != DISPUTE_EVENT_UNSET &&
           (unsigned)gather->event < DISPUTE_EVENT_COUNT && gather->role != LIFECYCLE_ROLE_UNSET &&
           (unsigned)gather->role < LIFECYCLE_ROLE_COUNT;
}

/* The rule of the event in this state, whoever asks; NULL: none. One row a state and event. */
static const Rule *find_rule(DisputeState state, DisputeEvent event)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].from == state && rules[i].event == event)
            return &rules[i];
    return NULL;
}

/* In any state at all: who never may is told nothing of states and revisions. */
static bool role_ever(const DisputeGather *gather)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].event == gather->event && (rules[i].roles & 1u << gather->role) != 0)
            return true;
    return false;
}

ErrCode dispute_next(const DisputeGather *gather, DisputeState *ret_state, Err *err)
{
    if (!known(gather))
        return err_set(err, ERR_INVALID_ARGUMENT, "LIFECYCLE_UNKNOWN");
    if (!role_ever(gather)) {
        err_set(err, ERR_PERMISSION_DENIED, "DISPUTE_ROLE");
        err_arg(err, "role", "%s", role_names[gather->role]);
        return err_arg(err, "event", "%s", event_names[gather->event]);
    }
    if (gather->base_revision != gather->current_revision) {
        err_set(err, ERR_ABORTED, "LIFECYCLE_REVISION_STALE");
        err_arg(err, "base", "%u", gather->base_revision);
        return err_arg(err, "current", "%u", gather->current_revision);
    }
    const Rule *rule = find_rule(gather->state, gather->event);
    if (rule == NULL) {
        err_set(err, ERR_FAILED_PRECONDITION, "DISPUTE_STATE");
        err_arg(err, "state", "%s", state_names[gather->state]);
        return err_arg(err, "event", "%s", event_names[gather->event]);
    }
    if ((rule->traits & NEEDS_TEXT) != 0 && !gather->text) {
        err_set(err, ERR_INVALID_ARGUMENT, "DISPUTE_REASON");
        return err_arg(err, "event", "%s", event_names[gather->event]);
    }
    *ret_state = rule->to;
    return ERR_OK;
}

void dispute_dump(Buf *buf)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        const Rule *rule = &rules[i];
        const char *gap = " ";
        buf_printf(buf, "%d %s %s", rule->number, state_names[rule->from], event_names[rule->event]);
        for (size_t role = 1; role < LIFECYCLE_ROLE_COUNT; role++) {
            if ((rule->roles & 1u << role) == 0)
                continue;
            buf_printf(buf, "%s%s", gap, role_names[role]);
            gap = ",";
        }
        buf_printf(buf, " -> %s%s\n", state_names[rule->to],
                   (rule->traits & NEEDS_TEXT) != 0 ? " reason" : "");
    }
}
