/* JSON: exact output, nesting, escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/json.h"

/* One document with every kind of value. */
static void write_sample(Json *json)
{
    json_object(json, NULL);
    json_text(json, "name", "Школа № 26");
    json_int(json, "pupils", -12);
    json_bool(json, "open", true);
    json_raw(json, "share", "29.97");
    json_raw(json, "none", NULL);
    json_text(json, "null", NULL);
    json_array(json, "list");
    json_int(json, NULL, 1);
    json_object(json, NULL);
    json_object_end(json);
    json_array(json, NULL);
    json_array_end(json);
    json_text(json, NULL, "x");
    json_array_end(json);
    json_bool(json, "last", false);
    json_object_end(json);
}

static void compact_form(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 10000);
    Json json = json_writer(&buf, false);
    write_sample(&json);
    assert_string_equal(buf.data, "{\"name\":\"Школа № 26\",\"pupils\":-12,\"open\":true,\"share\":29.97,"
                                  "\"none\":null,\"null\":null,\"list\":[1,{},[],\"x\"],\"last\":false}");
    assert_int_equal(json.depth, 0);
    buf_done(&buf);
}

static void pretty_form(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 10000);
    Json json = json_writer(&buf, true);
    write_sample(&json);
    assert_string_equal(buf.data, "{\n"
                                  "  \"name\": \"Школа № 26\",\n"
                                  "  \"pupils\": -12,\n"
                                  "  \"open\": true,\n"
                                  "  \"share\": 29.97,\n"
                                  "  \"none\": null,\n"
                                  "  \"null\": null,\n"
                                  "  \"list\": [\n"
                                  "    1,\n"
                                  "    {},\n"
                                  "    [],\n"
                                  "    \"x\"\n"
                                  "  ],\n"
                                  "  \"last\": false\n"
                                  "}");
    buf_done(&buf);
}

static void single_values(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 1000);
    Json json = json_writer(&buf, true);
    json_int(&json, NULL, INT64_MIN);
    assert_string_equal(buf.data, "-9223372036854775808");
    buf_clear(&buf);
    json = json_writer(&buf, true);
    json_array(&json, NULL);
    json_array_end(&json);
    assert_string_equal(buf.data, "[]");
    buf_done(&buf);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "\"\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\n\t\r", "\"\\n\\t\\r\""},
        {"\x01\x1F\x7F", "\"\\u0001\\u001f\\u007f\""},
        {"ж€😀", "\"ж€😀\""},
        {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
        {"\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Buf buf;
        buf_init(&buf, 1000);
        Json json = json_writer(&buf, false);
        json_text(&json, NULL, rows[i].text);
        assert_string_equal(buf.data, rows[i].want);
        buf_done(&buf);
    }
}

static void keys_are_escaped_too(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 1000);
    Json json = json_writer(&buf, false);
    json_object(&json, NULL);
    json_int(&json, "a\"b", 1);
    json_object_end(&json);
    assert_string_equal(buf.data, "{\"a\\\"b\":1}");
    buf_done(&buf);
}

static void deep_nesting_stays_balanced(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 10000);
    Json json = json_writer(&buf, false);
    for (int i = 0; i < 200; i++)
        json_array(&json, NULL);
    for (int i = 0; i < 200; i++)
        json_array_end(&json);
    assert_int_equal(buf.length, 400);
    assert_int_equal(strspn(buf.data, "["), 200);
    buf_done(&buf);
}

static void full_buffer_is_noticed(void **state)
{
    (void)state;
    Buf buf;

    buf_init(&buf, 20);
    Json json = json_writer(&buf, false);
    write_sample(&json);
    assert_true(buf.failed);
    assert_true(buf.length <= 20);
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_form),           cmocka_unit_test(pretty_form),
        cmocka_unit_test(single_values),          cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(keys_are_escaped_too),   cmocka_unit_test(deep_nesting_stays_balanced),
        cmocka_unit_test(full_buffer_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
