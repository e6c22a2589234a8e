/* Owns the rules of a submission's life. Invariant: for each state, event, role and source at most one rule
 * applies (walked by the unit test).
 * Must not know time, storage or wire: it answers, it does not act. */
#include "server/lifecycle/lifecycle.h"

enum {
    EDITOR = 1 << LIFECYCLE_EDITOR,
    HEAD = 1 << LIFECYCLE_HEAD,
    COORDINATOR = 1 << LIFECYCLE_COORDINATOR,
    ANALYST = 1 << LIFECYCLE_ANALYST,
    AT_SCHOOL = EDITOR | HEAD,
};
enum {
    SCHOOL = 1 << LIFECYCLE_BY_SCHOOL,
    DISTRICT = 1 << LIFECYCLE_BY_DISTRICT,
    REGION = 1 << LIFECYCLE_BY_REGION,
    BELOW_REGION = SCHOOL | DISTRICT,
};
enum {
    NEEDS_COMMENT = 1,
    NEEDS_MARKS = 2,
    NEEDS_MARKS_CLOSED = 4, /* or a comment */
    NEW_REVISION = 8,
    MAKES_FACTS = 16,
    ENDS_FACTS = 32,
};

typedef struct Rule {
    int number;
    LifecycleState from;
    LifecycleEvent event;
    unsigned sources, roles;
    LifecycleState to;
    unsigned traits;
} Rule;

#define S(name) LIFECYCLE_##name

/* Figures of a source are entered and corrected by its own office and reviewed by an office above it: a
 * coordinator never accepts what the district itself entered. The region's figures come from the federal
 * systems and have nobody above: they are accepted at once. A correction of accepted figures is a new
 * revision under review; the accepted revision counts until the new one is accepted. */
