/* Pictures of the table model in both languages, hostile text, wrapping, and errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/render/render.h"
#include "client/table/csv.h"
#include "common/core/text.h"

static Arena *arena;
static Buf buf;

static const RenderColumn columns[] = {
    {"school_code", "School", RENDER_TEXT, 0}, {"state", "State", RENDER_CODE, 0},
    {"share", "Share, %", RENDER_NUMBER, 1},   {"opened", "Opened", RENDER_DATE, 0},
    {"changed", "Changed", RENDER_TIME, 0},    {"training", "Training", RENDER_BOOL, 0},
};

static int setup(void **state)
{
    (void)state;
    arena = arena_new(8 << 20, NULL);
    buf_init(&buf, 8 << 20);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    buf_done(&buf);
    return 0;
}

static RenderTable *sample(bool record)
{
    RenderTable *table = render_table_new(arena, "submission", columns, 6, record);

    render_add_text(table, "66-уч-1");
    render_add_code(table, "ACCEPTED", "принято");
    render_add_number(table, 12345);
    render_add_date(table, "2021-09-01");
    render_add_time(table, 1795300800000 + 81360000);
    render_add_bool(table, true);
    render_add_text(table, "=x;\"y\"");
    render_add_code(table, "RETURNED", "на доработке");
    render_add_empty(table);
    render_add_date(table, "");
    render_add_time(table, 0);
    render_add_bool(table, false);
    return table;
}

static RenderStyle style_of(RenderFormat format, bool russian)
{
    return (RenderStyle){.format = format,
                         .russian = russian,
                         .yes = russian ? "да" : "yes",
                         .no = russian ? "нет" : "no",
                         .none = "Nothing found."};
}

static const char *picture(const RenderTable *table, RenderStyle style)
{
    Err err = {0};

    buf_clear(&buf);
    assert_int_equal(render_table(table, &style, &buf, &err), ERR_OK);
    return buf.data;
}

static void test_table_russian(void **state)
{
    (void)state;
    assert_string_equal(picture(sample(false), style_of(RENDER_AS_TABLE, true)),
                        "School   State         Share, %  Opened      Changed           Training\n"
                        "───────────────────────────────────────────────────────────────────────\n"
                        "66-уч-1  принято        1\u00A0234,5  01.09.2021  22.11.2026 21:16  да\n"
                        "=x;\"y\"   на доработке                                          нет\n");
}

static void test_table_english(void **state)
{
    (void)state;
    assert_string_equal(picture(sample(false), style_of(RENDER_AS_TABLE, false)),
                        "School   State         Share, %  Opened      Changed           Training\n"
                        "───────────────────────────────────────────────────────────────────────\n"
                        "66-уч-1  принято        1,234.5  2021-09-01  2026-11-22 21:16  yes\n"
                        "=x;\"y\"   на доработке                                          no\n");
}

static void test_json(void **state)
{
    (void)state;
    const char *json = picture(sample(false), style_of(RENDER_AS_JSON, true));
    char flat[1024];
    size_t n = 0;
    for (; *json != '\0'; json++) /* whatever the indentation */
        if (*json != ' ' && *json != '\n')
            flat[n++] = *json;
    flat[n] = '\0';
    assert_string_equal(
        flat, "{\"schema\":\"shans.submission.v1\",\"version\":1,\"rows\":[{\"school_code\":\"66-уч-1\","
              "\"state\":\"ACCEPTED\",\"share\":1234.5,\"opened\":\"2021-09-01\","
              "\"changed\":\"2026-11-22T21:16:00.000Z\",\"training\":true},"
              "{\"school_code\":\"=x;\\\"y\\\"\",\"state\":\"RETURNED\",\"share\":null,"
              "\"opened\":null,\"changed\":null,\"training\":false}]}");
    char *russian = arena_text(arena, buf.data);
    assert_string_equal(russian, picture(sample(false), style_of(RENDER_AS_JSON, false)));
}

