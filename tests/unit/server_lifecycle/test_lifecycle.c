/* Owns the tests of the submission's life: the golden table, and a walk over every state, event, role and
 * source against an expectation written apart from the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/lifecycle/lifecycle.h"

static LifecycleGather gather(LifecycleState state, LifecycleEvent event, LifecycleRole role,
                              LifecycleSource source)
{
    uint32_t revision = state == LIFECYCLE_NONE ? 0 : 3;

    return (LifecycleGather){
        .state = state,
        .event = event,
        .role = role,
        .source = source,
        .base_revision = revision,
        .current_revision = revision,
        .new_marks = 1,
        .comment = true,
    };
}

static ErrCode ask(LifecycleState state, LifecycleEvent event, LifecycleRole role, LifecycleSource source,
                   LifecycleStep *step, Err *err)
{
    LifecycleGather g = gather(state, event, role, source);

    *err = (Err){0};
    return lifecycle_next(&g, step, err);
}

/* Where each event leads from each state, over all who may: '.' nowhere; letters are states. Columns:
 * NONE DRAFT READY SUBMITTED RETURNED ACCEPTED SUPERSEDED WITHDRAWN. */
static const char *const targets[LIFECYCLE_EVENT_COUNT] = {
    [LIFECYCLE_SAVE] = "DD......",     [LIFECYCLE_MARK_READY] = ".Y......", [LIFECYCLE_REOPEN] = "..D.....",
    [LIFECYCLE_SUBMIT] = "SSSSSS..",   [LIFECYCLE_RETURN] = "...R.R..",     [LIFECYCLE_ACCEPT] = "...A....",
    [LIFECYCLE_WITHDRAW] = ".WWWWW..", [LIFECYCLE_SUPERSEDE] = "...PPP..",
};
static const char letters[] = ".DYSRAPW";

static bool owns(LifecycleRole role, LifecycleSource source)
{
    switch (source) {
    case LIFECYCLE_BY_SCHOOL:
        return role == LIFECYCLE_EDITOR || role == LIFECYCLE_HEAD;
    case LIFECYCLE_BY_DISTRICT:
        return role == LIFECYCLE_COORDINATOR;
    default:
        return role == LIFECYCLE_ANALYST;
    }
}

static bool reviews(LifecycleRole role, LifecycleSource source)
{
    if (source == LIFECYCLE_BY_REGION)
        return false;
    return role == LIFECYCLE_ANALYST || (role == LIFECYCLE_COORDINATOR && source == LIFECYCLE_BY_SCHOOL);
}

/* Who may, said in words of offices instead of rows. */
static bool expected(LifecycleState state, LifecycleEvent event, LifecycleRole role, LifecycleSource source)
{
    bool under_review = state == LIFECYCLE_SUBMITTED || state == LIFECYCLE_RETURNED;

    if (targets[event][state] == '.')
        return false;
    if (source == LIFECYCLE_BY_REGION && under_review)
        return false; /* nothing of the region is ever under review */
    switch (event) {
    case LIFECYCLE_RETURN:
        return state == LIFECYCLE_ACCEPTED ? role == LIFECYCLE_ANALYST && source != LIFECYCLE_BY_REGION
                                           : reviews(role, source);
    case LIFECYCLE_ACCEPT:
        return reviews(role, source);
    case LIFECYCLE_WITHDRAW:
        if (state == LIFECYCLE_ACCEPTED)
            return role == LIFECYCLE_ANALYST;
        return owns(role, source) && !(under_review && role == LIFECYCLE_EDITOR);
    default:
        return owns(role, source);
    }
}

static void test_walk(void **state_)
{
    size_t asked = 0, allowed = 0;

    (void)state_;
    for (int s = 0; s < LIFECYCLE_STATE_COUNT; s++)
        for (int e = 1; e < LIFECYCLE_EVENT_COUNT; e++)
            for (int r = 1; r < LIFECYCLE_ROLE_COUNT; r++)
                for (int f = 1; f < LIFECYCLE_SOURCE_COUNT; f++) {
                    LifecycleStep step = {0};
                    Err err;
                    ErrCode code = ask((LifecycleState)s, (LifecycleEvent)e, (LifecycleRole)r,
                                       (LifecycleSource)f, &step, &err);
                    bool want =
                        expected((LifecycleState)s, (LifecycleEvent)e, (LifecycleRole)r, (LifecycleSource)f);
                    asked++;
                    if ((code == ERR_OK) != want)
                        fail_msg("%s %s role %d source %d: %s", lifecycle_state_name((LifecycleState)s),
                                 lifecycle_event_name((LifecycleEvent)e), r, f, err.reason);
                    if (!want) {
                        assert_true(code == ERR_PERMISSION_DENIED || code == ERR_FAILED_PRECONDITION);
                        assert_int_equal(step.rule, 0); /* written only on success */
                        continue;
                    }
                    allowed++;
                    char letter = targets[e][s];
                    if (e == LIFECYCLE_SUBMIT && f == LIFECYCLE_BY_REGION)
                        letter = 'A';
                    assert_int_equal(letters[step.state], letter);
                    bool content = e == LIFECYCLE_SAVE || e == LIFECYCLE_SUBMIT;
                    assert_int_equal(step.new_revision, content);
                    assert_int_equal(step.revision, (s == 0 ? 0 : 3) + content);
                    assert_int_equal(step.makes_facts, letter == 'A');
                    if (step.ends_facts)
                        assert_true(letter == 'W' || letter == 'P');
                    if (s == LIFECYCLE_ACCEPTED && (letter == 'W' || letter == 'P'))
                        assert_true(step.ends_facts);
                }
    assert_int_equal(asked, 8 * 8 * 7 * 3);
    assert_true(allowed > 60);
    print_message("%zu combinations, %zu allowed\n", asked, allowed);
}

