/* Owns the tests of the list of findings: places, arguments, growth, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/trap/issue.h"

static int setup(void **state)
{
    *state = arena_new((size_t)8 << 20, NULL);
    return *state == NULL;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void places(void **state)
{
    static const struct {
        const char *table, *row, *column, *place;
    } rows[] = {
        {"", "", "", ""},
        {"6", "", "", "table 6"},
        {"12", "5", "", "table 12/5"},
        {"12", "5", "2023", "table 12/5/2023"},
        {"10", "", "2025", "table 10//2025"},
        {"план", "2.15", "", "table план/2.15"},
    };
    TrapList list = {.arena = *state};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const TrapIssue *issue =
            trap_add(&list, "RULE", TRAP_WARNING, "s", rows[i].table, rows[i].row, rows[i].column);
        assert_string_equal(issue->place, rows[i].place);
        assert_string_equal(issue->raw, "");
        assert_string_equal(issue->proposal, "");
        assert_string_equal(issue->school, "s");
        assert_int_equal(issue->severity, TRAP_WARNING);
    }
    assert_false(list.failed);
}

static void arguments(void **state)
{
    TrapList list = {.arena = *state};
    TrapIssue *issue = trap_add(&list, "RULE", TRAP_ERROR, "", "1", "", "");

    for (int i = 0; i < TRAP_ARGS_MAX + 3; i++)
        trap_arg(&list, issue, "key", "%d of %s", i, "x");
    assert_int_equal(issue->arg_count, TRAP_ARGS_MAX);
    assert_string_equal(issue->args[0].value, "0 of x");
    assert_string_equal(issue->args[TRAP_ARGS_MAX - 1].key, "key");
    assert_string_equal(issue->args[TRAP_ARGS_MAX - 1].value, "4 of x");
}

/* The list moves when it grows; what stands in it stays. */
static void growth(void **state)
{
    enum { MANY = 1000 };
    TrapList list = {.arena = *state};

    for (int i = 0; i < MANY; i++) {
        TrapIssue *issue = trap_add(&list, "RULE", TRAP_INFO, "", trap_text(&list, "%d", i), "", "");
        trap_arg(&list, issue, "number", "%d", i);
    }
    assert_int_equal(list.count, MANY);
    assert_string_equal(list.items[0].place, "table 0");
    assert_string_equal(list.items[MANY - 1].place, "table 999");
    assert_string_equal(list.items[500].args[0].value, "500");
}

static void joined(void **state)
{
    TrapList list = {.arena = *state};
    const char *text = "";

    text = trap_join(&list, text, "4");
    assert_string_equal(text, "4");
    text = trap_join(&list, text, "10");
    text = trap_join(&list, text, "школа");
    assert_string_equal(text, "4,10,школа");
}

/* A text too long for a table on paper is cut, not refused. */
static void long_texts(void **state)
{
    static char text[5000];
    TrapList list = {.arena = *state};

    memset(text, 'x', sizeof text - 1);
    const char *cut = trap_text(&list, "%s", text);
    assert_true(strlen(cut) > 500 && strlen(cut) < sizeof text - 1);
    assert_false(list.failed);
}

/* Whatever fails, no pointer is NULL and the list remembers. */
static void memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        Arena *arena = arena_new((size_t)1 << 20, NULL);
        TrapList list = {.arena = arena};
        arena_fail_nth(arena, n);
        for (int i = 0; i < 20; i++) {
            TrapIssue *issue = trap_add(&list, "RULE", TRAP_INFO, "", "1", "2", "3");
            assert_non_null(issue);
            trap_arg(&list, issue, "key", "%d", i);
            assert_non_null(issue->place);
            for (size_t a = 0; a < issue->arg_count; a++)
                assert_non_null(issue->args[a].value);
        }
        assert_true(list.failed);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(places, setup, teardown),
        cmocka_unit_test_setup_teardown(arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(growth, setup, teardown),
        cmocka_unit_test_setup_teardown(joined, setup, teardown),
        cmocka_unit_test_setup_teardown(long_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(memory, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