static const Rule rules[] = {
    /* drafts */
    {10, S(NONE), S(SAVE), SCHOOL, AT_SCHOOL, S(DRAFT), NEW_REVISION},
    {11, S(NONE), S(SAVE), DISTRICT, COORDINATOR, S(DRAFT), NEW_REVISION},
    {12, S(NONE), S(SAVE), REGION, ANALYST, S(DRAFT), NEW_REVISION},
    {13, S(DRAFT), S(SAVE), SCHOOL, AT_SCHOOL, S(DRAFT), NEW_REVISION},
    {14, S(DRAFT), S(SAVE), DISTRICT, COORDINATOR, S(DRAFT), NEW_REVISION},
    {15, S(DRAFT), S(SAVE), REGION, ANALYST, S(DRAFT), NEW_REVISION},
    {16, S(DRAFT), S(MARK_READY), SCHOOL, AT_SCHOOL, S(READY), 0},
    {17, S(DRAFT), S(MARK_READY), DISTRICT, COORDINATOR, S(READY), 0},
    {18, S(DRAFT), S(MARK_READY), REGION, ANALYST, S(READY), 0},
    {19, S(READY), S(REOPEN), SCHOOL, AT_SCHOOL, S(DRAFT), 0},
    {20, S(READY), S(REOPEN), DISTRICT, COORDINATOR, S(DRAFT), 0},
    {21, S(READY), S(REOPEN), REGION, ANALYST, S(DRAFT), 0},
    /* sent by the school */
    {30, S(NONE), S(SUBMIT), SCHOOL, AT_SCHOOL, S(SUBMITTED), NEW_REVISION},
    {31, S(DRAFT), S(SUBMIT), SCHOOL, AT_SCHOOL, S(SUBMITTED), NEW_REVISION},
    {32, S(READY), S(SUBMIT), SCHOOL, AT_SCHOOL, S(SUBMITTED), NEW_REVISION},
    {33, S(SUBMITTED), S(SUBMIT), SCHOOL, AT_SCHOOL, S(SUBMITTED), NEW_REVISION},
    {34, S(RETURNED), S(SUBMIT), SCHOOL, AT_SCHOOL, S(SUBMITTED), NEW_REVISION},
    {35, S(ACCEPTED), S(SUBMIT), SCHOOL, AT_SCHOOL, S(SUBMITTED), NEW_REVISION},
    /* sent by the district */
    {40, S(NONE), S(SUBMIT), DISTRICT, COORDINATOR, S(SUBMITTED), NEW_REVISION},
    {41, S(DRAFT), S(SUBMIT), DISTRICT, COORDINATOR, S(SUBMITTED), NEW_REVISION},
    {42, S(READY), S(SUBMIT), DISTRICT, COORDINATOR, S(SUBMITTED), NEW_REVISION},
    {43, S(SUBMITTED), S(SUBMIT), DISTRICT, COORDINATOR, S(SUBMITTED), NEW_REVISION},
    {44, S(RETURNED), S(SUBMIT), DISTRICT, COORDINATOR, S(SUBMITTED), NEW_REVISION},
    {45, S(ACCEPTED), S(SUBMIT), DISTRICT, COORDINATOR, S(SUBMITTED), NEW_REVISION},
    /* imported by the region */
    {50, S(NONE), S(SUBMIT), REGION, ANALYST, S(ACCEPTED), NEW_REVISION | MAKES_FACTS},
    {51, S(DRAFT), S(SUBMIT), REGION, ANALYST, S(ACCEPTED), NEW_REVISION | MAKES_FACTS},
    {52, S(READY), S(SUBMIT), REGION, ANALYST, S(ACCEPTED), NEW_REVISION | MAKES_FACTS},
    {53, S(ACCEPTED), S(SUBMIT), REGION, ANALYST, S(ACCEPTED), NEW_REVISION | MAKES_FACTS},
    /* reviewed by the office above */
    {60, S(SUBMITTED), S(RETURN), SCHOOL, COORDINATOR | ANALYST, S(RETURNED), NEEDS_MARKS},
    {61, S(SUBMITTED), S(RETURN), DISTRICT, ANALYST, S(RETURNED), NEEDS_MARKS},
    {62, S(SUBMITTED), S(ACCEPT), SCHOOL, COORDINATOR | ANALYST, S(ACCEPTED),
     NEEDS_MARKS_CLOSED | MAKES_FACTS},
    {63, S(SUBMITTED), S(ACCEPT), DISTRICT, ANALYST, S(ACCEPTED), NEEDS_MARKS_CLOSED | MAKES_FACTS},
    {64, S(ACCEPTED), S(RETURN), BELOW_REGION, ANALYST, S(RETURNED), NEEDS_MARKS},
    /* taken back */
    {70, S(DRAFT), S(WITHDRAW), SCHOOL, AT_SCHOOL, S(WITHDRAWN), 0},
    {71, S(READY), S(WITHDRAW), SCHOOL, AT_SCHOOL, S(WITHDRAWN), 0},
    {72, S(DRAFT), S(WITHDRAW), DISTRICT, COORDINATOR, S(WITHDRAWN), 0},
    {73, S(READY), S(WITHDRAW), DISTRICT, COORDINATOR, S(WITHDRAWN), 0},
    {74, S(DRAFT), S(WITHDRAW), REGION, ANALYST, S(WITHDRAWN), 0},
    {75, S(READY), S(WITHDRAW), REGION, ANALYST, S(WITHDRAWN), 0},
    {76, S(SUBMITTED), S(WITHDRAW), SCHOOL, HEAD, S(WITHDRAWN), NEEDS_COMMENT | ENDS_FACTS},
    {77, S(RETURNED), S(WITHDRAW), SCHOOL, HEAD, S(WITHDRAWN), NEEDS_COMMENT | ENDS_FACTS},
    {78, S(SUBMITTED), S(WITHDRAW), DISTRICT, COORDINATOR, S(WITHDRAWN), NEEDS_COMMENT | ENDS_FACTS},
    {79, S(RETURNED), S(WITHDRAW), DISTRICT, COORDINATOR, S(WITHDRAWN), NEEDS_COMMENT | ENDS_FACTS},
    {80, S(ACCEPTED), S(WITHDRAW), BELOW_REGION | REGION, ANALYST, S(WITHDRAWN), NEEDS_COMMENT | ENDS_FACTS},
    /* replaced */
    {90, S(SUBMITTED), S(SUPERSEDE), SCHOOL, AT_SCHOOL, S(SUPERSEDED), ENDS_FACTS},
    {91, S(RETURNED), S(SUPERSEDE), SCHOOL, AT_SCHOOL, S(SUPERSEDED), ENDS_FACTS},
    {92, S(ACCEPTED), S(SUPERSEDE), SCHOOL, AT_SCHOOL, S(SUPERSEDED), ENDS_FACTS},
    {93, S(SUBMITTED), S(SUPERSEDE), DISTRICT, COORDINATOR, S(SUPERSEDED), ENDS_FACTS},
    {94, S(RETURNED), S(SUPERSEDE), DISTRICT, COORDINATOR, S(SUPERSEDED), ENDS_FACTS},
    {95, S(ACCEPTED), S(SUPERSEDE), DISTRICT, COORDINATOR, S(SUPERSEDED), ENDS_FACTS},
    {96, S(ACCEPTED), S(SUPERSEDE), REGION, ANALYST, S(SUPERSEDED), ENDS_FACTS},
};