static void test_reasons(void **state)
{
    LifecycleStep step;
    Err err;

    (void)state;
    assert_int_equal(
        ask(LIFECYCLE_SUBMITTED, LIFECYCLE_ACCEPT, LIFECYCLE_EDITOR, LIFECYCLE_BY_SCHOOL, &step, &err),
        ERR_PERMISSION_DENIED);
    assert_string_equal(err.reason, "LIFECYCLE_ROLE");
    assert_string_equal(err_arg_get(&err, "role"), "editor");
    assert_string_equal(err_arg_get(&err, "event"), "ACCEPT");
    assert_string_equal(err_arg_get(&err, "source"), "school");

    assert_int_equal(
        ask(LIFECYCLE_ACCEPTED, LIFECYCLE_ACCEPT, LIFECYCLE_COORDINATOR, LIFECYCLE_BY_SCHOOL, &step, &err),
        ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "LIFECYCLE_STATE");
    assert_string_equal(err_arg_get(&err, "state"), "ACCEPTED");

    /* May return what is submitted, but not what is accepted. */
    assert_int_equal(
        ask(LIFECYCLE_ACCEPTED, LIFECYCLE_RETURN, LIFECYCLE_COORDINATOR, LIFECYCLE_BY_SCHOOL, &step, &err),
        ERR_PERMISSION_DENIED);
    /* Four eyes: the district's own figures are accepted above it. */
    assert_int_equal(
        ask(LIFECYCLE_SUBMITTED, LIFECYCLE_ACCEPT, LIFECYCLE_COORDINATOR, LIFECYCLE_BY_DISTRICT, &step, &err),
        ERR_PERMISSION_DENIED);
}

static void test_stale_revision(void **state)
{
    LifecycleGather g =
        gather(LIFECYCLE_SUBMITTED, LIFECYCLE_ACCEPT, LIFECYCLE_COORDINATOR, LIFECYCLE_BY_SCHOOL);
    LifecycleStep step;
    Err err = {0};

    (void)state;
    g.base_revision = 2;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_ABORTED);
    assert_string_equal(err.reason, "LIFECYCLE_REVISION_STALE");
    assert_string_equal(err_arg_get(&err, "base"), "2");
    assert_string_equal(err_arg_get(&err, "current"), "3");
    g.role = LIFECYCLE_AUDITOR; /* who never may learns nothing of revisions */
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_PERMISSION_DENIED);
    g.role = LIFECYCLE_COORDINATOR; /* stale wins over a state that has moved on: read again */
    g.state = LIFECYCLE_ACCEPTED;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_ABORTED);

    /* Of two corrections of one revision exactly one passes. */
    g = gather(LIFECYCLE_ACCEPTED, LIFECYCLE_SUBMIT, LIFECYCLE_EDITOR, LIFECYCLE_BY_SCHOOL);
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_OK);
    g.state = step.state;
    g.current_revision = step.revision;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_ABORTED);
    /* "First" over something that exists already, and a correction of nothing. */
    g.base_revision = 0;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_ABORTED);
    g = gather(LIFECYCLE_NONE, LIFECYCLE_SUBMIT, LIFECYCLE_EDITOR, LIFECYCLE_BY_SCHOOL);
    g.base_revision = 1;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_ABORTED);
}

static void test_needs(void **state)
{
    LifecycleGather g =
        gather(LIFECYCLE_SUBMITTED, LIFECYCLE_RETURN, LIFECYCLE_COORDINATOR, LIFECYCLE_BY_SCHOOL);
    LifecycleStep step;
    Err err = {0};

    (void)state;
    g.new_marks = 0;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "LIFECYCLE_MARKS_REQUIRED");
    g.new_marks = 1;
    g.comment = false;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_OK);

    g.event = LIFECYCLE_ACCEPT;
    g.open_marks = 2;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "LIFECYCLE_MARKS_OPEN");
    assert_string_equal(err_arg_get(&err, "marks"), "2");
    g.comment = true;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_OK);
    g.comment = false;
    g.open_marks = 0;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_OK);

    g.event = LIFECYCLE_WITHDRAW;
    g.role = LIFECYCLE_HEAD;
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_INVALID_ARGUMENT);
    assert_string_equal(err.reason, "LIFECYCLE_COMMENT_REQUIRED");
    g.state = LIFECYCLE_DRAFT; /* nobody saw it yet */
    assert_int_equal(lifecycle_next(&g, &step, &err), ERR_OK);
}

