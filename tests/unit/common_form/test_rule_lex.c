/* Owns the tests of words: their kinds, texts and places. */
#include "tests/unit/common_form/sample.h"

#include "common/form/rule_lex.h"

typedef struct Word {
    TokenKind kind;
    const char *text;
    int line, column;
} Word;

static void expect_words(const char *source, const Word *words, size_t count)
{
    Lexer lexer;

    lexer_init(&lexer, source);
    for (size_t i = 0; i < count; i++) {
        Token token = lexer_next(&lexer);
        if (token.kind != words[i].kind || token.length != strlen(words[i].text) ||
            memcmp(token.start, words[i].text, token.length) != 0)
            fail_msg("\"%s\": word %zu is \"%.*s\" (%d)", source, i, (int)token.length, token.start,
                     (int)token.kind);
        if (token.line != words[i].line || token.column != words[i].column)
            fail_msg("\"%s\": word %zu at %d:%d", source, i, token.line, token.column);
    }
    for (int i = 0; i < 3; i++) { /* the end stays the end */
        Token token = lexer_next(&lexer);
        assert_int_equal(token.kind, TOKEN_END);
        assert_true(token.length == 0 && *token.start == '\0');
    }
}

#define EXPECT(source, ...)                                                                                  \
    do {                                                                                                     \
        const Word words[] = {__VA_ARGS__};                                                                  \
        expect_words(source, words, sizeof words / sizeof *words);                                           \
    } while (0)

static void words_of_each_kind(void **state)
{
    (void)state;
    EXPECT("participants <= 12.5", {TOKEN_NAME, "participants", 1, 1}, {TOKEN_SYMBOL, "<=", 1, 14},
           {TOKEN_NUMBER, "12.5", 1, 17});
    EXPECT("sum(results.n)", {TOKEN_NAME, "sum", 1, 1}, {TOKEN_SYMBOL, "(", 1, 4},
           {TOKEN_NAME, "results", 1, 5}, {TOKEN_SYMBOL, ".", 1, 12}, {TOKEN_NAME, "n", 1, 13},
           {TOKEN_SYMBOL, ")", 1, 14});
    EXPECT("a[\"VPR.RUS.5\"]", {TOKEN_NAME, "a", 1, 1}, {TOKEN_SYMBOL, "[", 1, 2},
           {TOKEN_STRING, "VPR.RUS.5", 1, 3}, {TOKEN_SYMBOL, "]", 1, 14});
    EXPECT("_x9 X", {TOKEN_NAME, "_x9", 1, 1}, {TOKEN_NAME, "X", 1, 5});
    EXPECT("\"\"", {TOKEN_STRING, "", 1, 1});
    EXPECT("\"две части\" n", {TOKEN_STRING, "две части", 1, 1}, {TOKEN_NAME, "n", 1, 13});
}

static void symbols_are_as_long_as_they_can_be(void **state)
{
    (void)state;
    EXPECT("<<=", {TOKEN_SYMBOL, "<", 1, 1}, {TOKEN_SYMBOL, "<=", 1, 2});
    EXPECT(">=>", {TOKEN_SYMBOL, ">=", 1, 1}, {TOKEN_SYMBOL, ">", 1, 3});
    EXPECT("===", {TOKEN_SYMBOL, "==", 1, 1}, {TOKEN_BAD, "=", 1, 3});
    EXPECT("!=!", {TOKEN_SYMBOL, "!=", 1, 1}, {TOKEN_BAD, "!", 1, 3});
    EXPECT("+-*/,", {TOKEN_SYMBOL, "+", 1, 1}, {TOKEN_SYMBOL, "-", 1, 2}, {TOKEN_SYMBOL, "*", 1, 3},
           {TOKEN_SYMBOL, "/", 1, 4}, {TOKEN_SYMBOL, ",", 1, 5});
}