#undef S

enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static const char *const state_names[LIFECYCLE_STATE_COUNT] = {
    "NONE", "DRAFT", "READY", "SUBMITTED", "RETURNED", "ACCEPTED", "SUPERSEDED", "WITHDRAWN",
};
static const char *const event_names[LIFECYCLE_EVENT_COUNT] = {
    "", "SAVE", "MARK_READY", "REOPEN", "SUBMIT", "RETURN", "ACCEPT", "WITHDRAW", "SUPERSEDE",
};
static const char *const role_names[LIFECYCLE_ROLE_COUNT] = {
    "", "editor", "head", "coordinator", "analyst", "methodologist", "administrator", "auditor",
};
static const char *const source_names[LIFECYCLE_SOURCE_COUNT] = {"", "school", "district", "region"};

const char *lifecycle_state_name(LifecycleState state)
{
    return (unsigned)state < LIFECYCLE_STATE_COUNT ? state_names[state] : "";
}

const char *lifecycle_event_name(LifecycleEvent event)
{
    return (unsigned)event < LIFECYCLE_EVENT_COUNT ? event_names[event] : "";
}

/* Numbers come from the wire and the database: each is checked before it indexes anything. */
static bool known(const LifecycleGather *gather)
{
    return (unsigned)gather->state < LIFECYCLE_STATE_COUNT && gather->event != LIFECYCLE_EVENT_UNSET &&
           (unsigned)gather->event < LIFECYCLE_EVENT_COUNT && gather->role != LIFECYCLE_ROLE_UNSET &&
           (unsigned)gather->role < LIFECYCLE_ROLE_COUNT && gather->source >= LIFECYCLE_BY_SCHOOL &&
           (unsigned)gather->source < LIFECYCLE_SOURCE_COUNT;
}

/* Says who tried what with whose figures. */
static ErrCode refuse_role(const LifecycleGather *gather, Err *err)
{
    err_set(err, ERR_PERMISSION_DENIED, "LIFECYCLE_ROLE");
    err_arg(err, "role", "%s", role_names[gather->role]);
    err_arg(err, "event", "%s", event_names[gather->event]);
    return err_arg(err, "source", "%s", source_names[gather->source]);
}

/* In any state at all: who never may is told nothing of states and revisions. */
static bool role_ever(const LifecycleGather *gather)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].event == gather->event && (rules[i].sources & 1u << gather->source) != 0 &&
            (rules[i].roles & 1u << gather->role) != 0)
            return true;
    return false;
}

/* The rule, or NULL; *ret_state_fits tells whether any role could do it in this state. */
static const Rule *find_rule(const LifecycleGather *gather, bool *ret_state_fits)
{
    *ret_state_fits = false;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rules[i].from != gather->state || rules[i].event != gather->event ||
            (rules[i].sources & 1u << gather->source) == 0)
            continue;
        *ret_state_fits = true;
        if ((rules[i].roles & 1u << gather->role) != 0)
            return &rules[i];
    }
    return NULL;
}

