/* Marks of manual pages: nothing of a text is ever taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/i18n.h"
#include "common/base/roff.h"

static Buf buf;

static int set_up(void **state)
{
    (void)state;
    buf_init(&buf, 1 << 16);
    i18n_init("en", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&buf);
    return 0;
}

static void texts_are_escaped(void **state)
{
    static const struct {
        const char *text, *page;
    } rows[] = {
        {"plain", "plain\n"},
        {"--dry-run", "\\-\\-dry\\-run\n"},
        {".TH is no mark", "\\&.TH is no mark\n"},
        {"'quoted'", "\\&'quoted'\n"},
        {"a\\b", "a\\eb\n"},
        {"say \"x\"", "say \\(dqx\\(dq\n"},
        {"two\n.SH lines", "two .SH lines\n"}, /* never a line of its own */
        {"Первоуральск", "Первоуральск\n"},
        {"", "\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&buf);
        roff_section(&buf, "X");
        roff_text(&buf, rows[i].text);
        assert_string_equal(buf.data + strlen(".SH X\n"), rows[i].page);
    }
}

/* A heading begins a paragraph by itself; a second mark there would be a fault of the page. */
static void paragraphs(void **state)
{
    (void)state;
    roff_section(&buf, "A");
    roff_text(&buf, "one");
    roff_text(&buf, "two");
    roff_subsection(&buf, "B");
    roff_example(&buf, "shans org list");
    roff_item(&buf, "--form", "which");
    assert_string_equal(buf.data, ".SH A\none\n.PP\ntwo\n.SS B\n.nf\n.RS 4\nshans org list\n.RE\n.fi\n"
                                  ".TP\n\\fB\\-\\-form\\fR\nwhich\n");
}

static void page_begins(void **state)
{
    (void)state;
    roff_page(&buf, "shans-org", 1, "list organisations");
    assert_non_null(strstr(buf.data, ".TH \"SHANS\\-ORG\" 1 "));
    assert_non_null(strstr(buf.data, "\n.SH NAME\nshans\\-org \\- list organisations\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_escaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paragraphs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(page_begins, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