static void numbers_end_where_they_should(void **state)
{
    (void)state;
    EXPECT("1.5.2", {TOKEN_NUMBER, "1.5", 1, 1}, {TOKEN_SYMBOL, ".", 1, 4}, {TOKEN_NUMBER, "2", 1, 5});
    EXPECT("1.", {TOKEN_NUMBER, "1", 1, 1}, {TOKEN_SYMBOL, ".", 1, 2});
    EXPECT(".5", {TOKEN_SYMBOL, ".", 1, 1}, {TOKEN_NUMBER, "5", 1, 2});
    EXPECT("007", {TOKEN_NUMBER, "007", 1, 1});
    EXPECT("2x", {TOKEN_BAD, "2", 1, 1}, {TOKEN_NAME, "x", 1, 2});
    EXPECT("1e5", {TOKEN_BAD, "1", 1, 1}, {TOKEN_NAME, "e5", 1, 2});
    EXPECT("1,5", {TOKEN_NUMBER, "1", 1, 1}, {TOKEN_SYMBOL, ",", 1, 2}, {TOKEN_NUMBER, "5", 1, 3});
}

static void places_count_lines_and_characters(void **state)
{
    (void)state;
    EXPECT("a\n  b\n\nc", {TOKEN_NAME, "a", 1, 1}, {TOKEN_NAME, "b", 2, 3}, {TOKEN_NAME, "c", 4, 1});
    EXPECT("\ta\r\n b", {TOKEN_NAME, "a", 1, 2}, {TOKEN_NAME, "b", 2, 2});
    EXPECT("\"жж\" a", {TOKEN_STRING, "жж", 1, 1}, {TOKEN_NAME, "a", 1, 6});
    EXPECT("ж a", {TOKEN_BAD, "ж", 1, 1}, {TOKEN_NAME, "a", 1, 3});
    EXPECT("", {TOKEN_END, "", 1, 1});
    EXPECT("  \n ", {TOKEN_END, "", 2, 2});
}

static void what_belongs_to_no_word_is_bad(void **state)
{
    (void)state;
    EXPECT("@", {TOKEN_BAD, "@", 1, 1});
    EXPECT("a;b", {TOKEN_NAME, "a", 1, 1}, {TOKEN_BAD, ";", 1, 2}, {TOKEN_NAME, "b", 1, 3});
    EXPECT("€", {TOKEN_BAD, "€", 1, 1});
    EXPECT("\xFF", {TOKEN_BAD, "\xFF", 1, 1});
    EXPECT("\"open", {TOKEN_BAD, "open", 1, 1});
    EXPECT("\"open\nnext", {TOKEN_BAD, "open", 1, 1}, {TOKEN_NAME, "next", 2, 1});
    EXPECT("'a'", {TOKEN_BAD, "'", 1, 1}, {TOKEN_NAME, "a", 1, 2}, {TOKEN_BAD, "'", 1, 3});
}

static void spelling_is_compared_for_names_and_symbols_only(void **state)
{
    Lexer lexer;

    (void)state;
    lexer_init(&lexer, "and \"and\" 12 <= andy");
    Token name = lexer_next(&lexer), text = lexer_next(&lexer), number = lexer_next(&lexer);
    Token symbol = lexer_next(&lexer), longer = lexer_next(&lexer), end = lexer_next(&lexer);
    assert_true(token_is(&name, "and"));
    assert_false(token_is(&name, "an"));
    assert_false(token_is(&text, "and"));
    assert_false(token_is(&number, "12"));
    assert_true(token_is(&symbol, "<="));
    assert_false(token_is(&symbol, "<"));
    assert_false(token_is(&longer, "and"));
    assert_false(token_is(&end, ""));
}

static void a_copy_looks_ahead(void **state)
{
    Lexer lexer;

    (void)state;
    lexer_init(&lexer, "sum (a)");
    Token first = lexer_next(&lexer);
    Lexer ahead = lexer;
    Token next = lexer_next(&ahead), again = lexer_next(&lexer);
    assert_true(token_is(&first, "sum") && token_is(&next, "(") && token_is(&again, "("));
    assert_ptr_equal(next.start, again.start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_each_kind),
        cmocka_unit_test(symbols_are_as_long_as_they_can_be),
        cmocka_unit_test(numbers_end_where_they_should),
        cmocka_unit_test(places_count_lines_and_characters),
        cmocka_unit_test(what_belongs_to_no_word_is_bad),
        cmocka_unit_test(spelling_is_compared_for_names_and_symbols_only),
        cmocka_unit_test(a_copy_looks_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