static void test_csv(void **state)
{
    RenderStyle style = style_of(RENDER_AS_CSV, true);

    (void)state;
    assert_string_equal(picture(sample(false), style),
                        "school_code,state,share,opened,changed,training\n"
                        "66-уч-1,ACCEPTED,1234.5,2021-09-01,2026-11-22T21:16:00.000Z,true\n"
                        "\"'=x;\"\"y\"\"\",RETURNED,,,,false\n");
    style.excel = true;
    assert_string_equal(picture(sample(false), style),
                        "\xEF\xBB\xBFschool_code;state;share;opened;changed;training\r\n"
                        "66-уч-1;ACCEPTED;1234,5;2021-09-01;2026-11-22T21:16:00.000Z;true\r\n"
                        "\"'=x;\"\"y\"\"\";RETURNED;;;;false\r\n");
}

static void test_record(void **state)
{
    (void)state;
    assert_string_equal(picture(sample(true), style_of(RENDER_AS_TABLE, true)),
                        "School:   66-уч-1\nState:    принято\nShare, %: 1\u00A0234,5\nOpened:   01.09.2021\n"
                        "Changed:  22.11.2026 21:16\nTraining: да\n\n"
                        "School:   =x;\"y\"\nState:    на доработке\nTraining: нет\n");
}

static void test_empty(void **state)
{
    (void)state;
    RenderTable *table = render_table_new(arena, "org", columns, 6, false);
    assert_string_equal(picture(table, style_of(RENDER_AS_TABLE, false)), "Nothing found.\n");
    assert_string_equal(picture(table, style_of(RENDER_AS_CSV, false)),
                        "school_code,state,share,opened,changed,training\n");
    assert_non_null(strstr(picture(table, style_of(RENDER_AS_JSON, false)), "\"rows\""));
    assert_int_equal(render_row_count(table), 0);
}

static void test_wraps(void **state)
{
    static const RenderColumn two[] = {{"a", "Code", RENDER_TEXT, 0}, {"b", "Name", RENDER_TEXT, 0}};
    RenderStyle style = style_of(RENDER_AS_TABLE, true);

    (void)state;
    RenderTable *table = render_table_new(arena, "org", two, 2, false);
    render_add_text(table, "66-1");
    render_add_text(table, "Средняя общеобразовательная школа № 1");
    render_add_text(table, "66-2");
    render_add_text(table, "Лицей");
    style.width = 26;
    assert_string_equal(picture(table, style), "Code  Name\n"
                                               "──────────────────────────\n"
                                               "66-1  Средняя\n"
                                               "      общеобразовательная\n"
                                               "      школа № 1\n"
                                               "66-2  Лицей\n");
    /* a word that does not fit is broken, nothing is lost */
    style.width = 14;
    const char *text = picture(table, style);
    assert_non_null(strstr(text, "общеобра\n"));
    assert_non_null(strstr(text, "зователь\n"));
    for (const char *line = text; *line != '\0';) {
        char one[256];
        size_t length = strcspn(line, "\n");
        memcpy(one, line, length);
        one[length] = '\0';
        assert_true(text_width(one) <= 14);
        line += length + 1;
    }
    style.width = 3; /* narrower than possible: still ends */
    assert_non_null(strstr(picture(table, style), "Лицей"));
}

/* A cell of thousands of characters is shown whole when the width is free. */
static void test_long_cell(void **state)
{
    static const RenderColumn one[] = {{"a", "Text", RENDER_TEXT, 0}};
    char text[4001];

    (void)state;
    for (size_t i = 0; i < 2000; i++)
        memcpy(text + 2 * i, "ш", 2);
    text[4000] = '\0';
    RenderTable *table = render_table_new(arena, "note", one, 1, false);
    render_add_text(table, text);
    assert_non_null(strstr(picture(table, style_of(RENDER_AS_TABLE, true)), text));
}