/* What has to come with the event. */
static ErrCode check_needs(const Rule *rule, const LifecycleGather *gather, Err *err)
{
    if ((rule->traits & NEEDS_MARKS) != 0 && gather->new_marks == 0) {
        err_set(err, ERR_INVALID_ARGUMENT, "LIFECYCLE_MARKS_REQUIRED");
        return err_arg(err, "event", "%s", event_names[gather->event]);
    }
    if ((rule->traits & NEEDS_COMMENT) != 0 && !gather->comment) {
        err_set(err, ERR_INVALID_ARGUMENT, "LIFECYCLE_COMMENT_REQUIRED");
        return err_arg(err, "event", "%s", event_names[gather->event]);
    }
    if ((rule->traits & NEEDS_MARKS_CLOSED) != 0 && gather->open_marks > 0 && !gather->comment) {
        err_set(err, ERR_FAILED_PRECONDITION, "LIFECYCLE_MARKS_OPEN");
        return err_arg(err, "marks", "%u", gather->open_marks);
    }
    return ERR_OK;
}

ErrCode lifecycle_next(const LifecycleGather *gather, LifecycleStep *ret_step, Err *err)
{
    bool state_fits;

    if (!known(gather))
        return err_set(err, ERR_INVALID_ARGUMENT, "LIFECYCLE_UNKNOWN");
    if (!role_ever(gather))
        return refuse_role(gather, err);
    if (gather->base_revision != gather->current_revision) {
        err_set(err, ERR_ABORTED, "LIFECYCLE_REVISION_STALE");
        err_arg(err, "base", "%u", gather->base_revision);
        return err_arg(err, "current", "%u", gather->current_revision);
    }
    const Rule *rule = find_rule(gather, &state_fits);
    if (!state_fits) {
        err_set(err, ERR_FAILED_PRECONDITION, "LIFECYCLE_STATE");
        err_arg(err, "state", "%s", state_names[gather->state]);
        return err_arg(err, "event", "%s", event_names[gather->event]);
    }
    if (rule == NULL)
        return refuse_role(gather, err);
    bool new_revision = (rule->traits & NEW_REVISION) != 0;
    ErrCode code = check_needs(rule, gather, err);
    if (code != ERR_OK)
        return code;
    *ret_step = (LifecycleStep){
        .rule = rule->number,
        .state = rule->to,
        .revision = gather->current_revision + new_revision,
        .new_revision = new_revision,
        .makes_facts = (rule->traits & MAKES_FACTS) != 0,
        .ends_facts = (rule->traits & ENDS_FACTS) != 0,
    };
    return ERR_OK;
}

/* The names of the bits set, separated by commas. */
static void dump_names(unsigned mask, const char *const *names, size_t count, Buf *buf)
{
    const char *gap = "";

    for (size_t i = 1; i < count; i++) {
        if ((mask & 1u << i) == 0)
            continue;
        buf_printf(buf, "%s%s", gap, names[i]);
        gap = ",";
    }
}

void lifecycle_dump(Buf *buf)
{
    static const char *const traits[] = {"comment",  "marks",       "marks-closed-or-comment",
                                         "revision", "makes-facts", "ends-facts"};

    for (size_t i = 0; i < RULE_COUNT; i++) {
        const Rule *rule = &rules[i];
        buf_printf(buf, "%d %s %s ", rule->number, state_names[rule->from], event_names[rule->event]);
        dump_names(rule->sources, source_names, LIFECYCLE_SOURCE_COUNT, buf);
        buf_char(buf, ' ');
        dump_names(rule->roles, role_names, LIFECYCLE_ROLE_COUNT, buf);
        buf_printf(buf, " -> %s", state_names[rule->to]);
        for (size_t t = 0; t < sizeof traits / sizeof traits[0]; t++)
            if ((rule->traits & 1u << t) != 0)
                buf_printf(buf, " %s", traits[t]);
        buf_char(buf, '\n');
    }
}