static void test_unknown_numbers(void **state)
{
    static const int bad[] = {-1, 0, 99, INT32_MAX};
    LifecycleStep step;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (int which = 0; which < 4; which++) {
            LifecycleGather g =
                gather(LIFECYCLE_SUBMITTED, LIFECYCLE_ACCEPT, LIFECYCLE_COORDINATOR, LIFECYCLE_BY_SCHOOL);
            Err err = {0};
            if (which == 0 && bad[i] == 0)
                continue; /* NONE is a state */
            g.state = which == 0 ? (LifecycleState)bad[i] : g.state;
            g.event = which == 1 ? (LifecycleEvent)bad[i] : g.event;
            g.role = which == 2 ? (LifecycleRole)bad[i] : g.role;
            g.source = which == 3 ? (LifecycleSource)bad[i] : g.source;
            assert_int_equal(lifecycle_next(&g, &step, &err), ERR_INVALID_ARGUMENT);
            assert_string_equal(err.reason, "LIFECYCLE_UNKNOWN");
        }
    assert_string_equal(lifecycle_state_name((LifecycleState)99), "");
    assert_string_equal(lifecycle_event_name((LifecycleEvent)-1), "");
}

/* A school's year: sent, returned at a cell, corrected, accepted, corrected again, accepted again. */
static void test_story(void **state)
{
    static const struct {
        LifecycleEvent event;
        LifecycleRole role;
        LifecycleState state;
        uint32_t revision;
    } story[] = {
        {LIFECYCLE_SUBMIT, LIFECYCLE_EDITOR, LIFECYCLE_SUBMITTED, 1},
        {LIFECYCLE_RETURN, LIFECYCLE_COORDINATOR, LIFECYCLE_RETURNED, 1},
        {LIFECYCLE_SUBMIT, LIFECYCLE_HEAD, LIFECYCLE_SUBMITTED, 2},
        {LIFECYCLE_ACCEPT, LIFECYCLE_COORDINATOR, LIFECYCLE_ACCEPTED, 2},
        {LIFECYCLE_SUBMIT, LIFECYCLE_EDITOR, LIFECYCLE_SUBMITTED, 3},
        {LIFECYCLE_ACCEPT, LIFECYCLE_ANALYST, LIFECYCLE_ACCEPTED, 3},
        {LIFECYCLE_RETURN, LIFECYCLE_ANALYST, LIFECYCLE_RETURNED, 3},
        {LIFECYCLE_WITHDRAW, LIFECYCLE_HEAD, LIFECYCLE_WITHDRAWN, 3},
    };
    LifecycleGather g = gather(LIFECYCLE_NONE, LIFECYCLE_SUBMIT, LIFECYCLE_EDITOR, LIFECYCLE_BY_SCHOOL);

    (void)state;
    for (size_t i = 0; i < sizeof story / sizeof story[0]; i++) {
        LifecycleStep step;
        Err err = {0};
        g.event = story[i].event;
        g.role = story[i].role;
        assert_int_equal(lifecycle_next(&g, &step, &err), ERR_OK);
        assert_int_equal(step.state, story[i].state);
        assert_int_equal(step.revision, story[i].revision);
        g.state = step.state;
        g.base_revision = g.current_revision = step.revision;
    }
}

static size_t read_file(const char *path, char *to, size_t size)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t length = fread(to, 1, size - 1, file);
    fclose(file);
    to[length] = '\0';
    return length;
}

static void test_golden(void **state)
{
    static char golden[16384];
    Buf buf;

    (void)state;
    read_file("tests/golden/lifecycle.txt", golden, sizeof golden);
    buf_init(&buf, 65536);
    lifecycle_dump(&buf);
    assert_false(buf.failed);
    assert_string_equal(buf.data, golden);
    buf_done(&buf);
}

/* Rule numbers are what journals quote: unique, ascending. */
static void test_numbers(void **state)
{
    Buf buf;
    int last = 0, number;

    (void)state;
    buf_init(&buf, 65536);
    lifecycle_dump(&buf);
    for (const char *line = buf.data; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_int_equal(sscanf(line, "%d ", &number), 1);
        assert_true(number > last);
        last = number;
    }
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),   cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_needs),  cmocka_unit_test(test_stale_revision),
        cmocka_unit_test(test_story),  cmocka_unit_test(test_unknown_numbers),
        cmocka_unit_test(test_golden), cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