static void test_hostile_text(void **state)
{
    static const char *const hostile[] = {"\x1B[2Jx",
                                          "a\x07",
                                          "a\rb",
                                          "a\nb",
                                          "\xC2\x9B"
                                          "31m",
                                          "\x7F",
                                          "\xE2\x80\xAE"
                                          "evil",
                                          "\xE2\x81\xA6z",
                                          "\xFF\xFE",
                                          "\xC3",
                                          "\x1B]0;title\x07",
                                          "a\tb"};
    static const RenderColumn one[] = {{"a", "A", RENDER_TEXT, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        for (int record = 0; record <= 1; record++) {
            RenderTable *table = render_table_new(arena, "x", one, 1, record != 0);
            render_add_text(table, hostile[i]);
            const char *text = picture(table, style_of(RENDER_AS_TABLE, true));
            assert_true(text_utf8_check((const uint8_t *)text, strlen(text)));
            for (const char *at = text; *at != '\0'; at++) {
                assert_true((unsigned char)*at >= 0x20 || *at == '\n');
                assert_true(*at != 0x7F);
                assert_false((unsigned char)at[0] == 0xC2 && (unsigned char)at[1] < 0xA0);
            }
            assert_null(strstr(text, "\xE2\x80\xAE"));
        }
    }
}

static void test_memory(void **state)
{
    RenderStyle style = style_of(RENDER_AS_TABLE, true);
    Err err = {0};

    (void)state;
    assert_int_equal(render_table(NULL, &style, &buf, &err), ERR_RESOURCE_EXHAUSTED);
    RenderTable *table = render_table_new(arena, "x", columns, 6, false);
    arena_fail_nth(arena, 1);
    render_add_number(table, 1);
    render_add_number(table, 2);
    assert_int_equal(render_table(table, &style, &buf, &err), ERR_RESOURCE_EXHAUSTED);
    Buf tight;
    buf_init(&tight, 10);
    assert_int_equal(render_table(sample(false), &style, &tight, &err), ERR_RESOURCE_EXHAUSTED);
    buf_done(&tight);
}

static void test_errors(void **state)
{
    Err err = {0};

    (void)state;
    err_set(&err, ERR_INVALID_ARGUMENT, "CSV_QUOTE_OPEN");
    err_arg(&err, "row", "7");
    err_arg(&err, "column", "\x1B[31m");
    render_err(&err, true, NULL, &buf);
    assert_string_equal(buf.data, "Строка 7, столбец  [31m: открытая здесь кавычка не закрыта. Закройте её. "
                                  "[CSV_QUOTE_OPEN]");
    buf_clear(&buf);
    err_arg(&err, "request_id", "0190-ab");
    render_err(&err, false, "Participants\x07 exceed enrolment.", &buf);
    assert_string_equal(buf.data, "Participants  exceed enrolment. [CSV_QUOTE_OPEN 0190-ab]");
    buf_clear(&buf);
    err_set(&err, ERR_UNAVAILABLE, "");
    render_err(&err, false, NULL, &buf);
    assert_non_null(strstr(buf.data, "[UNAVAILABLE]"));
}

/* Text wraps between words while a code, which people copy, stays whole; a path breaks after a slash. */
static void test_codes_stay_whole(void **state)
{
    const RenderColumn three[] = {{"code", "Code", RENDER_TEXT, 0},
                                  {"title", "Title", RENDER_TEXT, 0},
                                  {"cell", "Cell", RENDER_TEXT, 0}};
    RenderTable *table = render_table_new(arena, "x", three, 3, false);
    RenderStyle style = style_of(RENDER_AS_TABLE, false);

    (void)state;
    style.width = 44;
    render_add_text(table, "66-pervouralsk-12");
    render_add_text(table, "Several words, one after another");
    render_add_text(table, "results/VPR.RUS.5/participants");
    const char *text = picture(table, style);
    assert_non_null(strstr(text, "\n66-pervouralsk-12  Several"));
    assert_non_null(strstr(text, "results/\n"));
    assert_non_null(strstr(text, "participants\n"));
    style.width = 24;
    table = render_table_new(arena, "x", three, 2, false);
    render_add_text(table, "A");
    render_add_text(table, "Учебная школа № 901");
    assert_non_null(strstr(picture(table, style), "№ 901\n"));
    table = render_table_new(arena, "x", three, 3, false);
    render_add_text(table, "66-pervouralsk-12");
    render_add_text(table, "a b");
    render_add_text(table, "c");
    /* nothing fits: every column gives way, no further than its least width */
    style.width = 10;
    assert_null(strstr(picture(table, style), "66-pervouralsk-12"));
    assert_non_null(strstr(buf.data, "66-pervo"));
}

/* Many columns in a narrow window: each row down instead of across, long values wrapped beside their label.
 */
static void test_narrow_window(void **state)
{
    const RenderColumn five[] = {{"code", "Code", RENDER_TEXT, 0},
                                 {"name", "Name", RENDER_TEXT, 0},
                                 {"status", "Status", RENDER_TEXT, 0},
                                 {"type", "Type", RENDER_TEXT, 0},
                                 {"flags", "Flags", RENDER_TEXT, 0}};
    RenderTable *table = render_table_new(arena, "x", five, 5, false);
    RenderStyle style = style_of(RENDER_AS_TABLE, false);

    (void)state;
    for (int i = 0; i < 2; i++) {
        render_add_text(table, i == 0 ? "66-pervouralsk-12" : "66-pervouralsk-15");
        render_add_text(table, "School");
        render_add_text(table, "underperforming");
        render_add_text(table, "conditionally");
        render_add_text(table, "few participants, figures of one year only");
    }
    style.width = 49;
    assert_string_equal(picture(table, style), "Code:   66-pervouralsk-12\n"
                                               "Name:   School\n"
                                               "Status: underperforming\n"
                                               "Type:   conditionally\n"
                                               "Flags:  few participants, figures of one year\n"
                                               "        only\n"
                                               "\n"
                                               "Code:   66-pervouralsk-15\n"
                                               "Name:   School\n"
                                               "Status: underperforming\n"
                                               "Type:   conditionally\n"
                                               "Flags:  few participants, figures of one year\n"
                                               "        only\n");
    style.width = 90;
    assert_non_null(strstr(picture(table, style), "Code               Name"));
}

/* A column without a label is for programs; a note stands once, below the rows. */
static void test_columns_of_programs(void **state)
{
    const RenderColumn two[] = {{"code", "Code", RENDER_TEXT, 0}, {"hash", NULL, RENDER_TEXT, 0}};
    for (int record = 0; record <= 1; record++) {
        RenderTable *table = render_table_new(arena, "x", two, 2, record);
        render_set_note(table, "* made up");
        render_add_text(table, "A *");
        render_add_text(table, "ab12");
        const char *text = picture(table, style_of(RENDER_AS_TABLE, false));
        assert_null(strstr(text, "ab12"));
        assert_non_null(strstr(text, "\n* made up\n"));
        text = picture(table, style_of(RENDER_AS_CSV, false));
        assert_string_equal(text, "code,hash\nA *,ab12\n");
        text = picture(table, style_of(RENDER_AS_JSON, false));
        assert_non_null(strstr(text, "\"hash\": \"ab12\""));
        assert_null(strstr(text, "made up"));
    }
    RenderTable *empty = render_table_new(arena, "x", two, 2, false);
    (void)state;
    assert_string_equal(picture(empty, style_of(RENDER_AS_TABLE, false)), "Nothing found.\n");
}

/* Plain values, a tab between them. */
static void test_tsv(void **state)
{
    static const RenderColumn two[] = {{"name", "Name", RENDER_TEXT, 0},
                                       {"count", "Count", RENDER_NUMBER, 0}};
    RenderTable *table = render_table_new(arena, "thing", two, 2, false);
    RenderStyle style = style_of(RENDER_AS_TSV, true);

    (void)state;
    render_add_text(table, "a b");
    render_add_number(table, 1234);
    render_add_text(table, "");
    render_add_empty(table);
    assert_string_equal(picture(table, style), "name\tcount\na b\t1234\n\t\n");
    style.no_headers = true;
    assert_string_equal(picture(table, style), "a b\t1234\n\t\n");
}

/* Rows alone in every format that has headings; JSON has none. */
static void test_without_headings(void **state)
{
    RenderStyle style = style_of(RENDER_AS_TABLE, false);

    (void)state;
    style.no_headers = true;
    const char *text = picture(sample(false), style);
    assert_null(strstr(text, "School"));
    assert_null(strstr(text, "\u2500"));
    assert_true(text_starts(text, "66-"));
    style.format = RENDER_AS_CSV;
    assert_true(text_starts(picture(sample(false), style), "66-"));
    style.format = RENDER_AS_JSON;
    assert_non_null(strstr(picture(sample(false), style), "school_code"));
}

/* A table shown down instead of across, as psql does it with \\x. */
static void test_expanded(void **state)
{
    RenderStyle style = style_of(RENDER_AS_TABLE, false);

    (void)state;
    style.expanded = true;
    const char *text = picture(sample(false), style);
    assert_non_null(strstr(text, "School:   66-уч-1\n"));
    assert_non_null(strstr(text, "\n\nSchool:   =x;")); /* an empty line between rows */
    assert_null(strstr(text, "\u2500"));
    style.format = RENDER_AS_CSV; /* programs get what they always get */
    assert_true(text_starts(picture(sample(false), style), "school_code,"));
}

/* Takes what colours and bold add out of a picture. */
static void strip(char *text)
{
    char *to = text;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\033')
            at += strcspn(at, "m");
        else
            *to++ = *at;
    }
    *to = '\0';
}

/* Bold headings change nothing else: without the marks the picture is the plain one, to the column. */
static void test_colour_is_an_addition(void **state)
{
    (void)state;
    for (int shape = 0; shape < 4; shape++) {
        RenderStyle style = style_of(RENDER_AS_TABLE, true);
        style.expanded = shape == 1;
        style.width = shape >= 2 ? 40 : 0;
        style.no_headers = shape == 3;
        char *plain = strdup(picture(sample(false), style));
        style.colour = true;
        char *coloured = strdup(picture(sample(false), style));
        assert_non_null(plain);
        assert_non_null(coloured);
        strip(coloured);
        assert_string_equal(coloured, plain);
        free(plain);
        free(coloured);
    }
    RenderStyle style = style_of(RENDER_AS_TABLE, true);
    style.colour = true;
    assert_true(text_starts(picture(sample(false), style), RENDER_BOLD "School"));
    style.format = RENDER_AS_JSON;
    assert_null(strchr(picture(sample(false), style), '\033'));
}

/* The schema names every key of the document, with the type of its values, and no other. */
static void test_schema(void **state)
{
    (void)state;
    const char *text = picture(sample(false), style_of(RENDER_AS_SCHEMA, true));
    assert_non_null(strstr(text, "\"title\": \"shans.submission.v1\""));
    assert_non_null(strstr(text, "\"const\": \"shans.submission.v1\""));
    assert_non_null(strstr(text, "\"const\": 1\n"));
    for (size_t i = 0; i < 6; i++) {
        char key[64];
        snprintf(key, sizeof key, "\"%s\": {", columns[i].key);
        assert_non_null(strstr(text, key));
    }
    assert_non_null(strstr(text, "\"number\"")); /* a share has decimals */
    assert_non_null(strstr(text, "\"boolean\""));
    assert_null(strstr(text, "66-")); /* no values */
    assert_non_null(strstr(text, "\"additionalProperties\": false"));
}

/* Further lines of a long line are indented; a width too small for the indent is not obeyed. */
static void test_wrapped_lines(void **state)
{
    (void)state;
    render_wrapped(&buf, "  Branch A: enough low procedures in one year of the pair, either of them", 50);
    assert_string_equal(buf.data, "  Branch A: enough low procedures in one year of\n"
                                  "      the pair, either of them\n");
    buf_clear(&buf);
    render_wrapped(&buf, "one two\x1b[31m", 20);
    render_wrapped(&buf, "", 80);
    render_wrapped(&buf, "  long enough to be wrapped but not asked to be, whatever it says", 0);
    assert_string_equal(buf.data, "one two [31m\n\n"
                                  "  long enough to be wrapped but not asked to be, whatever it says\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_table_russian, setup, teardown),
        cmocka_unit_test_setup_teardown(test_table_english, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_csv, setup, teardown),
        cmocka_unit_test_setup_teardown(test_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wraps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes_stay_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_narrow_window, setup, teardown),
        cmocka_unit_test_setup_teardown(test_columns_of_programs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrapped_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tsv, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_headings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expanded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_colour_is_an_addition, setup, teardown),
        cmocka_unit_test_setup_teardown(test_schema, setup, teardown),
    };

    setenv("TZ", "UTC0", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
